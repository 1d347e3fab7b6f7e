"""Round proportional tensile bars, standing, and blanks to turn the same bar from, lying.

Original gauge length 5 d and a parallel length of at least that plus d / 2 are what ISO 6892-1 asks of
a round proportional specimen (k = 5.65); the other dimensions are our own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.demonstrators.solids import mesh_of_solid, turned

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["GAUGE_DIAMETER_MM", "GAUGE_LENGTH_MM", "PARALLEL_MM", "blank", "tensile_bar"]

GAUGE_DIAMETER_MM = 4.0
GAUGE_LENGTH_MM = 5.0 * GAUGE_DIAMETER_MM

#: Gauge length plus half a diameter, and 2 mm more.
PARALLEL_MM = GAUGE_LENGTH_MM + 0.5 * GAUGE_DIAMETER_MM + 2.0

_HEAD_MM, _HEAD_LENGTH_MM, _FILLET_MM = 8.0, 10.0, 4.0
_BLANK_MM = 10.0
_STEPS, _SIDES = 8, 96


def tensile_bar() -> Mesh:
    """A bar about the z axis, from z = 0 upwards: heads of 8 mm, 4 mm between, fillets of 4 mm."""
    narrow, wide = 0.5 * GAUGE_DIAMETER_MM, 0.5 * _HEAD_MM
    steepest = math.acos(1.0 - (wide - narrow) / _FILLET_MM)
    angles = np.linspace(steepest, 0.0, _STEPS + 1)
    lower = [
        (
            narrow + _FILLET_MM * (1.0 - math.cos(a)),
            _HEAD_LENGTH_MM + _FILLET_MM * (math.sin(steepest) - math.sin(a)),
        )
        for a in angles
    ]
    height = 2.0 * lower[-1][1] + PARALLEL_MM
    outline = [(wide, 0.0), *lower]
    upper = [(radius, height - z) for radius, z in reversed(outline)]
    return mesh_of_solid(turned([(0.0, 0.0), *outline, *upper, (0.0, height)], _SIDES))


def blank() -> Mesh:
    """A bar with eight sides, 10 mm across flats, lying along x on z = 0; as long as the standing bar."""
    from manifold3d import CrossSection

    length = tensile_bar().size_mm[2]
    angle = math.pi / 8.0 + 0.25 * math.pi * np.arange(8)
    corners = 0.5 * _BLANK_MM / math.cos(math.pi / 8.0) * np.column_stack([np.cos(angle), np.sin(angle)])
    lying = CrossSection([corners]).extrude(length).rotate((90.0, 0.0, 90.0))
    return mesh_of_solid(lying.translate((0.0, 0.0, 0.5 * _BLANK_MM)))
