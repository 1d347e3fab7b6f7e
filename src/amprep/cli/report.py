"""``amprep report``: one page of a finished job."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from amprep.errors import UsageError

__all__ = ["ReportOptions", "make_report", "parse_size_bytes"]

_SIZE = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(kb|mb|gb|b)?\s*\Z", re.IGNORECASE)
_BYTES_PER = {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Options of `report`."""

    output: Path | None
    lang: str | None
    budget: str
    force: bool


def make_report(folder: Path, options: ReportOptions) -> None:
    """Write the page and say where it is.

    Raises
    ------
    UsageError
        E104 for a language, a size or a name of the output that is not understood.
    FileContentError
        E302 when the folder is no finished job.
    OutputError
        E501, E502 or E504 when the page cannot be written there.

    """
    import typer

    from amprep.errors import printable
    from amprep.languages import checked_language, surrounding_language
    from amprep.report.writing import REPORT, require_place, write_report
    from amprep.runs import open_run

    lang = checked_language(options.lang or surrounding_language())
    budget = parse_size_bytes(options.budget, option="--budget")
    run = open_run(folder)
    path = options.output or folder / REPORT
    require_place(folder, path, force=options.force)
    thinned = write_report(run, path, lang=lang, budget_bytes=budget)
    typer.echo(f"Wrote {printable(path.as_posix())} ({path.stat().st_size / 1e6:.1f} MB)")
    if thinned:
        typer.echo(f"  {thinned}")


def parse_size_bytes(text: str, *, option: str) -> int:
    """A size such as ``25MB`` in bytes; a bare number is MB.

    Raises
    ------
    UsageError
        E104 for anything else, and for less than a page needs.

    """
    from amprep.report.writing import LEAST_BUDGET_BYTES

    match = _SIZE.match(text)
    if match is None:
        raise UsageError(f'"{text}" is no size', code="E104", where=option, fix="for instance 25MB")
    size = int(float(match[1]) * _BYTES_PER[(match[2] or "mb").lower()])
    if size < LEAST_BUDGET_BYTES:
        raise UsageError(
            f'"{text}" has no room for the pictures and contours of a job',
            code="E104",
            where=option,
            fix=f"{LEAST_BUDGET_BYTES / 1e6:g}MB or more",
        )
    return size
