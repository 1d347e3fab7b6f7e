"""A job to its folder: prepare all layers, and write what `amprep.runs.open_run` opens."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from amprep.model.cost import Cost
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.pipeline import Prepared
    from amprep.runs import Run

__all__ = [
    "as_json",
    "build",
    "cost_with_shipped_rates",
    "files_of",
    "job_record",
    "of_hatching",
    "summary_document",
    "write_job",
]


def build(
    job: Job,
    folder: str | os.PathLike[str],
    *,
    workers: int | None = None,
    force: bool = False,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
) -> Run:
    """Prepare a job and write its folder, as ``amprep slice`` does, without pictures; opens it.

    Parameters
    ----------
    job : Job
        From `amprep.assemble`.
    folder : str or path
        ``NAME.amjob``; appears whole or not at all.
    workers : int, optional
        Default: all processors; the vectors are the same for any number.
    force : bool
        Replace a job folder of this name.
    on_layer : callable
        Called with the number of layers done and of all.

    Raises
    ------
    OutputError
        E501 when the folder exists, E502 when it cannot be written.
    BuildError
        E408 when nothing of a part can be exposed.

    """
    from amprep.output.job_folder import require_writable
    from amprep.runs import open_run

    output = Path(folder)
    require_writable(output, force=force, inputs=files_of(job))
    write_job(job, output, workers=workers, force=force, on_layer=on_layer)
    return open_run(output)


def write_job(
    job: Job,
    output: Path,
    *,
    workers: int | None = None,
    force: bool = False,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
    add: Callable[[Path, Prepared], Sequence[str]] = lambda _folder, _prepared: (),
    finish: Callable[[Path], None] = lambda _folder: None,
) -> tuple[Prepared, list[str]]:
    """Prepare a job and write its folder; returns what was prepared, and the names of what was written.

    Parameters
    ----------
    job : Job
    output : Path
        ``NAME.amjob``; appears whole or not at all.
    workers, force, on_layer
        As of `build`.
    add : callable
        Called with the folder, which is not at its place yet, when the vectors lie in it; writes more and
        returns the names of that, which ``summary.json`` lists.
    finish : callable
        Called with the folder once it is a complete job, just before it takes its place.

    Raises
    ------
    OutputError, BuildError
        As `build`.

    """
    from amprep.engines import engine_for
    from amprep.output.job_folder import job_folder
    from amprep.output.job_store import JobStore, commit_job, write_layer_table
    from amprep.output.job_toml import job_toml
    from amprep.output.summary import job_hash
    from amprep.pipeline import prepare

    with job_folder(output, force=force, inputs=files_of(job)) as folder:
        store = JobStore(folder, job_hash=job_hash(job))
        prepared = prepare(job, engine=engine_for(workers), chunk_sinks=[store], on_layer=on_layer)
        names = ["job.toml", "summary.json", "layers.parquet", "vectors", *add(folder, prepared)]
        outputs = [f"{output.as_posix()}/{name}" for name in names]
        (folder / "job.toml").write_text(job_toml(job, output), encoding="utf-8", newline="\n")
        layers = write_layer_table(folder, prepared.estimate, job.layer_thickness_mm)
        document = summary_document(job, prepared, outputs, None)
        (folder / "summary.json").write_text(as_json(document) + "\n", encoding="utf-8", newline="\n")
        record = {"job_hash": job_hash(job), "summary": "summary.json", **job_record(job)}
        commit_job(folder, shards=store.shards, layers=layers, job=record)
        finish(folder)
    return prepared, outputs


def files_of(job: Job) -> list[Path]:
    """What a job reads, so that none of it is deleted."""
    files = [Path(part.source.path) for part in job.parts]
    return files + [Path(profile.path) for profile in (job.machine, job.material, job.process)]


def job_record(job: Job) -> dict[str, Any]:
    """What ``job.json`` says of a job beside its files."""
    from amprep.output.profile_record import profile_record

    return {
        "name": job.name,
        "layer_count": job.layer_count,
        "layer_thickness_mm": job.layer_thickness_mm,
        "parts": [
            {
                "key": i,
                "name": part.name,
                "file": Path(part.source.path).name,
                "sha256": part.source.sha256,
                "transform": part.transform.tolist(),
            }
            for i, part in enumerate(job.parts)
        ],
        "machine": profile_record(job.machine),
        "material": profile_record(job.material),
        "process": profile_record(job.process),
        "exposures": _exposures(job),
    }


def _exposures(job: Job) -> list[dict[str, Any]]:
    """The parameter sets: power and speed of each region, and which layers of which parts they expose."""
    from amprep.model.exposure import AGAIN
    from amprep.model.scan import Region

    sets = job.parameter_sets
    found = []
    for number, process in enumerate(sets.processes):
        regions = {}
        for region in (*Region, *(region + AGAIN for region in Region)):
            power, speed = process.beam(region)
            name = Region(region % AGAIN).key + (" again" if region >= AGAIN else "")
            regions[name] = {"laser_power_w": power.value, "scan_speed_mm_s": speed.value}
        where = [
            {"part": part, "layers": [[first + 1, last + 1] for first, last in sets.layers_of(part, number)]}
            for part in range(len(job.parts))
        ]
        found.append({"regions": regions, "where": [one for one in where if one["layers"]]})
    return found


def summary_document(
    job: Job, prepared: Prepared, outputs: Sequence[str], timing: dict[str, float] | None
) -> dict[str, Any]:
    """``summary.json``; `timing` in s per step, None where it is to be the same for every run."""
    from amprep.output.summary import summary

    steps = None if timing is None else {**timing, **prepared.timing_s}
    lost_places, order_and_filters = of_hatching(job, prepared)
    return summary(
        job,
        prepared.estimate,
        prepared.notices,
        lost_places=lost_places,
        order_and_filters=order_and_filters,
        outputs=outputs,
        timing_s=steps,
        cost=cost_with_shipped_rates(job, prepared.estimate),
    )


def of_hatching(job: Job, prepared: Prepared) -> tuple[dict[str, Any], dict[str, Any]]:
    """Places of lost area, and order and filters, as `amprep.output.summary.summary` takes them."""
    places = {
        "lost_places": [place.as_dict(job) for place in prepared.lost_places],
        "lost_places_in_all": prepared.lost_place_count,
    }
    filters = dataclasses.asdict(prepared.filtered)
    return places, {"jumps_saved_mm": prepared.jumps_saved_mm, "filters": filters}


def cost_with_shipped_rates(job: Job, estimate: BuildEstimate) -> Cost | None:
    """With the shipped rates, where the job has a table of its own."""
    if job.cost is None:
        return None
    from amprep.estimation.cost import cost_of
    from amprep.profiles import find_rates

    return cost_of(job, estimate, find_rates())


def as_json(document: dict[str, Any]) -> str:
    """A document as text."""
    import json

    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
