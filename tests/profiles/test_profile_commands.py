"""``amprep machines`` and ``amprep materials``."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amprep.cli import machines, materials
from amprep.cli.profile_tables import with_unit
from amprep.errors import UsageError
from amprep.profiles import list_machines, list_materials


def shown(app, *arguments) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def table_lines(text: str) -> list[str]:
    """Lines but for paths and addresses, which stay in one piece."""
    return [line for line in text.splitlines() if "://" not in line and "file: " not in line]


@pytest.mark.parametrize("machine", [machine.id for machine in list_machines()])
def test_show_machine_prints_grades_sources_and_processes(machine):
    text = shown(machines.app, "show", machine)
    for word in (
        "assumed",
        "recalled",
        "derived",
        "RECALL",
        "Sources",
        "v·h·t",
        "gas flow direction",
        "0.5 ms",
    ):
        assert word in text
    assert max(map(len, table_lines(text))) <= 80


def test_show_machine_puts_the_published_rate_beside_ours():
    text = shown(machines.app, "show", "m400-4")
    row = next(line for line in text.splitlines() if line.startswith("m400_4_316l_40um"))
    assert "recalled" in row
    assert "3.712" in row
    assert "3.7 [" in row
    assert "https://www.eos.info/metal-solutions/data-sheets/stainlesssteel/" in text
    row = next(line for line in text.splitlines() if line.startswith("time two sided"))
    assert row.split()[3:] == ["12", "s", "9–20", "assumed", row.split()[-1]]


def test_a_range_is_folded_between_its_numbers_alone(tmp_path):
    shipped = Path(__file__).parents[2] / "machine_profiles" / "machines" / "eos_m400_4.toml"
    fitted = 'jump_delay_s = { value = 0.00052216, grade = "calibrated", sources = ["USER"], '
    fitted += "range = [0.00047265, 0.00057167] }"
    own = tmp_path / "own.toml"
    own.write_text(re.sub(r"(?m)^jump_delay_s = .*", fitted, shipped.read_text("utf-8")), "utf-8")
    lines = shown(machines.app, "show", str(own)).splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("jump delay"))
    assert lines[row].split()[4] == "0.47265–"
    assert lines[row + 1].split() == ["0.57167"]
    row = next(number for number, line in enumerate(lines) if line.startswith("acceleration "))
    assert " 20 000 000 " in lines[row]
    assert " 10 000 000– " in lines[row]
    assert lines[row + 1].split() == ["mm/s²", *["40", "000", "000"]]


@pytest.mark.parametrize("material", [material.id for material in list_materials()])
def test_show_material(material):
    text = shown(materials.app, "show", material)
    assert "assumed" in text
    assert "g/cm³" in text
    assert max(map(len, table_lines(text))) <= 80


def test_lists():
    text = shown(machines.app, "list")
    assert "m400-4" in text
    assert "4 × 400 W" in text
    assert "alsi10mg 30/40/80 µm" in text
    assert max(map(len, text.splitlines())) <= 80
    text = shown(materials.app, "list")
    assert "datasheet" in text
    assert max(map(len, text.splitlines())) <= 80


def test_json_documents():
    document = json.loads(shown(machines.app, "show", "m400-4", "--json"))
    assert document["schema"] == "amprep.machine/1"
    time = document["machine"]["recoater"]["time_s"]["two_sided"]
    assert (time["value"], time["grade"], time["range"]) == (12, "assumed", [9, 20])
    assert "ASSUMED" in document["sources"]
    assert len(document["processes"]) == 9
    assert all("core_volume_rate_mm3_s" in process for process in document["processes"])
    document = json.loads(shown(materials.app, "show", "1.4404", "--json"))
    assert document["material"]["id"] == "316l"
    assert "OERLIKON_316L" in document["sources"]
    assert len(json.loads(shown(materials.app, "list", "--json"))["materials"]) == 11
    assert len(json.loads(shown(machines.app, "list", "--json"))["machines"]) == 2


def test_errors_are_left_to_the_application():
    with pytest.raises(UsageError):
        machines.show_command("m401", json=False)
    with pytest.raises(UsageError):
        materials.show_command("kryptonite", json=True)


def test_units_of_keys():
    assert with_unit("scan_speed_mm_s") == ("scan speed", "mm/s")
    assert with_unit("price_eur_kg") == ("price", "EUR/kg")
    assert with_unit("optics") == ("optics", "")
