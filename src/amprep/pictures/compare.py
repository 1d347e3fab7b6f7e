"""The same parts on several machines: build spaces to one scale, beside them the time of all jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from amprep.pictures import style
from amprep.pictures.compare_bars import draw_times, machine_text
from amprep.pictures.compare_texts import counted, figure_text, side_text, time_texts, times_texts, words
from amprep.pictures.fields import add_field_numbers, add_fields, plate_fields
from amprep.pictures.furniture import add_footer_words, add_headline
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.model.comparison import Candidate, Comparison
    from amprep.model.machine import MachineProfile

__all__ = ["comparison_alt_text", "draw_comparison"]

LEFT_IN, SPLIT_IN, RIGHT_IN = 0.4, 6.45, 12.6
CAPTION_IN = 5.68
BEDS_IN = (1.28, 5.45)
"""Lower and upper end of build spaces and their words."""
LEGEND_IN = (0.98, 0.69)

ARROWS_IN = 0.42
"""Beside each build space, for the ways of gas and recoater."""
GAP_IN = 0.22
LINE_IN = 0.235
LABEL_IN = 2 * LINE_IN + 0.1
PART_FILL = "#56B4E9"
GROUND = "#F4F4F4"
_ARROWS = {"+x": (1, 0), "-x": (-1, 0), "+y": (0, 1), "-y": (0, -1)}


@dataclass(frozen=True, slots=True)
class _Bed:
    """A build space with its words and how much room it takes."""

    candidate: Candidate
    lines: tuple[str, str]
    size_mm: tuple[float, float]
    """Of all that is drawn, a part that sticks out included."""
    words_in: float

    def width_in(self, scale: float) -> float:
        """Width of the cell at inches per mm."""
        return ARROWS_IN + max(self.size_mm[0] * scale, self.words_in)


def draw_comparison(comparison: Comparison, *, version: str, job_hash: str, lang: str = "en") -> Figure:
    """The picture for the last, largest quantity of the comparison, for 1 to 4 candidates.

    Parameters
    ----------
    comparison : Comparison
        With outlines, and with one candidate at least that can build the set.
    version, job_hash : str
        For the footer; eight characters of the hash are shown.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    with style.slide_style():
        figure = style.slide_figure()
        add_headline(
            figure, LEFT_IN, RIGHT_IN, _title(comparison, lang), _subtitles(figure, comparison, lang)
        )
        for x_in, key in ((LEFT_IN, "spaces"), (SPLIT_IN + 0.1, "times")):
            style.add_text(figure, x_in, CAPTION_IN, words(lang, key), size="axis")
        scale = _draw_beds(figure, comparison, lang)
        _draw_key(figure, comparison, scale, lang)
        draw_times(figure, comparison, (SPLIT_IN + 0.1, RIGHT_IN), lang)
        imprint = words(lang, "imprint", version=version, job=job_hash[:8])
        add_footer_words(figure, _footer(comparison, lang), imprint)
    return figure


def comparison_alt_text(comparison: Comparison, *, lang: str = "en") -> str:
    """What the picture shows, for those who cannot see it."""
    each = []
    for one in comparison.candidates:
        if one.refusal is not None:
            key = {"E401": "misfit", "E407": "no_process"}.get(one.refusal.code, "refused")
            each.append(words(lang, "alt_misfit", machine=one.machine.name, why=words(lang, key)))
            continue
        row = one.rows[-1]
        time = time_texts(row.total["time_s"], lang)[0]
        each.append(
            words(lang, "alt_one", machine=one.machine.name, jobs=counted(lang, "job", row.jobs), time=time)
        )
    machines = ", ".join(dict.fromkeys(one.machine.name for one in comparison.candidates))
    return words(lang, "alt", what=_quantity(comparison, lang), machines=machines, each=" ".join(each))


def _unit(comparison: Comparison) -> str:
    return "part" if len(comparison.parts) == 1 else "set"


def _quantity(comparison: Comparison, lang: str) -> str:
    return counted(lang, _unit(comparison), comparison.quantities[-1])


def _title(comparison: Comparison, lang: str) -> str:
    """The answer: the time on each of one or two machines, otherwise the shortest."""
    what = _quantity(comparison, lang)
    fitting = [comparison.candidates[i] for i in comparison.buildable]
    times = times_texts([one.rows[-1].total["time_s"] for one in fitting], lang)
    told = [(machine_text(one, comparison), time) for one, (time, _) in zip(fitting, times, strict=True)]
    if len(told) < 3:
        return " · ".join([what, *(f"{name}: {time}" for name, time in told)])
    seconds = [one.rows[-1].total["time_s"].value for one in fitting]
    name, time = told[seconds.index(min(seconds))]
    return words(lang, "title_fastest", what=what, machine=name, time=time)


