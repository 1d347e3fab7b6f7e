"""manifold3d: exact solids in C++; also the judge of the areas."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version

NAME = "manifold3d"
THREADS = "its choice"
INCLUDES = {"contours": "file read and merged by NumPy, solid built, cut layer by layer, polygons cleaned"}


def missing() -> str:
    return _missing("manifold3d")


def version() -> str:
    return package_version("manifold3d")


def _missing(package: str) -> str:
    try:
        package_version(package)
    except PackageNotFoundError:
        return f"no package {package}"
    return ""


def load(path):
    import numpy as np
    from manifold3d import Manifold, Mesh

    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    corners = np.fromfile(path, dtype=record, offset=84)["corners"].reshape(-1, 3) + np.float32(0.0)
    keys = np.ascontiguousarray(corners).view(np.uint32).reshape(-1, 3).astype(np.uint64)
    mixed = keys[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29)) ^ keys[:, 1]) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(32)) ^ keys[:, 2]) * np.uint64(0x94D049BB133111EB)
    _, first, ids = np.unique(mixed, return_index=True, return_inverse=True)
    body = Manifold(Mesh(corners[first], ids.reshape(-1, 3).astype(np.uint32)))
    if body.is_empty():
        raise ValueError(f"manifold3d takes it for no solid: {body.status().name}")
    return body


def z_range(body):
    box = body.bounding_box()
    return box[2], box[5]


def cut(body, heights):
    return [body.slice(float(z)) for z in heights]


def area(section) -> float:
    return section.area()
