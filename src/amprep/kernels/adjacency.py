"""Which triangle lies across each edge of each triangle.

Algorithm
    Each directed edge a → b of a triangle is put into the bucket of its smaller vertex. Inside a bucket,
    a scratch list per other vertex gathers the edges between the same two vertices; a forward edge is
    paired with a backward edge of that list. Every bucket is walked twice, so the work is O(F) whatever
    the number of triangles around a vertex.

Degeneracy rule
    Where more than two triangles share an edge, forward and backward edges are paired in the order of the
    triangles. Any such pairing closes the same set of segments, hence gives the same winding numbers; only
    the way the loops touch differs. What finds no partner of opposite direction stays open (-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OPEN", "face_neighbours"]

#: Neighbour across an edge without a partner.
OPEN = -1


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
