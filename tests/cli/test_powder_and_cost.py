"""What a job tells of its powder, and what its own rates cost, from the files to the summary."""

from __future__ import annotations

import json

import pytest

from amprep.profiles import profiles_root

MACHINE = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
PROCESS = (profiles_root() / "processes" / "m400_4_316l_40um.toml").read_text(encoding="utf-8")


def mine(folder, **changes):
    """The M 400-4 with other lines."""
    lines = [
        next((f"{key} = {value}" for key, value in changes.items() if line.startswith(f"{key} = ")), line)
        for line in MACHINE.splitlines()
    ]
    (folder / "mine.toml").write_text("\n".join(lines), encoding="utf-8")


def test_a_small_supply_is_told_with_the_layers_to_stop_at(amprep, shop):
    """Five layers of 2 · 51 g with a tenth in reserve; 0.06 l of 4 g/cm³ hold two of them."""
    mine(shop, supply_l=0.06, initial_l=0, reserve_pct=10, exposed_dose_factor=0)
    told = amprep.done("slice", "cube.stl", "-m", "./mine.toml", "--no-report", "--json", "-o", "a.amjob")
    summary = json.loads(told.stdout)
    assert summary["layers"] == 5
    assert summary["refills"]["before_layers"] == [3, 5]
    (warning,) = [one for one in summary["warnings"] if one["code"] == "W464"]
    assert (warning["refills"], warning["first_refill_layer"]) == (2, 3)
    assert warning["supply_g"] == pytest.approx(240.0)
    assert summary["mass_g"]["charge"] == pytest.approx(1.1 * summary["mass_g"]["dose"])


def test_the_mass_of_supports_is_told_within_that_of_the_parts(amprep, shop):
    """Of two equal cubes one is a support: half of the mass."""
    cubes = '[[parts]]\nfile = "cube.stl"\nposition_mm = [{}, 100]\n'
    alone = 'machine = "m400-4"\n' + cubes.format(100)
    (shop / "alone.toml").write_text(alone)
    (shop / "job.toml").write_text(alone + cubes.format(150) + 'structure = "support"\n')
    run = ("--no-report", "-j", "1", "--json", "-o")
    assert json.loads(amprep.done("run", "alone.toml", *run, "a.amjob").stdout)["mass_g"]["support"] == 0.0
    told = json.loads(amprep.done("run", "job.toml", *run, "b.amjob").stdout)["mass_g"]
    assert told["support"] == pytest.approx(told["part"] / 2, rel=1e-6)
    assert told["support"] > 0.0
    stored = json.loads(amprep.done("estimate", "b.amjob", "--json").stdout)["mass_g"]
    assert (stored["part"], stored["support"]) == (told["part"], None)


def test_a_machine_that_no_rate_names_is_told_before_anything_is_made(amprep, shop):
    mine(shop, id='"ours"', aliases="[]")
    process = PROCESS.replace('machine = "m400-4"', 'machine = "ours"')
    (shop / "process.toml").write_text(process, encoding="utf-8")
    text = 'machine = "./mine.toml"\nprocess = "./process.toml"\n[cost]\n{}\n[[parts]]\nfile = "cube.stl"\n'
    (shop / "job.toml").write_text(text.format(""))
    refused = amprep.run("run", "job.toml", "-o", "a.amjob")
    assert refused.exit_code == 3
    assert "error[E364]" in refused.stderr
    assert 'no machine_eur_h for the machine "ours"' in refused.stderr
    assert not (shop / "a.amjob").exists()
    (shop / "job.toml").write_text(text.format("machine_eur_h = 70"))
    assert amprep.run("run", "job.toml", "--dry-run").exit_code == 0


def test_an_unknown_rate_is_told_with_the_one_that_is_meant(amprep, shop):
    (shop / "job.toml").write_text(
        'machine = "m400-4"\n[cost]\nmachine_eur = 3\n[[parts]]\nfile = "cube.stl"\n'
    )
    refused = amprep.run("run", "job.toml")
    assert refused.exit_code == 3
    assert 'cost.machine_eur: unknown setting, did you mean "machine_eur_h"?' in refused.stderr


@pytest.mark.parametrize("key", ["machine_eur_h", "powder_eur_kg", "energy_eur_kwh"])
def test_zero_is_no_rate(amprep, shop, key):
    (shop / "job.toml").write_text(f'machine = "m400-4"\n[cost]\n{key} = 0\n[[parts]]\nfile = "cube.stl"\n')
    refused = amprep.run("run", "job.toml")
    assert refused.exit_code == 3
    assert f"job.toml:3: cost.{key}: 0 is no rate: must be above 0" in refused.stderr
