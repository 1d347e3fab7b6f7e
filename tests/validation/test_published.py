"""Published builds, records and rates against the whole pipeline; the documents show what it computes now."""

from __future__ import annotations

import json

import numba
import pytest
from benchmarks.validation.__main__ import CASES, main, put_in
from benchmarks.validation.geometry import bridge
from benchmarks.validation.record import DOCUMENTS, RESULTS, Case, Figure, published

from amprep.repair import check_and_mend

compiled = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="takes minutes without compilation")

_made: dict[str, Case] = {}


def made(name: str) -> Case:
    """Each case is computed once."""
    if name not in _made:
        _made[name] = CASES[name]()
    return _made[name]


def figures(name: str, begin: str) -> list[Figure]:
    found = [one for one in made(name).figures if one.what.startswith(begin)]
    assert found, f"{name} has no figure {begin}"
    return found


@compiled
@pytest.mark.parametrize("name", CASES)
def test_every_figure_with_a_tolerance_keeps_it(name):
    missed = [f"{one.what}: {one.error_pct:+.3g} %" for one in made(name).figures if not one.holds]
    assert not missed


@compiled
@pytest.mark.parametrize("name", CASES)
def test_the_documents_show_what_is_computed(name):
    assert put_in([made(name)], check=True) == []


@compiled
def test_three_builds_of_ambench_lie_within_three_percent():
    builds = figures("ambench", "build ")
    assert [one.published for one in builds] == [9 * 3600 + 60 * minutes for minutes in (23, 22, 6)]
    for one in builds:
        assert one.computed == pytest.approx(one.published, rel=0.03), "s"


@compiled
def test_the_first_layer_of_one_bridge_lies_within_six_percent():
    (one,) = figures("ambench", "one part, layer 1")
    assert one.computed == pytest.approx(3.979, rel=0.06), "s"


@compiled
def test_the_skywriting_record_is_met_within_one_percent():
    (turn,) = figures("skywriting", "one turnaround")
    assert turn.computed == pytest.approx(0.50, rel=0.01), "ms"
    for name, total_ms in (("diverging", 29.65), ("converging", 29.80)):
        (one,) = [one for one in figures("skywriting", "whole record") if one.what.endswith(name)]
        assert one.computed == pytest.approx(total_ms, rel=0.01), "ms"


@compiled
def test_a_large_area_has_the_rate_of_every_data_sheet():
    from amprep.profiles import list_processes

    with_rate = [one for one in list_processes() if one.volume_rate_mm3_s is not None]
    shown = [one for one in made("rates").figures if one.what.endswith("M 400-4")]
    assert sorted(one.published for one in shown) == sorted(one.volume_rate_mm3_s.value for one in with_rate)
    for one in shown:
        assert one.computed == pytest.approx(one.published, rel=0.02), one.what
    (four,) = figures("rates", "AlSi10Mg 80 µm, M 400-4, four lasers")
    assert four.computed == pytest.approx(261, rel=0.02), "cm³/h"


@compiled
def test_closed_forms_agree_to_rounding():
    for one in made("closed-forms").figures:
        assert one.computed == pytest.approx(one.published, rel=1e-9), one.what


def test_the_bridge_has_the_volume_and_the_triangles_of_the_published_stl():
    mesh = bridge()
    _, report = check_and_mend(mesh, name="bridge")
    assert report.is_watertight
    assert report.shells == 1
    assert len(mesh.faces) == 376
    assert report.volume_mm3 == pytest.approx(3732.5, rel=1e-9), "mm³"
    assert mesh.bounds_mm.tolist() == [[0, 0, 0], [75, 5, 12.5]]


def test_an_old_table_is_told_and_not_changed(monkeypatch, tmp_path, capsys):
    case = Case("one", "One", "page.md", (Figure("a time", "s", 10.0, 10.1, "prediction", 2),))
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- one -->\nold\n<!-- end of one -->\nafter\n", encoding="utf-8")
    for name, value in {"DOCUMENTS": tmp_path, "ROOT": tmp_path, "RESULTS": tmp_path / "found.json"}.items():
        monkeypatch.setattr(f"benchmarks.validation.__main__.{name}", value)
    monkeypatch.setattr("benchmarks.validation.__main__.CASES", {"one": lambda: case})
    assert main(["--check", "one"]) == 1
    assert "not current: page.md, found.json" in capsys.readouterr().err
    assert "old" in page.read_text(encoding="utf-8")
    assert main([]) == 0
    assert "| a time | 10 s | 10.1 s | +1.00 % | ±2 % | prediction |" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").startswith("before\n")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["one"]["figures"][0]["holds"]
    assert main(["--check"]) == 0


def test_a_missed_tolerance_fails(monkeypatch, tmp_path):
    case = Case("one", "One", "page.md", (Figure("a time", "s", 10.0, 10.3, "prediction", 2),))
    assert "±2 % **missed**" in case.blocks()["one"]
    (tmp_path / "page.md").write_text("<!-- one -->\n<!-- end of one -->\n", encoding="utf-8")
    for name, value in {"DOCUMENTS": tmp_path, "ROOT": tmp_path, "RESULTS": tmp_path / "found.json"}.items():
        monkeypatch.setattr(f"benchmarks.validation.__main__.{name}", value)
    monkeypatch.setattr("benchmarks.validation.__main__.CASES", {"one": lambda: case})
    assert main([]) == 1


def test_a_document_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="once each"):
        published("no markers", {"one": "table"})


def test_the_record_holds_all_cases():
    assert list(json.loads(RESULTS.read_text(encoding="utf-8"))) == list(CASES)
    assert {path.name for path in DOCUMENTS.glob("*.md")} == {"time.md", "powder.md"}
