"""What is wrong with a mesh, and the harmless part of mending it.

Done on the way of every slice: corners that the rounding of the file tore apart are welded, triangles that
coincide with another are dropped, closed shells that are inside out are turned. All are counted and told.
A mesh that is open or whose triangles contradict each other is refused by `require_closed`: it encloses no
volume that one could trust.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.connectivity import connect, connect_by_angle, label_shells
from amprep.errors import MeshError
from amprep.kernels.shells import shell_volumes, winding_number
from amprep.model.arrays import read_only
from amprep.model.mesh import Mesh, MeshReport
from amprep.model.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.engines import Engine

__all__ = ["check_and_mend", "require_closed"]


def check_and_mend(
    mesh: Mesh, *, name: str, degenerate_dropped: int = 0, engine: Engine | None = None
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

    Returns
    -------
    mesh : Mesh
        Mended, with its `neighbours` filled.
    report : MeshReport

    """
    faces = mesh.faces
    count = len(mesh.vertices)
    edges = connect(faces, count, engine=engine)
    welded = 0
    if edges.unpaired:
        closer = _welded(mesh.vertices, faces, edges.neighbours)
        if closer is not None:
            new_edges = connect(closer[0], count, engine=engine)
            if new_edges.unpaired < edges.unpaired:
                degenerate_dropped += len(faces) - len(closer[0])
                (faces, welded), edges = closer, new_edges
    duplicates = 0
    if edges.nonmanifold_edges:
        distinct = _first_of_duplicates(faces, edges.crowded)
        if len(distinct) < len(faces):
            fewer = read_only(faces[distinct])
            new_edges = connect(fewer, count, engine=engine)
            # Two bodies that share a face have it twice, and each needs its own.
            if new_edges.unpaired <= edges.unpaired:
                duplicates = len(faces) - len(distinct)
                faces, edges = fewer, new_edges
    neighbours = edges.neighbours
    if edges.nonmanifold_edges:
        neighbours = connect_by_angle(mesh.vertices, faces, edges)
    label, shells = label_shells(neighbours, engine=engine)
    volumes = shell_volumes(mesh.vertices, faces, label, shells)
    turned = np.empty(0, dtype=np.int64)
    if not edges.unpaired:
        turned = _inside_out_shells(mesh.vertices, faces, label, volumes)
        if len(turned):
            volumes[turned] *= -1
            faces, neighbours = _turn(faces, neighbours, np.isin(label, turned))
    mended = mesh.connected(faces, neighbours)
    report = MeshReport(
        triangles=len(faces),
        volume_mm3=math.fsum(volumes),
        size_mm=mended.size_mm,
        shells=shells,
        open_edges=edges.open_edges,
        # Each such edge was counted from both of its triangles.
        inconsistent_edges=(edges.inconsistent_edges + 1) // 2,
        nonmanifold_edges=edges.nonmanifold_edges,
        degenerate_dropped=degenerate_dropped,
        duplicates_dropped=duplicates,
        shells_turned=len(turned),
        vertices_welded=welded,
    )
    report = _located(report, mended, neighbours)
    return mended, replace(report, notices=_notices(report, name))


