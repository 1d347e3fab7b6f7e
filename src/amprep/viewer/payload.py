"""The layers of a job as lines of text, within a budget: layer by layer, so that memory holds the text alone.

Algorithm
    One pass packs every layer in full and, to know their share, its contours alone; what does not fit any
    more is forgotten. When all fits, that was it. Otherwise the least thinning is looked for with which all
    layers fit, by a sample of them; what is left goes to the special layers in full, and then to every m-th
    layer. Where the sample was too good, there is more thinning.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, overload

import numpy as np

from amprep.model.scan import LOST
from amprep.viewer.encoding import encoded_layer, grid_of
from amprep.viewer.thinning import NO_HATCH, STEPS, Thinning, kept, special_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from amprep.model.scan import ScanVectors
    from amprep.runs import Run
    from amprep.viewer.encoding import Grid

__all__ = ["Payload", "packed_layers"]

#: Of the budget, what is aimed at; the rest is for what the sample of layers does not show.
_TARGET = 0.95
_SAMPLE = 12

_Found: TypeAlias = "tuple[list[str], NDArray[np.int64], int, int]"
_Sizes: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, slots=True)
class Payload:
    """Lines of base64, one a layer, and what they leave out."""

    lines: tuple[str, ...]
    thinning: Thinning
    bounds_mm: tuple[float, float, float, float]
    """Of all vectors, x0, y0, x1, y1; of the platform where there are none."""


@dataclass(frozen=True, slots=True)
class _Packer:
    run: Run
    grid: Grid
    first: int

    def read(self, place: int) -> ScanVectors:
        return self.run.layer(self.first + place)

    def pack(self, place: int, vectors: ScanVectors, every: int) -> tuple[str, int]:
        """A layer as base64, and how many vectors that tells."""
        index = self.first + place
        sets = self.run.parameter_sets
        numbers = np.array([sets.number(part, index) for part in range(len(sets.base))], dtype=np.uint16)
        keep = kept(vectors, every, self.run.process.core.hatch_distance_mm.value)
        packed = encoded_layer(vectors, numbers[vectors.part], self.grid, keep)
        return base64.b64encode(packed).decode("ascii"), int(np.count_nonzero(keep))


def packed_layers(
    run: Run,
    layers: range,
    budget_bytes: int,
    *,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
) -> Payload:
    """Pack consecutive layers of a job into at most `budget_bytes` of text, contours always.

    Parameters
    ----------
    run : Run
    layers : range
        Indices from 0.
    budget_bytes : int
        For the lines; only contours may exceed it.
    on_layer : callable, optional
        Called with the number of layers done and of all.

    """
    packer = _Packer(run, grid_of(run.machine.build_volume.bounds_mm), layers.start)
    count = len(layers)
    full, bare, vectors = np.zeros(count), np.zeros(count), 0
    lines: list[str] | None = []
    used = 0
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for place in range(count):
        found = packer.read(place)
        vectors += len(found)
        ends = found.segments.reshape(-1, 2)
        if len(ends):
            low, high = np.minimum(low, ends.min(axis=0)), np.maximum(high, ends.max(axis=0))
        line, _ = packer.pack(place, found, 1)
        full[place] = used_now = len(line) + 1
        used += used_now
        if lines is not None and used <= budget_bytes:
            lines.append(line)
        else:
            lines = None
        bare[place] = len(packer.pack(place, found, NO_HATCH)[0]) + 1
        on_layer(place + 1, count)
    every = np.ones(count, dtype=np.int64)
    told = vectors
    if lines is None:
        lines, every, told, used = _thinned(packer, full, bare, budget_bytes)
    thinning = Thinning(layers.start, every, used, budget_bytes, vectors, told)
    bounds = (*low.tolist(), *high.tolist()) if vectors else run.machine.build_volume.bounds_mm
    return Payload(tuple(lines), thinning, bounds)


def _thinned(packer: _Packer, full: _Sizes, bare: _Sizes, budget_bytes: int) -> _Found:
    estimate = packer.run.estimate
    chosen = slice(packer.first, packer.first + len(full))
    areas = estimate.areas_mm2[chosen]
    special = special_layers(areas[:, 0], areas[:, LOST].sum(axis=1), estimate.layer_times.exposure_s[chosen])
    for step in STEPS:
        every = _choice(full, bare, budget_bytes, special, step, _share(packer, full, bare, step))
        if every is not None:
            found = _within(packer, every, budget_bytes)
            if found is not None:
                return found
    every = _choice(full, bare, budget_bytes, special, NO_HATCH, 0.0)
    found = None if every is None else _within(packer, every, budget_bytes)
    return found or _within(packer, np.full(len(full), NO_HATCH, dtype=np.int64), None)


def _share(packer: _Packer, full: _Sizes, bare: _Sizes, step: int) -> float:
    """What of the hatch's size remains with every `step`-th line, by a sample of layers."""
    sample = np.unique(np.linspace(0, len(full) - 1, _SAMPLE).astype(np.int64))
    thin = sum(len(packer.pack(place, packer.read(place), step)[0]) + 1 for place in sample.tolist())
    hatch = float((full[sample] - bare[sample]).sum())
    return float(np.clip((thin - bare[sample].sum()) / hatch, 0.0, 1.0)) if hatch > 0.0 else 0.0


def _choice(
    full: _Sizes, bare: _Sizes, budget_bytes: int, special: Sequence[int], step: int, share: float
) -> NDArray[np.int64] | None:
    """Per layer the n of "every n-th line" when most layers have `step`; None when that is too much."""
    thin = bare + (full - bare) * share
    room = _TARGET * budget_bytes - float(thin.sum())
    if room < 0.0:
        return None
    every = np.full(len(full), step, dtype=np.int64)
    for place in special:
        room -= float(full[place] - thin[place])
        if room < 0.0:
            return every
        every[place] = 1
    fits = room / max(float((full - thin).mean()), 1.0)
    if fits >= 1.0:
        every[:: max(2, int(np.ceil(len(full) / fits)))] = 1
    return every


@overload
def _within(packer: _Packer, every: NDArray[np.int64], budget_bytes: None) -> _Found: ...
@overload
def _within(packer: _Packer, every: NDArray[np.int64], budget_bytes: int) -> _Found | None: ...
def _within(packer: _Packer, every: NDArray[np.int64], budget_bytes: int | None) -> _Found | None:
    """The layers thinned so, and how many vectors and bytes that is; None when it is too much."""
    lines: list[str] = []
    told = used = 0
    for place, step in enumerate(every.tolist()):
        line, count = packer.pack(place, packer.read(place), step)
        used += len(line) + 1
        told += count
        if budget_bytes is not None and used > budget_bytes:
            return None
        lines.append(line)
    return lines, every, told, used
