"""Parts that overlap, or nearly touch: bounding boxes first, exact volumes and gaps where boxes come near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.errors import BuildError
from amprep.model.notice import Notice
from amprep.model.wording import measure_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.job import PlacedPart

__all__ = ["LEAST_GAP_MM", "require_apart"]

#: Narrower gaps are said to close; a rule of thumb, no profile has a value.
LEAST_GAP_MM = 0.2

#: Intersections smaller than this, or thinner on average, are touching faces, not overlap: STL files round
#: places to some 0.00003 mm.
_TOUCHING_MM3 = 1e-6
_TOUCHING_MM = 1e-4


def require_apart(parts: Sequence[PlacedPart]) -> list[Notice]:
    """Refuse parts that share volume; those that are nearer than `LEAST_GAP_MM` get a remark, W409.

    Raises
    ------
    BuildError
        E402, naming each pair and the place.

    """
    boxes = np.array([part.bounds_mm for part in parts])
    solids: dict[int, Any] = {}
    faults, notices, kinds = [], [], set()
    for i, j in _near_boxes(boxes):
        # A support reaches into the part that it holds.
        if parts[i].is_support != parts[j].is_support:
            continue
        meets = (np.minimum(boxes[i, 1], boxes[j, 1]) > np.maximum(boxes[i, 0], boxes[j, 0])).all()
        shared = _shared_volume(parts, i, j, solids) if meets else None
        if shared is None:
            notices += _nearly_touching(parts, i, j, solids)
            continue
        volume, place = shared
        common = "boxes that meet (the bodies cannot be compared)"
        if not np.isnan(volume):
            size = measure_text(volume, 4)
            common = f"{size} mm³"
        kinds.add(parts[i].is_support)
        faults.append(
            f"{parts[i].name} and {parts[j].name}: {common} in common near "
            f"({place[0]:.1f}, {place[1]:.1f}, {place[2]:.1f}) mm"
        )
    if faults:
        # Supports stand where their part does, with or without positions of their own.
        together = "save supports that overlap as one file, whose bodies are merged"
        apart = "move them apart (position_mm in job.toml), or leave the positions out to put them in a row"
        raise BuildError(
            "parts overlap",
            code="E402",
            faults=faults,
            why="They would be melted into one, so nothing was written.",
            fix=together if kinds == {True} else apart,
        )
    return notices


def _near_boxes(boxes: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs of boxes, (n, 2, 3) in mm, that are nearer to each other than `LEAST_GAP_MM`."""
    pairs = []
    for i in range(len(boxes) - 1):
        low = np.maximum(boxes[i, 0], boxes[i + 1 :, 0])
        high = np.minimum(boxes[i, 1], boxes[i + 1 :, 1])
        pairs += [(i, i + 1 + int(j)) for j in np.flatnonzero((high > low - LEAST_GAP_MM).all(axis=1))]
    return pairs


def _nearly_touching(parts: Sequence[PlacedPart], i: int, j: int, solids: dict[int, Any]) -> list[Notice]:
    """A remark on two parts that share no volume and have no gap that stays open."""
    import manifold3d

    a, b = _solid(parts, i, solids), _solid(parts, j, solids)
    if any(one.status() != manifold3d.Error.NoError for one in (a, b)):
        return []
    gap_mm = float(a.min_gap(b, LEAST_GAP_MM))
    # A gap of just that width stays, whatever its places round to.
    if gap_mm > LEAST_GAP_MM - _TOUCHING_MM:
        return []
    text = f"{parts[i].name} and {parts[j].name} stand {gap_mm:.2g} mm apart: they may be melted together"
    if gap_mm < _TOUCHING_MM:
        text = f"{parts[i].name} and {parts[j].name} touch: they are melted together"
    hint = f"gaps of {LEAST_GAP_MM:g} mm and more stay open (a rule of thumb, assumed)"
    return [Notice("W409", text, hint=hint, values={"gap_mm": gap_mm})]


def _solid(parts: Sequence[PlacedPart], k: int, solids: dict[int, Any]) -> Any:
    """A part as manifold3d has it, made once."""
    import manifold3d

    if k not in solids:
        solids[k] = manifold3d.Manifold(
            manifold3d.Mesh64(
                vert_properties=parts[k].placed_vertices_mm,
                tri_verts=parts[k].mesh.faces.astype(np.uint64),
            )
        )
    return solids[k]


def _shared_volume(
    parts: Sequence[PlacedPart], i: int, j: int, solids: dict[int, Any]
) -> tuple[float, NDArray[np.float64]] | None:
    """Volume and place of what two parts have in common; None when they only touch or stay apart."""
    import manifold3d

    a, b = _solid(parts, i, solids), _solid(parts, j, solids)
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
