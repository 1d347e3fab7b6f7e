"""A second specialisation of a kernel is compiled in silence and costs seconds: count them after a whole run.

Run in a process of its own, as other tests call kernels with types of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

SCRIPT = """
import importlib, json, pkgutil, sys
from pathlib import Path
import numpy as np
import amprep, amprep.kernels
from amprep.demonstrators.primitives import box, gyroid
from amprep.engines.threads import ThreadsEngine
from amprep.kernels.jit import Kernel
from amprep.kernels.warm_up import main_kernels
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl

folder = Path(sys.argv[1])
write_stl(gyroid(12.0, 6.0, 10), folder / "fine.stl")
outer, inner = box((9.0, 9.0, 2.0)), box((3.0, 3.0, 1.0))
cavity = np.concatenate([outer.faces, inner.faces[:, ::-1] + 8])
body = Mesh(np.concatenate([outer.vertices, inner.vertices + [3.0, 3.0, 0.5]]), cavity)
write_stl(body, folder / "hollow.stl")
write_stl(Mesh(outer.vertices, np.ascontiguousarray(outer.faces[:, ::-1])), folder / "turned.stl")
write_stl(Mesh(outer.vertices, np.concatenate([outer.faces, outer.faces[:1]])), folder / "double.stl")
from amprep.kernels.warm_up import exercise
exercise(0)
exercise(1)
names = [str(folder / name) for name in ("fine.stl", "hollow.stl", "turned.stl", "double.stl")]
for machine, engine in (("m400-4", ThreadsEngine(2)), ("m100", None)):
    amprep.prepare(amprep.assemble(names, machine=machine, unit="mm"), engine=engine)

counts = {}
for module in pkgutil.iter_modules(amprep.kernels.__path__, "amprep.kernels."):
    for name, value in vars(importlib.import_module(module.name)).items():
        if isinstance(value, Kernel) and value.__module__ == module.name:
            counts[f"{module.name}.{name}"] = len(value.signatures)
main = [f"{k.__module__}.{k.__name__}" for k in main_kernels() if hasattr(k, "signatures")]
print(json.dumps({"counts": counts, "main": main}))
"""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="compilation is switched off")
def test_every_kernel_has_one_specialisation_after_a_whole_run(tmp_path):
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found["counts"]) >= 12
    assert {name: n for name, n in found["counts"].items() if n > 1} == {}
    assert {name: found["counts"][name] for name in found["main"]} == dict.fromkeys(found["main"], 1)
