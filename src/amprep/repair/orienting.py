"""Which way triangles point: single ones against their shell, and closed shells that are inside out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.connectivity import label_shells
from amprep.model.arrays import read_only
from amprep.repair.shells import Shells

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
    most of the shells next within such a body are positive, the part is inside out as a whole, and all that
    it encloses turns with it; else what is in it is right already.
    """
    if not (volumes < 0).any():
        return np.empty(0, dtype=np.int64)
    shells = Shells(vertices, faces, label, len(volumes))
    sign = np.where(volumes < 0, -1, 1)
    turned: set[int] = set()
    for shell in np.argsort(-np.abs(volumes), kind="stable").tolist():
        if sign[shell] > 0:
            continue
        around, within, across = shells.boxes_at(shell)
        if sum(sign[outer] for outer in shells.enclosing(around, shell)) > 0:
            continue
        # A cavity that is meant to be open sticks out of its body, be it by rounding only.
        if sum(sign[outer] for outer in shells.enclosing(across, shell, deep=True)) > 0:
            continue
        inside = [inner for inner in within if shells.enclosing([shell], inner)]
        for one in [shell, *inside] if _is_whole(shells, inside, sign) else [shell]:
            sign[one] = -sign[one]
            turned ^= {one}
    return np.array(sorted(turned), dtype=np.int64)


def _is_whole(shells: Shells, inside: list[int], sign: NDArray[np.int64]) -> bool:
    """Whether less contradicts if a body inside out is turned with all that lies in it.

    Turned alone, it contradicts those next within it that are positive; with all, those that are negative.
    """
    next_within = inside
    if len({int(sign[inner]) for inner in inside}) > 1:
        held = set(inside)
        next_within = [
            inner
            for inner in inside
            if not shells.enclosing([outer for outer in shells.boxes_at(inner)[0] if outer in held], inner)
        ]
    return sum(int(sign[inner]) for inner in next_within) > 0


def turn(
    faces: NDArray[np.int32], neighbours: NDArray[np.int32], which: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Reverse triangles: corners (0, 2, 1), so edges 0-1, 1-2, 2-0 become the old 2, 1, 0."""
    faces = faces.copy()
    neighbours = neighbours.copy()
    faces[which] = faces[which][:, [0, 2, 1]]
    neighbours[which] = neighbours[which][:, [2, 1, 0]]
    return faces, neighbours
