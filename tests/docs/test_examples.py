"""The numbered examples, and the scripts that draw pictures of the docs, run and write what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
SCRIPTS = [*EXAMPLES, *(ROOT / "docs/pictures" / name for name in ("skins.py", "patterns.py"))]


@pytest.mark.parametrize("example", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_runs(example, tmp_path):
    outcome = subprocess.run(
        [sys.executable, example], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    said = [word.rstrip(":") for word in outcome.stdout.split()]
    written = [path for path in tmp_path.iterdir() if path.is_file() and path.name in said]
    assert written, "nothing was written"
    assert all(path.stat().st_size > 300 for path in written)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short(example):
    assert len(example.read_text().splitlines()) < 40
