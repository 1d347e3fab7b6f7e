"""Which lasers reach a place, and which of them works there.

::

    ┌───────────┬ ─ ─ ┐          A mask has bit k set where laser k reaches. A tree of seams divides places
    │  mask 1   │  3  :  2       of one mask among its lasers: each node is a seam with a direction, its
    └───────────┴ ─ ─ ┘          children are other nodes, or lasers.

          u < seam │ u > seam    A seam stands at one of two places, in bands along it that alternate:
    band i   ──────┘             u is the way across, v along. Bands and places lie on a grid that is
    band i+1     └─────          another one in each of some layers.

Algorithm
    Borders of rectangles divide the platform into zones, which a table lists; circles are compared one by
    one. The tree is walked down from the root of the mask.

Degeneracy rule
    A border belongs to its field. A place on a seam belongs to the side behind it. Where the fields as
    drawn in reach nothing, the whole fields count.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "HIGH",
    "LOW",
    "NODE_COLUMNS",
    "SHARE",
    "STRAIGHT",
    "border_crossings",
    "enter_zone",
    "laser_at",
    "mask_at",
    "nominal_mask",
    "zones_of",
]

#: Columns of a node: direction across the seam, its two places and how many of its bands stand at the higher
#: one, where it would stand if it were straight, and the lower end and width of the bins of its histogram.
NODE_COLUMNS = 8
LOW = 2
HIGH = 3
SHARE = 4
STRAIGHT = 5


@inner_kernel
def mask_at(reach: NDArray[np.float64], which: Any, x: float, y: float) -> Any:
    """Lasers that reach a place, by the fields `which` of `reach`.

    reach : (2, L, 7) float64
        Fields drawn in, and whole: x0, y0, x1, y1, centre, squared radius (infinite for a rectangle).
    """
    mask: Any = np.int64(0)
    bit: Any = np.int64(1)
    for k in range(reach.shape[1]):
        if reach[which, k, 0] <= x <= reach[which, k, 2] and reach[which, k, 1] <= y <= reach[which, k, 3]:
            dx = x - reach[which, k, 4]
            dy = y - reach[which, k, 5]
            if dx * dx + dy * dy <= reach[which, k, 6]:
                mask |= bit
        bit += bit
    return mask


@inner_kernel
def nominal_mask(reach: NDArray[np.float64], x: float, y: float) -> Any:
    """Lasers that reach a place by the fields drawn in; by the whole ones where those reach nothing."""
    inner: Any = np.int64(0)
    whole: Any = np.int64(1)
    mask = mask_at(reach, inner, x, y)
    if mask == 0:
        mask = mask_at(reach, whole, x, y)
    return mask


@inner_kernel
def _cuts(reach: NDArray[np.float64], axis: Any) -> NDArray[np.float64]:
    """Borders of all fields along x or y, ascending, each once."""
    cuts = np.empty(4 * reach.shape[1], dtype=np.float64)
    n = 0
    for which in range(2):
        for k in range(reach.shape[1]):
            for side in range(axis, 4, 2):
                value = reach[which, k, side]
                b = n
                while b > 0 and cuts[b - 1] > value:
                    b -= 1
                if b > 0 and cuts[b - 1] == value:
                    continue
                for c in range(n, b, -1):
                    cuts[c] = cuts[c - 1]
                cuts[b] = value
                n += 1
    return cuts[:n]


@inner_kernel
def zones_of(reach: NDArray[np.float64]) -> Any:
    """The zones between the borders of rectangles, to be looked up by `enter_zone`.

    Returns
    -------
    x_cuts, y_cuts : (A,), (B,) float64, mm
    table : (A + 1, B + 1) int64
        As from `enter_zone`; empty where there are round fields.

    """
    along_x: Any = np.int64(0)
    along_y: Any = np.int64(1)
    whole: Any = np.int64(1)
    x_cuts = _cuts(reach, along_x)
    y_cuts = _cuts(reach, along_y)
    for k in range(reach.shape[1]):
        if reach[0, k, 6] < np.inf:
            return x_cuts, y_cuts, np.empty((0, 0), dtype=np.int64)
    table = np.empty((x_cuts.shape[0] + 1, y_cuts.shape[0] + 1), dtype=np.int64)
    for a in range(table.shape[0]):
        low = x_cuts[max(a - 1, 0)]
        x = 0.5 * (low + x_cuts[min(a, x_cuts.shape[0] - 1)]) + (-1.0 if a == 0 else 0.0)
        x += 1.0 if a == x_cuts.shape[0] else 0.0
        for b in range(table.shape[1]):
            low = y_cuts[max(b - 1, 0)]
            y = 0.5 * (low + y_cuts[min(b, y_cuts.shape[0] - 1)]) + (-1.0 if b == 0 else 0.0)
            y += 1.0 if b == y_cuts.shape[0] else 0.0
            table[a, b] = nominal_mask(reach, x, y) | (mask_at(reach, whole, x, y) << 32)
    return x_cuts, y_cuts, table


@inner_kernel
def enter_zone(
    reach: NDArray[np.float64], zones: tuple[Any, ...], x: float, y: float, box: NDArray[np.float64]
) -> Any:
    """Lasers that reach a place: low bits as of `nominal_mask`, from bit 32 on by the whole fields.

    Consecutive vectors lie in one zone nearly always: what is inside the open box needs no other call.

    box : (4,) float64, mm
        x0, x1, y0, y1; filled.
    """
    x_cuts, y_cuts, table = zones
    a = 0
    b = 0
    for k in range(x_cuts.shape[0]):
        a += x > x_cuts[k]
    for k in range(y_cuts.shape[0]):
        b += y > y_cuts[k]
    box[0] = x_cuts[a - 1] if a > 0 else -np.inf
    box[1] = x_cuts[a] if a < x_cuts.shape[0] else np.inf
    box[2] = y_cuts[b - 1] if b > 0 else -np.inf
    box[3] = y_cuts[b] if b < y_cuts.shape[0] else np.inf
    if table.shape[0] > 0 and x < box[1] and y < box[3]:
        return table[a, b]
    box[0] = np.inf
    whole: Any = np.int64(1)
    return nominal_mask(reach, x, y) | (mask_at(reach, whole, x, y) << 32)


@inner_kernel
def laser_at(
    root: NDArray[np.int64],
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
    grid: NDArray[np.float64],
    mask: Any,
    x: float,
    y: float,
) -> Any:
    """The laser that a tree of seams gives a place to.

    root : (2^L,) int64
        First node of the tree of each mask; below 0 the complement of a laser.
    nodes : (K, 8) float64
    children : (K, 2) int64
        In front of the seam and behind it, as in `root`.
    grid : (2,) float64, mm
        Width of bands, and where one begins.
    """
    node: Any = root[mask]
    while node >= 0:
        u = nodes[node, 0] * x + nodes[node, 1] * y
        place = nodes[node, 2]
        if nodes[node, 3] > place:
            band = math.floor((nodes[node, 0] * y - nodes[node, 1] * x - grid[1]) / grid[0])
            share = nodes[node, 4]
            if math.floor((band + 1.0) * share) > math.floor(band * share):
                place = nodes[node, 3]
        node = children[node, 0] if u < place else children[node, 1]
    return ~node


@inner_kernel
def _add(t: NDArray[np.float64], n: Any, value: float) -> Any:
    """Put a place into an ascending list, if it lies within the vector; how many there are then."""
    if not 0.0 < value < 1.0 or n >= t.shape[0] - 1:
        return n
    b = n - 1
    while b >= 0 and t[b] > value:
        t[b + 1] = t[b]
        b -= 1
    t[b + 1] = value
    return n + 1


@inner_kernel
def border_crossings(t: NDArray[np.float64], reach: NDArray[np.float64], ends: tuple[Any, ...]) -> Any:
    """Where a vector crosses borders of fields as they are drawn in; how many places."""
    x0, y0, dx, dy = ends
    n: Any = np.int64(0)
    for k in range(reach.shape[1]):
        for side in range(4):
            step = dx if side % 2 == 0 else dy
            way = reach[0, k, side] - (x0 if side % 2 == 0 else y0)
            if (way > 0.0) == (step > 0.0) and abs(way) < abs(step):
                n = _add(t, n, way / step)
        if reach[0, k, 6] < np.inf:
            ax = x0 - reach[0, k, 4]
            ay = y0 - reach[0, k, 5]
            a = dx * dx + dy * dy
            b = ax * dx + ay * dy
            root = b * b - a * (ax * ax + ay * ay - reach[0, k, 6])
            if root > 0.0 and a > 0.0:
                n = _add(t, n, (-b - math.sqrt(root)) / a)
                n = _add(t, n, (-b + math.sqrt(root)) / a)
    return n
