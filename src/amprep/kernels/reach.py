"""Which lasers reach a place, and which of them works there.

::

    ┌───────────┬ ─ ─ ┐          A mask has bit k set where laser k reaches. A tree of seams divides places
    │  mask 1   │  3  :  2       of one mask among its lasers: each node is a seam with a direction, its
    └───────────┴ ─ ─ ┘          children are other nodes, or lasers.

          u < seam │ u > seam    A seam stands at one of two places, in bands along it that alternate:
    band i   ──────┘             u is the way across, v along. Bands and places lie on a grid that is
    band i+1     └─────          another one in each of some layers.

Algorithm
    Fields are compared one by one (`zones` does so for many places at once). The tree is walked down from the
    root of the mask.

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
    "laser_at",
    "mask_at",
    "nominal_mask",
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
