"""Cut triangles with horizontal planes and chain the cuts to closed loops by topology.

::

        z ≥ plane:  above            b            The triangle's segment enters where an edge goes down
        ─────────────●────────●──── plane          through the plane and leaves where an edge goes up;
                    enter    leave                 behind the leaving edge the neighbour continues.
        z < plane:  below   a

Algorithm
    Per vertex the number of planes at or below it (`planes_below`) is computed once; from there on the
    comparison is one of integers, so all triangles around a vertex agree. Layers go in bands; each band has
    a list of the triangles that cross a plane of it, in the order of the mesh, which keeps what lies side by
    side in the file side by side in memory. In a band every pair of triangle and plane gets a place in its
    layer; triangle by triangle the points where its edges leave through the planes are computed, with the
    place of the follower, which is where the neighbour across that edge has its own point of this plane.
    Then one walk along the followers per layer. Seen from above, material lies on the left of a loop: outer
    loops run counter-clockwise, holes clockwise.

Degeneracy rule
    A vertex on the plane counts as above it (z ≥ plane). Hence an edge is crossed or not for both of its
    triangles alike, each crossed triangle has one entering and one leaving edge, and every loop of a
    closed mesh closes. The point on an edge is interpolated from its lower to its upper vertex, so both
    triangles get the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import COLLINEAR_MM, NEAR_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["count_bands", "cut_layers", "fill_bands", "planes_below"]


#: Mark of a crossing that belongs to a loop already.
_WALKED = -2


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
def count_bands(
    faces: NDArray[np.int32],
    planes: NDArray[np.int32],
    begin: int,
    end: int,
    band: int,
    members: NDArray[np.int64],
    change: NDArray[np.int64],
) -> None:
    """Count the triangles begin … end - 1 per band, and where their planes begin and end.

    faces : (F, 3) int32
    planes : (V,) int32
        From `planes_below`.
    band : int
        Layers per band.
    members : (B,) int64
        Triangles that cross a plane of each band; added to.
    change : (n + 1,) int64
        By how many triangles layer j is crossed more than layer j - 1; added to.
    """
    for f in range(begin, end):
        a = planes[faces[f, 0]]
        b = planes[faces[f, 1]]
        c = planes[faces[f, 2]]
        low = min(a, b, c)
        high = max(a, b, c)
        if low < high:
            change[low] += 1
            change[high] -= 1
            for at in range(low // band, (high - 1) // band + 1):
                members[at] += 1


@kernel
def fill_bands(
    faces: NDArray[np.int32],
    planes: NDArray[np.int32],
    begin: int,
    end: int,
    band: int,
    cursor: NDArray[np.int64],
    members: NDArray[np.int32],
) -> None:
    """List the triangles begin … end - 1 under the bands whose planes they cross.

    faces : (F, 3) int32
    planes : (V,) int32
    cursor : (B,) int64
        Next free place of each band; written.
    members : (M,) int32
        Written.
    """
    for f in range(begin, end):
        a = planes[faces[f, 0]]
        b = planes[faces[f, 1]]
        c = planes[faces[f, 2]]
        low = min(a, b, c)
        high = max(a, b, c)
        if low < high:
            for at in range(low // band, (high - 1) // band + 1):
                members[cursor[at]] = f
                cursor[at] += 1


@inner_kernel
def _place_crossings(
    faces: NDArray[np.int32],
    planes: NDArray[np.int32],
    members: NDArray[np.int32],
    begin: int,
    end: int,
    cursor: NDArray[np.int32],
    base: NDArray[np.int32],
    places: NDArray[np.int32],
) -> None:
    """Give every crossing of the layers begin … end - 1 its place, layer after layer.

    members : (M,) int32
        Triangles of the band.
    cursor : (end - begin,) int32
        First place of each layer; written.
    base : (F,) int32
        Triangle f's crossing of layer begin + j has the place ``places[base[f] + j]``; written at members.
    places : (T,) int32
        Written.
    """
    written = 0
    for i in range(members.shape[0]):
        f = members[i]
        a = planes[faces[f, 0]]
        b = planes[faces[f, 1]]
        c = planes[faces[f, 2]]
        low = max(min(a, b, c), begin) - begin
        high = min(max(a, b, c), end) - begin
        base[f] = written - low
        for j in range(low, high):
            place = cursor[j]
            cursor[j] = place + 1
            places[written] = place
            written += 1


@inner_kernel
def _leave_points(
    vertices: NDArray[np.float64],
    planes: NDArray[np.int32],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    members: NDArray[np.int32],
    cut_heights: NDArray[np.float64],
    begin: int,
    end: int,
    base: NDArray[np.int32],
    places: NDArray[np.int32],
    points: NDArray[np.float64],
    follower: NDArray[np.int32],
) -> None:
    """Where the triangles' segments leave through an upward edge, and which crossing follows.

    vertices : (V, 3) float64, mm
    planes : (V,) int32
    faces, neighbours : (F, 3) int32
    members : (M,) int32
    cut_heights : (n,) float64, mm
    base : (F,) int32
    places : (T,) int32
        From `_place_crossings`.
    points : (T, 2) float64, mm
        By place; written.
    follower : (T,) int32
        Place of the next crossing, -1 behind an open edge; written.
    """
    for i in range(members.shape[0]):
        f = members[i]
        own = base[f]
        for edge in range(3):
            a = faces[f, edge]
            b = faces[f, edge + 1 if edge < 2 else 0]
            low = max(planes[a], begin) - begin
            high = min(planes[b], end) - begin
            if low >= high:
                continue
            # Always from the lower to the upper vertex: both triangles of an edge get the same bits.
            x = vertices[a, 0]
            y = vertices[a, 1]
            z = vertices[a, 2]
            rise = vertices[b, 2] - z
            dx = vertices[b, 0] - x
            dy = vertices[b, 1] - y
            neighbour = neighbours[f, edge]
            following = base[neighbour] if neighbour >= 0 else 0
            for j in range(low, high):
                place = places[own + j]
                share = (cut_heights[begin + j] - z) / rise
                points[place, 0] = x + dx * share
                points[place, 1] = y + dy * share
                follower[place] = places[following + j] if neighbour >= 0 else -1


@inner_kernel
def _chain_loops(
    start: NDArray[np.int64],
    points: NDArray[np.float64],
    follower: NDArray[np.int32],
    chained: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    layer_offsets: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Walk along the followers to closed loops, without the points that say nothing.

    start : (n + 1,) int64
        Layer j owns the places ``start[j]:start[j + 1]``.
    points : (T, 2) float64, mm
    follower : (T,) int32
        Used up.
    chained : (T, 2) float64, mm
        Points loop after loop; written.
    loop_offsets : (T // 3 + 2,) int64
        Written, from 0.
    layer_offsets : (n + 1,) int64
        Layer j owns the loops ``layer_offsets[j]:layer_offsets[j + 1]``; written.

    Returns
    -------
    points, loops : int
        How many were written.
    open_chains : int
        Chains that ran into an open edge and were left out; 0 for a closed mesh.

    """
    written = 0
    loops = 0
    open_chains = 0
    loop_offsets[0] = 0
    layer_offsets[0] = 0
    for j in range(start.shape[0] - 1):
        # Each open chain has one end. Counting them in order also brings the layer near; the walk does not
        # go in order.
        for at in range(start[j], start[j + 1]):
            open_chains += 1 if follower[at] < 0 else 0
        for first in range(start[j], start[j + 1]):
            if follower[first] == _WALKED:
                continue
            begin_of_loop = written
            at = first
            while at >= 0:
                following = follower[at]
                if following == _WALKED:
                    break
                chained[written, 0] = points[at, 0]
                chained[written, 1] = points[at, 1]
                written += 1
                follower[at] = _WALKED
                at = following
            if at != first:
                written = begin_of_loop
                continue
            # Points on a straight line, such as those on the diagonal of a flat face, say nothing,
            # nor do those that rounding tore apart.
            kept = begin_of_loop
            last = written - 1
            rx = chained[last, 0]
            ry = chained[last, 1]
            px = chained[begin_of_loop, 0]
            py = chained[begin_of_loop, 1]
            for p in range(begin_of_loop, written):
                q = p + 1 if p < last else begin_of_loop
                qx = chained[q, 0]
                qy = chained[q, 1]
                ax = px - rx
                ay = py - ry
                bx = qx - rx
                by = qy - ry
                cross = ax * by - ay * bx
                along = ax * bx + ay * by
                chord = bx * bx + by * by
                if ax * ax + ay * ay > NEAR_POINT_MM * NEAR_POINT_MM and (
                    cross * cross > COLLINEAR_MM * COLLINEAR_MM * chord or along < 0.0 or along > chord
                ):
                    chained[kept, 0] = px
                    chained[kept, 1] = py
                    kept += 1
                    rx = px
                    ry = py
                px = qx
                py = qy
            if kept - begin_of_loop < 3:
                written = begin_of_loop
                continue
            written = kept
            loops += 1
            loop_offsets[loops] = written
        layer_offsets[j + 1] = loops
    return written, loops, open_chains


