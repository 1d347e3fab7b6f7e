"""Options and help of ``amprep compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["compare_command"]


_Parts = Annotated[list[Path], typer.Argument(help="Part files; several are one set.", show_default=False)]
_Machines = Annotated[
    list[str] | None,
    typer.Option(
        "--machine", "-m", help="m100, m400-4 or another; repeatable; default: all.", show_default=False
    ),
]
_Materials = Annotated[
    list[str] | None,
    typer.Option(
        "--material", "-M", help="Repeatable; default: the first machine's (316L).", show_default=False
    ),
]
_Thicknesses = Annotated[
    list[str] | None,
    typer.Option(
        "--layer-thickness",
        help="Repeatable; each machine takes those that it has; default: its own.",
        show_default=False,
    ),
]
_Processes = Annotated[
    list[str] | None,
    typer.Option(
        "--process",
        "-p",
        help="Id or file, repeatable; for the machine and material it is made for; see amprep machines show.",
        show_default=False,
    ),
]
_Quantity = Annotated[str, typer.Option("--quantity", help="12, or 1,5,10, or 1..50.")]
_Cost = Annotated[
    Path | None,
    typer.Option("--cost", help="A rates.toml; default: the shipped, assumed.", show_default=False),
]
_Unit = Annotated[
    str | None,
    typer.Option("--unit", help="Of the files: mm, inch, m, cm, um or foot.", show_default=False),
]
_Full = Annotated[bool, typer.Option("--full", help="Hatch every layer; slower.")]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="The picture as .png, .svg, .pdf; the figures as .csv, .json.",
        show_default=False,
    ),
]
_Lang = Annotated[str, typer.Option("--lang", help="Of the picture: en, de, cs or pl.")]
_Jobs = Annotated[
    int | None,
    typer.Option("-j", "--jobs", min=1, help="Workers; default: all processors.", show_default=False),
]
_Force = Annotated[bool, typer.Option("--force", help="Replace the output file.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, also for errors; no progress.")]


@guarded
def compare_command(  # noqa: PLR0917 (one argument per option)
    parts: _Parts,
    machines: _Machines = None,
    materials: _Materials = None,
    layer_thicknesses: _Thicknesses = None,
    processes: _Processes = None,
    quantity: _Quantity = "1",
    cost: _Cost = None,
    unit: _Unit = None,
    full: _Full = False,
    output: _Output = None,
    lang: _Lang = "en",
    jobs: _Jobs = None,
    force: _Force = False,
    json: _Json = False,
) -> None:
    """Compare machines: how many fit, jobs, time, powder, cost per part, and from which quantity which wins.

    amprep compare part.stl -m m100 -m m400-4 --quantity 1..50 -o compare.png
    """
    from amprep.cli.compare import CompareOptions, compare_files

    options = CompareOptions(
        machines=machines or [],
        materials=materials or [],
        layer_thicknesses=layer_thicknesses or [],
        processes=processes or [],
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
