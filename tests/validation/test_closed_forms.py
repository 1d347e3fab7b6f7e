"""Times of simple figures against arithmetic by hand, to 1e-9; coordinates are exact in float32."""

from __future__ import annotations

import dataclasses
import itertools
import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.estimation.motion import motion_of
from amprep.estimation.time import layer_times, time_model, time_totals
from amprep.model.estimate import ScanColumn
from amprep.model.scan import Region
from amprep.profiles import find_machine, find_material, find_process

CORE, CONTOUR = int(Region.CORE), int(Region.CONTOUR)
EXACT = 1e-9

# Round numbers, so that the sums below can be followed: c = v²/a = 1.25 mm for jumps.
JUMP, ACCELERATION, JUMP_DELAY, TURNAROUND = 5000.0, 2e7, 250e-6, 478e-6
MARK_DELAY, POLYGON, LASER_ON, LASER_OFF, PART_CHANGE = 100e-6, 50e-6, 110e-6, 120e-6, 0.3
CORE_SPEED, CONTOUR_SPEED = 928.0, 1000.0
SCANNER = {
    "jump_speed_mm_s": JUMP,
    "acceleration_mm_s2": ACCELERATION,
    "jump_delay_s": JUMP_DELAY,
    "turnaround_s": TURNAROUND,
    "mark_delay_s": MARK_DELAY,
    "polygon_delay_s": POLYGON,
    "laser_on_delay_s": LASER_ON,
    "laser_off_delay_s": LASER_OFF,
    "part_change_s": PART_CHANGE,
}
SWITCHING = LASER_ON + LASER_OFF + MARK_DELAY


def setting(*, sky_writing="hatches", recoater=(), **scanner):
    """A machine with these values, and a process with two speeds and hatch lines 0.125 mm apart."""
    machine = find_machine("m400-4")
    values = {k: getattr(machine.scanner, k).overridden(v) for k, v in (SCANNER | scanner).items()}
    values["sky_writing"] = machine.scanner.sky_writing.overridden(sky_writing)
    rests = {k: getattr(machine.recoater, k).overridden(v) for k, v in dict(recoater).items()}
    process = find_process(machine, find_material("316l"), None)
    core, contour = process.core, process.contour
    core = dataclasses.replace(
        core,
        scan_speed_mm_s=core.scan_speed_mm_s.overridden(CORE_SPEED),
        hatch_distance_mm=core.hatch_distance_mm.overridden(0.125),
    )
    contour = dataclasses.replace(contour, scan_speed_mm_s=contour.scan_speed_mm_s.overridden(CONTOUR_SPEED))
    machine = dataclasses.replace(
        machine,
        scanner=dataclasses.replace(machine.scanner, **values),
        recoater=dataclasses.replace(machine.recoater, **rests),
    )
    return machine, dataclasses.replace(process, core=core, contour=contour)


def statistics(machine, process, rows, regions, *, lasers=0, parts=0):
    count = len(rows)
    return motion_of(machine, [process]).statistics(
        np.array(rows, dtype=np.float32).reshape(-1, 4),
        laser=np.broadcast_to(np.array(lasers, dtype=np.uint8), count).copy(),
        exposure=np.broadcast_to(np.array(regions, dtype=np.uint16), count).copy(),
        part=np.broadcast_to(np.array(parts, dtype=np.uint16), count).copy(),
    )


def exposure_s(rows, regions, *, lasers=0, parts=0, **given_values):
    """Of the slowest laser."""
    machine, process = setting(**given_values)
    stats = statistics(machine, process, rows, regions, lasers=lasers, parts=parts)[None]
    return float(layer_times(stats, time_model(machine, [process], stats)).exposure_s[0])


def jump_s(way):
    """Trapezium or triangle of speed over time, then settling."""
    full = JUMP**2 / ACCELERATION
    if way >= full:
        return JUMP_DELAY + 2 * JUMP / ACCELERATION + (way - full) / JUMP
    return JUMP_DELAY + 2 * math.sqrt(way / ACCELERATION)


def polyline_s(length, corners=0.0, *, speed=CONTOUR_SPEED):
    """Starts and ends at a standstill; `corners` weighted."""
    full = speed**2 / ACCELERATION
    moving = length / speed + speed / ACCELERATION if length >= full else 2 * math.sqrt(length / ACCELERATION)
    return moving + SWITCHING + corners * POLYGON


def chain(*points):
    return [(*a, *b) for a, b in itertools.pairwise(points)]


def test_a_single_hatch_line():
    assert exposure_s([(1, 1, 9, 1)], CORE) == pytest.approx(8 / 928 + 250e-6, rel=EXACT), "s"


