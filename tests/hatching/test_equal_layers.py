"""What is kept of a layer for an equal one changes nothing: oracle is each layer by itself."""

from __future__ import annotations

import numpy as np
import pytest

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import box
from amprep.hatching.division import LastLayer, Surroundings
from amprep.hatching.exposing import expose
from amprep.layering import PartLayers, cut_all, expose_part
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.polygons import are_same, contours_of
from amprep.profiles import find_process_by_id
from amprep.reading.job_file import JobFile
from amprep.slicing import plan_cuts

BODIES = (
    # Size and place: a block, a higher one upon it, walls of a track and less, one of each that ends lower.
    ((8.0, 6.0, 0.8), (0.0, 0.0, 0.0)),
    ((3.0, 3.0, 0.8), (1.0, 1.0, 0.8)),
    ((5.0, 0.08, 1.2), (0.0, 9.0, 0.0)),
    ((5.0, 0.1, 0.4), (0.0, 11.0, 0.0)),
    ((0.12, 5.0, 1.6), (9.0, 0.0, 0.0)),
)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    vertices, faces = [], []
    for k, (size, place) in enumerate(BODIES):
        one = box(size)
        vertices.append(one.vertices + np.array(place))
        faces.append(one.faces + 8 * k)
    path = tmp_path_factory.mktemp("mesh") / "steps.stl"
    write_stl(Mesh(np.concatenate(vertices), np.concatenate(faces).astype(np.int32)), path)
    return path


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"contour": {"count": 0}, "hatch": {"beam_offset_mm": 0.05}},
        {"contour": {"count": 3, "corners": "round"}, "fill": "even-odd"},
        {"rules": [{"layers": "5..9", "contour": {"beam_offset_mm": 0.06}, "edge": {"min_width_mm": 0.07}}]},
        {"downskin": {"z_compensation_mm": 0.08}},
    ],
)
def test_layers_are_exposed_as_each_by_itself(part, tables):
    given = {"machine": "m400-4", "parts": [{"file": str(part), "unit": "mm"}], **tables}
    job = assemble_job(JobFile.model_validate(given), part.parent)
    together = _all_layers(job)
    for index in range(job.layer_count):
        kept = expose_part(job, 0, index, together)
        alone = expose_part(job, 0, index, _all_layers(job))
        assert np.array_equal(kept.segments, alone.segments), index
        assert np.array_equal(kept.region, alone.region), index
        assert kept.areas == alone.areas, index
        assert np.array_equal(kept.lost_places, alone.lost_places), index


def _all_layers(job):

    return PartLayers(cut_all(plan_cuts(job.parts, job.cut_heights_mm), 0, job.layer_count)[0], 0)


def test_a_core_that_encloses_nothing_is_not_scanned_again():
    """Walls that have hatch between their contours, but nothing behind the bands of these."""
    process = find_process_by_id("m400_4_316l_40um")
    turn = 2.0 * np.pi * np.arange(60) / 60
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    walls = contours_of([3.0 * ring, 2.81 * ring[::-1], 5.0 + ring, 5.0 + 0.81 * ring[::-1]])
    last = LastLayer()
    for index in range(4):
        kept = expose(walls, process, index, around=Surroundings(last=last))
        alone = expose(walls, process, index)
        assert np.array_equal(kept.segments, alone.segments)
        assert kept.areas == alone.areas
        assert kept.areas.hatched_mm2 > 0.0
        sizes = sorted(len(points) for points, _ in last.insets[1].values())
        assert (sizes[0] == 0) == (index > 0)
        assert sizes[1] > 0


def test_layers_are_the_same_point_by_point():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    moved = square + np.array([0.0, 1e-12])
    assert are_same(contours_of([square]), contours_of([square.copy()]))
    assert not are_same(contours_of([square]), contours_of([moved]))
    assert not are_same(contours_of([square, square[:3]]), contours_of([square[:3], square]))
    assert not are_same(contours_of([]), contours_of([square]))
