"""What a job of several lasers tells of their smoke, from the job file to the summary."""

from __future__ import annotations

import json

import pytest

from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl

HEAD = 'machine = "m400-4"\n'
# A row across the gas in front, and one behind: laser 1 exposes the first, laser 3 the other.
PLACES = [(x, y) for y in (60, 240) for x in (30, 70, 110, 150)]
PARTS = "".join(f'[[parts]]\nfile = "block.stl"\nposition_mm = [{x}, {y}]\n' for x, y in PLACES)


@pytest.fixture
def plate(shop):
    write_stl(box((10.0, 10.0, 0.12)), shop / "block.stl")
    (shop / "job.toml").write_text(HEAD + PARTS, encoding="utf-8")
    (shop / "as_given.toml").write_text(HEAD + '[lasers]\nsmoke_order = "no"\n' + PARTS, encoding="utf-8")
    return shop


def summary_of(amprep, *arguments):
    return json.loads(amprep.done(*arguments, "--no-report", "--force", "--json").stdout)


def test_smoke_is_told_before_and_after_the_order(amprep, plate):
    smoke = summary_of(amprep, "run", "job.toml", "-o", "a.amjob")["smoke"]
    given = summary_of(amprep, "run", "as_given.toml", "-o", "b.amjob")["smoke"]
    assert smoke["order"] == "yes"
    assert given["order"] == "no"
    assert smoke["conflict_s_before"] == pytest.approx(given["conflict_s_after"], rel=1e-9), "s"
    assert smoke["conflict_s_after"] < 0.1 * smoke["conflict_s_before"], "s"
    assert smoke["exposure_s_after"] <= 1.01 * smoke["exposure_s_before"], "s"
    assert given["layers_reordered"] == 0
    assert given["worst"]["upwind"] == 3
    assert given["worst"]["downwind"] == 1
    assert sum(pair["conflict_s"] for pair in given["pairs"]) == pytest.approx(given["conflict_s_after"])
    assert smoke["reach_mm"] == {"value": 200.0, "grade": "assumed", "range": [50.0, 400.0]}
    assert smoke["gas_flow_direction"]["value"] == "-y"
    # What was made says how: made again, it is the same.
    again = summary_of(amprep, "run", "b.amjob", "-o", "c.amjob")["smoke"]
    assert again == given


def test_the_result_has_one_line_of_smoke_where_there_are_several_lasers(amprep, plate):
    told = amprep.done("run", "job.toml", "-o", "a.amjob", "--no-report").stdout
    (line,) = [line for line in told.splitlines() if line.strip().startswith("Smoke")]
    assert "without an order against it" in line
    assert "assumed" in line
    told = amprep.done("slice", "cube.stl", "-m", "m100", "-o", "b.amjob", "--no-report").stdout
    assert "Smoke" not in told
    told = amprep.done("slice", "block.stl", "-m", "m400-4", "-o", "d.amjob", "--no-report").stdout
    (line,) = [line for line in told.splitlines() if line.strip().startswith("Smoke")]
    assert "in another" in line


def test_the_machine_shows_what_it_assumes_of_smoke(amprep, plate):
    told = amprep.done("machines", "show", "m400-4").stdout
    for words in ("Smoke of a melt pool", "reach", "half width", "half angle"):
        assert words in told


def test_a_laser_in_the_smoke_of_two_is_told_once(amprep, shop):
    """A small cube under all four lasers: each mostly stands in the smoke of several."""
    write_stl(box((5.0, 5.0, 0.4)), shop / "small.stl")
    smoke = summary_of(amprep, "slice", "small.stl", "-m", "m400-4", "-o", "e.amjob")["smoke"]
    assert smoke["conflict_s_after"] > smoke["marking_s"] > smoke["in_smoke_s_after"] > 0.0, "s"
    again = json.loads(amprep.done("estimate", "e.amjob", "--json").stdout)["smoke"]
    assert again["in_smoke_s_after"] == pytest.approx(smoke["in_smoke_s_after"], rel=1e-9), "s"
    assert again["one_laser_s"] == pytest.approx(smoke["one_laser_s"], rel=1e-9), "s"
