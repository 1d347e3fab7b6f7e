"""Which loops of a layer can be hatched for themselves, and in which order.

::

        ┌────┐   ┌────┐   ┌────┐        Loops whose boxes overlap are one group: an outer loop with its
        │ ┌┐ │   │    │   │    │        holes, bodies that overlap or touch, a body in a hole of another.
        │ └┘ │   └────┘   └────┘        Groups follow each other row by row, every second row backwards.
        └────┘ ─────>────────>─┐
           <───────<───────────┘

Algorithm
    Boxes lie along the hatch; those of short loops have their corners cut along the diagonals, so that
    small round bodies close to each other come apart whatever the angle. Boxes are entered one by one into
    a grid of cells twice as large as a common box, in a hash table; a new box is compared with those that
    share a cell with it. Boxes far larger than a cell come first and stand in a list of their own. What lies
    inside of another box needs no entry. Groups are united by union-find.

Degeneracy rule
    Boxes that touch, or nearly so, overlap. Where boxes overlap although the bodies do not, these are one
    group; that costs way, but neither loses nor doubles anything.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["box_groups", "group_loops"]

#: A box over more cells than this stands in the list of large ones.
MOST_CELLS = 16

#: Where loops have fewer points than this on average, their boxes have diagonal sides too.
SHORT_LOOP = 32


def group_loops(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], angle_rad: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Groups of loops that share no place with each other, in firing order.

    points : (P, 2) float64, mm
        Curves in the plane; what they enclose lies in the box of their corners.
    loop_offsets : (C + 1,) int64
    angle_rad : float
        Of the boxes' sides and of the rows: that of the hatch, so that a part that is turned with its hatch
        comes out the same.

    Returns
    -------
    loops : (C,) int64
        Numbers of the loops, group after group, inside of a group as they came.
    group_offsets : (G + 1,) int64

    """
    count = len(loop_offsets) - 1
    if count < 2:
        return np.arange(count), np.array([0, count], dtype=np.int64)
    along = (math.cos(angle_rad), math.sin(angle_rad))
    group, middles, groups = box_groups(points, loop_offsets, *along)
    if groups == 1:
        return np.arange(count), np.array([0, count], dtype=np.int64)
    order = _rows_to_and_fro(middles[0, :groups], middles[1, :groups])
    rank = np.empty(groups, dtype=np.int64)
    rank[order] = np.arange(groups)
    return _listed(rank[group], groups)


def _listed(group: NDArray[np.int64], groups: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Loops group after group, and where each group begins; from the number of each loop's group."""
    # Small numbers are sorted by counting.
    keys = group.astype(np.uint16) if groups <= 2**16 else group
    loops = np.argsort(keys, kind="stable")
    return loops, np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])


