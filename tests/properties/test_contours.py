"""`amprep.contours` against manifold3d, which cuts the same mesh at each height, in three orientations."""

from __future__ import annotations

import hashlib
import itertools

import manifold3d
import numpy as np
import pytest
import trimesh

import amprep
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import gyroid, plate_with_holes, sphere, thin_walls
from amprep.errors import MeshError
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.reading.stl import read_stl

BODIES = {
    "sphere": lambda: sphere(20.0, 5),
    "gyroid": lambda: gyroid(12.0, 6.0, 12),
    "bracket": bracket,
    "plate": plate_with_holes,
    "walls": thin_walls,
}
TURNS = {"as built": (0.0, 0.0, 0.0), "on its side": (90.0, 0.0, 0.0), "askew": (31.0, 47.0, 11.0)}
LAYER_MM = 0.25


def turned(mesh, angles_deg):
    matrix = trimesh.transformations.euler_matrix(*np.radians(angles_deg))[:3, :3]
    return Mesh(np.ascontiguousarray(mesh.vertices @ matrix.T), mesh.faces)


def bits(path, **options):
    points, sizes = hashlib.sha256(), hashlib.sha256()
    for block in amprep.contours(path, layer_thickness_mm=LAYER_MM, **options):
        points.update(block.points.tobytes())
        sizes.update(np.diff(block.loop_offsets).tobytes())
    return points.hexdigest(), sizes.hexdigest()


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("name", BODIES)
def test_every_layer_has_the_area_of_manifold3d(name, turn, tmp_path):
    path = tmp_path / "body.stl"
    write_stl(turned(BODIES[name](), TURNS[turn]), path)
    mesh, _ = read_stl(path)
    low = mesh.bounds_mm[0, 2]
    body = manifold3d.Manifold(
        manifold3d.Mesh64(vert_properties=mesh.vertices.copy(), tri_verts=mesh.faces.astype(np.uint64))
    )
    assert body.status() == manifold3d.Error.NoError
    layers = [
        block.layer(i)
        for block in amprep.contours(path, layer_thickness_mm=LAYER_MM)
        for i in range(len(block))
    ]
    assert len(layers) > 10
    for index, contours in enumerate(layers):
        exact = body.slice(low + (index + 0.5) * LAYER_MM).area()
        assert contours.area_mm2 == pytest.approx(exact, rel=1e-6, abs=1e-6), f"layer {index + 1}"


@pytest.mark.parametrize("name", BODIES)
def test_threads_and_blocks_change_no_bit(name, tmp_path, monkeypatch):
    from amprep import connectivity, slicing
    from amprep.reading import merging

    for module in (connectivity, slicing, merging):
        monkeypatch.setattr(module, "_LEAST", 100)
    path = tmp_path / "body.stl"
    write_stl(turned(BODIES[name](), TURNS["askew"]), path)
    alone = bits(path, workers=1)
    for workers, layers in itertools.product((1, 2, 5), (7, 25, 60)):
        assert bits(path, workers=workers, layers_per_block=layers) == alone


def test_blocks_come_one_after_the_other(tmp_path):
    write_stl(sphere(5.0, 2), tmp_path / "ball.stl")
    sizes = [
        len(block)
        for block in amprep.contours(tmp_path / "ball.stl", layer_thickness_mm=0.1, layers_per_block=20)
    ]
    assert sizes == [20, 20, 10]


def test_a_wrong_layer_thickness_and_an_open_mesh_are_refused(tmp_path):
    ball = sphere(5.0, 2)
    write_stl(Mesh(ball.vertices, ball.faces[1:]), tmp_path / "open.stl")
    with pytest.raises(MeshError, match="E203"):
        next(amprep.contours(tmp_path / "open.stl", layer_thickness_mm=0.1))
    for options in ({"layer_thickness_mm": 0.0}, {"layer_thickness_mm": 0.1, "layers_per_block": 0}):
        with pytest.raises(ValueError, match="positive"):
            next(amprep.contours(tmp_path / "open.stl", **options))
