"""Cut triangles with horizontal planes and chain the cuts to closed loops by topology.

::

        z ≥ plane:  above            b            The triangle's segment enters where an edge goes down
        ─────────────●────────●──── plane          through the plane and leaves where an edge goes up;
                    enter    leave                 behind the leaving edge the neighbour continues.
        z < plane:  below   a

Algorithm
    Per vertex the number of planes at or below it (`planes_below`) is computed once; from there on the
    comparison is one of integers, so all triangles around a vertex agree. Triangles are sorted by the
    first plane they cross. Per layer: the leaving point and the neighbour of each triangle, the
    neighbour's place in the layer, then one walk along the links. Seen from above, material lies on the
    left of a loop: outer loops run counter-clockwise, holes clockwise.

Degeneracy rule
    A vertex on the plane counts as above it (z ≥ plane). Hence an edge is crossed or not for both of its
    triangles alike, each crossed triangle has one entering and one leaving edge, and every loop of a
    closed mesh closes. The point on an edge is interpolated from its lower to its upper vertex, so both
    triangles get the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.tolerances import COLLINEAR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLOCK", "cut_layers", "planes_below", "sort_by_first_plane"]

#: Triangles per block of the search structure: `sort_by_first_plane` keeps one "last plane" per block.
BLOCK = 256


@kernel
def planes_below(z: NDArray[np.float64], cut_heights: NDArray[np.float64]) -> NDArray[np.int32]:
    """Number of planes at or below each height.

    z : (V,) float64, mm
    cut_heights : (n,) float64, mm
        Ascending.

    Returns
    -------
    planes : (V,) int32

    """
    n = cut_heights.shape[0]
    planes = np.empty(z.shape[0], dtype=np.int32)
    step = 0.0 if n < 2 else (cut_heights[n - 1] - cut_heights[0]) / (n - 1)
    for i in range(z.shape[0]):
        k = 0
        if step > 0.0:
            k = int(min(max((z[i] - cut_heights[0]) / step + 1.0, 0.0), float(n)))
        while k < n and cut_heights[k] <= z[i]:
            k += 1
        while k > 0 and cut_heights[k - 1] > z[i]:
            k -= 1
        planes[i] = k
    return planes


@kernel
def sort_by_first_plane(
    faces: NDArray[np.int32], neighbours: NDArray[np.int32], planes: NDArray[np.int32], layer_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Bring the triangles into the order of the first plane they cross; those that cross none go.

    faces, neighbours : (F, 3) int32
    planes : (V,) int32
        From `planes_below`.

    Returns
    -------
    faces, neighbours : (G, 3) int32
        In the new order, neighbours renumbered; a neighbour that crosses no plane becomes -1, which no
        walk ever meets.
    first, last : (G,) int32
        The triangle crosses the planes first … last - 1.
    block_last : (ceil(G / BLOCK),) int32
        Highest `last` per block.

    """
    n = faces.shape[0]
    low = np.empty(n, dtype=np.int32)
    high = np.empty(n, dtype=np.int32)
    start = np.zeros(layer_count + 1, dtype=np.int64)
    for f in range(n):
        a = planes[faces[f, 0]]
        b = planes[faces[f, 1]]
        c = planes[faces[f, 2]]
        low[f] = min(a, b, c)
        high[f] = max(a, b, c)
        if low[f] < high[f]:
            start[low[f] + 1] += 1
    for j in range(layer_count):
        start[j + 1] += start[j]
    kept = start[layer_count]
    place = np.full(n, np.int32(-1), dtype=np.int32)
    for f in range(n):
        if low[f] < high[f]:
            place[f] = start[low[f]]
            start[low[f]] += 1
    sorted_faces = np.empty((kept, 3), dtype=np.int32)
    sorted_neighbours = np.empty((kept, 3), dtype=np.int32)
    first = np.empty(kept, dtype=np.int32)
    last = np.empty(kept, dtype=np.int32)
    block_last = np.zeros((kept + BLOCK - 1) // BLOCK, dtype=np.int32)
    for f in range(n):
        g = place[f]
        if g < 0:
            continue
        first[g] = low[f]
        last[g] = high[f]
        block_last[g // BLOCK] = max(block_last[g // BLOCK], high[f])
        for i in range(3):
            sorted_faces[g, i] = faces[f, i]
            m = neighbours[f, i]
            sorted_neighbours[g, i] = place[m] if m >= 0 else np.int32(-1)
    return sorted_faces, sorted_neighbours, first, last, block_last


@kernel
def cut_layers(
    vertices: NDArray[np.float64],
    planes: NDArray[np.int32],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    block_last: NDArray[np.int32],
    cut_heights: NDArray[np.float64],
    begin: int,
    end: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], int]:
    """Closed loops of the layers begin … end - 1.

    vertices : (V, 3) float64, mm
    planes : (V,) int32
    faces, neighbours, first, last, block_last
        From `sort_by_first_plane`.
    cut_heights : (n,) float64, mm

    Returns
    -------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    layer_offsets : (end - begin + 1,) int64
        Layer j owns the loops ``layer_offsets[j]:layer_offsets[j + 1]``.
    open_chains : int
        Chains that ran into an open edge and were left out; 0 for a closed mesh.

    """
    span = end - begin
    triangle_count = faces.shape[0]
    start = np.zeros(span + 1, dtype=np.int64)
    for block in range(block_last.shape[0]):
        if first[block * BLOCK] >= end:
            break
        if block_last[block] <= begin:
            continue
        for f in range(block * BLOCK, min((block + 1) * BLOCK, triangle_count)):
            for j in range(max(first[f], begin), min(last[f], end)):
                start[j - begin + 1] += 1
    widest = 0
    for j in range(span):
        widest = max(widest, start[j + 1])
        start[j + 1] += start[j]
    total = start[span]
    crossed = np.empty(total, dtype=np.int32)
    cursor = start[:span].copy()
    for block in range(block_last.shape[0]):
        if first[block * BLOCK] >= end:
            break
        if block_last[block] <= begin:
            continue
        for f in range(block * BLOCK, min((block + 1) * BLOCK, triangle_count)):
            for j in range(max(first[f], begin), min(last[f], end)):
                crossed[cursor[j - begin]] = f
                cursor[j - begin] += 1

    points = np.empty((total, 2), dtype=np.float64)
    loop_offsets = np.zeros(total // 3 + 2, dtype=np.int64)
    layer_offsets = np.zeros(span + 1, dtype=np.int64)
    slot = np.empty(triangle_count, dtype=np.int32)
    x = np.empty(widest, dtype=np.float64)
    y = np.empty(widest, dtype=np.float64)
    follower = np.empty(widest, dtype=np.int32)
    written = 0
    loops = 0
    open_chains = 0
    for j in range(span):
        plane = begin + j
        height = cut_heights[plane]
        base = start[j]
        m = start[j + 1] - base
        for i in range(m):
            f = crossed[base + i]
            slot[f] = i
            below0 = planes[faces[f, 0]] <= plane
            below1 = planes[faces[f, 1]] <= plane
            below2 = planes[faces[f, 2]] <= plane
            if below0 and not below1:
                edge = 0
            elif below1 and not below2:
                edge = 1
            else:
                edge = 2
            a = faces[f, edge]
            b = faces[f, (edge + 1) % 3]
            t = (height - vertices[a, 2]) / (vertices[b, 2] - vertices[a, 2])
            x[i] = vertices[a, 0] + (vertices[b, 0] - vertices[a, 0]) * t
            y[i] = vertices[a, 1] + (vertices[b, 1] - vertices[a, 1]) * t
            follower[i] = neighbours[f, edge]
        for i in range(m):
            if follower[i] >= 0:
                follower[i] = slot[follower[i]]
        for i in range(m):
            if follower[i] == -2:
                continue
            begin_of_loop = written
            at = i
            while at >= 0 and follower[at] != -2:
                points[written, 0] = x[at]
                points[written, 1] = y[at]
                written += 1
                following = follower[at]
                follower[at] = -2
                at = following
            if at != i:
                open_chains += 1
                written = begin_of_loop
                continue
            # Points on a straight line, such as those on the diagonal of a flat face, say nothing.
            kept = begin_of_loop
            for p in range(begin_of_loop, written):
                q = p + 1 if p + 1 < written else begin_of_loop
                r = kept - 1 if kept > begin_of_loop else written - 1
                ax = points[p, 0] - points[r, 0]
                ay = points[p, 1] - points[r, 1]
                bx = points[q, 0] - points[r, 0]
                by = points[q, 1] - points[r, 1]
                cross = ax * by - ay * bx
                along = ax * bx + ay * by
                chord = bx * bx + by * by
                if ax * ax + ay * ay == 0.0:
                    continue
                if cross * cross <= COLLINEAR_MM * COLLINEAR_MM * chord and 0.0 <= along <= chord:
                    continue
                points[kept, 0] = points[p, 0]
                points[kept, 1] = points[p, 1]
                kept += 1
            if kept - begin_of_loop < 3:
                written = begin_of_loop
                continue
            written = kept
            loops += 1
            loop_offsets[loops] = written
        layer_offsets[j + 1] = loops
    return points[:written].copy(), loop_offsets[: loops + 1].copy(), layer_offsets, open_chains
