"""``amprep slice`` and ``amprep run``: assemble, prepare, write, tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.cli.display import Display
from amprep.cli.guard import attempted
from amprep.cli.lengths import parse_length_mm
from amprep.cli.settings import parameters_of
from amprep.errors import AmprepError, FileContentError, UsageError, as_argument
from amprep.reading.recognise import part_stem

if TYPE_CHECKING:
    from amprep.model.job import Job
    from amprep.model.mending import Mending
    from amprep.pipeline import Prepared

__all__ = ["SliceOptions", "run_job_files", "slice_files"]


@dataclass(frozen=True, slots=True)
class SliceOptions:
    """Options that `slice` and `run` share."""

    output: Path | None
    workers: int | None
    _: KW_ONLY
    no_report: bool = False
    dry_run: bool = False
    force: bool = False
    as_json: bool = False
    strict: bool = False


def slice_files(
    files: Sequence[Path],
    *,
    machine: str,
    material: str | None,
    layer_thickness: str | None,
    process: str | None,
    unit: str | None,
    fill: str,
    mending: Mending,
    settings: Sequence[str],
    options: SliceOptions,
) -> None:
    """Prepare parts side by side on one platform."""
    thickness = None
    if layer_thickness is not None:
        thickness = parse_length_mm(layer_thickness, option="--layer-thickness")
    if fill not in {"non-zero", "even-odd"}:
        raise UsageError(f'"{fill}" is no fill rule', code="E104", where="--fill", fix="non-zero or even-odd")
    parameters = parameters_of(settings)
    output = options.output or Path(f"{part_stem(files[0])}.amjob")
    _hint_at_other_command(files, ".toml", "this is a job file or a profile", "amprep run")
    _refuse_job_folders(files)

    def make(on_step: Callable[[str], None]) -> Job:
        from amprep.assembling import assemble
        from amprep.engines import engine_for

        return assemble(
            files,
            machine=machine,
            material=material,
            layer_thickness_mm=thickness,
            process=process,
            unit=unit,
            fill=fill,  # type: ignore[arg-type]
            mending=mending,
            parameters=parameters,
            strict=options.strict,
            on_step=on_step,
            engine=engine_for(options.workers),
        )

    _do(make, output, options, files)


def run_job_files(paths: Sequence[Path], *, options: SliceOptions) -> None:
    """Prepare one job file after the other; each is tried, the first fault decides the exit status."""
    if options.output is not None and len(paths) > 1:
        raise UsageError(
            "--output names one folder, but there are several job files",
            code="E104",
            where="--output",
            fix="run them one by one, or leave --output out",
        )
    if options.as_json and len(paths) > 1:
        raise UsageError(
            "--json prints one document, but there are several job files",
            code="E104",
            where="--json",
            fix="run them one by one",
        )
    _hint_at_other_command(paths, ".stl", "this is a part, no job file", "amprep slice --machine m400-4")
    failed: list[AmprepError] = []
    for path in paths:
        error = attempted(partial(_run_job_file, path, options))
        if error is None:
            continue
        if failed:
            import typer

            from amprep.cli.telling import error_text

            typer.echo(error_text(failed[-1]), err=True)
        if len(paths) > 1:
            error.where = error.where or str(path)
        failed.append(error)
    if failed:
        # All but the last were told; the exit status is that of the first.
        failed[-1].exit_status = failed[0].exit_status
        raise failed[-1]


def _run_job_file(path: Path, options: SliceOptions) -> None:
    from amprep.assembling import assemble_job
    from amprep.engines import engine_for
    from amprep.output.changes import remarks_on_changes
    from amprep.reading.job_file import read_job_file

    own_folder = None
    if path.is_dir() and (path / "job.toml").is_file():
        # Where a link leads to, not the link: from there the places of the parts are told.
        path = path.resolve() if path.is_symlink() else path
        # A job folder is made again where it lies, whatever its job is called; not the one that we stand in.
        if (path / "job.json").is_file() and path.name not in {"", ".."}:
            own_folder = path
        path /= "job.toml"
    job_file = read_job_file(path)
    name = job_file.name or part_stem(Path(job_file.parts[0].file))
    output = options.output or own_folder or Path(f"{_file_name(name)}.amjob")
    inputs = [path.parent / part.file for part in job_file.parts]
    engine = engine_for(options.workers)

    def make(on_step: Callable[[str], None]) -> Job:
        job = assemble_job(job_file, path.parent, strict=options.strict, on_step=on_step, engine=engine)
        return replace(job, notices=(*job.notices, *remarks_on_changes(job, path.parent)))

    _do(make, output, options, inputs)


def _file_name(name: str) -> str:
    """A job's name as a file name that every system takes."""
    cleaned = "".join("_" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in name).strip(" .")
    return cleaned or "job"


def _hint_at_other_command(paths: Sequence[Path], suffix: str, what: str, command: str) -> None:
    for path in paths:
        if path.suffix.lower() == suffix and path.is_file():
            raise FileContentError(what, code="E302", where=str(path), fix=f"{command} {as_argument(path)}")


