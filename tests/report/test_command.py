"""``amprep report``: where it may write, and what is no finished job."""

from __future__ import annotations

import json
import shutil

import pytest
from tests.report.conftest import Page, run


def told(outcome, code, status):
    assert outcome.exit_code == status, outcome.output
    assert f"error[{code}]" in outcome.stderr
    assert "fix:" in outcome.stderr


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures take most of the time; what they look like is tested elsewhere."""
    monkeypatch.setattr("amprep.report.writing.drawn_pictures", lambda _run, **_: [])


@pytest.fixture
def job(reported, tmp_path):
    """A copy of the job folder that may be changed."""
    return shutil.copytree(reported.job, tmp_path / "copy.amjob")


def test_a_page_of_its_own_in_a_language(reported, tmp_path):
    path = tmp_path / "raport.html"
    outcome = run("report", reported.job, "-o", path, "--lang", "pl")
    assert outcome.exit_code == 0, outcome.output
    assert "raport.html" in outcome.stdout
    page = Page(path.read_text(encoding="utf-8"))
    assert page.of("html")[0]["lang"] == "pl"
    assert page.figures == reported.page.figures
    assert len(page.of("img")) > len(reported.page.of("img"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["raport.html"]


def test_the_same_job_gives_the_same_page(undrawn, reported, tmp_path):
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for path in pages:
        assert run("report", reported.job, "-o", path, "--lang", "cs").exit_code == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_the_page_in_the_folder_is_made_again(undrawn, job):
    before = (job / "report.html").read_bytes()
    (job / "report.html").write_text("old", encoding="utf-8")
    assert run("report", job, "--lang", "de").exit_code == 0
    after = (job / "report.html").read_bytes()
    assert after.startswith(before[:60])


def test_what_exists_stays_without_force(undrawn, reported, tmp_path):
    path = tmp_path / "mine.html"
    path.write_text("mine", encoding="utf-8")
    told(run("report", reported.job, "-o", path), "E501", 5)
    assert path.read_text(encoding="utf-8") == "mine"
    assert run("report", reported.job, "-o", path, "--force").exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("report.pdf", "E104", 2),
        ("nowhere/report.html", "E502", 5),
        ("copy.amjob/other.html", "E504", 5),
        ("copy.amjob/vectors/report.html", "E504", 5),
        ("copy.amjob", "E502", 5),
    ],
)
def test_places_that_are_no_place_for_it(job, name, code, status):
    before = sorted(one.name for one in job.iterdir())
    told(run("report", job, "-o", job.parent / name, "--force"), code, status)
    assert sorted(one.name for one in job.iterdir()) == before


def test_a_folder_without_the_right_to_write(undrawn, reported, tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("amprep.output.atomic._new_file", refuse)
    told(run("report", reported.job, "-o", tmp_path / "report.html"), "E502", 5)
    assert not list(tmp_path.iterdir())


def test_what_is_no_finished_job(job, tmp_path):
    told(run("report", tmp_path / "nothing.amjob"), "E302", 3)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("mine", encoding="utf-8")
    told(run("report", foreign), "E302", 3)
    assert [one.name for one in foreign.iterdir()] == ["notes.txt"]
    (job / "job.json").rename(job / "elsewhere.json")
    told(run("report", job, "-o", tmp_path / "x.html"), "E302", 3)
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--lang", "fr"), ("--budget", "much"), ("--budget", "-3MB"), ("--budget", "1B")]
)
def test_options_that_are_not_understood(reported, tmp_path, option, value):
    told(run("report", reported.job, "-o", tmp_path / "x.html", option, value), "E104", 2)


def test_the_budget_is_kept_and_thinning_is_told(undrawn, reported, tmp_path):
    path = tmp_path / "small.html"
    full = tmp_path / "full.html"
    assert run("report", reported.job, "-o", full, "--lang", "en").exit_code == 0
    # Less than the layers need, more than all the rest does.
    budget = full.stat().st_size - 5_000
    outcome = run("report", reported.job, "-o", path, "--lang", "en", "--budget", f"{budget / 1e6}MB")
    assert outcome.exit_code == 0, outcome.output
    assert path.stat().st_size <= budget


def test_a_summary_with_what_is_not_known_yet(undrawn, job):
    """A warning of a later amprep, and regions that are exposed again, are told by their names."""
    path = job / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    summary["warnings"].append({"code": "W999", "where": "later", "text": "something <new>"})
    summary["regions"]["core again"] = {"length_mm": 12.0}
    path.write_text(json.dumps(summary), encoding="utf-8")
    assert run("report", job, "--lang", "en").exit_code == 0
    page = Page((job / "report.html").read_text(encoding="utf-8"))
    assert "something <new>" in page.text("pl")
    assert page.figures["regions.core again.length_mm"] == [12.0]
