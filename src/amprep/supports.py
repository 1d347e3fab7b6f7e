"""What supports share with parts and with each other: exposed by each of them, and there once.

Supports are drawn a little into the part that they hold, so that both are melted together. Their vectors stay
as they are; areas, and with them volume, mass and powder, count such places once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.areas import signed_area
from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.model.scan import AREA_NAMES
from amprep.polygons import SAME_AREA, contour_band, contours_of
from amprep.slicing import PartCut, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import Job, PlacedPart
    from amprep.model.layer import Contours
    from amprep.model.scan import LayerAreas

__all__ = ["counted_once", "shared_mm2", "sharing_parts", "without_shared"]

_EXPOSED = ("hatched", "contoured", "edged")


def sharing_parts(parts: Sequence[PlacedPart]) -> tuple[int, ...]:
    """Which parts may share places: supports whose box overlaps another's, and those; ascending."""
    boxes = np.array([part.bounds_mm for part in parts]).reshape(-1, 2, 3)
    found: set[int] = set()
    for i in (i for i, part in enumerate(parts) if part.is_support):
        overlap = np.minimum(boxes[:, 1], boxes[i, 1]) - np.maximum(boxes[:, 0], boxes[i, 0])
        beside = np.flatnonzero((overlap > 0.0).all(axis=1)).tolist()
        if len(beside) > 1:
            found.update(beside)
    return tuple(sorted(found))


def shared_mm2(contours: Sequence[Contours], *, even_odd: bool = False) -> float:
    """By how much the areas of some cross-sections of a layer are more than that of all together.

    Parameters
    ----------
    contours : sequence of Contours
        One for each part.
    even_odd : bool
        Of each the region is where the winding number is odd, else where it is 1 or more.

    """
    bodies = [one for one in contours if len(one)]
    if len(bodies) < 2:
        return 0.0
    if even_odd:
        bodies = [contour_band(one, 0.0, even_odd=True).region for one in bodies]
    single_mm2 = sum(_area_mm2(one) for one in bodies)
    together = contours_of([one.loop(i) for one in bodies for i in range(len(one))])
    shared = single_mm2 - _area_mm2(together)
    return shared if shared > SAME_AREA * single_mm2 else 0.0


def _area_mm2(contours: Contours) -> float:
    """Where the winding number is 1 or more."""
    state, _, _, united_mm2 = boundary(contours.points, contours.offsets, even_odd=False)
    if state == PLAIN:
        return float(signed_area(contours.points, contours.offsets))
    return contour_band(contours, 0.0).area_mm2 if state == FAILED else float(united_mm2)


def without_shared(areas: LayerAreas, supports: Sequence[LayerAreas], shared_mm2: float) -> LayerAreas:
    """The areas of a layer with what supports share taken out of theirs, which are part of them."""
    own = {name: sum(getattr(one, f"{name}_mm2") for one in supports) for name in _EXPOSED}
    exposed_mm2 = sum(own.values())
    if not exposed_mm2 > 0.0:
        return areas
    taken_mm2 = min(shared_mm2, exposed_mm2)
    left = {
        f"{name}_mm2": max(0.0, getattr(areas, f"{name}_mm2") - taken_mm2 * area / exposed_mm2)
        for name, area in own.items()
    }
    return replace(areas, sliced_mm2=areas.sliced_mm2 - taken_mm2, **left)


def counted_once(
    areas_mm2: NDArray[np.float64], job: Job, cuts: Sequence[PartCut], begin: int
) -> NDArray[np.float64]:
    """Areas of consecutive layers with what supports share taken out of all that exposes.

    Parameters
    ----------
    areas_mm2 : (n, C) float64
        Sums over all parts; columns as in `amprep.model.scan.AREA_NAMES`.
    job : Job
    cuts : sequence of PartCut
        Of all parts.
    begin : int
        The first of the layers.

    """
    numbers = sharing_parts(job.parts)
    if not numbers:
        return areas_mm2
    stacks = [
        cut(PartCut(cuts[i].plan, (0.0, 0.0)), begin, begin + len(areas_mm2)).shifted(*cuts[i].shift_mm)
        for i in numbers
    ]
    layers = ([stack.layer(k) for stack in stacks] for k in range(len(areas_mm2)))
    shared = np.array([shared_mm2(one, even_odd=job.even_odd) for one in layers])
    exposing = [AREA_NAMES.index(name) for name in _EXPOSED]
    whole = areas_mm2[:, exposing].sum(axis=1)
    taken = np.minimum(shared, whole)
    left = areas_mm2.copy()
    left[:, exposing] *= (1.0 - taken / np.maximum(whole, 1e-12))[:, None]
    left[:, AREA_NAMES.index("sliced")] -= taken
    return left
