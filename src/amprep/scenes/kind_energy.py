"""Kind ``energy``: where the parameter sets lie in the field of power and speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.languages import words_of
from amprep.pictures.energy import draw_energy, energy_alt_text
from amprep.pictures.texts import text
from amprep.scenes.gathering import energy_points

if TYPE_CHECKING:
    from amprep.pictures.kinds import Choice
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "missing"]


def about(*, lang: str = "en") -> str:
    """What the picture shows, in a few words."""
    return words_of("scenes", lang)("about_energy")


def draw(run: Run, *, lang: str, profile: str, choice: Choice) -> Sheet:  # noqa: ARG001 - of all kinds
    """The picture."""
    return draw_energy(run, energy_points(run), lang=lang, profile=profile)


def alt_text(run: Run, *, lang: str, choice: Choice) -> str:  # noqa: ARG001 - of all kinds
    """What the picture shows, for those who cannot see it."""
    return energy_alt_text(run, energy_points(run), lang=lang)


def missing(run: Run, *, lang: str) -> str:
    """A job that exposes nothing has none."""
    if not run.layer_count:
        return text(lang, "missing_layers")
    return "" if energy_points(run) else words_of("scenes", lang)("nothing_exposed")
