# A table reads best with one case per line.
# ruff: noqa: E501, RUF005
"""Meshes that are hard or wrong, one table: verdict, exact area or volume, time and memory."""

from __future__ import annotations

import itertools
import math
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from tests.limits import within

from amprep.assembling import assemble
from amprep.demonstrators.primitives import box as box_mesh
from amprep.demonstrators.primitives import cylinder, sphere
from amprep.errors import AmprepError
from amprep.model.mending import Mending
from amprep.pipeline import prepare
from amprep.polygons import contour_band
from amprep.slicing import cut, plan_cuts

LAYER_MM = 0.04
SECONDS, MEMORY_MB = 5.0, 300.0


@dataclass(frozen=True)
class Case:
    """`make` gives (T, 3, 3) corners in mm; `area` is that of every layer, or follows from the plane's height.

    The height counts from the lowest point of the part.
    """

    name: str
    make: Callable[[], np.ndarray]
    verdict: str = "job"
    area: float | Callable[[float], float] | None = None
    volume: float | None = None
    repairs: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    even_odd: bool = False
    mending: Mending = field(default_factory=Mending)
    rel: float = 1e-6
    seconds: float = SECONDS
    memory_mb: float = MEMORY_MB


def soup(mesh):
    return mesh.vertices[mesh.faces]


def box(low, high):
    return soup(box_mesh(tuple(np.subtract(high, low).tolist()))) + np.asarray(low, dtype=np.float64)


def turned(triangles):
    return triangles[:, ::-1]


def one_turned(triangles, *which):
    triangles = triangles.copy()
    triangles[list(which)] = triangles[list(which)][:, ::-1]
    return triangles


def both(*parts):
    return np.concatenate(parts)


def prism(outline, low, high):
    """A simple polygon that is convex seen from its first corner, from `low` to `high`."""
    ring = np.asarray(outline, dtype=np.float64)
    n = len(ring)
    bottom, top = (np.column_stack([ring, np.full(n, z)]) for z in (low, high))
    triangles = []
    for i in range(n):
        k = (i + 1) % n
        triangles += [(bottom[i], bottom[k], top[k]), (bottom[i], top[k], top[i])]
    for i in range(1, n - 1):
        triangles += [(bottom[0], bottom[i + 1], bottom[i]), (top[0], top[i], top[i + 1])]
    return np.array(triangles)


def rotated(triangles, axis, degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    i, k = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[i, i], matrix[i, k], matrix[k, i], matrix[k, k] = c, -s, s, c
    return triangles @ matrix.T


def ring_of_quads(grid, *, flip):
    """Triangles of a closed grid of points, (n, m, 3); with `flip` the seam joins it upside down."""
    n, m = grid.shape[:2]
    triangles = []
    for i, k in itertools.product(range(n), range(m)):
        j, q = (i + 1) % n, (k + 1) % m
        here, up = grid[i, k], grid[i, q]
        right, far = grid[j, k], grid[j, q]
        if flip and j == 0:
            right, far = grid[0, -k % m], grid[0, -q % m]
        triangles += [(here, right, far), (here, far, up)]
    return np.array(triangles)


def torus(flip):
    """A ring, or with `flip` a Klein bottle, which passes through itself."""
    u, v = np.meshgrid(*(np.linspace(0, 2 * np.pi, n, endpoint=False) for n in (24, 12)), indexing="ij")
    if not flip:
        r = 3.0 + np.cos(v)
        return ring_of_quads(np.stack([r * np.cos(u), r * np.sin(u), 0.3 * np.sin(v)], axis=2), flip=False)
    # Lawson's figure of eight turns by half a turn while it goes round.
    r = 3.0 + np.cos(u / 2) * np.sin(v) - np.sin(u / 2) * np.sin(2 * v)
    z = np.sin(u / 2) * np.sin(v) + np.cos(u / 2) * np.sin(2 * v)
    return ring_of_quads(np.stack([r * np.cos(u), r * np.sin(u), z], axis=2), flip=True)


def halves(gap):
    """A box of 4 × 4 × 0.4 mm without the walls' middle: two open halves with a slit, their rims alike."""
    whole = box((0, 0, 0), (4, 4, 0.4))
    low, high = whole.copy(), whole.copy()
    low[low[:, :, 2] > 0.2] = low[low[:, :, 2] > 0.2] * (1, 1, 0) + (0, 0, 0.2)
    high[high[:, :, 2] < 0.2] = high[high[:, :, 2] < 0.2] * (1, 1, 0) + (0, 0, 0.2 + gap)
    low = low[~(low[:, :, 2] == 0.2).all(axis=1)]
    high = high[~(high[:, :, 2] == 0.2 + gap).all(axis=1)]
    return both(low, high)


def slit(width):
    """Two walls on a foot with a gap between: one closed body."""
    a = 2.0
    outline = [
        (0, 0),
        (a + width + a, 0),
        (a + width + a, 3),
        (a + width, 3),
        (a + width, 1),
        (a, 1),
        (a, 3),
        (0, 3),
    ]
    from manifold3d import CrossSection

    mesh = CrossSection([np.array(outline, dtype=np.float64)]).extrude(0.2).to_mesh64()
    return np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts).astype(np.int64)]


