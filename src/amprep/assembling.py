"""Files and names to a job: profiles, meshes, repair, placement, fit."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from amprep.assignment.field_remarks import field_remarks
from amprep.assignment.fields import require_reach
from amprep.errors import MeshError, UsageError
from amprep.exposure_remarks import exposure_remarks
from amprep.exposure_rules import overridden, parameter_sets, require_sound, require_suitable
from amprep.model.exposure import ORDERS
from amprep.model.job import Job, ParameterSets, PlacedPart, layer_count_for_height
from amprep.model.mending import Mending
from amprep.model.mesh import Mesh, MeshReport, SourceFile
from amprep.model.notice import Notice
from amprep.placement.collisions import require_apart
from amprep.placement.fit import require_fit, require_layers, require_room
from amprep.placement.positions import Body, positions_mm
from amprep.placement.rows import GAP_MM
from amprep.placement.transform import part_transform, rotated_bounds_mm, rotation_matrix
from amprep.profiles import (
    find_machine,
    find_material,
    find_process,
    find_process_by_id,
    is_path,
    layer_rule,
    list_machines,
)
from amprep.reading.files import read_file
from amprep.reading.job_file import JobFile, PartEntry, job_file_of, part_tables
from amprep.reading.recognise import part_stem
from amprep.reading.units import millimetres_per_unit
from amprep.repair import (
    causes_of_damage,
    check_and_mend,
    require_closed,
    require_unrepaired,
    tolerance_that_closes_mm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from amprep.engines import Engine
    from amprep.model.machine import BuildVolume, MachineProfile
    from amprep.model.process import ProcessProfile

__all__ = ["assemble", "assemble_job"]

#: The part of a vector is a 16-bit key.
MOST_PARTS = 65_535


@dataclass(frozen=True, slots=True)
class _ReadPart:
    entry: PartEntry
    copy: int
    """How many of the entry come before."""
    host: int | None
    """Number of the part that a support stands under."""
    name: str
    mesh: Mesh
    source: SourceFile
    report: MeshReport


# Name in the file, mesh, source and report of a part.
_CheckedPart = tuple[str, Mesh, SourceFile, MeshReport]


def assemble(  # noqa: PLR0913
    files: str | Path | Sequence[str | Path],
    *,
    machine: str,
    material: str | None = None,
    layer_thickness_mm: float | None = None,
    process: str | None = None,
    unit: str | None = None,
    fill: Literal["non-zero", "even-odd"] = "non-zero",
    mending: Mending | None = None,
    parameters: Mapping[str, Any] | None = None,
    strict: bool = False,
    on_step: Callable[[str], None] = lambda _step: None,
    engine: Engine | None = None,
) -> Job:
    """Read parts, check them and put them side by side on a machine's platform.

    Parameters
    ----------
    files : path or sequence of path
        STL, 3MF, OBJ, PLY, OFF or STEP files; each build item of a 3MF is a part.
    machine, material : str
        Id, alias or path of a profile; the material defaults to the machine's.
    layer_thickness_mm : float, optional
        Chooses among the processes of machine and material.
    process : str, optional
        Id or path of a process profile, which then decides the layer thickness.
    unit : str, optional
        Unit of the files; default mm, said as an assumption.
    fill : {"non-zero", "even-odd"}
        Whether there is material where bodies overlap.
    mending : Mending, optional
        How far meshes may be mended; default: cracks are closed, holes are refused.
    parameters : mapping, optional
        Values of tables such as ``{"hatch": {"pattern": "chess"}}``, and orders such as
        ``{"contour_order": "last"}``, as in a job file.
    strict : bool
        Refuse a mesh that needs any repair, and bodies that overlap.
    engine : Engine, optional
        Where large meshes are read and checked; default: the calling thread.

    Raises
    ------
    AmprepError
        With code and exit status; see `amprep.errors`.

    """
    if isinstance(files, str | Path):
        files = [files]
    if not files:
        raise UsageError("no part given", code="E105", fix="amprep slice PART.stl --machine m400-4")
    if unit is not None:
        millimetres_per_unit(unit)
    mending = mending or Mending()
    given: dict[str, Any] = {
        "machine": machine,
        "material": material,
        "layer_thickness_mm": layer_thickness_mm,
        "process": process,
        "fill": fill,
        "crack_tolerance_mm": mending.crack_tolerance_mm,
        "fill_holes": mending.fill_holes,
        "parts": [{"file": os.fspath(file), "unit": unit} for file in files],
    }
    job_file = job_file_of(given, parameters or {})
    return assemble_job(job_file, Path(), strict=strict, on_step=on_step, engine=engine)


def assemble_job(
    job_file: JobFile,
    folder: Path,
    *,
    strict: bool = False,
    on_step: Callable[[str], None] = lambda _step: None,
    engine: Engine | None = None,
) -> Job:
    """The job that a job file describes.

    Parameters
    ----------
    folder : Path
        What relative paths in the job file start from.
    strict : bool
        Refuse a mesh that needs any repair, and bodies that overlap.

    """
    machine_reference = _reference(job_file.machine, folder)
    machine = find_machine(machine_reference)
    process_reference = None if job_file.process is None else _reference(job_file.process, folder)
    named = None if process_reference is None else find_process_by_id(process_reference)
    default_material = machine.default_material if named is None else named.material
    material_reference = _reference(job_file.material or default_material, folder)
    material = find_material(material_reference)
    if named is None:
        named = find_process(machine, material, job_file.layer_thickness_mm)
    else:
        require_suitable(named, machine, material, job_file.layer_thickness_mm)
    process = _with_choices(overridden(named, job_file.tables()), job_file)
    require_sound(process, machine)
    on_step("read")
    read_parts = _read_all(job_file, folder, process.layer_thickness_mm, engine, strict=strict)
    on_step("place")
    gap_mm = GAP_MM if job_file.gap_mm is None else job_file.gap_mm
    parts = _place_all(read_parts, machine.build_volume, gap_mm, process.scaling.factors)
    notices = _read_notices(read_parts)
    require_room(_in_rows(parts, read_parts), machine)
    for part, one in zip(parts, read_parts, strict=True):
        notices += require_fit(part, machine, list_machines, beside=parts, copy=one.copy)
        require_layers(part, process.layer_thickness_mm)
    notices += require_apart(parts)
    require_reach(machine, parts)
    sets = _parameter_sets(process, machine, read_parts, parts)
    has_supports = any(part.is_support for part in parts)
    notices += exposure_remarks(sets, machine, has_supports=has_supports)
    notices += field_remarks(machine, process, parts)
    job = Job(
        name=job_file.name or parts[0].name,
        parts=tuple(parts),
        machine=machine,
        material=material,
        machine_reference=machine_reference if is_path(machine_reference) else machine.id,
        material_reference=material_reference if is_path(material_reference) else material.id,
        process_reference=process.id if process_reference is None else process_reference,
        parameter_sets=sets,
        process_as_named=named,
        even_odd=job_file.fill == "even-odd",
        mending=_mending_of(job_file),
        notices=tuple(notices),
        cost=None if job_file.cost is None else job_file.cost.model_dump(exclude_none=True),
        takes_default_material=job_file.material is None and job_file.process is None,
    )
    if strict:
        from amprep.overlaps import require_nothing_to_merge

        on_step("overlaps")
        require_nothing_to_merge(job, engine=engine)
    return job


def _with_choices(process: ProcessProfile, job_file: JobFile) -> ProcessProfile:
    """The process with what a job file says beside its tables."""
    for key in ORDERS:
        if (word := getattr(job_file, key)) is not None:
            process = replace(process, **{key: getattr(process, key).overridden(word)})
    return replace(
        process, rules=(*process.rules, *(layer_rule(rule, core="hatch") for rule in job_file.rules))
    )


def _parameter_sets(
    process: ProcessProfile,
    machine: MachineProfile,
    read_parts: Sequence[_ReadPart],
    parts: Sequence[PlacedPart],
) -> ParameterSets:
    """What exposes each part in each layer, all of it sound."""
    of_entry: dict[int, ProcessProfile] = {}
    for part in read_parts:
        entry = part.entry
        if id(entry) not in of_entry:
            own = entry.exposure
            of_entry[id(entry)] = process if own is None else overridden(process, part_tables(own))
    height_mm = max(float(part.bounds_mm[1, 2]) for part in parts)
    layers = layer_count_for_height(height_mm, process.layer_thickness_mm)
    sets = parameter_sets(process, [of_entry[id(part.entry)] for part in read_parts], layers)
    for number, one in enumerate(sets.processes[1:], start=1):
        # A rule also makes a set for the job's own values, which need not expose any part.
        if where := _exposed_by(sets, number, parts):
            require_sound(one, machine, where=where)
    return sets


def _exposed_by(sets: ParameterSets, number: int, parts: Sequence[PlacedPart]) -> str:
    """The first part that a set exposes, and its first layers, in words."""
    for place, part in enumerate(parts):
        for first, last in sets.layers_of(place, number):
            layers = f"layer {first + 1}" if first == last else f"layers {first + 1} … {last + 1}"
            return f"{part.name}, {layers}"
    return ""


def _reference(reference: str, folder: Path) -> str:
    """A profile's id as it is, a profile's path as seen from the working directory."""
    return str(folder / reference) if is_path(reference) else reference


def _read_all(
    job_file: JobFile,
    folder: Path,
    layer_thickness_mm: float,
    engine: Engine | None,
    *,
    strict: bool,
) -> list[_ReadPart]:
    """Read and mend every part; a file that several entries name is read once, and every bad one is told."""
    entries, mending = job_file.parts, _mending_of(job_file)
    known: dict[tuple[str, str | None], list[_CheckedPart]] = {}
    refused: list[MeshError] = []
    for entry in entries:
        path = folder / entry.file
        key = (str(path), entry.unit)
        if key in known:
            continue
        try:
            known[key] = _checked(path, entry.unit, layer_thickness_mm, engine, mending, strict=strict)
        except MeshError as error:
            known[key] = []
            refused.append(error)
    _require_none_refused(refused, len(known))
    taken: set[str] = set()
    parts: list[_ReadPart] = []
    first: dict[int, int] = {}
    hosts = job_file.hosts
    bearing = {id(host) for host in hosts}
    for entry, host in zip(entries, hosts, strict=True):
        path = folder / entry.file
        key = (str(path), entry.unit)
        checked = _chosen(known[key], entry, str(path), is_one=id(entry) in bearing)
        first[id(entry)] = len(parts)
        for copy in range(entry.count if host is None else host.count):
            for name, mesh, source, report in checked:
                stem = part_stem(path)
                base = entry.name or (f"{stem} {name}" if len(known[key]) > 1 else stem)
                under = None if host is None else first[id(host)] + copy
                parts.append(_ReadPart(entry, copy, under, _free_name(base, taken), mesh, source, report))
    if len(parts) > MOST_PARTS:
        raise UsageError(
            f"{len(parts)} parts, but a job holds {MOST_PARTS} at most", code="E104", where="parts"
        )
    return parts


def _require_none_refused(refused: Sequence[MeshError], files: int) -> None:
    """Raise the one error, or one that names all files."""
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise MeshError(
            f"{len(refused)} of {files} files cannot be used as parts",
            code="E276",
            faults=[_as_fault(error) for error in refused],
            why="Nothing was written.",
            fix="amprep check FILE... tells more of each; mend them or leave them out",
        )


def _as_fault(error: MeshError) -> str:
    """An error as one of several: its first line, what it lists, and what to do."""
    lines = [f"[{error.code}] {error.where}: {error.what}", *(f"  {fault}" for fault in error.faults)]
    return "\n".join(lines + ([f"  fix: {error.fix}"] if error.fix else []))


def _checked(
    path: Path,
    unit: str | None,
    layer_thickness_mm: float,
    engine: Engine | None,
    mending: Mending,
    *,
    strict: bool,
) -> list[_CheckedPart]:
    """Read all parts of a file and mend them; parts that share a mesh go on sharing it."""
    _require_text(path)
    mended: dict[int, tuple[Mesh, MeshReport]] = {}
    checked = []
    parts = read_file(path, unit=unit, engine=engine, layer_thickness_mm=layer_thickness_mm)
    file = str(path) if len(parts) == 1 else None
    for part in parts:
        if id(part.mesh) not in mended:
            name = path.name if len(parts) == 1 else f"{path.name}, {part.name}"
            mesh, report = check_and_mend(
                part.mesh,
                name=name,
                degenerate_dropped=_coinciding(part.source),
                engine=engine,
                mending=mending,
            )
            if strict and report.is_watertight:
                require_unrepaired(report, name=name, file=file, unit=unit, remarks=part.source.notices)
            require_closed(
                report,
                name=name,
                file=file,
                unit=unit,
                layer_thickness_mm=layer_thickness_mm,
                causes=causes_of_damage(part.source.notices),
                closing_tolerance_mm=tolerance_that_closes_mm(part.mesh, report, mending, engine=engine),
            )
            mended[id(part.mesh)] = mesh, report
        checked.append((part.name, *mended[id(part.mesh)], part.source))
    return [(name, mesh, source, report) for name, mesh, report, source in checked]


def _chosen(checked: list[_CheckedPart], entry: PartEntry, where: str, *, is_one: bool) -> list[_CheckedPart]:
    """The part of a file that an entry means, or all of them, but where `is_one` is wanted."""
    if entry.item is None:
        if len(checked) > 1 and is_one:
            raise MeshError(
                f"the file holds {len(checked)} parts, and a support without position_mm stands under one",
                code="E225",
                where=where,
                fix=f"say which part: item = 1 … {len(checked)}",
            )
        if len(checked) > 1 and entry.position_mm is not None:
            raise MeshError(
                f"the file holds {len(checked)} parts, and position_mm names one place",
                code="E225",
                where=where,
                fix=f"say which part: item = 1 … {len(checked)}",
            )
        return checked
    if entry.item > len(checked):
        raise MeshError(
            f"the file holds {len(checked)} parts, and item {entry.item} is asked for",
            code="E225",
            where=where,
            fix=f"item = 1 … {len(checked)}",
        )
    return [checked[entry.item - 1]]


def _coinciding(source: SourceFile) -> int:
    """Triangles that reading dropped because corners coincided."""
    dropped = [notice.values.get("triangles_with_coinciding_corners", 0) for notice in source.notices]
    return sum(int(count) for count in dropped)


def _free_name(base: str, taken: set[str]) -> str:
    """`base`, or `base` with the first number that no other part has."""
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base} {number}"
    taken.add(name)
    return name


def _require_text(path: Path) -> None:
    """Refuse a name that cannot be written into job.toml or summary.json."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode(errors="replace").decode()
        raise MeshError(
            "the file's name is no valid text", code="E201", where=shown, fix="rename the file"
        ) from None


