"""Kind ``plate``: how the parts lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.languages import words_of
from amprep.pictures.plate import draw_plate, plate_alt_text
from amprep.pictures.texts import text
from amprep.scenes.gathering import plate_scene

if TYPE_CHECKING:
    from amprep.pictures.kinds import Choice
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = ["about", "alt_text", "draw", "missing"]


def about(*, lang: str = "en") -> str:
    """What the picture shows, in a few words."""
    return words_of("scenes", lang)("about_plate")


def draw(run: Run, *, lang: str, profile: str, choice: Choice) -> Sheet:  # noqa: ARG001 - of all kinds
    """The picture."""
    return draw_plate(run, plate_scene(run), lang=lang, profile=profile)


def alt_text(run: Run, *, lang: str, choice: Choice) -> str:  # noqa: ARG001 - of all kinds
    """What the picture shows, for those who cannot see it."""
    return plate_alt_text(run, plate_scene(run), lang=lang)


def missing(run: Run, *, lang: str) -> str:
    """A job without layers has none."""
    return "" if run.layer_count else text(lang, "missing_layers")
