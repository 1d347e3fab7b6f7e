"""Oracle: each vector is laid down as a strip as wide as the hatch distance, on a fine grid of places.

How often a place is covered, how far it lies from the region's boundary (shapely) and from the border of its
stripe or island (from the lattice of their middles) tell whether anything is missed or exposed twice.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from amprep.hatching.patterns import PATTERNS, Pattern, lay_pattern

H_MM = 0.2
CELL_MM = 2.0
PIXEL_MM = 0.06 * math.sqrt(1.17)
ANGLES = [0.0, 67.0, 211.0]
STRAIGHT = [kind for kind in PATTERNS if kind != "concentric"]


def ring(x, y, radius, count=40, turn=0.1):
    angle = turn + 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def rectangle(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def part():
    """A disc with a hole, a bar, a wedge, and a wall that is thinner than two strips."""
    wedge = np.array([(8.0, -6.0), (14.0, -6.0), (14.0, -4.5)])
    return [
        ring(0, 0, 5.0),
        ring(1.0, 0.7, 1.6)[::-1],
        rectangle(7.0, -3.1, 10.3, 4.2),
        wedge,
        rectangle(7.0, 5.0, 13.0, 5.33),
    ]


def ragged(loops):
    offsets = np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64)
    return np.concatenate(loops), offsets


def polygon_of(loops):
    shape = shapely.Polygon(loops[0], [loops[1]])
    return shapely.union_all([shape, *(shapely.Polygon(loop) for loop in loops[2:])])


def pixels(polygon):
    """Places inside of a region, and their distances from its boundary, mm."""
    x0, y0, x1, y1 = polygon.bounds
    x, y = np.meshgrid(np.arange(x0 + 0.011, x1, PIXEL_MM), np.arange(y0 + 0.017, y1, PIXEL_MM))
    shapely.prepare(polygon)
    inside = shapely.contains_xy(polygon, x.ravel(), y.ravel())
    places = np.column_stack([x.ravel(), y.ravel()])[inside]
    return places, shapely.distance(polygon.boundary, shapely.points(places))


def strips(segments, places, width_mm=H_MM):
    """How many strips cover each place; one ends where its vector ends."""
    covered = np.zeros(len(places), dtype=int)
    for x0, y0, x1, y1 in segments.astype(np.float64):
        length = math.hypot(x1 - x0, y1 - y0)
        c, s = (x1 - x0) / length, (y1 - y0) / length
        dx, dy = places[:, 0] - x0, places[:, 1] - y0
        along, across = dx * c + dy * s, dy * c - dx * s
        covered += (along >= 0) & (along < length) & (across >= -0.5 * width_mm) & (across < 0.5 * width_mm)
    return covered


def border_mm(places, pattern):
    """Distance of each place from the border of its stripe or island: half-way to the next middle."""
    if pattern.kind not in {"stripes", "chess", "hexagon"}:
        return np.full(len(places), np.inf)
    angle = math.radians(pattern.angle_deg)
    c, s = math.cos(angle), math.sin(angle)
    away = places - pattern.origin_mm
    u, v = away[:, 0] * c + away[:, 1] * s, away[:, 1] * c - away[:, 0] * s
    if pattern.kind == "stripes":
        return np.abs((u / CELL_MM - 0.5) - np.round(u / CELL_MM - 0.5)) * CELL_MM
    # The own middle and its neighbours are among those around the nearest column and row.
    near = [(i, j) for i in range(-3, 4) for j in range(-3, 4)]
    if pattern.kind == "chess":
        steps = np.array([(CELL_MM, 0.0), (0.0, CELL_MM)])
    else:
        steps = np.array([(CELL_MM * math.sqrt(3) / 2, 0.5 * CELL_MM), (0.0, CELL_MM)])
    at = np.column_stack([u, v])
    base = np.round(at @ np.linalg.inv(steps))
    middles = (base[:, None, :] + np.array(near)) @ steps
    square = ((middles - at[:, None, :]) ** 2).sum(axis=2)
    own = middles[np.arange(len(at)), square.argmin(axis=1)]
    between = np.hypot(*np.moveaxis(middles - own[:, None, :], 2, 0))
    between[between < 1e-9] = np.nan
    found: np.ndarray = np.nanmin((square - square.min(axis=1)[:, None]) / (2 * between), axis=1)
    return found


def sound(segments, polygon):
    assert np.isfinite(segments).all()
    ends = segments.astype(np.float64).reshape(-1, 2, 2)
    assert np.hypot(*(ends[:, 1] - ends[:, 0]).T).min() > 0.9e-3, "mm"
    beyond = shapely.distance(polygon, shapely.linestrings(ends))
    outside = shapely.difference(shapely.multilinestrings(list(ends)), polygon.buffer(1e-3)).length
    assert beyond.max() <= 1e-3, "mm outside"
    assert outside == 0.0, "mm of vectors more than 1 µm outside"


@pytest.mark.parametrize("gas", [None, 30.0])
@pytest.mark.parametrize("overlap", [0.0, 0.1])
@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("kind", STRAIGHT)
def test_every_place_is_exposed_once_but_for_the_stated_overlaps(kind, angle, overlap, gas):
    loops, polygon = part(), polygon_of(part())
    pattern = Pattern(kind, angle, H_MM, CELL_MM, overlap, (0.37, 0.11), (0.5, -0.2), gas)
    hatch = lay_pattern(*ragged(loops), pattern)
    sound(hatch.segments, polygon)
    assert hatch.line_mm * H_MM == pytest.approx(polygon.area, rel=0.01), "mm²"

    places, deep = pixels(polygon)
    border = border_mm(places, pattern)
    covered = strips(hatch.segments, places)
    # Nearer to the boundary than half a distance a line may end before or run past a place.
    inner = deep > 0.5 * H_MM
    # The slanted sides of hexagons end lines in steps: cut short on one side, too long on the other.
    steps = 0.25 * H_MM if kind == "hexagon" else 0.0
    plain = inner & (border > 0.5 * overlap + steps + 1e-4)
    assert (covered[plain] == 1).all(), f"{np.count_nonzero(covered[plain] != 1)} of {plain.sum()} places"
    if kind == "stripes":
        seam = inner & (border < 0.5 * overlap - 1e-4)
        assert (covered[seam] == 2).mean() > 0.98 if overlap else True
    assert covered.max() <= (1 if kind in {"meander", "unidirectional"} else 2 if kind == "stripes" else 3)
    if overlap >= 2 * steps:
        assert (covered[inner] > 0).all(), "no place is missed at a seam"


@pytest.mark.parametrize("kind", ["chess", "hexagon"])
def test_islands_that_are_no_multiple_of_the_distance_miss_no_more_than_half_of_it(kind):
    """Beside a side that runs along the lines half a distance at most is missed or exposed twice."""
    loops, polygon = part(), polygon_of(part())
    pattern = Pattern(kind, 20.0, 0.17, CELL_MM)
    hatch = lay_pattern(*ragged(loops), pattern)
    places, deep = pixels(polygon)
    covered = strips(hatch.segments, places, 0.17)
    plain = (deep > 0.5 * 0.17) & (border_mm(places, pattern) > 0.5 * 0.17)
    assert (covered[plain] == 1).all()
    inner = deep > 0.5 * 0.17
    assert (covered[inner] == 0).mean() < 0.03
    assert (covered[inner] > 1).mean() < 0.03


def taken_apart(segments):
    """Closed curves (chained by equal ends) and single vectors of a concentric hatch."""
    rings, lines, chain = [], [], []
    for row in segments:
        if chain and (chain[-1][2:] != row[:2]).any():
            lines.extend(chain)
            chain = []
        chain.append(row)
        if (chain[0][:2] == row[2:]).all():
            rings.append(np.array(chain))
            chain = []
    return rings, np.array(lines + chain)


@pytest.mark.parametrize("angle", ANGLES)
def test_concentric_curves_cover_every_place_once(angle):
    loops, polygon = part(), polygon_of(part())
    hatch = lay_pattern(*ragged(loops), Pattern("concentric", angle, H_MM, anchor_mm=(3.0, 1.0)))
    sound(hatch.segments, polygon)
    assert hatch.line_mm * H_MM == pytest.approx(polygon.area, rel=0.01), "mm²"
    rings, lines = taken_apart(hatch.segments)
    assert len(rings) > 20
    places, deep = pixels(polygon)
    by_line = strips(lines, places)
    by_ring = np.zeros(len(places), dtype=int)
    for one in rings:
        strip = shapely.LinearRing(one[:, :2].astype(np.float64)).buffer(0.5 * H_MM, join_style="mitre")
        by_ring += shapely.contains_xy(strip, *places.T)
    inner = deep > 0.5 * H_MM
    assert (by_ring[inner] > 1).mean() < 0.002, "where a curve has a corner beside a curve with none"
    # What no curve reaches is narrow, so ends of lines are most of it: on the whole they cover it once.
    rest = by_ring == 0
    assert 0.01 < rest.mean() < 0.1
    # Lines 0.2 mm apart sample a rest that is 0.1 to 0.3 mm wide.
    assert by_line.sum() == pytest.approx(rest.sum(), rel=0.15)
    assert (by_line[rest] > 0).mean() > 0.8
    assert (by_line[~rest] > 0).mean() < 0.02
    assert (by_line + by_ring).max() <= 2


def test_concentric_curves_come_from_the_outside_in_body_by_body():
    loops = [rectangle(0.0, 0.0, 4.1, 5.1), rectangle(6.0, 0.0, 10.1, 5.1)]
    hatch = lay_pattern(*ragged(loops), Pattern("concentric", 0.0, H_MM))
    rings, lines = taken_apart(hatch.segments)
    assert len(rings) == 20
    # 0.1 by 1.1 mm are left in the middle of each.
    assert len(lines) in {10, 11, 12}
    assert np.abs(lines[:, [0, 2]] % 6.0 - 2.05).max() <= 0.0501, "mm"
    assert np.abs(lines[:, [1, 3]] - 2.55).max() <= 0.5501, "mm"
    sizes = [np.ptp(one[:, 0]) for one in rings]
    expected = [4.1 - H_MM * (2 * i + 1) for i in range(10)]
    assert sizes == pytest.approx(expected + expected, abs=1e-5), "mm"
    assert np.diff(hatch.block_offsets).sum() == 80 + len(lines)
    assert len(hatch.block_offsets) == 3
    body = hatch.segments[:, 0] > 5.0
    assert np.count_nonzero(np.diff(body)) == 1


@pytest.mark.parametrize("width", [0.05, 0.19, 0.21, 0.3, 0.39, 0.41, 0.75])
def test_concentric_fills_what_is_too_thin_for_two_strips(width):
    hatch = lay_pattern(*ragged([rectangle(0.0, 0.0, 30.0, width)]), Pattern("concentric", 67.0, H_MM))
    assert (hatch.line_mm + hatch.short_mm) * H_MM == pytest.approx(30.0 * width, rel=0.02), "mm²"
