"""Raw offset curves with few crossings of their own, to be read with the rule *winding number ≥ 1*.

::

        ──────●───────────●──────    every edge carries a collar, the strip it sweeps when it is shifted.
             ╱│           │╲         Convex corner: the collars are mitred where that leaves something of
            ╱ │  collar   │ ╲        both edges, else they stay rectangles and the curve runs over the
         ──╳──┴───────────┴──╳──     corner. Reflex corner: a wedge is added: the mitre, a cut one, or a
                                     round one.

Algorithm
    Inwards the curve is the region's boundary minus the outlines of collars and wedges, all of them counted
    positive, so its winding number is that of the region less the number of collars over a place: 1 or more
    exactly in the region without its collars. Outwards they are added, and it is 1 or more in the region
    with them. A loop that is convex and narrower than two offsets leaves nothing and gives no curve.

Degeneracy rule
    Points closer than `SAME_POINT_MM` to their predecessor are one. A loop of fewer than three points is
    none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.tolerances import MITRE_LIMIT, SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["mitred_curves"]


@kernel
def mitred_curves(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], offset_mm: float, half_step_rad: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], bool, float]:
    """Shift all loops without trimming.

    points : (P, 2) float64, mm
        Loops that bound a region of winding number 1.
    loop_offsets : (C + 1,) int64
    offset_mm : float
        Positive: into the material.
    half_step_rad : float
        0: reflex corners are mitred. Above: they are round, tangents to the arc that touch it every two half
        steps at most.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (C + 1,) int64
        One raw curve per loop, in the same order.
    mitred : bool
        Whether every collar is mitred and no loop was left out.
    tips_mm2 : float
        Tips of corners sharper than the mitre limit, which the curve, shifted back with cut mitres, does not
        reach; only where all collars are mitred and stay clear of each other.

    """
    n = points.shape[0]
    raw = np.empty((3 * n, 2), dtype=np.float64)
    raw_offsets = np.zeros(loop_offsets.shape[0], dtype=np.int64)
    # Edges of one loop: start, direction, length, what its ends lose to mitres; sine and cosine of the turn
    # at its start.
    start = np.empty(n, dtype=np.int64)
    edge = np.empty((n, 3), dtype=np.float64)
    turn = np.empty((n, 3), dtype=np.float64)
    # A mitre is allowed while 1 + cos(turn) ≥ 2 / limit².
    bound = 2.0 / (MITRE_LIMIT * MITRE_LIMIT)
    size = abs(offset_mm)
    side = 1.0 if offset_mm > 0.0 else -1.0
    written: Any = np.int64(0)
    mitred = True
    tips_mm2 = 0.0
    for loop in range(loop_offsets.shape[0] - 1):
        raw_offsets[loop + 1] = written
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        edges = 0
        low_x = low_y = 1e300
        high_x = high_y = -1e300
        anchor = first
        for p in range(first + 1, last + 1):
            q = p if p < last else first
            dx = points[q, 0] - points[anchor, 0]
            dy = points[q, 1] - points[anchor, 1]
            length = math.sqrt(dx * dx + dy * dy)
            if length <= SAME_POINT_MM:
                continue
            start[edges] = anchor
            edge[edges, 0] = dx / length
            edge[edges, 1] = dy / length
            edge[edges, 2] = length
            edges += 1
            anchor = q
            low_x = min(low_x, points[q, 0])
            low_y = min(low_y, points[q, 1])
            high_x = max(high_x, points[q, 0])
            high_y = max(high_y, points[q, 1])
        if edges < 3:
            mitred = False
            continue
        convex = True
        before = edges - 1
        for e in range(edges):
            sine = side * (edge[before, 0] * edge[e, 1] - edge[before, 1] * edge[e, 0])
            cosine = edge[before, 0] * edge[e, 0] + edge[before, 1] * edge[e, 1]
            turn[e, 0] = sine
            turn[e, 1] = cosine
            turn[e, 2] = 0.0
            if sine > 0.0 or (sine == 0.0 and cosine < 0.0):
                turn[e, 2] = size * sine / (1.0 + cosine) if 1.0 + cosine > 1e-12 else 1e300
                if 1.0 + cosine < bound:
                    # With the half angle of the turn: height of the tip over the cut, times half its width.
                    half = math.sqrt(0.5 * (1.0 + cosine))
                    height = size / half - size
                    tips_mm2 += height * height * half / math.sqrt(1.0 - half * half)
            else:
                convex = convex and sine == 0.0
            before = e
        if convex and min(high_x - low_x, high_y - low_y) < 2.0 * size:
            mitred = False
            continue
        for e in range(edges):
            after = e + 1 if e + 1 < edges else 0
            edge[e, 2] -= turn[e, 2] + turn[after, 2]
        before = edges - 1
        for e in range(edges):
            x = points[start[e], 0]
            y = points[start[e], 1]
            ux = edge[before, 0]
            uy = edge[before, 1]
            vx = edge[e, 0]
            vy = edge[e, 1]
            cosine = turn[e, 1]
            if turn[e, 2] > 0.0 and (edge[before, 2] < -SAME_POINT_MM or edge[e, 2] < -SAME_POINT_MM):
                raw[written, 0] = x - uy * offset_mm
                raw[written, 1] = y + ux * offset_mm
                raw[written + 1, 0] = x
                raw[written + 1, 1] = y
                raw[written + 2, 0] = x - vy * offset_mm
                raw[written + 2, 1] = y + vx * offset_mm
                written += 3
                mitred = False
            elif half_step_rad > 0.0 and turn[e, 2] == 0.0 and turn[e, 0] != 0.0:
                # Corners of tangents; the first and the last lie on the shifted edges.
                angle = math.atan2(abs(turn[e, 0]), cosine)
                corners = math.ceil(0.5 * angle / half_step_rad)
                # What comes behind it, also of other loops, takes three places for each point at most.
                if written + corners + 3 * (edges - e + n - last) > raw.shape[0]:
                    larger = np.empty((2 * raw.shape[0] + corners, 2), dtype=np.float64)
                    for p in range(written):
                        larger[p, 0] = raw[p, 0]
                        larger[p, 1] = raw[p, 1]
                    raw = larger
                # Sine and cosine of a step from the tangent of half of it.
                t = side * math.tan(0.5 * angle / corners)
                cosine = (1.0 - t * t) / (1.0 + t * t)
                sine = 2.0 * t / (1.0 + t * t)
                # Normal of the edge before, half a step on, as long as to the corner of the tangents.
                nx = (ux * t - uy) * offset_mm
                ny = (uy * t + ux) * offset_mm
                for _ in range(corners):
                    raw[written, 0] = x + nx
                    raw[written, 1] = y + ny
                    written += 1
                    turned = nx * cosine + ny * sine
                    ny = ny * cosine - nx * sine
                    nx = turned
            elif turn[e, 2] > 0.0 or 1.0 + cosine >= bound:
                scale = offset_mm / (1.0 + cosine)
                raw[written, 0] = x - (uy + vy) * scale
                raw[written, 1] = y + (ux + vx) * scale
                written += 1
            else:
                # Cut at right angles to the bisector: with t = tan(turn angle / 4) the two points lie on
                # the shifted edges and the chord between them one offset away from the corner.
                t = math.tan(0.25 * math.atan2(abs(turn[e, 0]), cosine)) * size
                raw[written, 0] = x - uy * offset_mm + ux * t
                raw[written, 1] = y + ux * offset_mm + uy * t
                raw[written + 1, 0] = x - vy * offset_mm - vx * t
                raw[written + 1, 1] = y + vx * offset_mm - vy * t
                written += 2
            before = e
        raw_offsets[loop + 1] = written
    return raw[:written].copy(), raw_offsets, mitred, tips_mm2
