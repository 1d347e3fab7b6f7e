"""Oracle: numpy.sort, and the multiset of (key, payload) pairs."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.sorting import sort_range


def assert_sorted_between(keys, payload, begin, end):
    before_keys, before_payload = keys.copy(), payload.copy()
    sort_range(keys, payload, begin, end)
    np.testing.assert_array_equal(keys[begin:end], np.sort(before_keys[begin:end]))
    pairs = Counter(zip(before_keys[begin:end], before_payload[begin:end], strict=True))
    assert Counter(zip(keys[begin:end], payload[begin:end], strict=True)) == pairs
    for rest in (slice(0, begin), slice(end, None)):
        np.testing.assert_array_equal(keys[rest], before_keys[rest])
        np.testing.assert_array_equal(payload[rest], before_payload[rest])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 31, 32, 33, 34, 64, 1000, 20_001])
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
    payload = rng.choice(np.array([-1, 1]), size)
    assert_sorted_between(keys, payload, 0, size)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(allow_nan=False, width=32), max_size=120), st.data())
def test_only_the_range_is_touched(values, data):
    keys = np.array(values, dtype=np.float64)
    payload = np.arange(len(keys))
    begin = data.draw(st.integers(0, len(keys)))
    end = data.draw(st.integers(begin, len(keys)))
    assert_sorted_between(keys, payload, begin, end)


def test_a_bad_case_takes_no_longer_than_sorting_does():
    """A hundred lines of 10,000 crossings, each line's order turned round: squared it would take minutes."""
    clock = time.perf_counter()
    for _ in range(100):
        keys = np.arange(10_000, 0, -1, dtype=np.float64)
        sort_range(keys, np.arange(10_000), 0, 10_000)
    assert time.perf_counter() - clock < 10.0, "s"
