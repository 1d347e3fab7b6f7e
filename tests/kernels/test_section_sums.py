"""Oracles: shapely clips polygons to cells and shifts their boundary; lines are counted one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon
from shapely.geometry import box as rectangle

from amprep.kernels.section_sums import SECTION_SUMS, section_sums, united_sums

NONE = np.empty(0)


def star(radii, centre=(3.0, -2.0)):
    """(n, 2) mm: a loop that sees its centre from everywhere, counter-clockwise."""
    turn = 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.column_stack([np.cos(turn), np.sin(turn)]) * np.array(radii)[:, None] + centre


def sums_of(loops, angle=0.3, x_cuts=NONE, y_cuts=NONE, *, steep=0.2, offset_mm=0.05):
    points = np.concatenate(loops)
    offsets = np.cumsum([0, *map(len, loops)])
    directions = np.tile([math.cos(angle), math.sin(angle)], (len(loops), 1))
    flat = section_sums(points, offsets, directions, steep, offset_mm, np.array(x_cuts), np.array(y_cuts))
    cells = (len(x_cuts) + 1) * (len(y_cuts) + 1)
    return flat.reshape(len(loops), cells, SECTION_SUMS)


def edges(loop):
    return np.roll(loop, -1, axis=0) - loop


radii = st.lists(st.floats(0.5, 4.0), min_size=3, max_size=24)


@given(radii, st.floats(0.0, 3.0))
@settings(max_examples=60, deadline=None)
def test_one_cell_holds_area_length_and_what_lies_across(radii, angle):
    loop = star(radii)
    found = sums_of([loop], angle)[0, 0]
    along, across = (
        np.array([math.cos(angle), math.sin(angle)]),
        np.array([-math.sin(angle), math.cos(angle)]),
    )
    steps = edges(loop)
    lengths = np.hypot(*steps.T)
    lie_across = np.abs(steps @ across)
    steep = lie_across >= 0.2 * lengths
    assert found[0] == pytest.approx(Polygon(loop).area, rel=1e-9)
    assert found[1] == pytest.approx(lengths.sum(), rel=1e-12)
    assert found[2] == pytest.approx(lie_across.sum(), rel=1e-9)
    assert found[3] == pytest.approx(lengths[steep].sum(), rel=1e-9)
    assert found[4] == pytest.approx(lie_across[steep].sum(), rel=1e-9)
    u, v = loop @ along, loop @ across
    extremes = [f(one) for one in (u, v, u + v, u - v) for f in (np.min, np.max)]
    assert found[9:] == pytest.approx(extremes, abs=1e-9)


def rounded(low, high):
    """The oracle raises, or clips something else, at coordinates around 1e-308."""
    return st.floats(low, high).map(lambda value: round(value, 9))


@given(radii, rounded(-2.0, 8.0), rounded(-7.0, 3.0), st.floats(0.0, 3.0))
@settings(max_examples=80, deadline=None)
def test_cells_share_what_shapely_clips(radii, x, y, angle):
    loop = star(radii)
    shape, ring = Polygon(loop), Polygon(loop).exterior
    x_cuts, y_cuts = [x, x + 1.5], [y]
    found = sums_of([loop], angle, x_cuts, y_cuts)[0]
    borders_x, borders_y = [-100.0, *x_cuts, 100.0], [-100.0, y, 100.0]
    for i in range(3):
        for j in range(2):
            cell = rectangle(borders_x[i], borders_y[j], borders_x[i + 1], borders_y[j + 1])
            row = found[2 * i + j]
            inside = ring.intersection(cell)
            assert row[0] == pytest.approx(shape.intersection(cell).area, abs=1e-7)
            assert row[1] == pytest.approx(inside.length, abs=1e-7)
            # Lines end at the boundary and at the borders of the cell.
            clipped = shape.intersection(cell)
            polygons = [one for one in shapely.get_parts(clipped) if one.geom_type == "Polygon"]
            across = 0.0
            for one in polygons:
                for chain in (one.exterior, *one.interiors):
                    steps = np.diff(np.array(chain.coords), axis=0)
                    across += np.abs(steps[:, 1] * math.cos(angle) - steps[:, 0] * math.sin(angle)).sum()
            assert row[2] == pytest.approx(across, abs=1e-6)


@given(st.integers(3, 40), st.floats(0.0, 0.2), st.floats(0.0, 6.0))
@settings(deadline=None)
def test_a_convex_loop_shrinks_as_steiner_says(corners, offset_mm, turn):
    loop = star([2.0] * corners) @ np.array(
        [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    )
    found = sums_of([loop])[0, 0]
    shrunk = Polygon(loop).buffer(-offset_mm, join_style="mitre", mitre_limit=100)
    assert found[0] - offset_mm * found[1] + offset_mm**2 * found[5] == pytest.approx(shrunk.area, rel=1e-6)
    assert found[1] - 2 * offset_mm * found[5] == pytest.approx(shrunk.length, rel=1e-6)
    steps = edges(np.array(shrunk.exterior.coords)[:-1])
    across = np.abs(steps[:, 1] * math.cos(0.3) - steps[:, 0] * math.sin(0.3)).sum()
    assert found[2] - offset_mm * found[6] == pytest.approx(across, rel=1e-6)


def test_half_of_what_lies_across_is_the_mean_number_of_pieces():
    """Cauchy and Crofton, with lines at a thousand places."""
    loop = star(np.random.default_rng(3).uniform(1.0, 4.0, 17))
    shape, h = Polygon(loop), 0.4
    found = sums_of([loop], 0.0)[0, 0]
    counts = []
    for shift in (np.arange(1000) + 0.5) / 1000 * h:
        lines = [LineString([(-50, y), (50, y)]) for y in np.arange(math.floor(-10 / h) * h + shift, 10.0, h)]
        crossed = shapely.get_num_geometries(shape.intersection(lines))
        empty = shapely.is_empty(shape.intersection(lines))
        counts.append(int(crossed[~empty].sum()))
    assert np.mean(counts) == pytest.approx(found[2] / (2 * h), rel=2e-3)


def test_a_spike_there_and_back_takes_next_to_nothing():
    """What is sharp, but tiny, counts no more than a square corner."""
    square = np.array([(0, 0), (2, 0), (2, 1), (1.9999, 1.0), (2, 1.0), (2, 2), (0, 2)], dtype=float)
    plain = np.array([(0, 0), (2, 0), (2, 2), (0, 2)], dtype=float)
    assert sums_of([square])[0, 0, 5] == pytest.approx(sums_of([plain])[0, 0, 5], abs=2.5)


def test_holes_count_negative_and_unite_with_their_outer_loop():
    outer, hole = star([4.0] * 60), star([1.0] * 60)[::-1]
    found = sums_of([outer, hole], x_cuts=[3.0])
    shape = Polygon(outer, [hole])
    united = united_sums(
        found.reshape(-1, SECTION_SUMS), np.ones(2, dtype=np.bool_), np.zeros(2, dtype=np.int64), 1, 2
    )
    left = shape.intersection(rectangle(-50, -50, 3, 50))
    assert united[0, 0] == pytest.approx(left.area, rel=1e-9)
    assert united[:, 1].sum() == pytest.approx(shape.length, rel=1e-9)
    assert united[:, 8].sum() == 4, "each loop comes into each cell once"
    lone = united_sums(
        found.reshape(-1, SECTION_SUMS), np.array([True, False]), np.zeros(2, dtype=np.int64), 1, 2
    )
    assert lone[:, 0].sum() == pytest.approx(Polygon(outer).area, rel=1e-9)


def test_far_from_the_origin_nothing_is_lost():
    loop = star([1.0, 2.0, 1.5, 2.5, 1.2])
    near, far = sums_of([loop])[0, 0], sums_of([loop + 1e5])[0, 0]
    assert far[:8] == pytest.approx(near[:8], rel=1e-8)


@pytest.mark.parametrize(
    "loop", [np.zeros((2, 2)), np.ones((5, 2)), np.array([(0, 0), (0, 0), (1, 0)], float)]
)
def test_loops_of_nothing(loop):
    found = sums_of([loop])[0, 0]
    assert found[0] == 0.0
    assert np.isfinite(found[:9]).all()
