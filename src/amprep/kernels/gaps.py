"""Places of a core that no hatch line comes near.

::

        ─────────────── hatch line       Four lines of samples lie between two hatch lines. A place counts as
        ∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙              exposed when one of the two runs past it, so no further away than
        ∙∙∙∙∙∙∙∙∙∙∙∙∙∙▒▒▒▒▒              the hatch distance.
              ───────── hatch line

    Without contours lines end at the boundary's beam offset, and places beyond their ends count as exposed
    up to a stated distance from these.

Algorithm
    Core and hatch are scanned in the same groups of loops (`components`). Groups are further apart than the
    hatch distance, so a place is compared with the few pieces of its own group.

Degeneracy rule
    As in `scanline`, for both scans.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.components import distant_groups
from amprep.kernels.jit import kernel
from amprep.kernels.scanline import ROOM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["core_gap_mm2", "uncovered_mm"]

#: Lines of samples per hatch line.
SAMPLES = 4


def core_gap_mm2(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    hatch_points: NDArray[np.float64],
    hatch_loop_offsets: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    reach_mm: float = 0.0,
) -> float:
    """Area of a core that no hatch line comes near.

    points : (P, 2) float64, mm
        Curves of the core that lies behind the band of the contour.
    loop_offsets : (C + 1,) int64
    hatch_points : (Q, 2) float64, mm
        Curves of the hatched region.
    hatch_loop_offsets : (D + 1,) int64
    angle_rad : float
    distance_mm : float
    reach_mm : float
        How far from its ends a line exposes what it does not run past.

    Returns
    -------
    float
        mm²

    """
    hatched = len(hatch_loop_offsets) - 1
    count = hatched + len(loop_offsets) - 1
    loops, groups = np.arange(count), np.array([0, count], dtype=np.int64)
    if count > 2:
        # The hatch first, as boxes that lie inside of others found before need no cells.
        both = np.concatenate([hatch_points, points])
        both_offsets = np.concatenate([hatch_loop_offsets, hatch_loop_offsets[-1] + loop_offsets[1:]])
        loops, groups = distant_groups(both, both_offsets, angle_rad, distance_mm)
    is_core = loops >= hatched
    cores = np.concatenate([[0], np.cumsum(is_core)])[groups]
    along = (math.cos(angle_rad), math.sin(angle_rad))
    core = ROOM.scan(points, loop_offsets, loops[is_core] - hatched, cores, *along, distance_mm / SAMPLES)
    if not len(core[0]):
        return 0.0
    pieces, runs = core[0].copy(), core[1].copy()
    lines = ROOM.scan(hatch_points, hatch_loop_offsets, loops[~is_core], groups - cores, *along, distance_mm)
    return (
        distance_mm
        / SAMPLES
        * uncovered_mm(pieces, runs, core[2], lines[0], lines[1], lines[2], distance_mm, reach_mm)
    )


@kernel
def uncovered_mm(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    line_pieces: NDArray[np.float64],
    line_runs: NDArray[np.int64],
    line_group_runs: NDArray[np.int64],
    distance_mm: float,
    reach_mm: float,
) -> float:
    """Length of pieces on lines of samples that no hatch line beside runs past.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
    line_pieces : (N, 2) float64, mm
    line_runs : (S, 3) int64
    line_group_runs : (G + 1,) int64
        Lines of samples and hatch lines, as `ScanRoom.scan` gives them.
    distance_mm, reach_mm : float
        Between hatch lines, and how far from its ends a line reaches.
    """
    starts = np.empty(64, dtype=np.int64)
    uncovered = 0.0
    piece: Any = np.int64(0)
    line_piece: Any = np.int64(0)
    for g in range(group_runs.shape[0] - 1):
        # Where the pieces of each hatch line of the group begin.
        lowest: Any = np.int64(0)
        lines: Any = np.int64(0)
        if line_group_runs[g] < line_group_runs[g + 1]:
            last = line_group_runs[g + 1] - 1
            lowest = line_runs[line_group_runs[g], 0]
            lines = line_runs[last, 0] + line_runs[last, 1] - lowest
        if lines + 1 > starts.shape[0]:
            starts = np.empty(2 * (lines + 1), dtype=np.int64)
        line: Any = np.int64(0)
        for r in range(line_group_runs[g], line_group_runs[g + 1]):
            while line < line_runs[r, 0] - lowest:
                starts[line] = line_piece
                line += 1
            for _ in range(line_runs[r, 1]):
                starts[line] = line_piece
                line_piece += line_runs[r, 2]
                line += 1
        starts[lines] = line_piece
        for r in range(group_runs[g], group_runs[g + 1]):
            for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
                # A line of samples lies between the hatch lines below and below + 1.
                below = (2 * k + 1 - SAMPLES) // (2 * SAMPLES) - lowest
                begin = starts[min(max(below, 0), lines)]
                between = starts[min(max(below + 1, 0), lines)]
                end = starts[min(max(below + 2, 0), lines)]
                # How far the lines reach beyond their ends here.
                away = (2 * k + 1 - SAMPLES) / (2.0 * SAMPLES) - (below + lowest)
                beyond_first = math.sqrt(max(0.0, reach_mm**2 - (distance_mm * away) ** 2))
                beyond_last = math.sqrt(max(0.0, reach_mm**2 - (distance_mm * (1.0 - away)) ** 2))
                for _ in range(runs[r, 2]):
                    reached = pieces[piece, 0]
                    to = pieces[piece, 1]
                    piece += 1
                    while reached < to:
                        # Go on from the end of any piece of either line that runs past here.
                        nearest = to
                        further = reached
                        for p in range(begin, end):
                            beyond = 0.0
                            if reach_mm > 0.0:
                                beyond = beyond_first if p < between else beyond_last
                            if line_pieces[p, 0] - beyond <= further:
                                further = max(further, line_pieces[p, 1] + beyond)
                            else:
                                nearest = min(nearest, line_pieces[p, 0] - beyond)
                        if further > reached:
                            reached = further
                        else:
                            uncovered += nearest - reached
                            reached = nearest
    return uncovered
