"""Comparison of machines: platforms, jobs and break-even."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprep import slicing
from amprep.assembling import assemble
from amprep.comparison import break_even, compare
from amprep.demonstrators.primitives import box
from amprep.engines.threads import ThreadsEngine
from amprep.errors import UsageError
from amprep.estimation.cost import cost_of
from amprep.model.comparison import FIGURES, added, times
from amprep.model.estimate import Ranged
from amprep.output.comparison import comparison_csv, comparison_document, comparison_hash
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.placement.grid import grid_of, outline_of
from amprep.plates import Plates, plate_job
from amprep.profiles import find_machine, find_material, find_process, find_rates
from amprep.quick import quick_estimate

CAUSES = ("before_s", "recoating_s", "hatch_s", "contour_s", "motion_s", "wait_s", "cooling_s")


@pytest.fixture(scope="module")
def block(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "block.stl"
    write_stl(box((30.0, 20.0, 0.4)), path)
    return path


@pytest.fixture(scope="module")
def compared(block):
    return compare([block], machines=["m100", "m400-4"], quantities=[1, 7, 20], unit="mm", outlines=True)


@given(
    fixed=st.tuples(st.integers(0, 500), st.integers(0, 500)),
    each=st.tuples(st.integers(1, 50), st.integers(1, 50)),
)
def test_break_even_of_fixed_and_running_cost_is_the_closed_form(fixed, each):
    quantity = np.arange(1, 2001)
    first, second = (f + e * quantity.astype(float) for f, e in zip(fixed, each, strict=True))
    before, then, place, is_clean = break_even(first, second)
    assert is_clean
    if each[1] < each[0] and fixed[1] >= fixed[0] + each[0] - each[1]:
        # The second takes less as soon as q·(e0 - e1) > f1 - f0.
        expected = math.floor((fixed[1] - fixed[0]) / (each[0] - each[1])) + 1
        assert (before, then, place) == (0, 1, expected)
    elif each[1] <= each[0] and fixed[1] <= fixed[0] and (each[1], fixed[1]) != (each[0], fixed[0]):
        assert (before, then, place) == (1, 1, None)
    elif each[1] >= each[0] and fixed[1] >= fixed[0]:
        assert (before, then, place) == (0, 0, None)


def test_break_even_is_the_last_change_and_says_where_there_are_several():
    quantity = np.arange(1, 31)
    small = 10.0 * quantity  # one per job
    large = 45.0 * np.ceil(quantity / 7)  # seven per job, whatever is on it
    before, then, place, is_clean = break_even(small, large)
    assert (before, then) == (0, 1)
    wins = [q for q in quantity if large[q - 1] < small[q - 1]]
    losses = [q for q in quantity if large[q - 1] >= small[q - 1]]
    assert place == max(losses) + 1
    assert is_clean == (min(wins) > max(losses))
    assert not is_clean


@pytest.mark.parametrize("machine", ["m100", "m400-4"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_platforms_are_estimated_as_if_each_copy_were_cut(block, machine, count):
    job = assemble([block], machine=machine, unit="mm")
    grid = grid_of(
        outline_of(job.parts[0].used_vertices_mm) - job.parts[0].position_mm[:2], job.machine.build_volume
    )
    shifts = grid.positions_mm(count)
    made, estimate = Plates(job).estimate_of(shifts, full=False)
    plain = quick_estimate(plate_job(job, shifts))
    assert len(made.parts) == count
    assert estimate.job_s.value == pytest.approx(plain.job_s.value, rel=1e-9)
    assert estimate.job_s.high == pytest.approx(plain.job_s.high, rel=1e-9)
    assert estimate.laser_busy_s == pytest.approx(plain.laser_busy_s, rel=1e-9)
    assert estimate.powder.consumed_g.value == pytest.approx(plain.powder.consumed_g.value, rel=1e-9)


def test_copies_close_to_the_edge_are_told_as_those_of_a_job_are(tmp_path):
    """Of 76 mm, five beside each other with a gap of 5 mm take all 400 mm."""
    path = tmp_path / "square.stl"
    write_stl(box((76.0, 76.0, 0.4)), path)
    for quantities, margins in (([1, 12], []), ([1, 25], [0.0]), ([17, 26], [0.0]), ([1], [])):
        (candidate,) = compare([path], machines=["m400-4"], quantities=quantities, unit="mm").candidates
        told = [notice for notice in candidate.notices if notice.code == "W405"]
        assert [notice.values["margin_mm"] for notice in told] == margins
        assert [notice.where for notice in told] == ["square"] * len(margins)
        if told:
            assert "0.0 mm from the edge of the platform" in told[0].text


def test_a_set_close_to_the_edge_is_told_once(tmp_path):
    paths = [tmp_path / "a.stl", tmp_path / "b.stl"]
    for path in paths:
        write_stl(box((197.0, 380.0, 0.4)), path)
    (candidate,) = compare(paths, machines=["m400-4"], unit="mm").candidates
    (told,) = [notice for notice in candidate.notices if notice.code == "W405"]
    assert told.where == "parts"
    assert told.values["margin_mm"] == pytest.approx(0.5, abs=1e-3)


def test_copies_are_cut_by_one_plan(block, monkeypatch):
    plans, plan_mesh = [], slicing.plan_mesh
    monkeypatch.setattr(slicing, "plan_mesh", lambda *a, **k: plans.append(1) or plan_mesh(*a, **k))
    job = assemble([block], machine="m400-4", unit="mm")
    grid = grid_of(
        outline_of(job.parts[0].used_vertices_mm) - job.parts[0].position_mm[:2], job.machine.build_volume
    )
    plates = Plates(job)
    for count in (1, 4, 12):
        plates.estimate_of(grid.positions_mm(count), full=False)
    assert len(plans) == 1


def test_copies_under_round_fields_are_counted_beside_each_other_and_kept_small(block, monkeypatch):
    """Hardly two are alike there: each kept whole took gigabytes, and workers were called for each anew."""
    job = assemble([block], machine="m400-4", unit="mm")
    middles = [(100.0 + 200.0 * (n % 2), 100.0 + 200.0 * (n // 2)) for n in range(4)]
    rounds = tuple(
        replace(one, field_mm=(x - 190.0, y - 190.0, x + 190.0, y + 190.0), field_circle_mm=(x, y, 190.0))
        for one, (x, y) in zip(job.machine.lasers, middles, strict=True)
    )
    job = replace(job, machine=replace(job.machine, lasers=rounds))
    shifts = np.stack(np.meshgrid([-91.0, -33.0, 25.0, 83.0], [-72.0, 11.0, 94.0]), axis=-1).reshape(-1, 2)
    engine, calls = ThreadsEngine(2), []
    apart = engine.map_apart
    monkeypatch.setattr(engine, "map_apart", lambda work, items: calls.append(items) or apart(work, items))
    plates = Plates(job, engine)
    _, estimate = plates.estimate_of(shifts, full=False)
    assert [len(items) for items in calls] == [len(shifts)]
    assert all(copy.stats.shape[1] <= 4 for copy in plates._known.values())
    plain = quick_estimate(plate_job(job, shifts))
    assert estimate.laser_busy_s == pytest.approx(plain.laser_busy_s, rel=1e-9)
    assert estimate.job_s.value == pytest.approx(plain.job_s.value, rel=1e-9)


def test_causes_add_up_to_the_time_and_items_to_the_cost(compared):
    for one in compared.candidates:
        for row in one.rows:
            total = row.total
            assert set(total) <= set(FIGURES)
            assert sum(total[key].value for key in CAUSES) == pytest.approx(total["time_s"].value, rel=1e-9)
            items = [total[f"{name}_eur"].value for name in ("machine", "powder", "gas", "energy")]
            items += [total[f"{name}_eur"].value for name in ("platform", "labour")]
            assert sum(items) == pytest.approx(total["cost_eur"].value, rel=1e-9)
            assert all(figure.low <= figure.value <= figure.high for figure in total.values())
            assert row.per_set["time_s"].value * row.quantity == pytest.approx(total["time_s"].value)


def test_a_quantity_is_full_platforms_and_a_rest(compared):
    for one in compared.candidates:
        for row in one.rows:
            assert row.jobs == math.ceil(row.quantity / one.capacity)
            assert sum(batch.jobs * batch.copies for batch in row.batches) == row.quantity
            assert all(batch.copies <= one.capacity for batch in row.batches)
    assert compared.candidates[0].capacity < 20  # the round platform needs several jobs
    assert compared.candidates[0].rows[-1].jobs > 1
    assert compared.candidates[1].rows[-1].jobs == 1
    assert len(compared.candidates[1].positions_mm) == 20


def test_hatched_figures_are_those_of_the_whole_chain(block):
    hatched = compare([block], machines=["m100"], quantities=[2], unit="mm", full=True)
    row = hatched.candidates[0].rows[0]
    job = assemble([block], machine="m100", unit="mm")
    middle = np.array(job.parts[0].position_mm[:2])
    copies = plate_job(job, hatched.candidates[0].positions_mm - middle)
    estimate = prepare(copies).estimate
    assert row.total["time_s"].value == pytest.approx(estimate.job_s.value, rel=1e-12)
    cost = cost_of(copies, estimate, find_rates())
    assert row.total["cost_eur"].value == pytest.approx(cost.total_eur.value, rel=1e-12)


def test_a_sweep_has_a_row_per_quantity_and_break_evens_agree_with_it(block):
    sweep = compare([block], machines=["m100", "m400-4"], quantities=range(1, 41), unit="mm")
    a, b = sweep.candidates
    assert [row.quantity for row in a.rows] == list(range(1, 41))
    alone = compare([block], machines=["m100", "m400-4"], quantities=[40], unit="mm")
    for one, other in zip(sweep.candidates, alone.candidates, strict=True):
        assert one.rows[-1].total["time_s"].value == other.rows[0].total["time_s"].value
        assert not any(row.is_interpolated for row in one.rows)
    for one in sweep.break_evens:
        less = [
            y.total[one.figure].value < x.total[one.figure].value for x, y in zip(a.rows, b.rows, strict=True)
        ]
        if one.quantity is not None and one.quantity <= 40:
            assert less[one.quantity - 1 :] == [one.then == 1] * (41 - one.quantity)
            assert less[one.quantity - 2] is (one.then == 0)
        elif one.quantity is None:
            assert set(less) == {one.then == 1}


def test_a_quantity_of_a_sweep_takes_what_it_takes_alone(block):
    sweep = compare([block], machines=["m400-4"], quantities=range(1, 51), unit="mm").candidates[0]
    for quantity in (3, 23, 37):
        alone = compare([block], machines=["m400-4"], quantities=[quantity], unit="mm").candidates[0].rows[0]
        assert sweep.rows[quantity - 1].quantity == quantity
        assert sweep.rows[quantity - 1].total == alone.total


def test_interpolated_platforms_have_the_range_of_both_neighbours_and_hold_what_is_estimated(
    block, monkeypatch
):
    exact = compare([block], machines=["m400-4"], quantities=range(1, 41), unit="mm").candidates[0]
    monkeypatch.setattr("amprep.candidacy.MOST_ESTIMATED", 5)
    found = compare([block], machines=["m400-4"], quantities=range(1, 41), unit="mm")
    coarse = found.candidates[0]
    between = [row for row in coarse.rows if row.is_interpolated]
    assert between
    assert not coarse.rows[-1].is_interpolated
    for row in between:
        time, true = row.total["time_s"], exact.rows[row.quantity - 1].total["time_s"]
        assert time.low <= true.value <= time.high
        assert time.high - time.low >= true.high - true.low
    lines = list(csv.DictReader(comparison_csv(found).splitlines()))
    assert [line["interpolated"] == "yes" for line in lines] == [row.is_interpolated for row in coarse.rows]


def test_times_by_cause_have_ranges_as_their_speeds_are_assumed(compared):
    for one in compared.candidates:
        total = one.rows[-1].total
        for key in ("hatch_s", "motion_s"):
            assert total[key].low < total[key].value < total[key].high


def test_own_processes_go_to_the_machines_they_are_made_for(block, tmp_path):
    shipped = find_process(find_machine("m400-4"), find_material("316l"))
    text = Path(shipped.path).read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(
        text.replace(f'"{shipped.id}"', '"own"').replace("is_default = true", "is_default = false")
    )
    found = compare([block], machines=["m100", "m400-4"], processes=[str(own)], unit="mm")
    assert [one.process.id for one in found.candidates] == ["m100_316l_20um", "own"]
    with pytest.raises(UsageError) as caught:
        compare([block], machines=["m100"], processes=[str(own)], unit="mm")
    assert caught.value.code == "E106"


def test_the_same_machine_twice_is_refused(block):
    with pytest.raises(UsageError, match="m100 twice") as caught:
        compare([block], machines=["m100", "m400-4", "m100"], unit="mm")
    assert caught.value.code == "E104"


def test_what_does_not_fit_leaves_the_rest_to_compare(tmp_path):
    path = tmp_path / "long.stl"
    write_stl(box((150.0, 10.0, 0.2)), path)
    found = compare([path], machines=["m100", "m400-4"], unit="mm", outlines=True)
    small, large = found.candidates
    assert small.refusal is not None
    assert small.refusal.code == "E401"
    assert "too wide" in small.refusal.what
    assert "m400-4" in small.refusal.fix
    assert small.outlines_mm  # drawn over the build space that is too small
    assert large.refusal is None
    assert found.buildable == (1,)
    assert found.break_evens == ()


def test_several_parts_are_one_set(block, tmp_path):
    other = tmp_path / "pin.stl"
    write_stl(box((5.0, 5.0, 0.6)), other)
    found = compare([block, other], machines=["m400-4"], quantities=[3], unit="mm", outlines=True)
    one = found.candidates[0]
    assert [part.name for part in found.parts] == ["block", "pin"]
    assert one.capacity == int((400 + 5) / (30 + 5 + 5 + 5)) * int((400 + 5) / (20 + 5))
    assert len(one.outlines_mm) == 2
    assert one.rows[0].quantity == 3


def test_a_machine_takes_the_layer_thicknesses_that_it_has(block):
    found = compare([block], machines=["m100", "m400-4"], layer_thicknesses_mm=[0.02, 0.04], unit="mm")
    assert [one.process.layer_thickness_mm for one in found.candidates] == [0.02, 0.04]
    found = compare([block], machines=["m100", "m400-4"], layer_thicknesses_mm=[0.04], unit="mm")
    assert [one.refusal.code if one.refusal else "" for one in found.candidates] == ["E407", ""]
    found = compare(
        [block], machines=["m400-4"], materials=["alsi10mg"], layer_thicknesses_mm=[0.03, 0.08], unit="mm"
    )
    assert [one.process.layer_thickness_mm for one in found.candidates] == [0.03, 0.08]


def test_a_material_must_be_known_on_both(block):
    with pytest.raises(UsageError) as caught:
        compare([block], machines=["m100", "m400-4"], materials=["in718"], unit="mm")
    assert caught.value.code == "E103"
    assert "M 100" in caught.value.what
    assert "316l" in caught.value.why
    with pytest.raises(UsageError, match="quantity"):
        compare([block], quantities=[0], unit="mm")


def test_the_document_holds_every_figure_with_its_range(compared):
    document = comparison_document(compared)
    assert document["schema"] == "amprep.comparison/1"
    for one in document["candidates"]:
        for row in one["quantities"]:
            assert set(row["total"]) <= set(document["units"])
            assert row["total"]["time_s"]["low"] <= row["total"]["time_s"]["value"]
            assert row["per_set"]["cost_eur"]["value"] * row["quantity"] == pytest.approx(
                row["total"]["cost_eur"]["value"]
            )
    assert comparison_hash(compared) == comparison_hash(compared)
    lines = comparison_csv(compared).splitlines()
    assert len(lines) == 1 + 2 * 3
    assert {len(line.split(",")) for line in lines} == {len(lines[0].split(","))}
    assert "time_low_s" in lines[0]


def test_figures_add_up_with_their_ranges():
    one = {"time_s": Ranged(2.0, 1.0, 4.0)}
    assert added([times(one, 3), one]) == {"time_s": Ranged(8.0, 4.0, 16.0)}
