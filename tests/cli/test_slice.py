"""`amprep slice` and `amprep run`: what they write, that they write the same again, and how they end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from amprep import pipeline
from amprep.output.job_store import ShardWriter
from amprep.profiles import profiles_root

QUICK = ("--no-report", "-j", "1")


def slow_parts(document, *, also=()):
    """A summary without what may differ: seconds of work and paths."""
    kept = {key: value for key, value in document.items() if key not in {"timing_s", "outputs", *also}}
    kept["input"] = [
        {key: value for key, value in part.items() if key != "file"} for part in document["input"]
    ]
    return kept


def vectors(job: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((job / "vectors").iterdir())}


@pytest.mark.parametrize(
    ("machine", "process", "thickness_mm", "layers"),
    [("m400-4", "m400_4_316l_40um", 0.04, 5), ("m100", "m100_316l_20um", 0.02, 10)],
)
def test_a_machine_has_a_default_material_and_process(machine, process, thickness_mm, layers, amprep, shop):
    outcome = amprep.done("slice", "cube.stl", "-m", machine, *QUICK, "--json")
    document = json.loads(outcome.stdout)
    assert document["machine"] == machine
    assert document["material"] == "316l"
    assert document["process"] == process
    assert document["layer_thickness_mm"] == thickness_mm
    assert document["layers"] == layers
    assert len(document["lasers"]) == (4 if machine == "m400-4" else 1)


def test_all_options_reach_the_job(amprep, shop):
    outcome = amprep.done(
        "slice",
        "cube.stl",
        "--machine",
        "M 400-4",
        "--material",
        "AlSi10Mg",
        "--layer-thickness",
        "80um",
        "--unit",
        "inch",
        "--output",
        "out/deep/job",
        "--jobs",
        "2",
        "--no-report",
        "--json",
    )
    document = json.loads(outcome.stdout)
    assert document["process"] == "m400_4_alsi10mg_80um"
    assert document["layer_thickness_mm"] == 0.08
    assert document["input"][0]["unit"] == "inch"
    assert document["input"][0]["unit_is_assumed"] is False
    assert document["input"][0]["size_mm"] == pytest.approx([50.8, 50.8, 5.08], abs=1e-5)
    assert (shop / "out/deep/job/job.json").is_file()
    assert not (shop / "cube.amjob").exists()
    job = tomllib.loads((shop / "out/deep/job/job.toml").read_text(encoding="utf-8"))
    assert job["parts"][0]["file"] == "../../../cube.stl"
    assert job["parts"][0]["unit"] == "inch"


def test_several_parts_stand_in_a_row_with_names_of_their_own(amprep, shop):
    amprep.write_box(shop / "bar.stl", (6.0, 1.0, 0.12))
    outcome = amprep.done("slice", "cube.stl", "bar.stl", "cube.stl", "-m", "m100", *QUICK, "--json")
    parts = json.loads(outcome.stdout)["input"]
    assert [part["name"] for part in parts] == ["cube", "bar", "cube 2"]
    x = [part["position_mm"][0] for part in parts]
    assert x == pytest.approx([-9.0, 0.0, 9.0]), "5 mm between neighbours, in the middle"
    assert all(part["position_mm"][1] == pytest.approx(parts[0]["position_mm"][1], abs=0.6) for part in parts)
    import pyarrow.parquet as pq

    table = pq.read_table(shop / "cube.amjob/vectors/layers-000000.parquet").to_pydict()
    assert set(table["part"]) == {0, 1, 2}
    for key, part in enumerate(parts):
        xs = [value for value, owner in zip(table["x0"], table["part"], strict=True) if owner == key]
        half = part["size_mm"][0] / 2
        assert min(xs) >= part["position_mm"][0] - half
        assert max(xs) <= part["position_mm"][0] + half


def test_no_two_parts_of_a_job_have_the_same_name(amprep, shop):
    shutil.copy("cube.stl", "cube 2.stl")
    outcome = amprep.done("slice", "cube.stl", "cube.stl", "cube 2.stl", "-m", "m100", *QUICK, "--json")
    names = [part["name"] for part in json.loads(outcome.stdout)["input"]]
    assert len(set(names)) == 3, f"messages cannot tell the parts apart: {names}"


def test_the_document_has_the_keys_it_promises(sliced):
    document = sliced.document
    promised = {
        "schema",
        "ok",
        "input",
        "machine",
        "material",
        "process",
        "layer_thickness_mm",
        "layers",
        "vectors",
        "time_s",
        "lasers",
        "mass_g",
        "warnings",
        "outputs",
        "timing_s",
        "area_audit",
        "assumptions",
    }
    assert promised <= set(document), f"missing: {promised - set(document)}"
    assert document["schema"] == "amprep.summary/1"
    assert document["ok"] is True
    assert {"file", "sha256", "triangles", "watertight"} <= set(document["input"][0])
    assert {"total", "recoating", "exposure", "wait", "uncertainty_pct"} <= set(document["time_s"])
    assert {"part", "support", "bed", "loss"} <= set(document["mass_g"])
    assert [laser["id"] for laser in document["lasers"]] == [1, 2, 3, 4]
    assert all("busy_s" in laser for laser in document["lasers"])
    assert {"slice", "hatch"} <= set(document["timing_s"])
    for name in document["outputs"]:
        assert (sliced.folder / name).exists(), f"{name} is named, but not there"


def test_the_document_equals_the_summary_but_for_the_seconds_of_work(sliced, amprep):
    saved = amprep.read_json(sliced.job / "summary.json")
    printed = {key: value for key, value in sliced.document.items() if key != "timing_s"}
    assert printed == saved


def test_totals_add_up(sliced):
    document = sliced.document
    times = document["time_s"]
    assert times["total"] == pytest.approx(times["recoating"] + times["exposure"] + times["wait"], rel=1e-12)
    assert document["volume_mm3"] == pytest.approx(2 * 2 * 0.2)
    for key, duration in (("exposing", "exposure"), ("layers", "total"), ("job", "job")):
        assert document["rate_mm3_s"][key] == pytest.approx(document["volume_mm3"] / times[duration]), key
    audit = document["area_audit"]
    accounted = sum(
        audit[f"{name}_mm2"] for name in ("hatched", "contoured", "lost_thin", "lost_short", "lost_gap")
    )
    assert accounted == pytest.approx(audit["sliced_mm2"], rel=1e-9)
    assert max(laser["busy_s"] for laser in document["lasers"]) <= times["exposure"] * (1 + 1e-12)


def test_json_prints_nothing_but_the_document(sliced):
    allowed = [line for line in sliced.stderr.splitlines() if "kernels" not in line]
    assert allowed == []


def test_the_job_folder_holds_what_it_should_and_no_more(sliced):
    names = sorted(path.relative_to(sliced.job).as_posix() for path in sliced.job.rglob("*"))
    assert names == [
        "job.json",
        "job.toml",
        "layers.parquet",
        "plots",
        "plots/gantt.png",
        "plots/laser-map.png",
        "plots/layer-time.png",
        "plots/layer.png",
        "report.html",
        "summary.json",
        "vectors",
        "vectors/layers-000000.parquet",
    ]
    assert sorted(path.name for path in sliced.folder.iterdir()) == ["cube.amjob", "cube.stl"]


def test_no_file_of_a_job_names_a_place_on_this_machine(sliced):
    for path in sliced.job.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for place in (sliced.folder, profiles_root(), Path(sys.prefix)):
                assert os.fsencode(place) not in data, f"{path.name} names {place}"


def test_the_text_shows_the_numbers_of_the_document(amprep, shop):
    outcome = amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    saved = amprep.read_json(shop / "cube.amjob/summary.json")
    assert f"{saved['layers']} layers" in outcome.stdout
    counts = re.search(r"([\d ]+) hatch and ([\d ]+) contour vectors", outcome.stdout)
    assert sum(int(count.replace(" ", "")) for count in counts.groups()) == saved["vectors"]
    assert "Job time" in outcome.stdout
    assert "bounding boxes on 0.0025 % of the platform" in outcome.stdout
    # A cube of 2 mm melts less than a tenth of a mm³ per second, which is not nothing.
    assert f" {saved['rate_mm3_s']['layers']:.2g} mm³/s over all layers" in outcome.stdout
    assert "Wrote cube.amjob/" in outcome.stdout
    assert "\x1b[" not in outcome.stdout + outcome.stderr, "no colours where no terminal is"
    assert "✓" not in outcome.stderr, "the result belongs on stdout"
    assert "layers …" not in outcome.stdout, "progress belongs on stderr"


@pytest.mark.parametrize(
    ("options", "is_told"), [((), True), (("-M", "316l"), False), (("-p", "m100_316l_20um"), False)]
)
def test_the_default_material_is_told_where_none_was_named(options, is_told, amprep, shop):
    text = amprep.done("slice", "cube.stl", "-m", "m100", "--dry-run", *options).stdout
    assert ("default material" in text) == is_told


def test_each_value_has_its_own_grade_where_they_differ(amprep, shop):
    own = ("--set", "contour.laser_power_w=90", "--set", "hatch.hatch_distance_mm=0.08")
    text = amprep.done("slice", "cube.stl", "-m", "m100", "--dry-run").stdout
    assert "hatch 107 W, 827 mm/s, 0.07 mm (recalled) · contour 55 W, 900 mm/s (assumed)" in text
    text = amprep.done("slice", "cube.stl", "-m", "m100", "--dry-run", *own).stdout
    assert "hatch 107 W (recalled), 827 mm/s (recalled), 0.08 mm (user)" in text
    assert "contour 90 W (user), 900 mm/s (assumed)" in text


def test_what_a_job_sets_to_its_default_is_not_told_as_changed(amprep, shop):
    def told(*values):
        options = [word for value in values for word in ("--set", value)]
        text = amprep.done("slice", "cube.stl", "-m", "m400-4", "--dry-run", *options).stdout
        _, found, names = text.partition("changed by the job: ")
        return names.partition("\n")[0] if found else None

    core = amprep.done("slice", "cube.stl", "-m", "m400-4", "--dry-run").stdout
    power_w = core.partition("hatch ")[2].partition(" W")[0]
    assert told("lasers.strategy=balanced", f"hatch.laser_power_w={power_w}") is None
    assert told("lasers.strategy=balanced", "hatch.hatch_distance_mm=0.08") == "hatch.hatch_distance_mm"
    assert told("part_order=against_gas", "contour_order=first") is None
    assert told("part_order=as_listed", "contour_order=last") == "contour_order, part_order"
    # A hatch of a skin's own gives its contour the same beam, so it is a change whatever its value.
    assert told(f"upskin.laser_power_w={power_w}") == "upskin.laser_power_w"


def test_the_fill_rule_and_all_parts_with_values_of_their_own_are_told(amprep, shop):
    (shop / "copies.toml").write_text(
        'machine = "m400-4"\nfill = "even-odd"\n[[parts]]\nfile = "cube.stl"\n'
        '[[parts]]\nfile = "cube.stl"\ncount = 3\n'
        "[parts.exposure.hatch]\nlaser_power_w = 190\n"
    )
    text = amprep.done("run", "copies.toml", "--dry-run").stdout
    assert "changed by the job: fill · parts with values of their own: 3" in text


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/stdin")
def test_a_profile_may_come_from_a_pipe_which_is_read_once(amprep, shop):
    """What the job changes is told all the same."""
    profile = (profiles_root() / "processes" / "m100_316l_20um.toml").read_bytes()
    options = (
        "-p",
        "/dev/stdin",
        "--set",
        "hatch.hatch_distance_mm=0.08",
        "--no-report",
        "-o",
        "piped.amjob",
    )
    outcome = subprocess.run(
        **amprep.real("slice", "cube.stl", "-m", "m100", *options),
        input=profile,
        capture_output=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert b"changed by the job: hatch.hatch_distance_mm" in outcome.stdout


def test_a_dry_run_writes_nothing(amprep, shop, tmp_path):
    before = amprep.tree(tmp_path)
    text = amprep.done("slice", "cube.stl", "-m", "m400-4", "--dry-run").stdout
    assert "Nothing was written" in text
    assert "cube.amjob" in text
    outcome = amprep.done("slice", "cube.stl", "-m", "m400-4", "-n", "--json", "-o", "a/b")
    document = json.loads(outcome.stdout)
    assert document["schema"] == "amprep.plan/1"
    assert document["ok"] is True
    assert document["layers"] == 5
    assert document["would_write"] == "a/b"
    assert [part["name"] for part in document["parts"]] == ["cube"]
    assert amprep.tree(tmp_path) == before


def test_a_dry_run_refuses_what_the_run_would_refuse(amprep, shop, tmp_path):
    amprep.write_box(shop / "big.stl", (500.0, 500.0, 1.0))
    before = amprep.tree(tmp_path)
    outcome = amprep.run("slice", "big.stl", "-m", "m400-4", "-n", "--json")
    assert outcome.exit_code == 4
    assert json.loads(outcome.stdout)["error"]["code"] == "E401"
    assert amprep.tree(tmp_path) == before


def test_no_report_means_no_pictures(amprep, shop):
    outcome = amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK, "--json")
    assert not (shop / "cube.amjob/plots").exists()
    assert not [name for name in json.loads(outcome.stdout)["outputs"] if "plots" in name]


def test_force_replaces_a_job_as_a_whole(amprep, shop, tmp_path):
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    first = amprep.tree(shop)
    (shop / "cube.amjob/plots").mkdir()
    (shop / "cube.amjob/vectors/layers-000050.parquet").write_bytes(b"of an older, higher part")
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK, "--force")
    assert amprep.tree(shop) == first, "leftovers of the older job are there"


def test_force_takes_an_empty_folder(amprep, shop):
    (shop / "empty").mkdir()
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK, "--force", "-o", "empty")
    assert (shop / "empty/job.json").is_file()


def test_the_part_inside_of_the_job_folder_is_never_deleted(amprep, shop, tmp_path):
    """People put the part beside the vectors; a new run with --force must not take it away."""
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    shutil.move("cube.stl", "cube.amjob/cube.stl")
    outcome = amprep.run("slice", "cube.amjob/cube.stl", "-m", "m400-4", *QUICK, "--force")
    assert (shop / "cube.amjob/cube.stl").is_file(), f"the user's part is gone:\n{outcome.stdout}"


def test_the_same_input_gives_the_same_bytes(sliced, amprep, tmp_path):
    shutil.copy(sliced.folder / "cube.stl", tmp_path)
    amprep.done("slice", "cube.stl", "-m", "m400-4", "--unit", "mm", "-j", "2", cwd=tmp_path)
    assert amprep.tree(tmp_path) == amprep.tree(sliced.folder)


def test_one_and_two_workers_give_the_same_bytes(amprep, shop):
    """60 layers: four chunks, two shards."""
    amprep.write_box(shop / "bar.stl", (30.0, 3.0, 2.4))
    common = ("slice", "bar.stl", "-m", "m400-4", "--no-report")
    for jobs in ("1", "2"):
        (shop / jobs).mkdir()
        shutil.copy("bar.stl", shop / jobs)
        amprep.done(*common, "-j", jobs, cwd=shop / jobs)
    one, two = amprep.tree(shop / "1"), amprep.tree(shop / "2")
    assert "bar.amjob/vectors/layers-000050.parquet" in one
    assert one == two


def test_the_job_file_in_the_folder_builds_the_same_again(sliced, amprep, tmp_path):
    shutil.copytree(sliced.folder, tmp_path / "x")
    job = tmp_path / "x/cube.amjob"
    amprep.done("run", "job.toml", *QUICK, cwd=job)
    again = job / "cube.amjob"
    assert vectors(again) == vectors(job)
    assert (again / "layers.parquet").read_bytes() == (job / "layers.parquet").read_bytes()
    old, new = (amprep.read_json(folder / "summary.json") for folder in (job, again))
    assert slow_parts(new) == slow_parts(old)
    assert (again / "job.toml").read_text() == (job / "job.toml").read_text().replace(
        "../cube.stl", "../../cube.stl"
    )


def test_the_job_file_runs_from_elsewhere_and_replaces_its_own_folder(sliced, amprep, tmp_path):
    shutil.copytree(sliced.folder, tmp_path / "x")
    before = vectors(tmp_path / "x/cube.amjob")
    amprep.done("run", "cube.amjob/job.toml", *QUICK, "--force", cwd=tmp_path / "x")
    assert vectors(tmp_path / "x/cube.amjob") == before
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["cube.amjob", "cube.stl"]
    job = tomllib.loads((tmp_path / "x/cube.amjob/job.toml").read_text(encoding="utf-8"))
    assert job["parts"][0]["file"] == "../cube.stl"


def test_a_job_folder_of_any_name_is_made_again_where_it_lies(sliced, amprep, tmp_path):
    shutil.copytree(sliced.folder, tmp_path / "x")
    job, other = tmp_path / "x/other name.amjob", tmp_path / "x/cube.amjob"
    shutil.copytree(other, job)
    before = {path: path.stat().st_mtime_ns for path in other.rglob("*")}
    (job / "summary.json").unlink()
    amprep.done("run", "x/other name.amjob", *QUICK, "--force", cwd=tmp_path)
    assert (job / "summary.json").is_file()
    assert {path: path.stat().st_mtime_ns for path in other.rglob("*")} == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["x"]


def test_an_assumed_unit_stays_an_assumption_when_the_job_runs_again(amprep, shop):
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    amprep.done("run", "job.toml", *QUICK, cwd=shop / "cube.amjob")
    old, new = (
        amprep.read_json(shop / name / "summary.json") for name in ("cube.amjob", "cube.amjob/cube.amjob")
    )
    assert old["input"][0]["unit_is_assumed"] is True
    assert slow_parts(new) == slow_parts(old), "job.toml turned an assumption into a statement"


def test_a_row_of_parts_builds_the_same_again(amprep, shop):
    amprep.write_box(shop / "bar.stl", (6.0, 1.0, 0.12))
    amprep.done("slice", "cube.stl", "bar.stl", "cube.stl", "-m", "m100", "--unit", "mm", *QUICK)
    job = shop / "cube.amjob"
    amprep.done("run", "job.toml", *QUICK, cwd=job)
    assert vectors(job / "cube.amjob") == vectors(job)
    old, new = (amprep.read_json(folder / "summary.json") for folder in (job, job / "cube.amjob"))
    assert slow_parts(new) == slow_parts(old)


def test_overrides_of_a_job_file_are_kept_in_the_job_file_of_the_result(amprep, shop):
    (shop / "mine.toml").write_text(
        'machine = "m400-4"\nname = "mine"\n[hatch]\nhatch_distance_mm = 0.2\nstart_angle_deg = 30\n'
        '[contour]\nscan_speed_mm_s = 500\n[[parts]]\nfile = "cube.stl"\nunit = "mm"\ncount = 2\n'
        "rotation_deg = [0, 0, 25]\n"
    )
    amprep.done("run", "mine.toml", *QUICK)
    job = shop / "mine.amjob"
    written = tomllib.loads((job / "job.toml").read_text(encoding="utf-8"))
    assert written["hatch"] == {"hatch_distance_mm": 0.2, "start_angle_deg": 30.0}
    assert written["contour"] == {"scan_speed_mm_s": 500.0}
    assert [part["rotation_deg"] for part in written["parts"]] == [[0, 0, 25], [0, 0, 25]]
    amprep.done("run", "job.toml", *QUICK, cwd=job)
    assert vectors(job / "mine.amjob") == vectors(job)
    old, new = (amprep.read_json(folder / "summary.json") for folder in (job, job / "mine.amjob"))
    assert slow_parts(new) == slow_parts(old)


def test_a_pattern_of_the_job_file_is_kept_and_told(amprep, shop):
    (shop / "mine.toml").write_text(
        'machine = "m400-4"\nname = "mine"\n[hatch]\npattern = "chess"\nisland_mm = 3\n'
        '[[parts]]\nfile = "cube.stl"\nunit = "mm"\n'
    )
    outcome = amprep.done("run", "mine.toml", *QUICK)
    assert "chess 3 mm" in outcome.stdout
    job = shop / "mine.amjob"
    written = tomllib.loads((job / "job.toml").read_text(encoding="utf-8"))
    assert written["hatch"] == {"pattern": "chess", "island_mm": 3.0}
    amprep.done("run", "job.toml", *QUICK, cwd=job)
    assert vectors(job / "mine.amjob") == vectors(job)


@pytest.mark.parametrize("ending", [".toml", ".TOML"])
def test_profiles_given_as_files_are_named_by_relative_path_and_found_again(ending, amprep, shop, tmp_path):
    (shop / "profiles").mkdir()
    text = (profiles_root() / "machines/eos_m400_4.toml").read_text(encoding="utf-8")
    text = text.replace('id = "m400-4"', 'id = "my-m400"\nprocesses_of = "m400-4"', 1)
    text = "\n".join("aliases = []" if line.startswith("aliases") else line for line in text.splitlines())
    machine, material = f"profiles/mine{ending}", f"profiles/steel{ending}"
    (shop / machine).write_text(text, encoding="utf-8")
    shutil.copy(profiles_root() / "materials/316l.toml", shop / material)
    amprep.done(
        "slice", "cube.stl", "-m", machine, "-M", shop / material, "--unit", "mm", "-o", "out/job", *QUICK
    )
    job = shop / "out/job"
    written = tomllib.loads((job / "job.toml").read_text(encoding="utf-8"))
    assert written["machine"] == f"../../{machine}"
    assert written["material"] == f"../../{material}"
    (shop / "elsewhere").mkdir()
    amprep.done("run", "../out/job/job.toml", *QUICK, cwd=shop / "elsewhere")
    again = shop / "elsewhere/cube.amjob"
    assert vectors(again) == vectors(job)
    old, new = (amprep.read_json(folder / "summary.json") for folder in (job, again))
    assert new["machine"] == "my-m400"
    assert slow_parts(new) == slow_parts(old)


@pytest.mark.parametrize("ending", [".toml", ".TOML"])
def test_the_command_that_shows_a_machine_of_one_s_own_can_be_pasted(ending, amprep, shop):
    text = (profiles_root() / "machines/eos_m100.toml").read_text(encoding="utf-8")
    text = text.replace('id = "m100"', 'id = "my-m100"\nprocesses_of = "m100"', 1)
    text = "\n".join("aliases = []" if line.startswith("aliases") else line for line in text.splitlines())
    (shop / f"my own{ending}").write_text(text, encoding="utf-8")
    told = amprep.done("slice", "cube.stl", "-m", f"my own{ending}", "--unit", "mm", *QUICK).stdout
    command = next(line for line in told.splitlines() if "Next:" in line).partition("amprep ")[2]
    assert "my-m100" in amprep.done(*shlex.split(command)).stdout


def test_several_job_files_are_done_one_after_the_other(amprep, shop):
    for name in ("a", "b"):
        text = f'machine = "m100"\nname = "{name}"\n[[parts]]\nfile = "cube.stl"\n'
        (shop / f"{name}.toml").write_text(text)
    amprep.done("run", "a.toml", "b.toml", *QUICK)
    assert vectors(shop / "a.amjob") == vectors(shop / "b.amjob")


def test_one_bad_job_file_does_not_stop_the_others_and_is_told_once(amprep, shop):
    (shop / "good.toml").write_text('machine = "m100"\nname = "good"\n[[parts]]\nfile = "cube.stl"\n')
    (shop / "bad.toml").write_text('machine = "m101"\n[[parts]]\nfile = "cube.stl"\n')
    outcome = amprep.run("run", "bad.toml", "good.toml", *QUICK)
    assert outcome.exit_code == 2
    assert (shop / "good.amjob/job.json").is_file()
    assert not (shop / "cube.amjob").exists()
    assert outcome.stderr.count("error[E101]") == 1, f"the same error, twice:\n{outcome.stderr}"


@pytest.mark.parametrize("option", [("-o", "x"), ("--json",)])
def test_options_for_one_job_are_refused_for_several(option, amprep, shop, tmp_path):
    for name in ("a", "b"):
        (shop / f"{name}.toml").write_text('machine = "m100"\n[[parts]]\nfile = "cube.stl"\n')
    before = amprep.tree(tmp_path)
    outcome = amprep.run("run", "a.toml", "b.toml", *option)
    assert outcome.exit_code == 2
    assert "error[E104]" in outcome.stderr
    assert amprep.tree(tmp_path) == before


@pytest.mark.parametrize("name", ["../../up", "a/b", ".", "..", "con:x", " "])
def test_a_job_never_leaves_the_folder_by_its_name(name, amprep, shop, tmp_path):
    (shop / "sub").mkdir()
    text = f'machine = "m100"\nname = "{name}"\n[[parts]]\nfile = "../cube.stl"\n'
    (shop / "sub/j.toml").write_text(text)
    before = set(amprep.tree(tmp_path))
    amprep.done("run", "j.toml", *QUICK, cwd=shop / "sub")
    new = {entry for entry in set(amprep.tree(tmp_path)) - before if "/" not in entry.partition("sub/")[2]}
    assert len(new) == 1, new
    assert new.pop().startswith("shop/sub/")


def test_a_changed_part_is_remarked_when_the_job_runs_again(amprep, shop):
    amprep.done("slice", "cube.stl", "-m", "m100", *QUICK)
    amprep.write_box(shop / "cube.stl", (2.0, 3.0, 0.2))
    outcome = amprep.done("run", "cube.amjob/job.toml", *QUICK, "--json", "-o", "again")
    assert [warning["code"] for warning in json.loads(outcome.stdout)["warnings"]] == ["W110", "W303"]


def test_a_changed_profile_is_remarked_when_the_job_runs_again(amprep, shop):
    shipped = profiles_root() / "machines" / "eos_m100.toml"
    head = 'id = "mine"\nprocesses_of = "m100"'
    mine = shop / "mine.toml"
    mine.write_text(shipped.read_text(encoding="utf-8").replace('id = "m100"', head), encoding="utf-8")
    amprep.done("slice", "cube.stl", "-m", "mine.toml", *QUICK)
    again = ("run", "cube.amjob", *QUICK, "--json", "-o", "again")
    outcome = amprep.done(*again)
    assert [warning["code"] for warning in json.loads(outcome.stdout)["warnings"]] == ["W110"]
    text = mine.read_text(encoding="utf-8")
    faster = re.sub(r"(jump_speed_mm_s = .*value = \d+)0,", r"\g<1>1,", text)
    assert faster != text
    mine.write_text(faster, encoding="utf-8")
    warnings = json.loads(amprep.done(*again, "--force").stdout)["warnings"]
    assert [warning["code"] for warning in warnings] == ["W110", "W313"]
    assert "mine: scanner.jump_speed_mm_s 5000 → 5001" in warnings[1]["text"]
    assert warnings[1]["changed_values"] == 1
    estimated = json.loads(amprep.done("estimate", "cube.amjob", "--json").stdout)["warnings"]
    assert "W313" in [warning["code"] for warning in estimated]


def interrupted(*_args, **_kwargs):
    raise KeyboardInterrupt


@pytest.mark.parametrize("existing", [False, True], ids=["new", "replacing"])
def test_an_interrupt_leaves_nothing_behind_and_exits_130(existing, amprep, shop, tmp_path, monkeypatch):
    if existing:
        amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    before = amprep.tree(tmp_path)
    monkeypatch.setattr(pipeline, "prepare", interrupted)
    outcome = amprep.run("slice", "cube.stl", "-m", "m400-4", *QUICK, "--force")
    assert outcome.exit_code == 130
    assert "interrupted" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert amprep.tree(tmp_path) == before


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_between_layers_leaves_nothing_behind(jobs, amprep, shop, tmp_path, monkeypatch):
    before = amprep.tree(tmp_path)
    write = ShardWriter.write

    def some(self, plan):
        if plan.index == 3:
            raise KeyboardInterrupt
        write(self, plan)

    monkeypatch.setattr(ShardWriter, "write", some)
    outcome = amprep.run("slice", "cube.stl", "-m", "m400-4", "--no-report", "-j", jobs, "-o", "new/out")
    assert outcome.exit_code == 130
    assert amprep.tree(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent differently there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_in_a_real_process_leaves_nothing_behind(jobs, name, amprep, shop, tmp_path):
    """It comes when the temporary folder has appeared, among the layers of a part of 900 cm³."""
    amprep.write_box(shop / "large.stl", (150.0, 150.0, 40.0))
    before = amprep.tree(tmp_path)
    started = amprep.real("slice", "large.stl", "-m", "m400-4", "--no-report", "-j", jobs)
    # Where the tests run in the background, the shell has them ignore SIGINT, and so would their children.
    started["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(**started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            if any(shop.glob(".large*/vectors/*.parquet")):
                break
            time.sleep(0.02)
        process.send_signal(getattr(signal, name))
        try:
            _, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert "interrupted" in stderr
    assert amprep.tree(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not killed this way there")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_killed_process_left_goes_with_the_next_run(jobs, amprep, shop):
    amprep.write_box(shop / "large.stl", (150.0, 150.0, 40.0))
    command = ("slice", "large.stl", "-m", "m400-4", "--no-report", "-o", "out.amjob")
    with subprocess.Popen(
        **amprep.real(*command, "-j", jobs), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            if any(shop.glob(".out*/vectors/*.parquet")):
                break
            time.sleep(0.02)
        # While it works, another run to the same place leaves its folder alone.
        amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK, "-o", "out.amjob")
        assert any(shop.glob(".out*/vectors"))
        process.kill()
        process.communicate()
    left = list(shop.glob(".out*"))
    assert left, "nothing was left behind, so nothing is tried here"
    end = time.monotonic() + 60
    while any(path.exists() for path in left) and time.monotonic() < end:
        # Workers that still run hold it for a moment.
        amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK, "-o", "out.amjob", "--force")
    assert sorted(path.name for path in shop.iterdir()) == ["cube.stl", "large.stl", "out.amjob"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes of this kind")
def test_a_reader_that_goes_away_does_not_stop_the_job(amprep, shop):
    started = amprep.real("slice", "cube.stl", "-m", "m400-4", *QUICK)
    with subprocess.Popen(**started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.wait(timeout=120) == 0, process.stderr.read()
    assert (shop / "cube.amjob" / "job.json").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes of this kind")
@pytest.mark.parametrize(
    ("command", "status"),
    [
        (("machines", "list"), 0),
        (("materials", "show", "316l"), 0),
        (("check", "cube.stl"), 0),
        (("check", "cube.stl", "--fail-on", "nothing"), 2),
    ],
    ids=["machines", "materials", "check", "wrong"],
)
def test_a_reader_that_goes_away_changes_no_answer(amprep, shop, command, status):
    started = amprep.real(*command)
    with subprocess.Popen(**started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.wait(timeout=120) == status, process.stderr.read()


def test_a_fault_of_amprep_exits_70_with_a_log_and_no_traceback(amprep, shop, tmp_path, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the cube is a lie")

    before = amprep.tree(shop)
    monkeypatch.setattr(pipeline, "prepare", broken)
    outcome = amprep.run("slice", "cube.stl", "-m", "m400-4", *QUICK)
    assert outcome.exit_code == 70
    assert outcome.stderr.count("error[E701]") == 1
    assert "Traceback" not in outcome.stderr
    (log,) = (tmp_path / "logs").iterdir()
    assert str(log) in outcome.stderr
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "the cube is a lie" in text
    assert amprep.tree(shop) == before
    outcome = amprep.run("slice", "cube.stl", "-m", "m400-4", *QUICK, "--json")
    assert outcome.exit_code == 70
    assert json.loads(outcome.stdout)["error"]["code"] == "E701"


def test_a_fault_that_cannot_be_logged_is_still_told(amprep, shop, tmp_path, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("the cube is a lie")

    import tempfile

    monkeypatch.setattr(pipeline, "prepare", broken)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full_disk)
    outcome = amprep.run("slice", "cube.stl", "-m", "m400-4", *QUICK)
    assert outcome.exit_code == 70, f"{outcome.exception!r} got out"
    assert "error[E701]" in outcome.stderr


def full_disk(*_args, **_kwargs):
    raise OSError(28, "No space left on device")


def test_a_reader_of_our_output_may_go_away(amprep, shop):
    """As `amprep slice … | head -1`: no traceback, and the job is whole."""
    started = amprep.real("slice", "cube.stl", "-m", "m400-4", *QUICK)
    with subprocess.Popen(**started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=60)
    assert "Traceback" not in stderr, stderr
    assert "BrokenPipe" not in stderr, stderr
    left = [path.name for path in shop.iterdir() if path.name.endswith(".tmp")]
    assert left == []


def test_a_terminal_without_utf_8_gets_the_summary_too(amprep, shop):
    started = amprep.real("slice", "cube.stl", "-m", "m400-4", *QUICK, PYTHONIOENCODING="ascii")
    outcome = subprocess.run(**started, capture_output=True, check=False)
    assert outcome.returncode == 0, outcome.stderr.decode("ascii", "replace")


def test_the_version_is_told(amprep):
    from amprep.version import __version__

    assert amprep.done("--version").stdout == f"amprep {__version__}\n"


@pytest.mark.parametrize("command", [(), ("slice",), ("run",), ("machines",), ("materials",)])
def test_every_command_has_help(command, amprep):
    text = amprep.done(*command, "--help").stdout
    assert "Usage" in text
    with contextlib.suppress(IndexError):
        assert command[0] in text


def test_parts_that_no_laser_reaches_all_of_are_named_where_each_should_have_one(amprep, shop):
    amprep.write_box(shop / "beam.stl", (300.0, 1.0, 0.08))
    options = ("-m", "m400-4", "--unit", "mm", *QUICK, "--force")
    by_part = ("--set", "lasers.strategy=part")
    told = amprep.done("slice", "beam.stl", "cube.stl", *options, *by_part).stdout
    assert "shared by quadrant, as no laser reaches all of it: beam\n" in told
    assert "no laser reaches" not in amprep.done("slice", "cube.stl", *options, *by_part).stdout
    assert "no laser reaches" not in amprep.done("slice", "beam.stl", "cube.stl", *options).stdout


@pytest.mark.parametrize("lang", ["en", "de"])
def test_advice_on_a_job_file_names_its_keys(amprep, shop, lang):
    """`run` has none of the options that say what a job file says."""
    amprep.write_box(Path("long.stl"), (150.0, 20.0, 20.0))
    text = 'machine = "m100"\n[[parts]]\nfile = "long.stl"\nunit = "mm"\n'
    Path("long.toml").write_text(text, encoding="utf-8")
    told = amprep.run("--lang", lang, "run", "long.toml").stderr
    assert 'machine = "m400-4" (' in told
    assert "--machine" not in told
    assert "--machine m400-4 (" in amprep.run("--lang", lang, "slice", "long.stl", "-m", "m100").stderr
    wrong = text.replace('"m100"\n', '"m100"\n[hatch]\nbeam_offset_mm = 0.5\n', 1)
    Path("long.toml").write_text(wrong, encoding="utf-8")
    told = amprep.run("--lang", lang, "run", "long.toml").stderr
    assert "--set" not in told
    assert ("in the job file" if lang == "en" else "in der Jobdatei") in told


def test_a_damaged_job_is_made_again_as_told(amprep, shop):
    """The commands of the advice work, with a part of the folder missing."""
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    shutil.move("cube.amjob", "other.amjob")
    shutil.rmtree("other.amjob/vectors")
    told = amprep.run("view", "other.amjob").stderr
    fix = told.partition("amprep run ")[2].split()
    assert fix[:2] == ["other.amjob", "--force"]
    amprep.done("run", *fix, *QUICK)
    assert Path("other.amjob/vectors").is_dir()
    assert not Path("cube.amjob").exists()
    Path("other.amjob/job.json").unlink()
    told = amprep.run("view", "other.amjob").stderr
    fix = told.partition("amprep run ")[2].split()
    assert "--force" not in fix
    amprep.done("run", *fix, *QUICK)
    assert Path("other-new.amjob/job.json").is_file()
    Path("parts").mkdir()
    assert "amprep run" not in amprep.run("view", "parts").stderr.replace(
        "amprep slice or amprep run wrote", ""
    )


def test_a_job_in_place_of_a_part_is_named(amprep, shop):
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    before = amprep.tree(shop)
    for force in ((), ("--force",)):
        told = amprep.run("slice", "cube.amjob", "-m", "m400-4", *QUICK, *force).stderr
        assert "this is a job folder, no part" in told
        assert "amprep run cube.amjob --force" in told
    assert "amprep report cube.amjob" in amprep.run("check", "cube.amjob").stderr
    assert amprep.tree(shop) == before


def test_a_picture_of_costs_is_there_after_what_is_told(amprep, shop):
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    told = amprep.run("plot", "cube.amjob", "cost").stderr
    assert "add [cost] to cube.amjob/job.toml, then: amprep run cube.amjob --force" in told
    job = Path("cube.amjob/job.toml")
    head, mark, tail = job.read_text(encoding="utf-8").partition("[[parts]]")
    job.write_text(f"{head}[cost]\n\n{mark}{tail}", encoding="utf-8")
    amprep.done("run", "cube.amjob", "--force", *QUICK)
    amprep.done("plot", "cube.amjob", "cost")


def test_masses_of_supports_are_told(amprep, shop):
    amprep.write_box(Path("post.stl"), (1.0, 1.0, 0.4))
    Path("both.toml").write_text(
        'machine = "m400-4"\n[[parts]]\nfile = "cube.stl"\nunit = "mm"\nposition_mm = [100, 100, 0.2]\n'
        '[[parts]]\nfile = "post.stl"\nunit = "mm"\nstructure = "support"\nposition_mm = [100, 100]\n',
        encoding="utf-8",
    )
    told = amprep.done("run", "both.toml", "--no-report", "-j", "1").stdout
    assert re.search(r"part [^·]* \(supports [^)]*g\)", told)
    summary = json.loads(Path("cube.amjob/summary.json").read_text(encoding="utf-8"))
    # 0.8 mm³ of the part, 0.4 mm³ of the support, 0.2 mm³ of which lie in the part.
    assert summary["mass_g"]["support"] == pytest.approx(summary["mass_g"]["part"] * 0.2 / 1.0, rel=0.02)


def test_advice_on_the_job_folder_that_we_stand_in_works(amprep, shop):
    """`amprep run .` would make a job within the folder, which then nothing replaces any more."""
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    inside = shop / "cube.amjob"
    shutil.rmtree(inside / "vectors")
    for place, cwd in ((".", inside), ("..", inside / "plots")):
        cwd.mkdir(exist_ok=True)
        told = amprep.run("view", place, cwd=cwd).stderr
        outside, _, command = told.partition("cd ")[2].partition(" && amprep ")
        assert Path(outside).resolve() == shop.resolve()
        assert command.split()[:3] == ["run", "cube.amjob", "--force"]
    amprep.done(*command.split()[:3], *QUICK)
    assert (inside / "vectors").is_dir()
    (inside / "job.json").unlink()
    told = amprep.run("view", ".", cwd=inside).stderr
    command = told.partition(" && amprep ")[2].split()[:4]
    assert command == ["run", "cube.amjob", "--output", "cube-new.amjob"]
    amprep.done(*command, *QUICK)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_a_job_folder_stays_one(amprep, shop):
    amprep.done("slice", "cube.stl", "-m", "m400-4", *QUICK)
    Path("far").mkdir()
    link = Path("far/link.amjob")
    link.symlink_to(shop / "cube.amjob")
    for _ in range(2):
        amprep.done("run", "far/link.amjob", *QUICK, "--force")
        assert link.is_symlink()
    assert 'file = "../cube.stl"' in (shop / "cube.amjob/job.toml").read_text(encoding="utf-8")
