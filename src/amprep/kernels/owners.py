"""Which laser a vector goes to as a whole, before vectors are cut at seams.

::

        │  ╎ cell between   Borders of fields and seams along the axes are cuts (`zones`): a cell that no seam
    ────┼──╎── two places   runs through has one laser. What begins and ends in cells of one laser and one
        │  ╎ of a seam      tree is its own; only near seams are the ends looked at.

Algorithm
    Places are given numbers of cells some hundred at a time. What of a part stays together goes to the first
    of its list that reaches it, or each polyline of it to the laser of its middle.

Degeneracy rule
    A place on a seam belongs to the side behind it. Cells about seams that run across are never whole.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel
from amprep.kernels.reach import HIGH, LOW, laser_at, mask_at, nominal_mask
from amprep.kernels.zones import (
    AT_ONCE,
    LOW_BITS,
    add_cut,
    cell_range,
    codes_of,
    cuts_of,
    has_cells,
    packed,
    places_of,
    zone_at,
    zone_of_cell,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FAR_MM", "TO_CUT", "find_owners", "first_of", "seam_cells", "side_of"]

#: No seam stands there, in mm.
FAR_MM = 1e6

#: A vector that is not known to be one laser's.
TO_CUT = 255

#: A cell that was not looked at yet, and one of which each laser has a part.
_UNASKED = -1
_SHARED = -2

#: So many places of seams are told apart along an axis without looking at the seams themselves.
_MOST_SEAMS = 24

#: What is so near to a seam may lie on either side by rounding, in mm.
_NEAR_MM = 1e-6


@inner_kernel
def first_of(lists: NDArray[np.uint8], part: Any, mask: Any) -> Any:
    """The first laser of a part's list that is in a mask."""
    one: Any = np.int64(1)
    for k in range(lists.shape[1]):
        laser: Any = np.int64(lists[part, k])
        if (mask >> laser) & one:
            return laser
    return np.int64(lists[part, 0])


@inner_kernel
def side_of(nodes: NDArray[np.float64], node: Any, grid: NDArray[np.float64], x: float, y: float) -> Any:
    """0 in front of a seam, 1 behind it; between its two places the band decides."""
    u = nodes[node, 0] * x + nodes[node, 1] * y
    if u < nodes[node, 2]:
        return np.int64(0)
    if u >= nodes[node, 3]:
        return np.int64(1)
    band = math.floor((nodes[node, 0] * y - nodes[node, 1] * x - grid[1]) / grid[0])
    is_high = math.floor((band + 1.0) * nodes[node, 4]) > math.floor(band * nodes[node, 4])
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
    """The laser on whose side of all seams of a zone both ends lie; else `TO_CUT`."""
    x0, y0, x1, y1 = ends
    node: Any = root[mask]
    while node >= 0:
        side = side_of(nodes, node, grid, x0, y0)
        if side != side_of(nodes, node, grid, x1, y1):
            return np.int64(TO_CUT)
        node = children[node, side]
    return ~node


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
        return np.int64(TO_CUT)
    x = 0.5 * (x0 + x1)
    y = 0.5 * (y0 + y1)
    found = laser_at(root, nodes, children, grid, nominal_mask(reach, x, y), x, y)
    if (able >> found) & one:
        return found
    return first_of(lists, part, able)


@inner_kernel
def _end_of_loop(
    segments: NDArray[np.float32], exposure: NDArray[np.uint16], part: NDArray[np.uint16], begin: Any
) -> Any:
    """Where the vectors that join each other from one on end."""
    end = begin + 1
    while (
        end < segments.shape[0]
        and part[end] == part[begin]
        and exposure[end] == exposure[begin]
        and segments[end, 0] == segments[end - 1, 2]
        and segments[end, 1] == segments[end - 1, 3]
    ):
        end += 1
    return end


