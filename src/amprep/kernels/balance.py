"""Divide the work of a layer among lasers as evenly as their reach allows, and place the seams for it.

::

    load
     │      ┌──┐ poured in
     │ ┌──┐ │▒▒│ ┌──┐
     │ │▒▒│ ├──┤ │▒▒│
     └─┴──┴─┴──┴─┴──┴─ lasers

Algorithm
    Work is poured mask by mask over what the others left, as water finds its level, until nothing moves.
    Contours and edges of a part, which stay together, are given out first: those that only one laser can do;
    those that none can do alone (`torn_contours`); then, as if they could be divided, the longest to the
    laser that has most of its share of them left.
    Then, level by level of the trees of seams, each seam is placed (`seam_places`), and the vectors are cut
    at it for the next level.

Degeneracy rule
    Equal parts are given out in their order, equal lasers from the first on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.seam_places import BINS, go_down, lines_of, place_of, spread, with_room
from amprep.kernels.sorting import sort_range
from amprep.kernels.torn_contours import give_torn, least_time, move_in_list, sizes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["even_loads", "least_times", "place_seams"]

#: Seconds that are no difference.
_NEXT_TO_NOTHING = 1e-9


@inner_kernel
def _poured(
    masks: NDArray[np.int64], work_s: NDArray[np.float64], base_s: NDArray[np.float64], rows: Any
) -> NDArray[np.float64]:
    """Shares of the first `rows` masks, as of `even_loads`."""
    lasers = base_s.shape[0]
    shares = np.zeros((masks.shape[0], lasers), dtype=np.float64)
    load = base_s.copy()
    total = 0.0
    for m in range(rows):
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
        for m in range(rows):
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
        Minimise the sum of the squared loads, and with it the largest one.

    """
    return _poured(masks, work_s, base_s, masks.shape[0])


