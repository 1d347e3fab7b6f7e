"""Oracles: scipy's linear programme for the division of work; sums over fine steps for histograms."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from amprep.assignment.bound import lower_bound_s
from amprep.kernels.balance import even_loads, place_seams
from amprep.kernels.laser_work import LOOK_BACK, laser_work
from amprep.kernels.seam_places import BINS


def least_slowest(masks, work, base):
    """The linear programme itself: shares of each mask and the time of the slowest laser."""
    lasers = len(base)
    pairs = [(m, k) for m, mask in enumerate(masks) for k in range(lasers) if mask >> k & 1]
    cost = np.zeros(len(pairs) + 1)
    cost[-1] = 1.0
    upper = np.zeros((lasers, len(pairs) + 1))
    equal = np.zeros((len(masks), len(pairs) + 1))
    for i, (m, k) in enumerate(pairs):
        upper[k, i] = equal[m, i] = 1.0
    upper[:, -1] = -1.0
    return linprog(cost, upper, -np.asarray(base), equal, work, bounds=(0, None)).fun


@st.composite
def plates(draw):
    lasers = draw(st.integers(1, 6))
    masks = draw(st.lists(st.integers(1, 2**lasers - 1), min_size=1, max_size=10, unique=True))
    seconds = st.floats(0, 100).map(lambda s: round(s, 3))
    work = draw(st.lists(seconds, min_size=len(masks), max_size=len(masks)))
    base = draw(st.lists(seconds, min_size=lasers, max_size=lasers))
    return np.array(masks), np.array(work), np.array(base)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(plates())
def test_the_slowest_laser_is_as_fast_as_the_linear_programme_says(plate):
    masks, work, base = plate
    shares = even_loads(masks, work, base)
    assert shares.sum(axis=1) == pytest.approx(work, rel=1e-9, abs=1e-9)
    reached = (masks[:, None] >> np.arange(len(base))) & 1 == 1
    assert (shares[~reached] == 0.0).all()
    assert (shares >= 0.0).all()
    slowest = (base + shares.sum(axis=0)).max()
    assert slowest == pytest.approx(least_slowest(masks, work, base), rel=1e-5, abs=1e-5)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(plates())
def test_the_bound_is_the_optimum_of_the_linear_programme(plate):
    masks, work, base = plate
    of_mask = np.zeros((1, 1 << len(base)))
    of_mask[0, masks] = work
    expected = least_slowest(masks, work, np.zeros(len(base)))
    assert lower_bound_s(of_mask)[0] == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_the_bound_of_many_layers_is_that_of_each():
    rng = np.random.default_rng(7)
    work = rng.uniform(0, 10, (20, 16)) * (rng.random((20, 16)) < 0.4)
    work[:, 0] = 0.0
    each = [lower_bound_s(row[None])[0] for row in work]
    assert lower_bound_s(work).tolist() == each


def two_fields():
    reach = np.zeros((2, 2, 7))
    reach[:, :, :4] = [[0, 0, 60, 100], [40, 0, 100, 100]]
    reach[:, :, 6] = np.inf
    return reach


COSTS = np.array([[1e-3, 5e-4, 2e-4, 1e-3, 0.5, 1.0, 5.0], [1e-3, 0.0, 2e-4, 2e-3, 0.0, 0.0, 5.0]])


#: What parts keep together is not told by masks.
NO_SPLIT = np.zeros((0, 0))


def measured(segments, exposure=None):
    segments = np.asarray(segments, dtype=np.float32)
    exposure = np.zeros(len(segments), np.uint16) if exposure is None else np.array(exposure, np.uint16)
    part = np.zeros(len(segments), np.uint16)
    return laser_work(segments, exposure, part, COSTS, np.zeros(1, np.int64), two_fields(), 1)


def test_seconds_of_turns_jumps_and_corners():
    rows, work, held, _, of_part, *_ = measured(
        [[0, 0, 10, 0], [10, 0.1, 0, 0.1], [0, 50, 10, 50], [0, 0, 10, 0], [10, 0, 10, 10]], [0, 0, 0, 1, 1]
    )
    turn = 10e-3 + 5e-4 + 0.1 * 2e-4
    jump = 11e-3 + (49.9 + 5.0) * 2e-4
    # Who comes from where to another region is told by itself.
    other = 12e-3
    assert rows.tolist() == [0, 1, 2]
    assert work.tolist() == pytest.approx([11e-3, turn, jump], rel=1e-6)
    assert held.tolist() == [1] * 3
    assert of_part[0, 2] == pytest.approx(other + 10e-3)


def test_ways_between_parts_and_regions_are_told_by_themselves():
    """Which laser flies them, and whether one does, is for who has which part and region."""
    segments = np.array([[0, 0, 1, 0], [80, 0, 90, 0], [90, 30, 95, 30]], dtype=np.float32)
    kinds, parts = np.zeros(3, np.uint16), np.array([0, 1, 1], np.uint16)
    found = laser_work(segments, kinds, parts, COSTS, np.zeros(2, np.int64), two_fields(), 1)
    assert found[1].tolist() == pytest.approx([2e-3, 11e-3, 6e-3 + 35.0 * 2e-4])
    assert found[3].sum(axis=1).tolist() == pytest.approx([26e-3] * 2)
    assert found[-1] == pytest.approx(84.0 * 2e-4)
    *_, detours_s = laser_work(segments, parts, kinds, COSTS, np.zeros(1, np.int64), two_fields(), 1)
    assert detours_s == pytest.approx(84.0 * 2e-4)
    *_, detours_s = laser_work(segments, kinds, kinds, COSTS, np.ones(1, np.int64), two_fields(), 1)
    assert detours_s == 0.0


def test_a_laser_comes_from_what_it_exposed_last_itself():
    """Places in the one and in the other field in turns: nobody flies from one to the other."""
    places = [(5.0, 10.0), (90.0, 10.0), (5.0, 40.0), (90.0, 60.0), (5.0, 80.0), (90.0, 90.0)]
    lines = [[x, y + 0.1 * n, x + 3.0, y + 0.1 * n] for x, y in places for n in range(20)]
    rows, costs = np.array(lines, dtype=np.float32), COSTS.copy()
    costs[0, 4] = 4.0
    kinds, parts = np.zeros((2, len(rows)), np.uint16)
    found = laser_work(rows, kinds, parts, costs, np.zeros(1, np.int64), two_fields(), 1)
    for mask, ys in ((1, (10.0, 40.0, 80.0)), (2, (10.0, 60.0, 90.0))):
        flown_s = sum(math.hypot(3.0, b - a - 1.9) + 5.0 for a, b in pairwise(ys)) * 2e-4
        expected = 60 * 3e-3 + 57 * (5e-4 + math.hypot(3.0, 0.1) * 2e-4) + 3 * 1e-3 + flown_s
        assert found[3][:, mask].tolist() == pytest.approx([expected] * 2, rel=1e-3)
    contours = measured([[x, y, x + 3.0, y] for x, y in places], [1] * 6)
    for laser, ys in ((0, (10.0, 40.0, 80.0)), (1, (10.0, 60.0, 90.0))):
        flown_s = sum(math.hypot(3.0, b - a) + 5.0 for a, b in pairwise(ys)) * 2e-4
        assert contours[4][0, laser] == pytest.approx(3 * 5e-3 + flown_s)


def test_a_jump_across_a_ring_counts_as_a_turn_on_its_own_side():
    """Two stacks of lines, exposed in turns: lasers that share them do not fly from one to the other."""
    lines = [[x, y, x + 3.0, y] for y in np.arange(0.0, 30.0, 0.1) for x in (5.0, 80.0)]
    rows = np.array(lines, dtype=np.float32)
    # To and fro, so that each stack alone would be a meander.
    rows[2::4], rows[3::4] = rows[3::4][:, [2, 3, 0, 1]], rows[2::4][:, [2, 3, 0, 1]].copy()
    kinds, parts = np.zeros((2, len(rows)), np.uint16)
    *_, by_mask, _, _, _, detours_s = laser_work(
        rows, kinds, parts, COSTS, np.zeros(1, np.int64), two_fields(), 1
    )
    turns_s = len(rows) * (3.0e-3 + 5e-4 + 0.1 * 2e-4)
    assert by_mask[1].sum() == pytest.approx(turns_s, rel=0.03), "s"
    assert detours_s > 0.4 * len(rows) * 72.0 * 2e-4, "s"


def test_a_laser_that_alone_reaches_both_sides_of_a_ring_flies_across():
    """As above, but beyond what the second laser reaches."""
    lines = [[x, y, x + 3.0, y] for y in np.arange(0.0, 30.0, 0.1) for x in (5.0, 30.0)]
    rows = np.array(lines, dtype=np.float32)
    rows[2::4], rows[3::4] = rows[3::4][:, [2, 3, 0, 1]], rows[2::4][:, [2, 3, 0, 1]].copy()
    kinds, parts = np.zeros((2, len(rows)), np.uint16)
    for known in (0, 1):
        *_, by_mask, _, _, _, detours_s = laser_work(
            rows, kinds, parts, COSTS, np.array([known]), two_fields(), 1
        )
        flights_s = len(rows) / 2 * (1e-3 + (22.0 + 5.0) * 2e-4)
        turns_s = len(rows) / 2 * (5e-4 + 0.1 * 2e-4)
        assert by_mask[:, 1].tolist() == pytest.approx([len(rows) * 3e-3 + flights_s + turns_s] * 2, rel=0.01)
        assert detours_s == 0.0


def test_vectors_that_are_left_out_count_with_those_that_stand_for_them():
    rng = np.random.default_rng(5)
    lines = [[x, y, x + 8, y] for x in (5.0, 70.0) for y in np.arange(10.0, 60.0, 0.1)]
    segments = np.array(lines)[np.sort(rng.choice(len(lines), 700, replace=False))].astype(np.float32)
    segments[1::2] = segments[1::2][:, [2, 3, 0, 1]]
    exposure, part = np.zeros((2, len(segments)), np.uint16)
    every, some = (
        laser_work(segments, exposure, part, COSTS, np.zeros(1, np.int64), two_fields(), stride)
        for stride in (1, 9)
    )
    assert len(some[0]) < len(segments) / 4
    # Each stands in the middle of its own.
    assert np.abs(np.arange(len(segments))[:, None] - some[0]).min(axis=1).max() <= 4
    assert some[1].sum() == pytest.approx(every[1].sum(), rel=1e-12)
    assert some[3] == pytest.approx(every[3], rel=1e-12)


def test_a_short_jump_is_as_long_as_its_acceleration():
    _, work, *_ = measured([[0, 0, 10, 0], [10, 2, 0, 2]])
    assert work[1] == pytest.approx(11e-3 + 2.0 * math.sqrt(2.0 * 5.0) * 2e-4)


def test_work_goes_to_the_masks_along_a_vector():
    rows = [[0, y, 100, y] for y in np.arange(10.0, 90.0, 0.7)]
    _, work, held, by_mask, of_part, common, *_ = measured(rows)
    assert (held < 0).all()
    assert by_mask[0].tolist() == by_mask[1].tolist()
    # The ways back lead over all zones.
    all_s = work.sum() + (len(rows) - 1) * (math.hypot(100.0, 0.7) + 5.0) * 2e-4
    assert by_mask[0, 1:] == pytest.approx(all_s * np.array([0.4, 0.4, 0.2]), abs=work.sum() / 100)
    assert by_mask[0].sum() == pytest.approx(all_s, rel=1e-6)
    assert of_part.sum() == 0.0
    assert common.tolist() == [-1]


def fields_of(lasers):
    """Fields in two rows that overlap, and the same drawn in by 2.5 mm."""
    reach = np.zeros((2, lasers, 7))
    for k in range(lasers):
        x, y = 90.0 * (k // 2) - 10.0, 120.0 * (k % 2) - 10.0
        reach[:, k, :4] = x, y, x + 130.0, y + 150.0
    reach[0, :, :4] += 2.5, 2.5, -2.5, -2.5
    reach[:, :, 6] = np.inf
    return reach


def masks_at(reach, points):
    """(n,) lasers that reach places by the fields drawn in, else by the whole ones; and by the whole ones."""
    bits = 1 << np.arange(reach.shape[1])
    inside = [
        ((points[:, None] >= one[:, :2]) & (points[:, None] <= one[:, 2:4])).all(axis=2) @ bits
        for one in reach
    ]
    return np.where(inside[0] > 0, inside[0], inside[1]), inside[1]


def lengths_by_mask(reach, rows):
    """Lengths of vectors by mask, cut at every border; what begins and ends in one zone is there wholly."""
    found = np.zeros((2, 1 << reach.shape[1]))
    for x0, y0, x1, y1 in rows.astype(np.float64):
        start, way = np.array([x0, y0]), np.array([x1 - x0, y1 - y0])
        borders = [
            (reach[:, :, side].ravel() - start[side % 2]) / way[side % 2]
            for side in range(4)
            if way[side % 2]
        ]
        t = np.unique(np.concatenate([[0.0, 1.0], *borders]))
        t = t[(t >= 0.0) & (t <= 1.0)]
        ends = masks_at(reach, np.array([[x0, y0], [x1, y1]]))
        if all(one[0] == one[1] for one in ends):
            t = np.array([0.0, 1.0])
            middles = [start]
        else:
            middles = start + (t[1:] + t[:-1])[:, None] / 2 * way
        for row, masks in enumerate(masks_at(reach, np.array(middles))):
            np.add.at(found[row], masks, np.diff(t) * math.hypot(*way))
    return found


on_border = st.sampled_from([-10.0, 0.0, 80.0, 82.5, 100.0, 110.0, 112.5, 120.0, 137.5, 140.0, 170.0])
coordinate = st.one_of(on_border, st.floats(-9.0, 250.0, width=32), st.floats(95.0, 99.0, width=32))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    st.integers(1, 5),
    st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=1, max_size=12),
    st.integers(1, 90),
)
def test_work_by_masks_is_that_of_vectors_cut_at_all_borders(half, vectors, times):
    """Also of more vectors than are looked at together, and of those that lie in one zone."""
    reach = fields_of(2 * half)
    rows = np.tile(np.array(vectors, dtype=np.float32), (times, 1))
    rows = rows[(rows[:, :2] != rows[:, 2:]).any(axis=1)]
    kinds, parts = np.zeros((2, len(rows)), np.uint16)
    costs = np.array([[1.0, 0.0, 0.0, 0.0, 1e6, 1.0, 5.0]])
    found = laser_work(rows, kinds, parts, costs, np.zeros(1, np.int64), reach, 1)
    expected = lengths_by_mask(reach, rows[: len(rows) // times] if len(rows) else rows) * times
    np.testing.assert_allclose(found[3][0], expected[0], rtol=1e-9, atol=1e-9 * max(len(rows), 1))
    np.testing.assert_allclose(found[3][1], expected[1], rtol=1e-9, atol=1e-9 * max(len(rows), 1))
    assert found[1].sum() == pytest.approx(found[3][0].sum(), rel=1e-12)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    st.integers(1, 5),
    st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=40),
    st.integers(1, 30),
)
def test_the_way_of_a_jump_counts_where_it_leads_along(half, places, times):
    """Among vectors without length, of which only the jumps from each to the next take time."""
    reach = fields_of(2 * half)
    places = np.tile(np.array(places, dtype=np.float32), (times, 1))
    rows = np.hstack([places, places])
    kinds, parts = np.zeros((2, len(rows)), np.uint16)
    costs = np.array([[0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])
    found = laser_work(rows, kinds, parts, costs, np.zeros(1, np.int64), reach, 1)
    exact = places.astype(np.float64)
    zones = list(zip(*(masks.tolist() for masks in masks_at(reach, exact)), strict=True))
    flights, flown, total = [], np.zeros((2, 1 << reach.shape[1])), 0.0
    seen, left = {zones[0]}, {}
    for i in range(1, len(exact)):
        away = np.hypot(*(exact[max(i - LOOK_BACK, 0) : i] - exact[i]).T)[::-1]
        total += away[0]
        before, here = zones[i - 1][1], zones[i][1]
        is_lonely = before == here and before & (before - 1) == 0
        nearest = away.min()
        if zones[i - 1] != zones[i]:
            # From where a laser that reaches the place left a zone that it reaches, if one did.
            left[zones[i - 1]] = exact[i - 1]
            own = [np.hypot(*(place - exact[i])) for (_, mask), place in left.items() if mask & here]
            nearest = min([nearest, *own])
            is_new = not own and zones[i] not in seen
            seen.add(zones[i])
            if is_new:
                continue
        if nearest < away[0] and not is_lonely:
            # From where another one ended, not far before.
            for row, masks in enumerate(masks_at(reach, exact[i : i + 1])):
                np.add.at(flown[row], masks, nearest)
        elif away[0] > 0.0:
            flights.append(np.concatenate([places[i - 1], places[i]]))
    expected = flown + lengths_by_mask(reach, np.array(flights, dtype=np.float32).reshape(-1, 4))
    np.testing.assert_allclose(found[3], expected, rtol=1e-9, atol=1e-9 * len(rows))
    assert found[-1] == pytest.approx(total - expected[1].sum(), rel=1e-9, abs=1e-9 * len(rows))


def test_parts_may_each_have_lasers_of_their_own():
    """More sets of lasers than fields make cells."""
    known = np.arange(1, 5001)
    reach = np.zeros((2, 13, 7))
    reach[:, :, 2:4], reach[:, :, 6] = 400.0, np.inf
    rows = np.tile(np.array([[1, 1, 3, 1]], dtype=np.float32), (len(known), 1))
    kinds, parts = np.zeros(len(known), np.uint16), np.arange(len(known), dtype=np.uint16)
    costs = np.array([[1.0, 0.0, 0.0, 0.0, 1e6, 1.0, 5.0]])
    _, work, held, by_mask, *_ = laser_work(rows, kinds, parts, costs, known, reach, 1)
    assert work.tolist() == [2.0] * len(known)
    assert held.tolist() == known.tolist()
    assert by_mask[:, 1:5001].tolist() == [[2.0] * len(known)] * 2
    assert by_mask.sum() == 4.0 * len(known)


def test_contours_are_summed_by_part_and_laser():
    work = [42e-3, 30e-3]
    *_, by_mask, of_part, common, split, _ = measured([[10, 10, 50, 10], [50, 10, 50, 40]], [1, 1])
    assert by_mask[0].sum() == 0.0
    assert by_mask[1].sum() == pytest.approx(sum(work))
    assert of_part[0, 2] == pytest.approx(sum(work))
    assert of_part[0, 0] == pytest.approx(sum(work))
    assert of_part[0, 1] == pytest.approx(work[1] + work[0] / 4, rel=0.03)
    assert common.tolist() == [1]
    assert split.sum() == pytest.approx(sum(work))
    assert split[0, [1, 3]].tolist() == pytest.approx([of_part[0, 0] - of_part[0, 1], of_part[0, 1]])


@pytest.mark.parametrize("length", [1.0, 15.0, 35.0])
def test_a_seam_stands_where_the_shares_are_even(length):
    """Two lasers share a band evenly filled: beside 10 s of its own, the first gets 10 s less of it."""
    rng = np.random.default_rng(3)
    start = rng.uniform(41, 59, (4000, 2))
    end = start + rng.uniform(-length, length, (4000, 2))
    end[:, 1] = np.clip(end[:, 1], 0.0, 100.0)
    rows = np.column_stack([start, end]).astype(np.float32)
    alone = np.tile(np.array([[5.0, 50.0, 15.0, 50.0]], dtype=np.float32), (100, 1))
    segments = np.vstack([rows, alone])
    exposure, part = np.zeros((2, len(segments)), np.uint16)
    found = laser_work(segments, exposure, part, COSTS, np.zeros(1, np.int64), two_fields(), 1)
    nodes = np.array([[1.0, 0.0, 50.0, 50.0, 0.0, 50.0, 40.0, 20.0 / BINS]])
    straight, lists, fixed = place_seams(
        segments, two_fields(), *found[:-1], np.array([-1, -1, -2, 0]), nodes,
        np.array([[-1, -2]]), np.array([0]), np.array([3]), np.array([[[1.0, 0.0], [1.0, 1.0]]]),
    )  # fmt: skip
    work_s = found[1]
    t = (np.arange(50) + 0.5) / 50
    x = rows[:, :1] + t * (rows[:, 2:3] - rows[:, :1]).astype(np.float64)
    front = np.where(x < straight[0], work_s[: len(rows), None] / 50, 0.0).sum()
    assert front + work_s[len(rows) :].sum() == pytest.approx(work_s.sum() / 2, rel=0.005)
    assert lists.tolist() == [[0, 1]]
    assert fixed.tolist() == [0]


def test_contours_are_given_out_the_longest_first():
    """What only one laser reaches goes there; of the others each to the laser that has most left to get."""
    segments = np.zeros((0, 4), dtype=np.float32)
    by_mask = np.zeros((2, 4))
    of_part = np.array([[3.0, 0.0, 3.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [0.5, 0.5, 0.5], [1.0, 2.0, 2.5]])
    common = np.array([1, 3, 3, 3, 0])
    none_i = np.zeros(0, np.int32)
    none_held = np.zeros(0, np.int64)
    none = np.zeros((0, 8)), np.zeros((0, 2), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, lists, fixed = place_seams(
        segments, two_fields(), none_i, np.zeros(0), none_held, by_mask, of_part, common, NO_SPLIT,
        np.array([-1, -1, -2, -1]), *none, np.zeros((0, 2, 2)),
    )  # fmt: skip
    assert fixed.tolist() == [1, 1, 1, 1, 0]
    loads = [3.0 + 0.5, 2.0]
    assert lists[0].tolist() == [0, 1]
    assert lists[4].tolist() == [1, 0]
    for part, seconds in ((2, 2.0), (1, 1.0), (3, 0.5)):
        assert lists[part, 0] in {0, 1}
        loads[lists[part, 0]] += seconds
    assert abs(loads[0] - loads[1]) <= 1.0


def test_what_a_laser_leaves_of_contours_is_work_of_those_that_reach_it():
    """Beside contours of 0.8 and 0.6 of its seconds, four tenths of a band go to the first of two lasers."""
    rng = np.random.default_rng(3)
    start = rng.uniform(41, 59, (4000, 2))
    rows = np.column_stack([start, start + rng.uniform(-1, 1, (4000, 2))]).astype(np.float32)
    none, exposure, part = np.zeros(1, np.int64), *np.zeros((2, len(rows)), np.uint16)
    found = list(laser_work(rows, exposure, part, COSTS, none, two_fields(), 1))
    band_s = found[1].sum()
    first_s, second_s = 0.8 * band_s, 0.6 * band_s
    found[4] = np.array([[first_s, second_s, first_s + second_s]])
    found[5] = np.array([0])
    nodes = np.array([[1.0, 0.0, 50.0, 50.0, 0.0, 50.0, 40.0, 20.0 / BINS]])
    split = np.array([[0.0, first_s, second_s, 0.0]])
    for told in (split, np.zeros((1, 0))):
        found[6] = told
        straight, _, _ = place_seams(
            rows, two_fields(), *found[:-1], np.array([-1, -1, -2, 0]), nodes,
            np.array([[-1, -2]]), np.array([0]), np.array([3]), np.array([[[1.0, 0.0], [1.0, 1.0]]]),
        )  # fmt: skip
        t = (np.arange(50) + 0.5) / 50
        x = rows[:, :1] + t * (rows[:, 2:3] - rows[:, :1]).astype(np.float64)
        front = np.where(x < straight[0], found[1][:, None] / 50, 0.0).sum()
        assert front / band_s == pytest.approx(0.4, abs=0.01)


@st.composite
def torn_parts(draw):
    """Contours of a part that no laser reaches all of, beside hatch of some masks."""
    lasers = draw(st.integers(2, 6))
    seconds = st.floats(0, 10).map(lambda s: round(s, 2))
    hatch, contours = (
        np.array([0.0, *draw(st.lists(seconds, min_size=2**lasers - 1, max_size=2**lasers - 1))])
        for _ in range(2)
    )
    contours[-1] = 0.0
    contours[1 << draw(st.integers(0, lasers - 1))] += 1.0
    return hatch, contours


@settings(max_examples=150, deadline=None, derandomize=True)
@given(torn_parts())
def test_torn_contours_go_to_lasers_in_an_order_that_keeps_the_layer_fast(plate):
    """Oracle: all orders."""
    hatch, contours = plate
    columns = len(hatch)
    lasers = columns.bit_length() - 1
    bits = 1 << np.arange(lasers)
    reached = [contours[np.arange(columns) & bit > 0].sum() for bit in bits]
    reach = np.zeros((2, lasers, 7))
    root = np.array([-max(1, (mask & -mask).bit_length()) for mask in range(columns)])
    none = np.zeros((0, 8)), np.zeros((0, 2), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    none_i, none_held = np.zeros(0, np.int32), np.zeros(0, np.int64)
    _, lists, fixed = place_seams(
        np.zeros((0, 4), dtype=np.float32), reach, none_i, np.zeros(0), none_held, np.stack([hatch, hatch]),
        np.array([[*reached, contours.sum()]]), np.zeros(1, np.int64), contours[None], root, *none,
        np.zeros((0, 2, lasers)),
    )  # fmt: skip

    def slowest_s(order):
        work = hatch.copy()
        for mask in np.flatnonzero(contours).tolist():
            work[1 << next(k for k in order if mask >> k & 1)] += contours[mask]
        return lower_bound_s(work[None])[0]

    by_reach = sorted(range(lasers), key=lambda k: (-round(reached[k], 9), k))
    best_s = min(slowest_s(order) for order in permutations(range(lasers)))
    found_s = slowest_s(lists[0].tolist())
    assert sorted(lists[0].tolist()) == list(range(lasers))
    assert fixed.tolist() == [0]
    least_s = lower_bound_s((hatch + contours)[None])[0]
    assert found_s <= slowest_s(by_reach) * (1.0 + 1e-9), "s"
    if lasers <= 4:
        assert found_s <= max(1.01 * least_s, 1.002 * best_s) * (1.0 + 1e-9), "s"
    if slowest_s(by_reach) <= 1.01 * least_s:
        assert lists[0].tolist() == by_reach, "nothing is gained"


def test_equal_contours_are_given_out_in_their_order():
    """Parts that are equal but for the rounding, among others in any order: by seconds, then by number."""
    rng = np.random.default_rng(5)
    sizes = rng.choice([1.0, 2.0, 3.0], 300)
    own = sizes + rng.uniform(-1e-12, 1e-12, len(sizes))
    none_i = np.zeros(0, np.int32)
    none_held = np.zeros(0, np.int64)
    none = np.zeros((0, 8)), np.zeros((0, 2), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, lists, fixed = place_seams(
        np.zeros((0, 4), dtype=np.float32), two_fields(), none_i, np.zeros(0), none_held, np.zeros((2, 4)),
        np.column_stack([own, own, own]), np.full(len(own), 3), NO_SPLIT, np.array([-1, -1, -2, -1]), *none,
        np.zeros((0, 2, 2)),
    )  # fmt: skip
    wanted, left = np.zeros(len(own), dtype=int), [round(sizes.sum()) / 2] * 2
    for p in sorted(range(len(own)), key=lambda p: (-sizes[p], p)):
        wanted[p] = int(left[1] > left[0])
        left[wanted[p]] -= sizes[p]
    assert fixed.all()
    np.testing.assert_array_equal(lists[:, 0], wanted)
