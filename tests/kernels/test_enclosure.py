"""Oracles: solid angles for what encloses a point, shapely for what lies in the layer below."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from amprep.checking.tree import TriangleTree
from amprep.connectivity import connect, label_shells
from amprep.demonstrators.primitives import box, gyroid, sphere
from amprep.kernels.beneath import HELD, HOLE, UNCLEAR, bodies_held
from amprep.kernels.enclosure import winding_by_shell
from amprep.kernels.shells import winding_number
from amprep.model.arrays import read_only
from amprep.model.mesh import Mesh


def joined(*meshes):
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, starts, strict=False)])
    return Mesh(np.concatenate([m.vertices for m in meshes]), faces)


def windings(mesh, points):
    """(points, shells): how often each shell winds around each point."""
    label, shells = label_shells(connect(mesh.faces, len(mesh.vertices)).neighbours)
    tree = TriangleTree.over(mesh.vertices, mesh.faces)
    rows = np.empty((len(points) * shells, 3), dtype=np.int32)
    found = winding_by_shell(
        read_only(np.concatenate([mesh.vertices, points])),
        mesh.faces,
        label,
        tree.order,
        tree.boxes,
        tree.nodes,
        len(mesh.vertices),
        read_only(np.full(len(points), -1, dtype=np.int32)),
        np.zeros(shells, dtype=np.int32),
        rows,
    )
    table = np.zeros((len(points), shells), dtype=np.int64)
    table[rows[:found, 0], rows[:found, 1]] = rows[:found, 2]
    return table, label, shells


def test_shells_wind_as_often_as_their_solid_angle_says():
    inner = sphere(4.0, 2)
    turned = Mesh(inner.vertices, np.ascontiguousarray(inner.faces[:, ::-1]))
    shifted = box((3.0, 3.0, 3.0))
    mesh = joined(sphere(10.0, 3), turned, Mesh(shifted.vertices + np.array([3.0, 0.0, 0.0]), shifted.faces))
    points = np.random.default_rng(4).uniform(-7.0, 7.0, (400, 3))
    table, label, shells = windings(mesh, points)
    for n, point in enumerate(points):
        for shell in range(shells):
            expected = winding_number(mesh.vertices, mesh.faces, label == shell, *point.tolist())
            assert table[n, shell] == round(expected)


@pytest.mark.parametrize("place", [0.0, 1.0, 2.0, 3.0, 4.0])
def test_points_over_corners_and_edges_count_once(place):
    """A box's middles, corners and edges project upon the points."""
    mesh = box((4.0, 4.0, 4.0))
    points = np.array([[place, y, z] for y in (0.5, 1.0, 2.0, 3.0) for z in (1.0, 2.0)])
    table, _, _ = windings(mesh, points)
    assert set(table[:, 0].tolist()) <= {0, 1}
    if 0.0 < place < 4.0:
        assert (table == 1).all()
    body = gyroid(6.0, 6.0, 6)
    middles = body.vertices[body.faces[::7]].mean(axis=1)
    inside, _, _ = windings(body, np.concatenate([body.vertices[::5] - [0, 0, 1e-9], middles]))
    assert set(inside.reshape(-1).tolist()) <= {0, 1}


def region(shape):
    shapes = [shapely.geometry.polygon.orient(p) for p in getattr(shape, "geoms", [shape])]
    rings = [np.array(r.coords)[:-1] for p in shapes for r in (p.exterior, *p.interiors)]
    return read_only(np.concatenate(rings)), read_only(np.cumsum([0, *map(len, rings)])), shapes


def test_a_body_is_held_only_where_shapely_finds_an_overlap():
    random = np.random.default_rng(8)
    held = unclear = 0
    for _ in range(60):
        here, below = (
            shapely.union_all(
                [
                    shapely.Point(*random.uniform(0, 20, 2)).buffer(random.uniform(0.3, 2.5), 8)
                    for _ in range(12)
                ]
            ).difference(shapely.Point(*random.uniform(0, 20, 2)).buffer(3.0, 8))
            for _ in range(2)
        )
        points, offsets, shapes = region(here)
        states = bodies_held(points, offsets, *region(below)[:2], 8)
        outer = [state for state in states.tolist() if state != HOLE]
        assert len(outer) == len(shapes)
        for state, shape in zip(outer, shapes, strict=True):
            overlap = shape.intersection(below).area
            held += state == HELD
            unclear += state == UNCLEAR
            if state == HELD:
                assert overlap > 0.0
            if overlap > 0.999 * shape.area:
                assert state == HELD
    assert held > 50
    assert unclear > 50
