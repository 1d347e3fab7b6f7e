"""Small parts in a folder of their own, and the command line run inside this process."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer import testing

import amprep as package
from amprep.cli.app import app
from amprep.demonstrators.primitives import box
from amprep.output.stl import write_stl


def tree(folder: Path) -> dict[str, str]:
    """Every entry below a folder with a digest of its content; hidden and temporary names included."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(folder.rglob("*"))
    }


# Typer's runner makes the whole tree of commands anew for each call, which takes longer than most of them.
testing._get_command = functools.cache(testing._get_command)


def run(*arguments: object, cwd: Path | None = None):
    """`amprep ARGUMENTS`, with the outcome's exit status, stdout and stderr."""
    with contextlib.chdir(cwd or Path()):
        return testing.CliRunner().invoke(app, [str(argument) for argument in arguments])


def done(*arguments: object, cwd: Path | None = None):
    """As `run`, for what must succeed."""
    outcome = run(*arguments, cwd=cwd)
    assert outcome.exit_code == 0, f"amprep {arguments} failed:\n{outcome.stderr}"
    return outcome


def no_constant(name: str):
    raise AssertionError(f"{name} is no JSON")


def read_json(path: Path):
    """A JSON file without NaN and Infinity."""
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=no_constant)


def write_box(path: Path, size_mm: tuple[float, float, float] = (2.0, 2.0, 0.2)) -> Path:
    write_stl(box(size_mm), path)
    return path


def real(*arguments: object, **environment: str) -> dict[str, object]:
    """Keywords of `subprocess.Popen` for the command in a process of its own."""
    source = str(Path(package.__file__).resolve().parents[1])
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", "from amprep.cli.entry import main; main()"]
    return {
        "args": [*command, *(str(argument) for argument in arguments)],
        "env": {**os.environ, "PYTHONPATH": paths, **environment},
    }


@pytest.fixture(scope="session")
def amprep():
    """The helpers of this file."""
    return SimpleNamespace(tree=tree, run=run, done=done, real=real, read_json=read_json, write_box=write_box)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The working folder, with the part ``cube.stl`` of five layers; logs of faults go beside it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(logs))
    write_box(folder / "cube.stl")
    return folder


@pytest.fixture(scope="session")
def sliced(tmp_path_factory):
    """A finished job with pictures: its folder, and what the command printed."""
    folder = tmp_path_factory.mktemp("sliced")
    write_box(folder / "cube.stl")
    outcome = done("slice", "cube.stl", "-m", "m400-4", "--unit", "mm", "-j", "1", "--json", cwd=folder)
    return SimpleNamespace(
        folder=folder,
        job=folder / "cube.amjob",
        document=json.loads(outcome.stdout, parse_constant=no_constant),
        stderr=outcome.stderr,
    )
