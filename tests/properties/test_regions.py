"""Skins of random layers, against shapely and manifold3d; and looking for them only where they may lie."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import CrossSection, FillRule, JoinType

from amprep import regions
from amprep.kernels.net import STEPS_PER_MM
from amprep.model.layer import Contours
from amprep.model.skins import SkinRule
from amprep.polygons import contour_band
from amprep.regions import core_of, skins, without_lowest

LAYER_MM = 0.04


def ragged(loops):
    return Contours(np.concatenate([np.empty((0, 2)), *loops]), np.cumsum([0, *map(len, loops)]))


def star(rng, radius, x, y):
    corners = int(rng.integers(4, 14))
    angle = 2.0 * np.pi * (np.arange(corners) + rng.uniform(0.0, 0.9, corners)) / corners
    reach = rng.uniform(0.4, 1.0, len(angle)) * radius
    return np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)])


def a_stack(rng, layers):
    """Layers that share most of their bodies, shifted a little, grown, or not there."""
    bodies = [star(rng, rng.uniform(2.0, 7.0), *rng.uniform(0.0, 14.0, 2)) for _ in range(rng.integers(1, 5))]
    holes = [
        star(rng, rng.uniform(0.2, 2.0), *rng.uniform(0.0, 14.0, 2))[::-1] for _ in range(rng.integers(0, 3))
    ]
    stack = []
    for _ in range(layers):
        loops = []
        for body in bodies + holes:
            change = rng.integers(0, 5)
            if change == 0:
                continue
            middle = body.mean(axis=0)
            scale = 1.0 + (rng.uniform(-0.1, 0.1) if change == 1 else 0.0)
            shift = rng.uniform(-0.3, 0.3, 2) if change == 2 else 0.0
            loops.append(middle + (body - middle) * scale + shift)
        stack.append(ragged(loops))
    return stack


def section(contours, rule=FillRule.Positive):
    return CrossSection([contours.loop(i) for i in range(len(contours))], rule)


def shape(contours):
    """By parity; for clean loops that is the region."""
    found = shapely.Polygon()
    for loop in section(contours).to_polygons():
        found = found.symmetric_difference(shapely.Polygon(loop).buffer(0))
    return found


def noise(*all_contours):
    """Area that rounding every edge to the grid may sweep, mm²."""
    length = sum(
        float(np.hypot(*(c.loop(i) - np.roll(c.loop(i), 1, axis=0)).T).sum())
        for c in all_contours
        for i in range(len(c))
    )
    return 4.0 * length / STEPS_PER_MM + 1e-6


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=150, deadline=None)
@given(seeds, st.integers(1, 3), st.integers(1, 3))
def test_skins_are_what_the_neighbours_leave_uncovered(seed, up, down):
    rng = np.random.default_rng(seed)
    stack = a_stack(rng, up + down + 1)
    region = contour_band(stack[down], 0.05).region
    above, below = stack[down + 1 :], stack[:down][::-1]
    result = skins(
        region,
        above,
        below,
        layer_thickness_mm=LAYER_MM,
        upskin=SkinRule(up),
        downskin=SkinRule(down),
        on_platform=True,
    )
    whole = shape(region)
    lower = whole - shapely.intersection_all([shape(one) for one in below])
    upper = whole - shapely.intersection_all([shape(one) for one in above]) - lower
    slack = noise(region, *above, *below)
    for mine, expected in ((result.downskin, lower), (result.upskin, upper)):
        differ = shape(mine).symmetric_difference(expected)
        assert differ.area <= slack
        assert mine.area_mm2 == pytest.approx(expected.area, abs=slack)
    core = core_of(region, result)
    parts = core.area_mm2 + result.upskin.area_mm2 + result.downskin.area_mm2
    assert parts == pytest.approx(region.area_mm2, abs=slack), "the three are the layer"
    overlap = (section(result.upskin) ^ section(result.downskin)).area()
    assert overlap <= slack, "and share no place"


@settings(max_examples=100, deadline=None)
@given(seeds, st.floats(0.1, 2.0))
def test_wide_skins_are_the_opening_with_mitred_corners(seed, width):
    rng = np.random.default_rng(seed)
    region, above = a_stack(rng, 2)
    region = contour_band(region, 0.05).region
    rule = SkinRule(1, min_width_mm=width)
    none = SkinRule(0)
    mine = skins(region, [above], [], layer_thickness_mm=LAYER_MM, upskin=rule, downskin=none).upskin
    raw = section(region) - section(above)
    inner = raw.offset(-0.5 * width, JoinType.Miter, 2.0, 0)
    opened = inner.offset(0.5 * width, JoinType.Miter, 2.0, 0) ^ raw
    difference = (section(mine) - opened).area() + (opened - section(mine)).area()
    # At sharp corners the library keeps less distance than the offset; see tests/kernels/test_boundary.
    assert difference <= 1e-4 * max(raw.area(), 0.1) + 1e-5


@settings(max_examples=150, deadline=None)
@given(seeds, st.floats(0.08, 1.5), st.floats(5.0, 90.0))
def test_looking_only_where_skins_may_lie_finds_the_same(seed, width, angle):
    rng = np.random.default_rng(seed)
    stack = a_stack(rng, 5)
    region = contour_band(stack[2], 0.05).region
    rule = SkinRule(2, min_width_mm=width, max_angle_deg=angle)
    how = {"layer_thickness_mm": LAYER_MM, "upskin": rule, "downskin": rule, "on_platform": True}
    quick = skins(region, stack[3:], stack[1::-1], **how)
    least = regions._LEAST_WIDTH_MM
    try:
        regions._LEAST_WIDTH_MM = math.inf
        thorough = skins(region, stack[3:], stack[1::-1], **how)
    finally:
        regions._LEAST_WIDTH_MM = least
    slack = noise(region, *stack)
    for one, other in ((quick.upskin, thorough.upskin), (quick.downskin, thorough.downskin)):
        assert one.area_mm2 == pytest.approx(other.area_mm2, abs=slack)
        assert shape(one).symmetric_difference(shape(other)).area <= slack


@settings(max_examples=60, deadline=None)
@given(seeds, st.floats(3.0, 80.0))
def test_gentle_surfaces_are_skins_by_the_rule(seed, angle):
    """Seeds keep a distance of the material above; skins are what is uncovered and no further from a seed."""
    rng = np.random.default_rng(seed)
    region, above = a_stack(rng, 2)
    region = contour_band(region, 0.05).region
    rule = SkinRule(1, max_angle_deg=angle)
    mine = skins(region, [above], [], layer_thickness_mm=LAYER_MM, upskin=rule, downskin=SkinRule(0)).upskin
    reach = LAYER_MM / math.tan(math.radians(angle))
    raw = section(region) - section(above)
    seeds_of = raw - section(above).offset(reach, JoinType.Miter, 2.0, 0)
    expected = raw ^ seeds_of.offset(reach, JoinType.Miter, 2.0, 0)
    difference = (section(mine) - expected).area() + (expected - section(mine)).area()
    assert difference <= 1e-4 * max(raw.area(), 0.1) + noise(region, above)


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(1, 2), st.integers(1, 2))
def test_downskins_above_left_out_layers_lie_that_many_layers_higher(seed, lowest, layers):
    """As the skins of a body whose neighbouring layers are without their lowest layers, too."""
    rng = np.random.default_rng(seed)
    stack = [contour_band(one, 0.05).region for one in a_stack(rng, 2 * lowest + layers + 2)]

    def reduced(k):
        below = stack[max(0, k - lowest) : k][::-1]
        return without_lowest(stack[k], below, layers=lowest, on_platform=True, clean=True)[0]

    k = len(stack) - 2
    region = reduced(k)
    how = {"layer_thickness_mm": LAYER_MM, "on_platform": True, "clean": True}
    upskin = SkinRule(1)
    of_reduced = skins(
        region,
        [reduced(k + 1)],
        [reduced(k - j) for j in range(1, layers + 1)],
        upskin=upskin,
        downskin=SkinRule(layers),
        **how,
    )
    of_whole = skins(
        region, [stack[k + 1]], stack[:k][::-1], upskin=upskin, downskin=SkinRule(layers + lowest), **how
    )
    slack = noise(*stack)
    for one, other in ((of_reduced.downskin, of_whole.downskin), (of_reduced.upskin, of_whole.upskin)):
        assert one.area_mm2 == pytest.approx(other.area_mm2, abs=slack)
        assert shape(one).symmetric_difference(shape(other)).area <= slack
