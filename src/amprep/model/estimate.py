"""The estimate: times per layer and laser, powder, areas; totals with ranges and what they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array
from amprep.model.scan import AREA_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.provenance import Grade
    from amprep.model.timeline import SummedSmoke

__all__ = [
    "Assumption",
    "BuildEstimate",
    "LaserBalance",
    "LayerTimes",
    "PowderBalance",
    "Ranged",
    "ScanColumn",
]


class ScanColumn(IntEnum):
    """Columns of a layer's scan statistics (lengths in mm, counts without unit)."""

    HATCH_MM = 0
    CONTOUR_MM = 1
    """Contours and edges."""
    JUMP_MM = 2
    TURN_MM = 3
    JUMPS = 4
    TURNS = 5
    CORNERS = 6
    """Corners inside a polyline, each that turns by θ as (1 - cos θ)/2: a reversal counts 1."""
    SWITCHES = 7
    """Polylines begun without sky-writing: each costs the laser-on, laser-off and mark delays."""
    VECTORS = 8
    LONG_JUMPS = 9
    """Jumps long enough to reach the jump speed: v²/a and more, at the nominal values."""
    LONG_JUMP_MM = 10
    SHORT_JUMP_ROOT_MM = 11
    """Sum of √length over all shorter jumps, in √mm."""
    PART_CHANGES = 12
    """How often a laser goes on to another part."""
    RUN_SPEED_MM_S = 13
    """Sum of the scan speeds of polylines without sky-writing that are long enough to reach theirs, v²/a."""
    SHORT_RUN_ROOT_MM = 14
    """Sum of √length over all shorter ones, in √mm."""
    SHORT_RUN_S = 15
    """What the shorter ones would take at their scan speeds, in s."""
    MARKED = 16
    """First of the columns of lengths by exposure: `REGIONS` for each of the job's parameter sets."""


@dataclass(frozen=True, slots=True)
class Ranged:
    """A figure with the range that its uncertain inputs give it."""

    value: float
    low: float
    high: float

    def __add__(self, other: Ranged) -> Ranged:
        return Ranged(self.value + other.value, self.low + other.low, self.high + other.high)

    @property
    def has_range(self) -> bool:
        return self.high > self.low

    @property
    def uncertainty_pct(self) -> float:
        """The larger of the two deviations, in percent of the value."""
        if self.value == 0:
            return 0.0
        return 100 * max(self.high - self.value, self.value - self.low) / abs(self.value)


@dataclass(frozen=True, slots=True)
class Assumption:
    """An input of a total that is not well founded, and what it does to the total."""

    name: str
    """Field of a profile, for instance ``recoater.time_s.two_sided``."""
    value: float
    unit: str
    grade: Grade
    low: float
    high: float
    effect_low: float
    """Change of the total when the input stands at its low end, in the total's unit."""
    effect_high: float


