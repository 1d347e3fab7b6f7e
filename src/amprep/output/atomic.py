"""Files that appear whole or not at all, and folders to make them in.

A Ctrl-C may come between any two steps, so what takes a thing away is set up before the thing is made.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Literal, TextIO, overload

from amprep.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["OLD", "atomic_file", "put_in_place", "temporary_folder", "temporary_name", "told_in_place"]

#: What a folder is called that waits aside.
OLD = "job"


@overload
def atomic_file(
    path: str | os.PathLike[str], mode: Literal["wb"]
) -> contextlib.AbstractContextManager[BinaryIO]: ...
@overload
def atomic_file(
    path: str | os.PathLike[str], mode: Literal["w"]
) -> contextlib.AbstractContextManager[TextIO]: ...
def atomic_file(
    path: str | os.PathLike[str], mode: Literal["wb", "w"]
) -> contextlib.AbstractContextManager[Any]:
    """A file to write into, which takes the name `path` only when the block ends well.

    It is written under a temporary name in the same folder, flushed, and brought to the disk before it
    replaces what had the name. When the block fails nothing is left behind, and a file that was there
    before stays as it was.

    Parameters
    ----------
    path : str or path
        Name of the finished file; its folder must exist.
    mode : {"wb", "w"}
        Bytes, or text in UTF-8 with plain line feeds.

    Raises
    ------
    OutputError
        E502 when the folder is missing, the disk is full, writing is not allowed, and the like.

    """
    return _atomic_file(Path(path), mode)


@contextlib.contextmanager
def _atomic_file(path: Path, mode: Literal["wb", "w"]) -> Iterator[IO[Any]]:
    temporary = temporary_name(path.parent, ".amprep-", ".tmp")
    try:
        with _new_file(temporary, mode) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from error
        raise


def temporary_name(parent: Path, prefix: str, suffix: str) -> Path:
    """A path in the folder `parent` that nothing has."""
    return parent / f"{prefix}{secrets.token_hex(8)}{suffix}"


@contextlib.contextmanager
def temporary_folder(parent: Path, prefix: str, suffix: str) -> Iterator[Path]:
    """A new folder with the usual rights; gone when the block ends, unless the block has moved it."""
    folder = temporary_name(parent, prefix, suffix)
    try:
        folder.mkdir()
        yield folder
        shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def put_in_place(
    building: Path,
    folder: Path,
    aside: Path,
    *,
    held: Callable[[Path], AbstractContextManager[object]] = contextlib.nullcontext,
) -> None:
    """Move a finished folder to its place; what stood there is deleted only after that, or comes back.

    aside : Path
        A folder that does not exist, beside the place: what stood there waits in it.
    held : callable
        Context to hold `aside` by meanwhile, as against whoever clears away what others left.
    """
    if not folder.exists():
        building.rename(folder)
        return
    old = aside / OLD
    try:
        aside.mkdir()
        with held(aside):
            folder.rename(old)
            building.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    except BaseException:
        # Also when interrupted. Should even this fail, the old folder stays where it is.
        if old.exists() and not folder.exists():
            old.rename(folder)
        if not (old.exists() and building.exists()):
            shutil.rmtree(aside, ignore_errors=True)
        raise


def _new_file(path: Path, mode: Literal["wb", "w"]) -> IO[Any]:
    if mode == "wb":
        return path.open("xb")
    return path.open("x", encoding="utf-8", newline="\n")


def _cannot_write(path: Path, error: OSError) -> OutputError:
    if not path.parent.is_dir():
        return OutputError(
            f'there is no folder "{path.parent}"',
            code="E502",
            where=str(path),
            fix=f'mkdir -p "{path.parent}"',
        )
    if path.is_dir():
        return OutputError("this is a folder, so no file can have its name", code="E502", where=str(path))
    return OutputError(
        f"the file cannot be written: {error.strerror or error}",
        code="E502",
        where=str(path),
        fix="look at the rights and the free space there, or name a file elsewhere",
    )


@contextlib.contextmanager
def told_in_place(building: Path, folder: Path) -> Iterator[None]:
    """Errors name a file of `folder`, not of the temporary one where it was made and that is gone then."""
    try:
        yield
    except OutputError as error:
        error.where = error.where.replace(str(building), str(folder))
        error.why = error.why or "Nothing was left behind."
        raise
