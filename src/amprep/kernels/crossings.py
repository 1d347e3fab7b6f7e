"""Cut closed curves at every place where they meet, so that edges share ends and nothing else.

::

          │                  │         Points lie on a grid of 2⁻²⁰ mm (about 1 nm), where every test of
        ──┼──────   ──►   ───●─────    sides is exact in whole numbers. A place where two edges cross is
          │                  │         rounded to the grid and becomes a point of both.

Algorithm
    A uniform grid of cells brings edges together that may meet. Rounding bends the parts of a cut edge by
    up to a grid step, so they may meet others: parts are tested against all edges of their cells again,
    until no new point appears. Points where curves meet are marked as nodes.

Degeneracy rule
    Points that fall on one place of the grid are one. Edges that lie upon each other are cut at each other's
    ends, so that they become equal edges.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEPS_PER_MM", "cut_at_crossings", "enlarged", "side_of"]

#: Grid steps per mm. With at most 2³⁰ steps, about 1 m, across, products of differences fit 64 bits.
STEPS_PER_MM = 1048576.0

#: Widest layer, in grid steps.
WIDEST = 2**30

#: By how many steps the parts of an edge may leave it; far more than rounding in a few rounds can give.
SLACK = 32

#: Rounds of cutting before it is given up. Two or three are usual.
ROUNDS = 16


@kernel
def side_of(at: NDArray[np.int64], a: int, b: int, c: int) -> int:
    """Twice the area of the triangle of three points: positive where c lies left of a → b.

    at : (V, 2) int64, grid steps
    """
    return (at[b, 0] - at[a, 0]) * (at[c, 1] - at[a, 1]) - (at[b, 1] - at[a, 1]) * (at[c, 0] - at[a, 0])


@kernel
def enlarged(values: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """A copy with room for `size` rows.

    values : (n, k) int64
    """
    copy = np.empty((size, values.shape[1]), dtype=np.int64)
    copy[: values.shape[0]] = values
    return copy


@kernel
def _on_grid(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Points on the grid, those equal to their predecessor left out.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    count : int
        Number of points; -1 where the layer is too wide.
    at : (P, 2) int64, grid steps
    link : (P, 4) int64
        Point before, point after, number of the edge that starts here, row of `points`.
    lowest : (C,) int64
        Leftmost point of each loop; -1 for loops of fewer than three points.

    """
    n = points.shape[0]
    at = np.empty((n, 2), dtype=np.int64)
    link = np.empty((n, 4), dtype=np.int64)
    loops = loop_offsets.shape[0] - 1
    lowest = np.full(loops, -1, dtype=np.int64)
    if n == 0:
        return 0, at, link, lowest
    low_x = high_x = points[0, 0]
    low_y = high_y = points[0, 1]
    for p in range(n):
        low_x = min(low_x, points[p, 0])
        high_x = max(high_x, points[p, 0])
        low_y = min(low_y, points[p, 1])
        high_y = max(high_y, points[p, 1])
    if not (max(high_x - low_x, high_y - low_y) * STEPS_PER_MM < WIDEST and abs(low_x) + abs(low_y) < 1e9):
        return -1, at, link, lowest
    count = 0
    for loop in range(loops):
        first = count
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            x = np.int64(math.floor(points[p, 0] * STEPS_PER_MM + 0.5))
            y = np.int64(math.floor(points[p, 1] * STEPS_PER_MM + 0.5))
            if count > first and at[count - 1, 0] == x and at[count - 1, 1] == y:
                continue
            at[count, 0] = x
            at[count, 1] = y
            link[count, 3] = p
            count += 1
        while count > first + 1 and at[count - 1, 0] == at[first, 0] and at[count - 1, 1] == at[first, 1]:
            count -= 1
        if count < first + 3:
            count = first
            continue
        leftmost = first
        for v in range(first, count):
            link[v, 0] = v - 1
            link[v, 1] = v + 1
            link[v, 2] = v
            if at[v, 0] < at[leftmost, 0]:
                leftmost = v
        link[first, 0] = count - 1
        link[count - 1, 1] = first
        lowest[loop] = leftmost
    return count, at, link, lowest


