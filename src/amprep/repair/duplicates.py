"""Triangles that lie on another one: which of them are one too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.connectivity import Connected

__all__ = ["first_of_duplicates", "without_surplus", "without_surplus_patches"]


def first_of_duplicates(faces: NDArray[np.int32], edges: Connected) -> NDArray[np.int64]:
    """Indices of the triangles that remain when those with the same corners in the same turn are dropped.

    In a closed mesh a triangle that lies on another has edges that more than two triangles share.
    """
    candidates = np.unique(edges.crowded // 3)
    corners = faces[candidates]
    smallest = corners.argmin(axis=1)
    turned = np.take_along_axis(corners, (smallest[:, None] + np.arange(3)) % 3, axis=1)
    _, first = np.unique(turned, axis=0, return_index=True)
    kept = np.ones(len(faces), dtype=np.bool_)
    kept[candidates] = False
    kept[candidates[first]] = True
    return np.flatnonzero(kept)


def without_surplus(faces: NDArray[np.int32], edges: Connected) -> NDArray[np.int64]:
    """Indices of the triangles that remain when copies go, turned ones too, that are one too many everywhere.

    At each of its edges such a copy is what keeps the two directions from being equally many.
    """
    kept = np.ones(len(faces), dtype=np.bool_)
    if not edges.unpaired:
        return np.flatnonzero(kept)
    candidates = np.unique(edges.crowded // 3)
    corners = np.sort(faces[candidates], axis=1)
    _, group, size = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    balance: dict[tuple[int, int], int] = {}
    for f in np.unique(edges.crowded // 3).tolist():
        for edge, sign in _sides(faces[f].tolist()):
            balance[edge] = balance.get(edge, 0) + sign
    copies = np.flatnonzero(size[group.reshape(-1)] > 1)
    left = size.copy()
    for at in copies[::-1].tolist():
        sides = _sides(faces[candidates[at]].tolist())
        if left[group.reshape(-1)[at]] > 1 and all(balance[edge] * sign > 0 for edge, sign in sides):
            kept[candidates[at]] = False
            left[group.reshape(-1)[at]] -= 1
            for edge, sign in sides:
                balance[edge] -= sign
    return np.flatnonzero(kept)


def without_surplus_patches(faces: NDArray[np.int32], edges: Connected) -> NDArray[np.int64]:
    """Indices of the triangles that remain when patches of copies go that are one too many as a whole.

    Within such a patch the copies make up for each other; along its rim they are what keeps the two
    directions from being equally many.
    """
    candidates = np.unique(edges.crowded // 3)
    corners = np.sort(faces[candidates], axis=1)
    _, group, size = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    balance: dict[tuple[int, int], int] = {}
    at_edge: dict[tuple[tuple[int, int], int], list[int]] = {}
    sides = [_sides(corner) for corner in faces[candidates].tolist()]
    copies = np.flatnonzero(size[group] > 1).tolist()
    for own in sides:
        for edge, sign in own:
            balance[edge] = balance.get(edge, 0) + sign
    for at in copies:
        for side in sides[at]:
            at_edge.setdefault(side, []).append(at)
    kept = np.ones(len(faces), dtype=np.bool_)
    left = size.copy()
    done: set[int] = set()
    for seed in copies[::-1]:
        if seed in done:
            continue
        done.add(seed)
        patch = [seed]
        for at in patch:
            for edge, sign in sides[at]:
                across = at_edge.get((edge, -sign), []) if balance[edge] == 0 else []
                beyond = [one for one in across if one not in done and group[one] != group[at]]
                done.update(beyond)
                patch += beyond
        rim: dict[tuple[int, int], int] = {}
        for at in patch:
            for edge, sign in sides[at]:
                rim[edge] = rim.get(edge, 0) + sign
        _, taken = np.unique(group[patch], return_counts=True)
        is_surplus = all(
            abs(balance[edge] - net) < abs(balance[edge]) if net else balance[edge] == 0
            for edge, net in rim.items()
        )
        if not is_surplus or not any(rim.values()) or (taken >= left[np.unique(group[patch])]).any():
            continue
        kept[candidates[patch]] = False
        np.subtract.at(left, group[patch], 1)
        for edge, net in rim.items():
            balance[edge] -= net
    return np.flatnonzero(kept)


def _sides(corners: list[int]) -> list[tuple[tuple[int, int], int]]:
    """The edges of a triangle without their direction, and 1 or -1 for it."""
    a, b, c = corners
    return [((min(p, q), max(p, q)), 1 if p < q else -1) for p, q in ((a, b), (b, c), (c, a))]
