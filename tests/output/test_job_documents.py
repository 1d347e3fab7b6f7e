"""job.toml, summary and profile records: text that every reader understands, whatever names it holds."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import pytest

from amprep.assembling import assemble, assemble_job
from amprep.demonstrators.primitives import box
from amprep.errors import BuildError
from amprep.model.job import ParameterSets
from amprep.model.material import MaterialProfile
from amprep.model.provenance import Grade, GradedValue
from amprep.output.job_toml import job_toml
from amprep.output.profile_record import profile_record
from amprep.output.stl import write_stl
from amprep.output.summary import SCHEMA, job_hash, summary
from amprep.pipeline import prepare
from amprep.profiles import list_machines, list_materials, list_processes
from amprep.reading.job_file import JobFile, read_job_file

NAMES = {
    "quotes": 'the "good" one',
    "backslash": "a\\b\\",
    "backslash before a quote": '\\"',
    "apostrophes": "it's '''three'''",
    "umlauts": "Größe ½ µm",
    "polish and czech": "Żuraw příliš",
    "emoji": "part 🛠",
    "line feed": "two\nlines",
    "tab": "a\tb",
    "control characters": "a\x00\x01\x1f\x7f",
    "c1 control": "a\x85b",
    "no-break space": "a\u00a0b",
    "line separator": "a\u2028b",
    "private use beyond the first plane": "a\U000f0000b",
    "tag character beyond the first plane": "a\U000e0001b",
    "hash": "a # b",
    "empty": "",
    "looks like TOML": '"]\n[[parts]]\nfile = "x"',
}


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    write_stl(box((2, 2, 0.2)), folder / "cube.stl")
    return assemble([folder / "cube.stl"], machine="m400-4", unit="mm")


def not_json(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_odd_names_come_back_from_the_job_file(job, name, tmp_path):
    part = replace(job.parts[0], name=name, source=replace(job.parts[0].source, path=f"{name}.stl"))
    text = job_toml(replace(job, name=name, parts=(part,)), Path())
    read = tomllib.loads(text)
    assert read["name"] == name
    assert read["parts"][0]["name"] == name
    assert len(read["parts"]) == 1
    JobFile.model_validate(read)
    (tmp_path / "job.toml").write_text(text, encoding="utf-8", newline="\n")
    assert read_job_file(tmp_path / "job.toml").name == name


@pytest.mark.parametrize(
    ("source", "folder", "expected"),
    [
        ("cube.stl", "a.amjob", "../cube.stl"),
        ("parts/cube.stl", "out/deep/a.amjob", "../../../parts/cube.stl"),
        ("a.amjob/../cube.stl", "a.amjob", "../cube.stl"),
        ("a.amjob/cube.stl", "a.amjob", "cube.stl"),
        ("../cube.stl", "a.amjob", "../../cube.stl"),
    ],
)
def test_paths_are_relative_to_the_job_file(job, source, folder, expected):
    part = replace(job.parts[0], source=replace(job.parts[0].source, path=source))
    read = tomllib.loads(job_toml(replace(job, parts=(part,)), Path(folder)))
    assert read["parts"][0]["file"] == expected
    assert not PurePosixPath(read["parts"][0]["file"]).is_absolute()


def test_the_job_file_gives_back_every_bit_of_the_position(job, tmp_path):
    position = (1 / 3, 200.1 + 0.2, 0.1 + 0.2)
    rotation = (0.1 + 0.2, -90.0, 1e-7)
    part = replace(job.parts[0], position_mm=position, rotation_deg=rotation)
    (tmp_path / "job.toml").write_text(job_toml(replace(job, parts=(part,)), tmp_path), encoding="utf-8")
    read = read_job_file(tmp_path / "job.toml")
    assert read.parts[0].position_mm == position
    assert read.parts[0].rotation_deg == rotation


def test_a_job_from_the_job_file_is_the_same_job(job, tmp_path):
    (tmp_path / "job.toml").write_text(job_toml(job, tmp_path), encoding="utf-8")
    again = assemble_job(read_job_file(tmp_path / "job.toml"), tmp_path)
    assert job_hash(again) == job_hash(job)
    assert again.parts[0].transform.tolist() == job.parts[0].transform.tolist()


@pytest.mark.parametrize(
    "layers",
    [{"layers": "1.."}, {"layers": "..4"}, {"layers": "3.."}, {"every": 3}, {"layers": "3..", "every": 3}],
)
def test_a_rule_is_written_so_that_it_is_read_again(job, tmp_path, layers):
    rules = [layers | {"hatch": {"laser_power_w": 200}}, layers | {"reexpose": {"regions": ["core"]}}]
    file = {"machine": "m400-4", "parts": [{"file": job.parts[0].source.path, "unit": "mm"}], "rules": rules}
    ruled = assemble_job(JobFile.model_validate(file), tmp_path)
    (tmp_path / "job.toml").write_text(job_toml(ruled, tmp_path), encoding="utf-8")
    again = assemble_job(read_job_file(tmp_path / "job.toml"), tmp_path)
    assert job_hash(again) == job_hash(ruled)
    sets, others = ruled.parameter_sets, again.parameter_sets
    assert [sets.number(0, i) for i in range(5)] == [others.number(0, i) for i in range(5)]


def test_the_summary_is_json_without_nan(job):
    prepared = prepare(job)
    document = summary(job, prepared.estimate, prepared.notices, outputs=["a"], timing_s={"slice": 0.123456})
    text = json.dumps(document, allow_nan=False)
    read = json.loads(text, parse_constant=not_json)
    assert read["schema"] == SCHEMA
    assert read["timing_s"] == {"slice": 0.1235}
    assert read["outputs"] == ["a"]
    assert read["vectors"] == prepared.estimate.vectors
    without = summary(job, prepared.estimate, prepared.notices)
    assert "timing_s" not in without


def test_a_job_that_exposes_nothing_is_refused(tmp_path):
    """A needle of 0.02 mm: too thin for the beam, so no vector is made and all area would be lost."""
    write_stl(box((0.02, 0.02, 0.4)), tmp_path / "needle.stl")
    write_stl(box((5.0, 5.0, 0.4)), tmp_path / "cube.stl")
    job = assemble([tmp_path / "cube.stl", tmp_path / "needle.stl"], machine="m400-4", unit="mm")
    with pytest.raises(BuildError) as caught:
        prepare(job)
    assert caught.value.code == "E408"
    assert caught.value.where == "needle"
    assert "too thin" in caught.value.what


def test_a_filter_that_takes_all_vectors_is_named(tmp_path):
    write_stl(box((5.0, 5.0, 0.4)), tmp_path / "cube.stl")
    parameters = {
        "contour": {"count": 0},
        "hatch": {"beam_offset_mm": 0.05},
        "filters": {"shortest_vector_mm": 8.0},
    }
    job = assemble([tmp_path / "cube.stl"], machine="m400-4", unit="mm", parameters=parameters)
    with pytest.raises(BuildError) as caught:
        prepare(job)
    assert caught.value.code == "E408"
    assert "filtered out" in caught.value.what
    assert "filters.shortest_vector_mm = 8 mm" in caught.value.why


def test_the_hash_of_a_job_follows_what_decides_the_vectors(job):
    part = job.parts[0]
    seen = {job_hash(job)}
    core = replace(job.process.core, hatch_distance_mm=job.process.core.hatch_distance_mm.overridden(0.2))
    other_sets = ParameterSets.uniform(replace(job.process, core=core), parts=1, layers=job.layer_count)
    for other in (
        replace(job, parameter_sets=other_sets),
        replace(job, parts=(replace(part, position_mm=(1.0, 2.0, 0.0)),)),
        replace(job, parts=(replace(part, rotation_deg=(0.0, 0.0, 1.0)),)),
        replace(job, parts=(replace(part, source=replace(part.source, sha256="ff")),)),
        replace(job, parts=(replace(part, source=replace(part.source, unit="m")),)),
        replace(job, machine=replace(job.machine, sha256="ff")),
        replace(job, parts=(part, part)),
    ):
        assert job_hash(other) not in seen
        seen.add(job_hash(other))
    assert all(len(digits) == 16 and int(digits, 16) >= 0 for digits in seen)
    moved_file = replace(part, source=replace(part.source, path="elsewhere/cube.stl"))
    assert job_hash(replace(job, name="other", parts=(moved_file,))) in seen, "names and places do not matter"


def test_profiles_become_plain_data_with_source_and_grade_and_without_paths():
    for profile in [*list_machines(), *list_materials(), *list_processes()]:
        record = profile_record(profile)
        text = json.dumps(record, allow_nan=False)
        assert json.loads(text, parse_constant=not_json) == record
        assert record["path"] == Path(profile.path).name
        assert str(Path(profile.path).parent) not in text
        assert record["id"] == profile.id
        assert record["sha256"] == profile.sha256


def test_a_record_keeps_value_range_grade_and_sources():
    value = GradedValue(8.0, Grade.ASSUMED, ("A", "B"), 7.0, 9.0, "note")
    material = MaterialProfile("x", "X", ("y",), *[value] * 5, None, "a/b/x.toml", "ff")
    record = profile_record(material)
    assert record["solid_density_g_cm3"] == {
        "value": 8.0,
        "grade": "assumed",
        "sources": ["A", "B"],
        "low": 7.0,
        "high": 9.0,
        "note": "note",
    }
    assert record["aliases"] == ["y"]
    assert record["sieve_um"] is None
    assert record["path"] == "x.toml"
    assert profile_record(MappingProxyType({"a": (1, 2)})) == {"a": [1, 2]}
