"""The machine: build volume, lasers, scanner, recoater, gas and powder system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from amprep.model.provenance import Grade, GradedText, GradedValue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "BuildVolume",
    "Laser",
    "MachineProfile",
    "Phases",
    "PowderSystem",
    "Recoater",
    "Scanner",
    "Smoke",
    "Utilities",
    "assumed_supply_l",
]


@dataclass(frozen=True, slots=True)
class BuildVolume:
    """The space a part may fill.

    A box has its corner at the origin of the platform's coordinates; a cylinder has its axis there.
    """

    shape: str
    """``box`` or ``cylinder``."""
    size_x_mm: GradedValue
    """Width; for a cylinder the diameter."""
    size_y_mm: GradedValue
    """Depth; for a cylinder the diameter."""
    height_mm: GradedValue

    @property
    def centre_mm(self) -> tuple[float, float]:
        if self.shape == "cylinder":
            return 0.0, 0.0
        return self.size_x_mm.value / 2, self.size_y_mm.value / 2

    @property
    def bounds_mm(self) -> tuple[float, float, float, float]:
        """``x0, y0, x1, y1`` of the platform."""
        x, y = self.centre_mm
        half_x, half_y = self.size_x_mm.value / 2, self.size_y_mm.value / 2
        return x - half_x, y - half_y, x + half_x, y + half_y

    @property
    def platform_area_mm2(self) -> float:
        if self.shape == "cylinder":
            return 3.141592653589793 / 4 * self.size_x_mm.value**2
        return self.size_x_mm.value * self.size_y_mm.value


@dataclass(frozen=True, slots=True)
class Laser:
    """One laser with its scanner; `number` counts from 1 as people do."""

    number: int
    power_w: GradedValue
    focus_diameter_mm: GradedValue
    field_mm: tuple[float, float, float, float]
    """Reachable rectangle ``x0, y0, x1, y1`` in platform coordinates; it bounds a round field."""
    field_origin: GradedText
    """What is known of the field: a word (``rectangle``), its grade and sources."""
    field_circle_mm: tuple[float, float, float] | None = None
    """Centre and radius of a round field; `field_mm` bounds it."""

    def reaches(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) bool: which of (N, 2) places in mm lie in the field, its border included."""
        x0, y0, x1, y1 = self.field_mm
        x, y = points[:, 0], points[:, 1]
        inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        if self.field_circle_mm is not None:
            a, b, radius = self.field_circle_mm
            inside &= (x - a) ** 2 + (y - b) ** 2 <= radius * radius
        return inside


def _assumed(value: float, low: float, high: float, note: str) -> GradedValue:
    return GradedValue(value, Grade.ASSUMED, ("ASSUMED",), low, high, note)


def _lags(value: float) -> GradedValue:
    note = "default of a scanner control, sky-writing modes 2 and 3, carried over"
    return GradedValue(value, Grade.DERIVED, ("RTC5",), note=note)


_DEFAULT = "default of amprep: the profile does not say; range assumed"


@dataclass(frozen=True, slots=True)
class Scanner:
    """Dynamics of the scan heads; what has a default here may be missing in a profile."""

    max_scan_speed_mm_s: GradedValue
    jump_speed_mm_s: GradedValue
    jump_delay_s: GradedValue
    """Settling after a jump."""
    turnaround_s: GradedValue
    """Run-out and run-in of sky-writing together, without the way itself; derived where a lag is given."""
    polygon_delay_s: GradedValue
    """Of a reversal; a corner that turns by θ costs (1 - cos θ)/2 of it."""
    laser_on_delay_s: GradedValue
    laser_off_delay_s: GradedValue
    acceleration_mm_s2: GradedValue = _assumed(2e7, 1e7, 4e7, _DEFAULT)
    """In jumps, and in marking without sky-writing."""
    sky_writing: GradedText = GradedText("hatches", Grade.ASSUMED, ("ASSUMED",), _DEFAULT)
    """What is marked at constant speed from end to end: ``hatches``, ``all`` or ``off``."""
    mark_delay_s: GradedValue = _assumed(1e-4, 0.0, 3e-4, _DEFAULT)
    """After the last vector of what is marked without sky-writing."""
    part_change_s: GradedValue = _assumed(0.0, 0.0, 0.4, _DEFAULT)
    """Pause of a laser that goes on to another part."""
    time_lag_s: GradedValue | None = None
    """Tracking error of the scan head; None where the turnaround is given."""
    run_in_lags: GradedValue = _lags(1.5)
    """Run-in of sky-writing in time lags."""
    run_out_lags: GradedValue = _lags(1.0)


@dataclass(frozen=True, slots=True)
class Recoater:
    """Recoating times per mode; `modes` maps ``one_sided`` / ``two_sided`` to the time of one layer."""

    time_s: Mapping[str, GradedValue]
    base_time_s: GradedValue
    """What a layer costs beside exposure and recoating."""
    min_layer_time_s: GradedValue
    direction: GradedText
    """Way of the blade over the platform: ``+x``, ``-x``, ``+y`` or ``-y``."""
    first_layers_extra_s: GradedValue = _assumed(0.0, 0.0, 10.0, _DEFAULT)
    """What each of the first layers (`PowderSystem.first_layers`) costs more: they are dosed more."""


