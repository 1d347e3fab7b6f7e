"""What of a region is exposed by nothing: how much it is, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.concentric import restricted_region
from amprep.kernels.areas import loop_sizes
from amprep.kernels.gaps import core_gap_mm2
from amprep.model.layer import Contours
from amprep.polygons import (
    contours_of,
    inset_path,
    is_thicker,
    loop_measures,
    lost_of_band,
    lost_to_contour,
    opening_leaves,
    outside_of_strips,
    raw_inset,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from amprep.hatching.division import Surroundings
    from amprep.hatching.lines import WholeLines
    from amprep.model.exposure import ContourExposure, HatchExposure
    from amprep.model.process import ProcessProfile
    from amprep.model.scan import LayerAreas, Region
    from amprep.polygons import ContourBand

__all__ = ["band_mm", "core_gaps_mm2", "gapless_mm", "gaps_between_contours", "lost_loops"]

#: Smaller loops are what rounding leaves.
_NOISE_MM2 = 1e-6

#: Between and instead of hatch lines, less than this is not looked for.
_DRAWN_MM2 = 1e-5

#: Of places on a platform that are stored as float32.
_ROUNDING_MM = 5e-5

#: Strips that make up the round end of a line: how far they reach ahead and to the side, in its radius.
_ROUND_ENDS = ((0.98, 0.20), (0.83, 0.56), (0.56, 0.83))

#: Patterns whose lines meet others of another direction.
_TURNING = ("concentric", "chess", "hexagon")

#: Hatch lines up to which gaps between them are drawn; uniting more takes longer than a picture may.
_MOST_LINES = 30_000


def band_mm(contour: ContourExposure) -> float:
    """How far the contours reach from the boundary: the innermost one's line and half its width."""
    return 2.0 * contour.beam_offset_mm.value + contour.inner_mm


def gapless_mm(contour: ContourExposure, hatch: HatchExposure) -> float:
    """Distance of `is_thicker` from which on no gaps can be between the lines of the core; 0 for none.

    Without contours there is no such distance: along a side that runs as the lines do the last line may lie
    nearly a hatch distance from where lines end.
    """
    if not contour.count.value:
        return 0.0
    return band_mm(contour) + hatch.hatch_distance_mm.value


def core_gaps_mm2(
    band: ContourBand,
    contour: ContourExposure,
    hatch: HatchExposure,
    lines: Sequence[WholeLines],
    *,
    around: Surroundings,
    inside: Contours | None = None,
    outside: Sequence[Contours] = (),
) -> float:
    """Area behind the band of the contours that no hatch line comes near, in mm².

    Where the region is thicker everywhere than the bands on both sides and two hatch distances, and has no
    pointed tips, every place of the core has a line beside it. Without contours that is asked of the
    whole region, and lines reach a hatch distance beyond their ends.

    Parameters
    ----------
    band : ContourBand
        Asked about the distance of `gapless_mm`.
    lines : sequence of WholeLines
        In each direction; each has its share of the islands. None for curves along the boundary, which leave
        no place that lines miss.
    around : Surroundings
    inside : Contours, optional
        Asked of this part of the region alone, clean loops: a skin with a hatch of its own.
    outside : sequence of Contours
        Not asked of these skins.

    """
    region, distance_mm = band.region, hatch.hatch_distance_mm.value
    unfilled_mm2 = reach_mm = 0.0
    if contour.count.value:
        is_thick = band.is_thick
        if is_thick is None:
            is_thick = is_thicker(region, gapless_mm(contour, hatch))
        if is_thick:
            return 0.0
        # Of the contours alone; asked once, for the region that no skin bounds.
        gaps = gaps_between_contours(region, contour, hatch) if inside is None else []
        unfilled_mm2 = sum(float(np.sum(loop_measures(gap)[0])) for gap in gaps)
        core, core_offsets = around.inset(region, band_mm(contour), corners=contour.corners.value)
    else:
        reached = without(region, lost_of_band(band, hatch.beam_offset_mm.value))
        core, core_offsets, reach_mm = reached.points, reached.offsets, distance_mm
    if inside is not None or outside:
        core, core_offsets = restricted_region(core, core_offsets, inside=inside, outside=outside)
    if not len(core):
        return unfilled_mm2
    gap_mm2 = core_mm2 = 0.0
    for one in lines:
        scan = (one.pieces, one.runs, one.group_runs)
        seen = core if one.origin_mm == (0.0, 0.0) else core - one.origin_mm
        found_mm2 = core_gap_mm2(
            seen, core_offsets, scan, angle_rad=one.angle_rad, distance_mm=distance_mm, reach_mm=reach_mm
        )
        gap_mm2, core_mm2 = gap_mm2 + found_mm2[0], core_mm2 + found_mm2[1]
    if core_mm2 == 0.0 and reach_mm == 0.0 and inside is None and not outside:
        around.doubt(region, band_mm(contour), corners=contour.corners.value)
    return gap_mm2 / max(1, len(lines)) + unfilled_mm2


