"""Oracle: the angle between two lines, from the vectors' cross and scalar products."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amprep.hatching.angles import Angles, into_window, scan_angle_deg

DEGREES = st.floats(-720, 720)


def between_lines_deg(a_deg, b_deg):
    turn = math.radians(a_deg - b_deg)
    return math.degrees(math.atan2(abs(math.sin(turn)), abs(math.cos(turn))))


def test_67_degrees_per_layer_is_the_default():
    assert [scan_angle_deg(Angles(), layer) for layer in range(7)] == [0, 67, 134, 201, 268, 335, 42]
    assert len({scan_angle_deg(Angles(), layer) for layer in range(360)}) == 360


def test_start_and_increment_are_free():
    angles = Angles(start_deg=12.5, increment_deg=-90.0)
    assert [scan_angle_deg(angles, layer) for layer in range(4)] == [12.5, 282.5, 192.5, 102.5]


def test_a_list_of_angles_comes_again_and_again():
    angles = Angles(cycle_deg=(0.0, 90.0, 45.0))
    assert [scan_angle_deg(angles, layer) for layer in range(5)] == [0.0, 90.0, 45.0, 0.0, 90.0]


@pytest.mark.parametrize(
    ("angle", "window", "expected"),
    [
        (10.0, 20.0, 30.0),  # mirrored at 20°
        (-10.0, 20.0, -30.0),
        (0.0, 15.0, 30.0),
        (170.0, 20.0, 150.0),
        (190.0, 20.0, 210.0),
        (20.0, 20.0, 20.0),  # on the border: allowed
        (50.0, 20.0, 50.0),
        (50.0, 60.0, 70.0),
        (29.0, 60.0, 91.0),
        (10.0, 70.0, 70.0),  # mirrored it is 130°, 50° from the flow on its other side: so the border
        (0.0, 90.0, 90.0),
    ],
)
def test_an_angle_along_the_gas_is_mirrored_or_goes_to_the_border(angle, window, expected):
    assert into_window(angle, 0.0, window) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("gas", [0.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize("angle", [-270.0, -90.0, 0.0, 90.0, 180.0, 270.0, 450.0])
def test_a_line_along_the_gas_is_mirrored_to_the_same_line_whichever_way_it_runs(angle, gas):
    turned = [into_window(angle + turn, gas, 15.0) % 180.0 for turn in (0.0, 180.0, -180.0)]
    assert turned == pytest.approx([turned[0]] * 3, abs=1e-9)


@given(DEGREES, DEGREES, st.floats(0, 90))
def test_every_angle_keeps_away_from_the_gas(angle, gas, window):
    found = into_window(angle, gas, window)
    assert between_lines_deg(found, gas) >= window - 1e-6
    if between_lines_deg(angle, gas) > window + 1e-6:
        assert found == angle
    assert abs(found - angle) <= 120.0 + 1e-9


@given(DEGREES, DEGREES, DEGREES, st.floats(0, 90), st.integers(0, 20000))
def test_the_direction_is_a_whole_turn_and_depends_on_the_layer_alone(start, increment, gas, window, layer):
    angles = Angles(start, increment, (), gas, window)
    found = scan_angle_deg(angles, layer)
    assert 0.0 <= found < 360.0
    assert found == scan_angle_deg(angles, layer)
    assert between_lines_deg(found, gas) >= window - 1e-6


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="window"):
        Angles(gas_direction_deg=0.0, window_deg=91.0)
    with pytest.raises(ValueError, match="number of degrees"):
        Angles(increment_deg=math.nan)


@given(
    angle=st.floats(-720, 720),
    gas=st.floats(0, 360),
    window=st.floats(0, 90),
    directions=st.sampled_from([2, 3]),
)
def test_all_directions_of_a_pattern_keep_away_from_the_flow(angle, gas, window, directions):
    """Islands whose vectors cross those of their neighbours: 90° or 60° between them."""
    period = 180.0 / directions
    found = into_window(angle, gas, window, period_deg=period)
    nearest = min(abs(math.remainder(found + k * period - gas, 180.0)) for k in range(directions))
    assert nearest >= min(window, 0.5 * period) - 1e-9
    if min(abs(math.remainder(angle + k * period - gas, 180.0)) for k in range(directions)) >= window:
        assert found == angle
