"""A block with lying channels, round and like a drop, and bridges of rising span beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.demonstrators.solids import block, mesh_of_solid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh

__all__ = ["DIAMETERS_MM", "SPANS_MM", "bridge_channel", "drop_outline", "round_outline"]

#: Of the channels, one row of each kind.
DIAMETERS_MM = (2.0, 4.0, 6.0, 8.0)

#: Between the feet of the bridges.
SPANS_MM = (1.0, 2.0, 4.0, 6.0, 10.0)

_DEPTH_MM, _BLOCK_MM, _HEIGHT_MM = 12.0, 36.0, 28.0
_ROWS_MM = (8.0, 20.0)
_FOOT_MM, _BRIDGE_MM, _DECK_MM = 3.0, 8.0, 2.0
_CORNERS = 96


def round_outline(diameter_mm: float) -> NDArray[np.float64]:
    """Corners of a regular polygon on the circle: (n, 2) float64, mm."""
    angle = 2.0 * np.pi * np.arange(_CORNERS) / _CORNERS
    return 0.5 * diameter_mm * np.column_stack([np.cos(angle), np.sin(angle)])


def drop_outline(diameter_mm: float) -> NDArray[np.float64]:
    """The same with a roof of 45° on both sides: (n, 2) float64, mm."""
    ring = round_outline(diameter_mm)
    r = 0.5 * diameter_mm
    tip = [[0.0, r * math.sqrt(2.0)]]
    under = ring[ring[:, 1] <= r * math.sqrt(0.5) + 1e-9]
    # From the left shoulder round below to the right one, then the tip.
    turn = (np.arctan2(under[:, 1], under[:, 0]) - 0.75 * np.pi + 1e-9) % (2.0 * np.pi)
    return np.concatenate([under[np.argsort(turn)], tip])


def bridge_channel() -> Mesh:
    """A block of 36 × 12 × 28 mm with four round and four drop-shaped channels, and five bridges beside it.

    The bridges are 12 mm deep; they stand on z = 0 with feet of 3 mm, and their decks are 2 mm thick.
    """
    from manifold3d import CrossSection

    body = block((0.0, 0.0, 0.0), (_BLOCK_MM, _DEPTH_MM, _HEIGHT_MM))
    for height, outline in zip(_ROWS_MM, (round_outline, drop_outline), strict=True):
        x = 2.4
        for diameter in DIAMETERS_MM:
            channel = CrossSection([outline(diameter) + np.array([x + 0.5 * diameter, height])])
            x += diameter + 3.4
            body -= (
                channel.extrude(_DEPTH_MM + 2.0)
                .rotate((90.0, 0.0, 0.0))
                .translate((0.0, _DEPTH_MM + 1.0, 0.0))
            )
    x = _BLOCK_MM
    for span in SPANS_MM:
        x += span
        top = _BRIDGE_MM
        body += block((x, 0.0, 0.0), (x + _FOOT_MM, _DEPTH_MM, top))
        body += block((x - span - 1.0, 0.0, top - _DECK_MM), (x + _FOOT_MM, _DEPTH_MM, top))
        x += _FOOT_MM
    return mesh_of_solid(body)
