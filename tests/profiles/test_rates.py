"""Rates: the shipped ones are assumed, a user's own go before them, what makes no sense is refused."""

from __future__ import annotations

import re
import tomllib

import pytest

from amprep.errors import FileContentError, UsageError
from amprep.model.cost import ANY
from amprep.model.provenance import Grade
from amprep.profiles import find_machine, find_rates, list_sources, profiles_root, rate_of, with_own_rates
from amprep.profiles.rates import RATES, rate_remarks


def values_of(rates):
    for rate in RATES:
        found = getattr(rates, rate.key)
        yield from found.items() if rate.by else [("", found)]


def written(folder, text):
    path = folder / "rates.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_that_is_shipped_is_assumed_with_a_range_and_a_known_source():
    known = {source.key for source in list_sources()}
    found = list(values_of(find_rates()))
    assert len(found) > len(RATES) - 1
    for name, value in found:
        assert value.grade is Grade.ASSUMED, name
        assert value.low < value.value < value.high, name
        assert set(value.sources) <= known, name


def test_the_shipped_file_has_one_line_per_value():
    for line in (profiles_root() / "rates.toml").read_text(encoding="utf-8").splitlines():
        assert not re.match(r"(?!amprep)[\w-]+ = [-\d]", line), line
        assert line.count("{") == line.count("}") or line.startswith("#"), line


def test_shipped_rates_are_those_of_the_facts():
    """Facts, section 8: energy 0.20 to 0.30, argon 2 to 4, M 400-4 150 to 220, M 100 40 to 60."""
    rates = find_rates()
    assert rates.energy_eur_kwh.bounds == (0.2, 0.3)
    assert rates.gas_eur_m3["argon"].bounds == (2, 4)
    assert rates.machine_eur_h["m400-4"].bounds == (150, 220)
    assert rates.machine_eur_h["m100"].bounds == (40, 60)
    assert rates.powder_eur_kg == {}, "the price is the material's"


def test_a_file_of_bare_numbers_replaces_what_it_names(tmp_path):
    path = written(tmp_path, 'machine_eur_h = 95\n[gas_eur_m3]\nargon = 2.5\n[powder_eur_kg]\n"316L" = 44\n')
    rates, shipped = find_rates(path), find_rates()
    own = rate_of(rates, "machine_eur_h", ["m400-4"])
    assert (own.value, own.grade, own.bounds) == (95, Grade.USER, (95, 95))
    assert rate_of(rates, "machine_eur_h", ["anything"]).value == 95
    assert rate_of(rates, "gas_eur_m3", ["argon"]).value == 2.5
    assert rates.gas_eur_m3["nitrogen"] == shipped.gas_eur_m3["nitrogen"]
    assert rate_of(rates, "powder_eur_kg", ["316l"]).value == 44
    assert rates.labour_eur_h == shipped.labour_eur_h
    assert rates.path == str(path)
    assert shipped.path.endswith("rates.toml")


def test_ids_may_be_spelled_as_on_the_command_line(tmp_path):
    rates = find_rates(written(tmp_path, "[machine_eur_h]\nM400_4 = 120\n"))
    assert rate_of(rates, "machine_eur_h", ["m400-4"]).value == 120
    assert list(rates.machine_eur_h) == ["m100", "M400_4"], "the shipped row gave way"


def test_the_shipped_file_can_be_copied(tmp_path):
    text = (profiles_root() / "rates.toml").read_text(encoding="utf-8")
    rates = find_rates(written(tmp_path, text))
    assert list(values_of(rates)) == list(values_of(find_rates()))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("machine_eur_h = -5", "1: machine_eur_h: -5 is negative: must be above 0"),
        ("machine_eur_h = 0", "1: machine_eur_h: 0 is no rate: must be above 0"),
        ("energy_eur_kwh = 0.0", "1: energy_eur_kwh: 0 is no rate"),
        ("labour_eur_h = -1", "1: labour_eur_h: -1 is negative"),
        ("[gas_eur_m3]\nargon = 0", "2: gas_eur_m3.argon: 0 is no rate"),
        ("[powder_eur_kg]\n316l = -44", "2: powder_eur_kg.316l: -44 is negative"),
        ("platform_eur = -1", "1: platform_eur: -1 is negative: must be 0 or more"),
        ("finishing_per_part_h = -0.5", "1: finishing_per_part_h: -0.5 is negative"),
        ("energy_eur_kwh = 250", "1: energy_eur_kwh: 250 is more than 100 EUR/kWh"),
        ("energy_eur_kwh = nan", "1: energy_eur_kwh"),
        ('labour_eur_h = "50"', "1: labour_eur_h: needs a number, has"),
        ("machine_eur_h = true", "1: machine_eur_h: needs a number, or a table of numbers by machine"),
        ("machine_eur = 50", '1: machine_eur: unknown setting, did you mean "machine_eur_h"?'),
        ("labor_eur_h = 50", '1: labor_eur_h: unknown setting, did you mean "labour_eur_h"?'),
        ('labour_eur_h = { value = 50, grade = "assumed", sources = ["X"] }', "needs a range"),
        (
            'labour_eur_h = { value = 50, grade = "assumed", sources = ["X"], range = [0, 60] }',
            "1: labour_eur_h: 0 is no rate",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(tmp_path, text, fault):
    path = written(tmp_path, text)
    with pytest.raises(FileContentError) as caught:
        find_rates(path)
    assert caught.value.code == "E301"
    assert fault in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path):
    text = "machine_eur_h = -5\nlabour_eur_h = 0\n[gas_eur_m3]\nargon = -1\n"
    with pytest.raises(FileContentError) as caught:
        find_rates(written(tmp_path, text))
    assert [fault.split(": ")[1] for fault in caught.value.faults] == [
        "machine_eur_h",
        "labour_eur_h",
        "gas_eur_m3.argon",
    ]


