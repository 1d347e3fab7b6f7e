"""The example log is what its script writes, it calibrates, and the reference names every column."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path

from typer.testing import CliRunner

from amprep.calibration.log import FEATURES
from amprep.cli.app import app

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_the_example_is_written_by_its_script(tmp_path):
    script = shutil.copy(REFERENCE / "calibration_log.py", tmp_path)
    runpy.run_path(script, run_name="__main__")
    written = (tmp_path / "calibration-log.csv").read_text(encoding="utf-8")
    assert written == (REFERENCE / "calibration-log.csv").read_text(encoding="utf-8")


def test_the_example_gives_back_what_it_was_made_with():
    made = runpy.run_path(str(REFERENCE / "calibration_log.py"))
    log = str(REFERENCE / "calibration-log.csv")
    outcome = CliRunner().invoke(app, ["calibrate", log, "-m", "m400-4", "-M", "316l", "--json"])
    assert outcome.exit_code == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    found = {one["inputs"][0]: one for one in document["fitted"]}
    for name, true in {
        "recoater.time_s.one_sided": made["RECOATING_S"],
        "scanner.turnaround_s": made["TURN_S"],
        "scanner.jump_speed_mm_s": made["JUMP_MM_S"],
    }.items():
        assert found[name]["low"] <= true <= found[name]["high"]
    assert len(document["outliers"]) == 2


def test_the_reference_names_every_column_and_code():
    text = (REFERENCE / "calibration-log.md").read_text(encoding="utf-8")
    times = {"layer_time_s", "job_time_s", "total_time_s", "measured_s", "not_layers_s"}
    for name in {*FEATURES, *times, "job", "layer", "layers", "name"}:
        assert f"`{name}`" in text, name
    for code in range(382, 388):
        assert f"E{code}" in text
