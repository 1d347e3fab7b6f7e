"""Where a region may be as wide as a disc: a quick look at it on lines, before exact work.

::

        line k + m  ───╾━━━━━━━━╼────       A disc in the region covers at least so much of the line next to
        line k      ──╾━━━━━━━━━━╼───       its middle, and of the lines m above and m below. Where no three
        line k - m  ───╾━━━━━━━━╼────       lines have such pieces above each other, there is no disc.

Algorithm
    Pieces of a line, shortened at both ends by half of what the disc covers there, hold its middle. Where a
    shortened piece meets those of the two other lines, a disc may lie. Tiles around such places are marked;
    marked tiles that touch are put into one box, as are boxes that overlap.

Degeneracy rule
    Lengths are taken a little shorter than they are: too many places may be found, never too few.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["boxes_around", "wide_places"]

#: So much shorter than computed are the lengths that a disc covers, and so much wider the tiles: far above
#: what a scan rounds or closes.
MARGIN_MM = 1e-5


@kernel
def wide_places(
    pieces: NDArray[np.float64], runs: NDArray[np.int64], distance_mm: float, radius_mm: float
) -> NDArray[np.float64]:
    """Find all places where a disc may lie in a region.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
        The region on lines along x, as one group, as `ScanRoom.scan` gives them.
    distance_mm, radius_mm : float
        Between two lines, at most 0.6 of the radius; radius of the disc.

    Returns
    -------
    boxes : (F, 4) float64, mm
        [x0, y0, x1, y1] of where the middles of discs may lie.

    """
    boxes = np.empty((16, 4), dtype=np.float64)
    found = 0
    if runs.shape[0] == 0:
        return boxes[:0]
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
                    if found == boxes.shape[0]:
                        more = np.empty((4 * found, 4), dtype=np.float64)
                        for i in range(found):
                            for j in range(4):
                                more[i, j] = boxes[i, j]
                        boxes = more
                    y = (low + k + 0.5) * distance_mm
                    boxes[found, 0] = w0 - MARGIN_MM
                    boxes[found, 1] = y - near - MARGIN_MM
                    boxes[found, 2] = w1 + MARGIN_MM
                    boxes[found, 3] = y + near + MARGIN_MM
                    found += 1
                if pieces[b, 1] < pieces[a, 1]:
                    b += 1
                else:
                    a += 1
                if w0 > u1:
                    break
    return boxes[:found]


@kernel
def boxes_around(
    places: NDArray[np.float64],
    reach_mm: float,
    left_mm: float,
    bottom_mm: float,
    tile_mm: float,
    marks: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Boxes of tiles that hold all places, grown by a reach, and keep clear of each other.

    places : (F, 4) float64, mm
        Boxes [x0, y0, x1, y1].
    left_mm, bottom_mm, tile_mm : float
        Corner of the first tile, and width of a tile.
    marks : (rows, columns) uint8
        All 0; gets 1 where a place meets a tile. Nothing beyond the tiles counts.

    Returns
    -------
    boxes : (B, 4) float64, mm

    """
    rows = marks.shape[0]
    columns = marks.shape[1]
    for place in range(places.shape[0]):
        column = max(0, int((places[place, 0] - reach_mm - left_mm) / tile_mm))
        row = max(0, int((places[place, 1] - reach_mm - bottom_mm) / tile_mm))
        column_end = min(columns, int((places[place, 2] + reach_mm - left_mm) / tile_mm) + 1)
        row_end = min(rows, int((places[place, 3] + reach_mm - bottom_mm) / tile_mm) + 1)
        for i in range(row, row_end):
            for j in range(column, column_end):
                marks[i, j] = 1
    # Runs of marked tiles, each put together with all boxes that it touches: [x0, y0, x1, y1] in tiles.
    tiles = np.empty((rows * (columns + 1) // 2 + 1, 4), dtype=np.int64)
    count: Any = np.int64(0)
    for i in range(rows):
        behind: Any = np.int64(0)
        while behind < columns:
            if marks[i, behind] == 0:
                behind += 1
                continue
            x0 = behind
            while behind < columns and marks[i, behind] == 1:
                behind += 1
            x1 = behind
            y0 = np.int64(i)
            y1: Any = np.int64(i) + 1
            b: Any = np.int64(0)
            while b < count:
                if x0 <= tiles[b, 2] and tiles[b, 0] <= x1 and y0 <= tiles[b, 3] and tiles[b, 1] <= y1:
                    x0 = min(x0, tiles[b, 0])
                    y0 = min(y0, tiles[b, 1])
                    x1 = max(x1, tiles[b, 2])
                    y1 = max(y1, tiles[b, 3])
                    count -= 1
                    for side in range(4):
                        tiles[b, side] = tiles[count, side]
                    b = np.int64(0)
                else:
                    b += 1
            tiles[count, 0] = x0
            tiles[count, 1] = y0
            tiles[count, 2] = x1
            tiles[count, 3] = y1
            count += 1
    boxes = np.empty((count, 4), dtype=np.float64)
    for b in range(count):
        boxes[b, 0] = left_mm + tiles[b, 0] * tile_mm
        boxes[b, 1] = bottom_mm + tiles[b, 1] * tile_mm
        boxes[b, 2] = left_mm + tiles[b, 2] * tile_mm
        boxes[b, 3] = bottom_mm + tiles[b, 3] * tile_mm
    return boxes
