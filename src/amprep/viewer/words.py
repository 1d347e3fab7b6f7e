"""The words of the page in all languages, with their places still open: the page fills them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.languages import LANGUAGES, words
from amprep.languages.numbers import number_text, ordinal_text
from amprep.viewer.thinning import NO_HATCH

if TYPE_CHECKING:
    from amprep.viewer.thinning import Thinning

__all__ = ["PAGE_WORDS", "note", "page_words"]

DOMAIN = "viewer"

#: Keys of the catalogue that the page uses.
PAGE_WORDS = (
    *("layer_of", "height", "layer", "viewer", "head", "colour", "by_region", "by_laser", "by_time"),
    *("by_energy", "legend", "core", "contour", "upskin", "downskin", "edge", "support", "contour_of"),
    *("again", "laser_number", "time_of_layer", "recoating", "exposing", "waiting", "working", "strip"),
    *("strip_help", "strip_height", "play", "pause", "scan", "scan_pause", "scan_end", "pace"),
    *("pace_whole", "pace_real", "pace_times", "moment", "moment_of", "first", "previous", "next", "last"),
    *("zoom_in", "zoom_out", "zoom_part", "zoom_plate", "zoom_box", "measure", "measured"),
    *("measure_hint", "box_hint", "vector", "vector_hint", "part", "power", "speed", "length", "duration"),
    *("begins", "energy", "line_energy", "volume_energy", "gas_flow", "recoater", "assumed", "overlap"),
    *("field", "plate", "start_of_layer", "thinned", "contours_only", "note_thinned", "note_contours"),
    *("note_over", "note_layers", "times_scaled", "uncalibrated", "imprint", "no_vectors", "language"),
    *("theme", "keys", "keys_layers", "keys_ten", "keys_ends", "keys_play", "keys_scan", "keys_zoom"),
    *("keys_move", "keys_tools", "keys_colours", "alt", "alt_laser", "loading", "too_old", "damaged"),
)

#: Places to fill that occur in them.
_PLACES = (
    *("number", "count", "z", "machine", "material", "thickness", "vectors", "region", "seconds", "now"),
    *(
        "whole",
        "length",
        "what",
        "nth",
        "full",
        "budget",
        "first",
        "last",
        "version",
        "job",
        "time",
        "lasers",
    ),
)


def page_words() -> dict[str, dict[str, str]]:
    """By language and key the words with their places, ``{number}``, as they stand in the catalogue."""
    open_places = {name: f"{{{name}}}" for name in _PLACES}
    return {lang: {key: words(DOMAIN, lang, key, **open_places) for key in PAGE_WORDS} for lang in LANGUAGES}


def note(thinning: Thinning, *, layers_of_job: int, lang: str) -> str:
    """What the page leaves out, in whole sentences; empty when it shows all."""
    sentences = []
    count = len(thinning.every)
    if count != layers_of_job:
        first = thinning.first_layer
        sentences.append(
            words(
                DOMAIN,
                lang,
                "note_layers",
                first=number_text(first + 1, lang),
                last=number_text(first + count, lang),
                count=number_text(layers_of_job, lang),
            )
        )
    if thinning.is_thinned:
        only_contours = thinning.thinnest == NO_HATCH
        places = {"full": number_text(thinning.full_layers, lang), "count": number_text(count, lang)}
        if not only_contours:
            places["nth"] = ordinal_text(thinning.thinnest, lang)
        sentences.append(words(DOMAIN, lang, "note_contours" if only_contours else "note_thinned", **places))
    if thinning.is_over_budget:
        budget = number_text(thinning.budget_bytes / 1e6, lang, 1)
        sentences.append(words(DOMAIN, lang, "note_over", budget=budget))
    return " ".join(sentences)
