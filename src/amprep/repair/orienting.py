"""Which way triangles point: single ones against their shell, and closed shells that are inside out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.connectivity import label_shells
from amprep.kernels.shells import winding_number
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.connectivity import Connected

__all__ = ["against_their_shell", "inside_out_shells", "turn"]


def against_their_shell(faces: NDArray[np.int32], edges: Connected) -> NDArray[np.bool_]:
    """(F,) bool: the triangles to turn so that those on both sides of every edge point alike.

    Triangles that agree over their edges are one patch; patches that contradict each other over an edge of
    theirs get opposite signs. In each surface the sign with fewer triangles is turned. A surface that has no
    two sides, as a Möbius strip, is left as it is.
    """
    alike = edges.neighbours.reshape(-1).copy()
    alike[edges.crowded] = -1
    patch, patches = label_shells(read_only(alike.reshape(-1, 3)))
    loose = np.setdiff1d(np.flatnonzero(edges.neighbours.reshape(-1) < 0), edges.crowded)
    face, side = loose // 3, loose % 3
    a, b = faces[face, side].astype(np.int64), faces[face, (side + 1) % 3].astype(np.int64)
    _, group, size = np.unique(
        np.minimum(a, b) * (int(faces.max()) + 1) + np.maximum(a, b), return_inverse=True, return_counts=True
    )
    order = np.argsort(group, kind="stable")
    twins = order[size[group[order]] == 2].reshape(-1, 2)
    against: dict[int, set[int]] = {}
    for p, q in patch[face[twins]].tolist():
        against.setdefault(p, set()).add(q)
        against.setdefault(q, set()).add(p)
    weight = np.bincount(patch, minlength=patches)
    turned = np.zeros(patches, dtype=np.bool_)
    for one in _fewer(against, weight.tolist()):
        turned[one] = True
    return turned[patch]


def _fewer(against: dict[int, set[int]], weight: list[int]) -> list[int]:
    """Patches to turn: in each group of contradicting patches those of the sign with fewer triangles."""
    sign: dict[int, int] = {}
    found: list[int] = []
    for seed in sorted(against):
        if seed in sign:
            continue
        sign[seed] = 1
        group, two_sided = [seed], True
        for one in group:
            for other in sorted(against[one]):
                if other not in sign:
                    sign[other] = -sign[one]
                    group.append(other)
                two_sided = two_sided and sign[other] == -sign[one]
        if two_sided:
            plus = sum(weight[one] for one in group if sign[one] > 0)
            minus = sum(weight[one] for one in group if sign[one] < 0)
            found += [one for one in group if sign[one] == (-1 if minus <= plus else 1)]
    return found


def inside_out_shells(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    label: NDArray[np.int32],
    volumes: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Numbers of the shells to turn, ascending: bodies that are inside out.

    From the largest to the smallest: a negative shell that lies in material, counting what was turned
    already, is a cavity, also where it sticks out a little; one that does not is a body inside out. Where
    such a body encloses positive shells, the part is inside out as a whole, and all that it encloses turns
    with it.
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

    def enclosing(candidates: NDArray[np.bool_], shell: int, *, deep: bool = False) -> list[int]:
        """Those of the candidates that most of the shell lies in, or with `deep` most of what it encloses."""
        around = np.flatnonzero(candidates).tolist()
        if not around:
            return []
        own_corners = corners[order[bounds[shell] : bounds[shell + 1]]]
        points, areas = _samples(own_corners)
        if deep:
            points, areas = _chord_middles(own_corners, points, areas)
        triangles = (read_only(faces[order[bounds[outer] : bounds[outer + 1]]]) for outer in around)
        return [
            outer
            for outer, own in zip(around, triangles, strict=True)
            if _lies_in(vertices, own, points, areas)
        ]

    sign = np.where(volumes < 0, -1, 1)
    turned: set[int] = set()
    for shell in np.argsort(-np.abs(volumes), kind="stable").tolist():
        if sign[shell] > 0:
            continue
        around = (low <= low[shell]).all(axis=1) & (high >= high[shell]).all(axis=1)
        around[shell] = False
        if sum(sign[outer] for outer in enclosing(around, shell)) > 0:
            continue
        # A cavity that is meant to be open sticks out of its body, be it by rounding only.
        within = (low >= low[shell]).all(axis=1) & (high <= high[shell]).all(axis=1)
        across = (low < high[shell]).all(axis=1) & (high > low[shell]).all(axis=1) & ~around & ~within
        if sum(sign[outer] for outer in enclosing(across, shell, deep=True)) > 0:
            continue
        within[shell] = False
        inside = [
            inner for inner in np.flatnonzero(within).tolist() if enclosing(_only(shell, within), inner)
        ]
        group = [shell, *inside] if any(sign[inner] > 0 for inner in inside) else [shell]
        for one in group:
            sign[one] = -sign[one]
            turned ^= {one}
    return np.array(sorted(turned), dtype=np.int64)


#: Triangles of a shell that are looked at; fewer where they agree and looking at one is dear, as the shell
#: around has very many triangles.
_MANY, _FEW, _VERY_MANY = 24, 3, 20_000


def _samples(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles of some triangles, spread over the shell, in an order that does not depend on theirs; areas.

    corners : (F, 3, 3) float64, mm
    """
    middles = corners.mean(axis=1)
    chosen = np.lexsort(middles.T)
    if len(chosen) > _MANY:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _MANY).astype(np.int64)]
    # The first few lie far apart: lowest, highest, middle.
    first = [0, len(chosen) - 1, len(chosen) // 2]
    chosen = chosen[[*first, *(i for i in range(len(chosen)) if i not in first)]]
    a, b, c = (corners[chosen, i] for i in range(3))
    return middles[chosen], np.linalg.norm(np.cross(b - a, c - a), axis=1)


def _chord_middles(
    corners: NDArray[np.float64], points: NDArray[np.float64], areas: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles of the chords that begin at points of a shell, at right angles to it; with the areas there.

    corners : (F, 3, 3) float64, mm
        The shell, whose corners run clockwise seen from outside: it is negative.
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v = b - a, c - a
    normal = np.cross(u, v)
    middles, kept = [], []
    for point, area in zip(points, areas, strict=True):
        at = int(np.abs(corners.mean(axis=1) - point).sum(axis=1).argmin())
        length = float(np.linalg.norm(normal[at]))
        if length == 0.0:
            continue
        direction = normal[at] / length
        # Where the ray meets the plane of each triangle, and whether within it.
        slope = normal @ direction
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = ((a - point) * normal).sum(axis=1) / slope
            hit = point + distance[:, None] * direction - a
            along_u = (np.cross(hit, v) * normal).sum(axis=1) / (normal**2).sum(axis=1)
            along_v = (np.cross(u, hit) * normal).sum(axis=1) / (normal**2).sum(axis=1)
            met = (along_u >= 0) & (along_v >= 0) & (along_u + along_v <= 1) & (distance > 0) & (slope != 0)
        met[at] = False
        if met.any():
            middles.append(point + 0.5 * float(distance[met].min()) * direction)
            kept.append(float(area))
    return np.array(middles).reshape(-1, 3), np.array(kept)


def _lies_in(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    points: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> bool:
    """Whether most of a shell lies in that of `faces`, judged by points on it; those on both do not count."""
    everywhere = np.ones(len(faces), dtype=np.bool_)
    inside = outside = 0.0
    for i, (x, y, z) in enumerate(points.tolist()):
        if i >= _FEW and len(faces) > _VERY_MANY and bool(inside) != bool(outside):
            break
        winding = abs(winding_number(vertices, faces, everywhere, x, y, z))
        if abs(winding - round(winding)) > 0.1:
            continue
        if winding > 0.5:
            inside += float(areas[i])
        else:
            outside += float(areas[i])
    return inside > outside


def _only(index: int, like: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask = np.zeros_like(like)
    mask[index] = True
    return mask


def turn(
    faces: NDArray[np.int32], neighbours: NDArray[np.int32], which: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Reverse triangles: corners (0, 2, 1), so edges 0-1, 1-2, 2-0 become the old 2, 1, 0."""
    faces = faces.copy()
    neighbours = neighbours.copy()
    faces[which] = faces[which][:, [0, 2, 1]]
    neighbours[which] = neighbours[which][:, [2, 1, 0]]
    return faces, neighbours
