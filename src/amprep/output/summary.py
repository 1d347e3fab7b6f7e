"""``summary.json`` and ``--json``: all numbers of a job, versioned; keys carry their units."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.model.exposure import TABLES
from amprep.model.scan import AREA_NAMES, LOST
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amprep.model.cost import Cost
    from amprep.model.estimate import Assumption, BuildEstimate, PowderBalance, Ranged
    from amprep.model.job import Job
    from amprep.model.notice import Notice

__all__ = ["SCHEMA", "assumption_record", "job_hash", "summary"]

SCHEMA = "amprep.summary/1"


def job_hash(job: Job) -> str:
    """Sixteen hexadecimal digits of what decides the vectors and the estimate."""
    process = job.process
    content = {
        "amprep": __version__,
        "parts": [
            [part.source.sha256, part.source.unit, list(part.position_mm), list(part.rotation_deg)]
            + ([] if part.source.item is None else [part.source.item])
            for part in job.parts
        ],
        "profiles": [job.machine.sha256, job.material.sha256, process.sha256],
        "exposures": [repr(one) for one in _exposures(job)],
        "fill": "even-odd" if job.even_odd else "non-zero",
        "mending": [job.mending.crack_tolerance_mm, job.mending.fill_holes],
    }
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _exposures(job: Job) -> list[object]:
    """All that says how parts are exposed, and where."""
    sets = job.parameter_sets
    told = [
        [getattr(process, table) for table in TABLES]
        + [process.contour_order.value, process.part_order.value, process.reexposures]
        for process in sets.processes
    ]
    return [
        told,
        sets.table[sets.base].tolist(),
        sets.state.tolist(),
        [part.is_support for part in job.parts],
    ]


def summary(  # noqa: PLR0913
    job: Job,
    estimate: BuildEstimate,
    notices: Sequence[Notice],
    *,
    lost_places: Mapping[str, Any] | None = None,
    order_and_filters: Mapping[str, Any] | None = None,
    outputs: Sequence[str] = (),
    timing_s: Mapping[str, float] | None = None,
    cost: Cost | None = None,
) -> dict[str, Any]:
    """The document; the same numbers as on the terminal.

    Parameters
    ----------
    lost_places : mapping, optional
        What the area audit says of single places: the largest that nothing exposes, each with part, layer,
        position, area and width, and how many there are. Without it both are None: nobody looked for them.
    order_and_filters : mapping, optional
        By how much the order made jumps shorter, and what filters did.
    outputs : sequence of str
        Paths of what was written.
    timing_s : mapping, optional
        Seconds of work per step. It varies from run to run, so leave it out of whatever is compared.
    cost : Cost, optional
        Where rates were asked for.

    """
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "ok": True,
        "amprep": __version__,
        "name": job.name,
        "job_hash": job_hash(job),
        "input": [_part(part) for part in job.parts],
        "machine": job.machine.id,
        "material": job.material.id,
        "process": job.process.id,
        "layer_thickness_mm": job.layer_thickness_mm,
        "height_mm": round(job.height_mm, 6),
        "built_height_mm": round(job.layer_count * job.layer_thickness_mm, 6),
        "layers": len(estimate.top_mm),
        "vectors": estimate.vectors,
        "hatch_mm": estimate.hatch_mm,
        "contour_mm": estimate.contour_mm,
        "jump_mm": estimate.jump_mm,
        **(order_and_filters or {}),
        "regions": _regions(estimate),
        "time_s": _times(estimate),
        "lasers": _lasers(estimate),
        "laser_balance": None if estimate.laser_balance is None else asdict(estimate.laser_balance),
        "smoke": _smoke(job, estimate),
        "rate_mm3_s": _rates(job, estimate),
        "volume_mm3": math.fsum(estimate.areas_mm2[:, 0]) * job.layer_thickness_mm,
        "mass_g": _masses(job, estimate),
        "refills": _refills(estimate.powder),
        "energy_kwh": _total(estimate.energy_kwh),
        "gas_m3": {"kind": estimate.gas_kind} | _total(estimate.gas_m3),
        "area_audit": _audit(estimate)
        | {"lost_places": None, "lost_places_in_all": None}
        | dict(lost_places or {}),
        "fill": "even-odd" if job.even_odd else "non-zero",
        "repairs": _repairs(job, notices, is_hatched=lost_places is not None),
        "assumptions": _assumptions(estimate, cost),
        "warnings": [notice.as_dict() for notice in notices],
        "outputs": list(outputs),
    }
    if cost is not None:
        document["cost_eur"] = _cost(cost)
    if timing_s is not None:
        document["timing_s"] = {step: round(seconds, 4) for step, seconds in timing_s.items()}
    return document


def _lasers(estimate: BuildEstimate) -> list[dict[str, Any]]:
    rows = enumerate(zip(estimate.laser_busy_s, estimate.utilisation_pct, strict=True))
    return [{"id": i + 1, "busy_s": busy, "utilisation_pct": used} for i, (busy, used) in rows]


def _smoke(job: Job, estimate: BuildEstimate) -> dict[str, Any] | None:
    """Seconds in which lasers mark in each other's smoke; lasers and layers count from 1."""
    smoke = estimate.smoke
    if smoke is None:
        return None
    plume = {
        name: getattr(job.machine.smoke, name) for name in ("reach_mm", "half_width_mm", "half_angle_deg")
    }
    pairs = [
        {"upwind": up + 1, "downwind": down + 1, "conflict_s": seconds}
        for up, row in enumerate(smoke.pair_s)
        for down, seconds in enumerate(row)
        if seconds > 0.0
    ]
    worst = None
    if smoke.worst is not None and smoke.worst_layer is not None:
        one = smoke.worst
        worst = {
            "layer": smoke.worst_layer + 1,
            "upwind": one.upwind + 1,
            "downwind": one.downwind + 1,
            "conflict_s": one.seconds,
            "nearest_mm": one.nearest_mm,
            "x_mm": one.x_mm,
            "y_mm": one.y_mm,
        }
    return {
        "conflict_s_before": smoke.conflict_before_s,
        "conflict_s_after": smoke.conflict_after_s,
        "in_smoke_s_before": smoke.in_smoke_before_s,
        "in_smoke_s_after": smoke.in_smoke_after_s,
        "marking_s": smoke.marking_s,
        "exposure_s_before": smoke.exposure_before_s,
        "exposure_s_after": smoke.exposure_after_s,
        "one_laser_s": smoke.one_laser_s,
        "layers_reordered": smoke.layers_reordered,
        "layers_with_conflict": smoke.layers_with_conflict,
        "pairs": pairs,
        "worst": worst,
        "order": job.process.lasers.smoke_order.value,
        "gas_flow_direction": {
            "value": job.machine.gas_flow_direction.value,
            "grade": str(job.machine.gas_flow_direction.grade),
        },
        **{
            name: {"value": one.value, "grade": str(one.grade), "range": list(one.bounds)}
            for name, one in plume.items()
        },
    }


