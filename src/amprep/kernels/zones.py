"""Zones between the borders of lasers' fields: which lasers reach many places, and along a vector.

::

        0   1  2  3   4        Cuts are borders along x and y, each once. A place lies before, on or behind
    ────────┼─────┼────────    each: what is counted for both axes is the number of its cell, and a table says
          cut 0  cut 1         which lasers reach a cell.

Algorithm
    Places are compared with all cuts in turn, without branches. Cells are filled in when they are met first.
    A vector is walked from cut to cut.

Degeneracy rule
    A place on a cut has a cell of its own, so borders belong to their fields. With round fields there are no
    cells: places are looked at one by one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel
from amprep.kernels.reach import mask_at, nominal_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "AT_ONCE",
    "LOW_BITS",
    "add_cut",
    "cell_range",
    "codes_held",
    "codes_of",
    "compared",
    "crossed",
    "cuts_of",
    "has_cells",
    "packed",
    "places_of",
    "room_of_walk",
    "walk",
    "zone_at",
    "zone_of_cell",
    "zones_of",
]

#: So many vectors are looked at together: their columns stay in the cache.
AT_ONCE = 256

#: A code has no more bits: there are no more than 31 lasers.
_CODE_BITS = 15

#: Of a zone, the lasers that reach it by the fields drawn in; from bit 32 on, those by the whole fields.
LOW_BITS = 0xFFFFFFFF


@inner_kernel
def has_cells(reach: NDArray[np.float64]) -> bool:
    """Whether all fields are rectangles."""
    is_round = False
    for k in range(reach.shape[1]):
        is_round |= min(reach[0, k, 6], reach[1, k, 6]) < np.inf
    return not is_round


@inner_kernel
def add_cut(cuts: NDArray[np.float64], n: Any, value: float) -> Any:
    """Put a cut among the first `n`, ascending, if it is not there; how many there are then."""
    b = n
    while b > 0 and cuts[b - 1] > value:
        b -= 1
    if b > 0 and cuts[b - 1] == value:
        return n
    for c in range(n, b, -1):
        cuts[c] = cuts[c - 1]
    cuts[b] = value
    return n + 1


@inner_kernel
def cuts_of(cuts: NDArray[np.float64], reach: NDArray[np.float64], axis: Any) -> Any:
    """Fill in the borders of all fields along x or y, ascending, each once; how many there are."""
    n: Any = np.int64(0)
    for which in range(2):
        for k in range(reach.shape[1]):
            for side in range(axis, 4, 2):
                n = add_cut(cuts, n, reach[which, k, side])
    return n


@inner_kernel
def zones_of(
    reach: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """The cells between the borders of rectangles.

    Returns
    -------
    x_cuts, y_cuts : (A,), (B,) float64, mm
    table : ((2 A + 1) (2 B + 1),) int64
        To be filled by `zone_of_cell`; empty where there are round fields.

    """
    x_cuts = np.empty(4 * reach.shape[1], dtype=np.float64)
    y_cuts = np.empty(4 * reach.shape[1], dtype=np.float64)
    along_x: Any = np.int64(0)
    along_y: Any = np.int64(1)
    x_count = cuts_of(x_cuts, reach, along_x)
    y_count = cuts_of(y_cuts, reach, along_y)
    cells = (2 * x_count + 1) * (2 * y_count + 1) if has_cells(reach) else 0
    return x_cuts[:x_count], y_cuts[:y_count], np.full(cells, -1, dtype=np.int64)


@inner_kernel
def compared(cuts: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """What numbers in float32 are compared with instead of cuts in float64, to the same end.

    Returns
    -------
    near : (A,) float32
    above, from_ : (A,) int32
        What being above this, and not below it, adds to a place's count.

    """
    near = np.empty(cuts.shape[0], dtype=np.float32)
    above = np.empty(cuts.shape[0], dtype=np.int32)
    from_ = np.empty(cuts.shape[0], dtype=np.int32)
    for k in range(cuts.shape[0]):
        near[k] = np.float32(cuts[k])
        rounded = np.float64(near[k])
        above[k] = 1 if rounded == cuts[k] else (2 if rounded < cuts[k] else 0)
        from_[k] = 2 - above[k]
    return near, above, from_


@inner_kernel
def places_of(columns: NDArray[np.float32], segments: NDArray[np.float32], begin: Any, many: Any) -> None:
    """Put the ends of some vectors into columns x0, y0, x1, y1 of (4, AT_ONCE)."""
    for i in range(many):
        columns[0, i] = segments[begin + i, 0]
        columns[1, i] = segments[begin + i, 1]
        columns[2, i] = segments[begin + i, 2]
        columns[3, i] = segments[begin + i, 3]


@inner_kernel
def _codes_of(
    codes: NDArray[np.int32], places: NDArray[np.float32], many: Any, cuts: tuple[Any, ...]
) -> None:
    """Where places lie along an axis: 2 for each cut that they are behind, and 1 for one that they are on.

    cuts
        As from `compared`.
    """
    near, above, from_ = cuts
    for i in range(many):
        codes[i] = 0
    for k in range(near.shape[0]):
        cut = near[k]
        one = above[k]
        other = from_[k]
        for i in range(many):
            place = places[i]
            codes[i] += (one if place > cut else np.int32(0)) + (other if place >= cut else np.int32(0))


@inner_kernel
def _only_code(columns: NDArray[np.float32], axis: Any, many: Any, cuts: NDArray[np.float64]) -> Any:
    """The code along an axis that all ends of some vectors have; -1 for more than one, or below 0 mm."""
    bits = columns.view(np.int32)
    low = bits[axis, 0]
    high = bits[axis, 0]
    for end in range(axis, 4, 2):
        for i in range(many):
            low = min(low, bits[end, i])
            high = max(high, bits[end, i])
    # Numbers that are not below 0 are in the order of their bits.
    if low < 0:
        return np.int64(-1)
    ends = np.empty(2, dtype=np.int32)
    ends[0] = low
    ends[1] = high
    first = np.float64(ends.view(np.float32)[0])
    last = np.float64(ends.view(np.float32)[1])
    code: Any = np.int64(0)
    for k in range(cuts.shape[0]):
        if first <= cuts[k] <= last:
            return np.int64(-1)
        code += 2 if cuts[k] < first else 0
    return code


@inner_kernel
def codes_of(
    codes: NDArray[np.int32],
    columns: NDArray[np.float32],
    many: Any,
    cuts: tuple[Any, ...],
    compared_with: tuple[Any, ...],
) -> bool:
    """Fill in where the ends of vectors lie along both axes; if all lie in one cell, of the first only.

    codes : (4, AT_ONCE) int32
        Of x0, y0, x1, y1: 2 for each cut that is in front of the place, and 1 for one that it is on.
    columns
        As from `places_of`.
    cuts, compared_with
        Along x and y, and what `compared` says of them.

    Returns
    -------
    is_one : bool
        Whether all ends lie in the cell of the first.

    """
    x_code = _only_code(columns, 0, many, cuts[0])
    y_code = _only_code(columns, 1, many, cuts[1])
    if x_code >= 0 and y_code >= 0:
        for k in range(0, 4, 2):
            codes[k, 0] = x_code
            codes[k + 1, 0] = y_code
        return True
    for k in range(0, 4, 2):
        _codes_of(codes[k], columns[k], many, compared_with[0])
        _codes_of(codes[k + 1], columns[k + 1], many, compared_with[1])
    return False


@inner_kernel
def packed(codes: NDArray[np.int32], column: Any) -> Any:
    """The four codes of a vector as one number."""
    found: Any = np.int64(0)
    for k in range(4):
        found = (found << _CODE_BITS) | codes[3 - k, column]
    return found


@inner_kernel
def codes_held(held: Any) -> tuple[Any, Any, Any, Any]:
    """The four codes again, of the complement of what `packed` gave."""
    one = (1 << _CODE_BITS) - 1
    found = ~held
    return (
        found & one,
        (found >> _CODE_BITS) & one,
        (found >> 2 * _CODE_BITS) & one,
        (found >> 3 * _CODE_BITS) & one,
    )


@inner_kernel
def cell_range(cuts: NDArray[np.float64], code: Any) -> tuple[float, float]:
    """Between which places along an axis a cell lies: infinite at either end, equal on a cut."""
    k: Any = code >> 1
    if code & 1:
        return cuts[k], cuts[k]
    low = cuts[k - 1] if k > 0 else -np.inf
    high = cuts[k] if k < cuts.shape[0] else np.inf
    return low, high


@inner_kernel
def _within(low: float, high: float) -> float:
    """A place between two others, of which one may be infinite."""
    if low == -np.inf:
        return high - 1.0
    if high == np.inf:
        return low + 1.0
    return 0.5 * (low + high)


@inner_kernel
def zone_at(reach: NDArray[np.float64], x: float, y: float) -> Any:
    """Lasers that reach a place: low bits as of `nominal_mask`, from bit 32 on by the whole fields."""
    whole: Any = np.int64(1)
    return nominal_mask(reach, x, y) | (mask_at(reach, whole, x, y) << 32)


@inner_kernel
def zone_of_cell(
    table: NDArray[np.int64],
    x_code: Any,
    y_code: Any,
    reach: NDArray[np.float64],
    x_cuts: NDArray[np.float64],
    y_cuts: NDArray[np.float64],
) -> Any:
    """Lasers that reach a cell, as of `zone_at`; the table holds -1 where it was not asked for yet."""
    cell = x_code * (2 * y_cuts.shape[0] + 1) + y_code
    if table[cell] < 0:
        x = cell_range(x_cuts, x_code)
        y = cell_range(y_cuts, y_code)
        table[cell] = zone_at(reach, _within(x[0], x[1]), _within(y[0], y[1]))
    return table[cell]


@inner_kernel
def room_of_walk(reach: NDArray[np.float64]) -> Any:
    """How many stretches `walk` may find."""
    return 16 * reach.shape[1] + 16


@inner_kernel
def crossed(code: Any, end: Any) -> Any:
    """How many cuts along an axis lie between two codes."""
    return max((max(code, end) >> 1) - ((min(code, end) + 1) >> 1), 0)


@inner_kernel
def _begin(code: Any, step: float) -> Any:
    """The cell along an axis that a vector runs through first: a cut is left at once."""
    if step > 0.0:
        return (code + 1) >> 1 << 1
    if step < 0.0:
        return code >> 1 << 1
    return code


@inner_kernel
def walk(
    t: NDArray[np.float64],
    zones: NDArray[np.int64],
    ends: tuple[Any, ...],
    codes: tuple[Any, ...],
    reach: NDArray[np.float64],
    x_cuts: NDArray[np.float64],
    y_cuts: NDArray[np.float64],
    table: NDArray[np.int64],
) -> Any:
    """The stretches of a vector, each in one zone.

    t : (room,) float64
        Filled with the ends of stretches, from 0 to 1; the last is 1.
    zones : (room,) int64
        Filled with what reaches them; neighbours differ.
    ends : tuple of 4 float64, mm
        x0, y0, dx, dy.
    codes : tuple of 4 int64
        Of x0, y0 and of the other end.
    reach, x_cuts, y_cuts, table
        As in `zone_of_cell`; an empty table says that there are round fields.

    Returns
    -------
    stretches : int

    """
    if table.shape[0] == 0:
        return _walk_round(t, zones, ends, reach)
    x0, y0, dx, dy = ends
    height: Any = 2 * y_cuts.shape[0] + 1
    column = _begin(codes[0], dx)
    row = _begin(codes[1], dy)
    x_left = crossed(codes[0], codes[2])
    y_left = crossed(codes[1], codes[3])
    x_step: Any = 1 if dx > 0.0 else -1
    y_step: Any = 1 if dy > 0.0 else -1
    # The next cuts: those behind cells have the number of the cell's half, those before one less.
    i = (column + x_step - 1) >> 1
    k = (row + y_step - 1) >> 1
    n: Any = np.int64(0)
    begin = 0.0
    before: Any = np.int64(-1)
    if x_left == 0 or y_left == 0:
        # Nearly all vectors meet cuts along one axis only.
        for _ in range(x_left + y_left):
            # Divided each time: whoever asks what lies at the place must find the cut there.
            stop = min((x_cuts[i] - x0) / dx if y_left == 0 else (y_cuts[k] - y0) / dy, 1.0)
            zone = table[column * height + row]
            if zone < 0:
                zone = zone_of_cell(table, column, row, reach, x_cuts, y_cuts)
            n += zone != before
            before = zone
            zones[n - 1] = zone
            t[n - 1] = stop
            if y_left == 0:
                column += 2 * x_step
                i += x_step
            else:
                row += 2 * y_step
                k += y_step
        zone = table[column * height + row]
        if zone < 0:
            zone = zone_of_cell(table, column, row, reach, x_cuts, y_cuts)
        n += zone != before
        zones[n - 1] = zone
        t[n - 1] = 1.0
        return n
    x_next = (x_cuts[i] - x0) / dx
    y_next = (y_cuts[k] - y0) / dy
    while True:
        stop = min(x_next, y_next, 1.0)
        if stop > begin:
            zone = table[column * height + row]
            if zone < 0:
                zone = zone_of_cell(table, column, row, reach, x_cuts, y_cuts)
            n += zone != before
            before = zone
            zones[n - 1] = zone
            t[n - 1] = stop
            begin = stop
        if x_left + y_left == 0:
            break
        if x_next <= y_next:
            column += 2 * x_step
            i += x_step
            x_left -= 1
            x_next = (x_cuts[i] - x0) / dx if x_left > 0 else 2.0
        else:
            row += 2 * y_step
            k += y_step
            y_left -= 1
            y_next = (y_cuts[k] - y0) / dy if y_left > 0 else 2.0
    t[n - 1] = 1.0
    return n


@inner_kernel
def _add_place(t: NDArray[np.float64], n: Any, value: float) -> Any:
    """As `add_cut`, of what lies within a vector."""
    return add_cut(t, n, value) if 0.0 < value < 1.0 else n


@inner_kernel
def _walk_round(
    t: NDArray[np.float64], zones: NDArray[np.int64], ends: tuple[Any, ...], reach: NDArray[np.float64]
) -> Any:
    """As `walk`, where borders may be circles."""
    x0, y0, dx, dy = ends
    places: Any = np.int64(0)
    for which in range(2):
        for k in range(reach.shape[1]):
            for side in range(4):
                step = dx if side % 2 == 0 else dy
                way = reach[which, k, side] - (x0 if side % 2 == 0 else y0)
                if (way > 0.0) == (step > 0.0) and abs(way) < abs(step):
                    places = _add_place(t, places, way / step)
            ax = x0 - reach[which, k, 4]
            ay = y0 - reach[which, k, 5]
            a = dx * dx + dy * dy
            b = ax * dx + ay * dy
            root = b * b - a * (ax * ax + ay * ay - reach[which, k, 6])
            if 0.0 < root < np.inf and a > 0.0:
                places = _add_place(t, places, (-b - math.sqrt(root)) / a)
                places = _add_place(t, places, (-b + math.sqrt(root)) / a)
    t[places] = 1.0
    n: Any = np.int64(0)
    begin = 0.0
    for place in range(places + 1):
        stop = t[place]
        middle = 0.5 * (begin + stop)
        zone = zone_at(reach, x0 + middle * dx, y0 + middle * dy)
        if n > 0 and zones[n - 1] == zone:
            n -= 1
        zones[n] = zone
        t[n] = stop
        n += 1
        begin = stop
    return n
