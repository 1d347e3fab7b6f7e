"""Stacked bars of the time that machines take, with one large number each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from amprep.pictures import style
from amprep.pictures.compare_texts import counted, figure_text, side_text, times_texts, words
from amprep.pictures.furniture import SAMPLE_IN, WORDS_GAP_IN, LegendEntry, add_sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from amprep.model.comparison import Candidate, Comparison, Row

__all__ = ["CAUSES", "draw_times", "machine_text", "money_text"]

#: Causes of the time from the left to the right, and how they look.
CAUSES = {
    "before_s": style.Fill("#E8E8E8", "\\\\\\"),
    "recoating_s": style.FILLS["recoating"],
    "hatch_s": style.FILLS["core_marking"],
    "contour_s": style.FILLS["contour_marking"],
    "motion_s": style.FILLS["motion"],
    "wait_s": style.FILLS["waiting"],
    "cooling_s": style.Fill("#7A7A7A"),
}

TOP_IN, AXIS_IN = 5.42, 1.86
LEGEND_TOP_IN, ROW_IN = 1.2, 0.27
ROWS, LEAST_GAP_IN = 3, 0.15
TWO_LINES_FROM_IN = 1.4


@dataclass(frozen=True, slots=True)
class _Look:
    """Where the heading, the bar and the words of a candidate lie, from its top down, in inches."""

    heading_in: float
    bar_top_in: float
    bar_in: float
    words_in: float
    """Below the bar."""
    big_pt: float


_WIDE = _Look(0.14, 0.3, 0.6, 0.19, 22.0)
_NARROW = _Look(0.14, 0.3, 0.4, 0.19, 22.0)
_CLOSE = _Look(0.1, 0.22, 0.25, 0.15, 17.0)
LONGEST_NAME = 24


def draw_times(figure: Figure, comparison: Comparison, span_in: tuple[float, float], lang: str) -> None:
    """One bar per candidate for the last quantity, the axis of hours, and what the colours mean."""
    candidates = comparison.candidates
    totals = {i: candidates[i].rows[-1].total["time_s"] for i in comparison.buildable}
    numbers = dict(zip(totals, times_texts(list(totals.values()), lang), strict=True))
    pitch_in = min((TOP_IN - AXIS_IN - 0.1) / len(candidates), 1.75)
    look = _WIDE if pitch_in >= TWO_LINES_FROM_IN else _NARROW if pitch_in >= 1.0 else _CLOSE
    reserve_in = max(
        max(style.text_size_in(figure, big, look.big_pt, "bold")[0], style.text_size_in(figure, ends)[0])
        for big, ends in numbers.values()
    )
    x0_in, x1_in = span_in[0] + 0.08, span_in[1] - reserve_in - 0.2
    longest_h = max(total.value for total in totals.values()) / 3600
    end_in = TOP_IN - pitch_in * len(candidates)
    _axis(figure, (x0_in, AXIS_IN, x1_in, TOP_IN), longest_h, lang)
    per_h = (x1_in - x0_in) / longest_h
    for i, one in enumerate(candidates):
        top_in = TOP_IN - pitch_in * i - (end_in - AXIS_IN) / 2
        heading = _heading(figure, one, comparison, span_in[1] - x0_in, lang)
        style.add_text(figure, x0_in, top_in - look.heading_in, heading, weight="bold")
        y_in = top_in - look.bar_top_in - look.bar_in / 2
        if i not in numbers:
            _refused(figure, one, comparison, (x0_in, y_in, look.words_in + look.bar_in / 2), lang)
            continue
        row = one.rows[-1]
        stop_in = _bar(figure, row, (x0_in, y_in, look.bar_in), per_h)
        big, ends = numbers[i]
        lines = _consumption(row, comparison, lang)
        if look is not _WIDE:
            lines = [[item for line in ([ends], *lines) for item in line if item]]
        else:
            style.add_text(figure, stop_in + 0.12, y_in - 0.18, ends, colour=style.GREY_TEXT)
        up_in = 0.1 if look is _WIDE else 0.0
        style.add_text(figure, stop_in + 0.12, y_in + up_in, big, size=look.big_pt, weight="bold")
        for number, items in enumerate(line for line in lines if line):
            below_in = y_in - look.bar_in / 2 - look.words_in - 0.25 * number
            style.add_text(figure, x0_in, below_in, _fitted(figure, items, span_in[1] - x0_in))
    _legend(figure, comparison, span_in, lang)


def _axis(figure: Figure, box_in: tuple[float, float, float, float], longest_h: float, lang: str) -> None:
    axes = style.add_axes(figure, box_in, lang)
    axes.set_xlim(0, longest_h)
    axes.set_ylim(0, 1)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.grid(visible=False)
    axes.set_zorder(-1)
    style.add_text(
        figure,
        box_in[0] - 0.08,
        AXIS_IN - 0.42,
        words(lang, "time_axis"),
        colour=style.GREY_TEXT,
        va="center",
    )


def _bar(figure: Figure, row: Row, place_in: tuple[float, float, float], per_h: float) -> float:
    """The stacked bar; returns where it ends."""
    x_in, y_in, height_in = place_in
    total = row.total
    for key, fill in CAUSES.items():
        width_in = total[key].value / 3600 * per_h
        if width_in <= 0:
            continue
        figure.add_artist(
            Rectangle(
                (x_in, y_in - height_in / 2),
                width_in,
                height_in,
                facecolor=fill.colour,
                edgecolor=style.OUTLINE,
                linewidth=0.8,
                hatch=fill.pattern,
                transform=figure.dpi_scale_trans,
            )
        )
        x_in += width_in
    return x_in


def _refused(
    figure: Figure, one: Candidate, comparison: Comparison, place_in: tuple[float, float, float], lang: str
) -> None:
    """Why there is no bar: where the bar would be, and below it the sizes."""
    assert one.refusal is not None
    x_in, y_in, below_in = place_in
    key = {"E401": "misfit", "E407": "no_process"}.get(one.refusal.code, "refused")
    why = words(lang, key)
    if key == "misfit" and len(comparison.parts) == 1:
        volume = one.machine.build_volume
        size_mm = comparison.parts[0].size_mm
        by = ", ".join(
            words(lang, name, by=figure_text(over_mm, lang, 1))
            for name, over_mm in zip(("too_wide", "too_high"), _over_mm(one, size_mm), strict=True)
            if over_mm > 0.05
        )
        why = f"{why}: {by}" if by else why
        x, y, z = (figure_text(v.value, lang) for v in (volume.size_x_mm, volume.size_y_mm, volume.height_mm))
        space = f"Ø {x} × {z}" if volume.shape == "cylinder" else f"{x} × {y} × {z}"
        size = " × ".join(side_text(side, lang) for side in size_mm)
        style.add_text(figure, x_in, y_in - below_in, words(lang, "misfit_size", size=size, space=space))
    style.add_text(figure, x_in, y_in, why, size="axis", colour=style.ALERT, weight="bold")


def _over_mm(one: Candidate, size_mm: tuple[float, float, float]) -> tuple[float, float]:
    """By how much a part in the middle is too wide and too high."""
    volume = one.machine.build_volume
    x_mm, y_mm = volume.size_x_mm.value, volume.size_y_mm.value
    if volume.shape == "cylinder":
        points = np.concatenate(one.outlines_mm) if one.outlines_mm else np.array([size_mm[:2]]) / 2
        wide_mm = 2 * float(np.hypot(*points.T).max()) - x_mm
    else:
        wide_mm = max(size_mm[0] - x_mm, size_mm[1] - y_mm)
    return max(0.0, wide_mm), max(0.0, size_mm[2] - volume.height_mm.value)


def machine_text(candidate: Candidate, comparison: Comparison) -> str:
    """The machine's name, cut where it would crowd the picture; with its layer where it is there twice."""
    name = candidate.machine.name
    is_twice = [other.machine.name for other in comparison.candidates].count(name) > 1
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1].rstrip() + "…"
    if not is_twice or candidate.process is None:
        return name
    materials = {one.material.id for one in comparison.candidates}
    material = f"{candidate.material.id} " if len(materials) > 1 else ""
    return f"{name} ({material}{candidate.process.layer_thickness_mm * 1000:g} µm)"


