"""Polylines whose ends meet joined to longer ones, and points that a straight line can do without left out.

::

        ●──●──●──●   ●──●──●        ●───────────────────●
              ends that meet   ──►      one polyline of few points

Algorithm
    Ends sorted by x are compared with those that follow within the tolerance; of several that meet in one
    place the two that run on most nearly straight are joined first. Points are left out after Douglas and
    Peucker.

Degeneracy rule
    Ends that fold back upon each other stay apart. The two ends of one polyline are not joined; where they
    meet it is closed by setting the last point upon the first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["join_polylines"]

#: Direction of an end: towards the first point that lies so many tolerances away.
_REACH = 10.0


@inner_kernel
def _partners(
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
    order: NDArray[np.int64],
    tolerance_mm: float,
) -> NDArray[np.int64]:
    """(2 L,) int64: the end that each end is joined to, or -1; line i has the ends 2 i and 2 i + 1."""
    ends = 2 * (offsets.shape[0] - 1)
    place = np.empty((ends, 4), dtype=np.float64)
    for end in range(ends):
        first = offsets[end >> 1]
        last = offsets[(end >> 1) + 1] - 1
        at = last if end & 1 else first
        step = -1 if end & 1 else 1
        p = at
        x = 0.0
        y = 0.0
        far = 0.0
        while far < _REACH * tolerance_mm and first <= p + step <= last:
            p += step
            x = points[p, 0] - points[at, 0]
            y = points[p, 1] - points[at, 1]
            far = math.sqrt(x * x + y * y)
        place[end, 0] = points[at, 0]
        place[end, 1] = points[at, 1]
        place[end, 2] = x / far if far > 0.0 else 0.0
        place[end, 3] = y / far if far > 0.0 else 0.0
    partner = np.full(ends, -1, dtype=np.int64)
    # First only ends that run on straight, then those that bend.
    for sweep in range(2):
        limit = -0.9 if sweep == 0 else 0.0
        for i in range(ends):
            a = order[i]
            if partner[a] >= 0:
                continue
            best = limit
            found = np.int64(-1)
            j = i + 1
            while j < ends and place[order[j], 0] - place[a, 0] <= tolerance_mm:
                b = order[j]
                j += 1
                if partner[b] >= 0 or a >> 1 == b >> 1:
                    continue
                if abs(place[b, 1] - place[a, 1]) > tolerance_mm:
                    continue
                cosine = place[a, 2] * place[b, 2] + place[a, 3] * place[b, 3]
                if cosine < best:
                    best = cosine
                    found = b
            if found >= 0:
                partner[a] = found
                partner[found] = a
    return partner


@inner_kernel
def _left_out(points: NDArray[np.float64], begin: int, end: int, tolerance_mm: float) -> NDArray[np.uint8]:
    """(end - begin,) uint8: 1 for points that the polyline can do without."""
    drop = np.ones(end - begin, dtype=np.uint8)
    drop[0] = 0
    drop[end - begin - 1] = 0
    stack = np.empty((end - begin + 1, 2), dtype=np.int64)
    stack[0, 0] = begin
    stack[0, 1] = end - 1
    depth = 1
    while depth > 0:
        depth -= 1
        a = stack[depth, 0]
        b = stack[depth, 1]
        ux = points[b, 0] - points[a, 0]
        uy = points[b, 1] - points[a, 1]
        square = ux * ux + uy * uy
        worst = tolerance_mm * tolerance_mm
        split = np.int64(-1)
        for p in range(a + 1, b):
            x = points[p, 0] - points[a, 0]
            y = points[p, 1] - points[a, 1]
            along = 0.0
            if square > 0.0:
                along = min(max((x * ux + y * uy) / square, 0.0), 1.0)
            x -= along * ux
            y -= along * uy
            away = x * x + y * y
            if away > worst:
                worst = away
                split = np.int64(p)
        if split >= 0:
            drop[split - begin] = 0
            stack[depth, 0] = a
            stack[depth, 1] = split
            stack[depth + 1, 0] = split
            stack[depth + 1, 1] = b
            depth += 2
    return drop


@kernel
def join_polylines(
    points: NDArray[np.float64], offsets: NDArray[np.int64], order: NDArray[np.int64], tolerance_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Join polylines and leave out what they can do without.

    points : (P, 5) float64, mm
        x, y, and three columns that go along.
    offsets : (L + 1,) int64
    order : (2 L,) int64
        Ends, 2 i and 2 i + 1 those of line i, sorted by x.
    tolerance_mm : float
        Distance of ends that meet, and of points from the line that leaves them out.

    Returns
    -------
    points : (Q, 5) float64, mm
    offsets : (M + 1,) int64

    """
    lines = offsets.shape[0] - 1
    partner = _partners(points, offsets, order, tolerance_mm)
    whole = np.empty(points.shape, dtype=np.float64)
    out = np.empty(points.shape, dtype=np.float64)
    out_offsets = np.zeros(lines + 1, dtype=np.int64)
    used = np.zeros(lines, dtype=np.uint8)
    written = 0
    made = 0
    # Chains with an open end first; what then is left are rings.
    for sweep in range(2):
        for seed in range(2 * lines):
            if used[seed >> 1] == 1 or (sweep == 0 and partner[seed] >= 0):
                continue
            count: Any = np.int64(0)
            end = seed
            while end >= 0 and used[end >> 1] == 0:
                used[end >> 1] = 1
                first = offsets[end >> 1]
                size = offsets[(end >> 1) + 1] - first
                for i in range(size):
                    p = first + (size - 1 - i if end & 1 else i)
                    for column in range(5):
                        whole[count, column] = points[p, column]
                    count += 1
                end = partner[end ^ 1]
            x = whole[count - 1, 0] - whole[0, 0]
            y = whole[count - 1, 1] - whole[0, 1]
            if count > 3 and x * x + y * y <= 4.0 * tolerance_mm * tolerance_mm:
                whole[count - 1, 0] = whole[0, 0]
                whole[count - 1, 1] = whole[0, 1]
            none: Any = np.int64(0)
            drop = _left_out(whole, none, count, tolerance_mm)
            for i in range(count):
                if drop[i] == 0:
                    for column in range(5):
                        out[written, column] = whole[i, column]
                    written += 1
            made += 1
            out_offsets[made] = written
    return out[:written].copy(), out_offsets[: made + 1].copy()
