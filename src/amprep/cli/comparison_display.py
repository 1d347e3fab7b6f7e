"""A comparison on the terminal."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.text import Text

from amprep.cli.consoles import ResultConsole
from amprep.cli.display import duration_text, escape, mass_text
from amprep.cli.profile_tables import console, listing
from amprep.cli.telling import in_words, sentence
from amprep.cli.texts import euro_text, size_text
from amprep.cli.words import comma_text, figure, grade_text, many, say
from amprep.errors import printable
from amprep.placement.fit import build_space_text
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.table import Table

    from amprep.model.comparison import BreakEven, Candidate, Comparison, Row
    from amprep.model.estimate import Assumption, Ranged
    from amprep.model.notice import Notice

__all__ = ["print_comparison"]

#: Quantities up to which each gets a table of its own; more become the lines of one.
_TABLES = 3
_ASSUMPTIONS = 3

#: Before figures that are interpolated.
_ABOUT = "≈ "

#: Width of tables where nothing limits it.
_WIDE = 10_000


def print_comparison(comparison: Comparison, output: Path | None) -> None:
    """The answer first, then the tables, what does not fit, and what the figures rest on."""
    out = console()
    if not out.is_terminal:
        out = ResultConsole(highlight=False, width=_WIDE)
    parts = comparison.parts
    names = ", ".join(part.name for part in parts[:3]) + (" …" if len(parts) > 3 else "")
    how = say("every_layer_hatched" if comparison.is_hatched else "compared_quickly")
    size = many("set_of_parts", len(parts)) if len(parts) > 1 else size_text(parts[0].size_mm)
    out.print(f"amprep {__version__} · [bold]{escape(names)}[/bold] ({size}) · {how}\n", soft_wrap=True)
    fitting = [comparison.candidates[i] for i in comparison.buildable]
    unit = _unit(comparison)
    out.print(_platform_table(comparison.candidates))
    if len(comparison.quantities) <= _TABLES:
        for row in range(len(comparison.quantities)):
            out.print()
            _print_tables(out, partial(_quantity_table, row=row, unit=unit), fitting)
    else:
        out.print()
        _print_tables(out, partial(_sweep_table, comparison=comparison, unit=unit), fitting)
        if any(row.is_interpolated for one in fitting for row in one.rows):
            out.print(f"  {_ABOUT}{say('interpolated_is')}")
    out.print()
    for one in comparison.candidates:
        if one.refusal is not None:
            refusal = one.refusal
            what, fix = (sentence(text) for text in (refusal.what, refusal.fix))
            out.print(Text(f"  ✗ {one.label}: {printable(what)}   {refusal.code}"), soft_wrap=True)
            out.print(Text(f"      {printable(fix)}"), soft_wrap=True)
    for line in _break_even_lines(comparison):
        out.print(Text(f"  {line}"), soft_wrap=True)
    _print_foundations(out, fitting)
    _print_notices(out, comparison.notices)
    if output is not None:
        out.print(f"\n  {say('wrote', path=f'[bold]{escape(output.as_posix())}[/bold]')}", soft_wrap=True)
    elif fitting:
        out.print(f"\n  {say('next', step=say('next_of_comparison'))}")


def _print_tables(
    out: Console, table_of: Callable[[Sequence[Candidate]], Table], candidates: Sequence[Candidate]
) -> None:
    """One table, or on a terminal that is too narrow for it several, of fewer candidates each."""
    table = table_of(candidates)
    width = Measurement.get(out, out.options.update(max_width=_WIDE), table).maximum
    if width > out.width and out.is_terminal and len(candidates) > 1:
        middle = (len(candidates) + 1) // 2
        _print_tables(out, table_of, candidates[:middle])
        out.print()
        _print_tables(out, table_of, candidates[middle:])
        return
    out.print(table)


def _unit(comparison: Comparison) -> str:
    """Key of what is counted."""
    return "part" if len(comparison.parts) == 1 else "set"


def _platform_table(candidates: Sequence[Candidate]) -> Table:
    rows = []
    for one in candidates:
        lasers = len(one.machine.lasers)
        held = say("does_not_fit") if one.refusal is not None else f"{one.capacity}"
        rows.append(
            (
                one.label,
                f"{comma_text(build_space_text(one.machine.build_volume))}, {many('lasers', lasers)}",
                f"{one.layers}" if one.layers else "–",
                held,
            )
        )
    columns = ("machine_material_layer", "build_space", "bar_layers", "fit_on_one")
    return listing(say("platforms"), [say(key) for key in columns], rows)


def _quantity_table(candidates: Sequence[Candidate], row: int, unit: str) -> Table:
    return _figure_table([(one, one.rows[row]) for one in candidates], unit)


def _figure_table(columns: Sequence[tuple[Candidate, Row]], unit: str) -> Table:
    quantity = columns[0][1].quantity
    rows: list[list[str]] = [[say("jobs"), *(_jobs_text(row) for _, row in columns)]]
    for label, key, text in _FIGURES:
        figures = [row.total.get(key) for _, row in columns]
        if any(figure is not None and figure.high > 0 for figure in figures):
            rows.append([_label(label), *(_ranged_text(figure, text) for figure in figures)])
    for label, key, text in _PER_SET:
        if all(key in row.total for _, row in columns):
            each = [row.per_set[key] for _, row in columns]
            rows.append([say(f"{label}_per_{unit}"), *(_ranged_text(figure, text) for figure in each)])
    for label, key, text in _PER_SET:
        if any(row.jobs > 1 for _, row in columns) and all(key in row.total for _, row in columns):
            first = [row.batches[0].each[key] for _, row in columns]
            rows.append([say(f"{label}_of_fullest_job"), *(_ranged_text(figure, text) for figure in first)])
    charges = [row.batches[0].charge_g for _, row in columns]
    rows.append([say("powder_of_fullest_job"), *(_ranged_text(charge, mass_text) for charge in charges)])
    return listing(many(f"count_of_{unit}s", quantity), ("", *(one.label for one, _ in columns)), rows)


def _jobs_text(row: Row) -> str:
    """``4: 3 × 5, 1 × 2``."""
    each = ", ".join(f"{batch.jobs} × {batch.copies}" for batch in row.batches)
    return say("jobs_each", jobs=str(row.jobs), each=each)


def _label(key: str) -> str:
    """The words of a row; those that are part of another one are indented."""
    name = key.lstrip()
    return key[: len(key) - len(name)] + say(name)


def _hours_text(seconds: float) -> str:
    return duration_text(seconds)


def _energy_text(kwh: float) -> str:
    return f"{figure(kwh, '.0f' if kwh >= 100 else '.3g')} kWh"


def _gas_text(m3: float) -> str:
    return f"{figure(m3, '.3g')} m³"


def _ranged_text(figure: Ranged | None, text: Callable[[float], str]) -> str:
    if figure is None:
        return "–"
    if not figure.has_range:
        return text(figure.value)
    return f"{text(figure.value)} ({text(figure.low)} – {text(figure.high)})"


_FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("time_of_all_jobs", "time_s", _hours_text),
    ("  phase_inerting", "before_s", _hours_text),
    ("  phase_recoating", "recoating_s", _hours_text),
    ("  phase_hatch", "hatch_s", _hours_text),
    ("  phase_contours", "contour_s", _hours_text),
    ("  phase_motion", "motion_s", _hours_text),
    ("  phase_waiting", "wait_s", _hours_text),
    ("  phase_cooling", "cooling_s", _hours_text),
    ("powder_used_up", "powder_g", mass_text),
    ("energy_used", "energy_kwh", _energy_text),
    ("gas_used", "gas_m3", _gas_text),
    ("cost_of_all_jobs", "cost_eur", euro_text),
)
_PER_SET: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("time", "time_s", _hours_text),
    ("cost", "cost_eur", euro_text),
)


def _sweep_table(candidates: Sequence[Candidate], comparison: Comparison, unit: str) -> Table:
    """One line per quantity."""
    names = [_short_name(one, comparison).split(" · ") for one in candidates]
    lines = max(len(name) for name in names)
    columns = [say("parts" if unit == "part" else "sets")]
    for one, name in zip(candidates, names, strict=True):
        head = "\n".join(name + [""] * (lines - len(name)))
        columns += [f"{head}\n{say('jobs')}", "\n" * lines + say("time_each")]
        if "cost_eur" in one.rows[0].total:
            columns.append("\n" * lines + say("cost_each"))
    rows = []
    for number, first in enumerate(candidates[0].rows):
        cells = [f"{first.quantity}"]
        for one in candidates:
            row = one.rows[number]
            about = _ABOUT if row.is_interpolated else ""
            cells += [f"{row.jobs}", about + duration_text(row.per_set["time_s"].value)]
            if "cost_eur" in row.total:
                cells.append(about + euro_text(row.per_set["cost_eur"].value))
        rows.append(cells)
    return listing(say(f"by_quantity_of_{unit}s"), columns, rows)


def _break_even_lines(comparison: Comparison) -> list[str]:
    unit = _unit(comparison)
    return [_break_even_text(one, comparison, unit) for one in comparison.break_evens]


def _break_even_text(one: BreakEven, comparison: Comparison, unit: str) -> str:
    """Of two candidates, both named."""
    key = {"time_s": "faster", "cost_eur": "cheaper"}[one.figure]
    each = say(f"per_{unit}")
    less, more = (_short_name(comparison.candidates[i], comparison) for i in (one.then, one.other))
    if one.quantity is None:
        text = say(f"{key}_always", less=less, more=more, each=each, last=str(one.horizon))
    elif one.is_clean:
        last = str(one.quantity - 1)
        text = say(f"{key}_from", less=less, more=more, each=each, first=str(one.quantity), last=last)
    else:
        text = say(f"{key}_in_the_end", less=less, more=more, each=each, first=str(one.quantity))
    doubt = "" if one.is_certain else f" ({say('not_certain', last=str(comparison.quantities[-1]))})"
    return text + doubt


def _short_name(candidate: Candidate, comparison: Comparison) -> str:
    """The machine's name; material and layer as well where it is there with several of them."""
    same = [one for one in comparison.candidates if one.machine.name == candidate.machine.name]
    words = [candidate.machine.name]
    if len({one.material.name for one in same}) > 1:
        words.append(candidate.material.name)
    if len({one.label for one in same}) > len({one.material.name for one in same}):
        words.append(candidate.label.rpartition(" · ")[2])
    return " · ".join(words)


