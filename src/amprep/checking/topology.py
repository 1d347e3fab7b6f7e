"""Findings about how triangles hang together: holes, contradictions, T-junctions, triangles without area."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.finding import Finding, NotExamined, Severity
from amprep.checking.wording import counted, place_text
from amprep.connectivity import connect
from amprep.model.arrays import box_of
from amprep.model.mending import Mending
from amprep.repair import repair_command, tolerance_that_closes_mm
from amprep.repair.verdict import encloses_nothing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.checking.part import Part
    from amprep.engines import Engine
    from amprep.model.notice import Notice

__all__ = ["JUNCTION_MM", "hole_of_each", "topology_findings"]

#: A corner this close to the inside of an open edge makes a T-junction, and so far from its ends.
JUNCTION_MM = 1e-3

#: Open edges beyond which T-junctions are not looked for.
_MOST_OPEN = 50_000

#: A triangle is without area when its height is at most so many units in the last place of float32, taken
#: at the largest coordinate: the rounding of a file makes a line of it.
_FLAT_ULPS = 1.0


def topology_findings(part: Part, *, engine: Engine | None = None) -> tuple[list[Finding], list[NotExamined]]:
    """What reading, mending and the edges of the triangles show.

    Holes are E203, triangles that contradict each other E208, no volume E209, T-junctions W240, triangles
    without area W250; what reading and mending remarked keeps its code.
    """
    notices = (*part.source.notices, *part.report.notices)
    findings = [_from_notice(notice) for notice in notices]
    left_out: list[NotExamined] = []
    flat = _without_area(part)
    if flat is not None:
        findings.append(flat)
    if part.report.nonmanifold_edges and not any(finding.code == "W213" for finding in findings):
        findings.append(_crowded(part))
    findings = [
        _located_crowd(finding, part, engine) if finding.code == "W213" else finding for finding in findings
    ]
    torn = part if part.as_read is None else replace(part, mesh=part.as_read)
    torn_edges = np.argwhere(torn.neighbours < 0)
    if len(torn_edges) > _MOST_OPEN:
        left_out.append(NotExamined("T-junctions", f"more than {_MOST_OPEN} open edges"))
    elif len(torn_edges):
        junctions = _junctions(torn, *_ends(torn, torn_edges))
        if junctions is not None and torn is not part:
            junctions = replace(junctions, fix="none is needed where slicing closes it, see W270")
        findings += [junctions] if junctions is not None else []
    open_edges = np.argwhere(part.neighbours < 0)
    if not len(open_edges):
        if encloses_nothing(part.report):
            findings.append(_no_volume(part))
        return findings, left_out
    start, end = _ends(part, open_edges)
    contradicting = _contradicting(part, open_edges)
    fix = _closing(part, engine)
    if contradicting.any():
        findings.append(_contradiction(part, start[contradicting], end[contradicting], fix))
    if not contradicting.all():
        findings.append(_holes(part, open_edges[~contradicting], fix))
    left_out.append(NotExamined("voids, nested bodies and layers", "the mesh is not closed"))
    return findings, left_out


def _from_notice(notice: Notice) -> Finding:
    numbers = [value for value in notice.values.values() if isinstance(value, int)]
    return Finding(
        notice.code,
        Severity.WARNING,
        notice.text,
        fix=notice.hint,
        count=numbers[0] if numbers else 1,
        values=notice.values,
    )


def _ends(part: Part, edges: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First and last corner of edges given by triangle and number."""
    faces = part.mesh.faces
    return faces[edges[:, 0], edges[:, 1]], faces[edges[:, 0], (edges[:, 1] + 1) % 3]


def _contradicting(part: Part, open_edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) bool: open edges that another triangle has in the same direction."""
    start, end = (ids.astype(np.int64) for ids in _ends(part, open_edges))
    keys = start * len(part.mesh.vertices) + end
    faces = part.mesh.faces.astype(np.int64)
    everywhere = (faces * len(part.mesh.vertices) + np.roll(faces, -1, axis=1)).reshape(-1)
    everywhere.sort()
    twice = np.searchsorted(everywhere, keys, "right") - np.searchsorted(everywhere, keys, "left")
    return np.asarray(twice > 1)


def _mending(part: Part, option: str = "") -> str:
    """The command that mends the part's file; empty where the file holds several parts."""
    source = part.source
    if source.item is not None:
        return ""
    unit = source.unit if source.unit_origin == "given" else None
    return repair_command(source.path, unit, f"CLOSED.stl {option}".rstrip())


