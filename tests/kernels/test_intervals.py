"""Oracle: the same cuts in whole numbers, place by place; and shapely on the regions themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.hatching.lines import scan_region
from amprep.kernels.intervals import INSIDE, OUTSIDE, cut_pieces
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM
from amprep.model.layer import Contours

STEP_MM = 0.25
"""Pieces of the tests in whole numbers begin and end on multiples of this."""
PLACES = 40

place_sets = st.lists(st.sets(st.integers(0, PLACES - 1)), min_size=1, max_size=6)


def intervals(places):
    """Runs of consecutive places as (n, 2) pieces."""
    marks = np.zeros(PLACES + 2, dtype=np.int64)
    marks[[p + 1 for p in places]] = 1
    change = np.diff(marks)
    return np.column_stack([np.flatnonzero(change == 1), np.flatnonzero(change == -1)]) * STEP_MM


def scan_of(lines, first):
    """Pieces and runs of lines of places, one run per line."""
    found = [intervals(places) for places in lines]
    runs = [(first + k, 1, len(pieces)) for k, pieces in enumerate(found) if len(pieces)]
    return (
        np.concatenate([np.empty((0, 2)), *found]),
        np.array(runs, dtype=np.int64).reshape(-1, 3),
    )


def by_line(pieces, runs):
    """Pieces of each line as a dictionary; several groups may have pieces on one."""
    found: dict[int, list[tuple[float, float]]] = {}
    p = 0
    for first, lines, count in runs.tolist():
        for k in range(first, first + lines):
            found.setdefault(k, []).extend(map(tuple, pieces[p : p + count].tolist()))
            p += count
    assert p == len(pieces)
    return found


@settings(max_examples=300, deadline=None)
@given(place_sets, st.integers(-3, 3), place_sets, st.integers(-3, 3), st.booleans(), st.integers(0, PLACES))
def test_pieces_are_cut_as_sets_of_places_are(lines, first, others, first_other, inside, border):
    """Two groups: what lies left of the border, and what lies right of it."""
    groups = [[{p for p in places if (p < border) == left} for places in lines] for left in (True, False)]
    scans = [scan_of(group, first) for group in groups]
    pieces = np.concatenate([scan[0] for scan in scans])
    runs = np.concatenate([scan[1] for scan in scans])
    starts = np.cumsum([0, *(len(scan[1]) for scan in scans)])
    other = {first_other + k: places for k, places in enumerate(others)}
    cut, cut_runs, cut_starts, kept_mm, short_mm = cut_pieces(
        pieces, runs, starts, *scan_of(others, first_other), INSIDE if inside else OUTSIDE
    )
    assert short_mm == 0.0
    assert kept_mm == pytest.approx((cut[:, 1] - cut[:, 0]).sum())
    p = 0
    for g, group in enumerate(groups):
        own = cut_runs[cut_starts[g] : cut_starts[g + 1]]
        many = int((own[:, 1] * own[:, 2]).sum())
        found = by_line(cut[p : p + many], own)
        p += many
        for k, places in enumerate(group):
            beside = other.get(first + k, set())
            left = places & beside if inside else places - beside
            assert found.pop(first + k, []) == list(map(tuple, intervals(left).tolist()))
        assert not found
        assert (np.diff(own[:, 0]) > 0).all()
    assert p == len(cut)


def test_what_is_too_short_is_left_out_and_its_length_reported():
    short = 0.4 * SHORTEST_VECTOR_MM
    pieces, runs, starts = np.array([[0.0, 4.0]]), np.array([[0, 1, 1]]), np.array([0, 1])
    cutter = np.array([[-1.0, short], [1.0, 4.0 - short]])
    cut, cut_runs, _, kept_mm, short_mm = cut_pieces(
        pieces, runs, starts, cutter, np.array([[0, 1, 2]]), OUTSIDE
    )
    np.testing.assert_allclose(cut, [[short, 1.0]])
    assert cut_runs.tolist() == [[0, 1, 1]]
    assert kept_mm == pytest.approx(1.0 - short)
    assert short_mm == pytest.approx(short)


def test_pieces_of_the_cutter_that_touch_leave_no_seam():
    pieces, runs, starts = np.array([[0.0, 4.0]]), np.array([[5, 1, 1]]), np.array([0, 1])
    cutter = np.array([[1.0, 2.0], [2.0, 3.0]])
    cut, _, _, _, _ = cut_pieces(pieces, runs, starts, cutter, np.array([[5, 1, 2]]), INSIDE)
    np.testing.assert_allclose(cut, [[1.0, 3.0]])


def test_lines_that_the_cutter_does_not_meet_stay_one_run():
    pieces, runs, starts = np.array([[0.0, 4.0]] * 7), np.array([[0, 7, 1]]), np.array([0, 1])
    far = np.array([[1.0, 2.0]]), np.array([[20, 1, 1]])
    cut, cut_runs, _, kept_mm, _ = cut_pieces(pieces, runs, starts, *far, OUTSIDE)
    assert cut_runs.tolist() == [[0, 7, 1]]
    assert kept_mm == 28.0
    np.testing.assert_array_equal(cut, pieces)
    assert len(cut_pieces(pieces, runs, starts, *far, INSIDE)[0]) == 0
    near = np.array([[1.0, 2.0]]), np.array([[3, 1, 1]])
    _, cut_runs, _, _, _ = cut_pieces(pieces, runs, starts, *near, OUTSIDE)
    assert cut_runs.tolist() == [[0, 3, 1], [3, 1, 2], [4, 3, 1]]


# --- Regions on hatch lines


def star(rng, x, y, radius):
    """A polygon that does not cross itself."""
    corners = int(rng.integers(4, 12))
    angle = 2.0 * np.pi * (np.arange(corners) + rng.uniform(0.0, 0.9, corners)) / corners
    reach = rng.uniform(0.4, 1.0, len(angle)) * radius
    return np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)])


def contours_of(polygons):
    offsets = np.cumsum([0, *map(len, polygons)])
    return Contours(np.concatenate([np.empty((0, 2)), *polygons]), offsets)


def union(polygons):
    return shapely.union_all([shapely.Polygon(p).buffer(0) for p in polygons])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_lines_lie_inside_of_one_region_and_outside_of_others(seed):
    rng = np.random.default_rng(seed)

    def some(count, radius):
        return [star(rng, *rng.uniform(-4.0, 14.0, 2), radius) for _ in range(count)]

    region, inside = some(3, 6.0), some(2, 5.0)
    outside = [some(1, 4.0), some(2, 2.0)]
    angle, distance = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.15, 0.4)
    whole = contours_of(region)
    lines = scan_region(
        whole.points,
        whole.offsets,
        angle_rad=angle,
        distance_mm=distance,
        inside=contours_of(inside),
        outside=[contours_of(one) for one in outside],
        proper=contours_of(inside[:1]),
    )
    expected = union(region) & union(inside)
    for one in outside:
        expected -= union(one)
    to_frame = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned = shapely.transform(expected, lambda p: p @ to_frame)
    found = by_line(lines.pieces, lines.runs)
    proper = shapely.transform(union(inside[:1]), lambda p: p @ to_frame)
    expected_mm = overlap_mm = 0.0
    for k in range(math.floor(-60.0 / distance), math.ceil(60.0 / distance)):
        v = (k + 0.5) * distance
        row = shapely.LineString([(-60.0, v), (60.0, v)]) & turned
        length = sum(b - a for a, b in found.get(k, []))
        assert length == pytest.approx(row.length, abs=8 * SHORTEST_VECTOR_MM)
        drawn = shapely.MultiLineString([[(a, v), (b, v)] for a, b in found.get(k, [])])
        assert (drawn - turned.buffer(1e-6)).length == pytest.approx(0.0, abs=1e-6)
        expected_mm += row.length
        overlap_mm += (row - proper).length
    total_mm = float((lines.pieces[:, 1] - lines.pieces[:, 0]).sum())
    assert total_mm + lines.short_mm == pytest.approx(expected_mm, abs=2e-2)
    assert lines.overlap_mm == pytest.approx(overlap_mm, abs=2e-2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_core_and_skins_share_every_line_without_overlap_or_gap(seed):
    rng = np.random.default_rng(seed)
    region = contours_of([star(rng, *rng.uniform(0.0, 12.0, 2), 6.0) for _ in range(3)])
    up = contours_of([star(rng, *rng.uniform(0.0, 12.0, 2), 4.0)])
    down = contours_of([star(rng, *rng.uniform(0.0, 12.0, 2), 4.0)])
    how = {"angle_rad": rng.uniform(0.0, 6.0), "distance_mm": 0.2}
    curves = (region.points, region.offsets)

    def length(lines):
        return float((lines.pieces[:, 1] - lines.pieces[:, 0]).sum()) + lines.short_mm

    whole = length(scan_region(*curves, **how))
    core = length(scan_region(*curves, **how, outside=[up, down]))
    upskin = length(scan_region(*curves, **how, inside=up, outside=[down]))
    downskin = length(scan_region(*curves, **how, inside=down))
    assert core + upskin + downskin == pytest.approx(whole, abs=1e-2)


def test_without_other_regions_the_lines_are_those_of_the_scan_alone():
    rng = np.random.default_rng(3)
    region = contours_of([star(rng, 5.0, 5.0, 6.0), star(rng, 30.0, 5.0, 6.0)])
    alone = scan_region(region.points, region.offsets, angle_rad=0.3, distance_mm=0.1)
    pieces, runs, groups = alone.pieces.copy(), alone.runs.copy(), alone.group_runs.copy()
    far = contours_of([star(rng, 200.0, 5.0, 6.0)])
    without = scan_region(region.points, region.offsets, angle_rad=0.3, distance_mm=0.1, outside=[far])
    np.testing.assert_array_equal(without.pieces, pieces)
    np.testing.assert_array_equal(without.runs, runs)
    np.testing.assert_array_equal(without.group_runs, groups)
    nothing = scan_region(region.points, region.offsets, angle_rad=0.3, distance_mm=0.1, inside=far)
    assert len(nothing.pieces) == len(nothing.runs) == 0
    empty = contours_of([])
    assert len(scan_region(empty.points, empty.offsets, angle_rad=0.3, distance_mm=0.1).pieces) == 0


def test_scans_at_right_angles_can_have_the_same_groups():
    rng = np.random.default_rng(11)
    region = contours_of([star(rng, 12.0 * i, 12.0 * k, 4.0) for i in range(4) for k in range(3)])
    skin = contours_of([star(rng, 10.0, 10.0, 9.0), star(rng, 30.0, 20.0, 5.0)])
    for limits in ({}, {"inside": skin}, {"outside": [skin]}):
        middles = []
        for turn in (0.0, 0.5 * math.pi):
            lines = scan_region(
                region.points,
                region.offsets,
                angle_rad=0.4 + turn,
                distance_mm=0.1,
                group_angle_rad=0.4,
                **limits,
            )
            p, found = 0, []
            for g in range(len(lines.group_runs) - 1):
                own = lines.runs[lines.group_runs[g] : lines.group_runs[g + 1]]
                many = int((own[:, 1] * own[:, 2]).sum())
                u = lines.pieces[p : p + many].mean() if many else np.nan
                v = np.concatenate(
                    [np.repeat(np.arange(k, k + n), c) for k, n, c in own.tolist()] or [np.empty(0)]
                )
                v = 0.1 * (v.mean() + 0.5) if many else np.nan
                cosine, sine = math.cos(0.4 + turn), math.sin(0.4 + turn)
                found.append((u * cosine - v * sine, u * sine + v * cosine))
                p += many
            middles.append(np.array(found))
        np.testing.assert_allclose(middles[0], middles[1], atol=1.0)
