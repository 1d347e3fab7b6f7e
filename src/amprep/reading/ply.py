"""PLY files: text, little- or big-endian; vertices and polygons among other elements and properties.

The header is text: elements with their counts, each with scalar properties and lists. Nothing is allocated
for a count before the file is known to hold as much. Rows without lists are taken as one array, also rows
whose lists are all as long as those of the first; others are walked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.model.notice import Notice
from amprep.reading.facets import require_corners
from amprep.reading.indexed import FacetList, Indexed, require_few_vertices, require_in_range
from amprep.reading.ply_header import Element, PlyHeader, ply_header
from amprep.reading.text_rows import TextRows, damaged, numbers_of, whole_numbers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.reading.contents import Content
    from amprep.reading.text_rows import Row

__all__ = ["read_ply"]

_AXES = ("x", "y", "z")
_INDEX_LISTS = ("vertex_indices", "vertex_index")


def read_ply(data: Content, where: str) -> Indexed:
    """All faces of a PLY file.

    Raises
    ------
    MeshError
        E206 for a coordinate that is no finite number, E207 when header and data disagree, E226 when it holds
        no faces but other things, E227 for an index out of range.

    """
    header = ply_header(data, where)
    vertex, face = header.element("vertex"), header.element("face")
    notices = _left_out(header, where, has_faces=face is not None)
    if vertex is None or any(axis not in vertex.scalars for axis in _AXES):
        raise damaged("the header names no vertices with x, y and z", where)
    names = [name for name in _INDEX_LISTS if face is not None and name in face.lists]
    if face is None or not names:
        raise damaged("the header names no faces with a list vertex_indices", where)
    if vertex.lists:
        raise damaged("the header gives vertices a list", where)
    if face.lists[names[0]].type[0] == "f":
        raise damaged("the header gives indices of vertices as fractions", where)
    require_few_vertices(vertex.count, where)
    facets = FacetList()
    if header.is_text:
        vertices = _text(data, header, names[0], facets, where)
    else:
        vertices = _Binary(data, header, where).read(names[0], facets)
    return Indexed.of(vertices, facets, format=header.format, notices=notices)


def _left_out(header: PlyHeader, where: str, *, has_faces: bool) -> list[Notice]:
    """W221 for elements that may be part of the body; E226 when there is nothing else."""
    others = [e for e in header.elements if e.name in {"tristrips", "edge"} and e.count]
    if not others:
        return []
    text = ", ".join(f"{e.count:,} × {e.name}" for e in others)
    if not has_faces:
        raise MeshError(
            f"the file has no faces, and {text} is not read",
            code="E226",
            where=where,
            fix="export triangles or polygons",
        )
    return [Notice("W221", f"not read: {text}", where=where)]


# --- text ---


def _text(
    data: Content, header: PlyHeader, index_list: str, facets: FacetList, where: str
) -> NDArray[np.float64]:
    rows = TextRows(data, where, at=header.data_at, line=header.lines + 1)
    vertices = [np.zeros((0, 3))]
    total = header.element("vertex")
    assert total is not None
    for element in header.elements:
        for some, lines in rows.blocks(element.count, f"rows of {element.name}"):
            if element.lists:
                words, owners, counts = _text_lists(element, index_list, some, lines, where)
                if element.name == "face":
                    places = [lines[i] for i in owners]
                    indices = whole_numbers_of(words, places, 1, where)
                    require_in_range(indices, total.count, lambda i, at=places: f"{where}:{at[i]}")  # type: ignore[misc]
                    facets.add_mixed(counts, indices)
                continue
            _require_row_width(some, lines, len(element.properties), where)
            if element.name == "vertex":
                at = [element.place(axis) for axis in _AXES]
                columns = [[row[i] for i in at] for row in some]
                vertices.append(numbers_of(columns, lines, slice(0, 3), where, least=3))
    for _, lines in rows.rest():
        raise damaged("something follows the rows that the header announces", f"{where}:{lines[0]}")
    return np.concatenate(vertices)


def _require_row_width(rows: list[Row], lines: list[int], width: int, where: str) -> None:
    if set(map(len, rows)) != {width}:
        i = next(i for i, row in enumerate(rows) if len(row) != width)
        raise damaged(
            f"the header announces {width} values, the row has {len(rows[i])}", f"{where}:{lines[i]}"
        )


def _text_lists(
    element: Element, index_list: str, rows: list[Row], lines: list[int], where: str
) -> tuple[list[bytes], list[int], NDArray[np.int64]]:
    """Words of the list of indices in all rows, the row of each word, and the length of each list."""
    found: list[Row] = []
    for row, line in zip(rows, lines, strict=True):
        at = 0
        wanted: Row = []
        for prop in element.properties:
            if not prop.count_type:
                at += 1
                continue
            word = row[at] if at < len(row) else b""
            if not word.isdigit() or len(word) > 9:
                raise damaged(f"the length of {prop.name} cannot be read", f"{where}:{line}")
            end = at + 1 + int(word)
            if prop.name == index_list:
                wanted = row[at + 1 : end]
                if element.name == "face":
                    require_corners(int(word), str(line), where)
            at = end
        if at != len(row):
            raise damaged(f"the row should have {at} values and has {len(row)}", f"{where}:{line}")
        found.append(wanted)
    counts = np.fromiter(map(len, found), np.int64, len(found))
    owners: list[int] = np.repeat(np.arange(len(found)), counts).tolist()
    return list(chain.from_iterable(found)), owners, counts


# --- binary ---


@dataclass(slots=True)
class _Binary:
    data: Content
    header: PlyHeader
    where: str
    at: int = 0

    def read(self, index_list: str, facets: FacetList) -> NDArray[np.float64]:
        """The vertices; the faces are added to `facets`."""
        self.at = self.header.data_at
        vertices = np.zeros((0, 3))
        faces: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        for element in self.header.elements:
            self._require(element.count, element.least_bytes, element)
            if not element.lists:
                table = self._table(element, {})
                if element.name == "vertex":
                    vertices = self._vertices(table)
            else:
                counts, indices = self._lists(element, index_list)
                if element.name == "face":
                    faces.append((counts, indices))
        rest = bytes(self.data[self.at : self.at + 4096])
        if rest.strip(b"\r\n \0"):
            raise damaged(
                f"{len(self.data) - self.at:,} bytes follow the rows that the header announces",
                self.where,
                why="A counter is wrong, or data were appended.",
            )
        for counts, indices in faces:
            for count in np.unique(counts).tolist():
                require_corners(count, "", self.where)
            owners = np.repeat(np.arange(len(counts)), counts)
            require_in_range(
                indices,
                len(vertices),
                lambda i, of=owners: f"{self.where}, face {int(of[i]) + 1:,}",  # type: ignore[misc]
            )
            facets.add_mixed(counts, indices)
        return vertices

    def _require(self, rows: int, row_bytes: int, element: Element) -> None:
        left = len(self.data) - self.at
        if rows * row_bytes > left:
            raise damaged(
                f"the header announces {rows:,} rows of {element.name}, and {left:,} bytes are left for them",
                self.where,
                why="The file is truncated, or its header is wrong.",
            )

    def _table(self, element: Element, lengths: dict[str, int]) -> NDArray[np.void]:
        """All rows at once, where every list has the same length in all of them."""
        dtype = element.row_type(self.header.order, lengths)
        self._require(element.count, dtype.itemsize, element)
        table = np.frombuffer(self.data, dtype=dtype, count=element.count, offset=self.at)
        self.at += table.nbytes
        return table

    def _vertices(self, table: NDArray[np.void]) -> NDArray[np.float64]:
        vertices = np.empty((len(table), 3))
        with np.errstate(invalid="ignore"):
            for i, axis in enumerate(_AXES):
                vertices[:, i] = table[axis]
        finite = np.isfinite(vertices).all(axis=1)
        if not finite.all():
            bad = int(np.flatnonzero(~finite)[0])
            raise MeshError(
                f"vertex {bad:,} (counted from 0) has a coordinate that is not finite",
                code="E206",
                where=self.where,
                fix="export the part again",
            )
        return vertices

    def _lists(self, element: Element, index_list: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lengths of the list of indices in all rows, and the indices one after the other."""
        if not element.count:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        begin = self.at
        lengths, _, _ = self._row(element, "", begin)
        dtype = element.row_type(self.header.order, lengths)
        if element.count * dtype.itemsize <= len(self.data) - begin:
            table = self._table(element, lengths)
            if all((table[f"count of {name}"] == length).all() for name, length in lengths.items()):
                if index_list not in lengths:
                    return np.zeros(0, np.int64), np.zeros(0, np.int64)
                indices = table[index_list].astype(np.int64).reshape(-1)
                return np.full(element.count, lengths[index_list]), indices
            del table
            self.at = begin
        return self._walked(element, index_list)

    def _walked(self, element: Element, index_list: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        counts, starts = [], []
        at = self.at
        for _ in range(element.count):
            lengths, start, at = self._row(element, index_list, at)
            counts.append(lengths.get(index_list, 0))
            starts.append(start)
        self.at = at
        prop = element.lists.get(index_list)
        if prop is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        lengths_of = np.array(counts, dtype=np.int64)
        kind = np.dtype(self.header.order + prop.type)
        # Bytes of every index, gathered from where its list begins.
        within = np.arange(lengths_of.sum()) - np.repeat(np.cumsum(lengths_of) - lengths_of, lengths_of)
        begins = np.repeat(np.array(starts, dtype=np.int64), lengths_of) + within * kind.itemsize
        everything = np.frombuffer(self.data, dtype=np.uint8)
        raw = everything[begins[:, None] + np.arange(kind.itemsize)]
        return lengths_of, raw.reshape(-1).view(kind).astype(np.int64)

    def _row(self, element: Element, index_list: str, at: int) -> tuple[dict[str, int], int, int]:
        """Lengths of the lists of the row at `at`, where the wanted list begins, and where the row ends."""
        lengths: dict[str, int] = {}
        start = 0
        end = len(self.data)
        for prop in element.properties:
            if prop.count_type:
                size = int(prop.count_type[1])
                word = self.data[at : at + size]
                is_signed = prop.count_type[0] == "i"
                byte_order = "big" if self.header.order == ">" else "little"
                length = int.from_bytes(word, byte_order, signed=is_signed)  # type: ignore[arg-type]
                at += size
                if length < 0 or at + length * int(prop.type[1]) > end:
                    raise damaged(
                        f"a list {prop.name} announces {length:,} values, more than the file holds",
                        f"{self.where}, byte {at - size:,}",
                    )
                lengths[prop.name] = length
                if prop.name == index_list:
                    start = at
                at += length * int(prop.type[1])
            else:
                at += int(prop.type[1])
        if at > end:
            raise damaged(f"the file ends within a row of {element.name}", f"{self.where}, byte {end:,}")
        return lengths, start, at
