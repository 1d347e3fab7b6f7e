"""Areas of layers: against manifold3d on parts that are hard to cut, and unchanged by what is no change."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifold3d import CrossSection, Manifold
from manifold3d import Mesh64 as SolidMesh

from amprep.demonstrators.primitives import box, gyroid, sphere
from amprep.demonstrators.solids import mesh_of_solid
from amprep.model.mesh import Mesh
from amprep.polygons import contour_band
from amprep.repair import check_and_mend, require_closed
from amprep.slicing import PartCut, cut, plan_mesh

LARGEST_DIFFERENCE = 1e-6


def areas_of(mesh, heights, *, even_odd=False):
    """(n,) float64, mm²: area of the region in each layer, as the hatch will see it."""
    mended, report = check_and_mend(mesh, name="p")
    require_closed(report, name="p")
    stack = cut(PartCut(plan_mesh(mended, mended.vertices, heights), (0.0, 0.0)), 0, len(heights))
    return np.array(
        [contour_band(stack.layer(i), 0.01, even_odd=even_odd).area_mm2 for i in range(len(heights))]
    )


def solid_of(mesh):
    solid = Manifold(SolidMesh(mesh.vertices.copy(), mesh.faces.astype(np.uint64)))
    assert solid.status().name == "NoError", solid.status()
    return solid


def joined(meshes):
    shift = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + s for mesh, s in zip(meshes, shift, strict=False)]).astype(np.int32),
    )


def moved(mesh, *shift):
    return Mesh(mesh.vertices + np.array(shift, dtype=np.float64), mesh.faces)


def inverted(mesh):
    return Mesh(mesh.vertices, mesh.faces[:, ::-1])


def rotation(axis, degrees):
    """About an axis, by Rodrigues' formula."""
    x, y, z = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def strut_lattice():
    """Struts along the edges and one diagonal of cells, each a body of its own; they overlap at the nodes."""
    struts = []
    nodes = list(itertools.product(range(3), repeat=3))
    for a, b in itertools.combinations(nodes, 2):
        way = np.subtract(b, a)
        if np.abs(way).sum() == 1 or (way == 1).all():
            length = float(np.linalg.norm(way)) * 4.0
            strut = mesh_of_solid(Manifold.cylinder(length, 0.4, circular_segments=10))
            up = way / np.linalg.norm(way)
            axis = np.cross([0, 0, 1], up)
            turn = np.eye(3)
            if np.linalg.norm(axis) > 1e-9:
                turn = rotation(axis, np.degrees(np.arccos(up[2])))
            struts.append(Mesh(strut.vertices @ turn.T + 4.0 * np.array(a), strut.faces))
    return struts


def nested_shells():
    """Spheres in spheres: body, cavity, body, cavity."""
    return [
        moved(sphere(size, 3) if i % 2 == 0 else inverted(sphere(size, 3)), 0.1 * i, -0.07 * i, 0.05 * i)
        for i, size in enumerate((20.0, 16.0, 12.0, 7.0))
    ]


def comb():
    """Forty teeth with gaps of 0.05 mm on a base."""
    teeth = [(i * 0.25, 0.2) for i in range(40)]
    outline = [(0.0, 0.0), (teeth[-1][0] + 0.2, 0.0)]
    for x, width in reversed(teeth):
        outline += [(x + width, 6.0), (x, 6.0)] + ([(x, 1.0), (x - 0.05, 1.0)] if x else [])
    return [mesh_of_solid(CrossSection([np.array(outline)]).extrude(5.0))]


PARTS = {
    "a lattice of struts": (strut_lattice, "union"),
    "a gyroid": (lambda: [gyroid()], "one"),
    "nested shells": (nested_shells, "nested"),
    "a comb with gaps of 0.05 mm": (comb, "one"),
    "balls that overlap": (
        lambda: [moved(sphere(8.0, 3), 3.1 * i, 1.3 * (i % 2), 0.7 * i) for i in range(4)],
        "union",
    ),
}
TURNS = {
    "as it is": np.eye(3),
    "on its side": rotation((1, 0, 0), 90.0),
    "askew": rotation((1, 2, 0.5), 37.0),
}


@pytest.mark.parametrize("turn", TURNS, ids=str)
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_areas_agree_with_manifold3d(part, turn):
    make, kind = PARTS[part]
    meshes = [Mesh(mesh.vertices @ TURNS[turn].T, mesh.faces) for mesh in make()]
    if kind == "nested":
        outer, hole, inner, core = (
            solid_of(mesh if i % 2 == 0 else inverted(mesh)) for i, mesh in enumerate(meshes)
        )
        solid = (outer - hole) + (inner - core)
    else:
        solid = Manifold.batch_boolean([solid_of(mesh) for mesh in meshes], _add())
    whole = joined(meshes)
    low, high = whole.bounds_mm[:, 2]
    # Not at heights where corners lie: what is on a plane is a matter of convention.
    heights = low + (high - low) * (np.arange(23) + 0.5 + 1e-3 * np.pi) / 23
    expected = np.array([solid.slice(float(z)).area() for z in heights])
    found = areas_of(whole, heights)
    assert expected.max() > 1.0, "mm²"
    np.testing.assert_allclose(found, expected, rtol=LARGEST_DIFFERENCE, atol=LARGEST_DIFFERENCE)


