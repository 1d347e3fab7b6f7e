"""Hatch patterns by name: which vectors fill a region, and in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.chess import hatch_chess
from amprep.kernels.components import group_loops
from amprep.kernels.meander import hatch_meander
from amprep.kernels.scanline import ScanRoom
from amprep.kernels.stripes import hatch_stripes

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PATTERNS", "Hatch", "hatch_curves", "hatch_region"]

PATTERNS = ("stripes", "meander", "chess")


@dataclass(frozen=True, slots=True, eq=False)
class Hatch:
    """Vectors of a hatched region, and the lengths that the area audit needs.

    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.
    line_mm : float
        Length of the hatch lines, overlaps left out: times the hatch distance it is the hatched area.
    short_mm : float
        Length of the hatch lines that were left out because they are too short to expose.
    """

    segments: NDArray[np.float32]
    line_mm: float
    short_mm: float


_ROOM = ScanRoom()

# One loop is one group. Writable as the arrays of `group_loops` are, so that no kernel is compiled twice.
_ONE_LOOP = np.zeros(1, dtype=np.int64)
_ONE_GROUP = np.array([0, 1], dtype=np.int64)


def hatch_curves(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    pattern: str,
    angle_deg: float,
    distance_mm: float,
    cell_mm: float = 10.0,
    overlap_mm: float = 0.0,
) -> NDArray[np.float32]:
    """The vectors of `hatch_region` alone.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.

    """
    return hatch_region(
        points,
        loop_offsets,
        pattern=pattern,
        angle_deg=angle_deg,
        distance_mm=distance_mm,
        cell_mm=cell_mm,
        overlap_mm=overlap_mm,
    ).segments


def hatch_region(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    pattern: str,
    angle_deg: float,
    distance_mm: float,
    cell_mm: float = 10.0,
    overlap_mm: float = 0.0,
) -> Hatch:
    """Hatch a region that is given by curves with winding number ≥ 1.

    Loops whose boxes do not meet are hatched one group after the other. Lines, stripes and islands are
    anchored to the platform all the same.

    Parameters
    ----------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    pattern : str
        ``meander``: hatch lines one after the other, every second one backwards. ``stripes``: lines cut into
        stripes, stripe by stripe. ``chess``: square islands whose vectors lie at right angles to those of
        their neighbours.
    angle_deg : float
        Direction of the vectors from +x, counter-clockwise.
    distance_mm : float
        Between two lines.
    cell_mm, overlap_mm : float
        Width of the stripes or islands, and by how much neighbours overlap in all, less than the width.

    Raises
    ------
    ValueError
        For an unknown pattern.

    """
    if pattern not in PATTERNS:
        raise ValueError(f'unknown hatch pattern "{pattern}", known are {", ".join(PATTERNS)}')
    angle_rad = math.radians(angle_deg)
    loops, groups = _ONE_LOOP, _ONE_GROUP
    if len(loop_offsets) != 2:
        loops, groups = group_loops(points, loop_offsets, angle_rad)
    curves = (points, loop_offsets, loops, groups)
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    pieces, runs, group_runs, short_mm = _ROOM.scan(*curves, cosine, sine, distance_mm)
    if pattern == "meander":
        segments, line_mm = hatch_meander(pieces, runs, angle_rad, distance_mm)
    elif pattern == "stripes":
        segments, line_mm = hatch_stripes(
            pieces, runs, group_runs, angle_rad, distance_mm, cell_mm, overlap_mm
        )
    else:
        # The second scan works in the same memory. Each stands for half of the islands.
        pieces, runs = pieces.copy(), runs.copy()
        across = _ROOM.scan(*curves, -sine, cosine, distance_mm)
        segments, line_mm, splinters_mm = hatch_chess(
            pieces, runs, group_runs, *across[:3], angle_rad, distance_mm, cell_mm, overlap_mm
        )
        short_mm = 0.5 * (short_mm + across[3]) + splinters_mm
    return Hatch(segments, line_mm, short_mm)
