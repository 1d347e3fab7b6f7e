"""STEP files through the extra ``step``: cascadio, which holds OpenCASCADE, makes triangles of surfaces.

How close the triangles come to the surface is the caller's: half a layer or less, as a machine builds in
steps of a layer anyway. cascadio gives GLB in metres; it is scaled to mm.

It runs in a process of its own, because OpenCASCADE writes on the terminal, and a damaged file can end it
with a signal.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
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
_MOST_SECONDS = 600
_CONVERT = """
import sys, cascadio
glb = cascadio.load(
    sys.stdin.buffer.read(), file_type="step", tol_linear=float(sys.argv[2]),
    tol_angular=float(sys.argv[3]), tol_relative=False, use_parallel=False,
)
with open(sys.argv[1], "wb") as out:
    out.write(glb)
"""


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
    if find_spec("cascadio") is None:
        raise MeshError(
            "this is a STEP file, and what reads it is not installed",
            code="E229",
            where=where,
            fix='pip install "amprep[step]", or export the part as 3MF or STL',
        )
    glb = _as_glb(data, where, tolerance_mm)
    vertices, facets, start = [np.zeros((0, 3))], FacetList(), 0
    for points, faces in _meshes(glb):
        vertices.append(points * _MM_PER_METRE)
        facets.add(faces + start)
        start += len(points)
    if not facets.count:
        raise _unreadable(where)
    return Indexed.of(np.concatenate(vertices), facets, format="step")


def _as_glb(data: Content, where: str, tolerance_mm: float) -> bytes:
    with tempfile.TemporaryDirectory(prefix="amprep-") as folder:
        out = Path(folder) / "part.glb"
        # -P: nothing is imported from the working folder.
        command = [sys.executable, "-P", "-c", _CONVERT, str(out), repr(tolerance_mm), repr(ANGLE_RAD)]
        try:
            done = subprocess.run(  # noqa: S603 (our own program; the file is its input only)
                command,
                input=data,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=_MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise _unreadable(where, f"It was not done after {_MOST_SECONDS} s.") from None
        if done.returncode or not out.is_file():
            raise _unreadable(where)
        glb = out.read_bytes()
    if not glb:
        raise _unreadable(where)
    return glb


def _meshes(glb: bytes) -> list[tuple[Any, Any]]:
    """Vertices in metres and faces of every body, in place."""
    import trimesh

    scene = trimesh.load_scene(io.BytesIO(glb), file_type="glb", process=False)
    # Only what this program wrote is read here, so trimesh need not be tolerant.
    return [
        (np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))
        for mesh in scene.dump()
        if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces)
    ]


def _unreadable(where: str, why: str = "It is damaged, or holds no solid.") -> MeshError:
    return MeshError(
        "no body can be read from this STEP file",
        code="E207",
        where=where,
        why=why,
        fix="export the part again, as STEP AP214 or AP242, or as 3MF",
    )
