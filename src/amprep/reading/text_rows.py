"""Rows of words and numbers in text formats, taken in bulk, with the line of whatever is wrong."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from amprep.reading.contents import Content

__all__ = ["TextRows", "comma_or_word", "damaged", "numbers_of", "whole_numbers_of"]

_PIECE_BYTES = 1 << 20
_MOST_ROWS = 1 << 16
_NUMBER = b"0123456789+-.eE"
_WHOLE = b"0123456789+-"
_LARGEST_WHOLE = np.iinfo(np.int64).max

Row = list[bytes]


class TextRows:
    """Rows that are not blank, without comments, with their line numbers from 1."""

    def __init__(
        self, data: Content, where: str, *, at: int = 0, line: int = 1, comment: bytes = b""
    ) -> None:
        self.where = where
        self._data = data
        self._at = at
        self._next_line = line
        self._comment = comment
        self._rows: list[Row] = []
        self._lines: list[int] = []
        self._used = 0

    def blocks(self, count: int, what: str) -> Iterator[tuple[list[Row], list[int]]]:
        """The next `count` rows, some at a time, with their lines; E207 when the file ends before."""
        missing = count
        while missing:
            rows, lines = self._some(missing)
            if not rows:
                raise damaged(
                    f"the file announces {count:,} {what} and holds {count - missing:,}", self.where
                )
            missing -= len(rows)
            yield rows, lines

    def one(self, what: str) -> tuple[Row, int]:
        """The next row and its line; E207 when there is none."""
        rows, lines = next(self.blocks(1, what))
        return rows[0], lines[0]

    def rest(self) -> Iterator[tuple[list[Row], list[int]]]:
        """All rows that are left, some at a time."""
        while True:
            rows, lines = self._some(_MOST_ROWS)
            if not rows:
                return
            yield rows, lines

    def _some(self, most: int) -> tuple[list[Row], list[int]]:
        while self._used == len(self._rows) and self._at < len(self._data):
            self._load()
        begin, self._used = self._used, min(self._used + min(most, _MOST_ROWS), len(self._rows))
        return self._rows[begin : self._used], self._lines[begin : self._used]

    def _load(self) -> None:
        """Take the rows of the next piece of the file, which ends with a line."""
        size = _PIECE_BYTES
        while True:
            piece = self._data[self._at : self._at + size]
            if self._at + size >= len(self._data):
                break
            cut = piece.rfind(b"\n") + 1 or piece.rfind(b"\r", 0, len(piece) - 1) + 1
            if cut:
                piece = piece[:cut]
                break
            size *= 2
        self._at += len(piece)
        lines = piece.splitlines()
        if self._comment and self._comment in piece:
            lines = [line.partition(self._comment)[0] for line in lines]
        rows = [line.split() for line in lines]
        first = self._next_line
        self._next_line += len(lines)
        if all(rows):
            self._rows, self._lines = rows, list(range(first, first + len(rows)))
        else:
            self._lines = [first + i for i, row in enumerate(rows) if row]
            self._rows = [row for row in rows if row]
        self._used = 0


def numbers_of(
    rows: list[Row], lines: list[int], columns: slice, where: str, *, least: int
) -> NDArray[np.float64]:
    """The numbers in `columns` of each row, (n, width) float64, all finite.

    Raises
    ------
    MeshError
        E206 with the line of a word that is no finite number, E207 of a row with fewer than `least` words.

    """
    _require_width(rows, lines, least, where)
    width = len(range(*columns.indices(least)))
    words = list(chain.from_iterable(row[columns] for row in rows))
    numbers = _finite(words)
    if numbers is None:
        raise _first_bad(words, lines, width, where, whole=False)
    return numbers.reshape(len(rows), width)


def _finite(words: list[bytes]) -> NDArray[np.float64] | None:
    if b"".join(words).translate(None, _NUMBER):
        return None
    try:
        numbers = np.fromiter(map(float, words), np.float64, len(words))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def whole_numbers_of(words: list[bytes], lines: list[int], width: int, where: str) -> NDArray[np.int64]:
    """`words` as (n,) int64, `width` of them per line; E206 with the line of one that is none."""
    numbers = None
    if not b"".join(words).translate(None, _WHOLE):
        with suppress(ValueError, OverflowError):
            numbers = np.fromiter(map(int, words), np.int64, len(words))
    if numbers is None:
        raise _first_bad(words, lines, width, where, whole=True)
    return numbers


def _require_width(rows: list[Row], lines: list[int], least: int, where: str) -> None:
    if min(map(len, rows), default=least) < least:
        row = next(i for i, row in enumerate(rows) if len(row) < least)
        raise damaged(f"{least} numbers are needed here, there are {len(rows[row])}", f"{where}:{lines[row]}")


def _first_bad(words: list[bytes], lines: list[int], width: int, where: str, *, whole: bool) -> MeshError:
    for i, word in enumerate(words):
        if not _is_number(word, whole=whole):
            return comma_or_word(word, f"{where}:{lines[i // max(width, 1)]}", whole=whole)
    return damaged("a number cannot be read", where)


def _is_number(word: bytes, *, whole: bool) -> bool:
    if word.translate(None, _WHOLE if whole else _NUMBER):
        return False
    try:
        return abs(int(word)) <= _LARGEST_WHOLE if whole else bool(np.isfinite(float(word)))
    except ValueError:
        return False


def comma_or_word(word: bytes, place: str, *, whole: bool = False) -> MeshError:
    """E206 for a word that is no finite number, or no whole one."""
    shown = word[:40].decode("utf-8", errors="replace")
    if b"," in word and not whole:
        return MeshError(
            f'decimal comma in "{shown}"',
            code="E206",
            where=place,
            why="Numbers have decimal points here; a comma can mean two things.",
            fix="export the file again with decimal points",
        )
    kind = "whole number" if whole else "finite number"
    return MeshError(f'"{shown}" is no {kind}', code="E206", where=place, fix="export the file again")


def damaged(what: str, place: str, *, why: str = "") -> MeshError:
    """E207: the file contradicts itself or its format."""
    return MeshError(what, code="E207", where=place, why=why, fix="export the part again")
