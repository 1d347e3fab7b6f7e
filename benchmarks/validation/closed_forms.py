"""Times of a few vectors by hand, beside the model's.

The vectors go through the assignment to lasers, the scan statistics and the time model as those of a sliced
layer do; machine and process are the M 290 of this folder.
"""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amprep.demonstrators.primitives import box
from amprep.estimation.time import layer_times, time_model
from amprep.hatching.exposing import NOTHING
from amprep.layering import plan_layer, setting_of
from amprep.model.scan import Region
from benchmarks.validation.jobs import job_of, profile
from benchmarks.validation.record import Case, Figure

if TYPE_CHECKING:
    from amprep.model.job import Job
    from amprep.model.machine import Scanner

__all__ = ["case"]

TOLERANCE_PCT = 1e-7
MIDDLE_MM = 128.0


def case() -> Case:
    job = job_of(
        box((1.0, 1.0, 0.04)),
        [(MIDDLE_MM, MIDDLE_MM)],
        machine=profile("eos_m290"),
        process=profile("m290_in625_40um"),
    )
    scanner, core, contour = job.machine.scanner, job.process.core, job.process.contour
    v, outline_v = core.scan_speed_mm_s.value, contour.scan_speed_mm_s.value
    turn_s, settled_s = scanner.turnaround_s.value, scanner.jump_delay_s.value
    jump_v = scanner.jump_speed_mm_s.value
    # A polyline comes up to its speed and down again; its delays stand around it.
    around_s = (
        outline_v / scanner.acceleration_mm_s2.value
        + scanner.laser_on_delay_s.value
        + scanner.laser_off_delay_s.value
        + scanner.mark_delay_s.value
    )
    polygon_s = scanner.polygon_delay_s.value
    disc = _disc(360)
    disc_mm = sum(math.dist(a, b) for a, b in pairwise(disc))
    # 359 corners, each by the angle of the next two of its sides, as float32 has them.
    corners = _corners(disc)
    rows = [
        ("a line of 10 mm", Region.CORE, _lines(1, 0.125), 10 / v + settled_s),
        (
            "meander, 100 lines of 10 mm, 0.125 mm apart",
            Region.CORE,
            _lines(100, 0.125),
            1000 / v + 99 * (turn_s + 0.125 / jump_v) + settled_s,
        ),
        (
            "two lines of 10 mm, 50 mm apart",
            Region.CORE,
            _lines(2, 50.0),
            20 / v + settled_s + _jump_s(scanner, 50.0),
        ),
        (
            "two lines of 10 mm, 1 mm apart",
            Region.CORE,
            _lines(2, 1.0),
            20 / v + settled_s + _jump_s(scanner, 1.0),
        ),
        (
            "contour of a square of 10 mm",
            Region.CONTOUR,
            _polyline([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]),
            40 / outline_v + around_s + 3 * polygon_s / 2 + settled_s,
        ),
        (
            "contour of a disc of 20 mm, 360 corners",
            Region.CONTOUR,
            _polyline(disc),
            disc_mm / outline_v + around_s + corners * polygon_s + settled_s,
        ),
    ]
    figures = tuple(
        Figure(what, "ms", 1e3 * by_hand_s, 1e3 * _time_s(job, region, segments), "arithmetic", TOLERANCE_PCT)
        for what, region, segments, by_hand_s in rows
    )
    slower = {"jump_delay_s": settled_s + 1e-5}
    more_s = _time_s(job, Region.CORE, _lines(1, 0.125), slower) - _time_s(job, Region.CORE, _lines(1, 0.125))
    unit = Figure("10 µs more of jump delay, one jump", "µs", 10, 1e6 * more_s, "arithmetic", TOLERANCE_PCT)
    return Case("closed-forms", "Closed forms", "time.md", (*figures, unit))


def _jump_s(scanner: Scanner, way_mm: float) -> float:
    """By hand: up to v²/a the scanner speeds up half of the way and slows down again."""
    speed, acceleration = scanner.jump_speed_mm_s.value, scanner.acceleration_mm_s2.value
    if way_mm < speed**2 / acceleration:
        return scanner.jump_delay_s.value + 2 * math.sqrt(way_mm / acceleration)
    return scanner.jump_delay_s.value + way_mm / speed + speed / acceleration


def _lines(count: int, pitch_mm: float) -> np.ndarray:
    """Lines of 10 mm along x, every second one backwards; exact in float32."""
    y = pitch_mm * np.arange(count)
    ends = np.column_stack([np.zeros(count), y, np.full(count, 10.0), y])
    ends[1::2] = ends[1::2][:, [2, 1, 0, 3]]
    return ends


def _disc(corners: int) -> list[tuple[float, float]]:
    """Corners of a circle of 10 mm radius where float32 has them, the first one again at the end."""
    angle = 2 * np.pi * np.arange(corners) / corners
    ring = 10 * np.column_stack([np.cos(angle), np.sin(angle)]) + MIDDLE_MM
    points = [(float(x) - MIDDLE_MM, float(y) - MIDDLE_MM) for x, y in ring.astype(np.float32)]
    return [*points, points[0]]


def _corners(points: list[tuple[float, float]]) -> float:
    """Sum of (1 - cos θ)/2 over the corners between the first and the last point."""
    total = 0.0
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        ux, uy, wx, wy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
        total += 0.5 - 0.5 * (ux * wx + uy * wy) / (math.hypot(ux, uy) * math.hypot(wx, wy))
    return total


def _polyline(points: list[tuple[float, float]]) -> np.ndarray:
    return np.array([(*a, *b) for a, b in pairwise(points)], dtype=np.float64)


def _time_s(job: Job, region: Region, segments: np.ndarray, changed: dict[str, float] | None = None) -> float:
    exposed = dataclasses.replace(
        NOTHING,
        segments=(segments + MIDDLE_MM).astype(np.float32),
        region=np.full(len(segments), int(region), np.uint8),
    )
    stats = plan_layer(job, setting_of(job), 0, [exposed]).scan_stats[None]
    model = time_model(job.machine, job.parameter_sets.processes, stats)
    values = model.values() | {f"scanner.{name}": value for name, value in (changed or {}).items()}
    return float(layer_times(stats, model, values).exposure_s[0])
