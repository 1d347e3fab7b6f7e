"""In which order blocks of vectors, bodies and closed curves are fired."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.nearest_path import nearest_paths
from amprep.kernels.ordering import gather_blocks, improve_order, nearest_order, turn_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Ordered",
    "against_gas",
    "block_ends",
    "downstream_first",
    "either_way",
    "minimise_jumps",
    "rows_in_order",
]


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Vectors in another order, and what that saves.

    segments : (N, 4) float32, mm
        The same vectors, bit for bit.
    block_offsets : (B + 1,) int64
        Where the blocks lie now.
    order : (B,) int64
        Number that each block had before.
    before_mm, after_mm : float
        Jumps between the blocks in all, and from the start to the first one where a start is given.
    """

    segments: NDArray[np.float32]
    block_offsets: NDArray[np.int64]
    order: NDArray[np.int64]
    before_mm: float
    after_mm: float

    @property
    def gain_mm(self) -> float:
        """How much shorter the jumps have become."""
        return self.before_mm - self.after_mm


def minimise_jumps(
    segments: NDArray[np.float32],
    block_offsets: NDArray[np.int64],
    *,
    start_mm: tuple[float, float] | None = None,
) -> Ordered:
    """Blocks in an order with short jumps between them, at most as long as in the given order.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
        Block b is ``segments[block_offsets[b]:block_offsets[b + 1]]``, not empty. Nothing moves inside of it.
    start_mm : (x, y), optional
        Where the laser stands before; without it the first jump costs nothing.

    """
    entry, leave = block_ends(segments, block_offsets)
    x, y = (math.nan, math.nan) if start_mm is None else start_mm
    given = np.arange(len(entry))
    before_mm = _jumps_mm(entry, leave, given, start_mm)
    best, after_mm = given, before_mm
    if len(entry) > 1:
        for candidate in (nearest_order(entry, leave, x, y), given):
            order = improve_order(entry, leave, candidate, x, y)
            length_mm = _jumps_mm(entry, leave, order, start_mm)
            if length_mm < after_mm:
                best, after_mm = order, length_mm
    if best is given:
        return Ordered(segments, block_offsets, given, before_mm, before_mm)
    moved, offsets = gather_blocks(segments, block_offsets, best)
    return Ordered(moved, offsets, best, before_mm, after_mm)


def downstream_first(centres: NDArray[np.float64], gas_direction_deg: float) -> NDArray[np.int64]:
    """Order of parts against the gas: the one furthest downstream first.

    Parameters
    ----------
    centres : (n, 2) float64, mm
        Their centres.
    gas_direction_deg : float
        Where the gas flows to, from +x.

    Returns
    -------
    order : (n,) int64
        Parts that lie equally far downstream keep their order.

    """
    gas = math.radians(gas_direction_deg)
    # Rounded to 1 nm: along an axis, what lies across it must not matter through the last bit of a cosine.
    along = np.round(centres @ np.array([math.cos(gas), math.sin(gas)]), 6)
    return np.argsort(-along, kind="stable")


