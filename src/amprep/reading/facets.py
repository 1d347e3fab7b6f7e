"""Faces with any number of corners become triangles, in the order of the file.

A fan about the first corner covers a flat polygon exactly once when none of its triangles is turned against
the polygon's normal; that is looked at for all polygons with the same number of corners at once. The few for
which it does not hold, concave ones, are triangulated by manifold3d in the plane of their normal. Every edge
of a polygon becomes the edge of one triangle in either case, so a closed surface stays closed. A polygon that
is not flat has no definite surface; how far its corners lie from its plane is told (W232).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.model.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Facets", "require_corners", "triangles_of", "warped_notice"]

#: Corners of one polygon at most; beyond, a number was damaged.
MOST_CORNERS = 1_000_000
# Corners closer than this to the plane of their polygon make no difference that a machine could build.
_FLAT_MM = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Facets:
    """Polygons with `corners` corners each, and where they stand in the file.

    indices : (n, corners) int64
        Indices of vertices, in range.
    places : (n,) int64
        Place of each polygon in the file, from 0.
    """

    indices: NDArray[np.int64]
    places: NDArray[np.int64]


def triangles_of(
    vertices: NDArray[np.float64], groups: Sequence[Facets]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Triangles of all polygons, ordered by their places in the file.

    Parameters
    ----------
    vertices : (V, 3) float64, unit of the file
        Finite.
    groups : sequence of Facets
        Each with another number of corners, three or more.

    Returns
    -------
    faces : (T, 3) int32
    deviations : (k,) float64, unit of the file
        For each polygon with four corners or more that is not flat to the last bit, how far its farthest
        corner lies from its plane.

    """
    if len(groups) == 1 and groups[0].indices.shape[1] == 3:
        return groups[0].indices.astype(np.int32), np.zeros(0)
    faces, places, deviations = [], [], []
    for group in groups:
        # Absurd coordinates are refused later, with their triangle.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            triangles, deviation = _fans(vertices, group.indices)
        faces.append(triangles.reshape(-1, 3))
        places.append(np.repeat(group.places, triangles.shape[1]))
        deviations.append(deviation)
    if not faces:
        return np.zeros((0, 3), dtype=np.int32), np.zeros(0)
    order = np.argsort(np.concatenate(places), kind="stable")
    return np.concatenate(faces)[order].astype(np.int32), np.concatenate(deviations)


def _fans(
    vertices: NDArray[np.float64], polygons: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(n, corners - 2, 3) triangles of polygons with equally many corners, and how far they are from flat."""
    count, corners = polygons.shape
    first = np.broadcast_to(polygons[:, :1], (count, corners - 2))
    triangles = np.stack((first, polygons[:, 1:-1], polygons[:, 2:]), axis=2)
    if corners == 3:
        return triangles, np.zeros(0)
    points = vertices[polygons]
    spokes = points[:, 1:] - points[:, :1]
    areas = np.cross(spokes[:, :-1], spokes[:, 1:])
    normals = areas.sum(axis=1)
    lengths = np.linalg.norm(normals, axis=1)
    unit = np.nan_to_num(normals / lengths[:, None], posinf=0.0, neginf=0.0)
    along = np.einsum("nij,nj->ni", areas, unit)
    # Rounding may turn a triangle of no area.
    rounding = 1e-12 * np.abs(along).sum(axis=1, keepdims=True)
    for polygon in np.flatnonzero((along < -rounding).any(axis=1)):
        triangles[polygon] = _concave(points[polygon], unit[polygon], polygons[polygon])
    deviation = np.abs(np.einsum("nij,nj->ni", spokes, unit)).max(axis=1)
    return triangles, deviation[deviation > 0]


def _concave(
    points: NDArray[np.float64], normal: NDArray[np.float64], polygon: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(corners - 2, 3) triangles of one polygon, seen along its normal."""
    from manifold3d import triangulate

    drop = int(np.argmax(np.abs(normal)))
    # Leaving out a coordinate keeps the orientation when the two others follow each other cyclically.
    plane = points[:, [(drop + 1) % 3, (drop + 2) % 3]]
    if normal[drop] < 0:
        plane = plane * np.array([-1.0, 1.0])
    low, high = plane.min(axis=0), plane.max(axis=0)
    scale = float((high - low).max()) or 1.0
    found = np.asarray(triangulate([(plane - low) / scale]), dtype=np.int64).reshape(-1, 3)
    if len(found) != len(polygon) - 2 or not _has_border(found, len(polygon)):
        # It crosses itself, so no triangulation is right; a fan keeps the surface closed.
        n = len(polygon)
        found = np.stack((np.zeros(n - 2, np.int64), np.arange(1, n - 1), np.arange(2, n)), axis=1)
    return polygon[found]


def _has_border(triangles: NDArray[np.int64], corners: int) -> bool:
    """Whether what is left, when inner edges cancel, are the edges of the polygon in their direction."""
    edges = np.concatenate((triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]))
    keys, counts = np.unique(edges[:, 0] * corners + edges[:, 1], return_counts=True)
    balance = dict(zip(keys.tolist(), counts.tolist(), strict=True))
    for key, count in list(balance.items()):
        a, b = divmod(key, corners)
        wanted = int(b == (a + 1) % corners) - int(a == (b + 1) % corners)
        if count - balance.get(b * corners + a, 0) != wanted:
            return False
    return True


def warped_notice(deviations: NDArray[np.float64], mm_per_unit: float, where: str) -> Notice | None:
    """W232 when polygons are farther from flat than makes no difference; `deviations` in the file's unit."""
    warped = deviations[deviations * mm_per_unit > _FLAT_MM] * mm_per_unit
    if not len(warped):
        return None
    worst = float(warped.max())
    return Notice(
        code="W232",
        text=f"{len(warped):,} polygons are not flat, by up to {worst:.3g} mm; they were split up",
        where=where,
        hint="export triangles, if the surface there matters",
        values={"polygons_not_flat": len(warped), "largest_deviation_mm": worst},
    )


def require_corners(corners: int, place: str, where: str) -> None:
    """Refuse a polygon of fewer than three corners, or of absurdly many (E207)."""
    if not 3 <= corners <= MOST_CORNERS:
        raise MeshError(
            f"a face has {corners:,} corners",
            code="E207",
            where=f"{where}:{place}" if place else where,
            why=f"A face has 3 to {MOST_CORNERS:,}.",
            fix="export the part again",
        )
