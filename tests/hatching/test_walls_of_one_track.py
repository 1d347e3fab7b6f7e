"""Walls just as wide as a track get one, not a contour there and back; oracle: their lengths."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.affinity

from amprep.hatching.exposing import expose
from amprep.kernels.areas import loop_sizes, signed_area
from amprep.model.scan import Region
from amprep.polygons import contour_band, contours_of
from amprep.profiles import find_process_by_id

PROCESS = find_process_by_id("m400_4_316l_40um")
TRACK_MM = 2.0 * PROCESS.contour.beam_offset_mm.value


def in_file(shape):
    """Loops of a shape with the digits that an STL keeps, far from the origin."""
    loops = []
    for one in shapely.get_parts(shape):
        polygon = shapely.geometry.polygon.orient(one)
        loops += [np.asarray(ring.coords)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
    return contours_of([loop.astype(np.float32).astype(np.float64) for loop in loops])


def lengths(exposed):
    ends = exposed.segments.astype(np.float64)
    length = np.hypot(*(ends[:, 2:] - ends[:, :2]).T)
    return {Region(r): length[exposed.region == r].sum() for r in np.unique(exposed.region)}


def wall(x, width, *, turned=False):
    box = shapely.box(x - width / 2, 100.0, x + width / 2, 110.0)
    return shapely.affinity.rotate(box, 90, origin=(150.0, 105.0)) if turned else box


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("more_mm", [-1e-4, -1e-6, 0.0, 1e-6, 1e-5, 1e-4])
def test_walls_of_a_track_get_one_track_each(more_mm, turned):
    walls = [wall(191.0 + 2 * k, TRACK_MM + more_mm, turned=turned) for k in range(10)]
    exposed = expose(in_file(shapely.union_all(walls)), PROCESS, 0)
    found = lengths(exposed)
    assert set(found) == {Region.EDGE}
    assert found[Region.EDGE] == pytest.approx(10 * (10.0 - TRACK_MM), abs=0.2), "mm"
    assert exposed.areas.lost_mm2 == pytest.approx(0.0, abs=1e-3)
    assert exposed.areas.edged_mm2 == pytest.approx(10.0, rel=0.01), "mm²"


def test_a_frame_of_such_walls_has_no_contour():
    """Walls that cross and close: outer and inner contours lie on each other."""
    bars = [wall(150.0 + 2 * k, TRACK_MM, turned=turned) for k in (-2, 0, 2) for turned in (False, True)]
    ring = (
        shapely.Point(170.0, 105.0).buffer(4.0).difference(shapely.Point(170.0, 105.0).buffer(4.0 - TRACK_MM))
    )
    exposed = expose(in_file(shapely.union_all([*bars, ring])), PROCESS, 0)
    assert set(lengths(exposed)) == {Region.EDGE}
    assert exposed.areas.lost_mm2 == pytest.approx(0.0, abs=1e-3)


def test_thicker_walls_keep_their_contours():
    band = contour_band(in_file(wall(191.0, TRACK_MM + 0.001)), TRACK_MM / 2)
    assert len(band.path) == 1
    exposed = expose(in_file(wall(191.0, TRACK_MM + 0.001)), PROCESS, 0)
    assert Region.CONTOUR in lengths(exposed)


def test_sizes_of_loops():
    rng = np.random.default_rng(5)
    rings = [shapely.Point(*rng.uniform(0, 300, 2)).buffer(rng.uniform(0.1, 9)) for _ in range(7)]
    loops = [np.asarray(ring.exterior.coords)[:-1][:: 1 if k % 2 else -1] for k, ring in enumerate(rings)]
    given = contours_of(loops)
    areas, length, boxes = loop_sizes(given.points, given.offsets)
    assert np.abs(areas) == pytest.approx([ring.area for ring in rings])
    assert areas.sum() == pytest.approx(signed_area(given.points, given.offsets))
    assert length == pytest.approx([ring.length for ring in rings])
    assert boxes == pytest.approx(np.array([ring.bounds for ring in rings]))
    none = loop_sizes(np.empty((0, 2)), np.zeros(1, dtype=np.int64))
    assert [len(one) for one in none] == [0, 0, 0]
