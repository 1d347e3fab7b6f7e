"""Surfaces that face down more flatly than the material holds without support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.bodies import windings_at
from amprep.checking.finding import Finding, Severity
from amprep.checking.wording import area_text, counted, graded_text, place_text
from amprep.connectivity import label_shells
from amprep.model.arrays import ArrayNoun, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.checking.limits import Limits
    from amprep.checking.part import Part

__all__ = ["LEAST_OVERHANG_MM2", "Overhang", "overhang_findings", "overhang_of"]

#: Smaller patches are held by the melt beside them (assumed).
LEAST_OVERHANG_MM2 = 1.0

#: How far beneath a surface material is looked for: above rounding, far below a layer.
_BENEATH_MM = 1e-3

#: Pieces of a triangle that are looked at one by one are no larger, unless they would be too many.
_PIECE_MM2, _MOST_PLACES, _MOST_SIDES = 0.05, 100_000, 200


@dataclass(frozen=True, slots=True, eq=False)
class Overhang(ArrayNoun):
    """Triangles that face down more flatly than an angle, patch by patch.

    triangles : (H,) int64
        Rows of the mesh's faces; read-only.
    area_mm2 : (H,) float64, mm²
        Of each, what has no material just beneath; read-only.
    patch : (H,) int32
        Patch of neighbours that hang as well; read-only.
    patch_mm2 : (P,) float64, mm²
        Area of each patch; read-only.
    """

    triangles: NDArray[np.int64]
    area_mm2: NDArray[np.float64]
    patch: NDArray[np.int32]
    patch_mm2: NDArray[np.float64]

    @property
    def is_large(self) -> NDArray[np.bool_]:
        """(P,) bool: patches that count, of `LEAST_OVERHANG_MM2` and more."""
        large: NDArray[np.bool_] = self.patch_mm2 >= LEAST_OVERHANG_MM2
        return large

    @property
    def counts(self) -> NDArray[np.bool_]:
        """(H,) bool: triangles of patches that count."""
        counted: NDArray[np.bool_] = self.is_large[self.patch]
        return counted

    @property
    def total_mm2(self) -> float:
        """Area of the patches that count."""
        return float(self.patch_mm2[self.is_large].sum())


def overhang_of(part: Part, angle_deg: float) -> Overhang:
    """What faces down under an angle between surface and platform, and is not held.

    What stands on the platform, up to half a layer above the part's lowest point, and what lies on or in
    another body does not count; that is looked up at places spread over each triangle.
    """
    vertices, faces = part.mesh.vertices, part.mesh.faces
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    double_area = np.sqrt((normal**2).sum(axis=1))
    # Binary float noise of a surface at just this angle must not make it an overhang.
    flatter = -normal[:, 2] > (np.cos(np.radians(angle_deg)) + 1e-6) * double_area
    top = np.maximum(np.maximum(a[:, 2], b[:, 2]), c[:, 2])
    standing = top <= part.bottom_mm + 0.5 * part.layer_thickness_mm
    hanging = np.flatnonzero(flatter & ~standing)
    free = np.ones(len(hanging))
    if len(hanging) and len(part.volumes_mm3) > 1 and part.report.is_watertight:
        free = _free_share(part, hanging, 0.5 * double_area[hanging])
        hanging, free = hanging[free > 0.0], free[free > 0.0]
    area_mm2 = 0.5 * double_area[hanging] * free
    label, patches = np.zeros(0, dtype=np.int32), 0
    if len(hanging):
        # Neighbours that hang as well, numbered among themselves.
        number = np.full(len(faces) + 1, -1, dtype=np.int32)
        number[hanging] = np.arange(len(hanging), dtype=np.int32)
        label, patches = label_shells(read_only(number[part.neighbours[hanging]]))
    patch_mm2 = np.bincount(label, weights=area_mm2, minlength=patches).astype(np.float64)
    for array in (hanging, area_mm2, patch_mm2):
        array.flags.writeable = False
    return Overhang(hanging, area_mm2, label, patch_mm2)


def overhang_findings(part: Part, limits: Limits) -> list[Finding]:
    """W245: patches of triangles under the angle, each of `LEAST_OVERHANG_MM2` or more; see `overhang_of`."""
    angle = limits.overhang_deg.value
    overhang = overhang_of(part, angle)
    hanging, label, areas = overhang.triangles, overhang.patch, overhang.patch_mm2
    large = overhang.is_large
    if not large.any():
        return []
    vertices, faces = part.mesh.vertices, part.mesh.faces
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    double_area = np.sqrt((np.cross(b - a, c - a) ** 2).sum(axis=1))
    worst = int(areas.argmax())
    inside = hanging[label == worst]
    middle = ((a + b + c)[inside] * double_area[inside, None]).sum(axis=0) / (3 * double_area[inside].sum())
    counts = hanging[overhang.counts]
    heights = vertices[faces[counts], 2]
    span = float(heights.min()), float(heights.max())
    x, y, z = (float(q) for q in middle)
    total = overhang.total_mm2
    return [
        Finding(
            "W245",
            Severity.WARNING,
            f"{area_text(total)} of overhang under {graded_text(limits.overhang_deg, '°')} in "
            f"{counted(int(large.sum()), 'place')}, the largest {area_text(float(areas[worst]))} near "
            f"{place_text((x, y, z))}",
            why="Without support such a surface sags or curls into the recoater's way.",
            fix="turn the part, change the angle in the CAD, or support it",
            count=int(large.sum()),
            place_mm=(x, y, z),
            z_range_mm=span,
            layers=part.layers(*span),
            values={
                "area_mm2": round(total, 6),
                "largest_area_mm2": round(float(areas[worst]), 6),
                "limit_deg": angle,
                "limit_grade": str(limits.overhang_deg.grade),
                "patches_left_out": int((~large).sum()),
            },
        )
    ]


def _free_share(
    part: Part, hanging: NDArray[np.int64], areas_mm2: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) float64: share of each triangle without material just beneath, judged by places spread over it."""
    # Each side is divided, so that a place stands for a piece of a certain size or less.
    piece_mm2 = max(_PIECE_MM2, float(areas_mm2.sum()) / _MOST_PLACES)
    sides = np.clip(np.ceil(np.sqrt(areas_mm2 / piece_mm2)), 1, _MOST_SIDES).astype(np.int64)
    share = np.empty(len(hanging))
    corners = part.mesh.vertices[part.mesh.faces[hanging]]
    for side in np.unique(sides):
        same = np.flatnonzero(sides == side)
        weights = _piece_middles(int(side))
        places = (weights @ corners[same]).reshape(-1, 3)
        share[same] = (~_on_material(part, places)).reshape(len(same), -1).mean(axis=1)
    return share


def _piece_middles(sides: int) -> NDArray[np.float64]:
    """(sides², 3) float64: middles of the equal pieces of a triangle, in parts of its three corners."""
    i, j = (grid.reshape(-1) for grid in np.meshgrid(np.arange(sides), np.arange(sides), indexing="ij"))
    upright = i + j < sides
    turned = i + j < sides - 1
    u = np.concatenate([i[upright] + 1 / 3, i[turned] + 2 / 3]) / sides
    v = np.concatenate([j[upright] + 1 / 3, j[turned] + 2 / 3]) / sides
    return np.stack([1.0 - u - v, u, v], axis=1)


def _on_material(part: Part, middles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) bool: whether there is material just beneath places, (n, 3) float64, mm."""
    below = middles - np.array([0.0, 0.0, _BENEATH_MM])
    return windings_at(part, below, np.full(len(below), -1, dtype=np.int32))[0] > 0
