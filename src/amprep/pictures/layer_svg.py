"""One layer as an SVG file, written at once: every vector, by region, to look at with any browser."""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING

import numpy as np

from amprep.model.exposure import AGAIN
from amprep.model.scan import Region
from amprep.pictures.close_up import vectors_in
from amprep.pictures.palette import LOST, region_colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.layer import Contours
    from amprep.model.scan import LayerPlan
    from amprep.pictures.close_up import CloseUp

__all__ = ["layer_svg"]

#: Width of the drawing and of the margin around it; height of the lines of words above and below.
_WIDTH, _MARGIN, _HEAD, _LINE = 1200.0, 24.0, 88.0, 26.0

#: Height of the drawing at most, so that it and the legend fit on a screen.
_HIGHEST = 760.0

#: The smallest extent that fills the drawing.
_LEAST_MM = 0.5

#: Hatches below, contours and edges above; what is exposed again on top of it.
_ORDER = (
    Region.CORE, Region.SUPPORT, Region.UPSKIN, Region.DOWNSKIN,
    Region.SUPPORT_CONTOUR, Region.CONTOUR, Region.UPSKIN_CONTOUR, Region.DOWNSKIN_CONTOUR, Region.EDGE,
)  # fmt: skip

_FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'


def layer_svg(
    plan: LayerPlan,
    *,
    title: str,
    subtitle: str,
    names: dict[str, str],
    distances_mm: dict[Region, float],
    lost: Sequence[Contours] = (),
    gas_flow_deg: float | None = None,
    close_up: CloseUp | None = None,
) -> str:
    """The text of an SVG file.

    Parameters
    ----------
    plan : LayerPlan
    title, subtitle : str
        Words over the drawing.
    names : dict of str
        What the legend calls a region, by `Region.key`; ``lost`` for what is not exposed.
    distances_mm : dict
        Hatch distance of the regions that are hatched; lines are drawn half as wide, so that one can zoom in.
    lost : sequence of Contours
        What is not exposed.
    gas_flow_deg : float, optional
        Where the gas flows to, for an arrow.
    close_up : CloseUp, optional
        What is shown; default: all of the layer.

    """
    if close_up is None:
        low, high = _ends(plan, lost)
        span = np.maximum(high - low, _LEAST_MM)
    else:
        view = close_up.view(_HIGHEST, _HIGHEST)
        low, high = np.array(view[:2]), np.array(view[2:])
        span = high - low
        plan = dataclasses.replace(plan, vectors=vectors_in(plan.vectors, view))
    scale = min((_WIDTH - 2 * _MARGIN) / span[0], _HIGHEST / span[1])
    height = _HEAD + span[1] * scale + 2 * _MARGIN
    shown = [r for r in _ORDER if np.any(plan.vectors.region % AGAIN == r)]
    legend, legend_height = _legend(shown, names, height, has_lost=any(len(one) for one in lost))
    # Micrometres from the lower left corner; y points up.
    place = (
        f"translate({0.5 * (_WIDTH - span[0] * scale):.3f} {_HEAD + _MARGIN + span[1] * scale:.3f}) "
        f"scale({scale / 1000:.9f} {-scale / 1000:.9f})"
    )
    frame = _frame(span) if close_up is not None else ""
    drawn = "\n".join(_paths(plan, shown, low, distances_mm))
    gone = "\n".join(_loops(one, low) for one in lost if len(one))
    total = height + legend_height
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {total:.1f}" '
        f'width="{_WIDTH:g}" height="{total:.1f}" role="img" aria-labelledby="t d">\n'
        f'<title id="t">{_text(title)}</title>\n<desc id="d">{_text(subtitle)}</desc>\n'
        f'<rect width="100%" height="100%" fill="#FFFFFF"/>\n'
        f'<text x="{_MARGIN:g}" y="40" {_FONT} font-size="26" fill="#000000">{_text(title)}</text>\n'
        f'<text x="{_MARGIN:g}" y="70" {_FONT} font-size="17" fill="#595959">{_text(subtitle)}</text>\n'
        f"{_gas_arrow(gas_flow_deg)}"
        f'<g transform="{place}" fill="none" stroke-linecap="round" stroke-linejoin="round">\n'
        f"{frame}{drawn}\n{gone}\n</g>{'</g>' * bool(frame)}\n{legend}\n</svg>\n"
    )


