"""The scanner of a machine profile: turnaround or time lag, and what a profile may leave out."""

import re

import pytest

from amprep.errors import FileContentError
from amprep.model.machine import Phases, Recoater, Scanner
from amprep.model.provenance import Grade
from amprep.profiles import find_machine, profiles_root

SHIPPED = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
NEW = (
    "acceleration_mm_s2",
    "sky_writing",
    "run_in_lags",
    "run_out_lags",
    "mark_delay_s",
    "part_change_s",
    "first_layers_extra_s",
    "unpacking_s",
)


def machine_with(folder, **lines):
    """The shipped machine with lines replaced, by key, or left out for None."""
    text = SHIPPED
    for key, value in lines.items():
        line = "" if value is None else f"{key} = {value}\n"
        text, count = re.subn(rf"(?m)^{key} = .*\n", lambda _, line=line: line, text)
        assert count == 1, key
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return find_machine(path)


@pytest.mark.parametrize("machine", ["m100", "m400-4"])
def test_a_turn_costs_what_the_record_of_an_m290_says(machine):
    scanner = find_machine(machine).scanner
    assert scanner.turnaround_s.value == pytest.approx(0.478e-3, rel=1e-12), "s"
    turn = scanner.turnaround_s.value + 0.11 / scanner.jump_speed_mm_s.value
    assert turn == pytest.approx(0.50e-3, rel=1e-12), "s"
    assert scanner.turnaround_s.grade is Grade.DERIVED
    assert scanner.turnaround_s.bounds == pytest.approx((2.5 * 0.15e-3, 2.5 * 0.23e-3)), "s"
    assert "RTC5" in scanner.turnaround_s.sources


@pytest.mark.parametrize("machine", ["m100", "m400-4"])
def test_a_long_jump_costs_half_a_millisecond_beside_its_way(machine):
    scanner = find_machine(machine).scanner
    to_speed = scanner.jump_speed_mm_s.value / scanner.acceleration_mm_s2.value
    assert scanner.jump_delay_s.value + to_speed == pytest.approx(0.5e-3), "s"


def test_a_measured_turnaround_takes_the_place_of_the_lag(tmp_path):
    text = re.sub(r"(?m)^run_(in|out)_lags = .*\n", "", SHIPPED)
    text = re.sub(r"(?m)^time_lag_s = .*$", "turnaround_s = 0.0006", text)
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    scanner = find_machine(path).scanner
    assert (scanner.turnaround_s.value, scanner.turnaround_s.grade) == (0.0006, Grade.USER)
    assert scanner.time_lag_s is None


def test_bare_numbers_and_words_count_as_the_users_own(tmp_path):
    scanner = machine_with(
        tmp_path, time_lag_s="0.0002", run_in_lags="3", run_out_lags="2.0", sky_writing='"all"'
    ).scanner
    assert scanner.turnaround_s.value == pytest.approx(0.001), "s"
    assert scanner.turnaround_s.grade is Grade.USER
    assert (scanner.sky_writing.value, scanner.sky_writing.grade) == ("all", Grade.USER)


def test_a_profile_of_before_gets_assumed_defaults(tmp_path):
    machine = machine_with(tmp_path, **dict.fromkeys(NEW))
    owners = {Scanner: machine.scanner, Recoater: machine.recoater, Phases: machine.phases}
    for key in NEW:
        noun = next(noun for owner, noun in owners.items() if key in owner.__dataclass_fields__)
        value = getattr(noun, key)
        assert value.grade is (Grade.DERIVED if "lags" in key else Grade.ASSUMED), key
        if value.grade is Grade.ASSUMED and key != "sky_writing":
            assert value.bounds[0] <= value.value <= value.bounds[1], key
            assert value.bounds[0] < value.bounds[1], key
    shipped = find_machine("m400-4").scanner
    assert machine.scanner.turnaround_s.value == shipped.turnaround_s.value


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("time_lag_s", None, "scanner: needs turnaround_s, or time_lag_s"),
        ("time_lag_s", "0.0002\nturnaround_s = 0.0005", "scanner: has both turnaround_s and time_lag_s"),
        ("acceleration_mm_s2", "0", "scanner.acceleration_mm_s2: 0 is not between"),
        ("jump_speed_mm_s", "-5000", "scanner.jump_speed_mm_s: -5000 is not between"),
        ("part_change_s", "-0.1", "scanner.part_change_s: -"),
        ("sky_writing", '"contours"', "scanner.sky_writing"),
        ("unpacking_s", "-1", "phases.unpacking_s: -"),
        ("first_layers_extra_s", "-1", "recoater.first_layers_extra_s: -"),
    ],
)
def test_faults_are_told_with_key(tmp_path, key, value, told):
    with pytest.raises(FileContentError) as caught:
        machine_with(tmp_path, **{key: value})
    assert told in str(caught.value)
    assert caught.value.code == "E301"
