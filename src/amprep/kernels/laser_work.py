"""How long vectors take, and which lasers could expose them.

::

    vector in one zone:   ├────────┤          its seconds go to the zone's mask
    vector over borders:  ├──┼──┼──┼──┤       cut into equal steps, each goes to the mask of its middle

    seconds
      ▂▅██▇▆▆▆▄▂         histogram of a zone's work across a seam, which stands where the part in front
      └──────────→ u     of it is as large as it should be

Algorithm
    One pass over the vectors for their seconds and the sums, where many are hatched over each so many-th of
    them, which are neighbours of those left out; one more per level of the trees of seams,
    for the histograms of the nodes of that level. A vector spreads evenly over the bins it covers.

Degeneracy rule
    A vector whose ends lie in one zone counts as being there with its whole length.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.reach import enter_zone, mask_at, nominal_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BINS", "even_loads", "laser_work", "work_across"]

#: Bins of a histogram.
BINS = 512

#: Steps of this length divide a vector that lies in several zones, in mm; there are at most so many.
_STEP_MM = 1.0
_MOST_STEPS = 128.0


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
    costs : (E, 6) float64
        Per exposure: seconds per mm, of a turnaround, per mm of its way, and of starting after a jump; how
        far a turnaround may be, in mm; 1 where seams divide the vectors, 0 where parts keep them.
    known : (P,) int64
        Mask that holds in all of a part; 0 where it has to be found.
    reach : (2, L, 7) float64
        As in `mask_at`.
    stride : int
        Of the vectors that seams divide, each so many-th stands for those up to the next.

    Returns
    -------
    work_s : (N,) float64, s
        Of those that are looked at.
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
    for i in range(count):
        kind: Any = np.int64(exposure[i])
        is_shared = costs[kind, 5] > 0.0
        if is_shared and i % stride != 0:
            continue
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        dx = np.float64(segments[i, 2]) - x0
        dy = np.float64(segments[i, 3]) - y0
        owner: Any = np.int64(part[i])
        length = math.sqrt(dx * dx + dy * dy)
        seconds = length * costs[kind, 0]
        is_joined = i > 0 and kind == exposure[i - 1] and owner == part[i - 1]
        way = 0.0
        if is_joined:
            x_way = x0 - np.float64(segments[i - 1, 2])
            y_way = y0 - np.float64(segments[i - 1, 3])
            way = math.sqrt(x_way * x_way + y_way * y_way)
        x_last = x0 + dx
        y_last = y0 + dy
        if not is_joined or way > max(costs[kind, 4], 0.0):
            seconds += costs[kind, 3]
        elif way > 0.0:
            seconds += costs[kind, 1] + way * costs[kind, 2]
        if is_shared:
            # It stands for those that are left out.
            seconds *= min(stride, count - i)
        work_s[i] = seconds
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
            steps = min(_MOST_STEPS, math.ceil(length / _STEP_MM) + 1.0)
        share = seconds / steps
        for step in range(int(steps)):
            if not same:
                middle = (step + 0.5) / steps
                found = nominal_mask(reach, x0 + middle * dx, y0 + middle * dy)
                found_whole = mask_at(reach, whole, x0 + middle * dx, y0 + middle * dy)
            by_mask[1, found_whole] += share
            if is_shared:
                by_mask[0, found] += share
            else:
                of_part[owner, lasers] += share
                for k in range(lasers):
                    if (found_whole >> k) & whole:
                        of_part[owner, k] += share
    return work_s, masks, by_mask, of_part, common


@inner_kernel
def _spread(
    row: NDArray[np.float64], node: NDArray[np.float64], ends: tuple[Any, ...], seconds: float
) -> None:
    """Add a vector's seconds to the bins it covers, as changes from bin to bin."""
    x0, y0, x1, y1 = ends
    top = row.shape[0] - 2.0
    first = (node[0] * x0 + node[1] * y0 - node[6]) / node[7]
    last = (node[0] * x1 + node[1] * y1 - node[6]) / node[7]
    if last < first:
        first, last = last, first
    low = int(min(max(first, 0.0), top))
    high = int(min(max(last, 0.0), top))
    share = seconds / (high - low + 1)
    row[low] += share
    row[high + 1] -= share


