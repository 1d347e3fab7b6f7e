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
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.sorting import order_by, sort_range
from amprep.kernels.tolerances import SAME_POINT_MM, SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["core_gap_mm2", "room_for", "scan_lines", "uncovered_mm"]

#: So many crossings of an edge are written without asking how many there are.
AT_ONCE = 4

#: An index of this type is never taken to count from the end, which is a third of the time of a scan.
At = np.uint64


@kernel
def _turn(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    cosine: float,
    sine: float,
    distance_mm: float,
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    slope: NDArray[np.float64],
    line: NDArray[np.int32],
) -> Any:
    """Points in the hatch frame, slopes of the edges that end in them, and how many crossings there are."""
    across_x = sine / distance_mm
    across_y = cosine / distance_mm
    for p in range(points.shape[0]):
        u[p] = points[p, 0] * cosine + points[p, 1] * sine
        v[p] = points[p, 1] * across_y - points[p, 0] * across_x - 0.5
        line[p] = np.int32(math.ceil(v[p]))
    crossings: Any = np.int64(0)
    for p in range(1, points.shape[0]):
        slope[p] = (u[p] - u[p - 1]) / (v[p] - v[p - 1])
        crossings += abs(line[p] - line[p - 1])
    for loop in range(loop_offsets.shape[0] - 1):
        a = loop_offsets[loop + 1] - 1
        b = loop_offsets[loop]
        if a < b:
            continue
        slope[b] = (u[b] - u[a]) / (v[b] - v[a])
        crossings += abs(line[b] - line[a])
        if b > 0:
            crossings -= abs(line[b] - line[b - 1])
    return crossings


@kernel
def _trace(
    begin: int,
    end: int,
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    slope: NDArray[np.float64],
    line: NDArray[np.int32],
    at: NDArray[np.float64],
    n: int,
    chain: NDArray[np.int64],
    chains: int,
) -> tuple[int, int]:
    """Append the crossings of one loop to `at` and its chains to `chain`.

    chain : (.., 4) int64
        First line, line behind the last, and origin and step: line k is crossed at ``at[origin + step · k]``.
    """
    a = At(end - 1)
    way = 0
    for p in range(begin, end):
        b = At(p)
        k: Any = np.int64(line[a])
        to = np.int64(line[b])
        if k != to:
            rises = k < to
            low = a if rises else b
            step = 1 if rises else -1
            count = abs(to - k)
            k += (step - 1) >> 1
            last: Any = At(chains - 1)
            if step != way:
                way = step
                last = At(chains)
                chains += 1
                chain[last, 0] = k
                chain[last, 1] = k + 1
                chain[last, 2] = n - step * k
                chain[last, 3] = step
            if rises:
                chain[last, 1] = to
            else:
                chain[last, 0] = to
            # Both bodies that share an edge compute each crossing from the same numbers in the same way.
            start = float(k)
            way_mm = float(step)
            from_u = u[low]
            from_v = v[low]
            along = slope[b]
            at[At(n)] = from_u + (start - from_v) * along
            at[At(n + 1)] = from_u + (start + way_mm - from_v) * along
            at[At(n + 2)] = from_u + (start + 2.0 * way_mm - from_v) * along
            at[At(n + 3)] = from_u + (start + 3.0 * way_mm - from_v) * along
            for i in range(AT_ONCE, count):
                at[At(n + i)] = from_u + (start + i * way_mm - from_v) * along
            n += count
        a = b
    return n, chains


