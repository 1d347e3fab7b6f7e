"""The process: which exposure melts what, for one machine, material and layer thickness."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amprep.model.provenance import Grade, GradedText, GradedValue

__all__ = ["ContourExposure", "HatchExposure", "ProcessProfile"]


_STRIPES = GradedText("stripes", Grade.ASSUMED, ("ASSUMED",))
_ISLAND_MM = GradedValue(5.0, Grade.ASSUMED, ("ASSUMED",), 2.0, 10.0, "no source; range assumed")


@dataclass(frozen=True, slots=True)
class HatchExposure:
    """Parameters of a hatched region."""

    laser_power_w: GradedValue
    scan_speed_mm_s: GradedValue
    hatch_distance_mm: GradedValue
    beam_offset_mm: GradedValue
    """From the nominal boundary to the ends of the hatch vectors."""
    stripe_width_mm: GradedValue
    stripe_overlap_mm: GradedValue
    """By how much neighbouring stripes overlap in all."""
    start_angle_deg: GradedValue
    """Direction of the scan vectors in the first layer, from +x, counter-clockwise."""
    rotation_deg: GradedValue
    """Added per layer."""
    pattern: GradedText = _STRIPES
    """``stripes``, ``meander`` or ``chess``."""
    island_mm: GradedValue = _ISLAND_MM
    """Width of the islands of ``chess``; they overlap as stripes do."""

    @property
    def cell_mm(self) -> float:
        """Width of the stripes or islands; infinite where the pattern has none."""
        widths = {"stripes": self.stripe_width_mm.value, "chess": self.island_mm.value}
        return widths.get(self.pattern.value, math.inf)


@dataclass(frozen=True, slots=True)
class ContourExposure:
    """Parameters of a contour."""

    laser_power_w: GradedValue
    scan_speed_mm_s: GradedValue
    beam_offset_mm: GradedValue
    """From the nominal boundary to the contour's centre line; half the track's width in the area audit."""


@dataclass(frozen=True, slots=True)
class ProcessProfile:
    """One parameter set, in EOS's words: material set, layer thickness, volume rate, blade, gas."""

    id: str
    name: str
    machine: str
    material: str
    layer_thickness_mm: float
    is_default: bool
    """Whether this set is taken when only machine and material are named."""
    core: HatchExposure
    contour: ContourExposure
    contour_order: GradedText
    """``first``: before the hatch of its part; ``last``: after it."""
    recoating_mode: GradedText
    volume_rate_mm3_s: GradedValue | None
    """Published build speed of one laser while it exposes the core; None where nothing is published."""
    inert_gas: GradedText | None
    recoater_blade: GradedText | None
    platform_temperature_c: GradedValue | None
    min_wall_mm: GradedValue | None
    path: str
    sha256: str

    @property
    def core_volume_rate_mm3_s(self) -> float:
        """Speed × hatch distance × layer thickness of the core."""
        return self.core.scan_speed_mm_s.value * self.core.hatch_distance_mm.value * self.layer_thickness_mm
