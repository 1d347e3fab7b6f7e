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

    Where mitres leave nothing of an edge, its neighbours meet instead of it: of edges that hang together the
    one that a growing offset uses up first goes first. Only if that can be told for all of a loop, as the
    collars that go lie under those that stay, does it hold; then such curves rarely cross themselves.

Degeneracy rule
    Points closer than `SAME_POINT_MM` to their predecessor are one. A loop of fewer than three points is
    none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import MITRE_LIMIT, SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["mitred_curves"]

#: A mitre is allowed while 1 + cos(turn) is no less. Corners of 60°, which are just at the limit, are on one
#: side of it whatever their coordinates are rounded to.
_BOUND = 2.0 / (MITRE_LIMIT * MITRE_LIMIT) - 1e-9

#: Columns of the links of edges: point where an edge starts, edges before it and behind it, those that are
#: used up left out.
_START, _BEFORE, _AFTER = 0, 1, 2

#: What is known of edges that are used up.
_UNTOLD, _TOLD, _COVERED = 0, 1, 2

#: So many edges that hang together are looked at for what is used up between them.
_MOST = 24

#: Edges that turn by more meet too far away when they are shifted, or behind; the cosine.
_LEAST_COSINE = -0.999

#: Edges that turn by less, as the sine between them, meet nowhere certain; reflex corners between edges that
#: did not follow each other have no mitre.
_PARALLEL = 1e-6


@inner_kernel
def _is_cut(turn: NDArray[np.float64], corner: Any, rule: tuple[Any, ...]) -> bool:
    """Whether the mitre of a reflex corner is cut, or round."""
    e = corner if corner < turn.shape[0] else 0
    return bool(turn[e, 0] < 0.0 and (rule[2] or 1.0 + turn[e, 1] < _BOUND))


@inner_kernel
def _reach(turn: NDArray[np.float64], corner: Any, rule: tuple[Any, ...]) -> float:
    """How far the mitre of a reflex corner reaches over the ends of its edges; 0 for other corners."""
    e = corner if corner < turn.shape[0] else 0
    if turn[e, 0] >= 0.0 or _is_cut(turn, e, rule):
        return 0.0
    return float(-rule[1] * rule[0] * turn[e, 0] / (1.0 + turn[e, 1]))


@inner_kernel
def _meeting(
    points: NDArray[np.float64],
    edge: NDArray[np.float64],
    turn: NDArray[np.float64],
    link: NDArray[np.int64],
    pair: tuple[Any, ...],
    rule: tuple[Any, ...],
    share: float,
) -> tuple[float, float]:
    """Where two edges that follow each other meet once shifted: along either from its start, in mm.

    pair
        Edge before and edge behind.
    rule
        Offset in mm, 1 or -1 for inwards or outwards, whether reflex corners are round.
    share : float
        Of the offset that they are shifted by.
    """
    a, b = pair
    if b == a + 1 or (b == 0 and a == edge.shape[0] - 1):
        taken = share * (turn[b, 2] - _reach(turn, b, rule))
        return edge[a, 3] - taken, taken
    cross = edge[a, 0] * edge[b, 1] - edge[a, 1] * edge[b, 0]
    shift_mm = share * rule[0]
    dx = points[link[b, _START], 0] - points[link[a, _START], 0] - shift_mm * (edge[b, 1] - edge[a, 1])
    dy = points[link[b, _START], 1] - points[link[a, _START], 1] + shift_mm * (edge[b, 0] - edge[a, 0])
    return (dx * edge[b, 1] - dy * edge[b, 0]) / cross, (dx * edge[a, 1] - dy * edge[a, 0]) / cross


