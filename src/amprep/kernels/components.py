"""Which loops of a layer can be hatched for themselves, and in which order.

::

        ┌────┐   ┌────┐   ┌────┐        Loops whose boxes overlap are one group: an outer loop with its
        │ ┌┐ │   │    │   │    │        holes, bodies that overlap or touch, a body in a hole of another.
        │ └┘ │   └────┘   └────┘        Groups follow each other row by row, every second row backwards.
        └────┘ ─────>────────>─┐
           <───────<───────────┘

Algorithm
    Boxes are entered one by one into a grid of cells twice as large as a common box, in a hash table; a
    new box is compared with those that share a cell with it. Boxes far larger than a cell stand in a list of
    their own, and what lies inside of one of them needs no entry. Groups are united by union-find.

Degeneracy rule
    Boxes that touch, or nearly so, overlap. Where boxes overlap although the bodies do not, these are one
    group; that costs way, but neither loses nor doubles anything.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.sorting import order_by
from amprep.kernels.tolerances import SAME_POINT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["group_loops"]

#: A box over more cells than this stands in the list of large ones.
MOST_CELLS = 16


@kernel
def group_loops(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Groups of loops that share no place with each other, in firing order.

    points : (P, 2) float64, mm
        Curves in the plane; what they enclose lies in the box of their corners.
    loop_offsets : (C + 1,) int64

    Returns
    -------
    loops : (C,) int64
        Numbers of the loops, group after group, inside of a group as they came.
    group_offsets : (G + 1,) int64

    """
    count = loop_offsets.shape[0] - 1
    loops = np.arange(count)
    boxes = np.empty((count, 4), dtype=np.float64)
    size_mm = 0.0
    for loop in range(count):
        x0 = np.inf
        y0 = np.inf
        x1 = -np.inf
        y1 = -np.inf
        for p in range(loop_offsets[loop], loop_offsets[loop + 1]):
            x0 = min(x0, points[p, 0])
            y0 = min(y0, points[p, 1])
            x1 = max(x1, points[p, 0])
            y1 = max(y1, points[p, 1])
        boxes[loop, 0] = x0 - SAME_POINT_MM
        boxes[loop, 1] = y0 - SAME_POINT_MM
        boxes[loop, 2] = x1 + SAME_POINT_MM
        boxes[loop, 3] = y1 + SAME_POINT_MM
        if x0 <= x1:
            size_mm += max(x1 - x0, y1 - y0)
    parent = _unite(boxes, 2.0 * size_mm / max(count, 1) + SAME_POINT_MM)

    # The boxes of the groups grow in the entry of the loop that stands for the group.
    groups = 0
    number = np.empty(count, dtype=np.int64)
    for loop in range(count):
        root = parent[loop]
        if root == loop:
            number[loop] = groups
            groups += 1
        else:
            number[loop] = number[root]
            boxes[root, 0] = min(boxes[root, 0], boxes[loop, 0])
            boxes[root, 1] = min(boxes[root, 1], boxes[loop, 1])
            boxes[root, 2] = max(boxes[root, 2], boxes[loop, 2])
            boxes[root, 3] = max(boxes[root, 3], boxes[loop, 3])
    group_offsets = np.zeros(groups + 1, dtype=np.int64)
    if groups <= 1:
        group_offsets[groups] = count
        return loops, group_offsets
    rank = _rows_to_and_fro(boxes, parent, number, groups)
    for loop in range(count):
        group_offsets[rank[number[loop]] + 1] += 1
    for g in range(groups):
        group_offsets[g + 1] += group_offsets[g]
    cursor = group_offsets.copy()
    for loop in range(count):
        g = rank[number[loop]]
        loops[cursor[g]] = loop
        cursor[g] += 1
    return loops, group_offsets


