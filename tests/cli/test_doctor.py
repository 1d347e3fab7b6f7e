"""``amprep doctor`` tells what an installation consists of and compiles its kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
COMMAND = "from amprep.cli.app import main; main()"


def doctor(cache, *options):
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONPATH": os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "doctor", *options],
        capture_output=True,
        encoding="utf-8",
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        check=True,
    )


def test_an_empty_cache_is_told_and_warmed_once(tmp_path):
    cold = doctor(tmp_path)
    assert "to compile on the first run" in cold.stdout
    assert str(tmp_path) in cold.stdout
    warm = doctor(tmp_path, "--warm")
    assert "compiling" in warm.stderr
    assert "all compiled" in warm.stdout
    again = doctor(tmp_path, "--warm")
    assert "compiling" not in again.stderr
    assert "all compiled" in again.stdout
