"""One layer twice, side by side: coloured by region and coloured by laser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from amprep.model.exposure import AGAIN
from amprep.model.scan import LayerPlan, Region
from amprep.pictures import style
from amprep.pictures.close_up import vectors_in
from amprep.pictures.fields import (
    PlateFields,
    add_fields,
    field_entries,
    number_places,
    plate_fields,
    plate_patch,
)
from amprep.pictures.furniture import (
    LEGEND_ROW_IN,
    MARGIN_IN,
    LegendEntry,
    add_badge,
    add_legend_pair,
    add_legend_rows,
    add_scale_bar,
    legend_rows,
)
from amprep.pictures.layer_view import (
    BADGE_FROM_CORNER_IN,
    Bounds,
    DrawnVectors,
    common_box,
    contour_width_pt,
    polylines,
    shows_plate_edge,
    thinned_vectors,
    view_of,
)
from amprep.pictures.palette import REGIONS, region_colour
from amprep.pictures.paper import Said, begin
from amprep.pictures.texts import counted_text, number_text, ordinal_text, seconds_text, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.model.layer import Contours
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.pictures.close_up import CloseUp

__all__ = ["draw_layer", "layer_alt_text", "layer_subtitle", "thinning_words"]


LEFT_BOX: Bounds = (1.1, 1.78, 6.3, 5.62)
RIGHT_BOX: Bounds = (7.15, 1.78, 12.35, 5.62)
LEGEND_TOP_IN = 0.98
_LEGEND_BORDER_IN = 5.8
#: On paper the panels stand one above the other, each with its legend below.
PANEL_IN = 2.5
_PRINT_BOX: Bounds = (0.95, 0.0, 6.1, PANEL_IN)
BADGE_PITCH_IN = 0.48
#: More lasers have their numbers in their fields, and only the slowest one has its time in the legend.
MOST_IN_CORNERS = 4
SMALL_BADGE_IN = 0.16
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    machine: MachineProfile
    drawn: DrawnVectors
    view: Bounds
    hatch_pt: float
    contour_pt: float
    contours: list[NDArray[np.float32]]
    contour_lasers: NDArray[np.uint8]
    contour_regions: NDArray[np.uint8]
    fields: PlateFields
    lasers: list[int]
    """Indices of the lasers with vectors or field in view."""
    part_boxes: list[Bounds]
    lost: list[NDArray[np.float64]]
    """Loops around what is not exposed."""
    lost_mm2: float
    lang: str


def draw_layer(
    plan: LayerPlan,
    *,
    machine: MachineProfile,
    process: ProcessProfile,
    material: MaterialProfile,
    busy_s: Sequence[float],
    layer_number: int,
    layer_count: int,
    version: str,
    job_hash: str,
    part_bounds_mm: Sequence[Bounds] = (),
    lost: Sequence[Contours] = (),
    remarks: Sequence[str] = (),
    close_up: CloseUp | None = None,
    profile: str = "slide",
    lang: str = "en",
) -> Figure:
    """Draw one layer by region and by laser.

    Parameters
    ----------
    plan, machine, process, material
        The layer and what it is exposed with.
    busy_s : sequence of float
        Time in s that each laser works in this layer, index 0 being laser 1.
    layer_number, layer_count : int
        Number of the layer, from 1, and how many the job has.
    version, job_hash : str
        For the footer; eight characters of the hash are shown.
    part_bounds_mm : sequence of (x0, y0, x1, y1), mm
        Where the parts lie on the plate; drawn when the layer has no vectors.
    lost : sequence of Contours
        What of each part is not exposed in this layer.
    remarks : sequence of str
        Further items of the footer.
    close_up : CloseUp, optional
        What is shown; default: all of the layer.
    profile : str
        ``slide`` or ``print``, which has the panels one above the other.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    with style.slide_style():
        number, count = number_text(layer_number, lang), number_text(layer_count, lang)
        key = "layer_title" if len(plan.vectors) else "layer_title_empty"
        time = seconds_text(max(busy_s, default=0.0), lang)
        box = LEFT_BOX if profile == "slide" else _PRINT_BOX
        scene = _scene(plan, machine, process, part_bounds_mm, lost, box, close_up, lang=lang)
        said = Said(
            machine=machine,
            process=process,
            material=material,
            version=version,
            job_hash=job_hash,
            title=text(lang, key, number=number, count=count, time=time),
            subtitles=[layer_subtitle(plan, lang)],
            remarks=[*thinning_words(scene.drawn, lang), *remarks],
            is_uncalibrated=_rests_on_assumptions(machine, process),
            has_compass=True,
        )
        legends = _region_legend(scene), _laser_legend(scene, busy_s)
        legends_in = _legends_in(legends)
        body_in = 2 * (PANEL_IN + 0.36 + 0.66) + sum(legends_in)
        figure, free = begin(said, lang=lang, profile=profile, body_in=body_in, left_in=LEFT_BOX[0])
        boxes = [LEFT_BOX, RIGHT_BOX]
        if profile == "slide":
            centres_in = (LEFT_BOX[0] + LEFT_BOX[2]) / 2, (RIGHT_BOX[0] + RIGHT_BOX[2]) / 2
            add_legend_pair(figure, legends, _LEGEND_BORDER_IN, centres_in, LEGEND_TOP_IN)
        else:
            top_in = free[3]
            for i in (0, 1):
                box = (_PRINT_BOX[0], top_in - 0.36 - PANEL_IN, _PRINT_BOX[2], top_in - 0.36)
                boxes[i], top_in = box, box[1] - 0.66 - legends_in[i]
            for legend, box in zip(legends, boxes, strict=True):
                add_legend_rows(figure, legend, (free[0], free[2]), box[1] - 0.6)
        for box, is_by_laser in zip(boxes, (False, True), strict=True):
            _panel(figure, box, scene, is_by_laser=is_by_laser)
    return figure


