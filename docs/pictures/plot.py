# ruff: noqa: INP001, T201
"""The pictures of docs/how-to/pictures.md; `python docs/pictures/plot.py` writes them here."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from unittest import mock

from PIL import Image

from amprep.cli.app import main
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import thin_walls
from amprep.output.stl import write_stl
from amprep.pictures.kinds import draw_picture, save_picture
from amprep.runs import open_run

FOLDER = Path(__file__).parent

#: Kind, language and profile of each picture.
DRAWN = (
    ("layer-time", "de", "slide"),
    ("powder", "en", "slide"),
    ("cost", "pl", "slide"),
    ("risk", "cs", "slide"),
    ("area", "en", "print"),
)
JOB = """
machine = "m400-4"
[cost]
[[parts]]
file = "bracket.stl"
position_mm = [180, 200]
[[parts]]
file = "walls.stl"
position_mm = [180, 260]
"""


def command(*words: str) -> None:
    """``amprep WORDS`` in this process."""
    with (
        mock.patch.object(sys, "argv", ["amprep", *words]),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        write_stl(bracket(), Path("bracket.stl"))
        write_stl(thin_walls((0.03, 0.1, 0.3, 1.0), height_mm=6.0), Path("walls.stl"))
        Path("workshop.toml").write_text(JOB, encoding="utf-8")
        command("run", "workshop.toml", "-o", "workshop.amjob", "--no-report")
        run = open_run("workshop.amjob")
        for kind, lang, profile in DRAWN:
            picture = draw_picture(run, kind, lang=lang, profile=profile)
            path = save_picture(picture, FOLDER / f"plot-{kind}.png")
            # Few colours are enough here, and a third of the bytes.
            with Image.open(path) as image:
                image.convert("RGB").quantize(64).save(path, optimize=True)
            print(f"{path.name}: {picture.alt}")
