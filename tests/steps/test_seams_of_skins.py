"""Skins with lines of their own beside the core: the overlap that W309 asks for leaves nothing open."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from amprep.hatching.patterns import Pattern, lay_pattern
from amprep.model.layer import Contours
from amprep.regions import with_overlap

CORE_MM, SKIN_MM = 0.1, 0.3


def square(x, y, side):
    points = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
    return Contours(points, np.array([0, 4]))


def open_mm2(seam_mm, angle_deg, overlap_mm):
    outer, skin = square(0.0, 0.0, 12.0), square(seam_mm, 1.0, 4.5)
    strips = []
    for distance, inside, outside in (
        (CORE_MM, None, (skin,)),
        (SKIN_MM, with_overlap(skin, overlap_mm), ()),
    ):
        hatch = lay_pattern(
            outer.points,
            outer.offsets,
            Pattern("meander", angle_deg, distance),
            inside=inside,
            outside=outside,
        )
        for row in hatch.segments.astype(float):
            line = shapely.LineString(row.reshape(2, 2))
            strips.append(line.buffer(0.5 * distance + 1e-5, cap_style="flat"))
    around = shapely.box(seam_mm - 0.5, 0.5, seam_mm + 5.0, 6.0)
    return around.difference(shapely.union_all(strips)).area


@pytest.mark.parametrize("seam_mm", [6.0, 6.03, 6.07, 6.11, 6.19])
@pytest.mark.parametrize("angle_deg", [0.0, 37.0, 90.0])
def test_half_the_sum_of_both_distances_closes_the_seam(seam_mm, angle_deg):
    assert open_mm2(seam_mm, angle_deg, 0.5 * (CORE_MM + SKIN_MM)) < 1e-3, "mm²"


def test_without_overlap_it_may_stay_open():
    assert max(open_mm2(seam_mm, 0.0, 0.0) for seam_mm in (6.0, 6.03, 6.07)) > 0.1, "mm²"