def sliver_divided(n):
    """A box of which one wall is divided at n corners on its lower edge that its neighbour lacks."""
    triangles = box((0, 0, 0), (4, 4, 0.2))
    lower = [
        i
        for i, t in enumerate(triangles)
        if np.count_nonzero((t[:, 2] == 0) & (t[:, 1] == 0)) == 2 and t[:, 2].any()
    ]
    at = lower[0]
    corners = triangles[at]
    while not ((corners[0, 2] == 0) and (corners[1, 2] == 0)):
        corners = np.roll(corners, -1, axis=0)
    shares = np.linspace(0, 1, n + 2)[:, None]
    path = corners[0] * (1 - shares) + corners[1] * shares
    fan = np.array([(p, q, corners[2]) for p, q in itertools.pairwise(path)])
    return both(np.delete(triangles, at, axis=0), fan)


def grid_of_boxes(n, *, turn=False, height=0.08):
    one = box((0, 0, 0), (0.5, 0.5, height))
    one = turned(one) if turn else one
    x, y = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    shift = np.column_stack([x.ravel(), y.ravel(), np.zeros(n * n)]) * 1.0
    return (one[None] + shift[:, None, None]).reshape(-1, 3, 3)


def noisy_number(value, corners=1):
    def make():
        triangles = box((0, 0, 0), (4, 4, 0.2))
        triangles.reshape(-1)[::3][:corners] = value
        return triangles

    return make


#: As a file holds them: a hair above 0.1 and 0.3, so that the plane there lies below.
TENTH, THREE_TENTHS = float(np.float32(0.1)), float(np.float32(0.3))

SQUARE = box((0, 0, 0), (4, 4, 0.2))
TWICE = math.sqrt(2.0)


def on_edge():
    """A bar of 1 × 1 mm and 3 mm length on one of its long edges."""
    return rotated(box((0, 0, 0), (3, 1, 1)), 0, 45.0)


def on_corner():
    """An octahedron of 1 mm from tip to middle."""
    x, y, z = np.eye(3)
    return np.array(
        [
            (a, b, c) if s * t * u > 0 else (a, c, b)
            for s, t, u in itertools.product((1, -1), repeat=3)
            for a, b, c in [(s * x, t * y, u * z)]
        ]
    )


def stepped(step):
    """A box of 4 × 4 mm up to `step`, and of 2 × 2 mm in its middle above, as two bodies that share a face."""
    return both(box((0, 0, 0), (4, 4, step)), box((1, 1, step), (3, 3, step + 0.2)))


def saw(height):
    """A saw's blade whose notches reach down to `height`."""
    teeth = 8
    outline = [(0.0, 0.0), (float(teeth), 0.0)]
    for i in range(teeth, 0, -1):
        outline += [(i - 0.5, 0.4), (i - 1.0, height)] if i > 1 else [(0.5, 0.4)]
    outline[1] = (float(teeth), 0.0)
    outline.insert(2, (float(teeth), height))
    outline.append((0.0, height))
    from manifold3d import CrossSection

    mesh = CrossSection([np.array(outline)]).extrude(2.0).to_mesh64()
    triangles = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts).astype(np.int64)]
    return rotated(triangles, 0, 90.0)


def saw_area(height):
    return lambda z: 2.0 * 8.0 * (1.0 if z < height else (0.4 - z) / (0.4 - height))


