"""Signed area of closed loops, and their sizes one by one.

Algorithm
    Triangles between a loop's first point and each of its edges, so that places far from the origin cost no
    digits.

Degeneracy rule
    A loop of fewer than three points has no area.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["loop_sizes", "signed_area"]


@kernel
def signed_area(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> float:
    """Area of all loops in mm², holes negative, each about its own first point for accuracy.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    """
    total = 0.0
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        for p in range(first + 1, loop_offsets[loop + 1] - 1):
            ax = points[p, 0] - points[first, 0]
            ay = points[p, 1] - points[first, 1]
            bx = points[p + 1, 0] - points[first, 0]
            by = points[p + 1, 1] - points[first, 1]
            total += 0.5 * (ax * by - ay * bx)
    return total


@kernel
def loop_sizes(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Area, length and box of each loop.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    areas : (C,) float64, mm²
        Holes negative.
    lengths : (C,) float64, mm
    boxes : (C, 4) float64, mm
        Low x, low y, high x, high y.

    """
    loops = loop_offsets.shape[0] - 1
    areas = np.zeros(loops, dtype=np.float64)
    lengths = np.zeros(loops, dtype=np.float64)
    boxes = np.zeros((loops, 4), dtype=np.float64)
    for loop in range(loops):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1] - 1
        if last < first:
            continue
        area = 0.0
        length = 0.0
        low_x = high_x = low_y = high_y = 0.0
        bx = points[last, 0] - points[first, 0]
        by = points[last, 1] - points[first, 1]
        for p in range(first, last + 1):
            ax = bx
            ay = by
            bx = points[p, 0] - points[first, 0]
            by = points[p, 1] - points[first, 1]
            area += ax * by - ay * bx
            length += math.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
            low_x = min(low_x, bx)
            high_x = max(high_x, bx)
            low_y = min(low_y, by)
            high_y = max(high_y, by)
        areas[loop] = 0.5 * area
        lengths[loop] = length
        boxes[loop, 0] = points[first, 0] + low_x
        boxes[loop, 1] = points[first, 1] + low_y
        boxes[loop, 2] = points[first, 0] + high_x
        boxes[loop, 3] = points[first, 1] + high_y
    return areas, lengths, boxes
