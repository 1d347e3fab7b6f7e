"""What is left of a region beside what covers it, without touching the places where the two agree.

::

        region    ●────●────●────●────●           Edges that both have are struck out; what remains of the
        cover     ●────●╲       ╱●────●    ──►    region, and of the cover backwards, closes to small loops
                         ╲●───●╱                  around the places where they differ.

Algorithm
    Points of the cover that lie on points of the region are paired by a hash table. An edge between two
    pairs that both curves have is struck out. At a pair, both or none of the arriving edges are left, and
    both or none of the leaving ones, so the rest chains without a choice. Its winding number is that of the
    region less that of the cover: 1 or more exactly where the cover does not reach, as long as the region
    has no number above 1 and the cover none below 0.

Degeneracy rule
    Points up to `SAME_POINT_MM` apart are a pair; a point belongs to one pair at most. What is not paired
    cancels in the boundary that is drawn around the rest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["leftover_curves"]


@inner_kernel
def _hash(x: int, y: int) -> int:
    """A mix of two whole numbers, not negative."""
    h = (x * 0x9E3779B1 + y * 0x85EBCA77) & 0x7FFFFFFFFFFF
    return h ^ (h >> 17)


@inner_kernel
def _ring(loop_offsets: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(P, 2) int64: the point before and the point after each point of closed loops."""
    ring = np.empty((count, 2), dtype=np.int64)
    for loop in range(loop_offsets.shape[0] - 1):
        last = loop_offsets[loop + 1] - 1
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            ring[p, 0] = last
            ring[last, 1] = p
            last = p
    return ring


@inner_kernel
def _pairs(
    region: NDArray[np.float64], cover: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each point of either the point of the other on the same place, or -1."""
    n = region.shape[0]
    of_region = np.full(n, -1, dtype=np.int64)
    of_cover = np.full(cover.shape[0], -1, dtype=np.int64)
    per_mm = 0.01 / SAME_POINT_MM
    size = 16
    while size < 2 * n:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    for p in range(n):
        i: Any = np.int64(math.floor(region[p, 0] * per_mm))
        j: Any = np.int64(math.floor(region[p, 1] * per_mm))
        h = _hash(i, j) & (size - 1)
        while table[h] >= 0:
            h = (h + 1) & (size - 1)
        table[h] = p
    for q in range(cover.shape[0]):
        # A cell is a hundred times as wide as the tolerance, so nearly always one cell is looked up.
        left: Any = np.int64(math.floor((cover[q, 0] - SAME_POINT_MM) * per_mm))
        right = np.int64(math.floor((cover[q, 0] + SAME_POINT_MM) * per_mm))
        low: Any = np.int64(math.floor((cover[q, 1] - SAME_POINT_MM) * per_mm))
        high = np.int64(math.floor((cover[q, 1] + SAME_POINT_MM) * per_mm))
        for x in range(left, right + 1):
            for y in range(low, high + 1):
                h = _hash(x, y) & (size - 1)
                while table[h] >= 0 and of_cover[q] < 0:
                    p = table[h]
                    if (
                        of_region[p] < 0
                        and abs(region[p, 0] - cover[q, 0]) <= SAME_POINT_MM
                        and abs(region[p, 1] - cover[q, 1]) <= SAME_POINT_MM
                    ):
                        of_region[p] = q
                        of_cover[q] = p
                    h = (h + 1) & (size - 1)
    return of_region, of_cover


@kernel
def leftover_curves(
    region: NDArray[np.float64],
    region_offsets: NDArray[np.int64],
    cover: NDArray[np.float64],
    cover_offsets: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Curves of a region and, backwards, of its cover, less the edges that both have.

    region : (P, 2) float64, mm
    region_offsets : (C + 1,) int64
    cover : (Q, 2) float64, mm
    cover_offsets : (D + 1,) int64

    Returns
    -------
    points : (R, 2) float64, mm
    loop_offsets : (E + 1,) int64

    """
    n = region.shape[0]
    m = cover.shape[0]
    of_region, of_cover = _pairs(region, cover)
    ring = _ring(region_offsets, n)
    back = _ring(cover_offsets, m)
    # Edges are named after their first point.
    left = np.ones(n, dtype=np.uint8)
    left_of_cover = np.ones(m, dtype=np.uint8)
    for e in range(n):
        q = of_region[e]
        if q >= 0 and of_region[ring[e, 1]] >= 0 and of_region[ring[e, 1]] == back[q, 1]:
            left[e] = 0
            left_of_cover[q] = 0
    out = np.empty((n + m, 2), dtype=np.float64)
    out_offsets = np.zeros(n + m + 1, dtype=np.int64)
    loops = 0
    written: Any = np.int64(0)
    for seed in range(n + m):
        on_region = seed < n
        p: Any = np.int64(seed) if on_region else np.int64(seed - n)
        if on_region:
            if left[p] == 0:
                continue
        else:
            # Backwards over the edge that starts at p: from its end.
            if left_of_cover[p] == 0:
                continue
            p = back[p, 1]
        begin = written
        while True:
            if on_region:
                if left[p] == 0:
                    # The edge was struck out: backwards over the cover's edge that arrives here.
                    on_region = False
                    p = of_region[p]
                    continue
                if left[p] == 2:
                    break
                left[p] = 2
                out[written, 0] = region[p, 0]
                out[written, 1] = region[p, 1]
                p = ring[p, 1]
            else:
                e = back[p, 0]
                if left_of_cover[e] == 0:
                    on_region = True
                    p = of_cover[p]
                    continue
                if left_of_cover[e] == 2:
                    break
                left_of_cover[e] = 2
                q = of_cover[p]
                out[written, 0] = cover[p, 0] if q < 0 else region[q, 0]
                out[written, 1] = cover[p, 1] if q < 0 else region[q, 1]
                p = e
            written += 1
        if written > begin:
            loops += 1
            out_offsets[loops] = written
    return out[:written].copy(), out_offsets[: loops + 1].copy()
