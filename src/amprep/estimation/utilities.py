"""Energy and inert gas of a job, from mean powers and flows.

::

    energy = P_preparing·(t_inerting + t_heating) + P_building·t_layers + P_cooling·t_cooling
    gas    = q_flood·t_inerting + q_process·t_layers

Unpacking is no part of it. Powers are means over a phase: no figure is known of what a layer of much
exposure draws beside one of little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.estimation.chaining import Earlier, propagate_on
from amprep.profiles.rates import GASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amprep.model.estimate import Assumption, Ranged
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["Consumption", "consumption", "gas_kind"]

_S_PER_H = 3600.0
_M3_S_PER_L_MIN = 1e-3 / 60
"""1 l/min in m³/s."""


@dataclass(frozen=True, slots=True)
class Consumption:
    """Energy and gas of a job, and what they rest on."""

    energy_kwh: Ranged
    gas_m3: Ranged
    energy_assumptions: tuple[Assumption, ...]
    gas_assumptions: tuple[Assumption, ...]


def gas_kind(process: ProcessProfile) -> str:
    """``argon``, ``nitrogen``, or the process's own word; argon where it names none."""
    word = "ar" if process.inert_gas is None else process.inert_gas.value.strip().lower()
    return GASES.get(word, word)


def consumption(
    machine: MachineProfile, layers_s: Ranged, time_assumptions: Sequence[Assumption]
) -> Consumption:
    """Energy and gas of a job.

    Parameters
    ----------
    machine : MachineProfile
    layers_s : Ranged, s
        Time of all layers.
    time_assumptions : sequence of Assumption
        Of that time.

    """
    used, phases = machine.utilities, machine.phases
    rows = [
        ("utilities.power_preparing_kw", used.power_preparing_kw, "kW"),
        ("utilities.power_building_kw", used.power_building_kw, "kW"),
        ("utilities.power_cooling_kw", used.power_cooling_kw, "kW"),
        ("utilities.gas_flood_l_min", used.gas_flood_l_min, "l/min"),
        ("utilities.gas_process_l_min", used.gas_process_l_min, "l/min"),
        ("phases.inerting_s", phases.inerting_s, "s"),
        ("phases.heating_s", phases.heating_s, "s"),
        ("phases.cooling_s", phases.cooling_s, "s"),
    ]

    def figures(values: Mapping[str, float]) -> dict[str, float]:
        layers = values["layers_s"]
        inerting = values["phases.inerting_s"]
        kws = values["utilities.power_preparing_kw"] * (inerting + values["phases.heating_s"])
        kws += values["utilities.power_building_kw"] * layers
        kws += values["utilities.power_cooling_kw"] * values["phases.cooling_s"]
        litres = values["utilities.gas_flood_l_min"] * inerting
        litres += values["utilities.gas_process_l_min"] * layers
        return {"energy": kws / _S_PER_H, "gas": litres * _M3_S_PER_L_MIN}

    inputs = {name: value for name, value, _ in rows}
    units = {name: unit for name, _, unit in rows}
    earlier = {"layers_s": Earlier(layers_s, time_assumptions)}
    ranged, of_energy = propagate_on(figures, inputs, units, earlier, of="energy")
    _, of_gas = propagate_on(figures, inputs, units, earlier, of="gas")
    return Consumption(ranged["energy"], ranged["gas"], of_energy, of_gas)
