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
    Of the others, crossings with borders of fields are listed and sorted; each stretch in one zone is cut
    once at each seam of the zone's tree that parts its ends, and neighbours of one laser are one piece.
    Contours and edges of a part go to the first laser of its list that reaches them, or each polyline of them
    to the laser of its middle. Pieces keep direction and order.

Degeneracy rule
    A stretch shorter than the shortest vector stays with its neighbour, one shorter than asked for with
    the one before, the first with the one behind, where that field reaches it. The overlap ends with the
    vector, and where a field ends.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.reach import (
    HIGH,
    LOW,
    SHARE,
    STRAIGHT,
    border_crossings,
    enter_zone,
    laser_at,
    mask_at,
    nominal_mask,
    zones_of,
)
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["INTERLACED", "SHIFTED", "UNMOVED", "cut_at_seams", "seams_on_grid"]

#: How seams wander: between two places of the grid in bands, at the nearest place, not at all.
INTERLACED = 0
SHIFTED = 1
UNMOVED = 2

#: No seam stands there, in mm.
_FAR_MM = 1e6

#: A vector that is not known to be one laser's.
_TO_CUT = 255

#: Of what `enter_zone` says, the fields drawn in.
_LOW_BITS = 0xFFFFFFFF

#: A vector crosses at most so many borders, and so many seams below each other; it is not cut behind them.
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
def _side(node: NDArray[np.float64], grid: NDArray[np.float64], x: float, y: float) -> Any:
    """0 in front of a seam, 1 behind it; between its two places the band decides."""
    u = node[0] * x + node[1] * y
    if u < node[2]:
        return np.int64(0)
    if u >= node[3]:
        return np.int64(1)
    band = math.floor((node[0] * y - node[1] * x - grid[1]) / grid[0])
    is_high = math.floor((band + 1.0) * node[4]) > math.floor(band * node[4])
    return np.int64(0) if is_high else np.int64(1)


@inner_kernel
def _leaf(
    root: NDArray[np.int64],
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
    grid: NDArray[np.float64],
    mask: Any,
    ends: tuple[Any, ...],
) -> Any:
    """The laser on whose side of all seams of a zone both ends lie; else `_TO_CUT`."""
    x0, y0, x1, y1 = ends
    node: Any = root[mask]
    while node >= 0:
        side = _side(nodes[node], grid, x0, y0)
        if side != _side(nodes[node], grid, x1, y1):
            return np.int64(_TO_CUT)
        node = children[node, side]
    return ~node


@inner_kernel
def _crossing(node: NDArray[np.float64], grid: NDArray[np.float64], ends: tuple[Any, ...]) -> Any:
    """Where between its ends, from 0 to 1, a vector crosses a seam: at the place that its band has there."""
    x0, y0, dx, dy = ends
    u = node[0] * x0 + node[1] * y0
    du = node[0] * dx + node[1] * dy
    if abs(du) < 1e-9:
        return 1.0
    place = node[2]
    if place < node[3]:
        middle = min(max((0.5 * (place + node[3]) - u) / du, 0.0), 1.0)
        x = x0 + middle * dx
        y = y0 + middle * dy
        band = math.floor((node[0] * y - node[1] * x - grid[1]) / grid[0])
        if math.floor((band + 1.0) * node[4]) > math.floor(band * node[4]):
            place = node[3]
    return min(max((place - u) / du, 0.0), 1.0)


