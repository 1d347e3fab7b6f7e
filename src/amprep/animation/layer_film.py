"""A layer being scanned: all lasers at once, at their true speed to one another.

Each vector begins when the laser has done the one before and gone the way between them, as the time model has
it; a frame shows what was marked up to its moment, and where each beam stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageDraw

from amprep.animation.stage import FINER, Panel, background, colour_of, pixels, write
from amprep.languages import words_of
from amprep.languages.numbers import number_text, seconds_text, short_text
from amprep.pictures import style
from amprep.pictures.fields import add_fields, plate_fields, plate_patch
from amprep.pictures.furniture import add_badge, add_scale_bar
from amprep.pictures.layer_view import view_of
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from amprep.model.scan import ScanVectors
    from amprep.pictures.layer_view import Bounds
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = ["Schedule", "clock_text", "layer_frames", "schedule_of"]

COLUMN_IN = 3.3
GAP_IN = 0.35
NOT_YET = "#BFC6CD"
CONTOUR_PX = 1.4
DENSE_PX = 3.0
ROW_IN = 0.52
MOST_ROWS = 6
BAR_IN = 0.12
BEAM_PX = 5


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """When each vector is marked, in s from the start of the exposure.

    start_s, end_s : (N,) float64, s
        Laser on, and off.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]

    @property
    def total_s(self) -> float:
        """When the last laser ends."""
        return float(self.end_s.max()) if len(self.end_s) else 0.0

    def done(self, moment_s: float) -> NDArray[np.float64]:
        """(N,) float64: share of each vector that is marked at a moment, 0 to 1."""
        length = np.maximum(self.end_s - self.start_s, 1e-12)
        shares: NDArray[np.float64] = np.clip((moment_s - self.start_s) / length, 0.0, 1.0)
        return shares


def schedule_of(run: Run, index: int, vectors: ScanVectors) -> Schedule:
    """The schedule of a layer; every laser works off its own vectors in firing order."""
    times = run.vector_times(index, vectors)
    end = np.zeros(len(vectors))
    for laser in np.unique(vectors.laser).tolist():
        own = np.flatnonzero(vectors.laser == laser)
        end[own] = np.cumsum(times.total_s[own])
    return Schedule(end - times.marking_s, end)