def _read_notices(read_parts: Sequence[_ReadPart]) -> list[Notice]:
    """What was noticed about all files, each thing once."""
    notices: list[Notice] = []
    for part in read_parts:
        read = [replace(notice, where=Path(notice.where).name) for notice in part.source.notices]
        of_part = [*read, *part.report.notices]
        if part.entry.sha256 is not None and part.entry.sha256 != part.source.sha256:
            name = Path(part.source.path).name
            of_part.append(Notice("W303", "the file changed since the job was written", where=name))
        notices += [notice for notice in of_part if notice not in notices]
    return notices


def _mending_of(job_file: JobFile) -> Mending:
    return Mending(job_file.crack_tolerance_mm, job_file.fill_holes)


def _in_rows(parts: Sequence[PlacedPart], read_parts: Sequence[_ReadPart]) -> list[PlacedPart]:
    """What has no place of its own, nor a part with one that it stands under."""
    given = [(one if one.host is None else read_parts[one.host]).entry.position_mm for one in read_parts]
    return [part for part, place in zip(parts, given, strict=True) if place is None]


def _place_all(
    read_parts: Sequence[_ReadPart],
    volume: BuildVolume,
    gap_mm: float,
    scale: tuple[float, float, float],
) -> list[PlacedPart]:
    """Parts at their places; a support under a part turns with it, and is scaled with it."""
    turns = [(part if part.host is None else read_parts[part.host]).entry.rotation_deg for part in read_parts]
    bodies = [
        Body(
            rotated_bounds_mm(part.mesh, turn) * scale,
            part.entry.position_mm,
            part.copy,
            part.host,
            kind=(id(part.mesh), turn),
        )
        for part, turn in zip(read_parts, turns, strict=True)
    ]

    def points_mm(i: int) -> NDArray[np.float64]:
        turned: NDArray[np.float64] = read_parts[i].mesh.used_vertices @ rotation_matrix(turns[i]).T * scale
        return turned

    positions = positions_mm(bodies, volume, gap_mm=gap_mm, points_mm=points_mm)
    return [
        PlacedPart(
            name=part.name,
            mesh=part.mesh,
            transform=part_transform(part.mesh, position, turn, scale),
            position_mm=position,
            rotation_deg=turn,
            source=part.source,
            report=part.report,
            is_support=part.entry.structure == "support",
        )
        for part, position, turn in zip(read_parts, positions, turns, strict=True)
    ]
