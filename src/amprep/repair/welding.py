"""Close what rounding and careless tessellation tore apart: corners to corners, corners onto edges.

::

        ●───────────●            a corner of one side lies on the
        │           │            edge of the other: the edge is
        ●─────●─────●  ◄── ──►   split there and both sides have
        │     │     │            the same three corners
        ●─────●─────●

Only corners and edges where the mesh is open take part, so that a closed mesh is never touched. Corners are
merged with one that stays where it is, hence none moves further than the tolerance; only what rounding tore
apart is merged along chains.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.connectivity import Connected

__all__ = ["Moved", "split_at_corners", "weld_within", "welded_by_rounding"]

#: Finest step of float32, as a share of a number.
_FLOAT32_STEP = 2.0**-23

#: More pairs than this are no crack but a cloud of points; looking at all of them would take memory and time.
_MOST_PAIRS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Faces with cracks closed.

    faces : (F, 3) int32
        Read-only.
    """

    faces: NDArray[np.int32]
    count: int
    """Corners that were merged, or edges that were split."""
    largest_mm: float
    """Furthest that a corner or an edge moved."""
    collapsed: int = 0
    """Triangles that lost their area and were dropped."""


def _tree(points: NDArray[np.float64]) -> Any:
    from scipy.spatial import KDTree

    return KDTree(points)


def _loose(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], where: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Corners of the edges `where`, (E, 2) triangle and number of the edge; what should stay comes first.

    The corner of most triangles is the right one more often than that of a few; the place decides between
    equals, so that the order of the triangles does not matter.
    """
    loose = np.unique(
        np.concatenate([faces[where[:, 0], where[:, 1]], faces[where[:, 0], (where[:, 1] + 1) % 3]])
    )
    triangles = np.bincount(faces.reshape(-1), minlength=len(vertices))[loose]
    return loose[np.lexsort((*vertices[loose].T, -triangles))]


def _near_pairs(points: NDArray[np.float64], distance_mm: float, *, norm: float = 2.0) -> NDArray[np.int64]:
    """(P, 2) int64: pairs of points at most so far from each other; none where there are far too many."""
    tree = _tree(points)
    if tree.count_neighbors(tree, distance_mm, p=norm) > 2 * _MOST_PAIRS:
        return np.empty((0, 2), dtype=np.int64)
    pairs: NDArray[np.int64] = tree.query_pairs(distance_mm, p=norm, output_type="ndarray")
    return pairs


def _rounding_mm(corners: NDArray[np.float64]) -> float:
    """One unit in the last place of float32 at the largest coordinate.

    Two numbers that were equal but for the rounding of float64 are rounded to the same float32, or to two
    that follow each other. A file in another unit has been scaled, and where in its binade a number of the
    file lay is not known any more: then the widest step that may have been there.
    """
    largest = float(np.abs(corners).max())
    if np.array_equal(corners.astype(np.float32), corners):
        return float(np.spacing(np.float32(largest)))
    return largest * _FLOAT32_STEP * (1 + 1e-6)


def welded_by_rounding(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], neighbours: NDArray[np.int32]
) -> Moved | None:
    """Weld corners on open edges that rounding to float32 tore apart; None when none are close.

    They differ by one unit in the last place at most, in each coordinate; where a corner was torn into
    several, each lies so near to another one. What lies further apart is a crack.
    """
    loose = _loose(vertices, faces, np.argwhere(neighbours < 0))
    pairs = _near_pairs(vertices[loose], _rounding_mm(vertices[loose]), norm=np.inf)
    if not len(pairs):
        return None
    return _merged(vertices, faces, loose, _lowest_of_group(len(loose), pairs))


def _lowest_of_group(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of `count` items the lowest one that a chain of pairs leads to."""
    lowest = np.arange(count)
    while True:
        before = lowest.copy()
        joined = np.minimum(lowest[pairs[:, 0]], lowest[pairs[:, 1]])
        np.minimum.at(lowest, pairs[:, 0], joined)
        np.minimum.at(lowest, pairs[:, 1], joined)
        if np.array_equal(before, lowest):
            return lowest


