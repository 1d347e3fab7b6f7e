"""Mend a mesh in steps, each undone where it does not help, and count what was changed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.connectivity import Connected, connect, connect_by_angle, label_shells
from amprep.kernels.shells import shell_volumes
from amprep.model.arrays import read_only
from amprep.model.mending import Mending
from amprep.model.mesh import Mesh, MeshReport
from amprep.repair.orienting import against_their_shell, inside_out_shells, turn
from amprep.repair.verdict import notices_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.repair.welding import Moved

__all__ = ["check_and_mend"]

#: A crack whose two sides are divided differently needs a merge, a split, and another look.
_ROUNDS = 4

#: The tolerance is at most this share of the part's diagonal: a part in metres is no crack as a whole.
_SHARE_OF_DIAGONAL = 1e-3


@dataclass(slots=True, eq=False)
class _Work:
    """A mesh on its way through the steps.

    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    edges: Connected
    engine: Engine | None
    counts: dict[str, float]

    def connected(self, faces: NDArray[np.int32]) -> Connected:
        return connect(faces, len(self.vertices), engine=self.engine)

    def add(self, **counts: float) -> None:
        for key, count in counts.items():
            self.counts[key] = self.counts.get(key, 0) + count

    def reach(self, distance_mm: float) -> None:
        self.counts["largest_move_mm"] = max(self.counts.get("largest_move_mm", 0.0), distance_mm)


def check_and_mend(
    mesh: Mesh,
    *,
    name: str,
    degenerate_dropped: int = 0,
    engine: Engine | None = None,
    mending: Mending | None = None,
) -> tuple[Mesh, MeshReport]:
    """Count the faults of a mesh and mend the harmless ones.

    Parameters
    ----------
    mesh : Mesh
        With merged vertices: triangles that touch share indices.
    name : str
        What messages call the part.
    degenerate_dropped : int
        Triangles that reading dropped already because corners coincided.
    engine : Engine, optional
        Where large meshes are connected; the result is the same for every engine.
    mending : Mending, optional
        How far it may go; default: cracks are closed, holes are not.

    Returns
    -------
    mesh : Mesh
        Mended, with its `neighbours` filled.
    report : MeshReport

    """
    mending = mending or Mending()
    edges = connect(mesh.faces, len(mesh.vertices), engine=engine)
    work = _Work(mesh.vertices, mesh.faces, edges, engine, {"degenerate_dropped": degenerate_dropped})
    if edges.unpaired:
        _weld_rounding(work)
    _drop_duplicates(work)
    tolerance_mm = min(mending.crack_tolerance_mm, _SHARE_OF_DIAGONAL * math.hypot(*mesh.size_mm))
    if work.edges.open_edges and tolerance_mm > 0:
        _close_cracks(work, tolerance_mm)
        _drop_duplicates(work)
    # Now that cracks are closed: a face of a body with cracks all around it looks like a surplus patch.
    _drop_surplus_patches(work)
    if work.edges.inconsistent_edges:
        _turn_triangles(work)
    if mending.fill_holes and work.edges.open_edges and not work.edges.inconsistent_edges:
        _fill(work)
    return _finished(mesh, work, name)


def _finished(mesh: Mesh, work: _Work, name: str) -> tuple[Mesh, MeshReport]:
    """Turn shells that are inside out, and put down what was found."""
    faces, edges = work.faces, work.edges
    neighbours = edges.neighbours
    if edges.nonmanifold_edges:
        neighbours = connect_by_angle(mesh.vertices, faces, edges)
    label, shells = label_shells(neighbours, engine=work.engine)
    volumes = shell_volumes(mesh.vertices, faces, label, shells)
    if not edges.unpaired:
        turned = inside_out_shells(mesh.vertices, faces, label, volumes)
        if len(turned):
            volumes[turned] *= -1
            faces, neighbours = turn(faces, neighbours, np.isin(label, turned))
            work.add(shells_turned=len(turned))
    mended = mesh.connected(faces, neighbours)
    if work.counts.get("holes_filled"):
        work.add(shells_of_nothing=int((np.abs(volumes) <= 1e-9 * max(mesh.size_mm) ** 3).sum()))
    zeros = {"duplicates_dropped": 0, "shells_turned": 0}
    report = MeshReport(
        triangles=len(faces),
        volume_mm3=math.fsum(volumes),
        size_mm=mended.size_mm,
        shells=shells,
        open_edges=edges.open_edges,
        # Each such edge was counted from both of its triangles.
        inconsistent_edges=(edges.inconsistent_edges + 1) // 2,
        nonmanifold_edges=edges.nonmanifold_edges,
        bottom_mm=float(mended.bounds_mm[0, 2]),
        **(zeros | work.counts),  # type: ignore[arg-type]
    )
    report = _located(report, mended, neighbours)
    return mended, replace(report, notices=notices_of(report, name))


# What only torn meshes need is loaded for them alone: a sound part starts sooner.


