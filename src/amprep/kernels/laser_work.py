"""How long vectors take, and which lasers could expose them.

::

    vector in one zone:   ├────────┤          its seconds go to the zone's mask
    vector over borders:  ├───┼────┼─┤        each stretch goes to the mask of its zone

Algorithm
    Some hundred vectors at a time: lengths, ways and cells without branches, then the sums. Where many are
    hatched, each so many-th stands for its neighbours where others look on, if they take about as long. The
    way of a jump counts where it leads along, as lasers that share a stripe each jump back along what they
    have of it. Where one of the vectors before ended nearer, only the way from there counts: a laser that has
    one side of a ring does not fly to the other one, unless it alone reaches both. Where a jump leads into
    another zone, the laser there comes from what it exposed last: of the ends in zones that it may have been
    in, the nearest counts. What one laser flies beyond that, and its ways from part to part or region to
    region, are told by themselves.

Degeneracy rule
    A vector whose ends lie in one zone counts as being there with its whole length.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.zones import (
    AT_ONCE,
    LOW_BITS,
    codes_of,
    compared,
    crossed,
    packed,
    places_of,
    room_of_walk,
    walk,
    zone_at,
    zone_of_cell,
    zones_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["laser_work"]

#: A vector that takes so many times as long as the first of those that one stands for, or the first as it, is
#: none of them.
UNLIKE = 4.0

#: So many vectors before a jump are asked whether one of them ended nearer.
LOOK_BACK = 8

#: Numbers of parts times masks up to which work is told by both.
LARGEST_SPLIT = 1 << 16


@inner_kernel
def _book(
    by_mask: NDArray[np.float64],
    of_part: NDArray[np.float64],
    split: NDArray[np.float64],
    zone: Any,
    seconds: float,
    owner: Any,
    is_shared: bool,
) -> None:
    """Add seconds to what they belong to; `zone` as from `zone_at`."""
    lasers = of_part.shape[1] - 1
    reached = zone >> 32
    by_mask[1, reached] += seconds
    if is_shared:
        by_mask[0, zone & LOW_BITS] += seconds
        return
    of_part[owner, lasers] += seconds
    if split.shape[1] > 0:
        split[owner, zone & LOW_BITS] += seconds
    for k in range(lasers):
        if (reached >> k) & 1:
            of_part[owner, k] += seconds


@inner_kernel
def _book_all(
    by_mask: NDArray[np.float64],
    of_part: NDArray[np.float64],
    split: NDArray[np.float64],
    sums: NDArray[np.float64],
    zone_of: NDArray[np.int64],
    touched: NDArray[np.int64],
    owner: Any,
    is_shared: bool,
) -> None:
    """Add the sums of zones to what they belong to, and begin anew."""
    for k in range(touched.shape[0]):
        number = touched[k]
        if number > 0:
            _book(by_mask, of_part, split, zone_of[number], sums[number], owner, is_shared)
        sums[number] = 0.0


@inner_kernel
def _number_of(zone_of: NDArray[np.int64], numbers: Any, zone: Any) -> Any:
    """A zone's number; a new one is added behind those that there are."""
    for number in range(1, numbers):
        if zone_of[number] == zone:
            return number
    zone_of[numbers] = zone
    return numbers


@inner_kernel
def _lengths_and_ways(
    lengths: NDArray[np.float64],
    ways: NDArray[np.float64],
    columns: NDArray[np.float32],
    many: Any,
    x_last: float,
    y_last: float,
) -> None:
    """Of some vectors, and of the ways to their begins, the first from where the one before them ended."""
    x0, y0, x1, y1 = columns[0], columns[1], columns[2], columns[3]
    for i in range(many):
        dx = np.float64(x1[i]) - np.float64(x0[i])
        dy = np.float64(y1[i]) - np.float64(y0[i])
        lengths[i] = math.sqrt(dx * dx + dy * dy)
    for i in range(1, many):
        dx = np.float64(x0[i]) - np.float64(x1[i - 1])
        dy = np.float64(y0[i]) - np.float64(y1[i - 1])
        ways[i] = math.sqrt(dx * dx + dy * dy)
    dx = np.float64(x0[0]) - x_last
    dy = np.float64(y0[0]) - y_last
    ways[0] = math.sqrt(dx * dx + dy * dy)


