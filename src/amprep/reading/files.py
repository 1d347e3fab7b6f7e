"""Any file to meshes: what it is decides its content, never its name."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amprep.errors import MeshError
from amprep.model.mesh import SourceFile
from amprep.model.notice import Notice
from amprep.reading.contents import file_content, sha256_of, text_as_utf8, unpacked_gzip
from amprep.reading.recognise import foreign_format, format_of, is_text
from amprep.reading.stl import stl_source, stl_triangles
from amprep.reading.units import millimetres_per_unit, unit_notice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from amprep.engines import Engine
    from amprep.model.mesh import Mesh
    from amprep.reading.contents import Content
    from amprep.reading.indexed import Indexed

__all__ = ["FilePart", "read_file", "read_one"]


@dataclass(frozen=True, slots=True, eq=False)
class FilePart:
    """One part that a file holds; items of a 3MF that differ by a shift only share mesh and source."""

    name: str
    """Of a 3MF's build item; empty where the file holds one part."""
    mesh: Mesh
    source: SourceFile


def read_file(
    path: str | os.PathLike[str],
    *,
    unit: str | None = None,
    engine: Engine | None = None,
    layer_thickness_mm: float | None = None,
    fingerprint: bool = True,
) -> tuple[FilePart, ...]:
    """Read the parts of an STL (also packed with gzip), 3MF, OBJ, PLY, OFF or STEP file.

    Parameters
    ----------
    path : str or path
        The file.
    unit : str, optional
        Unit of its numbers, a key of `MM_PER_UNIT`, which then replaces the file's own. Without it the file's
        own counts, and mm where it has none.
    engine : Engine, optional
        Where large meshes are merged; default: the calling thread. The mesh is the same for every engine.
    layer_thickness_mm : float, optional
        How fine a STEP file is tessellated, see `step_tolerance_mm`.
    fingerprint : bool
        Whether to compute the file's SHA-256; without, it stays empty.

    Returns
    -------
    tuple of FilePart
        One, or one for each build item of a 3MF, in the order of the file.

    Raises
    ------
    MeshError
        E2xx with the place in the file.
    UsageError
        E104 when the unit is not known.

    """
    where = os.fspath(path)
    if unit is not None:
        millimetres_per_unit(unit)
    data = file_content(where)
    # Hashing takes as long as all the rest of an STL and frees the interpreter, so it runs beside it.
    with ThreadPoolExecutor(max_workers=1) as beside:
        digest = beside.submit(sha256_of, data) if fingerprint else None
        return _Reader(where, unit, engine, layer_thickness_mm, digest).parts(data)


def read_one(
    path: str | os.PathLike[str],
    *,
    unit: str | None = None,
    engine: Engine | None = None,
    layer_thickness_mm: float | None = None,
    fingerprint: bool = True,
) -> tuple[Mesh, SourceFile]:
    """The only part of a file, as `read_file` reads it; E225 when it holds several."""
    parts = read_file(
        path, unit=unit, engine=engine, layer_thickness_mm=layer_thickness_mm, fingerprint=fingerprint
    )
    if len(parts) > 1:
        raise MeshError(
            f"the file holds {len(parts)} parts, and one is needed here",
            code="E225",
            where=os.fspath(path),
            fix="export the parts one by one",
        )
    return parts[0].mesh, parts[0].source


