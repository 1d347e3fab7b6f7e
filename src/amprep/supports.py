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
from amprep.model.layer import Contours
from amprep.model.scan import AREA_NAMES
from amprep.polygons import SAME_AREA, contours_of, loop_measures, section_of
from amprep.slicing import PartCut, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import Job, PlacedPart
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
    boxes = np.array([(*one.points.min(axis=0), *one.points.max(axis=0)) for one in bodies]).reshape(-1, 4)
    found = 0.0
    left = set(range(len(bodies)))
    while left:
        group = _met_from(left.pop(), left, boxes)
        if len(group) > 1:
            found += _shared_mm2([_near_others(bodies[i], i, group, boxes) for i in group], even_odd=even_odd)
    return found


def _met_from(first: int, left: set[int], boxes: NDArray[np.float64]) -> list[int]:
    """Numbers of boxes that overlap a first one, or others that do; they are taken out of what is left."""
    group = [first]
    for i in group:
        met = left.intersection(_overlapping(boxes, boxes[i]).tolist())
        left -= met
        group += sorted(met)
    return sorted(group)


def _overlapping(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers of boxes, (n, 4) in mm, that share area with one."""
    return np.flatnonzero((boxes[:, :2] < box[2:]).all(axis=1) & (boxes[:, 2:] > box[:2]).all(axis=1))


def _near_others(body: Contours, number: int, group: Sequence[int], boxes: NDArray[np.float64]) -> Contours:
    """The curves of a body that come near the boxes of others: what the rest encloses is its own."""
    others = boxes[[i for i in group if i != number]]
    others = others[_overlapping(others, boxes[number])]
    low, high = others[:, :2].min(axis=0), others[:, 2:].max(axis=0)
    if (low <= boxes[number, :2]).all() and (high >= boxes[number, 2:]).all():
        return body
    near = _overlapping(loop_measures(body)[1], np.concatenate([low, high]))
    return contours_of([body.loop(i) for i in near.tolist()])


def _shared_mm2(bodies: Sequence[Contours], *, even_odd: bool) -> float:
    regions, single_mm2 = [], 0.0
    for one in (one for one in bodies if len(one)):
        region, area_mm2 = _region(one, even_odd=even_odd)
        regions.append(region)
        single_mm2 += area_mm2
    if len(regions) < 2:
        return 0.0
    points = np.concatenate([one.points for one in regions])
    starts = np.cumsum([0, *(len(one.points) for one in regions)])
    offsets = [one.offsets[1:] + start for one, start in zip(regions, starts[:-1].tolist(), strict=True)]
    together = Contours(points, np.concatenate([[0], *offsets]))
    shared = single_mm2 - _region(together)[1]
    return shared if shared > SAME_AREA * single_mm2 else 0.0


def _region(contours: Contours, *, even_odd: bool = False) -> tuple[Contours, float]:
    """Where the winding number is 1 or more, or odd, as clean loops, and its area.

    Clean: where voids of a body overlap its winding number is less than 0, and would hide others there.
    """
    state, points, offsets, area_mm2 = boundary(contours.points, contours.offsets, even_odd=even_odd)
    if state == PLAIN:
        return contours, float(signed_area(contours.points, contours.offsets))
    if state == FAILED:
        section = section_of(contours, even_odd=even_odd)
        return contours_of(section.to_polygons()), section.area()
    return Contours(points, offsets), float(area_mm2)


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
