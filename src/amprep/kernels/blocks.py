"""Which vectors belong together, from counts per stripe or island.

::

        stripe        0     1     2     3               A block is a run of vectors that are fired without
        ends          4     4     9    12               looking elsewhere: a stripe, an island, all lines of
        blocks      0 … 4       4 … 9 … 12              a body. Stripes without a vector are no blocks.

Algorithm
    One pass over the ends.

Degeneracy rule
    A group without a vector has no block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["filled_blocks"]


@inner_kernel
def filled_blocks(ends: NDArray[np.int64], cells: int, first_cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """Blocks that hold a vector.

    ends : (≥ cells,) int64
        Where the vectors of each cell, one behind the other, end.
    first_cell : (G,) int64
        First cell of each group, ascending.

    Returns
    -------
    blocks : (G + 1 + B + 1,) int64
        First, where the blocks of each group begin: group g owns the blocks ``blocks[g]:blocks[g + 1]``.
        Then, where the vectors of each block begin. One array, as each that a kernel returns takes its time.

    """
    groups: Any = np.int64(first_cell.shape[0])
    blocks = np.zeros(groups + cells + 2, dtype=np.int64)
    last: Any = groups + 1
    for g in range(groups):
        behind = first_cell[g + 1] if g + 1 < groups else cells
        for cell in range(first_cell[g], behind):
            if ends[cell] > blocks[last]:
                last += 1
                blocks[last] = ends[cell]
        blocks[g + 1] = last - groups - 1
    return blocks[: last + 1]
