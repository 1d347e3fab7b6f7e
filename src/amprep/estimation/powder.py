"""Powder: part mass, loose bed, dose, overflow, losses, what to load and where to stop for a refill.

::

    part     = V·ρ_solid
    ρ_bed    = ρ_apparent + packing·(ρ_tap - ρ_apparent)
    bed      = (A_platform·H - V)·ρ_bed                loose powder around the parts, up to the built height
    dose_k   = (f_k·A_platform + g·a_k)·t·ρ_solid      f = dose factor of the recoating mode or first layers,
                                                       g = exposed dose factor, a = exposed area of the layer
    overflow = Σ dose - bed - part
    loss     = (sieve + handling)·(bed + overflow) + spatter·part
    reusable = reuse·(bed + overflow - loss);   retired = the rest of it
    consumed = part + loss + retired
    charge   = (initial + Σ dose)·(1 + reserve)

The dose is defined over the consolidated layer: a layer of thickness t of solid metal needs t·ρ_solid of
powder per area, f times as much is pushed out. Whatever the inputs, Σ dose = part + bed + overflow
= consumed + reusable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.time import propagate
from amprep.model.estimate import Assumption, PowderBalance
from amprep.model.notice import Notice
from amprep.model.wording import measure_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import GradedValue

__all__ = ["powder_balance", "powder_remarks"]

_G_PER_MM3 = 1e-3
"""1 g/cm³ in g/mm³."""
_G_PER_L = 1e3
"""1 g/cm³ in g/l."""
_ROUNDING = 1e-9
"""Sums of doses carry rounding; what is missing by less is not missing."""


def powder_balance(
    volume_mm3: float,
    layer_count: int,
    *,
    machine: MachineProfile,
    material: MaterialProfile,
    process: ProcessProfile,
    exposed_mm2: NDArray[np.float64] | None = None,
) -> tuple[PowderBalance, tuple[Assumption, ...]]:
    """Masses of a job and its refills; the assumptions are those of the loss.

    Parameters
    ----------
    volume_mm3 : float
        Molten volume: sum of exposed area × layer thickness.
    layer_count : int
    exposed_mm2 : (layer_count,) float64, mm², optional
        Exposed area of each layer; without it every layer has its mean.

    """
    thickness_mm = process.layer_thickness_mm
    if exposed_mm2 is None:
        exposed_mm2 = np.full(layer_count, volume_mm3 / (layer_count * thickness_mm or 1.0))
    case = _Case(machine, process, float(volume_mm3), exposed_mm2)
    inputs, units = _inputs(machine, material, process)
    ranged, of_loss = propagate(case.masses, inputs, units, of="loss")
    _, of_consumed = propagate(case.masses, inputs, units, of="consumed")
    _, of_charge = propagate(case.masses, inputs, units, of="charge")
    refills, _ = propagate(case.refills, inputs, units, of="refills")
    values = {name: graded.value for name, graded in inputs.items()}
    stops = case.refill_layers(values)
    balance = PowderBalance(
        **{f"{name}_g": figure for name, figure in ranged.items()},
        refills=len(stops),
        refills_range=(int(refills["refills"].low), int(refills["refills"].high)),
        refill_layers=tuple(stops),
        short_layers=tuple(case.short_layers(values)),
        dose_of_layer_g=case.doses_g(values),
        charge_assumptions=of_charge,
        consumed_assumptions=of_consumed,
    )
    return balance, of_loss


def powder_remarks(balance: PowderBalance, layer_thickness_mm: float) -> list[Notice]:
    """Remarks on a supply that must be filled again, and on layers that get too little powder."""
    notices = []
    if balance.refills:
        stops = balance.refill_layers
        named = ", ".join(f"{layer + 1} (z {layer * layer_thickness_mm:.2f} mm)" for layer in stops[:3])
        times = "once" if balance.refills == 1 else f"{balance.refills} times"
        low, high = balance.refills_range
        needed, held = (measure_text(one.value / 1000) for one in (balance.charge_g, balance.supply_g))
        text = (
            f"the job needs {needed} kg of powder, the supply holds {held} kg: "
            f"to be filled again {times} ({low} to {high}), "
            f"before layer {named}{' …' if len(stops) > 3 else ''}"
        )
        values: dict[str, float | int | str] = {
            "refills": balance.refills,
            "first_refill_layer": stops[0] + 1,
            "charge_g": balance.charge_g.value,
            "supply_g": balance.supply_g.value,
        }
        hint = "give powder.supply_l of your machine in its profile, as the shipped one is assumed"
        notices.append(Notice("W464", text, where="powder", hint=hint, values=values))
    if balance.short_layers:
        first, count = balance.short_layers[0], len(balance.short_layers)
        layers = "1 layer gets" if count == 1 else f"{count:,} layers get"
        text = f"{layers} less powder than taken, the first is layer {first + 1}"
        hint = "raise powder.dose_factor or powder.exposed_dose_factor"
        values = {"layers": count, "first_layer": first + 1}
        notices.append(Notice("W465", text, where="powder", hint=hint, values=values))
    return notices


def _inputs(
    machine: MachineProfile, material: MaterialProfile, process: ProcessProfile
) -> tuple[dict[str, GradedValue], dict[str, str]]:
    powder = machine.powder
    mode = process.recoating_mode.value
    rows: list[tuple[str, GradedValue, str]] = [
        ("material.solid_density_g_cm3", material.solid_density_g_cm3, "g/cm³"),
        ("material.apparent_density_g_cm3", material.apparent_density_g_cm3, "g/cm³"),
        ("material.tap_density_g_cm3", material.tap_density_g_cm3, "g/cm³"),
        (f"powder.dose_factor.{mode}", powder.dose_factor[mode], ""),
        ("powder.first_layers_dose_factor", powder.first_layers_dose_factor, ""),
        ("powder.exposed_dose_factor", powder.exposed_dose_factor, ""),
        ("powder.bed_packing_pct", powder.bed_packing_pct, "%"),
        ("powder.sieve_loss_pct", powder.sieve_loss_pct, "%"),
        ("powder.spatter_loss_pct", powder.spatter_loss_pct, "%"),
        ("powder.handling_loss_pct", powder.handling_loss_pct, "%"),
        ("powder.reuse_pct", powder.reuse_pct, "%"),
        ("powder.initial_l", powder.initial_l, "l"),
        ("powder.reserve_pct", powder.reserve_pct, "%"),
    ]
    if powder.supply_l is not None:
        rows.append(("powder.supply_l", powder.supply_l, "l"))
    return {name: value for name, value, _ in rows}, {name: unit for name, _, unit in rows}


class _Case:
    """What the masses of a job follow from, beside the inputs that have ranges."""

    def __init__(
        self,
        machine: MachineProfile,
        process: ProcessProfile,
        volume_mm3: float,
        exposed_mm2: NDArray[np.float64],
    ) -> None:
        self.area_mm2 = machine.build_volume.platform_area_mm2
        self.thickness_mm = process.layer_thickness_mm
        self.volume_mm3 = volume_mm3
        self.exposed_mm2 = exposed_mm2
        self.layers = len(exposed_mm2)
        self.first = min(machine.powder.first_layers, self.layers)
        self.factor = f"powder.dose_factor.{process.recoating_mode.value}"

    def masses(self, values: Mapping[str, float]) -> dict[str, float]:
        """All masses in g, by their names in `PowderBalance` without the unit."""
        solid = values["material.solid_density_g_cm3"] * _G_PER_MM3
        part = self.volume_mm3 * solid
        bed = (self.area_mm2 * self.layers * self.thickness_mm - self.volume_mm3) * _bed_density(values)
        doses = self.first * values["powder.first_layers_dose_factor"]
        doses += (self.layers - self.first) * values[self.factor]
        dose = doses * self.area_mm2 * self.thickness_mm * solid + values["powder.exposed_dose_factor"] * part
        overflow = dose - bed - part
        # Bed and overflow together; as their sum it would hang on the density of the bed, by rounding.
        loose = dose - part
        loose_pct = values["powder.sieve_loss_pct"] + values["powder.handling_loss_pct"]
        loss = loose_pct / 100 * loose + values["powder.spatter_loss_pct"] / 100 * part
        left = loose - loss
        reusable = values["powder.reuse_pct"] / 100 * left
        retired = left - reusable
        initial = values["powder.initial_l"] * values["material.apparent_density_g_cm3"] * _G_PER_L
        return {
            "part": part,
            "bed": bed,
            "dose": dose,
            "overflow": overflow,
            "loss": loss,
            "charge": (initial + dose) * (1.0 + values["powder.reserve_pct"] / 100),
            "initial": initial,
            "reusable": reusable,
            "retired": retired,
            "consumed": part + loss + retired,
            "supply": _supply_g(values),
        }

    def doses_g(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """(n,) float64, g: dose of each layer."""
        factors = np.full(self.layers, values[self.factor])
        factors[: self.first] = values["powder.first_layers_dose_factor"]
        dosed_mm2 = factors * self.area_mm2 + values["powder.exposed_dose_factor"] * self.exposed_mm2
        solid = values["material.solid_density_g_cm3"] * _G_PER_MM3
        doses: NDArray[np.float64] = dosed_mm2 * self.thickness_mm * solid
        return doses

    def short_layers(self, values: Mapping[str, float]) -> list[int]:
        """Layers, from 0, whose dose is less than the part and the bed take of it."""
        solid = values["material.solid_density_g_cm3"] * _G_PER_MM3
        loose_mm2 = self.area_mm2 - self.exposed_mm2
        taken = (self.exposed_mm2 * solid + loose_mm2 * _bed_density(values)) * self.thickness_mm
        short: list[int] = np.flatnonzero(self.doses_g(values) < taken * (1.0 - _ROUNDING)).tolist()
        return short

    def refills(self, values: Mapping[str, float]) -> dict[str, float]:
        """How often the supply is filled again."""
        return {"refills": float(len(self.refill_layers(values)))}

    def refill_layers(self, values: Mapping[str, float]) -> list[int]:
        """Layers, from 0, before which the supply is filled up: its reserve must not be touched."""
        supply = _supply_g(values) / (1.0 + values["powder.reserve_pct"] / 100)
        if supply <= 0.0:
            return []
        initial = values["powder.initial_l"] * values["material.apparent_density_g_cm3"] * _G_PER_L
        used = np.cumsum(self.doses_g(values))
        if not len(used) or initial + used[-1] <= supply * (1.0 + _ROUNDING):
            return []
        stops: list[int] = []
        reach = supply - initial
        while True:
            layer = int(np.searchsorted(used, reach * (1.0 + _ROUNDING), side="right"))
            if stops:
                # A dose larger than the supply takes a filling of its own.
                layer = max(layer, stops[-1] + 1)
            if layer >= self.layers:
                return stops
            stops.append(layer)
            reach = supply + (float(used[layer - 1]) if layer else 0.0)


def _bed_density(values: Mapping[str, float]) -> float:
    """In g/mm³."""
    apparent, tap = values["material.apparent_density_g_cm3"], values["material.tap_density_g_cm3"]
    return (apparent + values["powder.bed_packing_pct"] / 100 * (tap - apparent)) * _G_PER_MM3


def _supply_g(values: Mapping[str, float]) -> float:
    litres = values.get("powder.supply_l", 0.0)
    return litres * values["material.apparent_density_g_cm3"] * _G_PER_L
