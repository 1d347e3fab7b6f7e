"""Kernels of a module of its own, compiled in one process and called without Numba in the next ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amprep.demonstrators.primitives import gyroid
from amprep.kernels import cache_folder
from amprep.kernels.cache_folder import source_digest
from amprep.kernels.machine_code import is_supported
from amprep.output.stl import write_stl

SOURCE = Path(__file__).resolve().parents[2] / "src"

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}, reason="compilation is switched off"
)
without_numba = pytest.mark.skipif(not is_supported(), reason="kernels are called by Numba here")

KERNELS = """
import numpy as np
from amprep.kernels.jit import kernel

@kernel
def half(x):
    return x * 0.5

@kernel
def everything(points, ids, n, x):
    out = np.empty((n, 3))
    for i in range(n):
        out[i, 0] = points[i % len(points), 1] * x
        out[i, 1] = ids[i % len(ids)]
        out[i, 2] = half(np.float64(i))
    return out, out[1:, 1], n + 1, half(x), n > 2

@kernel
def sum_of(values):
    total = 0.0
    for i in range(len(values)):
        total += values[i]
    return total

@kernel
def fill(values):
    values[:] = 7.0

@kernel
def give_back(values):
    return values
"""

SCRIPT = """
import json, sys
import numpy as np
import toys
points = np.arange(6.0).reshape(3, 2) / 3
points.flags.writeable = False
ids = np.array([3, 1, 4], dtype=np.int32)
said = []
for n, x in ((4, 0.1), (np.int64(4), np.float64(0.1)), (1, 2.0), (0, 1e300)):
    said.append([np.asarray(r).tolist() for r in toys.everything(points, ids, n, x)])
values = np.zeros(3)
said.append([toys.fill(values), values.tolist(), toys.give_back(values) is values])
for r in range(200):  # memory is given back, and taken again, while results live on
    kept = toys.everything(points, ids, 1000, 1.0)
    assert kept[0].flags.writeable and kept[1].tolist() == kept[0][1:, 1].tolist()
said.append(kept[1][:5].tolist())
try:
    toys.everything(points, ids, 10**15, 1.0)
except MemoryError:
    said.append("no memory")
# From the second call on the short way is taken, where arguments fit.
again = [toys.give_back(values) is values, toys.half(4), toys.half(4), toys.half(np.float64(3))]
again += [toys.half(-1.5), toys.half(np.int64(9)), toys.half(2**62), toys.half(-(2**63))]
counts = [sys.getrefcount(one) for one in (points, ids, values, NotImplemented, None, 0.125)]
for _ in range(1000):
    toys.give_back(values)
    toys.fill(values)
    toys.everything(points, ids, 3, 0.125)
later = [sys.getrefcount(one) for one in (points, ids, values, NotImplemented, None, 0.125)]
again.append([abs(a - b) < 20 for a, b in zip(counts, later)])
big = np.ones(200_000)
again += [toys.sum_of(big), toys.sum_of(big), toys.sum_of(np.arange(5.0))]
try:
    toys.everything(points, ids, 10**15, 1.0)
except MemoryError:
    again.append("no memory")
out = toys.everything(points, ids, 5, 2.0)
again.append([[one.shape, one.strides, one.dtype.str, one.flags.num] for one in out[:2]])
again.append([type(one).__name__ for one in out])
entries, toys.everything._entries = toys.everything._entries, ()
same = toys.everything(points, ids, 5, 2.0)
toys.everything._entries = entries
again.append(all(np.array_equal(a, b) for a, b in zip(out, same)))
import resource
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3000):
    toys.everything(points, ids, 10_000, 1.0)