def _heading(figure: Figure, one: Candidate, comparison: Comparison, width_in: float, lang: str) -> str:
    """``EOS M 400-4: 2 jobs (9 + 3) · up to 9 per job``."""
    name = machine_text(one, comparison)
    if one.refusal is not None:
        return name
    row = one.rows[-1]
    each = " + ".join(
        f"{figure_text(batch.jobs, lang)} × {batch.copies}" if batch.jobs > 1 else f"{batch.copies}"
        for batch in row.batches
    )
    jobs = counted(lang, "job", row.jobs)
    split = f" ({each})" if row.jobs > 1 else ""
    capacity = words(lang, "capacity", count=figure_text(one.capacity, lang))
    return _fitted(figure, [f"{name}: {jobs}{split}", capacity], width_in, "bold")


def _fitted(figure: Figure, items: list[str], width_in: float, weight: str = "normal") -> str:
    """As many items as have room."""
    while len(items) > 1 and style.text_size_in(figure, " · ".join(items), weight=weight)[0] > width_in:
        items = items[:-1]
    return " · ".join(items)


def _consumption(row: Row, comparison: Comparison, lang: str) -> list[list[str]]:
    """What else all jobs take: cost, and below it powder, energy and gas."""
    total = row.total
    money = []
    if "cost_eur" in total:
        unit = words(lang, "part" if len(comparison.parts) == 1 else "set")
        cost, each = total["cost_eur"], money_text(row.per_set["cost_eur"].value, lang)
        money.append(money_text(cost.value, lang))
        if cost.has_range:
            low = money_text(cost.low, lang).removesuffix(" €")
            money[0] += f" ({low} – {money_text(cost.high, lang)})"
        money.append(words(lang, "each", each=each, unit=unit))
    found = [words(lang, "powder", mass=_mass_text(total["powder_g"].value, lang))]
    for key, unit in (("energy_kwh", "kWh"), ("gas_m3", "m³")):
        if key in total and total[key].value > 0:
            amount = f"{_rounded(total[key].value, lang)} {unit}"
            found.append(words(lang, "gas", volume=amount) if key == "gas_m3" else amount)
    return [money, found]


