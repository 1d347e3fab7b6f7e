"""Oracles: shapely clips each hatch line by the region, each island by its square; even coverage is sampled.

Regions are random loops that may overlap; shapely gets the faces whose winding number is 1 or more.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate

from amprep.hatching.patterns import PATTERNS, hatch_curves, hatch_region
from amprep.kernels.components import group_loops

DISTANCE_MM = 0.25
CELL_MM = 2.0


def ragged(loops):
    offsets = np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64)
    return np.concatenate([np.asarray(loop, dtype=np.float64) for loop in loops]), offsets


def region(loops, pattern="meander", angle=0.0, overlap=0.0, cell=CELL_MM, distance=DISTANCE_MM):
    return hatch_region(
        *ragged(loops),
        pattern=pattern,
        angle_deg=angle,
        distance_mm=distance,
        cell_mm=cell,
        overlap_mm=overlap,
    )


def ring(x, y, radius, count=12, turn=0.1):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def square(x, y, width):
    return np.array([(x, y), (x + width, y), (x + width, y + width), (x, y + width)], dtype=np.float64)


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


def in_frame(segments, angle):
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x0, y0, x1, y1 = segments.astype(np.float64).T
    return np.column_stack([x0 * c + y0 * s, x1 * c + y1 * s]), np.column_stack(
        [y0 * c - x0 * s, y1 * c - x1 * s]
    )


def clipped(polygon, angle, distance=DISTANCE_MM):
    """Hatch lines clipped by the region: line number -> length."""
    turned = rotate(polygon, -angle, origin=(0, 0))
    if turned.is_empty:
        return {}
    u0, v0, u1, v1 = turned.bounds
    number = np.arange(math.floor(v0 / distance) - 1, math.ceil(v1 / distance) + 1)
    v = (number + 0.5) * distance
    lines = shapely.linestrings([[(u0 - 1, y), (u1 + 1, y)] for y in v])
    along = shapely.length(shapely.intersection(turned, lines))
    return {int(k): float(mm) for k, mm in zip(number, along, strict=True) if mm > 1e-3}


def per_line(segments, angle, distance=DISTANCE_MM):
    _, v = in_frame(segments, angle)
    number = np.round(v.mean(axis=1) / distance - 0.5).astype(int)
    found = {}
    for k, mm in zip(number, lengths(segments), strict=True):
        found[int(k)] = found.get(int(k), 0.0) + float(mm)
    return found


bodies = st.lists(
    st.tuples(
        st.floats(-12, 12),
        st.floats(-12, 12),
        st.floats(0.3, 5),
        st.integers(3, 9),
        st.floats(0, 6),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def drawn(entries, x=0.0, y=0.0):
    """Outer loops that may overlap, some with a hole."""
    loops = []
    for dx, dy, radius, count, turn, hollow in entries:
        loops.append(ring(x + dx, y + dy, radius, count, turn))
        if hollow:
            loops.append(ring(x + dx, y + dy, 0.4 * radius, count, turn)[::-1])
    return loops


def winding_region(loops):
    """Where the winding number is 1 or more: faces of all edges together, each judged by a point inside."""
    edges = shapely.union_all([shapely.LinearRing(loop) for loop in loops])
    faces = [face for face in shapely.polygonize([edges]).geoms if face.area > 1e-9]
    polygons = [shapely.Polygon(loop) for loop in loops]
    signs = [1 if shapely.is_ccw(shapely.LinearRing(loop)) else -1 for loop in loops]
    keep = []
    for face in faces:
        inside = face.representative_point()
        winding = sum(sign for polygon, sign in zip(polygons, signs, strict=True) if polygon.contains(inside))
        if winding >= 1:
            keep.append(face)
    return shapely.union_all(keep)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(bodies, st.floats(0, 360), st.sampled_from([(0.0, 0.0), (200.0, -200.0)]))
def test_every_line_is_as_long_as_the_region_there(entries, angle, place):
    loops = drawn(entries, *place)
    expected = clipped(winding_region(loops), angle)
    hatched = region(loops, angle=angle)
    found = per_line(hatched.segments, angle)
    for k in expected.keys() | found.keys():
        assert found.get(k, 0.0) == pytest.approx(expected.get(k, 0.0), abs=2e-3), f"mm on line {k}"
    assert hatched.line_mm == pytest.approx(lengths(hatched.segments).sum(), rel=1e-5, abs=1e-3), "mm"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=9),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([0.0, 45.0, 90.0, 67.0]),
)
def test_polygons_on_a_grid_lose_and_double_nothing(polygons, angle):
    """Corners on hatch lines, edges on edges, loops that cross themselves: alone or together, the same."""
    loops = [np.array(polygon, dtype=np.float64) for polygon in polygons]
    hatched = region(loops, angle=angle, distance=0.5)
    points, offsets = ragged(loops)
    # The same curves as one loop that runs back over its own tracks: one group.
    whole = np.concatenate([part for loop in loops for part in (loops[0][:1], loop, loop[:1], loops[0][:1])])
    together = region([whole], angle=angle, distance=0.5)
    total = hatched.line_mm + hatched.short_mm
    assert total == pytest.approx(together.line_mm + together.short_mm, rel=1e-9, abs=1e-9), "mm"
    shift = np.array([0.0, 40.0])
    doubled = region([*loops, *(loop + shift for loop in loops)], angle=angle, distance=0.5)
    if angle == 0.0:
        assert doubled.line_mm == pytest.approx(2 * hatched.line_mm, rel=1e-9, abs=1e-9), "mm"
    assert len(points) == offsets[-1]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(bodies, st.floats(0, 360), st.floats(0.7, 9.0))
def test_stripes_are_as_long_as_the_meander(entries, angle, cell):
    loops = drawn(entries)
    meander, stripes = region(loops, angle=angle), region(loops, "stripes", angle, cell=cell)
    assert stripes.line_mm == pytest.approx(meander.line_mm, rel=1e-9), "mm"
    assert lengths(stripes.segments).sum() == pytest.approx(meander.line_mm, rel=1e-5, abs=1e-3), "mm"
    found, expected = per_line(stripes.segments, angle), per_line(meander.segments, angle)
    assert found == pytest.approx(expected, abs=2e-3)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(bodies, st.floats(0, 360), st.floats(0.7, 6.0), st.sampled_from([(0.0, 0.0), (150.0, 90.0)]))
def test_each_island_is_hatched_along_its_own_direction(entries, angle, cell, place):
    loops = drawn(entries, *place)
    polygon = winding_region(loops)
    hatched = region(loops, "chess", angle, cell=cell)
    turned = rotate(polygon, -angle, origin=(0, 0))
    u, v = in_frame(hatched.segments, angle)
    column = np.round(u.mean(axis=1) / cell).astype(int)
    row = np.round(v.mean(axis=1) / cell).astype(int)
    along_u = np.abs(u[:, 1] - u[:, 0]) > np.abs(v[:, 1] - v[:, 0])
    np.testing.assert_array_equal(along_u, (column + row) % 2 == 0)
    found = {}
    for i, j, mm in zip(column, row, lengths(hatched.segments), strict=True):
        found[int(i), int(j)] = found.get((int(i), int(j)), 0.0) + float(mm)
    u0, v0, u1, v1 = turned.bounds
    expected_mm = 0.0
    for i in range(math.floor(u0 / cell) - 1, math.ceil(u1 / cell) + 2):
        for j in range(math.floor(v0 / cell) - 1, math.ceil(v1 / cell) + 2):
            island = shapely.box((i - 0.5) * cell, (j - 0.5) * cell, (i + 0.5) * cell, (j + 0.5) * cell)
            part = shapely.intersection(turned, island)
            # Lines across: of the second kind they count against u.
            along = 0.0 if (i + j) % 2 == 0 else 90.0
            mm = sum(clipped(part, along).values()) if part.area > 1e-9 else 0.0
            expected_mm += mm
            assert found.get((i, j), 0.0) == pytest.approx(mm, abs=2e-2), f"mm in island {i}, {j}"
    assert hatched.line_mm + hatched.short_mm == pytest.approx(expected_mm, rel=1e-4, abs=0.05), "mm"


def test_islands_overlap_by_what_is_asked_for():
    """A square of 6 by 6 islands of 2 mm, which grow by 0.05 mm over their inner borders."""
    loops = [square(-5.0, -5.0, 12.0)]
    plain, wide = region(loops, "chess"), region(loops, "chess", overlap=0.1)
    assert plain.line_mm == pytest.approx(wide.line_mm, rel=1e-9), "mm"
    grown = lengths(wide.segments).sum() - lengths(plain.segments).sum()
    # Each island has 8 lines that grow at the inner borders across them; no line lies in an overlap.
    borders = sum(
        8 * (((i if (i + j) % 2 == 0 else j) > 0) + ((i if (i + j) % 2 == 0 else j) < 5))
        for i in range(6)
        for j in range(6)
    )
    assert grown == pytest.approx(0.05 * borders, rel=1e-3), "mm"


def test_lines_in_an_overlap_belong_to_both_islands():
    plain = region([square(-5.0, -5.0, 12.0)], "chess", cell=2.0)
    wide = region([square(-5.0, -5.0, 12.0)], "chess", cell=2.0, overlap=0.3)
    u, v = in_frame(wide.segments, 0.0)
    along_u = np.abs(u[:, 1] - u[:, 0]) > np.abs(v[:, 1] - v[:, 0])
    # A line half a distance beside a border lies within half an overlap of it.
    assert len(wide.segments) > len(plain.segments)
    assert np.abs(v[along_u, 0] - 2.0 * np.round(u[along_u].mean(axis=1) / 2.0)).min() >= 0.0
    assert wide.line_mm == pytest.approx(plain.line_mm, rel=1e-9), "mm; overlaps are left out"


@pytest.mark.parametrize("pattern", PATTERNS)
def test_bodies_apart_are_finished_one_after_the_other(pattern):
    rng = np.random.default_rng(5)
    middles = [(6.0 * i, 6.0 * j) for i in range(5) for j in range(4)]
    rng.shuffle(middles)
    loops = [loop for x, y in middles for loop in (ring(x, y, 2.4), ring(x, y, 1.0)[::-1])]
    segments = region(loops, pattern, 67.0).segments
    middle = segments.astype(np.float64).reshape(-1, 2, 2).mean(axis=1)
    body = np.round(middle / 6.0).astype(int) @ (1, 100)
    assert np.count_nonzero(np.diff(body)) == len(middles) - 1, "each body once"
    changes = np.flatnonzero(np.diff(body))
    way = np.hypot(*(np.round(middle[changes] / 6.0) - np.round(middle[changes + 1] / 6.0)).T)
    assert way.mean() <= 1.5, "pitches: mostly to a neighbour"


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("angle", [0.0, 67.0, 134.0])
def test_the_order_of_loops_moves_no_vector(pattern, angle):
    rng = np.random.default_rng(1)
    loops = [ring(*rng.uniform(-20, 20, 2), rng.uniform(0.3, 3.0), 15) for _ in range(60)]
    once, again = region(loops, pattern, angle), region(loops, pattern, angle)
    np.testing.assert_array_equal(once.segments, again.segments)
    order = rng.permutation(len(loops))
    other = region([loops[i] for i in order], pattern, angle)
    assert sorted(map(bytes, once.segments)) == sorted(map(bytes, other.segments))


def test_meander_lines_ascend_and_alternate():
    segments = region([ring(3.0, 4.0, 9.0, 80), ring(3.0, 4.0, 4.0, 40)[::-1]], angle=30.0).segments
    u, v = in_frame(segments, 30.0)
    line = np.round(v.mean(axis=1) / DISTANCE_MM - 0.5).astype(int)
    assert (np.diff(line) >= 0).all()
    np.testing.assert_array_equal(u[:, 1] > u[:, 0], line % 2 == 0)
    same = np.diff(line) == 0
    assert (np.diff(u.mean(axis=1))[same] * np.where(line[1:] % 2 == 0, 1, -1)[same] > 0).all()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(bodies, st.sampled_from([1.0, 1e-3, 30.0]), st.sampled_from([0.0, 1.1]))
def test_groups_share_no_box_and_hold_every_loop_once(entries, scale, angle_rad):
    loops = [loop * scale for loop in drawn(entries)]
    points, offsets = ragged(loops)
    order, group_offsets = group_loops(points, offsets, angle_rad)
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    points = points @ np.array([[c, -s], [s, c]])
    assert sorted(order.tolist()) == list(range(len(loops)))
    # Along, across, and on both diagonals.
    sides = points @ np.array([[1, 0, 1, 1], [0, 1, 1, -1]])
    boxes = [(sides[a:b].min(axis=0), sides[a:b].max(axis=0)) for a, b in pairwise(offsets)]
    group = np.empty(len(loops), dtype=int)
    for g, (a, b) in enumerate(pairwise(group_offsets)):
        assert b > a, "no empty group"
        group[order[a:b]] = g
        assert (np.diff(order[a:b]) > 0).all(), "inside of a group as they came"
    # Connected by overlapping boxes, no more and no less.
    label = list(range(len(loops)))
    for i, p in enumerate(boxes):
        for j, q in enumerate(boxes[:i]):
            if (p[0] <= q[1]).all() and (q[0] <= p[1]).all():
                label = [label[j] if mark == label[i] else mark for mark in label]
    for i in range(len(loops)):
        for j in range(i):
            assert (group[i] == group[j]) == (label[i] == label[j])


@pytest.mark.parametrize("angle", range(0, 180, 9))
def test_round_bodies_close_to_each_other_are_groups_of_their_own_at_every_angle(angle):
    loops = [ring(2.0 * i, 2.0 * j, 0.9) for i in range(6) for j in range(6)]
    _, group_offsets = group_loops(*ragged(loops), math.radians(angle))
    assert len(group_offsets) - 1 == 36


def test_small_loops_in_a_large_one_and_beside_it_are_grouped_rightly():
    loops = [ring(0.1 * i, 0.1 * j, 0.02) for i in range(-20, 60) for j in range(-20, 21)]
    loops.insert(1000, square(-1.05, -1.05, 2.1))
    points, offsets = ragged(loops)
    order, group_offsets = group_loops(points, offsets, 0.0)
    sizes = np.diff(group_offsets)
    assert sizes.max() == 21 * 21 + 1
    assert np.count_nonzero(sizes == 1) == len(loops) - 21 * 21 - 1
    assert len(order) == len(loops)


@pytest.mark.parametrize("place", [0, 1, 50, 100])
def test_loops_that_a_shift_used_up_do_not_change_the_way_from_body_to_body(place):
    """They have no place: taken for the origin of the platform, they made rows of many bodies each."""
    loops = [square(200.0 + 2.0 * i, 200.0 + 2.0 * j, 1.0) for i in range(10) for j in range(10)]
    plain, plain_offsets = group_loops(*ragged(loops), 0.3)
    loops[place:place] = [np.empty((0, 2))] * 3
    order, group_offsets = group_loops(*ragged(loops), 0.3)
    kept = [n for n in order.tolist() if len(loops[n])]
    assert [n - 3 * (n > place) for n in kept] == plain.tolist()
    assert len(group_offsets) == len(plain_offsets)
    assert group_offsets[-1] == len(loops)


def test_loops_that_are_all_used_up_are_one_group():
    order, group_offsets = group_loops(np.empty((0, 2)), np.zeros(4, dtype=np.int64), 0.3)
    assert (order.tolist(), group_offsets.tolist()) == ([0, 1, 2], [0, 3])


def test_crowded_lines_cost_no_more_than_sorting():
    """4,000 needles across all lines, each line's order new: squared it would take a minute."""
    rng = np.random.default_rng(0)
    x0, x1 = rng.uniform(0, 100, (2, 4000))
    loops = [
        np.array([(a, 0), (a + 0.001, 0), (b + 0.001, 20), (b, 20)]) for a, b in zip(x0, x1, strict=True)
    ]
    hatched = region(loops, distance=0.2)
    assert len({int(k) for k in per_line(hatched.segments, 0.0, 0.2)}) == 100


def test_nothing_gives_nothing():
    for pattern in PATTERNS:
        assert hatch_curves(
            np.empty((0, 2)), np.zeros(1, dtype=np.int64), pattern=pattern, angle_deg=0.0, distance_mm=0.1
        ).shape == (0, 4)


def test_an_unknown_pattern_is_refused():
    with pytest.raises(ValueError, match="unknown hatch pattern"):
        region([square(0, 0, 1)], "spiral")
