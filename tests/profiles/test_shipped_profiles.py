"""The profiles that amprep ships: complete, graded, sourced, and true to the published rates."""

import dataclasses
import pickle
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from amprep.model.provenance import Grade, GradedText, GradedValue
from amprep.profiles import (
    find_machine,
    find_rates,
    list_machines,
    list_materials,
    list_processes,
    list_sources,
    profiles_root,
)

FILES = sorted(profiles_root().glob("*/*.toml"))


def graded_in(noun: Any, name: str = "") -> Iterator[tuple[str, GradedValue | GradedText]]:
    """All graded values of a noun with the path to them."""
    if isinstance(noun, GradedValue | GradedText):
        yield name, noun
    elif dataclasses.is_dataclass(noun):
        for field in dataclasses.fields(noun):
            yield from graded_in(getattr(noun, field.name), f"{name}.{field.name}")
    elif isinstance(noun, Mapping):
        for key, value in noun.items():
            yield from graded_in(value, f"{name}.{key}")
    elif isinstance(noun, tuple):
        for i, value in enumerate(noun):
            yield from graded_in(value, f"{name}.{i}")


def all_nouns() -> list[Any]:
    return [*list_machines(), *list_materials(), *list_processes()]


def test_everything_is_there():
    assert [machine.id for machine in list_machines()] == ["m100", "m400-4"]
    assert len(list_materials()) == 11
    assert len(list_processes()) == 12
    assert len(FILES) == 25


@pytest.mark.parametrize("noun", all_nouns(), ids=lambda noun: noun.id)
def test_every_value_has_a_known_source_and_a_grade(noun):
    known = {source.key for source in list_sources()}
    found = list(graded_in(noun, noun.id))
    assert found
    for name, graded in found:
        assert isinstance(graded.grade, Grade), name
        assert graded.sources, name
        assert set(graded.sources) <= known, name
        assert graded.grade is not Grade.USER, name


@pytest.mark.parametrize("noun", all_nouns(), ids=lambda noun: noun.id)
def test_ranges_hold_their_values_and_unconfirmed_numbers_have_one(noun):
    for name, graded in graded_in(noun, noun.id):
        if isinstance(graded, GradedText):
            continue
        low, high = graded.bounds
        assert low <= graded.value <= high, name
        if graded.grade.is_unconfirmed and ".facts." not in name:
            assert graded.low is not None, name
            assert low < high, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_is_a_table_on_one_line(path):
    text = path.read_text(encoding="utf-8")
    plain = {"number", "first_layers", "layer_thickness_mm", "amprep"}
    for line in text.splitlines():
        if match := re.match(r"(\w+) = [-\d]", line):
            assert match[1] in plain, line
        if "{" in line and not line.startswith("#"):
            assert "}" in line, line


def test_published_rates_are_met_within_one_percent():
    checked = 0
    for process in list_processes():
        if process.volume_rate_mm3_s is not None:
            assert process.core_volume_rate_mm3_s == pytest.approx(process.volume_rate_mm3_s.value, rel=0.01)
            assert process.volume_rate_mm3_s.grade is Grade.DATASHEET
            checked += 1
    assert checked == 6


@pytest.mark.parametrize(
    ("process_id", "rate"), [("m400_4_alsi10mg_40um", 7.0), ("m400_4_alsi10mg_80um", 18.1)]
)
def test_assumed_exposure_meets_its_rate_within_two_permille(process_id, rate):
    process = next(p for p in list_processes() if p.id == process_id)
    assert process.core.scan_speed_mm_s.grade is Grade.ASSUMED
    assert process.core_volume_rate_mm3_s == pytest.approx(rate, rel=0.002)


def test_processes_name_known_machines_and_materials():
    machines = {machine.id: machine for machine in list_machines()}
    materials = {material.id for material in list_materials()}
    for process in list_processes():
        assert process.machine in machines
        assert process.material in materials
        assert process.recoating_mode.value in machines[process.machine].recoater.time_s
        lasers = machines[process.machine].lasers
        assert process.core.laser_power_w.value <= min(laser.power_w.value for laser in lasers)
        assert process.core.beam_offset_mm.value <= 2 * process.contour.beam_offset_mm.value


def test_each_pair_has_one_default():
    pairs: dict[tuple[str, str], int] = {}
    for process in list_processes():
        pair = (process.machine, process.material)
        pairs[pair] = pairs.get(pair, 0) + process.is_default
    assert set(pairs.values()) == {1}


def test_machines_have_a_default_material_with_a_process():
    for machine in list_machines():
        assert list_processes(machine.id, machine.default_material)


def test_file_names_follow_from_ids():
    for machine in list_machines():
        assert Path(machine.path).name == f"eos_{machine.id.replace('-', '_')}.toml"
    for material in list_materials():
        assert Path(material.path).name == f"{material.id}.toml"
    for process in list_processes():
        thickness = f"{process.layer_thickness_mm * 1000:g}"
        assert process.id == f"{process.machine.replace('-', '_')}_{process.material}_{thickness}um"
        assert Path(process.path).stem == process.id


def test_names_are_unique():
    for profiles in (list_machines(), list_materials()):
        seen: dict[str, str] = {}
        for profile in profiles:
            for word in {re.sub(r"[ _-]", "", w.casefold()) for w in (profile.id, *profile.aliases)}:
                assert seen.setdefault(word, profile.id) == profile.id, word


def test_no_source_is_idle():
    named = {
        key
        for noun in (*all_nouns(), find_rates())
        for _, graded in graded_in(noun)
        for key in graded.sources
    }
    assert {source.key for source in list_sources()} == named | {"USER", "JOB"}


def test_laser_fields_cover_the_platform():
    quad = find_machine("m400-4")
    assert [laser.field_mm for laser in quad.lasers] == [
        (-25, -25, 225, 225),
        (175, -25, 425, 225),
        (-25, 175, 225, 425),
        (175, 175, 425, 425),
    ]
    assert find_machine("m100").lasers[0].field_mm == (-50, -50, 50, 50)
    for machine in list_machines():
        x0, y0, x1, y1 = machine.build_volume.bounds_mm
        fields = [laser.field_mm for laser in machine.lasers]
        for x, y in [(x0, y0), (x1, y0), (x0, y1), (x1, y1), machine.build_volume.centre_mm]:
            assert any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in fields)


def test_nothing_unknown_is_called_a_data_sheet_of_the_m100():
    m100 = find_machine("m100")
    assert all(graded.grade is not Grade.DATASHEET for _, graded in graded_in(m100))
    for process in list_processes("m100"):
        assert process.volume_rate_mm3_s is None
        assert all(graded.grade is not Grade.DATASHEET for _, graded in graded_in(process))


def test_profiles_travel_to_other_processes():
    for noun in all_nouns():
        assert pickle.loads(pickle.dumps(noun)) == noun


def test_sources_that_are_not_marks_have_an_address_or_a_note():
    marks = {"CALC", "RECALL", "ASSUMED", "NONE", "USER", "JOB"}
    for source in list_sources():
        assert source.title
        assert source.address or source.note or source.key in marks, source.key


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_are_utf8_toml_of_version_1(path):
    assert tomllib.loads(path.read_text(encoding="utf-8"))["amprep"] == 1
