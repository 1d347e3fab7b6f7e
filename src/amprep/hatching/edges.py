"""Walls and pins too thin for the contour: exposed as single tracks along their medial lines.

What the contour cannot reach falls into pieces. In each the centres of the largest discs are traced; where
such a disc is at least as wide as the least width, the beam goes along. What is thinner, and tips that hang
on something thicker and are too short for a track of their own, is listed as lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from amprep.hatching.beads import DOT_SHARE, covered_mm2, dots_of_beads
from amprep.hatching.ordering import either_way, rows_in_order
from amprep.hatching.pieces import (
    ASKED,
    lengths_of,
    loops_around,
    parted,
    pieces_of,
    places_along,
    places_within,
    witnesses,
)
from amprep.kernels.edge_cells import ARC, DX, LENGTH, LOOP, X, edge_table, edges_by_cell, mark_cells
from amprep.kernels.edge_cells import nearest_edges as nearest_edges_in
from amprep.kernels.medial import medial_lines
from amprep.kernels.nesting import loop_owners
from amprep.kernels.polylines import join_polylines
from amprep.kernels.spikes import without_spikes
from amprep.model.arrays import box_of, read_only
from amprep.model.layer import Contours
from amprep.polygons import loop_measures, lost_of_band, opening_leaves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.hatching.division import LastLayer
    from amprep.polygons import ContourBand

__all__ = ["NO_EDGES", "Edges", "no_edges", "thin_edges"]

#: How near a track lies to the medial line; a hundredth of the thinnest wall that one beam makes.
_TOLERANCE_MM = 5e-4

#: Cells of the table around thin places at most; beyond, cells get larger.
_MOST_CELLS = 4_000_000

#: Pieces smaller than this are what rounding leaves: lost, and not looked into.
_NOISE_MM2 = 1e-6

#: An edge of a piece this close to the region's boundary lies on it.
_ON_BOUNDARY_MM = 1e-5

#: A body whose box is so many times as long, from corner to corner, as the side of a square of its area may
#: be more than a pin.
_COMPACT = 2.0

#: Of a body, what discs along its tracks may leave out at corners.
_UNCOVERED = 0.02

_NO_SEGMENTS = read_only(np.empty((0, 4), dtype=np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Tracks through what the contour cannot reach, and what stays lost.

    points : (P, 2) float64, mm
    offsets : (L + 1,) int64
        Track i goes along ``points[offsets[i]:offsets[i + 1]]``; tracks in firing order.
    exposed_mm2 : float
        Area that the tracks stand for. With `lost_mm2` it is what the contour cannot reach.
    lost_mm2 : float
    lost : (N, 4) float64
        Places that are lost: x and y of the middle in mm, area in mm², mean width in mm; the largest first.
        What rounding leaves is left out.
    """

    points: NDArray[np.float64]
    offsets: NDArray[np.int64]
    exposed_mm2: float
    lost_mm2: float
    lost: NDArray[np.float64]

    @property
    def segments(self) -> NDArray[np.float32]:
        """(S, 4) float32, mm: the tracks as vectors in firing order."""
        if not len(self.points):
            return _NO_SEGMENTS
        points = self.points.astype(np.float32)
        both = np.concatenate([points[:-1], points[1:]], axis=1)
        within = np.ones(len(both), dtype=bool)
        within[self.offsets[1:-1] - 1] = False
        within &= (both[:, 0] != both[:, 2]) | (both[:, 1] != both[:, 3])
        return np.ascontiguousarray(both[within])


NO_EDGES = Edges(np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.0, 0.0, np.empty((0, 4)))


def thin_edges(
    band: ContourBand,
    *,
    beam_offset_mm: float,
    min_width_mm: float,
    shortest_mm: float = 0.2,
    from_xy_mm: tuple[float, float] = (0.0, 0.0),
    last: LastLayer | None = None,
) -> Edges:
    """Tracks along the medial lines of walls that are thinner than two beam offsets.

    A track begins and ends where discs get thinner than the least width, half a width before a wall's end, or
    inside of the band of the contour that it runs into. Tracks of walls that meet end in one point.

    Parameters
    ----------
    band : ContourBand
        What `contour_band` says of the region.
    beam_offset_mm : float
        The one that the band was made with.
    min_width_mm : float
        Thinner places are lost.
    shortest_mm : float
        A tip that hangs on something thicker is lost when its tracks are shorter in all. Bodies that stand
        for themselves get at least a dot.
    from_xy_mm : (float, float)
        Where the beam is; the nearest track is next, and so on.
    last : LastLayer, optional
        Where tracks are looked up and kept: in layers that are the same only their order is another one.

    """
    if band.lost_mm2 == 0.0:
        return NO_EDGES
    rule = (beam_offset_mm, min_width_mm, shortest_mm)
    known = None if last is None else last.tracks
    if known is not None and known[0] is band and known[1] == rule:
        found: _Tracks = known[2]
    else:
        found = _tracks(band, beam_offset_mm, min_width_mm, shortest_mm)
        if last is not None:
            last.tracks = band, rule, found
    if found.lines is None:
        return found.rest
    ordered = _in_order(*found.lines, from_xy_mm)
    return Edges(*ordered, found.rest.exposed_mm2, found.rest.lost_mm2, found.rest.lost)


