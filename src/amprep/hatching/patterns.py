"""Hatch patterns by name: which vectors fill a region, and in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.hatching.concentric import concentric_curves, restricted_region
from amprep.hatching.lines import WholeLines, scan_region
from amprep.hatching.local_turns import Scan, locally_across
from amprep.hatching.ordering import against_gas, block_ends, either_way, rows_in_order
from amprep.kernels.areas import signed_area
from amprep.kernels.chess import hatch_chess
from amprep.kernels.components import group_loops
from amprep.kernels.hexagon import hatch_hexagon
from amprep.kernels.meander import hatch_meander
from amprep.kernels.rings import follow_rings
from amprep.kernels.scanline import ROOM
from amprep.kernels.stripes import hatch_stripes
from amprep.kernels.strips import hatch_strips
from amprep.model.layer import Contours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "PATTERNS",
    "Hatch",
    "Pattern",
    "directions_of",
    "hatch_curves",
    "hatch_region",
    "lay_pattern",
    "period_of",
]

PATTERNS = ("stripes", "meander", "unidirectional", "chess", "hexagon", "concentric")


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a region is hatched.

    Lines, stripes and islands repeat from an origin, which is the middle of a stripe or island and lies half
    a distance beside a line: `anchor_mm`, moved by `shift_mm` in the hatch frame.
    """

    kind: str
    """``meander``: hatch lines one after the other, every second one backwards. ``unidirectional``: all lines
    the same way. ``stripes``: lines cut into stripes, stripe by stripe. ``chess``: square islands, whose
    vectors lie at right angles to those of their neighbours. ``hexagon``: hexagonal islands with vectors in
    three directions, another one in each neighbour. ``concentric``: closed curves along the boundary, from
    the outside in."""
    angle_deg: float
    """Direction of the vectors from +x, counter-clockwise."""
    distance_mm: float
    """Hatch distance, between two lines."""
    cell_mm: float = 10.0
    """Width of the stripes or islands; that of hexagons from side to side."""
    overlap_mm: float = 0.0
    """By how much neighbouring stripes or islands overlap in all, less than the width."""
    shift_mm: tuple[float, float] = (0.0, 0.0)
    """Along and across the vectors; another one in each layer lets the seams wander."""
    anchor_mm: tuple[float, float] = (0.0, 0.0)
    """The platform's origin, or a point of the part."""
    gas_direction_deg: float | None = None
    """Where the gas flows to, from +x. Where given, lines, stripes, islands and bodies follow each other
    against the flow, so that no smoke is blown over powder that is still to be exposed."""

    def __post_init__(self) -> None:
        if self.kind not in PATTERNS:
            raise ValueError(f'unknown hatch pattern "{self.kind}", known are {", ".join(PATTERNS)}')
        if not 0.0 < self.distance_mm < math.inf:
            raise ValueError(f"hatch distance of {self.distance_mm} mm: needs to be more than 0")
        has_cells = self.kind in {"stripes", "chess", "hexagon"}
        if has_cells and not 0.0 <= self.overlap_mm < self.cell_mm:
            raise ValueError(
                f"overlap of {self.overlap_mm} mm: needs to be 0 or more and less than the width of stripes"
                f" or islands, {self.cell_mm} mm"
            )

    @property
    def origin_mm(self) -> tuple[float, float]:
        """Where the hatch frame begins on the platform."""
        along, across = self.shift_mm
        if along == 0.0 and across == 0.0:
            return self.anchor_mm
        cosine, sine = math.cos(math.radians(self.angle_deg)), math.sin(math.radians(self.angle_deg))
        return (
            self.anchor_mm[0] + along * cosine - across * sine,
            self.anchor_mm[1] + along * sine + across * cosine,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Hatch:
    """Vectors of a hatched region, and the lengths that the area audit needs.

    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.
    line_mm : float
        Length of the hatch lines, overlaps left out: times the hatch distance it is the hatched area.
    short_mm : float
        Length of the hatch lines that were left out because they are too short to expose.
    block_offsets : (B + 1,) int64
        Block b, a stripe, an island or all lines of a body, has the vectors from ``block_offsets[b]`` to
        ``block_offsets[b + 1]``.
    group_blocks : (G + 1,) int64
        Body g, of those that stand apart, has the blocks from ``group_blocks[g]`` to ``group_blocks[g + 1]``.
    overlap_mm : float
        Length of the hatch lines that lie outside of the region proper, by an intended overlap.
    whole : tuple of WholeLines
        In each of the pattern's directions, where they are asked for; none of concentric curves.
    """

    segments: NDArray[np.float32]
    line_mm: float
    short_mm: float
    block_offsets: NDArray[np.int64]
    group_blocks: NDArray[np.int64]
    overlap_mm: float = 0.0
    whole: tuple[WholeLines, ...] = ()


# One loop is one group. Writable as the arrays of `group_loops` are, so that no kernel is compiled twice.
_ONE_LOOP = np.zeros(1, dtype=np.int64)
_ONE_GROUP = np.array([0, 1], dtype=np.int64)

#: Directions of the lines against the pattern's, in degrees, where there is more than one.
_TURNS = {"chess": (0.0, 90.0), "hexagon": (0.0, 60.0, 120.0)}


def directions_of(kind: str) -> tuple[float, ...]:
    """Directions of a pattern's lines against its own, in degrees."""
    return _TURNS.get(kind, (0.0,))


def period_of(kind: str) -> float:
    """After how many degrees a pattern has vectors in the same directions again."""
    return 180.0 / len(_TURNS.get(kind, (0.0,)))


def hatch_curves(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    pattern: str,
    angle_deg: float,
    distance_mm: float,
    cell_mm: float = 10.0,
    overlap_mm: float = 0.0,
) -> NDArray[np.float32]:
    """The vectors of `hatch_region` alone.

    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    Returns
    -------
    segments : (N, 4) float32, mm
        [x0, y0, x1, y1] in firing order.

    """
    laid = Pattern(pattern, angle_deg, distance_mm, cell_mm, overlap_mm)
    return lay_pattern(points, loop_offsets, laid).segments


def hatch_region(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    *,
    pattern: str,
    angle_deg: float,
    distance_mm: float,
    cell_mm: float = 10.0,
    overlap_mm: float = 0.0,
) -> Hatch:
    """`lay_pattern` of a pattern that is anchored to the platform.

    Parameters
    ----------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    pattern, angle_deg, distance_mm, cell_mm, overlap_mm
        As in `Pattern`.

    Raises
    ------
    ValueError
        For an unknown pattern.

    """
    return lay_pattern(points, loop_offsets, Pattern(pattern, angle_deg, distance_mm, cell_mm, overlap_mm))


def lay_pattern(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    pattern: Pattern,
    *,
    inside: Contours | None = None,
    outside: Sequence[Contours] = (),
    proper: Contours | None = None,
    keeps_lines: bool = False,
) -> Hatch:
    """Hatch a region that is given by curves with winding number ≥ 1.

    Loops whose boxes do not meet are hatched one group after the other. Lines, stripes and islands have
    the same origin all the same.

    Parameters
    ----------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
    pattern : Pattern
    inside : Contours, optional
        Only where this region is too.
    outside : sequence of Contours
        Not where one of these regions is.
    proper : Contours, optional
        What lies outside of this region is counted as overlap.
    keeps_lines : bool
        Whether the lines through all of the region are asked for, too.

    The curves of a concentric pattern follow the boundary of what is left of the region.

    """
    origin = pattern.origin_mm
    bounds = None
    if inside is not None or outside or proper is not None:
        bounds = _Bounds(inside, tuple(outside), proper).moved(origin)
    if origin != (0.0, 0.0):
        points = points - origin
    if pattern.kind == "concentric":
        hatch = _concentric(points, loop_offsets, pattern, bounds)
    else:
        hatch = _straight(points, loop_offsets, pattern, bounds, keeps_lines=keeps_lines)
    if pattern.gas_direction_deg is None or len(hatch.segments) == 0:
        return hatch
    segments, block_offsets, group_blocks = against_gas(
        hatch.segments,
        hatch.block_offsets,
        hatch.group_blocks,
        gas_direction_deg=pattern.gas_direction_deg,
        distance_mm=None if pattern.kind == "concentric" else pattern.distance_mm,
        stripes_deg=pattern.angle_deg if pattern.kind == "stripes" else None,
        row_mm=pattern.cell_mm,
    )
    return replace(hatch, segments=segments, block_offsets=block_offsets, group_blocks=group_blocks)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Other regions that bound the one to hatch."""

    inside: Contours | None
    outside: tuple[Contours, ...]
    proper: Contours | None

    def moved(self, origin_mm: tuple[float, float]) -> _Bounds:
        """The same relative to a pattern's origin."""

        def relative(one: Contours | None) -> Any:
            return None if one is None else Contours(one.points - origin_mm, one.offsets)

        return _Bounds(
            relative(self.inside), tuple(relative(one) for one in self.outside), relative(self.proper)
        )


def _straight(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    pattern: Pattern,
    bounds: _Bounds | None,
    *,
    keeps_lines: bool,
) -> Hatch:
    """Straight hatch lines, whatever the pattern; points relative to the pattern's origin."""
    kind, distance_mm = pattern.kind, pattern.distance_mm
    angle_rad = math.radians(pattern.angle_deg)
    cells = (pattern.cell_mm, pattern.overlap_mm, *pattern.origin_mm)
    whole: list[WholeLines] | None = [] if keeps_lines else None
    scans, short_mm, overlap_mm = _scans(points, loop_offsets, pattern, bounds, whole)
    made: Any
    if kind == "stripes":
        made = hatch_stripes(*scans[0], angle_rad, distance_mm, *cells)
    elif kind in _TURNS:
        emit: Any = hatch_chess if kind == "chess" else hatch_hexagon
        arrays = (array for scan in scans for array in scan)
        segments, line_mm, splinters_mm, blocks = emit(*arrays, angle_rad, distance_mm, *cells)
        made = (segments, line_mm, blocks)
        # Each scan stands for its share of the islands.
        short_mm = short_mm / len(scans) + splinters_mm
        overlap_mm /= len(scans)
    else:
        to_and_fro = int(kind == "meander")
        made = hatch_meander(*scans[0], angle_rad, distance_mm, *pattern.origin_mm, to_and_fro)
    segments, line_mm, blocks = made
    groups = len(scans[0][2])
    lines = tuple(whole or ())
    return Hatch(segments, line_mm, short_mm, blocks[groups:], blocks[:groups], overlap_mm, lines)


_Scan = tuple["NDArray[np.float64]", "NDArray[np.int64]", "NDArray[np.int64]"]


def _scans(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    pattern: Pattern,
    bounds: _Bounds | None,
    whole: list[WholeLines] | None,
) -> tuple[list[_Scan], float, float]:
    """Where lines run, in each of the pattern's directions; those through all of the region into `whole`.

    Returns
    -------
    scans
        Pieces, runs and groups' runs, as `ScanRoom.scan` gives them, in each direction.
    short_mm, overlap_mm : float
        Length too short to expose, and of intended overlaps, in all directions together.

    """
    if bounds is not None:
        return _bounded_scans(points, loop_offsets, pattern, bounds, whole)
    turns = _TURNS.get(pattern.kind, (0.0,))
    loops, groups = _ONE_LOOP, _ONE_GROUP
    if len(loop_offsets) != 2:
        loops, groups = group_loops(points, loop_offsets, math.radians(pattern.angle_deg))
    found: list[_Scan] = []
    total_mm = 0.0
    for turn in turns:
        scan = _scan(points, loop_offsets, loops, groups, pattern, turn)
        total_mm += scan[3]
        if whole is not None:
            whole.append(_kept(scan[:3], pattern, turn))
        found.append(scan[:3] if len(turns) == 1 else (scan[0].copy(), scan[1].copy(), scan[2]))
    return found, total_mm, 0.0


def _scan(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    loops: NDArray[np.int64],
    groups: NDArray[np.int64],
    pattern: Pattern,
    turn_deg: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], float]:
    """`ScanRoom.scan` along the pattern's direction, turned; it holds until the next one."""
    angle_rad = math.radians(pattern.angle_deg + turn_deg)
    direction = (math.cos(angle_rad), math.sin(angle_rad))
    return ROOM.scan(points, loop_offsets, loops, groups, *direction, pattern.distance_mm)


