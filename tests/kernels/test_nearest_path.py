"""Oracle: all places of all paths that are left, compared one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.nearest_path import nearest_paths


def by_search(places, exits, starts, x, y):
    left, chosen = [i for i in range(len(starts) - 1) if starts[i] < starts[i + 1]], []
    while left:
        asked = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in left])
        dx, dy = (places[asked] - (x, y)).T
        found = asked[np.argmin(dx * dx + dy * dy)]
        chosen.append(int(found))
        left.remove(int(np.searchsorted(starts, found, side="right")) - 1)
        x, y = exits[found]
    return chosen + [-1] * (len(starts) - 1 - len(chosen))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.one_of(st.integers(0, 6), st.integers(0, 300)), min_size=1, max_size=40),
    st.sampled_from([1, 1, 9]),
    st.integers(0, 10_000),
    st.integers(1, 40),
)
def test_the_nearest_is_next(sizes, times, seed, span):
    """Of few paths, short ones and long ones, and of many."""
    rng = np.random.default_rng(seed)
    starts = np.cumsum([0, *sizes * times]).astype(np.int64)
    places, exits = rng.integers(0, span, (2, starts[-1], 2)).astype(np.float64)
    x, y = rng.uniform(-5, span + 5, 2)
    assert nearest_paths(places, exits, starts, x, y).tolist() == by_search(places, exits, starts, x, y)


def test_many_paths_close_together_and_one_far_away():
    """Cells that fit the mean distance of the paths would hold nearly all places at once."""
    turn = 2.0 * np.pi * np.arange(40) / 40
    circle = 0.2 * np.column_stack([np.cos(turn), np.sin(turn)])
    middles = [(0.5 * i, 0.5 * j) for i in range(12) for j in range(12)] + [(400.0, 400.0)]
    places = np.concatenate([circle + middle for middle in middles])
    starts = 40 * np.arange(len(middles) + 1)
    found = nearest_paths(places, places, starts, 3.0, -1.0)
    assert found.tolist() == by_search(places, places, starts, 3.0, -1.0)
