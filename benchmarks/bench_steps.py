"""Time of each step on generated parts of growing size, in one process, best of several interleaved rounds.

    python benchmarks/bench_steps.py [--rounds 3] [--quick] [--output FILE.md]

Kernels are compiled before the clock starts. All steps run in one thread; the last column repeats slice,
hatch and assignment with all processors. The machine's noise is in every figure: compare within one table.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from amprep.assembling import assemble
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import gyroid, sphere
from amprep.engines.serial import SerialEngine
from amprep.engines.threads import ThreadsEngine
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.reading.stl import read_stl
from amprep.repair import check_and_mend
from amprep.version import __version__


@dataclass
class Row:
    name: str
    triangles: int
    layers: int = 0
    vectors: int = 0
    best_s: dict[str, float] = field(default_factory=dict)

    def take(self, step: str, seconds: float) -> None:
        self.best_s[step] = min(seconds, self.best_s.get(step, float("inf")))


def parts(*, quick: bool):
    yield "sphere Ø 20 mm, 5 k", sphere(20.0, 4)
    yield "bracket 108 mm, 14 k", bracket()
    yield "sphere Ø 40 mm, 82 k", sphere(40.0, 6)
    if not quick:
        yield "gyroid 30 mm", gyroid(30.0, 6.0, 24)
        yield "sphere Ø 40 mm, 1.3 M", sphere(40.0, 8)


def measure(row: Row, path: Path) -> None:
    clock = time.perf_counter()
    mesh, _ = read_stl(path, unit="mm")
    row.take("read", time.perf_counter() - clock)
    clock = time.perf_counter()
    check_and_mend(mesh, name=path.name)
    row.take("check", time.perf_counter() - clock)
    job = assemble([path], machine="m400-4", unit="mm")
    result = prepare(job, engine=SerialEngine())
    for step in ("slice", "hatch", "assign", "estimate"):
        row.take(step, result.timing_s[step])
    row.layers, row.vectors = job.layer_count, result.estimate.vectors
    clock = time.perf_counter()
    prepare(job, engine=ThreadsEngine(os.cpu_count() or 1))
    row.take("threads", time.perf_counter() - clock)


def table(rows: list[Row], rounds: int) -> str:
    steps = ("read", "check", "slice", "hatch", "assign", "estimate", "threads")
    head = f"amprep {__version__}, Python {platform.python_version()}, NumPy {np.__version__}"
    lines = [
        f"{head}, {os.cpu_count()} processors, best of {rounds} rounds, seconds",
        "",
        "| part | triangles | layers | vectors | " + " | ".join(steps[:-1]) + " | all, threads |",
        "|---|---:|---:|---:|" + "---:|" * len(steps),
    ]
    for row in rows:
        times = " | ".join(f"{row.best_s[step]:.3f}" for step in steps)
        lines.append(f"| {row.name} | {row.triangles:,} | {row.layers:,} | {row.vectors:,} | {times} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small parts only")
    parser.add_argument("--output", type=Path, help="write the table to this file as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files, rows = [], []
        for name, mesh in parts(quick=options.quick):
            path = Path(folder) / f"{len(files)}.stl"
            write_stl(mesh, path)
            files.append(path)
            rows.append(Row(name, len(mesh.faces)))
        measure(Row("warm-up", 0), files[0])
        for _ in range(options.rounds):
            for row, path in zip(rows, files, strict=True):
                measure(row, path)
    text = table(rows, options.rounds)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
