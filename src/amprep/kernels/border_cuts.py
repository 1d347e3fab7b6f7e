"""Vectors cut where they cross the border of a region, and which of the pieces lie inside.

::

               ┌──────────┐
        ●──────┼──────────┼─────●          Pieces inside of the region, seen from their middles, and outside.
          out  │    in    │ out
               └──────────┘

Algorithm
    The region's edges stand in a grid of about one cell each. Each cell knows the winding number at its lower
    left corner, from the crossings of its row's lower line to the left. From there a way along the line
    and then upwards leads to a place, and only edges of this cell can cross it. A vector is tested with the
    edges of the cells that it passes.

Degeneracy rule
    An edge that the vector only touches cuts, but pieces beside each other on the same side are one again.
    Cuts closer together than `SAME_POINT_MM` are one. A vector along the border goes where its middle is
    found.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["border_pieces", "cut_at_border"]


@inner_kernel
def _column_after(
    edge: NDArray[np.float64], e: int, y: float, frame: NDArray[np.float64], columns: int
) -> int:
    """First column whose left line lies right of where an edge crosses a height."""
    share = (y - edge[e, 1]) / (edge[e, 3] - edge[e, 1])
    x = edge[e, 0] + share * (edge[e, 2] - edge[e, 0])
    column: int = max(min(math.ceil((x - frame[0]) / frame[2]), columns), 0)
    return column


@inner_kernel
def _cells(
    x: float,
    y: float,
    dx: float,
    dy: float,
    step: float,
    steps: float,
    frame: NDArray[np.float64],
    slack: float,
    winding: NDArray[np.int32],
) -> tuple[int, int, int, int]:
    """First and last column, first and last row that a step along a way meets."""
    ax = (x + dx * step / steps - frame[0]) / frame[2]
    bx = (x + dx * (step + 1.0) / steps - frame[0]) / frame[2]
    ay = (y + dy * step / steps - frame[1]) / frame[2]
    by = (y + dy * (step + 1.0) / steps - frame[1]) / frame[2]
    if ax > bx:
        ax, bx = bx, ax
    if ay > by:
        ay, by = by, ay
    left: int = max(math.floor(ax - slack), 0)
    right: int = min(math.floor(bx + slack), winding.shape[1] - 1)
    low: int = max(math.floor(ay - slack), 0)
    high: int = min(math.floor(by + slack), winding.shape[0] - 1)
    return left, right, low, high


@inner_kernel
def _side(edge: NDArray[np.float64], e: int, x: float, y: float) -> float:
    """Positive where a place lies left of an edge."""
    side: float = (edge[e, 2] - edge[e, 0]) * (y - edge[e, 1])
    side -= (edge[e, 3] - edge[e, 1]) * (x - edge[e, 0])
    return side


@inner_kernel
def _is_inside(
    edge: NDArray[np.float64],
    frame: NDArray[np.float64],
    winding: NDArray[np.int32],
    start: NDArray[np.int64],
    members: NDArray[np.int64],
    x: float,
    y: float,
) -> bool:
    """Whether the winding number at a place is 1 or more."""
    rows = winding.shape[0]
    columns = winding.shape[1]
    i = math.floor((x - frame[0]) / frame[2])
    j = math.floor((y - frame[1]) / frame[2])
    if not (0 <= i < columns and 0 <= j < rows):
        return False
    base = frame[1] + j * frame[2]
    found = winding[j, i]
    for k in range(start[j * columns + i], start[j * columns + i + 1]):
        e = members[k]
        side = _side(edge, e, x, base)
        # Along the line: crossings right of the cell's corner and left of the place.
        rises = edge[e, 1] <= base
        falls = edge[e, 3] <= base
        if rises != falls and _column_after(edge, e, base, frame, columns) > i:
            if rises and side <= 0.0:
                found -= 1
            elif falls and side >= 0.0:
                found += 1
        # Upwards: the edge passes above the line and below the place.
        here = _side(edge, e, x, y)
        if edge[e, 0] <= x < edge[e, 2]:
            if side <= 0.0 and here > 0.0:
                found += 1
        elif edge[e, 2] <= x < edge[e, 0] and side >= 0.0 and here < 0.0:
            found -= 1
    return found >= 1  # type: ignore[no-any-return]


@inner_kernel
def _grid(
    edge: NDArray[np.float64], frame: NDArray[np.float64], rows: int, columns: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Winding numbers at the cells' corners, and the edges of each cell."""
    count = edge.shape[0]
    winding = np.zeros((rows, columns), dtype=np.int32)
    for e in range(count):
        ax = edge[e, 0]
        ay = edge[e, 1]
        _, _, low, high = _cells(ax, ay, edge[e, 2] - ax, edge[e, 3] - ay, 0.0, 1.0, frame, 1.0, winding)
        for j in range(low, high + 1):
            y = frame[1] + j * frame[2]
            if (ay <= y) != (edge[e, 3] <= y):
                column = _column_after(edge, e, y, frame, columns)
                if column < columns:
                    winding[j, column] += -1 if ay <= y else 1
    for j in range(rows):
        for i in range(1, columns):
            winding[j, i] += winding[j, i - 1]
    start = np.zeros(rows * columns + 2, dtype=np.int64)
    members = np.empty(0, dtype=np.int64)
    seen = np.empty(rows * columns, dtype=np.int64)
    for sweep in range(2):
        for c in range(rows * columns):
            seen[c] = -1
        if sweep == 1:
            for c in range(rows * columns):
                start[c + 2] += start[c + 1]
            members = np.empty(start[rows * columns + 1], dtype=np.int64)
        for e in range(count):
            dx = edge[e, 2] - edge[e, 0]
            dy = edge[e, 3] - edge[e, 1]
            pieces = int(max(abs(dx), abs(dy)) / frame[2]) + 1
            for s in range(pieces):
                # A little wider, so that rounding leaves no cell out.
                left, right, low, high = _cells(
                    edge[e, 0], edge[e, 1], dx, dy, float(s), float(pieces), frame, 1e-6, winding
                )
                for j in range(low, high + 1):
                    for i in range(left, right + 1):
                        c = j * columns + i
                        if seen[c] == e:
                            continue
                        seen[c] = e
                        if sweep == 0:
                            start[c + 2] += 1
                        else:
                            members[start[c + 1]] = e
                            start[c + 1] += 1
    return winding, start[: rows * columns + 1].copy(), members


