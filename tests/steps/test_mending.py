"""Cracks, turned triangles, surplus copies and holes: what is mended, how far, and what is left open."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from amprep.demonstrators.primitives import box, cylinder, plate_with_holes, sphere
from amprep.errors import MeshError
from amprep.languages.messages import translated_message
from amprep.model.mending import Mending
from amprep.model.mesh import Mesh
from amprep.model.notice import Notice
from amprep.repair import check_and_mend, require_closed, require_unrepaired
from amprep.repair.verdict import layers_between, layers_text, notices_of

FILL = Mending(fill_holes=True)


def codes(report):
    return [notice.code for notice in report.notices]


def without_shared_corners(mesh):
    """Each triangle with corners of its own."""
    return Mesh(mesh.vertices[mesh.faces].reshape(-1, 3), np.arange(3 * len(mesh.faces)).reshape(-1, 3))


def halves(gap_mm, low=7, high=5):
    """A box of 10 × 10 × 10 mm in two open halves with a slit between; their rims have other corners."""

    def half(n, z0, z1, lid):
        side = np.linspace(0.0, 10.0, n + 1)[:-1]
        zero, ten = np.zeros(n), np.full(n, 10.0)
        ring = np.concatenate(
            [
                np.column_stack([side, zero]),
                np.column_stack([ten, side]),
                np.column_stack([10 - side, ten]),
                np.column_stack([zero, 10 - side]),
            ]
        )
        m = len(ring)
        vertices = np.concatenate(
            [np.column_stack([ring, np.full(m, z)]) for z in (z0, z1)] + [[[5.0, 5.0, z0 if lid < 0 else z1]]]
        )
        here, after = np.arange(m), (np.arange(m) + 1) % m
        sides = [(here, after, after + m), (here, after + m, here + m)]
        cap = (np.full(m, 2 * m), after, here) if lid < 0 else (np.full(m, 2 * m), here + m, after + m)
        faces = np.concatenate([np.column_stack(part) for part in (*sides, cap)])
        return vertices, faces

    (va, fa), (vb, fb) = half(low, 0.0, 5.0, -1), half(high, 5.0 + gap_mm, 10.0, 1)
    return Mesh(np.concatenate([va, vb]), np.concatenate([fa, fb + len(va)]).astype(np.int32))


@pytest.mark.parametrize("gap_mm", [0.0, 1e-6, 1e-3, 4.9e-3])
def test_a_slit_between_differently_divided_halves_is_closed_within_the_tolerance(gap_mm):
    mended, report = check_and_mend(halves(gap_mm), name="p")
    assert report.is_watertight, report
    assert "W270" in codes(report)
    assert report.largest_move_mm <= max(gap_mm * (1 + 1e-9), 1e-12), "mm"
    assert report.volume_mm3 == pytest.approx(1000.0, abs=100.0 * gap_mm + 1e-6), "mm³"
    again, second = check_and_mend(mended, name="p")
    assert not any(second.repairs.values())
    np.testing.assert_array_equal(again.faces, mended.faces)


@pytest.mark.parametrize("gap_mm", [5.1e-3, 0.05, 1.0])
def test_a_slit_wider_than_the_tolerance_stays_open_and_its_layers_are_named(gap_mm):
    _, report = check_and_mend(halves(gap_mm), name="p")
    assert report.cracks_closed == 0
    with pytest.raises(MeshError) as caught:
        require_closed(report, name="p", layer_thickness_mm=0.04)
    assert caught.value.code == "E203"
    if gap_mm == 1.0:
        assert report.open_z_ranges_mm == ((5.0, 5.0), (6.0, 6.0))
    _, report = check_and_mend(halves(gap_mm), name="p", mending=Mending(gap_mm * 1.01))
    # The tolerance is a thousandth of the diagonal at most.
    assert report.is_watertight == (gap_mm < 0.017)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_corners_on_an_edge_of_the_neighbour_split_it(n):
    """A T-junction: the lid of a box has further corners on one side, which the wall below lacks."""
    mesh = box((10.0, 10.0, 10.0))
    edge = next(
        (f, i)
        for f, i in itertools.product(range(12), range(3))
        if np.count_nonzero(mesh.vertices[mesh.faces[f, i]] != mesh.vertices[mesh.faces[f, (i + 1) % 3]]) == 1
    )
    f, i = edge
    a, b, c = (int(mesh.faces[f, (i + k) % 3]) for k in range(3))
    shares = np.linspace(0.0, 1.0, n + 2)[1:-1, None]
    extra = mesh.vertices[a] * (1 - shares) + mesh.vertices[b] * shares
    path = [a, *range(8, 8 + n), b]
    fan = [(p, q, c) for p, q in itertools.pairwise(path)]
    faces = np.concatenate([np.delete(mesh.faces, f, axis=0), fan])
    _, report = check_and_mend(Mesh(np.concatenate([mesh.vertices, extra]), faces), name="p")
    assert report.is_watertight
    assert (report.edges_split, report.corners_moved) == (1, 0)
    assert report.volume_mm3 == pytest.approx(1000.0), "mm³"


@pytest.mark.parametrize("seed", range(6))
def test_a_shaken_soup_is_closed_and_nothing_moves_further_than_the_tolerance(seed):
    rng = np.random.default_rng(seed)
    soup = without_shared_corners(sphere(20.0, 3))
    shaken = Mesh(soup.vertices + rng.uniform(-1e-3, 1e-3, soup.vertices.shape), soup.faces)
    _, report = check_and_mend(shaken, name="p")
    assert report.is_watertight, report
    assert report.largest_move_mm <= 0.005, "mm"
    assert report.volume_mm3 == pytest.approx(sphere(20.0, 3).volume_mm3, rel=1e-3), "mm³"


def test_a_closed_mesh_with_details_below_the_tolerance_is_not_touched():
    mesh = box((10.0, 10.0, 0.002))
    mended, report = check_and_mend(mesh, name="p")
    np.testing.assert_array_equal(mended.faces, mesh.faces)
    assert not any(report.repairs.values())


def test_the_tolerance_is_limited_by_the_size_of_the_part():
    """A box of 17 µm across, as of a part in metres, is not collapsed."""
    mesh = box((0.01, 0.01, 0.01))
    open_box = Mesh(mesh.vertices, mesh.faces[1:])
    _, report = check_and_mend(open_box, name="p")
    assert report.open_edges == 3
    assert report.corners_moved == 0


def turned(mesh, which):
    faces = mesh.faces.copy()
    faces[which] = faces[which][:, ::-1]
    return Mesh(mesh.vertices, faces)


def test_needles_that_welding_would_leave_nothing_of_stay():
    needle = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [3.0, 1e-20, 0.0]])
    mesh = Mesh(
        np.concatenate([needle, needle + np.array([0.0, 5.0, 0.0])]),
        np.arange(6, dtype=np.int32).reshape(2, 3),
    )
    mended, report = check_and_mend(mesh, name="p")
    assert len(mended.faces) == report.triangles == 2
    assert not report.is_watertight


@pytest.mark.parametrize("count", [1, 2, 7, 100, 600])
def test_turned_triangles_are_turned_back(count):
    mesh = sphere(20.0, 3)
    which = np.random.default_rng(count).choice(len(mesh.faces), count, replace=False)
    mended, report = check_and_mend(turned(mesh, which), name="p")
    assert report.is_watertight
    assert report.triangles_turned == count
    assert report.volume_mm3 == pytest.approx(mesh.volume_mm3), "mm³"
    assert codes(report) == ["W271"]
    assert mended.volume_mm3 == pytest.approx(mesh.volume_mm3), "mm³"


def test_a_shell_with_most_triangles_turned_comes_out_right_too():
    mesh = sphere(20.0, 2)
    _, report = check_and_mend(turned(mesh, np.arange(len(mesh.faces) - 5)), name="p")
    assert report.volume_mm3 == pytest.approx(mesh.volume_mm3), "mm³"
    assert (report.triangles_turned, report.shells_turned) == (5, 1)


def test_a_turned_triangle_of_a_cavity_stays_a_cavity():
    outer, inner = box((10.0, 10.0, 10.0)), sphere(4.0, 2)
    faces = np.concatenate([outer.faces, inner.faces[:, ::-1] + 8])
    mesh = Mesh(np.concatenate([outer.vertices, inner.vertices + 5.0]), faces)
    _, report = check_and_mend(turned(mesh, [3, 40, 41]), name="p")
    assert report.volume_mm3 == pytest.approx(1000.0 - inner.volume_mm3), "mm³"
    assert (report.triangles_turned, report.shells_turned) == (3, 0)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)], ids=["same turn", "other turn"])
@pytest.mark.parametrize("face", range(12))
def test_a_surplus_copy_of_a_triangle_is_dropped(order, face):
    mesh = box((10.0, 10.0, 10.0))
    for faces in (
        np.concatenate([mesh.faces, mesh.faces[[face]][:, order]]),
        np.concatenate([mesh.faces[[face]][:, order], mesh.faces]),
    ):
        _, report = check_and_mend(Mesh(mesh.vertices, faces), name="p")
        assert report.is_watertight
        assert (report.duplicates_dropped, report.triangles) == (1, 12)
        assert report.volume_mm3 == pytest.approx(1000.0), "mm³"


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)], ids=["same turn", "other turn"])
@pytest.mark.parametrize(
    "which", [[*pair] for pair in itertools.combinations(range(12), 2)] + [[0, 1, 2, 3], [0, 0, 1, 1]]
)
def test_surplus_copies_side_by_side_are_dropped(which, order):
    """On the edge between two copies the directions are equally many."""
    mesh = box((10.0, 10.0, 10.0))
    faces = np.concatenate([mesh.faces, mesh.faces[which][:, order]])
    _, report = check_and_mend(Mesh(mesh.vertices, faces), name="p")
    assert report.is_watertight
    assert (report.duplicates_dropped, report.triangles) == (len(which), 12)
    assert report.volume_mm3 == pytest.approx(1000.0), "mm³"


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)], ids=["same turn", "other turn"])
@pytest.mark.parametrize("height", [-5.0, 0.0, 5.0])
def test_a_surplus_patch_of_a_curved_surface_is_dropped(height, order):
    mesh = sphere(20.0, 3)
    which = np.flatnonzero(mesh.vertices[mesh.faces][:, :, 2].mean(axis=1) > height)
    faces = np.concatenate([mesh.faces, mesh.faces[which][:, order]])
    _, report = check_and_mend(Mesh(mesh.vertices, faces), name="p")
    assert report.is_watertight
    assert report.duplicates_dropped == len(which)
    assert report.volume_mm3 == pytest.approx(mesh.volume_mm3), "mm³"


def test_a_common_face_with_cracks_all_around_is_no_surplus_patch():
    """The upper of two boxes hangs together by cracks only; its bottom lies on the lower one's top."""
    lower = box((10.0, 10.0, 10.0))
    loose = without_shared_corners(Mesh(lower.vertices + np.array([0.0, 0.0, 10.0]), lower.faces))
    bottom = (loose.vertices[loose.faces][:, :, 2] == 10.0).all(axis=1)
    corners = loose.vertices.copy()
    torn = np.unique(loose.faces[~bottom])
    corners[torn] += np.where(corners[torn] > 10.0, 1e-3, 0.0) * [0.0, 0.0, 1.0]
    corners[torn[corners[torn, 2] == 10.0], 2] += 1e-3
    vertices, number = np.unique(np.concatenate([lower.vertices, corners]), axis=0, return_inverse=True)
    faces = number.reshape(-1)[np.concatenate([lower.faces, loose.faces + 8])].astype(np.int32)
    _, report = check_and_mend(Mesh(vertices, faces), name="p")
    assert report.is_watertight
    assert report.duplicates_dropped == 0
    assert report.volume_mm3 == pytest.approx(2000.0, rel=1e-3), "mm³"


