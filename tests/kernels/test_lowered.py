"""Texts for LLVM that come with amprep: made of the present source, and enough without Numba."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from amprep.kernels import lowered
from amprep.kernels.areas import signed_area
from amprep.kernels.cache_folder import has_settings
from amprep.kernels.jit import Kernel
from amprep.kernels.machine_code import SUFFIX, is_supported, keep_machine_code, types_of
from amprep.kernels.warm_up import main_kernels
from benchmarks import lowered_kernels

SOURCE = Path(__file__).resolve().parents[2] / "src"
REMEDY = "python -m benchmarks.lowered_kernels"

pytestmark = pytest.mark.skipif(
    not is_supported() or has_settings() or os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"},
    reason="kernels are compiled by Numba here",
)

#: Kernels that only kernels call.
WITHIN_OTHERS = {"sort_range"}

EXERCISE = """
import json, sys
from amprep.kernels import warm_up
warm_up.exercise(0)
warm_up.exercise(1)
print(json.dumps("numba" in sys.modules))
"""


def every_kernel():
    """Those that Python calls."""
    return [
        kernel
        for kernel in lowered_kernels.all_kernels()
        if not kernel.__name__.startswith("_") and kernel.__name__ not in WITHIN_OTHERS
    ]


def exercised(cache, **environment):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(SOURCE), **environment}
    done = subprocess.run(
        [sys.executable, "-c", EXERCISE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def triangle():
    points, offsets = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]]), np.array([0, 3])
    points.flags.writeable = offsets.flags.writeable = False
    return points, offsets


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of texts that a test may spoil."""
    monkeypatch.setattr(lowered, "FOLDER", tmp_path)
    return tmp_path


def fresh():
    """A kernel that has met no arguments yet."""
    return Kernel(signed_area.py_func)


def text_of(kernel):
    name, _, source = kernel.cache_name.rpartition("-")
    types, _ = types_of(triangle())
    return lowered.from_lowered(name, source, types), (name, source, types)


def test_every_kernel_that_python_calls_has_a_text_of_its_present_source():
    without = [kernel.cache_name for kernel in every_kernel() if not kernel.is_lowered]
    assert without == [], f"after a change of a kernel: {REMEDY}"
    assert {*map(id, main_kernels())} <= {*map(id, every_kernel())}


def test_no_text_is_out_of_date():
    present = {kernel.cache_name.rpartition("-")[0]: kernel for kernel in lowered_kernels.all_kernels()}
    for path in lowered.FOLDER.iterdir():
        name = path.name.rpartition("-")[0]
        head, _ = lowered.read_lowered(path)
        assert name in present, f"{path.name}: {REMEDY}"
        assert head["source"] == present[name].cache_name.rpartition("-")[2], f"{path.name}: {REMEDY}"


def test_an_empty_cache_is_filled_without_numba(tmp_path):
    assert exercised(tmp_path) is False
    assert len([*tmp_path.rglob(f"*{SUFFIX}")]) >= len(main_kernels())


def test_a_text_gives_what_source_gives(folder):
    kernel = fresh()
    types, _ = types_of(triangle())
    assert text_of(kernel)[0] is None
    file = lowered_kernels.lower(kernel, triangle(), types)
    assert [path.name for path in folder.iterdir()] == [file]
    made, _ = text_of(kernel)
    assert made is not None
    symbol, (results, is_tuple), code = made
    assert symbol.encode() in code
    assert results == ["d"]
    assert not is_tuple
    numbers = keep_machine_code(f"{kernel.cache_name}-of-a-test", types, *made)
    assert numbers(triangle(), 8) == fresh().dispatcher(*triangle()) == 6.0


