"""Words in four languages: gettext catalogues, one a domain and language, and the language to take.

A domain is a room of the program that has words of its own (``pictures``, ``viewer``, ``demos``, ...). Its
catalogues lie here as ``LANGUAGE/DOMAIN.po``, with symbolic keys and English among the languages, and are
compiled into the wheel as ``.mo``. The same keys with the same places to fill stand in every
language (a test).
"""

from __future__ import annotations

from amprep.languages.catalogues import (
    LANGUAGES,
    TERMINAL_DOMAINS,
    TERMINAL_LANGUAGES,
    Words,
    checked_language,
    choose_language,
    counted,
    surrounding_language,
    terminal_language,
    words,
    words_of,
)

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
    "words",
    "words_of",
]