@inner_kernel
def _is_covered(
    points: NDArray[np.float64],
    edge: NDArray[np.float64],
    turn: NDArray[np.float64],
    link: NDArray[np.int64],
    e: Any,
    rule: tuple[Any, ...],
) -> bool:
    """Whether the collar of an edge that is used up lies under those of the edges that are left beside it.

    Asked is its shifted line, with the mitres of its own reflex corners. Between the collars of the two left
    lies what is beyond the end of either, if they meet where both still have an edge.
    """
    a = link[e, _BEFORE]
    while link[a, _AFTER] < 0:
        a = link[a, _BEFORE]
    b = link[a, _AFTER]
    size = rule[0] * rule[1]
    _, begin = _meeting(points, edge, turn, link, (link[a, _BEFORE], a), rule, 1.0)
    meet_a, meet_b = _meeting(points, edge, turn, link, (a, b), rule, 1.0)
    end, _ = _meeting(points, edge, turn, link, (b, link[b, _AFTER]), rule, 1.0)
    if meet_a > edge[a, 3] + _reach(turn, a + 1, rule) or meet_b < -_reach(turn, b, rule):
        return False
    place_of_start = 0
    for is_end in range(2):
        along = edge[e, 3] + _reach(turn, e + 1, rule) if is_end else -_reach(turn, e, rule)
        x = points[link[e, _START], 0] - edge[e, 1] * rule[0] + along * edge[e, 0]
        y = points[link[e, _START], 1] + edge[e, 0] * rule[0] + along * edge[e, 1]
        dx = x - points[link[a, _START], 0]
        dy = y - points[link[a, _START], 1]
        foot_a = edge[a, 0] * dx + edge[a, 1] * dy - meet_a
        high_a = (edge[a, 0] * dy - edge[a, 1] * dx) * rule[1] - size
        dx = x - points[link[b, _START], 0]
        dy = y - points[link[b, _START], 1]
        foot_b = edge[b, 0] * dx + edge[b, 1] * dy - meet_b
        high_b = (edge[b, 0] * dy - edge[b, 1] * dx) * rule[1] - size
        if foot_a >= 0.0 >= foot_b and meet_a >= 0.0 and meet_b <= edge[b, 3]:
            place = 1
        elif high_a <= 0.0 and max(begin, 0.0) - meet_a <= foot_a <= 0.0:
            place = 0
        elif high_b <= 0.0 and 0.0 <= foot_b <= min(end, edge[b, 3]) - meet_b:
            place = 2
        else:
            return False
        if is_end and place != place_of_start:
            # The corner where the two meet must not lie within the collar: the line would pass above it.
            dx = points[link[a, _START], 0] - edge[a, 1] * rule[0] + meet_a * edge[a, 0] - x
            dy = points[link[a, _START], 1] + edge[a, 0] * rule[0] + meet_a * edge[a, 1] - y
            high = (edge[e, 0] * dy - edge[e, 1] * dx) * rule[1]
            if (high if place > place_of_start else -high) < -SAME_POINT_MM:
                return False
        place_of_start = place
    return True


