"""``amprep compare``: table, JSON, CSV, picture, exit status."""

from __future__ import annotations

import csv
import json

import pytest

from amprep.cli.compare import parse_quantities
from amprep.errors import UsageError

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
