"""From logs to observations: the rows with the scan statistics of what they measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from amprep.calibration.job_statistics import JobFolder, layer_statistics, open_job
from amprep.calibration.log import fault_of_rows
from amprep.calibration.observations import Observations, RowLabel
from amprep.errors import FileContentError, UsageError
from amprep.estimation.motion import motion_of
from amprep.exposure_rules import require_suitable
from amprep.model.estimate import ScanColumn
from amprep.model.scan import REGIONS, Region
from amprep.profiles import find_process, find_process_by_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from amprep.calibration.log import Log, LogRow
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile

__all__ = ["LEAST_ROWS", "chosen_process", "gathered", "open_jobs"]

#: Fewer rows leave nothing to check the fit with.
LEAST_ROWS = 8


def open_jobs(
    logs: Sequence[Log], machine: MachineProfile, material: MaterialProfile
) -> dict[Path, JobFolder]:
    """The job folders that logs name, by their paths.

    Raises
    ------
    FileContentError
        E386 when a folder is missing, no job, or made for another machine or material.

    """
    jobs: dict[Path, JobFolder] = {}
    for log in logs:
        for row in log.rows:
            if not row.job:
                continue
            folder = _folder(log, row)
            if folder not in jobs:
                if not folder.is_dir():
                    raise FileContentError(
                        f'there is no job folder "{row.job}"',
                        code="E386",
                        where=f"{log.path}:{row.line}",
                        why="Names are relative to the log.",
                        fix="name the folder that amprep slice wrote for this build, NAME.amjob",
                    )
                jobs[folder] = open_job(folder)
                _require_same_machine(jobs[folder], machine, material)
    return jobs


def _folder(log: Log, row: LogRow) -> Path:
    beside = log.path.parent / row.job
    return beside if beside.is_dir() or not Path(row.job).is_dir() else Path(row.job)


def _require_same_machine(job: JobFolder, machine: MachineProfile, material: MaterialProfile) -> None:
    faults = []
    own = {machine.id, machine.processes_of or machine.id}
    if not own & {job.machine_id, job.machine_processes_of or job.machine_id}:
        faults.append(f"it is made for the machine {job.machine_id}, not {machine.id}")
    elif job.lasers != len(machine.lasers):
        faults.append(f"it is made for {job.lasers} lasers, {machine.id} has {len(machine.lasers)}")
    if job.material_id != material.id:
        faults.append(f"it is made for the material {job.material_id}, not {material.id}")
    if faults:
        raise FileContentError(
            "the job does not suit the calibration",
            code="E386",
            where=str(job.folder),
            faults=faults,
            fix="name its machine and material with -m and -M, or take its rows out of the log",
        )


def chosen_process(
    jobs: Sequence[JobFolder],
    machine: MachineProfile,
    material: MaterialProfile,
    *,
    process: str | None,
    layer_thickness_mm: float | None,
) -> ProcessProfile:
    """The process that was asked for, that of the jobs, or the default one.

    Raises
    ------
    UsageError
        E103 or E106 when it does not suit.
    FileContentError
        E386 when a job was made with another one, or recoats in another way.

    """
    if process is not None:
        chosen = find_process_by_id(process)
        require_suitable(chosen, machine, material, layer_thickness_mm)
    elif jobs and layer_thickness_mm is None:
        chosen = find_process_by_id(jobs[0].process.path) if jobs[0].process.path else jobs[0].process
    else:
        chosen = find_process(machine, material, layer_thickness_mm)
    if chosen.recoating_mode.value not in machine.recoater.time_s:
        raise UsageError(
            f"{machine.id} has no time for the recoating mode of {chosen.id}",
            code="E106",
            where=machine.path,
            fix=f"add recoater.time_s.{chosen.recoating_mode.value} to the machine profile",
        )
    for job in jobs:
        mode, wanted = job.process.recoating_mode.value, chosen.recoating_mode.value
        if (process is not None and job.process.id != chosen.id) or mode != wanted:
            raise FileContentError(
                f"the job was made with {job.process.id} ({mode.replace('_', '-')} recoating), not "
                f"{chosen.id} ({wanted.replace('_', '-')})",
                code="E386",
                where=str(job.folder),
                fix="calibrate each of them for itself, with --process and a log of its own",
            )
    return chosen


def gathered(
    logs: Sequence[Log],
    jobs: dict[Path, JobFolder],
    machine: MachineProfile,
    process: ProcessProfile,
    *,
    on_layer: Callable[[int], None] = lambda _count: None,
) -> Observations:
    """All rows of all logs with their statistics.

    Raises
    ------
    FileContentError
        E384 for layers that a job does not have, E385 for too few rows.

    """
    _require_layers(logs, jobs)
    rows = sum(len(log.rows) for log in logs)
    if rows < LEAST_ROWS:
        raise FileContentError(
            f"too few rows to fit and to check the fit: {rows}",
            code="E385",
            where=", ".join(str(log.path) for log in logs),
            fix=f"log {LEAST_ROWS} at least, better 50: a time per layer gives many rows from one build",
        )
    gatherer = _Gatherer(machine, process, jobs, on_layer)
    for log in logs:
        for row in log.rows:
            gatherer.add(log, row)
    return gatherer.observations(max(log.resolution_s for log in logs))


def _require_layers(logs: Sequence[Log], jobs: dict[Path, JobFolder]) -> None:
    for log in logs:
        faults = [
            f"{log.path}:{row.line}: layer {row.layer}, but {row.job} has {most} layers"
            for row in log.rows
            if row.job and row.layer > (most := jobs[_folder(log, row)].layer_count)
        ]
        if faults:
            raise fault_of_rows(str(log.path), faults)


@dataclass(slots=True)
class _Layers:
    """Statistics of some layers, the row they belong to, and their numbers from 1 (0: not known)."""

    stats: NDArray[np.float64]
    row: int
    weight: float
    numbers: NDArray[np.int64]


class _Gatherer:
    def __init__(
        self,
        machine: MachineProfile,
        process: ProcessProfile,
        jobs: dict[Path, JobFolder],
        on_layer: Callable[[int], None],
    ) -> None:
        self._machine, self._process, self._jobs = machine, process, jobs
        self._on_layer = on_layer
        self._known: dict[tuple[Path, int], NDArray[np.float64]] = {}
        self._layers: list[_Layers] = []
        self._measured: list[float] = []
        self._groups: list[tuple[str, str, str]] = []
        self._labels: list[RowLabel] = []

    def add(self, log: Log, row: LogRow) -> None:
        """Take a row."""
        place = len(self._measured)
        self._measured.append(row.time_s)
        # Jobs that say nothing of builds are builds each.
        alone = "" if log.is_per_layer or row.name or row.job else str(row.line)
        self._groups.append((row.job or str(log.path), row.name, alone))
        names = tuple(name for name in (row.job, row.name) if name)
        self._labels.append(RowLabel(f"{log.path.name}:{row.line}", names, row.layer))
        if row.job:
            job = self._jobs[_folder(log, row)]
            indices = [row.layer - 1] if row.layer else list(range(job.layer_count))
            stats = np.concatenate([self._of_layer(job, index) for index in indices])
            self._layers.append(_Layers(stats, place, 1.0, np.array(indices) + 1))
        else:
            stats = _from_features(row, self._machine, self._process)
            self._layers.append(_Layers(stats, place, float(row.layers), np.array([row.layer])))

    def _of_layer(self, job: JobFolder, index: int) -> NDArray[np.float64]:
        key = (job.folder, index)
        if key not in self._known:
            self._known[key] = layer_statistics(job, [index], self._machine, self._process)
            self._on_layer(len(self._known))
        return self._known[key]

    def observations(self, resolution_s: float) -> Observations:
        """All that was taken."""
        numbers = np.concatenate([one.numbers for one in self._layers])
        builds = {group: i for i, group in enumerate(dict.fromkeys(self._groups))}
        return Observations(
            np.concatenate([one.stats for one in self._layers]),
            np.repeat([one.row for one in self._layers], [len(one.stats) for one in self._layers]),
            np.repeat([one.weight for one in self._layers], [len(one.stats) for one in self._layers]),
            (numbers > 0) & (numbers <= self._machine.powder.first_layers),
            np.array(self._measured),
            np.array([builds[group] for group in self._groups]),
            tuple(self._labels),
            resolution_s,
        )


def _from_features(row: LogRow, machine: MachineProfile, process: ProcessProfile) -> NDArray[np.float64]:
    """(1, L, M + REGIONS) float64: the mean layer of a row, all of it on the slowest laser."""
    stats = np.zeros((1, len(machine.lasers), ScanColumn.MARKED + REGIONS))
    one = stats[0, 0]
    given = {name: value / row.layers for name, value in row.features.items() if "speed" not in name}
    core, contour = (process.beam(region)[1].value for region in (Region.CORE, Region.CONTOUR))
    hatch_mm = given.get("hatch_mm", 0.0) + given.get("marked_mm", 0.0)
    contour_mm = given.get("contour_mm", 0.0)
    one[ScanColumn.HATCH_MM], one[ScanColumn.CONTOUR_MM] = hatch_mm, contour_mm
    speed = row.features.get("scan_speed_mm_s", core)
    own_contour = row.features.get("contour_speed_mm_s", contour)
    one[ScanColumn.MARKED + Region.CORE] = hatch_mm * core / speed
    one[ScanColumn.MARKED + Region.CONTOUR] = contour_mm * contour / own_contour
    for column, name in (
        (ScanColumn.JUMP_MM, "jump_mm"),
        (ScanColumn.TURN_MM, "turn_mm"),
        (ScanColumn.JUMPS, "jumps"),
        (ScanColumn.TURNS, "turns"),
        (ScanColumn.CORNERS, "corners"),
        (ScanColumn.SWITCHES, "polylines"),
        (ScanColumn.PART_CHANGES, "part_changes"),
    ):
        one[column] = given.get(name, 0.0)
    motion = motion_of(machine, (process,))
    if (jumps := one[ScanColumn.JUMPS]) > 0:
        # All of a row's jumps count as long as the mean one.
        jump_mm = one[ScanColumn.JUMP_MM] / jumps
        if jump_mm >= motion.long_jump_mm:
            one[ScanColumn.LONG_JUMPS], one[ScanColumn.LONG_JUMP_MM] = jumps, one[ScanColumn.JUMP_MM]
        else:
            one[ScanColumn.SHORT_JUMP_ROOT_MM] = jumps * jump_mm**0.5
    polylines, full_run_mm = one[ScanColumn.SWITCHES], motion.exposures[Region.CONTOUR, 1]
    if polylines > 0 and contour_mm > 0 and full_run_mm > 0:
        run_mm = contour_mm / polylines
        if run_mm >= full_run_mm:
            one[ScanColumn.RUN_SPEED_MM_S] = polylines * own_contour
        else:
            one[ScanColumn.SHORT_RUN_ROOT_MM] = polylines * run_mm**0.5
            one[ScanColumn.SHORT_RUN_S] = contour_mm / own_contour
    return stats
