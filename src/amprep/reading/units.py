"""Units of length of mesh files that carry none, and the question whether the assumed one can be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.errors import UsageError, did_you_mean
from amprep.model.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MM_PER_UNIT", "millimetres_per_unit", "unit_notice"]

#: Exact length of each unit that can be named, in mm.
MM_PER_UNIT: dict[str, float] = {
    "mm": 1.0,
    "inch": 25.4,
    "m": 1000.0,
    "cm": 10.0,
    "um": 0.001,
    "foot": 304.8,
}

# A part smaller than this was hardly meant in mm, nor was a larger one.
_SMALLEST_LIKELY_MM = 6.0
_LARGEST_LIKELY_MM = 1000.0


def millimetres_per_unit(unit: str) -> float:
    """Length of `unit` in mm.

    Raises
    ------
    UsageError
        E104 when the unit is not known.

    """
    try:
        return MM_PER_UNIT[unit]
    except KeyError:
        known = list(MM_PER_UNIT)
        raise UsageError(
            f'unknown unit "{unit}".{did_you_mean(unit, known)}',
            code="E104",
            where="--unit",
            fix=f"one of {', '.join(known)}",
        ) from None


def unit_notice(size_mm: Sequence[float], unit_given: str | None) -> Notice | None:
    """The question W110 when no unit was given and the size suggests another one than mm.

    Parameters
    ----------
    size_mm : sequence of 3 float, mm
        Extents of the part, read as mm.
    unit_given : str or None
        The unit that the user named; then there is nothing to ask.

    """
    largest = max(size_mm)
    if unit_given is not None or _SMALLEST_LIKELY_MM <= largest <= _LARGEST_LIKELY_MM:
        return None
    values = {f"size_{axis}_mm": float(extent) for axis, extent in zip("xyz", size_mm, strict=True)}
    if largest < _SMALLEST_LIKELY_MM:
        as_metres, as_inches = (
            _size_text([extent * MM_PER_UNIT[unit] for extent in size_mm]) for unit in ("m", "inch")
        )
        return Notice(
            code="W110",
            text=f"the part is {_size_text(size_mm)} mm: metres or inches?",
            hint=f"--unit m makes it {as_metres} mm, --unit inch {as_inches} mm",
            values=values,
        )
    as_micrometres = _size_text([extent / 1000.0 for extent in size_mm])
    return Notice(
        code="W110",
        text=f"the part is {_size_text(size_mm)} mm: micrometres?",
        hint=f"--unit um makes it {as_micrometres} mm",
        values=values,
    )


def _size_text(size: Sequence[float]) -> str:
    """Three extents with three significant digits and no exponent: ``0.108 × 0.056 × 0.044``."""
    return " × ".join(_three_digits(extent) for extent in size)


def _three_digits(number: float) -> str:
    rounded = float(f"{number:.3g}")
    text = f"{rounded:{',' if rounded >= 10_000 else ''}.9f}".rstrip("0").rstrip(".")
    return text or "0"
