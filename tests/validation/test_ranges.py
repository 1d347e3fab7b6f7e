"""Ranges against all combinations of the ends of the inputs."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from amprep.estimation.time import layer_times, time_model, time_totals
from amprep.model.estimate import ScanColumn
from amprep.model.provenance import Grade, GradedValue
from amprep.model.scan import REGIONS, Region
from amprep.profiles import find_machine, find_material, find_process


def case(least_layer_s, *, scale):
    """Layers of up to so much exposure, on a machine with this minimum layer time."""
    machine = find_machine("m400-4")
    low, value, high = least_layer_s
    least = GradedValue(value, Grade.ASSUMED, (), low, high)
    machine = dataclasses.replace(
        machine, recoater=dataclasses.replace(machine.recoater, min_layer_time_s=least)
    )
    process = find_process(machine, find_material("316l"))
    rng = np.random.default_rng(1)
    stats = np.zeros((40, 4, ScanColumn.MARKED + REGIONS))
    stats[:, :, ScanColumn.MARKED + Region.CORE] = rng.uniform(0, 30_000, (40, 4)) * scale
    stats[:, :, ScanColumn.TURNS] = rng.uniform(0, 10_000, (40, 4)) * scale
    return machine, time_model(machine, (process,), stats), stats


@pytest.mark.parametrize("least_layer_s", [(0, 0, 15), (0, 25, 30), (24, 25, 30), (20, 20, 20)])
@pytest.mark.parametrize("scale", [0.0, 0.01, 1.0])
def test_a_range_covers_all_combinations_of_ends(least_layer_s, scale):
    """Also where a minimum layer time hides what the recoating time and the delays do."""
    machine, model, stats = case(least_layer_s, scale=scale)
    total = time_totals(stats, model, machine)[1].total_s
    moving = [
        name
        for name, graded in model.inputs.items()
        if len(set(graded.bounds)) == 2 and (name.startswith(("recoater.", "core.")) or "turnaround" in name)
    ]
    found = []
    for ends in itertools.product((0, 1), repeat=len(moving)):
        values = {name: model.inputs[name].bounds[end] for name, end in zip(moving, ends, strict=True)}
        found.append(math.fsum(layer_times(stats, model, model.values() | values).total_s))
    assert total.low == pytest.approx(min(found), rel=1e-12)
    assert total.high == pytest.approx(max(found), rel=1e-12)
