"""Platforms with the same set of parts several times, estimated without cutting each copy anew.

Algorithm
    The scan statistics of a copy do not depend on where it stands, but for the lasers that share it. So they
    are found once for each way in which borders of cells run through a copy: none, or how far from
    its edge. Those of copies add up; a laser that goes on from one copy to the next changes parts once more.
Degeneracy rule
    Distances that differ by less than 1e-6 mm are the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.assignment import cells_of
from amprep.model.estimate import ScanColumn
from amprep.pipeline import prepare
from amprep.quick import estimate_of_cells, quick_statistics
from amprep.slicing import PartCut, plan_cuts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job, PlacedPart
    from amprep.slicing import CutPlan

__all__ = ["Plates", "plate_job"]

_Key = tuple[tuple[float, ...], tuple[float, ...]]
"""How borders of lasers' shares run through a copy, in x and in y."""


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
        self._known: dict[_Key, tuple[NDArray[np.float64], ...]] = {}
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
        copies = [(count, self._copy(key, firsts[key])) for key, count in kinds.items()]
        stats, areas, longest_mm = (np.zeros_like(one) for one in copies[0][1])
        present = np.zeros(stats.shape[:2])
        for count, (of_one, areas_of_one, longest_of_one) in copies:
            stats += count * of_one
            areas += count * areas_of_one
            present += count * (of_one[:, :, ScanColumn.VECTORS] > 0.0)
            is_longer = longest_of_one.sum(axis=1) > longest_mm.sum(axis=1)
            longest_mm[is_longer] = longest_of_one[is_longer]
        stats[:, :, ScanColumn.PART_CHANGES] += np.maximum(0.0, present - 1.0)
        return job, estimate_of_cells(job, stats, areas, longest_mm)

    def _key(self, shift_mm: NDArray[np.float64]) -> _Key:
        return (
            self._crossing(self._shares.x_cuts, 0, float(shift_mm[0])),
            self._crossing(self._shares.y_cuts, 1, float(shift_mm[1])),
        )

    def _copy(self, key: _Key, shift_mm: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        if key not in self._known:
            one = plate_job(self._job, shift_mm[None])
            self._known[key] = quick_statistics(one, engine=self._engine, cuts=self._cuts(one))
        return self._known[key]

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
