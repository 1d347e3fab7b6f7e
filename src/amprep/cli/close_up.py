"""``--around X,Y --span MM``: a part of a layer from near, as its lost places are told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from amprep.cli.lengths import parse_length_mm
from amprep.errors import UsageError

if TYPE_CHECKING:
    from amprep.model.scan import ScanVectors
    from amprep.pictures.close_up import CloseUp

__all__ = ["AROUND", "SPAN", "close_up_of", "require_something"]

#: Help of the two options.
AROUND = "Only what lies around this place, x,y in mm: 191.2,172.85."
SPAN = "How much of it, as 2mm; default with --around: 5mm."

_SPAN_MM = 5.0
_NARROWEST_MM, _WIDEST_MM = 0.02, 1000.0


def close_up_of(around: str | None, span: str | None) -> CloseUp | None:
    """What is shown of a layer; None for all of it.

    Raises
    ------
    UsageError
        E104 for what is no place or no length, or a length without a place.

    """
    if around is None:
        if span is not None:
            raise UsageError(
                "--span says how much is shown, but not where",
                code="E104",
                where="--span",
                fix="add --around X,Y, a place in mm on the platform",
            )
        return None
    try:
        x_mm, y_mm = (float(word) for word in around.removesuffix("mm").split(","))
    except ValueError:
        x_mm = y_mm = math.nan
    if not (math.isfinite(x_mm) and math.isfinite(y_mm)):
        raise UsageError(
            f'"{around}" is no place',
            code="E104",
            where="--around",
            fix="x and y in mm on the platform, with decimal points: 191.2,172.85",
        )
    span_mm = _SPAN_MM if span is None else parse_length_mm(span, option="--span")
    if not _NARROWEST_MM <= span_mm <= _WIDEST_MM:
        raise UsageError(
            f"{span_mm:g} mm cannot be shown",
            code="E104",
            where="--span",
            fix=f"{_NARROWEST_MM:g} to {_WIDEST_MM:g} mm",
        )
    from amprep.pictures.close_up import CloseUp

    return CloseUp(x_mm, y_mm, span_mm)


def require_something(close_up: CloseUp | None, vectors: ScanVectors, layer: int) -> None:
    """Refuse a place where a layer, from 1, has nothing to show.

    Raises
    ------
    UsageError
        E104; it says where the vectors of the layer lie.

    """
    from amprep.pictures.close_up import rows_in

    if close_up is None or not len(vectors) or len(rows_in(vectors, close_up.view(1.0, 1.0))):
        return
    x0, y0, x1, y1 = (float(column) for column in vectors.segments.T.min(axis=1))
    x2, y2, x3, y3 = (float(column) for column in vectors.segments.T.max(axis=1))
    raise UsageError(
        f"layer {layer} has nothing within {close_up.span_mm:g} mm around x {close_up.x_mm:g}, "
        f"y {close_up.y_mm:g} mm",
        code="E104",
        where="--around",
        why=f"Its vectors lie from x {min(x0, x1):.2f}, y {min(y0, y1):.2f} "
        f"to x {max(x2, x3):.2f}, y {max(y2, y3):.2f} mm.",
    )
