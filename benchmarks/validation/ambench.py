"""AMB2018-01: four bridges on NIST's EOSINT M 270, slice by slice through the whole pipeline.

The layers of the legs, which took 52 s, fix the time between two exposures; the rest is computed.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from amprep.estimation.time import layer_times, time_model
from amprep.kernels.scan_time import TURN_REACH
from amprep.layering import prepare_layer
from amprep.model.scan import Region
from amprep.repair import check_and_mend
from benchmarks.validation.geometry import OVERHANG_END_MM, bridge
from benchmarks.validation.jobs import job_of, profile, stats_of
from benchmarks.validation.record import Case, Figure, hours, inputs_table, percent, table

if TYPE_CHECKING:
    from amprep.model.job import Job
    from amprep.model.mesh import Mesh

__all__ = ["MEASURED_S", "case"]

#: The three builds, 9:23, 9:22 and 9:06 h.
MEASURED_S = (33_780.0, 33_720.0, 32_760.0)
LEGS_LAYER_S = 52.0
LEGS_LAYERS = 250
LAYER_1_S = 3.979
VOLUME_MM3, TRIANGLES = 3732.5, 376
HOPS_MS = (1.66, 1.78)
LINES = {"legs": (637, 510), "bridge": (49, 750)}
#: A layer in the middle of the bridge, with rows along X; the one above it has rows along Y.
BRIDGE_LAYER = 450
#: Where the parts lie along y; the middle of the platform of 250 mm is that of the plate of 100 mm.
Y_MM = (19.8, 39.8, 59.8, 79.8)
#: Line to line in another transcription, which contradicts the camera record.
SLOW_TURN_S = 0.0048
PART_HOP_S, CONTOUR_HOP_S = (0.307, 0.363), (0.0155, 0.0255)


def case() -> Case:
    mesh = bridge()
    four = _job(mesh, Y_MM)
    stats = np.stack([plan.scan_stats for plan in stats_of(four)[1]])
    model = time_model(four.machine, four.parameter_sets.processes, stats)
    scan_s = layer_times(stats, model).exposure_s
    total_s, dead_s = _anchored(scan_s)
    one = _job(mesh, Y_MM[:1])
    single_s = stats_of(one)[0].layer_times.exposure_s
    later = len(scan_s) - LEGS_LAYERS
    rest_s = [(measured - LEGS_LAYERS * LEGS_LAYER_S) / later for measured in MEASURED_S]
    computed_rest_s = float(scan_s[LEGS_LAYERS:].mean()) + dead_s
    figures = [
        Figure(
            f"build {number}",
            "s",
            measured,
            total_s,
            "anchored on layers 1 to 250",
            3,
            (hours(measured), hours(total_s)),
        )
        for number, measured in enumerate(MEASURED_S, start=1)
    ]
    figures += [
        Figure(f"mean of layers 251 to 625, build {number}", "s", measured, computed_rest_s, "prediction")
        for number, measured in enumerate(rest_s, start=1)
    ]
    figures.append(
        Figure("one part, layer 1, camera record", "s", LAYER_1_S, float(single_s[0]), "same source", 6)
    )
    figures += _hops(one)
    figures += _geometry_figures(mesh, len(scan_s))
    tables = {
        "ambench-inputs": _inputs(four),
        "ambench-layers": _layers(scan_s, dead_s),
        "ambench-lines": _lines(one),
        "ambench-readings": _readings(stats, four, total_s),
        "ambench-geometry": _geometries(),
    }
    return Case("ambench", "AMB2018-01, EOSINT M 270", "time.md", tuple(figures), tables)


def _job(mesh: Mesh, y_mm: tuple[float, ...]) -> Job:
    return job_of(
        mesh,
        [(125.0, 75.0 + y) for y in y_mm],
        machine=profile("eosint_m270_nist"),
        process=profile("m270_in625_20um"),
    )


def _anchored(scan_s: np.ndarray) -> tuple[float, float]:
    """Total, and the time between two exposures with which the layers of the legs take 52 s; s."""
    dead_s = LEGS_LAYER_S - float(scan_s[:LEGS_LAYERS].mean())
    return float(scan_s.sum()) + len(scan_s) * dead_s, dead_s


def _hops(one: Job) -> list[Figure]:
    """Laser off from the hatch of a leg to that of the next, and from contour to contour, in ms."""
    reach_mm = TURN_REACH * one.process.core.hatch_distance_mm.value
    figures = []
    contours: list[float] = []
    for index, (rows, published_ms) in enumerate(zip("XY", HOPS_MS, strict=True)):
        vectors = prepare_layer(one, index).vectors
        for region in (Region.CORE, Region.CONTOUR):
            segments = vectors.segments[vectors.region == region].astype(np.float64)
            ways = np.hypot(*(segments[1:, :2] - segments[:-1, 2:]).T)
            hops_ms = [1e3 * _jump_s(one, way) for way in ways[ways > reach_mm]]
            if region == Region.CORE:
                what = f"laser off from leg to leg, rows along {rows}"
                figures.append(Figure(what, "ms", published_ms, float(np.mean(hops_ms)), "prediction"))
            else:
                contours += hops_ms
    scanner = one.machine.scanner
    delays_s = (scanner.mark_delay_s, scanner.laser_on_delay_s, scanner.laser_off_delay_s)
    computed = float(np.mean(contours)) + 1e3 * sum(delay.value for delay in delays_s)
    middle = 1e3 * sum(CONTOUR_HOP_S) / 2
    figures.append(Figure("laser off from contour to contour, middle", "ms", middle, computed, "identity"))
    return figures


def _jump_s(job: Job, way_mm: float) -> float:
    """A jump by the formula in docs/explanation/time-model.md."""
    scanner = job.machine.scanner
    speed, acceleration = scanner.jump_speed_mm_s.value, scanner.acceleration_mm_s2.value
    full_mm = speed**2 / acceleration
    moving = max(0.0, way_mm - full_mm) / speed + 2 * math.sqrt(min(way_mm, full_mm) / acceleration)
    return scanner.jump_delay_s.value + moving


def _geometry_figures(mesh: Mesh, layers: int) -> list[Figure]:
    volume = check_and_mend(mesh, name="bridge")[1].volume_mm3
    return [
        Figure("volume of a part", "mm³", VOLUME_MM3, volume, "geometry", 0.01),
        Figure("triangles of the STL", "", TRIANGLES, len(mesh.faces), "geometry", 1e-7),
        Figure("layers", "", 625, layers, "geometry", 1e-7),
    ]


def _geometries() -> str:
    rows = []
    for overhang_end, tip in ((7.0, 72.5), (7.5, 72.5), (7.0, 72.55), (7.5, 72.55)):
        mesh = bridge(overhang_end_mm=overhang_end, tip_mm=tip)
        volume = check_and_mend(mesh, name="bridge")[1].volume_mm3
        taken = "taken" if overhang_end == OVERHANG_END_MM and tip == 72.5 else ""
        rows.append((f"{overhang_end:g}", f"{tip:g}", f"{volume:.2f}", str(len(mesh.faces)), taken))
    rows.append(("published STL", "", f"{VOLUME_MM3:.2f}", str(TRIANGLES), ""))
    return table(("overhang ends at z, mm", "tip begins at x, mm:", "volume, mm³:", "triangles:", ""), rows)


def _inputs(job: Job) -> str:
    scanner, process = job.machine.scanner, job.process
    core, contour = process.core, process.contour
    rows = [
        ("core.scan_speed_mm_s", core.scan_speed_mm_s),
        ("core.hatch_distance_mm", core.hatch_distance_mm),
        ("core.beam_offset_mm", core.beam_offset_mm),
        ("core.rotation_deg", core.rotation_deg),
        ("contour.scan_speed_mm_s", contour.scan_speed_mm_s),
        ("contour.beam_offset_mm", contour.beam_offset_mm),
        ("contour_order", process.contour_order),
    ]
    rows += [
        (f"scanner.{field.name}", value)
        for field in dataclasses.fields(scanner)
        if (value := getattr(scanner, field.name)) is not None
        and field.name not in {"max_scan_speed_mm_s", "time_lag_s", "run_in_lags", "run_out_lags"}
    ]
    return inputs_table(rows)


def _layers(scan_s: np.ndarray, dead_s: float) -> str:
    layers = [("legs", 1, 250), ("overhangs", 251, 350), ("bridge", 351, 600), ("ridges", 601, 625)]
    rows = []
    for name, first, last in layers:
        scan = scan_s[first - 1 : last]
        odd, even = scan[(first - 1) % 2 :: 2].mean(), scan[first % 2 :: 2].mean()
        mean = float(scan.mean())
        rows.append((name, f"{first}–{last}", f"{odd:.2f}", f"{even:.2f}", f"{mean + dead_s:.2f}"))
    rows.append(("all", f"1–{len(scan_s)}", "", "", f"{scan_s.mean() + dead_s:.2f}"))
    head = ("", "layers", "scan, rows along X, s:", "scan, rows along Y, s:", "mean layer time, s:")
    return table(head, rows) + f"\n\nBetween two exposures: 52 s less the scan of the legs, {dead_s:.2f} s."


def _lines(one: Job) -> str:
    rows = []
    for name, first in (("legs", 0), ("bridge", BRIDGE_LAYER)):
        for rows_along, index in zip("XY", (first, first + 1), strict=True):
            vectors = prepare_layer(one, index).vectors
            computed = int(np.count_nonzero(vectors.region == Region.CORE))
            rows.append((name, rows_along, str(LINES[name]["XY".index(rows_along)]), str(computed)))
    return table(("", "rows along", "from the widths by hand:", "hatch vectors:"), rows)


def _readings(stats: np.ndarray, job: Job, total_s: float) -> str:
    """The total under other readings of the source."""
    middle = job.machine.scanner.mark_delay_s.value
    rows = [("as above", total_s)]
    for end in CONTOUR_HOP_S:
        scan_s = _scan(stats, job, {"mark_delay_s": middle + end - sum(CONTOUR_HOP_S) / 2})
        rows.append((f"{1e3 * end:g} ms from contour to contour", _anchored(scan_s)[0]))
    scan_s = _scan(stats, job, {"mark_delay_s": 0.0001})
    rows.append(("no pause after contours, 0.1 ms", _anchored(scan_s)[0]))
    for end in PART_HOP_S:
        scan_s = _scan(stats, job, {"part_change_s": end})
        rows.append((f"{end:g} s from part to part", _anchored(scan_s)[0]))
    slow = _scan(stats, job, {"turnaround_s": SLOW_TURN_S})
    rows.append((f"{1e3 * SLOW_TURN_S:g} ms from line to line, another transcription", _anchored(slow)[0]))
    given_s = float(_scan(stats, job, {}).sum()) + len(stats) * job.machine.recoater.time_s["one_sided"].value
    rows.append(("35.7 s between two exposures, the figure in the profile", given_s))
    padded = np.maximum(LEGS_LAYER_S, _scan(stats, job, {}))
    rows.append(("52 s as the least time of every layer", float(padded.sum())))
    head = ("reading", "total:", *(f"against {hours(measured)}:" for measured in MEASURED_S))
    lines = [
        (name, hours(total), *(percent(100 * (total / measured - 1), 1) for measured in MEASURED_S))
        for name, total in rows
    ]
    return table(head, lines) + _slow_note(float(slow[:LEGS_LAYERS].mean()))


def _slow_note(legs_s: float) -> str:
    """What the other transcription makes of the camera record and of the published scan of the legs."""
    one = _job(bridge(), Y_MM[:1])
    stats = prepare_layer(one, 0).scan_stats[None]
    slow_s = float(_scan(stats, one, {"turnaround_s": SLOW_TURN_S})[0])
    return (
        f"\n\nWith {1e3 * SLOW_TURN_S:g} ms from line to line, layer 1 of one part would take "
        f"{slow_s:.2f} s, not {LAYER_1_S} s, and the scan of four parts {legs_s:.1f} s."
    )


def _scan(stats: np.ndarray, job: Job, changed: dict[str, float]) -> np.ndarray:
    """Exposure of all layers with other values of the scanner: (n,), s."""
    model = time_model(job.machine, job.parameter_sets.processes, stats)
    values = model.values() | {f"scanner.{name}": value for name, value in changed.items()}
    return layer_times(stats, model, values).exposure_s
