"""Contours of a part that no laser reaches all of: in which order lasers are asked for them.

::

    ┌───────┬───┬───────┐    Each next laser of a part's list gets what is left that it reaches: with the list
    │  1    │1,2│    2  │    1, 2 laser 1 also gets what both reach. If laser 1 has much besides, as only
    └───────┴───┴───────┘    it reaches it, the list 2, 1 makes the layer faster.

Algorithm
    The laser that reaches most is asked first. Where the layer is slower by that than if contours could be
    divided, all orders of few lasers are compared, and of more single ones are moved while the layer becomes
    faster. What it takes at least with a list is told by the worst set of lasers, as for the bound.

Degeneracy rule
    Of equal parts the first comes first, of equal lasers that with the least to do, then the first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["give_torn", "least_time", "move_in_list", "sizes_of"]

#: Orders in which lasers are asked for contours are compared where the layer is so much slower than if
#: contours could be divided, and changed for what gains so much.
_WORTH_A_LOOK = 0.01
_WORTH_A_CHANGE = 1e-3

#: All orders of so many lasers are compared.
_MOST_IN_ALL_ORDERS = 4

#: Additions that comparing them may take, but for the first few.
_MOST_SUMS = 1 << 21


@inner_kernel
def sizes_of(columns: Any) -> NDArray[np.float64]:
    """How many lasers there are in each mask."""
    size = np.zeros(columns, dtype=np.float64)
    for mask in range(1, columns):
        size[mask] = size[mask & (mask - 1)] + 1.0
    return size


@inner_kernel
def least_time(within: NDArray[np.float64], size: NDArray[np.float64]) -> Any:
    """What the slowest laser takes at least; the work by mask becomes what lies within each set."""
    columns = within.shape[0]
    within[0] = 0.0
    bit: Any = np.int64(1)
    while bit < columns:
        # A set holds what it holds without the laser, and that of all masks with it.
        for mask in range(columns):
            if mask & bit:
                within[mask] += within[mask ^ bit]
        bit *= 2
    found = 0.0
    for mask in range(1, columns):
        found = max(found, within[mask] / size[mask])
    return found


@inner_kernel
def move_in_list(lists: NDArray[np.uint8], part: Any, begin: Any, end: Any) -> None:
    """Move a laser from one place of a part's list to another."""
    chosen = lists[part, begin]
    step: Any = np.int64(1) if end > begin else np.int64(-1)
    place: Any = begin
    while place != end:
        lists[part, place] = lists[part, place + step]
        place += step
    lists[part, end] = chosen


@inner_kernel
def _by_reach(
    lists: NDArray[np.uint8], load: NDArray[np.float64], of_part: NDArray[np.float64], part: Any
) -> None:
    """Put the laser that reaches most of a part's contours first, then the next."""
    lasers = load.shape[0]
    for place in range(lasers):
        best: Any = np.int64(place)
        for k in range(place, lasers):
            mine = lists[part, k]
            other = lists[part, best]
            apart = math.floor(of_part[part, mine] * 1e9 + 0.5) - math.floor(of_part[part, other] * 1e9 + 0.5)
            if apart > 0.0 or (apart == 0.0 and load[mine] < load[other]):
                best = np.int64(k)
        move_in_list(lists, part, best, np.int64(place))


@inner_kernel
def _load_contours(
    lists: NDArray[np.uint8],
    load: NDArray[np.float64],
    of_part: NDArray[np.float64],
    split: NDArray[np.float64],
    part: Any,
) -> None:
    """Add such contours to the loads: each next laser gets what is left that it reaches."""
    lasers = load.shape[0]
    for mask in range(split.shape[1]):
        for place in range(lasers if split[part, mask] > 0.0 else 0):
            chosen = lists[part, place]
            if (mask >> chosen) & 1:
                load[chosen] += split[part, mask]
                break
    # Where that is not told, as if each next laser reached all that is left.
    rest = of_part[part, lasers]
    for place in range(lasers if split.shape[1] == 0 else 0):
        chosen = lists[part, place]
        own = min(rest, of_part[part, chosen])
        load[chosen] += own
        rest -= own


@inner_kernel
def _slowest_s(
    lists: NDArray[np.uint8],
    load: NDArray[np.float64],
    of_part: NDArray[np.float64],
    split: NDArray[np.float64],
    part: Any,
    others: NDArray[np.float64],
    size: NDArray[np.float64],
) -> Any:
    """What the slowest laser takes with a part's list as it is, where `others` can still be divided."""
    lasers = load.shape[0]
    within = others.copy()
    own = load.copy()
    _load_contours(lists, own, of_part, split, part)
    for k in range(lasers):
        within[1 << k] += own[k]
    return least_time(within, size)


