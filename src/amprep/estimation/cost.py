"""Cost of a job, and of each part in it.

::

    machine  = (t_inerting + t_heating + t_layers + t_cooling)·machine hour
    powder   = consumed·price              part, losses, retired powder; the rest of the charge comes back
    gas      = m³·price,   energy = kWh·price,   platform = resurfacing and wear per job
    labour   = (set-up + unpacking + finishing)·labour hour
               set-up = per job + parts·per part, finishing as well
    total    = the sum of them

A part bears powder, and the share of machine, energy and gas that the exposure has in the machine's time, by
its share of the volume; all else of these, platform and labour in equal shares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amprep.estimation.chaining import Earlier, propagate_on
from amprep.estimation.utilities import gas_kind
from amprep.model.cost import Cost, PartCost, Rates
from amprep.model.estimate import Ranged
from amprep.model.job import Job
from amprep.profiles.rates import RATES, has_rate, rate_of, rate_remarks, with_own_rates
from amprep.profiles.units import unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.model.estimate import BuildEstimate
    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.notice import Notice
    from amprep.model.provenance import GradedValue

__all__ = ["CostCase", "cost_case", "cost_of", "rate_names", "rate_notices", "require_rates"]

_S_PER_H = 3600.0
_G_PER_KG = 1000.0


@dataclass(frozen=True, slots=True)
class CostCase:
    """What the cost of a job rests on beside its estimate and the rates."""

    machine: MachineProfile
    material: MaterialProfile
    gas: str
    """Kind, as `amprep.estimation.utilities.gas_kind` has it."""
    parts: tuple[tuple[str, float], ...]
    """Name and volume in mm³ of each part; supports are borne by the parts."""
    own_rates: Mapping[str, float] = field(default_factory=dict)
    """The job's own, by key."""


def cost_case(job: Job) -> CostCase:
    """The case of a job; its parts, without supports, count with the volumes that their meshes enclose."""
    wanted = [part for part in job.parts if not part.is_support] or job.parts
    parts = tuple((part.name, part.volume_mm3) for part in wanted)
    return CostCase(job.machine, job.material, gas_kind(job.process), parts, dict(job.cost or {}))


def cost_of(case: Job | CostCase, estimate: BuildEstimate, rates: Rates) -> Cost:
    """Cost of a job, with ranges and what they rest on.

    Parameters
    ----------
    case : Job or CostCase
        Its own rates (``[cost]`` of the job file) go before `rates`.
    estimate : BuildEstimate
    rates : Rates
        From `amprep.profiles.find_rates`.

    Raises
    ------
    FileContentError
        E364 when the rates leave out the machine or the gas.

    """
    case = cost_case(case) if isinstance(case, Job) else case
    used = _rates_of(case, rates)
    name_of = {key: name for key, (name, _) in used.items()}
    inputs = dict(used.values())
    units = {name: unit_of(key) for key, name in name_of.items()}
    for phase in ("inerting_s", "heating_s", "cooling_s", "unpacking_s"):
        inputs[f"phases.{phase}"], units[f"phases.{phase}"] = getattr(case.machine.phases, phase), "s"
    powder, count = estimate.powder, len(case.parts)
    earlier = {
        "layers_s": Earlier(estimate.total_s, estimate.time_assumptions),
        "consumed_g": Earlier(powder.consumed_g, powder.consumed_assumptions),
        "energy_kwh": Earlier(estimate.energy_kwh, estimate.energy_assumptions),
        "gas_m3": Earlier(estimate.gas_m3, estimate.gas_assumptions),
    }

    def figures(values: Mapping[str, float]) -> dict[str, float]:
        rate = {key: values[name] for key, name in name_of.items()}
        machine_s = values["layers_s"] + values["phases.inerting_s"]
        machine_s += values["phases.heating_s"] + values["phases.cooling_s"]
        labour_h = rate["set_up_per_job_h"] + rate["finishing_per_job_h"]
        labour_h += count * (rate["set_up_per_part_h"] + rate["finishing_per_part_h"])
        labour_h += values["phases.unpacking_s"] / _S_PER_H
        items = {
            "machine": machine_s / _S_PER_H * rate["machine_eur_h"],
            "powder": values["consumed_g"] / _G_PER_KG * rate["powder_eur_kg"],
            "gas": values["gas_m3"] * rate["gas_eur_m3"],
            "energy": values["energy_kwh"] * rate["energy_eur_kwh"],
            "platform": rate["platform_eur"],
            "labour": labour_h * rate["labour_eur_h"],
        }
        hours = {"machine_h": machine_s / _S_PER_H, "labour_h": labour_h}
        return items | {"total": math.fsum(items.values())} | hours

    ranged, assumptions = propagate_on(figures, inputs, units, earlier, of="total")
    return Cost(
        **{f"{item}_eur": ranged[item] for item in ("machine", "powder", "gas", "energy", "platform")},
        labour_eur=ranged["labour"],
        total_eur=ranged["total"],
        per_part_eur=_times(ranged["total"], 1.0 / count),
        parts=_parts(case, estimate, ranged),
        machine_h=ranged["machine_h"],
        labour_h=ranged["labour_h"],
        consumed_kg=_times(powder.consumed_g, 1.0 / _G_PER_KG),
        assumptions=assumptions,
        rates={key: value for key, (_, value) in used.items()},
    )


