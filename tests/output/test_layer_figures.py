"""Oracles: Python's csv and pyarrow read the tables back."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.bridge import job_of, write_bridge

from amprep.errors import OutputError
from amprep.output.layer_figures import layer_columns, layer_csv, write_layer_figures
from amprep.quick import quick_estimate


@pytest.fixture(scope="module")
def estimate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bridge")
    write_bridge(folder)
    return quick_estimate(job_of(folder))


def test_columns_say_their_units_and_add_up(estimate):
    columns = layer_columns(estimate)
    times = estimate.layer_times
    n = len(estimate.top_mm)
    assert columns["layer"].tolist() == list(range(1, n + 1))
    assert all(name.endswith(("_mm", "_mm2", "_s", "_g")) for name in columns if name != "layer")
    assert {len(column) for column in columns.values()} == {n}
    total = columns["recoating_s"] + columns["exposure_s"] + columns["wait_s"]
    assert columns["total_s"] == pytest.approx(total, rel=1e-12)
    assert columns["cumulative_s"][-1] == pytest.approx(estimate.total_s.value, rel=1e-9)
    busy = np.max([columns[f"laser{i + 1}_busy_s"] for i in range(times.hatch_s.shape[1])], axis=0)
    assert busy == pytest.approx(columns["exposure_s"], rel=1e-12)
    assert columns["dose_g"].sum() == pytest.approx(estimate.powder.dose_g.value, rel=1e-9)


def test_csv_reads_back_bit_for_bit(estimate):
    columns = layer_columns(estimate)
    text = layer_csv(columns)
    assert text.count("\r\n") == len(estimate.top_mm) + 1
    assert "\n" not in text.replace("\r\n", "")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert list(rows[0]) == list(columns)
    for name, column in columns.items():
        assert [float(row[name]) for row in rows] == column.tolist()


def test_parquet_holds_the_same(estimate, tmp_path):
    path = tmp_path / "layers.parquet"
    write_layer_figures(path, estimate)
    table = pq.read_table(path)
    columns = layer_columns(estimate)
    assert table.column_names == list(columns)
    for name, column in columns.items():
        assert np.array_equal(table[name].to_numpy(), column)


def test_a_file_appears_whole_or_not_at_all(estimate, tmp_path):
    path = tmp_path / "table.csv"
    write_layer_figures(path, estimate)
    assert path.read_bytes().decode() == layer_csv(layer_columns(estimate))
    assert [one.name for one in tmp_path.iterdir()] == ["table.csv"]
    with pytest.raises(OutputError, match="no folder"):
        write_layer_figures(tmp_path / "nowhere" / "table.csv", estimate)
