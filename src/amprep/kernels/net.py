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

from typing import TYPE_CHECKING

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["AFTER", "BEFORE", "EDGE", "NODE", "ROW", "STEPS_PER_MM", "TURN", "X", "Y", "side_of"]

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
