"""A town-hall tower as they stand in Zittau and around: square below, eight-sided above, clock and dome.

Our own stylised shape, not a measured copy of any building.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.demonstrators.solids import block, mesh_of_solid, rod, turned

if TYPE_CHECKING:
    from amprep.model.mesh import Mesh

__all__ = ["zittau_tower"]

_HALF = 8.0
_SHAFT, _CORNICE = 26.0, 1.4
_DRUM, _DRUM_TOP = 7.0, 41.0
_CORNERS = 32


def zittau_tower() -> Mesh:
    """A tower of 18.8 × 18.8 × 66 mm about the z axis, standing on z = 0."""
    body = _square(0.0, 2.0, _HALF + 1.4) + _square(0.0, _SHAFT, _HALF)
    body += _cornice()
    body += _eight([(_DRUM, _SHAFT - 1.0), (_DRUM, _DRUM_TOP)])
    body += _gallery()
    body += _dome()
    for side in range(4):
        for cut in (_window(6.0, 3.0, 6.0), _window(14.0, 2.2, 4.5), _belfry()):
            body -= cut.rotate((0.0, 0.0, 90.0 * side))
        body -= _clock().rotate((0.0, 0.0, 90.0 * side))
        body += _hands().rotate((0.0, 0.0, 90.0 * side))
    for side in range(4):
        body += _pinnacle().rotate((0.0, 0.0, 90.0 * side))
    return mesh_of_solid(body)


def _square(low: float, high: float, half: float) -> Any:
    return block((-half, -half, low), (half, half, high))


def _cornice() -> Any:
    """Leans outwards at 45°, so that it needs no support, and ends the shaft."""
    low = _SHAFT - 3.0
    half = [(_HALF - 0.5, low - 0.5), (_HALF + _CORNICE, low + _CORNICE), (_HALF + _CORNICE, _SHAFT)]
    corners = [(math.sqrt(2.0) * r, z) for r, z in half]
    return turned([(0.0, low - 0.5), *corners, (0.0, _SHAFT)], 4).rotate((0.0, 0.0, 45.0))


def _eight(outline: list[tuple[float, float]]) -> Any:
    """A body with eight sides; radii are those of the flats."""
    wider = 1.0 / math.cos(math.pi / 8.0)
    closed = [(0.0, outline[0][1]), *((r * wider, z) for r, z in outline), (0.0, outline[-1][1])]
    return turned(closed, 8).rotate((0.0, 0.0, 22.5))


def _gallery() -> Any:
    """A gangway with a parapet around the top of the drum."""
    walk = _eight([(_DRUM, 37.0), (_DRUM + 1.8, 38.8), (_DRUM + 1.8, 42.0)])
    return walk - _eight([(_DRUM + 0.9, 39.6), (_DRUM + 0.9, 43.0)])


def _dome() -> Any:
    """A curved hood, a lantern with open sides, a small hood and a tip."""
    hood = [
        (6.4, _DRUM_TOP - 3.0),
        (6.4, 42.5),
        (6.2, 44.0),
        (5.7, 46.0),
        (4.9, 47.8),
        (3.8, 49.2),
        (2.8, 50.2),
        (2.4, 51.0),
    ]
    lantern = _eight([(2.4, 50.5), (2.4, 55.0)])
    for turn in (0.0, 45.0, 90.0, 135.0):
        slot = block((-5.0, -0.55, 51.6), (5.0, 0.55, 53.6))
        roof = rod((-5.0, 0.0, 53.6), (5.0, 0.0, 53.6), 0.55, 4)
        lantern -= (slot + roof).rotate((0.0, 0.0, turn))
    cap = _eight(
        [
            (2.4, 54.5),
            (3.0, 55.1),
            (2.6, 56.4),
            (1.6, 57.6),
            (0.8, 59.0),
            (0.5, 61.0),
            (0.35, 65.9),
            (0.05, 66.0),
        ]
    )
    ball = turned(_ball_outline(1.1, 61.8), _CORNERS)
    return _eight(hood) + lantern + cap + ball


def _ball_outline(radius: float, middle: float) -> list[tuple[float, float]]:
    """A ball whose underside is a cone of 45°."""
    low = middle - radius * math.sqrt(2.0)
    angles = np.linspace(-0.25 * math.pi, 0.5 * math.pi, 13)
    ring = [(radius * math.cos(a), middle + radius * math.sin(a)) for a in angles[:-1]]
    return [(0.0, low), *ring, (0.0, middle + radius)]


def _arch(width: float, height: float) -> Any:
    """A window with a round arch that ends in a tip of 45°, so that it closes without support."""
    from manifold3d import CrossSection

    r = 0.5 * width
    angles = np.linspace(0.25 * math.pi, 0.0, 9)
    right = [(r * math.cos(a), height - r + r * math.sin(a)) for a in reversed(angles)]
    tip = (0.0, height - r + r * math.sqrt(2.0))
    left = [(-x, y) for x, y in reversed(right)]
    return CrossSection([np.array([(-r, 0.0), (r, 0.0), *right, tip, *left])])


def _opening(outline: Any, bottom: float, face: float, depth: float) -> Any:
    """Cut `depth` deep into the face that looks to −y at distance `face` from the axis."""
    body = outline.extrude(depth + 1.0).rotate((90.0, 0.0, 0.0))
    return body.translate((0.0, depth - face, bottom))


def _window(bottom: float, width: float, height: float) -> Any:
    shifts = (-4.0, 0.0, 4.0) if width < 2.5 else (0.0,)
    cuts = [_opening(_arch(width, height), bottom, _HALF, 1.2).translate((x, 0.0, 0.0)) for x in shifts]
    whole = cuts[0]
    for cut in cuts[1:]:
        whole += cut
    return whole


def _belfry() -> Any:
    """High windows of the drum."""
    return _opening(_arch(2.6, 5.0), 27.6, _DRUM, 1.6)


_CLOCK_HEIGHT, _CLOCK_RADIUS, _CLOCK_DEPTH = 35.6, 1.9, 0.6


def _clock() -> Any:
    from manifold3d import CrossSection

    angle = 2.0 * math.pi * np.arange(_CORNERS) / _CORNERS
    ring = _CLOCK_RADIUS * np.column_stack([np.cos(angle), np.sin(angle)])
    return _opening(CrossSection([ring]), _CLOCK_HEIGHT, _DRUM, _CLOCK_DEPTH)


def _hands() -> Any:
    """Ten past ten, as on clocks in shop windows."""
    hands = block((-0.2, 0.0, 0.0), (0.2, _CLOCK_DEPTH, 1.1)).rotate((0.0, -60.0, 0.0))
    hands += block((-0.16, 0.0, 0.0), (0.16, _CLOCK_DEPTH, 1.6)).rotate((0.0, 60.0, 0.0))
    return hands.translate((0.0, -_DRUM + 0.1, _CLOCK_HEIGHT))


def _pinnacle() -> Any:
    """A small pyramid on each corner of the shaft."""
    place = _HALF - 0.2
    foot = block((place - 1.2, place - 1.2, _SHAFT - 1.0), (place + 1.2, place + 1.2, _SHAFT + 1.5))
    wider = 1.2 * math.sqrt(2.0)
    tip = turned([(0.0, 0.0), (wider, 0.0), (0.12, 3.6), (0.0, 3.6)], 4).rotate((0.0, 0.0, 45.0))
    return foot + tip.translate((place, place, _SHAFT + 1.4))
