"""How findings put numbers and places into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.model.provenance import GradedValue

__all__ = ["area_text", "counted", "graded_text", "place_text"]


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 hole``, ``12 holes``, ``5 382 bodies``."""
    word = noun if number == 1 else plural or noun + "s"
    return f"{number:,}".replace(",", " ") + f" {word}"


def place_text(place_mm: Sequence[float]) -> str:
    """``(12.1, 3.3, 34.3) mm``."""
    return "(" + ", ".join(f"{round(c, 3):g}" for c in place_mm) + ") mm"


def area_text(area_mm2: float) -> str:
    """``0.035 mm²``, ``142 mm²``, ``22,172 mm²``."""
    if area_mm2 < 99.5:
        return f"{area_mm2:.2g} mm²"
    return f"{area_mm2:,.0f} mm²" if area_mm2 >= 9_999.5 else f"{area_mm2:.0f} mm²"


def graded_text(value: GradedValue, unit: str) -> str:
    """``40° (assumed)``, ``0.2 mm (assumed)``."""
    space = "" if unit == "°" else " "
    return f"{value.value:.4g}{space}{unit} ({str(value.grade).replace('_', ' ')})"
