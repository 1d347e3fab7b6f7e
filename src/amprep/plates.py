"""Platforms with the same set of parts several times, estimated without cutting each copy anew.

Algorithm
    The scan statistics of a copy do not depend on where it stands, but for the lasers that share it. So they
    are found once for each way in which borders of cells run through a copy: none, or how far from
    its edge. Those of copies add up; a laser that goes on from one copy to the next changes parts once more.
    Round fields part the platform into so many cells that hardly two copies are alike: of each, only the
    cells that it touches are kept, and several copies are counted beside each other, each by one worker.
Degeneracy rule
    Distances that differ by less than 1e-6 mm are the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.assignment import cells_of
from amprep.model.estimate import ScanColumn
from amprep.pipeline import prepare
from amprep.quick import estimate_of_cells, quick_statistics
from amprep.slicing import PartCut, plan_cuts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job, PlacedPart
    from amprep.slicing import CutPlan

__all__ = ["Plates", "plate_job"]

_Key = tuple[tuple[float, ...], tuple[float, ...]]
"""How borders of lasers' shares run through a copy, in x and in y."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """Statistics of one copy, as `quick_statistics` gives them, in the k cells that it touches."""

    cells: NDArray[np.int64]
    stats: NDArray[np.float64]
    """(n, k, S)."""
    areas: NDArray[np.float64]
    """(n, 8), mm²."""
    longest_mm: NDArray[np.float64]
    """(n, k)."""
    longest_in_all_mm: NDArray[np.float64]
    """(n,)."""


class Plates:
    """Estimates of platforms with one set of parts.

    Parameters
    ----------
    job : Job
        With the set once.
    engine : Engine, optional
        Where the work runs; default: the calling thread.

    """

    def __init__(self, job: Job, engine: Engine | None = None) -> None:
        self._job, self._engine = job, engine
        self._shares = cells_of(job)
        self._low = np.min([part.bounds_mm[0, :2] for part in job.parts], axis=0)
        self._high = np.max([part.bounds_mm[1, :2] for part in job.parts], axis=0)
        self._known: dict[_Key, _Copy] = {}
        self._plans: list[CutPlan] = []

    def estimate_of(self, shifts_mm: NDArray[np.float64], *, full: bool) -> tuple[Job, BuildEstimate]:
        """The job with a copy for each shift, and its estimate.

        Parameters
        ----------
        shifts_mm : (n, 2) float64, mm
            From where the set lies in the job.
        full : bool
            Hatch every layer, instead of estimating it from areas and edges.

        """
        job = plate_job(self._job, shifts_mm)
        if full:
            return job, prepare(job, engine=self._engine).estimate
        # Copies of a kind are all alike, so that they add up as one.
        kinds = Counter(self._key(shift) for shift in shifts_mm)
        firsts = {self._key(shift): shift for shift in shifts_mm[::-1]}
        self._count({key: firsts[key] for key in kinds if key not in self._known})
        copies = [(count, self._known[key]) for key, count in kinds.items()]
        layers, _, columns = copies[0][1].stats.shape
        stats = np.zeros((layers, self._shares.mask_of_cell.size, columns))
        areas = np.zeros_like(copies[0][1].areas)
        longest_mm, present = np.zeros(stats.shape[:2]), np.zeros(stats.shape[:2])
        for count, copy in copies:
            stats[:, copy.cells] += count * copy.stats
            areas += count * copy.areas
            present[:, copy.cells] += count * (copy.stats[:, :, ScanColumn.VECTORS] > 0.0)
            is_longer = copy.longest_in_all_mm > longest_mm.sum(axis=1)
            longest_mm[is_longer] = 0.0
            longest_mm[np.ix_(is_longer, copy.cells)] = copy.longest_mm[is_longer]
        stats[:, :, ScanColumn.PART_CHANGES] += np.maximum(0.0, present - 1.0)
        return job, estimate_of_cells(job, stats, areas, longest_mm)

    def _key(self, shift_mm: NDArray[np.float64]) -> _Key:
        return (
            self._crossing(self._shares.x_cuts, 0, float(shift_mm[0])),
            self._crossing(self._shares.y_cuts, 1, float(shift_mm[1])),
        )

    def _count(self, copies: Mapping[_Key, NDArray[np.float64]]) -> None:
        """Find the statistics of copies, given by their shifts: many by one worker each, few by all."""
        engine = self._engine
        if engine is None or len(copies) < engine.workers:
            self._known |= {key: self._copy(shift, engine) for key, shift in copies.items()}
            return
        if not self._plans:
            self._cuts(self._job)
        found = engine.map_apart(lambda shift: self._copy(shift, None), list(copies.values()))
        self._known |= zip(copies, found, strict=True)

    def _copy(self, shift_mm: NDArray[np.float64], engine: Engine | None) -> _Copy:
        one = plate_job(self._job, shift_mm[None])
        stats, areas, longest_mm = quick_statistics(one, engine=engine, cuts=self._cuts(one))
        cells = np.flatnonzero(stats.any(axis=(0, 2)))
        return _Copy(cells, stats[:, cells], areas, longest_mm[:, cells], longest_mm.sum(axis=1))

    def _cuts(self, one: Job) -> list[PartCut]:
        """Of a copy: it is cut at the same heights, wherever it lies, so that one plan serves all of them."""
        if not self._plans:
            cuts = plan_cuts(self._job.parts, self._job.cut_heights_mm, engine=self._engine)
            self._plans = [cut.plan for cut in cuts]
        return [
            PartCut(plan, (float(part.transform[0, 3]), float(part.transform[1, 3])))
            for plan, part in zip(self._plans, one.parts, strict=True)
        ]

    def _crossing(self, cuts: NDArray[np.float64], axis: int, shift_mm: float) -> tuple[float, ...]:
        """Between which borders a copy lies, and where those run that it lies across."""
        low, high = float(self._low[axis]) + shift_mm, float(self._high[axis]) + shift_mm
        first, stop = (int(np.searchsorted(cuts, end, side="right")) for end in (low, high))
        return (first, *(round(cut - low, 6) for cut in cuts[first:stop].tolist()))


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
