"""Holes and the loops around them, against shapely."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Polygon

from amprep.kernels.areas import loop_sizes
from amprep.kernels.nesting import loop_owners


def ring(x, y, radius, *, is_hole, corners=7):
    angle = 2.0 * np.pi * np.arange(corners) / corners + x
    points = np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
    return points[::-1] if is_hole else points


def nested(rng, rows):
    """Rings in rings on a grid whose places are shaken and shuffled, some without a hole."""
    loops = []
    for i in range(rows):
        for k in range(rows):
            x, y = 3.0 * i + rng.uniform(-0.2, 0.2), 3.0 * k + rng.uniform(-0.2, 0.2)
            radius = rng.uniform(0.8, 1.2)
            depths = range(int(rng.integers(1, 5)))
            loops += [ring(x, y, radius * 0.6**depth, is_hole=depth % 2 == 1) for depth in depths]
    return [loops[i] for i in rng.permutation(len(loops))]


@pytest.mark.parametrize("rows", [1, 2, 5, 9])
@pytest.mark.parametrize("seed", range(5))
def test_a_hole_belongs_to_the_smallest_loop_around_it(seed, rows):
    loops = nested(np.random.default_rng(seed), rows)
    points, offsets = np.concatenate(loops), np.cumsum([0, *map(len, loops)])
    areas, _, boxes = loop_sizes(points, offsets)
    polygons = [Polygon(loop) for loop in loops]
    expected = []
    for number, polygon in enumerate(polygons):
        around = [i for i, one in enumerate(polygons) if areas[i] > 0.0 and one.contains(polygon)]
        is_hole = areas[number] < 0.0
        expected.append(min(around, key=lambda i: areas[i]) if is_hole and around else number)
    assert loop_owners(points, offsets, areas, boxes).tolist() == expected


def test_a_hole_without_a_loop_around_it_owns_itself():
    loops = [ring(0.0, 0.0, 1.0, is_hole=True), ring(5.0, 0.0, 1.0, is_hole=False)]
    points, offsets = np.concatenate(loops), np.array([0, 7, 14])
    areas, _, boxes = loop_sizes(points, offsets)
    assert loop_owners(points, offsets, areas, boxes).tolist() == [0, 1]
    assert loop_owners(points[:0], offsets[:1], areas[:0], boxes[:0]).tolist() == []
