"""Where a build may fail: jumps of layer time and area from one layer to the next, and what is not exposed.

A layer is marked where its time, or its area, differs from that of the layer below by more than `LIMIT_PCT`
of the larger of the two, and by more than `LEAST_PCT` of the largest of all: heat and shrinkage change
abruptly there. Marked layers that follow one another are one place, told by its largest jump. The limits are
assumed; no source for any was found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from amprep.languages.numbers import least_text, number_text
from amprep.model.scan import AREA_NAMES, LOST
from amprep.pictures import style
from amprep.pictures.furniture import LegendEntry, add_legend_rows, legend_rows
from amprep.pictures.kind_area import RIGHT_IN, area_axis
from amprep.pictures.layers_of_run import missing_layers
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import counted_text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = [
    "LEAST_PCT",
    "LIMIT_PCT",
    "Place",
    "about",
    "alt_text",
    "draw",
    "jumps_of",
    "missing",
    "risk_places",
]

#: Of the larger of two neighbouring layers.
LIMIT_PCT = 20.0
#: Of the largest layer, so that the tip of a sphere is no place to watch.
LEAST_PCT = 1.0

BODY_IN = 4.6
MOST_NAMED = 4
TIME_COLOUR, AREA_COLOUR = "#004488", "#B8400A"
MARKERS = {"time": "o", "area": "D"}


@dataclass(frozen=True, slots=True)
class Place:
    """Layers that follow one another, all of them marked."""

    what: str
    """``time`` or ``area``."""
    layer: int
    """Index of the layer with the largest jump."""
    change_pct: float
    """Against the layer below, of the larger of the two; negative where it falls."""


def jumps_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) float64, %: change against the layer below, of the larger of the two; 0 for the first layer."""
    jumps = np.zeros(len(values))
    larger = np.maximum(values[1:], values[:-1])
    np.divide(100.0 * np.diff(values), larger, out=jumps[1:], where=larger > 0.0)
    return jumps


def risk_places(run: Run) -> list[Place]:
    """All places of a job, the largest jump first."""
    found = []
    for what, values in _series(run).items():
        jumps = jumps_of(values)
        marked = np.abs(jumps) > LIMIT_PCT
        marked[1:] &= np.abs(np.diff(values)) > 0.01 * LEAST_PCT * values.max(initial=0.0)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
        first, last = edges[0::2], edges[1::2] - 1
        for a, b in zip(first.tolist(), last.tolist(), strict=True):
            layer = a + int(np.abs(jumps[a : b + 1]).argmax())
            found.append(Place(what, layer, float(jumps[layer])))
    return sorted(found, key=lambda place: -abs(place.change_pct))


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_risk")


def missing(run: Run, *, lang: str = "en") -> str:
    """A job without layers."""
    return missing_layers(run, lang)


def draw(run: Run, *, lang: str = "en", profile: str = "slide", **_: object) -> Figure:
    """Draw layer time and area one above the other, with the places marked."""
    places = risk_places(run)
    with style.slide_style():
        figure, free = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=_title(run, places, lang),
            subtitles=[_lost_words(run, lang), _criterion(lang)],
            body_in=BODY_IN,
        )
        entries = _legend(run, places, lang)
        rows = legend_rows(figure, entries, free[2] - free[0]) if entries else 0
        top = free[3]
        if rows:
            top = add_legend_rows(figure, entries, (free[0], free[2]), top) - 0.1
        is_slide = figure.page is style.SLIDE
        left, below, gap = (1.0, 0.7, 0.3) if is_slide else (0.85, 0.56, 0.24)
        low, x0, x1 = free[1] + below, free[0] + left, free[2] - RIGHT_IN
        half = (top - low - gap) / 2
        boxes = {"time": (x0, low + half + gap, x1, top), "area": (x0, low, x1, low + half)}
        for what, values in _series(run).items():
            _panel(figure, boxes[what], run, what, values, places, lang)
        style.add_text(
            figure,
            (x0 + x1) / 2,
            low - (0.48 if is_slide else 0.43),
            text(lang, "z_axis"),
            size="axis",
            ha="center",
        )
    return figure


def alt_text(run: Run, *, lang: str = "en", **_: object) -> str:
    """What the picture shows."""
    if missing(run, lang=lang):
        return missing(run, lang=lang)
    places = risk_places(run)
    told = "; ".join([*(_place_words(run, place, lang) for place in places[:10]), _lost_words(run, lang)])
    return text(lang, "risk_alt", title=_title(run, places, lang), criterion=_criterion(lang), places=told)


def _series(run: Run) -> dict[str, NDArray[np.float64]]:
    return {"time": run.estimate.layer_times.total_s, "area": run.estimate.areas_mm2[:, 0]}


def _criterion(lang: str) -> str:
    limit, least = number_text(LIMIT_PCT, lang), number_text(LEAST_PCT, lang)
    return text(lang, "risk_criterion", limit=limit, least=least)


def _title(run: Run, places: list[Place], lang: str) -> str:
    areas = run.estimate.areas_mm2
    sliced_mm2 = math.fsum(areas[:, AREA_NAMES.index("sliced")])
    lost_pct = 100.0 * math.fsum(areas[:, LOST].ravel()) / sliced_mm2 if sliced_mm2 > 0.0 else 0.0
    if lost_pct > LEAST_PCT:
        return text(lang, "risk_title_lost", share=number_text(lost_pct, lang))
    if not places:
        return text(lang, "risk_none", limit=number_text(LIMIT_PCT, lang))
    worst = places[0]
    return counted_text(
        lang,
        "risk_title",
        len(places),
        what=text(lang, f"risk_{worst.what}"),
        change=_change(worst, lang),
        z=_height(run, worst.layer, lang),
    )


