"""How the parts lie: the platform from above, to scale, with fields, gas, recoater and way to the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from amprep.languages import counted, words_of
from amprep.pictures import style
from amprep.pictures.fields import add_fields, field_entries, number_places, plate_fields, plate_patch
from amprep.pictures.furniture import (
    LegendEntry,
    add_badge,
    add_compass,
    add_footer,
    add_headline,
    add_sample,
    footer_words,
)
from amprep.pictures.palette import REGIONS
from amprep.pictures.texts import number_text, text
from amprep.placement.silhouette import edge_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume, MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.pictures.layer_view import Bounds

__all__ = ["PlatePart", "draw_plate", "plate_alt_text"]

LEFT_IN, TOP_IN, BOTTOM_IN = 1.1, 5.9, 1.2
WIDEST_IN = 7.0
LIST_IN = 12.55
GAP_IN = 0.55
ROW_IN = 0.56
ENTRY_IN = 0.31
LOWEST_ENTRY_IN = 0.98
PART_FILL = REGIONS["core"]
SUPPORT_FILL = REGIONS["support"]
GROUND = "#F7F7F7"
#: Beyond the edge of the platform.
ROUND = 0.04
NUMBER_ROOM_IN = 0.3
BADGE_ROOM_IN = 0.17


@dataclass(frozen=True, slots=True, eq=False)
class PlatePart:
    """A part as the picture shows it.

    loops_mm : tuple of (K, 2) float64, mm
        Its outline from above; holes run clockwise.
    """

    name: str
    kind: int
    """Parts of one kind differ in where they lie only."""
    loops_mm: tuple[NDArray[np.float64], ...]
    size_mm: tuple[float, float, float]
    is_support: bool = False


def draw_plate(
    parts: Sequence[PlatePart],
    *,
    covered_mm2: float,
    machine: MachineProfile,
    process: ProcessProfile,
    material: MaterialProfile,
    version: str,
    job_hash: str,
    remarks: Sequence[str] = (),
    lang: str = "en",
) -> Figure:
    """Draw the platform with the parts.

    Parameters
    ----------
    parts : sequence of PlatePart
    covered_mm2 : float, mm²
        Area of the platform that they cover together.
    machine, process, material
        What they are built with.
    version, job_hash : str
        For the footer; eight characters of the hash are shown.
    remarks : sequence of str
        For the footer, in the picture's language.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    with style.slide_style():
        figure = style.slide_figure()
        say = words_of("scenes", lang)
        volume = machine.build_volume
        compass_in = add_compass(figure, machine, lang)
        add_headline(
            figure,
            LEFT_IN,
            compass_in - 0.15,
            _title(parts, covered_mm2, volume, lang),
            [_subtitle(parts, volume, lang)],
        )
        axes, scale = _axes(figure, parts, volume, lang)
        fields = plate_fields(machine)
        axes.add_patch(plate_patch(volume, facecolor=GROUND, edgecolor="none", zorder=0.4))
        add_fields(axes, fields, axes.transData)
        axes.add_patch(plate_patch(volume, edgecolor=style.OUTLINE, zorder=2.5))
        _draw_parts(axes, parts, scale)
        _draw_numbers(axes, parts, scale)
        has_badges = _draw_badges(figure, axes, machine, scale)
        margin = _draw_margin(axes, parts, volume)
        view = (*axes.get_xlim(), *axes.get_ylim())
        entries = [LegendEntry(say("part"), "area", PART_FILL)]
        if any(part.is_support for part in parts):
            entries.append(LegendEntry(say("support_part"), "area", SUPPORT_FILL))
        entries += field_entries(fields, (view[0], view[2], view[1], view[3]), lang)
        entries.append(LegendEntry(text(lang, "plate_edge"), "line", style.OUTLINE))
        if parts:
            words = say("nearest_edge", margin=_margin_text(margin, lang))
            entries.append(LegendEntry(words, "line", style.ALERT, width_pt=2.6))
        left_in = LEFT_IN + scale * (view[1] - view[0]) + GAP_IN
        top_in = _draw_key(figure, entries, left_in, scale, lang)
        _draw_list(figure, parts, (left_in, top_in + 0.2), lang)
        words_left = footer_words(
            machine,
            process,
            material,
            [*remarks, *([text(lang, "fields_assumed")] if fields.is_assumed and has_badges else [])],
            is_uncalibrated=False,
            lang=lang,
        )
        add_footer(figure, words_left, version, job_hash, lang)
    return figure


