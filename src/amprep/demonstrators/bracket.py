"""The bracket: a part with all that a slicer meets, made by code, free to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.demonstrators.solids import mesh_of_solid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh

__all__ = ["bracket"]

_LENGTH, _DEPTH, _PLATE = 108.0, 56.0, 9.0
_CORNER_RADIUS = 9.0
_HOLE_INSET, _HOLE_RADIUS, _HEAD_RADIUS, _HEAD_DEPTH = 12.0, 3.3, 6.0, 3.5
_LUG_RADIUS, _LUG_THICKNESS, _BORE_RADIUS = 17.0, 16.0, 9.0
_BORE_HEIGHT = 27.0
_RIB_THICKNESS, _RIB_REACH, _RIB_TOP = 7.0, 34.0, 26.0
_POCKET = (40.0, 9.0, 4.0)
_EDGE_RADIUS = 1.5
_EDGE_STEPS = 6
_CIRCLE = 160


def bracket() -> Mesh:
    """A bearing bracket of 108 × 56 × 44 mm: plate, four screw holes, lug with bore, two ribs, pockets.

    It stands on z = 0 with a corner of its bounding box at the origin. Watertight; about 14,000 triangles.
    """
    x, y = 0.5 * _LENGTH, 0.5 * _DEPTH
    body = _plate() + _lug(x, y) + _rib(x, y, 1.0) + _rib(x, y, -1.0)
    for hole_x in (_HOLE_INSET, _LENGTH - _HOLE_INSET):
        for hole_y in (_HOLE_INSET, _DEPTH - _HOLE_INSET):
            body -= _screw_hole().translate((hole_x, hole_y, 0.0))
    for pocket_y in (0.5 * (y - 0.5 * _LUG_THICKNESS), 1.5 * y + 0.25 * _LUG_THICKNESS):
        body -= _pocket().translate((x, pocket_y, _PLATE))
    bore = _turned([(0.0, -1.0), (_BORE_RADIUS + 2.0, -1.0), (_BORE_RADIUS, 1.0)], 0.5 * _LUG_THICKNESS)
    return mesh_of_solid(body - bore.rotate((90.0, 0.0, 0.0)).translate((x, y, _BORE_HEIGHT)))


def _circle(radius: float, x: float, y: float) -> NDArray[np.float64]:
    """Corners of a circle: (n, 2) float64, mm."""
    angle = 2.0 * np.pi * np.arange(_CIRCLE) / _CIRCLE
    return radius * np.column_stack([np.cos(angle), np.sin(angle)]) + (x, y)


def _cushion(circles: list[tuple[float, float, float]], low: float, high: float, *, round_low: bool) -> Any:
    """The hull of `circles` (radius, x, y) from z = `low` to `high`, with rounded edges above, or both."""
    from manifold3d import Manifold

    angle = 0.5 * np.pi * np.arange(_EDGE_STEPS + 1) / _EDGE_STEPS
    steps = [(_EDGE_RADIUS * (1.0 - np.cos(a)), high - _EDGE_RADIUS * (1.0 - np.sin(a))) for a in angle]
    steps += [(inset, low + high - z) for inset, z in steps] if round_low else [(0.0, low)]
    rings = [
        np.column_stack([_circle(radius - inset, x, y), np.full(_CIRCLE, z)])
        for inset, z in steps
        for radius, x, y in circles
    ]
    return Manifold.hull_points(np.concatenate(rings))


def _plate() -> Any:
    r = _CORNER_RADIUS
    corners = [(r, x, y) for x in (r, _LENGTH - r) for y in (r, _DEPTH - r)]
    return _cushion(corners, 0.0, _PLATE, round_low=False)


def _lug(x: float, y: float) -> Any:
    """Upright, with a round top; its foot reaches into the plate."""
    foot = [(2.0, side * (_LUG_RADIUS + 3.0), _PLATE - 3.0) for side in (-1.0, 1.0)]
    half = 0.5 * _LUG_THICKNESS
    lug = _cushion([(_LUG_RADIUS, 0.0, _BORE_HEIGHT), *foot], -half, half, round_low=True)
    return lug.rotate((90.0, 0.0, 0.0)).translate((x, y, 0.0))


def _rib(x: float, y: float, side: float) -> Any:
    """Runs down from the lug to the plate, on the side +x or −x."""
    r = _EDGE_RADIUS + 0.5
    tip = _PLATE - 4.0
    circles = [
        (r, side * 8.0, tip),
        (r, side * 14.0, _RIB_TOP),
        (r, side * (_LUG_RADIUS + _RIB_REACH - 6.0), tip),
    ]
    half = 0.5 * _RIB_THICKNESS
    rib = _cushion(circles, -half, half, round_low=True)
    return rib.rotate((90.0, 0.0, 0.0)).translate((x, y, 0.0))


def _screw_hole() -> Any:
    """Through hole with a counterbore and a small chamfer above, standing on z = 0."""
    from manifold3d import CrossSection

    seat = _PLATE - _HEAD_DEPTH
    profile = [
        (0.0, -1.0),
        (_HOLE_RADIUS, -1.0),
        (_HOLE_RADIUS, seat),
        (_HEAD_RADIUS, seat),
        (_HEAD_RADIUS, _PLATE - 0.6),
        (_HEAD_RADIUS + 1.6, _PLATE + 1.0),
        (0.0, _PLATE + 1.0),
    ]
    return CrossSection([np.array(profile)]).revolve(_CIRCLE)


def _turned(end: list[tuple[float, float]], half: float) -> Any:
    """A body about the z axis, the same above and below z = 0, from the profile of its lower end.

    `end` holds (radius, height above the end) from the axis outwards and inwards again.
    """
    from manifold3d import CrossSection

    low = [(radius, z - half) for radius, z in end]
    high = [(radius, -z) for radius, z in reversed(low)]
    return CrossSection([np.array(low + high)]).revolve(_CIRCLE)


def _pocket() -> Any:
    """A shallow tub with round ends that goes down from z = 0."""
    from manifold3d import CrossSection

    length, width, depth = _POCKET
    r = 0.5 * width
    ends = np.concatenate([_circle(r, side * (0.5 * length - r), 0.0) for side in (-1.0, 1.0)])
    return CrossSection.hull_points(ends).extrude(depth + 1.0).translate((0.0, 0.0, -depth))