@kernel
def least_times(work_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the slowest laser takes at least, whoever does what.

    work_s : (n, 2^L) float64, s
        Work by the mask of lasers that reach it.

    Returns
    -------
    least_s : (n,) float64, s

    """
    columns = work_s.shape[1]
    within = np.empty(columns, dtype=np.float64)
    size = sizes_of(columns)
    found = np.zeros(work_s.shape[0], dtype=np.float64)
    for n in range(work_s.shape[0]):
        for mask in range(columns):
            within[mask] = work_s[n, mask]
        found[n] = least_time(within, size)
    return found


@inner_kernel
def _give(lists: NDArray[np.uint8], fixed: NDArray[np.uint8], part: Any, laser: Any) -> None:
    """Put a laser that reaches all of a part in front of its list."""
    place: Any = np.int64(0)
    while lists[part, place] != laser:
        place += 1
    move_in_list(lists, part, place, np.int64(0))
    fixed[part] = 1


@inner_kernel
def _give_contours(
    lists: NDArray[np.uint8],
    fixed: NDArray[np.uint8],
    base: NDArray[np.float64],
    rows: Any,
    masks: NDArray[np.int64],
    seconds: NDArray[np.float64],
    of_part: NDArray[np.float64],
    common: NDArray[np.int64],
    split: NDArray[np.float64],
) -> None:
    """Say which laser the contours of each part go to, and add them to the loads.

    `masks` and `seconds` have `rows` of the hatch and room for as many groups of parts behind.
    """
    parts = of_part.shape[0]
    lasers = base.shape[0]
    group = np.full(parts, -1, dtype=np.int64)
    groups: Any = np.int64(rows)
    free: Any = np.int64(0)
    torn = np.empty(parts, dtype=np.int64)
    tears: Any = np.int64(0)
    for p in range(parts):
        own = of_part[p, lasers]
        if own <= 0.0:
            continue
        mask = common[p]
        if mask <= 0:
            torn[tears] = p
            tears += 1
        elif mask & (mask - 1) == 0:
            k: Any = np.int64(0)
            while (mask >> k) != 1:
                k += 1
            _give(lists, fixed, p, k)
            base[k] += own
        else:
            g: Any = np.int64(rows)
            while g < groups and masks[g] != mask:
                g += 1
            if g == groups:
                masks[g] = mask
                seconds[g] = 0.0
                groups += 1
            seconds[g] += own
            group[p] = g
            free += 1
    if tears > 0:
        give_torn(lists, base, groups, masks, seconds, of_part, split, torn[:tears])
    if free == 0:
        return
    # As if contours could be divided: what each laser should have of those of one mask.
    left = _poured(masks, seconds, base, groups)
    keys = np.empty(free, dtype=np.float64)
    order = np.empty(free, dtype=np.int64)
    n: Any = np.int64(0)
    for p in range(parts):
        if group[p] >= 0:
            # Equal parts at different places are equal but for the rounding.
            keys[n] = -math.floor(of_part[p, lasers] * 1e9 + 0.5)
            order[n] = p
            n += 1
    begin: Any = np.int64(0)
    sort_range(keys, order, begin, free)
    for end in range(1, free + 1):
        if end == free or keys[end] != keys[begin]:
            # Sorting keeps no order of what is equal: it is put back.
            for n in range(begin, end):
                keys[n] = order[n]
            sort_range(keys, order, begin, end)
            begin = end
    for n in range(free):
        p = order[n]
        g = group[p]
        chosen: Any = np.int64(-1)
        for k in range(lasers):
            if (masks[g] >> k) & 1 and (chosen < 0 or left[g, k] > left[g, chosen] + _NEXT_TO_NOTHING):
                chosen = k
        left[g, chosen] -= of_part[p, lasers]
        base[chosen] += of_part[p, lasers]
        _give(lists, fixed, p, chosen)


@kernel
def place_seams(
    segments: NDArray[np.float32],
    reach: NDArray[np.float64],
    rows: NDArray[np.int32],
    work_s: NDArray[np.float64],
    held: NDArray[np.int64],
    by_mask: NDArray[np.float64],
    of_part: NDArray[np.float64],
    common: NDArray[np.int64],
    split: NDArray[np.float64],
    root: NDArray[np.int64],
    nodes: NDArray[np.float64],
    children: NDArray[np.int64],
    level_of: NDArray[np.int64],
    mask_of: NDArray[np.int64],
    groups: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.uint8]]:
    """Balance a layer.

    segments, reach
        As given to `laser_work`.
    rows, work_s, held, by_mask, of_part, common, split
        From there.
    root : (2^L,) int64
    nodes : (K, 8) float64
    children : (K, 2) int64
        As in `laser_at`.
    level_of : (K,) int64
        How deep each node lies in its tree.
    mask_of : (K,) int64
        Whose tree each node is in.
    groups : (K, 2, L) float64
        1 for the lasers in front of the seam, and for all that the node divides.

    Returns
    -------
    straight_mm : (K,) float64, mm
        Where the seams would stand if they were straight; infinite for none.
    lists : (P, L) uint8
        Lasers in the order in which a part asks for them.
    fixed : (P,) uint8
        1 where the first of them reaches all that the part keeps together.

    """
    lasers = reach.shape[1]
    parts = of_part.shape[0]
    count = nodes.shape[0]
    lists = np.empty((parts, lasers), dtype=np.uint8)
    for p in range(parts):
        for k in range(lasers):
            lists[p, k] = k
    fixed = np.zeros(parts, dtype=np.uint8)
    base = np.zeros(lasers, dtype=np.float64)
    own_mask = np.empty(by_mask.shape[1] + parts, dtype=np.int64)
    seconds = np.empty(by_mask.shape[1] + parts, dtype=np.float64)
    many: Any = np.int64(0)
    for mask in range(1, by_mask.shape[1]):
        if by_mask[0, mask] > 0.0:
            own_mask[many] = mask
            seconds[many] = by_mask[0, mask]
            many += 1
    _give_contours(lists, fixed, base, many, own_mask, seconds, of_part, common, split)
    shares = _poured(own_mask, seconds, base, many)
    placed = nodes.copy()
    # Of each node: what the lasers in front of it should have of what all of it have; -1 where it has none.
    wanted = np.full(count, -1.0, dtype=np.float64)
    deepest: Any = np.int64(-1)
    for n in range(count):
        for row in range(many):
            if own_mask[row] == mask_of[n]:
                front = 0.0
                every = 0.0
                for k in range(lasers):
                    front += shares[row, k] * groups[n, 0, k]
                    every += shares[row, k] * groups[n, 1, k]
                if every > 0.0:
                    wanted[n] = front / every
                    deepest = max(deepest, level_of[n])
    changes = np.empty((count, BINS + 1), dtype=np.float64)
    lines, node, lined = lines_of(segments, reach, rows, work_s, held, root)
    for level in range(deepest + 1):
        for n in range(count):
            for b in range(BINS + 1 if level_of[n] == level else 0):
                changes[n, b] = 0.0
        if level > 0:
            lines, node = with_room(lines, node, lined, 2 * lined)
            lined = go_down(lines, node, lined, placed, children)
        spread(changes, lines, node, lined, placed)
        for n in range(count):
            if level_of[n] == level and wanted[n] >= 0.0:
                placed[n, 5] = place_of(changes[n], placed[n], wanted[n])
    straight = np.empty(count, dtype=np.float64)
    for n in range(count):
        straight[n] = placed[n, 5]
    return straight, lists, fixed
