"""What pixels see. Oracle: all points of all triangles at once, in NumPy, and no triangle left out."""

from __future__ import annotations

import numpy as np
import pytest

from amprep.demonstrators.primitives import cylinder, gyroid, sphere
from amprep.kernels.depth_buffer import NOTHING, cover_pixels
from amprep.pictures import shaded
from amprep.pictures.shaded import camera_on, seen_faces, shaded_image


def covered(corners, order, *, step, width, height):
    """The pixels and the number of points, as the kernel finds them."""
    nearest = np.full(width * height, NOTHING, dtype=np.int64)
    ways, along, across, _ = shaded._rows_of_points(corners)
    points = cover_pixels(ways, along, across, order, 0.0, step, 1.0, width, nearest)
    return nearest, points


def expected(corners, *, step, width, height):
    nearest = np.full(width * height, NOTHING, dtype=np.int64)
    ways, along, across, _ = shaded._rows_of_points(corners)
    for f, (a, b, c) in enumerate(ways):
        v = (np.arange(across[f]) / max(across[f] - 1, 1))[:, None]
        u = np.arange(along[f]) / max(along[f] - 1, 1) * (1 - v)
        x, y, deep = (a[k] + u * b[k] + v * c[k] for k in range(3))
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        pixel = np.floor(y[inside]).astype(np.int64) * width + np.floor(x[inside]).astype(np.int64)
        np.minimum.at(nearest, pixel, (np.round(deep[inside] / step).astype(np.int64) << 31) | f)
    return nearest


@pytest.mark.parametrize("size", [1.0, 6.0, 25.0])
@pytest.mark.parametrize("seed", range(6))
def test_pixels_see_the_nearest_point_in_any_order_of_the_triangles(seed, size):
    """Triangles that stick out of the picture, slivers and points among them; all small."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-10, 60, (150, 1, 3)) + rng.uniform(-size, size, (150, 3, 3))
    corners[:, :, 2] += 40
    corners[::10, 2] = 0.5 * (corners[::10, 0] + corners[::10, 1])
    corners[::25] = corners[::25, :1]
    corners[1::20, :, 2] = 35.0
    kwargs = {"step": 1e-6, "width": 50, "height": 40}
    wanted = expected(corners, **kwargs)
    for order in (np.arange(150), np.arange(150)[::-1].copy(), corners[:, :, 2].min(axis=1).argsort()):
        found, _ = covered(corners, order, **kwargs)
        assert np.array_equal(found, wanted)


def points_of(monkeypatch, mesh, sizes):
    """How many points are drawn of a mesh that is there in several sizes, each along x, y and z."""
    vertices = np.concatenate([mesh.vertices * size for size in sizes])
    faces = np.concatenate([mesh.faces + len(mesh.vertices) * i for i in range(len(sizes))]).astype(np.int32)
    points = []
    monkeypatch.setattr(shaded, "cover_pixels", lambda *given: points.append(cover_pixels(*given)))
    camera = camera_on(vertices, azimuth_deg=-60.0, elevation_deg=-35.0, width=400, height=300)
    seen_faces(vertices, faces, camera)
    return points[0]


def test_bodies_within_each_other_are_drawn_about_once(monkeypatch):
    """Discs around one axis, each a little larger, all in the same two planes."""
    disc = cylinder(20.0, 0.5, 12)
    few, many = (
        points_of(monkeypatch, disc, [(1 + 0.002 * i, 1 + 0.002 * i, 1.0) for i in range(n)]) for n in (2, 40)
    )
    assert many < 3 * few


def test_what_is_hidden_is_not_drawn(monkeypatch):
    """Spheres of small triangles within each other."""
    mesh = sphere(10.0, 3)
    few, many = (points_of(monkeypatch, mesh, [3 * (1 - 0.02 * i,) for i in range(n)]) for n in (1, 30))
    assert many < 1.5 * few


@pytest.mark.parametrize("mesh", [sphere(10.0, 2), gyroid(12.0, 6.0, 8), cylinder(9.0, 4.0, 12)])
def test_pictures_are_those_of_all_points(monkeypatch, mesh):
    colours = np.random.default_rng(1).uniform(0, 1, (len(mesh.faces), 3))
    images = []
    for is_hidden_known in (True, False):
        if not is_hidden_known:

            def all_points(ways, along, across, order, low, step, pixel_mm, width, nearest):
                corners = np.stack([ways[:, 0], ways[:, 0] + ways[:, 1], ways[:, 0] + ways[:, 2]], axis=1)
                corners[:, :, 2] -= low
                nearest[:] = expected(corners, step=step, width=width, height=len(nearest) // width)

            monkeypatch.setattr(shaded, "cover_pixels", all_points)
        camera = camera_on(mesh.vertices, azimuth_deg=20.0, elevation_deg=-25.0, width=240, height=200)
        images.append(shaded_image(mesh.vertices, mesh.faces, colours, camera))
    differing = (images[0] != images[1]).any(axis=2).mean()
    assert differing < 1e-3