@pytest.mark.parametrize("removed", [[0], [0, 1], [0, 5, 11], list(range(4))])
def test_holes_of_a_box_are_filled_exactly_when_asked_for(removed):
    mesh = box((10.0, 10.0, 10.0))
    broken = Mesh(mesh.vertices, np.delete(mesh.faces, removed, axis=0))
    _, report = check_and_mend(broken, name="p")
    assert not report.is_watertight
    _, report = check_and_mend(broken, name="p", mending=FILL)
    assert report.is_watertight
    assert report.hole_triangles == len(removed)
    if removed != list(range(4)):
        assert report.volume_mm3 == pytest.approx(1000.0), "mm³"
    assert "W272" in codes(report)
    require_closed(report, name="p")


def test_a_missing_ring_is_filled_as_a_ring():
    """The top of a plate with holes: one rim around, a rim for every hole in it."""
    mesh = plate_with_holes((30.0, 20.0, 2.0), hole_diameter_mm=4.0, holes=(2, 1), segments=24)
    top = (mesh.vertices[mesh.faces][:, :, 2] == 2.0).all(axis=1)
    _, report = check_and_mend(Mesh(mesh.vertices, mesh.faces[~top]), name="p", mending=FILL)
    assert report.is_watertight
    assert report.holes_filled == 1
    assert report.hole_area_mm2 == pytest.approx(mesh.volume_mm3 / 2.0), "mm²"
    assert report.volume_mm3 == pytest.approx(mesh.volume_mm3), "mm³"
    assert report.nonmanifold_edges == 0


