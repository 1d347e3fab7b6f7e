"""Parts that overlap: bounding boxes first, the exact intersection where boxes meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart

__all__ = ["require_apart"]

#: Intersections smaller than this, or thinner on average, are touching faces, not overlap: STL files round
#: places to some 0.00003 mm.
_TOUCHING_MM3 = 1e-6
_TOUCHING_MM = 1e-4


def require_apart(parts: Sequence[PlacedPart]) -> None:
    """Refuse parts that share volume.

    Raises
    ------
    BuildError
        E402, naming each pair and the place.

    """
    boxes = np.array([part.bounds_mm for part in parts])
    solids: dict[int, Any] = {}
    faults = []
    for i, j in _meeting_boxes(boxes):
        # A support reaches into the part that it holds.
        if parts[i].is_support != parts[j].is_support:
            continue
        shared = _shared_volume(parts, i, j, solids)
        if shared is None:
            continue
        volume, place = shared
        common = (
            "boxes that meet (the bodies cannot be compared)" if np.isnan(volume) else f"{volume:.4g} mm³"
        )
        faults.append(
            f"{parts[i].name} and {parts[j].name}: {common} in common near "
            f"({place[0]:.1f}, {place[1]:.1f}, {place[2]:.1f}) mm"
        )
    if faults:
        raise BuildError(
            "parts overlap",
            code="E402",
            faults=faults,
            why="They would be melted into one, so nothing was written.",
            fix="move them apart (position_mm in job.toml), or leave the positions out to put them in a row",
        )


def _meeting_boxes(boxes: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs of boxes, (n, 2, 3) in mm, that share more than a face."""
    pairs = []
    for i in range(len(boxes) - 1):
        low = np.maximum(boxes[i, 0], boxes[i + 1 :, 0])
        high = np.minimum(boxes[i, 1], boxes[i + 1 :, 1])
        pairs += [(i, i + 1 + int(j)) for j in np.flatnonzero((high > low).all(axis=1))]
    return pairs


def _shared_volume(
    parts: Sequence[PlacedPart], i: int, j: int, solids: dict[int, Any]
) -> tuple[float, NDArray[np.float64]] | None:
    """Volume and place of what two parts have in common; None when they only touch or stay apart."""
    import manifold3d

    for k in (i, j):
        if k not in solids:
            solids[k] = manifold3d.Manifold(
                manifold3d.Mesh64(
                    vert_properties=parts[k].placed_vertices_mm,
                    tri_verts=parts[k].mesh.faces.astype(np.uint64),
                )
            )
    a, b = solids[i], solids[j]
    if a.status() != manifold3d.Error.NoError or b.status() != manifold3d.Error.NoError:
        # The library refuses meshes whose bodies touch along edges: then the boxes must keep apart.
        low = np.maximum(parts[i].bounds_mm[0], parts[j].bounds_mm[0])
        high = np.minimum(parts[i].bounds_mm[1], parts[j].bounds_mm[1])
        return float("nan"), (low + high) / 2
    common = a ^ b
    volume = float(common.volume())
    if volume <= max(_TOUCHING_MM3, 0.5 * _TOUCHING_MM * float(common.surface_area())):
        return None
    box = np.array(common.bounding_box()).reshape(2, 3)
    return volume, box.mean(axis=0)
