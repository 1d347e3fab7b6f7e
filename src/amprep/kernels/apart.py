"""Whether closed curves are the plain boundary of a region: a quick proof, or none.

::

        ╭──────╮   ╭───╮       Proven: no two edges come near each other but neighbours at their common
        │ ╭──╮ │   │   │       point, and every curve has material on its left and none on its right.
        │ ╰──╯ │   ╰───╯
        ╰──────╯               Not proven: anything else, be it that places come very near only.

Algorithm
    Curves are taken apart into runs that go on in one quadrant of directions; two edges of a run cannot
    meet. A uniform grid of cells brings runs together that may. Edges are apart where both ends of one lie
    on one side of the other's line by more than rounding can matter. What lies around a curve follows from
    the nearest edge to the left of its leftmost point.

Degeneracy rule
    Whatever comes nearer than `NEAR_MM` is not proven; `boundary` decides it exactly, on its grid.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.areas import signed_area
from amprep.kernels.islands import without_islands
from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.sorting import sort_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["are_plain"]

#: An index of this type is never taken to count from the end, which takes time in the innermost loops.
At = np.uint64

#: Edges this near to each other are not proven to be apart: four steps of the grid on which it is decided.
NEAR_MM = 4.0 / 1048576.0

#: Size of the cells: mean lengths of edges, and cells per edge, at least.
REACHES = 2.0
CELLS = 0.08

#: Runs in a cell from which on they are sorted first.
CROWDED = 24

#: Runs that a run shares its cell with, on average, from which on cells are made finer; most cells per edge.
SHARED = 48.0
MOST = 32.0

#: Widest layer and largest coordinate, in mm; beyond, NEAR_MM is less than rounding.
WIDEST_MM = 1024.0
FURTHEST_MM = 1e5


@inner_kernel
def _cells_of(points: NDArray[np.float64]) -> tuple[bool, float, float, float, float, float, float]:
    """Corner, width and height of a grid of cells, size of a cell, length of all edges; false for none."""
    n = points.shape[0]
    low_x = high_x = points[0, 0]
    low_y = high_y = points[0, 1]
    reach = 0.0
    x = points[n - 1, 0]
    y = points[n - 1, 1]
    for p in range(n):
        reach += abs(points[p, 0] - x) + abs(points[p, 1] - y)
        x = points[p, 0]
        y = points[p, 1]
        low_x = min(low_x, x)
        high_x = max(high_x, x)
        low_y = min(low_y, y)
        high_y = max(high_y, y)
    width = high_x - low_x + 4.0 * NEAR_MM
    height = high_y - low_y + 4.0 * NEAR_MM
    furthest = max(abs(low_x), abs(high_x), abs(low_y), abs(high_y))
    # Also false for NaN.
    if not (reach < 1e12 and furthest < FURTHEST_MM and max(width, height) < WIDEST_MM):
        return False, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0
    size = max(REACHES * reach / n, math.sqrt(width * height / (CELLS * n)), 1e-4)
    low_x -= 2.0 * NEAR_MM
    low_y -= 2.0 * NEAR_MM
    return True, low_x, low_y, width, height, size, reach


@inner_kernel
def _note_run(
    runs: NDArray[np.int32],
    boxes: NDArray[np.float64],
    count: Any,
    run: tuple[Any, ...],
    box: tuple[Any, ...],
) -> Any:
    """Write a run, its first point, last and curve, and its box; how many there are then."""
    for i in range(3):
        runs[count, i] = run[i]
    for i in range(4):
        boxes[count, i] = box[i]
    return count + 1


@inner_kernel
def _runs(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    low_x: float,
    low_y: float,
    size: float,
) -> tuple[int, NDArray[np.float64], NDArray[np.int32], NDArray[np.float64], NDArray[np.int64]]:
    """Curves closed by their first points, and their runs; coordinates in cells from the grid's corner.

    Returns
    -------
    count : int
        Number of runs; -1 where a curve has fewer than three points.
    ways : (P + C, 2) float64
    runs : (P, 3) int32
        First point and last, and the curve.
    boxes : (P, 4) float64
        Low x, low y, high x, high y.
    lowest : (C,) int64
        The leftmost point of each curve, of several the lowest.

    """
    loops = loop_offsets.shape[0] - 1
    n = points.shape[0]
    ways = np.empty((n + loops, 2), dtype=np.float64)
    runs = np.empty((n, 3), dtype=np.int32)
    boxes = np.empty((n, 4), dtype=np.float64)
    lowest = np.empty(loops, dtype=np.int64)
    per_mm = 1.0 / size
    count: Any = np.int64(0)
    k: Any = np.int64(0)
    for loop in range(loops):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        if last - first < 3:
            return -1, ways, runs, boxes, lowest
        x = (points[first, 0] - low_x) * per_mm
        y = (points[first, 1] - low_y) * per_mm
        ways[k, 0] = x
        ways[k, 1] = y
        k += 1
        left_x = x
        left_y = y
        leftmost = k - 1
        begin = k - 1
        box_x0 = box_x1 = x
        box_y0 = box_y1 = y
        right = left = up = down = False
        for p in range(first + 1, last + 1):
            q = p if p < last else first
            to_x = (points[q, 0] - low_x) * per_mm
            to_y = (points[q, 1] - low_y) * per_mm
            ways[k, 0] = to_x
            ways[k, 1] = to_y
            if to_x < left_x or (to_x == left_x and to_y < left_y):
                left_x = to_x
                left_y = to_y
                leftmost = k
            dx = to_x - x
            dy = to_y - y
            x0 = min(box_x0, to_x)
            y0 = min(box_y0, to_y)
            x1 = max(box_x1, to_x)
            y1 = max(box_y1, to_y)
            turns = (dx > 0.0 and left) or (dx < 0.0 and right) or (dy > 0.0 and down) or (dy < 0.0 and up)
            if begin < k - 1 and (turns or x1 - x0 > 1.0 or y1 - y0 > 1.0):
                count = _note_run(runs, boxes, count, (begin, k - 1, loop), (box_x0, box_y0, box_x1, box_y1))
                begin = k - 1
                right = left = up = down = False
                x0 = min(x, to_x)
                y0 = min(y, to_y)
                x1 = max(x, to_x)
                y1 = max(y, to_y)
            right = right or dx > 0.0
            left = left or dx < 0.0
            up = up or dy > 0.0
            down = down or dy < 0.0
            box_x0 = x0
            box_y0 = y0
            box_x1 = x1
            box_y1 = y1
            x = to_x
            y = to_y
            k += 1
        count = _note_run(runs, boxes, count, (begin, k - 1, loop), (box_x0, box_y0, box_x1, box_y1))
        lowest[loop] = leftmost
    return count, ways, runs, boxes, lowest


@inner_kernel
def _is_slanted(boxes: NDArray[np.float64], run: int) -> bool:
    """Whether a run is a long edge that passes a few cells of its box only."""
    return bool(boxes[run, 2] - boxes[run, 0] > 1.0 and boxes[run, 3] - boxes[run, 1] > 1.0)


@inner_kernel
def _members(
    ways: NDArray[np.float64],
    runs: NDArray[np.int32],
    boxes: NDArray[np.float64],
    count: int,
    columns: int,
    rows: int,
    near: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which runs may pass each cell: cell c has ``members[start[c]:start[c + 1]]``."""
    start = np.zeros(columns * rows + 2, dtype=np.int32)
    members = np.empty(0, dtype=np.int32)
    for sweep in range(2):
        for run in range(count):
            first = int(boxes[run, 0] - near)
            last = int(boxes[run, 2] + near)
            low_row = int(boxes[run, 1] - near)
            high_row = int(boxes[run, 3] + near)
            slanted = _is_slanted(boxes, run)
            slope = 0.0
            a = runs[run, 0]
            if slanted:
                slope = (ways[a + 1, 0] - ways[a, 0]) / (ways[a + 1, 1] - ways[a, 1])
            left = first
            right = last
            for row in range(low_row, high_row + 1):
                if slanted:
                    x = ways[a, 0] + (row - ways[a, 1]) * slope
                    margin = near * (2.0 + abs(slope))
                    first = max(left, int(max(0.0, min(x, x + slope) - margin)))
                    last = min(right, int(max(0.0, max(x, x + slope) + margin)))
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
    return start, members


