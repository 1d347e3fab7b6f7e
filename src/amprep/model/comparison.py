"""The same parts on several machines: what fits, how many, and what a quantity of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array
from amprep.model.estimate import Ranged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from amprep.model.estimate import Assumption
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.notice import Notice
    from amprep.model.process import ProcessProfile

__all__ = [
    "FIGURES",
    "Batch",
    "BreakEven",
    "Candidate",
    "ComparedPart",
    "Comparison",
    "Figures",
    "Refusal",
    "Row",
    "added",
    "times",
]

#: What jobs take, and the unit of each; all of them add up over jobs.
FIGURES: dict[str, str] = {
    "time_s": "s",
    "before_s": "s",
    "recoating_s": "s",
    "hatch_s": "s",
    "contour_s": "s",
    "motion_s": "s",
    "wait_s": "s",
    "cooling_s": "s",
    "unpacking_s": "s",
    "part_g": "g",
    "loss_g": "g",
    "powder_g": "g",
    "energy_kwh": "kWh",
    "gas_m3": "m³",
    "machine_eur": "EUR",
    "powder_eur": "EUR",
    "gas_eur": "EUR",
    "energy_eur": "EUR",
    "platform_eur": "EUR",
    "labour_eur": "EUR",
    "cost_eur": "EUR",
}

Figures = dict[str, Ranged]
"""Some of `FIGURES`, each with its range."""


def times(figures: Mapping[str, Ranged], factor: float) -> Figures:
    """All figures times a factor that is not negative."""
    return {
        key: Ranged(one.value * factor, one.low * factor, one.high * factor) for key, one in figures.items()
    }


def added(several: Sequence[Mapping[str, Ranged]]) -> Figures:
    """Sums of the figures; their ranges rest on the same inputs, so that low ends add up as do high ends."""
    total: Figures = {}
    for figures in several:
        for key, one in figures.items():
            total[key] = total[key] + one if key in total else one
    return total


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """One part of the set that is compared."""

    name: str
    size_mm: tuple[float, float, float]
    volume_mm3: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a candidate cannot build the set."""

    code: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that are alike."""

    jobs: int
    copies: int
    """Sets on each platform."""
    each: Figures
    """What one of these jobs takes."""
    charge_g: Ranged
    """Powder to load for one of these jobs."""
    is_interpolated: bool = False
    """Between platforms with fewer and with more sets, which were estimated; ranges are those of both."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a quantity takes on one candidate: full platforms, and one with the rest."""

    quantity: int
    """Sets of parts."""
    batches: tuple[Batch, ...]

    @property
    def jobs(self) -> int:
        """Jobs in all."""
        return sum(batch.jobs for batch in self.batches)

    @property
    def is_interpolated(self) -> bool:
        """Whether one of the jobs was not estimated itself."""
        return any(batch.is_interpolated for batch in self.batches)

    @property
    def total(self) -> Figures:
        """All jobs together."""
        return added([times(batch.each, batch.jobs) for batch in self.batches])

    @property
    def per_set(self) -> Figures:
        """Of one set: the total over the quantity."""
        return times(self.total, 1 / self.quantity)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate(ArrayNoun):
    """One machine with one material and one process.

    positions_mm : (n, 2) float64, mm
        Middles of the sets on the first platform of the last quantity, in platform coordinates.
    outlines_mm : tuple of (K, 2) float64, mm
        Loops of the set seen from above, its middle at (0, 0); on a machine that it does not fit as well.
    """

    machine: MachineProfile
    material: MaterialProfile
    process: ProcessProfile | None
    """None where the machine has none for material and layer thickness."""
    layers: int
    capacity: int
    """Sets that fit one platform; 0 where it is refused."""
    positions_mm: NDArray[np.float64]
    outlines_mm: tuple[NDArray[np.float64], ...]
    rows: tuple[Row, ...] = ()
    """One per quantity; none where the candidate is refused."""
    edge_margin_mm: float = 0.0
    """From the nearest set to the edge of the platform, when it is full."""
    refusal: Refusal | None = None
    assumptions: tuple[Assumption, ...] = ()
    """What the time of one full job rests on, by its effect."""
    cost_assumptions: tuple[Assumption, ...] = ()
    """The same for its cost."""
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        positions = frozen_array(self.positions_mm, np.float64, (None, 2), "positions_mm")
        object.__setattr__(self, "positions_mm", positions)

    @property
    def label(self) -> str:
        """``EOS M 100 · 316L · 20 µm``."""
        words = [self.machine.name, self.material.name]
        if self.process is not None:
            words.append(f"{self.process.layer_thickness_mm * 1000:g} µm")
        return " · ".join(words)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From which quantity on one candidate takes less per set than another, and whether it ever changes."""

    figure: str
    """Key of `FIGURES`."""
    first: int
    """Index of the candidate that takes less for few; of the one that always does where nothing changes."""
    then: int
    """Index of the candidate that takes less from `quantity` on."""
    other: int
    """Index of the one of the two that is not `then`."""
    quantity: int | None
    """None: the same candidate takes less for each quantity up to `horizon`."""
    is_clean: bool = True
    """Below `quantity` it is always `first`; otherwise now the one, now the other, as platforms fill up."""
    is_certain: bool = False
    """At the last quantity compared the ranges of the two do not overlap."""
    horizon: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer: candidates beside each other."""

    parts: tuple[ComparedPart, ...]
    quantities: tuple[int, ...]
    gap_mm: float
    is_hatched: bool
    """Estimates come from hatched layers, not from their areas and edges."""
    candidates: tuple[Candidate, ...]
    break_evens: tuple[BreakEven, ...] = ()
    notices: tuple[Notice, ...] = ()
    """That concern no candidate alone."""

    @property
    def buildable(self) -> tuple[int, ...]:
        """Indices of the candidates that can build the set."""
        return tuple(i for i, one in enumerate(self.candidates) if one.refusal is None)
