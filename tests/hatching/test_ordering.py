"""Oracles: all orders tried one by one for few blocks; the nearest one of all that are left."""

from __future__ import annotations

import itertools
import math

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amprep.hatching.ordering import (
    against_gas,
    downstream_first,
    minimise_jumps,
)
from amprep.hatching.patterns import Pattern, lay_pattern
from amprep.kernels.ordering import improve_order, nearest_order

places = st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-3, 3), st.floats(-3, 3))


def blocks_of(entries):
    """Blocks of one to three vectors that begin and end at the given places."""
    segments, sizes = [], []
    for i, (x, y, dx, dy) in enumerate(entries):
        steps = np.linspace(0, 1, 2 + i % 3)
        points = np.column_stack([x + steps * dx, y + steps * dy])
        segments.append(np.column_stack([points[:-1], points[1:]]))
        sizes.append(len(segments[-1]))
    offsets = np.cumsum([0, *sizes], dtype=np.int64)
    return np.concatenate([np.empty((0, 4)), *segments]).astype(np.float32), offsets


def ends(segments, offsets):
    return segments[offsets[:-1], :2].astype(float), segments[offsets[1:] - 1, 2:].astype(float)


def jumps(entry, leave, order, start=None):
    stops = [leave[a] for a in order[:-1]]
    total = sum(math.dist(a, entry[b]) for a, b in zip(stops, order[1:], strict=True))
    return total + (math.dist(start, entry[order[0]]) if start is not None else 0.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(places, min_size=1, max_size=7), st.sampled_from([None, (0.0, 0.0)]))
