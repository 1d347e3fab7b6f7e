"""`amprep estimate`: parts, job files and job folders; its tables, its cost, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil

import pyarrow.parquet as pq
import pytest
import trimesh

from amprep.cli.figures import FITTED
from amprep.cli.texts import duration_text
from amprep.demonstrators.primitives import box, cylinder
from amprep.output.stl import write_stl
from amprep.profiles import profiles_root

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


def test_places_of_lost_area_are_told_where_all_layers_are_hatched(amprep, shop):
    trimesh.creation.cone(4.0, 5.0, sections=64).export(shop / "cone.stl")
    sliced = document(amprep.done("slice", "cone.stl", *HERE, "--no-report", "--json"))
    assert sliced["area_audit"]["lost_places_in_all"] > 0
    hatched = document(amprep.done("estimate", "cone.stl", *HERE, "--json"))
    assert hatched["area_audit"] == sliced["area_audit"]
    assert hatched["filters"] == sliced["filters"]
    for arguments in (("cone.amjob",), ("cone.stl", *HERE, "--quick")):
        made = document(amprep.done("estimate", *arguments, "--json"))
        audit = made["area_audit"]
        # Nobody looked for them: that is not the same as none.
        assert audit["lost_places"] is audit["lost_places_in_all"] is None
        assert made["repairs"]["parts_with_merged_bodies"] is None


def test_energy_and_gas_name_what_they_rest_on(amprep, part):
    for command in (("estimate",), ("slice", "--no-report")):
        text = amprep.done(*command, "disc.stl", *HERE).stdout
        for label, of in (("Energy", "power_preparing_kw 22 kW"), ("Gas", "gas_flood_l_min 100 l/min")):
            assert re.search(rf"^  {label} .* rests on utilities\.{of} \[.*\] assumed", text, re.MULTILINE)


def test_refills_are_remarked_from_a_job_folder_as_well(amprep, shop):
    write_stl(box((2.0, 2.0, 40.0)), shop / "pin.stl")
    sliced = document(amprep.done("slice", "pin.stl", "-m", "m100", "-j", "1", "--no-report", "--json"))
    assert sliced["refills"]["count"] == 1
    told = next(one for one in sliced["warnings"] if one["code"] == "W464")
    assert told in document(amprep.done("estimate", "pin.amjob", "--json"))["warnings"]


def test_the_text_says_job_time_range_split_and_what_it_rests_on(amprep, part):
    text = amprep.done("estimate", "disc.stl", *HERE).stdout
    time = r"\d+ h \d\d min \(\d+ h \d\d – \d+ h \d\d\)"
    assert re.search(rf"Job time +{time}", text)
    for word in (
        "inerting and heating",
        "recoating",
        "exposure",
        "cooling",
        "→ your machine's own values in a copy",
    ):
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


def test_smoke_is_told_of_vectors_alone(amprep, shop):
    write_stl(box((60.0, 60.0, 0.2)), shop / "block.stl")
    amprep.done("slice", "block.stl", *HERE, "--no-report")
    sliced = json.loads((shop / "block.amjob" / "summary.json").read_text(encoding="utf-8"))["smoke"]
    assert sliced["conflict_s_before"] > sliced["conflict_s_after"] > 0.0, "s"
    stored = document(amprep.done("estimate", "block.amjob", "--json"))["smoke"]
    # The folder holds the order that was found, and nothing of the one before.
    for key in ("conflict_s_before", "exposure_s_before", "layers_reordered"):
        assert stored[key] is None
    for key in ("conflict_s_after", "exposure_s_after", "marking_s"):
        assert stored[key] == pytest.approx(sliced[key], rel=1e-9), "s"
    for key in ("pairs", "worst", "layers_with_conflict"):
        assert stored[key] == sliced[key]
    assert "in another laser's" in amprep.done("estimate", "block.amjob").stdout
    assert document(amprep.done("estimate", "block.stl", *HERE, "--quick", "--json"))["smoke"] is None
    assert "Smoke        not known" in amprep.done("estimate", "block.stl", *HERE, "--quick").stdout


def test_unpacking_counts_on_demand(amprep, part):
    base = ("estimate", "disc.stl", *HERE, "--quick")
    times = document(amprep.done(*base, "--json"))["time_s"]
    plain, counted = (amprep.done(*base, *more).stdout for more in ((), ("--unpacking",)))
    alone = duration_text(times["unpacking"])
    assert re.search(rf"unpacking {re.escape(alone)} \(.*comes after that", plain)
    assert f"Job time     {duration_text(times['job'] + times['unpacking'])} (" in counted
    assert f"· unpacking {alone} (" in counted
    assert "phases.unpacking_s" in counted
    assert "phases.unpacking_s" not in plain


def test_quick_beside_a_folder_is_compared_with_all_of_it(amprep, job):
    text = amprep.done("estimate", "disc.amjob", "--quick").stdout
    assert re.search(r"beside the vectors of the job folder: exposure [+-]\d\.\d %, layers", text)


def test_without_its_parts_a_folder_still_has_its_figures(amprep, job, shop):
    (shop / "disc.stl").unlink()
    found = document(amprep.done("estimate", "disc.amjob", "--json"))
    assert found["method"] == "stored figures"
    assert found["time_s"]["total"] > 0
    assert "the figures of when it was written" in amprep.done("estimate", "disc.amjob").stdout
    assert {"energy_kwh", "gas_m3"} <= set(found)
    text = amprep.done("estimate", "disc.amjob").stdout
    assert "disc.stl is not there any more" in text
    assert "Did you mean" not in text
    for label in ("Job time", "Layers", "Energy", "Gas", "  +loss"):
        assert re.search(rf"^  {label} .*–.* rests on .* assumed · and \d+ more", text, re.MULTILINE), label
    for option in (("--quick",), ("--per-layer", "l.csv"), ("-m", "m100")):
        refused = amprep.run("estimate", "disc.amjob", *option)
        assert refused.exit_code == 3
        assert "the part is not there any more" in refused.stderr
        assert "need" in refused.stderr


def test_a_profile_that_is_gone_is_named(amprep, job, shop):
    toml = shop / "disc.amjob" / "job.toml"
    toml.write_text(
        re.sub('(?m)^machine = ".*"', 'machine = "../mine.toml"', toml.read_text("utf-8")), "utf-8"
    )
    assert "mine.toml cannot be read any more" in amprep.done("estimate", "disc.amjob").stdout


def test_a_rate_that_is_recalled_is_not_told_as_assumed(amprep, part, shop):
    (shop / "rates.toml").write_text("labour_eur_h = 40\n", encoding="utf-8")
    text = amprep.done("estimate", "disc.stl", *HERE, "--quick", "--cost", "rates.toml").stdout
    assert "; assumed: machine_eur_h, powder_eur_kg (recalled), gas_eur_m3, " in text


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


def test_misspelt_rows_of_rates_are_told_and_aliases_hold(amprep, part, shop):
    text = '[machine_eur_h]\nm400 = 99\n"EOS M 100" = 60\n[powder_eur_kg]\n317l = 44\n"1.4404" = 33\n'
    (shop / "rates.toml").write_text(text, encoding="utf-8")
    found = document(amprep.done("estimate", "disc.stl", *HERE, "--cost", "rates.toml", "--json"))
    told = [one["text"] for one in found["warnings"] if one["code"] == "W466"]
    assert told == [
        '[machine_eur_h] m400 = 99 is not used: unknown machine "m400". Did you mean "m400-4"?',
        '[powder_eur_kg] 317l = 44 is not used: unknown material "317l". Did you mean "316l"?',
    ]
    (shop / "plain.toml").write_text("[powder_eur_kg]\n316l = 33\n", encoding="utf-8")
    plain = document(amprep.done("estimate", "disc.stl", *HERE, "--cost", "plain.toml", "--json"))
    assert found["cost_eur"]["powder"] == plain["cost_eur"]["powder"]
    text = amprep.done("estimate", "disc.stl", *HERE, "--cost", "rates.toml").stdout
    assert "; assumed: machine_eur_h, " in text
    assert "powder_eur_kg" not in text.split("; assumed:")[1].splitlines()[0]
    assert "--cost takes yours" not in text
    compared = amprep.done("compare", "disc.stl", "--cost", "rates.toml", "-j", "1").stdout
    assert compared.count("W466") == 2


def test_a_job_on_another_machine_takes_its_process_and_place(amprep, job):
    """The vectors of the folder are those of the other machine, so it is hatched anew."""
    found = document(amprep.done("estimate", "disc.amjob", "-m", "m100", "-j", "1", "--json"))
    assert (found["machine"], found["process"], found["method"]) == ("m100", "m100_316l_20um", "hatched")
    (told,) = [one for one in found["warnings"] if one["code"] == "W467"]
    assert "m100_316l_20um in place of m400_4_316l_40um" in told["text"]
    assert found["input"][0]["position_mm"][:2] == [0.0, 0.0]
    alone = document(amprep.done("estimate", "disc.stl", "-m", "m100", "-j", "1", "--json"))
    assert found["time_s"] == alone["time_s"]


def test_a_profile_of_the_same_machine_changes_nothing_else(amprep, job, shop):
    shipped = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
    own = re.sub(r"(?m)^id = .*", 'id = "ours"\nprocesses_of = "m400-4"', shipped)
    (shop / "ours.toml").write_text(own, encoding="utf-8")
    found = document(amprep.done("estimate", "disc.amjob", "-m", "ours.toml", "--json"))
    assert (found["machine"], found["method"]) == ("ours", "stored vectors")
    assert not [one for one in found["warnings"] if one["code"] == "W467"]


def test_quick_tells_what_can_be_told_without_hatching(amprep, part, shop):
    """A supply of 60 ml must be filled again, with vectors or without."""
    shipped = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
    own = re.sub(
        r"(?m)^(supply_l|initial_l) = .*", lambda m: f"{m[1]} = {0.06 if m[1][0] == 's' else 0}", shipped
    )
    (shop / "mine.toml").write_text(own, encoding="utf-8")
    codes = [
        [
            one["code"]
            for one in document(amprep.done("estimate", "disc.stl", "-m", "mine.toml", *how))["warnings"]
        ]
        for how in (("--json",), ("--json", "--quick"))
    ]
    assert codes[0] == codes[1]
    assert "W464" in codes[0]
    text = amprep.done("estimate", "disc.stl", *HERE, "--quick").stdout
    assert "W212, W214 and W219 are not looked for" in text


def test_quick_says_when_it_is_far_off(amprep, shop):
    """Pins of 20 to 70 µm, which edges expose where the estimate without hatching sees nothing."""
    write_stl(cylinder(0.06, 0.4), shop / "pin.stl")
    found = document(amprep.done("estimate", "pin.stl", "-m", "m400-4", "--quick", "--json"))
    beside = found["quick_beside_hatched"]
    off = abs(beside["quick_exposure_s"] - beside["hatched_exposure_s"]) > 0.2 * beside["hatched_exposure_s"]
    assert off == ("W468" in [one["code"] for one in found["warnings"]])


def test_quick_says_when_nothing_is_exposed(amprep, shop):
    """A fin of 20 µm; hatched it is refused (E408)."""
    write_stl(box((12.0, 0.02, 0.4)), shop / "fin.stl")
    found = document(amprep.done("estimate", "fin.stl", "-m", "m400-4", "--unit", "mm", "--quick", "--json"))
    assert "W468" in [one["code"] for one in found["warnings"]]


def test_many_remarks_of_one_kind_are_told_once(amprep, shop):
    write_stl(box((2.0, 2.0, 0.2)), shop / "cube.stl")
    places = "".join(
        f'[[parts]]\nfile = "cube.stl"\nunit = "mm"\nposition_mm = [{20 + 10 * i}, 2]\n' for i in range(9)
    )
    (shop / "row.toml").write_text(f'amprep = 1\nmachine = "m400-4"\n{places}', encoding="utf-8")
    text = amprep.done("estimate", "row.toml", "-j", "1").stdout
    assert text.count("W405") == 4
    assert "and 6 more like it" in text
    assert len(document(amprep.done("estimate", "row.toml", "--json"))["warnings"]) >= 9


def test_a_job_that_does_not_fit_says_nothing_of_writing(amprep, shop):
    write_stl(box((500.0, 2.0, 0.2)), shop / "long.stl")
    refused = amprep.run("estimate", "long.stl", "-m", "m400-4", "--unit", "mm")
    assert "E401" in refused.stderr
    assert "written" not in refused.stderr


def test_the_quick_kernels_are_known(amprep):
    """As many are met by the run that compiles them as are listed, each for one kind of arguments."""
    from amprep.quick_compiled import exercise, kernels_to_compile, quick_kernels

    exercise()
    assert kernels_to_compile() == 0
    for kernel in quick_kernels():
        assert len(getattr(kernel, "signatures", [0])) <= 1


def test_what_calibrate_fits_is_what_is_told_of_it():
    from amprep.calibration.parameters import _CANDIDATES

    assert set(FITTED) == {name for names, _ in _CANDIDATES for name in names}


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
        (("nowhere",), "E201", 3),
        (("disc.stl", *HERE, "--cost", "gas.toml"), "E301", 3),
        (("disc.stl", *HERE, "--per-layer", "nowhere/l.csv"), "E502", 5),
        (("disc.stl", "job.toml", *HERE), "E104", 2),
        (("job.toml", "--material", "316l"), "E104", 2),
        (("bad.toml",), "E301", 3),
    ],
)
def test_what_is_refused(arguments, code, status, amprep, part, shop):
    (shop / "bad.toml").write_text(RATES.format(-5), encoding="utf-8")
    (shop / "zero.toml").write_text("amprep = 1\n[machine_eur_h]\ndefault = -1\n", encoding="utf-8")
    (shop / "job.toml").write_text('amprep = 1\nmachine = "m400-4"\n[[parts]]\nfile = "disc.stl"\n')
    (shop / "gas.toml").write_text("amprep = 1\n[gas_eur_m3]\nargno = 2\n", encoding="utf-8")
    (shop / "empty").mkdir()
    outcome = amprep.run("estimate", *arguments)
    assert code in outcome.stderr + outcome.stdout
    assert outcome.exit_code == status
    assert "fix:" in outcome.stderr or outcome.stderr.count("\n") > 2


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
