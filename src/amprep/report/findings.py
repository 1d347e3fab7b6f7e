"""The job's warnings by code: what was found where, what it means, why it matters and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.errors import CODES
from amprep.explanations import LANGUAGES as EXPLAINED
from amprep.explanations import explanation
from amprep.languages import LANGUAGES, TERMINAL_LANGUAGES
from amprep.languages.messages import translated_message, translated_value
from amprep.report.local import Local, Words, count_of, each

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Finding", "findings"]

#: So many warnings of one kind are told one by one.
MOST_ALIKE = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """All warnings of one code.

    places : tuple of (Words, Words, Words)
        Of each where it is, its message and a hint; all but the message may be empty.
    """

    code: str
    title: Local
    count: Local
    places: tuple[tuple[Words, Words, Words], ...]
    is_english_in: frozenset[str]
    """Languages that have no words of their own for one of these messages."""
    more: Local | None
    means: Local
    matters: Local
    fix: Local


def findings(summary: Mapping[str, Any]) -> list[Finding]:
    """The warnings of a job, those of a kind together."""
    by_code: dict[str, list[Mapping[str, Any]]] = {}
    for one in summary["warnings"]:
        by_code.setdefault(one["code"], []).append(one)
    return [_finding(code, ones) for code, ones in by_code.items()]


def _finding(code: str, ones: list[Mapping[str, Any]]) -> Finding:
    hidden = len(ones) - MOST_ALIKE
    told = [_in_all_languages(one) for one in ones[:MOST_ALIKE]]
    return Finding(
        code=code,
        title=_page_text(code, "title"),
        count=count_of("times_found", len(ones)),
        places=tuple(place for place, _ in told),
        is_english_in=frozenset().union(*(missing for _, missing in told)),
        more=count_of("more_alike", hidden) if hidden > 0 else None,
        means=_page_text(code, "means"),
        matters=_page_text(code, "matters"),
        fix=_page_text(code, "fix"),
    )


def _in_all_languages(one: Mapping[str, Any]) -> tuple[tuple[Words, Words, Words], set[str]]:
    """Where it is, message and hint; and the languages in which they are English: no half sentences."""
    english = (one.get("where", ""), one.get("text", ""), one.get("hint", ""))
    told = {"en": english}
    for lang in set(TERMINAL_LANGUAGES) - {"en"}:
        text, hint = (translated_message(words, lang) for words in english[1:])
        if text is not None and hint is not None:
            told[lang] = (translated_value(english[0], lang), text, hint)

    def part(i: int) -> Words:
        return each(lambda lang: told.get(lang, english)[i]) if english[i] else ""

    return (part(0), part(1), part(2)), set(LANGUAGES) - set(told)


def _page_text(code: str, field: str) -> Local:
    """A text of the code's page; in English where the page is not written in a language."""

    def of(lang: str) -> str:
        if code not in CODES:  # of a later or earlier amprep
            return code
        page = explanation(code, language=lang if lang in EXPLAINED else "en")
        return str(getattr(page, field))

    return each(of)
