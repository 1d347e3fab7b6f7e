"""Curves moved into a box: oracle is the winding number at random places, and shapely's intersection."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.polygons import contours_of, section_of, within_box


def winding(contours, places):
    """How often loops wind around each place."""
    total = np.zeros(len(places))
    for i in range(len(contours)):
        to = contours.loop(i)[None] - places[:, None]
        angle = np.arctan2(to[..., 1], to[..., 0])
        step = np.diff(np.concatenate([angle, angle[:, :1]], axis=1), axis=1)
        total += ((step + np.pi) % (2.0 * np.pi) - np.pi).sum(axis=1) / (2.0 * np.pi)
    return np.round(total)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(3, 40))
def test_places_of_the_box_keep_their_winding_number(seed, loops, corners):
    """Also around loops that cross themselves, and points on the box's sides and corners."""
    rng = np.random.default_rng(seed)
    made = [rng.uniform(-2.0, 3.0, (corners, 2)) for _ in range(loops)]
    for loop in made:
        loop[rng.random(corners) < 0.2] = rng.integers(0, 2, 2)
    given_ = contours_of(made)
    found = within_box(given_, np.array([0.0, 0.0, 1.0, 1.0]))
    assert found.points.min() >= 0.0
    assert found.points.max() <= 1.0
    places = rng.uniform(0.01, 0.99, (50, 2))
    assert winding(found, places).tolist() == winding(given_, places).tolist()


def test_what_two_regions_share_in_the_box_of_one_stays():
    angles = np.linspace(0.0, 2.0 * np.pi, 4000, endpoint=False)
    star = np.column_stack([np.cos(angles), np.sin(angles)]) * (5.0 + np.sin(40.0 * angles))[:, None]
    hole = 0.5 * star[::-1]
    ground = contours_of([star, hole])
    body = shapely.Point(4.2, 1.0).buffer(1.1)
    cut = section_of(within_box(ground, np.array(body.bounds)))
    body_section = section_of(contours_of([np.asarray(body.exterior.coords)[:-1][::-1]]))
    expected = shapely.Polygon(star, [hole]).intersection(body).area
    assert (cut ^ body_section).area() == pytest.approx(expected, rel=1e-6)
    assert len(within_box(ground, np.array(body.bounds)).points) < 1000


def test_nothing_stays_of_what_lies_beside_the_box():
    square = contours_of([np.array([[2.0, 0.0], [3.0, 0.0], [3.0, 1.0], [2.0, 1.0]])])
    assert section_of(within_box(square, np.array([0.0, 0.0, 1.0, 1.0]))).area() == 0.0
    nothing = within_box(contours_of([]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert len(nothing) == 0
