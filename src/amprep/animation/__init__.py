"""Moving pictures of a job: a layer being scanned, and the build as it grows."""

from __future__ import annotations

from amprep.animation.animate import FILM_SUFFIXES, Film, animate

__all__ = ["FILM_SUFFIXES", "Film", "animate"]
