"""The same parts on several machines: fit, copies per platform, jobs, time, powder, cost, break-even.

::

    parts ─> one set ─┬─> machine A: grid ─> platforms with 1, 2, 4 … all places ─> estimates ─> rows ─┐
                      └─> machine B: grid ─> …                                                       ──┴─> break-even

Several parts are one set that is placed together; a quantity counts sets. A quantity is built on as many full
platforms as it fills and one more with the rest. Platforms are estimated once per number of sets; where many
different rests are asked for, those in between are interpolated between estimated ones.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from amprep.assembling import assemble
from amprep.errors import BuildError, UsageError
from amprep.model.comparison import (
    Batch,
    BreakEven,
    Candidate,
    ComparedPart,
    Comparison,
    Figures,
    Refusal,
    Row,
)
from amprep.model.estimate import Ranged
from amprep.pipeline import prepare
from amprep.placement.fit import excess_mm
from amprep.placement.grid import Grid, grid_of, outline_of
from amprep.placement.rows import GAP_MM
from amprep.profiles import find_machine, find_material, find_process, list_machines, list_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.estimate import Assumption, BuildEstimate
    from amprep.model.job import Job, PlacedPart
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.mending import Mending
    from amprep.model.process import ProcessProfile

__all__ = ["break_even", "compare", "estimate_of", "figures_of", "plate_job"]

#: Rests that are estimated one by one; of more, those in between are interpolated.
MOST_ESTIMATED = 12

#: Quantities up to which a break-even is looked for.
HORIZON = 1000

#: How often a break-even is looked for again with the platforms next to it estimated.
_ROUNDS = 8


def compare(  # noqa: PLR0913
    files: Sequence[str | Path],
    *,
    machines: Sequence[str] = (),
    materials: Sequence[str] = (),
    layer_thicknesses_mm: Sequence[float] = (),
    quantities: Sequence[int] = (1,),
    full: bool = False,
    unit: str | None = None,
    gap_mm: float = GAP_MM,
    mending: Mending | None = None,
    engine: Engine | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Comparison:
    """Compare what a quantity of a set of parts takes on several machines.

    Parameters
    ----------
    files : sequence of path
        The parts; several are one set.
    machines, materials : sequence of str
        Ids, aliases or paths; default: the shipped machines, and the first machine's material.
    layer_thicknesses_mm : sequence of float, mm
        Each machine takes those that it has; default: of its default process.
    quantities : sequence of int
        Sets to build, each at least 1.
    full : bool
        Hatch every layer instead of estimating from areas and edges.
    gap_mm : float
        Between neighbouring sets, and between the parts of a set.

    Raises
    ------
    AmprepError
        UsageError E103 where a material lacks a process on a machine, E104 for a quantity below 1; all that
        `amprep.assembling.assemble` raises but what concerns a single machine.

    """
    if not quantities or min(quantities) < 1:
        raise UsageError("a quantity is a whole number from 1 on", code="E104", where="--quantity")
    wanted = tuple(sorted(set(quantities)))
    made = []
    parts: tuple[ComparedPart, ...] = ()
    for machine, material, thicknesses in _settings(machines, materials, layer_thicknesses_mm):
        for thickness_mm in thicknesses:
            on_step(f"{machine.name}, {material.name}")
            work = _Candidacy(machine, material, thickness_mm, gap_mm, full=full, engine=engine)
            work.assemble(files, unit, mending)
            parts = parts or work.parts
            made.append(work)
    candidates = tuple(work.candidate(wanted) for work in made)
    break_evens = []
    for (i, a), (j, b) in combinations(enumerate(made), 2):
        if a.refusal is None and b.refusal is None:
            break_evens += _break_evens(i, a, j, b, wanted[-1])
    return Comparison(
        parts=parts,
        quantities=wanted,
        gap_mm=gap_mm,
        is_hatched=full,
        candidates=candidates,
        break_evens=tuple(break_evens),
    )


def estimate_of(job: Job, *, full: bool, engine: Engine | None = None) -> BuildEstimate:
    """The estimate of a job, after hatching or without."""
    if full:
        return prepare(job, engine=engine).estimate
    return prepare(job, engine=engine).estimate


def plate_job(job: Job, shifts_mm: NDArray[np.float64]) -> Job:
    """The job with all its parts once for each shift.

    shifts_mm : (n, 2) float64, mm
        From where the parts lie.
    """
    parts = tuple(
        _shifted(part, shift, number)
        for number, shift in enumerate(shifts_mm.tolist(), start=1)
        for part in job.parts
    )
    sets = job.parameter_sets
    return replace(
        job, parts=parts, parameter_sets=replace(sets, base=np.tile(sets.base, len(shifts_mm))), notices=()
    )


def _shifted(part: PlacedPart, shift_mm: Sequence[float], number: int) -> PlacedPart:
    transform = part.transform.copy()
    transform[:2, 3] += shift_mm
    x, y, z = part.position_mm
    return replace(
        part,
        name=part.name if number == 1 else f"{part.name} ({number})",
        transform=transform,
        position_mm=(x + shift_mm[0], y + shift_mm[1], z),
    )


def figures_of(estimate: BuildEstimate) -> Figures:
    """What one job takes, by the keys of `amprep.model.comparison.FIGURES`.

    The times of exposure by cause are those of the laser that works longest in each layer, so that all causes
    add up to the time of the job.
    """
    times = estimate.layer_times
    rows = np.arange(len(times.busy_s))
    slowest = times.busy_s.argmax(axis=1)
    causes = {
        "hatch_s": times.hatch_s[rows, slowest],
        "contour_s": times.contour_s[rows, slowest],
        "motion_s": times.motion_s[rows, slowest],
    }
    figures: Figures = {
        "time_s": estimate.before_s + estimate.total_s + estimate.cooling_s,
        "before_s": estimate.before_s,
        "recoating_s": estimate.recoating_s,
        "wait_s": estimate.wait_s,
        "cooling_s": estimate.cooling_s,
    }
    for key, seconds in causes.items():
        value = math.fsum(seconds)
        figures[key] = Ranged(value, value, value)
    powder = estimate.powder
    figures |= {
        "part_g": powder.part_g,
        "loss_g": powder.loss_g,
        "powder_g": powder.part_g + powder.loss_g,
    }
    return figures


_Setting = tuple["MachineProfile", "MaterialProfile", tuple["float | None", ...]]


def _settings(
    machines: Sequence[str], materials: Sequence[str], thicknesses_mm: Sequence[float]
) -> list[_Setting]:
    """Each machine with each material and the layer thicknesses that it has of those asked for."""
    found_machines = [find_machine(name) for name in dict.fromkeys(machines)] or list_machines()
    first = found_machines[0].default_material
    found_materials = [find_material(name) for name in dict.fromkeys(materials)] or [find_material(first)]
    settings: list[_Setting] = []
    for machine in found_machines:
        for material in found_materials:
            known = {
                process.layer_thickness_mm
                for process in list_processes(machine.processes_of or machine.id, material.id)
            }
            if not known:
                raise _not_shared(machine, material, found_machines)
            chosen: list[float | None] = [
                one for one in dict.fromkeys(thicknesses_mm) if any(abs(one - k) <= 1e-9 for k in known)
            ]
            # A machine that has none of them is told about, by the error of one.
            settings.append((machine, material, tuple(chosen or thicknesses_mm[:1] or [None])))
    return settings


def _not_shared(
    machine: MachineProfile, material: MaterialProfile, machines: Sequence[MachineProfile]
) -> UsageError:
    of_each = [{p.material for p in list_processes(one.processes_of or one.id)} for one in machines]
    shared = sorted(set.intersection(*of_each))
    names = " and ".join(one.name for one in machines)
    return UsageError(
        f"no process for {material.name} on {machine.name}",
        code="E103",
        why=f"materials that {names} share: {', '.join(shared) if shared else 'none'}",
        fix=f"--material {shared[0]}" if shared else "machines that share a material",
    )


class _Candidacy:
    """One machine with one material and process, while its platforms are estimated."""

    def __init__(
        self,
        machine: MachineProfile,
        material: MaterialProfile,
        thickness_mm: float | None,
        gap_mm: float,
        *,
        full: bool,
        engine: Engine | None,
    ) -> None:
        self.machine, self.material, self.gap_mm = machine, material, gap_mm
        self._thickness_mm, self._full, self._engine = thickness_mm, full, engine
        self.process: ProcessProfile | None = None
        self.refusal: Refusal | None = None
        self.parts: tuple[ComparedPart, ...] = ()
        self._job: Job | None = None
        self._grid: Grid | None = None
        self._outlines: tuple[NDArray[np.float64], ...] = ()
        self._estimated: dict[int, tuple[Figures, Ranged]] = {}
        self._assumptions: tuple[Assumption, ...] = ()

    @property
    def capacity(self) -> int:
        """Sets per platform."""
        return 0 if self._grid is None else self._grid.capacity

    def assemble(self, files: Sequence[str | Path], unit: str | None, mending: Mending | None) -> None:
        """Read the set and find out how often it fits; what speaks against it is kept as the refusal."""
        try:
            self.process = find_process(self.machine, self.material, self._thickness_mm)
            job = assemble(
                files,
                machine=self.machine.path,
                material=self.material.path,
                layer_thickness_mm=self.process.layer_thickness_mm,
                unit=unit,
                mending=mending,
                engine=self._engine,
            )
        except BuildError as error:
            self.refusal = Refusal(error.code, error.what, error.fix)
            return
        self._job = job
        self.parts = tuple(
            ComparedPart(part.name, tuple((part.bounds_mm[1] - part.bounds_mm[0]).tolist()), part.volume_mm3)
            for part in job.parts
        )
        self._grid = grid_of(self._outline(job), self.machine.build_volume, gap_mm=self.gap_mm)

    def _outline(self, job: Job) -> NDArray[np.float64]:
        """The convex outline of the set, the middle of its box at (0, 0)."""
        return outline_of(np.concatenate([part.used_vertices_mm[:, :2] for part in job.parts])) - _middle(job)

    def platform(self, count: int) -> tuple[Figures, Ranged]:
        """What a job with so many sets takes, estimated, and the powder to load."""
        if count not in self._estimated:
            assert self._job is not None
            assert self._grid is not None
            centre = np.array(self.machine.build_volume.centre_mm)
            shifts = self._grid.positions_mm(count) + centre - _middle(self._job)
            estimate = estimate_of(plate_job(self._job, shifts), full=self._full, engine=self._engine)
            self._estimated[count] = figures_of(estimate), estimate.powder.dose_g
            if count == max(self._estimated):
                self._assumptions = estimate.time_assumptions
        return self._estimated[count]

    def figures(self, count: int) -> tuple[Figures, Ranged]:
        """As `platform`, but in between where it is not estimated."""
        known = sorted(self._estimated)
        place = bisect_right(known, count)
        if place and known[place - 1] == count:
            return self._estimated[count]
        low, high = known[place - 1], known[place]
        share = (count - low) / (high - low)
        (a, dose_a), (b, dose_b) = self._estimated[low], self._estimated[high]
        return {key: _between(a[key], b[key], share) for key in a}, _between(dose_a, dose_b, share)

    def estimate_platforms(self, quantities: Sequence[int]) -> None:
        """Estimate the platforms that quantities need, or, of very many, enough to interpolate between."""
        capacity = self.capacity
        counts = {min(quantity, capacity) for quantity in quantities}
        counts |= {quantity % capacity for quantity in quantities if quantity > capacity} - {0}
        doubled = {2**n for n in range(capacity.bit_length()) if 2**n <= capacity} | {capacity}
        if len(counts) > MOST_ESTIMATED:
            counts = {min(quantities[-1], capacity)}
        for count in sorted(counts | doubled):
            self.platform(count)

    def row(self, quantity: int) -> Row:
        """What a quantity takes."""
        capacity = self.capacity
        batches = [(quantity // capacity, capacity), (1, quantity % capacity)]
        return Row(
            quantity, tuple(Batch(jobs, n, *self.figures(n)) for jobs, n in batches if jobs and n)
        )

    def totals(self, figure: str, horizon: int) -> NDArray[np.float64]:
        """(horizon,) float64: the figure for 1, 2, 3 … sets."""
        capacity = self.capacity
        rests = np.array([0.0] + [self.figures(n)[0][figure].value for n in range(1, capacity + 1)])
        quantity = np.arange(1, horizon + 1)
        totals: NDArray[np.float64] = (quantity // capacity) * rests[-1] + rests[quantity % capacity]
        return totals

    def candidate(self, quantities: Sequence[int]) -> Candidate:
        """All that was found out."""
        job, grid = self._job, self._grid
        if job is None or grid is None:
            return Candidate(
                self.machine,
                self.material,
                self.process,
                layers=0,
                capacity=0,
                positions_mm=np.zeros((0, 2)),
                outlines_mm=self._outlines,
                refusal=self.refusal,
            )
        self.estimate_platforms(quantities)
        centre = np.array(self.machine.build_volume.centre_mm)
        return Candidate(
            self.machine,
            self.material,
            self.process,
            layers=job.layer_count,
            capacity=grid.capacity,
            positions_mm=grid.positions_mm(min(quantities[-1], grid.capacity)) + centre,
            outlines_mm=(),
            rows=tuple(self.row(quantity) for quantity in quantities),
            edge_margin_mm=self._edge_margin_mm(job, grid),
            assumptions=self._assumptions,
            notices=job.notices,
        )