@kernel
def seams_on_grid(
    nodes: NDArray[np.float64],
    straight_mm: NDArray[np.float64],
    pattern: int,
    period_mm: float,
    begin_mm: float,
) -> NDArray[np.float64]:
    """Seams that stand at given places, or on a grid about them.

    nodes : (K, 8) float64
        Of the trees.
    straight_mm : (K,) float64, mm
        Infinite where no seam is wanted.
    pattern : int
        `INTERLACED`, `SHIFTED` or `UNMOVED`.
    period_mm, begin_mm : float, mm
        Of the grid.

    Returns
    -------
    nodes : (K, 8) float64

    """
    placed = nodes.copy()
    for n in range(nodes.shape[0]):
        wanted = min(max(straight_mm[n], -_FAR_MM), _FAR_MM)
        placed[n, LOW] = wanted
        placed[n, HIGH] = wanted
        placed[n, STRAIGHT] = wanted
        if pattern == UNMOVED:
            continue
        steps = (wanted - begin_mm) / period_mm
        low = math.floor(steps)
        if pattern == SHIFTED:
            low = math.floor(steps + 0.5)
        else:
            placed[n, SHARE] = steps - low
        if abs(wanted) < _FAR_MM:
            placed[n, LOW] = low * period_mm + begin_mm
            placed[n, HIGH] = (low if pattern == SHIFTED else low + 1.0) * period_mm + begin_mm
    return placed


@inner_kernel
def _reaches(
    laser: Any, reach: NDArray[np.float64], zone: Any, box: NDArray[np.float64], x: float, y: float
) -> Any:
    """Whether a laser's whole field holds a place; in the box it is as `zone` says."""
    one: Any = np.int64(1)
    if box[0] < x < box[1] and box[2] < y < box[3]:
        return (zone >> (32 + laser)) & one
    return (mask_at(reach, one, x, y) >> laser) & one


@inner_kernel
def _loop_owner(
    segments: NDArray[np.float32],
    begin: Any,
    end: Any,
    reach: NDArray[np.float64],
    trees: tuple[Any, ...],
    own: tuple[Any, ...],
) -> Any:
    """The laser of a polyline that stays in one piece: that of its middle, if it reaches all."""
    root, nodes, children, grid = trees
    lists, part = own
    one: Any = np.int64(1)
    x0 = x1 = np.float64(segments[begin, 0])
    y0 = y1 = np.float64(segments[begin, 1])
    for i in range(begin, end):
        x0 = min(x0, np.float64(segments[i, 2]))
        x1 = max(x1, np.float64(segments[i, 2]))
        y0 = min(y0, np.float64(segments[i, 3]))
        y1 = max(y1, np.float64(segments[i, 3]))
    able = mask_at(reach, one, x0, y0) & mask_at(reach, one, x1, y0)
    able &= mask_at(reach, one, x0, y1) & mask_at(reach, one, x1, y1)
    if able == 0:
        return np.int64(_TO_CUT)
    x = 0.5 * (x0 + x1)
    y = 0.5 * (y0 + y1)
    found = laser_at(root, nodes, children, grid, nominal_mask(reach, x, y), x, y)
    if (able >> found) & one:
        return found
    return _first_of(lists, part, able)


