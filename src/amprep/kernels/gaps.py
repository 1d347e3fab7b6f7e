"""Places of a core that no hatch line comes near.

::

        ─────────────── hatch line       Lines of samples lie between two hatch lines: four, or more for a
        ∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙∙              small core. A place counts as exposed when one of the two runs past
        ∙∙∙∙∙∙∙∙∙∙∙∙∙∙▒▒▒▒▒              it, so no further away than the hatch distance.
              ───────── hatch line

    Without contours lines end at the boundary's beam offset, and places beyond their ends count as exposed
    up to a stated distance from these.

Algorithm
    The core is scanned along the lines. Each hatch line gets a list of its pieces, of all bodies; where a
    piece of the last sample was covered, the next one is looked for first.

Degeneracy rule
    As in `scanline`, for both scans.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.components import group_loops
from amprep.kernels.jit import inner_kernel, kernel
from amprep.kernels.scanline import ROOM
from amprep.kernels.sorting import sort_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    #: Pieces, runs and groups' runs, as `ScanRoom.scan` gives them.
    Scan = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]

__all__ = ["LEAST_SAMPLES", "core_gap_mm2", "samples_of", "uncovered_mm"]

#: Lines of samples per hatch line, at least and at most; both powers of 2.
LEAST_SAMPLES = 4
_MOST_SAMPLES = 64

#: Of more points, or where edges would meet more lines of samples, there are as few of these as may be.
_MANY_POINTS = 4096
_MANY_CROSSINGS = 4096

#: An index of this type is never taken to count from the end, which takes time in the innermost loops.
At = np.uint64


def core_gap_mm2(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    lines: Scan,
    *,
    angle_rad: float,
    distance_mm: float,
    reach_mm: float = 0.0,
    samples: int | None = None,
) -> tuple[float, float]:
    """Area of a core that no hatch line comes near, and of all of the core.

    Parameters
    ----------
    points : (P, 2) float64, mm
        Curves of the core that lies behind the band of the contour, as seen from where the lines begin.
    loop_offsets : (C + 1,) int64
    lines : pieces, runs and groups' runs
        Hatch lines, as `ScanRoom.scan` gives them. They must not lie in the room of scans.
    angle_rad, distance_mm : float
        Of the lines.
    reach_mm : float
        How far from its ends a line exposes what it does not run past.
    samples : int, optional
        Lines of samples per hatch line; as of `samples_of` where none are given.

    Returns
    -------
    gap_mm2, core_mm2 : float
        As sampled.

    """
    groups = group_loops(points, loop_offsets, angle_rad)
    samples = samples or samples_of(points, loop_offsets, angle_rad, distance_mm)
    pitch_mm = distance_mm / samples
    along = (math.cos(angle_rad), math.sin(angle_rad))
    pieces, runs, _, _ = ROOM.scan(points, loop_offsets, *groups, *along, pitch_mm)
    if not len(pieces):
        return 0.0, 0.0
    core_mm2 = pitch_mm * float((pieces[:, 1] - pieces[:, 0]).sum())
    return pitch_mm * uncovered_mm(pieces, runs, *lines, distance_mm, reach_mm, samples), core_mm2


def samples_of(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], angle_rad: float, distance_mm: float
) -> int:
    """Lines of samples per hatch line, as many as do not take long: what they are apart may be missed.

    A wall that runs along the lines lies on one of them or on none, however long it is.
    """
    if not 0 < len(points) <= _MANY_POINTS:
        return LEAST_SAMPLES
    across = points[:, 1] * math.cos(angle_rad) - points[:, 0] * math.sin(angle_rad)
    behind = np.arange(1, len(points) + 1)
    filled = np.flatnonzero(np.diff(loop_offsets))
    behind[loop_offsets[filled + 1] - 1] = loop_offsets[filled]
    lines = float(np.abs(across[behind] - across).sum()) / distance_mm
    samples = _MOST_SAMPLES
    while samples > LEAST_SAMPLES and samples * lines > _MANY_CROSSINGS:
        samples //= 2
    return samples


@inner_kernel
def _first_behind(high: NDArray[np.float64], begin: Any, end: Any, guess: Any, u: float) -> Any:
    """The first of some pieces that ends behind a place; `end` for none."""
    if begin <= guess < end:
        if high[At(guess)] <= u:
            begin = guess + 1
            if begin < end and high[At(begin)] > u:
                return begin
        elif guess == begin or high[At(guess - 1)] <= u:
            return guess
        else:
            end = guess
    while begin < end:
        middle = (begin + end) >> 1
        if high[At(middle)] <= u:
            begin = middle + 1
        else:
            end = middle
    return begin


@inner_kernel
def _listed(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    lowest: Any,
    lines: Any,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Where each of some lines' pieces begin in a list, and their ends, ascending on each line."""
    starts = np.zeros(lines + 2, dtype=np.int64)
    piece_of_run = np.empty(runs.shape[0], dtype=np.int64)
    piece: Any = np.int64(0)
    for r in range(runs.shape[0]):
        piece_of_run[r] = piece
        piece += runs[r, 1] * runs[r, 2]
        for k in range(max(runs[r, 0] - lowest, 0), min(runs[r, 0] + runs[r, 1] - lowest, lines)):
            starts[k + 2] += runs[r, 2]
    for k in range(lines):
        starts[k + 2] += starts[k + 1]
    # Bodies in the order of where they begin, so that lists nearly are in order.
    groups = np.arange(group_runs.shape[0] - 1)
    leftmost = np.full(groups.shape[0], np.inf)
    for g in range(groups.shape[0]):
        if group_runs[g] < group_runs[g + 1]:
            leftmost[g] = pieces[piece_of_run[group_runs[g]], 0]
    sort_range(leftmost, groups, 0, groups.shape[0])
    low = np.empty(starts[lines + 1], dtype=np.float64)
    high = np.empty(starts[lines + 1], dtype=np.float64)
    row = np.empty(starts[lines + 1], dtype=np.int64)
    for g in groups:
        for r in range(group_runs[g], group_runs[g + 1]):
            piece = piece_of_run[r]
            for k in range(runs[r, 0] - lowest, runs[r, 0] + runs[r, 1] - lowest):
                if 0 <= k < lines:
                    to: Any = starts[At(k + 1)]
                    for i in range(runs[r, 2]):
                        low[At(to + i)] = pieces[At(piece + i), 0]
                        row[At(to + i)] = piece + i
                    starts[At(k + 1)] += runs[r, 2]
                piece += runs[r, 2]
    for k in range(lines if groups.shape[0] > 1 else 0):
        sort_range(low, row, starts[k], starts[k + 1])
    for i in range(row.shape[0]):
        high[i] = pieces[At(row[i]), 1]
    return starts, low, high