@kernel
def laser_work(
    segments: NDArray[np.float32],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
    costs: NDArray[np.float64],
    known: NDArray[np.int64],
    reach: NDArray[np.float64],
    stride: int,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
    float,
]:
    """Seconds of the vectors of a layer by what reaches them.

    segments : (N, 4) float32, mm
    exposure : (N,) uint16
    part : (N,) uint16
    costs : (E, 7) float64
        Per exposure: seconds per mm, of a turnaround, per mm of a way, and of starting after a jump; how
        far a turnaround may be, in mm; 1 where seams divide the vectors, 2 where they divide polylines, each
        of which stays whole, 0 where parts keep them; from where on a jump is long,
        in mm.
    known : (P,) int64
        Mask that holds in all of a part; 0 where it has to be found.
    reach : (2, L, 7) float64
        As in `mask_at`.
    stride : int
        So many vectors that seams divide and no jump parts are weighed by the one in their middle.

    Returns
    -------
    rows : (M,) int32
        Vectors that stand for those that seams divide, ascending.
    work_s : (M,) float64, s
        Of them and those that they stand for.
    held : (M,) int64
        Mask of the fields drawn in; where the vector lies in several zones, what `codes_held` takes, below 0.
    by_mask : (2, 2^L) float64, s
        Work that seams divide, by masks of the fields drawn in; all work, by masks of the whole fields.
    of_part : (P, L + 1) float64, s
        What each laser reaches of the vectors that a part keeps together, and all of them.
    common : (P,) int64
        Lasers that reach all of these; -1 where there are none.
    split : (P, 2^L) float64, s
        These by masks of the fields drawn in; (P, 0) where that would be too large.
    detours_s : float, s
        What one laser flies from part to part or region to region, and where it need not with others; in none
        of the other sums.

    """
    count = segments.shape[0]
    lasers = reach.shape[1]
    rows = np.empty(count, dtype=np.int32)
    work_s = np.empty(count, dtype=np.float64)
    held = np.empty(count, dtype=np.int64)
    used: Any = np.int64(0)
    heap_s = 0.0
    first_s = 0.0
    by_mask = np.zeros((2, 1 << lasers), dtype=np.float64)
    of_part = np.zeros((known.shape[0], lasers + 1), dtype=np.float64)
    common = np.full(known.shape[0], -1, dtype=np.int64)
    width = by_mask.shape[1] if known.shape[0] * by_mask.shape[1] <= LARGEST_SPLIT else 0
    split = np.zeros((known.shape[0], width), dtype=np.float64)
    x_cuts, y_cuts, table = zones_of(reach)
    x_compared = compared(x_cuts)
    y_compared = compared(y_cuts)
    height: Any = 2 * y_cuts.shape[0] + 1
    is_round = table.shape[0] == 0
    t = np.empty(room_of_walk(reach), dtype=np.float64)
    zones = np.empty(t.shape[0], dtype=np.int64)
    columns = np.empty((4, AT_ONCE), dtype=np.float32)
    codes = np.zeros((4, AT_ONCE), dtype=np.int32)
    lengths = np.empty(AT_ONCE, dtype=np.float64)
    ways = np.empty(AT_ONCE, dtype=np.float64)
    parted = np.empty(AT_ONCE, dtype=np.int64)
    flights = np.empty(AT_ONCE, dtype=np.int64)
    # Where the last vectors of those before ended.
    tail = np.zeros((2, LOOK_BACK), dtype=np.float64)
    block: Any = np.int64(0)
    # Zones are numbered as they are met; number 0 stands for several.
    number_of_cell = np.zeros(table.shape[0], dtype=np.int64)
    most = known.shape[0] + 2 + (2 * count if is_round else table.shape[0])
    zone_of = np.full(most, -1, dtype=np.int64)
    sums = np.zeros(most, dtype=np.float64)
    # Those with sums that are not booked yet.
    touched = np.empty(most, dtype=np.int64)
    touches: Any = np.int64(0)
    numbers: Any = np.int64(1)
    # Where jumps left zones, and in which run of one part and region; in which one zones were come to.
    left_at = np.empty((2, most), dtype=np.float64)
    left_in = np.full(most, -1, dtype=np.int64)
    seen_in = np.full(most, -1, dtype=np.int64)
    x_last = 0.0
    y_last = 0.0
    stands: Any = np.int64(-1)
    limit: Any = np.int64(stride)
    phase: Any = np.int64(stride - 1)
    step: Any = np.int64((stride + 1) // 2)
    detours_s = 0.0
    kind: Any = np.int64(-1)
    owner: Any = np.int64(-1)
    mm_s = turn_s = way_s = start_s = near_mm = long_mm = long_root = 0.0
    is_shared = True
    is_known = False
    begin_zone: Any = np.int64(0)
    end_zone: Any = np.int64(0)
    # Of some vectors that all lie in one cell.
    one_zone: Any = np.int64(0)
    x_code: Any = np.int64(0)
    y_code: Any = np.int64(0)
    for begin in range(0, count, AT_ONCE):
        many = min(AT_ONCE, count - begin)
        x_from = x_last
        y_from = y_last
        places_of(columns, segments, begin, many)
        _lengths_and_ways(lengths, ways, columns, many, x_last, y_last)
        x_last = np.float64(columns[2, many - 1])
        y_last = np.float64(columns[3, many - 1])
        if begin == 0:
            ways[0] = 0.0
        is_one = not is_round and codes_of(codes, columns, many, (x_cuts, y_cuts), (x_compared, y_compared))
        if is_one:
            zone = zone_of_cell(table, codes[0, 0], codes[1, 0], reach, x_cuts, y_cuts)
            one_zone = _number_of(zone_of, numbers, zone)
            numbers = max(numbers, one_zone + 1)
        apart: Any = np.int64(0)
        flown: Any = np.int64(0)
        for c in range(many):
            i = begin + c
            is_joined = kind == exposure[i] and owner == part[i]
            way = ways[c]
            if not is_joined:
                _book_all(by_mask, of_part, split, sums, zone_of, touched[:touches], owner, is_shared)
                touches = np.int64(0)
                block = np.int64(i)
                kind = np.int64(exposure[i])
                owner = np.int64(part[i])
                mm_s = costs[kind, 0]
                turn_s = costs[kind, 1]
                way_s = costs[kind, 2]
                start_s = costs[kind, 3]
                near_mm = max(costs[kind, 4], 0.0)
                is_shared = costs[kind, 5] > 0.0
                long_mm = costs[kind, 6]
                long_root = 2.0 * math.sqrt(long_mm)
                # Who comes from where is for who has which part and region, and for their order.
                detours_s += way_s * (way + long_mm if way >= long_mm else math.sqrt(way) * long_root)
                way = 0.0
                is_known = known[owner] != 0
                if is_known:
                    begin_zone = _number_of(zone_of, numbers, known[owner] | (known[owner] << 32))
                    end_zone = begin_zone
                    numbers = max(numbers, begin_zone + 1)
            is_jump = not is_joined or way > near_mm
            turn = turn_s + way * way_s if way > 0.0 else 0.0
            fast = way + long_mm if way >= long_mm else math.sqrt(way) * long_root
            flown_s = start_s + way_s * fast if is_jump else turn
            was_zone = end_zone
            if not is_known:
                if is_one:
                    begin_zone = one_zone
                    end_zone = one_zone
                elif is_round:
                    zone = zone_at(reach, np.float64(columns[0, c]), np.float64(columns[1, c]))
                    begin_zone = _number_of(zone_of, numbers, zone)
                    numbers = max(numbers, begin_zone + 1)
                    zone = zone_at(reach, np.float64(columns[2, c]), np.float64(columns[3, c]))
                    end_zone = _number_of(zone_of, numbers, zone)
                    numbers = max(numbers, end_zone + 1)
                else:
                    cell = codes[0, c] * height + codes[1, c]
                    begin_zone = number_of_cell[cell]
                    if begin_zone == 0:
                        zone = zone_of_cell(table, codes[0, c], codes[1, c], reach, x_cuts, y_cuts)
                        begin_zone = _number_of(zone_of, numbers, zone)
                        numbers = max(numbers, begin_zone + 1)
                        number_of_cell[cell] = begin_zone
                    cell = codes[2, c] * height + codes[3, c]
                    end_zone = number_of_cell[cell]
                    if end_zone == 0:
                        zone = zone_of_cell(table, codes[2, c], codes[3, c], reach, x_cuts, y_cuts)
                        end_zone = _number_of(zone_of, numbers, zone)
                        numbers = max(numbers, end_zone + 1)
                        number_of_cell[cell] = end_zone
            is_flight = is_jump and is_joined and is_shared
            if is_flight:
                reached = zone_of[begin_zone] >> 32
                # Nobody else could be on the other side.
                is_lonely = reached & (reached - 1) == 0 and reached == zone_of[was_zone] >> 32
                is_flight = not is_lonely
            square = np.inf
            if begin_zone != was_zone:
                if is_jump and is_joined:
                    left_at[0, was_zone] = np.float64(columns[2, c - 1]) if c > 0 else x_from
                    left_at[1, was_zone] = np.float64(columns[3, c - 1]) if c > 0 else y_from
                    left_in[was_zone] = block
                    for k in range(1, numbers):
                        if left_in[k] == block and (zone_of[k] & zone_of[begin_zone]) >> 32:
                            dx = left_at[0, k] - np.float64(columns[0, c])
                            dy = left_at[1, k] - np.float64(columns[1, c])
                            square = min(square, dx * dx + dy * dy)
                    is_new = square == np.inf and (seen_in[begin_zone] != block or not is_shared)
                    if is_new or (not is_shared and square < way * way):
                        nearest = math.sqrt(square) if square < np.inf else 0.0
                        least_s = nearest + long_mm if nearest >= long_mm else math.sqrt(nearest) * long_root
                        least_s = start_s + way_s * least_s
                        detours_s += flown_s - least_s
                        flown_s = least_s
                        is_flight = False
                seen_in[begin_zone] = block
            if is_flight:
                square = min(square, way * way)
                for back in range(2, min(LOOK_BACK, i - block) + 1):
                    k = c - back
                    dx = np.float64(columns[2, k]) if k >= 0 else tail[0, k + LOOK_BACK]
                    dy = np.float64(columns[3, k]) if k >= 0 else tail[1, k + LOOK_BACK]
                    dx -= np.float64(columns[0, c])
                    dy -= np.float64(columns[1, c])
                    square = min(square, dx * dx + dy * dy)
                    if square <= near_mm * near_mm:
                        break
                if square < way * way:
                    nearest = math.sqrt(square)
                    least_s = turn_s + nearest * way_s if nearest > 0.0 else 0.0
                    if nearest > near_mm:
                        least_s = nearest + long_mm if nearest >= long_mm else math.sqrt(nearest) * long_root
                        least_s = start_s + way_s * least_s
                    if least_s < flown_s:
                        detours_s += flown_s - least_s
                        flown_s = least_s
                        is_flight = False
            seconds = lengths[c] * mm_s + flown_s
            if is_flight and begin_zone != was_zone:
                ways[c] = way_s * fast
                seconds -= ways[c]
                flights[flown] = c
                flown += 1
            lengths[c] = seconds
            number = begin_zone if begin_zone == end_zone else 0
            touched[touches] = number
            touches += sums[number] == 0.0 and seconds > 0.0
            sums[number] += seconds
            parted[apart] = c
            apart += number == 0
            if is_shared:
                is_begin = is_jump or stands < 0
                is_unlike = seconds > UNLIKE * first_s or first_s > UNLIKE * seconds
                is_first = is_begin or is_unlike or i - stands >= limit
                if is_first:
                    first_s = seconds
                    limit = np.int64(stride)
                    if is_begin:
                        # The first are fewer, now more, now less, lest those of all stripes stand in rows.
                        limit = 1 + phase
                        phase = (phase + step) % stride
                    stands = np.int64(i)
                    heap_s = 0.0
                    used += 1
                if is_first or i - stands == limit >> 1:
                    rows[used - 1] = i
                    held[used - 1] = zone_of[number] & LOW_BITS if number > 0 else ~packed(codes, c)
                heap_s += seconds
                work_s[used - 1] = heap_s
            else:
                stands = np.int64(-1)
                common[owner] &= (zone_of[begin_zone] & zone_of[end_zone]) >> 32
        for k in range(apart):
            c = parted[k]
            x0 = np.float64(columns[0, c])
            y0 = np.float64(columns[1, c])
            ends = (x0, y0, np.float64(columns[2, c]) - x0, np.float64(columns[3, c]) - y0)
            own = (codes[0, c], codes[1, c], codes[2, c], codes[3, c])
            is_divided = costs[exposure[begin + c], 5] > 0.0
            across = crossed(own[0], own[2])
            is_between = (own[0] | own[1] | own[2] | own[3]) & 1 == 0
            if across + crossed(own[1], own[3]) == 1 and is_between and is_divided:
                # Nearly all of them: there are no cells but those of the ends.
                if across:
                    share = (x_cuts[(min(own[0], own[2]) + 1) >> 1] - x0) / ends[2]
                else:
                    share = (y_cuts[(min(own[1], own[3]) + 1) >> 1] - y0) / ends[3]
                share *= lengths[c]
                zone = table[own[0] * height + own[1]]
                by_mask[1, zone >> 32] += share
                by_mask[0, zone & LOW_BITS] += share
                zone = table[own[2] * height + own[3]]
                by_mask[1, zone >> 32] += lengths[c] - share
                by_mask[0, zone & LOW_BITS] += lengths[c] - share
                continue
            stretches = walk(t, zones, ends, own, reach, x_cuts, y_cuts, table)
            done = 0.0
            for n in range(stretches):
                share = lengths[c] * (t[n] - done)
                done = t[n]
                if is_divided:
                    by_mask[1, zones[n] >> 32] += share
                    by_mask[0, zones[n] & LOW_BITS] += share
                else:
                    _book(by_mask, of_part, split, zones[n], share, part[begin + c], is_divided)
        for k in range(flown):
            c = flights[k]
            to_x = codes[0, c if not is_one else 0]
            to_y = codes[1, c if not is_one else 0]
            if c > 0:
                x_from = np.float64(columns[2, c - 1])
                y_from = np.float64(columns[3, c - 1])
                x_code = np.int64(codes[2, c - 1])
                y_code = np.int64(codes[3, c - 1])
            way_x = np.float64(columns[0, c]) - x_from
            way_y = np.float64(columns[1, c]) - y_from
            flight = (x_from, y_from, way_x, way_y)
            stretches = walk(t, zones, flight, (x_code, y_code, to_x, to_y), reach, x_cuts, y_cuts, table)
            done = 0.0
            for n in range(stretches):
                share = ways[c] * (t[n] - done)
                done = t[n]
                by_mask[0, zones[n] & LOW_BITS] += share
                by_mask[1, zones[n] >> 32] += share
        for k in range(LOOK_BACK):
            if many - LOOK_BACK + k >= 0:
                tail[0, k] = columns[2, many - LOOK_BACK + k]
                tail[1, k] = columns[3, many - LOOK_BACK + k]
        last = 0 if is_one else many - 1
        x_code = np.int64(codes[0 if is_one else 2, last])
        y_code = np.int64(codes[1 if is_one else 3, last])
    _book_all(by_mask, of_part, split, sums, zone_of, touched[:touches], owner, is_shared)
    return rows[:used], work_s[:used], held[:used], by_mask, of_part, common, split, detours_s
