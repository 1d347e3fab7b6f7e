"""Cut vectors at the seams between the lasers' territories.

Algorithm
    Vertical and horizontal seams cut the platform into a grid of cells, each of which belongs to one
    laser. A vector is cut where it crosses a seam between cells of different lasers; the pieces keep its
    direction and its place in the order. Two passes: count, then write.

Degeneracy rule
    A piece shorter than the shortest vector is not made: it stays with its neighbour. A vector that lies
    on a seam belongs to the cell on the right of it or above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_at_seams"]


@kernel
def _cell(cuts: NDArray[np.float64], value: float) -> int:
    cell = 0
    while cell < cuts.shape[0] and cuts[cell] <= value:
        cell += 1
    return cell


@kernel
def cut_at_seams(
    segments: NDArray[np.float32],
    x_cuts: NDArray[np.float64],
    y_cuts: NDArray[np.float64],
    laser_of_cell: NDArray[np.uint8],
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32]]:
    """Give every vector, cut where needed, to a laser.

    segments : (N, 4) float32, mm
    x_cuts : (A,) float64, mm
        Ascending places of the vertical seams.
    y_cuts : (B,) float64, mm
        Ascending places of the horizontal seams.
    laser_of_cell : (A + 1, B + 1) uint8
        Laser of each cell, index of column first.

    Returns
    -------
    segments : (M, 4) float32, mm
    laser : (M,) uint8
    source : (M,) int32
        Row of the vector each piece comes from.

    """
    limit = x_cuts.shape[0] + y_cuts.shape[0] + 2
    t = np.empty(limit, dtype=np.float64)
    pieces = 0
    out = np.empty((0, 4), dtype=np.float32)
    laser = np.empty(0, dtype=np.uint8)
    source = np.empty(0, dtype=np.int32)
    for sweep in range(2):
        if sweep == 1:
            out = np.empty((pieces, 4), dtype=np.float32)
            laser = np.empty(pieces, dtype=np.uint8)
            source = np.empty(pieces, dtype=np.int32)
            pieces = 0
        for i in range(segments.shape[0]):
            x0 = np.float64(segments[i, 0])
            y0 = np.float64(segments[i, 1])
            dx = np.float64(segments[i, 2]) - x0
            dy = np.float64(segments[i, 3]) - y0
            length = np.sqrt(dx * dx + dy * dy)
            n = 0
            for cut in x_cuts:
                if (cut - x0) * (cut - x0 - dx) < 0.0:
                    t[n] = (cut - x0) / dx
                    n += 1
            for cut in y_cuts:
                if (cut - y0) * (cut - y0 - dy) < 0.0:
                    t[n] = (cut - y0) / dy
                    n += 1
            for a in range(1, n):
                key = t[a]
                b = a - 1
                while b >= 0 and t[b] > key:
                    t[b + 1] = t[b]
                    b -= 1
                t[b + 1] = key
            t[n] = 1.0
            begin = 0.0
            reached = 0.0
            owner = np.int64(-1)
            for a in range(n + 1):
                # The stretch from the last seam to this one lies in one cell.
                if (t[a] - reached) * length < SHORTEST_VECTOR_MM and (owner >= 0 or a < n):
                    reached = t[a]
                    continue
                middle = 0.5 * (reached + t[a])
                cell_x = _cell(x_cuts, x0 + middle * dx)
                cell_y = _cell(y_cuts, y0 + middle * dy)
                mine = np.int64(laser_of_cell[cell_x, cell_y])
                if owner >= 0 and mine != owner:
                    if sweep == 1:
                        out[pieces, 0] = x0 + begin * dx
                        out[pieces, 1] = y0 + begin * dy
                        out[pieces, 2] = x0 + reached * dx
                        out[pieces, 3] = y0 + reached * dy
                        laser[pieces] = owner
                        source[pieces] = i
                    pieces += 1
                    begin = reached
                owner = mine
                reached = t[a]
            if sweep == 1:
                # The first and last end keep the bits of the vector, so that polylines stay joined.
                out[pieces, 0] = x0 + begin * dx if begin > 0.0 else segments[i, 0]
                out[pieces, 1] = y0 + begin * dy if begin > 0.0 else segments[i, 1]
                out[pieces, 2] = segments[i, 2]
                out[pieces, 3] = segments[i, 3]
                laser[pieces] = owner
                source[pieces] = i
            pieces += 1
    return out, laser, source
