"""Cut vectors at the seams between lasers, and name the laser of each piece.

::

    ─────────────────┐                    The pieces of a vector overlap by a stated length, half of it on
    ━━━━ laser 1 ━━━━╪━━                  each side of the seam. In bands, the seam takes turns between two
               ━━━━━━╪━━ laser 2 ━━━      places (`reach`).
           ┌─────────┘
    ━━ 1 ━━╪━━
       ━━━━╪━━━━ laser 2 ━━━━━━━━━━━

Algorithm
    A vector whose ends lie in one zone, on one side of all its seams, stays whole: what a laser reaches is
    convex.
    Of the others, crossings with borders of fields, seams and bands are listed and sorted; each stretch
    between two belongs to the laser of its middle, and neighbours of one laser are one piece. Contours and
    edges of a part go to the first laser of its list that reaches them. Pieces keep direction and order.

Degeneracy rule
    A stretch shorter than the shortest vector stays with its neighbour. The overlap ends with the vector, and
    where a field ends.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.reach import enter_zone, laser_at, mask_at, nominal_mask
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_at_seams"]

#: A vector that is not known to be one laser's.
_TO_CUT = 255

#: A vector crosses at most so many borders, seams and bands; it is not cut behind them.
_MOST_PLACES = 4096


@inner_kernel
def _first_of(lists: NDArray[np.uint8], part: Any, mask: Any) -> Any:
    """The first laser of a part's list that is in a mask."""
    one: Any = np.int64(1)
    for k in range(lists.shape[1]):
        laser: Any = np.int64(lists[part, k])
        if (mask >> laser) & one:
            return laser
    return np.int64(lists[part, 0])


@inner_kernel
def _whole(
    root: NDArray[np.int64],
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
    mask: Any,
    ends: tuple[Any, ...],
) -> Any:
    """The laser of a vector that lies on one side of all seams of its zone; else `_TO_CUT`."""
    x0, y0, x1, y1 = ends
    node: Any = root[mask]
    while node >= 0:
        first = nodes[node, 0] * x0 + nodes[node, 1] * y0
        last = nodes[node, 0] * x1 + nodes[node, 1] * y1
        if first < nodes[node, 2] and last < nodes[node, 2]:
            node = children[node, 0]
        elif first >= nodes[node, 3] and last >= nodes[node, 3]:
            node = children[node, 1]
        else:
            return np.int64(_TO_CUT)
    return ~node


@inner_kernel
def _add(t: NDArray[np.float64], n: Any, value: float) -> Any:
    """Put a place into an ascending list, if it lies within the vector; how many there are then."""
    if not 0.0 < value < 1.0 or n >= t.shape[0] - 1:
        return n
    b = n - 1
    while b >= 0 and t[b] > value:
        t[b + 1] = t[b]
        b -= 1
    t[b + 1] = value
    return n + 1


@inner_kernel
def _border_crossings(t: NDArray[np.float64], reach: NDArray[np.float64], ends: tuple[Any, ...]) -> Any:
    """Where a vector crosses borders of fields, drawn in or whole; how many places."""
    x0, y0, dx, dy = ends
    n: Any = np.int64(0)
    for which in range(2):
        for k in range(reach.shape[1]):
            for side in range(4):
                step = dx if side % 2 == 0 else dy
                if step != 0.0:
                    n = _add(t, n, (reach[which, k, side] - (x0 if side % 2 == 0 else y0)) / step)
            if reach[which, k, 6] < np.inf:
                ax = x0 - reach[which, k, 4]
                ay = y0 - reach[which, k, 5]
                a = dx * dx + dy * dy
                b = ax * dx + ay * dy
                root = b * b - a * (ax * ax + ay * ay - reach[which, k, 6])
                if root > 0.0 and a > 0.0:
                    n = _add(t, n, (-b - math.sqrt(root)) / a)
                    n = _add(t, n, (-b + math.sqrt(root)) / a)
    return n


