"""One part in one layer: which of its regions is exposed how, in which order, and the audit of its area."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.audit import core_gaps_mm2, gapless_mm, lost_loops
from amprep.hatching.division import ALONE, Division, Surroundings, undivided
from amprep.hatching.edges import NO_EDGES
from amprep.hatching.filling import FilledRegion, Filling
from amprep.hatching.tracing import paths_of, trace
from amprep.kernels.areas import signed_area
from amprep.model.exposure import AGAIN
from amprep.model.scan import NOT_FILTERED, FilterSums, LayerAreas, Region
from amprep.polygons import NO_CONTOURS, SAME_AREA, are_same, contour_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.hatching.division import LastLayer
    from amprep.hatching.edges import Edges
    from amprep.hatching.tracing import Paths
    from amprep.model.exposure import HatchExposure
    from amprep.model.layer import Contours
    from amprep.model.process import ProcessProfile
    from amprep.polygons import ContourBand

__all__ = ["NOTHING", "Exposed", "expose", "lost_regions"]


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
    tracks: NDArray[np.float32] = field(default_factory=lambda: NO_EDGES.segments)
    """(E, 4) float32, mm: those of the vectors that run along thin walls, each once."""
    jumps_saved_mm: float = 0.0
    """By how much the order of stripes and islands made the jumps between them shorter."""
    filtered: FilterSums = NOT_FILTERED


NOTHING = Exposed(
    segments=np.empty((0, 4), dtype=np.float32),
    region=np.empty(0, dtype=np.uint8),
    areas=LayerAreas(0.0, 0.0, 0.0, 0.0, 0.0),
    bodies_overlap=False,
)


def expose(
    contours: Contours,
    process: ProcessProfile,
    layer_index: int,
    *,
    even_odd: bool = False,
    around: Surroundings = ALONE,
) -> Exposed:
    """Contours and hatches of one part's cross-section.

    Parameters
    ----------
    contours : Contours
        Loops of the part in this layer, platform coordinates; the region is where the winding number is
        1 or more.
    process : ProcessProfile
    layer_index : int
    even_odd : bool
        The region is where the winding number is odd instead: overlaps of bodies are left out.
    around : Surroundings
        Where skins are, which way the gas flows, and what the part is.

    """
    if len(contours) == 0:
        return NOTHING
    main = around.main_region
    offset_mm = process.outermost_mm(main)
    kinds = (main,) if around.divide is None else (main, Region.UPSKIN, Region.DOWNSKIN)
    asked_mm = max(gapless_mm(process.contour, process.hatch(one)) for one in kinds)
    band = _band_of(contours, offset_mm, even_odd=even_odd, asked_mm=asked_mm, last=around.last)
    sliced_mm2 = band.area_mm2
    area = sliced_mm2 if band.region is contours else signed_area(contours.points, contours.offsets)
    division = undivided(band.region) if around.divide is None else around.divide(band.region)
    if division.compensated_mm2 > 0.0:
        band = contour_band(division.region, offset_mm, asked_mm=asked_mm)
    paths = paths_of(band, process)
    own = {} if band.is_thick else _with_own_lines(division, process, main)
    asked = frozenset() if band.is_thick else frozenset([main, *own])
    filling = Filling(process, layer_index, around, band.region, paths.contours, keeps_lines=asked)
    filled = filling.all_of(division)
    hatches = [(one.segments, np.full(len(one.segments), one.region, dtype=np.uint8)) for one in filled]
    is_last = process.contour_order.value == "last"
    ends = [rows[-1, 2:].tolist() for rows, _ in hatches if len(rows)]
    traced = trace(
        band,
        paths.contours,
        division.skins,
        process,
        layer_index,
        around=around,
        from_xy_mm=tuple(ends[-1]) if is_last and ends else (0.0, 0.0),
    )
    gaps_mm2 = _gaps_mm2(band, filled, process, own, around)
    way = [(traced.segments, traced.region)]
    segments, regions = _with_repetitions(hatches + way if is_last else way + hatches, process)
    return Exposed(
        segments=segments,
        region=regions,
        areas=_audit(
            sliced_mm2,
            division,
            traced.edges,
            filled,
            gaps_mm2,
            has_contour=process.contour.count.value > 0,
        ),
        lost_places=traced.edges.lost,
        tracks=traced.edges.segments,
        bodies_overlap=sliced_mm2 < area - SAME_AREA * max(area, 1.0),
        cavity_sticks_out=not even_odd and sliced_mm2 > area + SAME_AREA * max(area, 1.0),
        jumps_saved_mm=sum(one.jumps_saved_mm for one in filled),
        filtered=_filtered(filled, paths),
    )


def _band_of(
    contours: Contours, offset_mm: float, *, even_odd: bool, asked_mm: float, last: LastLayer | None
) -> ContourBand:
    """The contour of a layer; that of the layer before, where it has the same cross-section."""
    rule = (offset_mm, even_odd, asked_mm)
    known = None if last is None else last.band
    if known is not None and known[1] == rule and are_same(known[0], contours):
        return known[2]
    band = contour_band(contours, offset_mm, even_odd=even_odd, asked_mm=asked_mm)
    if last is not None:
        last.band = contours, rule, band
    return band


def _gaps_mm2(
    band: ContourBand,
    filled: list[FilledRegion],
    process: ProcessProfile,
    own: dict[Region, Contours],
    around: Surroundings,
) -> float:
    """Area between hatch lines that nothing comes near: each skin with lines of its own for itself."""
    if band.is_thick:
        return 0.0
    found = 0.0
    for one in filled:
        if one.region in own or one.region is around.main_region:
            found += core_gaps_mm2(
                band,
                process.contour,
                process.hatch(one.region),
                one.lines,
                around=around,
                inside=own.get(one.region),
                outside=() if one.region in own else tuple(own.values()),
            )
    return found


def _with_own_lines(division: Division, process: ProcessProfile, main: Region) -> dict[Region, Contours]:
    """Skins whose lines lie elsewhere than those of the core."""
    skins = {Region.UPSKIN: division.skins.upskin, Region.DOWNSKIN: division.skins.downskin}
    core = process.hatch(main)
    return {
        one: skin for one, skin in skins.items() if len(skin) and not _lie_alike(process.hatch(one), core)
    }


def _lie_alike(one: HatchExposure, other: HatchExposure) -> bool:
    """Whether two hatches have lines in the same places, wherever their vectors begin and end."""
    return all(
        getattr(one, name).value == getattr(other, name).value
        for name in (
            "pattern",
            "hatch_distance_mm",
            "beam_offset_mm",
            "start_angle_deg",
            "rotation_deg",
            "angles_deg",
            "gas_window_deg",
            "anchor",
            "cell_shift_mm",
        )
    )


def _audit(
    sliced_mm2: float,
    division: Division,
    edges: Edges,
    filled: list[FilledRegion],
    gaps_mm2: float,
    *,
    has_contour: bool,
) -> LayerAreas:
    """Where the area went.

    A line stands for a strip as wide as the hatch distance; in a wall thinner than that, for the wall.
    Without contours the hatch's ends are all that reaches the boundary.
    """
    reached = max(0.0, sliced_mm2 - division.compensated_mm2 - edges.exposed_mm2 - edges.lost_mm2)
    gap = min(gaps_mm2, reached)
    reached -= gap
    hatched = min(sum(one.hatched_mm2 for one in filled), reached)
    short = min(sum(one.short_mm2 for one in filled), reached - hatched)
    contoured = reached - hatched - short
    if not has_contour:
        hatched, contoured = hatched + contoured, 0.0
    return LayerAreas(
        sliced_mm2=sliced_mm2,
        hatched_mm2=hatched,
        contoured_mm2=contoured,
        lost_thin_mm2=edges.lost_mm2,
        edged_mm2=edges.exposed_mm2,
        lost_short_mm2=short,
        lost_gap_mm2=gap,
        compensated_mm2=division.compensated_mm2,
    )


def _filtered(filled: list[FilledRegion], paths: Paths) -> FilterSums:
    """What the filters took and put in, of all regions together."""
    if not paths.merged_points and not any(one.is_filtered for one in filled):
        return NOT_FILTERED
    return FilterSums(
        short_vectors=sum(one.short_vectors for one in filled),
        short_mm=sum(one.dropped_mm for one in filled),
        short_mm2=sum(one.dropped_mm2 for one in filled),
        merged_points=paths.merged_points,
        merged_mm2=paths.merged_mm2,
        filled_mm=sum(one.filled_mm for one in filled),
        filled_mm2=sum(one.filled_mm2 for one in filled),
        merged_vectors=sum(one.merged_vectors for one in filled),
        merged_mm=sum(one.merged_mm for one in filled),
    )


_Vectors = tuple["NDArray[np.float32]", "NDArray[np.uint8]"]


def _with_repetitions(vectors: list[_Vectors], process: ProcessProfile) -> _Vectors:
    """All vectors and their regions, with those that are exposed once more."""
    segments = np.concatenate([rows for rows, _ in vectors])
    region = np.concatenate([regions for _, regions in vectors])
    before: list[_Vectors] = []
    after: list[_Vectors] = []
    for again in process.reexposures:
        wanted = np.isin(region, [one for one in Region if one.key in again.regions])
        repeated = segments[wanted], (region[wanted] + AGAIN).astype(np.uint8)
        (before if again.when == "before" else after).append(repeated)
    if not before and not after:
        return segments, region
    every = [*before, (segments, region), *after]
    return np.concatenate([rows for rows, _ in every]), np.concatenate([regions for _, regions in every])


def lost_regions(
    contours: Contours,
    process: ProcessProfile,
    layer_index: int,
    *,
    even_odd: bool = False,
    around: Surroundings = ALONE,
) -> Contours:
    """Where the area lies that `expose` reports as lost, as loops; parameters as there.

    Too thin or too pointed for the contour, and behind its band further than the hatch distance from every
    hatch line.
    """
    exposed = expose(contours, process, layer_index, even_odd=even_odd, around=around)
    if not exposed.areas.lost_mm2 > 0:
        return NO_CONTOURS
    band = contour_band(contours, process.outermost_mm(around.main_region), even_odd=even_odd)
    region = band.region if around.divide is None else around.divide(band.region).region
    lines = {one: exposed.segments[exposed.region == one] for one in Region if one.is_hatch}
    lines = {one: rows for one, rows in lines.items() if len(rows)}
    return lost_loops(region, exposed.areas, lines, process, edges=exposed.tracks, main=around.main_region)
