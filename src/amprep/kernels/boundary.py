"""Boundary of the region that closed curves wind around: winding number ≥ 1, as clean loops.

::

          ┌──1───┐                     ┌──────┐          Pieces with 1 or more on the left and less on the
          │  ┌───┼──1──┐               │      └─────┐    right stay, the others go; pieces that lie upon
          │  │ 2 │     │      ──►      │            │    each other count as one, their steps of the
          └──┼───┘     │               └──┐         │    winding number added up.
             └─────────┘                  └─────────┘

Algorithm
    The curves are cut where they meet (`crossings`). Around each node the pieces are sorted by angle, which
    gives the winding number of every sector up to one number per group of nodes that hang together; this
    follows from the nearest edge to the left of the group's leftmost point. Numbers found on two ways must
    agree. Kept pieces are chained so that material that touches itself at a point is parted there.

Degeneracy rule
    Loops thinner than two steps of the grid are none. A point that a cut left on a straight edge goes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.apart import are_plain
from amprep.kernels.crossings import cut_at_crossings
from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.net import AFTER, BEFORE, EDGE, NODE, ROW, STEPS_PER_MM, X, Y, edge_to_the_left
from amprep.kernels.rings import are_distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FAILED", "PLAIN", "TRIMMED", "bound_net", "boundary"]

#: No boundary, as a check of its own failed.
FAILED = -1

#: The curves are the boundary.
PLAIN = 0

#: The boundary differs from the curves.
TRIMMED = 1


_ONCE = np.empty(0, dtype=np.int64)

#: Columns of the stops, the points of curves that are nodes, one row each: point; first stop on the same
#: place, which stands for the node; stops where the piece that starts here ends and where the piece that ends
#: here starts; group of nodes that hang together.
POINT, PLACE, TO, ORIGIN, GROUP = 0, 1, 2, 3, 4

#: Columns of the arms, the ends of pieces: 2 j where the piece that starts at stop j does, 2 j + 1 where the
#: one that ends there does. Winding number clockwise and counter-clockwise of the arm; position of the first
#: arm of the node that is the same edge; at each position, arms counter-clockwise from the west.
CW, CCW, FIRST, ARM = 0, 1, 2, 3


@inner_kernel
def _stops(net: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes, and the pieces of curve between them.

    Returns
    -------
    stops : (J, 5) int64
    piece : (V,) int64
        Piece that the edge from each point belongs to, named after its first stop.

    """
    count = net.shape[0]
    many: Any = np.int64(0)
    for v in range(count):
        many += net[v, NODE]
    stops = np.empty((many, 5), dtype=np.int64)
    piece = np.empty(count, dtype=np.int64)
    size = 16
    while size < 2 * many:
        size *= 2
    table = np.zeros(size, dtype=np.int64)
    j: Any = np.int64(0)
    for v in range(count):
        if net[v, NODE] == 0:
            continue
        h = (net[v, X] * 0x9E3779B1 + net[v, Y] * 0x85EBCA77) & 0x7FFFFFFFFFFF
        h = (h ^ (h >> 17)) & (size - 1)
        while table[h] > 0:
            w = stops[table[h] - 1, POINT]
            if net[w, X] == net[v, X] and net[w, Y] == net[v, Y]:
                break
            h = (h + 1) & (size - 1)
        if table[h] == 0:
            table[h] = j + 1
        stops[j, POINT] = v
        stops[j, PLACE] = table[h] - 1
        stops[j, GROUP] = -1
        piece[v] = j
        j += 1
    for j in range(many):
        v = net[stops[j, POINT], AFTER]
        while net[v, NODE] == 0:
            piece[v] = j
            v = net[v, AFTER]
        stops[j, TO] = piece[v]
        stops[piece[v], ORIGIN] = j
    return stops, piece


@inner_kernel
def _ends(net: NDArray[np.int64], stops: NDArray[np.int64], arm: int) -> tuple[int, int]:
    """Point of an arm's node, and the next point along the arm."""
    v = stops[arm >> 1, POINT]
    return v, net[v, BEFORE if arm & 1 else AFTER]


