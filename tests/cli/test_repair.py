"""`amprep repair`, and the options of `slice` that mend or refuse: what is written, told, and left alone."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from amprep.demonstrators.primitives import box
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl
from amprep.reading.stl import read_stl
from amprep.repair import check_and_mend

ON_M400 = ("-m", "m400-4", "--no-report", "-j", "1")


def write(path, *, without=(), turned=(), beside=None):
    mesh = box((2.0, 2.0, 0.2))
    faces = mesh.faces.copy()
    faces[list(turned)] = faces[list(turned)][:, ::-1]
    vertices = mesh.vertices
    faces = np.delete(faces, list(without), axis=0)
    if beside is not None:
        vertices = np.concatenate([vertices, mesh.vertices + np.array([beside, beside, 0.0])])
        faces = np.concatenate([faces, mesh.faces + 8])
    write_stl(Mesh(vertices, faces), path)


def report_of(path):
    mesh, _ = read_stl(path)
    return check_and_mend(mesh, name="p")[1]


def test_a_mended_file_needs_no_repair_and_is_told_in_both_forms(amprep, shop):
    write(shop / "bad.stl", without=(3,), turned=(7,))
    outcome = amprep.done("repair", "bad.stl", "-o", "good.stl", "--fill-holes")
    assert "1 hole was filled with 1 triangle of" in outcome.stdout
    assert "1 triangle that pointed against the rest was turned" in outcome.stdout
    assert "watertight" in outcome.stdout
    report = report_of(shop / "good.stl")
    assert report.is_watertight
    assert not any(report.repairs.values())
    assert report.volume_mm3 == pytest.approx(0.8), "mm³"
    first = (shop / "good.stl").read_bytes()
    outcome = amprep.done("repair", "bad.stl", "-o", "good.stl", "--fill-holes", "--force", "--json")
    document = json.loads(outcome.stdout)
    assert document["schema"] == "amprep.repair/1"
    assert document["repairs"]["holes_filled"] == 1
    assert document["repairs"]["triangles_turned"] == 1
    assert [warning["code"] for warning in document["warnings"]].count("W272") == 1
    assert (shop / "good.stl").read_bytes() == first, "not the same bytes again"


def test_a_file_without_faults_is_written_as_it_is(amprep, shop):
    outcome = amprep.done("repair", "cube.stl", "-o", "same.stl", "--unit", "mm")
    assert "nothing had to be changed" in outcome.stdout
    assert report_of(shop / "same.stl").triangles == 12


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (("bad.stl", "-o", "new.stl"), "E203", 3),
        (("cube.stl", "-o", "bad.stl"), "E501", 5),
        (("cube.stl", "-o", "cube.stl", "--force"), "E501", 5),
        (("cube.stl", "-o", "."), "E502", 5),
        (("cube.stl", "-o", "no/such/folder.stl"), "E502", 5),
        (("none.stl", "-o", "new.stl"), "E201", 3),
        (("cube.stl", "-o", "new.stl", "--crack-tolerance", "1mm"), "E104", 2),
        (("cube.stl", "-o", "new.stl", "--crack-tolerance", "thin"), "E104", 2),
        (("cube.stl", "-o", "new.stl", "--unit", "ell"), "E104", 2),
    ],
)
def test_what_cannot_be_repaired_or_written_is_refused(arguments, code, status, amprep, shop, tmp_path):
    write(shop / "bad.stl", without=(3,))
    before = amprep.tree(tmp_path)
    outcome = amprep.run("repair", *arguments)
    assert outcome.exit_code == status, outcome.stderr
    assert f"error[{code}]" in outcome.stderr
    assert amprep.tree(tmp_path) == before, "something was left behind or changed"


def test_slice_fills_holes_when_asked_for_and_the_job_file_keeps_it(amprep, shop):
    write(shop / "bad.stl", without=(3,))
    outcome = amprep.run("slice", "bad.stl", *ON_M400)
    assert outcome.exit_code == 3
    assert "Layers 1 – 5" in outcome.stderr
    assert "--fill-holes" in outcome.stderr
    document = json.loads(amprep.done("slice", "bad.stl", *ON_M400, "--fill-holes", "--json").stdout)
    assert document["repairs"]["holes_filled"] == 1
    assert document["input"][0]["repairs"]["hole_triangles"] == 1
    assert "fill_holes = true" in (shop / "bad.amjob" / "job.toml").read_text(encoding="utf-8")
    again = json.loads(
        amprep.done("run", "bad.amjob/job.toml", "-o", "again.amjob", "--no-report", "--json").stdout
    )
    assert again["job_hash"] == document["job_hash"]
    assert again["repairs"] == document["repairs"]


def test_even_odd_leaves_out_the_overlap(amprep, shop):
    write(shop / "two.stl", beside=1.0)
    merged = json.loads(amprep.done("slice", "two.stl", *ON_M400, "--json").stdout)
    assert merged["volume_mm3"] == pytest.approx(7.0 * 0.2), "mm³"
    assert merged["repairs"]["parts_with_merged_bodies"] == 1
    cancelled = json.loads(
        amprep.done("slice", "two.stl", *ON_M400, "--fill", "even-odd", "--force", "--json").stdout
    )
    assert cancelled["volume_mm3"] == pytest.approx(6.0 * 0.2), "mm³"
    assert cancelled["fill"] == "even-odd"
    assert cancelled["job_hash"] != merged["job_hash"]
    assert amprep.run("slice", "two.stl", *ON_M400, "--fill", "odd", "--force").exit_code == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"turned": (3,)}, "pointed against"),
        ({"beside": 1.0}, "overlap"),
        ({"without": (3,)}, "is open"),
    ],
)
def test_strict_refuses_any_repair_and_leaves_nothing(fault, words, amprep, shop, tmp_path):
    write(shop / "bad.stl", **fault)
    before = amprep.tree(tmp_path)
    outcome = amprep.run("slice", "bad.stl", *ON_M400, "--strict")
    assert outcome.exit_code == 3
    assert words in outcome.stderr
    assert amprep.tree(tmp_path) == before
    assert amprep.run("slice", "cube.stl", *ON_M400, "--strict").exit_code == 0


def shells(path, *boxes):
    """A file of boxes: size, lower corner, and whether each is turned inside out."""
    vertices, faces = [], []
    for size, corner, is_cavity in boxes:
        mesh = box(size)
        faces.append((mesh.faces[:, ::-1] if is_cavity else mesh.faces) + 8 * len(vertices))
        vertices.append(mesh.vertices - mesh.vertices.min(axis=0) + np.array(corner))
    write_stl(Mesh(np.concatenate(vertices), np.concatenate(faces).astype(np.int32)), path)


BLOCK = ((4.0, 4.0, 0.4), (0.0, 0.0, 0.0), False)


@pytest.mark.parametrize("how", [(), ("-n",)], ids=["writing", "dry run"])
@pytest.mark.parametrize("fill", ["non-zero", "even-odd"])
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], None),
        ([((4.0, 4.0, 0.4), (5.0, 0.0, 0.0), False)], None),
        ([((4.0, 4.0, 0.4), (4.0, 0.0, 0.0), False)], None),
        ([((4.0, 4.0, 0.4), (4.0, 4.0, 0.0), False)], None),
        ([((2.0, 2.0, 0.2), (1.0, 1.0, 0.1), True)], None),
        ([((4.0, 4.0, 0.4), (3.0, 1.0, 0.0), False)], "bodies overlap and would .* layers 1 – 10"),
        ([((2.0, 2.0, 0.2), (1.0, 1.0, 0.1), False)], "bodies overlap and would .* layers 4 – 8"),
        ([((2.0, 2.0, 0.01), (1.0, 1.0, 0.215), False)], "bodies overlap and would .* layer 6"),
    ],
    ids=["alone", "apart", "common face", "common edge", "cavity", "overlapping", "nested", "thin, nested"],
)
def test_strict_finds_bodies_in_each_other_also_in_a_dry_run(more, words, fill, how, amprep, shop, tmp_path):
    shells(shop / "part.stl", BLOCK, *more)
    before = amprep.tree(tmp_path)
    outcome = amprep.run("slice", "part.stl", *ON_M400, "--fill", fill, "--strict", *how)
    if words is None:
        assert outcome.exit_code == 0, outcome.stderr
        return
    assert outcome.exit_code == 3
    assert "error[E273] part: the mesh needs repair" in outcome.stderr
    assert re.search(words, outcome.stderr), outcome.stderr
    assert amprep.tree(tmp_path) == before
    amprep.done("slice", "part.stl", *ON_M400, "--fill", fill, *how)


def test_strict_names_a_cavity_that_leaves_its_body(amprep, shop):
    shells(shop / "part.stl", BLOCK, ((2.0, 2.0, 0.2), (2.5, 1.0, 0.1), True))
    for how in ((), ("-n",)):
        outcome = amprep.run("slice", "part.stl", *ON_M400, "--strict", *how)
        assert outcome.exit_code == 3
        assert "a cavity sticks out of its body and would be cut off, in layers 4 – 8" in outcome.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_layers_that_are_merged_are_those_whose_bodies_overlap(workers, shop):
    """Told for each part and copy, whatever the engine, as the layers tell when they are made."""
    from amprep.assembling import assemble
    from amprep.engines import engine_for
    from amprep.overlaps import merged_layers
    from amprep.pipeline import prepare

    shells(shop / "part.stl", BLOCK, ((4.0, 4.0, 3.0), (3.0, 1.0, 0.2), False))
    job = assemble(["cube.stl", "part.stl", "part.stl"], machine="m400-4", layer_thickness_mm=0.04)
    found = merged_layers(job, engine=engine_for(workers))
    assert [one.overlapping for one in found] == [(), (5, 6, 7, 8, 9), (5, 6, 7, 8, 9)]
    assert not any(one.sticking_out for one in found)
    told = {notice.where for notice in prepare(job).notices if notice.code == "W214"}
    assert told == {"part", "part 2"}


def slit(path, width_mm, *, hole=False):
    """A box whose lid stands off on one side by a slit of so many mm; with `hole` a side is missing, too."""
    mesh = box((150.0, 20.0, 0.4))
    corners = mesh.vertices[mesh.faces]
    lid = (corners[:, :, 2] == corners[:, :, 2].max()).all(axis=1)
    corners[lid, :, 2] += width_mm * (corners[lid, :, 0] > corners[:, :, 0].mean())
    if hole:
        side = (corners[:, :, 0] == corners[:, :, 0].min()).all(axis=1)
        corners = corners[~side]
    write_stl(Mesh(corners.reshape(-1, 3), np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)), path)


@pytest.mark.parametrize(
    ("width_um", "proposed"),
    [(8, "10um"), (15, "20um"), (30, "50um"), (49, "50um"), (90, "100um"), (120, None)],
)
def test_a_tolerance_that_would_close_an_open_part_is_proposed_and_does(width_um, proposed, amprep, shop):
    slit(shop / "slit.stl", width_um / 1000)
    for command in (("slice", "slit.stl", *ON_M400, "-n"), ("repair", "slit.stl", "-o", "out.stl")):
        outcome = amprep.run(*command)
        assert outcome.exit_code == 3
        assert "error[E203]" in outcome.stderr
        if proposed is None:
            assert "CLOSED.stl --fill-holes" in outcome.stderr
            assert "--crack-tolerance" not in outcome.stderr
            continue
        fix = f"amprep repair slit.stl -o CLOSED.stl --crack-tolerance {proposed}"
        assert fix in outcome.stderr, outcome.stderr
        amprep.done(*command, "--crack-tolerance", proposed, "--json")
    outcome = amprep.run("check", "slit.stl")
    assert (f"--crack-tolerance {proposed}" in outcome.stdout) == (proposed is not None)


def test_no_tolerance_is_proposed_where_none_helps(amprep, shop):
    """A hole beside the slit, a tolerance that is already wider, or a mesh that is open everywhere."""
    slit(shop / "hole.stl", 0.02, hole=True)
    slit(shop / "wide.stl", 0.2)
    for name, more in (("hole.stl", ()), ("wide.stl", ("--crack-tolerance", "100um"))):
        outcome = amprep.run("slice", name, *ON_M400, "-n", *more)
        assert outcome.exit_code == 3
        assert "--fill-holes" in outcome.stderr
        assert "--crack-tolerance" not in outcome.stderr


def test_strict_holds_for_job_files_too(amprep, shop):
    write(shop / "bad.stl", turned=(3,))
    (shop / "job.toml").write_text('machine = "m400-4"\n[[parts]]\nfile = "bad.stl"\n', encoding="utf-8")
    outcome = amprep.run("run", "job.toml", "--no-report", "--strict")
    assert outcome.exit_code == 3
    assert "E273" in outcome.stderr


def test_an_output_that_is_named_as_something_else_is_refused(amprep, shop):
    write(shop / "good.stl")
    outcome = amprep.run("repair", "good.stl", "-o", "good.obj")
    assert outcome.exit_code == 2
    assert "error[E104]" in outcome.stderr
    assert not (shop / "good.obj").exists()


def test_a_damaged_file_is_told_before_its_holes_are(amprep, shop):
    write(shop / "good.stl")
    (shop / "cut.stl").write_bytes((shop / "good.stl").read_bytes()[:-110])
    outcome = amprep.run("repair", "cut.stl", "-o", "out.stl")
    assert outcome.exit_code == 3
    assert "truncated" in outcome.stderr
    assert "export the part again" in outcome.stderr
