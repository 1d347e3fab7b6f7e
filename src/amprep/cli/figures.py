"""The figures of an estimate as rows of a label and a text, for `slice` and `estimate` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amprep.cli.texts import (
    duration_text,
    effect_text,
    escape,
    euro_text,
    mass_text,
    range_text,
    ranged_duration_text,
)
from amprep.model.provenance import Grade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amprep.model.cost import Cost
    from amprep.model.estimate import Assumption, BuildEstimate, LaserBalance

__all__ = [
    "FITTED",
    "balance_text",
    "cost_rows",
    "powder_rows",
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
    figures = (
        ("inerting and heating", estimate.before_s, True),
        ("recoating", estimate.recoating_s, True),
        ("exposure", estimate.exposure_s, True),
        ("waiting", estimate.wait_s, estimate.wait_s.value > 0.0),
        ("cooling", estimate.cooling_s, True),
        ("unpacking", estimate.unpacking_s, unpacking),
    )
    shares = " · ".join(
        f"{name} {duration_text(figure.value)} ({100 * figure.value / (job.value or 1.0):.0f} %)"
        for name, figure, is_told in figures
        if is_told
    )
    rows = [
        ("Job time", f"[bold]{ranged_duration_text(job)}[/bold]"),
        ("", shares),
        ("Layers", f"{ranged_duration_text(estimate.total_s)}   recoating, exposure, waiting"),
    ]
    if not unpacking and estimate.unpacking_s.value > 0.0:
        rows.append(("", f"unpacking {ranged_duration_text(estimate.unpacking_s)} comes after that"))
    if job.has_range:
        rests_on = [*estimate.job_assumptions, *(estimate.unpacking_assumptions if unpacking else ())]
        rests_on.sort(key=lambda one: -max(abs(one.effect_low), abs(one.effect_high)))
        rows.append(("", "the job time rests most on:"))
        rows += _assumption_rows(rests_on, effect_text)
        rows.append(("", f"[dim]  → {_remedy(rests_on[:_MOST])}[/dim]"))
    return rows


def _remedy(told: Sequence[Assumption]) -> str:
    """How what is told becomes better known: not all of it can be fitted."""
    if any(one.name.startswith(FITTED) and one.grade is not Grade.CALIBRATED for one in told):
        return "amprep calibrate, with measured times of the machine"
    return "your machine's own values in a copy of its profile (docs/how-to/own-profile.md)"


#: Where lasers share layers this badly, something else should be tried.
_MUCH_ABOVE_PCT = 15.0


def balance_text(balance: LaserBalance) -> str:
    """How several lasers share the exposure, in a few words."""
    words = {"balanced": "balanced", "quadrant": "by quadrant", "part": "by part"}[balance.strategy]
    told = (
        f"{words}: median layer {balance.gap_median_pct:.1f} % above the bound; "
        f"one would expose {duration_text(balance.one_laser_s)}"
    )
    kept = balance.strategy == "balanced" and balance.contours_by == "part"
    if kept and balance.gap_median_pct > _MUCH_ABOVE_PCT:
        told += "\ncontours of a part stay with one laser; --set lasers.contours_by=contour shares them"
    return told


def powder_rows(estimate: BuildEstimate) -> list[Row]:
    """What to load, and what becomes of it."""
    powder = estimate.powder
    refills = "no refill"
    if powder.refills:
        first = powder.refill_layers[0] + 1 if powder.refill_layers else None
        before = "" if first is None else f", the first before layer {first}"
        refills = f"{powder.refills} refill{'s' if powder.refills > 1 else ''}{before}"
    least, most = powder.refills_range
    if (least, most) != (powder.refills, powder.refills):
        refills += f" ({least} – {most})"
    text = (
        f"load {mass_text(powder.charge_g.value)}{range_text(powder.charge_g, mass_text)}, {refills} · "
        f"part {mass_text(powder.part_g.value)} · bed {mass_text(powder.bed_g.value)} · "
        f"dosed {mass_text(powder.dose_g.value)}{range_text(powder.dose_g, mass_text)} · "
        f"loss ≈ {mass_text(powder.loss_g.value)}{range_text(powder.loss_g, mass_text)}; rests on:"
    )
    rows = [("Powder", text)]
    return rows + _assumption_rows(estimate.powder_assumptions)


def supply_rows(estimate: BuildEstimate) -> list[Row]:
    """Energy and gas."""
    energy, gas = estimate.energy_kwh, estimate.gas_m3
    rows = []
    if energy.value or energy.has_range:
        rows.append(("Energy", f"{_plain(energy.value)} kWh{range_text(energy, _plain)}"))
    if gas.value or gas.has_range:
        rows.append(("Gas", f"{_plain(gas.value)} m³{range_text(gas, _plain)} {escape(estimate.gas_kind)}"))
    return rows


def stored_rows(document: dict[str, Any]) -> list[Row]:
    """Time and powder as a summary has them."""
    from amprep.model.estimate import Ranged

    times, masses = document["time_s"], document["mass_g"]
    rows = []
    for label, key, range_key in (("Job time", "job", "job_range"), ("Layers", "total", "range")):
        if key in times:
            rows.append((label, ranged_duration_text(Ranged(times[key], *times[range_key]))))
    for key in ("part", "dose", "loss"):
        figure = Ranged(masses[key], *masses["range"][key])
        rows.append(
            (
                "Powder" if key == "part" else "",
                f"{key} {mass_text(figure.value)}{range_text(figure, mass_text)}",
            )
        )
    for label, key, unit in (("Energy", "energy_kwh", "kWh"), ("Gas", "gas_m3", "m³")):
        if key in document:
            total = Ranged(document[key]["total"], *document[key]["range"])
            kind = f" {escape(str(document[key]['kind']))}" if "kind" in document[key] else ""
            rows.append((label, f"{_plain(total.value)} {unit}{range_text(total, _plain)}{kind}"))
    return rows


def cost_rows(cost: Cost | None) -> list[Row]:
    """The items, the total, and each part's share; nothing where no cost was asked for."""
    if cost is None:
        return []
    assumed = _assumed_text(cost)
    rows = [
        (
            "Cost",
            f"[bold]{euro_text(cost.total_eur.value)}[/bold]{range_text(cost.total_eur, euro_text)}{assumed}",
        )
    ]
    rows += [
        ("", f"  {name:<10} {euro_text(figure.value):>10}{range_text(figure, euro_text)}")
        for name, figure in cost.items.items()
    ]
    if len(cost.parts) > 1:
        rows.append(("", f"  per part   {euro_text(cost.per_part_eur.value):>10} on average"))
    rows.append(("", "the cost rests most on:"))
    return rows + _assumption_rows(cost.assumptions, _euro_effect)


