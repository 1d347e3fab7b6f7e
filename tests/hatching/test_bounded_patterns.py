"""Oracle: shapely's intersection and difference of the regions."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from amprep.hatching.patterns import PATTERNS, Pattern, lay_pattern
from amprep.model.layer import Contours

H_MM = 0.1


def ring(x, y, radius, count=60, turn=0.1):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def rectangle(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def contours(*loops):
    return Contours(np.concatenate(loops), np.cumsum([0, *map(len, loops)], dtype=np.int64))


PART = contours(ring(0, 0, 5.0), ring(1.0, 0.5, 1.5)[::-1], rectangle(8.0, -4.0, 12.0, 4.0))
SKIN = contours(rectangle(-1.0, -6.0, 2.2, 6.0), ring(10.0, 1.0, 1.0))
OTHER = contours(rectangle(-6.0, 2.0, 20.0, 9.0))
PART_SHAPE = shapely.union_all([shapely.Polygon(PART.loop(0), [PART.loop(1)]), shapely.Polygon(PART.loop(2))])
SKIN_SHAPE = shapely.union_all([shapely.Polygon(SKIN.loop(0)), shapely.Polygon(SKIN.loop(1))])
OTHER_SHAPE = shapely.Polygon(OTHER.loop(0))

CASES = {
    "inside": (SKIN, (), PART_SHAPE & SKIN_SHAPE),
    "outside": (None, (SKIN,), PART_SHAPE - SKIN_SHAPE),
    "both": (SKIN, (OTHER,), (PART_SHAPE & SKIN_SHAPE) - OTHER_SHAPE),
    "outside two": (None, (SKIN, OTHER), PART_SHAPE - SKIN_SHAPE - OTHER_SHAPE),
}


@pytest.mark.parametrize("gas", [None, 40.0])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", PATTERNS)
def test_a_pattern_fills_what_other_regions_leave_to_it(kind, case, gas):
    inside, outside, shape = CASES[case]
    pattern = Pattern(kind, 67.0, H_MM, 1.5, 0.0, (0.3, 0.02), (1.0, 2.0), gas)
    hatch = lay_pattern(PART.points, PART.offsets, pattern, inside=inside, outside=outside)
    assert hatch.line_mm * H_MM == pytest.approx(shape.area, rel=0.01), "mm²"
    ends = hatch.segments.astype(np.float64).reshape(-1, 2, 2)
    near = shape.buffer(1e-3)
    shapely.prepare(near)
    assert shapely.contains(near, shapely.linestrings(ends)).all(), "no more than 1 µm outside"
    if kind != "concentric":
        assert np.hypot(*(ends[:, 1] - ends[:, 0]).T).sum() == pytest.approx(hatch.line_mm, rel=1e-4), "mm"


@pytest.mark.parametrize("kind", PATTERNS)
def test_the_overlap_of_a_skin_is_counted_apart(kind):
    wider = contours(rectangle(-1.1, -6.0, 2.3, 6.0))
    proper = contours(rectangle(-1.0, -6.0, 2.2, 6.0))
    pattern = Pattern(kind, 0.0, H_MM, 3.0)
    hatch = lay_pattern(PART.points, PART.offsets, pattern, inside=wider, proper=proper)
    plain = lay_pattern(PART.points, PART.offsets, pattern, inside=proper)
    # Of islands and strips, splinters at borders are left out; lines are the same to the last bit.
    rel = 1e-6 if kind in {"stripes", "meander", "unidirectional"} else 2e-3
    assert hatch.line_mm - hatch.overlap_mm == pytest.approx(plain.line_mm, rel=rel), "mm"


def test_nothing_left_gives_nothing():
    far = contours(rectangle(50.0, 50.0, 60.0, 60.0))
    for kind in PATTERNS:
        hatch = lay_pattern(PART.points, PART.offsets, Pattern(kind, 10.0, H_MM), inside=far)
        assert len(hatch.segments) == 0
        assert hatch.line_mm == 0.0