@inner_kernel
def _edges_apart(ways: NDArray[np.float64], a: int, b: int, near: float) -> bool:
    """Whether both ends of one of two edges lie clearly on one side of the other's line."""
    for half in range(2):
        e = At(a if half == 0 else b)
        to = At((a if half == 0 else b) + 1)
        f = At(b if half == 0 else a)
        g = At((b if half == 0 else a) + 1)
        ux = ways[to, 0] - ways[e, 0]
        uy = ways[to, 1] - ways[e, 1]
        side_0 = ux * (ways[f, 1] - ways[e, 1]) - uy * (ways[f, 0] - ways[e, 0])
        side_1 = ux * (ways[g, 1] - ways[e, 1]) - uy * (ways[g, 0] - ways[e, 0])
        # The sum of the legs is no less than the length.
        margin = near * (abs(ux) + abs(uy))
        if (side_0 > margin and side_1 > margin) or (side_0 < -margin and side_1 < -margin):
            return True
    return False


@inner_kernel
def _folds_back(ways: NDArray[np.float64], before: int, after: int, near: float) -> bool:
    """Whether the edge behind a point runs back along the one before it."""
    ux = ways[before, 0] - ways[before + 1, 0]
    uy = ways[before, 1] - ways[before + 1, 1]
    vx = ways[after + 1, 0] - ways[after, 0]
    vy = ways[after + 1, 1] - ways[after, 1]
    if ux * vx + uy * vy < 0.0:
        return False
    longer = max(abs(ux) + abs(uy), abs(vx) + abs(vy))
    return bool(abs(ux * vy - uy * vx) <= near * longer)


