"""Lengths and counts from which the scan time of a layer follows.

::

    hatch   ━━━━━━━━━━▶          turn: the next vector of the same exposure and part starts within reach,
            ◀━━━━━━━━━┛ turn     a few hatch distances; everything longer is a jump. A vector that starts
            ┗━━━━━━━━━▶          where the last one ended is joined to it by a corner.

    speed     ╱‾‾‾‾‾‾‾╲          A jump, or a polyline without sky-writing, reaches its speed v only where
            ╱           ╲        it is as long as v²/a; a shorter one takes 2·√(length/a).
            |←─ v²/a ─→ |

Algorithm
    One pass over the vectors in firing order, in blocks of one laser, exposure and part, whose sums stay in
    registers. What a laser did last is kept from block to block. No time is computed here: times are these
    sums times coefficients, so that ranges cost nothing.

Degeneracy rule
    Ends are compared for equality of bits; a way of no length is a corner. A vector of no length has no
    direction: the corner is the one between its neighbours. The first vector of a laser in a layer costs one
    jump of no length: where the scanner rests is not known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TURN_REACH", "scan_statistics"]

#: Up to so many hatch distances from end to start, the way to the next hatch vector is a turnaround.
TURN_REACH = 5.0

#: So many vectors are measured at once, with the vector unit.
_CHUNK = 64


@inner_kernel
def _end_run(
    stats: NDArray[np.float64], run_mm: float, speed_mm_s: float, full_run_mm: float, k: Any
) -> None:
    """Sum up a polyline of laser `k` that is over; with sky-writing (`full_run_mm` = 0) nothing is due."""
    if full_run_mm > 0.0:
        if run_mm >= full_run_mm:
            stats[k, 13] += speed_mm_s
        else:
            stats[k, 14] += math.sqrt(run_mm)
            stats[k, 15] += run_mm / speed_mm_s


@kernel
def scan_statistics(
    segments: NDArray[np.float32],
    laser: NDArray[np.uint8],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
    laser_count: int,
    motion: NDArray[np.float64],
    long_jump_mm: float,
) -> NDArray[np.float64]:
    """Sum up one layer.

    segments : (N, 4) float32, mm
    laser : (N,) uint8
    exposure : (N,) uint16
        Which parameters expose the vector, below E.
    part : (N,) uint16
    laser_count : int
    motion : (E, 4) float64
        Per exposure: up to how many mm the way to its next vector is a turnaround (0: never); how many mm a
        polyline needs to reach its speed (0: sky-writing, it has it from the start); scan speed in mm/s;
        1 for a hatch, else 0.
    long_jump_mm : float
        From this length on a jump reaches the jump speed.

    Returns
    -------
    stats : (laser_count, 16 + E) float64
        Columns as in `amprep.model.estimate.ScanColumn`.

    """
    count = segments.shape[0]
    # Four numbers after the other: with a constant stride, the loops over a chunk are vectorised.
    flat = segments.reshape(4 * count)
    stats = np.zeros((laser_count, 16 + motion.shape[0]), dtype=np.float64)
    # Per laser: end of its last vector, that vector if it has a length, its length, length of the polyline.
    state = np.zeros((laser_count, 6), dtype=np.float64)
    last = np.full(laser_count, -1, dtype=np.int64)
    ways = np.empty(_CHUNK, dtype=np.float64)
    lengths = np.empty(_CHUNK, dtype=np.float64)
    stop = 0
    while stop < count:
        first = stop
        k: Any = np.int64(laser[first])
        kind = exposure[first]
        owner = part[first]
        while stop < count and laser[stop] == k and exposure[stop] == kind and part[stop] == owner:
            stop += 1
        reach = motion[kind, 0]
        full_run = motion[kind, 1]
        speed = motion[kind, 2]
        before = last[k]
        x = state[k, 0]
        y = state[k, 1]
        dx = state[k, 2]
        dy = state[k, 3]
        ahead = state[k, 4]
        run = state[k, 5]
        joined = False
        if before < 0:
            x = np.float64(flat[4 * first])
            y = np.float64(flat[4 * first + 1])
        else:
            joined = exposure[before] == kind and part[before] == owner
            if not joined:
                old = exposure[before]
                _end_run(stats, run, motion[old, 2], motion[old, 1], k)
                run = 0.0
            if part[before] != owner:
                stats[k, 12] += 1.0
        marked = 0.0
        turn_mm = 0.0
        turns = 0
        corners = 0.0
        for begin in range(first, stop, _CHUNK):
            chunk = flat[4 * begin : 4 * min(begin + _CHUNK, stop)]
            n = chunk.shape[0] // 4
            for j in range(n):
                ux = np.float64(chunk[4 * j + 2]) - np.float64(chunk[4 * j])
                uy = np.float64(chunk[4 * j + 3]) - np.float64(chunk[4 * j + 1])
                lengths[j] = math.sqrt(ux * ux + uy * uy)
            for j in range(n - 1):
                ux = np.float64(chunk[4 * j + 4]) - np.float64(chunk[4 * j + 2])
                uy = np.float64(chunk[4 * j + 5]) - np.float64(chunk[4 * j + 3])
                ways[j + 1] = math.sqrt(ux * ux + uy * uy)
            ux = np.float64(chunk[0]) - x
            uy = np.float64(chunk[1]) - y
            ways[0] = math.sqrt(ux * ux + uy * uy)
            x = np.float64(chunk[4 * n - 2])
            y = np.float64(chunk[4 * n - 1])
            others = 0
            for j in range(n):
                others += not 0.0 < ways[j] <= reach
            if joined and others == 0:
                # Nothing but turns, as in most of a hatch.
                for j in range(n):
                    turn_mm += ways[j]
                    marked += lengths[j]
                turns += n
                dx = x - np.float64(chunk[4 * n - 4])
                dy = y - np.float64(chunk[4 * n - 3])
                ahead = lengths[n - 1]
                continue
            for j in range(n):
                way = ways[j]
                length = lengths[j]
                ux = np.float64(chunk[4 * j + 2]) - np.float64(chunk[4 * j])
                uy = np.float64(chunk[4 * j + 3]) - np.float64(chunk[4 * j + 1])
                if joined and way <= reach:
                    if way > 0.0:
                        turn_mm += way
                        turns += 1
                        ahead = 0.0
                    elif length > 0.0 and ahead > 0.0:
                        corners += 0.5 - 0.5 * (ux * dx + uy * dy) / (length * ahead)
                else:
                    joined = True
                    stats[k, 2] += way
                    stats[k, 4] += 1.0
                    if way >= long_jump_mm:
                        stats[k, 9] += 1.0
                        stats[k, 10] += way
                    else:
                        stats[k, 11] += math.sqrt(way)
                    if full_run > 0.0:
                        _end_run(stats, run, speed, full_run, k)
                        stats[k, 7] += 1.0
                    run = 0.0
                    ahead = 0.0
                if length > 0.0:
                    dx = ux
                    dy = uy
                    ahead = length
                run += length
                marked += length
        stats[k, 3] += turn_mm
        stats[k, 5] += turns
        stats[k, 6] += corners
        stats[k, 8] += stop - first
        stats[k, 16 + kind] += marked
        state[k, 0] = x
        state[k, 1] = y
        state[k, 2] = dx
        state[k, 3] = dy
        state[k, 4] = ahead
        state[k, 5] = run
        last[k] = stop - 1
    for k in range(laser_count):
        if last[k] >= 0:
            kind = exposure[last[k]]
            _end_run(stats, state[k, 5], motion[kind, 2], motion[kind, 1], k)
        for e in range(motion.shape[0]):
            stats[k, 0 if motion[e, 3] > 0.0 else 1] += stats[k, 16 + e]
    return stats
