"""The log of measured times: columns with units, one row per layer or per job; see docs/reference."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amprep.calibration.table import Row, Table, number_of, read_table
from amprep.errors import FileContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FEATURES", "Log", "LogRow", "fault_of_rows", "read_log"]

_TIMES = ("layer_time", "job_time", "total_time", "measured")
_SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_TEXTS = ("job", "name", "note")
_COUNTS = ("jumps", "turns", "corners", "polylines", "part_changes")
_LENGTHS = {"mm": 1.0, "m": 1e3}
_SPEEDS = {"mm_s": 1.0, "m_s": 1e3}

#: What a row may say of its exposure, in mm, mm/s and counts; lengths and speeds also in m and m/s.
FEATURES = (
    *(f"{name}_mm" for name in ("marked", "hatch", "contour", "jump", "turn")),
    *(f"{name}_mm_s" for name in ("scan_speed", "contour_speed")),
    *_COUNTS,
)
_MARKED = {"marked_mm", "hatch_mm", "contour_mm"}
_OF_ESTIMATE = {"layer", "top_mm", "recoating_s", "exposure_s", "cumulative_s"}
_MOST_FAULTS = 20
_HMS = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})(?:[.,](\d+))?")


@dataclass(frozen=True, slots=True)
class LogRow:
    """One measured time."""

    line: int
    time_s: float
    """What the layers took; anything else is taken off already."""
    job: str = ""
    """The job folder as the log names it; empty where the row says itself what was exposed."""
    name: str = ""
    """Of the build; tells builds of one job apart."""
    layer: int = 0
    """From 1; 0 for a whole job, or where it is not known."""
    layers: int = 1
    """How many layers the row's own figures stand for."""
    features: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """A log that was read."""

    path: Path
    rows: tuple[LogRow, ...]
    is_per_layer: bool
    resolution_s: float
    """The step in which its times are written."""
    separator: str
    decimal: str
    ignored: tuple[str, ...]
    """Columns that mean nothing here."""

    @property
    def has_jobs(self) -> bool:
        return any(row.job for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns of a log are: name of the column, and what one unit of it is."""

    time: tuple[str, str, float]
    """Column, what it measures, seconds per unit (0 for h:mm:ss)."""
    other: tuple[str, float] | None
    """Time that is no layer."""
    features: dict[str, tuple[str, float]]
    texts: tuple[str, ...]
    ignored: tuple[str, ...]
    has_layer: bool
    has_layers: bool

    @property
    def is_per_layer(self) -> bool:
        kind = self.time[1]
        has_jobs = "job" in self.texts
        return kind == "layer_time" or (
            kind == "measured" and (self.has_layer if has_jobs else not self.has_layers)
        )


def read_log(path: Path, *, decimal: str | None = None) -> Log:
    """Read a log.

    Parameters
    ----------
    decimal : {"point", "comma"}, optional
        The decimal mark, when it is known.

    Raises
    ------
    FileContentError
        E382 when it is no table, E383 when columns or units are missing, E384 with all faults of its rows.

    """
    table = read_table(path, text_columns=_TEXTS, decimal=decimal)
    columns = _columns(table)
    faults: list[str] = []
    rows = []
    for row in table.rows:

        def tell(what: str, line: int = row.line) -> None:
            faults.append(f"{path}:{line}: {what}")

        rows.append(_log_row(row, columns, table, tell))
    faults += _twice(rows, path)
    if faults:
        raise fault_of_rows(str(path), faults)
    return Log(
        path,
        tuple(rows),
        columns.is_per_layer,
        _resolution_s(table, columns.time[0], columns.time[2]),
        table.separator,
        table.decimal,
        columns.ignored,
    )


def fault_of_rows(where: str, faults: list[str]) -> FileContentError:
    """E384 that lists what is wrong in rows."""
    shown = faults[:_MOST_FAULTS]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    return FileContentError(
        f"the rows of the log have {count}",
        code="E384",
        where=where,
        faults=shown,
        fix="correct or delete these rows; a pause may stay, it is recognised and left out",
    )


def _columns(table: Table) -> _Columns:
    where = f"{table.name}:{table.header_line}"
    times: list[tuple[str, str, float]] = []
    others: list[tuple[str, float]] = []
    features: dict[str, tuple[str, float]] = {}
    ignored = []
    if set(table.columns) >= _OF_ESTIMATE:
        raise _column_fault(
            where,
            "this is the table of an estimate (--per-layer), not a log of measured times",
            "log what the machine took: columns job;layer;layer_time_s, where job is the .amjob folder",
        )
    for column in table.columns:
        stem, unit = _time_unit(column)
        if stem in _TIMES:
            times.append((column, stem, unit))
        elif stem == "not_layers":
            others.append((column, unit))
        elif (feature := _feature(column)) is not None:
            features[feature[0]] = (column, feature[1])
        elif column not in {*_TEXTS, "layer", "layers"}:
            _refuse_unitless(column, where)
            ignored.append(column)
    if len(times) != 1:
        known = ", ".join(time[0] for time in times)
        raise _column_fault(
            where,
            f"several columns are measured times: {known}" if times else "no column is a measured time",
            "name one layer_time_s, job_time_s or total_time_s; the end says the unit: _s, _min, _h, _ms, or "
            "_hms for 1:23:45",
        )
    columns = _Columns(
        times[0],
        others[0] if others else None,
        features,
        tuple(name for name in _TEXTS if name in table.columns),
        tuple(ignored),
        "layer" in table.columns,
        "layers" in table.columns,
    )
    _check_together(columns, where)
    return columns


def _check_together(columns: _Columns, where: str) -> None:
    """What columns need of each other."""
    name, kind, _ = columns.time
    has_jobs = "job" in columns.texts
    given = sorted(column for column, _ in columns.features.values())
    if kind == "total_time" and columns.other is None:
        raise _column_fault(
            where,
            f"{name} counts more than the layers, and nothing says how much",
            "add not_layers_min: inerting, heating, cooling and pauses; 0 where there is none",
        )
    if has_jobs and given:
        raise _column_fault(
            where,
            f"both a job folder and {', '.join(given)} say what was exposed",
            'leave one out; a build\'s own name goes into the column "name"',
        )
    if has_jobs and columns.is_per_layer and not columns.has_layer:
        raise _column_fault(where, f'{name} needs a column "layer"', "the number of the layer, from 1")
    if not has_jobs and not _MARKED & set(columns.features):
        raise _column_fault(
            where,
            "nothing says what was exposed",
            'add a column "job" with job folders (NAME.amjob), or columns such as hatch_mm, jumps, turns',
        )
    if not has_jobs and not columns.is_per_layer and not columns.has_layers:
        raise _column_fault(
            where, f'{name} needs a column "layers"', "how many layers the job has, or layer_time_s per layer"
        )


def _time_unit(column: str) -> tuple[str, float]:
    """Stem of a column of times and the seconds of its unit, 0 for h:mm:ss; empty stem without a unit."""
    stem, _, unit = column.rpartition("_")
    if unit == "hms":
        return stem, 0.0
    return (stem, _SECONDS[unit]) if unit in _SECONDS else ("", 0.0)


def _feature(column: str) -> tuple[str, float] | None:
    if column in FEATURES:
        return column, 1.0
    for units, end in ((_SPEEDS, "mm_s"), (_LENGTHS, "mm")):
        for unit, factor in units.items():
            name = f"{column.removesuffix('_' + unit)}_{end}"
            if column.endswith("_" + unit) and name in FEATURES:
                return name, factor
    return None


def _refuse_unitless(column: str, where: str) -> None:
    """Refuse a column that is meant, but has no unit or is misspelt."""
    if column in {*_TIMES, "time", "not_layers", "duration"}:
        stem = column if column in _TIMES or column == "not_layers" else "layer_time"
        raise _column_fault(
            where,
            f'the column "{column}" has no unit',
            f"name it {stem}_s, {stem}_min or {stem}_h; {stem}_hms for 1:23:45",
        )
    lengths = {name.removesuffix("_mm"): name for name in FEATURES if name.endswith("_mm")}
    speeds = {name.removesuffix("_mm_s"): name for name in FEATURES if name.endswith("_mm_s")}
    if column in lengths | speeds:
        name = (lengths | speeds)[column]
        raise _column_fault(where, f'the column "{column}" has no unit', f"name it {name}")
    known = [*FEATURES, *(f"{time}_s" for time in _TIMES), "not_layers_min", *_TEXTS, "layer", "layers"]
    question = did_you_mean(column, [name for name in known if _near(column, name)])
    if question:
        raise _column_fault(
            where,
            f'unknown column "{column}".{question}',
            "rename it; a column of your own may be called note",
        )


def _near(word: str, known: str) -> bool:
    import difflib

    return difflib.SequenceMatcher(None, word, known).ratio() > 0.85


def _column_fault(where: str, what: str, fix: str) -> FileContentError:
    return FileContentError(what, code="E383", where=where, fix=fix)


def _log_row(row: Row, columns: _Columns, table: Table, tell: Callable[[str], None]) -> LogRow:
    """A row of the table; what is wrong with it is told, and stands there as NaN or 0."""

    def duration_s(column: str, unit: float) -> float:
        cell = row.cells[column]
        if unit > 0.0:
            value, form = number_of(cell, table.decimal) * unit, f"a number with a decimal {table.decimal}"
        else:
            # A job of 9:23 has taken hours and minutes, a layer minutes and seconds.
            is_clear = columns.is_per_layer or cell.count(":") == 2
            value, form = _hms_s(cell) if is_clear else math.nan, "h:mm:ss, as 1:23:45"
        if math.isfinite(value):
            return value
        tell(f'{column} = "{cell}": not {form}' if cell else f"{column} is empty")
        return math.nan

    def count(column: str, least: int) -> int:
        value = table.numbers(row, column)
        if math.isfinite(value) and value >= least and value == int(value):
            return int(value)
        tell(f'{column} = "{row.cells[column]}": not a whole number from {least}')
        return 0

    time_column, _, unit = columns.time
    time_s = duration_s(time_column, unit)
    if time_s <= 0:
        tell(f"{time_column} = {row.cells[time_column]}: a measured time is more than 0")
    if columns.other is not None:
        other_s = duration_s(*columns.other)
        if other_s < 0 or other_s >= time_s:
            tell(
                f"{columns.other[0]} = {row.cells[columns.other[0]]}: must lie from 0 to below {time_column}"
            )
        time_s -= other_s
    is_job = "job" in columns.texts
    job = row.cells["job"] if is_job else ""
    if is_job and not job:
        tell("job is empty")
    layer = count("layer", 1) if columns.has_layer and columns.is_per_layer else 0
    layers = count("layers", 1) if columns.has_layers and not is_job and not columns.is_per_layer else 1
    return LogRow(
        row.line,
        time_s,
        job,
        row.cells.get("name", ""),
        layer,
        layers,
        _features(row, columns, table, tell),
    )


def _features(row: Row, columns: _Columns, table: Table, tell: Callable[[str], None]) -> dict[str, float]:
    """What the row says of its exposure; an empty cell counts as 0, an empty speed as the process's."""
    found = {}
    for name, (column, factor) in columns.features.items():
        cell = row.cells[column]
        if not cell:
            continue
        value = number_of(cell, table.decimal) * factor
        is_speed = name in {"scan_speed_mm_s", "contour_speed_mm_s"}
        if not math.isfinite(value) or value < 0 or (is_speed and value == 0):
            tell(f'{column} = "{cell}": not a number {"above" if is_speed else "from"} 0')
        found[name] = value
    if columns.features and not any(found.get(name, 0.0) > 0 for name in _MARKED):
        tell("nothing is marked: hatch_mm, contour_mm and marked_mm are empty or 0")
    if columns.features and "marked_mm" in found and {"hatch_mm", "contour_mm"} & set(found):
        tell("marked_mm stands for hatch and contour together: leave it out, or hatch_mm and contour_mm")
    return found


def _hms_s(cell: str) -> float:
    """``1:23:45`` or ``23:45`` in seconds; NaN for anything else."""
    found = _HMS.fullmatch(cell.strip())
    if found is None or int(found[3]) > 59 or (found[1] and int(found[2]) > 59):
        return math.nan
    return int(found[1] or 0) * 3600.0 + int(found[2]) * 60.0 + float(f"{int(found[3])}.{found[4] or 0}")


def _twice(rows: list[LogRow], path: Path) -> list[str]:
    """Rows that measure the same layer, or the same job, without a name that tells the builds apart."""
    faults = []
    first: dict[tuple[str, str, int], int] = {}
    for row in rows:
        if not row.job and not row.layer:
            continue
        line = first.setdefault((row.job, row.name, row.layer), row.line)
        if line != row.line:
            what = f"layer {row.layer}" if row.layer else "this job"
            faults.append(f"{path}:{row.line}: {what} stands in line {line} already; give each build a name")
    return faults


def _resolution_s(table: Table, column: str, unit: float) -> float:
    if unit == 0.0:
        return 1.0
    mark = "." if table.decimal == "point" else ","
    decimals = max(len(row.cells[column].partition(mark)[2]) for row in table.rows)
    return float(unit * 10.0 ** -min(decimals, 9))
