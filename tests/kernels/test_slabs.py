"""Oracle: manifold3d, by winding number: what lies in a slab is the region cut with a box."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import CrossSection, FillRule

from amprep.kernels.areas import signed_area
from amprep.kernels.slabs import slab_curves
from amprep.model.layer import Contours

FAR = 20.0


def ragged(loops):
    loops = [np.asarray(loop, dtype=np.float64).reshape(-1, 2) for loop in loops]
    return Contours(np.concatenate([np.empty((0, 2)), *loops]), np.cumsum([0, *map(len, loops)]))


def section(contours):
    return CrossSection([contours.loop(i) for i in range(len(contours))], FillRule.Positive)


def box(axis, low, high):
    corners = np.array([(low, -FAR), (high, -FAR), (high, FAR), (low, FAR)])
    return CrossSection([corners if axis == 0 else corners[:, ::-1][::-1]])


def parts(curves, axis, borders, wanted):
    points, offsets, slab_loops, origin = slab_curves(
        curves.points,
        curves.offsets,
        axis,
        np.asarray(borders, dtype=np.float64),
        np.array(wanted, dtype=np.uint8),
    )
    assert len(slab_loops) == len(borders)
    assert slab_loops[0] == 0
    assert slab_loops[-1] == len(origin) == len(offsets) - 1
    found = []
    for begin, end in itertools.pairwise(slab_loops):
        loops = offsets[begin : end + 1]
        found.append((Contours(points[loops[0] : loops[-1]], loops - loops[0]), origin[begin:end]))
    return found


corner = st.tuples(st.integers(0, 8), st.integers(0, 8))
whole_curves = st.lists(st.lists(corner, min_size=3, max_size=9), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(
    whole_curves,
    st.integers(0, 1),
    st.lists(st.integers(-1, 9), min_size=2, max_size=6, unique=True),
    st.integers(0, 63),
    st.sampled_from([0.0, 0.5, 1.0 / 3.0]),
)
def test_slabs_hold_what_lies_in_them(loops, axis, borders, bits, shift):
    """On whole numbers, so edges lie along borders and corners on them."""
    curves = ragged(loops)
    borders = np.sort(borders) + shift
    wanted = [bits >> s & 1 for s in range(len(borders) - 1)]
    whole = section(curves)
    found = parts(curves, axis, borders, wanted)
    for s, (part, origin) in enumerate(found):
        low, high = borders[s : s + 2]
        if not wanted[s]:
            assert len(part) == 0
            continue
        assert (part.points[:, axis] >= low).all()
        assert (part.points[:, axis] <= high).all()
        expected = whole ^ box(axis, low, high)
        mine = section(part)
        differ = (mine - expected).area() + (expected - mine).area()
        assert differ == pytest.approx(0.0, abs=1e-6), "mm², on the library's grid"
        assert (np.diff(origin) >= 0).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_parts_of_all_slabs_are_the_whole(seed):
    rng = np.random.default_rng(seed)
    curves = ragged([rng.uniform(0.0, 10.0, (rng.integers(3, 30), 2)) for _ in range(rng.integers(1, 5))])
    borders = np.concatenate([[-1.0], np.sort(rng.uniform(0.0, 10.0, rng.integers(0, 9))), [11.0]])
    for axis in (0, 1):
        found = parts(curves, axis, borders, np.ones(len(borders) - 1))
        total = sum(signed_area(part.points, part.offsets) for part, _ in found)
        assert total == pytest.approx(signed_area(curves.points, curves.offsets), abs=1e-9)
        for loop in range(len(curves)):
            own = sum(
                Contours(part.loop(i), np.array([0, len(part.loop(i))])).area_mm2
                for part, origin in found
                for i in np.flatnonzero(origin == loop)
            )
            one = Contours(curves.loop(loop), np.array([0, len(curves.loop(loop))]))
            assert own == pytest.approx(one.area_mm2, abs=1e-9)


def test_a_curve_inside_of_a_slab_stays_as_it_is():
    curves = ragged([[(1, 1), (2, 1), (2, 2)], [(5, 5), (6, 5), (6, 6), (5, 6)]])
    ((part, origin),) = parts(curves, 0, [0.0, 10.0], [1])
    assert sorted(map(tuple, part.points)) == sorted(map(tuple, curves.points))
    assert origin.tolist() == [0, 1]
    assert all(len(part) == 0 for part, _ in parts(curves, 1, [20.0, 30.0], [1]))


def test_edges_that_two_curves_share_stay_shared():
    """Whatever way an edge runs, it crosses a border at the same bits."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        triangle = rng.uniform(0.0, 10.0, (3, 2))
        both = ragged([triangle, triangle[::-1]])
        (part, _), *_ = parts(both, 0, [3.0, 7.0], [1])
        half = len(part.points) // 2
        assert set(map(tuple, part.points[:half])) == set(map(tuple, part.points[half:]))
