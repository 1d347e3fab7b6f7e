"""Stacked bars of the time that machines take, with one large number each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from amprep.pictures import style
from amprep.pictures.compare_texts import counted, words
from amprep.pictures.furniture import SAMPLE_IN, WORDS_GAP_IN, LegendEntry, add_sample
from amprep.pictures.texts import duration_text, number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from amprep.model.comparison import Candidate, Comparison, Row
    from amprep.model.estimate import Ranged

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
BIG_PT = 22.0
LONGEST_NAME = 20


def draw_times(figure: Figure, comparison: Comparison, span_in: tuple[float, float], lang: str) -> None:
    """One bar per candidate for the last quantity, the axis of hours, and what the colours mean."""
    candidates = comparison.candidates
    totals = {i: candidates[i].rows[-1].total["time_s"] for i in comparison.buildable}
    numbers = {i: (_hours(total.value, lang), _range_text(total, lang)) for i, total in totals.items()}
    reserve_in = max(
        max(
            style.text_size_in(figure, big, BIG_PT, "bold")[0],
            style.text_size_in(figure, ends)[0],
        )
        for big, ends in numbers.values()
    )
    x0_in, x1_in = span_in[0] + 0.08, span_in[1] - reserve_in - 0.2
    longest_h = max(total.value for total in totals.values()) / 3600
    pitch_in = min((TOP_IN - AXIS_IN - 0.1) / len(candidates), 1.75)
    end_in = TOP_IN - pitch_in * len(candidates)
    _axis(figure, (x0_in, AXIS_IN, x1_in, TOP_IN), longest_h, lang)
    per_h = (x1_in - x0_in) / longest_h
    for i, one in enumerate(candidates):
        top_in = TOP_IN - pitch_in * i - (end_in - AXIS_IN) / 2
        bar_in = min(0.6, 0.36 * pitch_in)
        style.add_text(
            figure,
            x0_in,
            top_in - 0.14,
            _heading(figure, one, comparison, span_in[1] - x0_in, lang),
            weight="bold",
        )
        y_in = top_in - 0.3 - bar_in / 2
        if i not in numbers:
            _refused(figure, one, comparison, (x0_in, y_in), lang)
            continue
        row = one.rows[-1]
        stop_in = _bar(figure, row, (x0_in, y_in, bar_in), per_h)
        big, ends = numbers[i]
        lines = _consumption(row, comparison, lang)
        is_narrow = pitch_in < TWO_LINES_FROM_IN
        if is_narrow:
            lines = [[item for line in ([ends], *lines) for item in line if item]]
        else:
            style.add_text(figure, stop_in + 0.12, y_in - 0.18, ends, colour=style.GREY_TEXT)
        up_in = 0.0 if is_narrow else 0.1
        style.add_text(figure, stop_in + 0.12, y_in + up_in, big, size=BIG_PT, weight="bold")
        for number, items in enumerate(line for line in lines if line):
            below_in = y_in - bar_in / 2 - 0.19 - 0.25 * number
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
    figure: Figure, one: Candidate, comparison: Comparison, place_in: tuple[float, float], lang: str
) -> None:
    """Why there is no bar."""
    assert one.refusal is not None
    x_in, y_in = place_in
    key = {"E401": "misfit", "E407": "no_process"}.get(one.refusal.code, "refused")
    why = words(lang, key)
    style.add_text(figure, x_in, y_in + 0.12, why, size=style.AXIS_PT, colour=style.ALERT, weight="bold")
    if key == "misfit" and len(comparison.parts) == 1:
        volume = one.machine.build_volume
        x, y, z = (number_text(v.value, lang) for v in (volume.size_x_mm, volume.size_y_mm, volume.height_mm))
        space = f"Ø {x} × {z}" if volume.shape == "cylinder" else f"{x} × {y} × {z}"
        size = " × ".join(number_text(side, lang, 1) for side in comparison.parts[0].size_mm)
        style.add_text(figure, x_in, y_in - 0.14, words(lang, "misfit_size", size=size, space=space))


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
        f"{number_text(batch.jobs, lang)} × {batch.copies}" if batch.jobs > 1 else f"{batch.copies}"
        for batch in row.batches
    )
    jobs = counted(lang, "job", row.jobs)
    split = f" ({each})" if row.jobs > 1 else ""
    capacity = words(lang, "capacity", count=number_text(one.capacity, lang))
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
    return f"{number_text(eur, lang, 0 if eur >= 9.995 else 2)} €"


def _mass_text(grams: float, lang: str) -> str:
    return f"{_rounded(grams / 1000, lang)} kg" if grams >= 100 else f"{_rounded(grams, lang)} g"


def _rounded(value: float, lang: str) -> str:
    """About two or three digits."""
    return number_text(value, lang, 0 if value >= 9.95 else 1 if value >= 0.995 else 2)


def _hours(seconds: float, lang: str) -> str:
    """Whole hours from ten hours on, otherwise as people say it."""
    hours = seconds / 3600
    return f"{number_text(hours, lang)} h" if hours >= 10 else duration_text(seconds, lang)


def _range_text(total: Ranged, lang: str) -> str:
    if not total.has_range:
        return ""
    low, high = _hours(total.low, lang), _hours(total.high, lang)
    if low.endswith(" h") and high.endswith(" h"):
        low = low.removesuffix(" h")
    return f"({low} – {high})"
