"""What the pictures say: sums, thinning, flags, palettes, files."""

from __future__ import annotations

import dataclasses
import itertools
import struct

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from amprep.errors import OutputError, UsageError
from amprep.languages.numbers import least_text, share_text
from amprep.model.layer import Contours
from amprep.model.provenance import Grade
from amprep.model.scan import LayerAreas
from amprep.pictures import style
from amprep.pictures.furniture import spread
from amprep.pictures.layer import draw_layer, layer_alt_text
from amprep.pictures.layer_bins import binned_layers, time_by_cause
from amprep.pictures.layer_time import draw_layer_time, layer_time_alt_text
from amprep.pictures.layer_view import field_borders, polylines, thinned_vectors, view_of
from amprep.pictures.texts import (
    duration_text,
    number_text,
    ordinal_text,
    seconds_text,
    text,
)

FOOT = {"version": "0.1.0", "job_hash": "3fa9c1d27be0aa11"}


def words_of(figure):
    return "\n".join(t.get_text() for t in figure.findobj(Text))


def time_figure(made, estimate, **options):
    return draw_layer_time(
        estimate, machine=made.machine(), process=made.process(), material=made.material(), **FOOT, **options
    )


def layer_figure(made, plan, **options):
    given = {"machine": made.machine(), "busy_s": [9.8, 11.2, 12.43, 8.1]} | options
    return draw_layer(
        plan,
        process=made.process(),
        material=made.material(),
        layer_number=412,
        layer_count=1100,
        **given,
        **FOOT,
    )


def contrast(a, b):
    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_have_enough_contrast(made):
    assert contrast(style.GREY_TEXT, "white") == pytest.approx(7.0, abs=0.05)
    figures = [time_figure(made, made.estimate(20)), layer_figure(made, made.layer([[1, 1, 9, 9]], 0))]
    digits = {look.digit for look in style.LASERS}
    for words in (t for figure in figures for t in figure.findobj(Text) if t.get_text()):
        colour = words.get_color()
        assert contrast(colour, "white") >= 4.5 or colour in digits


@pytest.mark.parametrize("look", style.LASERS)
def test_badge_digits_can_be_read_and_light_lines_have_an_outline(look):
    assert contrast(look.colour, look.digit) >= 4.5
    assert look.is_light == (contrast(look.colour, "white") < 3)
    assert contrast(style.OUTLINE, "white") >= 4.5


def test_lasers_differ_in_colour_and_dash():
    assert len({look.colour for look in style.LASERS}) == len({look.dash for look in style.LASERS}) == 4


def test_causes_sum_to_the_layer_time(made):
    times = made.estimate(300, minimum_s=20, noise=0.5).layer_times
    causes = time_by_cause(times)
    assert list(causes) == ["recoating", "core_marking", "contour_marking", "motion", "waiting"]
    np.testing.assert_allclose(sum(causes.values()), times.total_s, rtol=1e-12)
    assert "waiting" not in time_by_cause(made.estimate(3).layer_times)


def test_bins_keep_the_total_and_the_longest_layer(made):
    estimate = made.estimate(10_001, spike=True)
    total = estimate.layer_times.total_s
    bins = binned_layers(estimate.top_mm, 0.04, 2000)
    counts = np.diff([*bins.starts, len(total)])
    assert len(bins.starts) <= 2000
    assert bins.edges_mm[0] == pytest.approx(0)
    assert bins.edges_mm[-1] == estimate.top_mm[-1]
    assert (bins.mean(total) * counts).sum() == pytest.approx(total.sum())
    assert bins.longest(total).max() == total.max()
    words = words_of(time_figure(made, estimate))
    assert "mean of 6 layers each" in words
    assert "Longest layers" in words


