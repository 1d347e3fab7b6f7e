"""One part in one layer: which of its regions is exposed how, in which order, and the audit of its area."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.angles import Angles, scan_angle_deg
from amprep.hatching.audit import core_gaps_mm2, lost_loops
from amprep.hatching.edges import NO_EDGES, Edges, thin_edges
from amprep.hatching.ordering import minimise_jumps
from amprep.hatching.patterns import Pattern, lay_pattern
from amprep.kernels.areas import signed_area
from amprep.kernels.offset import offset_raw
from amprep.model.exposure import AGAIN
from amprep.model.layer import Contours
from amprep.model.scan import LayerAreas, Region
from amprep.model.skins import Skins
from amprep.polygons import SAME_AREA, contour_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from amprep.hatching.patterns import Hatch
    from amprep.model.exposure import HatchExposure
    from amprep.model.process import ProcessProfile
    from amprep.polygons import ContourBand

__all__ = [
    "NOTHING",
    "Division",
    "Exposed",
    "Surroundings",
    "closed_paths",
    "expose",
    "hatch_angle_deg",
    "lost_regions",
]


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """Vectors of one part in one layer.

    segments : (N, 4) float32, mm
        In firing order.
    region : (N,) uint8
        `Region`, `AGAIN` more where it is exposed once more.
    """

    segments: NDArray[np.float32]
    region: NDArray[np.uint8]
    areas: LayerAreas
    bodies_overlap: bool
    cavity_sticks_out: bool = False
    """Somewhere a cavity has no material around it; nothing is exposed there."""
    lost_places: NDArray[np.float64] = field(default_factory=lambda: NO_EDGES.lost)
    """(N, 4) float64: x and y in mm, area in mm², mean width in mm of places too thin, the largest first."""
    jumps_saved_mm: float = 0.0
    """By how much the order of stripes and islands made the jumps between them shorter."""


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A part's cross-section, divided by what lies above and below.

    region : Contours
        What is exposed, clean loops: less than the cross-section where z-compensation left something out.
    skins : Skins
    grown : Skins
        The skins with their overlap into the core, as raw curves.
    """

    region: Contours
    skins: Skins
    grown: Skins
    compensated_mm2: float = 0.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a part's cross-section, and what the part is."""

    divide: Callable[[Contours], Division] | None = None
    """Skins of the clean region; None where there are none."""
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

_ALONE = Surroundings()
_NONE = Contours(np.empty((0, 2)), np.zeros(1, dtype=np.int64))


def hatch_angle_deg(hatch: HatchExposure, layer_index: int, gas_flow_deg: float | None = None) -> float:
    """Direction of the scan vectors in a layer, from +x; it depends on the layer's index alone."""
    angles = Angles(
        hatch.start_angle_deg.value,
        hatch.rotation_deg.value,
        hatch.angles_deg.value,
        gas_flow_deg,
        hatch.gas_window_deg.value,
    )
    return scan_angle_deg(angles, layer_index)