def _merged(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    loose: NDArray[np.int32],
    target: NDArray[np.int64],
) -> Moved:
    renumber = np.arange(len(vertices), dtype=np.int32)
    renumber[loose] = loose[target]
    closer = renumber[faces]
    whole = (closer != np.roll(closer, 1, axis=1)).all(axis=1)
    gone = np.flatnonzero(target != np.arange(len(loose)))
    way = np.linalg.norm(vertices[loose[gone]] - vertices[loose[target[gone]]], axis=1)
    largest = float(way.max()) if len(way) else 0.0
    return Moved(read_only(closer[whole]), len(gone), largest, int((~whole).sum()))


def weld_within(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], edges: Connected, tolerance_mm: float
) -> Moved | None:
    """Merge corners on open edges that lie within the tolerance of each other.

    A corner that others were merged with stays where it is, and one that was merged takes no others, so none
    moves further than the tolerance. Two corners of one triangle are never merged: that would be a change of
    shape and no crack.
    """
    loose = _loose(vertices, faces, np.argwhere(edges.neighbours < 0))
    pairs = _near_pairs(vertices[loose], tolerance_mm)
    if not len(pairs):
        return None
    pairs.sort(axis=1)
    count = len(vertices)
    joined = [_key(faces[:, i], faces[:, (i + 1) % 3], count) for i in range(3)]
    own = np.isin(_key(loose[pairs[:, 0]], loose[pairs[:, 1]], count), np.concatenate(joined))
    pairs = pairs[~own]
    if not len(pairs):
        return None
    gap = np.linalg.norm(vertices[loose[pairs[:, 0]]] - vertices[loose[pairs[:, 1]]], axis=1)
    target = _nearest_centre(len(loose), pairs, gap)
    return _merged(vertices, faces, loose, target)


