"""A table in a text file: separator and decimal mark are found out safely, or asked for.

::

    job;layer;layer_time_s          separator ; , or tab: the one in the line of names
    cube.amjob;1;12,45              decimal mark: what cells prove that can be read in one way only
    cube.amjob;2;1.012,45

A cell with both marks proves its last one, so does a mark that stands twice, one that has not three digits
behind it, and a leading 0. Where commas separate the cells, a point is the decimal mark, and a comma between
quotes leaves it open. Cells that contradict each other are refused, and so is a table in which no cell proves
anything.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.errors import FileContentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["DECIMAL_MARKS", "Row", "Table", "number_of", "read_table"]

#: Words for the decimal marks.
DECIMAL_MARKS = {"point": ".", "comma": ","}

_SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma"}
_GAPS = re.compile(r"(?<=\d)[ '’\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?|[+-]?[.,]\d+")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number in the file, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text."""

    name: str
    """Of the file, as given."""
    header_line: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str
    """``comma``, ``semicolon`` or ``tab``."""
    decimal: str
    """``point`` or ``comma``."""

    def numbers(self, row: Row, column: str) -> float:
        """A cell as a number; NaN where it is none."""
        return number_of(row.cells[column], self.decimal)


def read_table(path: Path, *, text_columns: Iterable[str], decimal: str | None = None) -> Table:
    """Read a file.

    Parameters
    ----------
    text_columns : iterable of str
        Columns that hold no numbers, so that they prove nothing.
    decimal : {"point", "comma"}, optional
        The decimal mark, when it is known.

    Raises
    ------
    FileContentError
        E382 with the line, when the file is no such table.

    """
    text = _text_of(path)
    # Comments go before quotes are looked at; empty lines keep the numbers of the others.
    lines = ["" if line.lstrip().startswith("#") else line for line in text.splitlines()]
    header_at = next((i for i, line in enumerate(lines) if line.strip()), None)
    if header_at is None:
        raise _fault(path, 1, "the file has no line with the names of columns", "see the example in the docs")
    separator = next((sign for sign in _SEPARATORS if sign in lines[header_at]), ",")
    records = _records(path, lines, separator)
    header_line, names = next(records)
    columns = tuple(re.sub(r"\s+", "_", name.strip()).casefold() for name in names)
    _check_names(path, header_line, columns)
    rows = []
    for line, cells in records:
        if len(cells) != len(columns):
            hint = " A decimal comma needs semicolons between the cells." if separator == "," else ""
            raise _fault(
                path,
                line,
                f"{len(cells)} cells, but {len(columns)} columns in line {header_line}.{hint}".rstrip("."),
                "give every row as many cells as there are columns, empty ones included",
            )
        rows.append(Row(line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    if not rows:
        raise _fault(path, header_line, "there are names of columns, but no rows", "add the measured rows")
    texts = set(text_columns)
    proof = _proofs(rows, [column for column in columns if column not in texts], separator)
    known = decimal or _decimal(path, proof)
    return Table(str(path), header_line, columns, tuple(rows), _SEPARATORS[separator], known)


def number_of(cell: str, decimal: str) -> float:
    """A cell as a number; NaN where it is none or its thousands are not in threes."""
    plain = _GAPS.sub("", cell.strip()).replace("−", "-")
    if _NUMBER.fullmatch(plain) is None:
        return math.nan
    mark = DECIMAL_MARKS[decimal]
    other = "," if mark == "." else "."
    if other in plain:
        whole = plain.partition(mark)[0].lstrip("+-")
        if other in plain.partition(mark)[2] or not re.fullmatch(rf"\d{{1,3}}(?:\{other}\d{{3}})+", whole):
            return math.nan
        plain = plain.replace(other, "")
    try:
        return float(plain.replace(mark, "."))
    except ValueError:
        return math.nan


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise _fault(path, 0, f"the log cannot be read: {reason}", "check the name and the rights") from fault
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _fault(path, 0, "this is a workbook, not a text file", "save the sheet as CSV UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise _fault(path, line, "the log is not UTF-8 text", "save it as CSV UTF-8") from fault
    if "\0" in text:
        raise _fault(path, 1, "the log is not UTF-8 text", "save it as CSV UTF-8")
    return text


def _records(path: Path, lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(
        io.StringIO("\n".join(lines), newline=""), delimiter=separator, strict=True, skipinitialspace=True
    )
    while True:
        begin = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as fault:
            raise _fault(path, begin, f"the row cannot be read: {fault}", "close the quotes") from fault
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield begin, cells


def _check_names(path: Path, line: int, columns: tuple[str, ...]) -> None:
    empty = [str(i) for i, name in enumerate(columns, start=1) if not name]
    if empty:
        raise _fault(path, line, f"column {', '.join(empty)} has no name", "name every column, or delete it")
    double = sorted({name for name in columns if columns.count(name) > 1})
    if double:
        raise _fault(path, line, f"two columns are called {double[0]}", "delete or rename one")


def _proofs(rows: list[Row], columns: list[str], separator: str) -> dict[str, tuple[int, str]]:
    """For each decimal mark, and for ``open``, the first cell that proves it (or leaves it open)."""
    found: dict[str, tuple[int, str]] = {}
    for row in rows:
        for column in columns:
            cell = row.cells[column]
            verdict = _proved(cell)
            if verdict == "open" and separator == "," and "," not in cell:
                # Where commas separate the cells, a point is the decimal mark. A comma between quotes may
                # separate thousands, or be the decimal mark of a program that wrote the quotes for it.
                verdict = "point"
            if verdict and verdict not in found:
                found[verdict] = (row.line, cell)
    return found


def _proved(cell: str) -> str:
    plain = _GAPS.sub("", cell.strip()).lstrip("+-")
    if _NUMBER.fullmatch(plain) is None:
        return ""
    points, commas = plain.count("."), plain.count(",")
    if not points and not commas:
        return ""
    if points and commas:
        return "point" if plain.rindex(".") > plain.rindex(",") else "comma"
    mark, name, other = (".", "point", "comma") if points else (",", "comma", "point")
    if points + commas > 1:
        return other
    whole, _, behind = plain.partition(mark)
    if re.fullmatch(r"[1-9]\d{0,2}", whole) and re.fullmatch(r"\d{3}", behind):
        return "open"
    return name


def _decimal(path: Path, proof: dict[str, tuple[int, str]]) -> str:
    if "point" in proof and "comma" in proof:
        (line, point), (other, comma) = proof["point"], proof["comma"]
        raise _fault(
            path,
            max(line, other),
            f'"{point}" in line {line} has a decimal point, "{comma}" in line {other} a decimal comma',
            "write all numbers in one way, or say --decimal point or --decimal comma",
        )
    if "comma" in proof:
        return "comma"
    if "point" in proof or "open" not in proof:
        return "point"
    line, cell = proof["open"]
    raise _fault(
        path,
        line,
        f'"{cell}" may have a decimal mark or one between thousands, and no other cell tells which',
        "say --decimal point or --decimal comma",
    )


def _fault(path: Path, line: int, what: str, fix: str) -> FileContentError:
    where = f"{path}:{line}" if line else str(path)
    return FileContentError(what, code="E382", where=where, fix=fix)