def test_amounts_may_be_nothing(tmp_path):
    amounts = [rate.key for rate in RATES if rate.is_amount]
    rates = find_rates(written(tmp_path, "\n".join(f"{key} = 0" for key in amounts)))
    assert rates.platform_eur == {ANY: rates.platform_eur[ANY]}
    assert rates.set_up_per_job_h.value == rates.platform_eur[ANY].value == 0
    assert len(amounts) == 5


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileContentError) as caught:
        find_rates(tmp_path / "none.toml")
    assert caught.value.code == "E302"


def test_a_jobs_own_rates_go_before_the_file(tmp_path):
    rates = find_rates(written(tmp_path, "[machine_eur_h]\nm400-4 = 120\n"))
    own = with_own_rates(rates, {"machine_eur_h": 60.0, "set_up_per_job_h": 0.0})
    assert rate_of(own, "machine_eur_h", ["m400-4"]).value == 60
    assert own.set_up_per_job_h.grade is Grade.USER
    assert own.labour_eur_h == rates.labour_eur_h
    assert rate_of(rates, "machine_eur_h", ["m400-4"]).value == 120, "the file's rates are as before"
    assert with_own_rates(rates, {}) == rates


def test_wrong_rates_of_a_job_are_refused_together():
    with pytest.raises(UsageError) as caught:
        with_own_rates(find_rates(), {"machine_eur_h": 0.0, "labor_eur_h": 3.0})
    assert "machine_eur_h: 0 is no rate" in str(caught.value)
    assert 'did you mean "labour_eur_h"' in str(caught.value)


def test_a_machine_without_a_rate_is_told_with_the_line_to_write():
    with pytest.raises(FileContentError) as caught:
        rate_of(find_rates(), "machine_eur_h", ["x1"])
    assert caught.value.code == "E364"
    assert "known: m100, m400-4" in str(caught.value)
    assert "x1 = NUMBER" in str(caught.value)


def test_profiles_without_the_new_keys_go_on_working(tmp_path):
    """As users copied them before there were supplies and utilities: assumed defaults take their place."""
    text = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
    utilities = tuple(find_machine("m400-4").utilities.__dataclass_fields__)
    new = ("exposed_dose", "bed_packing", "initial_l", "reserve_pct", "reuse_pct", "supply_l")
    lines = [line for line in text.splitlines() if not line.startswith((*new, *utilities))]
    path = tmp_path / "old.toml"
    path.write_text("\n".join(line for line in lines if line != "[utilities]"), encoding="utf-8")
    assert "utilities" not in tomllib.loads(path.read_text(encoding="utf-8"))
    machine = find_machine(path)
    for noun in (machine.utilities, machine.powder):
        for name in noun.__dataclass_fields__:
            if noun is machine.utilities or name.startswith(new):
                value = getattr(noun, name)
                assert value.grade is Grade.ASSUMED, name
                assert value.low < value.high, name
                assert "default of amprep" in value.note, name
    assert machine.powder.supply_l.value == pytest.approx(1.3 * 64), "l, of a build space of 64 l"


@pytest.mark.parametrize("name", ["m400-4", "EOS M 400-4", "eos-m400-4", "m 400 4", "M400_4"])
def test_aliases_stand_for_the_id(tmp_path, name):
    rates = find_rates(written(tmp_path, f'[machine_eur_h]\n"{name}" = 120\n'))
    machine = find_machine("m400-4")
    assert rate_of(rates, "machine_eur_h", [machine.id, *machine.aliases]).value == 120
    assert rate_of(rates, "machine_eur_h", ["my-own", "m400-4"]).value == 120, "processes_of"


def test_gas_may_be_a_formula(tmp_path):
    rates = find_rates(written(tmp_path, "[gas_eur_m3]\nAr = 2\nN2 = 0.5\nhelium = 9\n"))
    assert [rate_of(rates, "gas_eur_m3", [gas]).value for gas in ("argon", "nitrogen", "helium")] == [
        2,
        0.5,
        9,
    ]


def test_names_that_nothing_has_are_told(tmp_path):
    text = "[machine_eur_h]\nm400 = 99\nours = 80\n[gas_eur_m3]\nhelium = 9\n"
    rates = find_rates(written(tmp_path, text))
    names = {"machine": ["ours"], "material": ["316l"], "gas": ["argon"]}
    assert [notice.code for notice in rate_remarks(rates, names)] == ["W466", "W466"]
    assert not rate_remarks(find_rates(), names)
    assert not rate_remarks(rates, {"machine": ["ours", "m400"], "material": [], "gas": ["helium"]})


def test_two_rows_for_one_machine_and_a_misspelt_gas_are_refused_at_once(tmp_path):
    text = '[machine_eur_h]\nm100 = 1\n"eos m 100" = 2\n[gas_eur_m3]\nargno = 2\n'
    with pytest.raises(FileContentError) as caught:
        find_rates(written(tmp_path, text))
    told = "\n".join(caught.value.faults)
    assert '"m100" and "eos m 100" are the same machine' in told
    assert 'unknown gas "argno". Did you mean "argon"?' in told
