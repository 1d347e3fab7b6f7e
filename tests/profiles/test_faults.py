"""Wrong files: all faults at once, with line, key and a word of help."""

import re
from pathlib import Path
from typing import Annotated

import pytest

from amprep.errors import CODES, FileContentError
from amprep.profiles import find_machine, find_material, find_process_by_id, profiles_root, validate_toml
from amprep.profiles.suggestions import SYNONYMS, meant_key, other_unit
from amprep.profiles.toml_file import FileModel, Number, Within
from amprep.profiles.toml_lines import key_lines, line_of

PROCESS = (profiles_root() / "processes" / "m400_4_316l_40um.toml").read_text(encoding="utf-8")
MACHINE = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
MATERIAL = (profiles_root() / "materials" / "316l.toml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> str:
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def faults_of(folder: Path, text: str, find=find_process_by_id) -> list[str]:
    path = written(folder, text)
    with pytest.raises(FileContentError) as caught:
        find(path)
    assert caught.value.code == "E301"
    assert caught.value.where == path
    assert all(fault.startswith(path) for fault in caught.value.faults)
    return [fault.removeprefix(path) for fault in caught.value.faults]


def line_with(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), start=1) if line.startswith(start))


def test_three_faults_come_together(tmp_path):
    text = PROCESS.replace("hatch_distance_mm", "hatch_distance").replace('"secondary"', '"secondry"')
    text = text.replace("stripe_width_mm = { value = 10", 'stripe_width_mm = { value = "ten"')
    faults = faults_of(tmp_path, text)
    assert len(faults) == 3
    order, hatch, stripe = faults
    number = line_with(text, "contour_order")
    assert order.startswith(
        f':{number}: contour_order.grade: unknown word "secondry", did you mean "secondary"?'
    )
    number = line_with(text, "hatch_distance")
    expected = f':{number}: core.hatch_distance: unknown setting, did you mean "hatch_distance_mm"?'
    assert hatch.startswith(expected)
    assert "\n      hatch_distance = {" in hatch
    number = line_with(text, "stripe_width")
    assert stripe.startswith(f':{number}: core.stripe_width_mm.value: needs a number, has "ten"')


@pytest.mark.parametrize(
    ("text", "find"), [(PROCESS, find_process_by_id), (MACHINE, find_machine), (MATERIAL, find_material)]
)
@pytest.mark.parametrize(("given", "shown"), [("true", "true"), ("1.0", "1.0"), ('"1"', '"1"')])
def test_the_version_of_a_file_is_a_whole_number(tmp_path, text, find, given, shown):
    assert text.count("amprep = 1\n") == 1
    (fault,) = faults_of(tmp_path, text.replace("amprep = 1\n", f"amprep = {given}\n"), find)
    assert f": amprep: needs a whole number, has {shown}\n" in fault
    (fault,) = faults_of(tmp_path, text.replace("amprep = 1\n", "amprep = 2\n"), find)
    assert "amprep: unknown word 2; known: 1" in fault


def test_error_text_counts_and_lists(tmp_path):
    path = written(tmp_path, PROCESS.replace("start_angle_deg", "angle"))
    with pytest.raises(FileContentError) as caught:
        find_process_by_id(path)
    text = str(caught.value)
    assert text.startswith(f"error[E301] {path}: the file has 1 fault\n  {path}:")
    assert 'did you mean "start_angle_deg"?' in text
    assert caught.value.exit_status == 3


@pytest.mark.parametrize(
    ("written_key", "meant"),
    [
        ("spacing", "hatch_distance_mm"),
        ("speed", "scan_speed_mm_s"),
        ("scan_speed", "scan_speed_mm_s"),
        ("Speed_mm_s", "scan_speed_mm_s"),
        ("power", "laser_power_w"),
        ("hatch_distnace_mm", "hatch_distance_mm"),
        ("stripe_width_um", "stripe_width_mm"),
    ],
)
def test_words_of_other_slicers_lead_to_ours(tmp_path, written_key, meant):
    head, core = PROCESS.split("[core]", maxsplit=1)
    faults = faults_of(tmp_path, f"{head}[core]{core.replace(meant, written_key, 1)}")
    assert len(faults) == 1
    assert f'core.{written_key}: unknown setting, did you mean "{meant}"?' in faults[0]


