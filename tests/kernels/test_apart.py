"""Oracles: the exact boundary (weights keep it from asking the proof), and shapely's idea of simple rings.

A proof may be missing, but never wrong.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amprep.kernels.apart import CROWDED, NEAR_MM, are_plain
from amprep.kernels.boundary import PLAIN, TRIMMED, boundary

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]


def curves(*loops):
    loops = [np.asarray(loop, dtype=np.float64).reshape(-1, 2) for loop in loops]
    offsets = np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64)
    return np.concatenate([np.empty((0, 2)), *loops]), offsets


def moved(loop, x, y):
    return np.asarray(loop, dtype=np.float64) + np.array([x, y])


def circle(radius, count, x=0.0, y=0.0):
    turn = 2.0 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])


def exact_state(points, offsets):
    return boundary(points, offsets, weights=np.ones(len(offsets) - 1, dtype=np.int64))[0]


def agrees(points, offsets):
    """Whether plain was proven; what is proven holds."""
    proven = are_plain(points, offsets)
    if proven:
        assert exact_state(points, offsets) == PLAIN
        rings = [shapely.LinearRing(points[a:b]) for a, b in itertools.pairwise(offsets)]
        assert all(ring.is_simple for ring in rings)
        assert all(a.disjoint(b) for a, b in itertools.combinations(rings, 2))
    return proven


PLAIN_CURVES = {
    "nothing": curves(),
    "square": curves(SQUARE),
    "square from another corner": curves(SQUARE[2:] + SQUARE[:2]),
    "circle": curves(circle(20.0, 500)),
    "points on an edge": curves([(0, 0), (3, 0), (5, 0), (10, 0), (10, 10), (0, 10), (0, 5), (0, 3)]),
    "hole": curves(SQUARE, circle(3.0, 40, 5.0, 5.0)[::-1]),
    "island in a hole": curves(circle(9.0, 90), circle(7.0, 70)[::-1], circle(5.0, 50)),
    "islands side by side": curves(*(circle(1.0, 24, 3.0 * i, 3.3 * j) for i in range(9) for j in range(9))),
    "thin wall": curves(circle(10.0, 300), circle(9.99, 300)[::-1]),
    "long needle": curves([(0, 0), (300, 200), (0, 0.01)]),
    "narrow slot": curves([(0, 0), (10, 0), (10, 5), (1, 5), (1, 5.001), (10, 5.001), (10, 10), (0, 10)]),
}

OTHER_CURVES = {
    "clockwise": curves(SQUARE[::-1]),
    "bow tie": curves([(0, 0), (10, 10), (10, 0), (0, 10)]),
    "overlap": curves(SQUARE, moved(SQUARE, 5, 5)),
    "twice": curves(SQUARE, SQUARE),
    "one inside the other": curves(SQUARE, moved(np.asarray(SQUARE) * 0.5, 2, 2)),
    "hole beside": curves(SQUARE, moved(SQUARE, 20, 0)[::-1]),
    "hole in a hole": curves(circle(9.0, 90), circle(7.0, 70)[::-1], circle(5.0, 50)[::-1]),
    "touching corners": curves(SQUARE, moved(SQUARE, 10, 10)),
    "touching edges": curves(SQUARE, moved(SQUARE, 10, 3)),
    "corner on an edge": curves(SQUARE, [(10, 5), (12, 4), (12, 6)]),
    "spike": curves([(0, 0), (10, 0), (15, 0), (10, 0), (10, 10), (0, 10)]),
    "spike of two points": curves([(0, 0), (10, 0), (10, 5), (20, 5), (10, 5), (10, 10), (0, 10)]),
    "two points": curves([(0, 0), (1, 1)]),
    "no area": curves([(0, 0), (1, 1), (2, 2)]),
    "too near": curves(SQUARE, moved(SQUARE, 10.0 + 0.1 * NEAR_MM, 0)),
    "waist of one point": curves([(0, 0), (5, 5), (10, 0), (10, 10), (5, 5), (0, 10)]),
    "not finite": curves([(0, 0), (np.nan, 0), (1, 1)]),
    "endless": curves([(0, 0), (np.inf, 0), (1, 1)]),
    "far away": curves(moved(SQUARE, 1e9, 0)),
    "too wide": curves(np.asarray(SQUARE) * 1000.0),
}


@pytest.mark.parametrize("name", PLAIN_CURVES)
def test_plain_curves_are_proven(name):
    assert agrees(*PLAIN_CURVES[name])


@pytest.mark.parametrize("name", OTHER_CURVES)
def test_nothing_else_is_proven(name):
    assert not are_plain(*OTHER_CURVES[name])


@pytest.mark.parametrize("turn", range(0, 360, 15))
def test_any_direction(turn):
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    points, offsets = PLAIN_CURVES["hole"]
    assert agrees(points @ np.array([[cosine, sine], [-sine, cosine]]), offsets)


@pytest.mark.parametrize("name", ["clockwise", "one inside the other", "hole beside", "hole in a hole"])
@pytest.mark.parametrize("turn", range(0, 360, 15))
def test_which_side_is_material_in_any_direction(name, turn):
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    points, offsets = OTHER_CURVES[name]
    assert not are_plain(points @ np.array([[cosine, sine], [-sine, cosine]]), offsets)


def test_crowded_cells_are_compared_alike():
    fine = [circle(0.02, 12, 0.05 * i, 0.05 * j) for i in range(40) for j in range(40)]
    far = circle(5.0, 16, 400.0, 400.0)
    assert len(fine) > 4 * CROWDED
    assert agrees(*curves(far, *fine))
    assert not are_plain(*curves(far, *fine, circle(0.02, 12, 1.0, 1.02)))


PLACES = st.tuples(st.integers(0, 6), st.integers(0, 6))


@example([[(0, 0), (1, 0), (0, 1)], [(2, 0), (3, 0), (2, 1)]])
@example([[(0, 0), (6, 0), (6, 6), (0, 6)], [(1, 1), (1, 2), (2, 2), (2, 1)], [(3, 1), (3, 2), (4, 2)]])
@given(st.lists(st.lists(PLACES, min_size=3, max_size=7), min_size=1, max_size=4))
@settings(deadline=None, max_examples=300)
def test_few_places_whole_numbers(loops):
    agrees(*curves(*loops))


def star(draw_radii, x, y, outwards):
    turn = 2.0 * np.pi * np.arange(len(draw_radii)) / len(draw_radii)
    radii = np.asarray(draw_radii)
    loop = np.column_stack([x + radii * np.cos(turn), y + radii * np.sin(turn)])
    return loop if outwards else loop[::-1]


STARS = st.builds(
    star,
    st.lists(st.floats(0.2, 3.0), min_size=3, max_size=40),
    st.floats(0, 12),
    st.floats(0, 12),
    st.booleans(),
)


@given(st.lists(STARS, min_size=1, max_size=5))
@settings(deadline=None, max_examples=300)
def test_stars(loops):
    points, offsets = curves(*loops)
    proven = agrees(points, offsets)
    if exact_state(points, offsets) == TRIMMED:
        assert not proven


@given(st.lists(st.floats(0.5, 3.0), min_size=8, max_size=60), st.floats(0.1, 0.9))
@settings(deadline=None)
def test_rings_are_proven(radii, share):
    outer = star(radii, 0.0, 0.0, outwards=True)
    inner = share * outer[::-1]
    assert agrees(*curves(outer, inner))


@given(st.floats(-2.0, 2.0), st.floats(0.0, 1.0), st.integers(0, 3))
@settings(deadline=None)
def test_what_comes_near_is_proven_only_where_it_is_apart(gap_in_near, along, side):
    """A corner that comes near to an edge, or through it."""
    tip = moved([(0.0, 0.0), (3.0, -1.0), (3.0, 1.0)], 10.0 + gap_in_near * NEAR_MM, 10.0 * along)
    points, offsets = curves(SQUARE, tip)
    turn = np.linalg.matrix_power(np.array([[0.0, 1.0], [-1.0, 0.0]]), side)
    proven = agrees(points @ turn, offsets)
    assert not (proven and gap_in_near <= 0.0)


def test_one_body_far_away_leaves_the_others_apart():
    """It makes the first cells so large that all others share one."""
    fine = [circle(0.02, 12, 0.05 * i, 0.05 * j) for i in range(30) for j in range(30)]
    far = circle(1.0, 30, 900.0, 900.0)
    assert agrees(*curves(*fine[::-1], far))
    assert not are_plain(*curves(*fine, circle(0.02, 12, 0.5, 0.52), far))
    assert not are_plain(*curves(*fine, fine[7][::-1] * 0.5, far))


@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 4])
def test_long_walls_beside_each_other(turn):
    cosine, sine = np.cos(turn), np.sin(turn)
    walls = [np.array([(0, y), (50, y), (50, y + 0.02), (0, y + 0.02)]) for y in 0.04 * np.arange(150.0)]
    points, offsets = curves(*walls)
    points = points @ np.array([[cosine, sine], [-sine, cosine]])
    assert agrees(points, offsets)
    points[4 * 75 + 1] = points[4 * 77 + 1]
    assert not are_plain(points, offsets)