@kernel
def _walk(
    chain: NDArray[np.int64],
    chains: int,
    at: NDArray[np.float64],
    first: NDArray[np.float64],
    keys: NDArray[np.float64],
    index: NDArray[np.int64],
    pieces: NDArray[np.float64],
    written: int,
    runs: NDArray[np.int64],
    run: int,
) -> tuple[int, int, float]:
    """Append the pieces of one group, line by line; returns how many there are, runs, and length lost."""
    order = index[0]
    active = index[1]
    left = index[2]
    right = index[3]
    zero: Any = np.int64(0)
    end = chain[0, 1]
    for c in range(chains):
        first[c] = chain[c, 0]
        end = max(end, chain[c, 1])
    order_by(first, chains, order, keys, active)
    following = 0
    count: Any = np.int64(0)
    short_mm = 0.0
    k = chain[order[0], 0]
    while k < end:
        # The chains that cross this line, those that begin here last, and the line where that changes.
        until = end
        kept: Any = np.int64(0)
        for i in range(count):
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
        count = kept

        at_once = True
        while k < until:
            for i in range(count):
                own = At(active[i])
                keys[i] = at[At(chain[own, 2] + chain[own, 3] * k)]
            sort_range(keys, active, zero, count)
            winding = 0
            pairs = 0
            for i in range(count):
                before = winding
                winding -= chain[At(active[i]), 3]
                if before < 1 <= winding:
                    left[At(pairs)] = i
                elif winding < 1 <= before:
                    right[At(pairs)] = i
                    pairs += 1
            if at_once and 2 * pairs == count:
                lines = until - k
                for p in range(pairs):
                    a = At(active[At(left[p])])
                    b = At(active[At(right[p])])
                    from_a = chain[a, 2] + chain[a, 3] * k
                    from_b = chain[b, 2] + chain[b, 3] * k
                    place = written + p
                    for _ in range(lines):
                        u0 = at[At(from_a)]
                        u1 = at[At(from_b)]
                        at_once &= u1 - u0 >= SHORTEST_VECTOR_MM
                        pieces[At(place), 0] = u0
                        pieces[At(place), 1] = u1
                        from_a += chain[a, 3]
                        from_b += chain[b, 3]
                        place += pairs
                    if p > 0:
                        place = written + p
                        for _ in range(lines):
                            at_once &= pieces[At(place), 0] - pieces[At(place - 1), 1] > SAME_POINT_MM
                            place += pairs
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
            begin = written
            for p in range(pairs):
                u0 = keys[At(left[p])]
                u1 = keys[At(right[p])]
                if written > begin and u0 - pieces[At(written - 1), 1] <= SAME_POINT_MM:
                    pieces[At(written - 1), 1] = u1
                else:
                    pieces[At(written), 0] = u0
                    pieces[At(written), 1] = u1
                    written += 1
            made = written
            written = begin
            for i in range(begin, made):
                length = pieces[At(i), 1] - pieces[At(i), 0]
                if length < SHORTEST_VECTOR_MM:
                    short_mm += length
                else:
                    pieces[At(written), 0] = pieces[At(i), 0]
                    pieces[At(written), 1] = pieces[At(i), 1]
                    written += 1
            if written > begin:
                runs[At(run), 0] = k
                runs[At(run), 1] = 1
                runs[At(run), 2] = written - begin
                run += 1
            k += 1
    return written, run, short_mm


