"""One row per layer, as CSV (RFC 4180) or Parquet: ``amprep estimate --per-layer``.

The columns are described in ``docs/reference/estimate.md``. CSV has a header, commas, points as decimal
signs, lines that end with CR LF, and numbers that read back bit for bit.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.model.scan import AREA_NAMES
from amprep.output.atomic import atomic_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from amprep.model.estimate import BuildEstimate

__all__ = ["LAYER_SUFFIXES", "layer_columns", "layer_csv", "write_layer_figures"]

LAYER_SUFFIXES = (".csv", ".parquet")


def layer_columns(estimate: BuildEstimate) -> dict[str, NDArray[Any]]:
    """Columns by name, units in the names; each (n,), `layer` from 1, all others float64."""
    times = estimate.layer_times
    columns: dict[str, NDArray[Any]] = {
        "layer": np.arange(1, len(estimate.top_mm) + 1, dtype=np.int64),
        "top_mm": estimate.top_mm,
    }
    columns |= {f"{name}_mm2": estimate.areas_mm2[:, i] for i, name in enumerate(AREA_NAMES)}
    busy = times.busy_s
    columns |= {f"laser{laser + 1}_busy_s": busy[:, laser] for laser in range(busy.shape[1])}
    columns["recoating_s"] = times.recoating_s
    columns["exposure_s"] = times.exposure_s
    columns["wait_s"] = times.wait_s
    columns["total_s"] = times.total_s
    columns["cumulative_s"] = np.cumsum(times.total_s)
    columns["dose_g"] = estimate.powder.dose_of_layer_g
    return columns


def layer_csv(columns: dict[str, NDArray[Any]]) -> str:
    """The columns as CSV with a header line."""
    import csv

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(columns)
    # Python's numbers are written with as many digits as reading back takes.
    rows.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()


def write_layer_figures(path: Path, estimate: BuildEstimate) -> None:
    """Write the table; the suffix, one of `LAYER_SUFFIXES`, says in which form.

    Raises
    ------
    OutputError
        E502 when the file cannot be written.

    """
    columns = layer_columns(estimate)
    if path.suffix.lower() == ".csv":
        with atomic_file(path, "wb") as stream:
            stream.write(layer_csv(columns).encode())
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {
        name: pa.Array.from_buffers(
            pa.from_numpy_dtype(column.dtype), len(column), [None, pa.py_buffer(np.ascontiguousarray(column))]
        )
        for name, column in columns.items()
    }
    with atomic_file(path, "wb") as stream:
        pq.write_table(pa.table(arrays), stream, compression="zstd")
