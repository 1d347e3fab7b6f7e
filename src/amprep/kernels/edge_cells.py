"""Edges of closed curves by the cells that they pass, only around the places that matter.

::

        ┌───┬───┬───┬───┐      Cells that a curve of interest passes, and the ring of cells around them, are
        │ b │ n │ n │ b │      *near*; one ring more are *beside*. Edges are entered into both kinds, so that
        ├───┼─╱─┼───┼───┤      for a place in a near cell everything within one cell is found in the nine
        │ b │╱n │ n │ b │      cells around it.
        └───┴───┴───┴───┘

Algorithm
    A dense table over the box of the curves of interest numbers the cells, near ones first; edges are
    counted, then entered, piece by piece no longer than a cell.

Degeneracy rule
    Points closer than `SAME_POINT_MM` to their predecessor are one; a loop of fewer than two edges has none.
    An edge may stand in a cell twice, or in one that it only comes near.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cell_at", "edge_table", "edges_by_cell", "mark_cells", "nearest_edges"]

#: Columns of a table of edges: start, direction, length, and the way along the loop up to the start.
X, Y, DX, DY, LENGTH, ARC = 0, 1, 2, 3, 4, 5

#: Columns of the links of edges: the edges before and after it on its loop, and the loop's number.
BEFORE, AFTER, LOOP = 0, 1, 2


@kernel
def edge_table(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Edges of closed loops with their directions.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    edges : (E, 6) float64, mm
    links : (E, 3) int64
    lengths : (C,) float64, mm
        Of the whole loops.

    """
    n = points.shape[0]
    loops = loop_offsets.shape[0] - 1
    edges = np.empty((n, 6), dtype=np.float64)
    links = np.empty((n, 3), dtype=np.int64)
    lengths = np.zeros(loops, dtype=np.float64)
    count: Any = np.int64(0)
    for loop in range(loops):
        begin = count
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        anchor = first
        way = 0.0
        for p in range(first + 1, last + 1):
            q = p if p < last else first
            dx = points[q, 0] - points[anchor, 0]
            dy = points[q, 1] - points[anchor, 1]
            length = math.sqrt(dx * dx + dy * dy)
            if length <= SAME_POINT_MM:
                continue
            edges[count, X] = points[anchor, 0]
            edges[count, Y] = points[anchor, 1]
            edges[count, DX] = dx / length
            edges[count, DY] = dy / length
            edges[count, LENGTH] = length
            edges[count, ARC] = way
            links[count, BEFORE] = count - 1
            links[count, AFTER] = count + 1
            links[count, LOOP] = loop
            way += length
            anchor = q
            count += 1
        if count - begin < 2:
            count = begin
            continue
        links[begin, BEFORE] = count - 1
        links[count - 1, AFTER] = begin
        lengths[loop] = way
    return edges[:count].copy(), links[:count].copy(), lengths


@inner_kernel
def cell_at(frame: NDArray[np.float64], numbers: NDArray[np.int32], x: float, y: float) -> int:
    """Number of the cell of a place, 0 outside.

    frame : (3,) float64
    numbers : (rows, columns) int32
    """
    i = math.floor((x - frame[0]) / frame[2])
    j = math.floor((y - frame[1]) / frame[2])
    if not (0 <= i < numbers.shape[1] and 0 <= j < numbers.shape[0]):
        return np.int32(0)  # type: ignore[return-value]
    return numbers[int(j), int(i)]  # type: ignore[no-any-return]


@kernel
def mark_cells(
    edges: NDArray[np.float64], frame: NDArray[np.float64], columns: int, rows: int
) -> tuple[NDArray[np.int32], int, int]:
    """Number the cells around curves.

    edges : (E, 6) float64, mm
        Of the curves of interest.
    frame : (3,) float64, mm
        Place of the table's corner, two cells or more outside of the curves, and the width of a cell.

    Returns
    -------
    numbers : (rows, columns) int32
        0 for cells that are of no interest, near cells from 1 on, then those beside.
    near : int
        Number of the last near cell.
    cells : int
        Number of the last cell.

    """
    numbers = np.zeros((rows, columns), dtype=np.int32)
    passed = np.empty(1024, dtype=np.int64)
    many = 0
    for e in range(edges.shape[0]):
        steps = int(edges[e, LENGTH] / (0.5 * frame[2])) + 1
        for s in range(steps):
            way = edges[e, LENGTH] * s / steps
            i = int((edges[e, X] + way * edges[e, DX] - frame[0]) / frame[2])
            j = int((edges[e, Y] + way * edges[e, DY] - frame[1]) / frame[2])
            if numbers[j, i] == 0:
                if many == passed.shape[0]:
                    more = np.empty(2 * many, dtype=np.int64)
                    for p in range(many):
                        more[p] = passed[p]
                    passed = more
                numbers[j, i] = 1
                passed[many] = j * columns + i
                many += 1
    numbers[:] = 0
    near = 0
    cells = 0
    for ring in range(1, 3):
        for p in range(many):
            j = passed[p] // columns
            i = passed[p] % columns
            for row in range(j - ring, j + ring + 1):
                for column in range(i - ring, i + ring + 1):
                    if numbers[row, column] == 0:
                        cells += 1
                        numbers[row, column] = cells
        if ring == 1:
            near = cells
    return numbers, near, cells


