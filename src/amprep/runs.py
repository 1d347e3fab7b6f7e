"""A finished job, opened: all that pictures, viewer and report draw from, out of the job folder alone.

Profiles, parameters and figures are those of when the job was made; part files are needed only by what asks
for the `Job` itself.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from amprep.errors import FileContentError, as_argument, did_you_mean
from amprep.model.estimate import (
    Assumption,
    BuildEstimate,
    LaserBalance,
    LayerTimes,
    PowderBalance,
    Ranged,
    ScanColumn,
)
from amprep.model.machine import MachineProfile
from amprep.model.material import MaterialProfile
from amprep.model.process import ProcessProfile
from amprep.model.provenance import Grade
from amprep.model.scan import AREA_NAMES, REGIONS, LayerAreas, LayerPlan
from amprep.output.job_folder import damaged_folder, way_to_rebuild
from amprep.output.summary_reading import read_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from numpy.typing import NDArray

    from amprep.estimation.vector_times import VectorTimes
    from amprep.model.job import Job, ParameterSets
    from amprep.model.scan import ScanVectors
    from amprep.output.job_store import LayerExtent

    _Read = TypeVar("_Read")

__all__ = ["Run", "open_run", "run_of"]


@dataclass(frozen=True, eq=False)
class Run:
    """A finished job, or one whose vectors are written.

    summary : mapping
        As in ``summary.json``.
    """

    folder: Path
    name: str
    machine: MachineProfile
    material: MaterialProfile
    process: ProcessProfile
    parameter_sets: ParameterSets
    estimate: BuildEstimate
    """As it was made; per layer the times of each laser and the areas."""
    summary: Mapping[str, Any]
    part_names: tuple[str, ...]
    job_hash: str
    version: str
    """Of the amprep that made the job."""
    parts: tuple[Mapping[str, Any], ...] = ()
    """Of each part name, file, sha256 and transform, as in ``job.json``."""
    known_job: Job | None = field(default=None, repr=False)
    """Where it is at hand already."""

    @property
    def layer_count(self) -> int:
        return len(self.estimate.top_mm)

    @property
    def layer_thickness_mm(self) -> float:
        return self.process.layer_thickness_mm

    @property
    def lasers(self) -> int:
        return len(self.machine.lasers)

    @property
    def is_uncalibrated(self) -> bool:
        """Whether the times rest on values that nothing confirms."""
        return any(one.grade.is_unconfirmed for one in self.estimate.time_assumptions)

    @property
    def longest_layer(self) -> int:
        """Index of the layer that is exposed longest, as `LayerTimes.longest_exposed`."""
        return self.estimate.layer_times.longest_exposed

    def layer(self, index: int) -> ScanVectors:
        """The vectors of a layer, from 0, in firing order; read from its row group alone.

        Raises
        ------
        IndexError
            When the job has no such layer.
        FileContentError
            E302 when it cannot be read, or names what the job does not have.

        """
        if not 0 <= index < self.layer_count:
            raise IndexError(f"no layer {index} in {self.folder}")
        return next(self.layers(range(index, index + 1)))

    def layers(self, indices: range) -> Iterator[ScanVectors]:
        """The vectors of consecutive layers, from 0, one after the other; faster than one by one.

        Raises
        ------
        FileContentError
            E302 when one cannot be read, or names what the job does not have.

        """
        from amprep.output.job_store import read_layers

        for index, vectors in self._each(read_layers, indices):
            if len(vectors) and (
                vectors.part.max() >= len(self.part_names)
                or vectors.laser.max() >= self.lasers
                or vectors.region.max() >= REGIONS
            ):
                raise damaged_folder(
                    self.folder, f"layer {index + 1} names parts or lasers that the job does not have"
                )
            yield vectors

    def extents(self, indices: range) -> Iterator[LayerExtent]:
        """How many vectors consecutive layers hold and where; much faster than to read these.

        Raises
        ------
        FileContentError
            E302 when one cannot be read, or names what the job does not have.

        """
        from amprep.output.job_store import read_extents

        for index, extent in self._each(read_extents, indices):
            if len(extent.regions) > REGIONS:
                raise damaged_folder(
                    self.folder, f"layer {index + 1} names regions that the job does not have"
                )
            yield extent

    def _each(
        self, read: Callable[[Path, range], Generator[_Read]], indices: range
    ) -> Iterator[tuple[int, _Read]]:
        """What `read` says of each layer, with its index."""
        with contextlib.closing(read(self.folder, indices)) as found:
            for index in indices:
                try:
                    one = next(found)
                except (IndexError, OSError, ValueError, KeyError) as fault:
                    raise damaged_folder(
                        self.folder, f"the vectors of layer {index + 1} cannot be read"
                    ) from fault
                yield index, one

    def plan(self, index: int) -> LayerPlan:
        """A layer with its vectors and areas; its scan statistics are not stored and stand at 0."""
        return LayerPlan(
            index=index,
            top_mm=float(self.estimate.top_mm[index]),
            thickness_mm=self.layer_thickness_mm,
            vectors=self.layer(index),
            areas=LayerAreas(*self.estimate.areas_mm2[index].tolist()),
            scan_stats=np.zeros((self.lasers, len(ScanColumn))),
        )

    def exposures(self, index: int, vectors: ScanVectors) -> NDArray[np.uint16]:
        """(N,) uint16: ``REGIONS · parameter set + region`` of each vector of a layer."""
        sets = self.parameter_sets
        numbers = np.array([sets.number(part, index) for part in range(len(sets.base))], dtype=np.uint16)
        return numbers[vectors.part] * np.uint16(REGIONS) + vectors.region

    def beams(self, index: int, vectors: ScanVectors) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N,) float64, W, and (N,) float64, mm/s: laser power and scan speed of each vector of a layer."""
        exposures = self.exposures(index, vectors)
        known, place = np.unique(exposures, return_inverse=True)
        beams = [self.parameter_sets.processes[one // REGIONS].beam(one % REGIONS) for one in known.tolist()]
        power = np.array([power.value for power, _ in beams], dtype=np.float64)
        speed = np.array([speed.value for _, speed in beams], dtype=np.float64)
        return power[place], speed[place]

    def vector_times(self, index: int, vectors: ScanVectors) -> VectorTimes:
        """What each vector of a layer takes, as the time model has it."""
        from amprep.estimation.motion import motion_of
        from amprep.estimation.time import time_model
        from amprep.estimation.vector_times import vector_times

        processes = self.parameter_sets.processes
        nothing_marked = np.zeros((1, 1, len(ScanColumn)))
        return vector_times(
            motion_of(self.machine, processes),
            time_model(self.machine, processes, nothing_marked).values(),
            vectors.segments,
            laser=vectors.laser,
            exposure=self.exposures(index, vectors),
            part=vectors.part,
        )

    @cached_property
    def job(self) -> Job:
        """The job with its placed parts: their files are read, checked and placed again.

        Raises
        ------
        AmprepError
            As `amprep.assembling.assemble_job`, E201 for a part that is not there any more.
        FileContentError
            E302 when a part is not the one that the job was made from.

        """
        if self.known_job is not None:
            return self.known_job
        from amprep.assembling import assemble_job
        from amprep.output.summary import job_hash
        from amprep.reading.job_file import read_job_file

        job = assemble_job(read_job_file(self.folder / "job.toml"), self.folder)
        was = [one.get("sha256") for one in self.parts]
        if job_hash(job) != self.job_hash and [part.source.sha256 for part in job.parts] != was:
            raise FileContentError(
                "a part changed since the job was made",
                code="E302",
                where=str(self.folder),
                fix=way_to_rebuild(self.folder),
            )
        return job


def run_of(folder: Path, job: Job, estimate: BuildEstimate, summary: Mapping[str, Any] | None = None) -> Run:
    """A job whose vectors are written to a folder that is not finished yet."""
    from amprep.output.summary import job_hash
    from amprep.version import __version__

    return Run(
        folder=folder,
        name=job.name,
        machine=job.machine,
        material=job.material,
        process=job.process,
        parameter_sets=job.parameter_sets,
        estimate=estimate,
        summary=summary or {},
        part_names=tuple(part.name for part in job.parts),
        job_hash=job_hash(job),
        version=__version__,
        known_job=job,
    )


def open_run(folder: Path | str) -> Run:
    """Open a job folder that `amprep slice` or `amprep run` wrote.

    Raises
    ------
    FileContentError
        E302 when the folder is not there, is no complete job, or was changed or damaged since.

    """
    from amprep.output.job_store import read_job

    folder = Path(folder)
    if not folder.exists():
        raise _no_such_folder(folder)
    if folder.is_file():
        raise _no_folder(folder)
    document = read_job(folder)
    summary = read_summary(folder)
    try:
        return _opened(folder, document, summary)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
        raise damaged_folder(folder, "job.json or summary.json is not what amprep writes") from fault


#: Endings of the files that parts come in.
_PARTS = {".stl", ".3mf", ".obj", ".ply", ".off", ".step", ".stp"}


def _no_folder(file: Path) -> FileContentError:
    suffix = file.suffix.lower()
    what, fix = "this is a file, no job folder", "name a folder that amprep slice or amprep run wrote"
    if suffix in _PARTS:
        what = "this is a part, no job folder"
        fix = f"make a job of it: amprep slice {as_argument(file)} --machine m400-4"
    elif suffix == ".toml":
        what = "this is a job file or a profile, no job folder"
        fix = f"make the job: amprep run {as_argument(file)}"
    return FileContentError(what, code="E302", where=str(file), fix=fix)


def _no_such_folder(folder: Path) -> FileContentError:
    near = [one.name for one in folder.absolute().parent.glob("*.amjob")]
    return FileContentError(
        f"there is no such job folder.{did_you_mean(folder.name, near)}",
        code="E302",
        where=str(folder),
        fix="name a folder that amprep slice or amprep run wrote",
    )


def _opened(folder: Path, document: dict[str, Any], summary: dict[str, Any]) -> Run:
    from amprep.output.recorded_profile import recorded_profile

    machine = recorded_profile(MachineProfile, document["machine"])
    process = recorded_profile(ProcessProfile, document["process"])
    estimate = _estimate(folder, document, summary, lasers=len(machine.lasers))
    return Run(
        folder=folder,
        name=document["name"],
        machine=machine,
        material=recorded_profile(MaterialProfile, document["material"]),
        process=process,
        parameter_sets=_parameter_sets(folder, document, process),
        estimate=estimate,
        summary=summary,
        part_names=tuple(part["name"] for part in document["parts"]),
        job_hash=document["job_hash"],
        version=document["amprep"],
        parts=tuple(document["parts"]),
    )


def _parameter_sets(folder: Path, document: dict[str, Any], process: ProcessProfile) -> ParameterSets:
    """As the job was exposed; what single parts have of their own stands in ``job.toml`` alone."""
    from amprep.model.job import ParameterSets

    parts, layers = len(document["parts"]), document["layer_count"]
    sets = len(document["exposures"])
    if sets == 1:
        return ParameterSets.uniform(process, parts=parts, layers=layers)
    from amprep.exposure_rules import overridden, parameter_sets
    from amprep.reading.job_file import part_tables, read_job_file

    entries = read_job_file(folder / "job.toml").parts
    bases = [
        process if entry.exposure is None else overridden(process, part_tables(entry.exposure))
        for entry in entries
        for _ in range(entry.count)
    ]
    found = parameter_sets(process, bases, layers)
    if len(bases) != parts or len(found.processes) != sets:
        raise ValueError("job.toml does not describe this job")
    return found


def _estimate(
    folder: Path, document: dict[str, Any], summary: dict[str, Any], *, lasers: int
) -> BuildEstimate:
    import pyarrow.parquet as pq

    layers, time = document["layers"], summary["time_s"]
    try:
        table = pq.read_table(folder / layers["file"])
    except OSError as fault:
        raise damaged_folder(folder, f"{layers['file']} cannot be read") from fault
    column = {name: table[name].to_numpy() for name in table.column_names}
    if table.num_rows != document["layer_count"]:
        raise damaged_folder(folder, f"{layers['file']} has not one row per layer")

    def of_lasers(what: str) -> NDArray[np.float64]:
        return np.stack([column[f"laser{i + 1}_{what}_s"] for i in range(lasers)], axis=1)

    times = LayerTimes(
        of_lasers("hatch"),
        of_lasers("contour"),
        of_lasers("motion"),
        column["recoating_s"],
        column["wait_s"],
    )
    slowest = times.slowest_s
    rests_on = {key: _assumptions(rows) for key, rows in summary["assumptions"].items()}
    balance = summary.get("laser_balance")
    return BuildEstimate(
        top_mm=column["top_mm"],
        layer_times=times,
        areas_mm2=np.stack([column[f"{name}_mm2"] for name in AREA_NAMES], axis=1),
        total_s=_ranged(time["total"], time["range"]),
        recoating_s=_ranged(time["recoating"], time["recoating_range"]),
        exposure_s=_ranged(time["exposure"], time["exposure_range"]),
        wait_s=_ranged(time["wait"]),
        before_s=_ranged(time["before_first_layer"], time["before_first_layer_range"]),
        cooling_s=_ranged(time["cooling"], time["cooling_range"]),
        unpacking_s=_ranged(time["unpacking"], time["unpacking_range"]),
        hatch_s=_ranged(slowest["hatch"]),
        contour_s=_ranged(slowest["contour"]),
        motion_s=_ranged(slowest["motion"]),
        laser_busy_s=tuple(math.fsum(one) for one in times.busy_s.T),
        vectors=summary["vectors"],
        hatch_mm=summary["hatch_mm"],
        contour_mm=summary["contour_mm"],
        jump_mm=summary["jump_mm"],
        overlap_mm2=summary["area_audit"]["overlap_mm2"],
        region_mm={name: one["length_mm"] for name, one in summary["regions"].items()},
        powder=_powder(summary),
        time_assumptions=rests_on["time_s"],
        job_assumptions=rests_on["job_s"],
        powder_assumptions=rests_on["loss_g"],
        energy_kwh=_ranged(summary["energy_kwh"]["total"], summary["energy_kwh"]["range"]),
        energy_assumptions=rests_on["energy_kwh"],
        gas_m3=_ranged(summary["gas_m3"]["total"], summary["gas_m3"]["range"]),
        gas_kind=summary["gas_m3"]["kind"],
        gas_assumptions=rests_on["gas_m3"],
        laser_balance=None if balance is None else LaserBalance(**balance),
    )


def _powder(summary: dict[str, Any]) -> PowderBalance:
    mass, refills = summary["mass_g"], summary["refills"]
    figures: Any = {f"{name}_g": _ranged(mass[name], ends) for name, ends in mass["range"].items()}
    return PowderBalance(
        **figures,
        refills=refills["count"],
        refills_range=tuple(refills["range"]),
        refill_layers=tuple(layer - 1 for layer in refills["before_layers"]),
        charge_assumptions=_assumptions(summary["assumptions"]["charge_g"]),
    )


def _ranged(value: float, ends: list[float] | None = None) -> Ranged:
    low, high = (value, value) if ends is None else ends
    return Ranged(value, low, high)


def _assumptions(rows: list[dict[str, Any]]) -> tuple[Assumption, ...]:
    return tuple(
        Assumption(
            row["input"], row["value"], row["unit"], Grade(row["grade"]), *row["range"], *row["effect"]
        )
        for row in rows
    )
