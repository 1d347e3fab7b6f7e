"""Words and numbers of the picture that compares machines; the words are the catalogue ``compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep import languages
from amprep.languages.numbers import THIN_SPACE, duration_text, marks, short_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.estimate import Ranged

__all__ = ["counted", "figure_text", "hours_texts", "side_text", "time_texts", "times_texts", "words"]

#: From here on times are told in hours with decimals; what is shorter than the other keeps its minutes.
LONG_S, SHORT_S = 36_000.0, 360.0


def figure_text(value: float, lang: str, decimals: int = 0) -> str:
    """A number with thin blanks from 1000 on, the small end of a range as the large one."""
    digits = f"{value:,.{decimals}f}"
    return digits.replace(",", THIN_SPACE).replace(".", marks(lang)[0])


def hours_texts(seconds: Sequence[float], lang: str) -> list[str]:
    """Times in one form, and no finer than their ranges are: ``11 h``, ``6.3 h``, or ``5 h 12 min`` each."""
    if max(seconds) < LONG_S:
        return [duration_text(one, lang) for one in seconds]
    return _decimal_hours(seconds, lang)


def _decimal_hours(seconds: Sequence[float], lang: str) -> list[str]:
    hours = [one / 3600 for one in seconds]
    return [f"{figure_text(one, lang, 0 if one >= 9.95 else 1)} h" for one in hours]


def words(lang: str, key: str, **values: str) -> str:
    """The words for `key` in the language `lang`, with `values` filled in.

    Raises
    ------
    UsageError
        E104, when there are no words in this language.

    """
    return languages.words("compare", lang, key, **values)


def time_texts(total: Ranged, lang: str) -> tuple[str, str]:
    """The time, and its range in brackets where there is one."""
    ends = (total.value, total.low, total.high)
    return _bracketed(total, hours_texts(ends, lang))


def times_texts(totals: Sequence[Ranged], lang: str) -> list[tuple[str, str]]:
    """As `time_texts`, all of them in one form: ``1.1 h`` beside ``6.1 h``, not ``1 h 06 min``."""
    ends = [(one.value, one.low, one.high) for one in totals]
    told = [hours_texts(three, lang) for three in ends]
    are_hours = [max(three) >= LONG_S for three in ends]
    # What is short beside the others keeps its minutes: 0.0 h would say nothing.
    if any(are_hours) and min(min(three) for three in ends) >= SHORT_S:
        told = [_decimal_hours(three, lang) for three in ends]
    return [_bracketed(one, words) for one, words in zip(totals, told, strict=True)]


def side_text(side_mm: float, lang: str) -> str:
    """A side of a part: ``50.0``, and below 1 mm ``0.08``."""
    rounded = round(side_mm, 3)  # without the rounding of a file: 0.3 mm come as 0.300000012
    return short_text(rounded, lang) if rounded < 1 else figure_text(side_mm, lang, 1)


def _bracketed(total: Ranged, told: Sequence[str]) -> tuple[str, str]:
    time, low, high = told
    if not total.has_range:
        return time, ""
    number, _, unit = low.rpartition(" ")
    if " " not in number and high.count(" ") == 1 and high.endswith(f" {unit}"):
        low = number
    return time, f"({low} – {high})"


def counted(lang: str, key: str, number: int) -> str:
    """``12 parts``; in Czech and Polish a few are counted in another form than many."""
    return languages.counted("compare", lang, f"{key}s", number, number=figure_text(number, lang))
