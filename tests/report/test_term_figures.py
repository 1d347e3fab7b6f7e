"""``amprep explain TERM --run JOB``: each term has those figures of the job that belong to it."""

from __future__ import annotations

import json
import re

import pytest
from tests.report.conftest import run

from amprep.glossary import all_terms, term_named
from amprep.languages import LANGUAGES
from amprep.report.term_figures import term_figures
from amprep.runs import open_run

#: Terms of settings and results, with what a line in English says of them for the job of the fixture.
FIGURES = {
    "upskin": "Layers of the upskin: 3 (assumed)",
    "downskin": "Layers of the downskin: 2 (assumed)",
    "layer_thickness": "Layer thickness: 40 µm",
    "hatch_distance": "Hatch distance: 0.1 mm (recalled, unconfirmed)",
    "scan_speed": "Contour: 900 mm/s (assumed)",
    "laser_power": "Core: 214 W (recalled, unconfirmed)",
    "beam_offset": "Beam offset of the contour: 0.05 mm (assumed)",
    "energy_density": "Core: 57.7 J/mm³ (recalled, unconfirmed)",
    "stripes": "Pattern: stripes (third party, no address)",
    "powder": "of powder;",
    "build_rate": "over all layers",
    "smoke": "in the smoke of another one",
    "recoating": "Recoating, one-sided: 18 s (assumed)",
    "delay": "Laser-on delay: 0.1 ms (assumed)",
    "part": "Parts: 3",
    "job": "Machine: EOS M 400-4",
}


@pytest.mark.parametrize("key", FIGURES)
def test_a_term_has_its_figures_in_a_job(key, reported):
    lines = [line.in_language("en") for line in term_figures(term_named(key), open_run(reported.job))]
    assert any(FIGURES[key] in line for line in lines), lines


def test_all_lines_are_whole_in_all_languages(reported):
    job = open_run(reported.job)
    for term in all_terms():
        for line in term_figures(term, job):
            for lang in LANGUAGES:
                told = line.in_language(lang)
                assert told
                assert "{" not in told
                assert "\u00a0" not in told
                assert lang == "en" or not re.search(r"\((assumed|recalled|data sheet|set by)", told), told


def test_what_the_job_does_not_do_has_no_figure(reported):
    job = open_run(reported.job)
    assert not term_figures(term_named("support"), job), "the job has no supports"
    assert not term_figures(term_named("nitrogen"), job), "the gas is argon"
    pattern = [line.in_language("en") for line in term_figures(term_named("chess"), job)]
    assert pattern == ["Pattern: stripes (third party, no address)"], "no islands, so no width of them"


def test_the_terminal_and_json_have_the_same_lines(reported):
    said = " ".join(run("explain", "Laserleistung", "--run", reported.job, "--lang", "de").stdout.split())
    assert "Füllung (Kern): 214 W (aus dem Gedächtnis, unbestätigt)" in said
    document = json.loads(run("explain", "laser power", "--run", reported.job, "--json").stdout)
    lines = [
        line.in_language("en") for line in term_figures(term_named("laser_power"), open_run(reported.job))
    ]
    assert document["in_this_job"] == "\n".join(lines)
