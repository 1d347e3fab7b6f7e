"""What a file is that is no STL, from its first bytes, so that the error can name it."""

from __future__ import annotations

import re

__all__ = ["foreign_format", "is_text"]

# First bytes and what they stand for; the first that fits counts.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip file"),
    (b"ISO-10303-21", "a STEP file"),
    (b"ply\n", "a PLY file"),
    (b"ply\r", "a PLY file"),
    (b"OFF\n", "an OFF file"),
    (b"OFF\r", "an OFF file"),
    (b"glTF", "a GLB file"),
    (b"<?xml", "an XML file"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "a document of a CAD or office program"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
_BOM = b"\xef\xbb\xbf"
_HEAD = 4096
_CONTROL = bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32))
_OBJ_VERTEX = re.compile(rb"^v[ \t]+[-+.\d]\S*[ \t]+[-+.\d]\S*[ \t]+[-+.\d]", re.MULTILINE)


def foreign_format(data: bytes) -> str | None:
    """A name such as ``a STEP file`` when `data` begins like a known file that is no STL."""
    head = data[:_HEAD].removeprefix(_BOM).lstrip(b" \t\r\n")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        is_3mf = b"3D/" in data and b".model" in data
        return "a 3MF file" if is_3mf else "a zip archive"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if is_text(data) and _OBJ_VERTEX.search(data[: 16 * _HEAD]):
        return "an OBJ file"
    return None


def is_text(data: bytes) -> bool:
    """Whether the first bytes hold no control character but white space."""
    head = data[:_HEAD]
    return len(head.translate(None, _CONTROL)) == len(head)
