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


def statistics(rows, regions, lasers=None, laser_count=1):
    lasers = [0] * len(rows) if lasers is None else lasers
    return scan_statistics(
        read_only(np.array(rows, dtype=np.float32).reshape(-1, 4)),
        read_only(np.array(lasers, dtype=np.uint8)),
        np.array(regions, dtype=np.uint16),
        laser_count,
        np.array([TURN_REACH * HATCH_MM, 0.0]),
    )


def expected(**columns):
    row = np.zeros(11)
    for name, value in columns.items():
        row[Column[name]] = value
    row[9:] = row[:2]
    return row


def test_nothing_costs_nothing():
    assert (statistics([], [], laser_count=3) == np.zeros((3, 11))).all()


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


def test_a_square_contour_has_one_switch_and_three_corners():
    rows = [(0, 0, 3, 0), (3, 0, 3, 3), (3, 3, 0, 3), (0, 3, 0, 0)]
    (row,) = statistics(rows, [CONTOUR] * 4)
    assert row.tolist() == expected(CONTOUR_MM=12, JUMPS=1, CORNERS=3, SWITCHES=1, VECTORS=4).tolist()


def test_from_contour_to_contour_and_to_the_hatch_it_jumps():
    rows = [(0, 0, 3, 0), (3, 0, 0, 0), (0, 4, 0, 6), (0, 6, 5, 6), (5, 6, 6, 6)]
    (row,) = statistics(rows, [CONTOUR, CONTOUR, CONTOUR, CORE, CORE])
    # Jumps: to the first, over 4 mm to the second contour, and none of length from its end to the hatch.
    want = expected(HATCH_MM=6, CONTOUR_MM=8, JUMP_MM=4, JUMPS=3, CORNERS=2, SWITCHES=2, VECTORS=5)
    assert row.tolist() == want.tolist()


def test_each_laser_counts_for_itself():
    rows = [(0, 0, 8, 0), (100, 0, 108, 0), (8, 0.25, 0, 0.25), (108, 0.25, 100, 0.25)]
    stats = statistics(rows, [CORE] * 4, [0, 2, 0, 2], 3)
    one = expected(HATCH_MM=16, TURN_MM=0.25, TURNS=1, JUMPS=1, VECTORS=2)
    np.testing.assert_array_equal(stats, [one, np.zeros(11), one])


def by_hand(rows, regions, lasers, laser_count):
    """The same in plain Python: what each laser did last is kept in a dict."""
    columns = [dict.fromkeys(Column, 0.0) for _ in range(laser_count)]
    last = {}
    for row, region, laser in zip(rows, regions, lasers, strict=True):
        x0, y0, x1, y1 = struct.unpack("4f", struct.pack("4f", *row))
        mine = columns[laser]
        mine[Column.VECTORS] += 1
        mine[Column.CONTOUR_MM if region else Column.HATCH_MM] += math.dist((x0, y0), (x1, y1))
        before = last.get(laser)
        way = math.dist(before[0], (x0, y0)) if before else 0.0
        if before and before[1] == region and before[0] == (x0, y0):
            mine[Column.CORNERS] += 1
        elif before and before[1] == region == CORE and way <= 5 * HATCH_MM:
            mine[Column.TURNS] += 1
            mine[Column.TURN_MM] += way
        else:
            mine[Column.JUMPS] += 1
            mine[Column.JUMP_MM] += way
            mine[Column.SWITCHES] += region == CONTOUR
        last[laser] = ((x1, y1), region)
    sums = [[mine[column] for column in Column if column < Column.MARKED] for mine in columns]
    return np.array([row + row[:2] for row in sums])


coordinate = st.sampled_from([0.0, 0.1, 0.2, 0.45, 0.55, 1.0, 7.3])
vector = st.tuples(coordinate, coordinate, coordinate, coordinate)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(vector, st.integers(0, 1), st.integers(0, 3)), max_size=40))
def test_random_vectors_are_summed_as_by_a_dict(entries):
    rows, regions, lasers = [e[0] for e in entries], [e[1] for e in entries], [e[2] for e in entries]
    stats = statistics(rows, regions, lasers, 4)
    np.testing.assert_allclose(stats, by_hand(rows, regions, lasers, 4), rtol=1e-12, atol=1e-12)


def test_a_long_polyline_of_many_lasers_is_summed_as_by_a_dict():
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 400, (2001, 2)).astype(np.float32)
    rows = np.column_stack([points[:-1], points[1:]]).tolist()
    regions, lasers = rng.integers(0, 2, 2000).tolist(), rng.integers(0, 4, 2000).tolist()
    stats = statistics(rows, regions, lasers, 4)
    np.testing.assert_allclose(stats, by_hand(rows, regions, lasers, 4), rtol=1e-12)
