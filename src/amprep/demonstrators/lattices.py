"""Two cubes of 20 mm that are mostly air: a gyroid of one curved wall, and a lattice of struts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

from amprep.demonstrators.solids import block, mesh_of_solid, rod

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["CUBE_MM", "gyroid_cube", "strut_cube"]

CUBE_MM = 20.0

_CELL_MM, _RESOLUTION = 10.0, 18
_WALL = 0.42
_STRUT_CELL_MM, _STRUT_MM, _SIDES = 5.0, 0.8, 12
#: How far rows of struts go on outside of the cube, in cells.
_BEYOND = 0.3

_Point: TypeAlias = "tuple[float, float, float]"


def gyroid_cube() -> Mesh:
    """The sheet |sin x cos y + sin y cos z + sin z cos x| < 0.42 in a cube from the origin; 10 mm cells."""
    from math import cos, sin, tau

    from manifold3d import Manifold

    turn = tau / _CELL_MM

    def inside(x: float, y: float, z: float) -> float:
        u, v, w = x * turn, y * turn, z * turn
        return _WALL - abs(sin(u) * cos(v) + sin(v) * cos(w) + sin(w) * cos(u))

    # Cut to size afterwards: at its own bounds the surface found is ragged.
    step = _CELL_MM / _RESOLUTION
    low, high = -2.0 * step, CUBE_MM + 2.0 * step
    sheet = Manifold.level_set(inside, (low, low, low, high, high, high), step)
    sheet ^= block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, CUBE_MM))
    # At two corners the cube cuts off crumbs that hang on nothing.
    return mesh_of_solid(max(sheet.decompose(), key=lambda body: body.volume()))


def strut_cube() -> Mesh:
    """Diagonal struts of 0.8 mm through cells of 5 mm, cut to a cube from the origin, on a plate of 1 mm."""
    from manifold3d import Manifold, OpType

    # One long rod for all the struts in a row: rods that only touch or lie in each other end to end leave
    # faces that coincide, and with these no union is safe.
    rods = [rod(start, end, 0.5 * _STRUT_MM, _SIDES) for start, end in _diagonals()]
    lattice = Manifold.batch_boolean(rods, OpType.Add)
    lattice ^= block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, CUBE_MM))
    return mesh_of_solid(lattice + block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, 1.0)))


def _diagonals() -> list[tuple[_Point, _Point]]:
    """Ends of the rows of struts, a little outside of the cube, in mm."""
    cells = round(CUBE_MM / _STRUT_CELL_MM)
    found = []
    for right, back in itertools.product((1, -1), repeat=2):
        for x, y, z in itertools.product(range(cells + 1), repeat=3):
            # Rows begin where they enter the cube: a step further down they would be outside.
            if 0 <= x - right <= cells and 0 <= y - back <= cells and z > 0:
                continue
            steps = min(
                cells - x if right > 0 else x,
                cells - y if back > 0 else y,
                cells - z,
            )
            if steps > 0:
                ends = [
                    tuple(
                        _STRUT_CELL_MM * (place + way * along)
                        for place, way in zip((x, y, z), (right, back, 1), strict=True)
                    )
                    for along in (-_BEYOND, steps + _BEYOND)
                ]
                found.append((ends[0], ends[1]))
    return found  # type: ignore[return-value]
