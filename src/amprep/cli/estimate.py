"""``amprep estimate``: parts, a job file or a job folder; time, powder, energy, gas and cost."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.cli.display import Display
from amprep.cli.estimate_method import Made, deviation_pct, how_text, remarks_if_far_off
from amprep.cli.lengths import parse_length_mm
from amprep.cli.settings import parameters_of
from amprep.errors import (
    AmprepError,
    FileContentError,
    MeshError,
    OutputError,
    UsageError,
    as_argument,
    did_you_mean,
)

if TYPE_CHECKING:
    from amprep.engines import Engine
    from amprep.model.cost import Cost, Rates
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.notice import Notice

__all__ = ["SCHEMA", "EstimateOptions", "estimate_files"]

SCHEMA = "amprep.estimate/1"

_STDOUT = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateOptions:
    """Options of the command."""

    machine: str | None = None
    material: str | None = None
    layer_thickness: str | None = None
    process: str | None = None
    settings: Sequence[str] = ()
    unit: str | None = None
    quick: bool = False
    cost: Path | None = None
    unpacking: bool = False
    per_layer: Path | None = None
    workers: int | None = None
    force: bool = False
    as_json: bool = False


def estimate_files(paths: Sequence[Path], options: EstimateOptions) -> None:
    """Estimate parts on one platform, or one job.

    Raises
    ------
    UsageError
        E104 for options that do not go together.
    FileContentError
        E301, E302 for a job or rates that cannot be used.
    OutputError
        E501 when the table exists, E502 when it cannot be written.

    """
    try:
        _estimate(paths, options)
    except AmprepError as error:
        # As it is told where a job would have been written.
        error.why = error.why.removesuffix("Nothing was written.").rstrip()
        raise


def _estimate(paths: Sequence[Path], options: EstimateOptions) -> None:
    _check_table(options)
    is_job = any(path.is_dir() or path.suffix.lower() == ".toml" for path in paths)
    if is_job:
        _require_plain_job(paths, options)
    elif options.machine is None:
        _require_there(paths)
        raise UsageError(
            "no machine is named",
            code="E104",
            where="--machine",
            fix=f"amprep estimate {as_argument(paths[0])} --machine m400-4; amprep machines list names all",
        )
    rates = _rates(options.cost)
    prints_table = options.per_layer == _STDOUT
    display = Display(quiet=options.as_json or prints_table)
    folder = paths[0] if is_job and paths[0].is_dir() else None
    try:
        job = _job_of(paths[0], options, display) if is_job else _job_of_parts(paths, options, display)
    except AmprepError as error:
        if folder is None or not (folder / "job.toml").is_file():
            raise
        _require_summary_will_do(error, options)
        _tell_stored(folder, error, display, options)
        return
    rates = _required_rates(job, rates)
    display.head(job)
    if any(notice.code == "W467" for notice in job.notices):
        folder = None  # its vectors are those of the other machine
    made = _estimated(job, folder, display, options)
    cost = None
    if rates is not None:
        cost = _cost(job, made.estimate, rates)
        made = replace(made, notices=(*made.notices, *_rate_notices(job, rates)))
    _write_table(made.estimate, options)
    if options.as_json:
        _print(_document(made, cost))
    elif not prints_table:
        display.estimate(
            made.job, made.estimate, made.notices, how=how_text(made), cost=cost, unpacking=options.unpacking
        )
        if options.per_layer is not None:
            display.wrote(options.per_layer)


def _require_there(paths: Sequence[Path]) -> None:
    """Refuse a name that is not there, before it is asked what to do with it."""
    for path in paths:
        if not path.exists():
            near: list[str] = []
            with contextlib.suppress(OSError):
                near = [entry.name for entry in path.parent.iterdir()]
            raise MeshError(
                f"there is no such file or folder.{did_you_mean(path.name, near)}",
                code="E201",
                where=str(path),
                fix="check the name",
            )


def _require_summary_will_do(error: AmprepError, options: EstimateOptions) -> None:
    """Refuse what the stored figures cannot answer, with what stood in the way of more."""
    given = {
        "--quick": options.quick,
        "--cost": options.cost,
        "--per-layer": options.per_layer,
        "--machine": options.machine,
    }
    asked = [name for name, value in given.items() if value]
    if not asked:
        return
    if error.code == "E201":
        error.what = "the part is not there any more"
        error.why = (
            f"{' and '.join(asked)} need{'s' if len(asked) == 1 else ''} it; without, the figures of when "
            "the folder was written are told."
        )
        error.args = (error.what,)
    raise error


def _check_table(options: EstimateOptions) -> None:
    """Whether the table of layers may be written, before there is one."""
    path = options.per_layer
    if path is None:
        return
    if path == _STDOUT:
        if options.as_json:
            raise UsageError(
                "--json and --per-layer - both print", code="E104", where="--per-layer", fix="name a file"
            )
        return
    from amprep.output.layer_figures import LAYER_SUFFIXES

    if path.suffix.lower() not in LAYER_SUFFIXES:
        raise UsageError(
            f'"{path.name}" does not say which form the table has',
            code="E104",
            where="--per-layer",
            fix="a name that ends in .csv or .parquet, or - to print CSV",
        )
    if path.is_dir():
        raise OutputError("this is a folder", code="E502", where=str(path), fix="name a file")
    if path.exists() and not options.force:
        raise OutputError("the file exists", code="E501", where=str(path), fix="add --force to replace it")
    if not path.parent.is_dir():
        raise OutputError(
            f'there is no folder "{path.parent}"',
            code="E502",
            where=str(path),
            fix="make it, or name another",
        )
    if not os.access(path.parent, os.W_OK):
        raise OutputError(
            f'nothing may be written to the folder "{path.parent}"',
            code="E502",
            where=str(path),
            fix="name a file in another folder, or change its rights",
        )


def _require_plain_job(paths: Sequence[Path], options: EstimateOptions) -> None:
    """A job stands alone, and says all but the machine itself."""
    if len(paths) > 1:
        raise UsageError(
            "a job is estimated alone", code="E104", where=str(paths[0]), fix="one after the other"
        )
    given = {
        "--material": options.material,
        "--layer-thickness": options.layer_thickness,
        "--process": options.process,
        "--set": options.settings,
        "--unit": options.unit,
    }
    for name, value in given.items():
        if value:
            raise UsageError(
                "the job says this itself",
                code="E104",
                where=name,
                fix=f"leave {name} out, or change the job",
            )


def _rates(path: Path | None) -> Rates | None:
    if path is None:
        return None
    from amprep.profiles import find_rates

    return find_rates(path)


def _required_rates(job: Job, rates: Rates | None) -> Rates | None:
    """The rates, found fit for the job; the shipped ones where it asks for its cost."""
    if rates is None and job.cost is None:
        return None
    from amprep.estimation.cost import require_rates
    from amprep.profiles import find_rates

    rates = rates or find_rates()
    require_rates(job, rates)
    return rates


def _cost(job: Job, estimate: BuildEstimate, rates: Rates) -> Cost:
    from amprep.estimation.cost import cost_of

    return cost_of(job, estimate, rates)


def _rate_notices(job: Job, rates: Rates) -> list[Notice]:
    from amprep.estimation.cost import rate_notices

    return rate_notices(job, rates)


def _engine(options: EstimateOptions) -> Engine:
    from amprep.engines import engine_for

    return engine_for(options.workers)


def _job_of_parts(paths: Sequence[Path], options: EstimateOptions, display: Display) -> Job:
    from amprep.assembling import assemble

    thickness = options.layer_thickness
    parameters = parameters_of(options.settings)
    thickness_mm = None if thickness is None else parse_length_mm(thickness, option="--layer-thickness")
    _compile(paths, display, options)
    return assemble(
        paths,
        machine=options.machine or "",
        material=options.material,
        layer_thickness_mm=thickness_mm,
        process=options.process,
        unit=options.unit,
        parameters=parameters,
        on_step=display.step,
        engine=_engine(options),
    )


def _job_of(path: Path, options: EstimateOptions, display: Display) -> Job:
    """The job of a job file or of a job folder, perhaps with another machine's profile."""
    from amprep.assembling import assemble_job
    from amprep.output.changes import remarks_on_changes
    from amprep.profiles import is_path
    from amprep.reading.job_file import read_job_file

    if path.is_dir():
        if not (path / "job.toml").is_file():
            raise FileContentError(
                "this is no job folder: it has no job.toml",
                code="E302",
                where=str(path),
                fix="name part files, a job.toml, or a folder that amprep slice or run wrote",
            )
        path /= "job.toml"
    job_file = read_job_file(path)
    notices: list[Notice] = []
    if options.machine is not None:
        from amprep.other_machine import for_machine

        machine = options.machine
        machine = str(Path(machine).resolve()) if is_path(machine) else machine
        job_file, notices = for_machine(job_file, path.parent, machine)
    _compile([path.parent / part.file for part in job_file.parts], display, options)
    job = assemble_job(job_file, path.parent, on_step=display.step, engine=_engine(options))
    if options.machine is None:
        notices = remarks_on_changes(job, path.parent)
    return replace(job, notices=(*notices, *job.notices)) if notices else job


