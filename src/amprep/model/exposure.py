"""How regions are exposed: the parameters of hatch, skins, contours, edges, filters and order.

A parameter that a profile leaves out has the default that stands here, with its grade and range.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from amprep.model.provenance import Grade, Graded, GradedNumbers, GradedText, GradedValue

__all__ = [
    "AGAIN",
    "ORDERS",
    "TABLES",
    "ContourExposure",
    "EdgeExposure",
    "Filters",
    "HatchExposure",
    "LaserSharing",
    "LayerRule",
    "OwnExposure",
    "Reexposure",
    "Scaling",
    "SkinExposure",
]


def _assumed(value: float, low: float, high: float, note: str) -> GradedValue:
    return GradedValue(value, Grade.ASSUMED, ("ASSUMED",), low, high, note)


def _chosen(value: str, note: str = "") -> GradedText:
    return GradedText(value, Grade.ASSUMED, ("ASSUMED",), note)


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
    """By how much neighbouring stripes or islands overlap in all."""
    start_angle_deg: GradedValue
    """Direction of the scan vectors in the first layer, from +x, counter-clockwise."""
    rotation_deg: GradedValue
    """Added per layer."""
    pattern: GradedText = _chosen("stripes")
    """``stripes``, ``meander``, ``unidirectional``, ``chess``, ``hexagon`` or ``concentric``."""
    island_mm: GradedValue = _assumed(5.0, 2.0, 10.0, "no source; range assumed")
    """Width of the islands of ``chess`` and ``hexagon``; they overlap as stripes do."""
    cell_shift_mm: GradedValue = _assumed(0.0, 0.0, 5.0, "they turn with the hatch; range assumed")
    """By how much the grid of stripes or islands moves per layer, along and across the hatch."""
    cell_order: GradedText = _chosen("as_scanned")
    """Stripes and islands ``as_scanned``; ``against_gas``, ``along_gas``; or with the ``shortest`` jumps."""
    anchor: GradedText = _chosen("platform")
    """What the pattern's grid lies still on: the ``platform`` or the ``part``."""
    angles_deg: GradedNumbers = GradedNumbers((), Grade.ASSUMED, ("ASSUMED",))
    """Directions layer after layer, over and over, in place of start angle and rotation."""
    gas_window_deg: GradedValue = _assumed(15.0, 0.0, 45.0, "no source; range assumed")
    """How far from the gas flow's direction vectors keep; 0 allows all."""

    @property
    def cell_mm(self) -> float:
        """Width of the stripes or islands; infinite where the pattern has none."""
        widths = {
            "stripes": self.stripe_width_mm.value,
            "chess": self.island_mm.value,
            "hexagon": self.island_mm.value,
        }
        return widths.get(self.pattern.value, math.inf)


@dataclass(frozen=True, slots=True)
class ContourExposure:
    """Parameters of the contours."""

    laser_power_w: GradedValue
    scan_speed_mm_s: GradedValue
    beam_offset_mm: GradedValue
    """From the nominal boundary to the outermost contour's centre line; half the track's width in the area
    audit."""
    count: GradedValue = _assumed(1.0, 1.0, 3.0, "no source; range assumed")
    """How many, one inside the other; with none the hatch begins at its own beam offset."""
    distance_mm: GradedValue = _assumed(0.08, 0.04, 0.15, "no source; range assumed")
    """Between the centre lines of two."""
    corners: GradedText = _chosen("mitre")
    """``mitre`` or ``round``."""
    sequence: GradedText = _chosen("outside_in")
    """Of several contours the outermost first, or ``inside_out``."""
    direction: GradedText = _chosen("as_is")
    """``as_is``: outer loops counter-clockwise, holes clockwise; or ``reversed``."""
    start: GradedText = _chosen("nearest")
    """Where a contour begins: ``nearest`` to the beam, ``against_gas`` or ``rotated`` from layer to layer."""

    @property
    def inner_mm(self) -> float:
        """From the outermost contour to the innermost one."""
        return max(0.0, self.count.value - 1.0) * self.distance_mm.value


@dataclass(frozen=True, slots=True)
class OwnExposure:
    """What a region exposes in a way of its own; all else is as in the core and its contour."""

    hatch: tuple[tuple[str, Graded], ...] = ()
    """Field of `HatchExposure` and value."""
    contour_laser_power_w: GradedValue | None = None
    contour_scan_speed_mm_s: GradedValue | None = None

    def hatch_from(self, core: HatchExposure) -> HatchExposure:
        """The core's exposure with what is the region's own."""
        own: dict[str, Any] = dict(self.hatch)
        return replace(core, **own) if own else core

    def contour_from(self, contour: ContourExposure, core: HatchExposure) -> ContourExposure:
        """The contour's exposure: the region's own; else its hatch's, where that has a beam of its own."""
        own: dict[str, Any] = dict(self.hatch)
        power, speed = self.contour_laser_power_w, self.contour_scan_speed_mm_s
        if {"laser_power_w", "scan_speed_mm_s"} & own.keys():
            hatch = self.hatch_from(core)
            power, speed = power or hatch.laser_power_w, speed or hatch.scan_speed_mm_s
        return replace(
            contour,
            laser_power_w=power or contour.laser_power_w,
            scan_speed_mm_s=speed or contour.scan_speed_mm_s,
        )


