"""The handout of a demonstrator: one page of A4, one HTML file without anything from outside."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.languages import LANGUAGES, words_of
from amprep.languages.catalogues import texts_of
from amprep.languages.numbers import duration_text, number_text, short_text
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.languages import Words
    from amprep.workshop.figures import DemoFigures

__all__ = ["capital", "figure_texts", "handout_html", "look_key", "mass_text", "printed_words", "template"]

_ROWS = ("row_time", "row_layers", "row_part", "row_charge")


def handout_html(name: str, lang: str, picture: bytes, figures: Sequence[DemoFigures]) -> str:
    """The page in a language.

    Parameters
    ----------
    name : str
        Of the demonstrator.
    picture : bytes
        Of its parts, as PNG.
    figures : sequence of DemoFigures
        Of one or more machines; each gets a column.

    """
    say = printed_words(lang)
    lasers = max(one.lasers for one in figures)
    return str(
        template("handout.html.j2").render(
            lang=lang,
            say=say,
            capital=capital,
            name=name,
            title=say(f"{name}.title"),
            picture=base64.b64encode(picture).decode("ascii"),
            looks=[say(look_key(name, number, lasers=lasers)) for number in (1, 2, 3)],
            columns=[figure_texts(one, lang) for one in figures],
            rows=_ROWS,
            is_assumed=any(one.is_assumed for one in figures),
            version=__version__,
        )
    )


def look_key(name: str, number: int, *, lasers: int) -> str:
    """Key of what to look at, from 1 to 3: on a machine with one laser its own, where there is one."""
    key = f"{name}.look{number}"
    of_one = f"{key}.one_laser"
    return of_one if lasers == 1 and of_one in texts_of("demos", LANGUAGES[0]) else key


def figure_texts(figures: DemoFigures, lang: str) -> dict[str, str]:
    """The figures as text, by row; those that rest on assumed values bear a mark."""
    say = printed_words(lang)

    def marked(text: str) -> str:
        return say("assumed_mark", value=text) if figures.is_assumed else text

    thickness = short_text(1000.0 * figures.layer_thickness_mm, lang)
    layers = number_text(figures.layers, lang)
    return {
        "machine": figures.machine,
        "row_time": marked(duration_text(figures.job_s, lang)),
        "row_layers": say("value_layers", count=layers, thickness=thickness),
        "row_part": marked(mass_text(figures.part_g, lang)),
        "row_charge": marked(mass_text(figures.charge_g, lang)),
    }


def mass_text(mass_g: float, lang: str) -> str:
    """``8.3 g``, ``120 g``, ``2.4 kg``."""
    if mass_g >= 1000.0:
        return f"{number_text(mass_g / 1000.0, lang, 1 if mass_g < 100_000 else 0)} kg"
    return f"{number_text(mass_g, lang, 1 if mass_g < 100 else 0)} g"


#: What must not stand apart at the end of a line: a number from its unit, and in Czech and Polish a word of
#: one letter from the next.
_UNIT = re.compile(r"(\d) (?=(?:mm|µm|cm|g|kg|N|%|s|h|min)\b)")
_SHORT = re.compile(r"\b([AIKOSUVWZaikosuvwz]) (?=\w)")


def printed_words(lang: str) -> Words:
    """The words of the demonstrators, with spaces that no line breaks at where it should not."""
    plain = words_of("demos", lang)

    def say(key: str, /, **values: str) -> str:
        text = _UNIT.sub("\\1\u00a0", plain(key, **values))
        return _SHORT.sub("\\1\u00a0", text) if lang in {"cs", "pl"} else text

    return say


def capital(text: str) -> str:
    """The text with a capital first letter, as it stands for itself."""
    return text[:1].upper() + text[1:]


@cache
def template(name: str) -> Any:
    """A template beside this module; what it is given is escaped, and a name that it lacks is a fault."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(name)
