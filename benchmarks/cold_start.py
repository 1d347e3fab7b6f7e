"""What compiling costs once, and what every start costs after that.

    python benchmarks/cold_start.py [--rounds 5] [--json FILE] [--output FILE.md]

Every figure is taken in processes of their own. Compiling goes to an empty cache, once from the texts that
come with amprep and once from the kernels' source, as it is done where no text fits; start-up is the best of
several interleaved rounds with a warm cache, as wall time of the whole process and as its processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from amprep.demonstrators.bracket import bracket
from amprep.output.stl import write_stl
from amprep.version import __version__

ONE_PROCESS = """
import json, os, time
from amprep.kernels import jit, warm_up

if os.environ.get("AMPREP_KERNELS") == "source":
    import numba
    numba.njit(lambda x: x + 1)(1)  # what the first compilation of a process costs anyway

rows = []

def timed(self, types, arguments, plain=jit.Kernel.compiled):
    began = time.perf_counter()
    result = plain(self, types, arguments)
    rows.append([self.cache_name.rpartition("-")[0], time.perf_counter() - began])
    return result

jit.Kernel.compiled = timed
warm_up.exercise(0)
warm_up.exercise(1)
print(json.dumps(rows))
"""
TWO_PROCESSES = """
from amprep.cli.compilation import compile_kernels
compile_kernels(print)
"""
FIRST_KERNEL = """
import numpy as np
from amprep.kernels.areas import signed_area
from amprep.kernels.warm_up import _read_only
signed_area(_read_only(np.zeros((3, 2))), _read_only(np.array([0, 3])))
"""
CONTOURS = "import amprep\nfor block in amprep.contours({part!r}, layer_thickness_mm=0.04): pass"
COMMAND = "from amprep.cli.app import main; main()"


def run(code: str, *arguments: str, cache: Path, **environment: str):
    """Seconds on the wall and of processors that a process took, with its output."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cache,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), **environment},
    )
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise SystemExit(done.stderr)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu, done.stdout


def compiling(folder: Path) -> dict:
    ways = {"text": {}, "source": {"AMPREP_KERNELS": "source"}}
    found: dict = {"kernels": {}, "compiling": {}}
    for way, environment in ways.items():
        for processes, code in (("one", ONE_PROCESS), ("two", TWO_PROCESSES)):
            cache = folder / f"{way}-{processes}"
            cache.mkdir()
            wall, cpu, said = run(code, cache=cache, **environment)
            found["compiling"][f"{way}, {processes}"] = {"wall_s": wall, "cpu_s": cpu}
            if processes == "one":
                for name, seconds in json.loads(said):
                    found["kernels"].setdefault(name, {})[f"{way}_s"] = seconds
    return found


def starting(folder: Path, rounds: int) -> dict:
    part = str(folder / "bracket.stl")
    write_stl(bracket(), part)
    job = ["slice", part, "--machine", "m400-4", "--no-report", "--force", "-o", str(folder / "out.amjob")]
    cases = {
        "python alone": ("pass", [], {}),
        "import numpy": ("import numpy", [], {}),
        "import numpy, llvmlite.binding": ("import numpy, llvmlite.binding", [], {}),
        "import numba": ("import numba", [], {}),
        "import pydantic": ("import pydantic", [], {}),
        "import pyarrow.parquet": ("import pyarrow.parquet", [], {}),
        "amprep --help": (COMMAND, ["--help"], {}),
        "first kernel done": (FIRST_KERNEL, [], {}),
        "first kernel done, by Numba": (FIRST_KERNEL, [], {"AMPREP_KERNELS": "numba"}),
        "contours of the bracket": (CONTOURS.format(part=part), [], {}),
        "contours of the bracket, by Numba": (CONTOURS.format(part=part), [], {"AMPREP_KERNELS": "numba"}),
        "amprep slice bracket.stl --dry-run": (COMMAND, [*job, "--dry-run"], {}),
        "amprep slice bracket.stl --no-report": (COMMAND, job, {}),
    }
    best = {name: [float("inf")] * 2 for name in cases}
    for i in range(rounds + 1):
        for name, (code, arguments, environment) in cases.items():
            wall, cpu, _ = run(code, *arguments, cache=folder, **environment)
            if i:  # the first round fills the cache and the system's own
                best[name] = [min(best[name][0], wall), min(best[name][1], cpu)]
    return {name: {"wall_s": wall, "cpu_s": cpu} for name, (wall, cpu) in best.items()}


def table(found: dict) -> str:
    lines = [
        found["versions"],
        "",
        "| kernel, with those it calls first | from its text, s | from source, s |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {k.get('text_s', 0):.2f} | {k.get('source_s', 0):.2f} |"
        for name, k in found["kernels"].items()
    ]
    lines += ["", "| empty cache to all kernels | wall, s | processor, s |", "|---|---:|---:|"]
    for name, took in found["compiling"].items():
        way, _, processes = name.partition(", ")
        several = "one process" if processes == "one" else "two processes"
        lines.append(f"| from {way}, {several} | {took['wall_s']:.1f} | {took['cpu_s']:.1f} |")
    lines += ["", "| fresh process, warm cache | wall, s | processor, s |", "|---|---:|---:|"]
    lines += [f"| {n} | {t['wall_s']:.3f} | {t['cpu_s']:.3f} |" for n, t in found["starting"].items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write all figures to this file as well")
    parser.add_argument("--output", type=Path, help="write the tables to this file as well")
    options = parser.parse_args()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "llvmlite"))
    head = f"amprep {__version__}, Python {platform.python_version()}, {packages}"
    found = {"versions": f"{head}, {os.cpu_count()} processors, best of {options.rounds} rounds"}
    with tempfile.TemporaryDirectory() as folder:
        found |= compiling(Path(folder))
        (Path(folder) / "start").mkdir()
        found["starting"] = starting(Path(folder) / "start", options.rounds)
    text = table(found)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
