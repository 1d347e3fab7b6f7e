"""Order of blocks of vectors: short ways between them, or against the flow of the gas.

::

        ──>──┐  jump  ┌──>──            A block is entered at the start of its first vector and left at the
        ──<──┘ ·····> └──>──            end of its last one; inside of it nothing moves. The jumps between
         block a      block b           blocks are what an order can save.

Algorithm
    Nearest neighbour: from the exit of a block on to the nearest entry that is left, found in rings of cells
    of a grid, from the own cell outwards. When three quarters of the blocks in the grid are gone it is made
    anew for the rest, so cells stay filled and the whole takes near-linear time. Then or-opt: one to
    three blocks in a row move to another gap where that shortens the way; only gaps beside the few nearest
    exits and entries are looked at, and only a few times over all blocks.

Degeneracy rule
    Of equally near blocks the lowest number comes first. A move has to gain more than rounding does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["gather_blocks", "improve_order", "nearest_order", "turn_lines"]

#: Nearest exits and entries that a move is tried at.
NEAR = 5

#: Blocks in a row that move together at most.
LONGEST_MOVE = 3

#: Times that all blocks are tried at most.
ROUNDS = 6

#: A move has to save so much, in mm.
LEAST_GAIN_MM = 1e-6


@kernel
def gather_blocks(
    segments: NDArray[np.float32], block_offsets: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors of blocks in another order.

    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
    order : (B,) int64
        Numbers of the blocks, first one first.

    Returns
    -------
    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64

    """
    gathered = np.empty((segments.shape[0], 4), dtype=np.float32)
    offsets = np.zeros(order.shape[0] + 1, dtype=np.int64)
    written: Any = np.int64(0)
    for i in range(order.shape[0]):
        for s in range(block_offsets[order[i]], block_offsets[order[i] + 1]):
            for c in range(4):
                gathered[written, c] = segments[s, c]
            written += 1
        offsets[i + 1] = written
    return gathered, offsets


@kernel
def turn_lines(
    segments: NDArray[np.float32],
    block_offsets: NDArray[np.int64],
    gas_x: float,
    gas_y: float,
    distance_mm: float,
) -> NDArray[np.float32]:
    """Vectors with the lines of each block in such an order that they move against the gas.

    Pieces of a line, next to each other in the block, keep their order; no vector is turned round.

    segments : (N, 4) float32, mm
    block_offsets : (B + 1,) int64
        All vectors of a block run along one direction, to or fro.
    gas_x, gas_y : float
        Where the gas flows to, of length 1.
    distance_mm : float
        Between two lines.

    Returns
    -------
    segments : (N, 4) float32, mm

    """
    turned = np.empty((segments.shape[0], 4), dtype=np.float32)
    for b in range(block_offsets.shape[0] - 1):
        begin = block_offsets[b]
        end = block_offsets[b + 1]
        # The longest vector tells the direction best.
        across_x = 0.0
        across_y = 0.0
        longest = 0.0
        for s in range(begin, end):
            dx = float(segments[s, 2]) - float(segments[s, 0])
            dy = float(segments[s, 3]) - float(segments[s, 1])
            length = dx * dx + dy * dy
            if length > longest:
                longest = length
                across_x = -dy
                across_y = dx
        if longest > 0.0:
            across_x /= math.sqrt(longest)
            across_y /= math.sqrt(longest)
        climb = 0.0
        if end > begin:
            climb = across_x * (segments[end - 1, 0] - segments[begin, 0])
            climb += across_y * (segments[end - 1, 1] - segments[begin, 1])
        if climb * (across_x * gas_x + across_y * gas_y) <= 0.0:
            for s in range(begin, end):
                for c in range(4):
                    turned[s, c] = segments[s, c]
            continue
        written: Any = np.int64(begin)
        behind: Any = np.int64(end)
        while behind > begin:
            first = behind - 1
            while first > begin:
                # As far across as the vector before: the same line.
                step = across_x * (segments[first, 0] - segments[first - 1, 2])
                step += across_y * (segments[first, 1] - segments[first - 1, 3])
                if abs(step) > 0.5 * distance_mm:
                    break
                first -= 1
            for s in range(first, behind):
                for c in range(4):
                    turned[written, c] = segments[s, c]
                written += 1
            behind = first
    return turned


