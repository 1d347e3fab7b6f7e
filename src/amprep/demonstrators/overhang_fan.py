"""Blades that lean at 10° to 80° over the platform, like a fan: from where on does a surface hold itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amprep.demonstrators.lettering import letters
from amprep.demonstrators.solids import block, mesh_of_solid, turned

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["ANGLES_DEG", "overhang_fan"]

#: Between blade and platform.
ANGLES_DEG = (10, 20, 30, 40, 50, 60, 70, 80)

_REACH_MM, _HUB_MM, _THICKNESS_MM, _DEPTH_MM = 36.0, 15.0, 2.4, 10.0
_FOOT_MM = 3.0
_DIGIT_MM, _ENGRAVED_MM = 1.5, 0.5
_SIDES = 128


def overhang_fan() -> Mesh:
    """A quarter disc of 15 mm with eight blades up to 36 mm, 10 mm deep, each with its angle engraved.

    Its straight edges stand on z = 0 and on x = 0.
    """
    hub = _quarter(_HUB_MM)
    body = hub + block((0.0, 0.0, 0.0), (_HUB_MM + 4.0, _DEPTH_MM, _FOOT_MM))
    for angle in ANGLES_DEG:
        body += _blade(angle)
    body += block((0.0, 0.0, 0.0), (_FOOT_MM, _DEPTH_MM, _REACH_MM))
    for angle in ANGLES_DEG:
        body -= _digits(angle)
    return mesh_of_solid(body)


def _quarter(radius: float) -> Any:
    disc = turned([(0.0, 0.0), (radius, 0.0), (radius, _DEPTH_MM), (0.0, _DEPTH_MM)], _SIDES)
    upright = disc.rotate((90.0, 0.0, 0.0)).translate((0.0, _DEPTH_MM, 0.0))
    return upright ^ block((0.0, -1.0, 0.0), (2 * radius, _DEPTH_MM + 1.0, 2 * radius))


def _blade(angle: float) -> Any:
    half = 0.5 * _THICKNESS_MM
    flat = block((0.0, 0.0, -half), (_REACH_MM, _DEPTH_MM, half)).rotate((0.0, -angle, 0.0))
    return flat ^ block((0.0, -1.0, 0.0), (2 * _REACH_MM, _DEPTH_MM + 1.0, 2 * _REACH_MM))


def _digits(angle: int) -> Any:
    """The angle in the front face, along its blade."""
    drawn = letters(f"{angle}°", _DIGIT_MM)
    drawn = drawn.translate((_REACH_MM - 1.2 - drawn.bounds()[2], -0.5 * _DIGIT_MM))
    flat = drawn.extrude(_ENGRAVED_MM + 1.0).rotate((90.0, 0.0, 0.0)).translate((0.0, _ENGRAVED_MM, 0.0))
    return flat.rotate((0.0, -angle, 0.0))
