"""Narrow places that wind: which of two directions fills them, cell by cell.

::

      ┌────┬────┬────┐     A line that runs along a narrow place may miss it, one across it does not. Cells of
      │    │││││││   │     a square grid, whose sides lie half-way between lines of both directions, have the
      │════│         │     direction of more lines, their neighbours counted as well. A line is cut where the
      │════│         │     next cell has the other direction.
      └────┴────┴────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Scan", "locally_across"]

#: Lines across a cell: places narrower than two hatch distances hardly turn within it, and where one runs
#: into another no more than this stays without lines of its own.
_CELL_LINES = 3

#: What a line counts in its own cell, where it counts 1 in each beside it: in a ring of a few cells, the
#: places around go along another direction and would outvote the cell.
_OWN = 8


class Scan(NamedTuple):
    """Lines in one direction, as `amprep.kernels.scanline.ScanRoom.scan` gives them."""

    pieces: NDArray[np.float64]
    """(M, 2), mm along the direction."""
    runs: NDArray[np.int64]
    """(R, 3): first line, lines, pieces of each."""
    group_runs: NDArray[np.int64]
    """(G + 1,)."""


class _Portions(NamedTuple):
    """Pieces of lines cut at the sides of cells, in the order of the scan; (N,) each."""

    of: NDArray[np.int64]
    """Which piece each is of."""
    begin_mm: NDArray[np.float64]
    end_mm: NDArray[np.float64]
    line: NDArray[np.int64]
    group: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]


def locally_across(along: Scan, across: Scan, distance_mm: float) -> tuple[Scan, Scan, float]:
    """What is left of lines in two directions when each cell keeps the direction of more lines.

    Groups that are no larger than two cells have one direction.

    Parameters
    ----------
    along, across : Scan
        Of the same groups; the latter's direction is turned by a right angle to the left.
    distance_mm : float
        From line to line.

    Returns
    -------
    along, across : Scan
    short_mm : float
        Length of what is too short to expose and left out.

    """
    cut = (
        _cut_at_cells(along, distance_mm, is_turned=False),
        _cut_at_cells(across, distance_mm, is_turned=True),
    )
    place, cells, pitch = _cells_of(
        *(np.concatenate(both) for both in zip(*(one[4:] for one in cut), strict=True))
    )
    own = np.split(place, [len(cut[0].of)])
    lines = np.stack([np.bincount(one, minlength=len(cells)) for one in own])
    around = _with_neighbours(lines, cells, pitch)
    # A cell that lines of one direction alone meet has that one.
    turned = np.where(lines.min(axis=0) == 0, lines[1] > lines[0], around[1] > around[0])
    first, short_mm = _kept(cut[0], ~turned[own[0]], len(along.group_runs) - 1)
    second, more_mm = _kept(cut[1], turned[own[1]], len(across.group_runs) - 1)
    return first, second, short_mm + more_mm


def _cells_of(
    group: NDArray[np.int64], column: NDArray[np.int64], row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Which cell of which group each of (N,) portions lies in; a small group is one cell.

    Returns
    -------
    cell : (N,) int64
    cells : (C,) int64
        Ascending: those beside each other in a row of a group differ by 1.
    pitch : int
        By how much those beside each other in a column differ.

    """
    groups = int(group.max(initial=-1)) + 1
    is_small = np.ones(groups, dtype=bool)
    for at in (column, row):
        low, high = np.full(groups, np.iinfo(np.int64).max), np.full(groups, np.iinfo(np.int64).min)
        np.minimum.at(low, group, at)
        np.maximum.at(high, group, at)
        is_small &= high - low <= 1
    column, row = (
        np.where(is_small[group], at.min(initial=0), at) - at.min(initial=0) + 1 for at in (column, row)
    )
    pitch = int(row.max(initial=0)) + 2
    key = (group * (int(column.max(initial=0)) + 2) + column) * pitch + row
    order = np.argsort(key, kind="stable")
    is_next = np.diff(key[order], prepend=-1) > 0
    cell = np.empty(len(key), dtype=np.int64)
    cell[order] = np.cumsum(is_next) - 1
    return cell, key[order][is_next], pitch


def _with_neighbours(lines: NDArray[np.int64], cells: NDArray[np.int64], pitch: int) -> NDArray[np.int64]:
    """(2, C): lines of each cell, `_OWN`-fold, and of the eight around it, so that directions change less."""
    found = _OWN * lines
    for step in (1, pitch - 1, pitch, pitch + 1):
        at = np.minimum(np.searchsorted(cells, cells + step), max(len(cells) - 1, 0))
        here = np.flatnonzero(cells[at] == cells + step)
        there = at[here]
        found[:, here] += lines[:, there]
        found[:, there] += lines[:, here]
    return found


def _kept(cut: _Portions, is_kept: NDArray[np.bool_], groups: int) -> tuple[Scan, float]:
    """The portions that are kept as pieces, those of one piece beside each other as one; length left out."""
    kept = np.flatnonzero(is_kept)
    of = cut.of[kept]
    begins = np.ones(len(kept), dtype=bool)
    begins[1:] = (np.diff(kept) > 1) | (np.diff(of) > 0)
    ends = np.roll(begins, -1)
    begin_mm, end_mm = cut.begin_mm[kept[begins]], cut.end_mm[kept[ends]]
    is_long = end_mm - begin_mm >= SHORTEST_VECTOR_MM
    short_mm = float((end_mm - begin_mm)[~is_long].sum())
    group, line = cut.group[kept[begins]][is_long], cut.line[kept[begins]][is_long]
    starts = np.ones(len(group), dtype=bool)
    starts[1:] = (np.diff(group) > 0) | (np.diff(line) != 0)
    first = np.flatnonzero(starts)
    runs = np.stack([line[first], np.ones_like(first), np.diff(first, append=len(group))], axis=1)
    group_runs = np.searchsorted(group[first], np.arange(groups + 1))
    return Scan(np.stack([begin_mm, end_mm], axis=1)[is_long], runs, group_runs), short_mm


def _cut_at_cells(scan: Scan, distance_mm: float, *, is_turned: bool) -> _Portions:
    pieces, runs, group_runs = scan
    lines = np.repeat(runs[:, 0] - _before(runs[:, 1]), runs[:, 1]) + np.arange(runs[:, 1].sum())
    count = np.repeat(runs[:, 2], runs[:, 1])
    line = np.repeat(lines, count)
    of_run = np.repeat(np.arange(len(group_runs) - 1), np.diff(group_runs))
    group = np.repeat(np.repeat(of_run, runs[:, 1]), count)
    side_mm = _CELL_LINES * distance_mm
    first = np.floor(pieces[:, 0] / side_mm).astype(np.int64)
    last = np.maximum(np.ceil(pieces[:, 1] / side_mm).astype(np.int64) - 1, first)
    cells = last - first + 1
    of = np.repeat(np.arange(len(pieces)), cells)
    cell = np.repeat(first - _before(cells), cells) + np.arange(len(of))
    begin_mm = np.maximum(pieces[of, 0], cell * side_mm)
    end_mm = np.minimum(pieces[of, 1], (cell + 1) * side_mm)
    beside = line[of] // _CELL_LINES
    # Seen from a direction turned to the left, what lay ahead lies at the right.
    column, row = (-beside - 1, cell) if is_turned else (cell, beside)
    return _Portions(of, begin_mm, end_mm, line[of], group[of], column, row)


def _before(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of the counts before each."""
    before: NDArray[np.int64] = np.cumsum(counts) - counts
    return before