def _legends_in(legends: Sequence[Sequence[LegendEntry]]) -> list[float]:
    """Heights of the legends on paper."""
    probe = style.sheet("print")
    width_in = probe.page.width_in - 2 * MARGIN_IN
    return [LEGEND_ROW_IN * legend_rows(probe, legend, width_in) for legend in legends]


def layer_alt_text(
    plan: LayerPlan, *, busy_s: Sequence[float], layer_number: int, layer_count: int, lang: str = "en"
) -> str:
    """What the picture of the layer shows, for those who cannot see it; `busy_s` in s per laser."""
    place = {
        "number": number_text(layer_number, lang),
        "count": number_text(layer_count, lang),
        "z": _height_text(plan, lang),
    }
    if len(plan.vectors) == 0:
        return text(lang, "layer_alt_empty", **place)
    hatched = np.isin(plan.vectors.region % AGAIN, [region for region in Region if region.is_hatch])
    contours = int(np.count_nonzero(~hatched))
    each = "; ".join(
        text(lang, "laser_each", number=str(i + 1), time=seconds_text(busy, lang))
        for i, busy in enumerate(busy_s)
        if busy > 0
    )
    lasers = text(lang, "layer_alt_lasers", time=seconds_text(max(busy_s, default=0.0), lang), each=each)
    words = text(
        lang,
        "layer_alt",
        **place,
        hatch=number_text(len(plan.vectors) - contours, lang),
        contour=number_text(contours, lang),
        lasers=lasers if each else "",
    ).strip()
    if plan.areas.lost_mm2 < 0.0005:
        return words
    return f"{words} {text(lang, 'layer_alt_lost', area=number_text(plan.areas.lost_mm2, lang, 3))}"


