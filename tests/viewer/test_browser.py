"""The page in a browser: what it shows, does and asks for."""

from __future__ import annotations

import shutil
from importlib.resources import files as files_of
from pathlib import Path

import pytest
from tests.viewer.conftest import NASTY
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.languages import LANGUAGES
from amprep.runs import open_run
from amprep.viewer.encoding import HATCHED
from amprep.viewer.page import page_of, viewer_parts
from amprep.viewer.payload import packed_layers

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on the path")

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESK, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
PIXELS = """name => {
  const c = document.getElementById(name), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let sum = 0;
  for (let i = 0; i < d.length; i += 4)
    sum = (sum * 31 + d[i] + 7 * d[i + 1] + 13 * d[i + 2] + d[i + 3]) % 1e9;
  return sum;
}"""
#: Moves a slider.
SET = """([name, value]) => {
  const one = document.getElementById(name);
  one.value = value;
  one.dispatchEvent(new Event("input"));
}"""
#: Controls without a name.
NAMELESS = """() => ["button", "select", "input", "canvas"]
  .flatMap(kind => [...document.querySelectorAll(`#apv ${kind}`)])
  .filter(one => !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label")
    || one.getAttribute("aria-hidden"))).map(one => one.id)"""
#: Elements whose text is wider or higher than they are, or that stick out of the window.
OVERFLOWING = """() => [...document.querySelectorAll("#apv *")].filter(one => {
  const box = one.getBoundingClientRect();
  if (!box.width || one.closest("svg") || one.closest("select")) return false;
  const inside = one.scrollWidth <= one.clientWidth + 1 || getComputedStyle(one).display === "inline";
  return !inside || box.right > innerWidth + 1 || box.left < -1;
}).map(one => `${one.tagName}#${one.id}.${one.className} ${one.textContent.slice(0, 40)}`)"""


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as machine:
        found = machine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(run, tmp_path_factory) -> dict[str, Path]:
    """The page with all vectors, and one that is thinned."""
    shop = tmp_path_factory.mktemp("pages")
    whole = packed_layers(run, range(run.layer_count), 10**8).thinning.size_bytes
    found = {}
    for name, budget in (("all", 10**8), ("thin", int(0.5 * whole))):
        found[name] = shop / f"{name}.html"
        parts = viewer_parts(run, lang="de", budget_bytes=budget)
        found[name].write_text(page_of(parts, title=NASTY, lang="de"), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser, files):
    """Opens a page; at the end nothing may have been complained of or asked for."""
    pages, said, asked = [], [], []

    def open_page(name="all", size=DESK, **more):
        page = browser.new_page(viewport=size, **more)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(files[name].as_uri())
        page.wait_for_selector("#apv[data-ready=yes]", state="attached", timeout=30_000)
        pages.append((page, files[name]))
        return page

    yield open_page
    for page, _ in pages:
        page.close()
    assert said == []
    assert {url for url in asked if not url.startswith("data:")} == {file.as_uri() for _, file in pages}


def stats(page):
    return page.evaluate("window.apvStats")


def until(page, condition: str):
    # The page's policy forbids playwright's own way of waiting, which evaluates text.
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def layer_is(page, index: int):
    until(page, f"window.apvStats.layer === {index}")


def test_first_layer_and_title(opened, run):
    page = opened()
    seen = stats(page)
    assert page.title() == NASTY
    assert page.text_content("#apv-name") == NASTY
    assert seen["layer"] == 0
    assert seen["count"] == run.layer_count
    assert seen["vectors"] == len(run.layer(0))
    assert page.text_content("#apv-layer") == f"Schicht 1 von {run.layer_count}"
    assert "angenommen" in page.text_content("#apv-gas")


def test_lasers_work_as_long_as_the_job_says(opened, run):
    page = opened()
    for index in range(run.layer_count):
        page.evaluate(f"apv.show({index})")
        layer_is(page, index)
        seen = stats(page)
        busy = run.estimate.layer_times.busy_s[index].tolist()
        # The page reckons from speeds, jumps and delays itself. The grid rounds lengths a little, so that a
        # way on the verge between turn and jump may count as the other one.
        assert seen["raw"] == pytest.approx(busy, rel=2e-3, abs=2e-3)
        assert seen["busy"] == pytest.approx(busy, rel=1e-5)
        assert seen["told"] == pytest.approx(busy, rel=1e-6)


