"""The folder ``NAME.amjob``: built beside its place under a temporary name, moved there when complete.

A temporary folder is locked for as long as a process works on it, and the system lets go of the lock when the
process ends, however it ends. What lies there unlocked was left behind by one that was killed; the next run
that writes to the same place takes it away.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from amprep.errors import FileContentError, OutputError, UsageError, as_argument
from amprep.output.atomic import OLD, put_in_place, temporary_folder, temporary_name, told_in_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "COMMIT_MARK",
    "damaged_folder",
    "job_folder",
    "require_page",
    "require_writable",
    "way_to_rebuild",
]

#: Written last; a folder without it is no complete job.
COMMIT_MARK = "job.json"

#: What a job folder holds.
_OWN = {
    COMMIT_MARK,
    "job.toml",
    "summary.json",
    "report.html",
    "view.html",
    "layers.parquet",
    "vectors",
    "plots",
}

#: How the names of temporary folders end: that of a job in the making, and that of one to be replaced.
_BUILDING, _ASIDE = ".tmp", ".old.tmp"

#: A folder that was made this short a time ago may be about to be locked.
_NEWBORN_S = 60.0

#: Bytes of a file name that all usual file systems take, less what temporary names add.
_LONGEST_NAME = 230


def way_to_rebuild(folder: Path) -> str:
    """What to do about a job folder that cannot be used, as a command that works where there is one."""
    if not (folder / "job.toml").is_file():
        return "name a folder that amprep slice or amprep run wrote"
    is_job = _is_job_or_empty(folder)
    if folder.name in {"", ".."}:
        # Nobody replaces the folder that they stand in.
        folder = folder.resolve()
        outside, name = as_argument(folder.parent), as_argument(folder.name)
        if is_job:
            return f"make it again, from outside of it: cd {outside} && amprep run {name} --force"
        new = as_argument(f"{folder.stem}-new.amjob")
        return f"make it anew, from outside of it: cd {outside} && amprep run {name} --output {new}"
    if is_job:
        return f"make it again: amprep run {as_argument(folder)} --force"
    # What is no complete job is never replaced.
    new = as_argument(folder.with_name(f"{folder.stem}-new.amjob"))
    return f"make it anew: amprep run {as_argument(folder)} --output {new}"


def damaged_folder(folder: Path, why: str) -> FileContentError:
    """E302: what a job folder holds is not what was written; `why` without a full stop."""
    return FileContentError(
        "the job folder is damaged or was changed",
        code="E302",
        where=str(folder),
        why=f"{why}.",
        fix=way_to_rebuild(folder),
    )


def require_writable(folder: Path, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse early, before any work is done.

    Parameters
    ----------
    inputs : iterable of Path
        Files that must survive: none may lie in a folder that is to be replaced.

    Raises
    ------
    OutputError
        E501 when the folder exists and `force` is not given, E503 when it is no job and therefore not
        replaced even with `force`, E504 when it holds one of the inputs, E502 when nothing can be written
        there.

    """
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        shown = str(folder).encode(errors="replace").decode()
        raise OutputError(
            "the name is no valid text", code="E502", where=shown, fix="choose another"
        ) from None
    try:
        _require_replaceable(folder, force=force)
        _require_outside(folder, inputs)
        nearest = next(p for p in (folder.absolute().parent, *folder.absolute().parents) if p.exists())
        usable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    except OSError as fault:
        raise _refused(folder, fault) from fault
    if len(os.fsencode(folder.name)) > _LONGEST_NAME:
        raise _refused(folder, OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG)))
    if not usable:
        raise OutputError(
            "cannot be written: no such folder, or no right to write there",
            code="E502",
            where=str(folder),
            why="Nothing was written.",
            fix="choose another folder with --output",
        )


def _require_replaceable(folder: Path, *, force: bool) -> None:
    """Refuse a place that is taken: always by something foreign, without `force` by a job as well."""
    if not folder.is_symlink() and not folder.exists():
        return
    if not _is_job_or_empty(folder):
        raise OutputError(
            "exists and is not a job of amprep, so it is never replaced",
            code="E503",
            where=str(folder),
            fix="choose another folder with --output",
        )
    if folder.resolve() == Path.cwd().resolve():
        raise OutputError(
            "is the folder you are in, which cannot be replaced",
            code="E503",
            where=str(folder),
            fix="go one folder up, or choose another folder with --output",
        )
    foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in _OWN)
    if foreign:
        raise OutputError(
            f"holds {', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}, which amprep did not write",
            code="E504",
            where=str(folder),
            why="Replacing the folder would delete it.",
            fix="move it elsewhere, or choose another folder with --output",
        )
    if not force:
        raise OutputError(
            "the output folder exists",
            code="E501",
            where=str(folder),
            why="Nothing was written.",
            fix="add --force to replace it, or choose another folder with --output",
        )


