"""Sentences of errors, notices and findings: all of the source are in the catalogue, and are found there."""

from __future__ import annotations

import itertools
import re
from string import Formatter

import pytest
from tests.languages.extraction import templates

from amprep.errors import as_argument
from amprep.languages import TERMINAL_LANGUAGES
from amprep.languages.catalogues import texts_of
from amprep.languages.messages import translated_message, translated_value

#: Words that only English has; names of fields, options and commands are left out before they are looked for.
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "the and is are were of to with for not be by from than that this has have had no it its as at or one"
        " which without where when there more less file layer layers part parts given",
    )
)
#: Forms that speak of men alone, and addresses to a reader.
_GENDERED = re.compile(
    r"\b(?:\w*(?:nutzer|anwender|bediener|ingenieur|techniker|\bkunde|mitarbeiter|entwickler|lehrer|schüler|"
    r"administrator|hersteller)(?:s|n|in|innen)?|er/sie|jemand|man|Sie (?:haben|können|müssen))\b",
    re.IGNORECASE,
)


def english_words(text: str) -> list[str]:
    """Words of `text` that are English, but for what is the same in every language."""
    text = re.sub(
        r"amprep( [a-z][\w-]*)*|--?[a-z][\w-]*( [a-z][\w-]*)?|\b\w+[._=/\[]\S+|\"[^\"]*\"|„[^“]*“", " ", text
    )
    text = re.sub(r"\b\w+ = ", " ", text)
    return [word for word in re.findall(r"(?<![\w-])[a-z]+(?![\w-])", text) if word in ENGLISH]


def test_every_sentence_of_the_source_stands_in_the_catalogues() -> None:
    """To mend: python -m tests.languages.extraction, then fill in what it prints."""
    said = set(templates())
    for lang in TERMINAL_LANGUAGES:
        known = set(texts_of("messages", lang))
        assert said == known, f"{lang}: missing {sorted(said - known)}, nobody says {sorted(known - said)}"


def test_english_is_what_the_source_says() -> None:
    assert all(key == text for key, text in texts_of("messages", "en").items())


@pytest.mark.parametrize("domain", ["cli", "messages"])
def test_german_is_german(domain: str) -> None:
    for key, text in texts_of(domain, "de").items():
        assert not any(form for _, _, form, _ in Formatter().parse(text)), key
        assert not english_words(re.sub(r"\{\w+\}", "0", text)), key


def test_a_sentence_has_one_translation() -> None:
    """Two sentences that differ in the names of their places only cannot be told apart."""
    found: dict[str, str] = {}
    for key, text in texts_of("messages", "de").items():
        shape = "\0".join(f"{literal}{name is not None}" for literal, name, _, _ in Formatter().parse(key))
        names = [name for _, name, _, _ in Formatter().parse(key) if name]
        plain = text
        for number, name in enumerate(names):
            plain = plain.replace("{" + name + "}", "{" + str(number) + "}")
        assert found.setdefault(shape, plain) == plain, key


