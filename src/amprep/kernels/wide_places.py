"""Where a region may be as wide as a disc: a quick look at it on lines, before exact work.

::

        line k + m  ───╾━━━━━━━━╼────       A disc in the region covers at least so much of the line next to
        line k      ──╾━━━━━━━━━━╼───       its middle, and of the lines m above and m below. Where no three
        line k - m  ───╾━━━━━━━━╼────       lines have such pieces above each other, there is no disc.

Algorithm
    Pieces of a line, shortened at both ends by half of what the disc covers there, hold its middle. Where a
    shortened piece meets those of the two other lines, the tiles around are marked.

Degeneracy rule
    Lengths are taken a little shorter than they are: too many tiles may be marked, never too few.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["mark_wide_places"]

#: So much shorter than computed are the lengths that a disc covers, and so much wider the tiles: far above
#: what a scan rounds or closes.
MARGIN_MM = 1e-5


@kernel
def mark_wide_places(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    distance_mm: float,
    radius_mm: float,
    reach_mm: float,
    left_mm: float,
    bottom_mm: float,
    tile_mm: float,
    marks: NDArray[np.uint8],
) -> int:
    """Mark the tiles within a reach of all places where a disc may lie in a region.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
        The region on lines along x, as one group, as `ScanRoom.scan` gives them.
    distance_mm, radius_mm : float
        Between two lines, at most 0.6 of the radius; radius of the disc.
    reach_mm : float
        How far around the disc's middle.
    left_mm, bottom_mm, tile_mm : float
        Corner of the first tile, and width of a tile.
    marks : (rows, columns) uint8
        1 where a tile is marked; gets more of them.

    Returns
    -------
    int
        How many places were found.

    """
    found = 0
    if runs.shape[0] == 0:
        return found
    last_run = runs.shape[0] - 1
    low = runs[0, 0]
    high = runs[last_run, 0] + runs[last_run, 1]
    start = np.zeros(high - low + 1, dtype=np.int64)
    place: Any = np.int64(0)
    line: Any = np.int64(0)
    for r in range(last_run + 1):
        while line <= runs[r, 0] - low:
            start[line] = place
            line += 1
        for _ in range(runs[r, 1]):
            place += runs[r, 2]
            start[line] = place
            line += 1

    step: Any = np.int64(max(1.0, math.floor(0.9 * radius_mm / distance_mm - 0.5)))
    near = 0.5 * distance_mm
    far = (step + 0.5) * distance_mm
    half_near = math.sqrt(max(0.0, radius_mm * radius_mm - near * near)) - MARGIN_MM
    half_far = math.sqrt(max(0.0, radius_mm * radius_mm - far * far)) - MARGIN_MM
    reach = reach_mm + MARGIN_MM
    for k in range(step, high - low - step):
        above = start[k + step]
        below = start[k - step]
        for p in range(start[k], start[k + 1]):
            u0 = pieces[p, 0] + half_near
            u1 = pieces[p, 1] - half_near
            if u0 > u1:
                continue
            while below < start[k - step + 1] and pieces[below, 1] - half_far < u0:
                below += 1
            while above < start[k + step + 1] and pieces[above, 1] - half_far < u0:
                above += 1
            b = below
            a = above
            while b < start[k - step + 1] and a < start[k + step + 1]:
                w0 = max(u0, pieces[b, 0] + half_far, pieces[a, 0] + half_far)
                w1 = min(u1, pieces[b, 1] - half_far, pieces[a, 1] - half_far)
                if w0 <= w1:
                    found += 1
                    y = (low + k + 0.5) * distance_mm
                    row = max(0, int((y - near - reach - bottom_mm) / tile_mm))
                    row_end = min(marks.shape[0], int((y + near + reach - bottom_mm) / tile_mm) + 1)
                    column = max(0, int((w0 - reach - left_mm) / tile_mm))
                    column_end = min(marks.shape[1], int((w1 + reach - left_mm) / tile_mm) + 1)
                    for i in range(row, row_end):
                        for j in range(column, column_end):
                            marks[i, j] = 1
                if pieces[b, 1] < pieces[a, 1]:
                    b += 1
                else:
                    a += 1
                if w0 > u1:
                    break
    return found
