"""Oracles: manifold3d (Clipper2) for offsets, shapely for distances and for cuts at borders."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import CrossSection, FillRule, JoinType

from amprep.hatching.contours import (
    CORE,
    DOWNSKIN,
    UPSKIN,
    contour_paths,
    contour_vectors,
    cut_by_skins,
)
from amprep.hatching.exposing import expose
from amprep.model.layer import Contours
from amprep.model.scan import Region
from amprep.polygons import NO_CONTOURS, contour_band
from amprep.profiles import find_machine, find_material, find_process

SQUARE = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], dtype=np.float64)


def ragged(loops):
    loops = [np.asarray(loop, dtype=np.float64).reshape(-1, 2) for loop in loops]
    if not loops:
        return NO_CONTOURS
    return Contours(np.concatenate(loops), np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64))


def section_of(contours):
    return CrossSection([contours.loop(i) for i in range(len(contours))], FillRule.Positive)


def loops_of(contours):
    return [contours.loop(i) for i in range(len(contours))]


def circle(radius, count, x=0.0, y=0.0, turns=1):
    angle = turns * 2.0 * math.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def simple_polygon(rng):
    """A star-shaped polygon without sharp corners."""
    count = int(rng.integers(5, 40))
    angle = 2.0 * math.pi * (np.arange(count) + rng.uniform(-0.3, 0.3, count)) / count
    radius = rng.uniform(7.0, 8.0, count)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + rng.uniform(-150, 150, 2)


def lines_of(loops):
    return shapely.union_all([shapely.LinearRing(loop) for loop in loops])


def self_touching(rng):
    region = CrossSection.square((12.0, 9.0), center=True)
    for _ in range(rng.integers(2, 8)):
        one = CrossSection.square(tuple(rng.uniform(0.5, 8.0, 2)), center=True)
        if rng.random() < 0.5:
            one = CrossSection.circle(rng.uniform(0.5, 4.0), int(rng.integers(8, 60)))
        one = one.rotate(rng.uniform(0.0, 360.0)).translate(tuple(rng.uniform(-8.0, 8.0, 2)))
        region = region - one if rng.random() < 0.5 else region + one
    return [np.asarray(loop) for loop in region.translate((90.0, -40.0)).to_polygons()]


@pytest.mark.parametrize("seed", range(40))
def test_each_contour_of_a_simple_polygon_is_the_library_s_within_a_nanometre(seed):
    rng = np.random.default_rng(seed)
    loops = [simple_polygon(rng)]
    paths = contour_paths(contour_band(ragged(loops), 0.07), beam_offset_mm=0.07, count=4, distance_mm=0.11)
    assert len(paths) == 4
    for number, path in enumerate(paths):
        distance = 0.07 + 0.11 * number
        expected = section_of(ragged(loops)).offset(-distance, JoinType.Miter, 2.0, 0).to_polygons()
        away = shapely.hausdorff_distance(lines_of(loops_of(path)), lines_of(expected))
        assert away < 1e-6, "mm"
        # The place of a corner that hardly turns hangs on the library's rounding to a grid.
        way = np.diff(path.points, axis=0, prepend=path.points[-1:])
        angle = np.unwrap(np.arctan2(way[:, 1], way[:, 0]))
        clear = np.abs(np.diff(angle, append=angle[0] + 2.0 * math.pi)) > math.radians(3.0)
        mine = path.points[clear, None, :] - np.concatenate(expected)[None, :, :]
        assert np.abs(mine).max(axis=2).min(axis=1).max() < 1e-6, "mm: every corner is a corner there"


@pytest.mark.parametrize("seed", range(40))
def test_each_contour_of_a_self_touching_region_has_the_library_s_area(seed):
    region = ragged(self_touching(np.random.default_rng(seed)))
    paths = contour_paths(contour_band(region, 0.05), beam_offset_mm=0.05, count=5, distance_mm=0.2)
    section = section_of(region)
    for number in range(5):
        expected = section.offset(-0.05 - 0.2 * number, JoinType.Miter, 2.0, 0).area()
        area = paths[number].area_mm2 if number < len(paths) else 0.0
        assert area == pytest.approx(expected, rel=1e-5, abs=1e-6), "mm²"


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("chord_mm", [0.0005, 0.01])
def test_round_corners_keep_the_distance_within_the_tolerance(seed, chord_mm):
    loops = self_touching(np.random.default_rng(seed))
    band = contour_band(ragged(loops), 0.3)
    paths = contour_paths(
        band, beam_offset_mm=0.3, count=2, distance_mm=0.4, corners="round", chord_mm=chord_mm
    )
    border = lines_of(loops)
    for number, path in enumerate(paths):
        distance = 0.3 + 0.4 * number
        line = shapely.segmentize(lines_of(loops_of(path)), 0.01)
        away = shapely.distance(border, shapely.points(shapely.get_coordinates(line)))
        assert away.min() > distance - 1e-6, "mm"
        assert away.max() < distance + chord_mm + 1e-6, "mm"


def test_a_round_corner_lies_on_the_arc():
    notch = [(0, 0), (10, 0), (10, 5), (5, 5), (5, 10), (0, 10)]
    band = contour_band(ragged([notch]), 1.0)
    (path,) = contour_paths(band, beam_offset_mm=1.0, count=1, corners="round", chord_mm=0.001)
    arc = path.points[np.hypot(*(path.points - (5.0, 5.0)).T) < 1.01]
    assert len(arc) > 10
    assert np.abs(np.hypot(*(arc - (5.0, 5.0)).T) - 1.0).max() < 0.001
    assert path.area_mm2 == pytest.approx(8.0 * 8.0 - 5.0 * 5.0 + 1.0 - math.pi / 4.0, abs=0.002), "mm²"
    (mitred,) = contour_paths(band, beam_offset_mm=1.0, count=1)
    np.testing.assert_array_equal(mitred.points, band.path.points)


def test_further_contours_end_where_there_is_no_room():
    loops = [SQUARE, np.array([(20, 0), (20.5, 0), (20.5, 10), (20, 10)])]
    band = contour_band(ragged(loops), 0.1)
    paths = contour_paths(band, beam_offset_mm=0.1, count=4, distance_mm=0.1)
    assert [len(path) for path in paths] == [2, 2, 1, 1]
    assert len(contour_paths(band, beam_offset_mm=0.1, count=80, distance_mm=0.1)) == 49
    assert contour_paths(band, beam_offset_mm=0.1, count=0) == []


MESSAGES = {"count": "count", "distance_mm": "distance", "corners": "corners", "chord_mm": "tolerance"}


@pytest.mark.parametrize(
    "options",
    [{"count": -1}, {"count": 256}, {"distance_mm": 0.0, "count": 2}, {"corners": "square"},
     {"chord_mm": 0.0, "corners": "round"}],
)  # fmt: skip
def test_options_without_sense_are_refused(options):
    with pytest.raises(ValueError, match=MESSAGES[next(iter(options))]):
        contour_paths(contour_band(ragged([SQUARE]), 0.1), beam_offset_mm=0.1, **options)
    with pytest.raises(ValueError, match="unknown start"):
        contour_vectors([ragged([SQUARE])], start="somewhere")


def closed_loops(segments):
    """Vectors as loops: each goes on until it is back where it began."""
    loops, begin = [], 0
    for i in range(len(segments)):
        if (segments[i, 2:] == segments[begin, :2]).all():
            loops.append(segments[begin : i + 1])
            begin = i + 1
        else:
            np.testing.assert_array_equal(segments[i, 2:], segments[i + 1, :2])
    assert begin == len(segments)
    return loops


RINGS = [SQUARE, circle(2.0, 24, 5.0, 5.0, -1), np.add(SQUARE, (30.0, 0.0)), np.add(SQUARE, (14.0, 1.0))]


@pytest.mark.parametrize("start", ["nearest", "against_gas", "rotated"])
@pytest.mark.parametrize("direction", ["as_is", "reversed"])
def test_loops_are_closed_complete_and_go_the_way_they_shall(direction, start):
    paths = [ragged(RINGS), ragged([SQUARE * 0.8 + 1.0])]
    vectors = contour_vectors(paths, direction=direction, start=start, layer_index=5, gas_angle_deg=70.0)
    loops = closed_loops(vectors.segments)
    assert len(loops) == 5
    areas = sorted(
        0.5 * float((a[:, 0] * a[:, 3] - a[:, 2] * a[:, 1]).sum()) for a in (x.astype(float) for x in loops)
    )
    sign = 1.0 if direction == "as_is" else -1.0
    hole = -12.0 * 4.0 * math.sin(math.pi / 12)
    assert areas == pytest.approx(sorted(sign * a for a in [100, 100, 100, 64, hole]), rel=1e-4), "mm²"
    assert vectors.number.tolist() == sorted(vectors.number.tolist())
    given = {tuple(p) for p in np.concatenate([p.points for p in paths]).astype(np.float32).tolist()}
    assert {tuple(p) for p in vectors.segments[:, :2].tolist()} == given, "no point is added"


def test_the_order_of_contours_can_be_turned():
    paths = [ragged([SQUARE * s + 5 - 5 * s]) for s in (1.0, 0.8, 0.6)]
    assert contour_vectors(paths).number.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert contour_vectors(paths, order="inside_out").number.tolist() == [2] * 4 + [1] * 4 + [0] * 4


def test_the_nearest_loop_comes_next_from_its_nearest_point():
    vectors = contour_vectors([ragged(RINGS)], from_xy_mm=(40.0, 11.0))
    starts = [tuple(loop[0, :2].tolist()) for loop in closed_loops(vectors.segments)]
    assert starts[0] == (40.0, 10.0)
    x, y = starts[1]
    assert (x, y) == (24.0, 11.0)
    assert len(starts) == 4


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 120))
def test_the_nearest_neighbour_is_that_of_a_plain_search(seed, count):
    rng = np.random.default_rng(seed)
    loops = [
        circle(rng.uniform(0.1, 1.0), int(rng.integers(3, 9)), *rng.uniform(-40, 40, 2)) for _ in range(count)
    ]
    beam = rng.uniform(-90, 90, 2)
    vectors = contour_vectors([ragged(loops)], from_xy_mm=tuple(beam))
    left = list(range(count))
    starts = []
    for _ in range(count):
        gaps = [np.hypot(*(loops[i] - beam).T) for i in left]
        best = min(range(len(left)), key=lambda k: (gaps[k].min(), left[k]))
        beam = loops[left[best]][gaps[best].argmin()]
        starts.append(beam)
        left.pop(best)
    found = np.array([loop[0, :2] for loop in closed_loops(vectors.segments)])
    np.testing.assert_allclose(found, np.array(starts), atol=1e-4)


def test_start_points_against_the_gas_lie_furthest_downstream():
    for angle in (0.0, 45.0, 90.0, 200.0):
        way = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
        vectors = contour_vectors([ragged(RINGS)], start="against_gas", gas_angle_deg=angle)
        for loop in closed_loops(vectors.segments):
            along = loop[:, :2].astype(float) @ way
            assert along[0] == pytest.approx(along.max(), abs=1e-5)


def test_rotated_start_points_spread_over_the_loop():
    ring = circle(10.0, 1000)
    at = []
    for layer in range(50):
        start = contour_vectors([ragged([ring])], start="rotated", layer_index=layer).segments[0, :2]
        at.append(math.atan2(start[1], start[0]) % (2 * math.pi) / (2 * math.pi))
    assert at[1] == pytest.approx(0.618, abs=0.002)
    gaps = np.diff(np.sort([*at, 1.0]))
    assert gaps.max() < 2.7 / 50


def test_no_contours_give_no_vectors():
    assert contour_vectors([]).segments.shape == (0, 4)
    assert contour_vectors([NO_CONTOURS]).number.shape == (0,)


# Cut by skins


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


def assert_cut_as_shapely_does(path, upskin, downskin):
    vectors = contour_vectors([path]).segments
    pieces, region, source = cut_by_skins(vectors, upskin, downskin)
    assert lengths(pieces).sum() == pytest.approx(lengths(vectors).sum(), rel=1e-6), "mm"
    assert (np.diff(source) >= 0).all()
    assert set(source.tolist()) == set(range(len(vectors)))
    same = source[1:] == source[:-1]
    np.testing.assert_array_equal(pieces[:-1, 2:][same], pieces[1:, :2][same])
    lines = shapely.linestrings(vectors.astype(np.float64).reshape(-1, 2, 2))
    down = polygon_of(downskin)
    up = shapely.difference(polygon_of(upskin), down)
    for name, area in ((UPSKIN, up), (DOWNSKIN, down)):
        inside = shapely.length(shapely.intersection(lines, area)).sum()
        assert lengths(pieces[region == name]).sum() == pytest.approx(inside, abs=2e-3), "mm"
    middles = shapely.points(0.5 * (pieces[:, :2].astype(float) + pieces[:, 2:]))
    clear = lengths(pieces) > 1e-3
    for name, area in ((UPSKIN, up), (DOWNSKIN, down)):
        near = shapely.distance(middles, area) > 1e-4
        assert not (near & clear & (region == name)).any()
    return pieces, region


def polygon_of(contours):
    """Loops as a region, islands in holes too."""
    region = shapely.Polygon()
    for loop in loops_of(contours):
        region = shapely.symmetric_difference(region, shapely.Polygon(loop))
    return region


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_contours_are_cut_just_where_skins_begin(seed):
    rng = np.random.default_rng(seed)
    # Shifted, as shapely counts what lies upon a border as inside.
    path, up, down = (ragged([loop + shift for loop in self_touching(rng)]) for shift in (0.0, 0.037, 0.021))
    assert_cut_as_shapely_does(path, up, down)


def test_a_skin_over_half_of_a_square():
    half = ragged([[(5.0, -1.0), (20.0, -1.0), (20.0, 20.0), (5.0, 20.0)]])
    pieces, region = assert_cut_as_shapely_does(ragged([SQUARE]), half, NO_CONTOURS)
    assert len(pieces) == 6
    assert lengths(pieces[region == UPSKIN]).sum() == pytest.approx(20.0), "mm"
    assert lengths(pieces[region == CORE]).sum() == pytest.approx(20.0), "mm"


@pytest.mark.parametrize("shift", list(itertools.product([0.0, 2.5, 5.0], repeat=2)))
def test_corners_and_edges_on_the_border_lose_and_double_nothing(shift):
    """A grid of skins in places of the contour's own corners."""
    cells = [np.array([(i, j), (i + 2.5, j), (i + 2.5, j + 2.5), (i, j + 2.5)], dtype=float) + shift
             for i in range(-5, 15, 5) for j in range(-5, 15, 5)]  # fmt: skip
    for path in (SQUARE, SQUARE[::-1], circle(3.5355339059327378, 4, 5, 5), SQUARE * 0.5 + 2.5):
        vectors = contour_vectors([ragged([path])]).segments
        pieces, region, _ = cut_by_skins(vectors, ragged(cells), NO_CONTOURS)
        assert lengths(pieces).sum() == pytest.approx(lengths(vectors).sum(), rel=1e-6), "mm"
        assert np.isin(region, [CORE, UPSKIN]).all()
        assert (lengths(pieces) > 0.0).all()


