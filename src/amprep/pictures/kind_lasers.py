"""Who exposes what in a layer of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.pictures.laser_map import draw_laser_map, laser_map_alt_text
from amprep.pictures.layers_of_run import chosen_layer, missing_layers, said_of_layer
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from amprep.pictures.kinds import Choice
    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "missing"]


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_lasers")


def missing(run: Run, *, lang: str = "en") -> str:
    """One laser exposes all."""
    return missing_layers(run, lang) or ("" if run.lasers > 1 else text(lang, "missing_lasers"))


def draw(run: Run, *, lang: str = "en", profile: str = "slide", choice: Choice | None = None) -> Figure:
    """Draw the areas by laser."""
    index = chosen_layer(run, choice)
    return draw_laser_map(
        run.plan(index),
        busy_s=run.estimate.layer_times.busy_s[index].tolist(),
        **said_of_layer(run, index, lang=lang, profile=profile),
    )


def alt_text(run: Run, *, lang: str = "en", choice: Choice | None = None) -> str:
    """What the picture shows."""
    index = chosen_layer(run, choice)
    return laser_map_alt_text(
        busy_s=run.estimate.layer_times.busy_s[index].tolist(),
        layer_number=index + 1,
        layer_count=run.layer_count,
        lang=lang,
    )