def test_slider_strip_and_keys_choose_the_layer(opened, run):
    page = opened()
    seen = {0: page.evaluate(PIXELS, "apv-base")}
    last = run.layer_count - 1
    page.evaluate(SET, ["apv-slider", 8])
    layer_is(page, 7)
    page.wait_for_timeout(60)
    seen[7] = page.evaluate(PIXELS, "apv-base")
    page.click("#apv-over", position={"x": 300, "y": 5})
    for key, index in (
        ("ArrowRight", 8),
        ("ArrowLeft", 7),
        ("Home", 0),
        ("End", last),
        ("PageDown", max(0, last - 10)),
    ):
        page.keyboard.press(key)
        layer_is(page, index)
    assert page.get_attribute("#apv-strip", "aria-valuenow") == str(stats(page)["layer"] + 1)
    box = page.locator("#apv-strip").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 50)
    layer_is(page, last)
    page.wait_for_timeout(60)
    seen[last] = page.evaluate(PIXELS, "apv-base")
    assert len(set(seen.values())) == 3


#: Ticks of the axis of heights, as places in x, and words of the strip with their places and widths.
STRIP = """() => {
  const made = CanvasRenderingContext2D.prototype, ticks = [], words = [];
  const { lineTo, fillText } = made;
  let y = 0, moveTo = made.moveTo;
  made.moveTo = function (x, at) { y = at; moveTo.call(this, x, at); };
  made.lineTo = function (x, at) {
    if (this.canvas.id === "apv-strip" && Math.abs(at - y - 5) < 1e-9) ticks.push(x);
    lineTo.call(this, x, at);
  };
  made.fillText = function (text, x, at) {
    const width = this.measureText(text).width;
    if (this.canvas.id === "apv-strip") words.push([text, x, at, width, this.textAlign]);
    fillText.call(this, text, x, at);
  };
  apv.show(1);
  return new Promise(done => setTimeout(() => done([ticks, words]), 300));
}"""


def test_each_height_on_a_phone_keeps_its_number(opened):
    page = opened(size=PHONE)
    ticks, words = page.evaluate(STRIP)
    assert len(ticks) > 1
    numbers = [one for one in words if one[4] == "center"]
    title = next(one for one in words if one[0].startswith("Bauhöhe"))
    assert len(numbers) == len(ticks)
    for tick, (_, x, y, width, _) in zip(ticks, numbers, strict=True):
        assert abs(tick - x) < width / 2
        assert x + width / 2 <= PHONE["width"]
        assert y + 13 <= title[2]
    assert title[2] + 13 <= page.locator("#apv-strip").bounding_box()["height"]


def test_zoom_by_wheel_keys_buttons_rectangle_and_fingers(opened):
    page = opened(has_touch=True)

    def scale() -> float:
        return stats(page)["scale"]

    start = scale()
    before = page.evaluate(PIXELS, "apv-base")
    page.mouse.move(500, 300)
    page.mouse.wheel(0, -300)
    until(page, f"window.apvStats.scale > {1.5 * start}")
    page.wait_for_timeout(60)
    assert page.evaluate(PIXELS, "apv-base") != before
    page.keyboard.press("0")
    until(page, f"Math.abs(window.apvStats.scale - {start}) < 1e-6")
    page.keyboard.press("+")
    assert scale() > start
    page.keyboard.press("-")
    page.click("#apv-zoom-plate")
    assert scale() < start
    page.click("#apv-zoom-part")
    page.click("#apv-box")
    page.mouse.move(400, 200)
    page.mouse.down()
    page.mouse.move(500, 260)
    page.mouse.up()
    assert scale() > 2 * start
    assert page.get_attribute("#apv-box", "aria-pressed") == "false"
    page.keyboard.press("0")
    page.evaluate("""() => {
      const over = document.getElementById("apv-over"), box = over.getBoundingClientRect();
      over.setPointerCapture = () => {};
      const tell = (type, id, x) => over.dispatchEvent(new PointerEvent(type,
        { pointerId: id, clientX: box.left + x, clientY: box.top + 200, bubbles: true }));
      tell("pointerdown", 11, 300); tell("pointerdown", 12, 400);
      tell("pointermove", 12, 500); tell("pointerup", 11, 300); tell("pointerup", 12, 500);
    }""")
    assert scale() == pytest.approx(2 * start, rel=1e-3)


def test_dragging_moves_the_view_and_nothing_is_chosen(opened):
    page = opened()
    before, scale = page.evaluate(PIXELS, "apv-base"), stats(page)["scale"]
    page.mouse.move(500, 250)
    page.mouse.down()
    page.mouse.move(560, 300)
    page.mouse.up()
    page.wait_for_timeout(60)
    assert page.evaluate(PIXELS, "apv-base") != before
    assert stats(page)["scale"] == scale
    assert stats(page)["selected"] is None


