"""The picture of a comparison: words that can be read in all languages, and figures that are the data's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from tests.pictures.linter import faults

from amprep.errors import UsageError
from amprep.languages import LANGUAGES
from amprep.model.comparison import (
    Batch,
    BreakEven,
    Candidate,
    ComparedPart,
    Comparison,
    Refusal,
    Row,
)
from amprep.model.estimate import Assumption, Ranged
from amprep.model.provenance import Grade
from amprep.pictures import style
from amprep.pictures.compare import comparison_alt_text, draw_comparison
from amprep.pictures.compare_bars import CAUSES
from amprep.pictures.compare_texts import (
    counted,
    figure_text,
    side_text,
    time_texts,
    times_texts,
    words,
)
from amprep.pictures.furniture import SAMPLE_IN

FOOT = {"version": "0.1.0", "job_hash": "3fa9c1d27be0aa11"}
LONG = "Halterung_für_den_Vorderachsträger_links_Variante_B_Revision_17_freigegeben_" * 3


def ranged(value, low=0.8, high=1.3):
    return Ranged(value, low * value, high * value)


def figures(hours, *, cost=True):
    shares = {"before_s": 0.1, "recoating_s": 0.25, "hatch_s": 0.3, "contour_s": 0.1, "motion_s": 0.1}
    shares |= {"wait_s": 0.05, "cooling_s": 0.1}
    found = {key: ranged(3600 * hours * share) for key, share in shares.items()}
    found["time_s"] = ranged(3600 * hours)
    found |= {"powder_g": ranged(850.0), "energy_kwh": ranged(12.5 * hours), "gas_m3": ranged(3.1 * hours)}
    return found | ({"cost_eur": ranged(86.4 * hours)} if cost else {})


def candidate(made, number, *, lasers=4, hours=24.0, jobs=1, copies=12, refusal=None, cost=True, name=None):
    machine = dataclasses.replace(
        made.machine(lasers), id=f"m{number}", name=name or made.machine(lasers).name
    )
    middle = machine.build_volume.centre_mm
    size = 20.0
    places = np.array([[i % 4 - 1.5, i // 4 - 1] for i in range(min(copies, 12))]) * 25 + middle
    loop = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (size / 2 if refusal is None else 60)
    rows = (
        ()
        if refusal
        else (Row(jobs * copies, (Batch(jobs, copies, figures(hours, cost=cost), ranged(9e3)),)),)
    )
    return Candidate(
        machine,
        made.material(),
        made.process(),
        layers=0 if refusal else 1100,
        capacity=0 if refusal else copies,
        positions_mm=np.zeros((0, 2)) if refusal else places,
        outlines_mm=(loop, loop[::-1] * 0.3),
        rows=rows,
        refusal=refusal,
        assumptions=(Assumption("scanner.turnaround_s", 5e-4, "s", Grade.ASSUMED, 0, 1e-3, -1, 1),),
    )


def without_waiting(one):
    batch = one.rows[0].batches[0]
    each = batch.each | {"wait_s": Ranged(0, 0, 0)}
    row = dataclasses.replace(one.rows[0], batches=(dataclasses.replace(batch, each=each),))
    return dataclasses.replace(one, rows=(row,))


def two_materials(one):
    other = dataclasses.replace(one.material, id="alsi10mg", name="EOS Aluminium AlSi10Mg")
    return [one, dataclasses.replace(one, material=other)]


def calibrated(one):
    fitted = dataclasses.replace(one.machine.scanner.turnaround_s, grade=Grade.CALIBRATED)
    scanner = dataclasses.replace(one.machine.scanner, turnaround_s=fitted)
    name = f"{one.machine.name}, calibrated"
    return dataclasses.replace(one, machine=dataclasses.replace(one.machine, name=name, scanner=scanner))


MISFIT = Refusal("E401", "does not fit", "smaller")


def comparison(candidates, *, name="bracket", parts=1, break_evens=()):
    each = tuple(ComparedPart(f"{name} {i}", (108.0, 56.0, 44.0), 61_400.0) for i in range(parts))
    quantity = next(one.rows[0].quantity for one in candidates if one.rows)
    return Comparison(each, (quantity,), 5.0, False, tuple(candidates), tuple(break_evens))


def cases(made):
    one, four = {"lasers": 1}, {"lasers": 4}
    m100 = candidate(made, 1, hours=13.3, jobs=12, copies=1, **one)
    m400 = candidate(made, 2, **four)
    change = BreakEven("cost_eur", 0, 1, 0, 1040, True, False, 4000)
    unclear = BreakEven("cost_eur", 0, 1, 0, 40, False, False, 1000)
    never = BreakEven("time_s", 0, 0, 1, None, True, True, 1000)
    long_name = candidate(made, 3, name="EOS M 400-4 in Halle 7 mit Sonderausstattung", hours=2034.2)
    return {
        "one machine": comparison([m400]),
        "two machines": comparison([m100, m400], break_evens=[never, change]),
        "two, unclear": comparison([m100, m400], break_evens=[never, unclear]),
        "two, never": comparison([m100, m400], break_evens=[never]),
        "long name": comparison([m100, m400], name=LONG, break_evens=[change]),
        "a set": comparison([m100, m400], parts=7, break_evens=[change]),
        "one does not fit": comparison([candidate(made, 1, refusal=MISFIT, **one), m400]),
        "no process": comparison([candidate(made, 1, refusal=Refusal("E407", "no", ""), **one), m400]),
        "three machines": comparison([m100, m400, long_name]),
        "four machines": comparison([m100, m400, candidate(made, 4, hours=31.4, **one), long_name]),
        "four large ones": comparison([candidate(made, i, hours=9.0 + i) for i in range(4)]),
        "no waiting": comparison([without_waiting(m100), without_waiting(m400)]),
        "minutes": comparison([candidate(made, 1, hours=0.21, copies=3, **one)]),
        "very long": comparison(
            [candidate(made, 1, hours=813.3, jobs=120, copies=1, **one), candidate(made, 2, hours=99_000.0)]
        ),
        "two materials": comparison([*two_materials(m400), *two_materials(candidate(made, 1, **one))]),
        "two materials, one machine too small": comparison(
            [*two_materials(candidate(made, 1, refusal=MISFIT, **one)), *two_materials(m400)]
        ),
        "calibrated": comparison([calibrated(m400), m100], break_evens=[change]),
        "no cost": comparison([candidate(made, 1, cost=False, **one), candidate(made, 2, cost=False)]),
    }


CASES = (
    "one machine",
    "two machines",
    "two, unclear",
    "two, never",
    "long name",
    "a set",
    "one does not fit",
    "no process",
    "three machines",
    "four machines",
    "four large ones",
    "no waiting",
    "minutes",
    "very long",
    "two materials",
    "two materials, one machine too small",
    "calibrated",
    "no cost",
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_words_of_the_comparison_are_readable(made, case, lang):
    figure = draw_comparison(cases(made)[case], lang=lang, **FOOT)
    assert faults(figure) == []
    assert words_over_samples(figure) == []


def words_over_samples(figure):
    """Words that run into the next sample of the legend."""
    samples = [
        p.get_window_extent()
        for p in figure.findobj(Rectangle)
        if (round(p.get_width(), 6), round(p.get_height(), 6)) == (SAMPLE_IN, 0.17)
    ]
    found = []
    for text in figure.findobj(Text):
        box = text.get_window_extent()
        found += [text.get_text() for other in samples if text.get_text() and box.overlaps(other)]
    return found


def said(figure):
    return "\n".join(t.get_text() for t in figure.findobj(Text))


def test_the_picture_says_what_the_comparison_says(made):
    text = said(draw_comparison(cases(made)["two machines"], **FOOT))
    assert "12 parts · EOS M 100: 160 h · EOS M 400-4: 24 h" in text
    assert "160 h" in text
    assert "(128 – 207 h)" in text  # the range of the large number
    assert "12 jobs (12 × 1)" in text
    changes = "Cheaper per part: up to 1\u2009039 EOS M 100, from 1\u2009040 on EOS M 400-4"
    assert f"{changes}, ranges overlap: not certain" in text
    assert "uncalibrated: values assumed" in text
    assert "comparison 3fa9c1d2" in text


def test_calibrated_machines_are_told_from_others(made):
    text = said(draw_comparison(cases(made)["calibrated"], **FOOT))
    assert "calibrated: EOS M 400-4, calibrated" in text
    assert "uncalibrated: EOS M 100" in text
    assert "values assumed" in text
    assert "…" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_times_and_their_ranges_have_one_form(lang):
    assert [one.replace(",", ".") for one in time_texts(Ranged(6.5e4, 3.4e4, 1.2e5), lang)] == [
        "18 h",
        "(9.4 – 33 h)",
    ]
    assert time_texts(Ranged(7e3, 6e3, 9e3), lang) == ("1 h 57 min", "(1 h 40 min – 2 h 30 min)")
    assert time_texts(Ranged(7e6, 6e6, 9e6), lang) == ("1\u2009944 h", "(1\u2009667 – 2\u2009500 h)")
    assert time_texts(Ranged(7e3, 7e3, 7e3), lang) == ("1 h 57 min", "")
    short, long = Ranged(3960.0, 2063.0, 8520.0), Ranged(2.2e4, 1.1e4, 4.3e4)
    told = [tuple(one.replace(",", ".") for one in pair) for pair in times_texts([short, long], lang)]
    assert told == [("1.1 h", "(0.6 – 2.4 h)"), ("6.1 h", "(3.1 – 12 h)")]
    assert times_texts([Ranged(60.0, 60.0, 60.0), long], lang)[0][0] == "1 min 00 s"
    assert [side_text(side, "en") for side in (50.0, 0.08, float(np.float32(0.3)))] == ["50.0", "0.08", "0.3"]


def test_numbers_have_one_kind_of_blank(made):
    blank = "\u2009"
    assert [figure_text(n, "en") for n in (980, 5874, 25559)] == ["980", f"5{blank}874", f"25{blank}559"]
    assert figure_text(5874.5, "de", 1) == f"5{blank}874,5"
    assert counted("pl", "part", 5000) == f"5{blank}000 części"


def test_by_how_much_a_part_does_not_fit_is_said(made):
    text = said(draw_comparison(cases(made)["two materials, one machine too small"], **FOOT))
    # The outline is a square of 120 mm; the platform is round.
    over = 120 * np.sqrt(2) - made.machine(1).build_volume.size_x_mm.value
    assert text.count(f"does not fit: {over:.1f} mm too wide") == 2


def test_what_does_not_fit_is_said(made):
    for lang in LANGUAGES:
        assert words(lang, "misfit") in said(
            draw_comparison(cases(made)["one does not fit"], lang=lang, **FOOT)
        )
        alt = comparison_alt_text(cases(made)["one does not fit"], lang=lang)
        assert words(lang, "misfit") in alt
        assert "EOS M 400-4" in alt


def test_bars_are_as_long_as_the_times(made):
    one = cases(made)["two machines"]
    figure = draw_comparison(one, **FOOT)
    bars = [p for p in figure.findobj(Rectangle) if p.get_height() == pytest.approx(0.6)]
    first, second = bars[: len(CAUSES)], bars[len(CAUSES) :]
    widths = [sum(p.get_width() for p in group) for group in (first, second)]
    assert widths[0] / widths[1] == pytest.approx(159.6 / 24.0)
    parts = [p.get_width() / widths[1] for p in second]
    assert parts == pytest.approx([0.1, 0.25, 0.3, 0.1, 0.1, 0.05, 0.1])


def test_build_spaces_have_one_scale(made):
    from matplotlib.patches import Circle

    figure = draw_comparison(cases(made)["two machines"], **FOOT)
    circle = next(p for p in figure.findobj(Circle) if p.get_facecolor()[:3] == (244 / 255,) * 3)
    square = next(p for p in figure.findobj(Rectangle) if p.get_facecolor()[:3] == (244 / 255,) * 3)
    assert square.get_width() / (2 * circle.radius) == pytest.approx(4)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_comparison_gives_the_same_bytes(made, tmp_path, suffix):
    paths = [
        style.save(draw_comparison(cases(made)["two machines"], **FOOT), tmp_path / f"{name}.{suffix}")
        for name in "ab"
    ]
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert len(first) > 5000
    if suffix == "svg":
        assert b"EOS M 400-4" in first  # text as text
        assert b"<dc:date>" not in first
    if suffix == "pdf":
        assert b"CreationDate" not in first


def test_numbers_take_the_form_that_the_language_asks_for():
    assert [counted("pl", "part", n) for n in (1, 2, 5, 12, 22)] == (
        ["1 część", "2 części", "5 części", "12 części", "22 części"]
    )
    assert [counted("pl", "job", n) for n in (1, 3, 12, 23)] == [
        "1 zadanie",
        "3 zadania",
        "12 zadań",
        "23 zadania",
    ]
    assert [counted("cs", "part", n) for n in (1, 4, 5, 22)] == ["1 díl", "4 díly", "5 dílů", "22 dílů"]
    assert counted("de", "set", 2) == "2 Sätze"


def test_a_language_without_words_is_refused(made):
    with pytest.raises(UsageError) as caught:
        draw_comparison(cases(made)["one machine"], lang="fr", **FOOT)
    assert caught.value.code == "E104"
