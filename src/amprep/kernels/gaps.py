"""Places of a core that no hatch line comes near.

::

        ─────────────── hatch line       Four lines of samples lie between two hatch lines. A place counts as
        ∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙              exposed when one of the two runs past it, so no further away than
        ∙∙∙∙∙∙∙∙∙∙∙∙∙∙▒▒▒▒▒              the hatch distance.
              ───────── hatch line

    Without contours lines end at the boundary's beam offset, and places beyond their ends count as exposed
    up to a stated distance from these.

Algorithm
    Where all of the core lies within the hatched region, it reaches no hatch line but where that line runs.
    So places that no line runs past are bounded by edges that no line runs past either: only the strips
    between two lines that have such an edge are sampled. Samples and lines are then gone along together.

Degeneracy rule
    A point on a line of samples counts as above it, as in `scanline`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.sorting import sort_range
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SAMPLES", "uncovered_mm2"]

#: Lines of samples per hatch line.
SAMPLES = 4

#: Relative difference up to which a length is that of a shift, or an angle is right.
_ALIKE = 1e-6

#: An index of this type is never taken to count from the end, which takes time in the innermost loops.
At = np.uint64


@inner_kernel
def _first_behind(high: NDArray[np.float64], begin: Any, end: Any, guess: Any, u: float) -> Any:
    """The first of some pieces that ends at a place or behind it; `end` for none."""
    if begin <= guess < end and high[At(guess)] >= u:
        if guess == begin or high[At(guess - 1)] < u:
            return guess
        end = guess
    while begin < end:
        middle = (begin + end) >> 1
        if high[At(middle)] < u:
            begin = middle + 1
        else:
            end = middle
    return begin


@inner_kernel
def _is_covered(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    starts: NDArray[np.int64],
    hints: NDArray[np.int64],
    strip: Any,
    begin: float,
    end: float,
) -> bool:
    """Whether the lines below and above a strip run past all places between two."""
    reached = begin
    is_further = True
    while is_further and reached < end:
        is_further = False
        for k in (strip, strip + 1):
            # Mostly it has the place among the pieces of its line that the one beside it has there.
            beside = 2 * strip + 1 - k
            guess = starts[k] + hints[beside] - starts[beside]
            piece = _first_behind(high, starts[k], starts[k + 1], guess, reached + 2.0 * SAME_POINT_MM)
            if piece < starts[k + 1]:
                hints[k] = piece
                if low[piece] <= reached + SAME_POINT_MM:
                    reached = high[piece]
                    is_further = True
    return is_further


@inner_kernel
def _is_spoke(points: NDArray[np.float64], loop: tuple[Any, ...], a: Any, band_mm: float) -> bool:
    """Whether an edge leads from a shifted edge to the corner it comes from: no border of what is shifted.

    Where no mitre is, such curves turn to the right and go back by as much as they are shifted, turn to the
    right, go as far, and turn to the right again. A border that turns so goes further between two turns.

    loop
        Number of its first point, and that behind the last.
    a
        Of the edge's first point.
    """
    first, last = loop
    b = a + 1 if a + 1 < last else first
    ex = points[b, 0] - points[a, 0]
    ey = points[b, 1] - points[a, 1]
    if abs(ex * ex + ey * ey - band_mm * band_mm) > _ALIKE * band_mm * band_mm:
        return False
    for is_back in range(2):
        # The corner's point, and from the one before the last to the one behind the next.
        p = a if is_back else b
        for _ in range(2):
            p = p - 1 if p > first else last - 1
        dx = dy = 0.0
        is_way = True
        for k in range(4):
            q = p + 1 if p + 1 < last else first
            ex = points[q, 0] - points[p, 0]
            ey = points[q, 1] - points[p, 1]
            square = ex * ex + ey * ey
            if 1 <= k <= 2:
                is_way &= abs(square - band_mm * band_mm) <= _ALIKE * band_mm * band_mm
            if k > 0:
                is_way &= dx * ey - dy * ex < 0.0
            if k & 1:
                slant = dx * ex + dy * ey
                is_way &= slant * slant <= _ALIKE * _ALIKE * square * (dx * dx + dy * dy)
            if not is_way:
                break
            dx = ex
            dy = ey
            p = q
        if is_way:
            return True
    return False


@kernel
def uncovered_mm2(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    origin_x: float,
    origin_y: float,
    angle_rad: float,
    distance_mm: float,
    reach_mm: float,
    band_mm: float,
) -> float:
    """Area of a core that no hatch line comes near.

    points : (P, 2) float64, mm
        Curves of the core that lies behind the band of the contour: winding number ≥ 1.
    loop_offsets : (C + 1,) int64
    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
        Hatch lines, as `ScanRoom.scan` gives them.
    origin_x, origin_y : float, mm
        Where these are at 0, 0.
    angle_rad, distance_mm : float
        Of the hatch lines.
    reach_mm : float
        How far from its ends a line exposes what it does not run past.
    band_mm : float
        Above 0: all of the core lies within the region of the lines, and its curves are raw ones, shifted by
        so much.
    """
    n = points.shape[0]
    if n == 0:
        return 0.0
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    across_x = sine / distance_mm
    across_y = cosine / distance_mm
    along_to_zero = origin_x * cosine + origin_y * sine
    zero = origin_y * across_y - origin_x * across_x + 0.5
    lowest = np.inf
    highest = -np.inf
    for p in range(n):
        across = points[p, 1] * across_y - points[p, 0] * across_x
        lowest = min(lowest, across)
        highest = max(highest, across)
    # A strip lies between the hatch line of its number, counted from the lowest, and the next one.
    bottom: Any = np.int64(math.floor(lowest - zero))
    strips: Any = np.int64(math.floor(highest - zero)) - bottom + 1
    zero += bottom

    # Pieces of these lines, line after line, ascending.
    starts = np.zeros(strips + 3, dtype=np.int64)
    for r in range(runs.shape[0]):
        for k in range(max(runs[r, 0] - bottom, 0), min(runs[r, 0] + runs[r, 1] - bottom, strips + 1)):
            starts[k + 2] += runs[r, 2]
    for k in range(strips + 1):
        starts[k + 2] += starts[k + 1]
    # Lines without pieces may look at the one behind all others, where none is.
    low = np.full(starts[strips + 2] + 1, np.inf)
    high = np.empty(low.shape[0], dtype=np.float64)
    row = np.empty(low.shape[0], dtype=np.int64)
    piece: Any = np.int64(0)
    for r in range(runs.shape[0]):
        for line in range(runs[r, 0] - bottom, runs[r, 0] + runs[r, 1] - bottom):
            if 0 <= line <= strips:
                for i in range(runs[r, 2]):
                    low[starts[line + 1]] = pieces[piece + i, 0]
                    row[starts[line + 1]] = piece + i
                    starts[line + 1] += 1
            piece += runs[r, 2]
    for k in range(strips + 1):
        sort_range(low, row, starts[k], starts[k + 1])
    for i in range(starts[strips + 2]):
        high[i] = pieces[row[i], 1]
    high[starts[strips + 2]] = np.inf

    # Strips with an edge that no line runs past, and how many of these come before each.
    before = np.zeros(strips + 1, dtype=np.int64)
    hints = starts.copy()
    strip_of = np.empty(n, dtype=np.int32)
    for loop in range(loop_offsets.shape[0] - 1):
        ends = (loop_offsets[loop], loop_offsets[loop + 1])
        if ends[0] == ends[1]:
            continue
        edge = ends[1] - 1
        u1 = points[edge, 0] * cosine + points[edge, 1] * sine - along_to_zero
        v1 = points[edge, 1] * across_y - points[edge, 0] * across_x - zero
        for p in range(ends[0], ends[1]):
            u0 = u1
            v0 = v1
            u1 = points[p, 0] * cosine + points[p, 1] * sine - along_to_zero
            v1 = points[p, 1] * across_y - points[p, 0] * across_x - zero
            strip_of[p] = np.int32(v1)
            if band_mm <= 0.0:
                continue
            first = np.int64(min(v0, v1))
            last = np.int64(max(v0, v1))
            here = u0 if v0 <= v1 else u1
            along = (u1 - u0) / (v1 - v0) if first < last else 0.0
            for s in range(first, last + 1):
                begin = here
                here = (u1 if v0 <= v1 else u0) if s == last else u0 + (s + 1 - v0) * along
                end = max(begin, here) - SAME_POINT_MM
                begin = min(begin, here) + SAME_POINT_MM
                piece = At(hints[At(s)])
                is_covered = low[piece] <= begin and end <= high[piece]
                piece = At(hints[At(s + 1)])
                is_covered |= low[piece] <= begin and end <= high[piece]
                if is_covered:
                    continue
                if before[s + 1] or _is_spoke(points, ends, edge, band_mm):
                    continue
                if _is_covered(low, high, starts, hints, s, begin, end):
                    continue
                before[s + 1] = 1
            edge = p
    if band_mm <= 0.0:
        before[1:] = 1
    for s in range(strips):
        before[s + 1] += before[s]
    sampled: Any = np.int64(before[strips] * SAMPLES)
    if sampled == 0:
        return 0.0

    # Edges in these strips, and at how many lines of samples at most.
    edges = np.empty((n, 2), dtype=np.int32)
    found: Any = np.int64(0)
    room: Any = np.int64(0)
    for loop in range(loop_offsets.shape[0] - 1):
        edge = loop_offsets[loop + 1] - 1
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            first = min(strip_of[At(edge)], strip_of[At(p)])
            last = max(strip_of[At(edge)], strip_of[At(p)])
            many = before[At(last + 1)] - before[At(first)]
            edges[At(found), 0] = edge
            edges[At(found), 1] = p
            found += many > 0
            room += many
            edge = p
    # Where they cross them: line j of samples lies at j = SAMPLES · v + shift.
    shift = 0.5 * (SAMPLES - 1)
    crossing = np.empty(room * SAMPLES + 1, dtype=np.float64)
    slot_of = np.empty(room * SAMPLES + 1, dtype=np.int64)
    crossings = np.zeros(sampled + 2, dtype=np.int64)
    many = np.int64(0)
    for i in range(found):
        a = At(edges[i, 0])
        b = At(edges[i, 1])
        u0 = points[a, 0] * cosine + points[a, 1] * sine - along_to_zero
        v0 = points[a, 1] * across_y - points[a, 0] * across_x - zero
        u1 = points[b, 0] * cosine + points[b, 1] * sine - along_to_zero
        v1 = points[b, 1] * across_y - points[b, 0] * across_x - zero
        first = np.int64(math.ceil(SAMPLES * min(v0, v1) + shift)) - SAMPLES // 2
        last = np.int64(math.ceil(SAMPLES * max(v0, v1) + shift)) - SAMPLES // 2
        if first == last:
            continue
        along = (u1 - u0) / (v1 - v0)
        for j in range(first, last):
            strip = At(j // SAMPLES)
            slot = before[strip] * SAMPLES + j % SAMPLES
            crossing[At(many)] = u0 + ((j + SAMPLES // 2 - shift) / SAMPLES - v0) * along
            slot_of[At(many)] = ~slot if v0 > v1 else slot
            if before[strip + At(1)] > before[strip]:
                crossings[At(slot + 2)] += 1
                many += 1
    for slot in range(sampled):
        crossings[slot + 2] += crossings[slot + 1]
    at = np.empty(many, dtype=np.float64)
    falls = np.empty(many, dtype=np.int64)
    for i in range(many):
        slot = max(slot_of[At(i)], ~slot_of[At(i)])
        place = At(crossings[At(slot + 1)])
        at[place] = crossing[At(i)]
        falls[place] = 1 if slot_of[At(i)] < 0 else -1
        crossings[At(slot + 1)] += 1

    uncovered = 0.0
    for s in range(strips):
        for sample in range(SAMPLES if before[s + 1] > before[s] else 0):
            slot = before[s] * SAMPLES + sample
            sort_range(at, falls, crossings[slot], crossings[slot + 1])
            # How far the lines reach beyond their ends here.
            away = (sample + 0.5) / SAMPLES * distance_mm
            beyond = math.sqrt(max(0.0, reach_mm * reach_mm - away * away))
            away = distance_mm - away
            beyond_next = math.sqrt(max(0.0, reach_mm * reach_mm - away * away))
            piece = starts[s]
            piece_next: Any = np.int64(starts[s + 1])
            winding = 0
            reached = 0.0
            for i in range(crossings[slot], crossings[slot + 1]):
                outside = winding
                winding += falls[i]
                if outside < 1 <= winding:
                    reached = at[i]
                if winding >= 1 or outside < 1:
                    continue
                while reached < at[i]:
                    # Go on from the end of a piece of either line that runs past here.
                    while piece < starts[s + 1] and high[piece] + beyond <= reached:
                        piece += 1
                    while piece_next < starts[s + 2] and high[piece_next] + beyond_next <= reached:
                        piece_next += 1
                    nearest = at[i]
                    further = reached
                    if piece < starts[s + 1]:
                        nearest = min(nearest, low[piece] - beyond)
                        if low[piece] - beyond <= reached:
                            further = high[piece] + beyond
                    if piece_next < starts[s + 2]:
                        nearest = min(nearest, low[piece_next] - beyond_next)
                        if low[piece_next] - beyond_next <= reached:
                            further = max(further, high[piece_next] + beyond_next)
                    if further <= reached:
                        uncovered += nearest - reached
                        further = nearest
                    reached = further
    return uncovered * distance_mm / SAMPLES