def require_rates(case: Job | CostCase, rates: Rates) -> None:
    """Raise what `cost_of` would raise, before there is an estimate."""
    _rates_of(cost_case(case) if isinstance(case, Job) else case, rates)


def rate_notices(case: Job | CostCase, rates: Rates) -> list[Notice]:
    """Remarks on rows of the rates that name what is not known, and are not used."""
    return rate_remarks(rates, rate_names(cost_case(case) if isinstance(case, Job) else case))


def rate_names(case: CostCase) -> dict[str, list[str]]:
    """Names under which rates for a job may stand, by what tables are by, the most particular first."""
    machine = case.machine
    return {
        "machine": [machine.id, *machine.aliases, *filter(None, [machine.processes_of])],
        "material": [case.material.id, *case.material.aliases],
        "gas": [case.gas],
    }


def _rates_of(case: CostCase, rates: Rates) -> dict[str, tuple[str, GradedValue]]:
    """The job's rates by key, each with the name of the input that it is."""
    rates = with_own_rates(rates, case.own_rates)
    names = rate_names(case)
    used = {}
    for rate in RATES:
        if rate.key == "powder_eur_kg" and not has_rate(rates, rate.key, names[rate.by]):
            used[rate.key] = "material.price_eur_kg", case.material.price_eur_kg
        else:
            value = rate_of(rates, rate.key, names[rate.by]) if rate.by else getattr(rates, rate.key)
            used[rate.key] = f"rates.{rate.key}", value
    return used


def _parts(case: CostCase, estimate: BuildEstimate, ranged: Mapping[str, Ranged]) -> tuple[PartCost, ...]:
    """What is borne by volume, and what in equal shares."""
    total = ranged["total"]
    machine_s = ranged["machine_h"].value * _S_PER_H
    exposing = estimate.exposure_s.value / machine_s if machine_s else 0.0
    by_volume = ranged["powder"].value
    by_volume += exposing * math.fsum(ranged[item].value for item in ("machine", "gas", "energy"))
    volume, count = math.fsum(mm3 for _, mm3 in case.parts), len(case.parts)
    parts = []
    for name, mm3 in case.parts:
        of_volume = mm3 / volume if volume else 1.0 / count
        eur = of_volume * by_volume + (total.value - by_volume) / count
        share = eur / total.value if total.value else 1.0 / count
        parts.append(PartCost(name, share, _times(total, share)))
    return tuple(parts)


def _times(figure: Ranged, factor: float) -> Ranged:
    return Ranged(figure.value * factor, figure.low * factor, figure.high * factor)