def _place_words(run: Run, place: Place, lang: str) -> str:
    return text(
        lang,
        "risk_place",
        what=text(lang, f"risk_{place.what}"),
        change=_change(place, lang),
        z=_height(run, place.layer, lang),
    )


def _change(place: Place, lang: str) -> str:
    sign = "+" if place.change_pct > 0 else ""
    return f"{sign}{number_text(place.change_pct, lang)} %"


def _height(run: Run, layer: int, lang: str) -> str:
    """Where the layer begins: there the jump is."""
    return number_text(float(run.estimate.top_mm[layer]) - run.layer_thickness_mm, lang, 2)


def _lost_layers(run: Run) -> NDArray[np.int64]:
    """Layers in which something is not exposed."""
    return np.flatnonzero(run.estimate.areas_mm2[:, LOST].sum(axis=1) > 0.0)


def _lost_words(run: Run, lang: str) -> str:
    lost = run.estimate.areas_mm2[:, LOST]
    if not np.any(lost > 0.0):
        return text(lang, "risk_nothing_lost")
    area = least_text(math.fsum(lost.ravel()), lang, 2)
    return text(lang, "risk_lost", layers=number_text(len(_lost_layers(run)), lang), area=area)


def _legend(run: Run, places: list[Place], lang: str) -> list[LegendEntry]:
    entries = [
        LegendEntry(text(lang, f"risk_{what}_jump"), "marker", colour, pattern=MARKERS[what])
        for what, colour in (("time", TIME_COLOUR), ("area", AREA_COLOUR))
        if any(place.what == what for place in places)
    ]
    if len(_lost_layers(run)):
        entries.append(LegendEntry(text(lang, "risk_lost_mark"), "area", style.LOST_FILL))
    return entries


def _panel(
    figure: style.Sheet,
    box: Bounds,
    run: Run,
    what: str,
    values: NDArray[np.float64],
    places: list[Place],
    lang: str,
) -> None:
    axes = style.add_axes(figure, box, lang)
    colour = TIME_COLOUR if what == "time" else AREA_COLOUR
    top_mm = run.estimate.top_mm
    edges = np.concatenate([[top_mm[0] - run.layer_thickness_mm], top_mm])
    style.add_steps(axes, values, edges, baseline=None, edgecolor=style.OUTLINE, linewidth=1.6, zorder=2)
    highest = float(values.max()) or 1.0
    axes.set_ylim(0, 1.3 * highest)
    axes.set_xlim(float(edges[0]), float(edges[-1]))
    is_slide = figure.page is style.SLIDE
    axes.xaxis.set_major_locator(MaxNLocator(9 if is_slide else 6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    if what == "time":
        axes.tick_params(labelbottom=False)
    else:
        _mark_lost(axes, run)
    words = text(lang, "time_axis") if what == "time" else area_axis(axes, "risk_area_axis", highest, lang)
    x_in = box[0] - (0.88 if is_slide else 0.73)
    label = style.add_text(figure, x_in, (box[1] + box[3]) / 2, words, size="axis", ha="center")
    label.set_rotation(90)
    own = [place for place in places if place.what == what]
    heights = [max(values[p.layer], values[p.layer - 1]) for p in own]
    axes.plot(
        [edges[p.layer] for p in own],
        heights,
        linestyle="none",
        marker=MARKERS[what],
        markersize=9 if is_slide else 6.5,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=1.0,
        zorder=4,
        clip_on=False,
    )
    _name_places(figure, axes, box, own[:MOST_NAMED], lang, run)


def _mark_lost(axes: Axes, run: Run) -> None:
    """A strip at the foot, where something is not exposed; each layer wide enough to be seen."""
    low, high = axes.get_xlim()
    least_mm = max((high - low) / 300, run.layer_thickness_mm)
    middles = run.estimate.top_mm[_lost_layers(run)] - run.layer_thickness_mm / 2
    axes.broken_barh(
        [(middle - least_mm / 2, least_mm) for middle in middles.tolist()],
        (0.0, 0.07 * axes.get_ylim()[1]),
        facecolor=style.LOST_FILL,
        linewidth=0.0,
        zorder=2.5,
    )


def _name_places(figure: Figure, axes: Axes, box: Bounds, places: list[Place], lang: str, run: Run) -> None:
    """Change and height above the marks, the largest first, as far as they do not meet."""
    low, high = axes.get_xlim()
    taken: list[tuple[float, float]] = []
    for place in places:
        z_mm = float(run.estimate.top_mm[place.layer]) - run.layer_thickness_mm
        words = f"{_change(place, lang)} · z = {_height(run, place.layer, lang)} mm"
        half = style.text_size_in(figure, words)[0] / 2
        x = box[0] + (z_mm - low) / (high - low) * (box[2] - box[0])
        x = min(max(x, box[0] + half + 0.05), box[2] - half)
        if any(abs(x - other) < half + other_half + 0.15 for other, other_half in taken):
            continue
        taken.append((x, half))
        style.add_text(figure, x, box[3] - 0.1, words, ha="center")