@inner_kernel
def _sort_around(
    net: NDArray[np.int64], stops: NDArray[np.int64], arms: NDArray[np.int64], begin: int, end: int
) -> None:
    """Sort the arms of a node by angle, counter-clockwise from the west."""
    for i in range(begin + 1, end):
        arm = arms[i, ARM]
        v, w = _ends(net, stops, arm)
        x = net[w, X] - net[v, X]
        y = net[w, Y] - net[v, Y]
        upper = y > 0 or (y == 0 and x > 0)
        k = i - 1
        while k >= begin:
            v, w = _ends(net, stops, arms[k, ARM])
            ox = net[w, X] - net[v, X]
            oy = net[w, Y] - net[v, Y]
            other = oy > 0 or (oy == 0 and ox > 0)
            if other == upper:
                cross = x * oy - y * ox
                if cross < 0 or (cross == 0 and arms[k, ARM] < arm):
                    break
            elif upper:
                break
            arms[k + 1, ARM] = arms[k, ARM]
            k -= 1
        arms[k + 1, ARM] = arm


@inner_kernel
def _wind_around(
    net: NDArray[np.int64],
    stops: NDArray[np.int64],
    arms: NDArray[np.int64],
    weights: NDArray[np.int64],
    begin: int,
    end: int,
) -> bool:
    """Winding numbers around a node, 0 in the west; false where edges lie upon each other and differ."""
    around: Any = np.int64(0)
    i = begin
    while i < end:
        v, w = _ends(net, stops, arms[i, ARM])
        before = around
        k = i
        while k < end:
            _, p = _ends(net, stops, arms[k, ARM])
            if net[p, X] != net[w, X] or net[p, Y] != net[w, Y]:
                ux = net[w, X] - net[v, X]
                uy = net[w, Y] - net[v, Y]
                vx = net[p, X] - net[v, X]
                vy = net[p, Y] - net[v, Y]
                if ux * vy == uy * vx and ux * vx + uy * vy > 0:
                    return False
                break
            step: Any = 1 - 2 * (arms[k, ARM] & 1)
            if weights.shape[0] > 0:
                edge = arms[k, ARM] >> 1
                step *= weights[net[net[stops[edge, POINT], EDGE], ROW]]
            around += step
            k += 1
        for m in range(i, k):
            arm = arms[m, ARM]
            arms[arm, CW] = before
            arms[arm, CCW] = around
            arms[arm, FIRST] = i
        i = k
    return True


