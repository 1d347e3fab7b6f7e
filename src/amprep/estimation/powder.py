"""Powder: part mass, loose bed, dose, overflow and losses.

::

    part     = V·ρ_solid
    bed      = (A_platform·H - V)·ρ_apparent           loose powder around the parts, up to the built height
    dose     = Σ_layers f·A_platform·t·ρ_solid         f = dose factor of the recoating mode or first layers
    overflow = dose - bed - part
    loss     = sieve %·(bed + overflow) + spatter %·part + handling %·(bed + overflow)

The dose is defined over the consolidated layer: a layer of thickness t of solid metal needs t·ρ_solid of
powder per area, f times as much is pushed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.estimation.time import propagate
from amprep.model.estimate import Assumption, PowderBalance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.model.machine import MachineProfile
    from amprep.model.material import MaterialProfile
    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import GradedValue

__all__ = ["powder_balance"]

_G_PER_MM3 = 1e-3
"""1 g/cm³ in g/mm³."""


def powder_balance(
    volume_mm3: float,
    layer_count: int,
    *,
    machine: MachineProfile,
    material: MaterialProfile,
    process: ProcessProfile,
) -> tuple[PowderBalance, tuple[Assumption, ...]]:
    """Masses of a job; the assumptions are those of the dose plus what decides the loss.

    Parameters
    ----------
    volume_mm3 : float
        Molten volume: sum of layer area × layer thickness.
    layer_count : int

    """
    powder = machine.powder
    factor = f"powder.dose_factor.{process.recoating_mode.value}"
    rows: list[tuple[str, GradedValue, str]] = [
        ("material.solid_density_g_cm3", material.solid_density_g_cm3, "g/cm³"),
        ("material.apparent_density_g_cm3", material.apparent_density_g_cm3, "g/cm³"),
        (factor, powder.dose_factor[process.recoating_mode.value], ""),
        ("powder.first_layers_dose_factor", powder.first_layers_dose_factor, ""),
        ("powder.sieve_loss_pct", powder.sieve_loss_pct, "%"),
        ("powder.spatter_loss_pct", powder.spatter_loss_pct, "%"),
        ("powder.handling_loss_pct", powder.handling_loss_pct, "%"),
    ]
    area_mm2 = machine.build_volume.platform_area_mm2
    thickness_mm = process.layer_thickness_mm
    first = min(powder.first_layers, layer_count)

    def masses(values: Mapping[str, float]) -> dict[str, float]:
        solid = values["material.solid_density_g_cm3"] * _G_PER_MM3
        apparent = values["material.apparent_density_g_cm3"] * _G_PER_MM3
        part = volume_mm3 * solid
        bed = (area_mm2 * layer_count * thickness_mm - volume_mm3) * apparent
        doses = first * values["powder.first_layers_dose_factor"] + (layer_count - first) * values[factor]
        dose = doses * area_mm2 * thickness_mm * solid
        overflow = dose - bed - part
        loose_pct = values["powder.sieve_loss_pct"] + values["powder.handling_loss_pct"]
        loss = loose_pct / 100 * (bed + overflow) + values["powder.spatter_loss_pct"] / 100 * part
        return {"part": part, "bed": bed, "dose": dose, "overflow": overflow, "loss": loss}

    inputs = {name: value for name, value, _ in rows}
    units = {name: unit for name, _, unit in rows}
    ranged, assumptions = propagate(masses, inputs, units, of="loss")
    return (
        PowderBalance(ranged["part"], ranged["bed"], ranged["dose"], ranged["overflow"], ranged["loss"]),
        assumptions,
    )
