"""What hatches and contours come to, from sums over the edges of cross-sections: nothing is hatched.

A hatch that lies anywhere over a region has, on average, as many lines, ends, cuts and islands as areas and
edges say (Cauchy, Crofton, Steiner). These are the figures that `amprep.kernels.scan_time` counts:

- pieces of lines n = Σ|e·n|/(2h), of A/h mm in all; every end is half of a way to the next line;
- an edge at an angle φ to the lines makes ways of h/sin φ: turnarounds while they are in reach, else jumps;
- pieces beyond one per line follow a gap, which is jumped over; all of these are taken as equally wide;
- a border of stripes cuts a line after each width; an island ends a line likewise;
- a group of loops has 1 + U/width stripes, U long along the lines, or A/a + Σ(|e·u| + |e·n|)/(2·width) + 1
  islands of an area a; each begins with a jump.

What is narrower than twice an offset vanishes group by group; a group that has parts of either kind is taken
as one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.scan_time import TURN_REACH
from amprep.kernels.section_sums import SECTION_SUMS, united_sums
from amprep.kernels.tolerances import SHORTEST_VECTOR_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.exposure import EdgeExposure, HatchExposure
    from amprep.model.process import ContourExposure

__all__ = ["STEEP", "Sections", "Strokes", "expected_contours", "expected_edges", "expected_hatch", "mean_of"]

#: Sine of the angle to the lines from which on the way along an edge is in reach of a turnaround.
STEEP = 1.0 / TURN_REACH

_AREA, _LENGTH, _ACROSS, _STEEP_MM, _STEEP_ACROSS, _TANGENTS, _TANGENTS_ACROSS, _BENDS, _COMES_IN = range(9)
_U0, _U1, _V0, _V1 = range(9, 13)


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """Cross-sections of a part in some layers, summed up.

    sums : tuple of (C, cells, 17) float64
        As `section_sums` gives them, for lines in each of the pattern's directions.
    corners : (C,) int64
        Points of each loop.
    group : (C,) int64
        Number of the group of loops that each belongs to.
    layer : (G,) int64
        Row of the layer that each group lies in.
    """

    sums: tuple[NDArray[np.float64], ...]
    corners: NDArray[np.int64]
    group: NDArray[np.int64]
    layer: NDArray[np.int64]

    def united(self, wanted: NDArray[np.bool_], direction: int = 0) -> NDArray[np.float64]:
        """(G, cells, 17): sums over the wanted loops of each group."""
        return self._united(wanted, self.group, len(self.layer), direction)

    def counted(self, of_loops: NDArray[np.generic]) -> NDArray[np.float64]:
        """(G, 1): sums over the loops of each group of (C,)."""
        counts = np.bincount(self.group, of_loops.astype(np.float64), minlength=len(self.layer))
        return counts.astype(np.float64)[:, None]

    def alive(self, offset_mm: float) -> NDArray[np.bool_]:
        """(C,): whether something of each loop is left at an offset into the material."""
        whole = self.sums[0][:, :, :_BENDS].sum(axis=1)
        area = _inset_area(whole, offset_mm)
        own = (whole[:, _AREA] <= 0.0) | ((area > 0.0) & (_inset_length(whole, offset_mm) > 0.0))
        alive: NDArray[np.bool_] = own & (self.counted(area * own)[self.group, 0] > 0.0)
        return alive

    def spacing_mm(self, *, of_loops: bool = False) -> NDArray[np.float64]:
        """(G, cells): about how far apart groups, or loops, of a layer lie: they share the octagon around.

        Nothing leads to the first one: where the scanner rests is not known.
        """
        many = int(self.layer.max(initial=-1)) + 1
        owner = self.layer[self.group]
        count = np.bincount(owner if of_loops else self.layer, minlength=many)
        around = _octagons(self._united(np.ones(len(owner), dtype=np.bool_), owner, many, 0))[2]
        many_of = np.maximum(count, 1)[:, None]
        spacing: NDArray[np.float64] = (np.sqrt(around / many_of) * (1.0 - 1.0 / many_of))[self.layer]
        return spacing

    def _united(
        self, wanted: NDArray[np.bool_], owner: NDArray[np.int64], owners: int, direction: int
    ) -> NDArray[np.float64]:
        sums = self.sums[direction]
        cells = sums.shape[1]
        flat = united_sums(sums.reshape(-1, SECTION_SUMS), wanted, owner, owners, cells)
        return flat.reshape(owners, cells, SECTION_SUMS)


def _octagons(united: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, owners, cells): extents along and across the lines, and area of the octagon around each owner."""
    low, high = (np.moveaxis(united[:, :, first::2], 2, 0) for first in (_U0, _U0 + 1))
    met = high[0] > low[0]
    (u0, v0, sum0, less0), (u1, v1, sum1, less1) = (np.where(met, one, 0.0) for one in (low, high))
    cut = [u1 + v1 - sum1, sum0 - u0 - v0, u1 - v0 - less1, less0 - u0 + v1]
    area = (u1 - u0) * (v1 - v0) - 0.5 * sum(one**2 for one in cut)
    # What is flat has an area of rounding alone, which may lie below zero.
    return np.array([u1 - u0, v1 - v0, np.maximum(area, 0.0)])


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """What a laser does in each group and cell; counts are expectations, so they need not be whole.

    Each (G, cells) float64: marked mm, vectors, corners inside of polylines, the same weighted (1 - cos θ)/2,
    polylines begun; turnarounds and their mm; and jumps by kind as pairs of a number and a mean length.
    """

    marked_mm: NDArray[np.float64]
    vectors: NDArray[np.float64]
    corners: NDArray[np.float64]
    bends: NDArray[np.float64]
    polylines: NDArray[np.float64]
    turns: NDArray[np.float64]
    turn_mm: NDArray[np.float64]
    jumps: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    area_mm2: NDArray[np.float64]
    """What is exposed, overlaps left out; of edges the area of the wall."""


