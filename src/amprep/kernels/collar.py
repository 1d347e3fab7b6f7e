"""Clean inward offset of loops where nothing collides, with the proof that nothing does.

::

        ──────●───────────────●──────   boundary; every edge carries a collar, the strip between it and
              │╲             ╱│         its offset edge. Corners move along the line to the
              │ ╲───────────╱ │         intersection of the shifted edges; at a sharp reflex corner the
              │  ╲_________╱  │         collar is a triangle; an edge that shrinks to nothing is taken out
                 offset edges           and its neighbours are intersected.

Algorithm
    Build the offset corner by corner. It is the exact offset, and the region is reached by the beam
    everywhere, when (a) every offset edge keeps its direction, (b) no two collars meet, apart from those
    that share a corner, and (c) outer loops lie in the open and holes in material. Collars are convex, so
    (b) is a separating-axis test of the pairs that a uniform grid brings together. Where the proof fails,
    the caller turns to a polygon library.

Degeneracy rule
    Collars that touch count as meeting: bodies that share a face go to the library, which unites them.
    Points closer than `SAME_POINT_MM` to their predecessor are one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.tolerances import MITRE_LIMIT, SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["offset_clear", "signed_area"]

#: A step in the boundary, an edge between a convex and a reflex corner, is bridged up to this share of the
#: offset; larger ones go to the library.
STEP_SHARE = 0.25


@kernel
def signed_area(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> float:
    """Area of all loops in mm², holes negative, each about its own first point for accuracy.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    """
    total = 0.0
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        for p in range(first + 1, loop_offsets[loop + 1] - 1):
            ax = points[p, 0] - points[first, 0]
            ay = points[p, 1] - points[first, 1]
            bx = points[p + 1, 0] - points[first, 0]
            by = points[p + 1, 1] - points[first, 1]
            total += 0.5 * (ax * by - ay * bx)
    return total


@kernel
def _intersection(
    points: NDArray[np.float64],
    ends: NDArray[np.int64],
    normal: NDArray[np.float64],
    e: int,
    f: int,
    offset: float,
) -> tuple[bool, float, float]:
    """Where the shifted lines of the edges e and f meet; false when they are nearly parallel."""
    ax = points[ends[e, 1], 0] + normal[e, 0] * offset
    ay = points[ends[e, 1], 1] + normal[e, 1] * offset
    # Directions are the normals turned back by 90°.
    dx = normal[e, 1]
    dy = -normal[e, 0]
    ex = normal[f, 1]
    ey = -normal[f, 0]
    cross = dx * ey - dy * ex
    if abs(cross) < 1e-6:
        if dx * ex + dy * ey < 0.0 or ends[e, 1] != ends[f, 0]:
            return False, 0.0, 0.0
        return True, ax, ay
    bx = points[ends[f, 0], 0] + normal[f, 0] * offset - ax
    by = points[ends[f, 0], 1] + normal[f, 1] * offset - ay
    t = (bx * ey - by * ex) / cross
    return True, ax + t * dx, ay + t * dy


@kernel
def _apart(quads: NDArray[np.float64], i: int, j: int) -> bool:
    """Whether two convex quadrilaterals leave a gap (separating axis over the edges of both)."""
    for turn in range(2):
        a = i if turn == 0 else j
        b = j if turn == 0 else i
        for k in range(4):
            m = (k + 1) & 3
            ex = quads[a, 2 * m] - quads[a, 2 * k]
            ey = quads[a, 2 * m + 1] - quads[a, 2 * k + 1]
            length = math.sqrt(ex * ex + ey * ey)
            if length == 0.0:
                continue
            nearest = 1e300
            for p in range(4):
                # Collars run counter-clockwise: outside is on the right of every edge.
                outward = (quads[b, 2 * p] - quads[a, 2 * k]) * ey - (
                    quads[b, 2 * p + 1] - quads[a, 2 * k + 1]
                ) * ex
                nearest = min(nearest, outward)
            if nearest > SAME_POINT_MM * length:
                return True
    return False


@kernel
def _collars_apart(quads: NDArray[np.float64], corners: NDArray[np.int64], count: int) -> bool:
    """Whether no two collars meet that do not share a corner."""
    x0 = 1e300
    y0 = 1e300
    x1 = -1e300
    y1 = -1e300
    reach = 0.0
    box = np.empty((count, 4), dtype=np.float64)
    for i in range(count):
        box[i, 0] = min(quads[i, 0], quads[i, 2], quads[i, 4], quads[i, 6]) - SAME_POINT_MM
        box[i, 1] = min(quads[i, 1], quads[i, 3], quads[i, 5], quads[i, 7]) - SAME_POINT_MM
        box[i, 2] = max(quads[i, 0], quads[i, 2], quads[i, 4], quads[i, 6]) + SAME_POINT_MM
        box[i, 3] = max(quads[i, 1], quads[i, 3], quads[i, 5], quads[i, 7]) + SAME_POINT_MM
        x0 = min(x0, box[i, 0])
        y0 = min(y0, box[i, 1])
        x1 = max(x1, box[i, 2])
        y1 = max(y1, box[i, 3])
        reach += box[i, 2] - box[i, 0] + box[i, 3] - box[i, 1]
    cell = max(0.5 * reach / count, SAME_POINT_MM, math.sqrt((x1 - x0) * (y1 - y0) / (4.0 * count)))
    columns = int((x1 - x0) / cell) + 1
    rows = int((y1 - y0) / cell) + 1
    start = np.zeros(columns * rows + 1, dtype=np.int64)
    members = np.empty(0, dtype=np.int32)
    fill = np.empty(0, dtype=np.int32)
    for sweep in range(2):
        for i in range(count):
            # Long slanted collars fill their box badly: per row only the columns that they can touch.
            low_row = int((box[i, 1] - y0) / cell)
            high_row = int((box[i, 3] - y0) / cell)
            for row in range(low_row, high_row + 1):
                left = box[i, 0]
                right = box[i, 2]
                if high_row > low_row:
                    bottom = y0 + row * cell - SAME_POINT_MM
                    top = bottom + cell + 2.0 * SAME_POINT_MM
                    left = 1e300
                    right = -1e300
                    for k in range(4):
                        m = (k + 1) & 3
                        ax = quads[i, 2 * k]
                        ay = quads[i, 2 * k + 1]
                        bx = quads[i, 2 * m]
                        by = quads[i, 2 * m + 1]
                        if max(ay, by) < bottom or min(ay, by) > top:
                            continue
                        ta = 0.0
                        tb = 1.0
                        if ay != by:
                            t0 = (bottom - ay) / (by - ay)
                            t1 = (top - ay) / (by - ay)
                            ta = max(0.0, min(t0, t1))
                            tb = min(1.0, max(t0, t1))
                        left = min(left, ax + ta * (bx - ax), ax + tb * (bx - ax))
                        right = max(right, ax + ta * (bx - ax), ax + tb * (bx - ax))
                    if left > right:
                        continue
                    left -= SAME_POINT_MM
                    right += SAME_POINT_MM
                first = max(0, int((left - x0) / cell))
                last = min(columns - 1, int((right - x0) / cell))
                for column in range(first, last + 1):
                    at = row * columns + column
                    if sweep == 0:
                        start[at + 1] += 1
                    else:
                        # Cells are filled from the front; compare with what lies there already.
                        for other in range(start[at], start[at] + fill[at]):
                            j = members[other]
                            if (
                                corners[i, 0] == corners[j, 0]
                                or corners[i, 0] == corners[j, 1]
                                or corners[i, 1] == corners[j, 0]
                                or corners[i, 1] == corners[j, 1]
                                or box[i, 0] > box[j, 2]
                                or box[j, 0] > box[i, 2]
                                or box[i, 1] > box[j, 3]
                                or box[j, 1] > box[i, 3]
                            ):
                                continue
                            if not _apart(quads, i, j):
                                return False
                        members[start[at] + fill[at]] = i
                        fill[at] += 1
        if sweep == 0:
            for at in range(columns * rows):
                start[at + 1] += start[at]
            members = np.empty(start[columns * rows], dtype=np.int32)
            fill = np.zeros(columns * rows, dtype=np.int32)
    return True


@kernel
def _nested_plainly(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> bool:
    """Whether loops that do not cross bound a region of winding number 1 in one of 0, nothing else."""
    loops = loop_offsets.shape[0] - 1
    box = np.empty((loops, 4), dtype=np.float64)
    for i in range(loops):
        box[i, 0] = box[i, 1] = 1e300
        box[i, 2] = box[i, 3] = -1e300
        for p in range(loop_offsets[i], loop_offsets[i + 1]):
            box[i, 0] = min(box[i, 0], points[p, 0])
            box[i, 1] = min(box[i, 1], points[p, 1])
            box[i, 2] = max(box[i, 2], points[p, 0])
            box[i, 3] = max(box[i, 3], points[p, 1])
    for i in range(loops):
        x = points[loop_offsets[i], 0]
        y = points[loop_offsets[i], 1]
        around = 0
        for j in range(loops):
            if j == i or x < box[j, 0] or x > box[j, 2] or y < box[j, 1] or y > box[j, 3]:
                continue
            a = loop_offsets[j + 1] - 1
            for b in range(loop_offsets[j], loop_offsets[j + 1]):
                if (points[a, 1] <= y) != (points[b, 1] <= y):
                    t = (y - points[a, 1]) / (points[b, 1] - points[a, 1])
                    if points[a, 0] + t * (points[b, 0] - points[a, 0]) > x:
                        around += 1 if points[a, 1] <= y else -1
                a = b
        is_hole = signed_area(points, loop_offsets[i : i + 2]) < 0.0
        if around != (1 if is_hole else 0):
            return False
    return True


@kernel
def offset_clear(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], offset_mm: float
) -> tuple[int, NDArray[np.float64], NDArray[np.int64], float]:
    """Inward offset of loops whose collars are clear of each other.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    offset_mm : float
        Into the material, positive.

    Returns
    -------
    count : int
        Number of points of the exact offset with mitred corners; -1 where there is no proof, then the rest
        means nothing.
    points : (2 P, 2) float64, mm
        The first `count` rows are the offset.
    loop_offsets : (C + 1,) int64
    lost_mm2 : float
        Tips of pointed corners that the offset, grown back with mitred corners, does not reach.

    """
    n = points.shape[0]
    out = np.empty((2 * n, 2), dtype=np.float64)
    out_offsets = np.zeros(loop_offsets.shape[0], dtype=np.int64)
    quads = np.empty((2 * n, 8), dtype=np.float64)
    corners = np.empty((2 * n, 2), dtype=np.int64)
    # Edges of one loop: indices of their two points, normal into the material, neighbours in a ring.
    ends = np.empty((n, 2), dtype=np.int64)
    normal = np.empty((n, 2), dtype=np.float64)
    before = np.empty(n, dtype=np.int64)
    after = np.empty(n, dtype=np.int64)
    head = np.empty((n, 2), dtype=np.float64)
    tail = np.empty((n, 2), dtype=np.float64)
    bound = 2.0 / (MITRE_LIMIT * MITRE_LIMIT)
    written = 0
    items: Any = np.int64(0)  # a bare 0 is a literal, and calls with it are compiled once more
    lost = 0.0
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        edges = 0
        anchor = first
        for p in range(first + 1, last + 1):
            q = p if p < last else first
            dx = points[q, 0] - points[anchor, 0]
            dy = points[q, 1] - points[anchor, 1]
            length = math.sqrt(dx * dx + dy * dy)
            if length <= SAME_POINT_MM and p < last:
                continue
            if length <= SAME_POINT_MM:
                # The last point is the first one again: its edge ends there instead.
                if edges > 0:
                    ends[edges - 1, 1] = first
                continue
            ends[edges, 0] = anchor
            ends[edges, 1] = q
            normal[edges, 0] = -dy / length
            normal[edges, 1] = dx / length
            edges += 1
            anchor = q
        if edges < 3:
            return -1, out, out_offsets, 0.0
        for e in range(edges):
            before[e] = e - 1 if e > 0 else edges - 1
            after[e] = e + 1 if e + 1 < edges else 0
        alive = edges
        # Corner after edge e: head of e, tail of its follower.
        at: Any = np.int64(0)
        settled = 0
        while settled < alive + 1:
            e = at
            f = after[e]
            met, x, y = _intersection(points, ends, normal, e, f, offset_mm)
            cosine = normal[e, 0] * normal[f, 0] + normal[e, 1] * normal[f, 1]
            turn = normal[e, 0] * normal[f, 1] - normal[e, 1] * normal[f, 0]
            if turn < 0.0 and 1.0 + cosine < bound and ends[e, 1] == ends[f, 0]:
                angle = math.atan2(-turn, cosine)
                t = math.tan(0.25 * angle) * offset_mm
                px = points[ends[e, 1], 0]
                py = points[ends[e, 1], 1]
                head[e, 0] = px + normal[e, 0] * offset_mm + normal[e, 1] * t
                head[e, 1] = py + normal[e, 1] * offset_mm - normal[e, 0] * t
                tail[f, 0] = px + normal[f, 0] * offset_mm - normal[f, 1] * t
                tail[f, 1] = py + normal[f, 1] * offset_mm + normal[f, 0] * t
            elif not met:
                return -1, out, out_offsets, 0.0
            else:
                head[e, 0] = x
                head[e, 1] = y
                tail[f, 0] = x
                tail[f, 1] = y
            settled += 1
            if settled > 1:
                along = (head[e, 0] - tail[e, 0]) * normal[e, 1] - (head[e, 1] - tail[e, 1]) * normal[e, 0]
                if along <= 0.0:
                    # The edge shrank to nothing and is taken out, unless a corner of it was cut.
                    p = before[e]
                    turn_before = normal[p, 0] * normal[e, 1] - normal[p, 1] * normal[e, 0]
                    cosine_before = normal[p, 0] * normal[e, 0] + normal[p, 1] * normal[e, 1]
                    across = normal[p, 0] * normal[f, 1] - normal[p, 1] * normal[f, 0]
                    if (
                        alive <= 3
                        or (turn > 0.0 and turn_before > 0.0 and across <= 0.0)
                        or (turn < 0.0 and 1.0 + cosine < bound)
                        or (turn_before < 0.0 and 1.0 + cosine_before < bound)
                    ):
                        return -1, out, out_offsets, 0.0
                    if turn < 0.0 or turn_before < 0.0:
                        # A step: the point of its convex corner stands out over the neighbour's line.
                        ax = points[ends[e, 1], 0] - points[ends[e, 0], 0]
                        ay = points[ends[e, 1], 1] - points[ends[e, 0], 1]
                        length = math.sqrt(ax * ax + ay * ay)
                        bend = turn if turn < 0.0 else turn_before
                        if (
                            length > STEP_SHARE * offset_mm
                            or ends[f, 0] != ends[e, 1]
                            or ends[p, 1] != ends[e, 0]
                            or abs(across) < 0.05
                        ):
                            return -1, out, out_offsets, 0.0
                        other = turn if turn > 0.0 else turn_before
                        lost += 0.5 * length * length * abs(bend * other / across)
                    after[p] = f
                    before[f] = p
                    # Two corners are undone; near the end of the round the first ones may be among them.
                    settled = settled - 2 if settled < alive - 3 else 0
                    alive -= 1
                    at = p
                    continue
            at = f
        e = at
        begin_of_loop = written
        for _ in range(alive):
            f = after[e]
            out[written, 0] = head[e, 0]
            out[written, 1] = head[e, 1]
            written += 1
            # Points between which edges were taken out count as one corner, named after the first.
            a = ends[before[e], 1]
            b = ends[e, 1]
            quads[items, 0] = points[ends[e, 0], 0]
            quads[items, 1] = points[ends[e, 0], 1]
            quads[items, 2] = points[b, 0]
            quads[items, 3] = points[b, 1]
            quads[items, 4] = head[e, 0]
            quads[items, 5] = head[e, 1]
            quads[items, 6] = tail[e, 0]
            quads[items, 7] = tail[e, 1]
            corners[items, 0] = a
            corners[items, 1] = b
            items += 1
            if head[e, 0] != tail[f, 0] or head[e, 1] != tail[f, 1]:
                out[written, 0] = tail[f, 0]
                out[written, 1] = tail[f, 1]
                written += 1
                quads[items, 0] = points[b, 0]
                quads[items, 1] = points[b, 1]
                quads[items, 2] = tail[f, 0]
                quads[items, 3] = tail[f, 1]
                quads[items, 4] = head[e, 0]
                quads[items, 5] = head[e, 1]
                quads[items, 6] = points[b, 0]
                quads[items, 7] = points[b, 1]
                corners[items, 0] = b
                corners[items, 1] = b
                items += 1
            cosine = normal[e, 0] * normal[f, 0] + normal[e, 1] * normal[f, 1]
            turn = normal[e, 0] * normal[f, 1] - normal[e, 1] * normal[f, 0]
            if turn > 0.0 and 1.0 + cosine < bound:
                if ends[f, 0] != b:
                    return -1, out, out_offsets, 0.0
                # Beyond the mitre limit the tip of a pointed corner is out of the beam's reach.
                half = math.sqrt(0.5 * (1.0 + cosine))
                height = offset_mm * (1.0 / half - 1.0)
                side = height / math.sqrt(1.0 - half * half)
                for edge in (e, f):
                    ax = points[ends[edge, 1], 0] - points[ends[edge, 0], 0]
                    ay = points[ends[edge, 1], 1] - points[ends[edge, 0], 1]
                    if ax * ax + ay * ay < side * side:
                        return -1, out, out_offsets, 0.0
                lost += height * side * half
            gone = e + 1 if e + 1 < edges else 0
            while gone != f:
                # The collar of an edge that was taken out is a triangle below the new corner.
                ax = points[ends[gone, 1], 0] - points[ends[gone, 0], 0]
                ay = points[ends[gone, 1], 1] - points[ends[gone, 0], 1]
                bx = head[e, 0] - points[ends[gone, 0], 0]
                by = head[e, 1] - points[ends[gone, 0], 1]
                if ax * by - ay * bx <= 0.0:
                    return -1, out, out_offsets, 0.0
                quads[items, 0] = points[ends[gone, 0], 0]
                quads[items, 1] = points[ends[gone, 0], 1]
                quads[items, 2] = points[ends[gone, 1], 0]
                quads[items, 3] = points[ends[gone, 1], 1]
                quads[items, 4] = head[e, 0]
                quads[items, 5] = head[e, 1]
                quads[items, 6] = head[e, 0]
                quads[items, 7] = head[e, 1]
                corners[items, 0] = b
                corners[items, 1] = b
                items += 1
                gone = gone + 1 if gone + 1 < edges else 0
            e = f
        if written - begin_of_loop < 3:
            return -1, out, out_offsets, 0.0
        out_offsets[loop + 1] = written
    if not _collars_apart(quads, corners, items) or not _nested_plainly(points, loop_offsets):
        return -1, out, out_offsets, 0.0
    return written, out, out_offsets, lost