def expose(
    contours: Contours,
    process: ProcessProfile,
    layer_index: int,
    *,
    even_odd: bool = False,
    around: Surroundings = _ALONE,
) -> Exposed:
    """Contours and hatches of one part's cross-section.

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
    area = signed_area(contours.points, contours.offsets)
    offset_mm = process.contour.beam_offset_mm.value
    band = contour_band(contours, offset_mm, even_odd=even_odd)
    sliced_mm2 = band.area_mm2
    division = _undivided(band.region) if around.divide is None else around.divide(band.region)
    if division.compensated_mm2 > 0.0:
        band = contour_band(division.region, offset_mm)
    hatching = _Hatching(process, layer_index, around, band)
    hatched = hatching.all_of(division)
    contour = Region.SUPPORT_CONTOUR if around.is_support else Region.CONTOUR
    edges = _edges(band, process)
    ways = [(closed_paths(band.path), int(contour)), (edges.segments, int(Region.EDGE))]
    vectors = [(hatch.segments, int(region)) for region, hatch, _ in hatched]
    vectors = vectors + ways if process.contour_order.value == "last" else ways + vectors
    segments, regions = _with_repetitions(vectors, process)
    return Exposed(
        segments=segments,
        region=regions,
        areas=hatching.audit(sliced_mm2, division, edges, hatched),
        lost_places=edges.lost,
        bodies_overlap=sliced_mm2 < area - SAME_AREA * max(area, 1.0),
        cavity_sticks_out=not even_odd and sliced_mm2 > area + SAME_AREA * max(area, 1.0),
        jumps_saved_mm=sum(saved for _, _, saved in hatched),
    )


def _edges(band: ContourBand, process: ProcessProfile) -> Edges:
    """Tracks through what is too thin for the contour."""
    if band.lost_mm2 == 0.0:
        return NO_EDGES
    if process.edge.exposed.value == "no":
        return replace(NO_EDGES, lost_mm2=band.lost_mm2)
    return thin_edges(
        band,
        beam_offset_mm=process.contour.beam_offset_mm.value,
        min_width_mm=process.edge.min_width_mm.value,
    )


def _undivided(region: Contours) -> Division:
    none = Skins(_NONE, _NONE)
    return Division(region, none, none)


@dataclass(frozen=True, slots=True)
class _Hatching:
    """The hatches of a cross-section."""

    process: ProcessProfile
    layer_index: int
    around: Surroundings
    band: ContourBand

    def all_of(self, division: Division) -> list[tuple[Region, Hatch, float]]:
        """Region, hatch and saved jumps of each region that there is: what lies on powder first."""
        if self.around.is_support:
            return [self._of(Region.SUPPORT)]
        skins, grown = division.skins, division.grown
        up, down = skins.upskin, skins.downskin
        found = []
        if len(down):
            found.append(self._of(Region.DOWNSKIN, inside=grown.downskin, outside=(up,), proper=down))
        found.append(self._of(Region.CORE, outside=tuple(skin for skin in (up, down) if len(skin))))
        if len(up):
            found.append(self._of(Region.UPSKIN, inside=grown.upskin, outside=(down,), proper=up))
        return found

    def _of(
        self,
        region: Region,
        *,
        inside: Contours | None = None,
        outside: tuple[Contours, ...] = (),
        proper: Contours | None = None,
    ) -> tuple[Region, Hatch, float]:
        exposure = self.process.hatch(region)
        raw, raw_offsets = offset_raw(
            self.band.region.points, self.band.region.offsets, exposure.beam_offset_mm.value
        )
        hatch = lay_pattern(
            raw, raw_offsets, self._pattern(exposure), inside=inside, outside=outside, proper=proper
        )
        if exposure.cell_order.value != "shortest" or len(hatch.block_offsets) < 3:
            return region, hatch, 0.0
        ordered = minimise_jumps(hatch.segments, hatch.block_offsets)
        return region, hatch.with_segments(ordered.segments), ordered.gain_mm

    def _pattern(self, exposure: HatchExposure) -> Pattern:
        gas = self.around.gas_flow_deg
        kind, cell_mm = exposure.pattern.value, exposure.cell_mm
        # Neighbouring islands differ, so that the grid is the same again after a few of them.
        shift = self.layer_index * exposure.cell_shift_mm.value
        if np.isfinite(cell_mm):
            shift = float(np.fmod(shift, 6.0 * cell_mm))
        return Pattern(
            kind,
            hatch_angle_deg(exposure, self.layer_index, gas),
            exposure.hatch_distance_mm.value,
            cell_mm,
            exposure.stripe_overlap_mm.value,
            (shift, 0.0 if kind == "stripes" else shift),
            self.around.anchor_mm if exposure.anchor.value == "part" else (0.0, 0.0),
            gas if exposure.cell_order.value == "against_gas" else None,
        )

    def audit(
        self, sliced_mm2: float, division: Division, edges: Edges, hatched: list[tuple[Region, Hatch, float]]
    ) -> LayerAreas:
        """Where the area went.

        A line stands for a strip as wide as the hatch distance; in a wall thinner than that, for the wall.
        """
        exposed = max(0.0, sliced_mm2 - division.compensated_mm2 - self.band.lost_mm2)
        first = Region.SUPPORT if self.around.is_support else Region.CORE
        angle_deg = hatch_angle_deg(self.process.hatch(first), self.layer_index, self.around.gas_flow_deg)
        gap = min(
            core_gaps_mm2(self.band.region, self.process.contour, self.process.hatch(first), angle_deg),
            exposed,
        )
        exposed -= gap
        lines = shorts = 0.0
        for region, hatch, _ in hatched:
            distance_mm = self.process.hatch(region).hatch_distance_mm.value
            lines += (hatch.line_mm - hatch.overlap_mm) * distance_mm
            shorts += hatch.short_mm * distance_mm
        filled = min(lines, exposed)
        short = min(shorts, exposed - filled)
        return LayerAreas(
            sliced_mm2=sliced_mm2,
            hatched_mm2=filled,
            contoured_mm2=exposed - filled - short,
            lost_thin_mm2=edges.lost_mm2,
            edged_mm2=edges.exposed_mm2,
            lost_short_mm2=short,
            lost_gap_mm2=gap,
            compensated_mm2=division.compensated_mm2,
        )


def _with_repetitions(
    vectors: list[tuple[NDArray[np.float32], int]], process: ProcessProfile
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """All vectors and their regions, with those that are exposed once more."""
    before: list[tuple[NDArray[np.float32], int]] = []
    after: list[tuple[NDArray[np.float32], int]] = []
    for again in process.reexposures:
        chosen = [(rows, region + AGAIN) for rows, region in vectors if Region(region).key in again.regions]
        (before if again.when == "before" else after).extend(chosen)
    every = before + vectors + after
    return (
        np.concatenate([rows for rows, _ in every]),
        np.concatenate([np.full(len(rows), region, dtype=np.uint8) for rows, region in every]),
    )


def lost_regions(
    contours: Contours,
    process: ProcessProfile,
    layer_index: int,
    *,
    even_odd: bool = False,
    around: Surroundings = _ALONE,
) -> Contours:
    """Where the area lies that `expose` reports as lost, as loops; parameters as there.

    Too thin or too pointed for the contour, and behind its band further than the hatch distance from every
    hatch line.
    """
    exposed = expose(contours, process, layer_index, even_odd=even_odd, around=around)
    if not exposed.areas.lost_mm2 > 0:
        return _NONE
    band = contour_band(contours, process.contour.beam_offset_mm.value, even_odd=even_odd)
    region = band.region if around.divide is None else around.divide(band.region).region
    is_hatch = np.isin(exposed.region, [one for one in Region if one.is_hatch])
    is_edge = exposed.region == Region.EDGE
    return lost_loops(
        region, exposed.areas, exposed.segments[is_hatch], process, edges=exposed.segments[is_edge]
    )


def closed_paths(contours: Contours) -> NDArray[np.float32]:
    """(N, 4) float32, mm: one vector per edge, loop after loop, each loop closed to its first point."""
    points = contours.points.astype(np.float32)
    following = np.arange(1, len(points) + 1)
    following[contours.offsets[1:] - 1] = contours.offsets[:-1]
    segments = (
        np.concatenate([points, points[following]], axis=1) if len(points) else np.empty((0, 4), np.float32)
    )
    longer = (segments[:, 0] != segments[:, 2]) | (segments[:, 1] != segments[:, 3])
    return segments if longer.all() else np.ascontiguousarray(segments[longer])
