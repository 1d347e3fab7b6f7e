"""Whether the bodies of a part have material in common, so that their volumes do not add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.bodies import boxes_of_shells, crossing_findings, windings_around
from amprep.checking.intersections import crossing_triangles
from amprep.connectivity import label_shells
from amprep.kernels.shells import shell_volumes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.checking.part import Part
    from amprep.engines import Engine
    from amprep.model.mesh import Mesh

__all__ = ["bodies_overlap", "boxes_overlap"]


def boxes_overlap(mesh: Mesh, *, engine: Engine | None = None) -> bool:
    """Whether the boxes of two bodies of a closed mesh overlap; where they do not, the bodies do not."""
    assert mesh.neighbours is not None
    label, shells = label_shells(mesh.neighbours, engine=engine)
    if shells < 2:
        return False
    bodies = np.flatnonzero(shell_volumes(mesh.vertices, mesh.faces, label, shells) > 0)
    low, high = boxes_of_shells(mesh, label, shells)
    order = bodies[np.argsort(low[bodies, 0], kind="stable")]
    low, high = low[order], high[order]
    for i in range(len(order) - 1):
        # Only those that begin before this one ends.
        last = int(np.searchsorted(low[:, 0], high[i, 0]))
        if ((low[i + 1 : last] < high[i]) & (low[i] < high[i + 1 : last])).all(axis=1).any():
            return True
    return False


def bodies_overlap(part: Part, *, engine: Engine | None = None) -> bool:
    """Whether bodies of a closed part cut through each other, or one lies in another's material; exact."""
    crossings = crossing_triangles(
        part.mesh.vertices, part.mesh.faces, part.neighbours, part.tree, label=part.label, engine=engine
    )
    if any(finding.code == "W214" for finding in crossing_findings(part, crossings)):
        return True
    # What no other box holds lies in no other shell; so the triangles of large bodies are not looked at.
    low, high = boxes_of_shells(part.mesh, part.label, len(part.volumes_mm3))
    windings, _ = windings_around(part, (part.volumes_mm3 > 0) & _within_others(low, high))
    return bool((windings > 0).any())


def _within_others(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(S,) bool: boxes, (S, 3) float64 each corner, that lie within another one; equal ones do."""
    order = np.argsort(low[:, 0], kind="stable")
    low, high = low[order], high[order]
    within = np.zeros(len(low), dtype=np.bool_)
    for i in range(len(low)):
        first = int(np.searchsorted(low[:, 0], low[i, 0]))
        last = int(np.searchsorted(low[:, 0], high[i, 0], side="right"))
        held = ((low[first:last] >= low[i]) & (high[first:last] <= high[i])).all(axis=1)
        held[i - first] = False
        within[first:last] |= held
    of_shells = np.empty_like(within)
    of_shells[order] = within
    return of_shells
