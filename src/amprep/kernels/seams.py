"""Cut vectors at the seams between lasers, and name the laser of each piece.

::

    ─────────────────┐                    The pieces of a vector overlap by a stated length, half of it on
    ━━━━ laser 1 ━━━━╪━━                  each side of the seam. In bands, the seam takes turns between two
               ━━━━━━╪━━ laser 2 ━━━      places (`reach`).
           ┌─────────┘
    ━━ 1 ━━╪━━
       ━━━━╪━━━━ laser 2 ━━━━━━━━━━━

Algorithm
    A vector whose ends lie in one zone, on one side of all its seams, stays whole (`owners`): what a laser
    reaches is convex.
    The others are walked from border to border (`zones`); each stretch in one zone is cut once at each seam
    of the zone's tree that parts its ends, and neighbours of one laser are one piece.
    Contours and edges of a part go to the first laser of its list that reaches them, or each polyline of them
    to the laser of its middle. Pieces keep direction and order.

Degeneracy rule
    A stretch shorter than the shortest vector stays with its neighbour, one shorter than asked for with
    the one before, the first with the one behind, where that field reaches it. The overlap ends with the
    vector; what of it a field does not hold on one side of a seam lies on the other, as far as both do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.owners import FAR_MM, TO_CUT, find_owners, first_of, seam_cells, side_of
from amprep.kernels.reach import HIGH, LOW, SHARE, STRAIGHT
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM
from amprep.kernels.zones import LOW_BITS, codes_held, compared, room_of_walk, walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["INTERLACED", "SHIFTED", "UNMOVED", "cut_at_seams", "seams_on_grid"]

#: How seams wander: between two places of the grid in bands, at the nearest place, not at all.
INTERLACED = 0
SHIFTED = 1
UNMOVED = 2

#: What is so near to a border is on it.
_ROUNDING_MM = 1e-9

#: A vector crosses at most so many seams below each other; it is not cut behind them.
_MOST_PLACES = 4096


@inner_kernel
def _crossing(nodes: NDArray[np.float64], node: Any, grid: NDArray[np.float64], ends: tuple[Any, ...]) -> Any:
    """Where between its ends, from 0 to 1, a vector crosses a seam: at the place that its band has there."""
    x0, y0, dx, dy = ends
    u = nodes[node, 0] * x0 + nodes[node, 1] * y0
    du = nodes[node, 0] * dx + nodes[node, 1] * dy
    if abs(du) < 1e-9:
        return 1.0
    place = nodes[node, 2]
    if place < nodes[node, 3]:
        middle = min(max((0.5 * (place + nodes[node, 3]) - u) / du, 0.0), 1.0)
        x = x0 + middle * dx
        y = y0 + middle * dy
        band = math.floor((nodes[node, 0] * y - nodes[node, 1] * x - grid[1]) / grid[0])
        if math.floor((band + 1.0) * nodes[node, 4]) > math.floor(band * nodes[node, 4]):
            place = nodes[node, 3]
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
        wanted = min(max(straight_mm[n], -FAR_MM), FAR_MM)
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
        if abs(wanted) < FAR_MM:
            placed[n, LOW] = low * period_mm + begin_mm
            placed[n, HIGH] = (low if pattern == SHIFTED else low + 1.0) * period_mm + begin_mm
    return placed


@inner_kernel
def _reaches(laser: Any, reach: NDArray[np.float64], x: float, y: float) -> Any:
    """Whether a laser's whole field holds a place."""
    dx = x - reach[1, laser, 4]
    dy = y - reach[1, laser, 5]
    is_within = min(x - reach[1, laser, 0], reach[1, laser, 2] - x) >= -_ROUNDING_MM
    is_within &= min(y - reach[1, laser, 1], reach[1, laser, 3] - y) >= -_ROUNDING_MM
    return is_within and dx * dx + dy * dy <= reach[1, laser, 6] * (1.0 + 1e-12)


@inner_kernel
def _reached_to(
    laser: Any, reach: NDArray[np.float64], ends: tuple[Any, ...], seam: float, wanted: float
) -> float:
    """How far a laser's whole field reaches from a seam in it, shares of the vector: at most as wanted."""
    x0, y0, dx, dy = ends
    if _reaches(laser, reach, x0 + wanted * dx, y0 + wanted * dy):
        return wanted
    turn = 1.0 if wanted > seam else -1.0
    way = turn * (wanted - seam)
    for side in range(4):
        step = turn * (dx if side % 2 == 0 else dy)
        # The field is left where its lower side is met downwards, or its upper one upwards.
        if (side < 2 and step < 0.0) or (side > 1 and step > 0.0):
            begin = (x0 + seam * dx) if side % 2 == 0 else (y0 + seam * dy)
            way = min(way, (reach[1, laser, side] - begin) / step)
    ax = x0 + seam * dx - reach[1, laser, 4]
    ay = y0 + seam * dy - reach[1, laser, 5]
    far = reach[1, laser, 6] - ax * ax - ay * ay
    if far < np.inf:
        square = dx * dx + dy * dy
        along = turn * (ax * dx + ay * dy)
        way = min(way, (math.sqrt(max(along * along + square * far, 0.0)) - along) / square)
    return seam + turn * max(way, 0.0)


