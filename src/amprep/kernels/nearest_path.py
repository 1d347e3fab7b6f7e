"""Which path is fired next: the one that begins nearest to where the last one ended.

::

        ┌───┐          ┌───┐        Each path has one or more places where it may begin: a closed one its
        │ 1 │╌╌╌╌╌╌╌╌╌>│ 2 │        points, or the one that a rule picks; an open one its two ends.
        └───┘          └─┬─┘
                   ┌───┐ ╎
                   │ 3 │<┘
                   └───┘

Algorithm
    Each so many places of a path have a box. Of few paths of many places all boxes left are gone through, the
    nearest first, and the places of those that are near enough.
    Others stand in a grid of two or more places per cell, coarse enough that the next path is a few cells
    away. It is searched in growing squares around the beam; places of paths that are done are struck out as
    they are met. Where the neighbourhood is empty, boxes are gone through as for few paths.

Degeneracy rule
    Of places equally near the one with the lowest number is taken.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["nearest_paths"]

#: Places that share a box.
_TOGETHER = 64

#: Up to so many paths going through the boxes takes less time than a grid,
_FEW = 128

#: unless they have less than a place for so many pairs of them.
_PAIRS = 4

#: Squares around the beam that are searched before all boxes are gone through.
_SQUARES = 6

#: Size of a cell in mean distances between paths, at least.
_REACH = 0.35

#: Places that a place shares its cell with, on average, from which on these cells are too large.
_CROWDED = 128.0


@inner_kernel
def _away(boxes: NDArray[np.float64], i: Any, x: float, y: float) -> float:
    """Square of the distance of a box from a place, in mm²."""
    dx = max(boxes[i, 0] - x, 0.0, x - boxes[i, 2])
    dy = max(boxes[i, 1] - y, 0.0, y - boxes[i, 3])
    return float(dx * dx + dy * dy)


@inner_kernel
def _nearest_in(
    places: NDArray[np.float64],
    box: NDArray[np.int64],
    x: float,
    y: float,
    best: float,
    found: Any,
) -> tuple[float, int]:
    """The nearest place of a box, or the one found so far, and the square of its distance."""
    for k in range(box[0], box[1]):
        dx = places[k, 0] - x
        dy = places[k, 1] - y
        square = dx * dx + dy * dy
        if square < best or (square == best and k < found):
            best = square
            found = np.int64(k)
    return best, found


@inner_kernel
def _nearest_of_all(
    places: NDArray[np.float64],
    boxes: NDArray[np.float64],
    held: NDArray[np.int64],
    done: NDArray[np.uint8],
    left: Any,
    beam: tuple[float, float, float, Any],
) -> tuple[int, int]:
    """The nearest place of all boxes that are left, and how many these are: they are moved to the front.

    beam
        Where it is, and of the nearest place found so far the square of the distance, and the number.
    """
    x, y, best, found = beam
    kept: Any = np.int64(0)
    first: Any = np.int64(0)
    least = np.inf
    for i in range(left):
        if done[held[i, 2]] == 1:
            continue
        if kept < i:
            for c in range(4):
                boxes[kept, c] = boxes[i, c]
            for c in range(3):
                held[kept, c] = held[i, c]
        away = _away(boxes, kept, x, y)
        if away < least:
            least = away
            first = kept
        kept += 1
    best, found = _nearest_in(places, held[first], x, y, best, found)
    for i in range(kept):
        if _away(boxes, i, x, y) <= best:
            best, found = _nearest_in(places, held[i], x, y, best, found)
    return found, kept


@kernel
def nearest_paths(
    places: NDArray[np.float64],
    exits: NDArray[np.float64],
    starts: NDArray[np.int64],
    from_x: float,
    from_y: float,
) -> NDArray[np.int64]:
    """Order paths by the nearest neighbour.

    places : (K, 2) float64, mm
        Where paths may begin, path after path.
    exits : (K, 2) float64, mm
        Where the path ends that begins there.
    starts : (N + 1,) int64
        Path i begins at one of ``places[starts[i]:starts[i + 1]]``.
    from_x, from_y : float, mm
        Where the beam is.

    Returns
    -------
    chosen : (N,) int64
        Numbers of places in firing order, one of each path that has any, -1 at the end for those without.

    """
    paths = starts.shape[0] - 1
    count = places.shape[0]
    chosen = np.full(paths, -1, dtype=np.int64)
    if count == 0:
        return chosen
    # Of places of one path: the box, the first of them, the one behind the last, and the path.
    most = paths + count // _TOGETHER
    boxes = np.empty((most, 4), dtype=np.float64)
    held = np.empty((most, 3), dtype=np.int64)
    path_of = np.empty(count, dtype=np.int32)
    done = np.zeros(paths, dtype=np.uint8)
    found: Any = np.int64(-1)
    left: Any = np.int64(0)
    total: Any = np.int64(0)
    for i in range(paths):
        total += starts[i] < starts[i + 1]
        for begin in range(starts[i], starts[i + 1], _TOGETHER):
            end = min(begin + _TOGETHER, starts[i + 1])
            x0 = y0 = np.inf
            x1 = y1 = -np.inf
            for k in range(begin, end):
                path_of[k] = i
                x0 = min(x0, places[k, 0])
                y0 = min(y0, places[k, 1])
                x1 = max(x1, places[k, 0])
                y1 = max(y1, places[k, 1])
            boxes[left, 0] = x0
            boxes[left, 1] = y0
            boxes[left, 2] = x1
            boxes[left, 3] = y1
            held[left, 0] = begin
            held[left, 1] = end
            held[left, 2] = i
            left += 1
    x = from_x
    y = from_y
    if paths <= _FEW and paths * paths <= _PAIRS * count:
        for step in range(total):
            found, left = _nearest_of_all(places, boxes, held, done, left, (x, y, np.inf, np.int64(-1)))
            done[path_of[found]] = 1
            chosen[step] = found
            x = exits[found, 0]
            y = exits[found, 1]
        return chosen
    low_x = low_y = np.inf
    high_x = high_y = -np.inf
    for i in range(left):
        low_x = min(low_x, boxes[i, 0])
        low_y = min(low_y, boxes[i, 1])
        high_x = max(high_x, boxes[i, 2])
        high_y = max(high_y, boxes[i, 3])
    width = high_x - low_x
    height = high_y - low_y
    finer = max(math.sqrt(2.0 * width * height / count), max(width, height) / 1000.0, 1e-6)
    size = max(finer, _REACH * math.sqrt(width * height / paths))
    columns = rows = 0
    start = np.empty(0, dtype=np.int32)
    cell = np.empty(count, dtype=np.int32)
    is_fine = False
    while not is_fine:
        columns = int(width / size) + 1
        rows = int(height / size) + 1
        start = np.zeros(columns * rows + 2, dtype=np.int32)
        for k in range(count):
            i = int((places[k, 0] - low_x) / size)
            cell[k] = int((places[k, 1] - low_y) / size) * columns + i
            start[cell[k] + 2] += 1
        squares = 0.0
        for c in range(columns * rows):
            squares += float(start[c + 2]) * start[c + 2]
        # Where most places share few cells, the finer ones are the better.
        is_fine = size == finer or squares <= _CROWDED * count
        if not is_fine:
            size = finer
    for c in range(columns * rows):
        start[c + 2] += start[c + 1]
    members = np.empty(count, dtype=np.int32)
    for k in range(count):
        members[start[cell[k] + 1]] = k
        start[cell[k] + 1] += 1
    filled = np.empty(columns * rows, dtype=np.int32)
    for c in range(columns * rows):
        filled[c] = start[c + 1]
    for step in range(total):
        best = np.inf
        found = np.int64(-1)
        # Cells in growing squares around the beam; outside of the grid it counts as at its border.
        ci = int(min(max((x - low_x) / size, 0.0), columns - 1.0))
        cj = int(min(max((y - low_y) / size, 0.0), rows - 1.0))
        inside = low_x <= x <= high_x and low_y <= y <= high_y
        ring = 0
        while inside and ring <= _SQUARES:
            if found >= 0 and best <= (ring - 1) * size * ((ring - 1) * size):
                break
            for j in range(max(cj - ring, 0), min(cj + ring, rows - 1) + 1):
                stride = 1 if j == cj - ring or j == cj + ring else max(2 * ring, 1)
                i = ci - ring
                while i <= ci + ring:
                    if 0 <= i < columns:
                        c = j * columns + i
                        m = start[c]
                        while m < filled[c]:
                            k = int(members[m])
                            if done[path_of[k]] == 1:
                                filled[c] -= 1
                                members[m] = members[filled[c]]
                                continue
                            dx = places[k, 0] - x
                            dy = places[k, 1] - y
                            square = dx * dx + dy * dy
                            if square < best or (square == best and k < found):
                                best = square
                                found = k
                            m += 1
                    i += stride
            ring += 1
        if found < 0 or best > (ring - 1) * size * ((ring - 1) * size):
            found, left = _nearest_of_all(places, boxes, held, done, left, (x, y, best, found))
        done[path_of[found]] = 1
        chosen[step] = found
        x = exits[found, 0]
        y = exits[found, 1]
    return chosen
