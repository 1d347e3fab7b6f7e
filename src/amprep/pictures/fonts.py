"""The type of the pictures for images that are drawn pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

__all__ = ["font_path"]


def font_path(*, bold: bool = False) -> Path:
    """File of DejaVu Sans, which comes with Matplotlib."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name
