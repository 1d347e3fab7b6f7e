"""Triangles that cut through each other or lie upon each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.fans import directions_of_fans
from amprep.checking.tree import common_of_nodes
from amprep.engines.serial import SerialEngine
from amprep.kernels.intersections import crossing_pairs
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.checking.tree import TriangleTree
    from amprep.engines import Engine

__all__ = ["Crossings", "crossing_triangles"]

#: Triangles per work unit; fixed, so that the result does not depend on the number of threads.
_UNIT = 4096

#: Pairs after which a unit, and the whole search, ends: beyond, more pairs say nothing new.
_MOST_PER_UNIT = 20_000
_MOST = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Pairs of triangles that meet; shared corners and edges do not count.

    pairs : (n, 3) int32
        The two triangles, the lower number first, and `CROSSING` or `FLAT`; ascending; read-only.
    """

    pairs: NDArray[np.int32]
    is_complete: bool
    """Whether the search went to its end; else there are more pairs."""


def crossing_triangles(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    tree: TriangleTree,
    *,
    label: NDArray[np.int32] | None = None,
    engine: Engine | None = None,
) -> Crossings:
    """All pairs of triangles that cut through or lie upon each other; the same for every engine.

    Parameters
    ----------
    vertices : (V, 3) float64, mm
    faces, neighbours : (F, 3) int32
    tree : TriangleTree
        Over these triangles.
    label : (F,) int32, optional
        Shell of each triangle; with it, only pairs of different shells are looked for.

    """
    engine = engine or SerialEngine()
    vertices, faces, neighbours = read_only(vertices), read_only(faces), read_only(neighbours)
    if label is not None:
        # A shell is left out as a fan is: what holds nothing but its own triangles is passed over whole.
        of_nodes = common_of_nodes(label[tree.order], len(tree.nodes) // 2)
        trees = [(tree, tree.order, label, read_only(of_nodes))]
    else:
        trees = [(tree, tree.order, tree.fan, tree.node_fan)]
        if (of_fans := directions_of_fans(vertices, faces, tree.fan)) is not None:
            none = read_only(np.full(len(faces), -1, dtype=np.int32))
            trees.append((*of_fans, none, of_fans[0].node_fan))

    def search(unit: tuple[int, int]) -> NDArray[np.int32]:
        (own, order, fan, node_fan), begin = trees[unit[0]], unit[1]
        pairs = np.empty((_MOST_PER_UNIT, 3), dtype=np.int32)
        end = min(begin + _UNIT, len(order))
        found = crossing_pairs(
            vertices, faces, neighbours, order, own.boxes, own.nodes, fan, node_fan, begin, end, pairs
        )
        return pairs[:found].copy()

    parts = []
    total = 0
    is_complete = True
    units = [(i, begin) for i, (_, order, _, _) in enumerate(trees) for begin in range(0, len(order), _UNIT)]
    for part in engine.map_ordered(search, units):
        parts.append(part)
        total += len(part)
        is_complete = is_complete and len(part) < _MOST_PER_UNIT
        if total >= _MOST:
            is_complete = False
            break
    pairs = np.concatenate(parts) if parts else np.empty((0, 3), dtype=np.int32)
    pairs[:, :2].sort(axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return Crossings(read_only(pairs), is_complete)
