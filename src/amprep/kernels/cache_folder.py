"""Where compiled kernels lie: in folders that carry everything their machine code depends on in their name.

Kernels are read from the first place that has them and written to the first place that can be written:
the folder that ``NUMBA_CACHE_DIR`` names, if it is set, else ``__pycache__`` beside the kernels, the user's
folder for caches, a folder of the user's own under the system's for temporary files. So an installation
that an administrator has warmed serves users who must not write there.

The name of the folder has a digest of the versions of Numba, llvmlite and Python, of the processor with its
features, of Numba's settings and of the modules around the kernels, so that computers with different
processors can share a home. The name of a file has a digest of the kernel's module and of all modules of
kernels it takes from, so that code that calls another kernel is never older than that one.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import platform
import re
import sys
import tempfile
import time
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING

from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "exclusively",
    "file_names",
    "has_settings",
    "numba_is_known",
    "read_file",
    "readable_folders",
    "remove_file",
    "source_digest",
    "writable_folder",
    "write_file",
]

#: Numba's settings that do not change what it compiles.
_HARMLESS = {
    "NUMBA_CACHE_DIR",
    "NUMBA_DEBUG_CACHE",
    "NUMBA_DISABLE_JIT",
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
}

#: Half compiled kernels are left aside.
_FROM_SOURCE = ("AMPREP_KERNELS", "source")

#: Versions whose kept code and conventions were tested.
_OLDEST_NUMBA, _NEWEST_NUMBA = (0, 68), (0, 68)

#: The module that says how Numba compiles kernels.
_HOW = "numba_cache"
#: Modules that make machine code of what Numba gives, and call it.
_AROUND = ("cache_folder", "direct_call", "jit", "lowered", "machine_code", "object_code")
_OTHERS = re.compile(rb"\bamprep\.kernels\.(\w+)")
_POLL_S = 0.1
_SURELY_OVER_S = 3600.0


def readable_folders() -> list[Path]:
    """The folders that may hold compiled kernels, in the order in which they are asked; few exist."""
    return [place / _name() for place in _places() if _is_ours(place)]


def writable_folder() -> Path | None:
    """The folder to write compiled kernels to, made if need be; None where none can be written."""
    return _writable_folder(tuple(readable_folders()))


@functools.cache
def _writable_folder(folders: tuple[Path, ...]) -> Path | None:
    for folder in folders:
        with contextlib.suppress(OSError):
            # What an administrator compiles is for all users, what lies among temporary files is not.
            mode = 0o700 if folder.parent in _temporary() else 0o777
            folder.parent.mkdir(mode, parents=True, exist_ok=True)
            folder.mkdir(exist_ok=True)
            # The rights do not tell: a whole file system may be read-only, or full.
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"amprep")
            if _is_ours(folder.parent):
                return folder
    return None


def _places() -> list[Path]:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        # A mistake there must not end the work, so there is a second place.
        return [Path(chosen) / "amprep", *_temporary()]
    return [Path(__file__).parent / "__pycache__", *_user_wide(), *_temporary()]


def _user_wide() -> list[Path]:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    path = Path(os.path.expanduser(base))  # noqa: PTH111 (Path.expanduser raises where there is no home)
    return [path / "amprep"] if path.is_absolute() else []


def _temporary() -> list[Path]:
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError:  # the system has none that can be written
        return []
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return [Path(folder) / f"amprep-kernels-{user}"]


def _is_ours(place: Path) -> bool:
    """Whether nobody else can have put code for us into `place`, where it is one that everybody can make."""
    if place not in _temporary() or not hasattr(os, "getuid"):
        return True
    try:
        status = place.lstat()
    except OSError:
        return True
    return S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


@functools.cache
def _name() -> str:
    from llvmlite import __version__ as llvmlite_version
    from llvmlite import binding

    parts = (
        __version__,
        llvmlite_version,
        _numba_version(),
        platform.python_implementation(),
        sys.version_info[:2],
        object.__basicsize__,
        binding.get_process_triple(),
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
        _settings(),
        [hashlib.sha256(_source(Path(__file__).with_name(f"{name}.py"))).digest() for name in _AROUND],
    )
    return f"kernels-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def _settings() -> list[tuple[str, str]]:
    return sorted(
        item
        for item in os.environ.items()
        if (item[0].startswith("NUMBA_") and item[0] not in _HARMLESS) or item == _FROM_SOURCE
    )


def has_settings() -> bool:
    """Whether somebody set how Numba compiles."""
    return bool(_settings())


@functools.cache
def source_digest(path: Path) -> str:
    """Of the kernels' module at `path` and of those beside it that its code is made of, by their imports."""
    digest = hashlib.sha256()
    waiting, seen = [path, path.parent / f"{_HOW}.py"], {path.parent / f"{name}.py" for name in _AROUND}
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        text = _source(module)
        digest.update(text)
        waiting += [module.parent / f"{name.decode()}.py" for name in sorted(set(_OTHERS.findall(text)))]
    return digest.hexdigest()[:12]