def layer_frames(run: Run, index: int, *, frames: int, seconds: float, lang: str) -> Iterator[Image.Image]:
    """The frames, first to last; the last shows the whole layer.

    Parameters
    ----------
    run : Run
    index : int
        The layer, from 0; it has vectors.
    frames : int
        At least 2.
    seconds : float
        How long the film takes, for its subtitle.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    vectors = run.layer(index)
    schedule = schedule_of(run, index, vectors)
    figure, panel_in, column_in, view = _slide(run, index, vectors, schedule, seconds, lang)
    still = background(figure)
    panel = Panel.white(pixels(panel_in))
    panel.image.paste(still.crop(panel.box_px).resize(panel.image.size))
    scale = panel.image.width / (view[2] - view[0])
    corner = np.array([view[0], view[3]])
    ends = (vectors.segments.reshape(-1, 2).astype(np.float64) - corner) * (scale, -scale)
    ends = ends.reshape(-1, 4)
    widths = _widths(run, vectors, scale)
    _lines(panel, ends, np.zeros(len(ends)), widths, [colour_of(NOT_YET)])
    colours = [colour_of(style.laser_look(i).colour) for i in range(run.lasers)]
    drawn = np.zeros(len(vectors))
    for number in range(frames):
        moment_s = schedule.total_s * number / (frames - 1)
        # Rounding must not leave the last vector a hair short.
        share = np.ones(len(vectors)) if number == frames - 1 else schedule.done(moment_s)
        new = np.flatnonzero(share > drawn)
        begin, way = ends[new, :2], ends[new, 2:] - ends[new, :2]
        pieces = np.hstack([begin + drawn[new, None] * way, begin + share[new, None] * way])
        _lines(panel, pieces, vectors.laser[new], widths[new], colours)
        drawn = share
        frame = still.copy()
        panel.onto(frame)
        if number < frames - 1:
            _beams(frame, panel, schedule, vectors, ends, moment_s)
        _draw_clock(frame, run, vectors, schedule, moment_s, column_in, lang)
        yield frame


def _slide(
    run: Run, index: int, vectors: ScanVectors, schedule: Schedule, seconds: float, lang: str
) -> tuple[Sheet, Bounds, Bounds, Bounds]:
    """The slide, the boxes of the panel and of the column beside it in inches, and the view in mm."""
    say = words_of("animation", lang)
    factor = schedule.total_s / seconds if seconds > 0 else 1.0
    pace = "slower" if factor < 1 else "faster"
    times_of_it = max(factor, 1 / max(factor, 1e-9))
    times = number_text(times_of_it, lang, 1 if times_of_it < 100 else 0)
    subtitle = " · ".join(
        [
            say("height", z=short_text(float(run.estimate.top_mm[index]), lang)),
            say("all_at_once") if run.lasers > 1 else say("true_speed"),
            say(pace, factor=times),
        ]
    )
    with style.slide_style():
        figure, (x0, y0, x1, y1) = page_of_run(
            run,
            lang=lang,
            profile="slide",
            title=text(
                lang,
                "layer_title",
                number=number_text(index + 1, lang),
                count=number_text(run.layer_count, lang),
                time=seconds_text(schedule.total_s, lang),
            ),
            subtitles=[subtitle],
            body_in=0.0,
            has_compass=True,
        )
        panel: Bounds = (x0, y0 + 0.05, x1 - COLUMN_IN - GAP_IN, y1)
        width, height = panel[2] - panel[0], panel[3] - panel[1]
        view = view_of(vectors.segments, run.machine.build_volume.bounds_mm, width, height)
        axes = style.add_axes(figure, panel, lang)
        axes.set_xlim(view[0], view[2])
        axes.set_ylim(view[1], view[3])
        axes.set_axis_off()
        axes.set_autoscale_on(False)
        add_fields(axes, plate_fields(run.machine), axes.transData)
        axes.add_patch(plate_patch(run.machine.build_volume, zorder=1.2))
        add_scale_bar(figure, axes, lang)
        column: Bounds = (x1 - COLUMN_IN, y0, x1, y1)
        style.add_text(figure, column[0], y1 - 0.15, say("clock"), size="axis", colour=style.GREY_TEXT)
        for row in range(min(run.lasers, MOST_ROWS)):
            add_badge(figure, column[0] + 0.16, _row_in(column, row), row + 1)
    return figure, panel, column, view


def _row_in(column_in: Bounds, row: int) -> float:
    """Height of the row of a laser, in inches."""
    return column_in[3] - 1.6 - row * ROW_IN


def _widths(run: Run, vectors: ScanVectors, scale: float) -> NDArray[np.int64]:
    """(N,) int64, px: hatch lines as far as their distance, contours as fine lines."""
    from amprep.model.exposure import AGAIN
    from amprep.model.scan import Region

    spacing = run.process.core.hatch_distance_mm.value * scale
    # Lines too dense to be told apart fill the area: gaps of a fraction of a pixel would flicker.
    hatch = max(1, int(np.ceil(spacing)) if spacing < DENSE_PX else round(0.7 * spacing))
    contour = max(1, round(CONTOUR_PX * FINER))
    regions = np.array([hatch if Region(i).is_hatch else contour for i in range(len(Region))])
    widths: NDArray[np.int64] = regions[vectors.region % AGAIN].astype(np.int64)
    return widths


def _lines(
    panel: Panel,
    ends: NDArray[np.float64],
    owner: NDArray[np.generic],
    widths: NDArray[np.int64],
    colours: list[tuple[int, int, int]],
) -> None:
    line = panel.pen.line
    for piece, number, width in zip(ends.tolist(), owner.tolist(), widths.tolist(), strict=True):
        line(piece, fill=colours[int(number)], width=width)


def _beams(
    frame: Image.Image,
    panel: Panel,
    schedule: Schedule,
    vectors: ScanVectors,
    ends: NDArray[np.float64],
    moment_s: float,
) -> None:
    """A dot where each laser marks, or a ring where it is on its way."""
    pen = ImageDraw.Draw(frame)
    left, upper = panel.box_px[:2]
    for laser in np.unique(vectors.laser).tolist():
        own = np.flatnonzero(vectors.laser == laser)
        ahead = int(np.searchsorted(schedule.end_s[own], moment_s, side="right"))
        if ahead == len(own):
            continue
        vector = own[ahead]
        share = float(np.clip(schedule.done(moment_s)[vector], 0.0, 1.0))
        x, y = (ends[vector, :2] + share * (ends[vector, 2:] - ends[vector, :2])) / FINER + (left, upper)
        colour = colour_of(style.laser_look(laser).colour)
        on = moment_s >= schedule.start_s[vector]
        for radius, fill in (
            (BEAM_PX + 2, (255, 255, 255)),
            (BEAM_PX + 1, (0, 0, 0)),
            (BEAM_PX, colour if on else (255, 255, 255)),
        ):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def clock_text(moment_s: float, total_s: float, lang: str) -> str:
    """The moment in a layer of `total_s`, with digits that run while it is watched."""
    if total_s < style.SHORT_S:
        return f"{number_text(1000 * moment_s, lang, 2 if total_s < style.SHORT_S / 10 else 1)} ms"
    return f"{number_text(moment_s, lang, 3 if total_s < 1 else 1)} s"


def _draw_clock(
    frame: Image.Image,
    run: Run,
    vectors: ScanVectors,
    schedule: Schedule,
    moment_s: float,
    column_in: Bounds,
    lang: str,
) -> None:
    """The time in large type, and of each laser how far it is."""
    pen = ImageDraw.Draw(frame)
    x0, _, x1, y1 = column_in
    left, upper, _, _ = pixels((x0, y1 - 1.0, x1, y1 - 0.35))
    write(pen, (left, upper + 32), clock_text(moment_s, schedule.total_s, lang), points=34, bold=True)
    for row in range(min(run.lasers, MOST_ROWS)):
        own = vectors.laser == row
        total = float(schedule.end_s[own].max()) if own.any() else 0.0
        share = min(moment_s / total, 1.0) if total > 0 else 0.0
        y_in = _row_in(column_in, row)
        x, top, end, low = pixels((x0 + 0.42, y_in - 0.22, x1 - 0.05, y_in - 0.22 + BAR_IN))
        said = seconds_text(total, lang)
        write(pen, (x, top - 14), text(lang, "laser_time", number=str(row + 1), time=said), points=13)
        pen.rectangle((x, top, end, low), fill=colour_of(NOT_YET))
        if share > 0:
            look = style.laser_look(row)
            pen.rectangle((x, top, x + share * (end - x), low), fill=colour_of(look.colour))
