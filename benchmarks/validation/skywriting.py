"""NIST's record of sky-writing on an EOS M 290: 18 tracks, 17 turnarounds, command data every 10 µs."""

from __future__ import annotations

import numpy as np
from benchmarks.validation.jobs import profile
from benchmarks.validation.record import Case, Figure

from amprep.estimation.time import layer_times, time_model
from amprep.kernels.scan_time import TURN_REACH, scan_statistics
from amprep.model.scan import REGIONS
from amprep.profiles import find_machine, find_process_by_id

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
        turn, hatch, motion = times_ms(first, last, TRACK_MM / TRACK_MS * 1e3)
        if not figures:
            figures.append(Figure("one turnaround, 0.11 mm", "ms", TURN_MS, turn, "identity", 1))
            figures.append(Figure(f"marking, {name}", "ms", MARKED_MS, hatch, "same record", 1))
        figures.append(Figure(f"whole record, {name}", "ms", total_ms, hatch + motion, "same record", 1))
        _, hatch, motion = times_ms(first, last, 960.0)
        figures.append(
            Figure(f"whole record, {name}, at nominal 960 mm/s", "ms", total_ms, hatch + motion, "same record")
        )
    figures.append(
        Figure("a track of 1.197 mm at 960 mm/s", "ms", TRACK_MS, TRACK_MM / 0.96, "same record", 1)
    )
    return Case("skywriting", "NIST's record of an EOS M 290", "time.md", tuple(figures))


def times_ms(first_mm: float, last_mm: float, speed_mm_s: float) -> tuple[float, float, float]:
    """One turnaround, marking, and all turnarounds of the tracks; ms. The way to the first is left out."""
    machine = find_machine(profile("eos_m290"))
    process = find_process_by_id(profile("m290_in625_40um"))
    lengths = np.linspace(first_mm, last_mm, TRACKS)
    y = PITCH_MM * np.arange(TRACKS)
    ends = np.column_stack([-lengths / 2, y, lengths / 2, y])
    ends[1::2] = ends[1::2][:, [2, 1, 0, 3]]

    def times(tracks: np.ndarray) -> tuple[float, float]:
        stats = scan_statistics(
            tracks.astype(np.float32),
            np.zeros(len(tracks), np.uint8),
            np.zeros(len(tracks), np.uint16),
            1,
            np.full(REGIONS, TURN_REACH * PITCH_MM),
        )[None]
        model = time_model(machine, [process], stats)
        values = model.values() | {"core.scan_speed_mm_s": speed_mm_s}
        found = layer_times(stats, model, values)
        return 1e3 * float(found.hatch_s[0, 0]), 1e3 * float(found.motion_s[0, 0])

    marking, motion = times(ends)
    to_the_first = times(ends[:1])[1]
    return (motion - to_the_first) / (TRACKS - 1), marking, motion - to_the_first
