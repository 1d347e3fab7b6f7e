"""Turning the part and the hatch together turns the result and changes no length, count or time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.assembling import assemble_job
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box
from amprep.estimation.motion import motion_of
from amprep.hatching.exposing import expose
from amprep.model.layer import Contours
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.profiles import find_machine, find_material, find_process
from amprep.reading.job_file import JobFile
from amprep.slicing import cut, plan_cuts

TURNS = 5
COUNTS = slice(4, 9)


def with_start_angle(process, angle_deg):
    angle = process.core.start_angle_deg.overridden(angle_deg)
    return dataclasses.replace(process, core=dataclasses.replace(process.core, start_angle_deg=angle))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(angle_deg=st.floats(0, 360), start_deg=st.floats(0, 180), layer=st.integers(0, 20))
@pytest.mark.parametrize("height", [4.0, 20.0])
def test_a_layer_turned_with_its_hatch_has_the_same_lengths(height, angle_deg, start_deg, layer):
    contours = section_of_bracket(height)
    machine = find_machine("m100")
    process = find_process(machine, find_material("316l"), None)
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    turned = Contours(contours.points @ np.array([[c, s], [-s, c]]), contours.offsets)
    rows = []
    for part, angle in ((contours, start_deg), (turned, start_deg + angle_deg)):
        exposed = expose(part, with_start_angle(process, angle), layer)
        laser = np.zeros(len(exposed.segments), dtype=np.uint8)
        for array in (exposed.segments, laser):
            array.flags.writeable = False
        region = exposed.region.astype(np.uint16)
        motion = motion_of(machine, [process])
        rows.append(
            motion.statistics(exposed.segments, laser=laser, exposure=region, part=np.zeros_like(region))[0]
        )
        assert exposed.areas.lost_mm2 < 1e-3 * exposed.areas.sliced_mm2
    one, other = rows
    # A hatch line that just touches the outline may come or go with the last bit of the turn.
    assert other[:2] == pytest.approx(one[:2], rel=1e-4), "mm of core and contour"
    assert other[2:4].sum() == pytest.approx(one[2:4].sum(), rel=5e-3), "mm of jumps and turnarounds"
    assert other[COUNTS] == pytest.approx(one[COUNTS], rel=2e-3, abs=4), "counts"


_SECTIONS: dict[float, Contours] = {}


def section_of_bracket(height):
    if height not in _SECTIONS:
        from amprep.model.job import PlacedPart
        from amprep.placement.transform import part_transform
        from amprep.repair import check_and_mend

        mesh, report = check_and_mend(bracket(), name="bracket")
        transform = part_transform(mesh, (3.0, -2.0, 0.0), (0.0, 0.0, 0.0))
        part = PlacedPart("bracket", mesh, transform, (3.0, -2.0, 0.0), (0.0, 0.0, 0.0), None, report)
        _SECTIONS[height] = cut(plan_cuts([part], np.array([height]))[0], 0, 1).layer(0)
    return _SECTIONS[height]


@pytest.mark.parametrize("angle_deg", [17.0, 90.0, 163.5])
def test_a_job_turned_with_its_hatch_takes_the_same_time(tmp_path, angle_deg):
    """A box about the axis of a round platform with one laser: nothing else notices the turn."""
    write_stl(box((31.0, 17.0, 0.4)), tmp_path / "bar.stl")
    estimates = []
    for turn in (0.0, angle_deg):
        part = {"file": "bar.stl", "unit": "mm", "position_mm": [0, 0], "rotation_deg": [0, 0, turn]}
        content = {
            "machine": "m100",
            "hatch": {"start_angle_deg": 10.0 + turn, "gas_window_deg": 0.0},
            "parts": [part],
        }
        job = assemble_job(JobFile.model_validate(content), tmp_path)
        estimates.append(prepare(job).estimate)
    one, other = estimates
    assert other.hatch_mm == pytest.approx(one.hatch_mm, rel=1e-5), "mm"
    assert other.contour_mm == pytest.approx(one.contour_mm, rel=1e-5), "mm"
    assert other.vectors == pytest.approx(one.vectors, rel=1e-3)
    # The way from the contour to the hatch depends on the corner where the contour begins.
    assert other.exposure_s.value == pytest.approx(one.exposure_s.value, rel=1e-4), "s"