def against_gas(
    segments: NDArray[np.float32],
    block_offsets: NDArray[np.int64],
    group_blocks: NDArray[np.int64],
    *,
    gas_direction_deg: float,
    distance_mm: float | None,
    stripes_deg: float | None = None,
    row_mm: float = math.inf,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Bodies, their blocks, and the lines in each block in an order against the flow of the gas.

    So smoke is blown over what is exposed already. No vector changes.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
        Blocks, not empty: stripes, islands, or all lines of a body.
    group_blocks : (G + 1,) int64
        Body g has the blocks from ``group_blocks[g]`` to ``group_blocks[g + 1]``.
    gas_direction_deg : float
        Where the gas flows to, from +x.
    distance_mm : float, optional
        Between hatch lines; without it the vectors inside of a block keep their order.
    stripes_deg : float, optional
        Blocks are stripes beside each other in this direction: those of a body come as they are or in
        reverse.
    row_mm : float
        Other blocks, islands, come in rows across the flow, as deep as this, to and fro inside of a row.

    Returns
    -------
    segments, block_offsets, group_blocks
        As they were given.

    """
    gas = math.radians(gas_direction_deg)
    along = np.array([math.cos(gas), math.sin(gas)])
    if distance_mm is not None:
        segments = turn_lines(segments, block_offsets, float(along[0]), float(along[1]), distance_mm)
    sizes = np.diff(group_blocks)
    body = np.repeat(np.arange(len(sizes)), sizes)
    low, high = _boxes(segments, block_offsets)
    middles = 0.5 * (low + high)
    filled = np.flatnonzero(sizes)
    body_middles = 0.5 * (
        np.minimum.reduceat(low, group_blocks[filled]) + np.maximum.reduceat(high, group_blocks[filled])
    )
    bodies = filled[downstream_first(body_middles, gas_direction_deg)]
    rank = np.zeros(len(sizes), dtype=np.int64)
    rank[bodies] = np.arange(len(bodies))
    number = np.arange(len(body))
    if stripes_deg is not None:
        flows_along = math.cos(math.radians(stripes_deg) - gas) > 0.0
        order = np.lexsort((-number if flows_along else number, rank[body]))
    else:
        row = np.floor(-(middles @ along) / row_mm)
        across = middles @ np.array([-along[1], along[0]])
        order = np.lexsort((np.where(row % 2 == 0, across, -across), row, rank[body]))
    moved, offsets = gather_blocks(segments, block_offsets, order)
    return moved, offsets, np.concatenate([[0], np.cumsum(sizes[bodies])])


def block_ends(
    segments: NDArray[np.float32], block_offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(B, 2) float64, mm, each: where blocks are entered and left."""
    entry = segments[block_offsets[:-1], :2].astype(np.float64)
    return entry, segments[block_offsets[1:] - 1, 2:].astype(np.float64)


def either_way(
    ends: NDArray[np.float64], from_xy_mm: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Order paths by the nearest neighbour; each may be gone from whichever end is nearer.

    ends : (B, 2, 2) float64, mm
        Begin and end of each path.
    from_xy_mm : (float, float)
        Where the beam is.

    Returns
    -------
    order : (B,) int64
    turned : (B,) bool
        In that order: whether the path is gone backwards.

    """
    chosen = nearest_paths(
        np.ascontiguousarray(ends.reshape(-1, 2)),
        np.ascontiguousarray(ends[:, ::-1].reshape(-1, 2)),
        np.arange(0, 2 * len(ends) + 1, 2),
        *from_xy_mm,
    )
    return chosen >> 1, chosen & 1 == 1


def rows_in_order(
    offsets: NDArray[np.int64], order: NDArray[np.int64], turned: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of blocks in another order, of those turned the last row first.

    offsets : (B + 1,) int64
    order, turned : (B,)
        As `either_way` gives them.

    Returns
    -------
    rows : (N,) int64
    offsets : (B + 1,) int64
        Of the blocks in their order.

    """
    counts = np.diff(offsets)[order]
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    within = np.where(np.repeat(turned, counts), np.repeat(counts, counts) - 1 - within, within)
    return np.repeat(offsets[order], counts) + within, starts


def _boxes(
    segments: NDArray[np.float32], block_offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(B, 2) float64, mm, each: lowest and highest corner of each block."""
    starts = block_offsets[:-1]
    low = np.minimum.reduceat(segments, starts)
    high = np.maximum.reduceat(segments, starts)
    return (
        np.minimum(low[:, :2], low[:, 2:]).astype(np.float64),
        np.maximum(high[:, :2], high[:, 2:]).astype(np.float64),
    )


def _jumps_mm(
    entry: NDArray[np.float64],
    leave: NDArray[np.float64],
    order: NDArray[np.int64],
    start_mm: tuple[float, float] | None,
) -> float:
    """Length of the jumps between blocks, and to the first one where there is a start."""
    way = entry[order[1:]] - leave[order[:-1]]
    total = float(np.hypot(way[:, 0], way[:, 1]).sum())
    if start_mm is not None and len(order):
        total += math.hypot(entry[order[0], 0] - start_mm[0], entry[order[0], 1] - start_mm[1])
    return total
