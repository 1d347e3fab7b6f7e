"""Lines for the peers that clip lines with a polygon, on the very places where amprep has them."""

from __future__ import annotations

import numpy as np

__all__ = ["CELL_MM", "PATTERNS", "into_hatch_frame", "lines_to_clip"]

PATTERNS = ("meander", "stripes", "chess")
#: Width of a stripe, edge of an island; meander has no cells.
CELL_MM = {"meander": 0.0, "stripes": 10.0, "chess": 5.0}


def into_hatch_frame(points, angle_deg: float):
    """(P, 2) float64, mm: u along the lines, v across."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.column_stack([points[:, 0] * c + points[:, 1] * s, points[:, 1] * c - points[:, 0] * s])


def lines_to_clip(frame, distance_mm: float, pattern: str, cell_mm: float):
    """(N, 2, 2) float64, mm: lines over the whole box at v = (k + ½) h, cut at the borders of the cells."""
    low, high = frame.min(axis=0) - distance_mm, frame.max(axis=0) + distance_mm
    v = _places(low[1], high[1], distance_mm)
    if pattern == "meander":
        return _pieces(np.array([low[0]]), np.array([high[0]]), v)
    if pattern == "stripes":
        left = (
            np.arange(np.floor(low[0] / cell_mm + 0.5), np.floor(high[0] / cell_mm + 0.5) + 1) - 0.5
        ) * cell_mm
        return _pieces(left, left + cell_mm, v)
    # Islands and lines are anchored to the origin, the middle of an island.
    along = _cells_of_parity(low, high, v, cell_mm, parity=0)
    u = _places(low[0], high[0], distance_mm)
    across = _cells_of_parity(low[::-1], high[::-1], u, cell_mm, parity=1)
    return np.concatenate([along, across[:, :, ::-1]])


def _places(low: float, high: float, distance_mm: float):
    return (np.arange(np.floor(low / distance_mm), np.ceil(high / distance_mm) + 1) + 0.5) * distance_mm


def _pieces(left, right, across):
    a, b = np.broadcast_arrays(left[:, None], across[None])
    c, _ = np.broadcast_arrays(right[:, None], across[None])
    return np.stack([np.stack([a, b], axis=-1), np.stack([c, b], axis=-1)], axis=-2).reshape(-1, 2, 2)


def _cells_of_parity(low, high, across, cell_mm: float, *, parity: int):
    column = np.arange(np.floor(low[0] / cell_mm + 0.5), np.floor(high[0] / cell_mm + 0.5) + 1)
    left = (column - 0.5) * cell_mm
    pieces = _pieces(left, left + cell_mm, across)
    row = np.floor(across / cell_mm + 0.5)
    keep = (column[:, None] + row[None]) % 2 == parity
    return pieces[keep.ravel()]
