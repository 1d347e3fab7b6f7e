"""The folder of a kit: built beside its place, moved there when complete; an interruption leaves nothing."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amprep.errors import OutputError
from amprep.output.atomic import put_in_place, temporary_folder, temporary_name, told_in_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["KIT_MARK", "kit_folder", "require_free"]

#: Written into each kit; a folder without it is never replaced.
KIT_MARK = "kit.json"


def require_free(folder: Path, *, force: bool) -> None:
    """Refuse early, before any work is done.

    Raises
    ------
    OutputError
        E501 when a kit is there and `force` is not given, E553 when something else is there, E502 when the
        folder around it does not exist.

    """
    if not folder.absolute().parent.is_dir():
        raise OutputError(
            "the folder around it does not exist",
            code="E502",
            where=str(folder),
            fix="make it, or name another one",
        )
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir() or not _is_kit_or_empty(folder):
        raise OutputError(
            "exists and is no kit of amprep, so it is never replaced",
            code="E553",
            where=str(folder),
            fix="name a folder that does not exist, such as one more level down",
        )
    if any(folder.iterdir()) and not force:
        raise OutputError(
            "the kit exists",
            code="E501",
            where=str(folder),
            why="Nothing was written.",
            fix="add --force to replace it, or name another folder",
        )


def _is_kit_or_empty(folder: Path) -> bool:
    if not any(folder.iterdir()):
        return True
    try:
        document = json.loads((folder / KIT_MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and str(document.get("schema", "")).startswith("amprep.kit/")


@contextmanager
def kit_folder(folder: Path, *, force: bool) -> Iterator[Path]:
    """A temporary folder that takes its place when the block ends well and vanishes when it does not.

    Raises
    ------
    OutputError
        As `require_free`, and E502 when the system refuses.

    """
    require_free(folder, force=force)
    folder = folder.absolute()
    try:
        with temporary_folder(folder.parent, f".{folder.name}.", ".tmp") as building:
            with told_in_place(building, folder):
                yield building
            require_free(folder, force=force)
            put_in_place(building, folder, temporary_name(folder.parent, f".{folder.name}.", ".old.tmp"))
    except OSError as fault:
        raise _refused(folder, fault) from fault


def _refused(folder: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"cannot be written: {fault.strerror or fault}",
        code="E502",
        where=str(folder),
        why="Nothing was left behind.",
        fix="check rights and free space, or name another folder",
    )
