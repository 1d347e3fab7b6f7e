"""Reads the catalogues: compiled ones from a wheel, their sources in a checkout."""

from __future__ import annotations

import os
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from amprep.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from gettext import GNUTranslations

__all__ = [
    "LANGUAGES",
    "TERMINAL_DOMAINS",
    "TERMINAL_LANGUAGES",
    "Words",
    "checked_language",
    "choose_language",
    "counted",
    "surrounding_language",
    "terminal_language",
    "texts_of",
    "words",
    "words_of",
]

LANGUAGES = ("en", "de", "cs", "pl")

#: Domains of what the terminal says, and the languages that it speaks; a report quotes its messages.
TERMINAL_DOMAINS = ("cli", "messages")
TERMINAL_LANGUAGES = ("en", "de")

#: Key and places to fill, to the words.
Words: TypeAlias = "Callable[..., str]"

_FOLDER = Path(__file__).parent

#: What `choose_language` was told.
_chosen: list[str] = []


def words(domain: str, lang: str, key: str, /, **values: str) -> str:
    """The words for `key` in the language `lang`, with `values` filled in.

    Raises
    ------
    UsageError
        E104, when there are no texts in this language.
    KeyError
        When the domain has no such key.

    """
    catalogue = _catalogue(domain, checked_language(lang))
    found = catalogue.gettext(key)
    if found == key and key not in _keys(domain):
        raise KeyError(key)
    return found.format(**values)


def words_of(domain: str, lang: str) -> Words:
    """`words` with domain and language chosen: ``say("key", place="value")``."""

    def say(key: str, /, **values: str) -> str:
        return words(domain, lang, key, **values)

    return say


def counted(domain: str, lang: str, key: str, number: int, /, **values: str) -> str:
    """The words for `number` things, in the form that the language has for this number.

    The catalogue has `key` as ``msgid`` and as ``msgid_plural``. The words have a place ``{number}`` for
    the number as text; where it is not among `values`, it is put in without grouping.
    """
    found = _catalogue(domain, checked_language(lang)).ngettext(key, key, number)
    if found == key:
        raise KeyError(key)
    return found.format(**{"number": str(number), **values})


def checked_language(lang: str) -> str:
    """`lang` as it is, where there are texts in it.

    Raises
    ------
    UsageError
        E104, when there are none.

    """
    if lang not in LANGUAGES:
        raise UsageError(
            f'no texts in the language "{lang}".{did_you_mean(lang, LANGUAGES)}',
            code="E104",
            fix="one of: " + ", ".join(LANGUAGES),
        )
    return lang


def texts_of(domain: str, lang: str) -> dict[str, str]:
    """All keys of a domain without plural forms, with their texts as they stand in the catalogue."""
    catalogue = _catalogue(domain, checked_language(lang))._catalog  # type: ignore[attr-defined]  # noqa: SLF001
    return {key: text for key, text in catalogue.items() if isinstance(key, str) and key}


def choose_language(lang: str | None) -> None:
    """Let `lang` be the surrounding language from now on, as ``amprep --lang`` does; None: ask them again.

    Raises
    ------
    UsageError
        E104, when there are no texts in this language.

    """
    _chosen[:] = [] if lang is None else [checked_language(lang)]


def terminal_language() -> str:
    """The surrounding language, where the terminal speaks it; otherwise English."""
    lang = surrounding_language()
    return lang if lang in TERMINAL_LANGUAGES else "en"


def surrounding_language() -> str:
    """The language chosen; else that of the surroundings: ``AMPREP_LANG``, the locale; else English."""
    if _chosen:
        return _chosen[0]
    for name in ("AMPREP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        word = os.environ.get(name, "")[:2].lower()
        if word:
            return word if word in LANGUAGES else "en"
    return "en"


@cache
def _catalogue(domain: str, lang: str) -> GNUTranslations:
    # Help needs neither.
    from gettext import GNUTranslations

    from amprep.languages.compiling import compiled

    ready = _FOLDER / lang / f"{domain}.mo"
    data = ready.read_bytes() if ready.exists() else compiled(ready.with_suffix(".po"))
    return GNUTranslations(BytesIO(data))


@cache
def _keys(domain: str) -> frozenset[str]:
    """Keys whose words in English are the key itself would look as if they were missing."""
    catalogue = _catalogue(domain, "en")._catalog  # type: ignore[attr-defined]  # noqa: SLF001
    return frozenset(key for key in catalogue if isinstance(key, str))
