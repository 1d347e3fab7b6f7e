"""The pictures that every job gets: its longest layer, the one that loses most, and time per layer.

With several lasers also who exposes what in the longest layer, and when.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amprep.model.scan import LOST
from amprep.pictures.kinds import Choice, draw_picture, load_kinds, save_picture
from amprep.runs import run_of

if TYPE_CHECKING:
    from amprep.engines import Engine
    from amprep.model.job import Job
    from amprep.pipeline import Prepared

__all__ = ["write_pictures"]


def write_pictures(
    folder: Path, job: Job, prepared: Prepared, *, engine: Engine, lang: str = "en"
) -> list[str]:
    """Draw into ``plots/`` of a job folder whose vectors are written; returns the pictures' names."""
    run = run_of(folder, job, prepared.estimate)
    plots = folder / "plots"
    plots.mkdir()
    wanted: dict[str, tuple[str, Choice]] = {"layer": ("layer", Choice())}
    if any(notice.code == "W212" for notice in prepared.notices):
        worst = int(prepared.estimate.areas_mm2[:, LOST].sum(axis=1).argmax())
        if worst != run.longest_layer:
            wanted["layer-lost"] = "layer", Choice(layer_index=worst)
    wanted["layer-time"] = "layer-time", Choice()
    if run.lasers > 1:
        wanted |= {"laser-map": ("lasers", Choice()), "gantt": ("gantt", Choice())}

    def draw(name: str) -> str:
        kind, choice = wanted[name]
        save_picture(draw_picture(run, kind, lang=lang, choice=choice), plots / f"{name}.png")
        return f"plots/{name}.png"

    load_kinds(kind for kind, _ in wanted.values())
    return list(engine.map_apart(draw, list(wanted)))
