"""Oracles: areas by formula, and shapely on simple layers; random layers are in tests/properties."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amprep.hatching.lines import scan_region
from amprep.kernels.offset import offset_raw
from amprep.model.layer import Contours
from amprep.model.skins import SkinRule, Skins
from amprep.regions import LayerScans, core_of, skins, with_overlap, without_lowest

LAYER_MM = 0.04
NONE = Contours(np.empty((0, 2)), np.zeros(1, dtype=np.int64))
PLAIN = SkinRule(1)


def ragged(*loops):
    loops = [np.asarray(loop, dtype=np.float64) for loop in loops]
    return Contours(np.concatenate([np.empty((0, 2)), *loops]), np.cumsum([0, *map(len, loops)]))


def box(x0, y0, x1, y1):
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def hole(x0, y0, x1, y1):
    return box(x0, y0, x1, y1)[::-1]


def ring(radius, corners=180, x=0.0, y=0.0):
    angle = 2.0 * np.pi * np.arange(corners) / corners
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def found(region, above=(), below=(), *, up=PLAIN, down=PLAIN, **options):
    return skins(
        region,
        above,
        below,
        layer_thickness_mm=LAYER_MM,
        upskin=up,
        downskin=down,
        on_platform=True,
        **options,
    )


def assert_parts_the_layer(region, result):
    core = core_of(region, result)
    total = core.area_mm2 + result.upskin.area_mm2 + result.downskin.area_mm2
    assert total == pytest.approx(region.area_mm2, abs=1e-6)


def assert_shares_the_lines(region, result, overlap_mm=0.2):
    """Core and skins are hatched on the lines of the layer, each place once but for the overlap."""
    if not len(result.upskin) and not len(result.downskin):
        return
    raw = offset_raw(region.points, region.offsets, 0.1)

    def length(**limits):
        lines = scan_region(*raw, angle_rad=1.1, distance_mm=0.2, **limits)
        return float((lines.pieces[:, 1] - lines.pieces[:, 0]).sum()) + lines.short_mm - lines.overlap_mm

    up, down = result.upskin, result.downskin
    whole = length()
    core = length(outside=[up, down])
    upskin = length(inside=with_overlap(up, overlap_mm), outside=[down], proper=up)
    downskin = length(inside=with_overlap(down, overlap_mm), outside=[up], proper=down)
    assert core + upskin + downskin == pytest.approx(whole, abs=0.02 + 1e-5 * whole)


SQUARE = ragged(box(0, 0, 10, 10))


def test_vertical_walls_have_no_skins():
    turned = ragged([(10, 0), (10, 10), (0, 10), (0, 0)])
    for neighbour in (SQUARE, turned):
        result = found(SQUARE, [neighbour], [neighbour])
        assert len(result.upskin) == len(result.downskin) == 0


def test_a_step_leaves_its_tread():
    result = found(SQUARE, [ragged(box(0, 0, 7, 10))])
    assert result.upskin.area_mm2 == pytest.approx(30.0, abs=1e-9)
    assert result.upskin.points[:, 0].min() == 7.0
    assert len(result.downskin) == 0
    assert_parts_the_layer(SQUARE, result)


def test_without_a_layer_above_all_is_upskin_and_the_platform_carries():
    result = found(SQUARE)
    assert result.upskin is SQUARE
    assert len(result.downskin) == 0
    assert found(SQUARE, [NONE], [SQUARE]).upskin is SQUARE


def test_what_hangs_in_the_powder_is_downskin_also_where_nothing_is_above():
    result = skins(SQUARE, [], [], layer_thickness_mm=LAYER_MM, upskin=PLAIN, downskin=PLAIN)
    assert result.downskin is SQUARE
    assert len(result.upskin) == 0


def test_downskin_wins_where_a_place_is_both():
    result = found(SQUARE, [ragged(box(0, 0, 7, 10))], [ragged(box(2, 0, 8, 10))])
    assert result.downskin.area_mm2 == pytest.approx(40.0, abs=1e-9)
    assert result.upskin.area_mm2 == pytest.approx(10.0, abs=1e-9), "from 7 to 8 only"
    assert_parts_the_layer(SQUARE, result)


def test_material_must_be_there_in_all_layers_asked_for():
    layers = [ragged(box(0, 0, 10, 9)), ragged(box(1, 0, 10, 10)), ragged(box(0, 0, 10, 10))]
    for count, area in ((0, 0.0), (1, 10.0), (2, 19.0), (3, 19.0), (4, 100.0)):
        result = found(SQUARE, layers, up=SkinRule(count))
        assert result.upskin.area_mm2 == pytest.approx(area, abs=1e-9), count
        assert_parts_the_layer(SQUARE, result)


def test_strips_narrower_than_the_width_go_to_the_core_and_squares_keep_their_corners():
    strip, tile = hole(1, 1, 9, 1.2), hole(3, 3, 4, 4)
    above = ragged(box(0, 0, 10, 10), strip, tile)
    result = found(SQUARE, [above], up=SkinRule(1, min_width_mm=0.5))
    assert result.upskin.area_mm2 == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(
        sorted(map(tuple, result.upskin.points)), [(3, 3), (3, 4), (4, 3), (4, 4)], atol=2e-6
    )
    assert_parts_the_layer(SQUARE, result)
    thin = found(SQUARE, [above], up=SkinRule(1, min_width_mm=0.19))
    assert thin.upskin.area_mm2 == pytest.approx(2.6, abs=1e-6)


@pytest.mark.parametrize("width", [0.02, 0.3])
def test_a_slope_is_a_skin_up_to_the_largest_angle_and_then_whole(width):
    """A cone's strips: all of the strip, or nothing."""
    region = ragged(ring(10.0))
    for angle, is_skin in ((5.0, True), (29.0, True), (31.0, False), (60.0, False)):
        step = LAYER_MM / math.tan(math.radians(angle))
        above = [ragged(ring(10.0 - j * step)) for j in (1, 2, 3)]
        rule = SkinRule(3, max_angle_deg=30.0, min_width_mm=min(width, step))
        area = region.area_mm2 - above[2].area_mm2 if is_skin else 0.0
        result = found(region, above, up=rule)
        assert result.upskin.area_mm2 == pytest.approx(area, rel=1e-6, abs=1e-5), angle
        assert_parts_the_layer(region, result)


