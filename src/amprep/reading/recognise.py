"""What a file is, from its first bytes and never from its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from amprep.reading.contents import Content

__all__ = ["foreign_format", "format_of", "is_text", "part_stem"]

# First bytes, what they stand for, and the format's key where it can be read; the first that fits counts.
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip file", "gzip"),
    (b"ISO-10303-21", "a STEP file", "step"),
    (b"ply\n", "a PLY file", "ply"),
    (b"ply\r", "a PLY file", "ply"),
    (b"glTF", "a GLB file", ""),
    (b"<?xml", "an XML file", ""),
    (b"%PDF", "a PDF file", ""),
    (b"\x89PNG", "a PNG picture", ""),
    (b"\xff\xd8\xff", "a JPEG picture", ""),
    (b"GIF8", "a GIF picture", ""),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ""),
    (b"BZh", "a bzip2 file", ""),
    (b"\xfd7zXZ", "an xz file", ""),
    (b"Rar!", "a RAR archive", ""),
    (b"\xd0\xcf\x11\xe0", "a document of a CAD or office program", ""),
    (b"\xff\xfe", "text in UTF-16", ""),
    (b"\xfe\xff", "text in UTF-16", ""),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BOM = b"\xef\xbb\xbf"
_HEAD = 4096
_CONTROL = bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32))
_OBJ_LINE = re.compile(
    rb"^[ \t]*(?:v[ \t]+\S*\d\S*[ \t]+\S*\d\S*[ \t]+\S*\d"
    rb"|v[nt][ \t]+\S*\d\S*[ \t]+\S*\d|(?:mtllib|usemtl)[ \t]+\S)",
    re.MULTILINE,
)
_OFF = re.compile(rb"(?:#[^\r\n]*[\r\n]\s*)*(?:ST)?C?N?4?n?OFF(?![A-Za-z_])")


def part_stem(path: Path) -> str:
    """The file's name without its ending, nor that of a packed file: ``part`` for ``part.stl.gz``."""
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" and path.stem else path
    return inner.stem


def format_of(data: Content) -> str:
    """``gzip``, ``zip``, ``step``, ``ply``, ``off``, ``obj``, or nothing for all others, STL among them."""
    return _recognised(data)[1]


def foreign_format(data: Content) -> str | None:
    """A name such as ``a STEP file`` when `data` begins like a known file that is no STL."""
    return _recognised(data)[0] or None


def _recognised(data: Content) -> tuple[str, str]:
    """Name and key, either of which may be empty."""
    head = data[:_HEAD].removeprefix(_BOM).lstrip(b" \t\r\n")
    if data[:4] in _ZIP:
        is_3mf = data.find(b"3D/") >= 0 and data.find(b".model") >= 0
        return ("a 3MF file" if is_3mf else "a zip archive"), "zip"
    for magic, name, key in _MAGIC:
        if head.startswith(magic):
            return name, key
    if _OFF.match(head):
        return "an OFF file", "off"
    if is_text(data) and _OBJ_LINE.search(data[: 16 * _HEAD]):
        return "an OBJ file", "obj"
    return "", ""


def is_text(data: Content) -> bool:
    """Whether the first bytes hold no control character but white space."""
    head = data[:_HEAD]
    return len(head.translate(None, _CONTROL)) == len(head)
