"""A name tag with raised letters and a hole for a key ring."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.demonstrators.lettering import letters, missing_letters
from amprep.demonstrators.solids import mesh_of_solid
from amprep.errors import UsageError

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["LONGEST_MM", "nametag"]

#: A tag of this length fits on the round platform of the M 100 with its edge kept clear.
LONGEST_MM = 84.0

_SHORTEST_MM = 40.0
_WIDTH_MM, _PLATE_MM, _RAISED_MM = 20.0, 2.0, 1.0
_CORNER_MM, _HOLE_MM, _HOLE_PLACE_MM = 5.0, 4.0, 6.5
_CAPITAL_MM, _SMALLEST_MM = 8.5, 3.5
_MARGIN_MM = 4.0
_CIRCLE = 64


def nametag(text: str) -> Mesh:
    """A plate with `text` on it, from z = 0 to 3 mm; 20 mm wide, as long as the text takes, 40 to 84 mm.

    Capitals are 8.5 mm high; a long text is made smaller, down to 3.5 mm.

    Raises
    ------
    UsageError
        E152 for a text that is empty or too long, or has letters that the font lacks.

    """
    words = _checked(text)
    start = _HOLE_PLACE_MM + 0.5 * _HOLE_MM + 2.0
    room = LONGEST_MM - start - _MARGIN_MM
    name = letters(words, _CAPITAL_MM)
    low_x, low_y, high_x, high_y = name.bounds()
    # Accents above and tails below have to stay on the plate, too.
    scale = min(1.0, room / (high_x - low_x), (_WIDTH_MM - 3.0) / (high_y - low_y))
    if scale * _CAPITAL_MM < _SMALLEST_MM:
        fitting = int(len(words) * scale * _CAPITAL_MM / _SMALLEST_MM)
        raise _refused(
            f"the text is too long for a name tag: {len(words)} letters",
            fix=f"about {fitting} letters fit; a first name is best",
        )
    length = max(_SHORTEST_MM, start + scale * (high_x - low_x) + _MARGIN_MM)
    middle_x = 0.5 * (start + length - _MARGIN_MM)
    middle_y = _middle_y(scale, low_y, high_y)
    name = name.scale((scale, scale)).translate((middle_x - 0.5 * scale * (low_x + high_x), middle_y))
    raised = name.extrude(_PLATE_MM + _RAISED_MM - 0.5).translate((0.0, 0.0, 0.5))
    return mesh_of_solid(_plate(length).extrude(_PLATE_MM) + raised)


def _middle_y(scale: float, low: float, high: float) -> float:
    """Height of the base line: capitals in the middle, unless accents or tails need the room."""
    wanted = 0.5 * (_WIDTH_MM - scale * _CAPITAL_MM)
    edge = 1.5
    return min(max(wanted, edge - scale * low), _WIDTH_MM - edge - scale * high)


def _plate(length: float) -> Any:
    from manifold3d import CrossSection

    angle = 2.0 * np.pi * np.arange(_CIRCLE) / _CIRCLE
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    corners = [
        _CORNER_MM * ring + (x, y)
        for x in (_CORNER_MM, length - _CORNER_MM)
        for y in (_CORNER_MM, _WIDTH_MM - _CORNER_MM)
    ]
    outline = CrossSection.hull_points(np.concatenate(corners))
    hole = CrossSection([0.5 * _HOLE_MM * ring + (_HOLE_PLACE_MM, 0.5 * _WIDTH_MM)])
    return outline - hole


def _checked(text: str) -> str:
    # Letters may come as base and accent apart, as some systems type them.
    words = " ".join(unicodedata.normalize("NFC", "".join(filter(_is_seen, text))).split())
    missing = missing_letters(words)
    if missing:
        shown = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing[:5])
        raise _refused(
            f"the name tag cannot show {shown}",
            fix="leave these out; all letters of German, Czech, Polish and Sorbian are there",
        )
    if letters(words, _CAPITAL_MM).is_empty():
        raise _refused("the text is empty", fix='amprep demo run nametag --text "Anna"')
    return words


def _is_seen(letter: str) -> bool:
    """Whether it is neither a mark for the order or the breaking of text nor one that chooses a picture."""
    return unicodedata.category(letter) != "Cf" and not 0xFE00 <= ord(letter) <= 0xFE0F


def _refused(what: str, fix: str) -> UsageError:
    return UsageError(what, code="E152", where="--text", fix=fix)
