"""Handouts, the index page, the kit and the commands; where a job is needed, a small one."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.cli.demo_kit import KitOptions, write_kit
from amprep.demonstrators.catalogue import DEMONSTRATORS, demonstrator
from amprep.demonstrators.primitives import box, sphere
from amprep.errors import OutputError, UsageError
from amprep.languages import LANGUAGES, words
from amprep.output.job_folder import job_folder
from amprep.pictures.part_view import draw_parts, parts_png
from amprep.workshop.figures import DemoFigures, expected_figures
from amprep.workshop.handout import capital, handout_html, look_key, printed_words
from amprep.workshop.index_page import KitRun, KitTile, index_html
from amprep.workshop.kit_folder import kit_folder, require_free

NAMES = [demo.name for demo in DEMONSTRATORS]
FIGURES = [
    DemoFigures("EOS M 100", 1800, 0.02, 123456.0, 33.2, 12345.0, is_assumed=True, lasers=1),
    DemoFigures("EOS M 400-4", 900, 0.04, 45678.0, 66.2, 112345.0, is_assumed=True, lasers=4),
]
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def picture():
    return parts_png([(box((30.0, 20.0, 10.0)), (0.0, 0.0))], width_px=240, height_px=150)


# ---- words


def test_every_demonstrator_has_all_its_words_in_every_language():
    keys = [f"{name}.{key}" for name in NAMES for key in ("title", "line", "shows", "why")]
    keys += [f"{name}.{key}{n}" for name in NAMES for key in ("look", "q") for n in (1, 2, 3)]
    for lang in LANGUAGES:
        texts = [words("demos", lang, key) for key in keys]
        assert len(set(texts)) == len(texts), f"a text of {lang} stands twice"
        assert not [text for text in texts if not text.strip() or "TODO" in text]
        for name in NAMES:
            assert len(words("demos", lang, f"{name}.shows")) > 100
            assert words("demos", lang, f"{name}.q1").endswith((".", "?"))
        if lang != "en":
            same = [key for key in keys if words("demos", lang, key) == words("demos", "en", key)]
            assert not same, f"{lang} is as in English: {same}"


def test_numbers_stay_with_their_units_and_short_words_with_the_next():
    say = printed_words("pl")
    assert "4\u00a0mm" in say("tensile-bars.shows")
    assert "z\u00a0kilku" in say("tensile-bars.why")
    assert " z " not in say("tensile-bars.why")


# ---- pictures of parts


def test_a_picture_shows_the_part_and_nothing_around_it():
    drawn = draw_parts([(sphere(10.0, 4), (0.0, 0.0))], width_px=300, height_px=200)
    assert drawn.shape == (200, 300, 4)
    opaque = drawn[..., 3] > 127
    # A ball that takes all of the height but for the margins.
    assert opaque.sum() == pytest.approx(np.pi * (0.47 * 200) ** 2, rel=0.03)
    assert drawn[0, 0, 3] == 0


def test_what_is_nearer_hides_what_is_farther():
    """A small box before a large one changes the picture, one behind it does not."""
    large = box((20.0, 20.0, 20.0))
    alone = draw_parts([(large, (0.0, 0.0))], width_px=120, height_px=120)
    within = draw_parts(
        [(large, (0.0, 0.0)), (box((5.0, 5.0, 5.0)), (0.0, 0.0))], width_px=120, height_px=120
    )
    np.testing.assert_array_equal(alone, within)


def test_pictures_are_the_same_bytes_again(picture):
    again = parts_png([(box((30.0, 20.0, 10.0)), (0.0, 0.0))], width_px=240, height_px=150)
    assert again == picture
    assert struct.unpack(">II", picture[16:24]) == (240, 150)


# ---- handouts


class _Sources(HTMLParser):
    """Addresses that a page would ask for, and its tags."""

    def __init__(self):
        super().__init__()
        self.asked, self.links, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(found["href"])
        elif found.get("src") or found.get("href"):
            self.asked.append(found.get("src") or found["href"])


def read_page(html):
    page = _Sources()
    page.feed(html)
    return page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_handout_says_all_and_asks_nothing_from_outside(name, lang, picture):
    html = handout_html(name, lang, picture, FIGURES)
    page = read_page(html)
    assert all(address.startswith("data:image/png;base64,") for address in page.asked)
    assert "script" not in page.tags
    assert f'<html lang="{lang}">' in html
    say = printed_words(lang)
    plain = html.replace("&#39;", "'").replace("&#34;", '"')
    for key in ("title", "shows", "why", "look2", "look3", "q1", "q2", "q3"):
        assert say(f"{name}.{key}") in plain
    assert say("note_assumed") in html
    assert {"en": "34 h 18 min *", "de": "12,3 kg *"}.get(lang, "33,2 g *") in html.replace("\u00a0", " ")
    assert say("value_layers", count="900", thickness="40") in html


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_what_to_look_at_fits_the_machine(name, lang, picture):
    """Texts name a machine only where they compare it with another one."""
    one_laser = handout_html(name, lang, picture, FIGURES[:1]).replace("\u00a0", " ").replace("&#39;", "'")
    several = handout_html(name, lang, picture, FIGURES).replace("\u00a0", " ").replace("&#39;", "'")
    for number in (1, 2):
        text = words("demos", lang, look_key(name, number, lasers=1))
        assert capital(text) in one_laser
        assert capital(words("demos", lang, f"{name}.look{number}")) in several
        assert "M 400-4" not in text or name == "four-laser-plate"
    assert ("one_laser" in look_key(name, 1, lasers=1)) == (name == "four-laser-plate")
    assert look_key(name, 1, lasers=4) == f"{name}.look1"


def test_confirmed_figures_bear_no_mark(picture):
    sure = DemoFigures("Own", 10, 0.04, 100.0, 1.0, 10.0, is_assumed=False, lasers=1)
    html = handout_html("nozzle", "en", picture, [sure])
    assert " *<" not in html
    assert words("demos", "en", "note_assumed") not in html


@needs_chromium
@pytest.mark.parametrize(("name", "lang"), [("overhang-fan", "pl"), ("tensile-bars", "de")])
def test_a_handout_prints_on_one_page(name, lang, picture, tmp_path):
    """Those with most words."""
    page, paper = tmp_path / "handout.html", tmp_path / "handout.pdf"
    page.write_text(handout_html(name, lang, picture, FIGURES), encoding="utf-8")
    arguments = [*FLAGS, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri()]
    subprocess.run([CHROMIUM, *arguments], check=True, capture_output=True, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes())) == 1


# ---- index page


@pytest.fixture(scope="module")
def index(picture):
    runs = [
        tuple(
            KitRun(f"{name}/{folder}", figures, (name,), ("layer", "layer-time"))
            for folder, figures in zip(("m100", "m400-4"), FIGURES, strict=True)
        )
        for name in NAMES
    ]
    tiles = [KitTile(name, picture, one) for name, one in zip(NAMES, runs, strict=True)]
    return index_html(tiles, LANGUAGES)


def test_the_index_leads_to_everything_and_asks_nothing(index):
    page = read_page(index)
    assert all(address.startswith("data:") for address in page.asked)
    links = set(page.links)
    for name in NAMES:
        assert {f"{name}/handout-{lang}.html" for lang in LANGUAGES} <= links
        for machine in ("m100", "m400-4"):
            assert {
                f"{name}/{machine}/{file}" for file in ("report.html", "job.toml", f"{name}.stl")
            } <= links
            assert f"{name}/{machine}/slides/cs/layer-time.png" in links
    assert not [link for link in links if re.match(r"[a-z]+:|/", link)]


@needs_chromium
def test_the_index_in_a_browser(index, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    file = tmp_path / "index.html"
    file.write_text(index, encoding="utf-8")
    asked, faults = set(), []
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 900}, locale="cs-CZ")
        page.on("request", lambda request: asked.add(request.url.partition("#")[0]))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(file.as_uri())
        assert page.get_attribute("html", "lang") == "cs", "the browser's language comes first"
        for lang in LANGUAGES:
            page.click(f"button[data-set-lang={lang}]")
            assert page.title() == words("demos", lang, "kit_title")
            assert page.inner_text("#nozzle h2") == printed_words(lang)("nozzle.title")
            assert page.evaluate("location.hash") == f"#{lang}"
            for width in (390, 820, 1920):
                page.set_viewport_size({"width": width, "height": 900})
                over = page.evaluate(
                    "[...document.querySelectorAll('h1, h2, td, th, a, button, summary, p')]"
                    ".filter((one) => one.offsetParent && one.getBoundingClientRect().right > innerWidth + 1)"
                    ".map((one) => one.innerText)"
                )
                assert not over, f"{lang}, {width} px: {over}"
        dark = page.get_attribute("html", "data-theme")
        page.focus("#theme")
        page.keyboard.press("Enter")
        assert page.get_attribute("html", "data-theme") != dark
        small = page.evaluate(
            "[...document.querySelectorAll('button, a.button, summary')].filter((one) => one.offsetParent"
            " && one.getBoundingClientRect().height < 44).length"
        )
        assert small == 0, "too small to touch"
        browser.close()
    assert asked == {file.as_uri()}
    assert not faults


# ---- folder of a kit


def test_a_kit_appears_whole(tmp_path):
    with kit_folder(tmp_path / "kit", force=False) as building:
        (building / "kit.json").write_text('{"schema": "amprep.kit/1"}')
        assert not (tmp_path / "kit").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
def test_an_interrupted_kit_leaves_nothing_and_keeps_the_old_one(fault, tmp_path):
    old = tmp_path / "kit"
    old.mkdir()
    (old / "kit.json").write_text('{"schema": "amprep.kit/1", "old": true}')

    def write_half():
        with kit_folder(old, force=True) as building:
            (building / "half").mkdir()
            raise fault

    with pytest.raises(fault):
        write_half()
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]
    assert "old" in (old / "kit.json").read_text()
    with kit_folder(old, force=True) as building:
        (building / "kit.json").write_text('{"schema": "amprep.kit/1"}')
    assert "old" not in (old / "kit.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]


@pytest.mark.parametrize("folder_of", [partial(kit_folder, force=False), partial(job_folder, force=False)])
def test_what_cannot_be_written_is_told_by_its_place(folder_of, tmp_path):
    def fill_up():
        with folder_of(tmp_path / "done") as building:
            raise OutputError("no space", code="E502", where=str(building / "plots" / "layer.png"))

    with pytest.raises(OutputError) as caught:
        fill_up()
    assert caught.value.where == str(tmp_path / "done" / "plots" / "layer.png")
    assert caught.value.why == "Nothing was left behind."
    assert not list(tmp_path.iterdir())


def test_places_that_a_kit_does_not_take(tmp_path):
    def code(folder, force):
        with pytest.raises(OutputError) as caught:
            require_free(folder, force=force)
        return caught.value.code

    foreign = tmp_path / "photos"
    foreign.mkdir()
    require_free(foreign, force=False)
    (foreign / "cat.png").touch()
    assert code(foreign, force=True) == "E553"
    (foreign / "cat.png").rename(foreign / "kit.json")
    assert code(foreign, force=True) == "E553"
    (foreign / "kit.json").write_text('{"schema": "amprep.kit/1"}')
    assert code(foreign, force=False) == "E501"
    require_free(foreign, force=True)
    assert code(foreign / "kit.json", force=True) == "E553"
    assert code(tmp_path / "not" / "there", force=False) == "E502"


# ---- commands


@pytest.fixture
def small_nametag(monkeypatch):
    """The name tag as a box of three layers, so that its way through the command is short."""
    from amprep.demonstrators import catalogue

    def parts(_small, text):
        return (catalogue.DemoPart("nametag", box((3.0, 2.0, 0.12 if text else 0.16))),)

    small = catalogue.Demonstrator("nametag", parts)
    monkeypatch.setattr(catalogue, "DEMONSTRATORS", (small, *catalogue.DEMONSTRATORS[1:]))


def run(*arguments):
    return CliRunner().invoke(app, ["demo", *arguments], env={"AMPREP_LANG": "de"})


def test_a_run_ends_with_something_to_show(small_nametag, tmp_path):
    folder = tmp_path / "out"
    done = run("run", "nametag", "--text", "Anna", "-o", str(folder), "--lang", "cs", "-j", "1")
    assert done.exit_code == 0, done.stderr
    assert "Jmenovka" in done.stdout
    assert "nametag.amjob/report.html" in done.stdout
    assert sorted(path.name for path in (folder / "nametag").iterdir()) == [
        "handout-cs.html",
        "job.toml",
        "nametag.amjob",
        "nametag.stl",
        "picture.png",
    ]
    again = run("run", "nametag", "-o", str(folder))
    assert again.exit_code == 5
    assert "Fehler[E501]" in again.stderr
    assert run("run", "nametag", "-o", str(folder), "--force", "-j", "1").exit_code == 0


def test_what_a_run_refuses_leaves_nothing(tmp_path):
    for arguments, code in (
        (("run", "nametag", "--text", ""), "E152"),
        (("run", "nametagg"), "E104"),
        (("run", "nozzle", "--text", "Anna"), "E104"),
        (("run", "nozzle", "-m", "m500"), "E101"),
        (("run", "nozzle", "--lang", "fr"), "E104"),
    ):
        done = run(*arguments, "-o", str(tmp_path / "out"))
        assert done.exit_code == 2
        assert f"Fehler[{code}]" in done.stderr
    assert not (tmp_path / "out" / "nametag").exists()


def test_a_kit_holds_what_its_index_leads_to(small_nametag, tmp_path):
    folder = tmp_path / "stick"
    done = run(
        "kit", str(folder), "--only", "nametag", "-m", "m400-4", "-m", "M400-4", "--lang", "de", "-j", "1"
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout.strip() == f"Das Paket ist fertig: {folder.as_posix()}/index.html im Browser öffnen."
    assert "1 von 1: nametag auf EOS M 400-4" in done.stderr
    links = read_page((folder / "index.html").read_text(encoding="utf-8")).links
    assert links
    assert all((folder / link).is_file() for link in links)
    assert (folder / "nametag/m400-4/slides/de/lasers.png").is_file()
    with (folder / "nametag/m400-4/slides/de/layer.png").open("rb") as file:
        assert struct.unpack(">II", file.read(24)[16:]) == (1920, 1080)
    mark = json.loads((folder / "kit.json").read_text(encoding="utf-8"))
    assert mark["demonstrators"] == ["nametag"]
    assert mark["languages"] == ["de"]
    assert not list(folder.rglob("*.parquet"))
    text = (folder / "nametag/m400-4/summary.json").read_text(encoding="utf-8")
    assert "amprep-kit-" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["stick"]


def test_a_kit_refuses_before_any_work(tmp_path):
    options = KitOptions(("m400-4",), ("nozzle",), "fr", None, None)
    with pytest.raises(UsageError, match='no texts in the language "fr"'):
        write_kit(tmp_path / "kit", options)
    (tmp_path / "kit").write_text("a file")
    with pytest.raises(OutputError) as caught:
        write_kit(tmp_path / "kit", KitOptions(("m400-4",), ("nozzle",), "all", None, None))
    assert caught.value.code == "E553"


def test_the_list_tells_expected_figures():
    done = run("list", "--json")
    document = json.loads(done.stdout)
    assert [row["name"] for row in document["demonstrators"]] == NAMES
    assert document["demonstrators"][0]["title"] == "Namensschild"
    assert document["demonstrators"][0]["expected"]["m100"]["layers"] == 150
    told = run("list", "--lang", "pl")
    assert told.exit_code == 0
    assert words("demos", "pl", "list_assumed") in told.stdout
    assert all(name in told.stdout for name in NAMES)


# ---- expected figures


@pytest.mark.parametrize("machine", ["m100", "m400-4"])
@pytest.mark.parametrize("name", NAMES)
def test_time_and_powder_are_as_expected(name, machine, tmp_path):
    """From areas and edges, within 0.2 %; a few small jobs also from all their vectors, below.

    A change of profiles or of the time model changes them: ``python -m benchmarks.demonstrators --update``.
    """
    from amprep.assembling import assemble_job
    from amprep.profiles import find_machine
    from amprep.quick import quick_estimate
    from amprep.reading.job_file import read_job_file
    from amprep.workshop.figures import figures_of_estimate
    from amprep.workshop.writing import DEFAULT_TEXT, write_demo

    write_demo(demonstrator(name), find_machine(machine), tmp_path, text=DEFAULT_TEXT, reference=machine)
    job = assemble_job(read_job_file(tmp_path / "job.toml"), tmp_path)
    expected = expected_figures()[name][machine]
    assert figures_of_estimate(quick_estimate(job)) == pytest.approx(expected["quick"], rel=2e-3)
    assert expected["quick"]["job_s"] == pytest.approx(expected["full"]["job_s"], rel=0.02)
    if (name, machine) in {("nametag", "m100"), ("four-laser-plate", "m400-4")}:
        from amprep.pipeline import prepare

        assert figures_of_estimate(prepare(job).estimate) == pytest.approx(expected["full"], rel=1e-3)
