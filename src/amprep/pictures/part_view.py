"""A part as one sees it: parallel rays from the front right above, grey shades, dark edges, no background.

Algorithm: every triangle that looks at the viewer is cut into rows of pixels, all rows of many triangles at
once; each pixel keeps what lies nearest. Edges are where the normal or the depth jumps from pixel to pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from amprep.model.mesh import Mesh

__all__ = ["draw_parts", "parts_png"]

_AZIMUTH_DEG, _ELEVATION_DEG = -55.0, 28.0
_LIGHT = np.array([-0.35, 0.45, 0.82])
_DARK, _BRIGHT = np.array([70.0, 84.0, 98.0]), np.array([236.0, 240.0, 244.0])
_EDGE = np.array([38.0, 46.0, 54.0])
_FOLD = 0.86
_MARGIN = 0.03
_FINER = 2
_PIXELS_AT_ONCE = 4_000_000


def parts_png(
    parts: Sequence[tuple[Mesh, tuple[float, float]]], *, width_px: int = 960, height_px: int = 600
) -> bytes:
    """The picture of parts as PNG with a transparent ground; the same bytes for the same parts.

    Parameters
    ----------
    parts : sequence of (Mesh, (x, y))
        Each with where its middle stands, seen from above, in mm.

    """
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.fromarray(draw_parts(parts, width_px=width_px, height_px=height_px)).save(stream, "png")
    return stream.getvalue()


def draw_parts(
    parts: Sequence[tuple[Mesh, tuple[float, float]]], *, width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """Colours and opacity: (height, width, 4) uint8."""
    width, height = _FINER * width_px, _FINER * height_px
    corners = np.concatenate([_standing(mesh, place) for mesh, place in parts])
    seen = corners @ _view().T
    normals = np.cross(seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 0])
    sizes = np.linalg.norm(normals, axis=1)
    front = normals[:, 2] > 1e-9 * np.maximum(sizes, 1e-30)
    seen, normals = seen[front], normals[front] / sizes[front, None]
    on_screen, scale = _on_screen(seen, width, height)
    nearest = _nearest(on_screen, width, height)
    return _smaller(_painted(nearest, on_screen, normals, scale, width, height))


def _standing(mesh: Mesh, place: tuple[float, float]) -> NDArray[np.float64]:
    """(T, 3, 3) float64, mm."""
    low, high = mesh.bounds_mm
    middle = 0.5 * (low + high)
    shift = np.array([place[0] - middle[0], place[1] - middle[1], -low[2]])
    corners: NDArray[np.float64] = (mesh.vertices + shift)[mesh.faces]
    return corners


def _view() -> NDArray[np.float64]:
    """Rows: to the right, upwards, towards the viewer."""
    azimuth, elevation = np.radians(_AZIMUTH_DEG), np.radians(_ELEVATION_DEG)
    towards = np.array(
        [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards])


def _on_screen(seen: NDArray[np.float64], width: int, height: int) -> tuple[NDArray[np.float64], float]:
    """Corners in pixels, y downwards, depth growing towards the viewer; pixels per mm."""
    low, high = seen.min(axis=(0, 1)), seen.max(axis=(0, 1))
    room = 1.0 - 2.0 * _MARGIN
    scale = float(min(room * width / (high[0] - low[0]), room * height / (high[1] - low[1])))
    middle = 0.5 * (low + high)
    placed = (seen - middle) * scale
    placed[..., 1] *= -1.0
    return placed + np.array([0.5 * width, 0.5 * height, 0.0]), scale


def _nearest(corners: NDArray[np.float64], width: int, height: int) -> NDArray[np.int64]:
    """Which triangle each pixel shows: (height * width,) int64, −1 for none."""
    shown = np.full(width * height, -1, dtype=np.int64)
    depth = np.full(width * height, -np.inf)
    rows, owner = _rows(corners, height)
    left, right = _spans(corners[owner], rows + 0.5)
    first = np.maximum(np.ceil(left - 0.5), 0).astype(np.int64)
    counts = np.maximum(np.minimum(np.floor(right - 0.5), width - 1).astype(np.int64) - first + 1, 0)
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        base = ends[begin - 1] if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, base + _PIXELS_AT_ONCE, side="right")))
        some = slice(begin, stop)
        inside = _counting(counts[some])
        column = np.repeat(first[some], counts[some]) + inside
        row = np.repeat(rows[some], counts[some])
        triangle = np.repeat(owner[some], counts[some])
        here = _depths(corners[triangle], column + 0.5, row + 0.5)
        pixel = row * width + column
        order = np.argsort(here, kind="stable")
        pixel, triangle, here = pixel[order], triangle[order], here[order]
        nearer = here > depth[pixel]
        # Of several values for one pixel the last one stays, which is the nearest.
        shown[pixel[nearer]] = triangle[nearer]
        depth[pixel[nearer]] = here[nearer]
        begin = stop
    return shown


def _rows(corners: NDArray[np.float64], height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of pixels whose middle lies in each triangle, and the triangle of each."""
    low = np.ceil(corners[..., 1].min(axis=1) - 0.5).astype(np.int64).clip(0, height)
    high = np.floor(corners[..., 1].max(axis=1) - 0.5).astype(np.int64).clip(-1, height - 1)
    counts = np.maximum(high - low + 1, 0)
    return np.repeat(low, counts) + _counting(counts), np.repeat(np.arange(len(counts)), counts)


