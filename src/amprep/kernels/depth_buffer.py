"""Which triangle each pixel of a picture sees: the nearest of the points that triangles are covered with.

::

         c                rows of points run along a–b, the longest side, towards c; each point falls on a
        ╱·╲               pixel, which keeps the nearest one: depth and triangle in one integer, so that
       ╱·  ·╲             one comparison decides
      a · · · b

Algorithm
    All points of all triangles, the nearest triangles first; nothing is stored but the pixels. A triangle is
    left out when each pixel that it touches sees something nearer already; a large one also when that is as
    near as makes no difference within a pixel, so that surfaces that lie in each other are drawn once.

Degeneracy rule
    Of points of one depth the one of the triangle with the lowest number is seen. A triangle that is as good
    as edge-on is never left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NOTHING", "cover_pixels"]

#: Of a pixel that sees nothing: farther than all.
NOTHING = 2**63 - 1


#: Points, and rows of them, from which on a triangle is large.
_LARGE, _WIDE = 4000, 12

#: By how much, in pixels, something may lie behind a large triangle that is left out for it.
_ALIKE = 2.0


@inner_kernel
def _is_hidden(
    corners: NDArray[np.float64],
    f: int,
    is_large: bool,
    lowest: float,
    step: float,
    pixel_mm: float,
    width: int,
    nearest: NDArray[np.int64],
) -> bool:
    """Whether each pixel that triangle f touches sees something nearer already."""
    ax, ay, az = corners[f, 0, 0], corners[f, 0, 1], corners[f, 0, 2]
    bx, by, bz = corners[f, 1, 0], corners[f, 1, 1], corners[f, 1, 2]
    cx, cy, cz = corners[f, 2, 0], corners[f, 2, 1], corners[f, 2, 2]
    twice = bx * cy - by * cx
    if twice == 0.0:
        return False
    slope_x = (bz * cy - by * cz) / twice
    slope_y = (bx * cz - bz * cx) / twice
    # From the middle of a pixel to its corner.
    within = 0.5 * (abs(slope_x) + abs(slope_y))
    margin = min(within, _ALIKE * pixel_mm) if is_large else -within - 2.0 * step
    height = nearest.shape[0] // width
    # All pixels that it touches, be it by rounding.
    reach = 0.5 + 1e-6
    first = max(math.ceil(ay + min(0.0, by, cy) - 0.5 - reach), 0)
    last = min(math.floor(ay + max(0.0, by, cy) - 0.5 + reach), height - 1)
    for row in range(first, last + 1):
        middle = row + 0.5 - ay
        left = np.inf
        right = -np.inf
        for i in range(3):
            # The part of each side that lies in the row.
            px = bx if i == 1 else (cx if i == 2 else 0.0)
            py = by if i == 1 else (cy if i == 2 else 0.0)
            qx = bx if i == 0 else (cx if i == 1 else 0.0)
            qy = by if i == 0 else (cy if i == 1 else 0.0)
            low = max(min(py, qy), middle - reach)
            high = min(max(py, qy), middle + reach)
            if low > high:
                continue
            if py != qy:
                rise = (qx - px) / (qy - py)
                qx = px + (high - py) * rise
                px += (low - py) * rise
            left = min(left, px, qx)
            right = max(right, px, qx)
        if left > right:
            continue
        begin = max(math.ceil(ax + left - 0.5 - reach), 0)
        end = min(math.floor(ax + right - 0.5 + reach), width - 1)
        depth = az + middle * slope_y - lowest + margin
        for column in range(begin, end + 1):
            seen = nearest[row * width + column]
            x = column + 0.5 - ax
            if seen == NOTHING:
                # Along the rim of a large triangle a pixel may see nothing of one that is a bit larger still.
                u = (x * cy - middle * cx) / twice
                v = (bx * middle - by * x) / twice
                if not is_large or (u >= 0.0 and v >= 0.0 and u + v <= 1.0):
                    return False
            elif (seen >> 31) * step > depth + x * slope_x:
                return False
    return True


@kernel
def cover_pixels(
    corners: NDArray[np.float64],
    along: NDArray[np.int64],
    across: NDArray[np.int64],
    order: NDArray[np.int64],
    lowest: float,
    step: float,
    pixel_mm: float,
    width: int,
    nearest: NDArray[np.int64],
) -> int:
    """Cover triangles with points.

    corners : (F, 3, 3) float64
        Of each triangle a, and the ways to b and c: x and y in pixels from the upper left, depth in mm.
    along, across : (F,) int64
        Number of points in a row, from a to b, and of rows.
    order : (F,) int64
        The triangles, the nearest first.
    lowest, step : float
        Depth in mm that counts 0, and that of one step.
    pixel_mm : float
        Side of a pixel.
    width : int
        Pixels in a row of the picture.
    nearest : (width height,) int64
        Steps of depth · 2³¹ + triangle of the nearest point, `NOTHING` for none; written.

    Returns
    -------
    int
        Number of points.

    """
    height = nearest.shape[0] // width
    points = 0
    for f in order:
        count = along[f] * across[f]
        is_large = count >= _LARGE and across[f] >= _WIDE
        if _is_hidden(corners, f, is_large, lowest, step, pixel_mm, width, nearest):
            continue
        points += count
        ax, ay, az = corners[f, 0, 0], corners[f, 0, 1], corners[f, 0, 2]
        bx, by, bz = corners[f, 1, 0], corners[f, 1, 1], corners[f, 1, 2]
        cx, cy, cz = corners[f, 2, 0], corners[f, 2, 1], corners[f, 2, 2]
        last_column = max(along[f] - 1, 1)
        last_row = max(across[f] - 1, 1)
        for j in range(across[f]):
            v = j / last_row
            for i in range(along[f]):
                u = i / last_column * (1.0 - v)
                x = ax + u * bx + v * cx
                y = ay + u * by + v * cy
                if x < 0.0 or y < 0.0 or x >= width or y >= height:
                    continue
                pixel = int(y) * width + int(x)
                steps = (az + u * bz + v * cz - lowest) / step
                whole = math.floor(steps)
                # Halves go to the even number, as NumPy has it.
                if steps - whole > 0.5 or (steps - whole == 0.5 and int(whole) % 2 == 1):
                    whole += 1
                key = (int(whole) << 31) | f
                nearest[pixel] = min(nearest[pixel], key)
    return points