def test_what_no_skin_touches_is_handed_back_as_it_is():
    vectors = contour_vectors([ragged([SQUARE])]).segments
    pieces, region, source = cut_by_skins(vectors, ragged([SQUARE + 30.0]), NO_CONTOURS)
    assert pieces is vectors
    assert not region.any()
    assert source.tolist() == [0, 1, 2, 3]
    nothing, _, _ = cut_by_skins(vectors[:0], ragged([SQUARE]), ragged([SQUARE]))
    assert nothing.shape == (0, 4)


def test_downskin_goes_before_upskin():
    vectors = contour_vectors([ragged([SQUARE])]).segments
    _, region, _ = cut_by_skins(vectors, ragged([SQUARE * 2 - 5]), ragged([SQUARE * 2 - 5]))
    assert (region == DOWNSKIN).all()


def half_disc(angle_deg, radius=3.0, corners=24):
    """Its straight side passes by the middle, (200, 200), as nearly as single precision tells."""
    angle = math.radians(angle_deg) + math.pi * np.arange(corners + 1) / corners
    points = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    points[-1] *= 0.9
    return points.astype(np.float32).astype(np.float64) + 200.0


@pytest.mark.parametrize("seed", [10, *range(100, 160)])
def test_bodies_whose_sides_meet_in_one_place_keep_their_distance(seed):
    """Merging leaves points nearer to each other than anything that a file can tell."""
    loops = [half_disc(angle) for angle in np.random.default_rng(seed).uniform(0, 180, 3)]
    process = find_process(find_machine("m400-4"), find_material("316l"), None)
    exposed = expose(ragged(loops), process, seed)
    body = shapely.union_all([shapely.Polygon(loop) for loop in loops])
    body = body.buffer(3e-6, join_style="mitre").buffer(-3e-6, join_style="mitre")
    for region, offset_mm in ((Region.CONTOUR, 0.05), (Region.CORE, 0.08)):
        ends = exposed.segments[exposed.region == region].astype(np.float64).reshape(-1, 2, 2)
        assert shapely.distance(shapely.linestrings(ends), body.boundary).min() > offset_mm - 3e-3