@inner_kernel
def seam_cells(
    reach: NDArray[np.float64], nodes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """As `zones_of`, with seams along the axes as cuts, as far as there is room for them."""
    borders = 4 * reach.shape[1]
    x_cuts = np.empty(borders + _MOST_SEAMS, dtype=np.float64)
    y_cuts = np.empty(borders + _MOST_SEAMS, dtype=np.float64)
    along_x: Any = np.int64(0)
    along_y: Any = np.int64(1)
    x_count = cuts_of(x_cuts, reach, along_x)
    y_count = cuts_of(y_cuts, reach, along_y)
    for n in range(nodes.shape[0]):
        is_along_y = nodes[n, 0] == 1.0 and nodes[n, 1] == 0.0
        is_along_x = nodes[n, 0] == 0.0 and nodes[n, 1] == 1.0
        for side in range(LOW, HIGH + 1):
            place = nodes[n, side]
            if abs(place) >= FAR_MM:
                continue
            if is_along_y and x_count < x_cuts.shape[0]:
                x_count = add_cut(x_cuts, x_count, place)
            if is_along_x and y_count < y_cuts.shape[0]:
                y_count = add_cut(y_cuts, y_count, place)
    cells = (2 * x_count + 1) * (2 * y_count + 1) if has_cells(reach) else 0
    return x_cuts[:x_count], y_cuts[:y_count], np.full(cells, -1, dtype=np.int64)


@inner_kernel
def _whole_cell(
    x_cuts: NDArray[np.float64],
    y_cuts: NDArray[np.float64],
    codes: tuple[Any, ...],
    top: Any,
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
) -> Any:
    """The laser on whose side of all seams of a tree a cell lies; `TO_CUT` where one may run through it."""
    x_code, y_code = codes
    x = cell_range(x_cuts, x_code)
    y = cell_range(y_cuts, y_code)
    node: Any = top
    while node >= 0:
        across, along = nodes[node, 0], nodes[node, 1]
        low = (across * x[0] if across > 0.0 else 0.0) + (along * y[0] if along > 0.0 else 0.0)
        high = (across * x[1] if across > 0.0 else 0.0) + (along * y[1] if along > 0.0 else 0.0)
        low += (across * x[1] if across < 0.0 else 0.0) + (along * y[1] if along < 0.0 else 0.0)
        high += (across * x[0] if across < 0.0 else 0.0) + (along * y[0] if along < 0.0 else 0.0)
        is_along_axis = across == 0.0 or along == 0.0
        # What lies between two cuts does not reach them, what lies on one does.
        code = y_code if across == 0.0 else x_code
        is_front = high <= nodes[node, LOW] if is_along_axis and code & 1 == 0 else high < nodes[node, LOW]
        if not is_along_axis:
            is_front = high < nodes[node, LOW] - _NEAR_MM
            low -= _NEAR_MM
        if is_front:
            node = children[node, 0]
        elif low >= nodes[node, HIGH]:
            node = children[node, 1]
        else:
            return np.int64(TO_CUT)
    return ~node


@inner_kernel
def _ask(
    whose: NDArray[np.int64], codes: tuple[Any, ...], cells: tuple[Any, ...], trees: tuple[Any, ...]
) -> None:
    """Fill in whose all of a cell is, together with its mask; `_SHARED` where a seam runs through it."""
    reach, x_cuts, y_cuts, table = cells
    root, nodes, children, _ = trees
    mask = zone_of_cell(table, codes[0], codes[1], reach, x_cuts, y_cuts) & LOW_BITS
    laser = _whole_cell(x_cuts, y_cuts, codes, root[mask], nodes, children)
    whose[codes[0] * (2 * y_cuts.shape[0] + 1) + codes[1]] = (
        _SHARED if laser == TO_CUT else (mask << 8) | laser
    )


@inner_kernel
def find_owners(
    owner: NDArray[np.uint8],
    held: NDArray[np.int64],
    vectors: tuple[Any, ...],
    asked: tuple[Any, ...],
    cells: tuple[Any, ...],
    numbers: tuple[Any, ...],
    trees: tuple[Any, ...],
) -> Any:
    """Fill in the laser of each vector, or `TO_CUT`; how many of these there are.

    held
        Filled for each of these with the mask of its zone; where its ends lie in two, with what
        `codes_held` takes, below 0.
    vectors
        segments, exposure, part and costs.
    asked
        lists, fixed, follows and known.
    cells
        reach, and what `seam_cells` gives.
    numbers
        The cuts along both axes as from `zones.compared`.
    trees
        root, nodes, children and grid; all as in `cut_at_seams`.
    """
    segments, exposure, part, costs = vectors
    lists, fixed, follows, known = asked
    reach, x_cuts, y_cuts, table = cells
    root, nodes, children, grid = trees
    count = segments.shape[0]
    height: Any = 2 * y_cuts.shape[0] + 1
    is_round = table.shape[0] == 0
    # The laser of all of a cell, with its mask; `_UNASKED`, or `_SHARED` where a seam runs through it.
    whose = np.full(table.shape[0], _UNASKED, dtype=np.int64)
    columns = np.empty((4, AT_ONCE), dtype=np.float32)
    codes = np.zeros((4, AT_ONCE), dtype=np.int32)
    cuts = 0
    loop_end: Any = np.int64(0)
    loop_owner: Any = np.int64(TO_CUT)
    # Of the part and exposure that the vectors before have.
    p: Any = np.int64(-1)
    one: Any = np.int64(-1)
    is_listed = is_fixed = is_loop = has_cell = False
    for first in range(0, count, AT_ONCE):
        many = min(AT_ONCE, count - first)
        places_of(columns, segments, first, many)
        is_one = not is_round and codes_of(codes, columns, many, (x_cuts, y_cuts), numbers)
        if is_one and whose[codes[0, 0] * height + codes[1, 0]] == _UNASKED:
            _ask(whose, (codes[0, 0], codes[1, 0]), cells, trees)
        for c in range(many):
            i: Any = first + c
            if p != part[i] or one != exposure[i]:
                p = np.int64(part[i])
                one = np.int64(exposure[i])
                kind = costs[one, 5]
                is_listed = follows[p] > 0 or kind != 1.0
                is_fixed = is_listed and fixed[p] > 0
                is_loop = kind == 2.0 and follows[p] == 0
                has_cell = known[p] == 0 and not is_round
            if is_fixed:
                owner[i] = lists[p, 0]
                continue
            at = 0 if is_one else c
            begin_cell = codes[0, at] * height + codes[1, at]
            end_cell = codes[2, at] * height + codes[3, at]
            if has_cell and not is_listed:
                mine: Any = whose[begin_cell]
                if mine >= 0 and mine == whose[end_cell]:
                    owner[i] = mine & TO_CUT
                    continue
            if is_loop:
                if i >= loop_end:
                    loop_end = _end_of_loop(segments, exposure, part, i)
                    loop_owner = _loop_owner(segments, i, loop_end, reach, trees, (lists, p))
                if loop_owner != TO_CUT:
                    owner[i] = loop_owner
                    continue
            x0 = np.float64(columns[0, c])
            y0 = np.float64(columns[1, c])
            x1 = np.float64(columns[2, c])
            y1 = np.float64(columns[3, c])
            mask: Any = known[p]
            end: Any = known[p]
            if has_cell:
                if whose[begin_cell] == _UNASKED:
                    _ask(whose, (codes[0, at], codes[1, at]), cells, trees)
                if whose[end_cell] == _UNASKED:
                    _ask(whose, (codes[2, at], codes[3, at]), cells, trees)
                mask = table[begin_cell] & LOW_BITS
                end = table[end_cell] & LOW_BITS
            elif mask == 0:
                mask = zone_at(reach, x0, y0) & LOW_BITS
                end = zone_at(reach, x1, y1) & LOW_BITS
            if is_listed:
                found = first_of(lists, p, mask)
                if mask != end and found != first_of(lists, p, end):
                    found = np.int64(TO_CUT)
            else:
                found = _leaf(root, nodes, children, grid, mask, (x0, y0, x1, y1))
                if mask != end and found != _leaf(root, nodes, children, grid, end, (x0, y0, x1, y1)):
                    found = np.int64(TO_CUT)
            owner[i] = found
            if found == TO_CUT:
                # Of what begins and ends in one zone the zone, else the cells.
                held[cuts] = mask if mask == end else ~packed(codes, at)
                cuts += 1
    return cuts
