"""Area per layer over the build height, stacked by what exposes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from amprep.languages.numbers import least_text, share_text
from amprep.model.scan import AREA_NAMES
from amprep.pictures import style
from amprep.pictures.furniture import LegendEntry, add_legend_rows
from amprep.pictures.layer_bins import MOST_LAYERS, binned_layers, percents_of
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import layers_text, number_text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = [
    "RIGHT_IN",
    "about",
    "add_height_axis",
    "alt_text",
    "area_axis",
    "areas_by_cause",
    "draw",
    "missing",
]

BODY_IN = 3.4
#: Room for the words of the axes.
#: From here on areas are drawn in cm².
LARGE_MM2 = 75_000.0
LEFT_IN, BELOW_IN = {"slide": 1.0, "print": 0.85}, {"slide": 0.72, "print": 0.56}

#: For the last number below an axis.
RIGHT_IN = 0.25

#: Fills of the areas, from below.
FILLS = {
    "hatched": style.Fill("#56B4E9"),
    "contoured": style.Fill("#000000"),
    "edged": style.Fill("#7A1FA2"),
    "compensated": style.Fill("#FFFFFF", "/////"),
    "lost": style.Fill(style.LOST_FILL, ".."),
}


def areas_by_cause(run: Run) -> dict[str, NDArray[np.float64]]:
    """(n,) float64, mm², for each thing that exposes area, from below; they sum to the sliced area."""
    areas = run.estimate.areas_mm2
    of = {name: areas[:, i] for i, name in enumerate(AREA_NAMES)}
    of["lost"] = of["lost_thin"] + of["lost_short"] + of["lost_gap"]
    return {key: of[key] for key in FILLS if key in {"hatched", "contoured"} or np.any(of[key] > 0.0)}


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_area")


def missing(run: Run, *, lang: str = "en") -> str:
    """A job without layers has no areas."""
    return "" if run.layer_count else text(lang, "missing_layers")


def draw(run: Run, *, lang: str = "en", profile: str = "slide", **_: object) -> Figure:
    """Draw the areas of all layers."""
    with style.slide_style():
        sliced = run.estimate.areas_mm2[:, 0]
        largest = int(sliced.argmax())
        title = text(lang, "area_title", area=_area(sliced[largest], lang), z=_height(run, largest, lang))
        parts = areas_by_cause(run)
        exposed = sliced.sum() - parts.get("lost", np.zeros(1)).sum()
        subtitle = text(
            lang,
            "area_subtitle",
            mean=_area(sliced.mean(), lang),
            layers=layers_text(run.layer_count, lang),
            volume=least_text(exposed * run.layer_thickness_mm / 1000, lang, 2),
        )
        bins = binned_layers(run.estimate.top_mm, run.layer_thickness_mm, MOST_LAYERS)
        remarks = [text(lang, "binned", count=number_text(bins.size, lang))] if bins.size > 1 else []
        figure, free = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=title,
            subtitles=[subtitle],
            remarks=remarks,
            body_in=BODY_IN,
        )
        entries = [
            LegendEntry(
                f"{text(lang, f'area_{key}')} {share_text(percent, lang)} %",
                "area",
                FILLS[key].colour,
                pattern=FILLS[key].pattern,
            )
            for key, percent in _percents(parts).items()
        ]
        top_in = add_legend_rows(figure, entries, (free[0], free[2]), free[3])
        axes = _axes(figure, (free[0], free[1], free[2], top_in - 0.12), float(sliced[largest]), lang)
        below = np.zeros(len(bins.starts))
        for key, values in parts.items():
            above = below + bins.mean(values)
            style.add_steps(
                axes,
                above,
                bins.edges_mm,
                baseline=below,
                fill=True,
                facecolor=FILLS[key].colour,
                edgecolor=style.GREY_TEXT if FILLS[key].pattern else FILLS[key].colour,
                hatch=FILLS[key].pattern,
                linewidth=0.0,
                zorder=2,
            )
            below = above
        style.add_steps(
            axes, below, bins.edges_mm, baseline=None, edgecolor=style.OUTLINE, linewidth=0.8, zorder=3
        )
        axes.set_ylim(0, 1.06 * float(below.max()) if below.max() > 0 else 1.0)
        axes.set_xlim(float(bins.edges_mm[0]), float(bins.edges_mm[-1]))
    return figure


def alt_text(run: Run, *, lang: str = "en", **_: object) -> str:
    """What the picture shows."""
    sliced = run.estimate.areas_mm2[:, 0]
    if not len(sliced):
        return text(lang, "missing_layers")
    largest = int(sliced.argmax())
    shares = [
        text(lang, "share", percent=share_text(percent, lang), what=text(lang, f"area_{key}"))
        for key, percent in _percents(areas_by_cause(run)).items()
    ]
    return text(
        lang,
        "area_alt",
        area=_area(sliced[largest], lang),
        z=_height(run, largest, lang),
        smallest=_area(sliced.min(), lang),
        mean=_area(sliced.mean(), lang),
        shares=", ".join(shares),
    )


def add_height_axis(figure: Figure, axes: Axes, box_in: Bounds, lang: str) -> None:
    """Ticks and words of the build height below `box_in`, in inches."""
    page = style.page_of(figure)
    axes.xaxis.set_major_locator(MaxNLocator(9 if page is style.SLIDE else 6, steps=[1, 2, 2.5, 5, 10]))
    x_in = (box_in[0] + box_in[2]) / 2
    y_in = box_in[1] - BELOW_IN[page.name] + 0.13
    style.add_text(figure, x_in, y_in, text(lang, "z_axis"), size="axis", ha="center")


def area_axis(axes: Axes, key: str, highest_mm2: float, lang: str) -> str:
    """What stands beside an axis of areas in mm²: `key`, in cm² where long numbers would run into it."""
    if highest_mm2 < LARGE_MM2:
        return text(lang, key)
    axes.yaxis.set_major_formatter(style.NumberFormatter(lang, 0.01))
    return text(lang, f"{key}_cm2")


def _axes(figure: style.Sheet, free: Bounds, highest_mm2: float, lang: str) -> Axes:
    page = figure.page
    box = (free[0] + LEFT_IN[page.name], free[1] + BELOW_IN[page.name], free[2] - RIGHT_IN, free[3])
    axes = style.add_axes(figure, box, lang)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    add_height_axis(figure, axes, box, lang)
    words = area_axis(axes, "area_axis", highest_mm2, lang)
    label = style.add_text(figure, free[0] + 0.1, (box[1] + box[3]) / 2, words, size="axis", ha="center")
    label.set_rotation(90)
    return axes


def _percents(parts: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """Share of each in the whole area."""
    return percents_of({key: math.fsum(values) for key, values in parts.items()})


def _area(value: float, lang: str) -> str:
    return number_text(float(value), lang, 0 if value >= 100 else 2)


def _height(run: Run, index: int, lang: str) -> str:
    return number_text(float(run.estimate.top_mm[index]), lang, 2)