def test_a_pyramid_has_no_skin_at_its_corners_either():
    step = LAYER_MM / math.tan(math.radians(50.0))
    above = [ragged(box(j * step, j * step, 10 - j * step, 10 - j * step)) for j in (1, 2, 3)]
    assert len(found(SQUARE, above, up=SkinRule(3, max_angle_deg=45.0)).upskin) == 0


def test_what_is_flat_ends_where_the_steep_begins():
    """A tread 2 mm wide whose front goes on as a steep slope around the rest of the layer."""
    above = ragged(box(0.02, 0.02, 8, 9.98))
    result = found(SQUARE, [above], up=SkinRule(1, max_angle_deg=45.0))
    assert result.upskin.area_mm2 == pytest.approx(20.0, abs=1e-6)
    assert result.upskin.points[:, 0].min() == pytest.approx(8.0, abs=2e-6)
    assert_parts_the_layer(SQUARE, result)


def test_neighbours_may_overlap_and_have_holes_by_parity():
    both = ragged(box(0, 0, 7, 10), box(5, 0, 10, 10))
    assert len(found(SQUARE, [both]).upskin) == 0
    assert found(SQUARE, [both], even_odd=True).upskin.area_mm2 == pytest.approx(20.0, abs=1e-9)
    rule = SkinRule(1, min_width_mm=0.3)
    assert found(SQUARE, [both], even_odd=True, up=rule).upskin.area_mm2 == pytest.approx(20.0, abs=1e-6)


def test_small_treads_on_a_large_layer_are_found_wherever_they_lie():
    region = ragged(box(-200, -200, 200, 200))
    places = [(-199.5, -199.5), (0.0, 0.0), (63.2, -120.7), (199.0, 199.0), (-0.3, 150.0)]
    above = ragged(box(-200, -200, 200, 200), *(hole(x, y, x + 0.5, y + 0.5) for x, y in places))
    result = found(region, [above], up=SkinRule(1, min_width_mm=0.4))
    assert len(result.upskin) == len(places)
    assert result.upskin.area_mm2 == pytest.approx(0.25 * len(places), abs=1e-6)