def _source(module: Path) -> bytes:
    try:
        return module.read_bytes()
    except OSError:  # a package, or one without its source: then the version must do
        return __version__.encode()


def numba_is_known() -> bool:
    """Whether Numba's insides are those that were tested; with others, only its public ways are used."""
    found = re.search(r'"version": "(\d+)\.(\d+)\.', _numba_version())
    return found is not None and _OLDEST_NUMBA <= (int(found[1]), int(found[2])) <= _NEWEST_NUMBA


@functools.cache
def _numba_version() -> str:
    """What tells Numba's version without loading Numba."""
    spec = importlib.util.find_spec("numba")
    if spec is None or spec.origin is None:
        return ""
    try:
        return (Path(spec.origin).parent / "_version.py").read_text(encoding="utf-8")
    except OSError:
        return str(Path(spec.origin).stat().st_mtime_ns)


def file_names() -> list[str]:
    """Names of all files in the folders that may hold compiled kernels."""
    names: list[str] = []
    for folder in readable_folders():
        with contextlib.suppress(OSError):
            names += [path.name for path in folder.iterdir()]
    return names


def read_file(name: str) -> bytes | None:
    """The file `name` in the first folder that has it; None where there is none."""
    for folder in readable_folders():
        with contextlib.suppress(OSError):
            return (folder / name).read_bytes()
    return None


def write_file(name: str, content: bytes) -> bool:
    """Put the file `name` where it can be written, whole or not at all; says whether that went well."""
    folder = writable_folder()
    if folder is None:
        return False
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f"{name}.tmp.")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # An administrator's kernels are for all users.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(folder / name)
    except OSError:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        return False
    return True


def remove_file(name: str) -> None:
    """Take the file `name`, found to be damaged, away where that is allowed."""
    for folder in readable_folders():
        with contextlib.suppress(OSError):
            (folder / name).unlink()


@contextlib.contextmanager
def exclusively(on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock under which kernels are compiled; calls `on_wait` once if another process holds it.

    The system lets go of the lock when the process ends, however it ends, so none can be left behind. Where
    the file system knows no locks, work goes on without: several processes then do the same work.
    """
    folder = writable_folder()
    if folder is None:
        yield
        return
    with (folder / "compiling.lock").open("ab") as file:
        waited = False
        while not _locked(file.fileno()):
            if not waited:
                on_wait()
                waited = True
            time.sleep(_POLL_S)
        _sweep(folder)
        yield


def _sweep(folder: Path) -> None:
    """Remove what processes left behind that were killed while they wrote, however long ago."""
    for path in folder.glob("*.tmp.*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _SURELY_OVER_S:
                path.unlink()


def _locked(handle: int) -> bool:
    """Whether the lock is ours now; True as well where there are no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
