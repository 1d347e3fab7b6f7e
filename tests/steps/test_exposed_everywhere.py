"""Oracle: shapely's union of all that vectors stand for; what of a section it leaves over."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.affinity

from amprep.exposure_rules import with_values
from amprep.hatching.exposing import expose
from amprep.model.layer import Contours
from amprep.model.scan import Region
from amprep.profiles import find_process_by_id

BEAM_MM = 0.05
H_MM = 0.1


def process_of(*values):
    known = [("upskin", "layers", 0), ("downskin", "layers", 0), ("core", "gas_window_deg", 0.0)]
    return with_values(find_process_by_id("m400_4_316l_40um"), [*known, *values])


def loops_of(body):
    loops = []
    for one in shapely.get_parts(body):
        oriented = shapely.geometry.polygon.orient(one)
        loops += [np.array(ring.coords)[:-1] for ring in (oriented.exterior, *oriented.interiors)]
    return Contours(np.concatenate(loops), np.cumsum([0, *map(len, loops)]))


def unexposed(body, exposed, reach_mm):
    """What of a section lies further than a reach from every hatch line, and outside of the contours."""
    lines = shapely.linestrings(exposed.segments.astype(np.float64).reshape(-1, 2, 2))
    is_hatch = np.isin(exposed.region, [one for one in Region if one.is_hatch])
    tracks = shapely.buffer(lines[~is_hatch], 1.01 * BEAM_MM)
    strips = shapely.buffer(lines[is_hatch], reach_mm, cap_style="flat")
    return body.difference(shapely.union_all([*tracks, *strips]))


@pytest.mark.parametrize("corners", ["mitre", "round"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_hatch_goes_round_corners_as_the_contours_do(corners, count):
    """A mitre reaches further than a round corner: between the two nothing would be exposed."""
    angle = 2.0 * np.pi * np.arange(24) / 24
    star = np.where(np.arange(24) % 2, 2.0, 2.5)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    body = shapely.box(-5, -5, 5, 5).difference(shapely.Polygon(star))
    values = [("corners", corners), ("count", count), ("distance_mm", 0.1), ("beam_offset_mm", BEAM_MM)]
    process = process_of(*(("contour", *value) for value in values), ("core", "hatch_distance_mm", 0.02))
    exposed = expose(loops_of(body), process, 0)
    inner = body.intersection(shapely.box(-4, -4, 4, 4))
    assert unexposed(inner, exposed, 0.02).area < 0.02, "mm²"


@pytest.mark.parametrize("corner_deg", [3.0, 6.0, 12.0, 25.0, 45.0, 58.0])
@pytest.mark.parametrize("angle_deg", [0.0, 40.0, 85.0])
def test_concentric_curves_reach_into_sharp_corners(corner_deg, angle_deg):
    """A curve with a mitre ends far from the tip of a sharp corner."""
    half = np.radians(0.5 * corner_deg)
    body = shapely.Polygon(
        [(0, 0), (9 * np.cos(half), -9 * np.sin(half)), (9 * np.cos(half), 9 * np.sin(half))]
    )
    body = shapely.affinity.rotate(body, angle_deg, origin=(0, 0))
    process = process_of(("core", "pattern", "concentric"), ("core", "start_angle_deg", 0.0))
    exposed = expose(loops_of(body), process, 0)
    behind_contours = body.buffer(-2.0 * BEAM_MM)
    left = unexposed(behind_contours, exposed, 0.75 * H_MM)
    assert max(shapely.area(shapely.get_parts(left)), default=0.0) < H_MM**2, "mm²"


@pytest.mark.parametrize("angle_deg", np.arange(3.0, 180.0, 15.0).tolist())
def test_concentric_fills_walls_that_run_into_each_other(angle_deg):
    """What is left in the middle of both is crossed by lines of different directions."""
    at = 2.6 * np.arange(4)
    lines = [((x, 0.0), (x, at[-1])) for x in at] + [((0.0, y), (at[-1], y)) for y in at]
    body = shapely.union_all(shapely.buffer(shapely.linestrings(lines), 0.14, cap_style="square"))
    values = [("pattern", "concentric"), ("start_angle_deg", angle_deg), ("hatch_distance_mm", 0.14)]
    process = process_of(*(("core", *value) for value in values), ("core", "beam_offset_mm", 0.1))
    left = unexposed(body.buffer(-0.101, join_style="mitre"), expose(loops_of(body), process, 0), 0.14)
    assert max(shapely.area(shapely.get_parts(left)), default=0.0) < 1.5 * 0.14**2, "mm²"


@pytest.mark.parametrize(("pattern", "share"), [("meander", 1.0), ("chess", 0.5), ("concentric", 0.0)])
def test_gaps_in_narrow_walls_are_those_of_the_pattern(pattern, share):
    """Lines along a wall may miss its core; in a chess pattern half of the islands have such lines."""
    process = process_of(
        ("core", "pattern", pattern),
        ("core", "start_angle_deg", 90.0),
        ("core", "hatch_distance_mm", 0.14),
        ("core", "beam_offset_mm", 0.1),
    )
    body = shapely.box(0.0, 0.0, 0.28, 40.0)
    exposed = expose(loops_of(body), process, 0)
    left = unexposed(body.buffer(-0.101, join_style="mitre"), exposed, 0.14).area
    core_mm2 = 0.08 * 39.8
    assert left == pytest.approx(share * core_mm2, abs=0.1 * core_mm2), "mm²"
    assert exposed.areas.lost_gap_mm2 == pytest.approx(left, abs=0.15 * core_mm2), "mm²"
