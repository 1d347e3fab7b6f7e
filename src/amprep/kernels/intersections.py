"""Triangles of a mesh that cut through each other or lie upon each other: an exact verdict.

::

           ╱╲                      ┌───────┐               a common corner or edge is none,
        ──╱──╲──  crossing: 1      │   ┌───┼───┐  flat: 2  nor is a touch without a common
         ╱    ╲                    └───┼───┘   │           inner point
                                       └───────┘

Algorithm
    Pairs come from a tree of boxes; those of one fan, whose boxes all meet in its corner, are left out, as
    another tree, of directions, gives them. A pair whose projections along the first triangle's main axis are
    parted by a line through an edge is done; that holds for nearly all. Otherwise the signs of all corners
    against the other's plane decide (Guigue and Devillers 2003, doi:10.1080/10867651.2003.10487580): both
    triangles must have corners strictly on both sides, and their stretches of the common line must overlap
    by more than a point. All signs are exact (`predicates`).

Degeneracy rule
    A triangle without area meets nothing. An edge that lies exactly in the other triangle's plane pierces
    it when the neighbours on both sides of that edge lie strictly on different sides of the plane and the
    edge has a point strictly within the triangle; the pair is counted with the triangle above the plane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.box_tree import LEAF, boxes_meet
from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.predicates import orient2d, orient2d_quick, orient3d

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CROSSING", "FLAT", "crossing_pairs"]

#: Kinds of pairs.
CROSSING = 1
FLAT = 2

#: Deepest stack of a walk through the tree; it has at most 2³⁰ leaves.
_DEPTH = 64


@inner_kernel
def _main_axis(vertices: NDArray[np.float64], a: int, b: int, c: int) -> int:
    """Axis along which the triangle's projection is largest; -1 where it has no area."""
    best = -1
    largest = -1.0
    for k in range(3):
        u = (k + 1) % 3
        w = (k + 2) % 3
        size = abs(
            (vertices[b, u] - vertices[a, u]) * (vertices[c, w] - vertices[a, w])
            - (vertices[b, w] - vertices[a, w]) * (vertices[c, u] - vertices[a, u])
        )
        if size > largest:
            side = orient2d(
                vertices[a, u], vertices[a, w], vertices[b, u], vertices[b, w], vertices[c, u], vertices[c, w]
            )
            if side != 0:
                best = k
                largest = size
    return best


@inner_kernel
def _side2d(vertices: NDArray[np.float64], a: int, b: int, c: int, axis: int, exact: bool) -> int:
    """Side of the line a b that c lies on, seen along an axis; exact, or `UNCERTAIN` where it is unclear."""
    if c in (a, b):
        return 0
    u = (axis + 1) % 3
    w = (axis + 2) % 3
    ax, ay = vertices[a, u], vertices[a, w]
    bx, by = vertices[b, u], vertices[b, w]
    cx, cy = vertices[c, u], vertices[c, w]
    if exact:
        return orient2d(ax, ay, bx, by, cx, cy)
    return orient2d_quick(ax, ay, bx, by, cx, cy)


@inner_kernel
def _parted_by_edge(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    f: int,
    g: int,
    axis: int,
    exact: bool,
) -> bool:
    """Whether a line through an edge of f has f on one side and nothing of g there, seen along an axis."""
    for i in range(3):
        a = faces[f, i]
        b = faces[f, (i + 1) % 3]
        side = _side2d(vertices, a, b, faces[f, (i + 2) % 3], axis, exact)
        if side not in (1, -1):
            continue
        parted = True
        for k in range(3):
            other = _side2d(vertices, a, b, faces[g, k], axis, exact)
            if other not in (0, -side):
                parted = False
                break
        if parted:
            return True
    return False


@inner_kernel
def _side_of_plane(vertices: NDArray[np.float64], faces: NDArray[np.int32], f: int, v: int) -> int:
    """Side of triangle f's plane that vertex v lies on: 1 where its normal points to."""
    if v in (faces[f, 0], faces[f, 1], faces[f, 2]):
        return 0
    return orient3d(vertices, faces[f, 0], faces[f, 1], v, faces[f, 2])


@inner_kernel
def _lone(sides: NDArray[np.int64]) -> int:
    """Of corners on both sides of a plane, one that is alone on its side."""
    for i in range(3):
        j = (i + 1) % 3
        k = (i + 2) % 3
        if sides[i] != 0 and sides[j] != sides[i] and sides[k] != sides[i]:
            return i
    return 0


@inner_kernel
def _stretches_overlap(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    f: int,
    g: int,
    sides_f: NDArray[np.int64],
    sides_g: NDArray[np.int64],
) -> bool:
    """Whether triangles that each lie on both sides of the other's plane share more than a point."""
    i = _lone(sides_f)
    j = _lone(sides_g)
    p1, q1, r1 = faces[f, i], faces[f, (i + 1) % 3], faces[f, (i + 2) % 3]
    p2, q2, r2 = faces[g, j], faces[g, (j + 1) % 3], faces[g, (j + 2) % 3]
    if sides_f[i] < 0:
        q2, r2 = r2, q2
    if sides_g[j] < 0:
        q1, r1 = r1, q1
    return orient3d(vertices, q2, p2, p1, q1) < 0 and orient3d(vertices, r2, p2, r1, p1) < 0


