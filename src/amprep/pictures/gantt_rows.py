"""What the lasers do in a layer, as numbers: stretches of time, and their shares of the columns of a picture.

The shares follow from the cumulated time of each kind, a piecewise linear function that is taken at the ends
of the columns. What no stretch covers is waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.arrays import ArrayNoun, frozen_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "CONTOUR",
    "HATCH",
    "JUMP",
    "KINDS",
    "NO_PART",
    "WAIT",
    "GanttRows",
    "kind_shares",
    "rows_of_times",
    "rows_of_vectors",
]

#: Kinds of stretches.
HATCH = 0
CONTOUR = 1
JUMP = 2
WAIT = 3
#: Name of each kind.
KINDS = ("hatch", "contour", "jump", "wait")
NO_PART = -1


@dataclass(frozen=True, slots=True, eq=False)
class GanttRows(ArrayNoun):
    """What the lasers do in a layer.

    laser : (N,) uint8
        Index of the laser, from 0; read-only.
    start_s, end_s : (N,) float64, s
        From the start of the exposure; stretches of one laser do not overlap; read-only.
    kind : (N,) uint8
        `HATCH`, `CONTOUR`, `JUMP` or `WAIT`; read-only.
    part : (N,) int32
        Index of the part, or `NO_PART`; read-only.
    """

    lasers: int
    laser: NDArray[np.uint8]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    kind: NDArray[np.uint8]
    part: NDArray[np.int32]
    part_names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        n = len(self.laser)
        object.__setattr__(self, "laser", frozen_array(self.laser, np.uint8, (None,), "laser"))
        for name in ("start_s", "end_s"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, (n,), name))
        object.__setattr__(self, "kind", frozen_array(self.kind, np.uint8, (n,), "kind"))
        object.__setattr__(self, "part", frozen_array(self.part, np.int32, (n,), "part"))

    @property
    def exposure_s(self) -> float:
        """When the slowest laser is done."""
        works = self.kind != WAIT
        return float(self.end_s[works].max(initial=0.0))

    @property
    def busy_s(self) -> NDArray[np.float64]:
        """(lasers,) float64, s: time that each laser marks or jumps."""
        works = self.kind != WAIT
        seconds = (self.end_s - self.start_s)[works]
        busy: NDArray[np.float64] = np.bincount(
            self.laser[works], weights=seconds, minlength=self.lasers
        ).astype(np.float64)
        return busy

    @property
    def done_s(self) -> NDArray[np.float64]:
        """(lasers,) float64, s: when each laser is done."""
        done = np.zeros(self.lasers)
        works = self.kind != WAIT
        np.maximum.at(done, self.laser[works], self.end_s[works])
        return done


def rows_of_vectors(
    *,
    lasers: int,
    laser: NDArray[np.uint8],
    is_hatch: NDArray[np.bool_],
    part: NDArray[np.uint16],
    way_s: NDArray[np.float64],
    marking_s: NDArray[np.float64],
    part_names: Sequence[str] = (),
) -> GanttRows:
    """Rows of a layer whose lasers work without a pause through their vectors, in firing order.

    Parameters
    ----------
    lasers : int
        How many the machine has.
    laser, is_hatch, part : (N,)
        Of each vector.
    way_s, marking_s : (N,) float64, s
        Of each vector: the way to it, and its marking, as `amprep.estimation.vector_times` gives them.
    part_names : sequence of str

    """
    end = np.zeros(len(laser))
    for number in range(lasers):
        own = laser == number
        end[own] = np.cumsum((way_s + marking_s)[own])
    marking_from = end - marking_s
    return rows_of_times(
        lasers=lasers,
        laser=laser,
        is_hatch=is_hatch,
        part=part,
        begin_s=marking_from - way_s,
        marking_from_s=marking_from,
        end_s=end,
        part_names=part_names,
    )


def rows_of_times(
    *,
    lasers: int,
    laser: NDArray[np.uint8],
    is_hatch: NDArray[np.bool_],
    part: NDArray[np.uint16],
    begin_s: NDArray[np.float64],
    marking_from_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    part_names: Sequence[str] = (),
) -> GanttRows:
    """Rows of a layer from the times of its vectors.

    Parameters
    ----------
    lasers : int
        How many the machine has.
    laser, is_hatch, part : (N,)
        Of each vector.
    begin_s, marking_from_s, end_s : (N,) float64, s
        When the way to the vector begins, when the laser is on, and until when; what lies between is waiting.
    part_names : sequence of str

    """
    return GanttRows(
        lasers,
        np.concatenate([laser, laser]).astype(np.uint8),
        np.concatenate([begin_s, marking_from_s]),
        np.concatenate([marking_from_s, end_s]),
        np.concatenate([np.full(len(laser), JUMP), np.where(is_hatch, HATCH, CONTOUR)]).astype(np.uint8),
        np.concatenate([part, part]).astype(np.int32),
        tuple(part_names),
    )


def kind_shares(rows: GanttRows, laser: int, edges_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, B) float64: what share of the time between the (B + 1,) edges, in s, each kind takes."""
    width = np.diff(edges_s)
    shares = np.zeros((len(KINDS), len(width)))
    for kind in (HATCH, CONTOUR, JUMP):
        own = np.flatnonzero((rows.laser == laser) & (rows.kind == kind) & (rows.end_s > rows.start_s))
        own = own[np.argsort(rows.start_s[own], kind="stable")]
        if not len(own):
            continue
        start, end = rows.start_s[own], rows.end_s[own]
        done = np.concatenate([[0.0], np.cumsum(end - start)])
        times = np.stack([start, end], axis=1).ravel()
        known = np.stack([done[:-1], done[1:]], axis=1).ravel()
        shares[kind] = np.diff(np.interp(edges_s, np.maximum.accumulate(times), known)) / width
    shares = shares.clip(0.0, 1.0)
    shares[WAIT] = (1.0 - shares.sum(axis=0)).clip(0.0)
    return shares