def random_soup(count):
    return np.random.default_rng(1).uniform(0, 10, (count, 3, 3)) * (1, 1, 0.05)


def nested(depth):
    shells = [
        box((i * 0.035, i * 0.035, i * 0.0011), (8 - i * 0.035, 8 - i * 0.035, 0.4 - i * 0.0011))
        for i in range(depth)
    ]
    return both(*(shell if i % 2 == 0 else turned(shell) for i, shell in enumerate(shells)))


def nested_area(depth):
    def area(z):
        rings = [(8 - 0.07 * i) ** 2 * (-1) ** i for i in range(depth) if i * 0.0011 < z < 0.4 - i * 0.0011]
        return sum(rings)

    return area


def membrane(count):
    """A box with a wall inside: `count` sheets in the middle, alternately turned."""
    sheet = np.array(
        [[(2, 0, 0), (2, 4, 0), (2, 4, 0.2)], [(2, 0, 0), (2, 4, 0.2), (2, 0, 0.2)]], dtype=np.float64
    )
    return both(SQUARE, *(sheet if i % 2 == 0 else turned(sheet) for i in range(count)))


PLANES = [
    Case("a box of five layers", lambda: SQUARE, area=16.0, volume=3.2),
    Case("a box between two planes", lambda: box((0, 0, 0), (4, 4, 0.1)), area=16.0),
    Case("a box whose top lies on a plane by a hair", lambda: box((0, 0, 0), (4, 4, 0.1000001)), area=16.0),
    Case("a step on a layer plane", lambda: stepped(0.1), area=lambda z: 16.0 if z < TENTH else 4.0),
    Case("a step between planes", lambda: stepped(0.12), area=lambda z: 16.0 if z < 0.12 else 4.0),
    Case("a step a hair over a plane", lambda: stepped(0.10001), area=lambda z: 16.0 if z < 0.10001 else 4.0),
    Case("notches that end on a plane", lambda: saw(0.1), area=saw_area(0.1), rel=1e-5),
    Case("notches that end between planes", lambda: saw(0.12), area=saw_area(0.12), rel=1e-5),
    Case(
        "a bar on its edge", on_edge, area=lambda z: 3.0 * 2.0 * min(z, TWICE - z), rel=1e-4
    ),
    Case("an octahedron on its tip", on_corner, area=lambda z: 2.0 * min(z, 2 - z) ** 2, rel=1e-4),
    Case("a ridge", lambda: rotated(prism([(0, 0), (2, 0), (1, 0.5)], 0, 3), 0, 90.0), area=lambda z: 6 * (1 - z / 0.5), rel=1e-5),
    Case("a ridge upside down", lambda: rotated(prism([(0, 0), (2, 0), (1, 0.5)], 0, 3), 0, -90.0), area=lambda z: 6 * z / 0.5, rel=1e-5),
    Case("bodies stacked face to face on a plane", lambda: both(box((0, 0, 0), (4, 4, 0.1)), box((0, 0, 0.1), (4, 4, 0.2))), area=16.0),
    Case("bodies stacked with a micrometre between", lambda: both(box((0, 0, 0), (4, 4, 0.1)), box((0, 0, 0.101), (4, 4, 0.2))), area=lambda z: 16.0 if not TENTH <= z < 0.101 else 0.0),
    Case("a cavity whose floor lies on a plane", lambda: both(box((0, 0, 0), (4, 4, 0.4)), turned(box((1, 1, 0.1), (3, 3, 0.3)))), area=lambda z: 12.0 if TENTH < z < THREE_TENTHS else 16.0),
]  # fmt: skip

