"""Pieces of rings that several lasers share, put in order for each of them.

::

        ╭──1──╮                 A ring is cut where lasers meet. Each laser goes along its stretches of one
        │     │  2   ──►  1: ─> ring and then of the next: to and fro, from whichever end is nearer. A
        ╰──1──╯              <─ stretch that the ring's begin divides is one.

Algorithm
    One pass. A ring is a closed run of vectors of one exposure of one part that join bit for bit. Its pieces
    are turned round so that they begin where lasers change; stretches follow each other laser by laser, the
    nearest next.

Degeneracy rule
    What is no ring, as one that a filter opened, and rings of one laser, stay as they are. Of equal distances
    a stretch is not turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["order_ring_pieces"]

#: Stretches of one ring that are put in order.
MOST = 1000


@inner_kernel
def _ring_end(
    segments: NDArray[np.float32], exposure: NDArray[np.uint16], part: NDArray[np.uint16], first: Any
) -> tuple[Any, bool]:
    """Vector behind the last one that joins, and whether they close: then the ring ends there."""
    last = first
    while (
        last + 1 < segments.shape[0]
        and exposure[last + 1] == exposure[first]
        and part[last + 1] == part[first]
        and segments[last + 1, 0] == segments[last, 2]
        and segments[last + 1, 1] == segments[last, 3]
    ):
        last += 1
        if segments[last, 2] == segments[first, 0] and segments[last, 3] == segments[first, 1]:
            return last + 1, True
    return last + 1, False


@inner_kernel
def _square(
    pieces: NDArray[np.float32], piece: Any, end: int, last: NDArray[np.float64], laser: Any
) -> float:
    """Squared distance from where a laser is to the begin or end of a piece."""
    dx = np.float64(pieces[piece, end]) - last[laser, 0]
    dy = np.float64(pieces[piece, end + 1]) - last[laser, 1]
    square: float = dx * dx + dy * dy
    return square


@kernel
def order_ring_pieces(
    pieces: NDArray[np.float32],
    laser: NDArray[np.uint8],
    source: NDArray[np.int32],
    segments: NDArray[np.float32],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
    is_ring: NDArray[np.uint8],
    lasers: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Order in which each laser goes along its pieces of rings.

    pieces : (M, 4) float32, mm
    laser : (M,) uint8
    source : (M,) int32
        Vector that each piece comes from, ascending.
    segments : (N, 4) float32, mm
    exposure : (N,) uint16
    part : (N,) uint16
        Of the vectors that were cut.
    is_ring : (E,) uint8
        1 for exposures whose closed runs may be gone along either way.
    lasers : int

    Returns
    -------
    order : (M,) int64
        Numbers of the pieces.
    turned : (M,) uint8
        1 for those that are exposed from end to begin, in that order.

    """
    count = pieces.shape[0]
    order = np.empty(count, dtype=np.int64)
    turned = np.zeros(count, dtype=np.uint8)
    # Where each laser is, and where each stretch of a ring begins in its turned round order.
    last = np.zeros((lasers, 2), dtype=np.float64)
    begins = np.empty(count + 1, dtype=np.int64)
    used = np.empty(count + 1, dtype=np.uint8)
    # Vectors before this one are of a run that does not close.
    open_until: Any = np.int64(0)
    written: Any = np.int64(0)
    m: Any = np.int64(0)
    while m < count:
        i: Any = np.int64(source[m])
        e: Any = m + 1
        if is_ring[exposure[i]] == 1 and i >= open_until:
            end, is_closed = _ring_end(segments, exposure, part, i)
            if not is_closed:
                open_until = end
            while is_closed and e < count and source[e] < end:
                e += 1
        change: Any = m + 1
        while change < e and laser[change] == laser[m]:
            change += 1
        if change == e:
            for p in range(m, e):
                order[written] = p
                written += 1
            last[laser[e - 1], 0] = pieces[e - 1, 2]
            last[laser[e - 1], 1] = pieces[e - 1, 3]
            m = e
            continue
        # Place q of the ring stands for piece m + (change - m + q) % size.
        size = e - m
        shift = change - m
        stretches: Any = np.int64(0)
        for q in range(size):
            if q == 0 or laser[m + (shift + q) % size] != laser[m + (shift + q - 1) % size]:
                begins[stretches] = q
                used[stretches] = 0
                stretches += 1
        begins[stretches] = size
        if stretches > MOST:
            # So many are not worth the search.
            for p in range(m, e):
                order[written] = p
                written += 1
                last[laser[p], 0] = pieces[p, 2]
                last[laser[p], 1] = pieces[p, 3]
        for k in range(lasers):
            while True:
                best = np.inf
                chosen: Any = np.int64(-1)
                back = False
                for s in range(stretches if stretches <= MOST else 0):
                    first = m + (shift + begins[s]) % size
                    final = m + (shift + begins[s + 1] - 1) % size
                    if used[s] == 1 or laser[first] != k:
                        continue
                    ahead = _square(pieces, first, 0, last, k)
                    behind = _square(pieces, final, 2, last, k)
                    if min(ahead, behind) < best:
                        best = min(ahead, behind)
                        chosen = np.int64(s)
                        back = behind < ahead
                if chosen < 0:
                    break
                used[chosen] = 1
                begin = begins[chosen]
                many = begins[chosen + 1] - begin
                for q in range(many):
                    p = m + (shift + begin + (many - 1 - q if back else q)) % size
                    order[written] = p
                    turned[written] = 1 if back else 0
                    written += 1
                    last[k, 0] = pieces[p, 0 if back else 2]
                    last[k, 1] = pieces[p, 1 if back else 3]
        m = e
    return order, turned