@inner_kernel
def _grid(
    places: NDArray[np.float64], members: NDArray[np.int64], frame: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Places sorted into square cells, about one per cell.

    places : (B, 2) float64
    members : (n,) int64
        Rows of `places` that take part; sorted by cell on return.
    frame : (5,) float64
        Set to: least x and y, cells per mm, columns, rows.

    Returns
    -------
    start, count : (columns · rows,) int64
        First member of each cell, and how many it has.
    cell_at : (n,) int64
        Cell that each position in `members` belongs to.

    """
    n = members.shape[0]
    x0 = x1 = places[members[0], 0]
    y0 = y1 = places[members[0], 1]
    for i in range(n):
        x0 = min(x0, places[members[i], 0])
        x1 = max(x1, places[members[i], 0])
        y0 = min(y0, places[members[i], 1])
        y1 = max(y1, places[members[i], 1])
    width = max(x1 - x0, 1e-9)
    height = max(y1 - y0, 1e-9)
    side = max(math.sqrt(width * height / n), max(width, height) / n)
    columns: Any = np.int64(width / side) + 1
    rows: Any = np.int64(height / side) + 1
    frame[0] = x0
    frame[1] = y0
    frame[2] = 1.0 / side
    frame[3] = columns
    frame[4] = rows
    start = np.zeros(columns * rows, dtype=np.int64)
    count = np.zeros(columns * rows, dtype=np.int64)
    cell_of = np.empty(n, dtype=np.int64)
    given = members.copy()
    for i in range(n):
        column = min(np.int64((places[given[i], 0] - x0) / side), columns - 1)
        row = min(np.int64((places[given[i], 1] - y0) / side), rows - 1)
        cell_of[i] = row * columns + column
        count[cell_of[i]] += 1
    place: Any = np.int64(0)
    for cell in range(columns * rows):
        start[cell] = place
        place += count[cell]
        count[cell] = 0
    for i in range(n):
        members[start[cell_of[i]] + count[cell_of[i]]] = given[i]
        count[cell_of[i]] += 1
    for cell in range(columns * rows):
        for m in range(start[cell], start[cell] + count[cell]):
            cell_of[m] = cell
    return start, count, cell_of


@inner_kernel
def _nearest(
    x: float,
    y: float,
    places: NDArray[np.float64],
    members: NDArray[np.int64],
    frame: NDArray[np.float64],
    start: NDArray[np.int64],
    count: NDArray[np.int64],
    found: NDArray[np.int64],
    away: NDArray[np.float64],
    avoid: int,
) -> None:
    """Write the nearest members, as many as `found` has room for, nearest first; -1 where there are no more.

    found : (K,) int64
    away : (K,) float64
        Squares of the distances.
    avoid : int
        A member that does not count.
    """
    most = found.shape[0]
    for i in range(most):
        found[i] = -1
        away[i] = np.inf
    side = 1.0 / frame[2]
    columns: Any = np.int64(frame[3])
    rows: Any = np.int64(frame[4])
    column: Any = np.int64(min(max(math.floor((x - frame[0]) * frame[2]), 0.0), columns - 1.0))
    row: Any = np.int64(min(max(math.floor((y - frame[1]) * frame[2]), 0.0), rows - 1.0))
    for ring in range(max(columns, rows)):
        for j in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            full = abs(j - row) == ring
            c: Any = column - ring
            while c <= column + ring:
                if 0 <= c < columns:
                    cell = j * columns + c
                    for m in range(start[cell], start[cell] + count[cell]):
                        b = members[m]
                        dx = places[b, 0] - x
                        dy = places[b, 1] - y
                        square = dx * dx + dy * dy
                        if b == avoid or not (
                            square < away[most - 1] or (square == away[most - 1] and b < found[most - 1])
                        ):
                            continue
                        k = most - 1
                        while k > 0 and (
                            square < away[k - 1] or (square == away[k - 1] and b < found[k - 1])
                        ):
                            away[k] = away[k - 1]
                            found[k] = found[k - 1]
                            k -= 1
                        away[k] = square
                        found[k] = b
                c += 1 if full or ring == 0 else 2 * ring
        # How far away what lies beyond the rings so far is at least.
        beyond = np.inf
        if column - ring > 0:
            beyond = min(beyond, x - (frame[0] + (column - ring) * side))
        if column + ring < columns - 1:
            beyond = min(beyond, frame[0] + (column + ring + 1) * side - x)
        if row - ring > 0:
            beyond = min(beyond, y - (frame[1] + (row - ring) * side))
        if row + ring < rows - 1:
            beyond = min(beyond, frame[1] + (row + ring + 1) * side - y)
        # Less a little for the rounding of cells.
        beyond = max(beyond - 1e-6 * side, 0.0)
        if away[most - 1] < beyond * beyond:
            return


@kernel
def nearest_order(
    entry: NDArray[np.float64], leave: NDArray[np.float64], start_x: float, start_y: float
) -> NDArray[np.int64]:
    """Blocks, each followed by the one that is entered nearest to where it is left.

    entry, leave : (B, 2) float64, mm
        Where each block is entered and left.
    start_x, start_y : float
        Where the way begins; NaN: at block 0.

    Returns
    -------
    order : (B,) int64

    """
    many = entry.shape[0]
    order = np.empty(many, dtype=np.int64)
    if many == 0:
        return order
    members = np.arange(many)
    slot = np.empty(many, dtype=np.int64)
    frame = np.empty(5, dtype=np.float64)
    found = np.empty(1, dtype=np.int64)
    away = np.empty(1, dtype=np.float64)
    nobody: Any = np.int64(-1)
    start, count, cell_at = _grid(entry, members, frame)
    for m in range(many):
        slot[members[m]] = m
    x = start_x
    y = start_y
    for place in range(many):
        left = many - place
        if 4 * left < members.shape[0] and left > 16:
            rest = np.empty(left, dtype=np.int64)
            kept = 0
            for cell in range(start.shape[0]):
                for m in range(start[cell], start[cell] + count[cell]):
                    rest[kept] = members[m]
                    kept += 1
            members = rest
            start, count, cell_at = _grid(entry, members, frame)
            for m in range(left):
                slot[members[m]] = m
        b = np.int64(0)
        if place > 0 or not math.isnan(start_x):
            _nearest(x, y, entry, members, frame, start, count, found, away, nobody)
            b = found[0]
        order[place] = b
        # The last one of its cell takes its position.
        m = slot[b]
        cell = cell_at[m]
        last = start[cell] + count[cell] - 1
        members[m] = members[last]
        slot[members[m]] = m
        count[cell] -= 1
        x = leave[b, 0]
        y = leave[b, 1]
    return order


@inner_kernel
def _way(
    a: int, b: int, entry: NDArray[np.float64], leave: NDArray[np.float64], begin: NDArray[np.float64]
) -> float:
    """Jump from block a to block b.

    With B blocks, a = B is the start of the way and b = B + 1 its end, which costs nothing.
    """
    if b > entry.shape[0]:
        return 0.0
    x = entry[b, 0]
    y = entry[b, 1]
    if a < entry.shape[0]:
        x -= leave[a, 0]
        y -= leave[a, 1]
    else:
        x = begin[2] * (x - begin[0])
        y = begin[2] * (y - begin[1])
    return math.sqrt(x * x + y * y)


@inner_kernel
def _near(places: NDArray[np.float64], at: NDArray[np.float64], near: NDArray[np.int64]) -> None:
    """For each block the few others whose `places` are nearest to where this one is `at`; -1 for none.

    near : (B, K) int64
    """
    members = np.arange(places.shape[0])
    frame = np.empty(5, dtype=np.float64)
    start, count, _ = _grid(places, members, frame)
    away = np.empty(near.shape[1], dtype=np.float64)
    for b in range(places.shape[0]):
        avoid: Any = np.int64(b)
        _nearest(at[b, 0], at[b, 1], places, members, frame, start, count, near[b], away, avoid)


@kernel
def improve_order(
    entry_mm: NDArray[np.float64],
    leave_mm: NDArray[np.float64],
    order: NDArray[np.int64],
    start_x: float,
    start_y: float,
) -> NDArray[np.int64]:
    """Blocks in an order with shorter jumps, or the same: or-opt.

    entry_mm, leave_mm : (B, 2) float64, mm
    order : (B,) int64
    start_x, start_y : float
        Where the way begins; NaN: with any block.

    Returns
    -------
    order : (B,) int64

    """
    many: Any = np.int64(entry_mm.shape[0])
    if many < 2:
        return order.copy()
    # Numbered as they follow each other: what is near in space is near in memory too.
    entry = np.empty((many, 2), dtype=np.float64)
    leave = np.empty((many, 2), dtype=np.float64)
    for i in range(many):
        for k in range(2):
            entry[i, k] = entry_mm[order[i], k]
            leave[i, k] = leave_mm[order[i], k]
    # Without a start the way to the first block costs nothing.
    begin = np.array([start_x, start_y, 1.0])
    if math.isnan(start_x):
        begin[:] = 0.0
    near_exits = np.empty((many, NEAR), dtype=np.int64)
    near_entries = np.empty((many, NEAR), dtype=np.int64)
    _near(leave, entry, near_exits)
    _near(entry, leave, near_entries)
    # The way as a chain from `many` to `many + 1`, and the jump to each block.
    after = np.empty(many + 2, dtype=np.int64)
    before = np.empty(many + 2, dtype=np.int64)
    jump = np.zeros(many + 2, dtype=np.float64)
    last: Any = many
    for i in range(many + 1):
        b: Any = i if i < many else many + 1
        after[last] = b
        before[b] = last
        jump[b] = _way(last, b, entry, leave, begin)
        last = b
    # A block is tried again when a jump beside it has changed.
    waits = np.ones(many + 2, dtype=np.uint8)
    for _ in range(ROUNDS):
        moved = False
        for i in range(many):
            first: Any = np.int64(i)
            if waits[first] == 0:
                continue
            waits[first] = 0
            tail: Any = first
            for length in range(LONGEST_MOVE):
                if length > 0:
                    tail = after[tail]
                if tail == many + 1:
                    break
                p: Any = before[first]
                n: Any = after[tail]
                saved = jump[first] + jump[n] - _way(p, n, entry, leave, begin)
                best = LEAST_GAIN_MM
                best_a: Any = np.int64(-1)
                for k in range(2 * NEAR + 2):
                    a: Any = np.int64(-1)
                    if k < NEAR:
                        a = near_exits[first, k]
                    elif k < 2 * NEAR:
                        a = near_entries[tail, k - NEAR]
                        a = before[a] if a >= 0 else a
                    else:
                        a = many if k == 2 * NEAR else before[many + 1]
                    if a in (-1, p, first, tail) or (length == 2 and a == after[first]):
                        continue
                    c: Any = after[a]
                    gain = saved + jump[c] - _way(a, first, entry, leave, begin)
                    if gain > best:
                        gain -= _way(tail, c, entry, leave, begin)
                    if gain > best:
                        best = gain
                        best_a = a
                if best_a >= 0:
                    c = after[best_a]
                    after[p] = n
                    before[n] = p
                    after[best_a] = first
                    before[first] = best_a
                    after[tail] = c
                    before[c] = tail
                    for changed in (n, first, c):
                        b = changed
                        jump[b] = _way(before[b], b, entry, leave, begin)
                        # The blocks around the changed jump, as first ones of up to three.
                        waits[b] = 1
                        for _ in range(LONGEST_MOVE):
                            b = before[b]
                            waits[b] = 1
                            if b == many:
                                break
                    moved = True
                    break
        if not moved:
            break
    improved = np.empty(many, dtype=np.int64)
    b = after[many]
    for i in range(many):
        improved[i] = order[b]
        b = after[b]
    return improved
