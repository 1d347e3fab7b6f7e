"""Medial lines and the pieces that they lie in: of what the contour cannot reach, each piece for itself."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.edge_cells import DX, LENGTH, X

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ASKED",
    "lengths_of",
    "loops_around",
    "parted",
    "pieces_of",
    "places_along",
    "places_within",
    "witnesses",
]

#: Places of a line that are asked for the lost piece that it lies in.
ASKED = 7

#: Places nearer than this are one.
_APART_MM = 1e-5

_NONE = np.empty(0, dtype=np.int64)


def witnesses(points: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """(`ASKED` L,) int64: points of each line, not its ends, whose discs touch the boundary in places apart.

    Where a disc turns around a corner all of them touch that, and it may belong to another piece as well.
    """
    apart = np.ones(len(points), dtype=bool)
    apart[1:] = np.abs(np.diff(points[:, 3:], axis=0)).max(axis=1) > _APART_MM
    apart[offsets[:-1]] = True
    chosen = np.flatnonzero(apart)
    starts = np.searchsorted(chosen, offsets)
    ends = np.diff(starts) > 2
    first, sizes = starts[:-1] + ends, np.diff(starts) - 2 * ends
    asked = first[:, None] + (sizes[:, None] * np.arange(1, ASKED + 1)) // (ASKED + 1)
    found: NDArray[np.int64] = chosen[asked.reshape(-1)]
    return found


def places_along(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """(`ASKED`, 2) float64, mm: places spread evenly along a polyline, not its ends."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = way[-1] * (np.arange(ASKED) + 0.5) / ASKED
    return np.column_stack([np.interp(at, way, line[:, 0]), np.interp(at, way, line[:, 1])])


def loops_around(
    places: NDArray[np.float64], edges: NDArray[np.float64], loops: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n,) int64: the loop of material that places lie in, the innermost; -1 for holes and for none.

    Parameters
    ----------
    places : (n, 2) float64, mm
    edges : (E, 6) float64, mm
        As from `edge_table`.
    loops : (E,) int64
        Of each edge.

    """
    x, y = edges[:, X], edges[:, X + 1]
    dx, dy = edges[:, LENGTH] * edges[:, DX], edges[:, LENGTH] * edges[:, DX + 1]
    signed = np.bincount(loops, x * dy - y * dx)
    found = np.full(len(places), -1, dtype=np.int64)
    for i, (px, py) in enumerate(places.tolist()):
        # Edges that a ray along x from the place meets, and from which side.
        met = np.flatnonzero((y <= py) != (y + dy <= py))
        met = met[x[met] + (py - y[met]) / dy[met] * dx[met] > px]
        winding = np.bincount(loops[met], np.sign(dy[met]), len(signed))
        inside = np.flatnonzero(winding > 0.0)
        if winding.sum() > 0.0:
            found[i] = inside[signed[inside].argmin()]
    return found


def pieces_of(
    points: NDArray[np.float64], offsets: NDArray[np.int64], owner: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(L,) int64: the piece that each line lies in, -1 for none."""
    if len(offsets) < 2:
        return _NONE
    loops = np.maximum.reduceat(points[:, 3].astype(np.int64), offsets[:-1])
    return np.where(loops >= 0, owner[loops], -1)


def parted(
    points: NDArray[np.float64], offsets: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cut lines where they leave a piece for another one; the place is a point of both.

    Where hardly anything of a contour is left between two walls their lines meet, and were joined to one.

    Parameters
    ----------
    points : (P, n) float64
        The fourth column tells the lost loop, -1 for none.
    offsets : (L + 1,) int64
    owner : (C,) int64
        The piece that each loop belongs to.

    """
    if len(offsets) < 2:
        return points, offsets
    loop = points[:, 3].astype(np.int64)
    piece = np.where(loop >= 0, owner[loop], -1)
    least = np.minimum.reduceat(np.where(piece >= 0, piece, np.iinfo(np.int64).max), offsets[:-1])
    cuts: list[int] = []
    for i in np.flatnonzero(least < np.maximum.reduceat(piece, offsets[:-1])).tolist():
        known = offsets[i] + np.flatnonzero(piece[offsets[i] : offsets[i + 1]] >= 0)
        cuts += [after for before, after in pairwise(known.tolist()) if piece[before] != piece[after]]
    if not cuts:
        return points, offsets
    shared = points[np.array(cuts) - 1]
    shared[:, 3] = points[cuts, 3]
    starts = np.array(cuts) + np.arange(len(cuts))
    offsets = offsets + np.searchsorted(cuts, offsets, side="left")
    return np.insert(points, cuts, shared, axis=0), np.sort(np.concatenate([offsets, starts]))


def lengths_of(points: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """(L,) float64, mm: of lines that are given by (P, 2 or more) points and (L + 1,) offsets."""
    if len(offsets) < 2:
        return np.empty(0)
    steps = np.zeros(len(points))
    steps[1:] = np.hypot(*np.diff(points[:, :2], axis=0).T)
    steps[offsets[:-1]] = 0.0
    return np.add.reduceat(steps, offsets[:-1])


def places_within(
    edges: NDArray[np.float64],
    piece: NDArray[np.int64],
    middle: NDArray[np.float64],
    chosen: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(C, 2) float64, mm: middles; the nearest place of a chosen piece that bends around its own, as a ring.

    edges : (E, 6) float64
        Table of `edge_table`.
    piece : (E,) int64
        That each edge belongs to.
    middle : (C, 2) float64, mm
    chosen : (C,) bool
    """
    edges, piece = edges[chosen[piece]], piece[chosen[piece]]
    along = edges[:, DX : DX + 2]
    away = middle[piece] - edges[:, X : X + 2]
    rise = edges[:, LENGTH] * along[:, 1]
    crossed = (away[:, 1] >= 0.0) != (away[:, 1] >= rise)
    left = (along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]) * np.sign(rise) > 0.0
    is_outside = chosen & (np.bincount(piece, crossed & left, len(middle)) % 2 == 0)
    far = is_outside[piece]
    if not far.any():
        return middle
    piece, along, away = piece[far], along[far], away[far]
    on_edge = np.clip((along * away).sum(axis=1), 0.0, edges[far, LENGTH])
    nearest = edges[far, X : X + 2] + on_edge[:, None] * along
    order = np.lexsort((np.hypot(*(nearest - middle[piece]).T), piece))
    found, first = np.unique(piece[order], return_index=True)
    middle[found] = nearest[order[first]]
    return middle