def test_headline_and_shares_come_from_the_data(made):
    estimate = made.estimate(1100, minimum_s=20)
    times = estimate.layer_times
    words = words_of(time_figure(made, estimate))
    assert f"{duration_text(times.total_s.sum())} for 1100 layers" in words
    share = 100 * times.recoating_s.sum() / times.total_s.sum()
    assert f"{share:.0f} % recoating" in words
    assert f"{duration_text(0.9 * times.total_s.sum())} to " in words
    assert "assumed values inside" in words
    assert "uncalibrated" in words


def test_no_flag_when_all_values_are_founded(made):
    estimate = made.estimate(20, grade=Grade.DATASHEET)
    assert "assumed" not in words_of(time_figure(made, estimate))
    plan = made.layer([[1, 1, 9, 9]], 0)
    assert "uncalibrated" in words_of(layer_figure(made, plan))
    founded = made.machine(grade=Grade.DATASHEET)
    assert "uncalibrated" not in words_of(layer_figure(made, plan, machine=founded))


def test_one_panel_for_one_laser(made):
    assert len(time_figure(made, made.estimate(20, lasers=1)).axes) == 1
    assert len(time_figure(made, made.estimate(20, lasers=4)).axes) == 2


def test_thinning_is_stated_and_leaves_contours_alone(made):
    plan = made.ring_layer([(170, 180, 50, 18), (245, 235, 45, 25)])
    drawn = thinned_vectors(plan.vectors, 0.1, 2.2, 10)
    assert drawn.every_hatch > 1
    assert drawn.every_contour == 1
    assert len(drawn.contour) == np.count_nonzero(plan.vectors.region == 1)
    assert "hatch vector drawn" in words_of(layer_figure(made, plan))
    assert "Füllvektor" in words_of(layer_figure(made, plan, lang="de"))
    assert "drawn" not in words_of(layer_figure(made, made.layer([[1, 1, 9, 9]], 0)))


def test_at_most_about_twelve_thousand_hatch_vectors(made):
    y = np.tile(np.arange(0, 400, 0.1), 40)
    x = np.repeat(np.arange(40) * 10.0, 4000)
    plan = made.layer(np.column_stack([x, y, x + 10, y]), 0)
    drawn = thinned_vectors(plan.vectors, 0.1, 100, 10)
    assert drawn.every_hatch == 15
    assert 9_000 < len(drawn.hatch) < 12_500


def test_thinning_keeps_both_sides_of_a_hole(made):
    y = np.repeat(np.arange(0, 400, 0.1), 2)
    x = np.tile([0.0, 50.0], 4000)
    plan = made.layer(np.column_stack([x, y, x + 10, y]), 0)
    drawn = thinned_vectors(plan.vectors, 0.1, 2.6)
    assert drawn.every_hatch == 10
    left = np.count_nonzero(drawn.hatch[:, 0] < 20)
    assert left == len(drawn.hatch) - left > 100


def test_vectors_in_all_directions_are_thinned_too(made):
    ends = np.random.default_rng(1).uniform(0, 400, (40_000, 4))
    drawn = thinned_vectors(made.layer(ends, 0).vectors, 0.1, 100)
    assert drawn.every_hatch == 4
    assert len(drawn.hatch) == 10_000


def test_rings_are_not_thinned_for_their_spacing(made):
    rings = []
    for inset in np.arange(0.0, 20.0, 0.1):
        x0, y0, x1, y1 = 180 + inset, 180 + inset, 230 - inset, 220 - inset
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        rings.append(np.hstack([corners, np.roll(corners, -1, axis=0)]))
    drawn = thinned_vectors(made.layer(np.vstack(rings), 0).vectors, 0.1, 5.0)
    assert drawn.every_hatch == 1
    islands = np.vstack(rings)[np.random.default_rng(1).permutation(len(rings) * 4)]
    assert thinned_vectors(made.layer(islands, 0).vectors, 0.1, 5.0).every_hatch > 1


