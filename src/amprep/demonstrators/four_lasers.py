"""Parts that straddle the borders between the fields of four lasers, as on the M 400-4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.demonstrators.lettering import letters
from amprep.demonstrators.solids import block, mesh_of_solid, turned

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["border_bar", "four_field_disc", "one_field_tile"]

_THICK_MM, _RAISED_MM = 3.0, 0.6
_SIDES = 180


def four_field_disc(scale: float) -> Mesh:
    """A ring of 84 mm with a cross in it, for the middle of the platform where four fields meet.

    `scale` shrinks it in the plane alone; 3.6 mm thick with its four raised digits.
    """
    ring = turned([(30.0, 0.0), (42.0, 0.0), (42.0, _THICK_MM), (30.0, _THICK_MM)], _SIDES)
    body = ring
    for turn in (0.0, 90.0):
        body += block((-31.0, -6.0, 0.0), (31.0, 6.0, _THICK_MM)).rotate((0.0, 0.0, turn))
    for number, angle in (("1", 225.0), ("2", 315.0), ("3", 135.0), ("4", 45.0)):
        x, y = 36.0 * np.cos(np.radians(angle)), 36.0 * np.sin(np.radians(angle))
        body += _raised(number, 7.0, x, y)
    return mesh_of_solid(body.scale((scale, scale, 1.0)))


def border_bar(words: str, scale: float) -> Mesh:
    """A bar of 90 × 16 mm that two lasers share, with raised words."""
    body = block((-45.0, -8.0, 0.0), (45.0, 8.0, _THICK_MM))
    return mesh_of_solid((body + _raised(words, 7.0, 0.0, 0.0)).scale((scale, scale, 1.0)))


def one_field_tile(words: str, scale: float) -> Mesh:
    """A tile of 24 mm that one laser reaches alone, with a raised digit."""
    body = block((-12.0, -12.0, 0.0), (12.0, 12.0, _THICK_MM))
    return mesh_of_solid((body + _raised(words, 12.0, 0.0, 0.0)).scale((scale, scale, 1.0)))


def _raised(words: str, capital: float, x: float, y: float) -> Any:
    drawn = letters(words, capital)
    x0, _, x1, _ = drawn.bounds()
    drawn = drawn.translate((x - 0.5 * (x0 + x1), y - 0.5 * capital))
    return drawn.extrude(_THICK_MM + _RAISED_MM - 0.5).translate((0.0, 0.0, 0.5))
