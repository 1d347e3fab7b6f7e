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
    that is over first is skipped.

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
def _boxes(ways: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float64]:
    """(chunks, 5) float64: lowest and highest u, lowest and highest w, and when the chunk is over."""
    count = 0
    for k in range(first.shape[0] - 1):
        count += (first[k + 1] - first[k] + _CHUNK - 1) // _CHUNK
    boxes = np.empty((count, 5), dtype=np.float64)
    c = 0
    for k in range(first.shape[0] - 1):
        for begin in range(first[k], first[k + 1], _CHUNK):
            stop = min(begin + _CHUNK, first[k + 1])
            u0 = math.inf
            u1 = -math.inf
            w0 = math.inf
            w1 = -math.inf
            for i in range(begin, stop):
                seconds = ways[i, 1] - ways[i, 0]
                u = ways[i, 2] + seconds * ways[i, 4]
                w = ways[i, 3] + seconds * ways[i, 5]
                u0 = min(u0, ways[i, 2], u)
                u1 = max(u1, ways[i, 2], u)
                w0 = min(w0, ways[i, 3], w)
                w1 = max(w1, ways[i, 3], w)
            boxes[c, 0] = u0
            boxes[c, 1] = u1
            boxes[c, 2] = w0
            boxes[c, 3] = w1
            boxes[c, 4] = ways[stop - 1, 1]
            c += 1
    return boxes


@kernel
def smoke_seconds(
    segments: NDArray[np.float32],
    begin_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    plume: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Conflicts of one layer.

    segments : (N, 4) float32, mm
    begin_s, end_s : (N,) float64, s
        When each vector is marked.
    order : (N,) int64
        The vectors of laser 0 in time order, then those of laser 1, …
    first : (L + 1,) int64
        Where in `order` those of each laser begin.
    plume : (5,) float64
        Direction of the gas (unit vector x, y), reach in mm, half width at the melt pool in mm, by how much
        it grows per mm downwind.

    Returns
    -------
    pairs : (L·L, 5) float64
        Row up·L + down for the laser upwind and the one downwind: seconds; and of the moment when they are
        nearest to each other along the gas: that distance in mm (inf for never), x and y of the one downwind
        in mm, and the time in s.
    of_vector : (N,) float64, s
        Seconds of each vector in the smoke of others, by its number in `segments`; two of them at once
        count twice.

    """
    lasers = first.shape[0] - 1
    count = order.shape[0]
    gx = plume[0]
    gy = plume[1]
    reach = plume[2]
    half = plume[3]
    slope = plume[4]
    widest = half + reach * slope
    pairs = np.zeros((lasers * lasers, 5), dtype=np.float64)
    for k in range(lasers * lasers):
        pairs[k, 1] = math.inf
    of_vector = np.zeros(begin_s.shape[0], dtype=np.float64)
    # Begin and end in time, u and w at the begin, and their change per second.
    ways = np.empty((count, 6), dtype=np.float64)
    for n in range(count):
        i = order[n]
        x0 = np.float64(segments[i, 0])
        y0 = np.float64(segments[i, 1])
        dx = np.float64(segments[i, 2]) - x0
        dy = np.float64(segments[i, 3]) - y0
        seconds = end_s[i] - begin_s[i]
        rate = 1.0 / seconds if seconds > 0.0 else 0.0
        ways[n, 0] = begin_s[i]
        ways[n, 1] = end_s[i]
        ways[n, 2] = x0 * gx + y0 * gy
        ways[n, 3] = y0 * gx - x0 * gy
        ways[n, 4] = (dx * gx + dy * gy) * rate
        ways[n, 5] = (dy * gx - dx * gy) * rate
    boxes = _boxes(ways, first)
    box_of = np.zeros(lasers + 1, dtype=np.int64)
    for k in range(lasers):
        box_of[k + 1] = box_of[k] + (first[k + 1] - first[k] + _CHUNK - 1) // _CHUNK
    for a in range(lasers):
        for b in range(a + 1, lasers):
            i = first[a]
            j = first[b]
            tested_i = np.int64(-1)
            tested_j = np.int64(-1)
            while i < first[a + 1] and j < first[b + 1]:
                ci = box_of[a] + (i - first[a]) // _CHUNK
                cj = box_of[b] + (j - first[b]) // _CHUNK
                if ci != tested_i or cj != tested_j:
                    tested_i = ci
                    tested_j = cj
                    apart = max(boxes[ci, 0] - boxes[cj, 1], boxes[cj, 0] - boxes[ci, 1])
                    aside = max(boxes[ci, 2] - boxes[cj, 3], boxes[cj, 2] - boxes[ci, 3])
                    if apart > reach or aside > widest:
                        if boxes[ci, 4] <= boxes[cj, 4]:
                            i = min(first[a] + (ci - box_of[a] + 1) * _CHUNK, first[a + 1])
                        else:
                            j = min(first[b] + (cj - box_of[b] + 1) * _CHUNK, first[b + 1])
                        continue
                t0 = max(ways[i, 0], ways[j, 0])
                t1 = min(ways[i, 1], ways[j, 1])
                if t1 > t0:
                    u0 = ways[j, 2] - ways[i, 2]
                    w0 = ways[j, 3] - ways[i, 3]
                    u1 = u0 + (t1 - ways[j, 0]) * ways[j, 4] - (t1 - ways[i, 0]) * ways[i, 4]
                    w1 = w0 + (t1 - ways[j, 0]) * ways[j, 5] - (t1 - ways[i, 0]) * ways[i, 5]
                    u0 += (t0 - ways[j, 0]) * ways[j, 4] - (t0 - ways[i, 0]) * ways[i, 4]
                    w0 += (t0 - ways[j, 0]) * ways[j, 5] - (t0 - ways[i, 0]) * ways[i, 5]
                    if not (
                        min(w0, w1) > widest
                        or max(w0, w1) < -widest
                        or min(u0, u1) > reach
                        or max(u0, u1) < -reach
                    ):
                        for turn in range(2):
                            # First j downwind of i, then the other way round.
                            if turn == 1:
                                u0 = -u0
                                u1 = -u1
                            if u0 <= 0.0 and u1 <= 0.0:
                                continue
                            # The part of the time, from 0 to 1, in which no side of the plume is crossed.
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
                            if high <= low:
                                continue
                            pair = a * lasers + b if turn == 0 else b * lasers + a
                            n = j if turn == 0 else i
                            seconds = (high - low) * (t1 - t0)
                            pairs[pair, 0] += seconds
                            of_vector[order[n]] += seconds
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
                if ways[i, 1] <= ways[j, 1]:
                    i += 1
                else:
                    j += 1
    return pairs, of_vector
