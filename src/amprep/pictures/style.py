"""The look of all pictures: size, type, palettes, axes, and writing the file."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter

from amprep.errors import OutputError
from amprep.pictures.texts import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "ALERT",
    "BLACK",
    "FIELD_GREY",
    "FILLS",
    "GREY_TEXT",
    "GRID",
    "LASERS",
    "LASER_PATTERNS",
    "LOST_FILL",
    "OUTLINE",
    "OVERLAP_EDGE",
    "OVERLAP_FILL",
    "SLIDE_DPI",
    "SLIDE_IN",
    "Fill",
    "LaserLook",
    "NumberFormatter",
    "add_axes",
    "add_text",
    "laser_look",
    "laser_pattern",
    "nice_step",
    "save",
    "slide_figure",
    "slide_style",
    "text_size_in",
]

#: Width and height of a slide in inches; at 150 dots per inch 1920 × 1080.
SLIDE_IN = (12.8, 7.2)
SLIDE_DPI = 150

TITLE_PT, SMALLEST_TITLE_PT = 24.0, 17.0
SUBTITLE_PT = 16.0
AXIS_PT = 15.0
CONTENT_PT = 13.0
FOOTER_PT = 10.5
BADGE_PT = 15.0
LINE_PT = 2.2

BLACK = "#000000"
GREY_TEXT = "#595959"
GRID = "#E5E5E5"
ALERT = "#B8400A"
OUTLINE = "#333333"
FIELD_GREY = "#8A8A8A"
OVERLAP_FILL = "#EDEDED"
OVERLAP_EDGE = "#D2D2D2"

#: What is not exposed: stands out from both regions, also without red and green.
LOST_FILL = "#D55E00"


@dataclass(frozen=True, slots=True)
class LaserLook:
    """How a laser is told apart: colour, colour of the digit on its badge, dashes (in line widths)."""

    colour: str
    digit: str
    dash: tuple[float, ...]
    is_light: bool
    """Below 3:1 against white, so that lines need a dark outline."""


LASERS = (
    LaserLook("#004488", "#FFFFFF", (), is_light=False),
    LaserLook("#DDAA33", "#000000", (3.2, 1.3), is_light=True),
    LaserLook("#BB5566", "#FFFFFF", (4.5, 1.2, 1.0, 1.2), is_light=False),
    LaserLook("#66CCEE", "#000000", (1.1, 1.1), is_light=True),
)

#: Patterns of the lasers' areas; shifted by one after four lasers, so that no colour comes with a pattern
#: twice up to the sixteenth.
LASER_PATTERNS = ("", "///", "\\\\\\", "...")


@dataclass(frozen=True, slots=True)
class Fill:
    """An area: its colour and, where the colour alone does not carry, a pattern of lines."""

    colour: str
    pattern: str = ""


#: Areas of the layer time by cause.
FILLS = {
    "recoating": Fill("#C4C4C4"),
    "core_marking": Fill("#56B4E9"),
    "contour_marking": Fill("#000000"),
    "motion": Fill("#FFFFFF", "/////"),
    "waiting": Fill("#F0B429", ".."),
}

#: What a file of each form would say of when and by what it was made.
_UNDATED = {
    "png": ("Software",),
    "svg": ("Date", "Creator"),
    "pdf": ("CreationDate", "ModDate", "Creator", "Producer"),
}

_STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": CONTENT_PT,
    "axes.unicode_minus": True,
    "axes.linewidth": 1.2,
    "axes.edgecolor": GREY_TEXT,
    "hatch.linewidth": 1.0,
    "path.simplify": True,
    "agg.path.chunksize": 20_000,
    "svg.fonttype": "none",
    "svg.hashsalt": "amprep",
    "pdf.fonttype": 42,
}


@contextmanager
def slide_style() -> Iterator[None]:
    """Draw with amprep's settings only, whatever the user's own matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        for key, value in _STYLE.items():
            mpl.rcParams[key] = value
        yield


def laser_look(index: int) -> LaserLook:
    """Look of the laser with this index, from 0; the colours come round again after the fourth."""
    return LASERS[index % len(LASERS)]


def laser_pattern(index: int) -> str:
    """Pattern of the areas of the laser with this index, from 0, as matplotlib writes it."""
    return LASER_PATTERNS[(index + index // len(LASERS)) % len(LASER_PATTERNS)]


def slide_figure() -> Figure:
    """An empty white slide with its own Agg canvas."""
    figure = Figure(figsize=SLIDE_IN, dpi=SLIDE_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path | str) -> Path:
    """Write `figure` as PNG, SVG or PDF, as the name ends: the same bytes for the same figure.

    There is never half a file.

    Raises
    ------
    OutputError
        E502, when the file cannot be written.

    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with slide_style():
            form = path.suffix.lower().lstrip(".")
            form = form if form in _UNDATED else "png"
            figure.savefig(part, format=form, metadata=dict.fromkeys(_UNDATED[form]))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            "the picture cannot be written", code="E502", where=str(path), why=error.strerror or str(error)
        ) from error
    return path


def add_text(
    figure: Figure,
    x_in: float,
    y_in: float,
    words: str,
    *,
    size: float = CONTENT_PT,
    colour: str = BLACK,
    weight: str = "normal",
    ha: str = "left",
    va: str = "center",
) -> Text:
    """Words on the slide; the place in inches from the lower left corner."""
    return figure.text(
        x_in,
        y_in,
        words,
        fontsize=size,
        color=colour,
        fontweight=weight,
        ha=ha,
        va=va,
        transform=figure.dpi_scale_trans,
        parse_math=False,
    )


def text_size_in(
    figure: Figure, words: str, size: float = CONTENT_PT, weight: str = "normal"
) -> tuple[float, float]:
    """Width and height in inches that the words need."""
    if not words:
        return 0.0, 0.0
    probe = add_text(figure, 0, 0, words, size=size, weight=weight)
    box = probe.get_window_extent()
    probe.remove()
    return box.width / figure.dpi, box.height / figure.dpi


def add_axes(figure: Figure, box_in: tuple[float, float, float, float], lang: str) -> Axes:
    """Axes at ``x0, y0, x1, y1`` in inches, with grid, two spines and numbers in the language."""
    width, height = SLIDE_IN
    x0, y0, x1, y1 = box_in
    axes = figure.add_axes((x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height))
    axes.set_axisbelow(True)
    axes.grid(visible=True, color=GRID, linewidth=1.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=CONTENT_PT, width=1.2, length=5, color=GREY_TEXT, labelcolor=BLACK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(NumberFormatter(lang))
    return axes


def nice_step(span: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ that is not above `span`."""
    power = 10.0 ** math.floor(math.log10(span))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= span * (1 + 1e-9))


class NumberFormatter(Formatter):
    """Tick labels in the marks of a language, all of an axis with the same number of decimals."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.decimals = 0

    def set_locs(self, locs: Sequence[float]) -> None:
        """Take over where the ticks stand; as many decimals as tell them apart."""
        values = [float(value) for value in locs]
        self.decimals = next(
            (n for n in range(6) if all(abs(value - round(value, n)) < 1e-7 for value in values)), 6
        )

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - matplotlib calls it so
        return number_text(float(x), self.lang, self.decimals)
