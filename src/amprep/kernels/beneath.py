"""Whether what a layer melts has something beneath it: a place of each body, looked up in the layer below.

::

        layer k      ┌────┐      ┌─·──┐      A place inside a body that lies in the region of the layer below
                     │  · │      └────┘      shows that the body is held. Where none of a body's places
        layer k-1  ──┴────┴──                does, the caller has to look closer.

Algorithm
    From the middle of an edge of the body's outer loop the inward normal is followed to the next edge of
    the layer; halfway lies in the material. The place is looked up by counting edges of the other region to
    the right of it. Loops are listed by rows, so that many small bodies cost no more than a few large ones.

Degeneracy rule
    Corners as high as the horizontal count as above it. Loops of fewer than three points are none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HELD", "HOLE", "UNCLEAR", "bodies_held"]

#: States of a loop: a hole, a body that is held, a body whose tried places all lie beside the region.
HOLE = 0
HELD = 1
UNCLEAR = 2

#: Rows that the loops of a layer are listed by.
_MOST_ROWS = 256


@inner_kernel
def _loop_boxes(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """(C, 5) float64, mm: low x, low y, high x, high y, and signed area of each loop."""
    boxes = np.empty((loop_offsets.shape[0] - 1, 5), dtype=np.float64)
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        boxes[loop, 0] = boxes[loop, 1] = np.inf
        boxes[loop, 2] = boxes[loop, 3] = -np.inf
        area = 0.0
        for p in range(first, last):
            q = p + 1 if p + 1 < last else first
            boxes[loop, 0] = min(boxes[loop, 0], points[p, 0])
            boxes[loop, 1] = min(boxes[loop, 1], points[p, 1])
            boxes[loop, 2] = max(boxes[loop, 2], points[p, 0])
            boxes[loop, 3] = max(boxes[loop, 3], points[p, 1])
            area += 0.5 * (
                (points[p, 0] - points[first, 0]) * (points[q, 1] - points[first, 1])
                - (points[p, 1] - points[first, 1]) * (points[q, 0] - points[first, 0])
            )
        boxes[loop, 4] = area
    return boxes


@inner_kernel
def _rows_of_loops(
    boxes: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Loops by rows of the layer: frame (low y, rows per mm), and lists of the loops that reach into each."""
    count = boxes.shape[0]
    rows = max(1, min(_MOST_ROWS, count))
    low = np.inf
    high = -np.inf
    for loop in range(count):
        low = min(low, boxes[loop, 1])
        high = max(high, boxes[loop, 3])
    frame = np.array([low, rows / (high - low) if high > low else 0.0])
    start = np.zeros(rows + 2, dtype=np.int64)
    for loop in range(count):
        for row in range(_row(frame, rows, boxes[loop, 1]), _row(frame, rows, boxes[loop, 3]) + 1):
            start[row + 2] += 1
    for row in range(rows):
        start[row + 2] += start[row + 1]
    members = np.empty(start[rows + 1], dtype=np.int64)
    for loop in range(count):
        for row in range(_row(frame, rows, boxes[loop, 1]), _row(frame, rows, boxes[loop, 3]) + 1):
            members[start[row + 1]] = loop
            start[row + 1] += 1
    return frame, start, members


@inner_kernel
def _row(frame: NDArray[np.float64], rows: int, y: float) -> int:
    """Row that a height lies in, the first or last one where it lies outside."""
    place = (y - frame[0]) * frame[1]
    if not place > 0.0:
        return 0
    return min(int(place), rows - 1)


@inner_kernel
def _hit_of_loop(
    points: NDArray[np.float64],
    first: int,
    last: int,
    ray: NDArray[np.float64],
    edge: int,
    nearest: float,
) -> float:
    """The lesser of `nearest` and the distance along a ray to the edges of a loop, one edge left out."""
    x, y, dx, dy = ray[0], ray[1], ray[2], ray[3]
    ax = points[last - 1, 0] - x
    ay = points[last - 1, 1] - y
    a = dx * ay - dy * ax
    before = last - 1
    for p in range(first, last):
        bx = points[p, 0] - x
        by = points[p, 1] - y
        b = dx * by - dy * bx
        if (a < 0.0) != (b < 0.0) and before != edge:
            t = a / (a - b)
            along = dx * (ax + t * (bx - ax)) + dy * (ay + t * (by - ay))
            if 0.0 < along < nearest:
                nearest = along
        ax, ay, a = bx, by, b
        before = p
    return nearest