def _subtitles(figure: Figure, comparison: Comparison, lang: str) -> list[str]:
    """What is built; and from which quantity on which machine takes less."""
    parts = comparison.parts
    size = " × ".join(side_text(side, lang) for side in parts[0].size_mm) + " mm"
    tail = f" ({size})" if len(parts) == 1 else ""
    names = ", ".join(part.name for part in parts)
    lines = [_shortened(figure, names, RIGHT_IN - LEFT_IN, tail)]
    pairs = {(min(one.first, one.then), max(one.first, one.then)) for one in comparison.break_evens}
    if len(comparison.buildable) != 2 or not pairs:
        return lines
    # What costs less matters more than what takes less time.
    one = comparison.break_evens[-1]
    few, many = (machine_text(comparison.candidates[i], comparison) for i in (one.first, one.then))
    unit = words(lang, _unit(comparison))
    if one.quantity is None:
        high = figure_text(one.horizon, lang)
        said = words(lang, f"{one.figure}_always", unit=unit, high=high, many=many)
    else:
        key = f"{one.figure}_changes" if one.is_clean else f"{one.figure}_then"
        low, high = figure_text(one.quantity - 1, lang), figure_text(one.quantity, lang)
        said = words(lang, key, unit=unit, low=low, high=high, few=few, many=many)
    lines.append(said if one.is_certain else said + words(lang, "uncertain"))
    return lines


def _shortened(figure: Figure, names: str, width_in: float, tail: str) -> str:
    """The names with what follows, cut with an ellipsis where the slide is too narrow."""
    size = style.CONTENT_PT
    if style.text_size_in(figure, names + tail, size)[0] <= width_in:
        return names + tail
    low, high = 0, len(names)
    while high - low > 1:
        middle = (low + high) // 2
        fits = style.text_size_in(figure, names[:middle] + "…" + tail, size)[0] <= width_in
        low, high = (middle, high) if fits else (low, middle)
    return names[:low].rstrip() + "…" + tail


def _footer(comparison: Comparison, lang: str) -> list[str]:
    items = list(dict.fromkeys(one.material.name for one in comparison.candidates))
    by_machine = {one.machine.name: one for one in comparison.candidates}
    alone = replace(comparison, candidates=tuple(by_machine.values()))
    for one in comparison.candidates:
        if one.process is not None:
            thickness_um = one.process.layer_thickness_mm * 1000
            decimals = 0 if abs(thickness_um - round(thickness_um)) < 1e-6 else 1
            thickness = f"{figure_text(thickness_um, lang, decimals)} µm"
            items.append(f"{machine_text(one, alone)} {thickness}")
    items = list(dict.fromkeys(items))
    gap = comparison.gap_mm
    items.append(words(lang, "gap", gap=figure_text(gap, lang, 0 if gap == round(gap) else 1)))
    if not comparison.is_hatched:
        items.append(words(lang, "quick"))
    if any(a.grade.is_unconfirmed for one in comparison.candidates for a in one.assumptions):
        items += _foundations(comparison, alone, lang)
    return items


def _foundations(comparison: Comparison, alone: Comparison, lang: str) -> list[str]:
    """Which machines are calibrated; what else there is, is assumed."""
    fitting = [comparison.candidates[i] for i in comparison.buildable]
    names = {True: dict[str, None](), False: dict[str, None]()}
    for one in fitting:
        names[bool(one.machine.calibrated)][machine_text(one, alone)] = None
    if not names[True]:
        return [words(lang, "uncalibrated")]
    keys = {"calibrated_are": names[True], "uncalibrated_are": names[False]}
    told = [words(lang, key, machines=", ".join(some)) for key, some in keys.items() if some]
    return [*told, words(lang, "others_assumed")]


def _space_text(machine: MachineProfile, lang: str) -> str:
    volume = machine.build_volume
    x, y = (figure_text(side.value, lang, 0) for side in (volume.size_x_mm, volume.size_y_mm))
    size = f"Ø {x} mm" if volume.shape == "cylinder" else f"{x} × {y} mm"
    return f"{size} · {counted(lang, 'laser', len(machine.lasers))}"