@inner_kernel
def _runs_apart(
    ways: NDArray[np.float64],
    runs: NDArray[np.int32],
    boxes: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    r: int,
    s: int,
    near: float,
) -> bool:
    """Whether the edges of two runs are apart, but for neighbours."""
    if (
        runs[r, 1] == runs[r, 0] + 1
        and runs[s, 1] == runs[s, 0] + 1
        and _edges_apart(ways, int(runs[r, 0]), int(runs[s, 0]), near)
    ):
        return True
    x0 = max(boxes[r, 0], boxes[s, 0]) - near
    y0 = max(boxes[r, 1], boxes[s, 1]) - near
    x1 = min(boxes[r, 2], boxes[s, 2]) + near
    y1 = min(boxes[r, 3], boxes[s, 3]) + near
    for a in range(np.int64(runs[r, 0]), np.int64(runs[r, 1])):
        a0 = At(a)
        a1 = At(a + 1)
        ax0 = min(ways[a0, 0], ways[a1, 0]) - near
        ay0 = min(ways[a0, 1], ways[a1, 1]) - near
        ax1 = max(ways[a0, 0], ways[a1, 0]) + near
        ay1 = max(ways[a0, 1], ways[a1, 1]) + near
        if ax0 > x1 or ay0 > y1 or ax1 < x0 or ay1 < y0:
            continue
        for b in range(np.int64(runs[s, 0]), np.int64(runs[s, 1])):
            b0 = At(b)
            b1 = At(b + 1)
            if (
                min(ways[b0, 0], ways[b1, 0]) > ax1
                or min(ways[b0, 1], ways[b1, 1]) > ay1
                or max(ways[b0, 0], ways[b1, 0]) < ax0
                or max(ways[b0, 1], ways[b1, 1]) < ay0
            ):
                continue
            if _edges_apart(ways, a, b, near):
                continue
            # What is not: neighbours, which are apart but for their common point where none folds back.
            loop = runs[r, 2]
            if loop != runs[s, 2]:
                return False
            first = loop_offsets[loop] + loop
            last = loop_offsets[loop + 1] + loop - 1
            if b == a + 1 or (a == last and b == first):
                if _folds_back(ways, a, b, near):
                    return False
            elif a == b + 1 or (b == last and a == first):
                if _folds_back(ways, b, a, near):
                    return False
            else:
                return False
    return True


@inner_kernel
def _meet_here(boxes: NDArray[np.float64], r: Any, s: Any, cell: int, columns: int, near: float) -> bool:
    """Whether two runs may meet, and this is the cell to look; in another they are looked at, too."""
    a = At(r)
    b = At(s)
    x0 = max(boxes[a, 0], boxes[b, 0]) - near
    y0 = max(boxes[a, 1], boxes[b, 1]) - near
    if x0 > min(boxes[a, 2], boxes[b, 2]) or y0 > min(boxes[a, 3], boxes[b, 3]):
        return False
    # Runs that share several cells are compared in the first of them.
    return int(y0) * columns + int(x0) == cell or _is_slanted(boxes, r) or _is_slanted(boxes, s)


@inner_kernel
def _all_apart(
    ways: NDArray[np.float64],
    runs: NDArray[np.int32],
    boxes: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    start: NDArray[np.int32],
    members: NDArray[np.int32],
    columns: int,
    near: float,
) -> bool:
    """Whether all edges are apart, but for neighbours."""
    keys = np.empty(0, dtype=np.float64)
    order = np.empty(0, dtype=np.int64)
    for cell in range(start.shape[0] - 2):
        first: Any = np.int64(start[cell])
        many: Any = np.int64(start[cell + 1]) - first
        if many > CROWDED:
            # From left to right, each against those that begin before it ends.
            if many > keys.shape[0]:
                keys = np.empty(2 * many, dtype=np.float64)
                order = np.empty(2 * many, dtype=np.int64)
            for i in range(many):
                order[i] = members[first + i]
                keys[i] = boxes[order[i], 0]
            sort_range(keys, order, 0, many)
            for i in range(many):
                r: Any = order[i]
                for j in range(i + 1, many):
                    if keys[j] > boxes[r, 2] + near:
                        break
                    if _meet_here(boxes, r, order[j], cell, columns, near) and not _runs_apart(
                        ways, runs, boxes, loop_offsets, r, order[j], near
                    ):
                        return False
            continue
        for i in range(first + 1, first + many):
            r = np.int64(members[At(i)])
            for j in range(first, i):
                s: Any = np.int64(members[At(j)])
                if _meet_here(boxes, r, s, cell, columns, near) and not _runs_apart(
                    ways, runs, boxes, loop_offsets, r, s, near
                ):
                    return False
    return True


