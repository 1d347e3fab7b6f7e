"""Words and numbers of the picture that compares machines; the words are the catalogue ``compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep import languages
from amprep.languages.numbers import THIN_SPACE, duration_text, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.estimate import Ranged

__all__ = ["counted", "figure_text", "hours_texts", "time_texts", "words"]


def figure_text(value: float, lang: str, decimals: int = 0) -> str:
    """A number with thin blanks from 1000 on, the small end of a range as the large one."""
    digits = f"{value:,.{decimals}f}"
    return digits.replace(",", THIN_SPACE).replace(".", marks(lang)[0])


def hours_texts(seconds: Sequence[float], lang: str) -> list[str]:
    """Times in one form, and no finer than their ranges are: ``11 h``, ``6.3 h``, or ``5 h 12 min`` each."""
    if max(seconds) < 10 * 3600:
        return [duration_text(one, lang) for one in seconds]
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
    time, low, high = hours_texts((total.value, total.low, total.high), lang)
    if not total.has_range:
        return time, ""
    number, _, unit = low.rpartition(" ")
    if " " not in number and high.count(" ") == 1 and high.endswith(f" {unit}"):
        low = number
    return time, f"({low} – {high})"


def counted(lang: str, key: str, number: int) -> str:
    """``12 parts``; in Czech and Polish a few are counted in another form than many."""
    return languages.counted("compare", lang, f"{key}s", number, number=figure_text(number, lang))
