"""Seconds of each vector: what the beam marks, and what the way to it costs.

The sums of `scan_statistics` say what a layer takes; here the same terms stand vector by vector, for pictures
and blocks. Both follow one set of coefficients, and a test keeps their sums equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion

__all__ = ["VectorTimes", "vector_times"]


@dataclass(frozen=True, slots=True, eq=False)
class VectorTimes(ArrayNoun):
    """Times of a layer's vectors in firing order.

    way_s : (N,) float64, s
        Jump, turnaround or corner before the vector; a polyline's first vector carries its laser delays, and
        what starting and stopping cost where there is no sky-writing.
    marking_s : (N,) float64, s
        With the laser on, at full speed.
    """

    way_s: NDArray[np.float64]
    marking_s: NDArray[np.float64]

    def __post_init__(self) -> None:
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
    way_s, marking_s = np.zeros(len(segments)), np.zeros(len(segments))
    for number in np.unique(laser):
        own = np.flatnonzero(laser == number)
        rows = motion.exposures[exposure[own]]
        ends = segments[own].astype(np.float64)
        way_s[own], marking_s[own] = _of_one_laser(ends, rows, exposure[own], part[own], motion, values)
    return VectorTimes(way_s, marking_s)


def _of_one_laser(
    ends: NDArray[np.float64],
    rows: NDArray[np.float64],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
    motion: Motion,
    values: Mapping[str, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times before and of the vectors of one laser, in s."""
    reach, full_run, speed = rows[:, 0], rows[:, 1], rows[:, 2]
    step = ends[:, 2:] - ends[:, :2]
    length = np.hypot(step[:, 0], step[:, 1])
    way = np.zeros(len(ends))
    way[1:] = np.hypot(*(ends[1:, :2] - ends[:-1, 2:]).T)
    joined = np.zeros(len(ends), dtype=bool)
    joined[1:] = (exposure[1:] == exposure[:-1]) & (part[1:] == part[:-1])
    turns = joined & (way > 0.0) & (way <= reach)
    corners = joined & (way == 0.0)
    jumps = ~turns & ~corners
    jump_speed, acceleration = values["scanner.jump_speed_mm_s"], values["scanner.acceleration_mm_s2"]
    long = way >= motion.long_jump_mm
    moving = np.where(long, way / jump_speed + jump_speed / acceleration, 2.0 * np.sqrt(way / acceleration))
    before = np.where(jumps, values["scanner.jump_delay_s"] + moving, 0.0)
    before[turns] += values["scanner.turnaround_s"] + way[turns] / jump_speed
    before[corners] += values["scanner.polygon_delay_s"] * _bends(step, length, corners)[corners]
    before[1:][part[1:] != part[:-1]] += values["scanner.part_change_s"]
    # A polyline is what follows a jump, up to the next one; turnarounds are no ends.
    first = np.flatnonzero(jumps)
    if len(first):
        run_mm = np.add.reduceat(length, first)
        own_speed = speed[first]
        started = np.where(
            run_mm >= full_run[first],
            own_speed / acceleration,
            2.0 * np.sqrt(run_mm / acceleration) - run_mm / own_speed,
        )
        delays = sum(values[f"scanner.{name}_delay_s"] for name in ("laser_on", "laser_off", "mark"))
        before[first] += np.where(full_run[first] > 0.0, delays + started, 0.0)
    return before, length / speed


def _bends(
    step: NDArray[np.float64], length: NDArray[np.float64], corners: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(N,) float64: (1 - cos θ) / 2 between each vector and the last one before it that has a length.

    Only within what corners join; elsewhere, and without a direction, 0.
    """
    number = np.arange(len(step))
    begun = np.maximum.accumulate(np.where(corners, 0, number))
    known = np.maximum.accumulate(np.where(length > 0.0, number, -1))
    before = np.concatenate([[-1], known[:-1]])
    bent = corners & (length > 0.0) & (before >= begun)
    bends = np.zeros(len(step))
    one, other = step[bent], step[before[bent]]
    bends[bent] = 0.5 - 0.5 * (one * other).sum(axis=1) / (length[bent] * length[before[bent]])
    return bends
