"""Micro benchmarks, one per kernel: ``pytest benchmarks/bench_kernels.py``.

Inputs are small, so that a run takes less than a minute; each kernel gets read-only arrays, as in a job.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from amprep.connectivity import connect, label_shells
from amprep.demonstrators.primitives import sphere
from amprep.kernels import (
    collar,
    offset,
    plane_cut,
    scan_time,
    scanline,
    seams,
)
from amprep.model.arrays import read_only
from amprep.reading.merging import corners_of, merge_corners
from amprep.slicing import PartCut, cut, plan_mesh
from benchmarks.inputs import ANGLE_DEG, HATCH_MM, disc_loops, gears_loops

ANGLE = math.radians(ANGLE_DEG)
LAYER_MM = 0.1


@pytest.fixture(scope="module")
def mesh():
    """Sphere of 82 k triangles, 30 mm."""
    return sphere(30.0, 6)


@pytest.fixture(scope="module")
def corners(mesh):
    return corners_of(np.ascontiguousarray(mesh.vertices[mesh.faces.reshape(-1)], dtype=np.float32))


@pytest.fixture(scope="module")
def heights(mesh):
    low, high = mesh.bounds_mm[:, 2]
    return read_only(np.arange(low + 0.5 * LAYER_MM, high, LAYER_MM))


@pytest.fixture(scope="module")
def neighbours(mesh):
    return connect(mesh.faces, len(mesh.vertices)).neighbours


@pytest.fixture(scope="module")
def part(mesh, heights):
    return PartCut(plan_mesh(mesh, mesh.vertices, heights), (0.0, 0.0))


def section(loops):
    points = read_only(np.concatenate(loops))
    return points, read_only(np.cumsum([0, *map(len, loops)]).astype(np.int64))


@pytest.fixture(scope="module", params=["disc", "gears"])
def layer(request):
    """A disc with 200 holes (13,520 edges), or 16 wheels (12,672 edges)."""
    return section(disc_loops() if request.param == "disc" else gears_loops(4))


@pytest.fixture(scope="module")
def vectors(layer):
    return read_only(scanline.hatch_stripes(*layer, ANGLE, HATCH_MM, 10.0, 0.0)[0])


def test_merge(benchmark, corners):
    merged = benchmark(merge_corners, corners)
    assert len(merged.vertices) < 0.6 * len(merged.faces)


def test_adjacency(benchmark, mesh):
    found = benchmark(connect, mesh.faces, len(mesh.vertices))
    assert (found.neighbours >= 0).all()
    assert not found.unpaired


def test_shells(benchmark, neighbours):
    _, count = benchmark(label_shells, neighbours)
    assert count == 1


def test_planes(benchmark, mesh, heights):
    z = read_only(np.ascontiguousarray(mesh.vertices[:, 2]))
    planes = benchmark(plane_cut.planes_below, z, heights)
    assert planes.max() == len(heights)


def test_plan(benchmark, mesh, heights):
    """Adjacency, planes and sorting together: what happens once per part."""
    plan = benchmark(plan_mesh, mesh, mesh.vertices, heights)
    assert len(plan.cut_heights) == len(heights)


def test_cut(benchmark, part, heights):
    stack = benchmark(cut, part, 0, len(heights))
    assert len(stack) == len(heights)


def test_offset_raw(benchmark, layer):
    _, offsets = benchmark(offset.offset_raw, *layer, 0.08)
    assert len(offsets) == len(layer[1])


def test_offset_clear(benchmark, layer):
    count, *_ = benchmark(collar.offset_clear, *layer, 0.04)
    assert count > 0


def test_scan_lines(benchmark, layer):
    *_, line_mm, _ = benchmark(scanline.scan_lines, *layer, ANGLE, HATCH_MM)
    assert line_mm > 0


@pytest.mark.parametrize(("pattern", "cell_mm"), [("meander", 0.0), ("stripes", 10.0), ("chess", 5.0)])
def test_hatch(benchmark, layer, pattern, cell_mm):
    from amprep.benchmarking import hatch_section

    options = {"distance_mm": HATCH_MM, "cell_mm": cell_mm, "overlap_mm": 0.0}
    try:
        hatch_section(*layer, pattern=pattern, angle_deg=ANGLE_DEG, **options)
    except NotImplementedError as error:
        pytest.skip(str(error))
    segments = benchmark(hatch_section, *layer, pattern=pattern, angle_deg=ANGLE_DEG, **options)
    area = collar.signed_area(*layer)
    lengths = np.hypot(*(segments[:, 2:] - segments[:, :2]).astype(np.float64).T)
    assert lengths.sum() * HATCH_MM == pytest.approx(area, rel=1e-3)


def test_core_gap(benchmark, layer):
    raw = offset.offset_raw(*layer, 0.08)
    gap = benchmark(scanline.core_gap_mm2, *raw, *raw, ANGLE, HATCH_MM)
    assert gap >= 0


def test_seams(benchmark, vectors):
    cuts = read_only(np.array([10.0]))
    cells = read_only(np.array([[0, 1], [2, 3]], dtype=np.uint8))
    segments, _, _ = benchmark(seams.cut_at_seams, vectors, cuts, cuts, cells)
    assert len(segments) >= len(vectors)


def test_scan_time(benchmark, vectors):
    zeros = read_only(np.zeros(len(vectors), dtype=np.uint8))
    stats = benchmark(scan_time.scan_statistics, vectors, zeros, zeros, 1, HATCH_MM)
    assert stats[0].sum() > 0
