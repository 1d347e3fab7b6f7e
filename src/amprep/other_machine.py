"""A job file for another machine than its own: the other's process, the parts as far from its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.errors import AmprepError
from amprep.model.notice import Notice
from amprep.profiles import find_machine, find_material, find_process, find_process_by_id, is_path

if TYPE_CHECKING:
    from pathlib import Path

    from amprep.model.machine import MachineProfile
    from amprep.model.process import ProcessProfile
    from amprep.reading.job_file import JobFile, PartEntry

__all__ = ["for_machine"]


def for_machine(job_file: JobFile, folder: Path, name: str) -> tuple[JobFile, list[Notice]]:
    """The job file with another machine, and what else had to change (W467).

    A profile that shares the processes of the job's machine, as a calibrated one does, changes nothing else.

    Parameters
    ----------
    folder : Path
        What relative paths in the job file start from.
    name : str
        Id, alias, or absolute path of a profile.

    Raises
    ------
    UsageError
        E101 for the machine, E103 where it has no process for the job's material.

    """
    machine = find_machine(name)
    own = None if job_file.process is None else find_process_by_id(_reference(job_file.process, folder))
    suits = own is None or own.machine in {machine.id, machine.processes_of}
    changes: dict[str, object] = {"machine": name}
    told = []
    if own is not None and not suits:
        taken = _process(own, machine, job_file, folder)
        material = job_file.material or own.material
        changes |= {"process": None, "material": material, "layer_thickness_mm": taken.layer_thickness_mm}
        told.append(f"the process {taken.id} in place of {own.id}")
    moved = _moved(job_file, folder, machine)
    if moved is not None:
        changes["parts"] = moved
        told.append("the parts moved with the middle of the platform")
    changed = job_file.model_copy(update=changes)
    if not told:
        return changed, []
    text = f"{', '.join(told)}, for the {machine.name}"
    return changed, [
        Notice("W467", text, where="--machine", hint="all other values of the job hold as they are")
    ]


def _process(own: ProcessProfile, machine: MachineProfile, job_file: JobFile, folder: Path) -> ProcessProfile:
    """The machine's process for the material, with the job's layers where there is one."""
    material = find_material(_reference(job_file.material or own.material, folder))
    default = find_process(machine, material)
    wanted_mm = job_file.layer_thickness_mm or own.layer_thickness_mm
    try:
        return find_process(machine, material, wanted_mm)
    except AmprepError:
        return default


def _moved(job_file: JobFile, folder: Path, machine: MachineProfile) -> list[PartEntry] | None:
    """Parts with positions as far from the middle as before; None where nothing moves."""
    if all(part.position_mm is None for part in job_file.parts):
        return None
    try:
        before = find_machine(_reference(job_file.machine, folder)).build_volume.centre_mm
    except AmprepError:
        return None  # a profile that is gone: the positions are all there is
    now = machine.build_volume.centre_mm
    shift = now[0] - before[0], now[1] - before[1]
    if shift == (0.0, 0.0):
        return None
    return [
        part
        if part.position_mm is None
        else part.model_copy(
            update={
                "position_mm": (
                    part.position_mm[0] + shift[0],
                    part.position_mm[1] + shift[1],
                    *part.position_mm[2:],
                )
            }
        )
        for part in job_file.parts
    ]


def _reference(reference: str, folder: Path) -> str:
    return str(folder / reference) if is_path(reference) else reference