def test_a_square_contour():
    """Side 3: one jump of no length, 12 mm at 1000 mm/s, 0.05 ms to speed up and slow down, three corners
    of a right angle, each half of 0.05 ms, delays of 0.33 ms."""
    square = chain((0, 0), (3, 0), (3, 3), (0, 3), (0, 0))
    by_hand = 0.25e-3 + 12e-3 + 0.05e-3 + 1.5 * 0.05e-3 + 0.33e-3
    assert exposure_s(square, CONTOUR) == pytest.approx(by_hand, rel=EXACT), "s"


def test_a_disc_of_many_corners():
    n, radius = 1000, 20.0
    turn = 2 * np.pi * np.arange(n + 1) / n
    points = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]).astype(np.float32)
    points = points.astype(np.float64)
    steps = np.diff(points, axis=0)
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    corners = float((np.sin(np.diff(heading) / 2) ** 2).sum())
    length = float(np.hypot(*steps.T).sum())
    time = exposure_s(np.column_stack([points[:-1], points[1:]]), CONTOUR)
    assert time == pytest.approx(JUMP_DELAY + polyline_s(length, corners), rel=EXACT), "s"
    smooth = JUMP_DELAY + polyline_s(2 * math.pi * radius)
    assert time == pytest.approx(smooth, rel=2e-5), "s: a smooth curve has no corners that cost"


def meander(count, length=8.0, pitch=0.125):
    rows = []
    for i in range(count):
        ends = (0.0, length) if i % 2 == 0 else (length, 0.0)
        rows.append((ends[0], i * pitch, ends[1], i * pitch))
    return rows


@pytest.mark.parametrize("count", [2, 41, 64, 65, 500])
def test_a_meander(count):
    by_hand = JUMP_DELAY + count * 8 / 928 + (count - 1) * (TURNAROUND + 0.125 / JUMP)
    assert exposure_s(meander(count), CORE) == pytest.approx(by_hand, rel=EXACT), "s"


@pytest.mark.parametrize("way", [0.75, 1.0, 1.25, 1.5, 4.0, 300.0])
def test_a_jump_short_long_and_at_the_threshold(way):
    time = exposure_s([(0, 0, 8, 0), (8 + way, 0, 16 + way, 0)], CORE)
    assert time == pytest.approx(2 * 8 / 928 + JUMP_DELAY + jump_s(way), rel=EXACT), "s"
    if way >= 1.25:
        assert jump_s(way) == pytest.approx(way / 5000 + 0.5e-3, rel=EXACT), "s: facts, 7.1"


def test_both_regimes_of_a_jump_meet():
    near = math.nextafter(1.25, 0.0)
    assert jump_s(near) == pytest.approx(jump_s(1.25), rel=1e-14), "s"


@pytest.mark.parametrize("length", [0.03125, 0.046875, 0.0625, 2.0])
def test_a_polyline_that_may_be_too_short_for_its_speed(length):
    """At 1000 mm/s and 2e7 mm/s² the threshold is 0.05 mm."""
    time = exposure_s([(1, 1, 1 + length, 1)], CONTOUR)
    assert time == pytest.approx(JUMP_DELAY + polyline_s(length), rel=EXACT), "s"


def test_contour_then_meander():
    square = chain((0, 0), (8, 0), (8, 8), (0, 8), (0, 0))
    rows = square + [(x0, y0 + 2, x1, y1 + 2) for x0, y0, x1, y1 in meander(33)]
    regions = [CONTOUR] * 4 + [CORE] * 33
    by_hand = JUMP_DELAY + polyline_s(32, 1.5) + jump_s(2) + 33 * 8 / 928 + 32 * (TURNAROUND + 0.125 / JUMP)
    assert exposure_s(rows, regions) == pytest.approx(by_hand, rel=EXACT), "s"


def test_a_change_of_part():
    rows = [(0, 0, 8, 0), (10, 0, 18, 0), (18, 0.125, 10, 0.125), (8, 0.125, 0, 0.125)]
    by_hand = JUMP_DELAY + 4 * 8 / 928 + 2 * (jump_s(2) + 0.3) + TURNAROUND + 0.125 / JUMP
    assert exposure_s(rows, CORE, parts=[0, 1, 1, 0]) == pytest.approx(by_hand, rel=EXACT), "s"


def test_the_slowest_laser_decides_to_the_last_digit():
    rows = [(0, 0, 8, 0), (0, 5, 16, 5), (8, 0.125, 0, 0.125)]
    longest = JUMP_DELAY + 2 * 8 / 928 + TURNAROUND + 0.125 / JUMP
    assert longest > JUMP_DELAY + 16 / 928
    assert exposure_s(rows, CORE, lasers=[0, 3, 0], parts=[0, 1, 0]) == pytest.approx(longest, rel=EXACT)


