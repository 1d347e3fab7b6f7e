"""Which triangle lies across each edge of each triangle.

::

        opens     ╲   body   ╱ closes        around an edge seen from its end: a body begins at the triangle
                    ╲      ╱                 that runs backwards along the edge and ends at the one that
                       ●                     runs forwards; pairs nest like parentheses.

Algorithm
    Each edge of a triangle is put into the bucket of its smaller vertex, with the other vertex and the
    direction in one number. In a bucket, two edges to the same vertex in opposite directions are a pair;
    a few comparisons of numbers that lie side by side. What is left over (open edges, edges that more than
    two triangles share, and all edges of vertices with very many triangles) goes to `pair_rest`: there a
    scratch list per other vertex gathers the edges between the same two vertices, so the work stays O(F)
    whatever the number of triangles around a vertex. Where more than two triangles share an edge,
    `pair_by_angle` sorts them by their angle around it and pairs those that bound the same body.

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

__all__ = ["OPEN", "bucket_edges", "count_edges", "pair_by_angle", "pair_edges", "pair_rest"]

#: Neighbour across an edge without a partner.
OPEN = -1

#: Edges in a bucket up to which all are compared with all.
_FEW = 64


@kernel
def count_edges(faces: NDArray[np.int32], begin: int, end: int, counts: NDArray[np.int32]) -> None:
    """Add up, for the triangles begin … end - 1, how many edges each vertex is the smaller one of.

    faces : (F, 3) int32
    counts : (V,) int32
        Written.
    """
    for f in range(begin, end):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        counts[min(a, b)] += 1
        counts[min(b, c)] += 1
        counts[min(c, a)] += 1


@kernel
def bucket_edges(
    faces: NDArray[np.int32], begin: int, end: int, cursor: NDArray[np.int32], bucket: NDArray[np.int32]
) -> None:
    """Put the edges of the triangles begin … end - 1 into the buckets of their smaller vertices.

    faces : (F, 3) int32
    cursor : (V,) int32
        Next free place of each bucket; written.
    bucket : (3 F, 2) int32
        Twice the larger vertex, plus one where the edge runs towards it; and the edge's number 3 f + i;
        written.
    """
    for f in range(begin, end):
        for i in range(3):
            a = faces[f, i]
            b = faces[f, i + 1 if i < 2 else 0]
            low = min(a, b)
            place = cursor[low]
            cursor[low] = place + 1
            bucket[place, 0] = 2 * max(a, b) + (1 if a < b else 0)
            bucket[place, 1] = 3 * f + i


@kernel
def pair_edges(
    start: NDArray[np.int32],
    bucket: NDArray[np.int32],
    begin: int,
    end: int,
    neighbours: NDArray[np.int32],
) -> int:
    """Pair the edges in the buckets of the vertices begin … end - 1 where exactly two belong together.

    start : (V + 1,) int32
        Vertex v owns ``bucket[start[v]:start[v + 1]]``.
    bucket : (3 F, 2) int32
        From `bucket_edges`; used up.
    neighbours : (3 F,) int32
        Triangle across each edge; written where there is a pair.

    Returns
    -------
    int
        Number of pairs.

    """
    pairs = 0
    for v in range(begin, end):
        last = start[v + 1]
        if last - start[v] > _FEW:
            continue
        for p in range(start[v], last):
            key = bucket[p, 0]
            if key < 0:
                continue
            twins = 0
            mate = p
            for q in range(p + 1, last):
                if bucket[q, 0] >> 1 == key >> 1:
                    twins += 1
                    mate = q
            if twins == 1 and bucket[mate, 0] != key:
                h = bucket[p, 1]
                g = bucket[mate, 1]
                neighbours[h] = g // 3
                neighbours[g] = h // 3
                bucket[mate, 0] = -1
                pairs += 1
            elif twins > 0:
                for q in range(p + 1, last):
                    if bucket[q, 0] >> 1 == key >> 1:
                        bucket[q, 0] = -1
    return pairs


@kernel
def _by_smaller_vertex(
    faces: NDArray[np.int32], edges: NDArray[np.int64], vertex_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Some edges by their smaller vertex: vertex v owns ``bucket[start[v]:start[v + 1]]``."""
    start = np.zeros(vertex_count + 1, dtype=np.int64)
    for h in edges:
        start[min(faces[h // 3, h % 3], faces[h // 3, (h % 3 + 1) % 3]) + 1] += 1
    for v in range(vertex_count):
        start[v + 1] += start[v]
    bucket = np.empty(edges.shape[0], dtype=np.int64)
    cursor = start[:vertex_count].copy()
    for h in edges:
        v = min(faces[h // 3, h % 3], faces[h // 3, (h % 3 + 1) % 3])
        bucket[cursor[v]] = h
        cursor[v] += 1
    return start, bucket


@kernel
def pair_rest(
    faces: NDArray[np.int32],
    edges: NDArray[np.int64],
    vertex_count: int,
    neighbours: NDArray[np.int32],
    crowded: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Pair the edges that `pair_edges` left, and count what stays without a partner.

    faces : (F, 3) int32
    edges : (R,) int64
        Their numbers 3 f + i, ascending: all edges between two vertices, or none.
    neighbours : (3 F,) int32
        Written.
    crowded : (3 F,) bool
        Set at the edges that more than two triangles share.

    Returns
    -------
    counts : (3,) int64
        Unpaired edges that stand alone (holes), unpaired edges beside others of the same direction
        (turned triangles), and edges shared by more than two triangles.

    """
    counts = np.zeros(3, dtype=np.int64)
    start, bucket = _by_smaller_vertex(faces, edges, vertex_count)
    head = np.full(vertex_count, -1, dtype=np.int64)
    link = np.empty(edges.shape[0], dtype=np.int64)
    group = np.empty(edges.shape[0], dtype=np.int64)
    for v in range(vertex_count):
        # Backwards, so that each list comes out in the order of the triangles.
        for at in range(start[v + 1] - 1, start[v] - 1, -1):
            h = bucket[at]
            a = faces[h // 3, h % 3]
            other = faces[h // 3, (h % 3 + 1) % 3] if a == v else a
            link[at] = head[other]
            head[other] = at
        for first in range(start[v], start[v + 1]):
            h = bucket[first]
            a = faces[h // 3, h % 3]
            other = faces[h // 3, (h % 3 + 1) % 3] if a == v else a
            at = head[other]
            if at < 0:
                continue
            head[other] = -1
            forward = -1
            backward = -1
            members = 0
            unpaired = 0
            while at >= 0:
                following = link[at]
                h = bucket[at]
                group[members] = h
                members += 1
                if faces[h // 3, h % 3] == v:
                    mate = backward
                    if mate < 0:
                        link[at] = forward
                        forward = at
                    else:
                        backward = link[mate]
                else:
                    mate = forward
                    if mate < 0:
                        link[at] = backward
                        backward = at
                    else:
                        forward = link[mate]
                if mate >= 0:
                    neighbours[h] = bucket[mate] // 3
                    neighbours[bucket[mate]] = h // 3
                    unpaired -= 1
                else:
                    unpaired += 1
                at = following
            if unpaired >= 2:
                counts[1] += unpaired
            else:
                counts[0] += unpaired
            if members > 2:
                counts[2] += 1
                for m in range(members):
                    crowded[group[m]] = True
    return counts


@kernel
def pair_by_angle(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    edges: NDArray[np.int64],
    neighbours: NDArray[np.int32],
) -> None:
    """Pair the triangles around crowded edges anew, so that each pair bounds one body.

    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    edges : (R,) int64
        Numbers 3 f + i of the edges that more than two triangles share, ascending.
    neighbours : (3 F,) int32
        Written where an edge has as many triangles forwards as backwards.

    """
    vertex_count = vertices.shape[0]
    start, bucket = _by_smaller_vertex(faces, edges, vertex_count)
    group = np.empty(edges.shape[0], dtype=np.int64)
    angle = np.empty(edges.shape[0], dtype=np.float64)
    used = np.zeros(edges.shape[0], dtype=np.uint8)
    for v in range(vertex_count):
        for at in range(start[v], start[v + 1]):
            if used[at]:
                continue
            h = bucket[at]
            other = max(faces[h // 3, h % 3], faces[h // 3, (h % 3 + 1) % 3])
            members = 0
            balance = 0
            for again in range(at, start[v + 1]):
                g = bucket[again]
                if max(faces[g // 3, g % 3], faces[g // 3, (g % 3 + 1) % 3]) == other:
                    used[again] = 1
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
                    neighbours[g] = mate // 3
                    neighbours[mate] = g // 3