@inner_kernel
def _around_nodes(
    net: NDArray[np.int64], stops: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[bool, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Winding numbers around every node, 0 in the open outside its group of nodes.

    Returns
    -------
    agree : bool
    first : (J + 2,) int64
        Node n has the arms at the positions ``first[n]`` up to ``first[n + 1]``.
    arms : (2 J, 4) int64
    leftmost : (G,) int64
        Leftmost node of each group.

    """
    many = stops.shape[0]
    first = np.zeros(many + 2, dtype=np.int64)
    for j in range(many):
        first[stops[j, PLACE] + 2] += 2
    for j in range(many):
        first[j + 2] += first[j + 1]
    arms = np.empty((2 * many, 4), dtype=np.int64)
    for j in range(many):
        n = stops[j, PLACE]
        arms[first[n + 1], ARM] = 2 * j
        arms[first[n + 1] + 1, ARM] = 2 * j + 1
        first[n + 1] += 2
    leftmost = np.empty(many, dtype=np.int64)
    for n in range(many):
        _sort_around(net, stops, arms, first[n], first[n + 1])
        if not _wind_around(net, stops, arms, weights, first[n], first[n + 1]):
            return False, first, arms, leftmost
    groups: Any = np.int64(0)
    reached = np.empty(many, dtype=np.int64)
    for seed in range(many):
        if stops[seed, PLACE] != seed or stops[seed, GROUP] >= 0:
            continue
        stops[seed, GROUP] = groups
        reached[0] = seed
        count = 1
        done = 0
        best = np.int64(seed)
        while done < count:
            n = reached[done]
            done += 1
            if net[stops[n, POINT], X] < net[stops[best, POINT], X]:
                best = n
            for i in range(first[n], first[n + 1]):
                arm = arms[i, ARM]
                j = arm >> 1
                twin = 2 * stops[j, ORIGIN] if arm & 1 else 2 * stops[j, TO] + 1
                m = stops[twin >> 1, PLACE]
                if stops[m, GROUP] < 0:
                    stops[m, GROUP] = groups
                    reached[count] = m
                    count += 1
                    shift = arms[arm, CCW] - arms[twin, CW]
                    for k in range(first[m], first[m + 1]):
                        arms[arms[k, ARM], CW] += shift
                        arms[arms[k, ARM], CCW] += shift
                if arms[twin, CW] != arms[arm, CCW] or arms[twin, CCW] != arms[arm, CW]:
                    return False, first, arms, leftmost
        outside = arms[arms[first[best], ARM], CW]
        for i in range(count):
            for k in range(first[reached[i]], first[reached[i] + 1]):
                arms[arms[k, ARM], CW] -= outside
                arms[arms[k, ARM], CCW] -= outside
        leftmost[groups] = best
        groups += 1
    return True, first, arms, leftmost[:groups]


@inner_kernel
def _raise_groups(
    net: NDArray[np.int64],
    runs: NDArray[np.int64],
    frame: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    stops: NDArray[np.int64],
    piece: NDArray[np.int64],
    arms: NDArray[np.int64],
    leftmost: NDArray[np.int64],
) -> None:
    """Add the winding number outside each group: that of the piece to the left of its leftmost point."""
    groups = leftmost.shape[0]
    # Arm on whose clockwise side the group lies, -1 in the open, -2 where the level is known already.
    beside = np.empty(groups, dtype=np.int64)
    level = np.zeros(groups, dtype=np.int64)
    for h in range(groups):
        v = edge_to_the_left(net, runs, frame, start, members, stops[leftmost[h], POINT])
        beside[h] = -1
        if v >= 0:
            j = piece[v]
            beside[h] = 2 * j if net[net[v, AFTER], Y] > net[v, Y] else 2 * stops[j, TO] + 1
    stack = np.empty(groups, dtype=np.int64)
    for seed in range(groups):
        depth = 0
        g: Any = np.int64(seed)
        while beside[g] >= 0:
            stack[depth] = g
            depth += 1
            g = stops[stops[beside[g] >> 1, PLACE], GROUP]
        while depth > 0:
            below = g
            depth -= 1
            g = stack[depth]
            level[g] = arms[beside[g], CW] + level[below]
            beside[g] = -2
    for arm in range(arms.shape[0]):
        raised = level[stops[stops[arm >> 1, PLACE], GROUP]]
        arms[arm, CW] += raised
        arms[arm, CCW] += raised


@inner_kernel
def _place(points: NDArray[np.float64], net: NDArray[np.int64], v: int) -> tuple[float, float]:
    """Place of a point in mm: as it was before rounding, a new one where the uncut edges cross."""
    if net[v, EDGE] == v:
        return points[net[v, ROW], 0], points[net[v, ROW], 1]
    x = net[v, X] / STEPS_PER_MM
    y = net[v, Y] / STEPS_PER_MM
    e = net[v, EDGE]
    f = net[v, ROW]
    a = net[e, ROW]
    c = net[f, ROW]
    b = net[e, AFTER]
    while net[b, EDGE] == e:
        b = net[b, AFTER]
    d = net[f, AFTER]
    while net[d, EDGE] == f:
        d = net[d, AFTER]
    b = net[b, ROW]
    d = net[d, ROW]
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
            return ux, uy
    return x, y


@inner_kernel
def _chain(
    points: NDArray[np.float64],
    net: NDArray[np.int64],
    stops: NDArray[np.int64],
    first: NDArray[np.int64],
    arms: NDArray[np.int64],
) -> tuple[bool, NDArray[np.float64], NDArray[np.int64], float]:
    """Chain the pieces that bound the region; false where they do not close."""
    out = np.empty((net.shape[0], 2), dtype=np.float64)
    out_offsets = np.zeros(stops.shape[0] + 1, dtype=np.int64)
    used = np.zeros(arms.shape[0], dtype=np.uint8)
    loops = 0
    area_mm2 = 0.0
    written: Any = np.int64(0)
    for seed in range(arms.shape[0]):
        arm = arms[seed, ARM]
        if arms[arm, FIRST] != seed or used[seed] or arms[arm, CW] >= 1 or arms[arm, CCW] < 1:
            continue
        begin = written
        at = np.int64(seed)
        while used[at] == 0:
            used[at] = 1
            arm = arms[at, ARM]
            forwards = arm & 1 == 0
            last = stops[arm >> 1, TO] if forwards else stops[arm >> 1, ORIGIN]
            end = stops[last, POINT]
            v = stops[arm >> 1, POINT]
            n = stops[last, PLACE]
            on_piece = True
            while on_piece:
                v = net[v, AFTER if forwards else BEFORE]
                if v == end:
                    on_piece = False
                    # Material lies clockwise of the way back; so does the piece that bounds it next.
                    arrived = arms[2 * last + 1 if forwards else 2 * last, FIRST]
                    at = arrived
                    while True:
                        at = arms[arms[at - 1 if at > first[n] else first[n + 1] - 1, ARM], FIRST]
                        if arms[arms[at, ARM], CW] < 1:
                            break
                        if at == arrived:
                            return False, out, out_offsets, 0.0
                    if forwards and arms[at, ARM] == 2 * last and net[v, EDGE] != v:
                        break
                    v = stops[n, POINT]
                if written == out.shape[0]:
                    return False, out, out_offsets, 0.0
                out[written, 0], out[written, 1] = _place(points, net, v)
                written += written == begin or are_distinct(out, written - 1, written)
        if at != seed:
            return False, out, out_offsets, 0.0
        while written - begin > 3 and not are_distinct(out, begin, written - 1):
            written -= 1
        loop_mm2 = 0.0
        length = 0.0
        for p in range(begin, written):
            q = p + 1 if p + 1 < written else begin
            ax = out[p, 0] - out[begin, 0]
            ay = out[p, 1] - out[begin, 1]
            bx = out[q, 0] - out[begin, 0]
            by = out[q, 1] - out[begin, 1]
            loop_mm2 += 0.5 * (ax * by - ay * bx)
            length += math.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
        if written - begin < 3 or abs(loop_mm2) * STEPS_PER_MM <= length:
            written = begin
            continue
        area_mm2 += loop_mm2
        loops += 1
        out_offsets[loops] = written
    return True, out[:written], out_offsets[: loops + 1], area_mm2


@kernel
def bound_net(
    points: NDArray[np.float64],
    loops: int,
    net: NDArray[np.int64],
    runs: NDArray[np.int64],
    frame: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    even_odd: int,
    weights: NDArray[np.int64],
) -> tuple[int, NDArray[np.float64], NDArray[np.int64], float]:
    """Boundary of the region where the winding number is 1 or more, from curves cut where they meet.

    points : (P, 2) float64, mm
    loops : int
        Number of curves that were given.
    net : (V, 8) int64
    runs : (R, 6) int64
    frame : (4,) float64
    start : (columns · rows + 1,) int64
    members : (M,) int32
        As `cut_at_crossings` gives them.
    even_odd : int
        1: the region is where the winding number is odd.
    weights : (P,) int64
        How many times the curve of each point counts; empty: once each.

    Returns
    -------
    state, points, loop_offsets, area_mm2
        As `boundary` gives them.

    """
    stops, piece = _stops(net)
    agree, first, arms, leftmost = _around_nodes(net, stops, weights)
    plain = False
    if agree:
        _raise_groups(net, runs, frame, start, members, stops, piece, arms, leftmost)
        if even_odd == 1:
            # Odd becomes 1 and even 0, also below zero; the rest sees an ordinary region.
            for arm in range(arms.shape[0]):
                arms[arm, CW] &= 1
                arms[arm, CCW] &= 1
        plain = stops.shape[0] == loops and leftmost.shape[0] == loops
        for j in range(stops.shape[0]):
            plain = plain and arms[2 * j, CCW] == 1 and arms[2 * j, CW] == 0
    if plain or not agree:
        out = np.empty((0, 2), dtype=np.float64)
        return PLAIN if plain else FAILED, out, np.zeros(1, dtype=np.int64), 0.0
    done, out, out_offsets, area_mm2 = _chain(points, net, stops, first, arms)
    return TRIMMED if done else FAILED, out, out_offsets, area_mm2


def boundary(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    even_odd: bool = False,
    weights: NDArray[np.int64] | None = None,
) -> tuple[int, NDArray[np.float64], NDArray[np.int64], float]:
    """Boundary of the region where the winding number of closed curves is 1 or more.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    even_odd : bool
        The region is where the winding number is odd instead.
    weights : (C,) int64, optional
        How many times each curve counts; negative: as if it ran backwards.

    Returns
    -------
    state : int
        `FAILED`, `PLAIN` or `TRIMMED`.
    points : (Q, 2) float64, mm
        Clean loops, outer ones counter-clockwise, holes clockwise; only where the curves were trimmed.
    loop_offsets : (D + 1,) int64
    area_mm2 : float
        Of those loops.

    """
    if weights is None and are_plain(points, loop_offsets):
        return PLAIN, np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.0
    done, net, runs, frame, start, members = cut_at_crossings(points, loop_offsets)
    if not done:
        return FAILED, np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.0
    per_point = _ONCE if weights is None else np.repeat(weights, np.diff(loop_offsets))
    return bound_net(
        points, len(loop_offsets) - 1, net, runs, frame, start, members, int(even_odd), per_point
    )
