"""Oracles: sums by hand, the estimate's own sums, and what must hold of every order."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.assembling import assemble
from amprep.demonstrators.primitives import box
from amprep.engines.threads import ThreadsEngine
from amprep.estimation.motion import Motion
from amprep.estimation.time import layer_times, time_model
from amprep.estimation.vector_times import scanner_row
from amprep.layering import prepare_layer, setting_of
from amprep.model.arrays import read_only
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region
from amprep.model.timeline import NO_PART, Activity
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.profiles import find_machine
from amprep.timeline.lookout import MOST_LONGER, Lookout, Strokes
from amprep.timeline.smoke import plume_of, smoke_of
from amprep.timeline.timing import layer_timeline, scanner_values, stretches

SPEED_MM_S = 1000.0
VALUES = {
    "scanner.jump_speed_mm_s": 5000.0,
    "scanner.acceleration_mm_s2": 2e7,
    "scanner.jump_delay_s": 0.001,
    "scanner.turnaround_s": 0.0005,
    "scanner.polygon_delay_s": 0.0,
    "scanner.laser_on_delay_s": 0.0,
    "scanner.laser_off_delay_s": 0.0,
    "scanner.mark_delay_s": 0.0,
    "scanner.part_change_s": 0.0,
}
GAS_BACK_TO_FRONT = read_only(np.array([0.0, -1.0, 200.0, 5.0, 0.05]))


def motion(lasers):
    table = np.zeros((REGIONS, 4))
    table[:, 2] = SPEED_MM_S
    for number in range(REGIONS):
        if number % AGAIN in {region for region in Region if region.is_hatch}:
            table[number, 0], table[number, 3] = 0.5, 1.0
    return Motion(table, 1.25, lasers)


def hatch(x, y, width, depth, distance=0.5):
    """Lines along x, to and fro, from the front to the back."""
    lines = int(depth / distance)
    rows = [(x, y + i * distance, x + width, y + i * distance) for i in range(lines)]
    return [row if i % 2 == 0 else (row[2], row[1], row[0], row[3]) for i, row in enumerate(rows)]


def square(x, y, side):
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return [(*corners[i], *corners[(i + 1) % 4]) for i in range(4)]


class Layer:
    def __init__(self):
        self.rows, self.laser, self.region, self.part = [], [], [], []

    def add(self, rows, laser, region, part):
        self.rows += rows
        self.laser += [laser] * len(rows)
        self.region += [region] * len(rows)
        self.part += [part] * len(rows)

    def arrays(self):
        return np.array(self.rows, dtype=np.float32).reshape(-1, 4), {
            "laser": np.array(self.laser, dtype=np.uint8),
            "region": np.array(self.region, dtype=np.uint8),
            "part": np.array(self.part, dtype=np.uint16),
        }

    def strokes(self):
        rows, kinds = self.arrays()
        return Strokes(rows, **kinds, exposure=kinds["region"].astype(np.uint16))

    def ordered(self, lasers, plume=GAS_BACK_TO_FRONT, **options):
        """What the lookout finds, with timelines and conflicts of both orders from elsewhere."""
        layer, moving = self.strokes(), motion(lasers)
        lookout = Lookout(moving, scanner_row(moving, VALUES), plume, **{"reorder": True, **options})
        seen = lookout.look(3, layer)
        found = Ordered(seen.order)
        if seen.order is None:
            found.order = np.arange(len(layer.segments))
        for have, want in zip(seen.strokes, layer, strict=True):
            np.testing.assert_array_equal(have, want[found.order])
        found.timeline_before, found.smoke_before = told(layer, moving, plume)
        found.timeline, found.smoke = told(seen.strokes, moving, plume)
        assert found.is_changed == (found.order.tolist() != list(range(len(layer.segments))))
        sums = seen.sums
        assert sums.layer == 3
        assert sums.conflict_before_s == found.smoke_before.conflict_s, "s"
        assert sums.conflict_after_s == found.smoke.conflict_s, "s"
        assert sums.exposure_before_s == found.timeline_before.exposure_s, "s"
        assert sums.exposure_after_s == found.timeline.exposure_s, "s"
        assert sums.marking_s == pytest.approx(found.timeline.marking_s.sum(), rel=1e-12), "s"
        assert sums.worst == (found.smoke.pairs[0] if found.smoke.pairs else None)
        assert {(one.upwind, one.downwind): one.seconds for one in found.smoke.pairs} == {
            (i, j): s for i, row in enumerate(sums.pair_s) for j, s in enumerate(row) if s
        }
        found.one_laser_s = sums.one_laser_s
        return found


class Ordered:
    def __init__(self, order):
        self.order, self.is_changed = order, order is not None


def told(strokes, moving, plume):
    kinds = {"laser": strokes.laser, "exposure": strokes.exposure, "part": strokes.part}
    timeline = layer_timeline(moving, VALUES, strokes.segments, **kinds)
    return timeline, smoke_of(timeline, strokes.segments, plume)


def timeline_of_layer(layer, lasers):
    rows, kinds = layer.arrays()
    region = kinds.pop("region")
    return layer_timeline(motion(lasers), VALUES, rows, **kinds, exposure=region.astype(np.uint16))


def test_each_laser_works_through_its_vectors_from_the_beginning():
    layer = Layer()
    layer.add([(0, 0, 100, 0), (100, 0.25, 0, 0.25)], 0, Region.CORE, 0)
    layer.add([(200, 0, 250, 0)], 1, Region.CORE, 1)
    timeline = timeline_of_layer(layer, 2)
    # A jump of no length costs its delay, a turnaround of 0.25 mm 0.5 ms and the way.
    turn_s = 0.0005 + 0.25 / 5000
    assert timeline.begin_s.tolist() == pytest.approx([0, 0.101, 0], abs=1e-12), "s"
    assert timeline.marking_from_s.tolist() == pytest.approx([0.001, 0.101 + turn_s, 0.001], abs=1e-12), "s"
    assert timeline.end_s.tolist() == pytest.approx([0.101, 0.201 + turn_s, 0.051], abs=1e-12), "s"
    assert timeline.busy_s.tolist() == pytest.approx([0.201 + turn_s, 0.051], rel=1e-12), "s"
    assert timeline.marking_s.tolist() == pytest.approx([0.2, 0.05], rel=1e-12), "s"
    assert timeline.utilisation[0] == 1.0
    assert timeline.waiting_s[1] == pytest.approx(0.15 + turn_s, rel=1e-12), "s"


def test_one_laser_takes_the_work_of_all_and_the_jumps_between():
    layer = Layer()
    layer.add([(0, 0, 100, 0)], 0, Region.CORE, 0)
    layer.add([(200, 0, 250, 0)], 1, Region.CORE, 1)
    timeline = timeline_of_layer(layer, 3)
    alone = layer.ordered(3).one_laser_s
    jump_s = 100 / 5000 + 5000 / 2e7
    assert alone == pytest.approx(timeline.busy_s.sum() + jump_s, rel=1e-12), "s"
    # The same as the time of one laser that has all vectors.
    every = Layer()
    for row, part in zip(layer.rows, layer.part, strict=True):
        every.add([row], 0, Region.CORE, part)
    assert alone == pytest.approx(timeline_of_layer(every, 1).exposure_s, rel=1e-12), "s"


def test_nothing_to_expose_takes_no_time():
    timeline = timeline_of_layer(Layer(), 2)
    assert timeline.exposure_s == 0.0
    assert timeline.utilisation.tolist() == [0.0, 0.0]
    empty = np.zeros(0)
    assert len(stretches(timeline, part=empty.astype(np.uint16), region=empty.astype(np.uint8))) == 0
    assert len(Layer().ordered(2).order) == 0


@st.composite
def plates(draw):
    """Parts of some lasers that stand in columns along the gas, with contour and hatch, some again."""
    lasers = draw(st.sampled_from([1, 2, 4, 8]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    layer = Layer()
    part = 0
    for k in range(lasers):
        x0, y0 = 60.0 * (k % 2), 60.0 * (k // 2)
        for _ in range(draw(st.integers(0, 6))):
            x, y = x0 + rng.uniform(0, 45), y0 + rng.uniform(0, 45)
            is_support = part == 0
            contour, core = (
                (Region.SUPPORT_CONTOUR, Region.SUPPORT) if is_support else (Region.CONTOUR, Region.CORE)
            )
            side = rng.uniform(3, 15)
            layer.add(square(x, y, side), k, contour, part)
            layer.add(hatch(x, y, side, side, 0.4), k, core, part)
            if not is_support and rng.integers(0, 2):
                layer.add(hatch(x, y, side, side, 0.45), k, Region.UPSKIN, part)
            if rng.integers(0, 3) == 0:
                layer.add(square(x, y, side), k, contour + AGAIN, part)
            part += 1
    angle = draw(st.sampled_from([0, 90, 180, 270]))
    gas = [round(math.cos(math.radians(angle))), round(math.sin(math.radians(angle)))]
    reach = draw(st.sampled_from([20.0, 60.0, 300.0]))
    return layer, lasers, read_only(np.array([*gas, reach, 4.0, 0.1]))


def stages_of(kinds, order, laser, part):
    """The regions of one part on one laser in firing order, contours and edges of one stage as one."""
    found = []
    for i in order:
        if kinds["laser"][i] == laser and kinds["part"][i] == part:
            number = int(kinds["region"][i])
            is_hatch = number % AGAIN in {region for region in Region if region.is_hatch}
            key = number if is_hatch else ("contour", number // AGAIN)
            if not found or found[-1] != key:
                found.append(key)
    return found


@settings(max_examples=60, deadline=None)
@given(plates())
def test_an_order_against_smoke_keeps_what_must_be_kept(plate):
    layer, lasers, plume = plate
    rows, kinds = layer.arrays()
    found = layer.ordered(lasers, plume)
    order = found.order
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert found.smoke.conflict_s <= found.smoke_before.conflict_s, "s"
    assert found.timeline.exposure_s <= (1 + MOST_LONGER) * found.timeline_before.exposure_s + 1e-12, "s"
    assert layer.ordered(lasers, plume).order.tolist() == order.tolist()
    given_order = range(len(rows))
    for laser in range(lasers):
        for part in set(layer.part):
            want = stages_of(kinds, given_order, laser, part)
            assert stages_of(kinds, order, laser, part) == want
        supports = [kinds["region"][i] in {7, 8, 7 + AGAIN, 8 + AGAIN} for i in order
                    if kinds["laser"][i] == laser]  # fmt: skip
        assert supports == sorted(supports, reverse=True)
    # Polylines stay in one piece.
    place = np.empty(len(rows), dtype=int)
    place[order] = np.arange(len(rows))
    for i in range(len(rows) - 1):
        same = kinds["laser"][i] == kinds["laser"][i + 1] and kinds["region"][i] == kinds["region"][i + 1]
        if same and layer.part[i] == layer.part[i + 1] and tuple(rows[i, 2:]) == tuple(rows[i + 1, :2]):
            assert place[i + 1] == place[i] + 1


def test_two_lasers_on_one_line_of_the_gas_get_out_of_each_others_way():
    # Four parts in a row across the gas for each laser; both go from left to right, one upwind of the other.
    layer = Layer()
    for part in range(8):
        x, y, laser = 40.0 * (part % 4), 100.0 * (part // 4), part // 4
        layer.add(hatch(x, y, 20, 20), laser, Region.CORE, part)
    found = layer.ordered(2)
    # In step, all is marked in smoke: the laser upwind is 100 mm behind the one downwind.
    assert found.smoke_before.conflict_s == pytest.approx(found.timeline_before.marking_s[0], rel=1e-9), "s"
    (pair,) = found.smoke_before.pairs
    assert (pair.upwind, pair.downwind) == (1, 0)
    assert pair.nearest_mm == pytest.approx(100.0, rel=1e-6), "mm"
    assert found.smoke.conflict_s == 0.0, "s"
    assert found.is_changed
    kept = layer.ordered(2, reorder=False)
    assert kept.order.tolist() == list(range(len(layer.rows)))


def test_an_order_that_takes_too_long_is_not_taken():
    # Single vectors whose order is all that keeps jumps short.
    layer = Layer()
    for part in range(40):
        layer.add([(4.0 * part, 0, 4.0 * part + 0.5, 0)], 0, Region.CORE, part)
        layer.add([(4.0 * part, 50, 4.0 * part + 0.5, 50)], 1, Region.CORE, 40 + part)
    found = layer.ordered(2, most_longer=0.0)
    assert found.timeline.exposure_s <= found.timeline_before.exposure_s, "s"


@pytest.fixture(scope="module")
def plate_files(tmp_path_factory):
    path = tmp_path_factory.mktemp("plate") / "block.stl"
    write_stl(box((24.0, 24.0, 0.2)), path)
    return [path] * 24


@pytest.fixture(scope="module")
def job(plate_files):
    return assemble(plate_files, machine="m400-4", unit="mm")


def test_the_timeline_of_a_layer_agrees_with_the_estimate(job):
    plan, setting = prepare_layer(job, 2), setting_of(job)
    v = plan.vectors
    sets = np.array([job.parameter_sets.number(i, 2) for i in range(len(job.parts))], dtype=np.uint16)
    exposure = sets[v.part] * np.uint16(REGIONS) + v.region
    timeline = layer_timeline(
        setting.motion,
        scanner_values(job.machine.scanner),
        v.segments,
        laser=v.laser,
        exposure=exposure,
        part=v.part,
    )
    stats = plan.scan_stats[None]
    times = layer_times(stats, time_model(job.machine, job.parameter_sets.processes, stats))
    np.testing.assert_allclose(timeline.busy_s, times.busy_s[0], rtol=1e-9, err_msg="s")
    assert plan.smoke is not None
    assert plan.smoke.exposure_after_s == pytest.approx(times.exposure_s[0], rel=1e-9), "s"
    assert plan.smoke.conflict_after_s < 0.5 * plan.smoke.conflict_before_s, "s"
    smoke = smoke_of(timeline, v.segments, plume_of(job.machine))
    assert smoke.conflict_s == plan.smoke.conflict_after_s, "s"
    shown = stretches(timeline, part=v.part, region=v.region)
    for laser in range(4):
        own = np.flatnonzero(shown.laser == laser)
        assert shown.begin_s[own[0]] == 0.0
        assert shown.end_s[own[-1]] == pytest.approx(timeline.exposure_s, rel=1e-12), "s"
        np.testing.assert_allclose(shown.begin_s[own[1:]], shown.end_s[own[:-1]], rtol=1e-12, err_msg="s")
        assert (shown.end_s[own] > shown.begin_s[own]).all()
        marking = shown.marking_s[own].sum()
        assert marking == pytest.approx(timeline.marking_s[laser], rel=1e-9), "s"
    waits = shown.activity == Activity.WAIT
    assert ((shown.part == NO_PART) == waits).all()
    # Nothing hidden: with every way shown, marking stretches are as long as their marking.
    every = stretches(timeline, part=v.part, region=v.region, shortest_s=0.0)
    marks = every.activity == Activity.MARK
    np.testing.assert_allclose(
        (every.end_s - every.begin_s)[marks], every.marking_s[marks], atol=1e-9, err_msg="s"
    )


def test_the_smoke_of_a_job_does_not_depend_on_engine_and_chunks(job):
    one = prepare(job, layers_per_chunk=1).estimate
    other = prepare(job, engine=ThreadsEngine(2), layers_per_chunk=3).estimate
    assert one.smoke is not None
    assert one.smoke == other.smoke
    assert one.smoke.conflict_after_s < one.smoke.conflict_before_s, "s"
    assert one.smoke.in_smoke_after_s < one.smoke.in_smoke_before_s, "s"
    assert one.exposure_s.value == pytest.approx(one.smoke.exposure_after_s, rel=1e-9), "s"
    assert one.smoke.layers_reordered > 0


def test_without_the_order_the_conflicts_are_told_all_the_same(job, plate_files):
    given_order = assemble(
        plate_files, machine="m400-4", unit="mm", parameters={"lasers": {"smoke_order": "no"}}
    )
    smoke = prepare(given_order).estimate.smoke
    assert smoke is not None
    assert smoke.conflict_after_s == smoke.conflict_before_s > 0.0, "s"
    assert smoke.layers_reordered == 0
    assert smoke.worst is not None
    reordered = prepare(job).estimate.smoke
    assert reordered is not None
    assert reordered.conflict_before_s == pytest.approx(smoke.conflict_before_s, rel=1e-12), "s"


def test_a_machine_with_one_laser_has_no_smoke_to_tell(plate_files):
    estimate = prepare(assemble(plate_files[:1], machine="m100", unit="mm")).estimate
    assert estimate.smoke is None


def test_a_profile_says_how_far_smoke_reaches_and_where_the_gas_goes(tmp_path):
    machine = find_machine("m400-4")
    assert [str(v.grade) for v in (machine.smoke.reach_mm, machine.smoke.half_angle_deg)] == ["assumed"] * 2
    assert plume_of(machine)[:2].tolist() == [0.0, -1.0]
    text = Path(machine.path).read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(
        text.replace('"-y"', '"+x"', 1) + "\n[smoke]\nreach_mm = 80\nhalf_angle_deg = 45\n", encoding="utf-8"
    )
    own = plume_of(find_machine(str(path)))
    assert own.tolist() == pytest.approx([1.0, 0.0, 80.0, 5.0, 1.0])
    assert dataclasses.asdict(find_machine(str(path)).smoke.reach_mm)["grade"] == "user"
