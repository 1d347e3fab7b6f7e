"""Cover holes with triangles between the corners of their rims; no corner is added, none is moved.

::

        ●───●───●         A flat hole is triangulated in its plane, with the rims of
        │ ●───● │         islands in it; a curved one of few corners so that the area
        │ ●───● │         is least (Barequet and Sharir 1995, doi:10.1016/0167-8396(94)00011-G),
        ●───●───●         one of many corners in the plane that fits its rim best.

Whatever the shape, every open edge gets exactly one partner of opposite direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Filled", "fill_holes"]

#: Pairs of an edge and a filling triangle that are looked at; more are not tested.
_MOST_PAIRS = 100_000_000

#: A rim whose corners lie off its plane by less than this share of its diagonal is flat.
_FLAT = 1e-3

#: Corners of a curved rim up to which the least area is sought: the work grows with the third power.
_MOST_CORNERS = 120


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """Triangles that cover holes.

    triangles : (T, 3) int32
    """

    triangles: NDArray[np.int32]
    holes: int
    area_mm2: float
    largest_mm: float
    """Diagonal of the box around the largest hole."""
    pierced: int
    """Edges of the mesh that pass through the triangles; -1 where there were too many to look."""


@dataclass(slots=True, eq=False)
class _Rim:
    """A closed chain of open edges, in the direction that the triangles in it take.

    corners : (n,) int64
    points : (n, 3) float64, mm
    normal : (3,) float64
        Length 1, or 0 for a rim without area.
    """

    corners: NDArray[np.int64]
    points: NDArray[np.float64]
    normal: NDArray[np.float64]
    area_mm2: float
    is_flat: bool

    @property
    def diagonal_mm(self) -> float:
        return float(np.linalg.norm(self.points.max(axis=0) - self.points.min(axis=0)))


def fill_holes(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], neighbours: NDArray[np.int32]
) -> Filled:
    """Triangles for all holes of a mesh whose triangles point alike.

    Parameters
    ----------
    vertices : (V, 3) float64, mm
    faces, neighbours : (F, 3) int32
        Neighbour -1 where an edge is open.

    """
    where = np.argwhere(neighbours < 0)
    start = faces[where[:, 0], where[:, 1]]
    end = faces[where[:, 0], (where[:, 1] + 1) % 3]
    # Seen from the hole an edge runs the other way.
    rims = [_rim(vertices, loop) for loop in _loops(end.tolist(), start.tolist())]
    triangles = []
    for outer, inner in _nested(rims):
        if outer.is_flat or len(outer.corners) > _MOST_CORNERS:
            triangles.append(_flat(outer, inner))
        else:
            triangles.append(outer.corners[_least_area(outer.points)])
    joined = np.concatenate(triangles).astype(np.int32) if triangles else np.empty((0, 3), dtype=np.int32)
    a, b, c = (vertices[joined[:, i]] for i in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    largest = max((rim.diagonal_mm for rim in rims), default=0.0)
    pierced = _pierced(vertices, faces, joined)
    return Filled(joined, len(triangles), float(area.sum()), largest, pierced)


def _pierced(vertices: NDArray[np.float64], faces: NDArray[np.int32], triangles: NDArray[np.int32]) -> int:
    """Edges of faces that pass through the inside of a triangle."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    if len(ends) * len(triangles) > _MOST_PAIRS:
        return -1
    start, way = vertices[ends[:, 0]], vertices[ends[:, 1]] - vertices[ends[:, 0]]
    low, high = np.minimum(start, start + way), np.maximum(start, start + way)
    found = 0
    for corners in triangles:
        a, b, c = vertices[corners]
        box = np.array([a, b, c])
        near = (low <= box.max(axis=0)).all(axis=1) & (high >= box.min(axis=0)).all(axis=1)
        near &= ~np.isin(ends, corners).any(axis=1)
        found += int(_passes(start[near], way[near], a, b - a, c - a).sum())
    return found


