"""Oracle: a Python dict keyed by the 12 bytes of a corner, or numpy.unique on those bytes."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from amprep.demonstrators.primitives import sphere
from amprep.engines.threads import ThreadsEngine
from amprep.kernels import vertex_merge
from amprep.reading import merging
from amprep.reading.merging import corners_of, merge_corners


def merge_vertices(corners, engine=None):
    """Ids of the corners, and where each vertex occurs first; the last corner fills up the last triangle."""
    corners = np.asarray(corners)
    n = len(corners)
    whole = np.concatenate([corners, np.repeat(corners[-1:], -n % 3, axis=0)]) if n else corners
    merged = merge_corners(corners_of(np.ascontiguousarray(whole)), engine=engine)
    ids = merged.faces.reshape(-1)[:n]
    vertices, first = np.unique(ids, return_index=True)
    assert vertices.tolist() == list(range(len(merged.vertices)))
    with np.errstate(invalid="ignore"):
        expected = corners[first] + np.float32(0.0)
    assert merged.vertices.tobytes() == expected.tobytes(), "bits of the vertices"
    a, b, c = merged.faces.T
    assert merged.coinciding == int(((a == b) | (b == c) | (c == a)).sum())
    return ids, first.astype(np.int32)


def merged_by_dict(corners):
    seen: dict[bytes, int] = {}
    first, ids = [], []
    for i, corner in enumerate(corners + np.float32(0.0)):
        key = corner.tobytes()
        if key not in seen:
            seen[key] = len(seen)
            first.append(i)
        ids.append(seen[key])
    return np.array(ids, dtype=np.int32), np.array(first, dtype=np.int32)


def assert_all_distinct(corners):
    ids, first = merge_vertices(corners)
    np.testing.assert_array_equal(ids, np.arange(len(corners)))
    np.testing.assert_array_equal(first, np.arange(len(corners)))


@pytest.fixture(scope="module")
def sphere_corners():
    mesh = sphere(40.0, 4)
    return np.ascontiguousarray(mesh.vertices[mesh.faces].reshape(-1, 3).astype(np.float32))


def test_a_sphere_gets_its_vertices_back(sphere_corners):
    ids, first = merge_vertices(sphere_corners)
    assert len(first) == 2562, "vertices of an icosahedron divided four times"
    np.testing.assert_array_equal(sphere_corners[first][ids], sphere_corners)
    assert ids.dtype == first.dtype == np.int32


def test_the_order_of_the_triangles_changes_the_numbers_only(sphere_corners):
    order = np.random.default_rng(1).permutation(len(sphere_corners))
    shuffled = np.ascontiguousarray(sphere_corners[order])
    ids, first = merge_vertices(shuffled)
    expected_ids, expected_first = merged_by_dict(shuffled)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(first, expected_first)


@settings(max_examples=60, deadline=None)
@given(
    st_numpy.arrays(
        np.float32,
        st.tuples(st.integers(0, 80), st.just(3)),
        elements=st.sampled_from([0.0, -0.0, 1.0, 2.0, -1.0, 1e-45]),
    )
)
def test_any_corners_merge_as_in_a_dict(corners):
    ids, first = merge_vertices(np.ascontiguousarray(corners))
    expected_ids, expected_first = merged_by_dict(corners)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(first, expected_first)


def test_minus_zero_is_zero_and_the_input_stays():
    corners = np.array([[0.0, 1.0, -0.0], [-0.0, 1.0, 0.0], [-0.0, -1.0, 0.0]], dtype=np.float32)
    before = corners.tobytes()
    ids, first = merge_vertices(corners)
    assert ids.tolist() == [0, 0, 1]
    assert first.tolist() == [0, 2]
    assert corners.tobytes() == before


def test_nan_with_equal_bits_is_one_vertex():
    ids, _ = merge_vertices(np.full((4, 3), np.nan, dtype=np.float32))
    assert ids.tolist() == [0, 0, 0, 0]


def test_no_corner_gives_no_vertex():
    ids, first = merge_vertices(np.zeros((0, 3), dtype=np.float32))
    assert len(ids) == len(first) == 0


def test_the_table_grows_when_all_corners_differ():
    assert_all_distinct(np.random.default_rng(2).random((30_000, 3), dtype=np.float32))


def test_the_table_grows_when_noise_of_1_nm_splits_the_vertices(sphere_corners):
    noise = np.random.default_rng(3).normal(scale=1e-6, size=sphere_corners.shape)
    noisy = np.ascontiguousarray((sphere_corners + noise).astype(np.float32))
    ids, first = merge_vertices(noisy)
    expected_ids, expected_first = merged_by_dict(noisy)
    assert len(first) > 3 * 2562, "the noise must split most vertices for this test to mean anything"
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(first, expected_first)


@pytest.mark.parametrize("step", [2.0**-10, 0.5, 1.0, 1024.0])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_corners_on_a_line_stay_apart(axis, step):
    corners = np.zeros((4096, 3), dtype=np.float32)
    corners[:, axis] = np.arange(4096) * step
    assert_all_distinct(corners)


def test_corners_on_a_grid_stay_apart():
    steps = np.arange(-12, 12) * 0.5
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    assert_all_distinct(np.ascontiguousarray(grid.astype(np.float32)))


@pytest.mark.parametrize("low_bit", [0, 8, 16, 20])
def test_keys_on_a_grid_of_bits_hardly_collide(low_bit):
    """Keys that differ in a few bits of one place only, the hard case for a hash of coordinates."""
    values = (np.arange(16, dtype=np.uint32) << np.uint32(low_bit)) + np.uint32(0x3F800000)
    keys = np.stack(np.meshgrid(values, values, values, indexing="ij"), axis=-1).reshape(-1, 3)
    rows = np.array([int(vertex_merge._hash(x, y, z)) & 8191 for x, y, z in keys])
    # 4096 balls in 8192 boxes fill 8192 · (1 − e^−½) = 3223 of them.
    assert len(np.unique(rows)) > 3000
    assert_all_distinct(np.ascontiguousarray(keys).view(np.float32))


def test_a_wrong_array_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"\(4, 2\)"):
        corners_of(np.zeros((4, 2), dtype=np.float32))
    with pytest.raises(ValueError, match=r"\(4, 3\)"):
        corners_of(np.zeros((4, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="float64"):
        corners_of(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="C-contiguous"):
        corners_of(np.zeros((6, 3), dtype=np.float32)[::2])


def test_read_only_and_writable_arrays_share_one_specialisation():
    corners = np.zeros((3, 3), dtype=np.float32)
    merge_corners(corners_of(corners))
    assert corners.flags.writeable
    corners.flags.writeable = False
    merge_corners(corners_of(corners))
    signatures = getattr(vertex_merge.insert_corners, "signatures", None)
    if signatures is None:
        pytest.skip("Numba is switched off, so nothing is compiled")
    assert len(signatures) == 1


@pytest.mark.parametrize("workers", [2, 3, 5])
@pytest.mark.parametrize("kind", ["as it is", "shuffled", "soup", "noise"])
def test_ranges_merged_side_by_side_give_the_same_vertices(sphere_corners, monkeypatch, workers, kind):
    monkeypatch.setattr(merging, "_LEAST", 50)
    rng = np.random.default_rng(4)
    corners = sphere_corners
    if kind == "shuffled":
        corners = rng.permutation(corners.reshape(-1, 3, 3)).reshape(-1, 3)
    elif kind == "soup":
        corners = rng.random(corners.shape, dtype=np.float32)
    elif kind == "noise":
        corners = (corners + rng.normal(scale=1e-6, size=corners.shape)).astype(np.float32)
    ids, first = merge_vertices(corners, ThreadsEngine(workers))
    expected_ids, expected_first = merged_by_dict(corners)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(first, expected_first)


NEVER_ENDING = """
import sys
import numpy as np
from amprep.demonstrators.primitives import sphere
from amprep.engines.threads import ThreadsEngine
from amprep.reading.merging import corners_of, merge_corners
mesh = sphere(40.0, 6)
rng = np.random.default_rng(5)
corners = mesh.vertices[mesh.faces].reshape(-1, 3)
if sys.argv[1] == "soup":
    corners = rng.random(corners.shape)
elif sys.argv[1] == "shuffled":
    corners = rng.permutation(corners)
else:
    corners = corners + rng.normal(scale=1e-6, size=corners.shape)
for engine in (None, ThreadsEngine(2)):
    merged = merge_corners(corners_of(np.ascontiguousarray(corners.astype(np.float32))), engine=engine)
    print(len(merged.vertices))
"""


@pytest.mark.parametrize("kind", ["soup", "shuffled", "noise"])
def test_a_table_that_fills_up_ends_all_the_same(kind):
    """In a process of its own, which can be ended: a kernel that probes for ever cannot."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", NEVER_ENDING, kind],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=True,
    )
    alone, side_by_side = map(int, done.stdout.split())
    assert alone == side_by_side
    assert alone == 40962 if kind == "shuffled" else alone > 3 * 40962
