"""The entries of the glossary: complete, short, well linked, and found by every word they have."""

from __future__ import annotations

import re

import pytest

from amprep.cli.app import app
from amprep.errors import CODES, UsageError
from amprep.glossary import LEVELS, THEMES, all_terms, find_term
from amprep.glossary.finding import plain_word
from amprep.glossary.own_job import _FIGURES
from amprep.languages import LANGUAGES, words_of
from amprep.profiles import find_machine
from amprep.profiles.parameters import PARAMETERS
from amprep.reading.job_file import TABLE_NAMES, JobFile

TERMS = all_terms()
KEYS = [term.key for term in TERMS]
MOST_LETTERS = {"pupil": 240, "trainee": 320, "engineer": 330}


def known_settings() -> set[str]:
    inside = {f"{TABLE_NAMES[table]}.{one.key}" for table, found in PARAMETERS.items() for one in found}
    return inside | set(JobFile.model_fields)


def of_theme(theme):
    return [term for term in TERMS if term.theme == theme]


def test_there_are_enough_terms():
    assert len(TERMS) >= 70
    assert {term.theme for term in TERMS} == set(THEMES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_level_has_a_text_in_every_language(theme, lang):
    for term in of_theme(theme):
        check_texts(term, lang)


def check_texts(term, lang):
    assert term.title(lang)[0] == term.title(lang)[0].upper()
    for level in LEVELS:
        text = term.text(lang, level)
        assert text == " ".join(text.split())
        assert text.endswith((".", "`."))
        assert 30 < len(text) <= MOST_LETTERS[level], (level, len(text))
        assert text.count("`") % 2 == 0
    assert not re.search(r"[=Σ·√≤²`]|[α-ω]", term.text(lang, "pupil")), "no formula for pupils"
    assert term.text(lang, "pupil").count(".") <= 3, "one or two sentences, three at most"
    others = term.other_words(lang)
    assert all(others)
    assert len(set(map(plain_word, others))) == len(others)
    assert plain_word(term.title(lang)) not in map(plain_word, others)


def test_texts_are_translated():
    """Texts of two languages never coincide; titles may, as that of argon does."""
    for term in TERMS:
        for level in LEVELS:
            assert len({term.text(lang, level) for lang in LANGUAGES}) == len(LANGUAGES), term.key


@pytest.mark.parametrize("theme", THEMES)
def test_names_in_backticks_are_the_same_in_all_languages(theme):
    """What is typed is not translated; neither are codes."""
    for term in of_theme(theme):
        for level in LEVELS:
            english = term.text("en", level)
            typed, codes = re.findall(r"`[^`]*`", english), re.findall(r"\b[EW]\d{3}\b", english)
            assert set(codes) <= set(CODES)
            for lang in LANGUAGES:
                text = term.text(lang, level)
                assert sorted(re.findall(r"`[^`]*`", text)) == sorted(typed), (level, lang)
                assert re.findall(r"\b[EW]\d{3}\b", text) == codes, (level, lang)


@pytest.mark.parametrize("theme", THEMES)
def test_related_terms_settings_fields_and_commands_are_there(theme):
    for term in of_theme(theme):
        assert term.related, "nothing to go on to"
        assert set(term.related) <= set(KEYS) - {term.key}
        assert set(term.settings) <= known_settings()
        commands = {one.name for one in app.registered_commands} | {
            group.name for group in app.registered_groups
        }
        assert set(term.commands) <= commands
        machine = find_machine("m400-4")
        for path in term.profile:
            value = machine
            for name in path.split("."):
                value = value[0] if isinstance(value, tuple) else value
                assert isinstance(value, dict) or hasattr(value, name), path
                value = value[name] if isinstance(value, dict) else getattr(value, name)
        assert not (term.standard and term.standard_recalled)


@pytest.mark.parametrize("theme", THEMES)
def test_a_term_is_found_by_its_title_in_any_language(theme):
    for term in of_theme(theme):
        for title in term.titles().values():
            for lang in LANGUAGES:
                for typed in (title, title.lower(), title.upper(), plain_word(title)):
                    assert find_term(typed, lang=lang) is term, (typed, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_term_is_found_by_its_other_words(lang):
    """But for words that another term has with more right: one and the same word leads to one term."""
    for term in TERMS:
        filament = term.filament_word(lang)
        for word in (*term.other_words(lang), *([filament] if filament else [])):
            found = find_term(word, lang=lang)
            rights = (found.title(lang), found.filament_word(lang), *found.other_words(lang))
            assert found is term or plain_word(word) in map(plain_word, rights), (term.key, word)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("perimeter", "contour"),
        ("Perimeter", "contour"),
        ("perimetr", "contour"),
        ("perymetr", "contour"),
        ("infill", "hatch"),
        ("Infill", "hatch"),
        ("nozzle", "laser_spot"),
        ("Düse", "laser_spot"),
        ("duse", "laser_spot"),
        ("tryska", "laser_spot"),
        ("dysza", "laser_spot"),
        ("bed", "platform"),
        ("Druckbett", "platform"),
        ("brim", "support"),
        ("raft", "support"),
        ("filament", "powder"),
        ("layer height", "layer_thickness"),
        ("layer-height", "layer_thickness"),
        ("travel move", "jump"),
        ("warping", "distortion"),
        ("vrstva", "layer"),
        ("wypełnienie", "hatch"),
        ("wypelnienie", "hatch"),
        ("SCHICHT", "layer"),
        ("Stuetze", "support"),
        ("Fuellung", "hatch"),
        ("hatch_distance_mm", "hatch_distance"),
        ("beam_offset_mm", "beam_offset"),
        ("LPBF", "process"),
        ("N2", "nitrogen"),
        ("67°", "rotation"),
    ],
)
def test_words_that_visitors_bring_along(typed, key):
    assert find_term(typed).key == key


def test_an_unknown_word_is_refused_with_a_proposal_in_the_language():
    with pytest.raises(UsageError, match='Did you mean "Schichtdicke"') as caught:
        find_term("Schichtdike", lang="de")
    assert caught.value.code == "E104"
    assert caught.value.exit_status == 2
    with pytest.raises(UsageError, match=r'unknown term "qqqqqqq"\.\n'):
        find_term("qqqqqqq")


def test_german_is_gender_neutral():
    say = words_of("glossary", "de")
    pattern = re.compile(
        r"\b(Be)?[Nn]utzer(n|s)?\b|\b(Bediener|Anwender|Schüler|Lehrer|Mitarbeiter|Kunde|Techniker|Fachmann|"
        r"Ingenieur|Kollege|Besucher|Zuschauer|Trainer|Azubi)(n|s|en)?\b"
    )
    for key in KEYS:
        for level in LEVELS:
            assert not pattern.search(say(f"{key}.{level}")), key


def test_sentences_on_a_job_belong_to_terms_that_have_figures():
    assert set(_FIGURES) <= set(KEYS)
