"""Oracles: volumes by formula and what was done to a healthy mesh to break it."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box, sphere
from amprep.errors import MeshError
from amprep.model.mending import Mending
from amprep.model.mesh import Mesh
from amprep.repair import check_and_mend, require_closed


def joined(*meshes):
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, starts, strict=False)])
    return Mesh(np.concatenate([m.vertices for m in meshes]), faces)


def moved(mesh, *shift):
    return Mesh(mesh.vertices + np.array(shift, dtype=np.float64), mesh.faces)


def inverted(mesh):
    return Mesh(mesh.vertices, np.ascontiguousarray(mesh.faces[:, ::-1]))


def codes(report):
    return [notice.code for notice in report.notices]


def hollow():
    return joined(box((10.0, 10.0, 10.0)), moved(inverted(box((4.0, 4.0, 4.0))), 3, 3, 3))


def assert_neighbours_hold(mesh):
    for f, i in np.argwhere(mesh.neighbours >= 0):
        g = mesh.neighbours[f, i]
        shared = set(mesh.faces[f]) & set(mesh.faces[g])
        assert {mesh.faces[f, i], mesh.faces[f, (i + 1) % 3]} <= shared


def test_a_healthy_body_stays_as_it_is():
    mesh = bracket()
    mended, report = check_and_mend(mesh, name="bracket")
    np.testing.assert_array_equal(mended.faces, mesh.faces)
    np.testing.assert_array_equal(mended.vertices, mesh.vertices)
    assert report.notices == ()
    assert report.is_watertight
    assert (report.shells, report.triangles) == (1, len(mesh.faces))
    oracle = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert report.volume_mm3 == pytest.approx(oracle.volume, rel=1e-9), "mm³"
    assert report.size_mm == pytest.approx(tuple(oracle.extents)), "mm"
    require_closed(report, name="bracket")


def test_a_triangle_that_is_there_twice_is_dropped_and_told():
    mesh = box((2.0, 3.0, 4.0))
    doubled = Mesh(mesh.vertices, np.concatenate([mesh.faces, np.roll(mesh.faces[[4, 7]], 1, axis=1)]))
    mended, report = check_and_mend(doubled, name="p")
    np.testing.assert_array_equal(mended.faces, mesh.faces)
    assert report.duplicates_dropped == 2
    assert codes(report) == ["W210"]
    assert report.volume_mm3 == pytest.approx(24.0), "mm³"
    require_closed(report, name="p")


def test_a_box_that_is_inside_out_is_turned_and_told():
    mended, report = check_and_mend(inverted(box((2.0, 3.0, 4.0))), name="p")
    assert report.volume_mm3 == pytest.approx(24.0), "mm³"
    assert report.shells_turned == 1
    assert codes(report) == ["W211"]
    assert_neighbours_hold(mended)
    again, second = check_and_mend(mended, name="p")
    assert second.notices == ()
    np.testing.assert_array_equal(again.faces, mended.faces)


def test_one_of_two_bodies_that_is_inside_out_is_turned_alone():
    mesh = joined(box((2.0, 2.0, 2.0)), moved(inverted(box((1.0, 1.0, 1.0))), 5, 0, 0))
    mended, report = check_and_mend(mesh, name="p")
    assert report.volume_mm3 == pytest.approx(9.0), "mm³"
    assert (report.shells, report.shells_turned) == (2, 1)
    np.testing.assert_array_equal(mended.faces[:12], mesh.faces[:12])


def test_a_cavity_is_kept():
    mesh = hollow()
    mended, report = check_and_mend(mesh, name="p")
    np.testing.assert_array_equal(mended.faces, mesh.faces)
    assert report.volume_mm3 == pytest.approx(1000.0 - 64.0), "mm³"
    assert (report.shells, report.shells_turned) == (2, 0)


def test_a_cavity_with_a_loose_body_in_it_is_kept():
    mesh = joined(hollow(), moved(box((2.0, 2.0, 2.0)), 4, 4, 4))
    _, report = check_and_mend(mesh, name="p")
    assert report.volume_mm3 == pytest.approx(1000.0 - 64.0 + 8.0), "mm³"
    assert report.shells_turned == 0


def test_an_inside_out_body_in_the_bounding_box_of_another_but_outside_it_is_turned():
    """The box stands in the mouth of a U: inside its bounding box, outside its material."""
    u = [(0, 0), (10, 0), (10, 10), (8, 10), (8, 2), (2, 2), (2, 10), (0, 10)]
    from manifold3d import CrossSection

    from amprep.demonstrators.solids import mesh_of_solid

    body = mesh_of_solid(CrossSection([np.array(u, dtype=np.float64)]).extrude(5.0))
    mesh = joined(body, moved(inverted(box((2.0, 2.0, 2.0))), 4, 5, 1))
    _, report = check_and_mend(mesh, name="p")
    assert report.shells_turned == 1
    assert report.volume_mm3 == pytest.approx(5.0 * (100.0 - 48.0) + 8.0), "mm³"


def test_a_part_that_is_inside_out_as_a_whole_keeps_its_cavity():
    _, report = check_and_mend(inverted(hollow()), name="p")
    assert report.volume_mm3 == pytest.approx(1000.0 - 64.0), "mm³"


def nested(*turned):
    """Boxes of 10, 8, 6, … mm within each other, each turned against how it belongs or not."""
    shells = []
    for i, is_turned in enumerate(turned):
        shell = moved(box((10.0 - 2 * i,) * 3), i, i, i)
        shells.append(inverted(shell) if is_turned != (i % 2 == 1) else shell)
    return joined(*shells)


@pytest.mark.parametrize(
    ("turned", "count"),
    [
        pytest.param((True, False, False), 1, id="the outer one"),
        pytest.param((True, False, False, False, False), 1, id="the outer one of five"),
        pytest.param((True, True, True), 3, id="all"),
        pytest.param((True, True, True, True), 4, id="all of four"),
    ],
)
def test_of_shells_within_shells_as_few_are_turned_as_are_wrong(turned, count):
    sizes = [10.0 - 2 * i for i in range(len(turned))]
    expected_mm3 = sum((-1) ** i * size**3 for i, size in enumerate(sizes))
    _, report = check_and_mend(nested(*turned), name="p")
    assert report.volume_mm3 == pytest.approx(expected_mm3), "mm³"
    assert report.shells_turned == count


def test_an_inverted_body_with_several_right_cavities_and_loose_bodies_is_turned_alone():
    outer = inverted(box((30.0, 10.0, 10.0)))
    cavities = [moved(inverted(box((6.0, 6.0, 6.0))), 2 + 9 * i, 2, 2) for i in range(3)]
    cores = [moved(box((2.0, 2.0, 2.0)), 4 + 9 * i, 4, 4) for i in range(3)]
    _, report = check_and_mend(joined(outer, *cavities, *cores), name="p")
    assert report.volume_mm3 == pytest.approx(3000.0 - 3 * 216.0 + 3 * 8.0), "mm³"
    assert report.shells_turned == 1


def test_bodies_that_share_an_edge_are_allowed_and_told():
    """Two boxes along one common edge, whose two vertices are the same."""
    one, other = box((1.0, 1.0, 1.0)), moved(box((1.0, 1.0, 1.0)), 1, 1, 0)
    vertices, number = np.unique(np.concatenate([one.vertices, other.vertices]), axis=0, return_inverse=True)
    faces = number[np.concatenate([one.faces, other.faces + 8])].astype(np.int32)
    mended, report = check_and_mend(Mesh(vertices, faces), name="p")
    assert report.is_watertight
    assert report.nonmanifold_edges == 1
    assert codes(report) == ["W213"]
    assert report.volume_mm3 == pytest.approx(2.0), "mm³"
    assert_neighbours_hold(mended)
    require_closed(report, name="p")


def torn(mesh, which, rng):
    """Corners of the triangles `which` moved by one step of float32 each, as vertices of their own."""
    vertices = mesh.vertices.astype(np.float32)
    faces = mesh.faces.copy()
    extra = []
    for f in which:
        corner = int(rng.integers(3))
        old = vertices[faces[f, corner]].copy()
        axis = int(rng.integers(3))
        old[axis] = np.nextafter(old[axis], np.float32(rng.choice([-1e9, 1e9])))
        faces[f, corner] = len(vertices) + len(extra)
        extra.append(old)
    return Mesh(np.concatenate([vertices, extra]).astype(np.float64), faces)


@pytest.mark.parametrize("seed", range(5))
def test_corners_that_rounding_tore_apart_are_welded_and_told(seed):
    whole = moved(sphere(20.0, 3), 80.0, -60.0, 30.0)
    whole = Mesh(whole.vertices.astype(np.float32).astype(np.float64), whole.faces)
    rng = np.random.default_rng(seed)
    broken = torn(whole, rng.choice(len(whole.faces), 20, replace=False), rng)
    mended, report = check_and_mend(broken, name="p")
    assert report.is_watertight
    assert report.vertices_welded >= 15
    assert codes(report) == ["W217"]
    assert len(mended.faces) == len(whole.faces)
    assert report.volume_mm3 == pytest.approx(whole.volume_mm3, rel=1e-5), "mm³"


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((-1, 0, 1), id="in a row"),
        pytest.param(
            (1, -1, 0),
            id="the middle one last",
        ),
    ],
)
def test_a_corner_torn_into_three_is_welded_whatever_their_order(steps):
    """The outer two are 2 units in the last place apart, too far; the middle one is near both."""
    whole = moved(sphere(20.0, 2), 80.0, -60.0, 30.0)
    whole = Mesh(whole.vertices.astype(np.float32).astype(np.float64), whole.faces)
    unit = float(np.spacing(np.float32(np.abs(whole.vertices).max())))
    corner = int(whole.faces[0, 0])
    places = [whole.vertices[corner] + [step * unit, 0, 0] for step in steps]
    _, report = check_and_mend(torn_to(whole, corner, places), name="p", mending=Mending(0.0))
    assert report.is_watertight
    assert (report.vertices_welded, report.cracks_closed) == (2, 0)


def torn_to(mesh, corner, places):
    """The mesh with a corner at several places, each with every so many-th of its triangles."""
    vertices = np.concatenate([mesh.vertices, places[1:]])
    vertices[corner] = places[0]
    numbers = [corner, *range(len(mesh.vertices), len(vertices))]
    faces = mesh.faces.copy()
    for k, (f, i) in enumerate(np.argwhere(mesh.faces == corner)):
        faces[f, i] = numbers[k % len(numbers)]
    return Mesh(vertices, faces)


@pytest.mark.parametrize("scale", [1.0, 25.4, 1000.0, 0.001], ids=["mm", "inch", "m", "um"])
@pytest.mark.parametrize("units", [1, 2])
def test_one_unit_in_the_last_place_is_rounding_and_two_are_a_crack(units, scale):
    """Whatever unit the file has, and in all three coordinates at once."""
    sphere_mm = moved(sphere(20.0, 2), 79.0, -60.0, 30.0)
    numbers = sphere_mm.vertices.astype(np.float32).astype(np.float64)
    step = float(np.spacing(np.float32(np.abs(numbers).max())))
    corner = int(sphere_mm.faces[0, 0])
    broken = torn_to(
        Mesh(numbers, sphere_mm.faces), corner, [numbers[corner], numbers[corner] + units * step]
    )
    broken = Mesh(broken.vertices * scale, broken.faces)
    _, report = check_and_mend(broken, name="p", mending=Mending(0.0))
    assert report.is_watertight == (units == 1)
    assert report.vertices_welded == (1 if units == 1 else 0)
    _, report = check_and_mend(broken, name="p", mending=Mending(0.1))
    assert report.is_watertight
    assert (report.vertices_welded, report.corners_moved) == ((1, 0) if units == 1 else (0, 1))
    assert codes(report) == (["W217"] if units == 1 else ["W270"])
    if units == 2:
        assert report.largest_move_mm == pytest.approx(3**0.5 * 2 * step * scale), "mm"


def test_a_gap_that_is_wider_than_rounding_is_a_crack_and_stays_when_so_wished():
    mesh = sphere(20.0, 2)
    faces = mesh.faces.copy()
    faces[0, 0] = len(mesh.vertices)
    apart = np.concatenate([mesh.vertices, mesh.vertices[mesh.faces[:1, 0]] + 1e-3])
    _, report = check_and_mend(Mesh(apart, faces), name="p", mending=Mending(crack_tolerance_mm=0.0))
    assert report.vertices_welded == 0
    assert not report.is_watertight
    _, report = check_and_mend(Mesh(apart, faces), name="p")
    assert (report.vertices_welded, report.corners_moved) == (0, 1)
    assert report.largest_move_mm == pytest.approx(3**0.5 * 1e-3), "mm"


def test_an_open_mesh_is_refused_with_place_and_height():
    mesh = moved(box((10.0, 10.0, 10.0)), 0, 0, 5)
    removed = mesh.vertices[mesh.faces[7]]
    _, report = check_and_mend(Mesh(mesh.vertices, np.delete(mesh.faces, 7, axis=0)), name="p")
    assert report.open_edges == 3
    edges = [(removed[i] + removed[(i + 1) % 3]) / 2 for i in range(3)]
    assert min(np.abs(e - report.open_edge_example_mm).max() for e in edges) < 1e-12, "mm"
    low, high = removed[:, 2].min(), removed[:, 2].max()
    assert report.open_z_range_mm == pytest.approx((low, high)), "mm"
    with pytest.raises(MeshError) as caught:
        require_closed(report, name="p.stl", layer_thickness_mm=0.04)
    error = caught.value
    assert (error.code, error.where, error.exit_status) == ("E203", "p.stl", 3)
    x, y, z = report.open_edge_example_mm
    assert f"3 boundary edges, one near ({x:.4g}, {y:.4g}, {z:.4g}) mm" in error.what
    assert f"z = {low:.4g} … {high:.4g} mm" in error.why


def moebius(n=24):
    """A closed surface with one side only: a Möbius strip and a disc from its rim to a point."""
    t = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)

    def rim(side):
        r = 10.0 + side * 2.0 * np.cos(t / 2.0)
        return np.column_stack([r * np.cos(t), r * np.sin(t), side * 2.0 * np.sin(t / 2.0)])

    vertices = np.concatenate([rim(1.0), rim(-1.0), [[0.0, 0.0, 9.0]]])
    # Along the rim one goes round twice: from the last corner of one side to the first of the other.
    along = np.arange(2 * n)
    after = (along + 1) % (2 * n)
    across = (along[:n] + n) % (2 * n), (after[:n] + n) % (2 * n)
    strip = [(along[:n], after[:n], across[1]), (along[:n], across[1], across[0])]
    faces = np.concatenate([np.column_stack(part) for part in strip])
    disc = np.column_stack([along, after, np.full(2 * n, 2 * n)])
    return Mesh(vertices, np.concatenate([faces, disc]).astype(np.int32))


def test_a_surface_with_one_side_only_is_refused_as_contradiction():
    _, report = check_and_mend(moebius(), name="p")
    assert report.open_edges == 0
    assert report.inconsistent_edges > 0
    with pytest.raises(MeshError) as caught:
        require_closed(report, name="p")
    assert caught.value.code == "E208"
    assert "CAD" in caught.value.fix


@pytest.mark.parametrize("fill_holes", [False, True])
def test_filling_holes_is_not_proposed_where_it_fills_none(fill_holes):
    surface = moebius()
    open_too = Mesh(surface.vertices, surface.faces[:-1])
    _, report = check_and_mend(open_too, name="p", mending=Mending(fill_holes=fill_holes))
    assert report.open_edges
    assert report.inconsistent_edges
    with pytest.raises(MeshError) as caught:
        require_closed(report, name="p", file="p.stl")
    assert caught.value.code == "E203"
    assert "--fill-holes" not in caught.value.fix
    assert "CAD" in caught.value.fix
    assert " 1 edges" not in caught.value.what


def test_a_flat_sheet_encloses_nothing_and_is_refused():
    corners = np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]], dtype=np.float64)
    faces = np.array([(0, 1, 2), (0, 2, 3), (0, 2, 1), (0, 3, 2)], dtype=np.int32)
    _, report = check_and_mend(Mesh(corners, faces), name="p")
    assert report.is_watertight
    with pytest.raises(MeshError) as caught:
        require_closed(report, name="p")
    assert caught.value.code == "E209"


def test_triangles_that_reading_dropped_are_carried_on():
    _, report = check_and_mend(box((1.0, 1.0, 1.0)), name="p", degenerate_dropped=4)
    assert report.degenerate_dropped == 4


def test_a_mended_mesh_is_read_only_as_kernels_expect():
    for mesh in (box((1.0, 1.0, 1.0)), inverted(box((1.0, 1.0, 1.0)))):
        mended, _ = check_and_mend(mesh, name="p")
        for array in (mended.vertices, mended.faces, mended.neighbours):
            assert not array.flags.writeable
            assert array.flags.c_contiguous


def boxes(*bodies):
    """One mesh of boxes (low, high, inside out), corners merged."""
    vertices, faces, count = [], [], 0
    for low, high, turned in bodies:
        body = box(tuple(np.subtract(high, low)))
        vertices.append(body.vertices + np.array(low, dtype=np.float64))
        faces.append((body.faces[:, ::-1] if turned else body.faces) + count)
        count += len(body.vertices)
    merged, number = np.unique(np.concatenate(vertices), axis=0, return_inverse=True)
    return merged, number.reshape(-1)[np.concatenate(faces)].astype(np.int32)


@pytest.mark.parametrize(
    ("bodies", "volume_mm3"),
    [
        pytest.param([((0, 0, 0), (10, 10, 10), False), ((10, 10, 0), (15, 15, 10), True)], 1250, id="edge"),
        pytest.param([((0, 0, 0), (10, 10, 10), False), ((0, 0, 10), (10, 10, 14), False)], 1400, id="face"),
        pytest.param([((0, 0, 0), (10, 10, 10), False), ((0, 0, 0), (10, 10, 4), False)], 1400, id="base"),
        pytest.param(
            [
                ((0, 0, 0), (10, 10, 10), False),
                ((2, 2, 2), (8, 8, 8), True),
                ((4, 4, 4), (6, 6, 6), True),
            ],
            1000 - 216 + 8,
            id="an island in a cavity, inside out",
        ),
    ],
)
def test_bodies_that_touch_or_nest_keep_their_volume_in_any_order_of_the_triangles(bodies, volume_mm3):
    """Sum of the boxes, cavities negative; an inverted body is turned, a shared face is kept twice."""
    vertices, faces = boxes(*bodies)
    rng = np.random.default_rng(7)
    for _ in range(25):
        shuffled = np.ascontiguousarray(faces[rng.permutation(len(faces))])
        _, report = check_and_mend(Mesh(vertices, shuffled), name="p")
        assert report.is_watertight
        assert report.volume_mm3 == pytest.approx(volume_mm3), "mm³"


@pytest.mark.parametrize("out_mm", [-1e-3, 0.0, 1e-6, 1e-3, 0.5])
@pytest.mark.parametrize("height_mm", [2.0, 10.0])
def test_a_hole_whose_shell_sticks_out_stays_a_hole(height_mm, out_mm):
    """Whether the hole's shell ends just within or beyond the body is rounding, and must not fill it."""
    through = moved(inverted(box((4.0, 4.0, height_mm + 2 * out_mm))), 3, 3, -out_mm)
    _, report = check_and_mend(joined(box((10.0, 10.0, height_mm)), through), name="plate")
    assert "W211" not in codes(report)
    assert report.shells_turned == 0
    assert report.volume_mm3 == pytest.approx(84.0 * height_mm - 32.0 * out_mm)