def test_without_sky_writing_each_hatch_vector_starts_and_stops():
    """Lines at 928 mm/s need 0.0431 mm to reach their speed; between them jumps over 0.125 mm."""
    rows = [*meander(40), (0.0, 5.0, 0.03125, 5.0)]
    lines = 40 * polyline_s(8, speed=CORE_SPEED) + polyline_s(0.03125, speed=CORE_SPEED)
    by_hand = JUMP_DELAY + 40 * jump_s(0.125) + lines
    assert exposure_s(rows, CORE, sky_writing="off") == pytest.approx(by_hand, rel=EXACT), "s"


def test_with_sky_writing_for_all_a_contour_runs_at_its_speed():
    rows = chain((0, 0), (8, 0), (8, 8), (0, 8), (0, 0)) + chain((0, 4), (4, 4))
    by_hand = JUMP_DELAY + 36 / CONTOUR_SPEED + 1.5 * POLYGON + jump_s(4)
    assert exposure_s(rows, CONTOUR, sky_writing="all") == pytest.approx(by_hand, rel=EXACT), "s"


FIGURE = [
    *chain((0, 0), (8, 0), (0, 0), (8, 0)),
    *[(x0, y0 + 2, x1, y1 + 2) for x0, y0, x1, y1 in meander(33)],
    *chain((30, 0), (34, 0)),
]
REGIONS_OF_FIGURE = [CONTOUR] * 3 + [CORE] * 33 + [CONTOUR]
PARTS_OF_FIGURE = [0] * 36 + [1]


@pytest.mark.parametrize(
    ("delay", "count"),
    [
        ("jump_delay_s", 3),
        ("turnaround_s", 32),
        ("polygon_delay_s", 2),
        ("laser_on_delay_s", 2),
        ("laser_off_delay_s", 2),
        ("mark_delay_s", 2),
        ("part_change_s", 1),
    ],
)
def test_a_delay_of_10_us_adds_10_us_each_time(delay, count):
    without, with_it = (
        exposure_s(FIGURE, REGIONS_OF_FIGURE, parts=PARTS_OF_FIGURE, **{delay: seconds})
        for seconds in (0.0, 10e-6)
    )
    assert with_it - without == pytest.approx(count * 10e-6, rel=EXACT), "s"


LAYERS = {"base_time_s": 1.5, "first_layers_extra_s": 4.0, "min_layer_time_s": 16.0}


def test_layers_and_job_by_hand():
    """30 layers, the first 20 of them dosed more; one in three is too short for the minimum layer time."""
    machine, process = setting(recoater=LAYERS)
    assert machine.powder.first_layers == 20
    recoat = machine.recoater.time_s[process.recoating_mode.value].value
    line = statistics(machine, process, [(0, 0, 8, 0)], CORE)
    exposures = np.array([0.5, 3.0, 90.0] * 10)
    stats = np.repeat(line[None], 30, axis=0)
    stats[:, 0, ScanColumn.MARKED + CORE] = (exposures - JUMP_DELAY) * CORE_SPEED
    times, totals = time_totals(stats, time_model(machine, [process], stats), machine)
    layers = [
        max(16.0, seconds + recoat + 1.5 + (4.0 if i < 20 else 0.0)) for i, seconds in enumerate(exposures)
    ]
    assert times.total_s == pytest.approx(np.array(layers), rel=EXACT), "s"
    assert totals.total_s.value == pytest.approx(math.fsum(layers), rel=EXACT), "s"
    phases = machine.phases
    assert totals.before_s.value == phases.inerting_s.value + phases.heating_s.value
    assert totals.unpacking_s.value == phases.unpacking_s.value
    told = [assumption.name for assumption in totals.job_assumptions]
    assert {"phases.cooling_s", "phases.heating_s", "phases.inerting_s"} <= set(told)
    assert "phases.unpacking_s" not in told
    effects = [max(abs(a.effect_low), abs(a.effect_high)) for a in totals.job_assumptions]
    assert effects == sorted(effects, reverse=True), "s, the strongest first"


