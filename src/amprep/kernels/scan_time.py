"""Lengths and counts from which the scan time of a layer follows.

::

    hatch   ━━━━━━━━━━▶          turnaround: the next hatch vector starts within reach of a few hatch
            ◀━━━━━━━━━┛ turn     distances; everything longer is a jump. A vector that starts where the
            ┗━━━━━━━━━▶          last one of its laser ended is joined to it by a corner.

Algorithm
    One pass over the vectors in firing order, with the last end of each laser. No time is computed here:
    times are these sums times coefficients, so that ranges cost nothing.

Degeneracy rule
    Ends are compared for equality of bits; a way of no length is a corner. The first vector of a laser in
    a layer costs one jump of no length: where the scanner rests is not known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TURN_REACH", "scan_statistics"]

#: Up to so many hatch distances from end to start, the way to the next hatch vector is a turnaround.
TURN_REACH = 5.0


@kernel
def scan_statistics(
    segments: NDArray[np.float32],
    laser: NDArray[np.uint8],
    exposure: NDArray[np.uint16],
    laser_count: int,
    turn_reach_mm: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sum up one layer.

    segments : (N, 4) float32, mm
    laser : (N,) uint8
    exposure : (N,) uint16
        Which parameters expose the vector, below E.
    laser_count : int
    turn_reach_mm : (E,) float64, mm
        Up to so far the way from one vector of an exposure to its next is a turnaround; 0 for what is no
        hatch.

    Returns
    -------
    stats : (laser_count, 9 + E) float64
        Hatch mm, contour mm, jump mm, turnaround mm, jumps, turnarounds, corners, switched polylines,
        vectors; then the marked mm of each exposure.

    """
    stats = np.zeros((laser_count, 9 + turn_reach_mm.shape[0]), dtype=np.float64)
    x = np.empty(laser_count, dtype=np.float64)
    y = np.empty(laser_count, dtype=np.float64)
    last = np.full(laser_count, -1, dtype=np.int64)
    for i in range(segments.shape[0]):
        k = laser[i]
        kind = np.int64(exposure[i])
        reach = turn_reach_mm[kind]
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        x1 = np.float64(segments[i, 2])
        y1 = np.float64(segments[i, 3])
        way = 0.0
        if last[k] >= 0:
            way = math.sqrt((x0 - x[k]) * (x0 - x[k]) + (y0 - y[k]) * (y0 - y[k]))
        if last[k] == kind and way == 0.0:
            stats[k, 6] += 1.0
        elif last[k] == kind and way <= reach:
            stats[k, 3] += way
            stats[k, 5] += 1.0
        else:
            stats[k, 2] += way
            stats[k, 4] += 1.0
            if reach == 0.0:
                stats[k, 7] += 1.0
        length = math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))
        stats[k, 0 if reach > 0.0 else 1] += length
        stats[k, 9 + kind] += length
        stats[k, 8] += 1.0
        x[k] = x1
        y[k] = y1
        last[k] = kind
    return stats
