"""amprep prepares jobs for metal powder bed fusion (PBF-LB/M).

The public names are loaded when they are first used, so that ``import amprep`` stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from amprep.version import __version__

if TYPE_CHECKING:
    from amprep.contouring import contours
    from amprep.errors import AmprepError
    from amprep.pipeline import assemble, prepare

__all__ = ["AmprepError", "__version__", "assemble", "contours", "prepare"]

_HOMES = {
    "AmprepError": "amprep.errors",
    "assemble": "amprep.pipeline",
    "contours": "amprep.contouring",
    "prepare": "amprep.pipeline",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'amprep' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