@inner_kernel
def _seam_crossings(
    t: NDArray[np.float64],
    n: Any,
    node: NDArray[np.float64],
    grid: NDArray[np.float64],
    ends: tuple[Any, ...],
) -> Any:
    """Where a vector crosses a seam or, between its two places, goes from band to band; how many places."""
    x0, y0, dx, dy = ends
    u = node[0] * x0 + node[1] * y0
    du = node[0] * dx + node[1] * dy
    if du != 0.0:
        n = _add(t, n, (node[2] - u) / du)
        if node[3] > node[2]:
            n = _add(t, n, (node[3] - u) / du)
    if not node[2] < node[3] or max(u, u + du) < node[2] or min(u, u + du) > node[3]:
        return n
    v = node[0] * y0 - node[1] * x0 - grid[1]
    dv = node[0] * dy - node[1] * dx
    if dv != 0.0:
        band = math.floor(min(v, v + dv) / grid[0]) + 1.0
        while band * grid[0] < max(v, v + dv):
            n = _add(t, n, (band * grid[0] - v) / dv)
            band += 1.0
    return n


@kernel
def cut_at_seams(
    segments: NDArray[np.float32],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
    costs: NDArray[np.float64],
    lists: NDArray[np.uint8],
    fixed: NDArray[np.uint8],
    follows: NDArray[np.uint8],
    known: NDArray[np.int64],
    reach: NDArray[np.float64],
    root: NDArray[np.int64],
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
    mask_of: NDArray[np.int64],
    grid: NDArray[np.float64],
    overlap_mm: float,
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32], int]:
    """Give every vector, cut where needed, to a laser.

    segments : (N, 4) float32, mm
    exposure, part, costs
        As in `laser_work`: what seams do not divide goes to the first of its part's list that reaches it.
    lists : (P, L) uint8
        Lasers in the order in which a part asks for them.
    fixed : (P,) uint8
        1 where the first of the list reaches all of the part.
    follows : (P,) uint8
        1 where seams divide nothing of the part.
    known, reach, root, nodes, children, grid
        As in `laser_work` and `laser_at`.
    mask_of : (K,) int64
        In which mask's tree each node is.
    overlap_mm : float
        Of the two pieces at a seam, in all.

    Returns
    -------
    segments : (room, 4) float32, mm
        Empty where nothing was cut.
    laser : (room,) uint8
        Where nothing was cut, of the vectors given.
    source : (room,) int32
        Row of the vector each piece comes from; empty where nothing was cut.
    pieces : int
        How many rows of these are used; 0 where nothing was cut.

    """
    count = segments.shape[0]
    owner = np.empty(count, dtype=np.uint8)
    whole: Any = np.int64(1)
    box = np.full(4, np.inf)
    zone = np.zeros(2, dtype=np.int64)
    inner: Any = np.int64(0)
    x_low = x_high = y_low = y_high = 0.0
    cuts = 0
    for i in range(count):
        p = part[i]
        is_listed = follows[p] > 0 or costs[exposure[i], 5] <= 0.0
        if is_listed and fixed[p] > 0:
            owner[i] = lists[p, 0]
            continue
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        x1 = np.float64(segments[i, 2])
        y1 = np.float64(segments[i, 3])
        mask: Any = known[p]
        end: Any = known[p]
        if mask == 0:
            # Looked at here, not in a call, which would take longer than all the rest.
            if not (x_low < x0 < x_high and y_low < y0 < y_high):
                enter_zone(reach, x0, y0, box, zone)
                x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
                inner = zone[0]
            mask = inner
            if not (x_low < x1 < x_high and y_low < y1 < y_high):
                enter_zone(reach, x1, y1, box, zone)
                x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
                inner = zone[0]
            end = inner
        found: Any = np.int64(_TO_CUT)
        if is_listed:
            found = _first_of(lists, p, mask)
            if mask != end and found != _first_of(lists, p, end):
                found = np.int64(_TO_CUT)
        elif mask == end and root[mask] < 0:
            found = ~root[mask]
        elif mask == end:
            found = _whole(root, nodes, children, mask, (x0, y0, x1, y1))
        owner[i] = found
        cuts += found == _TO_CUT
    if cuts == 0:
        return np.empty((0, 4), dtype=np.float32), owner, np.empty(0, dtype=np.int32), 0
    t = np.empty(_MOST_PLACES, dtype=np.float64)
    pieces = 0
    room = count + 4 * cuts
    out = np.empty((room, 4), dtype=np.float32)
    laser = np.empty(room, dtype=np.uint8)
    source = np.empty(room, dtype=np.int32)
    for i in range(count):
        if pieces + _MOST_PLACES > room:
            room = 2 * room + _MOST_PLACES
            longer = np.empty((room, 4), dtype=np.float32)
            longer_laser = np.empty(room, dtype=np.uint8)
            longer_source = np.empty(room, dtype=np.int32)
            for a in range(pieces):
                for c in range(4):
                    longer[a, c] = out[a, c]
                longer_laser[a] = laser[a]
                longer_source[a] = source[a]
            out = longer
            laser = longer_laser
            source = longer_source
        p = part[i]
        first_of_vector = pieces
        mine: Any = np.int64(owner[i])
        if mine == _TO_CUT:
            is_listed = follows[p] > 0 or costs[exposure[i], 5] <= 0.0
            x0 = np.float64(segments[i, 0])
            y0 = np.float64(segments[i, 1])
            dx = np.float64(segments[i, 2]) - x0
            dy = np.float64(segments[i, 3]) - y0
            length = math.sqrt(dx * dx + dy * dy)
            n: Any = np.int64(0)
            mask = known[p]
            if mask == 0:
                mask = nominal_mask(reach, x0, y0)
                if mask != nominal_mask(reach, x0 + dx, y0 + dy):
                    mask = np.int64(0)
                    n = _border_crossings(t, reach, (x0, y0, dx, dy))
            is_constant = mask != 0
            for k in range(0 if is_listed else nodes.shape[0]):
                if not is_constant or mask_of[k] == mask:
                    n = _seam_crossings(t, n, nodes[k], grid, (x0, y0, dx, dy))
            t[n] = 1.0
            begin = 0.0
            reached = 0.0
            mine = np.int64(-1)
            for a in range(n + 1):
                # The stretch from the last place to this one lies in one zone, on one side of all seams.
                if (t[a] - reached) * length < SHORTEST_VECTOR_MM and (mine >= 0 or a < n):
                    reached = t[a]
                    continue
                middle = 0.5 * (reached + t[a])
                x = x0 + middle * dx
                y = y0 + middle * dy
                if not is_constant:
                    mask = nominal_mask(reach, x, y)
                if is_listed:
                    here: Any = _first_of(lists, p, mask)
                else:
                    here = laser_at(root, nodes, children, grid, mask, x, y)
                if mine >= 0 and here != mine:
                    # Half of the overlap to each side, as far as the fields and the vector reach.
                    half = 0.5 * overlap_mm / length
                    ahead = min(1.0, reached + half)
                    back = max(0.0, reached - half)
                    if (mask_at(reach, whole, x0 + ahead * dx, y0 + ahead * dy) >> mine) & whole == 0:
                        ahead = reached
                    if (mask_at(reach, whole, x0 + back * dx, y0 + back * dy) >> here) & whole == 0:
                        back = reached
                    out[pieces, 0] = x0 + begin * dx
                    out[pieces, 1] = y0 + begin * dy
                    out[pieces, 2] = x0 + ahead * dx
                    out[pieces, 3] = y0 + ahead * dy
                    laser[pieces] = mine
                    source[pieces] = i
                    begin = back
                    pieces += 1
                mine = here
                reached = t[a]
            out[pieces, 0] = x0 + begin * dx
            out[pieces, 1] = y0 + begin * dy
        # The first and last end keep the bits of the vector, so that polylines stay joined.
        out[first_of_vector, 0] = segments[i, 0]
        out[first_of_vector, 1] = segments[i, 1]
        out[pieces, 2] = segments[i, 2]
        out[pieces, 3] = segments[i, 3]
        laser[pieces] = mine
        source[pieces] = i
        pieces += 1
    return out, laser, source, pieces
