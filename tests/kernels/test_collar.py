"""Oracle: manifold3d (Clipper2), offset with mitred corners (limit 2), and the opening for what is lost.

Regions with a corner sharper than 40° are left out: there Clipper2 itself is off by some 1e-6 of the area, as
its curve comes nearer to the boundary than the offset. What is lost is compared for offsets of real beams.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from manifold3d import CrossSection, FillRule, JoinType

from amprep.kernels import collar
from amprep.kernels.collar import signed_area
from amprep.model.arrays import read_only


def offset_clear(points, offsets, offset_mm):
    """Whether there is a proof, and the offset."""
    count, out, out_offsets, lost_mm2 = collar.offset_clear(points, offsets, offset_mm)
    return count >= 0, out[: max(count, 0)], out_offsets, lost_mm2


def ragged(loops):
    points = np.concatenate([np.asarray(loop, dtype=np.float64).reshape(-1, 2) for loop in loops])
    return read_only(points), read_only(np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64))


def shifted(section, distance):
    return section.offset(distance, JoinType.Miter, 2.0, 0)


def random_region(rng):
    region = CrossSection.square((12.0, 9.0), center=True)
    for _ in range(rng.integers(1, 7)):
        kind = rng.integers(3)
        if kind == 0:
            one = CrossSection.square(tuple(rng.uniform(0.5, 8.0, 2)), center=True)
        elif kind == 1:
            one = CrossSection.circle(rng.uniform(0.3, 4.0), int(rng.integers(5, 60)))
        else:
            one = CrossSection([rng.uniform(-4.0, 4.0, (3, 2))], FillRule.NonZero)
        one = one.rotate(rng.uniform(0.0, 360.0)).translate(tuple(rng.uniform(-8.0, 8.0, 2)))
        region = region - one if rng.random() < 0.5 else region + one
    return region.translate((170.0, 230.0))


def length_of(section):
    return sum(np.linalg.norm(np.roll(p, -1, 0) - p, axis=1).sum() for p in section.to_polygons())


def sharpest_deg(loops):
    """Smallest angle between the edges of a corner."""
    angles = []
    for loop in loops:
        before, after = np.roll(loop, 1, 0) - loop, np.roll(loop, -1, 0) - loop
        lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        angles.append(np.degrees(np.arccos(np.clip((before * after).sum(1) / lengths, -1.0, 1.0))).min())
    return min(angles)


def compared(section, offset_mm):
    """Whether the kernel had a proof; if so, its offset and its loss were those of Clipper2."""
    loops = section.to_polygons()
    curves = ragged(loops)
    assert signed_area(*curves) == pytest.approx(section.area(), rel=1e-9), "mm²"
    clear, points, offsets, lost_mm2 = offset_clear(*curves, offset_mm)
    if not clear or sharpest_deg(loops) < 40.0:
        return False
    expected = shifted(section, -offset_mm)
    mine = CrossSection([points[a:b] for a, b in itertools.pairwise(offsets)], FillRule.Positive)
    scale = max(1.0, section.area())
    assert signed_area(read_only(points), read_only(offsets)) == pytest.approx(expected.area(), rel=1e-6), (
        "mm²"
    )
    assert ((mine - expected).area() + (expected - mine).area()) <= 1e-6 * scale, "mm² that differ"
    assert length_of(mine) == pytest.approx(length_of(expected), rel=1e-5), "mm"
    if offset_mm <= 0.1:
        lost = (section - shifted(expected, offset_mm)).area()
        assert lost_mm2 == pytest.approx(lost, rel=1e-3, abs=2e-6 * scale), "mm² lost"
    return True


@pytest.mark.parametrize("offset_mm", [0.02, 0.05, 0.1, 0.3])
def test_where_the_kernel_has_a_proof_its_offset_is_that_of_clipper(offset_mm):
    proved = sum(compared(random_region(np.random.default_rng(seed)), offset_mm) for seed in range(150))
    assert proved > 20, "regions with a proof of 150"


@pytest.mark.parametrize("width", [0.02, 0.0999, 0.1])
def test_a_wall_that_vanishes_has_no_proof(width):
    wall = [(0.0, 0.0), (20.0, 0.0), (20.0, width), (0.0, width)]
    assert not offset_clear(*ragged([wall]), 0.05)[0]


def test_loops_that_cross_or_touch_have_no_proof():
    square = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], dtype=np.float64)
    for shift in ((5.0, 5.0), (10.0, 0.0), (10.05, 0.0), (0.0, 0.0)):
        assert not offset_clear(*ragged([square, square + shift]), 0.05)[0] or shift == (10.05, 0.0)


def test_loops_that_stand_apart_have_a_proof():
    square = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], dtype=np.float64)
    clear, points, offsets, lost_mm2 = offset_clear(*ragged([square, square + 10.01]), 0.5)
    assert clear
    assert signed_area(read_only(points), read_only(offsets)) == pytest.approx(162.0), "mm²"
    assert lost_mm2 == pytest.approx(0.0, abs=1e-9)
