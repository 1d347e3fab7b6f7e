"""README and docs show the tables that the last run of the peers wrote; goals are judged as stated."""

from __future__ import annotations

import json

import pytest
from benchmarks.peers.publish import BEGIN, BLOCKS, END, RESULTS, ROOT, block, published
from benchmarks.peers.report import areas_agree, full_table, goals, goals_table, own_faults


@pytest.mark.parametrize(("document", "table"), BLOCKS.items())
def test_a_document_shows_the_table_of_the_last_run(document, table):
    text = (ROOT / document).read_text(encoding="utf-8")
    assert block(text) == (RESULTS / table).read_text(encoding="utf-8").strip("\n")


def test_the_tables_are_made_from_the_record():
    found = json.loads((RESULTS / "peers.json").read_text(encoding="utf-8"))
    assert goals(found) == found["goals"]
    assert (RESULTS / "summary.md").read_text(encoding="utf-8") == goals_table(found)
    assert (RESULTS / "peers.md").read_text(encoding="utf-8") == full_table(found)
    assert not areas_agree(found)


def test_publishing_replaces_the_block_and_nothing_else():
    text = f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    assert published(text, "| new |\n") == f"before\n\n{BEGIN}\n| new |\n{END}\n\nafter\n"
    assert published(published(text, "x"), "x") == published(text, "x")


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_document_without_its_markers_is_refused(text):
    with pytest.raises(ValueError, match="once each"):
        published(text, "x")


PEER_S = {"prusaslicer": 15.0, "curaengine": 14.9, "trimesh": 300.0, "pyslm": 900.0}


def made_up(amprep_s: float = 1.0) -> dict:
    cells = {who: {"best_s": seconds} for who, seconds in PEER_S.items()} | {"amprep": {"best_s": amprep_s}}
    rows = {name: dict(cells) for name in ("bracket", "scan", "sphere", "gyroid")}
    return {"contests": {"contours": rows}}


def verdicts(found: dict) -> dict:
    return {goal["work"].rpartition("against ")[2]: goal["met"] for goal in goals(found)[:4]}


def test_goals_are_judged_by_the_worst_input():
    found = made_up()
    assert verdicts(found) == {"PrusaSlicer": True, "CuraEngine": False, "trimesh": True, "PySLM": True}
    found["contests"]["contours"]["scan"]["pyslm"] = {"best_s": 799.0}
    worst = goals(found)[3]
    assert (worst["met"], worst["where"], worst["figure"]) == (False, "scan", 799.0)


def test_what_was_not_measured_everywhere_is_not_judged():
    found = made_up()
    del found["contests"]["contours"]["gyroid"]
    assert set(verdicts(found).values()) == {None}


def test_results_that_contradict_are_told():
    area = {"amprep": {"area_judge": "manifold3d", "area_deviation": 2e-6}}
    lengths = {"amprep": {"length_mm": 100.0}, "clipper2": {"length_mm": 101.0}}
    found = {"contests": {"contours": {"bracket": area}, "hatch": {"disc-section/stripes": lengths}}}
    faults = areas_agree(found)
    assert len(faults) == 2
    assert "manifold3d" in faults[0]
    assert "Clipper2" in faults[1]


def test_a_failure_of_amprep_is_told_but_no_refusal_of_a_part():
    rows = {
        "open": {"amprep": {"error": "amprep.errors.MeshError: error[E203] open.stl: the mesh is open"}},
        "fine": {"amprep": {"best_s": 1.0}, "pyslm": {"error": "ValueError: cannot"}},
    }
    found = {"contests": {"contours": rows, "hatch": {"all": {"amprep": {"error": "TypeError: no width"}}}}}
    assert own_faults(found) == ["hatch of all: TypeError: no width"]