def test_many_contours_are_thinned_and_it_is_said(made):
    x = np.linspace(10, 390, 60_001)
    plan = made.layer(np.column_stack([x, x, x, x + 0.01]), 1)
    words = words_of(layer_figure(made, plan))
    assert "every 2nd contour vector drawn" in words


def test_contours_are_joined_per_laser(made):
    corners = np.array([[190, 190], [210, 190], [210, 195], [190, 195]], dtype=float)
    loop = np.hstack([corners, np.roll(corners, -1, axis=0)])
    drawn = thinned_vectors(made.layer(np.vstack([loop, loop + 30]), 1).vectors, 0.1, 10)
    lines, lasers, _ = polylines(drawn)
    assert sum(len(line) - 1 for line in lines) == 8
    assert len(lines) == len(lasers)
    assert all((a != b) or not np.array_equal(p[-1], q[0]) for p, q, a, b in _neighbours(lines, lasers))


def _neighbours(lines, lasers):
    return zip(lines, lines[1:], lasers, lasers[1:], strict=False)


def test_the_view_holds_all_vectors_in_the_proportions_of_the_panel():
    for segments in ([[0, 0, 400, 1]], [[7, 0, 7, 400]], [[5, 5, 5, 5]], [[0, 0, 400, 400]]):
        array = np.array(segments, dtype=np.float32)
        x0, y0, x1, y1 = view_of(array, (0, 0, 400, 400), 5.3, 3.84)
        assert (x1 - x0) / (y1 - y0) == pytest.approx(5.3 / 3.84)
        points = array.reshape(-1, 2)
        assert (points > (x0, y0)).all()
        assert (points < (x1, y1)).all()


def test_field_borders_lie_inside_the_plate(made):
    fields = [laser.field_mm for laser in made.machine(4).lasers]
    lines = field_borders(fields, (0, 0, 400, 400))
    assert sorted(map(tuple, lines.tolist())) == [
        (0, 175, 400, 175),
        (0, 225, 400, 225),
        (175, 0, 175, 400),
        (225, 0, 225, 400),
    ]
    assert len(field_borders([(-50, -50, 50, 50)], (-50, -50, 50, 50))) == 0


def test_only_lasers_in_view_are_named(made):
    plan = made.layer([[380, 380, 390, 390]], 0)
    words = words_of(layer_figure(made, plan))
    assert "Laser 2" in words
    assert "Laser 1" not in words


def test_headline_of_the_layer_is_the_time_of_the_slowest_laser(made):
    plan = made.layer([[180, 180, 190, 190]], 0)
    assert "Layer 412 of 1100: 12.4 s exposure" in words_of(layer_figure(made, plan))
    assert "Schicht 412 von 1100: 12,4 s Belichtung" in words_of(layer_figure(made, plan, lang="de"))


@pytest.mark.parametrize("lang", ["en", "de"])
def test_alt_texts_come_from_the_data(made, lang):
    layer_alt = layer_alt_text(
        made.layer([[1, 1, 9, 9], [1, 1, 9, 1]], [0, 1]),
        busy_s=[0, 0, 12.43, 8.1],
        layer_number=3,
        layer_count=9,
        lang=lang,
    )
    assert seconds_text(12.43, lang) in layer_alt
    assert "1 " in layer_alt
    empty = layer_alt_text(made.layer([], []), busy_s=[], layer_number=3, layer_count=9, lang=lang)
    assert empty.startswith("Layer 3" if lang == "en" else "Schicht 3")
    estimate = made.estimate(1100)
    alt = layer_time_alt_text(estimate, lang=lang)
    assert duration_text(estimate.layer_times.total_s.sum(), lang) in alt
    assert seconds_text(estimate.layer_times.total_s.max(), lang) in alt
    assert layer_time_alt_text(made.estimate(0), lang=lang)


