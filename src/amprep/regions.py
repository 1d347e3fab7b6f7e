"""A layer and its neighbours to upskin and downskin; the core is the rest.

A place of a layer is an upskin where at least one of the layers above has no material there, a downskin where
one of the layers below has none. A place that is both is a downskin: it lies on powder, which decides how it
must be melted. `docs/explanation/regions.md` shows the rules.
"""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.areas import signed_area
from amprep.kernels.boundary import FAILED, PLAIN, boundary
from amprep.kernels.intervals import INSIDE, OUTSIDE, cut_pieces
from amprep.kernels.leftover import leftover_curves
from amprep.kernels.mitred import mitred_curves
from amprep.kernels.scanline import ScanRoom
from amprep.kernels.slabs import slab_curves
from amprep.kernels.wide_places import boxes_around, wide_places
from amprep.model.arrays import box_of
from amprep.model.layer import Contours
from amprep.model.skins import SkinRule, Skins
from amprep.polygons import are_same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    #: Pieces (M, 2) and runs (R, 3) of a region on lines along x.
    _Scan = tuple[NDArray[np.float64], NDArray[np.int64]]

__all__ = ["LayerScans", "core_of", "skins", "with_overlap", "without_lowest"]

NOTHING = Contours(np.empty((0, 2)), np.zeros(1, dtype=np.int64))

#: Narrower skins are looked for everywhere, as lines so close to each other cost more than they save.
_LEAST_WIDTH_MM = 0.06

#: Lines between two places that a disc of the least width may have its middle at, in radii.
_LINES = 0.6

#: Tiles across a layer at most, and width of a tile at least.
_TILES, _TILE_MM = 128, 0.5

_ARE_EMPTY = True


class LayerScans:
    """Scans of layers, kept while their neighbours may ask for them again; for one thread."""

    _KEPT = 64

    def __init__(self) -> None:
        self._room = ScanRoom()
        self._scans: OrderedDict[tuple[float, ...], tuple[Sequence[Contours], _Scan]] = OrderedDict()

    def of(self, region: Contours, distance_mm: float) -> _Scan:
        """Pieces (M, 2) and runs (R, 3) of a region on lines along x; winding number ≥ 1."""
        key = (distance_mm, id(region))
        if key not in self._scans:
            points = np.require(region.points, requirements="W")
            offsets = np.require(region.offsets, requirements="W")
            loops, groups = np.arange(len(region)), np.array([0, len(region)], dtype=np.int64)
            pieces, runs, _, _ = self._room.scan(points, offsets, loops, groups, 1.0, 0.0, distance_mm)
            self._keep(key, [region], (pieces.copy(), runs.copy()))
        return self._scans[key][1]

    def of_all(self, regions: Sequence[Contours], distance_mm: float) -> _Scan:
        """The same of what lies in all of the regions."""
        # Layers above one layer are those below another, in reverse.
        keys = [(distance_mm, *sorted(map(id, regions[i:]))) for i in range(len(regions) - 1)]
        known = next((i for i, key in enumerate(keys) if key in self._scans), len(keys))
        scan = self.of(regions[-1], distance_mm) if known == len(keys) else self._scans[keys[known]][1]
        for i in range(known - 1, -1, -1):
            one_group = np.array([0, len(scan[1])], dtype=np.int64)
            pieces, runs, _, _, _ = cut_pieces(*scan, one_group, *self.of(regions[i], distance_mm), INSIDE)
            scan = pieces, runs
            self._keep(keys[i], regions[i:], scan)
        return scan

    def _keep(self, key: tuple[float, ...], regions: Sequence[Contours], scan: _Scan) -> None:
        # The regions are kept too, so that no other gets their ids.
        self._scans[key] = regions, scan
        if len(self._scans) > self._KEPT:
            self._scans.popitem(last=False)