def _regions(estimate: BuildEstimate) -> dict[str, Any]:
    """Length that is marked in each region, and again."""
    return {name: {"length_mm": length} for name, length in estimate.region_mm.items()}


def _repairs(job: Job, notices: Sequence[Notice], *, is_hatched: bool) -> dict[str, Any]:
    """What was changed in all files together; each file counts once, however many parts it makes."""
    reports = {id(part.report): part.report for part in job.parts}
    totals: dict[str, Any] = {}
    for report in reports.values():
        for key, count in report.repairs.items():
            is_largest = key.startswith("largest_")
            so_far = totals.get(key, type(count)(0))
            totals[key] = max(so_far, count) if is_largest else so_far + count
    codes = [notice.code for notice in notices]
    # Only where layers are cut and hatched does anybody see them.
    totals["parts_with_merged_bodies"] = codes.count("W214") if is_hatched else None
    return {
        "crack_tolerance_mm": job.mending.crack_tolerance_mm,
        "fill_holes": job.mending.fill_holes,
        **totals,
    }


def _rates(job: Job, estimate: BuildEstimate) -> dict[str, float | None]:
    """Molten volume per second of exposure, of all layers with their recoating, and of the whole job."""
    volume_mm3 = math.fsum(estimate.areas_mm2[:, 0]) * job.layer_thickness_mm
    durations = {"exposing": estimate.exposure_s, "layers": estimate.total_s, "job": estimate.job_s}
    published = job.process.volume_rate_mm3_s
    return {
        **{key: volume_mm3 / one.value if one.value else 0.0 for key, one in durations.items()},
        "core_per_laser": job.process.core_volume_rate_mm3_s,
        "published_per_laser": None if published is None else published.value,
        "published_all_lasers": None if published is None else published.value * len(job.machine.lasers),
    }


def _masses(job: Job, estimate: BuildEstimate) -> dict[str, Any]:
    """In g; `support` is within `part`, and None where there are supports that nobody summed up."""
    powder = estimate.powder
    names = [*("part", "bed", "dose", "overflow", "loss"), *("charge", "initial", "reusable", "retired")]
    names += ["consumed", "supply"]
    figures = {name: getattr(powder, f"{name}_g") for name in names}
    ranges = {name: _range(figure) for name, figure in figures.items()}
    has_supports = any(part.is_support for part in job.parts)
    volume_mm3 = estimate.support_mm3 if has_supports else 0.0
    support = None if volume_mm3 is None else volume_mm3 * job.material.solid_density_g_cm3.value / 1000.0
    return {name: figure.value for name, figure in figures.items()} | {"support": support, "range": ranges}


