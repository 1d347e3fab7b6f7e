"""What stands around the data: headline, footer, compass, badges, legend, scale bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke

from amprep.pictures import style
from amprep.pictures.texts import number_text, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile

__all__ = [
    "LegendEntry",
    "add_badge",
    "add_compass",
    "add_footer",
    "add_footer_words",
    "add_headline",
    "add_legend",
    "add_sample",
    "add_scale_bar",
    "footer_words",
    "outlined",
    "spread",
]

MARGIN_IN = 0.2
SAMPLE_IN = 0.32
WORDS_GAP_IN = 0.08
COLUMN_GAP_IN = 0.35
ROW_IN = 0.29
ROWS = 2
_ARROWS = {"+x": (1, 0), "-x": (-1, 0), "+y": (0, 1), "-y": (0, -1)}
SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of a legend: a sample (``line``, ``area`` or ``badge``) and its words."""

    words: str
    kind: str
    colour: str
    edge: str = style.OUTLINE
    width_pt: float = style.LINE_PT
    dash: tuple[float, ...] = ()
    pattern: str = ""
    digit: int = 0
    is_light: bool = False


def outlined(width_pt: float) -> list[AbstractPathEffect]:
    """Path effects that give a light line a dark outline."""
    return [Stroke(linewidth=width_pt + 1.0, foreground=style.OUTLINE), Normal()]


def add_headline(figure: Figure, x_in: float, end_in: float, title: str, subtitles: Sequence[str]) -> None:
    """The answer in large type, set smaller when it would pass `end_in`, and up to two lines below it."""
    size = style.TITLE_PT
    while (
        size > style.SMALLEST_TITLE_PT and style.text_size_in(figure, title, size, "bold")[0] > end_in - x_in
    ):
        size -= 0.5
    style.add_text(figure, x_in, 6.78, title, size=size, weight="bold")
    for row, words in enumerate(subtitles):
        size = style.SUBTITLE_PT
        while size > style.CONTENT_PT and style.text_size_in(figure, words, size)[0] > end_in - x_in:
            size -= 0.5
        style.add_text(figure, x_in, 6.36 - 0.31 * row, words, size=size, colour=style.GREY_TEXT)


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
        text(lang, "thickness", value=_short(thickness_um, lang)),
        text(lang, core.pattern.value, width=_short(core.cell_mm, lang)),
        *remarks,
    ]
    return [*words, text(lang, "uncalibrated")] if is_uncalibrated else words


def add_footer(figure: Figure, left: Sequence[str], version: str, job_hash: str, lang: str) -> None:
    """Items on the left, version and job on the right, in the language."""
    add_footer_words(figure, left, text(lang, "imprint", version=version, job=job_hash[:8]))


def add_footer_words(figure: Figure, left: Sequence[str], right: str) -> None:
    """Items on the left, broken into lines where they would meet the words on the right."""
    size = style.FOOTER_PT
    end_in = style.SLIDE_IN[0] - MARGIN_IN
    free_in = end_in - MARGIN_IN - style.text_size_in(figure, right, size)[0] - 0.2
    lines: list[str] = []
    for item in left:
        longer = lines[-1] + SEPARATOR + item if lines else item
        if lines and style.text_size_in(figure, longer, size)[0] <= free_in:
            lines[-1] = longer
        else:
            lines.append(item)
    for row, line in enumerate(reversed(lines)):
        style.add_text(figure, MARGIN_IN, 0.18 + 0.19 * row, line, size=size, colour=style.GREY_TEXT)
    style.add_text(figure, end_in, 0.18, right, size=size, colour=style.GREY_TEXT, ha="right")


def add_compass(figure: Figure, machine: MachineProfile, lang: str) -> float:
    """Ways of gas and recoater, outside the data at the upper right; returns its left end in inches."""
    rows = [
        (text(lang, "gas_flow"), machine.gas_flow_direction.value, 6.78),
        (text(lang, "recoater"), machine.recoater.direction.value, 6.36),
    ]
    words = [name if way in _ARROWS else text(lang, "direction_unknown", name=name) for name, way, _ in rows]
    widest = max(style.text_size_in(figure, word, style.AXIS_PT)[0] for word in words)
    words_in = style.SLIDE_IN[0] - MARGIN_IN - widest
    for (_, way, y_in), word in zip(rows, words, strict=True):
        style.add_text(figure, words_in, y_in, word, size=style.AXIS_PT, colour=style.GREY_TEXT)
        if way not in _ARROWS:
            continue
        dx, dy = (0.17 * part for part in _ARROWS[way])
        x_in = words_in - 0.3
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
    return words_in - 0.55


def add_badge(
    figure: Figure, x_in: float, y_in: float, number: int, *, size_pt: float = 26, ring: bool = False
) -> None:
    """A disc in the laser's colour with its number (from 1); `ring` sets it off from vectors below."""
    look = style.laser_look(number - 1)
    type_pt = style.BADGE_PT if size_pt > 20 else style.CONTENT_PT
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
        add_badge(figure, x_in + SAMPLE_IN - 0.12, y_in, entry.digit, size_pt=17)
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


def add_legend(
    figure: Figure,
    entries: Sequence[LegendEntry],
    span_in: tuple[float, float],
    centre_in: float,
    top_in: float,
) -> None:
    """Entries column by column, each as wide as its words: about `centre_in` and within `span_in`."""
    columns = [entries[i : i + ROWS] for i in range(0, len(entries), ROWS)]
    widths = [
        max(style.text_size_in(figure, entry.words)[0] + SAMPLE_IN + WORDS_GAP_IN for entry in column)
        for column in columns
    ]
    gaps = max(len(columns) - 1, 1)
    low_in, high_in = span_in
    gap_in = min(COLUMN_GAP_IN, (high_in - low_in - sum(widths)) / gaps)
    whole_in = sum(widths) + gap_in * (len(columns) - 1)
    x_in = max(min(centre_in - whole_in / 2, high_in - whole_in), low_in)
    for column, width in zip(columns, widths, strict=True):
        for row, entry in enumerate(column):
            y_in = top_in - row * ROW_IN
            words_in = add_sample(figure, x_in, y_in, entry)
            style.add_text(figure, words_in, y_in, entry.words)
        x_in += width + gap_in


def add_scale_bar(figure: Figure, axes: Axes, lang: str) -> None:
    """A bar of a round length in the lower right corner of the axes, on white ground."""
    box = axes.get_position()
    x0_in, x1_in = box.x0 * style.SLIDE_IN[0], box.x1 * style.SLIDE_IN[0]
    y_in = box.y0 * style.SLIDE_IN[1]
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


def _short(value: float, lang: str) -> str:
    decimals = next((n for n in range(3) if abs(value - round(value, n)) < 1e-9), 3)
    return number_text(value, lang, decimals)
