"""``amprep info``: what files are, how large, whether closed, and which machines they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from amprep.cli.guard import attempted
from amprep.cli.profile_tables import print_document
from amprep.cli.telling import error_text, in_words
from amprep.cli.texts import size_text, volume_text
from amprep.cli.words import count_text, figure, many, say
from amprep.errors import AmprepError, MeshError, printable
from amprep.placement.fit import fits, turn_that_fits
from amprep.profiles import list_machines
from amprep.reading.files import read_file
from amprep.reading.units import millimetres_per_unit
from amprep.repair import check_and_mend
from amprep.repair.verdict import encloses_nothing

if TYPE_CHECKING:
    from amprep.model.machine import MachineProfile
    from amprep.model.mesh import Mesh, MeshReport, SourceFile
    from amprep.model.notice import Notice

__all__ = ["tell_about"]


@dataclass(frozen=True, slots=True)
class _Described:
    """One part of a file; `count` of them, if some differ by a shift only."""

    name: str
    count: int
    source: SourceFile
    report: MeshReport
    holes: int
    area_mm2: float
    bodies_overlap: bool
    """Whether what bodies have in common counts several times in the volume."""
    fits: tuple[tuple[str, str | None], ...]
    """Machines, each with the turn that is needed, empty for none; None where nothing helps."""

    @property
    def notices(self) -> list[Notice]:
        return [replace(notice, where="") for notice in (*self.source.notices, *self.report.notices)]


def tell_about(files: Sequence[Path], *, unit: str | None, as_json: bool) -> None:
    """Print what each file is; a bad one gives its error, and the worst exit status counts in the end."""
    from amprep.cli.compilation import compile_kernels

    if unit is not None:
        millimetres_per_unit(unit)
    if any(path.is_file() for path in files):
        compile_kernels(lambda line: typer.echo(line, err=True))
    machines = list_machines()
    status = 0
    documents: list[dict[str, Any]] = []
    for i, path in enumerate(files):
        head: dict[str, Any] = {"file": _valid_text(path)}
        parts = attempted(partial(_described, path, unit, machines))
        if isinstance(parts, AmprepError):
            parts.where = parts.where or _valid_text(path)
            status = max(status, parts.exit_status)
            typer.echo(error_text(parts), err=True)
            documents.append({**head, "ok": False, "error": parts.as_dict()})
            continue
        size = path.stat().st_size
        documents.append({**head, "ok": True, "bytes": size, "parts": [_document(part) for part in parts]})
        if not as_json:
            typer.echo(("\n" if i else "") + _text(path, size, parts))
    if as_json:
        print_document({"schema": "amprep.info/1", "ok": status == 0, "files": documents})
    if status:
        raise typer.Exit(status)


def _valid_text(path: Path) -> str:
    return str(path).encode(errors="replace").decode()


def _described(path: Path, unit: str | None, machines: Sequence[MachineProfile]) -> list[_Described]:
    if _valid_text(path) != str(path):
        raise MeshError(
            "the file's name is no valid text", code="E201", where=_valid_text(path), fix="rename the file"
        )
    parts = read_file(path, unit=unit)
    copies: dict[int, int] = {}
    for part in parts:
        copies[id(part.mesh)] = copies.get(id(part.mesh), 0) + 1
    described = []
    for part in parts:
        count = copies.pop(id(part.mesh), 0)
        if not count:
            continue
        dropped = [n.values.get("triangles_with_coinciding_corners", 0) for n in part.source.notices]
        mesh, report = check_and_mend(
            part.mesh, name=path.name, degenerate_dropped=sum(int(number) for number in dropped)
        )
        vertices = mesh.used_vertices
        described.append(
            _Described(
                part.name if len(parts) > 1 else "",
                count,
                part.source,
                report,
                _holes(mesh),
                _area_mm2(mesh),
                report.is_watertight and _bodies_overlap(mesh, report, part.source),
                tuple((machine.id, _turn(vertices, machine)) for machine in machines),
            )
        )
    return described


def _turn(vertices_mm: Any, machine: MachineProfile) -> str | None:
    if fits(vertices_mm, machine.build_volume):
        return ""
    return turn_that_fits(vertices_mm, machine.build_volume) or None


def _area_mm2(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def _bodies_overlap(mesh: Mesh, report: MeshReport, source: SourceFile) -> bool:
    from amprep.checking.overlapping import bodies_overlap, boxes_overlap

    if not boxes_overlap(mesh):
        return False
    from amprep.checking.part import part_of
    from amprep.cli.compilation import compile_check_kernels

    compile_check_kernels(lambda line: typer.echo(line, err=True))
    return bodies_overlap(part_of(mesh, report, source, layer_thickness_mm=1.0))


def _holes(mesh: Mesh) -> int:
    """How many holes the open edges bound, counted as `amprep check` and `amprep repair` do."""
    from amprep.checking.topology import hole_of_each

    assert mesh.neighbours is not None
    face, corner = np.nonzero(mesh.neighbours < 0)
    if not len(face):
        return 0
    return int(hole_of_each(mesh.faces[face, corner], mesh.faces[face, (corner + 1) % 3]).max()) + 1


# --- text ---


def _text(path: Path, size: int, parts: Sequence[_Described]) -> str:
    first = parts[0].source
    kind, dot, packed = first.format.partition(".")
    title = say(f"format_{kind.replace('-', '_')}") + dot + packed
    count = sum(part.count for part in parts)
    of_them = f" · {many('parts_in_file', count)}" if count > 1 else ""
    lines = [f"{path.name}   {title} · {_bytes_text(size)}{of_them}"]
    told: list[Notice] = []
    for part in parts:
        if count > 1:
            times = f" × {count_text(part.count)}" if part.count > 1 else ""
            lines.append(f"  {say('part_of_file', item=str(part.source.item), name=part.name)}{times}")
        lines += [f"  {label:<9}{text}" for label, text in _rows(part)]
        told += [notice for notice in part.notices if notice not in told]
    for notice in map(in_words, told):
        lines.append(f"  ! {notice.text}   {notice.code}")
        if notice.hint:
            lines.append(f"      {notice.hint}")
    # Names come from files, so none of them may steer the terminal.
    return "\n".join(printable(line) for line in lines)


def _rows(part: _Described) -> list[tuple[str, str]]:
    report, source = part.report, part.source
    shells = many("shells", report.shells)
    state = say("closed") if report.is_watertight else _open_text(part)
    volume = volume_text(report.volume_mm3) if report.is_watertight else say("open")
    if report.is_watertight and encloses_nothing(report):
        volume += f" ({say('encloses_nothing')})"
    if part.bodies_overlap:
        volume += f" ({say('bodies_overlap')})"
    own = source.unit_in_file
    doubt = ""
    if source.unit_origin == "given" and own not in {None, source.unit}:
        doubt = "; " + say("file_says", unit=str(own))
    unit = say(
        "unit_is", unit=source.unit, origin=say(f"unit_{source.unit_origin.replace(' ', '_')}") + doubt
    )
    triangles = many("triangles", report.triangles)
    return [
        (say("size"), f"{size_text(report.size_mm)} · {unit}"),
        (say("mesh"), f"{triangles}, {shells}, {state}"),
        (say("volume"), f"{volume} · {say('surface', area=_area_text(part.area_mm2))}"),
        (say("fits"), _fits_text(part.fits)),
    ]


def _open_text(part: _Described) -> str:
    report = part.report
    if not report.open_edges:
        return many("inconsistent_edges", report.inconsistent_edges)
    return say("open_because", holes=many("holes", part.holes), edges=many("open_edges", report.open_edges))


def _fits_text(machines: Sequence[tuple[str, str | None]]) -> str:
    upright = [name for name, turn in machines if turn == ""]
    turned = [say("fits_turned", machine=name, turn=turn) for name, turn in machines if turn]
    return "; ".join([", ".join(upright), *turned] if upright else turned) or say("fits_no_machine")


def _bytes_text(size: int) -> str:
    if size < 1000:
        return many("bytes", size)
    return f"{figure(size / 1000, '.1f')} kB" if size < 1e6 else f"{figure(size / 1e6, '.1f')} MB"


def _area_text(area_mm2: float) -> str:
    if area_mm2 < 100:
        return f"{figure(area_mm2, '.3g')} mm²"
    cm2 = area_mm2 / 100
    return f"{figure(cm2, ',.0f' if cm2 >= 999.95 else '.4g')} cm²"


# --- document ---


def _document(part: _Described) -> dict[str, Any]:
    report, source = part.report, part.source
    return {
        "name": part.name,
        "item": source.item,
        "count": part.count,
        "format": source.format,
        "sha256": source.sha256,
        "unit": source.unit,
        "unit_origin": source.unit_origin,
        "unit_in_file": source.unit_in_file,
        "size_mm": list(report.size_mm),
        "triangles": report.triangles,
        "triangles_in_file": source.triangles_in_file,
        "shells": report.shells,
        "watertight": report.is_watertight,
        "open_edges": report.open_edges,
        "holes": part.holes,
        "inconsistent_edges": report.inconsistent_edges,
        "nonmanifold_edges": report.nonmanifold_edges,
        "volume_mm3": report.volume_mm3 if report.is_watertight else None,
        "bodies_overlap": part.bodies_overlap if report.is_watertight else None,
        "area_mm2": part.area_mm2,
        "machines": [
            {"machine": name, "fits": turn is not None, "turn": turn or None} for name, turn in part.fits
        ],
        "warnings": [notice.as_dict() for notice in part.notices],
    }
