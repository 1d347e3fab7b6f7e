"""Parts a layer into blocks of vectors that may change places.

::

    laser, part, kind    a a a a a a a a a a a a a a b b b b      a block ends where one of them changes,
    time in pieces       |     0     |     1     |2  |     |      and once in each later piece of time: at the
    jumps                      J             J                    first jump in it, else at the first
    blocks               └───────────────────┘└──────┘└─────┘     turnaround, which then becomes a jump.

Algorithm
    One pass finds the places, another one sums up what lies between and thins it out: some vectors each
    become one straight piece, from the middle of the first to the middle of the last.

Degeneracy rule
    A vector that starts where the last one ended (equality of bits) is never parted from it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.vector_times import jump_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["THINNED", "firing_blocks"]

#: So many vectors become one straight piece.
THINNED = 16


@inner_kernel
def _firsts(
    segments: NDArray[np.float32],
    order: NDArray[np.int64],
    laser: NDArray[np.uint8],
    part: NDArray[np.uint16],
    region: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    seconds: NDArray[np.float64],
    is_jump: NDArray[np.bool_],
    block_s: float,
) -> NDArray[np.int64]:
    """(B + 1,) int64: where in `order` the blocks begin."""
    count: Any = np.int64(order.shape[0])
    begins = np.zeros(count + 1, dtype=np.bool_)
    begins[count] = True
    clock = 0.0
    cell: Any = np.int64(0)
    best: Any = np.int64(-1)
    has_jump = False
    for n in range(count):
        i = order[n]
        before = order[n - 1] if n > 0 else i
        total_s = seconds[0, i] + seconds[1, i]
        kind = kinds[0, region[i]]
        if n == 0 or laser[i] != laser[before] or part[i] != part[before] or kind != kinds[0, region[before]]:
            begins[n] = True
            if best >= 0:
                begins[best] = True
            best = -1
            has_jump = False
            clock = total_s
            cell = np.int64(clock / block_s)
            continue
        clock += total_s
        now = np.int64(clock / block_s)
        if now != cell:
            if best >= 0:
                begins[best] = True
            best = -1
            has_jump = False
            cell = now
        if now >= 1 and not has_jump and kinds[1, region[i]] != 0:
            if is_jump[i]:
                best = n
                has_jump = True
            elif best < 0 and (
                segments[i, 0] != segments[before, 2] or segments[i, 1] != segments[before, 3]
            ):
                best = n
    if best >= 0:
        begins[best] = True
    blocks = 0
    for n in range(count):
        blocks += begins[n]
    first = np.empty(blocks + 1, dtype=np.int64)
    blocks = 0
    for n in range(count + 1):
        if begins[n]:
            first[blocks] = n
            blocks += 1
    return first


@kernel
def firing_blocks(
    segments: NDArray[np.float32],
    order: NDArray[np.int64],
    laser: NDArray[np.uint8],
    part: NDArray[np.uint16],
    region: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    seconds: NDArray[np.float64],
    is_jump: NDArray[np.bool_],
    clock: NDArray[np.float64],
    scanner: NDArray[np.float64],
    block_s: float,
) -> tuple[
    NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32], NDArray[np.float64]
]:
    """Part the vectors of a layer.

    segments : (N, 4) float32, mm
    order : (N,) int64
        The vectors laser by laser, each laser's in firing order.
    laser : (N,) uint8
    part : (N,) uint16
    region : (N,) uint8
    kinds : (3, R) uint8
        Per region: number of its kind; whether vectors of it may be parted; whether it is support.
    seconds, is_jump : (2, N) float64, s, and (N,) bool
        From `seconds_of_vectors`.
    clock : (2, N) float64, s
        From `laser_clock`.
    scanner : (8,) float64
        As for `seconds_of_vectors`.
    block_s : float
        Piece of time; infinite to part nothing.

    Returns
    -------
    first : (2, B + 1) int64
        Where in `order`, and where among the pieces, the blocks begin.
    numbers : (B, 4) int64
        Laser, part, kind, and 1 for support.
    places : (B, 7) float64
        Start of the first vector, end of the last, middle of the box around all ends, x and y each in mm;
        seconds of marking and ways but for the jump to the block and a change of part there.
    pieces : (P, 4) float32, mm
    spans : (P, 2) float64, s
        When each piece is marked, from the first marking of its block on.

    """
    begins = _firsts(segments, order, laser, part, region, kinds, seconds, is_jump, block_s)
    blocks: Any = np.int64(begins.shape[0] - 1)
    first = np.empty((2, blocks + 1), dtype=np.int64)
    first[0, 0] = 0
    first[1, 0] = 0
    for b in range(blocks):
        first[0, b + 1] = begins[b + 1]
        first[1, b + 1] = first[1, b] + (begins[b + 1] - begins[b] + THINNED - 1) // THINNED
    numbers = np.empty((blocks, 4), dtype=np.int64)
    places = np.empty((blocks, 7), dtype=np.float64)
    pieces = np.empty((first[1, blocks], 4), dtype=np.float32)
    spans = np.empty((first[1, blocks], 2), dtype=np.float64)
    p = 0
    for b in range(blocks):
        head = order[begins[b]]
        tail = order[begins[b + 1] - 1]
        x0 = segments[head, 0]
        y0 = segments[head, 1]
        x1 = x0
        y1 = y0
        total_s = 0.0
        for begin in range(begins[b], begins[b + 1], THINNED):
            stop = min(begin + THINNED, begins[b + 1])
            for n in range(begin, stop):
                i = order[n]
                x0 = min(x0, segments[i, 0], segments[i, 2])
                y0 = min(y0, segments[i, 1], segments[i, 3])
                x1 = max(x1, segments[i, 0], segments[i, 2])
                y1 = max(y1, segments[i, 1], segments[i, 3])
                total_s += seconds[0, i] + seconds[1, i]
            one = order[begin]
            other = order[stop - 1]
            for axis in range(2):
                pieces[p, axis] = 0.5 * (segments[one, axis] + segments[one, axis + 2])
                pieces[p, axis + 2] = 0.5 * (segments[other, axis] + segments[other, axis + 2])
            spans[p, 0] = clock[0, one] - clock[0, head]
            spans[p, 1] = clock[1, other] - clock[0, head]
            p += 1
        way_mm = 0.0
        changes = False
        if b > 0 and numbers[b - 1, 0] == laser[head]:
            dx = np.float64(segments[head, 0]) - places[b - 1, 2]
            dy = np.float64(segments[head, 1]) - places[b - 1, 3]
            way_mm = math.sqrt(dx * dx + dy * dy)
            changes = numbers[b - 1, 1] != part[head]
        # The way to a block that begins with a turnaround has nothing in it that stays.
        entry_s = seconds[0, head]
        if is_jump[head]:
            entry_s = jump_s(way_mm, scanner) + (scanner[6] if changes else 0.0)
        numbers[b, 0] = laser[head]
        numbers[b, 1] = part[head]
        numbers[b, 2] = kinds[0, region[head]]
        numbers[b, 3] = kinds[2, region[head]]
        places[b, 0] = segments[head, 0]
        places[b, 1] = segments[head, 1]
        places[b, 2] = segments[tail, 2]
        places[b, 3] = segments[tail, 3]
        places[b, 4] = 0.5 * (np.float64(x0) + np.float64(x1))
        places[b, 5] = 0.5 * (np.float64(y0) + np.float64(y1))
        places[b, 6] = total_s - entry_s
    return first, numbers, places, pieces, spans
