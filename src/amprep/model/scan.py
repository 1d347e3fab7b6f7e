"""Scan vectors and the plan of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Columns of areas per layer: the fields of `LayerAreas`.
AREA_COLUMNS = 6

__all__ = ["AREA_COLUMNS", "LayerAreas", "LayerPlan", "Region", "ScanVectors"]


class Region(IntEnum):
    """What a vector exposes: key of the job's region table (OpenVectorFormat's axes, all structure PART)."""

    CORE = 0
    """Part area VOLUME, skin CORE."""
    CONTOUR = 1
    """Part area CONTOUR, skin CORE."""


@dataclass(frozen=True, slots=True, eq=False)
class ScanVectors(ArrayNoun):
    """Vectors in firing order; an end that equals the next start (of the same laser) is no jump.

    segments : (N, 4) float32, mm
        One row per vector, [x0, y0, x1, y1], platform coordinates; read-only.
    region : (N,) uint8
        `Region` of the vector; read-only.
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
    """What remains: the band of the contour, where the hatch does not reach."""
    lost_thin_mm2: float
    """Too thin or too pointed for the contour's beam offset."""
    lost_short_mm2: float
    """Hatch lines shorter than the shortest vector."""
    lost_gap_mm2: float = 0.0
    """Behind the band of the contour, and further than the hatch distance from every hatch line: the core of
    a wall that no line happens to meet."""

    @property
    def lost_mm2(self) -> float:
        return self.lost_thin_mm2 + self.lost_short_mm2 + self.lost_gap_mm2

    def as_row(self) -> tuple[float, ...]:
        """The six areas in the order of the fields."""
        return (
            self.sliced_mm2,
            self.hatched_mm2,
            self.contoured_mm2,
            self.lost_thin_mm2,
            self.lost_short_mm2,
            self.lost_gap_mm2,
        )


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

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "scan_stats", frozen_array(self.scan_stats, np.float64, (None, None), "scan_stats")
        )
