"""The page behind each code: what it means, why it matters, how to fix it; in English and German, offline.

The pages lie in ``en.toml`` and ``de.toml`` beside this module, one table per code with the keys `means`,
`matters` and `fix`; a new code needs one in each, and a test asserts that it has. In further languages there
are titles alone, in ``titles.toml``.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from amprep.errors import CODES, UsageError, did_you_mean

__all__ = ["LANGUAGES", "Explanation", "code_title", "explanation"]

LANGUAGES = ("en", "de")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The page of one code."""

    code: str
    language: str
    title: str
    """The line of the code in `amprep.errors.CODES`, in the language."""
    means: str
    matters: str
    fix: str


def explanation(code: str, *, language: str = "en") -> Explanation:
    """The page of a code; upper and lower case do not matter.

    Raises
    ------
    UsageError
        E104 when there is no such code or language.

    """
    if language not in LANGUAGES:
        raise UsageError(
            f'unknown language "{language}".{did_you_mean(language, LANGUAGES)}',
            code="E104",
            where="--lang",
            fix=f"one of {', '.join(LANGUAGES)}",
        )
    wanted = code.strip().upper()
    pages = _pages(language)
    if wanted not in CODES or wanted not in pages:
        # The letter is easily mistaken, the number says which.
        same = [known for known in CODES if known[1:] == wanted[1:]]
        hint = f' Did you mean "{same[0]}"?' if same else did_you_mean(wanted, list(CODES))
        raise UsageError(
            f'unknown code "{code}".{hint}',
            code="E104",
            where="explain",
            fix="amprep explain lists all codes",
        )
    page = pages[wanted]
    return Explanation(
        wanted, language, page.get("title", CODES[wanted]), page["means"], page["matters"], page["fix"]
    )


def code_title(code: str, *, language: str) -> str:
    """The title of a code in a language; in English where there is none."""
    if language in LANGUAGES:
        return explanation(code, language=language).title
    return _titles().get(language, {}).get(code, CODES[code])


@functools.cache
def _titles() -> dict[str, dict[str, str]]:
    text = resources.files(__name__).joinpath("titles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def _pages(language: str) -> dict[str, dict[str, str]]:
    text = resources.files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
