"""Numbers as people read them: durations, masses, counts, and their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape as _escape_markup

from amprep.cli.words import count_text, figure
from amprep.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amprep.model.estimate import Ranged

__all__ = [
    "count_text",
    "duration_text",
    "effect_text",
    "escape",
    "euro_text",
    "mass_text",
    "range_text",
    "ranged_duration_text",
    "size_text",
    "tenths_text",
    "volume_text",
]


def escape(text: str) -> str:
    """Text for rich: no markup, and nothing that steers the terminal."""
    return _escape_markup(printable(text))


def duration_text(seconds: float) -> str:
    """``4 h 03 min``, ``12 min 05 s``, ``38 s``, ``0.4 s``, ``4.3 ms``."""
    if 0.0 < seconds < 0.095:
        return f"{figure(1000.0 * seconds, '.2g')} ms"
    if seconds < 9.95:
        return f"{figure(seconds, '.1f')} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def tenths_text(value: float) -> str:
    """``1 314.5``, ``0.4``; of what is less than a tenth two digits, ``0.0035``: it is not nothing."""
    return figure(value, ".2g" if 0.0 < value < 0.095 else ",.1f")


def mass_text(grams: float) -> str:
    """``31 kg``, ``0.49 kg``, ``58 g``, ``0.35 g``."""
    if grams >= 9950:
        return f"{grams / 1000:.0f} kg"
    if grams >= 100:
        return f"{figure(grams / 1000, '.2f')} kg"
    if grams >= 9.95:
        return f"{grams:.0f} g"
    return f"{figure(grams, '.2f')} g" if grams >= 0.01 else f"< {figure(0.01)} g"


def size_text(size_mm: Sequence[float]) -> str:
    """``108.0 × 56.0 × 44.0 mm``, ``20 000.0 × 300.0 × 5.0 mm``; small parts with more digits."""
    digits = 1 if min(size_mm) >= 1 else 3
    return " × ".join(figure(side, f",.{digits}f") for side in size_mm) + " mm"


def volume_text(volume_mm3: float) -> str:
    """``1 643 cm³``, ``65.2 cm³``, ``0.125 cm³``, ``12.4 mm³``, ``< 0.001 mm³``."""
    if 0.0 < volume_mm3 < 0.001:
        return f"< {figure(0.001)} mm³"
    if volume_mm3 < 100:
        return f"{figure(volume_mm3, '.3g')} mm³"
    cm3 = volume_mm3 / 1000
    form = ",.0f" if cm3 >= 99.95 else ".1f" if cm3 >= 9.95 else ".2f" if cm3 >= 0.995 else ".3g"
    return f"{figure(cm3, form)} cm³"


def range_text(figure: Ranged, text: Callable[[float], str]) -> str:
    """`` (low – high)``, or nothing where both read as the figure does."""
    low, high = text(figure.low), text(figure.high)
    return f" ({low} – {high})" if figure.has_range and {low, high} != {text(figure.value)} else ""


def ranged_duration_text(figure: Ranged) -> str:
    """``4 h 05 min (3 h 40 – 4 h 50)``; without brackets where there is no range."""
    return duration_text(figure.value) + range_text(figure, _short_duration)


def _short_duration(seconds: float) -> str:
    """``3 h 40``; below an hour as `duration_text`."""
    text = duration_text(seconds)
    return text.removesuffix(" min") if " h " in text else text.removesuffix(" 00 s")


def effect_text(low: float, high: float, text: Callable[[float], str] | None = None) -> str:
    """What an input does to a figure, a duration unless said otherwise: ``-2 h 45 … +37 min``."""
    shown = text or _short_duration
    ends = [f"{'-' if end < 0 else '+'}{shown(abs(end))}" if end else "±0" for end in sorted((low, high))]
    return " … ".join(ends)


def euro_text(eur: float) -> str:
    """``1 234 €``, ``56.70 €``."""
    if abs(eur) >= 100:
        return f"{eur:,.0f} €".replace(",", " ")
    return f"{figure(eur, '.2f')} €"
