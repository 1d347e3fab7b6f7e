"""Tracks through walls that the contour cannot reach. Where the medial line is known by formula, the formula;
discs on the tracks of random walls are checked against shapely's distance to the boundary.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amprep.hatching.edges import no_edges, thin_edges
from amprep.model.layer import Contours
from amprep.polygons import contour_band, lost_of_band

OFFSET_MM = 0.05
LEAST_MM = 0.04

#: Distance of a track from the medial line.
NEAR_MM = 3e-3


def ragged(loops):
    loops = [np.asarray(loop, dtype=np.float64).reshape(-1, 2) for loop in loops]
    return Contours(np.concatenate(loops), np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64))


def box(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def circle(radius, count, x=0.0, y=0.0, turns=1):
    angle = turns * 2.0 * math.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def turned(loops, angle_deg, x=130.0, y=-70.0):
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return [np.asarray(loop) @ np.array([[c, s], [-s, c]]) + (x, y) for loop in loops]


def edges_of(loops, *, offset_mm=OFFSET_MM, least_mm=LEAST_MM, shortest_mm=0.2):
    band = contour_band(ragged(loops), offset_mm)
    edges = thin_edges(band, beam_offset_mm=offset_mm, min_width_mm=least_mm, shortest_mm=shortest_mm)
    assert edges.exposed_mm2 + edges.lost_mm2 == pytest.approx(band.lost_mm2, rel=1e-12, abs=1e-15), "mm²"
    assert edges.exposed_mm2 >= 0.0
    assert edges.lost_mm2 >= -1e-12
    assert edges.lost[:, 2].sum() == pytest.approx(edges.lost_mm2, rel=1e-6, abs=1e-5), "mm²"
    assert np.isfinite(edges.points).all()
    steps = edges.segments.astype(np.float64)
    assert len(steps) == len(edges.points) - len(edges.offsets) + 1
    assert (np.hypot(steps[:, 2] - steps[:, 0], steps[:, 3] - steps[:, 1]) > 0.0).all()
    return edges, band


def tracks(edges):
    return [edges.points[a:b] for a, b in zip(edges.offsets[:-1], edges.offsets[1:], strict=True)]


def length(track):
    return float(np.hypot(*np.diff(track, axis=0).T).sum())


def total(edges):
    return sum(length(track) for track in tracks(edges))


def region_of(loops):
    outer = [shapely.Polygon(loop) for loop in loops if shapely.LinearRing(loop).is_ccw]
    holes = [shapely.Polygon(loop) for loop in loops if not shapely.LinearRing(loop).is_ccw]
    return shapely.difference(shapely.union_all(outer), shapely.union_all(holes))


@pytest.mark.parametrize("angle_deg", [0.0, 27.0])
@pytest.mark.parametrize("width_um", range(50, 1001, 50))
def test_walls_of_every_width_are_exposed_once(width_um, angle_deg):
    """By a track up to the width of two offsets, by the contour above."""
    width, long = 1e-3 * width_um, 6.0
    edges, band = edges_of(turned([box(0, 0, long, width)], angle_deg))
    if width > 2.0 * OFFSET_MM:
        assert band.lost_mm2 == 0.0
        assert len(edges.segments) == 0
        return
    (track,) = tracks(edges)
    assert length(track) == pytest.approx(long - width, abs=NEAR_MM), "mm"
    assert edges.lost_mm2 == pytest.approx(0.0, abs=1e-9), "mm²"
    ends = turned([[(width / 2, width / 2), (long - width / 2, width / 2)]], angle_deg)[0]
    line = shapely.LineString(ends)
    assert shapely.hausdorff_distance(line, shapely.LineString(track)) < NEAR_MM


@pytest.mark.parametrize("angle_deg", [0.0, 27.0])
@pytest.mark.parametrize("width_um", [*range(50, 301, 50), 101, 120, 180, 199])
def test_walls_are_exposed_twice_only_where_two_contours_have_no_room(width_um, angle_deg):
    """On a raster, every pass as a strip as wide as a track: a wall lacks so much of two of them."""
    width = 1e-3 * width_um
    edges, band = edges_of(turned([box(0, 0, 8, width)], angle_deg))
    passes = tracks(edges)
    for i in range(len(band.path)):
        path = band.path.loop(i)
        passes += [np.array(side) for side in zip(path, np.roll(path, -1, axis=0), strict=True)]
    along, across = np.meshgrid(np.linspace(0.3, 7.7, 41), width * (np.arange(400) + 0.5) / 400)
    places = turned([np.column_stack([along.ravel(), across.ravel()])], angle_deg)[0]
    covered = np.zeros(len(places), dtype=int)
    for one in passes:
        if np.hypot(*(one[-1] - one[0])) > 1.0:
            covered += shapely.distance(shapely.LineString(one), shapely.points(places)) <= OFFSET_MM + 1e-6
    lacking = max(0.0, 4.0 * OFFSET_MM - width) if width > 2.0 * OFFSET_MM else 0.0
    expected = np.where(np.abs(across.ravel() - 0.5 * width) < 0.5 * lacking, 2, 1)
    reached = np.minimum(across.ravel(), width - across.ravel()) <= 2.0 * OFFSET_MM
    expected[~reached] = 0
    assert (covered != expected).mean() < 0.01


@pytest.mark.parametrize("width", [0.01, 0.039, 0.041, 0.08, 0.0999])
def test_a_wall_below_the_least_width_is_lost_with_its_place(width):
    edges, band = edges_of([box(2.0, 1.0, 8.0, 1.0 + width)])
    if width > LEAST_MM:
        assert len(tracks(edges)) == 1
        return
    assert len(edges.segments) == 0
    assert edges.lost_mm2 == band.lost_mm2
    assert edges.lost == pytest.approx(np.array([[5.0, 1.0 + width / 2, 6.0 * width, width]]), rel=1e-3)


@pytest.mark.parametrize("angle_deg", [0, 17, 45, 90])
@pytest.mark.parametrize("least_mm", [0.04, 0.05])
def test_a_wall_of_just_the_least_width_is_exposed_and_not_lost_as_well(least_mm, angle_deg):
    edges, band = edges_of(turned([box(0, 0, 10.0, least_mm)], angle_deg), least_mm=least_mm)
    assert len(tracks(edges)) == 1
    assert edges.exposed_mm2 == pytest.approx(band.area_mm2, rel=1e-6)
    assert edges.lost_mm2 == pytest.approx(0.0, abs=1e-6)
    assert not len(edges.lost)


def test_what_is_left_out_on_purpose_is_listed_with_its_places():
    band = contour_band(ragged([box(0, 0, 10, 0.06), box(0, 2, 5, 2.03), box(0, 5, 9, 9)]), OFFSET_MM)
    edges = no_edges(band, beam_offset_mm=OFFSET_MM)
    assert not len(edges.segments)
    assert edges.exposed_mm2 == 0.0
    assert edges.lost_mm2 == pytest.approx(10 * 0.06 + 5 * 0.03)
    np.testing.assert_allclose(edges.lost, [[5, 0.03, 0.6, 0.06], [2.5, 2.015, 0.15, 0.03]], rtol=1e-6)


@pytest.mark.parametrize("half_deg", [0.5, 2.0, 5.0, 12.0, 25.0])
def test_a_wedge_is_exposed_from_the_least_width_to_the_contour(half_deg):
    half = math.radians(half_deg)
    base = 2.0
    edges, band = edges_of([[(base / math.tan(half), -base), (base / math.tan(half), base), (0.0, 0.0)]],
                           shortest_mm=0.0)  # fmt: skip
    (track,) = tracks(edges)
    assert np.abs(track[:, 1]).max() < NEAR_MM, "on the axis"
    begin, end = np.sort(track[[0, -1], 0])
    assert begin == pytest.approx(0.5 * LEAST_MM / math.sin(half), rel=0.01), (
        "mm: clearance of the least width"
    )
    assert end == pytest.approx(OFFSET_MM / math.sin(half), rel=0.01), "mm: where the contour begins"
    path = shapely.LinearRing(band.path.loop(0))
    assert shapely.distance(path, shapely.LineString(track)) < OFFSET_MM
    assert edges.lost_mm2 < 0.35 * band.lost_mm2
    assert len(edges.lost) == 1


def test_a_pointed_corner_of_a_fat_part_makes_no_tiny_track():
    star = circle(5.0, 60)
    star[1::2] *= 0.6
    edges, band = edges_of([star])
    assert len(edges.segments) == 0
    assert edges.lost_mm2 == band.lost_mm2
    assert len(edges.lost) == 30
    edges, _ = edges_of([star], shortest_mm=0.02)
    assert len(tracks(edges)) == 30


@pytest.mark.parametrize("angle_deg", [0.0, 40.0])
@pytest.mark.parametrize("width", [0.05, 0.08, 0.0995])
def test_a_wall_on_a_body_reaches_into_the_band_of_its_contour(width, angle_deg):
    a, b = 2.0, 2.0 + width
    loop = turned([[(0, 0), (5, 0), (5, a), (9, a), (9, b), (5, b), (5, 5), (0, 5)]], angle_deg)
    edges, band = edges_of(loop)
    (track,) = tracks(edges)
    assert length(track) >= 4.0 - width / 2 - NEAR_MM, "mm"
    path = shapely.LinearRing(band.path.loop(0))
    assert shapely.distance(path, shapely.LineString(track)) <= OFFSET_MM + 1e-6, "no gap"
    swept = shapely.union(
        shapely.LineString(track).buffer(width / 2), path.buffer(OFFSET_MM, join_style="mitre")
    )
    assert shapely.difference(region_of(loop), shapely.union(swept, shapely.Polygon(path))).area < 0.002


def test_a_wall_between_two_bodies_reaches_both():
    loop = [
        (0, 0),
        (3, 0),
        (3, 1),
        (6, 1),
        (6, 0),
        (9, 0),
        (9, 3),
        (6, 3),
        (6, 1.07),
        (3, 1.07),
        (3, 3),
        (0, 3),
    ]
    edges, band = edges_of([loop])
    (track,) = tracks(edges)
    for i in range(2):
        path = shapely.LinearRing(band.path.loop(i))
        assert shapely.distance(path, shapely.LineString(track)) <= OFFSET_MM + 1e-6


@pytest.mark.parametrize("count", [24, 200])
def test_a_thin_ring_is_one_closed_track(count):
    radius, width = 3.0, 0.08
    edges, band = edges_of([circle(radius, count), circle(radius - width, count, turns=-1)])
    (track,) = tracks(edges)
    assert track[0] == pytest.approx(track[-1])
    distance = np.hypot(*track.T)
    sagitta = radius * (1.0 - math.cos(math.pi / count))
    assert np.abs(distance - (radius - width / 2)).max() < NEAR_MM + sagitta
    assert edges.exposed_mm2 == pytest.approx(band.lost_mm2)


@pytest.mark.parametrize("least_mm", [0.02, 0.04])
@pytest.mark.parametrize("radius", [0.015, 0.03, 0.045])
def test_pins_get_a_dot_or_are_listed(radius, least_mm):
    places = [(float(i), float(j)) for i in range(4) for j in range(3)]
    edges, band = edges_of([circle(radius, 16, *place) for place in places], least_mm=least_mm)
    if 2.0 * radius * math.cos(math.pi / 16) < least_mm:
        assert len(edges.segments) == 0
        assert sorted(map(tuple, edges.lost[:, :2].round(6) + 0.0)) == sorted(places)
        assert edges.lost[:, 3] == pytest.approx(np.full(12, 2.0 * radius), rel=0.15), "mm"
        return
    found = tracks(edges)
    assert len(found) == 12
    for track in found:
        place = track.mean(axis=0).round()
        assert np.hypot(*(track - place).T).max() < 0.7 * radius, "inside of the pin"
        assert 0.2 * radius < length(track) < 1.2 * radius
    assert edges.exposed_mm2 == pytest.approx(band.lost_mm2)


def cross_of(width, arms):
    """Walls from a common middle at the given angles."""
    bars = [
        shapely.affinity.rotate(shapely.box(0.0, -width / 2, 2.0, width / 2), a, origin=(0, 0)) for a in arms
    ]
    middle = shapely.Point(0, 0).buffer(width / 2, quad_segs=1)
    return shapely.geometry.polygon.orient(shapely.union_all([*bars, middle]))


@pytest.mark.parametrize(
    "arms", [(0, 180, 270), (0, 90, 180, 270), (0, 120, 240), (0, 90), (0, 150), (10, 75, 200)]
)
@pytest.mark.parametrize("width", [0.05, 0.08, 0.098])
def test_walls_that_meet_have_tracks_that_meet(width, arms):
    polygon = cross_of(width, arms)
    edges, band = edges_of([np.array(polygon.exterior.coords)[:-1]])
    assert len(band.path) == 0
    lines = shapely.union_all([shapely.LineString(track) for track in tracks(edges)])
    gap = shapely.union_all([line.buffer(2e-3) for line in shapely.get_parts(lines)])
    assert gap.geom_type == "Polygon", "the tracks hang together"
    assert lines.length == pytest.approx(len(arms) * (2.0 - width / 2), abs=1.2 * width), "mm"
    swept = lines.buffer(0.55 * width)
    assert shapely.difference(polygon, swept).area < 0.35 * len(arms) * width * width, "mm²"
    assert edges.lost_mm2 == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("text", ["amprep", "Ø 12,5", "WM&8"])
@pytest.mark.parametrize("size_mm", [0.6, 1.0, 2.0])
def test_small_text_is_exposed_or_listed(text, size_mm):
    matplotlib_text = pytest.importorskip("matplotlib.textpath")
    outline = matplotlib_text.TextPath((0, 0), text, size=size_mm)
    # Fonts fill outlines by non-zero winding, with outer loops clockwise.
    loops = [loop[:-1][::-1] for loop in outline.to_polygons() if len(loop) > 3]
    edges, band = edges_of(loops, least_mm=0.03, shortest_mm=0.1)
    region = region_of([band.region.loop(i) for i in range(len(band.region))])
    for track in tracks(edges):
        assert region.buffer(1e-6).covers(shapely.LineString(track))
    reached = [shapely.LineString(track).buffer(OFFSET_MM) for track in tracks(edges)]
    reached += [shapely.LinearRing(band.path.loop(i)).buffer(OFFSET_MM) for i in range(len(band.path))]
    inner = [shapely.Polygon(band.path.loop(i)) for i in range(len(band.path)) if band.path.loop(i).size]
    missed = shapely.difference(region, shapely.union_all(reached + inner)).area
    assert missed <= edges.lost_mm2 + 0.02 * region.area, "mm²"


def wavy_wall(rng):
    """A wall along a random smooth line, of a width that changes slowly."""
    x = np.linspace(0.0, 6.0, 120)
    y = sum(rng.uniform(-0.3, 0.3) * np.sin(k * x + rng.uniform(0, 6)) for k in range(1, 4))
    line = np.column_stack([x, y])
    way = np.gradient(line, axis=0)
    side = np.column_stack([-way[:, 1], way[:, 0]]) / np.hypot(*way.T)[:, None]
    half = 0.5 * (rng.uniform(0.05, 0.085) + 0.012 * np.sin(rng.uniform(0.5, 3.0) * x))[:, None]
    return line, np.concatenate([line - half * side, (line + half * side)[::-1]])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 360.0))
def test_tracks_of_random_walls_keep_the_same_distance_to_both_sides(seed, angle_deg):
    line, loop = wavy_wall(np.random.default_rng(seed))
    loop, line = turned([loop, line], angle_deg)
    edges, band = edges_of([loop], least_mm=0.02)
    sides = [shapely.LineString(loop[2:118]), shapely.LineString(loop[122:-2])]
    inner = 0
    for track in tracks(edges):
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(shapely.LineString(track), 0.02)))
        near = shapely.distance(points[:, None], np.array(sides)[None, :])
        ends = shapely.MultiPoint([line[0], line[-1]])
        inside = shapely.distance(points, ends) > 0.3
        inner += inside.sum()
        assert np.abs(near[inside, 0] - near[inside, 1]).max(initial=0.0) < 2.0 * NEAR_MM
    if band.lost_mm2 > 0.9 * band.area_mm2:
        assert inner > 200, "samples"
        share = band.lost_mm2 / band.area_mm2
        assert total(edges) > 0.95 * share * shapely.LineString(line).length - 0.1, "mm"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_area_is_conserved_and_tracks_stay_inside(seed):
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(rng.integers(2, 9)):
        wide, high = rng.uniform(0.01, 0.3), rng.uniform(0.2, 4.0)
        one = shapely.box(-wide / 2, -high / 2, wide / 2, high / 2)
        one = shapely.affinity.rotate(one, rng.uniform(0.0, 180.0))
        shapes.append(shapely.affinity.translate(one, *rng.uniform(-1.5, 1.5, 2)))
    region = shapely.union_all(shapes)
    loops = []
    for part in map(shapely.geometry.polygon.orient, shapely.get_parts(region)):
        loops += [np.array(ring.coords)[:-1] for ring in [part.exterior, *part.interiors]]
    edges, band = edges_of(loops, least_mm=0.03)
    inside = region.buffer(1e-6)
    assert all(inside.covers(shapely.LineString(track)) for track in tracks(edges))
    pieces = lost_of_band(band, OFFSET_MM)
    assert edges.lost[:, 2].sum() <= pieces.area_mm2 + 1e-6


def struts(rng):
    """Bars, rings and bent walls that cross each other, some a little thinner and some a little thicker."""
    shapes = []
    for _ in range(rng.integers(2, 9)):
        width, size = rng.uniform(0.035, 0.099), rng.uniform(0.3, 4.0)
        kind = rng.integers(3)
        if kind == 0:
            one = shapely.box(-width / 2, -size / 2, width / 2, size / 2)
        elif kind == 1:
            outer, inner = (shapely.Point(0, 0).buffer(r, quad_segs=12) for r in (size / 3, size / 3 - width))
            one = shapely.difference(outer, inner)
        else:
            line = shapely.LineString(np.cumsum(rng.normal(0, 0.5, (5, 2)), axis=0))
            one = line.buffer(width / 2, cap_style="square")
        one = shapely.affinity.rotate(one, rng.uniform(0, 180))
        shapes.append(shapely.affinity.translate(one, *rng.uniform(-1.5, 1.5, 2)))
    return shapely.union_all(shapes)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(266049).via("a hole whose corner lies on the loop around it")
@example(5202).via("a neck that only one side of its line has lost area at")
@example(5550).via("the same above a hole")
@example(6497).via("a sharp bend")
@example(159912420).via("a wall as wide as a track where the library lays the contour")
def test_contours_and_tracks_together_reach_nets_of_struts(seed):
    region = struts(np.random.default_rng(seed))
    loops = []
    for part in map(shapely.geometry.polygon.orient, shapely.get_parts(region)):
        loops += [np.array(ring.coords)[:-1] for ring in [part.exterior, *part.interiors]]
    edges, band = edges_of(loops, least_mm=0.03, shortest_mm=0.1)
    reached = [shapely.LineString(track).buffer(1.1 * OFFSET_MM) for track in tracks(edges)]
    # In bends of walls about as wide as a track the discs on it are a little larger.
    for track in map(shapely.LineString, tracks(edges)):
        centres = shapely.points(shapely.get_coordinates(track.segmentize(0.01)))
        reached += list(shapely.buffer(centres, 1.1 * shapely.distance(region.boundary, centres)))
    for i in range(len(band.path)):
        path = band.path.loop(i)
        reached += [shapely.LinearRing(path).buffer(OFFSET_MM, join_style="mitre")]
        # Holes of the path lie in holes of the region.
        reached += [shapely.Polygon(path).buffer(0)]
    missed = shapely.difference(region, shapely.union_all(reached)).area
    assert missed <= edges.lost_mm2 + 0.01 * region.area, "mm²"
    inside = region.buffer(1e-6)
    assert all(inside.covers(shapely.LineString(track)) for track in tracks(edges))


def test_a_thick_layer_costs_nothing_and_gives_nothing():
    edges, _ = edges_of([box(0, 0, 50, 50)])
    assert edges is not None
    assert edges.points.shape == (0, 2)
    assert edges.lost.shape == (0, 4)
    assert edges.segments.shape == (0, 4)


def test_the_result_does_not_depend_on_the_run():
    loops = [box(i, 0.0, i + 0.03 + 0.01 * i, 3.0) for i in range(7)]
    one, _ = edges_of(loops)
    other, _ = edges_of(loops)
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.lost, other.lost)


@pytest.mark.parametrize(("width", "length"), [(0.0302, 0.0909), (0.0543, 0.0372), (0.0966, 0.0067)])
@pytest.mark.parametrize("kind", ["bodies", "holes"])
def test_a_short_neck_gets_its_track(kind, width, length):
    """Smaller than the shortest track of a tip, but what it joins lies on both sides."""
    x, y = length / 2, width / 2
    if kind == "bodies":
        region = shapely.union_all(
            [shapely.box(-3, -1.5, -x, 1.5), shapely.box(x, -1.5, 3, 1.5), shapely.box(-2 * x, -y, 2 * x, y)]
        )
    else:
        region = shapely.box(-3, -3, 3, 3) - shapely.box(-x, y, x, 1.0) - shapely.box(-x, -1.0, x, -y)
    region = shapely.geometry.polygon.orient(region)
    loops = [np.array(ring.coords)[:-1] for ring in (region.exterior, *region.interiors)]
    band = contour_band(ragged(loops), 0.13)
    edges = thin_edges(band, beam_offset_mm=0.13, min_width_mm=0.02)
    assert len(edges.segments) > 0
    assert edges.lost_mm2 == pytest.approx(0.0, abs=1e-6)


def loops_around(shape):
    """Of a shape of shapely, outer ones counter-clockwise."""
    parts = [shapely.geometry.polygon.orient(part) for part in shapely.get_parts(shape)]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return [np.array(ring.coords)[:-1] for ring in rings]


@pytest.mark.parametrize(
    "shape",
    [
        *([shapely.Point(0.086 * i, 0).buffer(0.045, quad_segs=4) for i in range(n)] for n in (2, 3, 40)),
        [shapely.box(0.08 * i, 0.08 * i, 0.08 * i + 0.081, 0.08 * i + 0.081) for i in range(20)],
        [
            shapely.box(0.09 * i, 0.09 * j, 0.09 * i + 0.092, 0.09 * j + 0.092)
            for i in range(8)
            for j in range(8)
            if (i + j) % 2 == 0
        ],
        [
            shapely.box(0, 0, 3, 0.08),
            *(shapely.Point(3.042 + 0.082 * i, 0.04).buffer(0.045, quad_segs=4) for i in range(9)),
        ],
    ],
    ids=["two beads", "three beads", "many beads", "staircase", "checkerboard", "wall with beads"],
)
def test_every_thick_place_of_a_thin_body_gets_a_track(shape):
    """Necks are narrower than the least width; what lies between them is short, but as thick as a wall."""
    body = shapely.union_all(shape)
    assert body.geom_type == "Polygon"
    edges, _ = edges_of(loops_around(body))
    lines = shapely.union_all([shapely.LineString(track) for track in tracks(edges)])
    thick = shapely.get_parts(body.buffer(-0.5 * LEAST_MM, quad_segs=16))
    assert len(thick) >= 2
    assert shapely.distance(thick, lines).max() < NEAR_MM
    assert lines.difference(body).length < 1e-3
    # What is no thicker than a track is no further from one than its own width.
    assert body.difference(lines.buffer(0.1)).area < 1e-3 * body.area
    assert edges.lost_mm2 < 0.05 * body.area


@pytest.mark.parametrize("wall_mm", [0.06, 0.09])
@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.parametrize("kind", ["beads", "steps"])
def test_beads_on_a_wall_of_a_thick_body_get_a_track_each(kind, count, wall_mm):
    half = wall_mm / 2
    if kind == "beads":
        string = [shapely.Point(1.542 + 0.082 * i, 0.0).buffer(0.045, quad_segs=4) for i in range(count)]
    else:
        low = [(1.499 + 0.08 * i, half - 0.001 + 0.08 * i) for i in range(count)]
        string = [shapely.box(x, y, x + 0.081, y + 0.081) for x, y in low]
    body = shapely.union_all([shapely.box(-3, -1, 0, 1), shapely.box(-0.1, -half, 1.5, half), *string])
    assert body.geom_type == "Polygon"
    edges, _ = edges_of(loops_around(body))
    lines = shapely.union_all([shapely.LineString(track) for track in tracks(edges)])
    parts = shapely.get_parts(body.buffer(-0.5 * LEAST_MM, quad_segs=16))
    thin = [one for one in parts if one.area < 1.0]
    assert len(thin) >= count
    assert shapely.distance(thin, lines).max() < NEAR_MM
    assert lines.difference(body).length < 1e-3
    assert body.intersection(shapely.box(0.1, -1, 9, 9)).difference(lines.buffer(0.1)).area < 1e-3
    # No dots at the wall's root, where the contour is near.
    assert len(edges.offsets) - 1 == 1 + count


@pytest.mark.parametrize("turn", [1, -1], ids=["outer loop first", "hole first"])
def test_a_thin_toothed_ring_has_tracks_in_its_teeth_and_none_in_its_bore(turn):
    angle = 2.0 * math.pi * np.arange(40) / 40
    reach = np.where(np.arange(40) % 4 < 2, 0.33, 0.27)
    outer = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    body = shapely.Polygon(outer, [circle(0.245, 40)[::-1]])
    edges, _ = edges_of(loops_around(body)[::turn])
    lines = shapely.union_all([shapely.LineString(track) for track in tracks(edges)])
    assert lines.difference(body).length < 1e-3
    thick = shapely.get_parts(body.buffer(-0.5 * LEAST_MM, quad_segs=16))
    assert shapely.distance(thick, lines).max() < NEAR_MM


@pytest.mark.parametrize("pitch_mm", [0.3, 0.4, 0.5, 0.6, 0.8])
@pytest.mark.parametrize("width_mm", [0.1, 0.12, 0.14, 0.15])
def test_walls_between_sharp_bends_are_not_lost_where_they_have_tracks(pitch_mm, width_mm):
    """At bends walls share corners, or their tracks one end; rounding decided which wall a track was of."""
    way = shapely.LineString([(i * pitch_mm, 2.0 * (i % 2)) for i in range(4)])
    body = way.buffer(0.5 * width_mm, join_style="mitre", mitre_limit=20.0, cap_style="flat")
    edges, _ = edges_of(loops_around(body), offset_mm=0.08, least_mm=0.05)
    lines = shapely.union_all([shapely.LineString(track) for track in tracks(edges)])
    assert way.intersection(lines.buffer(0.01)).length > 0.6 * way.length, "mm"
    assert edges.lost_mm2 < 0.05 * body.area


def test_the_place_of_a_lost_ring_or_hook_lies_on_it():
    ring = [circle(3.0, 90), circle(2.97, 90)[::-1]]
    hook = [(10, 0), (14, 0), (14, 5), (13.97, 5), (13.97, 0.03), (10.03, 0.03), (10.03, 5), (10, 5)]
    edges, _ = edges_of(turned([*ring, hook], 20.0))
    assert len(edges.lost) == 2
    region = region_of(turned([*ring, hook], 20.0))
    assert shapely.distance(region, shapely.points(edges.lost[:, :2])).max() < 1e-6, "mm"
