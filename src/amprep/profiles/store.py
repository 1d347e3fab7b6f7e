"""Where profiles lie and how one is found: by id, by alias or by path.

File names follow from ids, so that one profile is read when one is wanted: ``machines/eos_m400_4.toml`` has
the id ``m400-4``, ``processes/m400_4_316l_40um.toml`` belongs to it and to the material ``316l``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from amprep.errors import AmprepError, BuildError, InternalError, UsageError, did_you_mean
from amprep.model.machine import MachineProfile
from amprep.model.material import MaterialProfile
from amprep.profiles.convert import machine_noun, material_noun, process_noun
from amprep.profiles.schema import MachineFile, MaterialFile, ProcessFile, SourcesFile
from amprep.profiles.toml_file import read_toml, validate_source, validate_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from amprep.model.process import ProcessProfile

__all__ = [
    "Source",
    "find_machine",
    "find_material",
    "find_process",
    "find_process_by_id",
    "is_path",
    "list_machines",
    "list_materials",
    "list_processes",
    "list_sources",
    "plain_name",
    "profiles_root",
]

_SAME_THICKNESS_MM = 1e-9
_Profile = TypeVar("_Profile", MachineProfile, MaterialProfile)


@dataclass(frozen=True, slots=True)
class Source:
    """What a source key stands for; `address` is empty where none is recorded."""

    key: str
    title: str
    address: str
    note: str


def profiles_root(package: Path | None = None) -> Path:
    """The folder of the shipped profiles: inside an installed package, or beside ``src`` in a source tree.

    Parameters
    ----------
    package : Path, optional
        Folder of the package `amprep`; found by itself unless given.

    Raises
    ------
    InternalError
        E701 when neither folder is there.

    """
    package = Path(str(resources.files("amprep"))) if package is None else package
    candidates = [package / "machine_profiles", package.parent.parent / "machine_profiles"]
    for candidate in candidates:
        if (candidate / "sources.toml").is_file():
            return candidate
    raise InternalError(
        "the shipped profiles are missing",
        code="E701",
        where=str(candidates[0]),
        why="The installation is incomplete.",
        fix="install amprep again",
    )


def list_machines() -> list[MachineProfile]:
    """All shipped machines, ordered by id.

    Raises
    ------
    FileContentError
        E301 or E302 when a profile is damaged.

    """
    return sorted(map(_read_machine, _files("machines")), key=lambda machine: machine.id)


def list_materials() -> list[MaterialProfile]:
    """All shipped materials, ordered by id; raises as `list_machines`."""
    return sorted(map(_read_material, _files("materials")), key=lambda material: material.id)


def list_processes(machine_id: str | None = None, material_id: str | None = None) -> list[ProcessProfile]:
    """The shipped processes of a machine, of a material, or of both; raises as `list_machines`.

    They are ordered by machine, material and layer thickness. Ids are exact; an unknown one has no processes.
    """
    pattern = f"{_in_file_name(machine_id)}_{_in_file_name(material_id)}_*um.toml"
    processes = map(_read_process, sorted((profiles_root() / "processes").glob(pattern)))
    chosen = [
        process
        for process in processes
        if machine_id in {None, process.machine} and material_id in {None, process.material}
    ]
    return sorted(chosen, key=lambda process: (process.machine, process.material, process.layer_thickness_mm))


def list_sources() -> list[Source]:
    """All sources that the shipped profiles name, in the order of their file; raises as `list_machines`."""
    file = validate_toml(SourcesFile, profiles_root() / "sources.toml")
    return [Source(key, source.title, source.address, source.note) for key, source in file.sources.items()]


def find_machine(name_or_path: str | Path, *, option: str = "--machine my.toml") -> MachineProfile:
    """The machine with this id or alias, or in this file.

    Upper and lower case, blanks and dashes do not matter in names. What ends in ``.toml`` or has a path
    separator in it is taken for a file.

    Parameters
    ----------
    name_or_path : str or Path
    option : str
        How a file is given where the name came from, for the error.

    Raises
    ------
    UsageError
        E101 when no machine has this name.
    FileContentError
        E301 or E302 when the file is wrong or cannot be read.

    """
    if is_path(name_or_path):
        return _read_machine(Path(name_or_path))
    name = str(name_or_path)
    found = _by_name(name, "machines", f"eos_{name.lower().replace('-', '_')}.toml", _read_machine)
    if found is not None:
        return found
    raise _unknown_name("machine", name, list_machines(), code="E101", option=option)


def find_material(name_or_path: str | Path, *, option: str = "--material my.toml") -> MaterialProfile:
    """The material with this id or alias, or in this file; names and errors as in `find_machine`.

    Raises
    ------
    UsageError
        E102 when no material has this name.
    FileContentError
        E301 or E302 when the file is wrong or cannot be read.

    """
    if is_path(name_or_path):
        return _read_material(Path(name_or_path))
    name = str(name_or_path)
    found = _by_name(name, "materials", f"{name.lower()}.toml", _read_material)
    if found is not None:
        return found
    raise _unknown_name("material", name, list_materials(), code="E102", option=option)


def find_process(
    machine: MachineProfile, material: MaterialProfile, layer_thickness_mm: float | None = None
) -> ProcessProfile:
    """The process of a machine (or of the one it names in `processes_of`) for a material.

    Parameters
    ----------
    machine : MachineProfile
        From `find_machine`.
    material : MaterialProfile
        From `find_material`; its id decides, so a profile of the user's own may take a shipped one's place.
    layer_thickness_mm : float, optional
        In mm, met within 1e-9; without it the default process, else the one with the thinnest layers.

    Raises
    ------
    UsageError
        E103 when there is no process for this pair.
    BuildError
        E407 when there is none with this layer thickness.

    """
    owner = machine.processes_of or machine.id
    processes = list_processes(owner, material.id)
    if not processes:
        raise _no_process(machine, material, list_processes(owner))
    if layer_thickness_mm is None:
        return next((process for process in processes if process.is_default), processes[0])
    for process in processes:
        if abs(process.layer_thickness_mm - layer_thickness_mm) <= _SAME_THICKNESS_MM:
            return process
    known = ", ".join(_in_um(process.layer_thickness_mm) for process in processes)
    micrometres = (
        f"; {layer_thickness_mm:g} µm is {layer_thickness_mm:g}um" if layer_thickness_mm >= 1 else ""
    )
    raise BuildError(
        f"{machine.name} has no process for {material.name} with layers of {_in_um(layer_thickness_mm)}",
        code="E407",
        where="layer thickness",
        why=f"known: {known}",
        fix=f"take one of them{micrometres}; or write a process profile, --process my.toml",
    )


def find_process_by_id(name_or_path: str | Path) -> ProcessProfile:
    """The process with this id, for instance ``m400_4_316l_40um``, or in this file.

    Whether it suits a machine and a material is the caller's question.

    Raises
    ------
    UsageError
        E103 when no process has this id.
    FileContentError
        E301 or E302 when the file is wrong or cannot be read.

    """
    if is_path(name_or_path):
        return _read_process(Path(name_or_path))
    name = str(name_or_path)
    wanted = plain_name(name)
    for path in _files("processes"):
        if plain_name(path.stem) == wanted:
            return _read_process(path)
    known = [path.stem for path in _files("processes")]
    raise UsageError(
        _unknown("process", name, known),
        code="E103",
        why=f"known: {', '.join(known)}",
        fix="or give a profile file: --process my.toml",
    )


def _read_machine(path: Path) -> MachineProfile:
    source = read_toml(path)
    return machine_noun(validate_source(MachineFile, source), source.path, source.sha256)


def _read_material(path: Path) -> MaterialProfile:
    source = read_toml(path)
    return material_noun(validate_source(MaterialFile, source), source.path, source.sha256)


def _read_process(path: Path) -> ProcessProfile:
    source = read_toml(path)
    return process_noun(validate_source(ProcessFile, source), source.path, source.sha256)


def _files(kind: str) -> list[Path]:
    return sorted((profiles_root() / kind).glob("*.toml"))


def _by_name(name: str, kind: str, likely: str, read: Callable[[Path], _Profile]) -> _Profile | None:
    """The profile with this id or alias; the file whose name suggests it is read first."""
    wanted = plain_name(name)
    for path in sorted(_files(kind), key=lambda file: file.name != likely):
        profile: _Profile = read(path)
        if wanted in {plain_name(word) for word in (profile.id, *profile.aliases)}:
            return profile
    return None


def is_path(name: str | Path) -> bool:
    """Whether a profile is named by the path of its file: it ends in ``.toml`` or has a separator."""
    if isinstance(name, Path):
        return True
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    return name.lower().endswith(".toml") or any(separator in name for separator in separators)


def plain_name(name: str) -> str:
    """A name without what people write in different ways."""
    return name.casefold().translate({ord(sign): None for sign in " -_"})


def _in_file_name(profile_id: str | None) -> str:
    return "*" if profile_id is None else profile_id.replace("-", "_")


def _in_um(thickness_mm: float) -> str:
    return f"{thickness_mm * 1000:g} µm"


def _unknown_name(
    kind: str, name: str, known: Sequence[MachineProfile | MaterialProfile], *, code: str, option: str
) -> AmprepError:
    ids = [profile.id for profile in known]
    names = ids + [alias for profile in known for alias in profile.aliases]
    return UsageError(
        _unknown(kind, name, names),
        code=code,
        why=f"known: {', '.join(ids)}",
        fix=f"or give a profile file: {option}",
    )


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    question = did_you_mean(name, known)
    return f'unknown {kind} "{name}"' + (f".{question}" if question else "")


def _no_process(
    machine: MachineProfile, material: MaterialProfile, others: Sequence[ProcessProfile]
) -> AmprepError:
    known = ", ".join(f"{process.material} {_in_um(process.layer_thickness_mm)}" for process in others)
    if known:
        fix = (
            "take one of these materials, or write a process profile (copy " + Path(others[0].path).name + ")"
        )
    else:
        fix = 'name a machine that has processes: processes_of = "m400-4" in the machine profile'
    return UsageError(
        f"no process for {material.name} on {machine.name}",
        code="E103",
        why=f"{machine.id} has: {known}" if known else f'no process belongs to the machine "{machine.id}"',
        fix=fix,
    )
