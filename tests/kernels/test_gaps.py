"""Oracle: lines of samples and hatch lines cut by shapely, and what of a sample no line beside runs past."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.components import group_loops
from amprep.kernels.gaps import SAMPLES, uncovered_mm2
from amprep.kernels.offset import offset_raw
from amprep.kernels.scanline import ScanRoom
from amprep.model.arrays import read_only


def pieces_of(shape, v, cosine, sine):
    """Begins and ends along a line across the shape."""
    at = np.array([-v * sine, v * cosine])
    way = 1e3 * np.array([cosine, sine])
    cut = shapely.intersection(shape, shapely.LineString([at - way, at + way]))
    lines = [one for one in shapely.get_parts(cut) if one.length > 0]
    return sorted(sorted(np.asarray(one.coords) @ [cosine, sine])[:: len(one.coords) - 1] for one in lines)


def expected_gap_mm2(bodies, band_mm, inset_mm, angle_rad, distance_mm, reach_mm=0.0):
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    core, hatch = (
        shapely.union_all([one.buffer(-by_mm, join_style="mitre") for one in bodies])
        for by_mm in (band_mm, inset_mm)
    )
    across = np.vstack([np.asarray(one.exterior.coords) for one in bodies]) @ [-sine, cosine]
    pitch_mm = distance_mm / SAMPLES
    total_mm = 0.0
    for k in range(math.floor(across.min() / pitch_mm), math.ceil(across.max() / pitch_mm)):
        v = (k + 0.5) * pitch_mm
        below = math.floor(v / distance_mm - 0.5)
        beside = [
            shapely.LineString([(a - beyond_mm, 0), (b + beyond_mm, 0)])
            for line in (below, below + 1)
            for beyond_mm in [math.sqrt(max(0.0, reach_mm**2 - (v - (line + 0.5) * distance_mm) ** 2))]
            for a, b in pieces_of(hatch, (line + 0.5) * distance_mm, cosine, sine)
        ]
        for a, b in pieces_of(core, v, cosine, sine):
            total_mm += shapely.difference(
                shapely.LineString([(a, 0), (b, 0)]), shapely.union_all(beside)
            ).length
    return total_mm * pitch_mm


def lines_of(points, offsets, angle_rad, distance_mm):
    groups = group_loops(points, offsets, angle_rad)
    along = (math.cos(angle_rad), math.sin(angle_rad))
    return ScanRoom().scan(points, offsets, *groups, *along, distance_mm)[:2]


def gap_between(core, hatch, angle_rad, distance_mm, reach_mm=0.0, shift_mm=0.0):
    """Curves of the core and of the hatched region."""
    lines = lines_of(*hatch, angle_rad, distance_mm)
    points, offsets = (read_only(one.copy()) for one in core)
    return uncovered_mm2(points, offsets, *lines, 0.0, 0.0, angle_rad, distance_mm, reach_mm, shift_mm)


def gap_of(bodies, band_mm, inset_mm, angle_rad, distance_mm, reach_mm=0.0):
    loops = [np.asarray(one.exterior.coords)[:-1] for one in bodies]
    points, offsets = np.concatenate(loops), np.cumsum([0, *map(len, loops)]).astype(np.int64)
    curves = (offset_raw(points, offsets, band_mm), offset_raw(points, offsets, inset_mm))
    found = gap_between(*curves, angle_rad, distance_mm, reach_mm)
    if inset_mm <= band_mm and reach_mm == 0.0:
        # Only strips where something is uncovered are sampled, where the core lies within the hatch.
        assert gap_between(*curves, angle_rad, distance_mm, 0.0, band_mm) == pytest.approx(found, abs=1e-9)
    return found


def bars(count, width_mm, apart_mm):
    """Bars beside each other, narrower and narrower."""
    made, x = [], 0.0
    for i in range(count):
        wide_mm = width_mm * (1.0 - 0.1 * i)
        made.append(shapely.box(x, 0.1 * i, x + wide_mm, 3.0 - 0.2 * i))
        x += wide_mm + apart_mm
    return made


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(1, 5),
    st.floats(0.15, 1.5),
    st.sampled_from([0.001, 0.05, 0.3]),
    st.floats(0.01, 0.2),
    st.floats(0.01, 0.2),
    st.floats(1.0, 89.0),
    st.floats(0.08, 0.5),
    st.sampled_from([0.0, 0.07, 0.5]),
)
def test_gaps_are_those_of_lines_cut_by_shapely(count, width, apart, band, inset, angle_deg, distance, reach):
    given_ = (bars(count, width, apart), band, inset, math.radians(angle_deg), distance, min(reach, distance))
    assert gap_of(*given_) == pytest.approx(expected_gap_mm2(*given_), rel=1e-4, abs=2e-4)


def test_a_line_of_a_body_close_by_counts_at_every_angle():
    """Also where the boxes along the hatch are apart."""
    bodies = [shapely.box(0, 0, 1, 1), shapely.box(1.001, 0, 2.001, 1)]
    for angle_deg in (0, 20, 45, 70, 90):
        given_ = (bodies, 0.02, 0.01, math.radians(angle_deg), 0.3)
        assert gap_of(*given_) == pytest.approx(expected_gap_mm2(*given_), abs=1e-5)


def test_no_core_no_gap():
    assert gap_of([shapely.box(0, 0, 1, 0.1)], 0.2, 0.08, 0.3, 0.1) == 0.0


def test_a_region_without_hatch_is_a_gap():
    """The hatch may have fewer curves than the core, or none."""
    core = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 0.2], [0.0, 0.2]]), np.array([0, 4])
    none = np.empty((0, 2)), np.zeros(1, dtype=np.int64)
    assert gap_between(core, none, 0.0, 0.1) == pytest.approx(0.6)
    assert gap_between(none, none, 0.0, 0.1) == 0.0


def rough(rng, corners):
    """A simple polygon around the origin: an outline that goes in and out, with steps of the shift."""
    angle = np.sort(rng.uniform(0.0, 2.0 * math.pi, corners))
    ring = rng.uniform(0.2, 1.5, corners)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.round(ring, 1) if rng.random() < 0.5 else ring


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.integers(0, 10_000),
    st.integers(3, 60),
    st.sampled_from([0.02, 0.05, 0.1, 0.2]),
    st.sampled_from([0.0, 0.02, 0.3]),
    st.sampled_from([0.0, 0.7, math.pi / 2, 2.9]),
    st.sampled_from([0.05, 0.1, 0.25]),
)
def test_strips_left_out_have_no_gaps(seed, corners, band, less, angle, distance):
    """Also where raw curves cross themselves, go back to corners, or leave a body over."""
    rng = np.random.default_rng(seed)
    outline = rough(rng, corners)
    if not shapely.Polygon(outline).is_valid:
        return
    hole = 0.5 * outline[::-1]
    sizes = [0, len(outline), 2 * len(outline)]
    region = np.concatenate([outline, hole]), np.array(sizes, dtype=np.int64)
    core, hatch = offset_raw(*region, band), offset_raw(*region, max(band - less, 0.0))
    every = gap_between(core, hatch, angle, distance)
    assert gap_between(core, hatch, angle, distance, 0.0, band) == pytest.approx(every, abs=1e-9)


def test_lines_may_be_told_from_another_origin():
    region = 3.0 * np.array([[0.0, 0.0], [1.0, 0.2], [0.3, 0.4], [0.4, 1.0]]), np.array([0, 4])
    core, hatch = offset_raw(*region, 0.1), offset_raw(*region, 0.08)
    points, offsets = read_only(core[0].copy()), read_only(core[1].copy())
    lines = lines_of(hatch[0] - (0.7, -0.3), hatch[1], 0.4, 0.3)
    assert uncovered_mm2(points, offsets, *lines, 0.7, -0.3, 0.4, 0.3, 0.0, 0.1) > 0.01
    moved = read_only(points - (0.7, -0.3))
    expected = uncovered_mm2(moved, offsets, *lines, 0.0, 0.0, 0.4, 0.3, 0.0, 0.0)
    assert uncovered_mm2(points, offsets, *lines, 0.7, -0.3, 0.4, 0.3, 0.0, 0.1) == pytest.approx(expected)
