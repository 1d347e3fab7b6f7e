"""The contours and edges of one part in one layer, each piece with the region that it exposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.contours import contour_paths, contour_vectors, cut_by_skins
from amprep.hatching.edges import Edges, no_edges, thin_edges
from amprep.hatching.filters import simplify_loops
from amprep.model.scan import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.hatching.division import Surroundings
    from amprep.model.layer import Contours
    from amprep.model.process import ProcessProfile
    from amprep.model.skins import Skins
    from amprep.polygons import ContourBand

__all__ = ["Paths", "Traced", "paths_of", "trace"]

#: Region of a piece of contour by what it belongs to: core, upskin, downskin.
_REGIONS = np.array([Region.CONTOUR, Region.UPSKIN_CONTOUR, Region.DOWNSKIN_CONTOUR], dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """The contours' centre lines, the outermost first, and what merging their points changed."""

    contours: list[Contours]
    merged_points: int = 0
    merged_mm2: float = 0.0
    """By how much the enclosed area grew."""


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """Vectors along contours and thin walls.

    segments : (N, 4) float32, mm
    region : (N,) uint8
    """

    segments: NDArray[np.float32]
    region: NDArray[np.uint8]
    edges: Edges


def paths_of(band: ContourBand, process: ProcessProfile) -> Paths:
    """Where the contours of a region run."""
    contour = process.contour
    paths = contour_paths(
        band,
        beam_offset_mm=contour.beam_offset_mm.value,
        count=int(contour.count.value),
        distance_mm=contour.distance_mm.value,
        corners=contour.corners.value,
    )
    tolerance_mm = process.filters.collinear_mm.value
    if tolerance_mm == 0.0:
        return Paths(paths)
    simple = [simplify_loops(path, tolerance_mm=tolerance_mm) for path in paths]
    return Paths(
        [one.contours for one in simple],
        sum(one.count for one in simple),
        sum(one.area_mm2 for one in simple),
    )


def trace(
    band: ContourBand,
    paths: Sequence[Contours],
    skins: Skins,
    process: ProcessProfile,
    layer_index: int,
    *,
    around: Surroundings,
    from_xy_mm: tuple[float, float],
) -> Traced:
    """Go along contours and thin walls, the nearest next.

    Parameters
    ----------
    band : ContourBand
        What is exposed.
    paths : sequence of Contours
        Of `paths_of`.
    skins : Skins
        Where contours take the exposure of a skin.
    from_xy_mm : (float, float)
        Where the beam is before.

    """
    contour = process.contour
    made = contour_vectors(
        paths,
        direction=contour.direction.value,
        start=contour.start.value,
        order=contour.sequence.value,
        from_xy_mm=from_xy_mm,
        gas_angle_deg=around.gas_flow_deg or 0.0,
        layer_index=layer_index,
    ).segments
    if around.is_support:
        region = np.full(len(made), Region.SUPPORT_CONTOUR, dtype=np.uint8)
    else:
        made, label, _ = cut_by_skins(made, skins.upskin, skins.downskin)
        region = _REGIONS[label]
    if len(made):
        from_xy_mm = (float(made[-1, 2]), float(made[-1, 3]))
    edges = _edges(band, process, around, from_xy_mm)
    if not len(edges.offsets) > 1:
        return Traced(made, region, edges)
    tracks = edges.segments
    number = Region.SUPPORT_CONTOUR if around.is_support else Region.EDGE
    return Traced(
        np.concatenate([made, tracks]),
        np.concatenate([region, np.full(len(tracks), number, dtype=np.uint8)]),
        edges,
    )


def _edges(
    band: ContourBand, process: ProcessProfile, around: Surroundings, from_xy_mm: tuple[float, float]
) -> Edges:
    """Tracks through what is too thin for the contour."""
    offset_mm = process.outermost_mm(around.main_region)
    if process.edge.exposed.value == "no":
        return no_edges(band, beam_offset_mm=offset_mm)
    return thin_edges(
        band,
        beam_offset_mm=offset_mm,
        min_width_mm=process.edge.min_width_mm.value,
        from_xy_mm=from_xy_mm,
        last=around.last,
    )
