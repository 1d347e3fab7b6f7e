# ruff: noqa: INP001
"""Pictures of docs/explanation/beam-offset.md; `python docs/pictures/beam_offset.py` writes them here."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from amprep.hatching.contours import CORE, UPSKIN, contour_paths, contour_vectors, cut_by_skins
from amprep.hatching.edges import thin_edges
from amprep.polygons import NO_CONTOURS, contour_band, contours_of

if TYPE_CHECKING:
    from amprep.model.layer import Contours

FOLDER = Path(__file__).parent
MATERIAL, CONTOUR, TRACK, LOST, SKIN = "#e3e6ea", "#1f5fa8", "#d9730d", "#c21f30", "#2b8a3e"


def circle(radius: float, count: int, x: float, y: float, turns: int = 1) -> Any:
    """(count, 2) float64, mm: points of a circle, clockwise for -1 turns."""
    angle = turns * 2.0 * math.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def draw_region(axes: Any, region: Contours) -> None:
    """Fill the region's loops."""
    parts = []
    for i in range(len(region)):
        loop = region.loop(i)
        parts.append(Outline(np.concatenate([loop, loop[:1]]), closed=True))
    axes.add_patch(
        PathPatch(Outline.make_compound_path(*parts), facecolor=MATERIAL, edgecolor="#9aa3ad", lw=0.5)
    )


def draw_lines(axes: Any, segments: Any, colour: str, width: float, **options: Any) -> None:
    """Draw vectors."""
    axes.add_collection(
        LineCollection(segments.reshape(-1, 2, 2), colors=colour, linewidths=width, **options)
    )


def finish(figure: Any, axes: Any, name: str) -> None:
    """Equal scales, no frame, one file."""
    for one in axes:
        one.set_aspect("equal")
        one.autoscale_view()
        one.margins(0.02)
        one.axis("off")
    figure.savefig(FOLDER / name, dpi=110, bbox_inches="tight", pad_inches=0.05)
    plt.close(figure)


def thin_walls() -> None:
    """Walls of growing width on a foot, a wedge, a cross, a ring and pins."""
    width, step = 0.05, 0.55
    foot = [(0.0, 0.0), (11 * step, 0.0), (11 * step, 0.8)]
    for i in reversed(range(10)):
        x = (i + 0.6) * step
        w = 0.02 + 0.015 * i
        foot += [(x + w, 0.8), (x + w, 3.0), (x, 3.0), (x, 0.8)]
    foot.append((0.0, 0.8))
    cross = [
        (-0.04, -1),
        (0.04, -1),
        (0.04, -0.04),
        (1, -0.04),
        (1, 0.04),
        (0.04, 0.04),
        (0.04, 1),
        (-0.04, 1),
    ]
    cross += [(-0.04, 0.04), (-1, 0.04), (-1, -0.04), (-0.04, -0.04)]
    loops = [
        np.array(foot),
        np.array([(6.5, 0.2), (9.0, 0.1), (9.0, 0.5), (6.5, 0.21)]),
        np.add(cross, (7.6, 1.9)),
        circle(0.5, 60, 9.3, 2.2),
        circle(0.42, 60, 9.3, 2.2, -1),
        *(circle(0.01 + 0.007 * i, 16, 8.85 + 0.16 * i, 1.2) for i in range(6)),
    ]
    band = contour_band(contours_of(loops), width)
    edges = thin_edges(band, beam_offset_mm=width, min_width_mm=0.04)
    figure, axes = plt.subplots(figsize=(11, 3.9))
    draw_region(axes, band.region)
    draw_lines(axes, contour_vectors([band.path]).segments, CONTOUR, 1.0)
    draw_lines(axes, edges.segments, TRACK, 1.4)
    axes.scatter(edges.lost[:, 0], edges.lost[:, 1], marker="x", color=LOST, s=40, zorder=3)
    finish(figure, [axes], "thin-walls.png")


def contours() -> None:
    """Three contours: mitred with starts against the gas, round, and cut by a skin."""
    part = contours_of(
        [
            np.array([(0, 0), (6, 0), (6, 2.2), (2.2, 2.2), (2.2, 5), (0, 5)], dtype=np.float64),
            circle(0.55, 48, 1.1, 3.6, -1),
        ]
    )
    band = contour_band(part, 0.2)
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4))
    skin = contours_of([np.array([(3.2, -1.0), (7.0, -1.0), (7.0, 3.0), (4.4, 3.0)])])
    for i, one in enumerate(axes):
        corners = "round" if i == 1 else "mitre"
        paths = contour_paths(band, beam_offset_mm=0.2, count=3, distance_mm=0.25, corners=corners)
        start = "against_gas" if i == 0 else "nearest"
        vectors = contour_vectors(paths, start=start, gas_angle_deg=0.0)
        draw_region(one, band.region)
        pieces, region, _ = cut_by_skins(vectors.segments, skin if i == 2 else NO_CONTOURS, NO_CONTOURS)
        draw_lines(one, pieces[region == CORE], CONTOUR, 1.2)
        draw_lines(one, pieces[region == UPSKIN], SKIN, 2.0)
        if i == 0:
            steps = vectors.segments
            first = np.ones(len(steps), dtype=bool)
            first[1:] = (steps[1:, :2] != steps[:-1, 2:]).any(axis=1)
            one.scatter(*steps[first, :2].T, color=TRACK, s=22, zorder=3)
    finish(figure, axes, "contours.png")


if __name__ == "__main__":
    thin_walls()
    contours()
