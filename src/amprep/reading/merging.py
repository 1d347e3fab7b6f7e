"""Loose triangles to numbered vertices: ranges of triangles are merged side by side, then joined.

Each range has a table of its own. The vertices of the second range are then looked up in the table of the
first, and so on; as ids are numbered by first occurrence in every step, the result is that of one table,
whatever the number of ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.engines import ranges
from amprep.engines.serial import SerialEngine
from amprep.kernels.vertex_merge import BATCH, insert_corners, refill, renumber
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.engines import Engine

__all__ = ["Corners", "Merged", "corners_of", "merge_corners"]

#: Share of a table's rows that may be taken.
_MAX_LOAD = 0.7
_GROWTH = 4
_SMALLEST_TABLE = 1024
#: Triangles below which a second thread does not pay.
_LEAST = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """Corners of triangles where they lie, in a file or in an array.

    halves : (n,) uint16
        Triangle t's nine float32 begin at ``halves[first_half + stride * t]``; read-only.
    """

    halves: NDArray[np.uint16]
    first_half: int
    stride: int
    count: int
    """Number of triangles."""


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """Triangles that share vertices.

    faces : (T, 3) int32
    vertices : (V, 3) float32
        By first occurrence; −0.0 became +0.0.
    """

    faces: NDArray[np.int32]
    vertices: NDArray[np.float32]
    coinciding: int
    """Triangles with two corners at one vertex."""


def corners_of(corners: NDArray[np.float32]) -> Corners:
    """The (3 T, 3) float32 corners of T triangles, C-contiguous, as `merge_corners` takes them.

    Raises
    ------
    ValueError
        When `corners` is something else.

    """
    if corners.dtype != np.float32 or corners.ndim != 2 or corners.shape[1] != 3 or len(corners) % 3:
        raise ValueError(f"corners: needs (3 T, 3) float32, has {corners.shape} {corners.dtype}")
    if not corners.flags.c_contiguous:
        raise ValueError("corners: needs a C-contiguous array")
    return Corners(read_only(corners.reshape(-1).view(np.uint16)), 0, 18, len(corners) // 3)


def merge_corners(corners: Corners, *, engine: Engine | None = None) -> Merged:
    """Number the different vertices by first occurrence; the same for every engine."""
    engine = engine or SerialEngine()
    ids = np.empty(3 * corners.count, dtype=np.int32)
    parts = ranges(corners.count, engine, least=_LEAST)
    # The first table takes the vertices of all others in the end.
    room = [corners.count, *(end - begin for begin, end in parts[1:])]
    tables = list(
        engine.map_ordered(lambda i: _Table.of(corners, *parts[i], ids, room[i]), range(len(parts)))
    )
    whole = tables[0]
    for (begin, end), table in zip(parts[1:], tables[1:], strict=True):
        # One vertex stands for one corner here, three for a triangle, the last one filled up with itself.
        count = table.count
        words = table.words[: -(-count // 3) * 3]
        words[count:] = words[count - 1]
        number = np.empty(len(words), dtype=np.int32)
        found = Corners(read_only(words.reshape(-1).view(np.uint16)), 0, 18, len(words) // 3)
        whole.insert(found, 0, found.count, number)
        number = read_only(number)
        pieces = [(3 * (begin + a), 3 * (begin + b)) for a, b in ranges(end - begin, engine, least=_LEAST)]
        _renumber(ids, pieces, number, engine)
    return Merged(
        faces=ids.reshape(-1, 3),
        vertices=whole.words[: whole.count].view(np.float32),
        coinciding=sum(table.coinciding for table in tables),
    )


def _renumber(
    ids: NDArray[np.int32], pieces: list[tuple[int, int]], number: NDArray[np.int32], engine: Engine
) -> None:
    for _ in engine.map_ordered(lambda piece: renumber(ids, *piece, number), pieces):
        pass


class _Table:
    """A hash table of vertices that grows, and their bits.

    words : (m, 3) uint32
        Memory is taken only where vertices are written.
    """

    def __init__(self, triangles: int) -> None:
        # A closed mesh has about half as many vertices as triangles.
        self.rows = _empty_rows(3 * triangles // 4)
        self.words = np.empty((3 * triangles + 2, 3), dtype=np.uint32)
        self.count = 0
        self.coinciding = 0

    @classmethod
    def of(cls, corners: Corners, begin: int, end: int, ids: NDArray[np.int32], room: int) -> _Table:
        """The vertices of a range of triangles, whose ids are filled in, with room for so many triangles."""
        table = cls(room)
        table.coinciding = table.insert(corners, begin, end, ids)
        return table

    def insert(self, corners: Corners, begin: int, end: int, ids: NDArray[np.int32]) -> int:
        """Look up or insert the corners of a range of triangles; returns how many coincide."""
        coinciding = 0
        while True:
            begin, self.count, more = insert_corners(
                corners.halves,
                corners.first_half,
                corners.stride,
                begin,
                end,
                self.rows,
                int(_MAX_LOAD * len(self.rows)),
                self.count,
                ids,
                self.words,
            )
            coinciding += more
            if begin == end:
                return coinciding
            self.rows = _empty_rows(_GROWTH * len(self.rows))
            refill(self.words, self.count, self.rows)


def _empty_rows(rows: int) -> NDArray[np.uint32]:
    """An empty table of at least `rows` rows, a power of two."""
    least = max(_SMALLEST_TABLE, 8 * BATCH, rows)
    return np.zeros((1 << (least - 1).bit_length(), 4), dtype=np.uint32)
