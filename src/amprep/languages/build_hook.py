"""Compiles the catalogues into the wheel; used when it is built, and never when amprep runs."""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["CatalogueHook"]


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """Puts ``LANGUAGE/DOMAIN.mo`` beside the modules; an editable install reads the sources themselves."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile each catalogue into a folder of its own and say where it belongs in the wheel."""
        if version == "editable":
            return
        folder = Path(self.root) / "src/amprep/languages"
        compiled = runpy.run_path(str(folder / "compiling.py"))["compiled"]
        room = Path(tempfile.mkdtemp())
        for source in sorted(folder.glob("*/*.po")):
            target = room / source.parent.name / f"{source.stem}.mo"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(compiled(source))
            build_data["force_include"][str(target)] = f"amprep/languages/{target.parent.name}/{target.name}"
