"""Which convex curves stand alone, or with one hole, as struts and tubes do: these need no further proof.

::

        ╭──╮   ╭──╮   ╭────╮      Boxes that overlap no other box hold all that comes near their curve, and
        ╰──╯   ╰──╯   │╭──╮│      a convex curve does not come near itself.
           ╭────╮     │╰──╯│
           ╰─╮╭─╯     ╰────╯
             ╰╯  <── not convex: left to others

Algorithm
    A curve is convex where it turns to one side at each point and its direction goes around once. If each
    point but one behind an edge is clear of the edge's line, all others are, as distances rise and then fall
    along the curve. A hole is inside where, for each edge around it, its point furthest out is; that point
    goes around the hole as the edges turn. Boxes come together in a uniform grid, about one cell per curve.

Degeneracy rule
    Whatever is nearer than `near`, or turns by so little, is left to others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["without_islands"]

#: Fewer curves are not worth looking for islands.
FEWEST = 8

#: Entries of boxes in cells, per curve, from which on boxes are too wide for this.
MOST_ENTRIES = 8

#: Curves of more points are looked at one by one as quickly.
LONGEST = 256

#: About so many curves are looked at first; all are where one in `SHARE` of these may be an island.
TASTED = 16
SHARE = 3

#: Of a curve whose box meets no other box, and several.
ALONE, CROWDED = -1, -2


@inner_kernel
def _turn_of(points: NDArray[np.float64], first: int, last: int, near: float) -> int:
    """1 for a convex curve, -1 for one that goes clockwise; 0 for any other, or thinner than `near`."""
    if last - first < 3:
        return 0
    x = points[last - 1, 0]
    y = points[last - 1, 1]
    ux = x - points[last - 2, 0]
    uy = y - points[last - 2, 1]
    side = 1.0 if ux * (points[first, 1] - y) - uy * (points[first, 0] - x) > 0.0 else -1.0
    uy *= side
    rises = uy > 0.0 or (uy == 0.0 and ux > 0.0)
    turns: Any = np.int64(0)
    for p in range(first, last):
        vx = points[p, 0] - x
        vy = (points[p, 1] - y) * side
        x = points[p, 0]
        y = points[p, 1]
        # How far the next point is from this edge's line, and this edge's begin from the next one's.
        cross = ux * vy - uy * vx
        if not cross > near * max(abs(ux) + abs(uy), abs(vx) + abs(vy)):
            return 0
        rises_now = vy > 0.0 or (vy == 0.0 and vx > 0.0)
        turns += rises_now and not rises
        rises = rises_now
        ux = vx
        uy = vy
    return int(side) if turns == 1 else 0


@inner_kernel
def _is_inside(
    points: NDArray[np.float64], first: int, last: int, hole: int, behind: int, near: float
) -> bool:
    """Whether a convex curve clockwise, from `hole` on, lies clear inside of a convex one."""
    x = points[last - 1, 0]
    y = points[last - 1, 1]
    out: Any = np.int64(-1)
    for p in range(first, last):
        ux = points[p, 0] - x
        uy = points[p, 1] - y
        if out < 0:
            out = np.int64(hole)
            least = math.inf
            for q in range(hole, behind):
                height = ux * (points[q, 1] - y) - uy * (points[q, 0] - x)
                if height < least:
                    least = height
                    out = np.int64(q)
        least = ux * (points[out, 1] - y) - uy * (points[out, 0] - x)
        while True:
            q = out - 1 if out > hole else behind - 1
            height = ux * (points[q, 1] - y) - uy * (points[q, 0] - x)
            if not height < least:
                break
            least = height
            out = np.int64(q)
        if not least > near * (abs(ux) + abs(uy)):
            return False
        x = points[p, 0]
        y = points[p, 1]
    return True


@inner_kernel
def _meet(boxes: NDArray[np.float64], a: Any, b: Any) -> bool:
    return bool(
        boxes[a, 0] <= boxes[b, 2]
        and boxes[b, 0] <= boxes[a, 2]
        and boxes[a, 1] <= boxes[b, 3]
        and boxes[b, 1] <= boxes[a, 3]
    )


@inner_kernel
def _note(neighbours: NDArray[np.int32], a: Any, b: Any) -> None:
    """A box meets another one; boxes may meet in several cells."""
    if neighbours[a] != b:
        neighbours[a] = b if neighbours[a] == ALONE else CROWDED


@inner_kernel
def _neighbours(boxes: NDArray[np.float64], furthest: float) -> NDArray[np.int32]:
    """(C,) int32: the box that a box meets, `ALONE` or `CROWDED`, also where nothing is told quickly."""
    loops = boxes.shape[0]
    neighbours = np.full(loops, CROWDED, dtype=np.int32)
    low_x = low_y = math.inf
    high_x = high_y = -math.inf
    for loop in range(loops):
        low_x = min(low_x, boxes[loop, 0])
        low_y = min(low_y, boxes[loop, 1])
        high_x = max(high_x, boxes[loop, 2])
        high_y = max(high_y, boxes[loop, 3])
    if not max(abs(low_x), abs(low_y), abs(high_x), abs(high_y)) < furthest:
        return neighbours
    size = math.sqrt((high_x - low_x) * (high_y - low_y) / loops)
    # Also false for NaN.
    if not (size > 0.0 and (high_x - low_x) + (high_y - low_y) < MOST_ENTRIES * loops * size):
        return neighbours
    columns = int((high_x - low_x) / size) + 1
    rows = int((high_y - low_y) / size) + 1
    start = np.zeros(columns * rows + 2, dtype=np.int32)
    cells = np.empty((loops, 4), dtype=np.int32)
    entries: Any = np.int64(0)
    for loop in range(loops):
        x0 = np.int64((boxes[loop, 0] - low_x) / size)
        y0 = np.int64((boxes[loop, 1] - low_y) / size)
        x1 = np.int64((boxes[loop, 2] - low_x) / size)
        y1 = np.int64((boxes[loop, 3] - low_y) / size)
        entries += (x1 - x0 + 1) * (y1 - y0 + 1)
        if entries > MOST_ENTRIES * loops:
            return neighbours
        cells[loop, 0] = x0
        cells[loop, 1] = y0
        cells[loop, 2] = x1
        cells[loop, 3] = y1
        for row in range(y0, y1 + 1):
            for c in range(row * columns + x0, row * columns + x1 + 1):
                start[c + 2] += 1
    for c in range(columns * rows):
        start[c + 2] += start[c + 1]
    begins = start.copy()
    members = np.empty(entries, dtype=np.int32)
    neighbours[:] = ALONE
    for loop in range(loops):
        for row in range(np.int64(cells[loop, 1]), np.int64(cells[loop, 3]) + 1):
            for c in range(row * columns + cells[loop, 0], row * columns + cells[loop, 2] + 1):
                # Against those that stand in the cell already.
                to = np.int64(start[c + 1])
                for i in range(np.int64(begins[c + 1]), to):
                    other = np.int64(members[i])
                    if _meet(boxes, loop, other):
                        _note(neighbours, loop, other)
                        _note(neighbours, other, loop)
                members[to] = loop
                start[c + 1] += 1
    return neighbours


@inner_kernel
def without_islands(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], near: float, furthest: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The curves that are not convex, or have others in their boxes but for one convex hole.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    near : float
        What comes so near is no island, in mm.
    furthest : float
        Nor is there one with coordinates beyond, in mm.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (D + 1,) int64

    """
    loops = loop_offsets.shape[0] - 1
    if loops < FEWEST or points.shape[0] > LONGEST * loops:
        return points, loop_offsets
    # What a shift used up has no points, so no box; with it in them, curves are not plain in any case.
    for loop in range(loops):
        if loop_offsets[loop + 1] - loop_offsets[loop] < 3:
            return points, loop_offsets
    turn = np.zeros(loops, dtype=np.int8)
    many: Any = np.int64(0)
    # Odd, lest of tubes only the holes are looked at.
    stride = max(loops // TASTED, 1) | 1
    for loop in range(0, loops, stride):
        many += _turn_of(points, loop_offsets[loop], loop_offsets[loop + 1], near) == 1
    if SHARE * many * stride < loops:
        return points, loop_offsets
    for loop in range(loops):
        turn[loop] = _turn_of(points, loop_offsets[loop], loop_offsets[loop + 1], near)
    boxes = np.empty((loops, 4), dtype=np.float64)
    for loop in range(loops):
        x0 = y0 = math.inf
        x1 = y1 = -math.inf
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            x0 = min(x0, points[p, 0])
            y0 = min(y0, points[p, 1])
            x1 = max(x1, points[p, 0])
            y1 = max(y1, points[p, 1])
        boxes[loop, 0] = x0 - near
        boxes[loop, 1] = y0 - near
        boxes[loop, 2] = x1 + near
        boxes[loop, 3] = y1 + near
    neighbours = _neighbours(boxes, furthest)
    proven = np.zeros(loops, dtype=np.bool_)
    for loop in range(loops):
        other = np.int64(neighbours[loop])
        if turn[loop] != 1 or other == CROWDED:
            continue
        if other == ALONE:
            proven[loop] = True
        elif turn[other] == -1 and neighbours[other] == loop:
            first = loop_offsets[loop]
            hole = loop_offsets[other]
            if _is_inside(points, first, loop_offsets[loop + 1], hole, loop_offsets[other + 1], near):
                proven[loop] = True
                proven[other] = True
    left: Any = np.int64(0)
    kept: Any = np.int64(0)
    for loop in range(loops):
        if not proven[loop]:
            left += 1
            kept += loop_offsets[loop + 1] - loop_offsets[loop]
    if left == loops:
        return points, loop_offsets
    rest = np.empty((kept, 2), dtype=np.float64)
    offsets = np.zeros(left + 1, dtype=np.int64)
    left = np.int64(0)
    kept = np.int64(0)
    for loop in range(loops):
        if proven[loop]:
            continue
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            rest[kept, 0] = points[p, 0]
            rest[kept, 1] = points[p, 1]
            kept += 1
        left += 1
        offsets[left] = kept
    return rest, offsets