def _closing(part: Part, engine: Engine | None) -> str:
    """What closes the part, as slicing says it: a command, or the CAD alone where no hole is filled."""
    closing_tolerance_mm = tolerance_that_closes_mm(part.mesh, part.report, Mending(), engine=engine)
    option = "--fill-holes"
    if closing_tolerance_mm is not None:
        option = f"--crack-tolerance {closing_tolerance_mm * 1000:g}um"
    elif part.report.inconsistent_edges:
        return "make it a solid in the CAD and export it again"
    command = _mending(part, option) or f"slice it with {option}"
    return f"{command}, or close it in the CAD and export it again"


def _holes(part: Part, open_edges: NDArray[np.int64], fix: str) -> Finding:
    """E203: the loops of open edges, and where the largest is."""
    start, end = _ends(part, open_edges)
    loop = hole_of_each(start, end)
    vertices = part.mesh.vertices
    points = np.concatenate([vertices[start], vertices[end]])
    label = np.concatenate([loop, loop])
    holes = int(loop.max()) + 1
    low, high = np.full((holes, 3), np.inf), np.full((holes, 3), -np.inf)
    np.minimum.at(low, label, points)
    np.maximum.at(high, label, points)
    sizes = np.linalg.norm(high - low, axis=1)
    worst = int(sizes.argmax())
    edge = int(np.flatnonzero(loop == worst)[0])
    place = _place((vertices[start[edge]] + vertices[end[edge]]) / 2)
    heights = float(points[:, 2].min()), float(points[:, 2].max())
    return Finding(
        "E203",
        Severity.ERROR,
        f"the mesh is open: {counted(holes, 'hole')}, {counted(len(open_edges), 'boundary edge')}, the "
        f"largest {sizes[worst]:.3g} mm across near {place_text(place)}",
        why="Inside and outside cannot be told apart there, so the layers would have gaps.",
        fix=fix,
        count=holes,
        place_mm=place,
        z_range_mm=heights,
        layers=part.layers(*heights),
        values={
            "holes": holes,
            "boundary_edges": len(open_edges),
            "largest_hole_mm": round(float(sizes[worst]), 6),
        },
    )


def hole_of_each(start: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.int64]:
    """(n,) int64: number of the hole that each open edge bounds, from its first and its last corner.

    Open edges follow each other from corner to corner; a walk that comes back to a corner has closed a ring,
    so that holes which meet in a corner are two. What does not close is one hole per walk.
    """
    starts, ends = start.tolist(), end.tolist()
    leaving: dict[int, list[int]] = {}
    for n in range(len(starts) - 1, -1, -1):
        leaving.setdefault(starts[n], []).append(n)
    loop = np.full(len(starts), -1, dtype=np.int64)
    holes = 0
    for seed in starts:
        if not leaving.get(seed):
            continue
        walk: list[int] = []
        place = {seed: 0}
        corner = seed
        while leaving.get(corner):
            walk.append(leaving[corner].pop())
            corner = ends[walk[-1]]
            if corner in place:
                ring = walk[place[corner] :]
                loop[ring] = holes
                holes += 1
                for n in ring:
                    place.pop(starts[n], None)
                del walk[len(walk) - len(ring) :]
            place[corner] = len(walk)
        if walk:
            loop[walk] = holes
            holes += 1
    return loop


def _contradiction(part: Part, start: NDArray[np.int32], end: NDArray[np.int32], fix: str) -> Finding:
    """E208: edges whose triangles all point the same way."""
    vertices = part.mesh.vertices
    edges = len(np.unique(np.column_stack([np.minimum(start, end), np.maximum(start, end)]), axis=0))
    heights = np.concatenate([vertices[start, 2], vertices[end, 2]])
    span = float(heights.min()), float(heights.max())
    place = _place((vertices[start[0]] + vertices[end[0]]) / 2)
    return Finding(
        "E208",
        Severity.ERROR,
        f"triangles point in different directions at {counted(edges, 'edge')}, one near {place_text(place)}",
        why="Inside and outside cannot be told apart there.",
        fix=fix,
        count=edges,
        place_mm=place,
        z_range_mm=span,
        layers=part.layers(*span),
        values={"edges": edges},
    )


