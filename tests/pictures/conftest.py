"""Machines, layers and estimates made up for the pictures; every number is illustrative."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from amprep.model.estimate import Assumption, BuildEstimate, LayerTimes, PowderBalance, Ranged
from amprep.model.machine import (
    BuildVolume,
    Laser,
    MachineProfile,
    Phases,
    PowderSystem,
    Recoater,
    Scanner,
)
from amprep.model.material import MaterialProfile
from amprep.model.process import ContourExposure, HatchExposure, ProcessProfile
from amprep.model.provenance import Grade, GradedText, GradedValue
from amprep.model.scan import LayerAreas, LayerPlan, Region, ScanVectors

FOUR_FIELDS = ((0, 175, 225, 400), (175, 175, 400, 400), (0, 0, 225, 225), (175, 0, 400, 225))

#: Columns and rows of fields, from the upper left.
ROWS_OF_FIELDS = {2: (2, 1), 8: (4, 2), 12: (4, 3)}


def fields_of(lasers):
    """Rectangles that overlap by 50 mm and cover a plate of 400 mm."""
    if lasers not in ROWS_OF_FIELDS:
        return FOUR_FIELDS[:lasers]
    columns, rows = ROWS_OF_FIELDS[lasers]
    wide, high = 400 / columns, 400 / rows
    return tuple(
        (
            max(i * wide - 25, 0),
            max(j * high - 25, 0),
            min((i + 1) * wide + 25, 400),
            min((j + 1) * high + 25, 400),
        )
        for j in reversed(range(rows))
        for i in range(columns)
    )


def known(value, grade=Grade.DATASHEET):
    return GradedValue(float(value), grade)


def word(value):
    return GradedText(value, Grade.DATASHEET)


def machine(
    lasers=4, *, grade=Grade.ASSUMED, field_grade=Grade.DATASHEET, minimum_s=0.0, gas="-y", recoater="+x"
):
    """The M 400-4 for more than one laser, otherwise the M 100."""
    if lasers > 1:
        volume = BuildVolume("box", known(400), known(400), known(400))
        fields, name = fields_of(lasers), "EOS M 400-4"
    else:
        volume = BuildVolume("cylinder", known(100), known(100), known(95))
        fields, name = ((-50, -50, 50, 50),), "EOS M 100"
    return MachineProfile(
        id="m",
        name=name,
        aliases=(),
        default_material="316l",
        build_volume=volume,
        lasers=tuple(
            Laser(
                i + 1, known(400), known(0.1), tuple(map(float, field)), GradedText("rectangle", field_grade)
            )
            for i, field in enumerate(fields)
        ),
        scanner=Scanner(
            known(7000),
            *(known(v, grade) for v in (7000, 1e-4, 5e-4, 1e-4, 1e-4, 1e-4, 2e7)),
            sky_writing=word("hatches"),
            mark_delay_s=known(1e-4, grade),
            part_change_s=known(0, grade),
        ),
        recoater=Recoater({"one_sided": known(9)}, known(0), known(minimum_s), word(recoater)),
        gas_flow_direction=word(gas),
        phases=Phases(known(1800), known(0), known(3600)),
        powder=PowderSystem({}, known(1), 0, known(0), known(0), known(0)),
        facts={},
        path="",
        sha256="",
    )


def process(hatch_mm=0.1):
    core = HatchExposure(*(known(v) for v in (200, 1000, hatch_mm, 0.05, 10, 0.1, 47, 67)))
    contour = ContourExposure(known(120), known(500), known(0.05))
    none = {"volume_rate_mm3_s": None, "inert_gas": None, "recoater_blade": None, "min_wall_mm": None}
    return ProcessProfile(
        id="p",
        name="316L 40",
        machine="m",
        material="316l",
        layer_thickness_mm=0.04,
        is_default=True,
        core=core,
        contour=contour,
        contour_order=word("last"),
        recoating_mode=word("one_sided"),
        platform_temperature_c=None,
        path="",
        sha256="",
        **none,
    )


def material():
    return MaterialProfile(
        "316l", "StainlessSteel 316L", (), *(known(v) for v in (7.9, 4.1, 4.7, 50, 45)), None, "", ""
    )


def laser_at(points, lasers):
    """Index of the laser for (N, 2) points in mm: by quadrant of the platform."""
    if lasers == 1:
        return np.zeros(len(points), dtype=np.uint8)
    right, low = points[:, 0] > 200, points[:, 1] < 200
    return np.minimum(right + 2 * low, lasers - 1).astype(np.uint8)


def layer(segments, region, *, lasers=4, number=412):
    segments = np.asarray(segments, dtype=np.float32).reshape(-1, 4)
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    n = len(segments)
    vectors = ScanVectors(segments, np.broadcast_to(region, n), np.zeros(n), laser_at(middle, lasers))
    areas = LayerAreas(0, 0, 0, 0, 0)
    return LayerPlan(number - 1, 0.04 * number, 0.04, vectors, areas, np.zeros((lasers, 9)))


def ring_layer(rings, *, hatch_mm=0.1, angle_deg=67.0, stripe_mm=10.0, lasers=4, number=412):
    """Discs with a hole, hatched in stripes; rings are (x, y, outer radius, inner radius) in mm."""
    segments, regions = [], []
    turn = math.radians(angle_deg)
    along = np.array([math.cos(turn), math.sin(turn)])
    across = np.array([-along[1], along[0]])
    for x, y, outer, inner in rings:
        centre = np.array([x, y])
        for start in np.arange(-outer, outer, stripe_mm):
            for row in np.arange(-outer, outer, hatch_mm):
                half = math.sqrt(max(outer**2 - row**2, 0))
                hole = math.sqrt(max(inner**2 - row**2, 0))
                for low, high in ((-half, -hole), (hole, half)) if hole else ((-half, half),):
                    a, b = max(low, start), min(high, start + stripe_mm)
                    if b - a > 0.05:
                        ends = [centre + row * across + t * along for t in (a, b)]
                        segments.append(np.concatenate(ends))
                        regions.append(Region.CORE)
        for radius in (outer, inner):
            if radius > 0:
                t = np.linspace(0, 2 * math.pi, 181)
                loop = centre + radius * np.column_stack([np.cos(t), np.sin(t)])
                segments.extend(np.hstack([loop[:-1], loop[1:]]))
                regions.extend([Region.CONTOUR] * 180)
    return layer(np.array(segments), np.array(regions), lasers=lasers, number=number)


def estimate(layers=1100, lasers=4, *, minimum_s=0.0, grade=Grade.ASSUMED, noise=0.0, spike=False):
    rng = np.random.default_rng(7)
    z = np.linspace(0, 1, layers)[:, None]
    phase = np.arange(lasers)[None, :]
    core = 6 + 5 * np.cos(5 * z + 0.7 * phase) * (1 - z) - 4 * z + 0.3 * phase
    core = np.maximum(core + noise * rng.standard_normal((layers, lasers)), 0.2)
    if spike:
        core[layers // 3] += 90
    contour, motion = 0.18 * core + 0.3, 0.12 * core + 0.2
    recoating = np.full(layers, 9.0)
    exposure = (core + contour + motion).max(axis=1) if lasers else np.zeros(layers)
    wait = np.maximum(minimum_s - recoating - exposure, 0)
    times = LayerTimes(core, contour, motion, recoating, wait)
    ranged = [Ranged(v, 0.9 * v, 1.2 * v) for v in (recoating.sum(), exposure.sum(), wait.sum())]
    nothing = Ranged(0, 0, 0)
    return BuildEstimate(
        top_mm=0.04 * np.arange(1, layers + 1),
        layer_times=times,
        areas_mm2=np.zeros((layers, 8)),
        total_s=ranged[0] + ranged[1] + ranged[2],
        recoating_s=ranged[0],
        exposure_s=ranged[1],
        wait_s=ranged[2],
        before_s=nothing,
        cooling_s=nothing,
        laser_busy_s=tuple(times.busy_s.sum(axis=0).tolist()),
        vectors=0,
        hatch_mm=0,
        contour_mm=0,
        jump_mm=0,
        powder=PowderBalance(*[nothing] * 5),
        time_assumptions=(Assumption("scanner.turnaround_s", 5e-4, "s", grade, 0, 1e-3, -100, 100),),
        powder_assumptions=(),
    )


@pytest.fixture(scope="session")
def made():
    """The makers of this file, for tests that need their own cases."""
    return SimpleNamespace(
        machine=machine,
        process=process,
        material=material,
        layer=layer,
        ring_layer=ring_layer,
        estimate=estimate,
    )
