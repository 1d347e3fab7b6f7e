"""Which shells enclose points: signed crossings of the vertical above each point, shell by shell.

::

            │   -1                 a triangle seen from inside, its normal up, counts 1, one seen from
        ┌───┼────┐                 outside -1; the sum over a shell's triangles above the point is how
        │   │    │  +1             often the shell winds around it.
        │   ·    │

Algorithm
    A walk through the tree of boxes finds the triangles over or under the point. Whether the vertical meets
    a triangle is read from a horizontal through the point in the projection, by edges that rise or fall
    past it; whether the triangle is above is the side of its plane. All signs are exact.

Degeneracy rule
    A corner as high as the horizontal counts as above it, and a point on a projected edge as right of it,
    the same for both triangles at the edge. A point exactly in a triangle is not below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.box_tree import LEAF
from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.predicates import orient2d, orient3d

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["winding_by_shell"]

_DEPTH = 64


@inner_kernel
def _turns(vertices: NDArray[np.float64], faces: NDArray[np.int32], f: int, p: int) -> int:
    """How often the projected triangle winds around a point: -1, 0 or 1."""
    turns = 0
    y = vertices[p, 1]
    for i in range(3):
        a = faces[f, i]
        b = faces[f, (i + 1) % 3]
        rises = vertices[a, 1] <= y < vertices[b, 1]
        falls = vertices[b, 1] <= y < vertices[a, 1]
        if not rises and not falls:
            continue
        low = a if rises else b
        high = b if rises else a
        side = orient2d(
            vertices[low, 0],
            vertices[low, 1],
            vertices[high, 0],
            vertices[high, 1],
            vertices[p, 0],
            vertices[p, 1],
        )
        if side > 0:
            turns += 1 if rises else -1
    return turns


@kernel
def winding_by_shell(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    label: NDArray[np.int32],
    order: NDArray[np.int32],
    boxes: NDArray[np.float64],
    nodes: NDArray[np.float64],
    begin: int,
    own: NDArray[np.int32],
    tally: NDArray[np.int32],
    rows: NDArray[np.int32],
) -> int:
    """How often other shells wind around points.

    vertices : (V + N, 3) float64, mm
        The points are the last ones, from `begin`.
    faces : (F, 3) int32
    label : (F,) int32
        Shell of each triangle.
    order : (F,) int32
    boxes : (F, 6) float64, mm
    nodes : (2 m, 6) float64, mm
        As `fill_tree` makes them.
    own : (N,) int32
        Shell of each point, which is left out.
    tally : (shells,) int32
        Zeros; zeros again in the end.
    rows : (n, 3) int32
        Point from 0, shell, winding number other than 0; written.

    Returns
    -------
    int
        Number of rows, -1 when they do not suffice.

    """
    count = order.shape[0]
    leaves = nodes.shape[0] // 2
    node = np.empty(_DEPTH, dtype=np.int64)
    touched = np.empty(tally.shape[0], dtype=np.int32)
    written: Any = np.int64(0)
    for n in range(own.shape[0]):
        p = begin + n
        x = vertices[p, 0]
        y = vertices[p, 1]
        z = vertices[p, 2]
        met = 0
        node[0] = 1
        depth = 1
        while depth > 0:
            depth -= 1
            i = node[depth]
            if x < nodes[i, 0] or x > nodes[i, 3] or y < nodes[i, 1] or y > nodes[i, 4] or z > nodes[i, 5]:
                continue
            if i < leaves:
                node[depth] = 2 * i + 1
                node[depth + 1] = 2 * i
                depth += 2
                continue
            first = (i - leaves) * LEAF
            for q in range(first, min(first + LEAF, count)):
                f = order[q]
                if label[f] == own[n] or z > boxes[q, 5]:
                    continue
                turns = _turns(vertices, faces, f, p)
                if turns == 0:
                    continue
                side = orient3d(vertices, faces[f, 0], faces[f, 1], p, faces[f, 2])
                if side * turns < 0:
                    if tally[label[f]] == 0:
                        touched[met] = label[f]
                        met += 1
                    tally[label[f]] += turns
                    if tally[label[f]] == 0:
                        # Out of the list again, so that no shell stands twice in it.
                        for k in range(met):
                            if touched[k] == label[f]:
                                met -= 1
                                touched[k] = touched[met]
                                break
        for k in range(met):
            if written < rows.shape[0]:
                rows[written, 0] = n
                rows[written, 1] = touched[k]
                rows[written, 2] = tally[touched[k]]
            tally[touched[k]] = 0
            written += 1
    return written if written <= rows.shape[0] else -1
