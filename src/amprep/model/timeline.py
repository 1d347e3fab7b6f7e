"""What each laser does when in a layer, and where it stands in the smoke of another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "NO_PART",
    "Activity",
    "LayerSmoke",
    "LayerTimeline",
    "SmokeConflict",
    "SmokeSums",
    "Stretches",
    "SummedSmoke",
]

#: Part and region of a stretch in which a laser waits.
NO_PART = -1


class Activity(IntEnum):
    """What a laser does in a stretch of time."""

    MARK = 0
    """With the ways between vectors that are too short to be shown."""
    JUMP = 1
    WAIT = 2
    """For the slowest laser."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerTimeline(ArrayNoun):
    """When each vector of a layer is exposed; all lasers begin at 0 s.

    laser : (N,) uint8
        Index of the laser, from 0.
    begin_s : (N,) float64, s
        When the way to the vector begins.
    marking_from_s : (N,) float64, s
        When the laser is on, from here to `end_s`; what a jump and delays cost lies before.
    end_s : (N,) float64, s
    """

    laser: NDArray[np.uint8]
    begin_s: NDArray[np.float64]
    marking_from_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    laser_count: int

    def __post_init__(self) -> None:
        count = len(self.laser)
        object.__setattr__(self, "laser", frozen_array(self.laser, np.uint8, (count,), "laser"))
        for name in ("begin_s", "marking_from_s", "end_s"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, (count,), name))

    @property
    def busy_s(self) -> NDArray[np.float64]:
        """(L,) float64, s: marking and ways of each laser."""
        return self._sums(self.end_s - self.begin_s)

    @property
    def marking_s(self) -> NDArray[np.float64]:
        """(L,) float64, s: with the laser on."""
        return self._sums(self.end_s - self.marking_from_s)

    @property
    def exposure_s(self) -> float:
        """Until the last laser is done."""
        return float(self.end_s.max()) if len(self.end_s) else 0.0

    @property
    def waiting_s(self) -> NDArray[np.float64]:
        """(L,) float64, s: for the slowest laser."""
        waiting: NDArray[np.float64] = self.exposure_s - self.busy_s
        return waiting

    @property
    def utilisation(self) -> NDArray[np.float64]:
        """(L,) float64: busy time over the exposure of the layer, 0 to 1."""
        whole = self.exposure_s
        shares: NDArray[np.float64] = self.busy_s / whole if whole else np.zeros(self.laser_count)
        return shares

    def _sums(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.bincount(self.laser, seconds, minlength=self.laser_count)
        return sums.astype(np.float64, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class Stretches(ArrayNoun):
    """A timeline merged for display: each laser's stretches lie end to end from 0 s to the exposure's end.

    laser : (S,) uint8
    activity : (S,) uint8
        `Activity`.
    part : (S,) int32
        Index into the job's parts; `NO_PART` while waiting. A jump belongs to what it leads to.
    region : (S,) int16
        `Region`, `AGAIN` more where it is exposed once more; `NO_PART` while waiting.
    begin_s, end_s : (S,) float64, s
    marking_s : (S,) float64, s
        With the laser on: less than the length of the stretch where short ways are merged into it.
    """

    laser: NDArray[np.uint8]
    activity: NDArray[np.uint8]
    part: NDArray[np.int32]
    region: NDArray[np.int16]
    begin_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    marking_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        kinds = {"laser": np.uint8, "activity": np.uint8, "part": np.int32, "region": np.int16}
        for name in self.__dataclass_fields__:
            kind = kinds.get(name, np.float64)
            object.__setattr__(self, name, frozen_array(getattr(self, name), kind, (len(self.laser),), name))

    def __len__(self) -> int:
        return len(self.laser)


@dataclass(frozen=True, slots=True)
class SmokeConflict:
    """What two lasers have with each other in a layer."""

    upwind: int
    """Index of the laser whose melt pool smokes, from 0."""
    downwind: int
    """Index of the laser that marks in it."""
    seconds: float
    nearest_mm: float
    """The shortest way that the smoke has, along the gas; the conflict is worst there."""
    x_mm: float
    """Where the laser downwind marks at that moment."""
    y_mm: float
    time_s: float
    """That moment, from the beginning of the exposure."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerSmoke(ArrayNoun):
    """All conflicts of a layer.

    pairs : tuple of SmokeConflict
        Those that there are, the longest first.
    of_vector : (N,) float64, s
        How long each vector is marked in smoke; in that of two lasers at once it counts twice.
    """

    pairs: tuple[SmokeConflict, ...]
    of_vector: NDArray[np.float64]

    def __post_init__(self) -> None:
        of_vector = frozen_array(self.of_vector, np.float64, (None,), "of_vector")
        object.__setattr__(self, "of_vector", of_vector)

    @property
    def conflict_s(self) -> float:
        """Sum over the pairs."""
        return math.fsum(pair.seconds for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class SmokeSums:
    """A layer, before and after its vectors were put in an order with fewer conflicts."""

    layer: int
    """From 0."""
    conflict_before_s: float
    """Sum over pairs of lasers: in the smoke of two at once counts twice."""
    conflict_after_s: float
    in_smoke_before_s: float
    """Of all lasers together, in whosesoever smoke: at most what they mark."""
    in_smoke_after_s: float
    marking_s: float
    """Of all lasers together."""
    exposure_before_s: float
    exposure_after_s: float
    one_laser_s: float
    """What one laser alone would take for the same vectors."""
    pair_s: tuple[tuple[float, ...], ...] = ()
    """After, by the laser upwind and the one downwind."""
    worst: SmokeConflict | None = None
    """After, the pair with the longest conflict."""


@dataclass(frozen=True, slots=True)
class SummedSmoke:
    """The layers of a job together; the worst layer is the one with the most conflict left."""

    conflict_before_s: float
    conflict_after_s: float
    in_smoke_before_s: float
    in_smoke_after_s: float
    marking_s: float
    exposure_before_s: float
    exposure_after_s: float
    one_laser_s: float
    pair_s: tuple[tuple[float, ...], ...]
    """By the laser upwind and the one downwind."""
    layers_reordered: int
    layers_with_conflict: int
    worst_layer: int | None
    """From 0; None without a conflict."""
    worst: SmokeConflict | None

    @classmethod
    def of(cls, layers: Sequence[SmokeSums]) -> SummedSmoke:
        """The sums, in the order of the layers, so that the engine does not show in the last bit."""
        lasers = max((len(one.pair_s) for one in layers), default=0)
        pair_s = tuple(
            tuple(math.fsum(one.pair_s[i][j] for one in layers if one.pair_s) for j in range(lasers))
            for i in range(lasers)
        )
        worst = max(layers, key=lambda one: one.conflict_after_s, default=None)
        has_worst = worst is not None and worst.conflict_after_s > 0.0

        def total(name: str) -> float:
            return math.fsum(getattr(one, name) for one in layers)

        return cls(
            conflict_before_s=total("conflict_before_s"),
            conflict_after_s=total("conflict_after_s"),
            in_smoke_before_s=total("in_smoke_before_s"),
            in_smoke_after_s=total("in_smoke_after_s"),
            marking_s=total("marking_s"),
            exposure_before_s=total("exposure_before_s"),
            exposure_after_s=total("exposure_after_s"),
            one_laser_s=total("one_laser_s"),
            pair_s=pair_s,
            layers_reordered=sum(one.conflict_after_s < one.conflict_before_s for one in layers),
            layers_with_conflict=sum(one.conflict_after_s > 0.0 for one in layers),
            worst_layer=worst.layer if worst is not None and has_worst else None,
            worst=worst.worst if worst is not None and has_worst else None,
        )
