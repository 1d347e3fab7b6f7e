"""Hatch lines in hexagonal islands, the vectors of neighbouring islands at 60° or 120° to each other.

::

            ╭────╮               Island (q, r) has its middle at u = 1.5·q·R, v = (r + q/2)·W: R is the radius
       ╭────╯    ╰────╮          to a corner, W = √3·R the width from side to side. Two sides lie along u.
       │ q-r=2 │ q-r=1           (q - r) mod 3 is the kind of an island: no two neighbours are of one kind.
       ╰────╮    ╭────╯          Vectors of kind 0 run along u, of kind 1 at 60° and of kind 2 at 120° to it,
            ╰────╯               always along two sides of their island, so none is shorter than R inside.

Algorithm
    Three scans, each turned by 60° against the one before. Turned with a scan the islands cover themselves,
    only their numbers change: (q, r) in the frame of a scan is (-r, q + r) in the frame before, which swaps
    the kinds 1 and 2. A line runs through islands of one kind in all even columns, and of one in all odd
    ones, so only every second island is looked at, or none. A piece is cut at the sides of the islands of its
    scan's kind, longer by half an overlap at right angles to the side; lines in the overlap beside an island
    belong to it as well. Counting pieces per island gives the place of each vector. Islands follow column by
    column, to and fro.

Degeneracy rule
    Where a piece reaches into an island by less than can be exposed, it is left out there and counted
    as lost. A line on the border of two islands counts for the upper one (half-open rule).
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

__all__ = ["hatch_hexagon"]


@kernel
def hatch_hexagon(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    pieces_60: NDArray[np.float64],
    runs_60: NDArray[np.int64],
    group_runs_60: NDArray[np.int64],
    pieces_120: NDArray[np.float64],
    runs_120: NDArray[np.int64],
    group_runs_120: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    island_mm: float,
    overlap_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
) -> tuple[NDArray[np.float32], float, float, NDArray[np.int64]]:
    """Pieces of hatch lines in three directions as vectors, island by island.

    pieces, pieces_60, pieces_120 : (M, 2) float64, mm
    runs, runs_60, runs_120 : (R, 3) int64
    group_runs, group_runs_60, group_runs_120 : (G + 1,) int64
        As `ScanRoom.scan` gives them for lines along the angle, and turned by 60° and 120°
        counter-clockwise.
    angle_rad : float
        Direction of the vectors of the first kind of islands from +x.
    distance_mm, island_mm, overlap_mm : float
        Hatch distance, width of an island from side to side, and by how much neighbouring islands overlap in
        all, less than the width. Lines and islands are anchored to the origin of the pieces, the middle of
        an island.
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
    groups = group_runs.shape[0] - 1
    window = np.empty((groups, 5), dtype=np.int64)
    window[:, 0] = 2**62
    window[:, 1] = 2**62
    window[:, 2] = -(2**62)
    window[:, 3] = -(2**62)
    place_of = np.zeros(1, dtype=np.int64)
    segments = np.empty((0, 4), dtype=np.float32)
    line_mm = 0.0
    short_mm = 0.0
    islands: Any = np.int64(0)
    # Find out which islands there are, count their vectors, write them.
    for sweep in range(3):
        line_mm = 0.0
        short_mm = 0.0
        for turn in range(3):
            of_pieces = pieces if turn == 0 else pieces_60 if turn == 1 else pieces_120
            of_runs = runs if turn == 0 else runs_60 if turn == 1 else runs_120
            of_groups = group_runs if turn == 0 else group_runs_60 if turn == 1 else group_runs_120
            along, lost = _spread(
                of_pieces,
                of_runs,
                of_groups,
                angle_rad,
                distance_mm,
                island_mm,
                overlap_mm,
                origin_x_mm,
                origin_y_mm,
                turn,
                sweep,
                window,
                place_of,
                segments,
            )
            line_mm += along
            short_mm += lost
        if sweep == 0:
            for g in range(groups):
                window[g, 4] = islands
                if window[g, 0] <= window[g, 2]:
                    islands += (window[g, 2] - window[g, 0] + 1) * (window[g, 3] - window[g, 1] + 1)
            place_of = np.zeros(islands + 1, dtype=np.int64)
        elif sweep == 1:
            total = 0
            for island in range(islands):
                of_island = place_of[island]
                place_of[island] = total
                total += of_island
            segments = np.empty((total, 4), dtype=np.float32)
    blocks = filled_blocks(place_of, islands, window[:, 4].copy())
    return segments, line_mm, short_mm, blocks


