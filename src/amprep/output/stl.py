"""Binary STL files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import OutputError
from amprep.output.atomic import atomic_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh

__all__ = ["write_stl"]

# Must not begin with "solid", or readers take the file for ASCII.
_HEADER = b"binary STL of amprep, mm".ljust(80, b" ")
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_TRIANGLES_AT_ONCE = 1 << 18


def write_stl(mesh: Mesh, path: str | os.PathLike[str]) -> None:
    """Write `mesh` as binary STL in mm; the file appears whole or not at all.

    Every triangle has a normal of length 1, as some readers tell from the normals that a file is binary;
    a triangle without area gets +z. Coordinates are rounded to float32.

    Raises
    ------
    OutputError
        E502 when the file cannot be written, or a coordinate is too large for float32.

    """
    if len(mesh.vertices) and not np.abs(mesh.vertices).max() <= np.finfo(np.float32).max:
        raise OutputError("a coordinate is too large for an STL", code="E502", where=os.fspath(path))
    vertices = mesh.vertices.astype("<f4")
    with atomic_file(path, "wb") as stream:
        stream.write(_HEADER)
        stream.write(np.uint32(len(mesh.faces)).astype("<u4").tobytes())
        for start in range(0, len(mesh.faces), _TRIANGLES_AT_ONCE):
            corners = vertices[mesh.faces[start : start + _TRIANGLES_AT_ONCE]]
            stream.write(_records(corners).tobytes())


def _records(corners: NDArray[np.float32]) -> NDArray[Any]:
    """(T,) records of the file for triangles of (T, 3, 3) float32, mm."""
    records = np.zeros(len(corners), dtype=_RECORD)
    records["corners"] = corners
    a, b, c = (corners[:, corner].astype(np.float64) for corner in range(3))
    normals = np.cross(b - a, c - a)
    length = np.linalg.norm(normals, axis=1)
    flat = length == 0.0
    normals[flat] = (0.0, 0.0, 1.0)
    length[flat] = 1.0
    records["normal"] = normals / length[:, None]
    return records
