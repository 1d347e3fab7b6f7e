"""STEP files through the extra ``step``: cascadio, which holds OpenCASCADE, makes triangles of surfaces.

How close the triangles come to the surface is the caller's: half a layer or less, as a machine builds in
steps of a layer anyway. cascadio gives GLB in metres; it is scaled to mm.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import MeshError
from amprep.reading.indexed import FacetList, Indexed

if TYPE_CHECKING:
    from amprep.reading.contents import Content

__all__ = ["ANGLE_RAD", "TOLERANCE_MM", "read_step", "step_tolerance_mm"]

#: Largest distance between triangles and surface where no layer thickness is known.
TOLERANCE_MM = 0.01
#: Largest angle between neighbouring triangles on a curved surface.
ANGLE_RAD = 0.2
_FINEST_MM = 0.001
_COARSEST_MM = 0.05
_MM_PER_METRE = 1000.0


def step_tolerance_mm(layer_thickness_mm: float | None) -> float:
    """Half the layer thickness, between 1 and 50 µm; `TOLERANCE_MM` where it is not known."""
    if layer_thickness_mm is None:
        return TOLERANCE_MM
    return min(max(layer_thickness_mm / 2, _FINEST_MM), _COARSEST_MM)


def read_step(data: Content, where: str, *, tolerance_mm: float) -> Indexed:
    """All bodies of a STEP file as one mesh, in mm.

    Parameters
    ----------
    tolerance_mm : float
        Largest distance between the triangles and the surface.

    Raises
    ------
    MeshError
        E207 when nothing can be read from it, E229 when the extra is not installed.

    """
    try:
        import cascadio
    except ImportError:
        raise MeshError(
            "this is a STEP file, and what reads it is not installed",
            code="E229",
            where=where,
            fix='pip install "amprep[step]", or export the part as 3MF or STL',
        ) from None
    glb = _as_glb(cascadio, bytes(data[:]), where, tolerance_mm)
    vertices, facets, start = [np.zeros((0, 3))], FacetList(), 0
    for points, faces in _meshes(glb):
        vertices.append(points * _MM_PER_METRE)
        facets.add(faces + start)
        start += len(points)
    if not facets.count:
        raise _unreadable(where)
    return Indexed.of(np.concatenate(vertices), facets, format="step")


def _as_glb(cascadio: Any, data: bytes, where: str, tolerance_mm: float) -> bytes:
    try:
        glb = cascadio.load(
            data,
            file_type="step",
            tol_linear=tolerance_mm,
            tol_angular=ANGLE_RAD,
            tol_relative=False,
            use_parallel=False,
        )
    except (RuntimeError, ValueError, TypeError, OSError, MemoryError):
        raise _unreadable(where) from None
    if not glb:
        raise _unreadable(where)
    return bytes(glb)


def _meshes(glb: bytes) -> list[tuple[Any, Any]]:
    """Vertices in metres and faces of every body, in place."""
    import trimesh

    scene = trimesh.load_scene(io.BytesIO(glb), file_type="glb", process=False)
    return [
        (np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))
        for mesh in scene.dump()
        if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces)
    ]


def _unreadable(where: str) -> MeshError:
    return MeshError(
        "no body can be read from this STEP file",
        code="E207",
        where=where,
        why="It is damaged, or holds no solid.",
        fix="export the part again, as STEP AP214 or AP242, or as 3MF",
    )