def room_for(points: int, crossings: int) -> tuple[int, int]:
    """How many entries of `room` and `index_room` a scan needs that meets so many crossings."""
    return 5 * points + 2 * crossings + AT_ONCE, 9 * points + 8 + 3 * (crossings // 2)


@kernel
def scan_lines(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    loops: NDArray[np.int64],
    group_offsets: NDArray[np.int64],
    cosine: float,
    sine: float,
    distance_mm: float,
    room: NDArray[np.float64],
    index_room: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float, int]:
    """Where hatch lines run inside a region that is given by curves with winding number ≥ 1.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    loops : (C,) int64
        Numbers of the loops, group after group.
    group_offsets : (G + 1,) int64
        Group g owns ``loops[group_offsets[g]:group_offsets[g + 1]]``. No place may lie in two groups.
    cosine, sine : float
        Direction of the hatch lines.
    room, index_room : float64, int64
        Memory to work in, used again and again; where it is too small the scan takes fresh memory.

    Returns
    -------
    pieces : (M, 2) float64, mm
        Begin and end of each piece along its line, group after group, lines ascending. May lie in `room`.
    runs : (R, 3) int64
        First line, number of lines, and pieces on each of them: `pieces` holds them one behind the other.
    group_runs : (G + 1,) int64
        Group g owns ``runs[group_runs[g]:group_runs[g + 1]]``.
    short_mm : float
        Length of the pieces that were left out because they are too short to expose.
    crossings : int
        With P it says how much memory the scan needs: see `room_for`.

    """
    n = points.shape[0]
    if room.shape[0] < 5 * n:
        room = np.empty(5 * n, dtype=np.float64)
    if index_room.shape[0] < 9 * n + 8:
        index_room = np.empty(9 * n + 8, dtype=np.int64)
    u = room[:n]
    v = room[n : 2 * n]
    slope = room[2 * n : 3 * n]
    first = room[3 * n : 4 * n]
    keys = room[4 * n : 5 * n]
    line = index_room[:n].view(np.int32)
    chain = index_room[n : 5 * n].reshape(n, 4)
    index = index_room[5 * n : 9 * n + 8].reshape(4, n + 2)
    crossings = _turn(points, loop_offsets, cosine, sine, distance_mm, u, v, slope, line)
    most = crossings // 2
    at = room[5 * n :]
    if at.shape[0] < 2 * crossings + AT_ONCE:
        at = np.empty(2 * crossings + AT_ONCE, dtype=np.float64)
    pieces = at[crossings + AT_ONCE : crossings + AT_ONCE + 2 * most].reshape(most, 2)
    runs = index_room[9 * n + 8 :]
    if runs.shape[0] < 3 * most:
        runs = np.empty(3 * most, dtype=np.int64)
    runs = runs[: 3 * most].reshape(most, 3)
    group_runs = np.empty(group_offsets.shape[0], dtype=np.int64)
    group_runs[0] = 0
    written: Any = np.int64(0)
    run: Any = np.int64(0)
    short_mm = 0.0
    for g in range(group_offsets.shape[0] - 1):
        crossed: Any = np.int64(0)
        chains: Any = np.int64(0)
        for i in range(group_offsets[g], group_offsets[g + 1]):
            begin = loop_offsets[loops[i]]
            end = loop_offsets[loops[i] + 1]
            crossed, chains = _trace(begin, end, u, v, slope, line, at, crossed, chain, chains)
        if chains > 0:
            written, run, short = _walk(chain, chains, at, first, keys, index, pieces, written, runs, run)
            short_mm += short
        group_runs[g + 1] = run
    return pieces[:written], runs[:run], group_runs, short_mm, crossings


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
    scans = []
    for curves, offsets, apart_mm in (
        (points, loop_offsets, 0.25 * distance_mm),
        (hatch_points, hatch_loop_offsets, distance_mm),
    ):
        one_group = np.array([0, len(offsets) - 1], dtype=np.int64)
        room, index_room = np.empty(0), np.empty(0, dtype=np.int64)
        direction = (math.cos(angle_rad), math.sin(angle_rad))
        loops = np.arange(one_group[1])
        pieces, runs, _, _, _ = scan_lines(
            curves, offsets, loops, one_group, *direction, apart_mm, room, index_room
        )
        scans += [pieces, runs]
    return 0.25 * distance_mm * uncovered_mm(*scans)


@kernel
def uncovered_mm(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    line_pieces: NDArray[np.float64],
    line_runs: NDArray[np.int64],
) -> float:
    """Length of pieces on lines a quarter of the hatch distance apart that no hatch line beside runs past.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    line_pieces : (L, 2) float64, mm
    line_runs : (S, 3) int64
        As `scan_lines` gives them for one group: of the core, and of the hatch.
    """
    first, starts = _line_starts(runs)
    line_first, line_starts = _line_starts(line_runs)
    uncovered = 0.0
    for k in range(starts.shape[0] - 1):
        # Line j of a quarter of the distance lies between the hatch lines below and below + 1.
        below = (2 * (first + k) - 3) // 8
        for c in range(starts[k], starts[k + 1]):
            reached = pieces[c, 0]
            end = pieces[c, 1]
            moved = True
            while moved and reached < end:
                # Go on from the end of any piece of either line that runs past here.
                moved = False
                nearest = end
                for line in range(below - line_first, below - line_first + 2):
                    if line < 0 or line >= line_starts.shape[0] - 1:
                        continue
                    for p in range(line_starts[line], line_starts[line + 1]):
                        if line_pieces[p, 0] <= reached < line_pieces[p, 1]:
                            reached = line_pieces[p, 1]
                            moved = True
                        elif line_pieces[p, 0] > reached:
                            nearest = min(nearest, line_pieces[p, 0])
                if not moved and reached < end:
                    uncovered += nearest - reached
                    reached = nearest
                    moved = True
    return uncovered


@kernel
def _line_starts(runs: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """First line, and for each line from there on where its pieces begin."""
    last = runs.shape[0] - 1
    first: Any = np.int64(0)
    lines: Any = np.int64(0)
    if last >= 0:
        first = runs[0, 0]
        lines = runs[last, 0] + runs[last, 1] - first
    starts = np.zeros(lines + 1, dtype=np.int64)
    for r in range(runs.shape[0]):
        for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
            starts[k - first + 1] = runs[r, 2]
    for k in range(lines):
        starts[k + 1] += starts[k]
    return first, starts
