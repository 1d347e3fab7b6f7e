"""How much of the platform the bounding boxes of parts take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume

__all__ = ["boxes_share"]

#: Corners of the polygon that stands for a round platform: its area is right to a hundred-thousandth.
_CORNERS = 1024


def boxes_share(boxes_mm: NDArray[np.float64], volume: BuildVolume) -> float:
    """Share of the platform, 0 to 1, that boxes cover together, seen from above.

    What several boxes cover counts once, and what lies beside the platform not at all: the corners of a box
    around a round part may.

    Parameters
    ----------
    boxes_mm : (N, 2, 2) float64, mm
        Lower and upper corner in x and y of each box, platform coordinates.
    volume : BuildVolume

    """
    from manifold3d import CrossSection, OpType

    x0, y0, x1, y1 = volume.bounds_mm
    if volume.shape == "cylinder":
        platform = CrossSection.circle(0.5 * (x1 - x0), _CORNERS).translate(volume.centre_mm)
    else:
        platform = CrossSection.square((x1 - x0, y1 - y0)).translate((x0, y0))
    boxes = [CrossSection.square(high - low).translate(low) for low, high in boxes_mm]
    covered = CrossSection.batch_boolean(boxes, OpType.Add) ^ platform
    return float(covered.area() / volume.platform_area_mm2)