def test_layer_height_is_the_layer_thickness(tmp_path):
    faults = faults_of(tmp_path, PROCESS.replace("layer_thickness_mm", "layer_height"))
    assert 'layer_height: unknown setting, did you mean "layer_thickness_mm"?' in faults[0]


def test_synonyms_name_keys_that_exist():
    keys = set()
    for text in (PROCESS, MACHINE, MATERIAL):
        keys |= {part for path in key_lines(text) for part in path if isinstance(part, str)}
    assert {key for meant in SYNONYMS.values() for key in meant} <= keys


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("hatch_distance_mm", "90", "90 µm is 0.09"),
        ("scan_speed_mm_s", "0.928", "0.928 m/s is 928"),
        ("laser_power_w", "0.214", "0.214 kW is 214"),
    ],
)
def test_wrong_magnitudes_get_a_hint(tmp_path, key, value, hint):
    head, core = PROCESS.split("[core]", maxsplit=1)
    core, contour = core.split("[contour]", maxsplit=1)
    lines = [f"{key} = {value}" if line.startswith(key) else line for line in core.splitlines()]
    faults = faults_of(tmp_path, f"{head}[core]" + "\n".join(lines) + f"\n[contour]{contour}")
    assert len(faults) == 1
    assert f"core.{key}: {float(value):g} is not between" in faults[0]
    assert hint in faults[0]


def test_hint_only_where_it_helps():
    assert other_unit("hatch_distance_mm", 90, 0.005, 1) == "90 µm is 0.09"
    assert other_unit("jump_delay_s", 0.5, 0, 0.1) == "0.5 ms is 0.0005"
    assert other_unit("hatch_distance_mm", 1e9, 0.005, 1) == ""
    assert other_unit("stripes", 7, 0, 1) == ""
    assert meant_key("zzz", ["hatch_distance_mm"]) == ""


def test_magnitude_inside_the_table(tmp_path):
    faults = faults_of(
        tmp_path, PROCESS.replace("{ value = 0.1,", "{ value = 100,").replace("[0.099, 0.101]", "[90, 110]")
    )
    assert "core.hatch_distance_mm: 100 is not between 0.005 and 1; 100 µm is 0.1" in faults[0]


def test_a_bare_number_is_the_users(tmp_path):
    text = "\n".join(
        "price_eur_kg = 52" if line.startswith("price") else line for line in MATERIAL.splitlines()
    )
    price = find_material(written(tmp_path, text)).price_eur_kg
    assert (price.value, str(price.grade), price.sources) == (52.0, "user", ("USER",))


def test_a_bare_word_is_the_users(tmp_path):
    bare = "\n".join(
        'gas_flow_direction = "+y"' if line.startswith("gas_flow") else line for line in MACHINE.splitlines()
    )
    direction = find_machine(written(tmp_path, bare)).gas_flow_direction
    assert (direction.value, str(direction.grade), direction.sources) == ("+y", "user", ("USER",))
    (fault,) = faults_of(tmp_path, bare.replace('"+y"', '"back"'), find_machine)
    assert 'gas_flow_direction: unknown word "back"; known: +x, -x, +y, -y' in fault


def test_unconfirmed_values_need_a_range_that_holds_them(tmp_path):
    text = PROCESS.replace("range = [0, 180], ", "").replace("value = 214", "value = 314")
    faults = faults_of(tmp_path, text)
    assert len(faults) == 2
    assert "core.laser_power_w: the value 314 lies outside of its range" in faults[0]
    assert 'core.start_angle_deg: a value graded "assumed" needs a range' in faults[1]


def test_a_value_needs_a_source(tmp_path):
    (fault,) = faults_of(tmp_path, PROCESS.replace('sources = ["AL_STRIPE"]', "sources = []", 1))
    assert "core.stripe_width_mm.sources: needs at least one entry" in fault


