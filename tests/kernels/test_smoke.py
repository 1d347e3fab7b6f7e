"""Oracles: seconds by hand, and the plume sampled in fine steps of time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.smoke import smoke_seconds
from amprep.model.arrays import read_only


def plume(direction=(1.0, 0.0), reach=100.0, half=5.0, slope=0.0):
    return read_only(np.array([*direction, reach, half, slope]))


def conflicts(rows, begin, end, lasers, plume_row, laser_count=None):
    """Kernel on vectors that stand in time order for each laser."""
    lasers = np.asarray(lasers)
    count = laser_count or int(lasers.max()) + 1
    order = np.argsort(lasers, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(lasers, minlength=count))])
    segments = read_only(np.array(rows, dtype=np.float32))
    clock, of_vector = np.array([begin, end], dtype=np.float64), np.zeros(len(order))
    of_laser = np.zeros(count)
    pairs = smoke_seconds(segments, clock, order, first, plume_row, of_vector, of_laser)
    # Who does not ask for vectors or lasers gets the same.
    nobody = np.zeros(0)
    np.testing.assert_array_equal(
        pairs, smoke_seconds(segments, clock, order, first, plume_row, nobody, nobody)
    )
    np.testing.assert_allclose(of_laser, merged_s(segments, clock, lasers, count, plume_row), atol=1e-12)
    return pairs.reshape(count, count, 5), of_vector


def merged_s(segments, clock, lasers, count, plume_row):
    """(L,) s: of each laser in the smoke of any, by uniting the moments with each pair for itself."""
    found = np.zeros(count)
    rows = [(np.float64(segments[i]), clock[0, i], clock[1, i]) for i in range(len(segments))]
    for down in range(count):
        moments = []
        for up in range(count):
            for i, (row, t0, t1) in enumerate(rows):
                for j, (other, s0, s1) in enumerate(rows):
                    if up != down and lasers[i] == down and lasers[j] == up and min(t1, s1) > max(t0, s0):
                        moments += moments_inside(row, t0, t1, other, s0, s1, plume_row)
        reached = -math.inf
        for begin, end in sorted(moments):
            found[down] += max(0.0, end - max(begin, reached))
            reached = max(reached, end)
    return found


def moments_inside(row, t0, t1, other, s0, s1, plume_row):
    """From when to when a beam is in the smoke of another: half planes cut the time, one by one."""
    gx, gy, reach, half, slope = plume_row
    begin, end = max(t0, s0), min(t1, s1)

    def away(t):
        own = row[:2] + (row[2:] - row[:2]) * ((t - t0) / (t1 - t0))
        its = other[:2] + (other[2:] - other[:2]) * ((t - s0) / (s1 - s0))
        dx, dy = own - its
        u, w = dx * gx + dy * gy, dy * gx - dx * gy
        return np.array([u, reach - u, half + slope * u - w, half + slope * u + w])

    at_begin, at_end = away(begin), away(end)
    if at_begin[0] <= 0.0 and at_end[0] <= 0.0:
        return []
    low, high = 0.0, 1.0
    for f0, f1 in zip(at_begin, at_end, strict=True):
        if f0 < 0.0 and f1 < 0.0:
            return []
        if f0 < 0.0:
            low = max(low, f0 / (f0 - f1))
        elif f1 < 0.0:
            high = min(high, f0 / (f0 - f1))
    return [(begin + low * (end - begin), begin + high * (end - begin))] if high > low else []


def sampled(rows, begin, end, lasers, plume_row, step_s, laser_count):
    """(L, L) s: the same by looking at both beams at the middle of every step."""
    gx, gy, reach, half, slope = plume_row
    rows, begin, end, lasers = map(np.asarray, (rows, begin, end, lasers))
    times = np.arange(0.5 * step_s, end.max(), step_s)
    places = np.full((laser_count, len(times), 2), np.nan)
    for row, t0, t1, k in zip(np.float32(rows).astype(float), begin, end, lasers, strict=True):
        on = (times >= t0) & (times < t1)
        share = ((times[on] - t0) / (t1 - t0))[:, None]
        places[k, on] = row[:2] + share * (row[2:] - row[:2])
    seconds = np.zeros((laser_count, laser_count))
    for up in range(laser_count):
        for down in range(laser_count):
            if up != down:
                away = places[down] - places[up]
                along, across = away @ [gx, gy], away @ [-gy, gx]
                inside = (along > 0) & (along <= reach) & (np.abs(across) <= half + slope * along)
                seconds[up, down] = inside.sum() * step_s
    return seconds


def test_one_laser_behind_the_other_on_the_same_line_of_the_gas():
    # Both run with the gas at 10 mm/s, 40 mm apart, for 2 s.
    rows = [(0, 0, 20, 0), (40, 0, 60, 0)]
    pairs, of_vector = conflicts(rows, [0, 0], [2, 2], [0, 1], plume())
    assert pairs[:, :, 0].tolist() == [[0, 2], [0, 0]], "s"
    assert pairs[0, 1].tolist() == [2, 40, 40, 0, 0]
    assert of_vector.tolist() == [0, 2], "s"


def test_only_what_is_marked_at_the_same_time_counts():
    rows = [(0, 0, 20, 0), (40, 0, 60, 0), (60, 0, 80, 0)]
    pairs, of_vector = conflicts(rows, [0, 1.5, 3], [2, 3, 4.5], [0, 1, 1], plume())
    assert pairs[0, 1, 0] == 0.5, "s"
    assert of_vector.tolist() == [0, 0.5, 0], "s"


def test_a_laser_that_comes_back_from_beyond_the_reach_is_in_smoke_from_there_on():
    # Upwind one stands (nearly) still at 0; the other runs from 150 mm to 50 mm in 10 s: the last 5 s.
    rows = [(0, 0, 0, 0), (150, 0, 50, 0)]
    pairs, _ = conflicts(rows, [0, 0], [10, 10], [0, 1], plume(reach=100))
    assert pairs[0, 1].tolist() == [5, 50, 50, 0, 10]


def test_a_laser_that_crosses_the_plume_is_in_it_for_its_width():
    # 20 mm downwind the plume is 2 · (5 + 0.25 · 20) = 20 mm wide; crossed at 10 mm/s.
    rows = [(0, 0, 0, 0), (20, -30, 20, 30)]
    pairs, _ = conflicts(rows, [0, 0], [6, 6], [0, 1], plume(slope=0.25))
    assert pairs[0, 1, 0] == pytest.approx(2.0, rel=1e-12), "s"


def test_parallel_lines_beside_each_other_are_free_of_smoke():
    rows = [(0, 0, 50, 0), (0, 10, 50, 10)]
    pairs, _ = conflicts(rows, [0, 0], [5, 5], [0, 1], plume(half=20))
    assert not pairs[:, :, 0].any()
    # Against each other they swap who is downwind in the middle, at 2.5 s.
    rows[1] = (50, 10, 0, 10)
    pairs, _ = conflicts(rows, [0, 0], [5, 5], [0, 1], plume(half=20))
    assert pairs[:, :, 0].tolist() == [[0, 2.5], [2.5, 0]], "s"


def test_two_lasers_in_the_smoke_of_a_third_count_each_and_one_in_that_of_two_twice():
    rows = [(0, 0, 0, 0), (20, 0, 20, 0), (40, 0, 40, 0)]
    pairs, of_vector = conflicts(rows, [0, 0, 0], [1, 1, 1], [0, 1, 2], plume())
    assert pairs[:, :, 0].tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]], "s"
    assert of_vector.tolist() == [0, 1, 2], "s"
    order, first, of_laser = np.arange(3), np.arange(4), np.zeros(3)
    segments, clock = read_only(np.array(rows, dtype=np.float32)), np.array([[0.0] * 3, [1.0] * 3])
    smoke_seconds(segments, clock, order, first, plume(), of_vector, of_laser)
    assert of_laser.tolist() == [0, 1, 1], "s: one in the smoke of two is in smoke once"


def test_vectors_that_take_no_time_and_lasers_without_vectors_are_harmless():
    rows = [(0, 0, 0, 0), (20, 0, 20, 0)]
    pairs, _ = conflicts(rows, [0, 0], [0, 1], [0, 2], plume(), laser_count=4)
    assert not pairs[:, :, 0].any()
    pairs = smoke_seconds(
        read_only(np.zeros((0, 4), dtype=np.float32)),
        np.zeros((2, 0)),
        np.zeros(0, dtype=np.int64),
        np.zeros(3, dtype=np.int64),
        plume(),
        np.zeros(0),
        np.zeros(0),
    )
    assert not pairs[:, 0].any()


@st.composite
def layers(draw):
    """Vectors of some lasers, with pauses, within 60 mm."""
    count = draw(st.sampled_from([2, 3, 4, 8]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows, begin, end, lasers = [], [], [], []
    for k in range(count):
        vectors = draw(st.integers(0, 90))
        clock = 0.0
        corner = rng.uniform(-40, 40, 2)
        for _ in range(vectors):
            clock += rng.uniform(0, 0.02) * rng.integers(0, 2)
            rows.append((*(corner + rng.uniform(0, 20, 2)), *(corner + rng.uniform(0, 20, 2))))
            begin.append(clock)
            clock += rng.uniform(0.005, 0.1)
            end.append(clock)
            lasers.append(k)
    angle = draw(st.sampled_from([0.0, 90.0, 180.0, 270.0, 33.0]))
    gas = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    row = plume(gas, draw(st.sampled_from([5.0, 30.0, 200.0])), draw(st.sampled_from([0.5, 6.0])),
                draw(st.sampled_from([0.0, 0.1, 1.0])))  # fmt: skip
    return rows, begin, end, lasers, row, count


@settings(max_examples=60, deadline=None)
@given(layers())
def test_random_layers_agree_with_fine_samples(layer):
    rows, begin, end, lasers, row, count = layer
    if not rows:
        return
    step_s = 2e-4
    pairs, of_vector = conflicts(rows, begin, end, lasers, row, count)
    want = sampled(rows, begin, end, lasers, row, step_s, count)
    # Every border that is crossed may be off by half a step; there are a few per pair of vectors.
    np.testing.assert_allclose(pairs[:, :, 0], want, atol=step_s * (20 + 0.5 * len(rows)), err_msg="s")
    assert abs(pairs[:, :, 0].sum() - want.sum()) <= 0.02 * want.sum() + step_s * 40, "s"
    assert of_vector.sum() == pytest.approx(pairs[:, :, 0].sum(), rel=1e-9, abs=1e-12), "s"


@settings(max_examples=20, deadline=None)
@given(layers(), st.sampled_from([90.0, 180.0, 270.0]))
def test_turning_the_platform_with_the_gas_changes_nothing(layer, angle):
    rows, begin, end, lasers, row, count = layer
    if not rows:
        return
    a = math.radians(angle)
    c, s = round(math.cos(a)), round(math.sin(a))
    turned = [(c * x - s * y, s * x + c * y, c * u - s * v, s * u + c * v) for x, y, u, v in rows]
    row_turned = row.copy()
    row_turned[:2] = c * row[0] - s * row[1], s * row[0] + c * row[1]
    pairs, _ = conflicts(rows, begin, end, lasers, row, count)
    other, _ = conflicts(turned, begin, end, lasers, read_only(row_turned), count)
    np.testing.assert_allclose(other[:, :, 0], pairs[:, :, 0], atol=1e-9, err_msg="s")
