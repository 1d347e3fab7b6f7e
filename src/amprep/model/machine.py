"""The machine: build volume, lasers, scanner, recoater, gas and powder system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.model.provenance import GradedText, GradedValue

__all__ = [
    "BuildVolume",
    "Laser",
    "MachineProfile",
    "Phases",
    "PowderSystem",
    "Recoater",
    "Scanner",
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
    """Reachable rectangle ``x0, y0, x1, y1`` in platform coordinates."""
    field_origin: GradedText
    """What is known of the field: a word (``rectangle``), its grade and sources."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Dynamics of the scan heads."""

    max_scan_speed_mm_s: GradedValue
    jump_speed_mm_s: GradedValue
    jump_delay_s: GradedValue
    turnaround_s: GradedValue
    """Sky-writing turnaround between neighbouring hatch vectors, without the way itself."""
    polygon_delay_s: GradedValue
    laser_on_delay_s: GradedValue
    laser_off_delay_s: GradedValue


@dataclass(frozen=True, slots=True)
class Recoater:
    """Recoating times per mode; `modes` maps ``one_sided`` / ``two_sided`` to the time of one layer."""

    time_s: Mapping[str, GradedValue]
    base_time_s: GradedValue
    """What a layer costs beside exposure and recoating."""
    min_layer_time_s: GradedValue
    direction: GradedText
    """Way of the blade over the platform: ``+x``, ``-x``, ``+y`` or ``-y``."""


@dataclass(frozen=True, slots=True)
class Phases:
    """What a job costs before the first and after the last layer."""

    inerting_s: GradedValue
    heating_s: GradedValue
    cooling_s: GradedValue


@dataclass(frozen=True, slots=True)
class PowderSystem:
    """Dosing and losses."""

    dose_factor: Mapping[str, GradedValue]
    """Dosed volume over layer volume, per recoating mode."""
    first_layers_dose_factor: GradedValue
    first_layers: int
    sieve_loss_pct: GradedValue
    """Of the loose powder that goes through the sieve."""
    spatter_loss_pct: GradedValue
    """Of the molten mass."""
    handling_loss_pct: GradedValue
    """Of the loose powder."""


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
    """What is worth showing but enters no figure: mass, size, power, gas consumption."""
    path: str
    """The file it came from."""
    sha256: str
    processes_of: str = ""
    """Id of the machine whose processes this one uses; empty for its own."""

    @property
    def gas_flow_deg(self) -> float:
        """Direction the gas flows to, from +x."""
        return {"+x": 0.0, "+y": 90.0, "-x": 180.0, "-y": 270.0}[self.gas_flow_direction.value]
