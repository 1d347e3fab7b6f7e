"""Which outer loop each hole lies in.

::

        ┌────────────┐
        │ 0   ┌────┐ │      Of the loops of positive area whose box meets a hole's, the smallest that winds
        │     │ 1  │ │      around most of the places that are asked is the hole's owner.
        │     └────┘ │
        └────────────┘

Algorithm
    Boxes first, swept from left to right; then the crossings of a ray to the left, for two or three middles
    of the hole's edges.

Degeneracy rule
    A hole without an owner owns itself. Corners of a hole may lie on the loop around it, middles of its edges
    do not; a place on an edge counts by the half-open rule of the ray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.sorting import sort_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["loop_owners"]

#: Places of a hole that are asked, middles of edges: its corners may lie on the loop around it.
_ASKED = 3


@kernel
def loop_owners(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    areas: NDArray[np.float64],
    boxes: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The outer loop that each loop belongs to; outer loops belong to themselves.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    areas : (C,) float64, mm²
        Signed: holes are negative.
    boxes : (C, 4) float64, mm
        Low x, low y, high x, high y.

    Returns
    -------
    owner : (C,) int64

    """
    loops = areas.shape[0]
    owner = np.arange(loops)
    # Outer loops in front, holes behind, each from left to right.
    keys = np.empty(loops, dtype=np.float64)
    order = np.empty(loops, dtype=np.int64)
    count = 0
    holes = loops
    for loop in range(loops):
        if areas[loop] > 0.0:
            keys[count] = boxes[loop, 0]
            order[count] = loop
            count += 1
        else:
            holes -= 1
            keys[holes] = boxes[loop, 0]
            order[holes] = loop
    sort_range(keys, order, 0, count)
    sort_range(keys, order, holes, loops)
    # Outer loops that may reach as far to the right as the holes that follow.
    near = np.empty(count, dtype=np.int64)
    many = 0
    entered = 0
    for k in range(holes, loops):
        hole = order[k]
        while entered < count and keys[entered] <= boxes[hole, 2]:
            near[many] = order[entered]
            many += 1
            entered += 1
        kept = 0
        for i in range(many):
            if boxes[near[i], 2] >= boxes[hole, 0]:
                near[kept] = near[i]
                kept += 1
        many = kept
        least = np.inf
        first = loop_offsets[hole]
        corners = loop_offsets[hole + 1] - first
        for i in range(many):
            loop = near[i]
            if (
                areas[loop] >= least
                or areas[loop] < -areas[hole]
                or boxes[loop, 0] > boxes[hole, 2]
                or boxes[loop, 1] > boxes[hole, 3]
                or boxes[loop, 3] < boxes[hole, 1]
            ):
                continue
            inside = 0
            for asked in range(_ASKED):
                if 2 * max(inside, asked - inside) > _ASKED:
                    break
                e = asked * corners // _ASKED
                f = e + 1 if e + 1 < corners else 0
                x = 0.5 * (points[first + e, 0] + points[first + f, 0])
                y = 0.5 * (points[first + e, 1] + points[first + f, 1])
                crossings = 0
                q = loop_offsets[loop + 1] - 1
                for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
                    if (points[p, 1] <= y) != (points[q, 1] <= y):
                        share = (y - points[q, 1]) / (points[p, 1] - points[q, 1])
                        if points[q, 0] + share * (points[p, 0] - points[q, 0]) < x:
                            crossings += 1
                    q = p
                inside += crossings & 1
            if 2 * inside > _ASKED:
                least = areas[loop]
                owner[hole] = loop
    return owner
