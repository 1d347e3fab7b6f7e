"""The first page of a kit: a tile for each demonstrator, all languages in one file, nothing from outside."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.languages import words
from amprep.version import __version__
from amprep.workshop.handout import capital, figure_texts, printed_words, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.workshop.figures import DemoFigures

__all__ = ["LANGUAGE_NAMES", "KitRun", "KitTile", "index_html"]

#: As those who speak it call it.
LANGUAGE_NAMES = {"de": "Deutsch", "en": "English", "cs": "Čeština", "pl": "Polski"}


@dataclass(frozen=True, slots=True)
class KitRun:
    """What a kit holds of a demonstrator on a machine."""

    folder: str
    """Beside the page, with ``/``."""
    figures: DemoFigures
    parts: tuple[str, ...]
    slides: tuple[str, ...]
    """Kinds of pictures."""


@dataclass(frozen=True, slots=True)
class KitTile:
    """A demonstrator with its picture (PNG) and what was made of it."""

    name: str
    picture: bytes
    runs: tuple[KitRun, ...]


def index_html(tiles: Sequence[KitTile], langs: Sequence[str]) -> str:
    """The page; `langs` are those of its switch, the first is shown where the browser wants none of them."""
    say = {lang: printed_words(lang) for lang in langs}
    return str(
        template("index.html.j2").render(
            langs=list(langs),
            names=LANGUAGE_NAMES,
            labels={
                "language": " / ".join(say[lang]("kit_language") for lang in langs),
                "theme": " / ".join(say[lang]("kit_theme") for lang in langs),
            },
            titles={lang: words("demos", lang, "kit_title") for lang in langs},
            say=say,
            capital=capital,
            tiles=[_tile(tile, langs) for tile in tiles],
            is_assumed=any(run.figures.is_assumed for tile in tiles for run in tile.runs),
            version=__version__,
        )
    )


def _tile(tile: KitTile, langs: Sequence[str]) -> dict[str, Any]:
    return {
        "name": tile.name,
        "picture": base64.b64encode(tile.picture).decode("ascii"),
        "machines": [_run(run, langs) for run in tile.runs],
    }


def _run(run: KitRun, langs: Sequence[str]) -> dict[str, Any]:
    texts = {lang: figure_texts(run.figures, lang) for lang in langs}
    return {
        "machine": run.figures.machine,
        "folder": run.folder,
        "parts": run.parts,
        "slides": run.slides,
        "time": {lang: texts[lang]["row_time"] for lang in langs},
        "mass": {lang: texts[lang]["row_part"] for lang in langs},
    }
