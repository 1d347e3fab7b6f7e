"""Oracles: areas by formula; trimesh, whose unordered segments are summed by the shoelace formula.

trimesh cuts each triangle alone (`mesh_plane`). Each segment is turned so that the outward normal of its
triangle lies on its right; half the sum of the cross products of its ends is then the area of the section,
whatever the order of the segments.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep import slicing
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box, cylinder, gyroid, plate_with_holes, sphere
from amprep.engines.threads import ThreadsEngine
from amprep.errors import InternalError
from amprep.kernels.plane_cut import planes_below
from amprep.model.arrays import read_only
from amprep.model.mesh import Mesh
from amprep.slicing import BAND, PartCut, plan_mesh


def prepared(mesh, heights, engine=None):
    plan = plan_mesh(mesh, mesh.vertices, np.asarray(heights, dtype=np.float64), engine=engine)
    return PartCut(plan, (0.0, 0.0))


def cut(mesh, heights, begin=0, end=None):
    return slicing.cut(prepared(mesh, heights), begin, len(heights) if end is None else end)


def loop_areas(stack, layer=0):
    contours = stack.layer(layer)
    areas = []
    for i in range(len(contours)):
        x, y = contours.loop(i).T
        areas.append(0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    return areas


def area_by_trimesh(mesh, height):
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    lines, faces = trimesh.intersections.mesh_plane(body, [0, 0, 1], [0, 0, height], return_faces=True)
    if not len(lines):
        return 0.0
    a, b = lines[:, 0, :2], lines[:, 1, :2]
    outwards = body.face_normals[faces][:, :2]
    right = (b - a)[:, ::-1] * [1.0, -1.0]
    sign = np.sign((right * outwards).sum(axis=1))
    middle = np.concatenate([a, b]).mean(axis=0)
    a, b = a - middle, b - middle
    return 0.5 * float((sign * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])).sum())


def turned(mesh, rng):
    matrix = trimesh.transformations.random_rotation_matrix(rng.random(3))[:3, :3]
    return Mesh(np.ascontiguousarray(mesh.vertices @ matrix.T), mesh.faces)


def test_a_box_cuts_into_rectangles_of_its_area():
    stack = cut(box((10.0, 20.0, 30.0)), np.arange(0.5, 30.0))
    assert len(stack) == 30
    for layer in range(30):
        assert loop_areas(stack, layer) == [pytest.approx(200.0, rel=1e-12)]
        assert len(stack.layer(layer).points) == 4, "points on the diagonals of the faces are left out"


def test_a_cylinder_cuts_into_polygons_of_its_area():
    mesh = cylinder(20.0, 10.0, 96)
    expected = 48 * math.sin(2 * math.pi / 96) * 100.0
    for area in (loop_areas(cut(mesh, [z])) for z in (0.1, 3.3, 9.99)):
        assert area == [pytest.approx(expected, rel=1e-12)]


def test_a_sphere_cuts_into_circles_from_below():
    """An inscribed body with edges of about 0.4 mm on a radius of 10 mm: the area lacks some 0.2 %."""
    heights = np.linspace(-9.5, 9.5, 39)
    stack = cut(sphere(20.0, 5), heights)
    for layer, z in enumerate(heights):
        exact = math.pi * (100.0 - z * z)
        (area,) = loop_areas(stack, layer)
        assert 0.992 * exact < area < exact, f"mm² at z = {z} mm"


@pytest.mark.parametrize("seed", range(8))
def test_rotated_boxes_have_the_section_areas_of_trimesh(seed):
    rng = np.random.default_rng(seed)
    mesh = turned(box(tuple(rng.uniform(1.0, 40.0, 3))), rng)
    low, high = mesh.bounds_mm[:, 2]
    heights = np.sort(rng.uniform(low, high, 25))
    stack = cut(mesh, heights)
    for layer, z in enumerate(heights):
        size = 1e-8 * 80.0  # a point is left out within 1e-8 mm of a line, and lines are up to 80 mm long
        assert sum(loop_areas(stack, layer)) == pytest.approx(area_by_trimesh(mesh, z), rel=1e-9, abs=size)


@pytest.mark.parametrize("seed", range(8))
def test_random_convex_hulls_have_the_section_areas_of_trimesh(seed):
    rng = np.random.default_rng(100 + seed)
    hull = trimesh.convex.convex_hull(rng.normal(size=(rng.integers(4, 200), 3)) * rng.uniform(0.5, 30, 3))
    mesh = Mesh(np.asarray(hull.vertices), np.asarray(hull.faces, dtype=np.int32))
    low, high = mesh.bounds_mm[:, 2]
    heights = np.sort(rng.uniform(low, high, 25))
    stack = cut(mesh, heights)
    for layer, z in enumerate(heights):
        areas = loop_areas(stack, layer)
        assert len(areas) <= 1, "a section of a convex body has one loop"
        assert sum(areas) == pytest.approx(area_by_trimesh(mesh, z), rel=1e-9, abs=1e-7), f"mm² at z = {z} mm"


@pytest.mark.parametrize(
    ("mesh", "layers"), [(bracket(), 60), (plate_with_holes(), 12), (gyroid(12.0, 6.0, 10), 30)]
)
def test_bodies_with_holes_and_islands_have_the_section_areas_of_trimesh(mesh, layers):
    low, high = mesh.bounds_mm[:, 2]
    heights = low + (np.arange(layers) + 0.497) * (high - low) / layers
    stack = cut(mesh, heights)
    for layer, z in enumerate(heights):
        expected = area_by_trimesh(mesh, z)
        assert sum(loop_areas(stack, layer)) == pytest.approx(expected, rel=1e-8, abs=1e-5), f"mm² at {z} mm"


def test_a_plane_on_the_top_face_cuts_and_one_on_the_bottom_face_does_not():
    """The rule: a vertex on the plane counts as above it."""
    stack = cut(box((10.0, 10.0, 10.0)), [0.0, 5.0, 10.0, 10.5])
    assert loop_areas(stack, 0) == []
    assert loop_areas(stack, 1) == [pytest.approx(100.0)]
    assert loop_areas(stack, 2) == [pytest.approx(100.0)]
    assert loop_areas(stack, 3) == []


def octahedron(radius):
    vertices = radius * np.array(
        [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64
    )
    ring = [0, 2, 1, 3]
    faces = [face for i, j in zip(ring, ring[1:] + ring[:1], strict=True) for face in ((i, j, 4), (j, i, 5))]
    return Mesh(vertices, np.array(faces, dtype=np.int32))


def test_a_plane_through_four_vertices_and_four_edges_gives_the_square_between_them():
    stack = cut(octahedron(5.0), [-5.0, 0.0, 5.0])
    assert loop_areas(stack, 1) == [pytest.approx(50.0, rel=1e-12)]


def test_a_plane_that_touches_a_vertex_gives_no_loop():
    stack = cut(octahedron(5.0), [-5.0, 5.0])
    assert loop_areas(stack, 0) == []
    assert loop_areas(stack, 1) == []


def test_a_plane_through_one_vertex_of_a_rotated_box_closes():
    rng = np.random.default_rng(5)
    mesh = turned(box((3.0, 4.0, 5.0)), rng)
    heights = np.sort(mesh.vertices[:, 2])
    stack = cut(mesh, heights)
    for layer in range(1, 8):
        beside = area_by_trimesh(mesh, heights[layer] - 1e-9)
        assert sum(loop_areas(stack, layer)) == pytest.approx(beside, rel=1e-6, abs=1e-6), "mm²"


def test_a_plane_along_a_horizontal_edge_closes():
    """A roof: its ridge is a horizontal edge, its eaves are two."""
    corners = np.array(
        [[0, 0, 0], [10, 0, 0], [10, 6, 0], [0, 6, 0], [0, 3, 4], [10, 3, 4]], dtype=np.float64
    )
    faces = [(0, 2, 1), (0, 3, 2), (0, 1, 5), (0, 5, 4), (2, 3, 4), (2, 4, 5), (0, 4, 3), (1, 2, 5)]
    stack = cut(Mesh(corners, np.array(faces, dtype=np.int32)), [0.0, 2.0, 4.0])
    assert loop_areas(stack, 0) == []
    assert loop_areas(stack, 1) == [pytest.approx(30.0)]
    assert loop_areas(stack, 2) == [], "a ridge has no area"


def test_outer_loops_run_counter_clockwise_and_holes_clockwise():
    mesh = plate_with_holes((50.0, 30.0, 4.0), hole_diameter_mm=6.0, holes=(3, 2), segments=32)
    areas = sorted(loop_areas(cut(mesh, [2.0])))
    hole = 16 * math.sin(2 * math.pi / 32) * 9.0
    assert areas[:6] == [pytest.approx(-hole, rel=1e-6)] * 6
    assert areas[6:] == [pytest.approx(1500.0, rel=1e-9)]


def test_nested_shells_give_nested_loops_of_alternating_turn():
    meshes = [box((s, s, s)) for s in (10.0, 6.0, 2.0)]
    vertices = np.concatenate([m.vertices - m.vertices.mean(axis=0) for m in meshes])
    faces = [m.faces[:, ::-1] if i == 1 else m.faces for i, m in enumerate(meshes)]
    faces = np.concatenate([f + 8 * i for i, f in enumerate(faces)])
    areas = loop_areas(cut(Mesh(vertices, np.ascontiguousarray(faces)), [0.25]))
    assert sorted(areas) == [pytest.approx(-36.0), pytest.approx(4.0), pytest.approx(100.0)]


def test_an_open_body_is_reported_and_not_cut_wrongly():
    mesh = box((10.0, 10.0, 10.0))
    sides = [f for f in range(12) if len(set(mesh.vertices[mesh.faces[f], 2])) > 1]
    opened = Mesh(mesh.vertices, np.delete(mesh.faces, sides[0], axis=0))
    with pytest.raises(InternalError, match="1 contours between layer 1 and 1 do not close"):
        cut(opened, [5.0])


@pytest.fixture(scope="module")
def gyroid_plan():
    mesh = gyroid(10.0, 5.0, 12)
    low, high = mesh.bounds_mm[:, 2]
    plan = prepared(mesh, np.arange(low + 0.02, high, 0.04))
    layers = len(plan.plan.cut_heights)
    assert layers > 3 * BAND, "more than a few bands"
    return plan, slicing.cut(plan, 0, layers)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sets(st.integers(1, 249), max_size=12))
def test_any_partition_of_the_layers_gives_the_same_bits(gyroid_plan, borders):
    plan, whole = gyroid_plan
    edges = [0, *sorted(b for b in borders if b < len(whole)), len(whole)]
    stacks = [slicing.cut(plan, a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate([s.points for s in stacks]), whole.points)
    for name in ("loop_offsets", "layer_offsets"):
        sizes = np.concatenate([np.diff(getattr(s, name)) for s in stacks])
        np.testing.assert_array_equal(sizes, np.diff(getattr(whole, name)))


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_a_plan_made_side_by_side_is_the_same(monkeypatch, gyroid_plan, workers):
    monkeypatch.setattr(slicing, "_LEAST", 100)
    alone = gyroid_plan[0].plan
    mesh = Mesh(alone.vertices, alone.faces, alone.neighbours)
    together = prepared(mesh, alone.cut_heights, ThreadsEngine(workers)).plan
    for name in ("planes", "members", "band_offsets", "crossings"):
        np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))


@pytest.mark.parametrize("layer", [0, 7, BAND, 10_000])
def test_an_empty_range_of_layers_gives_no_loop(gyroid_plan, layer):
    empty = slicing.cut(gyroid_plan[0], layer, layer)
    assert (len(empty.points), empty.loop_offsets.tolist(), empty.layer_offsets.tolist()) == (0, [0], [0])


@pytest.mark.parametrize("mesh", [sphere(12.0, 4), gyroid(12.0, 6.0, 10), bracket()])
def test_area_times_thickness_adds_up_to_the_volume(mesh):
    low, high = mesh.bounds_mm[:, 2]
    layers = 400
    thickness = (high - low) / layers
    stack = cut(mesh, low + (np.arange(layers) + 0.5) * thickness)
    volume = thickness * sum(stack.layer(i).area_mm2 for i in range(layers))
    exact = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).volume
    assert volume == pytest.approx(exact, rel=1e-3), "mm³; steps of the body fall between planes"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-50, 50, allow_nan=False), min_size=0, max_size=30),
    st.lists(st.floats(-60, 60, allow_nan=False), min_size=0, max_size=40),
)
def test_planes_at_or_below_a_height_are_counted_as_by_searchsorted(heights, z):
    heights = read_only(np.unique(np.array(heights)))
    z = np.array([*z, *heights])
    np.testing.assert_array_equal(planes_below(z, heights), np.searchsorted(heights, z, side="right"))


def test_the_points_of_both_triangles_on_an_edge_are_the_same_bits():
    """Seen from above and from below (all triangles turned), the loops have the same points."""
    mesh = sphere(9.0, 3)
    heights = np.linspace(-4.0, 4.0, 31)
    stack = cut(mesh, heights)
    mirrored = cut(Mesh(mesh.vertices, np.ascontiguousarray(mesh.faces[:, ::-1])), heights)

    def bits(s, layer):
        return {point.tobytes() for point in s.layer(layer).points}

    assert all(bits(stack, i) == bits(mirrored, i) for i in range(len(heights)))
