"""Shares as words."""

from __future__ import annotations

from amprep.cli.words import figure

__all__ = ["percent_text", "whole_percent_text"]


def percent_text(value: float) -> str:
    """A share, never rounded to nothing or to all: ``43 %``, ``2.1 %``, ``< 0.001 %``, ``99.97 %``."""
    if value == 0:
        return "0 %"
    if value < 0.001:
        return f"< {figure(0.001)} %"
    return whole_percent_text(value) if value >= 9.95 else f"{figure(value, '.2g')} %"


def whole_percent_text(value: float) -> str:
    """A share in whole percents, with decimals only where it would be rounded to nothing or to all."""
    if 0.0 < value < 0.5:
        return percent_text(value)
    # What adding up leaves short of all is nothing that is missing.
    if not 99.5 <= value < 100.0 - 1e-9:
        return f"{value:.0f} %"
    decimals = next((n for n in (1, 2, 3) if round(value, n) < 100.0), 3)
    return f"{figure(min(value, 99.999), f'.{decimals}f')} %"
