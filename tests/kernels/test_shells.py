"""Oracles: trimesh for shells; for points, formulas of simple bodies and rays cast with NumPy.

A ray from the point crosses every triangle that the Möller-Trumbore formula finds; each crossing counts by
the side from which the ray meets the triangle, so the sum is the winding number.
"""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from amprep import connectivity
from amprep.connectivity import connect, label_shells
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box, gyroid, sphere
from amprep.engines.threads import ThreadsEngine
from amprep.kernels.shells import winding_number
from amprep.model.arrays import read_only
from amprep.model.mesh import Mesh


def joined(*meshes):
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, starts, strict=False)])
    return Mesh(np.concatenate([m.vertices for m in meshes]), faces)


def moved(mesh, *shift):
    return Mesh(mesh.vertices + np.array(shift), mesh.faces)


def inverted(mesh):
    return Mesh(mesh.vertices, np.ascontiguousarray(mesh.faces[:, ::-1]))


def winding(mesh, point, include=None):
    include = np.ones(len(mesh.faces), dtype=np.bool_) if include is None else include
    return winding_number(mesh.vertices, mesh.faces, include, *map(float, point))


def winding_by_ray(mesh, point):
    direction = np.array([0.5377, 0.3141, 0.7826])
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    p = np.cross(direction, c - a)
    det = ((b - a) * p).sum(axis=1)
    hit = np.abs(det) > 1e-14
    a, b, c, p, det = a[hit], b[hit], c[hit], p[hit], det[hit]
    s = point - a
    u = (s * p).sum(axis=1) / det
    q = np.cross(s, b - a)
    v = (direction * q).sum(axis=1) / det
    t = ((c - a) * q).sum(axis=1) / det
    crosses = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
    return -int(np.sign(det[crosses]).sum())


def test_shells_are_counted_as_trimesh_counts_bodies():
    mesh = joined(sphere(2.0, 2), moved(box((1.0, 1.0, 1.0)), 5, 0, 0), moved(sphere(1.0, 1), 0, 9, 0))
    order = np.random.default_rng(3).permutation(len(mesh.faces))
    faces = read_only(mesh.faces[order])
    neighbours = connect(faces, len(mesh.vertices)).neighbours
    label, count = label_shells(neighbours)
    expected = trimesh.graph.connected_component_labels(
        trimesh.graph.face_adjacency(np.asarray(faces)), node_count=len(faces)
    )
    assert count == 3
    assert len(set(zip(label, expected, strict=True))) == 3, "the same sets of triangles"
    first = [int(np.flatnonzero(label == shell)[0]) for shell in range(3)]
    assert first == sorted(first), "numbered in the order of their first triangles"


@pytest.mark.parametrize("workers", [2, 3, 7])
def test_shells_joined_side_by_side_have_the_same_numbers(monkeypatch, workers):
    monkeypatch.setattr(connectivity, "_LEAST", 10)
    mesh = joined(*(moved(sphere(1.0, 1), 3 * i, 0, 0) for i in range(9)))
    faces = read_only(mesh.faces[np.random.default_rng(6).permutation(len(mesh.faces))])
    neighbours = connect(faces, len(mesh.vertices)).neighbours
    label, count = label_shells(neighbours)
    label_together, count_together = label_shells(neighbours, engine=ThreadsEngine(workers))
    assert count == count_together == 9
    np.testing.assert_array_equal(label_together, label)


def test_triangles_without_neighbours_are_shells_of_their_own():
    label, count = label_shells(read_only(np.full((4, 3), -1, dtype=np.int32)))
    assert label.tolist() == [0, 1, 2, 3]
    assert count == 4


def test_bodies_that_touch_at_a_vertex_only_are_two_shells():
    """A corner in common joins no triangles: shells hang together over edges."""
    one = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    other = [(0, 4, 5), (0, 6, 4), (0, 5, 6), (4, 6, 5)]
    faces = read_only(np.array(one + other, dtype=np.int32))
    found = connect(faces, 7)
    assert (found.unpaired, found.nonmanifold_edges) == (0, 0)
    assert label_shells(found.neighbours)[1] == 2


def test_a_point_is_inside_once_outside_never_and_in_a_cavity_never():
    body = joined(box((10.0, 10.0, 10.0)), moved(inverted(box((4.0, 4.0, 4.0))), 3, 3, 3))
    assert winding(body, (1, 1, 1)) == pytest.approx(1.0, abs=1e-12)
    assert winding(body, (5, 5, 5)) == pytest.approx(0.0, abs=1e-12)
    assert winding(body, (15, 5, 5)) == pytest.approx(0.0, abs=1e-12)
    assert winding(inverted(body), (1, 1, 1)) == pytest.approx(-1.0, abs=1e-12)


def test_overlapping_bodies_count_twice():
    body = joined(box((10.0, 10.0, 10.0)), moved(box((10.0, 10.0, 10.0)), 5, 5, 5))
    assert winding(body, (7, 7, 7)) == pytest.approx(2.0, abs=1e-12)
    assert winding(body, (2, 2, 2)) == pytest.approx(1.0, abs=1e-12)


def test_left_out_triangles_do_not_count():
    body = joined(box((10.0, 10.0, 10.0)), moved(box((10.0, 10.0, 10.0)), 5, 5, 5))
    only_first = np.arange(24) < 12
    assert winding(body, (7, 7, 7), only_first) == pytest.approx(1.0, abs=1e-12)
    assert winding(body, (12, 12, 12), only_first) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("mesh", [bracket(), gyroid(10.0, 5.0, 10), sphere(10.0, 3)])
def test_random_points_lie_inside_where_a_ray_says_so(mesh):
    rng = np.random.default_rng(7)
    low, high = mesh.bounds_mm
    inside = 0
    for point in rng.uniform(low - 1, high + 1, size=(60, 3)):
        expected = winding_by_ray(mesh, point)
        assert winding(mesh, point) == pytest.approx(expected, abs=1e-9), f"at {point} mm"
        inside += expected
    assert inside > 5