@dataclass(frozen=True, slots=True, eq=False)
class LayerTimes(ArrayNoun):
    """Times of all layers; the slowest laser decides how long the exposure takes.

    hatch_s, contour_s, motion_s : (n, L) float64, s
        Marking of hatches, marking of contours and edges, and jumps, turnarounds and delays, per laser.
    recoating_s : (n,) float64, s
        Recoating and base time.
    wait_s : (n,) float64, s
        Waiting until the minimum layer time.
    """

    hatch_s: NDArray[np.float64]
    contour_s: NDArray[np.float64]
    motion_s: NDArray[np.float64]
    recoating_s: NDArray[np.float64]
    wait_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = np.shape(self.hatch_s)
        for name in ("hatch_s", "contour_s", "motion_s"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, shape, name))
        for name in ("recoating_s", "wait_s"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, shape[:1], name))

    @property
    def busy_s(self) -> NDArray[np.float64]:
        """(n, L) float64, s: time each laser works in each layer."""
        busy: NDArray[np.float64] = self.hatch_s + self.contour_s + self.motion_s
        return busy

    @property
    def exposure_s(self) -> NDArray[np.float64]:
        """(n,) float64, s: time of the slowest laser."""
        busy = self.busy_s
        return busy.max(axis=1) if busy.size else np.zeros(len(busy))

    @property
    def total_s(self) -> NDArray[np.float64]:
        """(n,) float64, s: from one recoating to the next."""
        total: NDArray[np.float64] = self.exposure_s + self.recoating_s + self.wait_s
        return total

    @property
    def longest_exposed(self) -> int:
        """Index of the layer that is exposed longest; of equally long ones the middle one.

        That shows more of a part than its first layer on the platform.
        """
        exposure_s = self.exposure_s
        if not len(exposure_s):
            return 0
        longest = np.flatnonzero(exposure_s >= 0.999 * exposure_s.max())
        return int(longest[len(longest) // 2])

    @property
    def longest(self) -> int:
        """Index of the layer that takes longest: that exposed longest, unless a recoating is slow."""
        total_s, found = self.total_s, self.longest_exposed
        return found if not len(total_s) or total_s[found] >= 0.999 * total_s.max() else int(total_s.argmax())

    @property
    def slowest_s(self) -> dict[str, float]:
        """Where the exposure goes, of the slowest laser of each layer: ``hatch``, ``contour``, ``motion``."""
        busy = self.busy_s
        if not busy.size:
            return dict.fromkeys(("hatch", "contour", "motion"), 0.0)
        rows, slowest = np.arange(len(busy)), busy.argmax(axis=1)
        return {
            "hatch": math.fsum(self.hatch_s[rows, slowest]),
            "contour": math.fsum(self.contour_s[rows, slowest]),
            "motion": math.fsum(self.motion_s[rows, slowest]),
        }


_NONE = Ranged(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class PowderBalance(ArrayNoun):
    """Masses in g, and where the supply must be filled again.

    dose_of_layer_g : (n,) float64, g
        Dosed for each layer.
    """

    part_g: Ranged
    bed_g: Ranged
    """Loose powder around the parts up to the built height, without the parts."""
    dose_g: Ranged
    """Dosed in all layers."""
    overflow_g: Ranged
    """Dosed, but neither melted nor left in the bed."""
    loss_g: Ranged
    """Sieve residue, spatter and handling."""
    charge_g: Ranged = _NONE
    """To load before the job and in refills, the reserve included."""
    initial_g: Ranged = _NONE
    """Of the charge, used up before the first layer; it comes back as it was."""
    reusable_g: Ranged = _NONE
    """Of the dose, what goes back to stock."""
    retired_g: Ranged = _NONE
    """Of the dose, what is left after all losses but is not used again."""
    consumed_g: Ranged = _NONE
    """Part, losses and what is retired: what the job uses up."""
    supply_g: Ranged = _NONE
    """One filling of the supply; 0 where the profile does not say."""
    refills: int = 0
    """How often the job stops to fill the supply again."""
    refills_range: tuple[int, int] = (0, 0)
    refill_layers: tuple[int, ...] = ()
    """Layers before which it stops, from 0."""
    short_layers: tuple[int, ...] = ()
    """Layers that get less powder than they take, from 0."""
    dose_of_layer_g: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    charge_assumptions: tuple[Assumption, ...] = ()
    consumed_assumptions: tuple[Assumption, ...] = ()

    def __post_init__(self) -> None:
        dose = frozen_array(self.dose_of_layer_g, np.float64, (None,), "dose_of_layer_g")
        object.__setattr__(self, "dose_of_layer_g", dose)

    @property
    def back_g(self) -> Ranged:
        """Of the charge, what was never dosed: it goes back to stock as it was."""
        charge, dose = self.charge_g, self.dose_g
        return Ranged(charge.value - dose.value, charge.low - dose.low, charge.high - dose.high)

    @property
    def reuse_pct(self) -> float:
        """Of the loose powder, how much goes back to stock."""
        loose = self.dose_g.value - self.part_g.value
        return 100.0 * self.reusable_g.value / loose if loose else 0.0


@dataclass(frozen=True, slots=True)
class LaserBalance:
    """How evenly several lasers share the layers."""

    strategy: str
    gap_median_pct: float
    """Of the layers: by how much the slowest laser takes longer than the bound."""
    gap_p95_pct: float
    one_laser_s: float
    """Exposure of all layers with one laser that reaches everything."""
    bound_s: float
    """Sum of the bounds: what the slowest lasers take at least, whoever exposes what."""
    contours_by: str = "part"
    """What of contours stays with one laser, see `amprep.model.exposure.LaserSharing`."""


@dataclass(frozen=True, slots=True, eq=False)
class BuildEstimate(ArrayNoun):
    """Result of a whole job.

    top_mm : (n,) float64, mm
        Top of each layer.
    areas_mm2 : (n, 8) float64, mm²
        Columns as in `amprep.model.scan.AREA_NAMES`.
    """

    top_mm: NDArray[np.float64]
    layer_times: LayerTimes
    areas_mm2: NDArray[np.float64]
    total_s: Ranged
    recoating_s: Ranged
    exposure_s: Ranged
    wait_s: Ranged
    before_s: Ranged
    """Inerting and heating."""
    cooling_s: Ranged
    laser_busy_s: tuple[float, ...]
    vectors: int
    hatch_mm: float
    contour_mm: float
    jump_mm: float
    powder: PowderBalance
    time_assumptions: tuple[Assumption, ...]
    powder_assumptions: tuple[Assumption, ...]
    overlap_mm2: float = 0.0
    """Area that hatch vectors expose twice on purpose, in all layers: stripes, islands, skins, seams."""
    region_mm: dict[str, float] = field(default_factory=dict)
    """Marked length of each region that there is, by its name in files."""
    energy_kwh: Ranged = _NONE
    """Preparing, layers and cooling."""
    gas_m3: Ranged = _NONE
    """Inert gas: flooding while inerting, and flow in the layers."""
    gas_kind: str = ""
    """``argon``, ``nitrogen``, or the process's own word."""
    energy_assumptions: tuple[Assumption, ...] = ()
    gas_assumptions: tuple[Assumption, ...] = ()
    unpacking_s: Ranged = _NONE
    """Taking the parts out of the machine, after cooling; no part of the job time."""
    job_assumptions: tuple[Assumption, ...] = ()
    """Uncertain inputs of `job_s`, the strongest first."""
    unpacking_assumptions: tuple[Assumption, ...] = ()
    hatch_s: Ranged = _NONE
    """Of `exposure_s`: of the laser that works longest in each layer, as are the two below."""
    contour_s: Ranged = _NONE
    motion_s: Ranged = _NONE
    laser_balance: LaserBalance | None = None
    """None for one laser, or where it is not known."""
    smoke: SummedSmoke | None = None
    """None for one laser, or where no vectors were looked at."""
    support_mm3: float | None = None
    """Of the molten volume, what is in supports; None where parts were not summed up one by one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "top_mm", frozen_array(self.top_mm, np.float64, (None,), "top_mm"))
        shape = (len(self.top_mm), AREA_COLUMNS)
        object.__setattr__(self, "areas_mm2", frozen_array(self.areas_mm2, np.float64, shape, "areas_mm2"))

    @property
    def utilisation_pct(self) -> tuple[float, ...]:
        """Per laser: how much of the exposure it works."""
        return tuple(100.0 * busy / (self.exposure_s.value or 1.0) for busy in self.laser_busy_s)

    @property
    def job_s(self) -> Ranged:
        """From closing the door to opening it: inerting, heating, all layers and cooling.

        No input is in two of them, so the ends of the sum are the sums of the ends.
        """
        return self.before_s + self.total_s + self.cooling_s
