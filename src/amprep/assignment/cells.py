"""The platform as a grid of cells with the lasers that reach them: for estimates without vectors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amprep.assignment.bound import lower_bound_s
from amprep.assignment.fields import centres_of, fields_of, masks_at
from amprep.kernels.balance import even_loads
from amprep.model.estimate import ScanColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.job import Job

__all__ = ["Cells", "cells_of", "stats_of_lasers"]

#: Cells along each side of the platform where fields are round.
_ROUND_CELLS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A grid of cells over the platform.

    x_cuts : (A,) float64, mm
    y_cuts : (B,) float64, mm
    mask_of_cell : (A + 1, B + 1) int64
        Lasers among which the cell's work is divided, bit by bit; column first.
    """

    x_cuts: NDArray[np.float64]
    y_cuts: NDArray[np.float64]
    mask_of_cell: NDArray[np.int64]
    laser_count: int


def cells_of(job: Job) -> Cells:
    """Cells between the borders of the fields, or half-way between their middles: by the strategy."""
    fields = fields_of(job.machine)
    centres = centres_of(fields)
    x0, y0, x1, y1 = job.machine.build_volume.bounds_mm
    is_shared = job.process.lasers.strategy.value == "balanced"
    is_round = bool(np.isfinite(fields[:, 6]).any()) and len(fields) > 1
    cuts = []
    for axis, low, high in ((0, x0, x1), (1, y0, y1)):
        # Not np.unique, which loads NumPy's masked arrays.
        middles = sorted(set(np.round(centres[:, axis], 6).tolist()))
        places = {(a + b) / 2 for a, b in pairwise(middles)}
        if is_shared and len(fields) > 1:
            places = set(np.round(fields[:, [axis, axis + 2]], 6).ravel().tolist())
        if is_shared and is_round:
            places = set(np.linspace(low, high, _ROUND_CELLS + 1).tolist())
        cuts.append(np.array(sorted(place for place in places if low < place < high), dtype=np.float64))
    x, y = (
        np.concatenate([[low], cut, [high]]) for cut, low, high in zip(cuts, (x0, y0), (x1, y1), strict=True)
    )
    middles_of = np.stack(np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2, indexing="ij"), axis=-1)
    points = middles_of.reshape(-1, 2)
    masks = masks_at(fields, points)
    distance = np.hypot(*np.moveaxis(centres[None] - points[:, None], 2, 0))
    reaches = (masks[:, None] >> np.arange(len(fields))) & 1 == 1
    # Where nothing reaches, outside of the platform, the nearest counts.
    nearest = np.argmin(np.where(reaches | (masks == 0)[:, None], distance, np.inf), axis=1)
    owner = np.left_shift(1, nearest)
    masks = np.where(masks == 0, owner, masks) if is_shared else owner
    for cut in cuts:
        cut.flags.writeable = False
    return Cells(cuts[0], cuts[1], masks.reshape(len(x) - 1, len(y) - 1).astype(np.int64), len(fields))


