"""Parts side by side: a simple row, and further rows where one is not enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.placement.fit import EDGE_MARGIN_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.machine import BuildVolume

__all__ = ["GAP_MM", "Footprint", "row_positions"]

#: Distance between neighbouring parts (assumed).
GAP_MM = 5.0


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bounding rectangle of a part seen from above, in mm."""

    width_mm: float
    depth_mm: float


def row_positions(
    footprints: Sequence[Footprint], volume: BuildVolume, *, gap_mm: float = GAP_MM
) -> list[tuple[float, float]]:
    """Centres of the footprints in rows along x, the block of rows in the middle of the platform.

    The widest row is used that keeps clear of the platform's edges, or, where rows like that have no room,
    the widest that the platform holds; whether the outcome fits is for `fit` to say.
    """
    widest = volume.size_x_mm.value
    if volume.shape == "cylinder":
        if len(footprints) > 1:
            widest *= np.sqrt(0.5)
        rows = _rows(footprints, widest, gap_mm)
    else:
        rows = _rows(footprints, widest - 2.0 * EDGE_MARGIN_MM, gap_mm)
        depth_mm = sum(max(footprints[i].depth_mm for i in row) + gap_mm for row in rows if row) - gap_mm
        if depth_mm > volume.size_y_mm.value - 2.0 * EDGE_MARGIN_MM:
            rows = _rows(footprints, widest, gap_mm)
    x_middle, y_middle = volume.centre_mm
    depths = [max((footprints[i].depth_mm for i in row), default=0.0) for row in rows]
    y = y_middle - (sum(depths) + gap_mm * (len(rows) - 1)) / 2
    centres = [(0.0, 0.0)] * len(footprints)
    for row, depth in zip(rows, depths, strict=True):
        width = sum(footprints[i].width_mm for i in row) + gap_mm * (len(row) - 1)
        x = x_middle - width / 2
        for i in row:
            centres[i] = (x + footprints[i].width_mm / 2, y + depth / 2)
            x += footprints[i].width_mm + gap_mm
        y += depth + gap_mm
    return centres


def _rows(footprints: Sequence[Footprint], widest_mm: float, gap_mm: float) -> list[list[int]]:
    """Numbers of the footprints in each row, none wider than that unless it holds one alone."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for i, footprint in enumerate(footprints):
        needed = footprint.width_mm + (gap_mm if rows[-1] else 0.0)
        if rows[-1] and used + needed > widest_mm:
            rows.append([])
            used, needed = 0.0, footprint.width_mm
        rows[-1].append(i)
        used += needed
    return rows
