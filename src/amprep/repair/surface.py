r"""How often a closed surface winds around points.

::

          ╱ ray      a triangle that the ray leaves through counts 1, one that it enters through -1;
      ┌──╱──┐        a ray that comes near an edge, and a point near a triangle, are doubtful,
      │ ·   │        and for these the solid angles of all triangles are summed
      └─────┘

Algorithm
    Summing needs all triangles for each point, so from some points on a tree of the triangles' boxes as seen
    along a slanted ray is made. Slanted, as the edges of parts are mostly not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.kernels.shells import winding_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Surface"]

#: Triangles below which summing is cheap, and points from which on a tree pays.
_FEW_TRIANGLES, _SOME_POINTS = 512, 60

#: How far the ray goes along x and y while it goes one up.
_SLANT_X, _SLANT_Y = 0.1372, 0.2291

#: What is doubtful, as a share of the largest coordinate and of its powers; rounding is a thousandth of it.
_DOUBT = 1e-12


class Surface:
    """A closed surface.

    Parameters
    ----------
    vertices : (V, 3) float64, mm
    faces : (F, 3) int32
        Read-only.

    """

    def __init__(self, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> None:
        self._vertices = vertices
        self._faces = faces
        self._everywhere = np.ones(len(faces), dtype=np.bool_)
        self._asked = 0
        self._slanted: _Slanted | None = None

    @property
    def triangles(self) -> int:
        return len(self._faces)

    def windings(self, points: NDArray[np.float64]) -> Iterator[float]:
        """Of each of the points, (N, 3) float64 in mm, one after the other; on the surface any number."""
        self._asked += len(points)
        if self.triangles < _FEW_TRIANGLES or self._asked < _SOME_POINTS:
            yield from map(self._summed, points)
            return
        if self._slanted is None:
            self._slanted = _Slanted(self._vertices[self._faces])
        counted, is_doubtful = self._slanted.windings(points)
        for point, winding, doubt in zip(points, counted.tolist(), is_doubtful.tolist(), strict=True):
            yield self._summed(point) if doubt else winding

    def _summed(self, point: NDArray[np.float64]) -> float:
        x, y, z = point.tolist()
        return winding_number(self._vertices, self._faces, self._everywhere, x, y, z)


class _Slanted:
    """Triangles, (F, 3, 3) float64 in mm, in a frame whose third axis the ray runs along."""

    def __init__(self, corners: NDArray[np.float64]) -> None:
        from shapely import STRtree, box

        self._corners = _slanted(corners)
        self._size = float(np.abs(self._corners).max())
        slack = 1e3 * _DOUBT * self._size
        low, high = self._corners.min(axis=1) - slack, self._corners.max(axis=1) + slack
        self._top = high[:, 2]
        self._tree = STRtree(box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))

    def windings(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Of each point how often the triangles wind around it, and whether that is in doubt."""
        from shapely import points as as_points

        placed = _slanted(points)
        point, triangle = self._tree.query(as_points(placed[:, :2]))
        is_met = self._top[triangle] >= placed[point, 2]
        point, triangle = point[is_met], triangle[is_met]
        a, b, c = ((self._corners[triangle, i] - placed[point]).T for i in range(3))
        sides = np.stack([_turn(b, c), _turn(c, a), _turn(a, b)])
        height = sides[0] * a[2] + sides[1] * b[2] + sides[2] * c[2]
        size = max(self._size, float(np.abs(placed).max()))
        least = _DOUBT * size**2
        leaves, enters = (sides > least).all(axis=0), (sides < -least).all(axis=0)
        is_beside = (sides > least).any(axis=0) & (sides < -least).any(axis=0)
        is_unclear = ~is_beside & (~(leaves | enters) | (np.abs(height) <= least * size))
        count = np.zeros(len(points))
        np.add.at(count, point[leaves & (height > 0)], 1.0)
        np.add.at(count, point[enters & (height < 0)], -1.0)
        doubtful: NDArray[Any] = np.zeros(len(points), dtype=np.bool_)
        doubtful[point[is_unclear]] = True
        return count, doubtful


def _slanted(places: NDArray[np.float64]) -> NDArray[np.float64]:
    along_z = places[..., 2]
    x, y = places[..., 0] - _SLANT_X * along_z, places[..., 1] - _SLANT_Y * along_z
    return np.stack([x, y, along_z], axis=-1)


def _turn(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    turn: NDArray[np.float64] = p[0] * q[1] - p[1] * q[0]
    return turn
