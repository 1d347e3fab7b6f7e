"""The calibrated profile: valid, with all else as it was, from files of any form."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import numpy as np
import pytest
from tests.calibration.synthetic import layers, measured, profile

from amprep.calibration.calibrating import Calibration
from amprep.calibration.fitting import fit
from amprep.calibration.log import Log
from amprep.calibration.profile_text import plain_toml, value_toml
from amprep.calibration.validation import cross_validated
from amprep.calibration.writing import calibrated_id, profile_text, write_profile
from amprep.model.provenance import Grade
from amprep.profiles import find_machine, find_material, find_process

LOG = Log(
    Path("logs/week 12.csv"),
    (),
    is_per_layer=True,
    resolution_s=0.1,
    separator="comma",
    decimal="point",
    ignored=(),
)


def calibration(machine, process, seed=1):
    rng = np.random.default_rng(seed)
    observations = layers(rng, machine, 120)
    mode = process.recoating_mode.value
    slow = {f"recoater.time_s.{mode}": machine.recoater.time_s[mode].value * 1.3}
    observations, _ = measured(observations, machine, process, slow, rng, noise_s=0.1)
    found = fit(observations, machine, process)
    errors = cross_validated(observations, machine, process, found.is_outlier)
    return Calibration(machine, process, (LOG,), ("0" * 64,), observations, found, errors)


@pytest.mark.parametrize("machine_id", ["m100", "m400-4"])
def test_the_profile_holds_the_fitted_values_and_all_else(machine_id, tmp_path):
    machine, process = profile(machine_id)
    done = calibration(machine, process)
    path = tmp_path / "mine.toml"
    write_profile(done, path)
    written = find_machine(path)
    assert written.id == f"{machine.id}-calibrated"
    assert written.processes_of == machine.id
    assert find_process(written, find_material("316l")).id == process.id
    fitted = set()
    for one in done.fit.fitted:
        total = 0.0
        for name in one.parameter.inputs:
            value = value_of(written, name)
            assert value.grade is Grade.CALIBRATED
            assert value.sources == ("week 12.csv",)
            assert "120 layer times" in value.note
            assert value.low <= value.value <= value.high
            total += value.value
            fitted.add(name)
        assert total == pytest.approx(one.value, rel=1e-4, abs=1e-12)
    before, after = flat(machine), flat(written)
    changed = {key for key in after if before.get(key) != after[key]}
    lag = {f"scanner.{key}" for key in ("time_lag_s", "run_in_lags", "run_out_lags")}
    assert changed - fitted - lag == {"id", "name", "aliases", "processes_of", "recoater.base_time_s"}
    assert fitted <= changed
    base, was = written.recoater.base_time_s, machine.recoater.base_time_s
    assert (base.value, base.low, base.high) == (was.value, None, None)
    assert base.grade is Grade.CALIBRATED


def value_of(machine, name):
    table, key, *mode = name.split(".")
    value = getattr(getattr(machine, table), key)
    return value[mode[0]] if mode else value


def flat(noun, prefix=""):
    found = {}
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        name = prefix + field.name
        if field.name in {"path", "sha256"}:
            continue
        if dataclasses.is_dataclass(value) and not hasattr(value, "grade"):
            found |= flat(value, f"{name}.")
        elif isinstance(value, dict):
            found |= {f"{name}.{key}": one for key, one in value.items()}
        else:
            found[name] = value
    return found


def test_comments_stay():
    machine, process = profile("m400-4")
    text = profile_text(calibration(machine, process))
    source = Path(machine.path).read_text(encoding="utf-8")
    comments = [line for line in source.splitlines() if line.startswith("#")]
    assert len(comments) > 3
    assert all(line in text.splitlines() for line in comments)


def rewritten(tmp_path, change):
    machine, _ = profile("m400-4")
    path = tmp_path / "own.toml"
    path.write_text(change(Path(machine.path).read_text(encoding="utf-8")), encoding="utf-8")
    return path


def as_subtables(text):
    """The same values in tables of their own, keys in quotes, values over several lines."""
    document = tomllib.loads(text)
    mode = document["recoater"]["time_s"]
    del document["recoater"]["time_s"]
    plain = plain_toml(document)
    lines = [plain]
    for key, value in mode.items():
        lines += ["", f'[recoater.time_s."{key}"]']
        for name, one in value.items():
            shown = value_toml(one).replace("[", "[\n  ", 1) if isinstance(one, list) else value_toml(one)
            lines.append(f"{name} = {shown}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        as_subtables,
        lambda text: text.replace('id = "m400-4"', '"id" = "m400-4"\nprocesses_of = "m400-4"  # own'),
        lambda text: plain_toml(tomllib.loads(text)),
    ],
    ids=["shipped", "windows", "subtables", "quoted", "plain"],
)
def test_profiles_of_any_form_can_be_calibrated(tmp_path, change):
    path = rewritten(tmp_path, change)
    machine = find_machine(path)
    _, process = profile("m400-4")
    output = tmp_path / "new.toml"
    write_profile(calibration(machine, process), output)
    written = find_machine(output)
    mode = process.recoating_mode.value
    assert written.recoater.time_s[mode].value == pytest.approx(
        machine.recoater.time_s[mode].value * 1.3, rel=0.02
    )
    assert written.build_volume == machine.build_volume
    assert written.processes_of == "m400-4"


def test_a_calibrated_profile_can_be_calibrated_again(tmp_path):
    machine, process = profile("m400-4")
    write_profile(calibration(machine, process), tmp_path / "one.toml")
    again = find_machine(tmp_path / "one.toml")
    write_profile(calibration(again, process), tmp_path / "two.toml")
    written = find_machine(tmp_path / "two.toml")
    assert (written.id, written.name) == (again.id, again.name)
    assert calibrated_id(again.id) == again.id
    mode = process.recoating_mode.value
    first = machine.recoater.time_s[mode].value
    assert written.recoater.time_s[mode].value == pytest.approx(first * 1.69, rel=0.02)


@pytest.mark.parametrize(
    "value",
    ["", 'a "b" \\ c', "line\nbreak\x7f\x00", "µ – ’", 1, 1.5, -0.0, 1e-7, 1e20, True, [1, "a"], {"a b": 1}],
)
def test_values_survive_as_toml(value):
    assert tomllib.loads(f"v = {value_toml(value)}")["v"] == value
