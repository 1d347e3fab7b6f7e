"""Real parts and generated ones: volumes, areas of sections and hatches against other programs.

trimesh sums up the volume; its unordered cuts of single triangles give the area of a section by the shoelace
formula, each segment turned so that the outward normal lies on its right. manifold3d (Clipper2) gives clean
offsets, shapely says whether a vector lies inside.
"""

from __future__ import annotations

import dataclasses

import numba
import numpy as np
import pytest
import shapely
import trimesh
from manifold3d import CrossSection, FillRule, JoinType

from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import gyroid, plate_with_holes, thin_walls
from amprep.hatching.exposing import expose
from amprep.model.scan import Region
from amprep.profiles import find_machine, find_material, find_process
from amprep.reading.stl import read_stl
from amprep.slicing import cut, plan_cuts

LAYER_MM = 0.04

PARTS = {
    "trimesh__featuretype.STL": "inch",
    "trimesh__idler_riser.STL": "inch",
    "trimesh__plate_holes.STL": "mm",
    "trimesh__1002_tray_bottom.STL": "mm",
    "trimesh__counter.unitsmm.STL": "mm",
    "ariac__pump_base.stl": "m",
    "compas-slicer__branches_16_closed_mid_res.stl": "mm",
    "compas-slicer__bunny_closed_high_res.stl": "mm",
}
BY_PART = pytest.mark.parametrize("name", PARTS)
SAMPLED = ["trimesh__featuretype.STL", "trimesh__counter.unitsmm.STL", "ariac__pump_base.stl"]
SAMPLED += ["compas-slicer__branches_16_closed_mid_res.stl", "compas-slicer__bunny_closed_high_res.stl"]

compiled = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="takes minutes without compilation")


@pytest.fixture
def real_part(shared_mesh, placed):
    def make(name):
        mesh, _ = read_stl(shared_mesh(name), unit=PARTS[name])
        return placed(mesh, (200.0, 200.0, 0.0), name=name)

    return make


def sections(part, heights):
    stack = cut(plan_cuts([part], np.asarray(heights))[0], 0, len(heights))
    return [stack.layer(i) for i in range(len(heights))]


def layer_areas(part, heights):
    """Signed area of every layer, all loops at once."""
    stack = cut(plan_cuts([part], heights)[0], 0, len(heights))
    points = stack.points - stack.points.mean(axis=0)
    following = np.arange(1, len(points) + 1)
    following[stack.loop_offsets[1:] - 1] = stack.loop_offsets[:-1]
    x, y = points.T
    twice = x * y[following] - x[following] * y
    ends = stack.loop_offsets[stack.layer_offsets]
    return np.diff(np.concatenate([[0.0], np.cumsum(twice)])[ends]) / 2


def area_by_trimesh(body, height):
    lines, faces = trimesh.intersections.mesh_plane(body, [0, 0, 1], [0, 0, height], return_faces=True)
    if not len(lines):
        return 0.0
    middle = lines.reshape(-1, 3).mean(axis=0)[:2]
    a, b = lines[:, 0, :2] - middle, lines[:, 1, :2] - middle
    right = (b - a)[:, ::-1] * [1.0, -1.0]
    sign = np.sign((right * body.face_normals[faces][:, :2]).sum(axis=1))
    return 0.5 * float((sign * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])).sum())


def body_of(part):
    return trimesh.Trimesh(part.placed_vertices_mm, part.mesh.faces, process=False)


@compiled
@BY_PART
def test_area_times_thickness_of_a_real_part_adds_up_to_its_volume(real_part, name):
    part = real_part(name)
    assert part.report.is_watertight
    height = part.bounds_mm[1, 2]
    heights = (np.arange(round(height / LAYER_MM)) + 0.5) * LAYER_MM
    volume = layer_areas(part, heights).sum() * LAYER_MM
    assert volume == pytest.approx(body_of(part).volume, rel=0.005), "mm³"


@compiled
@pytest.mark.parametrize("name", SAMPLED)
def test_sections_of_a_real_part_have_the_areas_of_trimesh(real_part, name):
    part = real_part(name)
    body = body_of(part)
    height = part.bounds_mm[1, 2]
    # Odd heights, off the planes on which CAD parts have their faces.
    heights = (np.arange(15) + 0.4871) * height / 15
    for z, area in zip(heights, layer_areas(part, heights), strict=True):
        assert area == pytest.approx(area_by_trimesh(body, z), rel=1e-6), f"mm² at z = {z:.3f} mm"


