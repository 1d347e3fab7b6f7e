"""Oracle: rational arithmetic that clips one triangle by the other; no sign is shared with the kernel."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.checking.fans import directions_of_fans
from amprep.checking.intersections import crossing_triangles
from amprep.checking.tree import TriangleTree
from amprep.connectivity import connect, label_shells
from amprep.demonstrators.primitives import box, cylinder, gyroid, sphere
from amprep.engines.threads import ThreadsEngine
from amprep.kernels.intersections import CROSSING, FLAT
from amprep.model.arrays import read_only
from amprep.model.mesh import Mesh


def minus(p, q):
    return [a - b for a, b in zip(p, q, strict=True)]


def dot(p, q):
    return sum(a * b for a, b in zip(p, q, strict=True))


def cross(p, q):
    return [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]]


def stretch(triangle, heights, direction):
    """The stretch of a triangle that lies in a plane, from its corners' heights over it."""
    places = []
    for i in range(3):
        p, q, a, b = triangle[i], triangle[i - 1], heights[i], heights[i - 1]
        if a == 0:
            places.append(dot(p, direction))
        if a * b < 0:
            t = a / (a - b)
            places.append(dot([x + t * (y - x) for x, y in zip(p, q, strict=True)], direction))
    return min(places), max(places)


def flat_area(one, other, normal):
    """Twice the area that two triangles of one plane share, seen along the normal's longest axis."""
    k = max(range(3), key=lambda i: abs(normal[i]))
    u, w = (k + 1) % 3, (k + 2) % 3

    def area(polygon):
        return sum(
            polygon[i - 1][0] * polygon[i][1] - polygon[i - 1][1] * polygon[i][0] for i in range(len(polygon))
        )

    polygon = [(p[u], p[w]) for p in one]
    clip = [(p[u], p[w]) for p in other]
    if area(clip) < 0:
        clip.reverse()
    for i in range(3):
        (ax, ay), (bx, by) = clip[i - 1], clip[i]
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in polygon]
        kept = []
        for j in range(len(polygon)):
            (px, py), (qx, qy) = polygon[j - 1], polygon[j]
            a, b = sides[j - 1], sides[j]
            if a * b < 0:
                t = a / (a - b)
                kept.append((px + t * (qx - px), py + t * (qy - py)))
            if b >= 0:
                kept.append((qx, qy))
        polygon = kept
        if not polygon:
            return 0
    return abs(area(polygon))


def kind_of(one, other):
    one = [[Fraction(float(x)) for x in p] for p in one]
    other = [[Fraction(float(x)) for x in p] for p in other]
    normals = [cross(minus(t[1], t[0]), minus(t[2], t[0])) for t in (one, other)]
    if not any(normals[0]) or not any(normals[1]):
        return 0
    heights = (
        [dot(minus(p, other[0]), normals[1]) for p in one],
        [dot(minus(p, one[0]), normals[0]) for p in other],
    )
    if not any(heights[0]):
        return FLAT if flat_area(one, other, normals[0]) > 0 else 0
    if any(min(h) >= 0 or max(h) <= 0 for h in heights):
        return 0
    direction = cross(*normals)
    a, b = stretch(one, heights[0], direction)
    c, d = stretch(other, heights[1], direction)
    return CROSSING if min(b, d) > max(a, c) else 0


def pairs_of(mesh, engine=None):
    neighbours = connect(mesh.faces, len(mesh.vertices)).neighbours
    tree = TriangleTree.over(mesh.vertices, mesh.faces)
    return crossing_triangles(mesh.vertices, mesh.faces, neighbours, tree, engine=engine).pairs


def joined(*meshes):
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, starts, strict=False)])
    return Mesh(np.concatenate([m.vertices for m in meshes]), faces)


def moved(mesh, *shift):
    return Mesh(mesh.vertices + np.array(shift), mesh.faces)


def soup(corners):
    """Loose triangles, (F, 3, 3), with equal corners merged; without neighbours, so no edge pierces."""
    vertices, ids = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    faces = ids.reshape(-1, 3).astype(np.int32)
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    return Mesh(vertices, faces[whole])


def found_in_soup(mesh):
    alone = read_only(np.full(mesh.faces.shape, -1, dtype=np.int32))
    tree = TriangleTree.over(mesh.vertices, mesh.faces)
    rows = crossing_triangles(mesh.vertices, mesh.faces, alone, tree).pairs
    return {(min(f, g), max(f, g)): kind for f, g, kind in rows.tolist()}


def expected_in_soup(mesh):
    corners = mesh.vertices[mesh.faces]
    expected = {}
    for f in range(len(corners)):
        for g in range(f + 1, len(corners)):
            if set(mesh.faces[f]) == set(mesh.faces[g]):
                continue
            kind = kind_of(corners[f], corners[g])
            if kind:
                expected[f, g] = kind
    return expected


