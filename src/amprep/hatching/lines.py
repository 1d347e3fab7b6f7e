"""Hatch lines of a region, restricted to some regions and left out of others.

Regions that are only hatched need no polygon booleans: all of them are scanned on the same lines, and their
pieces are cut at each other. So the vectors of core and skins neither overlap nor leave a gap, but for the
overlap that is asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.components import group_loops
from amprep.kernels.intervals import INSIDE, OUTSIDE, cut_pieces
from amprep.kernels.scanline import ROOM, ScanRoom
from amprep.kernels.slabs import slab_curves
from amprep.model.arrays import box_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.layer import Contours

__all__ = ["Lines", "WholeLines", "scan_region"]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Pieces of hatch lines inside a region, as `ScanRoom.scan` gives them.

    pieces : (M, 2) float64, mm
        Begin and end of each piece along its line, group after group, lines ascending.
    runs : (R, 3) int64
        First line, number of lines, and pieces on each of them, one behind the other in `pieces`.
    group_runs : (G + 1,) int64
        Group g owns ``runs[group_runs[g]:group_runs[g + 1]]``.

    The arrays may lie in memory of the scan and hold until the next one.
    """

    pieces: NDArray[np.float64]
    runs: NDArray[np.int64]
    group_runs: NDArray[np.int64]
    short_mm: float
    """Length of the pieces that were left out because they are too short to expose."""
    overlap_mm: float = 0.0
    """Length of the pieces that lies outside of the region proper, by an intended overlap."""
    whole: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]] | None = None
    """Pieces, runs and groups as if nothing were restricted or left out; None where nothing is."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeLines:
    """Hatch lines in one direction through all of a region, whatever else bounds them.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
        As of `Lines`, relative to the origin.
    """

    pieces: NDArray[np.float64]
    runs: NDArray[np.int64]
    group_runs: NDArray[np.int64]
    angle_rad: float
    origin_mm: tuple[float, float]


#: The box of a region is scanned, the next line on each side, and so much more: far more than rounding.
_MARGIN_MM = 1e-3

_CUTTER_ROOM = ScanRoom()

# One loop is one group. Writable as the arrays of `group_loops` are, so that no kernel is compiled twice.
_ONE_LOOP = np.zeros(1, dtype=np.int64)
_ONE_GROUP = np.array([0, 1], dtype=np.int64)

#: Pairs of a group and a loop up to which their boxes are compared one by one.
_MOST_PAIRS = 200_000


def scan_region(  # noqa: PLR0913 (a region, the lines, and what limits them)
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    angle_rad: float,
    distance_mm: float,
    inside: Contours | None = None,
    outside: Sequence[Contours] = (),
    proper: Contours | None = None,
    group_angle_rad: float | None = None,
) -> Lines:
    """Where hatch lines run inside a region that is given by curves with winding number ≥ 1.

    Lines lie at v = (k + ½) · distance across the hatch, from the origin of the platform. Loops whose boxes
    do not meet are one group each; groups follow each other in firing order.

    Parameters
    ----------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    angle_rad : float
        Direction of the lines from +x.
    distance_mm : float
        Between two lines.
    inside : Contours, optional
        What lies outside of this region is left out: a skin, grown by its overlap.
    outside : sequence of Contours
        What lies inside of any of these regions is left out.
    proper : Contours, optional
        The skin as it is, not grown: what lies outside of it is counted as overlap.
    group_angle_rad : float, optional
        Of the rows that groups are ordered by; default: `angle_rad`. Scans at other angles that give this one
        have the same groups in the same order.

    All regions are given by curves with winding number ≥ 1, raw ones too.

    """
    if inside is not None:
        points, loop_offsets = _near(points, loop_offsets, inside, distance_mm + _MARGIN_MM)
    points = np.require(points, requirements="W")
    loop_offsets = np.require(loop_offsets, requirements="W")
    loops, groups = _ONE_LOOP, _ONE_GROUP
    if len(loop_offsets) != 2:
        rows_rad = angle_rad if group_angle_rad is None else group_angle_rad
        loops, groups = group_loops(points, loop_offsets, rows_rad)
    if inside is not None:
        loops, groups = _groups_that_meet(points, loop_offsets, loops, groups, inside)
    direction = (math.cos(angle_rad), math.sin(angle_rad), distance_mm)
    pieces, runs, group_runs, left_out_mm = ROOM.scan(points, loop_offsets, loops, groups, *direction)
    others = [(inside, INSIDE)] if inside is not None else []
    others += [(one, OUTSIDE) for one in outside if len(one)]
    if not others:
        return Lines(pieces, runs, group_runs, left_out_mm)
    whole = pieces, runs, group_runs
    scanned_mm = float((pieces[:, 1] - pieces[:, 0]).sum())
    short_mm = kept_mm = 0.0
    for one, side in others:
        cutter = _scan_whole(one, direction)
        pieces, runs, group_runs, kept_mm, too_short_mm = cut_pieces(pieces, runs, group_runs, *cutter, side)
        short_mm += too_short_mm
    overlap_mm = 0.0
    if proper is not None and len(pieces):
        _, _, _, proper_mm, too_short_mm = cut_pieces(
            pieces, runs, group_runs, *_scan_whole(proper, direction), INSIDE
        )
        overlap_mm = kept_mm - proper_mm - too_short_mm
    # What the scan itself left out is shared among the regions by their lengths.
    share = kept_mm / scanned_mm if scanned_mm > 0.0 else 0.0
    return Lines(pieces, runs, group_runs, short_mm + share * left_out_mm, overlap_mm, whole)


def _scan_whole(
    region: Contours, direction: tuple[float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Pieces and runs of a region, all loops as one group, so lines ascend throughout."""
    points = np.require(region.points, requirements="W")
    offsets = np.require(region.offsets, requirements="W")
    loops, groups = np.arange(len(region)), np.array([0, len(region)], dtype=np.int64)
    pieces, runs, _, _ = _CUTTER_ROOM.scan(points, offsets, loops, groups, *direction)
    return pieces, runs


