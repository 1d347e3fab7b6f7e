"""Numbers as the terminal writes them."""

from __future__ import annotations

import pytest

from amprep.cli.words import figure


@pytest.mark.parametrize(
    ("value", "form", "told"),
    [(1584.2, ".3g", "1580"), (-26740.0, "+.3g", "-26700"), (0.0351, ".2g", "0.035")],
)
def test_large_figures_have_no_exponent(value, form, told):
    assert figure(value, form) == told