@example([(0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)], None).via("two blocks that should change places")
def test_few_blocks_are_nearly_as_short_as_the_best_order_and_never_longer_than_given(entries, start):
    segments, offsets = blocks_of(entries)
    entry, leave = ends(segments, offsets)
    found = minimise_jumps(segments, offsets, start_mm=start)
    given_mm = jumps(entry, leave, range(len(entries)), start)
    best_mm = min(jumps(entry, leave, o, start) for o in itertools.permutations(range(len(entries))))
    assert found.before_mm == pytest.approx(given_mm, abs=1e-9), "mm"
    assert found.after_mm == pytest.approx(jumps(entry, leave, found.order, start), abs=1e-9), "mm"
    assert best_mm - 1e-9 <= found.after_mm <= given_mm
    assert found.after_mm <= 1.6 * best_mm + 1e-6
    # The same vectors, bit for bit, block by block.
    assert sorted(found.order.tolist()) == list(range(len(entries)))
    expected = [segments[offsets[b] : offsets[b + 1]] for b in found.order]
    np.testing.assert_array_equal(found.segments, np.concatenate(expected))
    np.testing.assert_array_equal(np.diff(found.block_offsets), np.diff(offsets)[found.order])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(places, min_size=1, max_size=120),
    st.sampled_from([1.0, 1e-4, 1e4]),
    st.booleans(),
    st.booleans(),
)
def test_each_block_is_followed_by_the_nearest_one_left(entries, scale, on_grid, with_start):
    entry = scale * np.array([e[:2] for e in entries])
    if on_grid:
        entry = scale * np.round(entry / scale / 10.0)
    leave = entry + scale * np.array([e[2:] for e in entries])
    x, y = (3.0, 4.0) if with_start else (math.nan, math.nan)
    order = nearest_order(entry, leave, x, y)
    assert sorted(order.tolist()) == list(range(len(entry)))
    left = set(range(len(entry)))
    at = np.array([x, y])
    for place, b in enumerate(order.tolist()):
        if place > 0 or with_start:
            square = {c: float(((entry[c] - at) ** 2).sum()) for c in left}
            assert square[b] == pytest.approx(min(square.values()), rel=1e-9, abs=1e-12)
            if on_grid:
                assert b == min(c for c in left if square[c] == square[b]), "the lowest of equally near ones"
        else:
            assert b == 0
        left.remove(b)
        at = leave[b]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(places, min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_improving_never_makes_an_order_longer(entries, random):
    entry = np.array([e[:2] for e in entries])
    leave = entry + np.array([e[2:] for e in entries])
    order = list(range(len(entries)))
    random.shuffle(order)
    improved = improve_order(entry, leave, np.array(order), math.nan, math.nan)
    assert sorted(improved.tolist()) == sorted(order)
    assert jumps(entry, leave, improved) <= jumps(entry, leave, order) + 1e-9


def test_rows_that_all_run_the_same_way_are_left_as_they_are():
    entries = [(0.0, 0.1 * i, 5.0, 0.0) for i in range(30)]
    segments, offsets = blocks_of(entries)
    found = minimise_jumps(segments, offsets)
    assert found.after_mm <= found.before_mm
    assert found.gain_mm >= 0.0


def test_nothing_to_order():
    none = np.zeros(1, dtype=np.int64)
    found = minimise_jumps(np.empty((0, 4), np.float32), none)
    assert (found.before_mm, found.after_mm, len(found.order)) == (0.0, 0.0, 0)


@pytest.mark.parametrize("kind", ["uniform", "clustered", "one place"])
def test_many_blocks_are_ordered_at_once(kind):
    """20,000 blocks; to look at all pairs of them would take minutes."""
    rng = np.random.default_rng(1)
    count = 300 if numba.config.DISABLE_JIT else 2000 if kind == "one place" else 20_000
    entry = rng.uniform(0, 300, (count, 2))
    if kind != "uniform":
        entry = rng.uniform(0, 300, (count // 50, 2))[rng.integers(0, count // 50, count)]
        entry += rng.normal(0, 0.1, (count, 2))
    if kind == "one place":
        entry[10:] = (1.0, 2.0)
    segments = np.concatenate([entry, entry + rng.uniform(-1, 1, (count, 2))], axis=1).astype(np.float32)
    found = minimise_jumps(segments, np.arange(count + 1))
    assert sorted(found.order.tolist()) == list(range(count))
    assert found.after_mm < (1.0 if kind == "one place" else 0.2) * found.before_mm


def square(x, y, width):
    return np.array([(x, y), (x + width, y), (x + width, y + width), (x, y + width)], dtype=np.float64)


def ragged(loops):
    offsets = np.cumsum([0, *(len(loop) for loop in loops)], dtype=np.int64)
    return np.concatenate(loops), offsets


LOOPS = [
    square(0.0, 0.0, 9.0),
    square(3.0, 3.0, 3.0)[::-1],
    square(20.0, 1.0, 4.0),
    square(-9.0, 12.0, 5.0),
]


@pytest.mark.parametrize("gas", [0.0, 90.0, 200.0, 315.0])
@pytest.mark.parametrize("kind", ["meander", "unidirectional", "stripes", "chess", "hexagon", "concentric"])
def test_against_the_gas_the_vectors_stay_and_the_lines_move_upstream(kind, gas):
    plain = lay_pattern(*ragged(LOOPS), Pattern(kind, 67.0, 0.2, 2.0, 0.1))
    hatch = lay_pattern(*ragged(LOOPS), Pattern(kind, 67.0, 0.2, 2.0, 0.1, gas_direction_deg=gas))
    assert sorted(map(bytes, hatch.segments)) == sorted(map(bytes, plain.segments))
    assert (hatch.line_mm, hatch.short_mm) == (plain.line_mm, plain.short_mm)
    assert len(hatch.block_offsets) == len(plain.block_offsets)
    assert len(hatch.group_blocks) == len(plain.group_blocks)
    flow = np.array([math.cos(math.radians(gas)), math.sin(math.radians(gas))])
    middle = hatch.segments.astype(float).reshape(-1, 2, 2).mean(axis=1)
    # Bodies: the one furthest downstream first.
    bodies = hatch.block_offsets[hatch.group_blocks]
    downstream = [middle[a:b].mean(axis=0) @ flow for a, b in itertools.pairwise(bodies)]
    assert np.all(np.diff(downstream) < 1.0), "mm"
    if kind == "concentric":
        return
    for a, b in itertools.pairwise(hatch.block_offsets):
        way = (hatch.segments[a:b, 2:] - hatch.segments[a:b, :2]).astype(float)
        along = way[np.argmax((way**2).sum(axis=1))]
        across = np.array([-along[1], along[0]]) / math.hypot(*along)
        upstream = across if across @ flow <= 0 else -across
        assert np.diff(middle[a:b] @ upstream).min(initial=0.0) > -0.02, "mm: line by line upstream"


@pytest.mark.parametrize("gas", [0.0, 120.0])
def test_stripes_and_islands_come_upstream_one_after_the_other(gas):
    flow = np.array([math.cos(math.radians(gas)), math.sin(math.radians(gas))])
    for kind in ("stripes", "chess", "hexagon"):
        hatch = lay_pattern(
            *ragged([square(0, 0, 20.0)]), Pattern(kind, 30.0, 0.2, 2.0, gas_direction_deg=gas)
        )
        middle = hatch.segments.astype(float).reshape(-1, 2, 2).mean(axis=1)
        blocks = np.array([middle[a:b].mean(axis=0) for a, b in itertools.pairwise(hatch.block_offsets)])
        if kind == "stripes":
            along = np.array([math.cos(math.radians(30)), math.sin(math.radians(30))])
            away = blocks @ along * np.sign(along @ flow)
            assert np.all(np.diff(away) < 0), "stripe by stripe"
        else:
            # Rows across the flow are as deep as an island.
            assert np.diff(blocks @ flow).max() < 2.0 + 1.0, "mm"
            assert np.polyfit(np.arange(len(blocks)), blocks @ flow, 1)[0] < 0


def test_parts_come_downstream_first():
    centres = np.array([(0.0, 0.0), (10.0, 3.0), (5.0, -2.0), (10.0, -3.0)])
    assert downstream_first(centres, 0.0).tolist() == [1, 3, 2, 0]
    assert downstream_first(centres, 180.0).tolist() == [0, 2, 1, 3]


def test_blocks_without_lines_keep_their_vectors_in_order():
    segments, offsets = blocks_of([(0.0, 0.0, 1.0, 0.0), (5.0, 0.0, 1.0, 2.0)])
    moved, found, groups = against_gas(
        segments, offsets, np.array([0, 1, 2]), gas_direction_deg=0.0, distance_mm=None
    )
    np.testing.assert_array_equal(moved, np.concatenate([segments[1:], segments[:1]]))
    assert found.tolist() == [0, 2, 3]
    assert groups.tolist() == [0, 1, 2]