@inner_kernel
def _reorder(
    lists: NDArray[np.uint8],
    load: NDArray[np.float64],
    of_part: NDArray[np.float64],
    split: NDArray[np.float64],
    part: Any,
    others: NDArray[np.float64],
    size: NDArray[np.float64],
) -> None:
    """Change the order in which a part asks for lasers while that makes the layer faster."""
    lasers = load.shape[0]
    within = others.copy()
    able: Any = np.int64(0)
    for mask in range(split.shape[1]):
        within[mask] += split[part, mask]
    for k in range(lasers):
        within[1 << k] += load[k]
        able += of_part[part, k] > 0.0
    enough = (1.0 + _WORTH_A_LOOK) * least_time(within, size)
    found = _slowest_s(lists, load, of_part, split, part, others, size)
    tries: Any = max(np.int64(2), np.int64(_MOST_SUMS // (lasers * split.shape[1])))
    orders: Any = np.int64(1)
    for k in range(2, min(able, _MOST_IN_ALL_ORDERS) + 1):
        orders *= k
    if able <= _MOST_IN_ALL_ORDERS and orders <= tries:
        first = np.empty(lasers, dtype=np.uint8)
        best = np.empty(lasers, dtype=np.uint8)
        for k in range(lasers):
            first[k] = lists[part, k]
            best[k] = lists[part, k]
        for number in range(1, orders):
            if found <= enough:
                break
            for k in range(lasers):
                lists[part, k] = first[k]
            rest: Any = np.int64(number)
            for place in range(able - 1):
                # As many orders begin with each of those that are left.
                many: Any = np.int64(1)
                for k in range(2, able - place):
                    many *= k
                move_in_list(lists, part, place + rest // many, np.int64(place))
                rest %= many
            other = _slowest_s(lists, load, of_part, split, part, others, size)
            if other < (1.0 - _WORTH_A_CHANGE) * found:
                found = other
                for k in range(lasers):
                    best[k] = lists[part, k]
        for k in range(lasers):
            lists[part, k] = best[k]
        return
    is_better = True
    while is_better:
        is_better = False
        for a in range(able):
            # The one that reaches most to the end first: it is the likeliest to have too much.
            for b in range(able - 1, -1, -1):
                if a == b or tries == 0 or found <= enough:
                    continue
                begin: Any = np.int64(a)
                end: Any = np.int64(b)
                move_in_list(lists, part, begin, end)
                tries -= 1
                other = _slowest_s(lists, load, of_part, split, part, others, size)
                if other < (1.0 - _WORTH_A_CHANGE) * found:
                    found = other
                    is_better = True
                else:
                    move_in_list(lists, part, end, begin)


@inner_kernel
def give_torn(
    lists: NDArray[np.uint8],
    base: NDArray[np.float64],
    groups: Any,
    masks: NDArray[np.int64],
    seconds: NDArray[np.float64],
    of_part: NDArray[np.float64],
    split: NDArray[np.float64],
    torn: NDArray[np.int64],
) -> None:
    """Say in which order parts ask for lasers whose contours no laser reaches all of, the longest first.

    `masks` and `seconds` have `groups` of the hatch and of contours that lasers can do alone.
    """
    lasers = base.shape[0]
    others = np.zeros(split.shape[1], dtype=np.float64)
    size = sizes_of(split.shape[1])
    if split.shape[1] > 0:
        for row in range(groups):
            others[masks[row]] += seconds[row]
        for n in range(torn.shape[0]):
            for mask in range(split.shape[1]):
                others[mask] += split[torn[n], mask]
    keys = np.empty(torn.shape[0], dtype=np.float64)
    for n in range(torn.shape[0]):
        keys[n] = math.floor(of_part[torn[n], lasers] * 1e9 + 0.5)
    for _ in range(torn.shape[0]):
        longest: Any = np.int64(0)
        for n in range(torn.shape[0]):
            if keys[n] > keys[longest]:
                longest = np.int64(n)
        keys[longest] = -1.0
        p = torn[longest]
        _by_reach(lists, base, of_part, p)
        if split.shape[1] > 0:
            for mask in range(split.shape[1]):
                others[mask] -= split[p, mask]
            _reorder(lists, base, of_part, split, p, others, size)
        _load_contours(lists, base, of_part, split, p)
