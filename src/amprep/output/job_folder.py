"""The folder ``NAME.amjob``: built beside its place under a temporary name, moved there when complete."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from amprep.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COMMIT_MARK", "job_folder", "require_writable"]

#: Written last; a folder without it is no complete job.
COMMIT_MARK = "job.json"


def require_writable(folder: Path, *, force: bool) -> None:
    """Refuse early, before any work is done.

    Raises
    ------
    OutputError
        E501 when the folder exists and `force` is not given, E503 when it is no job and therefore not
        replaced even with `force`, E502 when nothing can be written there.

    """
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir() or not _is_job_or_empty(folder):
            raise OutputError(
                "exists and is not a job of amprep, so it is never replaced",
                code="E503",
                where=str(folder),
                fix="choose another folder with --output",
            )
        if not force:
            raise OutputError(
                "the output folder exists",
                code="E501",
                where=str(folder),
                why="Nothing was written.",
                fix="add --force to replace it, or choose another folder with --output",
            )
    parent = folder.parent
    nearest = next(p for p in (parent, *parent.absolute().parents) if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(
            "cannot be written: no such folder, or no right to write there",
            code="E502",
            where=str(folder),
            why="Nothing was written.",
            fix="choose another folder with --output",
        )


def _is_job_or_empty(folder: Path) -> bool:
    return (folder / COMMIT_MARK).is_file() or not any(folder.iterdir())


@contextmanager
def job_folder(folder: Path, *, force: bool) -> Iterator[Path]:
    """A temporary folder that takes its place when the block ends well and vanishes when it does not.

    Raises
    ------
    OutputError
        As `require_writable`, and E502 when the system refuses.

    """
    require_writable(folder, force=force)
    made: list[Path] = []
    try:
        for parent in reversed([p for p in (folder.parent, *folder.parent.parents) if not p.exists()]):
            parent.mkdir()
            made.append(parent)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    except OSError as fault:
        _remove_empty(made)
        raise _refused(folder, fault) from fault
    try:
        building.chmod(0o777 & ~_umask())
        yield building
        _swap(building, folder)
    except OSError as fault:
        raise _refused(folder, fault) from fault
    finally:
        shutil.rmtree(building, ignore_errors=True)
        _remove_empty(made)


def _swap(building: Path, folder: Path) -> None:
    """Move the finished folder to its place; what stood there is deleted only after that."""
    if not folder.exists():
        building.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".old.tmp", dir=folder.parent))
    try:
        folder.rename(old / "job")
        try:
            building.rename(folder)
        except OSError:
            (old / "job").rename(folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refused(folder: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"cannot be written: {fault.strerror or fault}",
        code="E502",
        where=str(folder),
        why="Nothing was left behind.",
        fix="check rights and free space, or choose another folder with --output",
    )