def _passes(
    start: NDArray[np.float64],
    way: NDArray[np.float64],
    corner: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether edges pass through the triangle with the sides u and v (Möller and Trumbore 1997)."""
    p = np.cross(way, v)
    volume = p @ u
    # Edges that lie in the triangle's plane do not pass through it.
    scale = np.linalg.norm(np.cross(u, v)) * np.linalg.norm(way, axis=1)
    crosses = np.abs(volume) > 1e-9 * scale
    divisor = np.where(crosses, volume, 1.0)
    off = start - corner
    q = np.cross(off, u)
    s, t, along = (off * p).sum(axis=1), (way * q).sum(axis=1), q @ v
    s, t, along = s / divisor, t / divisor, along / divisor
    inside = (s > 1e-6) & (t > 1e-6) & (s + t < 1 - 1e-6) & (along > 1e-6) & (along < 1 - 1e-6)
    through: NDArray[np.bool_] = inside & crosses
    return through


def _loops(start: list[int], end: list[int]) -> list[list[int]]:
    """Closed chains of edges, none of which passes a corner twice; edges that close nothing are left out."""
    following: dict[int, list[int]] = {}
    for a, b in sorted(zip(start, end, strict=True), reverse=True):
        following.setdefault(a, []).append(b)
    loops = []
    for seed in sorted(following):
        while following[seed]:
            path, place = [seed], {seed: 0}
            while following.get(path[-1]):
                corner = following[path[-1]].pop()
                if corner not in place:
                    place[corner] = len(path)
                    path.append(corner)
                    continue
                loop = path[place[corner] :]
                if len(loop) > 2:
                    loops.append(loop)
                for gone in loop[1:]:
                    del place[gone]
                path = path[: place[corner] + 1]
    return loops


def _rim(vertices: NDArray[np.float64], loop: list[int]) -> _Rim:
    corners = np.array(loop, dtype=np.int64)
    points = vertices[corners]
    from_middle = points - points.mean(axis=0)
    twice = np.cross(from_middle, np.roll(from_middle, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(twice))
    normal = twice / length if length > 0 else np.zeros(3)
    rim = _Rim(corners, points, normal, 0.5 * length, is_flat=False)
    off = float(np.abs(from_middle @ normal).max())
    rim.is_flat = length > 0 and off <= _FLAT * rim.diagonal_mm
    return rim


def _nested(rims: list[_Rim]) -> list[tuple[_Rim, list[_Rim]]]:
    """Each hole's outer rim with the rims of islands in it: flat, in the same plane, run the other way."""
    order = sorted(range(len(rims)), key=lambda i: (-rims[i].area_mm2, i))
    islands: dict[int, list[_Rim]] = {i: [] for i in order}
    normals = np.array([rim.normal for rim in rims]).reshape(-1, 3)
    is_outer = np.zeros(len(rims), dtype=np.bool_)
    for i in order:
        opposite = np.flatnonzero(is_outer & (normals @ normals[i] < -1 + 1e-6)).tolist()
        both_flat = [j for j in opposite if rims[i].is_flat and rims[j].is_flat]
        around = [j for j in both_flat if _is_island(rims[j], rims[i])]
        if around:
            # The smallest of those around, as the larger ones are no rim of the same hole.
            islands[min(around, key=lambda j: (rims[j].area_mm2, j))].append(rims[i])
        else:
            is_outer[i] = True
    return [(rims[i], islands[i]) for i in order if is_outer[i]]


def _is_island(outer: _Rim, rim: _Rim) -> bool:
    """Whether a rim of opposite normal lies in the plane of a larger one, and in it."""
    off = np.abs((rim.points - outer.points.mean(axis=0)) @ outer.normal)
    if off.max() > 2 * _FLAT * outer.diagonal_mm:
        return False
    frame = _frame(outer.normal)
    polygon, (x, y) = outer.points @ frame, rim.points[0] @ frame
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    crosses = (y0 <= y) != (y1 <= y)
    rise = np.where(crosses, y1 - y0, 1.0)
    return bool(np.count_nonzero(crosses & (x < x0 + (y - y0) / rise * (x1 - x0))) % 2)


def _frame(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 2) float64: two directions in the plane, counter-clockwise seen against the normal."""
    across = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    across /= np.linalg.norm(across)
    return np.column_stack([across, np.cross(normal, across)])


def _flat(outer: _Rim, inner: list[_Rim]) -> NDArray[np.int64]:
    import manifold3d

    frame = _frame(outer.normal if outer.normal.any() else np.array([0.0, 0.0, 1.0]))
    middle = outer.points.mean(axis=0)
    rims = [outer, *inner]
    found = manifold3d.triangulate([np.ascontiguousarray((rim.points - middle) @ frame) for rim in rims])
    corners: NDArray[np.int64] = np.concatenate([rim.corners for rim in rims])
    return corners[np.asarray(found, dtype=np.int64).reshape(-1, 3)]


def _least_area(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n - 2, 3) int64: the triangulation of a closed chain with the least area."""
    n = len(points)
    best = np.zeros((n, n))
    third = np.zeros((n, n), dtype=np.int64)
    for gap in range(2, n):
        for i in range(n - gap):
            k = i + gap
            between = np.arange(i + 1, k)
            sides = np.cross(points[between] - points[i], points[k] - points[i])
            cost = best[i, between] + best[between, k] + 0.5 * np.linalg.norm(sides, axis=1)
            at = int(cost.argmin())
            best[i, k], third[i, k] = cost[at], between[at]
    triangles, open_spans = [], [(0, n - 1)]
    while open_spans:
        i, k = open_spans.pop()
        if k - i >= 2:
            m = int(third[i, k])
            triangles.append((i, m, k))
            open_spans += [(i, m), (m, k)]
    return np.array(triangles, dtype=np.int64).reshape(-1, 3)