@kernel
def _unite(boxes: NDArray[np.float64], cell_mm: float) -> NDArray[np.int64]:
    """For each loop the lowest one of its group."""
    count = boxes.shape[0]
    parent = np.arange(count)
    large = np.empty(count, dtype=np.int64)
    larges = 0
    slots = np.int64(16)
    while slots < 2 * count:
        slots *= 2
    newest = np.full(slots, -1, dtype=np.int64)
    entry = np.empty((MOST_CELLS * count, 2), dtype=np.int64)
    entries = 0
    per_mm = 1.0 / cell_mm
    for loop in range(count):
        if not boxes[loop, 0] <= boxes[loop, 2]:
            continue
        # What lies inside of another box is found wherever that one is.
        inside = False
        for i in range(larges):
            if not inside:
                inside = _compare(boxes, parent, loop, large[i])
        i0 = np.int64(math.floor(boxes[loop, 0] * per_mm))
        j0 = np.int64(math.floor(boxes[loop, 1] * per_mm))
        i1 = np.int64(math.floor(boxes[loop, 2] * per_mm)) + 1
        j1 = np.int64(math.floor(boxes[loop, 3] * per_mm)) + 1
        if not inside and (i1 - i0) * (j1 - j0) > MOST_CELLS:
            # Against all that came before it: such a loop is rare, and holds most of them.
            for other in range(loop):
                _compare(boxes, parent, loop, other)
            large[larges] = loop
            larges += 1
            continue
        for i in range(i0, i1):
            for j in range(j0, j1):
                e = newest[(i * 73856093 ^ j * 19349663) & (slots - 1)]
                while e >= 0 and not inside:
                    inside = _compare(boxes, parent, loop, entry[e, 0])
                    e = entry[e, 1]
        if inside:
            continue
        for i in range(i0, i1):
            for j in range(j0, j1):
                slot = (i * 73856093 ^ j * 19349663) & (slots - 1)
                entry[entries, 0] = loop
                entry[entries, 1] = newest[slot]
                newest[slot] = entries
                entries += 1
    for loop in range(count):
        parent[loop] = parent[parent[loop]]
    return parent


@kernel
def _compare(boxes: NDArray[np.float64], parent: NDArray[np.int64], a: int, b: int) -> Any:
    """Unite the groups of two loops where their boxes overlap; whether the first lies in the second."""
    if (
        boxes[a, 0] > boxes[b, 2]
        or boxes[b, 0] > boxes[a, 2]
        or boxes[a, 1] > boxes[b, 3]
        or boxes[b, 1] > boxes[a, 3]
    ):
        return False
    inside = (
        boxes[b, 0] <= boxes[a, 0]
        and boxes[a, 2] <= boxes[b, 2]
        and boxes[b, 1] <= boxes[a, 1]
        and boxes[a, 3] <= boxes[b, 3]
    )
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    while parent[b] != b:
        parent[b] = parent[parent[b]]
        b = parent[b]
    # The lowest loop stands for both.
    parent[max(a, b)] = min(a, b)
    return inside


@kernel
def _rows_to_and_fro(
    boxes: NDArray[np.float64], parent: NDArray[np.int64], number: NDArray[np.int64], groups: int
) -> NDArray[np.int64]:
    """Place of each group in the firing order: rows as high as the groups lie apart, to and fro."""
    x0 = np.inf
    y0 = np.inf
    x1 = -np.inf
    y1 = -np.inf
    for loop in range(parent.shape[0]):
        if parent[loop] == loop and boxes[loop, 0] <= boxes[loop, 2]:
            x0 = min(x0, boxes[loop, 0])
            y0 = min(y0, boxes[loop, 1])
            x1 = max(x1, boxes[loop, 2])
            y1 = max(y1, boxes[loop, 3])
    row_mm = max(math.sqrt((x1 - x0) * (y1 - y0) / groups), (y1 - y0) / groups) + SAME_POINT_MM
    keys = np.zeros(groups, dtype=np.float64)
    order = np.empty(groups, dtype=np.int64)
    for loop in range(parent.shape[0]):
        if parent[loop] == loop and boxes[loop, 0] <= boxes[loop, 2]:
            row = math.floor((0.5 * (boxes[loop, 1] + boxes[loop, 3]) - y0) / row_mm)
            along = (0.5 * (boxes[loop, 0] + boxes[loop, 2]) - x0) / max(x1 - x0, SAME_POINT_MM)
            keys[number[loop]] = row + 0.999 * (along if row % 2 == 0 else 1.0 - along)
    order_by(keys, groups, order, np.empty(groups, dtype=np.float64), np.empty(groups + 1, dtype=np.int64))
    rank = np.empty(groups, dtype=np.int64)
    for g in range(groups):
        rank[order[g]] = g
    return rank
