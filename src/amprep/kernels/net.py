"""Table of closed curves on a fine grid: one row of eight whole numbers per point.

::

    X  Y        place in grid steps
    BEFORE      point before on the curve        AFTER   point after
    EDGE        number of the uncut edge that starts or lies here
    ROW         row of the input; for a point of a cut the number of the other uncut edge that it lies on
    TURN        round of cutting in which the edge that starts here was cut last
    NODE        1 where curves meet

Algorithm
    Points are rounded to steps of 2⁻²⁰ mm, about 1 nm, so that every test of sides is exact in whole numbers.

Degeneracy rule
    Three points on one line have no side: 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "AFTER",
    "BEFORE",
    "EDGE",
    "NODE",
    "ROW",
    "STEPS_PER_MM",
    "TURN",
    "X",
    "Y",
    "edge_to_the_left",
    "side_of",
]

#: Grid steps per mm. With at most 2³⁰ steps, about 1 m, across, products of differences fit 64 bits.
STEPS_PER_MM = 1048576.0

X = 0
Y = 1
BEFORE = 2
AFTER = 3
EDGE = 4
ROW = 5
TURN = 6
NODE = 7


@inner_kernel
def side_of(net: NDArray[np.int64], a: int, b: int, c: int) -> int:
    """Twice the area of the triangle of three points: positive where c lies left of a → b.

    net : (V, 8) int64
    """
    side: int = (net[b, X] - net[a, X]) * (net[c, Y] - net[a, Y])
    side -= (net[b, Y] - net[a, Y]) * (net[c, X] - net[a, X])
    return side


@inner_kernel
def _right_of(net: NDArray[np.int64], a: int, b: int, c: int, d: int) -> bool:
    """Whether the rising edge a → b passes right of the rising edge c → d, where a scan line meets both."""
    if net[a, Y] >= net[c, Y]:
        side = side_of(net, c, d, a)
        if side == 0:
            side = side_of(net, c, d, b)
        return side < 0
    side = side_of(net, a, b, c)
    if side == 0:
        side = side_of(net, a, b, d)
    return side > 0


@inner_kernel
def edge_to_the_left(
    net: NDArray[np.int64],
    runs: NDArray[np.int64],
    frame: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    v: int,
) -> int:
    """Start of the nearest edge left of point v, just above its height; -1 where there is none.

    net : (V, 8) int64
    runs : (R, 6) int64
    frame : (4,) float64
    start : (columns · rows + 1,) int64
    members : (M,) int32
        As `cut_at_crossings` gives them.
    """
    x = net[v, X]
    y = net[v, Y]
    row = int((y - frame[1]) / frame[2])
    found: Any = np.int64(-1)
    low: Any = np.int64(0)
    high: Any = np.int64(0)
    for column in range(int((x - frame[0]) / frame[2]), -1, -1):
        cell = row * np.int64(frame[3]) + column
        for i in range(start[cell], start[cell + 1]):
            p = runs[members[i], 0]
            while p != runs[members[i], 1]:
                a = p
                b = net[p, AFTER]
                p = b
                if (net[a, Y] <= y) == (net[b, Y] <= y):
                    continue
                s = a
                if net[a, Y] > net[b, Y]:
                    a, b = b, a
                if side_of(net, a, b, v) >= 0:
                    continue
                if found < 0 or (found != s and _right_of(net, a, b, low, high)):
                    found = s
                    low = a
                    high = b
        if found >= 0:
            slope = float(net[high, X] - net[low, X]) / float(net[high, Y] - net[low, Y])
            here = net[low, X] + (y - net[low, Y]) * slope
            if here - frame[0] >= column * frame[2] + 2.0:
                break
    start_of: int = found
    return start_of