def _refuse_job_folders(paths: Sequence[Path]) -> None:
    """E302 for a job in place of a part, before its folder is taken for the one to be written."""
    for path in paths:
        if (path / "job.json").is_file():
            fix = f"amprep run {as_argument(path)} --force makes it again"
            raise FileContentError("this is a job folder, no part", code="E302", where=str(path), fix=fix)


def _check_output(output: Path, options: SliceOptions, inputs: Sequence[Path] = ()) -> None:
    if not options.dry_run:
        from amprep.output.job_folder import require_writable

        require_writable(output, force=options.force, inputs=inputs)


def _step(step: str, display: Display, inputs: Sequence[Path]) -> None:
    """Tell what comes next; before the first part is read, compile, unless reading is bound to fail."""
    if step == "read" and any(path.is_file() for path in inputs):
        display.compile_kernels()
    display.step(step)


def _do(
    make: Callable[[Callable[[str], None]], Job],
    output: Path,
    options: SliceOptions,
    inputs: Sequence[Path],
) -> None:
    display = Display(quiet=options.as_json)
    timing: dict[str, float] = {}
    began = time.perf_counter()
    _check_output(output, options, inputs)
    job = make(lambda step: _step(step, display, inputs))
    if job.cost is not None:
        from amprep.estimation.cost import require_rates
        from amprep.profiles import find_rates

        require_rates(job, find_rates())
    timing["read"] = time.perf_counter() - began - display.compiling_s
    if options.dry_run:
        display.head(job)
        display.read(job, timing["read"])
        _tell_dry_run(job, output, display, options)
        return
    _check_output(output, options, _files_of(job))
    display.head(job)
    display.read(job, timing["read"])
    from amprep.building import cost_with_shipped_rates, summary_document

    prepared, outputs = _prepare_and_write(job, output, options, display, timing)
    document = summary_document(job, prepared, outputs, timing)
    if options.as_json:
        _print_json(document)
        return
    display.result(
        job, prepared, document, output, timing, cost=cost_with_shipped_rates(job, prepared.estimate)
    )


def _tell_dry_run(job: Job, output: Path, display: Display, options: SliceOptions) -> None:
    if options.as_json:
        _print_json(
            {
                "schema": "amprep.plan/1",
                "ok": True,
                "machine": job.machine.id,
                "material": job.material.id,
                "process": job.process.id,
                "layer_thickness_mm": job.layer_thickness_mm,
                "layers": job.layer_count,
                "parts": [
                    {
                        "name": part.name,
                        "size_mm": list(part.report.size_mm),
                        "position_mm": list(part.position_mm),
                    }
                    for part in job.parts
                ],
                "warnings": [notice.as_dict() for notice in job.notices],
                "would_write": output.as_posix(),
            }
        )
        return
    display.plan(job, output)


def _prepare_and_write(
    job: Job, output: Path, options: SliceOptions, display: Display, timing: dict[str, float]
) -> tuple[Prepared, list[str]]:
    from contextlib import ExitStack

    from amprep.building import write_job

    with ExitStack() as bar:
        on_layer = bar.enter_context(display.progress(job.layer_count))
        began = time.perf_counter()

        def add(folder: Path, prepared: Prepared) -> list[str]:
            timing["layers"] = time.perf_counter() - began
            bar.close()
            return (
                [] if options.no_report else _draw_pictures(folder, job, prepared, options, display, timing)
            )

        def finish(folder: Path) -> None:
            if not options.no_report:
                _write_report(folder, options, display, timing)

        return write_job(
            job,
            output,
            workers=options.workers,
            force=options.force,
            on_layer=on_layer,
            add=add,
            finish=finish,
        )


def _draw_pictures(
    folder: Path,
    job: Job,
    prepared: Prepared,
    options: SliceOptions,
    display: Display,
    timing: dict[str, float],
) -> list[str]:
    """Draw the pictures that every job gets; returns what will lie in the folder beside the job."""
    began = time.perf_counter()
    display.step("pictures")
    from amprep.cli.plots import write_pictures
    from amprep.engines import engine_for
    from amprep.languages import surrounding_language
    from amprep.report.writing import REPORT

    engine = engine_for(options.workers)
    names = [*write_pictures(folder, job, prepared, engine=engine, lang=surrounding_language()), REPORT]
    timing["pictures"] = time.perf_counter() - began
    return names


def _write_report(folder: Path, options: SliceOptions, display: Display, timing: dict[str, float]) -> None:
    """One page of all that lies in the folder, which is not at its place yet."""
    from amprep.engines import engine_for
    from amprep.languages import surrounding_language
    from amprep.report.writing import REPORT, write_report
    from amprep.runs import open_run

    began = time.perf_counter()
    display.step("report")
    engine = engine_for(options.workers)
    lang = surrounding_language()
    write_report(open_run(folder), folder / REPORT, lang=lang, draw=False, engine=engine)
    timing["report"] = time.perf_counter() - began


def _files_of(job: Job) -> list[Path]:
    """What the job reads, so that none of it is deleted."""
    from amprep.building import files_of

    return files_of(job)


def _print_json(document: dict[str, Any]) -> None:
    import typer

    from amprep.building import as_json

    typer.echo(as_json(document))
