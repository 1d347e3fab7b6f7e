"""Oracle: rectangles of the fields, compared point by point on a grid."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from amprep.assignment import assign, territories
from amprep.errors import BuildError
from amprep.profiles import find_machine


def with_fields(machine, fields):
    lasers = tuple(
        dataclasses.replace(machine.lasers[0], number=i + 1, field_mm=f) for i, f in enumerate(fields)
    )
    return dataclasses.replace(machine, lasers=lasers)


def owner_at(shares, x, y):
    column = int(np.searchsorted(shares.x_cuts, x, side="right"))
    row = int(np.searchsorted(shares.y_cuts, y, side="right"))
    return int(shares.laser_of_cell[column, row])


@pytest.mark.parametrize("machine_id", ["m400-4", "m100"])
def test_every_place_of_the_platform_belongs_to_a_laser_that_reaches_it(machine_id):
    machine = find_machine(machine_id)
    shares = territories(machine)
    x0, y0, x1, y1 = machine.build_volume.bounds_mm
    for x in np.linspace(x0, x1, 23):
        for y in np.linspace(y0, y1, 23):
            a, b, c, d = machine.lasers[owner_at(shares, x, y)].field_mm
            assert a <= x <= c, f"x = {x} mm"
            assert b <= y <= d, f"y = {y} mm"


def test_four_lasers_share_the_platform_by_quadrants():
    shares = territories(find_machine("m400-4"))
    assert shares.x_cuts.tolist() == shares.y_cuts.tolist() == [200.0]
    places = [(100, 100), (300, 100), (100, 300), (300, 300)]
    assert [owner_at(shares, *place) for place in places] == [0, 1, 2, 3]


def test_six_lasers_in_two_rows_share_it_by_sixths():
    fields = [(x - 80, y - 110, x + 80, y + 110) for y in (100, 300) for x in (66, 200, 334)]
    shares = territories(with_fields(find_machine("m400-4"), fields))
    assert shares.x_cuts.tolist() == [133.0, 267.0]
    assert shares.laser_of_cell.T.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_place_that_no_laser_reaches_is_refused():
    machine = find_machine("m400-4")
    fields = [laser.field_mm for laser in machine.lasers]
    fields[3] = (205.0, 205.0, 425.0, 425.0)
    with pytest.raises(BuildError) as caught:
        territories(with_fields(machine, fields))
    assert caught.value.code == "E404"
    assert "no laser reaches x" in caught.value.what
    assert "field_mm" in caught.value.fix


def test_one_laser_takes_the_vectors_as_they_are():
    segments = np.random.default_rng(1).uniform(-40, 40, (50, 4)).astype(np.float32)
    out, laser, source = assign(segments, territories(find_machine("m100")))
    assert out is segments
    assert source is None
    assert laser.tolist() == [0] * 50


def test_four_lasers_get_the_pieces_in_their_quadrants():
    rng = np.random.default_rng(2)
    segments = rng.uniform(0, 400, (500, 4)).astype(np.float32)
    out, laser, source = assign(segments, territories(find_machine("m400-4")))
    middle = (out[:, :2] + out[:, 2:]) / 2
    expected = (middle[:, 0] >= 200).astype(int) + 2 * (middle[:, 1] >= 200)
    length = np.hypot(*(out[:, 2:] - out[:, :2]).T)
    sure = length > 0.01
    np.testing.assert_array_equal(laser[sure], expected[sure])
    assert (np.diff(source) >= 0).all()
