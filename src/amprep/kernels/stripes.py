"""Hatch lines cut into stripes, stripe by stripe.

::

          s - 1   │     s     │   s + 1
        <─────── ─│─ <─────── │
        ────────>─│─────────> │──>          u is cut at the borders of the stripes, each piece grows by half
        <─────── ─│─ <─────── │<──          an overlap over the border; inside a stripe lines ascend and
                  │           │             every second one runs backwards

Algorithm
    The pieces that the scan found are cut at the borders. Counting them per stripe gives the place of every
    vector, so that a second sweep puts them where they belong; no sorting.

Degeneracy rule
    A piece that reaches over a border by less than half an overlap belongs to the neighbour alone, so no
    splinter is left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.blocks import filled_blocks
from amprep.kernels.jit import kernel
from amprep.kernels.scanline import At
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hatch_stripes"]


@kernel
def hatch_stripes(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    stripe_mm: float,
    overlap_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
) -> tuple[NDArray[np.float32], float, NDArray[np.int64]]:
    """Pieces of hatch lines as vectors, stripe by stripe.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
        As `ScanRoom.scan` gives them.
    angle_rad : float
        Direction of the vectors from +x.
    distance_mm, stripe_mm, overlap_mm : float
        Hatch distance, width of a stripe, and by how much neighbouring stripes overlap in all, less than the
        width. Lines and stripes are anchored to the origin of the pieces, which lies in the middle of a
        stripe.
    origin_x_mm, origin_y_mm : float
        Where that origin lies on the platform.

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order: group by group, stripe by stripe.
    line_mm : float
        Length of the hatch lines before they are cut into stripes and overlapped.
    blocks : (G + 1 + B + 1,) int64
        Stripes as blocks, as `filled_blocks` gives them.

    """
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    # Stripe s covers u from (s - ½)·width to (s + ½)·width, half an overlap more on either side. A piece
    # that lies in the overlap only belongs to the neighbour alone.
    half = 0.5 * overlap_mm
    sliver = max(half, SHORTEST_VECTOR_MM)
    per_mm = 1.0 / stripe_mm
    stripe = np.empty((pieces.shape[0], 2), dtype=np.int32)
    line_mm = 0.0
    for p in range(pieces.shape[0]):
        u0 = pieces[p, 0]
        u1 = pieces[p, 1]
        line_mm += u1 - u0
        s0 = math.floor(u0 * per_mm + 0.5)
        s1 = math.floor(u1 * per_mm + 0.5)
        if s0 < s1:
            if (s0 + 0.5) * stripe_mm - u0 <= sliver:
                s0 += 1
            if s0 < s1 and u1 - (s1 - 0.5) * stripe_mm <= sliver:
                s1 -= 1
        stripe[p, 0] = s0
        stripe[p, 1] = s1

    # The stripes of each group, one group behind the other, and how many vectors each has.
    groups = group_runs.shape[0] - 1
    offset = np.empty(groups, dtype=np.int64)
    first_stripe = np.empty(groups, dtype=np.int64)
    behind = np.empty(groups, dtype=np.int64)
    stripes: Any = np.int64(0)
    end = np.int64(0)
    for g in range(groups):
        begin = end
        for r in range(group_runs[g], group_runs[g + 1]):
            end += runs[r, 1] * runs[r, 2]
        behind[g] = end
        first = stripe[begin, 0] if begin < end else np.int32(0)
        last = first
        for p in range(begin, end):
            first = min(first, stripe[At(p), 0])
            last = max(last, stripe[At(p), 1])
        offset[g] = stripes - first
        first_stripe[g] = stripes
        stripes += last - first + 1
    place_of = np.zeros(stripes, dtype=np.int64)
    p = 0
    for g in range(groups):
        while p < behind[g]:
            for s in range(stripe[At(p), 0] + offset[g], stripe[At(p), 1] + offset[g] + 1):
                place_of[At(s)] += 1
            p += 1
    total = np.int64(0)
    for s in range(stripes):
        total += place_of[s]
        place_of[s] = total - place_of[s]

    segments = np.empty((total, 4), dtype=np.float32)
    begin = np.int64(0)
    for g in range(groups):
        for r in range(group_runs[g], group_runs[g + 1]):
            count = runs[r, 2]
            for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
                odd = k & 1
                piece = begin + odd * (count - 1)
                across = (k + 0.5) * distance_mm
                x = origin_x_mm - across * sine
                y = origin_y_mm + across * cosine
                for _ in range(count):
                    s0 = stripe[At(piece), 0]
                    s1 = stripe[At(piece), 1]
                    for s in range(s0, s1 + 1):
                        here = At(s + offset[g])
                        place = At(place_of[here])
                        place_of[here] += 1
                        w0 = pieces[At(piece), 0] if s == s0 else (s - 0.5) * stripe_mm - half
                        w1 = pieces[At(piece), 1] if s == s1 else (s + 0.5) * stripe_mm + half
                        if odd:
                            w0, w1 = w1, w0
                        segments[place, 0] = w0 * cosine + x
                        segments[place, 1] = w0 * sine + y
                        segments[place, 2] = w1 * cosine + x
                        segments[place, 3] = w1 * sine + y
                    piece += 1 - 2 * odd
                begin += count
    blocks = filled_blocks(place_of, stripes, first_stripe)
    return segments, line_mm, blocks
