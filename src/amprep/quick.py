"""The estimate without hatching: slices are cut, areas and edges summed up, and the rest is expectation.

Areas, lengths and directions of edges say how long the hatch is and how many lines it has
(`amprep.hatching.expectation`); the estimate itself is the same as after hatching. What is not looked at:
skins that are exposed as the core is, filters, z-compensation, and in which order things come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.assignment import cells_of, stats_of_lasers
from amprep.engines.baton import working
from amprep.engines.serial import SerialEngine
from amprep.estimation.fold import estimate_build
from amprep.estimation.motion import motion_of
from amprep.estimation.time import contour_times_s, layer_times, time_model
from amprep.hatching.expectation import (
    STEEP,
    Sections,
    Strokes,
    expected_contours,
    expected_edges,
    expected_hatch,
    mean_of,
)
from amprep.hatching.filling import hatch_angle_deg
from amprep.hatching.patterns import directions_of
from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.kernels.components import box_groups
from amprep.kernels.section_sums import SECTION_SUMS, section_sums
from amprep.layering import PartLayers, halo
from amprep.model.arrays import read_only
from amprep.model.estimate import ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.layer import Contours
from amprep.model.scan import AREA_COLUMNS, AREA_NAMES, REGIONS, Region
from amprep.slicing import BAND, PartCut, cut, plan_cuts
from amprep.supports import counted_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from amprep.assignment import Cells
    from amprep.engines import Engine
    from amprep.model.estimate import BuildEstimate
    from amprep.model.exposure import HatchExposure
    from amprep.model.job import Job
    from amprep.model.layer import LayerStack
    from amprep.model.process import ProcessProfile

__all__ = [
    "estimate_of_cells",
    "quick_estimate",
    "quick_statistics",
]

_NO_CUTS = read_only(np.empty(0))


def quick_estimate(
    job: Job,
    *,
    engine: Engine | None = None,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
) -> BuildEstimate:
    """Estimate a job without hatching it.

    Parameters
    ----------
    job : Job
    engine : Engine, optional
        Where the work runs; default: the calling thread. The result is the same for every engine.
    on_layer : callable
        Told layers done and layers in all.

    """
    return estimate_of_cells(job, *quick_statistics(job, engine=engine, on_layer=on_layer))


def estimate_of_cells(
    job: Job, stats: NDArray[np.float64], areas: NDArray[np.float64], longest_mm: NDArray[np.float64]
) -> BuildEstimate:
    """The estimate from what `quick_statistics` found; the lasers share the cells as the strategy says."""
    model = time_model(job.machine, job.parameter_sets.processes, stats)
    longest_s = contour_times_s(stats, model) * longest_mm
    longest_s /= np.maximum(stats[:, :, ScanColumn.CONTOUR_MM], 1e-9)
    divided, bounds_s = stats_of_lasers(
        cells_of(job), job, stats, layer_times(stats, model).busy_s, longest_s
    )
    return estimate_build(job, divided, areas, bounds_s)


def quick_statistics(
    job: Job,
    *,
    engine: Engine | None = None,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
    cuts: Sequence[PartCut] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What `quick_estimate` rests on.

    Parameters
    ----------
    cuts : sequence of PartCut, optional
        Of `plan_cuts` for the parts of the job, where they are at hand.

    Returns
    -------
    stats : (n, C, S) float64
        By the cells of `amprep.assignment.cells_of`; columns as in `ScanColumn`.
    areas : (n, 8) float64, mm²
        Columns as in `amprep.model.scan.AREA_NAMES`.
    longest_mm : (n, C) float64, mm
        Contours of the part that has most of them in each layer.

    """
    engine = engine or SerialEngine()
    if cuts is None:
        cuts = plan_cuts(job.parts, job.cut_heights_mm, engine=engine)
    shares = cells_of(job)
    count = job.layer_count
    columns = ScanColumn.MARKED + REGIONS * len(job.parameter_sets.processes)
    stats = np.zeros((count, shares.mask_of_cell.size, columns))
    areas = np.zeros((count, AREA_COLUMNS))
    longest_mm = np.zeros(stats.shape[:2])

    def work(begin: int) -> _Sums:
        with working():
            return _chunk(job, cuts, shares, begin, min(begin + BAND, count))

    for chunk in engine.map_apart(work, range(0, count, BAND)):
        rows = slice(chunk.begin, chunk.begin + len(chunk.areas))
        stats[rows], areas[rows], longest_mm[rows] = chunk.stats, chunk.areas, chunk.longest_mm
        on_layer(rows.stop, count)
    return stats, areas, longest_mm