@inner_kernel
def _longer(
    out: NDArray[np.float32], laser: NDArray[np.uint8], source: NDArray[np.int32], pieces: Any, room: Any
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32]]:
    """Copies with room for more pieces."""
    more = np.empty((room, 4), dtype=np.float32), np.empty(room, np.uint8), np.empty(room, np.int32)
    for to in range(pieces):
        for c in range(4):
            more[0][to, c] = out[to, c]
        more[1][to] = laser[to]
        more[2][to] = source[to]
    return more


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
    grid: NDArray[np.float64],
    overlap_mm: float,
    least_mm: float,
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
    overlap_mm : float
        Of the two pieces at a seam, in all.
    least_mm : float
        Shorter pieces stay with the laser of the piece before, the first with the next, if it reaches them.

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
    zones = zones_of(reach)
    box = np.full(4, np.inf)
    zone: Any = np.int64(0)
    x_low = x_high = y_low = y_high = 0.0
    # The zone before, as lines that lie in two of them come back to it.
    other: Any = np.int64(0)
    other_x_low = other_x_high = other_y_low = other_y_high = 0.0
    cuts = 0
    loop_end: Any = np.int64(0)
    loop_owner: Any = np.int64(_TO_CUT)
    for i in range(count):
        p = part[i]
        kind = costs[exposure[i], 5]
        is_listed = follows[p] > 0 or kind != 1.0
        if is_listed and fixed[p] > 0:
            owner[i] = lists[p, 0]
            continue
        if kind == 2.0 and follows[p] == 0:
            if i >= loop_end:
                loop_end = np.int64(i) + 1
                while (
                    loop_end < count
                    and part[loop_end] == p
                    and exposure[loop_end] == exposure[i]
                    and segments[loop_end, 0] == segments[loop_end - 1, 2]
                    and segments[loop_end, 1] == segments[loop_end - 1, 3]
                ):
                    loop_end += 1
                trees = (root, nodes, children, grid)
                loop_owner = _loop_owner(segments, i, loop_end, reach, trees, (lists, p))
            if loop_owner != _TO_CUT:
                owner[i] = loop_owner
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
                zone, other = other, zone
                x_low, other_x_low = other_x_low, x_low
                x_high, other_x_high = other_x_high, x_high
                y_low, other_y_low = other_y_low, y_low
                y_high, other_y_high = other_y_high, y_high
                if not (x_low < x0 < x_high and y_low < y0 < y_high):
                    zone = enter_zone(reach, zones, x0, y0, box)
                    x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
            mask = zone & _LOW_BITS
            if not (x_low < x1 < x_high and y_low < y1 < y_high):
                zone, other = other, zone
                x_low, other_x_low = other_x_low, x_low
                x_high, other_x_high = other_x_high, x_high
                y_low, other_y_low = other_y_low, y_low
                y_high, other_y_high = other_y_high, y_high
                if not (x_low < x1 < x_high and y_low < y1 < y_high):
                    zone = enter_zone(reach, zones, x1, y1, box)
                    x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
            end = zone & _LOW_BITS
        if is_listed:
            found = _first_of(lists, p, mask)
            if mask != end and found != _first_of(lists, p, end):
                found = np.int64(_TO_CUT)
        else:
            found = _leaf(root, nodes, children, grid, mask, (x0, y0, x1, y1))
            if mask != end and found != _leaf(root, nodes, children, grid, end, (x0, y0, x1, y1)):
                found = np.int64(_TO_CUT)
        owner[i] = found
        cuts += found == _TO_CUT
    if cuts == 0:
        return np.empty((0, 4), dtype=np.float32), owner, np.empty(0, dtype=np.int32), 0
    # From here on the box is that of the zone, which it may not be now.
    box[0] = np.inf
    short_mm = max(least_mm, SHORTEST_VECTOR_MM)
    t = np.empty(_MOST_PLACES, dtype=np.float64)
    open_node = np.empty(_MOST_PLACES, dtype=np.int64)
    open_end = np.empty(_MOST_PLACES, dtype=np.float64)
    lasers = reach.shape[1]
    pieces: Any = np.int64(0)
    room: Any = np.int64(count + 4 * cuts)
    out = np.empty((room, 4), dtype=np.float32)
    laser = np.empty(room, dtype=np.uint8)
    source = np.empty(room, dtype=np.int32)
    row: Any = np.int64(0)
    while row < count:
        ahead_of: Any = row
        while ahead_of < count and owner[ahead_of] != _TO_CUT:
            ahead_of += 1
        for i in range(row, ahead_of):
            to = pieces + i - row
            for c in range(4):
                out[to, c] = segments[i, c]
            laser[to] = owner[i]
            source[to] = i
        pieces += ahead_of - row
        row = ahead_of
        if row == count:
            break
        p = part[row]
        is_listed = follows[p] > 0 or costs[exposure[row], 5] != 1.0
        x0 = np.float64(segments[row, 0])
        y0 = np.float64(segments[row, 1])
        dx = np.float64(segments[row, 2]) - x0
        dy = np.float64(segments[row, 3]) - y0
        length = math.sqrt(dx * dx + dy * dy)
        n: Any = np.int64(0)
        mask = known[p]
        if mask == 0:
            if not (box[0] < x0 < box[1] and box[2] < y0 < box[3]):
                zone = enter_zone(reach, zones, x0, y0, box)
            mask = zone & _LOW_BITS
            if not (box[0] < x0 + dx < box[1] and box[2] < y0 + dy < box[3]):
                zone = enter_zone(reach, zones, x0 + dx, y0 + dy, box)
            if mask != zone & _LOW_BITS:
                mask = np.int64(0)
                n = border_crossings(t, reach, (x0, y0, dx, dy))
        is_constant = mask != 0
        if pieces + (n + 1) * lasers + count - row > room:
            room = 2 * room + (n + 1) * lasers
            out, laser, source = _longer(out, laser, source, pieces, room)
        t[n] = 1.0
        out[pieces, 0] = segments[row, 0]
        out[pieces, 1] = segments[row, 1]
        reached = 0.0
        mine: Any = np.int64(-1)
        # Of short pieces at the begin, which the next one may take along.
        waiting: Any = np.int64(-1)
        a: Any = np.int64(0)
        begin = 0.0
        while a <= n:
            # The stretch up to this place lies in one zone: it is cut by the zone's tree, from its begin on.
            if not is_constant:
                middle = 0.5 * (begin + t[a])
                zone = enter_zone(reach, zones, x0 + middle * dx, y0 + middle * dy, box)
                mask = zone & _LOW_BITS
                while a < n:
                    middle = 0.5 * (t[a] + t[a + 1])
                    zone = enter_zone(reach, zones, x0 + middle * dx, y0 + middle * dy, box)
                    if zone & _LOW_BITS != mask:
                        break
                    a += 1
            deep: Any = np.int64(1)
            open_end[0] = t[a]
            a += 1
            open_node[0] = ~_first_of(lists, p, mask) if is_listed else root[mask]
            while deep > 0:
                node = open_node[deep - 1]
                stop = open_end[deep - 1]
                if node >= 0:
                    xa = x0 + begin * dx
                    ya = y0 + begin * dy
                    xb = x0 + stop * dx
                    yb = y0 + stop * dy
                    side = _side(nodes[node], grid, xa, ya)
                    other = _side(nodes[node], grid, xb, yb)
                    open_node[deep - 1] = children[node, other]
                    if side != other:
                        part_of = _crossing(nodes[node], grid, (xa, ya, xb - xa, yb - ya))
                        open_node[deep] = children[node, side]
                        open_end[deep] = begin + part_of * (stop - begin)
                        deep += 1
                    continue
                deep -= 1
                here: Any = ~node
                begin = stop
                piece_mm = (stop - reached) * length
                if mine < 0:
                    is_tiny = waiting < 0 or reached * length < SHORTEST_VECTOR_MM
                    if not is_tiny and not _reaches(here, reach, zone, box, x0, y0):
                        mine = waiting
                    elif stop < 1.0 and stop * length < short_mm:
                        waiting = here
                        reached = stop
                        continue
                if (
                    mine >= 0
                    and piece_mm < short_mm
                    and (
                        piece_mm < SHORTEST_VECTOR_MM
                        or _reaches(mine, reach, zone, box, x0 + stop * dx, y0 + stop * dy)
                    )
                ):
                    reached = stop
                    continue
                if mine >= 0 and here != mine:
                    # Half of the overlap to each side, as far as the fields and the vector reach.
                    half = 0.5 * overlap_mm / length
                    ahead = min(1.0, reached + half)
                    back = max(0.0, reached - half)
                    if not _reaches(mine, reach, zone, box, x0 + ahead * dx, y0 + ahead * dy):
                        ahead = reached
                    if not _reaches(here, reach, zone, box, x0 + back * dx, y0 + back * dy):
                        back = reached
                    out[pieces, 2] = x0 + ahead * dx
                    out[pieces, 3] = y0 + ahead * dy
                    laser[pieces] = mine
                    source[pieces] = row
                    pieces += 1
                    out[pieces, 0] = x0 + back * dx
                    out[pieces, 1] = y0 + back * dy
                mine = here
                reached = stop
        # The first and last end keep the bits of the vector, so that polylines stay joined.
        out[pieces, 2] = segments[row, 2]
        out[pieces, 3] = segments[row, 3]
        laser[pieces] = mine
        source[pieces] = row
        pieces += 1
        row += 1
    return out, laser, source, pieces
