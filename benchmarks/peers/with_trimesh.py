"""trimesh: meshes in NumPy."""

from __future__ import annotations

from importlib.metadata import version as package_version

from benchmarks.peers.with_manifold3d import _missing

NAME = "trimesh"
THREADS = "1"
INCLUDES = {"contours": "file read and merged, `section_multiplane`, closed paths"}


def missing() -> str:
    return _missing("trimesh")


def version() -> str:
    return package_version("trimesh")


def load(path):
    import trimesh

    return trimesh.load_mesh(str(path))


def z_range(body):
    return float(body.bounds[0, 2]), float(body.bounds[1, 2])


def cut(body, heights):
    low = float(body.bounds[0, 2])
    return body.section_multiplane([0.0, 0.0, low], [0.0, 0.0, 1.0], [float(z) - low for z in heights])


def area(section) -> float:
    return 0.0 if section is None else float(section.area)
