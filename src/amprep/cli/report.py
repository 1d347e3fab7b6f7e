"""``amprep report``: one page of a finished job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["ReportOptions", "make_report"]


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

    from amprep.cli.view import parse_budget_bytes
    from amprep.cli.words import figure, say
    from amprep.errors import printable
    from amprep.languages import checked_language, surrounding_language, terminal_language
    from amprep.output.job_folder import require_page
    from amprep.report.writing import REPORT, write_report
    from amprep.runs import open_run
    from amprep.viewer.words import note

    lang = checked_language(options.lang or surrounding_language())
    budget = parse_budget_bytes(options.budget)
    run = open_run(folder)
    path = options.output or folder / REPORT
    # What nobody named is ours, and made again from the data.
    require_page(folder, path, name=REPORT, force=options.force or options.output is None)
    thinning = write_report(run, path, lang=lang, budget_bytes=budget)
    size = figure(path.stat().st_size / 1e6, ".1f")
    typer.echo(say("wrote_page", path=printable(path.as_posix()), size=size))
    left_out = note(thinning, layers_of_job=run.layer_count, lang=terminal_language())
    if left_out:
        typer.echo(f"  {left_out}")
