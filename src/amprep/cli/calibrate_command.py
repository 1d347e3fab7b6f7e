"""Options and help of ``amprep calibrate``; the work is in modules that are loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["calibrate_command"]

_Logs = Annotated[
    list[Path],
    typer.Argument(metavar="LOG...", help="CSV files of measured layer or job times.", show_default=False),
]
_Machine = Annotated[
    str,
    typer.Option(
        "--machine", "-m", help="The machine whose times these are: id, alias or .toml.", show_default=False
    ),
]
_Material = Annotated[
    str | None,
    typer.Option(
        "--material", "-M", help="Id, alias or .toml; default: the machine's (316L).", show_default=False
    ),
]
_Thickness = Annotated[
    str | None,
    typer.Option("--layer-thickness", help="As for slice; default: that of the jobs.", show_default=False),
]
_Process = Annotated[
    str | None,
    typer.Option(
        "--process",
        "-p",
        help="Id or .toml of the parameter set; default: that of the jobs.",
        show_default=False,
    ),
]
_Decimal = Annotated[
    str | None,
    typer.Option("--decimal", help="point or comma; default: found out.", show_default=False),
]
_Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Machine profile to write; without it none is.", show_default=False),
]


@guarded
def calibrate_command(  # noqa: PLR0917
    logs: _Logs,
    machine: _Machine,
    material: _Material = None,
    layer_thickness: _Thickness = None,
    process: _Process = None,
    decimal: _Decimal = None,
    output: _Output = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document, also for errors; no progress.")
    ] = False,
) -> None:
    """Fit recoating, turn and jump times and delays to the times that a machine took.

    amprep calibrate log.csv -m m400-4 -M 316l -o my-m400-4.toml
    """
    from amprep.cli.calibrate import CalibrateOptions, calibrate_logs

    options = CalibrateOptions(
        machine=machine,
        material=material,
        layer_thickness=layer_thickness,
        process=process,
        decimal=decimal,
        output=output,
        force=force,
        as_json=json,
    )
    calibrate_logs(logs, options=options)
