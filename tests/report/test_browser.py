"""The report in a browser: what it shows in which language and light, on a phone and on paper."""

from __future__ import annotations

import shutil

import pytest
from tests.report.conftest import NASTY

from amprep.languages import LANGUAGES
from amprep.report.local import say

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on the path")

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
#: A4 less its margins, in CSS pixels.
PAPER = {"width": 688, "height": 1000}

#: Words that are wider than their box, and boxes that stick out of the window without a way to scroll there.
OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter(one => {
  if (one.closest(".apv, svg, select, .skip, .scroll")) return false;
  const box = one.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(one => `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`)"""

#: Texts with less contrast than 4.5 to what is behind them.
FAINT = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const found = parts(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0.99) return found;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    if (one.closest(".apv, svg, script, style") || !one.getClientRects().length) continue;
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`${one.className} ${one.textContent.slice(0, 30)}`);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as machine:
        found = machine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def opened(browser, reported):
    """Opens the report; at the end nothing may have been complained of or asked for."""
    pages, said, asked = [], [], []

    def open_page(size=DESK, **more):
        page = browser.new_page(viewport=size, **more)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(reported.path.as_uri())
        page.wait_for_selector("#apv[data-ready=yes]", state="attached", timeout=30_000)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []
    assert {url for url in asked if not url.startswith("data:")} == {reported.path.as_uri()}


def speak(page, lang):
    page.select_option("#report-language", lang)


def test_it_begins_in_its_language(opened):
    page = opened()
    assert page.title() == say("title", name="Zittau <i>1</i>").in_language("de")
    assert page.inner_text("#time h2") == "Zeit"
    assert page.locator("body b, body i").count() == 0
    assert NASTY in " ".join(page.inner_text("#parts").split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_languages_change_at_once_and_nothing_overflows(opened, lang):
    page = opened()
    speak(page, lang)
    assert page.get_attribute("html", "lang") == lang
    assert page.title() == say("title", name="Zittau <i>1</i>").in_language(lang)
    for section in ("time", "powder", "audit", "pictures", "basis"):
        assert page.inner_text(f"#{section} h2") == say(section).in_language(lang)
    text = page.inner_text("main")
    for other in set(LANGUAGES) - {lang}:
        assert say("basis_is").in_language(other) not in text
    assert page.evaluate("window.apvStats.lang") == lang
    image = page.locator("img").first
    assert image.get_attribute("alt") == image.get_attribute(f"data-alt-{lang}")
    assert page.locator("#pictures .hint").is_visible() == (lang != "de")
    assert page.evaluate(OVERFLOWING) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_and_the_switch(opened, scheme):
    page = opened(color_scheme=scheme)
    ground = "() => getComputedStyle(document.body).backgroundColor"
    viewer = "() => document.getElementById('apv').dataset.theme"
    dark, bright = "rgb(17, 21, 26)", "rgb(255, 255, 255)"
    assert page.evaluate(ground) == (dark if scheme == "dark" else bright)
    for chosen, expected in (("dark", dark), ("light", bright)):
        page.select_option("#report-theme", chosen)
        assert page.evaluate(ground) == expected
        assert page.evaluate(viewer) == chosen
        assert page.evaluate(FAINT) == []


def test_on_paper(opened):
    page = opened(size=PAPER, color_scheme="dark")
    assert not page.locator("details[open]").count()
    page.emulate_media(media="print")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in (".top", "nav", "#viewer"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("p.paper").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (
        page.evaluate(
            "() => [...document.querySelectorAll('.scroll')]"
            ".filter(one => one.scrollWidth > one.clientWidth + 1)"
            ".map(one => one.textContent.slice(0, 40))"
        )
        == []
    )
    assert page.evaluate(FAINT) == []
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert len(page.locator("img").all()) >= 5


def test_keys_reach_every_control(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["report-language", "report-theme", "report-print"]


def test_the_viewer_in_it_shows_layers(opened):
    page = opened()
    before = page.evaluate("window.apvStats.layer")
    page.locator("#apv-next").click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.apvStats.layer") == before + 1