def _scene(
    plan: LayerPlan,
    machine: MachineProfile,
    process: ProcessProfile,
    part_bounds_mm: Sequence[Bounds],
    lost: Sequence[Contours],
    box: Bounds,
    close_up: CloseUp | None,
    *,
    lang: str,
) -> _Scene:
    plate = machine.build_volume.bounds_mm
    width, height = box[2] - box[0], box[3] - box[1]
    drawn_points = [one.points[:, [0, 1, 0, 1]].astype(np.float32) for one in lost]
    vectors = plan.vectors
    if close_up is None:
        view = view_of(np.concatenate([vectors.segments, *drawn_points]), plate, width, height)
    else:
        view = close_up.view(width, height)
        vectors = vectors_in(vectors, view)
    pt_per_mm = _POINTS_PER_INCH * width / (view[2] - view[0])
    core = process.core
    spacing_pt = core.hatch_distance_mm.value * pt_per_mm
    drawn = thinned_vectors(vectors, core.hatch_distance_mm.value, pt_per_mm, core.cell_mm)
    contours, contour_lasers, contour_regions = polylines(drawn)
    fields = [laser.field_mm for laser in machine.lasers]
    fired = set(np.unique(vectors.laser).tolist())
    in_view = {i for i, field in enumerate(fields) if common_box(field, view) is not None}
    return _Scene(
        machine=machine,
        drawn=drawn,
        view=view,
        hatch_pt=float(np.clip(0.55 * spacing_pt * drawn.every_hatch, 0.5, 2.0)),
        contour_pt=contour_width_pt(contours, pt_per_mm),
        contours=contours,
        contour_lasers=contour_lasers,
        contour_regions=contour_regions,
        fields=plate_fields(machine),
        lasers=sorted(fired | in_view),
        part_boxes=[] if len(plan.vectors) else list(part_bounds_mm),
        lost=[one.loop(i) for one in lost for i in range(len(one))],
        lost_mm2=plan.areas.lost_mm2,
        lang=lang,
    )


def _panel(figure: Figure, box_in: Bounds, scene: _Scene, *, is_by_laser: bool) -> None:
    axes = style.add_axes(figure, box_in, scene.lang)
    x0, y0, x1, y1 = scene.view
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.set_autoscale_on(False)
    middle_in = (box_in[0] + box_in[2]) / 2
    is_slide = style.page_of(figure) is style.SLIDE
    x_in, y_in = (box_in[0] - 0.84, box_in[1] - 0.5) if is_slide else (0.2, box_in[1] - 0.44)
    style.add_text(figure, middle_in, y_in, text(scene.lang, "x_axis"), size="axis", ha="center")
    if not is_by_laser or not is_slide:
        words = style.add_text(
            figure,
            x_in,
            (box_in[1] + box_in[3]) / 2,
            text(scene.lang, "y_axis"),
            size="axis",
            ha="center",
        )
        words.set_rotation(90)
    title = text(scene.lang, "by_laser" if is_by_laser else "by_region")
    if is_by_laser and scene.fields.is_assumed:
        title = f"{title} · {text(scene.lang, 'fields_assumed')}"
    style.add_text(figure, box_in[0], box_in[3] + 0.2, title, size="subtitle")
    if is_by_laser:
        add_fields(axes, scene.fields, axes.transData)
    axes.add_patch(plate_patch(scene.machine.build_volume, zorder=1.2))
    _draw_vectors(axes, scene, is_by_laser=is_by_laser)
    for box in scene.part_boxes:
        axes.add_patch(
            _rectangle(box, facecolor="none", edgecolor=style.OUTLINE, linewidth=1.6, linestyle=":")
        )
    if not scene.contours and len(scene.drawn.hatch) == 0:
        _note(figure, box_in, text(scene.lang, "no_vectors"))
    if is_by_laser:
        _draw_badges(figure, box_in, scene)
    else:
        _draw_lost(axes, scene)
        add_scale_bar(figure, axes, scene.lang)


def _rectangle(box: Bounds, **look: object) -> Rectangle:
    return Rectangle((box[0], box[1]), box[2] - box[0], box[3] - box[1], **look)  # type: ignore[arg-type]


