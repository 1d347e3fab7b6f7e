"""The layers of a job as lines of text, within a budget: layer by layer, so that memory holds the text alone.

Algorithm
    Few vectors are packed in full at once. From a sample of layers follows what a vector of hatch and of
    contours takes in all others, whose vectors are only counted: where all may fit, all are tried. Else the
    least thinning is found with which all layers should fit; what is left goes to the special layers in
    full, and then to every m-th layer. Where the sample was too good, what did not fit tells by how much,
    and there is more thinning. A try ends where the layers that are left would have to be far smaller than
    the sample says.

    An engine packs some layers ahead. Lines are taken and counted in the order of the layers, so the page is
    the same for any engine.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, overload

import numpy as np

from amprep.engines import engine_for
from amprep.model.scan import LOST, REGIONS
from amprep.viewer.encoding import HATCHED, encoded_layer, grid_of
from amprep.viewer.thinning import NO_HATCH, STEPS, Thinning, kept, special_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.scan import ScanVectors
    from amprep.runs import Run
    from amprep.viewer.encoding import Grid

__all__ = ["Payload", "packed_layers"]

#: Of the budget, what is aimed at, and then again; the rest is for what the sample of layers does not show.
_TARGETS = (0.94, 0.8)
_SAMPLE = 16

#: What cannot be more than the budget by this factor is tried in full; the sample is nearer to the truth.
_DOUBTFUL = 1.5

#: A vector takes about that much at most, as text.
_MOST_BYTES = 16

#: So many vectors are read and packed at a time.
_UNIT_VECTORS = 65_536

#: Bytes of a layer without vectors.
_EMPTY = 40

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
class _TooMuch:
    layers: int
    """How many were packed, the last one beyond the budget."""
    used: int
    """Bytes of these."""

    def factor(self, expected: _Sizes) -> float:
        """By how much all layers take more than expected, where those not packed take what is expected."""
        return (self.used + float(expected[self.layers :].sum())) / float(expected.sum())


@dataclass(frozen=True, slots=True)
class _Packer:
    run: Run
    grid: Grid
    first: int
    units: Sequence[range]
    """Places of layers that are packed at a time."""
    engine: Engine
    on_layer: Callable[[int, int], None]

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

    def layers(self, every: Sequence[int]) -> Generator[tuple[str, int]]:
        """All layers in their order, as `pack` has them."""

        def pack_some(places: range) -> list[tuple[str, int]]:
            found = self.run.layers(range(self.first + places.start, self.first + places.stop))
            return [
                self.pack(place, vectors, every[place]) for place, vectors in zip(places, found, strict=True)
            ]

        for packed in self.engine.map_apart(pack_some, self.units):
            yield from packed


def packed_layers(
    run: Run,
    layers: range,
    budget_bytes: int,
    *,
    engine: Engine | None = None,
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
    engine : Engine, optional
        Where layers are packed; default: on all processors.
    on_layer : callable, optional
        Called with the number of layers done and of all.

    """
    extents = list(run.extents(layers))
    counts = np.array([one.regions for one in extents]).reshape(-1, REGIONS)
    counts = np.column_stack([counts[:, HATCHED].sum(axis=1), counts[:, ~HATCHED].sum(axis=1)])
    vectors = int(counts.sum())
    packer = _Packer(
        run,
        grid_of(run.machine.build_volume.bounds_mm),
        layers.start,
        _units(counts.sum(axis=1)),
        engine_for(None) if engine is None else engine,
        on_layer,
    )
    found = None
    if vectors * _MOST_BYTES <= budget_bytes:
        tried = _within(packer, np.ones(len(layers), dtype=np.int64), budget_bytes, None)
        found = None if isinstance(tried, _TooMuch) else tried
    if found is None:
        found = _thinned(packer, counts.astype(np.float64), budget_bytes)
    lines, every, told, used = found
    thinning = Thinning(layers.start, every, used, budget_bytes, vectors, told)
    known = [one.bounds_mm for one in extents if one.bounds_mm is not None]
    if not known:
        return Payload(tuple(lines), thinning, run.machine.build_volume.bounds_mm)
    x0, y0, x1, y1 = zip(*known, strict=True)
    return Payload(tuple(lines), thinning, (min(x0), min(y0), max(x1), max(y1)))