@kernel
def _spread(
    pieces: NDArray[np.float64],
    runs: NDArray[np.int64],
    group_runs: NDArray[np.int64],
    angle_rad: float,
    distance_mm: float,
    island_mm: float,
    overlap_mm: float,
    origin_x_mm: float,
    origin_y_mm: float,
    turn: int,
    sweep: int,
    window: NDArray[np.int64],
    place_of: NDArray[np.int64],
    segments: NDArray[np.float32],
) -> tuple[float, float]:
    """Sweep 0 grows each group's window of islands (low q, low row, high q, high row), 1 counts, 2 writes.

    Returns the length without overlaps, and the length that was too short.
    """
    kind = 0 if turn == 0 else 2
    cosine = math.cos(angle_rad + turn * math.pi / 3.0)
    sine = math.sin(angle_rad + turn * math.pi / 3.0)
    radius = island_mm / math.sqrt(3.0)
    wider = overlap_mm / math.sqrt(3.0)
    slope = 1.0 / math.sqrt(3.0)
    pitch = 1.5 * radius
    half = 0.5 * island_mm
    grown = 0.5 * overlap_mm
    line_mm = 0.0
    short_mm = 0.0
    begin: Any = np.int64(0)
    for g in range(group_runs.shape[0] - 1):
        rows = window[g, 3] - window[g, 1] + 1
        for r in range(group_runs[g], group_runs[g + 1]):
            count = runs[r, 2]
            for k in range(runs[r, 0], runs[r, 0] + runs[r, 1]):
                at = (k + 0.5) * distance_mm
                x = origin_x_mm - at * sine
                y = origin_y_mm + at * cosine
                odd = k & 1
                # In even columns q = 2 m the line runs through the islands (2 m, f - m), all of one kind, in
                # odd ones through (2 m + 1, f - m).
                for parity in range(2):
                    low = np.int64(math.floor((at - grown) / island_mm + 0.5 - 0.5 * parity))
                    high = np.int64(math.floor((at + grown) / island_mm + 0.5 - 0.5 * parity))
                    home = np.int64(math.floor(at / island_mm + 0.5 - 0.5 * parity))
                    for f in range(low, high + 1):
                        if (parity - f - kind) % 3 != 0:
                            continue
                        beside = abs(at - (f + 0.5 * parity) * island_mm)
                        # A line in the overlap beside an island counts as far as the side there.
                        width = radius - min(beside, half) * slope
                        whole = radius + wider - beside * slope
                        piece = begin + odd * (count - 1)
                        for _ in range(count):
                            u0 = pieces[At(piece), 0]
                            u1 = pieces[At(piece), 1]
                            piece += 1 - 2 * odd
                            first = np.int64(math.ceil(((u0 - width) / pitch - parity) * 0.5))
                            last = np.int64(math.floor(((u1 + width) / pitch - parity) * 0.5))
                            for m in range(first, last + 1):
                                middle = (2 * m + parity) * pitch
                                w0 = max(u0, middle - width)
                                w1 = min(u1, middle + width)
                                inside = w1 - w0
                                if inside < SHORTEST_VECTOR_MM:
                                    if f == home and inside > 0.0:
                                        short_mm += inside
                                    continue
                                if f == home:
                                    line_mm += inside
                                # Back into the frame of the first scan.
                                i = 2 * m + parity
                                j = f - m
                                if turn >= 1:
                                    i, j = -j, i + j
                                if turn == 2:
                                    i, j = -j, i + j
                                j += i >> 1
                                if sweep == 0:
                                    window[g, 0] = min(window[g, 0], i)
                                    window[g, 1] = min(window[g, 1], j)
                                    window[g, 2] = max(window[g, 2], i)
                                    window[g, 3] = max(window[g, 3], j)
                                    continue
                                j -= window[g, 1]
                                if i & 1:
                                    j = rows - 1 - j
                                island = At(window[g, 4] + (i - window[g, 0]) * rows + j)
                                place = At(place_of[island])
                                place_of[island] += 1
                                if sweep == 1:
                                    continue
                                w0 = max(u0, middle - whole)
                                w1 = min(u1, middle + whole)
                                if odd:
                                    w0, w1 = w1, w0
                                segments[place, 0] = w0 * cosine + x
                                segments[place, 1] = w0 * sine + y
                                segments[place, 2] = w1 * cosine + x
                                segments[place, 3] = w1 * sine + y
                begin += count
    return line_mm, short_mm
