"""Pictures of the lasers' work: fields, laser map, Gantt; readable words, colours, shares and bytes."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from shapely.geometry import Polygon
from tests.pictures.linter import faults
from tests.pictures.test_compare import cases
from tests.pictures.vision import MACHADO

from amprep.languages import LANGUAGES
from amprep.model.provenance import Grade
from amprep.model.scan import Region
from amprep.pictures import style
from amprep.pictures.compare import draw_comparison
from amprep.pictures.compare_texts import words as compare_words
from amprep.pictures.fields import in_common, number_places, plate_fields
from amprep.pictures.gantt import draw_gantt, gantt_alt_text
from amprep.pictures.gantt_rows import (
    CONTOUR,
    HATCH,
    JUMP,
    KINDS,
    WAIT,
    GanttRows,
    kind_shares,
    rows_of_vectors,
)
from amprep.pictures.laser_areas import NOBODY, badge_cells, laser_areas, seam_cells
from amprep.pictures.laser_map import draw_laser_map, laser_map_alt_text
from amprep.pictures.layer import draw_layer
from amprep.pictures.texts import text

FOOT = {"version": "0.1.0", "job_hash": "3fa9c1d27be0aa11"}
LONG = "Halterung_für_den_Vorderachsträger_links_Variante_B_Revision_17_freigegeben"
RINGS = [(120, 120, 80, 30), (290, 280, 85, 20), (300, 100, 60, 0), (90, 310, 50, 20)]
SMALL_RINGS = [(0, 0, 40, 18)]


def given_to_nearest(plan, machine):
    """The plan with each vector given to the laser whose field's middle is nearest."""
    segments = plan.vectors.segments
    middle = (segments[:, :2] + segments[:, 2:]) / 2
    fields = np.array([laser.field_mm for laser in machine.lasers])
    centres = (fields[:, :2] + fields[:, 2:]) / 2
    owner = ((middle[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    return dataclasses.replace(plan, vectors=dataclasses.replace(plan.vectors, laser=owner.astype(np.uint8)))


@pytest.fixture(scope="module")
def plans(made):
    """A layer for machines of each number of lasers."""
    found = {}
    for lasers in (1, 2, 4, 8, 12):
        machine = made.machine(lasers, field_grade=Grade.ASSUMED)
        rings = SMALL_RINGS if lasers == 1 else RINGS
        found[lasers] = machine, given_to_nearest(made.ring_layer(rings, hatch_mm=0.8), machine)
    return found


def map_figure(made, machine, plan, lang="en", **options):
    length = np.hypot(*(plan.vectors.segments[:, 2:] - plan.vectors.segments[:, :2]).T)
    busy = np.bincount(plan.vectors.laser, weights=length / 1000, minlength=len(machine.lasers))
    given = {"busy_s": busy.tolist(), "layer_number": 12_412, "layer_count": 12_500} | options
    return draw_laser_map(
        plan,
        machine=machine,
        process=made.process(0.8),
        material=made.material(),
        lang=lang,
        **given,
        **FOOT,
    )


def gantt_rows(lasers, parts=6, scale=1e-3, names=None):
    rng = np.random.default_rng(3)
    laser = np.sort(rng.integers(0, lasers, 3000)).astype(np.uint8)
    part = rng.integers(0, parts, 3000).astype(np.uint16)
    part = part[np.lexsort((part, laser))]
    is_hatch = np.arange(3000) % 20 > 3
    return rows_of_vectors(
        lasers=lasers,
        laser=laser,
        is_hatch=is_hatch,
        part=part,
        way_s=scale * np.where(is_hatch, 1.0, 0.3),
        marking_s=scale * np.where(is_hatch, 8, 3) * (1 + 0.2 * (laser % 3)),
        part_names=[f"{LONG}_{i}.stl" for i in range(parts)] if names is None else names,
    )


def gantt_figure(made, rows, lang="en", **options):
    given = {"recoating_s": 9.0, "wait_s": 0.0, "layer_number": 12_412, "layer_count": 12_500} | options
    return draw_gantt(
        rows,
        machine=made.machine(4),
        process=made.process(),
        material=made.material(),
        lang=lang,
        **given,
        **FOOT,
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lasers", [1, 2, 4, 8, 12])
def test_words_of_the_laser_map_are_readable(made, plans, lasers, lang):
    assert faults(map_figure(made, *plans[lasers], lang)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lasers", [2, 8, 12])
def test_words_of_the_layer_picture_are_readable_for_any_number_of_lasers(made, plans, lasers, lang):
    machine, plan = plans[lasers]
    figure = draw_layer(
        plan,
        machine=machine,
        process=made.process(0.8),
        material=made.material(),
        busy_s=[59.94] * lasers,
        layer_number=12_400,
        layer_count=12_500,
        lang=lang,
        **FOOT,
    )
    assert faults(figure) == []


EDGE_MAPS = {
    "no vector": [],
    "one vector": [[200, 200, 200.3, 200.1]],
    "flat": [[10, y, 390, y] for y in np.arange(200, 200.5, 0.1)],
    "in a corner": [[380, y, 399.9, y] for y in np.arange(380, 399.9, 0.8)],
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", EDGE_MAPS)
def test_odd_layers_have_readable_laser_maps(made, case, lang):
    segments = EDGE_MAPS[case]
    plan = made.layer(segments, [Region.CORE] * len(segments))
    busy = [3601.0, 0.0, 0.00042, 59.96] if segments else [0.0] * 4
    assert faults(map_figure(made, made.machine(), plan, lang, busy_s=busy)) == []


def test_a_laser_of_contours_only_is_numbered(made):
    plan = made.layer([[190, 190, 260, 190], [190, 300, 260, 300]], [Region.CONTOUR] * 2)
    figure = map_figure(made, made.machine(), plan, busy_s=[1.0, 2.0, 0.0, 1.0])
    numbers = [t.get_text() for t in figure.findobj(Text)]
    assert numbers.count("2") > numbers.count("1")


GANTTS = {
    "one laser": (1, {}),
    "two": (2, {"wait_s": 3.0, "bound_s": 12.0}),
    "four": (4, {"bound_s": 8.1}),
    "eight": (8, {"wait_s": 2.0, "bound_s": 0.01}),
    "twelve": (12, {"recoating_s": 0.5, "bound_s": 3.79}),
    "no recoating": (4, {"recoating_s": 0.0}),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", GANTTS)
def test_words_of_the_gantt_are_readable(made, case, lang):
    lasers, options = GANTTS[case]
    assert faults(gantt_figure(made, gantt_rows(lasers, 3 * lasers), lang, **options)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_odd_layers_have_readable_gantts(made, lang):
    nothing = rows_of_vectors(
        lasers=4,
        **dict.fromkeys(("laser", "is_hatch", "part", "way_s", "marking_s"), np.zeros(0)),
    )
    assert faults(gantt_figure(made, nothing, lang)) == []
    assert faults(gantt_figure(made, gantt_rows(4, 1, scale=1e-6), lang, wait_s=20.0)) == []
    assert faults(gantt_figure(made, gantt_rows(4, 900, scale=1.0), lang, bound_s=1e-3)) == []
    assert gantt_alt_text(nothing, layer_number=1, layer_count=2, lang=lang)


def test_titles_and_alt_texts_come_from_the_data(made):
    rows = gantt_rows(3)
    slowest, longest = int(rows.done_s.argmax()), rows.exposure_s
    words_of = "\n".join(t.get_text() for t in gantt_figure(made, rows, bound_s=longest / 1.25).findobj(Text))
    assert f"{longest:.1f} s exposure, laser {slowest + 1} is slowest" in words_of
    assert "25.0 % above the bound" in words_of
    alt = gantt_alt_text(rows, layer_number=3, layer_count=9)
    assert f"laser {slowest + 1} {longest:.1f} s, 100 % busy" in alt
    told = laser_map_alt_text(busy_s=[1.5, 0.0, 12.43], layer_number=3, layer_count=9)
    assert told == "Layer 3 of 9: areas by laser. laser 1 1.5 s; laser 3 12.4 s. Laser 3 works longest."
    assert laser_map_alt_text(busy_s=[0.0], layer_number=3, layer_count=9).endswith("nothing is exposed.")


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_layer_gives_the_same_bytes(made, plans, tmp_path, suffix):
    for draw in (lambda: map_figure(made, *plans[4]), lambda: gantt_figure(made, gantt_rows(4))):
        first, second = (style.save(draw(), tmp_path / f"{i}{suffix}").read_bytes() for i in range(2))
        assert first == second


def test_shares_of_a_row_are_those_of_its_stretches():
    rows = GanttRows(
        2,
        laser=[0, 0, 0, 1],
        start_s=[0, 1, 3, 0],
        end_s=[1, 3, 3.5, 8],
        kind=[JUMP, HATCH, CONTOUR, HATCH],
        part=[0, 0, 0, 1],
    )
    shares = kind_shares(rows, 0, np.array([0, 2.0, 4.0, 8.0]))
    assert shares.tolist() == [[0.5, 0.5, 0], [0, 0.25, 0], [0.5, 0, 0], [0, 0.25, 1]]
    assert rows.exposure_s == 8
    assert rows.busy_s.tolist() == [3.5, 8]
    assert rows.done_s.tolist() == [3.5, 8]


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2), st.booleans()), max_size=30), st.integers(1, 9))
def test_shares_sum_to_one_and_to_the_time_of_each_kind(vectors, columns):
    way, marking = (np.array([one[i] for one in vectors]) for i in (0, 1))
    is_hatch = np.array([one[2] for one in vectors], dtype=bool)
    zeros = np.zeros(len(vectors), dtype=np.uint8)
    rows = rows_of_vectors(lasers=1, laser=zeros, is_hatch=is_hatch, part=zeros, way_s=way, marking_s=marking)
    end = max(rows.exposure_s, 1.0)
    shares = kind_shares(rows, 0, np.linspace(0, end, columns + 1))
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-6)
    seconds = shares.sum(axis=1) * end / columns
    wanted = [marking[is_hatch].sum(), marking[~is_hatch].sum(), way.sum()]
    np.testing.assert_allclose(seconds[[HATCH, CONTOUR, JUMP]], wanted, atol=1e-6 * (1 + end))


def test_areas_are_those_of_the_hatch(made):
    # Two rectangles that touch at x = 10, of lasers 0 and 2.
    rows = np.arange(0.05, 10, 0.1)
    left = [[0, y, 10, y] for y in rows]
    right = [[10, y, 16, y] for y in rows]
    plan = made.layer(left + right, 0)
    vectors = dataclasses.replace(plan.vectors, laser=np.repeat([0, 2], len(rows)).astype(np.uint8))
    owners = laser_areas(vectors, (0, 0, 20, 10), (100, 200), 0.1)
    assert (owners[:, :100] == 0).all()
    assert (owners[:, 100:160] == 2).all()
    assert (owners[:, 160:] == NOBODY).all()
    seam = seam_cells(owners)
    assert set(np.flatnonzero(seam.any(axis=0)).tolist()) == {99, 100}
    places = badge_cells(owners, 16, 60, 3)
    assert {laser for laser, _, _ in places} == {0, 2}
    for laser, x, y in places:
        assert owners[int(y), int(x)] == laser
    for (_, x, y), (_, u, v) in itertools.combinations(places, 2):
        assert np.hypot(x - u, y - v) >= 16


def test_many_vectors_are_thinned_without_gaps(made, monkeypatch):
    rows = np.arange(0.05, 100, 0.1)
    plan = made.layer([[10, y, 90, y] for y in rows], 0, lasers=1)
    exact = laser_areas(plan.vectors, (0, 0, 100, 100), (50, 50), 0.1)
    monkeypatch.setattr("amprep.pictures.laser_areas.MANY", 10)
    assert np.array_equal(laser_areas(plan.vectors, (0, 0, 100, 100), (50, 50), 0.1), exact)
    assert (exact[:, 5:45] == 0).all()
    assert (exact[:, :5] == NOBODY).all()


def with_circles(machine, circles):
    """The machine with circular fields, where lasers know such; otherwise objects that look like them."""

    class RoundLaser:
        def __init__(self, laser, circle):
            self._laser, self.field_circle_mm = laser, circle
            x, y, r = circle
            self.field_mm = (x - r, y - r, x + r, y + r)

        def __getattr__(self, name):
            return getattr(self._laser, name)

    lasers = tuple(RoundLaser(laser, circle) for laser, circle in zip(machine.lasers, circles, strict=True))
    return dataclasses.replace(machine, lasers=lasers)


def test_fields_of_four_lasers(made):
    found = plate_fields(made.machine(4, field_grade=Grade.ASSUMED))
    assert found.is_assumed
    assert not plate_fields(made.machine(4)).is_assumed
    assert sorted(Polygon(zone).bounds for zone in found.overlaps) == [
        (0, 175, 225, 225),
        (175, 0, 225, 225),
        (175, 175, 225, 225),
        (175, 175, 225, 400),
        (175, 175, 400, 225),
    ]
    assert len(found.borders) == 4


def test_one_laser_that_reaches_all_has_no_field_drawn(made):
    found = plate_fields(made.machine(1, field_grade=Grade.ASSUMED))
    assert found.borders == found.overlaps == ()
    assert not found.is_assumed


def test_circular_fields_are_drawn_as_circles(made):
    machine = with_circles(made.machine(2), [(150, 200, 120), (250, 200, 120)])
    found = plate_fields(machine)
    (zone,) = found.overlaps
    wanted = Polygon(circle(150, 200, 120)).intersection(Polygon(circle(250, 200, 120)))
    assert Polygon(zone).symmetric_difference(wanted).area < 1e-6
    assert len(found.borders) == 2
    for line in found.borders:
        assert np.hypot(line[:, 0] - 150, line[:, 1] - 200).max() <= 120 + 100 + 1e-6
    places = number_places(machine, 5)
    assert places[0, 0] < 130 < 270 < places[1, 0]


def circle(x, y, r):
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    return np.column_stack([x + r * np.cos(turn), y + r * np.sin(turn)])


# Rounded: the oracle raises, or clips something else, at coordinates around 1e-308.
@given(st.lists(st.floats(-10, 10).map(lambda value: round(value, 9)), min_size=7, max_size=7))
def test_in_common_is_the_intersection(values):
    x0, x1, y0, y1, u0, u1, v0 = values
    a = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    b = circle(u0, v0, abs(u1))
    area_a = (x1 - x0) * (y1 - y0)
    if x1 <= x0 or y1 <= y0 or area_a < 1e-3 or abs(u1) < 1e-2:
        return
    wanted = Polygon(a).intersection(Polygon(b)).area
    found = in_common(a, b)
    assert (Polygon(found).area if len(found) else 0.0) == pytest.approx(wanted, abs=2e-6)


@pytest.mark.parametrize("lasers", [1, 2, 4, 8, 12])
@pytest.mark.parametrize("in_corner", [False, True])
def test_numbers_stand_in_their_fields(made, lasers, in_corner):
    machine = made.machine(lasers)
    places = number_places(machine, 15.0, in_corner=in_corner)
    for laser, (x, y) in zip(machine.lasers, places, strict=True):
        x0, y0, x1, y1 = laser.field_mm
        assert x0 + 14.9 <= x <= x1 - 14.9
        assert y0 + 14.9 <= y <= y1 - 14.9
    for a, b in itertools.combinations(places, 2):
        assert np.abs(a - b).max() >= 29.9


def test_numbers_of_lasers_that_all_reach_everything_stand_apart(made):
    machine = made.machine(2)
    everywhere = tuple(dataclasses.replace(one, field_mm=(0.0, 0.0, 400.0, 400.0)) for one in machine.lasers)
    places = number_places(dataclasses.replace(machine, lasers=everywhere), 20.0)
    assert np.abs(places[0] - places[1]).max() >= 39.9
    tiny = number_places(dataclasses.replace(machine, lasers=everywhere), 300.0)
    assert np.isnan(tiny).all()


def lab(colour, sight):
    rgb = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])
    rgb = np.clip(np.array(MACHADO[sight]) @ rgb, 0, 1)
    xyz = (
        np.array(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041],
            ]
        )
        @ rgb
        / (0.95047, 1.0, 1.08883)
    )
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", MACHADO)
def test_colours_of_lasers_and_kinds_differ_for_everybody(sight):
    """Smallest difference after CIE 1976, for lasers and for the fills of the Gantt."""
    lasers = [look.colour for look in style.LASERS]
    kinds = [style.FILLS[key].colour for key in ("core_marking", "contour_marking", "motion", "waiting")]
    for colours in (lasers, kinds):
        for a, b in itertools.combinations(colours, 2):
            assert np.linalg.norm(lab(a, sight) - lab(b, sight)) > 30


