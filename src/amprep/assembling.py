"""Files and names to a job: profiles, meshes, repair, placement, fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from amprep.errors import UsageError
from amprep.model.job import Job, PlacedPart
from amprep.model.notice import Notice
from amprep.placement.collisions import require_apart
from amprep.placement.fit import require_fit, require_layers
from amprep.placement.rows import GAP_MM, Footprint, row_positions
from amprep.placement.transform import part_transform, rotated_bounds_mm
from amprep.profiles import find_machine, find_material, find_process, list_machines
from amprep.reading.job_file import JobFile, PartEntry
from amprep.reading.stl import read_stl
from amprep.repair import check_and_mend, require_closed

if TYPE_CHECKING:
    from amprep.model.machine import BuildVolume
    from amprep.model.mesh import Mesh, MeshReport, SourceFile
    from amprep.model.process import ProcessProfile

__all__ = ["assemble", "assemble_job"]

_Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _ReadPart:
    entry: PartEntry
    name: str
    mesh: Mesh
    source: SourceFile
    report: MeshReport


def assemble(
    files: Sequence[str | Path],
    *,
    machine: str,
    material: str | None = None,
    layer_thickness_mm: float | None = None,
    unit: Literal["mm", "inch", "m"] | None = None,
    on_step: _Progress = lambda _step: None,
) -> Job:
    """Read parts, check them and put them side by side on a machine's platform.

    Parameters
    ----------
    files : sequence of path
        STL files.
    machine, material : str
        Id, alias or path of a profile; the material defaults to the machine's.
    layer_thickness_mm : float, optional
        Chooses among the processes of machine and material.
    unit : str, optional
        Unit of the files; default mm, said as an assumption.

    Raises
    ------
    AmprepError
        With code and exit status; see `amprep.errors`.

    """
    if not files:
        raise UsageError("no part given", code="E105", fix="amprep slice PART.stl --machine m400-4")
    entries = [PartEntry(file=str(file), unit=unit) for file in files]
    job_file = JobFile(
        machine=machine, material=material, layer_thickness_mm=layer_thickness_mm, parts=entries
    )
    return assemble_job(job_file, Path(), on_step=on_step)


def assemble_job(job_file: JobFile, folder: Path, *, on_step: _Progress = lambda _step: None) -> Job:
    """The job that a job file describes.

    Parameters
    ----------
    folder : Path
        What relative paths in the job file start from.

    """
    machine_reference = _reference(job_file.machine, folder)
    machine = find_machine(machine_reference)
    material_reference = _reference(job_file.material or machine.default_material, folder)
    material = find_material(material_reference)
    process = _overridden(find_process(machine, material, job_file.layer_thickness_mm), job_file)
    on_step("read")
    read_parts = _read_all(job_file.parts, folder, process.layer_thickness_mm)
    on_step("place")
    gap_mm = GAP_MM if job_file.gap_mm is None else job_file.gap_mm
    parts = _place_all(read_parts, machine.build_volume, gap_mm)
    notices: list[Notice] = []
    for read_part in read_parts:
        notices += [notice for notice in _read_notices(read_part) if notice not in notices]
    for part in parts:
        notices += require_fit(part, machine, list_machines)
        require_layers(part, process.layer_thickness_mm)
    require_apart(parts)
    return Job(
        name=job_file.name or parts[0].name,
        parts=tuple(parts),
        machine=machine,
        material=material,
        process=process,
        machine_reference=machine_reference if _is_path(machine_reference) else machine.id,
        material_reference=material_reference if _is_path(material_reference) else material.id,
        notices=tuple(notices),
    )


def _is_path(reference: str) -> bool:
    return reference.endswith(".toml")


def _reference(reference: str, folder: Path) -> str:
    """A profile's id as it is, a profile's path as seen from the working directory."""
    return str(folder / reference) if _is_path(reference) else reference


def _overridden(process: ProcessProfile, job_file: JobFile) -> ProcessProfile:
    """The process with the job's own values in place of its own."""
    exposures = {}
    for name, overrides in (("core", job_file.hatch), ("contour", job_file.contour)):
        exposure = getattr(process, name)
        changes = {
            key: getattr(exposure, key).overridden(value)
            for key, value in overrides.model_dump(exclude_none=True).items()
        }
        exposures[name] = dataclasses.replace(exposure, **changes)
    return dataclasses.replace(process, **exposures)


def _read_all(entries: Sequence[PartEntry], folder: Path, layer_thickness_mm: float) -> list[_ReadPart]:
    """Read and mend every part; a file that several entries name is read once."""
    known: dict[tuple[str, str | None], tuple[Mesh, SourceFile, MeshReport]] = {}
    taken: dict[str, int] = {}
    parts = []
    for entry in entries:
        path = folder / entry.file
        key = (str(path), entry.unit)
        if key not in known:
            mesh, source = read_stl(path, unit=entry.unit)
            mesh, report = check_and_mend(mesh, name=path.name)
            require_closed(report, name=path.name, layer_thickness_mm=layer_thickness_mm)
            known[key] = mesh, source, report
        mesh, source, report = known[key]
        for _ in range(entry.count):
            base = entry.name or path.stem
            taken[base] = taken.get(base, 0) + 1
            name = base if taken[base] == 1 else f"{base} {taken[base]}"
            parts.append(_ReadPart(entry, name, mesh, source, report))
    return parts


def _read_notices(part: _ReadPart) -> list[Notice]:
    notices = [*part.source.notices, *part.report.notices]
    if part.entry.sha256 is not None and part.entry.sha256 != part.source.sha256:
        notices.append(
            Notice("W303", "the file changed since the job was written", where=Path(part.source.path).name)
        )
    return notices


def _place_all(read_parts: Sequence[_ReadPart], volume: BuildVolume, gap_mm: float) -> list[PlacedPart]:
    """Parts with a position go there, copies further along +x; the others share rows in the middle."""
    bounds = [rotated_bounds_mm(part.mesh, part.entry.rotation_deg) for part in read_parts]
    loose = [i for i, part in enumerate(read_parts) if part.entry.position_mm is None]
    footprints = [Footprint(*(bounds[i][1] - bounds[i][0])[:2].tolist()) for i in loose]
    centres = dict(zip(loose, row_positions(footprints, volume, gap_mm=gap_mm), strict=True))
    copies: dict[int, int] = {}
    placed = []
    for i, part in enumerate(read_parts):
        given = part.entry.position_mm
        if given is None:
            position = (*centres[i], 0.0)
        else:
            copy = copies.get(id(part.entry), 0)
            copies[id(part.entry)] = copy + 1
            step = float(bounds[i][1][0] - bounds[i][0][0]) + gap_mm
            position = (given[0] + copy * step, given[1], given[2] if len(given) > 2 else 0.0)
        placed.append(
            PlacedPart(
                name=part.name,
                mesh=part.mesh,
                transform=part_transform(part.mesh, position, part.entry.rotation_deg),
                position_mm=position,
                rotation_deg=part.entry.rotation_deg,
                source=part.source,
                report=part.report,
            )
        )
    return placed
