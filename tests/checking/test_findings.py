"""Parts whose faults are known by construction: numbers, places and layers are computed here, not copied."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
import shapely
from manifold3d import CrossSection, Manifold
from manifold3d import Mesh as ManifoldMesh

import amprep
from amprep.assembling import assemble
from amprep.checking import bodies
from amprep.checking.bodies import windings_at
from amprep.checking.check import check_file
from amprep.checking.finding import Severity
from amprep.checking.limits import limits_for
from amprep.checking.overlapping import bodies_overlap
from amprep.checking.part import part_of
from amprep.checking.thin_places import thin_gaps, thin_walls
from amprep.checking.wording import area_text
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box, gyroid, plate_with_holes, sphere
from amprep.demonstrators.primitives import thin_walls as comb
from amprep.demonstrators.solids import mesh_of_solid
from amprep.engines.threads import ThreadsEngine
from amprep.errors import MeshError
from amprep.languages.messages import translated_message
from amprep.model.layer import Contours
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.repair import check_and_mend

T = 0.04


@pytest.fixture(scope="module")
def limits():
    return limits_for(machine="m400-4")


@pytest.fixture
def check(tmp_path, limits):
    def run(mesh, engine=None):
        path = tmp_path / "part.stl"
        write_stl(mesh, path)
        return check_file(path, limits, unit="mm", engine=engine)[0]

    return run


def joined(*meshes):
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, starts, strict=False)])
    return Mesh(np.concatenate([m.vertices for m in meshes]), faces)


def moved(mesh, *shift):
    return Mesh(mesh.vertices + np.array(shift, dtype=float), mesh.faces)


def inverted(mesh):
    return Mesh(mesh.vertices, np.ascontiguousarray(mesh.faces[:, ::-1]))


def codes(result, *severities):
    wanted = severities or tuple(Severity)
    return sorted(finding.code for finding in result.findings if finding.severity in wanted)


def one(result, code):
    found = [finding for finding in result.findings if finding.code == code]
    assert len(found) == 1, codes(result)
    return found[0]


CLEAN = {
    "box": box((20.0, 10.0, 5.0)),
    "plate": plate_with_holes(),
    "cone": mesh_of_solid(Manifold.cylinder(10.0, 8.0, 2.0, 64)),
    "pyramid with sharp corners": mesh_of_solid(
        CrossSection([np.array([[0.0, 0.0], [20.0, 0.0], [4.0, 6.0]])]).extrude(3.0)
    ),
}


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_part_comes_out_clean(name, check):
    result = check(CLEAN[name])
    assert result.findings == ()
    assert result.not_examined == ()
    assert result.error is None


def test_the_bracket_has_an_overhang_and_no_fault(check):
    assert codes(check(bracket()), Severity.WARNING, Severity.ERROR) == ["W245"]


def test_the_overhang_of_a_sphere_is_a_cap(check):
    """2 π r² (1 - cos 40°), less what stands on the platform."""
    cap = 2 * math.pi * 100.0 * (1 - math.cos(math.radians(40.0)))
    assert one(check(sphere(20.0, 5)), "W245").values["area_mm2"] == pytest.approx(cap, rel=0.02)


# -- topology


def without(mesh, *faces):
    return Mesh(mesh.vertices, np.delete(mesh.faces, faces, axis=0))


def test_a_missing_triangle_is_one_hole_with_its_place_size_and_layers(check):
    mesh = sphere(20.0, 3)
    corners = mesh.vertices[mesh.faces[100]]
    result = check(without(mesh, 100))
    hole = one(result, "E203")
    assert hole.severity is Severity.ERROR
    assert (hole.count, hole.values["boundary_edges"]) == (1, 3)
    size = float(np.linalg.norm(np.ptp(corners, axis=0)))
    assert hole.values["largest_hole_mm"] == pytest.approx(size, abs=1e-5)
    low, high = corners[:, 2].min(), corners[:, 2].max()
    assert hole.z_range_mm == pytest.approx((low, high), abs=1e-5)
    assert hole.layers == (int((low + 10.0) / T) + 1, int((high + 10.0) / T) + 1)
    assert any("layers" in left.what for left in result.not_examined)


def test_holes_are_counted_one_by_one_also_where_they_meet_in_a_corner(check):
    mesh = sphere(20.0, 3)
    shared = int(mesh.faces[0, 0])
    around = np.flatnonzero((mesh.faces == shared).any(axis=1))
    corners = mesh.vertices[mesh.faces]
    edges = [set(mesh.faces[f]) - {shared} for f in around]
    apart = next(i for i in range(1, len(around)) if not edges[0] & edges[i])
    far = int(np.argmax(np.linalg.norm(corners.mean(axis=1) - mesh.vertices[shared], axis=1)))
    hole = one(check(without(mesh, around[0], around[apart], far)), "E203")
    assert hole.count == 3
    assert hole.values["boundary_edges"] == 9


def test_a_hole_cut_in_a_box_is_found(check):
    mesh = box((4.0, 4.0, 4.0))
    top = np.flatnonzero((mesh.vertices[mesh.faces][:, :, 2] == 4.0).all(axis=1))
    hole = one(check(without(mesh, *top)), "E203")
    assert hole.count == 1
    assert hole.values == {
        "holes": 1,
        "boundary_edges": 4,
        "largest_hole_mm": pytest.approx(4 * 2**0.5, abs=1e-6),
    }
    assert hole.layers == (100, 100)


def test_a_turned_triangle_is_told(check):
    mesh = sphere(20.0, 3)
    faces = mesh.faces.copy()
    faces[50] = faces[50, ::-1]
    result = check(Mesh(mesh.vertices, faces))
    assert one(result, "W271").values["triangles"] == 1
    assert "E208" not in codes(result)


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        ((5.0, 5.0, 0.0), "1 Kante gehört zu mehr als zwei Dreiecken"),
        ((5.0, 5.0, 2.5), None),
    ],
)
def test_boxes_that_share_an_edge_are_told_in_whole_german_sentences(check, shift, told):
    block = box((5.0, 5.0, 5.0))
    found = [one for one in check(joined(block, moved(block, *shift))).findings if one.code == "W213"]
    said = [translated_message(one.text, "de") for one in found]
    assert [text.partition(" (")[0] for text in said] == ([] if told is None else [told])


def test_large_areas_are_grouped():
    texts = [area_text(area_mm2) for area_mm2 in (0.0352, 99.6, 9_999.4, 22_172.3)]
    assert texts == ["0.035 mm²", "100 mm²", "9999 mm²", "22,172 mm²"]


def test_an_inside_out_body_is_told(check):
    assert codes(check(inverted(box((5.0, 5.0, 5.0))))) == ["W211"]


def test_a_duplicate_triangle_is_told(check):
    mesh = box((5.0, 5.0, 5.0))
    doubled = Mesh(mesh.vertices, np.concatenate([mesh.faces, mesh.faces[:1]]))
    assert codes(check(doubled)) == ["W210"]


def test_a_t_junction_is_found_with_its_place(check):
    """The top's edge x = 0 … 4 at y = 0 is divided at x = 1 for the side only."""
    mesh = box((4.0, 4.0, 4.0))
    corners = mesh.vertices[mesh.faces]
    on_side = np.flatnonzero((corners[:, :, 1] == 0.0).all(axis=1))
    top = np.array([(p[:, 2] == 4.0).sum() == 2 for p in corners[on_side]])
    face = int(on_side[top][0])
    ids = mesh.faces[face]
    i = next(i for i in range(3) if mesh.vertices[ids[i], 2] == mesh.vertices[ids[(i + 1) % 3], 2] == 4.0)
    a, b, c = ids[i], ids[(i + 1) % 3], ids[(i + 2) % 3]
    new = len(mesh.vertices)
    vertices = np.concatenate([mesh.vertices, [[1.0, 0.0, 4.0]]])
    faces = np.concatenate([np.delete(mesh.faces, face, axis=0), [[a, new, c], [new, b, c]]])
    result = check(Mesh(vertices, faces.astype(np.int32)))
    junction = one(result, "W240")
    assert junction.count == 1
    assert junction.place_mm == (1.0, 0.0, 4.0)
    # Slicing closes it.
    assert "W270" in codes(result)
    assert "E203" not in codes(result)


