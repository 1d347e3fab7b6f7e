"""The page of the glossary in a browser: languages, levels, search, links, a narrow window."""

from __future__ import annotations

import shutil

import pytest

from amprep.glossary import all_terms, glossary_page, term_named
from amprep.languages import LANGUAGES, words

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page; at the end nothing but the file was asked for, and nothing went wrong."""
    file = tmp_path / "glossary.html"
    file.write_text(glossary_page("en"), encoding="utf-8")
    asked, faults, pages = set(), [], []

    def open_page(address: str = "", width: int = 1440):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("request", lambda request: asked.add(request.url.partition("?")[0].partition("#")[0]))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(file.as_uri() + address)
        page.wait_for_selector("html[data-ready]")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert asked == {file.as_uri()}
    assert not faults


def test_languages_and_levels(opened):
    page = opened()
    hatch = term_named("hatch")
    for lang in LANGUAGES:
        page.click(f"#languages button[lang={lang}]")
        assert page.title() == words("explain", lang, "page_title")
        assert page.get_attribute("html", "lang") == lang
        assert page.inner_text("#hatch h3") == hatch.title(lang)
        assert hatch.text(lang, "pupil") in page.inner_text("#hatch")
    page.click("#levels button:nth-child(2)")
    assert hatch.text("pl", "trainee") in page.inner_text("#hatch")
    assert hatch.text("pl", "pupil") not in page.inner_text("#hatch")
    assert page.locator("article").count() == len(all_terms())


def test_search_without_accents_and_a_link_out_of_it(opened):
    page = opened("?lang=de")
    page.keyboard.press("/")
    page.keyboard.type("wypelnienie")
    assert page.locator("article h3").first.inner_text() == term_named("hatch").title("de")
    page.click("#hatch dd a >> nth=0")
    assert page.locator("article").count() == len(all_terms())
    page.fill("#search", "stuetze")
    assert page.locator("article h3").first.inner_text() == term_named("support").title("de")
    page.fill("#search", "qqqq")
    assert page.inner_text("#count") == words("explain", "de", "nothing")
    page.keyboard.press("Escape")
    assert page.locator("article").count() == len(all_terms())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_wider_than_a_telephone(opened, lang):
    page = opened(f"?lang={lang}&level=all", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate(
        "[...document.querySelectorAll('article *')].filter(n => n.scrollWidth > n.clientWidth + 1"
        " && getComputedStyle(n).display !== 'inline').length"
    )
    assert wide == 0
