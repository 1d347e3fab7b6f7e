"""Surfaces that face down more flatly than the material holds without support."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.bodies import windings_at
from amprep.checking.finding import Finding, Severity
from amprep.checking.wording import area_text, counted, graded_text, place_text
from amprep.connectivity import label_shells
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.checking.limits import Limits
    from amprep.checking.part import Part

__all__ = ["LEAST_OVERHANG_MM2", "overhang_findings"]

#: Smaller patches are held by the melt beside them (assumed).
LEAST_OVERHANG_MM2 = 1.0

#: How far beneath a surface material is looked for: above rounding, far below a layer.
_BENEATH_MM = 1e-3


def overhang_findings(part: Part, limits: Limits) -> list[Finding]:
    """W245: patches of triangles under the angle, each larger than `LEAST_OVERHANG_MM2`.

    The angle is that between surface and platform; what stands on the platform, up to half a layer above the
    part's lowest point, and what lies on or in another body does not count; that is looked up below the
    middle of each triangle.
    """
    vertices, faces = part.mesh.vertices, part.mesh.faces
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    double_area = np.sqrt((normal**2).sum(axis=1))
    angle = limits.overhang_deg.value
    # Binary float noise of a surface at just this angle must not make it an overhang.
    flatter = -normal[:, 2] > (np.cos(np.radians(angle)) + 1e-6) * double_area
    top = np.maximum(np.maximum(a[:, 2], b[:, 2]), c[:, 2])
    standing = top <= part.bottom_mm + 0.5 * part.layer_thickness_mm
    hanging = np.flatnonzero(flatter & ~standing)
    if len(hanging) and len(part.volumes_mm3) > 1 and part.report.is_watertight:
        hanging = hanging[~_on_material(part, (a + b + c)[hanging] / 3.0)]
    if not len(hanging):
        return []
    # Neighbours that hang as well, numbered among themselves.
    number = np.full(len(faces) + 1, -1, dtype=np.int32)
    number[hanging] = np.arange(len(hanging), dtype=np.int32)
    label, patches = label_shells(read_only(number[part.neighbours[hanging]]))
    areas = np.bincount(label, weights=0.5 * double_area[hanging], minlength=patches)
    large = areas >= LEAST_OVERHANG_MM2
    if not large.any():
        return []
    worst = int(areas.argmax())
    inside = hanging[label == worst]
    middle = ((a + b + c)[inside] * double_area[inside, None]).sum(axis=0) / (3 * double_area[inside].sum())
    counts = hanging[large[label]]
    heights = vertices[faces[counts], 2]
    span = float(heights.min()), float(heights.max())
    x, y, z = (float(q) for q in middle)
    total = float(areas[large].sum())
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


def _on_material(part: Part, middles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) bool: whether there is material just beneath places, (n, 3) float64, mm."""
    below = middles - np.array([0.0, 0.0, _BENEATH_MM])
    return windings_at(part, below, np.full(len(below), -1, dtype=np.int32))[0] > 0
