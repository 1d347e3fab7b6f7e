"""Spikes of no width cut off from closed loops.

::

        ┌──────────┐                       ┌──────────┐
        │          ├──────────────   ──►   │          │
        └──────────┘                       └──────────┘

Algorithm
    Points go on a stack; while the last three turn back upon themselves within a width, the middle one is
    taken off. Both ends of the stack are then compared in the same way.

Degeneracy rule
    What turns back beyond the width is no spike. A loop that is nothing but spikes goes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["without_spikes"]


@inner_kernel
def _is_spike(points: NDArray[np.float64], a: int, b: int, c: int, width_mm: float) -> bool:
    """Whether the way a → b → c turns back upon itself, or has a step of no length."""
    ux = points[b, 0] - points[a, 0]
    uy = points[b, 1] - points[a, 1]
    vx = points[c, 0] - points[b, 0]
    vy = points[c, 1] - points[b, 1]
    u = math.sqrt(ux * ux + uy * uy)
    v = math.sqrt(vx * vx + vy * vy)
    if min(u, v) <= 0.1 * width_mm:
        return True
    turns: bool = ux * vx + uy * vy < 0.0
    return turns and abs(ux * vy - uy * vx) <= width_mm * max(u, v)


@kernel
def without_spikes(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], width_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cut spikes off.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    width_mm : float
        Of spikes, at most.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (D + 1,) int64

    """
    out = np.empty(points.shape, dtype=np.float64)
    out_offsets = np.zeros(loop_offsets.shape[0], dtype=np.int64)
    loops = 0
    begin: Any = np.int64(0)
    for loop in range(loop_offsets.shape[0] - 1):
        top = begin
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            out[top, 0] = points[p, 0]
            out[top, 1] = points[p, 1]
            top += 1
            while top - begin >= 3 and _is_spike(out, top - 3, top - 2, top - 1, width_mm):
                out[top - 2, 0] = out[top - 1, 0]
                out[top - 2, 1] = out[top - 1, 1]
                top -= 1
        first = begin
        trimmed = True
        while trimmed and top - first >= 3:
            trimmed = False
            if _is_spike(out, top - 2, top - 1, first, width_mm):
                top -= 1
                trimmed = True
            elif _is_spike(out, top - 1, first, first + 1, width_mm):
                first += 1
                trimmed = True
        if top - first < 3:
            continue
        for p in range(first, top):
            out[begin + p - first, 0] = out[p, 0]
            out[begin + p - first, 1] = out[p, 1]
        begin += top - first
        loops += 1
        out_offsets[loops] = begin
    return out[:begin].copy(), out_offsets[: loops + 1].copy()