def test_a_t_junction_beyond_the_tolerance_leaves_a_hole(check):
    """The top's edge is divided at x = 4 for the side only, 20 µm below it."""
    mesh = box((8.0, 8.0, 8.0))
    corners = mesh.vertices[mesh.faces]
    on_side = np.flatnonzero((corners[:, :, 1] == 0.0).all(axis=1))
    face = next(int(f) for f in on_side if (mesh.vertices[mesh.faces[f], 2] == 8.0).sum() == 2)
    ids = mesh.faces[face]
    i = next(i for i in range(3) if mesh.vertices[ids[i], 2] == mesh.vertices[ids[(i + 1) % 3], 2] == 8.0)
    a, b, c = ids[i], ids[(i + 1) % 3], ids[(i + 2) % 3]
    vertices = np.concatenate([mesh.vertices, [[4.0, 0.0, 7.98]]])
    faces = np.concatenate([np.delete(mesh.faces, face, axis=0), [[a, 8, c], [8, b, c]]])
    result = check(Mesh(vertices, faces.astype(np.int32)))
    assert one(result, "E203").values["boundary_edges"] == 3
    assert "W270" not in codes(result)


def test_a_sheet_has_no_volume(check):
    sheet = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 4.0]])
    result = check(Mesh(sheet, np.array([[0, 1, 2], [0, 2, 1]], dtype=np.int32)))
    assert "E209" in codes(result)


