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

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import inner_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["filled_blocks"]


@inner_kernel
def filled_blocks(
    ends: NDArray[np.int64], cells: int, first_cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Blocks that hold a vector.

    ends : (≥ cells,) int64
        Where the vectors of each cell, one behind the other, end.
    first_cell : (G,) int64
        First cell of each group, ascending.

    Returns
    -------
    block_offsets : (B + 1,) int64
        Block b owns the vectors ``block_offsets[b]:block_offsets[b + 1]``.
    group_blocks : (G + 1,) int64
        Group g owns the blocks ``group_blocks[g]:group_blocks[g + 1]``.

    """
    groups = first_cell.shape[0]
    offsets = np.zeros(cells + 1, dtype=np.int64)
    group_blocks = np.zeros(groups + 1, dtype=np.int64)
    blocks = np.int64(0)
    for g in range(groups):
        group_blocks[g] = blocks
        behind = first_cell[g + 1] if g + 1 < groups else cells
        for cell in range(first_cell[g], behind):
            if ends[cell] > offsets[blocks]:
                blocks += 1
                offsets[blocks] = ends[cell]
    group_blocks[groups] = blocks
    return offsets[: blocks + 1], group_blocks