@dataclass(frozen=True, slots=True)
class SkinExposure:
    """Surfaces that face up or down, over some layers."""

    own: OwnExposure = OwnExposure()
    layers: GradedValue = _assumed(0.0, 0.0, 5.0, "no skin; range assumed")
    """Over how many layers; 0 for none."""
    min_width_mm: GradedValue = _assumed(0.3, 0.0, 1.0, "three hatch distances; range assumed")
    """Narrower strips stay core."""
    max_angle_deg: GradedValue = _assumed(90.0, 20.0, 90.0, "all; the least width leaves steep walls out")
    """Slope from the horizontal up to which a surface counts; 90 for all."""
    overlap_mm: GradedValue = _assumed(0.0, 0.0, 0.2, "no source; range assumed")
    """How far its hatch reaches into the core."""
    z_compensation_mm: GradedValue = _assumed(0.0, 0.0, 0.2, "no source; range assumed")
    """Height above powder that is left out, because the melt pool reaches that deep; downskin only."""


@dataclass(frozen=True, slots=True)
class EdgeExposure:
    """Walls too thin for the contour: one track along their medial line."""

    laser_power_w: GradedValue | None = None
    """None: as the contour's."""
    scan_speed_mm_s: GradedValue | None = None
    min_width_mm: GradedValue = _assumed(0.05, 0.02, 0.1, "half a focus of 100 µm; range assumed")
    """Thinner walls are lost, and listed."""
    exposed: GradedText = _chosen("yes")
    """``no`` leaves all of them out."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is done to the vectors at the end; each says what it took."""

    shortest_vector_mm: GradedValue = _assumed(0.0, 0.0, 0.1, "nothing is dropped")
    """Hatch vectors below this length are dropped."""
    collinear_mm: GradedValue = _assumed(0.0, 0.0, 0.005, "nothing is merged")
    """Vectors of contours and concentric hatches that deviate less than this from one line become one."""
    fill_to_perimeter_mm: GradedValue = _assumed(0.0, 0.0, 0.2, "ends stay at the beam offset")
    """Ends of hatch vectors this near to the innermost contour are drawn out to it."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """By how much parts are made larger than drawn, because they shrink."""

    x_pct: GradedValue = _assumed(0.0, 0.0, 1.0, "none; found on test parts")
    y_pct: GradedValue = _assumed(0.0, 0.0, 1.0, "none; found on test parts")
    z_pct: GradedValue = _assumed(0.0, 0.0, 1.0, "none; found on test parts")

    @property
    def factors(self) -> tuple[float, float, float]:
        """Of the platform's axes."""
        return 1 + self.x_pct.value / 100, 1 + self.y_pct.value / 100, 1 + self.z_pct.value / 100


@dataclass(frozen=True, slots=True)
class LaserSharing:
    """How several lasers share a layer."""

    strategy: GradedText = _chosen("balanced")
    """``balanced``, ``quadrant`` or ``part``."""
    contours_by: GradedText = _chosen("part")
    """``part``: contours and edges of a part stay with one laser; ``contour``: each polyline of them does."""
    seam_pattern: GradedText = _chosen("interlaced")
    """``interlaced``: bands along a seam take turns between two places; ``shifted``: the whole seam moves per
    layer; ``straight``: it stays where the balance puts it."""
    seam_distance_mm: GradedValue = _assumed(0.2, 0.1, 1.0, "twice a focus of 100 µm; range assumed")
    """How far apart the seams of layers that follow each other stand at least."""
    seam_steps: GradedValue = _assumed(5.0, 3.0, 20.0, "no source; range assumed")
    """After how many layers a seam may stand at the same place again."""
    seam_overlap_mm: GradedValue = _assumed(0.02, 0.0, 0.2, "no source; range assumed")
    """By how much the two pieces of a vector overlap at a seam in all."""
    smoke_order: GradedText = _chosen("yes")
    """Whether blocks are put in an order in which lasers stand less in each other's smoke."""


#: Tables of a process that hold parameters, by the name that files use.
TABLES = ("core", "contour", "upskin", "downskin", "edge", "support", "filters", "scaling", "lasers")

#: What a job says of orders, beside its tables.
ORDERS = ("contour_order", "part_order")

#: Added to a region's number where it is exposed once more.
AGAIN = 16


@dataclass(frozen=True, slots=True)
class Reexposure:
    """Regions that are exposed once more, before or after all others of their part."""

    regions: tuple[str, ...]
    when: str
    """``before`` or ``after``."""
    laser_power_w: GradedValue | None = None
    """None: as the first time."""
    scan_speed_mm_s: GradedValue | None = None


@dataclass(frozen=True, slots=True)
class LayerRule:
    """Other parameters for some layers."""

    first: int
    """Number of the first layer, from 1."""
    last: int | None
    """Number of the last layer; None for the topmost."""
    every: int
    """Each so many-th from the first on."""
    changes: tuple[tuple[str, str, float | str | tuple[float, ...] | Graded], ...]
    """Table, key and value of each parameter that differs; a bare value is the user's."""
    reexposure: Reexposure | None = None
    is_jobs: bool = False
    """From the job, not from the process profile."""

    def holds(self, layer_index: int) -> bool:
        """Whether the rule holds in a layer, counted from 0."""
        number = layer_index + 1
        inside = self.first <= number and (self.last is None or number <= self.last)
        return inside and (number - self.first) % self.every == 0
