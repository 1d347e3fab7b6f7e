"""What is packed comes back through a decoder of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.viewer.decoding import unpacked

from amprep.model.scan import ScanVectors
from amprep.viewer.encoding import HATCHED, encoded_layer, grid_of

BOUNDS = (-3.0, -3.0, 400.0, 397.0)


@st.composite
def layers(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    n = draw(st.integers(0, 60))
    rng = np.random.default_rng(seed)
    segments = rng.uniform(-2.9, 396.9, (n, 4)).astype(np.float32)
    for i in range(1, n):
        if rng.random() < 0.5:
            segments[i, :2] = segments[i - 1, 2:]
    regions = np.array([0, 1, 2, 3, 4, 6, 7, 8, 16, 17])
    vectors = ScanVectors(
        segments,
        regions[rng.integers(0, len(regions), n)].astype(np.uint8),
        rng.integers(0, 70, n).astype(np.uint16),
        rng.integers(0, 4, n).astype(np.uint8),
    )
    return vectors, rng.integers(0, 3, n).astype(np.uint16), rng.random(n) < 0.6


def expected(vectors, number, grid, keep):
    """By laser, in firing order."""
    found = []
    for laser in range(256):
        for i in np.flatnonzero((vectors.laser == laser) & keep):
            ends = (
                round(
                    float(
                        (vectors.segments[i, c].astype(np.float64) - (grid.x_mm, grid.y_mm)[c % 2])
                        / grid.step_mm
                    )
                )
                for c in range(4)
            )
            found.append((*ends, int(vectors.part[i]), int(number[i]), int(vectors.region[i]), laser))
    return found


@given(layers())
@settings(deadline=None)
def test_round_trip(layer):
    vectors, number, keep = layer
    grid = grid_of(BOUNDS)
    for chosen in (None, keep):
        found, before = unpacked(encoded_layer(vectors, number, grid, chosen), HATCHED.tolist())
        shown = np.ones(len(vectors), dtype=bool) if chosen is None else chosen
        assert found == expected(vectors, number, grid, shown)
        assert before == np.count_nonzero(HATCHED[vectors.region])


@pytest.mark.parametrize(
    ("bounds", "step_um"),
    [
        ((-50.0, -50.0, 50.0, 50.0), 2.0),
        ((0.0, 0.0, 400.0, 400.0), 6.25),
        ((0.0, 0.0, 9000.0, 10.0), 9e6 / 65535),
    ],
)
def test_the_grid_is_the_finest_that_spans_the_platform(bounds, step_um):
    grid = grid_of(bounds)
    assert grid.step_mm == pytest.approx(step_um * 1e-3)
    corners = np.array([bounds], dtype=np.float32)
    back = grid.places(corners) * grid.step_mm + np.array([grid.x_mm, grid.y_mm] * 2)
    assert np.abs(back - bounds).max() <= grid.step_mm


def test_joined_ends_stay_joined():
    rng = np.random.default_rng(7)
    points = rng.uniform(0, 400, (50, 2)).astype(np.float32)
    segments = np.hstack([points[:-1], points[1:]])
    places = grid_of((0.0, 0.0, 400.0, 400.0)).places(segments)
    assert np.array_equal(places[1:, :2], places[:-1, 2:])
