"""Exact vertex merge: corners with the same bits become one vertex.

Open addressing with linear probing. The key, three float32 as three uint32, and the id lie side by side in
one row of 16 bytes, so that a probe costs one cache line::

    table   row   x bits   y bits   z bits   id + 1
             0   [  ...      ...      ...      7  ]
             1   [   0        0        0       0  ]   0 = free
             2   [  ...      ...      ...      3  ]   <- hash(x, y, z): another key, so look at the next row
             3   [  ...      ...      ...     12  ]   <- same key: the corner's vertex is 11

Algorithm
    Corners are read from the file's own records, as 16-bit halves: a record of a binary STL begins at an
    even byte, not at a multiple of four. Triangles go in batches: first all rows of a batch are computed
    and touched, so that the memory fetches them side by side, then they are looked up one by one. Ids are
    numbered by first occurrence, so the result depends on the order of the corners only.

    A table holds at most a share of its rows. A batch that could be too much is not begun: the kernel
    returns, the caller provides a larger table, refilled from the vertices found so far, and the kernel goes
    on with the same batch. There is always a free row, so no probe runs for ever.

    The hash folds 32 × 32 bit products, which fit into 64 bits, so nothing overflows, compiled or not. Every
    input bit reaches the low bits of the row number: coordinates on a grid differ in their high bits only.

Degeneracy rule
    Corners are equal when their bits are equal, except that −0.0 counts as +0.0. No tolerance: two corners
    1 nm apart stay two vertices. NaNs with equal bits are one vertex.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BATCH", "insert_corners", "refill", "renumber", "widen_vertices"]

#: Triangles whose rows are touched ahead.
BATCH = 32

_MINUS_ZERO = np.uint32(0x80000000)
_ZERO = np.uint32(0)
_ONE = np.uint64(1)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_HIGH_HALF = np.uint32(16)
# Odd 32-bit words from the fractional digits of the golden ratio and of xxHash's primes.
_SEED = np.uint64(0x9E3779B9)
_MIX_X = np.uint64(0x85EBCA77)
_MIX_Y = np.uint64(0xC2B2AE3D)
_MIX_Z = np.uint64(0x27D4EB2F)
_MIX_END = np.uint64(0x9E3779B1)


@kernel
def _hash(x: np.uint32, y: np.uint32, z: np.uint32) -> np.uint64:
    h = (np.uint64(x) ^ _SEED) * _MIX_X
    h = (((h ^ (h >> _HALF)) & _LOW) ^ np.uint64(y)) * _MIX_Y
    h = (((h ^ (h >> _HALF)) & _LOW) ^ np.uint64(z)) * _MIX_Z
    h = ((h ^ (h >> _HALF)) & _LOW) * _MIX_END
    return h ^ (h >> _HALF)


@kernel
def _word(halves: NDArray[np.uint16], at: int) -> np.uint32:
    word = np.uint32(halves[at]) | (np.uint32(halves[at + 1]) << _HIGH_HALF)
    return _ZERO if word == _MINUS_ZERO else word


@kernel
def insert_corners(
    halves: NDArray[np.uint16],
    first_half: int,
    stride: int,
    begin: int,
    end: int,
    table: NDArray[np.uint32],
    limit: int,
    count: int,
    ids: NDArray[np.int32],
    words: NDArray[np.uint32],
) -> tuple[int, int, int]:
    """Look up or insert the corners of the triangles begin … end - 1.

    Stops before a batch that could bring the table over `limit` vertices.

    halves : (n,) uint16
        Triangle t's nine coordinates, float32 as two halves, begin at ``first_half + stride * t``.
    table : (T, 4) uint32
        Three words of a vertex and its number + 1 per row, T a power of two; written.
    count : int
        Vertices found so far.
    ids : (3 t,) int32
        Vertex of each corner of all triangles; written.
    words : (m, 3) uint32
        Bits of each vertex; written.

    Returns
    -------
    next : int
        Triangle to go on with; `end` when all are done.
    count : int
    coinciding : int
        Triangles, of those done now, with two corners at one vertex.

    """
    mask = np.uint64(table.shape[0] - 1)
    # The last row takes what was touched, so that the compiler does not leave the access out.
    rows = np.empty(3 * BATCH + 1, dtype=np.uint64)
    keys = np.empty((3 * BATCH, 3), dtype=np.uint32)
    coinciding = 0
    t = begin
    while t < end:
        if count + 3 * BATCH > limit:
            break
        corners = 0
        for triangle in range(t, min(t + BATCH, end)):
            at = first_half + stride * triangle
            for _ in range(3):
                x = _word(halves, at)
                y = _word(halves, at + 2)
                z = _word(halves, at + 4)
                at += 6
                keys[corners, 0] = x
                keys[corners, 1] = y
                keys[corners, 2] = z
                rows[corners] = _hash(x, y, z) & mask
                corners += 1
        touched = _ZERO
        for i in range(corners):
            touched ^= table[rows[i], 3]
        rows[3 * BATCH] = touched
        for i in range(corners):
            x = keys[i, 0]
            y = keys[i, 1]
            z = keys[i, 2]
            row = rows[i]
            while True:
                entry = table[row, 3]
                if entry == 0:
                    table[row, 0] = x
                    table[row, 1] = y
                    table[row, 2] = z
                    table[row, 3] = count + 1
                    ids[3 * t + i] = count
                    words[count, 0] = x
                    words[count, 1] = y
                    words[count, 2] = z
                    count += 1
                    break
                if table[row, 0] == x and table[row, 1] == y and table[row, 2] == z:
                    ids[3 * t + i] = np.int64(entry) - 1
                    break
                row = (row + _ONE) & mask
        for i in range(3 * t, 3 * t + corners, 3):
            if ids[i] == ids[i + 1] or ids[i + 1] == ids[i + 2] or ids[i + 2] == ids[i]:
                coinciding += 1
        t = min(t + BATCH, end)
    return t, count, coinciding


@kernel
def refill(words: NDArray[np.uint32], count: int, table: NDArray[np.uint32]) -> None:
    """Put the first `count` vertices, all different, into an empty table.

    words : (m, 3) uint32
    table : (T, 4) uint32
        Written.
    """
    mask = np.uint64(table.shape[0] - 1)
    for vertex in range(count):
        row = _hash(words[vertex, 0], words[vertex, 1], words[vertex, 2]) & mask
        while table[row, 3] != 0:
            row = (row + _ONE) & mask
        table[row, 0] = words[vertex, 0]
        table[row, 1] = words[vertex, 1]
        table[row, 2] = words[vertex, 2]
        table[row, 3] = vertex + 1


@kernel
def renumber(ids: NDArray[np.int32], begin: int, end: int, number: NDArray[np.int32]) -> None:
    """Replace the ids begin … end - 1 by what `number` says of each.

    ids : (n,) int32
        Written.
    number : (m,) int32
    """
    for i in range(begin, end):
        ids[i] = number[ids[i]]


@kernel
def widen_vertices(
    raw: NDArray[np.float32], mm_per_unit: float, vertices: NDArray[np.float64], bounds: NDArray[np.float64]
) -> int:
    """Bring vertices to mm and float64, with their bounding box; returns how many are not finite.

    raw : (V, 3) float32, unit of the file
    vertices : (V, 3) float64, mm
        Written.
    bounds : (2, 3) float64, mm
        Lowest and highest of the finite ones; written.
    """
    for axis in range(3):
        bounds[0, axis] = np.inf
        bounds[1, axis] = -np.inf
    broken = 0
    for v in range(raw.shape[0]):
        finite = True
        for axis in range(3):
            value = np.float64(raw[v, axis]) * mm_per_unit
            vertices[v, axis] = value
            finite = finite and bool(abs(value) < np.inf)
        if finite:
            for axis in range(3):
                bounds[0, axis] = min(bounds[0, axis], vertices[v, axis])
                bounds[1, axis] = max(bounds[1, axis], vertices[v, axis])
        else:
            broken += 1
    return broken
