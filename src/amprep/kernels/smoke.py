"""Seconds during which one laser marks in the smoke of another.

::

    gas ──▶        ╱‾‾‾‾‾‾‾‾‾‾‾╲ half width + du·slope      u runs with the gas, w across it. A laser is in
          melt  ──●     B       |                           the smoke of another whose melt pool lies at most
          pool     ╲___________╱                            `reach` upwind of it, and no further aside than
                   |←─ reach ─→|  du                        half the width that the plume has there.

Algorithm
    Every vector is a straight way at constant speed, so while two lasers mark at once, what lies between
    their beams changes linearly, and the plume is the inside of four lines: clipping by them gives the time
    exactly. For each pair of lasers both lists of vectors are swept once in time order. Vectors that
    follow each other are boxed, `_CHUNK` at a time; where two boxes are out of each other's smoke, the one
    that is over first is skipped. What the sweep needs of a vector is worked out when the first box that is
    not skipped holds it. Where several smoke at once, the moments found with each are merged in time order.

Degeneracy rule
    Beams abreast of each other (du = 0) and at the same place are in nobody's smoke; what touches the edge
    of the plume for a moment counts 0 s. Vectors that take no time are skipped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.jit import inner_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["smoke_seconds"]

#: So many vectors share a box.
_CHUNK = 32


@inner_kernel
def _boxes(
    segments: NDArray[np.float32],
    clock: NDArray[np.float64],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    plume: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(chunks, 6) float64: lowest and highest u, lowest and highest w, when it is over; 0: not swept yet."""
    gx = plume[0]
    gy = plume[1]
    count = 0
    for k in range(first.shape[0] - 1):
        count += (first[k + 1] - first[k] + _CHUNK - 1) // _CHUNK
    boxes = np.empty((count, 6), dtype=np.float64)
    c = 0
    for k in range(first.shape[0] - 1):
        for begin in range(first[k], first[k + 1], _CHUNK):
            stop = min(begin + _CHUNK, first[k + 1])
            u0 = math.inf
            u1 = -math.inf
            w0 = math.inf
            w1 = -math.inf
            for n in range(begin, stop):
                i = order[n]
                x0 = np.float64(segments[i, 0])
                y0 = np.float64(segments[i, 1])
                x1 = np.float64(segments[i, 2])
                y1 = np.float64(segments[i, 3])
                ua = x0 * gx + y0 * gy
                ub = x1 * gx + y1 * gy
                wa = y0 * gx - x0 * gy
                wb = y1 * gx - x1 * gy
                u0 = min(u0, ua, ub)
                u1 = max(u1, ua, ub)
                w0 = min(w0, wa, wb)
                w1 = max(w1, wa, wb)
            boxes[c, 0] = u0
            boxes[c, 1] = u1
            boxes[c, 2] = w0
            boxes[c, 3] = w1
            boxes[c, 4] = clock[1, order[stop - 1]]
            boxes[c, 5] = 0.0
            c += 1
    return boxes


@inner_kernel
def _fill(
    ways: NDArray[np.float64],
    segments: NDArray[np.float32],
    clock: NDArray[np.float64],
    order: NDArray[np.int64],
    begin: int,
    stop: int,
    plume: NDArray[np.float64],
) -> None:
    """Begin and end in time, u and w at the begin, and their change per second."""
    gx = plume[0]
    gy = plume[1]
    for n in range(begin, stop):
        i = order[n]
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        dx = np.float64(segments[i, 2]) - x0
        dy = np.float64(segments[i, 3]) - y0
        seconds = clock[1, i] - clock[0, i]
        rate = 1.0 / seconds if seconds > 0.0 else 0.0
        ways[n, 0] = clock[0, i]
        ways[n, 1] = clock[1, i]
        ways[n, 2] = x0 * gx + y0 * gy
        ways[n, 3] = y0 * gx - x0 * gy
        ways[n, 4] = (dx * gx + dy * gy) * rate
        ways[n, 5] = (dy * gx - dx * gy) * rate


@inner_kernel
def _inside(
    u0: float, u1: float, w0: float, w1: float, reach: float, half: float, slope: float
) -> tuple[float, float]:
    """From which share of the time to which one a beam is in the plume; the way is straight."""
    low = 0.0
    high = 1.0
    for side in range(4):
        f0 = u0
        f1 = u1
        if side == 1:
            f0 = reach - u0
            f1 = reach - u1
        elif side > 1:
            sign = 1.0 if side == 2 else -1.0
            f0 = half + slope * u0 - sign * w0
            f1 = half + slope * u1 - sign * w1
        if f0 < 0.0 and f1 < 0.0:
            high = -1.0
        elif f0 < 0.0:
            low = max(low, f0 / (f0 - f1))
        elif f1 < 0.0:
            high = min(high, f0 / (f0 - f1))
    return low, high