@inner_kernel
def _edge_pierces(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    f: int,
    g: int,
    axis: int,
    sides: NDArray[np.int64],
) -> bool:
    """Whether an edge of g in f's plane lies within f, and the mesh of g passes through the plane there."""
    for i in range(3):
        j = (i + 1) % 3
        k = (i + 2) % 3
        # From above only, so that the two triangles at the edge count once.
        if sides[i] != 0 or sides[j] != 0 or sides[k] <= 0:
            continue
        h = neighbours[g, i]
        if h < 0:
            return False
        a = faces[g, i]
        b = faces[g, j]
        beyond: Any = np.int64(0)
        for m in range(3):
            v = faces[h, m]
            if v not in (a, b):
                beyond = _side_of_plane(vertices, faces, f, v)
        if beyond >= 0:
            return False
        # The edge meets the open triangle unless a line through one of f's edges has both ends outside,
        # or the line through the edge has f on one side.
        for m in range(3):
            p = faces[f, m]
            q = faces[f, (m + 1) % 3]
            inner = _side2d(vertices, p, q, faces[f, (m + 2) % 3], axis, True)
            if (
                _side2d(vertices, p, q, a, axis, True) != inner
                and _side2d(vertices, p, q, b, axis, True) != inner
            ):
                return False
        left = 0
        right = 0
        for m in range(3):
            side = _side2d(vertices, a, b, faces[f, m], axis, True)
            if side > 0:
                left += 1
            if side < 0:
                right += 1
        return left > 0 and right > 0
    return False


@inner_kernel
def _kind(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    f: int,
    g: int,
    sides_f: NDArray[np.int64],
    sides_g: NDArray[np.int64],
) -> int:
    """0, `CROSSING` or `FLAT` for a pair of triangles whose boxes meet."""
    common = 0
    for i in range(3):
        if faces[f, i] in (faces[g, 0], faces[g, 1], faces[g, 2]):
            common += 1
    # The same triangle twice is no crossing, and is counted elsewhere.
    if common == 3:
        return 0
    axis = _main_axis(vertices, faces[f, 0], faces[f, 1], faces[f, 2])
    if axis < 0:
        return 0
    if _parted_by_edge(vertices, faces, f, g, axis, False) or _parted_by_edge(
        vertices, faces, g, f, axis, False
    ):
        return 0
    above = 0
    below = 0
    for i in range(3):
        sides_g[i] = _side_of_plane(vertices, faces, f, faces[g, i])
        above += sides_g[i] > 0
        below += sides_g[i] < 0
    if above == 3 or below == 3:
        return 0
    axis_g = _main_axis(vertices, faces[g, 0], faces[g, 1], faces[g, 2])
    if axis_g < 0:
        return 0
    if above == 0 and below == 0:
        if _parted_by_edge(vertices, faces, f, g, axis, True) or _parted_by_edge(
            vertices, faces, g, f, axis, True
        ):
            return 0
        return FLAT
    above_f = 0
    below_f = 0
    for i in range(3):
        sides_f[i] = _side_of_plane(vertices, faces, g, faces[f, i])
        above_f += sides_f[i] > 0
        below_f += sides_f[i] < 0
    if above > 0 and below > 0 and above_f > 0 and below_f > 0:
        if _stretches_overlap(vertices, faces, f, g, sides_f, sides_g):
            return CROSSING
        return 0
    if common >= 2:
        return 0
    if above + below == 1 and _edge_pierces(vertices, faces, neighbours, f, g, axis, sides_g):
        return CROSSING
    if above_f + below_f == 1 and _edge_pierces(vertices, faces, neighbours, g, f, axis_g, sides_f):
        return CROSSING
    return 0


@kernel
def crossing_pairs(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    order: NDArray[np.int32],
    boxes: NDArray[np.float64],
    nodes: NDArray[np.float64],
    fan: NDArray[np.int32],
    node_fan: NDArray[np.int32],
    begin: int,
    end: int,
    pairs: NDArray[np.int32],
) -> int:
    """Pairs of triangles that cut through or lie upon each other, the first at places begin … end - 1.

    vertices : (V, 3) float64, mm
    faces, neighbours : (F, 3) int32
    order : (F,) int32
    boxes : (F, 6) float64, mm
    nodes : (2 m, 6) float64, mm
        As `fill_tree` makes them.
    fan : (F,) int32
        Number of each triangle's fan, -1 for none; pairs of one fan are left out.
    node_fan : (2 m,) int32
        Number of the fan that all triangles of a node belong to, -1 for none.
    pairs : (n, 3) int32
        The two triangles and the kind; written. When it is full the search ends.

    Returns
    -------
    int
        Number of pairs.

    """
    count = order.shape[0]
    leaves = nodes.shape[0] // 2
    node = np.empty(_DEPTH, dtype=np.int64)
    width = np.empty(_DEPTH, dtype=np.int64)
    sides_f = np.empty(3, dtype=np.int64)
    sides_g = np.empty(3, dtype=np.int64)
    found = 0
    for p in range(begin, end):
        own = p // LEAF
        own_fan = fan[order[p]]
        node[0] = 1
        width[0] = leaves
        depth = 1
        while depth > 0:
            depth -= 1
            i = node[depth]
            span = width[depth]
            if (i + 1) * span - leaves <= own or not boxes_meet(boxes, p, nodes, i):
                continue
            if own_fan >= 0 and node_fan[i] == own_fan:
                continue
            if i < leaves:
                node[depth] = 2 * i + 1
                node[depth + 1] = 2 * i
                width[depth] = span // 2
                width[depth + 1] = span // 2
                depth += 2
                continue
            first = (i - leaves) * LEAF
            for q in range(max(first, p + 1), min(first + LEAF, count)):
                if own_fan >= 0 and fan[order[q]] == own_fan:
                    continue
                if not boxes_meet(boxes, p, boxes, q):
                    continue
                kind = _kind(vertices, faces, neighbours, order[p], order[q], sides_f, sides_g)
                if kind == 0:
                    continue
                if found == pairs.shape[0]:
                    return found
                pairs[found, 0] = order[p]
                pairs[found, 1] = order[q]
                pairs[found, 2] = kind
                found += 1
    return found
