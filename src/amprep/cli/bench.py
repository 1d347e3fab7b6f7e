"""``amprep bench``: seconds per step, alone or beside an earlier record."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amprep.benchmark_records import ComparedStep, compare, machine_differs, read_record
from amprep.cli.words import figure, many, say
from amprep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bench", "parse_percent"]

_SLOWER = 1


def bench(
    *, quick: bool, rounds: int, compare_with: Path | None, fail_slower: str | None, as_json: bool
) -> None:
    """Measure, print, and compare where an earlier record is given.

    Raises
    ------
    UsageError
        E104 when the limit is no percentage, or stands without a record to compare with.
    FileContentError
        E301 or E302 when the earlier record is none.
    typer.Exit
        Status 1 when a step is slower than the limit allows.

    """
    limit_pct = None if fail_slower is None else parse_percent(fail_slower, option="--fail-slower")
    if limit_pct is not None and compare_with is None:
        raise UsageError(
            "--fail-slower needs a record to compare with",
            code="E104",
            where="--fail-slower",
            fix="amprep bench --compare old.json --fail-slower 20",
        )
    old = read_record(compare_with) if compare_with else None
    new = _measured(quick=quick, rounds=rounds)
    steps = compare(old, new, fail_slower_pct=limit_pct) if old else []
    slower = [step.key for step in steps if step.slower]
    if as_json:
        if old:
            new["comparison"] = {
                "against": str(compare_with),
                "limit_pct": limit_pct,
                "machine_differs": machine_differs(old, new),
                "steps": [step.as_dict() for step in steps],
                "slower": slower,
            }
        typer.echo(json.dumps(new, ensure_ascii=False, indent=1))
    else:
        typer.echo(_head_text(new))
        typer.echo(_comparison_text(steps, old, new) if old else _seconds_text(new))
    if slower:
        typer.echo(say("steps_are_slower", limit=figure(limit_pct or 0.0), steps=", ".join(slower)), err=True)
        raise typer.Exit(_SLOWER)


def parse_percent(text: str, *, option: str) -> float:
    """``20`` or ``20%`` as 20.0.

    Raises
    ------
    UsageError
        E104 when it is no number from 0 up.

    """
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = float("nan")
    if not 0.0 <= value < float("inf"):
        raise UsageError(
            f'"{text}" is no percentage', code="E104", where=option, fix=f"for instance {option} 20"
        )
    return value


def _measured(*, quick: bool, rounds: int) -> dict[str, Any]:
    from amprep.benchmarking import measure, record, steps
    from amprep.cli.compilation import compile_kernels

    compile_kernels(lambda line: typer.echo(line, err=True))
    with tempfile.TemporaryDirectory(prefix="amprep-bench-") as folder:
        if not quick:
            _show(say("generating_parts"))
        chosen = steps(Path(folder), quick=quick)
        measure(
            chosen,
            rounds=rounds,
            on_step=lambda done, total: _show(say("step_of", done=str(done), total=str(total))),
        )
        _show("")
        return record(chosen, quick=quick, rounds=rounds)


def _show(text: str) -> None:
    """Progress on one line of a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        typer.echo(f"\r{text:<40}" if text else f"\r{'':<40}\r", err=True, nl=False)


def _head_text(new: dict[str, Any]) -> str:
    machine = new["machine"]
    return (
        f"amprep {new['amprep']} · Python {new['python']} · {machine['processor']}, "
        f"{many('count_of_processors', machine['processors'])} · {many('best_of_rounds', new['rounds'])}\n"
    )


def _seconds_text(new: dict[str, Any]) -> str:
    width = max(map(len, new["seconds"]))
    lines = [f"{say('bench_step'):<{width}}  {say('bench_best'):>10}  {say('bench_median'):>10}"]
    for key, entry in new["seconds"].items():
        lines.append(f"{key:<{width}}  {_time_text(entry['best']):>10}  {_time_text(entry['median']):>10}")
    return "\n".join(lines)


def _comparison_text(steps: Sequence[ComparedStep], old: dict[str, Any], new: dict[str, Any]) -> str:
    width = max((len(step.key) for step in steps), default=4)
    lines = []
    if machine_differs(old, new):
        lines.append(say("record_differs") + "\n")
    head = f"{say('bench_before'):>10}  {say('bench_now'):>10}  {say('bench_ratio')}"
    lines.append(f"{say('bench_step'):<{width}}  {head}")
    for step in steps:
        mark = f"  {say('bench_slower')}" if step.slower else ""
        times = f"{_time_text(step.old_s):>10}  {_time_text(step.new_s):>10}"
        lines.append(f"{step.key:<{width}}  {times}  {figure(step.ratio, '10.2f')}{mark}")
    missing = sorted(set(old["seconds"]) ^ set(new["seconds"]))
    if missing:
        lines.append(say("only_in_one_record", steps=", ".join(missing)))
    return "\n".join(lines)


def _time_text(seconds: float) -> str:
    if seconds >= 1.0:
        return f"{figure(seconds, '.2f')} s"
    return f"{figure(1e3 * seconds, '.2f')} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.0f} µs"
