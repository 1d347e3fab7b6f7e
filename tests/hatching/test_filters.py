"""Oracles: lengths and areas by NumPy and shapely, perimeters met by shapely's intersection."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.hatching.filters import drop_short, fill_to_perimeter, merge_collinear, simplify_loops
from amprep.hatching.patterns import Pattern, lay_pattern
from amprep.model.layer import Contours


def lengths(segments):
    way = segments[:, 2:].astype(float) - segments[:, :2]
    return np.hypot(way[:, 0], way[:, 1])


def ring(x, y, radius, count=40, turn=0.1):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def contours(*loops):
    return Contours(np.concatenate(loops), np.cumsum([0, *map(len, loops)], dtype=np.int64))


def test_short_vectors_go_and_are_counted():
    hatch = lay_pattern(*loops_of(ring(0, 0, 5.0)), Pattern("stripes", 30.0, 0.1, 2.0))
    found = drop_short(hatch.segments, shortest_mm=0.5, block_offsets=hatch.block_offsets)
    keep = lengths(hatch.segments) >= 0.5
    assert 0 < found.count < len(keep)
    np.testing.assert_array_equal(found.segments, hatch.segments[keep])
    assert found.taken_mm == pytest.approx(lengths(hatch.segments)[~keep].sum(), rel=1e-6), "mm"
    assert found.added_mm == 0.0
    assert found.area_mm2(0.1) == pytest.approx(-0.1 * found.taken_mm), "mm²"
    block = np.repeat(np.arange(len(hatch.block_offsets) - 1), np.diff(hatch.block_offsets))[keep]
    np.testing.assert_array_equal(np.diff(found.block_offsets), np.unique(block, return_counts=True)[1])


def loops_of(*loops):
    one = contours(*loops)
    return one.points, one.offsets


def test_without_blocks_all_vectors_are_one():
    segments = np.array([(0, 0, 1, 0), (1, 0, 1.05, 0)], dtype=np.float32)
    assert drop_short(segments, shortest_mm=0.1).block_offsets.tolist() == [0, 1]
    assert drop_short(segments[:0], shortest_mm=0.1).block_offsets.tolist() == [0]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.floats(0.05, 2.0), min_size=1, max_size=70), min_size=1, max_size=8),
    st.floats(0, 2 * math.pi),
)
def test_lines_cut_into_vectors_become_whole_again(cuts, turn):
    """Lines 0.2 mm apart, to and fro, each in pieces that meet."""
    c, s = math.cos(turn), math.sin(turn)
    whole, pieces = [], []
    for k, steps in enumerate(cuts):
        at = np.concatenate([[0.0], np.cumsum(steps)])
        if k % 2:
            at = at[::-1]
        points = np.column_stack([at * c - 0.2 * k * s, at * s + 0.2 * k * c])
        pieces.append(np.column_stack([points[:-1], points[1:]]))
        whole.append(np.concatenate([points[0], points[-1]]))
    segments = np.concatenate(pieces).astype(np.float32)
    found = merge_collinear(segments, tolerance_mm=1e-3)
    assert abs(found.taken_mm) < 1e-3 * len(segments)
    assert found.count == len(segments) - len(found.segments)
    assert lengths(found.segments).sum() == pytest.approx(lengths(segments).sum(), rel=1e-4), "mm"
    if max(map(len, cuts)) <= 48:
        assert found.segments == pytest.approx(np.array(whole, dtype=np.float32), abs=1e-4), "mm"
    else:
        assert len(found.segments) <= sum(math.ceil(len(steps) / 48) for steps in cuts)


def test_what_is_bent_apart_or_in_another_block_is_not_joined():
    bent = np.array([(0, 0, 1, 0), (1, 0, 2, 0.1)], dtype=np.float32)
    apart = np.array([(0, 0, 1, 0), (1.1, 0, 2, 0)], dtype=np.float32)
    back = np.array([(0, 0, 1, 0), (1, 0, 0.5, 0)], dtype=np.float32)
    for segments in (bent, apart, back):
        assert merge_collinear(segments, tolerance_mm=0.01).count == 0
    straight = np.array([(0, 0, 1, 0), (1, 0, 2, 0)], dtype=np.float32)
    assert merge_collinear(straight, tolerance_mm=0.01).count == 1
    blocks = np.array([0, 1, 2])
    assert merge_collinear(straight, tolerance_mm=0.01, block_offsets=blocks).count == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(3, 3000), st.floats(0.5, 20), st.floats(1e-5, 0.05), st.booleans())
def test_simplified_loops_stay_within_the_tolerance(count, radius, tolerance, is_hole):
    loop = ring(3.0, 4.0, radius, count)
    given_loops = contours(loop[::-1] if is_hole else loop)
    found = simplify_loops(given_loops, tolerance_mm=tolerance, area_share=0.01)
    points = found.contours.points
    assert found.count == count - len(points)
    assert len(points) >= 3
    way = shapely.hausdorff_distance(shapely.LinearRing(loop), shapely.LinearRing(points))
    assert way <= tolerance + 1e-9, "mm"
    assert found.area_mm2 == pytest.approx(found.contours.area_mm2 - given_loops.area_mm2, abs=1e-9), "mm²"
    assert abs(found.area_mm2) <= 0.01 * abs(given_loops.area_mm2) + 1e-12
    if count > 1000 and tolerance > 0.01:
        assert len(points) < count / 2


def test_the_stated_area_is_not_exceeded():
    loop = contours(ring(0, 0, 10.0, 720))
    for share in (0.0, 1e-6, 1e-4):
        found = simplify_loops(loop, tolerance_mm=0.5, area_share=share)
        assert abs(found.area_mm2) <= share * loop.area_mm2 + 1e-12


def test_hatch_lines_are_filled_to_the_perimeter():
    """Hatch ends 0.08 mm before the perimeter; ends at the borders of stripes stay."""
    perimeter = contours(ring(0, 0, 5.0, 80), ring(1.0, 0.5, 1.5, 30)[::-1])
    hatch = lay_pattern(
        *loops_of(ring(0, 0, 4.92, 80), ring(1.0, 0.5, 1.58, 30)[::-1]), Pattern("stripes", 20.0, 0.1, 2.0)
    )
    found = fill_to_perimeter(hatch.segments, perimeter, reach_mm=0.2, block_offsets=hatch.block_offsets)
    before, after = lengths(hatch.segments), lengths(found.segments)
    assert (after >= before - 1e-5).all()
    assert found.added_mm == pytest.approx((after - before).sum(), abs=1e-2), "mm"
    assert found.taken_mm == 0.0
    boundary = shapely.MultiLineString([shapely.LinearRing(perimeter.loop(i)) for i in range(2)])
    moved = 0
    for old, new in zip(hatch.segments.astype(float), found.segments.astype(float), strict=True):
        way = (old[2:] - old[:2]) / math.hypot(*(old[2:] - old[:2]))
        for end, direction, got in ((old[:2], -way, new[:2]), (old[2:], way, new[2:])):
            ray = shapely.LineString([end, end + 0.2 * direction])
            hit = shapely.intersection(ray, boundary)
            expected = 0.0 if hit.is_empty else shapely.distance(shapely.Point(end), hit)
            if abs(expected - 0.2) > 1e-3:
                assert math.dist(end, got) == pytest.approx(expected, abs=2e-4), "mm"
                moved += expected > 0
    assert found.count == pytest.approx(moved, abs=3)
    assert found.count > len(hatch.segments) / 3


def test_ends_beyond_reach_or_on_the_perimeter_stay():
    frame = contours(np.array([(0, 0), (10, 0), (10, 10), (0, 10)], dtype=float))
    segments = np.array([(1, 5, 9, 5), (0, 6, 10, 6), (0.05, 7, 9.9, 7)], dtype=np.float32)
    found = fill_to_perimeter(segments, frame, reach_mm=0.2)
    assert found.segments.tolist()[:2] == segments.tolist()[:2]
    assert found.segments[2] == pytest.approx([0, 7, 10, 7], abs=1e-6), "mm"
    assert (found.count, found.added_mm) == (2, pytest.approx(0.15, abs=1e-6))


def test_no_end_is_drawn_from_outside_of_the_perimeter_across_a_slot():
    """Two walls, the hatch nearer to their boundary than the perimeter."""
    frames = [np.array([(x, 0), (x + 4, 0), (x + 4, 6), (x, 6)], dtype=float) for x in (0.2, 4.8)]
    segments = np.array([(0.1, 3, 4.3, 3), (4.7, 3, 8.9, 3), (0.3, 2, 4.1, 2)], dtype=np.float32)
    found = fill_to_perimeter(segments, contours(*frames), reach_mm=1.0)
    assert found.segments.tolist()[:2] == segments.tolist()[:2]
    assert found.segments[2] == pytest.approx([0.2, 2, 4.2, 2], abs=1e-6), "mm"
    assert found.count == 2


def test_ends_that_are_not_on_the_border_of_the_hatch_stay():
    """Stripes that end near to the perimeter would lie on each other if they went on to it."""
    square = np.array([(0, 0), (20, 0), (20, 12), (0, 12)], dtype=float)
    inner = 0.1 + square * [(19.8 / 20, 11.8 / 12)]
    hatch = lay_pattern(*loops_of(inner), Pattern("stripes", 33.0, 0.1, 3.0))
    found = fill_to_perimeter(
        hatch.segments,
        contours(square),
        reach_mm=3.0,
        border=contours(inner),
        block_offsets=hatch.block_offsets,
    )
    assert found.added_mm * 0.1 == pytest.approx(20 * 12 - 19.8 * 11.8, rel=0.02), "mm²"


@pytest.mark.parametrize("kind", ["meander", "unidirectional", "stripes", "chess"])
@pytest.mark.parametrize("turn", [0.0, 180.0])
def test_ends_on_both_sides_of_a_neck_meet_in_it(kind, turn):
    """The neck has room for a contour and none for hatch; each end would go on to the wall behind it."""
    angle = 25.0
    outline = [(0, -0.5), (0.23, -0.5), (0.23, -0.07), (0.33, -0.07), (0.33, -0.5), (0.56, -0.5)]
    outline = np.array([*outline, *((x, -y) for x, y in outline[::-1])], dtype=float)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    frame = shapely.Polygon(outline @ [[c, s], [-s, c]])
    hatched = frame.buffer(-0.08, join_style="mitre")
    assert len(hatched.geoms) == 2
    perimeter = contours(np.asarray(frame.buffer(-0.05, join_style="mitre").exterior.coords)[-2::-1])
    border = loops_of(*(np.asarray(one.exterior.coords)[-2::-1] for one in hatched.geoms))
    pattern = Pattern(kind, angle + turn, 0.02, 1.0, 0.0, (0.13, 0.0), (0.4, 0.3))
    hatch = lay_pattern(*border, pattern)
    rule = {"reach_mm": 0.4, "border": Contours(*border)}
    apart = fill_to_perimeter(hatch.segments, perimeter, pattern=pattern, **rule)
    twice = fill_to_perimeter(hatch.segments, perimeter, **rule)
    neck = shapely.MultiLineString(list(apart.segments.astype(float).reshape(-1, 2, 2)))
    assert shapely.length(shapely.union_all(neck, grid_size=1e-4)) == pytest.approx(neck.length, abs=5e-3)
    assert twice.added_mm - apart.added_mm > 0.05, "mm"
    assert apart.added_mm == pytest.approx(
        lengths(apart.segments).sum() - lengths(hatch.segments).sum(), abs=2e-3
    )
    reached = shapely.MultiLineString(list(twice.segments.astype(float).reshape(-1, 2, 2)))
    # In chess they also went over islands of the other direction.
    assert kind == "chess" or shapely.hausdorff_distance(neck, reached) < 2e-4, "mm"
