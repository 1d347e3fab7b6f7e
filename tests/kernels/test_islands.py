"""Oracles: shapely's convex hulls and boxes; and the proof, which must say the same with islands and without.

What is called an island is never looked at again, so a wrong one would be a wrong proof.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.test_apart import OTHER_CURVES, PLAIN_CURVES, agrees, circle, curves, moved

from amprep.kernels.apart import NEAR_MM, are_plain
from amprep.kernels.islands import FEWEST, without_islands
from amprep.kernels.jit import kernel

FAR_MM = 1e5


@kernel
def left_by(points, offsets, near, furthest):
    return without_islands(points, offsets, near, furthest)


def is_island(loop, others):
    """Whether shapely agrees that a curve is convex, and alone or with one hole in it, or that hole."""
    ring = shapely.LinearRing(loop)
    box = shapely.box(*ring.bounds)
    near = [one for one in others if box.intersects(shapely.box(*shapely.LinearRing(one).bounds))]
    shapes = [shapely.Polygon(one) for one in (loop, *near)]
    if any(not one.is_valid or one.area < one.convex_hull.area - 1e-9 for one in shapes):
        return False
    turns = [shapely.LinearRing(one).is_ccw for one in (loop, *near)]
    if len(shapes) == 1:
        return turns[0]
    if len(shapes) > 2 or turns[0] == turns[1]:
        return False
    outer, hole = shapes if turns[0] else shapes[::-1]
    return outer.contains_properly(hole)


def field(*loops):
    """Curves among as many circles, all apart, so that islands are looked for."""
    many = max(FEWEST, 2 * len(loops))
    return curves(*loops, *(circle(0.4, 9, 500.0 + i % 5, 500.0 + i // 5) for i in range(many)))


def left(points, offsets):
    return left_by(points, offsets, NEAR_MM, FAR_MM)


def test_islands_need_no_more_proof():
    points, offsets = curves(*(circle(1.0, 24, 3.0 * i, 3.3 * j) for i in range(9) for j in range(9)))
    rest, rest_offsets = left(points, offsets)
    assert len(rest) == 0
    assert rest_offsets.tolist() == [0]
    assert are_plain(points, offsets)


@pytest.mark.parametrize("name", [*PLAIN_CURVES, *OTHER_CURVES])
def test_islands_beside_change_nothing(name):
    points, offsets = (PLAIN_CURVES | OTHER_CURVES)[name]
    loops = [points[a:b] for a, b in itertools.pairwise(offsets)]
    assert agrees(*field(*loops)) == agrees(points, offsets)


@pytest.mark.parametrize(
    "loop",
    [
        circle(1.0, 5)[[0, 2, 4, 1, 3]],
        circle(1.0, 12)[::-1],
        np.tile(circle(1.0, 6), (2, 1)),
        [(0, 0), (2, 0), (2, 2), (1, 1), (0, 2)],
        [(0, 0), (1, 0), (2, 0), (2, 2), (0, 2)],
        [(0, 0), (1, 0), (1, 0), (1, 1)],
        [(0, 0), (5, 0), (5, 1e-6), (0, 1e-6)],
        [(0, 0), (1, 0), (1 + 1e-7, 1e-6), (1, 1)],
        [(0, 0), (np.nan, 0), (1, 1)],
        [(0, 0), (np.inf, 0), (1, 1)],
        [(0, 0), (1, 1)],
    ],
    ids=[
        "twice around", "clockwise", "two laps", "dent", "straight", "doubled point", "sliver", "short edge",
        "not a number", "infinite", "two points",
    ],
)  # fmt: skip
def test_what_is_no_island(loop):
    rest, offsets = left(*field(loop))
    assert len(offsets) > 1
    np.testing.assert_array_equal(rest[: len(loop)], np.asarray(loop, dtype=np.float64))


@pytest.mark.parametrize("count", [3, 4, 7, 60])
@pytest.mark.parametrize("turn", np.linspace(0.0, 6.0, 7))
def test_a_hole_is_an_islands_where_it_is_clear_of_it(count, turn):
    outer = circle(2.0, 11)
    hole = circle(0.7, count)[::-1]
    way = np.array([np.cos(turn), np.sin(turn)])
    steps = np.linspace(0.0, 3.5, 71)
    for step in steps:
        loops = [outer, hole + step * way]
        gone = len(left(*field(*loops))[0]) == 0
        assert gone == shapely.Polygon(loops[0]).contains_properly(shapely.Polygon(loops[1])), step
    for loops in ([outer, hole[::-1]], [outer[::-1], hole], [outer[::-1], hole[::-1]]):
        assert len(left(*field(*loops))[0]) > 0
    assert len(left(*field(outer, hole * 0.3 + way * 0.4, hole * 0.3 - way * 0.4))[0]) > 0


def test_far_out_there_are_no_islands():
    points, offsets = field(circle(1.0, 8))
    assert len(left(points, offsets)[0]) == 0
    assert len(left(points + 2.0 * FAR_MM, offsets)[0]) == len(points)


def test_what_lies_inside_or_near_another_is_none():
    near = [
        circle(1.0, 8),
        moved(circle(1.0, 8), 2.0 + 1e-6, 0.0),
        circle(0.2, 8),
        moved(circle(9.0, 60), 40, 0),
    ]
    inside = moved(circle(0.5, 8), 43, 3)
    rest, offsets = left(*field(*near, inside))
    assert len(offsets) == 6
    assert len(rest) == 4 * 8 + 60


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.integers(0, 30), st.integers(3, 9), st.floats(0.05, 6.0), st.integers(0, 9)
        ),
        min_size=FEWEST,
        max_size=40,
    ),
    st.integers(0, 2**32 - 1),
)
def test_islands_are_convex_and_alone(places, seed):
    rng = np.random.default_rng(seed)
    loops = []
    for x, y, count, size, kind in places:
        loop = circle(size, count, x, y)
        if kind == 0:
            loop = loop[::-1]
        elif kind == 1:
            loop = loop[rng.permutation(count)]
        elif kind == 2:
            loop = loop + rng.normal(0.0, 0.1, loop.shape)
        loops.append(loop)
        if kind > 6:
            hole = circle(0.4 * size, count + kind - 6, x, y)[::-1]
            loops.append(hole + rng.uniform(-0.5, 0.5, 2) * size)
    points, offsets = curves(*loops)
    rest, rest_offsets = left(points, offsets)
    kept = {loop.tobytes() for loop in np.split(rest, rest_offsets[1:-1])}
    for i, loop in enumerate(loops):
        if loop.tobytes() not in kept:
            assert is_island(loop, loops[:i] + loops[i + 1 :])
    agrees(points, offsets)


PLAIN_PYTHON = """
import numpy as np
from amprep.kernels.apart import are_plain

square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
loops = [square + (2.0 * i, 2.0 * j) for i in range(3) for j in range(3)]
loops.insert(5, square[:0])
print(are_plain(np.concatenate(loops), np.cumsum([0, *map(len, loops)])))
"""


def test_a_curve_that_a_shift_used_up_is_looked_for_in_no_cell():
    """Compiled code would write beside the cells, and tell nobody; plain Python does."""
    command = [sys.executable, "-c", PLAIN_PYTHON]
    rule = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    outcome = subprocess.run(command, env=rule, capture_output=True, text=True, timeout=60, check=False)
    assert (outcome.returncode, outcome.stdout) == (0, "False\n"), outcome.stderr
