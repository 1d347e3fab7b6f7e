"""What hangs without support: the part from below, its surfaces by angle, and how much at which height."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.image import BboxImage
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox, TransformedBbox

from amprep.languages import counted, words_of
from amprep.languages.numbers import number_text
from amprep.model.arrays import ArrayNoun
from amprep.pictures import style
from amprep.pictures.furniture import MARGIN_IN, LegendEntry, add_legend_rows
from amprep.pictures.palette import REGIONS
from amprep.pictures.paper import page_of_run
from amprep.pictures.shaded import camera_on, seen_faces, shaded_image
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.provenance import GradedValue
    from amprep.pictures.layer_view import Bounds
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = [
    "HANGING",
    "NEAR",
    "OTHER",
    "STANDING",
    "HangingPart",
    "Overhangs",
    "area_by_height",
    "draw_overhang",
    "overhang_alt_text",
]

#: Kinds of surface.
OTHER = 0
STANDING = 1
NEAR = 2
HANGING = 3

COLOURS = {HANGING: REGIONS["downskin"], NEAR: REGIONS["upskin"], STANDING: "#8F9BA6", OTHER: "#DFE3E6"}

PIXELS_PER_INCH = 150
#: Of the small views that are looked at to choose the one that shows most.
SMALL = 160, 110
AZIMUTHS_DEG = (-60.0, -15.0, 30.0, 75.0, 120.0, 165.0, 210.0, 255.0)
ELEVATION_DEG = -28.0
CHARTS_IN = 4.35
"""Width of the charts on a slide, with their words."""
CHART_GAP_IN = 0.4
MOST_BINS = 110
#: Layers that are taken together: numbers that are easily said.
BIN_LAYERS = tuple(step * 10**power for power in range(6) for step in (1, 2, 5))


@dataclass(frozen=True, slots=True, eq=False)
class HangingPart(ArrayNoun):
    """A part with its surfaces by kind.

    vertices_mm : (V, 3) float64, mm
        As it stands on the platform.
    faces : (F, 3) int32
    kind : (F,) uint8
        `OTHER`, `STANDING`, `NEAR` or `HANGING`.
    area_mm2 : (F,) float64, mm²
        Of each triangle what hangs without support, in patches that count; else 0.
    """

    name: str
    copies: int
    vertices_mm: NDArray[np.float64]
    faces: NDArray[np.int32]
    kind: NDArray[np.uint8]
    area_mm2: NDArray[np.float64]
    places: int
    largest_mm2: float
    largest_z_mm: float
    """Middle of the largest patch, over the platform."""

    @property
    def total_mm2(self) -> float:
        """Of one copy."""
        return float(self.area_mm2.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Overhangs(ArrayNoun):
    """What hangs in a job.

    parts : tuple of HangingPart, or None
        None where the part files are not at hand.
    top_mm : (n,) float64, mm
        Tops of the layers.
    downskin_mm2 : (n,) float64, mm²
        What each layer exposes as downskin.
    """

    limit_deg: GradedValue
    parts: tuple[HangingPart, ...] | None
    top_mm: NDArray[np.float64]
    downskin_mm2: NDArray[np.float64]
    has_supports: bool = False
    """Whether supports stand in the job; what they hold hangs all the same."""

    @property
    def total_mm2(self) -> float:
        """Of all parts."""
        return sum(one.copies * one.total_mm2 for one in self.parts or ())

    @property
    def places(self) -> int:
        """Patches of all parts."""
        return sum(one.copies * one.places for one in self.parts or ())

    @property
    def worst(self) -> HangingPart | None:
        """The part with the most, of equal ones the first."""
        return max(self.parts, key=lambda one: one.total_mm2) if self.parts else None


def area_by_height(
    heights_mm: NDArray[np.float64], area_mm2: NDArray[np.float64], edges_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(b,) float64, mm²: area of triangles between heights; what lies beyond the ends counts there.

    Parameters
    ----------
    heights_mm : (F, 3) float64, mm
        Of the corners of each triangle.
    area_mm2 : (F,) float64, mm²
    edges_mm : (b + 1,) float64, mm
        Ascending. A triangle that lies flat at an edge counts to what is above it.

    """
    a, b, c = np.sort(heights_mm, axis=1).T
    below = [0.0]
    for z in edges_mm[1:-1].tolist():
        with np.errstate(divide="ignore", invalid="ignore"):
            lower = (z - a) ** 2 / ((b - a) * (c - a))
            upper = 1.0 - (c - z) ** 2 / ((c - b) * (c - a))
        share = np.where(z <= a, 0.0, np.where(z >= c, 1.0, np.where(z <= b, lower, upper)))
        share = np.where((c - a) < 1e-9, (a < z - 1e-9).astype(np.float64), share)
        below.append(float((share * area_mm2).sum()))
    below.append(float(area_mm2.sum()))
    areas: NDArray[np.float64] = np.maximum(np.diff(below), 0.0)
    return areas


