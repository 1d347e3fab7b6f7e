"""Finds a term by any of its words, in any language, with or without accents."""

from __future__ import annotations

import difflib
import functools
import unicodedata
from typing import TYPE_CHECKING

from amprep.errors import CODES, UsageError
from amprep.glossary.terms import Term, all_terms, term_named
from amprep.languages import LANGUAGES, checked_language

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["find_term", "plain_word"]

#: Letters that have no decomposition into a base letter and an accent.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "µ": "u", "₂": "2", "đ": "d"})

#: How German is typed where its own letters are missing.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

_NEAR = 0.7


def find_term(word: str, *, lang: str = "en") -> Term:
    """The term that is called `word` in any language, preferably in `lang`.

    Titles go before other words, and these before the words of filament printing. Upper and lower case,
    accents, blanks and hyphens do not matter.

    Raises
    ------
    UsageError
        E104, when there is no such term or language.

    """
    wanted = plain_word(word)
    wanted_language = checked_language(lang)
    others = (other for other in LANGUAGES if other != wanted_language)
    for names in _names((wanted_language, *others)):
        if wanted in names:
            return term_named(names[wanted])
    raise UsageError(
        f'unknown term "{word}".{_proposal(wanted, lang)}',
        code="E104",
        where="explain",
        fix="amprep explain lists all terms and codes",
    )


def plain_word(word: str) -> str:
    """`word` without case, accents, punctuation and blanks, for comparing."""
    folded = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
    return "".join(letter for letter in folded if letter.isalnum())


def _proposal(wanted: str, lang: str) -> str:
    """A closing question with the near term's title in the language, or its code, or nothing."""
    known: dict[str, str] = {}
    # Words of other languages that look alike mean something else.
    for names in _names((lang, "en")):
        for name, key in names.items():
            known.setdefault(name, key)
    codes = {plain_word(code): code for code in CODES}
    # Pieces of a longer word lead to it, too: "wand" to "dünne wand".
    inside = [name for name in known if len(wanted) >= 4 and wanted in name]
    near = difflib.get_close_matches(wanted, [*known, *codes], n=1, cutoff=_NEAR) or sorted(inside, key=len)
    if not near:
        return ""
    found = codes[near[0]] if near[0] in codes else term_named(known[near[0]]).title(lang)
    return f' Did you mean "{found}"?'


@functools.cache
def _names(languages: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """Plain words to keys of terms, in the order in which they are looked up."""
    titles: dict[str, str] = {}
    others: dict[str, str] = {}
    filament: dict[str, str] = {}
    for one in languages:
        for term in all_terms():
            _enter(titles, [term.title(one)], term.key)
            _enter(others, term.other_words(one), term.key)
            _enter(filament, _pieces(term.filament_word(one)), term.key)
    keys = {plain_word(term.key): term.key for term in all_terms()}
    return titles, keys, others, filament, _settings()


def _enter(names: dict[str, str], words: Iterable[str], key: str) -> None:
    """Each word, also as it is typed without umlauts, leads to `key` unless it leads elsewhere already."""
    for word in words:
        for spelling in (word, word.casefold().translate(_UMLAUTS)):
            names.setdefault(plain_word(spelling), key)


def _settings() -> dict[str, str]:
    """Names of settings to the term that is called so, or else the first that has them."""
    pairs = [
        (plain_word(setting.rpartition(".")[2]), term.key)
        for term in all_terms()
        for setting in (*term.settings, *term.profile)
    ]
    settings = dict(reversed(pairs))
    settings.update((name, key) for name, key in pairs if name.startswith(plain_word(key)))
    return settings


def _pieces(text: str) -> list[str]:
    """The words of a list such as ``support, brim (raft)``, and the list itself."""
    bare = text.replace("(", ", ").replace(")", "")
    return [piece for piece in (text, *(piece.strip() for piece in bare.split(","))) if piece]
