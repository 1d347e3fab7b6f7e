"""Copies on a platform against geometry done another way (shapely)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from amprep.model.machine import BuildVolume
from amprep.model.provenance import Grade, GradedValue
from amprep.placement.grid import grid_of, outline_of


def known(value):
    return GradedValue(float(value), Grade.DATASHEET)


ROUND = BuildVolume("cylinder", known(100), known(100), known(95))
BOX = BuildVolume("box", known(400), known(400), known(400))


def rectangle(width, depth):
    x, y = width / 2, depth / 2
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]])


def envelope(volume):
    """The platform as a polygon around its middle; the disc circumscribed, by 1e-5 of its radius."""
    if volume.shape == "box":
        x, y = volume.size_x_mm.value / 2, volume.size_y_mm.value / 2
        return shapely.box(-x - 1e-5, -y - 1e-5, x + 1e-5, y + 1e-5)
    corners = 720
    radius = volume.size_x_mm.value / 2 / math.cos(math.pi / corners)
    turns = np.arange(corners) * 2 * math.pi / corners
    return shapely.Polygon(radius * np.column_stack([np.cos(turns), np.sin(turns)])).buffer(1e-5)


def require_sound(grid, outline, volume, gap):
    """Every copy inside, no two boxes nearer than the gap, in every pattern and for every count."""
    bed = envelope(volume)
    shapely.prepare(bed)
    width, depth = outline.max(axis=0) - outline.min(axis=0)
    sets = [*grid.patterns, *(grid.positions_mm(n) for n in range(1, min(grid.capacity, 12) + 1))]
    for positions in sets:
        for x, y in positions:
            assert bed.covers(translate(shapely.Polygon(outline), x, y))
        for (ax, ay), (bx, by) in itertools.combinations(positions[:60], 2):
            assert abs(ax - bx) >= width + gap - 1e-6 or abs(ay - by) >= depth + gap - 1e-6


@given(
    width=st.floats(2, 90),
    depth=st.floats(2, 90),
    corners=st.integers(3, 9),
    seed=st.integers(0, 2**20),
    gap=st.sampled_from([0.0, 1.0, 5.0]),
    is_round=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_copies_lie_inside_and_keep_the_gap(width, depth, corners, seed, gap, is_round):
    points = np.random.default_rng(seed).uniform(-1, 1, (corners, 2)) * (width / 2, depth / 2)
    points -= (points.min(axis=0) + points.max(axis=0)) / 2
    outline = outline_of(points)
    volume = ROUND if is_round else BOX
    size = outline.max(axis=0) - outline.min(axis=0)
    if size.min() < 8:  # many thousand copies prove nothing more
        outline = outline * 8 / size.min()
    grid = grid_of(outline, volume, gap_mm=gap)
    if grid is not None:
        require_sound(grid, outline, volume, gap)


@pytest.mark.parametrize(
    ("width", "depth", "gap"), [(20, 20, 5), (30, 12, 5), (55, 30, 5), (9, 41, 2), (70, 70, 5), (12, 12, 0)]
)
def test_a_round_bed_holds_as_many_as_the_best_grid_tried_one_by_one(width, depth, gap):
    """All shifts of a strict grid in steps of a sixteenth of the pitch, each copy tested by shapely."""
    outline, bed = rectangle(width, depth), envelope(ROUND)
    shapely.prepare(bed)
    pitch = np.array([width + gap, depth + gap])
    best = 0
    for shift in itertools.product(range(16), repeat=2):
        steps = np.arange(-10, 11)
        centres = [(steps + s / 16) * p for s, p in zip(shift, pitch, strict=True)]
        x, y = (one.ravel() for one in np.meshgrid(*centres))
        copies = shapely.box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2)
        best = max(best, int(shapely.covers(bed, copies).sum()))
    grid = grid_of(outline, ROUND, gap_mm=gap)
    assert (0 if grid is None else grid.capacity) >= best
    if grid is not None:
        require_sound(grid, outline, ROUND, gap)


@pytest.mark.parametrize(("width", "depth", "gap"), [(20, 20, 5), (33, 12, 5), (24, 17, 2), (40, 40, 5)])
def test_rows_of_a_round_bed_hold_as_many_as_have_room(width, depth, gap):
    """Copies put one after the other into each row as soon as shapely says that there is room."""
    bed = envelope(ROUND)
    shapely.prepare(bed)
    grid = grid_of(rectangle(width, depth), ROUND, gap_mm=gap)
    step = 0.05
    x = np.arange(-50, 50, step)
    best = 0
    for shift in range(32):
        count = 0
        for row in range(-8, 9):
            y = (row + shift / 32) * (depth + gap)
            if abs(y) + depth / 2 > 50:
                continue
            copies = shapely.box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2)
            places = x[shapely.covers(bed, copies)]
            while len(places):
                count += 1
                places = places[places >= places[0] + width + gap - 1e-9]
        best = max(best, count)
    assert grid.capacity == best


def test_a_box_is_filled_to_its_edges():
    assert grid_of(rectangle(20, 20), BOX).capacity == 16 * 16  # 16 · 20 + 15 · 5 = 395
    assert grid_of(rectangle(21.5625, 20), BOX).capacity == 15 * 16
    assert grid_of(rectangle(400, 400), BOX).capacity == 1
    assert grid_of(rectangle(200, 200), BOX, gap_mm=0).capacity == 4
    assert grid_of(rectangle(400.01, 10), BOX) is None


def test_the_outline_decides_on_a_round_bed_not_its_box():
    turns = np.arange(360) * math.pi / 180
    disc = 49.9 * np.column_stack([np.cos(turns), np.sin(turns)])
    assert grid_of(disc, ROUND).capacity == 1
    assert grid_of(rectangle(99.8, 99.8), ROUND) is None
    assert grid_of(rectangle(60, 80), ROUND).capacity == 1  # its corners lie on the edge


def test_one_copy_stands_in_the_middle_and_few_stand_together():
    for volume in (ROUND, BOX):
        grid = grid_of(rectangle(20, 20), volume)
        assert grid.positions_mm(1) == pytest.approx(np.zeros((1, 2)), abs=1e-9)
        for count in (2, 4, 7):
            assert np.hypot(*grid.positions_mm(count).T).max() < 40
        with pytest.raises(ValueError, match="copies"):
            grid.positions_mm(grid.capacity + 1)


def test_an_outline_is_convex_and_holds_all_points():
    points = np.random.default_rng(3).normal(0, 5, (500, 3))
    outline = outline_of(points)
    hull = shapely.MultiPoint(points[:, :2]).convex_hull
    assert shapely.Polygon(outline).equals(hull)
