"""From the plans of all layers to the estimate of the job."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.powder import powder_balance
from amprep.estimation.time import time_model, time_totals
from amprep.estimation.utilities import consumption, gas_kind
from amprep.model.estimate import BuildEstimate, LaserBalance, ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.scan import AREA_NAMES, LOST, REGIONS, Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.job import Job

__all__ = ["estimate_build"]


def estimate_build(
    job: Job,
    stats: NDArray[np.float64],
    areas_mm2: NDArray[np.float64],
    bounds_s: NDArray[np.float64] | None = None,
) -> BuildEstimate:
    """Estimate of a whole job; sums run in layer order, so the engine does not show in the last bit.

    stats : (n, L, 16 + E) float64
        Scan statistics per layer and laser, columns as in `ScanColumn`.
    areas_mm2 : (n, 8) float64, mm²
        Columns as in `amprep.model.scan.AREA_NAMES`.
    bounds_s : (n, 2) float64, s, optional
        What the slowest laser takes at least in each layer, and what one laser would take; where known.
    """
    model = time_model(job.machine, job.parameter_sets.processes, stats)
    times, totals = time_totals(stats, model, job.machine)
    # What is lost is not molten; what is compensated is, from above.
    exposed = np.concatenate([areas_mm2[:, 0], -areas_mm2[:, LOST].ravel()])
    volume_mm3 = math.fsum(exposed) * job.layer_thickness_mm
    powder, powder_assumptions = powder_balance(
        volume_mm3,
        len(stats),
        machine=job.machine,
        material=job.material,
        process=job.process,
        exposed_mm2=areas_mm2[:, 0] - areas_mm2[:, LOST].sum(axis=1),
    )
    used = consumption(job.machine, totals.total_s, totals.assumptions)

    def column_total(column: ScanColumn) -> float:
        return math.fsum(stats[:, :, column].ravel())

    return BuildEstimate(
        top_mm=job.top_heights_mm,
        layer_times=times,
        areas_mm2=areas_mm2,
        total_s=totals.total_s,
        recoating_s=totals.recoating_s,
        exposure_s=totals.exposure_s,
        wait_s=totals.wait_s,
        hatch_s=totals.hatch_s,
        contour_s=totals.contour_s,
        motion_s=totals.motion_s,
        before_s=totals.before_s,
        cooling_s=totals.cooling_s,
        laser_busy_s=tuple(math.fsum(column) for column in times.busy_s.T),
        vectors=int(column_total(ScanColumn.VECTORS)),
        hatch_mm=column_total(ScanColumn.HATCH_MM),
        contour_mm=column_total(ScanColumn.CONTOUR_MM),
        jump_mm=column_total(ScanColumn.JUMP_MM) + column_total(ScanColumn.TURN_MM),
        overlap_mm2=_overlap_mm2(job, stats, areas_mm2),
        region_mm=_region_lengths(stats),
        unpacking_s=totals.unpacking_s,
        unpacking_assumptions=totals.unpacking_assumptions,
        job_assumptions=totals.job_assumptions,
        powder=powder,
        time_assumptions=totals.assumptions,
        powder_assumptions=powder_assumptions,
        energy_kwh=used.energy_kwh,
        gas_m3=used.gas_m3,
        gas_kind=gas_kind(job.process),
        energy_assumptions=used.energy_assumptions,
        gas_assumptions=used.gas_assumptions,
        laser_balance=_laser_balance(job, times.exposure_s, bounds_s),
    )


def _laser_balance(
    job: Job, exposure_s: NDArray[np.float64], bounds_s: NDArray[np.float64] | None
) -> LaserBalance | None:
    """How far the slowest laser is from the bound; None for one laser, or where no bound is known."""
    if bounds_s is None or not (bounds_s[:, 0] > 0.0).any():
        return None
    told = bounds_s[:, 0] > 0.0
    gaps_pct = 100.0 * np.maximum(exposure_s[told] / bounds_s[told, 0] - 1.0, 0.0)
    median, high = np.percentile(gaps_pct, [50.0, 95.0]).tolist()
    rule = job.process.lasers
    return LaserBalance(
        rule.strategy.value,
        median,
        high,
        math.fsum(bounds_s[:, 1]),
        math.fsum(bounds_s[:, 0]),
        rule.contours_by.value,
    )


def _region_lengths(stats: NDArray[np.float64]) -> dict[str, float]:
    """Marked mm by region, whatever the parameters; a region that is exposed again for itself."""
    lengths = {}
    for number in range(REGIONS):
        columns = stats[:, :, ScanColumn.MARKED + number :: REGIONS]
        if columns.any():
            name = Region(number % AGAIN).key + (" again" if number >= AGAIN else "")
            lengths[name] = math.fsum(columns.ravel())
    return lengths


def _overlap_mm2(job: Job, stats: NDArray[np.float64], areas_mm2: NDArray[np.float64]) -> float:
    """What the strips of all hatch vectors have more than what they fill; repetitions do not count."""
    strips = []
    for number, process in enumerate(job.parameter_sets.processes):
        for region in Region:
            if region.is_hatch:
                column = ScanColumn.MARKED + REGIONS * number + region
                distance_mm = process.hatch(region).hatch_distance_mm.value
                strips.append(math.fsum(stats[:, :, column].ravel()) * distance_mm)
    return max(0.0, math.fsum(strips) - math.fsum(areas_mm2[:, AREA_NAMES.index("hatched")]))
