"""What the page needs to know of a job beside its vectors, as plain data."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.estimation.motion import motion_of
from amprep.estimation.time import time_model
from amprep.model.estimate import ScanColumn
from amprep.model.exposure import AGAIN
from amprep.model.scan import REGIONS, Region
from amprep.viewer.encoding import HATCHED, grid_of
from amprep.viewer.palette import FAMILIES, PALETTES
from amprep.viewer.words import page_words

if TYPE_CHECKING:
    from amprep.model.machine import MachineProfile
    from amprep.runs import Run
    from amprep.viewer.payload import Payload
    from amprep.viewer.thinning import Thinning

__all__ = ["SCHEMA", "facts_of", "layer_table"]

SCHEMA = "amprep.view/1"


def facts_of(run: Run, payload: Payload, *, lang: str) -> dict[str, Any]:
    """The facts, in mm, s, W and J.

    Parameters
    ----------
    run : Run
    payload : Payload
        The layers that the page tells.
    lang : str
        Language that the page begins with.

    """
    thinning = payload.thinning
    grid = grid_of(run.machine.build_volume.bounds_mm)
    return {
        "schema": SCHEMA,
        "lang": lang,
        "name": run.name,
        "version": run.version,
        "job": run.job_hash,
        "parts": list(run.part_names),
        "material": run.material.id,
        "thickness_mm": run.layer_thickness_mm,
        "uncalibrated": run.is_uncalibrated,
        "vectors": thinning.vectors,
        "layers": {"first": thinning.first_layer, "count": len(thinning.every), "all": run.layer_count},
        "thinning": {
            "thinnest": thinning.thinnest,
            "full": thinning.full_layers,
            "is_thinned": thinning.is_thinned,
            "over_mb": thinning.budget_bytes / 1e6 if thinning.is_over_budget else 0,
        },
        "bounds": list(payload.bounds_mm),
        "grid": {"step_mm": grid.step_mm, "x_mm": grid.x_mm, "y_mm": grid.y_mm},
        "machine": _machine(run.machine),
        "scanner": _scanner(run),
        "exposures": _exposures(run),
        "regions": [_region_key(region) for region in range(REGIONS)],
        "hatched": HATCHED.astype(int).tolist(),
        "families": FAMILIES,
        "palettes": PALETTES,
        "columns": _columns(run.lasers),
        "words": page_words(),
    }


def _machine(machine: MachineProfile) -> dict[str, Any]:
    volume = machine.build_volume
    plate: list[float] = list(volume.bounds_mm)
    if volume.shape == "cylinder":
        plate = [*volume.centre_mm, volume.size_x_mm.value / 2]
    gas, recoater = machine.gas_flow_direction, machine.recoater.direction
    return {
        "name": machine.name,
        "plate": plate,
        "bounds": list(volume.bounds_mm),
        "lasers": [{"field": list(laser.field_circle_mm or laser.field_mm)} for laser in machine.lasers],
        "fields_assumed": any(laser.field_origin.grade.is_unconfirmed for laser in machine.lasers),
        "gas": {"way": gas.value, "assumed": gas.grade.is_unconfirmed},
        "recoater": {"way": recoater.value, "assumed": recoater.grade.is_unconfirmed},
    }


def _scanner(run: Run) -> dict[str, float]:
    processes = run.parameter_sets.processes
    values = time_model(run.machine, processes, np.zeros((1, 1, len(ScanColumn)))).values()
    return {
        "jump_speed": values["scanner.jump_speed_mm_s"],
        "acceleration": values["scanner.acceleration_mm_s2"],
        "jump_s": values["scanner.jump_delay_s"],
        "turn_s": values["scanner.turnaround_s"],
        "corner_s": values["scanner.polygon_delay_s"],
        "polyline_s": sum(values[f"scanner.{one}_delay_s"] for one in ("laser_on", "laser_off", "mark")),
        "part_change_s": values["scanner.part_change_s"],
        "long_mm": motion_of(run.machine, processes).long_jump_mm,
    }


def _exposures(run: Run) -> list[dict[int, dict[str, float]]]:
    """Per parameter set and region what exposes it, and how the way to its next vector counts."""
    processes = run.parameter_sets.processes
    ways = motion_of(run.machine, processes).exposures.reshape(len(processes), REGIONS, 4)
    found = []
    for process, of_set in zip(processes, ways, strict=True):
        rows = {}
        for region in range(REGIONS):
            if region % AGAIN >= len(Region):
                continue
            once = Region(region % AGAIN)
            reach_mm, full_mm, speed_mm_s, _ = of_set[region].tolist()
            rows[region] = {
                "power": process.beam(region)[0].value,
                "speed": speed_mm_s,
                "reach_mm": reach_mm,
                "full_mm": full_mm,
                "hatch_mm": process.hatch(once).hatch_distance_mm.value if once.is_hatch else 0.0,
            }
        found.append(rows)
    return found


def _region_key(region: int) -> str:
    return Region(region % AGAIN).key if region % AGAIN < len(Region) else ""


def _columns(lasers: int) -> list[str]:
    names = ["top_mm", "recoating_s", "exposure_s", "wait_s", "every"]
    return names + [f"{what}_s{i}" for i in range(lasers) for what in ("hatch", "contour", "motion")]


def layer_table(run: Run, thinning: Thinning) -> str:
    """Base64 of the deflated table of the layers told: float32, one column after the other."""
    chosen = slice(thinning.first_layer, thinning.first_layer + len(thinning.every))
    times = run.estimate.layer_times
    rows = [
        run.estimate.top_mm,
        times.recoating_s,
        times.exposure_s,
        times.wait_s,
    ]
    columns = [row[chosen] for row in rows] + [thinning.every]
    for laser in range(run.lasers):
        columns += [what[chosen, laser] for what in (times.hatch_s, times.contour_s, times.motion_s)]
    data = b"".join(np.asarray(column).astype("<f4").tobytes() for column in columns)
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")
