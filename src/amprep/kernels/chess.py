"""Hatch lines in square islands, the vectors of neighbouring islands at right angles.

::

        ┌───────┬───────┬───────┐
        │ ───── │ │ │ │ │ ───── │      Island (i, j) covers u from (i - ½)·width to (i + ½)·width and v
        │ ───── │ │ │ │ │ ───── │      alike. Where i + j is even its vectors run along u, else along v.
        ├───────┼───────┼───────┤      Rows of islands follow each other, every second one backwards.
        │ │ │ │ │ ───── │ │ │ │ │
        │ │ │ │ │ ───── │ │ │ │ │
        └───────┴───────┴───────┘

Algorithm
    Two scans, along u and along v. The pieces of each are cut at the borders of the islands and only those in
    islands of its own kind are taken, longer by half an overlap on either side; lines that lie in the
    overlap beside an island belong to it as well. Counting pieces per island gives the place of each vector.

Degeneracy rule
    Where a piece reaches into an island by less than can be exposed, it is left out there and counted
    as lost.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.blocks import filled_blocks
from amprep.kernels.jit import kernel
from amprep.kernels.scanline import At
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hatch_chess"]


@kernel
def hatch_chess(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    pieces_v: NDArray[np.float64],
    runs_v: NDArray[np.int64],
    group_runs_v: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    island_mm: float,
    overlap_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
) -> tuple[NDArray[np.float32], float, float, NDArray[np.int64]]:
    """Pieces of hatch lines in two directions as vectors, island by island.

    pieces : (M, 2) float64, mm
    runs : (R, 3) int64
    group_runs : (G + 1,) int64
        As `ScanRoom.scan` gives them for lines along the angle.
    pieces_v : (L, 2) float64, mm
    runs_v : (S, 3) int64
    group_runs_v : (G + 1,) int64
        The same at right angles to it, counter-clockwise.
    angle_rad : float
        Direction of the vectors of the first kind of islands from +x.
    distance_mm, island_mm, overlap_mm : float
        Hatch distance, width of an island, and by how much neighbouring islands overlap in all, less than
        the width. Lines and islands are anchored to the origin of the pieces, the middle of an island.
    origin_x_mm, origin_y_mm : float
        Where that origin lies on the platform.

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order: group by group, island by island, lines to and fro.
    line_mm : float
        Length of the hatch lines inside of their islands, overlaps left out.
    short_mm : float
        Length that was left out because what lies in an island is too short to expose.
    blocks : (G + 1 + B + 1,) int64
        Islands as blocks, as `filled_blocks` gives them.

    """
    cosine = math.cos(angle_rad)
    sine = math.sin(angle_rad)
    groups = group_runs.shape[0] - 1
    window = np.empty((groups, 5), dtype=np.int64)
    window[:, 0] = 2**62
    window[:, 1] = 2**62
    window[:, 2] = -(2**62)
    window[:, 3] = -(2**62)
    one: Any = np.int64(1)
    _reach(pieces, runs, group_runs, distance_mm, island_mm, overlap_mm, one, window)
    _reach(pieces_v, runs_v, group_runs_v, distance_mm, island_mm, overlap_mm, -one, window)
    islands: Any = np.int64(0)
    for g in range(groups):
        window[g, 4] = islands
        if window[g, 0] <= window[g, 2] and window[g, 1] <= window[g, 3]:
            islands += (window[g, 2] - window[g, 0] + 1) * (window[g, 3] - window[g, 1] + 1)
    place_of = np.zeros(islands + 1, dtype=np.int64)
    segments = np.empty((0, 4), dtype=np.float32)
    line_mm = 0.0
    short_mm = 0.0
    for _ in range(2):
        along, lost = _spread(
            pieces,
            runs,
            group_runs,
            cosine,
            sine,
            distance_mm,
            island_mm,
            overlap_mm,
            origin_x_mm,
            origin_y_mm,
            one,
            window,
            place_of,
            segments,
        )
        line_mm = along
        short_mm = lost
        along, lost = _spread(
            pieces_v,
            runs_v,
            group_runs_v,
            -sine,
            cosine,
            distance_mm,
            island_mm,
            overlap_mm,
            origin_x_mm,
            origin_y_mm,
            -one,
            window,
            place_of,
            segments,
        )
        line_mm += along
        short_mm += lost
        if segments.shape[0] == 0:
            total = 0
            for island in range(islands):
                of_island = place_of[island]
                place_of[island] = total
                total += of_island
            segments = np.empty((total, 4), dtype=np.float32)
            if total == 0:
                break
    blocks = filled_blocks(place_of, islands, window[:, 4].copy())
    return segments, line_mm, short_mm, blocks


@kernel
def _reach(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    distance_mm: float,
    island_mm: float,
    overlap_mm: float,
    kind: int,
    window: NDArray[np.int64],
) -> None:
    """Grow each group's window of islands, (low i, low j, high i, high j), by the pieces of one scan.

    kind : int
        1 for the scan along u, -1 for the one along v, whose lines count against u.
    """
    along = 0 if kind == 1 else 1
    across = 1 - along
    p = 0
    for g in range(group_runs.shape[0] - 1):
        for r in range(group_runs[g], group_runs[g + 1]):
            count = runs[r, 1] * runs[r, 2]
            for _ in range(count):
                low = np.int64(math.floor(pieces[At(p), 0] / island_mm + 0.5))
                high = np.int64(math.floor(pieces[At(p), 1] / island_mm + 0.5))
                window[g, along] = min(window[g, along], low)
                window[g, along + 2] = max(window[g, along + 2], high)
                p += 1
            for k in (runs[r, 0], runs[r, 0] + runs[r, 1] - 1):
                at = kind * (k + 0.5) * distance_mm
                low = np.int64(math.floor((at - 0.5 * overlap_mm) / island_mm + 0.5))
                high = np.int64(math.floor((at + 0.5 * overlap_mm) / island_mm + 0.5))
                window[g, across] = min(window[g, across], low)
                window[g, across + 2] = max(window[g, across + 2], high)


@kernel
def _spread(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    cosine: float,
    sine: float,
    distance_mm: float,
    island_mm: float,
    overlap_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
    kind: int,
    window: NDArray[np.int64],
    place_of: NDArray[np.int64],
    segments: NDArray[np.float32],
) -> tuple[float, float]:
    """Count the pieces of one scan per island; where there are segments, write them instead.

    Returns the length without overlaps, and the length that was too short.
    """
    half = 0.5 * overlap_mm
    counting = segments.shape[0] == 0
    line_mm = 0.0
    short_mm = 0.0
    begin = 0
    for g in range(group_runs.shape[0] - 1):
        columns = window[g, 2] - window[g, 0] + 1
        for r in range(group_runs[g], group_runs[g + 1]):
            count = runs[r, 2]
            for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
                at = (k + 0.5) * distance_mm
                x = origin_x_mm - at * sine
                y = origin_y_mm + at * cosine
                home = np.int64(math.floor(kind * at / island_mm + 0.5))
                first = np.int64(math.floor((kind * at - half) / island_mm + 0.5))
                last = np.int64(math.floor((kind * at + half) / island_mm + 0.5))
                odd = k & 1
                piece = begin + odd * (count - 1)
                for _ in range(count):
                    u0 = pieces[At(piece), 0]
                    u1 = pieces[At(piece), 1]
                    piece += 1 - 2 * odd
                    from_island = np.int64(math.floor(u0 / island_mm + 0.5))
                    to_island = np.int64(math.floor(u1 / island_mm + 0.5))
                    for band in range(first, last + 1):
                        # Islands of this kind: i + j even for the scan along u, odd for that along v.
                        start = from_island + ((from_island + band + (1 - kind) // 2) & 1)
                        for s in range(start, to_island + 1, 2):
                            w0 = max(u0, (s - 0.5) * island_mm)
                            w1 = min(u1, (s + 0.5) * island_mm)
                            inside = w1 - w0
                            if inside < SHORTEST_VECTOR_MM:
                                if band == home:
                                    short_mm += inside
                                continue
                            if band == home:
                                line_mm += inside
                            w0 = max(u0, (s - 0.5) * island_mm - half)
                            w1 = min(u1, (s + 0.5) * island_mm + half)
                            i = (s if kind == 1 else band) - window[g, 0]
                            j = (band if kind == 1 else s) - window[g, 1]
                            if (j + window[g, 1]) & 1:
                                i = columns - 1 - i
                            island = At(window[g, 4] + j * columns + i)
                            place = At(place_of[island])
                            place_of[island] += 1
                            if counting:
                                continue
                            if odd:
                                w0, w1 = w1, w0
                            segments[place, 0] = w0 * cosine + x
                            segments[place, 1] = w0 * sine + y
                            segments[place, 2] = w1 * cosine + x
                            segments[place, 3] = w1 * sine + y
                begin += count
    return line_mm, short_mm
