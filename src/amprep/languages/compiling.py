"""Compiles a catalogue from its source; stands alone, since it also runs while the wheel is built.

The messages of the terminal are read on every run, in a checkout from their sources: so this reads the part
of the format that the catalogues use, with nothing but the standard library.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["compiled", "entries"]

_MAGIC = 0x950412DE
_HEAD_BYTES = 28
_WORDS = ("msgid", "msgid_plural", "msgstr")


def compiled(source: Path) -> bytes:
    """The compiled form (``.mo``) of a catalogue, from the file of its source (``.po``)."""
    pairs = sorted(
        ("\0".join(keys).encode(), "\0".join(texts).encode())
        for keys, texts in entries(source.read_text("utf-8"))
    )
    count = len(pairs)
    place = _HEAD_BYTES + 16 * count
    tables: list[bytes] = []
    texts = b""
    for side in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[side]), place + len(texts)))
            texts += pair[side] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, count, _HEAD_BYTES, _HEAD_BYTES + 8 * count, 0, place)
    return head + b"".join(tables) + texts


def entries(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Keys, singular and perhaps plural, and their texts, one per form, of each message of a ``.po``.

    Raises
    ------
    ValueError
        For a line that is none of a catalogue.

    """
    keys: list[str] = []
    texts: list[str] = []
    last = keys
    for number, line in enumerate(text.splitlines(), start=1):
        word, _, rest = line.strip().partition(" ")
        if word.partition("[")[0] in _WORDS:
            if word == "msgid" and texts:
                yield keys, texts
                keys, texts = [], []
            last = texts if word.startswith("msgstr") else keys
            last.append(json.loads(rest))
        elif word.startswith('"'):
            last[-1] += json.loads(line.strip())
        elif word and not word.startswith("#"):
            message = f"line {number} of a catalogue is not understood: {line}"
            raise ValueError(message)
    if texts:
        yield keys, texts