def _compile(files: Sequence[Path], display: Display, options: EstimateOptions) -> None:
    """Compile kernels before the first part is read, unless reading is bound to fail."""
    if any(file.is_file() for file in files):
        display.compile_kernels(quick=options.quick)


def _estimated(job: Job, folder: Path | None, display: Display, options: EstimateOptions) -> Made:
    began = time.perf_counter()
    full = None
    if folder is not None:
        from amprep.stored_jobs import estimate_stored

        display.step("stored")
        full = estimate_stored(folder, job)
    from amprep.estimation.powder import powder_remarks

    if options.quick:
        from amprep.quick import quick_estimate
        from amprep.quick_sample import hatched_sample

        began = time.perf_counter()
        estimate = quick_estimate(job, engine=_engine(options))
        seconds = time.perf_counter() - began
        sample = None if full is not None else hatched_sample(job, estimate)
        notices = (
            *job.notices,
            *powder_remarks(estimate.powder, job.layer_thickness_mm),
            *remarks_if_far_off(sample, estimate, full),
        )
        return Made(job, estimate, notices, "quick", seconds, sample, full)
    if full is not None:
        notices = (*job.notices, *powder_remarks(full.powder, job.layer_thickness_mm))
        return Made(job, full, notices, "stored vectors", time.perf_counter() - began)
    from amprep.building import of_hatching
    from amprep.pipeline import prepare

    with display.progress(job.layer_count) as on_layer:
        prepared = prepare(job, engine=_engine(options), on_layer=on_layer)
    seconds = time.perf_counter() - began
    found = of_hatching(job, prepared)
    return Made(job, prepared.estimate, prepared.notices, "hatched", seconds, of_hatching=found)


