"""A part of a layer from near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.scan import ScanVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.pictures.layer_view import Bounds

__all__ = ["CloseUp", "rows_in", "vectors_in"]


@dataclass(frozen=True, slots=True)
class CloseUp:
    """What is shown of a layer: so much around a place on the platform."""

    x_mm: float
    y_mm: float
    span_mm: float
    """Along the shorter side of the picture."""

    def view(self, width: float, height: float) -> Bounds:
        """What a panel of `width` × `height` shows: x0, y0, x1, y1 in mm."""
        per_unit = 0.5 * self.span_mm / min(width, height)
        dx, dy = width * per_unit, height * per_unit
        return self.x_mm - dx, self.y_mm - dy, self.x_mm + dx, self.y_mm + dy


def rows_in(vectors: ScanVectors, view: Bounds) -> NDArray[np.int64]:
    """Numbers of those vectors of a layer whose boxes reach into a view."""
    x0, y0, x1, y1 = vectors.segments.T
    inside = (np.minimum(x0, x1) <= view[2]) & (np.maximum(x0, x1) >= view[0])
    inside &= (np.minimum(y0, y1) <= view[3]) & (np.maximum(y0, y1) >= view[1])
    return np.flatnonzero(inside)


def vectors_in(vectors: ScanVectors, view: Bounds) -> ScanVectors:
    """Those vectors of a layer whose boxes reach into a view, in their order."""
    rows = rows_in(vectors, view)
    return ScanVectors(vectors.segments[rows], vectors.region[rows], vectors.part[rows], vectors.laser[rows])