def draw_overhang(run: Run, found: Overhangs, *, lang: str = "en", profile: str = "slide") -> Sheet:
    """Draw what hangs without support.

    Parameters
    ----------
    run : Run
        For headline and footer.
    found : Overhangs
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.
    profile : str
        ``slide`` or ``print``.

    """
    with style.slide_style():
        is_slide = profile == "slide"
        figure, (x0, y0, x1, y1) = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=_title(found, lang),
            subtitles=_subtitles(found, lang),
            remarks=[_limit_text(found.limit_deg, lang)],
            body_in=7.4,
            is_uncalibrated=False,
        )
        if is_slide:
            view: Bounds = (x0 - 0.2, y0 + 0.72, x1 - CHARTS_IN - 0.2, y1)
            charts: Bounds = (x1 - CHARTS_IN + 0.85, y0 + 0.75, x1 - 0.15, y1 - 0.3)
            legend_top_in = y0 + 0.66
        else:
            view = (x0, y1 - 3.4, x1, y1)
            legend_top_in = view[1] - 0.05
            charts = (x0 + 0.85, y0 + 0.75, x1 - 0.15, view[1] - 1.25)
        if found.worst is None:
            _draw_note(figure, view, lang)
        else:
            _draw_view(figure, found.worst, view)
            add_legend_rows(figure, _legend(found, lang), (x0, view[2] + 0.2 * is_slide), legend_top_in)
        _draw_charts(figure, found, charts, lang)
    return figure


def overhang_alt_text(run: Run, found: Overhangs, *, lang: str = "en") -> str:
    """What the picture of a run shows, for those who cannot see it."""
    say = words_of("scenes", lang)
    downskin = say("alt_downskin", area=_area_text(float(found.downskin_mm2.sum()), lang))
    if found.worst is None:
        return f"{say('alt_no_meshes')} {downskin}"
    shown = say("alt_overhang", part=found.worst.name, machine=run.machine.name)
    return f"{shown} {_title(found, lang)}. {downskin}"


def _area_text(area_mm2: float, lang: str) -> str:
    """In mm², from 100 cm² on in cm²."""
    if area_mm2 >= 10_000:
        return f"{number_text(area_mm2 / 100, lang, 0)} cm²"
    return f"{number_text(area_mm2, lang, 0 if area_mm2 >= 10 or area_mm2 == 0 else 1)} mm²"


def _degrees(value: float, lang: str) -> str:
    return number_text(value, lang, 0 if abs(value - round(value)) < 1e-9 else 1)


def _title(found: Overhangs, lang: str) -> str:
    say = words_of("scenes", lang)
    worst = found.worst
    if worst is None:
        return say("downskin_title", area=_area_text(float(found.downskin_mm2.sum()), lang))
    limit = _degrees(found.limit_deg.value, lang)
    if not found.total_mm2:
        return say("no_overhang_title", limit=limit)
    return say(
        "supported_title" if found.has_supports else "overhang_title",
        area=_area_text(found.total_mm2, lang),
        limit=limit,
        z=number_text(max(found.parts or (), key=lambda one: one.largest_mm2).largest_z_mm, lang, 1),
    )


def _limit_text(limit: GradedValue, lang: str) -> str:
    say = words_of("scenes", lang)
    low, high = limit.bounds
    words = say("limit", limit=_degrees(limit.value, lang))
    if low < high:
        words = say("limit_range", limit=words, low=_degrees(low, lang), high=_degrees(high, lang))
    return say("limit_assumed", limit=words) if limit.grade.is_unconfirmed else words


def _subtitles(found: Overhangs, lang: str) -> list[str]:
    say = words_of("scenes", lang)
    worst = found.worst
    if worst is None or found.parts is None:
        return []
    shown = say("shown", part=worst.name)
    copies = sum(one.copies for one in found.parts)
    if copies > 1:
        shown = say(
            "shown_of",
            part=worst.name,
            area=_area_text(worst.total_mm2, lang),
            parts=counted("scenes", lang, "parts_of", copies, number=number_text(copies, lang)),
        )
    places = counted("scenes", lang, "places", found.places, number=number_text(found.places, lang))
    return [" · ".join([*([places] if found.places else []), shown]), say("angle_meaning")]


def _legend(found: Overhangs, lang: str) -> list[LegendEntry]:
    say = words_of("scenes", lang)
    limit, high = found.limit_deg.value, _near_deg(found.limit_deg)
    entries = [
        (HANGING, say("hanging", limit=_degrees(limit, lang))),
        (NEAR, say("near", limit=_degrees(limit, lang), high=_degrees(high, lang))),
        (STANDING, say("standing")),
        (OTHER, say("other")),
    ]
    return [LegendEntry(words, "area", COLOURS[kind]) for kind, words in entries]


def _near_deg(limit: GradedValue) -> float:
    """Up to where a surface is near the limit: the end of its range."""
    return max(limit.bounds[1], limit.value)


