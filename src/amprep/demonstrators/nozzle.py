"""A nozzle with a cooling channel that winds along its wall: no drill can make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.demonstrators.solids import block, mesh_of_solid, rod, turned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh

__all__ = ["CHANNEL_MM", "nozzle", "nozzle_cut", "way_of_channel"]

CHANNEL_MM = 3.0

_FOOT_MM, _FLANGE_MM, _FLANGE_HEIGHT_MM = 14.0, 17.0, 4.0
_TOP_MM, _HEIGHT_MM = 8.5, 36.0
_BORE_MM, _MOUTH_MM = 6.0, 2.0
_TURNS, _FIRST_MM, _LAST_MM = 4.0, 5.5, 30.0
_STEPS, _CORNERS, _SIDES = 320, 24, 128


def nozzle() -> Mesh:
    """A cone of 34 mm at its flange and 36 mm height about the z axis, with bore and winding channel."""
    return mesh_of_solid(_body())


def nozzle_cut() -> Mesh:
    """The same, cut in half, so that one sees the channel."""
    return mesh_of_solid(_body() ^ block((-50.0, 0.0, -1.0), (50.0, 50.0, 50.0)))


def way_of_channel() -> NDArray[np.float64]:
    """Middle of the channel within the wall: (n, 3) float64, mm."""
    share = np.linspace(0.0, 1.0, _STEPS + 1)
    height = _FIRST_MM + (_LAST_MM - _FIRST_MM) * share
    outside = _FOOT_MM + (_TOP_MM - _FOOT_MM) * (height / _HEIGHT_MM)
    inside = _BORE_MM + (_MOUTH_MM - _BORE_MM) * (height / _HEIGHT_MM)
    radius = 0.5 * (outside + inside)
    angle = 2.0 * np.pi * _TURNS * share
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])


def _body() -> Any:
    cone = turned(
        [
            (_BORE_MM, 0.0),
            (_FLANGE_MM, 0.0),
            (_FLANGE_MM, _FLANGE_HEIGHT_MM),
            (_FOOT_MM, _FLANGE_HEIGHT_MM + _FLANGE_MM - _FOOT_MM),
            (_TOP_MM, _HEIGHT_MM),
            (_MOUTH_MM, _HEIGHT_MM),
        ],
        _SIDES,
    )
    way = way_of_channel()
    body = cone - _tube(way)
    # In and out: straight to the outside, in the direction in which the winding ends.
    for end in (way[0], way[-1]):
        outwards = end * (1.0, 1.0, 0.0) / np.hypot(end[0], end[1])
        body -= rod(tuple(end), tuple(end + 20.0 * outwards), 0.5 * CHANNEL_MM, _CORNERS)
    return body


def _tube(way: NDArray[np.float64]) -> Any:
    """A closed tube about a way: rings of corners, joined by triangles, with a fan at each end."""
    from manifold3d import Manifold, Mesh64

    along = np.gradient(way, axis=0)
    along /= np.linalg.norm(along, axis=1)[:, None]
    outwards = way * (1.0, 1.0, 0.0)
    outwards -= np.sum(outwards * along, axis=1)[:, None] * along
    outwards /= np.linalg.norm(outwards, axis=1)[:, None]
    upwards = np.cross(along, outwards)
    angle = 2.0 * np.pi * np.arange(_CORNERS) / _CORNERS
    ring = (
        0.5
        * CHANNEL_MM
        * (np.cos(angle)[None, :, None] * outwards[:, None] + np.sin(angle)[None, :, None] * upwards[:, None])
    )
    corners = (way[:, None] + ring).reshape(-1, 3)
    here = np.arange(_CORNERS)
    after = (here + 1) % _CORNERS
    first = _CORNERS * np.arange(len(way) - 1)[:, None]
    a, b, c, d = (first + one for one in (here, after, after + _CORNERS, here + _CORNERS))
    sides = np.stack([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)]).reshape(-1, 3)
    last = _CORNERS * (len(way) - 1)
    caps = np.array(
        [[0, i + 1, i] for i in range(1, _CORNERS - 1)]
        + [[last, last + i, last + i + 1] for i in range(1, _CORNERS - 1)]
    )
    return Manifold(
        Mesh64(vert_properties=corners, tri_verts=np.concatenate([sides, caps]).astype(np.uint64))
    )
