"""Which shells lie in which. Oracles: all pairs of boxes, solid angles of all triangles."""

from __future__ import annotations

import numpy as np
import pytest

from amprep.demonstrators.primitives import box, gyroid, plate_with_holes, sphere
from amprep.kernels.shells import winding_number
from amprep.model.arrays import read_only
from amprep.model.mesh import Mesh
from amprep.repair import check_and_mend
from amprep.repair.shells import Shells
from amprep.repair.surface import Surface


def repeated(mesh, places):
    """The mesh at each of the places, and of each triangle which one it belongs to."""
    count = len(mesh.vertices)
    vertices = (mesh.vertices + np.asarray(places)[:, None]).reshape(-1, 3)
    faces = (mesh.faces + count * np.arange(len(places))[:, None, None]).reshape(-1, 3).astype(np.int32)
    return vertices, faces, np.repeat(np.arange(len(places)), len(mesh.faces)).astype(np.int32)


def cube_places(n):
    return np.stack(np.meshgrid(*3 * [np.arange(n)], indexing="ij"), axis=-1).reshape(-1, 3).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_boxes_around_within_and_across_are_those_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    # On a coarse grid many boxes touch or are equal; some are flat.
    low = rng.integers(0, 6, (120, 3)).astype(float)
    high = low + rng.integers(0, 5, (120, 3))
    vertices = np.stack([low, high, np.column_stack([low[:, :2], high[:, 2]])], axis=1).reshape(-1, 3)
    faces = np.arange(360, dtype=np.int32).reshape(-1, 3)
    shells = Shells(vertices, faces, np.arange(120, dtype=np.int32), 120)
    for i in range(120):
        around, within, across = [], [], []
        for k in range(120):
            if (low[k] <= low[i]).all() and (high[k] >= high[i]).all():
                around += [k] * (k != i)
            if (low[k] >= low[i]).all() and (high[k] <= high[i]).all():
                within += [k] * (k != i)
            elif (low[k] < high[i]).all() and (high[k] > low[i]).all() and k not in around and k != i:
                across.append(k)
        assert shells.boxes_at(i) == (around, within, across)


@pytest.mark.parametrize("axis", range(3))
def test_few_boxes_are_compared_where_few_touch(axis):
    """A grid through space, and a stack along any of the axes."""
    for places in (cube_places(10), 3.0 * np.arange(1000)[:, None] * np.eye(3)[axis]):
        vertices, faces, label = repeated(box((1.5, 1.5, 1.5)), 2 * places)
        shells = Shells(vertices, faces, label, len(places))
        compared = sum(len(shells._beside.touching(i)) for i in range(len(places)))
        assert compared <= 12 * len(places)


@pytest.mark.parametrize(
    "mesh",
    [sphere(10.0, 4), gyroid(12.0, 6.0, 12), plate_with_holes((30.0, 20.0, 2.0), holes=(4, 3))],
    ids=["sphere", "gyroid", "plate"],
)
@pytest.mark.parametrize("shift_mm", [0.0, 1e4])
def test_windings_are_the_sums_of_all_solid_angles(mesh, shift_mm):
    vertices, faces = mesh.vertices + shift_mm, read_only(mesh.faces)
    rng = np.random.default_rng(1)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    corners = vertices[faces[:40]]
    points = np.concatenate(
        [
            rng.uniform(low, high, (150, 3)),
            # On edges, corners, and triangles; under corners.
            corners[:, :2].mean(axis=1),
            corners[:20, 0],
            corners.mean(axis=1),
            corners[:20, 0] - [0.0, 0.0, 0.1],
        ]
    )
    everywhere = np.ones(len(faces), dtype=np.bool_)
    summed = [winding_number(vertices, faces, everywhere, *point) for point in points.tolist()]
    surface = Surface(vertices, faces)
    surface._asked = 1000
    found = list(surface.windings(points))
    assert found == pytest.approx(summed, abs=1e-6)
    assert len(set(np.round(found[:150]))) == 2


def test_triangles_around_many_cavities_are_seldom_summed(monkeypatch):
    """Only points close to edges as seen along the ray need the solid angles of all triangles."""
    outer = sphere(50.0, 4)
    vertices, faces, _ = repeated(box((1.0, 1.0, 1.0)), 4 * cube_places(6) - 12)
    summed = []
    plain = Surface._summed
    monkeypatch.setattr(Surface, "_summed", lambda self, point: summed.append(0) or plain(self, point))
    for turned in (1, -1):
        both = np.concatenate([outer.faces, faces[:, ::-1] + len(outer.vertices)])[:, ::turned]
        mesh = Mesh(np.concatenate([outer.vertices, vertices]), np.ascontiguousarray(both))
        _, report = check_and_mend(mesh, name="p")
        assert report.shells_turned == (0 if turned == 1 else 217)
        assert report.volume_mm3 == pytest.approx(outer.volume_mm3 - 216)
    assert len(summed) < 300
