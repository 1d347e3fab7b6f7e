"""Whether a wider crack tolerance would close what is open: for a hint, nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amprep.model.mending import WIDEST_CRACK_MM
from amprep.repair.mending import check_and_mend

if TYPE_CHECKING:
    from amprep.engines import Engine
    from amprep.model.mending import Mending
    from amprep.model.mesh import Mesh, MeshReport

__all__ = ["tolerance_that_closes_mm"]

#: What is proposed: round figures up to the widest that is allowed.
_PROPOSED_MM = (0.01, 0.02, 0.05, WIDEST_CRACK_MM)

#: With more open edges trying takes too long for a hint.
_MOST_OPEN_EDGES = 20_000


def tolerance_that_closes_mm(
    mesh: Mesh, report: MeshReport, mending: Mending, *, engine: Engine | None = None
) -> float | None:
    """The smallest tolerance among round figures that closes a mesh which `mending` left open.

    Parameters
    ----------
    mesh : Mesh
        As it was read, or as it was mended.
    report : MeshReport
        What was found when it was mended.

    Returns
    -------
    float or None
        In mm; None where the mesh is closed, no tolerance helps, or trying would take too long.

    """
    if not 0 < report.open_edges <= _MOST_OPEN_EDGES:
        return None

    def closes(tolerance_mm: float) -> float | None:
        """Furthest that something moves; None where the mesh stays open."""
        wider = replace(mending, crack_tolerance_mm=tolerance_mm)
        _, found = check_and_mend(mesh, name="", engine=engine, mending=wider)
        return found.largest_move_mm if found.is_watertight and found.volume_mm3 > 0 else None

    wider = [tolerance for tolerance in _PROPOSED_MM if tolerance > mending.crack_tolerance_mm]
    moved_mm = closes(wider[-1]) if wider else None
    if moved_mm is None:
        return None
    for tolerance in wider[:-1]:
        if tolerance >= moved_mm and closes(tolerance) is not None:
            return tolerance
    return wider[-1]
