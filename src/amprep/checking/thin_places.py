"""Places of a layer that are thinner than a width: of the material, and of the gaps in it.

What an opening takes away, the region shifted inwards by half the width and back out, is thinner than the
width, or the tip of a pointed corner. A tip is short and belongs to something thicker; it is no wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.tolerances import MITRE_LIMIT
from amprep.model.arrays import box_of
from amprep.model.layer import Contours
from amprep.polygons import contour_band, is_thicker

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TIP_WIDTHS", "Patch", "thin_gaps", "thin_walls"]

#: A place that hangs on something thicker counts when it is so many widths long; a shorter one is a tip.
TIP_WIDTHS = 3.0

#: Places smaller than this are what the library's rounding leaves.
_NOISE_MM2 = 1e-5


@dataclass(frozen=True, slots=True)
class Patch:
    """One thin place of a layer: its middle and area."""

    x_mm: float
    y_mm: float
    area_mm2: float


def thin_walls(region: Contours, width_mm: float) -> list[Patch]:
    """Places of a region that are thinner than a width.

    Parameters
    ----------
    region : Contours
        Clean loops.
    width_mm : float
        Walls of just this width are thick enough.

    """
    import manifold3d

    # By a nanometre more than the grid of the library, so that a wall of just the width stays.
    half = 0.5 * width_mm - 1e-5
    join = manifold3d.JoinType.Miter
    section = manifold3d.CrossSection(
        [region.loop(i) for i in range(len(region))], manifold3d.FillRule.Positive
    )
    opened = section.offset(-half, join, MITRE_LIMIT, 0).offset(half, join, MITRE_LIMIT, 0)
    patches = []
    for piece in (section - opened).decompose():
        area = piece.area()
        low_x, low_y, high_x, high_y = piece.bounds()
        if area <= _NOISE_MM2:
            continue
        is_long = np.hypot(high_x - low_x, high_y - low_y) >= TIP_WIDTHS * width_mm
        if is_long or not _hangs_on(piece, opened):
            patches.append(Patch(*_middle(piece), area))
    return patches


def thin_gaps(region: Contours, width_mm: float) -> list[Patch]:
    """Gaps and holes of a region that are narrower than a width; as `thin_walls` for what is not the region."""
    if not len(region.points):
        return []
    powder = _around(region, 10.0 * width_mm)
    if is_thicker(powder, 0.5 * width_mm) or not contour_band(powder, 0.5 * width_mm).lost_mm2:
        return []
    return thin_walls(powder, width_mm)


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


def _hangs_on(piece: Any, rest: Any) -> bool:
    """Whether a piece touches what the opening has left."""
    grown = piece.offset(1e-4, _square(), MITRE_LIMIT, 0)
    return float((grown ^ rest).area()) > 0.0


def _square() -> Any:
    import manifold3d

    return manifold3d.JoinType.Miter


def _middle(piece: Any) -> tuple[float, float]:
    """Middle of the piece's outline, weighted by area."""
    weight, x, y = 0.0, 0.0, 0.0
    for loop in piece.to_polygons():
        a, moment = _moments(loop)
        weight, x, y = weight + a, x + moment[0], y + moment[1]
    return (x / weight, y / weight) if weight else (0.0, 0.0)


def _moments(loop: NDArray[np.float64]) -> tuple[float, tuple[float, float]]:
    origin = loop[0]
    p = loop - origin
    q = np.roll(p, -1, axis=0)
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    area = 0.5 * float(cross.sum())
    mx = float(((p[:, 0] + q[:, 0]) * cross).sum()) / 6.0 + area * float(origin[0])
    my = float(((p[:, 1] + q[:, 1]) * cross).sum()) / 6.0 + area * float(origin[1])
    return area, (mx, my)