def _kept(scan: _Scan, pattern: Pattern, turn_deg: float) -> WholeLines:
    """A scan for longer than until the next one."""
    pieces, runs, group_runs = scan
    angle_rad = math.radians(pattern.angle_deg + turn_deg)
    return WholeLines(pieces.copy(), runs.copy(), group_runs, angle_rad, pattern.origin_mm)


def _bounded_scans(
    points: NDArray[np.float64],
    loop_offsets: NDArray[np.int64],
    pattern: Pattern,
    bounds: _Bounds,
    whole: list[WholeLines] | None,
) -> tuple[list[_Scan], float, float]:
    """`_scans` where other regions bound the lines."""
    turns = _TURNS.get(pattern.kind, (0.0,))
    found: list[_Scan] = []
    short_mm = overlap_mm = 0.0
    for turn in turns:
        lines = scan_region(
            points,
            loop_offsets,
            angle_rad=math.radians(pattern.angle_deg + turn),
            distance_mm=pattern.distance_mm,
            inside=bounds.inside,
            outside=bounds.outside,
            proper=bounds.proper,
            group_angle_rad=math.radians(pattern.angle_deg),
        )
        short_mm += lines.short_mm
        overlap_mm += lines.overlap_mm
        scan = (lines.pieces, lines.runs, lines.group_runs)
        if whole is not None:
            whole.append(_kept(lines.whole or scan, pattern, turn))
        if len(turns) > 1:
            scan = (scan[0].copy(), scan[1].copy(), scan[2])
        found.append(scan)
    return found, short_mm, overlap_mm