@dataclass(slots=True)
class _Sums:
    """Scan statistics and areas of consecutive layers; `stats` by cell, or of a part's only one."""

    begin: int
    stats: NDArray[np.float64]
    areas: NDArray[np.float64]
    longest_mm: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))


def _chunk(job: Job, cuts: Sequence[PartCut], shares: Cells, begin: int, end: int) -> _Sums:
    """All parts in a range of layers."""
    columns = ScanColumn.MARKED + REGIONS * len(job.parameter_sets.processes)
    total = _Sums(
        begin,
        np.zeros((end - begin, shares.mask_of_cell.size, columns)),
        np.zeros((end - begin, AREA_COLUMNS)),
        np.zeros((end - begin, shares.mask_of_cell.size)),
    )
    stacks: dict[int, LayerStack] = {}
    known: dict[Any, _Sums] = {}
    below, above = halo(job) if _has_own_skins(job) else (0, 0)
    first, stop = max(0, begin - below), min(end + above, job.layer_count)
    for number, part_cut in enumerate(cuts):
        key = id(part_cut.plan)
        if key not in stacks:
            stacks[key] = cut(PartCut(part_cut.plan, (0.0, 0.0)), first, stop)
        cell = _only_cell(job, number, shares)
        sets = [job.parameter_sets.number(number, index) for index in range(begin, end)]
        is_support = job.parts[number].is_support
        memo = (key, tuple(sets), is_support) if cell is not None else None
        if memo is None or memo not in known:
            stack = stacks[key] if cell is not None else stacks[key].shifted(*part_cut.shift_mm)
            grid = (_NO_CUTS, _NO_CUTS) if cell is not None else (shares.x_cuts, shares.y_cuts)
            made = _part(job, number, _Slices(stack, first, begin, end), sets, grid)
            if memo is not None:
                known[memo] = made
        else:
            made = known[memo]
        of_cells = slice(None) if cell is None else slice(cell, cell + 1)
        known_cells = total.stats[:, of_cells]
        is_change = made.stats[..., ScanColumn.VECTORS] > 0.0
        is_change &= known_cells[..., ScanColumn.VECTORS] > 0.0
        known_cells += made.stats
        contours_mm = np.zeros_like(total.longest_mm)
        contours_mm[:, of_cells] = made.stats[..., ScanColumn.CONTOUR_MM]
        is_longer = contours_mm.sum(axis=1) > total.longest_mm.sum(axis=1)
        total.longest_mm[is_longer] = contours_mm[is_longer]
        known_cells[..., ScanColumn.PART_CHANGES] += is_change
        total.areas += made.areas
    total.areas = counted_once(total.areas, job, cuts, begin)
    return total


def _only_cell(job: Job, number: int, shares: Cells) -> int | None:
    """The cell that a part lies in as a whole; None where it lies in several."""
    low, high = job.parts[number].bounds_mm[:, :2]
    columns = np.searchsorted(shares.x_cuts, [low[0], high[0]], side="right")
    rows = np.searchsorted(shares.y_cuts, [low[1], high[1]], side="right")
    if columns[0] != columns[1] or rows[0] != rows[1]:
        return None
    return int(columns[0]) * (len(shares.y_cuts) + 1) + int(rows[0])


