"""What is left out when a job does not fit: whole lines of hatch, and never a contour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.viewer.decoding import layer_of, lines_of

from amprep.model.scan import ScanVectors
from amprep.viewer import payload
from amprep.viewer.encoding import HATCHED, grid_of
from amprep.viewer.page import viewer_parts
from amprep.viewer.payload import packed_layers
from amprep.viewer.thinning import NO_HATCH, kept, special_layers


def hatch(angle_deg: float, distance_mm: float, phase: float, lines: int = 60):
    """Lines to and fro, each in pieces, at an angle; the number of the line of each piece."""
    angle = np.radians(angle_deg)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    rows, found = [], []
    for row in range(lines):
        for piece in range(3):
            a, b = 4.0 * piece, 4.0 * piece + 3.5
            if row % 2:
                a, b = b, a
            at = (row + phase) * distance_mm * across + 150.0
            found.append([*(a * along + at), *(b * along + at)])
            rows.append(row)
    return np.array(found, dtype=np.float32), np.array(rows)


@given(st.floats(0, 360), st.sampled_from([0.05, 0.1, 0.12]), st.floats(0, 1), st.integers(2, 9))
@settings(deadline=None)
def test_every_nth_line_is_kept_whole(angle_deg, distance_mm, phase, every):
    segments, rows = hatch(angle_deg, distance_mm, phase)
    n = len(segments)
    vectors = ScanVectors(segments, np.zeros(n, np.uint8), np.zeros(n, np.uint16), np.zeros(n, np.uint8))
    keep = kept(vectors, every, distance_mm)
    lines = np.unique(rows[keep])
    assert set(np.diff(lines)) <= {every}
    assert len(lines) >= 60 // every
    assert np.array_equal(keep, np.isin(rows, lines))


@given(st.integers(0, 2**32 - 1), st.integers(0, 200), st.sampled_from([NO_HATCH, 1, 2, 5, 128]))
@settings(deadline=None)
def test_contours_are_never_left_out(seed, n, every):
    rng = np.random.default_rng(seed)
    region = rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17], n).astype(np.uint8)
    vectors = ScanVectors(
        rng.uniform(0, 50, (n, 4)).astype(np.float32), region, np.zeros(n, np.uint16), np.zeros(n, np.uint8)
    )
    keep = kept(vectors, every, 0.1)
    assert keep[~HATCHED[region]].all()
    if every == 1:
        assert keep.all()
    if every == NO_HATCH:
        assert not keep[HATCHED[region]].any()


@given(st.integers(0, 2**32 - 1), st.floats(0, 90), st.integers(2, 9))
@settings(deadline=None)
def test_islands_and_tangles_are_thinned_evenly(seed, angle_deg, every):
    """Islands hatched at right angles have lines of their own; of a tangle every n-th vector is kept."""
    rng = np.random.default_rng(seed)
    one, rows = hatch(angle_deg, 0.1, rng.uniform(), lines=40)
    other, _ = hatch(angle_deg + 90.0, 0.1, rng.uniform(), lines=40)
    segments = np.concatenate([one, other + np.float32(20.0)])
    n = len(segments)
    keys = np.zeros(n, np.uint8), np.zeros(n, np.uint16), np.zeros(n, np.uint8)
    keep = kept(ScanVectors(segments, *keys), every, 0.1)
    for island in (keep[: n // 2], keep[n // 2 :]):
        lines = np.unique(rows[island])
        assert set(np.diff(lines)) <= {every}
        assert np.array_equal(island, np.isin(rows, lines))
    turn = rng.uniform(0, 2 * np.pi, n)
    start = rng.uniform(0, 50, (n, 2))
    tangle = np.column_stack([start, start + np.column_stack([np.cos(turn), np.sin(turn)])])
    keep = kept(ScanVectors(tangle.astype(np.float32), *keys), every, 0.1)
    assert np.array_equal(keep, np.arange(n) % every == 0)


def contours_told(run, place: int, facts, line: str):
    grid = grid_of(run.machine.build_volume.bounds_mm)
    vectors = run.layer(place)
    all_of_it = sorted(map(tuple, grid.places(vectors.segments[~HATCHED[vectors.region]]).tolist()))
    told = sorted(row[:4] for row in layer_of(facts, line)[0] if not facts["hatched"][row[6]])
    return told, all_of_it


@pytest.mark.parametrize("share", [1.5, 0.7, 0.4, 0.2, 0.05])
def test_the_budget_is_kept_and_contours_are_complete(run, share):
    layers = range(run.layer_count)
    whole = packed_layers(run, layers, 10**8).thinning.size_bytes
    bare = sum(len(line) + 1 for line in packed_layers(run, layers, 1).lines)
    budget = int(share * whole)
    parts = viewer_parts(run, lang="en", budget_bytes=budget)
    thinning = parts.thinning
    facts, _, lines = lines_of(parts.data)
    assert sum(len(line) + 1 for line in lines) == thinning.size_bytes
    assert thinning.size_bytes <= max(budget, bare)
    assert thinning.is_thinned == (share < 1) == bool(parts.note)
    assert thinning.is_over_budget == (budget < bare)
    assert facts["thinning"]["is_thinned"] == thinning.is_thinned
    for place, line in enumerate(lines):
        told, complete = contours_told(run, place, facts, line)
        assert told == complete
        rows, before = layer_of(facts, line)
        hatched = np.count_nonzero(HATCHED[run.layer(place).region])
        assert before == hatched
        if thinning.every[place] == 1:
            assert len(rows) == len(run.layer(place))


def test_a_sample_that_tells_too_much_does_not_thin_what_fits(run, monkeypatch):
    layers = range(run.layer_count)
    whole = packed_layers(run, layers, 10**8)
    monkeypatch.setattr("amprep.viewer.payload._MOST_BYTES", 10**9)
    assert packed_layers(run, layers, whole.thinning.size_bytes).lines == whole.lines


def test_a_sample_that_tells_too_little_costs_few_trials(run, monkeypatch):
    """What did not fit says by how much, rather than that each thinning is tried in turn."""
    layers = range(run.layer_count)
    budget = int(0.5 * packed_layers(run, layers, 10**8).thinning.size_bytes)
    sizes, trials = payload._size, []
    monkeypatch.setattr(payload, "_size", lambda *args: 0.5 * sizes(*args))
    within = payload._within
    monkeypatch.setattr(payload, "_within", lambda *args: trials.append(args[1]) or within(*args))
    found = packed_layers(run, layers, budget).thinning
    assert 0.5 * budget < found.size_bytes <= budget
    assert len(trials) <= 3


def test_what_would_not_fit_even_if_the_sample_told_far_too_much_is_given_up_early(run, monkeypatch):
    layers = range(run.layer_count)
    whole = packed_layers(run, layers, 10**8).thinning.size_bytes
    monkeypatch.setattr(payload, "_SAMPLE", 4)
    tries = []

    def note(done, _total):
        if done == 1:
            tries.append(0)
        tries[-1] = done

    packed_layers(run, layers, int(whole / 1.3), on_layer=note)
    assert len(tries) == 2
    assert tries[0] < run.layer_count // 2
    assert tries[1] == run.layer_count


@pytest.mark.parametrize("every", range(2, 12))
@pytest.mark.parametrize("layers", [997, 1000, 1500, 2401])
def test_a_sample_holds_layers_with_and_without_a_rule_for_every_mth(every, layers):
    sample = payload._sample(layers)
    assert len(sample) == 16
    assert np.bincount(sample % every).max() < 15


def test_special_layers():
    area = np.array([5.0, 5.0, 9.0, 3.0, 8.0, 1.0])
    lost = np.array([0.0, 0.0, 0.0, 0.2, 0.0, 0.0])
    time = np.array([5.0, 12.0, 9.0, 3.0, 8.0, 1.0])
    assert special_layers(area, lost, time) == [0, 1, 2, 4, 3, 5]
    assert special_layers(area[:1], lost[:1], time[:1]) == [0]
    assert special_layers(area[:0], lost[:0], time[:0]) == []


def test_the_first_layer_is_told_in_full_while_anything_fits(run):
    whole = packed_layers(run, range(run.layer_count), 10**8).thinning.size_bytes
    for share in (0.9, 0.6, 0.5):
        assert packed_layers(run, range(run.layer_count), int(share * whole)).thinning.every[0] == 1


@pytest.mark.parametrize("share", [2.0, 0.5])
def test_the_number_of_processors_changes_nothing(run, monkeypatch, share):
    layers = range(run.layer_count)
    budget = int(share * packed_layers(run, layers, 10**8).thinning.size_bytes)
    found = []
    for processors in (1, 4):
        monkeypatch.setattr("os.cpu_count", lambda count=processors: count)
        found.append(packed_layers(run, layers, budget))
    one, four = found
    assert one.lines == four.lines
    assert one.bounds_mm == four.bounds_mm
    ends = np.concatenate([run.layer(index).segments.reshape(-1, 2) for index in layers])
    assert one.bounds_mm == (*ends.min(axis=0).tolist(), *ends.max(axis=0).tolist())
