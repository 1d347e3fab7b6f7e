"""What each laser does over the time of a layer: hatch, contour, jump, wait, one row per laser.

A layer has up to millions of stretches, a row some hundred columns. Each column of a row is filled from below
by the shares that the stretches take of its time, so that long stretches are blocks and many short jumps are
a band as high as the time they take::

    1 |hhhhhhhhhhhhcccc|............|          h hatch, c contour, j jump, . wait
    2 |jjjjjjjjjjjjcccccccccccccccccc|
      |hhhhhhhhhhhh                  | recoating

What follows the exposure is cut off where it would take too much room; its edge is torn then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from amprep.languages.numbers import share_text
from amprep.pictures import style
from amprep.pictures.furniture import (
    LegendEntry,
    add_badge,
    add_legend,
    add_legend_rows,
)
from amprep.pictures.gantt_rows import KINDS, NO_PART, WAIT, kind_shares
from amprep.pictures.paper import Said, begin
from amprep.pictures.texts import laser_words as words
from amprep.pictures.texts import number_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.pictures.gantt_rows import GanttRows
    from amprep.pictures.layer_view import Bounds

__all__ = ["draw_gantt", "gantt_alt_text"]

#: Fill of each kind.
FILL_OF = ("core_marking", "contour_marking", "motion", "waiting")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things stand, in inches."""

    left: float
    right: float
    low: float
    top: float
    beside: float
    """Left end of what is said of each row."""


_SLIDE = _Places(0.95, 10.35, 1.66, 5.78, 10.5)
_LEGEND_TOP_IN = 0.86
#: On paper: the axes above the footer and the legend, and how high they are.
_PRINT = _Places(0.6, 4.72, 1.34, 4.4, 4.82)
_BODY_IN = 4.75


def _places(figure: Figure, free: Bounds) -> _Places:
    if style.page_of(figure) is style.SLIDE:
        return _SLIDE
    return replace(_PRINT, low=_PRINT.low + free[1], top=_PRINT.top + free[1])


#: A name of which less can be shown gives way to the number of the part.
FEWEST_LETTERS = 9
COLUMNS = 470
"""Two pixels each."""
LANE_IN = 0.21
MOST_PITCH_IN = 1.5
#: What follows the exposure is cut off at this share of the width.
AFTER_SHARE = 0.16