def _concentric(
    points: NDArray[np.float64], loop_offsets: NDArray[np.int64], pattern: Pattern, bounds: _Bounds | None
) -> Hatch:
    """Curves along the boundary, and hatch lines in what they leave over; body after body."""
    overlap_mm = 0.0
    if bounds is not None:
        whole, outside = (points, loop_offsets), bounds.outside
        points, loop_offsets = restricted_region(*whole, inside=bounds.inside, outside=outside)
        if bounds.proper is not None:
            # Strips and rest are the region: what of it lies outside of the proper one is their overlap.
            proper = restricted_region(*whole, inside=bounds.proper, outside=outside)
            more_mm2 = signed_area(points, loop_offsets) - signed_area(*proper)
            overlap_mm = max(0.0, more_mm2) / pattern.distance_mm
    angle_rad = math.radians(pattern.angle_deg)
    rings, rest = concentric_curves(points, loop_offsets, pattern.distance_mm)
    many, more = len(loop_offsets) - 1, len(rings[1]) - 1
    # Curves and rest lie in the boxes of the loops they come from, so they fall into the same groups.
    shapes = ((points, loop_offsets), rings, rest)
    sizes = np.concatenate([np.zeros(1, dtype=np.int64), *(np.diff(offsets) for _, offsets in shapes)])
    everything = np.concatenate([points for points, _ in shapes])
    loops, groups = group_loops(everything, np.cumsum(sizes), angle_rad)
    is_ring = (loops >= many) & (loops < many + more)
    ring_groups = np.concatenate([[0], np.cumsum(is_ring)])[groups]
    ring_segments, line_mm, short_mm, ring_ends = follow_rings(
        *rings, loops[is_ring] - many, ring_groups, *pattern.origin_mm
    )
    body_of_loop = np.empty(len(loops), dtype=np.int64)
    body_of_loop[loops] = np.repeat(np.arange(len(groups) - 1), np.diff(groups))
    rest_segments, rest_body, rest_mm, rest_short_mm = _fill_rest(rest, body_of_loop[many + more :], pattern)
    ring_body = np.repeat(np.arange(len(ring_ends)), np.diff(ring_ends, prepend=0))
    body = np.concatenate([ring_body, rest_body])
    order = np.argsort(body, kind="stable")
    counts = np.bincount(body, minlength=len(groups) - 1)
    return Hatch(
        np.concatenate([ring_segments, rest_segments])[order],
        line_mm + rest_mm,
        short_mm + rest_short_mm,
        np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts[counts > 0])]),
        np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts > 0)]),
        overlap_mm,
    )


