"""Draw the hatch patterns, and the order of what is hatched: two pictures of the documentation.

python docs/pictures/patterns.py [FOLDER]
"""

from __future__ import annotations

import itertools
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection

from amprep.hatching.ordering import minimise_jumps
from amprep.hatching.patterns import PATTERNS, Hatch, Pattern, lay_pattern
from amprep.pictures.style import SLIDE, add_text, save, slide_figure, slide_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DISTANCE_MM, CELL_MM = 0.4, 3.0
GAS_DEG = 340.0


def ring(x: float, y: float, radius: float, count: int = 72) -> np.ndarray:
    angle = 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def ragged(loops: list) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate(loops), np.cumsum([0, *map(len, loops)], dtype=np.int64)


BRACKET = [
    np.array([(0, 0), (18, 0), (18, 5), (11, 5), (8, 12), (0, 12)], dtype=float),
    ring(4.0, 7.5, 2.2)[::-1],
]
PINS = [ring(3.4 * i + 0.9 * (j % 2), 3.2 * j, 1.3, 40) for j in range(6) for i in range(8)]


def panel(figure: Figure, place: tuple[float, ...], loops: list) -> Axes:
    """Axes at a place (left, bottom, width, height in inches) with the outlines of a region."""
    wide, high = SLIDE.width_in, SLIDE.height_in
    axes = figure.add_axes([place[0] / wide, place[1] / high, place[2] / wide, place[3] / high])
    axes.set_aspect("equal")
    axes.set_axis_off()
    for loop in loops:
        axes.plot(*np.vstack([loop, loop[:1]]).T, color="#333333", linewidth=1.0)
    return axes


def draw(axes: Axes, segments: np.ndarray, *, arrows: bool) -> None:
    """Vectors from the first (dark) to the last one (light), some with an arrow in their middle."""
    order = np.linspace(0.0, 0.88, max(len(segments), 1))
    lines = LineCollection(segments.reshape(-1, 2, 2), cmap="viridis", linewidths=1.3)
    lines.set_array(order)
    lines.set_clim(0.0, 1.0)
    axes.add_collection(lines)
    if not arrows:
        return
    way = segments[:, 2:] - segments[:, :2]
    length = np.hypot(*way.T)
    some = np.flatnonzero(length > 1.0)
    middle = 0.5 * (segments[some, 2:] + segments[some, :2])
    axes.quiver(
        *middle.T,
        *(way[some] / length[some, None]).T,
        order[some],
        cmap="viridis",
        clim=(0.0, 1.0),
        pivot="mid",
        angles="xy",
        scale_units="xy",
        scale=3.0,
        width=0.004,
        headwidth=5.0,
        headlength=5.0,
        headaxislength=5.0,
        zorder=3,
    )


def draw_jumps(axes: Axes, segments: np.ndarray, block_offsets: np.ndarray) -> None:
    """Ways between blocks as dashed lines."""
    leave, entry = segments[block_offsets[1:-1] - 1, 2:], segments[block_offsets[1:-1], :2]
    jumps = np.stack([leave, entry], axis=1)
    axes.add_collection(LineCollection(jumps, colors="#B8400A", linewidths=1.3, linestyles=(0, (4, 2))))


def hatched(loops: list, kind: str, **options: float) -> Hatch:
    return lay_pattern(*ragged(loops), Pattern(kind, 20.0, DISTANCE_MM, CELL_MM, **options))


def pattern_picture(path: Path) -> Path:
    with slide_style():
        figure = slide_figure()
        for number, kind in enumerate(PATTERNS):
            left, bottom = 0.3 + 4.2 * (number % 3), 3.75 - 3.5 * (number // 3)
            axes = panel(figure, (left, bottom, 3.9, 2.9), BRACKET)
            draw(axes, hatched(BRACKET, kind).segments, arrows=True)
            add_text(figure, left + 0.15, bottom + 3.1, kind, size=18, weight="bold")
        return save(figure, path)


def order_picture(path: Path) -> Path:
    pins = lay_pattern(*ragged(PINS), Pattern("meander", 20.0, DISTANCE_MM))
    # As parts come when they are placed one by one: in no order at all.
    shuffled = np.random.default_rng(3).permutation(len(PINS))
    blocks = [pins.segments[a:b] for a, b in itertools.pairwise(pins.block_offsets)]
    offsets = np.cumsum([0, *(len(blocks[i]) for i in shuffled)], dtype=np.int64)
    given = np.concatenate([blocks[i] for i in shuffled])
    better = minimise_jumps(given, offsets)
    with slide_style():
        figure = slide_figure()
        rows = (
            ("stripes in their own order", hatched(BRACKET, "stripes"), None),
            ("against the gas", hatched(BRACKET, "stripes", gas_direction_deg=GAS_DEG), GAS_DEG),
            ("islands against the gas", hatched(BRACKET, "chess", gas_direction_deg=GAS_DEG), GAS_DEG),
        )
        for number, (words, hatch, gas_deg) in enumerate(rows):
            left = 0.3 + 4.2 * number
            axes = panel(figure, (left, 3.75, 3.9, 2.9), BRACKET)
            draw(axes, hatch.segments, arrows=False)
            add_text(figure, left + 0.15, 6.85, words, size=16, weight="bold")
            if gas_deg is not None:
                turn = math.radians(gas_deg)
                tip = (12.5 + 4.0 * math.cos(turn), 11.0 + 4.0 * math.sin(turn))
                axes.annotate(
                    "gas", tip, (12.5, 11.0), fontsize=14, ha="center", va="center",
                    arrowprops={"arrowstyle": "-|>", "linewidth": 1.8, "color": "#333333"},
                )  # fmt: skip
        for number, (segments, ends, length_mm, words) in enumerate((
            (given, offsets, better.before_mm, "bodies as given"),
            (better.segments, better.block_offsets, better.after_mm, "short jumps"),
        )):  # fmt: skip
            left = 0.3 + 6.3 * number
            axes = panel(figure, (left, 0.15, 6.0, 2.95), PINS)
            draw(axes, segments, arrows=False)
            draw_jumps(axes, segments, ends)
            add_text(
                figure, left + 0.15, 3.3, f"{words}: {length_mm:.0f} mm of jumps", size=16, weight="bold"
            )
        return save(figure, path)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    print(pattern_picture(folder / "patterns.png"))
    print(order_picture(folder / "order.png"))
