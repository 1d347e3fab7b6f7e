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

from amprep.kernels.hatch_lines import nth_lines
from amprep.model.arrays import read_only
from amprep.viewer.encoding import HATCHED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.scan import ScanVectors

__all__ = ["NO_HATCH", "STEPS", "Thinning", "kept", "special_layers"]

#: The n of "every n-th line is told", in the order they are tried.
STEPS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)

#: Stands for n where no hatch is told.
NO_HATCH = 0


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
    if every == NO_HATCH or not hatched.any():
        return ~hatched
    return nth_lines(read_only(vectors.segments), read_only(hatched), hatch_distance_mm, every)


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
