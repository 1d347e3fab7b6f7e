"""``amprep bench``: seconds per step on generated parts.

Every step is a function that is called again and again; the best time counts, as a machine can be slowed down
but not sped up. Steps are taken in turns over several rounds, so that all of them see the same disturbances.
"""

from __future__ import annotations

import functools
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from amprep.benchmark_records import SCHEMA
from amprep.demonstrators.bracket import bracket
from amprep.demonstrators.primitives import gyroid, sphere
from amprep.engines import engine_for
from amprep.engines.serial import SerialEngine
from amprep.hatching.exposing import expose
from amprep.hatching.patterns import hatch_curves
from amprep.kernels.offset import offset_raw
from amprep.model.job import layer_count_for_height
from amprep.output.stl import write_stl
from amprep.pipeline import assemble, prepare
from amprep.reading.stl import read_stl
from amprep.repair import check_and_mend
from amprep.slicing import PartCut, cut, plan_mesh
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from amprep.model.layer import Contours
    from amprep.model.mesh import Mesh

__all__ = ["Step", "measure", "processor_name", "record", "steps"]

_LAYER_MM = 0.04
_HATCH_MM = 0.1
_ANGLE_DEG = 67.0
_BEAM_OFFSET_MM = 0.08
_HATCHED_LAYERS = 100
_LAYERS_AT_ONCE = 50
#: A step is repeated for so long in each round, so that short ones get a fair best time.
_REPEAT_S = 0.1
_PACKAGES = ("numpy", "numba", "llvmlite", "manifold3d", "pyarrow")


@dataclass(slots=True)
class Step:
    """One thing to measure, and the seconds it took."""

    key: str
    run: Callable[[], object]
    seconds: list[float] = field(default_factory=list)


def _parts(*, quick: bool) -> Iterator[tuple[str, Mesh]]:
    yield "bracket", bracket()
    yield "sphere-82k", sphere(45.0, 6)
    yield "gyroid-small", gyroid(24.0, 6.0, 10)
    if not quick:
        yield "sphere-1.3M", sphere(90.0, 8)
        yield "gyroid-large", gyroid(30.0, 6.0, 24)


def steps(folder: Path, *, quick: bool) -> list[Step]:
    """All steps, ready to run; their parts are written to `folder`."""
    found = [Step("start/--help", _show_help)]
    for name, mesh in _parts(quick=quick):
        path = folder / f"{name}.stl"
        write_stl(mesh, path)
        if name == "bracket":
            found.append(Step("start/contours", functools.partial(_contours_afresh, path)))
        found += _part_steps(name, path)
    return found


def _show_help() -> None:
    _run_afresh("from amprep.cli.app import main; main()", "--help")


def _contours_afresh(path: Path) -> None:
    _run_afresh(
        f"import amprep\nfor _ in amprep.contours({str(path)!r}, layer_thickness_mm={_LAYER_MM}): pass"
    )


def _run_afresh(code: str, *arguments: str) -> None:
    """Run Python in a process of its own, with the same modules in reach."""
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603


def _part_steps(name: str, path: Path) -> Iterator[Step]:
    mesh, _ = read_stl(path, unit="mm")
    mended, _ = check_and_mend(mesh, name=name)
    low, high = mended.bounds_mm[:, 2].tolist()
    heights = low + (np.arange(layer_count_for_height(high - low, _LAYER_MM)) + 0.5) * _LAYER_MM
    part = PartCut(plan_mesh(mended, mended.vertices, heights), (0.0, 0.0))
    layers = [
        cut(part, layer, layer + 1).layer(0)
        for layer in ((2 * k + 1) * len(heights) // (2 * _HATCHED_LAYERS) for k in range(_HATCHED_LAYERS))
    ]
    job = assemble([path], machine="m400-4", unit="mm")

    def cut_all() -> None:
        for begin in range(0, len(heights), _LAYERS_AT_ONCE):
            cut(part, begin, min(begin + _LAYERS_AT_ONCE, len(heights)))

    yield Step(f"{name}/read", lambda: read_stl(path, unit="mm"))
    yield Step(f"{name}/check", lambda: check_and_mend(mesh, name=name))
    yield Step(f"{name}/plan", lambda: plan_mesh(mended, mended.vertices, heights))
    yield Step(f"{name}/cut", cut_all)
    yield Step(f"{name}/offset", lambda: [_offset(layer) for layer in layers])
    yield Step(f"{name}/expose", lambda: [expose(layer, job.process, 0) for layer in layers])
    for pattern, cell_mm in (("meander", 10.0), ("stripes", 10.0), ("chess", 5.0)):
        yield Step(f"{name}/hatch-{pattern}", _hatching(layers, pattern, cell_mm))
    yield Step(f"{name}/prepare", lambda: prepare(job, engine=SerialEngine()))
    yield Step(f"{name}/prepare-workers", lambda: prepare(job, engine=engine_for(None)))


def _offset(layer: Contours) -> object:
    return offset_raw(layer.points, layer.offsets, _BEAM_OFFSET_MM)


def _hatching(layers: list[Contours], pattern: str, cell_mm: float) -> Callable[[], object]:
    def run() -> None:
        for layer in layers:
            hatch_curves(
                layer.points,
                layer.offsets,
                pattern=pattern,
                angle_deg=_ANGLE_DEG,
                distance_mm=_HATCH_MM,
                cell_mm=cell_mm,
                overlap_mm=0.0,
            )

    return run


def measure(
    chosen: list[Step], *, rounds: int, on_step: Callable[[int, int], None] = lambda _done, _total: None
) -> None:
    """Take the steps in turns, `rounds` times; each round adds its best time to a step.

    Every step runs once before the clock, so that nothing is compiled or read for the first time under it.
    """
    total = len(chosen) * (rounds + 1)
    for number, step in enumerate(chosen):
        step.run()
        on_step(number + 1, total)
    for turn in range(rounds):
        for number, step in enumerate(chosen):
            best, passed = math.inf, 0.0
            while passed < _REPEAT_S:
                clock = time.perf_counter()
                step.run()
                seconds = time.perf_counter() - clock
                best, passed = min(best, seconds), passed + seconds
            step.seconds.append(best)
            on_step((turn + 1) * len(chosen) + number + 1, total)


def record(measured: list[Step], *, quick: bool, rounds: int) -> dict[str, Any]:
    """The document of ``amprep bench --json``."""
    return {
        "schema": SCHEMA,
        "amprep": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "machine": {
            "system": platform.platform(),
            "processor": processor_name(),
            "processors": os.cpu_count() or 1,
        },
        "quick": quick,
        "rounds": rounds,
        "seconds": {
            step.key: {"best": min(step.seconds), "median": statistics.median(step.seconds)}
            for step in measured
        },
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def processor_name() -> str:
    """What the processor calls itself; the architecture where it does not say."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
