"""The figures of an estimate as rows of a label and a text, for `slice` and `estimate` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amprep.cli.percent import percent_text, whole_percent_text
from amprep.cli.texts import (
    duration_text,
    effect_text,
    escape,
    euro_text,
    mass_text,
    range_text,
    ranged_duration_text,
)
from amprep.cli.words import figure, grade_text, many, say
from amprep.model.provenance import Grade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amprep.model.cost import Cost
    from amprep.model.estimate import Assumption, BuildEstimate, LaserBalance
    from amprep.model.job import Job
    from amprep.model.timeline import SummedSmoke

__all__ = [
    "FITTED",
    "balance_text",
    "cost_rows",
    "gas_text",
    "powder_rows",
    "smoke_rows",
    "stored_rows",
    "supply_rows",
    "time_rows",
]

#: Inputs that are told; all of them are in the JSON document.
_MOST = 3

#: What `amprep calibrate` fits.
FITTED = (
    "recoater.time_s.",
    "recoater.first_layers_extra_s",
    "scanner.turnaround_s",
    "scanner.jump_delay_s",
    "scanner.jump_speed_mm_s",
    "scanner.part_change_s",
    "scanner.laser_on_delay_s",
    "scanner.laser_off_delay_s",
    "scanner.mark_delay_s",
    "scanner.polygon_delay_s",
)

Row = tuple[str, str]


def time_rows(estimate: BuildEstimate, *, unpacking: bool = False) -> list[Row]:
    """Job time with its range, where it goes, and what it rests on most; on demand with unpacking."""
    job = estimate.job_s + estimate.unpacking_s if unpacking else estimate.job_s
    phases = (
        ("phase_before", estimate.before_s, True),
        ("phase_recoating", estimate.recoating_s, True),
        ("phase_exposure", estimate.exposure_s, True),
        ("phase_waiting", estimate.wait_s, estimate.wait_s.value > 0.0),
        ("phase_cooling", estimate.cooling_s, True),
        ("phase_unpacking", estimate.unpacking_s, unpacking),
    )
    whole_s = job.value or 1.0
    shares = " · ".join(
        f"{say(key)} {duration_text(part.value)} ({whole_percent_text(100 * part.value / whole_s)})"
        for key, part, is_told in phases
        if is_told
    )
    rows = [
        (say("job_time"), f"[bold]{ranged_duration_text(job)}[/bold]"),
        ("", shares),
        (say("layers_time"), f"{ranged_duration_text(estimate.total_s)}   {say('layers_time_is')}"),
    ]
    if not unpacking and estimate.unpacking_s.value > 0.0:
        rows.append(("", say("unpacking_after", time=ranged_duration_text(estimate.unpacking_s))))
    if job.has_range:
        rests_on = [*estimate.job_assumptions, *(estimate.unpacking_assumptions if unpacking else ())]
        rests_on.sort(key=lambda one: -max(abs(one.effect_low), abs(one.effect_high)))
        rows.append(("", say("job_time_rests_on")))
        rows += _assumption_rows(rests_on, effect_text)
        rows.append(("", f"[dim]  → {_remedy(rests_on[:_MOST])}[/dim]"))
    return rows


def _remedy(told: Sequence[Assumption]) -> str:
    """How what is told becomes better known: not all of it can be fitted."""
    if any(one.name.startswith(FITTED) and one.grade is not Grade.CALIBRATED for one in told):
        return say("remedy_calibrate")
    return say("remedy_own_profile")


#: Where lasers share layers this badly, something else should be tried.
_MUCH_ABOVE_PCT = 15.0


def balance_text(job: Job, balance: LaserBalance) -> str:
    """How several lasers share the exposure, in a few words."""
    told = say(
        "laser_balance",
        strategy=say(f"strategy_{balance.strategy}"),
        gap=figure(balance.gap_median_pct, ".1f"),
        time=duration_text(balance.one_laser_s),
    )
    kept = balance.strategy == "balanced" and balance.contours_by == "part"
    if kept and balance.gap_median_pct > _MUCH_ABOVE_PCT and _has_many_contours(job):
        told += "\n" + say("contours_stay", setting="--set lasers.contours_by=contour")
    divided = _divided_parts(job) if balance.strategy == "part" else []
    if divided:
        names = ", ".join(divided[:_MOST]) + (" …" if len(divided) > _MOST else "")
        told += "\n" + escape(many("parts_divided", len(divided), names=names))
    return told


#: So many contours for each laser can be shared well, as each stays whole.
_MANY_CONTOURS = 8


def _has_many_contours(job: Job) -> bool:
    """Whether a part has many contours in its middle layer."""
    from amprep.layering import cut_parts

    index = job.layer_count // 2
    most = max(len(layers.layer(index)) for layers in cut_parts(job, index))
    return most >= _MANY_CONTOURS * len(job.machine.lasers)


#: As far around a part its laser has to reach, mm; as when the layers are shared.
_AROUND_MM = 0.01


def _divided_parts(job: Job) -> list[str]:
    """Names of the parts that no laser reaches all of, so that they do not stay with one."""
    import numpy as np

    found = []
    for part in job.parts:
        (x0, y0), (x1, y1) = part.bounds_mm[0, :2] - _AROUND_MM, part.bounds_mm[1, :2] + _AROUND_MM
        corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        if not any(laser.reaches(corners).all() for laser in job.machine.lasers):
            found.append(part.name)
    return found


def smoke_rows(job: Job, estimate: BuildEstimate) -> list[Row]:
    """How long lasers stand in each other's smoke; nothing for a machine with one laser."""
    if len(estimate.laser_busy_s) < 2:
        return []
    if estimate.smoke is None:
        return [(say("smoke"), say("smoke_unknown"))]
    return [(say("smoke"), _smoke_text(job, estimate.smoke))]