@inner_kernel
def _is_around(
    ways: NDArray[np.float64],
    runs: NDArray[np.int32],
    boxes: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    start: NDArray[np.int32],
    members: NDArray[np.int32],
    columns: int,
    loop: int,
    p: int,
    near: float,
) -> int:
    """Whether material lies left of a curve's leftmost point, as the nearest edge says; -1 where unclear."""
    x = ways[p, 0]
    y = ways[p, 1]
    first = loop_offsets[loop] + loop
    last = loop_offsets[loop + 1] + loop - 1
    before = p - 1 if p > first else last
    after = p if p <= last else first
    row = int(y)
    nearest = -1.0
    tie = False
    rises = False
    for column in range(int(x), -1, -1):
        cell = row * columns + column
        for i in range(start[cell], start[cell + 1]):
            run = np.int64(members[i])
            if boxes[run, 1] > y or boxes[run, 3] < y or boxes[run, 0] > x + near:
                continue
            for e in range(np.int64(runs[run, 0]), np.int64(runs[run, 1])):
                if (ways[e, 1] <= y) == (ways[e + 1, 1] <= y) or e in (before, after):
                    continue
                share = (y - ways[e, 1]) / (ways[e + 1, 1] - ways[e, 1])
                here = ways[e, 0] + share * (ways[e + 1, 0] - ways[e, 0])
                if here > x + near:
                    continue
                if here > x - near:
                    return -1
                goes_up = ways[e + 1, 1] > ways[e, 1]
                if here > nearest + near:
                    nearest = here
                    rises = goes_up
                    tie = False
                elif here > nearest - near:
                    tie = tie or goes_up != rises
                    nearest = max(nearest, here)
        if nearest > column + near:
            break
    if tie:
        return -1
    return 0 if nearest < 0.0 or rises else 1


@kernel
def are_plain(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> bool:
    """Whether closed curves are proven to be what `boundary` calls plain; false says nothing.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    """
    points, loop_offsets = without_islands(points, loop_offsets, NEAR_MM, FURTHEST_MM)
    if points.shape[0] == 0:
        return bool(loop_offsets.shape[0] == 1)
    known, low_x, low_y, width, height, size, reach = _cells_of(points)
    # First what costs least: less than nothing is left of a lattice whose walls are thinner than two offsets.
    if not known or signed_area(points, loop_offsets) <= 0.0:
        return False
    squares_before = np.inf
    while True:
        near = NEAR_MM / size
        columns = int(width / size) + 1
        count, ways, runs, boxes, lowest = _runs(points, loop_offsets, low_x, low_y, size)
        if count < 0:
            return False
        start, members = _members(ways, runs, boxes, count, columns, int(height / size) + 1, near)
        squares = 0.0
        for cell in range(start.shape[0] - 2):
            squares += float(start[cell + 1] - start[cell]) * (start[cell + 1] - start[cell])
        # Where most runs share few cells, finer ones may part them; they do not where edges are long.
        finer = 0.25 * size
        cells = max(width / finer * (height / finer), reach / finer)
        if squares_before < 0.0 or squares <= SHARED * members.shape[0]:
            break
        if squares > 0.5 * squares_before:
            size *= 4.0
            squares_before = -1.0
        elif cells > MOST * points.shape[0]:
            break
        else:
            size = finer
            squares_before = squares
    # Where walls are thinner than two offsets their sides have changed places.
    for loop in range(loop_offsets.shape[0] - 1):
        p = lowest[loop]
        first = loop_offsets[loop] + loop
        last = loop_offsets[loop + 1] + loop - 1
        before = p - 1 if p > first else last
        after = p if p <= last else first
        turn = (ways[p, 0] - ways[before, 0]) * (ways[after + 1, 1] - ways[p, 1])
        turn -= (ways[p, 1] - ways[before, 1]) * (ways[after + 1, 0] - ways[p, 0])
        around = _is_around(ways, runs, boxes, loop_offsets, start, members, columns, loop, p, near)
        if around < 0 or turn == 0.0 or (turn > 0.0) == (around == 1):
            return False
    return _all_apart(ways, runs, boxes, loop_offsets, start, members, columns, near)
