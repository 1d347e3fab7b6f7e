r"""A shaded view of triangles from one direction, as an image, however many they are.

::

        eye        each triangle is covered with points, closer together than pixels;
         \\         of the points that fall on a pixel, the nearest to the eye is seen
     ----\\----- pixels
       /  \\ \\
      /____\\_\\

Algorithm: points lie in rows along the longest edge of each triangle, so that a sliver takes no more of them
than its area needs. Which point is nearest in each pixel `depth_buffer` finds; edges are drawn where
neighbouring pixels differ in depth or in how they face.
Degeneracy rule: a triangle without area is a row of points; of two at one depth the first is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amprep.kernels.depth_buffer import NOTHING, cover_pixels
from amprep.model.arrays import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Camera", "camera_on", "seen_faces", "shaded_image"]

#: Distance of points on a triangle, in pixels.
_SPACING = 0.66
#: Pixels that are drawn for one of the image, on a side.
_FINER = 2
_DEPTH_STEPS = 2.0**30

#: Neighbours whose surfaces turn by more than this share an edge.
_EDGE_COS = 0.85
#: Triangles that are turned away, or as good as edge-on, are not seen: surfaces are closed.
_SIDEWAYS = 1e-4
#: A step in depth of so many pixels is an edge.
_STEP = 4.0
_INK = np.array([0.2, 0.2, 0.2])


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A parallel view.

    axes : (3, 3) float64
        Rows: to the right, upwards, towards the eye; unit vectors.
    """

    axes: NDArray[np.float64]
    centre_mm: tuple[float, float]
    """Middle of the view, in mm to the right and upwards."""
    pixels_per_mm: float
    width: int
    height: int

    def to_pixels(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 3) float64: from the left and from the top in pixels, and depth in mm, the nearest least."""
        seen = points_mm @ self.axes.T
        x = (seen[:, 0] - self.centre_mm[0]) * self.pixels_per_mm + self.width / 2
        y = self.height / 2 - (seen[:, 1] - self.centre_mm[1]) * self.pixels_per_mm
        return np.column_stack([x, y, -seen[:, 2]])


def camera_on(
    points_mm: NDArray[np.float64],
    *,
    azimuth_deg: float,
    elevation_deg: float,
    width: int,
    height: int,
    margin: float = 0.04,
) -> Camera:
    """A camera that sees all points, (N, 3) float64 in mm, as large as can be.

    Parameters
    ----------
    azimuth_deg : float
        Where the eye stands, from +x counter-clockwise.
    elevation_deg : float
        How far above the horizon it stands; below it from -90 to 0.
    width, height : int
        Of the image, in pixels.
    margin : float
        Share of the image that stays free on each side.

    """
    turn, lift = np.radians([azimuth_deg, elevation_deg])
    eye = np.array([np.cos(lift) * np.cos(turn), np.cos(lift) * np.sin(turn), np.sin(lift)])
    right = np.array([-np.sin(turn), np.cos(turn), 0.0])
    axes = np.stack([right, np.cross(eye, right), eye])
    seen = points_mm @ axes[:2].T
    low, high = seen.min(axis=0), seen.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    scale = float(min((1 - 2 * margin) * width / span[0], (1 - 2 * margin) * height / span[1]))
    x, y = ((low + high) / 2).tolist()
    return Camera(axes, (x, y), scale, width, height)


def shaded_image(
    vertices_mm: NDArray[np.float64],
    faces: NDArray[np.int32],
    colours: NDArray[np.float64],
    camera: Camera,
) -> NDArray[np.uint8]:
    """(height, width, 4) uint8: red, green, blue and opacity; the first row is the uppermost.

    Parameters
    ----------
    vertices_mm : (V, 3) float64, mm
    faces : (F, 3) int32
        Counter-clockwise seen from outside.
    colours : (F, 3) float64
        Of each triangle, from 0 to 1.
    camera : Camera

    """
    fine = Camera(
        camera.axes,
        camera.centre_mm,
        camera.pixels_per_mm * _FINER,
        camera.width * _FINER,
        camera.height * _FINER,
    )
    normal = _normals(vertices_mm, faces)
    faces, colours, normal = (one[normal @ camera.axes[2] > _SIDEWAYS] for one in (faces, colours, normal))
    if not len(faces):
        return np.zeros((camera.height, camera.width, 4), dtype=np.uint8)
    nearest, depth_mm = _nearest(vertices_mm, faces, fine)
    is_seen = nearest >= 0
    # Light from behind the eye's left shoulder; the side away from it is not black.
    light = camera.axes.T @ (np.array([-0.45, 0.55, 1.0]) / 1.226)
    bright = 0.5 + 0.5 * np.clip(0.5 + 0.5 * normal @ light, 0.0, 1.0)
    image = np.ones((*nearest.shape, 3))
    image[is_seen] = colours[nearest[is_seen]] * bright[nearest[is_seen], None]
    ink = _edges(nearest, depth_mm * fine.pixels_per_mm, normal, camera.axes[2])
    image[ink] = 0.25 * image[ink] + 0.75 * _INK
    opaque = (is_seen | ink).astype(np.float64)
    shape = camera.height, _FINER, camera.width, _FINER
    cover = opaque.reshape(shape).mean(axis=(1, 3))
    paint = (image * opaque[..., None]).reshape(*shape, 3).mean(axis=(1, 3))
    out = np.empty((camera.height, camera.width, 4))
    out[..., :3] = np.divide(paint, cover[..., None], out=np.ones_like(paint), where=cover[..., None] > 0)
    out[..., 3] = cover
    return np.asarray(np.round(255 * np.clip(out, 0, 1)), dtype=np.uint8)


def seen_faces(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int32], camera: Camera
) -> NDArray[np.int64]:
    """(height, width) int64: number of the triangle that each pixel sees, -1 for none.

    Parameters
    ----------
    vertices_mm : (V, 3) float64, mm
    faces : (F, 3) int32
        Counter-clockwise seen from outside.
    camera : Camera

    """
    front = np.flatnonzero(_normals(vertices_mm, faces) @ camera.axes[2] > _SIDEWAYS)
    if not len(front):
        return np.full((camera.height, camera.width), -1, dtype=np.int64)
    nearest, _ = _nearest(vertices_mm, faces[front], camera)
    return np.where(nearest >= 0, front[nearest], -1)


def _nearest(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int32], camera: Camera
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Number of the triangle that each pixel sees, -1 for none, and its depth in mm."""
    placed = camera.to_pixels(vertices_mm)
    low, high = float(placed[:, 2].min()), float(placed[:, 2].max())
    step = max(high - low, 1e-9) / _DEPTH_STEPS
    best = np.full(camera.width * camera.height, NOTHING, dtype=np.int64)
    covered = _rows_of_points(placed[faces])
    cover_pixels(*covered, low, step, 1.0 / camera.pixels_per_mm, camera.width, best)
    is_seen = best != NOTHING
    nearest = np.where(is_seen, best & (2**31 - 1), -1).reshape(camera.height, camera.width)
    depth_mm = np.where(is_seen, (best >> 31) * step + low, high).reshape(camera.height, camera.width)
    # A pixel between points of two triangles is as the one beside it.
    seen = nearest >= 0
    gap = np.zeros_like(seen)
    gap[1:-1, 1:-1] = ~seen[1:-1, 1:-1] & seen[:-2, 1:-1] & seen[2:, 1:-1] & seen[1:-1, :-2] & seen[1:-1, 2:]
    for one in (nearest, depth_mm):
        one[gap] = np.roll(one, 1, axis=1)[gap]
    return nearest, depth_mm


