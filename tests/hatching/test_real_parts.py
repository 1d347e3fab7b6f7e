"""Oracle: manifold3d gives the area of the region, shapely says whether a vector lies inside."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
import shapely
from manifold3d import CrossSection, FillRule

from amprep.hatching.patterns import PATTERNS, Pattern, lay_pattern
from amprep.kernels.offset import offset_raw
from amprep.reading.files import read_file
from amprep.repair import check_and_mend
from amprep.slicing import PartCut, cut, plan_mesh

UNITS = {
    "3mf-samples__heartgears.3mf": "mm",
    "ariac__pump_base.stl": "m",
    "compas-slicer__branches_16_closed_mid_res.stl": "mm",
    "compas-slicer__bunny_closed_high_res.stl": "mm",
    "eqlattice__P.3mf": "mm",
    "trimesh__1002_tray_bottom.STL": "mm",
    "trimesh__counter.unitsmm.STL": "mm",
    "trimesh__cycloidal.ply": "inch",
    "trimesh__featuretype.STL": "inch",
    "trimesh__idler_riser.STL": "inch",
    "trimesh__plate_holes.STL": "mm",
    "universal-robo__upperarm.stl": "m",
}
DISTANCE_MM = 0.1

compiled = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="takes minutes without compilation")


def layers_of(path):
    """Three layers of a part behind a beam offset of 0.08 mm: raw loops, and the region by manifold3d."""
    mesh, _ = check_and_mend(read_file(path, unit=UNITS[path.name])[0].mesh, name=path.name)
    low, high = mesh.bounds_mm[:, 2]
    heights = low + (high - low) * np.array([0.137, 0.5, 0.831])
    stack = cut(PartCut(plan_mesh(mesh, mesh.vertices, heights), (0.0, 0.0)), 0, 3)
    for layer in (stack.layer(i) for i in range(3)):
        points, offsets = offset_raw(layer.points, layer.offsets, 0.08)
        loops = [points[a:b] for a, b in pairwise(offsets)]
        yield points, offsets, CrossSection(loops, FillRule.Positive)


def shape_of(section):
    """Loops of manifold3d as a shape: a place is inside where it lies in an odd number of them."""
    shape = shapely.Polygon()
    for loop in section.to_polygons():
        shape = shapely.symmetric_difference(shape, shapely.make_valid(shapely.Polygon(loop)))
    return shape


@compiled
@pytest.mark.parametrize("name", UNITS)
def test_every_pattern_covers_the_area_of_a_real_part(name, shared_mesh):
    rng = np.random.default_rng(0)
    for number, (points, offsets, section) in enumerate(layers_of(shared_mesh(name))):
        near = shape_of(section).buffer(1e-3)
        shapely.prepare(near)
        for kind in PATTERNS:
            pattern = Pattern(kind, 67.0 * (number + 1), DISTANCE_MM, 5.0, 0.05, (1.7, 0.03), (3.0, 4.0))
            hatch = lay_pattern(points, offsets, pattern)
            area_mm2 = hatch.line_mm * DISTANCE_MM
            assert area_mm2 == pytest.approx(section.area(), rel=0.01), f"mm², {kind}, layer {number}"
            ends = hatch.segments.astype(np.float64).reshape(-1, 2, 2)
            assert np.isfinite(ends).all()
            assert np.hypot(*(ends[:, 1] - ends[:, 0]).T).min() > 0.9e-3, "mm"
            some = ends[rng.permutation(len(ends))[:3000]]
            assert shapely.contains(near, shapely.linestrings(some)).all(), "no more than 1 µm outside"
            assert hatch.block_offsets[-1] == len(ends)
            assert (np.diff(hatch.block_offsets) > 0).all()
            assert hatch.group_blocks[-1] == len(hatch.block_offsets) - 1
