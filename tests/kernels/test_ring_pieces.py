"""Properties of the order in which lasers go along their pieces of rings, and circles where it is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.ring_pieces import order_ring_pieces

RING = np.array([1, 0], dtype=np.uint8)


def circle(radius, count, x=0.0):
    turn = 2.0 * np.pi * np.arange(count + 1) / count
    points = np.column_stack([x + radius * np.cos(turn), radius * np.sin(turn)]).astype(np.float32)
    points[-1] = points[0]
    return np.column_stack([points[:-1], points[1:]])


def put_in_order(segments, laser, source=None, exposure=None, part=None, *, pieces=None):
    none = np.zeros(len(segments), dtype=np.uint16)
    source = np.arange(len(segments)) if source is None else source
    pieces = segments if pieces is None else pieces
    order, turned = order_ring_pieces(
        np.ascontiguousarray(pieces),
        np.asarray(laser, dtype=np.uint8),
        np.asarray(source, dtype=np.int32),
        np.ascontiguousarray(segments),
        none if exposure is None else np.asarray(exposure, dtype=np.uint16),
        none if part is None else np.asarray(part, dtype=np.uint16),
        RING,
        4,
    )
    assert sorted(order.tolist()) == list(range(len(pieces)))
    fired = pieces[order]
    fired[turned == 1] = fired[turned == 1][:, [2, 3, 0, 1]]
    return fired, np.asarray(laser)[order], order, turned


def jumps_of(fired, laser, who):
    own = fired[laser == who].astype(np.float64)
    return np.hypot(*(own[1:, :2] - own[:-1, 2:]).T)


def test_two_lasers_go_to_and_fro_along_rings():
    """The ring begins in the middle of the second laser's stretch, which is one all the same."""
    rings = np.concatenate([circle(10.0 - 0.1 * i, 72) for i in range(20)])
    laser = (rings[:, 0] + rings[:, 2] > 0).astype(int)
    fired, who, _, turned = put_in_order(rings, laser)
    for one in (0, 1):
        jumps = jumps_of(fired, who, one)
        assert (jumps > 0).sum() == 19
        assert jumps.max() < 1.0, "to the next ring, not across"
        before = jumps_of(rings, laser, one)
        assert before.max() > 15.0
    assert 0 < turned.sum() < len(rings)


def test_what_no_ring_is_stays():
    ring, line = circle(5.0, 30), np.array([[0, 0, 9, 0], [9, 0, 9, 9]], dtype=np.float32)
    laser = np.arange(30) // 10
    open_run = ring[:-1]
    for segments, lasers, exposure in (
        (np.concatenate([line, open_run]), [0, 1, *laser[:-1]], None),
        (ring, laser, np.ones(30)),
        (ring, np.full(30, 3), None),
    ):
        _, _, order, turned = put_in_order(segments, lasers, exposure=exposure)
        assert order.tolist() == list(range(len(segments)))
        assert not turned.any()


def test_a_vector_of_no_ring_that_is_cut_stays_as_it_is_cut():
    segments = np.array([[0, 0, 10, 0], [10, 0, 20, 0], [20, 0, 30, 5]], dtype=np.float32)
    pieces = np.array(
        [[0, 0, 10, 0], [10, 0, 13, 0], [13, 0, 16, 0], [16, 0, 20, 0], [20, 0, 30, 5]], dtype=np.float32
    )
    _, _, order, turned = put_in_order(segments, [0, 0, 1, 0, 0], [0, 1, 1, 1, 2], pieces=pieces)
    assert order.tolist() == [0, 1, 2, 3, 4]
    assert not turned.any()


def test_far_too_many_stretches_stay():
    ring = circle(50.0, 4000)
    _, _, order, _ = put_in_order(ring, np.arange(4000) % 2)
    assert order.tolist() == list(range(4000))


def test_rings_of_two_parts_are_two():
    ring = circle(5.0, 12)
    _, _, order, _ = put_in_order(ring, np.arange(12) // 6, part=np.arange(12) // 3)
    assert order.tolist() == list(range(12))


def test_pieces_of_one_vector_belong_to_its_ring():
    ring = circle(5.0, 8)
    source, pieces, laser = [], [], []
    for i, (x0, y0, x1, y1) in enumerate(ring):
        halves = {2: [(0.0, 0.5, 0), (0.5, 1.0, 1)], 6: [(0.0, 0.5, 1), (0.5, 1.0, 0)]}
        for a, b, who in halves.get(i, [(0.0, 1.0, int(2 < i < 6))]):
            pieces.append([x0 + a * (x1 - x0), y0 + a * (y1 - y0), x0 + b * (x1 - x0), y0 + b * (y1 - y0)])
            source.append(i)
            laser.append(who)
    fired, who, _, _ = put_in_order(ring, laser, source, pieces=np.array(pieces, dtype=np.float32))
    for one in (0, 1):
        assert jumps_of(fired, who, one).max() < 1e-5


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(3, 30), st.integers(0, 99)), min_size=1, max_size=6), st.integers(1, 4))
def test_each_stretch_is_gone_along_in_one_go(rings, lasers):
    segments = np.concatenate([circle(2.0 + i, count, 0.3 * i) for i, (count, _) in enumerate(rings)])
    laser = np.concatenate(
        [np.sort(np.random.default_rng(seed).integers(0, lasers, count)) for count, seed in rings]
    )
    fired, who, order, turned = put_in_order(segments, laser)
    np.testing.assert_array_equal(who, laser[order])
    begins = np.cumsum([0, *(count for count, _ in rings)])
    ring_of = np.searchsorted(begins, order, side="right") - 1
    assert (np.diff(ring_of) >= 0).all(), "ring after ring"
    for one in range(lasers):
        for ring in range(len(rings)):
            mine = (who == one) & (ring_of == ring)
            assert len(set(turned[mine].tolist())) <= 1
            if len(set(laser[begins[ring] : begins[ring + 1]].tolist())) > 1:
                assert (jumps_of(fired[ring_of == ring], who[ring_of == ring], one) == 0).all()
    assert jumps_of(fired, who, 0).sum() <= jumps_of(segments, laser, 0).sum() + 4.0 * len(rings)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_order(count):
    _, _, order, _ = put_in_order(circle(1.0, 3)[:count], np.zeros(count))
    assert len(order) == count
