"""Remarks and errors: numbers that were rounded to nothing have no sign, large ones no exponent."""

from __future__ import annotations

import pickle

import pytest

from amprep.checking.finding import Finding, Severity
from amprep.errors import MeshError, without_minus_zero
from amprep.model.notice import Notice


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-0.0 mm from the edge", "0.0 mm from the edge"),
        ("near (-0, 0, -13.241) mm", "near (0, 0, -13.241) mm"),
        ("z = -0 … 0.5 mm, the rest is -0.", "z = 0 … 0.5 mm, the rest is 0."),
        ("-0.05 mm", "-0.05 mm"),
        ("bei (7,979; 0,418; -0,052) mm, -0,30 mm tief", "bei (7,979; 0,418; -0,052) mm, -0,30 mm tief"),
        ("bei (-0; -0,00; 1) mm, -0, dann", "bei (0; 0,00; 1) mm, 0, dann"),
        ("part-0.stl, layers 1-0, --set hatch.a=-0", "part-0.stl, layers 1-0, --set hatch.a=-0"),
        ("a -0.stl of -05 and -0x1", "a -0.stl of -05 and -0x1"),
    ],
)
def test_no_number_is_minus_zero(text, told):
    assert without_minus_zero(text) == told
    assert Notice("W405", text).text == told
    assert pickle.loads(pickle.dumps(Notice("W405", text))).text == told
    assert Finding("W245", Severity.NOTE, text).text == told
    error = MeshError(text, code="E203", why=text)
    assert (error.what, error.why) == (told, told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a, b: 1.8e+04 mm³ in common near (1e+02, 0) mm", "a, b: 18000 mm³ in common near (100, 0) mm"),
        ("the job needs 1.06e+03 kg of powder", "the job needs 1060 kg of powder"),
        ("-1e+06 … 1.25e+05", "-1000000 … 125000"),
        ("2.4e-05 mm³", "2.4e-05 mm³"),
        ("a corner at (1e+30, -3.4e+38, 2e+14) mm", "a corner at (1e+30, -3.4e+38, 200000000000000) mm"),
        ('"1e+05" in part1e+05.stl or x=1e+05, 1e+05.stl', '"1e+05" in part1e+05.stl or x=1e+05, 1e+05.stl'),
    ],
)
def test_no_large_number_has_an_exponent(text, told):
    assert Notice("W405", text).text == told
    assert Finding("W245", Severity.NOTE, text).text == told
    error = MeshError(text, code="E203", why=text, faults=[text])
    assert (error.what, error.why, *error.faults) == (told, told, told)
