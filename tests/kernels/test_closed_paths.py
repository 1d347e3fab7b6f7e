"""Loops as vectors: against a walk in Python."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.closed_paths import closed_vectors


def walked(points, offsets, begins, step):
    rounded = points.astype(np.float32)
    rows = []
    for at in begins:
        loop = np.searchsorted(offsets, at, side="right") - 1
        numbers = np.arange(offsets[loop], offsets[loop + 1])
        way = np.roll(numbers, -(at - offsets[loop]))
        if step < 0:
            way = np.roll(way[::-1], 1)
        ends = rounded[np.append(way, way[0])]
        rows += [[*a, *b] for a, b in itertools.pairwise(ends) if (a != b).any()]
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 2**32 - 1), st.sampled_from([1, -1])
)
def test_loops_are_walked_once_round_from_where_they_begin(sizes, seed, step):
    random = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    points = random.integers(0, 3, size=(offsets[-1], 2)) * 1.1
    begins = offsets[:-1] + random.integers(0, sizes)
    begins = random.permutation(begins)
    found = closed_vectors(points, offsets, begins, step)
    assert found.dtype == np.float32
    assert np.array_equal(found, walked(points, offsets, begins, step))


def test_a_negative_point_is_no_loop():
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert len(closed_vectors(triangle, np.array([0, 3]), np.array([1, -1]), 1)) == 3
