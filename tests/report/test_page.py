"""The report says what the summary says, in four languages, and does no harm whatever a part is called."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import math
import re
from pathlib import Path

import pytest
from tests.report.conftest import NASTY, Page, run

import amprep.report
from amprep.demonstrators.primitives import box
from amprep.explanations import explanation
from amprep.languages import LANGUAGES
from amprep.languages.messages import translated_message
from amprep.output.stl import write_stl
from amprep.report.figures import tiles
from amprep.report.grounds import parameter_sets
from amprep.report.local import number, percent, rounded, say, span_of, with_unit
from amprep.runs import open_run


def at(document, path):
    """A number of the summary by its path: ``lasers.0.busy_s``."""
    for step in path.split("."):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def test_every_figure_is_that_of_the_summary(reported):
    figures = {key: values for key, values in reported.page.figures.items() if key != "audit_sum"}
    assert len(figures) > 40
    for key, values in figures.items():
        assert set(values) == {at(reported.summary, key)}, key


@pytest.mark.parametrize(
    "key",
    [
        *("time_s.job", "time_s.total", "time_s.recoating", "time_s.exposure", "time_s.cooling"),
        *("layers", "mass_g.charge", "mass_g.part", "mass_g.consumed", "energy_kwh.total", "gas_m3.total"),
        *("cost_eur.total", "lasers.3.utilisation_pct", "area_audit.lost_thin_mm2", "regions.core.length_mm"),
    ],
)
def test_what_one_wants_to_know_is_there(reported, key):
    assert key in reported.page.figures


def test_the_audit_adds_up(reported):
    figures = reported.page.figures
    rows = ("hatched", "contoured", "edged", "compensated", "lost_thin", "lost_short", "lost_gap")
    told = math.fsum(figures[f"area_audit.{name}_mm2"][0] for name in rows)
    assert told == pytest.approx(figures["area_audit.sliced_mm2"][0], rel=1e-9)
    assert figures["audit_sum"] == [pytest.approx(told)]
    lost = math.fsum(figures[f"area_audit.{name}_mm2"][0] for name in rows if name.startswith("lost"))
    assert lost == pytest.approx(reported.summary["area_audit"]["lost_mm2"])


def test_pieces_of_the_bars_fill_them(reported):
    bars = {}
    for tag, found in reported.page.elements:
        if tag == "rect" and "piece" in (found.get("class") or ""):
            kind = (
                "audit"
                if any(name in found["class"] for name in ("hatched", "contoured", "lost"))
                else "time"
            )
            bars[kind] = bars.get(kind, 0.0) + float(found["width"])
    assert bars == {"audit": pytest.approx(100, abs=1e-2), "time": pytest.approx(100, abs=1e-2)}


def test_each_place_that_is_lost_is_told(reported):
    text = reported.page.text("en")
    for place in reported.summary["area_audit"]["lost_places"]:
        assert f"{place['part']} {place['layer']} {place['top_mm']:.2f} {place['x_mm']:.2f}" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_warnings_with_what_to_do(reported, lang):
    text = reported.page.text(lang)
    assert {one["code"] for one in reported.summary["warnings"]} == {"W110", "W212"}
    for one in reported.summary["warnings"]:
        page = explanation(one["code"], language="de" if lang == "de" else "en")
        said = translated_message(one["text"], "de") if lang == "de" else one["text"]
        for words in (one["code"], one["where"], said, page.title, page.means, page.matters, page.fix):
            assert " ".join(words.split()) in text
    (note,) = (found["class"] for _, found in reported.page.elements if "not-en" in found.get("class", ""))
    assert note.split() == ["hint", "not-en", "not-de"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_assumed_values_say_so(reported, lang):
    words = {"en": "assumed", "de": "angenommen", "cs": "předpoklad", "pl": "założenie"}[lang]
    text = reported.page.text(lang)
    assert text.count(words) > 20
    assert say("headline_assumed").in_language(lang) in text


def test_tiles_on_assumed_values_say_so(reported):
    summary = copy.deepcopy(dict(reported.summary))
    for rows in summary["assumptions"].values():
        for row in rows:
            row["grade"] = "published"
    assert not any(tile.is_assumed for tile in tiles(summary))
    summary["assumptions"]["gas_m3"][0]["grade"] = "recalled"
    assert [tile.figure.key for tile in tiles(summary) if tile.is_assumed] == ["gas_m3.total"]
    page = (reported.job / "report.html").read_text(encoding="utf-8")
    shown = page.partition('<div class="tiles">')[2].partition("<nav")[0]
    assert shown.count("unsure-text") == sum(tile.is_assumed for tile in tiles(reported.summary)) > 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_is_complete(reported, lang):
    text = reported.page.text(lang)
    for head in ("time", "powder", "cost", "lasers", "warnings", "audit", "pictures", "basis", "parameters"):
        assert say(head).in_language(lang) in text
    assert not re.search(r"\{\w+\}", text)
    mark = "." if lang == "en" else ","
    assert (
        with_unit(reported.summary["energy_kwh"]["total"], "kWh").in_language(lang).replace("\u00a0", " ")
        in text
    )
    assert re.search(rf"\d{re.escape(mark)}\d+ kWh", text)


def test_every_input_of_a_total_has_words_in_the_languages(reported):
    """A field of a profile may stand beside its words, never in their place."""
    for total in ("job_s", "charge_g", "loss_g", "energy_kwh", "gas_m3", "cost_eur"):
        for row in reported.summary["assumptions"][total]:
            from amprep.report.grounds import input_label

            assert input_label(row["input"]) != row["input"], row["input"]


def test_what_a_set_exposes_again_stands_in_that_set_alone(tmp_path):
    write_stl(box((3.0, 3.0, 0.4)), tmp_path / "cube.stl")
    text = 'machine = "m400-4"\n[[parts]]\nfile = "cube.stl"\n[[rules]]\nlayers = "1..3"\n'
    text += '[rules.reexpose]\nregions = ["core"]\nscan_speed_mm_s = 1300\n'
    (tmp_path / "job.toml").write_text(text, encoding="utf-8")
    outcome = run("run", "job.toml", "-o", "cube.amjob", "--no-report", "-j", "1", cwd=tmp_path)
    assert outcome.exit_code == 0, outcome.stderr
    opened = open_run(tmp_path / "cube.amjob")
    record = json.loads((tmp_path / "cube.amjob/job.json").read_text(encoding="utf-8"))
    plain, ruled = parameter_sets(opened, record["exposures"])
    assert len(ruled.rows) == len(plain.rows) + 1
    found = [[cell.in_language("en").replace("\xa0", " ") for cell in row[:3]] for row in ruled.rows]
    assert ["Core, exposed once more", "214 W", "1300 mm/s"] in found


def test_names_are_text(reported):
    raw = reported.path.read_text(encoding="utf-8")
    assert "<b>W" not in raw
    assert "<img src=x" not in raw
    assert "<i>" not in raw
    for lang in LANGUAGES:
        assert " ".join(NASTY.split()) in reported.page.text(lang)
        assert "Zittau <i>1</i>" in reported.page.text(lang)


def test_the_policy_allows_what_stands_in_the_page_and_no_more(reported):
    raw = reported.path.read_text(encoding="utf-8")
    (policy,) = (
        found["content"]
        for found in reported.page.of("meta")
        if found.get("http-equiv") == "Content-Security-Policy"
    )
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", raw, re.DOTALL)
        assert len(blocks) == 2
        digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in blocks]
        assert rules[f"{tag}-src"] == [f"'sha256-{digest}'" for digest in digests]
    assert not [found for _, found in reported.page.elements if "style" in found]
    assert not [name for _, found in reported.page.elements for name in found if name.startswith("on")]


def test_nothing_is_fetched(reported):
    for tag, found in reported.page.elements:
        for name in ("src", "href", "action", "poster", "data", "srcset", "xlink:href"):
            value = found.get(name)
            assert value is None or value.startswith(("data:image/png;base64,", "data:,", "#")), (tag, name)


def test_pictures_are_those_of_the_folder_and_described(reported):
    images = reported.page.of("img")
    stored = {
        f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
        for path in (reported.job / "plots").glob("*.png")
    }
    assert {found["src"] for found in images} == stored
    for found in images:
        texts = [found[f"data-alt-{lang}"] for lang in LANGUAGES]
        assert len(set(texts)) == len(LANGUAGES)
        assert all(len(text) > 30 for text in texts)
        assert found["alt"] == found["data-alt-de"]


def test_headings_and_landmarks(reported):
    page = reported.page
    assert [found["lang"] for found in page.of("html")] == ["de"]
    for landmark in ("header", "main", "nav", "footer"):
        assert page.of(landmark), landmark
    assert len(page.of("h1")) == 1
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    targets = {found["href"][1:] for found in page.of("a")}
    assert targets <= set(ids)
    for found in page.of("th"):
        assert found.get("scope") in {"row", "col"}


def test_the_terminal_and_the_summary_name_it(reported):
    assert "report.html" in reported.terminal
    assert "small.amjob/report.html" in reported.summary["outputs"]


def test_without_a_report(reported, tmp_path):
    outcome = run(
        "run", "job.toml", "-o", tmp_path / "bare.amjob", "--no-report", "-j", "1", cwd=reported.folder
    )
    assert outcome.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "bare.amjob").iterdir()) == [
        *("job.json", "job.toml", "layers.parquet", "summary.json", "vectors"),
    ]


def test_no_word_is_dead():
    source = Path(amprep.report.__file__).parent
    used = "".join(
        path.read_text(encoding="utf-8") for path in (*source.glob("*.py"), *source.glob("static/*.jinja"))
    )
    catalogue = (source.parent / "languages" / "en" / "report.po").read_text(encoding="utf-8")
    made = ("grade_", "input ", "word ", "in_", "total_", "cost_", "theme_")
    dead = [
        key
        for key in re.findall(r'^msgid "(.+)"$', catalogue, re.MULTILINE)
        if f'"{key}"' not in used and not key.startswith(made)
    ]
    assert not dead


def test_texts_of_numbers():
    assert rounded(3.2241901).in_language("de") == "3,22"
    assert rounded(121_343.4).in_language("pl") == "121\u2009343"
    assert span_of(1.3, 3.0, "").in_language("en") == "1.3\u2009–\u20093"
    assert percent(1e-7).in_language("cs") == "<\u00a00,001\u00a0%"
    assert percent(0.999999999).in_language("en") == "99.999\u00a0%"
    assert percent(1.0 - 2**-53).in_language("en") == "100\u00a0%", "what adding up leaves is no loss"
    assert len(number(5).groups) == 1
    assert json.dumps(number(1.5, 1).groups) == '[["en", "1.5"], ["de cs pl", "1,5"]]'


def test_of_many_parts_most_are_folded_away(tmp_path):
    write_stl(box((3.0, 3.0, 0.2)), tmp_path / "pin.stl")
    parts = "".join(f'[[parts]]\nfile = "pin.stl"\nname = "pin {i}"\n' for i in range(30))
    (tmp_path / "job.toml").write_text(
        f'amprep = 1\nname = "pins"\nmachine = "m400-4"\n[cost]\n{parts}', "utf-8"
    )
    assert run("run", "job.toml", "-j", "1", cwd=tmp_path).exit_code == 0
    text = (tmp_path / "pins.amjob" / "report.html").read_text("utf-8")
    for name in ("cost", "parts"):
        section = text.split(f'<section id="{name}">')[1].split("</section>")[0]
        shown, folded = section.split("<details>")
        assert [len(re.findall(r">\s*pin \d+</th>", one)) for one in (shown, folded)] == [12, 18]
        assert "18 more parts" in folded
    page = Page(text)
    assert len([key for key in page.figures if key.startswith("cost_eur.parts.")]) == 30