@pytest.mark.parametrize("domain", ["cli", "messages"])
def test_german_speaks_to_everybody(domain: str) -> None:
    for key, text in texts_of(domain, "de").items():
        assert not _GENDERED.search(text), (key, text)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("", ""),
        (
            "the mesh is open: 1 hole, 3 boundary edges, the largest 11.7 mm across near (0, 5, 3.5) mm",
            "das Netz ist offen: 1 Loch, 3 Randkanten, das größte 11,7 mm groß bei (0; 5; 3,5) mm",
        ),
        ('unknown machine "m10". Did you mean "m100"?', "Maschine „m10“ ist unbekannt. War „m100“ gemeint?"),
        (
            "--machine m400-4 (it fits there) · or scale it by 0.33",
            "--machine m400-4 (dort passt es) · oder mit 0,33 skalieren",
        ),
        ("a decimal point, not a comma: 0.04mm", "ein Dezimalpunkt, kein Komma: 0.04mm"),
        (
            'hatch.pattern: unknown word "foo"; known: stripes, meander\n    pattern = "foo"',
            'hatch.pattern: unbekanntes Wort "foo"; bekannt: stripes, meander\n    pattern = "foo"',
        ),
        (
            "Layers between z = 0.5 and 6 mm of the file would have gaps, so nothing was written.",
            "Schichten zwischen z = 0,5 und 6 mm der Datei hätten Lücken, nichts wurde also geschrieben.",
        ),
        (
            "Layers 1 – 1000, z = 0 … 20 mm of the file, would have gaps, so nothing was written.",
            "Schichten 1 – 1000, z = 0 … 20 mm der Datei, hätten Lücken, nichts wurde also geschrieben.",
        ),
        (
            "Layer 7, z = 0.3 … 0.3 mm of the file, would have a gap, so nothing was written.",
            "Schicht 7, z = 0,3 … 0,3 mm der Datei, hätte eine Lücke, nichts wurde also geschrieben.",
        ),
        ("the file has 1 fault", "die Datei hat 1 Fehler"),
        ("the rows of the log have 1 fault", "die Zeilen des Protokolls haben 1 Fehler"),
        (
            (
                "the job needs 9 kg of powder, the supply holds 5 kg: to be filled again once (1 to 2), "
                "before layer 2"
            ),
            (
                "der Job braucht 9 kg Pulver, der Vorrat fasst 5 kg: einmal nachzufüllen (1 bis 2), "
                "vor Schicht 2"
            ),
        ),
        (
            "1 island begins in powder, the first in layer 501 at (0, 0.5, -4.99) mm, 0.046 mm²",
            "1 Insel beginnt im Pulver, die erste in Schicht 501 bei (0; 0,5; -4,99) mm, 0,046 mm²",
        ),
        (
            "a.toml:1: machine: unknown setting; known: name, machine, material",
            "a.toml:1: machine: unbekannte Einstellung; bekannt: name, machine, material",
        ),
        ("needs a number, has a table", "erwartet wird eine Zahl, da ist eine Tabelle"),
        (
            'needs layers such as "1..20", "21..", "..20" or "5", has "1-20"\n    layers = "1-20"',
            'braucht Schichten wie "1..20", "21..", "..20" oder "5", hat „1-20“\n    layers = "1-20"',
        ),
        (
            "needs a number, has a table\n    [cost.gas_eur_m3]",
            "erwartet wird eine Zahl, da ist eine Tabelle\n    [cost.gas_eur_m3]",
        ),
        ("the file has 1,234,567 triangles", "die Datei hat 1 234 567 Dreiecke"),
        (
            'there is no folder "a folder of the other part"',
            "es gibt keinen Ordner „a folder of the other part“",
        ),
        ("amprep run part.amjob/job.toml", "amprep run part.amjob/job.toml"),
        (
            (
                "400.0 mm high: fits if the build height is 400 mm, which is third party no address; "
                "it may be as little as 360 mm"
            ),
            (
                "400,0 mm hoch: passt, wenn die Bauhöhe 400 mm ist, was von Dritten ohne Adresse ist; "
                "es können auch nur 360 mm sein"
            ),
        ),
        (
            (
                "EOS M 400-4 · EOS StainlessSteel 316L · 40 µm: toolarge: does not fit the EOS M 400-4: "
                "part 500.0 × 300.0 × 20.0 mm, build space 400 × 400 × 400 mm; 100.0 mm too wide"
            ),
            (
                "EOS M 400-4 · EOS StainlessSteel 316L · 40 µm: toolarge: passt nicht in die EOS M 400-4: "
                "Teil 500,0 × 300,0 × 20,0 mm, Bauraum 400 × 400 × 400 mm; 100,0 mm zu breit"
            ),
        ),
        (
            "EOS M 100 · 316L · 20 µm: scale it by 0.17; EOS M 400-4 · 316L · 40 µm: scale it by 0.8",
            "EOS M 100 · 316L · 20 µm: mit 0,17 skalieren; EOS M 400-4 · 316L · 40 µm: mit 0,8 skalieren",
        ),
        (
            "beam_offset_mm = 0.06 or more, if that is not meant",
            "beam_offset_mm = 0.06 oder mehr, wenn das nicht gemeint ist",
        ),
    ],
)
def test_sentences_in_german(english: str, german: str) -> None:
    assert translated_message(english, "de") == german


def test_causes_of_lost_area_in_any_order() -> None:
    """What is listed may hold the mark between the members of the list."""
    causes = {
        "too thin, too pointed or too short for a track": "zu dünn, zu spitz oder zu kurz für eine Spur",
        "in vectors that are too short": "in zu kurzen Vektoren",
        "between hatch lines": "zwischen Fülllinien",
    }
    for count in (1, 2, 3):
        for chosen in itertools.permutations(causes, count):
            english, german = ", ".join(chosen), ", ".join(causes[one] for one in chosen)
            assert translated_message(
                f"1.5 % of it (2.25 mm³) is not exposed: {english}; in 3 layers, most at z = 0.04 mm", "de"
            ) == (
                f"1,5 % davon (2,25 mm³) werden nicht belichtet: {german}; "
                "in 3 Schichten, am meisten bei z = 0,04 mm"
            )


@pytest.mark.parametrize(
    "text",
    [
        "this is a sentence that nobody has translated",
        "the file cannot be read: the moon is in the way of the reader",
        'unknown machine "m10". Did you look at it?',
        "x" * 3000,
    ],
)
def test_a_sentence_is_translated_as_a_whole_or_not_at_all(text: str) -> None:
    assert translated_message(text, "de") is None


def test_what_stands_before_a_sentence_stays_where_it_is_not_known() -> None:
    assert translated_value("my part.stl, of the plate", "de") == "my part.stl, of the plate"
    assert translated_value("layers 3 … 5", "de") == "Schichten 3 … 5"
    assert translated_value("layer thickness", "de") == "Schichtdicke"
    assert translated_value("powder", "de") == "Pulver"
    assert translated_value("parts", "de") == "Teile"


@pytest.mark.parametrize("name", ["pump and motor.stl", "Hülse 2 or 3.stl", "a, or b", "lid · or base"])
def test_names_before_a_sentence_keep_their_words(name: str) -> None:
    assert translated_value(name, "de") == name


@pytest.mark.parametrize("name", ["it's in.stl", "pump and motor.stl", 'my "new" part.stl', "the lid.stl"])
def test_commands_with_any_name_leave_the_sentence_translated(name: str) -> None:
    command = f"amprep repair {as_argument(name)} -o CLOSED.stl --fill-holes"
    told = translated_message(f"{command}, or close the mesh in the CAD and export it again", "de")
    assert told == f"{command}, oder das Netz im CAD schließen und neu exportieren"
