"""Exact signs: on which side of a line or a plane a point lies, without rounding.

::

        orient3d(a, b, c, d)  > 0            c                 d on the line or plane gives 0, and only then:
                                            ╱ ╲   d below      a vertex that touches is told from one that
        a, b, c counter-clockwise          a───b               pierces by the last bit.
        as seen from above d

Algorithm
    The determinant is computed in float64 with Shewchuk's bound of its error (1997,
    doi:10.1007/PL00009321). Where the bound does not decide, all products are taken exactly, as sums of
    numbers that do not overlap, and added into one such sum, whose largest number has the sign.

Degeneracy rule
    None is needed: 0 means exactly on it. Coordinates must not be so small or large that their triple
    products leave the range of float64; those of a mesh in mm never are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNCERTAIN", "orient2d", "orient2d_quick", "orient3d"]

#: What `orient2d_quick` gives where rounding may have decided.
UNCERTAIN = 2

#: Shewchuk's error bounds of the plain determinants, in units of their terms' absolute sum.
_BOUND_2D = 3.3306690738754716e-16
_BOUND_3D = 7.771561172376103e-16

#: 2²⁷ + 1 splits a float64 into two halves.
_SPLITTER = 134217729.0


@inner_kernel
def _product(x: float, y: float) -> tuple[float, float]:
    """X y as the rounded product and what rounding took from it."""
    high = x * y
    c = _SPLITTER * x
    x_high = c - (c - x)
    x_low = x - x_high
    c = _SPLITTER * y
    y_high = c - (c - y)
    y_low = y - y_high
    low = x_low * y_low - (((high - x_high * y_high) - x_low * y_high) - x_high * y_low)
    return high, low


@inner_kernel
def _difference(x: float, y: float) -> tuple[float, float]:
    """X - y as the rounded difference and what rounding took from it."""
    high = x - y
    shadow = x - high
    low = (x - (high + shadow)) + (shadow - y)
    return high, low


@inner_kernel
def _add(total: NDArray[np.float64], count: int, x: float) -> int:
    """Add x to a sum of numbers that do not overlap, smallest first; returns how many there are then."""
    if x == 0.0:
        return count
    kept = 0
    for i in range(count):
        y = total[i]
        both = x + y
        shadow = both - x
        rest = (x - (both - shadow)) + (y - shadow)
        x = both
        if rest != 0.0:
            total[kept] = rest
            kept += 1
    if x != 0.0:
        total[kept] = x
        kept += 1
    return kept


@inner_kernel
def _sign(total: NDArray[np.float64], count: int) -> int:
    if count == 0:
        return 0
    return 1 if total[count - 1] > 0.0 else -1


@inner_kernel
def _orient2d_exact(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    # Rows a - c and b - c; x and y as high and low parts.
    m = np.empty((2, 2, 2), dtype=np.float64)
    m[0, 0, 0], m[0, 0, 1] = _difference(ax, cx)
    m[0, 1, 0], m[0, 1, 1] = _difference(ay, cy)
    m[1, 0, 0], m[1, 0, 1] = _difference(bx, cx)
    m[1, 1, 0], m[1, 1, 1] = _difference(by, cy)
    total = np.empty(16, dtype=np.float64)
    count: Any = np.int64(0)
    for term in range(2):
        sign = 1.0 - 2.0 * term
        for i in range(2):
            x = sign * m[0, term, i]
            if x == 0.0:
                continue
            for j in range(2):
                high, low = _product(x, m[1, 1 - term, j])
                count = _add(total, count, low)
                count = _add(total, count, high)
    return _sign(total, count)


@inner_kernel
def orient2d_quick(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """As `orient2d`, but `UNCERTAIN` where rounding may have decided."""
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    det = left - right
    bound = _BOUND_2D * (abs(left) + abs(right))
    if det > bound:
        return 1
    if det < -bound:
        return -1
    if left == 0.0 and right == 0.0 and (ax == cx or by == cy) and (ay == cy or bx == cx):
        return 0
    return UNCERTAIN


@inner_kernel
def orient2d(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """1 where c lies left of the line from a to b, -1 right of it, 0 on it; exact."""
    sign = orient2d_quick(ax, ay, bx, by, cx, cy)
    if sign != UNCERTAIN:
        return sign
    return _orient2d_exact(ax, ay, bx, by, cx, cy)


@inner_kernel
def _orient3d_exact(vertices: NDArray[np.float64], a: int, b: int, c: int, d: int) -> int:
    m = np.empty((3, 3, 2), dtype=np.float64)
    for k in range(3):
        m[0, k, 0], m[0, k, 1] = _difference(vertices[a, k], vertices[d, k])
        m[1, k, 0], m[1, k, 1] = _difference(vertices[b, k], vertices[d, k])
        m[2, k, 0], m[2, k, 1] = _difference(vertices[c, k], vertices[d, k])
    total = np.empty(192, dtype=np.float64)
    count: Any = np.int64(0)
    for first in range(3):
        for odd in range(2):
            second = (first + 1 + odd) % 3
            third = 3 - first - second
            for i in range(2):
                x = m[0, first, i]
                if odd == 1:
                    x = -x
                if x == 0.0:
                    continue
                for j in range(2):
                    y = m[1, second, j]
                    if y == 0.0:
                        continue
                    high, low = _product(x, y)
                    for k in range(2):
                        z = m[2, third, k]
                        if z == 0.0:
                            continue
                        part, rest = _product(low, z)
                        count = _add(total, count, rest)
                        count = _add(total, count, part)
                        part, rest = _product(high, z)
                        count = _add(total, count, rest)
                        count = _add(total, count, part)
    return _sign(total, count)


@inner_kernel
def orient3d(vertices: NDArray[np.float64], a: int, b: int, c: int, d: int) -> int:
    """1 where a, b, c turn counter-clockwise as seen from the side away from d, -1 clockwise, 0 in a plane.

    vertices : (V, 3) float64, mm
    """
    adx = vertices[a, 0] - vertices[d, 0]
    ady = vertices[a, 1] - vertices[d, 1]
    adz = vertices[a, 2] - vertices[d, 2]
    bdx = vertices[b, 0] - vertices[d, 0]
    bdy = vertices[b, 1] - vertices[d, 1]
    bdz = vertices[b, 2] - vertices[d, 2]
    cdx = vertices[c, 0] - vertices[d, 0]
    cdy = vertices[c, 1] - vertices[d, 1]
    cdz = vertices[c, 2] - vertices[d, 2]
    bc = bdx * cdy
    cb = cdx * bdy
    ca = cdx * ady
    ac = adx * cdy
    ab = adx * bdy
    ba = bdx * ady
    det = adz * (bc - cb) + bdz * (ca - ac) + cdz * (ab - ba)
    size = (abs(bc) + abs(cb)) * abs(adz) + (abs(ca) + abs(ac)) * abs(bdz) + (abs(ab) + abs(ba)) * abs(cdz)
    bound = _BOUND_3D * size
    if det > bound:
        return 1
    if det < -bound:
        return -1
    # Corners that lie in one plane across an axis, as on the flat sides of most parts.
    if (
        (adz == 0.0 and bdz == 0.0 and cdz == 0.0)
        or (ady == 0.0 and bdy == 0.0 and cdy == 0.0)
        or (adx == 0.0 and bdx == 0.0 and cdx == 0.0)
    ):
        return 0
    return _orient3d_exact(vertices, a, b, c, d)
