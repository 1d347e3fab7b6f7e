"""Sentences of errors, notices and findings in another language than the library's English.

The library says what is wrong in English, as finished text. The catalogue ``messages`` has each of its
sentences as the source has it, places and all, and its translation; a sentence is found by its words, and
what fills its places is translated the same way where it is words itself::

    the mesh is open: {counted}, {counted2}, the largest {sizes:.3g} mm across near {place_text}
    the mesh is open: 1 hole, 3 boundary edges, the largest 11.7 mm across near (0, 5, 3.5) mm
                      └──┬─┘  └──────┬───────┘              └┬─┘                └─────┬──────┘
    das Netz ist offen: 1 Loch, 3 Randkanten, das größte 11,7 mm groß bei (0; 5; 3,5) mm

A sentence is translated as a whole or not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from string import Formatter

from amprep.languages.catalogues import texts_of

__all__ = ["translated_message", "translated_value"]

#: Words that names and commands do not have: what has one is a sentence, and may not stay as it is.
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """
        an and are as at be been before behind below but by can cannot could did do does each for from had has
        have if in into is it its least less likely mean more most needs no
        none nor not nothing of on one only or
        other out over same so than that the their them then there they this to too two was were what when
        where which who will with within without would you your
        """,
    )
)
#: Two plain words in a row, as names hardly have them.
_TWO_WORDS = re.compile(r"(?<![\w/.=-])[a-z]{2,} [a-z]{2,}(?![\w/=-]|\.\w)")
_UNITS = frozenset(
    ("mm", "um", "cm", "m", "s", "min", "h", "ms", "kg", "g", "W", "kW", "kWh", "MB", "kB", "GB")
)
_UNITS |= {"GiB", "MiB", "x", "y", "z", "e", "µm", "μm", "mm²", "cm²", "m²", "mm³", "cm³", "m³"}
#: What fills a place; what stands in brackets, as coordinates do, is not taken apart.
_WORDS = r"((?:(?>\([^()]*\)|.))*?)"
_NUMBER = r"[-+−]?[\d.,]*\d(?:e[-+]?\d+)?|nan|-?inf"
#: Before what a file or the command line takes: there numbers keep their points.
_VERBATIM = re.compile(r"(?:\w_\w+ = |[<]|amprep |known: |one of: )$")
#: File, line and key of a fault, which stay as they are.
_OF_FILE = re.compile(r"\S+:\d+: [\w.]+: ")
#: Sentences with fewer letters of their own are not cut out of longer ones.
_WEAK = 8
_SIGNS = re.compile(r"[:;,]")
_QUOTED = " " * 4
#: What a shell takes as it is: names of files with blanks or quotes in them.
_OF_SHELL = re.compile(r"'[^']*'|\"[^\"]*\"")
#: So many marks of a list are tried as the end of its first member.
_MOST_MEMBERS = 8
_MOST_CHARACTERS = 2000

#: What stands between the members of a list, longest first, with the words for it.
_BETWEEN: tuple[tuple[str, str], ...] = (
    (": ", ": "),
    (" · or ", " · oder "),
    (", or ", ", oder "),
    (", and ", ", und "),
    (" × ", " × "),
    ("; ", "; "),
    (", ", ", "),
    (" · ", " · "),
    (" and ", " und "),
    (" or ", " oder "),
)


@dataclass(frozen=True)
class _Place:
    """What fills a sentence at one place."""

    name: str
    is_number: bool
    is_verbatim: bool
    """Within quotes, or a value as a file or the command line takes it."""


@dataclass(frozen=True)
class _Sentence:
    key: str
    text: str

    @cached_property
    def parts(self) -> list[tuple[str, _Place | None]]:
        """Literals, each with the place that follows it."""
        parts: list[tuple[str, _Place | None]] = []
        so_far = ""
        pieces = list(Formatter().parse(self.key))
        for i, (literal, name, form, _) in enumerate(pieces):
            so_far += literal
            behind = pieces[i + 1][0] if i + 1 < len(pieces) else ""
            place = None
            if name is not None:
                is_value = so_far.count("[") > so_far.count("]") or behind.startswith("um")
                is_value |= so_far.count('"') % 2 == 1
                # What follows without a word between is caught with it, and may be words of ours.
                is_value |= bool(_VERBATIM.search(so_far)) and (bool(behind) or i + 1 == len(pieces))
                place = _Place(name, bool(form) and str(form)[-1] in "gfde,", is_value)
            parts.append((literal, place))
        return parts

    @cached_property
    def weight(self) -> int:
        """How much of it is its own."""
        return sum(len(literal) for literal, _ in self.parts)

    @cached_property
    def chunk(self) -> str:
        """The longest of its own words in a row."""
        return max((literal for literal, _ in self.parts), key=len)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        pattern = ""
        for i, (literal, place) in enumerate(self.parts):
            pattern += re.escape(literal)
            if place is not None:
                is_second = not literal and i > 0
                # What stands right behind another place is caught and translated together with it.
                pattern += f"({_NUMBER})" if place.is_number else "()" if is_second else _WORDS
        return re.compile(pattern, re.DOTALL)


def translated_message(text: str, lang: str) -> str | None:
    """A sentence of the library in the language `lang`, numbers with its marks; None where there is none."""
    if not text:
        return ""
    if len(text) > _MOST_CHARACTERS:
        return None
    return _whole(text, lang)


def translated_value(text: str, lang: str) -> str:
    """What stands before a sentence: a file, an option, or a few words; as it is where they are not known."""
    said = text if len(text) > _MOST_CHARACTERS else _value(text, lang) or text
    # "pump and motor.stl": where nothing but the words between is known, they are part of a name.
    names = text
    for mark, words in _BETWEEN:
        names = names.replace(mark, words)
    return text if said == names else said


@cache
def _sentences(lang: str) -> tuple[tuple[str, _Sentence], ...]:
    """Each behind its longest words, by which most of them are ruled out; the most telling ones first."""
    found = [_Sentence(key, text) for key, text in texts_of("messages", lang).items()]
    return tuple((one.chunk, one) for one in sorted(found, key=lambda one: -one.weight) if one.weight)


@cache
def _whole(text: str, lang: str) -> str | None:
    """Text that is a sentence, several of them, lines of them, or a command."""
    place = _OF_FILE.match(text)
    if place is not None:
        rest_of_it = _whole(text[place.end() :], lang)
        return None if rest_of_it is None else place[0] + rest_of_it
    said = _direct(text, lang)
    if said is not None:
        return said
    for mark in ("\n", ". "):
        if mark in text:
            head, _, rest = text.partition(mark)
            dot = mark.rstrip() if mark == ". " else ""
            first = _whole(head + dot, lang)
            # What is indented this far is a line of the user's own file.
            second = rest if rest.startswith(_QUOTED) else _whole(rest, lang)
            if first is not None and second is not None:
                return first + mark.removeprefix(dot) + second
    return _value(text, lang)


@cache
def _direct(text: str, lang: str) -> str | None:
    """By the sentence that has most words in common with it."""
    for chunk, sentence in _sentences(lang):
        if chunk not in text:
            continue
        match = sentence.pattern.fullmatch(text)
        if match is None or (
            sentence.weight < _WEAK and any(_SIGNS.search(given) for given in match.groups())
        ):
            continue
        # A line of the user's own file is no part of what fills a place.
        if any("\n" + _QUOTED in given for given in match.groups()):
            continue
        values: dict[str, str] = {}
        places = [place for _, place in sentence.parts if place is not None]
        for place, given in zip(places, match.groups(), strict=True):
            value = given if place.is_verbatim else _value(given, lang)
            if value is None:
                break
            values[place.name] = value
        else:
            return sentence.text.format(**values)
    return None


@cache
def _value(text: str, lang: str) -> str | None:
    """What fills a place: a number, a name, words that are known, or several of them."""
    if not text.strip():
        return text
    if _is_measure(text):
        return _measure(text, lang)
    if text[0] in "'\"" and text.find(text[0], 1) == len(text) - 1 > 0:
        return text
    for way in (_direct, _capitalised, _between_signs, _graded, _one_after_the_other, _listed):
        said = way(text, lang)
        if said is not None:
            return said
    return text if _is_name(text) else None


def _capitalised(text: str, lang: str) -> str | None:
    """A sentence that begins another one, where the source has it without a capital."""
    if not text[0].isupper():
        return None
    said = _direct(text[0].lower() + text[1:], lang)
    return None if said is None else said[0].upper() + said[1:]


def _between_signs(text: str, lang: str) -> str | None:
    """Words with a sign before or behind them that is none of theirs."""
    if text[0] in " .:;," and len(text) > 1:
        rest = _value(text[1:], lang)
        if rest is not None:
            return text[0] + rest
    said = _direct(text + ".", lang)
    if said is not None:
        return said.removesuffix(".")
    if text[-1] in " .":
        rest = _value(text[:-1], lang)
        if rest is not None:
            return rest + text[-1]
    return None


def _graded(text: str, lang: str) -> str | None:
    """``40° (assumed)``."""
    grade = re.fullmatch(r"(.+) \(([a-z ]+)\)", text)
    return None if grade is None else _joined([grade[1], grade[2]], " ({})", lang)


def _listed(text: str, lang: str) -> str | None:
    """Several, with signs or words between them."""
    for mark, words in _BETWEEN:
        # A member may hold the mark itself: "too thin, too pointed or too short for a track, between lines".
        for place in [match.start() for match in re.finditer(re.escape(mark), text)][:_MOST_MEMBERS]:
            joined = _joined([text[:place], text[place + len(mark) :]], words + "{}", lang)
            if joined is not None:
                return joined
    return None


def _joined(pair: list[str], form: str, lang: str) -> str | None:
    first, second = (_value(one, lang) for one in pair)
    return None if first is None or second is None else first + form.format(second)


def _one_after_the_other(text: str, lang: str) -> str | None:
    """Two, with nothing between them."""
    for place in [match.end() for match in re.finditer(r"[ :]", text)][:40]:
        first = _direct(text[:place], lang)
        second = None if first is None else _value(text[place:], lang)
        if first is not None and second is not None:
            return first + second
    # Not within a number: "483.1 mm" is none of ".1 mm".
    for place in [match.start() for match in re.finditer(r"[;:( ]|[,.](?!\d)", text)][:40]:
        second = _direct(text[place:], lang) if place else None
        first = None if second is None else _value(text[:place], lang)
        if first is not None and second is not None:
            return first + second
    return None


def _is_measure(text: str) -> bool:
    """Numbers with units and signs only."""
    words = re.findall(r"[^\W\d_]+", text)
    return any(c.isdigit() for c in text) and all(word in _UNITS for word in words)


def _measure(text: str, lang: str) -> str:
    """With the marks of the language: a comma before decimals, so a semicolon between coordinates."""
    if lang == "en" or re.search(r"\d-\d|\.\.", text):
        return text
    text = re.sub(r"\([^()]*\)", lambda place: place[0].replace(", ", "; "), text)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", " ", text)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text)


def _is_name(text: str) -> bool:
    """A name, a path, a command: nothing that would be half a sentence."""
    if text.startswith("amprep "):
        text = _OF_SHELL.sub("", text)
    words = re.findall(r"(?<![\w/.=-])[A-Za-z]{2,}(?![\w/.=-])", text)
    if any(word.lower() in _ENGLISH for word in words):
        return False
    return text.startswith(("amprep ", "--")) or not _TWO_WORDS.search(text)