@inner_kernel
def _overlapping(
    mine: Any, here: Any, reach: NDArray[np.float64], ends: tuple[Any, ...], seam: float, half: float
) -> tuple[float, float]:
    """Where the piece of laser `mine` ends and that of `here` begins, shares of the vector like `seam`.

    Half of the overlap lies to each side of the seam; what a field does not hold of it lies on the other.
    """
    ahead = min(1.0, seam + half)
    back = max(0.0, seam - half)
    reached = _reached_to(mine, reach, ends, seam, ahead)
    begun = _reached_to(here, reach, ends, seam, back)
    if reached < ahead:
        further = max(0.0, back - (ahead - reached))
        return reached, min(begun, _reached_to(here, reach, ends, seam, further))
    if begun > back:
        further = min(1.0, ahead + (begun - back))
        return _reached_to(mine, reach, ends, seam, further), begun
    return ahead, back


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
    x_cuts, y_cuts, table = seam_cells(reach, nodes)
    x_compared = compared(x_cuts)
    y_compared = compared(y_cuts)
    owner = np.empty(count, dtype=np.uint8)
    held = np.empty(count, dtype=np.int64)
    cuts = find_owners(
        owner,
        held,
        (segments, exposure, part, costs),
        (lists, fixed, follows, known),
        (reach, x_cuts, y_cuts, table),
        (x_compared, y_compared),
        (root, nodes, children, grid),
    )
    if cuts == 0:
        return np.empty((0, 4), dtype=np.float32), owner, np.empty(0, dtype=np.int32), 0
    short_mm = max(least_mm, SHORTEST_VECTOR_MM)
    t = np.empty(room_of_walk(reach), dtype=np.float64)
    zones = np.empty(t.shape[0], dtype=np.int64)
    open_node = np.empty(_MOST_PLACES, dtype=np.int64)
    open_end = np.empty(_MOST_PLACES, dtype=np.float64)
    lasers = reach.shape[1]
    pieces: Any = np.int64(0)
    room: Any = np.int64(count + 4 * cuts)
    out = np.empty((room, 4), dtype=np.float32)
    laser = np.empty(room, dtype=np.uint8)
    source = np.empty(room, dtype=np.int32)
    row: Any = np.int64(0)
    cut: Any = np.int64(0)
    while row < count:
        ahead_of: Any = row
        while ahead_of < count and owner[ahead_of] != TO_CUT:
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
        stretches: Any = np.int64(1)
        t[0] = 1.0
        zones[0] = held[cut]
        if held[cut] < 0:
            ends = (x0, y0, dx, dy)
            stretches = walk(t, zones, ends, codes_held(held[cut]), reach, x_cuts, y_cuts, table)
        cut += 1
        if pieces + stretches * lasers + count - row > room:
            room = 2 * room + stretches * lasers
            out, laser, source = _longer(out, laser, source, pieces, room)
        out[pieces, 0] = segments[row, 0]
        out[pieces, 1] = segments[row, 1]
        reached = 0.0
        mine: Any = np.int64(-1)
        # Of short pieces at the begin, which the next one may take along.
        waiting: Any = np.int64(-1)
        began: Any = pieces
        a: Any = np.int64(0)
        begin = 0.0
        while a < stretches:
            # The stretch up to this place lies in one zone: it is cut by the zone's tree, from its begin on.
            mask = zones[a] & LOW_BITS
            while a + 1 < stretches and zones[a + 1] & LOW_BITS == mask:
                a += 1
            deep: Any = np.int64(1)
            open_end[0] = t[a]
            a += 1
            open_node[0] = ~first_of(lists, p, mask) if is_listed else root[mask]
            while deep > 0:
                node = open_node[deep - 1]
                stop = open_end[deep - 1]
                if node >= 0:
                    xa = x0 + begin * dx
                    ya = y0 + begin * dy
                    xb = x0 + stop * dx
                    yb = y0 + stop * dy
                    side = side_of(nodes, node, grid, xa, ya)
                    other = side_of(nodes, node, grid, xb, yb)
                    open_node[deep - 1] = children[node, other]
                    if side != other:
                        part_of = _crossing(nodes, node, grid, (xa, ya, xb - xa, yb - ya))
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
                    if not is_tiny and not _reaches(here, reach, x0, y0):
                        mine = waiting
                    elif stop < 1.0 and stop * length < short_mm:
                        waiting = here
                        reached = stop
                        continue
                if (
                    mine >= 0
                    and piece_mm < short_mm
                    and (
                        piece_mm < SHORTEST_VECTOR_MM or _reaches(mine, reach, x0 + stop * dx, y0 + stop * dy)
                    )
                ):
                    reached = stop
                    continue
                if pieces == began and reached * length < short_mm and _reaches(here, reach, x0, y0):
                    # What is in between was too short as well.
                    mine = here
                if mine >= 0 and here != mine:
                    half = 0.5 * overlap_mm / length
                    ahead, back = _overlapping(mine, here, reach, (x0, y0, dx, dy), reached, half)
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