def test_the_range_of_the_layers_is_that_of_all_inputs_at_their_ends():
    machine = find_machine("m400-4")
    process = find_process(machine, find_material("316l"), None)
    stats = statistics(machine, process, FIGURE, REGIONS_OF_FIGURE, parts=PARTS_OF_FIGURE)[None]
    model = time_model(machine, [process], stats)
    totals = time_totals(stats, model, machine)[1]
    # Faster is shorter; all other inputs are times.
    lows, highs = {}, {}
    for name, graded in model.inputs.items():
        ends = graded.bounds
        is_rate = "speed" in name or "acceleration" in name
        lows[name], highs[name] = ends[::-1] if is_rate else ends
    low, high = (math.fsum(layer_times(stats, model, ends).total_s) for ends in (lows, highs))
    assert (totals.total_s.low, totals.total_s.high) == pytest.approx((low, high), rel=1e-12), "s"


def by_following_the_beam(rows, regions, lasers, parts, sky_writing):
    """Seconds per laser in plain Python, vector by vector, from the definitions."""
    smooth = {"hatches": {CORE}, "all": {CORE, CONTOUR}, "off": set()}[sky_writing]
    speeds = {CORE: CORE_SPEED, CONTOUR: CONTOUR_SPEED}
    seconds = []
    for number in range(4):
        total, end, polyline, weight, heading = 0.0, None, None, 0.0, None

        def finished(polyline, weight):
            if polyline is None:
                return 0.0
            (region, _), length = polyline
            if region in smooth:
                return length / speeds[region] + weight * POLYGON
            return polyline_s(length, weight, speed=speeds[region])

        for row, region, laser, part in zip(rows, regions, lasers, parts, strict=True):
            if laser != number:
                continue
            x0, y0, x1, y1 = struct.unpack("4f", struct.pack("4f", *row))
            way = 0.0 if end is None else math.dist(end, (x0, y0))
            length, same = (
                math.dist((x0, y0), (x1, y1)),
                polyline is not None and polyline[0] == (region, part),
            )
            angle = math.atan2(y1 - y0, x1 - x0) if length else None
            if same and way == 0:
                if heading is not None and angle is not None:
                    weight += (1 - math.cos(angle - heading)) / 2
                polyline[1] += length
            else:
                is_turn = same and region == CORE and CORE in smooth and way <= 5 * 0.125
                total += finished(polyline, weight)
                total += TURNAROUND + way / JUMP if is_turn else jump_s(way)
                if polyline is not None and polyline[0][1] != part:
                    total += PART_CHANGE
                polyline, weight, heading = [(region, part), length], 0.0, None
            end, heading = (x1, y1), heading if angle is None else angle
        seconds.append(total + finished(polyline, weight))
    return seconds


coordinate = st.sampled_from([0.0, 0.03125, 0.125, 0.5, 0.625, 1.0, 1.25, 2.0, 7.25])
entry = st.tuples(
    st.tuples(*[coordinate] * 4), st.sampled_from([CORE, CONTOUR]), st.integers(0, 3), st.integers(0, 1)
)
words = st.sampled_from(["hatches", "all", "off"])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(entry, max_size=30), st.booleans(), words)
def test_random_vectors_take_as_long_as_the_beam_that_is_followed(entries, are_chained, sky_writing):
    rows, regions, lasers, parts = ([e[i] for e in entries] for i in range(4))
    if are_chained:
        rows = [(*(rows[i - 1][2:] if i else row[:2]), *row[2:]) for i, row in enumerate(rows)]
        lasers = [0] * len(rows)
    machine, process = setting(sky_writing=sky_writing)
    stats = statistics(machine, process, rows, regions, lasers=lasers, parts=parts)[None]
    busy = layer_times(stats, time_model(machine, [process], stats)).busy_s[0]
    want = by_following_the_beam(rows, regions, lasers, parts, sky_writing)
    np.testing.assert_allclose(busy, want, rtol=EXACT, atol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(entry, min_size=1, max_size=20), st.sampled_from(sorted(SCANNER)), words)
def test_slower_is_never_shorter(entries, key, sky_writing):
    rows, regions, lasers, parts = ([e[i] for e in entries] for i in range(4))
    rest = {"lasers": lasers, "parts": parts, "sky_writing": sky_writing}
    change = 0.8 if "speed" in key or "acceleration" in key else 1.25
    slower = exposure_s(rows, regions, **rest, **{key: SCANNER[key] * change})
    assert slower >= exposure_s(rows, regions, **rest) * (1 - 1e-12), "s"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(entry, min_size=1, max_size=20), words)
def test_one_vector_more_is_never_shorter(entries, sky_writing):
    rows, regions, lasers, parts = ([e[i] for e in entries] for i in range(4))
    times = [
        exposure_s(rows[:n], regions[:n], lasers=lasers[:n], parts=parts[:n], sky_writing=sky_writing)
        for n in range(1, len(rows) + 1)
    ]
    assert all(b >= a * (1 - 1e-12) for a, b in itertools.pairwise(times)), "s"
