"""Sorting: a range of crossings in place, or numbers by their keys.

Algorithm
    Insertion, which takes one step per entry where the range is nearly in order, as from one hatch line to
    the next. Where it has moved more than `MOVES` times as many entries as the range has, heap sort takes
    over: no recursion, no allocation, no bad case. (The sorts that the compiler brings along cost seconds
    of compile time.) Numbers are put into as many buckets as there are keys before that.

Degeneracy rule
    Equal keys keep no order; the caller must not need one. Keys must be finite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["order_by", "sort_range"]

#: Insertion gives up after moving this many entries for each one in the range.
MOVES = 16

#: Keys closer together than this allows go into one bucket.
LARGEST = 1e100


@kernel
def sort_range(keys: NDArray[np.float64], payload: NDArray[np.int64], begin: int, end: int) -> None:
    """Sort ``keys[begin:end]`` ascending and carry `payload` along.

    keys : (n,) float64
    payload : (n,) int64
    """
    budget = MOVES * (end - begin)
    for i in range(begin + 1, end):
        key = keys[i]
        j = i
        if keys[j - 1] > key:
            item = payload[i]
            while j > begin and keys[j - 1] > key:
                keys[j] = keys[j - 1]
                payload[j] = payload[j - 1]
                j -= 1
            keys[j] = key
            payload[j] = item
            budget -= i - j
            if budget < 0:
                break
    if budget >= 0:
        return
    n = end - begin
    heap = n // 2
    size = n
    while size > 1:
        if heap > 0:
            heap -= 1
            key = keys[begin + heap]
            item = payload[begin + heap]
        else:
            size -= 1
            key = keys[begin + size]
            item = payload[begin + size]
            keys[begin + size] = keys[begin]
            payload[begin + size] = payload[begin]
            if size == 1:
                keys[begin] = key
                payload[begin] = item
                return
        hole = heap
        child = 2 * hole + 1
        while child < size:
            if child + 1 < size and keys[begin + child + 1] > keys[begin + child]:
                child += 1
            if keys[begin + child] <= key:
                break
            keys[begin + hole] = keys[begin + child]
            payload[begin + hole] = payload[begin + child]
            hole = child
            child = 2 * hole + 1
        keys[begin + hole] = key
        payload[begin + hole] = item


@kernel
def order_by(
    keys: NDArray[np.float64],
    count: int,
    order: NDArray[np.int64],
    sorted_keys: NDArray[np.float64],
    bucket: NDArray[np.int64],
) -> None:
    """Put the numbers 0 … count - 1 into `order` by ascending finite ``keys[:count]``.

    keys : (n,) float64
    order : (n,) int64
    sorted_keys : (n,) float64
    bucket : (n + 1,) int64
        Where n is `count` or more; the last two are memory to work in.
    """
    low = np.inf
    high = -np.inf
    for i in range(count):
        low = min(low, keys[i])
        high = max(high, keys[i])
    scale = (count - 1) / (high - low)
    if not scale < LARGEST:
        scale = 0.0
    for i in range(count + 1):
        bucket[i] = 0
    for i in range(count):
        bucket[np.int64((keys[i] - low) * scale) + 1] += 1
    for i in range(count):
        bucket[i + 1] += bucket[i]
    for i in range(count):
        here = np.int64((keys[i] - low) * scale)
        place = bucket[here]
        bucket[here] = place + 1
        order[place] = i
        sorted_keys[place] = keys[i]
    begin: Any = np.int64(0)
    sort_range(sorted_keys, order, begin, count)
