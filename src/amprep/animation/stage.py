"""What does not move: a slide with headline and footer, on which frames draw what does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from amprep.pictures import style
from amprep.pictures.fonts import font_path

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw as Pen

    from amprep.pictures.layer_view import Bounds
    from amprep.pictures.style import Sheet

__all__ = ["FINER", "HEIGHT", "WALL", "WIDTH", "Panel", "background", "colour_of", "pixels", "write"]

#: Size of a frame, and pixels to the inch of the slide.
WIDTH = 1280
HEIGHT = 720
PER_INCH = 100
#: Colour of walls that face the light.
WALL = np.array([150.0, 163.0, 176.0])

#: Pixels that are drawn for one of the frame, on a side.
FINER = 2


def background(figure: Sheet) -> Image.Image:
    """A slide as an image of `WIDTH` × `HEIGHT`."""
    with style.slide_style():
        figure.set_dpi(PER_INCH)
        figure.canvas.draw()
        array = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
    image = Image.fromarray(np.ascontiguousarray(array))
    return image if image.size == (WIDTH, HEIGHT) else image.resize((WIDTH, HEIGHT))


def pixels(box_in: Bounds) -> tuple[int, int, int, int]:
    """Left, upper, right, lower in pixels of a box x0, y0, x1, y1 in inches from the lower left corner."""
    x0, y0, x1, y1 = (round(PER_INCH * side) for side in box_in)
    return x0, HEIGHT - y1, x1, HEIGHT - y0


def colour_of(code: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#RRGGBB``."""
    red, green, blue = (int(code[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


@cache
def _font(size_px: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path(bold=bold)), size_px)


def write(
    pen: Pen,
    place_px: tuple[float, float],
    words: str,
    *,
    points: float,
    bold: bool = False,
    colour: str = style.BLACK,
    anchor: str = "lm",
) -> None:
    """Words on a frame; `anchor` as Pillow has it: ``lm`` for left and middle."""
    size_px = round(points * PER_INCH / 72)
    pen.text(place_px, words, fill=colour_of(colour), font=_font(size_px, bold=bold), anchor=anchor)


@dataclass
class Panel:
    """The part of a frame that is drawn on more and more, at `FINER` times its size."""

    box_px: tuple[int, int, int, int]
    image: Image.Image
    pen: Pen

    @classmethod
    def white(cls, box_px: tuple[int, int, int, int]) -> Panel:
        """An empty one for left, upper, right, lower."""
        left, upper, right, lower = box_px
        image = Image.new("RGB", (FINER * (right - left), FINER * (lower - upper)), "white")
        return cls(box_px, image, ImageDraw.Draw(image))

    def onto(self, frame: Image.Image) -> None:
        """Put what is drawn so far onto a frame."""
        frame.paste(self.image.reduce(FINER), self.box_px[:2])
