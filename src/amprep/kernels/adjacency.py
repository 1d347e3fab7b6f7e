"""Which triangle lies across each edge of each triangle.

::

        opens     ╲   body   ╱ closes        around an edge seen from its end: a body begins at the triangle
                    ╲      ╱                 that runs backwards along the edge and ends at the one that
                       ●                     runs forwards; pairs nest like parentheses.

Algorithm
    Each directed edge a → b of a triangle is put into the bucket of its smaller vertex. Inside a bucket,
    a scratch list per other vertex gathers the edges between the same two vertices; a forward edge is
    paired with a backward edge of that list. Every bucket is walked twice, so the work is O(F) whatever
    the number of triangles around a vertex. Where more than two triangles share an edge, `pair_by_angle`
    sorts them by their angle around it and pairs those that bound the same body.

Degeneracy rule
    Triangles at the same angle: the body that ends there ends before the other begins, so bodies that share
    a face stay two. What finds no partner of opposite direction stays open (-1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OPEN", "face_neighbours", "pair_by_angle"]

#: Neighbour across an edge without a partner.
OPEN = -1


@kernel
def _edges_by_vertex(
    faces: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Edges 3 f + i by their smaller vertex: vertex v owns ``bucket[start[v]:start[v + 1]]``."""
    n = faces.shape[0]
    start = np.zeros(vertex_count + 1, dtype=np.int64)
    for f in range(n):
        for i in range(3):
            a = faces[f, i]
            b = faces[f, (i + 1) % 3]
            start[min(a, b) + 1] += 1
    for v in range(vertex_count):
        start[v + 1] += start[v]
    bucket = np.empty(3 * n, dtype=np.int32)
    cursor = start[:vertex_count].copy()
    for f in range(n):
        for i in range(3):
            v = min(faces[f, i], faces[f, (i + 1) % 3])
            bucket[cursor[v]] = 3 * f + i
            cursor[v] += 1
    return start, bucket


