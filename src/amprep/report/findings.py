"""The job's warnings by code: what was found where, what it means, why it matters and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.errors import CODES
from amprep.explanations import LANGUAGES as EXPLAINED
from amprep.explanations import explanation
from amprep.report.local import Local, count_of, each

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Finding", "findings"]

#: So many warnings of one kind are told one by one.
MOST_ALIKE = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """All warnings of one code.

    places : tuple of (str, str, str)
        Of each where it is, its message and a hint; both may be empty but for the message.
    """

    code: str
    title: Local
    count: Local
    places: tuple[tuple[str, str, str], ...]
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
    return Finding(
        code=code,
        title=_page_text(code, "title"),
        count=count_of("times_found", len(ones)),
        places=tuple(
            (one.get("where", ""), one.get("text", ""), one.get("hint", "")) for one in ones[:MOST_ALIKE]
        ),
        more=count_of("more_alike", hidden) if hidden > 0 else None,
        means=_page_text(code, "means"),
        matters=_page_text(code, "matters"),
        fix=_page_text(code, "fix"),
    )


def _page_text(code: str, field: str) -> Local:
    """A text of the code's page; in English where the page is not written in a language."""

    def of(lang: str) -> str:
        if code not in CODES:  # of a later or earlier amprep
            return code
        page = explanation(code, language=lang if lang in EXPLAINED else "en")
        return str(getattr(page, field))

    return each(of)
