"""Who exposes what in a layer: areas by laser with their seams, and how long each laser works."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D

from amprep.languages.numbers import share_text
from amprep.pictures import style
from amprep.pictures.fields import (
    PlateFields,
    add_fields,
    field_entries,
    number_places,
    plate_fields,
    plate_patch,
)
from amprep.pictures.furniture import (
    LegendEntry,
    add_badge,
    add_legend,
    add_legend_rows,
    add_sample,
    add_scale_bar,
    broken,
)
from amprep.pictures.laser_areas import area_image, badge_cells, laser_areas, seam_cells
from amprep.pictures.layer_view import (
    FINE_VIEW_MM,
    Bounds,
    contour_width_pt,
    polylines,
    shows_plate_edge,
    thinned_vectors,
    view_of,
)
from amprep.pictures.paper import Said, begin
from amprep.pictures.texts import laser_words as words
from amprep.pictures.texts import number_text, seconds_text, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.model.scan import LayerPlan

__all__ = ["draw_laser_map", "laser_map_alt_text"]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things stand, in inches."""

    panel: Bounds
    legend: float
    """Top of the legend."""
    plan: tuple[float, float, float]
    """Left end of the key plan, its lower and its upper end."""
    plan_title: float
    bars: tuple[float, float, float]
    """Left and right end of the bars, and the uppermost of them."""


_SLIDE = _Places((1.1, 1.55, 7.7, 5.62), 0.83, (8.25, 3.92, 5.5), 5.82, (8.25, 12.55, 3.1))
_PRINT = _Places((0.95, 3.1, 6.1, 6.3), 2.54, (0.2, 0.1, 1.5), 1.74, (2.9, 6.1, 1.34))
_BODY_IN = 6.65


def _places(figure: Figure, free: Bounds) -> _Places:
    """On paper as high as there is room for them above the footer."""
    if style.page_of(figure) is style.SLIDE:
        return _SLIDE
    up = free[1]
    x0, y0, x1, y1 = _PRINT.panel
    left, low, high = _PRINT.plan
    return _Places(
        (x0, y0 + up, x1, y1 + up),
        _PRINT.legend + up,
        (left, low + up, high + up),
        _PRINT.plan_title + up,
        (*_PRINT.bars[:2], _PRINT.bars[2] + up),
    )


BAR_PITCH_IN = 0.34
MOST_IN_COLUMN = 6
PIXELS = 2
"""Of a cell, on a side."""
_PER_IN = style.SLIDE.dpi / PIXELS
BADGE_PT = 17.0
BADGES_APART_IN = 1.3
MOST_BADGES = 5
_POINTS_PER_INCH = 72


