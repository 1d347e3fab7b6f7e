"""Closed curves as vectors, one behind the other, and which points of them are one.

::

        0 ──> 1              Loop after loop in the order that is asked for, each closed to its first point.
        ↑     │   ──►        A point closer to the one before than can be exposed is passed over, so the
        3 <── 2              curve stays closed and no vector is too short.

Algorithm
    One pass.

Degeneracy rule
    A loop of which fewer than two points are left gives nothing; its length counts as too short.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import NEAR_POINT_MM, SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["are_distinct", "follow_rings"]


@inner_kernel
def are_distinct(points: NDArray[np.float64], p: Any, q: Any) -> bool:
    """Whether two points on a curve, rows of (P, 2) in mm, are so far apart that they are not one."""
    x = points[q, 0] - points[p, 0]
    y = points[q, 1] - points[p, 1]
    found: bool = x * x + y * y > NEAR_POINT_MM * NEAR_POINT_MM
    return found


@kernel
def follow_rings(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    loops: NDArray[np.int64],
    group_offsets: NDArray[np.int64],
    origin_x_mm: float,
    origin_y_mm: float,
) -> tuple[NDArray[np.float32], float, float, NDArray[np.int64]]:
    """Closed curves as vectors.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    loops : (L,) int64
        Which loops, in firing order.
    group_offsets : (G + 1,) int64
        Group g has ``loops[group_offsets[g]:group_offsets[g + 1]]``.
    origin_x_mm, origin_y_mm : float
        Where the origin of the points lies on the platform.

    Returns
    -------
    segments : (N, 4) float32, mm
    line_mm : float
        Length of the vectors.
    short_mm : float
        Length of the loops that are too short to expose.
    ends : (G,) int64
        Where the vectors of each group end.

    """
    most: Any = np.int64(0)
    for i in range(loops.shape[0]):
        most += loop_offsets[loops[i] + 1] - loop_offsets[loops[i]]
    segments = np.empty((most, 4), dtype=np.float32)
    ends = np.zeros(group_offsets.shape[0] - 1, dtype=np.int64)
    line_mm = 0.0
    short_mm = 0.0
    written: Any = np.int64(0)
    for g in range(group_offsets.shape[0] - 1):
        for i in range(group_offsets[g], group_offsets[g + 1]):
            first = loop_offsets[loops[i]]
            last = loop_offsets[loops[i] + 1]
            begin = written
            x = points[first, 0] if first < last else 0.0
            y = points[first, 1] if first < last else 0.0
            length_mm = 0.0
            for p in range(first + 1, last + 1):
                q = p if p < last else first
                step = math.hypot(points[q, 0] - x, points[q, 1] - y)
                if step < SHORTEST_VECTOR_MM:
                    if p == last and written > begin:
                        # The last vector ends where the first begins.
                        segments[written - 1, 2] = segments[begin, 0]
                        segments[written - 1, 3] = segments[begin, 1]
                    continue
                segments[written, 0] = origin_x_mm + x
                segments[written, 1] = origin_y_mm + y
                x = points[q, 0]
                y = points[q, 1]
                segments[written, 2] = origin_x_mm + x
                segments[written, 3] = origin_y_mm + y
                length_mm += step
                written += 1
            if written - begin < 2:
                written = begin
                short_mm += length_mm
            else:
                line_mm += length_mm
        ends[g] = written
    return segments[:written], line_mm, short_mm, ends
