"""Trees of seams: how the places that several lasers reach are divided among them.

A set of lasers is divided in two by a seam across the direction in which their fields' middles lie apart, and
each half again, so that straight seams leave every laser one connected side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amprep.assignment.fields import centres_of, drawn_in, masks_at
from amprep.kernels.reach import NODE_COLUMNS
from amprep.kernels.seam_places import BINS
from amprep.kernels.seams import INTERLACED, SHIFTED, UNMOVED, seams_on_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Trees", "phase_of", "trees_of"]

_PATTERNS = {"interlaced": INTERLACED, "shifted": SHIFTED, "straight": UNMOVED}

#: Round fields are looked at in places so far apart.
_ROUND_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """The trees of all masks that there are on the platform.

    root : (2^L,) int64
    nodes : (K, 8) float64
        Seams straight, half-way between the middles of the fields.
    children : (K, 2) int64
    level : (K,) int64
        How deep a node lies in its tree.
    mask : (K,) int64
        Whose tree it is in.
    groups : (K, 2, L) float64
        1 for the lasers in front of the seam, and for all that the node divides.
    """

    root: NDArray[np.int64]
    nodes: NDArray[np.float64]
    children: NDArray[np.int64]
    level: NDArray[np.int64]
    mask: NDArray[np.int64]
    groups: NDArray[np.float64]

    def seams(
        self, straight_mm: NDArray[np.float64], pattern: str, period_mm: float, begin_mm: float
    ) -> NDArray[np.float64]:
        """(K, 8) float64: the nodes with seams that stand at these places, or on a grid about them.

        straight_mm : (K,) float64, mm
            Infinite where no seam is wanted.
        """
        return seams_on_grid(self.nodes, straight_mm, _PATTERNS[pattern], period_mm, begin_mm)


def phase_of(layer_index: int, distance_mm: float, steps: int) -> float:
    """Where the grid of a layer's seams begins, in mm: another place in each of `steps` layers.

    Layers that follow each other are about 0.38 of a period apart, the golden section.
    """
    stride = round(steps * 0.381966)
    while stride > 1 and np.gcd(stride, steps) != 1:
        stride -= 1
    return float((layer_index * max(stride, 1)) % steps) * distance_mm


def trees_of(
    fields: NDArray[np.float64], platform_mm: Sequence[float], period_mm: float, begins_mm: Sequence[float]
) -> Trees:
    """Trees for all masks on the platform, in all layers.

    fields : (L, 7) float64
        As `amprep.assignment.fields.fields_of` gives them.
    period_mm, begins_mm
        Of the grids of seams that there are.
    """
    lasers = len(fields)
    # A mask that was not foreseen has the lowest of its lasers.
    root = np.array([~max(0, (mask & -mask).bit_length() - 1) for mask in range(1 << lasers)], dtype=np.int64)
    rows: list[tuple[list[float], int, int, list[list[float]]]] = []
    children: list[list[int]] = []

    def grow(members: list[int], mask: int, level: int) -> int:
        if len(members) == 1:
            return ~members[0]
        front, behind, normal = _halves(members, centres_of(fields))
        number = len(rows)
        in_front, in_all = ([float(k in group) for k in range(lasers)] for group in (front, members))
        rows.append((_node(fields, mask, front, behind, normal), level, mask, [in_front, in_all]))
        children.append([0, 0])
        children[number] = [grow(front, mask, level + 1), grow(behind, mask, level + 1)]
        return number

    for mask in _masks(fields, platform_mm, period_mm, begins_mm):
        root[mask] = grow([k for k in range(lasers) if mask >> k & 1], mask, 0)
    return Trees(
        root=root,
        nodes=np.array([row[0] for row in rows], dtype=np.float64).reshape(-1, NODE_COLUMNS),
        children=np.array(children, dtype=np.int64).reshape(-1, 2),
        level=np.array([row[1] for row in rows], dtype=np.int64),
        mask=np.array([row[2] for row in rows], dtype=np.int64),
        groups=np.array([row[3] for row in rows], dtype=np.float64).reshape(-1, 2, lasers),
    )


def _halves(
    members: list[int], centres: NDArray[np.float64]
) -> tuple[list[int], list[int], NDArray[np.float64]]:
    """Lasers in front of a seam and behind it, and the direction across it."""
    own = centres[members]
    if len(members) == 2:
        apart = own[1] - own[0]
        length = float(np.hypot(*apart))
        normal = apart / length if length > 1e-9 else np.array([1.0, 0.0])
        if normal[0] < -1e-9 or (abs(normal[0]) <= 1e-9 and normal[1] < 0.0):
            return [members[1]], [members[0]], -normal
        return [members[0]], [members[1]], normal
    spans = own.max(axis=0) - own.min(axis=0)
    axis = int(spans[1] > spans[0] + 1e-9)
    along = np.round(own[:, axis], 6).tolist()
    order = sorted(range(len(members)), key=lambda i: (along[i], i))
    gaps = [along[b] - along[a] for a, b in pairwise(order)]
    # The widest gap; of equal ones, that nearest to the middle.
    place = min(range(len(gaps)), key=lambda i: (-round(gaps[i], 6), abs(2 * i + 2 - len(members)), i)) + 1
    normal = np.array([1.0, 0.0]) if axis == 0 else np.array([0.0, 1.0])
    front, behind = ([members[i] for i in sorted(half)] for half in (order[:place], order[place:]))
    return front, behind, normal


def _node(
    fields: NDArray[np.float64], mask: int, front: list[int], behind: list[int], normal: NDArray[np.float64]
) -> list[float]:
    """A node with its seam half-way between the middles of the fields."""
    along = centres_of(fields) @ normal
    place = (max(along[k] for k in front) + min(along[k] for k in behind)) / 2
    own = fields[[k for k in range(len(fields)) if mask >> k & 1]]
    x0, y0 = own[:, :2].max(axis=0)
    x1, y1 = own[:, 2:4].min(axis=0)
    corners = np.array([(x, y) for x in (x0, x1) for y in (y0, y1)]) @ normal
    low, high = float(corners.min()), float(corners.max())
    width = max(high - low, 1e-6) / BINS
    return [*(normal + 0.0).tolist(), float(place), float(place), 0.0, float(place), low, width]


def _masks(
    fields: NDArray[np.float64], platform_mm: Sequence[float], period_mm: float, begins_mm: Sequence[float]
) -> list[int]:
    """Masks that occur on the platform, by whole fields or by those drawn in, ascending."""
    # Each grid apart: all borders of all grids at once would make far more boxes than each one has.
    found = set(_masks_of(np.stack([fields, fields]), platform_mm))
    for begin_mm in begins_mm if period_mm > 0.0 else []:
        found |= _masks_of(drawn_in(fields, platform_mm, period_mm, begin_mm), platform_mm)
    return sorted(mask for mask in found if mask & (mask - 1))


def _masks_of(reach: NDArray[np.float64], platform_mm: Sequence[float]) -> set[int]:
    """Masks in the boxes between all borders, (2, L, 7); with circles, at places of a fine grid as well."""
    places = []
    for axis in range(2):
        low, high = platform_mm[axis], platform_mm[axis + 2]
        borders = reach[:, :, [axis, axis + 2]].ravel().tolist()
        edges = sorted({low, high, *(round(value, 6) for value in borders if low < value < high)})
        middles = [(a + b) / 2 for a, b in pairwise(edges)]
        if np.isfinite(reach[1, :, 6]).any():
            middles = sorted({*middles, *np.arange(low, high, _ROUND_MM).tolist()})
        places.append(np.array(middles))
    grid = np.stack(np.meshgrid(*places), axis=-1).reshape(-1, 2)
    masks = masks_at(reach[0], grid)
    is_bare = masks == 0
    masks[is_bare] = masks_at(reach[1], grid[is_bare])
    return set(masks.tolist())
