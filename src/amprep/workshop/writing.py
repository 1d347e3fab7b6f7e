"""A demonstrator as files: its parts as STL and a job file that puts them on a machine's platform."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amprep.errors import OutputError
from amprep.output.atomic import atomic_file
from amprep.output.stl import write_stl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from amprep.demonstrators.catalogue import Demonstrator, DemoPart
    from amprep.model.machine import MachineProfile

__all__ = [
    "DEFAULT_TEXT",
    "demo_job_toml",
    "is_small",
    "made_folder",
    "write_demo",
    "write_picture",
    "write_text",
]

#: On the name tag, where nobody says anything else.
DEFAULT_TEXT = "Zittau"

#: Platforms narrower than this take the small form of a demonstrator.
_SMALL_MM = 350.0


def is_small(machine: MachineProfile) -> bool:
    """Whether a machine takes the small form of those demonstrators that have two."""
    volume = machine.build_volume
    return min(volume.size_x_mm.value, volume.size_y_mm.value) < _SMALL_MM


def demo_job_toml(
    demo: Demonstrator, machine: MachineProfile, parts: tuple[DemoPart, ...], *, reference: str
) -> str:
    """The job file of a demonstrator.

    Parameters
    ----------
    parts : tuple of DemoPart
        Their files lie beside the job file.
    reference : str
        The machine as the job file names it: id or path of a profile.

    """
    x, y = machine.build_volume.centre_mm
    lines = [
        f"# Demonstrator {demo.name}. Build it: amprep run job.toml",
        "amprep = 1",
        f'name = "{demo.name}"',
        f"machine = {_quoted(reference)}",
    ]
    for part in parts:
        place = f"{x + part.offset_mm[0]:g}, {y + part.offset_mm[1]:g}"
        lines += ["", "[[parts]]", f'file = "{part.name}.stl"', 'unit = "mm"', f"position_mm = [{place}]"]
    return "\n".join(lines) + "\n"


def write_demo(
    demo: Demonstrator, machine: MachineProfile, folder: Path, *, text: str, reference: str
) -> tuple[DemoPart, ...]:
    """Write the STL files and ``job.toml`` into a folder that exists; the same bytes every time.

    Raises
    ------
    UsageError
        E152 when `text` cannot become a name tag.
    OutputError
        E502 when the folder takes no files.

    """
    parts = demo.parts(is_small(machine), text)
    for part in parts:
        write_stl(part.mesh, folder / f"{part.name}.stl")
    with atomic_file(folder / "job.toml", "w") as stream:
        stream.write(demo_job_toml(demo, machine, parts, reference=reference))
    return parts


def write_picture(parts: Sequence[DemoPart], path: Path) -> bytes:
    """Draw the parts as PNG, write that, and return it.

    Raises
    ------
    OutputError
        E502 when the file cannot be written.

    """
    from amprep.pictures.part_view import parts_png

    picture = parts_png([(part.mesh, part.offset_mm) for part in parts])
    with atomic_file(path, "wb") as stream:
        stream.write(picture)
    return picture


def write_text(text: str, path: Path) -> None:
    """Write text in UTF-8.

    Raises
    ------
    OutputError
        E502 when the file cannot be written.

    """
    with atomic_file(path, "w") as stream:
        stream.write(text)


@contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """The folder is there during the block; one that was not there before goes again when the block fails.

    Raises
    ------
    OutputError
        E502 when it cannot be made.

    """
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(
            f"cannot be made: {fault.strerror or fault}",
            code="E502",
            where=str(folder),
            fix="check rights and free space, or choose another folder",
        ) from fault
    try:
        yield
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _quoted(text: str) -> str:
    # Strings of JSON are strings of TOML, line breaks in the name of a folder and all.
    return json.dumps(text, ensure_ascii=False)