def require_closed(
    report: MeshReport, *, name: str, layer_thickness_mm: float | None = None, causes: Sequence[str] = ()
) -> None:
    """Refuse a mesh that encloses no definite volume.

    Parameters
    ----------
    causes : sequence of str
        What reading the file remarked and may explain the gaps.

    Raises
    ------
    MeshError
        E203 open, E208 contradicting triangles, E209 no volume.

    """
    if not report.is_watertight:
        place = report.open_edge_example_mm or (0.0, 0.0, 0.0)
        near = f"near ({place[0]:.4g}, {place[1]:.4g}, {place[2]:.4g}) mm"
        low, high = report.open_z_range_mm or (0.0, 0.0)
        reach = f"Layers between z = {low:.4g} and {high:.4g} mm of the file would have gaps"
        if layer_thickness_mm:
            count = int((high - low) / layer_thickness_mm) + 1
            reach = f"About {count} layers, z = {low:.4g} … {high:.4g} mm of the file, would have gaps"
        closing = ", so nothing was written."
        fix = "close the mesh in the CAD or a repair program and export it again"
        if causes:
            closing += " The likely cause: " + "; ".join(causes) + "."
            fix = "export the part again; the file is damaged"
        if report.open_edges:
            what = f"the mesh is open: {report.open_edges} boundary edges, one {near}"
            if report.inconsistent_edges:
                what += (
                    f"; {report.inconsistent_edges} edges between triangles that point in opposite directions"
                )
            raise MeshError(what, code="E203", where=name, why=reach + closing, fix=fix)
        raise MeshError(
            f"triangles point in different directions at {report.inconsistent_edges} edges, one {near}",
            code="E208",
            where=name,
            why="Inside and outside cannot be told apart there" + closing,
            fix="unify the normals in the CAD or a repair program and export it again",
        )
    if report.volume_mm3 <= 1e-9 * max(report.size_mm) ** 3:
        raise MeshError(
            f"the mesh encloses no volume ({report.volume_mm3:.3g} mm³)",
            code="E209",
            where=name,
            why="A surface without thickness cannot be built, so nothing was written.",
            fix="give it a thickness in the CAD and export a solid",
        )


#: Corners on open edges are welded when they lie within so many units in the last place of float32, taken
#: at the largest of their coordinates: what a file's rounding can tear apart.
WELD_ULPS = 2.0


def _welded(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], neighbours: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int] | None:
    """Faces with the corners on open edges welded, and how many corners went; None when none are close."""
    from scipy.spatial import KDTree

    where = np.argwhere(neighbours < 0)
    loose = np.unique(
        np.concatenate([faces[where[:, 0], where[:, 1]], faces[where[:, 0], (where[:, 1] + 1) % 3]])
    )
    tolerance = WELD_ULPS * float(np.abs(vertices[loose]).max()) * 2.0**-23
    pairs = KDTree(vertices[loose]).query_pairs(tolerance, output_type="ndarray")
    if not len(pairs):
        return None
    target = _lowest_of_group(len(loose), pairs)
    renumber = np.arange(len(vertices), dtype=np.int32)
    renumber[loose] = loose[target]
    closer = renumber[faces]
    whole = (closer != np.roll(closer, 1, axis=1)).all(axis=1)
    return read_only(closer[whole]), int((target != np.arange(len(loose))).sum())


