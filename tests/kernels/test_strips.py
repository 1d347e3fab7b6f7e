"""Strips of hatch lines, against a search that compares every pair of pieces."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.hatching.patterns import Pattern, lay_pattern
from amprep.kernels.meander import hatch_meander
from amprep.kernels.strips import hatch_strips

H_MM = 0.5


@st.composite
def scans(draw):
    """Pieces, runs and groups' runs as a scan has them, and group, line and ends of each piece."""
    pieces, runs, group_runs, rows = [], [], [0], []
    for group in range(draw(st.integers(0, 3))):
        line = draw(st.integers(-3, 3))
        for _ in range(draw(st.integers(0, 5))):
            count, lines = draw(st.integers(1, 4)), draw(st.integers(1, 3))
            for k in range(lines):
                cuts = draw(st.lists(st.integers(0, 60), min_size=2 * count, max_size=2 * count, unique=True))
                ends = np.sort(np.array(cuts)).reshape(-1, 2) / 4.0
                pieces += ends.tolist()
                rows += [(group, line + k, *pair) for pair in ends.tolist()]
            runs.append((line, lines, count))
            line += lines + draw(st.integers(0, 1))
        group_runs.append(len(runs))
    arrays = (
        np.array(pieces, dtype=np.float64).reshape(-1, 2),
        np.array(runs, dtype=np.int64).reshape(-1, 3),
        np.array(group_runs, dtype=np.int64),
    )
    return arrays, rows


def beside(one, other):
    (group, line, low, high), (other_group, other_line, other_low, other_high) = one, other
    gap = max(low, other_low) - min(high, other_high)
    return group == other_group and other_line == line + 1 and gap <= 2.0 * H_MM


def searched(rows):
    """Strips as lists of rows."""
    ahead = [[b for b, other in enumerate(rows) if beside(one, other)] for one in rows]
    behind = [[a for a in range(len(rows)) if b in ahead[a]] for b in range(len(rows))]
    strips, strip_of = [], {}
    for b in range(len(rows)):
        if len(behind[b]) == 1 and len(ahead[behind[b][0]]) == 1:
            strip_of[b] = strip_of[behind[b][0]]
            strips[strip_of[b]].append(b)
        else:
            strip_of[b] = len(strips)
            strips.append([b])
    return strips


@settings(deadline=None)
@given(scans())
def test_strips_are_those_that_a_search_finds(scan):
    arrays, rows = scan
    segments, offsets, group = hatch_strips(*arrays, 0.0, H_MM, 0.0, 0.0)
    found = [segments[a:b] for a, b in pairwise(offsets)]
    expected = searched(rows)
    assert group.tolist() == [rows[strip[0]][0] for strip in expected]
    assert len(found) == len(expected)
    for lines, strip in zip(found, expected, strict=True):
        for line, (_, k, low, high) in zip(lines.tolist(), (rows[i] for i in strip), strict=True):
            assert line == pytest.approx(
                [high if k % 2 else low, (k + 0.5) * H_MM, low if k % 2 else high, (k + 0.5) * H_MM]
            )


@settings(deadline=None)
@given(scans(), st.floats(-7.0, 7.0))
def test_the_vectors_are_those_of_the_meander(scan, angle_rad):
    arrays, _ = scan
    segments, _, _ = hatch_strips(*arrays, angle_rad, H_MM, 3.0, -2.0)
    others, _, _ = hatch_meander(*arrays, angle_rad, H_MM, 3.0, -2.0, 1)
    assert sorted(segments.tolist()) == sorted(others.tolist())


def test_what_concentric_curves_leave_of_a_ring_is_filled_along_its_way():
    turn = np.linspace(0.0, 2.0 * math.pi, 256, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    points, offsets = np.concatenate([40.0 * circle, 38.0 * circle[::-1]]), np.array([0, 256, 512])
    points.flags.writeable = offsets.flags.writeable = False
    segments = lay_pattern(points, offsets, Pattern("concentric", 67.0, 0.1, 10.0, 0.0)).segments
    ends = segments.astype(np.float64)
    marked_mm = np.hypot(*(ends[:, 2:] - ends[:, :2]).T).sum()
    jumps_mm = np.hypot(*(ends[1:, :2] - ends[:-1, 2:]).T).sum()
    assert marked_mm * 0.1 == pytest.approx(math.pi * (40.0**2 - 38.0**2), rel=2e-3), "mm²"
    assert jumps_mm < 0.1 * marked_mm


@pytest.mark.parametrize("radius_mm", [1.0, 2.0, 10.0])
@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 67.0])
def test_what_concentric_curves_leave_is_crossed_wherever_it_winds(angle_deg, radius_mm):
    """A thin ring: its middle, narrower than two lines are apart, goes along each direction somewhere."""
    turn = np.linspace(0.0, 2.0 * math.pi, 256, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    outer, inner = radius_mm * circle, (radius_mm - 0.37) * circle[::-1]
    points, offsets = np.concatenate([outer, inner]), np.array([0, 256, 512])
    points.flags.writeable = offsets.flags.writeable = False
    segments = lay_pattern(points, offsets, Pattern("concentric", angle_deg, 0.1, 10.0, 0.0)).segments
    lines = shapely.linestrings(segments.astype(np.float64).reshape(-1, 2, 2))
    strips = shapely.union_all(shapely.buffer(lines, 0.05))
    left = shapely.difference(shapely.Polygon(outer, [inner]), strips)
    pieces = shapely.area(shapely.get_parts(left))
    assert pieces.max() < 0.002, "mm²"
    assert pieces.sum() < 0.005 * math.pi * (radius_mm**2 - (radius_mm - 0.37) ** 2), "mm²"
