"""The page: data, words, look and scripts, to stand alone or inside of another page.

Nothing in it asks for anything beyond itself. What comes from files goes into the data, in which ``<`` never
stands, and from there onto the screen as text.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from amprep.languages import checked_language, words
from amprep.viewer.facts import facts_of, layer_table
from amprep.viewer.payload import packed_layers
from amprep.viewer.words import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from amprep.engines import Engine
    from amprep.runs import Run
    from amprep.viewer.thinning import Thinning

__all__ = ["BUDGET_BYTES", "CONTENT_SECURITY", "DATA_TYPE", "ViewerParts", "page_of", "viewer_parts"]

#: What the data of a page may take unless said otherwise.
BUDGET_BYTES = 25_000_000

#: No network at all; styles and scripts of the page itself.
CONTENT_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

#: Of the element that holds the data, whose id is ``apv-data``.
DATA_TYPE = "application/vnd.amprep.view"

_SCRIPTS = (
    "01_data.js",
    "02_times.js",
    "03_words.js",
    "04_drawing.js",
    "05_strip.js",
    "06_panel.js",
    "07_viewer.js",
)


@dataclass(frozen=True, slots=True)
class ViewerParts:
    """What a page needs to show layers; classes and ids begin with ``apv``.

    A page holds, in this order, ``<style>`` + `css`, `markup`, ``<script type=DATA_TYPE id="apv-data">`` +
    `data`, and ``<script>`` + `script`. The height is that of ``.apv``, which the page may set. All lines of
    `data` but the first three may also stand behind the script, in an element ``apv-layers``: then the first
    layer is seen before they are read.
    """

    css: str
    markup: str
    script: str
    data: str
    """Lines: facts as JSON, the table of layers, then one layer each."""
    note: str
    """What is left out, in the language asked for; empty when all is there."""
    thinning: Thinning


def viewer_parts(
    run: Run,
    *,
    lang: str,
    budget_bytes: int = BUDGET_BYTES,
    layers: range | None = None,
    engine: Engine | None = None,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
) -> ViewerParts:
    """The viewer of a job.

    Parameters
    ----------
    run : Run
        A finished job.
    lang : str
        Language that the page begins with; all are in it.
    budget_bytes : int
        For the vectors. What does not fit is thinned: hatch lines, never contours.
    layers : range, optional
        Consecutive indices from 0; default: all.
    engine : Engine, optional
        Where layers are packed; default: on all processors.
    on_layer : callable, optional
        Called with the number of layers packed and of all.

    """
    checked_language(lang)
    chosen = range(run.layer_count) if layers is None else layers
    payload = packed_layers(run, chosen, budget_bytes, engine=engine, on_layer=on_layer)
    thinning = payload.thinning
    facts = json.dumps(facts_of(run, payload, lang=lang), ensure_ascii=False, allow_nan=False)
    # As JSON the same, but nothing that ends an element or a line.
    for sign in ("<", "\u2028", "\u2029"):
        facts = facts.replace(sign, f"\\u{ord(sign):04x}")
    return ViewerParts(
        css=_static("viewer.css"),
        markup=_static("viewer.html"),
        script='(() => {\n"use strict";\n' + "".join(_static(name) for name in _SCRIPTS) + "})();\n",
        data="\n".join([facts, layer_table(run, thinning), *payload.lines]),
        note=note(thinning, layers_of_job=run.layer_count, lang=lang),
        thinning=thinning,
    )


def page_of(parts: ViewerParts, *, title: str, lang: str) -> str:
    """One HTML file around the viewer; `title` may hold anything."""
    facts, table, first, *others = parts.data.split("\n", 3)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{html.escape(lang)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>",
            '<link rel="icon" href="data:,">',
            f"<style>\nhtml, body {{ margin: 0; height: 100%; }}\n{parts.css}</style>",
            "</head>",
            '<body class="apv-page">',
            parts.markup,
            f"<noscript>{html.escape(words('viewer', lang, 'no_script'))}</noscript>",
            f'<script type="{DATA_TYPE}" id="apv-data">{facts}\n{table}\n{first}</script>',
            f"<script>\n{parts.script}</script>",
            *(f'<script type="{DATA_TYPE}" id="apv-layers">{lines}</script>' for lines in others),
            "</body>",
            "</html>",
            "",
        ]
    )


def _static(name: str) -> str:
    return files("amprep.viewer").joinpath("static", name).read_text(encoding="utf-8")
