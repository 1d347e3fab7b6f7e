"""A part of a layer from near: which vectors, and how much of the platform."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.model.scan import ScanVectors
from amprep.pictures.close_up import CloseUp, rows_in, vectors_in


@given(st.integers(0, 2**32 - 1), st.floats(-5, 15), st.floats(-5, 15), st.floats(0.1, 10))
@settings(deadline=None)
def test_all_that_reaches_into_the_view_is_there(seed, x, y, span):
    rng = np.random.default_rng(seed)
    n = 60
    start = rng.uniform(0, 10, (n, 2))
    segments = np.hstack([start, start + rng.uniform(-2, 2, (n, 2))]).astype(np.float32)
    vectors = ScanVectors(segments, rng.integers(0, 8, n), rng.integers(0, 3, n), rng.integers(0, 4, n))
    view = CloseUp(x, y, span).view(3.0, 2.0)
    assert view[2] - view[0] == pytest.approx(1.5 * span)
    assert view[3] - view[1] == pytest.approx(span)
    assert (view[0] + view[2]) / 2 == pytest.approx(x, abs=1e-9)
    rows = rows_in(vectors, view)
    lines = shapely.linestrings(segments.astype(np.float64).reshape(-1, 2, 2))
    inside = shapely.box(*view)
    assert set(np.flatnonzero(shapely.intersects(lines, inside))) <= set(rows)
    assert not shapely.intersects(shapely.envelope(lines), inside)[np.setdiff1d(np.arange(n), rows)].any()
    found = vectors_in(vectors, view)
    for name in ("segments", "region", "part", "laser"):
        assert np.array_equal(getattr(found, name), getattr(vectors, name)[rows])