def _legend(figure: Figure, comparison: Comparison, span_in: tuple[float, float], lang: str) -> None:
    """Colours of the causes that there are, column by column."""
    rows = [comparison.candidates[i].rows[-1].total for i in comparison.buildable]
    keys = [key for key in CAUSES if any(total[key].value > 0 for total in rows)]
    entries = [
        LegendEntry(words(lang, key), "area", CAUSES[key].colour, pattern=CAUSES[key].pattern) for key in keys
    ]
    for per_column in (2, ROWS):
        columns = [entries[i : i + per_column] for i in range(0, len(entries), per_column)]
        widths = [
            max(style.text_size_in(figure, entry.words)[0] for entry in column) + SAMPLE_IN + WORDS_GAP_IN
            for column in columns
        ]
        gap_in = min(0.35, (span_in[1] - span_in[0] - sum(widths)) / max(len(columns) - 1, 1))
        if gap_in >= LEAST_GAP_IN:
            break
    x_in = span_in[0]
    for column, width in zip(columns, widths, strict=True):
        for number, entry in enumerate(column):
            y_in = LEGEND_TOP_IN - ROW_IN * number
            style.add_text(figure, add_sample(figure, x_in, y_in, entry), y_in, entry.words)
        x_in += width + gap_in


def money_text(eur: float, lang: str) -> str:
    """``310 €``, or below ten ``2.60 €``."""
    return f"{figure_text(eur, lang, 0 if eur >= 9.995 else 2)} €"


def _mass_text(grams: float, lang: str) -> str:
    return f"{_rounded(grams / 1000, lang)} kg" if grams >= 100 else f"{_rounded(grams, lang)} g"


def _rounded(value: float, lang: str) -> str:
    """About two or three digits."""
    return figure_text(value, lang, 0 if value >= 9.95 else 1 if value >= 0.995 else 2)