@kernel
def face_neighbours(
    faces: NDArray[np.int32], vertex_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Pair the edges of triangles.

    faces : (F, 3) int32
        Vertex indices.

    Returns
    -------
    neighbours : (F, 3) int32
        Triangle across the edge from corner i to corner i + 1, or -1.
    counts : (3,) int64
        Unpaired edges that stand alone (holes), unpaired edges beside others of the same direction
        (turned triangles), and edges shared by more than two triangles.

    """
    n = faces.shape[0]
    neighbours = np.full((n, 3), np.int32(-1), dtype=np.int32)
    counts = np.zeros(3, dtype=np.int64)
    start, bucket = _edges_by_vertex(faces, vertex_count)
    head = np.full(vertex_count, np.int32(-1), dtype=np.int32)
    link = np.empty(3 * n, dtype=np.int32)
    for v in range(vertex_count):
        # Backwards, so that each list comes out in the order of the triangles.
        for at in range(start[v + 1] - 1, start[v] - 1, -1):
            h = bucket[at]
            f = h // 3
            i = h - 3 * f
            a = faces[f, i]
            other = faces[f, (i + 1) % 3] if a == v else a
            link[h] = head[other]
            head[other] = h
        for at in range(start[v], start[v + 1]):
            h = bucket[at]
            f = h // 3
            i = h - 3 * f
            a = faces[f, i]
            other = faces[f, (i + 1) % 3] if a == v else a
            h = head[other]
            if h < 0:
                continue
            head[other] = -1
            forward = -1
            backward = -1
            members = 0
            unpaired = 0
            while h >= 0:
                following = link[h]
                f = h // 3
                members += 1
                if faces[f, h - 3 * f] == v:
                    mate = backward
                    if mate < 0:
                        link[h] = forward
                        forward = h
                    else:
                        backward = link[mate]
                else:
                    mate = forward
                    if mate < 0:
                        link[h] = backward
                        backward = h
                    else:
                        forward = link[mate]
                if mate >= 0:
                    g = mate // 3
                    neighbours[f, h - 3 * f] = g
                    neighbours[g, mate - 3 * g] = f
                    unpaired -= 1
                else:
                    unpaired += 1
                h = following
            if unpaired >= 2:
                counts[1] += unpaired
            else:
                counts[0] += unpaired
            if members > 2:
                counts[2] += 1
    return neighbours, counts


@kernel
def pair_by_angle(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], neighbours: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Pair the triangles around crowded edges anew, so that each pair bounds one body.

    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    neighbours : (F, 3) int32
        From `face_neighbours`.

    Returns
    -------
    neighbours : (F, 3) int32
        Changed only at edges that more than two triangles share, as many forwards as backwards.

    """
    paired = neighbours.copy()
    vertex_count = vertices.shape[0]
    n = faces.shape[0]
    start, bucket = _edges_by_vertex(faces, vertex_count)
    group = np.empty(3 * n, dtype=np.int64)
    angle = np.empty(3 * n, dtype=np.float64)
    used = np.zeros(3 * n, dtype=np.uint8)
    for v in range(vertex_count):
        for at in range(start[v], start[v + 1]):
            if used[bucket[at]]:
                continue
            h = bucket[at]
            other = max(faces[h // 3, h % 3], faces[h // 3, (h % 3 + 1) % 3])
            members = 0
            balance = 0
            for again in range(at, start[v + 1]):
                g = bucket[again]
                if max(faces[g // 3, g % 3], faces[g // 3, (g % 3 + 1) % 3]) == other:
                    used[g] = 1
                    group[members] = g
                    members += 1
                    balance += 1 if faces[g // 3, g % 3] == v else -1
            if members <= 2 or balance != 0:
                continue
            ex = vertices[other, 0] - vertices[v, 0]
            ey = vertices[other, 1] - vertices[v, 1]
            ez = vertices[other, 2] - vertices[v, 2]
            # Two directions across the edge: p through the first triangle's third corner, q = e × p.
            px = py = pz = qx = qy = qz = 0.0
            for m in range(members):
                g = group[m]
                third = faces[g // 3, (g % 3 + 2) % 3]
                dx = vertices[third, 0] - vertices[v, 0]
                dy = vertices[third, 1] - vertices[v, 1]
                dz = vertices[third, 2] - vertices[v, 2]
                if m == 0:
                    share = (dx * ex + dy * ey + dz * ez) / max(ex * ex + ey * ey + ez * ez, 1e-300)
                    px = dx - share * ex
                    py = dy - share * ey
                    pz = dz - share * ez
                    length = math.sqrt(max(ex * ex + ey * ey + ez * ez, 1e-300))
                    qx = (ey * pz - ez * py) / length
                    qy = (ez * px - ex * pz) / length
                    qz = (ex * py - ey * px) / length
                turn = math.atan2(dx * qx + dy * qy + dz * qz, dx * px + dy * py + dz * pz)
                turn = round(turn * 1e9) * 1e-9
                if turn < 0.0:
                    turn += 2.0 * math.pi
                if turn > 2.0 * math.pi - 2e-9:
                    turn = 0.0
                # A body that ends at an angle comes before one that begins there.
                if faces[g // 3, g % 3] != v:
                    turn += 1e-10
                slot = m
                while slot > 0 and angle[slot - 1] > turn:
                    angle[slot] = angle[slot - 1]
                    group[slot] = group[slot - 1]
                    slot -= 1
                angle[slot] = turn
                group[slot] = g
            # Parentheses on a circle: two rounds with a stack of the bodies that have begun.
            depth = 0
            stack = np.empty(2 * members, dtype=np.int64)
            closed = np.zeros(members, dtype=np.uint8)
            for m in range(2 * members):
                index = m % members
                g = group[index]
                if faces[g // 3, g % 3] != v:
                    if m < members:
                        stack[depth] = index
                        depth += 1
                elif not closed[index] and depth > 0:
                    depth -= 1
                    closed[index] = 1
                    mate = group[stack[depth]]
                    paired[g // 3, g % 3] = mate // 3
                    paired[mate // 3, mate % 3] = g // 3
    return paired
