"""What stands around the data: headline, footer, compass, badges, legend, scale bar."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke

from amprep.languages.numbers import number_text, short_text
from amprep.pictures import style
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile

__all__ = [
    "LEGEND_ROW_IN",
    "MARGIN_IN",
    "LegendEntry",
    "add_badge",
    "add_compass",
    "add_compass_row",
    "add_footer",
    "add_footer_words",
    "add_headline",
    "add_legend",
    "add_legend_pair",
    "add_legend_rows",
    "add_sample",
    "add_scale_bar",
    "broken",
    "footer_words",
    "legend_rows",
    "outlined",
    "spread",
]

MARGIN_IN = 0.2
SAMPLE_IN = 0.32
WORDS_GAP_IN = 0.08
COLUMN_GAP_IN = 0.35
LEAST_GAP_IN = 0.15
ROW_IN = 0.29
ROWS = 2
LEGEND_ROW_IN = 0.26
LEGEND_GAP_IN = 0.25
_ROW_OF_THREE_IN = 0.225
#: In three lines badges are smaller than the lines are apart.
_BADGE_OF_THREE_PT = 15.0
_ARROWS = {"+x": (1, 0), "-x": (-1, 0), "+y": (0, 1), "-y": (0, -1)}
SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of a legend: a sample (``line``, ``area``, ``badge`` or ``marker``) and its words."""

    words: str
    kind: str
    colour: str
    edge: str = style.OUTLINE
    width_pt: float = style.LINE_PT
    dash: tuple[float, ...] = ()
    pattern: str = ""
    digit: int = 0
    badge_pt: float = 17.0
    is_light: bool = False


def outlined(width_pt: float) -> list[AbstractPathEffect]:
    """Path effects that give a light line a dark outline."""
    return [Stroke(linewidth=width_pt + 1.0, foreground=style.OUTLINE), Normal()]


def add_headline(figure: Figure, x_in: float, end_in: float, title: str, subtitles: Sequence[str]) -> float:
    """The answer in large type, and up to two lines below it; returns where they end, in inches.

    On a slide what would pass `end_in` is set smaller, on paper it is broken into lines.
    """
    page = style.page_of(figure)
    if isinstance(figure, style.Sheet):
        figure.headline = title
    if page.name != "slide":
        return _add_headline_lines(figure, x_in, end_in, title, subtitles)
    size = page.title
    while size > page.smallest_title and style.text_size_in(figure, title, size, "bold")[0] > end_in - x_in:
        size -= 0.5
    style.add_text(figure, x_in, page.height_in - 0.42, title, size=size, weight="bold")
    for row, words in enumerate(subtitles):
        size = page.subtitle
        while size > page.content and style.text_size_in(figure, words, size)[0] > end_in - x_in:
            size -= 0.5
        y_in = page.height_in - 0.84 - 0.31 * row
        style.add_text(figure, x_in, y_in, words, size=size, colour=style.GREY_TEXT)
    return page.height_in - 0.7 - 0.31 * len(subtitles)


def _add_headline_lines(
    figure: Figure, x_in: float, end_in: float, title: str, subtitles: Sequence[str]
) -> float:
    page = style.page_of(figure)
    y_in = page.height_in - MARGIN_IN + 0.06
    for words, size, weight, colour in (
        (title, page.title, "bold", style.BLACK),
        *((words, page.subtitle, "normal", style.GREY_TEXT) for words in subtitles if words),
    ):
        for line in broken(figure, words, end_in - x_in, size, weight):
            pitch_in = 1.28 * size / 72
            style.add_text(figure, x_in, y_in - pitch_in / 2, line, size=size, weight=weight, colour=colour)
            y_in -= pitch_in
        y_in -= 0.03
    return y_in


#: The blank between a number and its unit, where no line ends.
_UNIT = re.compile(r"(?<=\d) (?=(?:%|€|°|EUR|J|W|d|g|h|kg|kWh|km|m|min|mm|mm²|mm³|ms|s|µm)(?![\w²³]))")


def broken(
    figure: Figure, words: str, width_in: float, size: float | str = "content", weight: str = "normal"
) -> list[str]:
    """Words in lines of at most `width_in`, broken at `SEPARATOR` where that will do, else at blanks."""
    for mark, told in ((SEPARATOR, words), (" ", _UNIT.sub("\u00a0", words))):
        lines: list[str] = []
        for item in told.split(mark):
            longer = lines[-1] + mark + item if lines else item
            if lines and style.text_size_in(figure, longer, size, weight)[0] <= width_in:
                lines[-1] = longer
            else:
                lines.append(item)
        if all(style.text_size_in(figure, line, size, weight)[0] <= width_in for line in lines):
            return lines
    return lines