def _assumed_text(cost: Cost) -> str:
    """Which rates nobody has confirmed, and that the rest is the user's."""
    assumed = [key for key, rate in cost.rates.items() if rate.grade.is_unconfirmed]
    if not assumed:
        return ""
    if len(assumed) == len(cost.rates):
        return "; all rates are assumed: --cost takes yours"
    yours = all(rate.grade is Grade.USER for key, rate in cost.rates.items() if key not in assumed)
    rest = "; all others are yours" if yours else ""
    return f"; assumed: {', '.join(assumed)}{rest}"


def _assumption_rows(
    assumptions: Sequence[Assumption], effect: Callable[[float, float], str] | None = None
) -> list[Row]:
    """The inputs that move a total most, and how many more there are."""
    rows = []
    for i, one in enumerate(assumptions[:_MOST]):
        more = len(assumptions) - _MOST
        rest = f" · and {more} more in the JSON document" if i == _MOST - 1 and more > 0 else ""
        moves = "" if effect is None else f": {effect(one.effect_low, one.effect_high)}"
        rows.append(("", f"[dim]  {escape(_assumption_text(one) + moves)}{rest}[/dim]"))
    return rows


def _euro_effect(low_eur: float, high_eur: float) -> str:
    return effect_text(low_eur, high_eur, euro_text)


def _plain(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.3g}"


def _assumption_text(assumption: Assumption) -> str:
    """``recoater.time_s.one_sided 18 s [9 – 20] assumed``."""
    unit = f" {assumption.unit}" if assumption.unit else ""
    ends = ""
    if assumption.low != assumption.high:
        ends = f" [{_short(assumption.low)} – {_short(assumption.high)}]"
    grade = str(assumption.grade).replace("_", " ")
    return f"{assumption.name} {_short(assumption.value)}{unit}{ends} {grade}"


def _short(value: float) -> str:
    return f"{value:.6g}"
