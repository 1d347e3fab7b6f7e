"""Which laser exposes which area, on a grid of cells: for pictures whose areas, seams and numbers must show.

Single vectors melt into an area on a slide. Here each hatch vector marks the cells that its band covers, as
wide as the hatch distance; the laser that marks a cell most owns it::

    hatch vectors          cells           seam
    1 --------- 2 ----     1 1 1 2 2       between 1 and 2
    1 ------- 2 ------     1 1 1 2 2

Algorithm: points along and across each band, closer than a cell, counted per laser. Degeneracy rule: of two
lasers that mark a cell equally the lower number owns it; a cell without a point belongs to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb

from amprep.model.exposure import AGAIN
from amprep.model.scan import Region
from amprep.pictures import style

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.scan import ScanVectors
    from amprep.pictures.layer_view import Bounds

__all__ = ["NOBODY", "area_image", "badge_cells", "laser_areas", "seam_cells"]

#: Owner of cells that no hatch covers.
NOBODY = -1

#: Distance of the points in cells, and how many points are handled at once.
POINT_STEP = 0.7
POINTS_AT_ONCE = 2_000_000

#: More hatch vectors than this are thinned, where cells are coarse.
MANY = 200_000

#: Half the width of a seam's line in pixels, and the pitch of the patterns.
SEAM_PX = 1
PATTERN_PX = 12
LINE_PX = 2
DOT_PX = 4

#: Cells taken together where a place for a number is looked for.
COARSE = 4


def laser_areas(
    vectors: ScanVectors, view: Bounds, shape: tuple[int, int], hatch_distance_mm: float
) -> NDArray[np.int16]:
    """Owner of each cell, (rows, columns) int16, rows upwards: index of the laser, or `NOBODY`.

    Parameters
    ----------
    vectors : ScanVectors
    view : (x0, y0, x1, y1), mm
        What the grid covers.
    shape : (rows, columns)
    hatch_distance_mm : float, mm
        How wide a band each hatch vector covers.

    """
    rows, columns = shape
    x0, y0, x1, y1 = view
    cell_mm = min((x1 - x0) / columns, (y1 - y0) / rows)
    hatch = np.flatnonzero(np.isin(vectors.region % AGAIN, [one for one in Region if one.is_hatch]))
    lasers = int(vectors.laser.max(initial=0)) + 1
    # Where several lines run through a cell, and there are many, one stands for its neighbours.
    if len(hatch) > MANY:
        every = max(int(0.5 * cell_mm / hatch_distance_mm), 1)
        hatch, hatch_distance_mm = hatch[::every], every * hatch_distance_mm
    marked = np.zeros((lasers, rows * columns), dtype=np.int32)
    step_mm = POINT_STEP * cell_mm
    ends = vectors.segments[hatch].astype(np.float64)
    way = ends[:, 2:] - ends[:, :2]
    length = np.hypot(*way.T)
    along = way / np.maximum(length, 1e-12)[:, None]
    across = int(np.ceil(hatch_distance_mm / step_mm))
    offsets_mm = hatch_distance_mm * ((np.arange(across) + 0.5) / across - 0.5)
    points = np.ceil(length / step_mm).astype(np.int64).clip(min=1)
    for chosen in _chunks(points * across):
        number = np.repeat(chosen, points[chosen])
        first = np.repeat(np.cumsum(points[chosen]) - points[chosen], points[chosen])
        share = (np.arange(len(number)) - first + 0.5) / points[number]
        place = ends[number, :2] + way[number] * share[:, None]
        normal = along[number][:, ::-1] * (-1, 1)
        for offset_mm in offsets_mm.tolist():
            at = place + offset_mm * normal
            column = np.floor((at[:, 0] - x0) / (x1 - x0) * columns).astype(np.int64)
            row = np.floor((at[:, 1] - y0) / (y1 - y0) * rows).astype(np.int64)
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
            cell = row[inside] * columns + column[inside]
            owner = vectors.laser[hatch[number[inside]]].astype(np.int64)
            np.add.at(marked.reshape(-1), owner * (rows * columns) + cell, 1)
    owners: NDArray[np.int16] = np.where(marked.any(axis=0), marked.argmax(axis=0), NOBODY).astype(np.int16)
    return owners.reshape(rows, columns)


def _chunks(points: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Indices of vectors, taken together as long as their points are not too many."""
    part = np.cumsum(points) // POINTS_AT_ONCE
    return np.split(np.arange(len(points)), np.flatnonzero(np.diff(part)) + 1) if len(points) else []


