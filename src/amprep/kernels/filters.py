"""Vectors and curves with less in them: too short ones out, straight runs joined, ends moved to a perimeter.

::

        drop       ──────── ─ ────         ──►    ────────   ────
        join       ───>───>──────>         ──►    ─────────────>
        simplify   ●──●───●──●────●        ──►    ●───────────●
        extend     ───────>   │            ──►    ──────────> │     within reach of the perimeter

Algorithm
    One pass each. A run goes on while every joint passed over stays within the tolerance of the straight way;
    at most `LONGEST_RUN` joints, so that the time stays linear. For the perimeter its edges stand in a grid
    of cells at least twice as wide as the reach; the ray from each end meets the few edges of the cells it
    touches.

Degeneracy rule
    The first point of a loop stays. An end that lies on the perimeter, or outside of it, stays where it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["drop_vectors", "extend_vectors", "join_vectors", "simplify_curves"]

#: Joints that one straight vector stands for at most.
LONGEST_RUN = 48

#: A vector needs this length in mm to tell its direction well enough to be extended.
LONG_ENOUGH_MM = 0.01

#: An end this close to a border lies on it: far above the rounding of float32 at 400 mm, 1.5e-5 mm.
ON_BORDER_MM = 1e-3


@kernel
def drop_vectors(
    segments: NDArray[np.float32], block_offsets: NDArray[np.int64], shortest_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.int64], float]:
    """Vectors that are not too short.

    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
    shortest_mm : float

    Returns
    -------
    segments : (M, 4) float32, mm
    block_offsets : (B + 1,) int64
        Some blocks may be empty.
    taken_mm : float
        Length of the dropped ones.

    """
    kept = np.empty((segments.shape[0], 4), dtype=np.float32)
    offsets = np.zeros(block_offsets.shape[0], dtype=np.int64)
    taken_mm = 0.0
    written: Any = np.int64(0)
    for b in range(block_offsets.shape[0] - 1):
        for s in range(block_offsets[b], block_offsets[b + 1]):
            dx = float(segments[s, 2]) - float(segments[s, 0])
            dy = float(segments[s, 3]) - float(segments[s, 1])
            length = math.sqrt(dx * dx + dy * dy)
            if length < shortest_mm:
                taken_mm += length
                continue
            for c in range(4):
                kept[written, c] = segments[s, c]
            written += 1
        offsets[b + 1] = written
    return kept[:written], offsets, taken_mm


@kernel
def join_vectors(
    segments: NDArray[np.float32], block_offsets: NDArray[np.int64], tolerance_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.int64], float]:
    """Vectors that go on straight where the one before ends, joined into one.

    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
    tolerance_mm : float
        Between an end and the next start, and of the joints from the straight way.

    Returns
    -------
    segments : (M, 4) float32, mm
    block_offsets : (B + 1,) int64
    taken_mm : float
        How much shorter the vectors are in all.

    """
    joined = np.empty((segments.shape[0], 4), dtype=np.float32)
    offsets = np.zeros(block_offsets.shape[0], dtype=np.int64)
    taken_mm = 0.0
    written: Any = np.int64(0)
    for b in range(block_offsets.shape[0] - 1):
        first: Any = block_offsets[b]
        while first < block_offsets[b + 1]:
            last = first
            length = math.hypot(
                float(segments[first, 2]) - float(segments[first, 0]),
                float(segments[first, 3]) - float(segments[first, 1]),
            )
            whole = length
            x = float(segments[first, 0])
            y = float(segments[first, 1])
            while last + 1 < block_offsets[b + 1] and last + 1 - first < LONGEST_RUN:
                further = last + 1
                if (
                    math.hypot(
                        float(segments[further, 0]) - float(segments[last, 2]),
                        float(segments[further, 1]) - float(segments[last, 3]),
                    )
                    > tolerance_mm
                ):
                    break
                ux = float(segments[further, 2]) - x
                uy = float(segments[further, 3]) - y
                way = math.hypot(ux, uy)
                if way <= whole:
                    break
                ux /= way
                uy /= way
                straight = True
                along = 0.0
                for s in range(first, further):
                    dx = float(segments[s, 2]) - x
                    dy = float(segments[s, 3]) - y
                    # Each joint beside the way, and further on than the one before.
                    straight = straight and abs(ux * dy - uy * dx) <= tolerance_mm
                    straight = straight and along <= ux * dx + uy * dy <= way
                    along = ux * dx + uy * dy
                if not straight:
                    break
                length += math.hypot(
                    float(segments[further, 2]) - float(segments[further, 0]),
                    float(segments[further, 3]) - float(segments[further, 1]),
                )
                whole = way
                last = further
            joined[written, 0] = segments[first, 0]
            joined[written, 1] = segments[first, 1]
            joined[written, 2] = segments[last, 2]
            joined[written, 3] = segments[last, 3]
            taken_mm += length - whole
            written += 1
            first = last + 1
        offsets[b + 1] = written
    return joined[:written], offsets, taken_mm


@kernel
def simplify_curves(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    tolerance_mm: float,
    most_area_mm2: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    """Closed curves with fewer points.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    tolerance_mm : float
        How far a point that is left out may lie beside the new edge.
    most_area_mm2 : float
        What the new edges of one loop may cut off and add, added up without their signs.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (C + 1,) int64
        A loop keeps three points at least, where it has them.
    area_mm2 : float
        By how much the signed area of all loops grows.

    """
    kept = np.empty((points.shape[0], 2), dtype=np.float64)
    offsets = np.zeros(loop_offsets.shape[0], dtype=np.int64)
    area_mm2 = 0.0
    written: Any = np.int64(0)
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        left = last - first
        budget = most_area_mm2
        anchor: Any = first
        while anchor < last:
            x = points[anchor, 0]
            y = points[anchor, 1]
            kept[written, 0] = x
            kept[written, 1] = y
            written += 1
            end = anchor + 1
            changed = 0.0
            while end < last and left > 3 and end - anchor < LONGEST_RUN:
                q = end + 1 if end + 1 < last else first
                ux = points[q, 0] - x
                uy = points[q, 1] - y
                way = math.sqrt(ux * ux + uy * uy)
                # The corner that the next point would cut off counts with those before.
                bx = points[end, 0] - x
                by = points[end, 1] - y
                cut = 0.5 * (ux * by - uy * bx)
                straight = way > 0.0 and abs(changed + cut) <= budget
                along = 0.0
                for p in range(anchor + 1, end + 1):
                    dx = points[p, 0] - x
                    dy = points[p, 1] - y
                    straight = straight and abs(ux * dy - uy * dx) <= tolerance_mm * way
                    straight = straight and along <= ux * dx + uy * dy <= way * way
                    along = ux * dx + uy * dy
                if not straight:
                    break
                changed += cut
                left -= 1
                end += 1
            budget -= abs(changed)
            area_mm2 += changed
            anchor = end
        offsets[loop + 1] = written
    return kept[:written].copy(), offsets, area_mm2


@inner_kernel
def _first_meeting(
    x: float,
    y: float,
    ux: float,
    uy: float,
    reach_mm: float,
    edges: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int64],
    x0: float,
    y0: float,
    side: float,
    columns: int,
    rows: int,
) -> float:
    """How far along a ray the first edge lies, negative where the ray comes in through it, with material on
    the edge's left; 0 where none is within reach, or one right here.
    """
    found = np.inf
    sense = 1.0
    tx = x + ux * reach_mm
    ty = y + uy * reach_mm
    i0: Any = np.int64(max(math.floor((min(x, tx) - x0) / side), 0.0))
    i1: Any = np.int64(min(math.floor((max(x, tx) - x0) / side), columns - 1.0))
    j0: Any = np.int64(max(math.floor((min(y, ty) - y0) / side), 0.0))
    j1: Any = np.int64(min(math.floor((max(y, ty) - y0) / side), rows - 1.0))
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            for m in range(start[j * columns + i], start[j * columns + i + 1]):
                e = members[m]
                vx = edges[e, 2] - edges[e, 0]
                vy = edges[e, 3] - edges[e, 1]
                cross = ux * vy - uy * vx
                if cross == 0.0:
                    continue
                wx = edges[e, 0] - x
                wy = edges[e, 1] - y
                t = (wx * vy - wy * vx) / cross
                s = (wx * uy - wy * ux) / cross
                if 0.0 <= s <= 1.0 and -SAME_POINT_MM <= t <= reach_mm and t < found:
                    found = t
                    sense = 1.0 if cross > 0.0 else -1.0
    return sense * found if found < np.inf and found > SAME_POINT_MM else 0.0


@inner_kernel
def _edge_grid(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], reach_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float, float, float, int, int]:
    """Edges (E, 4) of closed curves, and what `_first_meeting` needs to find those near to a place."""
    count: Any = np.int64(0)
    edges = np.empty((points.shape[0], 4), dtype=np.float64)
    longest = 0.0
    for loop in range(loop_offsets.shape[0] - 1):
        last = loop_offsets[loop + 1] - 1
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            edges[count, 0] = points[last, 0]
            edges[count, 1] = points[last, 1]
            edges[count, 2] = points[p, 0]
            edges[count, 3] = points[p, 1]
            longest += math.hypot(points[p, 0] - points[last, 0], points[p, 1] - points[last, 1])
            count += 1
            last = p
    x0 = x1 = edges[0, 0]
    y0 = y1 = edges[0, 1]
    for e in range(count):
        x0 = min(x0, edges[e, 0])
        x1 = max(x1, edges[e, 0])
        y0 = min(y0, edges[e, 1])
        y1 = max(y1, edges[e, 1])
    # About as many cells along the curves as there are edges, and no more than four times that in all.
    side = max(2.0 * reach_mm, longest / count, math.sqrt((x1 - x0) * (y1 - y0) / (4.0 * count)))
    columns: Any = np.int64((x1 - x0) / side) + 1
    rows: Any = np.int64((y1 - y0) / side) + 1
    start = np.zeros(columns * rows + 2, dtype=np.int64)
    members = np.empty(0, dtype=np.int64)
    for sweep in range(2):
        for e in range(count):
            j0 = np.int64((min(edges[e, 1], edges[e, 3]) - y0) / side)
            j1 = np.int64((max(edges[e, 1], edges[e, 3]) - y0) / side)
            rise = edges[e, 3] - edges[e, 1]
            for j in range(j0, j1 + 1):
                # The edge within this row of cells.
                a = edges[e, 0]
                b = edges[e, 2]
                if rise != 0.0:
                    low = min(max((y0 + j * side - edges[e, 1]) / rise, 0.0), 1.0)
                    high = min(max((y0 + (j + 1) * side - edges[e, 1]) / rise, 0.0), 1.0)
                    a = edges[e, 0] + low * (edges[e, 2] - edges[e, 0])
                    b = edges[e, 0] + high * (edges[e, 2] - edges[e, 0])
                slack = 1e-9 * side
                i0 = np.int64(max((min(a, b) - slack - x0) / side, 0.0))
                i1 = min(np.int64((max(a, b) + slack - x0) / side), columns - 1)
                for i in range(i0, i1 + 1):
                    cell = j * columns + i
                    if sweep == 0:
                        start[cell + 2] += 1
                    else:
                        members[start[cell + 1]] = e
                        start[cell + 1] += 1
        if sweep == 0:
            for cell in range(columns * rows):
                start[cell + 2] += start[cell + 1]
            members = np.empty(start[columns * rows + 1], dtype=np.int64)
    return edges, start, members, x0, y0, side, columns, rows


@kernel
def extend_vectors(
    segments: NDArray[np.float32],
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    reach_mm: float,
    border: NDArray[np.float64],
    border_offsets: NDArray[np.int64],
) -> tuple[NDArray[np.float32], int, float]:
    """Vectors whose ends are near to a perimeter, longer up to it.

    segments : (N, 4) float32, mm
    points : (P, 2) float64, mm
        Closed curves, the perimeter, with material on their left.
    loop_offsets : (C + 1,) int64
    reach_mm : float
        How far an end is moved at most.
    border : (Q, 2) float64, mm
    border_offsets : (D + 1,) int64
        Closed curves that an end lies on if it is moved; with no points any end may be.

    Returns
    -------
    segments : (N, 4) float32, mm
    moved : int
        How many ends.
    added_mm : float

    """
    extended = segments.copy()
    if points.shape[0] == 0:
        return extended, 0, 0.0
    grid = _edge_grid(points, loop_offsets, reach_mm)
    is_bounded = border.shape[0] > 0
    border_grid = _edge_grid(border, border_offsets, ON_BORDER_MM) if is_bounded else grid
    moved: Any = np.int64(0)
    added_mm = 0.0
    for s in range(segments.shape[0]):
        ax = float(segments[s, 0])
        ay = float(segments[s, 1])
        bx = float(segments[s, 2])
        by = float(segments[s, 3])
        length = math.hypot(bx - ax, by - ay)
        if length < LONG_ENOUGH_MM:
            continue
        ux = (bx - ax) / length
        uy = (by - ay) / length
        before = _first_meeting(ax, ay, -ux, -uy, reach_mm, *grid)
        behind = _first_meeting(bx, by, ux, uy, reach_mm, *grid)
        # A way that comes in from outside would cross what is no material.
        if before > 0.0 and is_bounded:
            near = ON_BORDER_MM
            if _first_meeting(ax + ux * near, ay + uy * near, -ux, -uy, 2.0 * near, *border_grid) == 0.0:
                before = 0.0
        if behind > 0.0 and is_bounded:
            near = ON_BORDER_MM
            if _first_meeting(bx - ux * near, by - uy * near, ux, uy, 2.0 * near, *border_grid) == 0.0:
                behind = 0.0
        if before > 0.0:
            extended[s, 0] = ax - ux * before
            extended[s, 1] = ay - uy * before
            moved += 1
        if behind > 0.0:
            extended[s, 2] = bx + ux * behind
            extended[s, 3] = by + uy * behind
            moved += 1
        added_mm += max(before, 0.0) + max(behind, 0.0)
    return extended, moved, added_mm
