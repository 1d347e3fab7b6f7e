"""What a job asks of each layer: the order against smoke, and the sums that are told of it.

A block of a layer has vectors of one laser, part and stage. A stage of a part is a run of vectors of one
hatched region, or of its contours and edges, the first time or once more. Stages keep their order, so what
comes before the hatch stays before it; blocks of one stage may change places. Contours and edges of a stage
are one block. Hatches are cut at jumps, or at turnarounds where there is no jump, into pieces of about a
given time. Nothing moves inside of a block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from amprep.estimation.vector_times import scanner_row
from amprep.kernels.firing_blocks import firing_blocks
from amprep.kernels.laser_clock import laser_clock
from amprep.kernels.smoke import smoke_seconds
from amprep.kernels.smoke_order import smoke_order
from amprep.kernels.vector_times import seconds_of_vectors
from amprep.model.arrays import ArrayNoun, read_only
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region
from amprep.model.timeline import SmokeSums
from amprep.timeline.smoke import conflicts_of, plume_of
from amprep.timeline.timing import scanner_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion
    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["MOST_LONGER", "Lookout", "Seen", "Strokes", "lookout_of"]

#: By this share a layer may take longer for the sake of fewer conflicts.
MOST_LONGER = 0.01

#: Conflicts up to this share of the marking are not worth another order.
_NOT_WORTH = 0.002

#: Blocks are cut to this share of the time of the layer's exposure.
_BLOCK_SHARE = 1.0 / 64.0

_HATCHES = {one for one in Region if one.is_hatch}
_SUPPORTS = {Region.SUPPORT, Region.SUPPORT_CONTOUR}
#: Per region: one number for each hatch, and one for all contours and edges, first and again; whether it may
#: be parted; whether it is support.
_KINDS = read_only(
    np.array(
        [
            [n if n % AGAIN in _HATCHES else REGIONS + n // AGAIN for n in range(REGIONS)],
            [n % AGAIN in _HATCHES for n in range(REGIONS)],
            [n % AGAIN in _SUPPORTS for n in range(REGIONS)],
        ],
        dtype=np.uint8,
    )
)


class Strokes(NamedTuple):
    """The vectors of a layer in firing order: (N, 4) float32 in mm, then (N,) each."""

    segments: NDArray[np.float32]
    laser: NDArray[np.uint8]
    region: NDArray[np.uint8]
    part: NDArray[np.uint16]
    exposure: NDArray[np.uint16]
    """``REGIONS · parameter set + region``."""

    def as_kernels_take(self) -> Strokes:
        """The same, read-only."""
        return Strokes(
            read_only(self.segments),
            read_only(self.laser),
            read_only(self.region),
            read_only(self.part),
            read_only(self.exposure),
        )

    def moved(self, order: NDArray[np.int64]) -> Strokes:
        """The same in another order, (N,)."""
        return Strokes(
            self.segments.take(order, axis=0),
            self.laser.take(order),
            self.region.take(order),
            self.part.take(order),
            self.exposure.take(order),
        )


class Seen(NamedTuple):
    """What became of a layer."""

    strokes: Strokes
    """Laser by laser in the order that is better; as given where nothing was gained."""
    order: NDArray[np.int64] | None
    """(N,), by numbers in the order given; None where nothing was gained."""
    sums: SmokeSums


class _Watched(NamedTuple):
    """A layer with its times; arrays as the kernels have them."""

    seconds: NDArray[np.float64]
    is_jump: NDArray[np.bool_]
    clock: NDArray[np.float64]
    order: NDArray[np.int64]
    lasers: NDArray[np.int64]
    pairs: NDArray[np.float64]
    conflict_s: float
    in_smoke_s: float
    marking_s: float
    exposure_s: float
    one_laser_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Lookout(ArrayNoun):
    """What is the same for all layers of a job.

    scanner : (8,) float64
        From `amprep.estimation.vector_times.scanner_row`.
    plume : (5,) float64
        From `amprep.timeline.smoke.plume_of`.
    reorder : bool
        Without it, the order stays and is only looked at.
    most_longer : float
        Share by which the exposure of a layer may take longer.
    """

    motion: Motion
    scanner: NDArray[np.float64]
    plume: NDArray[np.float64]
    reorder: bool
    most_longer: float = MOST_LONGER

    def look(self, index: int, strokes: Strokes) -> Seen:
        """Put the blocks of each laser in an order with fewer conflicts, in one layer; `index` from 0.

        Every vector stays with its laser and as it is. On each laser, supports stay before all else, and of
        each part what is exposed in stages keeps their order.
        """
        strokes = strokes.as_kernels_take()
        before = self._watched(strokes)
        if not self.reorder or before.conflict_s <= _NOT_WORTH * before.marking_s:
            return Seen(strokes, None, self._sums(index, before, before))
        order = self._order(strokes, before)
        if len(order):
            moved = strokes.moved(order).as_kernels_take()
            after = self._watched(moved)
            is_quick = after.exposure_s <= (1.0 + self.most_longer) * before.exposure_s
            is_clearer = after.conflict_s < before.conflict_s and after.in_smoke_s <= before.in_smoke_s
            if is_quick and is_clearer:
                return Seen(moved, order, self._sums(index, before, after))
        return Seen(strokes, None, self._sums(index, before, before))

    def slowest_s(
        self,
        segments: NDArray[np.float32],
        laser: NDArray[np.uint8],
        exposure: NDArray[np.uint16],
        part: NDArray[np.uint16],
    ) -> float:
        """Seconds of the laser that takes longest for a layer's vectors, as in `Strokes`."""
        lasers = self.motion.laser_count
        seconds, _ = seconds_of_vectors(
            read_only(segments).reshape(-1),
            read_only(laser),
            read_only(exposure),
            read_only(part),
            lasers,
            self.motion.exposures,
            self.scanner,
        )
        return float(np.bincount(laser, seconds.sum(axis=0), minlength=lasers).max())

    def _watched(self, strokes: Strokes) -> _Watched:
        segments, laser, _, part, exposure = strokes
        lasers = self.motion.laser_count
        seconds, is_jump = seconds_of_vectors(
            segments.reshape(-1), laser, exposure, part, lasers, self.motion.exposures, self.scanner
        )
        clock, order, own, sums = laser_clock(segments, laser, part, seconds, self.scanner, lasers)
        of_laser = np.zeros(lasers)
        pairs = smoke_seconds(segments, clock, order, own, self.plume, np.zeros(0), of_laser)
        in_all = math.fsum(pairs[:, 0].tolist()), math.fsum(of_laser.tolist())
        return _Watched(seconds, is_jump, clock, order, own, pairs, *in_all, *sums.tolist())

    def _order(self, strokes: Strokes, before: _Watched) -> NDArray[np.int64]:
        """(N,) int64: the order with the least conflict by and large; (0,) where it is the one given."""
        segments, laser, region, part, _ = strokes
        first, numbers, places, pieces, spans = firing_blocks(
            segments,
            before.order,
            laser,
            part,
            region,
            _KINDS,
            before.seconds,
            before.is_jump,
            before.clock,
            self.scanner,
            _BLOCK_SHARE * before.exposure_s,
        )
        return smoke_order(
            before.order,
            first,
            numbers,
            places,
            read_only(pieces),
            spans,
            self.scanner,
            self.plume,
            before.lasers,
            self.most_longer,
        )

    def _sums(self, index: int, before: _Watched, after: _Watched) -> SmokeSums:
        lasers = self.motion.laser_count
        found = conflicts_of(after.pairs, lasers)
        seconds = after.pairs[:, 0].tolist()
        return SmokeSums(
            layer=index,
            conflict_before_s=before.conflict_s,
            conflict_after_s=after.conflict_s,
            in_smoke_before_s=before.in_smoke_s,
            in_smoke_after_s=after.in_smoke_s,
            marking_s=after.marking_s,
            exposure_before_s=before.exposure_s,
            exposure_after_s=after.exposure_s,
            one_laser_s=after.one_laser_s,
            pair_s=tuple(tuple(seconds[lasers * up : lasers * (up + 1)]) for up in range(lasers)),
            worst=found[0] if found else None,
        )


def lookout_of(machine: MachineProfile, motion: Motion, process: ProcessProfile) -> Lookout | None:
    """For the layers of a job; None for a machine with one laser, which has nobody's smoke but its own."""
    if len(machine.lasers) < 2:
        return None
    scanner = scanner_row(motion, scanner_values(machine.scanner))
    return Lookout(motion, scanner, plume_of(machine), process.lasers.smoke_order.value == "yes")
