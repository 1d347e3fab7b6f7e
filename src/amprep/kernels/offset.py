"""Raw inward offset curves: not trimmed, to be read with the rule *winding number ≥ 1*.

::

    convex corner of the material            reflex corner
    (offset edges cross)                     (offset edges part)

      ──────────┐ corner                        │ material
        ─────┐  │      end of the shifted       │  ┌───────
             │  │      edge, the corner,        └──╳        mitre, or two points
             │  │      start of the next           corner   where it grows too long

Algorithm
    Every edge moves to its left (into the material) by the offset. At a gentle convex corner whose edges stay
    longer than what the corner takes from them, they meet in one point. At any other the curve runs from
    the end of the shifted edge over the original corner to the start of the next shifted edge; the small
    loops that this leaves have a winding number below 1 and are no material. At a reflex corner the
    shifted edges are joined by their intersection; where that lies further from the corner than the mitre
    limit allows, the corner is cut at right angles to its bisector, one offset away from it or more.

Degeneracy rule
    An edge of zero length has no direction and is skipped. A loop whose edges all vanish gives no points, nor
    does one that is convex and narrower than two offsets, of which nothing is left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.tolerances import MITRE_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["offset_raw"]

#: Cosine of the turn up to which a convex corner counts as gentle.
GENTLE = 0.5


@inner_kernel
def _vanishes(points: NDArray[np.float64], first: Any, last: Any, offset_mm: float) -> bool:
    """Whether a loop is convex and narrower than two offsets."""
    x = points[last - 1, 0]
    y = points[last - 1, 1]
    ux = uy = 0.0
    low_x = high_x = x
    low_y = high_y = y
    # Once around and one edge more, so that each corner is met.
    for k in range(first, last + 1):
        p = k if k < last else first
        vx = points[p, 0] - x
        vy = points[p, 1] - y
        x = points[p, 0]
        y = points[p, 1]
        if vx == 0.0 and vy == 0.0:
            continue
        if ux * vy - uy * vx < 0.0:
            return False
        ux = vx
        uy = vy
        low_x = min(low_x, x)
        high_x = max(high_x, x)
        low_y = min(low_y, y)
        high_y = max(high_y, y)
    return bool(min(high_x - low_x, high_y - low_y) < 2.0 * offset_mm)


@kernel
def offset_raw(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], offset_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Shift all loops into the material (positive offset) without trimming.

    points : (P, 2) float64, mm
        Loops that bound a region of winding number 1.
    loop_offsets : (C + 1,) int64
    offset_mm : float
        Positive: into the material.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (C + 1,) int64
        One raw curve per loop, in the same order.

    """
    raw = np.empty((3 * points.shape[0], 2), dtype=np.float64)
    raw_offsets = np.zeros(loop_offsets.shape[0], dtype=np.int64)
    # A mitre is allowed while 1 + cos(turn) ≥ 2 / limit².
    bound = 2.0 / (MITRE_LIMIT * MITRE_LIMIT)
    n = 0
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        if first < last and _vanishes(points, first, last, offset_mm):
            raw_offsets[loop + 1] = n
            continue
        # The edge that arrives at the first corner: the last one with a length.
        before = last - 1
        while before > first and (
            points[before, 0] == points[first, 0] and points[before, 1] == points[first, 1]
        ):
            before -= 1
        dx = points[first, 0] - points[before, 0]
        dy = points[first, 1] - points[before, 1]
        length = math.sqrt(dx * dx + dy * dy)
        if length > 0.0:
            arriving = length
            ux = dx / length
            uy = dy / length
            p = first
            while p < last:
                # The edge that leaves this corner: towards the next point elsewhere.
                q = p + 1
                while q < last and points[q, 0] == points[p, 0] and points[q, 1] == points[p, 1]:
                    q += 1
                after = q if q < last else first
                dx = points[after, 0] - points[p, 0]
                dy = points[after, 1] - points[p, 1]
                length = math.sqrt(dx * dx + dy * dy)
                if length == 0.0:
                    break
                vx = dx / length
                vy = dy / length
                px = points[p, 0]
                py = points[p, 1]
                turn = ux * vy - uy * vx
                cosine = ux * vx + uy * vy
                # So much of either edge a gentle convex corner takes away; with a half left for the other
                # end the edge keeps its direction, and the shifted edges simply meet.
                taken = abs(turn * offset_mm) / (1.0 + cosine)
                if turn * offset_mm > 0.0 and (cosine < GENTLE or 2.0 * taken > min(arriving, length)):
                    raw[n, 0] = px - uy * offset_mm
                    raw[n, 1] = py + ux * offset_mm
                    raw[n + 1, 0] = px
                    raw[n + 1, 1] = py
                    raw[n + 2, 0] = px - vy * offset_mm
                    raw[n + 2, 1] = py + vx * offset_mm
                    n += 3
                elif 1.0 + cosine >= bound:
                    scale = offset_mm / (1.0 + cosine)
                    raw[n, 0] = px - (uy + vy) * scale
                    raw[n, 1] = py + (ux + vx) * scale
                    n += 1
                else:
                    # Cut at right angles to the bisector: with t = tan(turn angle / 4) the two points lie
                    # on the shifted edges and the chord between them one offset away from the corner.
                    angle = math.atan2(abs(turn), cosine)
                    t = math.tan(0.25 * angle) * abs(offset_mm)
                    raw[n, 0] = px - uy * offset_mm + ux * t
                    raw[n, 1] = py + ux * offset_mm + uy * t
                    raw[n + 1, 0] = px - vy * offset_mm - vx * t
                    raw[n + 1, 1] = py + vx * offset_mm - vy * t
                    n += 2
                ux = vx
                uy = vy
                arriving = length
                p = q
        raw_offsets[loop + 1] = n
    return raw[:n], raw_offsets
