"""Loose triangles become a mesh: exact merge of corners, and what cannot be used is dropped and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.kernels.vertex_merge import widen_vertices
from amprep.model.arrays import box_of, read_only
from amprep.model.mesh import Mesh
from amprep.model.notice import Notice
from amprep.reading.merging import merge_corners

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.reading.merging import Corners

__all__ = ["LARGEST_COORDINATE_MM", "mesh_of_triangles"]

#: A coordinate beyond this is taken for damage, not for a part.
LARGEST_COORDINATE_MM = 1e5


def mesh_of_triangles(
    corners: Corners, *, mm_per_unit: float, where: str, doubt: str = "", engine: Engine | None = None
) -> tuple[Mesh, Notice | None]:
    """Join triangles at corners with equal bits, and drop those that enclose nothing for certain.

    Dropped are triangles with a coordinate that is not finite, and triangles two of whose corners are the
    same vertex: their edges cancel, so leaving them out opens nothing. Triangles of zero area with three
    different corners stay, as their neighbours need them.

    Parameters
    ----------
    corners : Corners
        In the unit of the file.
    mm_per_unit : float
        Factor for the vertices, applied in float64.
    where : str
        The file, for errors and the notice.
    doubt : str
        What is already known to be wrong with the file; explains an error that follows from it.

    Returns
    -------
    mesh : Mesh
        Every vertex is used; triangles in the order of the file.
    notice : Notice or None
        W210 with the count of each cause, when triangles were dropped.

    Raises
    ------
    MeshError
        E204 when no triangle is left, E205 for a coordinate beyond `LARGEST_COORDINATE_MM`.

    """
    in_file = corners.count
    merged = merge_corners(corners, engine=engine)
    faces = merged.faces
    vertices = np.empty(merged.vertices.shape)
    bounds = np.empty((2, 3))
    not_finite = widen_vertices(read_only(merged.vertices), mm_per_unit, vertices, bounds)
    kept = None
    notice = None
    if merged.coinciding or not_finite:
        finite = np.asarray(np.isfinite(vertices).all(axis=1))
        broken = np.asarray(~finite[faces].all(axis=1))
        a, b, c = faces.T
        coinciding = ((a == b) | (b == c) | (c == a)) & ~broken
        kept = ~(broken | coinciding)
        notice = _dropped_notice(in_file, int(broken.sum()), int(coinciding.sum()), where)
    if not in_file or (kept is not None and not kept.any()):
        detail = notice.text if notice else "the file lists none"
        raise MeshError(
            "the mesh has no triangle that can be used",
            code="E204",
            where=where,
            why=". ".join(text for text in (detail, doubt) if text),
            fix="export the part again",
        )
    if kept is not None:
        faces = faces[kept]
        vertices, faces = _used_only(vertices, faces)
        bounds = box_of(vertices)
    if np.abs(bounds).max() > LARGEST_COORDINATE_MM:
        place = np.arange(in_file) if kept is None else np.flatnonzero(kept)
        raise _absurd_coordinate(vertices, faces, place, where, doubt)
    return Mesh(vertices, faces).all_used(bounds), notice


def _dropped_notice(in_file: int, broken: int, coinciding: int, where: str) -> Notice | None:
    causes = []
    if broken:
        causes.append(f"{broken:,} with a coordinate that is not finite")
    if coinciding:
        causes.append(f"{coinciding:,} with coinciding corners")
    if not causes:
        return None
    return Notice(
        code="W210",
        text=f"{broken + coinciding:,} of {in_file:,} triangles were dropped: {', '.join(causes)}",
        where=where,
        values={
            "triangles_in_file": in_file,
            "triangles_not_finite": broken,
            "triangles_with_coinciding_corners": coinciding,
        },
    )


def _used_only(
    vertices: NDArray[np.float64], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Without the vertices that no face uses; the order stays."""
    used = np.zeros(len(vertices), dtype=np.bool_)
    used[faces] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return vertices[used], number[faces]


def _absurd_coordinate(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    place_in_file: NDArray[np.intp],
    where: str,
    doubt: str,
) -> MeshError:
    """E205 with the first triangle that has a coordinate beyond the limit."""
    far = np.asarray((np.abs(vertices) > LARGEST_COORDINATE_MM).any(axis=1))
    hit = far[faces]
    face = int(np.flatnonzero(hit.any(axis=1))[0])
    x, y, z = vertices[faces[face, int(np.argmax(hit[face]))]]
    return MeshError(
        f"triangle {int(place_in_file[face]) + 1:,} has a corner at ({x:g}, {y:g}, {z:g}) mm",
        code="E205",
        where=where,
        why=doubt or f"Coordinates beyond ± {LARGEST_COORDINATE_MM:,.0f} mm are taken for damage.",
        fix="export the part again, in mm and near the origin; look at --unit, if you gave it",
    )