def footer_words(
    machine: MachineProfile,
    process: ProcessProfile,
    material: MaterialProfile,
    remarks: Sequence[str],
    *,
    is_uncalibrated: bool,
    lang: str,
) -> list[str]:
    """The items of the footer's left side: machine, material, thickness, pattern, remarks, flag."""
    thickness_um = process.layer_thickness_mm * 1000
    core = process.core
    words = [
        machine.name,
        material.name,
        text(lang, "thickness", value=short_text(thickness_um, lang)),
        text(lang, core.pattern.value, width=short_text(core.cell_mm, lang)),
        *remarks,
    ]
    return [*words, text(lang, "uncalibrated")] if is_uncalibrated else words


def add_footer(figure: Figure, left: Sequence[str], version: str, job_hash: str, lang: str) -> float:
    """Items on the left, version and job on the right, in the language; returns the upper end in inches."""
    return add_footer_words(figure, left, text(lang, "imprint", version=version, job=job_hash[:8]))


def add_footer_words(figure: Figure, left: Sequence[str], right: str) -> float:
    """Items on the left, broken into lines where they would meet the words on the right.

    On paper the words on the right come last. Returns the upper end in inches.
    """
    page = style.page_of(figure)
    is_slide = page.name == "slide"
    size = page.footer
    end_in = page.width_in - MARGIN_IN
    taken_in = style.text_size_in(figure, right, size)[0] + 0.2 if is_slide else 0.0
    words = SEPARATOR.join(left if is_slide else [*left, right])
    lines = broken(figure, words, end_in - MARGIN_IN - taken_in, size)
    for row, line in enumerate(reversed(lines)):
        style.add_text(figure, MARGIN_IN, 0.18 + 0.19 * row, line, size=size, colour=style.GREY_TEXT)
    if is_slide:
        style.add_text(figure, end_in, 0.18, right, size=size, colour=style.GREY_TEXT, ha="right")
    return 0.28 + 0.19 * (len(lines) - 1)


def add_compass(figure: Figure, machine: MachineProfile, lang: str) -> float:
    """Ways of gas and recoater, outside the data at the upper right; returns its left end in inches."""
    page = style.page_of(figure)
    rows = _ways(machine, lang)
    widest = max(style.text_size_in(figure, words, "axis")[0] for words, _ in rows)
    words_in = page.width_in - MARGIN_IN - widest
    for row, (words, way) in enumerate(rows):
        y_in = page.height_in - 0.42 - 0.42 * row
        style.add_text(figure, words_in, y_in, words, size="axis", colour=style.GREY_TEXT)
        _add_way(figure, words_in - 0.3, y_in, way)
    return words_in - 0.55


def add_compass_row(figure: Figure, machine: MachineProfile, lang: str, x_in: float, y_in: float) -> None:
    """Ways of gas and recoater in one line, from `x_in` on."""
    for words, way in _ways(machine, lang):
        if way in _ARROWS:
            _add_way(figure, x_in + 0.17, y_in, way)
            x_in += 0.42
        style.add_text(figure, x_in, y_in, words, colour=style.GREY_TEXT)
        x_in += style.text_size_in(figure, words)[0] + 0.3


def _ways(machine: MachineProfile, lang: str) -> list[tuple[str, str]]:
    """Words and way of gas and recoater; words that say so where it is unknown."""
    rows = [
        (text(lang, "gas_flow"), machine.gas_flow_direction.value),
        (text(lang, "recoater"), machine.recoater.direction.value),
    ]
    return [
        (name if way in _ARROWS else text(lang, "direction_unknown", name=name), way) for name, way in rows
    ]


def _add_way(figure: Figure, x_in: float, y_in: float, way: str) -> None:
    if way not in _ARROWS:
        return
    dx, dy = (0.17 * part for part in _ARROWS[way])
    figure.add_artist(
        FancyArrowPatch(
            (x_in - dx, y_in - dy),
            (x_in + dx, y_in + dy),
            arrowstyle="-|>",
            mutation_scale=17,
            linewidth=2.4,
            color=style.GREY_TEXT,
            shrinkA=0,
            shrinkB=0,
            transform=figure.dpi_scale_trans,
        )
    )


def add_badge(
    figure: Figure, x_in: float, y_in: float, number: int, *, size_pt: float = 26, ring: bool = False
) -> None:
    """A disc in the laser's colour with its number (from 1); `ring` sets it off from vectors below."""
    look = style.laser_look(number - 1)
    page = style.page_of(figure)
    type_pt = page.badge if size_pt > 20 else page.content
    if number > 9:
        size_pt = max(size_pt, 1.7 * type_pt)
    figure.add_artist(
        Line2D(
            [x_in],
            [y_in],
            marker="o",
            markersize=size_pt,
            color=look.colour,
            markeredgecolor="white" if ring else look.colour,
            markeredgewidth=2 if ring else 0,
            transform=figure.dpi_scale_trans,
        )
    )
    digit = style.add_text(
        figure, x_in, y_in, str(number), size=type_pt, colour=look.digit, weight="bold", ha="center"
    )
    digit.set_verticalalignment("center_baseline")


