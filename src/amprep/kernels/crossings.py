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

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.net import AFTER, BEFORE, EDGE, NODE, ROW, STEPS_PER_MM, TURN, X, Y

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_at_crossings"]

#: Widest layer, in grid steps.
WIDEST = 2**30

#: By how many steps the parts of an edge may leave it; far more than rounding in a few rounds can give.
SLACK = 32

#: Size of the cells: mean lengths of edges, and cells per edge, at least.
REACHES = 2.0
CELLS = 0.5

#: Rounds of cutting before it is given up. Two or three are usual.
ROUNDS = 16

#: Cuts per edge, and at least so many in all, from which it is given up at once: parts are tested against all
#: parts of their neighbours, and hundreds of bodies in one place would take minutes.
DENSE, MANY = 8, 5000


@inner_kernel
def _enlarged(table: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """A copy with room for more rows."""
    copy = np.empty((rows, table.shape[1]), dtype=np.int64)
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            copy[i, j] = table[i, j]
    return copy


@inner_kernel
def _on_grid(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Curves on the grid, points equal to their predecessor left out.

    Returns
    -------
    count : int
        Number of points; -1 where the layer is too wide or a coordinate is not finite.
    net : (P, 8) int64
        The leftmost point of every curve is a node.

    """
    n = points.shape[0]
    net = np.empty((n, 8), dtype=np.int64)
    low_x = low_y = 1e300
    high_x = high_y = -1e300
    # NaN from the first coordinate on that is not finite.
    none = 0.0
    for p in range(n):
        none += (points[p, 0] - points[p, 0]) + (points[p, 1] - points[p, 1])
        low_x = min(low_x, points[p, 0])
        high_x = max(high_x, points[p, 0])
        low_y = min(low_y, points[p, 1])
        high_y = max(high_y, points[p, 1])
    across = max(high_x - low_x, high_y - low_y)
    if none != 0.0 or (n > 0 and not (across * STEPS_PER_MM < WIDEST and abs(low_x) + abs(low_y) < 1e9)):
        return -1, net
    count: Any = np.int64(0)
    for loop in range(loop_offsets.shape[0] - 1):
        first = count
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            x = np.int64(math.floor(points[p, 0] * STEPS_PER_MM + 0.5))
            y = np.int64(math.floor(points[p, 1] * STEPS_PER_MM + 0.5))
            if count > first and net[count - 1, X] == x and net[count - 1, Y] == y:
                continue
            net[count, X] = x
            net[count, Y] = y
            net[count, BEFORE] = count - 1
            net[count, AFTER] = count + 1
            net[count, EDGE] = count
            net[count, ROW] = p
            net[count, TURN] = 0
            net[count, NODE] = 0
            count += 1
        while count > first + 1 and net[count - 1, X] == net[first, X] and net[count - 1, Y] == net[first, Y]:
            count -= 1
        if count < first + 3:
            count = first
            continue
        net[first, BEFORE] = count - 1
        net[count - 1, AFTER] = first
        leftmost = first
        for v in range(first, count):
            if net[v, X] < net[leftmost, X]:
                leftmost = v
        net[leftmost, NODE] = 1
    return count, net


@inner_kernel
def _runs(net: NDArray[np.int64], count: int, cell: float) -> NDArray[np.int64]:
    """Runs of edges that go on in one quadrant of directions, so that no two of them meet.

    Returns
    -------
    (R, 6) int64
        First point and last, and box [x0, y0, x1, y1]. Runs of more than one edge are no larger than a cell.

    """
    runs = np.empty((count, 6), dtype=np.int64)
    n = 0
    open_run = False
    right = False
    left = False
    up = False
    down = False
    for v in range(count):
        w = net[v, AFTER]
        dx = net[w, X] - net[v, X]
        dy = net[w, Y] - net[v, Y]
        x0 = min(net[w, X], net[v, X])
        y0 = min(net[w, Y], net[v, Y])
        x1 = max(net[w, X], net[v, X])
        y1 = max(net[w, Y], net[v, Y])
        if open_run and not ((dx > 0 and left) or (dx < 0 and right) or (dy > 0 and down) or (dy < 0 and up)):
            wide = max(x1, runs[n, 4]) - min(x0, runs[n, 2])
            high = max(y1, runs[n, 5]) - min(y0, runs[n, 3])
            open_run = wide <= cell and high <= cell
        else:
            open_run = False
        if open_run:
            runs[n, 1] = w
            runs[n, 2] = min(x0, runs[n, 2])
            runs[n, 3] = min(y0, runs[n, 3])
            runs[n, 4] = max(x1, runs[n, 4])
            runs[n, 5] = max(y1, runs[n, 5])
        else:
            n += 1 if v > 0 else 0
            runs[n, 0] = v
            runs[n, 1] = w
            runs[n, 2] = x0
            runs[n, 3] = y0
            runs[n, 4] = x1
            runs[n, 5] = y1
            right = left = up = down = False
        right = right or dx > 0
        left = left or dx < 0
        up = up or dy > 0
        down = down or dy < 0
        # A curve ends where it does not go on with the next point.
        open_run = w == v + 1
    return runs[: n + 1]


@inner_kernel
def _cells(
    net: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Sort the edges into a uniform grid of cells, run by run.

    Returns
    -------
    runs : (R, 6) int64
        As `_runs` gives them.
    frame : (4,) float64
        Corner of the first cell and size of a cell, in grid steps; number of columns.
    start : (columns · rows + 1,) int64
    members : (M,) int32
        Cell c holds the runs ``members[start[c]:start[c + 1]]``.

    """
    low_x = high_x = net[0, X]
    low_y = high_y = net[0, Y]
    reach = 0.0
    for v in range(count):
        low_x = min(low_x, net[v, X])
        high_x = max(high_x, net[v, X])
        low_y = min(low_y, net[v, Y])
        high_y = max(high_y, net[v, Y])
        reach += abs(net[net[v, AFTER], X] - net[v, X]) + abs(net[net[v, AFTER], Y] - net[v, Y])
    width = float(high_x - low_x) + 2.0 * SLACK
    height = float(high_y - low_y) + 2.0 * SLACK
    cell = max(REACHES * reach / count, math.sqrt(width * height / (CELLS * count)), 4.0 * SLACK)
    frame = np.empty(4, dtype=np.float64)
    frame[0] = low_x - SLACK
    frame[1] = low_y - SLACK
    frame[2] = cell
    columns = int(width / cell) + 1
    rows = int(height / cell) + 1
    frame[3] = columns
    runs = _runs(net, count, cell)
    start = np.zeros(columns * rows + 2, dtype=np.int64)
    members = np.empty(0, dtype=np.int32)
    for sweep in range(2):
        for run in range(runs.shape[0]):
            left = runs[run, 2] - frame[0] - SLACK
            low = runs[run, 3] - frame[1] - SLACK
            right = runs[run, 4] - frame[0] + SLACK
            high = runs[run, 5] - frame[1] + SLACK
            low_row = int(low / cell)
            high_row = int(high / cell)
            slanted = high_row > low_row + 1 and right - left > cell
            first = int(left / cell)
            last = int(right / cell)
            for row in range(low_row, high_row + 1):
                if slanted:
                    # A long edge: per row only the columns that it passes.
                    a = runs[run, 0]
                    b = runs[run, 1]
                    slope = float(net[b, X] - net[a, X]) / float(net[b, Y] - net[a, Y])
                    x = net[a, X] - frame[0] + (row * cell - (net[a, Y] - frame[1])) * slope
                    margin = SLACK * (1.0 + abs(slope))
                    first = int(max(left, min(x, x + cell * slope) - margin) / cell)
                    last = int(min(right, max(x, x + cell * slope) + margin) / cell)
                for c in range(row * columns + first, row * columns + last + 1):
                    if sweep == 0:
                        start[c + 2] += 1
                    else:
                        members[start[c + 1]] = run
                        start[c + 1] += 1
        if sweep == 0:
            for c in range(columns * rows):
                start[c + 2] += start[c + 1]
            members = np.empty(start[columns * rows + 1], dtype=np.int32)
    return runs, frame, start[: columns * rows + 1], members


@inner_kernel
def _note(
    net: NDArray[np.int64], cuts: NDArray[np.int64], noted: int, v: int, x: int, y: int, other: int
) -> int:
    """Note that edge v is to be cut at a place, or mark the end that lies there; returns the number noted."""
    w = net[v, AFTER]
    if net[v, X] == x and net[v, Y] == y:
        net[v, NODE] = 1
        return noted
    if net[w, X] == x and net[w, Y] == y:
        net[w, NODE] = 1
        return noted
    cuts[noted, 0] = v
    cuts[noted, 1] = x
    cuts[noted, 2] = y
    cuts[noted, 3] = net[other, EDGE]
    return noted + 1


@inner_kernel
def _meet(net: NDArray[np.int64], cuts: NDArray[np.int64], noted: int, first: int, second: int) -> int:
    """Note where two edges, named after their first points, meet; returns the number of cuts noted."""
    a = first
    c = second
    if net[c, AFTER] == a:
        a = second
        c = first
    b = net[a, AFTER]
    # Neighbours share a point, and meet elsewhere only where the curve folds back upon itself.
    shared = b if b == c else -1
    before = noted
    apart: Any = False
    touching = False
    side_0 = np.int64(0)
    side_1 = np.int64(0)
    for half in range(2):
        e = a if half == 0 else c
        f = net[e, AFTER]
        ux = net[f, X] - net[e, X]
        uy = net[f, Y] - net[e, Y]
        other = c if half == 0 else a
        for end in range(2):
            p = other if end == 0 else net[other, AFTER]
            vx = net[p, X] - net[e, X]
            vy = net[p, Y] - net[e, Y]
            side = ux * vy - uy * vx
            if end == 0:
                side_0 = side
            else:
                side_1 = side
            if p == shared or 2 * abs(side) > max(abs(ux), abs(uy)):
                continue
            # The point is no more than half a step off the line.
            along = ux * vx + uy * vy
            if along >= 0 and along <= ux * ux + uy * uy:
                touching = True
                net[p, NODE] = 1
                noted = _note(net, cuts, noted, e, net[p, X], net[p, Y], other)
        apart = apart or (side_0 > 0 and side_1 > 0) or (side_0 < 0 and side_1 < 0)
    if touching and shared >= 0:
        net[shared, NODE] = 1
    if touching or apart or shared >= 0 or side_0 == side_1:
        return noted
    # With the sides of a and b beside c → d.
    t = side_0 / (float(side_0) - float(side_1))
    x = net[a, X] + np.int64(math.floor(t * (net[b, X] - net[a, X]) + 0.5))
    y = net[a, Y] + np.int64(math.floor(t * (net[b, Y] - net[a, Y]) + 0.5))
    noted = _note(net, cuts, before, a, x, y, c)
    return _note(net, cuts, noted, c, x, y, a)


@inner_kernel
def _meet_all(
    net: NDArray[np.int64],
    runs: NDArray[np.int64],
    cuts: NDArray[np.int64],
    noted: int,
    r: int,
    s: int,
    turn: int,
    all_of_r: int,
) -> tuple[NDArray[np.int64], int]:
    """Note where the edges of two runs meet, one of each pair cut in the last round."""
    slack = 1 if turn == 0 else SLACK
    x0 = max(runs[r, 2], runs[s, 2]) - slack
    y0 = max(runs[r, 3], runs[s, 3]) - slack
    x1 = min(runs[r, 4], runs[s, 4]) + slack
    y1 = min(runs[r, 5], runs[s, 5]) + slack
    if x0 > x1 or y0 > y1:
        return cuts, noted
    v = runs[r, 0]
    while v != runs[r, 1]:
        a = v
        v = net[v, AFTER]
        ax0 = min(net[a, X], net[v, X]) - 1
        ay0 = min(net[a, Y], net[v, Y]) - 1
        ax1 = max(net[a, X], net[v, X]) + 1
        ay1 = max(net[a, Y], net[v, Y]) + 1
        if ax0 > x1 or ay0 > y1 or ax1 < x0 or ay1 < y0 or (net[a, TURN] < turn and all_of_r == 0):
            continue
        w = v if r == s else runs[s, 0]
        while w != runs[s, 1]:
            b = w
            w = net[w, AFTER]
            if (
                min(net[b, X], net[w, X]) > ax1
                or min(net[b, Y], net[w, Y]) > ay1
                or max(net[b, X], net[w, X]) < ax0
                or max(net[b, Y], net[w, Y]) < ay0
                or (net[a, TURN] < turn and net[b, TURN] < turn)
            ):
                continue
            if noted + 4 > cuts.shape[0]:
                cuts = _enlarged(cuts, 2 * cuts.shape[0])
            noted = _meet(net, cuts, noted, a, b)
    return cuts, noted


@inner_kernel
def _insert(net: NDArray[np.int64], cuts: NDArray[np.int64], i: int, before: int, v: int, turn: int) -> bool:
    """Put point v between the ends of the edge that cut i names; false where it lies there already.

    Points from `before` on are those of this round.
    """
    a = cuts[i, 0]
    b = net[a, AFTER]
    while b >= before:
        b = net[b, AFTER]
    ux = net[b, X] - net[a, X]
    uy = net[b, Y] - net[a, Y]
    along = (cuts[i, 1] - net[a, X]) * ux + (cuts[i, 2] - net[a, Y]) * uy
    p = a
    q = net[a, AFTER]
    while q != b:
        here = (net[q, X] - net[a, X]) * ux + (net[q, Y] - net[a, Y]) * uy
        if net[q, X] == cuts[i, 1] and net[q, Y] == cuts[i, 2]:
            return False
        if here > along:
            break
        p = q
        q = net[q, AFTER]
    net[v, X] = cuts[i, 1]
    net[v, Y] = cuts[i, 2]
    net[v, BEFORE] = p
    net[v, AFTER] = q
    net[v, EDGE] = net[a, EDGE]
    net[v, ROW] = cuts[i, 3]
    net[v, NODE] = 1
    net[p, AFTER] = v
    net[q, BEFORE] = v
    net[p, TURN] = net[v, TURN] = turn
    return True


@kernel
def cut_at_crossings(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[
    bool,
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int32],
]:
    """Closed curves on the grid, cut wherever they meet.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    done : bool
        False where the layer is too wide, curves cross very often, or rounding gave new crossings in every
        round.
    net : (V, 8) int64
        The curves, those of fewer than three points left out. Nodes are the points where curves meet, and the
        leftmost point of every curve.
    runs : (R, 6) int64
    frame : (4,) float64
    start : (columns · rows + 1,) int64
    members : (M,) int32
        As `_cells` gives them.

    """
    count, net = _on_grid(points, loop_offsets)
    if count <= 0:
        none = np.empty(0, dtype=np.int64)
        return count == 0, net[:0], net[:0], np.empty(0, dtype=np.float64), none, np.empty(0, dtype=np.int32)
    runs, frame, start, members = _cells(net, count)
    run_of = np.empty(count, dtype=np.int64)
    for run in range(runs.shape[0]):
        v = runs[run, 0]
        while v != runs[run, 1]:
            run_of[v] = run
            v = net[v, AFTER]
    # The round in which a run was cut last.
    changed = np.zeros(runs.shape[0], dtype=np.int64)
    cuts = np.empty((64, 4), dtype=np.int64)
    total: Any = np.int64(0) + count
    noted: Any = np.int64(0)
    for turn in range(ROUNDS):
        noted = np.int64(0)
        for cell in range(start.shape[0] - 1):
            for i in range(start[cell], start[cell + 1]):
                r: Any = np.int64(members[i])
                for j in range(start[cell], i + (1 if turn > 0 else 0)):
                    s: Any = np.int64(members[j])
                    if changed[r] == turn or changed[s] == turn:
                        cuts, noted = _meet_all(net, runs, cuts, noted, r, s, turn, int(changed[s] == turn))
        if noted == 0 or (noted > MANY and noted > DENSE * count):
            break
        before = total
        if total + noted > net.shape[0]:
            net = _enlarged(net, total + noted)
        for i in range(noted):
            if _insert(net, cuts, i, before, total, turn + 1):
                changed[run_of[net[total, EDGE]]] = turn + 1
                total += 1
    return noted == 0, net[:total], runs, frame, start, members