def skins(  # noqa: PLR0913 (a layer, its neighbours, and what is known of them)
    region: Contours,
    above: Sequence[Contours],
    below: Sequence[Contours],
    *,
    layer_thickness_mm: float,
    upskin: SkinRule,
    downskin: SkinRule,
    on_platform: bool = False,
    even_odd: bool = False,
    clean: bool = False,
    scans: LayerScans | None = None,
) -> Skins:
    """Find the skins of a part in one layer.

    Parameters
    ----------
    region : Contours
        The part in this layer, clean: winding number 0 or 1, as `contour_band` gives it.
    above, below : sequence of Contours
        The part in the neighbouring layers, nearest first: winding number ≥ 1. Where there are fewer than a
        rule asks for, nothing lies there, so all of the region is a skin.
    on_platform : bool
        Missing layers below are the platform, which carries as material does.
    even_odd : bool
        The neighbours' regions are where the winding number is odd instead.
    clean : bool
        The neighbours are clean already, as `region` is.
    scans : LayerScans, optional
        Given again for the next layers with the same neighbours, each of them is scanned once only.

    """
    scans = LayerScans() if scans is None else scans
    lower = _Side(below, downskin, layer_thickness_mm, not on_platform, even_odd, clean)
    upper = _Side(above, upskin, layer_thickness_mm, _ARE_EMPTY, even_odd, clean)
    down = _wide(_not_covered(region, lower, scans), downskin.min_width_mm)
    up = _not_covered(region, upper, scans)
    if len(up) and len(down):
        up = _without(up, down)
    return Skins(_wide(up, upskin.min_width_mm), down)


def core_of(region: Contours, found: Skins) -> Contours:
    """What of a clean region is neither upskin nor downskin, as clean loops."""
    return _without(region, _together([found.upskin, found.downskin]))


def with_overlap(skin: Contours, overlap_mm: float) -> Contours:
    """A skin grown with mitred corners, as raw curves with winding number ≥ 1.

    For hatching: on hatch lines the skin keeps to the layer, and clear of the other skin, by `scan_region`.
    """
    return skin if overlap_mm == 0.0 or not len(skin) else _grown(skin, overlap_mm)


