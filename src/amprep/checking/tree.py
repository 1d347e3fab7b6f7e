"""A tree of boxes over a mesh's triangles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.box_tree import LEAF, fill_tree
from amprep.model.arrays import box_of, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TriangleTree"]

#: Bits per axis of the curve that orders the triangles.
_BITS = 20


@dataclass(frozen=True, slots=True, eq=False)
class TriangleTree:
    """Boxes of triangles and of groups of them; all arrays read-only.

    order : (F,) int32
        The triangles in the order of the leaves.
    boxes : (F, 6) float64, mm
        Of each triangle, in that order: low x y z, high x y z.
    nodes : (2 m, 6) float64, mm
        As `amprep.kernels.box_tree` describes them.
    """

    order: NDArray[np.int32]
    boxes: NDArray[np.float64]
    nodes: NDArray[np.float64]

    @classmethod
    def over(cls, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> TriangleTree:
        """The tree of a mesh.

        Parameters
        ----------
        vertices : (V, 3) float64, mm
        faces : (F, 3) int32
            At least one.

        """
        order = _along_curve(vertices, faces)
        leaves = 1
        while leaves * LEAF < len(faces):
            leaves *= 2
        boxes = np.empty((len(faces), 6))
        nodes = np.empty((2 * leaves, 6))
        fill_tree(read_only(vertices), read_only(faces), order, boxes, nodes)
        return cls(order, read_only(boxes), read_only(nodes))


def _along_curve(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """(F,) int32: triangles ordered by the Morton number of their middles."""
    low, high = box_of(vertices)
    span = float((high - low).max()) or 1.0
    code = np.zeros(len(faces), dtype=np.uint64)
    for axis in range(3):
        middle = vertices[faces, axis].mean(axis=1)
        step = ((middle - low[axis]) / span * (2**_BITS - 1)).astype(np.uint64)
        code |= _spread(step) << np.uint64(axis)
    return read_only(np.argsort(code, kind="stable").astype(np.int32))


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