def stats_of_lasers(
    cells: Cells,
    job: Job,
    stats: NDArray[np.float64],
    work_s: NDArray[np.float64],
    longest_s: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of the lasers from those of the cells, and the bounds.

    Parameters
    ----------
    cells : Cells
    job : Job
    stats : (n, C, S) float64
        Scan statistics per layer and cell.
    work_s : (n, C) float64, s
        What all that lies in the cells takes.
    longest_s : (n, C) float64, s
        What contours take, with their jumps, of the part that has most of them; they stay together.

    Returns
    -------
    stats : (n, L, S) float64
        Work of cells that several lasers reach is divided as evenly as can be.
    bounds_s : (n, 2) float64, s
        What the slowest laser takes at least, and what one laser would take; 0 where one laser is all.

    """
    mask_of, lasers = cells.mask_of_cell.ravel(), cells.laser_count
    bounds = np.zeros((len(stats), 2))
    if lasers == 1:
        return stats.sum(axis=1, keepdims=True), bounds
    if job.process.lasers.contours_by.value != "part":
        longest_s = np.zeros_like(longest_s)
    masks = np.array(sorted(set(mask_of.tolist())), dtype=np.int64)
    row_of = np.searchsorted(masks, mask_of)
    reaches = (mask_of[:, None] >> np.arange(lasers)) & 1 == 1
    share = np.zeros((len(stats), len(mask_of), lasers))
    used = np.zeros((len(stats), len(masks), lasers), dtype=bool)
    for layer, seconds in enumerate(work_s):
        reached_s = longest_s[layer] @ reaches
        first = int(np.argmax(reached_s))
        kept_s = np.where(reaches[:, first], longest_s[layer], 0.0)
        base = np.zeros(lasers)
        base[first] = reached_s[first]
        of_mask = np.bincount(row_of, weights=seconds - kept_s, minlength=len(masks)).astype(np.float64)
        own = even_loads(masks, of_mask, base)
        used[layer] = own > 1e-9 * of_mask[:, None]
        part_of = (own / np.where(of_mask > 0.0, of_mask, 1.0)[:, None])[row_of]
        weight = np.where(seconds > 0.0, seconds, 1.0)
        share[layer] = part_of * (1.0 - kept_s / weight)[:, None]
        share[layer, :, first] += kept_s / weight
        every = np.zeros((1, 1 << lasers))
        every[0, masks] = np.bincount(row_of, weights=seconds, minlength=len(masks))
        bounds[layer] = lower_bound_s(every)[0], seconds.sum()
    hatch_mm = stats[:, :, ScanColumn.HATCH_MM]
    per_mm = _cuts_per_mm(cells, job, masks, used)
    # Layers of less area are as much narrower as they are shallower.
    of_layer = np.array([hatch_mm[:, row_of == row].sum(axis=1) for row in range(len(masks))]).T
    per_mm *= np.sqrt(of_layer.max(axis=0) / np.maximum(of_layer, 1e-3))
    cuts = hatch_mm * per_mm[:, row_of]
    stats = stats.copy()
    stats[:, :, ScanColumn.TURNS] += cuts
    rule = job.process.lasers
    steps = cuts * (_STEPS_PER_BAND if rule.seam_pattern.value == "interlaced" else 0.0)
    # Behind a step lies another laser's band, which is jumped over.
    stats[:, :, ScanColumn.JUMPS] += steps
    band_mm = rule.seam_distance_mm.value * rule.seam_steps.value
    stats[:, :, ScanColumn.JUMP_MM] += steps * band_mm
    stats[:, :, ScanColumn.SHORT_JUMP_ROOT_MM] += steps * np.sqrt(band_mm)
    stats[:, :, ScanColumn.VECTORS] += cuts + steps
    divided: NDArray[np.float64] = np.einsum("ncl,ncs->nls", share, stats)
    return divided, bounds


#: How many bands of a seam begin with a step, which is as long as a band is wide: twice the rarer of its two
#: places; on average over all shares a half.
_STEPS_PER_BAND = 0.5


def _cuts_per_mm(
    cells: Cells, job: Job, masks: NDArray[np.int64], used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(n, M) float64, 1/mm: how often seams cut the hatch of each mask per length of it.

    Of material spread evenly over a width W across a seam, the seam runs through 1/W of the area per length;
    vectors of all directions cross it 2/π times per hatch distance.
    """
    rule = job.process.lasers
    if rule.strategy.value == "part":
        return np.zeros(used.shape[:2])
    low = np.min([part.bounds_mm[0, :2] for part in job.parts], axis=0)
    high = np.max([part.bounds_mm[1, :2] for part in job.parts], axis=0)
    fields = fields_of(job.machine)
    centres = centres_of(fields)
    found = np.zeros(used.shape[:2])
    for row, mask in enumerate(masks.tolist()):
        members = [k for k in range(cells.laser_count) if mask >> k & 1]
        if len(members) < 2:
            continue
        first = np.maximum(low, fields[members, :2].max(axis=0))
        width = np.minimum(high, fields[members, 2:4].min(axis=0)) - first
        per_mm = 1.0 / np.maximum(width, 1.0)
        spread = np.ptp(centres[members], axis=0) > 1e-6
        many = used[:, row].sum(axis=1)
        # Two lasers: one seam; four: one across either direction.
        found[:, row] = np.maximum(many - 1, 0) ** 0.63 * per_mm[spread].mean() * 2.0 / np.pi
    return found
