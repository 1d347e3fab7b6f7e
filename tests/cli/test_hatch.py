"""``amprep hatch``: one layer as a picture and as numbers, the same layer as in the whole job."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from tests.bridge import EVERYTHING, write_bridge

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import box
from amprep.layering import prepare_layer
from amprep.model.scan import Region
from amprep.output.job_store import read_layer
from amprep.output.stl import write_stl
from amprep.pictures import style
from amprep.reading.job_file import read_job_file

SVG = "{http://www.w3.org/2000/svg}"
SETTINGS = ("--set", "hatch.pattern=chess", "--set", "upskin.layers=2", "--set", "downskin.layers=2")
ON = ("-m", "m400-4", "--unit", "mm")


@pytest.fixture
def part(shop):
    return write_bridge(shop).name


def path_lengths(file):
    """mm by class, and the paths of the drawing."""
    root = ET.parse(file).getroot()
    assert root.tag == f"{SVG}svg"
    found = {}
    for path in root.iter(f"{SVG}path"):
        name = path.get("class")
        if name is None or name == "lost":
            continue
        here = np.zeros(2)
        total = 0.0
        for command, x, y in re.findall(r"([ML])(-?\d+) (-?\d+)", path.get("d")):
            there = np.array([int(x), int(y)])
            if command == "L":
                total += float(np.hypot(*(there - here)))
            here = there
        found[name] = found.get(name, 0.0) + total / 1000
    return found


@pytest.mark.parametrize("number", [1, 11, 15, 20, 30])
def test_the_picture_has_the_lengths_that_are_told(amprep, part, shop, number):
    outcome = amprep.done("hatch", part, *ON, "--layer-index", number, *SETTINGS, "-o", "one.svg", "--json")
    document = json.loads(outcome.stdout)
    assert document["layer"] == number
    assert document["layers"] == 30
    assert document["top_mm"] == pytest.approx(number * 0.04)
    drawn = path_lengths(shop / "one.svg")
    assert set(drawn) == set(document["regions"])
    for name, region in document["regions"].items():
        # The drawing has whole micrometres.
        assert drawn[name] == pytest.approx(region["length_mm"], abs=1e-3 * region["vectors"] + 1e-6), name
    assert sum(region["vectors"] for region in document["regions"].values()) == document["vectors"]
    areas = document["area_mm2"]
    rest = sum(area for name, area in areas.items() if name != "sliced")
    assert areas["sliced"] == pytest.approx(rest, rel=1e-9)


@pytest.mark.parametrize(("lang", "word"), [("en", "Contour"), ("de", "Kontur"), ("pl", "Kontur")])
def test_a_png_speaks_the_language_asked_for(amprep, part, monkeypatch, lang, word):
    drawn = []
    save = style.save
    monkeypatch.setattr(style, "save", lambda figure, path: drawn.append(figure) or save(figure, path))
    amprep.done("--lang", lang, "hatch", part, *ON, "-o", "one.png", "--force")
    said = " ".join(one.get_text() for one in drawn[0].texts)
    assert word in said
    assert (lang == "en") == ("Contour" in said)


def test_a_png_is_written(amprep, part, shop):
    amprep.done("hatch", part, *ON, "-o", "one.png")
    assert (shop / "one.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_close_up_shows_what_lies_there(amprep, part, shop):
    def drawn(*arguments):
        amprep.done("hatch", part, *ON, *arguments, "-o", "one.svg", "--force")
        return (shop / "one.svg").read_text()

    # The part is centred on 400 × 400 mm.
    whole, near = drawn(), drawn("--around", "200,200", "--span", "1mm")
    assert "1 mm around x 200, y 200" in near
    assert "clip-path" in near
    assert "clip-path" not in whole
    assert 0 < near.count("M") < whole.count("M") / 4
    for arguments in (("--around", "200,200"), ("--around=200.0,199.5mm", "--span", "100um")):
        amprep.done("hatch", part, *ON, *arguments, "-o", "one.png", "--force")
        assert (shop / "one.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_time_of_a_layer_is_told_with_its_grade(amprep, part):
    told = amprep.done("hatch", part, *ON).stdout
    document = json.loads(amprep.done("hatch", part, *ON, "--force", "--json").stdout)
    assert document["exposure_grade"] == "assumed"
    assert f"{document['exposure_s']:.3f} s of exposure (assumed)" in told


def test_vectors_are_counted_in_words_that_fit_their_number(amprep, part, monkeypatch):
    from amprep.cli import hatch

    assert hatch._vectors_text(1) == "1 vector"
    assert hatch._vectors_text(12_345, 9) == "   12 345 vectors"
    told = amprep.done("hatch", part, *ON).stdout
    assert " vectors " in told


def test_layer_height_and_middle(amprep, part, shop):
    def layer(*arguments):
        outcome = amprep.done("hatch", part, *ON, *arguments, "--json")
        return json.loads(outcome.stdout)["layer"]

    assert layer() == 16
    assert layer("--layer-index", 30) == 30
    assert layer("--z", "0.01") == 1
    assert layer("--z", "0.04mm") == 1
    assert layer("--z", "41um") == 2
    assert layer("--z", "1.2mm") == 30
    assert (shop / "layer.svg").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "status", "word"),
    [
        (("--layer-index", "0"), "E104", 2, "there is no layer 0"),
        (("--layer-index", "-1"), "E104", 2, "there is no layer -1"),
        (("--layer-index", "31"), "E104", 2, "1 … 30"),
        (("--z", "1.21mm"), "E104", 2, "z = 1.21 mm"),
        (("--z", "0"), "E104", 2, "above 0"),
        (("--z", "high"), "E104", 2, "no length"),
        (("--z", "1mm", "--layer-index", "3"), "E104", 2, "not both"),
        (("-o", "one.pdf"), "E104", 2, ".svg or .png"),
        (("--around", "3"), "E104", 2, "no place"),
        (("--around", "3,nan"), "E104", 2, "no place"),
        (("--around", "3,4,5"), "E104", 2, "no place"),
        (("--around", "3,4"), "E104", 2, "lie from x"),
        (("--span", "3mm"), "E104", 2, "--around"),
        (("--around", "3,4", "--span", "5m"), "E104", 2, "cannot be shown"),
        (("--around", "3,4", "--span", "wide"), "E104", 2, "no length"),
        (("-o", "old.svg"), "E501", 5, "--force"),
        (("-o", "no/such/folder.svg"), "E502", 5, "folder"),
    ],
)
def test_what_cannot_be_drawn_is_told(amprep, part, shop, tmp_path, arguments, code, status, word):
    (shop / "old.svg").write_text("old")
    before = amprep.tree(tmp_path)
    outcome = amprep.run("hatch", part, *ON, *arguments)
    assert isinstance(outcome.exception, SystemExit), repr(outcome.exception)
    assert f"error[{code}]" in outcome.stderr, outcome.stderr
    assert outcome.exit_code == status
    assert word in outcome.stderr
    assert amprep.tree(tmp_path) == before


def test_bad_parts_are_refused(amprep, part, shop):
    (shop / "bad.stl").write_text("Dear all, please find attached the part.")
    assert amprep.run("hatch", "bad.stl", *ON).exit_code == 3
    assert amprep.run("hatch", "none.stl", *ON).exit_code == 3
    assert not (shop / "layer.svg").exists()
    amprep.done("hatch", part, *ON, "-o", "old.svg")
    amprep.done("hatch", part, *ON, "-o", "old.svg", "--force")


def test_parameters_of_a_job_file_are_kept_but_for_those_that_are_set(amprep, part, shop):
    (shop / "job.toml").write_text(
        f'machine = "m400-4"\n[hatch]\nhatch_distance_mm = 0.2\n[[parts]]\nfile = "{part}"\nunit = "mm"\n'
    )
    plain = json.loads(amprep.done("hatch", "job.toml", "--json").stdout)
    again = json.loads(amprep.done("hatch", "job.toml", "--json", "--set", "contour.count=2").stdout)
    coarse = json.loads(
        amprep.done("hatch", "job.toml", "--json", "--set", "hatch.hatch_distance_mm=0.1").stdout
    )
    assert again["regions"]["contour"]["vectors"] > plain["regions"]["contour"]["vectors"]
    hatched = [
        sum(one["regions"][name]["length_mm"] for name in one["regions"] if "contour" not in name)
        for one in (plain, again, coarse)
    ]
    assert hatched[1] < hatched[0], "the second contour moves the hatch inwards"
    assert hatched[2] > 1.8 * hatched[0]
    outcome = amprep.run("hatch", "job.toml", "--set", "hatch.patern=chess")
    assert outcome.exit_code in {2, 3}
    assert 'did you mean "pattern"' in outcome.stderr


@pytest.mark.parametrize(
    "given", [("-M", "ti64"), ("--layer-thickness", "20um"), ("-p", "none"), ("--unit", "inch")]
)
def test_what_a_job_says_itself_is_refused(amprep, part, shop, given):
    (shop / "job.toml").write_text(f'machine = "m400-4"\n[[parts]]\nfile = "{part}"\nunit = "mm"\n')
    outcome = amprep.run("hatch", "job.toml", *given)
    assert outcome.exit_code == 2
    assert "the job says this itself" in outcome.stderr
    assert not (shop / "layer.svg").exists()


def test_one_layer_is_that_of_the_whole_job_bit_for_bit(amprep, part, shop):
    (shop / "job.toml").write_text(EVERYTHING)
    amprep.done("run", "job.toml", "-o", "whole.amjob", "--no-report", "-j", "2")
    job = assemble_job(read_job_file(shop / "job.toml"), shop)
    for index in range(job.layer_count):
        alone, stored = prepare_layer(job, index).vectors, read_layer(shop / "whole.amjob", index)
        for name in ("segments", "region", "part", "laser"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(stored, name))
    outcome = amprep.done("hatch", "whole.amjob", "--layer-index", 12, "--json", "-o", "twelve.svg")
    document = json.loads(outcome.stdout)
    assert document["vectors"] == len(read_layer(shop / "whole.amjob", 11))
    drawn = path_lengths(shop / "twelve.svg")
    told: dict[str, float] = {}
    for name, region in document["regions"].items():
        key = name.removesuffix(" again")
        told[key] = told.get(key, 0.0) + region["length_mm"]
    assert drawn == pytest.approx(told, rel=1e-3)


def test_a_layer_that_loses_much_is_warned_of(amprep, part, shop):
    short = ("--layer-index", 5, "--set", "filters.shortest_vector_mm=3")
    outcome = amprep.done("hatch", part, *ON, *short)
    warned = r"! bridge: [\d.]+ % of it .* is not exposed in this layer: .*too short +W212"
    assert re.search(warned, outcome.stdout)
    document = json.loads(amprep.done("hatch", part, *ON, *short, "--json").stdout)
    (warning,) = document["warnings"]
    assert warning["code"] == "W212"
    areas = document["area_mm2"]
    lost = areas["lost_thin"] + areas["lost_short"] + areas["lost_gap"]
    assert warning["share_pct"] == pytest.approx(100 * lost / areas["sliced"], abs=1e-4)
    assert warning["volume_mm3"] == pytest.approx(lost * 0.04, abs=1e-6)
    assert amprep.done("--lang", "de", "hatch", part, *ON, *short).stdout.count("W212") == 1


def test_a_layer_that_loses_nothing_is_not_warned_of(amprep, shop):
    outcome = amprep.done("hatch", "cube.stl", *ON)
    assert "W212" not in outcome.stdout
    assert "lost:" not in outcome.stdout
    document = json.loads(amprep.done("hatch", "cube.stl", *ON, "--json").stdout)
    assert document["warnings"] == []
    assert document["lost_places"] == []
    assert document["lost_places_in_all"] == 0


def test_orders_are_set_like_parameters(amprep, shop):
    begins = {}
    for order in ("first", "last"):
        options = ("--set", f"contour_order={order}", "--no-report", "-o", order)
        amprep.done("slice", "cube.stl", "-m", "m100", "--unit", "mm", *options)
        begins[order] = int(read_layer(shop / order, 3).region[0])
        assert f'contour_order = "{order}"' in (shop / order / "job.toml").read_text()
        amprep.done("run", shop / order / "job.toml", "--no-report", "-o", "again", "--force")
        assert int(read_layer(shop / "again", 3).region[0]) == begins[order]
    assert begins == {"first": Region.CONTOUR, "last": Region.CORE}


def test_places_too_thin_are_listed_as_in_the_summary_of_the_whole_job(amprep, part, shop):
    thick = ("--set", "edge.min_width_mm=0.09")
    outcome = amprep.done("hatch", part, *ON, "--layer-index", 5, *thick)
    assert re.search(r"lost: layer 5, x [\d.]+, y [\d.]+ mm: 0\.48 mm², 80 µm wide", outcome.stdout)
    document = json.loads(amprep.done("hatch", part, *ON, "--layer-index", 5, *thick, "--json").stdout)
    amprep.done("slice", part, *ON, *thick, "--no-report", "-o", "whole.amjob")
    whole = amprep.read_json(shop / "whole.amjob/summary.json")["area_audit"]["lost_places"]
    assert document["lost_places"] == [place for place in whole if place["layer"] == 5]
    assert document["lost_places_in_all"] == 1


def test_the_directions_told_are_those_of_what_is_exposed(amprep, part, shop):
    write_stl(box((5.0, 5.0, 0.4)), shop / "low.stl")
    (shop / "two.toml").write_text(
        f"""machine = "m400-4"
[hatch]
rotation_deg = 0
[[rules]]
layers = "5"
[rules.hatch]
pattern = "chess"
hatch_distance_mm = 0.2
[[parts]]
file = "low.stl"
unit = "mm"
[parts.exposure.hatch]
start_angle_deg = 30
[[parts]]
file = "{part}"
unit = "mm"
[parts.exposure.hatch]
start_angle_deg = 50
""",
        encoding="utf-8",
    )
    both = amprep.done("hatch", "two.toml", "--layer-index", 5, "--set", "upskin.layers=0").stdout
    assert "hatch at 30°, 50°" in both
    drawn = (shop / "layer.svg").read_text(encoding="utf-8")
    assert "· chess</desc>" in drawn
    assert 'stroke-width="100"' in drawn  # µm, half the distance of the rule
    # The low part has ended.
    outcome = amprep.done("hatch", "two.toml", "--layer-index", 15, "--json")
    document = json.loads(outcome.stdout)
    assert document["direction_deg"] == 50.0
    assert document["directions_deg"] == [50.0]
