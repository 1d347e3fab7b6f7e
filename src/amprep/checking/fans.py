r"""Which triangles of a fan may meet apart from its corner: a tree of directions.

::

      \   |   /        all boxes of the triangles around a corner meet in it; the arcs in which the
       \__|__/         triangles are seen from there meet only where the triangles share more than the
        \ | /          corner: what they share is convex, so it goes on in one direction from it
         \|/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.tree import TriangleTree
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["directions_of_fans"]

#: Boxes of directions from one corner are at most 4 wide; so far apart are those of different fans.
_APART = 5.0

#: Rounding of directions, and of their places, is far less.
_SLACK = 1e-9


def directions_of_fans(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], fan: NDArray[np.int32]
) -> tuple[TriangleTree, NDArray[np.int32]] | None:
    """A tree over the arcs in which triangles of fans are seen from its corner; none where there are no fans.

    Parameters
    ----------
    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    fan : (F,) int32
        As of `TriangleTree`.

    Returns
    -------
    tree : TriangleTree
        Of boxes in a space of directions, without unit.
    order : (n,) int32
        Triangles of the mesh in the order of the tree; read-only.

    """
    chosen = np.flatnonzero(fan >= 0)
    if not len(chosen):
        return None
    size = np.bincount(faces.reshape(-1))
    own = faces[chosen]
    first = size[own].argmax(axis=1)[:, None]
    middle, a, b = (np.take_along_axis(own, (first + i) % 3, axis=1)[:, 0] for i in range(3))
    to_a, to_b = (_unit(vertices[end] - vertices[middle]) for end in (a, b))
    # No point of an arc is farther from its chord than the square of half the chord.
    bulge = ((to_b - to_a) ** 2).sum(axis=1, keepdims=True) / 4 + _SLACK
    place = np.zeros((len(chosen), 3))
    place[:, 0] = _APART * fan[chosen]
    low = np.minimum(to_a, to_b) - bulge + place
    high = np.maximum(to_a, to_b) + bulge + place
    one = np.arange(len(chosen), dtype=np.int32)
    tree = TriangleTree.over(
        np.concatenate([low, high]), np.column_stack([one, one + len(one), one + len(one)])
    )
    return tree, read_only(chosen[tree.order].astype(np.int32))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    # A way of no length has no direction, but must not spoil the boxes of others.
    length = np.maximum(np.sqrt((vectors**2).sum(axis=1, keepdims=True)), 1e-300)
    unit: NDArray[np.float64] = vectors / length
    return unit