@dataclass(frozen=True, slots=True)
class _Slices:
    """Cross-sections of a part in the layers ``begin … end - 1``; `stack` begins with layer `first`."""

    stack: LayerStack
    first: int
    begin: int
    end: int


def _part(
    job: Job,
    number: int,
    slices: _Slices,
    sets: Sequence[int],
    grid: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> _Sums:
    """One part in a range of layers."""
    cells = (len(grid[0]) + 1) * (len(grid[1]) + 1)
    columns = ScanColumn.MARKED + REGIONS * len(job.parameter_sets.processes)
    layers = slices.end - slices.begin
    made = _Sums(slices.begin, np.zeros((layers, cells, columns)), np.zeros((layers, AREA_COLUMNS)))
    for one in sorted(set(sets)):
        rows = [row for row in range(layers) if sets[row] == one]
        _expose(job, number, one, slices, rows, grid, made)
    return made


def _expose(
    job: Job,
    number: int,
    set_number: int,
    slices: _Slices,
    rows: list[int],
    grid: tuple[NDArray[np.float64], NDArray[np.float64]],
    made: _Sums,
) -> None:
    """Add what a part exposes in some layers with one set of parameters."""
    process = job.parameter_sets.processes[set_number]
    is_support = job.parts[number].is_support
    main = Region.SUPPORT if is_support else Region.CORE
    angles = [
        hatch_angle_deg(process.hatch(main), slices.begin + row, job.machine.gas_flow_deg) for row in rows
    ]
    loops = [slices.stack.layer(slices.begin + row - slices.first) for row in rows]
    offsets = process.outermost_mm(main), process.hatch_offset_mm(main), _LEAST_OFFSET_MM
    rule = _Rule(job.even_odd, is_clean=job.parts[number].report.shells == 1)
    sections = _sections(loops, angles, rows, process.hatch(main), float(max(offsets)), grid, rule=rule)
    if not len(sections.layer):
        return
    filler = _Filler(job, process, set_number, sections, made)
    skins = {} if is_support else _own_skins(job, number, process, slices, rows)
    core = np.ones(len(made.areas))
    for region, share in skins.items():
        strokes = expected_hatch(sections, process.hatch(region), process.hatch_offset_mm(region))
        filler.add(region, strokes, share)
        core -= share
    hatch = expected_hatch(sections, process.hatch(main), process.hatch_offset_mm(main))
    filler.add(main, hatch, np.maximum(core, 0.0))
    for contour in expected_contours(sections, process.contour):
        filler.add(Region.SUPPORT_CONTOUR if is_support else Region.CONTOUR, contour, np.maximum(core, 0.0))
        for region, share in skins.items():
            filler.add(_CONTOUR_OF[region], contour, share)
    edges, lost_mm2 = expected_edges(sections, process.outermost_mm(main), process.edge)
    filler.add(Region.SUPPORT_CONTOUR if is_support else Region.EDGE, edges)
    bordering = "contoured" if process.contour.count.value else "hatched"
    _audit(sections, hatch, edges, lost_mm2, made.areas, bordering=bordering)


_CONTOUR_OF = {Region.UPSKIN: Region.UPSKIN_CONTOUR, Region.DOWNSKIN: Region.DOWNSKIN_CONTOUR}


def _audit(
    sections: Sections,
    hatch: Strokes,
    edges: Strokes,
    lost_mm2: NDArray[np.float64],
    areas: NDArray[np.float64],
    *,
    bordering: str,
) -> None:
    """Add where the area of some layers goes; what lies around the hatch is `bordering`."""
    sliced = sections.counted(sections.sums[0][:, :, 0].sum(axis=1))[:, 0]
    hatched = np.minimum(hatch.area_mm2.sum(axis=1), np.maximum(sliced, 0.0))
    parts = {
        "sliced": sliced,
        "hatched": hatched,
        "edged": edges.area_mm2.sum(axis=1),
        "lost_thin": lost_mm2.sum(axis=1),
    }
    around = np.maximum(0.0, sliced - hatched - parts["edged"] - parts["lost_thin"])
    parts[bordering] = parts.get(bordering, 0.0) + around
    for name, of_groups in parts.items():
        areas[:, AREA_NAMES.index(name)] += np.bincount(sections.layer, of_groups, minlength=len(areas))


#: For sharp corners of loops that are not shifted.
_LEAST_OFFSET_MM = 1e-3


@dataclass(frozen=True, slots=True)
class _Rule:
    """How loops are read."""

    even_odd: bool = False
    is_clean: bool = False
    """One body, which cannot overlap with another."""


def _sections(
    loops: Sequence[Contours],
    angles_deg: Sequence[float],
    rows: Sequence[int],
    hatch: HatchExposure,
    offset_mm: float,
    grid: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    rule: _Rule,
) -> Sections:
    """Sums over the loops of some layers."""
    groups: list[NDArray[np.int64]] = []
    layers, clean = [], []
    total = 0
    for one, angle_deg, row in zip(loops, angles_deg, rows, strict=True):
        contours, group, many = _grouped(one, math.radians(angle_deg), rule=rule)
        clean.append(contours)
        groups.append(group + total)
        layers.append(np.full(many, row))
        total += many
    counts = np.array([len(one) for one in clean])
    corners = np.concatenate([np.diff(one.offsets) for one in clean])
    points = np.concatenate([one.points for one in clean])
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(corners)])
    sums = []
    for turn in directions_of(hatch.pattern.value):
        angles = np.radians(np.repeat(np.array(angles_deg) + turn, counts))
        directions = np.column_stack([np.cos(angles), np.sin(angles)])
        sums.append(section_sums(points, offsets, directions, STEEP, offset_mm, *grid))
    cells = (len(grid[0]) + 1) * (len(grid[1]) + 1)
    shaped = tuple(one.reshape(len(corners), cells, SECTION_SUMS) for one in sums)
    return Sections(shaped, corners, np.concatenate(groups), np.concatenate(layers))


