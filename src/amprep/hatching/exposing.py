"""One part in one layer: contour and core, in firing order, and the audit of its area."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.patterns import hatch_region
from amprep.kernels.areas import signed_area
from amprep.kernels.offset import offset_raw
from amprep.kernels.scanline import core_gap_mm2
from amprep.model.layer import Contours
from amprep.model.scan import LayerAreas, Region
from amprep.polygons import SAME_AREA, contour_band, is_thicker, lost_to_contour, outside_of_strips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.process import ProcessProfile

__all__ = ["NOTHING", "Exposed", "Surroundings", "expose", "hatch_angle_deg", "lost_regions"]

#: Hatch lines up to which gaps between them are drawn; uniting more takes longer than a picture may.
_MOST_LINES = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """Vectors of one part in one layer.

    segments : (N, 4) float32, mm
        In firing order.
    region : (N,) uint8
    """

    segments: NDArray[np.float32]
    region: NDArray[np.uint8]
    areas: LayerAreas
    bodies_overlap: bool
    cavity_sticks_out: bool = False
    """Somewhere a cavity has no material around it; nothing is exposed there."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a part's cross-section, and what the part is."""

    above: Sequence[Contours] = ()
    """The part in the next layers up, the nearest first; fewer where the part ends."""
    below: Sequence[Contours] = ()
    is_support: bool = False
    anchor_mm: tuple[float, float] = (0.0, 0.0)
    """What patterns lie still on that are anchored to the part."""
    gas_flow_deg: float | None = None
    """Where the gas flows to, from +x; None where it does not matter."""


NOTHING = Exposed(
    segments=np.empty((0, 4), dtype=np.float32),
    region=np.empty(0, dtype=np.uint8),
    areas=LayerAreas(0.0, 0.0, 0.0, 0.0, 0.0),
    bodies_overlap=False,
)


def hatch_angle_deg(process: ProcessProfile, layer_index: int) -> float:
    """Direction of the scan vectors in a layer, from +x; it depends on the layer's index alone."""
    core = process.core
    return math.fmod(core.start_angle_deg.value + layer_index * core.rotation_deg.value, 360.0)


def expose(
    contours: Contours,
    process: ProcessProfile,
    layer_index: int,
    *,
    even_odd: bool = False,
    around: Surroundings | None = None,
) -> Exposed:
    """Contour and hatch of one part's cross-section.

    Parameters
    ----------
    contours : Contours
        Loops of the part in this layer, platform coordinates; the region is where the winding number is
        1 or more.
    even_odd : bool
        The region is where the winding number is odd instead: overlaps of bodies are left out.

    """
    if len(contours) == 0:
        return NOTHING
    core = process.core
    area = signed_area(contours.points, contours.offsets)
    outline = contour_band(contours, process.contour.beam_offset_mm.value, even_odd=even_odd)
    region = outline.region
    raw, raw_offsets = offset_raw(region.points, region.offsets, core.beam_offset_mm.value)
    hatch = hatch_region(
        raw,
        raw_offsets,
        pattern=core.pattern.value,
        angle_deg=hatch_angle_deg(process, layer_index),
        distance_mm=core.hatch_distance_mm.value,
        cell_mm=core.cell_mm,
        overlap_mm=core.stripe_overlap_mm.value,
    )
    pair = [(_closed_paths(outline.path), Region.CONTOUR), (hatch.segments, Region.CORE)]
    if process.contour_order.value == "last":
        pair.reverse()
    # A line stands for a strip as wide as the hatch distance; in a wall thinner than that, for the wall.
    exposed = max(0.0, outline.area_mm2 - outline.lost_mm2)
    gap = min(_core_gap_mm2(region, raw, raw_offsets, process, layer_index), exposed)
    exposed -= gap
    hatched = min(hatch.line_mm * core.hatch_distance_mm.value, exposed)
    short = min(hatch.short_mm * core.hatch_distance_mm.value, exposed - hatched)
    return Exposed(
        segments=np.concatenate([segments for segments, _ in pair]),
        region=np.concatenate([np.full(len(segments), region, dtype=np.uint8) for segments, region in pair]),
        areas=LayerAreas(
            sliced_mm2=outline.area_mm2,
            hatched_mm2=hatched,
            contoured_mm2=exposed - hatched - short,
            lost_thin_mm2=outline.lost_mm2,
            lost_short_mm2=short,
            lost_gap_mm2=gap,
        ),
        bodies_overlap=outline.area_mm2 < area - SAME_AREA * max(area, 1.0),
        cavity_sticks_out=not even_odd and outline.area_mm2 > area + SAME_AREA * max(area, 1.0),
    )


def lost_regions(
    contours: Contours, process: ProcessProfile, layer_index: int, *, even_odd: bool = False
) -> Contours:
    """Where the area lies that `expose` reports as lost, as loops; parameters as there.

    Too thin or too pointed for the contour, and behind its band further than the hatch distance from every
    hatch line.
    """
    beam_offset_mm = process.contour.beam_offset_mm.value
    exposed = expose(contours, process, layer_index, even_odd=even_odd)
    found = []
    if exposed.areas.lost_thin_mm2 > 0:
        found.append(lost_to_contour(contours, beam_offset_mm, even_odd=even_odd))
    lines = exposed.segments[exposed.region == Region.CORE]
    if exposed.areas.lost_gap_mm2 > 0 and len(lines) <= _MOST_LINES:
        region = contour_band(contours, beam_offset_mm, even_odd=even_odd).region
        points, offsets = offset_raw(region.points, region.offsets, 2.0 * beam_offset_mm)
        core = Contours(points, offsets)
        found.append(outside_of_strips(core, lines, process.core.hatch_distance_mm.value))
    sizes = [np.diff(one.offsets) for one in found]
    return Contours(
        np.concatenate([np.empty((0, 2)), *(one.points for one in found)]),
        np.cumsum(np.concatenate([np.zeros(1, dtype=np.int64), *sizes])),
    )


def _core_gap_mm2(
    region: Contours,
    raw: NDArray[np.float64],
    raw_offsets: NDArray[np.int64],
    process: ProcessProfile,
    layer_index: int,
) -> float:
    """Area behind the band of the contour that no hatch line comes near, in mm².

    Where the region is thicker everywhere than the band on both sides and two hatch distances, and has no
    pointed tips, every place of the core has a line beside it.
    """
    band_mm = 2.0 * process.contour.beam_offset_mm.value
    distance_mm = process.core.hatch_distance_mm.value
    if is_thicker(region, band_mm + distance_mm):
        return 0.0
    core, core_offsets = offset_raw(region.points, region.offsets, band_mm)
    angle_rad = math.radians(hatch_angle_deg(process, layer_index))
    gap: float = core_gap_mm2(core, core_offsets, raw, raw_offsets, angle_rad, distance_mm)
    return gap


def _closed_paths(contours: Contours) -> NDArray[np.float32]:
    """(N, 4) float32, mm: one vector per edge, loop after loop, each loop closed to its first point."""
    points = contours.points.astype(np.float32)
    following = np.arange(1, len(points) + 1)
    following[contours.offsets[1:] - 1] = contours.offsets[:-1]
    segments = (
        np.concatenate([points, points[following]], axis=1) if len(points) else np.empty((0, 4), np.float32)
    )
    longer = (segments[:, 0] != segments[:, 2]) | (segments[:, 1] != segments[:, 3])
    return segments if longer.all() else np.ascontiguousarray(segments[longer])
