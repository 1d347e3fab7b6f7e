"""`amprep calibrate` from a real job to a profile that gives the measured times."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl
from amprep.profiles import find_machine, find_process_by_id

SLOWER_S = 4.0


def layer_times(job):
    table = pq.read_table(job / "layers.parquet")
    return sum(table[name].to_numpy() for name in ("exposure_s", "recoating_s", "wait_s"))


@pytest.fixture(scope="module")
def prepared(amprep, tmp_path_factory):
    """A folder with a job of 60 layers and a log of a machine that recoats 4 s more slowly."""
    folder = tmp_path_factory.mktemp("calibrate")
    write_stl(box((6.0, 5.0, 2.4)), folder / "block.stl")
    amprep.done("slice", "block.stl", "-m", "m400-4", "--no-report", "-j", "1", cwd=folder)
    times = layer_times(folder / "block.amjob") + SLOWER_S
    times += np.random.default_rng(1).normal(0, 0.05, len(times))
    times[20] += 600
    rows = "".join(
        f"block.amjob;{i + 1};{t:.2f}\n".replace(".", ",").replace("k,a", "k.a") for i, t in enumerate(times)
    )
    (folder / "log.csv").write_text("job;layer;layer_time_s\n" + rows)
    return folder


@pytest.fixture
def place(prepared, tmp_path, monkeypatch):
    folder = tmp_path / "place"
    shutil.copytree(prepared, folder)
    monkeypatch.chdir(folder)
    return folder


def refused(amprep, code, *arguments, status=3):
    outcome = amprep.run("calibrate", *arguments)
    assert outcome.exit_code == status, outcome.stderr
    assert f"error[{code}]" in outcome.stderr
    assert "fix:" in outcome.stderr
    return outcome.stderr


def test_from_a_log_to_times_that_are_right(amprep, place):
    outcome = amprep.done("calibrate", "log.csv", "-m", "m400-4", "-M", "316l", "-o", "mine.toml")
    assert "recoater.time_s.one_sided" in outcome.stdout
    assert "before:" in outcome.stdout
    assert "Left out: 1 row that is a pause" in outcome.stdout
    assert "log.csv:22 (block.amjob layer 21)" in outcome.stdout
    assert "cannot be told apart" in outcome.stdout or "too small" in outcome.stdout
    assert "amprep estimate" in outcome.stdout
    assert "mine.toml" in outcome.stdout
    amprep.done("machines", "show", "mine.toml")
    shipped = find_machine("m400-4").recoater.time_s["one_sided"].value
    found = find_machine("mine.toml").recoater.time_s["one_sided"]
    assert found.value == pytest.approx(shipped + SLOWER_S, abs=0.1)
    assert found.low < found.value < found.high
    amprep.done("slice", "block.stl", "-m", "mine.toml", "--no-report", "-j", "1", "-o", "again.amjob")
    assert layer_times(place / "again.amjob") == pytest.approx(
        layer_times(place / "block.amjob") + SLOWER_S, abs=0.1
    )


def test_a_row_that_is_hardly_off_is_told_with_figures_that_differ(amprep, place):
    lines = (place / "log.csv").read_text().splitlines()
    job, layer, time = lines[31].split(";")
    lines[31] = f"{job};{layer};{float(time.replace(',', '.')) - 0.4:.2f}".replace(".", ",").replace(
        "k,a", "k.a"
    )
    (place / "log.csv").write_text("\n".join(lines) + "\n")
    outcome = amprep.done("calibrate", "log.csv", "-m", "m400-4")
    (told,) = re.findall(r"log\.csv:32 \(block\.amjob layer 31\): (.*), expected (.*)", outcome.stdout)
    assert told[0] != told[1]


def test_the_same_log_gives_the_same_bytes(amprep, place):
    for name in ("one.toml", "two.toml"):
        amprep.done("calibrate", "log.csv", "-m", "m400-4", "-o", name)
    assert (place / "one.toml").read_bytes() == (place / "two.toml").read_bytes()


def test_json_says_the_same(amprep, place):
    outcome = amprep.done("calibrate", "log.csv", "-m", "m400-4", "-o", "mine.toml", "--json")
    document = json.loads(outcome.stdout)
    assert document["schema"] == "amprep.calibration/1"
    assert document["rows"] == 60
    assert document["written"] == "mine.toml"
    assert document["logs"][0]["decimal"] == "comma"
    assert document["cross_validation"]["improved"] is True
    assert (
        document["cross_validation"]["after"]["median_pct"]
        < document["cross_validation"]["before"]["median_pct"]
    )
    assert [one["row"] for one in document["outliers"]] == ["log.csv:22 (block.amjob layer 21)"]
    recoating = document["fitted"][0]
    assert recoating["inputs"] == ["recoater.time_s.one_sided"]
    assert recoating["low"] <= recoating["after"] <= recoating["high"]


def test_rows_left_out_are_named_in_the_language_asked_for(amprep, place):
    text = amprep.done("--lang", "de", "calibrate", "log.csv", "-m", "m400-4").stdout
    assert "log.csv:22 (block.amjob Schicht 21): " in text
    assert "layer 21" not in text


def test_without_an_output_nothing_is_written(amprep, place):
    before = amprep.tree(place)
    assert "-o profile.toml" in amprep.done("calibrate", "log.csv", "-m", "m400-4").stdout
    assert amprep.tree(place) == before


def test_a_fit_that_is_no_better_is_not_written(amprep, place):
    """Exit status 1, with the table all the same: the profile already says what the log says."""
    times = layer_times(place / "block.amjob")
    rows = "".join(f"block.amjob,{i + 1},{t!r}\n" for i, t in enumerate(times.tolist()))
    (place / "log.csv").write_text("job,layer,layer_time_s\n" + rows)
    outcome = amprep.run("calibrate", "log.csv", "-m", "m400-4", "-o", "mine.toml", "--force")
    assert outcome.exit_code == 1
    assert "no profile was written" in outcome.stderr
    assert not (place / "mine.toml").exists()
    document = json.loads(
        amprep.run("calibrate", "log.csv", "-m", "m400-4", "-o", "mine.toml", "--json").stdout
    )
    assert document["written"] is None
    assert document["cross_validation"]["improved"] is False


def test_times_of_whole_jobs_in_a_report(amprep, place):
    """Nine builds of one job, start to end, of which 95 min are no layers: recoating alone can be fitted."""
    total_s = layer_times(place / "block.amjob").sum() + SLOWER_S * 60
    rows = ""
    for build in range(9):
        seconds = round(total_s + 95 * 60 + build - 4)
        rows += f"block.amjob;no. {build};{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d};95\n"
    (place / "jobs.csv").write_text("job;name;total_time_hms;not_layers_min\n" + rows)
    outcome = amprep.done("calibrate", "jobs.csv", "-m", "m400-4", "-o", "mine.toml", "--json")
    document = json.loads(outcome.stdout)
    assert document["cross_validation"]["by"] == "builds"
    assert [one["inputs"] for one in document["fitted"]] == [["recoater.time_s.one_sided"]]
    shipped = find_machine("m400-4").recoater.time_s["one_sided"].value
    found = find_machine("mine.toml").recoater.time_s["one_sided"]
    assert found.value == pytest.approx(shipped + SLOWER_S, abs=0.1)
    assert "9 job times" in found.note


def test_rows_of_features_need_no_job(amprep, place):
    process = find_process_by_id("m400_4_316l_40um")
    speed, contour = process.core.scan_speed_mm_s.value, process.contour.scan_speed_mm_s.value
    rng = np.random.default_rng(2)
    lines = ["hatch_m;contour_mm;turns;jumps;jump_mm;layer_time_s"]
    for _ in range(40):
        hatch, turns, jumps = rng.uniform(0, 80), rng.integers(0, 20_000), rng.integers(1, 3000)
        time_s = 21.0 + hatch * 1000 / speed + 100 / contour + turns * 0.0005 + jumps * (20 / 5000 + 0.0005)
        lines.append(f"{hatch:.4f};100;{turns};{jumps};{jumps * 20};{time_s:.2f}")
    (place / "plain.csv").write_text("\n".join(lines))
    amprep.done("calibrate", "plain.csv", "-m", "m400-4", "-o", "mine.toml")
    assert find_machine("mine.toml").recoater.time_s["one_sided"].value == pytest.approx(21.0, abs=0.5)


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("job,layer,layer_time_s\nblock.amjob,61,20\n", "E384", "block.amjob has 60 layers"),
        ("job,layer,layer_time_s\nblock.amjob,1,20\n", "E385", "too few rows to fit and to check the fit: 1"),
        ("job,layer,layer_time_s\nnone.amjob,1,20\n", "E386", 'no job folder "none.amjob"'),
        ("job,layer,layer_time_s\n.,1,20\n", "E386", "no complete job"),
    ],
)
def test_logs_that_do_not_fit_their_jobs(amprep, place, text, code, what):
    (place / "log.csv").write_text(text)
    assert what in refused(amprep, code, "log.csv", "-m", "m400-4")


def test_jobs_of_another_machine_material_or_process(amprep, place):
    told = refused(amprep, "E386", "log.csv", "-m", "m100")
    assert "made for the machine m400-4, not m100" in told
    assert "material 316l, not ti64" in refused(amprep, "E386", "log.csv", "-m", "m400-4", "-M", "ti64")
    refused(amprep, "E106", "log.csv", "-m", "m400-4", "--process", "m400_4_ti64_30um", status=2)
    document = place / "block.amjob" / "job.json"
    text = document.read_text()
    digest = json.loads(text)["process"]["sha256"]
    document.write_text(text.replace(digest, "0" * 64))
    assert "has changed since" in refused(amprep, "E386", "log.csv", "-m", "m400-4")
    document.unlink()
    assert "no complete job" in refused(amprep, "E386", "log.csv", "-m", "m400-4")


def test_times_of_another_job_are_refused(amprep, place):
    """Most rows lie far off: nothing that could be fitted explains them."""
    rng = np.random.default_rng(4)
    rows = "".join(
        f"block.amjob,{i + 1},{rng.choice([18.0, 18.02, 300.0, 4000.0, 90.0]):.2f}\n" for i in range(60)
    )
    (place / "log.csv").write_text("job,layer,layer_time_s\n" + rows)
    refused(amprep, "E387", "log.csv", "-m", "m400-4")


def test_outputs_that_are_taken_or_impossible(amprep, place):
    (place / "mine.toml").write_text("keep")
    refused(amprep, "E501", "log.csv", "-m", "m400-4", "-o", "mine.toml", status=5)
    assert (place / "mine.toml").read_text() == "keep"
    amprep.done("calibrate", "log.csv", "-m", "m400-4", "-o", "mine.toml", "--force")
    refused(amprep, "E501", "log.csv", "-m", "mine.toml", "-o", "mine.toml", "--force", status=5)
    refused(amprep, "E104", "log.csv", "-m", "m400-4", "-o", "mine.csv", status=2)
    refused(amprep, "E502", "log.csv", "-m", "m400-4", "-o", "no/mine.toml", status=5)
    refused(amprep, "E104", "log.csv", "-m", "m400-4", "--decimal", "dot", status=2)
    refused(amprep, "E384", "log.csv", "log.csv", "-m", "m400-4")


def test_an_error_is_json_when_asked_for(amprep, place):
    (place / "log.csv").write_text("job,layer,layer_time\na,1,2\n")
    outcome = amprep.run("calibrate", "log.csv", "-m", "m400-4", "--json")
    assert outcome.exit_code == 3
    assert json.loads(outcome.stdout)["error"]["code"] == "E383"
