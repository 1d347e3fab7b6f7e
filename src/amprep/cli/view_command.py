"""Options and help of ``amprep view``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["view_command"]


@guarded
def view_command(
    run: Annotated[Path, typer.Argument(help="Job folder (.amjob).", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="HTML file to write; default: view.html in the folder.", show_default=False
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            help="Language to begin with: en, de, cs or pl; default: AMPREP_LANG, the locale.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        str,
        typer.Option("--budget", help="Size of the layers; of more, every n-th hatch line is shown."),
    ] = "25MB",
    layers: Annotated[
        str | None, typer.Option("--layers", help="First and last layer, as 1:50.", show_default=False)
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Write the file only.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --output.")] = False,
) -> None:
    """Write the layers of a job as one HTML file to look at, without a network, and open it.

    amprep view bracket.amjob
    """
    from amprep.cli.view import view_run

    view_run(run, output=output, lang=lang, budget=budget, layers=layers, opens=not no_open, force=force)
