"""What of a layer's hatch is left out where a job does not fit into a page: lines, and always whole ones.

::

    ────────── kept            Every n-th line of the hatch is kept, with all the vectors on it: counting in
    ·  ·  ·  ·                 firing order would leave out the same side of a hole in every line.
    ·  ·  ·  ·
    ────────── kept            Contours are never thinned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.viewer.encoding import HATCHED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.scan import ScanVectors

__all__ = ["NO_HATCH", "STEPS", "Thinning", "kept", "special_layers"]

#: The n of "every n-th line is told", in the order they are tried.
STEPS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)

#: Stands for n where no hatch is told.
NO_HATCH = 0

#: Of the length of a hatch, so much must lie along two directions at right angles for it to have lines.
_ALIGNED = 0.95
_SINE = 0.03


@dataclass(frozen=True, slots=True)
class Thinning:
    """What the page tells.

    every : (n,) int64
        Per layer the n of "every n-th line of the hatch"; 1 for all, `NO_HATCH` for contours alone.
    """

    first_layer: int
    """Index of the first layer told, from 0."""
    every: NDArray[np.int64]
    size_bytes: int
    """Of the data as text."""
    budget_bytes: int
    vectors: int
    """In these layers, before thinning."""
    vectors_told: int

    @property
    def is_thinned(self) -> bool:
        """Whether anything is left out."""
        return bool((self.every != 1).any())

    @property
    def thinnest(self) -> int:
        """The n of the layers that are thinned, 1 when none is."""
        thinned = self.every[self.every != 1]
        return int(thinned[0]) if len(thinned) else 1

    @property
    def full_layers(self) -> int:
        """How many layers have all their vectors."""
        return int(np.count_nonzero(self.every == 1))

    @property
    def is_over_budget(self) -> bool:
        """Whether contours alone, which are never left out, take more than the budget."""
        return self.size_bytes > self.budget_bytes


def kept(vectors: ScanVectors, every: int, hatch_distance_mm: float) -> NDArray[np.bool_]:
    """(N,) bool: which vectors are told.

    Parameters
    ----------
    vectors : ScanVectors
    every : int
        The n of "every n-th line"; 1 keeps all, `NO_HATCH` the contours alone.
    hatch_distance_mm : float, mm
        Between neighbouring lines.

    """
    hatched = HATCHED[vectors.region]
    if every == 1:
        return np.ones(len(hatched), dtype=np.bool_)
    keep = ~hatched
    if every == NO_HATCH or not hatched.any():
        return keep
    rows = _rows(vectors.segments[hatched].astype(np.float64), hatch_distance_mm)
    keep[np.flatnonzero(hatched)] = rows % every == 0
    return keep


def _rows(segments: NDArray[np.float64], distance_mm: float) -> NDArray[np.int64]:
    """Number of the line that each hatch vector lies on; in firing order where they share no lines."""
    way = segments[:, 2:] - segments[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    # Directions that differ by a right angle, as those of islands, count as one.
    turned = np.sum(length * np.exp(4j * np.arctan2(way[:, 1], way[:, 0])))
    angle = np.angle(turned) / 4
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    u, v = way @ along, way @ across
    is_along = np.abs(u) >= np.abs(v)
    aligned = np.minimum(np.abs(u), np.abs(v)) <= _SINE * length
    if length[aligned].sum() < _ALIGNED * length.sum():
        return np.arange(len(segments))
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    offset = np.where(is_along, middle @ across, middle @ along)
    return np.asarray(np.rint(offset / distance_mm).astype(np.int64))


def special_layers(
    area_mm2: NDArray[np.float64], lost_mm2: NDArray[np.float64], exposure_s: NDArray[np.float64]
) -> list[int]:
    """Layers that keep all their vectors as long as anything fits, the most important first.

    The first, the longest, the largest, the riskiest (area grows most over the layer below, or most is lost)
    and the last.

    Parameters
    ----------
    area_mm2, lost_mm2 : (n,) float64, mm²
        What is cut of each layer, and what of it nothing exposes.
    exposure_s : (n,) float64, s

    """
    if not len(area_mm2):
        return []
    found = [0, int(exposure_s.argmax()), int(area_mm2.argmax())]
    if len(area_mm2) > 1:
        found.append(1 + int(np.diff(area_mm2).argmax()))
    if lost_mm2.any():
        found.append(int(lost_mm2.argmax()))
    return list(dict.fromkeys([*found, len(area_mm2) - 1]))