@kernel
def border_pieces(
    segments: NDArray[np.float64],
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    frame: NDArray[np.float64],
    rows: int,
    columns: int,
) -> NDArray[np.float64]:
    """What `cut_at_border` returns, in one array.

    segments : (N, 4) float64, mm
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    frame : (3,) float64, mm
        Lower left corner of a grid around the points, and the size of its cells.
    rows, columns : int
        Of the grid.

    Returns
    -------
    pieces : (M, 6) float64
        The piece's ends in mm, the number of its vector, and 1 in the region.

    """
    edge = np.empty((points.shape[0], 4), dtype=np.float64)
    for loop in range(loop_offsets.shape[0] - 1):
        p = loop_offsets[loop + 1] - 1
        for q in range(loop_offsets[loop], loop_offsets[loop + 1]):
            edge[p, 0] = points[p, 0]
            edge[p, 1] = points[p, 1]
            edge[p, 2] = points[q, 0]
            edge[p, 3] = points[q, 1]
            p = q
    winding, start, members = _grid(edge, frame, rows, columns)
    count = segments.shape[0]
    pieces = np.empty((2 * count + 16, 6), dtype=np.float64)
    cuts = np.empty(64, dtype=np.float64)
    written: Any = np.int64(0)
    for n in range(count):
        x0 = segments[n, 0]
        y0 = segments[n, 1]
        dx = segments[n, 2] - x0
        dy = segments[n, 3] - y0
        length = math.sqrt(dx * dx + dy * dy)
        found = 0
        left, right, low, high = _cells(x0, y0, dx, dy, 0.0, 1.0, frame, 0.0, winding)
        meets = left <= right and low <= high
        steps = int(max(abs(dx), abs(dy)) / frame[2]) + 1 if meets else 0
        for s in range(steps):
            left, right, low, high = _cells(x0, y0, dx, dy, float(s), float(steps), frame, 0.0, winding)
            for j in range(low, high + 1):
                for i in range(left, right + 1):
                    for k in range(start[j * columns + i], start[j * columns + i + 1]):
                        e = members[k]
                        # Which side of the vector the edge's ends lie on.
                        a = dx * (edge[e, 1] - y0) - dy * (edge[e, 0] - x0)
                        b = dx * (edge[e, 3] - y0) - dy * (edge[e, 2] - x0)
                        if (a < 0.0) == (b < 0.0):
                            continue
                        share = a / (a - b)
                        x = edge[e, 0] + share * (edge[e, 2] - edge[e, 0])
                        y = edge[e, 1] + share * (edge[e, 3] - edge[e, 1])
                        t = ((x - x0) * dx + (y - y0) * dy) / (length * length)
                        if not 0.0 < t < 1.0:
                            continue
                        if found + 2 >= cuts.shape[0]:
                            more = np.empty(2 * cuts.shape[0], dtype=np.float64)
                            for m in range(found):
                                more[m] = cuts[m]
                            cuts = more
                        m = found
                        while m > 0 and cuts[m - 1] > t:
                            cuts[m] = cuts[m - 1]
                            m -= 1
                        cuts[m] = t
                        found += 1
        cuts[found] = 1.0
        if written + found + 1 > pieces.shape[0]:
            more_pieces = np.empty((2 * (written + found + 1), 6), dtype=np.float64)
            for m in range(written):
                for column in range(6):
                    more_pieces[m, column] = pieces[m, column]
            pieces = more_pieces
        begin = 0.0
        first = written
        for m in range(found + 1):
            t = cuts[m]
            if m < found and ((t - begin) * length <= SAME_POINT_MM or (1.0 - t) * length <= SAME_POINT_MM):
                continue
            middle = 0.5 * (begin + t)
            lies = 0.0
            if meets and _is_inside(edge, frame, winding, start, members, x0 + middle * dx, y0 + middle * dy):
                lies = 1.0
            x = segments[n, 2] if m == found else x0 + t * dx
            y = segments[n, 3] if m == found else y0 + t * dy
            if written > first and pieces[written - 1, 5] == lies:
                pieces[written - 1, 2] = x
                pieces[written - 1, 3] = y
            else:
                pieces[written, 0] = x0 if written == first else pieces[written - 1, 2]
                pieces[written, 1] = y0 if written == first else pieces[written - 1, 3]
                pieces[written, 2] = x
                pieces[written, 3] = y
                pieces[written, 4] = n
                pieces[written, 5] = lies
                written += 1
            begin = t
    return pieces[:written].copy()


def cut_at_border(
    segments: NDArray[np.float64], points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint8]]:
    """Cut vectors at the border of a region.

    segments : (N, 4) float64, mm
    points : (P, 2) float64, mm
        Loops of the region, which is where the winding number is 1 or more; at least one point.
    loop_offsets : (C + 1,) int64

    Returns
    -------
    pieces : (M, 4) float64, mm
        In the order of the vectors; each begins just where the one before it ends.
    source : (M,) int64
        Number of the vector that each comes from.
    inside : (M,) uint8
        1 in the region.

    """
    # Column by column, which is fast.
    x, y = points.T
    low_x, low_y = float(x.min()), float(y.min())
    width, height, count = float(x.max()) - low_x, float(y.max()) - low_y, len(points)
    size = max(math.sqrt(width * height / count), max(width, height) / count, 1e-3)
    frame = np.array([low_x - 0.5 * size, low_y - 0.5 * size, size])
    rows, columns = int(height / size) + 2, int(width / size) + 2
    found = border_pieces(segments, points, loop_offsets, frame, rows, columns)
    return np.ascontiguousarray(found[:, :4]), found[:, 4].astype(np.int64), found[:, 5].astype(np.uint8)
