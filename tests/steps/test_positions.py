"""Supports stand under their parts as their files say: oracle is the meshes moved together."""

from __future__ import annotations

import numpy as np
import pytest
from tests.making_files import mesh_xml, model_xml, threemf

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import box
from amprep.errors import BuildError, FileContentError, MeshError
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.reading.job_file import JobFile, read_job_file


def moved(mesh, *by_mm):
    return Mesh(mesh.vertices + np.array(by_mm), mesh.faces)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table top 5 to 9 mm above zero, two legs that reach 1 mm into it, in the same coordinates."""
    made = tmp_path_factory.mktemp("meshes")
    write_stl(moved(box((20.0, 10.0, 4.0)), 30.0, 40.0, 5.0), made / "table.stl")
    write_stl(moved(box((2.0, 2.0, 6.0)), 32.0, 44.0, 0.0), made / "left.stl")
    write_stl(moved(box((2.0, 2.0, 6.0)), 46.0, 47.0, 0.0), made / "right.stl")
    return made


def job_of(folder, *parts, **tables):
    given = {"machine": "m400-4", "parts": [{"unit": "mm", **part} for part in parts], **tables}
    return assemble_job(JobFile.model_validate(given), folder)


TABLE = {"file": "table.stl"}
LEFT = {"file": "left.stl", "structure": "support"}
RIGHT = {"file": "right.stl", "structure": "support"}


def relative(job, support, part):
    """How a support lies to a part on the platform, less how it does in the files."""
    of = [job.parts[i] for i in (support, part)]
    linear = of[1].transform[:3, :3]
    middles = [one.bounds_mm.mean(axis=0) for one in of]
    in_files = [one.mesh.bounds_mm.mean(axis=0) for one in of]
    return middles[0] - middles[1] - linear @ (in_files[0] - in_files[1])


def test_supports_keep_the_coordinates_of_their_files(folder):
    job = job_of(folder, TABLE, LEFT, RIGHT)
    assert [part.is_support for part in job.parts] == [False, True, True]
    for support in (1, 2):
        assert relative(job, support, 0) == pytest.approx(0.0, abs=1e-9)
    low = min(part.bounds_mm[0, 2] for part in job.parts)
    assert low == pytest.approx(0.0, abs=1e-12)
    assert job.parts[0].bounds_mm[0, 2] == pytest.approx(5.0)
    # All of it in the middle of the platform.
    whole = np.array([part.bounds_mm for part in job.parts])
    middle = 0.5 * (whole[:, 0].min(axis=0) + whole[:, 1].max(axis=0))
    assert middle[:2] == pytest.approx([200.0, 200.0])
    assert not [notice for notice in job.notices if notice.code in {"W406", "W410"}]


@pytest.mark.parametrize("place", [{}, {"position_mm": [60, 100]}])
def test_each_copy_gets_its_support(folder, place):
    job = job_of(folder, TABLE | place | {"count": 4}, LEFT, RIGHT)
    assert len(job.parts) == 12
    for copy in range(4):
        assert relative(job, 4 + copy, copy) == pytest.approx(0.0, abs=1e-9)
        assert relative(job, 8 + copy, copy) == pytest.approx(0.0, abs=1e-9)


def test_supports_turn_and_shrink_with_their_part(folder):
    factors = {"scaling": {"x_pct": 2.0, "y_pct": 1.0}}
    turned = {"rotation_deg": [0, 0, 30], "position_mm": [100, 100, 5]}
    job = job_of(folder, TABLE | turned, LEFT, **factors)
    linear, shift = job.parts[0].transform[:3, :3], job.parts[0].transform[:3, 3]
    expected = job.parts[1].mesh.vertices @ linear.T + shift
    assert job.parts[1].placed_vertices_mm == pytest.approx(expected, abs=1e-9)


def test_a_job_folder_places_them_the_same(folder, tmp_path):
    from amprep.output.job_toml import job_toml

    job = job_of(folder, TABLE | {"count": 2}, LEFT)
    path = tmp_path / "job.toml"
    path.write_text(job_toml(job, tmp_path), encoding="utf-8")
    again = assemble_job(read_job_file(path), tmp_path)
    for before, after in zip(job.parts, again.parts, strict=True):
        assert after.bounds_mm == pytest.approx(before.bounds_mm, abs=1e-9)
        assert after.is_support == before.is_support


def test_supports_with_a_position_go_there(folder):
    job = job_of(folder, TABLE | {"position_mm": [100, 100, 5]}, LEFT | {"position_mm": [92, 100]})
    assert job.parts[1].bounds_mm.mean(axis=0)[:2] == pytest.approx([92.0, 100.0])
    alone = job_of(folder, TABLE | {"position_mm": [100, 100, 5]}, LEFT | {"position_mm": [50, 100]})
    assert "W410" in {notice.code for notice in alone.notices}
    # Listed before its part it is put in the row, and has no position that could be left out.
    (told,) = (one for one in job_of(folder, LEFT, TABLE).notices if one.code == "W410")
    assert "behind its part" in told.hint


def test_a_job_of_supports_alone_puts_them_in_rows(folder):
    job = job_of(folder, LEFT, RIGHT)
    assert job.parts[0].bounds_mm[1, 0] + 4.9 < job.parts[1].bounds_mm[0, 0]


def test_what_contradicts_the_part_is_refused(folder, tmp_path):
    def written(text):
        path = tmp_path / "job.toml"
        path.write_text(f'machine = "m400-4"\n{text}', encoding="utf-8")
        return path

    two = '[[parts]]\nfile = "table.stl"\ncount = 2\n[[parts]]\nfile = "left.stl"\nstructure = "support"\n'
    assert len(read_job_file(written(two)).parts) == 2
    with pytest.raises(FileContentError, match="it gets one for each by itself"):
        read_job_file(written(two + "count = 3\n"))
    with pytest.raises(FileContentError, match="it turns with it by itself"):
        read_job_file(written(two + "rotation_deg = [0, 0, 90]\n"))
    with pytest.raises(BuildError, match="below the platform"):
        job_of(folder, TABLE | {"position_mm": [100, 100, 1]}, LEFT)


def test_a_file_with_several_parts_needs_the_one_that_is_meant(folder, tmp_path):
    """Two build items of one box."""
    twice = "".join(f'<item objectid="1" transform="1 0 0 0 1 0 0 0 1 {x} 0 0"/>' for x in (0, 20))
    model = model_xml(f'<object id="1" type="model">{mesh_xml()}</object>', build=twice)
    (tmp_path / "two.3mf").write_bytes(threemf(model))
    write_stl(box((2.0, 2.0, 2.0)), tmp_path / "left.stl")
    two = {"file": "two.3mf", "unit": None}
    with pytest.raises(MeshError, match="stands under one"):
        job_of(tmp_path, two, LEFT)
    assert len(job_of(tmp_path, two | {"item": 2}, LEFT).parts) == 2


@pytest.mark.parametrize(("machine", "count"), [("m100", 40), ("m400-4", 196)])
def test_as_many_copies_as_machines_are_compared_by(folder, tmp_path, machine, count):
    """Discs of 8 mm on the round platform of 100 mm, boxes of 22.5 mm on the square one of 400 mm."""
    from amprep.demonstrators.primitives import cylinder
    from amprep.placement.grid import grid_of, outline_of

    mesh = cylinder(8.0, 2.0) if machine == "m100" else box((22.5, 22.5, 2.0))
    write_stl(mesh, tmp_path / "disc.stl")
    entry = {"file": "disc.stl", "unit": "mm"}
    job = job_of(tmp_path, entry, machine=machine)
    outline = outline_of(job.parts[0].used_vertices_mm) - np.array(job.machine.build_volume.centre_mm)
    capacity = grid_of(outline, job.machine.build_volume).capacity
    assert capacity >= count
    full = job_of(tmp_path, entry | {"count": capacity}, machine=machine)
    boxes = np.array([part.bounds_mm for part in full.parts])
    for i in range(capacity - 1):
        apart = np.maximum(boxes[i, 0] - boxes[i + 1 :, 1], boxes[i + 1 :, 0] - boxes[i, 1])[:, :2]
        assert apart.max(axis=1).min() > 4.999, "mm"
    with pytest.raises(BuildError, match="do not fit side by side"):
        job_of(tmp_path, entry | {"count": capacity + 1}, machine=machine)


def test_rows_that_fit_stay_rows(folder):
    """Ten in a row of at most 400 mm, as before."""
    job = job_of(folder, TABLE | {"count": 10})
    assert len({part.position_mm[1] for part in job.parts}) == 1


def test_supported_parts_fill_the_round_platform(folder):
    job = job_of(folder, TABLE | {"count": 9}, LEFT, RIGHT, machine="m100")
    assert len(job.parts) == 27
    assert relative(job, 9 + 4, 4) == pytest.approx(0.0, abs=1e-9)


def test_copies_behind_a_position_that_stick_out_get_advice_that_helps(folder):
    """In the middle, as one part alone would be told, the last ones would stick out, too."""
    with pytest.raises(BuildError, match="does not fit") as told:
        job_of(folder, TABLE | {"position_mm": [100, 100], "count": 20})
    assert "fewer copies" in told.value.fix
    with pytest.raises(BuildError, match="does not fit") as told:
        job_of(folder, TABLE | {"position_mm": [5, 100]})
    assert "position_mm = [200, 200]" in told.value.fix


def test_a_rule_of_the_job_that_holds_nowhere_is_told_as_the_jobs(folder):
    rules = [
        {"layers": "5..", "hatch": {"scan_speed_mm_s": 900}},
        {"layers": "9000..", "reexpose": {"regions": ["core"]}},
    ]
    job = job_of(folder, TABLE, rules=rules)
    (idle,) = (notice for notice in job.notices if notice.code == "W308")
    assert idle.where == "rules"
    assert idle.text.startswith("rule 2 ")


def test_a_rule_for_supports_is_told_where_there_are_none(folder):
    rules = [
        {"layers": "2..", "hatch": {"scan_speed_mm_s": 900}},
        {"layers": "2..", "support": {"scan_speed_mm_s": 900}},
        {"every": 2, "reexpose": {"regions": ["core", "support"]}},
        {"every": 3, "reexpose": {"regions": ["core"]}},
        {"every": 3, "reexpose": {"regions": ["support_contour"]}},
    ]
    told = [notice for notice in job_of(folder, TABLE, rules=rules).notices if notice.code == "W315"]
    assert [notice.text.partition(" says")[0] for notice in told] == [
        "what rule 2",
        "what rule 3",
        "what rule 5",
    ]
    assert {notice.where for notice in told} == {"rules"}
    supported = job_of(folder, TABLE, LEFT, RIGHT, rules=rules)
    assert any(part.is_support for part in supported.parts)
    assert "W315" not in {notice.code for notice in supported.notices}


def test_rows_keep_clear_of_the_edges_where_there_is_room(folder):
    """Boxes of 20 × 10 mm: 16 in a row would end 2.5 mm from the edge; 480 need all of the platform."""
    for count, is_clear in ((80, True), (416, False)):
        job = job_of(folder, TABLE | {"count": count})
        boxes = np.array([part.bounds_mm for part in job.parts])[:, :, :2]
        margin = min(boxes.min(), 400.0 - boxes.max())
        assert bool(margin >= 5.0) is is_clear, margin
        assert ("W405" in {notice.code for notice in job.notices}) is not is_clear


@pytest.mark.parametrize(
    "last",
    [
        [{"file": "flat.stl", "rotation_deg": [0, 0, 90]}],
        [{"file": "flat.stl"}, {"file": "wide.stl", "structure": "support"}],
    ],
    ids=["turned", "supported"],
)
def test_a_grid_is_for_copies_that_are_turned_and_supported_alike(tmp_path, last):
    """On a grid for the first of them the last would reach into its neighbours; no row has room for it."""
    write_stl(moved(box((12.0, 6.0, 2.0)), 6.0, 0.0, 0.0), tmp_path / "flat.stl")
    write_stl(moved(box((24.0, 2.0, 0.8)), 0.0, 2.0, 0.0), tmp_path / "wide.stl")
    flat = {"file": "flat.stl"}
    assert len(job_of(tmp_path, flat | {"count": 31}, machine="m100").parts) == 31
    with pytest.raises(BuildError, match="do not fit side by side"):
        job_of(tmp_path, flat | {"count": 30}, *last, machine="m100")
