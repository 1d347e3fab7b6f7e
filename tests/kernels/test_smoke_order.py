"""Oracles: clocks by cumulative sums, blocks looked at one by one, and orders laid out by NumPy's sorting."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.kernels.firing_blocks import THINNED, firing_blocks
from amprep.kernels.laser_clock import laser_clock
from amprep.kernels.smoke import smoke_seconds
from amprep.kernels.smoke_order import smoke_order
from amprep.model.arrays import read_only

#: Jump speed, acceleration, jump delay, …, pause between parts, and from where on a jump is long.
SCANNER = read_only(np.array([5000.0, 2e7, 0.001, 0.0005, 0.0, 0.0, 0.002, 1.25]))
PLUME = read_only(np.array([0.0, -1.0, 200.0, 4.0, 0.05]))
LANES = 6


def jump_s(way_mm):
    long_s = way_mm / 5000.0 + 5000.0 / 2e7
    return 0.001 + (long_s if way_mm >= 1.25 else 2.0 * math.sqrt(way_mm / 2e7))


class Parts:
    """Parts of some lasers, a few lines each, and what the kernels make of them."""

    def __init__(self, seed, lasers, most, kinds=1):
        rng = np.random.default_rng(seed)
        rows, laser, part, region = [], [], [], []
        for k in range(lasers):
            corner = np.array([60.0 * (k % 2), 60.0 * (k // 2)])
            for _ in range(int(rng.integers(0, most + 1))):
                x, y = corner + rng.uniform(0, 50, 2)
                number = max(part, default=-1) + 1
                for kind in range(kinds):
                    lines = int(rng.integers(1, 60))
                    rows += [(x, y + 0.1 * i, x + 8.0, y + 0.1 * i) for i in range(lines)]
                    laser += [k] * lines
                    part += [number] * lines
                    region += [kind] * lines
        self.segments = read_only(np.array(rows, dtype=np.float32).reshape(-1, 4))
        self.laser = read_only(np.array(laser, dtype=np.uint8))
        self.part = read_only(np.array(part, dtype=np.uint16))
        self.region = read_only(np.array(region, dtype=np.uint8))
        self.lasers = lasers
        self.seconds = np.array([rng.uniform(1e-4, 2e-3, len(rows)), rng.uniform(1e-3, 2e-2, len(rows))])
        self.is_jump = rng.integers(0, 8, len(rows)) == 0
        # No block is shorter than the longest jump to it.
        self.seconds[0, self.is_jump] += 0.05
        self.clock, self.order, self.first, self.sums = laser_clock(
            self.segments, self.laser, self.part, self.seconds, SCANNER, lasers
        )
        kinds_of = read_only(np.array([range(kinds), [1] * kinds, [0] * kinds], dtype=np.uint8))
        self.kinds_of = kinds_of

    def blocks(self, block_s=math.inf):
        made = firing_blocks(
            self.segments,
            self.order,
            self.laser,
            self.part,
            self.region,
            self.kinds_of,
            self.seconds,
            self.is_jump,
            self.clock,
            SCANNER,
            block_s,
        )
        read_only(made[3])
        return made


plates = st.builds(Parts, st.integers(0, 2**32), st.sampled_from([1, 2, 4, 8]), st.integers(0, 7))
staged = st.builds(Parts, st.integers(0, 2**32), st.sampled_from([1, 4]), st.integers(0, 5), st.just(3))


@settings(max_examples=40, deadline=None)
@given(staged)
def test_clocks_are_sums_of_each_laser(plate):
    assert plate.order.tolist() == np.argsort(plate.laser, kind="stable").tolist()
    alone_s = 0.0
    last = None
    for k in range(plate.lasers):
        own = np.flatnonzero(plate.laser == k)
        assert plate.order[plate.first[k] : plate.first[k + 1]].tolist() == own.tolist()
        ends = np.cumsum(plate.seconds[:, own].sum(axis=0))
        np.testing.assert_allclose(plate.clock[1, own], ends, rtol=1e-12, err_msg="s")
        np.testing.assert_allclose(
            plate.clock[1, own] - plate.clock[0, own], plate.seconds[1, own], rtol=1e-9, err_msg="s"
        )
        if len(own):
            alone_s += ends[-1]
            if last is not None:
                way = plate.segments[own[0], :2].astype(float) - plate.segments[last, 2:]
                alone_s += jump_s(math.hypot(*way)) - jump_s(0.0) + 0.002
            last = own[-1]
    marking_s, exposure_s, one_laser_s = plate.sums
    assert marking_s == pytest.approx(plate.seconds[1].sum(), rel=1e-12), "s"
    assert exposure_s == plate.clock[1].max(initial=0.0), "s"
    assert one_laser_s == pytest.approx(alone_s, rel=1e-12), "s"


@settings(max_examples=40, deadline=None)
@given(staged, st.sampled_from([0.01, 0.05, math.inf]))
def test_blocks_part_the_vectors_and_thin_them_out(plate, block_s):
    first, numbers, places, pieces, spans = plate.blocks(block_s)
    total_s = plate.seconds.sum(axis=0)
    assert first[:, 0].tolist() == [0, 0]
    assert first[:, -1].tolist() == [len(plate.order), len(pieces)]
    for b in range(len(numbers)):
        own = plate.order[first[0, b] : first[0, b + 1]]
        assert {*zip(plate.laser[own], plate.part[own], plate.region[own], strict=True)} == {
            tuple(numbers[b, :3])
        }
        rows = plate.segments[own].astype(float)
        assert places[b, :4].tolist() == [*rows[0, :2], *rows[-1, 2:]]
        ends = rows.reshape(-1, 2)
        middle = 0.5 * (ends.min(axis=0) + ends.max(axis=0))
        np.testing.assert_allclose(places[b, 4:6], middle, rtol=1e-6, err_msg="mm")
        same = b > 0 and numbers[b - 1, 0] == numbers[b, 0]
        way_mm = math.hypot(*(places[b, :2] - places[b - 1, 2:4])) if same else 0.0
        entry_s = plate.seconds[0, own[0]]
        if plate.is_jump[own[0]]:
            entry_s = jump_s(way_mm) + (0.002 if same and numbers[b - 1, 1] != numbers[b, 1] else 0.0)
        assert places[b, 6] == pytest.approx(total_s[own].sum() - entry_s, abs=1e-12), "s"
        heads = range(0, len(own), THINNED)
        assert first[1, b + 1] - first[1, b] == len(heads)
        for p, head in enumerate(heads, int(first[1, b])):
            one, other = own[head], own[min(head + THINNED, len(own)) - 1]
            want = [*(rows[head, :2] + rows[head, 2:]) / 2, *plate.segments[other].reshape(2, 2).mean(axis=0)]
            np.testing.assert_allclose(pieces[p], want, rtol=1e-6, err_msg="mm")
            since = plate.clock[0, own[0]]
            assert spans[p].tolist() == [plate.clock[0, one] - since, plate.clock[1, other] - since], "s"
    if block_s == math.inf:
        assert len(numbers) == len({*zip(plate.laser, plate.part, plate.region, strict=True)})


def laid_out(numbers, places, lasers):
    """The orders of blocks that are units of their own, by rows, in shifted lanes and in opposite ones."""
    laser, seconds = numbers[:, 0], places[:, 6]
    along, across = np.round(-places[:, 5], 6), np.round(places[:, 4], 6)

    def lanes(values):
        low, high = values.min(), values.max()
        shares = (values - low) / (high - low) if high > low else np.zeros(len(values))
        return np.floor(np.minimum(shares * LANES, LANES - 1.0))

    works = {k: np.flatnonzero(laser == k) for k in range(lasers) if (laser == k).any()}
    reach = {k: (across[own].min(), across[own].max()) for k, own in works.items()}
    lines = []
    for k in sorted(works, key=lambda k: (sum(reach[k]), k)):
        if lines:
            other = lines[-1][-1]
            narrower = min(np.diff(reach[k])[0], np.diff(reach[other])[0])
            if 0.5 * (sum(reach[k]) - sum(reach[other])) <= 0.5 * narrower:
                lines[-1].append(k)
                continue
        lines.append([k])
    rows, shifted, towards = [], {}, {}
    for own in works.values():
        row = lanes(-along[own])
        to_and_fro = np.where(row % 2 == 0, across[own], -across[own])
        rows.append(own[np.lexsort((-along[own], to_and_fro, row))])
    for line in lines:
        all_of = np.concatenate([works[k] for k in line])
        lane = dict(zip(all_of.tolist(), lanes(across[all_of]).tolist(), strict=True))
        downstream = {k: np.average(along[works[k]], weights=seconds[works[k]]) for k in line}
        for place, k in enumerate(sorted(line, key=lambda k: (-downstream[k], k))):
            own = works[k]
            at = np.array([lane[b] for b in own.tolist()])
            towards[k] = own[np.lexsort((-along[own], -at if place % 2 else at))]
            own = own[np.lexsort((-along[own], at))]
            begun = np.cumsum(seconds[own]) - 0.5 * seconds[own]
            split = int(np.searchsorted(begun, seconds[own].sum() * place / len(line)))
            shifted[k] = np.roll(own, -split)
    return [
        np.concatenate(one)
        for one in (rows, [shifted[k] for k in sorted(shifted)], [towards[k] for k in sorted(towards)])
    ]


def told(order, numbers, places, pieces, spans, first, lasers):
    """Exposure and conflict of blocks in an order, s."""
    begin = np.zeros(len(order))
    clocks = dict.fromkeys(range(lasers), 0.0)
    for before, b in itertools.pairwise([None, *order.tolist()]):
        entry_s = jump_s(0.0)
        if before is not None and numbers[before, 0] == numbers[b, 0]:
            entry_s = jump_s(math.hypot(*(places[b, :2] - places[before, 2:4]))) + 0.002
        begin[b] = clocks[numbers[b, 0]] + entry_s
        clocks[numbers[b, 0]] = begin[b] + places[b, 6]
    own = np.repeat(np.arange(len(order)), np.diff(first[1]))
    listed = np.concatenate([np.arange(first[1, b], first[1, b + 1]) for b in order])
    counts = np.bincount(numbers[own, 0], minlength=lasers)
    pairs = smoke_seconds(
        pieces,
        spans.T + begin[own],
        listed,
        np.concatenate([[0], np.cumsum(counts)]),
        PLUME,
        np.zeros(0),
        np.zeros(0),
    )
    return max(clocks.values()), pairs[:, 0].sum()


@settings(max_examples=60, deadline=None)
@given(plates, st.sampled_from([0.0, 0.01, 1.0]))
def test_the_best_of_the_orders_is_taken(plate, most_longer):
    if not len(plate.order):
        return
    made = first, numbers, places, pieces, spans = plate.blocks()
    moved = smoke_order(plate.order, *made, SCANNER, PLUME, plate.first, most_longer)
    facts = numbers, places, pieces, spans, first, plate.lasers
    given_order = np.arange(len(numbers))
    whole_s, all_s = told(given_order, *facts)
    best, least_s = given_order, all_s
    for order in laid_out(numbers, places, plate.lasers):
        exposure_s, conflict_s = told(order, *facts)
        # What hangs on the last bit says nothing.
        if abs(exposure_s - (1 + most_longer) * whole_s) < 1e-9 and order.tolist() != given_order.tolist():
            return
        if abs(conflict_s - (least_s - 0.02 * all_s)) < 1e-9 and all_s > 0.0:
            return
        if exposure_s <= (1 + most_longer) * whole_s and conflict_s < least_s - 0.02 * all_s:
            best, least_s = order, conflict_s
    if best is given_order:
        assert not len(moved)
        return
    want = [plate.order[first[0, b] : first[0, b + 1]] for b in best]
    assert moved.tolist() == np.concatenate(want).tolist()
