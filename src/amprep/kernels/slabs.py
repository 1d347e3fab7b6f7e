"""Closed curves cut into slabs of the plane, so that exact work is done only where something can be found.

::

              │     │             The parts of a curve inside a slab are joined along the slab's borders.
         ┌────┼─────┼──┐          Where a curve leaves a slab it comes back over the same border or has to
         │    │     │  │          cross the slab, so what lies outside counts nothing: inside of the slab
         └────┼─────┼──┘          winding numbers stay what they are, outside they are 0.
          s-1 │  s  │ s+1

Algorithm
    Each loop is walked twice, counting its points per slab and then writing them, so the parts of a loop in
    one slab lie one behind the other in the order of the walk; that is how they are joined.

Degeneracy rule
    A point on a border belongs to the slab above. The place where an edge crosses a border is computed from
    its lower end, so edges that two curves share stay shared. Fewer than three points are no loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["slab_curves"]


@kernel
def slab_curves(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    axis: int,
    borders: NDArray[np.float64],
    wanted: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Parts of closed curves in slabs across an axis.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    axis : int
        0: slabs follow each other along x, 1: along y.
    borders : (S + 1,) float64, mm
        Ascending.
    wanted : (S,) uint8
        1: slab s, from ``borders[s]`` to ``borders[s + 1]``, is wanted.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (D + 1,) int64
    slab_loops : (S + 1,) int64
        Slab s owns the loops from ``slab_loops[s]`` up to ``slab_loops[s + 1]``.
    origin : (D,) int64
        The loop that each loop is a part of.

    """
    slabs = borders.shape[0] - 1
    loops = loop_offsets.shape[0] - 1
    other = 1 - axis
    # Points, loops and where the next loop of a slab begins; row 0 and the last are the open outside.
    count = np.zeros(slabs + 2, dtype=np.int64)
    many = np.zeros(slabs + 2, dtype=np.int64)
    all_points = np.zeros(slabs + 2, dtype=np.int64)
    all_loops = np.zeros(slabs + 2, dtype=np.int64)
    out = np.empty((0, 2), dtype=np.float64)
    out_offsets = np.zeros(1, dtype=np.int64)
    slab_loops = np.zeros(slabs + 1, dtype=np.int64)
    origin = np.zeros(0, dtype=np.int64)
    for sweep in range(2):
        for loop in range(loops):
            first = loop_offsets[loop]
            last = loop_offsets[loop + 1] - 1
            if last < first + 2:
                continue
            for writing in range(2 if sweep == 1 else 1):
                here: Any = np.int64(0)
                while here <= slabs and points[last, axis] >= borders[here]:
                    here += 1
                lowest = here
                highest = here
                a = last
                for b in range(first, last + 1):
                    to = here
                    while to <= slabs and points[b, axis] >= borders[to]:
                        to += 1
                    while to > 0 and points[b, axis] < borders[to - 1]:
                        to -= 1
                    lowest = min(lowest, to)
                    highest = max(highest, to)
                    low = a if points[a, axis] < points[b, axis] else b
                    high = b if low == a else a
                    slope = 0.0
                    if here != to:
                        slope = (points[high, other] - points[low, other]) / (
                            points[high, axis] - points[low, axis]
                        )
                    while here != to:
                        border = here if here < to else here - 1
                        for end in range(2):
                            if writing == 1 and many[here] > 0:
                                at = all_points[here]
                                out[at, axis] = borders[border]
                                out[at, other] = (
                                    points[low, other] + (borders[border] - points[low, axis]) * slope
                                )
                                all_points[here] = at + 1
                            elif writing == 0:
                                count[here] += 1
                            if end == 0:
                                here += 1 if here < to else -1
                    if writing == 1 and many[here] > 0:
                        at = all_points[here]
                        out[at, 0] = points[b, 0]
                        out[at, 1] = points[b, 1]
                        all_points[here] = at + 1
                    elif writing == 0:
                        count[here] += 1
                    a = b
                for s in range(lowest, highest + 1):
                    if writing == 1:
                        if many[s] > 0:
                            origin[all_loops[s]] = loop
                            all_loops[s] += 1
                            out_offsets[all_loops[s]] = all_points[s]
                        many[s] = 0
                        continue
                    # Whether this loop has a part here.
                    many[s] = 0
                    if 0 < s <= slabs and wanted[s - 1] == 1 and count[s] >= 3:
                        many[s] = count[s]
                        if sweep == 0:
                            all_points[s] += count[s]
                            all_loops[s] += 1
                    count[s] = 0
        if sweep == 0:
            total: Any = np.int64(0)
            pieces: Any = np.int64(0)
            for s in range(slabs + 2):
                many[s] = 0
                total += all_points[s]
                all_points[s] = total - all_points[s]
                pieces += all_loops[s]
                all_loops[s] = pieces - all_loops[s]
                if s > 0:
                    slab_loops[s - 1] = all_loops[s]
            out = np.empty((total, 2), dtype=np.float64)
            out_offsets = np.zeros(pieces + 1, dtype=np.int64)
            origin = np.zeros(pieces, dtype=np.int64)
    return out, out_offsets, slab_loops, origin
