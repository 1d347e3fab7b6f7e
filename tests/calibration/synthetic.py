"""Logs made from the model itself: random layers, known parameters, noise, pauses."""

from __future__ import annotations

import dataclasses

import numpy as np

from amprep.calibration.observations import Observations, Prediction
from amprep.model.estimate import ScanColumn
from amprep.model.scan import REGIONS, Region
from amprep.profiles import find_machine, find_material, find_process


def profile(machine_id):
    machine = find_machine(machine_id)
    return machine, find_process(machine, find_material("316l"))


def layers(rng, machine, count, *, rows_of=1, first=0):
    """Statistics of layers as parts of many kinds give them: areas, walls, lattices, few or many parts."""
    lasers = len(machine.lasers)
    stats = np.zeros((count, lasers, ScanColumn.MARKED + REGIONS))
    shape = (count, lasers)
    hatch = rng.uniform(0, 60_000, shape) * rng.integers(0, 2, shape)
    turns = hatch / rng.uniform(2, 10, shape)
    jumps = np.round(hatch / rng.uniform(50, 400, shape)) + rng.integers(1, 2000, shape)
    mean_jump = rng.uniform(2, 60, shape)
    contour = rng.uniform(50, 6_000, shape)
    polylines = rng.integers(1, 800, shape).astype(float)
    stats[:, :, ScanColumn.HATCH_MM] = stats[:, :, ScanColumn.MARKED + Region.CORE] = hatch
    stats[:, :, ScanColumn.CONTOUR_MM] = stats[:, :, ScanColumn.MARKED + Region.CONTOUR] = contour
    stats[:, :, ScanColumn.TURNS] = turns
    stats[:, :, ScanColumn.TURN_MM] = turns * 0.11
    stats[:, :, ScanColumn.JUMPS] = jumps + polylines
    stats[:, :, ScanColumn.JUMP_MM] = (jumps + polylines) * mean_jump
    stats[:, :, ScanColumn.SWITCHES] = polylines
    stats[:, :, ScanColumn.CORNERS] = polylines * rng.uniform(1, 200, shape)
    for name, value in {
        "LONG_JUMPS": jumps + polylines,
        "LONG_JUMP_MM": (jumps + polylines) * mean_jump,
        "PART_CHANGES": np.round(rng.uniform(0, 20, shape)),
    }.items():
        if name in ScanColumn.__members__:
            stats[:, :, ScanColumn[name]] = value
    rows = count // rows_of
    return Observations(
        stats,
        np.arange(count) // rows_of,
        np.ones(count),
        np.arange(count) < first,
        np.ones(rows),
        np.arange(rows) if rows_of > 1 else np.zeros(rows, dtype=np.int64),
        tuple(f"row {i + 1}" for i in range(rows)),
    )


def measured(observations, machine, process, truth, rng, *, noise_s=0.3, pauses=0.0, step_s=0.0):
    """The observations with times as a machine with the parameters `truth` would log them."""
    times = Prediction(observations, machine, process).times_s(truth)
    times += rng.normal(0, noise_s, len(times)) * np.sqrt(observations.layers)
    is_pause = rng.random(len(times)) < pauses
    times += is_pause * rng.uniform(20, 1800, len(times))
    if step_s:
        times = np.round(times / step_s) * step_s
    return dataclasses.replace(observations, measured_s=times, resolution_s=step_s), is_pause


def random_truth(rng, model):
    """A machine that lies anywhere in the ranges of its profile, but for what is not calibrated."""
    truth = {}
    for name, graded in model.inputs.items():
        low, high = graded.bounds
        if name.startswith(("scanner.", "recoater.time_s")) and high > low:
            truth[name] = rng.uniform(low, high)
    return truth
