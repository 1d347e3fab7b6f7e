"""A tree of boxes over a mesh's triangles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.box_tree import LEAF, fill_tree
from amprep.model.arrays import box_of, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TriangleTree", "common_of_nodes"]

#: Bits per axis of the curve that orders the triangles.
_BITS = 20

#: Triangles that are a large fan: with fewer, all pairs of them are soon looked at.
_LARGE = 256


@dataclass(frozen=True, slots=True, eq=False)
class TriangleTree:
    """Boxes of triangles and of groups of them; all arrays read-only.

    order : (F,) int32
        The triangles in the order of the leaves.
    boxes : (F, 6) float64, mm
        Of each triangle, in that order: low x y z, high x y z.
    nodes : (2 m, 6) float64, mm
        As `amprep.kernels.box_tree` describes them.
    fan : (F,) int32
        Number of the fan of each triangle, in the order of the mesh; -1 for none, see `_large_fans`.
    node_fan : (2 m,) int32
        Number of the fan that all triangles of a node belong to, -1 for none.
    """

    order: NDArray[np.int32]
    boxes: NDArray[np.float64]
    nodes: NDArray[np.float64]
    fan: NDArray[np.int32]
    node_fan: NDArray[np.int32]

    @classmethod
    def over(cls, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> TriangleTree:
        """The tree of a mesh.

        Parameters
        ----------
        vertices : (V, 3) float64, mm
        faces : (F, 3) int32
            At least one.

        """
        fan = _large_fans(faces)
        # A fan lies together, so that few nodes hold all of it.
        order = np.lexsort((_along_curve(vertices, faces), fan)).astype(np.int32)
        leaves = 1
        while leaves * LEAF < len(faces):
            leaves *= 2
        boxes = np.empty((len(faces), 6))
        nodes = np.empty((2 * leaves, 6))
        order = read_only(order)
        fill_tree(read_only(vertices), read_only(faces), order, boxes, nodes)
        return cls(
            order,
            read_only(boxes),
            read_only(nodes),
            read_only(fan),
            read_only(common_of_nodes(fan[order], leaves)),
        )


def _large_fans(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """(F,) int32: number of the fan of each triangle, -1 for none.

    A fan are very many triangles around one corner, as on the end of a cylinder. A triangle of several
    belongs to the largest.
    """
    size = np.bincount(faces.reshape(-1))
    middle = np.take_along_axis(faces, size[faces].argmax(axis=1)[:, None], axis=1)[:, 0]
    fan = np.full(len(faces), -1, dtype=np.int32)
    is_fan = size[middle] >= _LARGE
    fan[is_fan] = np.unique(middle[is_fan], return_inverse=True)[1].reshape(-1)
    return fan


def common_of_nodes(fan: NDArray[np.int32], leaves: int) -> NDArray[np.int32]:
    """(2 m,) int32: the number that all triangles of a node share, -1 for none.

    fan : (F,) int32
        Numbers, as of fans or of shells, of the triangles in the order of the leaves.
    leaves : int
        Leaves of the tree, m.
    """
    nodes = np.full(2 * leaves, -1, dtype=np.int32)
    # Leaves behind the last triangle are empty, so they may belong to any fan.
    of_leaf = np.pad(fan, (0, leaves * LEAF - len(fan)), mode="edge").reshape(leaves, LEAF)
    nodes[leaves:] = np.where((of_leaf == of_leaf[:, :1]).all(axis=1), of_leaf[:, 0], -1)
    while leaves > 1:
        below = nodes[leaves : 2 * leaves].reshape(-1, 2)
        leaves //= 2
        nodes[leaves : 2 * leaves] = np.where(below[:, 0] == below[:, 1], below[:, 0], -1)
    return nodes


def _along_curve(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.uint64]:
    """(F,) uint64: Morton number of each triangle's middle."""
    low, high = box_of(vertices)
    span = float((high - low).max()) or 1.0
    code = np.zeros(len(faces), dtype=np.uint64)
    for axis in range(3):
        middle = vertices[faces, axis].mean(axis=1)
        step = ((middle - low[axis]) / span * (2**_BITS - 1)).astype(np.uint64)
        code |= _spread(step) << np.uint64(axis)
    return code


def _spread(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put two zeros between the bits of numbers below 2²¹."""
    for shift, mask in (
        (32, 0x1F00000000FFFF),
        (16, 0x1F0000FF0000FF),
        (8, 0x100F00F00F00F00F),
        (4, 0x10C30C30C30C30C3),
        (2, 0x1249249249249249),
    ):
        x = (x | (x << np.uint64(shift))) & np.uint64(mask)
    return x