again.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000)
said.append(again)
quick = "numba" not in sys.modules
# Only Numba knows what to do with these.
said.append([toys.sum_of(np.arange(8.0)[::2]), toys.sum_of(np.arange(4)[::-1])])
print(json.dumps({"said": said, "quick": quick}))
"""


@pytest.fixture
def toys(tmp_path):
    (tmp_path / "toys.py").write_text(KERNELS)
    return tmp_path


def started(folder: Path, script: str = SCRIPT, **environment: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(folder), str(SOURCE), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": paths, **environment},
    )


def ended(process: subprocess.Popen[str]):
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return json.loads(out.splitlines()[-1])


def run(folder: Path, **environment: str):
    return ended(started(folder, **environment))


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted((folder / "cache").rglob(pattern))


@without_numba
def test_the_next_process_gets_the_same_without_loading_numba(toys):
    first = run(toys)
    assert not first["quick"]
    second = run(toys)
    assert second["quick"]
    assert second["said"] == first["said"]
    assert first["said"][-3] == "no memory"
    assert first["said"][-1] == [12.0, 6.0]
    again = first["said"][-2]
    assert again[:8] == [True, 2.0, 2.0, 1.5, -0.75, 4.5, 2.0**61, -(2.0**62)]
    assert again[8] == [True] * 6, "references that were taken and not given back"
    assert again[9:13] == [200_000.0, 200_000.0, 10.0, "no memory"]
    assert again[13] == [[[5, 3], [24, 8], "<f8", 1281], [[4], [24], "<f8", 1280]]
    assert again[14] == ["ndarray", "ndarray", "int", "float", "bool"]
    assert again[15:] == [True, True], "the same results; memory given back"
    assert first["said"][0][0][3] == [1 / 3 * 0.1, 3.0, 1.5]
    by_numba = run(toys, AMPREP_KERNELS="numba")
    assert not by_numba["quick"]
    assert by_numba["said"] == first["said"]


@without_numba
def test_a_job_is_the_same_to_the_bit_from_half_compiled_kernels_and_from_source(tmp_path):
    write_stl(gyroid(8.0, 4.0, 8), tmp_path / "part.stl")
    shards = {}
    for way in ("", "source"):
        folder = tmp_path / f"job{way}"
        arguments = ["part.stl", "-m", "m400-4", "--no-report", "--unit", "mm", "-o", folder.name]
        done = subprocess.run(
            [sys.executable, "-c", "from amprep.cli.app import main; main()", "slice", *arguments],
            env={**os.environ, "PYTHONPATH": str(SOURCE), "AMPREP_KERNELS": way},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        files = [*sorted((folder / "vectors").iterdir()), folder / "layers.parquet"]
        shards[way] = [file.read_bytes() for file in files]
    assert len(shards[""]) > 2
    assert shards[""] == shards["source"]


def test_several_processes_at_once_on_an_empty_cache_agree(toys):
    processes = [started(toys) for _ in range(4)]
    outcomes = [ended(process) for process in processes]
    assert [outcome["said"] for outcome in outcomes] == [outcomes[0]["said"]] * 4
    assert not files(toys, "*.tmp.*")
    assert run(toys)["quick"] == is_supported()


@pytest.mark.parametrize("damage", ["empty", "cut off", "scrambled"])
def test_damaged_files_are_compiled_anew(toys, damage):
    sound = run(toys)
    for file in files(toys, "*.*"):
        content = file.read_bytes()
        if damage == "empty":
            file.write_bytes(b"")
        elif damage == "cut off":
            file.write_bytes(content[: len(content) // 2])
        else:
            file.write_bytes(bytes(byte ^ 0x5A for byte in content))
    again = run(toys)
    assert not again["quick"]
    assert again["said"] == sound["said"]
    assert run(toys)["quick"] == is_supported()


def test_a_process_that_is_killed_while_it_compiles_leaves_nothing_broken(toys):
    process = started(toys)
    deadline = time.monotonic() + 60
    while not files(toys, "toys.*") and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)  # Python does nothing about it here: the process is gone at once
    process.communicate()
    assert run(toys)["said"] == run(toys)["said"]


def test_where_no_folder_can_be_written_kernels_are_compiled_in_memory(toys):
    (toys / "cache").write_text("no folder")
    script = "from amprep.kernels import cache_folder; cache_folder._temporary = lambda: []\n" + SCRIPT
    first = ended(started(toys, script))
    assert first["said"][-1] == [12.0, 6.0]
    assert not first["quick"]


def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_one(toys):
    (toys / "cache").write_text("no folder")
    (toys / "tmp").mkdir()
    first = run(toys, TMPDIR=str(toys / "tmp"))
    second = run(toys, TMPDIR=str(toys / "tmp"))
    assert second["said"] == first["said"]
    assert second["quick"] == is_supported()


@without_numba
def test_changed_source_is_compiled_anew(toys):
    run(toys)
    (toys / "toys.py").write_text(KERNELS.replace("x * 0.5", "x * 0.25"))
    changed = run(toys)
    assert not changed["quick"]
    assert changed["said"][0][0][3] == [1 / 3 * 0.1, 3.0, 0.75]


@without_numba
def test_other_settings_of_numba_have_code_of_their_own(toys):
    run(toys)
    assert not run(toys, NUMBA_BOUNDSCHECK="1")["quick"]
    assert run(toys, NUMBA_BOUNDSCHECK="1")["quick"]


def test_the_digest_of_a_kernel_covers_the_kernels_it_calls(tmp_path):
    caller, called, other = (tmp_path / name for name in ("caller.py", "called.py", "other.py"))
    caller.write_text("from amprep.kernels.called import f\n")
    called.write_text("from amprep.kernels.caller import g\n")
    other.write_text("")
    before = {path: source_digest(path) for path in (caller, called, other)}
    source_digest.cache_clear()
    called.write_text("def f(): pass\n")
    assert source_digest(caller) != before[caller]
    assert source_digest(other) == before[other]
    source_digest.cache_clear()


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ('"version": "0.68.0"', True),
        ('"version": "0.68.9rc1"', True),
        ('"version": "0.67.2"', False),
        ('"version": "0.69.0"', False),
        ('"version": "1.0.0"', False),
        ("1795252800", False),
    ],
)
def test_only_versions_of_numba_that_were_tested_are_looked_into(monkeypatch, text, known):
    monkeypatch.setattr(cache_folder, "_numba_version", lambda: text)
    assert cache_folder.numba_is_known() == known


def test_an_unknown_numba_is_used_in_its_public_ways_only(toys):
    newer = "from amprep.kernels import cache_folder\ncache_folder._numba_version = lambda: '9.9'\n"
    found = [ended(started(toys, newer + SCRIPT)) for _ in range(2)]
    assert found[0] == found[1]
    assert not found[0]["quick"]
    assert found[0]["said"] == run(toys)["said"]
    names = {path.suffix for path in (toys / "cache").rglob("*") if path.is_file()}
    assert {".nbi", ".nbc"} <= names, "Numba's own cache"
