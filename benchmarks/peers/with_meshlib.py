"""MeshLib: half-edge meshes in C++."""

from __future__ import annotations

from importlib.metadata import version as package_version

from benchmarks.peers.with_manifold3d import _missing

NAME = "MeshLib"
THREADS = "its choice"
INCLUDES = {
    "contours": "file read, half-edge mesh and its tree built, cut layer by layer, loops as 2-D points"
}


def missing() -> str:
    return _missing("meshlib")


def version() -> str:
    return package_version("meshlib")


def load(path):
    from meshlib import mrmeshpy

    mesh = mrmeshpy.loadMesh(str(path))
    mesh.getAABBTree()
    return mesh


def z_range(body):
    box = body.computeBoundingBox()
    return box.min.z, box.max.z


def cut(body, heights):
    from meshlib import mrmeshpy

    part = mrmeshpy.MeshPart(body)
    plane_to_xy = mrmeshpy.AffineXf3f()
    return [
        mrmeshpy.planeSectionsToContours2f(body, mrmeshpy.extractXYPlaneSections(part, float(z)), plane_to_xy)
        for z in heights
    ]


def area(section) -> float:
    import numpy as np

    total = 0.0
    for contour in section:
        x, y = np.array([(point.x, point.y) for point in contour], dtype=np.float64).T
        total += 0.5 * float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
    return abs(total)
