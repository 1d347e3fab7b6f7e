"""A comparison on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from amprep.cli.display import duration_text, escape, mass_text
from amprep.cli.profile_tables import console, listing
from amprep.errors import printable
from amprep.placement.fit import build_space_text, size_text
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from rich.table import Table

    from amprep.model.comparison import BreakEven, Candidate, Comparison, Row
    from amprep.model.estimate import Ranged
    from amprep.model.notice import Notice

__all__ = ["print_comparison"]

#: Quantities up to which each gets a table of its own; more become the lines of one.
_TABLES = 3
_ASSUMPTIONS = 3

#: Candidates whose columns lie side by side in 80 characters without folding.
_UNFOLDED = 2


def print_comparison(comparison: Comparison, output: Path | None) -> None:
    """The answer first, then the tables, what does not fit, and what the figures rest on."""
    out = console()
    parts = comparison.parts
    names = ", ".join(part.name for part in parts[:3]) + (" …" if len(parts) > 3 else "")
    how = "every layer hatched" if comparison.is_hatched else "estimated without hatching, --full hatches"
    size = size_text(parts[0].size_mm) if len(parts) == 1 else f"one set of {len(parts)} parts"
    out.print(f"amprep {__version__} · [bold]{escape(names)}[/bold] ({size}) · {how}\n", soft_wrap=True)
    fitting = [comparison.candidates[i] for i in comparison.buildable]
    out.print(_platform_table(comparison.candidates))
    for row in range(len(comparison.quantities) if len(comparison.quantities) <= _TABLES else 0):
        out.print()
        out.print(_figure_table([(one, one.rows[row]) for one in fitting], _unit(comparison)))
    if len(comparison.quantities) > _TABLES:
        out.print()
        out.print(_sweep_table(comparison, fitting, _unit(comparison)))
    out.print()
    for one in comparison.candidates:
        if one.refusal is not None:
            refusal = one.refusal
            out.print(Text(f"  ✗ {one.label}: {printable(refusal.what)}   {refusal.code}"), soft_wrap=True)
            out.print(Text(f"      {printable(refusal.fix)}"), soft_wrap=True)
    for line in _break_even_lines(comparison):
        out.print(Text(f"  {line}"), soft_wrap=True)
    _print_foundations(out, fitting)
    _print_notices(out, comparison.notices)
    if output is not None:
        out.print(f"\n  Wrote [bold]{escape(output.as_posix())}[/bold]", soft_wrap=True)
    elif fitting:
        out.print("\n  Next: the picture with  -o compare.png   ·   break-even with  --quantity 1..50")


def _unit(comparison: Comparison) -> str:
    return "part" if len(comparison.parts) == 1 else "set"


def _platform_table(candidates: Sequence[Candidate]) -> Table:
    rows = []
    for one in candidates:
        lasers = len(one.machine.lasers)
        held = "does not fit" if one.refusal is not None else f"{one.capacity}"
        rows.append(
            (
                one.label,
                f"{build_space_text(one.machine.build_volume)}, {lasers} laser{'s' if lasers > 1 else ''}",
                f"{one.layers}" if one.layers else "–",
                held,
            )
        )
    return listing("Platforms", ("machine, material, layer", "build space", "layers", "fit on one"), rows)


def _figure_table(columns: Sequence[tuple[Candidate, Row]], unit: str) -> Table:
    quantity = columns[0][1].quantity
    rows: list[list[str]] = [["jobs", *(_jobs_text(row) for _, row in columns)]]
    for label, key, text in _FIGURES:
        figures = [row.total.get(key) for _, row in columns]
        if any(figure is not None and figure.high > 0 for figure in figures):
            rows.append([label, *(_ranged_text(figure, text) for figure in figures)])
    for label, key, text in _PER_SET:
        if all(key in row.total for _, row in columns):
            each = [row.per_set[key] for _, row in columns]
            rows.append([f"{label} per {unit}", *(_ranged_text(figure, text) for figure in each)])
    for label, key, text in _PER_SET:
        if all(key in row.total for _, row in columns):
            first = [row.batches[0].each[key] for _, row in columns]
            rows.append([f"{label} per job", *(_ranged_text(figure, text) for figure in first)])
    charges = [row.batches[0].charge_g for _, row in columns]
    rows.append(["powder to load per job", *(_ranged_text(charge, mass_text) for charge in charges)])
    title = f"{quantity} {unit}{'' if quantity == 1 else 's'}"
    return listing(title, ("", *(one.label for one, _ in columns)), rows)


def _jobs_text(row: Row) -> str:
    """``4: 3 × 5, 1 × 2``."""
    each = ", ".join(f"{batch.jobs} × {batch.copies}" for batch in row.batches)
    return f"{row.jobs} ({each} on a platform)"


def _hours_text(seconds: float) -> str:
    return duration_text(seconds)


def _money_text(eur: float) -> str:
    return f"{eur:,.0f} €".replace(",", " ") if eur >= 100 else f"{eur:.2f} €"


def _energy_text(kwh: float) -> str:
    return f"{kwh:.0f} kWh" if kwh >= 100 else f"{kwh:.3g} kWh"


def _gas_text(m3: float) -> str:
    return f"{m3:.3g} m³"


def _ranged_text(figure: Ranged | None, text: Callable[[float], str]) -> str:
    if figure is None:
        return "–"
    if not figure.has_range:
        return text(figure.value)
    return f"{text(figure.value)} ({text(figure.low)} – {text(figure.high)})"


_FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("time of all jobs", "time_s", _hours_text),
    ("  inerting, heating", "before_s", _hours_text),
    ("  recoating", "recoating_s", _hours_text),
    ("  hatch", "hatch_s", _hours_text),
    ("  contours, edges", "contour_s", _hours_text),
    ("  jumps, delays", "motion_s", _hours_text),
    ("  waiting", "wait_s", _hours_text),
    ("  cooling", "cooling_s", _hours_text),
    ("powder used up", "powder_g", mass_text),
    ("energy", "energy_kwh", _energy_text),
    ("gas", "gas_m3", _gas_text),
    ("cost", "cost_eur", _money_text),
)
_PER_SET: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("time", "time_s", _hours_text),
    ("cost", "cost_eur", _money_text),
)


def _sweep_table(comparison: Comparison, candidates: Sequence[Candidate], unit: str) -> Table:
    """One line per quantity."""
    columns = [unit + "s"]
    for one in candidates:
        columns += [f"{_short_name(one, comparison)}\njobs", "\ntime each"]
        if "cost_eur" in one.rows[0].total:
            columns.append("\ncost each")
    rows = []
    for number, first in enumerate(candidates[0].rows):
        cells = [f"{first.quantity}"]
        for one in candidates:
            row = one.rows[number]
            cells += [f"{row.jobs}", duration_text(row.per_set["time_s"].value)]
            if "cost_eur" in row.total:
                cells.append(_money_text(row.per_set["cost_eur"].value))
        rows.append(cells)
    table = listing(f"By quantity; each: per {unit}", columns, rows)
    for column in table.columns if len(candidates) <= _UNFOLDED else ():
        column.no_wrap = True
    return table


def _break_even_lines(comparison: Comparison) -> list[str]:
    unit = _unit(comparison)
    return [_break_even_text(one, comparison, unit) for one in comparison.break_evens]


def _break_even_text(one: BreakEven, comparison: Comparison, unit: str) -> str:
    word = {"time_s": "faster", "cost_eur": "cheaper"}[one.figure]
    few, many = (comparison.candidates[i] for i in (one.first, one.then))
    others = {i for other in comparison.break_evens for i in (other.first, other.then)} | set(
        comparison.buildable
    )
    few_name, many_name = (_short_name(c, comparison) for c in (few, many))
    if one.quantity is None:
        against = " than each other" if len(others) > 2 else ""
        text = (
            f"no break-even: {few_name} is {word} per {unit}{against} for every quantity up to {one.horizon}"
        )
    elif one.is_clean:
        text = f"{few_name} is {word} per {unit} up to {one.quantity - 1}, {many_name} from {one.quantity} on"
    else:
        text = f"{many_name} is {word} per {unit} from {one.quantity} on; below, now the one, now the other"
    doubt = "" if one.is_certain else f" (at {comparison.quantities[-1]} the ranges overlap: not certain)"
    return text + doubt


def _short_name(candidate: Candidate, comparison: Comparison) -> str:
    """The machine's name, with more where it is there several times."""
    names = [one.machine.name for one in comparison.candidates]
    return candidate.label if names.count(candidate.machine.name) > 1 else candidate.machine.name


def _print_foundations(out: Console, candidates: Sequence[Candidate]) -> None:
    """What the times rest on most."""
    out.print()
    for one in candidates:
        strongest = ", ".join(
            f"{a.name} {a.value:.4g}{' ' + a.unit if a.unit else ''} {str(a.grade).replace('_', ' ')}"
            for a in one.assumptions[:_ASSUMPTIONS]
        )
        if strongest:
            text = f"  {one.label}: uncalibrated, the time rests on {strongest}"
            out.print(Text(text, style="dim"), soft_wrap=True)
        _print_notices(out, one.notices)


def _print_notices(out: Console, notices: Sequence[Notice]) -> None:
    for notice in notices:
        where = f"{printable(notice.where)}: " if notice.where else ""
        out.print(Text(f"  ! {where}{printable(notice.text)}   {notice.code}"), soft_wrap=True)