def _weld_rounding(work: _Work) -> None:
    from amprep.repair.welding import welded_by_rounding

    welded = welded_by_rounding(work.vertices, work.faces, work.edges.neighbours)
    if welded is None or not len(welded.faces):
        return
    edges = work.connected(welded.faces)
    if edges.unpaired < work.edges.unpaired:
        work.faces, work.edges = welded.faces, edges
        work.add(vertices_welded=welded.count, degenerate_dropped=welded.collapsed)


def _drop_duplicates(work: _Work) -> None:
    """Drop triangles that lie on another, unless they are two bodies' common face: each needs its own."""
    if work.edges.nonmanifold_edges:
        from amprep.repair.duplicates import first_of_duplicates, without_surplus

        _keep(work, without_surplus, first_of_duplicates)


def _drop_surplus_patches(work: _Work) -> None:
    if work.edges.nonmanifold_edges and work.edges.unpaired:
        from amprep.repair.duplicates import without_surplus_patches

        _keep(work, without_surplus_patches)


def _keep(work: _Work, *steps: Callable[[NDArray[np.int32], Connected], NDArray[np.int64]]) -> None:
    """Go down to the triangles that each step keeps, unless more edges are without a partner then."""
    for indices_to_keep in steps:
        if not work.edges.nonmanifold_edges:
            return
        kept = indices_to_keep(work.faces, work.edges)
        if len(kept) == len(work.faces):
            continue
        fewer = read_only(work.faces[kept])
        edges = work.connected(fewer)
        if edges.unpaired <= work.edges.unpaired:
            work.add(duplicates_dropped=len(work.faces) - len(kept))
            work.faces, work.edges = fewer, edges


def _close_cracks(work: _Work, tolerance_mm: float) -> None:
    """Merge and split where the mesh is open, until nothing gets better."""
    from amprep.repair.welding import split_at_corners, weld_within

    close: tuple[tuple[str, Callable[..., Moved | None]], ...] = (
        ("corners_moved", weld_within),
        ("edges_split", split_at_corners),
    )
    for _ in range(_ROUNDS):
        before = work.edges.open_edges
        for counted, step in close:
            if not work.edges.open_edges:
                return
            moved = step(work.vertices, work.faces, work.edges, tolerance_mm)
            if moved is None or not len(moved.faces):
                continue
            edges = work.connected(moved.faces)
            if edges.open_edges >= work.edges.open_edges:
                continue
            work.add(**{counted: moved.count}, cracks_closed=work.edges.open_edges - edges.open_edges)
            work.add(degenerate_dropped=moved.collapsed)
            work.reach(moved.largest_mm)
            work.faces, work.edges = moved.faces, edges
        if work.edges.open_edges == before:
            return


def _turn_triangles(work: _Work) -> None:
    turned = against_their_shell(work.faces, work.edges)
    if not turned.any():
        return
    faces = work.faces.copy()
    faces[turned] = faces[turned][:, [0, 2, 1]]
    faces = read_only(faces)
    edges = work.connected(faces)
    if edges.unpaired < work.edges.unpaired:
        work.faces, work.edges = faces, edges
        work.add(triangles_turned=int(turned.sum()))


def _fill(work: _Work) -> None:
    from amprep.repair.holes import fill_holes

    filled = fill_holes(work.vertices, work.faces, work.edges.neighbours)
    if not len(filled.triangles):
        return
    faces = read_only(np.concatenate([work.faces, filled.triangles]))
    edges = work.connected(faces)
    if edges.unpaired < work.edges.unpaired:
        work.faces, work.edges = faces, edges
        work.add(
            holes_filled=filled.holes,
            hole_triangles=len(filled.triangles),
            hole_area_mm2=filled.area_mm2,
            largest_hole_mm=filled.largest_mm,
            edges_through_filling=filled.pierced,
        )


def _located(report: MeshReport, mesh: Mesh, neighbours: NDArray[np.int32]) -> MeshReport:
    """The report with where the mesh is open: the middle of one edge, lowest and highest point of all."""
    if report.is_watertight:
        return report
    where = np.argwhere(neighbours < 0)
    start = mesh.vertices[mesh.faces[where[:, 0], where[:, 1]]]
    end = mesh.vertices[mesh.faces[where[:, 0], (where[:, 1] + 1) % 3]]
    low, high = np.minimum(start[:, 2], end[:, 2]), np.maximum(start[:, 2], end[:, 2])
    x, y, z = (float(c) for c in (start[0] + end[0]) / 2)
    return replace(
        report,
        open_edge_example_mm=(x, y, z),
        open_z_range_mm=(float(low.min()), float(high.max())),
        open_z_ranges_mm=_joined_ranges(low, high),
    )


def _joined_ranges(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    order = np.argsort(low, kind="stable")
    top = np.maximum.accumulate(high[order])
    first = np.flatnonzero(np.concatenate([[True], low[order][1:] > top[:-1]]))
    last = np.append(first[1:] - 1, len(order) - 1)
    return tuple(zip(low[order][first].tolist(), top[last].tolist(), strict=True))
