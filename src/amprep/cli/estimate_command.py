"""Options and help of ``amprep estimate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["estimate_command"]


_Machine = Annotated[
    str | None,
    typer.Option(
        "--machine",
        "-m",
        help="m100, m400-4 or a profile .toml; with a job: in place of its machine.",
        show_default=False,
    ),
]
_Material = Annotated[
    str | None,
    typer.Option("--material", "-M", help="Id or profile; default: the machine's.", show_default=False),
]
_Thickness = Annotated[
    str | None, typer.Option("--layer-thickness", help="40um, 0.04mm or 0.04 (mm).", show_default=False)
]
_Process = Annotated[
    str | None,
    typer.Option("--process", "-p", help="Id or a profile .toml of a parameter set.", show_default=False),
]
_Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="A parameter: hatch.pattern=chess; repeatable.", show_default=False),
]
_Unpacking = Annotated[bool, typer.Option("--unpacking", help="Count unpacking into the job time.")]
_Unit = Annotated[str | None, typer.Option("--unit", help="mm, inch, m, cm, um or foot.", show_default=False)]


@guarded
def estimate_command(  # noqa: PLR0917 (one argument per option)
    parts: Annotated[
        list[Path],
        typer.Argument(help="Part files; or one job.toml, or one job folder (.amjob).", show_default=False),
    ],
    machine: _Machine = None,
    material: _Material = None,
    layer_thickness: _Thickness = None,
    process: _Process = None,
    settings: _Settings = None,
    unit: _Unit = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="In seconds: without hatching, but for a few layers to compare.")
    ] = False,
    cost: Annotated[
        Path | None,
        typer.Option("--cost", help="Rates to reckon the cost with: a rates.toml.", show_default=False),
    ] = None,
    unpacking: _Unpacking = False,
    per_layer: Annotated[
        Path | None,
        typer.Option(
            "--per-layer", help="Table to write, .csv or .parquet; - prints CSV.", show_default=False
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, help="Workers at a time.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the table of --per-layer.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say how long a job takes, what powder, energy and gas it uses, and what it costs; build nothing.

    amprep estimate part.stl --machine m400-4 --quick
    """
    from amprep.cli.estimate import EstimateOptions, estimate_files

    estimate_files(
        parts,
        EstimateOptions(
            machine=machine,
            material=material,
            layer_thickness=layer_thickness,
            process=process,
            settings=settings or [],
            unit=unit,
            quick=quick,
            cost=cost,
            unpacking=unpacking,
            per_layer=per_layer,
            workers=jobs,
            force=force,
            as_json=json,
        ),
    )
