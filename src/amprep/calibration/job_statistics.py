"""Scan statistics of a job that was prepared before, from the vectors in its folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import AmprepError, FileContentError
from amprep.estimation.motion import motion_of
from amprep.exposure_rules import overridden, parameter_sets
from amprep.model.estimate import ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region
from amprep.output.job_store import read_job, stored_statistics
from amprep.profiles import find_process_by_id, is_path, layer_rule
from amprep.reading.job_file import part_tables, read_job_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from amprep.model.job import ParameterSets
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["JobFolder", "layer_statistics", "open_job"]


@dataclass(frozen=True, slots=True, eq=False)
class JobFolder:
    """A job folder: what the job was made for, and how its vectors are exposed."""

    folder: Path
    machine_id: str
    machine_processes_of: str
    material_id: str
    lasers: int
    layer_count: int
    parameter_sets: ParameterSets

    @property
    def process(self) -> ProcessProfile:
        """The job's process with the job's own values."""
        return self.parameter_sets.processes[0]


def open_job(folder: Path) -> JobFolder:
    """Read what a job folder says of itself.

    Raises
    ------
    FileContentError
        E386 when it is no complete job, or no longer what it was when its vectors were made.

    """
    try:
        record = read_job(folder)
        job_file = read_job_file(folder / "job.toml")
        reference = job_file.process or record["process"]["id"]
        named = find_process_by_id(str(folder / reference) if is_path(reference) else reference)
        known = record["process"]["sha256"]
        parts = [part["key"] for part in record["parts"]]
        layer_count = int(record["layer_count"])
        machine, material = record["machine"], record["material"]["id"]
        lasers = len(machine["lasers"])
    except AmprepError as error:
        raise FileContentError(
            f"the job cannot be used: {error.what}",
            code="E386",
            where=error.where or str(folder),
            fix="make it again: amprep slice, or amprep run on its job.toml",
        ) from error
    except (KeyError, TypeError, ValueError) as fault:
        raise _unusable(folder, "its job.json is damaged") from fault
    if named.sha256 != known:
        raise _unusable(folder, f"the process {named.id} has changed since the job was made")
    if len(job_file.parts) != len(parts) or any(part.count != 1 for part in job_file.parts):
        raise _unusable(folder, "its job.toml has changed since the job was made")
    rules = tuple(layer_rule(rule, core="hatch") for rule in job_file.rules)
    process = overridden(named, job_file.tables())
    process = replace(process, rules=(*process.rules, *rules))
    bases = [
        process if part.exposure is None else overridden(process, part_tables(part.exposure))
        for part in job_file.parts
    ]
    sets = parameter_sets(process, bases, layer_count)
    processes_of = str(machine.get("processes_of", ""))
    return JobFolder(folder, machine["id"], processes_of, material, lasers, layer_count, sets)


def _unusable(folder: Path, what: str) -> FileContentError:
    return FileContentError(
        f"the job cannot be used: {what}",
        code="E386",
        where=str(folder),
        fix="make it again: amprep slice, or amprep run on its job.toml",
    )


def layer_statistics(
    job: JobFolder, layers: Sequence[int], machine: MachineProfile, process: ProcessProfile
) -> NDArray[np.float64]:
    """Statistics of some layers, from 0; what is marked is told at the speeds of `process`.

    Returns
    -------
    stats : (n, L, M + REGIONS) float64
        Columns as in `ScanColumn`; lengths are scaled by the speed that a vector has in the job, so that
        they take the same time at the process's speeds of core and contour.

    """
    sets = job.parameter_sets
    motion = motion_of(machine, sets.processes)
    scale, column = _at_process_speeds(sets.processes, process)
    stats = np.zeros((len(layers), len(machine.lasers), ScanColumn.MARKED + REGIONS))
    for i, index in enumerate(layers):
        try:
            full = stored_statistics(job.folder, index, sets, motion)
        except FileContentError as error:
            raise _unusable(job.folder, (error.why or error.what).rstrip(".")) from error
        stats[i, :, : ScanColumn.MARKED] = full[:, : ScanColumn.MARKED]
        for kind in np.flatnonzero(full[:, ScanColumn.MARKED :].any(axis=0)).tolist():
            marked = full[:, ScanColumn.MARKED + kind] * scale[kind]
            stats[i, :, ScanColumn.MARKED + column[kind]] += marked
    return stats


def _at_process_speeds(
    processes: Sequence[ProcessProfile], process: ProcessProfile
) -> tuple[NDArray[np.float64], list[int]]:
    """(E,) factors to the speeds of core and contour, and the column of each exposure."""
    to: dict[bool, Any] = {
        is_hatch: Region.CORE if is_hatch else Region.CONTOUR for is_hatch in (True, False)
    }
    speed = {region: process.beam(region)[1].value for region in to.values()}
    scale, column = np.ones(len(processes) * REGIONS), [0] * (len(processes) * REGIONS)
    for number, one in enumerate(processes):
        for region in (*Region, *(region + AGAIN for region in Region)):
            place = number * REGIONS + region
            column[place] = to[Region(region % AGAIN).is_hatch]
            scale[place] = speed[column[place]] / one.beam(region)[1].value
    return scale, column
