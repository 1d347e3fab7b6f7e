"""Simple watertight bodies of known volume."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from amprep.demonstrators.solids import mesh_of_solid
from amprep.model.mesh import Mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["box", "cylinder", "gyroid", "plate_with_holes", "sphere", "thin_walls"]


def box(size_mm: tuple[float, float, float]) -> Mesh:
    """A box from the origin to `size_mm`; 12 triangles, volume x y z."""
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=3))) * np.asarray(size_mm, dtype=np.float64)
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Mesh(corners, faces)


def cylinder(diameter_mm: float, height_mm: float, segments: int = 128) -> Mesh:
    """An upright prism on a regular polygon about the origin, from z = 0 upwards; 4 n triangles.

    The polygon with n = `segments` corners lies on the circle, so the volume is
    n / 2 · sin(2 π / n) · r² · height.
    """
    angle = 2.0 * np.pi * np.arange(segments) / segments
    ring = 0.5 * diameter_mm * np.column_stack([np.cos(angle), np.sin(angle)])
    low = np.column_stack([ring, np.zeros(segments)])
    high = np.column_stack([ring, np.full(segments, height_mm)])
    middles = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, height_mm]])
    here = np.arange(segments)
    after = (here + 1) % segments
    bottom, top = np.full(segments, 2 * segments), np.full(segments, 2 * segments + 1)
    faces = np.concatenate(
        [
            np.column_stack([here, after, after + segments]),
            np.column_stack([here, after + segments, here + segments]),
            np.column_stack([bottom, after, here]),
            np.column_stack([top, here + segments, after + segments]),
        ],
        dtype=np.int32,
    )
    return Mesh(np.concatenate([low, high, middles]), faces)


def sphere(diameter_mm: float, subdivisions: int = 5) -> Mesh:
    """An icosahedron divided `subdivisions` times, about the origin; 20 · 4ⁿ triangles on the sphere.

    Its volume comes near π d³ / 6 from below; what is missing falls to a quarter with each division.
    """
    golden = (1.0 + np.sqrt(5.0)) / 2.0
    flat = np.array([[s, t * golden, 0.0] for s in (-1.0, 1.0) for t in (-1.0, 1.0)])
    vertices = np.concatenate([np.roll(flat, turn, axis=1) for turn in range(3)])
    faces = _hull_of_icosahedron(vertices)
    vertices /= np.linalg.norm(vertices[0])
    for _ in range(subdivisions):
        vertices, faces = _divide(vertices, faces)
        vertices /= np.linalg.norm(vertices, axis=1)[:, None]
    return Mesh(0.5 * diameter_mm * vertices, faces.astype(np.int32))


def _hull_of_icosahedron(vertices: NDArray[np.float64]) -> NDArray[np.int64]:
    """The 20 triangles of three corners at distance 2, turned outwards: (20, 3)."""
    gaps = np.linalg.norm(vertices[:, None] - vertices[None], axis=2)
    near = np.isclose(gaps, 2.0)
    triples = [
        t
        for t in itertools.combinations(range(12), 3)
        if near[t[0], t[1]] and near[t[1], t[2]] and near[t[0], t[2]]
    ]
    faces = np.array(triples)
    inward = np.linalg.det(vertices[faces]) < 0.0
    faces[inward] = faces[inward][:, ::-1]
    return faces


def _divide(
    vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Each triangle into four, with new vertices in the middles of the edges."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    keys = edges.min(axis=1) * len(vertices) + edges.max(axis=1)
    unique, number = np.unique(keys, return_inverse=True)
    middles = 0.5 * (vertices[unique // len(vertices)] + vertices[unique % len(vertices)])
    ab, bc, ca = number.reshape(3, -1) + len(vertices)
    a, b, c = faces.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    divided = np.stack([np.column_stack(part) for part in parts], axis=1).reshape(-1, 3)
    return np.concatenate([vertices, middles]), divided


def plate_with_holes(
    size_mm: tuple[float, float, float] = (100.0, 60.0, 6.0),
    *,
    hole_diameter_mm: float = 8.0,
    holes: tuple[int, int] = (5, 3),
    segments: int = 64,
) -> Mesh:
    """A plate from the origin to `size_mm` with a grid of through holes of n = `segments` corners each.

    Volume: (x y − columns · rows · n / 2 · sin(2 π / n) · r²) z.
    """
    from manifold3d import CrossSection

    width, depth, height = size_mm
    columns, rows = holes
    angle = 2.0 * np.pi * np.arange(segments) / segments
    ring = 0.5 * hole_diameter_mm * np.column_stack([np.cos(angle), np.sin(angle)])
    outline = np.array([[0.0, 0.0], [width, 0.0], [width, depth], [0.0, depth]])
    rings = [
        ring[::-1] + np.array([width * (column + 0.5) / columns, depth * (row + 0.5) / rows])
        for column in range(columns)
        for row in range(rows)
    ]
    return mesh_of_solid(CrossSection([outline, *rings]).extrude(height))


def thin_walls(
    thicknesses_mm: tuple[float, ...] = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
    *,
    height_mm: float = 10.0,
    length_mm: float = 20.0,
    gap_mm: float = 2.0,
    base_mm: float = 2.0,
) -> Mesh:
    """A comb: walls of rising thickness along y, side by side in x on a base.

    The base is as wide as all walls and the gaps beside them. Volume: length · (base · (sum of the
    thicknesses + (walls + 1) · gap) + height · sum of the thicknesses).
    """
    from manifold3d import CrossSection

    top = base_mm + height_mm
    x = sum(thicknesses_mm) + gap_mm * (len(thicknesses_mm) + 1)
    outline = [(0.0, 0.0), (x, 0.0), (x, base_mm)]
    for thickness in reversed(thicknesses_mm):
        right, x = x - gap_mm, x - gap_mm - thickness
        outline += [(right, base_mm), (right, top), (x, top), (x, base_mm)]
    outline.append((0.0, base_mm))
    comb = CrossSection([np.array(outline)]).extrude(length_mm).rotate((90.0, 0.0, 0.0))
    return mesh_of_solid(comb.translate((0.0, length_mm, 0.0)))


def gyroid(size_mm: float = 20.0, cell_mm: float = 10.0, resolution: int = 12) -> Mesh:
    """A cube from the origin, filled by one of the two sides of a gyroid.

    sin x cos y + sin y cos z + sin z cos x > 0, x = 2 π · x_mm / `cell_mm` and so on. When the cube holds
    whole cells, the volume is size³ / 2 but for the facets, as the other side is the same shape turned.

    Parameters
    ----------
    size_mm, cell_mm : float
        Edges of the cube and of a cell.
    resolution : int
        Triangle edges along a cell.

    """
    from math import cos, sin, tau

    from manifold3d import Manifold

    turn = tau / cell_mm

    def inside(x: float, y: float, z: float) -> float:
        u, v, w = x * turn, y * turn, z * turn
        return sin(u) * cos(v) + sin(v) * cos(w) + sin(w) * cos(u)

    bounds = (0.0, 0.0, 0.0, size_mm, size_mm, size_mm)
    return mesh_of_solid(Manifold.level_set(inside, bounds, cell_mm / resolution))
