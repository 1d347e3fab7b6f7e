"""Every n-th line of a hatch, with all the vectors on it.

::

    ──── ─────── ──    0 kept     A vector's line is where its middle lies across the hatch, in hatch
    ──── ─────── ──    1          distances. Directions that differ by a right angle, as those of islands,
    ──── ─────── ──    2          count as one, and each has lines of its own.
    ──── ─────── ──    3 kept

Algorithm
    One pass over the vectors finds the direction of most of their length (fourth powers of directions agree
    where these differ by a right angle), a second one how much of it lies along that direction, and by what
    the lines are shifted against whole numbers; a third one chooses.

Degeneracy rule
    Where too little of the length has that direction, vectors are counted in their order in place of lines.
    Vectors of no length have no direction and lie on the line of their middle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["nth_lines"]

#: Of the length of a hatch, so much must lie along two directions at right angles for it to have lines.
_ALIGNED = 0.95
_SINE = 0.03

#: Shorter ones have no direction, mm.
_SHORTEST_MM = 1e-9


@kernel
def nth_lines(
    segments: NDArray[np.float32], hatched: NDArray[np.bool_], distance_mm: float, every: int
) -> NDArray[np.bool_]:
    """Which vectors of a layer are kept: all that are no hatch, and every n-th line of the hatch.

    segments : (N, 4) float32, mm
    hatched : (N,) bool
    distance_mm : float
        Between neighbouring lines; more than 0.
    every : int
        The n, 1 or more.
    """
    n = hatched.shape[0]
    keep = np.empty(n, dtype=np.bool_)
    total_mm = 0.0
    re = 0.0
    im = 0.0
    for i in range(n):
        keep[i] = not hatched[i]
        if keep[i]:
            continue
        dx = np.float64(segments[i, 2]) - np.float64(segments[i, 0])
        dy = np.float64(segments[i, 3]) - np.float64(segments[i, 1])
        length = math.sqrt(dx * dx + dy * dy)
        total_mm += length
        if length > _SHORTEST_MM:
            # The fourth power of the direction, as a complex number.
            a = dx * dx - dy * dy
            b = 2.0 * dx * dy
            cube = length * length * length
            re += (a * a - b * b) / cube
            im += 2.0 * a * b / cube
    angle = 0.25 * math.atan2(im, re)
    c = math.cos(angle)
    s = math.sin(angle)
    aligned_mm = 0.0
    shift_re = 0.0
    shift_im = 0.0
    for i in range(n):
        if not hatched[i]:
            continue
        dx = np.float64(segments[i, 2]) - np.float64(segments[i, 0])
        dy = np.float64(segments[i, 3]) - np.float64(segments[i, 1])
        length = math.sqrt(dx * dx + dy * dy)
        along = abs(dx * c + dy * s)
        across = abs(dy * c - dx * s)
        if min(along, across) <= _SINE * length:
            aligned_mm += length
        x = 0.5 * (np.float64(segments[i, 0]) + np.float64(segments[i, 2]))
        y = 0.5 * (np.float64(segments[i, 1]) + np.float64(segments[i, 3]))
        line = (y * c - x * s if along >= across else x * c + y * s) / distance_mm
        turn = 2.0 * math.pi * (line - math.floor(line))
        shift_re += length * math.cos(turn)
        shift_im += length * math.sin(turn)
    has_lines = aligned_mm >= _ALIGNED * total_mm
    # Where most lines lie between whole numbers, rounding must not tear neighbours apart.
    shift = math.atan2(shift_im, shift_re) / (2.0 * math.pi)
    count = 0
    for i in range(n):
        if not hatched[i]:
            continue
        number: Any = np.int64(count)
        count += 1
        if has_lines:
            dx = np.float64(segments[i, 2]) - np.float64(segments[i, 0])
            dy = np.float64(segments[i, 3]) - np.float64(segments[i, 1])
            x = 0.5 * (np.float64(segments[i, 0]) + np.float64(segments[i, 2]))
            y = 0.5 * (np.float64(segments[i, 1]) + np.float64(segments[i, 3]))
            is_along = abs(dx * c + dy * s) >= abs(dy * c - dx * s)
            line = (y * c - x * s if is_along else x * c + y * s) / distance_mm
            number = np.int64(math.floor(line - shift + 0.5))
        keep[i] = number % every == 0
    return keep
