"""Puts the page together: one HTML file with its style, scripts and pictures, that may load nothing.

Its content security policy allows the styles and scripts that stand in it, by their digests, and pictures
that stand in it, and nothing else. Names from files are text: the template escapes all that it fills in.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.languages import LANGUAGES, checked_language
from amprep.report.auditing import (
    audit_bar,
    audit_rows,
    audit_sentences,
    lost_places,
    lost_share,
    region_rows,
    shown_places,
)
from amprep.report.figures import (
    cost_rows,
    laser_rows,
    laser_sentences,
    powder_rows,
    refill_sentence,
    tiles,
    time_bar,
    time_rows,
    time_sentences,
)
from amprep.report.findings import findings
from amprep.report.grounds import MOST_SHOWN, grounds, parameter_rows, parameter_sets
from amprep.report.local import Local, Words, count_of, duration, each, number, percent, say, with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Template

    from amprep.report.shown_pictures import ShownPicture
    from amprep.runs import Run
    from amprep.viewer.page import ViewerParts

__all__ = ["LANGUAGE_NAMES", "report_page"]

LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "cs": "Čeština", "pl": "Polski"}

#: A share of the cross-section that is lost and worth a look.
LOST_THAT_MATTERS = 1e-4

#: Parts with a row of their own; those beyond are folded away.
MOST_PARTS = 12

_STATIC = Path(__file__).parent / "static"

_SECTIONS = (
    *("time", "powder", "cost", "lasers", "warnings", "audit"),
    *("pictures", "viewer", "basis", "parameters", "parts"),
)


def report_page(
    run: Run, *, lang: str, pictures: Sequence[ShownPicture] = (), viewer: ViewerParts | None = None
) -> str:
    """The page.

    Parameters
    ----------
    run : Run
        The finished job.
    lang : str
        The language it begins with; all four are in it. The pictures' words are in this one.
    pictures : sequence of ShownPicture
        In their order.
    viewer : ViewerParts, optional
        The layer viewer; without it the page has none.

    """
    from markupsafe import Markup

    from amprep.viewer.page import DATA_TYPE

    styles = [_static("report.css")] + ([viewer.css] if viewer else [])
    scripts = [_static("report.js")] + ([viewer.script] if viewer else [])
    return _template().render(
        _content(run),
        run=run,
        lang=checked_language(lang),
        say=say,
        count_of=count_of,
        language_names=LANGUAGE_NAMES.items(),
        policy=_policy(styles, scripts),
        # Ours, and free of what would end their elements: `_policy` has looked.
        styles=[Markup(text) for text in styles],  # noqa: S704
        scripts=[Markup(text) for text in scripts],  # noqa: S704
        pictures=pictures,
        pictures_lang=lang,
        pictures_in=say("pictures_in", language=say(f"in_{lang}")),
        pictures_other=say("pictures_other", command=each(lambda other: f"amprep report … --lang {other}")),
        viewer=viewer,
        viewer_type=DATA_TYPE,
        thinned=say("thinned") if viewer is not None and viewer.thinning.is_thinned else None,
    )


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    room = Environment(
        loader=FileSystemLoader(_STATIC),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return room.get_template("report.html.jinja")


def _static(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """What the page may use: what stands in it, known by its digest."""
    for kind, texts in (("style", styles), ("script", scripts)):
        if any(f"</{kind}" in text.lower() for text in texts):
            raise ValueError(f"a {kind} would end its element")
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {_digests(styles)}",
            f"script-src {_digests(scripts)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digests(texts: Sequence[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _content(run: Run) -> dict[str, Any]:
    """All that the template tells of a job."""
    summary = run.summary
    time, audit = summary["time_s"], summary["area_audit"]
    costs, found = cost_rows(summary), findings(summary)
    english_in = frozenset().union(*(one.is_english_in for one in found))
    return {
        "title": say("title", name=run.name),
        "tiles": tiles(summary),
        "headline_range": _headline_range(time),
        "layer_text": count_of("layers", summary["layers"], domain="common"),
        "lasers_text": count_of("lasers", len(summary["lasers"]), domain="common"),
        "vectors_text": count_of("vectors", summary["vectors"]),
        "fits_only_if": any(one["code"] == "W218" for one in summary["warnings"]),
        "lost": percent(lost_share(summary)) if audit["lost_mm2"] > 0 else None,
        "lost_matters": lost_share(summary) > LOST_THAT_MATTERS,
        "sections": [one for one in _SECTIONS if one != "cost" or costs],
        "time_bar": time_bar(summary),
        "time_rows": time_rows(summary),
        "time_sentences": time_sentences(run),
        "powder_rows": powder_rows(summary),
        "refills": refill_sentence(summary),
        "cost_rows": costs,
        "most_costs": sum(not one.is_part for one in costs) + MOST_PARTS,
        "laser_rows": laser_rows(summary),
        "laser_sentences": laser_sentences(summary),
        "findings": found,
        "own_words_in": "".join(f" not-{one}" for one in LANGUAGES if one not in english_in),
        "audit_bar": audit_bar(summary),
        "audit_rows": audit_rows(summary),
        "audit_sentences": audit_sentences(summary),
        "lost_places": lost_places(summary),
        "shown_places": shown_places(summary),
        "region_rows": region_rows(summary),
        "grounds": grounds(summary),
        "most_shown": MOST_SHOWN,
        "parameter_rows": parameter_rows(run),
        "parameter_sets": parameter_sets(run, _exposures(run)),
        "most_parts": MOST_PARTS,
        "parts": [_part(one) for one in summary["input"]],
    }


def _exposures(run: Run) -> list[Mapping[str, Any]]:
    document = json.loads((run.folder / "job.json").read_text(encoding="utf-8"))
    exposures: list[Mapping[str, Any]] = document["exposures"]
    return exposures


def _headline_range(time: Mapping[str, Any]) -> Local | None:
    low, high = time["job_range"]
    return say("headline_range", low=duration(low), high=duration(high)) if high > low else None


def _part(part: Mapping[str, Any]) -> dict[str, Words]:
    unit = part["unit"]
    return {
        "name": part["name"],
        "file": part["file"].replace("\\", "/").rsplit("/", 1)[-1],
        "size": _mm(part["size_mm"], " × ", 1),
        "volume": with_unit(part["volume_mm3"] / 1000, "cm³"),
        "triangles": number(part["triangles"]),
        "unit": say("unit_assumed", unit=unit) if part["unit_is_assumed"] else unit,
        "position": _mm(part["position_mm"], "; ", 1),
    }


def _mm(values: Sequence[float], between: str, decimals: int) -> Local:
    texts = [number(value, decimals) for value in values]
    return each(lambda lang: f"{between.join(text.in_language(lang) for text in texts)}\u00a0mm")


assert set(LANGUAGE_NAMES) == set(LANGUAGES)
