"""The pictures of the report: those that `slice` has just drawn, or all kinds drawn anew in a language.

What a picture shows is told in all languages, though its own words are in one.
"""

from __future__ import annotations

import base64
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amprep.model.scan import LOST
from amprep.pictures.kinds import KINDS, Choice, about, alt_text, draw_picture, missing, save_picture
from amprep.report.local import Local, each, say

if TYPE_CHECKING:
    from amprep.engines import Engine
    from amprep.runs import Run

__all__ = ["ShownPicture", "drawn_pictures", "stored_pictures"]

#: Pictures in the order of the report, each with its kind; other kinds follow.
ORDER = {
    "layer-time": "layer-time",
    "layer": "layer",
    "layer-lost": "layer",
    "laser-map": "lasers",
    "gantt": "gantt",
    "area": "area",
    "risk": "risk",
    "powder": "powder",
    "cost": "cost",
}

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
    wanted = {name: run.folder / "plots" / f"{name}.png" for name in ORDER}
    return [_shown(run, name, path) for name, path in wanted.items() if path.is_file()]


def drawn_pictures(run: Run, *, engine: Engine, lang: str) -> list[ShownPicture]:
    """All pictures that a job has, drawn in a language."""
    names = {name: kind for name, kind in ORDER.items() if kind in KINDS}
    if not any(one["code"] == "W212" for one in run.summary["warnings"]) or _worst(run) == run.longest_layer:
        names.pop("layer-lost", None)
    names |= {kind: kind for kind in KINDS if kind not in names.values()}
    wanted = [name for name, kind in names.items() if not missing(run, kind, lang=lang)]
    with tempfile.TemporaryDirectory() as room:

        def draw(name: str) -> ShownPicture:
            path = Path(room) / f"{name}.png"
            save_picture(draw_picture(run, names[name], lang=lang, choice=_choice(run, name)), path)
            return _shown(run, name, path)

        return list(engine.map_apart(draw, wanted))


def _choice(run: Run, name: str) -> Choice:
    return Choice(layer_index=_worst(run)) if name == "layer-lost" else Choice()


def _worst(run: Run) -> int:
    """Index of the layer that loses most area."""
    return int(run.estimate.areas_mm2[:, LOST].sum(axis=1).argmax())


def _shown(run: Run, name: str, path: Path) -> ShownPicture:
    kind = ORDER.get(name, name)
    data = path.read_bytes()
    if not data.startswith(_PNG):
        raise ValueError(f"{path.name} is no PNG")
    width, height = struct.unpack(">II", data[16:24])
    choice = _choice(run, name)
    lost = name == "layer-lost"
    return ShownPicture(
        name,
        f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}",
        width,
        height,
        say("picture layer-lost") if lost else each(lambda lang: _begun(about(kind, lang=lang))),
        each(lambda lang: alt_text(run, kind, lang=lang, choice=choice)),
    )


def _begun(text: str) -> str:
    """As the beginning of a line."""
    return text[:1].upper() + text[1:]
