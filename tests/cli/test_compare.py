"""``amprep compare``: table, JSON, CSV, picture, exit status."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from amprep.cli.compare import parse_quantities
from amprep.cli.comparison_display import _print_tables, _sweep_table
from amprep.comparison import compare
from amprep.demonstrators.primitives import box
from amprep.errors import UsageError
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.profiles import find_machine

MACHINES = ("-m", "m100", "-m", "m400-4", "--unit", "mm")


@pytest.mark.parametrize(
    ("text", "quantities"),
    [("12", (12,)), ("1,5,10", (1, 5, 10)), ("1..4", (1, 2, 3, 4)), (" 3 .. 4, 1", (1, 3, 4))],
)
def test_quantities_are_read(text, quantities):
    assert parse_quantities(text) == quantities


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "5..1", "1..", "a", "1,,2", "99999999", "1..20000"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(UsageError) as caught:
        parse_quantities(text)
    assert caught.value.code == "E104"


def test_the_table_says_what_fits_what_it_takes_and_from_where_on(amprep, shop):
    text = " ".join(amprep.done("compare", "cube.stl", *MACHINES, "--quantity", "12").stdout.split())
    for words in ("EOS M 100", "EOS M 400-4", "12 parts", "jobs", "powder used up", "cost per part"):
        assert words in text
    assert "for every quantity up to" in text or "from" in text
    assert "uncalibrated" in text


def test_json_picture_and_csv_say_the_same(amprep, shop):
    outcome = amprep.done("compare", "cube.stl", *MACHINES, "--quantity", "1..5", "--json", "-o", "all.csv")
    document = json.loads(outcome.stdout)
    assert document["schema"] == "amprep.comparison/1"
    assert document["quantities"] == [1, 2, 3, 4, 5]
    assert document["outputs"] == ["all.csv"]
    rows = list(csv.DictReader((shop / "all.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 10
    last = document["candidates"][1]["quantities"][-1]
    assert float(rows[-1]["time_s"]) == pytest.approx(last["total"]["time_s"]["value"], rel=1e-4)
    for name in ("a.png", "b.png"):
        amprep.done("compare", "cube.stl", *MACHINES, "--quantity", "5", "-o", name, "--lang", "cs")
    assert (shop / "a.png").read_bytes() == (shop / "b.png").read_bytes()


def test_figures_are_whole_in_a_pipe_and_both_of_a_pair_are_named(amprep, shop):
    amprep.write_box(shop / "plate.stl", (40.0, 40.0, 0.4))
    layers = ("--layer-thickness", "30um", "--layer-thickness", "40um", "--layer-thickness", "80um")
    options = ("-m", "m400-4", "-M", "alsi10mg", *layers, "--unit", "mm", "--quantity", "1..5")
    text = amprep.done("compare", "plate.stl", *options).stdout
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("1  "))
    for number, line in enumerate(lines[first : first + 5], start=1):
        assert re.fullmatch(rf"{number}(\s+1\s+\d+ (h|min) \d\d (min|s)\s+[\d ]+(\.\d\d)? €){{3}}\s*", line)
    pairs = re.findall(r"400-4 · (\d+ µm) is (faster|cheaper) per part than EOS M 400-4 · (\d+ µm)", text)
    for word in ("faster", "cheaper"):
        told = [{a, b} for a, which, b in pairs if which == word]
        assert len(told) == 3
        assert all({a, b} in told for a, b in (("30 µm", "40 µm"), ("30 µm", "80 µm"), ("40 µm", "80 µm")))
    assert "≈" not in text


def test_a_narrow_terminal_gets_several_tables(amprep, shop):
    found = compare([shop / "cube.stl"], machines=["m100", "m400-4"], quantities=range(1, 6), unit="mm")
    for width, tables in ((200, 1), (60, 2)):
        out = Console(
            file=io.StringIO(), width=width, force_terminal=True, color_system=None, highlight=False
        )
        table_of = partial(_sweep_table, comparison=found, unit="part")
        _print_tables(out, table_of, found.candidates)
        text = out.file.getvalue()
        assert text.count("time each") == 2
        assert text.count("By quantity") == tables
        assert max(map(len, text.splitlines())) <= width


def test_what_is_interpolated_is_marked(amprep, shop, monkeypatch):
    monkeypatch.setattr("amprep.candidacy.MOST_ESTIMATED", 3)
    text = amprep.done("compare", "cube.stl", *MACHINES, "--quantity", "1..9").stdout
    assert "≈ between platforms that were estimated" in text
    assert text.count("≈ ") > 3


def test_of_several_jobs_the_fullest_is_told(amprep, shop):
    amprep.write_box(shop / "plate.stl", (60.0, 60.0, 0.4))
    text = amprep.done("compare", "plate.stl", *MACHINES, "--quantity", "3").stdout
    assert "time, fullest job" in text
    assert "per job" not in text


def test_the_cost_of_each_machine_names_what_it_rests_on(amprep, shop):
    text = amprep.done("compare", "cube.stl", *MACHINES).stdout
    named = r"(\S+ \S+ \S+ assumed, ){2}\S+ .* assumed"
    for machine in ("20 µm", "40 µm"):
        assert re.search(f"{machine}: .*; the cost rests on {named}", text)
    for candidate in json.loads(amprep.done("compare", "cube.stl", *MACHINES, "--json").stdout)["candidates"]:
        inputs = {one["input"]: one["grade"] for one in candidate["assumptions"]["cost_eur"]}
        assert inputs["rates.machine_eur_h"] == "assumed"


def test_what_is_calibrated_is_told_of_each_machine(amprep, shop):
    text = Path(find_machine("m400-4").path).read_text(encoding="utf-8")
    text = text.replace('id = "m400-4"', 'id = "own"\nprocesses_of = "m400-4"').replace("aliases = ", "# ")
    found = re.sub(r"(heating_s = \{[^}]*grade = )\"\w+\"", r'\1"calibrated"', text)
    assert found != text
    (shop / "own.toml").write_text(found, encoding="utf-8")
    said = amprep.done("compare", "cube.stl", "-m", "m100", "-m", "own.toml", "--unit", "mm").stdout
    assert "40 µm: calibrated phases.heating_s; the time rests on phases.cooling_s 14400 s assumed" in said
    assert "20 µm: uncalibrated; the time rests on" in said


def test_the_question_for_the_unit_comes_with_its_answer(amprep, shop):
    said = amprep.done("compare", "cube.stl", "-m", "m400-4").stdout
    assert "W110" in said
    assert "--unit inch" in said


def test_a_job_is_not_compared(amprep, shop):
    outcome = amprep.run("compare", "some.amjob", "-m", "m100")
    assert outcome.exit_code == 2
    assert "amprep estimate some.amjob" in outcome.stderr


def test_where_nothing_can_be_written_is_found_first(amprep, shop, monkeypatch):
    def refused(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("amprep.cli.compare.tempfile.TemporaryFile", refused)
    outcome = amprep.run("compare", "nowhere.stl", "-m", "m100", "-o", "a.csv")
    assert outcome.exit_code == 5
    assert "E502" in outcome.stderr
    assert "fix: " in outcome.stderr


def test_errors_do_not_say_that_nothing_was_written(amprep, shop):
    mesh = box((5.0, 5.0, 5.0))
    write_stl(Mesh(mesh.vertices, mesh.faces[:-2]), shop / "open.stl")
    outcome = amprep.run("compare", "open.stl", "-m", "m100", "--unit", "mm")
    assert outcome.exit_code == 3
    assert "error[E2" in outcome.stderr
    assert "nothing was written" not in outcome.stderr.lower()


def test_what_exists_is_replaced_only_by_force(amprep, shop):
    (shop / "c.csv").write_text("mine")
    assert amprep.run("compare", "cube.stl", *MACHINES, "-o", "c.csv").exit_code == 5
    assert (shop / "c.csv").read_text() == "mine"
    amprep.done("compare", "cube.stl", *MACHINES, "-o", "c.csv", "--force")
    assert (shop / "c.csv").read_text().startswith("machine,")


def test_a_part_for_one_machine_only_is_said_and_one_for_none_is_status_4(amprep, shop):
    amprep.write_box(shop / "long.stl", (150.0, 10.0, 0.2))
    outcome = amprep.done("compare", "long.stl", *MACHINES)
    assert "does not fit" in outcome.stdout
    assert "E401" in outcome.stdout
    amprep.write_box(shop / "huge.stl", (450.0, 10.0, 0.2))
    outcome = amprep.run("compare", "huge.stl", *MACHINES)
    assert outcome.exit_code == 4
    assert "no machine can build this" in outcome.stderr
    assert outcome.stderr.count("too wide") == 2
    # What the larger machine asks for, too: less than the smaller one does.
    remedies = outcome.stderr.partition("fix: ")[2]
    assert "EOS M 400-4" in remedies
    assert "45° about z" in remedies
    document = json.loads(amprep.run("compare", "huge.stl", *MACHINES, "--json").stdout)
    assert document["error"]["code"] == "E401"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("-m", "m999"), 2),
        (("-m", "m100", "-M", "nonsense"), 2),
        (("-m", "m100", "-m", "m400-4", "-M", "in718"), 2),
        (("-m", "m100", "--quantity", "none"), 2),
        (("-m", "m100", "--layer-thickness", "thin"), 2),
        (("-m", "m100", "-o", "a.docx"), 2),
        (("-m", "m100", "-o", "a.png", "--lang", "fr"), 2),
        (("-m", "m100", "--lang", "fr"), 2),
        (("-m", "m100", "-m", "eos-m100"), 2),
        (("-m", "m100", "-p", "m400_4_316l_40um"), 2),
        (("-m", "m100", "-o", "."), 2),
        (("-m", "m100", "-o", "nowhere/a.png"), 5),
        (("-m", "m100", "--cost", "missing.toml"), 3),
    ],
)
def test_wrong_use_is_told_with_its_status(amprep, shop, options, status):
    outcome = amprep.run("compare", "cube.stl", *options)
    assert outcome.exit_code == status, outcome.stderr
    assert "error[E" in outcome.stderr
    assert sorted(path.name for path in shop.iterdir()) == ["cube.stl"]
