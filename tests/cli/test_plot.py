"""``amprep plot``: what it writes, what it lists, and how it refuses."""

from __future__ import annotations

import pytest


@pytest.fixture
def job(sliced, tmp_path, monkeypatch):
    """The folder of a finished job; pictures go to a folder of the test's own."""
    monkeypatch.setenv("AMPREP_LANG", "en")
    monkeypatch.chdir(tmp_path)
    return sliced.job


def test_without_a_kind_all_are_listed_with_what_is_missing(amprep, job):
    lines = amprep.done("plot", job, "--lang", "de").stdout.splitlines()
    assert [line.split()[0] for line in lines][:4] == ["layer", "layer-order", "layer-time", "area"]
    (cost,) = (line for line in lines if line.startswith("cost"))
    assert cost.endswith("eine leere nimmt die üblichen)")
    assert not any("(" in line for line in lines if line.startswith("powder"))


def test_pictures_go_where_they_are_told_to(amprep, job, tmp_path):
    amprep.done("plot", job, "area", "-o", "new/area.svg", "--lang", "pl")
    assert ">Powierzchnia warstwy w mm²</text>" in (tmp_path / "new" / "area.svg").read_text(encoding="utf-8")
    said = amprep.done("plot", job, "area", "powder", "-o", "some", "--profile", "print", "--alt").stdout
    assert sorted(path.name for path in (tmp_path / "some").iterdir()) == [
        "area_en_print.png",
        "powder_en_print.png",
    ]
    assert "Where the powder goes" in said
    said = amprep.done("plot", job, "risk", "--layer-index", "2", "-f", "pdf", "-o", "one").stdout
    assert said.splitlines()[0].endswith("risk_2_en.pdf")


def test_a_layer_from_near(amprep, job, tmp_path):
    for kind in ("layer", "layer-order"):
        said = amprep.done(
            "plot", job, kind, "--layer-index", "2", "--around", "200,200", "--span", "1mm", "-o", "near"
        ).stdout
        assert said.splitlines()[0].endswith(f"{kind}_2_200_200_en.png")
        for place, word in (("0,0", "lie from x"), ("x", "no place")):
            outcome = amprep.run("plot", job, kind, "--around", place, "-o", "none")
            assert outcome.exit_code == 2
            assert "error[E104] --around" in outcome.stderr
            assert word in outcome.stderr
    assert not (tmp_path / "none").exists()


def test_all_draws_what_there_is_and_says_what_is_not(amprep, job, tmp_path):
    outcome = amprep.done("plot", job, "all", "-o", "all")
    drawn = {path.name.removesuffix("_en.png") for path in (tmp_path / "all").iterdir()}
    assert {"layer", "layer-time", "area", "lasers", "gantt", "powder", "risk"} <= drawn
    assert "cost" not in drawn
    assert "cost: the job has no rates" in outcome.stderr


def test_a_picture_that_the_job_cannot_have_is_refused(amprep, job):
    outcome = amprep.run("plot", job, "cost", "area")
    assert outcome.exit_code == 2
    assert "error[E116]" in outcome.stderr
    assert "add [cost]" in outcome.stderr
    assert not (job / "plots" / "area_en.png").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["aera"], "E104", 'Did you mean "area"?'),
        (["timeline"], "E104", 'Did you mean "gantt"?'),
        (["laser-map"], "E104", 'Did you mean "lasers"?'),
        (["compare"], "E104", "amprep compare"),
        (["area", "--profile", "slides"], "E104", 'Did you mean "slide"?'),
        (["area", "--lang", "fr"], "E104", "no texts"),
        (["area", "-f", "jpg"], "E104", "no form of pictures"),
        (["area", "risk", "-o", "a.png"], "E104", "several pictures"),
        (["area", "-o", "a.png", "-f", "svg"], "E104", "leave --format out"),
        (["layer", "--layer-index", "99"], "E104", "from 1 to 5"),
        (["layer", "--z", "9mm"], "E104", "not as high"),
        (["layer", "--z", "0.1", "--layer-index", "1"], "E104", "both say which layer"),
    ],
)
def test_what_is_not_understood(amprep, job, words, code, said):
    outcome = amprep.run("plot", job, *words)
    assert outcome.exit_code == 2
    assert f"error[{code}]" in outcome.stderr
    assert said in outcome.stderr


def test_nothing_is_replaced_unasked(amprep, job, tmp_path):
    (tmp_path / "a.png").write_text("mine")
    outcome = amprep.run("plot", job, "powder", "-o", "a.png")
    assert outcome.exit_code == 5
    assert "error[E501]" in outcome.stderr
    assert (tmp_path / "a.png").read_text() == "mine"
    amprep.done("plot", job, "powder", "-o", "a.png", "--force")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_no_job(amprep, job, tmp_path):
    outcome = amprep.run("plot", tmp_path, "area")
    assert outcome.exit_code == 3
    assert "error[E302]" in outcome.stderr


def test_a_layer_at_a_height(amprep, job):
    said = amprep.done("plot", job, "layer", "--z", "0.1mm", "-o", "z", "--alt").stdout
    assert "Layer 3 of 5 at z = 0.12 mm" in said
