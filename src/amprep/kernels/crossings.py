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
from amprep.kernels.run_cells import SLACK, cells_of_runs, first_cells, run_of_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_at_crossings"]

#: Widest layer, in grid steps.
WIDEST = 2**30

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
        As `cells_of_runs` gives them.

    """
    count, net = _on_grid(points, loop_offsets)
    if count <= 0:
        none = np.empty(0, dtype=np.int64)
        return count == 0, net[:0], net[:0], np.empty(0, dtype=np.float64), none, np.empty(0, dtype=np.int32)
    runs, frame, start, members = cells_of_runs(net, count)
    corner = first_cells(runs, frame)
    columns = np.int64(frame[3])
    run_of = np.empty(0, dtype=np.int64)
    # The round in which a run was cut last.
    changed = np.zeros(runs.shape[0], dtype=np.int64)
    cuts = np.empty((64, 4), dtype=np.int64)
    total: Any = np.int64(0) + count
    noted: Any = np.int64(0)
    for turn in range(ROUNDS):
        noted = np.int64(0)
        slack = 1 if turn == 0 else SLACK
        for cell in range(start.shape[0] - 1):
            first = start[cell]
            for i in range(first + (1 if turn == 0 else 0), start[cell + 1]):
                r: Any = np.int64(members[i])
                x0 = runs[r, 2] - slack
                y0 = runs[r, 3] - slack
                x1 = runs[r, 4] + slack
                y1 = runs[r, 5] + slack
                is_new = changed[r] == turn
                for j in range(first, i + (1 if turn > 0 else 0)):
                    s: Any = np.int64(members[j])
                    if runs[s, 2] > x1 or runs[s, 4] < x0 or runs[s, 3] > y1 or runs[s, 5] < y0:
                        continue
                    if not is_new and changed[s] != turn:
                        continue
                    if corner[r, 1] >= 0 and corner[s, 1] >= 0:
                        # Runs that share several cells are compared in the first of them.
                        column = max(corner[r, 0], corner[s, 0])
                        row = max(corner[r, 1], corner[s, 1])
                        if row * columns + column != cell:
                            continue
                    cuts, noted = _meet_all(net, runs, cuts, noted, r, s, turn, int(changed[s] == turn))
        if noted == 0 or (noted > MANY and noted > DENSE * count):
            break
        if turn == 0:
            run_of = run_of_edges(net, runs, count)
        before = total
        if total + noted > net.shape[0]:
            net = _enlarged(net, total + noted)
        for i in range(noted):
            if _insert(net, cuts, i, before, total, turn + 1):
                changed[run_of[net[total, EDGE]]] = turn + 1
                total += 1
    return noted == 0, net[:total], runs, frame, start, members