class _Tracks(NamedTuple):
    """Single tracks before they are put in order; without lines `rest` is all."""

    rest: Edges
    lines: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]] | None


def _tracks(band: ContourBand, beam_offset_mm: float, min_width_mm: float, shortest_mm: float) -> _Tracks:
    """What `thin_edges` finds, but for the order."""
    lost = _clean(lost_of_band(band, beam_offset_mm))
    areas, boxes = loop_measures(lost)
    counts = areas > _NOISE_MM2
    if not counts.any():
        return _Tracks(Edges(NO_EDGES.points, NO_EDGES.offsets, 0.0, band.lost_mm2, NO_EDGES.lost), None)
    if _are_short_tips(boxes, band, beam_offset_mm, shortest_mm):
        return _Tracks(_all_lost(lost, areas, boxes, band.lost_mm2), None)
    ground = _Ground(lost, band, beam_offset_mm)
    # A wall of just the least width has a track whatever its coordinates round to, and is not too narrow.
    half_mm = 0.5 * min_width_mm - _ON_BOUNDARY_MM
    points, offsets = _joined(ground, *ground.lines(band, half_mm + 0.5 * _ON_BOUNDARY_MM, beam_offset_mm))
    owner = loop_owners(lost.points, lost.offsets, areas, boxes)
    sizes: NDArray[np.float64] = np.bincount(owner, areas, len(areas)).astype(np.float64)
    points, offsets = parted(points, offsets, owner)
    length = lengths_of(points, offsets)
    line_piece = np.where(length > 0.1 * beam_offset_mm, pieces_of(points, offsets, owner), -1)
    own = line_piece >= 0
    total = np.bincount(line_piece[own], length[own], len(areas))
    is_piece = owner == np.arange(len(areas))
    # Bodies for themselves, not tips: nothing but their own boundary is around them.
    side = np.sqrt(np.maximum(sizes, 0.0))
    short = is_piece & (sizes > _NOISE_MM2) & (total < np.maximum(shortest_mm, DOT_SHARE * side))
    whole = ground.are_whole(short, owner)
    tips = short & ~whole & (total < shortest_mm)
    if not (short & whole).any() and not (own & ~tips[line_piece]).any():
        return _Tracks(_all_lost(lost, areas, boxes, band.lost_mm2), None)
    narrow = _clean(opening_leaves(band.region, max(half_mm, 1e-4)))
    narrow_areas, narrow_boxes, narrow_owner, narrow_piece = _too_narrow(ground, narrow, owner)
    thin = np.bincount(narrow_piece[narrow_piece >= 0], narrow_areas[narrow_piece >= 0], len(areas))
    dots = short & whole & (thin < 0.5 * sizes) & (total < DOT_SHARE * side)
    dropped = tips | dots
    own &= ~dropped[line_piece]
    line_piece = np.where(own, line_piece, -1)
    beads, beaded = _beads(ground, lost, owner, sizes - thin, dots, half_mm, (points, offsets, line_piece))
    dots &= ~beaded
    exposed = (np.bincount(line_piece[own], minlength=len(areas)) > 0) | dots | beaded
    share = np.minimum(1.0, np.divide(sizes, thin, out=np.ones_like(sizes), where=thin > 0.0))
    gone = np.where(exposed, thin * share, sizes)
    exposed_mm2 = float(min(max(sizes[is_piece].sum() - gone[is_piece].sum(), 0.0), band.lost_mm2))
    left = is_piece & ~exposed & (sizes > _NOISE_MM2)
    in_track = (narrow_piece >= 0) & (narrow_areas > _NOISE_MM2)
    in_track &= exposed[narrow_piece]
    of_narrow = _places(narrow, narrow_areas, narrow_boxes, narrow_owner, in_track)
    listed = np.concatenate([_places(lost, sizes, boxes, owner, left), of_narrow])
    listed = listed[np.argsort(-listed[:, 2], kind="stable")]
    rest = Edges(NO_EDGES.points, NO_EDGES.offsets, exposed_mm2, band.lost_mm2 - exposed_mm2, listed)
    return _Tracks(rest, (points[:, :2], offsets, own, np.concatenate([_dots(lost, sizes, dots), beads])))


