"""The build as it grows: layer upon layer, seen from above at an angle, out of the stored vectors alone.

::

       ____        each layer is drawn over those below: what its hatches fill in the colour of the region,
      /___/|       its contours as a line shaded by the way they face; many of them make a wall
      |___|/

Algorithm: painting from below upwards is right for an eye above the horizon, since a layer hides only what
lies lower. So many layers are drawn that each is a pixel higher than the one before. Degeneracy rule: layers
without vectors are skipped; the last layer is always drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageDraw

from amprep.animation.stage import FINER, WALL, Panel, background, colour_of, pixels, write
from amprep.languages import counted, words_of
from amprep.languages.numbers import duration_text, number_text, short_text
from amprep.pictures import style
from amprep.pictures.fields import outline_of_plate
from amprep.pictures.furniture import LegendEntry, add_legend_rows
from amprep.pictures.layer_view import thinned_vectors
from amprep.pictures.palette import REGIONS, region_colour
from amprep.pictures.paper import page_of_run
from amprep.pictures.texts import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from amprep.pictures.layer_view import Bounds
    from amprep.pictures.style import Sheet
    from amprep.runs import Run

__all__ = ["build_frames", "drawn_layers"]

COLUMN_IN = 3.1
GAP_IN = 0.3
AZIMUTH_DEG, ELEVATION_DEG = -62.0, 33.0
#: Layers from which the room is found that parts take.
LOOKED_AT = 24
MOST_DRAWN = 600
PLATE = "#EEF0F2"
BAR_IN = 0.16


@dataclass(frozen=True, slots=True, eq=False)
class _Eye:
    """From platform coordinates to pixels of the panel.

    right, up : (3,) float64
        Unit vectors.
    """

    right: NDArray[np.float64]
    up: NDArray[np.float64]
    scale: float
    shift: NDArray[np.float64]

    def to_pixels(self, points_mm: NDArray[np.float64], z_mm: float) -> NDArray[np.float64]:
        """(N, 2) float64 in pixels, of (N, 2) points in mm at a height."""
        x = points_mm @ self.right[:2] + z_mm * self.right[2]
        y = points_mm @ self.up[:2] + z_mm * self.up[2]
        placed: NDArray[np.float64] = np.column_stack([x, -y]) * self.scale + self.shift
        return placed


def drawn_layers(count: int, thickness_px: float) -> list[int]:
    """Indices of the layers to draw, ascending: as dense as pixels are, the last one among them."""
    if count <= 0:
        return []
    step = max(1.0, 1.0 / max(thickness_px, 1e-9), count / MOST_DRAWN)
    chosen = np.floor(np.arange(0.0, count, step)).astype(int).tolist()
    return sorted({*chosen, count - 1})


def build_frames(run: Run, *, frames: int, lang: str) -> Iterator[Image.Image]:
    """The frames, first to last; the last shows the finished build.

    Parameters
    ----------
    run : Run
        With at least one layer.
    frames : int
        At least 2.
    lang : str
        ``en``, ``de``, ``cs`` or ``pl``.

    """
    figure, panel_in, column_in = _slide(run, lang)
    still = background(figure)
    panel = Panel.white(pixels(panel_in))
    eye = _eye(run, panel)
    _draw_plate(panel, run, eye)
    count = run.layer_count
    layers = drawn_layers(count, run.layer_thickness_mm * float(eye.up[2]) * eye.scale)
    done_s = np.concatenate([[0.0], np.cumsum(run.estimate.layer_times.total_s)])
    place = 0
    for number in range(frames):
        reached = round(count * number / (frames - 1))
        while place < len(layers) and layers[place] < reached:
            _draw_layer(panel, run, layers[place], eye)
            place += 1
        frame = still.copy()
        panel.onto(frame)
        _draw_clock(frame, run, reached, float(done_s[reached]), column_in, lang)
        yield frame


def _slide(run: Run, lang: str) -> tuple[Sheet, Bounds, Bounds]:
    say = words_of("animation", lang)
    total = float(run.estimate.layer_times.total_s.sum())
    layers = counted("common", lang, "layers", run.layer_count, number=number_text(run.layer_count, lang))
    with style.slide_style():
        figure, (x0, y0, x1, y1) = page_of_run(
            run,
            lang=lang,
            profile="slide",
            title=say("build_title", time=duration_text(total, lang), layers=layers),
            subtitles=[say("build_subtitle", name=run.name)],
            body_in=0.0,
        )
        column: Bounds = (x1 - COLUMN_IN, y0, x1, y1)
        panel: Bounds = (x0, y0 + 0.4, column[0] - GAP_IN, y1)
        style.add_text(figure, column[0], y1 - 0.15, say("build_clock"), size="axis", colour=style.GREY_TEXT)
        exposed = {key for key, length in run.estimate.region_mm.items() if length > 0}
        entries = [
            LegendEntry(text(lang, key), "area", REGIONS[key])
            for key in ("core", "upskin", "downskin", "support")
            if key in exposed
        ]
        add_legend_rows(figure, entries, (x0, x1), y0 + 0.3)
    return figure, panel, column


def _eye(run: Run, panel: Panel) -> _Eye:
    """An eye that sees all parts at their full height."""
    turn, lift = np.radians([AZIMUTH_DEG, ELEVATION_DEG])
    right = np.array([-np.sin(turn), np.cos(turn), 0.0])
    up = np.array([-np.sin(lift) * np.cos(turn), -np.sin(lift) * np.sin(turn), np.cos(lift)])
    layers = np.unique(np.linspace(0, run.layer_count - 1, LOOKED_AT).round().astype(int)).tolist()
    boxes: list[NDArray[np.float64]] = []
    for index in layers:
        segments = run.layer(index).segments
        if len(segments):
            points = segments.reshape(-1, 2).astype(np.float64)
            boxes.append(np.stack([points.min(axis=0), points.max(axis=0)]))
    bounds = np.stack(boxes or [np.array(run.machine.build_volume.bounds_mm).reshape(2, 2)])
    (x0, y0), (x1, y1) = bounds[:, 0].min(axis=0).tolist(), bounds[:, 1].max(axis=0).tolist()
    top = float(run.estimate.top_mm[-1])
    corners = np.array([(x, y, z) for x in (x0, x1) for y in (y0, y1) for z in (0.0, top)])
    seen = np.column_stack([corners @ right, -(corners @ up)])
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = np.array(panel.image.size, dtype=np.float64)
    scale = float((0.9 * size / np.maximum(high - low, 1e-6)).min())
    return _Eye(right, up, scale, size / 2 - scale * (low + high) / 2)


def _draw_plate(panel: Panel, run: Run, eye: _Eye) -> None:
    outline = eye.to_pixels(outline_of_plate(run.machine.build_volume), 0.0)
    corners = [tuple(corner) for corner in outline.tolist()]
    panel.pen.polygon(corners, fill=colour_of(PLATE))
    panel.pen.line([*corners, corners[0]], fill=colour_of(style.OUTLINE), width=3)


def _draw_layer(panel: Panel, run: Run, index: int, eye: _Eye) -> None:
    vectors = run.layer(index)
    if not len(vectors):
        return
    z_mm = float(run.estimate.top_mm[index])
    core = run.process.core
    distance_mm = core.hatch_distance_mm.value
    # In these units, lines stand 2.6 apart where they are thinned: one pixel.
    drawn = thinned_vectors(vectors, distance_mm, 2.6 * eye.scale, core.cell_mm)
    # Of thinned lines those that are left stand unevenly: wider ones leave no gaps.
    spread = 1.0 if drawn.every_hatch == 1 else 1.6
    width = max(2, round(spread * distance_mm * drawn.every_hatch * eye.scale))
    line = panel.pen.line
    colours = {region: colour_of(region_colour(region)) for region in np.unique(drawn.hatch_region).tolist()}
    hatch = eye.to_pixels(drawn.hatch.reshape(-1, 2).astype(np.float64), z_mm).reshape(-1, 4)
    for piece, region in zip(hatch.tolist(), drawn.hatch_region.tolist(), strict=True):
        line(piece, fill=colours[region], width=width)
    way = (drawn.contour[:, 2:] - drawn.contour[:, :2]).astype(np.float64)
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)
    # Material lies to the left of a contour, so that it faces to the right.
    facing = np.column_stack([way[:, 1], -way[:, 0]]) / length[:, None]
    light = np.radians(AZIMUTH_DEG - 40.0)
    bright = 0.72 + 0.28 * (facing @ np.array([np.cos(light), np.sin(light)]))
    shades = np.clip(WALL * bright[:, None], 0, 255).astype(int)
    walls = eye.to_pixels(drawn.contour.reshape(-1, 2).astype(np.float64), z_mm).reshape(-1, 4)
    for piece, shade in zip(walls.tolist(), shades.tolist(), strict=True):
        line(piece, fill=tuple(shade), width=FINER + 1)


def _draw_clock(
    frame: Image.Image, run: Run, reached: int, done_s: float, column_in: Bounds, lang: str
) -> None:
    """The time of the layers so far, the height and the layer, and a bar that fills."""
    say = words_of("animation", lang)
    pen = ImageDraw.Draw(frame)
    x0, _, x1, y1 = column_in
    left, upper, right, _ = pixels((x0, y1 - 1.0, x1, y1 - 0.35))
    write(pen, (left, upper + 32), duration_text(done_s, lang), points=30, bold=True)
    z = float(run.estimate.top_mm[reached - 1]) if reached else 0.0
    lines = [
        say("layer_of", number=number_text(reached, lang), count=number_text(run.layer_count, lang)),
        say("height", z=short_text(round(z, 3), lang)),
    ]
    for row, words in enumerate(lines):
        write(pen, (left, upper + 96 + 32 * row), words, points=15)
    top = upper + 160
    total = float(run.estimate.layer_times.total_s.sum())
    low = top + round(100 * BAR_IN)
    pen.rectangle((left, top, right, low), fill=colour_of("#E1E4E7"))
    if done_s > 0:
        pen.rectangle(
            (left, top, left + (right - left) * done_s / total, low), fill=colour_of(REGIONS["core"])
        )
