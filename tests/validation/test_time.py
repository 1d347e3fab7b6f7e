"""Build times against arithmetic by hand, a published rate and a record of a machine."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import box
from amprep.estimation.motion import motion_of
from amprep.estimation.time import layer_times, time_model
from amprep.model.estimate import ScanColumn
from amprep.output.stl import write_stl
from amprep.output.summary import summary
from amprep.pipeline import prepare
from amprep.profiles import find_machine, find_material, find_process
from amprep.reading.job_file import JobFile


class Layers:
    def __init__(self):
        self.plans = []

    def write_layer(self, plan):
        self.plans.append(plan)


def prepared(folder, size, *, machine="m400-4", position=(100.0, 100.0), **rest):
    write_stl(box(size), folder / "part.stl")
    parts = [{"file": "part.stl", "unit": "mm", "position_mm": list(position)}]
    job = assemble_job(JobFile.model_validate({"machine": machine, "parts": parts, **rest}), folder)
    sink = Layers()
    return job, prepare(job, sinks=[sink]).estimate, sink.plans


def test_a_10_mm_cube_takes_as_long_as_computed_by_hand(tmp_path):
    """All 250 layers alike: hatch at 0°, the cube between 95 and 105 mm in one laser's share.

    Stripes of 10 mm have their borders at 95 and 105 mm, so they cut nothing. Hatch, inset by 0.08 mm:
    lines at (k + ½) · 0.1 mm between 95.08 and 104.92 mm, the first at 95.15, the last at 104.85: 98 lines
    of 9.84 mm, 97 turnarounds over 0.1 mm. Contour, inset by 0.05 mm: 4 vectors of 9.9 mm, 3 corners, one
    polyline. Jumps: to the contour's start (no way, as nobody knows where the scanner rests) and on to the
    first hatch line.
    """
    hatch = {
        "scan_speed_mm_s": 928.0,
        "hatch_distance_mm": 0.1,
        "beam_offset_mm": 0.08,
        "stripe_width_mm": 10.0,
        "stripe_overlap_mm": 0.02,
        "start_angle_deg": 0.0,
        "rotation_deg": 0.0,
    }
    contour = {"scan_speed_mm_s": 900.0, "beam_offset_mm": 0.05}
    job, estimate, plans = prepared(tmp_path, (10.0, 10.0, 10.0), hatch=hatch, contour=contour)
    assert len(plans) == 250

    scanner, recoater = job.machine.scanner, job.machine.recoater
    hatch_mm, outline_mm = 98 * 9.84, 4 * 9.9
    assert estimate.hatch_mm == pytest.approx(250 * hatch_mm, rel=1e-6), "mm"
    assert estimate.contour_mm == pytest.approx(250 * outline_mm, rel=1e-6), "mm"
    assert estimate.vectors == 250 * (98 + 4)

    # Line number 951 lies at 95.15 mm and is odd, so it runs backwards, from the right end.
    start = (104.92, 95.15)
    corners = [(x, y) for x in (95.05, 104.95) for y in (95.05, 104.95)]
    begun = tuple(float(c) for c in plans[0].vectors.segments[0, :2])
    corner = min(corners, key=lambda c: math.dist(c, begun))
    assert math.dist(corner, begun) < 1e-4, "mm from a corner of the contour"
    jump_speed, acceleration = scanner.jump_speed_mm_s.value, scanner.acceleration_mm_s2.value
    jump_mm = math.dist(corner, start)
    assert jump_mm > jump_speed**2 / acceleration, "mm: long enough to reach the jump speed"
    exposure = (
        hatch_mm / 928.0
        + 97 * (0.1 / jump_speed + scanner.turnaround_s.value)
        + 2 * scanner.jump_delay_s.value
        + (jump_mm / jump_speed + jump_speed / acceleration)
        + outline_mm / 900.0
        + 900.0 / acceleration
        + 3 * scanner.polygon_delay_s.value / 2
        + scanner.laser_on_delay_s.value
        + scanner.laser_off_delay_s.value
        + scanner.mark_delay_s.value
    )
    layer = exposure + recoater.time_s[job.process.recoating_mode.value].value + recoater.base_time_s.value
    assert layer > recoater.min_layer_time_s.value
    assert estimate.layer_times.total_s == pytest.approx(np.full(250, layer), rel=1e-6), "s per layer"
    assert estimate.total_s.value == pytest.approx(250 * layer, rel=1e-6), "s"
    assert estimate.exposure_s.value == pytest.approx(250 * exposure, rel=1e-6), "s"
    assert estimate.laser_busy_s == pytest.approx((250 * exposure, 0.0, 0.0, 0.0), rel=1e-6), "s"


def test_the_job_takes_what_comes_before_its_layers_and_after_them(tmp_path):
    job, estimate, _ = prepared(tmp_path, (10.0, 10.0, 2.0))
    phases = job.machine.phases
    around = (phases.inerting_s, phases.heating_s, phases.cooling_s)
    assert estimate.job_s.value == pytest.approx(estimate.total_s.value + sum(v.value for v in around)), "s"
    assert estimate.job_s.low == pytest.approx(estimate.total_s.low + sum(v.bounds[0] for v in around)), "s"
    assert estimate.job_s.high == pytest.approx(estimate.total_s.high + sum(v.bounds[1] for v in around)), "s"
    document = summary(job, estimate, ())
    times, assumptions = document["time_s"], document["assumptions"]
    assert times["job"] == estimate.job_s.value
    assert times["job_range"] == [estimate.job_s.low, estimate.job_s.high]
    assert times["unpacking"] == phases.unpacking_s.value
    assert times["unpacking_range"] == list(phases.unpacking_s.bounds)
    # Cooling has the widest range of all.
    assert assumptions["job_s"][0]["input"] == "phases.cooling_s"
    assert {a["input"] for a in assumptions["time_s"]} < {a["input"] for a in assumptions["job_s"]}


def test_parts_with_values_of_their_own_have_their_own_speeds(tmp_path):
    """Two equal plates, one exposed at half the speed of the other."""
    write_stl(box((8.0, 8.0, 0.04)), tmp_path / "part.stl")
    own = {"hatch": {"scan_speed_mm_s": 400.0}}
    slow = {"file": "part.stl", "unit": "mm", "position_mm": [60.0, 100.0], "exposure": own}
    fast = {"file": "part.stl", "unit": "mm", "position_mm": [300.0, 100.0]}
    content = {"machine": "m400-4", "parts": [slow, fast], "hatch": {"scan_speed_mm_s": 800.0}}
    job = assemble_job(JobFile.model_validate(content), tmp_path)
    estimate = prepare(job).estimate
    one, other = estimate.layer_times.hatch_s[0, :2]
    assert one == pytest.approx(2 * other, rel=1e-5), "s, to the rounding of coordinates"
    one, other = estimate.layer_times.contour_s[0, :2]
    assert one == pytest.approx(other, rel=1e-5), "s"


def test_a_layer_waits_for_the_minimum_layer_time():
    machine = find_machine("m400-4")
    process = find_process(machine, find_material("316l"), None)
    stats = np.zeros((3, 4, ScanColumn.MARKED + 32))
    stats[:, 1, ScanColumn.MARKED] = np.array([0.0, 4.0, 40.0]) * process.core.scan_speed_mm_s.value
    model = time_model(machine, [process], stats)
    values = model.values()
    recoat = next(v for k, v in values.items() if k.startswith("recoater.time_s"))
    values |= {"recoater.min_layer_time_s": recoat + 10.0, "recoater.base_time_s": 1.0}
    times = layer_times(stats, model, values)
    assert times.exposure_s == pytest.approx([0.0, 4.0, 40.0]), "s"
    assert times.wait_s == pytest.approx([9.0, 5.0, 0.0]), "s"
    assert times.total_s == pytest.approx([recoat + 10.0, recoat + 10.0, recoat + 41.0]), "s"


def test_the_slowest_laser_decides(tmp_path):
    """Two plates: of 40 mm with one laser, of 80 mm about the middle with four that share it."""
    one = prepared(tmp_path, (40.0, 40.0, 0.04), position=(100.0, 100.0))[1]
    four = prepared(tmp_path, (80.0, 80.0, 0.04), position=(200.0, 200.0))[1]
    assert np.count_nonzero(one.laser_busy_s) == 1
    assert min(four.laser_busy_s) > 0.9 * max(four.laser_busy_s)
    assert four.layer_times.exposure_s[0] == max(four.laser_busy_s)
    assert four.layer_times.exposure_s[0] == pytest.approx(one.layer_times.exposure_s[0], rel=0.03), "s"


def test_a_large_filled_layer_approaches_the_published_rate_from_below(tmp_path):
    """316L at 40 µm: the data sheet gives 3.7 mm³/s per laser, which is v · h · t of the core.

    Contour, turnarounds and jumps keep a layer below that; their share falls with the size of the part, and
    with stripes as wide as the part the turnarounds lose their weight.
    """
    rates = []
    for side, stripe in ((5.0, 10.0), (20.0, 10.0), (60.0, 10.0), (180.0, 10.0), (180.0, 1000.0)):
        given = {"hatch": {"stripe_width_mm": stripe}, "lasers": {"strategy": "part"}}
        job, estimate, _ = prepared(tmp_path, (side, side, 0.04), **given)
        assert job.layer_count == 1
        rates.append(side * side * 0.04 / estimate.layer_times.exposure_s[0])
    core = job.process.core
    identity = core.scan_speed_mm_s.value * core.hatch_distance_mm.value * 0.04
    assert identity == pytest.approx(3.7, rel=0.01), "mm³/s in the data sheet"
    assert rates == sorted(rates), "mm³/s, the larger the faster"
    assert rates[-1] < identity
    assert rates[-1] > 0.99 * identity, "mm³/s"
    # With stripes of 10 mm each vector of 10.8 ms has a turnaround of about 0.5 ms.
    assert 0.93 * identity < rates[-2] < 0.97 * identity, "mm³/s"


def test_four_lasers_reach_four_times_the_rate_of_one(tmp_path):
    """The data sheet gives 14.8 mm³/s for all four."""
    hatch = {"stripe_width_mm": 1000.0}
    _, estimate, _ = prepared(tmp_path, (398.0, 398.0, 0.04), position=(200.0, 200.0), hatch=hatch)
    rate = 398.0**2 * 0.04 / estimate.layer_times.exposure_s[0]
    assert 0.95 * 14.8 < rate < 14.9, "mm³/s"


def sky_writing_record(first_mm, last_mm):
    """Exposure and marking, ms, of 18 tracks, 0.11 mm apart, at 960 mm/s; without the way to the first."""
    machine = find_machine("m400-4")
    process = find_process(machine, find_material("316l"), None)
    lengths = np.linspace(first_mm, last_mm, 18)
    y = 0.11 * np.arange(18)
    ends = np.column_stack([-lengths / 2, y, lengths / 2, y])
    ends[1::2] = ends[1::2][:, [2, 1, 0, 3]]
    zeros = np.zeros(18, dtype=np.uint16)
    stats = motion_of(machine, [process]).statistics(
        ends.astype(np.float32), laser=zeros.astype(np.uint8), exposure=zeros, part=zeros
    )[None]
    assert stats[0, 0, ScanColumn.TURNS] == 17
    model = time_model(machine, [process], stats)
    values = model.values() | {"core.scan_speed_mm_s": 960.0, "scanner.jump_delay_s": 0.0}
    times = layer_times(stats, model, values)
    return 1e3 * float(times.exposure_s[0]), 1e3 * float(times.hatch_s[0, 0])


@pytest.mark.parametrize(("first_mm", "last_mm", "measured_ms"), [(1.04, 1.20, 29.65), (1.20, 1.04, 29.80)])
def test_the_skywriting_record_of_an_m290_is_met(first_mm, last_mm, measured_ms):
    """NIST, EOS M 290, IN625: 18 tracks of 1.04 to 1.20 mm, 0.11 mm apart, at 960 mm/s, laser off for 0.50 ms
    at each of 17 turnarounds. Measured from the first to the last track: 29.65 ms where they grow, 29.80 ms
    where they shrink. The way to the first track is no part of the record.
    """
    total_ms, marked_ms = sky_writing_record(first_mm, last_mm)
    assert (total_ms - marked_ms) / 17 == pytest.approx(0.50, rel=1e-3), "ms per turn, over 0.11 mm and a bit"
    assert total_ms - marked_ms == pytest.approx(8.5, rel=1e-3), "ms of 850 rows of 10 µs with the laser off"
    assert marked_ms == pytest.approx(21.15, rel=0.01), "ms of 2115 rows of 10 µs with the laser on"
    assert total_ms == pytest.approx((29.65 + 29.80) / 2, rel=0.01), "ms, both directions"
    # The lengths are told to 0.01 mm, which leaves 0.19 ms open.
    longest_ms, _ = sky_writing_record(first_mm + 0.005, last_mm + 0.005)
    assert longest_ms - total_ms == pytest.approx(18 * 0.005 / 0.96, rel=1e-3), "ms"
    assert total_ms < measured_ms, "ms"
    assert longest_ms == pytest.approx(measured_ms, rel=0.01), "ms"
