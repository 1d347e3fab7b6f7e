"""The one place where bodies of manifold3d become meshes, and the shapes that several parts are made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from amprep.model.mesh import Mesh

__all__ = ["block", "mesh_of_solid", "rod", "turned"]


def mesh_of_solid(solid: Any) -> Mesh:
    """A ``manifold3d.Manifold`` as mesh, with vertices rounded to float32 as an STL would hold them.

    Raises
    ------
    ValueError
        When the body is empty or has an error status.

    """
    if solid.is_empty():
        raise ValueError(f"the body is empty: {solid.status()}")
    raw = solid.to_mesh64()
    vertices = np.asarray(raw.vert_properties)[:, :3].astype(np.float32).astype(np.float64)
    return Mesh(vertices + 0.0, np.asarray(raw.tri_verts).astype(np.int32))


def block(low_mm: tuple[float, float, float], high_mm: tuple[float, float, float]) -> Any:
    """A box between two corners, as ``manifold3d.Manifold``."""
    from manifold3d import Manifold

    size = [high - low for low, high in zip(low_mm, high_mm, strict=True)]
    return Manifold.cube(size).translate(low_mm)


def rod(
    start_mm: tuple[float, float, float], end_mm: tuple[float, float, float], radius_mm: float, sides: int
) -> Any:
    """A prism about the way from one point to another, as ``manifold3d.Manifold``."""
    from manifold3d import Manifold

    way = np.subtract(end_mm, start_mm)
    length = float(np.linalg.norm(way))
    tilt = math.degrees(math.acos(way[2] / length))
    about = math.degrees(math.atan2(way[1], way[0]))
    body = Manifold.cylinder(length, radius_mm, radius_mm, sides)
    return body.rotate((0.0, tilt, 0.0)).rotate((0.0, 0.0, about)).translate(start_mm)


def turned(profile_mm: list[tuple[float, float]], sides: int) -> Any:
    """A body about the z axis from its outline (radius, height), counter-clockwise and from the axis on."""
    from manifold3d import CrossSection

    return CrossSection([np.array(profile_mm)]).revolve(sides)