TOPOLOGY = [
    Case("boxes that touch at an edge", lambda: both(box((0, 0, 0), (2, 2, 0.2)), box((2, 2, 0), (4, 4, 0.2))), area=8.0, warnings=("W213",)),
    Case("boxes that touch at a corner", lambda: both(box((0, 0, 0), (2, 2, 0.2)), box((2, 2, 0.2), (4, 4, 0.4))), area=4.0),
    Case("boxes that share a face", lambda: both(box((0, 0, 0), (2, 2, 0.2)), box((2, 0, 0), (4, 2, 0.2))), area=8.0),
    Case("boxes that share part of a face", lambda: both(box((0, 0, 0), (2, 2, 0.2)), box((2, 1, 0), (4, 3, 0.2))), area=8.0),
    Case("a box twice", lambda: both(SQUARE, SQUARE), area=16.0, repairs={"duplicates_dropped": 12}),
    Case("a box three times", lambda: both(SQUARE, SQUARE, SQUARE), area=16.0, repairs={"duplicates_dropped": 24}),
    Case("a box nearly twice", lambda: both(SQUARE, SQUARE + (1e-5, 0, 0)), area=16.00004, warnings=("W214",)),
    Case("boxes that overlap", lambda: both(SQUARE, SQUARE + (2, 2, 0)), area=28.0, warnings=("W214",)),
    Case("boxes that overlap, even-odd", lambda: both(SQUARE, SQUARE + (2, 2, 0)), area=24.0, even_odd=True),
    Case("a box in a box, both outwards", lambda: both(SQUARE, box((1, 1, 0.05), (3, 3, 0.15))), area=16.0, warnings=("W214",)),
    Case("a box in a box, even-odd", lambda: both(SQUARE, box((1, 1, 0.05), (3, 3, 0.15))), area=lambda z: 12.0 if 0.05 < z < 0.15 else 16.0, even_odd=True),
    Case("a cavity", lambda: both(SQUARE, turned(box((1, 1, 0.05), (3, 3, 0.15)))), area=lambda z: 12.0 if 0.05 < z < 0.15 else 16.0),
    Case("a cavity in a body inside out", lambda: turned(both(SQUARE, turned(box((1, 1, 0.05), (3, 3, 0.15))))), area=lambda z: 12.0 if 0.05 < z < 0.15 else 16.0, repairs={"shells_turned": 2}),
    Case("a body in a cavity", lambda: both(SQUARE, turned(box((1, 1, 0.03), (3, 3, 0.17))), box((1.5, 1.5, 0.05), (2.5, 2.5, 0.15))), area=lambda z: 13.0 if 0.05 < z < 0.15 else 12.0 if 0.03 < z < 0.17 else 16.0),
    Case("a cavity that touches the wall", lambda: both(SQUARE, turned(box((0, 1, 0.05), (3, 3, 0.15)))), area=lambda z: 10.0 if 0.05 < z < 0.15 else 16.0),
    Case("a cavity that sticks out of its box", lambda: both(SQUARE, turned(box((2, 1, 0.05), (4.5, 3, 0.15)))), area=lambda z: 12.0 if 0.05 < z < 0.15 else 16.0, warnings=("W274",)),
    Case("a cavity that sticks out", lambda: both(prism([(0, 0), (6, 0), (6, 1), (4, 1), (4, 4), (0, 4)], 0, 0.2), turned(box((2, 1, 0.05), (4.5, 3, 0.15)))), area=lambda z: 14.0 if 0.05 < z < 0.15 else 18.0, warnings=("W274",)),
    Case("a body inside out beside another", lambda: both(SQUARE, turned(SQUARE + (5, 0, 0))), area=32.0, repairs={"shells_turned": 1}),
    Case("twenty-one shells in each other", lambda: nested(21), area=nested_area(21), rel=1e-5),
    Case("one triangle turned", lambda: one_turned(SQUARE, 3), area=16.0, repairs={"triangles_turned": 1}),
    Case("five triangles turned", lambda: one_turned(SQUARE, 0, 3, 5, 8, 11), area=16.0, repairs={"triangles_turned": 5}),
    Case("seven triangles turned", lambda: one_turned(SQUARE, 0, 1, 3, 5, 8, 9, 11), area=16.0),
    Case("every triangle turned", lambda: turned(SQUARE), area=16.0, repairs={"shells_turned": 1}),
    Case("a surplus triangle", lambda: both(SQUARE, SQUARE[4:5]), area=16.0, repairs={"duplicates_dropped": 1}),
    Case("a surplus triangle the other way round", lambda: both(SQUARE, turned(SQUARE[4:5])), area=16.0, repairs={"duplicates_dropped": 1}),
    Case("a missing triangle", lambda: SQUARE[1:], verdict="E203"),
    Case("a missing triangle, filled", lambda: SQUARE[1:], area=16.0, mending=Mending(fill_holes=True), repairs={"holes_filled": 1}),
    Case("a missing lid", lambda: SQUARE[~(SQUARE[:, :, 2] == 0.2).all(axis=1)], verdict="E203"),
    Case("a missing lid, filled", lambda: SQUARE[~(SQUARE[:, :, 2] == 0.2).all(axis=1)], area=16.0, mending=Mending(fill_holes=True)),
    Case("a fin on a box", lambda: both(SQUARE, [[SQUARE[0][0], SQUARE[0][1], (9, 9, 0.1)]]), verdict="E203"),
    Case("a loose triangle beside a box", lambda: both(SQUARE, SQUARE[:1] + (9, 0, 0)), verdict="E203"),
    Case("a wall inside of a box", lambda: membrane(1), verdict="E203"),
    Case("a wall inside of a box, with two sides", lambda: membrane(2), area=16.0),
    Case("a single triangle", lambda: SQUARE[:1], verdict="E203"),
    Case("a triangle with two sides", lambda: both(SQUARE[:1], turned(SQUARE[:1])), verdict="E209"),
    Case("a box and its negative", lambda: both(SQUARE, turned(SQUARE)), verdict="E209|job"),
    Case("a ring", lambda: torus(False), volume=None),
    Case("a Klein bottle", lambda: torus(True), verdict="E208"),
    Case("corners on the neighbour's edge", lambda: sliver_divided(1), area=16.0, repairs={"edges_split": 1}),
    Case("thirty corners on the neighbour's edge", lambda: sliver_divided(30), area=16.0, repairs={"edges_split": 1}),
    Case("triangles without area that close the mesh", lambda: both(sliver_divided(1), [[(0, 0, 0), (2, 0, 0), (4, 0, 0)]]), area=16.0),
]  # fmt: skip

