"""A small job with a harmful name, a loss, warnings and a cost; its report, and a reader of pages."""

from __future__ import annotations

import contextlib
import json
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.demonstrators.primitives import box, thin_walls
from amprep.output.stl import write_stl

#: What a part is called whose maker wants to do harm, or likes angle brackets.
NASTY = "</script><b>Würfel & \"Co\" <img src=x onerror='document.title=1'>"

JOB = """
amprep = 1
name = "Zittau <i>1</i>"
machine = "m400-4"
material = "316l"

[[parts]]
file = "cube.stl"
count = 2
name = '''{name}'''
position_mm = [195.0, 200.0]

[[parts]]
file = "wall.stl"
name = "ścianka"
position_mm = [200.0, 210.0]

[cost]
"""

VOID = {"meta", "link", "img", "br", "input", "hr"}


def run(*arguments: object, cwd: Path | None = None, **environment: str):
    with contextlib.chdir(cwd or Path()):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env=environment)


class Page(HTMLParser):
    """All elements with their attributes, the text of each language, and what stands in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {lang: [] for lang in ("en", "de", "cs", "pl")}
        self.raw: list[str] = []
        self.figures: dict[str, list[float]] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.elements.append((tag, found))
        if "data-figure" in found:
            self.figures.setdefault(found["data-figure"], []).append(float(found["value"]))
        if tag not in VOID:
            self._open.append((tag, found))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1][0] == tag, f"</{tag}> closes <{self._open[-1][0]}>"
        self._open.pop()

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if "script" in tags or "style" in tags:
            self.raw.append(data)
            return
        only = set(self.words)
        for _, found in self._open:
            classes = set((found.get("class") or "").split())
            if "l" in classes:
                only &= classes
        for lang in only:
            self.words[lang].append(data)

    def of(self, tag):
        return [found for name, found in self.elements if name == tag]

    def text(self, lang):
        return " ".join(" ".join(self.words[lang]).split())


@pytest.fixture(scope="session")
def reported(tmp_path_factory):
    """A finished job, written in German surroundings, with its summary and its report."""
    folder = tmp_path_factory.mktemp("report")
    write_stl(box((4.0, 4.0, 0.2)), folder / "cube.stl")
    write_stl(thin_walls((0.03, 0.5), height_mm=0.2, length_mm=5.0, base_mm=0.4), folder / "wall.stl")
    (folder / "job.toml").write_text(JOB.format(name=NASTY), encoding="utf-8")
    outcome = run("run", "job.toml", "-o", "small.amjob", "-j", "1", cwd=folder, AMPREP_LANG="de")
    assert outcome.exit_code == 0, outcome.output
    job = folder / "small.amjob"
    path = job / "report.html"
    return SimpleNamespace(
        folder=folder,
        job=job,
        path=path,
        terminal=outcome.stdout,
        summary=json.loads((job / "summary.json").read_text(encoding="utf-8")),
        page=Page(path.read_text(encoding="utf-8")),
    )
