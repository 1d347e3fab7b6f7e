"""An order of a layer's blocks in which lasers stand less often in each other's smoke.

::

       gas            gas           All lasers begin at their downstream ends and come back against the gas
     │ ▼ │          │ ▼ │           in step (rows), or each goes through lanes along the gas, those that share
    ┌─────┐        ┌─┬─┬─┐          a line of the gas out of step with each other (lanes): laser B, upwind,
    │  3  │ laser B│3│1│2│          begins in the second lane while A begins in the first.
    │  2  │        ├─┼─┼─┤
    │  1  │ laser A│1│2│3│
    └─────┘        └─┴─┴─┘

Algorithm
    A few orders are laid out by sorting: whole parts or blocks, by rows or by lanes, in lanes with lasers
    shifted by equal shares of their time or running towards each other. Supports stay before all else, and
    the places that a part has on a laser go to its blocks stage by stage; a stage is a run of one kind.
    The conflict seconds of each order are computed with blocks thinned out to some straight pieces. Nothing
    is searched and nothing depends on other layers, so the result is the same on every engine.

Degeneracy rule
    Places are rounded to 1 nm before they are compared; what is equal keeps its order (merge sort). A block
    that takes no time has next to no weight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.smoke import smoke_seconds
from amprep.kernels.vector_times import jump_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["smoke_order"]

#: Lanes and rows of each laser.
_LANES = 6

#: A less gentle order must save this share of the conflicts more.
_WORTH = 0.02

#: Weight of what takes no time, s.
_LEAST_S = 1e-12

_ROWS, _SHIFTED, _TOWARDS = 0, 1, 2


@inner_kernel
def _sort(listed: NDArray[np.int64], begin: int, end: int, keys: NDArray[np.float64], room: Any) -> None:
    """Sort ``listed[begin:end]`` by the rows of `keys` that it names; equal ones keep their order."""
    width = 1
    while width < end - begin:
        for low in range(begin, end, 2 * width):
            middle = min(low + width, end)
            high = min(low + 2 * width, end)
            i = low
            j = middle
            for n in range(low, high):
                takes_left = j >= high
                if not takes_left and i < middle:
                    one = listed[i]
                    other = listed[j]
                    takes_left = True
                    for c in range(3):
                        if keys[one, c] != keys[other, c]:
                            takes_left = keys[one, c] < keys[other, c]
                            break
                if takes_left:
                    room[0, n] = listed[i]
                    i += 1
                else:
                    room[0, n] = listed[j]
                    j += 1
        for n in range(begin, end):
            listed[n] = room[0, n]
        width *= 2


@inner_kernel
def _lane(at: float, low: float, high: float) -> float:
    """Which of `_LANES` strips from the lowest to the highest place one lies in."""
    share = (at - low) / (high - low) if high > low else 0.0
    return float(math.floor(min(share * _LANES, _LANES - 1.0)))


@inner_kernel
def _lines(units: NDArray[np.float64], own: NDArray[np.int64], places_of: NDArray[np.int64]) -> None:
    """Fill in the line of the gas on which each laser works, and its place there, the first downstream.

    Lasers belong to one line when the middles of their work lie nearer to each other across the gas than half
    the width of the narrower one's work. `units` are along, across and seconds, laser k has ``own[k:k + 2]``.
    """
    lasers: Any = np.int64(own.shape[0] - 1)
    busy = np.empty(lasers, dtype=np.int64)
    reach = np.zeros((lasers, 3), dtype=np.float64)
    count: Any = np.int64(0)
    for k in range(lasers):
        places_of[0, k] = 0
        places_of[1, k] = 0
        if own[k + 1] == own[k]:
            continue
        low = math.inf
        high = -math.inf
        weight = 0.0
        for u in range(own[k], own[k + 1]):
            low = min(low, units[u, 1])
            high = max(high, units[u, 1])
            weight += units[u, 2]
            reach[k, 2] += units[u, 0] * units[u, 2]
        reach[k, 0] = low
        reach[k, 1] = high
        reach[k, 2] /= weight
        n = count
        while n > 0 and reach[busy[n - 1], 0] + reach[busy[n - 1], 1] > low + high:
            busy[n] = busy[n - 1]
            n -= 1
        busy[n] = k
        count += 1
    for n in range(1, count):
        k = busy[n]
        last = busy[n - 1]
        apart = 0.5 * (reach[k, 0] + reach[k, 1] - reach[last, 0] - reach[last, 1])
        narrower = min(reach[k, 1] - reach[k, 0], reach[last, 1] - reach[last, 0])
        places_of[0, k] = places_of[0, last] + (0 if apart <= 0.5 * narrower else 1)
    for n in range(count):
        k = busy[n]
        for m in range(count):
            other = busy[m]
            if places_of[0, other] == places_of[0, k] and (
                reach[other, 2] > reach[k, 2] or (reach[other, 2] == reach[k, 2] and other < k)
            ):
                places_of[1, k] += 1


@inner_kernel
def _rank(
    way: int,
    units: NDArray[np.float64],
    own: NDArray[np.int64],
    places_of: NDArray[np.int64],
    keys: NDArray[np.float64],
    ranked: NDArray[np.int64],
    room: NDArray[np.int64],
) -> None:
    """Fill in the units of each laser, laser by laser, in one of the ways in which they are laid out."""
    lasers: Any = np.int64(own.shape[0] - 1)
    for k in range(lasers):
        low = math.inf
        high = -math.inf
        behind: Any = np.int64(0)
        axis = 0 if way == _ROWS else 1
        for m in range(lasers):
            if m == k or (way != _ROWS and places_of[0, m] == places_of[0, k]):
                behind += own[m + 1] > own[m]
                for u in range(own[m], own[m + 1]):
                    low = min(low, units[u, axis])
                    high = max(high, units[u, axis])
        for u in range(own[k], own[k + 1]):
            ranked[u] = u
            if way == _ROWS:
                # Against the gas, and to and fro inside of a row.
                row = _lane(-units[u, 0], -high, -low)
                keys[u, 0] = row
                keys[u, 1] = units[u, 1] if row % 2.0 == 0.0 else -units[u, 1]
            else:
                lane = _lane(units[u, 1], low, high)
                keys[u, 0] = -lane if way == _TOWARDS and places_of[1, k] % 2 == 1 else lane
                keys[u, 1] = 0.0
            keys[u, 2] = -units[u, 0]
        _sort(ranked, own[k], own[k + 1], keys, room)
        if way != _SHIFTED or places_of[1, k] == 0:
            continue
        # Those of a line begin in different lanes, shifted by equal shares of their time.
        total_s = 0.0
        for u in range(own[k], own[k + 1]):
            total_s += units[u, 2]
        count = own[k + 1] - own[k]
        split: Any = np.int64(0)
        begun_s = 0.0
        while split < count:
            half_s = 0.5 * units[ranked[own[k] + split], 2]
            if begun_s + half_s >= total_s * places_of[1, k] / behind:
                break
            begun_s += 2.0 * half_s
            split += 1
        for n in range(count):
            room[0, n] = ranked[own[k] + (n + split) % count]
        for n in range(count):
            ranked[own[k] + n] = room[0, n]


@inner_kernel
def _settle(
    ranked: NDArray[np.int64],
    own: NDArray[np.int64],
    members: NDArray[np.int64],
    first_member: NDArray[np.int64],
    numbers: NDArray[np.int64],
    unit: NDArray[np.int64],
    stage: NDArray[np.int64],
    free: NDArray[np.int64],
    room: NDArray[np.int64],
) -> None:
    """Fill in blocks and their places by the ranks of their units, with all that must stay before.

    `unit` and `stage` say, for the parts of each laser and for their stages, where those of each block begin.
    Rows 1 and 2 of `room` receive blocks and places.
    """
    blocks: Any = np.int64(members.shape[0])
    n = 0
    for k in range(own.shape[0] - 1):
        for turn in range(2):
            for r in range(own[k], own[k + 1]):
                for m in range(first_member[ranked[r]], first_member[ranked[r] + 1]):
                    if numbers[members[m], 3] == 1 - turn:
                        room[0, n] = members[m]
                        n += 1
    for m in range(blocks):
        free[0, m] = 0
        free[1, m] = 0
    for m in range(blocks):
        b = room[0, m]
        u = unit[b]
        s = stage[b]
        room[2, u + free[0, u]] = m
        room[1, s + free[1, s]] = b
        free[0, u] += 1
        free[1, s] += 1


@inner_kernel
def _begin(
    settled: NDArray[np.int64],
    numbers: NDArray[np.int64],
    places: NDArray[np.float64],
    scanner: NDArray[np.float64],
    begin_s: NDArray[np.float64],
) -> float:
    """Fill in when the first vector of each block is marked; the exposure, s."""
    exposure_s = 0.0
    clock_s = 0.0
    last = settled[0]
    for n in range(numbers.shape[0]):
        b = settled[n]
        way_mm = 0.0
        change_s = 0.0
        if n == 0 or numbers[b, 0] != numbers[last, 0]:
            clock_s = 0.0
        else:
            dx = places[b, 0] - places[last, 2]
            dy = places[b, 1] - places[last, 3]
            way_mm = math.sqrt(dx * dx + dy * dy)
            if numbers[b, 1] != numbers[last, 1]:
                change_s = scanner[6]
        begin_s[b] = clock_s + (jump_s(way_mm, scanner) + change_s)
        clock_s = begin_s[b] + places[b, 6]
        exposure_s = max(exposure_s, clock_s)
        last = b
    return exposure_s


@kernel
def smoke_order(
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    numbers: NDArray[np.int64],
    places: NDArray[np.float64],
    pieces: NDArray[np.float32],
    spans: NDArray[np.float64],
    scanner: NDArray[np.float64],
    plume: NDArray[np.float64],
    lasers: NDArray[np.int64],
    most_longer: float,
) -> NDArray[np.int64]:
    """The order with the least conflict.

    order : (N,) int64
        The vectors laser by laser, as for `firing_blocks`.
    first, numbers, places, pieces, spans
        From `firing_blocks`.
    scanner : (8,) float64
        As for `seconds_of_vectors`.
    plume : (5,) float64
        As for `smoke_seconds`.
    lasers : (L + 1,) int64
        Where in `order` those of each laser begin.
    most_longer : float
        Share by which the exposure may take longer.

    Returns
    -------
    moved : (N,) int64
        The vectors laser by laser with their blocks in the new order; (0,) where the order given is best.

    """
    blocks: Any = np.int64(numbers.shape[0])
    count: Any = np.int64(lasers.shape[0] - 1)
    blocks_of = np.zeros(count + 1, dtype=np.int64)
    pieces_of = np.zeros(count + 1, dtype=np.int64)
    # What a laser has of a part is a unit; then each block is one.
    unit_of = np.empty(blocks, dtype=np.int64)
    units_of = np.zeros(count + 1, dtype=np.int64)
    highest: Any = np.int64(0)
    for b in range(blocks):
        highest = max(highest, numbers[b, 1])
    known = np.zeros(highest + 1, dtype=np.int64)
    parted: Any = np.int64(0)
    b = 0
    for k in range(count):
        while b < blocks and first[0, b] < lasers[k + 1]:
            if known[numbers[b, 1]] <= units_of[k]:
                parted += 1
                known[numbers[b, 1]] = parted
            unit_of[b] = known[numbers[b, 1]] - 1
            b += 1
        blocks_of[k + 1] = b
        pieces_of[k + 1] = first[1, b]
        units_of[k + 1] = parted
    first_member = np.zeros(blocks + 1, dtype=np.int64)
    for b in range(blocks):
        first_member[unit_of[b] + 1] += 1
    for u in range(parted):
        first_member[u + 1] += first_member[u]
    free = np.zeros((2, blocks), dtype=np.int64)
    members = np.empty(blocks, dtype=np.int64)
    unit = np.empty(blocks, dtype=np.int64)
    stage = np.empty(blocks, dtype=np.int64)
    for b in range(blocks):
        u = unit_of[b]
        unit[b] = first_member[u]
        members[first_member[u] + free[0, u]] = b
        free[0, u] += 1
    for n in range(blocks):
        b = members[n]
        is_new = n == unit[b] or numbers[b, 2] != numbers[members[n - 1], 2]
        stage[b] = n if is_new else stage[members[n - 1]]

    places_of = np.zeros((2, count), dtype=np.int64)
    units = np.empty((blocks, 3), dtype=np.float64)
    keys = np.empty((blocks, 3), dtype=np.float64)
    ranked = np.empty(blocks, dtype=np.int64)
    room = np.empty((3, blocks), dtype=np.int64)
    begin_s = np.empty(blocks, dtype=np.float64)
    settled = np.empty(blocks, dtype=np.int64)
    best = np.empty(blocks, dtype=np.int64)
    clock = np.empty((2, spans.shape[0]), dtype=np.float64)
    listed = np.empty(spans.shape[0], dtype=np.int64)
    nobody = np.zeros(0, dtype=np.float64)
    is_better = False
    least_s = 0.0
    all_s = 0.0
    longest_s = 0.0
    for candidate in range(7):
        # The order given first, then those that leave parts in one piece.
        if candidate == 4:
            parted = blocks
            for n in range(blocks):
                members[n] = n
                first_member[n + 1] = n + 1
            for k in range(count):
                units_of[k + 1] = blocks_of[k + 1]
        if candidate % 3 == 1:
            for u in range(parted):
                along = 0.0
                across = 0.0
                weights = 0.0
                for m in range(first_member[u], first_member[u + 1]):
                    b = members[m]
                    weight = max(places[b, 6], _LEAST_S)
                    along += weight * (places[b, 4] * plume[0] + places[b, 5] * plume[1])
                    across += weight * (places[b, 5] * plume[0] - places[b, 4] * plume[1])
                    weights += weight
                units[u, 0] = math.floor(along / weights * 1e6 + 0.5) / 1e6
                units[u, 1] = math.floor(across / weights * 1e6 + 0.5) / 1e6
                units[u, 2] = weights
            _lines(units, units_of, places_of)
        moves = candidate == 0
        for n in range(blocks):
            settled[n] = n
        if candidate > 0:
            way: Any = np.int64((candidate - 1) % 3)
            _rank(way, units, units_of, places_of, keys, ranked, room)
            _settle(ranked, units_of, members, first_member, numbers, unit, stage, free, room)
            for n in range(blocks):
                settled[room[2, n]] = room[1, n]
                moves = moves or room[2, n] != room[1, n]
        exposure_s = _begin(settled, numbers, places, scanner, begin_s)
        if candidate == 0:
            longest_s = (1.0 + most_longer) * exposure_s
        elif not moves or exposure_s > longest_s:
            continue
        q = 0
        for n in range(blocks):
            b = settled[n]
            for p in range(first[1, b], first[1, b + 1]):
                listed[q] = p
                clock[0, p] = spans[p, 0] + begin_s[b]
                clock[1, p] = spans[p, 1] + begin_s[b]
                q += 1
        pairs = smoke_seconds(pieces, clock, listed, pieces_of, plume, nobody, nobody)
        conflict_s = 0.0
        for n in range(pairs.shape[0]):
            conflict_s += pairs[n, 0]
        if candidate == 0:
            least_s = conflict_s
            all_s = conflict_s
        elif conflict_s < least_s - _WORTH * all_s:
            least_s = conflict_s
            is_better = True
            for n in range(blocks):
                best[n] = settled[n]
    moved = np.empty(order.shape[0] if is_better else 0, dtype=np.int64)
    q = 0
    for n in range(blocks if is_better else 0):
        for m in range(first[0, best[n]], first[0, best[n] + 1]):
            moved[q] = order[m]
            q += 1
    return moved
