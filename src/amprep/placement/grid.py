r"""Copies of a part, or of a set of parts, on a platform: a grid within the true envelope.

::

    box: the same pitch in both directions        round bed: rows at one pitch, each as long as
    +---------------------+                       the outline has room between the arcs
    | [] [] [] [] [] []   |                              .-----.
    | [] [] [] [] [] []   |                            / [] []   \
    +---------------------+                           | [] [] []  |

Algorithm
    Boxes of neighbouring copies keep the gap in x and in y; what must lie within the platform is the convex
    outline, corner by corner, which on a round bed leaves more room than the box. On a round bed a row holds
    as many copies as there are pitches between the first and the last place where all corners lie inside;
    several shifts of the rows are tried and the one that holds most copies is taken.
Degeneracy rule
    A corner on the edge of the platform, or over it by rounding (1e-6 mm), lies inside. Of shifts with the
    same number of copies the first counts, which is the one with a row in the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.placement.rows import GAP_MM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume

__all__ = ["Grid", "grid_of", "outline_of"]

_ROUNDING_MM = 1e-6

#: Shifts of the rows of a round bed that are tried, evenly over a pitch.
_SHIFTS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where copies may stand.

    patterns : tuple of (n, 2) float64, mm
        Shifts of the copies from the middle of the platform, for several ways to lay the grid; the first
        holds most copies.
    """

    patterns: tuple[NDArray[np.float64], ...]

    @property
    def capacity(self) -> int:
        """Copies that one platform holds."""
        return len(self.patterns[0])

    def positions_mm(self, count: int) -> NDArray[np.float64]:
        """(count, 2) float64, mm: shifts from the middle of the platform, as close to it as can be.

        Raises
        ------
        ValueError
            When the platform does not hold so many.

        """
        if not 0 < count <= self.capacity:
            raise ValueError(f"{count} copies on a platform for {self.capacity}")
        chosen, least = self.patterns[0], math.inf
        for pattern in self.patterns:
            if len(pattern) < count:
                continue
            squared = np.round((pattern**2).sum(axis=1), 6)
            nearest = np.lexsort((pattern[:, 0], pattern[:, 1], squared))[:count]
            if squared[nearest].max() < least:
                least = float(squared[nearest].max())
                chosen = pattern[nearest]
        return chosen[np.lexsort((chosen[:, 0], chosen[:, 1]))]


def outline_of(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K, 2) float64, mm: corners of the convex outline of (V, 2) or (V, 3) points seen from above.

    Of points on a line, as the tracks of a thin wall are, the two ends.
    """
    from scipy.spatial import ConvexHull, QhullError

    flat = np.unique(points_mm[:, :2], axis=0)
    try:
        corners = ConvexHull(flat).vertices
    except QhullError:
        away = flat - flat.mean(axis=0)
        along = away @ np.linalg.svd(away, full_matrices=False)[2][0]
        corners = np.array([along.argmin(), along.argmax()])
    outline: NDArray[np.float64] = flat[corners]
    return outline


def grid_of(outline_mm: NDArray[np.float64], volume: BuildVolume, *, gap_mm: float = GAP_MM) -> Grid | None:
    """The grid of copies on a platform; None when not even one has room.

    Parameters
    ----------
    outline_mm : (K, 2) float64, mm
        Corners of what a copy covers, the middle of their box at (0, 0).
    volume : BuildVolume
        The height is not looked at.
    gap_mm : float
        Between the boxes of neighbouring copies.

    """
    low, high = outline_mm.min(axis=0), outline_mm.max(axis=0)
    pitch = high - low + gap_mm
    if volume.shape == "cylinder":
        radius = volume.size_x_mm.value / 2 + _ROUNDING_MM
        rows = _round_patterns(outline_mm, radius, pitch)
    else:
        half = np.array([volume.size_x_mm.value, volume.size_y_mm.value]) / 2 + _ROUNDING_MM
        rows = _box_patterns(half - (high - low) / 2, pitch)
    found = sorted((one for one in rows if len(one)), key=len, reverse=True)
    return Grid(tuple(found)) if found else None


def _box_patterns(room: NDArray[np.float64], pitch: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Grids with a copy, or a gap, in the middle; `room` is how far a copy may stand from the middle."""
    if (room < 0).any():
        return
    most = [int(2 * r / p + 1) for r, p in zip(room.tolist(), pitch.tolist(), strict=True)]
    for x_count in (most[0], most[0] - 1):
        for y_count in (most[1], most[1] - 1):
            if x_count > 0 and y_count > 0:
                x, y = (np.arange(n) - (n - 1) / 2 for n in (x_count, y_count))
                yield np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) * pitch


def _round_patterns(
    outline: NDArray[np.float64], radius: float, pitch: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Rows between the arcs: each in the middle of its room, or all on the same columns."""
    half = [0, _SHIFTS // 2]
    order = half + [shift for shift in range(_SHIFTS) if shift not in half]
    for shift in order:
        most = math.ceil(2 * radius / pitch[1]) + 1
        lines = (np.arange(-most, most + 1) + shift / _SHIFTS) * pitch[1]
        spans = [(float(y), _span(outline, radius, float(y))) for y in lines]
        open_rows = [(y, *span) for y, span in spans if span is not None]
        yield _stack([(y, _spread(a, b, pitch[0])) for y, a, b in open_rows])
        for column in (0.0, 0.5):
            yield _stack([(y, _columns(a, b, pitch[0], column)) for y, a, b in open_rows])


def _span(outline: NDArray[np.float64], radius: float, y: float) -> tuple[float, float] | None:
    """From where to where a copy may be shifted in x, when it is shifted by `y`."""
    across = outline[:, 1] + y
    if np.abs(across).max() > radius:
        return None
    reach = np.sqrt(radius**2 - across**2)
    low, high = float((-reach - outline[:, 0]).max()), float((reach - outline[:, 0]).min())
    return (low, high) if low <= high else None


def _spread(low: float, high: float, pitch: float) -> NDArray[np.float64]:
    """As many shifts as have room, in the middle of the span; on zero where one alone may stand there."""
    count = int((high - low) / pitch + 1)
    middle = (low + high) / 2
    if count == 1 and low <= 0 <= high:
        middle = 0.0
    shifts: NDArray[np.float64] = middle + (np.arange(float(count)) - (count - 1) / 2) * pitch
    return shifts


def _columns(low: float, high: float, pitch: float, column: float) -> NDArray[np.float64]:
    """The shifts of a fixed grid that lie in the span."""
    first, last = math.ceil(low / pitch - column), math.floor(high / pitch - column)
    shifts: NDArray[np.float64] = (np.arange(float(first), float(last + 1)) + column) * pitch
    return shifts


def _stack(rows: list[tuple[float, NDArray[np.float64]]]) -> NDArray[np.float64]:
    points = [np.column_stack([x, np.full(len(x), y)]) for y, x in rows]
    return np.concatenate(points) if points else np.zeros((0, 2))