SLITS = [
    *(
        Case(
            f"halves {1000 * gap:g} µm apart",
            lambda gap=gap: halves(gap),
            area=16.0,
            rel=1e-5,
            warnings=("W270",),
        )
        for gap in (0.001, 0.002, 0.004)
    ),
    *(
        Case(f"halves {1000 * gap:g} µm apart", lambda gap=gap: halves(gap), verdict="E203")
        for gap in (0.0052, 0.01, 0.1, 1.0)
    ),
    Case("halves 2 µm apart, no tolerance", lambda: halves(0.002), verdict="E203", mending=Mending(0.0)),
    Case(
        "halves 1 mm apart, filled", lambda: halves(1.0), verdict="E209|job", mending=Mending(fill_holes=True)
    ),
    *(
        Case(f"a closed slit of {1000 * w:g} µm", lambda w=w: slit(w), area=3.0 * (4 + w) - 2 * w, rel=2e-6)
        for w in (0.001, 0.01, 0.05, 1.0)
    ),
    *(
        Case(
            f"a fin of {1000 * w:g} µm on a box",
            lambda w=w: both(SQUARE, box((4, 0, 0), (4 + w, 6, 0.2))),
            area=16.0 + 6 * w,
            rel=1e-5,
        )
        for w in (0.001, 0.01, 0.05)
    ),
]

NUMBERS = [
    Case("a corner that is no number", noisy_number(math.nan), verdict="E203"),
    Case("an infinite corner", noisy_number(math.inf), verdict="E203"),
    Case("every corner no number", noisy_number(math.nan, 36), verdict="E204"),
    Case("a corner at 3e7 mm", noisy_number(3e7), verdict="E205"),
    Case("a corner at 1e30 mm", noisy_number(1e30), verdict="E205"),
    Case("the largest number there is", noisy_number(3.4e38), verdict="E205"),
    Case("denormal zeros", lambda: SQUARE + (SQUARE == 0) * 1e-42, area=16.0),
    Case("denormal zeros of several sizes", lambda: SQUARE + (SQUARE == 0) * 1e-42 * np.arange(108).reshape(12, 3, 3), area=16.0),
    Case("negative zeros", lambda: np.where(SQUARE == 0, -0.0, SQUARE), area=16.0),
    Case("far from the origin", lambda: box((9000, 9000, 0), (9004, 9004, 0.2)), area=16.0),
    Case("far below the origin", lambda: box((0, 0, -4096), (4, 4, -4095)), area=16.0),
    Case("a part of a micrometre", lambda: SQUARE * 1e-3, verdict="E403"),
    Case("a part of 1e-30 mm", lambda: SQUARE * 1e-30, verdict="E403|E204|E209"),
    Case("a flat part", lambda: SQUARE * (1, 1, 0), verdict="E209|E204"),
    Case("a part that is a line", lambda: SQUARE * (1, 0, 0), verdict="E209|E204|E203"),
    Case("a part that is a point", lambda: SQUARE * 0, verdict="E204"),
    Case("a part a kilometre long", lambda: SQUARE * (250000, 1, 1), verdict="E205"),
    Case("corners rounded to 2 µm", lambda: np.round(soup(sphere(0.6, 3)) / 0.002) * 0.002, volume=4 / 3 * math.pi * 0.3**3, rel=0.05),
]  # fmt: skip

