"""Where hatch lines run inside a region: the scan that all patterns share, by winding number.

::

        v │   u →            A line k lies at v = (k + ½)·h. Where an edge goes down through it the winding
        k+1 ─┼──●━━━━●──     number rises by one, where an edge goes up it falls; a hatch line runs where
        k   ─┼─●━━━━━━●─     the number is 1 or more.

Algorithm
    Points are turned into the hatch frame (u along the vectors, v across). Each point gets the index of
    the first line at or above it; an edge crosses the lines from the lower index up to, not including,
    the higher one. Every loop is taken apart into chains that only rise or only fall: a chain crosses each
    line in its range once, so its crossings lie one behind the other and need no sorting. From line to
    line the chains keep their order along u but where some begin, end or cross, so sorting is a look at
    each one. Between two such lines the same pairs of chains bound the pieces; they are written for all
    those lines at once, and line by line only where that turns out to be wrong.

    Loops come in groups that share no place (see `components`); each group is scanned for itself.

Degeneracy rule
    A point on a line counts as above it (half-open rule), so a line through a corner meets both edges or
    none, and no special case is left. Equal crossings need no order: a gap of no width is closed.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.sorting import sort_range
from amprep.kernels.tolerances import SAME_POINT_MM, SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROOM", "ScanRoom", "scan_lines"]

#: So many crossings of an edge are written without asking how many there are.
AT_ONCE = 4

#: An index of this type is never taken to count from the end, which is a third of the time of a scan.
At = np.uint64


class ScanRoom(threading.local):
    """Memory that scans work in, one per thread: fresh memory costs more than the work done in it."""

    def __init__(self) -> None:
        self._for_points(0)
        self._for_crossings(0, 0)

    def _for_points(self, points: int) -> None:
        self.frame = np.empty((4, points), dtype=np.float64)
        self.line = np.empty(points, dtype=np.int32)
        self.chain = np.empty((points, 4), dtype=np.int64)
        self.index = np.empty((4, points), dtype=np.int64)

    def _for_crossings(self, crossings: int, lines: int) -> None:
        self.at = np.empty(crossings + AT_ONCE, dtype=np.float64)
        self.pieces = np.empty((crossings // 2, 2), dtype=np.float64)
        self.runs = np.empty((crossings // 2, 3), dtype=np.int64)
        self.bucket = np.empty(lines, dtype=np.int64)

    def scan(
        self,
        points: NDArray[np.float64],
        loop_offsets: NDArray[np.int64],
        loops: NDArray[np.int64],
        group_offsets: NDArray[np.int64],
        cosine: float,
        sine: float,
        distance_mm: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float]:
        """Where hatch lines run inside a region that is given by curves with winding number ≥ 1.

        points : (P, 2) float64, mm
        loop_offsets : (C + 1,) int64
        loops : (C,) int64
            Numbers of the loops, group after group.
        group_offsets : (G + 1,) int64
            Group g owns ``loops[group_offsets[g]:group_offsets[g + 1]]``. No place may lie in two groups.
        cosine, sine : float
            Direction of the hatch lines.

        Returns
        -------
        pieces : (M, 2) float64, mm
            Begin and end of each piece along its line, group after group, lines ascending.
        runs : (R, 3) int64
            First line, number of lines, and pieces on each of them, one behind the other in `pieces`.
        group_runs : (G + 1,) int64
            Group g owns ``runs[group_runs[g]:group_runs[g + 1]]``.
        short_mm : float
            Length of the pieces that were left out because they are too short to expose.

        The first two hold until the next scan.

        """
        if self.line.shape[0] < len(points):
            self._for_points(len(points) + len(points) // 4)
        if points.flags.writeable != loop_offsets.flags.writeable:
            # The kernel is compiled for both as they come from regions, or for both as they are made.
            points, loop_offsets = points.view(), loop_offsets.view()
            points.flags.writeable = loop_offsets.flags.writeable = False
        curves = (points, loop_offsets, loops, group_offsets, cosine, sine, distance_mm)
        while True:
            room = (self.frame, self.line, self.chain, self.index)
            room_for_crossings = (self.at, self.pieces, self.runs, self.bucket)
            crossings, lines, written, run, group_runs, short_mm = scan_lines(
                *curves, *room, *room_for_crossings
            )
            if written >= 0:
                return self.pieces[:written], self.runs[:run], group_runs, short_mm
            self._for_crossings(crossings + crossings // 4, max(lines, len(self.bucket)))


@kernel
def scan_lines(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    loops: NDArray[np.int64],
    group_offsets: NDArray[np.int64],
    cosine: float,
    sine: float,
    distance_mm: float,
    frame: NDArray[np.float64],
    line: NDArray[np.int32],
    chain: NDArray[np.int64],
    index: NDArray[np.int64],
    at: NDArray[np.float64],
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    bucket: NDArray[np.int64],
) -> tuple[int, int, int, int, NDArray[np.int64], float]:
    """Write into `pieces` and `runs` what `ScanRoom.scan` describes; the other arrays are to work in.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    loops : (C,) int64
    group_offsets : (G + 1,) int64
    frame : (4, P) float64
    line : (P,) int32
    chain : (P, 4) int64
        First line, line behind the last, origin and step: line k is crossed at ``at[origin + step · k]``.
    index : (4, P) int64
    at : (X,) float64
    pieces : (X / 2, 2) float64
    runs : (X / 2, 3) int64
    bucket : (K,) int64

    Returns
    -------
    crossings, lines : int
        How many there are, so how large `at` and `bucket` must be.
    written, run : int
        Number of pieces and runs; -1 where the room is too small.
    group_runs : (G + 1,) int64
    short_mm : float

    """
    n = points.shape[0]
    u = frame[0]
    v = frame[1]
    slope = frame[2]
    keys = frame[3]
    order = index[0]
    active = index[1]
    left = index[2]
    right = index[3]

    # Points in the hatch frame, slopes of the edges that end in them, and how many crossings there are.
    across_x = sine / distance_mm
    across_y = cosine / distance_mm
    for p in range(n):
        u[p] = points[p, 0] * cosine + points[p, 1] * sine
        v[p] = points[p, 1] * across_y - points[p, 0] * across_x - 0.5
        line[p] = np.int32(math.ceil(v[p]))
    crossings: Any = np.int64(0)
    lowest = line[0] if n > 0 else np.int32(0)
    highest = lowest
    for p in range(1, n):
        slope[p] = (u[p] - u[p - 1]) / (v[p] - v[p - 1])
        crossings += abs(line[p] - line[p - 1])
        lowest = min(lowest, line[p])
        highest = max(highest, line[p])
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1] - 1
        if first <= last:
            slope[first] = (u[first] - u[last]) / (v[first] - v[last])
            crossings += abs(line[first] - line[last])
            if first > 0:
                crossings -= abs(line[first] - line[first - 1])

    lines: Any = np.int64(highest) - np.int64(lowest) + 1
    group_runs: Any = np.zeros(group_offsets.shape[0], dtype=np.int64)
    if at.shape[0] < crossings + AT_ONCE or bucket.shape[0] < lines:
        return crossings, lines, -1, -1, group_runs, 0.0
    zero: Any = np.int64(0)
    written: Any = np.int64(0)
    run: Any = np.int64(0)
    short_mm = 0.0
    for g in range(group_offsets.shape[0] - 1):
        crossed = np.int64(0)
        chains = np.int64(0)
        for i in range(group_offsets[g], group_offsets[g + 1]):
            loop = loops[i]
            begin = loop_offsets[loop]
            before = At(loop_offsets[loop + 1] - 1)
            way = np.int64(0)
            for p in range(begin, loop_offsets[loop + 1]):
                here = At(p)
                to = np.int64(line[here])
                k = np.int64(line[before])
                if k != to:
                    rises = k < to
                    low = before if rises else here
                    step = np.int64(1) if rises else np.int64(-1)
                    count = abs(to - k)
                    k += (step - 1) >> 1
                    if step != way:
                        way = step
                        chains += 1
                        newest = At(chains - 1)
                        chain[newest, 0] = k
                        chain[newest, 1] = k + 1
                        chain[newest, 2] = crossed - step * k
                        chain[newest, 3] = step
                    if rises:
                        chain[At(chains - 1), 1] = to
                    else:
                        chain[At(chains - 1), 0] = to
                    # Both bodies that share an edge compute each crossing from the same numbers alike.
                    start = float(k)
                    to_next = float(step)
                    from_u = u[low]
                    from_v = v[low]
                    along = slope[here]
                    at[At(crossed)] = from_u + (start - from_v) * along
                    at[At(crossed + 1)] = from_u + (start + to_next - from_v) * along
                    at[At(crossed + 2)] = from_u + (start + 2.0 * to_next - from_v) * along
                    at[At(crossed + 3)] = from_u + (start + 3.0 * to_next - from_v) * along
                    for q in range(AT_ONCE, count):
                        at[At(crossed + q)] = from_u + (start + q * to_next - from_v) * along
                    crossed += count
                before = here

        # The chains in the order of their first lines, by counting.
        if chains > 0:
            bottom = chain[0, 0]
            top = chain[0, 1]
            for c in range(chains):
                bottom = min(bottom, chain[c, 0])
                top = max(top, chain[c, 1])
            for c in range(top - bottom):
                bucket[c] = 0
            for c in range(chains):
                bucket[At(chain[c, 0] - bottom)] += 1
            place = np.int64(0)
            for c in range(top - bottom):
                place += bucket[c]
                bucket[c] = place - bucket[c]
            for c in range(chains):
                own = At(chain[c, 0] - bottom)
                order[At(bucket[own])] = c
                bucket[own] += 1
            following = np.int64(0)
            crossing = np.int64(0)
            k = bottom
            end = top
            while k < end:
                # The chains that cross this line, those that row here last, and the line where that changes.
                until = end
                kept: Any = np.int64(0)
                for i in range(crossing):
                    c = active[i]
                    active[At(kept)] = c
                    if chain[At(c), 1] > k:
                        kept += 1
                        until = min(until, chain[At(c), 1])
                while following < chains:
                    c = order[At(following)]
                    if chain[At(c), 0] > k:
                        until = min(until, chain[At(c), 0])
                        break
                    active[At(kept)] = c
                    until = min(until, chain[At(c), 1])
                    kept += 1
                    following += 1
                crossing = kept

                at_once = True
                while k < until:
                    for i in range(crossing):
                        own = At(active[i])
                        keys[i] = at[At(chain[own, 2] + chain[own, 3] * k)]
                    sort_range(keys, active, zero, crossing)
                    winding = 0
                    pairs = 0
                    for i in range(crossing):
                        outside = winding
                        winding -= chain[At(active[i]), 3]
                        if outside < 1 <= winding:
                            left[At(pairs)] = i
                        elif winding < 1 <= outside:
                            right[At(pairs)] = i
                            pairs += 1
                    if at_once and 2 * pairs == crossing:
                        lines = until - k
                        for p in range(pairs):
                            left_chain = At(active[At(left[p])])
                            right_chain = At(active[At(right[p])])
                            from_a = chain[left_chain, 2] + chain[left_chain, 3] * k
                            from_b = chain[right_chain, 2] + chain[right_chain, 3] * k
                            slot = written + p
                            for _ in range(lines):
                                u0 = at[At(from_a)]
                                u1 = at[At(from_b)]
                                at_once &= u1 - u0 >= SHORTEST_VECTOR_MM
                                pieces[At(slot), 0] = u0
                                pieces[At(slot), 1] = u1
                                from_a += chain[left_chain, 3]
                                from_b += chain[right_chain, 3]
                                slot += pairs
                            if p > 0:
                                slot = written + p
                                for _ in range(lines):
                                    at_once &= pieces[At(slot), 0] - pieces[At(slot - 1), 1] > SAME_POINT_MM
                                    slot += pairs
                        if at_once:
                            if pairs > 0:
                                runs[At(run), 0] = k
                                runs[At(run), 1] = lines
                                runs[At(run), 2] = pairs
                                run += 1
                            written += lines * pairs
                            k = until
                            continue
                    else:
                        at_once = False
                    # One line alone: gaps of no width are closed, pieces too short to expose left out.
                    row = written
                    for p in range(pairs):
                        u0 = keys[At(left[p])]
                        u1 = keys[At(right[p])]
                        if written > row and u0 - pieces[At(written - 1), 1] <= SAME_POINT_MM:
                            pieces[At(written - 1), 1] = u1
                        else:
                            pieces[At(written), 0] = u0
                            pieces[At(written), 1] = u1
                            written += 1
                    made = written
                    written = row
                    for i in range(row, made):
                        length = pieces[At(i), 1] - pieces[At(i), 0]
                        if length < SHORTEST_VECTOR_MM:
                            short_mm += length
                        else:
                            pieces[At(written), 0] = pieces[At(i), 0]
                            pieces[At(written), 1] = pieces[At(i), 1]
                            written += 1
                    if written > row:
                        runs[At(run), 0] = k
                        runs[At(run), 1] = 1
                        runs[At(run), 2] = written - row
                        run += 1
                    k += 1
        group_runs[g + 1] = run
    return crossings, lines, written, run, group_runs, short_mm


#: For scans whose results are done with before the next one.
ROOM = ScanRoom()
