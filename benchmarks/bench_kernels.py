"""Micro benchmarks of the kernels, each by the step that calls it: ``pytest benchmarks/bench_kernels.py``.

Inputs are small, so that a run takes less than a minute; each kernel gets read-only arrays, as in a job.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from amprep.connectivity import connect, label_shells
from amprep.demonstrators.primitives import sphere
from amprep.hatching.exposing import expose
from amprep.hatching.lines import scan_region
from amprep.hatching.ordering import minimise_jumps
from amprep.hatching.patterns import Pattern, hatch_curves, lay_pattern
from amprep.kernels.gaps import core_gap_mm2
from amprep.kernels.offset import offset_raw
from amprep.kernels.plane_cut import planes_below
from amprep.kernels.scan_time import scan_statistics
from amprep.kernels.seams import cut_at_seams
from amprep.model.arrays import read_only
from amprep.model.layer import Contours
from amprep.model.skins import SkinRule
from amprep.polygons import contour_band
from amprep.profiles import list_processes
from amprep.reading.merging import corners_of, merge_corners
from amprep.regions import LayerScans, skins
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
    return read_only(hatched(layer, "stripes", 10.0))


def hatched(layer, pattern, cell_mm):
    return hatch_curves(
        *layer, pattern=pattern, angle_deg=ANGLE_DEG, distance_mm=HATCH_MM, cell_mm=cell_mm, overlap_mm=0.0
    )


def test_merge(benchmark, corners):
    merged = benchmark(merge_corners, corners)
    assert len(merged.faces) == corners.count


def test_connect(benchmark, mesh):
    found = benchmark(connect, mesh.faces, len(mesh.vertices))
    assert (found.neighbours >= 0).all()


def test_shells(benchmark, neighbours):
    _, count = benchmark(label_shells, neighbours)
    assert count == 1


def test_planes(benchmark, mesh, heights):
    z = read_only(np.ascontiguousarray(mesh.vertices[:, 2]))
    assert benchmark(planes_below, z, heights).max() == len(heights)


def test_plan(benchmark, mesh, heights):
    """Neighbours, planes and bands together: what happens once per part."""
    plan = benchmark(plan_mesh, mesh, mesh.vertices, heights)
    assert len(plan.cut_heights) == len(heights)


def test_cut(benchmark, part, heights):
    stack = benchmark(cut, part, 0, len(heights))
    assert len(stack) == len(heights)


def test_offset_raw(benchmark, layer):
    _, offsets = benchmark(offset_raw, *layer, 0.08)
    assert len(offsets) == len(layer[1])


def test_expose(benchmark, layer):
    """Contour, stripes and the audit of the area."""
    process = list_processes("m400-4")[0]
    exposed = benchmark(expose, Contours(*layer), process, 0)
    assert len(exposed.segments)


@pytest.mark.parametrize(
    ("pattern", "cell_mm"),
    [("meander", 10.0), ("stripes", 10.0), ("chess", 5.0), ("hexagon", 5.0), ("concentric", 10.0)],
)
def test_hatch(benchmark, layer, pattern, cell_mm):
    segments = benchmark(hatched, layer, pattern, cell_mm)
    lengths = np.hypot(*(segments[:, 2:] - segments[:, :2]).astype(np.float64).T)
    assert lengths.sum() * HATCH_MM == pytest.approx(Contours(*layer).area_mm2, rel=1e-3)


def test_skins(benchmark, part):
    """Skins over 3 + 3 layers of 20 layers of the sphere, below its top, where there are some."""
    regions = [contour_band(cut(part, i, i + 1).layer(0), 0.06).region for i in range(257, 283)]
    rule = SkinRule(3, min_width_mm=0.3)

    def all_layers():
        scans = LayerScans()
        return [
            skins(
                regions[k],
                regions[k + 1 : k + 4],
                regions[k - 3 : k][::-1],
                layer_thickness_mm=LAYER_MM,
                upskin=rule,
                downskin=rule,
                clean=True,
                scans=scans,
            )
            for k in range(3, 23)
        ]

    assert benchmark(all_layers)[-1].upskin.area_mm2 > 0


def test_lines_beside_a_skin(benchmark, layer):
    """The core's lines: those of the layer outside of a strip through its middle."""
    low, high = layer[0].min(axis=0), layer[0].max(axis=0)
    middle = 0.5 * (low + high)
    strip = np.array([(low[0], middle[1] - 5), (high[0], middle[1] - 5), (high[0], middle[1] + 5)])
    skin = Contours(np.vstack([strip, (low[0], middle[1] + 5)]), np.array([0, 4]))
    raw = offset_raw(*layer, 0.08)
    lines = benchmark(scan_region, *raw, angle_rad=ANGLE, distance_mm=HATCH_MM, outside=[skin])
    assert len(lines.pieces)


def test_against_gas(benchmark, layer):
    pattern = Pattern("stripes", ANGLE_DEG, HATCH_MM, gas_direction_deg=20.0)
    assert len(benchmark(lay_pattern, *layer, pattern).segments) > 0


def test_minimise_jumps(benchmark, layer):
    """The islands of a layer."""
    hatch = lay_pattern(*layer, Pattern("chess", ANGLE_DEG, HATCH_MM, 2.0))
    found = benchmark(minimise_jumps, hatch.segments, hatch.block_offsets)
    assert found.gain_mm >= 0


def test_core_gap(benchmark, layer):
    hatched = Pattern("meander", math.degrees(ANGLE), HATCH_MM)
    (lines,) = lay_pattern(*offset_raw(*layer, 0.08), hatched, keeps_lines=True).whole
    scan, rule = (lines.pieces, lines.runs, lines.group_runs), {"angle_rad": ANGLE, "distance_mm": HATCH_MM}
    assert benchmark(core_gap_mm2, *offset_raw(*layer, 0.1), scan, **rule)[1] > 0


def test_seams(benchmark, vectors):
    """One seam in bands between two lasers that both reach everything."""
    kinds, flags = np.zeros(len(vectors), dtype=np.uint16), np.zeros(1, dtype=np.uint8)
    reach, costs = np.zeros((2, 2, 7)), np.ones((1, 6))
    reach[:, :, 2:4], reach[:, :, 6] = 1e3, np.inf
    root = np.array([-1, -1, -2, 0])
    nodes = np.array([[1.0, 0.0, 9.0, 11.0, 0.5, 10.0, 0.0, 1.0]])
    children, known, lists = np.array([[-1, -2]]), np.zeros(1, dtype=np.int64), np.zeros((1, 2), np.uint8)
    rest = (lists, flags, flags, known, reach, root, nodes, children, np.array([2.0, 0.0]), 0.02, 0.02)
    *_, pieces = benchmark(cut_at_seams, vectors, kinds, kinds, costs, *rest)
    assert pieces >= len(vectors)


def test_scan_time(benchmark, vectors):
    """Prints how many vectors a core sums up in a second, at its best."""
    laser = read_only(np.zeros(len(vectors), dtype=np.uint8))
    same = read_only(np.zeros(len(vectors), dtype=np.uint16))
    motion = read_only(np.tile([5 * HATCH_MM, 0.0, 1000.0, 1.0], (32, 1)))
    stats = benchmark(scan_statistics, read_only(vectors.reshape(-1)), laser, same, same, 1, motion, 1.25)
    assert stats[0].sum() > 0
    if benchmark.stats is not None:  # None with --benchmark-disable
        benchmark.extra_info["million_vectors_s"] = len(vectors) / benchmark.stats.stats.min / 1e6
        print(f"\n{len(vectors)} vectors, {benchmark.extra_info['million_vectors_s']:.0f} million vectors/s")
