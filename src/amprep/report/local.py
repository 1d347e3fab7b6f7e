"""Words in all languages at once, so that the page can change its language without being made again.

A `Local` becomes HTML as one ``span`` per wording, of which the page's style shows that of the chosen
language::

    <span class="l en">4 h 03 min, 3.2 kg</span><span class="l de cs pl">4 h 03 min, 3,2 kg</span>

What reads the same in every language is written once, without a span.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from amprep.languages import LANGUAGES, counted, words
from amprep.languages.numbers import duration_text, number_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

__all__ = [
    "Figure",
    "Local",
    "Words",
    "count_of",
    "duration",
    "each",
    "number",
    "of_layer",
    "percent",
    "rounded",
    "say",
    "span_of",
    "with_unit",
]


@dataclass(frozen=True, slots=True)
class Local:
    """The same in each of `LANGUAGES`, in their order; plain text, never markup."""

    wordings: tuple[str, ...]

    def in_language(self, lang: str) -> str:
        """The wording of one language."""
        return self.wordings[LANGUAGES.index(lang)]

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Wordings that differ, each with its languages as class names: ``("de cs pl", "3,2 kg")``."""
        groups: dict[str, list[str]] = {}
        for lang, wording in zip(LANGUAGES, self.wordings, strict=True):
            groups.setdefault(wording, []).append(lang)
        return [(" ".join(languages), wording) for wording, languages in groups.items()]

    def __html__(self) -> str:
        from markupsafe import escape

        if len(self.groups) == 1:
            return str(escape(self.wordings[0]))
        return "".join(
            f'<span class="l {languages}"{_lang_of(languages)}>{escape(wording)}</span>'
            for languages, wording in self.groups
        )

    def attribute(self, name: str, lang: str) -> Markup:
        """The attribute `name` in the language the page begins with, and beside it the others."""
        from markupsafe import Markup, escape

        plain = name.removeprefix("data-")
        all_of_them = "".join(
            f' data-{plain}-{one}="{escape(wording)}"'
            for one, wording in zip(LANGUAGES, self.wordings, strict=True)
        )
        # Each wording was escaped above.
        return Markup(f'{name}="{escape(self.in_language(lang))}"{all_of_them}')  # noqa: S704


def _lang_of(languages: str) -> str:
    return "" if " " in languages else f' lang="{languages}"'


#: What fills a place: the same in all languages, or in each its own.
Words: TypeAlias = "str | Local"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of ``summary.json``: where it stands there, what it is exactly, and how it is written."""

    key: str
    """For instance ``time_s.job``."""
    value: float
    text: Words
    range_text: Words | None = None


def each(make: Callable[[str], str]) -> Local:
    """What `make` says in each language."""
    return Local(tuple(make(lang) for lang in LANGUAGES))


def say(key: str, /, **places: Words) -> Local:
    """Words of the report in all languages, with the places filled in."""
    return each(lambda lang: words("report", lang, key, **_filled(places, lang)))


def count_of(key: str, count: int, /, *, domain: str = "report", **places: Words) -> Local:
    """So many things, in the form that each language has for the number."""
    return each(
        lambda lang: counted(
            domain, lang, key, count, number=number_text(count, lang), **_filled(places, lang)
        )
    )


def _filled(places: dict[str, Words], lang: str) -> dict[str, str]:
    return {
        name: place.in_language(lang) if isinstance(place, Local) else place for name, place in places.items()
    }


def number(value: float, decimals: int = 0) -> Local:
    """A number with a fixed number of decimals."""
    return each(lambda lang: number_text(value, lang, decimals))


def rounded(value: float, digits: int = 3) -> Local:
    """A number with about `digits` digits that count, and without zeros at the end of its decimals."""
    return number(value, _decimals(value, digits))


def _decimals(value: float, digits: int) -> int:
    if value == 0 or not math.isfinite(value):
        return 0
    wanted = min(12, max(0, digits - 1 - math.floor(math.log10(abs(value)))))
    while wanted and round(value, wanted) == round(value, wanted - 1):
        wanted -= 1
    return wanted


def with_unit(value: float, unit: str, *, digits: int = 3) -> Local:
    """A number with its unit, ``3.22 kg``; a percent sign is set off as well."""
    text = rounded(value, digits)
    return each(lambda lang: f"{text.in_language(lang)}\u00a0{unit}" if unit else text.in_language(lang))


def span_of(low: float, high: float, unit: str, *, digits: int = 3) -> Local:
    """Both ends of a range with the unit: ``76.5 – 266 kg``."""
    first, last = rounded(low, digits), with_unit(high, unit, digits=digits)
    return each(lambda lang: f"{first.in_language(lang)}\u2009–\u2009{last.in_language(lang)}")


def percent(share: float) -> Local:
    """A share of 1 in percent, never rounded to nothing or to all: ``43 %``, ``< 0.001 %``, ``99.999 %``."""
    value = 100.0 * share
    if 0.0 < value < 0.001:
        return each(lambda lang: f"<\u00a0{number_text(0.001, lang, 3)}\u00a0%")
    # What adding up leaves short of all is nothing that is missing.
    if 99.0 < value < 100.0 - 1e-9:
        return with_unit(min(value, 99.999), "%", digits=5)
    return with_unit(value, "%", digits=3 if value < 90.0 else 4)


def duration(seconds: float) -> Local:
    """A time as people say it: ``4 h 03 min``."""
    return each(lambda lang: duration_text(seconds, lang).replace(" ", "\u00a0"))


def of_layer(seconds: float) -> Local:
    """The time of one layer, with tenths of a second below a minute."""
    return each(lambda lang: seconds_text(seconds, lang).replace(" ", "\u00a0"))
