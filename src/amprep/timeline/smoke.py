"""Conflicts of a layer: a laser that marks in the smoke which blows from another's melt pool.

The plume of a melt pool is a strip with the gas that grows wider downwind (`amprep.model.machine.Smoke`). No
smoke is simulated: what counts are the seconds in which the two beams stand so to each other, both marking.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.smoke import smoke_seconds
from amprep.model.arrays import read_only
from amprep.model.timeline import LayerSmoke, SmokeConflict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile
    from amprep.model.timeline import LayerTimeline

__all__ = ["conflicts_of", "plume_of", "smoke_of"]


def plume_of(machine: MachineProfile) -> NDArray[np.float64]:
    """(5,) float64: what `amprep.kernels.smoke.smoke_seconds` wants to know of gas and plume."""
    gas, smoke = math.radians(machine.gas_flow_deg), machine.smoke
    # Rounded, so that a gas along an axis has no part across it.
    direction = round(math.cos(gas), 15), round(math.sin(gas), 15)
    slope = math.tan(math.radians(smoke.half_angle_deg.value))
    return read_only(np.array([*direction, smoke.reach_mm.value, smoke.half_width_mm.value, slope]))


def smoke_of(
    timeline: LayerTimeline, segments: NDArray[np.float32], plume: NDArray[np.float64]
) -> LayerSmoke:
    """The conflicts of a layer, exact for what the timeline says.

    segments : (N, 4) float32, mm
    plume : (5,) float64
        From `plume_of`.
    """
    # Arrays that can be written to, as the kernel gets them from others.
    order = np.argsort(timeline.laser, kind="stable")
    counts = np.bincount(timeline.laser, minlength=timeline.laser_count)
    first = np.concatenate([[0], np.cumsum(counts)])
    clock = np.array([timeline.marking_from_s, timeline.end_s])
    of_vector = np.zeros(len(order))
    pairs = smoke_seconds(read_only(segments), clock, order, first, plume, of_vector, np.zeros(0))
    return LayerSmoke(conflicts_of(pairs, timeline.laser_count), of_vector)


def conflicts_of(pairs: NDArray[np.float64], laser_count: int) -> tuple[SmokeConflict, ...]:
    """Those that there are, the longest first.

    pairs : (L·L, 5) float64
        From `amprep.kernels.smoke.smoke_seconds`.
    """
    found = [
        SmokeConflict(number // laser_count, number % laser_count, *row)
        for number, row in enumerate(pairs.tolist())
        if row[0] > 0.0
    ]
    found.sort(key=lambda one: -one.seconds)
    return tuple(found)
