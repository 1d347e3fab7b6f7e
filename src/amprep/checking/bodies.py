"""Findings about shells: overlapping, touching, nested, cavities, and dust."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.finding import Finding, Severity
from amprep.checking.limits import DUST_SIZE_MM, DUST_VOLUME_MM3
from amprep.checking.wording import counted, place_text
from amprep.kernels.enclosure import winding_by_shell
from amprep.kernels.intersections import FLAT
from amprep.model.arrays import read_only
from amprep.model.wording import measure_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.checking.intersections import Crossings
    from amprep.checking.part import Part
    from amprep.model.mesh import Mesh

__all__ = [
    "Nesting",
    "body_findings",
    "boxes_of_shells",
    "crossing_findings",
    "nesting_of",
    "windings_around",
    "windings_at",
]


#: Places of a shell that must all lie within others; one may lie just where two shells touch.
_PLACES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Nesting:
    """Which shell lies in which, judged by three places of each; all arrays read-only.

    windings : (S,) int64
        How often the other shells wind around each shell: 1 in material, 0 in powder; the
        least of its places.
    surrounded : (S,) bool
        Whether any shell winds around all its places, be it with a void between.
    low_mm, high_mm : (S, 3) float64
        Boxes of the shells.
    """

    windings: NDArray[np.int64]
    surrounded: NDArray[np.bool_]
    low_mm: NDArray[np.float64]
    high_mm: NDArray[np.float64]


def nesting_of(part: Part) -> Nesting:
    """Look up the middle of a triangle of each shell in all others."""
    shells = len(part.volumes_mm3)
    low, high = boxes_of_shells(part.mesh, part.label, shells)
    windings, surrounded = windings_around(part, np.ones(shells, dtype=np.bool_))
    return Nesting(read_only(windings), read_only(surrounded), read_only(low), read_only(high))


def boxes_of_shells(
    mesh: Mesh, label: NDArray[np.int32], shells: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Low and high corners of the shells' boxes, each (S, 3) float64, mm; `label` is (F,) int32."""
    low, high = np.full((3, shells), np.inf), np.full((3, shells), -np.inf)
    for axis in range(3):
        a, b, c = (mesh.vertices[mesh.faces[:, i], axis] for i in range(3))
        np.minimum.at(low[axis], label, np.minimum(np.minimum(a, b), c))
        np.maximum.at(high[axis], label, np.maximum(np.maximum(a, b), c))
    return np.ascontiguousarray(low.T), np.ascontiguousarray(high.T)