def _draw_vectors(axes: Axes, scene: _Scene, *, is_by_laser: bool) -> None:
    drawn = scene.drawn
    hatch_colours = [region_colour(region) for region in drawn.hatch_region.tolist()]
    contour_colours = [region_colour(region) for region in scene.contour_regions.tolist()]
    if is_by_laser:
        hatch_colours = [style.laser_look(i).colour for i in drawn.hatch_laser.tolist()]
        contour_colours = [style.laser_look(i).colour for i in scene.contour_lasers.tolist()]
    if len(drawn.hatch):
        lines = list(drawn.hatch.reshape(-1, 2, 2))
        axes.add_collection(
            LineCollection(lines, colors=hatch_colours, linewidths=scene.hatch_pt, zorder=2), autolim=False
        )
    if not scene.contours:
        return
    width = scene.contour_pt
    layers: list[tuple[float, str | list[str]]] = [(width, contour_colours)]
    # Light colours need a dark outline to be seen on white.
    if is_by_laser or set(contour_colours) - {REGIONS["contour"]}:
        layers.insert(0, (width + min(1.6, width), style.OUTLINE))
    for zorder, (width_pt, colours) in enumerate(layers, start=3):
        lines_of = LineCollection(
            scene.contours,
            colors=colours,
            linewidths=width_pt,
            capstyle="round",
            joinstyle="round",
            zorder=zorder,
        )
        axes.add_collection(lines_of, autolim=False)


def _draw_lost(axes: Axes, scene: _Scene) -> None:
    """Over everything else, with an edge that keeps the smallest places visible."""
    outlines = [Outline(np.concatenate([loop, loop[:1]]), closed=True) for loop in scene.lost]
    if not outlines:
        return
    # One compound path: loops run clockwise are holes.
    shape = PathCollection(
        [Outline.make_compound_path(*outlines)],
        facecolors=style.LOST_FILL,
        edgecolors=style.LOST_FILL,
        linewidths=1.4,
        zorder=6,
    )
    axes.add_collection(shape, autolim=False)


def _draw_badges(figure: Figure, box_in: Bounds, scene: _Scene) -> None:
    """The number of each laser in a corner of the view, on the side of its field; of many in the fields."""
    if len(scene.machine.lasers) > MOST_IN_CORNERS:
        _draw_badges_in_fields(figure, box_in, scene)
        return
    centres = np.array(
        [[(f[0] + f[2]) / 2, (f[1] + f[3]) / 2] for f in (m.field_mm for m in scene.machine.lasers)]
    )
    middle = centres.mean(axis=0)
    taken: dict[tuple[bool, bool], int] = {}
    for index in scene.lasers:
        x, y = centres[index] if index < len(centres) else middle
        is_right, is_top = bool(x > middle[0] + 1e-6), bool(y > middle[1] - 1e-6)
        place = taken.get((is_right, is_top), 0)
        taken[is_right, is_top] = place + 1
        inwards = BADGE_FROM_CORNER_IN + place * BADGE_PITCH_IN
        x_in = box_in[2] - inwards if is_right else box_in[0] + inwards
        y_in = box_in[3] - BADGE_FROM_CORNER_IN if is_top else box_in[1] + BADGE_FROM_CORNER_IN
        add_badge(figure, x_in, y_in, index + 1, ring=True)


def _draw_badges_in_fields(figure: Figure, box_in: Bounds, scene: _Scene) -> None:
    x0, y0, x1, _ = scene.view
    scale = (box_in[2] - box_in[0]) / (x1 - x0)
    places = number_places(scene.machine, SMALL_BADGE_IN / scale)
    for index, (x, y) in enumerate(places.tolist()):
        x_in, y_in = box_in[0] + (x - x0) * scale, box_in[1] + (y - y0) * scale
        is_inside = box_in[0] + SMALL_BADGE_IN < x_in < box_in[2] - SMALL_BADGE_IN
        if is_inside and box_in[1] + SMALL_BADGE_IN < y_in < box_in[3] - SMALL_BADGE_IN:
            add_badge(figure, x_in, y_in, index + 1, size_pt=17, ring=True)


def _note(figure: Figure, box_in: Bounds, words: str) -> None:
    x_in, y_in = (box_in[0] + box_in[2]) / 2, (box_in[1] + box_in[3]) / 2
    note = style.add_text(figure, x_in, y_in, words, size="axis", ha="center")
    note.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 6})