@pytest.mark.parametrize("seed", range(4))
def test_holes_of_a_sphere_are_filled_and_closed(seed):
    mesh = sphere(20.0, 3)
    rng = np.random.default_rng(seed)
    middle = mesh.vertices[mesh.faces].mean(axis=1)
    at = middle[rng.choice(len(middle), 3, replace=False)]
    gone = (np.linalg.norm(middle[:, None] - at, axis=2) < 3.0).any(axis=1)
    _, report = check_and_mend(Mesh(mesh.vertices, mesh.faces[~gone]), name="p", mending=FILL)
    assert report.is_watertight
    assert report.volume_mm3 == pytest.approx(mesh.volume_mm3, rel=0.02), "mm³"
    assert 0.0 < report.largest_hole_mm < 15.0, "mm"


def test_a_tube_without_ends_is_filled_to_a_cylinder():
    mesh = cylinder(10.0, 20.0, 400)
    wall = ~(mesh.faces >= 800).any(axis=1)
    _, report = check_and_mend(Mesh(mesh.vertices, mesh.faces[wall]), name="p", mending=FILL)
    assert report.holes_filled == 2
    assert report.volume_mm3 == pytest.approx(mesh.volume_mm3), "mm³"


def test_strict_lists_every_change():
    mesh = turned(halves(1e-3), [3])
    _, report = check_and_mend(mesh, name="p")
    with pytest.raises(MeshError) as caught:
        require_unrepaired(report, name="p", remarks=[Notice("W215", "the counter is wrong")])
    assert caught.value.code == "E273"
    assert len(caught.value.faults) == 3
    assert all(
        any(word in fault for fault in caught.value.faults) for word in ("counter", "cracks", "turned")
    )
    _, clean = check_and_mend(box((1.0, 1.0, 1.0)), name="p")
    require_unrepaired(clean, name="p")


