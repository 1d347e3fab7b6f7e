"""Loose triangles become a mesh: exact merge of corners, and what cannot be used is dropped and counted."""

from __future__ import annotations

from dataclasses import dataclass
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

__all__ = ["LARGEST_COORDINATE_MM", "mesh_of_indexed", "mesh_of_triangles"]

#: A coordinate beyond this is taken for damage, not for a part.
LARGEST_COORDINATE_MM = 1e5

_ODD = np.uint64(0x9E3779B97F4A7C15)


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
    usable = _Usable(vertices, faces, kept, bounds)
    return usable.mesh(where, notice, doubt), notice


def mesh_of_indexed(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    *,
    mm_per_unit: float,
    where: str,
) -> tuple[Mesh, Notice | None]:
    """Merge numbered vertices with equal bits, and drop triangles two of whose corners are then the same.

    Parameters
    ----------
    vertices : (V, 3) float64
        In the unit of the file; what is not finite is refused as absurd.
    faces : (T, 3) int32
        Indices into `vertices`, in range.
    mm_per_unit, where
        As for `mesh_of_triangles`.

    Returns
    -------
    mesh : Mesh
        Every vertex is used; triangles in the order of the file.
    notice : Notice or None
        W210, when triangles were dropped.

    Raises
    ------
    MeshError
        E204 when no triangle is left, E205 for a coordinate beyond `LARGEST_COORDINATE_MM`.

    """
    with np.errstate(over="ignore", invalid="ignore"):
        vertices = vertices * mm_per_unit + 0.0  # −0.0 becomes +0.0
    # A transform may have made too much of a number; infinity is refused as absurd.
    vertices[np.isnan(vertices)] = np.inf
    number = _merged_numbers(vertices)
    if number is not None:
        faces = number[faces]
    a, b, c = faces.T
    coinciding = np.asarray((a == b) | (b == c) | (c == a))
    count = int(coinciding.sum())
    notice = _dropped_notice(len(faces), 0, count, where)
    return _Usable(vertices, faces, ~coinciding, None).mesh(where, notice, ""), notice


def _merged_numbers(vertices: NDArray[np.float64]) -> NDArray[np.int32] | None:
    """(V,) int32: of the vertices with the same bits, the first; None when all differ."""
    x, y, z = (np.ascontiguousarray(column).view(np.uint64) for column in vertices.T)
    # An odd factor and a rotation each, so that coordinates on a grid differ in many bits of the sum.
    mixed = (x * _ODD) ^ (x >> np.uint64(29))
    for word in (y, z):
        mixed = ((mixed ^ word) * _ODD) ^ (mixed >> np.uint64(31))
    order = np.argsort(mixed, kind="stable")
    alike = mixed[order[1:]] == mixed[order[:-1]]
    if not alike.any():
        return None
    same = _follow_equal(x, y, z, order)
    if not np.array_equal(same, alike):
        order = np.lexsort((z, y, x))
        same = _follow_equal(x, y, z, order)
    starts = np.concatenate(([0], np.flatnonzero(~same) + 1))
    first = np.empty(len(vertices), dtype=np.int32)
    first[order] = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
    return first


def _follow_equal(
    x: NDArray[np.uint64], y: NDArray[np.uint64], z: NDArray[np.uint64], order: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """(V - 1,) bool: whether each vertex in `order` but the first is the one before it."""
    same: NDArray[np.bool_] = x[order[1:]] == x[order[:-1]]
    for column in (y, z):
        same &= column[order[1:]] == column[order[:-1]]
    return same


@dataclass(frozen=True, slots=True, eq=False)
class _Usable:
    """Triangles of which those that are not `kept` are left out; bounds where they are known."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    kept: NDArray[np.bool_] | None
    bounds_mm: NDArray[np.float64] | None

    def mesh(self, where: str, notice: Notice | None, doubt: str) -> Mesh:
        vertices, faces, kept, bounds = self.vertices, self.faces, self.kept, self.bounds_mm
        if not len(faces) or (kept is not None and not kept.any()):
            detail = notice.text if notice else "" if doubt else "the file lists none"
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
            bounds = None
        if bounds is None:
            bounds = box_of(vertices)
        if np.abs(bounds).max() > LARGEST_COORDINATE_MM:
            place = np.arange(len(self.faces)) if kept is None else np.flatnonzero(kept)
            raise _absurd_coordinate(vertices, faces, place, where, doubt)
        return Mesh(vertices, faces).all_used(bounds)


def _dropped_notice(in_file: int, broken: int, coinciding: int, where: str) -> Notice | None:
    causes = []
    if broken:
        causes.append(f"{broken:,} with a coordinate that is not finite")
    if coinciding:
        causes.append(f"{coinciding:,} with coinciding corners")
    if not causes:
        return None
    dropped, why = broken + coinciding, ", ".join(causes)
    alone = f"1 of {in_file:,} triangles was dropped: {why}"
    return Notice(
        code="W210",
        text=alone if dropped == 1 else f"{dropped:,} of {in_file:,} triangles were dropped: {why}",
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
