"""What a file with numbered vertices gives: vertices, and faces of any number of corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.reading.assembly import mesh_of_indexed
from amprep.reading.facets import Facets, triangles_of, warped_notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh
    from amprep.model.notice import Notice

__all__ = ["FacetList", "Indexed", "require_few_vertices", "require_in_range"]

_MOST_VERTICES = np.iinfo(np.int32).max // 3


@dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """Vertices and triangles of a file, in its unit.

    vertices : (V, 3) float64
    faces : (T, 3) int32
    deviations : (k,) float64
        Of polygons that are not flat, as `triangles_of` gives them.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    format: str
    faces_in_file: int
    deviations: NDArray[np.float64]
    notices: tuple[Notice, ...] = ()

    @classmethod
    def of(
        cls,
        vertices: NDArray[np.float64],
        facets: FacetList,
        *,
        format: str,  # noqa: A002
        notices: Sequence[Notice] = (),
    ) -> Indexed:
        """Split polygons into triangles."""
        faces, deviations = triangles_of(vertices, facets.groups())
        return cls(vertices, faces, format, facets.count, deviations, tuple(notices))

    def mesh(self, *, mm_per_unit: float, where: str) -> tuple[Mesh, list[Notice]]:
        """The mesh in mm, with what was remarked."""
        mesh, dropped = mesh_of_indexed(self.vertices, self.faces, mm_per_unit=mm_per_unit, where=where)
        warped = warped_notice(self.deviations, mm_per_unit, where)
        return mesh, [notice for notice in (dropped, warped, *self.notices) if notice]


class FacetList:
    """Polygons by their number of corners, numbered as they come."""

    def __init__(self) -> None:
        self.count = 0
        self._indices: dict[int, list[NDArray[np.int64]]] = {}
        self._places: dict[int, list[NDArray[np.int64]]] = {}

    def add(self, indices: NDArray[np.int64]) -> None:
        """(n, corners) int64 polygons that follow each other in the file."""
        self._add(indices, np.arange(self.count, self.count + len(indices)))
        self.count += len(indices)

    def add_mixed(self, corners: NDArray[np.int64], indices: NDArray[np.int64]) -> None:
        """Polygons with `corners`, (n,) int64, whose `indices`, (sum,) int64, follow each other."""
        begins = np.cumsum(corners) - corners
        for count in np.unique(corners).tolist():
            which = np.flatnonzero(corners == count)
            self._add(indices[begins[which, None] + np.arange(count)], which + self.count)
        self.count += len(corners)

    def groups(self) -> list[Facets]:
        """All of them, one group per number of corners."""
        return [
            Facets(np.concatenate(self._indices[corners]), np.concatenate(self._places[corners]))
            for corners in sorted(self._indices)
        ]

    def _add(self, indices: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        if len(indices):
            corners = indices.shape[1]
            self._indices.setdefault(corners, []).append(indices)
            self._places.setdefault(corners, []).append(places)


def require_in_range(
    indices: NDArray[np.int64], vertices: int, place: Callable[[int], str], *, first: int = 0
) -> None:
    """Refuse an index of a vertex that is not there (E227).

    Parameters
    ----------
    indices : (n,) int64
        From 0.
    vertices : int
        How many there are.
    place : callable
        Names the file and the place in it of the i-th index.
    first : int
        Number of the first vertex in the file, for the message.

    """
    if len(indices) and (indices.min() < 0 or indices.max() >= vertices):
        bad = int(np.flatnonzero((indices < 0) | (indices >= vertices))[0])
        raise MeshError(
            f"a face names vertex {int(indices[bad]) + first:,}, and there are {vertices:,}",
            code="E227",
            where=place(bad),
            why=f"The vertices are numbered from {first}." if vertices else "",
            fix="export the part again",
        )


def require_few_vertices(vertices: int, where: str) -> None:
    """Refuse more vertices than can be numbered (E202)."""
    if vertices > _MOST_VERTICES:
        raise MeshError(
            f"the file has {vertices:,} vertices",
            code="E202",
            where=where,
            why=f"{_MOST_VERTICES:,} can be read.",
        )