def _nearest_centre(count: int, pairs: NDArray[np.int64], gap: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each of `count` items itself, or the nearest centre: an item with no lower one near it."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    is_centre = np.ones(count, dtype=np.bool_)
    for low, high in pairs[order].tolist():
        if is_centre[low]:
            is_centre[high] = False
    low, high = pairs.T
    ends = np.concatenate(
        [pairs[is_centre[low] & ~is_centre[high]], pairs[is_centre[high] & ~is_centre[low], ::-1]]
    )
    way = np.concatenate([gap[is_centre[low] & ~is_centre[high]], gap[is_centre[high] & ~is_centre[low]]])
    target = np.arange(count)
    # The nearest comes last and so decides; of equally near ones the lowest.
    for centre, other in ends[np.lexsort((-ends[:, 0], -way))].tolist():
        target[other] = centre
    return target


def _key(a: NDArray[np.int32], b: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """One number for the edge between two corners, whatever its direction."""
    key: NDArray[np.int64] = np.minimum(a, b).astype(np.int64) * count + np.maximum(a, b)
    return key


def split_at_corners(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], edges: Connected, tolerance_mm: float
) -> Moved | None:
    """Split open edges at corners on other open edges that lie on them, within the tolerance.

    An edge stays whole unless one of its pieces meets another open edge or a piece of one.
    """
    where = np.argwhere(edges.neighbours < 0)
    start, end = faces[where[:, 0], where[:, 1]], faces[where[:, 0], (where[:, 1] + 1) % 3]
    apex = faces[where[:, 0], (where[:, 1] + 2) % 3]
    loose = np.unique(np.concatenate([start, end]))
    edge, corner = _candidates(vertices, start, end, loose, tolerance_mm)
    a, b, v = vertices[start[edge]], vertices[end[edge]], vertices[corner]
    span = b - a
    length2 = np.maximum(np.einsum("ij,ij->i", span, span), 1e-300)
    share = np.einsum("ij,ij->i", v - a, span) / length2
    off = np.linalg.norm(v - a - share[:, None] * span, axis=1)
    is_other = (corner != start[edge]) & (corner != end[edge]) & (corner != apex[edge])
    lies_on = is_other & (share > 0.0) & (share < 1.0) & (off <= tolerance_mm)
    if not lies_on.any():
        return None
    order = np.lexsort((corner[lies_on], share[lies_on], edge[lies_on]))
    edge, corner, off = edge[lies_on][order], corner[lies_on][order], off[lies_on][order]
    chains: dict[int, list[int]] = {}
    reach: dict[int, float] = {}
    for e, c, d in zip(edge.tolist(), corner.tolist(), off.tolist(), strict=True):
        chains.setdefault(e, []).append(c)
        reach[e] = max(reach.get(e, 0.0), d)
    _keep_useful(chains, start.tolist(), end.tolist())
    if not chains:
        return None
    split, pieces = _fans(faces, where, chains)
    whole = np.ones(len(faces), dtype=np.bool_)
    whole[split] = False
    joined = np.concatenate([faces[whole], np.array(pieces, dtype=np.int32).reshape(-1, 3)])
    return Moved(read_only(joined), len(chains), max(reach[e] for e in chains))


def _candidates(
    vertices: NDArray[np.float64],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    loose: NDArray[np.int32],
    tolerance_mm: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Edges and corners that may lie on them: corners in balls along the edges."""
    none = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
    a, span = vertices[start], vertices[end] - vertices[start]
    length = np.linalg.norm(span, axis=1)
    total = float(length.sum())
    if total == 0.0:
        return none
    # About four balls per edge in the mean: long edges get more, so that no ball holds very many corners.
    balls = np.ceil(length * (4 * len(length) / total)).astype(np.int64).clip(1)
    edge = np.repeat(np.arange(len(start)), balls)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(balls) - balls, balls)
    middle = a[edge] + span[edge] * ((place + 0.5) / balls[edge])[:, None]
    radius = 0.5 * length[edge] / balls[edge] * (1 + 1e-9) + tolerance_mm
    tree = _tree(vertices[loose])
    # A few tell whether it is worth while: counting all takes long where there are very many.
    step = max(1, len(middle) // 2000)
    some = tree.query_ball_point(middle[::step], radius[::step], return_length=True)
    if int(some.sum()) * step > _MOST_PAIRS:
        return none
    found = tree.query_ball_point(middle, radius, return_length=True)
    if int(found.sum()) > _MOST_PAIRS:
        return none
    inside = tree.query_ball_point(middle, radius)
    corner = np.fromiter((i for ball in inside for i in ball), dtype=np.int64, count=int(found.sum()))
    pairs = np.unique(np.repeat(edge, found) * len(loose) + corner)
    return pairs // len(loose), loose[pairs % len(loose)]


def _keep_useful(chains: dict[int, list[int]], start: list[int], end: list[int]) -> None:
    """Drop chains of which no piece meets another open edge."""
    while chains:
        uses: dict[tuple[int, int], int] = {}

        def pieces(e: int) -> list[tuple[int, int]]:
            path = [start[e], *chains.get(e, []), end[e]]
            return [(min(p, q), max(p, q)) for p, q in itertools.pairwise(path)]

        for e in range(len(start)):
            for piece in pieces(e):
                uses[piece] = uses.get(piece, 0) + 1
        idle = [e for e in chains if all(uses[piece] < 2 for piece in pieces(e))]
        if not idle:
            return
        for e in idle:
            del chains[e]


def _fans(
    faces: NDArray[np.int32], where: NDArray[np.intp], chains: dict[int, list[int]]
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Triangles with split edges, and the triangles in their place."""
    by_face: dict[int, dict[int, list[int]]] = {}
    for e, corners in chains.items():
        face, side = where[e].tolist()
        by_face.setdefault(face, {})[side] = corners
    pieces: list[tuple[int, int, int]] = []
    for face, sides in by_face.items():
        corners = faces[face].tolist()
        pieces += _divided(corners, [sides.get(side, []) for side in range(3)])
    return list(by_face), pieces


def _divided(corners: list[int], sides: list[list[int]]) -> list[tuple[int, int, int]]:
    """A triangle with further corners on its sides as triangles: one split side after the other."""
    for side in range(3):
        if not sides[side]:
            continue
        a, b, c = (corners[(side + k) % 3] for k in range(3))
        path = [a, *sides[side], b]
        if any(corner == c for corner in path):
            continue
        behind, before = sides[(side + 1) % 3], sides[(side + 2) % 3]
        pieces = []
        for i, (p, q) in enumerate(itertools.pairwise(path)):
            # The last piece has the side b c, the first one the side c a.
            rest = [[], behind if i == len(path) - 2 else [], before if i == 0 else []]
            pieces += _divided([p, q, c], rest)
        return pieces
    return [(corners[0], corners[1], corners[2])]
