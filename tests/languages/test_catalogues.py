"""The catalogues: the same keys and the same places to fill in every language, and what reads them."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import amprep.languages
from amprep.errors import UsageError
from amprep.languages import (
    LANGUAGES,
    TERMINAL_DOMAINS,
    TERMINAL_LANGUAGES,
    choose_language,
    counted,
    surrounding_language,
    terminal_language,
    words,
)
from amprep.languages.compiling import entries

_FOLDER = Path(amprep.languages.__file__).parent
_DOMAINS = sorted(path.stem for path in (_FOLDER / "en").glob("*.po"))


def _languages(domain: str) -> tuple[str, ...]:
    return TERMINAL_LANGUAGES if domain in TERMINAL_DOMAINS else LANGUAGES


def _messages(lang: str, domain: str) -> dict[str, list[str]]:
    with (_FOLDER / lang / f"{domain}.po").open("rb") as file:
        catalogue = read_po(file, locale=lang, abort_invalid=True)
    found = {}
    for message in catalogue:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        key = message.id if isinstance(message.id, str) else message.id[0]
        found[key] = [message.string] if isinstance(message.string, str) else list(message.string)
    return found


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_every_domain() -> None:
    for lang in LANGUAGES:
        domains = [domain for domain in _DOMAINS if lang in _languages(domain)]
        assert sorted(path.stem for path in (_FOLDER / lang).glob("*.po")) == domains


@pytest.mark.parametrize(
    ("lang", "domain"), [(lang, domain) for domain in _DOMAINS for lang in _languages(domain) if lang != "en"]
)
def test_same_keys_with_the_same_places(lang: str, domain: str) -> None:
    english, other = _messages("en", domain), _messages(lang, domain)
    assert english.keys() == other.keys()
    forms = {"cs": 3, "pl": 3}.get(lang, 2)
    for key, texts in english.items():
        assert all(texts), key
        assert all(other[key]), key
        assert len(other[key]) == (forms if len(texts) > 1 else 1), key
        for text in [*texts, *other[key]]:
            assert _places(text) == _places(texts[0]), key


@pytest.mark.parametrize(("lang", "domain"), [(lang, d) for d in _DOMAINS for lang in _languages(d)])
def test_catalogues_are_read_as_others_read_them(lang: str, domain: str) -> None:
    ours = entries((_FOLDER / lang / f"{domain}.po").read_text("utf-8"))
    assert {keys[0]: texts for keys, texts in ours if keys[0]} == _messages(lang, domain)


def test_words_in_the_form_of_the_number() -> None:
    assert [counted("common", "pl", "layers", number) for number in (1, 2, 5, 22)] == [
        "1 warstwa",
        "2 warstwy",
        "5 warstw",
        "22 warstwy",
    ]
    assert counted("common", "en", "layers", 1000, number="1,000") == "1,000 layers"
    assert words("common", "de", "assumed") == "angenommen"


def test_the_terminal_has_a_form_for_one_thing() -> None:
    alike = {key for key, texts in _messages("en", "cli").items() if len(texts) > 1 and texts[0] == texts[1]}
    assert not alike
    told = counted("cli", "en", "layers_would_be_made", 1, number="1", thickness="40")
    assert told == "1 layer of 40 µm would be made"


def test_a_key_that_is_its_own_word() -> None:
    assert words("common", "en", "assumed") == "assumed"


def test_a_key_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        words("common", "de", "no such key")
    with pytest.raises(KeyError):
        counted("common", "de", "no such key", 3)


def test_a_language_that_is_not_there() -> None:
    with pytest.raises(UsageError, match='no texts in the language "fr"'):
        words("common", "fr", "assumed")


@pytest.mark.parametrize(
    ("surroundings", "expected"),
    [
        ({"AMPREP_LANG": "pl", "LANG": "de_DE.UTF-8"}, "pl"),
        ({"LANG": "cs_CZ.UTF-8"}, "cs"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_language_of_the_surroundings(
    surroundings: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AMPREP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    assert surrounding_language() == expected


def test_a_language_that_was_chosen_goes_before_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPREP_LANG", "de")
    assert terminal_language() == "de"
    choose_language("cs")
    assert (surrounding_language(), terminal_language()) == ("cs", "en")
    choose_language(None)
    assert surrounding_language() == "de"
