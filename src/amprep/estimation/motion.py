"""How the scan heads move along each exposure: what the kernel needs to tell long from short.

Whether a jump or a polyline reaches its speed is decided at the nominal values; ranges of the time scale the
sums that follow (see `amprep.model.estimate.ScanColumn`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.scan_time import TURN_REACH, scan_statistics
from amprep.model.arrays import ArrayNoun, frozen_array
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["Motion", "motion_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Motion(ArrayNoun):
    """What decides how the way from vector to vector counts.

    exposures : (E, 4) float64
        Per exposure (`REGIONS` for each parameter set): up to how many mm the way to its next vector is a
        turnaround, 0 for never; how many mm a polyline needs to reach its speed, 0 with sky-writing; scan
        speed in mm/s; 1 for a hatch, else 0.
    """

    exposures: NDArray[np.float64]
    long_jump_mm: float
    """From this length on a jump reaches the jump speed."""
    laser_count: int

    def __post_init__(self) -> None:
        table = frozen_array(self.exposures, np.float64, (None, 4), "exposures")
        object.__setattr__(self, "exposures", table)

    def statistics(
        self,
        segments: NDArray[np.float32],
        *,
        laser: NDArray[np.uint8],
        exposure: NDArray[np.uint16],
        part: NDArray[np.uint16],
    ) -> NDArray[np.float64]:
        """Sums of one layer, (laser_count, 16 + E), columns as in `ScanColumn`.

        segments : (N, 4) float32, mm
        laser : (N,) uint8
        exposure : (N,) uint16
            ``REGIONS · parameter set + region``.
        part : (N,) uint16
        """
        count = len(segments)
        return scan_statistics(
            frozen_array(segments, np.float32, (None, 4), "segments"),
            frozen_array(laser, np.uint8, (count,), "laser"),
            frozen_array(exposure, np.uint16, (count,), "exposure"),
            frozen_array(part, np.uint16, (count,), "part"),
            self.laser_count,
            self.exposures,
            self.long_jump_mm,
        )


def motion_of(machine: MachineProfile, processes: Sequence[ProcessProfile]) -> Motion:
    """How a machine's scan heads move in a job with these parameter sets, the general one first."""
    scanner = machine.scanner
    acceleration_mm_s2 = scanner.acceleration_mm_s2.value
    sky_written = {"hatches": (False, True), "all": (True, True), "off": (False, False)}
    has_sky_writing = sky_written[scanner.sky_writing.value]
    table = np.zeros((len(processes), REGIONS, 4))
    for number, process in enumerate(processes):
        for region in range(REGIONS):
            if region % AGAIN >= len(Region):
                continue
            once = Region(region % AGAIN)
            speed_mm_s = process.beam(region)[1].value
            row = table[number, region]
            row[2:] = speed_mm_s, once.is_hatch
            if not has_sky_writing[once.is_hatch]:
                row[1] = speed_mm_s**2 / acceleration_mm_s2
            elif once.is_hatch:
                row[0] = TURN_REACH * process.hatch(once).hatch_distance_mm.value
    long_jump_mm = scanner.jump_speed_mm_s.value**2 / acceleration_mm_s2
    return Motion(table.reshape(-1, 4), long_jump_mm, len(machine.lasers))
