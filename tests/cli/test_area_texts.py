"""Lost places and filters in words: one line for one wall, and nothing for what did not happen."""

from __future__ import annotations

import re

import pytest
from tests.bridge import write_bridge

from amprep.cli.area_texts import filter_text, lost_texts
from amprep.cli.texts import volume_text
from amprep.losses import LostPlace, largest_places


def place(layer, x_mm=10.0, *, part="plate", area_mm2=0.12, width_mm=0.03):
    return {
        "part": part,
        "layer": layer,
        "top_mm": 0.04 * layer,
        "x_mm": x_mm,
        "y_mm": 20.0,
        "area_mm2": area_mm2,
        "width_mm": width_mm,
    }


def test_a_wall_that_is_too_thin_in_many_layers_is_one_line():
    places = [place(layer, 10.0 + 0.002 * layer) for layer in range(1, 11)]
    assert lost_texts(places, 10) == ["lost: layers 1 … 10, x 10.00, y 20.00 mm: 1.2 mm² in all, 30 µm wide"]


def test_a_single_place_keeps_its_line():
    assert lost_texts([place(7)], 1) == ["lost: layer 7, x 10.00, y 20.00 mm: 0.12 mm², 30 µm wide"]


@pytest.mark.parametrize(
    "other", [place(2, 10.2), place(2, part="other"), place(2, width_mm=0.05)], ids=["x", "part", "width"]
)
def test_places_that_differ_stay_apart(other):
    assert len(lost_texts([place(1), other], 2)) == 2


def test_layers_between_that_are_not_listed_are_not_claimed():
    (line,) = lost_texts([place(1), place(2), place(9)], 3)
    assert "3 of layers 1 … 9" in line


def test_of_a_wall_whose_layers_are_not_all_listed_no_end_is_claimed():
    line, rest = lost_texts([place(layer) for layer in range(1, 51)], 200)
    assert line == "lost: at least layers 1 … 50, x 10.00, y 20.00 mm: at least 6 mm² in all, 30 µm wide"
    assert rest == "200 places in all, layer by layer: 150 more are counted only"


def test_a_wall_that_leans_is_one():
    (line,) = lost_texts(
        [place(layer, 10.0 + 0.05 * layer, area_mm2=1.0 / layer) for layer in range(1, 40)], 39
    )
    assert "layers 1 … 39, x 10.05" in line


def test_one_wall_does_not_hide_the_others():
    places = [
        LostPlace(0, layer, 5.0 + 3.0 * wall, 1.0, 1.0 - 0.1 * wall, 0.03)
        for wall in range(4)
        for layer in range(100)
    ]
    listed = largest_places(places, len(places))
    assert {one.x_mm for one in listed} == {5.0, 8.0, 11.0, 14.0}
    halves = [largest_places(places[i::2], 200) for i in range(2)]
    assert largest_places(halves[0] + halves[1], 400) == listed
    assert len(largest_places(places[:50], 50)) == 50


def test_what_is_not_told_is_counted():
    places = [place(1, x_mm, area_mm2=1.0 / x_mm) for x_mm in range(10, 15)]
    *lines, rest = lost_texts([*places, place(1, area_mm2=1e-4)], 20)
    assert len(lines) == 3
    assert rest == (
        "20 places in all, layer by layer: 3 more are listed with --json · 14 more are counted only"
    )
    assert lost_texts([place(1, area_mm2=1e-4)], 5) == []


def test_what_loses_most_in_all_comes_first():
    wall = [place(layer, 30.0, area_mm2=0.1) for layer in range(1, 9)]
    lines = lost_texts([place(3, area_mm2=0.5), *wall], 9)
    assert [re.search(r"x ([\d.]+)", line)[1] for line in lines] == ["30.00", "10.00"]


NOTHING = {
    "short_vectors": 0, "short_mm": 0.0, "short_mm2": 0.0, "merged_points": 0, "merged_mm2": 0.0,
    "filled_mm": 0.0, "filled_mm2": 0.0, "merged_vectors": 0, "merged_mm": 0.0,
}  # fmt: skip


def test_filters_that_did_nothing_are_not_named():
    assert filter_text(NOTHING) == ""
    short = NOTHING | {"short_vectors": 1, "short_mm": 2.5, "short_mm2": 0.25}
    assert filter_text(short) == "1 short vector dropped (2.5 mm, 0.25 mm²)"
    points = NOTHING | {"merged_points": 3, "merged_mm2": -0.0}
    assert filter_text(points) == "3 points of contours merged (0 mm²)"
    merged = NOTHING | {"merged_vectors": 2, "merged_mm": 0.0}
    assert filter_text(merged) == "2 hatch vectors merged (0 mm)"
    filled = NOTHING | {"filled_mm": 4.0, "filled_mm2": 0.4}
    assert filter_text(filled) == "drawn out to the contour 4 mm, 0.4 mm²"


def test_slice_groups_the_places_of_a_wall(amprep, shop):
    part = write_bridge(shop).name
    options = ("-m", "m400-4", "--unit", "mm", "--no-report", "--set", "edge.min_width_mm=0.09")
    outcome = amprep.done("slice", part, *options, "-o", "thin.amjob")
    lines = [line for line in outcome.stdout.splitlines() if "lost: " in line]
    assert len(lines) == 1, lines
    assert "lost: layers 1 … 30, x " in lines[0]
    audit = amprep.read_json(shop / "thin.amjob/summary.json")["area_audit"]
    assert len(audit["lost_places"]) == audit["lost_places_in_all"] == 30, "the document lists every layer"


def test_what_is_hardly_lost_has_no_exponent():
    assert [volume_text(mm3) for mm3 in (0.0, 3.86e-6, 0.00123, 12.4, 65_200.0)] == [
        "0 mm³",
        "< 0.001 mm³",
        "0.00123 mm³",
        "12.4 mm³",
        "65.2 cm³",
    ]
