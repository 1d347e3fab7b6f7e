"""Oracles: manifold3d (Clipper2) for clean offsets, shapely for the clipping of hatch lines.

Recipe: a random region of unions and differences is offset twice, once raw by our kernel and once cleanly by
Clipper2 (mitre, limit 2). Our kernel hatches the raw curves by winding number; shapely clips long lines with
the clean polygons. Both must have the same length, line by line and in all.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from manifold3d import CrossSection, FillRule, JoinType
from shapely.affinity import rotate

from amprep.hatching.patterns import hatch_region
from amprep.kernels.offset import offset_raw
from amprep.model.arrays import read_only

HATCH_MM = 0.1
WIDE_MM = 1e6


def ragged(loops):
    points = np.concatenate([np.asarray(loop, dtype=np.float64).reshape(-1, 2) for loop in loops])
    return read_only(points), read_only(np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64))


def polygon_of(section):
    """The region as a shapely geometry; components of a clean section have one outer loop, the largest."""
    parts = []
    for component in section.decompose():
        loops = sorted(component.to_polygons(), key=lambda loop: -abs(shapely.Polygon(loop).area))
        parts.append(shapely.Polygon(loops[0], loops[1:]))
    return shapely.MultiPolygon(parts)


def clean_offset(section, distance):
    return section.offset(-distance, JoinType.Miter, 2.0, 0)


def raw(section_or_loops, offset_mm):
    loops = section_or_loops.to_polygons() if isinstance(section_or_loops, CrossSection) else section_or_loops
    points, offsets = ragged(loops)
    points, offsets = offset_raw(points, offsets, offset_mm)
    return read_only(points), read_only(offsets)


def hatch(curves, angle_deg=0.0, distance=HATCH_MM, stripe=WIDE_MM, overlap=0.0):
    hatched = hatch_region(
        *curves,
        pattern="stripes",
        angle_deg=angle_deg,
        distance_mm=distance,
        cell_mm=stripe,
        overlap_mm=overlap,
    )
    return hatched.segments, hatched.line_mm, hatched.short_mm


def lines_through(polygon, angle_deg, distance):
    """Hatch lines (k + ½) · distance clipped by the polygon, with shapely, in the hatch frame."""
    turned = rotate(polygon, -angle_deg, origin=(0, 0))
    if turned.is_empty:
        return np.empty(0)
    u0, v0, u1, v1 = turned.bounds
    v = (np.arange(math.floor(v0 / distance) - 1, math.ceil(v1 / distance) + 1) + 0.5) * distance
    lines = shapely.linestrings(
        np.stack(
            [np.stack([np.full(len(v), u0 - 1.0), v], 1), np.stack([np.full(len(v), u1 + 1.0), v], 1)], 1
        )
    )
    return shapely.length(shapely.intersection(turned, lines))


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


def random_region(rng):
    def shape():
        kind = rng.integers(4)
        if kind == 0:
            one = CrossSection.square(tuple(rng.uniform(2.0, 18.0, 2)), center=True)
        elif kind == 1:
            one = CrossSection.circle(rng.uniform(1.0, 9.0), int(rng.integers(8, 90)))
        elif kind == 2:  # a thin wall, thinner or thicker than twice the offset
            one = CrossSection.square((rng.uniform(8.0, 25.0), rng.uniform(0.02, 0.6)), center=True)
        else:
            one = CrossSection.circle(rng.uniform(3.0, 8.0), 64) - CrossSection.circle(2.9, 48)
        return one.rotate(rng.uniform(0.0, 360.0)).translate(tuple(rng.uniform(-10.0, 10.0, 2)))

    region = CrossSection.square((6.0, 6.0), center=True)
    for _ in range(rng.integers(3, 12)):
        region = region - shape() if rng.random() < 0.4 else region + shape()
    return region.translate(tuple(rng.uniform(-150.0, 150.0, 2)))


def assert_same_hatch(section, offset_mm, angle_deg, *, area_too=True):
    expected = clean_offset(section, offset_mm)
    polygon = polygon_of(expected)
    segments, line_mm, short_mm = hatch(raw(section, offset_mm), angle_deg)
    clipped = lines_through(polygon, angle_deg, HATCH_MM)
    assert line_mm + short_mm == pytest.approx(clipped.sum(), rel=2e-6, abs=1e-5), "mm of hatch lines"
    assert lengths(segments).sum() == pytest.approx(line_mm, rel=1e-5, abs=1e-4), "mm of vectors"
    if len(segments):
        inside = polygon.buffer(1e-3)
        shapely.prepare(inside)
        assert shapely.covers(
            inside, shapely.linestrings(segments.astype(np.float64).reshape(-1, 2, 2))
        ).all()
    if area_too:
        assert line_mm * HATCH_MM == pytest.approx(expected.area(), rel=0.01), "mm²"


@pytest.mark.parametrize("seed", range(40))
def test_random_regions_are_hatched_as_clean_polygons_are(seed):
    rng = np.random.default_rng(seed)
    assert_same_hatch(random_region(rng), rng.choice([0.05, 0.08, 0.2]), rng.uniform(0.0, 360.0))


@pytest.mark.parametrize("offset_mm", [0.0, 1e-4, 0.5, 3.0])
def test_small_and_large_offsets_are_hatched_as_clean_polygons_are(offset_mm):
    for seed in range(5):
        section = random_region(np.random.default_rng(1000 + seed))
        assert_same_hatch(section, offset_mm, 37.0, area_too=offset_mm < 1.0)


def test_walls_thinner_than_twice_the_offset_vanish_and_thicker_ones_stay():
    for width in (0.02, 0.1, 0.159, 0.161, 0.2, 0.5):
        wall = CrossSection.square((30.0, width)).rotate(20.0)
        _, line_mm, short_mm = hatch(raw(wall, 0.08), 110.0)
        if width < 0.16:
            assert line_mm == 0.0, f"mm in a wall of {width} mm"
        else:
            lines = (30.0 - 0.16) / HATCH_MM
            assert line_mm + short_mm == pytest.approx(lines * (width - 0.16), rel=5e-3), (
                f"wall of {width} mm"
            )


def test_a_lattice_of_thin_cells_is_hatched_as_clean_polygons_are():
    """Hollow cells in a grid whose walls partly vanish: the worst case of the raw curve."""
    cell = CrossSection.square((1.0, 1.0), center=True)
    lattice = CrossSection()
    rng = np.random.default_rng(11)
    for x in range(8):
        for y in range(8):
            hole = CrossSection.square(tuple(rng.uniform(0.75, 0.9, 2)), center=True)
            lattice += (cell - hole).rotate(rng.uniform(0, 20)).translate((0.97 * x, 0.97 * y))
    assert_same_hatch(lattice, 0.05, 30.0, area_too=False)


def test_a_wheel_with_many_sharp_teeth_is_hatched_as_clean_polygons_are():
    """Corners beyond the mitre limit, convex and reflex ones."""
    angle = 2 * np.pi * np.arange(120) / 120
    radius = np.where(np.arange(120) % 2, 9.0, 6.0)
    star = CrossSection([np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])])
    ring = CrossSection.circle(12.0, 100) - star
    for offset_mm in (0.02, 0.08):
        assert_same_hatch(star, offset_mm, 12.0)
        assert_same_hatch(ring, offset_mm, 12.0)


def test_a_square_gets_offset_edges_at_exactly_the_offset():
    points, offsets = raw([[(0, 0), (10, 0), (10, 10), (0, 10)]], 1.0)
    assert offsets.tolist() == [0, 12]
    expected = [(0, 1), (1, 0), (0, 0), (10, 0), (10, 1), (9, 0), (10, 9), (9, 10), (10, 10), (0, 10), (0, 9)]
    assert {tuple(np.round(p, 12)) for p in points} == {*expected, (1, 10)}
    _, line_mm, _ = hatch((points, offsets))
    assert line_mm * HATCH_MM == pytest.approx(64.0), "mm²"


def test_repeated_points_change_nothing():
    loop = [(0, 0), (8, 0), (8, 5), (3, 9), (0, 5)]
    doubled = [p for p in loop for _ in range(3)]
    one, other = raw([loop], 0.3), raw([doubled], 0.3)
    np.testing.assert_array_equal(one[0], other[0])
    shifted = [*doubled[1:], doubled[0]]
    assert hatch(raw([shifted], 0.3), 30.0)[1] == pytest.approx(hatch(one, 30.0)[1], rel=1e-12)


def test_loops_without_length_give_no_points():
    points, offsets = raw([[(1, 1)] * 4, [(0, 0), (4, 0), (0, 3)], [(2, 2)]], 0.1)
    assert offsets[1] == 0
    assert offsets[2] == offsets[3] == len(points) == 9


def test_loops_that_overlap_are_hatched_once():
    squares = [[(0, 0), (10, 0), (10, 10), (0, 10)], [(4, 5), (14, 5), (14, 15), (4, 15)]]
    union = polygon_of(CrossSection([np.array(s, dtype=float) for s in squares], FillRule.Positive))
    segments, line_mm, _ = hatch(ragged(squares), 17.0)
    assert line_mm == pytest.approx(lines_through(union, 17.0, HATCH_MM).sum(), rel=1e-9), "mm"
    assert lengths(segments).sum() == pytest.approx(line_mm, rel=1e-6), "mm"


def test_a_loop_twice_is_hatched_once_and_a_hole_needs_as_many_turns_as_its_surroundings():
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    hole = [(2, 2), (2, 6), (6, 6), (6, 2)]
    assert hatch(ragged([square, square]))[1] == pytest.approx(hatch(ragged([square]))[1])
    assert hatch(ragged([square, square, hole]))[1] == pytest.approx(hatch(ragged([square]))[1])
    assert hatch(ragged([square, hole]))[1] * HATCH_MM == pytest.approx(84.0), "mm²"


def test_a_clockwise_loop_alone_is_not_hatched():
    for angle in (0.0, 45.0, 90.0, 123.0):
        segments, line_mm, short_mm = hatch(ragged([[(0, 0), (0, 10), (10, 10), (10, 0)]]), angle)
        assert (len(segments), line_mm, short_mm) == (0, 0.0, 0.0)


def test_bodies_that_touch_are_hatched_without_a_gap():
    left = [(0, 0), (5, 0), (5, 10), (0, 10)]
    right = [(5, 0), (10, 0), (10, 10), (5, 10)]
    segments, _, _ = hatch(ragged([left, right]))
    assert len(segments) == 100, "one vector per line"
    assert lengths(segments) == pytest.approx(np.full(100, 10.0), rel=1e-6)


def test_nothing_to_hatch_gives_nothing():
    empty = read_only(np.empty((0, 2))), read_only(np.zeros(1, dtype=np.int64))
    between_lines = ragged([[(0, 0.06), (10, 0.06), (10, 0.14), (0, 0.14)]])
    for curves in (empty, between_lines):
        segments, line_mm, short_mm = hatch(curves)
        assert (segments.shape, line_mm, short_mm) == ((0, 4), 0.0, 0.0)


def test_corners_exactly_on_hatch_lines_are_met_once():
    """Lines at 0.5, 1.5, …; a square whose edges and a diamond whose corners lie on them."""
    square = ragged([[(0, 0.5), (10, 0.5), (10, 4.5), (0, 4.5)]])
    assert hatch(square, distance=1.0)[1] == pytest.approx(40.0), "four lines: the lower edge's is met"
    diamond = ragged([[(0, 0.5), (4, 4.5), (0, 8.5), (-4, 4.5)]])
    assert hatch(diamond, distance=1.0)[1] == pytest.approx(sum([0, 2, 4, 6, 8, 6, 4, 2])), "mm"


def test_lines_too_short_to_expose_are_counted_and_not_made():
    """A needle of 10 mm, 1 µm wide at its foot: every line across it is shorter than the shortest vector."""
    needle = ragged([[(0, 0), (0.00099, 0), (0.0005, 10)]])
    segments, line_mm, short_mm = hatch(needle)
    assert (len(segments), line_mm) == (0, 0.0)
    assert short_mm * HATCH_MM == pytest.approx(0.00099 * 10 / 2, rel=1e-3), "mm²"
