"""Hatch lines cut by other hatch lines: what of them lies inside or outside of another region.

::

        lines     ━━━━━━━━━━━━━━   ━━━━━━━      Both are pieces of the same lines. Those of a line ascend and
        cutter        ━━━━   ━━━━━━━━━━━        keep clear of each other, so that one walk along the line
        inside        ━━━━   ━━━   ━━━━━        meets every pair of pieces that share a place.
        outside   ━━━━    ━━━            ━━

Algorithm
    The cutter's pieces are listed by line. Groups and runs of the cut lines are walked in their order; on
    each line the first piece of the cutter that matters is looked up by bisection, as several groups may have
    pieces on that line. Runs that keep clear of the cutter's lines are copied or left out whole. Lines that
    follow each other with equally many pieces become one run, as in the scan.

Degeneracy rule
    Pieces too short to expose are left out and their length is reported. A gap of no width is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import kernel
from amprep.kernels.tolerances import SAME_POINT_MM, SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["INSIDE", "OUTSIDE", "cut_pieces"]

#: Which parts of the pieces are kept.
INSIDE = 1
OUTSIDE = 0


@kernel
def cut_pieces(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    cutter: NDArray[np.float64],
    cutter_runs: NDArray[np.int64],
    kept_side: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float, float]:
    """What of the pieces of hatch lines lies inside, or outside, of another region on the same lines.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
        As `ScanRoom.scan` gives them; groups share no place.
    cutter : (N, 2) float64, mm
    cutter_runs : (S, 3) int64
        The other region, scanned as one group on the same lines.
    kept_side : int
        `INSIDE` or `OUTSIDE` of the other region.

    Returns
    -------
    pieces, runs, group_runs
        As given; groups and order are kept.
    kept_mm, short_mm : float
        Length of the pieces, and of what was left out because it is too short to expose.

    """
    inside = kept_side == INSIDE
    groups = group_runs.shape[0] - 1
    out = np.empty((pieces.shape[0] + cutter.shape[0], 2), dtype=np.float64)
    out_groups = np.zeros(groups + 1, dtype=np.int64)
    # The cutter's pieces line by line; lines ascend from run to run.
    last_run = cutter_runs.shape[0] - 1
    low: Any = np.int64(0)
    high: Any = np.int64(0)
    if last_run >= 0:
        low = cutter_runs[0, 0]
        high = cutter_runs[last_run, 0] + cutter_runs[last_run, 1]
    start = np.zeros(high - low + 1, dtype=np.int64)
    place: Any = np.int64(0)
    line: Any = np.int64(0)
    for r in range(last_run + 1):
        while line <= cutter_runs[r, 0] - low:
            start[line] = place
            line += 1
        for _ in range(cutter_runs[r, 1]):
            place += cutter_runs[r, 2]
            start[line] = place
            line += 1

    lines = np.int64(0)
    for r in range(runs.shape[0]):
        lines += runs[r, 1]
    out_runs = np.empty((lines, 3), dtype=np.int64)
    kept_mm = 0.0
    short_mm = 0.0
    begin: Any = np.int64(0)
    written: Any = np.int64(0)
    run: Any = np.int64(0)
    for g in range(groups):
        first_run = run
        for r in range(group_runs[g], group_runs[g + 1]):
            first = runs[r, 0]
            count = runs[r, 2]
            if first >= high or first + runs[r, 1] <= low:
                # No line of the run meets the cutter.
                end = begin + runs[r, 1] * count
                if not inside:
                    for p in range(begin, end):
                        out[written, 0] = pieces[p, 0]
                        out[written, 1] = pieces[p, 1]
                        kept_mm += pieces[p, 1] - pieces[p, 0]
                        written += 1
                    out_runs[run, 0] = first
                    out_runs[run, 1] = runs[r, 1]
                    out_runs[run, 2] = count
                    run += 1
                begin = end
                continue
            for k in range(first, first + runs[r, 1]):
                row = written
                c: Any = np.int64(0)
                behind: Any = np.int64(0)
                if low <= k < high:
                    c = start[k - low]
                    behind = start[k - low + 1]
                    # The first piece of the cutter that ends behind the begin of the first piece here.
                    above = behind
                    while c < above:
                        middle = (c + above) >> 1
                        if cutter[middle, 1] <= pieces[begin, 0]:
                            c = middle + 1
                        else:
                            above = middle
                for p in range(begin, begin + count):
                    u0 = pieces[p, 0]
                    u1 = pieces[p, 1]
                    while c < behind and cutter[c, 1] <= u0:
                        c += 1
                    at = c
                    while True:
                        meets = at < behind and cutter[at, 0] < u1
                        if inside:
                            if not meets:
                                break
                            w0 = max(u0, cutter[at, 0])
                            w1 = min(u1, cutter[at, 1])
                        else:
                            w0 = u0
                            w1 = cutter[at, 0] if meets else u1
                            if meets:
                                u0 = cutter[at, 1]
                        if written > row and w0 - out[written - 1, 1] <= SAME_POINT_MM:
                            # Also where the pieces of the lines themselves touch.
                            out[written - 1, 1] = max(w1, out[written - 1, 1])
                        elif w1 > w0:
                            out[written, 0] = w0
                            out[written, 1] = w1
                            written += 1
                        if not meets or (not inside and u0 >= u1):
                            break
                        at += 1
                begin += count
                made = written
                written = row
                for p in range(row, made):
                    length = out[p, 1] - out[p, 0]
                    if length < SHORTEST_VECTOR_MM:
                        short_mm += length
                        continue
                    kept_mm += length
                    out[written, 0] = out[p, 0]
                    out[written, 1] = out[p, 1]
                    written += 1
                left = written - row
                if left == 0:
                    continue
                if (
                    run > first_run
                    and out_runs[run - 1, 0] + out_runs[run - 1, 1] == k
                    and out_runs[run - 1, 2] == left
                ):
                    out_runs[run - 1, 1] += 1
                else:
                    out_runs[run, 0] = k
                    out_runs[run, 1] = 1
                    out_runs[run, 2] = left
                    run += 1
        out_groups[g + 1] = run
    return out[:written], out_runs[:run], out_groups, kept_mm, short_mm
