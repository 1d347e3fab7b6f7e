"""The bytes of a file: mapped where possible, unpacked within limits where they are packed."""

from __future__ import annotations

import hashlib
import mmap
import stat
import zlib
from pathlib import Path

from amprep.errors import MeshError, as_argument, did_you_mean

__all__ = [
    "MOST_UNPACKED_BYTES",
    "Content",
    "file_content",
    "is_too_packed",
    "sha256_of",
    "text_as_utf8",
    "too_much_unpacked",
    "unpacked_gzip",
]

Content = bytes | mmap.mmap

#: A packed file may unpack to this much, and no more.
MOST_UNPACKED_BYTES = 4 << 30
# Real parts pack 3 to 30 times; what packs more and is large was made to fill the memory.
_MOST_RATIO = 100
_RATIO_COUNTS_FROM_BYTES = 8 << 20
_PIECE_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: What shells have for a pipe.
_STREAMS = {"-", "/dev/stdin"}
_SUFFIXES = (".stl", ".stl.gz", ".3mf", ".obj", ".ply", ".off", ".step", ".stp")


def file_content(where: str) -> Content:
    """The file `where`, mapped.

    Raises
    ------
    MeshError
        E201 when it cannot be read, E202 when there is nothing in it.

    """
    try:
        mode = Path(where).stat().st_mode
        if stat.S_ISDIR(mode):
            raise _no_file(where, "this is a folder, not a file", fix=_folder_hint(where))
        if not stat.S_ISREG(mode):
            raise _no_file(where, "this is no ordinary file")
        data = _mapped(where)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(where) from None
    except PermissionError:
        raise _no_file(where, "no permission to read the file") from None
    except OSError as error:
        raise _no_file(where, f"the file cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise _no_file(where, "this is no possible file name") from None
    if not data:
        raise MeshError("the file is empty", code="E202", where=where, fix="export the part again")
    return data


def sha256_of(data: Content) -> str:
    """The digest of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def unpacked_gzip(data: Content, where: str) -> bytes:
    """What a gzip file holds; several members are joined, as gzip does.

    Raises
    ------
    MeshError
        E207 when it is damaged or cut, E223 when it unpacks to too much.

    """
    parts = bytearray()
    view = memoryview(data)
    try:
        at = 0
        while at < len(view):
            if bytes(view[at : at + 2]) != _GZIP:
                if any(view[at:]):
                    raise _damaged_gzip(where, "something follows the packed data")
                break
            at = _unpack_member(view, at, parts, where)
    finally:
        view.release()
    return bytes(parts)


def _unpack_member(view: memoryview, at: int, parts: bytearray, where: str) -> int:
    """Append one member that begins at `at`; returns where it ends."""
    unpacker = zlib.decompressobj(wbits=31)
    pending = b""
    while not unpacker.eof:
        if not pending:
            if at == len(view):
                raise _damaged_gzip(where, "the file is cut off")
            pending = bytes(view[at : at + _PIECE_BYTES])
            at += len(pending)
        try:
            parts += unpacker.decompress(pending, _PIECE_BYTES)
        except zlib.error as error:
            raise _damaged_gzip(where, str(error)) from None
        pending = unpacker.unconsumed_tail
        if is_too_packed(len(parts), len(view)):
            raise too_much_unpacked(where, len(parts), len(view))
    return at - len(unpacker.unused_data)


def is_too_packed(unpacked_bytes: int, packed_bytes: int) -> bool:
    """Whether so much must not be unpacked from a file of that size."""
    return unpacked_bytes > MOST_UNPACKED_BYTES or (
        unpacked_bytes > _RATIO_COUNTS_FROM_BYTES and unpacked_bytes > _MOST_RATIO * packed_bytes
    )


def too_much_unpacked(where: str, unpacked_bytes: int, packed_bytes: int) -> MeshError:
    """E223 for a file for which `is_too_packed` holds."""
    return MeshError(
        f"{packed_bytes / 1e6:.3g} MB unpack to more than {unpacked_bytes / 1e6:.3g} MB",
        code="E223",
        where=where,
        why=f"Unpacked are {MOST_UNPACKED_BYTES >> 30} GiB at most, and {_MOST_RATIO} times the file's size"
        f" where that is more than {_RATIO_COUNTS_FROM_BYTES >> 20} MiB: what packs better is no part.",
        fix="export the part again, as binary STL if it is that large",
    )


def text_as_utf8(data: Content, where: str) -> Content:
    """Text in UTF-16, as PowerShell writes it, in UTF-8; anything else as it is.

    Raises
    ------
    MeshError
        E207 when it begins as UTF-16 and is none.

    """
    if data[:2] not in _UTF16:
        return data
    try:
        return bytes(data[:]).decode("utf-16").encode()
    except UnicodeError as error:
        raise MeshError(
            f"text in UTF-16 that is damaged: {getattr(error, 'reason', error)}",
            code="E207",
            where=where,
            fix="export the part again",
        ) from None


def _damaged_gzip(where: str, what: str) -> MeshError:
    return MeshError(
        f"the gzip file is damaged: {what}", code="E207", where=where, fix="pack or export the part again"
    )


def _mapped(where: str) -> Content:
    """The file as a memory map, which copies nothing; its bytes where the file system has no maps."""
    with Path(where).open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # an empty file cannot be mapped either
            return file.read()


def _no_file(where: str, what: str, *, why: str = "", fix: str = "") -> MeshError:
    if where in _STREAMS:
        fix = "write it to a file first: parts are read from files"
    return MeshError(
        what, code="E201", where=where, why=why, fix=fix or "check the name, or export the part there"
    )


def _missing(where: str) -> MeshError:
    path = Path(where)
    if not path.parent.is_dir():
        return _no_file(where, f'there is no folder "{path.parent}"')
    return _no_file(where, f"there is no such file.{did_you_mean(path.name, _file_names(path.parent))}")


def _folder_hint(where: str) -> str:
    if (Path(where) / "job.json").is_file():
        return f"amprep report {as_argument(where)}, as it is a job; or name a part"
    names = sorted(name for name in _file_names(Path(where)) if name.lower().endswith(_SUFFIXES))
    return f"name a file in it, for instance {as_argument(Path(where) / names[0])}" if names else ""


def _file_names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return []