def _grouped(contours: Contours, angle_rad: float, *, rule: _Rule) -> tuple[Contours, NDArray[np.int64], int]:
    """Loops, bodies that overlap united; the group of each, and how many groups there are."""
    direction = math.cos(angle_rad), math.sin(angle_rad)
    if len(contours) < 2:
        return contours, np.zeros(len(contours), dtype=np.int64), len(contours)
    group, _, many = box_groups(contours.points, contours.offsets, *direction)
    if rule.is_clean or many == len(contours):
        return contours, group, many
    state, points, offsets, _ = boundary(contours.points, contours.offsets, even_odd=rule.even_odd)
    if state in {PLAIN, FAILED}:
        return contours, group, many
    return _grouped(Contours(points, offsets), angle_rad, rule=_Rule(is_clean=True))


def _has_own_skins(job: Job) -> bool:
    return any(_skins_of(process) for process in job.parameter_sets.processes)


def _skins_of(process: ProcessProfile) -> list[Region]:
    """Skins that are exposed in another way than the core."""
    return [
        region
        for region, skin in ((Region.UPSKIN, process.upskin), (Region.DOWNSKIN, process.downskin))
        if skin.layers.value > 0 and skin.own != type(skin.own)()
    ]


def _own_skins(
    job: Job, number: int, process: ProcessProfile, slices: _Slices, rows: Sequence[int]
) -> dict[Region, NDArray[np.float64]]:
    """Share of each such skin in the area of each layer, (n,)."""
    wanted = _skins_of(process)
    if not wanted:
        return {}
    shares = {region: np.zeros(slices.end - slices.begin) for region in wanted}
    layers = PartLayers(slices.stack, slices.first)
    for row in rows:
        around = layers.surroundings(job, number, slices.begin + row)
        contours = layers.layer(slices.begin + row)
        area_mm2 = contours.area_mm2
        if around.divide is None or not area_mm2 > 0.0:
            continue
        skins = around.divide(contours).skins
        for region, skin in ((Region.UPSKIN, skins.upskin), (Region.DOWNSKIN, skins.downskin)):
            if region in shares:
                shares[region][row] = min(1.0, max(0.0, skin.area_mm2 / area_mm2))
    return shares