def seam_cells(owners: NDArray[np.int16]) -> NDArray[np.bool_]:
    """(rows, columns) bool: cells that touch, by an edge, a cell of another laser."""
    seam = np.zeros(owners.shape, dtype=bool)
    for axis in (0, 1):
        here, there = (owners[:-1], owners[1:]) if axis == 0 else (owners[:, :-1], owners[:, 1:])
        unlike = (here != there) & (here != NOBODY) & (there != NOBODY)
        if axis == 0:
            seam[:-1] |= unlike
            seam[1:] |= unlike
        else:
            seam[:, :-1] |= unlike
            seam[:, 1:] |= unlike
    return seam


def area_image(owners: NDArray[np.int16], pixels: int) -> NDArray[np.float64]:
    """(rows · pixels, columns · pixels, 4) float64, RGBA: colour and pattern of each laser, seams black."""
    big = np.repeat(np.repeat(owners, pixels, axis=0), pixels, axis=1)
    row, column = np.indices(big.shape)
    patterns = {
        "": np.zeros(big.shape, dtype=bool),
        "///": (column - row) % PATTERN_PX < LINE_PX,
        "\\\\\\": (column + row) % PATTERN_PX < LINE_PX,
        "...": (column % PATTERN_PX < DOT_PX) & (row % PATTERN_PX < DOT_PX),
    }
    image = np.zeros((*big.shape, 4))
    for index in np.unique(owners[owners != NOBODY]).tolist():
        look = style.laser_look(index)
        own = big == index
        image[own] = (*to_rgb(look.colour), 1.0)
        image[own & patterns[style.laser_pattern(index)]] = (*to_rgb(look.digit), 1.0)
    image[_wider(seam_cells(big))] = (*to_rgb(style.BLACK), 1.0)
    return image


def _wider(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    wide = mask.copy()
    for shift in range(1, SEAM_PX + 1):
        for axis in (0, 1):
            wide |= np.roll(mask, shift, axis=axis) | np.roll(mask, -shift, axis=axis)
    return wide


def badge_cells(
    owners: NDArray[np.int16], badge: float, apart: float, most: int
) -> list[tuple[int, float, float]]:
    """Where the numbers stand: laser, column, row, in cells.

    One at least for each laser that owns a cell, where it owns most around; more where a number with a
    diameter of `badge` cells fits inside the area, `apart` cells from those before, up to `most` for each
    laser. No two numbers stand over each other.
    """
    rows, columns = (side // COARSE for side in owners.shape)
    blocks = owners[: rows * COARSE, : columns * COARSE].reshape(rows, COARSE, columns, COARSE)
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    found: list[tuple[int, float, float]] = []
    for index in np.unique(owners[owners != NOBODY]).tolist():
        share = (blocks == index).mean(axis=(1, 3))
        depth = _depth(share >= 0.5) + 0.5 * (share > 0)
        for count in range(most):
            free = depth.copy()
            for other, x, y in found:
                away = np.hypot(column * COARSE - x, row * COARSE - y)
                free[away < (apart if other == index else 1.3 * badge)] = 0.0
            best = float(free.max(initial=0.0))
            if best <= 0 or (count and best * COARSE < badge / 2):
                break
            at = int(free.argmax())
            found.append((index, float(column.flat[at]) * COARSE, float(row.flat[at]) * COARSE))
    return found


def _depth(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How many times each cell outlives when the area loses the cells at its border, in turn of 4 and 8."""
    depth = np.zeros(mask.shape)
    left = np.pad(mask, 1)
    while left.any():
        depth += left[1:-1, 1:-1]
        smaller = left.copy()
        smaller[1:] &= left[:-1]
        smaller[:-1] &= left[1:]
        smaller[:, 1:] &= left[:, :-1]
        smaller[:, :-1] &= left[:, 1:]
        left = np.pad(smaller[1:-1, 1:-1], 1)
    return depth