def draw_gantt(
    rows: GanttRows,
    *,
    machine: MachineProfile,
    process: ProcessProfile,
    material: MaterialProfile,
    recoating_s: float,
    wait_s: float,
    layer_number: int,
    layer_count: int,
    version: str,
    job_hash: str,
    bound_s: float | None = None,
    is_uncalibrated: bool = True,
    profile: str = "slide",
    lang: str = "en",
) -> Figure:
    """Draw what each laser does in a layer.

    Parameters
    ----------
    rows, machine, process, material
        The layer and what it is exposed with.
    recoating_s, wait_s : float, s
        After the exposure: waiting up to the minimum layer time, and recoating.
    layer_number, layer_count : int
        Number of the layer, from 1, and how many the job has.
    version, job_hash : str
        For the footer; eight characters of the hash are shown.
    bound_s : float, optional
        What no assignment to the lasers can be faster than.
    is_uncalibrated : bool
        Whether the times rest on assumed values.
    profile : str
        ``slide`` or ``print``.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    with style.slide_style():
        said = Said(
            machine=machine,
            process=process,
            material=material,
            version=version,
            job_hash=job_hash,
            title=_title(rows, layer_number, layer_count, lang),
            subtitles=[_subtitle(rows, bound_s, lang)],
            is_uncalibrated=is_uncalibrated,
        )
        figure, free = begin(said, lang=lang, profile=profile, body_in=_BODY_IN, left_in=_SLIDE.left)
        at = _places(figure, free)
        exposure_s = rows.exposure_s if rows.exposure_s > 0 else 1.0
        after = [(key, value) for key, value in (("wait", wait_s), ("recoating", recoating_s)) if value > 0]
        end_s = exposure_s / (1 - AFTER_SHARE) if after else exposure_s
        shown = sum(value for _, value in after)
        if after and shown < end_s - exposure_s:
            end_s = exposure_s + shown
        axes = _axes(figure, end_s, at, lang, is_short=exposure_s < style.SHORT_S)
        if shown > (end_s - exposure_s) * (1 + 1e-9):
            ticks = axes.xaxis.get_major_locator().tick_values(0, end_s)
            axes.set_xticks([tick for tick in ticks if tick <= exposure_s])
        _draw_rows(figure, axes, rows, exposure_s, at, lang)
        _draw_after(figure, axes, after, (exposure_s, end_s), at, lang)
        if bound_s is not None and rows.exposure_s > 0:
            _draw_bound(figure, axes, bound_s, at, lang)
        entries = [
            LegendEntry(words(lang, key), "area", style.FILLS[fill].colour, pattern=style.FILLS[fill].pattern)
            for key, fill in zip(KINDS, FILL_OF, strict=True)
        ]
        if rows.part_names:
            entries.append(LegendEntry(words(lang, "lane"), "area", LANE_FILLS[0]))
        if profile == "slide":
            add_legend(figure, entries, (0.2, 12.6), (at.left + at.right) / 2, _LEGEND_TOP_IN)
        else:
            add_legend_rows(figure, entries, (free[0], free[2]), at.low - 0.56)
    return figure


def gantt_alt_text(rows: GanttRows, *, layer_number: int, layer_count: int, lang: str = "en") -> str:
    """What the picture shows, for those who cannot see it."""
    place = {"number": number_text(layer_number, lang), "count": number_text(layer_count, lang)}
    exposure_s, busy = rows.exposure_s, rows.busy_s
    if exposure_s <= 0:
        return words(lang, "empty_alt", **place)
    each = "; ".join(
        words(
            lang,
            "each_gantt",
            laser=str(i + 1),
            time=seconds_text(float(busy[i]), lang),
            percent=share_text(float(100 * busy[i] / exposure_s), lang),
        )
        for i in range(rows.lasers)
    )
    slowest = str(int(rows.done_s.argmax()) + 1)
    return words(lang, "gantt_alt", **place, each=each, laser=slowest, time=seconds_text(exposure_s, lang))


def _title(rows: GanttRows, layer_number: int, layer_count: int, lang: str) -> str:
    place = {"number": number_text(layer_number, lang), "count": number_text(layer_count, lang)}
    if rows.exposure_s <= 0:
        return words(lang, "empty_title", **place)
    place["time"] = seconds_text(rows.exposure_s, lang)
    if rows.lasers == 1:
        return words(lang, "one_title", **place)
    return words(lang, "gantt_title", **place, laser=str(int(rows.done_s.argmax()) + 1))


def _subtitle(rows: GanttRows, bound_s: float | None, lang: str) -> str:
    exposure_s = rows.exposure_s
    if exposure_s <= 0:
        return ""
    said = [words(lang, "used", percent=share_text(float(100 * rows.busy_s.mean() / exposure_s), lang))]
    if bound_s is not None and bound_s > 0:
        above = max(100 * (exposure_s / bound_s - 1), 0.0)
        said.append(words(lang, "bound_gap", percent=number_text(above, lang, 1)))
    return " · ".join(said)


def _axes(figure: Figure, end_s: float, at: _Places, lang: str, *, is_short: bool) -> Axes:
    """Time to the right; upwards inches of the slide, so that rows and words are placed alike."""
    axes = style.add_axes(figure, (at.left, at.low, at.right, at.top), lang)
    axes.set_xlim(0, end_s)
    axes.set_ylim(at.low, at.top)
    axes.set_autoscale_on(False)
    axes.xaxis.set_major_locator(
        MaxNLocator(9 if style.page_of(figure) is style.SLIDE else 5, steps=[1, 2, 2.5, 5, 10])
    )
    if is_short:
        axes.xaxis.set_major_formatter(style.NumberFormatter(lang, 1000))
    axes.yaxis.set_visible(False)
    axes.spines[["left"]].set_visible(False)
    axes.grid(visible=False, axis="y")
    middle_in = (at.left + at.right) / 2
    y_in = at.low - (0.46 if style.page_of(figure) is style.SLIDE else 0.42)
    title = words(lang, "time_axis_ms" if is_short else "time_axis")
    style.add_text(figure, middle_in, y_in, title, size="axis", ha="center")
    return axes


LANE_FILLS = ("#DADADA", "#F2F2F2")


def _draw_rows(
    figure: Figure, axes: Axes, rows: GanttRows, exposure_s: float, at: _Places, lang: str
) -> None:
    has_lanes = bool(rows.part_names)
    pitch_in = min((at.top - at.low - 0.06) / max(rows.lasers, 1), MOST_PITCH_IN)
    lane_in = min(LANE_IN, 0.58 * pitch_in) if has_lanes else 0.0
    gap_in = min(0.1, 0.12 * pitch_in)
    end_s = axes.get_xlim()[1]
    edges = np.linspace(0, exposure_s, max(round(COLUMNS * exposure_s / end_s), 2))
    slowest = int(rows.done_s.argmax()) if rows.exposure_s > 0 and rows.lasers > 1 else None
    busy = rows.busy_s
    for index in range(rows.lasers):
        top_in = at.top - index * pitch_in - gap_in
        low_in = top_in - (pitch_in - gap_in - lane_in)
        shares = kind_shares(rows, index, edges)
        below = np.full(len(edges) - 1, low_in)
        for kind in range(len(KINDS)):
            fill = style.FILLS[FILL_OF[kind]]
            above = below + shares[kind] * (top_in - low_in)
            style.add_steps(
                axes,
                above,
                edges,
                baseline=below,
                fill=True,
                facecolor=fill.colour,
                edgecolor=style.GREY_TEXT if fill.pattern else fill.colour,
                hatch=fill.pattern,
                linewidth=0.0,
                zorder=2,
            )
            below = above
        frame = Rectangle(
            (0, low_in), exposure_s, top_in - low_in, facecolor="none", edgecolor=style.OUTLINE, zorder=3
        )
        is_slowest = index == slowest
        frame.set_linewidth(2.6 if is_slowest else 0.8)
        if is_slowest:
            frame.set_edgecolor(style.ALERT)
            frame.set_zorder(3.5)
        axes.add_patch(frame)
        if has_lanes:
            _draw_lane(figure, axes, rows, index, (low_in - lane_in, low_in), at)
        middle_in = (top_in + low_in - lane_in) / 2
        add_badge(figure, at.left - 0.3, middle_in, index + 1, size_pt=17)
        said = _beside(busy[index], rows.exposure_s, lang)
        _say_beside(figure, (at.beside, middle_in), said, is_slowest=is_slowest, room_in=pitch_in, lang=lang)


def _beside(busy_s: float, exposure_s: float, lang: str) -> str:
    percent = share_text(100 * busy_s / exposure_s if exposure_s > 0 else 0.0, lang)
    return f"{percent} % · {seconds_text(float(busy_s), lang)}"


def _say_beside(
    figure: Figure, place_in: tuple[float, float], said: str, *, is_slowest: bool, room_in: float, lang: str
) -> None:
    x_in, y_in = place_in
    weight = "bold" if is_slowest else "normal"
    has_room = is_slowest and room_in > 0.5
    style.add_text(figure, x_in, y_in + (0.12 if has_room else 0), said, weight=weight)
    if has_room:
        style.add_text(figure, x_in, y_in - 0.12, words(lang, "slowest"), colour=style.ALERT)


def _draw_lane(
    figure: Figure, axes: Axes, rows: GanttRows, laser: int, span_in: tuple[float, float], at: _Places
) -> None:
    """Which part the laser works on, below its row; a name where it has room."""
    own = np.flatnonzero((rows.laser == laser) & (rows.kind != WAIT) & (rows.part != NO_PART))
    own = own[np.argsort(rows.start_s[own], kind="stable")]
    if not len(own):
        return
    part = rows.part[own]
    first = np.flatnonzero(np.concatenate([[True], part[1:] != part[:-1]]))
    last = np.concatenate([first[1:], [len(own)]]) - 1
    low_in, high_in = span_in
    per_second = (at.right - at.left) / axes.get_xlim()[1]
    for run, (a, b) in enumerate(zip(own[first].tolist(), own[last].tolist(), strict=True)):
        start, end = float(rows.start_s[a]), float(rows.end_s[b])
        look = LANE_FILLS[int(rows.part[a]) % 2] if run or len(first) > 1 else LANE_FILLS[0]
        box = Rectangle(
            (start, low_in),
            end - start,
            high_in - low_in,
            facecolor=look,
            edgecolor=style.GREY_TEXT,
            linewidth=0.5,
            zorder=4.5,
        )
        axes.add_patch(box)
        room_in = (end - start) * per_second - 0.08
        number = int(rows.part[a])
        name = _shortened(figure, rows.part_names[number], room_in) or str(number + 1)
        if style.text_size_in(figure, name)[0] <= room_in:
            x_in = at.left + start * per_second + 0.04
            style.add_text(figure, x_in, (low_in + high_in) / 2, name, va="center_baseline")


def _shortened(figure: Figure, name: str, room_in: float) -> str:
    """The name, or its start and end as far as there is room for enough of them."""
    if room_in < 0.3:
        return ""
    if style.text_size_in(figure, name)[0] <= room_in:
        return name
    low, high = 0, len(name)
    while high - low > 1:
        middle = (low + high) // 2
        fits = style.text_size_in(figure, _middle_out(name, middle))[0] <= room_in
        low, high = (middle, high) if fits else (low, middle)
    return _middle_out(name, low) if low >= FEWEST_LETTERS else ""


def _middle_out(name: str, letters: int) -> str:
    """So many letters of a name: its start and, as copies differ there, its end."""
    tail = letters // 3
    return name[: letters - tail] + "…" + (name[-tail:] if tail else "")


def _draw_after(
    figure: Figure,
    axes: Axes,
    after: Sequence[tuple[str, float]],
    span_s: tuple[float, float],
    at: _Places,
    lang: str,
) -> None:
    """Waiting and recoating behind the exposure of all lasers, with a torn edge where they are cut off."""
    start, end = span_s
    whole = sum(value for _, value in after)
    if not after:
        return
    is_cut = whole > (end - start) * (1 + 1e-9)
    per_second = (at.right - at.left) / axes.get_xlim()[1]
    # Of what is cut off, each has its share of the room, but enough for its name.
    room = end - start
    least = min(0.4 / per_second, room / len(after))
    widths = [max(room * value / whole, least) for _, value in after]
    widths = [width * room / sum(widths) for width in widths]
    x = start
    for (key, value), width in zip(after, widths, strict=True):
        fill = style.FILLS["waiting" if key == "wait" else "recoating"]
        corners = [(x, at.low), (x, at.top)]
        right = np.linspace(at.top, at.low, 23)
        tooth = 0.05 / per_second if is_cut and key == after[-1][0] else 0.0
        corners += [(x + width - tooth * (i % 2), y) for i, y in enumerate(right.tolist())]
        block = Polygon(
            corners,
            facecolor=fill.colour,
            edgecolor=style.GREY_TEXT,
            hatch=fill.pattern,
            linewidth=0.8,
            zorder=2,
        )
        axes.add_patch(block)
        time = seconds_text(value, lang)
        said = (
            f"{words(lang, 'minimum')}: {words(lang, 'wait')} {time}"
            if key == "wait"
            else words(lang, "recoating_cut" if is_cut else "recoating", time=time)
        )
        x_in = at.left + (x + width / 2) * per_second
        if width * per_second > 0.26:
            note = style.add_text(figure, x_in, (at.top + at.low) / 2, said, ha="center")
            note.set_rotation(90)
            note.set_path_effects([Stroke(linewidth=4, foreground="white"), Normal()])
        x += width


def _draw_bound(figure: Figure, axes: Axes, bound_s: float, at: _Places, lang: str) -> None:
    line = axes.axvline(bound_s, color=style.BLACK, linewidth=style.LINE_PT, linestyle=(0, (4, 2)), zorder=4)
    line.set_path_effects([Stroke(linewidth=style.LINE_PT + 2, foreground="white"), Normal()])
    per_second = (at.right - at.left) / axes.get_xlim()[1]
    said = words(lang, "bound", time=seconds_text(bound_s, lang))
    half_in = style.text_size_in(figure, said)[0] / 2
    x_in = min(max(at.left + bound_s * per_second, at.left + half_in), at.right - half_in)
    style.add_text(figure, x_in, at.top + 0.16, said, ha="center")