@inner_kernel
def _first_hit(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    boxes: NDArray[np.float64],
    frame: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int64],
    own: int,
    ray: NDArray[np.float64],
    edge: int,
) -> float:
    """Distance along a ray into a loop to the next edge of it or of a loop in it; infinite where none is."""
    rows = start.shape[0] - 2
    nearest = np.inf
    low = _row(frame, rows, boxes[own, 1])
    high = _row(frame, rows, boxes[own, 3])
    # A loop that spans many rows would meet the same loops in each.
    everywhere = high - low > 3
    count = boxes.shape[0] if everywhere else start[high + 1] - start[low]
    for i in range(count):
        loop = i if everywhere else members[start[low] + i]
        if (
            boxes[loop, 0] <= boxes[own, 2]
            and boxes[loop, 2] >= boxes[own, 0]
            and boxes[loop, 1] <= boxes[own, 3]
            and boxes[loop, 3] >= boxes[own, 1]
        ):
            nearest = _hit_of_loop(points, loop_offsets[loop], loop_offsets[loop + 1], ray, edge, nearest)
    return nearest


@inner_kernel
def _is_inside(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    boxes: NDArray[np.float64],
    frame: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int64],
    x: float,
    y: float,
) -> bool:
    """Whether a place lies in the region that loops wind around; only loops around it count."""
    rows = start.shape[0] - 2
    row = _row(frame, rows, y)
    turns = 0
    for i in range(start[row], start[row + 1]):
        loop = members[i]
        if boxes[loop, 0] > x or boxes[loop, 2] < x or boxes[loop, 1] > y or boxes[loop, 3] < y:
            continue
        last = loop_offsets[loop + 1]
        ax = points[last - 1, 0]
        ay = points[last - 1, 1]
        for p in range(loop_offsets[loop], last):
            bx = points[p, 0]
            by = points[p, 1]
            if (ay <= y) != (by <= y) and ax + (y - ay) / (by - ay) * (bx - ax) > x:
                turns += 1 if by > ay else -1
            ax = bx
            ay = by
    return turns > 0


@kernel
def bodies_held(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    points_below: NDArray[np.float64],
    offsets_below: NDArray[np.int64],
    tries: int,
) -> NDArray[np.uint8]:
    """For each loop whether it bounds a body of which a place lies in the region below.

    points : (P, 2) float64, mm
        Clean loops: outer ones counter-clockwise, holes clockwise.
    loop_offsets : (C + 1,) int64
    points_below : (Q, 2) float64, mm
    offsets_below : (D + 1,) int64
        The region below, clean as well.
    tries : int
        Edges per body whose places are tried.

    Returns
    -------
    states : (C,) uint8
        0 a hole, 1 a body that is held, 2 a body of which no place that was tried is.

    """
    boxes = _loop_boxes(points, loop_offsets)
    boxes_below = _loop_boxes(points_below, offsets_below)
    frame, start, members = _rows_of_loops(boxes)
    frame_below, start_below, members_below = _rows_of_loops(boxes_below)
    ray = np.empty(4, dtype=np.float64)
    states = np.zeros(loop_offsets.shape[0] - 1, dtype=np.uint8)
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        count = loop_offsets[loop + 1] - first
        if count < 3 or boxes[loop, 4] <= 0.0:
            continue
        states[loop] = UNCLEAR
        step: Any = max(np.int64(1), count // tries)
        at: Any = np.int64(0)
        while at < count:
            p = first + at
            q = p + 1 if at + 1 < count else first
            at += step
            dx = points[q, 0] - points[p, 0]
            dy = points[q, 1] - points[p, 1]
            length = math.sqrt(dx * dx + dy * dy)
            if length == 0.0:
                continue
            x = 0.5 * (points[p, 0] + points[q, 0])
            y = 0.5 * (points[p, 1] + points[q, 1])
            ray[0] = x
            ray[1] = y
            ray[2] = -dy / length
            ray[3] = dx / length
            reach = _first_hit(points, loop_offsets, boxes, frame, start, members, loop, ray, p)
            if reach == np.inf:
                continue
            x += 0.5 * reach * ray[2]
            y += 0.5 * reach * ray[3]
            if _is_inside(
                points_below, offsets_below, boxes_below, frame_below, start_below, members_below, x, y
            ):
                states[loop] = HELD
                break
    return states
