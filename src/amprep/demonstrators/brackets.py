"""The bracket before and after: the block that a mill would start from, and what the load needs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.solids import mesh_of_solid, rod
from amprep.model.mesh import Mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["bracket_after", "bracket_before"]

_BORE_MM, _BORE_HEIGHT_MM, _SCREW_MM, _SCREW_PLACE_MM = 9.0, 27.0, 3.3, 12.0
_SIDES = 96


def bracket_after(scale: float) -> Mesh:
    """The bracket with plate, lug, ribs and pockets, `scale` times as large."""
    mesh = bracket()
    return _scaled(mesh.vertices, mesh.faces, scale)


def bracket_before(scale: float) -> Mesh:
    """The convex hull of the bracket, with the same bore and screw holes and nothing else taken away."""
    from manifold3d import Manifold

    mesh = bracket()
    body: Any = Manifold.hull_points(mesh.vertices)
    (x0, y0, z0), (x1, y1, z1) = mesh.bounds_mm
    middle = 0.5 * (x0 + x1)
    body -= rod((middle, y0 - 1.0, _BORE_HEIGHT_MM), (middle, y1 + 1.0, _BORE_HEIGHT_MM), _BORE_MM, _SIDES)
    for x in (x0 + _SCREW_PLACE_MM, x1 - _SCREW_PLACE_MM):
        for y in (y0 + _SCREW_PLACE_MM, y1 - _SCREW_PLACE_MM):
            body -= rod((x, y, z0 - 1.0), (x, y, z1 + 1.0), _SCREW_MM, _SIDES)
    whole = mesh_of_solid(body)
    return _scaled(whole.vertices, whole.faces, scale)


def _scaled(vertices: NDArray[np.float64], faces: NDArray[np.int32], scale: float) -> Mesh:
    return Mesh((scale * vertices).astype(np.float32).astype(np.float64), faces)