def _region_legend(scene: _Scene) -> list[LegendEntry]:
    lang = scene.lang
    entries = []
    shown = {Region(region % AGAIN) for region in np.unique(scene.drawn.hatch_region).tolist()}
    entries += [
        LegendEntry(text(lang, region.key), "area", REGIONS[region.key])
        for region in (Region.CORE, Region.UPSKIN, Region.DOWNSKIN, Region.SUPPORT)
        if region in shown
    ]
    if scene.contours:
        lines = {Region(region % AGAIN) for region in np.unique(scene.contour_regions).tolist()}
        if lines - {Region.EDGE}:
            entries.append(LegendEntry(text(lang, "contour"), "line", REGIONS["contour"], width_pt=3))
        if Region.EDGE in lines:
            entries.append(LegendEntry(text(lang, "edge"), "line", REGIONS["edge"], width_pt=3))
    if scene.lost:
        area = number_text(scene.lost_mm2, lang, 3 if scene.lost_mm2 < 10 else 1)
        words = text(
            lang, "lost", area=area if scene.lost_mm2 >= 0.0005 else f"< {number_text(0.001, lang, 3)}"
        )
        entries.append(LegendEntry(words, "area", style.LOST_FILL, style.LOST_FILL))
    if scene.part_boxes:
        entries.append(LegendEntry(text(lang, "part_box"), "line", style.OUTLINE, dash=(1, 1.5)))
    if shows_plate_edge(scene.machine.build_volume, scene.view):
        entries.append(LegendEntry(text(lang, "plate_edge"), "line", style.GREY_TEXT))
    return entries


def _laser_legend(scene: _Scene, busy_s: Sequence[float]) -> list[LegendEntry]:
    lang = scene.lang
    entries = []
    lasers = scene.lasers
    if len(lasers) > MOST_IN_CORNERS:
        lasers = [max(lasers, key=lambda i: busy_s[i] if i < len(busy_s) else 0.0)]
    for index in lasers:
        busy = busy_s[index] if index < len(busy_s) else 0.0
        words = text(lang, "laser_time", number=str(index + 1), time=seconds_text(busy, lang))
        entries.append(LegendEntry(words, "badge", style.laser_look(index).colour, digit=index + 1))
    return entries + field_entries(scene.fields, scene.view, lang)


def layer_subtitle(plan: LayerPlan, lang: str) -> str:
    """Height and vectors of a layer."""
    count = len(plan.vectors)
    words = counted_text(lang, "vectors", count) if count else text(lang, "vectors_none")
    return text(lang, "layer_subtitle", z=_height_text(plan, lang), vectors=words)


def _height_text(plan: LayerPlan, lang: str) -> str:
    """Top of the layer in mm, with as many decimals as the layers need."""
    needs_three = abs(plan.thickness_mm - round(plan.thickness_mm, 2)) > 1e-9
    return number_text(plan.top_mm, lang, 3 if needs_three else 2)


def thinning_words(drawn: DrawnVectors, lang: str) -> list[str]:
    """Items of the footer: what was left out."""
    words = []
    if drawn.every_hatch > 1:
        words.append(text(lang, "thinned_hatch", nth=ordinal_text(drawn.every_hatch, lang)))
    if drawn.every_contour > 1:
        words.append(text(lang, "thinned_contour", nth=ordinal_text(drawn.every_contour, lang)))
    return words


def _rests_on_assumptions(machine: MachineProfile, process: ProcessProfile) -> bool:
    """Whether a value that decides on the vectors or on their times is unconfirmed."""
    scanner, core, contour = machine.scanner, process.core, process.contour
    values = [
        scanner.jump_speed_mm_s,
        scanner.acceleration_mm_s2,
        scanner.jump_delay_s,
        scanner.turnaround_s,
        scanner.polygon_delay_s,
        scanner.laser_on_delay_s,
        scanner.laser_off_delay_s,
        scanner.mark_delay_s,
        scanner.part_change_s,
        core.scan_speed_mm_s,
        core.hatch_distance_mm,
        core.beam_offset_mm,
        core.stripe_width_mm,
        core.stripe_overlap_mm,
        contour.scan_speed_mm_s,
        contour.beam_offset_mm,
    ]
    grades = [value.grade for value in values] + [laser.field_origin.grade for laser in machine.lasers]
    return any(grade.is_unconfirmed for grade in grades)
