"""Closed loops as vectors in firing order.

::

             2 ──────── 1          Each loop is walked once round from the point where it begins, the way
             │          │          that its points go or the other way, and closed.
             3 ──────── 0 ← begins

Algorithm
    Loops follow each other in the order of the points that they begin at. Points are rounded to single
    precision as they are read, so vectors that share a point share it exactly.

Degeneracy rule
    A vector whose rounded ends are the same is left out. A negative point stands for no loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["closed_vectors"]


@kernel
def closed_vectors(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], begins: NDArray[np.int64], step: int
) -> NDArray[np.float32]:
    """Vectors along loops.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    begins : (L,) int64
        Numbers of the points that the loops begin at, in firing order; no loop has two.
    step : int
        1: as the points go; -1: the other way round.

    Returns
    -------
    segments : (N, 4) float32, mm

    """
    segments = np.empty((points.shape[0], 4), dtype=np.float32)
    written: Any = np.int64(0)
    for number in range(begins.shape[0]):
        at = begins[number]
        if at < 0:
            continue
        low: Any = np.int64(0)
        high: Any = loop_offsets.shape[0] - 1
        while high - low > 1:
            middle = (low + high) >> 1
            if loop_offsets[middle] <= at:
                low = middle
            else:
                high = middle
        first = loop_offsets[low]
        last = loop_offsets[low + 1] - 1
        x0 = np.float32(points[at, 0])
        y0 = np.float32(points[at, 1])
        for _ in range(first, last + 1):
            at += step
            if at > last:
                at = first
            elif at < first:
                at = last
            x1 = np.float32(points[at, 0])
            y1 = np.float32(points[at, 1])
            if x0 != x1 or y0 != y1:
                segments[written, 0] = x0
                segments[written, 1] = y0
                segments[written, 2] = x1
                segments[written, 3] = y1
                written += 1
            x0 = x1
            y0 = y1
    return segments[:written].copy()
