"""Raw curves: round corners have room, and edges that are used up leave no crossings and no wrong area."""

from __future__ import annotations

import math
import types

import numpy as np
import pytest

from amprep.kernels.apart import are_plain
from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.kernels.mitred import mitred_curves
from amprep.model.layer import Contours
from amprep.polygons import section_of


def square(x, y, side):
    """Clockwise: its corners are round."""
    return np.array([(x, y), (x, y + side), (x + side, y + side), (x + side, y)], dtype=np.float64)


def disc(x, y, radius, corners):
    angle = 2.0 * np.pi * np.arange(corners) / corners
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def as_source(kernel):
    """A kernel and those it calls as plain Python."""
    names = dict(getattr(kernel, "py_func", kernel).__globals__)
    for name, one in [*names.items()]:
        if hasattr(one, "py_func"):
            names[name] = types.FunctionType(one.py_func.__code__, names)
    return names[kernel.__name__]


def rough_loop(seed):
    """A loop around the origin with edges of all lengths and turns; clean."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(5, 200))
    angle = np.sort(rng.uniform(0.0, 2.0 * np.pi, count))
    radius = [
        1.0 + 0.3 * rng.random(count),
        1.0 + 0.002 * rng.random(count),
        1.0 + 0.2 * np.sin(7.0 * angle) + 0.01 * rng.standard_normal(count),
        np.maximum(1.0 + 0.02 * np.cumsum(rng.standard_normal(count)), 0.1),
    ][seed % 4]
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) * rng.uniform(0.3, 3.0)
    state, cut, offsets, _ = boundary(points, np.array([0, count]))
    return Contours(points, np.array([0, count])) if state == PLAIN else Contours(cut, offsets)


def compared_with_library(region, offset_mm):
    """Area where the shifted region and that of manifold3d differ, area of the latter, and the state."""
    import manifold3d

    points, offsets, _, _ = mitred_curves(region.points, region.offsets, offset_mm, 0.0)
    state, cut, cut_offsets, _ = boundary(points, offsets)
    assert state != FAILED
    found = section_of(Contours(points, offsets) if state == PLAIN else Contours(cut, cut_offsets))
    expected = section_of(region).offset(-offset_mm, manifold3d.JoinType.Miter, 2.0, 0)
    return (found - expected).area() + (expected - found).area(), expected.area(), state


@pytest.mark.parametrize("offset_mm", [0.02, 0.05, 0.15, -0.05, -0.15])
@pytest.mark.parametrize("first", range(0, 160, 20))
def test_the_region_is_that_of_a_library(first, offset_mm):
    """Many edges are far shorter than the offset: those that it uses up go, in the right order."""
    for seed in range(first, first + 20):
        differing_mm2, area_mm2, state = compared_with_library(rough_loop(seed), offset_mm)
        # What trims curves rounds their points to a grid.
        limit = 2e-6 if state == PLAIN else 3e-5
        assert differing_mm2 < limit * max(area_mm2, 0.01), seed


@pytest.mark.parametrize(
    ("loop", "offset_mm"),
    [
        # Beside an edge of which nothing but its mitre is left, the collar of one used up reaches further.
        (
            [
                *[(1.269, 1.124), (0.375, 0.419), (0.306, 0.66), (0.209, 0.562), (0.208, 0.338)],
                *[(-1.048, -0.123), (-0.263, -1.043), (0.851, 0.05), (1.489, 0.082)],
            ],
            0.3,
        ),
        (
            [
                *[(0.7, 0.021), (0.866, 0.5), (0.251, 0.653), (0.14, 0.375), (0.214, 0.666)],
                *[(-0.58, 0.815), (-0.376, -0.136), (0.259, -0.651), (0.461, -0.527), (1.026, -0.223)],
            ],
            -0.4654724,
        ),
        # Both ends of the collar of one used up lie under others, its middle does not.
        (
            [
                *[(0.84, 0.77), (-0.87, 0.51), (-0.78, 0.13), (0.46, -0.49)],
                *[(0.47, -0.42), (0.43, -0.24), (0.47, -0.22), (0.43, -0.19)],
            ],
            0.206744,
        ),
    ],
)
def test_collars_of_edges_that_are_used_up_stick_out_nowhere(loop, offset_mm):
    region = Contours(np.array(loop), np.array([0, len(loop)]))
    assert compared_with_library(region, offset_mm)[0] < 5e-6, "mm²"


@pytest.mark.parametrize(
    ("corners", "offset_mm"), [(100, 0.2), (400, 0.04), (400, 0.2), (3000, 0.04), (3000, 0.2)]
)
def test_a_disc_with_short_edges_needs_no_trimming(corners, offset_mm):
    at = np.arange(corners, dtype=np.float64)
    at[6::7] = at[5::7][: len(at[6::7])] + 1e-3
    angle = 2.0 * np.pi / corners * at
    ring = np.column_stack([20.0 + 5.0 * np.cos(angle), 20.0 + 5.0 * np.sin(angle)])
    points, offsets, mitred, _ = mitred_curves(ring, np.array([0, corners]), offset_mm, 0.0)
    assert mitred
    assert are_plain(points, offsets)
    # Each point is as far from the nearest line as the offset says.
    way = np.roll(ring, -1, axis=0) - ring
    normal = np.column_stack([-way[:, 1], way[:, 0]]) / np.hypot(*way.T)[:, None]
    distance = np.einsum("ek,pek->pe", normal, points[:, None] - ring[None])
    np.testing.assert_allclose(distance.min(axis=1), offset_mm, atol=1e-9)


@pytest.mark.parametrize("corners", [12, 48, 200])
@pytest.mark.parametrize("holes", [1, 2, 3, 5, 8, 13, 20])
def test_loops_behind_round_corners_have_room(holes, corners):
    """NumPy refuses what is written behind an array's end; machine code does not."""
    loops = [square(1.5 * (i % 10), 1.5 * (i // 10), 0.8) for i in range(holes)]
    # Teeth, whose corners take up to three points each, behind arcs of many.
    star = disc(40.0, 20.0, 1.0, corners)
    star[::2] *= 1.0 - 0.9 / corners
    loops += [disc(60.0, 20.0, 5.0, corners), star]
    points, offsets = np.concatenate(loops), np.cumsum([0, *map(len, loops)])
    half_step_rad = math.acos(0.13 / 0.132)
    both = (as_source(mitred_curves), mitred_curves)
    plain, compiled = (one(points, offsets, 0.13, half_step_rad) for one in both)
    assert len(compiled[0]) == compiled[1][-1] > 3 * holes
    np.testing.assert_allclose(compiled[0], plain[0], atol=1e-12)
    assert np.array_equal(compiled[1], plain[1])


@pytest.mark.parametrize("offset_mm", [0.05, 0.15, -0.05, -0.15])
def test_loops_know_nothing_of_each_other(offset_mm):
    """Each is shifted as if it were alone, whatever lay where it is worked on before."""
    before = disc(50.0, 50.0, 8.0, 400)
    before[::2] *= 0.99
    for seed in range(200):
        loop = rough_loop(seed).loop(0)
        # The shortest edge is the last one: behind it lies the first corner again.
        shortest = np.argmin(np.hypot(*(np.roll(loop, -1, axis=0) - loop).T))
        loop = np.roll(loop, -1 - shortest, axis=0)
        joined, starts = np.concatenate([before, loop]), np.array([0, 400, 400 + len(loop)])
        points, offsets, _, _ = mitred_curves(joined, starts, offset_mm, 0.0)
        alone, _, _, _ = mitred_curves(loop, np.array([0, len(loop)]), offset_mm, 0.0)
        np.testing.assert_array_equal(points[offsets[1] :], alone)
