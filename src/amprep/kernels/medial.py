"""Medial lines of thin places: the centres of the discs that touch a wall on both of its sides.

::

          p ─────>
        ──●─────────────┐      A point p walks along the boundary. The largest disc that touches it at p from
          │ r           │      inside, and reaches over no other edge, has its centre c on the medial line
        ──c── ── ── ──  │      and touches the boundary a second time at q. As p goes on, c goes along the
          │             │      line without a jump, so the polylines come in order and meet at junctions.
        ──●─────────────┘      Each branch is walked twice, once from either side; the side on which p comes
          q                    before q counts.

Algorithm
    The radius for one edge is a formula; the least over the edges in the cells around p counts. At reflex
    corners the disc turns around the corner. Steps are halved until the middle of a step lies within a
    tolerance of the chord, or an end is known that well. A branch that runs into a corner, or into a round
    end, has a short way around the cap between p and q: below 2·√3 radii it goes. For a plain corner this is
    one of 60° or more, which is also what a mitred contour reaches.

Degeneracy rule
    An edge whose line passes within 1e-9 mm of p is not seen from there. Where the curve of discs is lost
    between two samples, a polyline ends there and another one begins.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.edge_cells import AFTER, ARC, BEFORE, DX, DY, LENGTH, LOOP, X, Y, cell_at
from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST_CAP", "medial_lines"]

#: Way around the cap between both feet, in radii, from which on a place of the line is no corner's.
LEAST_CAP = 2.0 * math.sqrt(3.0)

#: Turn of a reflex corner, in rad, from which on the disc is turned around it step by step.
_LEAST_TURN = 0.03

#: Greatest step of that, in rad.
_TURN_STEP = 0.26

#: An edge whose line lies nearer to p than this, in mm, is one that p lies on.
_LEAST_HEIGHT = 1e-9

#: Convex corners up to this turn, in rad, need no search for where the disc runs into them.
_GENTLE_TURN = 0.5

#: Steps no longer than this, along the edge (mm) or in the turn (rad), are not halved.
_LEAST_STEP = 1e-6

#: Halvings of a step at most.
_DEPTH = 40

#: Columns of a sample: centre of the disc, its radius, place of p; how far along the edge (mm) or the turn
#: (rad); 1 where it counts, 0 where it does on the other side, else -1; how far along its loop the other foot
#: is. The first five are those of the result.
_CX, _CY, _R, _PX, _PY, _AT, _KEPT, _FOOT = 0, 1, 2, 3, 4, 5, 6, 7


@inner_kernel
def _is_reached(
    x: float,
    y: float,
    reach: float,
    path: NDArray[np.float64],
    path_start: NDArray[np.int64],
    path_members: NDArray[np.int32],
    frame: NDArray[np.float64],
    numbers: NDArray[np.int32],
) -> bool:
    """Whether a place lies within `reach` of the contour."""
    column = math.floor((x - frame[0]) / frame[2])
    row = math.floor((y - frame[1]) / frame[2])
    for j in range(max(row - 1, 0), min(row + 2, numbers.shape[0])):
        for i in range(max(column - 1, 0), min(column + 2, numbers.shape[1])):
            c = numbers[j, i]
            for k in range(path_start[c], path_start[c + 1]):
                e = path_members[k]
                dx = x - path[e, X]
                dy = y - path[e, Y]
                along = min(max(dx * path[e, DX] + dy * path[e, DY], 0.0), path[e, LENGTH])
                dx -= along * path[e, DX]
                dy -= along * path[e, DY]
                if dx * dx + dy * dy <= reach * reach:
                    return True
    return False


@inner_kernel
def _disc(
    edges: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    frame: NDArray[np.float64],
    numbers: NDArray[np.int32],
    px: float,
    py: float,
    nx: float,
    ny: float,
    most: float,
) -> tuple[float, int, float]:
    """Radius of the largest disc at p, the edge it touches and where; -1 where it is `most` large.

    n is the unit normal into the material.
    """
    best = most
    foot: Any = np.int64(-1)
    foot_way = 0.0
    # Cells that the disc may meet.
    left = (px + most * (nx - 1.0) - frame[0]) / frame[2]
    right = (px + most * (nx + 1.0) - frame[0]) / frame[2]
    low = (py + most * (ny - 1.0) - frame[1]) / frame[2]
    high = (py + most * (ny + 1.0) - frame[1]) / frame[2]
    for j in range(max(math.floor(low), 0), min(math.floor(high), numbers.shape[0] - 1) + 1):
        for i in range(max(math.floor(left), 0), min(math.floor(right), numbers.shape[1] - 1) + 1):
            c = numbers[j, i]
            for k in range(start[c], start[c + 1]):
                e = members[k]
                ax = edges[e, X] - px
                ay = edges[e, Y] - py
                dx = edges[e, DX]
                dy = edges[e, DY]
                height = dy * ax - dx * ay
                # How far the line of the edge lies behind p; the disc may only touch it from inside. Edges
                # that p lies on have no height.
                if height <= _LEAST_HEIGHT or height > 2.0 * best:
                    continue
                bend = 1.0 + nx * dy - ny * dx
                if height >= best * bend:
                    continue
                radius = height / bend
                way = (radius * nx - ax) * dx + (radius * ny - ay) * dy
                if way < 0.0 or way > edges[e, LENGTH]:
                    way = 0.0 if way < 0.0 else edges[e, LENGTH]
                    x = ax + way * dx
                    y = ay + way * dy
                    facing = x * nx + y * ny
                    square = x * x + y * y
                    if square >= 2.0 * best * facing:
                        continue
                    radius = square / (2.0 * facing)
                if radius < best:
                    best = radius
                    foot = np.int64(e)
                    foot_way = way
    return best, foot, foot_way


@inner_kernel
def _sample(
    samples: NDArray[np.float64],
    row: int,
    at: float,
    e: int,
    turning: bool,
    guess: float,
    edges: NDArray[np.float64],
    links: NDArray[np.int64],
    lengths: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    path: NDArray[np.float64],
    path_start: NDArray[np.int64],
    path_members: NDArray[np.int32],
    frame: NDArray[np.float64],
    numbers: NDArray[np.int32],
    least_mm: float,
    offset_mm: float,
) -> None:
    """Find the disc at one place of the boundary, and whether its centre counts."""
    px = edges[e, X]
    py = edges[e, Y]
    nx = -edges[e, DY]
    ny = edges[e, DX]
    own_way = edges[e, ARC]
    if turning:
        # The normal of the edge before, turned clockwise.
        other = links[e, BEFORE]
        t = math.tan(0.5 * at)
        cosine = (1.0 - t * t) / (1.0 + t * t)
        sine = 2.0 * t / (1.0 + t * t)
        nx = edges[other, DX] * sine - edges[other, DY] * cosine
        ny = edges[other, DX] * cosine + edges[other, DY] * sine
    else:
        px += at * edges[e, DX]
        py += at * edges[e, DY]
        own_way += at
    most = 1.5 * offset_mm
    # Mostly about as large as the last one, so less than all cells around have to be looked through.
    radius, foot, way = _disc(edges, start, members, frame, numbers, px, py, nx, ny, min(1.1 * guess, most))
    if foot < 0:
        radius, foot, way = _disc(edges, start, members, frame, numbers, px, py, nx, ny, most)
    x = px + radius * nx
    y = py + radius * ny
    kept = -1.0
    if foot >= 0 and radius >= least_mm:
        loop = links[e, LOOP]
        foot_way = edges[foot, ARC] + way
        kept = 1.0 if links[foot, LOOP] > loop else 0.0
        if links[foot, LOOP] == loop:
            cap = abs(own_way - foot_way)
            kept = 1.0 if own_way < foot_way else 0.0
            if min(cap, lengths[loop] - cap) < LEAST_CAP * radius:
                kept = -1.0
        if (
            kept == 1.0
            and radius >= offset_mm
            and _is_reached(x, y, offset_mm, path, path_start, path_members, frame, numbers)
        ):
            kept = -1.0
    samples[row, _CX] = x
    samples[row, _CY] = y
    samples[row, _R] = radius
    samples[row, _PX] = px
    samples[row, _PY] = py
    samples[row, _AT] = at
    samples[row, _KEPT] = kept
    samples[row, _FOOT] = edges[foot, ARC] + way if foot >= 0 else 0.0


@inner_kernel
def _inset(radius_mm: float, turn: float) -> float:
    """How near to a convex corner a disc of that radius, on an edge of it, meets the other edge."""
    return max(1.01 * radius_mm * math.tan(0.5 * turn), _LEAST_STEP) if turn < _GENTLE_TURN else _LEAST_STEP


@inner_kernel
def _is_straight(samples: NDArray[np.float64], middle: int, end: int, tolerance_mm: float) -> bool:
    """Whether the middle of a step lies on the chord from row 0 to its end."""
    wx = samples[end, _CX] - samples[0, _CX]
    wy = samples[end, _CY] - samples[0, _CY]
    x = samples[middle, _CX] - samples[0, _CX]
    y = samples[middle, _CY] - samples[0, _CY]
    square = wx * wx + wy * wy
    lies: bool = abs(wx * y - wy * x) <= tolerance_mm * math.sqrt(square)
    return lies and 0.0 <= wx * x + wy * y <= square


@kernel
def medial_lines(
    edges: NDArray[np.float64],
    links: NDArray[np.int64],
    lengths: NDArray[np.float64],
    start: NDArray[np.int64],
    members: NDArray[np.int32],
    path: NDArray[np.float64],
    path_start: NDArray[np.int64],
    path_members: NDArray[np.int32],
    frame: NDArray[np.float64],
    numbers: NDArray[np.int32],
    near: int,
    least_mm: float,
    offset_mm: float,
    tolerance_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Medial lines where discs are at least `least_mm` in radius, and no larger than the beam offset.

    edges : (E, 6) float64, mm
    links : (E, 3) int64
    lengths : (C,) float64, mm
        Edges of the region, as `edge_table` gives them.
    start : (cells + 2,) int64
    members : (M,) int32
        Edges by cell; a cell is at least three beam offsets wide.
    path : (F, 6) float64, mm
    path_start : (cells + 2,) int64
    path_members : (N,) int32
        The same of the contour. Where it is within reach, lines end.
    frame : (3,) float64, mm
    numbers : (rows, columns) int32
    near : int
        Only from edges in near cells is looked for lines.
    least_mm, offset_mm, tolerance_mm : float

    Returns
    -------
    points : (P, 5) float64, mm
        Centre, radius, and the place on the boundary that the disc was found from.
    offsets : (L + 1,) int64
        One polyline each.

    """
    tables = (edges, links, lengths, start, members, path, path_start, path_members, frame, numbers)
    out = np.empty((1024, 5), dtype=np.float64)
    written: Any = np.int64(0)
    out_offsets = np.zeros(256, dtype=np.int64)
    lines: Any = np.int64(0)
    # Row 0 is the left end of the step in work, those above are the right ends.
    samples = np.empty((_DEPTH + 2, 8), dtype=np.float64)
    guess = 0.0
    follows = False
    for edge in range(edges.shape[0]):
        e: Any = np.int64(edge)
        before = links[e, BEFORE]
        after = links[e, AFTER]
        if e == 0 or links[e - 1, LOOP] != links[e, LOOP]:
            follows = False
            guess = 0.5 * offset_mm
        sine = edges[before, DX] * edges[e, DY] - edges[before, DY] * edges[e, DX]
        cosine = edges[before, DX] * edges[e, DX] + edges[before, DY] * edges[e, DY]
        turn = math.atan2(sine, cosine)
        for part in range(2):
            # First around the corner where the edge starts, then along the edge.
            turning = part == 0
            if turning and turn > -_LEAST_TURN:
                continue
            begin = 0.0
            end = -turn
            pace = _TURN_STEP
            if not turning:
                # Near to convex corners the disc runs into the corner.
                pace = 2.0 * offset_mm
                end = edges[e, LENGTH]
                if turn > 0.0:
                    begin = min(_inset(guess, turn), 0.4 * edges[e, LENGTH])
                sine = edges[e, DX] * edges[after, DY] - edges[e, DY] * edges[after, DX]
                if sine > 0.0:
                    cosine = edges[e, DX] * edges[after, DX] + edges[e, DY] * edges[after, DY]
                    end -= min(_inset(guess, math.atan2(sine, cosine)), 0.4 * edges[e, LENGTH])
            steps = int((end - begin) / pace) + 1
            has_left = False
            for step in range(steps + 1):
                at = begin + (end - begin) * step / steps
                way = 0.0 if turning else at
                x = edges[e, X] + way * edges[e, DX]
                y = edges[e, Y] + way * edges[e, DY]
                cell = cell_at(frame, numbers, x, y)
                if cell == 0 or cell > near:
                    has_left = False
                    follows = False
                    continue
                depth: Any = np.int64(1 if has_left else 0)
                _sample(samples, depth, at, e, turning, guess, *tables, least_mm, offset_mm)
                has_left = True
                while depth >= 0:
                    # Halve the step from row 0 to the topmost row until it is known well enough.
                    first = depth
                    if depth > 0:
                        wx = samples[depth, _CX] - samples[0, _CX]
                        wy = samples[depth, _CY] - samples[0, _CY]
                        gap = math.sqrt(wx * wx + wy * wy)
                        both = samples[0, _KEPT] == 1.0 and samples[depth, _KEPT] == 1.0
                        differ = samples[0, _KEPT] != samples[depth, _KEPT]
                        # Between two samples that do not count there may be one that does.
                        coarse = 4.0 if both or samples[0, _KEPT] + samples[depth, _KEPT] < 0.0 else 1.0
                        # At a junction the other foot jumps.
                        jump = abs(samples[0, _FOOT] - samples[depth, _FOOT]) > 4.0 * gap + 0.2 * offset_mm
                        if jump:
                            coarse = 1.0
                        span = samples[depth, _AT] - samples[0, _AT]
                        # Both ends of an edge may lie too near to its corners.
                        probe = steps == 1 and depth == 1 and samples[0, _AT] == begin
                        probe = probe and samples[0, _KEPT] + samples[1, _KEPT] == -2.0
                        if (
                            span > _LEAST_STEP
                            and depth < _DEPTH
                            and (probe or ((both or differ) and gap > coarse * tolerance_mm))
                        ):
                            middle = depth + 1
                            at = samples[0, _AT] + 0.5 * span
                            _sample(samples, middle, at, e, turning, guess, *tables, least_mm, offset_mm)
                            if not (
                                both
                                and not jump
                                and samples[middle, _KEPT] == 1.0
                                and _is_straight(samples, middle, depth, tolerance_mm)
                            ):
                                depth = middle
                                continue
                            first = middle
                    if samples[depth, _KEPT] >= 0.0:
                        guess = samples[depth, _R]
                    for row in range(first, depth - 1, -1):
                        if samples[row, _KEPT] < 1.0:
                            follows = False
                            continue
                        if not follows and written > 0:
                            wx = samples[row, _CX] - out[written - 1, _CX]
                            wy = samples[row, _CY] - out[written - 1, _CY]
                            if wx * wx + wy * wy > 9.0 * tolerance_mm * tolerance_mm:
                                lines += 1
                                if lines + 1 >= out_offsets.shape[0]:
                                    offsets = np.zeros(2 * lines + 2, dtype=np.int64)
                                    for i in range(lines):
                                        offsets[i] = out_offsets[i]
                                    out_offsets = offsets
                                out_offsets[lines] = written
                        if written == out.shape[0]:
                            larger = np.empty((2 * written, 5), dtype=np.float64)
                            for i in range(written):
                                for column in range(5):
                                    larger[i, column] = out[i, column]
                            out = larger
                        for column in range(5):
                            out[written, column] = samples[row, column]
                        written += 1
                        follows = True
                    for column in range(8):
                        samples[0, column] = samples[depth, column]
                    depth -= 1
    if written > 0:
        lines += 1
        out_offsets[lines] = written
    return out[:written].copy(), out_offsets[: lines + 1].copy()