@dataclass(frozen=True, slots=True)
class Phases:
    """What a job costs before the first and after the last layer."""

    inerting_s: GradedValue
    heating_s: GradedValue
    cooling_s: GradedValue
    unpacking_s: GradedValue = _assumed(3600.0, 1800.0, 14400.0, _DEFAULT)
    """Taking the parts out of the machine; no part of the job time."""


@dataclass(frozen=True, slots=True)
class PowderSystem:
    """Supply, dosing and losses; what has a default here may be missing in a profile."""

    dose_factor: Mapping[str, GradedValue]
    """Dosed mass over that of a solid layer of the whole platform, per recoating mode."""
    first_layers_dose_factor: GradedValue
    first_layers: int
    sieve_loss_pct: GradedValue
    """Of the loose powder that goes through the sieve."""
    spatter_loss_pct: GradedValue
    """Of the molten mass."""
    handling_loss_pct: GradedValue
    """Of the loose powder."""
    exposed_dose_factor: GradedValue = _assumed(0.25, 0.0, 0.5, _DEFAULT)
    """Dosed beside that, over the mass that the layer melts: 0 for a dose that does not follow the area."""
    bed_packing_pct: GradedValue = _assumed(0.0, 0.0, 100.0, _DEFAULT)
    """Density of the spread bed: 0 is the apparent density of the powder, 100 its tap density."""
    initial_l: GradedValue = _assumed(0.0, 0.0, 5.0, _DEFAULT)
    """Loose powder used up before the first layer: levelling, channels, a layer over the platform."""
    reserve_pct: GradedValue = _assumed(10.0, 0.0, 25.0, _DEFAULT)
    """Loaded beyond what the layers need."""
    reuse_pct: GradedValue = _assumed(100.0, 98.0, 100.0, _DEFAULT)
    """Of the powder that is left after all losses: what goes back to stock, and is not retired."""
    supply_l: GradedValue | None = None
    """Loose powder in one filling of the supply; None where nothing is said of refills."""


def assumed_supply_l(volume: BuildVolume) -> GradedValue:
    """What the supply of a machine holds whose profile does not say: 1.3 build volumes, 0.65 to 2.6."""
    litres = round(volume.platform_area_mm2 * volume.height_mm.value * 1e-6, 6)
    return _assumed(1.3 * litres, 0.65 * litres, 2.6 * litres, _DEFAULT)


@dataclass(frozen=True, slots=True)
class Utilities:
    """Mean electrical power and flow of inert gas; the defaults hold for a profile that says nothing."""

    power_preparing_kw: GradedValue = _assumed(5.0, 1.0, 25.0, _DEFAULT)
    """While inerting and heating."""
    power_building_kw: GradedValue = _assumed(5.0, 1.0, 25.0, _DEFAULT)
    """In the layers."""
    power_cooling_kw: GradedValue = _assumed(1.0, 0.1, 5.0, _DEFAULT)
    gas_flood_l_min: GradedValue = _assumed(50.0, 25.0, 200.0, _DEFAULT)
    """While inerting."""
    gas_process_l_min: GradedValue = _assumed(5.0, 1.0, 40.0, _DEFAULT)
    """In the layers."""


_NO_FIGURE = "no published figure found; value and range assumed"


@dataclass(frozen=True, slots=True)
class Smoke:
    """Where a laser marks in the smoke of another's melt pool; the defaults hold for a profile without it."""

    reach_mm: GradedValue = _assumed(200.0, 50.0, 400.0, _NO_FIGURE)
    """So far downwind of a melt pool another laser is disturbed."""
    half_width_mm: GradedValue = _assumed(5.0, 1.0, 20.0, _NO_FIGURE)
    """Half of the plume's width at the melt pool."""
    half_angle_deg: GradedValue = _assumed(5.0, 0.0, 15.0, _NO_FIGURE)
    """By how much each side of the plume spreads downwind."""


@dataclass(frozen=True, slots=True)
class MachineProfile:
    """All that amprep knows of one machine; every value with source and grade."""

    id: str
    name: str
    aliases: tuple[str, ...]
    default_material: str
    build_volume: BuildVolume
    lasers: tuple[Laser, ...]
    scanner: Scanner
    recoater: Recoater
    gas_flow_direction: GradedText
    """Way of the gas over the platform: ``+x``, ``-x``, ``+y`` or ``-y``."""
    phases: Phases
    powder: PowderSystem
    facts: Mapping[str, GradedValue | GradedText]
    """What is worth showing but enters no figure: mass, size, optics."""
    path: str
    """The file it came from."""
    sha256: str
    processes_of: str = ""
    """Id of the machine whose processes this one uses; empty for its own."""
    utilities: Utilities = Utilities()
    smoke: Smoke = Smoke()

    @property
    def calibrated(self) -> tuple[str, ...]:
        """Names of the values that are fitted to the machine's own job times: ``scanner.turnaround_s``."""
        found = []
        for table in ("scanner", "recoater", "phases"):
            noun = getattr(self, table)
            for field in fields(noun):
                value = getattr(noun, field.name)
                entries = value.items() if isinstance(value, Mapping) else [("", value)]
                for key, one in entries:
                    if getattr(one, "grade", None) == Grade.CALIBRATED:
                        found.append(f"{table}.{field.name}" + (f".{key}" if key else ""))
        return tuple(found)

    @property
    def gas_flow_deg(self) -> float:
        """Direction the gas flows to, from +x."""
        return {"+x": 0.0, "+y": 90.0, "-x": 180.0, "-y": 270.0}[self.gas_flow_direction.value]
