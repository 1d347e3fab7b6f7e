"""The look of all pictures: pages with their sizes of type, palettes, axes, and writing the file."""

from __future__ import annotations

import html
import io
import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.ticker import Formatter

from amprep.errors import UsageError, did_you_mean
from amprep.languages.numbers import number_text
from amprep.output.atomic import atomic_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from numpy.typing import ArrayLike

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
    "PAGES",
    "SHORT_S",
    "SLIDE",
    "Fill",
    "LaserLook",
    "NumberFormatter",
    "Page",
    "Sheet",
    "add_axes",
    "add_steps",
    "add_text",
    "laser_look",
    "laser_pattern",
    "nice_step",
    "page_of",
    "require_profile",
    "save",
    "sheet",
    "slide_figure",
    "slide_style",
    "text_size_in",
]


@dataclass(frozen=True, slots=True)
class Page:
    """What a picture is drawn on, and how large its words are, in points."""

    name: str
    width_in: float
    height_in: float
    dpi: int
    title: float
    smallest_title: float
    subtitle: float
    axis: float
    content: float
    footer: float
    badge: float

    def points(self, size: float | str) -> float:
        """A size in points, or by its name here: ``title``, ``content``, ``footer``."""
        return float(getattr(self, size)) if isinstance(size, str) else size


#: 1920 × 1080 for a projector, and the width of the text on A4; a print is as high as its picture needs.
PAGES = {
    "slide": Page("slide", 12.8, 7.2, 150, 24.0, 17.0, 16.0, 15.0, 13.0, 10.5, 15.0),
    "print": Page("print", 6.3, 3.9, 300, 14.0, 14.0, 11.5, 11.0, 10.5, 10.5, 11.0),
}
SLIDE = PAGES["slide"]

CONTENT_PT = SLIDE.content
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


#: Below this times are drawn in ms: long decimals cannot be read, and run into the title of their axis.
SHORT_S = 0.1

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

#: Where a form keeps what the picture shows.
_ALT_KEY = {"png": "Description", "pdf": "Subject"}

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


def require_profile(name: str) -> None:
    """Refuse a profile that is not there.

    Raises
    ------
    UsageError
        E104.

    """
    if name not in PAGES:
        raise UsageError(
            f'there is no profile "{name}".{did_you_mean(name, list(PAGES))}',
            code="E104",
            where="--profile",
            fix="one of: " + ", ".join(PAGES),
        )


class Sheet(Figure):
    """A figure that knows its page."""

    page: Page = SLIDE
    headline: str = ""


def sheet(profile: str = "slide", height_in: float | None = None) -> Sheet:
    """An empty white page with its own Agg canvas; `height_in` for a print that needs another one.

    Raises
    ------
    UsageError
        E104 when there is no such profile.

    """
    require_profile(profile)
    page = PAGES[profile]
    if height_in is not None and page is not SLIDE:
        page = replace(page, height_in=height_in)
    figure = Sheet(figsize=(page.width_in, page.height_in), dpi=page.dpi, facecolor="white")
    figure.page = page
    FigureCanvasAgg(figure)
    return figure


def slide_figure() -> Sheet:
    """An empty white slide."""
    return sheet()


def page_of(figure: Figure) -> Page:
    """The page that a figure was made for."""
    return figure.page if isinstance(figure, Sheet) else SLIDE


def save(figure: Figure, path: Path | str, *, title: str = "", alt: str = "") -> Path:
    """Write `figure` as PNG, SVG or PDF, as the name ends: the same bytes for the same figure.

    There is never half a file.

    Parameters
    ----------
    title, alt : str
        What the picture says, and what it shows for those who cannot see it; both go into the file.

    Raises
    ------
    OutputError
        E502, when the file cannot be written.

    """
    path = Path(path)
    drawn = io.BytesIO()
    with slide_style():
        form = path.suffix.lower().lstrip(".")
        form = form if form in _UNDATED else "png"
        metadata: dict[str, Any] = dict.fromkeys(_UNDATED[form])
        if form != "svg":
            told = {"Title": title, _ALT_KEY[form]: alt}
            metadata |= {key: words for key, words in told.items() if words}
        figure.savefig(drawn, format=form, metadata=metadata)
    content = drawn.getvalue()
    if form == "svg" and (title or alt):
        content = _with_words(content.decode("utf-8"), title, alt).encode("utf-8")
    with atomic_file(path, "wb") as stream:
        stream.write(content)
    return path


def _with_words(svg: str, title: str, alt: str) -> str:
    """An SVG with its title and description, where readers of the screen look for them."""
    head, start, rest = svg.partition("<svg ")
    tag, end, body = rest.partition(">")
    told = "".join(
        f'<{name} id="amprep-{name}">{html.escape(words, quote=False)}</{name}>\n'
        for name, words in (("title", title), ("desc", alt))
        if words
    )
    label = 'role="img" aria-labelledby="amprep-title amprep-desc" '
    return f"{head}{start}{label}{tag}{end}\n{told}{body}"


def add_text(
    figure: Figure,
    x_in: float,
    y_in: float,
    words: str,
    *,
    size: float | str = "content",
    colour: str = BLACK,
    weight: str = "normal",
    ha: str = "left",
    va: str = "center",
) -> Text:
    """Words on the page; the place in inches from the lower left corner, `size` as in `Page.points`."""
    return figure.text(
        x_in,
        y_in,
        words,
        fontsize=page_of(figure).points(size),
        color=colour,
        fontweight=weight,
        ha=ha,
        va=va,
        transform=figure.dpi_scale_trans,
        parse_math=False,
    )


def text_size_in(
    figure: Figure, words: str, size: float | str = "content", weight: str = "normal"
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
    page = page_of(figure)
    width, height = page.width_in, page.height_in
    x0, y0, x1, y1 = box_in
    axes = figure.add_axes((x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height))
    axes.set_axisbelow(True)
    axes.grid(visible=True, color=GRID, linewidth=1.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=page.content, width=1.2, length=5, color=GREY_TEXT, labelcolor=BLACK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(NumberFormatter(lang))
    return axes


def add_steps(
    axes: Axes, values: ArrayLike, edges: ArrayLike, *, fill: bool = False, **look: Any
) -> StepPatch:
    """Steps as of ``Axes.stairs``, whose limits the caller sets.

    Matplotlib would look for the limits at each step by itself, which takes seconds for thousands of layers.

    Parameters
    ----------
    axes : Axes
    values : (N,) float64
    edges : (N + 1,) float64
    fill : bool
        Fill the steps down to the baseline.
    **look
        As of ``StepPatch``: baseline, orientation, edgecolor, linewidth and so on.

    """
    patch = StepPatch(values, edges, fill=fill, **look)
    axes.add_artist(patch)
    return patch


def nice_step(span: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ that is not above `span`."""
    power = 10.0 ** math.floor(math.log10(span))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= span * (1 + 1e-9))


class NumberFormatter(Formatter):
    """Tick labels in the marks of a language, all of an axis with the same number of decimals."""

    def __init__(self, lang: str, factor: float = 1.0) -> None:
        self.lang = lang
        self.factor = factor
        """Of the unit of the labels: 1000 for ms on an axis in s."""
        self.decimals = 0

    def set_locs(self, locs: Sequence[float]) -> None:
        """Take over where the ticks stand; as many decimals as tell them apart."""
        values = [self.factor * float(value) for value in locs]
        self.decimals = next(
            (n for n in range(6) if all(abs(value - round(value, n)) < 1e-7 for value in values)), 6
        )

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - matplotlib calls it so
        return number_text(self.factor * float(x), self.lang, self.decimals)
