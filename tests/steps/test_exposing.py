"""Oracles: manifold3d (Clipper2) for offsets and openings; walls by formula."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import shapely
from manifold3d import CrossSection, FillRule, JoinType

from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import gyroid, plate_with_holes, thin_walls
from amprep.hatching.exposing import expose
from amprep.hatching.filling import hatch_angle_deg
from amprep.model.layer import Contours
from amprep.model.scan import Region
from amprep.profiles import find_machine, find_material, find_process
from amprep.slicing import cut, plan_cuts


@pytest.fixture(scope="module")
def process():
    machine = find_machine("m400-4")
    return find_process(machine, find_material("316l"), None)


def changed(process, **values):
    core, contour = process.core, process.contour
    if "contour_offset" in values:
        beam = contour.beam_offset_mm.overridden(values.pop("contour_offset"))
        contour = dataclasses.replace(contour, beam_offset_mm=beam)
    core = dataclasses.replace(core, **{k: getattr(core, k).overridden(v) for k, v in values.items()})
    return dataclasses.replace(process, core=core, contour=contour)


def contours_of(loops):
    loops = [np.asarray(loop, dtype=np.float64) for loop in loops]
    return Contours(np.concatenate(loops), np.cumsum([0, *(len(loop) for loop in loops)]))


def layer_of(placed, mesh, height):
    part = placed(mesh, (200.0, 200.0, 0.0))
    return cut(plan_cuts([part], np.array([height]))[0], 0, 1).layer(0)


def section_of(contours):
    return CrossSection([contours.loop(i) for i in range(len(contours))], FillRule.Positive)


def shrunk(section, distance):
    return section.offset(-distance, JoinType.Miter, 2.0, 0)


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


BODIES = {
    "bracket": (bracket, 15.0),
    "bracket foot": (bracket, 4.0),
    "plate": (plate_with_holes, 3.0),
    "gyroid": (lambda: gyroid(16.0, 8.0, 12), 5.3),
    "walls": (thin_walls, 6.0),
}


@pytest.mark.parametrize("name", BODIES)
def test_the_areas_of_a_layer_add_up_and_agree_with_clipper(placed, process, name):
    body, height = BODIES[name]
    contours = layer_of(placed, body(), height)
    section = section_of(contours)
    outline = process.contour.beam_offset_mm.value
    opened = shrunk(shrunk(section, outline), -outline)
    for layer_index in range(4):
        areas = expose(contours, process, layer_index).areas
        assert areas.sliced_mm2 == pytest.approx(section.area(), rel=1e-6), "mm²"
        total = areas.hatched_mm2 + areas.contoured_mm2 + areas.edged_mm2 + areas.lost_mm2
        assert areas.sliced_mm2 == pytest.approx(total, rel=1e-9), "mm²"
        # What is lost is looked into from a millionth of the area on.
        lost = (section - opened).area()
        unreached = areas.lost_thin_mm2 + areas.edged_mm2
        assert unreached == pytest.approx(lost, rel=1e-3, abs=3e-6 * section.area()), "mm²"
        core = shrunk(section, process.core.beam_offset_mm.value).area()
        assert areas.hatched_mm2 + areas.lost_short_mm2 == pytest.approx(core, rel=0.01), "mm²"
        assert areas.contoured_mm2 > 0


@pytest.mark.parametrize("name", BODIES)
def test_contours_run_along_the_clean_offset(placed, process, name):
    body, height = BODIES[name]
    contours = layer_of(placed, body(), height)
    exposed = expose(contours, process, 0)
    outline = exposed.segments[exposed.region == Region.CONTOUR]
    expected = shrunk(section_of(contours), process.contour.beam_offset_mm.value)
    paths = expected.to_polygons()
    length = sum(np.linalg.norm(np.roll(p, -1, axis=0) - p, axis=1).sum() for p in paths)
    assert lengths(outline).sum() == pytest.approx(length, rel=1e-4), "mm"
    lines = shapely.union_all([shapely.LinearRing(p) for p in paths]).buffer(1e-3)
    shapely.prepare(lines)
    assert shapely.covers(lines, shapely.linestrings(outline.astype(np.float64).reshape(-1, 2, 2))).all()


@pytest.mark.parametrize("name", BODIES)
def test_contours_close_loop_after_loop(placed, process, name):
    body, height = BODIES[name]
    exposed = expose(layer_of(placed, body(), height), process, 0)
    outline = exposed.segments[exposed.region == Region.CONTOUR]
    ends_here = (outline[1:, :2] != outline[:-1, 2:]).any(axis=1)
    starts = np.flatnonzero(np.concatenate([[True], ends_here]))
    stops = np.append(starts[1:], len(outline)) - 1
    np.testing.assert_array_equal(outline[starts, :2], outline[stops, 2:], err_msg="loops close bit for bit")
    assert (lengths(outline) > 0).all()


def test_thin_walls_are_edges_where_they_are_thinner_than_the_beam_and_nowhere_else(placed, process):
    """Beam offset 0.05 mm: walls below 0.1 mm get one track, below 0.05 mm none, all others keep all."""
    widths = (0.03, 0.045, 0.055, 0.06, 0.08, 0.095, 0.105, 0.12, 0.16, 0.2, 0.3, 0.5, 1.0)
    assert process.contour.beam_offset_mm.value == 0.05, "mm"
    mesh = thin_walls(widths, height_mm=4.0, length_mm=12.0, gap_mm=2.0, base_mm=1.0)
    contours = layer_of(placed, mesh, 3.0)
    assert len(contours) == len(widths)
    for i in range(len(contours)):
        loop = contours.loop(i)
        x0, x1 = loop[:, 0].min(), loop[:, 0].max()
        width = x1 - x0
        exposed = expose(contours_of([loop]), process, 7)
        areas = exposed.areas
        assert areas.sliced_mm2 == pytest.approx(width * 12.0, rel=1e-6), "mm²"
        if width < 0.1:
            unreached = areas.lost_thin_mm2 + areas.edged_mm2
            assert unreached == pytest.approx(width * 12.0, rel=1e-6), f"wall of {width} mm"
            assert (exposed.region == Region.EDGE).all()
            length = lengths(exposed.segments).sum()
            assert length == pytest.approx(0.0 if width < 0.05 else 12.0 - width, abs=2e-3), "mm"
            middle = exposed.segments[:, [0, 2]]
            assert np.abs(middle - (x0 + x1) / 2).max(initial=0.0) < 1e-3, "mm from the medial line"
        else:
            assert areas.lost_thin_mm2 == pytest.approx(0.0, abs=1e-5), f"wall of {width} mm"
            assert (exposed.segments[:, [0, 2]] > x0).all()
            assert (exposed.segments[:, [0, 2]] < x1).all()
        assert (Region.CORE in exposed.region) == (width > 0.16), f"wall of {width} mm"
    whole = expose(contours, process, 7).areas
    lost = sum(w for w in widths if w < 0.05) * 12.0
    edged = sum(w for w in widths if 0.05 < w < 0.1) * 12.0
    assert whole.lost_thin_mm2 == pytest.approx(lost, rel=2e-3), "mm²"
    assert whole.edged_mm2 == pytest.approx(edged, rel=2e-3), "mm²"
    base = expose(layer_of(placed, mesh, 0.5), process, 7).areas
    assert base.lost_thin_mm2 == pytest.approx(0.0, abs=1e-5), "mm² in the base"


def test_a_needle_loses_its_point():
    """A triangle with an angle of 20°: beyond the mitre limit the opening cuts the point off."""
    process = find_process(find_machine("m400-4"), find_material("316l"), None)
    half = math.tan(math.radians(10.0)) * 10.0
    contours = contours_of([[(100, 100), (110, 100 - half), (110, 100 + half)]])
    areas = expose(contours, process, 0).areas
    section = section_of(contours)
    opened = shrunk(shrunk(section, 0.05), -0.05)
    assert areas.lost_thin_mm2 == pytest.approx((section - opened).area(), rel=1e-3), "mm²"
    assert 0.0 < areas.lost_thin_mm2 < 0.05


def test_bodies_that_overlap_are_merged_and_told(process):
    squares = [
        [(100, 100), (110, 100), (110, 110), (100, 110)],
        [(105, 105), (115, 105), (115, 115), (105, 115)],
    ]
    exposed = expose(contours_of(squares), process, 0)
    assert exposed.bodies_overlap
    assert exposed.areas.sliced_mm2 == pytest.approx(175.0), "mm²"
    outline = exposed.segments[exposed.region == Region.CONTOUR]
    assert len(outline) == 8
    separate = expose(contours_of([squares[0], np.add(squares[1], 20.0)]), process, 0)
    assert not separate.bodies_overlap


def test_bodies_that_touch_are_exposed_as_one(process):
    """Two squares with a common edge: no contour runs along it, as no gap is there to be lost."""
    squares = [
        [(100, 100), (110, 100), (110, 110), (100, 110)],
        [(110, 100), (120, 100), (120, 110), (110, 110)],
    ]
    exposed = expose(contours_of(squares), process, 0)
    outline = exposed.segments[exposed.region == Region.CONTOUR]
    assert lengths(outline).sum() == pytest.approx(2 * (19.9 + 9.9), rel=1e-5), "mm"


def test_the_order_of_contour_and_core_follows_the_process(process):
    square = contours_of([[(100, 100), (110, 100), (110, 110), (100, 110)]])
    for order, first in (("first", Region.CONTOUR), ("last", Region.CORE)):
        text = dataclasses.replace(process.contour_order, value=order)
        region = expose(square, dataclasses.replace(process, contour_order=text), 0).region
        assert region[0] == first
        assert np.count_nonzero(np.diff(region)) == 1


def test_hatch_vectors_turn_by_67_degrees_from_layer_to_layer(process):
    square = contours_of([[(100, 100), (110, 100), (110, 110), (100, 110)]])
    for layer in (0, 1, 2, 5, 6, 999):
        exposed = expose(square, process, layer)
        core = exposed.segments[exposed.region == Region.CORE].astype(np.float64)
        directions = np.degrees(np.arctan2(core[:, 3] - core[:, 1], core[:, 2] - core[:, 0]))
        off = (directions - 67.0 * layer + 90.0) % 180.0 - 90.0
        assert np.abs(off[lengths(core) > 1.0]).max() < 0.01, "degrees"
        assert hatch_angle_deg(process.core, layer) == pytest.approx((67.0 * layer) % 360.0)


def test_no_cross_section_gives_no_vector(process):
    exposed = expose(Contours(np.empty((0, 2)), np.zeros(1, dtype=np.int64)), process, 0)
    assert len(exposed.segments) == 0
    assert exposed.areas.sliced_mm2 == 0.0


def test_the_band_of_the_contour_is_never_negative(process):
    """A wall of 0.3 mm and a hatch distance of 1 mm: one line runs through it."""
    coarse = changed(process, hatch_distance_mm=1.0, start_angle_deg=90.0)
    wall = contours_of([[(100.35, 100), (100.65, 100), (100.65, 120), (100.35, 120)]])
    assert expose(wall, coarse, 0).areas.contoured_mm2 >= 0.0, "mm²"


def test_a_body_inside_another_is_merged_and_told(process):
    squares = [
        [(100, 100), (120, 100), (120, 120), (100, 120)],
        [(105, 105), (110, 105), (110, 110), (105, 110)],
    ]
    exposed = expose(contours_of(squares), process, 0)
    assert exposed.areas.sliced_mm2 == pytest.approx(400.0), "mm²"
    assert exposed.bodies_overlap
    assert np.count_nonzero(exposed.region == Region.CONTOUR) == 4, "no contour inside the material"


def test_a_core_that_no_line_meets_is_lost_not_contoured(process):
    """A wall of 0.33 mm, hatch distance 0.19 mm along it: 0.13 mm lie between the two contour tracks."""
    wide = changed(process, hatch_distance_mm=0.19, start_angle_deg=0.0, rotation_deg=0.0)
    found = []
    for y in np.arange(0.0, 0.19, 0.01):
        wall = contours_of([[(100, 100 + y), (120, 100 + y), (120, 100.33 + y), (100, 100.33 + y)]])
        exposed = expose(wall, wide, 0)
        areas = exposed.areas
        hatched = bool(np.count_nonzero(exposed.region == Region.CORE))
        found.append(hatched)
        assert areas.sliced_mm2 == pytest.approx(areas.hatched_mm2 + areas.contoured_mm2 + areas.lost_mm2)
        if not hatched:
            assert areas.lost_gap_mm2 == pytest.approx(0.13 * 19.8, rel=0.35), "mm²"
        else:
            assert areas.lost_gap_mm2 == pytest.approx(0.0, abs=0.01), "mm²"
    assert any(found)
    assert not all(found), "some places miss every line"


@pytest.mark.parametrize("pattern", ["stripes", "meander", "chess"])
@pytest.mark.parametrize("name", ["bracket", "gyroid", "walls"])
def test_every_pattern_exposes_the_same_area(placed, process, name, pattern):
    body, height = BODIES[name]
    contours = layer_of(placed, body(), height)
    core = dataclasses.replace(process.core, pattern=process.core.pattern.overridden(pattern))
    exposed = expose(contours, dataclasses.replace(process, core=core), 3)
    areas = exposed.areas
    assert areas.sliced_mm2 == pytest.approx(
        areas.hatched_mm2 + areas.contoured_mm2 + areas.edged_mm2 + areas.lost_mm2, rel=1e-9
    ), "mm²"
    offset = process.core.beam_offset_mm.value
    assert areas.hatched_mm2 + areas.lost_short_mm2 == pytest.approx(
        shrunk(section_of(contours), offset).area(), rel=0.02
    ), "mm²"
    hatch = exposed.segments[exposed.region == Region.CORE]
    distance, overlap = process.core.hatch_distance_mm.value, process.core.stripe_overlap_mm.value
    total = lengths(hatch).sum() * distance
    assert areas.hatched_mm2 - 1e-3 <= total <= areas.hatched_mm2 * 1.001 + len(hatch) * overlap * distance


@pytest.mark.parametrize("width", [0.3, 0.34, 0.4, 0.45, 0.5, 0.6])
def test_where_a_wall_has_no_room_for_the_next_contour_the_rest_is_lost(process, width):
    """Tracks of 0.1 mm, 0.08 mm apart: what neither they nor a hatch line covers is told."""
    contour = dataclasses.replace(
        process.contour,
        count=process.contour.count.overridden(3.0),
        distance_mm=process.contour.distance_mm.overridden(0.08),
    )
    several = dataclasses.replace(process, contour=contour)
    wall = contours_of([[(100, 100), (100 + width, 100), (100 + width, 112), (100, 112)]])
    exposed = expose(wall, several, 0)
    tracks = exposed.segments[exposed.region == Region.CONTOUR].astype(np.float64)
    hatch = exposed.segments[exposed.region == Region.CORE].astype(np.float64)
    assert exposed.areas.contoured_mm2 > 0
    covered = shapely.union_all(
        [
            shapely.union_all(shapely.linestrings(tracks.reshape(-1, 2, 2))).buffer(0.05, cap_style="square"),
            shapely.union_all(shapely.linestrings(hatch.reshape(-1, 2, 2))).buffer(0.05, cap_style="flat"),
        ]
    )
    region = shapely.box(100, 100, 100 + width, 112)
    free = region.difference(covered).area
    assert exposed.areas.lost_mm2 >= free - 0.01 * region.area, f"{free} mm² of {region.area}"
