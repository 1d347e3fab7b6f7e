"""Energy, gas and cost against hand calculation; ranges, and what they rest on, through the whole chain."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import box
from amprep.errors import FileContentError
from amprep.estimation.chaining import Earlier, propagate_on
from amprep.estimation.cost import CostCase, cost_case, cost_of, require_rates
from amprep.estimation.powder import powder_balance
from amprep.estimation.time import propagate
from amprep.estimation.utilities import consumption, gas_kind
from amprep.model.estimate import Assumption, BuildEstimate, LayerTimes, Ranged
from amprep.model.provenance import Grade, GradedText, GradedValue
from amprep.output.stl import write_stl
from amprep.profiles import find_machine, find_material, find_process, find_rates, with_own_rates
from amprep.reading.job_file import JobFile

MACHINE, MATERIAL = find_machine("m400-4"), find_material("316l")
PROCESS = find_process(MACHINE, MATERIAL)
ROUND = {
    "machine_eur_h": 100.0,
    "powder_eur_kg": 40.0,
    "gas_eur_m3": 2.0,
    "energy_eur_kwh": 0.5,
    "labour_eur_h": 60.0,
    "platform_eur": 150.0,
    "set_up_per_job_h": 1.0,
    "set_up_per_part_h": 0.25,
    "finishing_per_job_h": 0.5,
    "finishing_per_part_h": 0.5,
}


def known(value):
    return GradedValue(value, Grade.CALIBRATED, ("USER",))


def exact(value):
    return Ranged(value, value, value)


def exact_machine():
    """Inerting 1 h, heating 0.5 h, cooling 2 h, unpacking 0.75 h; 10, 20 and 5 kW; 100 and 20 l/min."""
    times = {"inerting_s": 3600, "heating_s": 1800, "cooling_s": 7200, "unpacking_s": 2700}
    used = {"power_preparing_kw": 10, "power_building_kw": 20, "power_cooling_kw": 5}
    used |= {"gas_flood_l_min": 100, "gas_process_l_min": 20}
    return replace(
        MACHINE,
        phases=replace(MACHINE.phases, **{key: known(value) for key, value in times.items()}),
        utilities=replace(MACHINE.utilities, **{key: known(value) for key, value in used.items()}),
    )


SLOW = Assumption("recoater.time_s", 12.0, "s", Grade.ASSUMED, 9.0, 20.0, -3600.0, 7200.0)


TEN_HOURS = exact(36_000.0)


def estimate(machine, layers_s=TEN_HOURS, assumptions=(), exposure_s=9_000.0):
    """Ten hours of layers, of which a quarter is exposure; powder as balanced for 500 layers."""
    powder, of_loss = powder_balance(
        1.0e6, 500, machine=machine, material=MATERIAL, process=PROCESS, exposed_mm2=np.full(500, 50_000.0)
    )
    used = consumption(machine, layers_s, assumptions)
    return BuildEstimate(
        top_mm=[0.04],
        layer_times=LayerTimes(*[np.ones((1, 4))] * 3, [9.0], [0.0]),
        areas_mm2=np.zeros((1, 8)),
        total_s=layers_s,
        recoating_s=exact(27_000.0),
        exposure_s=exact(exposure_s),
        wait_s=exact(0.0),
        before_s=exact(5_400.0),
        cooling_s=exact(7_200.0),
        laser_busy_s=(1.0,) * 4,
        vectors=1,
        hatch_mm=1.0,
        contour_mm=1.0,
        jump_mm=1.0,
        powder=powder,
        time_assumptions=tuple(assumptions),
        powder_assumptions=of_loss,
        energy_kwh=used.energy_kwh,
        gas_m3=used.gas_m3,
        energy_assumptions=used.energy_assumptions,
        gas_assumptions=used.gas_assumptions,
    )


def case(machine, *volumes_mm3, own=None):
    parts = tuple((f"part {i}", mm3) for i, mm3 in enumerate(volumes_mm3 or (1.0e6,)))
    return CostCase(machine, MATERIAL, "argon", parts, ROUND if own is None else own)


def test_energy_and_gas_by_hand():
    """10 kW · 1.5 h + 20 kW · 10 h + 5 kW · 2 h = 225 kWh; 100 l/min · 60 min + 20 l/min · 600 min."""
    used = consumption(exact_machine(), exact(36_000.0), ())
    assert used.energy_kwh.value == pytest.approx(225.0, rel=1e-12), "kWh"
    assert used.gas_m3.value == pytest.approx(18.0, rel=1e-12), "m³"
    assert not used.energy_kwh.has_range
    assert not used.energy_assumptions


def test_energy_carries_the_range_of_the_time_and_of_its_own_inputs():
    """Layers from 9 to 12 h move 20 kW by -20 and +40 kWh; a power of 15 to 25 kW moves 10 h by 50 kWh."""
    machine = exact_machine()
    machine = replace(
        machine,
        utilities=replace(
            machine.utilities, power_building_kw=GradedValue(20, Grade.RECALLED, ("RECALL",), 15, 25)
        ),
    )
    used = consumption(machine, Ranged(36_000, 32_400, 43_200), [SLOW])
    assert used.energy_kwh.low == pytest.approx(225 - 200 + 15 * 9), "kWh"
    assert used.energy_kwh.high == pytest.approx(225 - 200 + 25 * 12), "kWh"
    effects = {a.name: (a.effect_low, a.effect_high) for a in used.energy_assumptions}
    assert effects["utilities.power_building_kw"] == pytest.approx((-50, 50)), "kWh"
    assert effects["recoater.time_s"] == pytest.approx((-20, 40)), "kWh"
    assert [a.name for a in used.gas_assumptions] == ["recoater.time_s"]
    assert used.gas_assumptions[0].effect_high == pytest.approx(2.4), "m³, 2 h of 20 l/min"


def test_cost_by_hand():
    """13.5 h of machine, 18 m³, 225 kWh, 3 h of labour with one part, what is used up of 316L."""
    machine = exact_machine()
    made = estimate(machine)
    cost = cost_of(case(machine), made, find_rates())
    kilograms = made.powder.consumed_g.value / 1000
    expected = {
        "machine": 1350.0,
        "powder": 40 * kilograms,
        "gas": 36.0,
        "energy": 112.5,
        "platform": 150.0,
        "labour": 60 * (1 + 0.25 + 0.5 + 0.5 + 0.75),
    }
    for item, eur in expected.items():
        assert cost.items[item].value == pytest.approx(eur, rel=1e-12), f"EUR, {item}"
    assert cost.total_eur.value == pytest.approx(math.fsum(expected.values()), rel=1e-12), "EUR"
    assert cost.per_part_eur == cost.total_eur
    assert (cost.machine_h.value, cost.labour_h.value) == pytest.approx((13.5, 3.0)), "h"
    assert cost.consumed_kg.value == pytest.approx(kilograms), "kg, not the whole charge"
    assert made.powder.charge_g.value > 5 * made.powder.consumed_g.value
    assert not cost.is_assumed


def test_labour_follows_the_number_of_parts():
    machine = exact_machine()
    made = estimate(machine)
    one, three = (cost_of(case(machine, *[1e6] * n), made, find_rates()) for n in (1, 3))
    assert three.labour_h.value - one.labour_h.value == pytest.approx(2 * 0.75), "h"
    assert three.per_part_eur.value == pytest.approx(three.total_eur.value / 3), "EUR"


def test_parts_share_powder_and_exposure_by_volume_and_the_rest_equally():
    """3 : 1 by volume; the exposure is 2.5 h of 13.5."""
    machine = exact_machine()
    cost = cost_of(case(machine, 7.5e5, 2.5e5), estimate(machine), find_rates())
    by_volume = cost.powder_eur.value + 2.5 / 13.5 * (1350 + 36 + 112.5)
    equal = (cost.total_eur.value - by_volume) / 2
    large, small = cost.parts
    assert large.eur.value == pytest.approx(0.75 * by_volume + equal, rel=1e-12), "EUR"
    assert small.eur.value == pytest.approx(0.25 * by_volume + equal, rel=1e-12), "EUR"
    assert large.share + small.share == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=9))
def test_the_parts_add_up_to_the_job_at_every_end(volumes):
    cost = cost_of(case(MACHINE, *volumes, own={}), ESTIMATE, find_rates())
    for end in ("value", "low", "high"):
        parts = math.fsum(getattr(part.eur, end) for part in cost.parts)
        assert parts == pytest.approx(getattr(cost.total_eur, end), rel=1e-9), end
        items = math.fsum(getattr(item, end) for item in cost.items.values())
        assert items == pytest.approx(getattr(cost.total_eur, end), rel=1e-9), end


ESTIMATE = estimate(MACHINE, Ranged(36_000, 32_400, 43_200), [SLOW])


def test_an_input_that_works_in_several_ways_counts_once():
    """An hour and two of recoating cost machine, energy and gas; all other inputs are exact."""
    machine = exact_machine()
    made = estimate(machine, Ranged(36_000, 32_400, 43_200), [SLOW])
    cost = cost_of(case(machine), made, find_rates())
    (slow,) = [a for a in cost.assumptions if a.name == "recoater.time_s"]
    per_hour = 100 + 20 * 0.5 + 1.2 * 2.0
    assert slow.effect_low == pytest.approx(-per_hour), "EUR"
    assert slow.effect_high == pytest.approx(2 * per_hour), "EUR"
    assert (slow.low, slow.high, slow.unit) == (9.0, 20.0, "s")
    assert not {a.name for a in cost.assumptions} & {"layers_s", "consumed_g", "energy_kwh", "gas_m3"}


def test_shipped_rates_make_a_range_and_say_that_they_are_assumed():
    cost = cost_of(case(MACHINE, own={}), ESTIMATE, find_rates())
    assert cost.is_assumed
    assert cost.total_eur.low < cost.total_eur.value < cost.total_eur.high
    names = [a.name for a in cost.assumptions]
    assert len(set(names)) == len(names)
    assert {"rates.machine_eur_h", "recoater.time_s", "material.price_eur_kg"} <= set(names)
    assert "powder.sieve_loss_pct" in names, "it goes on through the powder used up"
    effects = [max(abs(a.effect_low), abs(a.effect_high)) for a in cost.assumptions]
    assert effects == sorted(effects, reverse=True)
    assert cost.rates["powder_eur_kg"] == MATERIAL.price_eur_kg


def test_a_price_of_ones_own_replaces_the_materials():
    cost = cost_of(case(MACHINE, own={"powder_eur_kg": 44.0}), ESTIMATE, find_rates())
    assert cost.powder_eur.value == pytest.approx(44 * cost.consumed_kg.value)
    assert "material.price_eur_kg" not in {a.name for a in cost.assumptions}


def test_the_gas_decides_its_price():
    cost = {
        gas: cost_of(replace(case(MACHINE, own={}), gas=gas), ESTIMATE, find_rates())
        for gas in ("argon", "nitrogen")
    }
    assert cost["argon"].gas_eur.value == pytest.approx(3 * ESTIMATE.gas_m3.value)
    assert cost["nitrogen"].gas_eur.value == pytest.approx(ESTIMATE.gas_m3.value)
    words = [None, *(GradedText(word, Grade.USER) for word in ("Ar", "N2", "argon", "Nitrogen", "He"))]
    kinds = [gas_kind(replace(PROCESS, inert_gas=word)) for word in words]
    assert kinds == ["argon", "argon", "nitrogen", "argon", "nitrogen", "he"]


def test_a_machine_of_ones_own_finds_the_rate_of_the_one_it_is_like():
    mine = replace(MACHINE, id="ours", aliases=(), processes_of="m400-4")
    assert cost_of(case(mine, own={}), ESTIMATE, find_rates()).rates["machine_eur_h"].value == 185
    stranger = replace(mine, processes_of="")
    with pytest.raises(FileContentError) as caught:
        require_rates(case(stranger, own={}), find_rates())
    assert caught.value.code == "E364"
    require_rates(case(stranger, own={"machine_eur_h": 70.0}), find_rates())


def test_rates_merged_before_are_the_same_as_a_jobs_own():
    merged = with_own_rates(find_rates(), ROUND)
    assert cost_of(case(MACHINE, own={}), ESTIMATE, merged) == cost_of(case(MACHINE), ESTIMATE, find_rates())


def test_without_earlier_figures_propagation_is_as_ever():
    inputs = {"a": GradedValue(2.0, Grade.ASSUMED, ("ASSUMED",), 1.0, 4.0), "b": known(3.0)}

    def figures(values):
        return {"product": values["a"] * values["b"]}

    units = dict.fromkeys(inputs, "")
    plain = propagate(figures, inputs, units, of="product")
    assert propagate_on(figures, inputs, units, {}, of="product") == plain
    twice = propagate_on(
        lambda v: {"sum": v["product"] * v["a"]},
        inputs,
        units,
        {"product": Earlier(plain[0]["product"], plain[1])},
        of="sum",
    )
    assert twice[0]["sum"] == Ranged(12.0, 3.0, 48.0)
    assert [(a.name, a.effect_low, a.effect_high) for a in twice[1]] == [("a", -9.0, 36.0)]


def test_supports_are_no_parts_that_labour_is_paid_for(tmp_path):
    write_stl(box((10.0, 10.0, 2.0)), tmp_path / "box.stl")
    places = [(100.0, "part"), (200.0, "support"), (300.0, "part")]
    parts = [
        {"file": "box.stl", "unit": "mm", "position_mm": [x, 100.0], "structure": structure}
        for x, structure in places
    ]
    job = assemble_job(JobFile.model_validate({"machine": "m400-4", "parts": parts}), tmp_path)
    assert [volume for _, volume in cost_case(job).parts] == pytest.approx([200.0, 200.0]), "mm³"
    alone = assemble_job(JobFile.model_validate({"machine": "m400-4", "parts": parts[1:2]}), tmp_path)
    assert len(cost_case(alone).parts) == 1
