"""Strategies: where seams stand in a layer, and which laser a part's contours go to.

``balanced``
    Work is summed up by the set of lasers that reach it and divided so that the slowest laser is as fast as
    can be. Contours and edges, which stay together, are given out first, the longest first, each to the laser
    that has most of its share of such work left. Each seam then stands where the hatch in front of it is as
    large as the lasers there should have.
``quadrant``
    Seams half-way between the middles of neighbouring fields, for everything.
``part``
    A part goes to one laser that reaches all of it, the longest first, each to the one that has least;
    other parts as by quadrant, their contours together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.balance import place_seams
from amprep.kernels.reach import STRAIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.assignment.trees import Trees

__all__ = ["Decided", "Work", "balanced", "by_part", "stride_of", "unchanged"]

#: About so many vectors of a layer say where its seams should stand, at least.
_ENOUGH = 1024

#: One stands for so many at most: in a large part more would be wider than what a seam may be wrong.
_MOST = 15


def stride_of(vectors: int) -> int:
    """One of so many hatch vectors is weighed: all of few, some of many; odd, so that both ways count."""
    return min(2 * (vectors // (2 * _ENOUGH)) + 1, _MOST)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A layer's vectors and what they weigh; names as in `amprep.kernels.laser_work.laser_work`.

    whole : (P,) int64
        Lasers that reach all of each part, in all layers.
    """

    segments: NDArray[np.float32]
    exposure: NDArray[np.uint16]
    part: NDArray[np.uint16]
    costs: NDArray[np.float64]
    reach: NDArray[np.float64]
    whole: NDArray[np.int64]
    rows: NDArray[np.int32]
    work_s: NDArray[np.float64]
    held: NDArray[np.int64]
    by_mask_s: NDArray[np.float64]
    of_part_s: NDArray[np.float64]
    common: NDArray[np.int64]
    split_s: NDArray[np.float64]
    detours_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What a strategy says of a layer.

    straight_mm : (K,) float64, mm
        Where seams would stand if they were straight; infinite for none.
    lists : (P, L) uint8
        Lasers in the order in which a part asks for them.
    fixed : (P,) uint8
        1 where the first of them reaches all that the part keeps together.
    follows : (P,) uint8
        1 where the part keeps its hatch together as well.
    """

    straight_mm: NDArray[np.float64]
    lists: NDArray[np.uint8]
    fixed: NDArray[np.uint8]
    follows: NDArray[np.uint8]


class _Lists:
    """The lists of all parts in the making."""

    def __init__(self, parts: int, lasers: int) -> None:
        self.lists = np.tile(np.arange(lasers, dtype=np.uint8), (parts, 1))
        self.fixed = np.zeros(parts, dtype=np.uint8)
        self.follows = np.zeros(parts, dtype=np.uint8)

    def give(self, part: int, order: list[int], *, is_whole: bool) -> None:
        """Say in which order a part asks for lasers, others last; and whether the first reaches it all."""
        rest = [k for k in range(self.lists.shape[1]) if k not in order]
        self.lists[part] = order + rest
        self.fixed[part] = is_whole

    def decided(self, straight_mm: NDArray[np.float64]) -> Decided:
        return Decided(straight_mm, self.lists, self.fixed, self.follows)


def unchanged(work: Work, trees: Trees) -> Decided:
    """Seams half-way between the middles of the fields."""
    return _Lists(*_shape(work)).decided(trees.nodes[:, STRAIGHT])


def by_part(work: Work, trees: Trees) -> Decided:
    """One part, one laser, as far as one reaches all of it."""
    parts, lasers = _shape(work)
    made = _Lists(parts, lasers)
    of_part = work.of_part_s[:, -1] + np.bincount(work.part[work.rows], work.work_s, minlength=parts)
    load = [0.0] * lasers
    for part in sorted(
        np.flatnonzero(of_part).tolist(), key=lambda i: (_choices(int(work.whole[i])) > 1, -of_part[i], i)
    ):
        able = _lasers(int(work.whole[part]))
        if not able:
            _keep_together(work, made, part, load)
            continue
        chosen = min(able, key=lambda k: (load[k], k))
        load[chosen] += float(of_part[part])
        made.give(part, [chosen], is_whole=True)
        made.follows[part] = 1
    return made.decided(trees.nodes[:, STRAIGHT])


def balanced(work: Work, trees: Trees) -> Decided:
    """The slowest laser as fast as can be."""
    straight_mm, lists, fixed = place_seams(
        work.segments,
        work.reach,
        work.rows,
        work.work_s,
        work.held,
        work.by_mask_s,
        work.of_part_s,
        work.common,
        work.split_s,
        trees.root,
        trees.nodes,
        trees.children,
        trees.level,
        trees.mask,
        trees.groups,
    )
    return Decided(straight_mm, lists, fixed, np.zeros(len(lists), dtype=np.uint8))


def _keep_together(work: Work, made: _Lists, part: int, load: list[float]) -> None:
    """Give contours that no laser reaches all of to the one that reaches most, and the rest to the next."""
    reached = work.of_part_s[part, :-1].tolist()
    order = sorted(range(len(reached)), key=lambda k: (-round(reached[k], 9), load[k], k))
    made.give(part, order, is_whole=False)
    if not work.split_s.shape[1]:
        # As if each next laser reached all that is left.
        rest = float(work.of_part_s[part, -1])
        for laser in order:
            own = min(rest, reached[laser])
            load[laser] += own
            rest -= own
    for mask in np.flatnonzero(work.split_s[part]).tolist():
        chosen = next((laser for laser in order if mask >> laser & 1), None)
        if chosen is not None:
            load[chosen] += float(work.split_s[part, mask])


def _shape(work: Work) -> tuple[int, int]:
    """How many parts and lasers there are."""
    return len(work.whole), work.reach.shape[1]


def _lasers(mask: int) -> list[int]:
    """The lasers of a mask; none for the mask of nothing known."""
    return [k for k in range(mask.bit_length()) if mask >> k & 1] if mask > 0 else []


def _choices(mask: int) -> int:
    return mask.bit_count() if mask > 0 else 0
