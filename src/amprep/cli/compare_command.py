"""Options and help of ``amprep compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["compare_command"]


@guarded
def compare_command(  # noqa: PLR0917 (one argument per option)
    parts: Annotated[list[Path], typer.Argument(help="Part files; several are one set.", show_default=False)],
    machines: Annotated[
        list[str] | None,
        typer.Option(
            "--machine", "-m", help="m100, m400-4 or another; repeatable; default: all.", show_default=False
        ),
    ] = None,
    materials: Annotated[
        list[str] | None,
        typer.Option(
            "--material", "-M", help="Repeatable; default: the first machine's (316L).", show_default=False
        ),
    ] = None,
    layer_thicknesses: Annotated[
        list[str] | None,
        typer.Option(
            "--layer-thickness",
            help="Repeatable; each machine takes those that it has; default: its own.",
            show_default=False,
        ),
    ] = None,
    quantity: Annotated[str, typer.Option("--quantity", help="12, or 1,5,10, or 1..50.")] = "1",
    cost: Annotated[
        Path | None,
        typer.Option("--cost", help="A rates.toml; default: the shipped, assumed.", show_default=False),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="Of the files: mm, inch, m, cm, um or foot.", show_default=False),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Hatch every layer; slower.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The picture as .png, .svg, .pdf; the figures as .csv, .json.",
            show_default=False,
        ),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Of the picture: en, de, cs or pl.")] = "en",
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, help="Workers; default: all processors.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document, also for errors; no progress.")
    ] = False,
) -> None:
    """Compare machines: how many fit, jobs, time, powder, cost per part, and from which quantity which wins.

    amprep compare part.stl -m m100 -m m400-4 --quantity 1..50 -o compare.png
    """
    from amprep.cli.compare import CompareOptions, compare_files

    options = CompareOptions(
        machines=machines or [],
        materials=materials or [],
        layer_thicknesses=layer_thicknesses or [],
        quantity=quantity,
        cost=cost,
        unit=unit,
        workers=jobs,
        output=output,
        lang=lang,
        full=full,
        force=force,
        as_json=json,
    )
    compare_files(parts, options=options)