def test_an_unknown_language_is_a_usage_error():
    with pytest.raises(UsageError, match="xx"):
        text("xx", "core")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.0004, "0.4 ms"),
        (0.056, "56.0 ms"),
        (0.09996, "0.1 s"),
        (3.21, "3.2 s"),
        (9.96, "10 s"),
        (38, "38 s"),
        (59.6, "1 min 00 s"),
        (725, "12 min 05 s"),
        (3599.6, "1 h 00 min"),
        (14_580, "4 h 03 min"),
        (86_370, "24 h 00 min"),
        (-725, "−12 min 05 s"),
    ],
)
def test_durations_are_written_as_people_say_them(seconds, words):
    assert duration_text(seconds) == words


def test_numbers_follow_the_language():
    assert number_text(12_500.25, "en", 1) == "12,500.2"
    assert number_text(12_500.25, "de", 1) == "12\u2009500,2"
    assert number_text(1100, "de") == "1100"
    assert [least_text(mm2, "de", 2) for mm2 in (0.0, 0.004, 0.006)] == ["0,00", "< 0,01", "0,01"]
    assert number_text(-0.04, "en", 1) == "0.0"
    assert number_text(-5, "en") == "−5"
    assert [ordinal_text(n, "en") for n in (1, 2, 3, 10, 11, 12, 13, 21, 111)] == (
        ["1st", "2nd", "3rd", "10th", "11th", "12th", "13th", "21st", "111th"]
    )
    assert ordinal_text(10, "de") == "10."
    assert duration_text(3.21, "de") == "3,2 s"
    assert seconds_text(12.43, "de") == "12,4 s"
    assert seconds_text(59.97, "en") == "1 min 00 s"
    shares = [0.0, 0.004, 0.42, 36.4, 99.4, 99.59, 99.97, 99.999, 100.0 - 1e-12]
    assert [share_text(percent, "de") for percent in shares] == [
        *("0", "< 0,01", "0,42", "36", "99", "99,6", "99,97", "> 99,99", "100")
    ]
    assert [seconds_text(s, "en") for s in (0.056, 0.0999, 0.1)] == ["56.0 ms", "99.9 ms", "0.1 s"]


def test_labels_are_spread_without_overlap():
    centres = spread([1, 1, 1, 5], [0.5, 0.5, 0.5, 0.5], 0, 5)
    assert all(b - a >= 0.5 - 1e-12 for a, b in itertools.pairwise(centres))
    assert centres[0] >= 0.25
    assert centres[-1] <= 4.75
    assert spread([], [], 0, 1) == []


def test_the_same_figure_gives_the_same_bytes(made, tmp_path):
    paths = [
        style.save(time_figure(made, made.estimate(20)), tmp_path / f"{name}.png") for name in ("a", "b")
    ]
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert struct.unpack(">II", first[16:24]) == (1920, 1080)
    assert b"Software" not in first
    assert b"tIME" not in first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_a_picture_that_cannot_be_written_is_an_output_error(made, tmp_path):
    with pytest.raises(OutputError) as caught:
        style.save(time_figure(made, made.estimate(2)), tmp_path / "missing" / "a.png")
    assert caught.value.code == "E502"


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Not exposed: 1.250 mm²"), ("de", "Nicht belichtet: 1,250 mm²")]
)
def test_what_a_layer_loses_is_marked_named_and_in_the_alternative_text(made, lang, words):
    plain = made.ring_layer([(150.0, 300.0, 6.0, 2.0)])
    plan = dataclasses.replace(plain, areas=LayerAreas(10.0, 6.0, 2.75, 1.25, 0.0))
    fin = Contours(np.array([(160, 298), (160.1, 298), (160.1, 302), (160, 302)]), np.array([0, 4]))
    assert words in words_of(layer_figure(made, plan, lost=[fin], lang=lang))
    assert words not in words_of(layer_figure(made, plain, lang=lang))
    told = {"busy_s": [1.0] * 4, "layer_number": 1, "layer_count": 2, "lang": lang}
    assert words.split()[-2] in layer_alt_text(plan, **told)
    assert "mm²" not in layer_alt_text(plain, **told)
