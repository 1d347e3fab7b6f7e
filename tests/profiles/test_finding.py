"""Profiles by id, alias and path; processes by machine, material and layer thickness."""

from pathlib import Path

import pytest

from amprep.errors import BuildError, InternalError, UsageError
from amprep.profiles import (
    find_machine,
    find_material,
    find_process,
    find_process_by_id,
    list_machines,
    list_materials,
    list_processes,
    profiles_root,
)


@pytest.mark.parametrize("name", ["m400-4", "M400-4", "m400_4", "eos-m400-4", "EOS M 400-4", "m 400-4"])
def test_machine_by_id_or_alias(name):
    assert find_machine(name).id == "m400-4"


def test_every_id_and_alias_finds_its_own():
    for machine in list_machines():
        assert all(find_machine(name).id == machine.id for name in (machine.id, *machine.aliases))
    for material in list_materials():
        assert all(find_material(name).id == material.id for name in (material.id, *material.aliases))


@pytest.mark.parametrize(
    ("name", "found"), [("1.4404", "316l"), ("1.2709", "ms1"), ("TI6AL4V", "ti64"), ("CoCr SP2", "cocr")]
)
def test_material_by_alias(name, found):
    assert find_material(name).id == found


def test_unknown_machine():
    with pytest.raises(UsageError) as caught:
        find_machine("m400")
    error = caught.value
    assert (error.code, error.exit_status) == ("E101", 2)
    assert str(error).startswith('error[E101] unknown machine "m400". Did you mean "m400-4"?')
    assert error.why == "known: m100, m400-4"
    assert "profile file" in error.fix


def test_unknown_material():
    with pytest.raises(UsageError) as caught:
        find_material("unobtainium-xyz")
    assert caught.value.code == "E102"
    assert caught.value.what == 'unknown material "unobtainium-xyz"'
    assert "316l" in caught.value.why
    with pytest.raises(UsageError, match='Did you mean "alsi10mg"'):
        find_material("alsi10")


def copy(folder: Path, kind: str, name: str, *changes: tuple[str, str]) -> Path:
    text = (profiles_root() / kind / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_by_path(tmp_path, monkeypatch):
    path = copy(tmp_path, "machines", "eos_m100.toml", ('name = "EOS M 100"', 'name = "Ours"'))
    for given in (path, str(path)):
        machine = find_machine(given)
        assert (machine.name, machine.path) == ("Ours", str(path))
    monkeypatch.chdir(tmp_path)
    assert find_machine("my.toml").name == "Ours"
    assert len(machine.sha256) == 64


def test_own_material_uses_the_shipped_processes(tmp_path):
    path = copy(tmp_path, "materials", "316l.toml", ('name = "EOS', 'name = "Our'))
    process = find_process(find_machine("m400-4"), find_material(path))
    assert process.id == "m400_4_316l_40um"


def test_own_machine_names_whose_processes_it_uses(tmp_path):
    path = copy(tmp_path, "machines", "eos_m400_4.toml", ('id = "m400-4"', 'id = "hall-3"'))
    with pytest.raises(UsageError) as caught:
        find_process(find_machine(path), find_material("316l"))
    assert caught.value.code == "E103"
    assert "processes_of" in caught.value.fix
    path = copy(
        tmp_path, "machines", "eos_m400_4.toml", ('id = "m400-4"', 'id = "hall-3"\nprocesses_of = "m400-4"')
    )
    assert find_process(find_machine(path), find_material("316l")).id == "m400_4_316l_40um"


@pytest.mark.parametrize(
    ("machine", "material", "thickness", "found"),
    [
        ("m400-4", "alsi10mg", None, "m400_4_alsi10mg_30um"),
        ("m400-4", "alsi10mg", 0.08, "m400_4_alsi10mg_80um"),
        ("m400-4", "alsi10mg", 0.04 + 1e-12, "m400_4_alsi10mg_40um"),
        ("m400-4", "cx", None, "m400_4_cx_40um"),
        ("m100", "cocr", 0.025, "m100_cocr_25um"),
    ],
)
def test_process(machine, material, thickness, found):
    assert find_process(find_machine(machine), find_material(material), thickness).id == found


def test_pair_without_process_names_what_there_is():
    with pytest.raises(UsageError) as caught:
        find_process(find_machine("m100"), find_material("alsi10mg"))
    assert caught.value.code == "E103"
    assert caught.value.why == "m100 has: 316l 20 µm, cocr 25 µm, ti64 30 µm"


def test_unknown_thickness_names_the_known_ones():
    with pytest.raises(BuildError) as caught:
        find_process(find_machine("m400-4"), find_material("alsi10mg"), 0.05)
    assert (caught.value.code, caught.value.exit_status) == ("E407", 4)
    assert caught.value.why == "known: 30 µm, 40 µm, 80 µm"


def test_process_by_id(tmp_path):
    assert find_process_by_id("M400_4_316L_40um").id == "m400_4_316l_40um"
    path = copy(tmp_path, "processes", "m100_316l_20um.toml", ('id = "m100_316l_20um"', 'id = "own"'))
    assert find_process_by_id(path).id == "own"
    with pytest.raises(UsageError, match='Did you mean "m400_4_316l_40um"') as caught:
        find_process_by_id("m400_4_316l_50um")
    assert caught.value.code == "E103"


def test_processes_by_machine_and_material():
    assert {process.machine for process in list_processes("m100")} == {"m100"}
    assert {process.machine for process in list_processes(material_id="ti64")} == {"m100", "m400-4"}
    assert [process.layer_thickness_mm for process in list_processes("m400-4", "alsi10mg")] == [
        0.03,
        0.04,
        0.08,
    ]
    assert list_processes("m400") == []


def test_root_in_a_wheel_and_in_a_source_tree(tmp_path):
    package = tmp_path / "src" / "amprep"
    package.mkdir(parents=True)
    with pytest.raises(InternalError) as caught:
        profiles_root(package)
    assert caught.value.code == "E701"
    for root in (tmp_path / "machine_profiles", package / "machine_profiles"):
        root.mkdir()
        (root / "sources.toml").write_text("")
        assert profiles_root(package) == root
