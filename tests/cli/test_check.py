"""``amprep check`` and ``amprep explain``: texts, documents, exit statuses."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from urllib.parse import unquote

import numpy as np
import pytest

from amprep.checking.annotations import annotation_lines
from amprep.checking.finding import Finding, PartCheck, Severity
from amprep.checking.sarif import sarif_document
from amprep.demonstrators.primitives import box, sphere
from amprep.errors import CODES, MeshError
from amprep.explanations import LANGUAGES, explanation
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl


@pytest.fixture
def parts(shop):
    """``cube.stl`` is clean, ``ball.stl`` hangs over, ``open.stl`` has a hole."""
    ball = sphere(20.0, 3)
    write_stl(ball, shop / "ball.stl")
    write_stl(Mesh(ball.vertices, ball.faces[1:]), shop / "open.stl")
    write_stl(box((9.0, 9.0, 1.0)), shop / "cube.stl")
    return shop


def test_the_exit_status_is_the_answer(amprep, parts):
    assert amprep.run("check", "cube.stl").exit_code == 0
    assert amprep.run("check", "cube.stl", "--fail-on", "warning").exit_code == 0
    assert amprep.run("check", "ball.stl").exit_code == 0
    assert amprep.run("check", "ball.stl", "--fail-on", "warning").exit_code == 1
    assert amprep.run("check", "open.stl").exit_code == 1
    assert amprep.run("check", "cube.stl", "missing.stl", "open.stl").exit_code == 3
    assert amprep.run("check", "cube.stl", "-m", "nonsense").exit_code == 2
    assert amprep.run("check", "cube.stl", "--fail-on", "never").exit_code == 2
    assert amprep.run("check", "cube.stl", "--format", "xml").exit_code == 2
    assert amprep.run("check", "cube.stl", "--unit", "ell").exit_code == 2
    assert amprep.run("check").exit_code == 2
    assert sorted(path.name for path in parts.iterdir()) == ["ball.stl", "cube.stl", "open.stl"]


def test_the_text_names_place_layers_and_the_page(amprep, parts):
    outcome = amprep.run("check", "open.stl", "-m", "m400-4", "--unit", "mm")
    assert "error[E203] the mesh is open: 1 hole, 3 boundary edges" in outcome.stdout
    assert re.search(r"layers \d+ – \d+", outcome.stdout)
    assert "amprep explain E203" in outcome.stdout
    assert "not examined: voids, nested bodies and layers" in outcome.stdout
    assert "nothing found" in amprep.done("check", "cube.stl", "--unit", "mm").stdout


def test_the_command_that_closes_a_mesh_can_be_pasted(amprep, parts, tmp_path):
    name = "it's open.stl"
    shutil.copy(parts / "open.stl", tmp_path / name)
    told = amprep.run("check", str(tmp_path / name), "--unit", "inch").stdout
    command = re.search(r"fix: amprep (.+?), or close it in the CAD", told)[1]
    command = command.replace("CLOSED.stl", str(tmp_path / "c.stl"))
    assert shlex.split(command)[:4] == ["repair", str(tmp_path / name), "--unit", "inch"]
    amprep.done(*shlex.split(command))
    assert amprep.run("check", str(tmp_path / "c.stl")).exit_code == 0


def test_holes_that_meet_in_a_corner_are_as_many_for_info_check_and_repair(amprep, parts):
    cube = box((9.0, 9.0, 1.0))
    corner = int(cube.faces[0, 0])
    first, *others = np.flatnonzero((cube.faces == corner).any(axis=1))
    apart = next(n for n in others if len({*cube.faces[first]} & {*cube.faces[n]}) == 1)
    write_stl(Mesh(cube.vertices, np.delete(cube.faces, [first, apart], axis=0)), parts / "two.stl")
    told = json.loads(amprep.done("info", "two.stl", "--json").stdout)["files"][0]["parts"][0]
    assert told["holes"] == 2
    assert "2 holes" in amprep.run("check", "two.stl").stdout
    repair = amprep.done("repair", "two.stl", "-o", "closed.stl", "--fill-holes", "--json")
    assert json.loads(repair.stdout)["repairs"]["holes_filled"] == 2


def test_info_says_that_a_surface_without_thickness_cannot_be_built(amprep, parts):
    cube = box((9.0, 9.0, 1.0))
    write_stl(Mesh(cube.vertices * [1.0, 1.0, 0.0], cube.faces), parts / "flat.stl")
    assert "a surface without thickness, which cannot be built" in amprep.done("info", "flat.stl").stdout
    assert "without thickness" not in amprep.done("info", "open.stl").stdout


def test_every_file_is_checked_when_one_cannot_be_read(amprep, parts):
    outcome = amprep.run("check", "missing.stl", "open.stl")
    assert "error[E201] missing.stl" in outcome.stderr
    assert "E203" in outcome.stdout


@pytest.fixture
def faulty(parts, monkeypatch):
    """A fault of amprep itself in what looks at ``ball.stl``."""
    from amprep.checking import check

    read = check.read_parts

    def fall_over(path, **options):
        if "ball" in str(path):
            raise ZeroDivisionError("division by zero")
        return read(path, **options)

    monkeypatch.setattr(check, "read_parts", fall_over)
    return parts


def test_a_fault_in_one_file_is_told_and_the_others_are_checked(amprep, faulty):
    files = ("ball.stl", "cube.stl", "open.stl")
    outcome = amprep.run("check", *files)
    assert outcome.exit_code == 70
    assert outcome.stderr.count("error[E701] ball.stl: a fault of amprep itself (ZeroDivisionError") == 1
    assert "error[E203]" in outcome.stdout
    assert "Traceback" not in outcome.stderr + outcome.stdout
    outcome = amprep.run("check", *files, "--json")
    document = json.loads(outcome.stdout)
    assert (outcome.exit_code, outcome.stderr, document["ok"]) == (70, "", False)
    ball, cube, opened = document["files"]
    assert (ball["file"], ball["ok"], ball["error"]["code"]) == ("ball.stl", False, "E701")
    assert (cube["ok"], opened["errors"]) == (True, 1)
    outcome = amprep.run("check", *files, "-f", "sarif")
    assert outcome.exit_code == 70
    assert_is_sarif(json.loads(outcome.stdout))
    found = {result["ruleId"]: result for result in json.loads(outcome.stdout)["runs"][0]["results"]}
    place = found["E701"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert (place, found["E701"]["level"], "E203" in found) == ("ball.stl", "error", True)
    outcome = amprep.run("check", *files, "-f", "github")
    assert outcome.exit_code == 70
    assert [
        line for line in outcome.stdout.splitlines() if line.startswith("::error file=ball.stl,title=E701")
    ]
    assert [
        line for line in outcome.stdout.splitlines() if line.startswith("::error file=open.stl,title=E203")
    ]


def test_other_errors_than_those_of_meshes_do_not_end_a_check_either(amprep, parts, monkeypatch):
    from amprep.checking import check
    from amprep.errors import UsageError

    def refuse(*_args, **_options):
        raise UsageError("no such thing", code="E104", where="here")

    monkeypatch.setattr(check, "read_parts", refuse)
    outcome = amprep.run("check", "ball.stl", "cube.stl")
    assert outcome.exit_code == 2
    assert outcome.stderr.count("error[E104] here: no such thing") == 2


def test_an_interruption_ends_a_check(amprep, parts, monkeypatch):
    from amprep.checking import check

    def end(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "read_parts", end)
    outcome = amprep.run("check", "ball.stl", "cube.stl")
    assert outcome.exit_code == 130
    assert "error[" not in outcome.stderr


def test_the_json_document_is_one_and_has_all(amprep, parts):
    outcome = amprep.run("check", "cube.stl", "open.stl", "missing.stl", "--unit", "mm", "--json")
    document = json.loads(outcome.stdout)
    assert outcome.exit_code == 3
    assert outcome.stderr == ""
    assert document["schema"] == "amprep.check/1"
    assert document["ok"] is False
    cube, opened, missing = document["files"]
    assert (cube["ok"], cube["findings"], cube["not_examined"]) == (True, [], [])
    assert (opened["ok"], opened["errors"]) == (False, 1)
    finding = next(f for f in opened["findings"] if f["code"] == "E203")
    assert finding["severity"] == "error"
    assert len(finding["place_mm"]) == 3
    assert missing["error"]["code"] == "E201"
    assert document["limits"]["overhang_deg"]["grade"] == "assumed"
    assert document["limits"]["gap_mm"]["grade"] == "assumed"


#: What the specification asks of the objects that are used: required properties, then those allowed.
SARIF = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "columnKind"}),
    "driver": ({"name"}, {"version", "rules"}),
    "rule": ({"id"}, {"shortDescription", "fullDescription", "help", "defaultConfiguration"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "properties"}),
}


def has_only(thing, kind):
    required, allowed = SARIF[kind]
    assert required <= set(thing) <= required | allowed, (kind, set(thing))


def assert_is_sarif(document):
    has_only(document, "log")
    assert document["version"] == "2.1.0"
    for run in document["runs"]:
        has_only(run, "run")
        assert set(run["tool"]) == {"driver"}
        driver = run["tool"]["driver"]
        has_only(driver, "driver")
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(set(ids)) == len(ids)
        for rule in driver["rules"]:
            has_only(rule, "rule")
            for key in ("shortDescription", "fullDescription", "help"):
                assert set(rule[key]) == {"text"}
                assert rule[key]["text"]
            assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
        for result in run["results"]:
            has_only(result, "result")
            assert result["level"] in {"none", "note", "warning", "error"}
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["message"]["text"]
            for location in result["locations"]:
                uri = location["physicalLocation"]["artifactLocation"]["uri"]
                assert re.fullmatch(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/%]+", uri), uri
                assert re.sub(r"%[0-9A-F]{2}", "", uri).count("%") == 0
                first = uri.removeprefix("file://").partition("/")[0]
                assert ":" not in first, "would be read as a scheme"


def test_sarif_is_what_its_rules_ask_for(amprep, parts):
    outcome = amprep.run("check", "open.stl", "ball.stl", "missing.stl", "--unit", "mm", "-f", "sarif")
    assert outcome.exit_code == 3
    document = json.loads(outcome.stdout)
    assert_is_sarif(document)
    found = [(result["ruleId"], result["level"]) for result in document["runs"][0]["results"]]
    assert ("E203", "error") in found
    assert ("W245", "warning") in found
    assert ("E201", "error") in found


AWKWARD = [
    "größe ü.stl",
    "a:b,c%0A.stl",
    "-dash.stl",
    "100%.stl",
    "two\nlines.stl",
    "x y#z?.stl",
    "C:part.stl",
]


def awkward(name):
    finding = Finding("E203", Severity.ERROR, "open: 1 hole, 50 %\r\nmore", fix="mend, it::now")
    return PartCheck(name, findings=(finding,))


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_are_escaped_in_sarif(name):
    document = sarif_document([awkward(name), PartCheck(name, error=MeshError("no", code="E201"))])
    assert_is_sarif(document)
    place = document["runs"][0]["results"][0]["locations"][0]
    assert unquote(place["physicalLocation"]["artifactLocation"]["uri"]) == name


@pytest.mark.parametrize("name", AWKWARD)
def test_annotations_stay_one_line_and_read_back(name):
    """As the runner reads them: properties up to ``::``, parted at commas, then percent signs resolved."""
    (line,) = annotation_lines([awkward(name)])
    assert "\n" not in line
    assert "\r" not in line
    command, _, rest = line.removeprefix("::").partition(" ")
    properties, _, message = rest.partition("::")
    read = dict(part.split("=", 1) for part in properties.split(","))
    assert command == "error"
    assert unquote(read["file"]) == name
    assert unquote(read["title"]) == f"E203 {CODES['E203']}"
    assert unquote(message) == "open: 1 hole, 50 %\r\nmore\nfix: mend, it::now"


def test_notes_are_notices_for_github(amprep, parts):
    lines = annotation_lines([PartCheck("a.stl", findings=(Finding("W250", Severity.NOTE, "flat"),))])
    assert lines[0].startswith("::notice ")
    outcome = amprep.run("check", "open.stl", "--format", "github")
    assert outcome.exit_code == 1
    assert all(line.startswith("::") for line in outcome.stdout.splitlines())


def test_a_name_that_steers_a_terminal_or_looks_like_markup_does_nothing(amprep, parts):
    name = "[red]x\x1b[31m.stl"
    (parts / "cube.stl").rename(parts / name)
    outcome = amprep.run("check", name, "--unit", "mm")
    assert outcome.exit_code == 0
    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert "[red]x" in outcome.stdout


# -- explain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page_in_every_language(code, language):
    page = explanation(code, language=language)
    for text in (page.title, page.means, page.matters, page.fix):
        assert text
        assert text == text.strip()
    for text in (page.means, page.matters, page.fix):
        assert text.endswith("."), text
    if language == "de":
        assert page.title != CODES[code]
        assert not re.search(r"\b(Benutzer|Nutzer|Anwender|Bediener)\b", str(page)), "neutral forms"


def test_pages_stand_for_codes_only():
    import tomllib
    from importlib import resources

    for language in LANGUAGES:
        text = resources.files("amprep.explanations").joinpath(f"{language}.toml").read_text(encoding="utf-8")
        assert set(tomllib.loads(text)) == set(CODES)


def test_pages_are_printed_in_english_and_german(amprep, monkeypatch):
    monkeypatch.setenv("AMPREP_LANG", "")
    monkeypatch.setenv("LC_ALL", "C")
    assert "there are holes in the mesh" in amprep.done("explain", "e203").stdout
    assert "das Netz hat Löcher" in amprep.done("explain", "E203", "--lang", "de").stdout
    monkeypatch.setenv("AMPREP_LANG", "de")
    assert "Was zu tun ist" in amprep.done("explain", "E203").stdout
    listing = amprep.done("explain", "--lang", "en").stdout
    assert all(f"{code}  {CODES[code]}" in listing for code in CODES)


def test_an_unknown_code_is_refused_with_a_proposal(amprep):
    outcome = amprep.run("explain", "W203")
    assert outcome.exit_code == 2
    assert 'error[E104] explain: unknown code "W203". Did you mean "E203"?' in outcome.stderr
    assert amprep.run("explain", "E203", "--lang", "fr").exit_code == 2
    document = json.loads(amprep.run("explain", "nonsense", "--json").stdout)
    assert document["ok"] is False


def test_a_page_as_json(amprep):
    page = json.loads(amprep.done("explain", "W243", "--lang", "de", "--json").stdout)
    assert (page["code"], page["language"]) == ("W243", "de")
    assert np.all([page[key] for key in ("title", "means", "matters", "fix")])