@kernel
def _cells(
    at: NDArray[np.int64], link: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Sort the edges into a uniform grid of cells.

    at : (V, 2) int64, grid steps
    link : (V, 4) int64

    Returns
    -------
    frame : (3,) float64
        Corner of the first cell and size of a cell, in grid steps.
    shape : (2,) int64
        Columns and rows.
    start : (columns · rows + 1,) int64
    members : (M,) int32
        Cell c holds the edges ``members[start[c]:start[c + 1]]``.

    """
    low_x = high_x = at[0, 0]
    low_y = high_y = at[0, 1]
    reach = 0.0
    for v in range(count):
        low_x = min(low_x, at[v, 0])
        high_x = max(high_x, at[v, 0])
        low_y = min(low_y, at[v, 1])
        high_y = max(high_y, at[v, 1])
        reach += abs(at[link[v, 1], 0] - at[v, 0]) + abs(at[link[v, 1], 1] - at[v, 1])
    width = float(high_x - low_x) + 2.0 * SLACK
    height = float(high_y - low_y) + 2.0 * SLACK
    cell = max(reach / count, math.sqrt(width * height / (2.0 * count)), 4.0 * SLACK)
    frame = np.empty(3, dtype=np.float64)
    frame[0] = low_x - SLACK
    frame[1] = low_y - SLACK
    frame[2] = cell
    shape = np.empty(2, dtype=np.int64)
    shape[0] = columns = int(width / cell) + 1
    shape[1] = rows = int(height / cell) + 1
    start = np.zeros(columns * rows + 2, dtype=np.int64)
    members = np.empty(0, dtype=np.int32)
    for sweep in range(2):
        for v in range(count):
            a = v
            b = link[v, 1]
            if at[a, 1] > at[b, 1]:
                a, b = b, a
            ax = at[a, 0] - frame[0]
            ay = at[a, 1] - frame[1]
            bx = at[b, 0] - frame[0]
            by = at[b, 1] - frame[1]
            low_row = int((ay - SLACK) / cell)
            high_row = int((by + SLACK) / cell)
            left = min(ax, bx)
            right = max(ax, bx)
            for row in range(low_row, high_row + 1):
                l = left
                r = right
                if high_row > low_row and by > ay:
                    # Long slanted edges: per row only the columns that they pass.
                    slope = (bx - ax) / (by - ay)
                    t = max(row * cell - SLACK - ay, 0.0)
                    u = min((row + 1) * cell + SLACK - ay, by - ay)
                    l = max(left, ax + min(t * slope, u * slope))
                    r = min(right, ax + max(t * slope, u * slope))
                place = row * columns
                for c in range(place + int((l - SLACK) / cell), place + int((r + SLACK) / cell) + 1):
                    if sweep == 0:
                        start[c + 2] += 1
                    else:
                        members[start[c + 1]] = v
                        start[c + 1] += 1
        if sweep == 0:
            for c in range(columns * rows):
                start[c + 2] += start[c + 1]
            members = np.empty(start[columns * rows + 1], dtype=np.int32)
    return frame, shape, start[: columns * rows + 1], members


@kernel
def _note(
    at: NDArray[np.int64],
    link: NDArray[np.int64],
    is_node: NDArray[np.uint8],
    cuts: NDArray[np.int64],
    noted: int,
    v: int,
    x: int,
    y: int,
    other: int,
) -> int:
    """Note that edge v is to be cut at a place, or mark the end that lies there; returns the number noted."""
    w = link[v, 1]
    if at[v, 0] == x and at[v, 1] == y:
        is_node[v] = 1
        return noted
    if at[w, 0] == x and at[w, 1] == y:
        is_node[w] = 1
        return noted
    cuts[noted, 0] = v
    cuts[noted, 1] = x
    cuts[noted, 2] = y
    cuts[noted, 3] = other
    return noted + 1


@kernel
def _within(at: NDArray[np.int64], a: int, b: int, c: int) -> bool:
    """Whether point c lies in the box of a and b."""
    return (
        min(at[a, 0], at[b, 0]) <= at[c, 0] <= max(at[a, 0], at[b, 0])
        and min(at[a, 1], at[b, 1]) <= at[c, 1] <= max(at[a, 1], at[b, 1])
    )


@kernel
def _meet(
    at: NDArray[np.int64],
    link: NDArray[np.int64],
    is_node: NDArray[np.uint8],
    cuts: NDArray[np.int64],
    noted: int,
    a: int,
    c: int,
) -> int:
    """Note where the edges that start at a and c meet; returns the number of cuts noted."""
    b = link[a, 1]
    d = link[c, 1]
    if b == c or d == a:
        # Neighbours share a point; they meet elsewhere only where the curve folds back upon itself.
        for turn in range(2):
            v = a if turn == 0 else c
            w = link[v, 1]
            if w != (c if turn == 0 else a):
                continue
            e = link[w, 1]
            if side_of(at, v, w, e) != 0:
                continue
            ux = at[v, 0] - at[w, 0]
            uy = at[v, 1] - at[w, 1]
            vx = at[e, 0] - at[w, 0]
            vy = at[e, 1] - at[w, 1]
            if ux * vx + uy * vy <= 0:
                continue
            is_node[v] = is_node[w] = is_node[e] = 1
            if abs(ux) + abs(uy) > abs(vx) + abs(vy):
                noted = _note(at, link, is_node, cuts, noted, v, at[e, 0], at[e, 1], w)
            else:
                noted = _note(at, link, is_node, cuts, noted, w, at[v, 0], at[v, 1], v)
        return noted
    side_c = side_of(at, a, b, c)
    side_d = side_of(at, a, b, d)
    if (side_c > 0 and side_d > 0) or (side_c < 0 and side_d < 0):
        return noted
    side_a = side_of(at, c, d, a)
    side_b = side_of(at, c, d, b)
    if (side_a > 0 and side_b > 0) or (side_a < 0 and side_b < 0):
        return noted
    if side_a != 0 and side_b != 0 and side_c != 0 and side_d != 0:
        t = side_a / (float(side_a) - float(side_b))
        x = at[a, 0] + np.int64(math.floor(t * (at[b, 0] - at[a, 0]) + 0.5))
        y = at[a, 1] + np.int64(math.floor(t * (at[b, 1] - at[a, 1]) + 0.5))
        noted = _note(at, link, is_node, cuts, noted, a, x, y, c)
        return _note(at, link, is_node, cuts, noted, c, x, y, a)
    if side_c == 0 and _within(at, a, b, c):
        is_node[c] = 1
        noted = _note(at, link, is_node, cuts, noted, a, at[c, 0], at[c, 1], c)
    if side_d == 0 and _within(at, a, b, d):
        is_node[d] = 1
        noted = _note(at, link, is_node, cuts, noted, a, at[d, 0], at[d, 1], c)
    if side_a == 0 and _within(at, c, d, a):
        is_node[a] = 1
        noted = _note(at, link, is_node, cuts, noted, c, at[a, 0], at[a, 1], a)
    if side_b == 0 and _within(at, c, d, b):
        is_node[b] = 1
        noted = _note(at, link, is_node, cuts, noted, c, at[b, 0], at[b, 1], a)
    return noted


@kernel
def _apart(at: NDArray[np.int64], a: int, b: int, c: int, d: int, slack: int) -> bool:
    """Whether the boxes of the edges a → b and c → d leave a gap of more than `slack` steps."""
    return (
        max(at[a, 0], at[b, 0]) + slack < min(at[c, 0], at[d, 0])
        or max(at[c, 0], at[d, 0]) + slack < min(at[a, 0], at[b, 0])
        or max(at[a, 1], at[b, 1]) + slack < min(at[c, 1], at[d, 1])
        or max(at[c, 1], at[d, 1]) + slack < min(at[a, 1], at[b, 1])
    )


@kernel
def _insert(at: NDArray[np.int64], link: NDArray[np.int64], cut: NDArray[np.int64], before: int, v: int) -> bool:
    """Put point v between the ends of the edge that a cut names; false where it lies there already.

    Points from `before` on are those of this round.
    """
    a = cut[0]
    b = link[a, 1]
    while b >= before:
        b = link[b, 1]
    ux = at[b, 0] - at[a, 0]
    uy = at[b, 1] - at[a, 1]
    along = (cut[1] - at[a, 0]) * ux + (cut[2] - at[a, 1]) * uy
    p = a
    q = link[a, 1]
    while q != b:
        here = (at[q, 0] - at[a, 0]) * ux + (at[q, 1] - at[a, 1]) * uy
        if at[q, 0] == cut[1] and at[q, 1] == cut[2]:
            return False
        if here > along:
            break
        p = q
        q = link[q, 1]
    at[v, 0] = cut[1]
    at[v, 1] = cut[2]
    link[v, 0] = p
    link[v, 1] = q
    link[v, 2] = link[a, 2]
    link[v, 3] = link[cut[3], 2]
    link[p, 1] = v
    link[q, 0] = v
    return True


@kernel
def _places(
    points: NDArray[np.float64], at: NDArray[np.int64], link: NDArray[np.int64], tail: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(V, 2) float64, mm: points as they were, new ones where the uncut edges cross."""
    count = tail.shape[0]
    places = np.empty((at.shape[0], 2), dtype=np.float64)
    for v in range(at.shape[0]):
        if v < count:
            places[v, 0] = points[link[v, 3], 0]
            places[v, 1] = points[link[v, 3], 1]
            continue
        x = at[v, 0] / STEPS_PER_MM
        y = at[v, 1] / STEPS_PER_MM
        places[v, 0] = x
        places[v, 1] = y
        a = link[link[v, 2], 3]
        b = link[tail[link[v, 2]], 3]
        c = link[link[v, 3], 3]
        d = link[tail[link[v, 3]], 3]
        ux = points[b, 0] - points[a, 0]
        uy = points[b, 1] - points[a, 1]
        vx = points[d, 0] - points[c, 0]
        vy = points[d, 1] - points[c, 1]
        cross = ux * vy - uy * vx
        if cross != 0.0:
            t = ((points[c, 0] - points[a, 0]) * vy - (points[c, 1] - points[a, 1]) * vx) / cross
            ux = points[a, 0] + t * ux
            uy = points[a, 1] + t * uy
            # Edges that are nearly parallel, or bent by rounding, give no better place than the grid.
            if abs(ux - x) + abs(uy - y) < 2.0 / STEPS_PER_MM:
                places[v, 0] = ux
                places[v, 1] = uy
    return places


@kernel
def cut_at_crossings(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[
    bool,
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.uint8],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int32],
]:
    """Closed curves on the grid, cut wherever they meet.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    done : bool
        False where the layer is too wide or rounding gave new crossings in every round.
    at : (V, 2) int64, grid steps
    link : (V, 4) int64
        Point before, point after, number of the uncut edge that starts or lies here, and what it came from.
    is_node : (V,) uint8
        1 where curves meet, and at the leftmost point of every curve.
    places : (V, 2) float64, mm
        The points before rounding.
    lowest : (C,) int64
        Leftmost point of each curve; -1 for curves of fewer than three points.
    frame : (3,) float64
    shape : (2,) int64
    start : (columns · rows + 1,) int64
    members : (M,) int32
        Cells and the uncut edges in them: corner of the first and size, columns and rows, ranges, edges.

    """
    count, at, link, lowest = _on_grid(points, loop_offsets)
    is_node = np.zeros(max(count, 0), dtype=np.uint8)
    if count <= 0:
        places = np.empty((0, 2), dtype=np.float64)
        none = np.empty(0, dtype=np.int64)
        few = np.empty(0, dtype=np.int32)
        return count == 0, at[:0], link[:0], is_node, places, lowest, np.empty(0), none, none, few
    for loop in range(lowest.shape[0]):
        if lowest[loop] >= 0:
            is_node[lowest[loop]] = 1
    tail = link[:count, 1].copy()
    frame, shape, start, members = _cells(at, link, count)
    changed = np.ones(count, dtype=np.uint8)
    cuts = np.empty((64, 4), dtype=np.int64)
    total: Any = np.int64(0) + count
    noted: Any = np.int64(0)
    for turn in range(ROUNDS):
        noted = np.int64(0)
        for cell in range(start.shape[0] - 1):
            for i in range(start[cell], start[cell + 1]):
                a = np.int64(members[i])
                for j in range(start[cell], i):
                    b = np.int64(members[j])
                    if changed[a] + changed[b] == 0 or _apart(at, a, tail[a], b, tail[b], SLACK):
                        continue
                    v = a
                    while link[v, 2] == a:
                        w = b
                        while link[w, 2] == b:
                            if not _apart(at, v, link[v, 1], w, link[w, 1], 0):
                                if noted + 4 > cuts.shape[0]:
                                    cuts = enlarged(cuts, 2 * cuts.shape[0])
                                noted = _meet(at, link, is_node, cuts, noted, v, w)
                            w = link[w, 1]
                        v = link[v, 1]
        if turn > 0:
            for a in range(count):
                # Parts of one edge that follow each other.
                v = np.int64(a)
                while changed[a] and link[link[v, 1], 2] == a:
                    if noted + 4 > cuts.shape[0]:
                        cuts = enlarged(cuts, 2 * cuts.shape[0])
                    noted = _meet(at, link, is_node, cuts, noted, v, link[v, 1])
                    v = link[v, 1]
        if noted == 0:
            break
        changed[:] = 0
        before = total
        if total + noted > at.shape[0]:
            at = enlarged(at, total + noted)
            link = enlarged(link, total + noted)
            marks = np.ones(total + noted, dtype=np.uint8)
            marks[:total] = is_node[:total]
            is_node = marks
        for i in range(noted):
            if _insert(at, link, cuts[i], before, total):
                changed[link[total, 2]] = 1
                total += 1
    at = at[:total]
    link = link[:total]
    places = _places(points, at, link, tail)
    return noted == 0, at, link, is_node[:total], places, lowest, frame, shape, start, members
