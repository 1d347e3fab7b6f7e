"""Oracle: a dict of directed edges, counted in plain Python.

For an undirected edge with f triangles that run along it one way and b the other way, |f - b| sides stay
without a partner: one alone is a hole, two or more point the same way; f + b > 2 is shared by too many.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep import connectivity
from amprep.connectivity import connect
from amprep.demonstrators.primitives import box, gyroid, sphere
from amprep.engines.threads import ThreadsEngine
from amprep.kernels.adjacency import OPEN
from amprep.model.arrays import read_only


def connected(faces, vertex_count, engine=None):
    found = connect(faces, vertex_count, engine=engine)
    counts = np.array([found.open_edges, found.inconsistent_edges, found.nonmanifold_edges])
    edges = Counter(frozenset((int(f[i]), int(f[(i + 1) % 3]))) for f in faces for i in range(3))
    crowded = [
        3 * f + i
        for f, face in enumerate(faces)
        for i in range(3)
        if edges[frozenset((int(face[i]), int(face[(i + 1) % 3])))] > 2
    ]
    if all(len(set(face)) == 3 for face in faces.tolist()):
        assert found.crowded.tolist() == crowded
    return found.neighbours, counts


def neighbours_of(faces, vertex_count=None, engine=None):
    faces = read_only(np.asarray(faces, dtype=np.int32).reshape(-1, 3).copy())
    if vertex_count is None:
        vertex_count = int(faces.max()) + 1 if len(faces) else 0
    return connected(faces, vertex_count, engine)


def counts_by_dict(faces):
    directed = Counter((int(f[i]), int(f[(i + 1) % 3])) for f in faces for i in range(3))
    counts = [0, 0, 0]
    for a, b in {(min(edge), max(edge)) for edge in directed}:
        forward, backward = directed[a, b], directed[b, a]
        unpaired = abs(forward - backward)
        counts[0] += unpaired == 1
        counts[1] += unpaired if unpaired > 1 else 0
        counts[2] += forward + backward > 2
    return counts


def assert_pairs_are_mutual(faces, neighbours):
    """Each pair shares an edge in opposite directions, and each side of an edge has at most one partner."""
    pairs = Counter()
    for f, face in enumerate(faces):
        for i in range(3):
            g = int(neighbours[f, i])
            if g == OPEN:
                continue
            edge = (int(face[i]), int(face[(i + 1) % 3]))
            across = [j for j in range(3) if (int(faces[g][j]), int(faces[g][(j + 1) % 3])) == edge[::-1]]
            assert across, f"triangle {g} has no edge {edge[::-1]} for triangle {f}"
            assert any(neighbours[g, j] == f for j in across), f"{g} does not know {f} across {edge}"
            pairs[f, g, edge] += 1
    for (f, g, edge), times in pairs.items():
        assert pairs[g, f, edge[::-1]] == times


triangles = st.permutations(range(7)).map(lambda corners: corners[:3])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(triangles, max_size=25))
def test_any_set_of_triangles_is_paired_and_counted_as_a_dict_does(faces):
    neighbours, counts = neighbours_of(faces, 7)
    assert counts.tolist() == counts_by_dict(faces)
    assert_pairs_are_mutual(faces, neighbours)
    directed = Counter((f[i], f[(i + 1) % 3]) for f in faces for i in range(3))
    left = sum(abs(n - directed[b, a]) for (a, b), n in directed.items() if (a < b or not directed[b, a]))
    assert int((neighbours == OPEN).sum()) == left, "sides of triangles without a partner"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(triangles, min_size=4, max_size=25), st.integers(2, 4))
def test_ranges_side_by_side_pair_the_same(faces, workers):
    alone, counts = neighbours_of(faces, 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connectivity, "_LEAST", 2)
        together, same_counts = neighbours_of(faces, 7, ThreadsEngine(workers))
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(same_counts, counts)


@pytest.mark.parametrize("mesh", [box((1.0, 2.0, 3.0)), sphere(4.0, 2), gyroid(8.0, 8.0, 8)])
def test_a_closed_body_has_a_neighbour_across_every_edge(mesh):
    neighbours, counts = connected(mesh.faces, len(mesh.vertices))
    assert counts.tolist() == [0, 0, 0]
    assert (neighbours >= 0).all()
    assert_pairs_are_mutual(mesh.faces, neighbours)
    assert neighbours.dtype == np.int32


def test_a_missing_triangle_leaves_three_open_edges():
    mesh = sphere(4.0, 1)
    neighbours, counts = neighbours_of(mesh.faces[1:])
    assert counts.tolist() == [3, 0, 0]
    assert int((neighbours == OPEN).sum()) == 3


def test_a_turned_triangle_stands_beside_three_others_of_its_direction():
    faces = sphere(4.0, 1).faces.copy()
    faces[5] = faces[5][::-1]
    neighbours, counts = neighbours_of(faces)
    assert counts[0] == 0
    assert counts[1] == 6, "two sides of each of three edges"
    assert (neighbours[5] == OPEN).all()


def test_bodies_that_share_an_edge_are_paired_and_counted():
    """Two tetrahedra with the edge 0-1 in common: four triangles on it, two and two."""
    one = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    other = [(0, 1, 4), (0, 5, 1), (0, 4, 5), (1, 5, 4)]
    neighbours, counts = neighbours_of(one + other)
    assert counts.tolist() == [0, 0, 1]
    assert_pairs_are_mutual(one + other, neighbours)
    assert (neighbours != OPEN).all()


def test_a_duplicated_triangle_leaves_its_own_edges_open():
    mesh = sphere(4.0, 1)
    _, counts = neighbours_of(np.concatenate([mesh.faces, mesh.faces[:1]]))
    assert counts.tolist() == [3, 0, 3]


def test_a_double_pyramid_of_20000_sides_has_one_ring():
    """Vertex 0 and 1 carry 10,000 triangles each: pairing must not compare each with each."""
    sides = 10_000
    here = np.arange(sides)
    after = (here + 1) % sides
    top = np.column_stack([np.zeros(sides), here + 2, after + 2])
    bottom = np.column_stack([np.ones(sides), after + 2, here + 2])
    neighbours, counts = neighbours_of(np.concatenate([top, bottom]))
    assert counts.tolist() == [0, 0, 0]
    np.testing.assert_array_equal(neighbours[:sides, 0], (here - 1) % sides)
    np.testing.assert_array_equal(neighbours[:sides, 1], here + sides)
    np.testing.assert_array_equal(neighbours[:sides, 2], after)


def test_a_fan_of_20000_triangles_is_open_along_its_rim():
    sides = 20_000
    here = np.arange(sides)
    neighbours, counts = neighbours_of(np.column_stack([np.zeros(sides), here + 1, (here + 1) % sides + 1]))
    assert counts.tolist() == [sides, 0, 0]
    assert (neighbours[:, 1] == OPEN).all()
    assert (neighbours[:, [0, 2]] >= 0).all()


def test_20000_triangles_on_one_edge_are_counted_once():
    sides = 20_000
    faces = np.column_stack([np.zeros(sides), np.ones(sides), np.arange(sides) + 2])
    faces[::2, :2] = [1, 0]
    neighbours, counts = neighbours_of(faces)
    assert counts.tolist() == [2 * sides, 0, 1]
    assert (neighbours[:, 0] >= 0).all()
    backwards = neighbours[neighbours[:, 0], 0]
    np.testing.assert_array_equal(backwards, np.arange(sides))


@pytest.mark.parametrize("faces", [[], [(0, 0, 0)], [(0, 0, 1)], [(0, 1, 1), (1, 0, 2)]])
def test_degenerate_input_gives_an_answer_and_no_neighbour_out_of_range(faces):
    neighbours, counts = neighbours_of(faces, 3)
    assert neighbours.shape == (len(faces), 3)
    assert ((neighbours >= OPEN) & (neighbours < len(faces))).all()
    assert (counts >= 0).all()