def _thinned(packer: _Packer, counts: NDArray[np.float64], budget_bytes: int) -> _Found:
    """The layers, thinned where they must be; `counts` of hatch and path vectors per layer, (n, 2)."""
    estimate = packer.run.estimate
    chosen = slice(packer.first, packer.first + len(counts))
    areas = estimate.areas_mm2[chosen]
    special = special_layers(areas[:, 0], areas[:, LOST].sum(axis=1), estimate.layer_times.exposure_s[chosen])
    sample = _sample(len(counts))
    hatch, path = np.maximum(counts[sample].sum(axis=0), 1.0).tolist()
    least = _size(packer, sample, NO_HATCH)
    bare = _EMPTY + counts[:, 1] * least / path
    full = bare + counts[:, 0] * (_size(packer, sample, 1) - least) / hatch
    more = 1.0
    if float(full.sum()) <= _DOUBTFUL * budget_bytes:
        found = _within(packer, np.ones(len(counts), dtype=np.int64), budget_bytes, full)
        if not isinstance(found, _TooMuch):
            return found
        more = found.factor(full)
    for step in (*STEPS, NO_HATCH):
        share = 0.0 if step == NO_HATCH else (_size(packer, sample, step) - least) / hatch
        thin = bare + counts[:, 0] * share
        for target in _TARGETS:
            every = _choice(more * full, more * thin, target * budget_bytes, special, step)
            if every is None:
                continue
            expected = np.where(every == 1, full, thin)
            found = _within(packer, every, budget_bytes, expected)
            if not isinstance(found, _TooMuch):
                return found
            more = max(more, found.factor(expected))
    return _within(packer, np.full(len(full), NO_HATCH, dtype=np.int64), None, None)


def _units(counts: NDArray[np.int64]) -> list[range]:
    """Consecutive layers with about `_UNIT_VECTORS` each, of so many vectors per layer."""
    number = (np.cumsum(counts) - counts) // _UNIT_VECTORS
    borders = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(counts)]
    return [range(*pair) for pair in itertools.pairwise(borders)]


def _sample(layers: int) -> NDArray[np.int64]:
    """Places of some layers, all of a few: spread evenly, but in no step with a rule for every m-th layer."""
    if layers <= _SAMPLE:
        return np.arange(layers)
    shift = np.random.default_rng(0).random(_SAMPLE)
    return np.unique(((np.arange(_SAMPLE) + shift) * layers / _SAMPLE).astype(np.int64))


def _size(packer: _Packer, sample: NDArray[np.int64], step: int) -> float:
    """Bytes of some layers with every `step`-th line, beyond those of layers without vectors."""
    lines = (packer.pack(place, packer.read(place), step)[0] for place in sample.tolist())
    return float(sum(max(0, len(line) + 1 - _EMPTY) for line in lines))


def _choice(
    full: _Sizes, thin: _Sizes, aim_bytes: float, special: Sequence[int], step: int
) -> NDArray[np.int64] | None:
    """Per layer the n of "every n-th line" when most layers have `step`; None when that is too much."""
    room = aim_bytes - float(thin.sum())
    if room < 0.0:
        return None
    every = np.full(len(full), step, dtype=np.int64)
    for place in special:
        room -= float(full[place] - thin[place])
        if room < 0.0:
            # Rather fewer lines everywhere than not even the most important layer in full.
            return None if place == special[0] and step != NO_HATCH else every
        every[place] = 1
    fits = room / max(float((full - thin).mean()), 1.0)
    if fits >= 1.0:
        every[:: max(2, int(np.ceil(len(full) / fits)))] = 1
    return every


@overload
def _within(packer: _Packer, every: NDArray[np.int64], budget_bytes: None, expected: None) -> _Found: ...
@overload
def _within(
    packer: _Packer, every: NDArray[np.int64], budget_bytes: int, expected: _Sizes | None
) -> _Found | _TooMuch: ...
def _within(
    packer: _Packer, every: NDArray[np.int64], budget_bytes: int | None, expected: _Sizes | None
) -> _Found | _TooMuch:
    """The layers thinned so, and how many vectors and bytes that is, where it is not too much.

    `expected` bytes per layer, where they are known, tell early that it will be: not of a few layers.
    """
    lines: list[str] = []
    told = used = 0
    at_least = [0.0] * len(every)
    if expected is not None and len(every) > _SAMPLE:
        to_come = np.cumsum(expected[:0:-1])[::-1] / _DOUBTFUL
        at_least[: -_SAMPLE - 1] = to_come[:-_SAMPLE].tolist()
    with contextlib.closing(packer.layers(every.tolist())) as layers:
        for line, vectors in layers:
            used += len(line) + 1
            told += vectors
            if budget_bytes is not None and used + at_least[len(lines)] > budget_bytes:
                return _TooMuch(len(lines) + 1, used)
            lines.append(line)
            packer.on_layer(len(lines), len(every))
    return lines, every, told, used
