"""Letters as outlines, from the DejaVu Sans that comes with matplotlib: German, Czech, Polish and more.

The one module outside of the pictures that asks matplotlib: for the outlines of a font file, not for a
drawing.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np

__all__ = ["letters", "missing_letters"]

#: Outlines are asked for at this size, so that curves become corners 0.01 mm apart from them at most.
_SIZE = 200.0

_SIMPLER_MM = 0.005


def missing_letters(words: str) -> str:
    """Those letters of `words` that the font lacks or that are written from right to left, each once."""
    known = _font().get_charmap()
    # What is written from right to left would need an order and forms of letters that outlines do not have.
    return "".join(
        dict.fromkeys(
            letter
            for letter in words
            if ord(letter) not in known or unicodedata.bidirectional(letter) in {"R", "AL", "AN"}
        )
    )


def letters(words: str, capital_mm: float) -> Any:
    """`words` as ``manifold3d.CrossSection``, beginning at x = 0 on the base line y = 0.

    Parameters
    ----------
    words : str
        One line whose letters the font has.
    capital_mm : float
        Height of an H.

    """
    from manifold3d import CrossSection, FillRule

    scale = capital_mm / _outlines("H")[0][:, 1].max()
    outlines = [scale * outline for outline in _outlines(words)]
    if not outlines:
        return CrossSection()
    drawn = CrossSection(outlines, FillRule.NonZero).simplify(_SIMPLER_MM)
    return drawn.translate((-drawn.bounds()[0], 0.0))


def _outlines(words: str) -> list[Any]:
    from matplotlib.path import Path as Outline
    from matplotlib.textpath import text_to_path

    # As plain text: a text path of its own accord takes what stands between two $ for a formula.
    corners, codes = text_to_path.get_text_path(_properties(), words, ismath=False)
    if not len(codes):
        return []
    path = Outline(np.asarray(corners) * (_SIZE / text_to_path.FONT_SCALE), codes)
    return [corners for corners in map(np.asarray, path.to_polygons()) if len(corners) > 3]


def _properties() -> Any:
    from pathlib import Path

    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf")


def _font() -> Any:
    from matplotlib.font_manager import get_font

    return get_font(_properties().get_file())
