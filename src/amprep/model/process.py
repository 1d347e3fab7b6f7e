"""The process: which exposure melts what, for one machine, material and layer thickness."""

from __future__ import annotations

from dataclasses import dataclass

from amprep.model.exposure import (
    AGAIN,
    ContourExposure,
    EdgeExposure,
    Filters,
    HatchExposure,
    LaserSharing,
    LayerRule,
    OwnExposure,
    Reexposure,
    Scaling,
    SkinExposure,
)
from amprep.model.provenance import Grade, GradedText, GradedValue
from amprep.model.scan import Region

__all__ = ["PART_ORDER", "ContourExposure", "HatchExposure", "ProcessProfile"]

#: Regions of a kind, and what those do in their own way that are none of these.
_UP = frozenset({Region.UPSKIN, Region.UPSKIN_CONTOUR})
_DOWN = frozenset({Region.DOWNSKIN, Region.DOWNSKIN_CONTOUR})
_SUPPORTS = frozenset({Region.SUPPORT, Region.SUPPORT_CONTOUR})
_AS_THE_CORE = OwnExposure()

PART_ORDER = GradedText("against_gas", Grade.ASSUMED, ("ASSUMED",))


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
    min_energy_j_mm3: GradedValue | None = None
    """Energy per volume below which a hatch fuses too little; None where nothing is known."""
    max_energy_j_mm3: GradedValue | None = None
    """Energy per volume above which vapour leaves pores."""
    part_order: GradedText = PART_ORDER
    """Parts ``against_gas``, those downstream first, or ``as_listed``."""
    upskin: SkinExposure = SkinExposure()
    downskin: SkinExposure = SkinExposure()
    edge: EdgeExposure = EdgeExposure()
    support: OwnExposure = OwnExposure()
    """Of parts that are supports."""
    filters: Filters = Filters()
    scaling: Scaling = Scaling()
    lasers: LaserSharing = LaserSharing()
    rules: tuple[LayerRule, ...] = ()
    """Other parameters for some layers; later rules win."""
    reexposures: tuple[Reexposure, ...] = ()
    """What is exposed once more; rules put it here for their layers."""

    @property
    def core_volume_rate_mm3_s(self) -> float:
        """Speed × hatch distance × layer thickness of the core."""
        return self.core.scan_speed_mm_s.value * self.core.hatch_distance_mm.value * self.layer_thickness_mm

    @property
    def thinnest_wall_mm(self) -> float:
        """The thinnest wall that anything is exposed of: by an edge, else by the contour or the hatch."""
        track_mm = 2.0 * self.outermost_mm()
        return min(track_mm, self.edge.min_width_mm.value) if self.edge.exposed.value == "yes" else track_mm

    def own_exposure(self, region: Region) -> OwnExposure:
        """What the region's kind, skin or support, does in its own way."""
        if region in _UP:
            return self.upskin.own
        if region in _DOWN:
            return self.downskin.own
        return self.support if region in _SUPPORTS else _AS_THE_CORE

    def hatch(self, region: Region) -> HatchExposure:
        """How a region is hatched."""
        return self.own_exposure(region).hatch_from(self.core)

    def hatch_offset_mm(self, region: Region) -> float:
        """From the boundary to the ends of a region's hatch: each contour but one moves it inwards."""
        return self.hatch(region).beam_offset_mm.value + self.contour.inner_mm

    def outermost_mm(self, region: Region = Region.CORE) -> float:
        """From the boundary to the outermost track: the contour; without any, a region's hatch."""
        if self.contour.count.value:
            return self.contour.beam_offset_mm.value
        return self.hatch(region).beam_offset_mm.value

    def beam(self, region: int) -> tuple[GradedValue, GradedValue]:
        """Laser power in W and scan speed in mm/s of a region, which may be one that is exposed again."""
        once = Region(region % AGAIN)
        if once is Region.EDGE:
            power, speed = (
                self.edge.laser_power_w or self.contour.laser_power_w,
                self.edge.scan_speed_mm_s or self.contour.scan_speed_mm_s,
            )
        else:
            own = self.own_exposure(once)
            exposure = (
                own.hatch_from(self.core) if once.is_hatch else own.contour_from(self.contour, self.core)
            )
            power, speed = exposure.laser_power_w, exposure.scan_speed_mm_s
        if region >= AGAIN:
            for again in self.reexposures:
                if once.key in again.regions:
                    return again.laser_power_w or power, again.scan_speed_mm_s or speed
        return power, speed
