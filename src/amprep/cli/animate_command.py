"""``amprep animate``: a layer being scanned, or the build as it grows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from amprep.cli.guard import guarded

__all__ = ["animate_command"]


@guarded
def animate_command(
    run: Annotated[Path, typer.Argument(help="Job folder (.amjob).", show_default=False)],
    what: Annotated[
        list[str] | None,
        typer.Argument(help="build (default); layer, the longest one; or layer 412.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help=".gif, .webp, or .mp4 where ffmpeg is installed.", show_default=False
        ),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="How long it moves.")] = 12.0,
    lang: Annotated[
        str | None,
        typer.Option("--lang", help="en, de, cs or pl; default: the system's.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Show a layer being scanned by all lasers at once, or the build as it grows.

    amprep animate part.amjob layer 412 -o layer.gif
    """
    from amprep.animation import animate
    from amprep.languages import checked_language, surrounding_language
    from amprep.runs import open_run

    language = checked_language(lang or surrounding_language())
    opened = open_run(run)
    layer = _layer(what or ["build"], opened.longest_layer + 1)
    name = "build" if layer is None else f"layer-{layer}"
    path = output or Path(f"{run.stem}-{name}.gif")
    film = animate(opened, path, layer=layer, seconds=seconds, lang=language, force=force, on_frame=_progress)
    _tell(film.path, film.frames, film.seconds, film.bytes)


def _progress(done: int, total: int) -> None:
    """One line on a terminal, that is written over; elsewhere nothing."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done} / {total} " + ("\n" if done == total else ""), nl=False, err=True)


def _layer(what: list[str], longest: int) -> int | None:
    """Number of the layer; None for the build.

    Raises
    ------
    UsageError
        E104 for words that are not understood.

    """
    from amprep.errors import UsageError

    if what == ["build"]:
        return None
    if what == ["layer"]:
        return longest
    if len(what) == 2 and what[0] == "layer" and what[1].isascii() and what[1].isdecimal():
        return int(what[1])
    raise UsageError(
        f'"{" ".join(what)}" is nothing to animate',
        code="E104",
        where="WHAT",
        fix='"build", "layer", or with the number of a layer, from 1: "layer 412"',
    )


def _tell(path: Path, frames: int, seconds: float, size: int) -> None:
    from amprep.cli.words import figure, many
    from amprep.errors import printable

    typer.echo(
        many(
            "wrote_film",
            frames,
            path=printable(path.as_posix()),
            seconds=figure(round(seconds, 1)),
            size=figure(size / 1e6, ".1f"),
        )
    )
