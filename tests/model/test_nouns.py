"""What the nouns derive from their fields: areas, bounds, layer counts, build volumes."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from amprep.demonstrators.primitives import box, cylinder
from amprep.model.estimate import LayerTimes, Ranged
from amprep.model.job import layer_count_for_height
from amprep.model.layer import Contours, LayerStack
from amprep.model.machine import BuildVolume
from amprep.model.mesh import Mesh
from amprep.model.provenance import Grade, GradedValue

SQUARE = [[0, 0], [3, 0], [3, 2], [0, 2]]
HOLE = [[1, 0.5], [1, 1.5], [2, 1.5], [2, 0.5]]


def known(value: float) -> GradedValue:
    return GradedValue(value, Grade.DATASHEET)


def test_outer_contours_count_positive_and_holes_negative():
    assert Contours(SQUARE, [0, 4]).area_mm2 == pytest.approx(6.0)
    assert Contours(SQUARE[::-1], [0, 4]).area_mm2 == pytest.approx(-6.0)
    assert Contours(SQUARE + HOLE, [0, 4, 8]).area_mm2 == pytest.approx(5.0)


def test_no_contour_has_no_area():
    nothing = Contours(np.zeros((0, 2)), [0])
    assert len(nothing) == 0
    assert nothing.area_mm2 == 0.0


def test_a_loop_without_points_has_no_area():
    assert Contours(SQUARE, [0, 4, 4]).area_mm2 == pytest.approx(6.0)


def test_area_is_exact_far_from_the_origin():
    """Half the cross product of coordinates near 10⁶ mm would lose six digits."""
    x, y = 1_000_003.0, -2_000_001.0
    small = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * 0.0078125
    assert Contours(small + np.array([x, y]), [0, 4]).area_mm2 == pytest.approx(0.0078125**2, rel=1e-12)


def test_area_of_a_polygon_on_a_circle():
    """n / 2 · sin(2 π / n) · r²."""
    angle = 2 * np.pi * np.arange(17) / 17
    ring = 5.0 * np.column_stack([np.cos(angle), np.sin(angle)]) + 3.0
    expected = 17 / 2 * math.sin(2 * math.pi / 17) * 25
    assert Contours(ring, [0, 17]).area_mm2 == pytest.approx(expected, rel=1e-12)


def test_a_stack_gives_each_layer_its_loops():
    stack = LayerStack(SQUARE + HOLE + SQUARE, [0, 4, 8, 12], [0, 2, 2, 3])
    assert len(stack) == 3
    first, empty, last = (stack.layer(i) for i in range(3))
    assert [len(layer) for layer in (first, empty, last)] == [2, 0, 1]
    assert first.area_mm2 == pytest.approx(5.0)
    assert empty.area_mm2 == 0.0
    assert last.loop(0).tolist() == np.array(SQUARE, dtype=float).tolist()
    assert not last.points.flags.writeable


def test_a_stack_without_layers_is_possible():
    assert len(LayerStack(np.zeros((0, 2)), [0], [0])) == 0


def test_a_shifted_stack_lies_elsewhere_and_leaves_the_first_alone():
    stack = LayerStack(SQUARE, [0, 4], [0, 1])
    moved = stack.shifted(10.0, -1.0)
    np.testing.assert_array_equal(moved.points, stack.points + np.array([10.0, -1.0]))
    assert not moved.points.flags.writeable
    assert stack.shifted(0.0, 0.0) is stack


@pytest.mark.parametrize(
    ("height", "thickness", "layers"),
    [
        (0.0, 0.04, 0),
        (-1.0, 0.04, 0),
        (0.019, 0.04, 0),
        (0.02, 0.04, 0),  # the first plane lies on the top itself
        (0.0201, 0.04, 1),
        (0.04, 0.04, 1),
        (0.0599, 0.04, 1),
        (0.06, 0.04, 1),
        (0.0601, 0.04, 2),
        (1.0, 0.04, 25),
        (44.0, 0.04, 1100),
        (10.0, 0.02, 500),
        (400.0, 0.02, 20_000),
        (10.0, 0.03, 333),
        (0.1 * 3, 0.1, 3),
        (float(np.float32(44.1)), 0.02, 2205),
    ],
)
def test_layers_are_counted_by_the_planes_in_the_middle(height, thickness, layers):
    assert layer_count_for_height(height, thickness) == layers


@pytest.mark.parametrize("thickness", [0.02, 0.025, 0.03, 0.04, 0.06, 0.08])
def test_rounding_of_a_file_never_adds_or_takes_a_layer(thickness):
    for count in (1, 2, 7, 50, 1100, 13333):
        height = count * thickness
        for noisy in (height, float(np.float32(height)), np.nextafter(height, 0), np.nextafter(height, 1e9)):
            assert layer_count_for_height(noisy, thickness) == count
            assert layer_count_for_height(noisy - 0.45 * thickness, thickness) == count
            assert layer_count_for_height(noisy + 0.45 * thickness, thickness) == count


def test_the_built_height_differs_by_half_a_layer_at_most():
    rng = np.random.default_rng(1)
    for height in rng.uniform(0.1, 100, 500):
        built = 0.04 * layer_count_for_height(float(height), 0.04)
        assert abs(built - height) <= 0.02 * (1 + 1e-5)


def test_a_box_has_its_corner_at_the_origin():
    volume = BuildVolume("box", known(400), known(300), known(350))
    assert volume.centre_mm == (200, 150)
    assert volume.bounds_mm == (0, 0, 400, 300)
    assert volume.platform_area_mm2 == 120_000


def test_a_cylinder_has_its_axis_at_the_origin():
    volume = BuildVolume("cylinder", known(100), known(100), known(95))
    assert volume.centre_mm == (0, 0)
    assert volume.bounds_mm == (-50, -50, 50, 50)
    assert volume.platform_area_mm2 == pytest.approx(math.pi * 50**2, rel=1e-15)


def test_mesh_measures_do_not_depend_on_where_it_lies():
    near = cylinder(10.0, 4.0, 64)
    far = Mesh(near.vertices + np.array([4096.0, -8192.0, 2048.0]), near.faces)
    expected = 64 / 2 * math.sin(2 * math.pi / 64) * 25 * 4
    assert near.volume_mm3 == pytest.approx(expected, rel=1e-12)
    assert far.volume_mm3 == pytest.approx(expected, rel=1e-9)
    assert far.size_mm == pytest.approx(near.size_mm, rel=1e-9)


def test_bounds_take_only_vertices_that_faces_use():
    mesh = box((1, 2, 3))
    more = Mesh(np.vstack([mesh.vertices, [[99, 99, 99]]]), mesh.faces)
    assert more.bounds_mm.tolist() == [[0, 0, 0], [1, 2, 3]]


def test_a_mesh_without_triangles_has_no_extent():
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32))
    assert nothing.volume_mm3 == 0.0
    assert nothing.size_mm == (0.0, 0.0, 0.0)


def test_the_slowest_laser_decides_the_exposure():
    times = LayerTimes([[1, 5], [4, 2]], [[1, 0], [0, 0]], [[0, 1], [1, 1]], [9, 9], [0, 2])
    assert times.busy_s.tolist() == [[2, 6], [5, 3]]
    assert times.exposure_s.tolist() == [6, 5]
    assert times.total_s.tolist() == [15, 16]
    none = LayerTimes(*[np.zeros((0, 4))] * 3, [], [])
    assert none.exposure_s.tolist() == []


def test_ranged_figures_add_and_tell_their_uncertainty():
    total = Ranged(10.0, 8.0, 13.0) + Ranged(5.0, 5.0, 5.0)
    assert (total.value, total.low, total.high) == (15.0, 13.0, 18.0)
    assert total.has_range
    assert total.uncertainty_pct == pytest.approx(20.0)
    assert not Ranged(5.0, 5.0, 5.0).has_range
    assert Ranged(0.0, 0.0, 1.0).uncertainty_pct == 0.0


def test_an_overridden_value_is_the_users():
    value = GradedValue(1.0, Grade.ASSUMED, ("X",), 0.5, 2.0, "note").overridden(3.0)
    assert (value.value, value.grade, value.bounds) == (3.0, Grade.USER, (3.0, 3.0))


def test_a_whole_job_can_be_pickled(tmp_path):
    from amprep import assemble
    from amprep.output.stl import write_stl

    write_stl(box((2, 2, 0.2)), tmp_path / "a.stl")
    job = assemble([tmp_path / "a.stl"], machine="m400-4")
    again = pickle.loads(pickle.dumps(job))
    assert again.machine == job.machine
    assert again.process == job.process
    assert again.layer_count == job.layer_count
    assert not again.parts[0].mesh.vertices.flags.writeable