def test_colours(opened):
    page = opened()
    found = []
    for mode in ("region", "laser", "time", "energy"):
        page.evaluate(f"document.querySelector('input[value={mode}]').click()")
        until(page, f"window.apvStats.mode === '{mode}'")
        found.append((page.evaluate(PIXELS, "apv-base"), page.inner_text("#apv-legend")))
    assert len({pixels for pixels, _ in found}) == 4
    assert "Laser 4" in found[1][1]
    assert "0 s (Beginn)" in found[2][1].replace("\u00a0", " ")
    assert "J/mm" in found[3][1]


def test_energies_of_a_region_and_of_its_contour_are_told_apart(browser, folder, tmp_path):
    (tmp_path / "job.toml").write_text(
        f'machine = "m400-4"\n[[parts]]\nfile = "{(folder.parent / "box.stl").as_posix()}"\n'
        'structure = "support"\nunit = "mm"\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(
        app, ["run", str(tmp_path / "job.toml"), "--no-report", "-j", "1", "-o", str(tmp_path / "one.amjob")]
    )
    assert done.exit_code == 0, done.output
    parts = viewer_parts(open_run(tmp_path / "one.amjob"), lang="de", budget_bytes=10**8)
    (tmp_path / "one.html").write_text(page_of(parts, title="one", lang="de"), encoding="utf-8")
    page = browser.new_page(viewport=DESK)
    try:
        page.goto((tmp_path / "one.html").as_uri())
        page.wait_for_selector("#apv[data-ready=yes]", state="attached", timeout=30_000)
        page.evaluate("document.querySelector('input[value=energy]').click()")
        until(page, "window.apvStats.mode === 'energy'")
        legend = page.inner_text("#apv-legend")
    finally:
        page.close()
    assert legend.count("J/mm") == 2
    assert "Stütze, Kontur" in legend


@pytest.mark.parametrize("lang", LANGUAGES)
def test_languages_change_at_once_and_nothing_overflows(opened, run, lang):
    words = {
        "en": "Show scanning",
        "de": "Belichten zeigen",
        "cs": "Ukázat osvit",
        "pl": "Pokaż naświetlanie",
    }
    page = opened("thin", PHONE)
    page.evaluate(f"apv.show({run.layer_count // 2})")
    page.select_option("#apv-lang", lang)
    assert page.text_content("#apv-scan") == words[lang]
    assert page.get_attribute("#apv", "lang") == lang
    for size in (PHONE, DESK, {"width": 1024, "height": 700}):
        page.set_viewport_size(size)
        page.wait_for_timeout(80)
        for mode in ("region", "energy"):
            page.evaluate(f"document.querySelector('input[value={mode}]').click()")
            assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not any("{" in text for text in page.locator("#apv").all_inner_texts())


def test_thinned_layers_say_so(opened, run):
    page = opened("thin")
    seen = set()
    for index in range(run.layer_count):
        page.evaluate(f"apv.show({index})")
        layer_is(page, index)
        every = stats(page)["every"]
        assert page.is_visible("#apv-thin") == (every != 1)
        assert stats(page)["busy"] == pytest.approx(run.estimate.layer_times.busy_s[index].tolist(), rel=1e-5)
        if every != 1:
            seen.add(page.text_content("#apv-thin"))
    assert len(seen) == 1
    assert "Fülllinie" in seen.pop()
    assert "Konturen sind vollständig" in page.text_content("#apv-note")


def test_a_vector_tells_its_values(opened, run):
    page = opened()
    index = 2
    page.evaluate(f"apv.show({index})")
    layer_is(page, index)
    page.wait_for_timeout(60)
    page.click("#apv-zoom-part")
    box = page.locator("#apv-over").bounding_box()
    page.mouse.click(box["x"] + 0.35 * box["width"], box["y"] + 0.45 * box["height"])
    chosen = stats(page)["selected"]
    vectors = run.layer(index)
    power, speed = run.beams(index, vectors)
    times = run.vector_times(index, vectors)
    length = ((vectors.segments[:, :2] - vectors.segments[:, 2:]) ** 2).sum(axis=1) ** 0.5
    like = (
        (vectors.region == chosen["region"])
        & (vectors.laser == chosen["laser"])
        & (vectors.part == chosen["part"])
        & (power == chosen["power"])
        & (speed == chosen["speed"])
        & (abs(length - chosen["length"]) < 0.02)
        & (abs(times.marking_s - chosen["duration"]) < 2e-5)
    )
    assert like.any()
    assert chosen["energy"] == pytest.approx(chosen["power"] * chosen["duration"])
    text = page.inner_text("#apv-vector").replace("\u00a0", " ")
    assert f"{chosen['power']:.0f} W" in text
    assert f"{chosen['speed']:.0f} mm/s" in text
    assert HATCHED[chosen["region"]] == ("J/mm³" in text)
    page.keyboard.press("Escape")
    assert page.inner_text("#apv-vector") == ""