def test_the_same_faults_are_mended_the_same_way_every_time():
    first, _ = check_and_mend(halves(2e-3), name="p")
    second, _ = check_and_mend(halves(2e-3), name="p")
    np.testing.assert_array_equal(first.faces, second.faces)


@pytest.mark.parametrize(
    ("ranges", "expected", "words"),
    [
        ([(0.0, 1.0)], [(1, 10)], "layers 1 – 10"),
        ([(0.06, 0.16)], [(2, 2)], "layer 2"),
        ([(0.04, 0.051)], [(1, 1)], "layer 1"),
        ([(0.06, 0.14)], [], None),
        ([(0.0, 0.1), (0.1, 0.2), (0.9, 1.0)], [(1, 2), (10, 10)], "layers 1 – 2 and 10"),
    ],
)
def test_the_layers_that_a_gap_touches(ranges, expected, words):
    """Planes at 0.05, 0.15, … mm over the bottom at 0."""
    bottom = 5.0
    moved = [(low + bottom, high + bottom) for low, high in ranges]
    found = layers_between(moved, bottom, 0.1)
    assert found == expected
    if words:
        assert layers_text(found) == words


@pytest.mark.parametrize(
    ("ranges", "end"),
    [
        (8, "13 and 15"),
        (9, "15 and 17"),
        (10, "15 and 2 more ranges up to 19"),
        (30, "22 more ranges up to 59"),
    ],
)
def test_long_lists_of_layers_are_cut_where_that_makes_them_shorter(ranges, end):
    assert layers_text([(n, n) for n in range(1, 2 * ranges, 2)]).endswith(end)