def without_lowest(  # noqa: PLR0913
    region: Contours,
    below: Sequence[Contours],
    *,
    layers: int,
    min_width_mm: float = 0.0,
    on_platform: bool = False,
    even_odd: bool = False,
    clean: bool = False,
    scans: LayerScans | None = None,
) -> tuple[Contours, float]:
    """Leave out the lowest layers of material above powder, as the melt pool reaches deeper than a layer.

    Parameters
    ----------
    layers : int
        What has no material below in one of so many layers is left out.
    min_width_mm : float
        Narrower strips are not left out.

    Other parameters as for `skins`; all neighbours are those of the part as it is. Downskins of what is left
    lie that many layers higher: ask `skins` for so many more layers, of the part as it is.

    Returns
    -------
    region : Contours
        Clean loops.
    removed_mm2 : float

    """
    rule = SkinRule(layers, min_width_mm=min_width_mm)
    side = _Side(below, rule, 0.0, not on_platform, even_odd, clean)
    removed = _wide(_not_covered(region, side, LayerScans() if scans is None else scans), rule.min_width_mm)
    if not len(removed):
        return region, 0.0
    return _without(region, removed), float(signed_area(removed.points, removed.offsets))


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The layers above, or below, and what is asked of them."""

    layers: Sequence[Contours]
    rule: SkinRule
    layer_thickness_mm: float
    missing_are_empty: bool
    even_odd: bool
    clean: bool

    def reach_mm(self, step: int) -> float:
        """How far a surface of the largest angle moves over so many layers; 0 where the angle is 90°."""
        if self.rule.max_angle_deg == 90.0:
            return 0.0
        return step * self.layer_thickness_mm / math.tan(math.radians(self.rule.max_angle_deg))


def _not_covered(region: Contours, side: _Side, scans: LayerScans) -> Contours:
    """Places with no material in at least one layer of a side, as clean loops.

    Narrower ones than the rule's width may be missing, or have any end.
    """
    rule = side.rule
    asked = side.layers[: rule.layers]
    if rule.layers == 0 or not len(region):
        return NOTHING
    if (len(asked) < rule.layers and side.missing_are_empty) or not all(len(one) for one in asked):
        return region
    others = [(step, one) for step, one in enumerate(asked, 1) if not are_same(region, one)]
    if side.even_odd and not side.clean:
        others = [(step, _bounded(one, even_odd=True)) for step, one in others]
    if not others:
        return NOTHING
    # One after the other: the region and what must cover it.
    layers = [region, *(one for _, one in others)]
    boxes: NDArray[np.float64] | None = None
    if rule.min_width_mm >= _LEAST_WIDTH_MM:
        margin_mm = rule.min_width_mm + 4.0 * side.reach_mm(rule.layers)
        boxes = _wide_places(layers, rule.min_width_mm, margin_mm, scans)
        if not len(boxes):
            return NOTHING
    curves = _together(layers)
    source = np.repeat(np.arange(len(layers)), [len(one) for one in layers])
    if boxes is not None and not _is_inside(region, boxes[0]):
        curves, source = _cut(curves, source, boxes, 1)
    if not side.clean and not side.even_odd:
        # A place with a winding number of 2 would outweigh one that another layer leaves uncovered.
        layers = [_bounded(_selected(curves, source == i)) for i in range(len(layers))]
        curves = _together(layers)
        source = np.repeat(np.arange(len(layers)), [len(one) for one in layers])
    found = _uncovered(curves, source, len(others))
    if rule.max_angle_deg < 90.0 and len(found):
        reaches = [side.reach_mm(step) for step, _ in others]
        return _gentle(found, [(reach, _selected(curves, source == i)) for i, reach in enumerate(reaches, 1)])
    return found


def _uncovered(curves: Contours, source: NDArray[np.int64], others: int) -> Contours:
    """Where the clean region of source 0 is not covered by each of the clean sources 1 … others."""
    if not (source == 0).any():
        return NOTHING
    region = _selected(curves, source == 0)
    first = _selected(curves, source == 1)
    left = _leftover(region, first)
    # Inside of the region each other layer takes 1 or 0 from its weight; outside the sum is 0 or less.
    if 4 * len(left.points) > 3 * (len(region.points) + len(first.points)):
        return _bounded(curves, weights=np.where(source == 0, others, -1))
    # Much is common to all layers: it is struck out beforehand.
    rest = [_leftover(region, _selected(curves, source == i)) for i in range(2, others + 1)]
    return _bounded(_together([left, *rest]))


def _gentle(found: Contours, others: Sequence[tuple[float, Contours]]) -> Contours:
    """Of uncovered places those that lie no further than the reach from a seed.

    A seed is a place that is further than the reach from all material of the layer.
    """
    grown = []
    for reach_mm, one in others:
        seeds = _without(found, _grown(one, reach_mm))
        if len(seeds):
            grown.append(_grown(seeds, reach_mm))
    if not grown:
        return NOTHING
    beyond = _without(found, _together(grown))
    return _without(found, beyond) if len(beyond) else found


def _wide(region: Contours, width_mm: float) -> Contours:
    """The region without places narrower than a width; mitred, so that corners stay corners."""
    if width_mm == 0.0 or not len(region):
        return region
    shrunken = _bounded(_grown(region, -0.5 * width_mm))
    if not len(shrunken):
        return NOTHING
    narrow = _without(region, _grown(shrunken, 0.5 * width_mm))
    return _without(region, narrow) if len(narrow) else region


def _together(curves: Sequence[Contours]) -> Contours:
    """All curves as one; their winding numbers add up."""
    if len(curves) == 1:
        return curves[0]
    sizes = [np.diff(one.offsets) for one in curves]
    return Contours(
        np.concatenate([NOTHING.points, *(one.points for one in curves)]),
        np.cumsum(np.concatenate([NOTHING.offsets, *sizes])),
    )


def _grown(region: Contours, offset_mm: float) -> Contours:
    """Raw curves with winding number ≥ 1 of a clean region grown by an offset; negative: shrunken."""
    points, offsets, _, _ = mitred_curves(region.points, region.offsets, -offset_mm, 0.0)
    return Contours(points, offsets)


def _leftover(region: Contours, cover: Contours) -> Contours:
    """Curves with winding number ≥ 1 of a clean region without what covers it."""
    return Contours(*leftover_curves(region.points, region.offsets, cover.points, cover.offsets))


def _without(region: Contours, cover: Contours) -> Contours:
    """A clean region without what covers it, as clean loops."""
    return _bounded(_leftover(region, cover))


def _selected(curves: Contours, wanted: NDArray[np.bool_]) -> Contours:
    """Some of the loops, in their order."""
    if wanted.all():
        return curves
    sizes = np.diff(curves.offsets)
    return Contours(
        curves.points[np.repeat(wanted, sizes)],
        np.concatenate([NOTHING.offsets, np.cumsum(sizes[wanted])]),
    )


def _bounded(
    curves: Contours, *, even_odd: bool = False, weights: NDArray[np.int64] | None = None
) -> Contours:
    """Clean loops of the region with winding number ≥ 1, or an odd one; each loop counts by its weight."""
    if not len(curves):
        return NOTHING
    state, points, offsets, _ = boundary(curves.points, curves.offsets, even_odd=even_odd, weights=weights)
    if state == FAILED:
        return _bounded_by_library(curves, even_odd=even_odd, weights=weights)
    return curves if state == PLAIN else Contours(points, offsets)


def _bounded_by_library(curves: Contours, *, even_odd: bool, weights: NDArray[np.int64] | None) -> Contours:
    import manifold3d

    rule = manifold3d.FillRule.EvenOdd if even_odd else manifold3d.FillRule.Positive
    times = [1] * len(curves) if weights is None else weights.tolist()
    section = manifold3d.CrossSection(
        [curves.loop(i)[:: 1 if n > 0 else -1] for i, n in enumerate(times) for _ in range(abs(n))], rule
    )
    loops = section.to_polygons()
    return Contours(
        np.concatenate([NOTHING.points, *loops]), np.cumsum([0, *map(len, loops)], dtype=np.int64)
    )


def _wide_places(
    layers: Sequence[Contours], width_mm: float, margin_mm: float, scans: LayerScans
) -> NDArray[np.float64]:
    """(B, 4) float64, mm: boxes around the places of the first layer where a disc may lie uncovered.

    The others cover what lies in all of them.
    """
    radius_mm = 0.5 * width_mm
    distance_mm = _LINES * radius_mm
    pieces, runs = scans.of_all(layers[1:], distance_mm)
    own_pieces, own_runs = scans.of(layers[0], distance_mm)
    one_group = np.array([0, len(own_runs)], dtype=np.int64)
    pieces, runs, _, _, _ = cut_pieces(own_pieces, own_runs, one_group, pieces, runs, OUTSIDE)
    places = wide_places(pieces, runs, distance_mm, radius_mm)
    if not len(places):
        return places
    low, high = box_of(layers[0].points)
    # Anchored to the platform, so that layers share their tiles.
    tile_mm = max(_TILE_MM, margin_mm, float((high - low).max()) / _TILES)
    corner = np.floor(low / tile_mm) * tile_mm
    columns, rows = (np.floor((high - corner) / tile_mm) + 1).astype(int).tolist()
    marks = np.zeros((rows, columns), dtype=np.uint8)
    return boxes_around(places, margin_mm, float(corner[0]), float(corner[1]), tile_mm, marks)


def _is_inside(region: Contours, box: NDArray[np.float64]) -> bool:
    """Whether all of a region lies in a box."""
    low, high = box_of(region.points)
    return bool((low >= box[:2]).all() and (high <= box[2:]).all())


def _cut(
    curves: Contours,
    source: NDArray[np.int64],
    boxes: NDArray[np.float64],
    axis: int,
    widths_mm: tuple[float, float] = (math.inf, math.inf),
) -> tuple[Contours, NDArray[np.int64]]:
    """What of curves lies in boxes, or near them, where their winding numbers stay the same; and the sources.

    The curves are cut along one axis and then the other, as long as that leaves no more than half of them;
    `widths_mm`: what they were cut to before, along x and y.
    """
    # Boxes that overlap along the axis make one slab.
    order = np.argsort(boxes[:, axis], kind="stable")
    low, high = boxes[order, axis], np.maximum.accumulate(boxes[order, axis + 2])
    begins = np.concatenate([[0], np.flatnonzero(low[1:] > high[:-1]) + 1])
    ends = np.append(begins[1:], len(low))
    if (high[ends - 1] - low[begins]).sum() > 0.5 * widths_mm[axis]:
        return curves, source
    borders = np.column_stack([low[begins], high[ends - 1]]).reshape(-1)
    wanted = np.zeros(len(borders) - 1, dtype=np.uint8)
    wanted[::2] = 1
    points, offsets, first, origin = slab_curves(curves.points, curves.offsets, axis, borders, wanted)
    found, sources = [], [NOTHING.offsets[:0]]
    for slab, begin, end in zip(itertools.count(0, 2), begins.tolist(), ends.tolist(), strict=False):
        loops = offsets[first[slab] : first[slab + 1] + 1]
        if len(loops) < 2:
            continue
        part = Contours(points[loops[0] : loops[-1]], loops - loops[0])
        origins = source[origin[first[slab] : first[slab + 1]]]
        here = boxes[order[begin:end]]
        width_mm = float(borders[slab + 1] - borders[slab])
        widths = (width_mm, widths_mm[1]) if axis == 0 else (widths_mm[0], width_mm)
        other = 1 - axis
        if end - begin > 1 or here[0, other + 2] - here[0, other] <= 0.5 * widths[other]:
            part, origins = _cut(part, origins, here, other, widths)
        found.append(part)
        sources.append(origins)
    return _together(found), np.concatenate(sources)
