"""Exact 2-D work behind a few functions: ragged arrays outside, a library (manifold3d, Clipper2) inside.

The hot path of hatching does without; this serves where a clean polygon is needed, that is for the paths
of contours and for the audit of what a beam cannot reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.model.layer import Contours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SAME_AREA", "ContourBand", "contour_band"]

#: Relative difference of two areas below which they are the same, as far as the library's fixed grid goes.
SAME_AREA = 1e-6

#: Area that the rounding of the library's fixed grid may leave of a difference that is empty.
_NOISE_MM2 = 1e-6

_MITRE_LIMIT = 2.0


def _section(contours: Contours) -> Any:
    import manifold3d

    loops = [contours.loop(i) for i in range(len(contours))]
    return manifold3d.CrossSection(loops, manifold3d.FillRule.Positive)


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

    return section.offset(distance_mm, manifold3d.JoinType.Miter, _MITRE_LIMIT, 0)


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


def contour_band(contours: Contours, beam_offset_mm: float) -> ContourBand:
    """Lay a contour into a region and audit it.

    Parameters
    ----------
    contours : Contours
        The region: winding number ≥ 1.
    beam_offset_mm : float
        From the boundary to the contour's centre line.

    """
    section = _section(contours)
    area = section.area()
    inner = _shifted(section, -beam_offset_mm)
    reached = _shifted(inner, beam_offset_mm)
    lost = (section - reached).area()
    if lost <= _NOISE_MM2:
        lost = 0.0
    return ContourBand(area_mm2=area, path=_contours(inner), lost_mm2=lost, region=_contours(section))