@pytest.fixture(params=[256, 3], ids=["", "fans"])
def _fans(request, monkeypatch):
    """Without and with fans: corners of three triangles count as such, so that small bodies have them."""
    monkeypatch.setattr("amprep.checking.tree._LARGE", request.param)


@pytest.mark.usefixtures("_fans")
@pytest.mark.parametrize("scale", [1.0, 0.1, 25.4, 1e-3, 1 / 3])
@pytest.mark.parametrize("span", [2, 3, 6])
def test_soups_on_a_coarse_grid_meet_where_rational_arithmetic_says_so(span, scale):
    """Few places for many corners: most pairs touch, share corners, or lie in one plane."""
    random = np.random.default_rng(span)
    for _ in range(6):
        mesh = soup(random.integers(0, span, (24, 3, 3)) * scale + scale * 7)
        assert found_in_soup(mesh) == expected_in_soup(mesh)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-15, 1e-9, 1e-3]))
def test_nearly_flat_soups_meet_where_rational_arithmetic_says_so(seed, thickness):
    random = np.random.default_rng(seed)
    corners = random.uniform(-1, 1, (10, 3, 3))
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    corners[:, :, 2] *= thickness
    mesh = soup((corners @ turn).astype(np.float32).astype(np.float64))
    assert found_in_soup(mesh) == expected_in_soup(mesh)


@pytest.mark.usefixtures("_fans")
@pytest.mark.parametrize("thickness", [0.0, 1e-12, 0.5])
@pytest.mark.parametrize("seed", range(8))
def test_triangles_around_one_corner_meet_where_rational_arithmetic_says_so(seed, thickness):
    """All share a corner, many an edge or a direction; some are slivers, some nearly a half turn wide."""
    random = np.random.default_rng(seed)
    ends = random.integers(-3, 4, (14, 3)) * [1.0, 1.0, thickness]
    ends = np.concatenate([ends, 0.5 * ends[:4], -ends[:4] * [1.0, 1.0, 1.0 + 1e-9]])
    pairs = random.integers(0, len(ends), (26, 2))
    corners = np.stack([np.zeros((26, 3)), ends[pairs[:, 0]], ends[pairs[:, 1]]], axis=1)
    mesh = soup(corners + 5.0 * random.integers(0, 2))
    assert found_in_soup(mesh) == expected_in_soup(mesh)


def fan_of(n, height):
    """Triangles around a corner above the middle of a circle."""
    turn = 2 * np.pi * np.arange(n) / n
    rim = np.column_stack([np.cos(turn), np.sin(turn), np.zeros(n)])
    one = np.arange(n)
    faces = np.column_stack([np.full(n, n), one, (one + 1) % n]).astype(np.int32)
    return Mesh(np.concatenate([rim, [[0.0, 0.0, height]]]), faces)


@pytest.mark.parametrize("height", [0.0, 1.0])
def test_of_a_fan_only_neighbours_are_looked_at(height):
    """Boxes of all its triangles meet in the common corner, those of directions do not."""
    n = 1500
    mesh = fan_of(n, height)
    tree = TriangleTree.over(mesh.vertices, mesh.faces)
    assert (tree.fan == 0).all()
    assert tree.node_fan[1] == 0
    directions, order = directions_of_fans(mesh.vertices, mesh.faces, tree.fan)
    assert sorted(order.tolist()) == list(range(n))
    low, high = directions.boxes[:, :3], directions.boxes[:, 3:]
    meeting = sum(int(((low <= high[i]) & (high >= low[i])).all(axis=1).sum()) for i in range(n))
    assert meeting <= 4 * n


