"""Oracle: what the job file says, applied by hand."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from amprep.assembling import assemble, assemble_job
from amprep.demonstrators.primitives import box, cylinder
from amprep.errors import BuildError, MeshError, UsageError
from amprep.model.mesh import Mesh
from amprep.model.provenance import Grade
from amprep.output.stl import write_stl
from amprep.reading.job_file import JobFile


@pytest.fixture
def folder(tmp_path):
    write_stl(box((20.0, 10.0, 2.0)), tmp_path / "bar.stl")
    write_stl(cylinder(8.0, 3.0, 24), tmp_path / "disc.stl")
    return tmp_path


def job_of(folder, parts, **rest):
    content = {"machine": "m400-4", "parts": [{"unit": "mm", **part} for part in parts], **rest}
    return assemble_job(JobFile.model_validate(content), folder)


def test_a_count_gives_as_many_parts_of_one_mesh_with_names_of_their_own(folder):
    job = job_of(folder, [{"file": "bar.stl", "count": 3}, {"file": "disc.stl"}, {"file": "bar.stl"}])
    assert [part.name for part in job.parts] == ["bar", "bar 2", "bar 3", "disc", "bar 4"]
    assert len({id(part.mesh) for part in job.parts}) == 2, "a file is read once"
    assert job.name == "bar"
    boxes = [part.bounds_mm for part in job.parts]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = np.maximum(one[0] - other[1], other[0] - one[1])[:2].max()
            assert apart >= 5.0 - 1e-9, "mm between parts"
    low = np.min([b[0] for b in boxes], axis=0)
    high = np.max([b[1] for b in boxes], axis=0)
    assert ((low + high) / 2)[:2] == pytest.approx((200.0, 200.0)), "mm: the block is in the middle"


def test_the_gap_of_the_job_file_counts(folder):
    job = job_of(folder, [{"file": "bar.stl", "count": 2}], gap_mm=31.0)
    assert job.parts[1].bounds_mm[0, 0] - job.parts[0].bounds_mm[1, 0] == pytest.approx(31.0), "mm"


def test_an_explicit_position_is_the_middle_and_copies_follow_along_x(folder):
    entry = {"file": "bar.stl", "position_mm": [50, 60, 1.5], "rotation_deg": [0, 0, 90], "count": 3}
    job = job_of(folder, [entry], gap_mm=2.0)
    for copy, part in enumerate(job.parts):
        low, high = part.bounds_mm
        assert low == pytest.approx((45.0 + 12.0 * copy, 50.0, 1.5)), "mm"
        assert high == pytest.approx((55.0 + 12.0 * copy, 70.0, 3.5)), "mm"
        assert part.position_mm == (50.0 + 12.0 * copy, 60.0, 1.5)
    assert job.layer_count == 87, "mid-planes of 40 µm layers below 3.5 mm"


def test_placed_and_loose_parts_are_kept_apart_or_refused(folder):
    with pytest.raises(BuildError) as caught:
        job_of(folder, [{"file": "disc.stl", "position_mm": [200, 200]}, {"file": "bar.stl"}])
    assert caught.value.code == "E402"


def test_the_unit_scales_the_part(folder):
    job = job_of(folder, [{"file": "disc.stl", "unit": "inch"}])
    low, high = job.parts[0].bounds_mm
    assert high - low == pytest.approx((203.2, 203.2, 76.2), rel=1e-6), "mm"
    assert job.parts[0].source.unit == "inch"
    assert not job.parts[0].source.unit_is_assumed


def test_a_file_with_two_units_is_two_meshes(folder):
    parts = [{"file": "disc.stl", "unit": "mm"}, {"file": "disc.stl", "unit": "inch"}]
    job = job_of(folder, parts)
    assert job.parts[0].mesh is not job.parts[1].mesh
    assert job.parts[1].mesh.volume_mm3 == pytest.approx(25.4**3 * job.parts[0].mesh.volume_mm3)


def test_overrides_replace_values_and_are_graded_as_the_users(folder):
    plain = job_of(folder, [{"file": "bar.stl"}])
    changed = job_of(
        folder,
        [{"file": "bar.stl"}],
        hatch={"hatch_distance_mm": 0.12, "rotation_deg": 90},
        contour={"scan_speed_mm_s": 500},
    )
    core, contour = changed.process.core, changed.process.contour
    assert (core.hatch_distance_mm.value, core.hatch_distance_mm.grade) == (0.12, Grade.USER)
    assert core.rotation_deg.value == 90
    assert (contour.scan_speed_mm_s.value, contour.scan_speed_mm_s.grade) == (500, Grade.USER)
    assert core.scan_speed_mm_s == plain.process.core.scan_speed_mm_s
    assert contour.beam_offset_mm == plain.process.contour.beam_offset_mm


def test_a_changed_file_is_remarked_once_and_an_unchanged_one_is_not(folder):
    digest = hashlib.sha256((folder / "bar.stl").read_bytes()).hexdigest()
    same = job_of(folder, [{"file": "bar.stl", "sha256": digest}])
    assert same.parts[0].source.sha256 == digest
    assert same.notices == ()
    changed = job_of(folder, [{"file": "bar.stl", "sha256": "0" * 64, "count": 2}])
    assert [(n.code, n.where) for n in changed.notices] == [("W303", "bar.stl")]


def test_material_and_layer_thickness_choose_the_process(folder):
    job = job_of(folder, [{"file": "bar.stl"}], material="alsi10mg", layer_thickness_mm=0.03)
    assert (job.material.id, job.layer_thickness_mm) == ("alsi10mg", 0.03)
    assert job.layer_count == 67, "2 mm in layers of 30 µm"
    assert job.cut_heights_mm == pytest.approx((np.arange(67) + 0.5) * 0.03), "mm"


def test_no_part_is_refused():
    with pytest.raises(UsageError) as caught:
        assemble([], machine="m100")
    assert caught.value.code == "E105"


def test_an_open_mesh_is_refused_before_anything_is_placed(folder):
    mesh = box((5.0, 5.0, 5.0))
    write_stl(Mesh(mesh.vertices, mesh.faces[1:]), folder / "open.stl")
    with pytest.raises(MeshError) as caught:
        assemble([folder / "bar.stl", folder / "open.stl"], machine="m400-4", unit="mm")
    assert (caught.value.code, caught.value.where) == ("E203", "open.stl")


def test_a_part_between_two_cutting_planes_is_refused(folder):
    """Planes at 0.02 and 0.06 mm; the part from 0.025 to 0.055 mm meets none and gets no vector."""
    write_stl(box((10.0, 10.0, 0.03)), folder / "foil.stl")
    with pytest.raises(BuildError) as caught:
        job_of(folder, [{"file": "foil.stl", "position_mm": [100, 100, 0.025]}])
    assert caught.value.code == "E403"
    assert job_of(folder, [{"file": "foil.stl", "position_mm": [100, 100, 0.035]}]).layer_count == 2


def test_triangles_with_coinciding_corners_are_counted_in_the_report(folder):
    whole = box((10.0, 10.0, 10.0))
    faces = np.concatenate([whole.faces, [[0, 0, 1], [2, 3, 3]]]).astype(np.int32)
    write_stl(Mesh(whole.vertices, faces), folder / "odd.stl")
    job = job_of(folder, [{"file": "odd.stl"}])
    assert job.parts[0].report.degenerate_dropped == 2
    assert job.parts[0].report.triangles == 12
