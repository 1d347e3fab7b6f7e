"""How much of the platform the bounding boxes of parts take."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume

__all__ = ["boxes_share"]

#: So many places across a strip between two sides of boxes: on a round platform, the share is right to 0.1 %.
_PLACES = 200


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
    x0, y0, x1, y1 = volume.bounds_mm
    boxes = np.clip(boxes_mm, (x0, y0), (x1, y1))
    # Not np.unique, which loads NumPy's masked arrays.
    sides = sorted(set(boxes[:, :, 0].ravel().tolist()))
    by_start = boxes[np.argsort(boxes[:, 0, 1], kind="stable")]
    area_mm2 = 0.0
    for left, right in pairwise(sides):
        across = by_start[(by_start[:, 0, 0] <= left) & (by_start[:, 1, 0] >= right)]
        if not len(across):
            continue
        starts, ends = across[:, 0, 1], across[:, 1, 1]
        # What begins below the end of all before it counts from there on.
        reached = np.concatenate([[-np.inf], np.maximum.accumulate(ends)[:-1]])
        starts = np.maximum(starts, reached)
        if volume.shape == "cylinder":
            across_mm = left + (np.arange(_PLACES) + 0.5) * (right - left) / _PLACES
            reach = np.sqrt(np.maximum((0.5 * (x1 - x0)) ** 2 - across_mm**2, 0.0))[:, None]
            starts, ends = np.maximum(starts, -reach), np.minimum(ends, reach)
            covered = np.maximum(ends - starts, 0.0).sum(axis=1).mean()
        else:
            covered = np.maximum(ends - starts, 0.0).sum()
        area_mm2 += (right - left) * float(covered)
    return area_mm2 / volume.platform_area_mm2
