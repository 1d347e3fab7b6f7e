"""Shares as words."""

from __future__ import annotations

from amprep.cli.words import figure

__all__ = ["percent_text"]


def percent_text(value: float) -> str:
    """A share, small ones as less than a thousandth of a percent."""
    if value == 0:
        return "0 %"
    if value < 0.001:
        return f"< {figure(0.001)} %"
    return f"{value:.0f} %" if value >= 9.95 else f"{figure(value, '.2g')} %"
