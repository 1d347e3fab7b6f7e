"""A small job of four lasers, finished once for all tests, whose part has a name that would end a script."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.demonstrators.primitives import box, cylinder
from amprep.output.stl import write_stl
from amprep.runs import open_run

NASTY = "</script><b>&'\"<!--"

JOB = f"""
machine = "m400-4"
material = "316l"
name = '''{NASTY}'''
[upskin]
layers = 2
laser_power_w = 123
[[rules]]
layers = "2..3"
[rules.hatch]
scan_speed_mm_s = 700
[[parts]]
file = "box.stl"
position_mm = [200, 200]
name = '''{NASTY}'''
[[parts]]
file = "disc.stl"
position_mm = [212, 200]
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = tmp_path_factory.mktemp("viewer")
    write_stl(box((9.0, 7.0, 0.4)), shop / "box.stl")
    write_stl(cylinder(6.0, 0.24, 48), shop / "disc.stl")
    (shop / "job.toml").write_text(JOB, encoding="utf-8")
    with contextlib.chdir(shop):
        done = CliRunner().invoke(app, ["run", "job.toml", "--no-report", "-j", "1", "-o", "demo.amjob"])
    assert done.exit_code == 0, done.output
    return shop / "demo.amjob"


@pytest.fixture(scope="session")
def run(folder: Path):
    return open_run(folder)