def _lowest_of_group(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of `count` items the lowest one that a chain of pairs leads to."""
    lowest = np.arange(count)
    while True:
        before = lowest.copy()
        joined = np.minimum(lowest[pairs[:, 0]], lowest[pairs[:, 1]])
        np.minimum.at(lowest, pairs[:, 0], joined)
        np.minimum.at(lowest, pairs[:, 1], joined)
        if np.array_equal(before, lowest):
            return lowest


def _first_of_duplicates(faces: NDArray[np.int32], crowded: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the triangles that remain when those with the same corners in the same turn are dropped.

    crowded : (R,) int64
        Edges that more than two triangles share: in a closed mesh a triangle that lies on another has such.
    """
    candidates = np.unique(crowded // 3)
    corners = faces[candidates]
    smallest = corners.argmin(axis=1)
    turned = np.take_along_axis(corners, (smallest[:, None] + np.arange(3)) % 3, axis=1)
    _, first = np.unique(turned, axis=0, return_index=True)
    kept = np.ones(len(faces), dtype=np.bool_)
    kept[candidates] = False
    kept[candidates[first]] = True
    return np.flatnonzero(kept)


def _inside_out_shells(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    label: NDArray[np.int32],
    volumes: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Shells to turn: bodies that are inside out.

    From the largest to the smallest: a negative shell that lies in material, counting what was turned
    already, is a cavity; one that does not is a body inside out. Where such a body encloses positive shells,
    the part is inside out as a whole, and all that it encloses turns with it.
    """
    if not (volumes < 0).any():
        return np.empty(0, dtype=np.int64)
    corners = vertices[faces]
    low = np.full((len(volumes), 3), np.inf)
    high = np.full((len(volumes), 3), -np.inf)
    np.minimum.at(low, label, corners.min(axis=1))
    np.maximum.at(high, label, corners.max(axis=1))
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(len(volumes) + 1))

    def enclosing(candidates: NDArray[np.bool_], shell: int) -> list[int]:
        """Those of the candidates around a point of the shell."""
        x, y, z = corners[order[bounds[shell]]].mean(axis=0)
        found = []
        for outer in np.flatnonzero(candidates).tolist():
            own = read_only(faces[order[bounds[outer] : bounds[outer + 1]]])
            if abs(winding_number(vertices, own, np.ones(len(own), dtype=bool), x, y, z)) > 0.5:
                found.append(outer)
        return found

    sign = np.where(volumes < 0, -1, 1)
    turned: set[int] = set()
    for shell in np.argsort(-np.abs(volumes), kind="stable").tolist():
        if sign[shell] > 0:
            continue
        around = (low <= low[shell]).all(axis=1) & (high >= high[shell]).all(axis=1)
        around[shell] = False
        if sum(sign[outer] for outer in enclosing(around, shell)) > 0:
            continue
        within = (low >= low[shell]).all(axis=1) & (high <= high[shell]).all(axis=1)
        within[shell] = False
        inside = [
            inner for inner in np.flatnonzero(within).tolist() if enclosing(_only(shell, within), inner)
        ]
        group = [shell, *inside] if any(sign[inner] > 0 for inner in inside) else [shell]
        for one in group:
            sign[one] = -sign[one]
            turned ^= {one}
    return np.array(sorted(turned), dtype=np.int64)


def _only(index: int, like: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask = np.zeros_like(like)
    mask[index] = True
    return mask


def _turn(
    faces: NDArray[np.int32], neighbours: NDArray[np.int32], which: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Reverse triangles: corners (0, 2, 1), so edges 0-1, 1-2, 2-0 become the old 2, 1, 0."""
    faces = faces.copy()
    neighbours = neighbours.copy()
    faces[which] = faces[which][:, [0, 2, 1]]
    neighbours[which] = neighbours[which][:, [2, 1, 0]]
    return faces, neighbours


def _located(report: MeshReport, mesh: Mesh, neighbours: NDArray[np.int32]) -> MeshReport:
    """The report with where the mesh is open: the middle of one edge, lowest and highest point of all."""
    if report.is_watertight:
        return report
    where = np.argwhere(neighbours < 0)
    start = mesh.vertices[mesh.faces[where[:, 0], where[:, 1]]]
    end = mesh.vertices[mesh.faces[where[:, 0], (where[:, 1] + 1) % 3]]
    heights = np.concatenate([start[:, 2], end[:, 2]])
    x, y, z = (float(c) for c in (start[0] + end[0]) / 2)
    return replace(
        report,
        open_edge_example_mm=(x, y, z),
        open_z_range_mm=(float(heights.min()), float(heights.max())),
    )


def _notices(report: MeshReport, name: str) -> tuple[Notice, ...]:
    notices = []
    if report.duplicates_dropped:
        notices.append(
            Notice(
                "W210",
                f"{report.duplicates_dropped} triangles that lie on another were dropped",
                where=name,
                values={"triangles": report.duplicates_dropped},
            )
        )
    if report.vertices_welded:
        notices.append(
            Notice(
                "W217",
                f"{report.vertices_welded} corners that rounding had torn apart were welded",
                where=name,
                values={"vertices": report.vertices_welded},
            )
        )
    if report.shells_turned:
        bodies = "body was" if report.shells_turned == 1 else "bodies were"
        notices.append(
            Notice(
                "W211",
                f"{report.shells_turned} {bodies} inside out and turned round",
                where=name,
                values={"shells": report.shells_turned},
            )
        )
    if report.nonmanifold_edges and report.is_watertight:
        notices.append(
            Notice(
                "W213",
                f"{report.nonmanifold_edges} edges are shared by more than two triangles (bodies that touch)",
                where=name,
                values={"edges": report.nonmanifold_edges},
            )
        )
    return tuple(notices)
