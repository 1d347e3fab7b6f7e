"""What each laser does when in a layer of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.pictures.gantt import draw_gantt, gantt_alt_text
from amprep.pictures.kind_lasers import missing
from amprep.pictures.layers_of_run import bound_s, chosen_layer, gantt_rows, said_of_layer
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from amprep.pictures.kinds import Choice
    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "missing"]


def about(*, lang: str = "en") -> str:
    """Of this kind of pictures."""
    return text(lang, "about_gantt")


def draw(run: Run, *, lang: str = "en", profile: str = "slide", choice: Choice | None = None) -> Figure:
    """Draw the rows of the lasers."""
    index = chosen_layer(run, choice)
    times = run.estimate.layer_times
    return draw_gantt(
        gantt_rows(run, run.plan(index)),
        recoating_s=float(times.recoating_s[index]),
        wait_s=float(times.wait_s[index]),
        bound_s=bound_s(run, index),
        is_uncalibrated=run.is_uncalibrated,
        **said_of_layer(run, index, lang=lang, profile=profile),
    )


def alt_text(run: Run, *, lang: str = "en", choice: Choice | None = None) -> str:
    """What the picture shows."""
    index = chosen_layer(run, choice)
    rows = gantt_rows(run, run.plan(index))
    return gantt_alt_text(rows, layer_number=index + 1, layer_count=run.layer_count, lang=lang)
