"""NIST's record of sky-writing on an EOS M 290: 18 tracks, 17 turnarounds, command data every 10 µs.

A trapezoid is sliced and hatched with the record's speed and pitch; of its layer the tracks and turnarounds
count, the way to the first track and the contour do not.
"""

from __future__ import annotations

import numpy as np

from amprep.demonstrators.solids import mesh_of_solid
from amprep.estimation.time import layer_times, time_model
from amprep.model.estimate import ScanColumn
from amprep.model.scan import Region
from benchmarks.validation.jobs import job_of, profile, stats_of
from benchmarks.validation.record import Case, Figure

__all__ = ["case"]

#: First and last track, and the whole record from the first track's begin to the last one's end.
RECORDS = {"diverging": (1.04, 1.20, 29.65), "converging": (1.20, 1.04, 29.80)}
TRACKS, PITCH_MM = 18, 0.11
#: From the record's own tracks: 1.197 mm in 1.25 ms. The nominal speed is 960 mm/s.
TRACK_MM, TRACK_MS = 1.197, 1.25
TURN_MS = 0.50
#: Rows of 10 µs with the laser on, of the diverging record.
MARKED_MS = 21.15


def case() -> Case:
    figures = []
    for name, (first, last, total_ms) in RECORDS.items():
        turn, marking, turns = times_ms(first, last, TRACK_MM / TRACK_MS * 1e3)
        if not figures:
            figures.append(Figure("one turnaround, 0.11 mm", "ms", TURN_MS, turn, "identity", 1))
            figures.append(Figure(f"marking, {name}", "ms", MARKED_MS, marking, "same source", 1))
        figures.append(Figure(f"whole record, {name}", "ms", total_ms, marking + turns, "same source", 1))
        _, marking, turns = times_ms(first, last, 960.0)
        figures.append(
            Figure(
                f"whole record, {name}, at nominal 960 mm/s", "ms", total_ms, marking + turns, "same source"
            )
        )
    figures.append(
        Figure("a track of 1.197 mm at 960 mm/s", "ms", TRACK_MS, TRACK_MM / 0.96, "same source", 1)
    )
    return Case("skywriting", "NIST's record of an EOS M 290", "time.md", tuple(figures))


def times_ms(first_mm: float, last_mm: float, speed_mm_s: float) -> tuple[float, float, float]:
    """One turnaround, marking, and all turnarounds of the tracks, in ms."""
    job = job_of(
        _trapezoid(first_mm, last_mm),
        # Hatch lines lie at whole pitches and a half.
        [(100.0, (900 + TRACKS / 2) * PITCH_MM)],
        machine=profile("eos_m290"),
        process=profile("m290_in625_40um"),
        hatch={
            "pattern": "meander",
            "scan_speed_mm_s": speed_mm_s,
            "beam_offset_mm": 0.0,
            "start_angle_deg": 0.0,
        },
    )
    (plan,) = stats_of(job)[1]
    found = plan.scan_stats[None]
    tracks = np.count_nonzero(plan.vectors.region == Region.CORE)
    if tracks != TRACKS:
        raise RuntimeError(f"{tracks} tracks, not {TRACKS}")
    stats = np.zeros_like(found)
    kept = [ScanColumn.TURNS, ScanColumn.TURN_MM, ScanColumn.MARKED + Region.CORE]
    stats[..., kept] = found[..., kept]
    times = layer_times(stats, time_model(job.machine, job.parameter_sets.processes, found))
    turns = 1e3 * float(times.motion_s[0, 0])
    return turns / float(stats[0, 0, ScanColumn.TURNS]), 1e3 * float(times.hatch_s[0, 0]), turns


def _trapezoid(first_mm: float, last_mm: float):
    """A plate on which lines with the pitch have lengths from `first_mm` to `last_mm`."""
    from manifold3d import CrossSection

    step = (last_mm - first_mm) / (TRACKS - 1) / 2
    front, back = first_mm - step, last_mm + step
    depth = TRACKS * PITCH_MM
    outline = [(-front / 2, 0.0), (front / 2, 0.0), (back / 2, depth), (-back / 2, depth)]
    return mesh_of_solid(CrossSection([np.array(outline)]).extrude(0.04))
