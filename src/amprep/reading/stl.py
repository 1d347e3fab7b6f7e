"""STL files, binary and ASCII: fast, tolerant, and never silent about what was wrong.

What the file is decides its length, not its first word: many binary files begin with ``solid``.

1. length = 84 + 50 × counter: binary, whatever the header says;
2. begins with ``solid`` and has a ``facet``: ASCII;
3. 134 bytes or more, not text, and nothing else that is known: damaged binary; whole triangles are read;
4. otherwise no STL.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import shlex
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from amprep.errors import MeshError, did_you_mean
from amprep.model.mesh import Mesh, SourceFile
from amprep.model.notice import Notice
from amprep.reading.assembly import mesh_of_triangles
from amprep.reading.merging import Corners, corners_of
from amprep.reading.recognise import foreign_format, is_text
from amprep.reading.stl_text import read_text_triangles
from amprep.reading.units import millimetres_per_unit, unit_notice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.engines import Engine

__all__ = ["read_stl"]

_HEADER_BYTES = 84
_RECORD_BYTES = 50
# In 16-bit halves: header, normal before the corners, record.
_HEADER_HALVES, _NORMAL_HALVES, _RECORD_HALVES = 42, 6, 25
# Corners are numbered in 32 bits, and a vertex with a direction must fit as well.
_MOST_TRIANGLES = np.iinfo(np.int32).max // 6
_BOM = b"\xef\xbb\xbf"
_SOLID = re.compile(rb"\s*solid", re.IGNORECASE)
_FACET = re.compile(rb"facet", re.IGNORECASE)
_ONLY_STL = "This version reads STL only."


@dataclass(frozen=True, slots=True, eq=False)
class _Triangles:
    """The loose triangles of a file, in its unit."""

    corners: Corners
    format: str
    damage: Notice | None


def read_stl(
    path: str | os.PathLike[str],
    *,
    unit: Literal["mm", "inch", "m"] | None = None,
    engine: Engine | None = None,
    fingerprint: bool = True,
) -> tuple[Mesh, SourceFile]:
    """Read an STL file, binary or ASCII; several solids become one mesh.

    Parameters
    ----------
    path : str or path
        The file.
    unit : {"mm", "inch", "m"}, optional
        Unit of its numbers; mm is assumed when none is given, as an STL names none.
    engine : Engine, optional
        Where large meshes are merged; default: the calling thread. The mesh is the same for every engine.
    fingerprint : bool
        Whether to compute the file's SHA-256; without, it stays empty.

    Returns
    -------
    mesh : Mesh
        vertices : (V, 3) float64, mm, the file's float32 values times exactly 1, 25.4 or 1000;
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
    data = _content(where)
    # Hashing takes as long as all the rest and frees the interpreter, so it runs beside it.
    with ThreadPoolExecutor(max_workers=1) as beside:
        digest = beside.submit(_sha256, data) if fingerprint else None
        triangles = _triangles(data, where)
        del data
        mesh, dropped = mesh_of_triangles(
            triangles.corners,
            mm_per_unit=mm_per_unit,
            where=where,
            doubt=triangles.damage.text if triangles.damage else "",
            engine=engine,
        )
    doubted = unit_notice(mesh.size_mm, unit)
    if doubted:
        doubted = replace(doubted, where=where)
    source = SourceFile(
        path=where,
        format=triangles.format,
        sha256=digest.result() if digest else "",
        unit=unit or "mm",
        unit_is_assumed=unit is None,
        triangles_in_file=triangles.corners.count,
        notices=tuple(notice for notice in (doubted, dropped, triangles.damage) if notice),
    )
    return mesh, source


def _sha256(data: bytes | mmap.mmap) -> str:
    return hashlib.sha256(data).hexdigest()


