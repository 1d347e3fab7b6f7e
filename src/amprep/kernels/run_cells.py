"""Edges of closed curves, run by run, in a uniform grid of cells, so that those that may meet are found.

::

        ┌─────┬─────┐        A run is a piece of a curve that goes on in one quadrant of directions: its
        │   ╭─┼──╮  │        edges cannot meet each other, and its box is tight. Each cell knows the runs
        ├──╱──┼───╲─┤        that may pass it; long slanted edges are put only into the cells that they
        │ ╱   │    ╲│        pass.
        └─────┴─────┘

Algorithm
    Cells are as large as a few mean edges, so that the work grows with the number of edges. They are filled
    in two sweeps: count, then put.

Degeneracy rule
    Runs reach a little further than they do, as rounding may bend what they are cut into.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import inner_kernel
from amprep.kernels.net import AFTER, X, Y

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SLACK", "cells_of_runs", "first_cells", "run_of_edges"]

#: By how many steps the parts of an edge may leave it; far more than rounding in a few rounds can give.
SLACK = 32

#: Size of the cells: mean lengths of edges, and cells per edge, at least.
REACHES = 2.0
CELLS = 0.12


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
def _is_slanted(runs: NDArray[np.int64], frame: NDArray[np.float64], run: int) -> bool:
    """Whether a run is a long edge that passes a few cells of its box only."""
    left = runs[run, 2] - frame[0] - SLACK
    right = runs[run, 4] - frame[0] + SLACK
    low_row = int((runs[run, 3] - frame[1] - SLACK) / frame[2])
    high_row = int((runs[run, 5] - frame[1] + SLACK) / frame[2])
    return high_row > low_row + 1 and right - left > frame[2]


@inner_kernel
def cells_of_runs(
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
            slanted = _is_slanted(runs, frame, run)
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
def first_cells(runs: NDArray[np.int64], frame: NDArray[np.float64]) -> NDArray[np.int64]:
    """(R, 2) int64: column and row of the first cell of each run; -1 where it leaves out cells of its box."""
    corner = np.empty((runs.shape[0], 2), dtype=np.int64)
    for run in range(runs.shape[0]):
        low = runs[run, 3] - frame[1] - SLACK
        left = runs[run, 2] - frame[0] - SLACK
        corner[run, 0] = int(left / frame[2])
        corner[run, 1] = int(low / frame[2])
        if _is_slanted(runs, frame, run):
            corner[run, 0] = corner[run, 1] = -1
    return corner


@inner_kernel
def run_of_edges(net: NDArray[np.int64], runs: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(P,) int64: the run that the edge from each point belongs to."""
    run_of = np.empty(count, dtype=np.int64)
    for run in range(runs.shape[0]):
        v = runs[run, 0]
        while v != runs[run, 1]:
            run_of[v] = run
            v = net[v, AFTER]
    return run_of
