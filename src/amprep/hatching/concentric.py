"""Nested curves along the boundary of a region, from the outside in, and what lies between the innermost."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.kernels.filters import simplify_curves
from amprep.kernels.leftover import leftover_curves
from amprep.kernels.mitred import mitred_curves
from amprep.kernels.tolerances import MITRE_LIMIT
from amprep.model.arrays import read_only
from amprep.polygons import followers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.layer import Contours

__all__ = ["concentric_curves", "restricted_region"]

#: A curve may run this far beside the point that it leaves out: so much wider or narrower is a strip then.
_STRAIGHT_MM = 5e-4

#: Cosine of the sharpest corner that a mitred curve goes into, 30°: more than half a square of the distance
#: is never left free in its tip.
_SHARP = math.cos(math.radians(30.0))

Curves = tuple["NDArray[np.float64]", "NDArray[np.int64]"]
"""Points, (P, 2) float64 in mm, and loop offsets, (C + 1,) int64."""


def concentric_curves(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], distance_mm: float
) -> tuple[Curves, Curves]:
    """Curves that stand for strips along the boundary, strip inside of strip, and what no strip fits into.

    A strip is as wide as the distance and has its curve in its middle. Where a region is narrower than two
    strips there is no room for one on either side; that rest is left over.
    Strips and rest together are the region.

    Parameters
    ----------
    points : (P, 2) float64, mm
        Curves with winding number ≥ 1 inside.
    loop_offsets : (C + 1,) int64
    distance_mm : float

    Returns
    -------
    rings, rest : tuple of arrays
        Points, (P, 2) float64 in mm, and loop offsets, (C + 1,) int64. Rings from the outside in.

    """
    rings: list[Curves] = []
    rest: list[Curves] = []
    region = _clean((points, loop_offsets))
    strips, failures = 1, 0
    while len(region[1]) > 1:
        raw_points, raw_offsets, mitred, _ = mitred_curves(*region, strips * distance_mm, 0.0)
        inner = _frozen(raw_points, raw_offsets)
        state, trimmed_points, trimmed_offsets, _ = boundary(*inner)
        if state == PLAIN and mitred and not _has_sharp_corners(region):
            # No two collars meet: narrower ones do not meet either, and nothing is left over.
            rings += _curves_at(region, distance_mm, strips)
            region = _simpler(inner)
            strips, failures = (strips if failures else 2 * strips), max(0, failures - 1)
            continue
        if strips > 1:
            strips, failures = strips // 2, 2
            continue
        failures = 2
        if state == FAILED:
            inner = _clean(inner, shift_mm=distance_mm, like=region)
        elif state != PLAIN:
            inner = _frozen(trimmed_points, trimmed_offsets)
        grown_points, grown_offsets, mitred, _ = mitred_curves(*inner, -distance_mm, 0.0)
        grown = _frozen(grown_points, grown_offsets)
        state, trimmed_points, trimmed_offsets, _ = boundary(*grown)
        clear = state == PLAIN and mitred
        rings.append(
            _within_clear(inner, -0.5 * distance_mm) if clear else _shifted(inner, -0.5 * distance_mm)
        )
        if state == FAILED:
            grown = _clean(grown, shift_mm=-distance_mm, like=inner)
        elif state != PLAIN:
            grown = _frozen(trimmed_points, trimmed_offsets)
        rest.append(_without(region, grown))
        region = _simpler(inner)
    return _joined(rings), _joined(rest)


def _has_sharp_corners(region: Curves) -> bool:
    """Whether a mitred curve ends so far from the tip of a corner that its strip does not reach there."""
    points, offsets = region
    follower = followers(offsets)
    ux, uy = (points[follower] - points).T
    vx, vy = ux[follower], uy[follower]
    along, across = ux * vx + uy * vy, ux * vy - uy * vx
    return bool(((along < -_SHARP * np.hypot(along, across)) & (across >= 0.0)).any())


def _curves_at(region: Curves, distance_mm: float, strips: int) -> list[Curves]:
    """Curves in the middle of as many strips, one inside of the other, whose collars do not meet."""
    return [_within_clear(region, (i + 0.5) * distance_mm) for i in range(strips)]


def _within_clear(region: Curves, offset_mm: float) -> Curves:
    """A clean region less a margin, where collars that are wider do not meet."""
    points, offsets, mitred, _ = mitred_curves(*region, offset_mm, 0.0)
    return (points, offsets) if mitred else _shifted(region, offset_mm)


def _simpler(region: Curves) -> Curves:
    """Without the points that are hardly corners any more: a curve shrinks, its points would stay."""
    points, offsets, _ = simplify_curves(*region, _STRAIGHT_MM, math.inf)
    return _frozen(points, offsets)


def restricted_region(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    inside: Contours | None,
    outside: Sequence[Contours],
) -> Curves:
    """A region where it lies inside of one and outside of others, as clean loops.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    inside : Contours, optional
        Clean loops.
    outside : sequence of Contours
        Clean loops, each.

    Returns
    -------
    points : (Q, 2) float64, mm
    loop_offsets : (D + 1,) int64

    """
    region = _clean((points, loop_offsets))
    for other in outside:
        region = _without(region, (other.points, other.offsets))
    if inside is not None:
        region = _without(region, _without(region, (inside.points, inside.offsets)))
    return region


def _clean(curves: Curves, *, shift_mm: float = 0.0, like: Curves | None = None) -> Curves:
    """Boundary of where the winding number is 1 or more; a library does what our check of it refuses."""
    curves = _frozen(*curves)
    state, points, offsets, _ = boundary(*curves)
    if state == PLAIN:
        return curves
    if state != FAILED:
        return _frozen(points, offsets)
    import manifold3d

    section = _section(curves if like is None else like)
    if shift_mm:
        section = section.offset(-shift_mm, manifold3d.JoinType.Miter, MITRE_LIMIT, 0)
    return _frozen(*_joined([_one(loop) for loop in section.to_polygons()]))


def _shifted(region: Curves, offset_mm: float) -> Curves:
    """A clean region less a margin (positive), or with one more."""
    return _clean(mitred_curves(*region, offset_mm, 0.0)[:2], shift_mm=offset_mm, like=region)


def _without(region: Curves, cover: Curves) -> Curves:
    """What of a clean region another one does not cover."""
    rest = _frozen(*leftover_curves(*region, *cover))
    state, points, offsets, _ = boundary(*rest)
    if state == PLAIN:
        return rest
    if state != FAILED:
        return _frozen(points, offsets)
    return _joined([_one(loop) for loop in (_section(region) - _section(cover)).to_polygons()])


def _section(curves: Curves) -> Any:
    import manifold3d

    points, offsets = curves
    loops = [points[a:b] for a, b in pairwise(offsets)]
    return manifold3d.CrossSection(loops, manifold3d.FillRule.Positive)


def _frozen(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> Curves:
    """Curves as kernels are used to have them, so that none is compiled twice."""
    return read_only(points), read_only(loop_offsets)


def _one(loop: NDArray[np.float64]) -> Curves:
    return np.asarray(loop, dtype=np.float64), np.array([0, len(loop)], dtype=np.int64)


def _joined(curves: Sequence[Curves]) -> Curves:
    points = np.concatenate([np.empty((0, 2)), *(one[0] for one in curves)])
    sizes = np.concatenate([np.zeros(1, dtype=np.int64), *(np.diff(one[1]) for one in curves)])
    return points, np.cumsum(sizes)