def plate_alt_text(
    parts: Sequence[PlatePart], *, covered_mm2: float, machine: MachineProfile, lang: str = "en"
) -> str:
    """What the picture shows, for those who cannot see it."""
    say = words_of("scenes", lang)
    margin = _margin_of(parts, machine.build_volume)
    each = "; ".join(f"{name} ({numbers}): {size}" for numbers, name, size, _ in _kinds(parts, lang))
    return say(
        "plate_alt",
        machine=machine.name,
        parts=_count_text(parts, lang),
        share=_share_text(covered_mm2, machine.build_volume, lang),
        margin=_margin_text(margin, lang),
        each=each,
    )


def _count_text(parts: Sequence[PlatePart], lang: str) -> str:
    count = sum(not part.is_support for part in parts)
    return counted("scenes", lang, "parts", count, number=number_text(count, lang))


def _share_text(covered_mm2: float, volume: BuildVolume, lang: str) -> str:
    share = 100 * covered_mm2 / volume.platform_area_mm2
    return number_text(share, lang, 0 if share >= 10 else 1)


def _margin_text(margin_mm: float, lang: str) -> str:
    return number_text(abs(margin_mm), lang, 0 if abs(margin_mm) >= 20 else 1)


def _margin_of(parts: Sequence[PlatePart], volume: BuildVolume) -> float:
    points = [loop for part in parts for loop in part.loops_mm]
    return edge_distance(np.concatenate(points), volume)[0] if points else 0.0


def _title(parts: Sequence[PlatePart], covered_mm2: float, volume: BuildVolume, lang: str) -> str:
    margin = _margin_of(parts, volume)
    key = "plate_title" if margin >= 0 else "plate_title_outside"
    values = {"parts": _count_text(parts, lang), "margin": _margin_text(margin, lang)}
    if margin >= 0:
        values["share"] = _share_text(covered_mm2, volume, lang)
    return words_of("scenes", lang)(key, **values)


def _subtitle(parts: Sequence[PlatePart], volume: BuildVolume, lang: str) -> str:
    say = words_of("scenes", lang)
    x, y = (_short(side.value, lang) for side in (volume.size_x_mm, volume.size_y_mm))
    size = f"Ø {x} mm" if volume.shape == "cylinder" else f"{x} × {y} mm"
    words = say("plate_subtitle", size=size)
    if not parts:
        return words
    height = max(part.size_mm[2] for part in parts)
    used = say("height_used", height=_short(height, lang), most=_short(volume.height_mm.value, lang))
    return f"{words} · {used}"


def _short(value: float, lang: str) -> str:
    return number_text(value, lang, 0 if abs(value - round(value)) < 0.05 else 1)


