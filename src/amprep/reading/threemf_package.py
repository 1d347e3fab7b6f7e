"""The zip of a 3MF: its parts are streamed from the archive, and no name in it ever becomes a path.

Counted are the bytes that come out, not those that the archive announces, so neither a lying size nor a zip
bomb costs memory; a part must be exactly as long as announced, and its checksum must be right.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import unquote

from amprep.errors import MeshError, printable
from amprep.reading.contents import is_too_packed, too_much_unpacked
from amprep.reading.text_rows import damaged
from amprep.reading.xml_stream import XmlStream

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Package", "part_name"]

_PIECE_BYTES = 1 << 18
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MODEL = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
# What zipfile raises for archives that were made to confuse it.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def part_name(target: str, *, base: str = "/") -> str:
    """The name of a part as the archive's table has it: in lower case, from the root, without ``..``."""
    joined = posixpath.join(posixpath.dirname(base) or "/", unquote(target))
    return posixpath.normpath("/" + joined.lstrip("/")).lstrip("/").lower()


class Package:
    """An open 3MF file.

    Raises
    ------
    MeshError
        E207 when the archive is damaged, E223 when it unpacks to too much.

    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(where)
            entries = self._zip.infolist()
        except _ZIP_FAULTS as error:
            raise self._damaged(str(error)) from None
        self._packed = sum(entry.compress_size for entry in entries)
        self._entries: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in entries:
            self._entries.setdefault(part_name(entry.filename), []).append(entry)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def root_model(self) -> str:
        """Name of the part that the package's relationships call its 3D model; E202 when there is none."""
        if "_rels/.rels" not in self._entries:
            raise self._no_3mf("it has no relationships")
        targets: list[str] = []

        def start(name: str, attributes: list[str]) -> None:
            if name == f"{_RELATIONS} Relationship":
                values = dict(zip(attributes[::2], attributes[1::2], strict=True))
                if values.get("Type") == _MODEL:
                    targets.append(values.get("Target", ""))

        stream = XmlStream(self.place("_rels/.rels"), start=start)
        with closing(self.pieces("_rels/.rels")) as pieces:
            for piece in pieces:
                stream.feed(piece)
        stream.close()
        if len(targets) != 1:
            raise self._no_3mf("no relationship names its model" if not targets else "it names two models")
        return part_name(targets[0])

    def place(self, name: str) -> str:
        """The file and a part in it, for messages."""
        return f"{self._where}, {printable(name)}"

    def has(self, name: str) -> bool:
        """Whether there is a part of that name, as `part_name` gives it."""
        return name in self._entries

    def pieces(self, name: str) -> Generator[bytes]:
        """The content of a part, piece by piece."""
        found = self._entries.get(name, [])
        if len(found) != 1:
            what = "is there twice" if found else "is missing"
            raise damaged(f'the part "{printable(name)[:80]}" {what}', self._where)
        (entry,) = found
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
            what = "is encrypted" if entry.flag_bits & _ENCRYPTED else "is packed in a way that no 3MF is"
            raise damaged(f'the part "{printable(name)[:80]}" {what}', self._where)
        size = 0
        try:
            with self._zip.open(entry) as file:
                while piece := file.read(_PIECE_BYTES):
                    size += len(piece)
                    self._unpacked += len(piece)
                    if is_too_packed(self._unpacked, self._packed):
                        raise too_much_unpacked(self._where, self._unpacked, self._packed)
                    yield piece
        except _ZIP_FAULTS as error:
            raise self._damaged(f"{printable(name)[:80]}: {error}") from None
        if size != entry.file_size:
            raise self._damaged(
                f"{printable(name)[:80]} announces {entry.file_size:,} bytes and has {size:,}"
            )

    def _damaged(self, detail: str) -> MeshError:
        return MeshError(
            "the zip archive is damaged",
            code="E207",
            where=self._where,
            why=printable(detail)[:300],
            fix="export or copy the file again",
        )

    def _no_3mf(self, detail: str) -> MeshError:
        return MeshError(
            "this is a zip archive, no 3MF",
            code="E202",
            where=self._where,
            why=f"{detail[0].upper()}{detail[1:]}.",
            fix="unpack it and give the part inside, or export the part as 3MF",
        )
