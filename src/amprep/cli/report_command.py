"""Options and help of ``amprep report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["report_command"]


@guarded
def report_command(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="The folder of a finished job.", show_default=False)
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Page to write; default: report.html in the folder.", show_default=False
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang", help="en, de, cs or pl; default: AMPREP_LANG, the locale.", show_default=False
        ),
    ] = None,
    budget: Annotated[
        str, typer.Option("--budget", help="What the page may take: 25MB; the layer viewer is thinned.")
    ] = "25MB",
    force: Annotated[bool, typer.Option("--force", help="Replace the page.")] = False,
) -> None:
    """Put all of a job on one page: time, powder, cost, pictures, warnings, area audit, layer viewer.

    amprep report bracket.amjob -o bracket.html --lang de
    """
    from amprep.cli.report import ReportOptions, make_report

    make_report(run, ReportOptions(output=output, lang=lang, budget=budget, force=force))
