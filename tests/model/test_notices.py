"""Remarks and errors: numbers that were rounded to nothing have no sign."""

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