def _rows_of_points(
    corners: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How to cover triangles with points: a corner and ways to the others, points in a row, rows, order."""
    sides = np.stack(
        [np.hypot(*(corners[:, (i + 1) % 3] - corners[:, i])[:, :2].T) for i in range(3)], axis=1
    )
    longest = sides.argmax(axis=1)
    rows = np.arange(len(corners))
    a, b, c = (corners[rows, (longest + i) % 3] for i in range(3))
    base = sides[rows, longest]
    cross = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    tall = np.abs(cross) / np.maximum(base, 1e-12)
    along = np.ceil(base / _SPACING).astype(np.int64) + 1
    across = np.ceil(tall / _SPACING).astype(np.int64) + 1
    # The nearest first, and of those that begin in one point the largest: they hide the others.
    order = np.lexsort((-np.abs(cross), corners[:, :, 2].min(axis=1)))
    ways = np.stack([a, b - a, c - a], axis=1)
    return read_only(ways), read_only(along), read_only(across), read_only(order)


def _edges(
    nearest: NDArray[np.int64],
    depth: NDArray[np.float64],
    normal: NDArray[np.float64],
    eye: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Pixels on an edge: beside nothing, beside a step in depth, or beside a surface that is turned."""
    ink = np.zeros(nearest.shape, dtype=bool)
    is_seen = nearest >= 0
    towards = np.clip(normal @ eye, 1e-6, 1.0)
    # How much deeper a surface is one pixel further on, at most.
    slope = np.sqrt(1.0 - towards**2) / towards
    whole, start, end = slice(None), slice(None, -1), slice(1, None)
    for here, there in (((start, whole), (end, whole)), ((whole, start), (whole, end))):
        both = is_seen[here] & is_seen[there]
        one, other = nearest[here], nearest[there]
        turned = both & (one != other)
        turned[turned] = np.einsum("ij,ij->i", normal[one[turned]], normal[other[turned]]) < _EDGE_COS
        usual = _STEP + 2.0 * np.maximum(slope[one], slope[other])
        step = np.abs(depth[here] - depth[there]) > usual
        rim = is_seen[here] != is_seen[there]
        ink[here] |= (both & (turned | step)) | rim
        ink[there] |= rim
    # Edges are lines: a pixel alone is a sliver that looks another way.
    around = np.pad(ink.astype(np.int8), 1)
    height, width = nearest.shape[0], nearest.shape[1]
    beside = sum(
        around[1 + i : 1 + i + height, 1 + j : 1 + j + width] for i in (-1, 0, 1) for j in (-1, 0, 1)
    )
    return np.asarray(ink & (beside > 2))


def _normals(vertices_mm: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """(F, 3) float64: unit vectors outwards; nearly zero for a triangle without area."""
    a, b, c = (vertices_mm[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    unit: NDArray[np.float64] = normal / np.maximum(np.sqrt((normal**2).sum(axis=1, keepdims=True)), 1e-12)
    return unit