def _print_foundations(out: Console, candidates: Sequence[Candidate]) -> None:
    """What times and cost rest on most."""
    out.print()
    for one in candidates:
        calibrated = one.machine.calibrated
        weak = [a for a in one.assumptions if a.grade.is_unconfirmed or not calibrated]
        strongest = _inputs_text(weak)
        of_cost = _inputs_text([a for a in one.cost_assumptions if a.grade.is_unconfirmed])
        known = say("calibrated_are", names=", ".join(calibrated)) if calibrated else say("uncalibrated")
        text = f"  {one.label}: {known}; "
        text += say("time_rests_on", inputs=strongest) if strongest else say("nothing_assumed")
        text += f"; {say('cost_rests_upon', inputs=of_cost)}" if of_cost else ""
        out.print(Text(text, style="dim"), soft_wrap=True)
        _print_notices(out, one.notices)


def _inputs_text(assumptions: Sequence[Assumption]) -> str:
    """The first of them, with value and grade."""
    return ", ".join(
        f"{a.name} {figure(a.value, '.6g')}{' ' + a.unit if a.unit else ''} {grade_text(a.grade)}"
        for a in assumptions[:_ASSUMPTIONS]
    )


def _print_notices(out: Console, notices: Sequence[Notice]) -> None:
    for notice in map(in_words, notices):
        where = f"{printable(notice.where)}: " if notice.where else ""
        out.print(Text(f"  ! {where}{printable(notice.text)}   {notice.code}"), soft_wrap=True)
        if notice.hint:
            out.print(Text(f"      {printable(notice.hint)}"), soft_wrap=True)