@kernel
def uncovered_mm(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    line_pieces: NDArray[np.float64],
    line_runs: NDArray[np.int64],
    line_group_runs: NDArray[np.int64],
    distance_mm: float,
    reach_mm: float,
    samples: int,
) -> float:
    """Length of pieces on lines of samples that no hatch line beside runs past.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    line_pieces : (N, 2) float64, mm
    line_runs : (S, 3) int64
    line_group_runs : (G + 1,) int64
        Lines of samples and hatch lines, as `ScanRoom.scan` gives them.
    distance_mm, reach_mm : float
        Between hatch lines, and how far from its ends a line reaches.
    samples : int
        Lines of samples per hatch line, a power of 2 above 1.
    """
    if runs.shape[0] == 0:
        return 0.0
    # A line of samples k lies between the hatch lines (2 k + 1 - samples) // (2 samples) and the next one.
    first = runs[0, 0]
    last = first
    for r in range(runs.shape[0]):
        first = min(first, runs[r, 0])
        last = max(last, runs[r, 0] + runs[r, 1])
    lowest: Any = (2 * first + 1 - samples) // (2 * samples)
    lines: Any = (2 * last + 1 - samples) // (2 * samples) - lowest + 2
    starts, low, high = _listed(line_pieces, line_runs, line_group_runs, lowest, lines)
    hints = starts.copy()
    # How far the lines below and above reach beyond their ends at each line of samples between them.
    beyond_of = np.zeros((2, samples), dtype=np.float64)
    for place in range(samples if reach_mm > 0.0 else 0):
        for side in range(2):
            away = (place + 0.5) / samples * distance_mm
            away = distance_mm - away if side else away
            beyond_of[side, place] = math.sqrt(max(0.0, reach_mm * reach_mm - away * away))
    bits = np.int64(0)
    while 1 << bits < 2 * samples:
        bits += 1
    uncovered = 0.0
    piece: Any = np.int64(0)
    for r in range(runs.shape[0]):
        for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
            halves = 2 * k + 1 - samples
            below = (halves >> bits) - lowest
            place = (halves & (2 * samples - 1)) >> 1
            beyond = beyond_of[0, At(place)]
            beyond_next = beyond_of[1, At(place)]
            begin: Any = starts[At(below)]
            behind: Any = starts[At(below + 1)]
            end: Any = starts[At(below + 2)]
            a: Any = hints[At(below)]
            b: Any = hints[At(below + 1)]
            for _ in range(runs[r, 2]):
                reached = pieces[At(piece), 0]
                to = pieces[At(piece), 1]
                piece += 1
                # Mostly the piece that ran past the last sample runs past this one.
                if a < behind and low[At(a)] - beyond <= reached and to <= high[At(a)] + beyond:
                    continue
                if b < end and low[At(b)] - beyond_next <= reached and to <= high[At(b)] + beyond_next:
                    continue
                a = _first_behind(high, begin, behind, a, reached - beyond)
                b = _first_behind(high, behind, end, b, reached - beyond_next)
                while reached < to:
                    # Go on from the end of a piece of either line that runs past here.
                    while a < behind and high[At(a)] + beyond <= reached:
                        a += 1
                    while b < end and high[At(b)] + beyond_next <= reached:
                        b += 1
                    nearest = to
                    further = reached
                    if a < behind:
                        nearest = min(nearest, low[At(a)] - beyond)
                        if low[At(a)] - beyond <= reached:
                            further = high[At(a)] + beyond
                    if b < end:
                        nearest = min(nearest, low[At(b)] - beyond_next)
                        if low[At(b)] - beyond_next <= reached:
                            further = max(further, high[At(b)] + beyond_next)
                    if further <= reached:
                        uncovered += nearest - reached
                        further = nearest
                    reached = further
            hints[At(below)] = a
            hints[At(below + 1)] = b
    return uncovered
