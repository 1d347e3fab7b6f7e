"""Exact 2-D work behind a few functions: ragged arrays outside, kernels inside.

Curves are trimmed by our own kernels, which check themselves. Where a check fails a library (manifold3d,
which holds Clipper2) takes over; it holds the interpreter's lock and is slower by far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.apart import are_plain
from amprep.kernels.areas import loop_sizes, signed_area
from amprep.kernels.boundary import FAILED, PLAIN, TRIMMED, boundary
from amprep.kernels.leftover import leftover_curves
from amprep.kernels.mitred import mitred_curves
from amprep.kernels.nesting import loop_owners
from amprep.kernels.offset import offset_raw
from amprep.kernels.tolerances import MITRE_LIMIT
from amprep.model.arrays import read_only
from amprep.model.layer import Contours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "CHORD_MM",
    "NO_CONTOURS",
    "SAME_AREA",
    "ContourBand",
    "are_same",
    "contour_band",
    "contours_of",
    "followers",
    "inset_path",
    "is_empty",
    "is_thicker",
    "loop_measures",
    "lost_of_band",
    "lost_to_contour",
    "opening_leaves",
    "outside_of_strips",
    "raw_inset",
    "section_of",
    "within_box",
    "without",
]

#: Round corners are tangents that leave the arc by so much at most, away from the boundary.
CHORD_MM = 0.002

#: Relative difference of two areas below which they are the same, as far as the library's fixed grid goes.
SAME_AREA = 1e-6

NO_CONTOURS = Contours(np.empty((0, 2)), np.zeros(1, dtype=np.int64))

#: Mean width of what is left of a wall by rounding alone: of its mesh, whose numbers have seven digits.
_SLIVER_MM = 2e-4

#: Area that rounding to a grid may leave of a difference that is empty.
_NOISE_MM2 = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ContourBand:
    """What a contour at `beam_offset` inside a region does, and what it cannot reach."""

    area_mm2: float
    """Area of the region, overlapping bodies counted once."""
    path: Contours
    """The contour's centre line, clean."""
    lost_mm2: float
    """Area that no place of the beam's centre covers: walls and points that are too thin."""
    region: Contours
    """The region as clean loops: bodies that overlap or touch are one."""
    is_thick: bool | None = None
    """Whether `is_thicker` holds for the thickness that was asked about; None where it was not found out."""
    lost: Contours | None = None
    """Where the lost area lies, as clean loops; None where it was not drawn."""


def are_same(one: Contours, other: Contours) -> bool:
    """Whether two layers have the same points in the same order."""
    if one is other:
        return True
    # Most layers differ in the number of points or in the very first.
    return (
        len(one.points) == len(other.points)
        and len(one.points) > 0
        and one.points[0, 0] == other.points[0, 0]
        and np.array_equal(one.points, other.points)
        and np.array_equal(one.offsets, other.offsets)
    )


def contour_band(
    contours: Contours, beam_offset_mm: float, *, even_odd: bool = False, asked_mm: float = 0.0
) -> ContourBand:
    """Lay a contour into a region and audit it.

    What is lost is the region less its opening, the contour grown back with mitred corners.

    Parameters
    ----------
    contours : Contours
        The region: winding number ≥ 1.
    beam_offset_mm : float
        From the boundary to the contour's centre line.
    even_odd : bool
        The region is where the winding number is odd instead.
    asked_mm : float
        Distance of `is_thicker` that is asked about, too, above the offset; 0 for none.

    """
    state, points, offsets, area = boundary(contours.points, contours.offsets, even_odd=even_odd)
    region = contours if state == PLAIN else Contours(points, offsets)
    if state == PLAIN:
        area = signed_area(contours.points, contours.offsets)
    raw = _mitred(region, beam_offset_mm)
    is_thick = None
    if 0.0 < asked_mm >= beam_offset_mm and state != FAILED:
        # What does not stay clear at the offset does so even less further inside.
        is_thick = raw[1] and is_thicker(region, asked_mm)
    trimmed, path, lost = _trimmed(raw, clear=bool(is_thick))
    if not is_thick:
        bodies = len(path)
        path = _without_slivers(path)
        lost = lost if len(path) == bodies else None
    last, rest = trimmed, None
    if lost is None:
        last, rest, lost = _beyond(region, path, beam_offset_mm)
    if FAILED in (state, trimmed, last):
        return _band_by_library(contours, beam_offset_mm, even_odd=even_odd)
    return ContourBand(area, path, lost if lost > _NOISE_MM2 else 0.0, region, is_thick, rest)


