"""Where parts stand: at places given, in rows, and supports under the parts that they were made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.placement.rows import Footprint, row_positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume

__all__ = ["Body", "positions_mm"]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A part or support that is to be placed.

    bounds_mm : (2, 3) float64
        Box of the turned and scaled mesh in its file's coordinates.
    """

    bounds_mm: NDArray[np.float64]
    given_mm: tuple[float, ...] | None = None
    """Middle of the box seen from above and, optionally, height of its lowest point, of the first copy."""
    copy: int = 0
    """How many equal ones come before."""
    host: int | None = None
    """Number of the part whose file's coordinates it shares; it stands wherever that one does."""


def positions_mm(
    bodies: Sequence[Body], volume: BuildVolume, *, gap_mm: float
) -> list[tuple[float, float, float]]:
    """Middle of each box seen from above, and height of its lowest point.

    Bodies with a place go there, copies further along +x; others share rows in the middle. What belongs
    together is moved as one, and its lowest point lies on the platform where no height is given.

    Parameters
    ----------
    bodies : sequence of Body
    volume : BuildVolume
    gap_mm : float
        Between neighbours.

    """
    whole = [body.bounds_mm for body in bodies]
    for body in bodies:
        if body.host is not None:
            low, high = whole[body.host]
            whole[body.host] = np.array(
                [np.minimum(low, body.bounds_mm[0]), np.maximum(high, body.bounds_mm[1])]
            )
    loose = [i for i, body in enumerate(bodies) if body.given_mm is None and body.host is None]
    footprints = [Footprint(*(whole[i][1] - whole[i][0])[:2].tolist()) for i in loose]
    centres = dict(zip(loose, row_positions(footprints, volume, gap_mm=gap_mm), strict=True))
    placed: dict[int, tuple[float, float, float]] = {}
    for i, body in enumerate(bodies):
        if body.host is not None:
            continue
        own, union = body.bounds_mm, whole[i]
        z = float(own[0, 2] - union[0, 2])
        if body.given_mm is None:
            aside = 0.5 * (own - union).sum(axis=0)
            placed[i] = (centres[i][0] + float(aside[0]), centres[i][1] + float(aside[1]), z)
        else:
            x, y, *height = body.given_mm
            step = float(union[1, 0] - union[0, 0]) + gap_mm
            placed[i] = (x + body.copy * step, y, height[0] if height else z)
    for i, body in enumerate(bodies):
        if body.host is not None:
            x, y, z = placed[body.host]
            aside = body.bounds_mm - bodies[body.host].bounds_mm
            across = 0.5 * aside.sum(axis=0)
            placed[i] = (x + float(across[0]), y + float(across[1]), z + float(aside[0, 2]))
    return [placed[i] for i in range(len(bodies))]
