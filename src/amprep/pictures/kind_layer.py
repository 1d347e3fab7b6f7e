"""One layer of a job, by region and by laser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.errors import AmprepError
from amprep.pictures.layer import draw_layer, layer_alt_text
from amprep.pictures.layers_of_run import chosen_layer, lost_of_run, missing_layers, said_of_layer
from amprep.pictures.texts import number_text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from amprep.pictures.kinds import Choice
    from amprep.pictures.layer_view import Bounds
    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "missing"]


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_layer")


def missing(run: Run, *, lang: str = "en") -> str:
    """A job without layers."""
    return missing_layers(run, lang)


def draw(run: Run, *, lang: str = "en", profile: str = "slide", choice: Choice | None = None) -> Figure:
    """Draw the layer."""
    index = chosen_layer(run, choice)
    plan = run.plan(index)
    lost = lost_of_run(run, index)
    remarks = []
    if lost is None:
        area = number_text(plan.areas.lost_mm2, lang, 3)
        remarks.append(text(lang, "lost_unseen", area=area))
    return draw_layer(
        plan,
        busy_s=run.estimate.layer_times.busy_s[index].tolist(),
        lost=lost or [],
        part_bounds_mm=_footprints(run) if len(plan.vectors) == 0 else [],
        remarks=remarks,
        close_up=None if choice is None else choice.close_up,
        **said_of_layer(run, index, lang=lang, profile=profile),
    )


def alt_text(run: Run, *, lang: str = "en", choice: Choice | None = None) -> str:
    """What the picture shows."""
    index = chosen_layer(run, choice)
    return layer_alt_text(
        run.plan(index),
        busy_s=run.estimate.layer_times.busy_s[index].tolist(),
        layer_number=index + 1,
        layer_count=run.layer_count,
        lang=lang,
    )


def _footprints(run: Run) -> list[Bounds]:
    """Where the parts lie, if they are at hand."""
    try:
        parts = run.job.parts
    except AmprepError:
        return []
    return [(*part.bounds_mm[0, :2].tolist(), *part.bounds_mm[1, :2].tolist()) for part in parts]
