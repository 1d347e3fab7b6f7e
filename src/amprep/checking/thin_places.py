"""Places of a layer that are thinner than a width: of the material, and of the gaps in it.

What an opening takes away, the region shifted inwards by half the width and back out, is thinner than the
width, or the tip of a pointed corner. A tip is short and belongs to something thicker; it is no wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.model.arrays import box_of
from amprep.model.layer import Contours
from amprep.polygons import contours_of, loop_measures, opening_leaves, section_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TIP_WIDTHS", "Patch", "clean_region", "thin_gaps", "thin_walls"]

#: A place that hangs on something thicker counts when it is so many widths long; a shorter one is a tip.
TIP_WIDTHS = 3.0

#: By so much less than the width is measured, so that walls of just the width are thick enough whatever the
#: rounding of their coordinates.
_ROUNDING_MM = 1e-4

#: Smaller places are what rounding leaves.
_NOISE_MM2 = 1e-5


@dataclass(frozen=True, slots=True)
class Patch:
    """One thin place of a layer: the middle of its box, and its area."""

    x_mm: float
    y_mm: float
    area_mm2: float


def clean_region(contours: Contours) -> Contours:
    """The region that contours wind around, as clean loops: bodies that overlap are one."""
    state, points, offsets, _ = boundary(contours.points, contours.offsets)
    if state == PLAIN:
        return contours
    if state == FAILED:
        return contours_of(section_of(contours).to_polygons())
    return Contours(points, offsets)


def thin_walls(region: Contours, width_mm: float) -> list[Patch]:
    """Places of a region that are thinner than a width.

    Parameters
    ----------
    region : Contours
        Clean loops.
    width_mm : float
        Walls of just this width are thick enough.

    """
    if not len(region.points):
        return []
    lost = opening_leaves(region, 0.5 * (width_mm - _ROUNDING_MM))
    if not len(lost):
        return []
    areas, boxes = loop_measures(lost)
    if (areas < 0.0).any():
        pieces = [
            contours_of(piece.to_polygons()) for piece in section_of(lost).decompose() if piece.num_contour()
        ]
        if not pieces:
            return []
        measured = [loop_measures(piece) for piece in pieces]
        areas = np.array([own.sum() for own, _ in measured])
        boxes = np.array([[*box[:, :2].min(axis=0), *box[:, 2:].max(axis=0)] for _, box in measured])
    length = np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    counts = areas > _NOISE_MM2
    short = counts & (length < TIP_WIDTHS * width_mm)
    counts &= ~short
    if short.any():
        counts[short] = _are_whole_loops(boxes[short], region, width_mm)
    return [
        Patch(float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2, float(area))
        for box, area in zip(boxes[counts], areas[counts], strict=True)
    ]


def thin_gaps(region: Contours, width_mm: float) -> list[Patch]:
    """Gaps and holes of a region that are narrower than a width; `thin_walls` of what is not the region."""
    if not len(region.points):
        return []
    return thin_walls(_around(region, 10.0 * width_mm), width_mm)


def _around(region: Contours, margin_mm: float) -> Contours:
    """What is not the region, up to a frame around it."""
    low, high = box_of(region.points)
    x0, y0 = (low - margin_mm).tolist()
    x1, y1 = (high + margin_mm).tolist()
    frame = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    count = len(region.points)
    points = np.concatenate([frame, region.points[::-1]])
    offsets = np.concatenate([[0], 4 + count - region.offsets[::-1]]).astype(np.int64)
    return Contours(points, offsets)


def _are_whole_loops(pieces: NDArray[np.float64], region: Contours, width_mm: float) -> NDArray[np.bool_]:
    """(n,) bool: whether short lost pieces are whole bodies: a loop of the region has the same box."""
    from scipy.spatial import KDTree

    _, boxes = loop_measures(region)
    gaps, _ = KDTree(boxes).query(pieces, p=np.inf)
    return np.asarray(gaps < 0.05 * width_mm)