def test_a_file_that_cannot_be_read_is_an_error_and_no_exception(tmp_path, limits):
    result = check_file(tmp_path / "nothing.stl", limits)[0]
    assert result.error is not None
    assert result.error.code == "E201"
    assert pickle.loads(pickle.dumps(result.findings)) == ()


def test_a_torn_corner_at_an_edge_of_two_bodies_is_closed_by_the_command_that_slicing_names(tmp_path, limits):
    """Beside the other body's triangles at that edge the torn one's neighbour contradicts one of them."""
    cube = box((10.0, 10.0, 10.0))
    mesh = joined(cube, moved(cube, 10.0, 10.0, 0.0))
    vertices, faces = mesh.vertices, mesh.faces.copy()
    at_edge = (vertices[faces][:, :, :2] == 10.0).all(axis=2)
    torn = next(f for f in range(12, 24) if at_edge[f].sum() == 2)
    corner = int(np.argmax(at_edge[torn]))
    vertices = np.concatenate([vertices, vertices[faces[torn, corner]][None] + [0.015, 0.013, 0.0]])
    faces[torn, corner] = len(vertices) - 1
    path = tmp_path / "part.stl"
    write_stl(Mesh(vertices, faces), path)
    result = check_file(path, limits, unit="mm")[0]
    with pytest.raises(MeshError) as caught:
        assemble([path], machine="m400-4", unit="mm")
    command, _, _ = caught.value.fix.partition(",")
    assert command.startswith("amprep repair ")
    assert command.endswith("--crack-tolerance 20um")
    assert {"E203", "E208"} <= set(codes(result))
    for code in ("E203", "E208"):
        assert one(result, code).fix.startswith(f"{command}, or close it in the CAD")


