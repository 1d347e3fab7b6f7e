"""The kinds of pictures of a finished job, by the names that ``amprep plot`` knows.

A kind is a module with four functions (``**_`` takes what it does not need)::

    draw(run, *, lang, profile, choice) -> Figure
    alt_text(run, *, lang, choice) -> str      what the picture shows, for those who cannot see it
    missing(run, *, lang) -> str               why a job has no such picture; empty where it has one
    about(*, lang) -> str                      what such pictures show, in a few words

and one line in `KINDS`. It is loaded when it is drawn.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amprep.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from amprep.pictures.close_up import CloseUp
    from amprep.runs import Run

__all__ = [
    "KINDS",
    "Choice",
    "Picture",
    "about",
    "alt_text",
    "draw_picture",
    "load_kinds",
    "missing",
    "require_kinds",
    "save_picture",
]

#: Module of each kind, here or with its whole name.
KINDS = {
    "layer": "kind_layer",
    "layer-order": "kind_layer_order",
    "layer-time": "kind_layer_time",
    "area": "kind_area",
    "lasers": "kind_lasers",
    "gantt": "kind_gantt",
    "powder": "kind_powder",
    "cost": "kind_cost",
    "risk": "kind_risk",
    "plate": "amprep.scenes.kind_plate",
    "overhang": "amprep.scenes.kind_overhang",
    "energy": "amprep.scenes.kind_energy",
}

#: What else kinds are called, in words and by the files in ``plots/``.
_OTHER_WORDS = {"timeline": "gantt", "laser-map": "lasers", "layer-lost": "layer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a job a picture is to show."""

    layer_index: int | None = None
    """From 0; None for the layer that is exposed longest."""
    close_up: CloseUp | None = None
    """What pictures of vectors show of the layer; None for all of it."""
    options: tuple[tuple[str, Any], ...] = ()
    """What single kinds understand beside that."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its headline and what it shows."""

    figure: Figure
    title: str
    alt: str


def require_kinds(names: Sequence[str]) -> None:
    """Refuse names that are no kinds.

    Raises
    ------
    UsageError
        E104.

    """
    for name in names:
        if name == "compare":
            raise UsageError(
                "machines are compared by a command of their own",
                code="E104",
                where="KIND",
                fix="amprep compare PART.stl -m m100 -m m400-4 -o compare.png",
            )
        if name not in KINDS:
            word = _OTHER_WORDS.get(name.lower(), name)
            raise UsageError(
                f'"{name}" is no kind of picture.{did_you_mean(word, list(KINDS))}',
                code="E104",
                where="KIND",
                fix="one of: " + ", ".join(KINDS) + "; or all",
            )


def load_kinds(names: Iterable[str]) -> None:
    """Load what draws these kinds, so that processes that are split off for drawing need not."""
    for name in names:
        _module(name)


def draw_picture(
    run: Run, kind: str, *, lang: str = "en", profile: str = "slide", choice: Choice | None = None
) -> Picture:
    """Draw a picture of a job.

    Parameters
    ----------
    run : Run
    kind : str
        A key of `KINDS`.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.
    profile : str
        ``slide`` or ``print``.
    choice : Choice, optional
        Default: what shows most.

    """
    choice = choice or Choice()
    module = _module(kind)
    figure = module.draw(run, lang=lang, profile=profile, choice=choice)
    return Picture(figure, figure.headline, module.alt_text(run, lang=lang, choice=choice))


def alt_text(run: Run, kind: str, *, lang: str = "en", choice: Choice | None = None) -> str:
    """What a picture of a job shows, in words, without drawing it."""
    return str(_module(kind).alt_text(run, lang=lang, choice=choice or Choice()))


def missing(run: Run, kind: str, *, lang: str = "en") -> str:
    """Why a job has no picture of a kind, in the language; empty where it has one."""
    return str(_module(kind).missing(run, lang=lang))


def about(kind: str, *, lang: str = "en") -> str:
    """What pictures of a kind show, in a few words."""
    return str(_module(kind).about(lang=lang))


def save_picture(picture: Picture, path: Path) -> Path:
    """Write a picture as PNG, SVG or PDF, as the name ends, with its title and alternative text."""
    from amprep.pictures.style import save

    return save(picture.figure, path, title=picture.title, alt=picture.alt)


def _module(kind: str) -> Any:
    require_kinds([kind])
    name = KINDS[kind]
    return importlib.import_module(name if "." in name else f"amprep.pictures.{name}")