def _fill_rest(
    rest: tuple[NDArray[np.float64], NDArray[np.int64]], body_of_loop: NDArray[np.int64], pattern: Pattern
) -> tuple[NDArray[np.float32], NDArray[np.int64], float, float]:
    """Lines in what concentric curves leave over, narrower than two hatch distances.

    Each place is filled along the pattern's direction or at right angles to it, by `locally_across`. Such
    places wind, so lines that lie beside each other come one after the other.

    Returns
    -------
    segments : (N, 4) float32, mm
    body : (N,) int64
        Of each vector.
    line_mm, short_mm : float

    """
    loops, groups = group_loops(*rest, math.radians(pattern.angle_deg))
    pieces, runs, group_runs, short_mm = _scan(*rest, loops, groups, pattern, 0.0)
    along = Scan(pieces.copy(), runs.copy(), group_runs)  # the next scan takes their place
    pieces, runs, group_runs, more_mm = _scan(*rest, loops, groups, pattern, 90.0)
    along, turned, cut_mm = locally_across(along, Scan(pieces, runs, group_runs), pattern.distance_mm)
    short_mm = 0.5 * (short_mm + more_mm) + cut_mm
    lines, sizes, places = [], [np.zeros(1, dtype=np.int64)], []
    for turn, scan in ((0.0, along), (90.0, turned)):
        angle_rad = math.radians(pattern.angle_deg + turn)
        segments, strips, place = hatch_strips(*scan, angle_rad, pattern.distance_mm, *pattern.origin_mm)
        lines.append(segments)
        sizes.append(np.diff(strips))
        places.append(place)
    segments, block_offsets = np.concatenate(lines), np.cumsum(np.concatenate(sizes))
    # Strips of a body wherever the one before ends, either way, as each is short and there may be many.
    ends = np.stack(block_ends(segments, block_offsets), axis=1)
    order, is_turned = either_way(ends, tuple(ends[0, 0].tolist()) if len(ends) else (0.0, 0.0))
    place = np.concatenate(places)[order]
    body = body_of_loop[loops[groups[:-1]]][place] if len(place) else place
    by_body = np.argsort(body, kind="stable")
    order, is_turned = order[by_body], is_turned[by_body]
    rows, block_offsets = rows_in_order(block_offsets, order, is_turned)
    segments, is_back = segments[rows], np.repeat(is_turned, np.diff(block_offsets))
    segments[is_back] = segments[is_back][:, [2, 3, 0, 1]]
    way = segments[:, 2:].astype(np.float64) - segments[:, :2]
    line_mm = float(np.hypot(way[:, 0], way[:, 1]).sum())
    return segments, np.repeat(np.sort(body), np.diff(block_offsets)), line_mm, short_mm
