"""The command line in German: results, errors and misuse; documents for machines stay as they are."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.languages.test_messages import english_words

import amprep.cli
from amprep.cli.words import say
from amprep.demonstrators.primitives import box
from amprep.errors import CODES, MeshError
from amprep.languages import choose_language
from amprep.languages.catalogues import texts_of
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl

from .conftest import run


@pytest.fixture(autouse=True)
def english_afterwards():
    yield
    choose_language(None)


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> Path:
    """A closed box, an open one, one that is too long, and a job file with faults."""
    folder = tmp_path_factory.mktemp("parts")
    cube = box((10.0, 10.0, 0.4))
    write_stl(cube, folder / "cube.stl")
    write_stl(Mesh(cube.vertices, np.ascontiguousarray(cube.faces[1:])), folder / "open.stl")
    write_stl(box((300.0, 20.0, 20.0)), folder / "long.stl")
    (folder / "bad.toml").write_text('machin = "m100"\n[hatch]\npattern = "foo"\n')
    (folder / "rates.toml").write_text("machine_eur_h = 95\n")
    return folder


def german(*arguments: object, cwd: Path) -> tuple[int, str]:
    """Exit status and all that `amprep --lang de ARGUMENTS` says."""
    done = run("--lang", "de", *arguments, cwd=cwd)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["slice", "cube.stl", "-m", "m100", "--no-report", "--force"], 0),
        (["slice", "cube.stl", "-m", "m400-4", "--dry-run"], 0),
        (["slice", "cube.stl", "-m", "m400-4", "--no-report", "--force", "--set", "hatch.pattern=chess"], 0),
        (["estimate", "cube.stl", "-m", "m400-4", "--cost", "rates.toml"], 0),
        (["estimate", "cube.stl", "-m", "m100", "--quick", "--unpacking"], 0),
        (["compare", "cube.stl", "--quantity", "2"], 0),
        (["compare", "cube.stl", "--quantity", "1..9"], 0),
        (["check", "cube.stl", "open.stl", "long.stl", "-m", "m100"], 1),
        (["info", "cube.stl", "open.stl"], 0),
        (["repair", "open.stl", "-o", "mended.stl", "--fill-holes", "--force"], 0),
        (["hatch", "cube.stl", "--z", "0.2mm", "-o", "layer.svg"], 0),
        (["doctor"], 0),
        (["slice", "long.stl", "-m", "m100"], 4),
        (["slice", "open.stl", "-m", "m100"], 3),
        (["slice", "nowhere.stl", "-m", "m100"], 3),
        (["slice", "cube.stl", "-m", "m10", "--force"], 2),
        (["slice", "cube.stl", "-m", "m100", "--layer-thickness", "0,04"], 2),
        (["run", "bad.toml"], 3),
        (["estimate", "cube.stl", "-m", "m100", "--per-layer", "no/x.csv"], 5),
    ],
)
def test_nothing_english_is_left_in_german(arguments, status, parts):
    code, said = german(*arguments, cwd=parts)
    assert code == status, said
    told = re.sub(r"\w+\.(?:stl|toml|amjob)\S*|\S*/\S+|\bparts: ", " ", said)
    told = re.sub(r"\b\w+(?:\.\w+)+|\bamprep \w+( \w+)?|--\w[\w-]*( \w+)?|\bkernel\w*", " ", told)
    assert not english_words(told), said


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["view", "JOB", "-o", "view.html", "--no-open", "--layers", "1:2"], 0),
        (["view", "JOB", "--layers", "99"], 2),
        (["view", "nowhere.amjob"], 3),
        (["report", "JOB", "-o", "report.pdf"], 2),
        (["plot", "JOB"], 0),
        (["plot", "JOB", "cost", "area"], 2),
        (["plot", "JOB", "aera"], 2),
        (["animate", "JOB", "sky"], 2),
        (["demo", "list"], 0),
        (["demo", "runn"], 2),
        (["demo", "run", "nozle"], 2),
        (["demo", "kit", "no/folder"], 5),
        (["explain", "E203"], 0),
        (["explain", "schihcten"], 2),
        (["explain", "-o", "glossary.html"], 0),
    ],
)
def test_nothing_english_is_left_of_a_finished_job_in_german(arguments, status, sliced, tmp_path):
    named = [sliced.job if one == "JOB" else one for one in arguments]
    code, said = german(*named, cwd=tmp_path)
    assert code == status, said
    # Names of kinds and demonstrators are the same everywhere.
    said = re.sub(r"(?m)^[a-z-]+ {2,}|zur Wahl: .*", "", said)
    told = re.sub(r"\S*/\S+|\b\w+(?:\.\w+)+|\bamprep \w+( \w+)?|--\w[\w-]*( \w+)?", " ", said)
    assert not english_words(told), said


def test_a_check_in_german(parts):
    code, said = german("check", "open.stl", "-m", "m100", cwd=parts)
    assert code == 1
    lines = [
        line.rstrip() for line in said.splitlines() if "prüfen …" not in line and "kompiliert" not in line
    ]
    assert lines == [
        "beurteilt für EOS M 100, EOS StainlessSteel 316L, Schichten von 20 µm",
        "",
        "open.stl  11 Dreiecke, 1 Hülle, 10,000 × 10,000 × 0,400 mm, offen, Einheit mm (angenommen)",
        "  ✗ Fehler[E203] das Netz ist offen: 1 Loch, 3 Randkanten, das größte 10 mm groß bei (0; 5; 0,2) mm",
        (
            "      z = 0 … 0,4 mm, Schichten 1 – 20. Innen und außen sind dort nicht zu unterscheiden, die "
            "Schichten hätten also Lücken."
        ),
        (
            "      Abhilfe: amprep repair open.stl -o CLOSED.stl --fill-holes, oder es im CAD schließen und "
            "neu exportieren"
        ),
        "  nicht untersucht: Hohlräume, Körper in Körpern und Schichten, denn das Netz ist nicht geschlossen",
        "  1 Fehler   amprep explain E203",
    ]


def test_an_estimate_in_german(parts):
    _, said = german("estimate", "cube.stl", "-m", "m100", "--cost", "rates.toml", cwd=parts)
    assert "die Jobzeit hängt am meisten ab von:" in said
    assert "Pulver       einfüllen" in said
    assert "20 Schichten, 1 Laser: aus allen Vektoren" in said
    assert re.search(r"Energie +\d+,\d+ kWh", said)


def test_a_machine_in_german(parts):
    _, said = german("machines", "show", "m400-4", cwd=parts)
    for words in ("Bauraum (Quader)", "Beschichter und Gas", "angenommen", "Datenblatt", "Quellen", "Spanne"):
        assert words in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["slice", "cube.stl", "-m", "m10", "--force"],
            (
                "Fehler[E101] Maschine „m10“ ist unbekannt. War „m100“ gemeint?\n  bekannt: m100, m400-4\n"
                "  Abhilfe: oder eine Profildatei angeben: --machine mein.toml\n"
            ),
        ),
        (
            ["slice", "cube.stl", "-m", "m100", "--layer-thickness", "0,04"],
            (
                "Fehler[E104] --layer-thickness: „0,04“ ist keine Länge\n"
                "  Abhilfe: ein Dezimalpunkt, kein Komma: 0.04mm\n"
            ),
        ),
        (
            ["run", "bad.toml"],
            (
                "Fehler[E301] bad.toml: die Datei hat 3 Fehler\n  bad.toml:1: parts: fehlt\n"
                "  bad.toml:1: machin: unbekannte Einstellung, war „machine“ gemeint?\n"
                '      machin = "m100"\n'
                '  bad.toml:3: hatch.pattern: unbekanntes Wort "foo"; bekannt: stripes, meander, '
                'unidirectional, chess, hexagon, concentric\n      pattern = "foo"\n'
            ),
        ),
        (
            ["slicee"],
            (
                "Fehler[E104] amprep: es gibt keinen Befehl „slicee“. War „slice“ gemeint?\n"
                "  Abhilfe: amprep --help zählt alle auf\n"
            ),
        ),
        (
            ["slice", "cube.stl", "--machin", "m100"],
            (
                "Fehler[E104] amprep slice: es gibt keine Option „--machin“. War „--machine“ gemeint?\n"
                "  Abhilfe: amprep slice --help zählt alle Optionen auf\n"
            ),
        ),
        (
            ["slice", "cube.stl"],
            (
                "Fehler[E104] --machine: diese Option muss angegeben werden\n"
                "  Abhilfe: amprep slice --help sagt, wie\n"
            ),
        ),
        (
            ["slice"],
            (
                "Fehler[E104] amprep slice: ein Argument fehlt: PARTS\n"
                "  Abhilfe: amprep slice --help sagt, wie\n"
            ),
        ),
        (
            ["bench", "--rounds", "many"],
            (
                "Fehler[E104] --rounds: hier muss eine ganze Zahl stehen\n"
                "  Abhilfe: amprep bench --help zählt alle Optionen auf\n"
            ),
        ),
        (
            ["bench", "--rounds", "0"],
            (
                "Fehler[E104] --rounds: muss 1 oder mehr sein\n"
                "  Abhilfe: amprep bench --help zählt alle Optionen auf\n"
            ),
        ),
        (
            ["machines", "list", "all"],
            (
                "Fehler[E104] amprep machines list: mehr Argumente, als der Befehl nimmt: all\n"
                "  Abhilfe: amprep machines list --help zählt alle Optionen auf\n"
            ),
        ),
        (
            ["slice", "cube.stl", "--machine"],
            (
                "Fehler[E104] amprep: --machine steht ohne seinen Wert da, oder mit einem, "
                "den es nicht nimmt\n"
                "  Abhilfe: amprep --help zählt alle Optionen auf\n"
            ),
        ),
    ],
)
def test_errors_in_german(arguments, told, parts):
    done = run("--lang", "de", *arguments, cwd=parts)
    assert done.stderr.endswith(told)
    assert done.exit_code in {2, 3}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["slicee"], 'error[E104] amprep: there is no command "slicee". Did you mean "slice"?\n'),
        (["--nonsense"], 'error[E104] amprep: there is no option "--nonsense".\n'),
        (["--lang", "fr", "doctor"], 'error[E104] no texts in the language "fr".\n'),
        (
            ["machines", "shwo"],
            'error[E104] amprep machines: there is no command "shwo". Did you mean "show"?\n',
        ),
    ],
)
def test_misuse_in_english(arguments, told):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(told)
    assert not done.stdout


def test_misuse_as_a_document():
    done = run("slice", "--nonsense", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "E104"


@pytest.mark.parametrize(
    "arguments",
    [
        ["estimate", "cube.stl", "-m", "m100", "--cost", "rates.toml", "--json"],
        ["check", "cube.stl", "open.stl", "--json"],
        ["check", "open.stl", "--format", "sarif"],
        ["check", "open.stl", "--format", "github"],
        ["info", "open.stl", "--json"],
        ["machines", "show", "m100", "--json"],
        ["materials", "list", "--json"],
        ["slice", "long.stl", "-m", "m100", "--json"],
        ["slicee", "--json"],
        ["estimate", "cube.stl", "-m", "m100", "--per-layer", "-"],
        ["schema", "job"],
        ["slice", "--help"],
    ],
)
def test_documents_are_the_same_in_every_language(arguments, parts):
    english, other = (run("--lang", lang, *arguments, cwd=parts) for lang in ("en", "de"))
    without = re.compile(r'"(?:took_s|timing_s)":[^,}]*')
    assert without.sub("", english.stdout) == without.sub("", other.stdout)
    assert english.exit_code == other.exit_code


def test_other_languages_of_pictures_leave_the_terminal_in_english(parts):
    assert "triangles" in run("--lang", "cs", "info", "cube.stl", cwd=parts).stdout
    assert "Dreiecke" in run("--lang", "de", "info", "cube.stl", cwd=parts).stdout
    assert "triangles" in run("info", "cube.stl", cwd=parts).stdout


def test_the_surroundings_choose_the_language(parts, monkeypatch):
    monkeypatch.setenv("AMPREP_LANG", "de")
    assert "Dreiecke" in run("info", "cube.stl", cwd=parts).stdout
    assert "triangles" in run("--lang", "en", "info", "cube.stl", cwd=parts).stdout
    assert run("explain", "E203").stdout.startswith("E203  das Netz ist offen")


def test_an_error_that_has_no_german_is_told_whole_in_english(monkeypatch, parts):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise MeshError("the moon is in the way of the part", code="E203", fix="wait for it")

    monkeypatch.setattr("amprep.cli.info.tell_about", refuse)
    _, said = german("info", "cube.stl", cwd=parts)
    assert said == "das Netz ist offen\nerror[E203] the moon is in the way of the part\n  fix: wait for it\n"


def test_every_code_has_a_german_title():
    from amprep.explanations import explanation

    assert all(explanation(code, language="de").title for code in CODES)


def _texts_of_the_source() -> tuple[set[str], list[re.Pattern[str]]]:
    """Literals in the modules of the command line, and f-strings as patterns."""
    literals: set[str] = set()
    patterns = []
    for path in Path(amprep.cli.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value.strip())
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(one.value) if isinstance(one, ast.Constant) else r"\w+" for one in node.values
                ]
                if any(isinstance(one, ast.Constant) and len(one.value) > 3 for one in node.values):
                    patterns.append(re.compile("".join(parts)))
    return literals, patterns


def test_every_word_of_the_terminal_is_said():
    literals, patterns = _texts_of_the_source()
    keys = set(texts_of("cli", "en"))
    orphans = [key for key in keys if key not in literals and not any(one.fullmatch(key) for one in patterns)]
    assert not orphans


def test_every_word_that_is_said_is_there():
    wanted = set()
    for path in Path(amprep.cli.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_said = isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"say", "many"}
            if is_said and isinstance(node.args[0], ast.Constant):
                wanted.add(node.args[0].value)
    choose_language("de")
    plural = re.compile(r'^msgid "(\w+)"\nmsgid_plural', re.MULTILINE)
    folder = Path(amprep.cli.__file__).parents[1] / "languages/en/cli.po"
    known = set(texts_of("cli", "en")) | set(plural.findall(folder.read_text("utf-8")))
    assert wanted <= known, wanted - known
    assert say("job_time") == "Jobzeit"