@kernel
def edges_by_cell(
    edges: NDArray[np.float64], frame: NDArray[np.float64], numbers: NDArray[np.int32], cells: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Enter edges into the cells that they pass.

    edges : (E, 6) float64, mm
    frame : (3,) float64, mm
    numbers : (rows, columns) int32
    cells : int
        As `mark_cells` gives them.

    Returns
    -------
    start : (cells + 2,) int64
    members : (M,) int32
        Cell c has the edges ``members[start[c]:start[c + 1]]``.

    """
    start = np.zeros(cells + 3, dtype=np.int64)
    members = np.empty(0, dtype=np.int32)
    width = numbers.shape[1]
    height = numbers.shape[0]
    for sweep in range(2):
        if sweep == 1:
            for c in range(cells + 2):
                start[c + 1] += start[c]
            members = np.empty(start[cells + 2], dtype=np.int32)
        for e in range(edges.shape[0]):
            pieces = int(edges[e, LENGTH] / frame[2]) + 1
            step = edges[e, LENGTH] / pieces
            x1 = (edges[e, X] - frame[0]) / frame[2]
            y1 = (edges[e, Y] - frame[1]) / frame[2]
            for s in range(pieces):
                x0 = x1
                y0 = y1
                way = step * (s + 1)
                x1 = (edges[e, X] + way * edges[e, DX] - frame[0]) / frame[2]
                y1 = (edges[e, Y] + way * edges[e, DY] - frame[1]) / frame[2]
                left = math.floor(min(x0, x1))
                right = math.floor(max(x0, x1))
                low = math.floor(min(y0, y1))
                high = math.floor(max(y0, y1))
                if right < 0 or high < 0 or left >= width or low >= height:
                    continue
                for j in range(max(int(low), 0), min(int(high), height - 1) + 1):
                    for i in range(max(int(left), 0), min(int(right), width - 1) + 1):
                        c = numbers[j, i]
                        if c == 0:
                            continue
                        if sweep == 0:
                            start[c + 2] += 1
                        else:
                            members[start[c + 1]] = e
                            start[c + 1] += 1
    return start[: cells + 2].copy(), members


@kernel
def nearest_edges(
    places: NDArray[np.float64],
    edges: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    frame: NDArray[np.float64],
    numbers: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The edge next to each place, as far as it lies in the nine cells around it.

    places : (N, 2) float64, mm
    edges : (E, 6) float64, mm
    start : (cells + 2,) int64
    members : (M,) int32
    frame : (3,) float64, mm
    numbers : (rows, columns) int32

    Returns
    -------
    nearest : (N,) int64
        Number of the edge, -1 where there is none.
    distance_mm : (N,) float64

    """
    nearest = np.full(places.shape[0], -1, dtype=np.int64)
    distance_mm = np.full(places.shape[0], np.inf)
    for p in range(places.shape[0]):
        column = math.floor((places[p, 0] - frame[0]) / frame[2])
        row = math.floor((places[p, 1] - frame[1]) / frame[2])
        for j in range(max(row - 1, 0), min(row + 2, numbers.shape[0])):
            for i in range(max(column - 1, 0), min(column + 2, numbers.shape[1])):
                c = numbers[j, i]
                for k in range(start[c], start[c + 1]):
                    e = members[k]
                    x = places[p, 0] - edges[e, X]
                    y = places[p, 1] - edges[e, Y]
                    along = x * edges[e, DX] + y * edges[e, DY]
                    along = min(max(along, 0.0), edges[e, LENGTH])
                    x -= along * edges[e, DX]
                    y -= along * edges[e, DY]
                    distance = math.sqrt(x * x + y * y)
                    if distance < distance_mm[p]:
                        distance_mm[p] = distance
                        nearest[p] = e
    return nearest, distance_mm
