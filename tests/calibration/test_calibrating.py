"""Logs that belong to other machines, waits or times than the model has: refused, not fitted."""

from __future__ import annotations

import numpy as np
import pytest

from amprep.calibration import calibrate
from amprep.errors import FileContentError
from amprep.profiles import find_machine, find_material

RECOATING_S, MM_S, TURN_S = 12.0, 928.0, 0.0005


def calibrated(tmp_path, hatch_mm, times_s):
    rows = zip(hatch_mm, times_s, strict=True)
    lines = (f"{i};{mm:.1f};{mm / 5:.0f};{s:.2f}\n" for i, (mm, s) in enumerate(rows, start=1))
    path = tmp_path / "log.csv"
    path.write_text("layer;hatch_mm;turns;layer_time_s\n" + "".join(lines))
    return calibrate([path], find_machine("m400-4"), find_material("316l"))


def layers(count, most_mm):
    rng = np.random.default_rng(1)
    hatch_mm = rng.uniform(0.0, most_mm, count)
    times_s = RECOATING_S + hatch_mm / MM_S + hatch_mm / 5 * TURN_S + rng.normal(0, 0.1, count)
    return hatch_mm, times_s


@pytest.mark.parametrize("most_mm", [8_000.0, 20_000.0])
def test_layers_that_wait_for_a_minimum_time_are_no_recoating_time(tmp_path, most_mm):
    hatch_mm, times_s = layers(100, most_mm)
    with pytest.raises(FileContentError, match="min_layer_time_s") as raised:
        calibrated(tmp_path, hatch_mm, np.maximum(25.0, times_s))
    assert raised.value.code == "E387"


@pytest.mark.parametrize("times_s", [np.full(100, 60.0), np.random.default_rng(2).uniform(10, 100, 100)])
def test_times_that_do_not_follow_the_exposure_are_refused(tmp_path, times_s):
    with pytest.raises(FileContentError) as raised:
        calibrated(tmp_path, layers(100, 40_000.0)[0], times_s)
    assert raised.value.code == "E387"


@pytest.mark.parametrize("faster", [0.95, 1.0, 1.05])
def test_times_that_follow_it_are_fitted(tmp_path, faster):
    """Also at a scan speed that is 5 % off."""
    hatch_mm, times_s = layers(100, 40_000.0)
    found = calibrated(tmp_path, hatch_mm, times_s + hatch_mm / MM_S * (1 / faster - 1))
    assert found.is_better


def test_layers_that_are_nearly_alike_are_fitted(tmp_path):
    rng = np.random.default_rng(3)
    hatch_mm = 10_000.0 + rng.uniform(0, 20, 100)
    found = calibrated(tmp_path, hatch_mm, 24.0 + rng.normal(0, 0.1, 100))
    assert found.fit.fitted[0].parameter.name.startswith("recoater.time_s")


@pytest.mark.parametrize("switch_s", [0.02, 0.09, 0.25])
def test_delays_far_beyond_the_profile_are_found(tmp_path, switch_s):
    """The solver gets there: 15 to 25 ms from contour to contour were transcribed for an EOS M 270."""
    polylines = np.random.default_rng(4).integers(1, 300, 60)
    lines = (
        f"{i};{n * 10};{n};{RECOATING_S + n * 10 / 900 + n * switch_s:.2f}\n"
        for i, n in enumerate(polylines, start=1)
    )
    path = tmp_path / "log.csv"
    path.write_text("layer;contour_mm;polylines;layer_time_s\n" + "".join(lines))
    found = calibrate([path], find_machine("m400-4"), find_material("316l")).fit
    assert {one.parameter.inputs[0]: one.value for one in found.fitted}[
        "scanner.laser_on_delay_s"
    ] == pytest.approx(switch_s, rel=0.01)


@pytest.mark.parametrize(
    ("factor", "told", "unit"),
    [
        (1e-3, "shorter", "milliseconds that are seconds"),
        (1e3, "longer", "seconds that are milliseconds"),
        (1 / 60, "shorter", "seconds that are minutes"),
        (60, "longer", "minutes that are seconds"),
    ],
)
def test_times_in_another_unit_are_refused(tmp_path, factor, told, unit):
    hatch_mm, times_s = layers(100, 40_000.0)
    rows = zip(hatch_mm, times_s * factor, strict=True)
    path = tmp_path / "log.csv"
    path.write_text(
        "layer;hatch_mm;turns;layer_time_s\n"
        + "".join(f"{i};{mm:.1f};{mm / 5:.0f};{s:.6f}\n" for i, (mm, s) in enumerate(rows, start=1))
    )
    with pytest.raises(FileContentError) as raised:
        calibrate([path], find_machine("m400-4"), find_material("316l"))
    assert raised.value.code == "E387"
    assert f"times {told} than expected" in raised.value.what
    assert unit in raised.value.why
    assert "unit" in raised.value.fix


def test_a_fit_at_a_limit_of_physics_is_refused(tmp_path):
    """Layers take what they expose and nothing more, so recoating would take no time."""
    hatch_mm = np.random.default_rng(1).uniform(20_000.0, 40_000.0, 100)
    with pytest.raises(FileContentError) as raised:
        calibrated(tmp_path, hatch_mm, hatch_mm / MM_S + hatch_mm / 5 * TURN_S - 1.0)
    assert raised.value.code == "E387"
    assert "recoater.time_s" in "".join(raised.value.faults)


def test_the_table_of_an_estimate_is_no_log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("layer,top_mm,contoured_mm2,recoating_s,exposure_s,cumulative_s\n1,0.04,1,18,2,20\n")
    with pytest.raises(FileContentError, match="table of an estimate") as raised:
        calibrate([path], find_machine("m400-4"), find_material("316l"))
    assert raised.value.code == "E383"
