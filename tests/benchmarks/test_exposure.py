"""The benchmark of whole layers runs, and its ratios compare the same layers."""

from __future__ import annotations

import json

import pytest
from benchmarks.exposure import BARE, PEER, PLAIN, SKINS, Work, main


def test_a_quick_run_says_what_a_layer_costs(tmp_path, capsys):
    main(
        ["--inputs", str(tmp_path), "--rounds", "1", "--layers", "1", "--no-peer", "--json", "square-section"]
    )
    found = json.loads(capsys.readouterr().out)
    assert [row["input"] for row in found["rows"]] == ["square, equal", "square, growing"]
    for row in found["rows"]:
        assert row["layers"] == 1
        assert set(row["ms_per_layer"]) == {SKINS, PLAIN, BARE}
        assert min(row["ms_per_layer"].values()) > 0
        assert row["pyslm_to_skins"] is None


def test_ratios_compare_the_same_layers():
    work = Work("part", None, None, [], has_peer=True)
    for layer, seconds in ((1, 1.0), (2, 3.0), (3, 50.0)):
        work.note(SKINS, layer, seconds)
    work.note(PEER, 1, 900.0)
    work.note(PEER, 1, 100.0)
    work.note(PEER, 2, 300.0)
    assert work.ratio(PEER, SKINS) == pytest.approx(100.0)
    assert work.ratio(PLAIN, SKINS) is None
    assert work.per_layer_ms(SKINS) == pytest.approx(18e3)