def _axes(figure: Figure, parts: Sequence[PlatePart], volume: BuildVolume, lang: str) -> tuple[Axes, float]:
    """Axes that hold the platform and what sticks out; and their scale in inches per mm."""
    corners = np.array(volume.bounds_mm).reshape(2, 2)
    points = np.concatenate([corners, *(loop for part in parts for loop in part.loops_mm)])
    low, high = points.min(axis=0), points.max(axis=0)
    room = ROUND * float((high - low).max())
    low, high = low - room, high + room
    wide, tall = (high - low).tolist()
    scale = min(WIDEST_IN / wide, (TOP_IN - BOTTOM_IN) / tall)
    top_in = TOP_IN
    bottom_in = top_in - scale * tall
    axes = style.add_axes(figure, (LEFT_IN, bottom_in, LEFT_IN + scale * wide, top_in), lang)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_autoscale_on(False)
    axes.grid(visible=False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    middle_in = LEFT_IN + scale * wide / 2
    style.add_text(figure, middle_in, bottom_in - 0.44, text(lang, "x_axis"), size=style.AXIS_PT, ha="center")
    side = style.add_text(
        figure, 0.26, (top_in + bottom_in) / 2, text(lang, "y_axis"), size=style.AXIS_PT, ha="center"
    )
    side.set_rotation(90)
    return axes, scale


def _draw_parts(axes: Axes, parts: Sequence[PlatePart], scale: float) -> None:
    for part in parts:
        if not part.loops_mm:
            continue
        smallest_in = scale * max(float(np.ptp(loop, axis=0).max()) for loop in part.loops_mm)
        axes.add_patch(
            PathPatch(
                _path(part.loops_mm),
                facecolor=SUPPORT_FILL if part.is_support else PART_FILL,
                edgecolor=style.OUTLINE,
                linewidth=float(np.clip(3 * smallest_in, 0.3, 1.2)),
                zorder=2.8 if part.is_support else 3,
            )
        )


def _path(loops: Sequence[NDArray[np.float64]]) -> Path:
    """Closed loops as one path; holes run the other way round and stay empty."""
    codes = [
        np.concatenate([[Path.MOVETO], np.full(len(loop) - 1, Path.LINETO), [Path.CLOSEPOLY]])
        for loop in loops
    ]
    closed = [np.vstack([loop, loop[:1]]) for loop in loops]
    return Path(np.concatenate(closed), np.concatenate(codes))


def _box(part: PlatePart) -> Bounds:
    points = np.concatenate(part.loops_mm)
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return x0, y0, x1, y1


def _draw_numbers(axes: Axes, parts: Sequence[PlatePart], scale: float) -> None:
    """The number of each part in its middle, where neither it nor a neighbour is too small for that."""
    taken: list[tuple[float, float]] = []
    shown = [(i, part) for i, part in enumerate(parts, start=1) if part.loops_mm and not part.is_support]
    for number, part in shown:
        x0, y0, x1, y1 = _box(part)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if min(x1 - x0, y1 - y0) * scale < 0.6 * NUMBER_ROOM_IN:
            continue
        room = NUMBER_ROOM_IN / scale * max(1.0, 0.45 * len(str(number)))
        if any(abs(x - u) < room and abs(y - v) < room for u, v in taken):
            continue
        taken.append((x, y))
        words = axes.text(
            x,
            y,
            str(number),
            fontsize=style.CONTENT_PT,
            fontweight="bold",
            ha="center",
            va="center",
            color=style.BLACK,
            zorder=5,
        )
        words.set_path_effects([Stroke(linewidth=3.5, foreground="white"), Normal()])


def _draw_badges(figure: Figure, axes: Axes, machine: MachineProfile, scale: float) -> bool:
    """Numbers of the lasers in the outer corners of their fields; whether there are any."""
    if len(machine.lasers) < 2:
        return False
    places = number_places(machine, BADGE_ROOM_IN / scale, in_corner=True)
    (x0, _), (y0, _) = axes.get_xlim(), axes.get_ylim()
    low_in = axes.get_position().y0 * style.SLIDE_IN[1]
    for laser, (x, y) in zip(machine.lasers, places, strict=True):
        if not np.isnan(x):
            x_in, y_in = LEFT_IN + (x - x0) * scale, low_in + (y - y0) * scale
            add_badge(figure, x_in, y_in, laser.number, size_pt=17, ring=True)
    return True


def _draw_margin(axes: Axes, parts: Sequence[PlatePart], volume: BuildVolume) -> float:
    """The way from the nearest part to the edge, as a line; its length in mm."""
    points = [loop for part in parts for loop in part.loops_mm]
    if not points:
        return 0.0
    margin, point, foot = edge_distance(np.concatenate(points), volume)
    ends = np.array([point, foot])
    (line,) = axes.plot(ends[:, 0], ends[:, 1], color=style.ALERT, linewidth=2.6, zorder=4.5)
    line.set_path_effects([Stroke(linewidth=4.6, foreground="white"), Normal()])
    axes.plot(ends[:, 0], ends[:, 1], "o", color=style.ALERT, markersize=5, zorder=4.6)
    return margin


def _draw_key(
    figure: Figure, entries: Sequence[LegendEntry], left_in: float, scale: float, lang: str
) -> float:
    """What lines and fills mean, and how long a round length is, upwards from the foot; returns their top."""
    length_mm = style.nice_step(1.3 / scale)
    y_in = LOWEST_ENTRY_IN
    bar = Line2D(
        [left_in, left_in + length_mm * scale],
        [y_in] * 2,
        color=style.BLACK,
        linewidth=4,
        solid_capstyle="butt",
        transform=figure.dpi_scale_trans,
    )
    figure.add_artist(bar)
    style.add_text(figure, left_in + length_mm * scale + 0.12, y_in, f"{_short(length_mm, lang)} mm")
    for entry in reversed(entries):
        y_in += ENTRY_IN
        words_in = add_sample(figure, left_in, y_in, entry)
        for line, words in enumerate(reversed(_wrapped(figure, entry.words, LIST_IN - words_in))):
            y_in += 0.25 * (line > 0)
            style.add_text(figure, words_in, y_in, words)
    return y_in + ENTRY_IN / 2


def _kinds(parts: Sequence[PlatePart], lang: str) -> list[tuple[str, str, str, bool]]:
    """Numbers, name, size in words and whether it is a support, of each kind of part."""
    found: dict[int, list[int]] = {}
    for number, part in enumerate(parts, start=1):
        found.setdefault(part.kind, []).append(number)
    rows = []
    for numbers in found.values():
        one = parts[numbers[0] - 1]
        size = " × ".join(_short(side, lang) for side in one.size_mm) + " mm"
        rows.append((_runs(numbers), one.name, size, one.is_support))
    return rows


def _runs(numbers: Sequence[int]) -> str:
    """``1–4, 7`` for 1, 2, 3, 4 and 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def _draw_list(figure: Figure, parts: Sequence[PlatePart], corner_in: tuple[float, float], lang: str) -> None:
    """Beside the platform: numbers, names and sizes; `corner_in` is the lower left corner of its room."""
    if not parts:
        return
    left_in, low_in = corner_in
    width_in = LIST_IN - left_in
    y_in = TOP_IN - 0.12
    for line in _wrapped(figure, words_of("scenes", lang)("plate_parts"), width_in, style.AXIS_PT):
        style.add_text(figure, left_in, y_in, line, size=style.AXIS_PT, colour=style.GREY_TEXT)
        y_in -= 0.27
    y_in -= 0.12
    rows = _kinds(parts, lang)
    room = max(int((y_in - low_in) / ROW_IN), 1)
    shown = rows if len(rows) <= room else rows[: room - 1]
    for numbers, name, size_words, _ in shown:
        line = _cut(figure, f"{numbers}  {name}", width_in, "bold")
        style.add_text(figure, left_in, y_in, line, weight="bold")
        style.add_text(figure, left_in, y_in - 0.24, _cut(figure, size_words, width_in, "normal"))
        y_in -= ROW_IN
    if len(shown) < len(rows):
        style.add_text(figure, left_in, y_in, counted("scenes", lang, "more_parts", len(rows) - len(shown)))


def _wrapped(figure: Figure, words: str, width_in: float, size: float = style.CONTENT_PT) -> list[str]:
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and style.text_size_in(figure, longer, size)[0] <= width_in:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(figure: Figure, words: str, width_in: float, weight: str) -> str:
    """The words, with an ellipsis where there is no room for all of them."""
    if style.text_size_in(figure, words, weight=weight)[0] <= width_in:
        return words
    while words and style.text_size_in(figure, words + "…", weight=weight)[0] > width_in:
        words = words[:-1]
    return words.rstrip() + "…"