def _smoke_text(job: Job, smoke: SummedSmoke) -> str:
    """How long lasers mark in each other's smoke, and what the order changed."""
    text = say("smoke_none")
    if smoke.conflict_after_s > 0.0:
        share = 100 * smoke.in_smoke_after_s / (smoke.marking_s or 1.0)
        text = say("smoke_some", time=duration_text(smoke.in_smoke_after_s), share=percent_text(share))
    if smoke.layers_reordered:
        longer = 100 * (smoke.exposure_after_s / (smoke.exposure_before_s or 1.0) - 1.0)
        before = duration_text(smoke.in_smoke_before_s)
        text += say("smoke_before", time=before, longer=figure(longer, "+.2f"))
    grades = [job.machine.gas_flow_direction.grade, job.machine.smoke.reach_mm.grade]
    worst = Grade.worst(*grades)
    told = f", {grade_text(worst)}" if worst.is_unconfirmed else ""
    rests_on = say(
        "smoke_rests_on",
        direction=str(job.machine.gas_flow_direction.value),
        reach=figure(job.machine.smoke.reach_mm.value),
    )
    return f"{text} [dim]({rests_on}{told})[/dim]"


def powder_rows(job: Job, estimate: BuildEstimate) -> list[Row]:
    """What to load, and what becomes of it."""
    powder = estimate.powder
    part = mass_text(powder.part_g.value)
    if estimate.support_mm3:
        support_g = estimate.support_mm3 * job.material.solid_density_g_cm3.value / 1000.0
        part += f" ({say('supports')} {mass_text(support_g)})"
    refills = say("no_refill")
    if powder.refills:
        first = powder.refill_layers[0] + 1 if powder.refill_layers else None
        before = "" if first is None else say("first_refill", layer=str(first))
        refills = many("refills", powder.refills) + before
    least, most = powder.refills_range
    if (least, most) != (powder.refills, powder.refills):
        refills += f" ({least} – {most})"
    text = say(
        "powder_is",
        load=mass_text(powder.charge_g.value) + range_text(powder.charge_g, mass_text),
        refills=refills,
        part=part,
        bed=mass_text(powder.bed_g.value),
        dosed=mass_text(powder.dose_g.value) + range_text(powder.dose_g, mass_text),
        loss=mass_text(powder.loss_g.value) + range_text(powder.loss_g, mass_text),
    )
    rows = [(say("powder"), text)]
    return rows + _assumption_rows(estimate.powder_assumptions)


def supply_rows(estimate: BuildEstimate) -> list[Row]:
    """Energy and gas."""
    energy, gas = estimate.energy_kwh, estimate.gas_m3
    rows = []
    if energy.value or energy.has_range:
        rests_on = _strongest(estimate.energy_assumptions)
        rows.append((say("energy"), f"{_plain(energy.value)} kWh{range_text(energy, _plain)}{rests_on}"))
    if gas.value or gas.has_range:
        text = f"{_plain(gas.value)} m³{range_text(gas, _plain)} {gas_text(estimate.gas_kind)}"
        rows.append((say("gas"), text + _strongest(estimate.gas_assumptions)))
    return rows


def stored_rows(document: dict[str, Any]) -> list[Row]:
    """Time and powder as a summary has them, each with the strongest input that it rests on."""
    from amprep.model.estimate import Ranged

    times, masses = document["time_s"], document["mass_g"]
    rows = []
    for label, key, range_key, of in (
        ("job_time", "job", "job_range", "job_s"),
        ("layers_time", "total", "range", "time_s"),
    ):
        if key in times:
            time = ranged_duration_text(Ranged(times[key], *times[range_key]))
            rows.append((say(label), time + _strongest(_stored_assumptions(document, of))))
    for key in ("part", "dose", "loss"):
        mass = Ranged(masses[key], *masses["range"][key])
        text = say(f"stored_{key}", mass=f"{mass_text(mass.value)}{range_text(mass, mass_text)}")
        rests_on = _strongest(_stored_assumptions(document, "loss_g")) if key == "loss" else ""
        rows.append((say("powder") if key == "part" else "", text + rests_on))
    for label, key, unit in (("energy", "energy_kwh", "kWh"), ("gas", "gas_m3", "m³")):
        if key in document:
            total = Ranged(document[key]["total"], *document[key]["range"])
            kind = f" {gas_text(str(document[key]['kind']))}" if "kind" in document[key] else ""
            rests_on = _strongest(_stored_assumptions(document, key))
            text = f"{_plain(total.value)} {unit}{range_text(total, _plain)}{kind}"
            rows.append((say(label), text + rests_on))
    return rows


