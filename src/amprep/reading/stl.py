"""STL files, binary and ASCII: fast, tolerant, and never silent about what was wrong.

What the file is decides its length, not its first word: many binary files begin with ``solid``.

1. length = 84 + 50 × counter: binary, whatever the header says;
2. begins with ``solid`` and has a ``facet``: ASCII;
3. 134 bytes or more, not text, and nothing else that is known: damaged binary; whole triangles are read,
   or as many as the counter says where what follows has coordinates that no part has; fewer bytes where a
   header of text announces triangles: binary, cut before the first of them;
4. otherwise no STL.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from amprep.errors import MeshError
from amprep.model.mesh import SourceFile
from amprep.model.notice import Notice
from amprep.reading.assembly import LARGEST_COORDINATE_MM, mesh_of_triangles
from amprep.reading.contents import file_content, sha256_of
from amprep.reading.merging import Corners, corners_of
from amprep.reading.recognise import foreign_format, is_text
from amprep.reading.stl_text import read_text_triangles
from amprep.reading.units import millimetres_per_unit, unit_notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.mesh import Mesh
    from amprep.reading.contents import Content

__all__ = ["StlTriangles", "read_stl", "stl_source", "stl_triangles"]

_HEADER_BYTES = 84
_RECORD_BYTES = 50
# In 16-bit halves: header, normal before the corners, record.
_HEADER_HALVES, _NORMAL_HALVES, _RECORD_HALVES = 42, 6, 25
_CORNER_HALVES = 18

#: No coordinate is that large in any unit, the smallest of which is the micrometre.
_NO_COORDINATE = 1000.0 * LARGEST_COORDINATE_MM
# Corners are numbered in 32 bits, and a vertex with a direction must fit as well.
_MOST_TRIANGLES = np.iinfo(np.int32).max // 6
_BOM = b"\xef\xbb\xbf"
_SOLID = re.compile(rb"\s*solid", re.IGNORECASE)
_FACET = re.compile(rb"facet", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class StlTriangles:
    """The loose triangles of a file, in its unit."""

    corners: Corners
    format: str
    """``stl-binary`` or ``stl-ascii``."""
    damage: Notice | None
    """W215 when the file is cut or its counter is wrong."""

    def mesh(
        self, *, mm_per_unit: float, where: str, engine: Engine | None = None
    ) -> tuple[Mesh, list[Notice]]:
        """The triangles joined, as `mesh_of_triangles` does, with what was remarked."""
        mesh, dropped = mesh_of_triangles(
            self.corners,
            mm_per_unit=mm_per_unit,
            where=where,
            doubt=self.damage.text if self.damage else "",
            engine=engine,
        )
        return mesh, [notice for notice in (dropped, self.damage) if notice]


def read_stl(
    path: str | os.PathLike[str],
    *,
    unit: str | None = None,
    engine: Engine | None = None,
    fingerprint: bool = True,
) -> tuple[Mesh, SourceFile]:
    """Read an STL file, binary or ASCII; several solids become one mesh.

    Parameters
    ----------
    path : str or path
        The file; `amprep.reading.files.read_file` reads other formats too.
    unit : str, optional
        Unit of its numbers, a key of `MM_PER_UNIT`; mm is assumed when none is given, as an STL names none.
    engine : Engine, optional
        Where large meshes are merged; default: the calling thread. The mesh is the same for every engine.
    fingerprint : bool
        Whether to compute the file's SHA-256; without, it stays empty.

    Returns
    -------
    mesh : Mesh
        vertices : (V, 3) float64, mm, the file's float32 values times the exact length of the unit;
        faces : (F, 3) int32, in the order of the file, without those that W210 counts.
    source : SourceFile
        With the notices W110 (unlikely size), W210 (triangles dropped) and W215 (damaged file).

    Raises
    ------
    MeshError
        E201 no such file, E202 no STL, E204 no triangle that can be used, E205 absurd coordinate, E206 a
        number that cannot be read, E207 a facet with more than three corners.
    UsageError
        E104 when the unit is not known.

    """
    where = os.fspath(path)
    mm_per_unit = millimetres_per_unit(unit or "mm")
    data = file_content(where)
    # Hashing takes as long as all the rest and frees the interpreter, so it runs beside it.
    with ThreadPoolExecutor(max_workers=1) as beside:
        digest = beside.submit(sha256_of, data) if fingerprint else None
        triangles = stl_triangles(data, where)
        if triangles is None:
            raise _no_stl(data[:], where)
        del data
        mesh, notices = triangles.mesh(mm_per_unit=mm_per_unit, where=where, engine=engine)
    return mesh, stl_source(
        triangles, mesh, notices, where=where, unit=unit, sha256=digest.result() if digest else ""
    )


def stl_source(
    triangles: StlTriangles,
    mesh: Mesh,
    notices: Sequence[Notice],
    *,
    where: str,
    unit: str | None,
    sha256: str,
) -> SourceFile:
    """What is known about an STL file whose unit was given or, for None, is assumed to be mm."""
    doubted = unit_notice(mesh.size_mm, unit)
    first = [replace(doubted, where=where)] if doubted else []
    return SourceFile(
        path=where,
        format=triangles.format,
        sha256=sha256,
        unit=unit or "mm",
        unit_is_assumed=unit is None,
        triangles_in_file=triangles.corners.count,
        notices=(*first, *notices),
    )


def stl_triangles(data: Content, where: str) -> StlTriangles | None:
    """Find out whether `data` is an STL, by the four steps above, and read it; None when it is none.

    Raises
    ------
    MeshError
        E202 too many triangles, E206 a number that cannot be read, E207 a facet with more than three corners.

    """
    counted = int.from_bytes(data[80:84], "little") if len(data) >= _HEADER_BYTES else 0
    if len(data) >= _HEADER_BYTES and len(data) == _HEADER_BYTES + _RECORD_BYTES * counted:
        return StlTriangles(_binary_corners(data, where), "stl-binary", None)
    # Bytes that are no text begin otherwise, so that a large file is not copied to find out.
    if _SOLID.match(data[:_HEADER_BYTES].removeprefix(_BOM)) or is_text(data):
        text = data[:].removeprefix(_BOM)
        if _SOLID.match(text) and _FACET.search(text):
            found = read_text_triangles(text, where)
            return StlTriangles(
                corners_of(found.corners),
                "stl-ascii",
                _text_damage(found.corners, found.incomplete, where, has_end=found.has_end),
            )
    is_short = len(data) < _HEADER_BYTES + _RECORD_BYTES
    if foreign_format(data) or is_text(data) or (is_short and not _is_cut_header(data, counted)):
        return None
    corners = _binary_corners(data, where)
    # What is appended is hardly ever as long as whole triangles are.
    is_uneven = (len(data) - _HEADER_BYTES) % _RECORD_BYTES > 0
    if 0 < counted < corners.count and is_uneven and _is_nonsense(corners, counted):
        corners = replace(corners, count=counted)
    return StlTriangles(corners, "stl-binary", _binary_damage(len(data), counted, corners.count, where))


def _is_cut_header(data: Content, counted: int) -> bool:
    """Whether a few bytes begin as a binary STL does: 80 of text, filled up with zeros, then a counter."""
    return 0 < counted <= _MOST_TRIANGLES and is_text(bytes(data[:80]).rstrip(b"\0"))


def _is_nonsense(corners: Corners, first: int) -> bool:
    """Whether triangles from the first on have coordinates that no part has, as appended data do."""
    begin, end = (corners.first_half + corners.stride * at - _NORMAL_HALVES for at in (first, corners.count))
    records = corners.halves[begin:end].reshape(-1, corners.stride)
    places = np.ascontiguousarray(records[:, _NORMAL_HALVES : _NORMAL_HALVES + _CORNER_HALVES]).view("<f4")
    return bool((np.abs(places) > _NO_COORDINATE).any())


def _binary_corners(data: Content, where: str) -> Corners:
    """Corners of all whole records, where they lie in the file."""
    count = (len(data) - _HEADER_BYTES) // _RECORD_BYTES
    if count > _MOST_TRIANGLES:
        raise MeshError(
            f"the file has {count:,} triangles",
            code="E202",
            where=where,
            why=f"{_MOST_TRIANGLES:,} can be read.",
        )
    halves = np.frombuffer(data, dtype="<u2", count=_HEADER_HALVES + _RECORD_HALVES * count)
    return Corners(halves, _HEADER_HALVES + _NORMAL_HALVES, _RECORD_HALVES, count)


def _binary_damage(length: int, counted: int, read: int, where: str) -> Notice:
    """W215 for a binary file whose length and counter disagree; `read` triangles were taken."""
    trailing = length - _HEADER_BYTES - _RECORD_BYTES * read
    remarks = []
    if counted > read:
        remarks.append(f"the file is truncated: it announces {counted:,} triangles and holds {read:,}")
    if counted < read:
        remarks.append(
            f"the file announces {counted:,} triangles and holds {read:,}:"
            " its counter is wrong, or data were appended"
        )
    if trailing >= _RECORD_BYTES:
        remarks.append(f"{trailing} bytes behind the triangles that the file announces are none")
    elif trailing:
        remarks.append(f"{trailing} bytes at its end are no whole triangle")
    return Notice(
        code="W215",
        text=", and ".join(remarks),
        where=where,
        hint="export the part again",
        values={"triangles_announced": counted, "triangles_read": read, "trailing_bytes": trailing},
    )


def _text_damage(
    corners: NDArray[np.float32], incomplete: int, where: str, *, has_end: bool
) -> Notice | None:
    """W215 for an ASCII file with facets cut or without its end."""
    remarks = []
    if incomplete:
        facets = "facet is" if incomplete == 1 else "facets are"
        remarks.append(f"{incomplete:,} {facets} incomplete and left out")
    if not has_end:
        remarks.append("endsolid is missing at the end of the file")
    if not remarks:
        return None
    return Notice(
        code="W215",
        text=", and ".join(remarks),
        where=where,
        hint="export the part again",
        values={"triangles_read": len(corners) // 3, "facets_incomplete": incomplete},
    )


def _no_stl(data: bytes, where: str) -> MeshError:
    """E202 with the best guess at what the file is instead."""
    name = foreign_format(data)
    if name:
        what = f"this is {name}, no STL"
    elif not is_text(data):
        what = f"this is no STL: {len(data)} bytes are too few for one triangle"
    elif _SOLID.match(data.removeprefix(_BOM)):
        what = "this is no STL: it begins with solid, but has no facet"
    else:
        what = "this is text, but no STL: it does not begin with solid"
    return MeshError(
        what, code="E202", where=where, why="STL only is read here.", fix="export the part as STL"
    )
