"""Where the vectors of a layer can be parted into blocks that may change places.

::

    laser, part, kind    a a a a a a a a a a a a a a b b b b      a block ends where one of them changes,
    time in pieces       |     0     |     1     |2  |     |      and once in each later piece of time: at the
    jumps                      J             J                    first jump in it, else at the first
    blocks               └───────────────────┘└──────┘└─────┘     turnaround.

Algorithm
    One pass finds the places, another one sums up what lies between.

Degeneracy rule
    A vector that starts where the last one ended (equality of bits) is never parted from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["firing_blocks"]


@kernel
def firing_blocks(
    segments: NDArray[np.float32],
    vectors: NDArray[np.int64],
    group: NDArray[np.int64],
    kind: NDArray[np.uint8],
    total_s: NDArray[np.float64],
    is_jump: NDArray[np.bool_],
    block_s: float,
    most_cut: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Part the vectors of a layer.

    segments : (N, 4) float32, mm
    vectors : (N,) int64
        In the order in which they are looked at, laser by laser.
    group : (N,) int64
        One number for each laser and part.
    kind : (N,) uint8
    total_s : (N,) float64, s
        Time of each vector with the way to it.
    is_jump : (N,) bool
    block_s : float
        Piece of time.
    most_cut : int
        Vectors of kinds above this one are not parted.

    Returns
    -------
    first : (B + 1,) int64
        Where in `vectors` the blocks begin.
    sums : (B, 5) float64
        Lowest x and y, highest x and y in mm, and time in s.

    """
    count: Any = np.int64(vectors.shape[0])
    begins = np.zeros(count + 1, dtype=np.bool_)
    begins[count] = True
    clock = 0.0
    cell: Any = np.int64(0)
    best: Any = np.int64(-1)
    has_jump = False
    for n in range(count):
        i = vectors[n]
        before = vectors[n - 1] if n > 0 else i
        if n == 0 or group[i] != group[before] or kind[i] != kind[before]:
            begins[n] = True
            if best >= 0:
                begins[best] = True
            best = -1
            has_jump = False
            clock = total_s[i]
            cell = np.int64(clock / block_s)
            continue
        clock += total_s[i]
        now = np.int64(clock / block_s)
        if now != cell:
            if best >= 0:
                begins[best] = True
            best = -1
            has_jump = False
            cell = now
        if now >= 1 and kind[i] <= most_cut:
            if is_jump[i] and not has_jump:
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
    sums = np.zeros((first.shape[0] - 1, 5), dtype=np.float64)
    for b in range(first.shape[0] - 1):
        i = vectors[first[b]]
        x0 = segments[i, 0]
        y0 = segments[i, 1]
        x1 = x0
        y1 = y0
        seconds = 0.0
        for n in range(first[b], first[b + 1]):
            i = vectors[n]
            x0 = min(x0, segments[i, 0], segments[i, 2])
            y0 = min(y0, segments[i, 1], segments[i, 3])
            x1 = max(x1, segments[i, 0], segments[i, 2])
            y1 = max(y1, segments[i, 1], segments[i, 3])
            seconds += total_s[i]
        sums[b, 0] = x0
        sums[b, 1] = y0
        sums[b, 2] = x1
        sums[b, 3] = y1
        sums[b, 4] = seconds
    return first, sums