@inner_kernel
def _with_room(moments: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The array, or a larger one with the same rows, that has room for what two chunks can have."""
    if count + 2 * _CHUNK <= moments.shape[0]:
        return moments
    larger = np.empty((2 * count + 8 * _CHUNK, 2), dtype=np.float64)
    for k in range(count):
        larger[k, 0] = moments[k, 0]
        larger[k, 1] = moments[k, 1]
    return larger


@inner_kernel
def _begin(moments: NDArray[np.float64], n: int, stop: int) -> float:
    """When a run's moment n begins; never where the run has no more."""
    return float(moments[n, 0]) if n < stop else math.inf


@inner_kernel
def _merged_s(
    of_laser: NDArray[np.float64],
    behind: NDArray[np.float64],
    before: NDArray[np.float64],
    runs: NDArray[np.int64],
) -> None:
    """Add the seconds of each laser that lie in any of its runs of moments.

    behind, before : (K, 2), (M, 2) float64, s
        From when to when, of the second and of the first laser of each pair, pair after pair.
    runs : (L·(L - 1)/2 + 1, 2) int64
        Where those of each pair begin in both.
    """
    lasers = of_laser.shape[0]
    head = np.empty(lasers, dtype=np.int64)
    end = np.empty(lasers, dtype=np.int64)
    begins = np.empty(lasers, dtype=np.float64)
    for k in range(lasers):
        for other in range(lasers):
            a = min(k, other)
            b = max(k, other)
            pair = a * lasers - (a * (a + 1)) // 2 + b - a - 1 if a < b else 0
            side = 0 if other < k else 1
            head[other] = runs[pair, side]
            end[other] = runs[pair + 1, side] if a < b else head[other]
            begins[other] = _begin(behind if other < k else before, head[other], end[other])
        reached = -math.inf
        sum_s = of_laser[k]
        while True:
            chosen = 0
            begin = begins[0]
            for other in range(1, lasers):
                if begins[other] < begin:
                    chosen = other
                    begin = begins[other]
            if begin == math.inf:
                break
            moments = behind if chosen < k else before
            until = moments[head[chosen], 1]
            head[chosen] += 1
            begins[chosen] = _begin(moments, head[chosen], end[chosen])
            if until > reached:
                sum_s += until - max(begin, reached)
                reached = until
        of_laser[k] = sum_s


@kernel
def smoke_seconds(
    segments: NDArray[np.float32],
    clock: NDArray[np.float64],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    plume: NDArray[np.float64],
    of_vector: NDArray[np.float64],
    of_laser: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Conflicts of one layer.

    segments : (N, 4) float32, mm
    clock : (2, N) float64, s
        From when to when each vector is marked.
    order : (N,) int64
        The vectors of laser 0 in time order, then those of laser 1, …
    first : (L + 1,) int64
        Where in `order` those of each laser begin.
    plume : (5,) float64
        Direction of the gas (unit vector x, y), reach in mm, half width at the melt pool in mm, by how much
        it grows per mm downwind.
    of_vector : (N,) float64, s, or (0,) where nobody asks
        Seconds of each vector in the smoke of others are added, by its number in `segments`; two of them at
        once count twice.
    of_laser : (L,) float64, s, or (0,) where nobody asks
        Seconds of each laser in the smoke of any other are added; several of them at once count once.

    Returns
    -------
    pairs : (L·L, 5) float64
        Row up·L + down for the laser upwind and the one downwind: seconds; and of the moment when they are
        nearest to each other along the gas: that distance in mm (inf for never), x and y of the one downwind
        in mm, and the time in s.

    """
    lasers = first.shape[0] - 1
    gx = plume[0]
    gy = plume[1]
    reach = plume[2]
    half = plume[3]
    slope = plume[4]
    asked = of_vector.shape[0] > 0
    is_merged = of_laser.shape[0] > 0
    behind = np.empty((0, 2), dtype=np.float64)
    before = np.empty((0, 2), dtype=np.float64)
    behinds = 0
    befores = 0
    runs = np.zeros((lasers * (lasers - 1) // 2 + 1, 2), dtype=np.int64)
    run = 0
    pairs = np.zeros((lasers * lasers, 5), dtype=np.float64)
    for k in range(lasers * lasers):
        pairs[k, 1] = math.inf
    boxes = _boxes(segments, clock, order, first, plume)
    ways = np.empty((order.shape[0], 6), dtype=np.float64)
    box_of = np.zeros(lasers + 1, dtype=np.int64)
    for k in range(lasers):
        box_of[k + 1] = box_of[k] + (first[k + 1] - first[k] + _CHUNK - 1) // _CHUNK
    for a in range(lasers):
        for b in range(a + 1, lasers):
            i = first[a]
            j = first[b]
            while i < first[a + 1] and j < first[b + 1]:
                ci = (i - first[a]) // _CHUNK
                cj = (j - first[b]) // _CHUNK
                from_i = first[a] + ci * _CHUNK
                from_j = first[b] + cj * _CHUNK
                stop_i = min(from_i + _CHUNK, first[a + 1])
                stop_j = min(from_j + _CHUNK, first[b + 1])
                ci += box_of[a]
                cj += box_of[b]
                apart = max(boxes[ci, 0] - boxes[cj, 1], boxes[cj, 0] - boxes[ci, 1])
                aside = max(boxes[ci, 2] - boxes[cj, 3], boxes[cj, 2] - boxes[ci, 3])
                # No two places in the boxes are further from each other along the gas.
                far = max(boxes[ci, 1] - boxes[cj, 0], boxes[cj, 1] - boxes[ci, 0])
                if apart > reach or aside > half + slope * min(far, reach):
                    if boxes[ci, 4] <= boxes[cj, 4]:
                        i = stop_i
                    else:
                        j = stop_j
                    continue
                if boxes[ci, 5] == 0.0:
                    boxes[ci, 5] = 1.0
                    _fill(ways, segments, clock, order, from_i, stop_i, plume)
                if boxes[cj, 5] == 0.0:
                    boxes[cj, 5] = 1.0
                    _fill(ways, segments, clock, order, from_j, stop_j, plume)
                if is_merged:
                    behind = _with_room(behind, behinds)
                    before = _with_room(before, befores)
                while i < stop_i and j < stop_j:
                    i0 = ways[i, 0]
                    j0 = ways[j, 0]
                    t0 = max(i0, j0)
                    t1 = min(ways[i, 1], ways[j, 1])
                    now_i = i
                    now_j = j
                    if ways[i, 1] <= ways[j, 1]:
                        i += 1
                    else:
                        j += 1
                    if t1 <= t0:
                        continue
                    u0 = ways[now_j, 2] - ways[now_i, 2]
                    w0 = ways[now_j, 3] - ways[now_i, 3]
                    u1 = u0 + (t1 - j0) * ways[now_j, 4] - (t1 - i0) * ways[now_i, 4]
                    w1 = w0 + (t1 - j0) * ways[now_j, 5] - (t1 - i0) * ways[now_i, 5]
                    u0 += (t0 - j0) * ways[now_j, 4] - (t0 - i0) * ways[now_i, 4]
                    w0 += (t0 - j0) * ways[now_j, 5] - (t0 - i0) * ways[now_i, 5]
                    widest = half + slope * min(reach, max(abs(u0), abs(u1)))
                    if (
                        min(w0, w1) > widest
                        or max(w0, w1) < -widest
                        or min(u0, u1) > reach
                        or max(u0, u1) < -reach
                    ):
                        continue
                    for turn in range(2):
                        # First j downwind of i, then the other way round.
                        if turn == 1:
                            u0 = -u0
                            u1 = -u1
                        if u0 <= 0.0 and u1 <= 0.0:
                            continue
                        low, high = _inside(u0, u1, w0, w1, reach, half, slope)
                        if high <= low:
                            continue
                        pair = a * lasers + b if turn == 0 else b * lasers + a
                        n = now_j if turn == 0 else now_i
                        seconds = (high - low) * (t1 - t0)
                        pairs[pair, 0] += seconds
                        if asked:
                            of_vector[order[n]] += seconds
                        if is_merged and turn == 0:
                            behind[behinds, 0] = t0 + low * (t1 - t0)
                            behind[behinds, 1] = t0 + high * (t1 - t0)
                            behinds += 1
                        elif is_merged:
                            before[befores, 0] = t0 + low * (t1 - t0)
                            before[befores, 1] = t0 + high * (t1 - t0)
                            befores += 1
                        at = low if u0 <= u1 else high
                        u = u0 + at * (u1 - u0)
                        if u < pairs[pair, 1]:
                            t = t0 + at * (t1 - t0)
                            along = ways[n, 2] + (t - ways[n, 0]) * ways[n, 4]
                            across = ways[n, 3] + (t - ways[n, 0]) * ways[n, 5]
                            pairs[pair, 1] = u
                            pairs[pair, 2] = along * gx - across * gy
                            pairs[pair, 3] = along * gy + across * gx
                            pairs[pair, 4] = t
            run += 1
            runs[run, 0] = behinds
            runs[run, 1] = befores
    if is_merged:
        _merged_s(of_laser, behind, before, runs)
    return pairs