def _beads(
    ground: _Ground,
    lost: Contours,
    owner: NDArray[np.int64],
    thick_mm2: NDArray[np.float64],
    dots: NDArray[np.bool_],
    half_mm: float,
    tracks: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Dots in bodies that are more than their tracks or their one dot, and which bodies those are.

    thick_mm2 : (C,) float64
        Of each body, what is at least as thick as the least width.
    dots : (C,) bool
        Bodies that have one dot; those with holes are taken out, as their middles may lie in a hole.
    tracks
        Points, offsets, and the body of each, -1 for none.
    """
    points, offsets, piece = tracks
    most_mm2, least_mm2 = covered_mm2(points, offsets, piece, len(owner), half_mm)
    enough_mm2 = 3.0 * half_mm**2 + _UNCOVERED * thick_mm2
    tracked = np.bincount(piece[piece >= 0], minlength=len(owner)) > 0
    asked = tracked & (thick_mm2 - least_mm2 > enough_mm2)
    # Where a body hangs on something thicker, its tracks lead out of it, and get wide there.
    of_mouth, mouths = ground.mouths(asked, owner)
    hangs = np.bincount(of_mouth, minlength=len(owner)) > 0
    asked &= hangs | (thick_mm2 - most_mm2 > enough_mm2)
    _, boxes = loop_measures(lost)
    diagonals = np.hypot(*(boxes[:, 2:] - boxes[:, :2]).T)
    pierced = np.bincount(owner, minlength=len(owner)) > 1
    asked |= dots & (pierced | (diagonals > _COMPACT * np.sqrt(np.maximum(thick_mm2, 0.0))))
    found = [np.empty((0, 2, 2))]
    beaded = np.zeros(len(owner), dtype=np.bool_)
    for number in np.flatnonzero(asked).tolist():
        own = [points[offsets[i] : offsets[i + 1]] for i in np.flatnonzero(piece == number).tolist()]
        holes = np.flatnonzero((owner == number) & (np.arange(len(owner)) != number))
        some = dots_of_beads(lost, np.append(number, holes), own, mouths[of_mouth == number], half_mm)
        dots[number] &= not pierced[number]
        if len(some) > dots[number]:
            found.append(some)
            beaded[number] = True
    return np.concatenate(found), beaded


def no_edges(band: ContourBand, *, beam_offset_mm: float) -> Edges:
    """All that the contour cannot reach as lost, with its places; parameters as in `thin_edges`."""
    if band.lost_mm2 == 0.0:
        return NO_EDGES
    lost = _clean(lost_of_band(band, beam_offset_mm))
    return _all_lost(lost, *loop_measures(lost), band.lost_mm2)


def _are_short_tips(
    boxes: NDArray[np.float64], band: ContourBand, beam_offset_mm: float, shortest_mm: float
) -> bool:
    """Whether all lost pieces are tips so small, and no body is, that no track can be long enough."""
    # Three branches from the middle of such a box are shorter than the shortest track, and so is a track
    # along it that ends inside of the contour's band.
    limit_mm = min(0.5 * shortest_mm, shortest_mm - beam_offset_mm)
    if np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]).max() >= limit_mm:
        return False
    areas, own = loop_measures(band.region)
    if np.hypot(own[:, 2] - own[:, 0], own[:, 3] - own[:, 1]).min() < shortest_mm:
        return False
    # A track through a neck ends in the band on both sides. Where the contour gives up a neck there are more
    # bodies, or fewer holes, than before.
    inner, _ = loop_measures(band.path)
    return bool(((areas > 0.0).sum(), (areas < 0.0).sum()) == ((inner > 0.0).sum(), (inner < 0.0).sum()))


def _all_lost(
    lost: Contours, areas: NDArray[np.float64], boxes: NDArray[np.float64], lost_mm2: float
) -> Edges:
    """No track anywhere."""
    owner = loop_owners(lost.points, lost.offsets, areas, boxes)
    sizes: NDArray[np.float64] = np.bincount(owner, areas, len(areas)).astype(np.float64)
    left = (owner == np.arange(len(areas))) & (sizes > _NOISE_MM2)
    places = _places(lost, sizes, boxes, owner, left)
    listed = places[np.argsort(-places[:, 2], kind="stable")]
    return Edges(NO_EDGES.points, NO_EDGES.offsets, 0.0, lost_mm2, listed)


class _Ground:
    """Edges of the region and of the lost pieces, by cells around the latter."""

    def __init__(self, lost: Contours, band: ContourBand, beam_offset_mm: float) -> None:
        self.lost_edges, self.lost_links, _ = edge_table(lost.points, lost.offsets)
        low, high = box_of(lost.points)
        size = max(3.001 * beam_offset_mm, math.sqrt(float(np.prod(high - low + 1e-3)) / _MOST_CELLS))
        self.frame = np.array([*(low - 3.0 * size), size])
        columns, rows = (np.ceil((high - low) / size).astype(np.int64) + 7).tolist()
        self.numbers, self.near, self.cells = mark_cells(self.lost_edges, self.frame, columns, rows)
        self.edges, self.links, self.lengths = edge_table(band.region.points, band.region.offsets)
        self.by_cell = self._entered(self.edges)
        self.lost_by_cell = self._entered(self.lost_edges)

    def _entered(self, edges: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        return edges_by_cell(edges, self.frame, self.numbers, self.cells)

    def lines(self, band: ContourBand, least_mm: float, beam_offset_mm: float) -> Any:
        """Medial lines, as `medial_lines` gives them."""
        path, _, _ = edge_table(band.path.points, band.path.offsets)
        return medial_lines(
            self.edges,
            self.links,
            self.lengths,
            *self.by_cell,
            path,
            *self._entered(path),
            self.frame,
            self.numbers,
            self.near,
            max(least_mm, 1e-4),
            beam_offset_mm,
            min(_TOLERANCE_MM, 0.02 * beam_offset_mm),
        )

    def loops_at(self, places: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) int64: the loop of a lost piece that most of a group of places lie on, -1 for none.

        Some of the places may lie elsewhere.
        """
        if len(offsets) < 2:
            return np.empty(0, dtype=np.int64)
        nearest, distance_mm = nearest_edges_in(
            np.ascontiguousarray(places), self.lost_edges, *self.lost_by_cell, self.frame, self.numbers
        )
        groups = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        near = distance_mm < 100.0 * _ON_BOUNDARY_MM
        # Not the nearest place: at corners that two pieces share, rounding decides which of them is nearer.
        many = int(self.lost_links[-1, LOOP]) + 1
        votes, counts = np.unique(
            groups[near] * many + self.lost_links[nearest[near], LOOP], return_counts=True
        )
        votes = votes[np.lexsort((votes, -counts, votes // many))]
        voted, first = np.unique(votes // many, return_index=True)
        found = np.full(len(offsets) - 1, -1, dtype=np.int64)
        found[voted] = votes[first] % many
        return found

    def mouths(
        self, pieces: NDArray[np.bool_], owner: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Where some pieces hang on what the contour reaches: edges that are none of the region.

        Returns
        -------
        piece : (M,) int64
        ends : (M, 2, 2) float64, mm

        """
        piece = owner[self.lost_links[:, LOOP]]
        asked = np.flatnonzero(pieces[piece])
        edges = self.lost_edges[asked]
        starts = edges[:, X : X + 2]
        ways = edges[:, LENGTH, None] * edges[:, DX : DX + 2]
        _, distance_mm = nearest_edges_in(
            starts + 0.5 * ways, self.edges, *self.by_cell, self.frame, self.numbers
        )
        off = distance_mm > _ON_BOUNDARY_MM
        return piece[asked[off]], np.stack([starts[off], starts[off] + ways[off]], axis=1)

    def are_whole(self, pieces: NDArray[np.bool_], owner: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(C,) bool: of some pieces, whether all their edges lie on the boundary of the region."""
        whole = pieces.copy()
        whole[self.mouths(pieces, owner)[0]] = False
        return whole


def _clean(contours: Contours) -> Contours:
    return Contours(*without_spikes(contours.points, contours.offsets, _ON_BOUNDARY_MM))


def _joined(
    ground: _Ground, points: NDArray[np.float64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lines joined, and of few points; the fourth column tells the lost loop that a point's line lies in.

    Lines begin and end a little outside of what is lost, so some places in between are asked for it.
    """
    if len(offsets) < 2:
        return points, offsets
    places = points[witnesses(points, offsets), 3:]
    loops = ground.loops_at(places, ASKED * np.arange(len(offsets)))
    # The feet on this side may lie where mitres reach the boundary: then the line itself is asked.
    for line in np.flatnonzero(loops < 0).tolist():
        along = places_along(points[offsets[line] : offsets[line + 1], :2])
        loops[line] = loops_around(along, ground.lost_edges, ground.lost_links[:, LOOP]).max()
    points[:, 3] = np.repeat(loops, np.diff(offsets))
    ends = np.empty((len(offsets) - 1, 2))
    ends[:, 0] = points[offsets[:-1], 0]
    ends[:, 1] = points[offsets[1:] - 1, 0]
    order = np.argsort(ends.reshape(-1), kind="stable")
    return join_polylines(points, offsets, order, 4.0 * _TOLERANCE_MM)


def _too_narrow(
    ground: _Ground, narrow: Contours, owner: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Of loops that are thinner than the least width: areas less their holes, boxes, outer loops, pieces.

    The pieces are those that the loops lie in, -1 for holes and for what lies in none.
    """
    areas, boxes = loop_measures(narrow)
    outer = loop_owners(narrow.points, narrow.offsets, areas, boxes)
    edges, links, _ = edge_table(narrow.points, narrow.offsets)
    middles = edges[:, X : X + 2] + 0.5 * edges[:, LENGTH, None] * edges[:, DX : DX + 2]
    piece = np.full(len(areas), -1, dtype=np.int64)
    if len(edges):
        starts = np.flatnonzero(edges[:, ARC] == 0.0)
        loops = ground.loops_at(middles, np.append(starts, len(edges)))
        piece[links[starts, LOOP]] = np.where(loops >= 0, owner[loops], -1)
    piece[outer != np.arange(len(areas))] = -1
    return np.bincount(outer, areas, len(areas)).astype(np.float64), boxes, outer, piece


def _places(
    contours: Contours,
    areas: NDArray[np.float64],
    boxes: NDArray[np.float64],
    owner: NDArray[np.int64],
    chosen: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(N, 4) float64: middle, area and mean width of the chosen pieces.

    The width is that of a rectangle of the same area and perimeter. A middle that lies beside its piece is
    moved to it.
    """
    edges, links, _ = edge_table(contours.points, contours.offsets)
    around = np.bincount(owner[links[:, LOOP]], edges[:, LENGTH], len(areas))[chosen]
    area = areas[chosen]
    root = np.sqrt(np.maximum(around * around - 16.0 * area, 0.0))
    width = np.where(root > 0.0, 0.25 * (around - root), np.sqrt(area))
    middle = places_within(edges, owner[links[:, LOOP]], 0.5 * (boxes[:, :2] + boxes[:, 2:]), chosen)
    return np.column_stack([middle[chosen], area, width])


def _dots(lost: Contours, sizes: NDArray[np.float64], dots: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(D, 2, 2) float64, mm: a short track through the centroid of each pin, along its longer axis."""
    if not dots.any():
        return np.empty((0, 2, 2))
    counts = np.diff(lost.offsets)[dots]
    first = np.repeat(lost.offsets[:-1][dots], counts)
    starts = np.cumsum(counts) - counts
    within = np.arange(len(first)) - np.repeat(starts, counts)
    x, y = (lost.points[first + within] - lost.points[first]).T
    after = lost.points[first + (within + 1) % np.repeat(counts, counts)] - lost.points[first]
    u, v = after.T
    cross = x * v - u * y
    # Moments of the triangles that the edges span with the first point.
    terms = [cross / 2, cross * (x + u) / 6, cross * (y + v) / 6]
    terms += [cross * (x * x + x * u + u * u) / 12, cross * (y * y + y * v + v * v) / 12]
    terms += [cross * (2 * x * y + x * v + u * y + 2 * u * v) / 24]
    area, mx, my, xx, yy, xy = np.add.reduceat(np.stack(terms), starts, axis=1)
    mx, my = mx / area, my / area
    angle = 0.5 * np.arctan2(2.0 * (xy / area - mx * my), xx / area - mx * mx - (yy / area - my * my))
    centre = lost.points[lost.offsets[:-1][dots]] + np.column_stack([mx, my])
    reach = 0.5 * DOT_SHARE * np.sqrt(sizes[dots])[:, None]
    reach = reach * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.stack([centre - reach, centre + reach], axis=1)


def _in_order(
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
    own: NDArray[np.bool_],
    dots: NDArray[np.float64],
    from_xy_mm: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Tracks and dots by the nearest neighbour, from whichever end is nearer."""
    sizes = np.concatenate([np.diff(offsets)[own], np.full(len(dots), 2)])
    points = np.concatenate([points[np.repeat(own, np.diff(offsets))], dots.reshape(-1, 2)])
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    if not len(sizes):
        return NO_EDGES.points, NO_EDGES.offsets
    ends = np.stack([points[offsets[:-1]], points[offsets[1:] - 1]], axis=1)
    rows, starts = rows_in_order(offsets, *either_way(ends, from_xy_mm))
    return points[rows], starts
