"""Bad input: one clear error with code, reason and fix, the right exit status, and nothing left behind."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from amprep.output.job_store import ShardWriter
from amprep.profiles import profiles_root

ON_M400 = ("-m", "m400-4", "--no-report", "-j", "1")
ERROR_KEYS = {"code", "where", "what", "why", "fix", "faults"}

Make = Callable[[Path], None]

pytestmark = [pytest.mark.bad_input, pytest.mark.usefixtures("compiled")]


@dataclass(frozen=True)
class Case:
    """`make` prepares the folder; the command ends with `status` and `code`, and says all `words`."""

    name: str
    arguments: tuple[str, ...]
    code: str
    status: int
    words: tuple[str, ...] = ()
    make: Make = lambda _shop: None


def binary_stl(records: bytes, count: int) -> bytes:
    return b"made by a test".ljust(80) + struct.pack("<I", count) + records


def cube_records() -> bytearray:
    return bytearray(Path("cube.stl").read_bytes()[84:])


def content(name: str, data: bytes) -> Make:
    return lambda shop: _write(shop / name, data)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def truncated(shop: Path) -> None:
    (shop / "bad.stl").write_bytes((shop / "cube.stl").read_bytes()[: 84 + 7 * 50 + 20])


def announcing_too_many(shop: Path) -> None:
    (shop / "bad.stl").write_bytes(binary_stl(bytes(cube_records()[: 11 * 50]), 12_000_000))


def with_appended_text(shop: Path) -> None:
    (shop / "bad.stl").write_bytes((shop / "cube.stl").read_bytes() + b"exported by a CAD program " * 20)


def with_number(value: float, corners: int) -> Make:
    def make(shop: Path) -> None:
        records = cube_records()
        for corner in range(corners):
            triangle, place = divmod(corner, 3)
            struct.pack_into("<f", records, 50 * triangle + 12 + 12 * place, value)
        (shop / "bad.stl").write_bytes(binary_stl(bytes(records), 12))

    return make


def flat_sheet(shop: Path) -> None:
    corners = ((0, 0, 1), (4, 0, 1), (0, 4, 1))
    records = b""
    for order in ((0, 1, 2), (0, 2, 1)):
        records += struct.pack("<12fH", 0, 0, 1, *(c for i in order for c in corners[i]), 0)
    (shop / "bad.stl").write_bytes(binary_stl(records, 2))


def boxes(**sizes: tuple[float, float, float]) -> Make:
    def make(shop: Path) -> None:
        from amprep.demonstrators.primitives import box
        from amprep.output.stl import write_stl

        for name, size in sizes.items():
            write_stl(box(size), shop / f"{name}.stl")

    return make


def faulty_machine(shop: Path) -> None:
    text = (profiles_root() / "machines" / "eos_m400_4.toml").read_text(encoding="utf-8")
    text = text.replace("nummer", "number").replace("number = 3 ", "nummer = 3 ")
    text = text.replace("[-25, -25, 225, 225]", "[225, -25, -25, 225]")
    text = text.replace("default_material", "default_matrial", 1)
    (shop / "mine.toml").write_text(text, encoding="utf-8")


def text_file(name: str, text: str) -> Make:
    return content(name, text.encode())


def job_folder_with(name: str, files: dict[str, str]) -> Make:
    def make(shop: Path) -> None:
        for file, text in files.items():
            path = shop / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return make


OUR_JOB = {"job.json": '{"schema": "amprep.job/1"}'}
OVERLAPPING = """machine = "m400-4"
[[parts]]
file = "cube.stl"
position_mm = [100, 100]
[[parts]]
file = "cube.stl"
position_mm = [101, 101]
"""
UNKNOWN_REGION = """machine = "m400-4"
[[rules]]
layers = "2"
reexpose = { regions = ["cores"] }
[[parts]]
file = "cube.stl"
"""

UNKNOWN_KEYS = """machine = "m400-4"
nmae = "x"
[hatch]
hatch_distance = 0.09
[[parts]]
fiel = "cube.stl"
"""


def on_m400(*arguments: str) -> tuple[str, ...]:
    return ("slice", *arguments, *ON_M400)


CASES = [
    Case(
        "a missing file", on_m400("nothing_like_it.stl"), "E201", 3, ("nothing_like_it.stl", "no such file")
    ),
    Case("a file with a similar name", on_m400("cuube.stl"), "E201", 3, ('Did you mean "cube.stl"?',)),
    Case("a missing folder", on_m400("parts/cube.stl"), "E201", 3, ('no folder "parts"',)),
    Case(
        "a folder",
        on_m400("parts.stl"),
        "E201",
        3,
        ("folder", "parts.stl/a.stl"),
        job_folder_with("parts.stl", {"a.stl": ""}),
    ),
    Case("an empty file", on_m400("bad.stl"), "E202", 3, ("empty",), content("bad.stl", b"")),
    Case(
        "text that is no part",
        on_m400("bad.stl"),
        "E202",
        3,
        ("no part", "STL or 3MF"),
        content("bad.stl", b"Dear all,\nplease find attached the part.\n" * 9),
    ),
    Case(
        "a STEP file without a body",
        on_m400("bad.stl"),
        "E207" if find_spec("cascadio") else "E229",
        3,
        ("STEP", "export"),
        content("bad.stl", b"ISO-10303-21;\nHEADER;\n" * 9),
    ),
    Case(
        "a binary stub",
        on_m400("bad.stl"),
        "E202",
        3,
        ("no part",),
        content("bad.stl", b"\0\1\2" + bytes(90)),
    ),
    Case("a truncated binary STL", on_m400("bad.stl"), "E203", 3, ("open",), truncated),
    Case("a counter too high", on_m400("bad.stl"), "E203", 3, ("open",), announcing_too_many),
    Case(
        "a corner that is no number", on_m400("bad.stl"), "E203", 3, ("open",), with_number(float("nan"), 1)
    ),
    Case(
        "only corners that are no numbers",
        on_m400("bad.stl"),
        "E204",
        3,
        ("not finite",),
        with_number(float("nan"), 36),
    ),
    Case(
        "only infinite corners",
        on_m400("bad.stl"),
        "E204",
        3,
        ("not finite",),
        with_number(float("inf"), 36),
    ),
    Case("an absurd coordinate", on_m400("bad.stl"), "E205", 3, ("triangle 1 ",), with_number(3e7, 1)),
    Case(
        "a binary STL with zero triangles",
        on_m400("bad.stl"),
        "E204",
        3,
        ("no triangle",),
        content("bad.stl", b"nothing".ljust(80) + bytes(4)),
    ),
    Case(
        "an ASCII STL with zero triangles",
        on_m400("bad.stl"),
        "E202",
        3,
        ("facet",),
        content("bad.stl", b"solid x\nendsolid x\n"),
    ),
    Case("a pipe", on_m400("-"), "E201", 3, ("write it to a file first",)),
    Case("a sheet without volume", on_m400("bad.stl"), "E209", 3, ("no volume",), flat_sheet),
    Case(
        "a part larger than every machine",
        on_m400("big.stl"),
        "E401",
        4,
        ("500.0 × 20.0 × 1.0 mm", "400 × 400 × 400 mm", "100.0 mm too wide", "45° about z"),
        boxes(big=(500.0, 20.0, 1.0)),
    ),
    Case(
        "a part in micrometres",
        on_m400("big.stl"),
        "E401",
        4,
        ("fix: --unit um makes it 10 × 8 × 6 mm · or scale it by",),
        boxes(big=(10000.0, 8000.0, 6000.0)),
    ),
    Case(
        "a part for the larger machine",
        ("slice", "big.stl", "-m", "m100"),
        "E401",
        4,
        ("EOS M 100", "--machine m400-4"),
        boxes(big=(120.0, 20.0, 1.0)),
    ),
    Case(
        "a part too high",
        ("slice", "big.stl", "-m", "m100"),
        "E401",
        4,
        ("mm too high",),
        boxes(big=(5.0, 5.0, 120.0)),
    ),
    Case(
        "too many parts",
        ("slice", *["big.stl"] * 4, "-m", "m100"),
        "E401",
        4,
        ("do not fit side by side", "of them lie inside"),
        boxes(big=(50.0, 40.0, 1.0)),
    ),
    Case(
        "an unknown machine to show",
        ("machines", "show", "m400"),
        "E101",
        2,
        ("or give a profile file: amprep machines show my.toml",),
    ),
    Case(
        "an unknown material to show",
        ("materials", "show", "m400"),
        "E102",
        2,
        ("or give a profile file: amprep materials show my.toml",),
    ),
    Case(
        "an unknown machine",
        ("slice", "cube.stl", "-m", "m400"),
        "E101",
        2,
        ('unknown machine "m400"', 'Did you mean "m400-4"?', "m100", "my.toml"),
    ),
    Case(
        "an unknown material",
        on_m400("cube.stl", "-M", "steel17"),
        "E102",
        2,
        ('unknown material "steel17"', "316l"),
    ),
    Case(
        "a material without a process",
        ("slice", "cube.stl", "-m", "m100", "-M", "alsi10mg"),
        "E103",
        2,
        ("no process for", "316l 20 µm"),
    ),
    Case(
        "a profile with three faults",
        ("slice", "cube.stl", "-m", "mine.toml"),
        "E301",
        3,
        ("3 faults", 'did you mean "default_material"', 'did you mean "number"', "needs [x0, y0, x1, y1]"),
        faulty_machine,
    ),
    Case("a missing profile", ("slice", "cube.stl", "-m", "no.toml"), "E302", 3, ("No such file",)),
    Case(
        "a profile that is no TOML",
        ("slice", "cube.stl", "-m", "mine.toml"),
        "E302",
        3,
        ("mine.toml:2", "no TOML"),
        text_file("mine.toml", 'id = "x"\nname = = 3\n'),
    ),
    Case(
        "a job that exists",
        on_m400("cube.stl"),
        "E501",
        5,
        ("cube.amjob", "--force", "--output"),
        job_folder_with("cube.amjob", OUR_JOB),
    ),
    Case(
        "a foreign folder",
        on_m400("cube.stl", "-o", "mine"),
        "E503",
        5,
        ("mine", "--output"),
        job_folder_with("mine", {"thesis.txt": "years of work"}),
    ),
    Case(
        "a foreign folder with --force",
        on_m400("cube.stl", "-o", "mine", "--force"),
        "E503",
        5,
        ("mine", "never replaced"),
        job_folder_with("mine", {"thesis.txt": "years of work"}),
    ),
    Case(
        "a foreign folder that has a job.json of its own, with --force",
        on_m400("cube.stl", "-o", "mine", "--force"),
        "E503",
        5,
        ("mine",),
        job_folder_with("mine", {"thesis.txt": "years of work", "job.json": '{"job": "of another program"}'}),
    ),
    Case(
        "an output path that is a file",
        on_m400("cube.stl", "-o", "notes.txt", "--force"),
        "E503",
        5,
        ("notes.txt",),
        text_file("notes.txt", "mine"),
    ),
    Case(
        "an output path below a file",
        on_m400("cube.stl", "-o", "notes.txt/deep/out", "--force"),
        "E502",
        5,
        ("notes.txt/deep/out", "cannot be written"),
        text_file("notes.txt", "mine"),
    ),
    Case("an output name too long", on_m400("cube.stl", "-o", "n" * 300), "E502", 5, ("--output",)),
    Case(
        "a default output name too long",
        on_m400("n" * 250 + ".stl"),
        "E502",
        5,
        ("--output",),
        boxes(**{"n" * 250: (2.0, 2.0, 0.2)}),
    ),
    Case(
        "unknown keys in a job file",
        ("run", "job.toml"),
        "E301",
        3,
        (
            'job.toml:2: nmae: unknown setting, did you mean "name"?',
            'job.toml:4: hatch.hatch_distance: unknown setting, did you mean "hatch_distance_mm"?',
            'job.toml:6: parts.1.fiel: unknown setting, did you mean "file"?',
        ),
        text_file("job.toml", UNKNOWN_KEYS),
    ),
    Case(
        "an unknown region",
        ("run", "job.toml"),
        "E301",
        3,
        ("the file has 1 fault\n", 'rules.1.reexpose.regions.1: unknown word "cores", did you mean "core"?'),
        text_file("job.toml", UNKNOWN_REGION),
    ),
    Case("a missing job file", ("run", "no.toml"), "E302", 3, ("no.toml", "No such file")),
    Case("a part given as job file", ("run", "cube.stl"), "E302", 3, ("cube.stl",)),
    Case("a job folder given as job file", ("run", "."), "E302", 3, ("directory",)),
    Case(
        "a job file without parts",
        ("run", "job.toml"),
        "E301",
        3,
        ("parts: needs at least one entry",),
        text_file("job.toml", 'machine = "m400-4"\nparts = []\n'),
    ),
    Case(
        "overlapping parts",
        ("run", "job.toml"),
        "E402",
        4,
        ("cube and cube 2", "0.2 mm³ in common", "(100.5, 100.5, 0.1)"),
        text_file("job.toml", OVERLAPPING),
    ),
    Case(
        "supports that overlap",
        ("run", "job.toml"),
        "E402",
        4,
        ("cube and cube 2", "fix: save supports that overlap as one file, whose bodies are merged"),
        text_file("job.toml", OVERLAPPING.replace('file = "cube', 'structure = "support"\nfile = "cube')),
    ),
    Case("an unknown unit", on_m400("cube.stl", "--unit", "yard"), "E104", 2, ("--unit", "mm, inch, m")),
    Case(
        "metres taken for mm",
        on_m400("cube.stl", "--unit", "m"),
        "E401",
        4,
        ("2000.0 × 2000.0 × 200.0 mm", "1600.0 mm too wide"),
    ),
    Case("40 for 40 µm", on_m400("cube.stl", "--layer-thickness", "40"), "E407", 4, ("40000 µm", "40 µm")),
    Case(
        "a thickness without a process",
        on_m400("cube.stl", "--layer-thickness", "50um"),
        "E407",
        4,
        ("50 µm",),
    ),
    *(
        Case(
            f"the thickness {text!r}",
            on_m400("cube.stl", "--layer-thickness", text),
            "E104",
            2,
            (f'"{text}"',),
        )
        for text in ("0,04", "-1um", "nan", "inf", "0", "thin", "40 parsec", "")
    ),
    Case(
        "a part thinner than half a layer",
        on_m400("thin.stl"),
        "E403",
        4,
        ("thin", "0.019 mm high", "40 µm"),
        boxes(thin=(2.0, 2.0, 0.019)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input_gives_one_clear_error_and_leaves_nothing(case, amprep, shop, tmp_path):
    case.make(shop)
    before = amprep.tree(tmp_path)
    outcome = amprep.run(*case.arguments)
    text = outcome.stderr
    assert isinstance(outcome.exception, SystemExit), f"an exception got out: {outcome.exception!r}"
    assert outcome.exit_code == case.status, f"exit status {outcome.exit_code}, not {case.status}:\n{text}"
    assert text.count("error[") == 1, f"one error, please:\n{text}"
    assert f"error[{case.code}]" in text, f"not {case.code}:\n{text}"
    assert "Traceback" not in text
    for word in case.words:
        assert word in text, f'"{word}" is not in the message:\n{text}'
    assert amprep.tree(tmp_path) == before, "something was left behind or changed"
    # The same error as a document.
    outcome = amprep.run(*case.arguments, "--json")
    assert outcome.exit_code == case.status
    document = json.loads(outcome.stdout)
    assert document["ok"] is False
    assert set(document) == {"ok", "error"}
    error = document["error"]
    assert set(error) == ERROR_KEYS
    assert error["code"] == case.code
    assert error["what"], "the error says nothing"
    assert amprep.tree(tmp_path) == before, "something was left behind or changed with --json"
    has_fix = error["fix"] or error["faults"] or "did you mean" in error["what"].lower()
    assert has_fix, f"the error proposes no fix:\n{text}"


def test_all_bad_files_of_a_job_are_named_at_once(amprep, shop, tmp_path):
    truncated(shop)
    (shop / "empty.stl").write_bytes(b"")
    before = amprep.tree(tmp_path)
    parts = ("bad.stl", "cube.stl", "missing.stl", "empty.stl", "bad.stl")
    outcome = amprep.run(*on_m400(*parts))
    text = outcome.stderr
    assert outcome.exit_code == 3
    assert text.count("error[") == 1
    assert "error[E276] 3 of 4 files cannot be used as parts" in text
    for words in ("[E203] bad.stl: ", "[E201] missing.stl: ", "[E202] empty.stl: "):
        assert text.count(words) == 1, text
    assert text.count("fix:") == 4, text
    error = json.loads(amprep.run(*on_m400(*parts), "--json").stdout)["error"]
    assert (error["code"], len(error["faults"])) == ("E276", 3)
    assert amprep.tree(tmp_path) == before
    (shop / "job.toml").write_text(
        'machine = "m400-4"\n[[parts]]\nfile = "bad.stl"\n[[parts]]\nfile = "empty.stl"\n'
    )
    assert "error[E276] 2 of 2" in amprep.run("run", "job.toml", "-n").stderr


def test_one_bad_file_among_good_ones_keeps_its_own_code(amprep, shop):
    truncated(shop)
    outcome = amprep.run(*on_m400("cube.stl", "bad.stl"))
    assert "error[E203] bad.stl" in outcome.stderr


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (truncated, "truncated"),
        (announcing_too_many, "truncated"),
        (with_number(float("nan"), 1), "not finite"),
    ],
    ids=["truncated", "counter too high", "not a number"],
)
def test_an_open_mesh_names_the_damage_of_the_file_as_its_cause(make, word, amprep, shop):
    make(shop)
    outcome = amprep.run(*on_m400("bad.stl"))
    assert outcome.exit_code == 3
    assert word in outcome.stderr, f"the cause, {word}, is not told:\n{outcome.stderr}"


def test_a_wrong_counter_with_all_triangles_there_is_a_warning_only(amprep, shop):
    data = bytearray((shop / "cube.stl").read_bytes())
    data[80:84] = struct.pack("<I", 13)
    (shop / "bad.stl").write_bytes(data)
    outcome = amprep.done(*on_m400("bad.stl"), "--json")
    codes = [warning["code"] for warning in json.loads(outcome.stdout)["warnings"]]
    assert "W215" in codes, f"the wrong counter is not told: {codes}"


def test_text_behind_the_triangles_is_an_error_or_a_warning_never_silent(amprep, shop, tmp_path):
    with_appended_text(shop)
    before = amprep.tree(tmp_path)
    outcome = amprep.run(*on_m400("bad.stl"))
    assert outcome.exit_code in {0, 3}
    if outcome.exit_code == 0:
        assert "W215" in outcome.stdout
    else:
        assert outcome.stderr.count("error[E2") == 1
        assert amprep.tree(tmp_path) == before


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('layer_thickness_mm = "0.04"', "needs a number"),
        ("layer_thickness_mm = true", "needs a number"),
        ('gap_mm = "5"', "needs a number"),
    ],
)
def test_text_and_booleans_are_no_numbers_in_a_job_file(line, word, amprep, shop):
    (shop / "job.toml").write_text(f'machine = "m400-4"\n{line}\n[[parts]]\nfile = "cube.stl"\n')
    outcome = amprep.run("run", "job.toml", "-n")
    assert outcome.exit_code == 3, f"{line} was taken:\n{outcome.stdout}"
    assert "job.toml:2" in outcome.stderr
    assert word in outcome.stderr


@pytest.mark.parametrize("value", ['"2"', "true", "1.5"])
def test_a_count_is_a_whole_number(value, amprep, shop):
    (shop / "job.toml").write_text(f'machine = "m400-4"\n[[parts]]\nfile = "cube.stl"\ncount = {value}\n')
    outcome = amprep.run("run", "job.toml", "-n")
    assert outcome.exit_code == 3, f"count = {value} was taken:\n{outcome.stdout}"
    assert "job.toml:4: parts.1.count" in outcome.stderr


@pytest.mark.parametrize("value", ["[1, 2, -3]", "[1, 2, 3, 4]", "[1]"])
def test_a_wrong_position_is_one_fault_in_words_of_the_trade(value, amprep, shop):
    text = f'machine = "m400-4"\n[[parts]]\nfile = "cube.stl"\nposition_mm = {value}\n'
    (shop / "job.toml").write_text(text)
    outcome = amprep.run("run", "job.toml", "-n")
    assert outcome.exit_code == 3
    assert "tuple" not in outcome.stderr, f"people know no tuples:\n{outcome.stderr}"
    assert "after validation" not in outcome.stderr
    assert "has 1 fault" in outcome.stderr, f"one fault was made:\n{outcome.stderr}"


@pytest.mark.parametrize(("key", "value"), [("unit", "yard"), ("layer_thickness_mm", -0.04)])
def test_the_library_refuses_wrong_values_with_its_own_errors(key, value, shop):
    from amprep import AmprepError, assemble

    with pytest.raises(AmprepError) as caught:
        assemble(["cube.stl"], machine="m400-4", **{key: value})
    assert caught.value.exit_status == 2


def test_no_part_meets_a_plane_is_an_error_not_an_empty_job(amprep, shop, tmp_path):
    """A sheet of 24 µm between the planes at 20 and 60 µm; no layer of 40 µm would hold it."""
    amprep.write_box(shop / "sheet.stl", (2.0, 2.0, 0.024))
    (shop / "job.toml").write_text(
        'machine = "m400-4"\n[[parts]]\nfile = "cube.stl"\nposition_mm = [50, 50]\n'
        '[[parts]]\nfile = "sheet.stl"\nposition_mm = [20, 20, 0.028]\n'
    )
    before = amprep.tree(tmp_path)
    outcome = amprep.run("run", "job.toml", "--no-report")
    assert outcome.exit_code == 4, f"the sheet vanished without a word:\n{outcome.stdout}"
    assert "error[E403] sheet" in outcome.stderr
    assert amprep.tree(tmp_path) == before


def test_a_parent_without_rights_is_e502(amprep, shop, tmp_path, monkeypatch):
    """Rights do not bite for root, so the question for them is answered here."""
    (shop / "locked").mkdir()
    before = amprep.tree(tmp_path)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "locked" not in str(path) and allowed(path, mode))
    outcome = amprep.run(*on_m400("cube.stl", "-o", "locked/out"))
    assert outcome.exit_code == 5
    assert "error[E502] locked/out" in outcome.stderr
    assert "no right" in outcome.stderr
    assert amprep.tree(tmp_path) == before


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="rights of folders do not bind this user"
)
def test_a_read_only_parent_is_e502(amprep, shop, tmp_path):
    locked = shop / "locked"
    locked.mkdir(mode=0o555)
    before = amprep.tree(tmp_path)
    outcome = amprep.run(*on_m400("cube.stl", "-o", "locked/out"))
    locked.chmod(0o755)
    assert outcome.exit_code == 5
    assert "error[E502]" in outcome.stderr
    assert amprep.tree(tmp_path) == before


def test_a_system_that_refuses_the_folder_gives_e502_and_no_parents_stay(amprep, shop, tmp_path, monkeypatch):
    before = amprep.tree(tmp_path)

    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("amprep.output.job_folder.temporary_folder", refuse)
    outcome = amprep.run(*on_m400("cube.stl", "-o", "new/deep/out"))
    assert outcome.exit_code == 5
    assert "error[E502] new/deep/out" in outcome.stderr
    assert "Read-only file system" in outcome.stderr
    assert amprep.tree(tmp_path) == before


@pytest.mark.parametrize("command", ["report", "plot", "view", "explain"])
@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("my cube.stl", "amprep slice 'my cube.stl' --machine m400-4"),
        ("my job.toml", "amprep run 'my job.toml'"),
        ("notes.txt", "name a folder that amprep slice or amprep run wrote"),
    ],
)
def test_a_file_in_place_of_a_job_folder(command, name, fix, amprep, shop):
    (shop / name).write_bytes((shop / "cube.stl").read_bytes())
    outcome = amprep.run(command, *(["layer", "--run"] if command == "explain" else []), name)
    assert outcome.exit_code == 3
    assert f"error[E302] {name}: this is a" in outcome.stderr
    assert f"fix: {fix}" in outcome.stderr.replace("make a job of it: ", "").replace("make the job: ", "")


def test_a_job_in_place_of_parts_needs_no_machine(amprep, shop):
    (shop / "my job.toml").write_text("amprep = 1\n")
    (shop / "done.amjob").mkdir()
    (shop / "done.amjob/job.toml").write_text("amprep = 1\n")
    for name, fix in (("my job.toml", "amprep run 'my job.toml'"), ("done.amjob", "amprep run done.amjob")):
        outcome = amprep.run("slice", name)
        assert outcome.exit_code == 2
        assert f"fix: {fix}\n" in outcome.stderr
    assert "amprep slice --help says how" in amprep.run("slice", "cube.stl").stderr


def test_commands_that_are_told_can_be_pasted(amprep, shop):
    (shop / "cube.stl").rename(shop / "my cube.stl")
    outcome = amprep.done("slice", "my cube.stl", "-m", "m100", "--no-report", "-j", "1")
    assert "amprep run 'my cube.amjob' --force\n" in outcome.stdout
    (shop / "my cube.amjob/job.json").unlink()
    remake = "amprep run 'my cube.amjob' --output 'my cube-new.amjob'"
    assert remake in amprep.run("report", "my cube.amjob").stderr
    amprep.done(*shlex.split(remake)[1:], "--no-report", "-j", "1")
    assert "amprep estimate 'my cube.stl' --machine" in amprep.run("estimate", "my cube.stl").stderr


def test_a_full_disk_gives_e502_and_nothing_stays(amprep, shop, tmp_path, monkeypatch):
    before = amprep.tree(tmp_path)
    write = ShardWriter.write

    def some(self, plan):
        if plan.index == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, plan)

    monkeypatch.setattr(ShardWriter, "write", some)
    outcome = amprep.run(*on_m400("cube.stl", "-o", "new/deep/out"))
    assert outcome.exit_code == 5
    assert outcome.stderr.count("error[E502]") == 1
    assert "No space left" in outcome.stderr
    assert amprep.tree(tmp_path) == before


def test_a_full_disk_leaves_the_old_job_as_it_was(amprep, shop, tmp_path, monkeypatch, sliced):
    shutil.copytree(sliced.job, shop / "cube.amjob")
    before = amprep.tree(tmp_path)

    def full(_self, _plan):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ShardWriter, "write", full)
    outcome = amprep.run(*on_m400("cube.stl"), "--force")
    assert outcome.exit_code == 5
    assert amprep.tree(tmp_path) == before


@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux")
@pytest.mark.parametrize("name", [b"b\xff.stl"], ids=["not UTF-8"])
def test_a_file_name_that_is_no_text_is_no_fault_of_amprep(name, amprep, shop, tmp_path):
    shutil.copy("cube.stl", os.fsdecode(name))
    before = amprep.tree(tmp_path)
    outcome = amprep.run(*on_m400(os.fsdecode(name)))
    assert outcome.exit_code != 70, outcome.stderr
    if outcome.exit_code:
        assert amprep.tree(tmp_path) == before


def test_usage_errors_of_the_parser_exit_with_2(amprep, shop, tmp_path):
    before = amprep.tree(tmp_path)
    for arguments in (
        ("slice",),
        ("slice", "cube.stl"),
        ("slice", "cube.stl", "-m"),
        ("slice", "cube.stl", "-m", "m100", "-j", "0"),
        ("slice", "cube.stl", "-m", "m100", "--no-such-option"),
        ("run",),
        ("slise",),
    ):
        outcome = amprep.run(*arguments)
        assert outcome.exit_code == 2, f"{arguments}: {outcome.exit_code}"
        assert "Traceback" not in outcome.stderr
    assert amprep.tree(tmp_path) == before


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("beam_offset_mm = 1.0", "gap"),
        ("laser_power_w = 50_000", "laser_power_w"),
        ("scan_speed_mm_s = 1e6", "scan_speed_mm_s"),
        ("stripe_width_mm = 0.2\nstripe_overlap_mm = 3", "stripe_overlap_mm"),
    ],
    ids=["gap behind the contour", "power", "speed", "overlap wider than the stripe"],
)
def test_overrides_obey_the_rules_that_profiles_obey(setting, word, amprep, shop):
    """A gap behind the contour is counted as contoured: nothing would tell that the core stays powder."""
    (shop / "job.toml").write_text(f'machine = "m400-4"\n[hatch]\n{setting}\n[[parts]]\nfile = "cube.stl"\n')
    outcome = amprep.run("run", "job.toml", "-n")
    assert outcome.exit_code in {3, 4}, f"taken without a word:\n{outcome.stdout}"
    assert word in outcome.stderr
