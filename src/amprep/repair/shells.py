"""The shells of a mesh: their boxes, and which of them lies in which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import read_only
from amprep.repair.surface import Surface

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Shells"]

#: Triangles of a shell that are looked at; fewer where they agree and looking at one is dear, as the shell
#: around has very many triangles.
_MANY, _FEW, _VERY_MANY = 24, 3, 20_000


class Shells:
    """Shells by their numbers, from 0.

    Parameters
    ----------
    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    label : (F,) int32
        Shell of each triangle.
    count : int
        Number of shells.

    """

    def __init__(
        self, vertices: NDArray[np.float64], faces: NDArray[np.int32], label: NDArray[np.int32], count: int
    ) -> None:
        self._vertices = vertices
        self._faces = faces
        self._order = np.argsort(label, kind="stable")
        self._bounds = np.searchsorted(label[self._order], np.arange(count + 1))
        corners = vertices[faces]
        self._low = np.full((count, 3), np.inf)
        self._high = np.full((count, 3), -np.inf)
        np.minimum.at(self._low, label, corners.min(axis=1))
        np.maximum.at(self._high, label, corners.max(axis=1))
        self._beside = _Boxes(self._low, self._high)
        self._surfaces: dict[int, Surface] = {}

    def boxes_at(self, shell: int) -> tuple[list[int], list[int], list[int]]:
        """Shells whose boxes lie around that of a shell, within it, and across: partly in it."""
        near = self._beside.touching(shell)
        low, high = self._low[near], self._high[near]
        own_low, own_high = self._low[shell], self._high[shell]
        around = (low <= own_low).all(axis=1) & (high >= own_high).all(axis=1)
        around[near == shell] = False
        within = (low >= own_low).all(axis=1) & (high <= own_high).all(axis=1)
        across = (low < own_high).all(axis=1) & (high > own_low).all(axis=1) & ~around & ~within
        within[near == shell] = False
        return near[around].tolist(), near[within].tolist(), near[across].tolist()

    def enclosing(self, candidates: list[int], shell: int, *, deep: bool = False) -> list[int]:
        """Those of the candidates that most of the shell lies in, or with `deep` most of what it encloses."""
        if not candidates:
            return []
        own_corners = self._vertices[self._faces_of(shell)]
        points, areas = _samples(own_corners)
        if deep:
            points, areas = _chord_middles(own_corners, points, areas)
        return [outer for outer in candidates if _lies_in(self._surface(outer), points, areas)]

    def _surface(self, shell: int) -> Surface:
        if shell not in self._surfaces:
            self._surfaces[shell] = Surface(self._vertices, self._faces_of(shell))
        return self._surfaces[shell]

    def _faces_of(self, shell: int) -> NDArray[np.int32]:
        """(n, 3) int32, read-only: triangles of a shell."""
        return read_only(self._faces[self._order[self._bounds[shell] : self._bounds[shell + 1]]])


def _samples(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles of some triangles, spread over the shell, in an order that does not depend on theirs; areas.

    corners : (F, 3, 3) float64, mm
    """
    middles = corners.mean(axis=1)
    chosen = np.lexsort(middles.T)
    if len(chosen) > _MANY:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _MANY).astype(np.int64)]
    # The first few lie far apart: lowest, highest, middle.
    first = [0, len(chosen) - 1, len(chosen) // 2]
    chosen = chosen[[*first, *(i for i in range(len(chosen)) if i not in first)]]
    a, b, c = (corners[chosen, i] for i in range(3))
    return middles[chosen], np.linalg.norm(np.cross(b - a, c - a), axis=1)


def _chord_middles(
    corners: NDArray[np.float64], points: NDArray[np.float64], areas: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles of the chords that begin at points of a shell, at right angles to it; with the areas there.

    corners : (F, 3, 3) float64, mm
        The shell, whose corners run clockwise seen from outside: it is negative.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v = b - a, c - a
    normal = np.cross(u, v)
    middles, kept = [], []
    for point, area in zip(points, areas, strict=True):
        at = int(np.abs(corners.mean(axis=1) - point).sum(axis=1).argmin())
        length = float(np.linalg.norm(normal[at]))
        if length == 0.0:
            continue
        direction = normal[at] / length
        # Where the ray meets the plane of each triangle, and whether within it.
        slope = normal @ direction
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = ((a - point) * normal).sum(axis=1) / slope
            hit = point + distance[:, None] * direction - a
            along_u = (np.cross(hit, v) * normal).sum(axis=1) / (normal**2).sum(axis=1)
            along_v = (np.cross(u, hit) * normal).sum(axis=1) / (normal**2).sum(axis=1)
            met = (along_u >= 0) & (along_v >= 0) & (along_u + along_v <= 1) & (distance > 0) & (slope != 0)
        met[at] = False
        if met.any():
            middles.append(point + 0.5 * float(distance[met].min()) * direction)
            kept.append(float(area))
    return np.array(middles).reshape(-1, 3), np.array(kept)


def _lies_in(outer: Surface, points: NDArray[np.float64], areas: NDArray[np.float64]) -> bool:
    """Whether most of a shell lies in another, judged by points on it; those on both do not count."""
    inside = outside = 0.0
    for i, winding in enumerate(map(abs, outer.windings(points))):
        if i >= _FEW and outer.triangles > _VERY_MANY and bool(inside) != bool(outside):
            break
        if abs(winding - round(winding)) > 0.1:
            continue
        if winding > 0.5:
            inside += float(areas[i])
        else:
            outside += float(areas[i])
    return inside > outside


class _Boxes:
    """Which boxes touch each other; low and high corners, (S, 3) float64, in mm."""

    def __init__(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
        from shapely import STRtree, box

        # The tree is a flat one: along the two axes in which the boxes are small beside all of them.
        share = (high - low).mean(axis=0) / np.maximum(high.max(axis=0) - low.min(axis=0), 1e-300)
        u, v = np.argsort(share, kind="stable")[:2].tolist()
        self._boxes = box(low[:, u], low[:, v], high[:, u], high[:, v])
        self._tree = STRtree(self._boxes)

    def touching(self, one: int) -> NDArray[np.int64]:
        """Numbers of boxes that touch one along two axes, ascending; itself too."""
        return np.sort(self._tree.query(self._boxes[one])).astype(np.int64)