def gaps_between_contours(region: Contours, contour: ContourExposure, hatch: HatchExposure) -> list[Contours]:
    """What stays free where a wall has no room for the next contour, as clean loops.

    Behind the band of a contour lies what the next ones and the hatch are for. The next contour runs
    `distance - offset` further inside; what its band does not reach of the rest, only a hatch reaches that
    begins outside of the innermost contour.
    """
    offset_mm, distance_mm = contour.beam_offset_mm.value, contour.distance_mm.value
    gaps = []
    for number in range(1, int(contour.count.value) if distance_mm > offset_mm else 1):
        rest = inset_path(region, 2.0 * offset_mm + (number - 1) * distance_mm)
        if not len(rest):
            break
        gaps.append(opening_leaves(rest, distance_mm - offset_mm))
    gaps = [gap for gap in gaps if len(gap)]
    if gaps and hatch.beam_offset_mm.value < offset_mm:
        begin_mm = hatch.beam_offset_mm.value + contour.inner_mm
        hatched = inset_path(region, begin_mm)
        gaps = [without(gap, hatched) for gap in gaps]
    return [gap for gap in gaps if len(gap)]


def lost_loops(
    region: Contours,
    areas: LayerAreas,
    lines: Mapping[Region, NDArray[np.float32]],
    process: ProcessProfile,
    *,
    edges: NDArray[np.float32],
    main: Region,
) -> Contours:
    """Where the area lies that a layer's audit reports as lost, as loops.

    Parameters
    ----------
    region : Contours
        What was to be exposed.
    areas : LayerAreas
    lines : dict of Region and (N, 4) float32, mm
        The hatch vectors of the layer, by what they expose.
    process : ProcessProfile
    edges : (E, 4) float32, mm
        The vectors along thin walls; they stand for strips as wide as the widest wall that gets one.
    main : Region
        Core or support.

    """
    found = []
    if areas.lost_thin_mm2 > 0:
        offset_mm = process.outermost_mm(main)
        thin = lost_to_contour(region, offset_mm)
        # Rounding of the tracks must leave no line along a wall that is just as wide.
        strips = (_drawn_out(edges, offset_mm), offset_mm + _ROUNDING_MM)
        found.append(outside_of_strips(thin, *strips) if len(edges) else thin)
    # Where a filter dropped vectors no line is left, as in a gap.
    many = sum(map(len, lines.values()))
    if areas.lost_gap_mm2 + areas.lost_short_mm2 > _DRAWN_MM2 and many <= _MOST_LINES:
        contour, hatch = process.contour, process.hatch(main)
        if contour.count.value:
            # Clean, as nothing trims its curves where no line is near.
            raw = raw_inset(region, band_mm(contour), corners=contour.corners.value)
            left = Contours(*restricted_region(*raw, inside=None, outside=()))
        else:
            left = without(region, lost_to_contour(region, hatch.beam_offset_mm.value))
        for kind, rows in lines.items():
            left = _outside_of_lines(left, rows, process.hatch(kind), has_contour=contour.count.value > 0)
        found.append(left)
        found += gaps_between_contours(region, contour, hatch)
    return contours_of([loop for one in found for loop in _loops_above_noise(one)])


def _outside_of_lines(
    left: Contours, lines: NDArray[np.float32], hatch: HatchExposure, *, has_contour: bool
) -> Contours:
    """What of a region lies further than the hatch distance from each line of a hatch."""
    distance_mm = hatch.hatch_distance_mm.value
    if not has_contour:
        left = _outside_of_round_ends(left, lines, distance_mm)
    left = outside_of_strips(left, lines, distance_mm)
    if has_contour and hatch.pattern.value in _TURNING:
        left = _outside_of_bends(left, lines, distance_mm)
    return left


def _loops_above_noise(contours: Contours) -> list[NDArray[np.float64]]:
    """Loops that are no trace of rounding: neither tiny, nor long and thinner than places are exact."""
    areas_mm2, lengths_mm, _ = loop_sizes(contours.points, contours.offsets)
    least_mm2 = np.maximum(_NOISE_MM2, _ROUNDING_MM * lengths_mm / 2)
    return [contours.loop(i) for i in np.flatnonzero(np.abs(areas_mm2) > least_mm2).tolist()]


def _outside_of_bends(left: Contours, lines: NDArray[np.float32], distance_mm: float) -> Contours:
    """What of a region no end of a line reaches either: at bends and where islands meet wedges are left."""
    left = contours_of(_loops_above_noise(left))
    if not len(left):
        return left
    # Ends whose cell touches one with a corner of the region: no others are near.
    cells = {
        (x + dx, y + dy)
        for x, y in np.floor(left.points / distance_mm).astype(np.int64).tolist()
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    }
    ends = np.floor(lines.reshape(-1, 2) / distance_mm).astype(np.int64).tolist()
    near = np.array([tuple(end) in cells for end in ends], dtype=np.bool_).reshape(-1, 2).any(axis=1)
    return _outside_of_round_ends(left, lines[near], distance_mm)


def _outside_of_round_ends(region: Contours, lines: NDArray[np.float32], distance_mm: float) -> Contours:
    """What of a region the ends of lines do not reach, which are round."""
    for along, across in _ROUND_ENDS:
        region = outside_of_strips(region, _drawn_out(lines, along * distance_mm), across * distance_mm)
    return region


def _drawn_out(lines: NDArray[np.float32], by_mm: float) -> NDArray[np.float32]:
    """(N, 4) float32, mm: vectors made longer at both ends."""
    way = lines[:, 2:] - lines[:, :2]
    way *= by_mm / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-12)[:, None]
    return np.concatenate([lines[:, :2] - way, lines[:, 2:] + way], axis=1)