@pytest.fixture(scope="module")
def process():
    machine = find_machine("m400-4")
    return find_process(machine, find_material("316l"), None)


def section_of(contours):
    return CrossSection([contours.loop(i) for i in range(len(contours))], FillRule.Positive)


def polygon_of(section):
    parts = []
    for component in section.decompose():
        loops = sorted(component.to_polygons(), key=lambda loop: -shapely.Polygon(loop).area)
        parts.append(shapely.Polygon(loops[0], loops[1:]))
    return shapely.MultiPolygon(parts)


def assert_hatched_well(contours, process, layer_index):
    """The hatch lies inside the section shrunk by the beam offset and covers its area to 1 %."""
    section = section_of(contours)
    core = section.offset(-process.core.beam_offset_mm.value, JoinType.Miter, 2.0, 0)
    exposed = expose(contours, process, layer_index)
    hatch = exposed.segments[exposed.region == Region.CORE].astype(np.float64)
    assert exposed.areas.sliced_mm2 == pytest.approx(section.area(), rel=1e-6), "mm²"
    assert exposed.areas.hatched_mm2 == pytest.approx(core.area(), rel=0.01), "mm²"
    distance = process.core.hatch_distance_mm.value
    overlap = process.core.stripe_overlap_mm.value
    length = np.hypot(hatch[:, 2] - hatch[:, 0], hatch[:, 3] - hatch[:, 1]).sum()
    at_most = exposed.areas.hatched_mm2 / distance + overlap * len(hatch)
    assert exposed.areas.hatched_mm2 / distance * (1 - 1e-5) <= length <= at_most * (1 + 1e-5), "mm"
    inside = polygon_of(core).buffer(1e-3)
    shapely.prepare(inside)
    assert shapely.covers(inside, shapely.linestrings(hatch.reshape(-1, 2, 2))).all()
    outline = exposed.segments[exposed.region == Region.CONTOUR].astype(np.float64)
    band = polygon_of(section)
    shapely.prepare(band)
    assert shapely.covers(band, shapely.linestrings(outline.reshape(-1, 2, 2))).all()


@compiled
@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("trimesh__featuretype.STL", (0.21, 0.83)),
        ("ariac__pump_base.stl", (0.13, 0.61)),
        ("trimesh__counter.unitsmm.STL", (0.37,)),
        ("compas-slicer__branches_16_closed_mid_res.stl", (0.11, 0.77)),
    ],
)
def test_sections_of_a_real_part_are_hatched_inside_and_to_one_percent(real_part, process, name, shares):
    part = real_part(name)
    height = part.bounds_mm[1, 2]
    for i, contours in enumerate(sections(part, [share * height for share in shares])):
        assert_hatched_well(contours, process, 3 + 11 * i)


@pytest.mark.parametrize(
    ("body", "heights"),
    [
        (bracket, (4.0, 10.0, 27.0)),
        (plate_with_holes, (3.0,)),
        (lambda: gyroid(20.0, 10.0, 12), (3.3, 11.7)),
        (lambda: thin_walls((0.3, 0.4, 0.5, 0.8, 1.5)), (1.0, 6.0)),
    ],
    ids=["bracket", "plate with holes", "gyroid with islands", "thin walls"],
)
def test_sections_of_generated_parts_are_hatched_inside_and_to_one_percent(placed, process, body, heights):
    part = placed(body(), (200.0, 200.0, 0.0))
    for i, contours in enumerate(sections(part, heights)):
        assert_hatched_well(contours, process, 1 + 4 * i)


def test_a_finer_hatch_comes_nearer_to_the_area(placed, process):
    part = placed(gyroid(20.0, 10.0, 12), (200.0, 200.0, 0.0))
    (contours,) = sections(part, [7.1])
    exact = section_of(contours).offset(-0.08, JoinType.Miter, 2.0, 0).area()
    for distance in (0.2, 0.05, 0.0125):
        core = dataclasses.replace(
            process.core, hatch_distance_mm=process.core.hatch_distance_mm.overridden(distance)
        )
        hatched = expose(contours, dataclasses.replace(process, core=core), 0).areas.hatched_mm2
        assert hatched == pytest.approx(exact, rel=0.1 * distance), f"mm² at {distance} mm"
