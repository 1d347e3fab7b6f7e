"""``amprep doctor`` tells what an installation consists of and compiles its kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from amprep.checking.compiled import check_kernels
from amprep.kernels.cache_folder import exclusively
from amprep.kernels.machine_code import SUFFIX, is_supported
from amprep.kernels.warm_up import main_kernels

SOURCE = Path(__file__).resolve().parents[2] / "src"
COMMAND = "from amprep.cli.app import main; main()"


def started(cache, *options, **more):
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(cache),
        # The second place for kernels; what lies in the user's must not be found.
        "TMPDIR": str(cache),
        "PYTHONPATH": os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]),
        "PYTHONIOENCODING": "utf-8",
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "doctor", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )


def ended(process):
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return SimpleNamespace(stdout=out, stderr=errors)


def doctor(cache, *options, **more):
    return ended(started(cache, *options, **more))


def test_an_empty_cache_is_told_and_warmed_once_by_several_processes(tmp_path, amprep, shop):
    cold = doctor(tmp_path)
    assert "to compile on the first run" in cold.stdout
    assert str(tmp_path) in cold.stdout
    several = [ended(process) for process in [started(tmp_path, "--warm") for _ in range(3)]]
    assert ["compiling" in one.stderr for one in several].count(True) == 1
    assert all("all compiled" in one.stdout for one in several)
    assert all(
        "7 to compile on the first check, or now: amprep doctor --warm --all" in one.stdout for one in several
    )
    again = doctor(tmp_path, "--warm")
    assert "compiling" not in again.stderr
    assert "waiting" not in again.stderr
    assert "all compiled" in again.stdout
    files = [path.name for path in tmp_path.rglob(f"*{SUFFIX}")]
    for kernel in main_kernels():
        kept = any(name.startswith(f"{kernel.cache_name}-") for name in files)
        assert kept or not is_supported(), f"{kernel.cache_name} cannot be called without Numba"
    assert_all_are_compiled_ahead(tmp_path, amprep)


def assert_all_are_compiled_ahead(cache, amprep):
    """With --all a check compiles nothing any more."""
    warm = doctor(cache, "--warm", "--all")
    assert "the kernels of the check" in warm.stderr
    assert warm.stdout.count("all compiled") == 2
    assert "compiling" not in doctor(cache, "--warm", "--all").stderr
    before = {path.name for path in cache.rglob(f"*{SUFFIX}")}
    names = [name.partition("-")[0] for name in before]
    assert not is_supported() or {kernel.cache_name.partition("-")[0] for kernel in check_kernels()} <= {
        *names
    }
    environment = {"NUMBA_CACHE_DIR": str(cache), "TMPDIR": str(cache)}
    check = subprocess.run(
        **amprep.real("check", "cube.stl", **environment), capture_output=True, encoding="utf-8", check=False
    )
    assert check.returncode == 0, check.stderr
    assert "compiling" not in check.stderr
    assert {path.name for path in cache.rglob(f"*{SUFFIX}")} == before


def test_all_alone_is_refused(amprep):
    assert "error[E104] --all" in amprep.run("doctor", "--all").stderr


def test_a_cache_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    other = doctor(tmp_path / "file", TMPDIR=str(tmp_path / "tmp"))
    assert str(tmp_path / "tmp") in other.stdout
    assert "cannot be written" not in other.stdout


def test_the_lock_is_free_again_when_its_holder_is_killed(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    hold = (
        "import time; from amprep.kernels.cache_folder import exclusively\n"
        "with exclusively(lambda: None): print(flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    holder.stdout.readline()
    waited = []
    with exclusively(lambda: (waited.append(True), holder.kill())):
        assert waited
    holder.communicate()
