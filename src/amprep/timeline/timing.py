"""From vectors and their times to what each laser does when.

Every laser begins at 0 s and works through its vectors in their order without a gap; the exposure is over
when the slowest is done. The times are those of `amprep.estimation.vector_times`, so the
timeline and the estimate of the layer agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.vector_times import scanner_row
from amprep.kernels.laser_clock import laser_clock
from amprep.kernels.vector_times import seconds_of_vectors
from amprep.model.arrays import frozen_array
from amprep.model.timeline import NO_PART, Activity, LayerTimeline, Stretches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion
    from amprep.model.machine import Scanner

__all__ = [
    "layer_timeline",
    "scanner_values",
    "stretches",
]

_SCANNER = (
    "jump_speed_mm_s",
    "acceleration_mm_s2",
    "jump_delay_s",
    "turnaround_s",
    "polygon_delay_s",
    "laser_on_delay_s",
    "laser_off_delay_s",
    "mark_delay_s",
    "part_change_s",
)

#: Ways shorter than this share of the exposure are too short to be shown.
_SHOWN_SHARE = 1e-3


def scanner_values(scanner: Scanner) -> dict[str, float]:
    """The nominal values that `amprep.estimation.vector_times` asks for."""
    return {f"scanner.{name}": getattr(scanner, name).value for name in _SCANNER}


def layer_timeline(
    motion: Motion,
    values: Mapping[str, float],
    segments: NDArray[np.float32],
    *,
    laser: NDArray[np.uint8],
    exposure: NDArray[np.uint16],
    part: NDArray[np.uint16],
) -> LayerTimeline:
    """When each vector of a layer is exposed.

    Parameters
    ----------
    motion : Motion
    values : mapping
        Of the scanner's inputs, as `scanner_values` or `TimeModel.values` gives them.
    segments : (N, 4) float32, mm
        In firing order.
    laser : (N,) uint8
    exposure : (N,) uint16
        ``REGIONS · parameter set + region``.
    part : (N,) uint16

    """
    count = len(segments)
    rows = frozen_array(segments, np.float32, (None, 4), "segments")
    lasers = frozen_array(laser, np.uint8, (count,), "laser")
    parts = frozen_array(part, np.uint16, (count,), "part")
    scanner = scanner_row(motion, values)
    kinds = frozen_array(exposure, np.uint16, (count,), "exposure")
    flat = rows.reshape(-1)
    seconds, _ = seconds_of_vectors(flat, lasers, kinds, parts, motion.laser_count, motion.exposures, scanner)
    clock, *_ = laser_clock(rows, lasers, parts, seconds, scanner, motion.laser_count)
    # Rounding must not put the begin of the first vector before 0.
    begin_s = np.maximum(np.minimum(clock[1] - seconds.sum(axis=0), clock[0]), 0.0)
    return LayerTimeline(lasers, begin_s, clock[0], clock[1], motion.laser_count)


def stretches(
    timeline: LayerTimeline,
    *,
    part: NDArray[np.uint16],
    region: NDArray[np.uint8],
    shortest_s: float | None = None,
) -> Stretches:
    """A timeline in stretches of marking, jumping and waiting, for display.

    Vectors of one laser, part and region that follow each other are one stretch, with the ways between them
    up to `shortest_s`; longer ways are stretches of their own.

    Parameters
    ----------
    timeline : LayerTimeline
    part : (N,) uint16
    region : (N,) uint8
    shortest_s : float, optional
        Shorter ways are not shown; default: a thousandth of the exposure.

    """
    whole = timeline.exposure_s
    least = _SHOWN_SHARE * whole if shortest_s is None else shortest_s
    rows: list[tuple[NDArray[np.float64], ...]] = []
    for number in range(timeline.laser_count):
        own = np.flatnonzero(timeline.laser == number)
        rows.append(_of_one_laser(timeline, own, number, part[own], region[own], least, whole))
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    return Stretches(*columns[:4], *columns[4:])


def _of_one_laser(
    timeline: LayerTimeline,
    own: NDArray[np.int64],
    number: int,
    part: NDArray[np.uint16],
    region: NDArray[np.uint8],
    least_s: float,
    whole_s: float,
) -> tuple[NDArray[np.float64], ...]:
    """Columns of `Stretches` of one laser, in time order."""
    mark, end = timeline.marking_from_s[own], timeline.end_s[own]
    before = np.concatenate([[0.0], end[:-1]])[: len(own)]
    jumped = mark - before > least_s
    first = np.ones(len(own), dtype=bool)
    first[1:] = (part[1:] != part[:-1]) | (region[1:] != region[:-1]) | jumped[1:]
    starts = np.flatnonzero(first)
    last = np.concatenate([starts[1:], [len(own)]])[: len(starts)] - 1
    sums = np.concatenate([[0.0], np.cumsum(end - mark)])
    is_jump = jumped[starts]
    begun, ready = before[starts], mark[starts]
    # What is not shown goes to the run behind it.
    marks = np.where(is_jump, ready, begun), end[last], sums[last + 1] - sums[starts]
    jumps = begun[is_jump], ready[is_jump], np.zeros(int(is_jump.sum()))
    columns: list[list[NDArray[np.float64]]] = [[] for _ in range(7)]
    for kind, of, span in ((Activity.JUMP, starts[is_jump], jumps), (Activity.MARK, starts, marks)):
        values = (np.full(len(of), number), np.full(len(of), kind), part[of], region[of], *span)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    over = float(end[-1]) if len(own) else 0.0
    if whole_s > over:
        rest = (number, Activity.WAIT, NO_PART, NO_PART, over, whole_s, 0.0)
        for column, value in zip(columns, rest, strict=True):
            column.append(np.array([value]))
    joined = [np.concatenate(column) for column in columns]
    order = np.argsort(joined[4], kind="stable")
    return tuple(column[order] for column in joined)
