"""Times of single vectors add up to those of their layer, and each is what arithmetic by hand gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.validation.test_closed_forms import (
    ACCELERATION,
    CONTOUR,
    CONTOUR_SPEED,
    CORE,
    CORE_SPEED,
    JUMP,
    JUMP_DELAY,
    PART_CHANGE,
    POLYGON,
    SWITCHING,
    TURNAROUND,
    setting,
)

from amprep.estimation.motion import motion_of
from amprep.estimation.time import layer_times, time_model
from amprep.estimation.vector_times import vector_times
from amprep.model.scan import Region

vectors = st.lists(
    st.tuples(
        st.integers(-40, 40),
        st.integers(-40, 40),
        st.sampled_from([CORE, CONTOUR, int(Region.UPSKIN), int(Region.EDGE)]),
        st.integers(0, 1),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=40,
)


def arrays(rows):
    """Vectors of which many begin where the last one of any laser ended, some without length."""
    segments, at = [], (0.0, 0.0)
    for x, y, *_, joined in rows:
        start = at if joined else (y / 8, x / 8)
        at = (x / 8, y / 8)
        segments.append((*start, *at))
    return (
        np.array(segments, dtype=np.float32).reshape(-1, 4),
        {
            "laser": np.array([row[4] for row in rows], dtype=np.uint8),
            "exposure": np.array([row[2] for row in rows], dtype=np.uint16),
            "part": np.array([row[3] for row in rows], dtype=np.uint16),
        },
    )


@settings(max_examples=150, deadline=None)
@given(rows=vectors, sky_writing=st.sampled_from(["hatches", "all", "off"]))
def test_vectors_add_up_to_their_layer(rows, sky_writing):
    machine, process = setting(sky_writing=sky_writing)
    motion = motion_of(machine, [process])
    segments, rest = arrays(rows)
    stats = motion.statistics(segments, **rest)[None]
    model = time_model(machine, [process], stats)
    busy = layer_times(stats, model).busy_s[0]
    times = vector_times(motion, model.values(), segments, **rest)
    assert (times.way_s >= 0.0).all()
    for laser in range(len(machine.lasers)):
        own = times.total_s[rest["laser"] == laser]
        assert math.fsum(own) == pytest.approx(busy[laser], rel=1e-9, abs=1e-12), "s"
    if len(rows) > 2:
        blocks = times.of_blocks(np.array([0, 1, len(rows) - 1]))
        assert math.fsum(blocks) == pytest.approx(math.fsum(times.total_s), rel=1e-12), "s"


def test_each_vector_by_hand():
    """Two hatch lines with a turn, a jump to a contour of two sides, a jump to another part."""
    machine, process = setting()
    motion = motion_of(machine, [process])
    segments = np.array(
        [(0, 0, 8, 0), (8, 0.125, 0, 0.125), (4, 4, 8, 4), (8, 4, 8, 8), (0, 0, 8, 0)], dtype=np.float32
    )
    rest = {
        "laser": np.zeros(5, dtype=np.uint8),
        "exposure": np.array([CORE, CORE, CONTOUR, CONTOUR, CORE], dtype=np.uint16),
        "part": np.array([0, 0, 0, 0, 1], dtype=np.uint16),
    }
    stats = motion.statistics(segments, **rest)[None]
    times = vector_times(motion, time_model(machine, [process], stats).values(), segments, **rest)
    to_contour, to_part = math.dist((0, 0.125), (4, 4)), math.dist((8, 8), (0, 0))
    full_speed = JUMP / ACCELERATION
    assert times.marking_s == pytest.approx(
        [8 / CORE_SPEED] * 2 + [4 / CONTOUR_SPEED] * 2 + [8 / CORE_SPEED], rel=1e-9
    )
    assert times.way_s == pytest.approx(
        [
            JUMP_DELAY,
            TURNAROUND + 0.125 / JUMP,
            JUMP_DELAY + to_contour / JUMP + full_speed + SWITCHING + CONTOUR_SPEED / ACCELERATION,
            POLYGON / 2,
            JUMP_DELAY + to_part / JUMP + full_speed + PART_CHANGE,
        ],
        rel=1e-9,
    ), "s"