def test_what_no_mending_closes_is_left_to_the_cad(check):
    """A Möbius strip of three squares, closed by a disc from its rim to a point: it has one side only."""
    low = np.array([[3, 0, 0], [-1, 2, 0], [-1, -2, 0]], dtype=float)
    vertices = np.concatenate([low, low + np.array([0.0, 0.0, 2.0]), [[0, 0, 9]]])
    strip = [(0, 1, 4), (0, 4, 3), (1, 2, 5), (1, 5, 4), (2, 3, 0), (2, 0, 5)]
    rim = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]
    faces = np.array(strip + [(a, b, 6) for a, b in rim], dtype=np.int32)
    assert one(check(Mesh(vertices, faces)), "E208").fix == "make it a solid in the CAD and export it again"


# -- bodies


def test_boxes_that_overlap_touch_and_nest(check):
    cube = box((4.0, 4.0, 4.0))
    assert codes(check(joined(cube, moved(cube, 2.0, 1.0, 0.0)))) == ["W214"]
    assert codes(check(joined(cube, moved(cube, 4.0, 1.0, 0.0)))) == ["W251"]
    assert codes(check(joined(cube, moved(box((1.0, 1.0, 1.0)), 1.0, 1.1, 1.2)))) == ["W248"]
    assert codes(check(joined(cube, moved(cube, 5.0, 0.0, 0.0)))) == []


def test_a_plate_on_which_a_cube_stands_is_not_nested_in_it(check):
    plate = box((20.0, 20.0, 1.0))
    assert codes(check(joined(plate, moved(box((4.0, 4.0, 4.0)), 8.0, 8.0, 1.0)))) == ["W251"]


def test_a_hollow_sphere_keeps_its_powder(check):
    inner = sphere(8.0, 3)
    result = check(joined(sphere(20.0, 4), inverted(inner)))
    void = one(result, "W243")
    # The inner triangles' own volume, rounded to float32 by the file.
    assert void.values["void_volume_mm3"] == pytest.approx(inner.volume_mm3, rel=1e-5)
    assert void.z_range_mm == pytest.approx((-4.0, 4.0), abs=1e-5)
    assert void.layers == (int(6.0 / T) + 1, int(14.0 / T))
    assert "W248" not in codes(result)


def test_a_body_loose_in_a_void_is_told_and_begins_in_powder(check):
    result = check(
        joined(sphere(20.0, 4), inverted(sphere(12.0, 3)), moved(box((2.0, 2.0, 2.0)), -1, -1, -1))
    )
    assert {"W243", "W249", "W244"} <= set(codes(result))
    island = one(result, "W244")
    assert island.count == 1
    assert island.layers == (round(9.0 / T) + 1, round(9.0 / T) + 1)


def test_crumbs_are_dust_and_the_part_itself_never_is(check):
    crumbs = [moved(box((0.05, 0.05, 0.05)), 3.0 * i, 7.0, 0.0) for i in range(4)]
    dust = one(check(joined(box((5.0, 5.0, 5.0)), *crumbs)), "W241")
    assert dust.count == 4
    assert "W241" not in codes(check(box((0.09, 0.09, 0.09))))


def test_a_surface_through_itself_is_told(check):
    """A strip that is bent through itself: one closed band with the outline of an 8."""
    outline = np.array([[0.0, 0.0], [6.0, 6.0], [6.0, 0.0], [0.0, 6.0]])
    count = len(outline)
    low = np.column_stack([outline, np.zeros(count)])
    vertices = np.concatenate([low, low + np.array([0.0, 0.0, 3.0]), [[3.0, 3.0, 0.0], [3.0, 3.0, 3.0]]])
    here = np.arange(count)
    after = (here + 1) % count
    faces = np.concatenate(
        [
            np.column_stack([here, after, after + count]),
            np.column_stack([here, after + count, here + count]),
            np.column_stack([np.full(count, 2 * count), after, here]),
            np.column_stack([np.full(count, 2 * count + 1), here + count, after + count]),
        ]
    )
    assert "W242" in codes(check(Mesh(vertices, faces.astype(np.int32))))


