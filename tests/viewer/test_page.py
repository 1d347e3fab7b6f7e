"""The page: one file that asks for nothing, in which names are text."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from tests.viewer.conftest import NASTY
from tests.viewer.decoding import layer_of, lines_of, table_of
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.cli.view import parse_budget_bytes, parse_layers
from amprep.errors import UsageError
from amprep.languages import LANGUAGES
from amprep.pictures import palette
from amprep.pictures.style import LASERS
from amprep.viewer.page import CONTENT_SECURITY, page_of, viewer_parts
from amprep.viewer.palette import PALETTES
from amprep.viewer.words import PAGE_WORDS


@pytest.fixture(scope="module")
def parts(run):
    return viewer_parts(run, lang="cs")


@pytest.fixture(scope="module")
def page(parts):
    return page_of(parts, title=NASTY, lang="cs")


def test_nothing_from_beyond_the_file_is_asked_for(page):
    assert f'http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY}"' in page
    assert CONTENT_SECURITY.startswith("default-src 'none'")
    # The name of a namespace is no address.
    assert set(re.findall(r"\w+://[^\s\"'<>]*", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(?:src|srcset|action|poster)=", page)
    assert re.findall(r"href=\"([^\"]*)\"", page) == ["data:,"]
    assert not re.search(
        r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|eval\(|innerHTML|importScripts", page
    )


def test_names_from_files_are_text(page, parts):
    facts, _, _ = lines_of(parts.data)
    assert facts["name"] == NASTY
    assert facts["parts"][0] == NASTY
    assert "<" not in parts.data
    assert page.count("</script>") == 3
    assert "<b>" not in page
    assert "<!--" not in page


def test_a_page_of_one_language_holds_all(parts):
    facts, _, _ = lines_of(parts.data)
    assert facts["lang"] == "cs"
    assert tuple(facts["words"]) == LANGUAGES
    used = set(re.findall(r'data-apv(?:-label)?="(\w+)"', parts.markup))
    used |= set(re.findall(r'say\("(\w+)"', parts.script))
    assert used <= set(PAGE_WORDS)
    for words in facts["words"].values():
        assert set(words) == set(PAGE_WORDS)


def test_classes_and_ids_have_a_prefix(parts):
    assert all(name.startswith("apv") for name in re.findall(r'id="([^"]+)"', parts.markup))
    classes = " ".join(re.findall(r'class="([^"]+)"', parts.markup)).split()
    assert all(name.startswith("apv") for name in classes)
    assert all(
        ".apv" in rule or "#apv" in rule for rule in re.findall(r"(?m)^\s*([.#a-z][^{}@]*)\{", parts.css)
    )


def test_the_table_tells_the_times_of_the_estimate(run, parts):
    facts, line, _ = lines_of(parts.data)
    table = table_of(facts, line)
    times = run.estimate.layer_times
    np.testing.assert_allclose(table["exposure_s"], times.exposure_s, rtol=1e-6)
    for laser in range(run.lasers):
        busy = [
            sum(row)
            for row in zip(
                *(table[f"{what}_s{laser}"] for what in ("hatch", "contour", "motion")), strict=True
            )
        ]
        np.testing.assert_allclose(busy, times.busy_s[:, laser], rtol=1e-6)


def test_each_vector_knows_its_parameters(run, parts):
    facts, _, lines = lines_of(parts.data)
    seen = set()
    for index, line in enumerate(lines):
        vectors = run.layer(index)
        power, speed = run.beams(index, vectors)
        told = sorted(
            (
                facts["exposures"][number][str(region)]["power"],
                facts["exposures"][number][str(region)]["speed"],
            )
            for *_, _part, number, region, _laser in layer_of(facts, line)[0]
        )
        assert told == sorted(zip(power.tolist(), speed.tolist(), strict=True))
        seen |= set(told)
    assert {123.0} < {power for power, _ in seen}
    assert 700.0 in {speed for _, speed in seen}


def test_colours_are_those_of_the_pictures():
    light = PALETTES["light"]
    assert light["regions"] == palette.REGIONS
    assert light["lasers"] == [look.colour for look in LASERS]
    assert PALETTES["dark"].keys() == light.keys()
    assert PALETTES["dark"]["regions"].keys() == palette.REGIONS.keys()


def test_some_layers_only(run):
    parts = viewer_parts(run, lang="de", layers=range(2, 5))
    facts, line, lines = lines_of(parts.data)
    assert facts["layers"] == {"first": 2, "count": 3, "all": run.layer_count}
    assert len(lines) == 3
    np.testing.assert_allclose(table_of(facts, line)["top_mm"], run.estimate.top_mm[2:5], rtol=1e-6)
    assert parts.note == f"Schichten 3 bis 5 von {run.layer_count}."


def test_the_same_job_gives_the_same_bytes(run, page):
    assert page_of(viewer_parts(run, lang="cs"), title=NASTY, lang="cs") == page


def test_the_command(folder, tmp_path):
    target = tmp_path / "seen.html"
    done = CliRunner().invoke(app, ["view", str(folder), "-o", str(target), "--lang", "pl", "--no-open"])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"Wrote {target.as_posix()} (")
    assert '<html lang="pl">' in target.read_text(encoding="utf-8")
    again = CliRunner().invoke(app, ["view", str(folder), "-o", str(target)])
    assert again.exit_code == 5
    assert "E501" in again.stderr
    assert CliRunner().invoke(app, ["view", str(folder), "-o", str(target), "--force"]).exit_code == 0


def test_without_a_name_the_page_lies_in_the_folder(folder):
    for _ in range(2):
        done = CliRunner().invoke(
            app, ["view", str(folder), "--lang", "en", "--layers", ":2", "--budget", "1 MB"]
        )
        assert done.exit_code == 0, done.output
    assert (folder / "view.html").stat().st_size > 50_000
    (folder / "view.html").unlink()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--lang", "xx"], "E104"),
        (["--budget", "much"], "E104"),
        (["--budget", "1kB"], "E104"),
        (["--layers", "0:3"], "E104"),
        (["--layers", "2:1"], "E104"),
        (["--layers", "a"], "E104"),
        (["--layers", "1:99"], "E104"),
        (["-o", "no/such/folder/x.html"], "E502"),
        (["-o", "{folder}/job.json", "--force"], "E104"),
        (["-o", "{folder}/report.html", "--force"], "E504"),
        (["-o", "{folder}/vectors/x.html"], "E504"),
    ],
)
def test_what_is_refused(folder, arguments, code):
    arguments = [one.format(folder=folder) for one in arguments]
    done = CliRunner().invoke(app, ["view", str(folder), *arguments])
    assert done.exit_code in {2, 5}
    assert code in done.stderr


def test_a_folder_that_is_no_job(tmp_path):
    done = CliRunner().invoke(app, ["view", str(tmp_path)])
    assert done.exit_code == 3
    assert "E302" in done.stderr


def test_sizes_and_layers_as_people_write_them():
    assert parse_budget_bytes("25MB") == 25_000_000
    assert parse_budget_bytes("0,5 mb") == 500_000
    assert parse_budget_bytes("20000") == 20_000
    assert parse_layers("3:5", 9) == range(2, 5)
    assert parse_layers(":5", 9) == range(5)
    assert parse_layers("7:", 9) == range(6, 9)
    assert parse_layers("4", 9) == range(3, 4)
    with pytest.raises(UsageError):
        parse_layers("", 9)


def test_the_data_are_lines_of_base64(parts):
    first, *rest = parts.data.split("\n")
    json.loads(first)
    for line in rest:
        base64.b64decode(line, validate=True)