def _rows_to_and_fro(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order of the (G,) places: rows as high as the places lie apart, to and fro."""
    left, low = x.min(), y.min()
    width, height = x.max() - left, y.max() - low
    # A little more, so that places in even rows do not lie on the borders between them.
    row_mm = 1.01 * max(math.sqrt(width * height / len(x)), height / len(x), SAME_POINT_MM)
    # Small numbers are sorted by counting.
    row = ((y - low) / row_mm).astype(np.uint16 if len(x) <= 2**16 else np.int64)
    along = ((2**16 - 1) / max(width, SAME_POINT_MM) * (x - left)).astype(np.uint16)
    along[row & 1 != 0] ^= 2**16 - 1
    order = np.argsort(along, kind="stable")
    return order[np.argsort(row[order], kind="stable")]


@kernel
def box_groups(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], cosine: float, sine: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Groups of loops whose boxes overlap.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    cosine, sine : float
        Direction of the boxes' sides.

    Returns
    -------
    group : (C,) int64
        Number of each loop's group; groups count in the order of their first loops. A loop without points is
        in one with the loops before it.
    middles : (2, C) float64, mm
        Along and across: the middle of the box of each group's first loop, which mostly is the outer one.
    groups : int

    """
    count = loop_offsets.shape[0] - 1
    boxes = np.empty((count, 8), dtype=np.float64)
    size_mm = 0.0
    filled: Any = np.int64(0)
    # Long loops are few: their diagonals would take more time than they save.
    has_diagonals = points.shape[0] < SHORT_LOOP * count
    for loop in range(count):
        x0 = np.inf
        y0 = np.inf
        x1 = -np.inf
        y1 = -np.inf
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            x = points[p, 0] * cosine + points[p, 1] * sine
            y = points[p, 1] * cosine - points[p, 0] * sine
            x0 = min(x0, x)
            y0 = min(y0, y)
            x1 = max(x1, x)
            y1 = max(y1, y)
        boxes[loop, 0] = x0 - SAME_POINT_MM
        boxes[loop, 1] = y0 - SAME_POINT_MM
        boxes[loop, 2] = x1 + SAME_POINT_MM
        boxes[loop, 3] = y1 + SAME_POINT_MM
        if x0 <= x1:
            size_mm += max(x1 - x0, y1 - y0)
            filled += 1
        s0 = -np.inf
        t0 = -np.inf
        s1 = np.inf
        t1 = np.inf
        if has_diagonals:
            s0, s1 = s1, s0
            t0, t1 = t1, t0
            for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
                x = points[p, 0] * cosine + points[p, 1] * sine
                y = points[p, 1] * cosine - points[p, 0] * sine
                s0 = min(s0, x + y)
                t0 = min(t0, x - y)
                s1 = max(s1, x + y)
                t1 = max(t1, x - y)
        boxes[loop, 4] = s0 - 2.0 * SAME_POINT_MM
        boxes[loop, 5] = t0 - 2.0 * SAME_POINT_MM
        boxes[loop, 6] = s1 + 2.0 * SAME_POINT_MM
        boxes[loop, 7] = t1 + 2.0 * SAME_POINT_MM
    per_mm = 1.0 / (2.0 * size_mm / max(filled, 1) + SAME_POINT_MM)

    parent = np.arange(count)
    slots = np.int64(16)
    while slots < 2 * count:
        slots *= 2
    # The list of the large boxes stands behind the cells.
    newest = np.full(slots + 1, -1, dtype=np.int64)
    entry = np.empty((MOST_CELLS * count, 2), dtype=np.int64)
    entries = 0
    # Slots of a box's cells, and of the list.
    own = np.empty(MOST_CELLS + 1, dtype=np.int64)
    for sweep in range(2):
        for loop in range(count):
            x0 = boxes[loop, 0]
            y0 = boxes[loop, 1]
            x1 = boxes[loop, 2]
            y1 = boxes[loop, 3]
            if not x0 <= x1:
                continue
            i0 = np.int64(math.floor(x0 * per_mm))
            floor_y = math.floor(y0 * per_mm)
            wide: Any = np.int64(math.floor(x1 * per_mm)) - i0 + 1
            cells: Any = wide * np.int64(math.floor(y1 * per_mm) - floor_y + 1)
            is_large = cells > MOST_CELLS
            if is_large != (sweep == 0):
                continue
            if is_large:
                cells = np.int64(0)
            column = np.int64(0)
            row = np.int64(floor_y)
            for cell in range(cells):
                own[cell] = ((i0 + column) * 73856093 ^ row * 19349663) & (slots - 1)
                column += 1
                if column == wide:
                    column = np.int64(0)
                    row += 1
            own[cells] = slots
            # What lies inside of another box is found wherever that one is.
            inside = False
            for cell in range(cells + 1):
                e = newest[own[cell]]
                while e >= 0 and not inside:
                    other = entry[e, 0]
                    e = entry[e, 1]
                    if (
                        x0 <= boxes[other, 2]
                        and boxes[other, 0] <= x1
                        and y0 <= boxes[other, 3]
                        and boxes[other, 1] <= y1
                        and boxes[loop, 4] <= boxes[other, 6]
                        and boxes[other, 4] <= boxes[loop, 6]
                        and boxes[loop, 5] <= boxes[other, 7]
                        and boxes[other, 5] <= boxes[loop, 7]
                    ):
                        inside = (
                            boxes[other, 0] <= x0
                            and x1 <= boxes[other, 2]
                            and boxes[other, 1] <= y0
                            and y1 <= boxes[other, 3]
                            and boxes[other, 4] <= boxes[loop, 4]
                            and boxes[loop, 6] <= boxes[other, 6]
                            and boxes[other, 5] <= boxes[loop, 5]
                            and boxes[loop, 7] <= boxes[other, 7]
                        )
                        a = loop
                        while parent[a] != a:
                            parent[a] = parent[parent[a]]
                            a = parent[a]
                        while parent[other] != other:
                            parent[other] = parent[parent[other]]
                            other = parent[other]
                        # The lowest loop stands for both.
                        parent[max(a, other)] = min(a, other)
            if inside:
                continue
            for cell in range(max(cells, 1)):
                slot = own[cell]
                entry[entries, 0] = loop
                entry[entries, 1] = newest[slot]
                newest[slot] = entries
                entries += 1

    groups = 0
    group = np.empty(count, dtype=np.int64)
    middles = np.zeros((2, count), dtype=np.float64)
    for loop in range(count):
        # Parents come before their children, so theirs is known.
        if parent[loop] != loop:
            group[loop] = group[parent[loop]]
            continue
        # A loop without points lies nowhere: a group of its own would have no place among the others.
        if not boxes[loop, 0] <= boxes[loop, 2]:
            group[loop] = max(groups - 1, 0)
            continue
        group[loop] = groups
        middles[0, groups] = 0.5 * (boxes[loop, 0] + boxes[loop, 2])
        middles[1, groups] = 0.5 * (boxes[loop, 1] + boxes[loop, 3])
        groups += 1
    return group, middles, max(groups, 1)