def _refills(powder: PowderBalance) -> dict[str, Any]:
    """How often the supply is filled again, and before which layers, from 1."""
    return {
        "count": powder.refills,
        "range": list(powder.refills_range),
        "before_layers": [layer + 1 for layer in powder.refill_layers],
    }


def _cost(cost: Cost) -> dict[str, Any]:
    figures = {**cost.items, "total": cost.total_eur, "per_part": cost.per_part_eur}
    return {
        **{name: figure.value for name, figure in figures.items()},
        "range": {name: _range(figure) for name, figure in figures.items()},
        "parts": [{"name": part.name, "share": part.share, "eur": part.eur.value} for part in cost.parts],
        "machine_h": cost.machine_h.value,
        "labour_h": cost.labour_h.value,
        "rates": {
            key: {"value": rate.value, "grade": str(rate.grade), "range": list(rate.bounds)}
            for key, rate in cost.rates.items()
        },
    }


def _part(part: Any) -> dict[str, Any]:
    report, source = part.report, part.source
    return {
        "name": part.name,
        "file": source.path,
        "item": source.item,
        "format": source.format,
        "sha256": source.sha256,
        "unit": source.unit,
        "unit_is_assumed": source.unit_is_assumed,
        "triangles": report.triangles,
        "triangles_in_file": source.triangles_in_file,
        "degenerate_dropped": report.degenerate_dropped,
        "duplicates_dropped": report.duplicates_dropped,
        "vertices_welded": report.vertices_welded,
        "shells": report.shells,
        "shells_turned": report.shells_turned,
        "repairs": report.repairs,
        "nonmanifold_edges": report.nonmanifold_edges,
        "watertight": report.is_watertight,
        "size_mm": [round(side, 6) for side in report.size_mm],
        "volume_mm3": report.volume_mm3,
        "position_mm": list(part.position_mm),
        "rotation_deg": list(part.rotation_deg),
    }


def _times(estimate: BuildEstimate) -> dict[str, Any]:
    return {
        "total": estimate.total_s.value,
        "recoating": estimate.recoating_s.value,
        "exposure": estimate.exposure_s.value,
        "wait": estimate.wait_s.value,
        "range": _range(estimate.total_s),
        "recoating_range": _range(estimate.recoating_s),
        "exposure_range": _range(estimate.exposure_s),
        "uncertainty_pct": round(estimate.total_s.uncertainty_pct, 1),
        "before_first_layer": estimate.before_s.value,
        "before_first_layer_range": _range(estimate.before_s),
        "cooling": estimate.cooling_s.value,
        "cooling_range": _range(estimate.cooling_s),
        "job": estimate.job_s.value,
        "job_range": _range(estimate.job_s),
        "unpacking": estimate.unpacking_s.value,
        "unpacking_range": _range(estimate.unpacking_s),
    }


def _total(figure: Ranged) -> dict[str, Any]:
    return {"total": figure.value, "range": _range(figure)}


def _range(figure: Ranged) -> list[float]:
    return [figure.low, figure.high]


def _assumptions(estimate: BuildEstimate, cost: Cost | None) -> dict[str, list[dict[str, Any]]]:
    """What each total rests on, the strongest first."""
    totals = {
        "time_s": estimate.time_assumptions,
        "job_s": estimate.job_assumptions,
        "loss_g": estimate.powder_assumptions,
        "charge_g": estimate.powder.charge_assumptions,
        "energy_kwh": estimate.energy_assumptions,
        "gas_m3": estimate.gas_assumptions,
    }
    if cost is not None:
        totals["cost_eur"] = cost.assumptions
    return {name: [assumption_record(a) for a in assumptions] for name, assumptions in totals.items()}


def assumption_record(assumption: Assumption) -> dict[str, Any]:
    """An uncertain input as it stands in JSON documents."""
    return {
        "input": assumption.name,
        "value": assumption.value,
        "unit": assumption.unit,
        "grade": str(assumption.grade),
        "range": [assumption.low, assumption.high],
        "effect": [assumption.effect_low, assumption.effect_high],
    }


def _audit(estimate: BuildEstimate) -> dict[str, Any]:
    areas = estimate.areas_mm2
    totals = {f"{name}_mm2": math.fsum(areas[:, i]) for i, name in enumerate(AREA_NAMES)}
    # A mesh whose chains do not close is mended or refused, so no area is lost to them.
    totals["lost_open_chains_mm2"] = 0.0
    totals["overlap_mm2"] = estimate.overlap_mm2
    lost = areas[:, LOST].sum(axis=1)
    totals["lost_mm2"] = math.fsum(lost)
    totals["layers_with_loss"] = int((lost > 0).sum())
    if len(lost) and lost.max() > 0:
        totals["worst_layer_top_mm"] = float(estimate.top_mm[int(np.argmax(lost))])
        totals["worst_layer_lost_mm2"] = float(lost.max())
    return totals
