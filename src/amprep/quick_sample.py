"""How far the estimate without hatching is off: some layers are hatched and compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.time import layer_times, time_model
from amprep.layering import prepare_layer

if TYPE_CHECKING:
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import Job

__all__ = ["SAMPLE", "HatchedSample", "hatched_sample"]


@dataclass(frozen=True, slots=True)
class HatchedSample:
    """Some layers that were hatched, beside what the quick estimate says of them."""

    layers: tuple[int, ...]
    """From 0."""
    quick_s: float
    """Exposure of these layers, as estimated without hatching."""
    hatched_s: float
    """The same from their vectors."""

    @property
    def deviation_pct(self) -> float | None:
        """By how much the quick estimate is above the hatched one; None where these layers expose nothing."""
        return 100.0 * (self.quick_s / self.hatched_s - 1.0) if self.hatched_s > 0.0 else None


#: Layers that are hatched to see how far a quick estimate is off.
SAMPLE = 7


def hatched_sample(job: Job, estimate: BuildEstimate, *, count: int = SAMPLE) -> HatchedSample:
    """Hatch a few layers, spread evenly, to see how far a quick estimate of the job is off.

    Parameters
    ----------
    job : Job
    estimate : BuildEstimate
        From `quick_estimate` of this job.
    count : int
        How many layers; the more, the longer it takes.

    """
    layers = sorted({int((i + 0.5) * job.layer_count / count) for i in range(count)})
    stats = np.stack([prepare_layer(job, index).scan_stats for index in layers])
    hatched = layer_times(stats, time_model(job.machine, job.parameter_sets.processes, stats)).exposure_s
    quick = estimate.layer_times.exposure_s[layers]
    return HatchedSample(tuple(layers), math.fsum(quick), math.fsum(hatched))