@kernel
def cut_layers(
    vertices: NDArray[np.float64],
    planes: NDArray[np.int32],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    members: NDArray[np.int32],
    crossings: NDArray[np.int64],
    cut_heights: NDArray[np.float64],
    begin: int,
    end: int,
    base: NDArray[np.int32],
    places: NDArray[np.int32],
    points: NDArray[np.float64],
    follower: NDArray[np.int32],
    chained: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    layer_offsets: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Closed loops of the layers begin … end - 1, which lie in one band.

    vertices : (V, 3) float64, mm
    planes : (V,) int32
    faces, neighbours : (F, 3) int32
    members : (M,) int32
        Triangles of the band.
    crossings : (n,) int64
        Triangles that cross each plane; T in these layers.
    cut_heights : (n,) float64, mm
    base : (F,) int32
        Work room.
    places, follower : (T,) int32
        Work room.
    points : (T, 2) float64
        Work room.
    chained : (T, 2) float64, mm
        Points loop after loop; written.
    loop_offsets : (T // 3 + 2,) int64
        Written, from 0.
    layer_offsets : (end - begin + 1,) int64
        Layer j owns the loops ``layer_offsets[j]:layer_offsets[j + 1]``; written.

    Returns
    -------
    points, loops : int
        How many were written.
    open_chains : int
        Chains that ran into an open edge and were left out; 0 for a closed mesh.

    """
    start = np.zeros(end - begin + 1, dtype=np.int64)
    cursor = np.empty(end - begin, dtype=np.int32)
    for j in range(end - begin):
        cursor[j] = start[j]
        start[j + 1] = start[j] + crossings[begin + j]
    _place_crossings(faces, planes, members, begin, end, cursor, base, places)
    _leave_points(
        vertices, planes, faces, neighbours, members, cut_heights, begin, end, base, places, points, follower
    )
    return _chain_loops(start, points, follower, chained, loop_offsets, layer_offsets)
