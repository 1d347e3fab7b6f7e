"""How the parts lie: the platform from above, to scale, with fields, gas, recoater and way to the edge."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from amprep.languages import counted, words_of
from amprep.languages.numbers import least_text, number_text, short_text
from amprep.pictures import style
from amprep.pictures.fields import add_fields, field_entries, number_places, plate_fields, plate_patch
from amprep.pictures.furniture import LegendEntry, add_badge, add_legend_rows, add_sample, broken
from amprep.pictures.palette import REGIONS
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import text
from amprep.placement.silhouette import edge_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume, MachineProfile
    from amprep.pictures.fields import PlateFields
    from amprep.pictures.layer_view import Bounds
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = ["PlatePart", "PlateScene", "draw_plate", "plate_alt_text"]

WIDEST_IN = 6.6
GAP_IN = 0.5
ROW_IN, SECOND_LINE_IN = 0.54, 0.23
ENTRY_IN = 0.3
#: The words above the list of parts, and what is free around it.
LIST_HEAD_IN = 0.72
#: Left of the axes for their numbers and title, and below them.
BESIDE_IN, BELOW_IN = 0.85, 0.66
#: Of a print: width of the platform, height of the legend.
PRINT_WIDE_IN, PRINT_KEY_IN = 3.9, 1.2
#: Letters that names have to share to go by them, and names that are told where they do not.
_LEAST_SHARED, _MOST_NAMES = 3, 4
PART_FILL = REGIONS["core"]
SUPPORT_FILL = REGIONS["support"]
GROUND = "#F7F7F7"
#: Beyond the edge of the platform.
ROUND = 0.04
NUMBER_ROOM_IN = 0.3
BADGE_ROOM_IN = 0.17
#: A part that is smaller on the page would not be seen: a line of this width makes it a dot.
DOT_IN, DOT_PT = 0.02, 2.5


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


@dataclass(frozen=True, slots=True, eq=False)
class PlateScene:
    """What lies on the platform."""

    parts: tuple[PlatePart, ...]
    covered_mm2: float
    """Of the platform, by all parts together."""
    remark: str = ""
    """Key of what is to be said of the outlines, or nothing."""


def draw_plate(run: Run, scene: PlateScene, *, lang: str = "en", profile: str = "slide") -> Sheet:
    """Draw the platform with the parts.

    Parameters
    ----------
    run : Run
        For machine, headline and footer.
    scene : PlateScene
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.
    profile : str
        ``slide`` or ``print``.

    """
    say = words_of("scenes", lang)
    parts, volume = scene.parts, run.machine.build_volume
    fields = plate_fields(run.machine)
    has_badges = len(run.machine.lasers) > 1
    remarks = [say(scene.remark)] if scene.remark else []
    remarks += [text(lang, "fields_assumed")] if fields.is_assumed and has_badges else []
    entries = _entries(parts, volume, fields, lang)
    low, high = _view(parts, volume)
    list_in = ROW_IN * min(len(_kinds(parts, lang)), 3)
    with style.slide_style():
        is_slide = profile == "slide"
        wide_in = PRINT_WIDE_IN
        tall_in = wide_in * float((high - low)[1] / (high - low)[0])
        figure, (x0, y0, x1, y1) = page_of_run(
            run,
            lang=lang,
            profile=profile,
            title=_title(scene, volume, lang),
            subtitles=[_subtitle(parts, volume, lang)],
            remarks=remarks,
            body_in=tall_in + BELOW_IN + PRINT_KEY_IN + LIST_HEAD_IN + list_in,
            is_uncalibrated=False,
            has_compass=True,
        )
        left_in = x0 + BESIDE_IN
        room_in = (WIDEST_IN, y1 - y0 - BELOW_IN - 0.08) if is_slide else (wide_in, tall_in)
        scale = float(min(room_in[0] / (high - low)[0], room_in[1] / (high - low)[1]))
        axes, box_in = _axes(figure, (low, high), scale, (left_in, y1 - 0.08), lang)
        axes.add_patch(plate_patch(volume, facecolor=GROUND, edgecolor="none", zorder=0.4))
        add_fields(axes, fields, axes.transData)
        axes.add_patch(plate_patch(volume, edgecolor=style.OUTLINE, zorder=2.5))
        _draw_parts(axes, parts, scale)
        badges = _draw_badges(figure, run.machine, low, scale, box_in) if has_badges else []
        _draw_numbers(axes, parts, scale, figure.page.content, badges)
        _draw_margin(axes, parts, volume)
        if is_slide:
            column = (box_in[2] + GAP_IN, x1)
            top_in = _draw_key(figure, entries, column, y0 + 0.2, scale, lang)
            _draw_list(figure, parts, column, (y1 - 0.1, top_in + 0.15), lang)
        else:
            _add_scale(figure, x0, y0 + 0.12, scale, lang)
            add_legend_rows(figure, entries, (x0, x1), y0 + PRINT_KEY_IN)
            _draw_list(figure, parts, (x0, x1), (box_in[1] - BELOW_IN - 0.12, y0 + PRINT_KEY_IN + 0.1), lang)
    return figure


def plate_alt_text(run: Run, scene: PlateScene, *, lang: str = "en") -> str:
    """What the picture shows, for those who cannot see it."""
    volume = run.machine.build_volume
    margin = _margin_of(scene.parts, volume)
    each = "; ".join(f"{name} ({numbers}): {size}" for numbers, name, size in _kinds(scene.parts, lang))
    return words_of("scenes", lang)(
        "plate_alt",
        machine=run.machine.name,
        parts=_count_text(scene.parts, lang),
        share=_share_text(scene.covered_mm2, volume, lang),
        margin=_margin_text(margin, lang),
        each=each,
    )


def _entries(
    parts: Sequence[PlatePart], volume: BuildVolume, fields: PlateFields, lang: str
) -> list[LegendEntry]:
    say = words_of("scenes", lang)
    entries = [LegendEntry(say("part"), "area", PART_FILL)]
    if any(part.is_support for part in parts):
        entries.append(LegendEntry(say("support_part"), "area", SUPPORT_FILL))
    entries += field_entries(fields, volume.bounds_mm, lang)
    entries.append(LegendEntry(text(lang, "plate_edge"), "line", style.OUTLINE))
    if any(part.loops_mm for part in parts):
        words = say("nearest_edge", margin=_margin_text(_margin_of(parts, volume), lang))
        entries.append(LegendEntry(words, "line", style.ALERT, width_pt=2.6))
    return entries


def _count_text(parts: Sequence[PlatePart], lang: str) -> str:
    count = sum(not part.is_support for part in parts)
    return counted("scenes", lang, "parts", count, number=number_text(count, lang))


def _share_text(covered_mm2: float, volume: BuildVolume, lang: str) -> str:
    share = 100 * covered_mm2 / volume.platform_area_mm2
    return least_text(share, lang, 0 if share >= 10 else 1)


def _margin_text(margin_mm: float, lang: str) -> str:
    return number_text(abs(margin_mm), lang, 0 if abs(margin_mm) >= 20 else 1)


def _margin_of(parts: Sequence[PlatePart], volume: BuildVolume) -> float:
    points = [loop for part in parts for loop in part.loops_mm]
    return edge_distance(np.concatenate(points), volume)[0] if points else 0.0


def _title(scene: PlateScene, volume: BuildVolume, lang: str) -> str:
    parts = scene.parts
    margin = _margin_of(parts, volume)
    key = "plate_title" if margin >= 0 else "plate_title_outside"
    values = {"parts": _count_text(parts, lang), "margin": _margin_text(margin, lang)}
    if margin >= 0:
        values["share"] = _share_text(scene.covered_mm2, volume, lang)
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
    # Without the rounding of a file: 0.3 mm come as 0.300000012.
    if abs(rounded := round(value, 3)) < 1:
        return short_text(rounded, lang)
    return number_text(value, lang, 0 if abs(value - round(value)) < 0.05 else 1)


def _view(parts: Sequence[PlatePart], volume: BuildVolume) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower left and upper right corner in mm of what is shown: the platform, and what sticks out."""
    corners = np.array(volume.bounds_mm).reshape(2, 2)
    points = np.concatenate([corners, *(loop for part in parts for loop in part.loops_mm)])
    low, high = points.min(axis=0), points.max(axis=0)
    room = ROUND * float((high - low).max())
    return low - room, high + room


