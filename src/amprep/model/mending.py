"""How far a mesh may be mended."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CRACK_TOLERANCE_MM", "WIDEST_CRACK_MM", "Mending"]

#: Cracks up to this width are closed unless something else is asked for: far below what a beam can resolve.
CRACK_TOLERANCE_MM = 0.005

#: Cracks wider than this are no cracks: a beam would see them.
WIDEST_CRACK_MM = 0.1


@dataclass(frozen=True, slots=True)
class Mending:
    """How far a mesh may be mended."""

    crack_tolerance_mm: float = CRACK_TOLERANCE_MM
    """Furthest that a corner or an edge may move to close a crack; 0 leaves cracks open."""
    fill_holes: bool = False
    """Whether holes wider than that are covered with triangles."""
