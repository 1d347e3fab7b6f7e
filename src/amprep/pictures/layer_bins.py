"""Numbers of layers for pictures: neighbouring layers taken together, times by cause, shares in percent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amprep.model.estimate import LayerTimes

__all__ = ["MOST_LAYERS", "Bins", "binned_layers", "percents_of", "time_by_cause", "whole_percents"]

Floats = NDArray[np.float64]

#: More layers than this are drawn as means of several layers each.
MOST_LAYERS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Neighbouring layers taken together.

    size : int
        Layers per bin; the last bin may hold fewer.
    edges_mm : (b + 1,) float64, mm
        Heights between the bins, from the bottom of the first layer to the top of the last.
    starts : (b,) int64
        Index of the first layer of each bin.
    """

    size: int
    edges_mm: Floats
    starts: NDArray[np.int64]

    def mean(self, values: Floats) -> Floats:
        """(b,) float64: mean of (n,) values in each bin."""
        counts = np.diff([*self.starts.tolist(), len(values)])
        means: Floats = np.add.reduceat(values, self.starts) / counts
        return means

    def longest(self, values: Floats) -> Floats:
        """(b,) float64: largest of (n,) values in each bin."""
        largest: Floats = np.maximum.reduceat(values, self.starts)
        return largest


def binned_layers(top_mm: Floats, thickness_mm: float, most: int) -> Bins:
    """Bins for (n,) layer tops in mm, so that there are at most `most` of them."""
    size = max(-(-len(top_mm) // most), 1)
    starts = np.arange(0, len(top_mm), size)
    bottoms = np.concatenate([[top_mm[0] - thickness_mm], top_mm[:-1]])
    edges = np.concatenate([bottoms[starts], top_mm[-1:]])
    return Bins(size, edges, starts)


def time_by_cause(times: LayerTimes) -> dict[str, Floats]:
    """(n,) float64, s, for each cause of a layer's time; the causes sum to ``times.total_s``.

    The times of exposure are those of the laser that works longest in the layer. From bottom to top:
    recoating, core marking, contour marking, jumps and delays, and waiting if there is any.
    """
    parts = {"recoating": np.asarray(times.recoating_s, dtype=np.float64)}
    busy = times.busy_s
    for key, values in (
        ("core_marking", times.hatch_s),
        ("contour_marking", times.contour_s),
        ("motion", times.motion_s),
    ):
        if busy.size == 0:
            parts[key] = np.zeros(len(times.recoating_s))
        else:
            parts[key] = values[np.arange(len(values)), busy.argmax(axis=1)]
    if np.any(times.wait_s > 0):
        parts["waiting"] = np.asarray(times.wait_s, dtype=np.float64)
    return parts


def whole_percents(values: Sequence[float], total: float) -> list[int]:
    """Percents without decimals that add up to 100 (largest remainders)."""
    if total <= 0:
        return [0] * len(values)
    exact = [100 * value / total for value in values]
    whole = [int(value) for value in exact]
    by_remainder = sorted(range(len(values)), key=lambda i: whole[i] - exact[i])
    for i in by_remainder[: 100 - sum(whole)]:
        whole[i] += 1
    return whole


def percents_of(sums: Mapping[str, float]) -> dict[str, float]:
    """Share of each in the whole: whole percents; as it is, what is less than one or all but that."""
    whole = math.fsum(sums.values())
    percents = dict(zip(sums, map(float, whole_percents(list(sums.values()), whole)), strict=True))
    for key, value in sums.items():
        if 0 < value < 0.01 * whole or 0.99 * whole < value < whole:
            percents[key] = 100 * value / whole
    return percents
