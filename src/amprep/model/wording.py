"""How messages write measured numbers."""

from __future__ import annotations

import math

__all__ = ["measure_text"]

#: Less is said as less than this.
_LEAST = 0.001


def measure_text(value: float, digits: int = 3) -> str:
    """``0.293``, ``12.5``, ``27,000``, ``< 0.001``: `digits` digits that count, never ``2.7e+04``."""
    if 0 < value < _LEAST:
        return f"< {_LEAST}"
    short = f"{value:.{digits}g}"
    return f"{float(short):,.0f}" if "e" in short and math.isfinite(value) else short
