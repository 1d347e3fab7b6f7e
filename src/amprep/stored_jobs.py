"""The estimate of a job folder: its vectors are summed up again, with the profiles of today."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import FileContentError
from amprep.estimation.fold import estimate_build
from amprep.estimation.motion import motion_of
from amprep.model.estimate import ScanColumn
from amprep.model.scan import AREA_COLUMNS, AREA_NAMES, REGIONS
from amprep.model.timeline import SummedSmoke
from amprep.output.job_folder import damaged_folder, way_to_rebuild
from amprep.timeline.lookout import Strokes, lookout_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job
    from amprep.model.timeline import SmokeSums

__all__ = ["estimate_stored", "require_intact"]


def require_intact(folder: Path) -> dict[str, Any]:
    """The content of ``job.json``, after all files of the folder were found as it says.

    Raises
    ------
    FileContentError
        E302 when the folder is no job, is not finished, or was changed or damaged since.

    """
    from amprep.output.job_store import read_job

    document = read_job(folder)
    records = document.get("shards"), document.get("layers")
    if not isinstance(records[0], list) or not isinstance(records[1], dict):
        raise damaged_folder(folder, "job.json does not list the files of the job")
    for record in (*records[0], records[1]):
        if not isinstance(record, dict):
            raise damaged_folder(folder, "job.json does not list the files of the job")
        path = folder / str(record.get("file"))
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as fault:
            raise damaged_folder(folder, f"{record.get('file')} cannot be read") from fault
        if digest != record.get("sha256"):
            raise damaged_folder(folder, f"{record['file']} is not the file that was written")
    return document


def estimate_stored(
    folder: Path, job: Job, *, on_layer: Callable[[int, int], None] = lambda _done, _total: None
) -> BuildEstimate:
    """Estimate from the vectors in a job folder, with the profiles of a job.

    Its smoke is that of the vectors as they are; by how far lasers are from the bound is not known.

    Parameters
    ----------
    folder : Path
        Of a finished job.
    job : Job
        The job that the folder's ``job.toml`` describes, with profiles that may have changed since.

    Raises
    ------
    FileContentError
        E302 when the folder is not intact, or does not belong to the job.

    """
    from amprep.output.job_store import stored_layer

    document = require_intact(folder)
    count = document.get("layer_count")
    if count != job.layer_count:
        raise FileContentError(
            f"the folder has {count} layers, but its job.toml now makes {job.layer_count}",
            code="E302",
            where=str(folder),
            why="A part, a profile or job.toml changed since.",
            fix=way_to_rebuild(folder),
        )
    sets = job.parameter_sets
    motion = motion_of(job.machine, sets.processes)
    lasers = len(job.machine.lasers)
    lookout = lookout_of(job.machine, motion, job.process)
    if lookout is not None:
        # The vectors are in their order already.
        lookout = replace(lookout, reorder=False)
    smoke: list[SmokeSums] = []
    stats = np.zeros((count, lasers, ScanColumn.MARKED + REGIONS * len(sets.processes)))
    for index in range(count):
        vectors, exposure = stored_layer(folder, index, sets, motion)
        segments, laser, part = vectors.segments, vectors.laser, vectors.part
        stats[index] = motion.statistics(segments, laser=laser, exposure=exposure, part=part)
        if lookout is not None:
            strokes = Strokes(segments, laser, vectors.region, part, exposure)
            smoke.append(lookout.look(index, strokes).sums)
        on_layer(index + 1, count)
    estimate = estimate_build(job, stats, _areas(folder, document["layers"]["file"], count))
    return replace(estimate, smoke=SummedSmoke.of(smoke)) if smoke else estimate


def _areas(folder: Path, name: str, count: int) -> NDArray[np.float64]:
    """(n, 8) mm²: the area audit of the layers."""
    import pyarrow.parquet as pq

    table = pq.read_table(folder / name, columns=[f"{area}_mm2" for area in AREA_NAMES])
    if table.num_rows != count:
        raise damaged_folder(folder, f"{name} has {table.num_rows} rows for {count} layers")
    areas = np.empty((count, AREA_COLUMNS))
    for column, area in enumerate(AREA_NAMES):
        areas[:, column] = table[f"{area}_mm2"].to_numpy()
    return areas