def _beds(figure: Figure, comparison: Comparison, lang: str) -> list[_Bed]:
    """One for each machine; of several candidates on one machine the first that can build the set."""
    chosen: dict[str, Candidate] = {}
    for one in sorted(comparison.candidates, key=lambda one: one.refusal is not None):
        chosen.setdefault(one.machine.id, one)
    beds = []
    alone = replace(comparison, candidates=tuple(chosen.values()))
    for machine_id in dict.fromkeys(one.machine.id for one in comparison.candidates):
        one = chosen[machine_id]
        lines = (machine_text(one, alone), _space_text(one.machine, lang))
        x0, y0, x1, y1 = one.machine.build_volume.bounds_mm
        size = np.array([x1 - x0, y1 - y0])
        if one.refusal is not None and one.outlines_mm:
            points = np.concatenate(one.outlines_mm)
            size = np.maximum(size, 2 * np.abs(points).max(axis=0))
        widths = [
            style.text_size_in(figure, line, weight=weight)[0]
            for line, weight in zip(lines, ("bold", "normal"), strict=True)
        ]
        beds.append(_Bed(one, lines, (float(size[0]), float(size[1])), max(widths)))
    return beds


def _rows_of(beds: Sequence[_Bed]) -> tuple[list[list[_Bed]], float]:
    """Rows of build spaces, one or two, and the scale in inches per mm that lets them be largest."""
    best: tuple[float, list[list[_Bed]]] = (0.0, [list(beds)])
    splits = [[list(beds)]] + [[list(beds[:i]), list(beds[i:])] for i in range(1, len(beds))]
    for rows in splits:
        low, high = 0.0, 1.0
        for _ in range(40):
            scale = (low + high) / 2
            low, high = (scale, high) if _has_room(rows, scale) else (low, scale)
        if low > best[0] * 1.02:
            best = low, rows
    return best[1], best[0]


def _has_room(rows: Sequence[Sequence[_Bed]], scale: float) -> bool:
    wide = max(sum(bed.width_in(scale) for bed in row) + GAP_IN * (len(row) - 1) for row in rows)
    high = sum(_height_in(row, scale) for row in rows) + GAP_IN * (len(rows) - 1)
    return wide <= SPLIT_IN - LEFT_IN - 0.15 and high <= BEDS_IN[1] - BEDS_IN[0]


def _height_in(row: Sequence[_Bed], scale: float) -> float:
    return LABEL_IN + max(max(bed.size_mm[1] for bed in row) * scale, 1.0)


def _draw_beds(figure: Figure, comparison: Comparison, lang: str) -> float:
    """All build spaces; returns their scale in inches per mm."""
    rows, scale = _rows_of(_beds(figure, comparison, lang))
    top_in = BEDS_IN[1]
    for row in rows:
        x_in = LEFT_IN
        bottom_in = top_in - _height_in(row, scale) + LABEL_IN
        for bed in row:
            _draw_bed(figure, bed, (x_in + ARROWS_IN, bottom_in), scale)
            x_in += bed.width_in(scale) + GAP_IN
        top_in = bottom_in - LABEL_IN - GAP_IN
    return scale


