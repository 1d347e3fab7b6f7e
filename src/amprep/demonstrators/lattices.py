"""Two cubes of 20 mm that are mostly air: a gyroid of one curved wall, and a lattice of struts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from amprep.demonstrators.solids import block, mesh_of_solid, rod

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["CUBE_MM", "gyroid_cube", "strut_cube"]

CUBE_MM = 20.0

_CELL_MM, _RESOLUTION = 10.0, 18
_WALL = 0.42
_STRUT_CELL_MM, _STRUT_MM, _SIDES = 5.0, 0.8, 12


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

    count = round(CUBE_MM / _STRUT_CELL_MM)
    cell = _cell()
    copies = [
        cell.translate([_STRUT_CELL_MM * step for step in steps])
        for steps in itertools.product(range(count), repeat=3)
    ]
    lattice = Manifold.batch_boolean(copies, OpType.Add)
    lattice ^= block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, CUBE_MM))
    return mesh_of_solid(lattice + block((0.0, 0.0, 0.0), (CUBE_MM, CUBE_MM, 1.0)))


def _cell() -> Any:
    """The four diagonals of a cell, a little too long so that they meet those of the next one."""
    from manifold3d import Manifold, OpType

    more = 0.2
    low, high = -more, _STRUT_CELL_MM + more
    ends = [((x, y, low), (low + high - x, low + high - y, high)) for x in (low, high) for y in (low, high)]
    struts = [rod(start, end, 0.5 * _STRUT_MM, _SIDES) for start, end in ends]
    return Manifold.batch_boolean(struts, OpType.Add)