def _inset_area(sums: NDArray[np.float64], offset_mm: float) -> NDArray[np.float64]:
    area: NDArray[np.float64] = (
        sums[..., _AREA] - offset_mm * sums[..., _LENGTH] + offset_mm**2 * sums[..., _TANGENTS]
    )
    return area


def _inset_length(sums: NDArray[np.float64], offset_mm: float) -> NDArray[np.float64]:
    length: NDArray[np.float64] = sums[..., _LENGTH] - 2.0 * offset_mm * sums[..., _TANGENTS]
    return length


def mean_of(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotients of equal arrays or of arrays that broadcast, 0 where `b` is not above 0.

    a, b : float64
    """
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=b > 0.0)


def expected_hatch(sections: Sections, hatch: HatchExposure, offset_mm: float) -> Strokes:
    """The hatch of regions.

    offset_mm : float
        From the boundary to the ends of the lines.
    """
    h = hatch.hatch_distance_mm.value
    alive = sections.alive(offset_mm)
    sums = [sections.united(alive, direction) for direction in range(len(sections.sums))]
    area = np.maximum(0.0, _inset_area(sums[0], offset_mm))
    length = np.maximum(0.0, _inset_length(sums[0], offset_mm))
    across = [
        np.where(area > 0.0, np.maximum(0.0, one[..., _ACROSS] - offset_mm * one[..., _TANGENTS_ACROSS]), 0.0)
        for one in sums
    ]
    holes = sections.united(alive & (sections.sums[0][:, :, _AREA].sum(axis=1) < 0.0))
    along, over, around = np.mean([_octagons(one) for one in sums], axis=0)
    around = np.maximum(area, around - offset_mm * 2.0 * (along + over))
    steep = mean_of(sums[0][..., _STEEP_ACROSS], sums[0][..., _ACROSS])
    layout = _Layout(
        h,
        area,
        length,
        np.mean(across, axis=0),
        np.maximum(0.0, np.array([along, over]) - 2.0 * offset_mm),
        around,
        np.maximum(0.0, -_inset_area(holes, offset_mm)),
        np.maximum(0.0, holes[..., _ACROSS] - offset_mm * holes[..., _TANGENTS_ACROSS]),
        steep=steep,
        steep_way=mean_of(sums[0][..., _STEEP_MM], sums[0][..., _STEEP_ACROSS]),
        flat_way=mean_of(
            sums[0][..., _LENGTH] - sums[0][..., _STEEP_MM],
            sums[0][..., _ACROSS] - sums[0][..., _STEEP_ACROSS],
        ),
    )
    if hatch.pattern.value == "concentric":
        return _concentric(sections, layout, sums[0], alive)
    return _lines(sections, layout, hatch)


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Regions as a hatch sees them; arrays (G, cells)."""

    distance_mm: float
    area_mm2: NDArray[np.float64]
    length_mm: NDArray[np.float64]
    across_mm: NDArray[np.float64]
    extents_mm: NDArray[np.float64]
    """(2, G, cells): along and across the lines."""
    around_mm2: NDArray[np.float64]
    """Of the octagon around each group."""
    holes_mm2: NDArray[np.float64]
    holes_across_mm: NDArray[np.float64]
    steep: NDArray[np.float64]
    """Share of the ends of lines whose way to the next line is in reach of a turnaround."""
    steep_way: NDArray[np.float64]
    """Mean way there, in hatch distances."""
    flat_way: NDArray[np.float64]


def _lines(sections: Sections, layout: _Layout, hatch: HatchExposure) -> Strokes:
    """Straight lines, whatever the pattern."""
    h, area = layout.distance_mm, layout.area_mm2
    kind, width = hatch.pattern.value, hatch.cell_mm
    overlap = hatch.stripe_overlap_mm.value if math.isfinite(width) else 0.0
    there, nothing = area > 0.0, np.zeros_like(area)
    line_mm = area / h
    pieces = layout.across_mm / (2.0 * h)
    along, over = layout.extents_mm
    rows = np.minimum(pieces, over / h)
    gaps = np.maximum(0.0, pieces - rows)
    gap_mm = _mean_gap_mm(layout, gaps, rows)
    if kind in {"chess", "hexagon"}:
        chord, cell = (width, width**2) if kind == "chess" else (_ROOT * width, _ROOT * width**2)
        # Lines in the overlap beside an island belong to it as well.
        more = (width + overlap) / width
        cuts = more * line_mm / chord
        marked = line_mm * more**2
        pieces, gaps = more * pieces, more * gaps
        blocks = there * (1.0 + area / cell + layout.across_mm / width)
        block_mm = np.full_like(area, width)
    else:
        sliver = max(0.5 * overlap, SHORTEST_VECTOR_MM)
        cuts = np.maximum(0.0, (line_mm - 2.0 * sliver * pieces) / width)
        marked = line_mm + cuts * overlap
        blocks = there * (1.0 + along / width)
        block_mm = np.minimum(over, h * mean_of(pieces + cuts, blocks))
    # A gap over a border of stripes or islands is no way of a line.
    gaps = gaps * np.maximum(0.0, 1.0 - gap_mm / width)
    ends = np.maximum(0.0, pieces - gaps)
    vectors = np.where(there, np.maximum(pieces + cuts, 1.0), 0.0)
    blocks = np.minimum(blocks, vectors)
    in_reach = gap_mm <= TURN_REACH * h
    turns = ends * layout.steep + cuts + gaps * in_reach
    turn_mm = ends * layout.steep * layout.steep_way * h + cuts * h + gaps * in_reach * gap_mm
    flat = ends * (1.0 - layout.steep)
    flat_mm = np.minimum(layout.flat_way * h, np.minimum(along, width))
    back = back_mm = nothing
    if kind == "unidirectional":
        # Each line but the last is followed by the way back to where the next one begins.
        back_mm = mean_of(line_mm + gaps * gap_mm, rows)
        near = np.where(back_mm <= TURN_REACH * h, ends, 0.0)
        turns, turn_mm = near + gaps * in_reach, near * back_mm
        flat, back = nothing, ends - near
    # The way to the first line of each block is a jump, not a turnaround.
    left = mean_of(np.maximum(0.0, turns - blocks), turns)
    groups = np.minimum(blocks, there * 1.0)
    jumps = [(gaps * ~in_reach, gap_mm), (flat, flat_mm), (back, back_mm)]
    jumps += [(blocks - groups, block_mm), (groups, sections.spacing_mm())]
    return Strokes(
        marked_mm=marked,
        vectors=vectors,
        corners=nothing,
        bends=nothing,
        polylines=nothing,
        turns=turns * left,
        turn_mm=turn_mm * left,
        jumps=tuple(jumps),
        area_mm2=area,
    )


def _mean_gap_mm(
    layout: _Layout, gaps: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(G, cells): each hole is a gap on all lines that meet it; what else is empty lies beside lines, too."""
    h = layout.distance_mm
    in_holes = np.minimum(gaps, layout.holes_across_mm / (2.0 * h))
    others = gaps - in_holes
    beside_mm = np.maximum(0.0, layout.around_mm2 - layout.area_mm2 - layout.holes_mm2) / h
    gaps_mm = np.where(in_holes > 0.0, layout.holes_mm2 / h, 0.0) + others * mean_of(beside_mm, others + rows)
    mean_mm: NDArray[np.float64] = np.minimum(layout.extents_mm[0], mean_of(gaps_mm, gaps))
    return mean_mm


#: Mean chord of a hexagon along two of its sides, and its area, in its width.
_ROOT = math.sqrt(3.0) / 2.0


#: Mean of max(|cos|, |sin|) over all directions.
_MEAN_OF_BETTER = 2.0 * math.sqrt(2.0) / math.pi


def _concentric(
    sections: Sections, layout: _Layout, sums: NDArray[np.float64], alive: NDArray[np.bool_]
) -> Strokes:
    """Closed curves a hatch distance apart, as many as there is room for."""
    h, area = layout.distance_mm, layout.area_mm2
    whole = sums.sum(axis=1)
    a = np.maximum(0.0, layout.area_mm2.sum(axis=1))
    p = np.maximum(0.0, layout.length_mm.sum(axis=1))
    t = whole[:, _TANGENTS]
    # Depth where the area a - p·x + t·x² or the length p - 2t·x is used up.
    root = np.sqrt(np.maximum(0.0, p**2 - 4.0 * t * a))
    depth = mean_of(2.0 * a, p + root)
    share = mean_of(area, a[:, None])
    loops = sections.counted(alive)
    corners = sections.counted(alive * sections.corners)
    rings = np.maximum(1.0, depth / h)[:, None] * share * (a > 0.0)[:, None]
    there = area > 0.0
    groups = there.astype(np.float64)
    # In the middle a strip is left, about a distance wide and as long as half of what bounds it, which lines
    # cross along or across the hatch, whichever crosses it more often.
    rest = _MEAN_OF_BETTER * 0.5 * root[:, None] / h * share
    turns = np.maximum(0.0, rings * loops - groups) + rest
    return Strokes(
        marked_mm=area / h,
        vectors=rings * corners + rest,
        corners=np.maximum(0.0, rings * (corners - loops)),
        bends=rings * whole[:, None, _BENDS],
        polylines=np.zeros_like(area),
        turns=turns,
        turn_mm=turns * h,
        jumps=((groups, sections.spacing_mm()),),
        area_mm2=area,
    )


def expected_contours(sections: Sections, contour: ContourExposure) -> list[Strokes]:
    """The contours of regions, the outermost first."""
    made = []
    for number in range(int(contour.count.value)):
        offset_mm = contour.beam_offset_mm.value + number * contour.distance_mm.value
        alive = sections.alive(offset_mm)
        sums = sections.united(alive)
        length = np.maximum(0.0, _inset_length(sums, offset_mm))
        # Comes into a cell once more where it begins; a loop that comes in nowhere lies in one as a whole.
        begun = sums[..., _COMES_IN] + mean_of(
            sections.counted(alive) * sums[..., _LENGTH], sums[..., _LENGTH].sum(axis=1, keepdims=True)
        )
        share = mean_of(sums[..., _LENGTH], sums[..., _LENGTH].sum(axis=1, keepdims=True))
        points = sections.counted(alive * sections.corners) * share
        bends = np.maximum(0.0, sums[..., _BENDS])
        nothing = np.zeros_like(length)
        made.append(
            Strokes(
                marked_mm=length,
                vectors=points + np.maximum(0.0, begun - (begun > 0.0)),
                corners=np.maximum(0.0, points - begun),
                bends=bends * mean_of(np.maximum(0.0, points - begun), points),
                polylines=begun,
                turns=nothing,
                turn_mm=nothing,
                jumps=((begun, sections.spacing_mm(of_loops=True)),),
                area_mm2=nothing,
            )
        )
    return made


def expected_edges(
    sections: Sections, offset_mm: float, edge: EdgeExposure
) -> tuple[Strokes, NDArray[np.float64]]:
    """Single tracks along what is too thin for the contour, and the area that is too thin for these.

    Parameters
    ----------
    sections : Sections
    offset_mm : float
        From the boundary to the outermost track.
    edge : EdgeExposure

    Returns
    -------
    strokes : Strokes
    lost_mm2 : (G, cells) float64

    """
    thin = sections.alive(0.0) & ~sections.alive(offset_mm)
    sums = sections.united(thin)
    area, length = np.maximum(0.0, sums[..., _AREA]), sums[..., _LENGTH]
    width = 2.0 * mean_of(area, length)
    is_exposed = (width >= edge.min_width_mm.value) & (edge.exposed.value == "yes")
    marked = np.where(is_exposed, np.maximum(0.5 * length - width, 0.0), 0.0)
    begun = (marked > 0.0).astype(np.float64)
    nothing = np.zeros_like(area)
    points = 0.5 * sections.counted(thin * sections.corners) * begun
    strokes = Strokes(
        marked_mm=marked,
        vectors=np.maximum(begun, points),
        corners=np.maximum(0.0, points - begun),
        bends=0.5 * sums[..., _BENDS] * begun,
        polylines=begun,
        turns=nothing,
        turn_mm=nothing,
        jumps=((begun, sections.spacing_mm()),),
        area_mm2=area * (marked > 0.0),
    )
    return strokes, area * (marked == 0.0)
