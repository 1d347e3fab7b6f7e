"""Exact vertex merge: corners with the same bits become one vertex.

Open addressing with linear probing. The key, three float32 as three uint32, and the id lie side by side in
one row of 16 bytes, so that a probe costs one cache line::

    table   row   x bits   y bits   z bits   id + 1
             0   [  ...      ...      ...      7  ]
             1   [   0        0        0       0  ]   0 = free
             2   [  ...      ...      ...      3  ]   <- hash(x, y, z): another key, so look at the next row
             3   [  ...      ...      ...     12  ]   <- same key: the corner's vertex is 11

Ids are numbered by first occurrence, so the result depends on the order of the corners only.

A table holds at most `_MAX_LOAD` of its rows. A corner that would be one too many is not inserted: the
kernel returns, the table is replaced by one four times as large, refilled from the vertices found so far,
and the kernel goes on with the same corner. There is always a free row, so no probe runs for ever.

The hash folds 32 × 32 bit products, which fit into 64 bits, so nothing overflows, compiled or not. Every
input bit reaches the low bits of the row number: coordinates on a grid differ in their high bits only.

Degeneracy rule: corners are equal when their bits are equal, except that −0.0 counts as +0.0. No tolerance:
two corners 1 nm apart stay two vertices. NaNs with equal bits are one vertex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["insert_corners", "merge_vertices", "refill"]

_MAX_LOAD = 0.7
_GROWTH = 4
_SMALLEST_TABLE = 1024

_MINUS_ZERO = np.uint32(0x80000000)
_ZERO = np.uint32(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
# Odd 32-bit words from the fractional digits of the golden ratio and of xxHash's primes.
_SEED = np.uint64(0x9E3779B9)
_MIX_X = np.uint64(0x85EBCA77)
_MIX_Y = np.uint64(0xC2B2AE3D)
_MIX_Z = np.uint64(0x27D4EB2F)
_MIX_END = np.uint64(0x9E3779B1)


def merge_vertices(corners: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number the different vertices among `corners` by first occurrence.

    Parameters
    ----------
    corners : (N, 3) float32, any unit
        C-contiguous; not changed. At most 2³¹ − 1 rows.

    Returns
    -------
    ids : (N,) int32
        Vertex of each corner.
    first : (V,) int32
        Row of `corners` where each vertex occurs first, ascending.

    Raises
    ------
    ValueError
        When `corners` is not (N, 3) float32, C-contiguous, or has too many rows.

    """
    if corners.dtype != np.float32 or corners.ndim != 2 or corners.shape[1] != 3:
        raise ValueError(f"corners: needs (N, 3) float32, has {corners.shape} {corners.dtype}")
    n = len(corners)
    if not corners.flags.c_contiguous or n > np.iinfo(np.int32).max:
        raise ValueError(f"corners: needs a C-contiguous array of less than 2^31 rows, has {n} rows")
    bits = corners.view(np.uint32)
    bits.flags.writeable = False  # one type for the kernels, whatever comes in
    ids = np.empty(n, dtype=np.int32)
    first = np.empty(n, dtype=np.int32)  # of which only the used head is ever touched
    # A closed mesh has about one vertex per six corners.
    table = _new_table(n // 4)
    done, count = 0, 0
    while True:
        done, count = insert_corners(bits, table, int(_MAX_LOAD * len(table)), done, count, ids, first)
        if done == n:
            return ids, first[:count].copy()
        table = _new_table(_GROWTH * len(table))
        refill(bits, table, count, first)


def _new_table(rows: int) -> NDArray[np.uint32]:
    """An empty table of at least `rows` rows, a power of two."""
    return np.zeros((1 << max(rows - 1, _SMALLEST_TABLE - 1).bit_length(), 4), dtype=np.uint32)


@kernel
def _hash(x: np.uint32, y: np.uint32, z: np.uint32) -> np.uint64:
    h = (np.uint64(x) ^ _SEED) * _MIX_X
    h = (((h ^ (h >> _HALF)) & _LOW) ^ np.uint64(y)) * _MIX_Y
    h = (((h ^ (h >> _HALF)) & _LOW) ^ np.uint64(z)) * _MIX_Z
    h = ((h ^ (h >> _HALF)) & _LOW) * _MIX_END
    return h ^ (h >> _HALF)


@kernel
def insert_corners(
    bits: NDArray[np.uint32],
    table: NDArray[np.uint32],
    limit: int,
    start: int,
    count: int,
    ids: NDArray[np.int32],
    first: NDArray[np.int32],
) -> tuple[int, int]:
    """Look up or insert the corners from `start` on; returns the next corner and the number of vertices.

    Stops before the insertion that would bring the table over `limit` vertices.

    bits : (N, 3) uint32
        Corners as the bits of float32.
    table : (T, 4) uint32
        Three words of a vertex and its number + 1 per row, T a power of two; written.
    ids : (N,) int32
        Vertex of each corner; written.
    first : (N,) int32
        First corner of each vertex; written.
    """
    mask = np.uint64(table.shape[0] - 1)
    for i in range(start, bits.shape[0]):
        x = bits[i, 0]
        y = bits[i, 1]
        z = bits[i, 2]
        if x == _MINUS_ZERO:
            x = _ZERO
        if y == _MINUS_ZERO:
            y = _ZERO
        if z == _MINUS_ZERO:
            z = _ZERO
        row = _hash(x, y, z) & mask
        while True:
            entry = table[row, 3]
            if entry == 0:
                if count >= limit:
                    return i, count
                table[row, 0] = x
                table[row, 1] = y
                table[row, 2] = z
                table[row, 3] = count + 1
                ids[i] = count
                first[count] = i
                count += 1
                break
            if table[row, 0] == x and table[row, 1] == y and table[row, 2] == z:
                ids[i] = np.int64(entry) - 1
                break
            row = (row + _ONE) & mask
    return bits.shape[0], count


@kernel
def refill(bits: NDArray[np.uint32], table: NDArray[np.uint32], count: int, first: NDArray[np.int32]) -> None:
    """Put the `count` vertices found so far, all different, into an empty table.

    bits : (N, 3) uint32
    table : (T, 4) uint32
        Written.
    first : (N,) int32
    """
    mask = np.uint64(table.shape[0] - 1)
    for vertex in range(count):
        x = bits[first[vertex], 0]
        y = bits[first[vertex], 1]
        z = bits[first[vertex], 2]
        if x == _MINUS_ZERO:
            x = _ZERO
        if y == _MINUS_ZERO:
            y = _ZERO
        if z == _MINUS_ZERO:
            z = _ZERO
        row = _hash(x, y, z) & mask
        while table[row, 3] != 0:
            row = (row + _ONE) & mask
        table[row, 0] = x
        table[row, 1] = y
        table[row, 2] = z
        table[row, 3] = vertex + 1
