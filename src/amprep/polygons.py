"""Exact 2-D work behind a few functions: ragged arrays outside, kernels inside.

Curves are trimmed by our own kernels, which check themselves. Where a check fails a library (manifold3d,
which holds Clipper2) takes over; it holds the interpreter's lock and is slower by far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.areas import signed_area
from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.kernels.leftover import leftover_curves
from amprep.kernels.mitred import mitred_curves
from amprep.kernels.tolerances import MITRE_LIMIT
from amprep.model.arrays import read_only
from amprep.model.layer import Contours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SAME_AREA", "ContourBand", "contour_band", "is_thicker", "lost_to_contour", "outside_of_strips"]

#: Relative difference of two areas below which they are the same, as far as the library's fixed grid goes.
SAME_AREA = 1e-6

#: Area that rounding to a grid may leave of a difference that is empty.
_NOISE_MM2 = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ContourBand:
    """What a contour at `beam_offset` inside a region does, and what it cannot reach."""

    area_mm2: float
    """Area of the region, overlapping bodies counted once."""
    path: Contours
    """The contour's centre line, clean."""
    lost_mm2: float
    """Area that no place of the beam's centre covers: walls and points that are too thin."""
    region: Contours
    """The region as clean loops: bodies that overlap or touch are one."""


def contour_band(contours: Contours, beam_offset_mm: float, *, even_odd: bool = False) -> ContourBand:
    """Lay a contour into a region and audit it.

    What is lost is the region less its opening, the contour grown back with mitred corners.

    Parameters
    ----------
    contours : Contours
        The region: winding number ≥ 1.
    beam_offset_mm : float
        From the boundary to the contour's centre line.
    even_odd : bool
        The region is where the winding number is odd instead.

    """
    state, points, offsets, area = boundary(contours.points, contours.offsets, even_odd=even_odd)
    region = contours if state == PLAIN else Contours(points, offsets)
    if state == PLAIN:
        area = signed_area(contours.points, contours.offsets)
    raw, mitred, lost = _mitred(region, beam_offset_mm)
    trimmed, points, offsets, _ = boundary(raw.points, raw.offsets)
    path = raw if trimmed == PLAIN else Contours(points, offsets)
    last = trimmed
    # Where every collar is mitred and the curves need no trimming, no two collars meet: each would take 1
    # from the winding number of a place. Then only the tips of pointed corners are lost.
    if trimmed != PLAIN or not mitred:
        grown, _, _ = _mitred(path, -beam_offset_mm)
        points, offsets = leftover_curves(region.points, region.offsets, grown.points, grown.offsets)
        rest = Contours(points, offsets)
        last, _, _, lost = boundary(rest.points, rest.offsets)
        if last == PLAIN:
            lost = signed_area(rest.points, rest.offsets)
    if FAILED in (state, trimmed, last):
        return _band_by_library(contours, beam_offset_mm, even_odd=even_odd)
    return ContourBand(area, path, lost if lost > _NOISE_MM2 else 0.0, region)


def lost_to_contour(contours: Contours, beam_offset_mm: float, *, even_odd: bool = False) -> Contours:
    """Where the area lies that `contour_band` reports as lost: clean loops; parameters as there."""
    band = contour_band(contours, beam_offset_mm, even_odd=even_odd)
    grown, _, _ = _mitred(band.path, -beam_offset_mm)
    points, offsets = leftover_curves(band.region.points, band.region.offsets, grown.points, grown.offsets)
    rest = Contours(points, offsets)
    state, points, offsets, _ = boundary(rest.points, rest.offsets)
    if state == FAILED:
        section = _section(band.region, even_odd=False)
        return _contours(section - _shifted(_shifted(section, -beam_offset_mm), beam_offset_mm))
    return rest if state == PLAIN else Contours(points, offsets)


def outside_of_strips(contours: Contours, lines: NDArray[np.float32], half_width_mm: float) -> Contours:
    """What of a region no line runs past, as clean loops.

    Parameters
    ----------
    contours : Contours
        The region: winding number ≥ 1.
    lines : (N, 4) float32, mm
        Rows [x0, y0, x1, y1].
    half_width_mm : float
        How far a line reaches to its sides; it does not reach beyond its ends.

    """
    import manifold3d

    ends = lines.astype(np.float64).reshape(-1, 2, 2)
    way = ends[:, 1] - ends[:, 0]
    way *= half_width_mm / np.maximum(np.linalg.norm(way, axis=1), 1e-12)[:, None]
    side = np.column_stack([way[:, 1], -way[:, 0]])
    start, end = ends[:, 0], ends[:, 1]
    strips = np.stack([start + side, end + side, end - side, start - side], axis=1)
    covered = manifold3d.CrossSection(list(strips), manifold3d.FillRule.NonZero)
    return _contours(_section(contours, even_odd=False) - covered)


def is_thicker(region: Contours, distance_mm: float) -> bool:
    """Whether a disc of twice the distance across reaches every place of a region, up to mitred corners.

    Parameters
    ----------
    region : Contours
        Clean loops.
    distance_mm : float
        Half of the thickness that is asked for.

    """
    raw, mitred, tips_mm2 = _mitred(region, distance_mm)
    return mitred and tips_mm2 == 0.0 and boundary(raw.points, raw.offsets)[0] == PLAIN


def _mitred(contours: Contours, offset_mm: float) -> tuple[Contours, bool, float]:
    points, offsets, mitred, tips_mm2 = mitred_curves(contours.points, contours.offsets, offset_mm)
    return Contours(read_only(points), read_only(offsets)), mitred, tips_mm2


def _band_by_library(contours: Contours, beam_offset_mm: float, *, even_odd: bool) -> ContourBand:
    section = _section(contours, even_odd=even_odd)
    area = section.area()
    inner = _shifted(section, -beam_offset_mm)
    reached = _shifted(inner, beam_offset_mm)
    lost = (section - reached).area()
    return ContourBand(area, _contours(inner), lost if lost > _NOISE_MM2 else 0.0, _contours(section))


def _section(contours: Contours, *, even_odd: bool) -> Any:
    import manifold3d

    loops = [contours.loop(i) for i in range(len(contours))]
    rule = manifold3d.FillRule.EvenOdd if even_odd else manifold3d.FillRule.Positive
    return manifold3d.CrossSection(loops, rule)


def _contours(section: Any) -> Contours:
    return _ragged(section.to_polygons())


def _ragged(loops: Sequence[NDArray[np.float64]]) -> Contours:
    offsets = np.zeros(len(loops) + 1, dtype=np.int64)
    if not loops:
        return Contours(np.empty((0, 2)), offsets)
    np.cumsum([len(loop) for loop in loops], out=offsets[1:])
    return Contours(np.concatenate(loops), offsets)


def _shifted(section: Any, distance_mm: float) -> Any:
    import manifold3d

    return section.offset(distance_mm, manifold3d.JoinType.Miter, MITRE_LIMIT, 0)
