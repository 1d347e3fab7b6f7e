"""Which triangle lies across each edge, and which shell it belongs to; ranges are worked side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.engines import ranges
from amprep.engines.serial import SerialEngine
from amprep.kernels.adjacency import OPEN, bucket_edges, count_edges, pair_by_angle, pair_edges, pair_rest
from amprep.kernels.shells import join_shells, number_shells
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from amprep.engines import Engine

__all__ = ["Connected", "connect", "connect_by_angle", "label_shells"]

#: Triangles, and vertices, below which a second thread does not pay.
_LEAST = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Connected:
    """The triangles' neighbours and what was found about their edges.

    neighbours : (F, 3) int32
        Triangle across the edge from corner i to corner i + 1, or -1; read-only.
    crowded : (R,) int64
        Numbers 3 f + i of the edges that more than two triangles share, ascending; read-only.
    """

    neighbours: NDArray[np.int32]
    crowded: NDArray[np.int64]
    open_edges: int
    """Edges without a partner that stand alone: holes."""
    inconsistent_edges: int
    """Edges without a partner beside others of the same direction, counted from each triangle."""
    nonmanifold_edges: int
    """Edges that more than two triangles share."""

    @property
    def unpaired(self) -> int:
        return self.open_edges + self.inconsistent_edges


def connect(faces: NDArray[np.int32], vertex_count: int, *, engine: Engine | None = None) -> Connected:
    """Pair the edges of triangles; the same for every engine.

    Parameters
    ----------
    faces : (F, 3) int32
        Read-only; less than 2³⁰ vertices.

    """
    engine = engine or SerialEngine()
    parts = ranges(len(faces), engine, least=_LEAST)
    counts = np.zeros((len(parts), vertex_count), dtype=np.int32)
    _all(engine, lambda i: count_edges(faces, *parts[i], counts[i]), len(parts))
    start = np.zeros(vertex_count + 1, dtype=np.int32)
    np.cumsum(counts.sum(axis=0, dtype=np.int32), out=start[1:])
    # Each range fills the buckets behind the ranges before it, so their order is that of the triangles.
    free = start[:-1].copy()
    for row in counts:
        free += row
        np.subtract(free, row, out=row)
    bucket = np.empty((3 * len(faces), 2), dtype=np.int32)
    _all(engine, lambda i: bucket_edges(faces, *parts[i], counts[i], bucket), len(parts))
    start = read_only(start)
    neighbours = np.full(3 * len(faces), OPEN, dtype=np.int32)
    parts = ranges(vertex_count, engine, least=_LEAST)
    pairs = engine.map_ordered(lambda part: pair_edges(start, bucket, *part, neighbours), parts)
    crowded = np.empty(0, dtype=np.int64)
    found = (0, 0, 0)
    if 2 * sum(pairs) < len(neighbours):
        rest = read_only(np.flatnonzero(neighbours == OPEN))
        is_crowded = np.zeros(len(neighbours), dtype=np.bool_)
        found = tuple(pair_rest(faces, rest, vertex_count, neighbours, is_crowded).tolist())
        crowded = np.flatnonzero(is_crowded)
    return Connected(read_only(neighbours.reshape(-1, 3)), read_only(crowded), *found)


def connect_by_angle(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], connected: Connected
) -> NDArray[np.int32]:
    """(F, 3) int32: the neighbours with each pair at a crowded edge bounding one body; read-only."""
    neighbours = connected.neighbours.reshape(-1).copy()
    pair_by_angle(vertices, faces, connected.crowded, neighbours)
    return read_only(neighbours.reshape(-1, 3))


def label_shells(
    neighbours: NDArray[np.int32], *, engine: Engine | None = None
) -> tuple[NDArray[np.int32], int]:
    """Number the shells in the order of their first triangles; the same for every engine.

    Parameters
    ----------
    neighbours : (F, 3) int32
        Read-only.

    Returns
    -------
    label : (F,) int32
        Shell of each triangle, from 0; read-only.
    count : int

    """
    engine = engine or SerialEngine()
    label = np.arange(len(neighbours), dtype=np.int32)
    parts = ranges(len(neighbours), engine, least=_LEAST)
    _all(engine, lambda i: join_shells(neighbours, *parts[i], *parts[i], label), len(parts))
    for begin, end in parts[1:]:
        join_shells(neighbours, begin, end, 0, begin, label)
    count = number_shells(label)
    return read_only(label), count


def _all(engine: Engine, work: Callable[[int], None], count: int) -> None:
    for _ in engine.map_ordered(work, range(count)):
        pass
