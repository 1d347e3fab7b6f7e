"""What the picture of a layer shows: which vectors, and which part of the plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.exposure import AGAIN
from amprep.model.scan import Region
from amprep.pictures import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.machine import BuildVolume
    from amprep.model.scan import ScanVectors

__all__ = [
    "BADGE_FROM_CORNER_IN",
    "FINE_VIEW_MM",
    "Bounds",
    "DrawnVectors",
    "common_box",
    "contour_width_pt",
    "field_borders",
    "polylines",
    "shows_plate_edge",
    "thinned_vectors",
    "view_of",
]

Bounds = tuple[float, float, float, float]

#: More hatch or contour vectors than this are thinned.
MOST_HATCH = 12_000
MOST_CONTOUR = 60_000

#: Hatch lines that stand closer on the slide than this (in pt) melt into an area and are thinned, too,
#: as long as that leaves enough of them to show the pattern.
LINE_SPACING_PT = 2.6
ENOUGH_HATCH = 300

BADGE_FROM_CORNER_IN = 0.3
SCALE_BAR_CORNER_IN = (1.3, 0.55)
MARGIN = 0.07
SMALLEST_VIEW_MM = 0.5
#: The numbers beside smaller views have decimals, and need more room.
FINE_VIEW_MM = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnVectors:
    """The vectors that the picture shows.

    hatch, contour : (N, 4) float32, mm
        Rows [x0, y0, x1, y1].
    hatch_laser, contour_laser : (N,) uint8
        Index of the laser, from 0.
    every_hatch, every_contour : int
        The n of "every n-th vector is drawn"; 1 for all.
    hatch_row, contour_row : (N,) int64
        Number of each among the vectors of the layer.
    """

    hatch: NDArray[np.float32]
    hatch_laser: NDArray[np.uint8]
    hatch_region: NDArray[np.uint8]
    contour: NDArray[np.float32]
    contour_laser: NDArray[np.uint8]
    contour_region: NDArray[np.uint8]
    every_hatch: int
    every_contour: int
    hatch_row: NDArray[np.int64]
    contour_row: NDArray[np.int64]


def thinned_vectors(
    vectors: ScanVectors, hatch_distance_mm: float, pt_per_mm: float, stripe_width_mm: float = np.inf
) -> DrawnVectors:
    """Choose what is drawn: all that the slide can show, otherwise every n-th hatch vector.

    Parameters
    ----------
    vectors : ScanVectors
        All vectors of the layer.
    hatch_distance_mm, stripe_width_mm : float, mm
        Distance between neighbouring hatch vectors, and their longest length.
    pt_per_mm : float
        Points on the slide per mm.

    """
    is_contour = ~np.isin(vectors.region % AGAIN, [region for region in Region if region.is_hatch])
    hatch = np.flatnonzero(~is_contour)
    contour = np.flatnonzero(is_contour)
    spacing_pt = min(LINE_SPACING_PT, stripe_width_mm * pt_per_mm / 4)
    rows = _rows(vectors.segments[hatch].astype(np.float64), hatch_distance_mm)
    for_spacing = min(spacing_pt / (hatch_distance_mm * pt_per_mm), len(hatch) / ENOUGH_HATCH)
    # Some vectors of rings would look as if material were missing.
    least = 1 if rows is None and _are_rings(vectors.segments[hatch]) else int(for_spacing)
    every_hatch = _rounded_up(max(-(-len(hatch) // MOST_HATCH), least, 1))
    every_contour = _rounded_up(max(-(-len(contour) // MOST_CONTOUR), 1))
    hatch = hatch[_every(rows, len(hatch), every_hatch)]
    contour = contour[::every_contour]
    return DrawnVectors(
        vectors.segments[hatch],
        vectors.laser[hatch],
        vectors.region[hatch],
        vectors.segments[contour],
        vectors.laser[contour],
        vectors.region[contour],
        every_hatch,
        every_contour,
        hatch,
        contour,
    )


def _are_rings(segments: NDArray[np.float32]) -> bool:
    """Whether many vectors begin where the one before ended."""
    joined = np.count_nonzero((segments[1:, :2] == segments[:-1, 2:]).all(axis=1))
    return bool(8 * joined > len(segments))


def _every(rows: NDArray[np.int64] | None, count: int, n: int) -> NDArray[np.int64]:
    """Indices of about every n-th vector of so many, evenly over the layer; `rows` as `_rows` says.

    Where all run in one direction, every n-th line is taken, with all the vectors on it: counting in firing
    order could leave out the same side of a hole in every line. Otherwise one of every n, at random but
    always the same.
    """
    if n == 1:
        return np.arange(count)
    if rows is not None:
        chosen = np.flatnonzero(rows % n == 0)
        if 0.5 < len(chosen) * n / count < 1.5:
            return chosen
    starts = np.arange(0, count, n)
    places: NDArray[np.int64] = starts + np.random.default_rng(0).integers(0, n, len(starts))
    return places.clip(max=count - 1)


def _rows(segments: NDArray[np.float64], distance_mm: float) -> NDArray[np.int64] | None:
    """(N,) number of the hatch line each vector lies on, or None when they run in several directions."""
    if not len(segments):
        return None
    way = (segments[:, 2] - segments[:, 0]) + 1j * (segments[:, 3] - segments[:, 1])
    length = np.abs(way)
    doubled = np.sum(way**2 / np.maximum(length, 1e-12))  # back and forth are one direction
    if abs(doubled) < 0.999 * length.sum():
        return None
    normal = 1j * np.sqrt(doubled / abs(doubled))
    middle = (segments[:, :2] + segments[:, 2:]) / 2 - segments[0, :2]
    across = middle[:, 0] * normal.real + middle[:, 1] * normal.imag
    rows: NDArray[np.int64] = np.floor(across / distance_mm + 0.25).astype(np.int64)
    return rows


def _rounded_up(number: int) -> int:
    """The next number that is easily said: up to 10 any, then 12, 15, 20, 25, 30, 40 and so on."""
    if number <= 10:
        return number
    unit = int(10 ** (len(str(number)) - 2))
    return next(
        step * unit for step in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100) if step * unit >= number
    )


def view_of(segments: NDArray[np.float32], plate: Bounds, width: float, height: float) -> Bounds:
    """What a panel of `width` × `height` in inches shows: all (N, 4) segments in mm, with the corners free.

    Without segments the whole plate; `plate` and the result are x0, y0, x1, y1 in mm.
    """
    if len(segments) == 0:
        return _view_around(np.array(plate, dtype=np.float64), 1.06, width / height)
    points = segments.reshape(-1, 2).astype(np.float64)
    bounds = np.concatenate([points.min(axis=0), points.max(axis=0)])
    starts, ends = points[0::2], points[1::2]
    samples = np.concatenate([starts + (ends - starts) * t for t in (0, 0.25, 0.5, 0.75, 1)])
    badge = 2 * BADGE_FROM_CORNER_IN
    scale = 1 + 2 * MARGIN
    while True:
        x0, y0, x1, y1 = view = _view_around(bounds, scale, width / height)
        x_in = (samples[:, 0] - x0) / (x1 - x0) * width
        y_in = (samples[:, 1] - y0) / (y1 - y0) * height
        is_badge = (np.minimum(x_in, width - x_in) < badge) & (np.minimum(y_in, height - y_in) < badge)
        is_scale = (width - x_in < SCALE_BAR_CORNER_IN[0]) & (y_in < SCALE_BAR_CORNER_IN[1])
        if scale > 1.5 or not (is_badge | is_scale).any():
            return view
        scale += 0.04


def _view_around(bounds: NDArray[np.float64], scale: float, aspect: float) -> Bounds:
    x, y = (bounds[:2] + bounds[2:]) / 2
    span_x, span_y = (bounds[2:] - bounds[:2]) * scale
    span_y = max(span_y, span_x / aspect, SMALLEST_VIEW_MM)
    span_x = span_y * aspect
    return float(x - span_x / 2), float(y - span_y / 2), float(x + span_x / 2), float(y + span_y / 2)


def common_box(a: Bounds, b: Bounds) -> Bounds | None:
    """The rectangle that both have in common, if it has an area."""
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def polylines(
    drawn: DrawnVectors,
) -> tuple[list[NDArray[np.float32]], NDArray[np.uint8], NDArray[np.uint8]]:
    """Contour vectors joined where one begins at the end of the one before; laser and region of each line."""
    segments, laser, region = drawn.contour, drawn.contour_laser, drawn.contour_region
    if len(segments) == 0:
        return [], laser, region
    begins = np.ones(len(segments), dtype=bool)
    begins[1:] = (laser[1:] != laser[:-1]) | (region[1:] != region[:-1])
    begins[1:] |= (segments[1:, :2] != segments[:-1, 2:]).any(axis=1)
    first = np.flatnonzero(begins)
    stops = [*first[1:].tolist(), len(segments)]
    lines = [
        np.concatenate([segments[a:b, :2], segments[b - 1 : b, 2:]])
        for a, b in zip(first.tolist(), stops, strict=True)
    ]
    return lines, laser[first], region[first]


def contour_width_pt(contours: list[NDArray[np.float32]], pt_per_mm: float) -> float:
    """Full width, but finer where the loops are so small that a full line would fill them."""
    if not contours:
        return style.LINE_PT
    sizes = [float(np.hypot(*(line.max(axis=0) - line.min(axis=0)))) for line in contours]
    return float(np.clip(np.median(sizes) * pt_per_mm / 12, 0.6, style.LINE_PT))


def field_borders(fields: Sequence[Bounds], plate: Bounds) -> NDArray[np.float64]:
    """(N, 4) float64, mm: edges of the fields, as far as they run inside the plate and not along its edge.

    Edges of two fields on one line are one line, lest their dashes fill each other's gaps.
    """
    spans: dict[tuple[bool, float], tuple[float, float]] = {}
    for field in fields:
        box = common_box(field, plate)
        if box is None:
            continue
        for is_vertical, low, high in ((True, 0, 2), (False, 1, 3)):
            start, stop = (box[1], box[3]) if is_vertical else (box[0], box[2])
            for place in (field[low], field[high]):
                if plate[low] + 1e-6 < place < plate[high] - 1e-6:
                    known = spans.get((is_vertical, place), (start, stop))
                    spans[is_vertical, place] = min(known[0], start), max(known[1], stop)
    lines = [
        (place, start, place, stop) if is_vertical else (start, place, stop, place)
        for (is_vertical, place), (start, stop) in spans.items()
    ]
    return np.array(lines, dtype=np.float64).reshape(-1, 4)


def shows_plate_edge(volume: BuildVolume, view: Bounds) -> bool:
    """Whether the outline of the plate runs through the view."""
    if volume.shape != "cylinder":
        return common_box(volume.bounds_mm, view) not in {None, view}
    centre = np.array(volume.centre_mm)
    low, high = np.array(view[:2]) - centre, np.array(view[2:]) - centre
    nearest = np.hypot(*np.clip(0, low, high))
    farthest = np.hypot(*np.maximum(np.abs(low), np.abs(high)))
    return bool(nearest <= volume.size_x_mm.value / 2 <= farthest)