def test_a_filling_that_a_pin_passes_through_is_told():
    """The lid of a box is missing, and a pin that stands in the box sticks out of it."""
    mesh = box((10.0, 10.0, 10.0))
    lid = (mesh.vertices[mesh.faces][:, :, 2] == 10.0).all(axis=1)
    pin = box((1.0, 1.0, 20.0))
    for shift, pierced in (((3.0, 4.0, 5.0), True), ((3.0, 4.0, -30.0), False), ((30.0, 4.0, 5.0), False)):
        both = Mesh(
            np.concatenate([mesh.vertices, pin.vertices + np.array(shift)]),
            np.concatenate([mesh.faces[~lid], pin.faces + 8]),
        )
        _, report = check_and_mend(both, name="p", mending=FILL)
        assert report.is_watertight
        assert (report.edges_through_filling > 0) == pierced
        assert ("W275" in codes(report)) == pierced


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((1, 0, 1, 0.0), "cracks were closed at 1 edge: 1 edge split, nothing moved"),
        ((3, 1, 2, 0.0), "cracks were closed at 3 edges: 1 corner merged, 2 edges split, nothing moved"),
        ((2, 4, 0, 2e-3), "cracks were closed at 2 edges: 4 corners merged, nothing moved by more than 2 µm"),
        (
            (1, 1, 0, 1e-9),
            "cracks were closed at 1 edge: 1 corner merged, nothing moved by more than 0.001 µm",
        ),
    ],
)
def test_what_closed_cracks_is_told_without_what_it_is_not(counts, told):
    edges, corners, split, move_mm = counts
    _, report = check_and_mend(box((1.0, 1.0, 1.0)), name="p")
    report = replace(
        report, cracks_closed=edges, corners_moved=corners, edges_split=split, largest_move_mm=move_mm
    )
    (notice,) = notices_of(report, "p")
    assert notice.text == told
    german = translated_message(told, "de")
    assert german is not None
    assert not set(german.split()) & {"edge", "edges", "corner", "corners", "moved"}


@pytest.mark.parametrize(("count", "told"), [(1, "1 corner that"), (2, "2 corners that")])
def test_one_welded_corner_is_one(count, told):
    _, report = check_and_mend(box((1.0, 1.0, 1.0)), name="p")
    (notice,) = notices_of(replace(report, vertices_welded=count), "p")
    was = "was" if count == 1 else "were"
    assert notice.text == f"{told} rounding had torn apart {was} welded"
    assert "Ecke" in translated_message(notice.text, "de")
