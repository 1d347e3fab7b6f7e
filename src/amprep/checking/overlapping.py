"""Whether the bodies of a part have material in common, so that their volumes do not add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.checking.bodies import crossing_findings, nesting_of
from amprep.checking.intersections import crossing_triangles
from amprep.connectivity import label_shells
from amprep.kernels.shells import shell_volumes

if TYPE_CHECKING:
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
    corners = mesh.vertices[mesh.faces]
    low, high = np.full((shells, 3), np.inf), np.full((shells, 3), -np.inf)
    np.minimum.at(low, label, corners.min(axis=1))
    np.maximum.at(high, label, corners.max(axis=1))
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
        part.mesh.vertices, part.mesh.faces, part.neighbours, part.tree, engine=engine
    )
    if any(finding.code == "W214" for finding in crossing_findings(part, crossings)):
        return True
    return bool(((part.volumes_mm3 > 0) & (nesting_of(part).windings > 0)).any())
