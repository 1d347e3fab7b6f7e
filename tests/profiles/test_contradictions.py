"""Exposure values that contradict each other are refused before anything is exposed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from amprep import exposure_rules
from amprep.errors import FileContentError
from amprep.exposure_rules import require_sound, with_values
from amprep.model.exposure import LayerRule, Reexposure
from amprep.model.provenance import Grade, GradedValue
from amprep.profiles import find_machine, find_process_by_id

MACHINE = find_machine("m400-4")
PROCESS = find_process_by_id("m400_4_316l_40um")


def test_contours_further_apart_than_a_track_would_leave_gaps():
    """Tracks of 0.1 mm: the second contour exposes 0.5 … 0.6 mm, so from 0.1 to 0.5 mm nothing would."""
    apart = with_values(PROCESS, [("contour", "count", 2), ("contour", "distance_mm", 0.5)])
    with pytest.raises(FileContentError, match=re.escape("gaps would stay between the contours")):
        require_sound(apart, MACHINE)
    require_sound(with_values(apart, [("contour", "count", 1)]), MACHINE)
    require_sound(with_values(apart, [("contour", "distance_mm", 0.1)]), MACHINE)


def test_without_contours_the_hatch_has_to_reach_the_boundary():
    alone = with_values(PROCESS, [("contour", "count", 0), ("core", "beam_offset_mm", 0.08)])
    with pytest.raises(FileContentError, match=re.escape("powder would stay along the boundary")):
        require_sound(alone, MACHINE)
    alone = with_values(alone, [("core", "beam_offset_mm", 0.05)])
    require_sound(alone, MACHINE)
    for table in ("core", "upskin"):
        with pytest.raises(FileContentError, match=re.escape("contour.count = 1 or another pattern")):
            require_sound(with_values(alone, [(table, "pattern", "concentric")]), MACHINE)


def test_a_region_is_exposed_again_with_one_beam():
    def again(regions, power_w):
        return Reexposure(regions, "after", GradedValue(power_w, Grade.USER, ("USER",)))

    first = again(("core", "contour"), 100.0)
    require_sound(replace(PROCESS, reexposures=(first, again(("upskin",), 300.0))), MACHINE)
    require_sound(replace(PROCESS, reexposures=(first, again(("core",), 100.0))), MACHINE)
    with pytest.raises(FileContentError, match=re.escape("core is exposed again by two rules")):
        require_sound(replace(PROCESS, reexposures=(first, again(("core",), 300.0))), MACHINE)


def test_a_track_is_not_much_wider_than_the_beam():
    """With an offset of 1 mm a wall of 1.8 mm would get a single track, and count as exposed."""
    require_sound(with_values(PROCESS, [("contour", "beam_offset_mm", 0.2)]), MACHINE)
    with pytest.raises(FileContentError, match=re.escape("times the focus diameter")):
        require_sound(with_values(PROCESS, [("contour", "beam_offset_mm", 1.0)]), MACHINE)


def test_contours_may_not_leave_the_part_where_points_are_left_out():
    require_sound(with_values(PROCESS, [("filters", "collinear_mm", 0.05)]), MACHINE)
    with pytest.raises(FileContentError, match=re.escape("contours would leave the part")):
        require_sound(with_values(PROCESS, [("filters", "collinear_mm", 0.06)]), MACHINE)


@pytest.mark.parametrize("with_rules", [False, True])
def test_more_sets_of_parameters_than_a_vector_can_name_are_refused(monkeypatch, with_rules):
    """Of parts alone as well: the key of an exposure has 16 bits."""
    monkeypatch.setattr(exposure_rules, "MOST_SETS", 5)
    rules = (LayerRule(2, 3, 1, (("core", "laser_power_w", 90.0),)),) if with_rules else ()
    process = replace(PROCESS, rules=rules)
    bases = [with_values(process, [("contour", "laser_power_w", 50.0 + i)]) for i in range(6)]
    few = 1 if with_rules else 4
    assert len(exposure_rules.parameter_sets(process, bases[:few], 10).processes) <= 5
    with pytest.raises(FileContentError) as caught:
        exposure_rules.parameter_sets(process, bases, 10)
    assert caught.value.code == "E305"
    equal = [with_values(process, [("contour", "laser_power_w", 50.0)]) for _ in range(40)]
    assert len(exposure_rules.parameter_sets(process, equal, 10).processes) <= 4, "equal values are one set"