def lost_to_contour(contours: Contours, beam_offset_mm: float, *, even_odd: bool = False) -> Contours:
    """Where the area lies that `contour_band` reports as lost: clean loops; parameters as there."""
    return lost_of_band(contour_band(contours, beam_offset_mm, even_odd=even_odd), beam_offset_mm)


def lost_of_band(band: ContourBand, beam_offset_mm: float) -> Contours:
    """Where the area lies that a band reports as lost: clean loops.

    Parameters
    ----------
    band : ContourBand
    beam_offset_mm : float
        The one that the band was made with.

    """
    if band.lost is not None:
        return band.lost
    state, rest, lost_mm2 = _beyond(band.region, band.path, beam_offset_mm)
    # A band that the library made is audited by it; its sharp corners differ a little from ours.
    if state == FAILED or abs(lost_mm2 - band.lost_mm2) > 2.0 * _NOISE_MM2 + SAME_AREA * band.area_mm2:
        return _beyond_by_library(band.region, band.path, beam_offset_mm)
    return rest


def opening_leaves(region: Contours, distance_mm: float) -> Contours:
    """What of a region no disc of twice the distance across covers, but for mitred corners; clean loops.

    Parameters
    ----------
    region : Contours
        Clean loops.
    distance_mm : float
        Half of the thickness that is asked for.

    """
    state, path, tips_mm2 = _inset(region, distance_mm)
    if state != FAILED:
        if tips_mm2 == 0.0:
            return NO_CONTOURS
        state, rest, _ = _beyond(region, path, distance_mm)
    return _opening_by_library(region, distance_mm) if state == FAILED else rest


def inset_path(region: Contours, distance_mm: float, *, chord_mm: float = 0.0) -> Contours:
    """A contour inside of a region: its boundary shifted into the material, as clean loops.

    Parameters
    ----------
    region : Contours
        Clean loops.
    distance_mm : float
        From the boundary to the contour.
    chord_mm : float
        0: corners around which the contour runs are mitred up to the limit of 2. Above: they are round, and
        chords stay that near to the arc, outside of it.

    """
    state, path, _ = _inset(region, distance_mm, chord_mm)
    if state != FAILED:
        return path
    return contours_of(_shifted(section_of(region), -distance_mm, chord_mm).to_polygons())


