"""Triangles of an ASCII STL, tolerant and in bulk.

The text is taken in blocks that end with ``endfacet``. A regular block is one in which, names of solids
left out, every facet has its 21 words in their places; its numbers are taken out by slices of the list of
words. Only a block that is not regular is walked word by word, which finds cut facets, and the line of a
number that cannot be read. Words count, not lines: all line ends, indents and cases are welcome.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["TextTriangles", "read_text_triangles"]

_BLOCK_BYTES = 1 << 20
_TAIL_BYTES = 1 << 12
_FACET = b"facet normal x y z outer loop vertex x y z vertex x y z vertex x y z endloop endfacet".split()
_KEYWORD_PLACES = tuple((place, word) for place, word in enumerate(_FACET) if len(word) > 1)
_NUMBER_PLACES = (8, 9, 10, 12, 13, 14, 16, 17, 18)
_KEYWORDS = frozenset(word for _, word in _KEYWORD_PLACES) | {b"solid", b"endsolid"}
# `solid NAME` and `endsolid NAME` up to the end of the line, or up to a facet in the same line, which goes on
# as facets do: a name may say "facet normal" too.
_NUMBER = rb"[-+]?(?:\.?\d|nan|inf)\S*"
_NAMES = re.compile(
    rb"(?<!\S)(?:end)?solid(?!\S)[^\r\n]*?"
    rb"(?=(?<!\S)facet\s+normal(?:(?:\s+%b){3}|(?:\s+%b){0,2}\s+outer)(?!\S)|[\r\n]|\Z)" % (_NUMBER, _NUMBER)
)
_FACET_WORD = re.compile(rb"(?<!\S)(?:end)?facet(?!\S)")
_WORD = re.compile(rb"\S+")
# What other programs print for a number that is none, for instance 1.#QNAN and -nan(ind).
_NOT_FINITE = re.compile(rb"[-+]?(?:1\.#|nan|inf)")
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, eq=False)
class TextTriangles:
    """What an ASCII STL holds.

    corners : (3 T, 3) float32, unit of the file
        Three rows per triangle, in the order of the file.
    """

    corners: NDArray[np.float32]
    incomplete: int
    """Facets without exactly three corners or without their end."""
    has_end: bool
    """Whether ``endsolid`` follows the last facet."""


def read_text_triangles(data: bytes, where: str) -> TextTriangles:
    """All whole facets of all solids in `data`.

    Raises
    ------
    MeshError
        E206 with the line of a number that cannot be read, E207 for a facet with more than three corners
        or a corner with more than three numbers.

    """
    blocks: list[NDArray[np.float32]] = []
    incomplete = 0
    for start, text in _blocks(data):
        numbers = _regular_block(text)
        if numbers is None:
            walk = _Walk(data=data, start=start, text=text, where=where)
            numbers = walk.numbers()
            incomplete += walk.incomplete
        blocks.append(_as_float32(numbers).reshape(-1, 3))
    corners = np.concatenate(blocks) if blocks else np.zeros((0, 3), dtype=np.float32)
    return TextTriangles(corners=corners, incomplete=incomplete, has_end=_has_end(data))


def _has_end(data: bytes) -> bool:
    """Whether the last thing that counts is ``endsolid``."""
    tail = data[-_TAIL_BYTES:].lower()
    end, rest = b"", tail
    for name in _NAMES.finditer(tail):
        end, rest = name.group(), tail[name.end() :]
    return end.startswith(b"endsolid") and not _FACET_WORD.search(rest)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Start and lower-case text of pieces that end with ``endfacet``; the last one ends with the file."""
    start, size = 0, _BLOCK_BYTES
    while start < len(data):
        text = data[start : start + size].lower()
        if start + size < len(data):
            cut = text.rfind(b"endfacet")
            if cut < 0:
                size *= 2
                continue
            text = text[: cut + len(b"endfacet")]
        yield start, text
        start += len(text)
        size = _BLOCK_BYTES


def _without_names(text: bytes, *, keep_places: bool = False) -> bytes:
    """The text with a space for each name of a solid, or with as many spaces as it has bytes."""
    pieces: list[bytes] = []
    done, at = 0, text.find(b"solid")
    # To try the expression where its word stands is much faster than at every byte.
    while at >= 0:
        name = _NAMES.match(text, at - 3 if text.endswith(b"end", done, at) else at)
        if name is not None:
            pieces += [text[done : name.start()], b" " * (len(name.group()) if keep_places else 1)]
            done = name.end()
        at = text.find(b"solid", max(done, at + 5))
    return b"".join([*pieces, text[done:]])


