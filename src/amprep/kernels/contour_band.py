"""What a beam's contour does to a region: its path, the area out of its reach, the region as clean loops.

::

        ┌───────────────┐      region
        │ ┌───────────┐ │      path: the region shrunk by the beam offset
        │ │           │ │      reached: the path grown by the beam offset again, with mitred corners
        │ └─────────┐ │ └────
        └─────────┐ │ └──────  region - reached is lost: walls thinner than the beam, pointed tips

Algorithm
    Boundary of the curves, boundary of their mitred offset, boundary of the offset of that. Where all
    collars of the offset are mitred and its curves are a boundary as they are, no two collars meet, since
    each would take 1 from the winding number of a place; then the last step is left out, as only the tips
    are lost, whose area is known.

Degeneracy rule
    As in `boundary`. Area lost below `NOISE_MM2` is rounding, and none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.boundary import FAILED, PLAIN, TRIMMED, boundary
from amprep.kernels.jit import kernel
from amprep.kernels.leftover import leftover_curves
from amprep.kernels.mitred import mitred_curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["contour_and_loss", "keeps_clear", "signed_area"]

#: Lost area that rounding to the grid may leave where nothing is lost.
NOISE_MM2 = 1e-6


@kernel
def signed_area(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> float:
    """Area of all loops in mm², holes negative, each about its own first point for accuracy.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    """
    total = 0.0
    for loop in range(loop_offsets.shape[0] - 1):
        first = loop_offsets[loop]
        for p in range(first + 1, loop_offsets[loop + 1] - 1):
            ax = points[p, 0] - points[first, 0]
            ay = points[p, 1] - points[first, 1]
            bx = points[p + 1, 0] - points[first, 0]
            by = points[p + 1, 1] - points[first, 1]
            total += 0.5 * (ax * by - ay * bx)
    return total


@kernel
def contour_and_loss(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], offset_mm: float
) -> tuple[
    int,
    float,
    float,
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
]:
    """Contour inside a region.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
        Curves; the region is where their winding number is 1 or more.
    offset_mm : float
        From the boundary to the contour, positive.

    Returns
    -------
    state : int
        `PLAIN` where the curves are the region's boundary, `TRIMMED` where they are not, `FAILED` where a check
        failed and the rest means nothing.
    area_mm2 : float
        Of the region.
    lost_mm2 : float
        Of the region, out of the beam's reach.
    path : (Q, 2) float64, mm
    path_offsets : (D + 1,) int64
        The contour, clean.
    region : (R, 2) float64, mm
    region_offsets : (E + 1,) int64
        The region as clean loops.

    """
    region = points.copy()
    region_offsets = loop_offsets.copy()
    state, loops, offsets, area_mm2 = boundary(region, region_offsets)
    if state == PLAIN:
        area_mm2 = signed_area(region, region_offsets)
    else:
        region = loops
        region_offsets = offsets
    raw, raw_offsets, mitred, lost_mm2 = mitred_curves(region, region_offsets, offset_mm)
    trimmed, path, path_offsets, _ = boundary(raw, raw_offsets)
    if trimmed == PLAIN:
        path = raw
        path_offsets = raw_offsets
    if state == FAILED or trimmed == FAILED:
        return FAILED, 0.0, 0.0, path, path_offsets, region, region_offsets
    if trimmed == TRIMMED or not mitred:
        raw, raw_offsets, _, _ = mitred_curves(path, path_offsets, -offset_mm)
        raw, raw_offsets = leftover_curves(region, region_offsets, raw, raw_offsets)
        last, _, _, lost_mm2 = boundary(raw, raw_offsets)
        if last == FAILED:
            return FAILED, 0.0, 0.0, path, path_offsets, region, region_offsets
        if last == PLAIN:
            lost_mm2 = signed_area(raw, raw_offsets)
    if lost_mm2 <= NOISE_MM2:
        lost_mm2 = 0.0
    return state, area_mm2, lost_mm2, path, path_offsets, region, region_offsets


@kernel
def keeps_clear(points: NDArray[np.float64], loop_offsets: NDArray[np.int64], offset_mm: float) -> bool:
    """Whether clean loops, shrunk by an offset, lose nothing when they are grown back: no wall as thin as two
    offsets, no pointed tip.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    offset_mm : float
    """
    raw, raw_offsets, mitred, tips_mm2 = mitred_curves(points.copy(), loop_offsets.copy(), offset_mm)
    if not mitred or tips_mm2 > 0.0:
        return False
    state, _, _, _ = boundary(raw, raw_offsets)
    return state == PLAIN