def _no_volume(part: Part) -> Finding:
    return Finding(
        "E209",
        Severity.ERROR,
        f"the mesh encloses no volume ({part.report.volume_mm3:.3g} mm³)",
        why="A surface without thickness cannot be built.",
        fix="give it a thickness in the CAD and export a solid",
        values={"volume_mm3": part.report.volume_mm3},
    )


def _without_area(part: Part) -> Finding | None:
    """W250: triangles whose corners lie on a line as far as the file's rounding goes."""
    vertices, faces = part.mesh.vertices, part.mesh.faces
    if not len(faces):
        return None
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    u, v = b - a, c - a
    double_area = np.sqrt((np.cross(u, v) ** 2).sum(axis=1))
    longest = np.sqrt(
        np.maximum(np.maximum((u**2).sum(axis=1), (v**2).sum(axis=1)), ((c - b) ** 2).sum(axis=1))
    )
    tolerance = _FLAT_ULPS * float(np.abs(part.mesh.bounds_mm).max()) * 2.0**-23
    flat = np.flatnonzero(double_area <= tolerance * longest)
    if not len(flat):
        return None
    place = _place(vertices[faces[flat[0]]].mean(axis=0))
    return Finding(
        "W250",
        Severity.NOTE,
        f"{counted(len(flat), 'triangle')} without area, one near {place_text(place)}",
        why="They close the mesh and melt nothing.",
        count=len(flat),
        place_mm=place,
        values={"triangles": len(flat)},
    )


def _crowded(part: Part) -> Finding:
    count = part.report.nonmanifold_edges
    edges = "edge is" if count == 1 else "edges are"
    return Finding(
        "W213",
        Severity.WARNING,
        f"{count} {edges} shared by more than two triangles (bodies that touch)",
        count=count,
        values={"edges": count},
    )


def _located_crowd(finding: Finding, part: Part, engine: Engine | None) -> Finding:
    """The finding with where one of the edges is, and the layers that they touch."""
    faces, vertices = part.mesh.faces, part.mesh.vertices
    crowded = connect(faces, len(vertices), engine=engine).crowded
    if not len(crowded):
        return finding
    face, side = crowded // 3, crowded % 3
    corners = np.stack([vertices[faces[face, side]], vertices[faces[face, (side + 1) % 3]]])
    low, high = box_of(corners.reshape(-1, 3))
    span = float(low[2]), float(high[2])
    return replace(
        finding, place_mm=_place(corners[:, 0].mean(axis=0)), z_range_mm=span, layers=part.layers(*span)
    )


def _junctions(part: Part, start: NDArray[np.int32], end: NDArray[np.int32]) -> Finding | None:
    """W240: corners of open edges that lie on the inside of another open edge."""
    from scipy.spatial import KDTree

    vertices = part.mesh.vertices
    corners = np.unique(np.concatenate([start, end]))
    a, b = vertices[start], vertices[end]
    length = np.linalg.norm(b - a, axis=1)
    near = KDTree(vertices[corners]).query_ball_point((a + b) / 2, length / 2 + JUNCTION_MM)
    found: set[int] = set()
    for n, candidates in enumerate(near):
        if length[n] <= 2 * JUNCTION_MM:
            continue
        ids = corners[candidates]
        offset = vertices[ids] - a[n]
        direction = (b[n] - a[n]) / length[n]
        along = offset @ direction
        aside = np.linalg.norm(offset - along[:, None] * direction, axis=1)
        inside = (aside <= JUNCTION_MM) & (along > JUNCTION_MM) & (along < length[n] - JUNCTION_MM)
        found.update(ids[inside].tolist())
    if not found:
        return None
    ids = np.array(sorted(found))
    place = _place(vertices[ids[0]])
    span = float(vertices[ids, 2].min()), float(vertices[ids, 2].max())
    return Finding(
        "W240",
        Severity.WARNING,
        f"{counted(len(ids), 'T-junction')}: a corner on the inside of an open edge, one at "
        f"{place_text(place)}",
        why="The triangles on both sides were divided differently, so the edge is open in the file.",
        fix=f"{command}, or export it again with one tessellation"
        if (command := _mending(part))
        else "export it again with one tessellation",
        count=len(ids),
        place_mm=place,
        z_range_mm=span,
        layers=part.layers(*span),
        values={"corners": len(ids), "tolerance_mm": JUNCTION_MM},
    )


def _place(point: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(c) for c in point)
    return x, y, z
