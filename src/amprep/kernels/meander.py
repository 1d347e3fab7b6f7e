"""Hatch lines one after the other, every second one backwards.

::

        ┌───────────>
        └───────────┐      line k + 1 runs against line k, so the way between them is one hatch distance
        ┌───────────┘

Algorithm
    The pieces that the scan found, group after group, line after line; those of odd lines in reverse.

Degeneracy rule
    As of `scanline`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.scanline import At, scan_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hatch_meander"]


@kernel
def hatch_meander(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    loops: NDArray[np.int64],
    group_offsets: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    room: NDArray[np.float64],
    index_room: NDArray[np.int64],
) -> tuple[NDArray[np.float32], float, float, int]:
    """Meander hatch of a region that is given by curves with winding number ≥ 1.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    loops : (C,) int64
    group_offsets : (G + 1,) int64
        Groups of loops in firing order, see `scan_lines`.
    angle_rad : float
        Direction of the vectors from +x. Lines are anchored to the origin of the platform.
    room, index_room : float64, int64
        Memory to work in.

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.
    line_mm : float
        Length of the hatch lines.
    short_mm : float
        Length of the hatch lines that were too short to expose.
    crossings : int
        For `room_for`.

    """
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    pieces, runs, _, short_mm, crossings = scan_lines(
        points, loop_offsets, loops, group_offsets, cosine, sine, distance_mm, room, index_room
    )
    segments = np.empty((pieces.shape[0], 4), dtype=np.float32)
    line_mm = 0.0
    place = 0
    for r in range(runs.shape[0]):
        count = runs[r, 2]
        for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
            across = (k + 0.5) * distance_mm
            x = -across * sine
            y = across * cosine
            # From the first piece on forwards, or from the last one on backwards.
            odd = k & 1
            piece = place + odd * (count - 1)
            for i in range(place, place + count):
                u0 = pieces[At(piece), odd]
                u1 = pieces[At(piece), 1 - odd]
                line_mm += abs(u1 - u0)
                segments[At(i), 0] = u0 * cosine + x
                segments[At(i), 1] = u0 * sine + y
                segments[At(i), 2] = u1 * cosine + x
                segments[At(i), 3] = u1 * sine + y
                piece += 1 - 2 * odd
            place += count
    return segments, line_mm, short_mm, crossings