def test_a_measured_line_stays(opened):
    page = opened()
    page.keyboard.press("m")
    page.mouse.move(400, 250)
    page.mouse.down()
    page.mouse.move(500, 250)
    page.mouse.up()
    length = stats(page)["measured"]
    assert length == pytest.approx(100 / stats(page)["scale"], rel=0.02)
    over = page.evaluate(PIXELS, "apv-over")
    page.evaluate("apv.show(5)")
    layer_is(page, 5)
    assert stats(page)["measured"] == length
    page.keyboard.press("Escape")
    assert page.evaluate(PIXELS, "apv-over") != over


@pytest.mark.parametrize(
    ("now_s", "whole_s", "told"),
    [
        (0.0177, 0.0354, "17.7"),
        (0.002, 0.0044, "2.00"),
        (1.5, 3.91, "1.50"),
        (63.2, 107.0, "63.2\u00a0s"),
        (101.0, 107.0, "1\u00a0min 41\u00a0s"),
    ],
)
def test_a_moment_has_the_unit_of_the_whole(browser, now_s, whole_s, told):
    source = (files_of("amprep.viewer") / "static" / "03_words.js").read_text(encoding="utf-8")
    page = browser.new_page()
    script = f"() => {{ {source}; return speech({{lang: 'en'}}).momentOf({now_s}, {whole_s}); }}"
    assert page.evaluate(script) == told
    page.close()


def test_scanning_shows_all_lasers_at_once(opened):
    page = opened()
    page.select_option("#apv-pace", "whole30")
    page.click("#apv-scan")
    until(page, "window.apvStats.moment > 0 && window.apvStats.heads.length === 4")
    first = stats(page)["moment"]
    until(page, f"window.apvStats.moment > {first}")
    page.click("#apv-scan")
    still = stats(page)["moment"]
    page.wait_for_timeout(150)
    assert stats(page)["moment"] == still
    halfway = page.evaluate(PIXELS, "apv-scanned")
    page.evaluate(SET, ["apv-moment", 1000])
    assert stats(page)["moment"] == pytest.approx(max(stats(page)["busy"]), rel=1e-3)
    assert page.evaluate(PIXELS, "apv-scanned") != halfway
    page.click("#apv-scan-end")
    assert page.is_hidden("#apv-moment-box")


def test_playing_goes_through_the_layers_and_stops(opened, run):
    page = opened()
    page.keyboard.press("p")
    assert stats(page)["playing"]
    layer_is(page, run.layer_count - 1)
    until(page, "!window.apvStats.playing")


def test_little_motion_for_those_who_ask_for_it(opened):
    page = opened(reduced_motion="reduce")
    assert stats(page)["reduced"]
    page.click("#apv-scan")
    page.wait_for_timeout(700)
    assert stats(page).get("steps", 0) <= 1


def test_light_and_dark(opened):
    page = opened(color_scheme="dark")
    assert stats(page)["theme"] == "dark"
    dark = page.evaluate(PIXELS, "apv-base")
    page.click("#apv-theme")
    assert stats(page)["theme"] == "light"
    assert page.evaluate(PIXELS, "apv-base") != dark


def test_every_control_has_a_name_and_the_layer_a_description(opened, run):
    page = opened()
    assert page.evaluate(NAMELESS) == []
    text = page.get_attribute("#apv-over", "aria-label")
    assert f"Schicht 1 von {run.layer_count}" in text
    assert "Laser 4:" in text
    small = page.evaluate("""() => [...document.querySelectorAll("#apv button")].filter(one => {
      const box = one.getBoundingClientRect();
      return box.width && (box.width < 32 || box.height < 32);
    }).length""")
    assert small == 0


def test_damaged_data_are_told(browser, files, tmp_path):
    broken = tmp_path / "broken.html"
    text = files["all"].read_text(encoding="utf-8")
    cut = text.index("\n", text.index('id="apv-data"')) + 1
    broken.write_text(text[:cut] + "AAAA" + text[cut + 4 :], encoding="utf-8")
    page = browser.new_page()
    page.goto(broken.as_uri())
    page.wait_for_selector("#apv[data-ready=no]", state="attached", timeout=30_000)
    assert page.inner_text("#apv-hint") == "Die Schichten in dieser Datei sind beschädigt."
    page.close()
