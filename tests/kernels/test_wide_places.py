"""Oracle: shapely's inward buffer: where a disc's middle may lie. Never a place too few."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amprep.kernels.wide_places import boxes_around, wide_places
from amprep.model.layer import Contours
from amprep.regions import LayerScans


def star(rng, radius):
    corners = int(rng.integers(4, 20))
    angle = 2.0 * np.pi * (np.arange(corners) + rng.uniform(0.0, 0.9, corners)) / corners
    reach = rng.uniform(0.2, 1.0, corners) * radius
    return rng.uniform(-10.0, 10.0, 2) + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def ragged(loops):
    return Contours(np.concatenate(loops), np.cumsum([0, *map(len, loops)]))


def places_in(contours, radius, distance):
    pieces, runs = LayerScans().of(contours, distance)
    return wide_places(pieces, runs, distance, radius)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1.0), st.floats(0.1, 0.6))
@example(seed=611, radius=1.0 / 3.0, ratio=1.0 / 3.0)
def test_no_place_of_a_disc_is_missed(seed, radius, ratio):
    rng = np.random.default_rng(seed)
    loop = star(rng, rng.uniform(0.5, 6.0))
    # Shapely's arcs are chords inside of the disc: a larger one has its chords outside of it.
    middles = shapely.Polygon(loop).buffer(0).buffer(-radius / np.cos(np.pi / 256.0), quad_segs=64)
    places = places_in(ragged([loop]), radius, ratio * radius)
    found = shapely.union_all([shapely.box(*place) for place in places])
    assert (middles - found.buffer(1e-9)).area == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("angle", np.radians([0.0, 20.0, 45.0, 70.0, 90.0]))
def test_strips_far_narrower_than_the_disc_are_none(angle):
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for width in np.arange(0.05, 0.55, 0.05):
        strip = np.array([(0, 0), (20, 0), (20, width), (0, width)]) @ turn + 0.0123
        assert len(places_in(ragged([strip]), 0.5, 0.3)) == 0, width
    wide = np.array([(0, 0), (20, 0), (20, 1.001), (0, 1.001)]) @ turn
    assert len(places_in(ragged([wide]), 0.5, 0.3)) > 0


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_boxes_hold_all_places_and_keep_clear_of_each_other(seed):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0.0, 20.0, (rng.integers(1, 30), 2))
    places = np.hstack([low, low + rng.uniform(0.0, 3.0, low.shape)])
    marks = np.zeros((25, 25), dtype=np.uint8)
    boxes = boxes_around(places, 0.4, 0.0, 0.0, 1.0, marks)
    for i, box in enumerate(boxes):
        for other in boxes[:i]:
            assert (box[:2] > other[2:]).any() or (box[2:] < other[:2]).any(), "with a tile between them"
    for place in places:
        grown = np.clip(np.concatenate([place[:2] - 0.4, place[2:] + 0.4]), 0.0, 25.0)
        assert any((grown[:2] >= box[:2]).all() and (grown[2:] <= box[2:]).all() for box in boxes)


def test_nothing_has_no_places():
    empty = np.empty((0, 2)), np.empty((0, 3), dtype=np.int64)
    assert len(wide_places(*empty, 0.1, 0.5)) == 0
