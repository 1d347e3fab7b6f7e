"""An order of a layer's vectors in which lasers stand less often in each other's smoke.

::

       gas            gas           All lasers begin at their downstream ends and come back against the gas
     │ ▼ │          │ ▼ │           in step (rows), or each goes through lanes along the gas, those that share
    ┌─────┐        ┌─┬─┬─┐          a line of the gas out of step with each other (lanes): laser B, upwind,
    │  3  │ laser B│3│1│2│          begins in the second lane while A begins in the first.
    │  2  │        ├─┼─┼─┤
    │  1  │ laser A│1│2│3│
    └─────┘        └─┴─┴─┘

Algorithm
    A few orders are laid out by sorting: whole parts or blocks, by rows or by lanes, in lanes with lasers
    shifted by equal shares of their time or running towards each other. The conflict seconds of each are
    computed with blocks thinned out to some straight pieces; the best is then computed vector by vector.
    It is taken when it has less conflict than the order given and the layer takes no longer than a stated
    share more. Nothing is searched and nothing depends on other layers, so the result is the same on every
    engine.

Degeneracy rule
    Places are rounded to 1 nm before they are compared; what is equal keeps its order. A laser alone, or a
    layer with hardly any conflict, keeps its order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.vector_times import vector_times
from amprep.kernels.smoke import smoke_seconds
from amprep.model.arrays import ArrayNoun, frozen_array, read_only
from amprep.timeline.blocks import Blocks, blocks_of
from amprep.timeline.smoke import smoke_of
from amprep.timeline.timing import jump_cost, timeline_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion
    from amprep.estimation.vector_times import VectorTimes
    from amprep.model.timeline import LayerSmoke, LayerTimeline
    from amprep.timeline.timing import JumpCost

__all__ = ["MOST_LONGER", "SmokeOrder", "smoke_order"]

#: By this share a layer may take longer for the sake of fewer conflicts.
MOST_LONGER = 0.01

#: Conflicts up to this share of the marking are not worth another order.
_NOT_WORTH = 0.002

#: A less gentle order must save this share of the conflicts more.
_WORTH = 0.02

#: Blocks are cut to this share of the time of the layer's exposure.
_BLOCK_SHARE = 1.0 / 64.0

#: So many vectors become one straight piece where orders are compared.
_THINNED = 16

#: Lanes and rows of each laser.
_LANES = 6


@dataclass(frozen=True, slots=True, eq=False)
class SmokeOrder(ArrayNoun):
    """An order of the vectors of a layer, and what it does.

    order : (N,) int64
        The vectors, laser by laser in their new order; as they were where nothing was gained.
    """

    order: NDArray[np.int64]
    timeline_before: LayerTimeline
    timeline: LayerTimeline
    smoke_before: LayerSmoke
    smoke: LayerSmoke
    is_changed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", frozen_array(self.order, np.int64, (None,), "order"))


def smoke_order(  # noqa: PLR0913
    segments: NDArray[np.float32],
    *,
    laser: NDArray[np.uint8],
    region: NDArray[np.uint8],
    part: NDArray[np.uint16],
    exposure: NDArray[np.uint16],
    motion: Motion,
    values: Mapping[str, float],
    plume: NDArray[np.float64],
    most_longer: float = MOST_LONGER,
    reorder: bool = True,
) -> SmokeOrder:
    """Put the blocks of each laser in an order with fewer conflicts.

    Every vector stays with its laser and as it is. On each laser, supports stay before all else, and of each
    part what is exposed in stages (contours, each hatched region, what is exposed once more) keeps their
    order.

    Parameters
    ----------
    segments : (N, 4) float32, mm
        In firing order.
    laser : (N,) uint8
    region : (N,) uint8
    part : (N,) uint16
    exposure : (N,) uint16
        ``REGIONS · parameter set + region``.
    motion : Motion
    values : mapping
        As for `layer_timeline`.
    plume : (5,) float64
        From `plume_of`.
    most_longer : float
        Share by which the exposure of the layer may take longer.
    reorder : bool
        Without it, the order stays and is only looked at.

    """
    given: dict[str, NDArray[np.generic]] = {"laser": laser, "exposure": exposure, "part": part}

    def exposed(order: NDArray[np.int64] | None) -> tuple[VectorTimes, LayerTimeline, LayerSmoke]:
        rows = segments if order is None else segments[order]
        kinds = given if order is None else {name: one[order] for name, one in given.items()}
        times = vector_times(motion, values, rows, **kinds)  # type: ignore[arg-type]
        timeline = timeline_of(times, kinds["laser"], motion.laser_count)  # type: ignore[arg-type]
        return times, timeline, smoke_of(timeline, rows, plume)

    times, timeline, smoke = exposed(None)
    same = SmokeOrder(np.arange(len(segments)), timeline, timeline, smoke, smoke, is_changed=False)
    if not reorder or smoke.conflict_s <= _NOT_WORTH * float(timeline.marking_s.sum()):
        return same
    cost = jump_cost(motion, values)
    blocks = blocks_of(
        segments,
        laser=laser,
        region=region,
        part=part,
        times=times,
        cost=cost,
        block_s=_BLOCK_SHARE * timeline.exposure_s,
    )
    best = _best(blocks, _thinned(blocks, segments, timeline, motion.laser_count), cost, plume, most_longer)
    if best is None:
        return same
    order = blocks.vectors_in(best)
    _, after, smoke_after = exposed(order)
    if (
        smoke_after.conflict_s < smoke.conflict_s
        and after.exposure_s <= (1.0 + most_longer) * timeline.exposure_s
    ):
        return SmokeOrder(order, timeline, after, smoke, smoke_after, is_changed=True)
    return same


@dataclass(frozen=True, slots=True, eq=False)
class _Thinned(ArrayNoun):
    """Straight pieces in place of vectors.

    rows : (P, 4) float32, mm
    begin_s, end_s : (P,) float64, s
        From the first marking of the block on.
    first : (B + 1,) int64
        Where those of each block begin.
    lasers : (L + 1,) int64
        Where those of each laser begin.
    """

    rows: NDArray[np.float32]
    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    first: NDArray[np.int64]
    lasers: NDArray[np.int64]


def _thinned(
    blocks: Blocks, segments: NDArray[np.float32], timeline: LayerTimeline, laser_count: int
) -> _Thinned:
    """Some vectors each, from the middle of the first to the middle of the last."""
    sizes = np.diff(blocks.first)
    number = np.arange(len(blocks.vectors)) - np.repeat(blocks.first[:-1], sizes)
    heads = np.flatnonzero(number % _THINNED == 0)
    tails = np.concatenate([heads[1:], [len(blocks.vectors)]]) - 1
    one, other = blocks.vectors[heads], blocks.vectors[tails]
    middles = [0.5 * (segments[ends, :2] + segments[ends, 2:]) for ends in (one, other)]
    block = np.repeat(np.arange(len(blocks)), sizes)[heads]
    zero = timeline.marking_from_s[blocks.vectors[blocks.first[:-1]]][block]
    return _Thinned(
        rows=read_only(np.hstack(middles)),
        begin_s=timeline.marking_from_s[one] - zero,
        end_s=timeline.end_s[other] - zero,
        first=np.searchsorted(block, np.arange(len(blocks) + 1)),
        lasers=np.searchsorted(blocks.laser[block], np.arange(laser_count + 1)),
    )


def _best(
    blocks: Blocks, thinned: _Thinned, cost: JumpCost, plume: NDArray[np.float64], most_longer: float
) -> NDArray[np.int64] | None:
    """The order of blocks with the least conflict, or None where that is the order given."""
    given = np.arange(len(blocks))
    best: NDArray[np.int64] | None = None
    least_s = all_s = whole_s = 0.0
    for order in (given, *_candidates(blocks, plume)):
        begin_s = blocks.begin_s(order, cost)
        exposure_s = float((begin_s + blocks.seconds).max())
        if order is given:
            whole_s = exposure_s
        elif exposure_s > (1.0 + most_longer) * whole_s:
            continue
        conflict_s = _conflict_s(thinned, order, begin_s, plume)
        if order is given:
            least_s = all_s = conflict_s
        elif conflict_s < least_s - _WORTH * all_s:
            best, least_s = order, conflict_s
    return best


def _conflict_s(
    thinned: _Thinned, order: NDArray[np.int64], begin_s: NDArray[np.float64], plume: NDArray[np.float64]
) -> float:
    """Conflict seconds of the pieces, with blocks in this order and at these times."""
    counts = np.diff(thinned.first)
    shift = np.repeat(begin_s, counts)
    sizes = counts[order]
    ends = np.cumsum(sizes)
    pieces = np.arange(len(shift)) - np.repeat(ends - sizes, sizes) + np.repeat(thinned.first[order], sizes)
    pairs, _ = smoke_seconds(
        thinned.rows,
        read_only(thinned.begin_s + shift),
        read_only(thinned.end_s + shift),
        read_only(pieces),
        read_only(thinned.lasers),
        plume,
    )
    return float(pairs[:, 0].sum())


def _candidates(blocks: Blocks, plume: NDArray[np.float64]) -> Iterator[NDArray[np.int64]]:
    """Orders of the blocks, those that leave parts in one piece first."""
    lasers = int(blocks.laser.max()) + 1
    for keeps_parts in (True, False):
        units = _laid_out(blocks, _units(blocks, keeps_parts=keeps_parts), plume)
        yield _in_order(blocks, units, _by_rows(units, lasers))
        for towards_each_other in (False, True):
            yield _in_order(blocks, units, _by_lanes(units, lasers, towards_each_other=towards_each_other))


def _units(blocks: Blocks, *, keeps_parts: bool) -> NDArray[np.int64]:
    """(B,) int64: number of what stays together: all that a laser has of a part, or each block."""
    if not keeps_parts:
        return np.arange(len(blocks))
    order = np.lexsort((blocks.part, blocks.laser))
    changes = np.zeros(len(blocks), dtype=bool)
    changes[1:] = (np.diff(blocks.laser[order]) != 0) | (np.diff(blocks.part[order]) != 0)
    units = np.empty(len(blocks), dtype=np.int64)
    units[order] = np.cumsum(changes)
    return units


@dataclass(frozen=True, slots=True, eq=False)
class _Units(ArrayNoun):
    """What is laid out: (U,) each, along and across the gas in mm; lines hold lasers one behind the other."""

    unit: NDArray[np.int64]
    """(B,): number of each block's unit."""
    laser: NDArray[np.int64]
    along: NDArray[np.float64]
    across: NDArray[np.float64]
    seconds: NDArray[np.float64]