class _Filler:
    """The one place that fills the columns of scan statistics from expectations."""

    def __init__(
        self, job: Job, process: ProcessProfile, set_number: int, sections: Sections, made: _Sums
    ) -> None:
        self._process = process
        self._first = REGIONS * set_number
        self._layer = sections.layer
        self._stats = made.stats
        self._motion = motion_of(job.machine, job.parameter_sets.processes)

    def add(self, region: Region, strokes: Strokes, share: NDArray[np.float64] | None = None) -> None:
        """Add what is exposed as a region, once and as often as it is exposed again.

        share : (n,) float64, optional
            Of the layer that the region has.
        """
        if share is not None and not np.all(share == 1.0):
            strokes = _scaled(strokes, share[self._layer][:, None])
        self._add_as(region, strokes)
        for again in self._process.reexposures:
            if region.key in again.regions:
                self._add_as(region + AGAIN, strokes)

    def _add_as(self, exposure: int, strokes: Strokes) -> None:
        reach_mm, full_run_mm, speed_mm_s, is_hatch = self._motion.exposures[self._first + exposure].tolist()
        self._put(ScanColumn.HATCH_MM if is_hatch else ScanColumn.CONTOUR_MM, strokes.marked_mm)
        self._put(ScanColumn.MARKED + self._first + exposure, strokes.marked_mm)
        self._put(ScanColumn.VECTORS, strokes.vectors)
        self._put(ScanColumn.CORNERS, strokes.bends)
        jumps, polylines = strokes.jumps, strokes.polylines
        if reach_mm > 0.0:
            self._put(ScanColumn.TURNS, strokes.turns)
            self._put(ScanColumn.TURN_MM, strokes.turn_mm)
        elif is_hatch:
            # Without sky-writing each vector is a polyline, and there are jumps only.
            polylines = np.maximum(0.0, strokes.vectors - strokes.corners)
            jumps = (*jumps, (strokes.turns, mean_of(strokes.turn_mm, strokes.turns)))
        for count, way_mm in jumps:
            mean_mm = np.maximum(0.0, way_mm)  # which rounding may have brought below
            is_long = mean_mm >= self._motion.long_jump_mm
            self._put(ScanColumn.JUMPS, count)
            self._put(ScanColumn.JUMP_MM, count * mean_mm)
            self._put(ScanColumn.LONG_JUMPS, count * is_long)
            self._put(ScanColumn.LONG_JUMP_MM, count * mean_mm * is_long)
            self._put(ScanColumn.SHORT_JUMP_ROOT_MM, count * np.sqrt(mean_mm) * ~is_long)
        if full_run_mm > 0.0:
            run_mm = mean_of(strokes.marked_mm, polylines)
            is_full = run_mm >= full_run_mm
            self._put(ScanColumn.SWITCHES, polylines)
            self._put(ScanColumn.RUN_SPEED_MM_S, polylines * speed_mm_s * is_full)
            self._put(ScanColumn.SHORT_RUN_ROOT_MM, polylines * np.sqrt(run_mm) * ~is_full)
            self._put(ScanColumn.SHORT_RUN_S, strokes.marked_mm / speed_mm_s * ~is_full)

    def _put(self, column: int, values: NDArray[np.float64]) -> None:
        stats = self._stats
        for cell in range(stats.shape[1]):
            stats[:, cell, column] += np.bincount(self._layer, values[:, cell], minlength=len(stats))


def _scaled(strokes: Strokes, share: NDArray[np.float64]) -> Strokes:
    values: dict[str, Any] = {
        one.name: getattr(strokes, one.name) * share for one in fields(strokes) if one.name != "jumps"
    }
    return Strokes(**values, jumps=tuple((count * share, mean) for count, mean in strokes.jumps))
