"""What a job asks of each layer: the order against smoke, and the sums that are told of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.model.arrays import ArrayNoun
from amprep.model.timeline import SmokeSums
from amprep.timeline.ordering import smoke_order
from amprep.timeline.smoke import pair_seconds, plume_of
from amprep.timeline.timing import jump_cost, one_laser_s, scanner_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["Lookout", "Seen", "lookout_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Seen(ArrayNoun):
    """What became of a layer.

    order : (N,) int64, optional
        Its vectors in the order that is better; None where they stay as they are.
    """

    order: NDArray[np.int64] | None
    sums: SmokeSums


@dataclass(frozen=True, slots=True, eq=False)
class Lookout(ArrayNoun):
    """What is the same for all layers of a job.

    plume : (5,) float64
        From `amprep.timeline.smoke.plume_of`.
    """

    motion: Motion
    values: Mapping[str, float]
    plume: NDArray[np.float64]
    reorder: bool

    def look(
        self,
        index: int,
        segments: NDArray[np.float32],
        *,
        laser: NDArray[np.uint8],
        region: NDArray[np.uint8],
        part: NDArray[np.uint16],
        exposure: NDArray[np.uint16],
    ) -> Seen:
        """Look at one layer; arguments as for `smoke_order`, `index` from 0."""
        found = smoke_order(
            segments,
            laser=laser,
            region=region,
            part=part,
            exposure=exposure,
            motion=self.motion,
            values=self.values,
            plume=self.plume,
            reorder=self.reorder,
        )
        cost = jump_cost(self.motion, self.values)
        smoke = found.smoke
        sums = SmokeSums(
            layer=index,
            conflict_before_s=found.smoke_before.conflict_s,
            conflict_after_s=smoke.conflict_s,
            marking_s=math.fsum(found.timeline.marking_s),
            exposure_before_s=found.timeline_before.exposure_s,
            exposure_after_s=found.timeline.exposure_s,
            one_laser_s=one_laser_s(found.timeline_before, segments, part, cost),
            pair_s=pair_seconds(smoke, self.motion.laser_count),
            worst=smoke.pairs[0] if smoke.pairs else None,
        )
        return Seen(found.order if found.is_changed else None, sums)


def lookout_of(machine: MachineProfile, motion: Motion, process: ProcessProfile) -> Lookout | None:
    """For the layers of a job; None for a machine with one laser, which has nobody's smoke but its own."""
    if len(machine.lasers) < 2:
        return None
    reorder = process.lasers.smoke_order.value == "yes"
    return Lookout(motion, scanner_values(machine.scanner), plume_of(machine), reorder)
