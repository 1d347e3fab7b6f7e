"""How long vectors take, and which lasers could expose them.

::

    vector in one zone:   ├────────┤          its seconds go to the zone's mask
    vector over borders:  ├──┼──┼──┼──┤       cut into equal steps, each goes to the mask of its middle

Algorithm
    One pass over the vectors for their seconds and the sums. Where many are hatched, each so many-th stands
    for its neighbours where others look on.

Degeneracy rule
    A vector whose ends lie in one zone counts as being there with its whole length.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.reach import enter_zone, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_STEPS", "STEP_MM", "laser_work"]

#: Steps of this length divide a vector that lies in several zones, in mm; there are at most so many.
STEP_MM = 1.0
MOST_STEPS = 128.0

#: Numbers of parts times masks up to which work is told by both.
LARGEST_SPLIT = 1 << 16

#: Of what `enter_zone` says, the fields drawn in.
_LOW_BITS = 0xFFFFFFFF


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
    """Add seconds to what they belong to; `zone` as from `enter_zone`."""
    lasers = of_part.shape[1] - 1
    reached = zone >> 32
    by_mask[1, reached] += seconds
    if is_shared:
        by_mask[0, zone & _LOW_BITS] += seconds
        return
    of_part[owner, lasers] += seconds
    if split.shape[1] > 0:
        split[owner, zone & _LOW_BITS] += seconds
    for k in range(lasers):
        if (reached >> k) & 1:
            of_part[owner, k] += seconds


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
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
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
        Of the vectors that seams divide and no jump parts, each so many-th stands for those up to the next.

    Returns
    -------
    rows : (M,) int32
        Vectors that stand for those that seams divide, ascending.
    work_s : (M,) float64, s
        Of them and those that they stand for.
    mask : (M,) int32
        Of the fields drawn in; -1 where the vector lies in several zones.
    by_mask : (2, 2^L) float64, s
        Work that seams divide, by masks of the fields drawn in; all work, by masks of the whole fields.
    of_part : (P, L + 1) float64, s
        What each laser reaches of the vectors that a part keeps together, and all of them.
    common : (P,) int64
        Lasers that reach all of these; -1 where there are none.
    split : (P, 2^L) float64, s
        These by masks of the fields drawn in; (P, 0) where that would be too large.

    """
    count = segments.shape[0]
    lasers = reach.shape[1]
    rows = np.empty(count, dtype=np.int32)
    work_s = np.empty(count, dtype=np.float64)
    masks = np.empty(count, dtype=np.int32)
    used = 0
    heap_s = 0.0
    by_mask = np.zeros((2, 1 << lasers), dtype=np.float64)
    of_part = np.zeros((known.shape[0], lasers + 1), dtype=np.float64)
    common = np.full(known.shape[0], -1, dtype=np.int64)
    width = by_mask.shape[1] if known.shape[0] * by_mask.shape[1] <= LARGEST_SPLIT else 0
    split = np.zeros((known.shape[0], width), dtype=np.float64)
    zones = zones_of(reach)
    box = np.full(4, np.inf)
    zone: Any = np.int64(0)
    x_low = x_high = y_low = y_high = 0.0
    # The zone before, as lines that lie in two of them come back to it.
    other: Any = np.int64(0)
    other_x_low = other_x_high = other_y_low = other_y_high = 0.0
    x_last = 0.0
    y_last = 0.0
    stands: Any = np.int64(-1)
    # What vectors that follow each other in one zone take is booked in one sum.
    run: Any = np.int64(0)
    run_owner: Any = np.int64(0)
    run_shared = True
    run_s = 0.0
    for i in range(count):
        kind: Any = np.int64(exposure[i])
        is_shared = costs[kind, 5] > 0.0
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        dx = np.float64(segments[i, 2]) - x0
        dy = np.float64(segments[i, 3]) - y0
        owner: Any = np.int64(part[i])
        length = math.sqrt(dx * dx + dy * dy)
        seconds = length * costs[kind, 0]
        x_way = x0 - x_last
        y_way = y0 - y_last
        way = math.sqrt(x_way * x_way + y_way * y_way) if i > 0 else 0.0
        x_last = x0 + dx
        y_last = y0 + dy
        is_joined = i > 0 and kind == exposure[i - 1] and owner == part[i - 1]
        if not is_joined or way > max(costs[kind, 4], 0.0):
            long_mm = costs[kind, 6]
            seconds += costs[kind, 3]
            if way >= long_mm:
                seconds += (way + long_mm) * costs[kind, 2]
            else:
                seconds += 2.0 * math.sqrt(way * long_mm) * costs[kind, 2]
            stands = np.int64(-1)
        elif way > 0.0:
            seconds += costs[kind, 1] + way * costs[kind, 2]
        is_first = is_shared and (stands < 0 or i - stands >= stride)
        if is_first:
            if used > 0:
                work_s[used - 1] = heap_s
            heap_s = 0.0
            stands = np.int64(i)
            rows[used] = i
            used += 1
        elif not is_shared:
            stands = np.int64(-1)
        heap_s += seconds if is_shared else 0.0
        found: Any = known[owner] | (known[owner] << 32)
        same = found != 0
        if same:
            if not is_shared:
                common[owner] &= found >> 32
        else:
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
            found = zone
            x_far = x_high if dx > 0.0 else x_low
            y_far = y_high if dy > 0.0 else y_low
            if not (x_low < x_last < x_high and y_low < y_last < y_high):
                zone, other = other, zone
                x_low, other_x_low = other_x_low, x_low
                x_high, other_x_high = other_x_high, x_high
                y_low, other_y_low = other_y_low, y_low
                y_high, other_y_high = other_y_high, y_high
                if not (x_low < x_last < x_high and y_low < y_last < y_high):
                    zone = enter_zone(reach, zones, x_last, y_last, box)
                    x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
            same = found == zone
            if not is_shared:
                common[owner] &= (found & zone) >> 32
        if is_first:
            masks[used - 1] = found & _LOW_BITS if same else -1
        if same:
            if found != run or owner != run_owner or is_shared != run_shared:
                _book(by_mask, of_part, split, run, run_s, run_owner, run_shared)
                run_s = 0.0
                run = found
                run_owner = owner
                run_shared = is_shared
            run_s += seconds
            continue
        # Where it leaves the zone of its begin: next to that of its end in most cases.
        inside = min((x_far - x0) / dx if dx != 0.0 else 1.0, (y_far - y0) / dy if dy != 0.0 else 1.0)
        x = x0 + inside * dx
        y = y0 + inside * dy
        steps: Any = np.int64(2)
        if not (x_low <= x <= x_high and y_low <= y <= y_high and 0.0 < inside < 1.0):
            steps = np.int64(min(MOST_STEPS, math.ceil(length / STEP_MM) + 2.0))
        _book(by_mask, of_part, split, run, run_s, run_owner, run_shared)
        run_s = 0.0
        run_owner = owner
        run_shared = is_shared
        run = found
        share = seconds / steps
        for step in range(steps):
            if steps == 2:
                found = found if step == 0 else zone
                share = seconds * (inside if step == 0 else 1.0 - inside)
            else:
                x = x0 + (step + 0.5) / steps * dx
                y = y0 + (step + 0.5) / steps * dy
                if not (x_low < x < x_high and y_low < y < y_high):
                    zone = enter_zone(reach, zones, x, y, box)
                    x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
                found = zone
            if found != run:
                _book(by_mask, of_part, split, run, run_s, run_owner, run_shared)
                run_s = 0.0
                run = found
            run_s += share
    _book(by_mask, of_part, split, run, run_s, run_owner, run_shared)
    if used > 0:
        work_s[used - 1] = heap_s
    return rows[:used], work_s[:used], masks[:used], by_mask, of_part, common, split
