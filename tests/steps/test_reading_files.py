"""Oracles: trimesh and ElementTree as independent readers of real parts, and figures known beforehand."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
import zipfile
from importlib.util import find_spec

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import making_files as make
from tests.making_files import CORE, QUADS, TRIANGLES, VOLUME_MM3

from amprep.errors import MeshError
from amprep.reading import assembly
from amprep.reading.assembly import mesh_of_indexed
from amprep.reading.facets import Facets, triangles_of
from amprep.reading.files import read_file, read_one
from amprep.reading.step import step_tolerance_mm

pytestmark = [pytest.mark.bad_input, pytest.mark.usefixtures("compiled")]


def area_mm2(mesh):
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2


# --- real parts ---


@pytest.mark.parametrize(
    ("name", "parts", "triangles", "volume_mm3", "area_of_all_mm2"),
    [
        ("3mf-samples__heartgears.3mf", 1, 30636, 120179.2975339634, 33719.01185621121),
        ("eqlattice__P.3mf", 4, 300216, 1025.0107519860203, 1667.0157027279465),
        ("trimesh__cycloidal.ply", 1, 43368, 1.8656407530507169, 48.8417247325804),
    ],
)
def test_real_parts_have_the_figures_known_of_them(
    name, parts, triangles, volume_mm3, area_of_all_mm2, shared_mesh
):
    found = read_file(shared_mesh(name), unit="mm")
    assert len(found) == parts
    assert sum(part.source.triangles_in_file for part in found) == triangles
    assert math.fsum(part.mesh.volume_mm3 for part in found) == pytest.approx(volume_mm3, rel=1e-9)
    assert math.fsum(area_mm2(part.mesh) for part in found) == pytest.approx(area_of_all_mm2, rel=1e-9)


@pytest.mark.bad_input(memory_mb=600)  # mostly what ElementTree takes
def test_a_real_3mf_is_read_as_elementtree_reads_it(shared_mesh):
    """Vertices, triangles and transforms to the bit, from the XML as a tree."""
    path = shared_mesh("eqlattice__P.3mf")
    with zipfile.ZipFile(path) as archive:
        root = ET.fromstring(archive.read("3D/3dmodel.model"))
    parts = read_file(path)
    items = root.findall(f".//{{{CORE}}}item")
    assert len(items) == len(parts)
    for item, part in zip(items, parts, strict=True):
        wanted = np.concatenate(list(triangles_in_tree(root, item, None)))
        distinct = [len({tuple(p) for p in triangle.tolist()}) == 3 for triangle in wanted]
        np.testing.assert_array_equal(part.mesh.vertices[part.mesh.faces], wanted[distinct])


def triangles_in_tree(root, use, outer):
    """(T, 3, 3) corners of an item or component and of all below it, moved by its transform and `outer`."""
    (tree,) = root.findall(f".//{{{CORE}}}object[@id='{use.get('objectid')}']")
    matrix = outer
    if use.get("transform"):
        matrix = np.array(use.get("transform").split(), float).reshape(4, 3)
        if outer is not None:
            matrix = np.vstack([matrix[:3] @ outer[:3], matrix[3] @ outer[:3] + outer[3]])
    points = np.array([[float(v.get(k)) for k in "xyz"] for v in tree.iter(f"{{{CORE}}}vertex")])
    if len(points):
        faces = [[int(t.get(k)) for k in ("v1", "v2", "v3")] for t in tree.iter(f"{{{CORE}}}triangle")]
        yield (points if matrix is None else points @ matrix[:3] + matrix[3])[np.array(faces)]
    for component in tree.iter(f"{{{CORE}}}component"):
        yield from triangles_in_tree(root, component, matrix)


@pytest.mark.parametrize("ending", ["obj", "ply", "off"])
@pytest.mark.parametrize(
    "name", ["trimesh__plate_holes.STL", "compas-slicer__branches_16_closed_mid_res.stl"]
)
def test_what_trimesh_writes_is_read_as_the_stl(name, ending, shared_mesh, tmp_path):
    path = shared_mesh(name)
    wanted, _ = read_one(path, unit="mm")
    path_out = tmp_path / f"part.{ending}"
    trimesh.load_mesh(path).export(path_out, **({"digits": 9} if ending != "ply" else {}))
    mesh, source = read_one(path_out, unit="mm")
    assert source.triangles_in_file == len(wanted.faces)
    assert len(mesh.faces) == len(wanted.faces)
    assert mesh.volume_mm3 == pytest.approx(wanted.volume_mm3, rel=1e-6)
    assert area_mm2(mesh) == pytest.approx(area_mm2(wanted), rel=1e-6)
    np.testing.assert_allclose(mesh.bounds_mm, wanted.bounds_mm, rtol=1e-6, atol=1e-6)


def test_what_is_written_as_3mf_is_read_as_the_stl(shared_mesh, tmp_path):
    wanted, _ = read_one(shared_mesh("trimesh__plate_holes.STL"), unit="mm")
    text = make.mesh_xml(wanted.faces.tolist(), wanted.vertices.tolist())
    (tmp_path / "part.3mf").write_bytes(make.threemf(make.model_xml(f'<object id="1">{text}</object>')))
    mesh, _ = read_one(tmp_path / "part.3mf")
    np.testing.assert_array_equal(mesh.vertices[mesh.faces], wanted.vertices[wanted.faces])


# --- merging ---


def grid_of_corners(rng, count, values=4):
    return rng.integers(0, values, (count, 3)).astype(float)


@pytest.mark.parametrize("mix", ["as it is", "all collide"])
def test_vertices_with_equal_bits_become_one(mix, monkeypatch):
    if mix == "all collide":
        monkeypatch.setattr(assembly, "_ODD", np.uint64(0))
    rng = np.random.default_rng(1)
    vertices = np.where(grid_of_corners(rng, 3000) == 0, -0.0, grid_of_corners(rng, 3000))
    faces = np.arange(3000, dtype=np.int32).reshape(-1, 3)
    mesh, notice = mesh_of_indexed(vertices, faces, mm_per_unit=1.0, where="x")
    triangles = vertices[faces] + 0.0
    distinct = np.array([len({tuple(p) for p in t.tolist()}) == 3 for t in triangles])
    np.testing.assert_array_equal(mesh.vertices[mesh.faces], triangles[distinct])
    assert len(np.unique(mesh.vertices, axis=0)) == len(mesh.vertices)
    assert notice.values["triangles_with_coinciding_corners"] == (~distinct).sum()


def test_neighbours_in_the_last_bit_stay_apart():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [np.nextafter(0, 1), 0, 0]], dtype=float)
    mesh, _ = mesh_of_indexed(
        vertices, np.array([[0, 1, 2], [3, 1, 2]], np.int32), mm_per_unit=1.0, where="x"
    )
    assert len(mesh.vertices) == 4


# --- polygons ---


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 40), st.integers(0, 2**32), st.booleans())
def test_star_shaped_polygons_are_covered_once(corners, seed, mirrored):
    """Oracle: the shoelace formula, and every triangle on the polygon's side."""
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    if len(set(angles.tolist())) < corners or np.diff(angles, append=angles[0] + 2 * np.pi).max() > 3:
        return
    radii = rng.uniform(0.3, 3, corners)
    flat = np.stack([radii * np.cos(angles), radii * np.sin(angles), np.zeros(corners)], axis=1)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    points = flat @ turn.T
    order = np.arange(corners)[:: -1 if mirrored else 1]
    faces, _ = triangles_of(points, [Facets(order[None, :].astype(np.int64), np.zeros(1, np.int64))])
    a, b, c = (points[faces[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a) / 2
    x, y = flat[:, 0], flat[:, 1]
    wanted = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert len(faces) == corners - 2
    assert np.linalg.norm(normals, axis=1).sum() == pytest.approx(wanted, rel=1e-9)
    assert np.linalg.norm(normals.sum(axis=0)) == pytest.approx(wanted, rel=1e-9)


def test_a_polygon_that_crosses_itself_leaves_the_surface_closed(tmp_path):
    from amprep.repair import check_and_mend

    star = [(math.cos(4 * math.pi * i / 5), math.sin(4 * math.pi * i / 5)) for i in range(5)]
    corners = [(x, y, z) for z in (0, 1) for x, y in star]
    sides = [(i, (i + 1) % 5, 5 + (i + 1) % 5, 5 + i) for i in range(5)]
    (tmp_path / "star.off").write_text(make.off([(4, 3, 2, 1, 0), (5, 6, 7, 8, 9), *sides], corners))
    mesh, _ = read_one(tmp_path / "star.off", unit="mm")
    _, report = check_and_mend(mesh, name="star")
    assert report.open_edges == 0


def test_polygons_that_are_not_flat_are_told(tmp_path):
    text = make.obj().replace("v 2 3 4", "v 2 3 5")
    (tmp_path / "warped.obj").write_text(text)
    _, source = read_one(tmp_path / "warped.obj", unit="mm")
    (notice,) = source.notices
    assert notice.code == "W232"
    assert notice.values["polygons_not_flat"] == 1


# --- STEP ---


@pytest.mark.parametrize(
    ("layer_mm", "tolerance_mm"), [(None, 0.01), (0.04, 0.02), (0.0005, 0.001), (1.0, 0.05)]
)
def test_the_tolerance_is_half_a_layer_within_limits(layer_mm, tolerance_mm):
    assert step_tolerance_mm(layer_mm) == tolerance_mm


@pytest.mark.skipif(find_spec("cascadio") is None, reason="the extra step is not installed")
@pytest.mark.parametrize(("size", "unit"), [(1.0, ".MILLI."), (0.001, "$")])
@pytest.mark.parametrize("layer_mm", [0.02, 0.06])
def test_a_cylinder_from_step_keeps_to_the_tolerance(size, unit, layer_mm, tmp_path):
    from amprep.repair import check_and_mend

    (tmp_path / "pin.dat").write_bytes(make.cylinder_step(50 * size, 10 * size, unit))
    mesh, source = read_one(tmp_path / "pin.dat", layer_thickness_mm=layer_mm)
    _, report = check_and_mend(mesh, name="pin")
    assert (source.format, source.unit, source.unit_origin) == ("step", "mm", "from the file")
    assert report.is_watertight
    assert mesh.size_mm[2] == pytest.approx(10, abs=1e-5)
    edges = (mesh.vertices[mesh.faces] + np.roll(mesh.vertices[mesh.faces], 1, axis=1))[:, :, :2] / 2
    rim = np.abs(mesh.vertices[mesh.faces][:, :, 2].mean(axis=1) - 5) < 4
    assert 50 - np.linalg.norm(edges[rim], axis=2).min() <= layer_mm / 2


@pytest.mark.skipif(find_spec("cascadio") is not None, reason="the extra step is installed")
def test_a_step_file_without_the_extra_names_the_command(tmp_path):
    (tmp_path / "pin.step").write_bytes(make.cylinder_step(5, 10))
    with pytest.raises(MeshError) as caught:
        read_file(tmp_path / "pin.step")
    assert caught.value.code == "E229"
    assert 'pip install "amprep[step]"' in caught.value.fix


# --- nothing but our errors ---

SEEDS = {
    "obj": make.obj().encode(),
    "off": make.off().encode(),
    "ply-text": make.ply_text().encode(),
    "ply-little": make.ply_binary(),
    "ply-big": make.ply_binary(">", [*QUADS[:5], *TRIANGLES[10:]], "H", "H", "ushort ushort"),
    "3mf": make.threemf(),
    "stl": make.ascii_stl().encode(),
}


@pytest.mark.parametrize("kind", sorted(SEEDS))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutations_give_a_body_or_one_of_our_errors(kind, data, tmp_path_factory):
    content = bytearray(SEEDS[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["set", "cut", "copy", "end"])):
            case "set":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 30))]
            case "copy":
                content[at:at] = content[at : at + data.draw(st.integers(1, 30))]
            case "end":
                del content[max(at, 1) :]
        content = content or bytearray(b"x")
    path = tmp_path_factory.mktemp("mutated") / "part"
    path.write_bytes(content)
    try:
        parts = read_file(path)
    except MeshError:
        return
    for part in parts:
        assert np.isfinite(part.mesh.vertices).all()
        assert part.mesh.faces.min() >= 0
        assert part.mesh.faces.max() < len(part.mesh.vertices)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mutations_of_the_xml_give_a_body_or_one_of_our_errors(data, tmp_path_factory):
    text = make.model_xml()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text = text[:at] + data.draw(st.text(max_size=5)) + text[at + data.draw(st.integers(0, 9)) :]
    path = tmp_path_factory.mktemp("mutated") / "part"
    path.write_bytes(make.threemf(text.encode("utf-8", errors="replace")))
    try:
        (part,) = read_file(path)
    except MeshError:
        return
    assert np.isfinite(part.mesh.vertices).all()


