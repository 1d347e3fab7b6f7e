"""The mesh and what is known about its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, box_of, frozen_array, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.notice import Notice

__all__ = ["Mesh", "MeshReport", "SourceFile"]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh(ArrayNoun):
    """Triangles that share vertices.

    vertices : (V, 3) float64, mm
        Corners; read-only.
    faces : (F, 3) int32
        Indices into `vertices`, counter-clockwise seen from outside; read-only.
    neighbours : (F, 3) int32 or None
        Triangle across the edge from corner i to corner i + 1, -1 where the mesh is open; filled by
        `amprep.repair.check_and_mend`; read-only.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    neighbours: NDArray[np.int32] | None = None
    _bounds_mm: NDArray[np.float64] | None = field(init=False, default=None, repr=False)
    _used_vertices: NDArray[np.float64] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", frozen_array(self.vertices, np.float64, (None, 3), "vertices"))
        object.__setattr__(self, "faces", frozen_array(self.faces, np.int32, (None, 3), "faces"))
        if self.neighbours is not None:
            shape = (len(self.faces), 3)
            object.__setattr__(
                self, "neighbours", frozen_array(self.neighbours, np.int32, shape, "neighbours")
            )

    @property
    def used_vertices(self) -> NDArray[np.float64]:
        """(U, 3) float64, mm: the vertices that faces use; read-only."""
        if self._used_vertices is None:
            is_used = np.zeros(len(self.vertices), dtype=bool)
            is_used[self.faces.reshape(-1)] = True
            used = self.vertices if is_used.all() else read_only(self.vertices[is_used])
            object.__setattr__(self, "_used_vertices", used)
        return self._used_vertices  # type: ignore[return-value]

    @property
    def bounds_mm(self) -> NDArray[np.float64]:
        """(2, 3) float64, mm: lowest and highest corner of the vertices that faces use; read-only."""
        if self._bounds_mm is None:
            used = self.used_vertices
            bounds = box_of(used) if len(used) else np.zeros((2, 3))
            object.__setattr__(self, "_bounds_mm", read_only(bounds))
        return self._bounds_mm  # type: ignore[return-value]

    def all_used(self, bounds_mm: NDArray[np.float64]) -> Mesh:
        """The mesh, known to use all its vertices and to have this box, (2, 3) float64, mm."""
        mesh = Mesh(self.vertices, self.faces, self.neighbours)
        object.__setattr__(mesh, "_bounds_mm", frozen_array(bounds_mm, np.float64, (2, 3), "bounds_mm"))
        object.__setattr__(mesh, "_used_vertices", mesh.vertices)
        return mesh

    def connected(self, faces: NDArray[np.int32], neighbours: NDArray[np.int32]) -> Mesh:
        """The mesh with its faces mended, and their neighbours."""
        mesh = Mesh(self.vertices, faces, neighbours)
        if faces is self.faces:
            object.__setattr__(mesh, "_bounds_mm", self._bounds_mm)
            object.__setattr__(mesh, "_used_vertices", self._used_vertices)
        return mesh

    @property
    def size_mm(self) -> tuple[float, float, float]:
        low, high = self.bounds_mm
        dx, dy, dz = (float(d) for d in high - low)
        return dx, dy, dz

    @property
    def volume_mm3(self) -> float:
        """Signed volume by the divergence theorem, about the mesh's own middle for accuracy."""
        if not len(self.faces):
            return 0.0
        middle = self.bounds_mm.mean(axis=0)
        a, b, c = (self.vertices[self.faces[:, i]] - middle for i in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read, and what reading it showed."""

    path: str
    format: str
    """``stl-binary``, ``stl-ascii``, ``3mf``, ``obj``, ``off``, ``ply-…``, ``step``; packed: with ``.gz``."""
    sha256: str
    unit: str
    """``mm``, ``inch``, ``m``, ``cm``, ``um`` or ``foot``."""
    unit_is_assumed: bool
    triangles_in_file: int
    notices: tuple[Notice, ...] = ()
    unit_in_file: str | None = None
    """What the file itself says; None where its format has no unit."""
    item: int | None = None
    """Number of the build item in a file that holds several parts, from 1."""

    @property
    def unit_origin(self) -> str:
        """``assumed``, ``from the file`` or ``given``."""
        if self.unit_is_assumed:
            return "assumed"
        return "from the file" if self.unit == self.unit_in_file else "given"


@dataclass(frozen=True, slots=True)
class MeshReport:
    """What is wrong with a mesh, counted and located, and what was changed."""

    triangles: int
    volume_mm3: float
    size_mm: tuple[float, float, float]
    shells: int
    open_edges: int
    """Edges with a triangle on one side only."""
    inconsistent_edges: int
    """Edges whose two triangles point in different directions."""
    nonmanifold_edges: int
    """Edges shared by more than two triangles, balanced or not."""
    degenerate_dropped: int
    duplicates_dropped: int
    shells_turned: int
    vertices_welded: int = 0
    """Corners merged with another within the rounding of float32."""
    triangles_turned: int = 0
    """Triangles that pointed against the rest of their shell."""
    cracks_closed: int = 0
    """Open edges that met a partner when corners and edges were moved within the tolerance."""
    corners_moved: int = 0
    """Corners merged with another to close cracks."""
    edges_split: int = 0
    """Open edges split at corners that lay on them."""
    largest_move_mm: float = 0.0
    """Furthest that a corner or an edge was moved to close a crack."""
    holes_filled: int = 0
    hole_triangles: int = 0
    """Triangles added to fill holes."""
    hole_area_mm2: float = 0.0
    """Their area."""
    largest_hole_mm: float = 0.0
    """Diagonal of the box around the largest hole that was filled."""
    edges_through_filling: int = 0
    shells_of_nothing: int = 0
    """Shells without volume that filling has closed."""
    """Edges that pass through triangles which fill holes; -1 where that was not looked at."""
    bottom_mm: float = 0.0
    """Lowest z of the mesh, in its coordinates."""
    open_edge_example_mm: tuple[float, float, float] | None = None
    """A point on an open edge, in the mesh's coordinates."""
    open_z_range_mm: tuple[float, float] | None = None
    open_z_ranges_mm: tuple[tuple[float, float], ...] = ()
    """Where edges are open, from the lowest up; ranges that meet are one."""
    notices: tuple[Notice, ...] = field(default=())

    @property
    def is_watertight(self) -> bool:
        return self.open_edges == 0 and self.inconsistent_edges == 0

    @property
    def repairs(self) -> dict[str, float]:
        """What was changed: counts, and lengths and areas with their unit in the key; zeros included."""
        return {
            "degenerate_dropped": self.degenerate_dropped,
            "duplicates_dropped": self.duplicates_dropped,
            "vertices_welded": self.vertices_welded,
            "cracks_closed": self.cracks_closed,
            "corners_moved": self.corners_moved,
            "edges_split": self.edges_split,
            "largest_move_mm": self.largest_move_mm,
            "triangles_turned": self.triangles_turned,
            "shells_turned": self.shells_turned,
            "holes_filled": self.holes_filled,
            "hole_triangles": self.hole_triangles,
            "hole_area_mm2": self.hole_area_mm2,
            "largest_hole_mm": self.largest_hole_mm,
            "edges_through_filling": self.edges_through_filling,
            "shells_of_nothing": self.shells_of_nothing,
        }