def _axes(
    figure: Sheet,
    view: tuple[NDArray[np.float64], NDArray[np.float64]],
    scale: float,
    corner_in: tuple[float, float],
    lang: str,
) -> tuple[Axes, Bounds]:
    """Axes from their upper left corner on, at a scale in inches per mm; and their box in inches."""
    low, high = view
    left_in, top_in = corner_in
    wide_in, tall_in = (scale * (high - low)).tolist()
    box: Bounds = (left_in, top_in - tall_in, left_in + wide_in, top_in)
    axes = style.add_axes(figure, box, lang)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_autoscale_on(False)
    axes.grid(visible=False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    style.add_text(
        figure, left_in + wide_in / 2, box[1] - 0.48, text(lang, "x_axis"), size="axis", ha="center"
    )
    side = style.add_text(
        figure, left_in - 0.72, top_in - tall_in / 2, text(lang, "y_axis"), size="axis", ha="center"
    )
    side.set_rotation(90)
    return axes, box


def _draw_parts(axes: Axes, parts: Sequence[PlatePart], scale: float) -> None:
    for part in parts:
        if not part.loops_mm:
            continue
        smallest_in = scale * max(float(np.ptp(loop, axis=0).max()) for loop in part.loops_mm)
        width_pt = float(np.clip(3 * smallest_in, 0.3, 1.2)) if smallest_in > DOT_IN else DOT_PT
        axes.add_patch(
            PathPatch(
                _path(part.loops_mm),
                facecolor=SUPPORT_FILL if part.is_support else PART_FILL,
                edgecolor=style.OUTLINE,
                linewidth=width_pt,
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


def _draw_numbers(
    axes: Axes,
    parts: Sequence[PlatePart],
    scale: float,
    size_pt: float,
    badges_mm: Sequence[tuple[float, float]],
) -> None:
    """The number of each part in its middle, where neither it nor a neighbour is too small for that."""
    taken = list(badges_mm)
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
            fontsize=size_pt,
            fontweight="bold",
            ha="center",
            va="center",
            color=style.BLACK,
            zorder=5,
        )
        words.set_path_effects([Stroke(linewidth=3.5, foreground="white"), Normal()])


def _draw_badges(
    figure: Sheet, machine: MachineProfile, low_mm: NDArray[np.float64], scale: float, box_in: Bounds
) -> list[tuple[float, float]]:
    """Numbers of the lasers in the outer corners of their fields; where they stand, in mm."""
    places = number_places(machine, BADGE_ROOM_IN / scale, in_corner=True)
    found = []
    for laser, place in zip(machine.lasers, places, strict=True):
        if not np.isnan(place[0]):
            x_in, y_in = ((place - low_mm) * scale + box_in[:2]).tolist()
            add_badge(figure, x_in, y_in, laser.number, size_pt=17, ring=True)
            found.append((float(place[0]), float(place[1])))
    return found


def _draw_margin(axes: Axes, parts: Sequence[PlatePart], volume: BuildVolume) -> None:
    """The way from the nearest part to the edge, as a line."""
    points = [loop for part in parts for loop in part.loops_mm]
    if not points:
        return
    _, point, foot = edge_distance(np.concatenate(points), volume)
    ends = np.array([point, foot])
    (line,) = axes.plot(ends[:, 0], ends[:, 1], color=style.ALERT, linewidth=2.6, zorder=4.5)
    line.set_path_effects([Stroke(linewidth=4.6, foreground="white"), Normal()])
    axes.plot(ends[:, 0], ends[:, 1], "o", color=style.ALERT, markersize=5, zorder=4.6)


def _add_scale(figure: Sheet, left_in: float, y_in: float, scale: float, lang: str) -> None:
    """A bar of a round length."""
    length_mm = style.nice_step(1.3 / scale)
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


def _draw_key(
    figure: Sheet,
    entries: Sequence[LegendEntry],
    span_in: tuple[float, float],
    low_in: float,
    scale: float,
    lang: str,
) -> float:
    """What lines and fills mean, and how long a round length is, upwards from the foot; returns their top."""
    left_in, right_in = span_in
    y_in = low_in
    _add_scale(figure, left_in, y_in, scale, lang)
    for entry in reversed(entries):
        y_in += ENTRY_IN
        words_in = add_sample(figure, left_in, y_in, entry)
        for row, words in enumerate(reversed(broken(figure, entry.words, right_in - words_in))):
            y_in += SECOND_LINE_IN * (row > 0)
            style.add_text(figure, words_in, y_in, words)
    return y_in + ENTRY_IN / 2


def _kinds(parts: Sequence[PlatePart], lang: str) -> list[tuple[str, str, str]]:
    """Numbers, name and size in words of each kind of part."""
    found: dict[int, list[int]] = {}
    for number, part in enumerate(parts, start=1):
        found.setdefault(part.kind, []).append(number)
    rows = []
    for numbers in found.values():
        one = parts[numbers[0] - 1]
        size = " × ".join(_short(side, lang) for side in one.size_mm) + " mm"
        rows.append((_runs(numbers), _common_name([parts[number - 1].name for number in numbers]), size))
    return rows


def _common_name(names: Sequence[str]) -> str:
    """One name for equal parts: ``pin`` for ``pin`` and ``pin 2``, ``Rod …`` for ``Rod A`` and ``Rod B``."""
    first = names[0]
    if all(name == first or name.removeprefix(f"{first} ").isdecimal() for name in names):
        return first
    # What the first and the last of the alphabet share, all in between do.
    letters = takewhile(lambda pair: pair[0] == pair[1], zip(min(names), max(names), strict=False))
    shared = "".join(pair[0] for pair in letters).rstrip(" 0123456789-_.,:#–(")
    if len(shared) >= _LEAST_SHARED:
        return f"{shared} …"
    told = list(dict.fromkeys(names))
    return ", ".join(told[:_MOST_NAMES]) + (" …" if len(told) > _MOST_NAMES else "")


def _runs(numbers: Sequence[int]) -> str:
    """``1–4, 7`` for 1, 2, 3, 4 and 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def _draw_list(
    figure: Sheet,
    parts: Sequence[PlatePart],
    span_in: tuple[float, float],
    room_in: tuple[float, float],
    lang: str,
) -> None:
    """Numbers, names and sizes of the kinds of parts; `room_in` is the upper and lower end of their room."""
    if not parts:
        return
    left_in, right_in = span_in
    width_in, (y_in, low_in) = right_in - left_in, room_in
    for line in broken(figure, words_of("scenes", lang)("plate_parts"), width_in, "axis"):
        style.add_text(figure, left_in, y_in, line, size="axis", colour=style.GREY_TEXT)
        y_in -= 0.27
    y_in -= 0.08
    rows = _kinds(parts, lang)
    room = max(int((y_in - low_in) / ROW_IN), 1)
    shown = rows if len(rows) <= room else rows[: room - 1]
    for numbers, name, size_words in shown:
        line = _cut(figure, f"{numbers}  {name}", width_in, "bold")
        style.add_text(figure, left_in, y_in, line, weight="bold")
        style.add_text(figure, left_in, y_in - SECOND_LINE_IN, _cut(figure, size_words, width_in, "normal"))
        y_in -= ROW_IN
    if len(shown) < len(rows):
        style.add_text(figure, left_in, y_in, counted("scenes", lang, "more_parts", len(rows) - len(shown)))


def _cut(figure: Figure, words: str, width_in: float, weight: str) -> str:
    """The words, with an ellipsis where there is no room for all of them."""
    if style.text_size_in(figure, words, weight=weight)[0] <= width_in:
        return words
    while words and style.text_size_in(figure, words + "…", weight=weight)[0] > width_in:
        words = words[:-1]
    return words.rstrip() + "…"