def test_no_two_of_sixteen_lasers_look_alike():
    looks = {(style.laser_look(i).colour, style.laser_pattern(i)) for i in range(16)}
    assert len(looks) == 16
    assert len({style.laser_pattern(i) for i in range(4)}) == 4


def test_kinds_are_named_in_order():
    assert [KINDS[kind] for kind in (HATCH, CONTOUR, JUMP, WAIT)] == ["hatch", "contour", "jump", "wait"]


def test_the_map_draws_fields_and_says_that_they_are_assumed(made, plans):
    figure = map_figure(made, *plans[4])
    said = "\n".join(t.get_text() for t in figure.findobj(Text))
    assert "Fields of the lasers (assumed)" in said
    assert "Overlap zone" in said
    zones = [one for one in figure.findobj(PolyCollection) if one.get_hatch()]
    lines = [one for one in figure.findobj(LineCollection) if len(one.get_segments()) == 4]
    assert len(zones) == len(lines) == 2  # in the section and in the key plan


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_comparison_numbers_the_fields_and_says_that_they_are_assumed(made, lang):
    both = cases(made)["two machines"]
    assumed = made.machine(4, field_grade=Grade.ASSUMED)
    four = dataclasses.replace(both.candidates[1], machine=assumed)
    figure = draw_comparison(
        dataclasses.replace(both, candidates=(both.candidates[0], four)), lang=lang, **FOOT
    )
    assert faults(figure) == []
    said = [t.get_text() for t in figure.findobj(Text)]
    assert text(lang, "assumed", what=compare_words(lang, "fields")) in said
    assert [said.count(str(number)) for number in range(1, 5)] == [1, 1, 1, 1]


@pytest.mark.parametrize("lasers", [1, 8, 12])
def test_prints_of_few_and_many_lasers_are_readable(made, plans, lasers):
    assert faults(map_figure(made, *plans[lasers], "pl", profile="print")) == []
    rows = gantt_rows(lasers)
    assert faults(gantt_figure(made, rows, "de", profile="print", bound_s=0.9 * rows.exposure_s)) == []
