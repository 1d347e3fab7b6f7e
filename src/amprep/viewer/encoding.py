"""Vectors of a layer as few bytes, which the page unpacks with what every browser has.

::

    layer = deflate( counts | blocks | hatch planes | path planes )

    counts   4 x uint32: blocks, hatch vectors, path vectors, hatch vectors before thinning
    blocks   of one laser, part, parameter set and region each, in firing order within a laser:
             uint32 vectors · uint16 part · uint16 set · uint8 region · uint8 laser, one array after the other
    planes   for x0, y0, x1, y1 in turn: low bytes of all, then high bytes of all

Algorithm
    Ends lie on a grid of 65536 steps per axis. A hatch runs to and fro, so each of its coordinates is told
    as the difference to the one two vectors before; a contour mostly begins where it ended, so its starts
    are told from the last end and its ends from their start. Differences wrap round at 16 bits, have their
    sign in the lowest bit (so that small ones have a high byte of 0), and stand in planes of bytes.

Degeneracy rule
    Ends that are equal stay equal on the grid, so a vector that is joined to the one before stays joined.
    What lies outside the grid is moved to its edge.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.scan import ScanVectors

__all__ = ["HATCHED", "Grid", "encoded_layer", "grid_of"]

#: Steps that read well; the finest that spans the platform is taken.
_STEPS_UM = (1.0, 1.25, 2.0, 2.5, 4.0, 5.0, 6.25, 8.0, 10.0, 12.5, 16.0, 20.0, 25.0, 40.0, 50.0, 100.0)
_SPAN = 65535

#: (REGIONS,) bool: whether a region is hatched.
HATCHED = np.array([r % AGAIN < len(Region) and Region(r % AGAIN).is_hatch for r in range(REGIONS)])


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the ends of vectors may lie."""

    step_mm: float
    x_mm: float
    """Of the place with the number 0."""
    y_mm: float

    def places(self, segments: NDArray[np.float32]) -> NDArray[np.uint16]:
        """(N, 4) uint16, steps from the origin.

        segments : (N, 4) float32, mm
        """
        origin = np.array([self.x_mm, self.y_mm, self.x_mm, self.y_mm])
        steps = np.rint((segments.astype(np.float64) - origin) / self.step_mm)
        return np.asarray(np.clip(steps, 0, _SPAN).astype(np.uint16))


def grid_of(bounds_mm: tuple[float, float, float, float]) -> Grid:
    """The finest grid that spans a platform, x0, y0, x1, y1 in mm."""
    x0, y0, x1, y1 = bounds_mm
    widest_um = max(x1 - x0, y1 - y0) * 1e3
    step_um = next((step for step in _STEPS_UM if step * _SPAN >= widest_um), widest_um / _SPAN)
    half_mm = step_um * 1e-3 * (_SPAN + 1) / 2
    return Grid(step_um * 1e-3, (x0 + x1) / 2 - half_mm, (y0 + y1) / 2 - half_mm)


def encoded_layer(
    vectors: ScanVectors, parameter_set: NDArray[np.uint16], grid: Grid, keep: NDArray[np.bool_] | None = None
) -> bytes:
    """One layer, packed.

    Parameters
    ----------
    vectors : ScanVectors
        In firing order.
    parameter_set : (N,) uint16
        Number of the parameters that expose each vector.
    grid : Grid
    keep : (N,) bool, optional
        Which vectors are told; default: all.

    """
    hatched = HATCHED[vectors.region]
    all_hatch = int(np.count_nonzero(hatched))
    # What a laser does stays in order; lasers one after the other make few blocks.
    order = np.argsort(vectors.laser, kind="stable")
    if keep is not None:
        order = order[keep[order]]
    keys = [column[order] for column in (vectors.laser, vectors.part, parameter_set, vectors.region)]
    first = _starts(keys)
    hatched = hatched[order]
    places = grid.places(vectors.segments[order])
    hatch, paths = places[hatched], places[~hatched]
    counts = np.array([len(first), len(hatch), len(paths), all_hatch], dtype="<u4")
    laser, part, number, region = (key[first] for key in keys)
    sizes = np.diff(np.append(first, len(order)))
    blocks = [
        sizes.astype("<u4"),
        part.astype("<u2"),
        number.astype("<u2"),
        region.astype(np.uint8),
        laser.astype(np.uint8),
    ]
    arrays = [counts, *blocks, *_planes(_hatch_differences(hatch)), *_planes(_path_differences(paths))]
    return zlib.compress(b"".join(array.tobytes() for array in arrays), 6)


def _starts(keys: Sequence[NDArray[np.integer]]) -> NDArray[np.int64]:
    """First vector of each run in which no key changes."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    changes = np.zeros(len(keys[0]), dtype=np.bool_)
    changes[0] = True
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changes)


def _hatch_differences(places: NDArray[np.uint16]) -> NDArray[np.uint16]:
    found = places.copy()
    found[2:] = places[2:] - places[:-2]
    return found


def _path_differences(places: NDArray[np.uint16]) -> NDArray[np.uint16]:
    found = places.copy()
    found[1:, :2] = places[1:, :2] - places[:-1, 2:]
    found[:, 2:] = places[:, 2:] - places[:, :2]
    return found


def _planes(differences: NDArray[np.uint16]) -> list[NDArray[np.uint8]]:
    """Low and high bytes, column by column, after the sign went to the lowest bit."""
    signed = differences.view(np.int16).astype(np.int32)
    folded = ((signed << 1) ^ (signed >> 31)).astype(np.uint16)
    return [
        plane
        for column in folded.T
        for plane in ((column & 255).astype(np.uint8), (column >> 8).astype(np.uint8))
    ]