def test_stray_copies_go_where_bodies_share_faces():
    parts = joined(box((10.0, 10.0, 5.0)), box((10.0, 10.0, 10.0)), moved(box((10.0, 10.0, 10.0)), 20, 0, 0))
    for stray in (1, 2):
        faces = np.concatenate([parts.faces, parts.faces[24 : 24 + 2 * stray : 2]])
        vertices, number = np.unique(parts.vertices, axis=0, return_inverse=True)
        mesh = Mesh(vertices, number.reshape(-1)[faces].astype(np.int32))
        _, report = check_and_mend(mesh, name="part")
        assert report.is_watertight
        assert report.duplicates_dropped == stray
        assert report.volume_mm3 == pytest.approx(2500.0)


def test_the_command_that_closes_a_mesh_can_be_pasted():
    _, report = check_and_mend(Mesh(*open_box()), name="a.stl")
    for file, unit, command in [
        ("in here/a.stl", None, "amprep repair 'in here/a.stl' -o CLOSED.stl --fill-holes"),
        ("-a.stl", "m", "amprep repair ./-a.stl --unit m -o CLOSED.stl --fill-holes"),
        (None, "m", "slice it with --fill-holes"),
    ]:
        with pytest.raises(MeshError) as caught:
            require_closed(report, name="a.stl", file=file, unit=unit)
        assert caught.value.fix.startswith(command)


def open_box():
    whole = box((5.0, 5.0, 5.0))
    return whole.vertices, whole.faces[1:]
