"""``amprep check``: look for faults, tell them, and let the exit status say whether there are any."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from amprep.cli.lengths import parse_length_mm
from amprep.cli.telling import error_text, finding_in_words, sentence
from amprep.cli.words import count_text, figure, many, say
from amprep.errors import AmprepError, UsageError, did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

    from amprep.checking.finding import Finding, PartCheck
    from amprep.checking.limits import Limits

__all__ = ["FAIL_ON", "FORMATS", "check_files", "json_or"]

FORMATS = ("text", "json", "sarif", "github")
FAIL_ON = ("error", "warning")

_THE_ANSWER_IS_NO = 1


def check_files(  # noqa: PLR0917
    files: Sequence[Path],
    machine: str | None,
    material: str | None,
    layer_thickness: str | None,
    unit: str | None,
    fail_on: str,
    form: str,
    jobs: int | None,
) -> None:
    """Check all files, print what was found, and leave with the worst exit status."""
    _require_known(form, FORMATS, "--format")
    _require_known(fail_on, FAIL_ON, "--fail-on")
    thickness = None
    if layer_thickness is not None:
        thickness = parse_length_mm(layer_thickness, option="--layer-thickness")
    from amprep.checking.limits import limits_for
    from amprep.reading.units import millimetres_per_unit

    if unit is not None:
        millimetres_per_unit(unit)
    limits = limits_for(machine=machine, material=material, layer_thickness_mm=thickness)
    checks = _check_all(files, limits, unit, jobs, quiet=form != "text")
    _tell(checks, limits, form)
    status = max(_status(check, fail_on) for check in checks)
    if status:
        raise typer.Exit(status)


def json_or(form: str) -> str:
    """``json``, where no other format was asked for as well."""
    if form not in {"text", "json"}:
        raise UsageError(
            f"--json and --format {form} contradict each other",
            code="E104",
            where="--format",
            fix="leave one of them out",
        )
    return "json"


def _require_known(word: str, known: Sequence[str], option: str) -> None:
    if word not in known:
        raise UsageError(
            f'unknown value "{word}".{did_you_mean(word, known)}',
            code="E104",
            where=option,
            fix=f"one of {', '.join(known)}",
        )


def _check_all(
    files: Sequence[Path], limits: Limits, unit: str | None, jobs: int | None, *, quiet: bool
) -> list[PartCheck]:
    from rich.console import Console

    from amprep.checking.check import check_file
    from amprep.checking.finding import PartCheck
    from amprep.cli.guard import attempted
    from amprep.engines import engine_for

    err = Console(stderr=True, highlight=False, soft_wrap=True)
    if any(file.is_file() for file in files):
        from amprep.cli.compilation import compile_check_kernels, compile_kernels

        compile_kernels(err.print)
        compile_check_kernels(err.print)
    engine = engine_for(jobs)
    checks: list[PartCheck] = []
    for file in files:
        with _progress(err, file.name, quiet=quiet) as on_layer:
            found = attempted(partial(check_file, file, limits, unit=unit, engine=engine, on_layer=on_layer))
        if isinstance(found, AmprepError):
            found.where = found.where or str(file)
            checks.append(PartCheck(str(file), error=found))
        else:
            checks += found
    return checks


@contextmanager
def _progress(err: Console, name: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar over the layers on a terminal, one line elsewhere, nothing where a machine reads."""
    from amprep.errors import printable

    if quiet or not err.is_terminal:
        if not quiet:
            err.print(say("checking", name=printable(name)), markup=False)
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(f"  {say('bar_check')}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(say("bar_layers")),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
    with bar:
        task = bar.add_task("layers", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _status(check: PartCheck, fail_on: str) -> int:
    if check.error is not None:
        return check.error.exit_status
    levels = {"error"} if fail_on == "error" else {"error", "warning"}
    return _THE_ANSWER_IS_NO if any(finding.severity in levels for finding in check.findings) else 0


def _tell(checks: Sequence[PartCheck], limits: Limits, form: str) -> None:
    if form == "text":
        _tell_people(checks, limits)
    elif form == "github":
        from amprep.checking.annotations import annotation_lines

        for line in annotation_lines(checks):
            typer.echo(line)
    else:
        import json

        from amprep.checking.document import check_document
        from amprep.checking.sarif import sarif_document

        document = sarif_document(checks) if form == "sarif" else check_document(checks, limits)
        typer.echo(json.dumps(document, indent=1, ensure_ascii=form == "sarif", allow_nan=False))


def _tell_people(checks: Sequence[PartCheck], limits: Limits) -> None:
    from amprep.cli.consoles import ResultConsole

    out = ResultConsole(highlight=False, soft_wrap=True)
    given = "" if limits.machine_is_given else f" ({say('no_machine_given')})"
    judged = say(
        "judged_for",
        machine=limits.machine.name + given,
        material=limits.material.name,
        thickness=figure(limits.layer_thickness_mm * 1000),
    )
    out.print(judged, markup=False)
    for check in checks:
        out.print()
        if check.error is not None:
            typer.echo(error_text(check.error), err=True)
            continue
        _tell_part(out, check)


def _tell_part(out: Console, check: PartCheck) -> None:
    from amprep.checking.finding import Severity
    from amprep.cli.texts import escape, size_text, volume_text

    text = say(
        "checked_part",
        triangles=count_text(check.triangles),
        shells=many("shells", check.shells),
        size=size_text(check.size_mm),
        volume=say("open") if check.volume_mm3 is None else volume_text(check.volume_mm3),
        unit=check.unit + (f" ({say('grade_assumed')})" if check.unit_is_assumed else ""),
    )
    out.print(f"[bold]{escape(check.label)}[/bold]  {text}")
    for finding in check.findings:
        _tell_finding(out, finding)
    for left_out in check.not_examined:
        what, why = sentence(left_out.what), sentence(left_out.why)
        out.print(f"  [dim]{escape(say('not_examined', what=what, why=why))}[/dim]")
    counts = [
        many(f"count_of_{severity}s", check.count(severity))
        for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        if check.count(severity)
    ]
    if not counts and not check.not_examined:
        out.print(f"  [green]{_mark('✓', 'ok')}[/green] {say('nothing_found')}")
    elif counts:
        code = check.findings[-1].code
        out.print(f"  {', '.join(counts)}   [dim]amprep explain {code}[/dim]")


def _tell_finding(out: Console, finding: Finding) -> None:
    from amprep.cli.texts import escape

    looks = {"error": ("red", _mark("✗", "x")), "warning": ("yellow", "!"), "note": ("dim", "·")}
    colour, mark = looks[str(finding.severity)]
    severity, finding = say(f"severity_{finding.severity}"), finding_in_words(finding)
    out.print(f"  [{colour}]{mark}[/{colour}] {severity}[{finding.code}] ", end="", markup=True)
    out.print(finding.text, markup=False)
    if finding.why or finding.z_range_mm is not None:
        where = ""
        if finding.z_range_mm is not None:
            low, high = finding.z_range_mm
            where = f"z = {figure(low, '.4g')} … {figure(high, '.4g')} mm"
            if finding.layers is not None:
                first, last = finding.layers
                layers = say("layer_range", first=str(first), last=str(last))
                where += ", " + (say("layer", number=str(first)) if first == last else layers)
            where = f"{where}. " if finding.why else where
        out.print(f"      [dim]{escape(where + finding.why)}[/dim]")
    if finding.fix:
        out.print(f"      {escape(say('fix', fix=finding.fix))}")


def _mark(sign: str, plain: str) -> str:
    return sign if (sys.stdout.encoding or "").lower().startswith("utf") else plain
