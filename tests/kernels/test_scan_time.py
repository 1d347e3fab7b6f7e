"""Oracles: small cases by hand; for random vectors a dict per laser in plain Python."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.scan_time import TURN_REACH, scan_statistics
from amprep.model.arrays import read_only
from amprep.model.estimate import ScanColumn as Column

CORE, CONTOUR = 0, 1
HATCH_MM = 0.1
SPEED_MM_S = (800.0, 500.0)
LONG_JUMP_MM = 2.0
FULL_RUN_MM = 0.5
COLUMNS = Column.MARKED + 2


def motion(*, sky_writing="hatches"):
    """A core that is hatched and a contour; columns as the kernel wants them."""
    table = np.zeros((2, 4))
    table[:, 2] = SPEED_MM_S
    table[CORE, 3] = 1.0
    if sky_writing == "off":
        table[CORE, 1] = FULL_RUN_MM
    else:
        table[CORE, 0] = TURN_REACH * HATCH_MM
    if sky_writing != "all":
        table[CONTOUR, 1] = FULL_RUN_MM
    return read_only(table)


def statistics(rows, regions, lasers=None, laser_count=1, *, parts=None, sky_writing="hatches"):
    zeros = [0] * len(rows)
    return scan_statistics(
        read_only(np.array(rows, dtype=np.float32).reshape(-1, 4)),
        read_only(np.array(zeros if lasers is None else lasers, dtype=np.uint8)),
        read_only(np.array(regions, dtype=np.uint16)),
        read_only(np.array(zeros if parts is None else parts, dtype=np.uint16)),
        laser_count,
        motion(sky_writing=sky_writing),
        LONG_JUMP_MM,
    )


def expected(**columns):
    row = np.zeros(COLUMNS)
    for name, value in columns.items():
        row[Column[name]] = value
    row[Column.MARKED :] = row[:2]
    return row


def test_nothing_costs_nothing():
    assert (statistics([], [], laser_count=3) == np.zeros((3, COLUMNS))).all()


def test_the_first_vector_costs_one_jump_without_a_way():
    (row,) = statistics([(1, 1, 4, 5)], [CORE])
    assert row.tolist() == expected(HATCH_MM=5, JUMPS=1, VECTORS=1).tolist()


def test_neighbouring_hatch_vectors_cost_a_turnaround():
    rows = [(0, 0, 8, 0), (8, 0.25, 0, 0.25), (0, 0.5, 8, 0.5)]
    (row,) = statistics(rows, [CORE] * 3)
    assert row.tolist() == expected(HATCH_MM=24, TURN_MM=0.5, TURNS=2, JUMPS=1, VECTORS=3).tolist()


def test_a_hatch_vector_out_of_reach_costs_a_jump():
    near = TURN_REACH * HATCH_MM
    (row,) = statistics([(0, 0, 4, 0), (4 + near - 0.01, 0, 8, 0)], [CORE, CORE])
    assert (row[Column.TURNS], row[Column.JUMPS]) == (1, 1)
    (row,) = statistics([(0, 0, 4, 0), (4 + near + 0.01, 0, 8, 0)], [CORE, CORE])
    assert (row[Column.TURNS], row[Column.JUMPS]) == (0, 2)
    assert row[Column.JUMP_MM] == pytest.approx(near + 0.01, rel=1e-5), "mm"


def test_a_jump_is_long_from_the_threshold_on():
    for way, is_long in ((1.75, 0), (2.0, 1), (2.25, 1)):
        (row,) = statistics([(0, 0, 4, 0), (4 + way, 0, 9, 0)], [CORE, CORE])
        assert (row[Column.JUMPS], row[Column.LONG_JUMPS], row[Column.JUMP_MM]) == (2, is_long, way)
        assert row[Column.LONG_JUMP_MM] == way * is_long, "mm"
        assert row[Column.SHORT_JUMP_ROOT_MM] == (0.0 if is_long else math.sqrt(way)), "√mm"


def test_a_square_contour_has_one_polyline_and_three_corners_of_a_right_angle():
    rows = [(0, 0, 3, 0), (3, 0, 3, 3), (3, 3, 0, 3), (0, 3, 0, 0)]
    (row,) = statistics(rows, [CONTOUR] * 4)
    want = expected(CONTOUR_MM=12, JUMPS=1, CORNERS=1.5, SWITCHES=1, VECTORS=4, RUN_SPEED_MM_S=500)
    assert row.tolist() == want.tolist()


@pytest.mark.parametrize(
    ("ahead", "weight"), [((1, 0), 0.0), ((0, 1), 0.5), ((0, -2), 0.5), ((-3, 0), 1.0), ((1, 1), None)]
)
def test_a_corner_weighs_as_much_as_it_turns(ahead, weight):
    weight = 0.5 * (1 - math.cos(math.radians(45))) if weight is None else weight
    (row,) = statistics([(0, 0, 5, 0), (5, 0, 5 + ahead[0], ahead[1])], [CONTOUR] * 2)
    assert row[Column.CORNERS] == pytest.approx(weight, abs=1e-15)


def test_a_vector_of_no_length_hides_no_corner():
    rows = [(0, 0, 3, 0), (3, 0, 3, 0), (3, 0, 3, 3), (3, 3, 3, 3)]
    (row,) = statistics(rows, [CONTOUR] * 4)
    assert row[Column.CORNERS] == 0.5
    assert row[Column.VECTORS] == 4


def test_a_disc_of_many_corners_costs_nearly_none():
    """n corners that turn by 2π/n: (n - 1)·(1 - cos(2π/n))/2 is about π²/n."""
    n = 360
    turn = 2 * np.pi * np.arange(n + 1) / n
    points = np.column_stack([10 * np.cos(turn), 10 * np.sin(turn)]).astype(np.float32)
    (row,) = statistics(np.column_stack([points[:-1], points[1:]]), [CONTOUR] * n)
    assert row[Column.CORNERS] == pytest.approx((n - 1) * (1 - math.cos(2 * math.pi / n)) / 2, rel=1e-4)
    assert row[Column.CORNERS] < 0.03


def test_from_contour_to_contour_and_to_the_hatch_it_jumps():
    rows = [(0, 0, 3, 0), (3, 0, 0, 0), (0, 4, 0, 6), (0, 6, 5, 6), (5, 6, 6, 6)]
    (row,) = statistics(rows, [CONTOUR, CONTOUR, CONTOUR, CORE, CORE])
    # Jumps: to the first, over 4 mm to the second contour, and none of length from its end to the hatch.
    want = expected(
        HATCH_MM=6, CONTOUR_MM=8, JUMP_MM=4, JUMPS=3, LONG_JUMPS=1, LONG_JUMP_MM=4,
        CORNERS=1, SWITCHES=2, VECTORS=5, RUN_SPEED_MM_S=1000,
    )  # fmt: skip
    assert row.tolist() == want.tolist()


def test_a_polyline_too_short_for_its_speed_counts_by_its_root():
    rows = [(0, 0, 0.25, 0), (5, 0, 5.5, 0)]
    (row,) = statistics(rows, [CONTOUR] * 2)
    assert row[Column.RUN_SPEED_MM_S] == 500, "mm/s, of the second"
    assert row[Column.SHORT_RUN_ROOT_MM] == 0.5, "√mm"
    assert row[Column.SHORT_RUN_S] == 0.25 / 500, "s"


def test_with_sky_writing_off_each_hatch_vector_is_a_polyline_of_its_own():
    rows = [(0, 0, 8, 0), (8, 0.25, 0, 0.25), (0, 0.5, 0.25, 0.5)]
    (row,) = statistics(rows, [CORE] * 3, sky_writing="off")
    want = expected(
        HATCH_MM=16.25, JUMP_MM=0.5, JUMPS=3, SHORT_JUMP_ROOT_MM=1.0, SWITCHES=3, VECTORS=3,
        RUN_SPEED_MM_S=1600, SHORT_RUN_ROOT_MM=0.5, SHORT_RUN_S=0.25 / 800,
    )  # fmt: skip
    assert row.tolist() == want.tolist()


def test_with_sky_writing_for_all_a_contour_is_neither_switched_nor_accelerated():
    rows = [(0, 0, 3, 0), (3, 0, 3, 3), (3, 4, 3, 5)]
    (row,) = statistics(rows, [CONTOUR] * 3, sky_writing="all")
    want = expected(CONTOUR_MM=7, JUMP_MM=1, JUMPS=2, SHORT_JUMP_ROOT_MM=1, CORNERS=0.5, VECTORS=3)
    assert row.tolist() == want.tolist()


def test_another_part_begins_with_a_jump_and_counts():
    rows = [(0, 0, 8, 0), (8, 0.25, 0, 0.25), (0, 0.25, 8, 0.25), (8, 0.5, 0, 0.5)]
    (row,) = statistics(rows, [CORE] * 4, parts=[3, 1, 1, 3])
    assert (row[Column.PART_CHANGES], row[Column.JUMPS], row[Column.TURNS]) == (2, 3, 0)
    assert row[Column.CORNERS] == 1


def test_each_laser_counts_for_itself():
    rows = [(0, 0, 8, 0), (100, 0, 108, 0), (8, 0.25, 0, 0.25), (108, 0.25, 100, 0.25)]
    stats = statistics(rows, [CORE] * 4, [0, 2, 0, 2], 3, parts=[0, 1, 0, 1])
    one = expected(HATCH_MM=16, TURN_MM=0.25, TURNS=1, JUMPS=1, VECTORS=2)
    np.testing.assert_array_equal(stats, [one, np.zeros(COLUMNS), one])


def by_hand(rows, regions, lasers, parts, laser_count, sky_writing="hatches"):
    """The same in plain Python: what each laser did last is kept in a dict."""
    columns = [dict.fromkeys(Column, 0.0) for _ in range(laser_count)]
    smooth = {"hatches": {CORE}, "all": {CORE, CONTOUR}, "off": set()}[sky_writing]
    ends, polylines = {}, [[] for _ in range(laser_count)]
    for row, region, laser, part in zip(rows, regions, lasers, parts, strict=True):
        x0, y0, x1, y1 = struct.unpack("4f", struct.pack("4f", *row))
        mine, length = columns[laser], math.dist((x0, y0), (x1, y1))
        mine[Column.VECTORS] += 1
        mine[Column.CONTOUR_MM if region else Column.HATCH_MM] += length
        end, kind, owner, direction = ends.get(laser, ((x0, y0), None, part, None))
        way = math.dist(end, (x0, y0))
        mine[Column.PART_CHANGES] += owner != part
        new = None if length == 0 else math.atan2(y1 - y0, x1 - x0)
        same = kind == region and owner == part
        if same and way == 0:
            if direction is not None and new is not None:
                mine[Column.CORNERS] += math.sin((new - direction) / 2) ** 2
            polylines[laser][-1][1] += length
        elif same and region == CORE and region in smooth and way <= 5 * HATCH_MM:
            mine[Column.TURNS] += 1
            mine[Column.TURN_MM] += way
            direction = None
        else:
            mine[Column.JUMPS] += 1
            mine[Column.JUMP_MM] += way
            if way < LONG_JUMP_MM:
                mine[Column.SHORT_JUMP_ROOT_MM] += way**0.5
            else:
                mine[Column.LONG_JUMPS] += 1
                mine[Column.LONG_JUMP_MM] += way
            mine[Column.SWITCHES] += region not in smooth
            direction = None
            polylines[laser].append([region, length])
        ends[laser] = ((x1, y1), region, part, direction if new is None else new)
    for mine, runs in zip(columns, polylines, strict=True):
        for region, length in runs:
            if region in smooth:
                continue
            if length >= FULL_RUN_MM:
                mine[Column.RUN_SPEED_MM_S] += SPEED_MM_S[region]
            else:
                mine[Column.SHORT_RUN_ROOT_MM] += length**0.5
                mine[Column.SHORT_RUN_S] += length / SPEED_MM_S[region]
    sums = [[mine[column] for column in Column if column < Column.MARKED] for mine in columns]
    return np.array([row + row[:2] for row in sums])


coordinate = st.sampled_from([0.0, 0.1, 0.2, 0.45, 0.55, 1.0, 2.0, 7.3])
vector = st.tuples(coordinate, coordinate, coordinate, coordinate)
entry = st.tuples(vector, st.integers(0, 1), st.integers(0, 3), st.integers(0, 1))
words = st.sampled_from(["hatches", "all", "off"])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(entry, max_size=40), st.booleans(), words)
def test_random_vectors_are_summed_as_by_a_dict(entries, are_chained, sky_writing):
    rows, regions, lasers, parts = ([e[i] for e in entries] for i in range(4))
    if are_chained:
        rows = [(*(rows[i - 1][2:] if i else row[:2]), *row[2:]) for i, row in enumerate(rows)]
    stats = statistics(rows, regions, lasers, 4, parts=parts, sky_writing=sky_writing)
    want = by_hand(rows, regions, lasers, parts, 4, sky_writing)
    np.testing.assert_allclose(stats, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("sky_writing", ["hatches", "all", "off"])
@pytest.mark.parametrize("count", [63, 64, 65, 128, 129, 2000])
def test_long_hatches_and_polylines_are_summed_as_by_a_dict(count, sky_writing):
    """Around the number of vectors that are measured at once, with a jump here and there."""
    rng = np.random.default_rng(count)
    x = np.where(np.arange(count) % 2, 8.0, 0.0) + rng.uniform(-0.05, 0.05, count)
    y = 0.1 * np.arange(count) + np.cumsum(rng.random(count) < 0.01) * 3.0
    meander = np.column_stack([x, y, 8.0 - x, y])
    points = rng.uniform(0, 400, (count + 1, 2)).astype(np.float32)
    chain = np.column_stack([points[:-1], points[1:]])
    rows = np.concatenate([meander, chain, meander]).tolist()
    regions = [CORE] * count + [CONTOUR] * count + [CORE] * count
    zeros = [0] * len(rows)
    stats = statistics(rows, regions, sky_writing=sky_writing)
    np.testing.assert_allclose(stats, by_hand(rows, regions, zeros, zeros, 1, sky_writing), rtol=1e-12)


def test_a_long_polyline_of_many_lasers_is_summed_as_by_a_dict():
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 400, (2001, 2)).astype(np.float32)
    rows = np.column_stack([points[:-1], points[1:]]).tolist()
    regions, lasers = rng.integers(0, 2, 2000).tolist(), rng.integers(0, 4, 2000).tolist()
    parts = rng.integers(0, 3, 2000).tolist()
    stats = statistics(rows, regions, lasers, 4, parts=parts)
    np.testing.assert_allclose(stats, by_hand(rows, regions, lasers, parts, 4), rtol=1e-12)
