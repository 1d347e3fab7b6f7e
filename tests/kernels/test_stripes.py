"""Oracles: geometry in the hatch frame, recomputed with NumPy from the vectors alone.

Lines are recognised by their distance across the hatch direction, stripes by the middle of a vector along
it; the number of hatch lines comes from a hatch whose only stripe is wider than the platform.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.hatching.patterns import hatch_region
from amprep.model.arrays import read_only

HATCH_MM = 0.1
WIDE_MM = 1e6
ROUNDING_MM = 1e-4
"""Several steps of float32 at some 200 mm."""


def circle(radius, x, y, count=100):
    angle = 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def disc_with_hole(x=120.0, y=80.0):
    outer, hole = circle(14.0, x, y), circle(5.0, x + 3.0, y - 2.0, 60)[::-1]
    return read_only(np.concatenate([outer, hole])), read_only(np.array([0, 100, 160], dtype=np.int64))


def rectangle(x0, y0, x1, y1):
    points = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)
    return read_only(points), read_only(np.array([0, 4], dtype=np.int64))


def in_frame(segments, angle_deg):
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    x0, y0, x1, y1 = segments.astype(np.float64).T
    u = np.column_stack([x0 * c + y0 * s, x1 * c + y1 * s])
    v = np.column_stack([y0 * c - x0 * s, y1 * c - x1 * s])
    return u, v


def hatch(curves, angle_deg, stripe, overlap):
    hatched = hatch_region(
        *curves,
        pattern="stripes",
        angle_deg=angle_deg,
        distance_mm=HATCH_MM,
        cell_mm=stripe,
        overlap_mm=overlap,
    )
    return hatched.segments, hatched.line_mm, hatched.short_mm


CASES = pytest.mark.parametrize(
    ("angle_deg", "stripe", "overlap"),
    [(0.0, 10.0, 0.02), (67.0, 10.0, 0.02), (201.0, 4.0, 0.0), (90.0, 1.0, 0.3), (310.0, 0.3, 0.05)],
)


@CASES
def test_no_vector_is_longer_than_a_stripe_and_its_overlap(angle_deg, stripe, overlap):
    segments, _, _ = hatch(disc_with_hole(), angle_deg, stripe, overlap)
    u, v = in_frame(segments, angle_deg)
    # Without an overlap a rest of up to 1 µm on either side stays with the stripe.
    assert np.abs(u[:, 1] - u[:, 0]).max() <= stripe + max(overlap, 2e-3) + ROUNDING_MM, "mm"
    assert np.abs(v[:, 1] - v[:, 0]).max() <= ROUNDING_MM, "mm across the hatch direction"


@CASES
def test_vectors_lie_on_the_hatch_lines_and_in_their_stripe(angle_deg, stripe, overlap):
    segments, _, _ = hatch(disc_with_hole(), angle_deg, stripe, overlap)
    u, v = in_frame(segments, angle_deg)
    line = v.mean(axis=1) / HATCH_MM - 0.5
    assert np.abs(line - np.round(line)).max() * HATCH_MM <= ROUNDING_MM, "mm beside a line"
    number = np.round(u.mean(axis=1) / stripe)
    reach = 0.5 * stripe + max(0.5 * overlap, 1e-3) + ROUNDING_MM
    assert np.abs(u - number[:, None] * stripe).max() <= reach, "mm from the middle of the stripe"


@CASES
def test_stripes_come_in_ascending_order_with_ascending_lines_that_alternate(angle_deg, stripe, overlap):
    segments, _, _ = hatch(disc_with_hole(), angle_deg, stripe, overlap)
    u, v = in_frame(segments, angle_deg)
    number = np.round(u.mean(axis=1) / stripe).astype(int)
    line = np.round(v.mean(axis=1) / HATCH_MM - 0.5).astype(int)
    assert (np.diff(number) >= 0).all(), "stripe by stripe"
    same_stripe = np.diff(number) == 0
    assert (np.diff(line)[same_stripe] >= 0).all(), "line by line"
    forwards = u[:, 1] > u[:, 0]
    np.testing.assert_array_equal(forwards, line % 2 == 0)
    same_line = same_stripe & (np.diff(line) == 0)
    along = np.diff(u.mean(axis=1))
    assert (along[same_line] * np.where(forwards[1:][same_line], 1, -1) > 0).all(), "along the direction"


@CASES
def test_the_cuts_add_one_overlap_each(angle_deg, stripe, overlap):
    segments, line_mm, _ = hatch(disc_with_hole(), angle_deg, stripe, overlap)
    unbroken, unbroken_mm, _ = hatch(disc_with_hole(), angle_deg, WIDE_MM, 0.0)
    cuts = len(segments) - len(unbroken)
    assert cuts > 50
    assert line_mm == unbroken_mm, "mm; the stripes do not change the hatch lines"
    u, _ = in_frame(segments, angle_deg)
    total = np.abs(u[:, 1] - u[:, 0]).sum()
    assert total - line_mm == pytest.approx(overlap * cuts, rel=1e-3, abs=2e-2), "mm"


@CASES
def test_pieces_of_a_line_meet_or_overlap_without_a_gap(angle_deg, stripe, overlap):
    """In a rectangle along the hatch direction each line, its pieces sorted, covers the whole length."""
    curves = rectangle(100.03, 50.0, 131.77, 51.0)
    if angle_deg:
        c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
        curves = read_only(curves[0] @ np.array([[c, s], [-s, c]])), curves[1]
    segments, _, _ = hatch(curves, angle_deg, stripe, overlap)
    u, v = in_frame(segments, angle_deg)
    line = np.round(v.mean(axis=1) / HATCH_MM - 0.5).astype(int)
    assert len(set(line)) == 10
    for k in set(line):
        ends = np.sort(u[line == k], axis=1)
        ends = ends[np.argsort(ends[:, 0])]
        assert ends[0, 0] == pytest.approx(100.03, abs=ROUNDING_MM), "mm"
        assert ends[-1, 1] == pytest.approx(131.77, abs=ROUNDING_MM), "mm"
        gaps = ends[1:, 0] - ends[:-1, 1]
        assert gaps == pytest.approx(np.full(len(gaps), -overlap), abs=ROUNDING_MM), "mm"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.floats(0, 360),
    st.floats(0.2, 20),
    st.floats(0, 0.1),
    st.floats(-200, 200),
    st.floats(-200, 200),
)
def test_no_vector_is_shorter_than_the_shortest(angle_deg, stripe, overlap, x, y):
    points = circle(4.0, x, y, 7)
    curves = read_only(points), read_only(np.array([0, 7], dtype=np.int64))
    segments, line_mm, short_mm = hatch(curves, angle_deg, stripe, overlap)
    u, _ = in_frame(segments, angle_deg)
    assert np.abs(u[:, 1] - u[:, 0]).min() >= 1e-3 - ROUNDING_MM, "mm"
    assert short_mm <= 1e-3 * 200, "mm"
    exact = 3.5 * math.sin(2 * math.pi / 7) * 16.0
    assert line_mm * HATCH_MM == pytest.approx(exact, rel=0.01), "mm²"


@pytest.mark.parametrize("beyond", [-0.0201, -0.0101, -0.0099, -0.001, 0.0, 0.0005, 0.0099, 0.0101, 0.0201])
def test_an_end_close_to_a_border_makes_no_splinter(beyond):
    """Stripes of 10 mm with an overlap of 0.02: what reaches less than half an overlap over stays whole."""
    segments, _, _ = hatch(rectangle(96.0, 0.0, 105.0 + beyond, 1.0), 0.0, 10.0, 0.02)
    u, _ = in_frame(segments, 0.0)
    lengths = np.abs(u[:, 1] - u[:, 0])
    if beyond <= 0.0099:
        assert len(segments) == 10
        assert lengths == pytest.approx(np.full(10, 9.0 + beyond), abs=ROUNDING_MM), "mm"
    else:
        assert len(segments) == 20
        assert lengths[10:] == pytest.approx(np.full(10, beyond + 0.01), abs=ROUNDING_MM), "mm"


def test_lines_and_stripes_are_anchored_to_the_platform_and_not_to_the_part():
    """Two parts side by side have the lines and borders of one part that spans both."""
    whole = hatch(rectangle(0.0, 0.0, 60.0, 3.3), 0.0, 10.0, 0.0)[0]
    pieces = [hatch(rectangle(a, 0.0, a + 20.0, 3.3), 0.0, 10.0, 0.0)[0] for a in (5.0, 25.0)]
    within = whole[(whole[:, [0, 2]].min(axis=1) >= 5.0) & (whole[:, [0, 2]].max(axis=1) <= 45.0)]
    expected = {row.tobytes() for row in within}
    assert {row.tobytes() for piece in pieces for row in piece} == expected


def test_the_origin_lies_in_the_middle_of_a_stripe():
    segments, _, _ = hatch(rectangle(-12.0, -0.5, 12.0, 0.5), 0.0, 10.0, 0.0)
    u, _ = in_frame(segments, 0.0)
    borders = {round(float(end), 3) for end in u.ravel()}
    assert borders == {-12.0, -5.0, 5.0, 12.0}, "mm"
