"""Parts seen from above: the outline of what they cover of the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.placement.grid import outline_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart
    from amprep.model.machine import BuildVolume

__all__ = ["Silhouette", "covered_mm2", "edge_distance", "silhouette_of"]

#: Details below this share of the part's width are left out of an outline.
_DETAIL = 1 / 300


@dataclass(frozen=True, slots=True)
class Silhouette:
    """What a part covers, seen from above.

    loops_mm : tuple of (K, 2) float64, mm
        Outer loops anticlockwise, holes clockwise; platform coordinates.
    """

    loops_mm: tuple[NDArray[np.float64], ...]
    is_convex: bool = False
    """The convex outline stands for the true one."""


def silhouette_of(part: PlacedPart) -> Silhouette:
    """The outline of a placed part; bodies that touch along edges have their convex outline only."""
    import manifold3d

    points = part.placed_vertices_mm
    body = manifold3d.Manifold(
        manifold3d.Mesh64(vert_properties=points, tri_verts=part.mesh.faces.astype(np.uint64))
    )
    size = float((part.bounds_mm[1] - part.bounds_mm[0])[:2].max())
    if body.status() != manifold3d.Error.NoError:
        return Silhouette((outline_of(part.used_vertices_mm),), is_convex=True)
    loops = [one for one in _simplified(body.project(), size * _DETAIL) if len(one) > 2]
    if not loops:
        return Silhouette((outline_of(part.used_vertices_mm),), is_convex=True)
    return Silhouette(tuple(loops))


def _simplified(section: Any, detail_mm: float) -> list[NDArray[np.float64]]:
    """Its loops without small details; a body that is thinner than those is none and stays."""
    simple = section.simplify(detail_mm)
    pieces = [simple]
    if simple.num_contour() < section.num_contour():
        shorter = [(piece, piece.simplify(detail_mm)) for piece in section.decompose()]
        pieces = [piece if short.is_empty() else short for piece, short in shorter]
    return [np.asarray(one) for piece in pieces for one in piece.to_polygons()]


def covered_mm2(silhouettes: Sequence[Silhouette]) -> float:
    """Area of the platform that parts cover together; what several cover counts once."""
    import manifold3d

    sections: list[Any] = [
        manifold3d.CrossSection(list(one.loops_mm), manifold3d.FillRule.Positive)
        for one in silhouettes
        if one.loops_mm
    ]
    if not sections:
        return 0.0
    return float(manifold3d.CrossSection.batch_boolean(sections, manifold3d.OpType.Add).area())


def edge_distance(
    points_mm: NDArray[np.float64], volume: BuildVolume
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Smallest distance in mm to the edge of the platform, the point that has it, and its foot on the edge.

    Parameters
    ----------
    points_mm : (N, 2) float64, mm
        At least one; corners of outlines, platform coordinates. What sticks out is nearest, below 0.
    volume : BuildVolume

    """
    if volume.shape == "cylinder":
        centre = np.array(volume.centre_mm)
        away = points_mm - centre
        far = np.hypot(away[:, 0], away[:, 1])
        worst = int(far.argmax())
        radius = volume.size_x_mm.value / 2
        way = away[worst] / far[worst] if far[worst] > 0 else np.array([1.0, 0.0])
        return float(radius - far[worst]), points_mm[worst], centre + radius * way
    x0, y0, x1, y1 = volume.bounds_mm
    x, y = points_mm.T
    distances = np.stack([x - x0, x1 - x, y - y0, y1 - y])
    side, worst = (int(i) for i in np.unravel_index(int(distances.argmin()), distances.shape))
    foot = points_mm[worst].copy()
    foot[side // 2] = (x0, x1, y0, y1)[side]
    return float(distances[side, worst]), points_mm[worst], foot
