"""Time per layer of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.pictures.layer_time import draw_layer_time, layer_time_alt_text
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "missing"]


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_layer_time")


def missing(_run: Run, **_: object) -> str:
    """Every job has it."""
    return ""


def draw(run: Run, *, lang: str = "en", profile: str = "slide", **_: object) -> Figure:
    """Draw the times of all layers."""
    return draw_layer_time(
        run.estimate,
        machine=run.machine,
        process=run.process,
        material=run.material,
        version=run.version,
        job_hash=run.job_hash,
        profile=profile,
        lang=lang,
    )


def alt_text(run: Run, *, lang: str = "en", **_: object) -> str:
    """What the picture shows."""
    return layer_time_alt_text(run.estimate, lang=lang)
