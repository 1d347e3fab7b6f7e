"""Signed area of closed loops.

Algorithm
    Triangles between a loop's first point and each of its edges, so that places far from the origin cost no
    digits.

Degeneracy rule
    A loop of fewer than three points has no area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["signed_area"]


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