def test_the_same_source_gives_the_same_text(folder):
    types, _ = types_of(triangle())
    contents = []
    for _ in range(2):
        lowered_kernels.lower(fresh(), triangle(), types)
        contents += [path.read_bytes() for path in folder.iterdir()]
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    "damage", ["empty", "cut off", "no gzip", "other text", "other format", "not for LLVM"]
)
def test_a_spoiled_text_is_left_to_numba(folder, damage):
    kernel = fresh()
    types, _ = types_of(triangle())
    path = folder / lowered_kernels.lower(kernel, triangle(), types)
    head, text = lowered.read_lowered(path)
    content = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "no gzip":
        path.write_bytes(b"no gzip")
    elif damage == "bits":
        for place in range(10, len(content), 7):
            path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
            assert text_of(kernel)[0] is None, place
    elif damage == "other text":
        path.write_bytes(gzip.compress(json.dumps(head).encode() + b"\n" + text.encode() + b" "))
    elif damage == "other format":
        path.write_bytes(gzip.compress(json.dumps({**head, "format": 0}).encode() + b"\n" + text.encode()))
    else:
        del head["sha256"], head["format"]
        lowered.write_lowered(path, head, "define nothing")
    assert text_of(kernel)[0] is None


@pytest.mark.parametrize("name", ["balance.place_seams", "apart.are_plain", "laser_work.laser_work"])
def test_nothing_in_a_text_is_found_by_the_name_that_numba_gives_it(name):
    """Kernels share a linker: one that Numba compiles would call another's inner function."""
    paths = sorted(lowered.FOLDER.glob(f"{name}-*{lowered.SUFFIX}"))
    assert paths
    for path in paths:
        head, text = lowered.read_lowered(path)
        code = lowered._optimised(text, head["symbol"])
        defined = re.findall(r"^define [^@]*@([^( ]+)", text, re.MULTILINE)
        inner = {word.strip('"') for word in defined} - {head["symbol"]}
        assert not [word for word in inner if b"\0" + word.encode() + b"\0" in code]


def test_a_text_of_other_source_is_not_used():
    kernel = fresh()
    found, (name, source, types) = text_of(kernel)
    assert found is not None
    assert lowered.from_lowered(name, source[::-1], types) is None
    assert not lowered.is_lowered(name, source[::-1])


@pytest.mark.parametrize(("name", "value"), [("NUMBA_BOUNDSCHECK", "1"), ("AMPREP_KERNELS", "source")])
def test_who_sets_how_numba_compiles_gets_it_so(monkeypatch, name, value):
    assert text_of(fresh())[0] is not None
    monkeypatch.setenv(name, value)
    assert text_of(fresh())[0] is None
    assert not signed_area.is_lowered


LEAK = """
import resource
import numpy as np
from amprep.kernels.apart import are_plain
from amprep.kernels.laser_work import laser_work
from amprep.kernels.mitred import mitred_curves

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

angle = np.linspace(0.0, 2.0 * np.pi, 4000, endpoint=False)
points = np.column_stack([np.cos(angle), np.sin(angle)]) * (10.0 + np.sin(40.0 * angle))[:, None] + 20.0
offsets = np.array([0, len(points)])
points.flags.writeable = offsets.flags.writeable = False
segments = np.tile(np.linspace(1.0, 9.0, 4, dtype=np.float32), (4000, 1))
kinds, known = np.zeros(4000, dtype=np.uint16), np.zeros(1, dtype=np.int64)
reach = np.zeros((2, 2, 7))
reach[:, :, 2:4], reach[:, :, 6] = 40.0, np.inf

def work(times):
    for _ in range(times):
        assert are_plain(points, offsets)
        assert len(mitred_curves(points, offsets, 0.1, 2.0)[0]) > 3000
        laser_work(segments, kinds, kinds, np.ones((32, 7)), known, reach, 1)

work(20)
before = peak_mb()
work(600)
print(peak_mb() - before)
"""


def test_kernels_give_back_all_memory():
    """Each call here takes more than 0.5 MB for a while; what counts arrays is rewritten in the texts."""
    done = subprocess.run(
        [sys.executable, "-c", LEAK],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 30.0, "MB"
