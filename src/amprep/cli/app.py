"""The command line: options and help here, the work in modules that are loaded when a command runs."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.animate_command import animate_command
from amprep.cli.calibrate_command import calibrate_command
from amprep.cli.close_up import AROUND, SPAN
from amprep.cli.compare_command import compare_command
from amprep.cli.demo_command import demo_app
from amprep.cli.estimate_command import estimate_command
from amprep.cli.explain_command import explain_command
from amprep.cli.guard import JOB_FILES_ALONE, guarded
from amprep.cli.interruption import catch_interruptions
from amprep.cli.plot_command import plot_command
from amprep.cli.report_command import report_command
from amprep.cli.root import Commands, root, with_words
from amprep.cli.streams import guard_streams
from amprep.cli.view_command import view_command

__all__ = ["app", "main"]

app = typer.Typer(
    name="amprep",
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in half the time and survives every terminal
    help="Prepare jobs for metal powder bed fusion: fit, faults, scan vectors, build time, powder.",
    epilog="First job:  amprep slice part.stl --machine m400-4",
)
machines_app = typer.Typer(
    cls=Commands, no_args_is_help=True, help="Machine profiles: what amprep knows of them, and how well."
)
materials_app = typer.Typer(
    cls=Commands, no_args_is_help=True, help="Material profiles: densities, price, overhang angle."
)
app.add_typer(machines_app, name="machines", rich_help_panel="Profiles")
app.add_typer(materials_app, name="materials", rich_help_panel="Profiles")
app.add_typer(demo_app, name="demo", rich_help_panel="Look")

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, also for errors; no progress.")]
_Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder to write; default: NAME.amjob here.", show_default=False),
]
_Force = Annotated[bool, typer.Option("--force", help="Replace the output folder if it is a job.")]
_DryRun = Annotated[
    bool,
    typer.Option("--dry-run", "-n", help="Read, check and fit only; say what would be done, write nothing."),
]
_NoReport = Annotated[
    bool, typer.Option("--no-report", help="No pictures, no report: vectors and summary only.")
]
_Jobs = Annotated[
    int | None,
    typer.Option(
        "-j", "--jobs", min=1, help="Workers at a time; default: all processors.", show_default=False
    ),
]
_Machine = Annotated[
    str,
    typer.Option(
        "--machine", "-m", help="m100, m400-4, another id or alias, or a profile .toml.", show_default=False
    ),
]
_Material = Annotated[
    str | None,
    typer.Option(
        "--material",
        "-M",
        help="Id, alias or a profile .toml; default: the machine's (316L).",
        show_default=False,
    ),
]
_Thickness = Annotated[
    str | None,
    typer.Option(
        "--layer-thickness",
        help="40um, 0.04mm or 0.04 (mm); default: the material's on this machine.",
        show_default=False,
    ),
]
_Process = Annotated[
    str | None,
    typer.Option(
        "--process",
        "-p",
        help="Id or a profile .toml of a parameter set; default: by machine, material, layer thickness.",
        show_default=False,
    ),
]
_Unit = Annotated[
    str | None,
    typer.Option(
        "--unit",
        help="Unit of the files: mm, inch, m, cm, um or foot; default: their own, or mm.",
        show_default=False,
    ),
]
_Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="A parameter as in a job file: hatch.pattern=chess, upskin.layers=3; repeatable.",
        show_default=False,
    ),
]
_Strict = Annotated[bool, typer.Option("--strict", help="Refuse a mesh that needs any repair.")]
_FillHoles = Annotated[
    bool,
    typer.Option("--fill-holes/--no-fill-holes", help="Cover holes with triangles instead of refusing them."),
]
_CrackTolerance = Annotated[
    str | None,
    typer.Option(
        "--crack-tolerance",
        help="Cracks up to this width are closed: 5um unless said otherwise; 0 closes none.",
        show_default=False,
    ),
]
_Name = Annotated[str, typer.Argument(help="Id, alias, or path of a .toml file.", show_default=False)]


app.callback()(root)


@app.command("slice", rich_help_panel="Prepare")
@guarded
def slice_command(
    parts: Annotated[
        list[Path],
        typer.Argument(
            help="STL, 3MF, OBJ, PLY, OFF or STEP files; several are put side by side.", show_default=False
        ),
    ],
    machine: _Machine,
    material: _Material = None,
    layer_thickness: _Thickness = None,
    process: _Process = None,
    unit: _Unit = None,
    fill: Annotated[
        str,
        typer.Option("--fill", help="non-zero: bodies that overlap are merged; even-odd: they cancel."),
    ] = "non-zero",
    crack_tolerance: _CrackTolerance = None,
    fill_holes: _FillHoles = False,
    settings: _Settings = None,
    strict: _Strict = False,
    output: _Output = None,
    jobs: _Jobs = None,
    no_report: _NoReport = False,
    dry_run: _DryRun = False,
    force: _Force = False,
    json: _Json = False,
) -> None:
    """Do the whole way: read, check, fit, slice, hatch, estimate, write.

    amprep slice part.stl --machine m400-4
    """
    from amprep.cli.lengths import mending_of
    from amprep.cli.slice import SliceOptions, slice_files

    options = SliceOptions(
        output, jobs, no_report=no_report, dry_run=dry_run, force=force, as_json=json, strict=strict
    )
    slice_files(
        parts,
        machine=machine,
        material=material,
        layer_thickness=layer_thickness,
        process=process,
        unit=unit,
        fill=fill,
        mending=mending_of(crack_tolerance, fill_holes=fill_holes),
        settings=settings or [],
        options=options,
    )


@app.command("hatch", rich_help_panel="Prepare")
@guarded
def hatch_command(
    parts: Annotated[
        list[Path], typer.Argument(help="Part files, one job.toml, or a job folder.", show_default=False)
    ],
    machine: Annotated[
        str,
        typer.Option("--machine", "-m", help="Id, alias or a profile .toml; ignored for a job file."),
    ] = "m400-4",
    material: _Material = None,
    layer_thickness: _Thickness = None,
    process: _Process = None,
    unit: _Unit = None,
    layer_index: Annotated[
        int | None,
        typer.Option(
            "--layer-index", help="Number of the layer, from 1; default: the middle one.", show_default=False
        ),
    ] = None,
    z: Annotated[
        str | None,
        typer.Option("--z", help="The layer at this height: 16.48mm or 16.48.", show_default=False),
    ] = None,
    around: Annotated[str | None, typer.Option("--around", help=AROUND, show_default=False)] = None,
    span: Annotated[str | None, typer.Option("--span", help=SPAN, show_default=False)] = None,
    settings: _Settings = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Picture to write, .svg or .png; default: layer.svg, which is replaced.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    json: _Json = False,
) -> None:
    """Expose one layer at once and draw it, for playing with parameters.

    amprep hatch part.stl --z 12mm --set hatch.pattern=chess --set upskin.layers=3
    """
    from amprep.cli.hatch import HatchOptions, hatch_layer

    options = HatchOptions(
        machine=machine,
        material=material,
        layer_thickness=layer_thickness,
        process=process,
        unit=unit,
        layer=layer_index,
        z=z,
        around=around,
        span=span,
        settings=settings or [],
        output=output,
        force=force,
        as_json=json,
    )
    hatch_layer(parts, options=options)


@app.command("schema", rich_help_panel="Look")
@guarded
def schema_command(
    kind: Annotated[
        str,
        typer.Argument(
            help="job, process, machine, material, rates; or parameters, rates-page, glossary, to read.",
            show_default=False,
        ),
    ],
) -> None:
    """Print what a file may contain, as JSON Schema: units, limits, defaults and their sources.

    amprep schema job > amprep-job.schema.json
    """
    from amprep.cli.schema import print_schema

    print_schema(kind)


@app.command("repair", rich_help_panel="Prepare")
@guarded
def repair_command(
    part: Annotated[Path, typer.Argument(help="The file to mend.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Binary STL to write, in mm.", show_default=False)
    ],
    fill_holes: _FillHoles = False,
    crack_tolerance: _CrackTolerance = None,
    unit: _Unit = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    json: _Json = False,
) -> None:
    """Mend a mesh, say what was changed, and write it.

    amprep repair part.stl -o mended.stl --fill-holes
    """
    from amprep.cli.lengths import mending_of
    from amprep.cli.repair import repair_file

    mending = mending_of(crack_tolerance, fill_holes=fill_holes)
    repair_file(part, output, mending=mending, unit=unit, force=force, as_json=json)


@app.command("run", rich_help_panel="Prepare")
@guarded
def run_command(
    job_files: Annotated[
        list[Path],
        typer.Argument(
            metavar="JOB...", help="Job files or job folders; done one after the other.", show_default=False
        ),
    ],
    strict: _Strict = False,
    output: _Output = None,
    jobs: _Jobs = None,
    no_report: _NoReport = False,
    dry_run: _DryRun = False,
    force: _Force = False,
    json: _Json = False,
) -> None:
    """Build what a job file describes, in NAME.amjob here; a job folder again where it lies.

    amprep run plate.toml
    amprep run bracket.amjob --force
    """
    from amprep.cli.slice import SliceOptions, run_job_files

    JOB_FILES_ALONE.set(True)
    run_job_files(
        job_files,
        options=SliceOptions(
            output, jobs, no_report=no_report, dry_run=dry_run, force=force, as_json=json, strict=strict
        ),
    )


@app.command("info", rich_help_panel="Look")
@guarded
def info_command(
    files: Annotated[
        list[Path], typer.Argument(help="STL, 3MF, OBJ, PLY, OFF or STEP files.", show_default=False)
    ],
    unit: _Unit = None,
    json: _Json = False,
) -> None:
    """Say what files are: format, unit, size, triangles, shells, volume, and the machines they fit.

    amprep info part.stl
    """
    from amprep.cli.info import tell_about

    tell_about(files, unit=unit, as_json=json)


@app.command("check", rich_help_panel="Prepare")
@guarded
def check_command(
    parts: Annotated[list[Path], typer.Argument(help="Part files; all are checked.", show_default=False)],
    machine: Annotated[
        str | None,
        typer.Option(
            "--machine", "-m", help="Judge for this machine, its size included.", show_default=False
        ),
    ] = None,
    material: _Material = None,
    layer_thickness: _Thickness = None,
    unit: _Unit = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="Exit status 1 on error, or on warning as well.")
    ] = "error",
    output_format: Annotated[
        str, typer.Option("--format", "-f", help="text, json, sarif or github.")
    ] = "text",
    jobs: _Jobs = None,
    json: _Json = False,
) -> None:
    """Look for everything that keeps parts from being built as drawn; change nothing.

    amprep check part.stl --machine m400-4
    """
    from amprep.cli.check import check_files, json_or

    form = json_or(output_format) if json else output_format
    check_files(parts, machine, material, layer_thickness, unit, fail_on, form, jobs)


app.command("animate", rich_help_panel="Look")(animate_command)
app.command("compare", rich_help_panel="Look")(compare_command)
app.command("estimate", rich_help_panel="Look")(estimate_command)
app.command("explain", rich_help_panel="Look")(explain_command)
app.command("plot", rich_help_panel="Look")(plot_command)
app.command("view", rich_help_panel="Look")(view_command)
app.command("report", rich_help_panel="Look")(report_command)


@app.command("doctor", rich_help_panel="House")
@guarded
def doctor_command(
    warm: Annotated[
        bool, typer.Option("--warm", help="Compile the kernels of slicing now, not on the first run.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --warm: those of checking and mending as well.")
    ] = False,
) -> None:
    """Say what this installation consists of and whether its kernels are compiled."""
    from amprep.cli.doctor import examine

    examine(warm=warm, everything=everything)


@app.command("bench", rich_help_panel="House")
@guarded
def bench_command(
    quick: Annotated[bool, typer.Option("--quick", help="Small parts only: half a minute.")] = False,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="How often; the best time counts.")] = 3,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="A record of --json to set beside this one.", show_default=False),
    ] = None,
    fail_slower: Annotated[
        str | None,
        typer.Option(
            "--fail-slower",
            help="With --compare: exit status 1 when a step is more than so many % slower; below 1 ms counts"
            " as 1 ms.",
            show_default=False,
        ),
    ] = None,
    json: _Json = False,
) -> None:
    """Measure how long the steps of a job take on this machine.

    amprep bench --quick --json > old.json
    """
    from amprep.cli.bench import bench

    bench(quick=quick, rounds=rounds, compare_with=compare, fail_slower=fail_slower, as_json=json)


app.command("calibrate", rich_help_panel="Profiles")(calibrate_command)


@machines_app.command("list")
@guarded
def machines_list(json: _Json = False) -> None:
    """List the machines with build volume, lasers, and the layers each material is built with."""
    from amprep.cli.machines import list_command

    list_command(json=json)


@machines_app.command("show")
@guarded
def machines_show(name: _Name, json: _Json = False) -> None:
    """Show all values of a machine with unit, range, grade and source, and its processes."""
    from amprep.cli.machines import show_command

    show_command(name, json=json)


@materials_app.command("list")
@guarded
def materials_list(json: _Json = False) -> None:
    """List the materials with density and the machines that have a process for them."""
    from amprep.cli.materials import list_command

    list_command(json=json)


@materials_app.command("show")
@guarded
def materials_show(name: _Name, json: _Json = False) -> None:
    """Show all values of a material with unit, range, grade and source, and its processes."""
    from amprep.cli.materials import show_command

    show_command(name, json=json)


def main() -> None:
    """Entry point of the ``amprep`` command."""
    guard_streams()
    catch_interruptions()
    # Modules being loaded make many objects and hardly any garbage.
    gc.set_threshold(100_000, 20, 20)
    # A shell that completes a line gives its words elsewhere.
    is_completing = any(name.startswith("_") and name.endswith("_COMPLETE") for name in os.environ)
    (app if is_completing else with_words(app, sys.argv[1:]))()
