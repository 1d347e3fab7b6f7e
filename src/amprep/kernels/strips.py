"""Hatch lines strip by strip: what lies beside each other on neighbouring lines comes one after the other.

::

       ┌─4─┐  ┌─8─┐         A strip goes on as long as exactly one piece of the next line lies beside its
       ├─3─┤  ├─7─┤         last one, and beside no other's. So a narrow region that winds is scanned along
       └─2─┴──┴─6─┘         its way, where line after line would jump across it with every piece.
       └─────1────┘

Algorithm
    Pieces of a line ascend, so a pair of marks that move forwards finds those that lie beside each other.
    A first pass numbers the strips, a second one puts their pieces into their places, odd lines backwards.

Degeneracy rule
    Pieces whose ends are two hatch distances apart along the lines still lie beside each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hatch_strips"]

#: So many hatch distances apart along the lines, pieces still lie beside each other.
_BESIDE = 2.0


@kernel
def hatch_strips(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Pieces of hatch lines as vectors, strip by strip.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
        As `ScanRoom.scan` gives them.
    angle_rad : float
        Direction of the vectors from +x.
    origin_x_mm, origin_y_mm : float
        Where the origin of the pieces, to which lines are anchored, lies on the platform.

    Returns
    -------
    segments : (M, 4) float32, mm
        [x0, y0, x1, y1]; every second line runs backwards.
    strip_offsets : (S + 1,) int64
        Strip s is ``segments[strip_offsets[s]:strip_offsets[s + 1]]``.
    group : (S,) int64
        Which group each strip is of, ascending.

    """
    many = pieces.shape[0]
    strip = np.empty(many, dtype=np.int64)
    sizes = np.zeros(many + 1, dtype=np.int64)
    group = np.empty(many, dtype=np.int64)
    strips: Any = np.int64(0)
    reach = _BESIDE * distance_mm
    place: Any = np.int64(0)
    for g in range(group_runs.shape[0] - 1):
        before: Any = place
        last_line: Any = np.int64(-(2**62))
        for r in range(group_runs[g], group_runs[g + 1]):
            count = runs[r, 2]
            for line in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
                low: Any = before if line == last_line + 1 else place
                for i in range(place, place + count):
                    while low < place and pieces[low, 1] + reach < pieces[i, 0]:
                        low += 1
                    goes_on = low < place and pieces[low, 0] <= pieces[i, 1] + reach
                    if goes_on and low + 1 < place:
                        goes_on = pieces[low + 1, 0] > pieces[i, 1] + reach
                    # Nor may the piece before or behind this one lie beside the same one.
                    if goes_on and i > place:
                        goes_on = pieces[low, 0] > pieces[i - 1, 1] + reach
                    if goes_on and i + 1 < place + count:
                        goes_on = pieces[low, 1] + reach < pieces[i + 1, 0]
                    if goes_on:
                        strip[i] = strip[low]
                    else:
                        strip[i] = strips
                        group[strips] = g
                        strips += 1
                    sizes[strip[i] + 1] += 1
                before = place
                place += count
                last_line = np.int64(line)
    for s in range(strips):
        sizes[s + 1] += sizes[s]
    offsets = sizes[: strips + 1].copy()
    segments = np.empty((many, 4), dtype=np.float32)
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    place = np.int64(0)
    for r in range(runs.shape[0]):
        for line in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
            across = (line + 0.5) * distance_mm
            x = origin_x_mm - across * sine
            y = origin_y_mm + across * cosine
            odd = line & 1
            for i in range(place, place + runs[r, 2]):
                to = sizes[strip[i]]
                sizes[strip[i]] += 1
                segments[to, 0] = pieces[i, odd] * cosine + x
                segments[to, 1] = pieces[i, odd] * sine + y
                segments[to, 2] = pieces[i, 1 - odd] * cosine + x
                segments[to, 3] = pieces[i, 1 - odd] * sine + y
            place += runs[r, 2]
    return segments, offsets, group[:strips].copy()