def _ends(plan: LayerPlan, lost: Sequence[Contours]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest x and y of all that there is to show."""
    ends = plan.vectors.segments.reshape(-1, 2)
    points = np.concatenate([ends, *(one.points.astype(np.float32) for one in lost)])
    if not len(points):
        points = np.zeros((1, 2), dtype=np.float32)
    return points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)


def _frame(span: NDArray[np.float64]) -> str:
    """The border of what is shown, and the begin of a group that is cut there."""
    sides = f'width="{1000 * span[0]:.1f}" height="{1000 * span[1]:.1f}"'
    return (
        f'<clipPath id="w"><rect {sides}/></clipPath>\n'
        f'<rect class="frame" {sides} stroke="#595959" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke"/>\n'
        '<g clip-path="url(#w)">\n'
    )


def _text(words: str) -> str:
    return html.escape(words, quote=False)


def _paths(
    plan: LayerPlan, shown: list[Region], low: NDArray[np.float64], distances_mm: dict[Region, float]
) -> list[str]:
    """One path per region; vectors that follow each other without a gap are one line."""
    lines = []
    microns = np.rint((plan.vectors.segments.astype(np.float64) - np.tile(low, 2)) * 1000).astype(np.int64)
    for region in shown:
        for again in (False, True):
            chosen = plan.vectors.region == region + AGAIN * again
            if not chosen.any():
                continue
            width = 'stroke-width="2.2" vector-effect="non-scaling-stroke"'
            if region.is_hatch:
                width = f'stroke-width="{(350 if again else 500) * distances_mm[region]:g}"'
            look = ' stroke-opacity="0.6"' if again else ""
            lines.append(
                f'<path class="{region.key}{" again" if again else ""}" stroke="{region_colour(region)}" '
                f'{width}{look} d="{_way(microns[chosen])}"/>'
            )
    return lines


def _way(vectors: NDArray[np.int64]) -> str:
    """Path data of (N, 4) vectors in whole numbers."""
    joined = np.zeros(len(vectors), dtype=bool)
    joined[1:] = (vectors[1:, :2] == vectors[:-1, 2:]).all(axis=1)
    words = []
    for (x0, y0, x1, y1), goes_on in zip(vectors.tolist(), joined.tolist(), strict=True):
        words.append(f"L{x1} {y1}" if goes_on else f"M{x0} {y0}L{x1} {y1}")
    return "".join(words)


def _loops(lost: Contours, low: NDArray[np.float64]) -> str:
    microns = np.rint((lost.points - low) * 1000).astype(np.int64)
    loops = []
    for i in range(len(lost)):
        loop = microns[lost.offsets[i] : lost.offsets[i + 1]].tolist()
        loops.append("M" + "L".join(f"{x} {y}" for x, y in loop) + "Z")
    return (
        f'<path class="lost" fill="{LOST}" stroke="{LOST}" stroke-width="0.4" '
        f'vector-effect="non-scaling-stroke" d="{"".join(loops)}"/>'
    )


def _gas_arrow(direction_deg: float | None) -> str:
    if direction_deg is None:
        return ""
    x = _WIDTH - 60
    return (
        f'<g transform="translate({x:g} 44) rotate({-direction_deg:g})" stroke="#595959" stroke-width="3" '
        'fill="none"><path d="M-24 0H20M10 -8L22 0L10 8"/></g>\n'
        f'<text x="{x - 40:g}" y="50" text-anchor="end" {_FONT} font-size="17" fill="#595959">gas</text>\n'
    )


def _legend(shown: list[Region], names: dict[str, str], top: float, *, has_lost: bool) -> tuple[str, float]:
    entries = [(names[region.key], region_colour(region), region.is_hatch) for region in shown]
    if has_lost:
        entries.append((names["lost"], LOST, True))
    rows, x, y = [], _MARGIN, top + 14.0
    for words, colour, is_area in entries:
        width = 44.0 + 10.5 * len(words)
        if x > _MARGIN and x + width > _WIDTH - _MARGIN:
            x, y = _MARGIN, y + _LINE
        mark = (
            f'<rect x="{x:g}" y="{y - 8:g}" width="26" height="14" fill="{colour}" stroke="#333333"/>'
            if is_area
            else f'<path d="M{x:g} {y - 1:g}h26" stroke="{colour}" stroke-width="4"/>'
        )
        rows.append(
            f'{mark}<text x="{x + 34:g}" y="{y + 5:g}" {_FONT} font-size="17" '
            f'fill="#000000">{_text(words)}</text>'
        )
        x += width
    return "\n".join(rows), y + _LINE - top
