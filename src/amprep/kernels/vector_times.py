"""Seconds of each vector of a layer: what the beam marks, and what the way to it costs.

::

    jump ┄┄┄┄▶━━━━━━━┓turn           A polyline is what follows a jump, up to the next one. Its first vector
              ┏━━━━━━┛               carries what the whole of it costs once: laser delays, and starting and
              ┗━━━━━━▶┄┄┄┄▶ jump     stopping where there is no sky-writing.

Algorithm
    One pass over the vectors in firing order; what each laser did last is kept. The terms are those of
    `scan_statistics`, and a test keeps the sums equal.

Degeneracy rule
    As there: ends are compared for equality of bits, and a vector of no length has no direction.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["jump_s", "seconds_of_vectors"]


@inner_kernel
def jump_s(way_mm: float, scanner: NDArray[np.float64]) -> float:
    """What a jump costs, s; `scanner` as for `seconds_of_vectors`."""
    if way_mm >= scanner[7]:
        return float(scanner[2] + way_mm / scanner[0] + scanner[0] / scanner[1])
    return float(scanner[2] + 2.0 * math.sqrt(way_mm / scanner[1]))


@inner_kernel
def _started_s(run_mm: float, full_run_mm: float, speed_mm_s: float, scanner: NDArray[np.float64]) -> float:
    """What a polyline costs beside its marking at full speed."""
    if full_run_mm <= 0.0:
        return 0.0
    seconds = speed_mm_s / scanner[1]
    if run_mm < full_run_mm:
        seconds = 2.0 * math.sqrt(run_mm / scanner[1]) - run_mm / speed_mm_s
    return float(scanner[5] + seconds)


@kernel
def seconds_of_vectors(
    segments: NDArray[np.float32],
    laser: NDArray[np.uint8],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
    laser_count: int,
    motion: NDArray[np.float64],
    scanner: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Times of one layer.

    segments : (4·N,) float32, mm
    laser : (N,) uint8
    exposure : (N,) uint16
    part : (N,) uint16
    laser_count : int
    motion : (E, 4) float64
        As for `scan_statistics`.
    scanner : (8,) float64
        Jump speed in mm/s, acceleration in mm/s²; in s the jump delay, turnaround, delay of a reversal,
        laser delays of a polyline and pause between parts; in mm from where on a jump is long.

    Returns
    -------
    seconds : (2, N) float64
        Way before each vector, and marking.
    is_jump : (N,) bool
        Whether that way is a jump, and no turnaround or corner.

    """
    count = laser.shape[0]
    seconds = np.empty((2, count), dtype=np.float64)
    is_jump = np.zeros(count, dtype=np.bool_)
    # Per laser: end of its last vector, the last direction and its length, length of its polyline.
    state = np.zeros((laser_count, 6), dtype=np.float64)
    last = np.full(laser_count, -1, dtype=np.int64)
    head = np.full(laser_count, -1, dtype=np.int64)
    for i in range(count):
        k: Any = np.int64(laser[i])
        kind = exposure[i]
        before = last[k]
        x0 = np.float64(segments[4 * i])
        y0 = np.float64(segments[4 * i + 1])
        x1 = np.float64(segments[4 * i + 2])
        y1 = np.float64(segments[4 * i + 3])
        dx = x1 - x0
        dy = y1 - y0
        length = math.sqrt(dx * dx + dy * dy)
        way = 0.0
        joined = False
        cost = 0.0
        if before >= 0:
            ux = x0 - state[k, 0]
            uy = y0 - state[k, 1]
            way = math.sqrt(ux * ux + uy * uy)
            joined = exposure[before] == kind and part[before] == part[i]
            if part[before] != part[i]:
                cost = scanner[6]
        if joined and way == 0.0:
            if length > 0.0 and state[k, 4] > 0.0:
                turned = (dx * state[k, 2] + dy * state[k, 3]) / (length * state[k, 4])
                cost += scanner[4] * (0.5 - 0.5 * turned)
        elif joined and way <= motion[kind, 0]:
            cost += scanner[3] + way / scanner[0]
            state[k, 4] = 0.0
        else:
            is_jump[i] = True
            cost += jump_s(way, scanner)
            if before >= 0:
                first = head[k]
                old = exposure[first]
                seconds[0, first] += _started_s(state[k, 5], motion[old, 1], motion[old, 2], scanner)
            head[k] = i
            state[k, 4] = 0.0
            state[k, 5] = 0.0
        seconds[0, i] = cost
        seconds[1, i] = length / motion[kind, 2]
        state[k, 0] = x1
        state[k, 1] = y1
        if length > 0.0:
            state[k, 2] = dx
            state[k, 3] = dy
            state[k, 4] = length
        state[k, 5] += length
        last[k] = i
    for k in range(laser_count):
        first = head[k]
        if first >= 0:
            old = exposure[first]
            seconds[0, first] += _started_s(state[k, 5], motion[old, 1], motion[old, 2], scanner)
    return seconds, is_jump
