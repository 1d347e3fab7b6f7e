"""``amprep repair``: mend a mesh, write it as binary STL, and say what was changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.cli.telling import in_words
from amprep.cli.texts import volume_text
from amprep.cli.words import count_text, many, say
from amprep.errors import MeshError, OutputError, UsageError, printable

if TYPE_CHECKING:
    from amprep.model.mending import Mending
    from amprep.model.mesh import Mesh, MeshReport, SourceFile

__all__ = ["repair_file"]


def repair_file(
    path: Path, output: Path, *, mending: Mending, unit: str | None, force: bool, as_json: bool
) -> None:
    """Mend one file.

    Raises
    ------
    MeshError
        As reading does; E203, E208 or E209 when the result would enclose no definite volume. Nothing is
        written then.
    OutputError
        E501 when the output exists, E502 when it cannot be written.

    """
    from amprep.cli.display import Display
    from amprep.output.stl import write_stl
    from amprep.repair import causes_of_damage, require_closed, tolerance_that_closes_mm

    _require_free(path, output, force=force)
    Display(quiet=as_json).compile_kernels()
    mesh, source, report = _mended(path, unit, mending)
    require_closed(
        report,
        name=path.name,
        file=str(path),
        unit=unit,
        causes=causes_of_damage(source.notices),
        closing_tolerance_mm=tolerance_that_closes_mm(mesh, report, mending),
    )
    mesh, rounded = _as_written(mesh, path.name)
    _require_same(report, rounded, path.name)
    write_stl(mesh, output)
    document = _document(path, output, source, report, rounded)
    if as_json:
        import json

        import typer

        typer.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
        return
    _tell(path, output, source, report, rounded)


def _require_free(path: Path, output: Path, *, force: bool) -> None:
    if output.suffix.lower() not in {".stl", ""}:
        raise UsageError(
            f'a binary STL is written, and "{output.suffix}" says something else',
            code="E104",
            where="-o",
            fix=f"name it {output.with_suffix('.stl').name}",
        )
    if output.exists() and path.exists() and path.samefile(output):
        raise OutputError(
            "the output is the file to mend", code="E501", where=str(output), fix="choose another name for -o"
        )
    if output.is_dir():
        raise OutputError("the output is a folder", code="E502", where=str(output), fix="name a file with -o")
    if output.exists() and not force:
        raise OutputError(
            "the output file exists",
            code="E501",
            where=str(output),
            fix="--force replaces it, -o names another",
        )


def _mended(path: Path, unit: str | None, mending: Mending) -> tuple[Mesh, SourceFile, MeshReport]:
    from amprep.engines import engine_for
    from amprep.reading.files import read_one
    from amprep.reading.units import millimetres_per_unit
    from amprep.repair import check_and_mend

    engine = engine_for(None)
    if unit is not None:
        millimetres_per_unit(unit)
    mesh, source = read_one(path, unit=unit, engine=engine)
    dropped = sum(int(n.values.get("triangles_with_coinciding_corners", 0)) for n in source.notices)
    mended, report = check_and_mend(
        mesh, name=path.name, degenerate_dropped=dropped, engine=engine, mending=mending
    )
    return mended, source, report


def _as_written(mesh: Mesh, name: str) -> tuple[Mesh, MeshReport]:
    """The mesh as a reader of the file will find it, rounded to float32, and what is wrong with that."""
    import numpy as np

    from amprep.model.mending import Mending
    from amprep.model.mesh import Mesh
    from amprep.repair import check_and_mend

    corners = mesh.vertices[mesh.faces.reshape(-1)].astype(np.float32) + np.float32(0.0)
    vertices, number = np.unique(corners, axis=0, return_inverse=True)
    faces = number.reshape(-1, 3).astype(np.int32)
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    rounded = Mesh(vertices.astype(np.float64), faces[whole])
    return check_and_mend(rounded, name=name, mending=Mending(0.0))


def _require_same(report: MeshReport, rounded: MeshReport, name: str) -> None:
    """Refuse where the rounding of the file opens the mesh again or changes its volume."""
    difference = abs(rounded.volume_mm3 - report.volume_mm3)
    if not rounded.is_watertight or difference > 1e-4 * report.volume_mm3:
        raise MeshError(
            "rounded to the numbers of an STL the mesh would be damaged again",
            code="E203",
            where=name,
            why="An STL holds about seven digits, and the part lies far from the origin or is very fine: "
            f"{rounded.open_edges} open edges, {rounded.volume_mm3:.6g} for {report.volume_mm3:.6g} mm³.",
            fix="move the part near the origin in the CAD and export it again",
        )


def _document(
    path: Path, output: Path, source: SourceFile, report: MeshReport, rounded: MeshReport
) -> dict[str, Any]:
    notices = [*source.notices, *report.notices]
    return {
        "schema": "amprep.repair/1",
        "ok": True,
        "file": path.as_posix(),
        "sha256": source.sha256,
        "unit": source.unit,
        "unit_is_assumed": source.unit_is_assumed,
        "triangles_in_file": source.triangles_in_file,
        "triangles": rounded.triangles,
        "shells": rounded.shells,
        "volume_mm3": rounded.volume_mm3,
        "size_mm": list(rounded.size_mm),
        "repairs": report.repairs,
        "warnings": [replace(notice, where=path.name).as_dict() for notice in notices],
        "output": output.as_posix(),
    }


def _tell(path: Path, output: Path, source: SourceFile, report: MeshReport, rounded: MeshReport) -> None:
    import typer

    unit = source.unit + (f" ({say('grade_assumed')})" if source.unit_is_assumed else "")
    read = say("repair_read", triangles=count_text(source.triangles_in_file), unit=unit)
    typer.echo(f"{printable(path.name)}: {read}")
    changes = [*source.notices, *report.notices]
    for notice in map(in_words, changes):
        typer.echo(f"  ! {printable(notice.text)}   {notice.code}")
    if not any(report.repairs.values()) and not changes:
        typer.echo(f"  {say('nothing_changed')}")
    typer.echo(
        say(
            "repaired",
            path=printable(output.as_posix()),
            triangles=count_text(rounded.triangles),
            shells=many("shells", rounded.shells),
            volume=volume_text(rounded.volume_mm3),
        )
    )
