"""No word outside the slide, over another word, or too small to read."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.lines import Line2D
from tests.pictures.linter import faults

from amprep.model.layer import Contours
from amprep.model.provenance import Grade
from amprep.model.scan import LayerAreas, Region
from amprep.pictures import furniture
from amprep.pictures.furniture import SAMPLE_IN, add_sample
from amprep.pictures.layer import draw_layer
from amprep.pictures.layer_time import draw_layer_time

FOOT = {"version": "0.1.0", "job_hash": "3fa9c1d27be0aa11"}


LAYERS = {
    "no vector": ([], 4, [0.0] * 4),
    "no vector on a disc": ([], 1, [0.0]),
    "one vector": ([[200, 200, 200.3, 200.1]], 4, [0.0004, 0, 0, 0]),
    "one laser": ([[x, -20, x, 20] for x in np.arange(-20, 20, 0.1)], 1, [138.2]),
    "flat": ([[10, y, 390, y] for y in np.arange(200, 200.5, 0.1)], 4, [12.3, 1, 1, 1]),
    "tall": ([[x, 5, x, 395] for x in np.arange(200, 200.5, 0.1)], 4, [1, 1, 12.3, 1]),
    "at the edge": ([[390, y, 399.9, y] for y in np.arange(390, 399.9, 0.1)], 4, [0, 59.96, 0, 0]),
    "at the edge of a disc": ([[40, y, 49, y] for y in np.arange(-5, 5, 0.1)], 1, [3.1]),
    "across the middle": ([[100, y, 300, y] for y in np.arange(100, 300, 0.1)], 4, [1238.1, 1124, 1243, 807]),
    "whole plate": ([[0, y, 400, y] for y in np.arange(0, 400, 0.5)], 4, [59.94, 33, 44.4, 1000]),
}


@pytest.mark.parametrize("lang", ["en", "de", "cs", "pl"])
@pytest.mark.parametrize("case", LAYERS)
def test_words_of_the_layer_picture_are_readable(made, case, lang):
    segments, lasers, busy = LAYERS[case]
    region = [i % 7 == 0 for i in range(len(segments))]
    figure = draw_layer(
        made.layer(segments, region, lasers=lasers),
        machine=made.machine(lasers, field_grade=Grade.ASSUMED),
        process=made.process(),
        material=made.material(),
        busy_s=busy,
        layer_number=12_400,
        layer_count=12_500,
        part_bounds_mm=[(0, 0, 30, 30)],
        lang=lang,
        **FOOT,
    )
    assert faults(figure) == []


@pytest.mark.parametrize("lang", ["en", "de", "cs", "pl"])
def test_words_are_readable_when_directions_are_unknown_and_all_is_thinned(made, lang):
    rings = [(170, 180, 50, 18), (245, 235, 45, 25)]
    figure = draw_layer(
        made.ring_layer(rings),
        machine=made.machine(gas="unknown", recoater="unknown"),
        process=made.process(),
        material=made.material(),
        busy_s=[9.8, 11.2, 12.4, 8.1],
        layer_number=412,
        layer_count=1100,
        lang=lang,
        **FOOT,
    )
    assert faults(figure) == []


@pytest.mark.parametrize("lang", ["en", "de", "cs", "pl"])
def test_a_legend_of_many_regions_does_not_run_into_itself(made, lang, monkeypatch):
    samples = []

    def noted(figure, x_in, y_in, entry):
        samples.append((x_in, y_in))
        return add_sample(figure, x_in, y_in, entry)

    monkeypatch.setattr(furniture, "add_sample", noted)
    regions = [Region.CORE, Region.UPSKIN, Region.DOWNSKIN, Region.SUPPORT, Region.CONTOUR, Region.EDGE]
    segments = [[190, 190 + 4 * i, 210, 190 + 4 * i] for i in range(len(regions))]
    plan = made.layer(segments, regions)
    lost = Contours(np.array([[195.0, 205], [196, 205], [196, 206]]), np.array([0, 3]))
    figure = draw_layer(
        replace(plan, areas=LayerAreas(100, 50, 20, 123.4, 0)),
        machine=made.machine(4, field_grade=Grade.ASSUMED),
        process=made.process(),
        material=made.material(),
        busy_s=[59.9, 1000.0, 44.4, 33.0],
        layer_number=12_400,
        layer_count=12_500,
        lost=[lost],
        remarks=["every 25th hatch vector drawn, to keep the picture readable"],
        lang=lang,
        **FOOT,
    )
    assert faults(figure) == []
    assert len(samples) >= len(regions) + 1 + 4
    dpi = figure.dpi
    for word in figure.texts:
        box = word.get_window_extent()
        for x_in, y_in in samples:
            is_level = box.y0 < y_in * dpi < box.y1
            is_over = box.x0 < (x_in + SAMPLE_IN) * dpi and box.x1 > x_in * dpi
            is_digit = word.get_text().isdigit()
            assert is_digit or not (is_level and is_over), f"{word.get_text()!r} over a sample"
    badges = [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_markersize() / 72)
        for line in figure.findobj(lambda one: isinstance(one, Line2D) and one.get_marker() == "o")
        if line.get_transform() == figure.dpi_scale_trans
    ]
    assert len(badges) >= 4
    for (x_in, y_in, wide_in), (other_x_in, other_y_in, other_in) in itertools.combinations(badges, 2):
        assert math.hypot(x_in - other_x_in, y_in - other_y_in) > (wide_in + other_in) / 2


TIMES = {
    "four lasers": {"layers": 1100},
    "waiting": {"layers": 1100, "minimum_s": 20},
    "one laser": {"layers": 300, "lasers": 1},
    "one laser, waiting": {"layers": 300, "lasers": 1, "minimum_s": 30},
    "no layer": {"layers": 0},
    "one layer": {"layers": 1},
    "two layers": {"layers": 2, "minimum_s": 20},
    "many layers": {"layers": 10_000, "minimum_s": 20, "spike": True},
    "many layers, one laser": {"layers": 10_000, "lasers": 1, "noise": 0.4},
}


@pytest.mark.parametrize("lang", ["en", "de", "cs", "pl"])
@pytest.mark.parametrize("case", TIMES)
def test_words_of_the_layer_time_picture_are_readable(made, case, lang):
    options = TIMES[case]
    figure = draw_layer_time(
        made.estimate(**options),
        machine=made.machine(options.get("lasers", 4), minimum_s=options.get("minimum_s", 0)),
        process=made.process(),
        material=made.material(),
        lang=lang,
        **FOOT,
    )
    assert faults(figure) == []


def test_the_linter_sees_faults(made):
    figure = draw_layer_time(
        made.estimate(2), machine=made.machine(), process=made.process(), material=made.material(), **FOOT
    )
    figure.text(0.995, 0.5, "cut off", fontsize=13)
    figure.text(0.5, 0.5, "tiny", fontsize=9)
    figure.text(0.3, 0.8, "one", fontsize=13)
    figure.text(0.3, 0.8, "two", fontsize=13)
    found = "\n".join(faults(figure))
    assert "outside: 'cut off'" in found
    assert "small: 'tiny'" in found
    assert "'one' over 'two'" in found
