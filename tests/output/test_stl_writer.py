"""Oracle: trimesh reads what we write."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
import trimesh

from amprep.demonstrators.primitives import box, cylinder
from amprep.errors import OutputError
from amprep.model.mesh import Mesh
from amprep.output.atomic import atomic_file
from amprep.output.stl import write_stl
from amprep.reading.stl import read_stl


@pytest.fixture
def path(tmp_path):
    return tmp_path / "part.stl"


def test_trimesh_reads_the_same_body(path):
    mesh = cylinder(20.0, 7.0, 48)
    write_stl(mesh, path)
    read = trimesh.load_mesh(path)
    assert len(read.faces) == len(mesh.faces)
    assert read.is_watertight
    assert read.volume == pytest.approx(mesh.volume_mm3, rel=1e-6)


def test_our_reader_gets_the_float32_values_back(path):
    mesh = cylinder(20.0, 7.0, 48)
    write_stl(mesh, path)
    read, source = read_stl(path, unit="mm")
    expected = mesh.vertices.astype(np.float32).astype(np.float64)
    np.testing.assert_array_equal(read.vertices[read.faces], expected[mesh.faces])
    assert source.notices == ()


def test_length_header_and_normals_are_as_readers_expect(path):
    write_stl(box((1.0, 2.0, 3.0)), path)
    data = path.read_bytes()
    assert len(data) == 84 + 12 * 50
    assert not data.startswith(b"solid")
    records = np.frombuffer(data, dtype=np.dtype([("f", "<f4", (4, 3)), ("a", "<u2")]), offset=84)
    normals = records["f"][:, 0]
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, rtol=1e-6)
    middles = records["f"][:, 1:].mean(axis=1) - np.array([0.5, 1.0, 1.5])
    assert (np.einsum("ij,ij->i", normals, middles) > 0).all(), "normals must point outwards"
    assert (records["a"] == 0).all()
    assert any(byte > 127 for byte in data[84:212]), "some readers look for such a byte"


def test_a_triangle_without_area_gets_a_normal_too(path):
    write_stl(Mesh([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]]), path)
    normal = np.frombuffer(path.read_bytes(), dtype="<f4", count=3, offset=84)
    assert normal.tolist() == [0.0, 0.0, 1.0]


def test_an_empty_mesh_is_written_with_count_zero(path):
    write_stl(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)), path)
    assert path.stat().st_size == 84


def test_the_same_mesh_gives_the_same_bytes(path, tmp_path):
    write_stl(box((1, 2, 3)), path)
    write_stl(box((1, 2, 3)), tmp_path / "again.stl")
    assert path.read_bytes() == (tmp_path / "again.stl").read_bytes()


def test_a_coordinate_beyond_float32_is_refused(path):
    with pytest.raises(OutputError) as caught:
        write_stl(box((1e39, 1, 1)), path)
    assert caught.value.code == "E502"
    assert not path.exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match="no folder") as caught:
        write_stl(box((1, 1, 1)), tmp_path / "nowhere" / "part.stl")
    assert caught.value.code == "E502"
    assert caught.value.exit_status == 5


def test_a_folder_of_that_name_is_an_error_and_nothing_stays(tmp_path, path):
    path.mkdir()
    with pytest.raises(OutputError, match="folder"):
        write_stl(box((1, 1, 1)), path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["part.stl"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(monkeypatch, tmp_path, path):
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        write_stl(box((1, 1, 1)), path)
    assert caught.value.code == "E502"
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["part.stl"]


def test_another_error_inside_the_block_passes_and_nothing_stays(tmp_path, path):
    def half():
        with atomic_file(path, "w") as stream:
            stream.write("half")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert list(tmp_path.iterdir()) == []


def test_text_is_utf_8_with_plain_line_ends(path):
    with atomic_file(path, "w") as stream:
        stream.write("Ø\n")
    assert path.read_bytes() == b"\xc3\x98\n"


def test_the_file_gets_the_usual_permissions(path):
    with atomic_file(path, "wb") as stream:
        stream.write(b"x")
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
