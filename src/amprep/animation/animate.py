"""From an opened job to a film in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amprep.animation.film import HOLD_S, require_encoder, write_film
from amprep.errors import OutputError, UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from PIL import Image

    from amprep.runs import Run

__all__ = ["FILM_SUFFIXES", "Film", "animate"]

FILM_SUFFIXES = (".gif", ".webp", ".mp4")

#: Frames in a second, and in all at most: memory stays bounded, long films move more slowly.
FRAMES_PER_S = 15
MOST_FRAMES = 180
SHORTEST_S, LONGEST_S = 1.0, 120.0


@dataclass(frozen=True, slots=True)
class Film:
    """What was written."""

    path: Path
    frames: int
    seconds: float
    """The last frame, which stays for a while, included."""
    bytes: int


def animate(
    run: Run,
    path: str | os.PathLike[str],
    *,
    layer: int | None = None,
    seconds: float = 12.0,
    lang: str = "en",
    force: bool = False,
    on_frame: Callable[[int, int], None] = lambda _done, _total: None,
) -> Film:
    """Show a layer being scanned, or the build as it grows.

    Parameters
    ----------
    run : Run
        From `amprep.open_run`.
    path : str or path
        ``.gif``, ``.webp``, or ``.mp4`` where there is an ``ffmpeg`` on the path.
    layer : int, optional
        Number of the layer, from 1; default: the whole build.
    seconds : float
        How long it moves, 1 to 120; the last frame stays for 2 s.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.
    force : bool
        Replace a file of this name.
    on_frame : callable
        Called with the number of frames done and of all.

    Raises
    ------
    UsageError
        E104 for a layer, a length or a suffix that there is not, E119 for MP4 without ffmpeg.
    OutputError
        E501 when the file exists, E502 when it cannot be written, E519 when ffmpeg fails.
    FileContentError
        E302 when the job folder is damaged.

    """
    from amprep.languages import checked_language

    path = Path(path)
    checked_language(lang)
    require_encoder(path)
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise UsageError(
            f"a film of {seconds:g} s cannot be made",
            code="E104",
            where="--seconds",
            fix=f"{SHORTEST_S:g} to {LONGEST_S:g}",
        )
    if path.exists() and not force:
        raise OutputError(
            "the file exists and is not replaced",
            code="E501",
            where=str(path),
            fix="--force, or another name",
        )
    frames = min(round(FRAMES_PER_S * seconds), MOST_FRAMES)
    images = _frames(run, layer, frames, seconds, lang)
    write_film(path, _told(images, frames, on_frame), frame_s=seconds / frames)
    return Film(path, frames, seconds + HOLD_S, path.stat().st_size)


def _frames(run: Run, layer: int | None, frames: int, seconds: float, lang: str) -> Iterator[Image.Image]:
    if layer is None:
        from amprep.animation.build_film import build_frames

        _require_layers(run)
        return build_frames(run, frames=frames, lang=lang)
    from amprep.animation.layer_film import layer_frames

    if not 1 <= layer <= run.layer_count:
        raise UsageError(
            f"there is no layer {layer}",
            code="E104",
            where="layer",
            fix=f"1 to {run.layer_count}",
        )
    if not len(run.layer(layer - 1)):
        raise UsageError(
            f"layer {layer} exposes nothing, so that nothing moves",
            code="E104",
            where="layer",
            fix=f"layer {run.longest_layer + 1} is exposed longest",
        )
    return layer_frames(run, layer - 1, frames=frames, seconds=seconds, lang=lang)


def _require_layers(run: Run) -> None:
    if not run.layer_count:
        raise UsageError("the job has no layers, so that nothing grows", code="E104", where=str(run.folder))


def _told(
    images: Iterator[Image.Image], total: int, on_frame: Callable[[int, int], None]
) -> Iterator[Image.Image]:
    for done, image in enumerate(images, start=1):
        yield image
        on_frame(done, total)
