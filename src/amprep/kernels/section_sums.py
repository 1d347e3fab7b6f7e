"""Sums over the edges of cross-sections from which the length and the number of hatch lines follow.

::

             n                 An edge e of a loop crosses |e·n|/h lines that lie h apart; each piece of a
        ─────┼──────╲──        line has two ends, so there are Σ|e·n|/(2h) pieces (Cauchy, Crofton).
        ─────┼───────╲─   h
        ─────┼────────e        Shifted by d into the material, a loop encloses A - d·P + d²·Σtan(θ/2) and is
        ─────┼─────────╲       P - 2d·Σtan(θ/2) long (Steiner); θ is the turn at a corner.

Algorithm
    One pass over the edges. An edge is cut where it crosses from one cell of a grid into another: cells are
    the shares of lasers. The area in a cell is ∮ (clamp(x) - x₀) dy over what lies in its row, so cells left
    of an edge get their share of it. Where an edge crosses a cut, the place times the edge's direction adds
    up to the length of the cut inside the material: hatch lines end there too.

Degeneracy rule
    An edge of no length counts for nothing, its ends are one corner. Tangents are bounded, as nothing is
    left of a corner sharper than that. An edge that runs along a cut belongs to the upper cell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SECTION_SUMS", "section_sums", "united_sums"]

#: Columns of `section_sums`.
SECTION_SUMS = 17

#: Bounds of tan(θ/2): a needle of 7°, and where mitres of offset curves are cut.
_SHARPEST = 16.0
_MOST_REFLEX = 1.75


@inner_kernel
def _cell(place: float, cuts: NDArray[np.float64]) -> Any:
    """Number of the interval that a place lies in."""
    number = np.int64(0)
    while number < cuts.shape[0] and place >= cuts[number]:
        number += 1
    return number


@inner_kernel
def _add_edge(
    sums: NDArray[np.float64],
    row: int,
    previous: int,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    cosine: float,
    sine: float,
    steep: float,
    x_cuts: NDArray[np.float64],
    y_cuts: NDArray[np.float64],
    origin_x: float,
    origin_y: float,
) -> Any:
    """One edge: its share of each cell that it passes through; places relative to the origin.

    Returns the cell that it ends in; `previous` is that of the edge before, negative for none.
    """
    columns = x_cuts.shape[0] + 1
    rows = y_cuts.shape[0] + 1
    dx = x1 - x0
    dy = y1 - y0
    length = math.sqrt(dx * dx + dy * dy)
    across = abs(dy * cosine - dx * sine)
    is_steep = across >= steep * length
    at = 0.0
    while at < 1.0:
        # The cell behind this place, and where the edge leaves it.
        i: Any = np.int64(0)
        j: Any = np.int64(0)
        till = 1.0
        if columns > 1:
            while i < columns - 1:
                way = (x_cuts[i] - origin_x - x0) / dx if dx != 0.0 else math.inf
                gone = x0 >= x_cuts[i] - origin_x if dx == 0.0 else (at >= way if dx > 0.0 else at < way)
                if not gone:
                    break
                i += 1
            if dx > 0.0 and i < columns - 1:
                till = min(till, (x_cuts[i] - origin_x - x0) / dx)
            elif dx < 0.0 and i > 0:
                till = min(till, (x_cuts[i - 1] - origin_x - x0) / dx)
        if rows > 1:
            while j < rows - 1:
                way = (y_cuts[j] - origin_y - y0) / dy if dy != 0.0 else math.inf
                gone = y0 >= y_cuts[j] - origin_y if dy == 0.0 else (at >= way if dy > 0.0 else at < way)
                if not gone:
                    break
                j += 1
            if dy > 0.0 and j < rows - 1:
                till = min(till, (y_cuts[j] - origin_y - y0) / dy)
            elif dy < 0.0 and j > 0:
                till = min(till, (y_cuts[j - 1] - origin_y - y0) / dy)
        till = min(1.0, till)
        share = till - at
        cell = row + i * rows + j
        sums[cell, 1] += share * length
        sums[cell, 2] += share * across
        if is_steep:
            sums[cell, 3] += share * length
            sums[cell, 4] += share * across
        for end in (at, till):
            x = x0 + end * dx
            y = y0 + end * dy
            u = x * cosine + y * sine
            v = y * cosine - x * sine
            sums[cell, 9] = min(sums[cell, 9], u)
            sums[cell, 10] = max(sums[cell, 10], u)
            sums[cell, 11] = min(sums[cell, 11], v)
            sums[cell, 12] = max(sums[cell, 12], v)
            sums[cell, 13] = min(sums[cell, 13], u + v)
            sums[cell, 14] = max(sums[cell, 14], u + v)
            sums[cell, 15] = min(sums[cell, 15], u - v)
            sums[cell, 16] = max(sums[cell, 16], u - v)
        rise = share * dy
        middle = x0 + 0.5 * (at + till) * dx
        for k in range(i + 1):
            # From the left border of cell k; the first one is bounded by its right border instead.
            left = x_cuts[max(k, 1) - 1] - origin_x if columns > 1 else 0.0
            right = x_cuts[k] - origin_x if k < i else middle
            sums[row + k * rows + j, 0] += (right - left) * rise
        if previous >= 0 and cell != previous:
            sums[cell, 8] += 1.0
        previous = cell
        at = till
    # Where the edge crosses cuts, lines along these end.
    for k in range(columns - 1):
        place = x_cuts[k] - origin_x
        if (x0 < place) != (x1 < place):
            y = y0 + (place - x0) / dx * dy + origin_y
            _add_chord(
                sums, row + k * rows, 1, rows, y, -1.0 if dx > 0.0 else 1.0, y_cuts, abs(cosine), steep
            )
    for k in range(rows - 1):
        place = y_cuts[k] - origin_y
        if (y0 < place) != (y1 < place):
            x = x0 + (place - y0) / dy * dx + origin_x
            _add_chord(sums, row + k, rows, 1, x, 1.0 if dy > 0.0 else -1.0, x_cuts, abs(sine), steep)
    return previous


@inner_kernel
def _add_chord(
    sums: NDArray[np.float64],
    first: int,
    along: int,
    across_cut: int,
    place: float,
    sign: float,
    cuts: NDArray[np.float64],
    across: float,
    steep: float,
) -> None:
    """An end of a chord along a cut between two lines of cells: hatch lines end on both sides of it.

    `first`: first cell of the one line; `along`, `across_cut`: from a cell to the next in its line, and to
    the one on the other side; `cuts`: those that divide the lines.
    """
    count = cuts.shape[0]
    for i in range(count + 1):
        low = cuts[max(i, 1) - 1] if count > 0 else 0.0
        high = cuts[i] if i < count else math.inf
        least = low if i > 0 else -math.inf
        way = sign * (min(max(place, least), high) - low)
        for k in range(2):
            cell = first + i * along + k * across_cut
            sums[cell, 2] += way * across
            if across >= steep:
                sums[cell, 3] += way
                sums[cell, 4] += way * across


@kernel
def section_sums(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    directions: NDArray[np.float64],
    steep: float,
    offset_mm: float,
    x_cuts: NDArray[np.float64],
    y_cuts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sums over the edges of loops, in each cell of a grid.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
        Material lies on the left.
    directions : (C, 2) float64
        Cosine and sine of the direction of the hatch lines in the layer of each loop.
    steep : float
        Sine of the angle to the hatch lines from which on an edge is steep.
    offset_mm : float
        About how far loops are to be shifted: bounds the tangents of sharp corners.
    x_cuts : (A,) float64, mm
    y_cuts : (B,) float64, mm
        Where cells meet, ascending.

    Returns
    -------
    sums : (C·(A + 1)·(B + 1), 17) float64
        Of each loop in each cell, column of cells after column: area mm², length mm, Σ|e·n| mm, length and
        Σ|e·n| of steep edges, Σtan(θ/2), Σtan(θ/2)·(|d·n| + |d'·n|) of the directions d and d' that meet,
        Σ(1-cosθ)/2, how often the loop comes in; least and largest place u along and v across the hatch
        lines, mm, from the platform's origin, and least and largest u + v and u - v. Of the cuts inside the
        material, Σ|e·n| and the steep ones hold the length on both sides. A loop that comes in nowhere lies
        in a cell as a whole, or not at all.

    """
    columns = x_cuts.shape[0] + 1
    rows = y_cuts.shape[0] + 1
    cells = columns * rows
    loops = loop_offsets.shape[0] - 1
    sums = np.zeros((loops * cells, SECTION_SUMS), dtype=np.float64)
    for column in range(9, SECTION_SUMS, 2):
        sums[:, column] = math.inf
        sums[:, column + 1] = -math.inf
    for loop in range(loops):
        first = loop_offsets[loop]
        last = loop_offsets[loop + 1]
        cosine = directions[loop, 0]
        sine = directions[loop, 1]
        row = loop * cells
        if last - first < 3:
            continue
        # Places count from the loop's first point, so that places far away cost no digits.
        origin_x = points[first, 0]
        origin_y = points[first, 1]
        ux = 0.0
        uy = 0.0
        begin = last - 1
        while begin > first:
            ux = points[first, 0] - points[begin, 0]
            uy = points[first, 1] - points[begin, 1]
            if ux != 0.0 or uy != 0.0:
                break
            begin -= 1
        before = math.sqrt(ux * ux + uy * uy)
        if before == 0.0:
            continue
        ux /= before
        uy /= before
        ended: Any = np.int64(-1)
        begun: Any = np.int64(-1)
        for p in range(first, last):
            q = p + 1 if p + 1 < last else first
            x0 = points[p, 0] - origin_x
            y0 = points[p, 1] - origin_y
            x1 = points[q, 0] - origin_x
            y1 = points[q, 1] - origin_y
            dx = x1 - x0
            dy = y1 - y0
            length = math.sqrt(dx * dx + dy * dy)
            if length == 0.0:
                continue
            dx /= length
            dy /= length
            turn = ux * dy - uy * dx
            straight = ux * dx + uy * dy
            # A reversal may be a spike outwards or inwards.
            tangent = turn / (1.0 + straight) if straight > -1.0 else 0.0
            # A sharp corner takes from neither edge more than there is; so spikes there and back cancel.
            most = max(1.0, min(before, length) / offset_mm)
            tangent = min(max(tangent, -min(most, _MOST_REFLEX)), most, _SHARPEST)
            cell = row + _cell(points[p, 0], x_cuts) * rows + _cell(points[p, 1], y_cuts)
            sums[cell, 5] += tangent
            sums[cell, 6] += tangent * (abs(uy * cosine - ux * sine) + abs(dy * cosine - dx * sine))
            sums[cell, 7] += 0.5 * (1.0 - straight)
            ended = _add_edge(
                sums, row, ended, x0, y0, x1, y1, cosine, sine, steep, x_cuts, y_cuts, origin_x, origin_y
            )
            if begun < 0:
                begun = _cell(points[p, 0], x_cuts) * rows + _cell(points[p, 1], y_cuts) + row
            ux = dx
            uy = dy
            before = length
        if begun >= 0 and begun != ended:
            sums[begun, 8] += 1.0
        u = origin_x * cosine + origin_y * sine
        v = origin_y * cosine - origin_x * sine
        for k in range(row, row + cells):
            sums[k, 9] += u
            sums[k, 10] += u
            sums[k, 11] += v
            sums[k, 12] += v
            sums[k, 13] += u + v
            sums[k, 14] += u + v
            sums[k, 15] += u - v
            sums[k, 16] += u - v
    return sums


@kernel
def united_sums(
    sums: NDArray[np.float64], wanted: NDArray[np.bool_], owner: NDArray[np.int64], owners: int, cells: int
) -> NDArray[np.float64]:
    """Sums of loops that belong together.

    sums : (C·cells, 17) float64
        As `section_sums` gives them.
    wanted : (C,) bool
        Which loops count.
    owner : (C,) int64
        What each loop belongs to.
    owners, cells : int

    Returns
    -------
    united : (owners·cells, 17) float64

    """
    united = np.zeros((owners * cells, SECTION_SUMS), dtype=np.float64)
    for column in range(9, SECTION_SUMS, 2):
        united[:, column] = math.inf
        united[:, column + 1] = -math.inf
    for loop in range(owner.shape[0]):
        if not wanted[loop]:
            continue
        for cell in range(cells):
            row = loop * cells + cell
            to = owner[loop] * cells + cell
            for column in range(9):
                united[to, column] += sums[row, column]
            for column in range(9, SECTION_SUMS, 2):
                united[to, column] = min(united[to, column], sums[row, column])
                united[to, column + 1] = max(united[to, column + 1], sums[row, column + 1])
    return united
