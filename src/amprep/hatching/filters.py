"""What is done to vectors after they are laid: short ones dropped, straight runs joined, ends extended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.hatching.patterns import directions_of
from amprep.kernels.areas import signed_area
from amprep.kernels.filters import drop_vectors, extend_vectors, join_vectors, simplify_curves
from amprep.model.arrays import read_only
from amprep.model.layer import Contours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.hatching.patterns import Pattern

__all__ = ["Filtered", "Simplified", "drop_short", "fill_to_perimeter", "merge_collinear", "simplify_loops"]


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """Vectors after a filter, and what it did, for the audit of the area.

    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
        Where the given blocks lie now; empty ones are left out.
    count : int
        Vectors dropped, joined to the one before, or ends moved.
    taken_mm, added_mm : float
        Length of vectors that went, and that came.
    """

    segments: NDArray[np.float32]
    block_offsets: NDArray[np.int64]
    count: int
    taken_mm: float
    added_mm: float

    def area_mm2(self, distance_mm: float) -> float:
        """By how much the hatched area grows; a vector stands for a strip as wide as the distance."""
        return (self.added_mm - self.taken_mm) * distance_mm


@dataclass(frozen=True, slots=True, eq=False)
class Simplified:
    """Closed curves with fewer points."""

    contours: Contours
    count: int
    """Points left out."""
    area_mm2: float
    """By how much the enclosed area grows."""


def drop_short(
    segments: NDArray[np.float32],
    *,
    shortest_mm: float,
    block_offsets: NDArray[np.int64] | None = None,
) -> Filtered:
    """Leave out vectors that are too short to expose.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    shortest_mm : float
        Shorter vectors are left out.
    block_offsets : (B + 1,) int64, optional

    """
    blocks = _blocks(segments, block_offsets)
    kept, offsets, taken_mm = drop_vectors(segments, blocks, shortest_mm)
    return Filtered(kept, _filled(offsets), len(segments) - len(kept), taken_mm, 0.0)


def merge_collinear(
    segments: NDArray[np.float32],
    *,
    tolerance_mm: float,
    block_offsets: NDArray[np.int64] | None = None,
) -> Filtered:
    """Join each vector to the one before that ends where it starts and runs the same way.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    tolerance_mm : float
        Largest gap between the end and the start, and largest distance of a joint from the joined vector.
    block_offsets : (B + 1,) int64, optional
        Vectors of different blocks are not joined.

    """
    blocks = _blocks(segments, block_offsets)
    joined, offsets, taken_mm = join_vectors(segments, blocks, tolerance_mm)
    added_mm = max(0.0, -taken_mm)
    return Filtered(joined, _filled(offsets), len(segments) - len(joined), max(0.0, taken_mm), added_mm)


def simplify_loops(contours: Contours, *, tolerance_mm: float, area_share: float = 1e-3) -> Simplified:
    """Closed curves without the points that lie nearly on a straight way between others.

    Parameters
    ----------
    contours : Contours
    tolerance_mm : float
        How far a point that is left out may lie beside the new edge.
    area_share : float
        Most of the area that the new edges cut off and add in all.

    """
    most_mm2 = area_share * abs(signed_area(contours.points, contours.offsets)) / max(1, len(contours))
    points, offsets, area_mm2 = simplify_curves(contours.points, contours.offsets, tolerance_mm, most_mm2)
    kept = Contours(read_only(points), read_only(offsets))
    return Simplified(kept, len(contours.points) - len(points), area_mm2)


def fill_to_perimeter(
    segments: NDArray[np.float32],
    perimeter: Contours,
    *,
    reach_mm: float,
    border: Contours | None = None,
    pattern: Pattern | None = None,
    block_offsets: NDArray[np.int64] | None = None,
) -> Filtered:
    """Extend hatch vectors whose ends are near to a perimeter up to it, in their own direction.

    In build preparation *fill to perimeter* means that hatch lines do not end at the beam offset of the hatch
    but at the contour, so that no seam is left between the two: jobs take the centre line of the innermost
    contour for the perimeter. Ends further away stay, and those outside of the perimeter; so do those of
    vectors shorter than 10 µm, whose direction is not known well enough.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    perimeter : Contours
        Material on the left of its loops.
    reach_mm : float
        How far an end is moved at most.
    border : Contours, optional
        What is hatched: ends that do not lie on its curves stay, as those where a stripe or a skin ends.
    pattern : Pattern, optional
        What the vectors were laid by: across a neck that has a contour but no hatch, the ends on both sides
        meet half-way.
    block_offsets : (B + 1,) int64, optional

    """
    border = border or _NO_BORDER
    extended, moved, added_mm = extend_vectors(
        segments, perimeter.points, perimeter.offsets, reach_mm, border.points, border.offsets
    )
    if pattern is not None and moved:
        added_mm -= _part_in_necks(segments, extended, pattern)
    return Filtered(extended, _blocks(segments, block_offsets), moved, 0.0, added_mm)


def _part_in_necks(segments: NDArray[np.float32], extended: NDArray[np.float32], pattern: Pattern) -> float:
    """Draw back ends that go past those of the next vector on their line; by how much in all, in mm.

    extended : (N, 4) float32, mm
        Written.
    """
    turns = (0.0, 90.0) if pattern.kind == "concentric" else directions_of(pattern.kind)
    angles = np.radians([pattern.angle_deg + turn for turn in turns])
    ways = np.column_stack([np.cos(angles), np.sin(angles)])
    given = segments.astype(np.float64).reshape(-1, 2, 2) - pattern.origin_mm
    across = np.abs((given[:, 1] - given[:, 0]) @ (ways[:, ::-1] * (-1.0, 1.0)).T)
    kind = across.argmin(axis=1)
    way = ways[kind]
    v = (given.mean(axis=1) * way[:, ::-1] * (-1.0, 1.0)).sum(axis=1)
    line = np.rint(v / pattern.distance_mm - 0.5).astype(np.int64)
    longer = extended.astype(np.float64).reshape(-1, 2, 2) - pattern.origin_mm
    along, drawn = ((ends * way[:, None]).sum(axis=2) for ends in (given, longer))
    back = along[:, 0] > along[:, 1]
    along[back], drawn[back] = along[back][:, ::-1], drawn[back][:, ::-1]
    order = np.lexsort((along[:, 0], line, kind))
    one, other = order[:-1], order[1:]
    gap = along[other, 0] - along[one, 1]
    before, behind = along[other, 0] - drawn[other, 0], drawn[one, 1] - along[one, 1]
    meets = (kind[one] == kind[other]) & (line[one] == line[other]) & (gap >= 0.0)
    meets &= before + behind > gap + _SAME_MM
    # Each has its half, or what the other one leaves.
    half = 0.5 * gap
    new_behind = np.where(behind <= half, behind, np.where(before <= half, gap - before, half))
    new_before = np.where(before <= half, before, np.where(behind <= half, gap - behind, half))
    taken_mm = 0.0
    for rows, old, new, end in ((one, behind, new_behind, 1), (other, before, new_before, 0)):
        at = rows[meets]
        less = (old - new)[meets]
        column = 2 * np.where(back[at], 1 - end, end)
        step = (way[at] * less[:, None] * (1.0 - 2.0 * end)).astype(np.float32)
        extended[at, column] += step[:, 0]
        extended[at, column + 1] += step[:, 1]
        taken_mm += float(less.sum())
    return taken_mm


#: Two ends that go past each other by no more are rounded.
_SAME_MM = 1e-4

_NO_BORDER = Contours(np.empty((0, 2)), np.zeros(1, dtype=np.int64))


def _blocks(segments: NDArray[np.float32], block_offsets: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The given blocks, or all vectors as one."""
    if block_offsets is not None:
        return block_offsets
    return np.array([0, len(segments)][: 1 + (len(segments) > 0)], dtype=np.int64)


def _filled(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offsets without empty blocks."""
    return np.concatenate([offsets[:1], offsets[1:][np.diff(offsets) > 0]])