def add_sample(figure: Figure, x_in: float, y_in: float, entry: LegendEntry) -> float:
    """The sample of a legend entry, `x_in` being its left end; returns the x where its words begin."""
    place: Transform = figure.dpi_scale_trans
    if entry.kind == "badge":
        add_badge(figure, x_in + SAMPLE_IN - 0.12, y_in, entry.digit, size_pt=entry.badge_pt)
        return x_in + SAMPLE_IN + WORDS_GAP_IN
    if entry.kind == "area":
        figure.add_artist(
            Rectangle(
                (x_in, y_in - 0.085),
                SAMPLE_IN,
                0.17,
                facecolor=entry.colour,
                edgecolor=entry.edge,
                linewidth=0.8,
                hatch=entry.pattern,
                transform=place,
            )
        )
        return x_in + SAMPLE_IN + WORDS_GAP_IN
    if entry.kind == "marker":
        _add_marker(figure, x_in + SAMPLE_IN / 2, y_in, entry)
        return x_in + SAMPLE_IN + WORDS_GAP_IN
    line = Line2D(
        [x_in, x_in + SAMPLE_IN],
        [y_in, y_in],
        color=entry.colour,
        linewidth=entry.width_pt,
        linestyle=(0, entry.dash) if entry.dash else "solid",
        solid_capstyle="butt",
        dash_capstyle="butt",
        transform=place,
    )
    if entry.is_light:
        line.set_path_effects(outlined(entry.width_pt))
    figure.add_artist(line)
    return x_in + SAMPLE_IN + WORDS_GAP_IN


def _add_marker(figure: Figure, x_in: float, y_in: float, entry: LegendEntry) -> None:
    """The mark that `LegendEntry.pattern` names, as matplotlib does."""
    mark = Line2D(
        [x_in],
        [y_in],
        marker=entry.pattern,
        markersize=8,
        color=entry.colour,
        markeredgecolor=entry.edge,
        markeredgewidth=0.6,
        transform=figure.dpi_scale_trans,
    )
    figure.add_artist(mark)


def add_legend(
    figure: Figure,
    entries: Sequence[LegendEntry],
    span_in: tuple[float, float],
    centre_in: float,
    top_in: float,
    *,
    rows: int = ROWS,
) -> None:
    """Entries column by column, each as wide as its words: about `centre_in` and within `span_in`."""
    low_in, high_in = span_in
    if rows > ROWS:
        entries = [replace(entry, badge_pt=_BADGE_OF_THREE_PT) for entry in entries]
    columns, widths = _columns(figure, entries, rows)
    gap_in = min(COLUMN_GAP_IN, (high_in - low_in - sum(widths)) / max(len(columns) - 1, 1))
    whole_in = sum(widths) + gap_in * (len(columns) - 1)
    x_in = max(min(centre_in - whole_in / 2, high_in - whole_in), low_in)
    pitch_in = ROW_IN
    if rows > ROWS:
        # Closer lines, and a little higher, keep the third above a footer of two.
        pitch_in, top_in = _ROW_OF_THREE_IN, top_in + 0.06
    is_ragged = gap_in < 0.0
    for row in range(rows):
        along_in, y_in = x_in, top_in - row * pitch_in
        for column, width in zip(columns, widths, strict=True):
            if row < len(column):
                words_in = add_sample(figure, along_in, y_in, column[row])
                style.add_text(figure, words_in, y_in, column[row].words)
                # Columns that do not fit give way to lines that are packed each by itself.
                own = _entry_width_in(figure, column[row]) + LEAST_GAP_IN
                along_in += own if is_ragged else width + gap_in


def add_legend_pair(
    figure: Figure,
    legends: tuple[Sequence[LegendEntry], Sequence[LegendEntry]],
    border_in: float,
    centres_in: tuple[float, float],
    top_in: float,
) -> None:
    """Two legends beside each other, parted at `border_in`.

    Where columns of two would run into each other both have three lines, and a long one moves the border.
    """
    high_in = style.page_of(figure).width_in - MARGIN_IN
    spans = (3 * MARGIN_IN, border_in), (border_in + MARGIN_IN, high_in)
    rows = ROWS
    needed_in = [_least_width_in(figure, legend, rows) for legend in legends]
    if any(width > high - low for width, (low, high) in zip(needed_in, spans, strict=True)):
        rows = ROWS + 1
        left_in, right_in = (_least_width_in(figure, legend, rows) for legend in legends)
        border_in = max(border_in, min(MARGIN_IN + left_in + LEAST_GAP_IN, high_in - MARGIN_IN - right_in))
        spans = (MARGIN_IN, border_in), (border_in + MARGIN_IN, high_in)
    for legend, span, centre_in in zip(legends, spans, centres_in, strict=True):
        add_legend(figure, legend, span, centre_in, top_in, rows=rows)


