"""Oracles: boxes and circles by formula; overlaps of boxes by their corners."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import CrossSection

from amprep.demonstrators.primitives import box, cylinder
from amprep.demonstrators.solids import mesh_of_solid
from amprep.errors import BuildError
from amprep.model.mesh import Mesh
from amprep.placement.collisions import require_apart
from amprep.placement.fit import excess_mm, require_fit, require_layers
from amprep.placement.footprint import boxes_share
from amprep.placement.rows import Footprint, row_positions
from amprep.placement.transform import part_transform, rotated_bounds_mm, rotation_matrix
from amprep.profiles import find_machine


@pytest.fixture(scope="module")
def m400():
    return find_machine("m400-4")


@pytest.fixture(scope="module")
def m100():
    return find_machine("m100")


def refused(part, machine, others=()):
    with pytest.raises(BuildError) as caught:
        require_fit(part, machine, lambda: others)
    assert caught.value.code == "E401"
    assert caught.value.where == part.name
    return caught.value


# --- transform ---------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.tuples(*[st.floats(-360, 360)] * 3))
def test_rotations_turn_about_x_then_y_then_z(angles):
    expected = np.eye(4)
    for angle, axis in zip(angles, np.eye(3), strict=True):
        expected = trimesh.transformations.rotation_matrix(math.radians(angle), axis) @ expected
    np.testing.assert_allclose(rotation_matrix(angles), expected[:3, :3], atol=1e-14)


def test_quarter_turns_are_exact():
    for angles in itertools.product((-90.0, 0.0, 90.0, 180.0, 450.0), repeat=3):
        matrix = rotation_matrix(angles)
        assert set(np.abs(matrix).ravel()) <= {0.0, 1.0}
        assert np.linalg.det(matrix) == 1.0


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.tuples(*[st.floats(-180, 180)] * 3), st.tuples(*[st.floats(-100, 100)] * 2, st.floats(0, 50)))
def test_a_part_stands_with_its_middle_and_foot_at_its_position(angles, position):
    mesh = cylinder(7.0, 13.0, 9)
    placed = mesh.vertices @ part_transform(mesh, position, angles)[:3, :3].T
    placed += part_transform(mesh, position, angles)[:3, 3]
    low, high = placed.min(axis=0), placed.max(axis=0)
    assert (low + high)[:2] / 2 == pytest.approx(position[:2], abs=1e-9), "mm"
    assert low[2] == pytest.approx(position[2], abs=1e-9), "mm"
    assert rotated_bounds_mm(mesh, angles)[1] - rotated_bounds_mm(mesh, angles)[0] == pytest.approx(
        high - low
    )


# --- how much of the platform ---------------------------------------------------------------------------


def test_boxes_cover_what_lies_on_the_platform_and_once(m400, m100):
    def share(machine, *boxes):
        return boxes_share(np.array(boxes, dtype=float).reshape(-1, 2, 2), machine.build_volume)

    large = (5, 5, 395, 395)
    assert share(m400, large) == pytest.approx(0.9506, abs=1e-4)
    assert share(m400, large, large, (100, 100, 300, 300)) == pytest.approx(share(m400, large))
    assert share(m400, (0, 0, 20, 10), (10, 5, 30, 15), (100, 0, 110, 10)) == pytest.approx(450 / 160000)
    assert share(m100, (-5, -5, 5, 5)) == pytest.approx(100 / (math.pi / 4 * 100**2))
    assert share(m100, (-50, -50, 50, 50)) == pytest.approx(1.0, rel=1e-3)
    assert share(m100, (0, 0, 50, 50), (-50, -50, 0, 0)) == pytest.approx(0.5, rel=1e-3)


# --- fit -----------------------------------------------------------------------------------------------


def test_a_part_of_the_size_of_the_build_space_fits(m400, m100, placed):
    notices = require_fit(placed(box((400.0, 400.0, 400.0)), (200, 200, 0)), m400, list)
    assert [n.code for n in notices] == ["W218", "W405"]
    assert "400 mm, which is third party no address; it" in notices[0].text
    assert [n.code for n in require_fit(placed(cylinder(100.0, 95.0), (0, 0, 0)), m100, list)] == [
        "W218",
        "W405",
    ]


@pytest.mark.parametrize(("margin", "warned"), [(4.9, True), (4.9999, False), (5.1, False)])
def test_a_part_near_the_edge_is_remarked_upon(m400, m100, placed, margin, warned):
    in_box = placed(box((20.0, 20.0, 5.0)), (10 + margin, 200, 0))
    side = 2 * (50 - margin) * math.sqrt(0.5)
    in_cylinder = placed(box((side, side, 5.0)), (0, 0, 0))
    for part, machine in ((in_box, m400), (in_cylinder, m100)):
        notices = require_fit(part, machine, list)
        assert [n.code for n in notices] == (["W405"] if warned else [])
        if warned:
            assert notices[0].values["margin_mm"] == pytest.approx(margin, abs=1e-3), "mm"


def test_by_how_much_a_part_sticks_out_of_a_box(m400, placed):
    volume = m400.build_volume
    assert excess_mm(placed(box((420.0, 10.0, 10.0)), (200, 200, 0)).placed_vertices_mm, volume) == (
        pytest.approx(10.0),
        0.0,
    )
    assert excess_mm(placed(box((10.0, 10.0, 10.0)), (3, 200, 395)).placed_vertices_mm, volume) == (
        pytest.approx(2.0),
        pytest.approx(5.0),
    )


def test_by_how_much_a_part_sticks_out_of_a_cylinder(m100, placed):
    """The corner of a square of 80 mm lies 56.57 mm from the axis."""
    part = placed(box((80.0, 80.0, 10.0)))
    assert excess_mm(part.placed_vertices_mm, m100.build_volume) == (
        pytest.approx(40 * math.sqrt(2) - 50),
        0.0,
    )
    error = refused(part, m100)
    assert "13.1 mm too wide" in error.what
    assert "Ø 100 × 95 mm" in error.what
    assert "80.0 × 80.0 × 10.0 mm" in error.what


def test_a_part_beside_the_platform_is_told_to_move(m400, placed):
    error = refused(placed(box((50.0, 50.0, 10.0)), (390, 200, 0)), m400)
    assert "15.0 mm over the edge" in error.what
    assert "position_mm = [200, 200]" in error.fix


def test_a_part_too_high_is_told_by_how_much(m100, placed):
    error = refused(placed(box((20.0, 20.0, 97.5))), m100)
    assert "2.5 mm too high" in error.what
    assert "rotate it 90°" in error.fix


def test_a_part_that_fits_elsewhere_or_turned_is_told_so(m100, m400, placed):
    error = refused(placed(box((60.0, 20.0, 120.0))), m100, [m100, m400])
    assert "--machine m400-4" in error.fix
    error = refused(placed(box((500.0, 20.0, 20.0)), (200, 200, 0)), m400)
    assert "rotate it 45° about z" in error.fix


@pytest.mark.parametrize("size", [(500.0, 20.0, 20.0), (20.0, 30.0, 640.0), (410.0, 410.0, 410.0)])
def test_what_a_remedy_promises_holds(m400, placed, size):
    """The scale and the angle that the message names make the part fit, and a hundredth more does not."""
    fix = refused(placed(box(size), (200, 200, 0)), m400).fix
    scale = float(re.search(r"scale it by ([\d.]+)", fix)[1])

    def fits(factor):
        part = placed(box(tuple(factor * s for s in size)), (200, 200, 0))
        return excess_mm(part.placed_vertices_mm, m400.build_volume) == (0.0, 0.0)

    assert fits(scale)
    assert not fits(scale + 0.01)
    turn = re.search(r"rotate it ([\d.]+)° about ([xyz])", fix)
    if turn:
        rotation = [0.0, 0.0, 0.0]
        rotation["xyz".index(turn[2])] = float(turn[1])
        part = placed(box(size), (200, 200, 0), rotation_deg=tuple(rotation))
        assert excess_mm(part.placed_vertices_mm, m400.build_volume) == (0.0, 0.0)


def test_the_scale_of_a_part_a_thousand_times_too_large_is_not_nought(m100, placed):
    fix = refused(placed(box((90_000.0, 10.0, 1.0))), m100).fix
    assert float(re.search(r"scale it by ([\d.]+)", fix)[1]) > 0.0


@pytest.mark.parametrize("size", [(10_000.0, 6000.0, 4000.0), (45_500.0, 10.0, 1.0)])
def test_the_scale_of_a_part_hundreds_of_times_too_large_makes_it_fit(m100, placed, size):
    """0.00857 told as 0.0086 would be too much."""
    scale = float(re.search(r"scale it by ([\d.]+)", refused(placed(box(size)), m100).fix)[1])
    assert 0.9 * 100 / np.hypot(*size[:2]) < scale <= 100 / np.hypot(*size[:2])


def test_unused_vertices_do_not_count(m400, placed):
    mesh = box((10.0, 10.0, 10.0))
    mesh = Mesh(np.concatenate([mesh.vertices, [[1e4, 0, 0]]]), mesh.faces)
    assert require_fit(placed(mesh, (100, 100, 0)), m400, list) == []


def test_a_part_thinner_than_half_a_layer_is_refused(placed):
    require_layers(placed(box((10.0, 10.0, 0.021))), 0.04)
    with pytest.raises(BuildError) as caught:
        require_layers(placed(box((10.0, 10.0, 0.0199))), 0.04)
    assert caught.value.code == "E403"
    assert "40 µm" in caught.value.what


# --- rows ----------------------------------------------------------------------------------------------


def assert_apart(footprints, centres, gap):
    rectangles = [
        (x - f.width_mm / 2, y - f.depth_mm / 2, x + f.width_mm / 2, y + f.depth_mm / 2)
        for f, (x, y) in zip(footprints, centres, strict=True)
    ]
    for a, b in itertools.combinations(rectangles, 2):
        apart = max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3])
        assert apart >= gap - 1e-9, "mm between parts"
    return rectangles


footprint = st.builds(Footprint, st.floats(0.1, 150), st.floats(0.1, 150))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(footprint, min_size=1, max_size=30), st.floats(0, 20), st.sampled_from(["m400-4", "m100"]))
def test_parts_in_rows_keep_their_gap_and_stand_about_the_middle(footprints, gap, machine):
    volume = find_machine(machine).build_volume
    centres = row_positions(footprints, volume, gap_mm=gap)
    rectangles = np.array(assert_apart(footprints, centres, gap))
    heights = np.round([y for _, y in centres], 6)
    edges = []
    for y in np.unique(heights):
        row = rectangles[heights == y]
        assert (row[:, 0].min() + row[:, 2].max()) / 2 == pytest.approx(volume.centre_mm[0], abs=1e-6), "mm"
        depth = (row[:, 3] - row[:, 1]).max()
        edges += [y - depth / 2, y + depth / 2]
        if len(row) > 1:
            assert np.ptp(row[:, [0, 2]]) <= volume.size_x_mm.value + 1e-9, "mm wide"
    assert (min(edges) + max(edges)) / 2 == pytest.approx(volume.centre_mm[1], abs=1e-5), "mm"


def test_one_part_stands_in_the_middle(m400, m100):
    assert row_positions([Footprint(30, 20)], m400.build_volume) == [(200.0, 200.0)]
    assert row_positions([Footprint(30, 20)], m100.build_volume) == [(0.0, 0.0)]


def test_a_full_row_is_followed_by_another(m400):
    """Four of 95 mm end 2.5 mm from the edges: three, while these have room."""
    centres = row_positions([Footprint(95.0, 40.0)] * 8, m400.build_volume, gap_mm=5.0)
    assert [round(x, 6) for x, _ in centres[:4]] == [100.0, 200.0, 300.0, 100.0]
    assert {round(y, 6) for _, y in centres} == {155.0, 200.0, 245.0}
    centres = row_positions([Footprint(95.0, 40.0)] * 32, m400.build_volume, gap_mm=5.0)
    assert [round(x, 6) for x, _ in centres[:4]] == [50.0, 150.0, 250.0, 350.0]
    assert len({round(y, 6) for _, y in centres}) == 8


# --- collisions ----------------------------------------------------------------------------------------


def test_boxes_that_overlap_are_refused_with_volume_and_place(placed):
    parts = [
        placed(box((10.0, 10.0, 10.0)), (20, 20, 0), name="a"),
        placed(box((10.0, 10.0, 10.0)), (29.9, 22, 3), name="b"),
        placed(box((10.0, 10.0, 10.0)), (60, 20, 0), name="c"),
    ]
    with pytest.raises(BuildError) as caught:
        require_apart(parts)
    assert caught.value.code == "E402"
    (fault,) = caught.value.faults
    volume = 0.1 * 8 * 7
    assert fault.startswith(f"a and b: {volume:.3g} mm³ in common")
    assert "near (25.0, 21.0, 6.5) mm" in fault or "near (24.9, 21.0, 6.5) mm" in fault


def test_every_pair_that_overlaps_is_named(placed):
    parts = [placed(box((10.0, 10.0, 10.0)), (20 + 4 * i, 20, 0), name=f"p{i}") for i in range(4)]
    with pytest.raises(BuildError) as caught:
        require_apart(parts)
    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "p0 and p1",
        "p0 and p2",
        "p1 and p2",
        "p1 and p3",
        "p2 and p3",
    ]


def test_boxes_that_touch_are_allowed(placed):
    at = [(20, 20, 0), (30, 20, 0), (20, 30, 0), (20, 20, 10), (30, 30, 10)]
    require_apart([placed(box((10.0, 10.0, 10.0)), p) for p in at])


@pytest.mark.parametrize(
    ("gap_mm", "told"), [(0.0, "touch"), (0.05, "0.05 mm apart"), (0.19, "0.19 mm"), (0.2, ""), (5.0, "")]
)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_parts_that_nearly_touch_are_told(placed, axis, gap_mm, told):
    at = np.array([20.0, 20.0, 0.0])
    parts = [placed(box((10.0, 10.0, 10.0)), at, name="a")]
    parts.append(placed(box((10.0, 10.0, 10.0)), at + (10.0 + gap_mm) * np.eye(3)[axis], name="b"))
    found = require_apart(parts)
    assert [one.code for one in found] == ["W409"] * bool(told)
    assert all(told in one.text for one in found)


def test_a_pin_in_a_hole_is_told_by_its_gap_not_by_its_box(placed):
    tube = trimesh.creation.annulus(5.0, 9.0, 8.0, sections=96)
    sleeve = Mesh(tube.vertices + np.array([0.0, 0.0, 4.0]), tube.faces)
    for pin_mm, told in ((9.0, 0), (9.7, 1)):
        found = require_apart([placed(sleeve, (50, 50, 0)), placed(cylinder(pin_mm, 8.0), (50, 50, 0))])
        assert [one.code for one in found] == ["W409"] * told


@pytest.mark.parametrize("height", [0.8, 12.3, 33.1])
def test_faces_that_touch_but_for_the_rounding_of_files_are_allowed(placed, height):
    """Coordinates of STL files are rounded to 24 bits: a slab on another reaches 0.01 µm into it."""
    rounded = float(np.float32(height)) + 1e-6
    slab = box((200.0, 200.0, rounded))
    require_apart([placed(slab, (100, 100, 0)), placed(slab, (100, 100, height))])
    with pytest.raises(BuildError):
        require_apart([placed(slab, (100, 100, 0)), placed(slab, (100, 100, height - 1e-3))])


@pytest.mark.parametrize(
    ("support_mm", "at", "floats"),
    [
        (0.8, (20, 20, 0), False),
        (0.5, (20, 20, 0.4), False),
        (0.79, (20, 20, 0), True),
        (0.8, (40, 20, 0), True),
        (0.5, (20, 20, 0.8), True),
    ],
)
def test_a_part_floats_where_nothing_reaches_up_to_it(placed, m400, support_mm, at, floats):
    part = placed(box((10.0, 10.0, 2.0)), (20, 20, 0.8))
    support = placed(box((10.0, 10.0, support_mm)), at)
    codes = [notice.code for notice in require_fit(part, m400, list, beside=[part, support])]
    assert ("W406" in codes) == floats


def angle_piece():
    corners = [(0, 0), (20, 0), (20, 4), (4, 4), (4, 20), (0, 20)]
    return mesh_of_solid(CrossSection([np.array(corners, dtype=np.float64)]).extrude(10.0))


def test_pieces_whose_boxes_overlap_but_whose_bodies_do_not_are_allowed(placed):
    """Two L-shapes, one turned by 180° about z, with their arms beside each other."""
    one = placed(angle_piece(), (50, 50, 0))
    require_apart([one, placed(angle_piece(), (57, 57, 0), rotation_deg=(0, 0, 180))])
    with pytest.raises(BuildError) as caught:
        require_apart([one, placed(angle_piece(), (44, 44, 0), rotation_deg=(0, 0, 180))])
    assert caught.value.code == "E402"


def test_a_part_in_the_cavity_of_another_is_allowed(placed):
    outer, inner = box((10.0, 10.0, 10.0)), box((6.0, 6.0, 6.0))
    vertices = np.concatenate([outer.vertices, inner.vertices + 2.0])
    hollow = Mesh(vertices, np.concatenate([outer.faces, inner.faces[:, ::-1] + 8]))
    require_apart([placed(hollow, (0, 0, 0)), placed(box((4.0, 4.0, 4.0)), (0, 0, 3))])
    with pytest.raises(BuildError):
        require_apart([placed(hollow, (0, 0, 0)), placed(box((4.0, 4.0, 4.0)), (0, 0, 1))])