def test_of_bodies_in_one_box_only_those_within_another_are_looked_up(monkeypatch):
    """Each triangle of a body that is looked up is looked at; those of the large one are not."""
    ball, crumb = sphere(20.0, 4), box((0.2, 0.2, 0.2))
    asked = []

    def recorded(part, points, own):
        asked.append(set(own.tolist()))
        return windings_at(part, points, own)

    monkeypatch.setattr(bodies, "windings_at", recorded)
    for place, overlap in (((9.0, 9.0, 9.0), False), ((0.0, 0.0, 0.0), True), ((10.0, 30.0, 0.0), False)):
        asked.clear()
        mesh, report = check_and_mend(joined(ball, moved(crumb, *place)), name="two")
        part = part_of(mesh, report, None, 1.0)
        assert bodies_overlap(part) is overlap
        assert [shells for shells in asked if shells] == ([{1}] if place[1] < 10 else [])


# -- overhang


@pytest.mark.parametrize("angle_deg", [20.0, 35.0, 39.0])
def test_the_area_of_a_ramp_under_the_limit_is_exact(angle_deg, check):
    """A sheared block: its underside rises at the angle, its area is length times width."""
    rise = math.tan(math.radians(angle_deg))
    profile = np.array(
        [[0.0, 0.0], [4.0, 0.0], [14.0, 10.0 * rise], [14.0, 10.0 * rise + 3.0], [0.0, 10.0 * rise + 3]]
    )
    mesh = mesh_of_solid(CrossSection([profile]).extrude(6.0).rotate((90.0, 0.0, 0.0)))
    finding = one(check(mesh), "W245")
    area = 6.0 * 10.0 / math.cos(math.radians(angle_deg))
    assert finding.values["area_mm2"] == pytest.approx(area, rel=1e-5)
    assert finding.count == 1
    assert "assumed" in finding.text
    assert finding.values["limit_deg"] == 40.0
    assert finding.place_mm[0] == pytest.approx(9.0, abs=1e-4)


@pytest.mark.parametrize("angle_deg", [40.0, 41.0, 60.0, 90.0])
def test_a_ramp_at_the_limit_or_steeper_is_no_overhang(angle_deg, check):
    run = 0.0 if angle_deg == 90.0 else 8.0 / math.tan(math.radians(angle_deg))
    profile = np.array([[0.0, 0.0], [4.0, 0.0], [4.0 + run, 8.0], [0.0, 8.0]])
    assert codes(check(mesh_of_solid(CrossSection([profile]).extrude(6.0).rotate((90.0, 0.0, 0.0))))) == []


# -- layers


def test_a_mushroom_upside_down_is_an_island(check):
    """A hook: its tip hangs down beside the post and begins in powder at 4 mm."""
    hook = np.array([[0, 0], [3, 0], [3, 8], [8, 8], [8, 4], [10, 4], [10, 11], [0, 11]], dtype=float)
    result = check(mesh_of_solid(CrossSection([hook]).extrude(5.0).rotate((90.0, 0.0, 0.0))))
    island = one(result, "W244")
    assert island.count == 1
    assert island.layers == (101, 101)
    assert island.values["area_mm2"] == pytest.approx(2.0 * 5.0, rel=1e-6)
    x, y, z = island.place_mm
    assert 8.0 < x < 10.0
    assert -5.0 < y < 0.0
    assert z == pytest.approx(4.0 + T / 2)


def test_a_mushroom_is_no_island_however_wide_its_hat(check):
    hat = Manifold.cylinder(2.0, 12.0, 12.0, 64).translate((0.0, 0.0, 5.0))
    assert codes(check(mesh_of_solid(Manifold.cylinder(5.5, 1.0, 1.0, 32) + hat))) == ["W245"]


def test_a_body_that_overlaps_a_held_one_is_no_island(check):
    post = box((4.0, 4.0, 10.0))
    assert "W244" not in codes(check(joined(post, moved(box((4.0, 4.0, 4.0)), 2.0, 0.5, 4.0))))
    assert "W244" in codes(check(joined(post, moved(box((4.0, 4.0, 4.0)), 4.5, 0.5, 4.0))))


