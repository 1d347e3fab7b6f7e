"""amprep prepares jobs for metal powder bed fusion (PBF-LB/M).

The public names are loaded when they are first used, so that ``import amprep`` stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.animation import animate
    from amprep.building import build
    from amprep.comparison import compare
    from amprep.contouring import contours
    from amprep.errors import AmprepError
    from amprep.pictures.kinds import draw_picture, save_picture
    from amprep.pipeline import assemble, prepare
    from amprep.runs import open_run

__all__ = [
    "AmprepError",
    "__version__",
    "animate",
    "assemble",
    "build",
    "compare",
    "contours",
    "draw_picture",
    "open_run",
    "prepare",
    "save_picture",
]

_HOMES = {
    "AmprepError": "amprep.errors",
    "animate": "amprep.animation",
    "assemble": "amprep.pipeline",
    "build": "amprep.building",
    "compare": "amprep.comparison",
    "contours": "amprep.contouring",
    "draw_picture": "amprep.pictures.kinds",
    "open_run": "amprep.runs",
    "prepare": "amprep.pipeline",
    "save_picture": "amprep.pictures.kinds",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'amprep' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
