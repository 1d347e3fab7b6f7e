"""Powder masses against hand-computed figures of full build spaces."""

from __future__ import annotations

import math

import pytest

from amprep.estimation.powder import powder_balance
from amprep.profiles import find_machine, find_material, find_process


def balance(machine_id, volume_mm3, layers, thickness=None):
    machine, material = find_machine(machine_id), find_material("316l")
    process = find_process(machine, material, thickness)
    result, _ = powder_balance(volume_mm3, layers, machine=machine, material=material, process=process)
    return machine, material, process, result


def test_a_full_bed_of_the_m400_4_holds_256_kg():
    """400 × 400 × 400 mm are 64 l; at 4.0 g/cm³ 256 kg. 10,000 layers of 40 µm."""
    _, material, process, result = balance("m400-4", 0.0, 10_000)
    assert material.apparent_density_g_cm3.value == 4.0
    assert process.layer_thickness_mm == 0.04
    assert result.bed_g.value == pytest.approx(256_000.0, rel=1e-9), "g"
    assert result.part_g.value == 0.0


def test_a_full_bed_of_the_m100_holds_3_kg():
    """Ø 100 × 95 mm are 0.746 l; at 4.0 g/cm³ 2.98 kg. 4,750 layers of 20 µm."""
    _, _, process, result = balance("m100", 0.0, 4_750)
    assert process.layer_thickness_mm == 0.02
    assert result.bed_g.value == pytest.approx(math.pi / 4 * 100**2 * 95 * 4.0e-3, rel=1e-6), "g"
    assert result.bed_g.value == pytest.approx(3_000.0, rel=0.01), "g"


def test_a_layer_of_40_um_is_51_g_times_the_dose_factor():
    """400 × 400 × 0.04 mm are 6.4 cm³, at 7.97 g/cm³ 51 g; later layers differ by one dose."""
    machine, _, process, one = balance("m400-4", 0.0, 5_000)
    another = balance("m400-4", 0.0, 5_001)[3]
    factor = machine.powder.dose_factor[process.recoating_mode.value].value
    dose = (another.dose_g.value - one.dose_g.value) / factor
    assert dose == pytest.approx(51.0, rel=0.002), "g"
    assert dose == pytest.approx(6.4 * 7.97, rel=1e-6), "g"


def test_the_first_layers_take_their_own_dose():
    machine, _, process, result = balance("m400-4", 0.0, 50)
    first = machine.powder.first_layers
    factor = machine.powder.dose_factor[process.recoating_mode.value].value
    doses = first * machine.powder.first_layers_dose_factor.value + (50 - first) * factor
    assert result.dose_g.value == pytest.approx(doses * 6.4 * 7.97, rel=1e-9), "g"
    few = balance("m400-4", 0.0, 3)[3]
    assert few.dose_g.value == pytest.approx(
        3 * machine.powder.first_layers_dose_factor.value * 6.4 * 7.97, rel=1e-9
    ), "g"


def test_what_is_dosed_is_found_again():
    """Dose = bed + parts + overflow; losses by hand from the percentages of the profile."""
    machine, material, _, result = balance("m400-4", 2.0e6, 2_500)
    assert result.part_g.value == pytest.approx(2_000.0 * material.solid_density_g_cm3.value), "g"
    loose = 160_000 * 100 - 2.0e6
    assert result.bed_g.value == pytest.approx(loose * 4.0e-3), "g"
    found = result.part_g.value + result.bed_g.value + result.overflow_g.value
    assert result.dose_g.value == pytest.approx(found, rel=1e-12), "g"
    powder = machine.powder
    through_sieve = result.bed_g.value + result.overflow_g.value
    loss = (powder.sieve_loss_pct.value + powder.handling_loss_pct.value) / 100 * through_sieve
    loss += powder.spatter_loss_pct.value / 100 * result.part_g.value
    assert result.loss_g.value == pytest.approx(loss, rel=1e-12), "g"


def test_every_mass_lies_in_its_range():
    result = balance("m400-4", 2.0e6, 2_500)[3]
    for name in ("part_g", "bed_g", "dose_g", "overflow_g", "loss_g"):
        mass = getattr(result, name)
        assert mass.low <= mass.value <= mass.high, name
    assert result.bed_g.low == pytest.approx(result.bed_g.value), "g, at least the apparent density of 4"
    assert result.bed_g.high == pytest.approx(result.bed_g.value * 4.6 / 4.0), (
        "g, the most of the tap density"
    )
