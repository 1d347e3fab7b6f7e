"""Shares on the terminal: nothing that is there reads as nothing, nothing that is less than all as all."""

import pytest

from amprep.cli.percent import percent_text, whole_percent_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.001 %"),
        (0.042, "0.042 %"),
        (0.42, "0.42 %"),
        (0.6, "1 %"),
        (6.4, "6 %"),
        (99.4, "99 %"),
        (99.59, "99.6 %"),
        (99.97, "99.97 %"),
        (99.99999, "99.999 %"),
        (100.0, "100 %"),
        (100.0 - 1e-12, "100 %"),
    ],
)
def test_whole_percents_keep_what_is_neither_nothing_nor_all(value, text):
    assert whole_percent_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.6, "0.6 %"), (6.4, "6.4 %"), (43.2, "43 %"), (99.97, "99.97 %"), (100.0, "100 %")]
)
def test_fine_percents_do_not_reach_all_either(value, text):
    assert percent_text(value) == text
