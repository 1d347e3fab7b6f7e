"""The words of pictures: the catalogues ``pictures`` and ``lasers``."""

from __future__ import annotations

from amprep.languages import counted, words
from amprep.languages.numbers import (
    duration_range_text,
    duration_text,
    number_text,
    ordinal_text,
    seconds_text,
)

__all__ = [
    "counted_text",
    "duration_range_text",
    "duration_text",
    "laser_words",
    "layers_text",
    "number_text",
    "ordinal_text",
    "seconds_text",
    "text",
]


def text(lang: str, key: str, **values: str) -> str:
    """The words for `key` in the language `lang`, with `values` filled in.

    Raises
    ------
    UsageError
        E104, when there are no texts in this language.

    """
    return words("pictures", lang, key, **values)


def laser_words(lang: str, key: str, **values: str) -> str:
    """As `text`, of the pictures that tell the lasers' work."""
    return words("lasers", lang, key, **values)


def counted_text(lang: str, key: str, number: int, **values: str) -> str:
    """The words for `number` things, in the form that the language has for this number."""
    return counted("pictures", lang, key, number, number=number_text(number, lang), **values)


def layers_text(count: int, lang: str) -> str:
    """``1 layer``, ``12,400 layers``, ``no layers``."""
    if count == 0:
        return text(lang, "layers_none")
    return counted("common", lang, "layers", count, number=number_text(count, lang))
