"""Numbers as the terminal writes them."""

from __future__ import annotations

import pytest

from amprep.cli.texts import duration_text, tenths_text
from amprep.cli.words import figure


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [(1584.2, ".3g", "1580"), (-26740.0, "+.3g", "-26700"), (0.0351, ".2g", "0.035")],
)
def test_large_figures_have_no_exponent(value, form, told):
    assert figure(value, form) == told


@pytest.mark.parametrize(
    ("value", "told"), [(1314.52, "1 314.5"), (0.43, "0.4"), (0.00355, "0.0036"), (0.0, "0.0")]
)
def test_what_is_small_is_not_told_as_nothing(value, told):
    assert tenths_text(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "0.0 s"), (0.0043, "4.3 ms"), (0.049, "49 ms"), (0.05, "50 ms"), (0.096, "0.1 s")],
)
def test_times_below_a_tenth_of_a_second_are_told_in_milliseconds(seconds, told):
    assert duration_text(seconds) == told
