"""Which path is fired next: the one that begins nearest to where the last one ended.

::

        ┌───┐          ┌───┐        Each path has one or more places where it may begin: a closed one its
        │ 1 │╌╌╌╌╌╌╌╌╌>│ 2 │        points, or the one that a rule picks; an open one its two ends.
        └───┘          └─┬─┘
                   ┌───┐ ╎
                   │ 3 │<┘
                   └───┘

Algorithm
    Places stand in a grid of two or more per cell, coarse enough that the next path is a few cells away. It
    is searched in growing squares around the beam; places of paths that are done are struck out as they are
    met. Where the neighbourhood is empty, all paths left are gone through, those first ruled out whose box
    lies too far away.

Degeneracy rule
    Of places equally near the one with the lowest number is taken.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["nearest_paths"]

#: Squares around the beam that are searched before all paths are gone through.
_SQUARES = 6

#: Size of a cell in mean distances between paths, at least.
_REACH = 0.35

#: Places that a place shares its cell with, on average, from which on these cells are too large.
_CROWDED = 128.0


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
    boxes = np.empty((paths, 4), dtype=np.float64)
    path_of = np.empty(count, dtype=np.int32)
    low_x = low_y = np.inf
    high_x = high_y = -np.inf
    rest = np.empty(paths, dtype=np.int64)
    left = 0
    for i in range(paths):
        x0 = y0 = np.inf
        x1 = y1 = -np.inf
        for k in range(starts[i], starts[i + 1]):
            path_of[k] = i
            x0 = min(x0, places[k, 0])
            y0 = min(y0, places[k, 1])
            x1 = max(x1, places[k, 0])
            y1 = max(y1, places[k, 1])
        boxes[i, 0] = x0
        boxes[i, 1] = y0
        boxes[i, 2] = x1
        boxes[i, 3] = y1
        if starts[i] < starts[i + 1]:
            rest[left] = i
            left += 1
        low_x = min(low_x, x0)
        low_y = min(low_y, y0)
        high_x = max(high_x, x1)
        high_y = max(high_y, y1)
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
    done = np.zeros(paths, dtype=np.uint8)
    x = from_x
    y = from_y
    total = left
    for step in range(total):
        best = np.inf
        found: Any = np.int64(-1)
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
            kept = 0
            for r in range(left):
                i = rest[r]
                if done[i] == 1:
                    continue
                rest[kept] = i
                kept += 1
                dx = max(boxes[i, 0] - x, 0.0, x - boxes[i, 2])
                dy = max(boxes[i, 1] - y, 0.0, y - boxes[i, 3])
                if dx * dx + dy * dy > best:
                    continue
                for k in range(starts[i], starts[i + 1]):
                    dx = places[k, 0] - x
                    dy = places[k, 1] - y
                    square = dx * dx + dy * dy
                    if square < best or (square == best and k < found):
                        best = square
                        found = np.int64(k)
            left = kept
        done[path_of[found]] = 1
        chosen[step] = found
        x = exits[found, 0]
        y = exits[found, 1]
    return chosen
