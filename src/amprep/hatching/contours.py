"""Contours as the beam goes along them: how many, from where, which way round, in which order, which skin.

A contour begins at the beam offset inside of the region; further ones follow inwards at a distance. Where a
wall has no room for them they end; nothing is lost by that, as the outer ones are there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.border_cuts import cut_at_border
from amprep.kernels.closed_paths import closed_vectors
from amprep.kernels.nearest_path import nearest_paths
from amprep.model.arrays import box_of
from amprep.polygons import CHORD_MM, followers, inset_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.layer import Contours
    from amprep.polygons import ContourBand

__all__ = [
    "CORE",
    "CORNERS",
    "DIRECTIONS",
    "DOWNSKIN",
    "ORDERS",
    "STARTS",
    "UPSKIN",
    "ContourVectors",
    "contour_paths",
    "contour_vectors",
    "cut_by_skins",
]

CORNERS = ("mitre", "round")
DIRECTIONS = ("as_is", "reversed")
STARTS = ("nearest", "against_gas", "rotated")
ORDERS = ("outside_in", "inside_out")

#: What a piece of a contour belongs to.
CORE = 0
UPSKIN = 1
DOWNSKIN = 2

#: The start point moves on by this share of a loop per layer; the golden ratio spreads starts evenly.
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True, eq=False)
class ContourVectors:
    """Vectors of contours in firing order.

    segments : (N, 4) float32, mm
    number : (N,) uint8
        Of the contour that each vector belongs to, 0 the outermost.
    """

    segments: NDArray[np.float32]
    number: NDArray[np.uint8]


def contour_paths(
    band: ContourBand,
    *,
    beam_offset_mm: float,
    count: int = 1,
    distance_mm: float = 0.1,
    corners: str = "mitre",
    chord_mm: float = CHORD_MM,
) -> list[Contours]:
    """Centre lines of up to `count` contours, the outermost first; fewer where there is no room.

    Parameters
    ----------
    band : ContourBand
        What `contour_band` says of the region.
    beam_offset_mm : float
        From the boundary to the first contour; the one that the band was made with.
    count : int
        At most 255.
    distance_mm : float
        From each contour to the next.
    corners : str
        Where a contour runs around a corner of the part: ``mitre`` up to twice the offset, or ``round``.
    chord_mm : float
        Round corners are tangents that leave the arc by that much at most, away from the boundary.

    Raises
    ------
    ValueError
        For a count, a distance, corners or a tolerance that make no sense.

    """
    _must_be_known("corners", corners, CORNERS)
    if not 0 <= count <= 255:
        raise ValueError(f"count of contours must be 0 to 255, is {count}")
    if count > 1 and not distance_mm > 0.0:
        raise ValueError(f"distance of contours must be above 0 mm, is {distance_mm}")
    if corners == "round" and not chord_mm > 0.0:
        raise ValueError(f"tolerance of round corners must be above 0 mm, is {chord_mm}")
    tolerance_mm = chord_mm if corners == "round" else 0.0
    paths: list[Contours] = []
    for number in range(count):
        path = band.path
        if number > 0 or tolerance_mm > 0.0:
            path = inset_path(band.region, beam_offset_mm + number * distance_mm, chord_mm=tolerance_mm)
        if not len(path.points):
            break
        paths.append(path)
    return paths


def contour_vectors(
    paths: Sequence[Contours],
    *,
    direction: str = "as_is",
    start: str = "nearest",
    order: str = "outside_in",
    from_xy_mm: tuple[float, float] = (0.0, 0.0),
    gas_angle_deg: float = 0.0,
    layer_index: int = 0,
) -> ContourVectors:
    """Contours in firing order, each loop closed; contour after contour, in each the nearest loop next.

    A loop begins at one of its points; no point is added.

    Parameters
    ----------
    paths : sequence of Contours
        The outermost first, as `contour_paths` gives them.
    direction : str
        ``as_is``: outer loops counter-clockwise, holes clockwise, so that material lies on the left.
        ``reversed``: the other way round.
    start : str
        ``nearest``: the point next to where the beam comes from. ``against_gas``: the point furthest
        downstream. ``rotated``: the first point from a share of the loop's length on, which is what 0.618
        times the layer's index has behind the decimal point.
    order : str
        ``outside_in`` or ``inside_out``.
    from_xy_mm : (float, float)
        Where the beam is.
    gas_angle_deg : float
        Direction that the gas flows to, from +x counter-clockwise.
    layer_index : int

    Raises
    ------
    ValueError
        For an unknown direction, start or order.

    """
    _must_be_known("direction", direction, DIRECTIONS)
    _must_be_known("start", start, STARTS)
    _must_be_known("order", order, ORDERS)
    numbers = list(range(len(paths)))
    if order == "inside_out":
        numbers.reverse()
    made = [np.empty((0, 4), dtype=np.float32)]
    belongs = [np.empty(0, dtype=np.uint8)]
    for number in numbers:
        path = paths[number]
        if not len(path.points):
            continue
        starts = _starts(path, start, gas_angle_deg, layer_index)
        segments, from_xy_mm = _fired(path, starts, from_xy_mm, backwards=direction == "reversed")
        made.append(segments)
        belongs.append(np.full(len(segments), number, dtype=np.uint8))
    return ContourVectors(np.concatenate(made), np.concatenate(belongs))


def cut_by_skins(
    segments: NDArray[np.float32], upskin: Contours, downskin: Contours
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int64]]:
    """Cut vectors at the borders of skins, so that each piece can take the exposure of its region.

    Parameters
    ----------
    segments : (N, 4) float32, mm
    upskin, downskin : Contours
        Clean loops. Where both are, it is downskin.

    Returns
    -------
    segments : (M, 4) float32, mm
        In the same order; each piece of a vector begins just where the one before it ends.
    region : (M,) uint8
        `CORE`, `UPSKIN` or `DOWNSKIN`, by the piece's middle.
    source : (M,) int64
        Number of the vector that each comes from.

    """
    pieces = segments.astype(np.float64)
    source = np.arange(len(segments))
    region = np.zeros(len(segments), dtype=np.uint8)
    was_cut = False
    for skin, name in ((upskin, UPSKIN), (downskin, DOWNSKIN)):
        if not _may_meet(segments, skin):
            continue
        pieces, of, inside = cut_at_border(pieces, skin.points, skin.offsets)
        source, region = source[of], region[of]
        region[inside == 1] = name
        was_cut = True
    if not was_cut:
        return segments, region, source
    cut = pieces.astype(np.float32)
    longer = (cut[:, 0] != cut[:, 2]) | (cut[:, 1] != cut[:, 3])
    return np.ascontiguousarray(cut[longer]), region[longer], source[longer]


def _must_be_known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f'unknown {name} "{value}", known are {", ".join(known)}')


def _may_meet(segments: NDArray[np.float32], skin: Contours) -> bool:
    if not len(segments) or not len(skin.points):
        return False
    low, high = box_of(skin.points)
    x, y = segments[:, 0::2], segments[:, 1::2]
    return bool(x.min() <= high[0] and low[0] <= x.max() and y.min() <= high[1] and low[1] <= y.max())


def _starts(path: Contours, rule: str, gas_angle_deg: float, layer_index: int) -> NDArray[np.int64] | None:
    """(C,) int64: the point that each loop begins at; None where any may."""
    if rule == "nearest":
        return None
    first = path.offsets[:-1]
    sizes = np.diff(path.offsets)
    loop = np.repeat(np.arange(len(path)), sizes)
    if rule == "against_gas":
        angle = math.radians(gas_angle_deg)
        # Rounded to 1 nm, so that the first of the points that lie equally far downstream is taken.
        along = np.round(path.points @ np.array([math.cos(angle), math.sin(angle)]), 6)
        hit = along == np.maximum.reduceat(along, first)[loop]
    else:
        steps = np.hypot(*(path.points[followers(path.offsets)] - path.points).T)
        way = np.cumsum(steps) - steps
        way -= way[first][loop]
        share = math.fmod(layer_index * _GOLDEN, 1.0)
        hit = way >= share * np.add.reduceat(steps, first)[loop]
    # From behind, so that the first of them remains; where none is, the loop's own first point.
    starts: NDArray[np.int64] = first.copy()
    at = np.flatnonzero(hit)[::-1]
    starts[loop[at]] = at
    return starts


def _fired(
    path: Contours, starts: NDArray[np.int64] | None, from_xy_mm: tuple[float, float], *, backwards: bool
) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Vectors of one contour in firing order, and where the beam is then."""
    points = path.points.copy()
    if starts is None:
        places, groups = points, path.offsets.copy()
    else:
        places, groups = points[starts], np.arange(len(starts) + 1)
    chosen = nearest_paths(places, places, groups, *from_xy_mm)
    at = chosen if starts is None else starts[chosen]
    segments = closed_vectors(points, path.offsets, at, -1 if backwards else 1)
    last = points[at[-1]]
    return segments, (float(last[0]), float(last[1]))
