"""The vectors of a layer among the lasers: by a strategy, and cut at seams that wander."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.assignment.balancing import Work, balanced, by_part, stride_of, unchanged
from amprep.assignment.bound import lower_bound_s
from amprep.assignment.fields import drawn_in, fields_of, require_reach
from amprep.assignment.trees import phase_of, trees_of
from amprep.kernels.laser_work import laser_work
from amprep.kernels.reach import STRAIGHT
from amprep.kernels.ring_pieces import order_ring_pieces
from amprep.kernels.seams import cut_at_seams
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from amprep.assignment.balancing import Decided
    from amprep.assignment.trees import Trees
    from amprep.model.job import Job
    from amprep.model.machine import MachineProfile

    #: Seconds of the laser that takes longest for segments, laser, exposure and part, as `Assigned` has them.
    Slowest = Callable[
        [NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint16], NDArray[np.uint16]], float
    ]

__all__ = ["Assigned", "Sharing", "sharing_of"]

_STRATEGIES = {"balanced": balanced, "quadrant": unchanged, "part": by_part}

#: From this share of all work on, ways that one laser flies and others need not may decide where seams are
#: best, and nothing weighs them before the layer is shared.
_MANY_DETOURS = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """The vectors of a layer with their lasers.

    segments : (M, 4) float32, mm
        In the order given, pieces one after the other.
    laser : (M,) uint8
    source : (M,) int32 or None
        Row of the vector each piece comes from; None where nothing was cut.
    """

    segments: NDArray[np.float32]
    laser: NDArray[np.uint8]
    source: NDArray[np.int32] | None
    bound_s: float = 0.0
    """What the slowest laser takes at least, whoever exposes what; 0 for one laser."""
    work_s: float = 0.0
    """What one laser would take that reaches everything; 0 for one laser, where nothing is weighed."""

    def of_sources(self, *columns: NDArray[Any]) -> list[NDArray[Any]]:
        """What is said of the vectors given, (N,) each, for the pieces, (M,)."""
        return [one if self.source is None else one[self.source] for one in columns]


@dataclass(frozen=True, slots=True, eq=False)
class Sharing:
    """What decides in all layers who exposes what.

    least_mm : float
        Pieces of cut vectors are no shorter, where one laser reaches a longer one.
    fields : (L, 7) float64
        As `amprep.assignment.fields.fields_of` gives them.
    costs : (E, 7) float64
        Per exposure, as in `amprep.kernels.laser_work.laser_work`.
    known : (P,) int64
        Lasers that reach each part, where they are the same everywhere in it; else 0.
    whole : (P,) int64
        Lasers that reach all of each part.
    drawn : tuple of (2, L, 7) float64
        Fields by the phase of the seams.
    grids : tuple of (2,) float64, mm
        Period and begin of the grid of seams, by phase.
    is_ring : (E,) uint8 or None
        Per exposure: 1 where closed runs of vectors may be gone along either way; None where there is none.
    """

    strategy: str
    pattern: str
    overlap_mm: float
    least_mm: float
    fields: NDArray[np.float64]
    costs: NDArray[np.float64]
    known: NDArray[np.int64]
    whole: NDArray[np.int64]
    trees: Trees | None
    drawn: tuple[NDArray[np.float64], ...] = field(default=())
    grids: tuple[NDArray[np.float64], ...] = field(default=())
    is_ring: NDArray[np.uint8] | None = None
    slowest_s: Slowest | None = None
    """Asked only where the weights of vectors do not say enough; None: never."""

    def assign(
        self,
        layer_index: int,
        segments: NDArray[np.float32],
        exposure: NDArray[np.uint16],
        part: NDArray[np.uint16],
    ) -> Assigned:
        """Give the vectors of a layer to the lasers.

        Parameters
        ----------
        layer_index : int
            From 0.
        segments : (N, 4) float32, mm
            In firing order.
        exposure : (N,) uint16
            ``REGIONS · parameter set + region``.
        part : (N,) uint16

        """
        if self.trees is None:
            return Assigned(segments, np.zeros(len(segments), dtype=np.uint8), None)
        phase = layer_index % len(self.drawn)
        reach = self.drawn[phase]
        sums = laser_work(segments, exposure, part, self.costs, self.known, reach, stride_of(len(segments)))
        work = Work(segments, exposure, part, self.costs, reach, self.whole, *sums)
        decided = _STRATEGIES[self.strategy](work, self.trees)
        bound_s = float(lower_bound_s(work.by_mask_s[1:])[0])
        work_s = float(work.by_mask_s[1].sum() + work.detours_s)
        found = self._divided(work, self.trees, decided, phase)
        if self.strategy == "balanced" and self.slowest_s and work.detours_s > _MANY_DETOURS * work_s:
            half_way = replace(decided, straight_mm=self.trees.nodes[:, STRAIGHT])
            other = self._divided(work, self.trees, half_way, phase)
            both_s = [
                self.slowest_s(one.segments, one.laser, *one.of_sources(exposure, part))
                for one in (found, other)
            ]
            found = other if both_s[1] < both_s[0] else found
        return replace(found, bound_s=bound_s, work_s=work_s)

    def _divided(self, work: Work, trees: Trees, decided: Decided, phase: int) -> Assigned:
        """The vectors as a strategy wants them, cut at its seams."""
        segments = work.segments
        nodes = trees.seams(decided.straight_mm, self.pattern, *self.grids[phase].tolist())
        cut, laser, source, pieces = cut_at_seams(
            segments,
            work.exposure,
            work.part,
            self.costs,
            decided.lists,
            decided.fixed,
            decided.follows,
            self.known,
            work.reach,
            trees.root,
            nodes,
            trees.children,
            self.grids[phase],
            self.overlap_mm,
            self.least_mm,
        )
        if not pieces:
            return Assigned(segments, laser, None)
        cut, laser, source = cut[:pieces], laser[:pieces], source[:pieces]
        if self.is_ring is not None:
            order, turned = order_ring_pieces(
                cut, laser, source, segments, work.exposure, work.part, self.is_ring, len(self.fields)
            )
            cut, laser, source = cut[order], laser[order], source[order]
            back = turned.astype(bool)
            cut[back] = cut[back][:, [2, 3, 0, 1]]
        return Assigned(cut, laser, source)


def sharing_of(
    job: Job,
    exposures: NDArray[np.float64],
    long_jump_mm: float,
    *,
    slowest_s: Slowest | None = None,
) -> Sharing:
    """What decides in all layers of a job who exposes what.

    Parameters
    ----------
    job : Job
    exposures : (E, 4) float64
        How the scan heads move, as `amprep.estimation.motion.Motion.exposures`.
    long_jump_mm : float
        From where on a jump reaches its full speed.
    slowest_s : Slowest or None
        What `Sharing.slowest_s` is.

    Raises
    ------
    BuildError
        E490 when a part lies outside of all fields, E404 when the fields leave a gap in the platform.

    """
    require_reach(job.machine, job.parts)
    rule = job.process.lasers
    pattern, strategy = rule.seam_pattern.value, rule.strategy.value
    distance_mm, steps = rule.seam_distance_mm.value, int(rule.seam_steps.value)
    period_mm = 0.0 if pattern == "straight" else distance_mm * steps
    fields = fields_of(job.machine)
    platform_mm = job.machine.build_volume.bounds_mm
    trees: Trees | None = None
    drawn: tuple[NDArray[np.float64], ...] = ()
    grids: tuple[NDArray[np.float64], ...] = ()
    if len(fields) > 1:
        count = 1 if pattern == "straight" else steps
        begins = [phase_of(phase, distance_mm, steps) for phase in range(count)]
        trees = trees_of(fields, platform_mm, period_mm, begins)
        drawn = tuple(drawn_in(fields, platform_mm, period_mm, begin) for begin in begins)
        grids = tuple(np.array([distance_mm * steps, begin]) for begin in begins)
    boxes = np.array([part.bounds_mm[:, :2].ravel() for part in job.parts]).reshape(-1, 4)
    known, whole = _reaching(fields, drawn, boxes)
    # What is shorter than the overlap lies in it; and a cut must not bring back what a filter took out.
    shortest_mm = [one.filters.shortest_vector_mm.value for one in job.parameter_sets.processes]
    costs = _costs(job.machine, exposures, long_jump_mm)
    if strategy == "quadrant":
        costs[:, 5] = 1.0
    elif strategy == "balanced" and rule.contours_by.value == "contour":
        costs[:, 5] = np.where(costs[:, 5] > 0.0, 1.0, 2.0)
    return Sharing(
        strategy,
        pattern,
        rule.seam_overlap_mm.value,
        max([rule.seam_overlap_mm.value, *shortest_mm]),
        fields,
        costs,
        known,
        whole,
        trees,
        drawn,
        grids,
        _rings(job),
        slowest_s,
    )


def _rings(job: Job) -> NDArray[np.uint8] | None:
    """(E,) uint8: 1 for concentric hatches, also where they are exposed once more; None without any."""
    found = np.zeros((len(job.parameter_sets.processes), REGIONS), dtype=np.uint8)
    for number, process in enumerate(job.parameter_sets.processes):
        for region in Region:
            if region.is_hatch and process.hatch(region).pattern.value == "concentric":
                found[number, [region, AGAIN + region]] = 1
    return found.reshape(-1) if found.any() else None


def _costs(
    machine: MachineProfile, exposures: NDArray[np.float64], long_jump_mm: float
) -> NDArray[np.float64]:
    """(E, 7) float64: seconds of the exposures at the nominal values, see `laser_work`."""
    scanner = machine.scanner
    reach_mm, full_run_mm, speed_mm_s, is_hatch = exposures.T
    switching_s = (
        scanner.laser_on_delay_s.value + scanner.laser_off_delay_s.value + scanner.mark_delay_s.value
    )
    costs = np.zeros((len(exposures), 7))
    costs[:, 0] = np.where(speed_mm_s > 0.0, 1.0 / np.maximum(speed_mm_s, 1e-9), 0.0)
    costs[:, 1] = scanner.turnaround_s.value
    costs[:, 2] = 1.0 / scanner.jump_speed_mm_s.value
    costs[:, 3] = scanner.jump_delay_s.value + np.where(full_run_mm > 0.0, switching_s, 0.0)
    costs[:, 4] = reach_mm
    costs[:, 5] = is_hatch
    costs[:, 6] = long_jump_mm
    return costs


def _reaching(
    fields: NDArray[np.float64], drawn: tuple[NDArray[np.float64], ...], boxes: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lasers that reach all of each box, (P,) int64: where no others reach any of it; at all."""
    low, high = boxes[:, None, :2] - 0.01, boxes[:, None, 2:] + 0.01
    bits = 1 << np.arange(len(fields))

    def holds(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
        inside = (low >= rows[:, :2]).all(axis=2) & (high <= rows[:, 2:4]).all(axis=2)
        far = np.maximum(np.abs(low - rows[:, 4:6]), np.abs(high - rows[:, 4:6]))
        held: NDArray[np.bool_] = inside & ((far**2).sum(axis=2) <= rows[:, 6])
        return held

    near = np.clip(fields[:, 4:6], low, high) - fields[:, 4:6]
    touches = (high >= fields[:, :2]).all(axis=2) & (low <= fields[:, 2:4]).all(axis=2)
    touches &= (near**2).sum(axis=2) <= fields[:, 6]
    whole = holds(fields)
    inner = np.logical_and.reduce([whole, *(holds(one[0]) for one in drawn)])
    is_known = (inner == touches).all(axis=1) & inner.any(axis=1)
    known = np.where(is_known, inner @ bits, 0)
    return known.astype(np.int64), (whole @ bits).astype(np.int64)
