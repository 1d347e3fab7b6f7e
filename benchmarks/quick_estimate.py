"""How far the estimate without hatching is from the one from all vectors, and how much faster.

    python -m benchmarks.quick_estimate [--inputs DIR] [--machine M ...] [--pattern P] [NAME ...]

Parts are those of `benchmarks.inputs` and the shared meshes, with the units that their index says; a part
that a machine or amprep refuses is left out, and told.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from amprep.assembling import assemble
from amprep.errors import AmprepError
from amprep.pipeline import prepare
from amprep.quick import quick_estimate
from benchmarks.inputs import INPUTS, default_folder, provide, shared_meshes

#: Parts that take a few minutes at most.
NAMES = ("bracket", "sphere", "gyroid", "lattice", "gears")


def units_of(files: list[Path]) -> dict[str, str]:
    """Unit of each shared mesh, by file name."""
    units: dict[str, str] = {}
    for folder in {file.parent for file in files}:
        index = folder / "index.json"
        if index.is_file():
            units |= {one["file"]: one["unit"] for one in json.loads(index.read_text(encoding="utf-8"))}
    return units


def deviation(quick, full) -> float:
    return 100.0 * (quick.value / full.value - 1.0) if full.value else 0.0


def measure(path: Path, machine: str, unit: str | None, pattern: str | None) -> str:
    parameters = {} if pattern is None else {"hatch": {"pattern": pattern}}
    job = assemble([path], machine=machine, unit=unit, parameters=parameters)
    began = time.perf_counter()
    quick = quick_estimate(job)
    between = time.perf_counter()
    full = prepare(job).estimate
    took = between - began, time.perf_counter() - between
    off = [deviation(getattr(quick, name), getattr(full, name)) for name in ("exposure_s", "total_s")]
    return (
        f"| {path.stem} | {machine} | {job.layer_count} | {full.exposure_s.value:.0f} | {off[0]:+.1f} | "
        f"{off[1]:+.1f} | {took[0]:.2f} | {took[1]:.2f} | {took[1] / took[0]:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts; default: some of the inputs and all shared meshes")
    parser.add_argument("--inputs", type=Path, default=None)
    parser.add_argument("--machine", action="append", default=None)
    parser.add_argument("--pattern", default=None, help="of the hatch; default: as the process has it")
    options = parser.parse_args()
    folder = options.inputs or default_folder()
    wanted = options.names or NAMES
    files = [provide(one, folder)[0] for one in INPUTS if one.kind == "part" and one.name in wanted]
    files += [file for file in shared_meshes() if not options.names or file.stem in options.names]
    units = units_of(files)
    print("| part | machine | layers | exposure s | exposure off % | layers off % | quick s | full s | × |")
    print("|---|---|---|---|---|---|---|---|---|")
    warm = False
    for file in files:
        unit = units.get(file.name)
        unit = None if unit in {None, "mm"} or file.suffix.lower() == ".3mf" else unit
        for machine in options.machine or ["m400-4", "m100"]:
            try:
                if not warm:
                    measure(file, machine, unit, options.pattern)  # compiles what is not compiled yet
                    warm = True
                print(measure(file, machine, unit, options.pattern), flush=True)
            except AmprepError as error:
                print(f"| {file.stem} | {machine} | {error.args[0]} |", flush=True)


if __name__ == "__main__":
    main()
