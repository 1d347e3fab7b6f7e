"""Raw curves with round corners: as many points as they need, whatever loops come behind."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amprep.kernels.mitred import mitred_curves


def square(x, y, side):
    """Clockwise: its corners are round."""
    return np.array([(x, y), (x, y + side), (x + side, y + side), (x + side, y)], dtype=np.float64)


def disc(x, y, radius, corners):
    angle = 2.0 * np.pi * np.arange(corners) / corners
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


@pytest.mark.parametrize("corners", [12, 48, 200])
@pytest.mark.parametrize("holes", [1, 2, 3, 5, 8, 13, 20])
def test_loops_behind_round_corners_have_room(holes, corners):
    """NumPy refuses what is written behind an array's end; machine code does not."""
    loops = [square(1.5 * (i % 10), 1.5 * (i // 10), 0.8) for i in range(holes)]
    # Teeth, whose corners take up to three points each, behind arcs of many.
    star = disc(40.0, 20.0, 1.0, corners)
    star[::2] *= 1.0 - 0.9 / corners
    loops += [disc(60.0, 20.0, 5.0, corners), star]
    points, offsets = np.concatenate(loops), np.cumsum([0, *map(len, loops)])
    half_step_rad = math.acos(0.13 / 0.132)
    source = getattr(mitred_curves, "py_func", mitred_curves)
    plain, compiled = (one(points, offsets, 0.13, half_step_rad) for one in (source, mitred_curves))
    assert len(compiled[0]) == compiled[1][-1] > 3 * holes
    np.testing.assert_allclose(compiled[0], plain[0], atol=1e-12)
    assert np.array_equal(compiled[1], plain[1])
