"""Seconds of each vector: what the beam marks, and what the way to it costs.

The sums of `scan_statistics` say what a layer takes; here the same terms stand vector by vector, for pictures
and blocks. Both follow one set of coefficients, and a test keeps their sums equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.vector_times import seconds_of_vectors
from amprep.model.arrays import ArrayNoun, frozen_array, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion

__all__ = ["VectorTimes", "scanner_row", "vector_times"]


@dataclass(frozen=True, slots=True, eq=False)
class VectorTimes(ArrayNoun):
    """Times of a layer's vectors in firing order.

    way_s : (N,) float64, s
        Jump, turnaround or corner before the vector; a polyline's first vector carries its laser delays, and
        what starting and stopping cost where there is no sky-writing.
    marking_s : (N,) float64, s
        With the laser on, at full speed.
    is_jump : (N,) bool
        Whether the way before the vector is a jump, and no turnaround or corner.
    """

    way_s: NDArray[np.float64]
    marking_s: NDArray[np.float64]
    is_jump: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_jump", frozen_array(self.is_jump, np.bool_, (None,), "is_jump"))
        for name in ("way_s", "marking_s"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, (None,), name))

    @property
    def total_s(self) -> NDArray[np.float64]:
        """(N,) float64, s."""
        total: NDArray[np.float64] = self.way_s + self.marking_s
        return total

    def of_blocks(self, first: NDArray[np.int64]) -> NDArray[np.float64]:
        """(B,) float64, s: times of blocks of consecutive vectors.

        first : (B,) int64
            First vector of each block, ascending from 0; none is empty.
        """
        return np.add.reduceat(self.total_s, first) if len(self.way_s) else np.zeros(len(first))


def scanner_row(motion: Motion, values: Mapping[str, float]) -> NDArray[np.float64]:
    """(8,) float64: what `amprep.kernels.vector_times.seconds_of_vectors` wants to know of the scanner.

    values : mapping
        Of the scanner's inputs, as `TimeModel.values` gives them.
    """
    delays = sum(values[f"scanner.{name}_delay_s"] for name in ("laser_on", "laser_off", "mark"))
    scanner = [
        values["scanner.jump_speed_mm_s"],
        values["scanner.acceleration_mm_s2"],
        values["scanner.jump_delay_s"],
        values["scanner.turnaround_s"],
        values["scanner.polygon_delay_s"],
        delays,
        values["scanner.part_change_s"],
        motion.long_jump_mm,
    ]
    return read_only(np.array(scanner, dtype=np.float64))


def vector_times(
    motion: Motion,
    values: Mapping[str, float],
    segments: NDArray[np.float32],
    *,
    laser: NDArray[np.uint8],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
) -> VectorTimes:
    """Times of one layer's vectors.

    Parameters
    ----------
    motion : Motion
    values : mapping
        Of the scanner's inputs, as `TimeModel.values` gives them.
    segments : (N, 4) float32, mm
    laser : (N,) uint8
    exposure : (N,) uint16
        ``REGIONS · parameter set + region``.
    part : (N,) uint16

    """
    count = len(segments)
    seconds, is_jump = seconds_of_vectors(
        frozen_array(segments, np.float32, (None, 4), "segments").reshape(-1),
        frozen_array(laser, np.uint8, (count,), "laser"),
        frozen_array(exposure, np.uint16, (count,), "exposure"),
        frozen_array(part, np.uint16, (count,), "part"),
        motion.laser_count,
        motion.exposures,
        scanner_row(motion, values),
    )
    return VectorTimes(seconds[0], seconds[1], is_jump)