def _spans(corners: NDArray[np.float64], y: NDArray[Any]) -> tuple[Any, Any]:
    """Where a row cuts triangles: least and greatest x."""
    left, right = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        y0, y1 = corners[:, a, 1], corners[:, b, 1]
        cuts = (np.minimum(y0, y1) <= y) & (y <= np.maximum(y0, y1)) & (y0 != y1)
        share = np.where(cuts, (y - y0) / np.where(y0 == y1, 1.0, y1 - y0), 0.0)
        x = corners[:, a, 0] + share * (corners[:, b, 0] - corners[:, a, 0])
        left = np.where(cuts, np.minimum(left, x), left)
        right = np.where(cuts, np.maximum(right, x), right)
    is_cut = left <= right
    return np.where(is_cut, left, 1.0), np.where(is_cut, right, 0.0)


def _depths(corners: NDArray[np.float64], x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    a = corners[:, 0]
    u, v = corners[:, 1] - a, corners[:, 2] - a
    normal_x = u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1]
    normal_y = u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2]
    normal_z = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    plane: NDArray[np.float64] = a[:, 2] - (normal_x * (x - a[:, 0]) + normal_y * (y - a[:, 1])) / normal_z
    # At the rim of steep triangles the plane runs away; no pixel lies outside of its triangle's depths.
    return plane.clip(corners[..., 2].min(axis=1), corners[..., 2].max(axis=1))


def _counting(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … for each count, one after the other."""
    starts = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) - np.repeat(starts, counts)


def _painted(
    shown: NDArray[np.int64],
    corners: NDArray[np.float64],
    normals: NDArray[np.float64],
    scale: float,
    width: int,
    height: int,
) -> NDArray[np.float64]:
    """(height, width, 4) float64, 0 to 255."""
    is_part = (shown >= 0).reshape(height, width)
    safe = np.maximum(shown, 0)
    y, x = np.divmod(np.arange(width * height), width)
    depth = np.full(width * height, -1e9)
    inside = np.flatnonzero(shown >= 0)
    depth[inside] = _depths(corners[shown[inside]], x[inside] + 0.5, y[inside] + 0.5) / scale
    normal = normals[safe].reshape(height, width, 3)
    light = _LIGHT / np.linalg.norm(_LIGHT)
    bright = np.clip(0.5 + 0.5 * normal @ light, 0.0, 1.0) ** 1.2
    colour = _DARK + bright[..., None] * (_BRIGHT - _DARK)
    edges = _edges(depth.reshape(height, width), normal, is_part)
    colour[edges] = _EDGE
    opacity = np.where(is_part | edges, 255.0, 0.0)
    return np.dstack([colour, opacity])


def _edges(
    depth: NDArray[np.float64], normal: NDArray[np.float64], is_part: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Pixels at a fold or before something that lies farther back."""
    edges = np.zeros(depth.shape, dtype=bool)
    size = float(np.ptp(depth[is_part])) if is_part.any() else 1.0
    for axis in (0, 1):
        here = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        there = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        both = is_part[here] & is_part[there]
        fold = both & ((normal[here] * normal[there]).sum(axis=-1) < _FOLD)
        step = both & (np.abs(depth[here] - depth[there]) > 0.02 * size)
        rim = is_part[here] != is_part[there]
        found = fold | step | rim
        edges[here] |= found
        edges[there] |= found & ~fold
    return edges


def _smaller(painted: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Each pixel the mean of finer ones, weighted by how opaque these are."""
    height, width, _ = painted.shape
    blocks = painted.reshape(height // _FINER, _FINER, width // _FINER, _FINER, 4)
    opacity = blocks[..., 3:]
    weight = np.maximum(opacity.sum(axis=(1, 3)), 1e-9)
    colour = (blocks[..., :3] * opacity).sum(axis=(1, 3)) / weight
    alpha = opacity.mean(axis=(1, 3))
    smaller: NDArray[np.uint8] = np.rint(np.concatenate([colour, alpha], axis=-1)).astype(np.uint8)
    return smaller
