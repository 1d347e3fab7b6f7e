"""The native job: Parquet shards of layers, a table of layers, and ``job.json`` as the commit mark.

One shard holds 50 layers, one row group each, so layer k is row group ``k % 50`` of the file that starts
at ``k - k % 50``. The layout is described in ``docs/reference/job-folder.md``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from amprep.engines.baton import away
from amprep.errors import FileContentError
from amprep.model.exposure import AGAIN
from amprep.model.scan import AREA_NAMES, REGIONS, Region, ScanVectors
from amprep.output.job_folder import COMMIT_MARK, damaged_folder, way_to_rebuild
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from typing import Self

    from numpy.typing import NDArray

    from amprep.estimation.motion import Motion
    from amprep.model.estimate import BuildEstimate
    from amprep.model.job import ParameterSets
    from amprep.model.scan import LayerPlan

__all__ = [
    "LAYERS_PER_SHARD",
    "SCHEMA",
    "JobStore",
    "LayerExtent",
    "ShardWriter",
    "commit_job",
    "read_extents",
    "read_job",
    "read_layer",
    "read_layers",
    "stored_layer",
    "stored_statistics",
    "write_layer_table",
]

SCHEMA = "amprep.job/1"

LAYERS_PER_SHARD = 50

_COORDINATES = ("x0", "y0", "x1", "y1")
_READ = [*_COORDINATES, "part", "region", "laser"]
_KEYS = {"layer": pa.uint32(), "part": pa.uint16(), "region": pa.uint8(), "laser": pa.uint8()}
_COLUMNS = pa.schema(
    [("layer", pa.uint32()), *((name, pa.float32()) for name in _COORDINATES)]
    + [(name, _KEYS[name]) for name in ("part", "region", "laser")]
)


def _shard_name(first: int) -> str:
    return f"layers-{first:06d}.parquet"


class JobStore:
    """Writes the vectors of all layers into ``vectors/``; shards may come in any order, from any process."""

    def __init__(self, folder: Path, *, job_hash: str = "") -> None:
        """Start in an empty folder; `job_hash` goes into each shard."""
        self._job_hash = job_hash
        self._vectors = folder / "vectors"
        self._vectors.mkdir()
        self._records: dict[int, dict[str, Any]] = {}

    @property
    def shards(self) -> list[dict[str, Any]]:
        """One record per shard, in the order of the layers: file, layers, rows, bytes, sha256."""
        return [self._records[first] for first in sorted(self._records)]

    def collect(self, record: dict[str, Any]) -> None:
        """Take note of a shard that was written, here or elsewhere."""
        self._records[record["first_layer"]] = record

    def chunk(self, first_layer: int) -> ShardWriter:
        """The shard that begins at a layer, to be opened by ``with``; `collect` what its writer leaves.

        Raises
        ------
        ValueError
            When the shard does not begin at a multiple of `LAYERS_PER_SHARD`.

        """
        if first_layer % LAYERS_PER_SHARD:
            raise ValueError(f"no shard begins at layer {first_layer}")
        return ShardWriter(self._vectors / _shard_name(first_layer), first_layer, self._job_hash)


class ShardWriter:
    """One shard, open between ``with`` and its end.

    Attributes
    ----------
    record : dict
        What `JobStore.collect` takes: file, layers, rows, bytes, sha256; empty until the shard is closed.

    """

    def __init__(self, path: Path, first_layer: int, job_hash: str) -> None:
        self.record: dict[str, Any] = {}
        self._path = path
        self._first = first_layer
        self._job_hash = job_hash
        self._tops_mm: list[float] = []
        self._rows = 0
        self._file: Any = None

    def __enter__(self) -> Self:
        """Create the file."""
        self._file = pq.ParquetWriter(
            self._path,
            _COLUMNS,
            compression="zstd",
            compression_level=3,
            use_dictionary=list(_KEYS),
            column_encoding=dict.fromkeys(_COORDINATES, "BYTE_STREAM_SPLIT"),
            write_statistics=True,
        )
        return self

    def write(self, plan: LayerPlan) -> None:
        """Take the next layer.

        Raises
        ------
        ValueError
            When layers do not follow one another, or are too many.

        """
        due = self._first + len(self._tops_mm)
        if plan.index != due or len(self._tops_mm) == LAYERS_PER_SHARD:
            raise ValueError(f"layer {plan.index} comes where layer {due} of the shard is due")
        table = _table(plan)
        with away():
            self._file.write_table(table, row_group_size=max(1, len(plan.vectors)))
        self._tops_mm.append(plan.top_mm)
        self._rows += len(plan.vectors)

    def __exit__(self, *fault: object) -> None:
        """Close the file; after a fault the shard has no record."""
        last_layer = self._first + len(self._tops_mm) - 1
        with self._file as writer:
            if fault[0] is not None:
                return
            writer.add_key_value_metadata(
                {
                    "schema": SCHEMA,
                    "amprep": __version__,
                    "unit": "mm",
                    "job_hash": self._job_hash,
                    "first_layer": str(self._first),
                    "last_layer": str(last_layer),
                    "top_mm": json.dumps(self._tops_mm),
                }
            )
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.record = {
            "file": f"vectors/{self._path.name}",
            "first_layer": self._first,
            "last_layer": last_layer,
            "rows": self._rows,
            "bytes": self._path.stat().st_size,
            "sha256": digest,
        }


def _table(plan: LayerPlan) -> Any:
    v = plan.vectors
    columns: list[NDArray[Any]] = [np.full(len(v), plan.index, dtype=np.uint32)]
    columns += [np.ascontiguousarray(v.segments[:, i]) for i in range(4)]
    columns += [v.part, v.region, v.laser]
    return pa.Table.from_arrays([_column(column) for column in columns], schema=_COLUMNS)


def _column(values: NDArray[Any]) -> Any:
    """A contiguous array as a column, without a copy; ``pyarrow.array`` loads NumPy's masked arrays first."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def write_layer_table(folder: Path, estimate: BuildEstimate, thickness_mm: float) -> dict[str, Any]:
    """Write ``layers.parquet``: one row per layer with heights, areas and times; returns its record."""
    times = estimate.layer_times
    columns: dict[str, Any] = {
        "layer": np.arange(len(estimate.top_mm), dtype=np.uint32),
        "top_mm": estimate.top_mm,
        "thickness_mm": np.full(len(estimate.top_mm), thickness_mm),
    }
    for i, name in enumerate(AREA_NAMES):
        columns[f"{name}_mm2"] = estimate.areas_mm2[:, i]
    columns["recoating_s"] = times.recoating_s
    columns["exposure_s"] = times.exposure_s
    columns["wait_s"] = times.wait_s
    for laser in range(times.hatch_s.shape[1]):
        columns[f"laser{laser + 1}_hatch_s"] = times.hatch_s[:, laser]
        columns[f"laser{laser + 1}_contour_s"] = times.contour_s[:, laser]
        columns[f"laser{laser + 1}_motion_s"] = times.motion_s[:, laser]
    path = folder / "layers.parquet"
    arrays = {name: _column(np.ascontiguousarray(values)) for name, values in columns.items()}
    pq.write_table(pa.table(arrays), path, compression="zstd")
    return {
        "file": path.name,
        "rows": len(estimate.top_mm),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def commit_job(
    folder: Path, *, shards: list[dict[str, Any]], layers: dict[str, Any], job: dict[str, Any]
) -> None:
    """Write ``job.json``, whose presence says that the job is complete."""
    document = {
        "schema": SCHEMA,
        "amprep": __version__,
        **job,
        "regions": {str(int(region)): region.key for region in Region}
        | {str(region + AGAIN): f"{region.key} again" for region in Region},
        "shard_rule": {"layers_per_shard": LAYERS_PER_SHARD, "row_group": "layer"},
        "shards": shards,
        "layers": layers,
    }
    (folder / COMMIT_MARK).write_text(
        json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        encoding="utf-8",
        newline="\n",
    )


def read_job(folder: Path) -> dict[str, Any]:
    """The content of ``job.json``.

    Raises
    ------
    FileContentError
        E302 when the folder is no complete job.

    """
    mark = folder / COMMIT_MARK
    fault: Exception | None = None
    try:
        document: Any = json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as one:
        document, fault = None, one
    if not isinstance(document, dict):
        raise FileContentError(
            "is no complete job: job.json is missing or damaged",
            code="E302",
            where=str(folder),
            fix=way_to_rebuild(folder),
        ) from fault
    return document


def stored_layer(
    folder: Path, index: int, sets: ParameterSets, motion: Motion
) -> tuple[ScanVectors, NDArray[np.uint16]]:
    """The vectors of one layer, found to belong to the job, and their exposures.

    Parameters
    ----------
    folder : Path
        Of a finished job.
    index : int
        The layer, from 0.
    sets : ParameterSets
        What the job was exposed with.
    motion : Motion
        Of the machine that is to count.

    Returns
    -------
    vectors : ScanVectors
    exposure : (N,) uint16
        ``REGIONS · parameter set + region``.

    Raises
    ------
    FileContentError
        E302 when the layer cannot be read, or does not belong to the job.

    """
    try:
        vectors = read_layer(folder, index)
    except (IndexError, OSError, ValueError, KeyError) as fault:
        raise damaged_folder(folder, f"the vectors of layer {index + 1} cannot be read") from fault
    numbers = np.array([sets.number(part, index) for part in range(len(sets.base))], dtype=np.uint16)
    if len(vectors) and (
        vectors.part.max() >= len(numbers)
        or vectors.laser.max() >= motion.laser_count
        or vectors.region.max() >= REGIONS
    ):
        raise damaged_folder(folder, f"layer {index + 1} names parts or lasers that the job does not have")
    return vectors, numbers[vectors.part] * np.uint16(REGIONS) + vectors.region


def stored_statistics(folder: Path, index: int, sets: ParameterSets, motion: Motion) -> NDArray[np.float64]:
    """Sums of one layer over its vectors, (L, C) float64, columns as in `ScanColumn`.

    Arguments and errors are those of `stored_layer`.
    """
    vectors, exposure = stored_layer(folder, index, sets, motion)
    return motion.statistics(vectors.segments, laser=vectors.laser, exposure=exposure, part=vectors.part)


def read_layer(folder: Path, index: int) -> ScanVectors:
    """The vectors of one layer, read from its row group alone.

    Raises
    ------
    IndexError
        When the job has no such layer.

    """
    if index < 0:
        raise IndexError(f"no layer {index} in {folder}")
    with contextlib.closing(read_layers(folder, range(index, index + 1))) as layers:
        return next(layers)


def read_layers(folder: Path, indices: range) -> Generator[ScanVectors]:
    """The vectors of consecutive layers, one after the other; each shard is opened once.

    Raises
    ------
    IndexError
        When the job has no such layer.

    """
    for file, group in _row_groups(folder, indices):
        yield _vectors(file.read_row_group(group, columns=_READ, use_threads=False))


class LayerExtent(NamedTuple):
    """What is known of a layer without its vectors."""

    regions: NDArray[np.int64]
    """(REGIONS,): how many vectors each region has."""
    bounds_mm: tuple[float, float, float, float] | None
    """Of all vectors, x0, y0, x1, y1; None where there are none."""


def read_extents(folder: Path, indices: range) -> Generator[LayerExtent]:
    """What consecutive layers hold, one after the other, without reading their vectors.

    Raises
    ------
    IndexError
        When the job has no such layer.

    """
    for file, group in _row_groups(folder, indices):
        region = file.read_row_group(group, columns=["region"], use_threads=False)["region"].to_numpy()
        yield LayerExtent(np.bincount(region, minlength=REGIONS), _bounds_mm(file, group))


def _row_groups(folder: Path, indices: range) -> Generator[tuple[Any, int]]:
    """Open file and row group of consecutive layers."""
    start = indices.start
    while start < indices.stop:
        first = start - start % LAYERS_PER_SHARD
        path = folder / "vectors" / _shard_name(first)
        if not path.is_file():
            raise IndexError(f"no layer {start} in {folder}")
        stop = min(indices.stop, first + LAYERS_PER_SHARD)
        # A layer is small: threads and reading ahead take longer than they save.
        with pq.ParquetFile(path, pre_buffer=False) as file:
            for index in range(start, stop):
                if index - first >= file.num_row_groups:
                    raise IndexError(f"no layer {index} in {folder}")
                yield file, index - first
        start = stop


def _bounds_mm(file: Any, group: int) -> tuple[float, float, float, float] | None:
    metadata = file.metadata.row_group(group)
    if not metadata.num_rows:
        return None
    columns = (metadata.column(_COLUMNS.get_field_index(name)) for name in _COORDINATES)
    known = [(one.statistics.min, one.statistics.max) for one in columns if one.is_stats_set]
    if len(known) < len(_COORDINATES):
        # Written before statistics of coordinates were.
        table = file.read_row_group(group, columns=list(_COORDINATES), use_threads=False)
        values = [table[name].to_numpy() for name in _COORDINATES]
        known = [(float(column.min()), float(column.max())) for column in values]
    (x0, x1), (y0, y1), (x2, x3), (y2, y3) = known
    # Parquet may say -0 for 0.
    return min(x0, x2) + 0.0, min(y0, y2) + 0.0, max(x1, x3) + 0.0, max(y1, y3) + 0.0


def _vectors(table: Any) -> ScanVectors:
    segments = np.stack([table[name].to_numpy() for name in _COORDINATES], axis=1)
    return ScanVectors(
        segments,
        table["region"].to_numpy().astype(np.uint8),
        table["part"].to_numpy().astype(np.uint16),
        table["laser"].to_numpy().astype(np.uint8),
    )