HEAVY = [
    Case("ten thousand shells", lambda: grid_of_boxes(100), area=2500.0, seconds=30, memory_mb=500),
    Case("ten thousand shells inside out", lambda: grid_of_boxes(100, turn=True), area=2500.0, seconds=40, memory_mb=500),
    Case("a prism on a polygon of 50 000 corners", lambda: soup(cylinder(20.0, 0.08, 50_000)), area=0.5 * 50_000 * math.sin(2 * math.pi / 50_000) * 100, seconds=20, memory_mb=500),
    Case("a soup of 20 000 triangles", lambda: random_soup(20_000), verdict="E203", seconds=20, memory_mb=600),
    Case("20 000 times the same triangle", lambda: np.repeat(SQUARE[:1], 20_000, axis=0), verdict="E203", seconds=10),
    Case("a thousand times the same box", lambda: np.tile(SQUARE, (1000, 1, 1)), area=16.0, seconds=10),
    Case("two hundred boxes that overlap", lambda: both(*(box((0, 0, 0), (4, 4, 0.08)) + (0.01 * i, 0, 0) for i in range(200))), area=4 * (4 + 1.99), seconds=10, rel=1e-5),
    Case("a hundred shells in each other", lambda: nested(101), area=nested_area(101), rel=1e-5, seconds=10),
]  # fmt: skip

CASES = [*PLANES, *TOPOLOGY, *SLITS, *NUMBERS, *HEAVY]


def test_there_are_enough_cases():
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)


def write(triangles, path):
    records = np.zeros(len(triangles), dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    with np.errstate(all="ignore"):
        records["c"] = triangles
    path.write_bytes(b"test".ljust(80) + struct.pack("<I", len(triangles)) + records.tobytes())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_verdict_area_time_and_memory(case, compiled, tmp_path):
    path = tmp_path / "part.stl"
    write(np.asarray(case.make(), dtype=np.float64), path)
    verdict, job, prepared = "job", None, None
    began = time.perf_counter()
    with within(cpu_s=case.seconds, memory_mb=case.memory_mb):
        try:
            job = assemble(
                [path],
                machine="m400-4",
                layer_thickness_mm=LAYER_MM,
                fill="even-odd" if case.even_odd else "non-zero",
                mending=case.mending,
            )
            prepared = prepare(job)
        except AmprepError as error:
            verdict = error.code
        took = time.perf_counter() - began
    assert verdict in case.verdict.split("|"), f"{verdict}, not {case.verdict}"
    assert took < case.seconds, "s"
    if prepared is None:
        return
    check_job(case, job, prepared)


def check_job(case, job, prepared):
    told = {notice.code for notice in prepared.notices}
    assert set(case.warnings) <= told, f"{case.warnings} not all in {told}"
    report = job.parts[0].report
    for key, count in case.repairs.items():
        assert report.repairs[key] == count, f"{key}: {report.repairs}"
    if case.volume is not None:
        assert report.volume_mm3 == pytest.approx(case.volume, rel=case.rel), "mm³"
    areas = prepared.estimate.areas_mm2
    np.testing.assert_allclose(areas[:, 1:].sum(axis=1), areas[:, 0], rtol=1e-9, atol=1e-9)
    if case.area is None:
        return
    heights = job.cut_heights_mm
    expected = [case.area(z) if callable(case.area) else case.area for z in heights]
    np.testing.assert_allclose(areas[:, 0], expected, rtol=case.rel, atol=case.rel)
    (part_cut,) = plan_cuts(job.parts, heights)
    stack = cut(part_cut, 0, len(heights))
    again = [contour_band(stack.layer(i), 0.05, even_odd=case.even_odd).area_mm2 for i in range(len(heights))]
    np.testing.assert_allclose(again, areas[:, 0], rtol=1e-12)
