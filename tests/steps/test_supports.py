"""What supports share with parts counts once: oracle is shapely's union, and volumes of boxes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import box, cylinder
from amprep.model.scan import LayerAreas
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.polygons import contours_of
from amprep.quick import quick_estimate
from amprep.reading.job_file import JobFile
from amprep.supports import shared_mm2, sharing_parts, without_shared


def job_of(folder, *entries, **tables):
    """A job on the M 400-4; entries are name, position and whether it is a support."""
    parts = [
        {"file": f"{name}.stl", "unit": "mm", "position_mm": list(position)}
        | ({"structure": "support"} if is_support else {})
        for name, position, is_support in entries
    ]
    return assemble_job(JobFile.model_validate({"machine": "m400-4", "parts": parts, **tables}), folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("meshes")
    for name, mesh in (
        ("block", box((10.0, 10.0, 4.0))),
        ("post", box((2.0, 2.0, 6.0))),
        ("tube", cylinder(3.0, 4.0)),
    ):
        write_stl(mesh, made / f"{name}.stl")
    return made


def shape_of(contours):
    rings = [shapely.Polygon(contours.loop(i)) for i in range(len(contours))]
    return shapely.union_all(rings)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_shared_area_is_that_of_shapely(seed, count):
    rng = np.random.default_rng(seed)
    sections = []
    for _ in range(count):
        x, y = rng.uniform(0.0, 10.0, 2)
        sides = int(rng.integers(3, 12))
        angles = np.sort(rng.uniform(0.0, 2.0 * np.pi, sides))
        ring = np.column_stack([x + 4.0 * np.cos(angles), y + 3.0 * np.sin(angles)])
        sections.append(contours_of([ring]) if rng.random() < 0.9 else contours_of([]))
    shapes = [shape_of(one) for one in sections]
    expected = sum(one.area for one in shapes) - shapely.union_all(shapes).area
    assert shared_mm2(sections) == pytest.approx(expected, abs=1e-4)
    assert shared_mm2(sections, even_odd=True) == pytest.approx(expected, abs=1e-4)


def test_sections_beside_each_other_share_nothing():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert shared_mm2([contours_of([square]), contours_of([square + np.array([1.0, 0.0])])]) == 0.0
    assert shared_mm2([contours_of([square])]) == 0.0
    assert shared_mm2([]) == 0.0


def test_bodies_in_groups_share_what_shapely_says():
    """Many bodies with several loops each, few of which meet; oracle: shapely's union."""
    rng = np.random.default_rng(7)
    for _ in range(40):
        sections, shapes = [], []
        for _ in range(int(rng.integers(2, 9))):
            x, y = rng.uniform(0.0, 20.0, 2)
            boxes = [shapely.box(x + 2 * i, y, x + 2 * i + 1.3, y + rng.uniform(0.5, 6.0)) for i in range(3)]
            shapes.append(shapely.union_all(boxes))
            rings = [np.array(box.exterior.coords)[:-1] for box in boxes]
            sections.append(
                contours_of(
                    [ring if shapely.is_ccw(shapely.linearrings(ring)) else ring[::-1] for ring in rings]
                )
            )
        expected = sum(one.area for one in shapes) - shapely.union_all(shapes).area
        assert shared_mm2(sections) == pytest.approx(expected, abs=1e-4)


def test_supports_stand_in_voids_that_overlap():
    """Both voids count -1 where they meet, which takes nothing of a support that stands there."""

    def square(low, high):
        return np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float64)

    part = contours_of([square(0, 10), square(2, 6)[::-1], square(4, 8)[::-1]])
    assert shared_mm2([part, contours_of([square(4, 6)])]) == 0.0
    assert shared_mm2([part, contours_of([square(5, 9)])]) == pytest.approx(7.0, abs=1e-4)


def test_supports_of_bodies_apart_are_not_compared(monkeypatch):
    """Of a plate's copies each is compared with its own supports alone, and where no part is nothing is."""
    from amprep import supports

    asked = []
    original = supports.boundary
    monkeypatch.setattr(
        supports, "boundary", lambda *args, **rest: asked.append(1) or original(*args, **rest)
    )
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    apart = [contours_of([square + np.array([2.0 * i, 0.0])]) for i in range(50)]
    assert shared_mm2(apart) == 0.0
    assert not asked
    assert shared_mm2([*apart, contours_of([square + 0.5])]) == pytest.approx(0.25, abs=1e-5)
    assert len(asked) == 3


def test_a_support_in_a_part_counts_once(folder):
    """The post reaches 1 mm into the block that stands 5 mm above the platform: 4 mm³ of 400 + 24."""
    job = job_of(folder, ("block", (100, 100, 5), False), ("post", (103, 103, 0), True))
    assert sharing_parts(job.parts) == (0, 1)
    estimate = prepare(job).estimate
    assert estimate.areas_mm2[:, 0].sum() * 0.04 == pytest.approx(420.0, rel=1e-4)
    assert estimate.support_mm3 == pytest.approx(20.0, rel=1e-3)
    density = job.material.solid_density_g_cm3.value
    assert estimate.powder.part_g.value == pytest.approx(0.42 * density, rel=2e-3)
    exposed = estimate.areas_mm2[:, 1:].sum()
    assert exposed == pytest.approx(estimate.areas_mm2[:, 0].sum()), "sliced = hatched + contoured + lost"
    # Exposed by both, so twice.
    alone = prepare(job_of(folder, ("block", (100, 100, 5), False))).estimate
    assert estimate.overlap_mm2 - alone.overlap_mm2 > 0.5 * 4.0 / 0.04
    assert quick_estimate(job).areas_mm2[:, 0].sum() * 0.04 == pytest.approx(420.0, rel=1e-4)


def test_boxes_that_overlap_share_nothing_by_themselves(folder):
    """A support beside a round part, in a corner of its box."""
    entries = ("tube", (100, 100, 0), False), ("post", (102.2, 102.2, 0), True)
    job = job_of(folder, *entries)
    assert sharing_parts(job.parts) == (0, 1)
    parts = [job_of(folder, one) for one in entries]
    apart_mm2 = sum(prepare(one).estimate.areas_mm2[:, 0].sum() for one in parts)
    assert prepare(job).estimate.areas_mm2[:, 0].sum() == pytest.approx(apart_mm2, rel=1e-6)


def test_areas_stay_above_zero():
    areas = LayerAreas(sliced_mm2=10.0, hatched_mm2=6.0, contoured_mm2=4.0)
    support = LayerAreas(sliced_mm2=3.0, hatched_mm2=1.0, contoured_mm2=1.0, lost_thin_mm2=1.0)
    left = without_shared(areas, [support], 5.0)
    assert left.sliced_mm2 == pytest.approx(8.0)
    assert left.hatched_mm2 == pytest.approx(5.0)
    assert left.contoured_mm2 == pytest.approx(3.0)
    assert without_shared(areas, [], 1.0) is areas
