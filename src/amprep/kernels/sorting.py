"""Sort a range of crossings in place, with a number beside each.

Algorithm
    Insertion, which takes one step per entry where the range is nearly in order, as from one hatch line to
    the next. Where it has moved more than `MOVES` times as many entries as the range has, heap sort takes
    over: no recursion, no allocation, no bad case. (The sorts that the compiler brings along cost seconds
    of compile time.)

Degeneracy rule
    Equal keys keep no order; the caller must not need one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["sort_range"]

#: Insertion gives up after moving this many entries for each one in the range.
MOVES = 16


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
