"""Hatch alone: every place of a wall has a line beside it, is on a single track, or is told as lost."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from amprep.exposure_rules import with_values
from amprep.hatching.exposing import expose, lost_regions
from amprep.kernels.areas import signed_area
from amprep.model.layer import Contours
from amprep.model.scan import Region
from amprep.profiles import find_process_by_id

OFFSET_MM = 0.05
DISTANCE_MM = 0.1

PROCESS = with_values(
    find_process_by_id("m400_4_316l_40um"),
    [
        ("contour", "count", 0),
        ("contour", "beam_offset_mm", OFFSET_MM),
        ("core", "beam_offset_mm", OFFSET_MM),
        ("core", "hatch_distance_mm", DISTANCE_MM),
        ("edge", "min_width_mm", 0.06),
    ],
)


def layer_of(*shapes):
    loops = [np.asarray(shapely.get_exterior_ring(one).coords)[:-1] for one in shapes]
    return Contours(np.concatenate(loops), np.cumsum([0, *map(len, loops)]).astype(np.int64))


def further_than(shape, exposed, by_mm):
    """Area of what lies further away from all vectors."""
    lines = shapely.linestrings(exposed.segments.astype(np.float64).reshape(-1, 2, 2))
    return shape.difference(shapely.union_all(shapely.buffer(lines, by_mm))).area


@pytest.mark.parametrize("angle_deg", [0, 7, 30, 67, 90])
@pytest.mark.parametrize("width_mm", [0.04, 0.07, 0.099, 0.11, 0.13, 0.16, 0.19, 0.25, 0.4, 1.0])
def test_walls_of_every_width_add_up(width_mm, angle_deg):
    wall = affinity.rotate(shapely.box(0, 0, width_mm, 8), angle_deg)
    exposed = expose(layer_of(wall), PROCESS, 0)
    areas = exposed.areas
    assert areas.sliced_mm2 == pytest.approx(wall.area)
    assert areas.sliced_mm2 == pytest.approx(areas.hatched_mm2 + areas.edged_mm2 + areas.lost_mm2, abs=1e-9)
    assert areas.contoured_mm2 == pytest.approx(0.0, abs=1e-9)
    assert set(np.unique(exposed.region).tolist()) <= {Region.CORE, Region.EDGE}
    # Lines of samples lie a quarter of the distance apart: half of that may be missed along a parallel wall.
    missed = DISTANCE_MM / 8 * 8.0 if angle_deg == 90 else 0.02
    assert areas.lost_mm2 == pytest.approx(further_than(wall, exposed, DISTANCE_MM), abs=missed), "mm²"


def test_lines_end_at_their_own_beam_offset():
    square = shapely.box(0, 0, 10, 10)
    exposed = expose(layer_of(square), PROCESS, 0)
    ends = shapely.points(exposed.segments.astype(np.float64).reshape(-1, 2))
    assert shapely.distance(square.exterior, shapely.union_all(ends)) == pytest.approx(OFFSET_MM, abs=2e-6)
    # Along two sides the last line may lie a distance from where lines end.
    assert exposed.areas.lost_mm2 == pytest.approx(further_than(square, exposed, DISTANCE_MM), abs=0.02)


def test_a_wall_without_lines_is_drawn_as_lost():
    """0.11 mm wide and along the lines of the first layer: what is to be hatched is 0.01 mm wide."""
    angle_deg = PROCESS.core.start_angle_deg.value
    walls = [
        affinity.rotate(shapely.box(0, y, 8, y + 0.11), angle_deg, origin=(0, 0))
        for y in np.arange(12) * 0.513
    ]
    layer = layer_of(*walls)
    exposed = expose(layer, PROCESS, 0)
    lost = lost_regions(layer, PROCESS, 0)
    assert exposed.areas.lost_gap_mm2 > 5.0, "mm²"
    assert signed_area(lost.points, lost.offsets) == pytest.approx(exposed.areas.lost_mm2, rel=0.1)


def test_several_contours_still_move_the_hatch_inwards():
    moved = [
        with_values(PROCESS, [("contour", "count", count), ("contour", "distance_mm", 0.08)]).hatch_offset_mm(
            Region.CORE
        )
        for count in (0, 1, 2, 3)
    ]
    assert moved == pytest.approx([0.05, 0.05, 0.13, 0.21])


@pytest.mark.parametrize("width_mm", [0.15, 0.25])
def test_a_wall_between_lines_that_end_at_the_boundary_is_lost(width_mm):
    turn = PROCESS.core.start_angle_deg.value
    wall = affinity.rotate(shapely.box(0, -width_mm / 2, 8, width_mm / 2), turn, origin=(0, 0))
    process = with_values(PROCESS, [("core", "beam_offset_mm", 0), ("core", "hatch_distance_mm", 0.3)])
    exposed = expose(layer_of(wall), process, 0)
    assert len(exposed.segments) == 0
    assert exposed.areas.lost_mm2 == pytest.approx(wall.area), "mm²"
