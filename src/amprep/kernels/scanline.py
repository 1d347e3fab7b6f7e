"""Hatch lines by a winding scan, cut into stripes, in firing order.

::

        v │   u →            A line k lies at v = (k + ½)·h. Where an edge goes down through it the winding
        k+1 ─┼──●━━━━●──     number rises by one, where an edge goes up it falls; a hatch line runs where
        k   ─┼─●━━━━━━●─     the number is 1 or more. u is cut at the borders of the stripes.

Algorithm
    Points are turned into the hatch frame (u along the vectors, v across). Each point gets the index of
    the first line at or above it; an edge crosses the lines from the lower index up to, not including,
    the higher one. Counting these gives the exact place of every crossing in one array; each line is
    sorted, walked with a winding counter, and its segments are spread over the stripes by counting, so
    that they come out stripe by stripe. Inside a stripe lines ascend and every second one runs backwards.

Degeneracy rule
    A point on a line counts as above it (half-open rule), so a line through a corner meets both edges or
    none, and no special case is left. Equal crossings need no order: a gap of no width is closed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.sorting import sort_range
from amprep.kernels.tolerances import SAME_POINT_MM, SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["core_gap_mm2", "hatch_stripes", "scan_lines"]


@kernel
def scan_lines(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], angle_rad: float, distance_mm: float
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], float, float]:
    """Where hatch lines run inside a region that is given by curves with winding number ≥ 1.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    first_line : int
        Number of the first line.
    start : (n + 2,) int64
    ends : (n,) int64
        Line ``first_line + k`` owns ``at[start[k]:ends[k]]``.
    at : (M,) float64, mm
        Begin and end of each piece in turn, along the line.
    line_mm : float
        Length of all pieces.
    short_mm : float
        Length of the pieces that were left out because they are too short to expose.

    """
    n = points.shape[0]
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    u = np.empty(n, dtype=np.float64)
    v = np.empty(n, dtype=np.float64)
    line = np.empty(n, dtype=np.int64)
    first_line: Any = np.int64(2**62)
    last_line = np.int64(-(2**62))
    for p in range(n):
        u[p] = points[p, 0] * cosine + points[p, 1] * sine
        v[p] = (points[p, 1] * cosine - points[p, 0] * sine) / distance_mm - 0.5
        line[p] = np.int64(math.ceil(v[p]))
        first_line = min(first_line, line[p])
        last_line = max(last_line, line[p])
    lines: Any = max(last_line - first_line, 0)

    start = np.zeros(lines + 2, dtype=np.int64)
    for loop in range(loop_offsets.shape[0] - 1):
        a = loop_offsets[loop + 1] - 1
        for b in range(loop_offsets[loop], loop_offsets[loop + 1]):
            low = min(line[a], line[b]) - first_line
            high = max(line[a], line[b]) - first_line
            start[low] += 1
            start[high] -= 1
            a = b
    crossings = 0
    here = np.int64(0)
    for k in range(lines + 1):
        here += start[k]
        start[k] = crossings
        crossings += here
    at = np.empty(crossings, dtype=np.float64)
    rise = np.empty(crossings, dtype=np.int8)
    cursor = start[:lines].copy()
    for loop in range(loop_offsets.shape[0] - 1):
        a = loop_offsets[loop + 1] - 1
        for b in range(loop_offsets[loop], loop_offsets[loop + 1]):
            if line[a] != line[b]:
                low, high, step = (a, b, -1) if line[a] < line[b] else (b, a, 1)
                slope = (u[high] - u[low]) / (v[high] - v[low])
                for k in range(line[low], line[high]):
                    place = cursor[k - first_line]
                    at[place] = u[low] + (k - v[low]) * slope
                    rise[place] = step
                    cursor[k - first_line] = place + 1
            a = b

    # Hatch lines: overwrite each line's crossings by the ends of its segments.
    ends = np.empty(lines, dtype=np.int64)
    line_mm = 0.0
    short_mm = 0.0
    for k in range(lines):
        sort_range(at, rise, start[k], start[k + 1])
        winding = 0
        written = start[k]
        for c in range(start[k], start[k + 1]):
            before = winding
            winding += rise[c]
            if before < 1 <= winding:
                if written > start[k] and at[c] - at[written - 1] <= SAME_POINT_MM:
                    written -= 1
                else:
                    at[written] = at[c]
                    written += 1
            elif winding < 1 <= before:
                at[written] = at[c]
                written += 1
        kept = start[k]
        for c in range(start[k], written, 2):
            length = at[c + 1] - at[c]
            if length < SHORTEST_VECTOR_MM:
                short_mm += length
                continue
            line_mm += length
            at[kept] = at[c]
            at[kept + 1] = at[c + 1]
            kept += 2
        ends[k] = kept
    return first_line, start, ends, at, line_mm, short_mm


@kernel
def hatch_stripes(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    stripe_mm: float,
    overlap_mm: float,
) -> tuple[NDArray[np.float32], float, float]:
    """Stripe hatch of a region that is given by curves with winding number ≥ 1.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    angle_rad : float
        Direction of the vectors from +x.
    distance_mm, stripe_mm, overlap_mm : float
        Hatch distance, width of a stripe, and by how much neighbouring stripes overlap in all, less than the
        width. Lines and stripes are anchored to the origin of the platform, which lies in the middle of a
        stripe.

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.
    line_mm : float
        Length of the hatch lines before they are cut into stripes and overlapped.
    short_mm : float
        Length of the hatch lines that were too short to expose.

    """
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    first_line, start, ends, at, line_mm, short_mm = scan_lines(points, loop_offsets, angle_rad, distance_mm)
    lines = ends.shape[0]
    first_stripe = np.int64(2**62)
    last_stripe = np.int64(-(2**62))
    for k in range(lines):
        if ends[k] > start[k]:
            first_stripe = min(first_stripe, np.int64(math.floor(at[start[k]] / stripe_mm + 0.5)))
            last_stripe = max(last_stripe, np.int64(math.floor(at[ends[k] - 1] / stripe_mm + 0.5)))
    segments = np.empty((0, 4), dtype=np.float32)
    if last_stripe < first_stripe:
        return segments, line_mm, short_mm

    # Stripe s covers u from (s - ½)·width to (s + ½)·width, half an overlap more on either side. A piece
    # that lies in the overlap only belongs to the neighbour alone.
    half = 0.5 * overlap_mm
    sliver = max(half, SHORTEST_VECTOR_MM)
    stripes = last_stripe - first_stripe + 1
    place_of = np.zeros(stripes + 1, dtype=np.int64)
    for sweep in range(2):
        for k in range(lines):
            backwards = (k + first_line) % 2 != 0
            pieces = (ends[k] - start[k]) // 2
            for i in range(pieces):
                c = start[k] + 2 * (pieces - 1 - i if backwards else i)
                u0 = at[c]
                u1 = at[c + 1]
                s0 = np.int64(math.floor(u0 / stripe_mm + 0.5))
                s1 = np.int64(math.floor(u1 / stripe_mm + 0.5))
                if s0 < s1 and (s0 + 0.5) * stripe_mm - u0 <= sliver:
                    s0 += 1
                if s0 < s1 and u1 - (s1 - 0.5) * stripe_mm <= sliver:
                    s1 -= 1
                if sweep == 0:
                    for s in range(s0, s1 + 1):
                        place_of[s - first_stripe + 1] += 1
                    continue
                for s in range(s0, s1 + 1):
                    w0 = u0 if s == s0 else (s - 0.5) * stripe_mm - half
                    w1 = u1 if s == s1 else (s + 0.5) * stripe_mm + half
                    if backwards:
                        w0, w1 = w1, w0
                    across = (k + first_line + 0.5) * distance_mm
                    place = place_of[s - first_stripe]
                    place_of[s - first_stripe] = place + 1
                    segments[place, 0] = w0 * cosine - across * sine
                    segments[place, 1] = w0 * sine + across * cosine
                    segments[place, 2] = w1 * cosine - across * sine
                    segments[place, 3] = w1 * sine + across * cosine
        if sweep == 0:
            for s in range(stripes):
                place_of[s + 1] += place_of[s]
            segments = np.empty((place_of[stripes], 4), dtype=np.float32)
    return segments, line_mm, short_mm


@kernel
def core_gap_mm2(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    hatch_points: NDArray[np.float64],
    hatch_loop_offsets: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
) -> float:
    """Area of a core that no hatch line comes near.

    A place counts as exposed when one of the two lines beside it runs past it, so no further away than the
    hatch distance. The core is sampled on four lines between each pair of hatch lines.

    points : (P, 2) float64, mm
        Curves of the core that lies behind the band of the contour.
    loop_offsets : (C + 1,) int64
    hatch_points : (Q, 2) float64, mm
        Curves of the hatched region.
    hatch_loop_offsets : (D + 1,) int64

    Returns
    -------
    float
        mm²

    """
    first, start, ends, at, _, _ = scan_lines(points, loop_offsets, angle_rad, 0.25 * distance_mm)
    line_first, line_start, line_ends, line_at, _, _ = scan_lines(
        hatch_points, hatch_loop_offsets, angle_rad, distance_mm
    )
    uncovered = 0.0
    for k in range(ends.shape[0]):
        # Line j of a quarter of the distance lies between the hatch lines below and below + 1.
        below = (2 * (first + k) - 3) // 8
        for c in range(start[k], ends[k], 2):
            reached = at[c]
            end = at[c + 1]
            moved = True
            while moved and reached < end:
                # Go on from the end of any piece of either line that runs past here.
                moved = False
                nearest = end
                for line in range(below - line_first, below - line_first + 2):
                    if line < 0 or line >= line_ends.shape[0]:
                        continue
                    for p in range(line_start[line], line_ends[line], 2):
                        if line_at[p] <= reached < line_at[p + 1]:
                            reached = line_at[p + 1]
                            moved = True
                        elif line_at[p] > reached:
                            nearest = min(nearest, line_at[p])
                if not moved and reached < end:
                    uncovered += nearest - reached
                    reached = nearest
                    moved = True
    return uncovered * 0.25 * distance_mm