def test_islands_of_a_gyroid_are_those_that_manifold_finds(check):
    mesh = gyroid(20.0, 10.0, 12)
    body = Manifold(ManifoldMesh(mesh.vertices.astype(np.float32), mesh.faces.astype(np.uint32)))
    layers, below = [], None
    for layer in range(500):
        section = body.slice((layer + 0.5) * T)
        if below is not None:
            layers += [layer for piece in section.decompose() if (piece ^ below).area() < 1e-6]
        below = section
    island = one(check(mesh), "W244")
    assert island.count == len(layers) > 0
    assert island.layers == (layers[0] + 1, layers[-1] + 1)


@pytest.mark.parametrize("thickness", [0.05, 0.08, 0.099])
def test_walls_thinner_than_the_track_are_found_layer_by_layer(thickness, check, limits):
    assert limits.wall_mm.value == pytest.approx(0.1)
    result = check(comb((thickness, 0.6), height_mm=4.0, length_mm=10.0))
    wall = one(result, "W246")
    assert wall.severity is Severity.WARNING
    assert wall.values["worst_area_mm2"] == pytest.approx(10.0 * thickness, rel=1e-3)
    assert wall.layers == (51, 150)
    assert wall.count == 100


def test_walls_as_thick_as_the_track_are_thick_enough(check):
    assert codes(check(comb((0.1, 0.15, 0.3), height_mm=4.0, length_mm=10.0))) == []


@pytest.mark.parametrize("gap", [0.05, 0.1, 0.15, 0.19])
def test_gaps_of_a_comb_narrower_than_the_limit_are_found(gap, check, limits):
    assert limits.gap_mm.value == 0.2
    found = one(check(comb((1.0, 1.0, 1.0), height_mm=3.0, length_mm=10.0, gap_mm=gap)), "W247")
    assert "assumed" in found.text
    assert found.values["worst_area_mm2"] == pytest.approx(10.0 * gap, rel=0.05)
    assert found.layers == (51, 125)


@pytest.mark.parametrize("gap", [0.2, 0.25, 0.3, 0.5])
def test_wider_gaps_are_none(gap, check):
    assert codes(check(comb((1.0, 1.0, 1.0), height_mm=3.0, length_mm=10.0, gap_mm=gap))) == []


