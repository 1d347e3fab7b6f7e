"""The Parquet shards and the table of layers, read back by pyarrow alone."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amprep.errors import FileContentError
from amprep.model.estimate import BuildEstimate, LayerTimes, PowderBalance, Ranged
from amprep.model.scan import REGIONS, LayerAreas, LayerPlan, Region, ScanVectors
from amprep.output.job_store import (
    LAYERS_PER_SHARD,
    SCHEMA,
    JobStore,
    commit_job,
    read_extents,
    read_job,
    read_layer,
    write_layer_table,
)
from amprep.version import __version__

COORDINATES = ["x0", "y0", "x1", "y1"]
KEYS = {"layer": pa.uint32(), "part": pa.uint16(), "region": pa.uint8(), "laser": pa.uint8()}


def plan(index: int, count: int) -> LayerPlan:
    rng = np.random.default_rng(index)
    vectors = ScanVectors(
        rng.uniform(-200, 400, (count, 4)).astype(np.float32),
        rng.integers(0, 2, count),
        rng.integers(0, 65536, count),
        rng.integers(0, 4, count),
    )
    return LayerPlan(index, 0.04 * (index + 1), 0.04, vectors, LayerAreas(0, 0, 0, 0, 0), np.zeros((4, 9)))


def stored(folder, plans) -> JobStore:
    store = JobStore(folder)
    for first in reversed(range(0, len(plans), LAYERS_PER_SHARD)):
        with store.chunk(first) as shard:
            for each in plans[first : first + LAYERS_PER_SHARD]:
                shard.write(each)
        store.collect(shard.record)
    return store


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """103 layers of 0 to 30 vectors, the first, the last of a shard and some others empty."""
    folder = tmp_path_factory.mktemp("job")
    plans = [plan(i, 0 if i in {0, 49, 50, 51, 101} else i % 31) for i in range(103)]
    return folder, plans, stored(folder, plans).shards


def test_a_shard_holds_fifty_layers_and_is_named_by_its_first(job):
    folder, _, shards = job
    names = sorted(path.name for path in (folder / "vectors").iterdir())
    assert names == ["layers-000000.parquet", "layers-000050.parquet", "layers-000100.parquet"]
    assert LAYERS_PER_SHARD == 50
    rows = [pq.ParquetFile(folder / shard["file"]).num_row_groups for shard in shards]
    assert rows == [50, 50, 3]


def test_a_row_group_is_a_layer_and_empty_layers_have_one_too(job):
    folder, plans, shards = job
    for shard in shards:
        file = pq.ParquetFile(folder / shard["file"])
        for group in range(file.num_row_groups):
            expected = plans[shard["first_layer"] + group]
            table = file.read_row_group(group)
            assert table.num_rows == len(expected.vectors)
            assert set(table["layer"].to_pylist()) <= {expected.index}
            segments = np.column_stack([table[name].to_numpy() for name in COORDINATES])
            np.testing.assert_array_equal(segments, expected.vectors.segments.reshape(-1, 4))
            for name in ("region", "part", "laser"):
                np.testing.assert_array_equal(table[name].to_numpy(), getattr(expected.vectors, name))


def test_columns_have_the_types_of_the_layout(job):
    folder, _, shards = job
    for shard in shards:
        schema = pq.read_schema(folder / shard["file"])
        assert schema.names == ["layer", *COORDINATES, "part", "region", "laser"]
        for name in COORDINATES:
            assert schema.field(name).type == pa.float32()
        for name, kind in KEYS.items():
            assert schema.field(name).type == kind


def test_columns_have_the_encodings_of_the_layout(job):
    folder, plans, shards = job
    for shard in shards:
        metadata = pq.ParquetFile(folder / shard["file"]).metadata
        for group in range(metadata.num_row_groups):
            if not len(plans[shard["first_layer"] + group].vectors):
                continue
            for i in range(metadata.num_columns):
                column = metadata.row_group(group).column(i)
                assert column.compression == "ZSTD"
                if column.path_in_schema in COORDINATES:
                    assert "BYTE_STREAM_SPLIT" in column.encodings, column.path_in_schema
                    assert not column.has_dictionary_page
                else:
                    assert "RLE_DICTIONARY" in column.encodings, column.path_in_schema
                assert column.is_stats_set, f"{column.path_in_schema} needs statistics"


def test_records_of_shards_are_true(job):
    folder, plans, shards = job
    assert [(s["first_layer"], s["last_layer"]) for s in shards] == [(0, 49), (50, 99), (100, 102)]
    for shard in shards:
        data = (folder / shard["file"]).read_bytes()
        assert shard["bytes"] == len(data)
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()
        layers = plans[shard["first_layer"] : shard["last_layer"] + 1]
        assert shard["rows"] == sum(len(each.vectors) for each in layers)


@pytest.mark.parametrize("has_statistics", [True, False])
def test_extents_are_those_of_the_vectors(job, tmp_path, has_statistics):
    folder, plans, shards = job
    if not has_statistics:
        # As jobs were written before.
        (tmp_path / "vectors").mkdir()
        for shard in shards:
            source = pq.ParquetFile(folder / shard["file"])
            with pq.ParquetWriter(
                tmp_path / shard["file"], source.schema_arrow, write_statistics=["layer"]
            ) as file:
                for group in range(source.num_row_groups):
                    table = source.read_row_group(group)
                    file.write_table(table, row_group_size=max(1, table.num_rows))
        folder = tmp_path
    for indices in (range(len(plans)), range(48, 53)):
        for index, extent in zip(indices, read_extents(folder, indices), strict=True):
            vectors = plans[index].vectors
            assert np.array_equal(extent.regions, np.bincount(vectors.region, minlength=REGIONS))
            if not len(vectors):
                assert extent.bounds_mm is None
                continue
            x, y = vectors.segments[:, ::2], vectors.segments[:, 1::2]
            assert extent.bounds_mm == (x.min(), y.min(), x.max(), y.max())
    with pytest.raises(IndexError, match="layer 103"):
        list(read_extents(folder, range(100, 104)))


def test_one_layer_is_read_alone(job):
    folder, plans, _ = job
    for index in (0, 1, 30, 48, 49, 50, 51, 52, 99, 100, 101, 102):
        vectors = read_layer(folder, index)
        np.testing.assert_array_equal(vectors.segments, plans[index].vectors.segments)
        np.testing.assert_array_equal(vectors.region, plans[index].vectors.region)
        np.testing.assert_array_equal(vectors.part, plans[index].vectors.part)
        np.testing.assert_array_equal(vectors.laser, plans[index].vectors.laser)
        assert not vectors.segments.flags.writeable


@pytest.mark.parametrize("index", [-1, 103, 149, 150, 10**9])
def test_a_layer_that_is_not_there_is_an_index_error(job, index):
    with pytest.raises(IndexError, match=f"no layer {index}"):
        read_layer(job[0], index)


def test_exactly_one_shard_of_layers_makes_one_file(tmp_path):
    store = stored(tmp_path, [plan(i, 2) for i in range(50)])
    assert [shard["file"] for shard in store.shards] == ["vectors/layers-000000.parquet"]


def test_a_huge_layer_stays_one_row_group(tmp_path):
    """pyarrow splits at 1 048 576 rows unless told otherwise."""
    count = 1_048_577
    vectors = ScanVectors(np.zeros((count, 4)), *[np.zeros(count, dtype=np.uint8)] * 3)
    big = LayerPlan(0, 0.04, 0.04, vectors, LayerAreas(0, 0, 0, 0, 0), np.zeros((1, 9)))
    stored(tmp_path, [big, plan(1, 5)])
    file = pq.ParquetFile(tmp_path / "vectors/layers-000000.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [count, 5]


@pytest.mark.parametrize("indices", [[3], [0, 2], [1, 0], [51], list(range(51))])
def test_layers_that_are_no_shard_are_refused_as_they_would_be_found_at_the_wrong_place(indices, tmp_path):
    store = JobStore(tmp_path)

    def store_them():
        with store.chunk(indices[0] - indices[0] % 50) as shard:
            for index in indices:
                shard.write(plan(index, 1))
        store.collect(shard.record)

    with pytest.raises(ValueError, match="layer"):
        store_them()
    assert store.shards == []


def test_the_same_layers_give_the_same_bytes(tmp_path, job):
    stored(tmp_path, job[1])
    for path in (job[0] / "vectors").iterdir():
        assert (tmp_path / "vectors" / path.name).read_bytes() == path.read_bytes()


def estimate(layers: int = 5, lasers: int = 2) -> BuildEstimate:
    rng = np.random.default_rng(3)
    times = LayerTimes(
        *(rng.uniform(0, 5, (layers, lasers)) for _ in range(3)),
        np.full(layers, 9.0),
        rng.uniform(0, 1, layers),
    )
    figure = Ranged(1.0, 1.0, 1.0)
    return BuildEstimate(
        0.04 * np.arange(1, layers + 1),
        times,
        rng.uniform(0, 100, (layers, 8)),
        *[figure] * 6,
        (1.0, 2.0),
        7,
        1.0,
        1.0,
        1.0,
        PowderBalance(*[figure] * 5),
        (),
        (),
    )


def test_the_table_of_layers_holds_the_estimate(tmp_path):
    made = estimate()
    record = write_layer_table(tmp_path, made, 0.04)
    table = pq.read_table(tmp_path / "layers.parquet")
    data = (tmp_path / "layers.parquet").read_bytes()
    assert record == {
        "file": "layers.parquet",
        "rows": 5,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    column = {name: table[name].to_numpy() for name in table.column_names}
    assert column["layer"].tolist() == [0, 1, 2, 3, 4]
    assert table.schema.field("layer").type == pa.uint32()
    np.testing.assert_array_equal(column["top_mm"], made.top_mm)
    assert set(column["thickness_mm"]) == {0.04}
    for i, name in enumerate(
        ("sliced", "hatched", "contoured", "lost_thin", "lost_short", "lost_gap", "edged", "compensated")
    ):
        np.testing.assert_array_equal(column[f"{name}_mm2"], made.areas_mm2[:, i])
    times = made.layer_times
    for name in ("recoating", "exposure", "wait"):
        np.testing.assert_array_equal(column[f"{name}_s"], getattr(times, f"{name}_s"))
    busy = sum(column[f"laser{1}_{kind}_s"] for kind in ("hatch", "contour", "motion"))
    np.testing.assert_allclose(busy, times.busy_s[:, 0], rtol=1e-15)
    for i in range(2):
        for kind in ("hatch", "contour", "motion"):
            np.testing.assert_array_equal(column[f"laser{i + 1}_{kind}_s"], getattr(times, f"{kind}_s")[:, i])
    assert len(column) == 3 + 8 + 3 + 2 * 3, "an unknown column"
    slowest = max_of(column, 2)
    np.testing.assert_allclose(column["exposure_s"], slowest, rtol=1e-15)


def max_of(column, lasers):
    busy = [
        sum(column[f"laser{i + 1}_{kind}_s"] for kind in ("hatch", "contour", "motion"))
        for i in range(lasers)
    ]
    return np.maximum.reduce(busy)


def test_the_commit_mark_holds_what_readers_need(tmp_path):
    store = stored(tmp_path, [plan(i, 3) for i in range(3)])
    layers = write_layer_table(tmp_path, estimate(3), 0.04)
    with pytest.raises(FileContentError) as caught:
        read_job(tmp_path)
    assert caught.value.code == "E302"
    assert str(tmp_path) in caught.value.where
    commit_job(tmp_path, shards=store.shards, layers=layers, job={"name": "Größe ½", "layer_count": 3})
    document = read_job(tmp_path)
    assert document == json.loads((tmp_path / "job.json").read_text(encoding="utf-8"))
    assert document["schema"] == SCHEMA == "amprep.job/1"
    assert document["amprep"] == __version__
    assert document["name"] == "Größe ½"
    assert document["regions"] == {str(int(region)): region.name.lower() for region in Region} | {
        str(int(region) + 16): f"{region.name.lower()} again" for region in Region
    }
    assert document["shard_rule"] == {"layers_per_shard": 50, "row_group": "layer"}
    assert document["shards"] == store.shards
    assert document["layers"] == layers


@pytest.mark.parametrize("text", ['{"schema": ', "[" * 100_000, "[1]"])
def test_a_damaged_commit_mark_is_told(tmp_path, text):
    (tmp_path / "job.json").write_text(text)
    with pytest.raises(FileContentError, match=r"job\.json"):
        read_job(tmp_path)


def test_numbers_that_are_none_never_reach_the_commit_mark(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        commit_job(tmp_path, shards=[], layers={}, job={"x": float("nan")})