def _colours(kind: NDArray[np.uint8]) -> NDArray[np.float64]:
    table = np.array([[int(COLOURS[i][j : j + 2], 16) for j in (1, 3, 5)] for i in range(4)]) / 255.0
    chosen: NDArray[np.float64] = table[kind]
    return chosen


def _best_azimuth(part: HangingPart) -> float:
    """The side from which most of what hangs is seen, or of what faces down where nothing hangs."""
    wanted = part.kind == (HANGING if (part.kind == HANGING).any() else NEAR)
    seen = []
    for azimuth in AZIMUTHS_DEG:
        camera = camera_on(
            part.vertices_mm,
            azimuth_deg=azimuth,
            elevation_deg=ELEVATION_DEG,
            width=SMALL[0],
            height=SMALL[1],
        )
        nearest = seen_faces(part.vertices_mm, part.faces, camera)
        seen.append(float(wanted[nearest[nearest >= 0]].sum()) / camera.pixels_per_mm**2)
    # What is hardly better is no reason to turn the part.
    return AZIMUTHS_DEG[int(np.argmax(np.array(seen) >= 0.97 * max(seen)))]


def _draw_view(figure: Sheet, part: HangingPart, box_in: Bounds) -> None:
    x0, y0, x1, y1 = box_in
    camera = camera_on(
        part.vertices_mm,
        azimuth_deg=_best_azimuth(part),
        elevation_deg=ELEVATION_DEG,
        width=round((x1 - x0) * PIXELS_PER_INCH),
        height=round((y1 - y0) * PIXELS_PER_INCH),
    )
    image = shaded_image(part.vertices_mm, part.faces, _colours(part.kind), camera)
    box = TransformedBbox(Bbox.from_extents(x0, y0, x1, y1), figure.dpi_scale_trans)
    shown = BboxImage(box, origin="upper", interpolation="antialiased")
    shown.set_data(image)
    figure.add_artist(shown)


def _draw_note(figure: Sheet, box_in: Bounds, lang: str) -> None:
    x_in, y_in = (box_in[0] + box_in[2]) / 2, (box_in[1] + box_in[3]) / 2
    for row, line in enumerate(words_of("scenes", lang)("no_meshes_only").split("\n")):
        style.add_text(
            figure, x_in, y_in - 0.35 * row, line, size="axis", ha="center", colour=style.GREY_TEXT
        )


def _draw_charts(figure: Sheet, found: Overhangs, box_in: Bounds, lang: str) -> None:
    """Area over the height: what hangs, and what is exposed as downskin."""
    count = len(found.top_mm)
    if not count:
        return
    say = words_of("scenes", lang)
    size = next(step for step in BIN_LAYERS if step * MOST_BINS >= count)
    starts = np.arange(0, count, size)
    edges = np.concatenate([[0.0], found.top_mm[np.minimum(starts + size, count) - 1]])
    downskin = np.add.reduceat(found.downskin_mm2, starts)
    charts = [("chart_downskin", downskin, REGIONS["core"])]
    if found.parts is not None:
        charts.insert(0, ("chart_hanging", _hanging_by_height(found, edges), style.ALERT))
    x0, y0, x1, y1 = box_in
    wide_in = (x1 - x0 - CHART_GAP_IN) / 2
    for place, (key, areas, colour) in enumerate(charts):
        left_in = x0 + place * (wide_in + CHART_GAP_IN)
        axes = style.add_axes(figure, (left_in, y0, left_in + wide_in, y1), lang)
        axes.set_ylim(0, float(edges[-1]))
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.tick_params(labelleft=place == 0)
        style.add_steps(
            axes,
            areas,
            edges,
            orientation="horizontal",
            fill=True,
            facecolor=colour,
            edgecolor=colour,
            linewidth=1.0,
        )
        style.add_steps(
            axes,
            areas,
            edges,
            orientation="horizontal",
            baseline=None,
            edgecolor=style.OUTLINE,
            linewidth=0.8,
        )
        highest = float(areas.max())
        axes.set_xlim(0, 1.08 * highest if highest > 0 else 1.0)
        axes.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
        style.add_text(figure, left_in, y1 + 0.17, say(key))
    per = say("per_layer")
    if size > 1:
        per = counted("scenes", lang, "per_layers", size, number=number_text(size, lang))
    right_in = x1 if len(charts) > 1 else x0 + wide_in
    wide = style.text_size_in(figure, per)[0]
    middle_in = min((x0 + right_in) / 2, figure.page.width_in - MARGIN_IN - wide / 2)
    style.add_text(figure, middle_in, y0 - 0.5, per, ha="center")
    side = style.add_text(figure, x0 - 0.68, (y0 + y1) / 2, text(lang, "z_axis"), size="axis", ha="center")
    side.set_rotation(90)


def _hanging_by_height(found: Overhangs, edges_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros(len(edges_mm) - 1)
    for part in found.parts or ():
        hangs = part.area_mm2 > 0
        heights = part.vertices_mm[part.faces[hangs], 2]
        total += part.copies * area_by_height(heights, part.area_mm2[hangs], edges_mm)
    return total