def _columns(
    figure: Figure, entries: Sequence[LegendEntry], rows: int
) -> tuple[list[Sequence[LegendEntry]], list[float]]:
    """Entries in columns of `rows`, and how wide each column is in inches."""
    columns = [entries[i : i + rows] for i in range(0, len(entries), rows)]
    return columns, [max(_entry_width_in(figure, entry) for entry in column) for column in columns]


def _entry_width_in(figure: Figure, entry: LegendEntry) -> float:
    """Sample and words."""
    return style.text_size_in(figure, entry.words)[0] + SAMPLE_IN + WORDS_GAP_IN


def _least_width_in(figure: Figure, entries: Sequence[LegendEntry], rows: int) -> float:
    """What a legend needs so that no words run into the next sample."""
    widths = _columns(figure, entries, rows)[1]
    return sum(widths) + LEAST_GAP_IN * max(len(widths) - 1, 0)


def add_legend_rows(
    figure: Figure, entries: Sequence[LegendEntry], span_in: tuple[float, float], top_in: float
) -> float:
    """Entries one after the other, in as many lines as they need; returns the lower end in inches."""
    low_in, high_in = span_in
    x_in, y_in = low_in, top_in - LEGEND_ROW_IN / 2
    for entry in entries:
        width_in = _entry_width_in(figure, entry)
        if x_in > low_in and x_in + width_in > high_in:
            x_in, y_in = low_in, y_in - LEGEND_ROW_IN
        words_in = add_sample(figure, x_in, y_in, entry)
        style.add_text(figure, words_in, y_in, entry.words)
        x_in += width_in + LEGEND_GAP_IN
    return y_in - LEGEND_ROW_IN / 2


def legend_rows(figure: Figure, entries: Sequence[LegendEntry], width_in: float) -> int:
    """How many lines `add_legend_rows` needs."""
    x_in, rows = 0.0, 1
    for entry in entries:
        entry_in = _entry_width_in(figure, entry)
        if x_in > 0 and x_in + entry_in > width_in:
            x_in, rows = 0.0, rows + 1
        x_in += entry_in + LEGEND_GAP_IN
    return rows


def add_scale_bar(figure: Figure, axes: Axes, lang: str) -> None:
    """A bar of a round length in the lower right corner of the axes, on white ground."""
    box = axes.get_position()
    page = style.page_of(figure)
    x0_in, x1_in = box.x0 * page.width_in, box.x1 * page.width_in
    y_in = box.y0 * page.height_in
    low, high = axes.get_xlim()
    scale = (x1_in - x0_in) / (high - low)
    length = style.nice_step(0.17 * (high - low))
    end_in, start_in = x1_in - 0.15, x1_in - 0.15 - length * scale
    decimals = next(n for n in range(7) if round(length, n) > 0 and abs(length - round(length, n)) < 1e-9)
    words = f"{number_text(length, lang, decimals)} mm"
    half_in = max((end_in - start_in) / 2, style.text_size_in(figure, words)[0] / 2)
    middle_in = end_in - half_in
    place = figure.dpi_scale_trans
    figure.add_artist(
        Rectangle(
            (middle_in - half_in - 0.08, y_in + 0.06),
            2 * half_in + 0.16,
            0.44,
            facecolor="white",
            edgecolor="none",
            transform=place,
        )
    )
    bar = Line2D(
        [middle_in - length * scale / 2, middle_in + length * scale / 2],
        [y_in + 0.15] * 2,
        color=style.BLACK,
        linewidth=4,
        solid_capstyle="butt",
        transform=place,
    )
    figure.add_artist(bar)
    style.add_text(figure, middle_in, y_in + 0.34, words, ha="center")


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Centres of labels, ascending, as near as can be to `wanted` and neither over each other nor outside.

    All lengths in the same unit; when the labels do not fit, they begin at `low` and pass `high`.
    """
    centres: list[float] = []
    floor = low
    for want, height in zip(wanted, heights, strict=True):
        centres.append(max(want, floor + height / 2))
        floor = centres[-1] + height / 2
    ceiling = high
    for i in range(len(centres) - 1, -1, -1):
        centres[i] = min(centres[i], ceiling - heights[i] / 2)
        ceiling = centres[i] - heights[i] / 2
    floor = low
    for i, height in enumerate(heights):
        centres[i] = max(centres[i], floor + height / 2)
        floor = centres[i] + height / 2
    return centres
