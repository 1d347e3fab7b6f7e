"""The pictures of the report: those that the job folder holds, or drawn anew in the report's language."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amprep.report.local import Local, say

if TYPE_CHECKING:
    from pathlib import Path

    from amprep.runs import Run

__all__ = [
    "ShownPicture",
    "drawn_pictures",
    "shown_picture",
    "stored_pictures",
]

#: Pictures of ``plots/`` in the order of the report.
STORED = ("layer-time", "layer", "layer-lost", "laser-map", "gantt")

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as it stands in the page; width and height in pixels."""

    name: str
    source: str
    width: int
    height: int
    caption: Local
    alt: Local


def stored_pictures(run: Run) -> list[ShownPicture]:
    """The pictures that lie in ``plots/`` of the job folder."""
    found = []
    for name in STORED:
        path = run.folder / "plots" / f"{name}.png"
        if path.is_file():
            caption = say(f"picture {name}")
            found.append(shown_picture(name, path, caption, caption))
    return found


def drawn_pictures(run: Run, *, lang: str) -> list[ShownPicture]:  # noqa: ARG001
    """All pictures of a job, drawn in a language."""
    return stored_pictures(run)


def shown_picture(name: str, path: Path, caption: Local, alt: Local) -> ShownPicture:
    """A PNG file for the page.

    Raises
    ------
    ValueError
        When it is no PNG.

    """
    data = path.read_bytes()
    if not data.startswith(_PNG) or len(data) < 24:
        raise ValueError(f"{path.name} is no PNG")
    width, height = struct.unpack(">II", data[16:24])
    source = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
    return ShownPicture(name, source, width, height, caption, alt)
