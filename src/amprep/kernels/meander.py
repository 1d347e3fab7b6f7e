"""Hatch lines one after the other, every second one backwards, or all of them forwards.

::

        ┌───────────>      meander: line k + 1 runs against line k, so the way between them is one hatch
        └───────────┐      distance
        ┌───────────┘
        ────────────>
        ────────────>      unidirectional: the way back is a jump

Algorithm
    The pieces that the scan found, group after group, line after line; in the meander those of odd lines in
    reverse.

Degeneracy rule
    As of `scanline`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.blocks import filled_blocks
from amprep.kernels.jit import kernel
from amprep.kernels.scanline import At

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hatch_meander"]


@kernel
def hatch_meander(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
    to_and_fro: int,
) -> tuple[NDArray[np.float32], float, NDArray[np.int64]]:
    """Pieces of hatch lines as vectors, one line after the other.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
        As `ScanRoom.scan` gives them.
    angle_rad : float
        Direction of the vectors from +x.
    origin_x_mm, origin_y_mm : float
        Where the origin of the pieces, to which lines are anchored, lies on the platform.
    to_and_fro : int
        1: odd lines run backwards; 0: all lines run forwards.

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.
    line_mm : float
        Length of the hatch lines.
    blocks : (G + 1 + B + 1,) int64
        Groups as blocks, as `filled_blocks` gives them.

    """
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    segments = np.empty((pieces.shape[0], 4), dtype=np.float32)
    line_mm = 0.0
    place: Any = np.int64(0)
    groups = group_runs.shape[0] - 1
    ends = np.empty(groups, dtype=np.int64)
    first_cell = np.empty(groups, dtype=np.int64)
    for g in range(groups):
        first_cell[g] = g
        for r in range(group_runs[g], group_runs[g + 1]):
            count = runs[r, 2]
            for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
                across = (k + 0.5) * distance_mm
                x = origin_x_mm - across * sine
                y = origin_y_mm + across * cosine
                # From the first piece on forwards, or from the last one on backwards.
                odd = k & to_and_fro
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
        ends[g] = place
    blocks = filled_blocks(ends, groups, first_cell)
    return segments, line_mm, blocks
