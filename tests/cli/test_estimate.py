"""`amprep estimate`: parts, job files and job folders; its tables, its cost, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil

import pyarrow.parquet as pq
import pytest

from amprep.demonstrators.primitives import box, cylinder
from amprep.output.stl import write_stl

HERE = ("-m", "m400-4", "-j", "1")

RATES = """\
amprep = 1
labour_eur_h = {}
"""


@pytest.fixture
def part(shop):
    write_stl(cylinder(24.0, 0.4), shop / "disc.stl")
    return shop / "disc.stl"


@pytest.fixture
def job(amprep, part, shop):
    amprep.done("slice", "disc.stl", *HERE, "--no-report")
    return shop / "disc.amjob"


def document(outcome):
    return json.loads(outcome.stdout)


def test_a_part_is_estimated_as_slice_does_and_nothing_is_written(amprep, part, shop):
    sliced = document(amprep.done("slice", "disc.stl", *HERE, "--no-report", "--json"))
    shutil.rmtree(shop / "disc.amjob")
    before = sorted(path.name for path in shop.iterdir())
    found = document(amprep.done("estimate", "disc.stl", *HERE, "--json"))
    assert found["schema"] == "amprep.estimate/1"
    assert found["method"] == "hatched"
    for key in ("time_s", "mass_g", "energy_kwh", "gas_m3", "refills", "lasers", "assumptions"):
        assert found[key] == sliced[key]
    assert sorted(path.name for path in shop.iterdir()) == before


def test_the_text_says_job_time_range_split_and_what_it_rests_on(amprep, part):
    text = amprep.done("estimate", "disc.stl", *HERE).stdout
    time = r"\d+ h \d\d min \(\d+ h \d\d – \d+ h \d\d\)"
    assert re.search(rf"Job time +{time}", text)
    for word in ("inerting and heating", "recoating", "exposure", "cooling", "→ amprep calibrate"):
        assert word in text
    told = text.split("rests most on:")[1].splitlines()[1:4]
    for line in told:
        assert re.search(r"^ +[a-z_.]+ \S+ \S* ?\[.* – .*\] \w+: .* … ", line), line
    for label in ("Powder", "Energy", "Gas"):
        assert re.search(rf"^  {label} ", text, re.MULTILINE)
    assert "load " in text
    assert "Cost" not in text


def test_quick_says_so_and_how_far_it_is_off(amprep, part):
    text = amprep.done("estimate", "disc.stl", *HERE, "--quick").stdout
    assert re.search(r"without hatching, in .*; \d layers hatched to compare: exposure [+-]\d\.\d %", text)
    found = document(amprep.done("estimate", "disc.stl", *HERE, "--quick", "--json"))
    assert found["method"] == "quick"
    assert abs(found["quick_beside_hatched"]["deviation_pct"]) < 5.0
    full = document(amprep.done("estimate", "disc.stl", *HERE, "--json"))
    assert found["time_s"]["exposure"] == pytest.approx(full["time_s"]["exposure"], rel=0.05)


def test_parameters_and_unit_reach_the_job(amprep, shop):
    write_stl(box((0.4, 0.3, 0.02)), shop / "inches.stl")
    options = ("--unit", "inch", "--set", "hatch.scan_speed_mm_s=500", "--material", "alsi10mg")
    options += ("--layer-thickness", "30um")
    found = document(amprep.done("estimate", "inches.stl", *HERE, *options, "--json"))
    assert found["material"] == "alsi10mg"
    assert found["layer_thickness_mm"] == 0.03
    assert found["input"][0]["unit"] == "inch"


def test_a_job_file_and_its_folder_give_the_same(amprep, job):
    of_file = document(amprep.done("estimate", "disc.amjob/job.toml", "-j", "1", "--json"))
    of_folder = document(amprep.done("estimate", "disc.amjob", "--json"))
    assert of_file["method"] == "hatched"
    assert of_folder["method"] == "stored vectors"
    assert of_folder["time_s"] == of_file["time_s"]
    assert of_folder["mass_g"]["part"] == of_file["mass_g"]["part"]
    assert (
        "from the vectors of the job folder, with the profiles of today"
        in amprep.done("estimate", "disc.amjob").stdout
    )


def test_quick_beside_a_folder_is_compared_with_all_of_it(amprep, job):
    text = amprep.done("estimate", "disc.amjob", "--quick").stdout
    assert re.search(r"beside the vectors of the job folder: exposure [+-]\d\.\d %, layers", text)


def test_without_its_parts_a_folder_still_has_its_figures(amprep, job, shop):
    (shop / "disc.stl").unlink()
    found = document(amprep.done("estimate", "disc.amjob", "--json"))
    assert found["method"] == "stored figures"
    assert found["time_s"]["total"] > 0
    assert "the figures of when it was written" in amprep.done("estimate", "disc.amjob").stdout
    refused = amprep.run("estimate", "disc.amjob", "--quick")
    assert refused.exit_code == 3


def test_cost_with_rates_of_ones_own(amprep, part, shop):
    (shop / "rates.toml").write_text(RATES.format(100), encoding="utf-8")
    found = document(amprep.done("estimate", "disc.stl", *HERE, "--cost", "rates.toml", "--json"))
    cost = found["cost_eur"]
    items = ("machine", "powder", "gas", "energy", "platform", "labour")
    assert cost["total"] == pytest.approx(sum(cost[item] for item in items), rel=1e-9)
    assert cost["labour"] == pytest.approx(100 * cost["labour_h"], rel=1e-9)
    text = amprep.done("estimate", "disc.stl", *HERE, "--cost", "rates.toml").stdout
    for item in items:
        assert re.search(rf"^ +{item} +[\d ]+(\.\d\d)? € \(", text, re.MULTILINE)


def test_a_table_of_layers(amprep, part, shop):
    amprep.done("estimate", "disc.stl", *HERE, "--per-layer", "l.csv")
    text = (shop / "l.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    found = document(amprep.done("estimate", "disc.stl", *HERE, "--json"))
    assert len(rows) == found["layers"]
    assert float(rows[-1]["cumulative_s"]) == pytest.approx(found["time_s"]["total"], rel=1e-9)
    printed = amprep.done("estimate", "disc.stl", *HERE, "--per-layer", "-").stdout
    assert printed.replace("\r\n", "\n") == text.replace("\r\n", "\n")
    amprep.done("estimate", "disc.stl", *HERE, "--per-layer", "l.parquet")
    assert pq.read_table(shop / "l.parquet")["exposure_s"].to_pylist() == [
        float(row["exposure_s"]) for row in rows
    ]
    refused = amprep.run("estimate", "disc.stl", *HERE, "--per-layer", "l.csv")
    assert refused.exit_code == 5
    assert "E501" in refused.stderr
    amprep.done("estimate", "disc.stl", *HERE, "--per-layer", "l.csv", "--force")


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (("nowhere.stl", *HERE), "E201", 3),
        (("disc.stl",), "E104", 2),
        (("disc.stl", "-m", "m999"), "E101", 2),
        (("disc.stl", *HERE, "--per-layer", "l.txt"), "E104", 2),
        (("disc.stl", *HERE, "--per-layer", "-", "--json"), "E104", 2),
        (("disc.stl", *HERE, "--cost", "nowhere.toml"), "E302", 3),
        (("disc.stl", *HERE, "--cost", "bad.toml"), "E301", 3),
        (("disc.stl", *HERE, "--cost", "zero.toml"), "E301", 3),
        (("empty",), "E302", 3),
        (("disc.stl", "job.toml", *HERE), "E104", 2),
        (("job.toml", "--material", "316l"), "E104", 2),
        (("bad.toml",), "E301", 3),
    ],
)
def test_what_is_refused(arguments, code, status, amprep, part, shop):
    (shop / "bad.toml").write_text(RATES.format(-5), encoding="utf-8")
    (shop / "zero.toml").write_text("amprep = 1\n[machine_eur_h]\ndefault = -1\n", encoding="utf-8")
    (shop / "job.toml").write_text('amprep = 1\nmachine = "m400-4"\n[[parts]]\nfile = "disc.stl"\n')
    (shop / "empty").mkdir()
    outcome = amprep.run("estimate", *arguments)
    assert code in outcome.stderr + outcome.stdout
    assert outcome.exit_code == status


@pytest.mark.parametrize(
    "damage",
    [
        "unfinished",
        "shard missing",
        "shard damaged",
        "table missing",
        "{}",
        "[]",
        "null",
        '{"shards": [1], "layers": {}}',
    ],
)
def test_damaged_folders(damage, amprep, job, shop):
    shard = next((job / "vectors").iterdir())
    if damage == "unfinished":
        (job / "job.json").unlink()
    elif damage == "shard missing":
        shard.unlink()
    elif damage == "shard damaged":
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 255
        shard.write_bytes(content)
    elif damage == "table missing":
        (job / "layers.parquet").unlink()
    else:
        (job / "job.json").write_text(damage, encoding="utf-8")
    outcome = amprep.run("estimate", "disc.amjob")
    assert outcome.exit_code == 3
    assert "E302" in outcome.stderr
    assert "amprep run" in outcome.stderr