def test_remembered_scans_change_nothing():
    layers = [ragged(ring(10.0 - 0.1 * k * k, x=20.0)) for k in range(8)]
    rule = SkinRule(2, min_width_mm=0.3)
    scans = LayerScans()
    for k in range(2, 6):
        above, below = layers[k + 1 : k + 3], layers[k - 1 : k - 3 : -1]
        alone = found(layers[k], above, below, up=rule, down=rule)
        shared = found(layers[k], above, below, up=rule, down=rule, scans=scans)
        assert alone.upskin.area_mm2 > 1.0
        for one, other in ((alone.upskin, shared.upskin), (alone.downskin, shared.downskin)):
            np.testing.assert_array_equal(one.points, other.points)
            np.testing.assert_array_equal(one.offsets, other.offsets)


def test_what_the_kernels_give_up_the_library_finds(monkeypatch):
    from amprep import regions

    above = ragged(box(0, 0, 7, 10))
    none = np.empty((0, 2)), np.zeros(1, dtype=np.int64), 0.0
    monkeypatch.setattr(regions, "boundary", lambda *_, **__: (regions.FAILED, *none))
    result = found(SQUARE, [above], up=SkinRule(1, min_width_mm=0.5))
    assert result.upskin.area_mm2 == pytest.approx(30.0, abs=1e-6)


def test_a_grown_skin_reaches_over_its_border():
    skin = ragged(box(0, 0, 4, 4))
    assert with_overlap(skin, 0.0) is skin
    assert with_overlap(skin, 0.5).area_mm2 == pytest.approx(25.0, abs=1e-9)
    assert with_overlap(NONE, 0.5) is NONE


def test_the_lowest_layers_of_an_overhang_are_left_out():
    post, roof = ragged(box(0, 0, 4, 10)), SQUARE
    stack = [post] * 3 + [roof] * 4
    areas = []
    for k in range(7):
        reduced, removed = without_lowest(stack[k], stack[:k][::-1], layers=2, on_platform=True)
        areas.append((reduced.area_mm2, removed))
    np.testing.assert_allclose(areas, [(40, 0)] * 3 + [(40, 60)] * 2 + [(100, 0)] * 2, atol=1e-9)
    hanging, removed = without_lowest(roof, [], layers=2)
    assert len(hanging) == 0
    assert removed == pytest.approx(100.0)
    assert without_lowest(roof, [], layers=0) == (roof, 0.0)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"layers": -1}, "layers"),
        ({"layers": 1, "min_width_mm": -0.1}, "min_width_mm"),
        ({"layers": 1, "max_angle_deg": 0.0}, "max_angle_deg"),
        ({"layers": 1, "max_angle_deg": 91.0}, "max_angle_deg"),
        ({"layers": 1, "min_width_mm": math.nan}, "min_width_mm"),
        ({"layers": 1, "overlap_mm": -1.0}, "overlap_mm"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name(wrong, name):
    with pytest.raises(ValueError, match=name):
        SkinRule(**wrong)


def test_skins_stay_read_only_when_pickled():
    import pickle

    again = pickle.loads(pickle.dumps(Skins(SQUARE, NONE)))
    assert not again.upskin.points.flags.writeable


def test_skins_of_a_real_part_part_each_layer(shared_mesh):
    from amprep.contouring import contours
    from amprep.polygons import contour_band

    path = shared_mesh("trimesh__featuretype.STL")
    stacks = list(contours(path, layer_thickness_mm=0.5, unit="mm", workers=1))
    layers = [contour_band(s.layer(i), 0.05).region for s in stacks for i in range(len(s))]
    rule = SkinRule(3, min_width_mm=0.3)
    seen = 0.0
    scans = LayerScans()
    for k, region in enumerate(layers):
        result = found(
            region,
            layers[k + 1 : k + 4],
            layers[max(0, k - 3) : k][::-1],
            up=rule,
            down=rule,
            clean=True,
            scans=scans,
        )
        seen += result.upskin.area_mm2
        assert_parts_the_layer(region, result)
        assert_shares_the_lines(region, result)
    assert seen > 0.0


def test_a_skin_may_reach_over_a_thousand_layers():
    """A pyramid whose steps are 1 µm: what the last layer of the reach leaves open is the skin."""
    layers = [ragged(box(0, 0, 10 - 0.001 * i, 10)) for i in range(1200)]
    made = skins(
        layers[0],
        layers[1:],
        (),
        layer_thickness_mm=LAYER_MM,
        upskin=SkinRule(1100, min_width_mm=0.3),
        downskin=SkinRule(0),
        clean=True,
    )
    assert made.upskin.area_mm2 == pytest.approx(1.1 * 10, abs=1e-6), "mm²"