def _near(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], region: Contours, margin_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What of curves lies in the box of a region and around it, where their winding numbers stay the same.

    Curves that do not reach far out of it are left as they are.
    """
    if not len(points) or not len(region):
        return points, loop_offsets
    wanted = np.ones(1, dtype=np.uint8)
    own, box = box_of(points), box_of(region.points)
    for axis in (1, 0):
        low, high = box[:, axis] + (-margin_mm, margin_mm)
        if own[1, axis] - own[0, axis] > 1.5 * (high - low):
            points, loop_offsets = _frozen(points), _frozen(loop_offsets)
            points, loop_offsets, _, _ = slab_curves(
                points, loop_offsets, axis, np.array([low, high]), wanted
            )
    return points, loop_offsets


def _frozen(array: Any) -> Any:
    """A read-only view, the one type that the kernel is compiled for."""
    view = array.view()
    view.flags.writeable = False
    return view


def _groups_that_meet(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    loops: NDArray[np.int64],
    group_offsets: NDArray[np.int64],
    region: Contours,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The groups of loops whose boxes meet the box of a loop of the region."""
    own = _boxes(points, loop_offsets)[loops]
    low = np.minimum.reduceat(own[:, :2], group_offsets[:-1], axis=0) if len(own) else own[:, :2]
    high = np.maximum.reduceat(own[:, 2:], group_offsets[:-1], axis=0) if len(own) else own[:, 2:]
    other = _boxes(region.points, region.offsets)
    if len(low) * len(other) > _MOST_PAIRS:
        other = np.hstack([other[:, :2].min(axis=0), other[:, 2:].max(axis=0)])[None]
    apart = (low[:, None] > other[None, :, 2:]) | (high[:, None] < other[None, :, :2])
    meets = ~np.all(np.any(apart, axis=2), axis=1)
    if np.all(meets):
        return loops, group_offsets
    sizes = np.diff(group_offsets)
    kept = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes[meets])])
    return loops[np.repeat(meets, sizes)], kept


def _boxes(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """(C, 4) float64, mm: box [x0, y0, x1, y1] of each loop; of a loop without points one that meets none."""
    boxes = np.full((len(loop_offsets) - 1, 4), np.inf)
    boxes[:, 2:] = -np.inf
    filled = np.diff(loop_offsets) > 0
    first = loop_offsets[:-1][filled]
    if len(first):
        boxes[filled, :2] = np.minimum.reduceat(points, first, axis=0)
        boxes[filled, 2:] = np.maximum.reduceat(points, first, axis=0)
    return boxes
