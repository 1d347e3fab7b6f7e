"""Time per layer over the build height: stacked by cause, and per laser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from amprep.languages.numbers import share_text
from amprep.pictures import style
from amprep.pictures.furniture import (
    LEGEND_ROW_IN,
    MARGIN_IN,
    LegendEntry,
    add_badge,
    add_legend_rows,
    add_sample,
    legend_rows,
    outlined,
    spread,
)
from amprep.pictures.layer_bins import MOST_LAYERS, Bins, binned_layers, percents_of, time_by_cause
from amprep.pictures.paper import Said, begin
from amprep.pictures.texts import (
    duration_range_text,
    duration_text,
    layers_text,
    number_text,
    seconds_text,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from amprep.model.estimate import BuildEstimate
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.pictures.layer_view import Bounds

__all__ = [
    "draw_layer_time",
    "layer_time_alt_text",
]

Floats = NDArray[np.float64]

#: Dashed lines need room to be told apart, so that the lines per laser have fewer points than the stack.
MOST_LASER_POINTS = 160

LASER_LINE_PT = 2.4
FEWEST_FOR_LINE = 30


@dataclass(frozen=True, slots=True)
class _Places:
    """Where axes and labels stand, in inches."""

    left: float
    right: float
    stack: tuple[float, float]
    """Lower and upper end."""
    lasers: tuple[float, float] | None
    labels: float | None
    """Left end of the labels beside the data; None where they stand above it."""


_LEFT_IN, _LABELS_IN = 0.98, 9.92
_SLIDE = _Places(_LEFT_IN, 9.72, (3.18, 5.72), (1.08, 2.78), _LABELS_IN)
_SLIDE_ONE = _Places(_LEFT_IN, 9.72, (1.08, 5.72), None, _LABELS_IN)

#: Heights on paper: axes, and room for the words of the height's axis.
_STACK_IN, _LASERS_IN, _AXIS_IN = 2.5, 1.6, 0.62


def _places(figure: Figure, free: Bounds, lasers: int) -> _Places:
    if style.page_of(figure) is style.SLIDE:
        return _SLIDE if lasers > 1 else _SLIDE_ONE
    left_in, right_in = 0.9, free[2] - 0.15
    low_in = free[1] + _AXIS_IN
    if lasers == 1:
        return _Places(left_in, right_in, (low_in, low_in + _STACK_IN), None, None)
    top_in = low_in + _LASERS_IN
    stack_low_in = top_in + _rows_in(lasers) + 0.15
    stack = stack_low_in, stack_low_in + _STACK_IN
    return _Places(left_in, right_in, stack, (low_in, top_in), None)


def _body_in(lasers: int, said: Sequence[str]) -> float:
    """Height of a print, with the words of the stack above it."""
    probe = style.sheet("print")
    entries = [LegendEntry(words, "area", style.BLACK) for words in said]
    rows = legend_rows(probe, entries, probe.page.width_in - 2 * MARGIN_IN - 0.15)
    body_in = _AXIS_IN + _STACK_IN + rows * LEGEND_ROW_IN + 0.15
    return body_in if lasers == 1 else body_in + _LASERS_IN + _rows_in(lasers) + 0.15


def _rows_in(lasers: int) -> float:
    """Height of the lasers' legend on paper: two names in a line at least."""
    return -(-lasers // 2) * LEGEND_ROW_IN


LABEL_IN, TWO_LINES_IN = 0.26, 0.48


def draw_layer_time(
    estimate: BuildEstimate,
    *,
    machine: MachineProfile,
    process: ProcessProfile,
    material: MaterialProfile,
    version: str,
    job_hash: str,
    profile: str = "slide",
    lang: str = "en",
) -> Figure:
    """Draw where the time goes over the build height, and how long each laser works.

    Parameters
    ----------
    estimate, machine, process, material
        The times and what they rest on.
    version, job_hash : str
        For the footer; eight characters of the hash are shown.
    profile : str
        ``slide`` or ``print``.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    with style.slide_style():
        layers = len(estimate.top_mm)
        lasers = estimate.layer_times.busy_s.shape[1]
        thickness = process.layer_thickness_mm
        remarks: list[str] = []
        if layers:
            stack_bins = binned_layers(estimate.top_mm, thickness, MOST_LAYERS)
            laser_bins = binned_layers(estimate.top_mm, thickness, MOST_LASER_POINTS)
            remarks = _binning_words(stack_bins, laser_bins if lasers > 1 else stack_bins, lang)
        said = Said(
            machine=machine,
            process=process,
            material=material,
            version=version,
            job_hash=job_hash,
            title=_title(estimate, lang),
            subtitles=_subtitles(estimate, lang),
            remarks=remarks,
            is_uncalibrated=_has_assumptions(estimate),
        )
        body_in = _body_in(lasers, _causes(estimate, stack_bins, machine, lang)) if layers else 0.2
        figure, free = begin(said, lang=lang, profile=profile, body_in=body_in, left_in=_LEFT_IN)
        if layers:
            at = _places(figure, free, lasers)
            _draw_stack(figure, estimate, stack_bins, machine, at, lang)
            if at.lasers is not None:
                _draw_lasers(figure, estimate, laser_bins, at, lang)
    return figure


def layer_time_alt_text(estimate: BuildEstimate, *, lang: str = "en") -> str:
    """What the picture of the layer times shows, for those who cannot see it."""
    if len(estimate.top_mm) == 0:
        return text(lang, "time_alt_empty")
    total = estimate.layer_times.total_s
    longest = estimate.layer_times.longest
    return text(
        lang,
        "time_alt",
        time=duration_text(float(total.sum()), lang),
        layers=layers_text(len(total), lang),
        shares=", ".join(_shares(estimate, lang)),
        shortest=seconds_text(float(total.min()), lang),
        longest=seconds_text(float(total.max()), lang),
        z=number_text(float(estimate.top_mm[longest]), lang, 2),
    )


def _title(estimate: BuildEstimate, lang: str) -> str:
    total = float(estimate.layer_times.total_s.sum())
    layers = layers_text(len(estimate.top_mm), lang)
    return text(lang, "time_title", time=duration_text(total, lang), layers=layers)


def _shares(estimate: BuildEstimate, lang: str) -> list[str]:
    """``36 % Recoating``, ``64 % Exposure``: what part of the drawn time each takes."""
    times = estimate.layer_times
    causes = [("recoating", times.recoating_s), ("exposure", times.exposure_s), ("waiting", times.wait_s)]
    sums = {key: float(values.sum()) for key, values in causes}
    return [
        text(lang, "share", percent=share_text(percent, lang), what=_cause_word(key, lang))
        for key, percent in percents_of(sums).items()
        if percent > 0
    ]


def _cause_word(key: str, lang: str) -> str:
    words = text(lang, key)
    return words.lower() if lang == "en" else words


def _subtitles(estimate: BuildEstimate, lang: str) -> list[str]:
    if len(estimate.top_mm) == 0:
        return []
    lines = [" · ".join(_shares(estimate, lang))]
    known = estimate.total_s
    second = []
    if known.has_range:
        key = "range_assumed" if _has_assumptions(estimate) else "range"
        second.append(text(lang, key, range=duration_range_text(known.low, known.high, lang)))
    around = estimate.before_s.value + estimate.cooling_s.value
    if around > 0:
        second.append(text(lang, "before_after", time=duration_text(around, lang)))
    return [*lines, " · ".join(second)] if second else lines


def _has_assumptions(estimate: BuildEstimate) -> bool:
    return any(assumption.grade.is_unconfirmed for assumption in estimate.time_assumptions)


def _binning_words(stack: Bins, lasers: Bins, lang: str) -> list[str]:
    words = []
    if stack.size > 1:
        words.append(text(lang, "binned", count=number_text(stack.size, lang)))
    if lasers.size > stack.size:
        words.append(text(lang, "binned_lasers", count=number_text(lasers.size, lang)))
    return words


def _time_axes(
    figure: Figure, at: _Places, span_in: tuple[float, float], words: str, highest_s: float, lang: str
) -> Axes:
    low_in, high_in = span_in
    axes = style.add_axes(figure, (at.left, low_in, at.right, high_in), lang)
    axes.set_ylim(0, 1.06 * highest_s if highest_s > 0 else 1.0)
    axes.yaxis.set_major_locator(
        MaxNLocator(min(max(int(2.6 * (high_in - low_in)), 4), 7), steps=[1, 2, 5, 10])
    )
    x_in = at.left - 0.7
    label = style.add_text(figure, x_in, (low_in + high_in) / 2, words, size="axis", ha="center")
    label.set_rotation(90)
    return axes


def _height_axis(
    figure: Figure, axes: Axes, at: _Places, edges_mm: Floats, lang: str, *, is_lowest: bool
) -> None:
    is_slide = style.page_of(figure) is style.SLIDE
    axes.set_xlim(float(edges_mm[0]), float(edges_mm[-1]))
    axes.xaxis.set_major_locator(MaxNLocator(9 if is_slide else 6, steps=[1, 2, 2.5, 5, 10]))
    if not is_lowest:
        axes.tick_params(labelbottom=False)
        return
    low_in = (at.lasers or at.stack)[0]
    x_in, y_in = (at.left + at.right) / 2, low_in - (0.46 if is_slide else 0.42)
    style.add_text(figure, x_in, y_in, text(lang, "z_axis"), size="axis", ha="center")


def _shows_minimum(estimate: BuildEstimate, machine: MachineProfile) -> bool:
    """Whether the minimum layer time lies where it can be drawn."""
    minimum_s = machine.recoater.min_layer_time_s.value
    return bool(0 < minimum_s <= 1.3 * estimate.layer_times.total_s.max())


def _causes(estimate: BuildEstimate, bins: Bins, machine: MachineProfile, lang: str) -> list[str]:
    """What is said of the stack."""
    said = [
        f"{text(lang, key)} {duration_text(float(values.sum()), lang)}"
        for key, values in time_by_cause(estimate.layer_times).items()
    ]
    if bins.size > 1:
        said.append(text(lang, "longest_layer"))
    if _shows_minimum(estimate, machine):
        time = duration_text(machine.recoater.min_layer_time_s.value, lang)
        said.append(text(lang, "min_layer_time", time=time))
    return said


def _draw_stack(
    figure: Figure,
    estimate: BuildEstimate,
    bins: Bins,
    machine: MachineProfile,
    at: _Places,
    lang: str,
) -> None:
    low_in, top_in = at.stack
    total = estimate.layer_times.total_s
    minimum_s = machine.recoater.min_layer_time_s.value
    longest = float(total.max())
    shows_minimum = _shows_minimum(estimate, machine)
    highest = max(longest, minimum_s) if shows_minimum else longest
    axes = _time_axes(figure, at, at.stack, text(lang, "time_axis"), highest, lang)
    _height_axis(figure, axes, at, bins.edges_mm, lang, is_lowest=at.lasers is None)
    below = np.zeros(len(bins.starts))
    labels = []
    per_second = (top_in - low_in) / axes.get_ylim()[1]
    for key, values in time_by_cause(estimate.layer_times).items():
        mean = bins.mean(values)
        fill = style.FILLS[key]
        style.add_steps(
            axes,
            below + mean,
            bins.edges_mm,
            baseline=below,
            fill=True,
            facecolor=fill.colour,
            edgecolor=style.GREY_TEXT if fill.pattern else fill.colour,
            hatch=fill.pattern,
            linewidth=0.0,
            zorder=2,
        )
        end = slice(-max(len(below) // 12, 1), None)
        middle = float((below + mean / 2)[end].mean())
        entry = LegendEntry(text(lang, key), "area", fill.colour, pattern=fill.pattern)
        labels.append((low_in + middle * per_second, entry, duration_text(float(values.sum()), lang)))
        below = below + mean
    edges = bins.edges_mm
    style.add_steps(axes, below, edges, baseline=None, edgecolor=style.OUTLINE, linewidth=0.8, zorder=3)
    if bins.size > 1:
        most = bins.longest(total)
        style.add_steps(axes, most, edges, baseline=None, edgecolor=style.ALERT, linewidth=1.2, zorder=3.2)
        entry = LegendEntry(text(lang, "longest_layer"), "line", style.ALERT, width_pt=1.6)
        labels.append((low_in + float(most[-1]) * per_second, entry, ""))
    if shows_minimum:
        look = LegendEntry(
            text(lang, "min_layer_time", time=duration_text(minimum_s, lang)),
            "line",
            style.BLACK,
            dash=(4, 2),
        )
        line = axes.axhline(
            minimum_s, color=look.colour, linewidth=look.width_pt, linestyle=(0, look.dash), zorder=4
        )
        line.set_path_effects([Stroke(linewidth=look.width_pt + 2, foreground="white"), Normal()])
        labels.append((low_in + minimum_s * per_second, look, ""))
    _say_causes(figure, labels, at)


def _say_causes(figure: Figure, labels: Sequence[tuple[float, LegendEntry, str]], at: _Places) -> None:
    low_in, top_in = at.stack
    if at.labels is not None:
        _label_column(figure, sorted(labels, key=lambda label: label[0]), low_in - 0.1, top_in + 0.1)
        return
    entries = [replace(entry, words=f"{entry.words} {second}".strip()) for _, entry, second in labels]
    lines = legend_rows(figure, entries, at.right - MARGIN_IN)
    add_legend_rows(figure, entries, (MARGIN_IN, at.right), top_in + 0.12 + lines * LEGEND_ROW_IN)


def _label_column(
    figure: Figure, labels: Sequence[tuple[float, LegendEntry, str]], low_in: float, high_in: float
) -> None:
    """Labels beside the right end of the data: wanted y in inches, sample with words, second line."""
    heights = [TWO_LINES_IN if second else LABEL_IN for _, _, second in labels]
    is_short = sum(heights) > high_in - low_in
    if is_short:
        heights = [LABEL_IN] * len(labels)
    centres = spread([y for y, _, _ in labels], heights, low_in, high_in)
    for (_, entry, second), centre in zip(labels, centres, strict=True):
        has_second = bool(second) and not is_short
        y_in = centre + 0.11 if has_second else centre
        words_in = add_sample(figure, _LABELS_IN, y_in, entry)
        style.add_text(figure, words_in, y_in, entry.words)
        if has_second:
            style.add_text(figure, words_in, centre - 0.12, second, colour=style.GREY_TEXT)


def _draw_lasers(figure: Figure, estimate: BuildEstimate, bins: Bins, at: _Places, lang: str) -> None:
    busy = estimate.layer_times.busy_s
    lines = [bins.mean(busy[:, i]) for i in range(busy.shape[1])]
    highest = max(float(line.max()) for line in lines)
    title = text(lang, "laser_axis")
    if 0 < highest < style.SHORT_S:
        lines = [1000 * line for line in lines]
        highest *= 1000
        title = text(lang, "laser_axis_ms")
    low_in, top_in = span = at.lasers or (0.0, 0.0)
    axes = _time_axes(figure, at, span, title, highest, lang)
    _height_axis(figure, axes, at, bins.edges_mm, lang, is_lowest=True)
    wanted = []
    for index, line in enumerate(lines):
        look = style.laser_look(index)
        artist = _draw_line(axes, line, bins.edges_mm, look, 2 + 0.1 * index)
        if look.is_light:
            artist.set_path_effects(outlined(LASER_LINE_PT))
        end_s = float(line[-max(len(line) // 12, 1) :].mean())
        wanted.append(low_in + end_s / axes.get_ylim()[1] * (top_in - low_in))
    if at.labels is None:
        _name_lasers(figure, busy, top_in + 0.05, at, lang)
        return
    # Lines that end apart are named beside their ends; where they run together, from 1 upwards.
    together = max(wanted) - min(wanted) < 0.1 * len(lines)
    order = (
        list(reversed(range(len(lines)))) if together else sorted(range(len(lines)), key=wanted.__getitem__)
    )
    room = top_in - low_in + 0.2
    if room / len(lines) < LABEL_IN:
        _name_many_lasers(figure, busy, (low_in - 0.1, top_in + 0.1), lang)
        return
    height = min(0.36, room / len(lines))
    centres = spread([wanted[i] for i in order], [height] * len(order), low_in - 0.1, top_in + 0.1)
    for index, y_in in zip(order, centres, strict=True):
        _name_laser(figure, _LABELS_IN, y_in, index, float(busy[:, index].sum()), lang)


def _name_laser(figure: Figure, x_in: float, y_in: float, index: int, busy_s: float, lang: str) -> None:
    """Line, number and time of a laser."""
    look = style.laser_look(index)
    entry = LegendEntry(
        "", "line", look.colour, width_pt=LASER_LINE_PT, dash=look.dash, is_light=look.is_light
    )
    x_in = add_sample(figure, x_in, y_in, entry)
    add_badge(figure, x_in + 0.1, y_in, index + 1, size_pt=17)
    style.add_text(figure, x_in + 0.3, y_in, duration_text(busy_s, lang))


def _name_many_lasers(figure: Figure, busy: Floats, span_in: tuple[float, float], lang: str) -> None:
    """Beside the lines in two columns, by number and time alone."""
    rows = -(-busy.shape[1] // 2)
    pitch_in = (span_in[1] - span_in[0]) / rows
    for index in range(busy.shape[1]):
        column, row = divmod(index, rows)
        x_in, y_in = _LABELS_IN + 0.12 + 1.36 * column, span_in[1] - (row + 0.5) * pitch_in
        add_badge(figure, x_in, y_in, index + 1, size_pt=17)
        style.add_text(figure, x_in + 0.2, y_in, duration_text(float(busy[:, index].sum()), lang))


def _name_lasers(figure: Figure, busy: Floats, low_in: float, at: _Places, lang: str) -> None:
    """On paper: above the lines, two in a row."""
    lasers = busy.shape[1]
    for index in range(lasers):
        row, column = divmod(index, 2)
        x_in = at.left + column * (at.right - at.left) / 2
        y_in = low_in + (-(-lasers // 2) - row - 0.5) * LEGEND_ROW_IN
        _name_laser(figure, x_in, y_in, index, float(busy[:, index].sum()), lang)


def _draw_line(axes: Axes, line: Floats, edges_mm: Floats, look: style.LaserLook, zorder: float) -> Artist:
    """Steps while they can be told apart, otherwise a line through the middles of the bins."""
    dash: Any = (0, look.dash) if look.dash else "solid"
    if len(line) <= FEWEST_FOR_LINE:
        return style.add_steps(
            axes,
            line,
            edges_mm,
            baseline=None,
            edgecolor=look.colour,
            linewidth=LASER_LINE_PT,
            linestyle=dash,
            zorder=zorder,
        )
    x = np.concatenate([edges_mm[:1], (edges_mm[1:-1] + edges_mm[2:])[:-1] / 2, edges_mm[-1:]])
    (artist,) = axes.plot(x, line, color=look.colour, linewidth=LASER_LINE_PT, linestyle=dash, zorder=zorder)
    artist.set_dash_capstyle("butt")
    return artist
