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
from amprep.kernels.scanline import At

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hatch_meander"]


@kernel
def hatch_meander(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
) -> tuple[NDArray[np.float32], float]:
    """Pieces of hatch lines as vectors, one line after the other.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
        As `ScanRoom.scan` gives them.
    angle_rad : float
        Direction of the vectors from +x. Lines are anchored to the origin of the platform.

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.
    line_mm : float
        Length of the hatch lines.

    """
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
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
    return segments, line_mm