def _add():
    from manifold3d import OpType

    return OpType.Add


def test_even_odd_leaves_out_what_overlaps():
    mesh = joined(
        [box((10.0, 10.0, 2.0)), moved(box((10.0, 10.0, 2.0)), 5, 5, 0), moved(box((2, 2, 2)), 6, 6, 0)]
    )
    heights = np.array([0.5, 1.5])
    np.testing.assert_allclose(areas_of(mesh, heights), 175.0)
    # 200 less twice the 25 of the overlap, in which the third box has 4 again.
    np.testing.assert_allclose(areas_of(mesh, heights, even_odd=True), 150.0 + 4.0)


@pytest.mark.parametrize("seed", range(5))
def test_even_odd_agrees_with_manifold3d(seed):
    import manifold3d

    rng = np.random.default_rng(seed)
    loops = [
        rng.uniform(0, 5, (1, 2)) + (2.0 * np.column_stack([np.cos(t), np.sin(t)]))[:: rng.choice([-1, 1])]
        for t in (np.linspace(0, 2 * np.pi, int(n), endpoint=False) for n in rng.integers(3, 30, 9))
    ]
    from amprep.model.layer import Contours

    contours = Contours(np.concatenate(loops), np.cumsum([0, *(len(loop) for loop in loops)]))
    expected = CrossSection(
        [np.ascontiguousarray(loop) for loop in loops], manifold3d.FillRule.EvenOdd
    ).area()
    band = contour_band(contours, 0.01, even_odd=True)
    assert band.area_mm2 == pytest.approx(expected, rel=LARGEST_DIFFERENCE)


HEIGHTS = np.linspace(0.13, 9.71, 7)


def part():
    """A box with a cavity, and a ball that overlaps it."""
    return joined(
        [
            box((10.0, 8.0, 10.0)),
            moved(inverted(box((3.0, 3.0, 3.0))), 2, 2, 3),
            moved(sphere(6.0, 2), 9.0, 4.0, 5.0),
        ]
    )


PLAIN = areas_of(part(), HEIGHTS)


def assert_same(areas, rel=1e-9):
    np.testing.assert_allclose(areas, PLAIN, rtol=rel, atol=rel)


@settings(max_examples=25, deadline=None)
@given(x=st.floats(-300, 300), y=st.floats(-300, 300), z=st.floats(-50, 50))
def test_areas_do_not_depend_on_the_place(x, y, z):
    assert_same(areas_of(moved(part(), x, y, z), HEIGHTS + z), rel=1e-6)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_areas_do_not_depend_on_quarter_turns(quarter):
    mesh = part()
    c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarter]
    turned = mesh.vertices @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], dtype=np.float64)
    assert_same(areas_of(Mesh(turned, mesh.faces), HEIGHTS))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_areas_do_not_depend_on_the_order_of_faces_and_corners(seed):
    rng = np.random.default_rng(seed)
    mesh = part()
    place = rng.permutation(len(mesh.vertices))
    number = np.argsort(place)
    faces = number[mesh.faces][rng.permutation(len(mesh.faces))]
    rolled = np.stack(
        [np.roll(face, k) for face, k in zip(faces, rng.integers(0, 3, len(faces)), strict=True)]
    )
    assert_same(areas_of(Mesh(mesh.vertices[place], rolled.astype(np.int32)), HEIGHTS))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.05, 0.95))
def test_areas_do_not_depend_on_how_faces_are_divided(seed, share):
    rng = np.random.default_rng(seed)
    mesh = part()
    vertices, faces = mesh.vertices, mesh.faces.tolist()
    for f in rng.choice(len(faces), 12, replace=False).tolist():
        a, b, c = faces[f]
        middle = vertices[a] * share * 0.5 + vertices[b] * (1 - share) + vertices[c] * share * 0.5
        vertices = np.concatenate([vertices, [middle]])
        new = len(vertices) - 1
        faces[f] = [a, b, new]
        faces += [[b, c, new], [c, a, new]]
    assert_same(areas_of(Mesh(vertices, np.array(faces, dtype=np.int32)), HEIGHTS))


@pytest.mark.parametrize("axis", [0, 1])
def test_areas_do_not_depend_on_which_hand_the_part_is(axis):
    mesh = part()
    mirrored = mesh.vertices.copy()
    mirrored[:, axis] *= -1
    assert_same(areas_of(Mesh(mirrored, mesh.faces[:, ::-1]), HEIGHTS))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60))
def test_areas_do_not_depend_on_triangles_that_were_turned(seed, count):
    rng = np.random.default_rng(seed)
    mesh = part()
    faces = mesh.faces.copy()
    # Of the ball only: of the boxes most would be turned soon.
    which = 24 + rng.choice(len(faces) - 24, count, replace=False)
    faces[which] = faces[which][:, ::-1]
    assert_same(areas_of(Mesh(mesh.vertices, faces), HEIGHTS))
