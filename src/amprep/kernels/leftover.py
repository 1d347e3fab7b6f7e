"""What is left of a region beside what covers it, without touching the places where the two agree.

::

        region    ●────●────●────●────●           Edges that both have are struck out; what remains of the
        cover     ●────●╲       ╱●────●    ──►    region, and of the cover backwards, closes to small loops
                         ╲●───●╱                  around the places where they differ.

Algorithm
    Points of the cover that lie on points of the region are paired, some by a hash table, the others by going
    along both curves from there. An edge between two pairs that both curves have is struck out. At a pair,
    both or none of the arriving edges are left, and both or none of the leaving ones, so the rest chains
    without a choice. Its winding number is that of the region less that of the cover: 1 or more exactly where
    the cover does not reach, as long as the region has no number above 1 and the cover none below 0.

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

#: One of so many points of the region is looked up at first.
STRIDE = 16


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
def _are_same(region: NDArray[np.float64], p: int, cover: NDArray[np.float64], q: int) -> bool:
    """Whether a point of either lies on the same place."""
    apart_mm: float = max(abs(region[p, 0] - cover[q, 0]), abs(region[p, 1] - cover[q, 1]))
    return apart_mm <= SAME_POINT_MM


@inner_kernel
def _look_up(
    region: NDArray[np.float64],
    cover: NDArray[np.float64],
    ring: NDArray[np.int64],
    back: NDArray[np.int64],
    of_region: NDArray[np.int64],
    of_cover: NDArray[np.int64],
    stride: int,
) -> None:
    """Pair points that have none yet: one of `stride` of the region by a hash table, and along from there."""
    n = region.shape[0]
    per_mm = 0.01 / SAME_POINT_MM
    many = 0
    for p in range(0, n, stride):
        many += of_region[p] < 0
    size = 16
    while size < 2 * many:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    for p in range(0, n, stride):
        if of_region[p] >= 0:
            continue
        i: Any = np.int64(math.floor(region[p, 0] * per_mm))
        j: Any = np.int64(math.floor(region[p, 1] * per_mm))
        h = _hash(i, j) & (size - 1)
        while table[h] >= 0:
            h = (h + 1) & (size - 1)
        table[h] = p
    for q in range(cover.shape[0]):
        if of_cover[q] >= 0:
            continue
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
                    if of_region[p] < 0 and _are_same(region, p, cover, q):
                        of_region[p] = q
                        of_cover[q] = p
                    h = (h + 1) & (size - 1)
        if of_cover[q] < 0:
            continue
        for way in range(2):
            p = ring[of_cover[q], way]
            r = back[q, way]
            while of_region[p] < 0 and of_cover[r] < 0 and _are_same(region, p, cover, r):
                of_region[p] = r
                of_cover[r] = p
                p = ring[p, way]
                r = back[r, way]


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
    of_region = np.full(n, -1, dtype=np.int64)
    of_cover = np.full(m, -1, dtype=np.int64)
    ring = _ring(region_offsets, n)
    back = _ring(cover_offsets, m)
    # Both curves go the same way nearly everywhere, so a few points lead to the others.
    _look_up(region, cover, ring, back, of_region, of_cover, STRIDE)
    _look_up(region, cover, ring, back, of_region, of_cover, 1)
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