def test_fans_lie_together_in_the_tree():
    """So that a triangle of a fan passes over it in few steps; here a fan at both ends of a cylinder."""
    mesh = cylinder(10.0, 0.05, 2000)
    tree = TriangleTree.over(mesh.vertices, mesh.faces)
    assert set(tree.fan.tolist()) == {-1, 0, 1}
    parent = tree.node_fan[np.arange(len(tree.node_fan)) // 2]
    for fan in (0, 1):
        whole = np.flatnonzero((tree.node_fan == fan) & (parent != fan))
        assert len(whole) < 40


def test_pairs_of_different_shells_alone_are_those_of_all_that_part_shells():
    """Shells that cut themselves and each other, lie on each other, and have large fans."""
    wheel = cylinder(10.0, 0.5, 600)
    ball = sphere(3.0, 3)
    pierced = ball.vertices.copy()
    pierced[0] *= -1.5
    mesh = joined(wheel, moved(wheel, 3.0, 1.0, 0.2), moved(wheel, 3.0, 1.0, 0.7), Mesh(pierced, ball.faces))
    neighbours = connect(mesh.faces, len(mesh.vertices)).neighbours
    label, shells = label_shells(neighbours)
    tree = TriangleTree.over(mesh.vertices, mesh.faces)
    pairs = crossing_triangles(mesh.vertices, mesh.faces, neighbours, tree).pairs
    parted = pairs[label[pairs[:, 0]] != label[pairs[:, 1]]]
    between = crossing_triangles(mesh.vertices, mesh.faces, neighbours, tree, label=label).pairs
    assert 0 < len(parted) < len(pairs)
    assert {CROSSING, FLAT} <= set(parted[:, 2].tolist())
    assert shells == 4
    assert np.array_equal(between, parted)


@pytest.mark.usefixtures("_fans")
@pytest.mark.parametrize(
    "mesh", [box((3.0, 2.0, 1.0)), sphere(3.0, 4), gyroid(12.0, 6.0, 10)], ids=["box", "sphere", "gyroid"]
)
def test_a_clean_body_has_no_pairs_wherever_it_lies(mesh):
    assert len(pairs_of(mesh)) == 0
    random = np.random.default_rng(2)
    for _ in range(3):
        turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
        turned = (mesh.vertices @ turn + random.uniform(-100, 100, 3)).astype(np.float32)
        assert len(pairs_of(Mesh(turned.astype(np.float64), mesh.faces))) <= 0.001 * len(mesh.faces)


@pytest.mark.usefixtures("_fans")
def test_boxes_that_overlap_cross_and_boxes_apart_or_inside_do_not():
    one = box((2.0, 2.0, 2.0))
    assert (pairs_of(joined(one, moved(one, 0.5, 0.6, 0.7)))[:, 2] == CROSSING).sum() > 0
    assert len(pairs_of(joined(one, moved(one, 3.0, 0.0, 0.0)))) == 0
    assert len(pairs_of(joined(one, moved(box((0.5, 0.5, 0.5)), 0.2, 0.3, 0.4)))) == 0
    # Standing on it with a corner, on the middle of its side: a touch.
    spike = np.array([[1.0, 0.9, 2.0], [0.8, 0.9, 3.0], [1.2, 0.7, 3.0], [1.1, 1.2, 3.0]])
    tip = Mesh(spike, np.array([[0, 2, 1], [0, 3, 2], [0, 1, 3], [1, 2, 3]], dtype=np.int32))
    assert len(pairs_of(joined(one, tip))) == 0


def test_boxes_that_stand_on_each_other_lie_flat_upon_each_other():
    pairs = pairs_of(joined(box((2.0, 2.0, 2.0)), moved(box((1.0, 1.0, 1.0)), 0.3, 0.4, 2.0)))
    assert len(pairs) > 0
    assert (pairs[:, 2] == FLAT).all()


@pytest.mark.usefixtures("_fans")
def test_a_column_with_its_edges_exactly_in_a_plate_pierces_it():
    """Every triangle ends at the plate's surface, so no two of them lie strictly on both sides."""
    plate = moved(box((4.0, 4.0, 1.0)), -2.0, -2.0, 0.0)
    column = joined(*(moved(box((1.0, 1.0, 1.0)), -0.5, -0.5, z) for z in (-1.0, 0.0, 1.0)))
    vertices, ids = np.unique(column.vertices, axis=0, return_inverse=True)
    faces = ids[column.faces].astype(np.int32)
    sides = np.abs(vertices[faces][:, :, 2].mean(axis=1) - 0.5) != 0.5
    both = joined(plate, Mesh(vertices, faces[sides]))
    assert (pairs_of(both)[:, 2] == CROSSING).sum() >= 4


@pytest.mark.usefixtures("_fans")
def test_pairs_do_not_depend_on_threads_and_orders():
    mesh = joined(sphere(3.0, 3), moved(sphere(3.0, 3), 0.7, 0.5, 0.2))
    pairs = pairs_of(mesh)
    assert np.array_equal(pairs, pairs_of(mesh, ThreadsEngine(3)))
    order = np.random.default_rng(1).permutation(len(mesh.faces))
    shuffled = pairs_of(Mesh(mesh.vertices, mesh.faces[order]))
    back = {tuple(sorted(order[row[:2]])) for row in shuffled}
    assert back == {tuple(sorted(row[:2])) for row in pairs}


def test_a_triangle_without_a_side_spoils_no_fan():
    """A corner twice in one place, next to the middle of a fan: all boxes stay finite."""
    turn = 2.0 * np.pi * np.arange(400) / 400
    rim = np.column_stack([np.cos(turn), np.sin(turn), 0.0 * turn])
    vertices = np.concatenate([[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], rim])
    around = 2 + np.arange(400)
    faces = np.column_stack([0 * around, around, np.roll(around, -1)])
    faces = np.concatenate([faces, [[0, 1, 2]]]).astype(np.int32)
    fans = directions_of_fans(vertices, faces, TriangleTree.over(vertices, faces).fan)
    assert fans is not None
    assert np.isfinite(fans[0].boxes).all()
