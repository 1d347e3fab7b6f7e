"""Colours are told apart by everybody: contrast by WCAG, deficiencies after Machado et al. 2009."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from tests.pictures.vision import MACHADO

from amprep.pictures import kind_area, kind_cost, kind_powder, kind_risk, style
from amprep.pictures.palette import REGIONS

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """WCAG 2 ratio."""
    bright, dark = sorted((float(linear(one) @ (0.2126, 0.7152, 0.0722)) for one in (a, b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def lab(colour, seen):
    rgb = np.clip(np.array(MACHADO[seen]) @ linear(colour), 0.0, 1.0)
    xyz = TO_XYZ @ rgb / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours, seen):
    """Smallest difference (ΔE76) between any two."""
    places = [lab(colour, seen) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(places, 2))


EXPOSED = [REGIONS[key] for key in ("core", "contour", "upskin", "downskin", "support")]


@pytest.mark.parametrize(
    ("seen", "regions", "lasers"),
    [("normal", 39, 59), ("protan", 35, 43), ("deutan", 35, 50), ("tritan", 42, 31)],
)
def test_distances_are_those_that_the_palettes_were_chosen_for(seen, regions, lasers):
    assert nearest(EXPOSED, seen) == pytest.approx(regions, abs=1.0)
    assert nearest([look.colour for look in style.LASERS], seen) == pytest.approx(lasers, abs=1.0)


@pytest.mark.parametrize("seen", MACHADO)
def test_edges_and_what_is_lost_stand_out(seen):
    assert nearest([*EXPOSED, REGIONS["edge"]], seen) > 15
    hatched = (REGIONS["core"], REGIONS["contour"], style.LOST_FILL)
    assert nearest(hatched, seen) > 35


@pytest.mark.parametrize("seen", MACHADO)
@pytest.mark.parametrize("fills", [kind_area.FILLS, kind_powder.FILLS, kind_cost.FILLS, style.FILLS])
def test_neighbouring_fills_differ_in_colour_or_pattern(fills, seen):
    for one, other in itertools.combinations(fills.values(), 2):
        is_told_apart = nearest([one.colour, other.colour], seen) > 18
        assert is_told_apart or one.pattern != other.pattern, (one, other)


def test_words_have_the_contrast_of_text():
    for colour in (style.BLACK, style.GREY_TEXT, style.ALERT):
        assert contrast(colour, "#FFFFFF") >= 4.5
    for look in style.LASERS:
        assert contrast(look.colour, look.digit) >= 4.5
        assert look.is_light == (contrast(look.colour, "#FFFFFF") < 3)


def test_lines_and_marks_have_the_contrast_of_graphics():
    for colour in (kind_risk.TIME_COLOUR, kind_risk.AREA_COLOUR, style.LOST_FILL, style.FIELD_GREY):
        assert contrast(colour, "#FFFFFF") >= 3