def test_a_laser_with_a_fault_is_a_laser_all_the_same(tmp_path):
    text = "\n".join(line for line in MACHINE.splitlines() if not line.startswith("field_origin"))
    faults = faults_of(tmp_path, text, find_machine)
    assert len(faults) == MACHINE.count("[[lasers]]")
    assert all("field_origin: is missing" in fault for fault in faults)


def test_a_machine_without_lasers_is_told_as_such(tmp_path):
    head, _, rest = MACHINE.partition("[[lasers]]")
    text = head.replace("[build_volume]", "lasers = []\n[build_volume]", 1)
    text += rest[rest.index("[scanner]") :]
    (fault,) = faults_of(tmp_path, text, find_machine)
    assert "lasers: needs at least one entry" in fault


def test_no_absurd_unit_is_offered(tmp_path):
    lines = ["laser_power_w = 5000" if "value = 214" in line else line for line in PROCESS.splitlines()]
    (fault,) = faults_of(tmp_path, "\n".join(lines))
    assert "core.laser_power_w: 5000 is not between 5 and 4000" in fault
    assert "mW" not in fault


def test_a_gap_between_contour_and_hatch_is_a_fault(tmp_path):
    text = PROCESS.replace("beam_offset_mm = { value = 0.08", "beam_offset_mm = { value = 0.15").replace(
        "[0.06, 0.1]", "[0.06, 0.2]"
    )
    faults = faults_of(tmp_path, text)
    assert len(faults) == 1
    assert "a gap would stay between contour and hatch" in faults[0]


def test_arrays_of_tables_keep_their_lines(tmp_path):
    text = MACHINE.replace("number = 3 ", "nummer = 3 ").replace(
        "[-25, -25, 225, 225]", "[225, -25, -25, 225]"
    )
    first, third = faults_of(tmp_path, text, find_machine)
    assert first.startswith(f":{line_with(text, 'field_mm')}: lasers.1.field_mm: needs [x0, y0, x1, y1]")
    number = line_with(text, "nummer")
    assert third.startswith(f':{number}: lasers.3.nummer: unknown setting, did you mean "number"?')


def test_modes_of_time_and_dose_must_agree(tmp_path):
    lines = MACHINE.splitlines()
    text = "\n".join(line for line in lines if not line.startswith("two_sided = { value = 1.3"))
    (fault,) = faults_of(tmp_path, text, find_machine)
    assert "must name the same recoating modes" in fault


def test_unknown_mode_lists_the_known_ones(tmp_path):
    text = MACHINE.replace("one_sided = { value = 18", "sideways = { value = 18")
    (fault,) = faults_of(tmp_path, text, find_machine)
    assert "recoater.time_s.sideways: unknown setting" in fault


def test_missing_keys_are_named(tmp_path):
    lines = [line for line in MATERIAL.splitlines() if not line.startswith(("name", "tap_density"))]
    faults = faults_of(tmp_path, "\n".join(lines), find_material)
    assert sorted(faults) == [":1: name: is missing", ":1: tap_density_g_cm3: is missing"]


def test_densities_must_rise(tmp_path):
    text = MATERIAL.replace(
        "tap_density_g_cm3 = { value = 4.48", "tap_density_g_cm3 = { value = 3.5"
    ).replace("[4.4, 4.6]", "[3, 4.6]")
    (fault,) = faults_of(tmp_path, text, find_material)
    assert "apparent_density_g_cm3 <= tap_density_g_cm3" in fault


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b'id = "x"\nname = = 3\n', ":2", "no TOML"),
        (b'id = "x"\nid = "y"\n', ":2", "no TOML"),
        (b'id = "x', ":1", "no TOML"),
        (b'id = "x"\nname = "\xff"\n', ":2", "not UTF-8"),
    ],
)
def test_what_is_no_toml_is_e302(tmp_path, content, line, word):
    path = tmp_path / "my.toml"
    path.write_bytes(content)
    with pytest.raises(FileContentError) as caught:
        find_machine(path)
    assert caught.value.code == "E302"
    assert caught.value.where == f"{path}{line}"
    assert word in caught.value.what


