"""Oracle: lines of samples and hatch lines cut by shapely, and what of a sample no line beside runs past."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.components import group_loops
from amprep.kernels.gaps import core_gap_mm2, samples_of
from amprep.kernels.offset import offset_raw
from amprep.kernels.scanline import ScanRoom

SAMPLES = 4


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
    return ScanRoom().scan(points, offsets, *groups, *along, distance_mm)[:3]


def gap_between(core, hatch, angle_rad, distance_mm, reach_mm=0.0):
    """Curves of the core and of the hatched region."""
    rule = {"angle_rad": angle_rad, "distance_mm": distance_mm, "samples": SAMPLES}
    return core_gap_mm2(*core, lines_of(*hatch, angle_rad, distance_mm), reach_mm=reach_mm, **rule)[0]


def gap_of(bodies, band_mm, inset_mm, angle_rad, distance_mm, reach_mm=0.0):
    loops = [np.asarray(one.exterior.coords)[:-1] for one in bodies]
    points, offsets = np.concatenate(loops), np.cumsum([0, *map(len, loops)]).astype(np.int64)
    curves = (offset_raw(points, offsets, band_mm), offset_raw(points, offsets, inset_mm))
    return gap_between(*curves, angle_rad, distance_mm, reach_mm)


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


@pytest.mark.parametrize("width", [0.03, 0.07, 0.15, 0.25, 0.45])
@pytest.mark.parametrize("place", np.linspace(0.0, 0.3, 7)[:-1])
def test_walls_along_the_lines_are_told_however_they_lie_to_them(width, place):
    """Of 8 mm: all of the core where no line runs in it, nothing where one is beside every place."""
    distance = 0.3
    low, high = 40.013 + place, 40.013 + place + width
    wall = np.array([(3.0, low), (11.0, low), (11.0, high), (3.0, high)])
    offsets = np.array([0, 4])
    lines = lines_of(wall, offsets, 0.0, distance)
    inside = [v for v in np.arange(39.15, 42.0, distance) if low < v < high]
    expected = 8.0 * (high - (low if not inside else min(inside[-1] + distance, high)))
    found, core = core_gap_mm2(wall, offsets, lines, angle_rad=0.0, distance_mm=distance)
    assert samples_of(wall, offsets, 0.0, distance) == 64
    assert found == pytest.approx(expected, abs=8.0 * distance / 64)
    assert core == pytest.approx(8.0 * width, abs=8.0 * distance / 64)


def test_samples_are_few_where_a_core_is_large():
    square = np.array([(0.0, 0.0), (400.0, 0.0), (400.0, 400.0), (0.0, 400.0)])
    loops = np.array([0, 4])
    counts = [samples_of(size * square, loops, 0.3, 0.1) for size in (1e-3, 0.01, 0.1, 1.0)]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (64, 4)
    # Between bodies far apart, and of loops without points, no edge is counted.
    apart = np.concatenate([0.01 * square, 0.01 * square + 300.0])
    assert samples_of(apart, np.array([0, 4, 4, 8, 8]), 0.3, 0.1) >= counts[1] // 2
    assert samples_of(np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.3, 0.1) == 4
    many = np.random.default_rng(0).uniform(0.0, 0.1, (5000, 2))
    assert samples_of(many, np.array([0, 5000]), 0.3, 0.1) == 4