def _document(made: Made, cost: Cost | None) -> dict[str, Any]:
    from amprep.output.summary import summary

    document = summary(
        made.job,
        made.estimate,
        made.notices,
        lost_places=made.of_hatching[0],
        order_and_filters=made.of_hatching[1],
        cost=cost,
    )
    document |= {"schema": SCHEMA, "method": made.method, "took_s": round(made.seconds, 3)}
    if made.method == "stored vectors" and document["smoke"] is not None:
        # In the order of the folder; how it was before is not in it.
        unknown = ("conflict_s_before", "in_smoke_s_before", "exposure_s_before", "layers_reordered")
        document["smoke"] |= dict.fromkeys(unknown)
    if made.sample is not None:
        document["quick_beside_hatched"] = {
            "layers": [layer + 1 for layer in made.sample.layers],
            "quick_exposure_s": made.sample.quick_s,
            "hatched_exposure_s": made.sample.hatched_s,
            "deviation_pct": made.sample.deviation_pct,
        }
    if made.full is not None:
        document["quick_beside_stored"] = {
            "exposure_pct": deviation_pct(made.estimate.exposure_s.value, made.full.exposure_s.value),
            "total_pct": deviation_pct(made.estimate.total_s.value, made.full.total_s.value),
        }
    return document


def _tell_stored(folder: Path, error: AmprepError, display: Display, options: EstimateOptions) -> None:
    """The figures of when the folder was written, where its parts or profiles are not there any more."""
    from amprep.output.job_folder import damaged_folder
    from amprep.output.summary_reading import read_summary
    from amprep.stored_jobs import require_intact

    require_intact(folder)
    document = read_summary(folder)
    if "time_s" not in document:
        raise damaged_folder(folder, "summary.json holds no estimate") from error
    reason = f"the part {error.where} is not there any more" if error.code == "E201" else error.what
    if error.code == "E302":
        reason = f"the profile {error.where} cannot be read any more"
    document |= {"schema": SCHEMA, "method": "stored figures", "because": reason}
    if options.as_json:
        _print(document)
        return
    from amprep.cli.telling import sentence

    display.stored(document, folder, sentence(reason))


def _write_table(estimate: BuildEstimate, options: EstimateOptions) -> None:
    if options.per_layer is None:
        return
    from amprep.output.layer_figures import layer_columns, layer_csv, write_layer_figures

    if options.per_layer != _STDOUT:
        write_layer_figures(options.per_layer, estimate)
        return
    import sys

    text = layer_csv(layer_columns(estimate))
    with contextlib.suppress(AttributeError):
        # Line ends as they are, on every system.
        sys.stdout.reconfigure(newline="")  # type: ignore[union-attr]
    sys.stdout.write(text)
    sys.stdout.flush()


def _print(document: dict[str, Any]) -> None:
    import typer

    typer.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