def contours_of(polygon):
    polygon = shapely.geometry.polygon.orient(polygon)
    rings = [np.array(ring.coords)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
    return Contours(np.concatenate(rings), np.cumsum([0, *(len(ring) for ring in rings)]))


def test_a_thin_ring_is_one_place_with_its_area():
    ring = shapely.Point(5, 5).buffer(4.0, 64) - shapely.Point(5, 5).buffer(3.92, 64)
    patches = thin_walls(contours_of(ring), 0.1)
    assert sum(patch.area_mm2 for patch in patches) == pytest.approx(ring.area, rel=1e-3)
    assert thin_walls(contours_of(ring), 0.05) == []


def test_pins_and_holes_that_are_too_thin_count_and_tips_do_not():
    pin = shapely.Point(3, 4).buffer(0.045, 16)
    found = thin_walls(contours_of(pin), 0.1)
    assert len(found) == 1
    assert (found[0].x_mm, found[0].y_mm) == pytest.approx((3.0, 4.0))
    drilled = shapely.box(0, 0, 6, 6) - shapely.Point(3, 4).buffer(0.08, 16)
    assert len(thin_gaps(contours_of(drilled), 0.2)) == 1
    assert thin_walls(contours_of(drilled), 0.2) == []
    wedge = shapely.Polygon([(0, 0), (10, -1.5), (10, 1.5)])
    assert thin_walls(contours_of(wedge), 0.1) == []


def test_layers_and_findings_do_not_depend_on_threads(check):
    mesh = joined(gyroid(12.0, 6.0, 8), moved(sphere(9.0, 3), 6.0, 6.0, 6.0))
    assert check(mesh) == check(mesh, ThreadsEngine(3))


# -- machine and limits


def test_a_part_too_large_for_the_machine_is_an_error_and_without_machine_not_judged(tmp_path):
    path = tmp_path / "part.stl"
    write_stl(box((150.0, 20.0, 2.0)), path)
    result = check_file(path, limits_for(machine="m100"), unit="mm")[0]
    assert codes(result) == ["E401"]
    assert codes(check_file(path, limits_for(), unit="mm")[0]) == []


def test_limits_are_the_process_s_with_their_grades():
    fine = limits_for(machine="m400-4", material="alsi10mg", layer_thickness_mm=0.08)
    assert fine.wall_mm.value == 0.4
    assert str(fine.wall_mm.grade) == "datasheet"
    assert fine.layer_thickness_mm == 0.08
    assert str(fine.gap_mm.grade) == "assumed"


def test_the_kernels_of_the_check_have_one_specialisation_each(tmp_path):
    """In a process of its own, as other tests call kernels with types of their own."""
    if numba.config.DISABLE_JIT:
        pytest.skip("compilation is switched off")
    script = """
import sys
from pathlib import Path
import numpy as np
from amprep.checking.check import check_file
from amprep.checking.compiled import check_kernels, exercise
from amprep.checking.limits import limits_for
from amprep.demonstrators.primitives import box, sphere
from amprep.engines.threads import ThreadsEngine
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.repair import check_and_mend
a, b = sphere(9.0, 2), box((3.0, 3.0, 3.0))
both = Mesh(np.concatenate([a.vertices, b.vertices]), np.concatenate([a.faces, b.faces + len(a.vertices)]))
for i, mesh in enumerate((both, Mesh(a.vertices, a.faces[1:]), b)):
    path = Path(sys.argv[1]) / f"{i}.stl"
    write_stl(mesh, path)
    for engine in (None, ThreadsEngine(2)):
        check_file(path, limits_for(machine="m100"), unit="mm", engine=engine)[0]
exercise()
print([len(kernel.signatures) for kernel in check_kernels()])
"""
    source = str(Path(amprep.__file__).resolve().parents[1])
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[1, 1, 1, 1, 1, 1, 1]"


@pytest.mark.parametrize(
    ("posts", "free"),
    [([(5.0, 5.0, 0.5)], 99.0), ([(5.0, 5.0, 1.0)], 96.0), ([(2.0, 7.0, 0.5), (8.0, 3.0, 0.5)], 98.0)],
)
def test_overhang_is_what_no_other_body_stands_under(posts, free, check):
    """A plate on posts: they carry as much as they cover, wherever its two triangles have their middles."""
    plate = moved(box((10.0, 10.0, 2.0)), 0, 0, 5)
    low = float(plate.vertices[:, :2].min())
    columns = [moved(box((2 * r, 2 * r, 5.0)), x - r, y - r, 0) for x, y, r in posts]
    assert low == 0.0
    found = one(check(joined(plate, *columns)), "W245")
    assert found.values["area_mm2"] == pytest.approx(free, abs=0.6)


def test_walls_that_two_cavities_share_are_no_dust(check):
    cavity = inverted(box((2.0, 2.0, 2.0)))
    result = check(joined(box((10.0, 10.0, 10.0)), moved(cavity, 3, 3, 3), moved(cavity, 5, 3, 3)))
    assert "W241" not in codes(result)
    assert one(result, "W243").values["void_volume_mm3"] == pytest.approx(16.0)


def test_what_slicing_refuses_as_too_thin_is_an_error(check):
    assert "E408" in codes(check(box((0.049, 20.0, 2.0))), Severity.ERROR)
    assert "E408" not in codes(check(box((0.051, 20.0, 2.0))))
    assert "E408" not in codes(check(box((0.11, 20.0, 2.0))))


def test_an_open_mesh_has_no_volume(check):
    assert check(without(box((5.0, 5.0, 5.0)), 3)).volume_mm3 is None
