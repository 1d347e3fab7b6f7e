"""Logs made from the model with known parameters: the fit finds them again, within what it states."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.calibration.synthetic import layers, measured, profile, random_truth

from amprep.calibration.fitting import fit
from amprep.calibration.observations import Prediction
from amprep.calibration.validation import cross_validated
from amprep.model.estimate import ScanColumn

MACHINES = ["m100", "m400-4"]
SEEDS = 100


def sum_of(parameter, truth, model):
    return sum(truth.get(name, model.inputs[name].value) for name in parameter.inputs)


@pytest.mark.parametrize("machine_id", MACHINES)
def test_exact_times_give_back_the_parameters(machine_id):
    """Without noise and with what is not fitted at its true value, to the last digits."""
    machine, process = profile(machine_id)
    rng = np.random.default_rng(1)
    observations = layers(rng, machine, 200)
    prediction = Prediction(observations, machine, process)
    names = {name for one in fit_names(machine, process, observations) for name in one}
    truth = {k: v for k, v in random_truth(rng, prediction.model).items() if k in names}
    observations, _ = measured(observations, machine, process, truth, rng, noise_s=0.0)
    found = fit(observations, machine, process)
    assert not found.is_outlier.any()
    for one in found.fitted:
        assert one.value == pytest.approx(sum_of(one.parameter, truth, prediction.model), rel=1e-5, abs=1e-9)
    assert np.allclose(found.predicted_s, observations.measured_s, rtol=1e-9)


def fit_names(machine, process, observations):
    from amprep.calibration.parameters import fit_parameters

    model = Prediction(observations, machine, process).model
    return [parameter.inputs for parameter in fit_parameters(model)]


@pytest.mark.parametrize("machine_id", MACHINES)
def test_the_stated_intervals_hold_the_truth_as_often_as_they_say(machine_id):
    """95 %: machines anywhere in the ranges of their profile, noise and pauses, over many seeds.

    A true 95 % is missed by the limit below once in a thousand runs per parameter; seeds are fixed.
    """
    machine, process = profile(machine_id)
    held: dict[str, list[bool]] = {}
    pauses = found_pauses = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        observations = layers(rng, machine, 240, first=20)
        model = Prediction(observations, machine, process).model
        truth = random_truth(rng, model)
        observations, is_pause = measured(observations, machine, process, truth, rng, pauses=0.03)
        found = fit(observations, machine, process)
        pauses += int(is_pause.sum())
        found_pauses += int((is_pause & found.is_outlier).sum())
        for one in found.fitted:
            value = sum_of(one.parameter, truth, model)
            held.setdefault(one.parameter.name, []).append(one.low <= value <= one.high)
    assert found_pauses == pauses
    assert {"scanner.turnaround_s", "scanner.jump_delay_s"} < set(held)
    for name, hits in held.items():
        assert np.mean(hits) >= 0.95 - 3.1 * np.sqrt(0.95 * 0.05 / len(hits)), (name, np.mean(hits))
    assert np.mean(np.concatenate(list(held.values()))) >= 0.94


def test_job_times_fit_recoating():
    """Thirty jobs, one time each, in whole minutes: from jobs with hardly any exposure to full ones."""
    machine, process = profile("m400-4")
    rng = np.random.default_rng(3)
    observations = layers(rng, machine, 3000, rows_of=100)
    fill = np.linspace(0.0, 1.0, 30)[observations.row]
    observations = dataclasses.replace(observations, stats=observations.stats * fill[:, None, None])
    mode = process.recoating_mode.value
    truth = {f"recoater.time_s.{mode}": 10.3}
    observations, _ = measured(observations, machine, process, truth, rng, step_s=60.0)
    found = fit(observations, machine, process)
    recoating = found.fitted[0]
    assert recoating.low <= 10.3 <= recoating.high
    assert recoating.high - recoating.low < 3.0


def test_what_is_not_in_the_rows_stays_and_is_told():
    machine, process = profile("m400-4")
    rng = np.random.default_rng(5)
    observations = layers(rng, machine, 100)
    stats = observations.stats.copy()
    stats[:, :, [ScanColumn.CORNERS, ScanColumn.SWITCHES]] = 0.0
    observations = dataclasses.replace(observations, stats=stats)
    observations, _ = measured(observations, machine, process, {}, rng)
    reasons = {one.parameter.name: one.reason for one in fit(observations, machine, process).not_fitted}
    assert "no row has anything" in reasons["scanner.polygon_delay_s"]


def test_of_parameters_that_always_come_together_one_is_fitted():
    machine, process = profile("m400-4")
    rng = np.random.default_rng(6)
    observations = layers(rng, machine, 200)
    stats = observations.stats.copy()
    # Every hatch line of the same length, every jump behind as many turns.
    stats[:, :, ScanColumn.JUMPS] = stats[:, :, ScanColumn.TURNS] / 10
    stats[:, :, ScanColumn.JUMP_MM] = stats[:, :, ScanColumn.JUMPS] * 5.0
    for name, column in {"LONG_JUMPS": ScanColumn.JUMPS, "LONG_JUMP_MM": ScanColumn.JUMP_MM}.items():
        if name in ScanColumn.__members__:
            stats[:, :, ScanColumn[name]] = stats[:, :, column]
    observations = dataclasses.replace(observations, stats=stats)
    observations, _ = measured(observations, machine, process, {}, rng)
    found = fit(observations, machine, process)
    together = {"scanner.turnaround_s", "scanner.jump_delay_s", "scanner.jump_speed_mm_s"}
    fitted = {one.parameter.name for one in found.fitted}
    assert len(fitted & together) == 1
    reasons = {one.parameter.name: one.reason for one in found.not_fitted}
    for name in together - fitted:
        assert "cannot be told apart from scanner." in reasons[name]
    # What is fitted holds the truth of the machine it was made from, as the others are at theirs.
    assert all(one.low <= one.parameter.shown(one.parameter.start) <= one.high for one in found.fitted)


def test_equal_layers_fit_nothing_but_recoating():
    machine, process = profile("m100")
    rng = np.random.default_rng(7)
    observations = layers(rng, machine, 60)
    stats = np.repeat(observations.stats[:1], 60, axis=0)
    observations = dataclasses.replace(observations, stats=stats)
    observations, _ = measured(observations, machine, process, {}, rng)
    assert len(fit(observations, machine, process).fitted) == 1


def test_noise_that_neighbours_share_widens_the_intervals():
    machine, process = profile("m100")
    rng = np.random.default_rng(8)
    observations, _ = measured(layers(rng, machine, 400), machine, process, {}, rng)
    drift = np.repeat(rng.normal(0, 0.5, 20), 20)
    drifting = dataclasses.replace(observations, measured_s=observations.measured_s + drift)
    calm, wild = (fit(one, machine, process) for one in (observations, drifting))
    widths = [one.fitted[0].high - one.fitted[0].low for one in (calm, wild)]
    assert widths[1] > 2 * widths[0]
    assert wild.scatter_s < 3 * calm.scatter_s


@pytest.mark.parametrize("machine_id", MACHINES)
def test_cross_validation_says_what_is_gained(machine_id):
    machine, process = profile(machine_id)
    rng = np.random.default_rng(9)
    observations = layers(rng, machine, 150)
    model = Prediction(observations, machine, process).model
    mode = process.recoating_mode.value
    slow = {f"recoater.time_s.{mode}": model.inputs[f"recoater.time_s.{mode}"].value * 1.5}
    logged, _ = measured(observations, machine, process, slow, rng, noise_s=0.1, pauses=0.02)
    found = fit(logged, machine, process)
    errors = cross_validated(logged, machine, process, found.is_outlier)
    assert errors.is_better
    assert errors.by == "blocks"
    assert errors.before.total_pct < -5.0
    assert abs(errors.after.total_pct) < 0.5
    # What already fits is not made better: exact times of the profile itself.
    exact, _ = measured(observations, machine, process, {}, rng, noise_s=0.0)
    none = np.zeros(len(exact), dtype=bool)
    assert not cross_validated(exact, machine, process, none).is_better


def test_the_order_of_magnitude_of_the_noise_does_not_matter():
    """A log in whole seconds is as good as one in hundredths, but for its width."""
    machine, process = profile("m400-4")
    rng = np.random.default_rng(10)
    observations = layers(rng, machine, 200)
    mode = process.recoating_mode.value
    truth = {f"recoater.time_s.{mode}": 11.2}
    for step in (1.0, 0.01):
        rounded, _ = measured(observations, machine, process, truth, rng, noise_s=0.0, step_s=step)
        recoating = fit(rounded, machine, process).fitted[0]
        assert recoating.low <= 11.2 <= recoating.high
