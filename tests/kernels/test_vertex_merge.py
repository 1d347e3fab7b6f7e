"""Oracle: a Python dict keyed by the 12 bytes of a corner, or numpy.unique on those bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from amprep.demonstrators.primitives import sphere
from amprep.kernels import vertex_merge
from amprep.kernels.vertex_merge import merge_vertices


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
        merge_vertices(np.zeros((4, 2), dtype=np.float32))
    with pytest.raises(ValueError, match="float64"):
        merge_vertices(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="C-contiguous"):
        merge_vertices(np.zeros((8, 3), dtype=np.float32)[::2])


def test_read_only_and_writable_arrays_share_one_specialisation():
    corners = np.zeros((3, 3), dtype=np.float32)
    merge_vertices(corners)
    assert corners.flags.writeable
    corners.flags.writeable = False
    merge_vertices(corners)
    signatures = getattr(vertex_merge.insert_corners, "signatures", None)
    if signatures is None:
        pytest.skip("Numba is switched off, so nothing is compiled")
    assert len(signatures) == 1
