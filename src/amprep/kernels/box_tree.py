"""A tree of boxes over triangles: which triangles may meet, and which lie above a point.

::

                  1                 Node i holds the boxes of 2 i and 2 i + 1; the leaves are m … 2 m - 1,
               ╱     ╲              m a power of 2, and leaf l holds the triangles 4 l … 4 l + 3 of the
             2         3            order that is given. Leaves behind the last triangle have empty boxes.
            ╱ ╲       ╱ ╲

Algorithm
    The order follows a curve through space (Morton), so that triangles of a leaf lie near each other. The
    boxes are filled from the leaves up.

Degeneracy rule
    Boxes that touch meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAF", "boxes_meet", "fill_tree"]

#: Triangles per leaf.
LEAF = 4


@inner_kernel
def boxes_meet(a: NDArray[np.float64], i: int, b: NDArray[np.float64], j: int) -> bool:
    """Whether row i of one array of boxes and row j of another touch or overlap; low x y z, high x y z."""
    return bool(
        a[i, 0] <= b[j, 3]
        and b[j, 0] <= a[i, 3]
        and a[i, 1] <= b[j, 4]
        and b[j, 1] <= a[i, 4]
        and a[i, 2] <= b[j, 5]
        and b[j, 2] <= a[i, 5]
    )


@kernel
def fill_tree(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    order: NDArray[np.int32],
    boxes: NDArray[np.float64],
    nodes: NDArray[np.float64],
) -> None:
    """Boxes of the triangles in their order, and of the tree's nodes.

    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    order : (F,) int32
    boxes : (F, 6) float64, mm
        Row p belongs to triangle ``order[p]``; written.
    nodes : (2 m, 6) float64, mm
        Written; row 0 is not used.
    """
    count = order.shape[0]
    leaves = nodes.shape[0] // 2
    for i in range(nodes.shape[0]):
        for k in range(3):
            nodes[i, k] = np.inf
            nodes[i, k + 3] = -np.inf
    for p in range(count):
        leaf = leaves + p // LEAF
        for k in range(3):
            a = vertices[faces[order[p], 0], k]
            b = vertices[faces[order[p], 1], k]
            c = vertices[faces[order[p], 2], k]
            boxes[p, k] = min(a, b, c)
            boxes[p, k + 3] = max(a, b, c)
            nodes[leaf, k] = min(nodes[leaf, k], boxes[p, k])
            nodes[leaf, k + 3] = max(nodes[leaf, k + 3], boxes[p, k + 3])
    for i in range(leaves - 1, 0, -1):
        for k in range(3):
            nodes[i, k] = min(nodes[2 * i, k], nodes[2 * i + 1, k])
            nodes[i, k + 3] = max(nodes[2 * i, k + 3], nodes[2 * i + 1, k + 3])
