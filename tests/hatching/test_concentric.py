"""Oracles: areas of offset regions by shapely, and the library that steps in against our own kernels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from amprep.hatching import concentric
from amprep.hatching.concentric import concentric_curves, restricted_region
from amprep.kernels.areas import signed_area
from amprep.kernels.boundary import FAILED
from amprep.model.layer import Contours

H_MM = 0.2


def ring(x, y, radius, count=40, turn=0.1):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def rectangle(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def ragged(*loops):
    return np.concatenate(loops), np.cumsum([0, *map(len, loops)], dtype=np.int64)


def length_mm(curves):
    return sum(shapely.LinearRing(curves[0][a:b]).length for a, b in pairwise(curves[1]))


PART = ragged(ring(0, 0, 5.0), ring(1.5, 0.7, 1.6)[::-1], rectangle(6.0, -3.1, 6.9, 4.2))


def test_curves_and_rest_are_the_region():
    rings, rest = concentric_curves(*PART, H_MM)
    assert signed_area(*rest) > 0.0
    assert length_mm(rings) * H_MM + signed_area(*rest) == pytest.approx(signed_area(*PART), rel=2e-3), "mm²"


def test_the_first_curve_lies_half_a_distance_inside():
    """Mitred inwards a convex region keeps its shape, as shapely offsets it."""
    loop = rectangle(0.0, 0.0, 7.0, 3.0)
    rings, _ = concentric_curves(*ragged(loop), H_MM)
    for number, (a, b) in enumerate(pairwise(rings[1])):
        expected = shapely.Polygon(loop).buffer(-(number + 0.5) * H_MM, join_style="mitre")
        found = shapely.Polygon(rings[0][a:b])
        assert shapely.symmetric_difference(found, expected).area < 1e-9, "mm²"
    assert number == 6


def test_where_our_boundary_fails_the_library_steps_in(monkeypatch):
    rings, rest = concentric_curves(*PART, H_MM)

    def failing(points, offsets):
        return FAILED, np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.0

    monkeypatch.setattr(concentric, "boundary", failing)
    other_rings, other_rest = concentric_curves(*PART, H_MM)
    assert length_mm(other_rings) == pytest.approx(length_mm(rings), rel=5e-3), "mm"
    assert signed_area(*other_rest) == pytest.approx(signed_area(*rest), abs=0.05), "mm²"


@pytest.mark.parametrize("fails", [False, True])
def test_a_region_is_restricted_to_one_and_without_others(fails, monkeypatch):
    if fails:
        monkeypatch.setattr(
            concentric,
            "boundary",
            lambda *_: (FAILED, np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.0),
        )
    inside = Contours(*ragged(rectangle(-2.0, -6.0, 6.5, 6.0)))
    outside = [Contours(*ragged(rectangle(-9.0, 1.0, 9.0, 2.0)))]
    found = restricted_region(*PART, inside=inside, outside=outside)
    part = shapely.union_all([shapely.Polygon(PART[0][:40], [PART[0][40:80]]), shapely.Polygon(PART[0][80:])])
    expected = (part & shapely.box(-2.0, -6.0, 6.5, 6.0)) - shapely.box(-9.0, 1.0, 9.0, 2.0)
    assert signed_area(*found) == pytest.approx(expected.area, rel=1e-6), "mm²"
