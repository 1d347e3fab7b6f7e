"""Two cubes of 20 mm that are mostly air: a gyroid of one curved wall, and a lattice of struts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

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
    # Rods side by side do not touch, so they are one body without any union.
    bundles: list[Any] = [
        Manifold.compose([rod(*ends, 0.5 * _STRUT_MM, _SIDES) for ends in bundle]) for bundle in _diagonals()
    ]
    lattice = Manifold.batch_boolean(bundles, OpType.Add)
    lattice ^= block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, CUBE_MM))
    return mesh_of_solid(lattice + block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, 1.0)))


def _diagonals() -> list[list[tuple[_Point, _Point]]]:
    """Ends of the rows of struts by direction, a little outside of the cube, in mm."""
    cells = round(CUBE_MM / _STRUT_CELL_MM)
    bundles = []
    for right, back in itertools.product((1, -1), repeat=2):
        bundle = []
        for x, y, z in itertools.product(range(cells + 1), repeat=3):
            is_inside = 0 <= x - right <= cells and 0 <= y - back <= cells and z > 0
            steps = min(cells - x if right > 0 else x, cells - y if back > 0 else y, cells - z)
            # Rows begin where they enter the cube.
            if is_inside or steps == 0:
                continue
            start, end = (
                (
                    _STRUT_CELL_MM * (x + right * along),
                    _STRUT_CELL_MM * (y + back * along),
                    _STRUT_CELL_MM * (z + along),
                )
                for along in (-_BEYOND, steps + _BEYOND)
            )
            bundle.append((start, end))
        bundles.append(bundle)
    return bundles
