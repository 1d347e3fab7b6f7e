"""Thick places of thin bodies that no track comes by, as those of a string of beads: each gets a dot.

Where necks are thinner than the least width, and what lies between them is too short for a medial line, a
body may be wide enough in many places and have tracks in few of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.layer import Contours

__all__ = ["DOT_SHARE", "covered_mm2", "dots_of_beads"]

#: A pin gets a track of so much of the side of a square of its area, so that the beam stays inside.
DOT_SHARE = 0.5

#: A disc by so much wider than the least width is not at a neck.
_WIDER = 1.05

#: What rounding and few points leave between a track and the middle of a place that it runs through.
_NEAR_MM = 2e-3


def covered_mm2(
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
    piece: NDArray[np.int64],
    count: int,
    half_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(count,) float64, mm², twice: how much of each piece its tracks cover, at most and at least.

    At least: where a track begins or ends in something thicker, and with that. Both are 0 with necks.

    points : (P, 3 or more) float64, mm
        Middles of the discs and their radii.
    offsets : (L + 1,) int64
    piece : (L,) int64
        Of each track, -1 for none.
    half_mm : float
        Half of the least width. A track that ends with such a disc ends at a neck, and who knows what comes
        behind; else at the end of a wall, which reaches half of its width beyond.
    """
    if len(offsets) < 2:
        return np.zeros(count), np.zeros(count)
    radii = points[:, 2]
    width = np.zeros(len(points))
    width[1:] = radii[1:] + radii[:-1]
    least = width.copy()
    # Of a line of one point no step counts.
    for at in (np.minimum(offsets[:-1] + 1, len(points) - 1), offsets[1:] - 1):
        least[at] = 2.0 * np.minimum(radii[at], radii[at - 1])
    steps = np.zeros(len(points))
    steps[1:] = np.hypot(*np.diff(points[:, :2], axis=0).T)
    steps[offsets[:-1]] = 0.0
    first, last = radii[offsets[:-1]], radii[offsets[1:] - 1]
    own = piece >= 0
    necks = piece[own & (np.minimum(first, last) < _WIDER * half_mm)]
    found = []
    for wide, ends in ((width, 2.0 * (first**2 + last**2)), (least, 0.0)):
        area = np.add.reduceat(steps * wide, offsets[:-1]) + ends
        covered = np.bincount(piece[own], area[own], count).astype(np.float64)
        covered[necks] = 0.0
        found.append(covered)
    return found[0], found[1]


def dots_of_beads(
    lost: Contours,
    loops: NDArray[np.int64],
    tracks: list[NDArray[np.float64]],
    mouths: NDArray[np.float64],
    half_mm: float,
) -> NDArray[np.float64]:
    """(D, 2, 2) float64, mm: a short track through each thick place of a body that no other one comes by.

    lost : Contours
    loops : (n,) int64
        Numbers of the body's loops, the outer one first.
    tracks : list of (P, 2) float64, mm
    mouths : (M, 2, 2) float64, mm
        Edges where the body hangs on something thicker; what is thick up to there is no bead.
    half_mm : float
        Half of the least width.
    """
    import shapely

    outer, *holes = (lost.points[lost.offsets[i] : lost.offsets[i + 1]] for i in loops.tolist())
    body = shapely.make_valid(shapely.Polygon(outer, holes))
    middles = shapely.get_parts(body.buffer(-half_mm, quad_segs=4))
    lines = shapely.union_all([shapely.LineString(track[:, :2]) for track in tracks])
    thicker = shapely.multilinestrings(shapely.linestrings(mouths))
    dots = []
    for middle in middles[shapely.area(middles) > 0.0].tolist():
        if not thicker.is_empty and middle.distance(thicker) <= half_mm + _NEAR_MM:
            continue
        if not lines.is_empty and middle.distance(lines) <= _NEAR_MM:
            continue
        place = middle.buffer(half_mm, quad_segs=4)
        at = middle.centroid if middle.contains(middle.centroid) else middle.representative_point()
        corners = shapely.get_coordinates(shapely.oriented_envelope(place))
        sides = np.diff(corners[:3], axis=0)
        way = sides[int(np.argmax(np.hypot(*sides.T)))]
        way = 0.5 * DOT_SHARE * np.sqrt(place.area) * way / np.hypot(*way)
        x, y = at.x, at.y
        inside = shapely.LineString([(x - way[0], y - way[1]), (x + way[0], y + way[1])]).intersection(place)
        parts = shapely.get_parts(inside)
        ends = shapely.get_coordinates(parts[int(np.argmin(shapely.distance(parts, at)))])
        dots.append(ends[[0, -1]])
    return np.array(dots, dtype=np.float64).reshape(-1, 2, 2)