def windings_around(part: Part, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How the other shells wind around those chosen, as of `Nesting`; `chosen` is (S,) bool.

    Returns
    -------
    windings : (N,) int64
        Of the shells chosen, ascending.
    surrounded : (N,) bool

    """
    own = np.repeat(np.flatnonzero(chosen).astype(np.int32), _PLACES)
    windings, surrounded = windings_at(part, _places(part, chosen), own)
    return (
        windings.reshape(-1, _PLACES).min(axis=1),
        np.asarray(surrounded.reshape(-1, _PLACES).all(axis=1)),
    )


def windings_at(
    part: Part, points: NDArray[np.float64], own: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How often the shells of a closed mesh wind around points.

    Parameters
    ----------
    points : (N, 3) float64, mm
    own : (N,) int32
        A shell to leave out for each point, or -1.

    Returns
    -------
    windings : (N,) int64
    surrounded : (N,) bool
        Whether any shell winds around it.

    """
    shells = len(part.volumes_mm3)
    everything = read_only(np.concatenate([part.mesh.vertices, points]))
    own = read_only(own)
    rows = np.empty((0, 3), dtype=np.int32)
    room = 4 * len(points) + 64
    found = -1
    while found < 0:
        rows = np.empty((room, 3), dtype=np.int32)
        found = winding_by_shell(
            everything,
            part.mesh.faces,
            part.label,
            part.tree.order,
            part.tree.boxes,
            part.tree.nodes,
            len(part.mesh.vertices),
            own,
            np.zeros(shells, dtype=np.int32),
            rows,
        )
        room *= 4
    rows = rows[:found]
    windings = np.zeros(len(points), dtype=np.int64)
    np.add.at(windings, rows[:, 0], rows[:, 2])
    surrounded = np.zeros(len(points), dtype=np.bool_)
    surrounded[rows[:, 0]] = True
    return windings, surrounded


def _places(part: Part, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N · `_PLACES`, 3) float64, mm: middles of the largest, leftmost and rightmost triangle of shells."""
    triangles = np.flatnonzero(chosen[part.label])
    shell = (np.cumsum(chosen) - 1)[part.label[triangles]]
    corners = part.mesh.vertices[part.mesh.faces[triangles]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middles = corners.mean(axis=1)
    places = np.empty((int(chosen.sum()), _PLACES), dtype=np.int64)
    for i, rank in enumerate(((normals**2).sum(axis=1), -middles[:, 0], middles[:, 0])):
        most = np.full(len(places), -np.inf)
        np.maximum.at(most, shell, rank)
        # Of equal ones the last.
        first = np.flatnonzero(rank == most[shell])
        places[shell[first], i] = first
    return np.asarray(middles[places.reshape(-1)])


def crossing_findings(part: Part, crossings: Crossings) -> list[Finding]:
    """W242 within a shell, W214 between shells, W251 shells that only touch."""
    pairs = crossings.pairs
    if not len(pairs):
        return []
    f, g, kind = pairs.T
    both = [part.mesh.vertices[part.mesh.faces[t]] for t in (f, g)]
    same = part.label[f] == part.label[g]
    normals = [np.cross(of[:, 1] - of[:, 0], of[:, 2] - of[:, 0]) for of in both]
    against = (normals[0] * normals[1]).sum(axis=1) < 0
    low = np.maximum(both[0].min(axis=1), both[1].min(axis=1))
    high = np.minimum(both[0].max(axis=1), both[1].max(axis=1))
    touching = ~same & (kind == FLAT) & against
    overlapping = ~same & ~touching
    crowd = _shell_pairs(part, f[overlapping], g[overlapping])
    meeting = _shell_pairs(part, f[touching], g[touching]) - crowd
    more = "" if crossings.is_complete else "at least "
    findings = []
    if meeting:
        text = f"{more}{counted(len(meeting), 'pair')} of bodies lie flat on each other"
        why = "They are built as one; where they should stay apart they need a gap."
        found = Finding("W251", Severity.NOTE, text, why=why, count=len(meeting))
        findings.append(_with_place(found, part, low[touching], high[touching]))
    if same.any():
        own, flat = int(same.sum()), int((same & (kind == FLAT)).sum())
        text = f"the surface cuts through itself: {more}{counted(own, 'pair')} of triangles"
        text += f", {flat} of them flat on each other" if flat else ""
        why = "What is inside is decided by the winding number, which may not be what was drawn."
        fix = "unite the bodies in the CAD and export again; slicing unites what overlaps"
        found = Finding("W242", Severity.WARNING, text, why=why, fix=fix, count=own)
        findings.append(_with_place(found, part, low[same], high[same]))
    if crowd:
        triangles = counted(int(overlapping.sum()), "pair")
        text = f"{more}{counted(len(crowd), 'pair')} of bodies overlap, with {triangles} of triangles"
        why = "They are merged when they are sliced: where they overlap is melted once."
        fix = "unite the bodies in the CAD, or leave it to the merging"
        found = Finding("W214", Severity.WARNING, text, why=why, fix=fix, count=len(crowd))
        findings.append(_with_place(found, part, low[overlapping], high[overlapping]))
    return findings


def _shell_pairs(part: Part, f: NDArray[np.int32], g: NDArray[np.int32]) -> set[tuple[int, int]]:
    both = np.sort(np.column_stack([part.label[f], part.label[g]]), axis=1)
    return {(int(a), int(b)) for a, b in np.unique(both, axis=0).tolist()}


def _with_place(finding: Finding, part: Part, low: NDArray[np.float64], high: NDArray[np.float64]) -> Finding:
    """The finding with the middle of the largest pair's common box, and the heights of all pairs."""
    sizes = np.sqrt(((high - low) ** 2).sum(axis=1))
    worst = int(sizes.argmax())
    x, y, z = (float(c) for c in (low[worst] + high[worst]) / 2)
    span = float(low[:, 2].min()), float(high[:, 2].max())
    return replace(
        finding,
        text=f"{finding.text}, the largest up to {sizes[worst]:.2g} mm across near {place_text((x, y, z))}",
        place_mm=(x, y, z),
        z_range_mm=span,
        layers=part.layers(*span),
        values={"triangle_pairs": len(low), "largest_mm": round(float(sizes[worst]), 6)},
    )


def body_findings(part: Part, nesting: Nesting, crossings: Crossings) -> list[Finding]:
    """W243 voids that keep their powder, W248 bodies within material, W249 bodies loose in a void, W241 dust.

    For closed meshes. Voids that arise only where bodies meet are not seen; shells that cut through another
    are neither in it nor outside.
    """
    volumes = part.volumes_mm3
    if len(volumes) < 2:
        return []
    tiny = (np.abs(volumes) < DUST_VOLUME_MM3) | (
        (nesting.high_mm - nesting.low_mm).max(axis=1) < DUST_SIZE_MM
    )
    tiny[int(np.abs(volumes).argmax())] = False
    # Walls that two bodies share are connected to shells without content, and told as W213.
    tiny &= ~_cancelling(part)
    f, g, _ = crossings.pairs.T
    parted = part.label[f] != part.label[g]
    tiny_or_cut = tiny.copy()
    tiny_or_cut[part.label[f[parted]]] = True
    tiny_or_cut[part.label[g[parted]]] = True
    is_body = volumes > 0
    winding = nesting.windings
    void_mm3 = -float(volumes[(volumes < 0) & (winding > 0) & ~tiny_or_cut].sum())
    groups = {
        "W248": is_body & (winding > 0) & ~tiny_or_cut,
        "W241": tiny,
        "W249": is_body & (winding == 0) & nesting.surrounded & ~tiny_or_cut,
        "W243": (volumes < 0) & (winding > 0) & ~tiny_or_cut,
    }
    return [
        _shells_finding(part, nesting, code, which, {"void_volume_mm3": void_mm3} if code == "W243" else {})
        for code, which in groups.items()
        if which.any()
    ]


def _cancelling(part: Part) -> NDArray[np.bool_]:
    """(S,) bool: shells each of whose triangles lies on another one of the same shell."""
    corners = np.sort(part.mesh.faces, axis=1)
    keyed = np.concatenate([part.label[:, None], corners], axis=1)
    _, group, size = np.unique(keyed, axis=0, return_inverse=True, return_counts=True)
    alone = size[group.reshape(-1)] < 2
    cancelling = np.ones(len(part.volumes_mm3), dtype=np.bool_)
    cancelling[part.label[alone]] = False
    return cancelling


def _words(code: str, count: int, void_mm3: float) -> tuple[str, str, str]:
    """Text, reason and fix of a finding about shells."""
    if code == "W248":
        return (
            f"{counted(count, 'body lies', 'bodies lie')} within another's material",
            "It adds nothing: the place is melted once.",
            "if a hollow was meant, turn its surface inwards in the CAD",
        )
    if code == "W241":
        limits = f"under {DUST_VOLUME_MM3:g} mm³, or under {DUST_SIZE_MM:g} mm in every direction"
        return (
            f"{counted(count, 'shell is', 'shells are')} dust: {limits}",
            "Such bodies are mostly left over from an export, and are too small to be built.",
            "delete them in the CAD and export again",
        )
    if code == "W249":
        return (
            f"{counted(count, 'body lies', 'bodies lie')} loose in a closed void",
            "It cannot be taken out, and begins in powder.",
            "open the void, or join the body to its wall",
        )
    void = measure_text(void_mm3, 4)
    return (
        f"{counted(count, 'closed void')} that powder cannot leave, {void} mm³ in all",
        "The powder in it stays there, loose, for the life of the part.",
        "give it an opening, better two, for the powder to leave",
    )


def _shells_finding(
    part: Part, nesting: Nesting, code: str, which: NDArray[np.bool_], values: dict[str, float]
) -> Finding:
    """A finding about shells; its place is the middle of the largest one's box."""
    chosen = np.flatnonzero(which)
    largest = int(chosen[np.abs(part.volumes_mm3[chosen]).argmax()])
    x, y, z = (float(c) for c in (nesting.low_mm[largest] + nesting.high_mm[largest]) / 2)
    span = float(nesting.low_mm[chosen, 2].min()), float(nesting.high_mm[chosen, 2].max())
    text, why, fix = _words(code, len(chosen), values.get("void_volume_mm3", 0.0))
    return Finding(
        code,
        Severity.NOTE if code == "W248" else Severity.WARNING,
        f"{text}, the largest around {place_text((x, y, z))}",
        why=why,
        fix=fix,
        count=len(chosen),
        place_mm=(x, y, z),
        z_range_mm=span,
        layers=part.layers(*span),
        values={"shells": len(chosen), "largest_mm3": abs(float(part.volumes_mm3[largest])), **values},
    )
