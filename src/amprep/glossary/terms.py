"""The terms, read from ``terms.toml``, with their words from the catalogues."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from amprep.languages import LANGUAGES, words

__all__ = ["LEVELS", "THEMES", "Term", "all_terms", "term_named"]

#: From the plainest text to the most exact.
LEVELS = ("pupil", "trainee", "engineer")

#: In the order in which terms are listed; their names are keys of the catalogue ``explain``.
THEMES = ("process", "machine", "path", "quality", "powder", "data", "figures")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of the glossary, apart from its words."""

    key: str
    theme: str
    related: tuple[str, ...] = ()
    """Keys of other terms."""
    settings: tuple[str, ...] = ()
    """Keys of a job file, as ``--set`` takes them."""
    profile: tuple[str, ...] = ()
    """Fields of a machine profile."""
    commands: tuple[str, ...] = ()
    standard: str = ""
    """The term that ISO/ASTM 52900 has for it."""
    standard_recalled: str = ""
    """The same, from memory: nothing at hand confirms it."""

    def title(self, lang: str) -> str:
        """The term itself in a language."""
        return words("glossary", lang, f"{self.key}.title")

    def other_words(self, lang: str) -> tuple[str, ...]:
        """What it is called besides."""
        return tuple(words("glossary", lang, f"{self.key}.words").split("; "))

    def filament_word(self, lang: str) -> str:
        """What filament printing (FFF) calls what comes nearest to it; may be empty."""
        try:
            return words("glossary", lang, f"{self.key}.fff")
        except KeyError:
            return ""

    def text(self, lang: str, level: str) -> str:
        """The explanation for a level, one of `LEVELS`."""
        return words("glossary", lang, f"{self.key}.{level}")

    def titles(self) -> dict[str, str]:
        """Language to title."""
        return {lang: self.title(lang) for lang in LANGUAGES}


def term_named(key: str) -> Term:
    """The term with a key of ``terms.toml``."""
    return _terms()[key]


def all_terms() -> tuple[Term, ...]:
    """All terms in the order of their themes."""
    return tuple(_terms().values())


@functools.cache
def _terms() -> dict[str, Term]:
    file = resources.files(__package__).joinpath("terms.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {key: _term(key, table) for key, table in tables.items()}


def _term(key: str, table: dict[str, str | list[str]]) -> Term:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    return Term(key=key, **values)  # type: ignore[arg-type]