def _draw_bed(figure: Figure, bed: _Bed, corner_in: tuple[float, float], scale: float) -> None:
    """A build space with its parts; `corner_in` is the lower left corner of what is drawn."""
    one = bed.candidate
    volume = one.machine.build_volume
    x0, y0, x1, y1 = volume.bounds_mm
    middle = np.array(volume.centre_mm)
    centre_in = np.array(corner_in) + np.array(bed.size_mm) / 2 * scale
    place = figure.dpi_scale_trans

    def to_in(points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = (points - middle) * scale + centre_in
        return moved

    look: dict[str, Any] = {
        "facecolor": GROUND,
        "edgecolor": style.OUTLINE,
        "linewidth": style.LINE_PT,
        "transform": place,
    }
    outline = (
        Circle(tuple(centre_in), volume.size_x_mm.value / 2 * scale, **look)
        if volume.shape == "cylinder"
        else Rectangle(tuple(to_in(np.array([x0, y0]))), (x1 - x0) * scale, (y1 - y0) * scale, **look)
    )
    figure.add_artist(outline)
    to_page = Affine2D().translate(*-middle).scale(scale).translate(*centre_in) + place
    add_fields(figure, plate_fields(one.machine), to_page, zorder=1.5)
    add_field_numbers(figure, one.machine, to_in, scale)
    is_refused = one.refusal is not None
    shifts = middle[None] if is_refused else one.positions_mm
    if one.outlines_mm and len(shifts):
        shown = [_hull(np.concatenate(one.outlines_mm))] if is_refused else one.outlines_mm
        loops = [to_in(loop + shift) for shift in shifts for loop in shown]
        smallest_in = min(float(np.ptp(loop, axis=0).max()) for loop in loops)
        figure.add_artist(
            PathPatch(
                _path(loops),
                facecolor="none" if is_refused else PART_FILL,
                edgecolor=style.ALERT if is_refused else style.OUTLINE,
                linewidth=float(np.clip(3 * smallest_in, 0.3, style.LINE_PT if is_refused else 1.2)),
                linestyle=(0, (3, 1.5)) if is_refused else "solid",
                transform=place,
                zorder=3,
            )
        )
    _draw_ways(figure, one.machine, (corner_in[0] - ARROWS_IN / 2 - 0.02, corner_in[1]))
    for row, (line, weight) in enumerate(zip(bed.lines, ("bold", "normal"), strict=True)):
        y_in = corner_in[1] - 0.17 - LINE_IN * row
        style.add_text(figure, corner_in[0] - 0.02, y_in, line, weight=weight)


def _hull(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convex outline: holes and teeth would run together to a blot."""
    from scipy.spatial import ConvexHull

    outline: NDArray[np.float64] = points_mm[ConvexHull(points_mm).vertices]
    return outline


def _path(loops: Sequence[NDArray[np.float64]]) -> Path:
    """Closed loops as one path; holes run the other way round and stay empty."""
    closed = [np.vstack([loop, loop[:1]]) for loop in loops]
    codes = [
        np.concatenate([[Path.MOVETO], np.full(len(loop) - 1, Path.LINETO), [Path.CLOSEPOLY]])
        for loop in loops
    ]
    return Path(np.concatenate(closed), np.concatenate(codes))


def _dashed(figure: Figure, ends_in: NDArray[np.float64]) -> Line2D:
    x, y = ends_in.T
    return Line2D(
        x,
        y,
        color=style.FIELD_GREY,
        linewidth=1.4,
        linestyle=(0, (4, 2)),
        transform=figure.dpi_scale_trans,
        zorder=2,
    )


def _draw_ways(figure: Figure, machine: MachineProfile, foot_in: tuple[float, float]) -> None:
    """Arrows for gas and recoater above each other, upwards from `foot_in`; none where a way is not known."""
    for way, y_in, is_gas in (
        (machine.recoater.direction.value, foot_in[1] + 0.2, False),
        (machine.gas_flow_direction.value, foot_in[1] + 0.68, True),
    ):
        if way in _ARROWS:
            _draw_arrow(figure, (foot_in[0], y_in), _ARROWS[way], is_gas=is_gas)


def _draw_arrow(
    figure: Figure, middle_in: tuple[float, float], way: tuple[int, int], *, is_gas: bool
) -> None:
    """A plain arrow for the gas; one behind a blade for the recoater."""
    x, y = middle_in
    dx, dy = 0.15 * way[0], 0.15 * way[1]
    place = figure.dpi_scale_trans
    figure.add_artist(
        FancyArrowPatch(
            (x - dx, y - dy),
            (x + dx, y + dy),
            arrowstyle="-|>",
            mutation_scale=16 if is_gas else 12,
            linewidth=2.4 if is_gas else 1.4,
            color=style.GREY_TEXT,
            shrinkA=0,
            shrinkB=0,
            transform=place,
        )
    )
    if not is_gas:
        x, y = x - dx, y - dy
        blade = [[x - 0.8 * dy, x + 0.8 * dy], [y - 0.8 * dx, y + 0.8 * dx]]
        line = Line2D(*blade, color=style.GREY_TEXT, linewidth=4, solid_capstyle="butt", transform=place)
        figure.add_artist(line)


def _draw_key(figure: Figure, comparison: Comparison, scale: float, lang: str) -> None:
    """What the arrows and dashes mean, and how long a round length is."""
    columns = [LEFT_IN + 0.1, LEFT_IN + 3.0]
    entries = [("gas_flow", columns[0], LEGEND_IN[0]), ("recoater", columns[0], LEGEND_IN[1])]
    for key, x_in, y_in in entries:
        _draw_arrow(figure, (x_in + 0.16, y_in), (1, 0), is_gas=key == "gas_flow")
        style.add_text(figure, x_in + 0.42, y_in, words(lang, key))
    ends = np.array([[columns[1], LEGEND_IN[0]], [columns[1] + 0.32, LEGEND_IN[0]]])
    figure.add_artist(_dashed(figure, ends))
    fields = words(lang, "fields")
    if any(plate_fields(one.machine).is_assumed for one in comparison.candidates):
        fields = text(lang, "assumed", what=fields)
    style.add_text(figure, columns[1] + 0.42, LEGEND_IN[0], fields)
    length_mm = style.nice_step(1.2 / scale)
    bar = Line2D(
        [columns[1], columns[1] + length_mm * scale],
        [LEGEND_IN[1]] * 2,
        color=style.BLACK,
        linewidth=4,
        solid_capstyle="butt",
        transform=figure.dpi_scale_trans,
    )
    figure.add_artist(bar)
    label = f"{figure_text(length_mm, lang, 0 if length_mm >= 1 else 1)} mm"
    style.add_text(figure, columns[1] + length_mm * scale + 0.1, LEGEND_IN[1], label)