def test_a_box_is_a_box_in_every_format(tmp_path):
    for kind, content in SEEDS.items():
        (tmp_path / "part").write_bytes(content)
        mesh, _ = read_one(tmp_path / "part", unit="mm")
        assert (kind, mesh.volume_mm3) == (kind, pytest.approx(VOLUME_MM3, rel=1e-12))
        assert len(mesh.vertices) == 8


def object_of(number, kind="model", components=()):
    inner = make.mesh_xml()
    if components:
        inner = "".join(f'<component objectid="{other}"/>' for other in components)
        inner = f"<components>{inner}</components>"
    return f'<object id="{number}" type="{kind}">{inner}</object>'


def file_of(tmp_path, resources, items):
    path = tmp_path / "some.3mf"
    build = "".join(f'<item objectid="{number}"/>' for number in items)
    path.write_bytes(make.threemf(make.model_xml(resources, build)))
    return path


def test_the_type_of_a_component_counts_and_not_that_of_what_holds_it(tmp_path):
    both = object_of(1) + object_of(2, "support") + object_of(3, components=(1, 2))
    (part,) = read_file(file_of(tmp_path, both, [3]))
    (alone,) = read_file(file_of(tmp_path, object_of(1), [1]))
    assert part.mesh.volume_mm3 == pytest.approx(alone.mesh.volume_mm3)
    assert any(notice.code == "W221" and "support" in notice.text for notice in part.source.notices)
    (held,) = read_file(file_of(tmp_path, object_of(1) + object_of(3, "support", (1,)), [3]))
    assert held.mesh.volume_mm3 == pytest.approx(alone.mesh.volume_mm3)
    with pytest.raises(MeshError) as caught:
        read_file(file_of(tmp_path, object_of(2, "support") + object_of(3, components=(2,)), [3]))
    assert caught.value.code == "E225"


def test_a_deep_chain_is_refused_from_whichever_end_it_is_seen(tmp_path):
    chain = object_of(1) + "".join(object_of(n, components=(n - 1,)) for n in range(2, 1001))
    for items in (range(1, 1001), [1000]):
        with pytest.raises(MeshError) as caught:
            read_file(file_of(tmp_path, chain, items))
        assert caught.value.code == "E228"