@kernel
def work_across(
    segments: NDArray[np.float32],
    exposure: NDArray[np.uint16],
    costs: NDArray[np.float64],
    reach: NDArray[np.float64],
    work_s: NDArray[np.float64],
    masks: NDArray[np.int32],
    root: NDArray[np.int64],
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
    level: int,
    stride: int,
) -> NDArray[np.float64]:
    """Work of each node of one level of the trees, in bins across its seam.

    The parameters are those of `laser_work` and `laser_at`; `work_s` and `masks` come from `laser_work`, and
    the seams of higher levels stand at their straight places.

    Returns
    -------
    changes : (K, BINS + 1) float64, s
        From each bin to the next: the running sum is the histogram.

    """
    changes = np.zeros((nodes.shape[0], BINS + 1), dtype=np.float64)
    last_node: Any = np.int64(-1)
    for i in range(0, segments.shape[0], stride):
        found: Any = np.int64(masks[i])
        if costs[exposure[i], 5] <= 0.0 or (found >= 0 and root[found] < 0):
            continue
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        dx = np.float64(segments[i, 2]) - x0
        dy = np.float64(segments[i, 3]) - y0
        same = found >= 0
        node: Any = root[found] if same else -1
        for _ in range(level if same else 0):
            if node >= 0:
                first = nodes[node, 0] * x0 + nodes[node, 1] * y0 < nodes[node, 5]
                last = nodes[node, 0] * (x0 + dx) + nodes[node, 1] * (y0 + dy) < nodes[node, 5]
                if first != last:
                    node = last_node
                    same = False
                else:
                    node = children[node, 0] if first else children[node, 1]
        if same:
            if node >= 0:
                _spread(changes[node], nodes[node], (x0, y0, x0 + dx, y0 + dy), work_s[i])
            continue
        steps = min(_MOST_STEPS, math.ceil(math.sqrt(dx * dx + dy * dy) / _STEP_MM) + 1.0)
        is_known = found >= 0
        for step in range(int(steps)):
            middle = (step + 0.5) / steps
            x = x0 + middle * dx
            y = y0 + middle * dy
            if not is_known:
                found = nominal_mask(reach, x, y)
            node = root[found]
            for _ in range(level):
                if node >= 0:
                    is_front = nodes[node, 0] * x + nodes[node, 1] * y < nodes[node, 5]
                    node = children[node, 0] if is_front else children[node, 1]
            if node >= 0:
                half = 0.5 / steps
                ends = (x - half * dx, y - half * dy, x + half * dx, y + half * dy)
                _spread(changes[node], nodes[node], ends, work_s[i] / steps)
    return changes


@kernel
def even_loads(
    masks: NDArray[np.int64], work_s: NDArray[np.float64], base_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Divide work among the lasers that reach it, so that their loads are as even as can be.

    masks : (M,) int64
    work_s : (M,) float64, s
    base_s : (L,) float64, s
        What each laser does beside.

    Returns
    -------
    shares : (M, L) float64, s
        Minimise the sum of the squared loads, and with it the largest one: mask by mask, work is poured over
        what the others left, until nothing moves.

    """
    lasers = base_s.shape[0]
    shares = np.zeros((masks.shape[0], lasers), dtype=np.float64)
    load = base_s.copy()
    total = 0.0
    for m in range(masks.shape[0]):
        many = 0
        for k in range(lasers):
            many += (masks[m] >> k) & 1
        total += work_s[m]
        for k in range(lasers):
            if (masks[m] >> k) & 1:
                shares[m, k] = work_s[m] / many
                load[k] += shares[m, k]
    for _ in range(5000):
        moved = 0.0
        for m in range(masks.shape[0]):
            if masks[m] & (masks[m] - 1) == 0:
                continue
            level = np.inf
            while True:
                filled = work_s[m]
                many = 0
                for k in range(lasers):
                    below = load[k] - shares[m, k]
                    if (masks[m] >> k) & 1 and below < level:
                        filled += below
                        many += 1
                lower = filled / max(many, 1)
                if lower >= level or many == 0:
                    break
                level = lower
            for k in range(lasers):
                if (masks[m] >> k) & 1:
                    below = load[k] - shares[m, k]
                    own = max(0.0, level - below)
                    moved = max(moved, abs(own - shares[m, k]))
                    load[k] = below + own
                    shares[m, k] = own
        if moved <= 1e-10 * total:
            break
    return shares
