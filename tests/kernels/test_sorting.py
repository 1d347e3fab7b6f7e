"""Oracle: numpy.sort, and the multiset of (key, payload) pairs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.sorting import FEW, sort_range


def assert_sorted_between(keys, payload, begin, end):
    before_keys, before_payload = keys.copy(), payload.copy()
    sort_range(keys, payload, begin, end)
    np.testing.assert_array_equal(keys[begin:end], np.sort(before_keys[begin:end]))
    pairs = Counter(zip(before_keys[begin:end], before_payload[begin:end], strict=True))
    assert Counter(zip(keys[begin:end], payload[begin:end], strict=True)) == pairs
    for rest in (slice(0, begin), slice(end, None)):
        np.testing.assert_array_equal(keys[rest], before_keys[rest])
        np.testing.assert_array_equal(payload[rest], before_payload[rest])


@pytest.mark.parametrize("size", [0, 1, 2, 3, FEW - 1, FEW, FEW + 1, FEW + 2, 2 * FEW, 1000, 20_001])
@pytest.mark.parametrize("kind", ["random", "ascending", "descending", "equal", "few values", "organ pipe"])
def test_a_range_comes_out_as_numpy_sorts_it(size, kind):
    rng = np.random.default_rng(size)
    keys = {
        "random": rng.normal(size=size),
        "ascending": np.arange(size, dtype=np.float64),
        "descending": -np.arange(size, dtype=np.float64),
        "equal": np.full(size, 2.5),
        "few values": rng.integers(0, 4, size).astype(np.float64),
        "organ pipe": np.minimum(np.arange(size), size - np.arange(size)).astype(np.float64),
    }[kind]
    payload = rng.choice(np.array([-1, 1], dtype=np.int8), size)
    assert_sorted_between(keys, payload, 0, size)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(allow_nan=False, width=32), max_size=120), st.data())
def test_only_the_range_is_touched(values, data):
    keys = np.array(values, dtype=np.float64)
    payload = np.arange(len(keys)).astype(np.int8)
    begin = data.draw(st.integers(0, len(keys)))
    end = data.draw(st.integers(begin, len(keys)))
    assert_sorted_between(keys, payload, begin, end)
