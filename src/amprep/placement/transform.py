"""Position and rotation of a part to its transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import box_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh

__all__ = ["part_transform", "rotated_bounds_mm", "rotation_matrix"]


def rotation_matrix(rotation_deg: tuple[float, float, float]) -> NDArray[np.float64]:
    """(3, 3) float64: turned about x, then about y, then about z; exact for multiples of 90°."""
    matrix = np.eye(3)
    for axis, angle in enumerate(rotation_deg):
        c, s = _cosine_sine(angle)
        turn = np.eye(3)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
        matrix = turn @ matrix
    return matrix


def _cosine_sine(angle_deg: float) -> tuple[float, float]:
    quarter = angle_deg / 90.0
    if quarter == round(quarter):
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarter) % 4]
    return float(np.cos(np.radians(angle_deg))), float(np.sin(np.radians(angle_deg)))


def rotated_bounds_mm(mesh: Mesh, rotation_deg: tuple[float, float, float]) -> NDArray[np.float64]:
    """(2, 3) float64, mm: bounding box of the turned mesh in its own coordinates."""
    if not any(rotation_deg):
        return mesh.bounds_mm
    return box_of(mesh.used_vertices @ rotation_matrix(rotation_deg).T)


def part_transform(
    mesh: Mesh,
    position_mm: tuple[float, float, float],
    rotation_deg: tuple[float, float, float],
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> NDArray[np.float64]:
    """(4, 4) float64: the turned and scaled mesh, the middle of its box at (x, y), its lowest point at z.

    scale : (sx, sy, sz)
        Along the platform's axes, after the turn.
    """
    low, high = rotated_bounds_mm(mesh, rotation_deg) * scale
    transform = np.eye(4)
    transform[:3, :3] = np.array(scale)[:, None] * rotation_matrix(rotation_deg)
    transform[0, 3] = position_mm[0] - (low[0] + high[0]) / 2
    transform[1, 3] = position_mm[1] - (low[1] + high[1]) / 2
    transform[2, 3] = position_mm[2] - low[2]
    return transform
