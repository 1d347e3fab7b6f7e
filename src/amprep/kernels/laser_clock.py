"""When each vector of a layer is marked, laser by laser, and what one laser would take for all of them.

::

    laser 1   ──way──█mark█─way─███mark███─way─█mark█        every laser begins at 0 s and goes on without
    laser 2   ─way─██████mark█████─way─█mark█                a gap; rows of `seconds` are ways and marks

Algorithm
    One pass adds up each laser's clock; vectors are counted out to their lasers, each laser's in firing
    order. One laser alone would do the work of the first, jump, do that of the second, and so on.

Degeneracy rule
    A laser without vectors takes no time and is not jumped to.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.vector_times import jump_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["laser_clock"]


@kernel
def laser_clock(
    segments: NDArray[np.float32],
    laser: NDArray[np.uint8],
    part: NDArray[np.uint16],
    seconds: NDArray[np.float64],
    scanner: NDArray[np.float64],
    laser_count: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Clocks of one layer.

    segments : (N, 4) float32, mm
        In firing order.
    laser : (N,) uint8
    part : (N,) uint16
    seconds : (2, N) float64, s
        From `seconds_of_vectors`.
    scanner : (8,) float64
        As for `seconds_of_vectors`.
    laser_count : int

    Returns
    -------
    clock : (2, N) float64, s
        From when to when each vector is marked.
    order : (N,) int64
        The vectors of laser 0 in firing order, then those of laser 1, …
    first : (L + 1,) int64
        Where in `order` those of each laser begin.
    sums : (3,) float64, s
        Marking of all lasers; exposure, until the last one is done; what one laser would take.

    """
    count = laser.shape[0]
    clock = np.empty((2, count), dtype=np.float64)
    order = np.empty(count, dtype=np.int64)
    first = np.zeros(laser_count + 1, dtype=np.int64)
    busy = np.zeros((laser_count, 2), dtype=np.float64)
    for i in range(count):
        k: Any = np.int64(laser[i])
        first[k + 1] += 1
        end = busy[k, 0] + (seconds[0, i] + seconds[1, i])
        busy[k, 0] = end
        busy[k, 1] += seconds[1, i]
        clock[0, i] = end - seconds[1, i]
        clock[1, i] = end
    free = np.zeros(laser_count, dtype=np.int64)
    for k in range(laser_count):
        free[k] = first[k]
        first[k + 1] += first[k]
    for i in range(count):
        k = np.int64(laser[i])
        order[free[k]] = i
        free[k] += 1
    sums = np.zeros(3, dtype=np.float64)
    before: Any = np.int64(-1)
    for k in range(laser_count):
        if first[k + 1] == first[k]:
            continue
        head = order[first[k]]
        sums[0] += busy[k, 1]
        sums[1] = max(sums[1], busy[k, 0])
        sums[2] += busy[k, 0]
        if before >= 0:
            dx = np.float64(segments[head, 0]) - np.float64(segments[before, 2])
            dy = np.float64(segments[head, 1]) - np.float64(segments[before, 3])
            # The first vector of each laser has a jump of no length in its time already.
            sums[2] += jump_s(math.sqrt(dx * dx + dy * dy), scanner) - jump_s(0.0, scanner)
            if part[head] != part[before]:
                sums[2] += scanner[6]
        before = order[first[k + 1] - 1]
    return clock, order, first, sums