@dataclass(slots=True)
class _Reader:
    where: str
    unit: str | None
    engine: Engine | None
    layer_thickness_mm: float | None
    digest: Future[str] | None

    def parts(self, data: Content) -> tuple[FilePart, ...]:
        packed = ""
        kind = "" if _is_whole_stl(data) else format_of(data)
        if kind == "gzip":
            packed = ".gz"
            data = unpacked_gzip(data, self.where)
            if not data:
                raise MeshError(
                    "there is nothing in the gzip file",
                    code="E202",
                    where=self.where,
                    fix="pack or export the part again",
                )
            kind = "" if _is_whole_stl(data) else format_of(data)
            if kind in {"gzip", "zip"}:
                raise MeshError(
                    "this is an archive in a gzip file",
                    code="E202",
                    where=self.where,
                    fix="unpack it and give the part inside",
                )
        if kind == "zip":
            return tuple(self._threemf())
        if not kind:
            data = text_as_utf8(data, self.where)
            kind = format_of(data)
        if kind:
            return (self._indexed(data, kind, packed),)
        return (self._stl(data, packed),)

    def _stl(self, data: Content, packed: str) -> FilePart:
        triangles = stl_triangles(data, self.where)
        if triangles is None:
            raise _unknown(data, self.where)
        mesh, notices = triangles.mesh(
            mm_per_unit=millimetres_per_unit(self.unit or "mm"), where=self.where, engine=self.engine
        )
        source = stl_source(triangles, mesh, notices, where=self.where, unit=self.unit, sha256=self._sha256())
        return FilePart("", mesh, replace(source, format=source.format + packed) if packed else source)

    def _indexed(self, data: Content, kind: str, packed: str) -> FilePart:
        found = _READERS[kind](data, self)
        own = "mm" if kind == "step" else None
        unit = self.unit or own or "mm"
        mesh, notices = found.mesh(mm_per_unit=millimetres_per_unit(unit), where=self.where)
        doubted = unit_notice(mesh.size_mm, self.unit or own)
        first = replace(doubted, where=self.where) if doubted else self._unit_differs(own)
        source = SourceFile(
            path=self.where,
            format=found.format + packed,
            sha256=self._sha256(),
            unit=unit,
            unit_is_assumed=self.unit is None and own is None,
            triangles_in_file=len(found.faces),
            notices=tuple(notice for notice in (first, *notices) if notice),
            unit_in_file=own,
        )
        return FilePart("", mesh, source)

    def _threemf(self) -> Iterator[FilePart]:
        from amprep.reading.assembly import mesh_of_indexed
        from amprep.reading.threemf import read_3mf

        build = read_3mf(self.where)
        unit = self.unit or build.unit
        notices = [notice for notice in (*build.notices, self._unit_differs(build.unit)) if notice]
        made: dict[int, FilePart] = {}
        for item in build.items:
            name = item.name or f"item {item.number}"
            if item.same_as is not None:
                same = made[item.same_as]
                made[item.number] = FilePart(name, same.mesh, same.source)
                continue
            mesh, dropped = mesh_of_indexed(
                item.vertices, item.faces, mm_per_unit=millimetres_per_unit(unit), where=self.where
            )
            source = SourceFile(
                path=self.where,
                format="3mf",
                sha256=self._sha256(),
                unit=unit,
                unit_is_assumed=False,
                triangles_in_file=len(item.faces),
                notices=(*notices, *([dropped] if dropped else [])),
                unit_in_file=build.unit,
            )
            made[item.number] = FilePart(name, mesh, source)
        if len(made) > 1:
            for number, part in made.items():
                source = replace(part.source, item=number)
                yield FilePart(part.name, part.mesh, source)
        else:
            yield from made.values()

    def _unit_differs(self, own: str | None) -> Notice | None:
        if own is None or self.unit in {None, own}:
            return None
        return Notice("W220", f"--unit {self.unit} was given, and the file says {own}", where=self.where)

    def _sha256(self) -> str:
        return self.digest.result() if self.digest else ""


def _ply(data: Content, reader: _Reader) -> Indexed:
    from amprep.reading.ply import read_ply

    return read_ply(data, reader.where)


def _off(data: Content, reader: _Reader) -> Indexed:
    from amprep.reading.off import read_off

    return read_off(data, reader.where)


def _obj(data: Content, reader: _Reader) -> Indexed:
    from amprep.reading.obj import read_obj

    return read_obj(data, reader.where)


def _step(data: Content, reader: _Reader) -> Indexed:
    from amprep.reading.step import read_step, step_tolerance_mm

    return read_step(data, reader.where, tolerance_mm=step_tolerance_mm(reader.layer_thickness_mm))


_READERS = {"ply": _ply, "off": _off, "obj": _obj, "step": _step}


def _is_whole_stl(data: Content) -> bool:
    """Whether counter and length agree, which decides whatever the file begins with."""
    return len(data) >= 84 and len(data) == 84 + 50 * int.from_bytes(data[80:84], "little")


def _unknown(data: Content, where: str) -> MeshError:
    """E202 with the best guess at what the file is."""
    name = foreign_format(data)
    if name:
        what = f"this is {name}, which is not read"
    elif is_text(data):
        is_solid = bytes(data[:200]).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(b"solid")
        what = "this text is no part" + (": it begins with solid, but has no facet" if is_solid else "")
    else:
        what = f"this is no part: {len(data):,} bytes of no format that is known here"
    return MeshError(
        what,
        code="E202",
        where=where,
        why="Read are STL (also .stl.gz), 3MF, OBJ, PLY, OFF and, with an extra, STEP.",
        fix="export the part as STL or 3MF",
    )