def test_missing_file_and_folder_are_e302(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(FileContentError) as caught:
            find_machine(path)
        assert caught.value.code == "E302"


def test_codes_are_listed():
    assert {"E101", "E102", "E103", "E301", "E302", "E407"} <= set(CODES)


class _Part(FileModel):
    file: str
    count: int = 1
    shift_mm: Annotated[Number, Within(-500, 500)] = 0.0


class _JobFile(FileModel):
    name: str
    parts: tuple[_Part, ...]


def test_other_files_use_the_same_function(tmp_path):
    job = validate_toml(_JobFile, written(tmp_path, 'name = "a"\n[[parts]]\nfile = "b.stl"\nshift_mm = 2\n'))
    assert job.parts[0].shift_mm == 2.0
    text = 'name = "a"\n[[parts]]\nfile = "b.stl"\n[[parts]]\nfiel = "c.stl"\nshift_mm = true\ncount = "2"\n'
    path = written(tmp_path, text)
    with pytest.raises(FileContentError) as caught:
        validate_toml(_JobFile, path)
    heads = [fault.splitlines()[0].removeprefix(path) for fault in caught.value.faults]
    assert heads[0] == ':5: parts.2.fiel: unknown setting, did you mean "file"?'
    assert heads[1] == ":6: parts.2.shift_mm: needs a number, has true"


def test_lines_of_keys():
    text = (
        'a = 1\n"b c".d = [\n  1,  # ]\n  2,\n]\n[t]\ne = """\nx = 1\n[no]\n"""\nf = { g = 1 }\n'
        "[[p]]\nh = 1\n[p.q]\ni = '#'\n[[p]]\nh = 2\n"
    )
    lines = key_lines(text)
    assert lines[("a",)] == 1
    assert lines[("b c", "d")] == 2
    assert lines[("t", "e")] == 7
    assert ("t", "x") not in lines
    assert lines[("t", "f")] == 11
    assert line_of(lines, ("t", "f", "g")) == 11
    assert lines[("p", 0, "h")] == 13
    assert lines[("p", 0, "q", "i")] == 15
    assert lines[("p", 1, "h")] == 17
    assert line_of(lines, ("nowhere",)) == 1


def test_a_profile_may_name_a_pattern_and_means_stripes_without(tmp_path):
    plain = find_process_by_id(written(tmp_path, PROCESS)).core
    assert (plain.pattern.value, plain.cell_mm) == ("stripes", plain.stripe_width_mm.value)
    assert plain.pattern.grade == plain.stripe_width_mm.grade
    line = 'pattern = { value = "chess", grade = "assumed", sources = ["ASSUMED"] }\nisland_mm = 4\n'
    chess = find_process_by_id(written(tmp_path, PROCESS.replace("[core]\n", "[core]\n" + line))).core
    assert (chess.pattern.value, chess.cell_mm) == ("chess", 4.0)
    (fault,) = faults_of(tmp_path, PROCESS.replace("[core]\n", "[core]\n" + line.replace("chess", "ches")))
    assert "core.pattern.value" in fault
    assert "chess" in fault


@pytest.mark.parametrize(
    ("key", "ends", "told"),
    [
        ("jump_speed_mm_s", "[0, 7000]", "0, which is not between 100 and 100000"),
        ("acceleration_mm_s2", "[-1, 4e7]", "-1, which is not between 10000 and 10000000000"),
        ("cooling_s", "[-60, 28800]", "-60, which is not between 0 and 604800"),
        ("cooling_s", "[60, 1e300]", "1e+300, which is not between 0 and 604800"),
    ],
)
def test_a_range_keeps_the_limits_of_its_value(tmp_path, key, ends, told):
    """A speed of 0 at the end of a range ended in a division by it, a negative time in a negative total."""
    text = re.sub(rf"^({key} = .*range = )\[[^]]*\]", rf"\g<1>{ends}", MACHINE, flags=re.MULTILINE)
    (fault,) = faults_of(tmp_path, text, find_machine)
    assert f".{key}: its range ends at {told}" in fault


def test_toml_nested_too_deeply_is_a_fault_of_the_file(tmp_path):
    path = written(tmp_path, "x = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(FileContentError) as caught:
        find_machine(path)
    assert caught.value.code == "E302"
