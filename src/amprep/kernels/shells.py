"""Shells of a mesh: triangles that hang together over their edges, and what encloses a point.

Algorithm
    `join_shells` is a union of sets, each known by its lowest triangle; ranges of triangles can be joined
    side by side, and then the ranges with each other. `winding_number` sums the solid angles of the triangles
    seen from a point (van Oosterom and Strackee 1983, doi:10.1109/TBME.1983.325207) over 4 pi.

Degeneracy rule
    A triangle without neighbours is a shell of its own. A point on a triangle gives any of the
    winding numbers beside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["join_shells", "number_shells", "shell_volumes", "winding_number"]


@kernel
def join_shells(
    neighbours: NDArray[np.int32], begin: int, end: int, low: int, high: int, parent: NDArray[np.int32]
) -> None:
    """Join the triangles begin … end - 1 with their neighbours among low … high - 1.

    neighbours : (F, 3) int32
    parent : (F,) int32
        At first each triangle's own number; a chain of parents leads down to the lowest triangle of a set;
        written.
    """
    for f in range(begin, end):
        root = parent[f]
        while parent[root] != root:
            root = parent[root]
        for i in range(3):
            g = neighbours[f, i]
            if g >= f or g < low or g >= high:
                continue
            other = parent[g]
            if other == root:
                continue
            while parent[other] != other:
                parent[other] = parent[parent[other]]
                other = parent[other]
            parent[g] = other
            if other < root:
                parent[root] = other
                root = other
            else:
                parent[other] = root
        parent[f] = root


@kernel
def number_shells(parent: NDArray[np.int32]) -> int:
    """Turn parents into numbers of shells, from 0, in the order of their first triangles; returns how many.

    parent : (F,) int32
        Written.
    """
    count = 0
    for f in range(parent.shape[0]):
        if parent[f] == f:
            parent[f] = count
            count += 1
        else:
            # Parents are lower, so they have their numbers already.
            parent[f] = parent[parent[f]]
    return count


@kernel
def shell_volumes(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], label: NDArray[np.int32], count: int
) -> NDArray[np.float64]:
    """Signed volume of each shell by the divergence theorem, each about its own first corner.

    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    label : (F,) int32

    Returns
    -------
    volumes : (count,) float64, mm³

    """
    volumes = np.zeros(count, dtype=np.float64)
    origin = np.full(count, -1, dtype=np.int64)
    for f in range(faces.shape[0]):
        shell = label[f]
        if origin[shell] < 0:
            origin[shell] = faces[f, 0]
        o = origin[shell]
        ax = vertices[faces[f, 0], 0] - vertices[o, 0]
        ay = vertices[faces[f, 0], 1] - vertices[o, 1]
        az = vertices[faces[f, 0], 2] - vertices[o, 2]
        bx = vertices[faces[f, 1], 0] - vertices[o, 0]
        by = vertices[faces[f, 1], 1] - vertices[o, 1]
        bz = vertices[faces[f, 1], 2] - vertices[o, 2]
        cx = vertices[faces[f, 2], 0] - vertices[o, 0]
        cy = vertices[faces[f, 2], 1] - vertices[o, 1]
        cz = vertices[faces[f, 2], 2] - vertices[o, 2]
        volumes[shell] += (
            ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        ) / 6.0
    return volumes


@kernel
def winding_number(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int32],
    include: NDArray[np.bool_],
    x: float,
    y: float,
    z: float,
) -> float:
    """How often the included triangles enclose a point.

    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
    include : (F,) bool

    Returns
    -------
    float
        1 inside a body whose triangles point outwards, 0 outside.

    """
    total = 0.0
    for f in range(faces.shape[0]):
        if not include[f]:
            continue
        ax = vertices[faces[f, 0], 0] - x
        ay = vertices[faces[f, 0], 1] - y
        az = vertices[faces[f, 0], 2] - z
        bx = vertices[faces[f, 1], 0] - x
        by = vertices[faces[f, 1], 1] - y
        bz = vertices[faces[f, 1], 2] - z
        cx = vertices[faces[f, 2], 0] - x
        cy = vertices[faces[f, 2], 1] - y
        cz = vertices[faces[f, 2], 2] - z
        la = math.sqrt(ax * ax + ay * ay + az * az)
        lb = math.sqrt(bx * bx + by * by + bz * bz)
        lc = math.sqrt(cx * cx + cy * cy + cz * cz)
        triple = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        below = la * lb * lc
        below += (ax * bx + ay * by + az * bz) * lc
        below += (bx * cx + by * cy + bz * cz) * la
        below += (cx * ax + cy * ay + cz * az) * lb
        total += 2.0 * math.atan2(triple, below)
    return total / (4.0 * math.pi)
