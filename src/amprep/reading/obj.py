"""OBJ files: vertices and polygons of all objects and groups as one mesh.

Of ``f 1/2/3 4/5/6 …`` only the first number counts; a negative one counts back from the last vertex so far.
Names, groups, materials, texture coordinates and normals are left aside. Lines, points and free-form
surfaces are no triangles, and are told (W221). A word that no OBJ begins a line with is damage.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.model.notice import Notice
from amprep.reading.facets import require_corners
from amprep.reading.indexed import FacetList, Indexed, require_few_vertices, require_in_range
from amprep.reading.text_rows import TextRows, damaged, numbers_of, whole_numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from amprep.reading.contents import Content
    from amprep.reading.text_rows import Row

__all__ = ["read_obj"]

_BOM = b"\xef\xbb\xbf"
_BREAK = re.compile(rb"\\[ \t]*(?:\r\n|\n|\r)")
_CONTINUED = re.compile(rb"(?:[^\r\n]*\\[ \t]*(?:\r\n|\n|\r))+[^\r\n]*")
_LEFT_ASIDE = frozenset(
    b"vt vn g o s mg usemtl mtllib usemap maplib bevel c_interp d_interp lod shadow_obj trace_obj".split()
)
# Of these a surface could have been made.
_NOT_READ = {
    **dict.fromkeys((b"l", b"curv", b"curv2"), "lines"),
    b"p": "points",
    **dict.fromkeys((b"surf", b"bzp", b"bsp", b"res", b"cdc", b"cdp"), "free-form surfaces"),
}
_OF_FREE_FORMS = frozenset(
    b"vp cstype deg bmat step parm trim hole scrv sp end con ctech stech call csh".split()
)


def read_obj(data: Content, where: str) -> Indexed:
    """All faces of an OBJ file.

    Raises
    ------
    MeshError
        E206 and E207 with the line, E226 when there are no faces but other things, E227 for an index out of
        range.

    """
    if data.find(b"\\") >= 0:
        data = _CONTINUED.sub(_joined, data[:])
    rows = TextRows(data, where, at=len(_BOM) if data[:3] == _BOM else 0, comment=b"#")
    reader = _Reader(where)
    for some, lines in rows.rest():
        reader.take(some, lines)
    return reader.result()


def _joined(lines: re.Match[bytes]) -> bytes:
    """Continued lines as one, with blank lines behind it, so that the lines after it keep their numbers."""
    text, breaks = _BREAK.subn(b" ", lines.group())
    return text + b"\n" * breaks


def _lines_of(owners: NDArray[np.int64], where: str) -> Callable[[int], str]:
    """The file and the line of the i-th index."""
    return lambda i: f"{where}:{int(owners[i])}"


class _Reader:
    def __init__(self, where: str) -> None:
        self._where = where
        self._vertices = [np.zeros((0, 3))]
        self._count = 0
        self._facets = FacetList()
        self._checks: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._not_read: Counter[str] = Counter()

    def take(self, rows: Sequence[Row], lines: Sequence[int]) -> None:
        """A piece of the file, by first words; for faces it matters how many vertices came before."""
        by_word: dict[bytes, tuple[list[Row], list[int], list[int]]] = {}
        count = self._count
        for row, line in zip(rows, lines, strict=True):
            word = row[0]
            same = by_word.get(word)
            if same is None:
                same = by_word[word] = ([], [], [])
            same[0].append(row)
            same[1].append(line)
            same[2].append(count)
            count += word == b"v"
        for word, (same_rows, same_lines, before) in by_word.items():
            self._same(word, same_rows, same_lines, before)

    def _same(self, word: bytes, rows: list[Row], lines: list[int], before: list[int]) -> None:
        if word == b"v":
            self._vertices.append(numbers_of(rows, lines, slice(1, 4), self._where, least=4))
            self._count += len(rows)
        elif word in {b"f", b"fo"}:
            self._faces(rows, lines, before)
        elif word in _NOT_READ:
            self._not_read[_NOT_READ[word]] += len(rows)
        elif word not in _LEFT_ASIDE and word not in _OF_FREE_FORMS:
            shown = word[:40].decode("utf-8", errors="replace")
            raise damaged(f'no line of an OBJ begins with "{shown}"', f"{self._where}:{lines[0]}")

    def _faces(self, rows: list[Row], lines: list[int], before: list[int]) -> None:
        counts = np.fromiter(map(len, rows), np.int64, len(rows)) - 1
        for i in np.flatnonzero((counts < 3) | (counts > 1000)).tolist():
            require_corners(int(counts[i]), str(lines[i]), self._where)
        words = list(chain.from_iterable(row[1:] for row in rows))
        if any(b"/" in word for word in words):
            words = [word.partition(b"/")[0] for word in words]
        owners = np.repeat(np.asarray(lines, dtype=np.int64), counts)
        indices = whole_numbers_of(words, owners.tolist(), 1, self._where)
        # Vertex 0, and what lies before the first one, become -1, which is refused below.
        from_end = np.maximum(indices + np.repeat(np.asarray(before, dtype=np.int64), counts), -1)
        wanted = np.where(indices < 0, from_end, indices - 1)
        if len(wanted) and wanted.min() < 0:
            bad = int(np.flatnonzero(wanted < 0)[0])
            raise MeshError(
                f"a face names vertex {int(indices[bad]):,}",
                code="E227",
                where=f"{self._where}:{int(owners[bad])}",
                why="The vertices are numbered from 1; negative numbers count back from the last one so far.",
                fix="export the part again",
            )
        self._facets.add_mixed(counts, wanted)
        self._checks.append((wanted, owners))

    def result(self) -> Indexed:
        """Everything, once all vertices are known."""
        where = self._where
        require_few_vertices(self._count, where)
        for indices, owners in self._checks:
            require_in_range(indices, self._count, _lines_of(owners, where), first=1)
        notices = []
        if self._not_read:
            text = ", ".join(f"{count:,} × {name}" for name, count in self._not_read.items())
            if not self._facets.count:
                raise MeshError(
                    f"the file has no faces, and {text} are not read",
                    code="E226",
                    where=where,
                    fix="export triangles or polygons",
                )
            notices.append(Notice("W221", f"not read: {text}", where=where))
        return Indexed.of(np.concatenate(self._vertices), self._facets, format="obj", notices=notices)