@inner_kernel
def _use_up(
    points: NDArray[np.float64],
    edge: NDArray[np.float64],
    turn: NDArray[np.float64],
    link: NDArray[np.int64],
    near: NDArray[np.int64],
    first: Any,
    rule: tuple[Any, ...],
) -> int:
    """Take out edges that the shift uses up, one and those beside it.

    The curve shifted back covers what goes between corners that are no reflex ones, and not sharper than the
    limit of mitres: then it is `_COVERED`, else `_TOLD`, and `_UNTOLD` where it cannot be told what goes.

    link : (n, 3) int64
        Written.
    near : (_MOST,) int64
        Work room.
    """
    near[0] = first
    many: Any = np.int64(1)
    found: Any = np.int64(_COVERED)
    for _ in range(2 * _MOST):
        best: Any = np.int64(-1)
        least = 2.0
        for k in range(many):
            e = near[k]
            if link[e, _AFTER] < 0:
                continue
            before = (link[e, _BEFORE], e)
            behind = (e, link[e, _AFTER])
            _, begin = _meeting(points, edge, turn, link, before, rule, 1.0)
            end, _ = _meeting(points, edge, turn, link, behind, rule, 1.0)
            left = end - begin
            if left >= 0.0:
                continue
            _, begin = _meeting(points, edge, turn, link, before, rule, 0.0)
            end, _ = _meeting(points, edge, turn, link, behind, rule, 0.0)
            whole = end - begin
            if whole <= 0.0:
                return _UNTOLD
            share = whole / (whole - left)
            if share < least:
                least = share
                best = e
        if best < 0:
            return int(found)
        a = link[best, _BEFORE]
        b = link[best, _AFTER]
        # Those beside it may be used up before, which leaves it more.
        known = many
        for beside in (a, b):
            is_new = many < near.shape[0]
            for k in range(many):
                is_new = is_new and near[k] != beside
            if is_new:
                near[many] = beside
                many += 1
        if many > known:
            continue
        sine = rule[1] * (edge[a, 0] * edge[b, 1] - edge[a, 1] * edge[b, 0])
        cosine = edge[a, 0] * edge[b, 0] + edge[a, 1] * edge[b, 1]
        if link[a, _BEFORE] == b or sine < _PARALLEL or cosine < _LEAST_COSINE:
            return _UNTOLD
        if many == near.shape[0] or _is_cut(turn, best, rule) or _is_cut(turn, best + 1, rule):
            return _UNTOLD
        after = best + 1 if best + 1 < turn.shape[0] else 0
        sharpest = 1.0 + min(cosine, turn[best, 1], turn[after, 1])
        if min(turn[best, 0], turn[after, 0]) < 0.0 or sharpest < _BOUND:
            found = np.int64(_TOLD)
        link[a, _AFTER] = b
        link[b, _BEFORE] = a
        link[best, _AFTER] = -1
    return _UNTOLD


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
        Whether every collar is mitred, or lies under others that are, and no loop was left out.
    tips_mm2 : float
        Tips of corners sharper than the mitre limit, which the curve, shifted back with cut mitres, does not
        reach. That is all it does not reach where all collars are mitred and stay clear of each other.

    """
    n = points.shape[0]
    raw = np.empty((3 * n, 2), dtype=np.float64)
    raw_offsets = np.zeros(loop_offsets.shape[0], dtype=np.int64)
    # Edges of one loop: links; direction, what mitres leave of the length, the length; sine and cosine of the
    # turn at its start, and what a mitre there takes of it.
    link = np.empty((n, 3), dtype=np.int64)
    near = np.empty(_MOST, dtype=np.int64)
    edge = np.empty((n, 4), dtype=np.float64)
    turn = np.empty((n, 3), dtype=np.float64)
    size = abs(offset_mm)
    side = 1.0 if offset_mm > 0.0 else -1.0
    rule = (offset_mm, side, half_step_rad > 0.0)
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
            link[edges, _START] = anchor
            edge[edges, 0] = dx / length
            edge[edges, 1] = dy / length
            edge[edges, 2] = length
            edge[edges, 3] = length
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
        has_tips = False
        before = edges - 1
        for e in range(edges):
            sine = side * (edge[before, 0] * edge[e, 1] - edge[before, 1] * edge[e, 0])
            cosine = edge[before, 0] * edge[e, 0] + edge[before, 1] * edge[e, 1]
            turn[e, 0] = sine
            turn[e, 1] = cosine
            turn[e, 2] = 0.0
            if sine > 0.0 or (sine == 0.0 and cosine < 0.0):
                turn[e, 2] = size * sine / (1.0 + cosine) if 1.0 + cosine > 1e-12 else 1e300
                if 1.0 + cosine < _BOUND:
                    # With the half angle of the turn: height of the tip over the cut, times half its width.
                    half = math.sqrt(0.5 * (1.0 + cosine))
                    height = size / half - size
                    flank = height / math.sqrt(1.0 - half * half)
                    tips_mm2 += height * flank * half
                    has_tips = True
                    # A tip that reaches beyond its edges is no triangle.
                    mitred &= flank <= min(edge[before, 3], edge[e, 3])
            else:
                convex = convex and sine == 0.0
            before = e
        if convex and min(high_x - low_x, high_y - low_y) < 2.0 * size:
            mitred = False
            continue
        is_short = False
        for e in range(edges):
            after = e + 1 if e + 1 < edges else 0
            edge[e, 2] -= turn[e, 2] + turn[after, 2]
            is_short |= edge[e, 2] < -SAME_POINT_MM
        # What is used up goes, if that can be told for all of the loop.
        is_told = False
        if is_short:
            told: Any = np.int64(_COVERED)
            own = edge[:edges]
            turns = turn[:edges]
            for e in range(edges):
                link[e, _BEFORE] = e - 1 if e > 0 else edges - 1
                link[e, _AFTER] = e + 1 if e + 1 < edges else 0
            for e in range(edges):
                if told > 0 and edge[e, 2] < -SAME_POINT_MM and link[e, _AFTER] >= 0:
                    told = min(told, _use_up(points, own, turns, link, near, e, rule))
            for e in range(edges):
                if told > 0 and link[e, _AFTER] < 0:
                    told *= np.int64(_is_covered(points, own, turns, link, e, rule))
            # Where only mitres are left of an edge, the curve shifted back reaches it but no disc does.
            for e in range(edges):
                if told == _COVERED and link[e, _AFTER] >= 0:
                    _, begin = _meeting(points, own, turns, link, (link[e, _BEFORE], e), rule, 1.0)
                    end, _ = _meeting(points, own, turns, link, (e, link[e, _AFTER]), rule, 1.0)
                    if min(end, edge[e, 3]) - max(begin, 0.0) < -SAME_POINT_MM:
                        told = np.int64(_TOLD)
            is_told = told > 0
            mitred &= told == _COVERED and not has_tips
        before = edges - 1
        if is_told:
            while link[before, _AFTER] < 0:
                before -= 1
        for e in range(edges):
            if is_told and link[e, _AFTER] < 0:
                continue
            x = points[link[e, _START], 0]
            y = points[link[e, _START], 1]
            ux = edge[before, 0]
            uy = edge[before, 1]
            vx = edge[e, 0]
            vy = edge[e, 1]
            cosine = turn[e, 1]
            if is_told and before != (e - 1 if e > 0 else edges - 1):
                _, along = _meeting(points, edge[:edges], turn[:edges], link, (before, e), rule, 1.0)
                raw[written, 0] = x - vy * offset_mm + along * vx
                raw[written, 1] = y + vx * offset_mm + along * vy
                written += 1
            elif (
                not is_told
                and turn[e, 2] > 0.0
                and (edge[before, 2] < -SAME_POINT_MM or edge[e, 2] < -SAME_POINT_MM)
            ):
                raw[written, 0] = x - uy * offset_mm
                raw[written, 1] = y + ux * offset_mm
                raw[written + 1, 0] = x
                raw[written + 1, 1] = y
                raw[written + 2, 0] = x - vy * offset_mm
                raw[written + 2, 1] = y + vx * offset_mm
                written += 3
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
            elif turn[e, 2] > 0.0 or 1.0 + cosine >= _BOUND:
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
