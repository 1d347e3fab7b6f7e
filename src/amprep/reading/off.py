"""OFF files: text with numbered vertices and polygons, with normals and colours that are left aside.

Header: ``OFF``, ``COFF``, ``NOFF``, ``STOFF`` and their combinations, then the numbers of vertices, faces and
(optionally) edges, on the same line or the next. Binary OFF and OFF of other dimensions are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.reading.facets import require_corners
from amprep.reading.indexed import FacetList, Indexed, require_few_vertices, require_in_range
from amprep.reading.text_rows import TextRows, damaged, numbers_of, whole_numbers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.reading.contents import Content
    from amprep.reading.text_rows import Row

__all__ = ["read_off"]

_HEADER = re.compile(rb"(ST)?(C)?(N)?(4)?(n)?OFF(.*)", re.DOTALL)
_BOM = b"\xef\xbb\xbf"


def read_off(data: Content, where: str) -> Indexed:
    """All faces of an OFF file.

    Raises
    ------
    MeshError
        E202 for a kind that is not read, E206 and E207 with the line, E227 for an index out of range.

    """
    rows = TextRows(data, where, at=len(_BOM) if data[:3] == _BOM else 0, comment=b"#")
    least, vertex_count, face_count = _header(rows, where)
    require_few_vertices(vertex_count, where)
    vertices = [np.zeros((0, 3))]
    for some, lines in rows.blocks(vertex_count, "vertices"):
        vertices.append(numbers_of(some, lines, slice(0, 3), where, least=least))
    facets = FacetList()
    for some, lines in rows.blocks(face_count, "faces"):
        _add_faces(some, lines, facets, vertex_count, where)
    for _, lines in rows.rest():
        raise damaged(
            f"the file announces {face_count:,} faces, and something follows them",
            f"{where}:{lines[0]}",
            why="Its counter is wrong, or data were appended.",
        )
    return Indexed.of(np.concatenate(vertices), facets, format="off")


def _header(rows: TextRows, where: str) -> tuple[int, int, int]:
    """Numbers in a vertex's row at least, vertices, and faces."""
    row, line = rows.one("lines")
    found = _HEADER.fullmatch(row[0])
    if not found or found[4] or found[5] or (len(row) > 1 and row[1].upper() == b"BINARY"):
        raise MeshError(
            "this kind of OFF is not read",
            code="E202",
            where=f"{where}:{line}",
            why="OFF is read as text and in three dimensions, with colours and normals left aside.",
            fix="export the part as STL or 3MF",
        )
    counts = ([found[6]] if found[6] else []) + row[1:]
    if not counts:
        counts, line = rows.one("lines")
    if not 2 <= len(counts) <= 3:
        raise damaged("the numbers of vertices and faces are expected here", f"{where}:{line}")
    numbers = whole_numbers_of(counts, [line] * len(counts), 1, where)
    if (numbers < 0).any():
        raise damaged("a number of vertices or faces is negative", f"{where}:{line}")
    least = 3 + (3 if found[3] else 0) + (2 if found[1] else 0)
    return least, int(numbers[0]), int(numbers[1])


def _add_faces(rows: list[Row], lines: list[int], facets: FacetList, vertices: int, where: str) -> None:
    counts: NDArray[np.int64] = whole_numbers_of([row[0] for row in rows], lines, 1, where)
    for i, (row, count) in enumerate(zip(rows, counts.tolist(), strict=True)):
        require_corners(count, str(lines[i]), where)
        if len(row) <= count:
            raise damaged(
                f"a face announces {count:,} corners and has {len(row) - 1:,}", f"{where}:{lines[i]}"
            )
    words = [word for row, count in zip(rows, counts.tolist(), strict=True) for word in row[1 : count + 1]]
    owners = np.repeat(np.arange(len(rows)), counts)
    try:
        indices = whole_numbers_of(words, lines, 1, where)
    except (MeshError, IndexError):
        for i, row in enumerate(rows):
            whole_numbers_of(row[1 : int(counts[i]) + 1], [lines[i]] * int(counts[i]), 1, where)
        raise
    require_in_range(indices, vertices, lambda i: f"{where}:{lines[int(owners[i])]}")
    facets.add_mixed(counts, indices)
