"""Oracles: squares by formula; a part sliced alone at its place."""

from __future__ import annotations

import numpy as np
import pytest

from amprep.demonstrators.primitives import box, gyroid
from amprep.errors import InternalError
from amprep.model.mesh import Mesh
from amprep.slicing import cut, plan_cuts

HEIGHTS = (np.arange(100.0) + 0.5) * 0.04


def test_copies_that_differ_by_a_shift_share_one_plan(placed):
    first = placed(gyroid(6.0, 6.0, 8), (10, 10, 0))
    parts = [first]
    for position, rotation in (((30, 10, 0), 0.0), ((50, 10, 0.02), 0.0), ((70, 10, 0), 90.0)):
        other = placed(first.mesh, position, rotation_deg=(0.0, 0.0, rotation), mend=False)
        parts.append(other)
    plans = [part_cut.plan for part_cut in plan_cuts(parts, HEIGHTS)]
    assert plans[0] is plans[1]
    assert len({id(plan) for plan in plans}) == 3, "another height or rotation needs its own plan"


def test_a_copy_has_the_contours_of_a_part_at_its_place(placed):
    first = placed(gyroid(6.0, 6.0, 8), (10, 10, 0))
    copy = placed(first.mesh, (33.3, 71.7, 0), mend=False)
    shared = cut(plan_cuts([first, copy], HEIGHTS)[1], 0, 100)
    alone = cut(plan_cuts([copy], HEIGHTS)[0], 0, 100)
    np.testing.assert_array_equal(shared.points, alone.points)
    np.testing.assert_array_equal(shared.loop_offsets, alone.loop_offsets)
    np.testing.assert_array_equal(shared.layer_offsets, alone.layer_offsets)
    low, high = shared.points.min(axis=0), shared.points.max(axis=0)
    assert (low + high) / 2 == pytest.approx((33.3, 71.7), abs=0.05), "mm"


def test_a_placed_box_cuts_into_its_square(placed):
    part = placed(box((4.0, 6.0, 2.0)), (100.0, 50.0, 1.0), rotation_deg=(0.0, 0.0, 90.0))
    stack = cut(plan_cuts([part], HEIGHTS)[0], 0, 100)
    filled = [i for i in range(100) if len(stack.layer(i))]
    assert filled == list(range(25, 75)), "layers whose middle lies between 1 and 3 mm"
    for i in filled:
        contours = stack.layer(i)
        assert contours.area_mm2 == pytest.approx(24.0), "mm²"
        assert contours.points.min(axis=0) == pytest.approx((97.0, 48.0)), "mm"
        assert contours.points.max(axis=0) == pytest.approx((103.0, 52.0)), "mm"


def test_ranges_of_layers_fit_together(placed):
    part_cut = plan_cuts([placed(gyroid(6.0, 6.0, 8), (50, 50, 0))], HEIGHTS)[0]
    whole = cut(part_cut, 0, 100)
    pieces = [cut(part_cut, a, b) for a, b in ((0, 1), (1, 40), (40, 40), (40, 100))]
    np.testing.assert_array_equal(np.concatenate([p.points for p in pieces]), whole.points)
    assert sum(len(p) for p in pieces) == len(whole) == 100


def test_an_open_mesh_that_slipped_through_is_an_internal_error(placed):
    mesh = box((4.0, 4.0, 4.0))
    sides = [f for f in range(12) if np.ptp(mesh.vertices[mesh.faces[f], 2]) > 0]
    part = placed(Mesh(mesh.vertices, np.delete(mesh.faces, sides[0], axis=0)), mend=False)
    with pytest.raises(InternalError) as caught:
        cut(plan_cuts([part], HEIGHTS)[0], 0, 100)
    assert caught.value.code == "E701"
