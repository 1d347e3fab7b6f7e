"""Sizes and volumes as the terminal says them."""

import pytest

from amprep.cli.texts import mass_text, range_text, size_text, volume_text
from amprep.model.estimate import Ranged


@pytest.mark.parametrize(
    ("volume_mm3", "text"),
    [
        (0.0004, "< 0.001 mm³"),
        (12.44, "12.4 mm³"),
        (125.0, "0.125 cm³"),
        (999.0, "1.00 cm³"),
        (65_240.0, "65.2 cm³"),
        (1_643_400.0, "1 643 cm³"),
    ],
)
def test_volumes_have_three_digits_and_grouped_thousands(volume_mm3, text):
    assert volume_text(volume_mm3) == text


def test_a_range_that_reads_as_its_figure_is_left_out():
    assert range_text(Ranged(333.1, 330.0, 334.0), mass_text) == ""
    assert range_text(Ranged(333.1, 330.0, 336.0), mass_text) == " (0.33 kg – 0.34 kg)"
    assert range_text(Ranged(333.1, 333.1, 333.1), mass_text) == ""


def test_sizes_group_thousands_and_small_parts_have_more_digits():
    assert size_text((20_000.0, 300.0, 5.0)) == "20 000.0 × 300.0 × 5.0 mm"
    assert size_text((20.0, 0.08, 5.0)) == "20.000 × 0.080 × 5.000 mm"
