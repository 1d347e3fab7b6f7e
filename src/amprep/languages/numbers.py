"""How numbers and times are written in each language."""

from __future__ import annotations

import math
from functools import cache

from amprep.languages.catalogues import checked_language, words

__all__ = [
    "THIN_SPACE",
    "duration_range_text",
    "duration_text",
    "least_text",
    "marks",
    "number_text",
    "ordinal_text",
    "seconds_text",
    "share_text",
    "short_text",
]

#: Sets off thousands wherever people write a decimal comma, as ISO 80000-1 has it.
THIN_SPACE = "\u2009"

#: Numbers with fewer digits before the decimal mark are not grouped: 1100, but 11,000.
GROUPED_FROM = 10_000


@cache
def marks(lang: str) -> tuple[str, str]:
    """Decimal mark and thousands mark of a language."""
    from babel import Locale

    symbols = Locale.parse(checked_language(lang)).number_symbols["latn"]
    decimal = str(symbols["decimal"])
    return decimal, THIN_SPACE if decimal == "," else str(symbols["group"])


def number_text(value: float, lang: str, decimals: int = 0) -> str:
    """`value` with a fixed number of decimals, a true minus sign and the language's marks."""
    decimal_mark, thousands_mark = marks(lang)
    rounded = round(value, decimals) + 0.0  # turns -0.0 into 0.0
    grouping = "," if abs(rounded) >= GROUPED_FROM else ""
    digits = f"{abs(rounded):{grouping}.{decimals}f}"
    digits = digits.replace(",", "\0").replace(".", decimal_mark).replace("\0", thousands_mark)
    return f"−{digits}" if rounded < 0 else digits


def short_text(value: float, lang: str, most: int = 3) -> str:
    """`value` with as many decimals as it needs, `most` at most."""
    decimals = next((n for n in range(most) if abs(value - round(value, n)) < 1e-9), most)
    return number_text(value, lang, decimals)


def least_text(value: float, lang: str, decimals: int) -> str:
    """As `number_text`, but ``< 0.01`` for what would be rounded to nothing."""
    if value > 0.0 and round(value, decimals) == 0.0:
        return f"< {number_text(10.0**-decimals, lang, decimals)}"
    return number_text(value, lang, decimals)


def share_text(percent: float, lang: str) -> str:
    """A share in whole percents, without the sign; with decimals where that would make it nothing or all."""
    if 0.0 < percent < 0.01:
        return f"< {number_text(0.01, lang, 2)}"
    # What adding up leaves short of all is nothing that is missing.
    if 99.5 <= percent < 100.0 - 1e-9:
        if round(percent, 2) == 100.0:
            return f"> {number_text(99.99, lang, 2)}"
        return number_text(percent, lang, 1 if round(percent, 1) < 100.0 else 2)
    return number_text(percent, lang, 2 if 0.0 < percent < 1.0 else 0)


def ordinal_text(number: int, lang: str) -> str:
    """``10th`` or ``10.``."""
    digits = number_text(number, lang)
    if lang != "en":
        return f"{digits}."
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return digits + ("th" if number % 100 in {11, 12, 13} else ending)


def duration_text(seconds: float, lang: str = "en") -> str:
    """A time as people say it: ``4 h 03 min``, ``12 min 05 s``, ``38 s``; ``3.2 s``, ``0.4 ms``."""
    sign = "−" if seconds < 0 else ""
    seconds = abs(seconds)
    whole = math.floor(seconds + 0.5)
    if whole >= 3600:
        minutes = math.floor(seconds / 60 + 0.5)
        return f"{sign}{number_text(minutes // 60, lang)} h {minutes % 60:02d} min"
    if whole >= 60:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    if round(seconds, 1) >= 10 or seconds == 0:
        return f"{sign}{whole} s"
    if round(1000 * seconds, 1) >= 100:
        return f"{sign}{number_text(seconds, lang, 1)} s"
    return f"{sign}{number_text(1000 * seconds, lang, 1)} ms"


def seconds_text(seconds: float, lang: str) -> str:
    """Time of one layer: tenths of a second below a minute, otherwise as `duration_text`."""
    tenths = round(seconds, 1)
    if seconds == 0 or (round(1000 * seconds, 1) >= 100 and tenths < 60):
        return f"{number_text(tenths, lang, 1)} s"
    return duration_text(seconds, lang)


def duration_range_text(low_s: float, high_s: float, lang: str) -> str:
    """Both ends of a range of times in s: ``3 h 40 min to 4 h 50 min``."""
    return words("common", lang, "range", low=duration_text(low_s, lang), high=duration_text(high_s, lang))
