"""The glossary as one page for a browser: all languages and levels inside, no network."""

from __future__ import annotations

import html
import json
from importlib import resources
from typing import Any

from amprep.errors import UsageError, did_you_mean
from amprep.glossary.terms import LEVELS, THEMES, Term, all_terms
from amprep.languages import LANGUAGES, checked_language, words
from amprep.version import __version__

__all__ = ["checked_level", "glossary_page"]

#: What a language calls itself.
_NAMES = {"en": "English", "de": "Deutsch", "cs": "Čeština", "pl": "Polski"}

_WORDS = (
    *(f"theme.{theme}" for theme in THEMES),
    *(f"level.{level}" for level in (*LEVELS, "all")),
    *(f"head.{level}" for level in LEVELS),
    *("filament", "other_words", "settings", "profile", "commands", "related", "standard", "recalled"),
    *("page_title", "page_lead", "search", "search_hint", "language", "level", "nothing", "shown", "imprint"),
)


def glossary_page(lang: str, *, level: str = "pupil") -> str:
    """One self-contained HTML page with language switch, level switch and search.

    Parameters
    ----------
    lang : str
        Language in which it opens, one of `amprep.languages.LANGUAGES`. ``?lang=`` in the address goes
        before it, and ``#KEY`` leads to a term.
    level : str
        Level at which it opens: one of `amprep.glossary.LEVELS`, or ``all``.

    Raises
    ------
    UsageError
        E104 for an unknown language or level.

    """
    checked_level(level, "all")
    data = {
        "lang": checked_language(lang),
        "level": level,
        "levels": LEVELS,
        "themes": THEMES,
        "version": __version__,
        "names": _NAMES,
        "words": {one: {key: _template(one, key) for key in _WORDS} for one in LANGUAGES},
        "terms": [_entry(term) for term in all_terms()],
    }
    # No "<" may end the script's element before its time.
    embedded = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    template = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    title = html.escape(words("explain", lang, "page_title"))
    return template.replace("@lang@", lang).replace("@title@", title).replace("@data@", embedded)


def checked_level(level: str, *more: str) -> str:
    """`level` as it is, where it is one of `LEVELS` or of `more`.

    Raises
    ------
    UsageError
        E104, when it is none.

    """
    known = (*LEVELS, *more)
    if level not in known:
        raise UsageError(
            f'unknown level "{level}".{did_you_mean(level, known)}',
            code="E104",
            where="--level",
            fix="one of: " + ", ".join(known),
        )
    return level


def _template(lang: str, key: str) -> str:
    """The words with their places left as they are, for the page to fill."""
    return words("explain", lang, key, count="{count}", version="{version}", term="{term}")


def _entry(term: Term) -> dict[str, Any]:
    return {
        "key": term.key,
        "theme": term.theme,
        "related": term.related,
        "settings": term.settings,
        "profile": term.profile,
        "commands": term.commands,
        "standard": term.standard,
        "recalled": term.standard_recalled,
        "texts": {lang: _texts(term, lang) for lang in LANGUAGES},
    }


def _texts(term: Term, lang: str) -> dict[str, Any]:
    return {
        "title": term.title(lang),
        "words": term.other_words(lang),
        "filament": term.filament_word(lang),
        **{level: term.text(lang, level) for level in LEVELS},
    }