def _content(where: str) -> bytes | mmap.mmap:
    """The file `where`, mapped; E201 when it cannot be read, E202 when there is nothing in it."""
    try:
        mode = Path(where).stat().st_mode
        if stat.S_ISDIR(mode):
            raise _no_file(where, "this is a folder, not a file", fix=_folder_hint(where))
        if not stat.S_ISREG(mode):
            raise _no_file(where, "this is no ordinary file")
        data = _mapped(where)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(where) from None
    except PermissionError:
        raise _no_file(where, "no permission to read the file") from None
    except OSError as error:
        raise _no_file(where, f"the file cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise _no_file(where, "this is no possible file name") from None
    if not data:
        raise MeshError("the file is empty", code="E202", where=where, fix="export the part again")
    return data


def _mapped(where: str) -> bytes | mmap.mmap:
    """The file as a memory map, which copies nothing; its bytes where the file system has no maps."""
    with Path(where).open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # an empty file cannot be mapped either
            return file.read()


def _no_file(where: str, what: str, *, why: str = "", fix: str = "") -> MeshError:
    return MeshError(
        what, code="E201", where=where, why=why, fix=fix or "check the name, or export the part there"
    )


def _missing(where: str) -> MeshError:
    path = Path(where)
    if not path.parent.is_dir():
        return _no_file(where, f'there is no folder "{path.parent}"')
    return _no_file(where, f"there is no such file.{did_you_mean(path.name, _file_names(path.parent))}")


def _folder_hint(where: str) -> str:
    names = sorted(name for name in _file_names(Path(where)) if name.lower().endswith(".stl"))
    return f"name a file in it, for instance {shlex.quote(str(Path(where) / names[0]))}" if names else ""


def _file_names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return []


def _triangles(data: bytes | mmap.mmap, where: str) -> _Triangles:
    """Find out what `data` is, by the four steps above, and read it."""
    counted = int.from_bytes(data[80:84], "little") if len(data) >= _HEADER_BYTES else 0
    if len(data) >= _HEADER_BYTES and len(data) == _HEADER_BYTES + _RECORD_BYTES * counted:
        return _Triangles(_binary_corners(data, where), "stl-binary", None)
    text = data[:].removeprefix(_BOM)
    if _SOLID.match(text) and _FACET.search(text):
        found = read_text_triangles(text, where)
        return _Triangles(
            corners_of(found.corners),
            "stl-ascii",
            _text_damage(found.corners, found.incomplete, where, has_end=found.has_end),
        )
    name = foreign_format(data[:])
    if name or is_text(data[:]) or len(data) < _HEADER_BYTES + _RECORD_BYTES:
        raise _no_stl(data[:], name, where)
    return _Triangles(_binary_corners(data, where), "stl-binary", _binary_damage(len(data), counted, where))


def _binary_corners(data: bytes | mmap.mmap, where: str) -> Corners:
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


def _binary_damage(length: int, counted: int, where: str) -> Notice:
    """W215 for a binary file whose length and counter disagree."""
    read, trailing = divmod(length - _HEADER_BYTES, _RECORD_BYTES)
    remarks = []
    if counted > read:
        remarks.append(f"the file is truncated: it announces {counted:,} triangles and holds {read:,}")
    if counted < read:
        remarks.append(
            f"the file announces {counted:,} triangles and holds {read:,}:"
            " its counter is wrong, or data were appended"
        )
    if trailing:
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


def _no_stl(data: bytes, name: str | None, where: str) -> MeshError:
    """E202 with the best guess at what the file is instead."""
    why, fix = _ONLY_STL, "export the part as STL"
    if name == "a gzip file":
        why = "This version reads STL only, and does not unpack it."
        unpacked = where.removesuffix(".gz") if where.endswith(".gz") else f"{where}.stl"
        fix = f"gunzip -c {shlex.quote(where)} > {shlex.quote(unpacked)}"
    if name:
        return MeshError(f"this is {name}, no STL", code="E202", where=where, why=why, fix=fix)
    if not is_text(data):
        what = f"this is no STL: {len(data)} bytes are too few for one triangle"
    elif _SOLID.match(data.removeprefix(_BOM)):
        what = "this is no STL: it begins with solid, but has no facet"
    else:
        what = "this is text, but no STL: it does not begin with solid"
    return MeshError(what, code="E202", where=where, why=why, fix=fix)
