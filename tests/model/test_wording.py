"""Numbers in messages are those that people write."""

from __future__ import annotations

import pytest

from amprep.languages.messages import translated_message
from amprep.model.wording import measure_text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (7.39e-05, "< 0.001"),
        (0.00234, "0.00234"),
        (12.345, "12.3"),
        (999.6, "1,000"),
        (27_012.0, "27,000"),
    ],
)
def test_no_powers_of_ten(value, words):
    assert measure_text(value) == words


def test_digits():
    assert measure_text(1234.5, 4) == "1234"
    assert measure_text(12_345.6, 4) == "12,350"


def test_they_are_translated_with_their_sentence():
    said = "< 0.001 % of it (27,000 mm³) is not exposed: between hatch lines; in 4 layers, most at z = 0.1 mm"
    told = (translated_message(said, "de") or "").split(" werden ")[0]
    assert told.replace("\u202f", " ").replace("\u2009", " ") == "< 0,001 % davon (27 000 mm³)"