def _stored_assumptions(document: dict[str, Any], total: str) -> list[Assumption]:
    """What a total of a summary rests on, the strongest first."""
    from amprep.model.estimate import Assumption

    found = []
    for one in document.get("assumptions", {}).get(total, ()):
        name, value, unit, grade = one["input"], one["value"], one["unit"], Grade(one["grade"])
        found.append(Assumption(name, value, unit, grade, *one["range"], *one["effect"]))
    return found


def cost_rows(cost: Cost | None) -> list[Row]:
    """The items, the total, and each part's share; nothing where no cost was asked for."""
    if cost is None:
        return []
    assumed = _assumed_text(cost)
    rows = [
        (
            say("cost"),
            f"[bold]{euro_text(cost.total_eur.value)}[/bold]{range_text(cost.total_eur, euro_text)}{assumed}",
        )
    ]
    rows += [
        ("", f"  {say(f'cost_{name}'):<10} {euro_text(item.value):>10}{range_text(item, euro_text)}")
        for name, item in cost.items.items()
    ]
    if len(cost.parts) > 1:
        rows.append(("", "  " + say("cost_part_average", cost=f"{euro_text(cost.per_part_eur.value):>10}")))
    rows.append(("", say("cost_rests_on")))
    return rows + _assumption_rows(cost.assumptions, _euro_effect)


def _assumed_text(cost: Cost) -> str:
    """Which rates nobody has confirmed, and that the rest is the user's."""
    assumed = [key for key, rate in cost.rates.items() if rate.grade.is_unconfirmed]
    if not assumed:
        return ""
    if len(assumed) == len(cost.rates):
        return say("all_rates_assumed")
    yours = all(rate.grade is Grade.USER for key, rate in cost.rates.items() if key not in assumed)
    grades = {key: cost.rates[key].grade for key in assumed}
    named = [
        key if grade is Grade.ASSUMED else f"{key} ({grade_text(grade)})" for key, grade in grades.items()
    ]
    return say("rates_assumed_rest_yours" if yours else "rates_assumed", rates=", ".join(named))


def _assumption_rows(
    assumptions: Sequence[Assumption], effect: Callable[[float, float], str] | None = None
) -> list[Row]:
    """The inputs that move a total most, and how many more there are."""
    rows = []
    for i, one in enumerate(assumptions[:_MOST]):
        more = len(assumptions) - _MOST
        rest = f" · {say('more_in_json', number=str(more))}" if i == _MOST - 1 and more > 0 else ""
        moves = "" if effect is None else f": {effect(one.effect_low, one.effect_high)}"
        rows.append(("", f"[dim]  {escape(_assumption_text(one) + moves)}{rest}[/dim]"))
    return rows


def _strongest(assumptions: Sequence[Assumption]) -> str:
    """Behind a total, the strongest input that nobody has confirmed, or the strongest; and how many more."""
    if not assumptions:
        return ""
    one = next((one for one in assumptions if one.grade.is_unconfirmed), assumptions[0])
    more = len(assumptions) - 1
    rest = f" · {say('more_in_json', number=str(more))}" if more else ""
    return f"   [dim]{say('rests_on', input=escape(_assumption_text(one)))}{rest}[/dim]"


def _euro_effect(low_eur: float, high_eur: float) -> str:
    return effect_text(low_eur, high_eur, euro_text)


def gas_text(kind: str) -> str:
    """The gas by its name, where that is one of those that everybody uses."""
    return say(f"gas_{kind}") if kind in {"argon", "nitrogen"} else escape(kind)


def _plain(value: float) -> str:
    return figure(value, ".0f" if value >= 99.5 else ".3g")


def _assumption_text(assumption: Assumption) -> str:
    """``recoater.time_s.one_sided 18 s [9 – 20] assumed``."""
    unit = f" {assumption.unit}" if assumption.unit else ""
    ends = ""
    if assumption.low != assumption.high:
        ends = f" [{_short(assumption.low)} – {_short(assumption.high)}]"
    return f"{assumption.name} {_short(assumption.value)}{unit}{ends} {grade_text(assumption.grade)}"


def _short(value: float) -> str:
    return figure(value, ".6g")
