"""Properties of who exposes what, on machines with any number of lasers and fields of either form."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.assembling import assemble_job
from amprep.assignment import sharing_of
from amprep.assignment.field_remarks import field_remarks
from amprep.assignment.fields import drawn_in, fields_of, masks_at, require_reach
from amprep.assignment.trees import phase_of, trees_of
from amprep.demonstrators.primitives import box, cylinder
from amprep.errors import BuildError, FileContentError
from amprep.estimation.motion import motion_of
from amprep.estimation.time import layer_times, time_model
from amprep.layering import prepare_layer
from amprep.model.scan import REGIONS, Region
from amprep.output.stl import write_stl
from amprep.output.summary import job_hash, summary
from amprep.pipeline import prepare
from amprep.profiles import find_machine
from amprep.reading.job_file import JobFile

STEP_MM = 1e-4
"""More than float32 at 400 mm, less than the shortest vector."""

GRIDS = {1: (1, 1), 2: (2, 1), 4: (2, 2), 8: (4, 2), 12: (4, 3)}


def with_fields(machine, fields):
    lasers = []
    for i, one in enumerate(fields):
        circle = one if len(one) == 3 else None
        x, y, r = one if circle else (0, 0, 0)
        bounds = (x - r, y - r, x + r, y + r) if circle else one
        lasers.append(
            dataclasses.replace(machine.lasers[0], number=i + 1, field_mm=bounds, field_circle_mm=circle)
        )
    return dataclasses.replace(machine, lasers=tuple(lasers))


def machine_of(lasers, *, is_round=False, overlap_mm=40.0):
    """The M 400-4 with so many lasers in a grid."""
    columns, rows = GRIDS[lasers]
    width, depth = 400 / columns, 400 / rows
    fields = []
    for row in range(rows):
        for column in range(columns):
            x, y = (column + 0.5) * width, (row + 0.5) * depth
            if is_round:
                fields.append((x, y, math.hypot(width, depth) / 2 + overlap_mm / 2))
            else:
                a, b = (width + overlap_mm) / 2, (depth + overlap_mm) / 2
                fields.append((x - a, y - b, x + a, y + b))
    return with_fields(find_machine("m400-4"), fields)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("assignment")
    write_stl(box((60.0, 50.0, 0.6)), path / "box.stl")
    write_stl(cylinder(30.0, 0.6), path / "cylinder.stl")
    return path


def job_of(folder, entries, machine=None, pattern="stripes", **lasers):
    parts = [{"file": f"{name}.stl", "unit": "mm", "position_mm": place} for name, place in entries]
    given = {"machine": "m400-4", "parts": parts, "lasers": lasers, "hatch": {"pattern": pattern}}
    job = assemble_job(JobFile.model_validate(given), folder)
    return job if machine is None else dataclasses.replace(job, machine=machine)


@pytest.fixture(scope="module")
def base_job(folder):
    return job_of(folder, [("box", [200, 200]), ("cylinder", [100, 300])])


def lengths(segments):
    d = segments.astype(np.float64)
    return np.hypot(d[:, 2] - d[:, 0], d[:, 3] - d[:, 1])


def shared(job, segments, part, region, layer, machine=None, **lasers):
    rule = job.process.lasers
    changed = {key: getattr(rule, key).overridden(value) for key, value in lasers.items()}
    process = dataclasses.replace(job.process, lasers=dataclasses.replace(rule, **changed))
    sets = dataclasses.replace(job.parameter_sets, processes=(process,))
    job = dataclasses.replace(job, parameter_sets=sets, machine=machine or job.machine)
    motion = motion_of(job.machine, (process,))
    sharing = sharing_of(job, motion.exposures, motion.long_jump_mm)
    return sharing.assign(layer, segments, region.astype(np.uint16), part)


def assert_shared_well(machine, segments, assigned, overlap_mm):
    out, laser, source = assigned.segments, assigned.laser, assigned.source
    if source is None:
        source = np.arange(len(segments))
        np.testing.assert_array_equal(out, segments)
    ends = out.astype(np.float64)
    for k, one in enumerate(machine.lasers):
        own = laser == k
        wider = dataclasses.replace(
            one,
            field_mm=(*(v - 2e-3 for v in one.field_mm[:2]), *(v + 2e-3 for v in one.field_mm[2:])),
            field_circle_mm=one.field_circle_mm and (*one.field_circle_mm[:2], one.field_circle_mm[2] + 2e-3),
        )
        assert wider.reaches(ends[own, :2]).all(), "a laser reaches where its vectors begin"
        assert wider.reaches(ends[own, 2:]).all(), "and where they end"
    cuts = np.bincount(source, minlength=len(segments)) - 1
    assert (cuts >= 0).all(), "every vector is exposed"
    extra = np.bincount(source, weights=lengths(out), minlength=len(segments)) - lengths(segments)
    assert (extra > -STEP_MM * (1 + cuts)).all()
    assert (extra < cuts * overlap_mm + STEP_MM * (1 + cuts)).all()


@st.composite
def layers(draw):
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    count = draw(st.integers(1, 400))
    reach = draw(st.sampled_from([2.0, 20.0, 300.0]))
    start = rng.uniform(1, 399, (count, 2))
    end = np.clip(start + rng.uniform(-reach, reach, (count, 2)), 1, 399)
    part = np.sort(rng.integers(0, 2, count)).astype(np.uint16)
    region = rng.choice([Region.CORE, Region.CONTOUR], count, p=[0.8, 0.2]).astype(np.uint8)
    return np.column_stack([start, end]).astype(np.float32), part, region, draw(st.integers(0, 40))


@pytest.mark.parametrize("is_round", [False, True], ids=["rectangles", "circles"])
@pytest.mark.parametrize("lasers", GRIDS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    layer=layers(),
    strategy=st.sampled_from(["balanced", "quadrant", "part"]),
    pattern=st.sampled_from(["interlaced", "shifted", "straight"]),
    overlap_mm=st.sampled_from([0.0, 0.02, 0.3]),
)
def test_every_vector_is_exposed_once_by_lasers_that_reach_it(
    base_job, lasers, is_round, layer, strategy, pattern, overlap_mm
):
    segments, part, region, number = layer
    machine = machine_of(lasers, is_round=is_round)
    # The vectors lie anywhere: no part says where its own are.
    boxes = np.array([[0.0, 0.0, 0.0], [400.0, 400.0, 1.0]])
    parts = tuple(dataclasses.replace(one) for one in base_job.parts)
    for one in parts:
        object.__setattr__(one, "bounds_mm", boxes)
    job = dataclasses.replace(base_job, parts=parts)
    rule = {"strategy": strategy, "seam_pattern": pattern, "seam_overlap_mm": overlap_mm}
    assigned = shared(job, segments, part, region, number, machine, **rule)
    assert_shared_well(machine, segments, assigned, overlap_mm)
    again = shared(job, segments, part, region, number, machine, **rule)
    assert assigned.segments.tobytes() == again.segments.tobytes()
    assert assigned.laser.tobytes() == again.laser.tobytes()


def test_length_is_conserved_but_for_the_overlap(folder):
    """Sums over a layer to 1e-6: each cut adds the stated overlap, and nothing else does."""
    plans = {
        overlap: prepare_layer(job_of(folder, [("box", [205, 190])], seam_overlap_mm=overlap), 3)
        for overlap in (0.0, 0.05)
    }
    one = prepare_layer(job_of(folder, [("box", [100, 100])]), 3)
    total = {overlap: lengths(plan.vectors.segments).sum() for overlap, plan in plans.items()}
    assert len(plans[0.0].vectors) > len(one.vectors)
    alone = prepare_layer(job_of(folder, [("box", [205, 190])], machine=machine_of(1)), 3)
    cuts = len(plans[0.05].vectors) - len(alone.vectors)
    assert total[0.0] == pytest.approx(lengths(alone.vectors.segments).sum(), rel=1e-6)
    assert total[0.05] == pytest.approx(total[0.0] + 0.05 * cuts, rel=1e-5)


@pytest.mark.parametrize("pattern", ["interlaced", "shifted"])
@pytest.mark.parametrize("steps", [2, 5, 8, 12])
def test_no_seam_stands_above_another(folder, pattern, steps):
    """On a prism: seams of a layer lie on its own grid, and grids of `steps` layers are apart."""
    distance = 0.3
    rule = {"seam_pattern": pattern, "seam_steps": steps, "seam_distance_mm": distance, "seam_overlap_mm": 0}
    # The pieces of a cut vector follow each other as long as nobody puts blocks in order.
    rule["smoke_order"] = "no"
    job = job_of(folder, [("box", [203, 201])], **rule)
    period = steps * distance
    begins = []
    for layer in range(min(steps, job.layer_count)):
        plan = prepare_layer(job, layer)
        vectors = plan.vectors
        is_cut = (vectors.segments[1:, :2] == vectors.segments[:-1, 2:]).all(axis=1)
        is_cut &= vectors.laser[1:] != vectors.laser[:-1]
        places = vectors.segments[1:][is_cut, :2].astype(np.float64)
        assert len(places) > 50
        begin = phase_of(layer, distance, steps)
        begins.append(begin)
        off = np.abs((places - begin + period / 2) % period - period / 2)
        # v runs against x where the seam is across y.
        off[:, 0] = np.minimum(off[:, 0], np.abs((-places[:, 0] - begin + period / 2) % period - period / 2))
        assert off.min(axis=1).max() < STEP_MM
    gaps = np.diff(sorted(begins))
    assert (gaps > distance - 1e-9).all()


def test_contours_of_a_part_stay_together(folder):
    job = job_of(folder, [("box", [203, 201]), ("cylinder", [240, 120]), ("cylinder", [200, 90])])
    for layer in (0, 4):
        vectors = prepare_layer(job, layer).vectors
        for part in range(3):
            lasers = set(vectors.laser[(vectors.part == part) & (vectors.region == Region.CONTOUR)].tolist())
            reach = fields_of(job.machine)
            corners = np.array(
                [[x, y] for x in job.parts[part].bounds_mm[:, 0] for y in job.parts[part].bounds_mm[:, 1]]
            )
            whole = int(np.bitwise_and.reduce(masks_at(reach, corners)))
            assert len(lasers) == 1 if whole else len(lasers) == 2
            assert all(whole >> k & 1 for k in lasers) or not whole


def test_by_part_each_part_has_one_laser_where_one_reaches_it(folder):
    places = [("cylinder", [x, y]) for x in (80, 205, 320) for y in (80, 205)]
    vectors = prepare_layer(job_of(folder, places, strategy="part"), 2).vectors
    used = [set(vectors.laser[vectors.part == part].tolist()) for part in range(6)]
    assert all(len(one) == 1 for one in used)
    assert used[0] == {0}
    assert used[4] == {1}
    assert len(set.union(*used)) == 4, "those in the middle go to the lasers that have less"


def test_by_quadrant_everything_is_cut_half_way(folder):
    job = job_of(
        folder, [("box", [200, 200])], strategy="quadrant", seam_pattern="straight", seam_overlap_mm=0
    )
    vectors = prepare_layer(job, 2).vectors
    middle = (vectors.segments[:, :2] + vectors.segments[:, 2:]) / 2
    sure = lengths(vectors.segments) > 0.01
    expected = (middle[:, 0] >= 200).astype(int) + 2 * (middle[:, 1] >= 200)
    np.testing.assert_array_equal(vectors.laser[sure], expected[sure])


@pytest.mark.parametrize(
    ("place", "most_pct"),
    [([200, 200], 6.0), ([190, 170], 8.0), ([235, 180], 15.0)],
    ids=["centre", "off", "edge"],
)
def test_one_part_across_the_overlap_is_near_the_bound(folder, place, most_pct):
    estimate = prepare(job_of(folder, [("box", place)])).estimate
    quadrant = prepare(job_of(folder, [("box", place)], strategy="quadrant")).estimate
    assert estimate.laser_balance.gap_median_pct < most_pct
    assert estimate.laser_balance.bound_s == pytest.approx(quadrant.laser_balance.bound_s, rel=1e-9)
    assert estimate.exposure_s.value < quadrant.exposure_s.value * 1.02


@pytest.mark.parametrize(
    ("size_mm", "stripe_mm"), [(300.0, 10.0), (160.0, 1.0)], ids=["large", "fine stripes"]
)
def test_what_lies_evenly_about_the_centre_is_shared_evenly(folder, size_mm, stripe_mm):
    """Of many vectors a few are weighed, and of stripes the ways back are long: neither shifts the seams."""
    write_stl(box((size_mm, size_mm, 0.2)), folder / "slab.stl")
    for strategy in ("balanced", "quadrant"):
        part = {"file": "slab.stl", "unit": "mm", "position_mm": [200, 200]}
        given = {"machine": "m400-4", "parts": [part], "lasers": {"strategy": strategy}}
        given["hatch"] = {"stripe_width_mm": stripe_mm}
        job = assemble_job(JobFile.model_validate(given), folder)
        for index in (0, 1):
            plan = prepare_layer(job, index)
            stats = plan.scan_stats[None]
            busy_s = layer_times(stats, time_model(job.machine, job.parameter_sets.processes, stats)).busy_s
            assert busy_s.max() < 1.015 * busy_s.mean(), (strategy, index)


def test_lasers_go_to_and_fro_along_the_rings_that_they_share(folder):
    """Jumps of concentric curves are no more than those of straight lines to and fro."""
    jumps_mm = {}
    for pattern in ("concentric", "meander"):
        part = {"file": "cylinder.stl", "unit": "mm", "position_mm": [200, 200]}
        given = {"machine": "m400-4", "parts": [part], "hatch": {"pattern": pattern}}
        job = assemble_job(JobFile.model_validate(given), folder)
        vectors = prepare_layer(job, 2).vectors
        reach = masks_at(fields_of(job.machine), vectors.segments.reshape(-1, 2).astype(np.float64))
        assert (reach.reshape(-1, 2) >> vectors.laser[:, None].astype(int) & 1).all()
        is_hatch = vectors.region == Region.CORE
        jumps_mm[pattern] = 0.0
        for laser in range(4):
            own = vectors.segments[is_hatch & (vectors.laser == laser)].astype(np.float64)
            jumps_mm[pattern] += np.hypot(*(own[1:, :2] - own[:-1, 2:]).T).sum()
        estimate = prepare(job).estimate
    assert 4.0 * estimate.layer_times.exposure_s.sum() < 1.15 * estimate.laser_balance.one_laser_s, "s"
    assert jumps_mm["concentric"] < 2.0 * jumps_mm["meander"]


def test_contours_that_no_laser_reaches_all_of_are_made_up_for(folder):
    """Tubes in one part, too wide for any laser: four tenths of the time go to contours."""
    tube = trimesh.creation.annulus(0.4, 0.65, 0.2, sections=12)
    places = [(x, y) for x in np.arange(-40, 41, 4.0) for y in np.arange(-40, 41, 4.0)]
    tubes = trimesh.util.concatenate([tube.copy().apply_translation([x, y, 0.1]) for x, y in places])
    tubes.export(folder / "tubes.stl")
    job = job_of(folder, [("tubes", [200, 200])])
    vectors = prepare_layer(job, 2).vectors
    own_mm = lengths(vectors.segments) * (vectors.region == Region.CONTOUR)
    assert own_mm.sum() > 0.3 * lengths(vectors.segments).sum()
    of_laser = np.bincount(vectors.laser, own_mm)
    assert of_laser.max() > 0.6 * own_mm.sum(), "the first takes all that it reaches"
    estimate = prepare(job).estimate
    assert 4.0 * estimate.layer_times.exposure_s.sum() < 1.15 * estimate.laser_balance.one_laser_s, "s"


def test_contours_go_last_to_a_laser_that_has_much_of_its_own(folder):
    """Tubes of which most lie where one laser alone reaches, and a few beyond its field."""
    tube = trimesh.creation.annulus(0.4, 0.65, 0.08, sections=12)
    places = [(x, y) for x in np.arange(0, 75, 4.0) for y in np.arange(0, 75, 4.0)]
    tubes = trimesh.util.concatenate([tube.copy().apply_translation([x, y, 0.04]) for x, y in places])
    tubes.export(folder / "off.stl")
    job = job_of(folder, [("off", [194, 202])])
    for index in range(2):
        plan = prepare_layer(job, index)
        assert plan.smoke.exposure_after_s < 1.15 * plan.bound_s, "s"


def test_many_parts_are_near_the_bound(folder):
    places = [("cylinder", [x, y]) for x in np.linspace(40, 360, 6).tolist() for y in (50, 130, 190, 230)]
    job = job_of(folder, places)
    balance = prepare(job).estimate.laser_balance
    assert balance.gap_median_pct < 5.0
    assert balance.strategy == "balanced"


def test_one_laser_costs_nothing(folder):
    job = job_of(folder, [("box", [200, 200])], machine=machine_of(1))
    segments = np.random.default_rng(1).uniform(0, 400, (50, 4)).astype(np.float32)
    zeros = np.zeros(50, dtype=np.uint16)
    motion = motion_of(job.machine, job.parameter_sets.processes)
    sharing = sharing_of(job, motion.exposures, motion.long_jump_mm)
    assigned = sharing.assign(0, segments, zeros, zeros)
    assert assigned.segments is segments
    assert assigned.source is None
    assert assigned.laser.tolist() == [0] * 50
    estimate = prepare(job).estimate
    assert estimate.laser_balance is None
    assert summary(job, estimate, ())["laser_balance"] is None


def test_the_strategy_is_in_the_job_hash_and_the_summary(folder):
    jobs = [job_of(folder, [("box", [200, 200])], strategy=one) for one in ("balanced", "quadrant")]
    assert job_hash(jobs[0]) != job_hash(jobs[1])
    document = summary(jobs[0], prepare(jobs[0]).estimate, ())
    assert set(document["laser_balance"]) == {
        "strategy", "gap_median_pct", "gap_p95_pct", "one_laser_s", "bound_s", "contours_by"
    }  # fmt: skip
    assert all(0.0 < one["utilisation_pct"] <= 100.0 for one in document["lasers"])


@pytest.mark.parametrize("lasers", GRIDS)
@pytest.mark.parametrize("overlap_mm", [0.3, 7.0, 60.0])
def test_every_set_of_lasers_that_there_is_has_its_seams(lasers, overlap_mm):
    """With fields drawn in for each of fifty layers: places at random lie in no set that was not foreseen."""
    fields = fields_of(machine_of(lasers, overlap_mm=overlap_mm))
    fields[:, :4] += np.random.default_rng(lasers).uniform(0.0, 0.1, (len(fields), 4))
    platform, period, steps = (0.0, 0.0, 400.0, 400.0), 5.0, 50
    begins = [phase_of(phase, period / steps, steps) for phase in range(steps)]
    root = trees_of(fields, platform, period, begins).root
    places = np.random.default_rng(7).uniform(0.0, 400.0, (20_000, 2))
    for begin in begins:
        inner, whole = (masks_at(one, places) for one in drawn_in(fields, platform, period, begin))
        masks = np.where(inner == 0, whole, inner)
        several = (masks & (masks - 1)) != 0
        assert (root[masks[several]] >= 0).all()
        alone = masks[~several & (masks > 0)]
        np.testing.assert_array_equal(1 << ~root[alone], alone)


@pytest.mark.parametrize("lasers", GRIDS)
@pytest.mark.parametrize("is_round", [False, True], ids=["rectangles", "circles"])
def test_fields_that_cover_the_platform_are_taken(lasers, is_round):
    require_reach(machine_of(lasers, is_round=is_round))


def test_long_sides_of_rings_decide_where_seams_stand(folder):
    """A bar under three lasers: few long vectors and many short ones at its ends."""
    write_stl(box((338.0, 29.0, 0.08)), folder / "bar.stl")
    fields = [(x - 150.0, -20.0, x + 150.0, 420.0) for x in (66.7, 200.0, 333.3)]
    times = {}
    for strategy in ("balanced", "quadrant"):
        job = job_of(folder, [("bar", [190, 207])], pattern="concentric", strategy=strategy)
        job = dataclasses.replace(job, machine=with_fields(job.machine, fields))
        estimate = prepare(job).estimate
        times[strategy] = estimate.layer_times.exposure_s
        assert estimate.laser_balance.gap_p95_pct < (8.0 if strategy == "balanced" else 30.0), "%"
    assert (times["balanced"] < 0.95 * times["quadrant"]).all(), "s"


def test_seams_stand_half_way_where_ways_across_a_ring_would_cost_more(folder):
    """With a meander, who has two sides of a thin ring flies to and fro with every line."""
    write_stl(box((112.5, 12.9, 0.08)), folder / "slat.stl")
    ring = trimesh.creation.annulus(52.2, 53.4, 0.08, sections=64)
    ring.apply_translation([0.0, 0.0, 0.04]).export(folder / "thin.stl")
    fields = [(x0, -25.0, x1, 425.0) for x0, x1 in ((-25.0, 158.3), (108.3, 291.7), (241.7, 425.0))]
    times = {}
    for strategy in ("balanced", "quadrant"):
        lasers = {"strategy": strategy, "seam_pattern": "shifted", "contours_by": "contour"}
        job = job_of(folder, [("thin", [105, 105]), ("slat", [295, 105])], pattern="meander", **lasers)
        times[strategy] = prepare(
            dataclasses.replace(job, machine=with_fields(job.machine, fields))
        ).estimate.layer_times.exposure_s
    assert (times["balanced"] < 1.05 * times["quadrant"]).all(), "s"


@pytest.mark.parametrize("pattern", ["meander", "unidirectional", "stripes"])
def test_a_bound_is_not_above_what_lasers_take(folder, pattern):
    """A thin ring, which one laser alone crosses with every line."""
    ring = trimesh.creation.annulus(140.0, 145.0, 0.08, sections=96)
    ring.apply_translation([0.0, 0.0, 0.04]).export(folder / "ring.stl")
    job = job_of(folder, [("ring", [200, 200])], pattern=pattern)
    for index in range(2):
        plan = prepare_layer(job, index)
        exposure_s = plan.smoke.exposure_after_s
        # Ways from stripe to stripe, which lead across the ring for one laser alone, count in full.
        assert 0.6 * exposure_s < plan.bound_s <= 1.02 * exposure_s, "s"


def test_a_bound_counts_no_ways_to_islands_that_nobody_flies(folder):
    """One part of pins far apart, in the fields of several lasers in turns."""
    pin = trimesh.creation.cylinder(2.0, 0.08, sections=24).apply_translation([0.0, 0.0, 0.04])
    places = [(0, 0), (160, 5), (210, 160), (80, 250), (-50, 160)]
    pins = trimesh.util.concatenate([pin.copy().apply_translation([x, y, 0.0]) for x, y in places])
    pins.export(folder / "pins.stl")
    for pattern in ("stripes", "meander", "unidirectional"):
        job = job_of(folder, [("pins", [170, 230])], pattern=pattern)
        for index in range(2):
            plan = prepare_layer(job, index)
            assert 0.9 * plan.smoke.exposure_after_s < plan.bound_s, "s"
            assert plan.bound_s <= 1.001 * plan.smoke.exposure_after_s, "s"


def test_ways_across_a_ring_that_one_laser_alone_reaches_are_its_own(folder):
    """Beside a box that it shares, of which it gets as much less."""
    ring = trimesh.creation.annulus(35.0, 40.0, 0.08)
    ring.apply_translation([0.0, 0.0, 0.04]).export(folder / "alone.stl")
    job = job_of(folder, [("alone", [300, 320]), ("box", [200, 320])], pattern="unidirectional")
    for index in range(2):
        plan = prepare_layer(job, index)
        assert plan.smoke.exposure_after_s == pytest.approx(plan.bound_s, rel=0.03), "s"


def test_a_gap_in_the_platform_is_refused_with_its_place():
    machine = find_machine("m400-4")
    fields = [laser.field_mm for laser in machine.lasers]
    fields[3] = (205.0, 205.0, 425.0, 425.0)
    require_reach(with_fields(machine, fields))
    fields[3] = (230.0, 175.0, 425.0, 425.0)
    with pytest.raises(BuildError) as caught:
        require_reach(with_fields(machine, fields))
    assert caught.value.code == "E404"
    assert "x 225 … 230, y 225 … 400 mm" in caught.value.what
    assert "field_mm" in caught.value.fix
    fields[3] = (225.0001, 175.0, 425.0, 425.0)
    with pytest.raises(BuildError) as caught:
        require_reach(with_fields(machine, fields))
    assert "x 225 … 225.0001, y 225 … 400 mm" in caught.value.what


def test_a_gap_between_circles_is_refused():
    circles = [(x, y, 140.0) for x in (100.0, 300.0) for y in (100.0, 300.0)]
    with pytest.raises(BuildError) as caught:
        require_reach(with_fields(find_machine("m400-4"), circles))
    assert caught.value.code == "E404"


def test_circles_may_leave_out_the_corners_of_a_round_platform():
    machine = find_machine("m100")
    require_reach(with_fields(machine, [(0.0, 0.0, 50.0)]))
    with pytest.raises(BuildError):
        require_reach(with_fields(machine, [(0.0, 0.0, 49.0)]))


@pytest.mark.parametrize(
    ("overlap_mm", "pattern", "is_told"),
    [(0.0, "interlaced", True), (0.0, "straight", True), (1.0, "interlaced", True), (1.0, "straight", False),
     (50.0, "interlaced", False)],
)  # fmt: skip
@pytest.mark.parametrize("is_round", [False, True], ids=["rectangles", "circles"])
def test_fields_without_room_for_seams_are_told_where_parts_lie(
    folder, overlap_mm, pattern, is_told, is_round
):
    machine = machine_of(2, overlap_mm=overlap_mm)
    if is_round and overlap_mm > 0.0:
        # Two large circles, which have a narrow lens in common where the part lies.
        near, far = 200.0 + overlap_mm / 2, 2000.0
        machine = with_fields(machine, [(near - far, 200, far), (400 - near + far, 200, far)])
    for place, lies_there in (([200, 200], True), ([100, 200], False)):
        job = job_of(folder, [("box", place)], seam_pattern=pattern)
        told = field_remarks(machine, job.process, job.parts)
        assert bool(told) == (is_told and lies_there), told
        if told:
            assert [one.code for one in told] == ["W491"]
            assert "lasers 1 and 2" in told[0].text


@pytest.mark.parametrize(("shared_mm", "is_told"), [(0.02, True), (0.09, True), (0.1, False), (0.2, False)])
def test_fields_with_less_in_common_than_seams_overlap_are_told(folder, shared_mm, is_told):
    """Straight seams need not wander, but pieces there overlap by less than asked for."""
    job = job_of(folder, [("box", [200, 200])], seam_pattern="straight", seam_overlap_mm=0.1)
    told = field_remarks(machine_of(2, overlap_mm=shared_mm), job.process, job.parts)
    assert [one.code for one in told] == ["W491"] * is_told
    for one in told:
        assert "lasers 1 and 2 have less than 0.1 mm in common" in one.text
        assert "seam_overlap_mm" in one.hint
    (told,) = field_remarks(machine_of(2, overlap_mm=0.0), job.process, job.parts)
    assert "nothing in common" in told.text
    beside = job_of(folder, [("box", [100, 200])], seam_pattern="straight", seam_overlap_mm=0.1)
    assert not field_remarks(machine_of(2, overlap_mm=shared_mm), beside.process, beside.parts)
    wandering = job_of(folder, [("box", [200, 200])], seam_overlap_mm=0.1)
    (told,) = field_remarks(machine_of(2, overlap_mm=shared_mm), wandering.process, wandering.parts)
    assert "seams of many layers stand above each other" in told.text


@pytest.mark.parametrize(("distance_mm", "is_told"), [(0.5, False), (1.1, True), (10.0, True)])
def test_seams_that_wander_further_than_a_field_is_wide_are_told(folder, distance_mm, is_told):
    """50 mm in common; of seams that ask for 500 mm, beyond all fields, nothing was said."""
    job = job_of(folder, [("box", [200, 200])], seam_distance_mm=distance_mm, seam_steps=50)
    told = field_remarks(machine_of(2, overlap_mm=50.0), job.process, job.parts)
    assert [one.code for one in told] == ["W491"] * is_told


def test_a_laser_beside_the_platform_is_told(folder):
    machine = with_fields(find_machine("m400-4"), [(0, 0, 400, 400), (500, 0, 700, 400)])
    job = job_of(folder, [("box", [200, 200])])
    (told,) = field_remarks(machine, job.process, job.parts)
    assert told.text.startswith("laser 2 reaches nothing")
    assert not field_remarks(find_machine("m400-4"), job.process, job.parts)
    assert not field_remarks(find_machine("m100"), job.process, job.parts)


def test_a_part_outside_of_all_fields_is_refused(folder):
    fields = [(-25.0, -25.0, 225.0, 225.0), (-25.0, 175.0, 225.0, 425.0)]
    job = job_of(folder, [("box", [100, 100]), ("cylinder", [320, 100])])
    job = dataclasses.replace(job, machine=with_fields(job.machine, fields))
    with pytest.raises(BuildError) as caught:
        prepare(job)
    assert caught.value.code == "E490"
    assert "cylinder" in caught.value.where
    assert "x 305 … 335" in caught.value.what


@pytest.mark.parametrize(
    ("line", "told"),
    [("", "no field"), ("field_mm = [0, 0, 1, 1]\nfield_circle_mm = [0, 0, 1]", "two fields"),
     ("field_circle_mm = [0, 0, -1]", "radius above 0"),
     ("field_mm = [175, 175, 1e300, 425]", "not between"),
     ("field_circle_mm = [0, 0, 1e200]", "not between")],
)  # fmt: skip
def test_a_laser_without_a_field_is_a_fault_of_the_profile(tmp_path, line, told):
    text = Path(find_machine("m400-4").path).read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(
        text.replace("field_mm = [175, 175, 425, 425]", line), encoding="utf-8"
    )
    with pytest.raises(FileContentError) as caught:
        find_machine(str(tmp_path / "own.toml"))
    assert caught.value.code == "E301"
    assert told in str(caught.value)


def test_more_lasers_than_can_be_shared_among_are_refused(tmp_path):
    """With thirty lasers the sets that reach a place would not fit into memory."""
    text = Path(find_machine("m400-4").path).read_text(encoding="utf-8")
    last = text[text.index("[[lasers]]\nnumber = 4") :].split("\n\n", 1)[0]
    more = "\n\n".join(last.replace("number = 4", f"number = {number}") for number in range(5, 18))
    (tmp_path / "own.toml").write_text(text + "\n" + more + "\n", encoding="utf-8")
    with pytest.raises(FileContentError) as caught:
        find_machine(str(tmp_path / "own.toml"))
    assert caught.value.code == "E301"
    assert "lasers" in str(caught.value)
    assert "16" in str(caught.value)


def test_a_round_field_of_a_profile_is_read(tmp_path):
    text = Path(find_machine("m100").path).read_text(encoding="utf-8")
    text = text.replace("field_mm = [-50, -50, 50, 50]", "field_circle_mm = [0, 1, 52]")
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    laser = find_machine(str(tmp_path / "own.toml")).lasers[0]
    assert laser.field_mm == (-52.0, -51.0, 52.0, 53.0)
    assert laser.reaches(np.array([[0.0, 53.0], [51.0, 52.0], [0.0, -52.0]])).tolist() == [True, False, False]


def test_exposures_once_more_are_shared_as_well(folder):
    rules = [{"layers": "1..3", "reexpose": {"regions": ["core"], "when": "after"}}]
    entry = {"file": "box.stl", "unit": "mm", "position_mm": [200, 200]}
    job = assemble_job(
        JobFile.model_validate({"machine": "m400-4", "parts": [entry], "rules": rules}), folder
    )
    vectors = prepare_layer(job, 1).vectors
    assert vectors.region.max() < REGIONS
    assert len(set(vectors.laser.tolist())) == 4
