"""``amprep explain`` for terms: levels, languages, JSON, a job of one's own, the page of all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.cli.explain import _lines
from amprep.errors import CODES, UsageError
from amprep.explanations import _titles, code_title
from amprep.glossary import LEVELS, all_terms, glossary_page, glossary_reference, own_job_text, term_named
from amprep.glossary.own_job import _FIGURES
from amprep.languages import LANGUAGES, words

ROOT = Path(__file__).resolve().parents[2]

SUMMARY = {
    "layers": 100,
    "layer_thickness_mm": 0.04,
    "built_height_mm": 4.0,
    "vectors": 67_400,
    "hatch_mm": 12_000_000.0,
    "contour_mm": 300_000.0,
    "jump_mm": 20_000.0,
    "time_s": {
        "recoating": 1800.0,
        "recoating_range": [900.0, 2480.0],
        "exposure": 64.8,
        "exposure_range": [64.8, 64.8],
        "wait": 0.0,
        "job": 23_464.0,
        "job_range": [11_760.0, 45_754.0],
    },
    "mass_g": {
        "part": 6.4,
        "charge": 31_428.0,
        "overflow": 6007.0,
        "range": {"charge": [10_775.0, 74_155.0], "overflow": [3828.0, 12_761.0]},
    },
    "gas_m3": {"total": 6.6, "range": [1.7, 25.7]},
    "area_audit": {"sliced_mm2": 20_000.0, "lost_mm2": 0.00005},
    "laser_balance": {"gap_median_pct": 9.4},
}


def explained(*arguments: str):
    return CliRunner().invoke(app, ["explain", *arguments])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_term_has_all_levels_unless_one_is_asked_for(lang):
    term = term_named("contour")
    whole = explained("perimeter", "--lang", lang)
    assert whole.exit_code == 0, whole.output
    assert whole.stdout.startswith(term.title(lang) + "\n")
    flat = " ".join(whole.stdout.split())
    for level in LEVELS:
        assert term.text(lang, level) in flat
        alone = " ".join(explained("perimeter", "--lang", lang, "--level", level).stdout.split())
        assert [term.text(lang, other) in alone for other in LEVELS] == [other == level for other in LEVELS]
    assert term.filament_word(lang) in flat
    assert "contour.count" in flat
    assert "contour.count" not in explained("perimeter", "--lang", lang, "--level", "pupil").stdout


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_are_no_wider_than_a_terminal(lang):
    for term in all_terms():
        lines = _lines(term, lang, LEVELS, None)
        assert max(map(len, lines)) <= 88, term.key


def test_words_need_no_quotes_and_follow_the_surroundings(monkeypatch):
    monkeypatch.setenv("AMPREP_LANG", "pl")
    assert explained("hatch", "distance").stdout.startswith("Odstęp wypełnienia\n")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_names_all_terms_and_codes(lang):
    listing = explained("--lang", lang).stdout
    flat = " ".join(listing.split())
    assert all(term.title(lang) in flat for term in all_terms())
    assert all(re.search(rf"^{code}  \S", listing, re.MULTILINE) for code in CODES)
    assert (words("explain", lang, "codes_english") in flat) == (lang in {"cs", "pl"})
    document = json.loads(explained("--lang", lang, "--json").stdout)
    assert len(document["terms"]) == len(all_terms())
    assert len(document["codes"]) == len(CODES)


def test_the_page_of_a_code_says_in_czech_and_polish_that_it_is_in_english():
    for lang, head in (("cs", "Co dělat"), ("pl", "Co zrobić")):
        text = explained("E203", "--lang", lang).stdout
        assert words("explain", lang, "codes_english") in " ".join(text.split())
        assert head in text
        assert json.loads(explained("E203", "--lang", lang, "--json").stdout)["language"] == "en"


def test_titles_of_codes_in_czech_and_polish():
    """Pages may come later; a title that is not there yet is told in English."""
    assert set(_titles()) == {"cs", "pl"}
    for lang, titles in _titles().items():
        assert set(titles) <= set(CODES)
        for code, title in titles.items():
            assert title == title.strip()
            assert title != CODES[code]
            assert code_title(code, language=lang) == title
    assert explained("e203", "--lang", "cs").stdout.startswith("E203  síť je otevřená\n")
    assert set(_titles()["cs"]) == set(_titles()["pl"])


def test_what_is_not_known_is_a_usage_error():
    outcome = explained("kontur", "--level", "expert")
    assert outcome.exit_code == 2
    assert 'error[E104] --level: unknown level "expert"' in outcome.stderr
    outcome = explained("Schihcten", "--lang", "de")
    assert outcome.exit_code == 2
    assert 'error[E104] explain: unknown term "Schihcten". Did you mean "Schicht"?' in outcome.stderr
    assert json.loads(explained("nonsense", "--json").stdout)["ok"] is False


def test_a_term_as_json():
    document = json.loads(explained("výplň", "--lang", "pl", "--level", "engineer", "--json").stdout)
    assert document["schema"] == "amprep.term/1"
    assert (document["term"], document["language"]) == ("hatch", "pl")
    assert document["titles"] == {lang: term_named("hatch").title(lang) for lang in LANGUAGES}
    assert list(document["texts"]) == ["engineer"]
    assert {"term": "hatch_distance", "title": "Odstęp wypełnienia"} in document["related"]


# -- a job of one's own


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", _FIGURES)
def test_a_sentence_with_the_figures_of_a_job(key, lang):
    text = own_job_text(term_named(key), SUMMARY, lang=lang)
    assert text.endswith(".")
    assert "{" not in text
    if key in {"recoating", "job_time", "powder_charge", "overflow", "inert_gas"}:
        assert words("common", lang, "assumed") in text


def test_figures_of_a_job_are_those_of_its_summary():
    assert own_job_text(term_named("vector"), SUMMARY, lang="en") == (
        "In this job the laser marks 12.3 km in 67,400 strokes, 30.8 times round a running track of 400 m."
    )
    assert "12,0 km" in own_job_text(term_named("hatch"), SUMMARY, lang="de")
    assert "< 0,001 %" in own_job_text(term_named("audit"), SUMMARY, lang="cs")
    assert "64,8" not in own_job_text(term_named("exposure"), SUMMARY, lang="pl")
    assert own_job_text(term_named("exposure"), SUMMARY, lang="pl").endswith("1 min 05 s.")
    assert not own_job_text(term_named("argon"), SUMMARY, lang="pl")
    assert not own_job_text(term_named("laser_balancing"), {"laser_balance": None}, lang="en")


def test_a_job_folder_that_is_not_there(tmp_path):
    assert explained("layer", "--run", str(tmp_path / "no.amjob")).exit_code == 3


# -- the page and the manual


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_holds_everything_and_asks_nobody(lang):
    page = glossary_page(lang)
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|\bsrc=|@import|url\(|@\w+@", page)
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(found[1])
    assert data["lang"] == lang
    assert [term["key"] for term in data["terms"]] == [term.key for term in all_terms()]
    assert all(set(term["texts"]) == set(LANGUAGES) for term in data["terms"])
    assert "<" not in found[1]


def test_the_page_refuses_what_it_does_not_have():
    for arguments in ({"lang": "fr"}, {"lang": "de", "level": "expert"}):
        with pytest.raises(UsageError):
            glossary_page(**arguments)


def test_the_page_is_written_as_a_file_once(tmp_path):
    file = tmp_path / "glossary.html"
    assert explained("-o", str(file), "--lang", "cs").exit_code == 0
    assert '<html lang="cs">' in file.read_text(encoding="utf-8")
    assert explained("-o", str(file)).exit_code == 5
    assert explained("-o", str(file), "--force", "--json").exit_code == 0
    assert explained("-o", str(tmp_path / "glossary.pdf")).exit_code == 2
    assert explained("layer", "-o", str(tmp_path / "layer.html")).exit_code == 2


def test_the_manual_is_up_to_date():
    page = (ROOT / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
    assert page == glossary_reference(), "amprep schema glossary > docs/reference/glossary.md"