def _laid_out(blocks: Blocks, unit: NDArray[np.int64], plume: NDArray[np.float64]) -> _Units:
    """Places of the units: the mean of their blocks, by time."""
    count = int(unit.max()) + 1
    gas, side = plume[:2], np.array([-plume[1], plume[0]])
    seconds = np.bincount(unit, blocks.seconds, minlength=count)
    laser = np.zeros(count, dtype=np.int64)
    laser[unit] = blocks.laser
    along, across = (
        np.round(np.bincount(unit, blocks.seconds * (blocks.middle_mm @ way), minlength=count) / seconds, 6)
        for way in (gas, side)
    )
    return _Units(unit, laser, along, across, seconds.astype(np.float64, copy=False))


def _lines(units: _Units, lasers: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(L,) each: the line of the gas on which each laser works, and its place there, the first downstream.

    Lasers belong to one line when the middles of their work lie nearer to each other across the gas than half
    the width of the narrower one's work.
    """
    line, place = np.zeros(lasers, dtype=np.int64), np.zeros(lasers, dtype=np.int64)
    works = [np.flatnonzero(units.laser == k) for k in range(lasers)]
    busy = [k for k in range(lasers) if len(works[k])]
    low = {k: float(units.across[works[k]].min()) for k in busy}
    high = {k: float(units.across[works[k]].max()) for k in busy}
    busy.sort(key=lambda k: (low[k] + high[k], k))
    groups: list[list[int]] = []
    for k in busy:
        if groups:
            last = groups[-1][-1]
            apart = 0.5 * (low[k] + high[k] - low[last] - high[last])
            if apart <= 0.5 * min(high[k] - low[k], high[last] - low[last]):
                groups[-1].append(k)
                continue
        groups.append([k])
    for number, group in enumerate(groups):
        middle = {k: float(np.average(units.along[works[k]], weights=units.seconds[works[k]])) for k in group}
        for rank, k in enumerate(sorted(group, key=lambda k: (-middle[k], k))):
            line[k], place[k] = number, rank
    return line, place


def _by_rows(units: _Units, lasers: int) -> NDArray[np.int64]:
    """(U,) int64: rank of each unit, row by row against the gas, to and fro inside of a row."""
    row = np.zeros(len(units.laser))
    for k in range(lasers):
        own = np.flatnonzero(units.laser == k)
        row[own] = _shares(-units.along[own])
    row = np.floor(np.minimum(row * _LANES, _LANES - 1.0))
    across = np.where(row % 2 == 0, units.across, -units.across)
    return _ranks(np.lexsort((-units.along, across, row)))


def _by_lanes(units: _Units, lasers: int, *, towards_each_other: bool) -> NDArray[np.int64]:
    """(U,) int64: rank of each unit, lane by lane, against the gas inside of a lane.

    The lasers of a line begin in different lanes, shifted by equal shares of their time, or every other one
    goes through the lanes in reverse.
    """
    line, place = _lines(units, lasers)
    lane = np.zeros(len(units.laser))
    for number in range(int(line.max()) + 1):
        own = np.flatnonzero(line[units.laser] == number)
        lane[own] = _shares(units.across[own])
    lane = np.floor(np.minimum(lane * _LANES, _LANES - 1.0))
    if towards_each_other:
        turned = place[units.laser] % 2 == 1
        return _ranks(np.lexsort((-units.along, np.where(turned, -lane, lane))))
    order = np.lexsort((-units.along, lane, units.laser))
    ranks = _ranks(order)
    for k in range(lasers):
        own = order[units.laser[order] == k]
        behind = int(np.count_nonzero(line == line[k]))
        seconds = units.seconds[own]
        begun = np.cumsum(seconds) - 0.5 * seconds
        split = int(np.searchsorted(begun, seconds.sum() * place[k] / behind)) if len(own) else 0
        ranks[own] = np.sort(ranks[own])[(np.arange(len(own)) - split) % max(len(own), 1)]
    return ranks


def _shares(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) float64, 0 to 1: how far each place lies from the lowest to the highest; 0 where all are one."""
    if not len(places):
        return places
    low, high = float(places.min()), float(places.max())
    return (places - low) / (high - low) if high > low else np.zeros(len(places))


def _ranks(order: NDArray[np.int64]) -> NDArray[np.int64]:
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _in_order(blocks: Blocks, units: _Units, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """(B,) int64: the blocks, laser by laser, by the ranks of their units, with all that must stay before."""
    number = np.arange(len(blocks))
    order = np.lexsort((number, ranks[units.unit], ~blocks.is_support, blocks.laser))
    place = _ranks(order)
    # The places that a part has on a laser go to its blocks stage by stage.
    places = np.lexsort((place, blocks.part, blocks.laser))
    staged = np.lexsort((place, blocks.stage, blocks.part, blocks.laser))
    settled = np.empty(len(blocks), dtype=np.int64)
    settled[place[places]] = staged
    return settled
