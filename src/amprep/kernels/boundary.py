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

from amprep.kernels.crossings import STEPS_PER_MM, cut_at_crossings, side_of
from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FAILED", "PLAIN", "TRIMMED", "boundary"]

#: No boundary, as a check of its own failed.
FAILED = -1

#: The curves are the boundary.
PLAIN = 0

#: The boundary differs from the curves.
TRIMMED = 1


@kernel
def _group_nodes(
    at: NDArray[np.int64], link: NDArray[np.int64], is_node: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Nodes, and the pieces of curve between them.

    Returns
    -------
    stop : (J,) int64
        The points of curves that are nodes.
    node : (J,) int64
        Node of each: the first stop that lies on the same place.
    to : (J,) int64
        Stop at which the piece that starts here ends.
    origin : (J,) int64
        Stop at which the piece that ends here starts.
    piece : (V,) int64
        Piece that the edge from each point belongs to, named after its first stop.

    """
    count = at.shape[0]
    stops = 0
    for v in range(count):
        stops += is_node[v]
    stop = np.empty(stops, dtype=np.int64)
    node = np.empty(stops, dtype=np.int64)
    to = np.empty(stops, dtype=np.int64)
    origin = np.empty(stops, dtype=np.int64)
    piece = np.empty(count, dtype=np.int64)
    size = 16
    while size < 2 * stops:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    j: Any = np.int64(0)
    for v in range(count):
        if is_node[v] == 0:
            continue
        stop[j] = v
        piece[v] = j
        h = (at[v, 0] * 0x9E3779B1 + at[v, 1] * 0x85EBCA77) & 0x7FFFFFFFFFFF
        h = (h ^ (h >> 17)) & (size - 1)
        while table[h] >= 0 and (
            at[stop[table[h]], 0] != at[v, 0] or at[stop[table[h]], 1] != at[v, 1]
        ):
            h = (h + 1) & (size - 1)
        if table[h] < 0:
            table[h] = j
        node[j] = table[h]
        j += 1
    for j in range(stops):
        v = link[stop[j], 1]
        while is_node[v] == 0:
            piece[v] = j
            v = link[v, 1]
        to[j] = piece[v]
        origin[piece[v]] = j
    return stop, node, to, origin, piece


@kernel
def _sort_around(
    at: NDArray[np.int64],
    link: NDArray[np.int64],
    stop: NDArray[np.int64],
    arms: NDArray[np.int64],
    begin: int,
    end: int,
) -> None:
    """Sort the arms of a node by angle, counter-clockwise from the west."""
    for i in range(begin + 1, end):
        arm = arms[i]
        v = stop[arm >> 1]
        w = link[v, 1 - (arm & 1)]
        x = at[w, 0] - at[v, 0]
        y = at[w, 1] - at[v, 1]
        upper = y > 0 or (y == 0 and x > 0)
        k = i - 1
        while k >= begin:
            p = stop[arms[k] >> 1]
            q = link[p, 1 - (arms[k] & 1)]
            ox = at[q, 0] - at[p, 0]
            oy = at[q, 1] - at[p, 1]
            other = oy > 0 or (oy == 0 and ox > 0)
            if other == upper:
                cross = x * oy - y * ox
                if cross < 0 or (cross == 0 and arms[k] < arm):
                    break
            elif upper:
                break
            arms[k + 1] = arms[k]
            k -= 1
        arms[k + 1] = arm


@kernel
def _same_arm(
    at: NDArray[np.int64], link: NDArray[np.int64], stop: NDArray[np.int64], a: int, b: int
) -> int:
    """1 where two arms of a node are one edge, 0 where they part, -1 where they lie upon each other unequal."""
    p = stop[a >> 1]
    q = link[p, 1 - (a & 1)]
    r = link[stop[b >> 1], 1 - (b & 1)]
    if at[q, 0] == at[r, 0] and at[q, 1] == at[r, 1]:
        return 1
    if side_of(at, p, q, r) != 0:
        return 0
    ux = at[q, 0] - at[p, 0]
    uy = at[q, 1] - at[p, 1]
    return -1 if ux * (at[r, 0] - at[p, 0]) + uy * (at[r, 1] - at[p, 1]) > 0 else 0


@kernel
def _around_nodes(
    at: NDArray[np.int64],
    link: NDArray[np.int64],
    stop: NDArray[np.int64],
    node: NDArray[np.int64],
    to: NDArray[np.int64],
    origin: NDArray[np.int64],
) -> tuple[
    bool,
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]:
    """Winding numbers around every node, relative to the place outside its group.

    An arm is an end of a piece: 2 j where piece j starts, 2 j + 1 where the piece that ends at stop j does.

    Returns
    -------
    agree : bool
    first : (J + 1,) int64
        Node n has the arms ``arms[first[n]:first[n + 1]]``; none where n is not the first stop of its place.
    arms : (2 J,) int64
        Counter-clockwise from the west.
    sides : (2 J, 3) int64
        By arm: winding number clockwise and counter-clockwise of it; place in `arms` of the first that is
        the same edge.
    group : (J,) int64
        Number of the group of each node.
    leftmost : (G,) int64
        Leftmost node of each group.

    """
    stops = stop.shape[0]
    first = np.zeros(stops + 2, dtype=np.int64)
    for j in range(stops):
        first[node[j] + 2] += 2
    for j in range(stops):
        first[j + 2] += first[j + 1]
    arms = np.empty(2 * stops, dtype=np.int64)
    for j in range(stops):
        n = node[j]
        arms[first[n + 1]] = 2 * j
        arms[first[n + 1] + 1] = 2 * j + 1
        first[n + 1] += 2
    sides = np.empty((2 * stops, 3), dtype=np.int64)
    group = np.full(stops, -1, dtype=np.int64)
    leftmost = np.empty(stops, dtype=np.int64)
    for n in range(stops):
        _sort_around(at, link, stop, arms, first[n], first[n + 1])
        around = np.int64(0)
        i = first[n]
        while i < first[n + 1]:
            k = i
            before = around
            while k < first[n + 1]:
                same = 1 if k == i else _same_arm(at, link, stop, arms[i], arms[k])
                if same < 0:
                    return False, first, arms, sides, group, leftmost
                if same == 0:
                    break
                around += 1 if arms[k] & 1 == 0 else -1
                k += 1
            for m in range(i, k):
                sides[arms[m], 0] = before
                sides[arms[m], 1] = around
                sides[arms[m], 2] = i
            i = k
    groups = 0
    stack = np.empty(stops, dtype=np.int64)
    member = np.empty(stops, dtype=np.int64)
    for seed in range(stops):
        if node[seed] != seed or group[seed] >= 0:
            continue
        group[seed] = groups
        stack[0] = seed
        depth = 1
        members = 0
        best = seed
        while depth > 0:
            depth -= 1
            n = stack[depth]
            member[members] = n
            members += 1
            if at[stop[n], 0] < at[stop[best], 0]:
                best = n
            for i in range(first[n], first[n + 1]):
                arm = arms[i]
                j = arm >> 1
                twin = 2 * to[j] + 1 if arm & 1 == 0 else 2 * origin[j]
                m = node[twin >> 1]
                if group[m] < 0:
                    group[m] = groups
                    shift = sides[arm, 1] - sides[twin, 0]
                    for k in range(first[m], first[m + 1]):
                        sides[arms[k], 0] += shift
                        sides[arms[k], 1] += shift
                    stack[depth] = m
                    depth += 1
                if sides[twin, 0] != sides[arm, 1] or sides[twin, 1] != sides[arm, 0]:
                    return False, first, arms, sides, group, leftmost
        outside = sides[arms[first[best]], 0]
        for i in range(members):
            for k in range(first[member[i]], first[member[i] + 1]):
                sides[arms[k], 0] -= outside
                sides[arms[k], 1] -= outside
        leftmost[groups] = best
        groups += 1
    return True, first, arms, sides, group, leftmost[:groups]


@kernel
def _right_of(at: NDArray[np.int64], a: int, b: int, c: int, d: int) -> bool:
    """Whether the rising edge a → b passes right of the rising edge c → d, where a scan line meets both."""
    if at[a, 1] >= at[c, 1]:
        side = side_of(at, c, d, a)
        if side == 0:
            side = side_of(at, c, d, b)
        return side < 0
    side = side_of(at, a, b, c)
    if side == 0:
        side = side_of(at, a, b, d)
    return side > 0


@kernel
def _edge_to_the_left(
    at: NDArray[np.int64],
    link: NDArray[np.int64],
    frame: NDArray[np.float64],
    shape: NDArray[np.int64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    v: int,
) -> int:
    """Start of the nearest edge left of point v, just above its height; -1 where there is none."""
    x = at[v, 0]
    y = at[v, 1]
    row = int((y - frame[1]) / frame[2])
    found = np.int64(-1)
    low: Any = np.int64(0)
    high: Any = np.int64(0)
    for column in range(int((x - frame[0]) / frame[2]), -1, -1):
        cell = row * shape[0] + column
        for i in range(start[cell], start[cell + 1]):
            e = np.int64(members[i])
            p = e
            while link[p, 2] == e:
                a = p
                b = link[p, 1]
                p = b
                if (at[a, 1] <= y) == (at[b, 1] <= y):
                    continue
                s = a
                if at[a, 1] > at[b, 1]:
                    a, b = b, a
                if side_of(at, a, b, v) >= 0:
                    continue
                if found < 0 or (found != s and _right_of(at, a, b, low, high)):
                    found = s
                    low = a
                    high = b
        if found >= 0:
            slope = float(at[high, 0] - at[low, 0]) / float(at[high, 1] - at[low, 1])
            here = at[low, 0] + (y - at[low, 1]) * slope
            if here - frame[0] >= column * frame[2] + 2.0:
                break
    return found


@kernel
def _raise_groups(
    sides: NDArray[np.int64],
    group: NDArray[np.int64],
    node: NDArray[np.int64],
    rising: NDArray[np.uint8],
    hit: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(G,) int64: winding number outside each group, from the piece that was hit to the left of it."""
    groups = hit.shape[0]
    level = np.zeros(groups, dtype=np.int64)
    known = np.zeros(groups, dtype=np.uint8)
    stack = np.empty(groups, dtype=np.int64)
    for seed in range(groups):
        depth = 0
        g = np.int64(seed)
        while known[g] == 0 and hit[g] >= 0:
            stack[depth] = g
            depth += 1
            g = group[node[hit[g]]]
        known[g] = 1
        while depth > 0:
            depth -= 1
            g = stack[depth]
            j = hit[g]
            level[g] = sides[2 * j, 0 if rising[g] else 1] + level[group[node[j]]]
            known[g] = 1
    return level


@kernel
def _chain(
    places: NDArray[np.float64],
    link: NDArray[np.int64],
    stop: NDArray[np.int64],
    node: NDArray[np.int64],
    to: NDArray[np.int64],
    origin: NDArray[np.int64],
    first: NDArray[np.int64],
    arms: NDArray[np.int64],
    sides: NDArray[np.int64],
) -> tuple[bool, NDArray[np.float64], NDArray[np.int64], float]:
    """Chain the pieces that bound the region; `sides` holds true winding numbers here."""
    out = np.empty((places.shape[0], 2), dtype=np.float64)
    out_offsets = np.zeros(stop.shape[0] + 1, dtype=np.int64)
    used = np.zeros(arms.shape[0], dtype=np.uint8)
    loops = 0
    area_mm2 = 0.0
    written = 0
    for seed in range(arms.shape[0]):
        if sides[arms[seed], 2] != seed or used[seed] or sides[arms[seed], 0] >= 1 or sides[arms[seed], 1] < 1:
            continue
        begin = written
        at_arm = np.int64(seed)
        while used[at_arm] == 0:
            used[at_arm] = 1
            arm = arms[at_arm]
            j = arm >> 1
            forwards = arm & 1 == 0
            last = to[j] if forwards else origin[j]
            v = link[stop[j], 1 if forwards else 0]
            while v != stop[last]:
                if written == out.shape[0]:
                    return False, out, out_offsets, 0.0
                out[written, 0] = places[v, 0]
                out[written, 1] = places[v, 1]
                written += 1
                v = link[v, 1 if forwards else 0]
            # Material lies clockwise of the way back; so does the piece that bounds it next.
            n = node[last]
            arrived = sides[2 * last + (1 if forwards else 0), 2]
            at_arm = arrived
            while True:
                at_arm = at_arm - 1 if at_arm > first[n] else first[n + 1] - 1
                at_arm = sides[arms[at_arm], 2]
                if sides[arms[at_arm], 0] < 1:
                    break
                if at_arm == arrived:
                    return False, out, out_offsets, 0.0
            straight = forwards and arms[at_arm] == 2 * last and link[stop[last], 2] != stop[last]
            if not straight:
                if written == out.shape[0]:
                    return False, out, out_offsets, 0.0
                out[written, 0] = places[stop[n], 0]
                out[written, 1] = places[stop[n], 1]
                written += 1
        if at_arm != seed:
            return False, out, out_offsets, 0.0
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
def boundary(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[int, NDArray[np.float64], NDArray[np.int64], float]:
    """Boundary of the region where the winding number of closed curves is 1 or more.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

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
    done, at, link, is_node, places, lowest, frame, shape, start, members = cut_at_crossings(
        points, loop_offsets
    )
    none = np.zeros(1, dtype=np.int64)
    if not done:
        return FAILED, places[:0], none, 0.0
    if at.shape[0] == 0:
        return TRIMMED, places, none, 0.0
    stop, node, to, origin, piece = _group_nodes(at, link, is_node)
    agree, first, arms, sides, group, leftmost = _around_nodes(at, link, stop, node, to, origin)
    if not agree:
        return FAILED, places[:0], none, 0.0
    hit = np.empty(leftmost.shape[0], dtype=np.int64)
    rising = np.zeros(leftmost.shape[0], dtype=np.uint8)
    for g in range(leftmost.shape[0]):
        v = _edge_to_the_left(at, link, frame, shape, start, members, stop[leftmost[g]])
        hit[g] = -1
        if v >= 0:
            hit[g] = piece[v]
            rising[g] = at[link[v, 1], 1] > at[v, 1]
    level = _raise_groups(sides, group, node, rising, hit)
    plain = stop.shape[0] == lowest.shape[0] and leftmost.shape[0] == lowest.shape[0]
    for j in range(stop.shape[0]):
        raised = level[group[node[j]]]
        for arm in range(2 * j, 2 * j + 2):
            sides[arm, 0] += raised
            sides[arm, 1] += raised
        plain = plain and sides[2 * j, 1] == 1 and sides[2 * j, 0] == 0
    if plain:
        return PLAIN, places[:0], none, 0.0
    done, out, out_offsets, area_mm2 = _chain(places, link, stop, node, to, origin, first, arms, sides)
    if not done:
        return FAILED, places[:0], none, 0.0
    return TRIMMED, out, out_offsets, area_mm2
