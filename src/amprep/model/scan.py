"""Scan vectors and the plan of a layer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.timeline import SmokeSums

#: Names of the areas of a layer, in mm²: the fields of `LayerAreas` without their unit.
AREA_NAMES = (
    "sliced",
    "hatched",
    "contoured",
    "lost_thin",
    "lost_short",
    "lost_gap",
    "edged",
    "compensated",
)

#: Columns of areas per layer, and those of them that say what is lost.
AREA_COLUMNS = len(AREA_NAMES)
LOST = slice(3, 6)

#: Numbers of regions; those from `amprep.model.exposure.AGAIN` on are regions that are exposed once more.
REGIONS = 32

__all__ = [
    "AREA_COLUMNS",
    "AREA_NAMES",
    "LOST",
    "NOT_FILTERED",
    "REGIONS",
    "FilterSums",
    "LayerAreas",
    "LayerPlan",
    "Region",
    "ScanVectors",
]


class Region(IntEnum):
    """What a vector exposes: key of the job's region table, by OpenVectorFormat's three axes."""

    CORE = 0
    """Part area VOLUME, skin CORE."""
    CONTOUR = 1
    """Part area CONTOUR, skin CORE."""
    UPSKIN = 2
    """Part area VOLUME, skin UPSKIN."""
    DOWNSKIN = 3
    UPSKIN_CONTOUR = 4
    """Part area CONTOUR, skin UPSKIN."""
    DOWNSKIN_CONTOUR = 5
    EDGE = 6
    """A single track along a thin wall; part area CONTOUR, skin CORE."""
    SUPPORT = 7
    """Part area VOLUME, structure SUPPORT."""
    SUPPORT_CONTOUR = 8
    """Along thin walls of supports too: they are most of many supports."""

    @property
    def is_hatch(self) -> bool:
        return self in {Region.CORE, Region.UPSKIN, Region.DOWNSKIN, Region.SUPPORT}

    @property
    def key(self) -> str:
        """Name in files."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class ScanVectors(ArrayNoun):
    """Vectors in firing order; an end that equals the next start (of the same laser) is no jump.

    segments : (N, 4) float32, mm
        One row per vector, [x0, y0, x1, y1], platform coordinates; read-only.
    region : (N,) uint8
        `Region` of the vector, `AGAIN` more where it is exposed once more; read-only.
    part : (N,) uint16
        Index into the job's parts; read-only.
    laser : (N,) uint8
        Index of the laser, from 0; read-only.
    """

    segments: NDArray[np.float32]
    region: NDArray[np.uint8]
    part: NDArray[np.uint16]
    laser: NDArray[np.uint8]

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", frozen_array(self.segments, np.float32, (None, 4), "segments"))
        n = len(self.segments)
        object.__setattr__(self, "region", frozen_array(self.region, np.uint8, (n,), "region"))
        object.__setattr__(self, "part", frozen_array(self.part, np.uint16, (n,), "part"))
        object.__setattr__(self, "laser", frozen_array(self.laser, np.uint8, (n,), "laser"))

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True, slots=True)
class LayerAreas:
    """The area audit of one layer: sliced = hatched + contoured + lost."""

    sliced_mm2: float
    hatched_mm2: float
    """Length of the hatch lines × hatch distance, without the overlap of the stripes; in walls thinner than
    the hatch distance not more than there is."""
    contoured_mm2: float
    """What remains: the band of the contours, where the hatch does not reach."""
    lost_thin_mm2: float = 0.0
    """Too thin or too pointed for the contour, and for an edge."""
    lost_short_mm2: float = 0.0
    """Hatch lines shorter than the shortest vector."""
    lost_gap_mm2: float = 0.0
    """Behind the band of the contour, and further than the hatch distance from every hatch line: the core of
    a wall that no line happens to meet."""
    edged_mm2: float = 0.0
    """Too thin for the contour, exposed by a track along the medial line."""
    compensated_mm2: float = 0.0
    """Left out on purpose above powder, by z-compensation."""

    @property
    def lost_mm2(self) -> float:
        return self.lost_thin_mm2 + self.lost_short_mm2 + self.lost_gap_mm2

    def as_row(self) -> tuple[float, ...]:
        """The areas in the order of the fields."""
        return (
            self.sliced_mm2,
            self.hatched_mm2,
            self.contoured_mm2,
            self.lost_thin_mm2,
            self.lost_short_mm2,
            self.lost_gap_mm2,
            self.edged_mm2,
            self.compensated_mm2,
        )


@dataclass(frozen=True, slots=True)
class FilterSums:
    """What filters did to the vectors."""

    short_vectors: int = 0
    """Hatch vectors that were too short."""
    short_mm: float = 0.0
    short_mm2: float = 0.0
    """What they stand for; part of the area that is lost in short vectors."""
    merged_points: int = 0
    """Points of contours left out."""
    merged_mm2: float = 0.0
    """By how much that made the contoured area larger."""
    filled_mm: float = 0.0
    """By how much hatch vectors were drawn out to the contour."""
    filled_mm2: float = 0.0
    """What that adds to the hatched area."""
    merged_vectors: int = 0
    """Hatch vectors that were joined to the one before."""
    merged_mm: float = 0.0
    """By how much that made them shorter."""

    def __add__(self, other: FilterSums) -> FilterSums:
        return FilterSums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


#: Nothing was filtered.
NOT_FILTERED = FilterSums()


@dataclass(frozen=True, slots=True, eq=False)
class LayerPlan(ArrayNoun):
    """What a sink receives for one layer.

    scan_stats : (lasers, S) float64
        Lengths in mm and counts from which times follow; columns as in `amprep.model.estimate.ScanColumn`;
        read-only.
    """

    index: int
    top_mm: float
    thickness_mm: float
    vectors: ScanVectors
    areas: LayerAreas
    scan_stats: NDArray[np.float64]
    bound_s: float = 0.0
    """What the slowest laser takes at least, whoever exposes what; 0 for one laser."""
    work_s: float = 0.0
    """What one laser would take that reaches everything, at the nominal values; 0 for one laser."""
    smoke: SmokeSums | None = None
    """What lasers have of each other's smoke; None for one laser."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "scan_stats", frozen_array(self.scan_stats, np.float64, (None, None), "scan_stats")
        )
