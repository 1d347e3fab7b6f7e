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

from amprep.kernels.jit import kernel
from amprep.kernels.reach import enter_zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_STEPS", "STEP_MM", "laser_work"]

#: Steps of this length divide a vector that lies in several zones, in mm; there are at most so many.
STEP_MM = 1.0
MOST_STEPS = 128.0


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
    NDArray[np.float64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]
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
    work_s : (N,) float64, s
        0 of those for which another stands.
    mask : (N,) int32
        Of the fields drawn in; -1 where the vector lies in several zones.
    by_mask : (2, 2^L) float64, s
        Work that seams divide, by masks of the fields drawn in; all work, by masks of the whole fields.
    of_part : (P, L + 1) float64, s
        What each laser reaches of the vectors that a part keeps together, and all of them.
    common : (P,) int64
        Lasers that reach all of these; -1 where there are none.

    """
    count = segments.shape[0]
    lasers = reach.shape[1]
    work_s = np.zeros(count, dtype=np.float64)
    masks = np.empty(count, dtype=np.int32)
    by_mask = np.zeros((2, 1 << lasers), dtype=np.float64)
    of_part = np.zeros((known.shape[0], lasers + 1), dtype=np.float64)
    common = np.full(known.shape[0], -1, dtype=np.int64)
    whole: Any = np.int64(1)
    box = np.full(4, np.inf)
    zone = np.zeros(2, dtype=np.int64)
    inner: Any = np.int64(0)
    outer: Any = np.int64(0)
    x_low = x_high = y_low = y_high = 0.0
    x_last = 0.0
    y_last = 0.0
    stands: Any = np.int64(-1)
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
        if not is_shared or stands < 0 or i - stands >= stride:
            stands = np.int64(i) if is_shared else np.int64(-1)
        work_s[i] = 0.0
        work_s[stands if is_shared else np.int64(i)] += seconds
        found: Any = known[owner]
        found_whole: Any = known[owner]
        same = found != 0
        if not same:
            # Looked at here, not in a call, which would take longer than all the rest.
            if not (x_low < x0 < x_high and y_low < y0 < y_high):
                enter_zone(reach, x0, y0, box, zone)
                x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
                inner, outer = zone[0], zone[1]
            found = inner
            found_whole = outer
            same = True
            if not (x_low < x_last < x_high and y_low < y_last < y_high):
                enter_zone(reach, x_last, y_last, box, zone)
                x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
                inner, outer = zone[0], zone[1]
                same = found == inner and found_whole == outer
            if not is_shared:
                common[owner] &= found_whole & outer
        elif not is_shared:
            common[owner] &= found
        masks[i] = found if same else -1
        if same and is_shared:
            by_mask[0, found] += seconds
            by_mask[1, found_whole] += seconds
            continue
        steps = 1.0
        if not same:
            steps = min(MOST_STEPS, math.ceil(length / STEP_MM) + 1.0)
        share = seconds / steps
        for step in range(int(steps)):
            if not same:
                x = x0 + (step + 0.5) / steps * dx
                y = y0 + (step + 0.5) / steps * dy
                if not (x_low < x < x_high and y_low < y < y_high):
                    enter_zone(reach, x, y, box, zone)
                    x_low, x_high, y_low, y_high = box[0], box[1], box[2], box[3]
                    inner, outer = zone[0], zone[1]
                found = inner
                found_whole = outer
            by_mask[1, found_whole] += share
            if is_shared:
                by_mask[0, found] += share
            else:
                of_part[owner, lasers] += share
                for k in range(lasers):
                    if (found_whole >> k) & whole:
                        of_part[owner, k] += share
    return work_s, masks, by_mask, of_part, common