def _is_job_or_empty(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        document = json.loads((folder / COMMIT_MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and str(document.get("schema", "")).startswith("amprep.job/")


def _require_outside(folder: Path, inputs: Iterable[Path]) -> None:
    inside = folder.resolve()
    for file in inputs:
        if inside in file.resolve().parents:
            raise OutputError(
                f"holds {file.name}, which this job reads, so it is not replaced",
                code="E504",
                where=str(folder),
                why="Replacing the folder would delete the file.",
                fix="move the file elsewhere, or choose another folder with --output",
            )


@contextmanager
def job_folder(folder: Path, *, force: bool, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A temporary folder that takes its place when the block ends well and vanishes when it does not.

    What killed processes left behind of the same folder is taken away; an old job that one of them had moved
    aside comes back to its place.

    Raises
    ------
    OutputError
        As `require_writable`, and E502 when the system refuses.

    """
    inputs = list(inputs)
    _sweep(folder)
    require_writable(folder, force=force, inputs=inputs)
    made: list[Path] = []
    try:
        for parent in reversed([p for p in (folder.parent, *folder.parent.parents) if not p.exists()]):
            made.append(parent)
            parent.mkdir(exist_ok=True)
        with (
            temporary_folder(folder.parent, _prefix(folder), _BUILDING) as building,
            _locked(building, wait=True),
        ):
            with told_in_place(building, folder):
                yield building
            # The place may have been taken since the work began.
            require_writable(folder, force=force, inputs=inputs)
            aside = temporary_name(folder.parent, _prefix(folder), _ASIDE)
            put_in_place(building, folder, aside, held=lambda path: _locked(path, wait=True))
    except OSError as fault:
        raise _refused(folder, fault) from fault
    finally:
        _remove_empty(made)


def _prefix(folder: Path) -> str:
    return f".{folder.name[:100]}."


@contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Lock a folder as long as the block, and processes that split off in it, go on; says whether it is ours.

    Parameters
    ----------
    wait : bool
        For the one who works in it: until nobody looks at it any more. Else: not ours if anybody holds it.

    """
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    is_ours = False
    handle = -1
    with suppress(OSError):  # not every file system knows locks; then nothing is ever taken away
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(handle, fcntl.LOCK_SH if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = True
    try:
        yield is_ours
    finally:
        if handle >= 0:
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Take away what killed processes left of `folder`, and bring back the job that one had moved aside."""
    pattern = re.compile(re.escape(_prefix(folder)) + r"\w{8,16}(\.old)?\.tmp")
    with suppress(OSError):
        left = [path for path in folder.parent.iterdir() if pattern.fullmatch(path.name)]
        for path in left:
            with suppress(OSError), _locked(path, wait=False) as is_ours:
                if is_ours and path.stat().st_uid == os.getuid():
                    _clear(path, folder)


def _clear(path: Path, folder: Path) -> None:
    names = {entry.name for entry in path.iterdir()}
    if not names and time.time() - path.stat().st_mtime < _NEWBORN_S:
        return
    if not path.name.endswith(_ASIDE):
        if names <= _OWN:
            shutil.rmtree(path)
        return
    old = path / OLD
    if names == {OLD} and not folder.exists() and not folder.is_symlink():
        old.rename(folder)
    elif names == {OLD} and (folder / COMMIT_MARK).is_file():
        shutil.rmtree(old)
    path.rmdir()


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _refused(folder: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"cannot be written: {fault.strerror or fault}",
        code="E502",
        where=str(folder),
        why="Nothing was left behind.",
        fix="check rights and free space, or choose another folder with --output",
    )


def require_page(run_folder: Path, path: Path, *, name: str, force: bool) -> None:
    """Refuse a place for a page about a job before any work is done.

    Parameters
    ----------
    run_folder : Path
        The job folder.
    path : Path
        Where the page is to be.
    name : str
        The page's name in a job folder.
    force : bool
        Replace a file that is there.

    Raises
    ------
    UsageError
        E104 when the name is none of an HTML file.
    OutputError
        E501 when the file exists and `force` is not given, E502 when nothing can be written there, E504
        when it would replace one of the job's own files, or be one that the job folder does not know.

    """
    if path.is_dir():
        raise OutputError("this is a folder", code="E502", where=str(path), fix=f"name a file, {name}")
    if path.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(
            f'the page is an HTML file, "{path.name}" is not named like one',
            code="E104",
            where="--output",
            fix=f"{path.with_suffix('.html')}",
        )
    inside = path.resolve().parent
    better = f"-o {run_folder / name}, or a file outside of the job folder"
    if run_folder.resolve() in inside.parents:
        raise OutputError(
            "lies among the vectors or pictures of the job", code="E504", where=str(path), fix=better
        )
    if inside == run_folder.resolve() and path.name != name:
        raise OutputError(
            f"in a job folder this page is {name}; with another file in it, the folder could not be replaced",
            code="E504",
            where=str(path),
            fix=better,
        )
    if not path.parent.is_dir():
        raise OutputError(
            "the folder does not exist",
            code="E502",
            where=str(path.parent),
            fix="make it, or name a file in another one",
        )
    if path.exists() and not force:
        raise OutputError("the file exists", code="E501", where=str(path), fix="add --force to replace it")
