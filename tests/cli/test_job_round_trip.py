"""A job folder's job.toml run again gives the same bits, with every kind of parameter in it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from tests.bridge import EVERYTHING, write_bridge

from amprep import assemble
from amprep.model.exposure import AGAIN
from amprep.model.scan import Region
from amprep.output.job_store import read_layer
from amprep.profiles import profiles_root


def hashes(job: Path) -> dict[str, str]:
    """Of all vectors."""
    files = sorted((job / "vectors").iterdir())
    assert files
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture
def job(amprep, shop):
    write_bridge(shop)
    (shop / "job.toml").write_text(EVERYTHING)
    amprep.done("run", "job.toml", "-o", "first.amjob", "--no-report", "-j", "1")
    return shop / "first.amjob"


def test_the_written_job_gives_the_same_bits_again(amprep, shop, job):
    amprep.done("run", "first.amjob/job.toml", "-o", "second.amjob", "--no-report", "-j", "2")
    amprep.done("run", "second.amjob/job.toml", "-o", "third.amjob", "--no-report")
    assert hashes(job) == hashes(shop / "second.amjob") == hashes(shop / "third.amjob")
    texts = [(shop / f"{name}.amjob" / "job.toml").read_text() for name in ("first", "second", "third")]
    assert texts[0] == texts[1] == texts[2]


def test_the_summary_has_the_cost_where_the_job_asks_for_it(amprep, shop, job):
    summary = json.loads((job / "summary.json").read_text())
    cost = summary["cost_eur"]
    items = ("machine", "powder", "gas", "energy", "platform", "labour")
    assert cost["total"] == pytest.approx(sum(cost[item] for item in items))
    assert sum(part["eur"] for part in cost["parts"]) == pytest.approx(cost["total"])
    assert cost["rates"]["machine_eur_h"] == {"value": 95.5, "grade": "user", "range": [95.5, 95.5]}
    assert cost["rates"]["labour_eur_h"]["grade"] == "assumed"
    assert summary["assumptions"]["cost_eur"][0]["effect"] != [0, 0]
    assert summary["gas_m3"]["kind"] == "argon"
    text = (shop / "job.toml").read_text().partition("[cost]")
    rest = text[2].partition("[scaling]")
    (shop / "job.toml").write_text(text[0] + "[scaling]" + rest[2])
    amprep.done("run", "job.toml", "-o", "free.amjob", "--no-report", "-j", "1")
    free = json.loads((shop / "free.amjob" / "summary.json").read_text())
    assert "cost_eur" not in free
    assert {"charge", "reusable", "consumed"} <= set(free["mass_g"])
    assert free["energy_kwh"]["total"] > 0
    assert hashes(job) == hashes(shop / "free.amjob")


def test_a_rate_that_makes_no_sense_is_refused_with_its_line(amprep, shop):
    write_bridge(shop)
    wrong = EVERYTHING.replace("machine_eur_h = 95.5", "machine_eur_h = -3")
    (shop / "job.toml").write_text(wrong)
    line = wrong[: wrong.index("machine_eur_h")].count("\n") + 1
    refused = amprep.run("run", "job.toml")
    assert refused.exit_code == 3
    assert f"job.toml:{line}: cost.machine_eur_h: -3 is negative: must be above 0" in refused.stderr


def test_the_job_has_all_of_its_regions(job):
    found = set().union(*(np.unique(read_layer(job, i).region).tolist() for i in range(30)))
    assert found == {*Region, Region.CONTOUR + AGAIN, Region.UPSKIN + AGAIN, Region.CORE + AGAIN}


def test_the_written_job_says_what_was_said(job):
    written, given = tomllib.loads((job / "job.toml").read_text()), tomllib.loads(EVERYTHING)
    for key in ("contour_order", "part_order", "hatch", "contour", "upskin", "downskin", "edge", "support"):
        assert written[key] == given[key], key
    for key in ("filters", "scaling", "cost"):
        assert written[key] == given[key], key
    for rule, said in zip(written["rules"], given["rules"], strict=True):
        expected = said | ({"layers": "5..5"} if said.get("layers") == "5" else {})
        again = said.get("reexpose")
        assert rule == expected | ({} if again is None else {"reexpose": {"when": "after"} | again})
    assert written["parts"][2]["exposure"] == {
        "hatch": {"stripe_width_mm": 4, "pattern": "hexagon"},
        "contour": {"beam_offset_mm": 0.06, "count": 1},
        "upskin": {"layers": 5},
    }


PROCESS = (profiles_root() / "processes" / "m400_4_316l_40um.toml").read_text(encoding="utf-8")
RULES = """
[[rules]]
layers = "1..8"
[rules.{core}]
hatch_distance_mm = 0.08
[[rules]]
layers = "9.."
every = 5
[rules.upskin]
pattern = "chess"
[rules.reexpose]
regions = ["contour"]
laser_power_w = 101
"""


def test_rules_of_a_process_are_those_of_a_job(amprep, shop):
    """The same rules in a process of one's own, in the job file, and the job of the process run again."""
    write_bridge(shop)
    parts = '[[parts]]\nfile = "bridge.stl"\nunit = "mm"\n'
    (shop / "mine.toml").write_text(PROCESS + RULES.format(core="core"))
    (shop / "a.toml").write_text(f'machine = "m400-4"\nprocess = "./mine.toml"\n{parts}')
    (shop / "b.toml").write_text(f'machine = "m400-4"\n{RULES.format(core="hatch")}{parts}')
    (shop / "c.toml").write_text(f'machine = "m400-4"\n{parts}')
    for name in "abc":
        amprep.done("run", f"{name}.toml", "-o", f"{name}.amjob", "--no-report", "-j", "1")
    amprep.done("run", "a.amjob/job.toml", "-o", "d.amjob", "--no-report", "-j", "1")
    first, second, without, again = (
        [read_layer(shop / f"{name}.amjob", index) for index in range(30)] for name in "abcd"
    )
    differs = []
    for index, (one, other, plain, repeated) in enumerate(zip(first, second, without, again, strict=True)):
        for name in ("segments", "region", "part", "laser"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            np.testing.assert_array_equal(getattr(one, name), getattr(repeated, name))
        if not np.array_equal(one.segments, plain.segments):
            differs.append(index + 1)
    assert differs == [1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 19, 24, 29]
    text = (shop / "a.amjob" / "job.toml").read_text()
    assert "[[rules]]" not in text, "they stand in the process"


def test_values_of_a_process_rule_are_bare_or_have_their_grade(amprep, shop):
    write_bridge(shop)
    bare = '[[rules]]\nlayers = "1..8"\n[rules.{}]\n{} = {}\n'
    graded = '{ value = %s, grade = "secondary", sources = ["AL_STRIPE"], range = [0.05, 0.2] }'
    word = '{ value = "chess", grade = "secondary", sources = ["AL_STRIPE"] }'
    for table, key, value, own in (
        ("core", "hatch_distance_mm", "0.08", graded % "0.08"),
        ("upskin", "pattern", '"chess"', word),
        ("contour", "beam_offset_mm", "0.06", graded % "0.06"),
    ):
        found = []
        for written in (value, own):
            (shop / "mine.toml").write_text(PROCESS + bare.format(table, key, written))
            job = assemble("bridge.stl", machine="m400-4", process="./mine.toml", unit="mm")
            ruled, plain = (job.parameter_sets.process(0, index) for index in (0, 8))
            assert ruled != plain
            noun = getattr(ruled, table)
            changed = dict(noun.own.hatch)[key] if table == "upskin" else getattr(noun, key)
            found.append((changed.value, str(changed.grade), changed.sources))
        assert found[0][0] == found[1][0] == tomllib.loads(f"value = {value}")["value"]
        assert found[0][1:] == ("user", ("USER",))
        assert found[1][1:] == ("secondary", ("AL_STRIPE",))


def test_graded_values_in_the_tables_of_a_process_and_bare_ones(amprep, shop):
    """A skin of its own in a process: with grade and source, or bare, which makes it the user's."""
    write_bridge(shop)
    head, rest = PROCESS.split("[upskin]")
    bare = "layers = 3\nlaser_power_w = 150\npattern = 'chess'\nangles_deg = [10, 20]\n"
    graded = (
        'layers = { value = 3, grade = "user", sources = ["USER"] }\n'
        'laser_power_w = { value = 150, grade = "user", sources = ["USER"], range = [140, 160] }\n'
        'pattern = { value = "chess", grade = "user", sources = ["USER"] }\n'
        'angles_deg = { value = [10, 20], grade = "user", sources = ["USER"] }\n'
    )
    below = rest[rest.index("[downskin]") :]
    for name, table in (("bare", bare), ("graded", graded)):
        (shop / f"{name}.toml").write_text(f"{head}[upskin]\n{table}{below}")
        arguments = ("-m", "m400-4", "-p", f"./{name}.toml", "--unit", "mm", "--no-report", "-j", "1")
        amprep.done("slice", "bridge.stl", *arguments, "-o", f"{name}.amjob")
    for index in (17, 18, 19):
        one, other = (read_layer(shop / f"{name}.amjob", index) for name in ("bare", "graded"))
        np.testing.assert_array_equal(one.segments, other.segments)
        assert Region.UPSKIN in one.region


def test_scaling_counts_for_size_fit_and_volume(amprep, shop):
    """10 mm become 10.1 mm, 50 layers of 0.2 mm … 51; what no longer fits is refused."""
    amprep.write_box(shop / "big.stl", (10.0, 10.0, 10.0))
    amprep.write_box(shop / "long.stl", (398.0, 4.0, 2.0))
    scaled = ("--set", "scaling.x_pct=1", "--set", "scaling.z_pct=2", "--unit", "mm", "-m", "m400-4")
    amprep.done("slice", "big.stl", *scaled, "--no-report", "-j", "1")
    summary = amprep.read_json(shop / "big.amjob" / "summary.json")
    assert "W219" not in str(summary)
    outline = [read_layer(shop / "big.amjob", i) for i in (0, 254)]
    for vectors in outline:
        lines = vectors.segments[np.isin(vectors.region, [1, 4, 5])].astype(np.float64)
        width = np.ptp(lines[:, [0, 2]]) + 2 * 0.05
        assert width == pytest.approx(10.1, abs=1e-3), "mm"
        assert np.ptp(lines[:, [1, 3]]) + 2 * 0.05 == pytest.approx(10.0, abs=1e-3), "mm"
    assert not (shop / "big.amjob" / "vectors" / "00300.parquet").exists()
    assert amprep.run("slice", "long.stl", "--unit", "mm", "-m", "m400-4", "-n").exit_code == 0
    outcome = amprep.run("slice", "long.stl", *scaled, "-n")
    assert outcome.exit_code == 4
    assert "E401" in outcome.stderr
    assert "402.0" in outcome.stderr


def test_the_summary_tells_what_filters_and_order_did(amprep, shop):
    part = write_bridge(shop).name
    outcome = amprep.done(
        "slice", part, "-m", "m400-4", "--unit", "mm", "--no-report", "-o", "told.amjob",
        "--set", "filters.shortest_vector_mm=1", "--set", "hatch.pattern=chess",
        "--set", "hatch.island_mm=1", "--set", "hatch.cell_order=shortest",
    )  # fmt: skip
    told = outcome.stderr + outcome.stdout
    assert "Filters" in told
    assert "short vectors dropped" in told
    assert "Exposed" in told
    summary = json.loads((shop / "told.amjob" / "summary.json").read_text(encoding="utf-8"))
    assert summary["filters"]["short_mm2"] > 0
    assert summary["area_audit"]["lost_short_mm2"] >= summary["filters"]["short_mm2"] * 0.999
    assert ("Order" in told) == (summary["jumps_saved_mm"] > 0)


def test_what_a_profile_says_is_not_frozen_in_the_job(amprep, shop):
    """Built again, a job has all values of its profile as they are then, and its own as they were."""
    write_bridge(shop)
    head, _, rest = PROCESS.partition("[core]\n")
    body = "".join(line for line in rest.splitlines(keepends=True) if not line.startswith("scan_speed_mm_s"))
    body = body.replace("[contour]\n", "[contour]\nscan_speed_mm_s = 900\n")
    (shop / "mine.toml").write_text(f"{head}[core]\nscan_speed_mm_s = 1100\n{body}", encoding="utf-8")
    made = amprep.done(
        "slice", "bridge.stl", "-m", "m400-4", "-p", "./mine.toml", "--unit", "mm", "--no-report",
        "--set", "hatch.laser_power_w=200", "-o", "a.amjob",
    )  # fmt: skip
    assert "hatch.laser_power_w" in made.stdout
    assert "hatch.scan_speed_mm_s" not in made.stdout
    written = tomllib.loads((shop / "a.amjob" / "job.toml").read_text(encoding="utf-8"))
    assert written["hatch"] == {"laser_power_w": 200}
    (shop / "mine.toml").write_text(f"{head}[core]\nscan_speed_mm_s = 1200\n{body}", encoding="utf-8")
    again = amprep.done("run", "a.amjob", "-o", "b.amjob", "--no-report")
    assert "200 W" in again.stdout
    assert "1200 mm/s" in again.stdout