def _regular_block(text: bytes) -> NDArray[np.float64] | None:
    """Nine numbers per facet, (T, 9) float64, or None when the block needs a closer look."""
    text = _without_names(text)
    if b"_" in text:  # which float() would accept between digits
        return None
    words = text.split()
    facets, rest = divmod(len(words), len(_FACET))
    if rest or any(words[place :: len(_FACET)] != [word] * facets for place, word in _KEYWORD_PLACES):
        return None
    numbers = np.empty((facets, len(_NUMBER_PLACES)))
    try:
        for column, place in enumerate(_NUMBER_PLACES):
            numbers[:, column] = np.fromiter(map(float, words[place :: len(_FACET)]), np.float64, facets)
    except ValueError:
        return None
    return numbers


def _as_float32(numbers: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rounded to float32; a finite number too large for it becomes the largest, not infinity."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = numbers.astype(np.float32)
    overflown = np.isinf(rounded) & np.isfinite(numbers)
    if overflown.any():
        rounded[overflown] = np.copysign(_LARGEST, numbers[overflown])
    return rounded


class _Walk:
    """One block, word by word."""

    def __init__(self, *, data: bytes, start: int, text: bytes, where: str) -> None:
        self._data = data
        self._start = start
        self._where = where
        self._words = list(_WORD.finditer(_without_names(text, keep_places=True)))
        self.incomplete = 0

    def numbers(self) -> NDArray[np.float64]:
        """Nine numbers per whole facet, (9 T,) float64; counts the incomplete ones."""
        found: list[float] = []
        facet: list[float] | None = None
        at = 0
        while at < len(self._words):
            match = self._words[at]
            word = match.group()
            at += 1
            if word == b"vertex":
                corner = self._corner(at)
                at += len(corner)
                facet = (facet or []) + corner
            elif word == b"facet":
                self.incomplete += facet is not None
                facet = []
            elif word == b"endfacet":
                if facet is not None and len(facet) > 9:
                    raise self._error(match, "the facet has more than three corners", code="E207")
                if facet is not None and len(facet) == 9:
                    found.extend(facet)
                else:
                    self.incomplete += 1
                facet = None
        self.incomplete += facet is not None
        return np.array(found, dtype=np.float64)

    def _corner(self, at: int) -> list[float]:
        """The numbers after ``vertex``: three, or fewer where a keyword or the end of the file comes."""
        corner: list[float] = []
        for match in self._words[at : at + 3]:
            word = match.group()
            if word in _KEYWORDS:
                break
            try:
                number = float(word)
            except ValueError:
                if _NOT_FINITE.match(word):
                    number = float("nan")
                elif self._start + match.end() == len(self._data):
                    break  # cut in the middle of the number
                else:
                    raise self._unreadable(match) from None
            if b"_" in word:
                raise self._unreadable(match)
            corner.append(number)
        if len(corner) == 3 and at + 3 < len(self._words):
            self._refuse_fourth(self._words[at + 3])
        return corner

    def _refuse_fourth(self, match: re.Match[bytes]) -> None:
        """E207 for a further number: 1 000.0 would be read as 1, and the rest moved on by one place."""
        try:
            float(match.group())
        except ValueError:
            return
        raise self._error(
            match,
            "the corner has more than three numbers",
            code="E207",
            why="Digits must not be grouped by blanks: 1 000.0 is read as two numbers.",
            fix="export the file again",
        )

    def _unreadable(self, match: re.Match[bytes]) -> MeshError:
        word = self._original(match)
        if b"," in match.group():
            return self._error(
                match,
                f'decimal comma in "{word}"',
                why="An STL has decimal points; a comma can mean two things.",
                fix="export the file again with decimal points, or: tr ',' '.' < OLD.stl > NEW.stl",
            )
        return self._error(match, f'"{word}" is no number', fix="export the file again")

    def _original(self, match: re.Match[bytes]) -> str:
        start, stop = self._start + match.start(), self._start + match.end()
        return self._data[start : min(stop, start + 40)].decode("utf-8", errors="replace")

    def _error(
        self, match: re.Match[bytes], what: str, *, code: str = "E206", why: str = "", fix: str = ""
    ) -> MeshError:
        before = self._data[: self._start + match.start()]
        line_end = b"\n" if b"\n" in self._data else b"\r"
        return MeshError(
            what, code=code, where=f"{self._where}:{before.count(line_end) + 1}", why=why, fix=fix
        )
