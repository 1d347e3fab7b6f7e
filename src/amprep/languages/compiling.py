"""Compiles a catalogue from its source; stands alone, since it also runs while the wheel is built."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compiled"]


def compiled(source: Path) -> bytes:
    """The compiled form (``.mo``) of a catalogue, from the file of its source (``.po``)."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.name, abort_invalid=True)
    room = BytesIO()
    write_mo(room, catalogue)
    return room.getvalue()
