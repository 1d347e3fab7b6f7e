"""Where a seam stands that has a share of its zone's work in front of it.

::

    seconds
     ▂▅██▇▆▆▆▄▂      histogram of a zone's work across a seam, which stands where the part in front of it is
    └─────┼────→ u   as large as it should be
          seam

Algorithm
    Vectors are cut into lines that lie in one zone each, and, level by level of the trees of seams, at the
    seams. A line spreads its seconds evenly over the bins that it covers.

Degeneracy rule
    Where a node has no work, its seam stays half-way between the middles of the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel
from amprep.kernels.zones import LOW_BITS, codes_held, room_of_walk, walk, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BINS", "go_down", "lines_of", "place_of", "spread", "with_room"]

#: Bins of a histogram.
BINS = 512

#: What is left of a share of 1 or 0 after rounding.
_NEXT_TO_NOTHING = 1e-9


@inner_kernel
def with_room(
    lines: NDArray[np.float64], node: NDArray[np.int64], count: Any, room: Any
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same with room for more."""
    if room <= node.shape[0]:
        return lines, node
    more = np.empty((room, 5), dtype=np.float64)
    others = np.empty(room, dtype=np.int64)
    for k in range(count):
        for c in range(5):
            more[k, c] = lines[k, c]
        others[k] = node[k]
    return more, others


@inner_kernel
def lines_of(
    segments: NDArray[np.float32],
    reach: NDArray[np.float64],
    rows: NDArray[np.int32],
    work_s: NDArray[np.float64],
    held: NDArray[np.int64],
    root: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], Any]:
    """What of vectors lies in zones that seams divide.

    Returns
    -------
    lines : (room, 5) float64
        x0, y0, x1, y1 in mm and seconds.
    node : (room,) int64
        That divides the line first.
    count : int
        How many rows of these are used.

    """
    x_cuts, y_cuts, table = zones_of(reach)
    most = room_of_walk(reach)
    t = np.empty(most, dtype=np.float64)
    zones = np.empty(most, dtype=np.int64)
    lines = np.empty((2 * rows.shape[0] + most, 5), dtype=np.float64)
    node = np.empty(lines.shape[0], dtype=np.int64)
    count: Any = np.int64(0)
    for m in range(rows.shape[0]):
        if count + most > node.shape[0]:
            lines, node = with_room(lines, node, count, 2 * node.shape[0])
        i = rows[m]
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        dx = np.float64(segments[i, 2]) - x0
        dy = np.float64(segments[i, 3]) - y0
        stretches: Any = np.int64(1)
        t[0] = 1.0
        zones[0] = held[m]
        if held[m] < 0:
            own = codes_held(held[m])
            stretches = walk(t, zones, (x0, y0, dx, dy), own, reach, x_cuts, y_cuts, table)
        begin = 0.0
        for k in range(stretches):
            lines[count, 0] = x0 + begin * dx
            lines[count, 1] = y0 + begin * dy
            lines[count, 2] = x0 + t[k] * dx
            lines[count, 3] = y0 + t[k] * dy
            lines[count, 4] = work_s[m] * (t[k] - begin)
            node[count] = root[zones[k] & LOW_BITS]
            count += node[count] >= 0
            begin = t[k]
    return lines, node, count


@inner_kernel
def go_down(
    lines: NDArray[np.float64],
    node: NDArray[np.int64],
    count: Any,
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
) -> Any:
    """Give each line to the node below on its side of the seam, in two where it crosses it; how many then.

    There is room for twice as many.
    """
    many = count
    for k in range(count):
        n = node[k]
        if n < 0:
            continue
        u = nodes[n, 0] * lines[k, 0] + nodes[n, 1] * lines[k, 1] - nodes[n, 5]
        end = nodes[n, 0] * lines[k, 2] + nodes[n, 1] * lines[k, 3] - nodes[n, 5]
        node[k] = children[n, 0] if u < 0.0 else children[n, 1]
        if (u < 0.0) == (end < 0.0):
            continue
        share = u / (u - end)
        x = lines[k, 0] + share * (lines[k, 2] - lines[k, 0])
        y = lines[k, 1] + share * (lines[k, 3] - lines[k, 1])
        lines[many, 0] = x
        lines[many, 1] = y
        lines[many, 2] = lines[k, 2]
        lines[many, 3] = lines[k, 3]
        lines[many, 4] = (1.0 - share) * lines[k, 4]
        node[many] = children[n, 0] if end < 0.0 else children[n, 1]
        many += 1
        lines[k, 2] = x
        lines[k, 3] = y
        lines[k, 4] *= share
    return many


@inner_kernel
def spread(
    changes: NDArray[np.float64],
    lines: NDArray[np.float64],
    node: NDArray[np.int64],
    count: Any,
    nodes: NDArray[np.float64],
) -> None:
    """Add the seconds of lines to the bins of their nodes that they cover, as changes from bin to bin."""
    top = changes.shape[1] - 2.0
    ways = np.empty((nodes.shape[0], 3), dtype=np.float64)
    for n in range(nodes.shape[0]):
        ways[n, 0] = nodes[n, 0] / nodes[n, 7]
        ways[n, 1] = nodes[n, 1] / nodes[n, 7]
        ways[n, 2] = nodes[n, 6] / nodes[n, 7]
    for k in range(count):
        n = node[k]
        if n < 0:
            continue
        first = ways[n, 0] * lines[k, 0] + ways[n, 1] * lines[k, 1] - ways[n, 2]
        last = ways[n, 0] * lines[k, 2] + ways[n, 1] * lines[k, 3] - ways[n, 2]
        low = np.int64(min(max(min(first, last), 0.0), top))
        high = np.int64(min(max(first, last, 0.0), top))
        share = lines[k, 4] / (high - low + 1)
        changes[n, low] += share
        changes[n, high + 1] -= share


@inner_kernel
def place_of(changes: NDArray[np.float64], node: NDArray[np.float64], wanted: float) -> Any:
    """Where a seam stands that has a share of its node's work in front of it."""
    all_s = 0.0
    height = 0.0
    for b in range(BINS):
        height += changes[b]
        # Rounding of the running sums must not make them fall.
        all_s += max(height, 0.0)
    if all_s <= 0.0:
        return node[5]
    if wanted < _NEXT_TO_NOTHING:
        return -np.inf
    if wanted > 1.0 - _NEXT_TO_NOTHING:
        return np.inf
    target = wanted * all_s
    heaped = 0.0
    height = 0.0
    for b in range(BINS):
        height += changes[b]
        own = max(height, 0.0)
        if heaped + own >= target or b == BINS - 1:
            within = (target - heaped) / own if own > 0.0 else 0.0
            return node[6] + (b + min(max(within, 0.0), 1.0)) * node[7]
        heaped += own
    return node[5]
