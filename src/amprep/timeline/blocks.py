"""What may change places in a layer: blocks of vectors that are fired one after the other.

::

    laser 1   │ part A: contour │ hatch ······ │ hatch ····· │ part B: contour │ hatch ···· │
    stage     │        0        │       1      │      1      │        0        │      1     │

A block has vectors of one laser, part and stage. A stage of a part is a run of vectors of one hatched region,
or of its contours and edges, the first time or once more. Stages keep their order, so what comes before the
hatch stays before it; blocks of one stage may change places. Contours and edges of a stage are one block.
Hatches are cut at jumps, or at turnarounds where there is no jump, into pieces of about a given time; a cut
turnaround becomes a jump. Nothing moves inside of a block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.firing_blocks import firing_blocks
from amprep.model.arrays import ArrayNoun, read_only
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.estimation.vector_times import VectorTimes
    from amprep.timeline.timing import JumpCost

__all__ = ["Blocks", "blocks_of"]

_HATCHES = {one for one in Region if one.is_hatch}
_SUPPORTS = {Region.SUPPORT, Region.SUPPORT_CONTOUR}
_IS_SUPPORT = np.array([number % AGAIN in _SUPPORTS for number in range(REGIONS)])
_CONTOURS = REGIONS
#: One number for each hatched region, and from `_CONTOURS` on for all contours and edges, first and again.
_KIND = np.array(
    [n if n % AGAIN in _HATCHES else _CONTOURS + n // AGAIN for n in range(REGIONS)], dtype=np.uint8
)


@dataclass(frozen=True, slots=True, eq=False)
class Blocks(ArrayNoun):
    """Blocks of a layer, laser by laser, each laser's in firing order.

    vectors : (N,) int64
        The vectors, laser by laser.
    first : (B + 1,) int64
        Where in `vectors` each block begins.
    laser, part, stage : (B,) int64
    is_support : (B,) bool
    entry_mm, leave_mm, middle_mm : (B, 2) float64, mm
        Start of the first vector, end of the last, middle of the box around all ends.
    seconds : (B,) float64, s
        Marking and ways, but for the jump to the block and a change of part there.
    """

    vectors: NDArray[np.int64]
    first: NDArray[np.int64]
    laser: NDArray[np.int64]
    part: NDArray[np.int64]
    stage: NDArray[np.int64]
    is_support: NDArray[np.bool_]
    entry_mm: NDArray[np.float64]
    leave_mm: NDArray[np.float64]
    middle_mm: NDArray[np.float64]
    seconds: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.laser)

    def begin_s(self, order: NDArray[np.int64], cost: JumpCost) -> NDArray[np.float64]:
        """(B,) float64, s: when the first vector of each block is marked, in the order given.

        order : (B,) int64
            Laser by laser. The times are those of `seconds`, so a little off where vectors join up.
        """
        laser, part = self.laser[order], self.part[order]
        way = np.zeros(len(order))
        way[1:] = np.hypot(*(self.entry_mm[order[1:]] - self.leave_mm[order[:-1]]).T)
        opens = np.ones(len(order), dtype=bool)
        opens[1:] = laser[1:] != laser[:-1]
        way[opens] = 0.0
        entry_s = cost.seconds(way)
        entry_s[1:] += np.where(~opens[1:] & (part[1:] != part[:-1]), cost.part_change_s, 0.0)
        end = np.cumsum(entry_s + self.seconds[order])
        heads = np.flatnonzero(opens)
        runs = np.diff(np.concatenate([heads, [len(order)]]))
        end -= np.repeat(np.where(heads > 0, end[heads - 1], 0.0), runs)
        begin = np.empty(len(order))
        begin[order] = end - self.seconds[order]
        return begin

    def vectors_in(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """(N,) int64: the vectors of the layer with their blocks in this order."""
        sizes = np.diff(self.first)[order]
        ends = np.cumsum(sizes)
        within = np.arange(len(self.vectors)) - np.repeat(ends - sizes, sizes)
        moved: NDArray[np.int64] = self.vectors[np.repeat(self.first[order], sizes) + within]
        return moved


def blocks_of(
    segments: NDArray[np.float32],
    *,
    laser: NDArray[np.uint8],
    region: NDArray[np.uint8],
    part: NDArray[np.uint16],
    times: VectorTimes,
    cost: JumpCost,
    block_s: float,
) -> Blocks:
    """The blocks of a layer.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    laser : (N,) uint8
    region : (N,) uint8
    part : (N,) uint16
    times : VectorTimes
    cost : JumpCost
    block_s : float
        Hatches are cut into pieces of about this time.

    """
    vectors = np.argsort(laser, kind="stable")
    if not len(vectors):
        return _no_blocks()
    first, sums = firing_blocks(
        read_only(segments),
        read_only(vectors),
        read_only(laser.astype(np.int64) * (int(part.max()) + 1) + part),
        read_only(_KIND[region]),
        read_only(times.total_s),
        times.is_jump,
        float(block_s) if block_s > 0.0 else math.inf,
        _CONTOURS - 1,
    )
    heads, tails = vectors[first[:-1]], vectors[first[1:] - 1]
    number, owner = laser[heads].astype(np.int64), part[heads].astype(np.int64)
    entry_mm, leave_mm = segments[heads, :2].astype(np.float64), segments[tails, 2:].astype(np.float64)
    goes_on = np.zeros(len(heads), dtype=bool)
    goes_on[1:] = number[1:] == number[:-1]
    way_mm = np.zeros(len(heads))
    way_mm[1:] = np.hypot(*(entry_mm[1:] - leave_mm[:-1]).T)
    entry_s = cost.seconds(np.where(goes_on, way_mm, 0.0))
    entry_s[1:] += np.where(goes_on[1:] & (owner[1:] != owner[:-1]), cost.part_change_s, 0.0)
    # The way to a block that begins with a turnaround has nothing in it that stays.
    entry_s = np.where(times.is_jump[heads], entry_s, times.way_s[heads])
    return Blocks(
        vectors=vectors,
        first=first,
        laser=number,
        part=owner,
        stage=_stages(number, owner, _KIND[region[heads]]),
        is_support=_IS_SUPPORT[region[heads]],
        entry_mm=entry_mm,
        leave_mm=leave_mm,
        middle_mm=0.5 * (sums[:, :2] + sums[:, 2:4]),
        seconds=sums[:, 4] - entry_s,
    )


def _no_blocks() -> Blocks:
    none, places = np.zeros(0, dtype=np.int64), np.zeros((0, 2))
    first = np.zeros(1, dtype=np.int64)
    return Blocks(none, first, none, none, none, none.astype(bool), places, places, places, np.zeros(0))


def _stages(laser: NDArray[np.int64], part: NDArray[np.int64], kind: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(B,) int64: how often the kind has changed before, among the blocks of a part with one laser."""
    order = np.lexsort((part, laser))
    own_laser, own_part, own_kind = laser[order], part[order], kind[order]
    is_same = (own_laser[1:] == own_laser[:-1]) & (own_part[1:] == own_part[:-1])
    steps = np.zeros(len(order), dtype=np.int64)
    steps[1:] = is_same & (own_kind[1:] != own_kind[:-1])
    # Numbers may go on from part to part: only their order within one counts.
    stages = np.empty(len(order), dtype=np.int64)
    stages[order] = np.cumsum(steps)
    return stages
