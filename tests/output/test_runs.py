"""A job folder, opened again: profiles, times and vectors are those that were written."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.demonstrators.primitives import box
from amprep.errors import FileContentError
from amprep.output.job_store import read_layer
from amprep.output.profile_record import profile_record
from amprep.output.recorded_profile import recorded_profile
from amprep.output.stl import write_stl
from amprep.output.summary_reading import odd_value
from amprep.profiles import list_machines, list_materials, list_processes
from amprep.runs import open_run

JOB = """
machine = "m400-4"
material = "316l"
[hatch]
pattern = "chess"
[upskin]
layers = 2
laser_power_w = 123
[cost]
machine_eur_h = 50
[[rules]]
layers = "2..3"
[rules.hatch]
scan_speed_mm_s = 700
[[rules]]
layers = "4.."
[rules.reexpose]
regions = ["core"]
when = "after"
laser_power_w = 99
[[parts]]
file = "cube.stl"
position_mm = [190, 200]
count = 2
[[parts]]
file = "cube.stl"
position_mm = [190, 190]
name = "own"
[parts.exposure.contour]
scan_speed_mm_s = 333
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    room = tmp_path_factory.mktemp("runs")
    write_stl(box((3.0, 3.0, 0.24)), room / "cube.stl")
    (room / "three.toml").write_text(JOB)
    with contextlib.chdir(room):
        outcome = CliRunner().invoke(
            app, ["run", "three.toml", "-o", "three.amjob", "--no-report", "-j", "1"]
        )
    assert outcome.exit_code == 0, outcome.stderr
    return room / "three.amjob"


def equal(one, other):
    """Whether two profiles are the same, but for the folder of their files."""
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one) if field.name != "path"]
        return type(one) is type(other) and all(equal(getattr(one, n), getattr(other, n)) for n in names)
    if isinstance(one, Mapping):
        return dict(one).keys() == dict(other).keys() and all(equal(one[key], other[key]) for key in one)
    return one == other


@pytest.mark.parametrize("listing", [list_machines, list_materials, list_processes])
def test_a_recorded_profile_is_the_profile(listing):
    for profile in listing():
        record = json.loads(json.dumps(profile_record(profile)))
        assert equal(recorded_profile(type(profile), record), profile), profile.id


def test_an_opened_run_is_the_job_that_was_made(folder):
    run = open_run(folder)
    assert equal(run.machine, run.job.machine)
    assert equal(run.material, run.job.material)
    sets, before = run.parameter_sets, run.job.parameter_sets
    assert len(sets.processes) == len(before.processes) > 3
    for part in range(3):
        for layer in range(run.layer_count):
            assert equal(sets.process(part, layer), before.process(part, layer))


def test_times_of_vectors_sum_to_those_of_the_layers(folder):
    run = open_run(folder)
    for index in range(run.layer_count):
        vectors = run.layer(index)
        seconds = np.bincount(vectors.laser, run.vector_times(index, vectors).total_s, minlength=4)
        np.testing.assert_allclose(seconds, run.estimate.layer_times.busy_s[index], rtol=1e-9, atol=1e-12)


def test_beams_are_those_of_the_regions(folder):
    run = open_run(folder)
    seen = set()
    for index in range(run.layer_count):
        vectors = run.layer(index)
        assert np.array_equal(vectors.segments, read_layer(folder, index).segments)
        seen |= set(zip(*(values.tolist() for values in run.beams(index, vectors)), strict=True))
    assert {123.0, 99.0} <= {power for power, _ in seen}
    assert {700.0, 333.0} <= {speed for _, speed in seen}


def test_the_estimate_has_the_figures_of_the_summary(folder):
    run = open_run(folder)
    time = run.summary["time_s"]
    assert run.estimate.layer_times.total_s.sum() == pytest.approx(time["total"], rel=1e-9)
    assert run.estimate.total_s.value == time["total"]
    assert run.estimate.powder.charge_g.high == run.summary["mass_g"]["range"]["charge"][1]
    assert run.plan(2).areas.sliced_mm2 == pytest.approx(27.0, rel=1e-6)
    assert run.is_uncalibrated


def test_what_is_no_finished_job_is_refused(tmp_path, folder):
    with pytest.raises(FileContentError, match="no such job folder"):
        open_run(tmp_path / "nothing.amjob")
    (tmp_path / "empty.amjob").mkdir()
    with pytest.raises(FileContentError, match="no complete job"):
        open_run(tmp_path / "empty.amjob")
    for name in ("job.json", "layers.parquet"):
        (tmp_path / "empty.amjob" / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(FileContentError, match="damaged"):
        open_run(tmp_path / "empty.amjob")
    (tmp_path / "empty.amjob" / "summary.json").write_text('{"time_s": {}}')
    with pytest.raises(FileContentError, match="damaged"):
        open_run(tmp_path / "empty.amjob")


def ways_to(value, way=()):
    """The keys that lead to each value within a document, up to three of a list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:3])
    for key, one in inner:
        yield (*way, key), one
        if isinstance(one, dict | list):
            yield from ways_to(one, (*way, key))


def replaced(document, way, value):
    """A copy of a document with another value at the end of a way; `...` for none."""
    copy = json.loads(json.dumps(document))
    at = copy
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] = value
    if value is ...:
        del at[way[-1]]
    return copy


def test_every_figure_of_a_summary_that_is_of_another_kind_is_told(tmp_path, folder):
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert odd_value(summary) is None
    figures = [
        (way, one)
        for way, one in ways_to(summary)
        if type(one) in (int, float) and way[0] not in ("input", "warnings", "timing_s")
    ]
    assert ("assumptions", "gas_m3", 0, "effect", 0) in [way for way, _ in figures]
    for way, _ in figures:
        for odd in ({"a": 1}, [1], "x", None, True, math.nan):
            place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in way)[1:]
            if odd is None and place.startswith("rate_mm3_s.published"):
                continue
            assert odd_value(replaced(summary, way, odd)) == place
    for way in [("assumptions", "gas_m3", 0, "effect", 0), ("time_s", "range"), ("layers",), ("lasers", 1)]:
        copy = Path(shutil.copytree(folder, tmp_path / "-".join(map(str, way))))
        text = json.dumps(replaced(summary, way, {"a": [2]} if way[0] != "lasers" else 1))
        (copy / "summary.json").write_text(text, encoding="utf-8")
        with pytest.raises(FileContentError, match="damaged") as caught:
            open_run(copy)
        assert caught.value.code == "E302"


def test_a_figure_that_a_summary_lacks_is_told_where_it_is_asked_for(tmp_path, folder):
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    copy = Path(shutil.copytree(folder, tmp_path / "copy.amjob"))
    text = json.dumps(replaced(summary, ("area_audit", "lost_places"), ...))
    (copy / "summary.json").write_text(text, encoding="utf-8")
    run = open_run(copy)
    assert run.summary["area_audit"]["lost_mm2"] == summary["area_audit"]["lost_mm2"]
    with pytest.raises(FileContentError, match="lost_places") as caught:
        run.summary["area_audit"]["lost_places"]
    assert caught.value.code == "E302"


def test_a_layer_that_is_not_there(folder):
    run = open_run(Path(str(folder)))
    with pytest.raises(IndexError):
        run.layer(-1)
    with pytest.raises(IndexError):
        run.layer(run.layer_count)
