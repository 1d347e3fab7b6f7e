"""Frames to a file that moves: GIF, WebP, or MP4 through the user's own ffmpeg."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from amprep.animation.stage import HEIGHT, WALL, WIDTH, colour_of
from amprep.errors import OutputError, UsageError
from amprep.output.atomic import atomic_file, temporary_folder
from amprep.pictures import style
from amprep.pictures.palette import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["HOLD_S", "require_encoder", "write_film"]

#: How long the last frame stays.
HOLD_S = 2.0


def require_encoder(path: Path) -> None:
    """Refuse early what cannot be written.

    Raises
    ------
    UsageError
        E104 for another suffix; E119 for ``.mp4`` where there is no ffmpeg.

    """
    suffix = path.suffix.lower()
    if suffix not in {".gif", ".webp", ".mp4"}:
        raise UsageError(
            f'no moving picture has a name that ends with "{path.suffix}"',
            code="E104",
            where=str(path),
            fix="one of: .gif, .webp, .mp4",
        )
    if suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise UsageError(
            "there is no ffmpeg on the path, which MP4 needs",
            code="E119",
            where=str(path),
            why="amprep brings no video encoder of its own.",
            fix=f"install ffmpeg, or take {_others(path)}",
        )


def _others(path: Path) -> str:
    return f"-o {path.with_suffix('.webp').name} or -o {path.with_suffix('.gif').name}"


def write_film(path: Path, frames: Iterable[Image.Image], *, frame_s: float) -> None:
    """Write frames, each for `frame_s` and the last for `HOLD_S` more; whole or not at all.

    Raises
    ------
    OutputError
        E502 when the file cannot be written, E519 when ffmpeg fails.

    """
    suffix = path.suffix.lower()
    if suffix == ".mp4":
        _write_mp4(path, frames, frame_s)
    else:
        _write_with_pillow(path, frames, frame_s, is_gif=suffix == ".gif")


def _write_with_pillow(path: Path, frames: Iterable[Image.Image], frame_s: float, *, is_gif: bool) -> None:
    # One byte a pixel: the frames are all held until the last one is known.
    palette = _palette()
    images = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    # GIF counts in hundredths of a second: rounded so that the whole film keeps its length.
    per_s = 100 if is_gif else 1000
    ends = [round(per_s * frame_s * number) for number in range(len(images))]
    times = [1000 // per_s * (end - begin) for begin, end in itertools.pairwise(ends)]
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": images[1:],
        "duration": [*times, round(1000 * (frame_s + HOLD_S))],
        "loop": 0,
    }
    with atomic_file(path, "wb") as stream:
        if is_gif:
            images[0].save(stream, format="GIF", optimize=False, **options)
        else:
            images[0].save(stream, format="WEBP", lossless=True, quality=50, method=2, **options)


def _palette() -> Image.Image:
    """256 colours: those of regions and lasers with their blends to white and to dark, walls, and greys."""
    codes = {*REGIONS.values(), *(look.colour for look in style.LASERS), style.ALERT} - {style.BLACK}
    bases = [np.array(colour_of(code), dtype=np.float64) for code in sorted(codes)]
    light = [255 + share * (base - 255) for base in bases for share in np.linspace(0.1, 1.0, 14)]
    dark = [share * base for base in bases for share in np.linspace(0.25, 0.8, 5)]
    greys = [np.full(3, level) for level in np.linspace(0, 255, 40)]
    found = [*greys, *light, *dark]
    walls = [level * WALL for level in np.linspace(0.3, 1.0, max(256 - len(found), 0))]
    colours = np.round([*found, *walls][:256]).astype(int)
    image = Image.new("P", (1, 1))
    image.putpalette(colours.reshape(-1).tolist())
    return image


def _write_mp4(path: Path, frames: Iterable[Image.Image], frame_s: float) -> None:
    """Frames go raw through a pipe, so that only one of them is held at a time."""
    rate = f"{1.0 / frame_s:.6f}"
    held = round(HOLD_S / frame_s)
    with temporary_folder(_folder_of(path), ".amprep-", ".tmp") as room:
        made = room / "film.mp4"
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", rate, "-i", "pipe:0", "-an", "-pix_fmt", "yuv420p"]
        command += ["-movflags", "+faststart", "-map_metadata", "-1", "-fflags", "+bitexact", str(made)]
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as work:  # noqa: S603
                assert work.stdin is not None
                try:
                    for frame in _with_hold(frames, held):
                        work.stdin.write(frame.tobytes())
                    work.stdin.close()
                except OSError:
                    work.kill()
                status = work.wait()
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines()
        if status or not made.is_file():
            raise OutputError(
                "ffmpeg could not write the film",
                code="E519",
                where=str(path),
                why=words[-1] if words else f"It ended with status {status}.",
                fix=f"take {_others(path)}",
            )
        with atomic_file(path, "wb") as stream, made.open("rb") as source:
            shutil.copyfileobj(source, stream)


def _with_hold(frames: Iterable[Image.Image], times: int) -> Iterator[Image.Image]:
    frame: Image.Image | None = None
    for frame in frames:
        yield frame
    for _ in range(times if frame is not None else 0):
        assert frame is not None
        yield frame


def _folder_of(path: Path) -> Path:
    if not path.parent.is_dir():
        raise OutputError(
            f'there is no folder "{path.parent}"',
            code="E502",
            where=str(path),
            fix=f'mkdir -p "{path.parent}"',
        )
    return path.parent