def draw_laser_map(
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
    profile: str = "slide",
    lang: str = "en",
) -> Figure:
    """Draw the areas of a layer by laser.

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
    profile : str
        ``slide`` or ``print``.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    with style.slide_style():
        fields = plate_fields(machine)
        is_uncalibrated = fields.is_assumed or any(
            value.grade.is_unconfirmed
            for value in (machine.scanner.jump_speed_mm_s, process.core.scan_speed_mm_s)
        )
        said = Said(
            machine=machine,
            process=process,
            material=material,
            version=version,
            job_hash=job_hash,
            title=_title(busy_s, layer_number, layer_count, lang),
            subtitles=[_subtitle(busy_s, lang)],
            is_uncalibrated=is_uncalibrated,
            has_compass=True,
        )
        figure, free = begin(said, lang=lang, profile=profile, body_in=_BODY_IN, left_in=_SLIDE.panel[0])
        at = _places(figure, free)
        width, height = at.panel[2] - at.panel[0], at.panel[3] - at.panel[1]
        view = view_of(plan.vectors.segments, machine.build_volume.bounds_mm, width, height)
        hatch_mm = process.core.hatch_distance_mm.value
        cells = tuple(round(side * _PER_IN) for side in (height, width))
        owners = laser_areas(plan.vectors, view, (cells[0], cells[1]), hatch_mm)
        axes = _axes(figure, at.panel, view, lang)
        add_fields(axes, fields, axes.transData)
        axes.add_patch(plate_patch(machine.build_volume, zorder=1.2))
        _draw_areas(figure, axes, plan, owners, hatch_mm, at.panel)
        add_scale_bar(figure, axes, lang)
        entries = _legend(owners, machine, fields, view, lang)
        if profile == "slide":
            span_in = 0.3, at.plan[0] + 0.1
            add_legend(figure, entries, span_in, (at.panel[0] + at.panel[2]) / 2, at.legend)
        else:
            add_legend_rows(figure, entries, (free[0], free[2]), at.legend)
        _draw_key_plan(figure, machine, fields, view, at, lang)
        _draw_bars(figure, busy_s, at, free[1] + 0.14 if profile != "slide" else 0.75, lang)
    return figure


def laser_map_alt_text(
    *, busy_s: Sequence[float], layer_number: int, layer_count: int, lang: str = "en"
) -> str:
    """What the picture shows, for those who cannot see it; `busy_s` in s per laser."""
    place = {"number": number_text(layer_number, lang), "count": number_text(layer_count, lang)}
    if max(busy_s, default=0.0) <= 0:
        return words(lang, "empty_alt", **place)
    each = "; ".join(
        words(lang, "each_map", laser=str(i + 1), time=seconds_text(busy, lang))
        for i, busy in enumerate(busy_s)
        if busy > 0
    )
    return words(lang, "map_alt", **place, each=each, laser=str(int(np.argmax(busy_s)) + 1))


def _title(busy_s: Sequence[float], layer_number: int, layer_count: int, lang: str) -> str:
    place = {"number": number_text(layer_number, lang), "count": number_text(layer_count, lang)}
    longest = max(busy_s, default=0.0)
    if longest <= 0:
        return words(lang, "empty_title", **place)
    if len(busy_s) == 1:
        return words(lang, "one_title", **place, time=seconds_text(longest, lang))
    laser = str(int(np.argmax(busy_s)) + 1)
    return words(lang, "map_title", **place, laser=laser, time=seconds_text(longest, lang))


def _subtitle(busy_s: Sequence[float], lang: str) -> str:
    busy = np.asarray(busy_s, dtype=np.float64)
    working = words(lang, "working", working=str(int(np.count_nonzero(busy > 0))), lasers=str(len(busy_s)))
    if not busy.any() or len(busy) == 1:
        return "" if len(busy) == 1 else working
    used = words(lang, "used", percent=share_text(float(100 * busy.mean() / busy.max()), lang))
    return f"{working} · {used}"


def _axes(figure: Figure, panel: Bounds, view: Bounds, lang: str) -> Axes:
    axes = style.add_axes(figure, panel, lang)
    axes.set_xlim(view[0], view[2])
    axes.set_ylim(view[1], view[3])
    axes.set_autoscale_on(False)
    is_slide = style.page_of(figure) is style.SLIDE
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if not is_slide and view[3] - view[1] < FINE_VIEW_MM:
        # Beside the very edge a print has little room for decimals.
        last = view[2] - 0.04 * (view[2] - view[0])
        axes.set_xticks([tick for tick in axes.get_xticks() if view[0] <= tick <= last])
    style.add_text(figure, panel[0], panel[3] + 0.2, words(lang, "areas"), size="subtitle")
    middle_in = (panel[0] + panel[2]) / 2
    y_in = panel[1] - (0.47 if is_slide else 0.43)
    style.add_text(figure, middle_in, y_in, text(lang, "x_axis"), size="axis", ha="center")
    x_in = panel[0] - 0.84 if is_slide else 0.2
    side = style.add_text(
        figure, x_in, (panel[1] + panel[3]) / 2, text(lang, "y_axis"), size="axis", ha="center"
    )
    side.set_rotation(90)
    return axes


def _draw_areas(
    figure: Figure,
    axes: Axes,
    plan: LayerPlan,
    owners: NDArray[np.int16],
    hatch_mm: float,
    panel: Bounds,
) -> None:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    inches_per_mm = (panel[2] - panel[0]) / (x1 - x0)
    image = area_image(owners, PIXELS)
    axes.imshow(
        image, extent=(x0, x1, y0, y1), origin="lower", interpolation="nearest", aspect="auto", zorder=2
    )
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    pt_per_mm = _POINTS_PER_INCH * inches_per_mm
    drawn = thinned_vectors(plan.vectors, hatch_mm, pt_per_mm)
    lines, lasers, _ = polylines(drawn)
    width = min(contour_width_pt(lines, pt_per_mm), 1.6)
    colours = [style.laser_look(i).colour for i in lasers.tolist()]
    for zorder, (width_pt, colour) in enumerate(((width + 1.4, style.OUTLINE), (width, colours)), start=3):
        axes.add_collection(
            LineCollection(lines, colors=colour, linewidths=width_pt, zorder=zorder), autolim=False
        )
    per_inch = _PER_IN
    badge = BADGE_PT / _POINTS_PER_INCH * per_inch
    numbers = badge_cells(owners, badge, BADGES_APART_IN * per_inch, MOST_BADGES)
    taken = [(panel[0] + x / per_inch, panel[1] + y / per_inch, laser) for laser, x, y in numbers]
    for laser in sorted(set(lasers.tolist()) - {laser for laser, _, _ in numbers}):
        # Contours only: the number stands beside the first of them that has room.
        for line in itertools.compress(lines, lasers == laser):
            x, y = line[len(line) // 2].tolist()
            at = panel[0] + (x - x0) * inches_per_mm, panel[1] + (y - y0) * inches_per_mm
            if all(np.hypot(at[0] - u, at[1] - v) > 0.35 for u, v, _ in taken):
                taken.append((*at, laser))
                break
    for x_in, y_in, laser in taken:
        add_badge(figure, x_in, y_in, laser + 1, size_pt=BADGE_PT, ring=True)


def _legend(
    owners: NDArray[np.int16], machine: MachineProfile, fields: PlateFields, view: Bounds, lang: str
) -> list[LegendEntry]:
    entries = []
    if seam_cells(owners).any():
        entries.append(LegendEntry(words(lang, "seam"), "line", style.BLACK, width_pt=1.8))
    entries += field_entries(fields, view, lang)
    if shows_plate_edge(machine.build_volume, view):
        entries.append(LegendEntry(text(lang, "plate_edge"), "line", style.GREY_TEXT))
    return entries


def _draw_key_plan(
    figure: Figure, machine: MachineProfile, fields: PlateFields, view: Bounds, at: _Places, lang: str
) -> None:
    """The whole plate with the fields and their numbers, and where the section lies."""
    volume = machine.build_volume
    x0, y0, x1, y1 = volume.bounds_mm
    start_in, low_in, high_in = at.plan
    scale = min((high_in - low_in) / (y1 - y0), 2.2 / (x1 - x0))
    left_in = start_in + 0.06
    place = Affine2D().translate(-x0, -y0).scale(scale).translate(left_in, low_in) + figure.dpi_scale_trans
    key = "key_plan_assumed" if fields.is_assumed else "key_plan"
    is_slide = style.page_of(figure) is style.SLIDE
    said = words(lang, key)
    if is_slide or not fields.is_assumed:
        style.add_text(figure, start_in, at.plan_title, said, size="subtitle")
    else:
        for row, line in enumerate(reversed(broken(figure, said, at.bars[0] - 0.3 - start_in))):
            style.add_text(figure, start_in, at.plan_title + 0.2 * row, line)
    add_fields(figure, fields, place)
    figure.add_artist(plate_patch(volume, edgecolor=style.OUTLINE, transform=place, zorder=2))
    places = number_places(machine, 0.14 / scale)
    for laser, (x, y) in zip(machine.lasers, places, strict=True):
        if not np.isnan(x):
            add_badge(figure, left_in + (x - x0) * scale, low_in + (y - y0) * scale, laser.number, size_pt=17)
    u0, v0, u1, v1 = (
        max(view[0], x0), max(view[1], y0), min(view[2], x1), min(view[3], y1)
    )  # fmt: skip
    if (u1 - u0) * (v1 - v0) > 0.9 * (x1 - x0) * (y1 - y0) or u1 <= u0 or v1 <= v0:
        return
    frame = Rectangle(
        (u0, v0), u1 - u0, v1 - v0, facecolor="none", edgecolor=style.ALERT, linewidth=1.8, transform=place
    )
    frame.set_zorder(1.5)
    figure.add_artist(frame)
    entry = LegendEntry(words(lang, "section"), "line", style.ALERT, width_pt=1.8)
    right_in = left_in + (x1 - x0) * scale + 0.2
    if is_slide:
        add_legend(figure, [entry], (right_in, at.bars[1] + 0.05), right_in, low_in + 0.1)
        return
    add_sample(figure, right_in - 0.1, low_in + 0.6, entry)
    for row, line in enumerate(broken(figure, entry.words, at.bars[0] - right_in)):
        style.add_text(figure, right_in - 0.1, low_in + 0.38 - 0.2 * row, line)


def _draw_bars(figure: Figure, busy_s: Sequence[float], at: _Places, lowest_in: float, lang: str) -> None:
    """Working time of each laser as a bar with its number, colour and pattern; the longest in bold."""
    left_in, right_in, top_in = at.bars
    title_in = top_in + (0.38 if style.page_of(figure) is style.SLIDE else 0.4)
    style.add_text(figure, left_in, title_in, words(lang, "busy"), size="subtitle")
    longest = max(busy_s, default=0.0)
    columns = 1 if len(busy_s) <= MOST_IN_COLUMN else 2
    rows = -(-len(busy_s) // columns)
    column_in = (right_in - left_in) / columns
    pitch_in = min(BAR_PITCH_IN, (top_in - lowest_in) / max(rows - 1, 1))
    times = [seconds_text(busy, lang) for busy in busy_s]
    weights = ["bold" if busy == longest > 0 else "normal" for busy in busy_s]
    widest = max(
        (
            style.text_size_in(figure, time, weight=weight)[0]
            for time, weight in zip(times, weights, strict=True)
        ),
        default=0.0,
    )
    full_in = column_in - 0.45 - widest - 0.12
    for index, busy in enumerate(busy_s):
        column, row = divmod(index, rows)
        x_in, y_in = left_in + column * column_in, top_in - row * pitch_in
        add_badge(figure, x_in + 0.14, y_in, index + 1, size_pt=BADGE_PT)
        look = style.laser_look(index)
        length_in = full_in * busy / longest if longest > 0 else 0.0
        if length_in > 0:
            bar = Rectangle(
                (x_in + 0.34, y_in - 0.09),
                length_in,
                0.18,
                facecolor=look.colour,
                edgecolor=look.digit,
                hatch=style.laser_pattern(index),
                linewidth=0.0,
                transform=figure.dpi_scale_trans,
            )
            figure.add_artist(bar)
        words_in = x_in + 0.34 + length_in + 0.08
        style.add_text(figure, words_in, y_in, times[index], weight=weights[index])