def raw_inset(
    region: Contours, distance_mm: float, *, corners: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A region less a margin, as curves that are not trimmed: winding number ≥ 1.

    Parameters
    ----------
    region : Contours
        Clean loops.
    distance_mm : float
    corners : str
        How contours of the region go round corners, ``mitre`` or ``round``. What lies behind them must do as
        they do: a mitre reaches further than a round corner, and nothing would expose what is between.

    Returns
    -------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64
        One curve per loop of the region, which may be empty.

    """
    if corners != "round" or distance_mm <= 0.0 or _is_convex(region):
        raw: tuple[NDArray[np.float64], NDArray[np.int64]] = offset_raw(
            region.points, region.offsets, distance_mm
        )
        return raw
    curves, _, _ = _mitred(region, distance_mm, CHORD_MM)
    return curves.points, curves.offsets


def outside_of_strips(contours: Contours, lines: NDArray[np.float32], half_width_mm: float) -> Contours:
    """What of a region no line runs past, as clean loops.

    Parameters
    ----------
    contours : Contours
        The region: winding number ≥ 1.
    lines : (N, 4) float32, mm
        Rows [x0, y0, x1, y1].
    half_width_mm : float
        How far a line reaches to its sides; it does not reach beyond its ends.

    """
    import manifold3d

    ends = lines.astype(np.float64).reshape(-1, 2, 2)
    way = ends[:, 1] - ends[:, 0]
    way *= half_width_mm / np.maximum(np.linalg.norm(way, axis=1), 1e-12)[:, None]
    side = np.column_stack([way[:, 1], -way[:, 0]])
    start, end = ends[:, 0], ends[:, 1]
    strips = np.stack([start + side, end + side, end - side, start - side], axis=1)
    covered = manifold3d.CrossSection(list(strips), manifold3d.FillRule.NonZero)
    return contours_of((section_of(contours) - covered).to_polygons())


def without(region: Contours, cover: Contours) -> Contours:
    """What of a region lies outside of another one, as clean loops; winding number ≥ 1 in both."""
    return contours_of((section_of(region) - section_of(cover)).to_polygons())


def within_box(contours: Contours, box_mm: NDArray[np.float64]) -> Contours:
    """Curves that wind around each place of a box as often as given ones, and leave it nowhere.

    What lies outside is moved to the nearest place of the box, so curves go along its sides there; the loops
    may touch themselves.

    Parameters
    ----------
    contours : Contours
    box_mm : (4,) float64, mm
        Low x, low y, high x, high y.

    """
    points, offsets = contours.points, contours.offsets
    low, high = box_mm[:2], box_mm[2:]
    before, behind = np.empty(len(points), dtype=np.int64), followers(offsets)
    before[behind] = np.arange(len(points))
    outside = (points < low) @ np.array([1, 2]) + (points > high) @ np.array([4, 8])
    # Edges that do not lie on one outer side as a whole get points where they pass the sides' lines.
    passing = np.flatnonzero((outside & outside[before] == 0) & (outside != outside[before]))
    begin = points[before[passing]]
    way = points[passing] - begin
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.concatenate([(side - begin) / way for side in (low, high)], axis=1)
    at = np.sort(np.where((at > 0.0) & (at < 1.0), at, 0.0), axis=1)[:, :, None]
    inserted = (begin[:, None] + at * way[:, None]).reshape(-1, 2)
    moved = np.clip(np.concatenate([points, inserted]), low, high)
    # Of points that go along one side, or stay in a corner, the first and the last are enough.
    is_kept = np.ones(len(moved), dtype=bool)
    is_kept[: len(points)] = (outside == 0) | (outside != outside[before]) | (outside != outside[behind])
    place = np.concatenate([2 * np.arange(len(points)) + 1, np.repeat(2 * passing, at.shape[1])])
    order = np.flatnonzero(is_kept)
    order = order[np.argsort(place[order], kind="stable")]
    sizes = np.diff(np.searchsorted(place[order], 2 * offsets))
    return Contours(moved[order], np.concatenate([[0], np.cumsum(sizes)]))


def is_thicker(region: Contours, distance_mm: float) -> bool:
    """Whether a disc of twice the distance across reaches every place of a region, up to mitred corners.

    Parameters
    ----------
    region : Contours
        Clean loops.
    distance_mm : float
        Half of the thickness that is asked for.

    """
    raw, mitred, tips_mm2 = _mitred(region, distance_mm)
    return mitred and tips_mm2 == 0.0 and are_plain(raw.points, raw.offsets)


def is_empty(points: NDArray[np.float64], loop_offsets: NDArray[np.int64]) -> bool:
    """Whether no place has a winding number of 1 or more; false where that cannot be told.

    Parameters
    ----------
    points : (P, 2) float64, mm
    loop_offsets : (C + 1,) int64

    """
    state, _, offsets, _ = boundary(read_only(points.view()), read_only(loop_offsets.view()))
    return state == TRIMMED and len(offsets) == 1


def loop_measures(contours: Contours) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signed area of each loop, (C,) mm², and its box, (C, 4) mm: low x, low y, high x, high y."""
    areas, _, boxes = loop_sizes(contours.points, contours.offsets)
    return areas, boxes


def followers(loop_offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """(P,) int64: the point behind each in its loop; `loop_offsets` are (C + 1,) int64."""
    follower = np.arange(1, int(loop_offsets[-1]) + 1)
    follower[loop_offsets[1:] - 1] = loop_offsets[:-1]
    return follower


def _is_convex(contours: Contours) -> bool:
    """Whether all loops turn to the left in each of their points, or go straight on."""
    follower = followers(contours.offsets)
    ux, uy = (contours.points[follower] - contours.points).T
    return bool((ux * uy[follower] - uy * ux[follower] >= 0.0).all())


def _mitred(contours: Contours, offset_mm: float, chord_mm: float = 0.0) -> tuple[Contours, bool, float]:
    points, offsets, mitred, tips_mm2 = mitred_curves(
        contours.points, contours.offsets, offset_mm, _half_step_rad(offset_mm, chord_mm)
    )
    return Contours(read_only(points), read_only(offsets)), mitred, tips_mm2


def _half_step_rad(radius_mm: float, chord_mm: float) -> float:
    """Half of the angle between tangents of an arc whose corners lie that near to it; 0 for no arc."""
    radius_mm = abs(radius_mm)
    return math.acos(radius_mm / (radius_mm + chord_mm)) if chord_mm > 0.0 < radius_mm else 0.0


def _inset(region: Contours, distance_mm: float, chord_mm: float = 0.0) -> tuple[int, Contours, float | None]:
    """State, a clean contour inside of a region, and the area it does not reach; None where not known."""
    return _trimmed(_mitred(region, distance_mm, chord_mm))


def _trimmed(
    curves: tuple[Contours, bool, float], *, clear: bool = False
) -> tuple[int, Contours, float | None]:
    """What `_inset` says, of curves as `_mitred` gives them.

    Where collars are mitred and the curves need no trimming, no two collars meet: each would take 1 from the
    winding number of a place. Then only the tips of pointed corners are lost. `clear` says that wider collars
    were found to be so.
    """
    raw, mitred, tips_mm2 = curves
    if clear and mitred:
        return PLAIN, raw, tips_mm2
    state, points, offsets, _ = boundary(raw.points, raw.offsets)
    if state == PLAIN:
        return state, raw, tips_mm2 if mitred else None
    return state, Contours(points, offsets), None


def _without_slivers(path: Contours) -> Contours:
    """A contour without the bodies of which rounding alone leaves something.

    In a wall just as wide as a track both sides' contours are one line: it would be exposed there and back.
    """
    areas, lengths, boxes = loop_sizes(path.points, path.offsets)
    owner = np.arange(len(areas))
    if (areas < 0.0).any():
        owner = loop_owners(path.points, path.offsets, areas, boxes)
        areas, lengths = (np.bincount(owner, one, len(owner)).astype(float) for one in (areas, lengths))
    is_sliver = 2.0 * areas < _SLIVER_MM * lengths
    if not is_sliver.any():
        return path
    return contours_of([path.loop(i) for i in np.flatnonzero(~is_sliver[owner]).tolist()])


def _beyond(region: Contours, path: Contours, distance_mm: float) -> tuple[int, Contours, float]:
    """State, what of a region a contour's band does not reach as clean loops, and its area in mm²."""
    grown, _, _ = _mitred(path, -distance_mm)
    points, offsets = leftover_curves(region.points, region.offsets, grown.points, grown.offsets)
    rest = Contours(points, offsets)
    state, points, offsets, lost_mm2 = boundary(rest.points, rest.offsets)
    if state == PLAIN:
        return state, rest, signed_area(rest.points, rest.offsets)
    return state, Contours(points, offsets), lost_mm2


def _opening_by_library(region: Contours, distance_mm: float) -> Contours:
    section = section_of(region)
    opened = _shifted(_shifted(section, -distance_mm), distance_mm)
    return contours_of((section - opened).to_polygons())


def _beyond_by_library(region: Contours, path: Contours, distance_mm: float) -> Contours:
    """As `_beyond`; of the path as it is, which may lack bodies that rounding alone left."""
    reached = _shifted(section_of(path), distance_mm)
    return contours_of((section_of(region) - reached).to_polygons())


def _band_by_library(contours: Contours, beam_offset_mm: float, *, even_odd: bool) -> ContourBand:
    section = section_of(contours, even_odd=even_odd)
    area = section.area()
    path = _without_slivers(contours_of(_shifted(section, -beam_offset_mm).to_polygons()))
    region = contours_of(section.to_polygons())
    reached = _shifted(section_of(path), beam_offset_mm)
    lost = (section - reached).area()
    return ContourBand(area, path, lost if lost > _NOISE_MM2 else 0.0, region)


def section_of(contours: Contours, *, even_odd: bool = False) -> Any:
    """The region as manifold3d's CrossSection: winding number ≥ 1, or odd."""
    import manifold3d

    loops = [contours.loop(i) for i in range(len(contours))]
    rule = manifold3d.FillRule.EvenOdd if even_odd else manifold3d.FillRule.Positive
    return manifold3d.CrossSection(loops, rule)


def contours_of(loops: Sequence[NDArray[np.float64]]) -> Contours:
    """Loops of points, (n, 2) float64 in mm each, as one noun."""
    offsets = np.zeros(len(loops) + 1, dtype=np.int64)
    if not loops:
        return Contours(np.empty((0, 2)), offsets)
    np.cumsum([len(loop) for loop in loops], out=offsets[1:])
    return Contours(np.concatenate(loops), offsets)


def _shifted(section: Any, distance_mm: float, chord_mm: float = 0.0) -> Any:
    import manifold3d

    if chord_mm <= 0.0:
        return section.offset(distance_mm, manifold3d.JoinType.Miter, MITRE_LIMIT, 0)
    segments = 4 * math.ceil(math.pi / (4.0 * _half_step_rad(distance_mm, chord_mm)))
    return section.offset(distance_mm, manifold3d.JoinType.Round, MITRE_LIMIT, segments)
