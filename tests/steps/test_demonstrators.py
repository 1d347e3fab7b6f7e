"""Oracles: volumes by formula; trimesh for watertightness."""

from __future__ import annotations

import math
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import box, cylinder, gyroid, plate_with_holes, sphere, thin_walls
from amprep.output.stl import write_stl
from amprep.reading.stl import read_stl

BODIES = {
    "bracket": bracket,
    "box": lambda: box((1.0, 2.0, 3.0)),
    "cylinder": lambda: cylinder(10.0, 5.0),
    "sphere": lambda: sphere(20.0, 3),
    "plate": plate_with_holes,
    "walls": thin_walls,
    "gyroid": lambda: gyroid(resolution=8),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_watertight_and_stays_so_in_a_file(name, tmp_path):
    mesh = BODIES[name]()
    path = tmp_path / "part.stl"
    write_stl(mesh, path)
    read, source = read_stl(path, unit="mm")
    assert source.notices == ()
    assert len(read.faces) == len(mesh.faces)
    for candidate in (mesh, read):
        body = trimesh.Trimesh(candidate.vertices, candidate.faces, process=False)
        assert body.is_watertight
        assert body.is_winding_consistent
    assert read.volume_mm3 == pytest.approx(mesh.volume_mm3, rel=1e-6)
    assert mesh.volume_mm3 > 0


def polygon_area(diameter, segments):
    return segments / 2 * math.sin(2 * math.pi / segments) * (diameter / 2) ** 2


def test_volumes_follow_their_formulas():
    assert box((2.0, 3.0, 4.0)).volume_mm3 == pytest.approx(24.0, rel=1e-12)
    assert cylinder(10.0, 5.0, 64).volume_mm3 == pytest.approx(5 * polygon_area(10, 64), rel=1e-12)
    plate = plate_with_holes((100.0, 60.0, 6.0), hole_diameter_mm=8.0, holes=(5, 3), segments=64)
    assert plate.volume_mm3 == pytest.approx(6 * (6000 - 15 * polygon_area(8, 64)), rel=1e-6)
    walls = thin_walls((0.1, 0.2, 1.0), height_mm=10.0, length_mm=20.0, gap_mm=2.0, base_mm=2.0)
    assert walls.volume_mm3 == pytest.approx(20 * (2 * (1.3 + 4 * 2) + 10 * 1.3), rel=1e-6)


def test_the_sphere_comes_near_its_volume_from_below():
    exact = math.pi * 20.0**3 / 6
    missing = [1 - sphere(20.0, n).volume_mm3 / exact for n in (3, 4, 5)]
    assert 0 < missing[2] < 2e-3
    assert missing[0] / missing[1] == pytest.approx(4, rel=0.02)
    assert len(sphere(1.0, 3).faces) == 20 * 4**3


def test_the_gyroid_fills_half_of_its_cube():
    mesh = gyroid(20.0, 10.0, 16)
    assert mesh.volume_mm3 == pytest.approx(4000.0, rel=0.02)
    np.testing.assert_allclose(mesh.size_mm, (20.0, 20.0, 20.0), atol=1e-5)


def test_the_bracket_has_its_size_and_its_five_holes():
    mesh = bracket()
    np.testing.assert_allclose(mesh.bounds_mm, [[0, 0, 0], [108, 56, 44]], atol=1e-6)
    assert 5_000 < len(mesh.faces) < 20_000
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert body.body_count == 1
    assert body.euler_number == 2 - 2 * 5, "four screw holes and one bore"


def test_an_empty_body_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        plate_with_holes((0.0, 0.0, 0.0))


def test_the_example_writes_the_bracket_and_says_so(tmp_path, monkeypatch, capsys):
    example = Path(__file__).resolve().parents[2] / "examples" / "01_make_bracket.py"
    path = tmp_path / "mine.stl"
    monkeypatch.setattr(sys, "argv", [str(example), str(path)])
    runpy.run_path(str(example), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "108 × 56 × 44 mm" in printed
    mesh, _ = read_stl(path)
    assert len(mesh.faces) == len(bracket().faces)
