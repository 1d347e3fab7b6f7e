"""Oracle: the definition of the cells, evaluated with numpy.searchsorted on the pieces that come out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.seams import cut_at_seams
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM
from amprep.model.arrays import read_only

STEP_MM = 5e-5
"""More than one step of float32 at 400 mm."""

LAYOUTS = {
    1: ([], [], [[0]]),
    2: ([200.0], [], [[0], [1]]),
    4: ([200.0], [200.0], [[0, 2], [1, 3]]),
    6: ([130.0, 270.0], [200.0], [[0, 3], [1, 4], [2, 5]]),
}
BY_LASERS = pytest.mark.parametrize("lasers", LAYOUTS)


def shares(lasers):
    x, y, owner = LAYOUTS[lasers]
    return (
        read_only(np.array(x, dtype=np.float64)),
        read_only(np.array(y, dtype=np.float64)),
        read_only(np.array(owner, dtype=np.uint8)),
    )


def vectors(rows):
    return read_only(np.asarray(rows, dtype=np.float32).reshape(-1, 4))


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


def cell_of(cuts, values):
    return np.searchsorted(cuts, values, side="right")


def assert_cut_well(rows, lasers):
    segments = vectors(rows)
    x_cuts, y_cuts, owner = shares(lasers)
    out, laser, source = cut_at_seams(segments, x_cuts, y_cuts, owner)
    assert (np.diff(source) >= 0).all(), "order"
    np.testing.assert_array_equal(np.unique(source), np.arange(len(segments)))
    first = np.searchsorted(source, np.arange(len(segments)), side="left")
    last = np.searchsorted(source, np.arange(len(segments)), side="right") - 1
    np.testing.assert_array_equal(out[first, :2], segments[:, :2], err_msg="first ends keep their bits")
    np.testing.assert_array_equal(out[last, 2:], segments[:, 2:], err_msg="last ends keep their bits")
    inner = source[1:] == source[:-1]
    np.testing.assert_array_equal(out[1:][inner, :2], out[:-1][inner, 2:], err_msg="pieces join bit for bit")
    assert (laser[1:][inner] != laser[:-1][inner]).all(), "neighbouring pieces belong to different lasers"
    total = np.bincount(source, weights=lengths(out), minlength=len(segments))
    assert total == pytest.approx(lengths(segments), rel=1e-5, abs=2 * STEP_MM), "mm"
    # Each piece lies in cells of its laser, but for splinters that stay with a neighbour.
    for t in (0.0, 0.25, 0.5, 0.75, 1.0):
        inset = np.minimum(0.4, (SHORTEST_VECTOR_MM + STEP_MM) / np.maximum(lengths(out), 1e-9))
        s = inset + t * (1 - 2 * inset)
        x = out[:, 0] + s * (out[:, 2].astype(np.float64) - out[:, 0])
        y = out[:, 1] + s * (out[:, 3].astype(np.float64) - out[:, 1])
        long = lengths(out) > 4 * SHORTEST_VECTOR_MM
        x_near = (np.abs(x[:, None] - x_cuts) < SHORTEST_VECTOR_MM).any(axis=1)
        y_near = (np.abs(y[:, None] - y_cuts) < SHORTEST_VECTOR_MM).any(axis=1)
        sure = long & ~x_near & ~y_near
        np.testing.assert_array_equal(laser[sure], owner[cell_of(x_cuts, x[sure]), cell_of(y_cuts, y[sure])])
    return out, laser, source


@BY_LASERS
@pytest.mark.parametrize("reach", [0.5, 10.0, 400.0])
def test_random_vectors_are_cut_into_the_cells_they_cross(lasers, reach):
    rng = np.random.default_rng(lasers)
    start = rng.uniform(0, 400, (3000, 2))
    end = np.clip(start + rng.uniform(-reach, reach, (3000, 2)), 0, 400)
    assert_cut_well(np.column_stack([start, end]), lasers)


near_seam = st.sampled_from([0.0, 129.9995, 130.0, 199.9, 199.9995, 200.0, 200.0005, 200.1, 270.0, 400.0])
place = st.one_of(near_seam, st.floats(0, 400, width=32))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(place, place, place, place), min_size=1, max_size=8), st.sampled_from([1, 2, 4, 6]))
def test_vectors_about_the_seams_keep_length_order_and_bits(rows, lasers):
    assert_cut_well([row for row in rows if row[:2] != row[2:]] or [(0, 0, 1, 1)], lasers)


def test_one_laser_cuts_nothing():
    rows = [(0, 0, 400, 400), (200, 0, 200, 400)]
    out, laser, source = assert_cut_well(rows, 1)
    np.testing.assert_array_equal(out, vectors(rows))
    assert laser.tolist() == [0, 0]
    assert source.tolist() == [0, 1]


def test_a_vector_across_four_lasers_is_cut_once_per_seam():
    out, laser, _ = assert_cut_well([(150, 190, 250, 220)], 4)
    assert laser.tolist() == [0, 2, 3]
    assert out[:, 0].tolist() == pytest.approx([150.0, 150 + 100 / 3, 200.0]), "mm"


def test_the_diagonal_through_the_point_where_all_seams_meet_has_two_pieces():
    out, laser, _ = assert_cut_well([(100, 100, 300, 300), (300, 300, 100, 100), (300, 100, 100, 300)], 4)
    assert laser.tolist() == [0, 3, 3, 0, 1, 2]
    assert out[0, 2:].tolist() == [200.0, 200.0]


def test_a_vector_on_a_seam_belongs_to_the_right_of_it_or_above_it():
    rows = [(200, 10, 200, 90), (10, 200, 90, 200), (200, 300, 200, 210), (300, 200, 390, 200)]
    out, laser, _ = assert_cut_well(rows, 4)
    assert laser.tolist() == [1, 2, 3, 3]
    np.testing.assert_array_equal(out, vectors(rows))


def test_a_vector_that_ends_or_starts_on_a_seam_is_not_cut():
    rows = [(150, 50, 200, 50), (200, 50, 250, 50), (250, 50, 200, 50)]
    out, laser, _ = assert_cut_well(rows, 4)
    assert laser.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(out, vectors(rows))


def test_a_polyline_stays_joined_bit_for_bit():
    angle = np.linspace(0, 2 * np.pi, 721)
    ring = np.column_stack([200.3 + 57.1 * np.cos(angle), 199.7 + 57.1 * np.sin(angle)]).astype(np.float32)
    ring[-1] = ring[0]
    out, _, source = assert_cut_well(np.column_stack([ring[:-1], ring[1:]]), 4)
    assert len(source) > 720
    np.testing.assert_array_equal(out[:-1, 2:], out[1:, :2])
    np.testing.assert_array_equal(out[-1, 2:], out[0, :2])


def test_cells_of_the_same_laser_are_one():
    x_cuts, y_cuts, _ = shares(6)
    owner = read_only(np.array([[0, 0], [0, 0], [1, 1]], dtype=np.uint8))
    out, laser, _ = cut_at_seams(vectors([(10, 10, 390, 390)]), x_cuts, y_cuts, owner)
    assert laser.tolist() == [0, 1]
    assert out[0, 2:].tolist() == pytest.approx([270.0, 270.0])


def test_the_end_of_a_vector_just_beyond_a_seam_stays_with_the_vector():
    out, laser, _ = assert_cut_well([(190, 10, 200.0005, 10)], 4)
    assert laser.tolist() == [0]
    assert len(out) == 1


def test_the_start_of_a_vector_just_before_a_seam_stays_with_the_vector():
    out, laser, _ = cut_at_seams(vectors([(199.9995, 10, 210, 10)]), *shares(4))
    assert lengths(out).min() >= SHORTEST_VECTOR_MM, "mm"
    assert laser.tolist() == [1]


def test_no_vectors_give_no_pieces():
    out, laser, source = cut_at_seams(vectors([]), *shares(4))
    assert (out.shape, laser.shape, source.shape) == ((0, 4), (0,), (0,))
