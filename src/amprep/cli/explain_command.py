"""Options and help of ``amprep explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["explain_command"]


@guarded
def explain_command(
    term: Annotated[
        list[str] | None,
        typer.Argument(
            help="A word in any of four languages, or a code such as E203; without, all are listed.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", help="pupil, trainee or engineer; default: all three.", show_default=False),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang", help="en, de, cs or pl; default: AMPREP_LANG, the locale.", show_default=False
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option("--run", help="A job folder: say what the term means in it.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the whole glossary as one .html.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --output.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document, also for errors; no progress.")
    ] = False,
) -> None:
    """Explain a term of metal 3D printing, also by its filament word, or a code: meaning, reason, what to do.

    amprep explain infill --level pupil --lang cs

    amprep explain E203
    """
    from amprep.cli.explain import explain, write_page

    if output is not None:
        write_page(output, term, level=level, lang=lang, force=force, as_json=json)
        return
    explain(" ".join(term or ()), level=level, lang=lang, run=run, as_json=json)
