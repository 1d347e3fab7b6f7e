"""A grain of 0.3 mm and the largest plate: their pictures have units and numbers that can be read."""

from __future__ import annotations

import contextlib

import pytest
from tests.pictures.linter import faults
from typer.testing import CliRunner

from amprep.animation.layer_film import clock_text
from amprep.cli.app import app
from amprep.demonstrators.primitives import box
from amprep.languages import LANGUAGES
from amprep.output.stl import write_stl
from amprep.pictures.close_up import CloseUp
from amprep.pictures.kinds import Choice, draw_picture
from amprep.runs import open_run

PROFILES = ("slide", "print")
#: Of the two bodies; the large one is a single layer.
SIZES_MM = {"grain": (0.3, 0.3, 0.3), "slab": (390.0, 390.0, 0.04)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extremes")
    made = {}
    for name, size_mm in SIZES_MM.items():
        write_stl(box(size_mm), folder / f"{name}.stl")
        with contextlib.chdir(folder):
            words = ["slice", f"{name}.stl", "-m", "m400-4", "--no-report", "-j", "1"]
            outcome = CliRunner().invoke(app, words)
        assert outcome.exit_code == 0, outcome.stderr
        made[name] = open_run(folder / f"{name}.amjob")
    return made


def words_on(figure):
    return {one.get_text() for one in figure.texts}


@pytest.mark.parametrize(("lang", "profile"), [*zip(LANGUAGES, PROFILES * 2, strict=True)])
@pytest.mark.parametrize("kind", ["gantt", "layer-order", "layer", "lasers", "area", "plate"])
def test_a_grain_is_readable(runs, kind, lang, profile):
    assert faults(draw_picture(runs["grain"], kind, lang=lang, profile=profile).figure) == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", ["layer", "layer-order", "lasers"])
def test_a_close_view_is_readable(runs, kind, profile):
    choice = Choice(close_up=CloseUp(200.0, 200.0, 0.6))
    picture = draw_picture(runs["slab"], kind, lang="de", profile=profile, choice=choice)
    assert faults(picture.figure) == []


@pytest.mark.parametrize(
    ("kind", "title"),
    [("gantt", "Zeit ab Beginn der Belichtung in ms"), ("layer-order", "Beginn der Belichtung in ms")],
)
def test_milliseconds_are_drawn_in_milliseconds(runs, kind, title):
    figure = draw_picture(runs["grain"], kind, lang="de").figure
    assert title in words_on(figure)
    figure.canvas.draw()
    scales = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    labels = {tick.get_text() for axis in scales for tick in axis.get_ticklabels()}
    assert not [label for label in labels if label.startswith("0,00") and label.strip("0,")]


def test_a_grain_fills_its_picture(runs):
    panel = draw_picture(runs["grain"], "layer", lang="en").figure.axes[0]
    low, high = panel.get_ylim()
    assert high - low <= 0.5
    assert "< 0.01 cm³" in " ".join(words_on(draw_picture(runs["grain"], "area", lang="en").figure))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("kind", "title"), [("area", "Area per layer in cm²"), ("risk", "Area in cm²")])
def test_large_areas_stay_beside_the_title_of_their_axis(runs, kind, title, profile):
    figure = draw_picture(runs["slab"], kind, lang="en", profile=profile).figure
    assert faults(figure) == []
    assert title in words_on(figure)
    figure.canvas.draw()
    labels = [one.get_text() for axes in figure.axes for one in axes.get_yticklabels()]
    assert labels
    assert max(map(len, labels)) <= 5


def test_the_clock_of_a_film_runs_visibly():
    assert clock_text(0.00123, 0.0016, "de") == "1,23 ms"
    assert clock_text(0.0561, 0.0561, "en") == "56.1 ms"
    assert clock_text(0.25, 0.5, "en") == "0.250 s"
    assert clock_text(12.34, 60.0, "en") == "12.3 s"
