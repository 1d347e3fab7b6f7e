"""Random regions that overlap, touch and have holes; shapely's union of the faces with winding number ≥ 1."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.hatching.patterns import PATTERNS, Pattern, lay_pattern

bodies = st.lists(
    st.tuples(
        st.floats(-8, 8),
        st.floats(-8, 8),
        st.floats(0.2, 4),
        st.integers(3, 40),
        st.floats(0, 6),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def ring(x, y, radius, count, turn):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def drawn(entries, *, snap):
    loops = []
    for x, y, radius, count, turn, hollow in entries:
        at = (round(x), round(y)) if snap else (x, y)
        loops.append(ring(*at, radius, count, turn))
        if hollow:
            loops.append(ring(*at, 0.6 * radius, count, turn)[::-1])
    return loops


def winding_region(loops):
    """Where the winding number is 1 or more: faces of all edges together, each judged by a point inside."""
    edges = shapely.union_all([shapely.LinearRing(loop) for loop in loops])
    polygons = [shapely.Polygon(loop) for loop in loops]
    signs = [1 if shapely.is_ccw(shapely.LinearRing(loop)) else -1 for loop in loops]
    keep = []
    for face in shapely.polygonize([edges]).geoms:
        inside = face.representative_point()
        winding = sum(sign for polygon, sign in zip(polygons, signs, strict=True) if polygon.contains(inside))
        if winding >= 1:
            keep.append(face)
    return shapely.union_all(keep)


@pytest.mark.parametrize("kind", PATTERNS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(bodies, st.floats(0, 360), st.integers(4, 30), st.sampled_from([0.0, 0.2]), st.booleans())
def test_a_pattern_fills_the_region_and_leaves_it_nowhere(kind, entries, angle, lines, overlap, snap):
    loops = drawn(entries, snap=snap)
    region = winding_region(loops)
    offsets = np.cumsum([0, *map(len, loops)], dtype=np.int64)
    gas = angle if snap else None
    # Islands of an even number of lines; of another width they miss or double some at their sides.
    cell = 0.2 * lines
    pattern = Pattern(kind, angle, 0.1, cell, overlap, (0.3, 0.7), (5.0, -3.0), gas)
    hatch = lay_pattern(np.concatenate(loops), offsets, pattern)
    # Half a line more or less at an edge along the lines, of which each loop may have two.
    error = 0.1 * sum(np.hypot(*(loop[1] - loop[0])) for loop in loops) + 0.02
    area = (hatch.line_mm + hatch.short_mm) * 0.1
    assert area == pytest.approx(region.area, rel=0.01, abs=error), "mm²"
    ends = hatch.segments.astype(np.float64).reshape(-1, 2, 2)
    assert np.isfinite(ends).all()
    if not len(ends):
        return
    assert np.hypot(*(ends[:, 1] - ends[:, 0]).T).min() > 0.9e-3, "mm"
    near = region.buffer(1e-3, join_style="mitre")
    shapely.prepare(near)
    assert shapely.contains(near, shapely.linestrings(ends)).all(), "no more than 1 µm outside"
    assert hatch.block_offsets[-1] == len(ends)
    assert hatch.group_blocks[-1] == len(hatch.block_offsets) - 1
    again = lay_pattern(np.concatenate(loops), offsets, pattern)
    np.testing.assert_array_equal(hatch.segments, again.segments)
